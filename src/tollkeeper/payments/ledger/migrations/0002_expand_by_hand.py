from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_expand_first")]

    operations = [
        migrations.RemoveConstraint(model_name="payment", name="ledger_payment_amount_positive_check"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0))
                | models.Q(("amount_minor", 0), ("gateway__in", ("complimentary", "imported"))),
                name="ledger_payment_amount_fits_check",
            ),
        ),
    ]
