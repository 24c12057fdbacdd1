import django.db.models.functions.datetime
from django.db import migrations, models

import tollkeeper.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tollkeeper.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("dedupe_key", models.TextField(unique=True)),
                ("channel", models.TextField(db_default="email")),
                ("recipient", models.TextField()),
                ("subject", models.TextField(db_default="")),
                ("text", models.TextField()),
                ("html", models.TextField(db_default="")),
                ("language", models.TextField(db_default="en")),
                ("payment_id", models.UUIDField(null=True)),
                ("sensitive", models.BooleanField(db_default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("state", models.TextField(db_default="waiting")),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("lease_until", models.DateTimeField(null=True)),
                ("possible_repeat", models.BooleanField(db_default=False)),
                ("provider_answer", models.TextField(db_default="")),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "messaging_outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "sending"))),
                        fields=["next_at"],
                        name="messaging_outbox_due_idx",
                    ),
                    models.Index(
                        condition=models.Q(("payment_id__isnull", False)),
                        fields=["payment_id"],
                        name="messaging_outbox_payment_idx",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("waiting", "sending", "sent", "failed"))),
                        name="messaging_outbox_known_state_check",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="messaging_outbox_sent_has_time_check",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", False), ("state", "sending")),
                            models.Q(models.Q(("state", "sending"), _negated=True), ("lease_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="messaging_outbox_sending_has_lease_check",
                    ),
                ],
            },
        ),
    ]
