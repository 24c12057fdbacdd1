import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# What waits already must not wait unseen.
FILL = """
INSERT INTO ledger_queue (payment_id, waits)
SELECT id, true FROM ledger_payment
WHERE access IN ('pending', 'suspended') OR (state = 'questioned' AND access = 'none')
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_expand_by_hand")]

    operations = [
        migrations.CreateModel(
            name="Queued",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="ledger.payment",
                    ),
                ),
                ("waits", models.BooleanField()),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "ledger_queue",
                "indexes": [
                    models.Index(
                        condition=models.Q(("waits", True)), fields=["payment"], name="ledger_queue_waiting_idx"
                    )
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
