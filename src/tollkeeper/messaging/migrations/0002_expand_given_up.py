from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_expand_outbox")]

    operations = [
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["id"], name="messaging_outbox_given_up_idx"
            ),
        ),
    ]
