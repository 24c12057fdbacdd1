import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_expand_courses"),
        ("enrolments", "0001_expand_first"),
        ("ledger", "0001_expand_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("done_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.lesson"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.order",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "enrolments_progress",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "lesson"), name="enrolments_progress_once_per_person_key"
                    ),
                    models.UniqueConstraint(fields=("order", "lesson"), name="enrolments_progress_once_per_order_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("order__isnull", True), ("person__isnull", False)),
                            models.Q(("order__isnull", False), ("person__isnull", True)),
                            _connector="OR",
                        ),
                        name="enrolments_progress_is_somebodys_check",
                    ),
                ],
            },
        ),
    ]
