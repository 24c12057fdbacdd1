import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "source", "kind", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.TextField()),
                ("kind", models.TextField()),
                ("key", models.TextField()),
                ("digest", models.TextField()),
                ("thing_id", models.UUIDField()),
                ("run_id", models.UUIDField()),
                ("outcome", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"db_table": "moving_in_arrival"},
        ),
    ]
