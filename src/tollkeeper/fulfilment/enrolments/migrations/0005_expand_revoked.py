from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrolments", "0004_contract_grant_keys")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="enrolments_grant_state_check"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("pending", "open", "suspended", "rejected", "revoked"))),
                name="enrolments_grant_state_check",
            ),
        ),
    ]
