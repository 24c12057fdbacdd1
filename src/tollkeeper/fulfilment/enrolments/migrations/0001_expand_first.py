import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_expand_courses"),
        ("ledger", "0001_expand_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FastTrackApproval",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "timestamp",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True),
                ),
                ("payment_id", models.UUIDField(unique=True)),
                ("person_id", models.UUIDField()),
                ("reference", models.TextField()),
                ("gateway", models.TextField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.TextField()),
                ("checks", models.JSONField()),
            ],
            options={
                "db_table": "fast_track_approvals",
            },
        ),
        migrations.CreateModel(
            name="StandingProof",
            fields=[
                ("kind", models.TextField(primary_key=True, serialize=False)),
                ("ran_at", models.DateTimeField()),
                ("held_at", models.DateTimeField(null=True)),
                ("missing", models.IntegerField()),
                ("unpaid", models.IntegerField()),
            ],
            options={
                "db_table": "enrolments_proof",
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField(db_default="purchase")),
                ("state", models.TextField()),
                ("route", models.TextField(null=True)),
                ("granted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.course"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.payment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "enrolments_grant",
                "indexes": [models.Index(fields=["person", "course"], name="enrolments_grant_person_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("pending", "open", "suspended", "rejected"))),
                        name="enrolments_grant_state_check",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("complimentary", "imported")), ("payment__isnull", False), _connector="OR"
                        ),
                        name="enrolments_grant_purchase_has_payment_check",
                    ),
                ],
            },
        ),
    ]
