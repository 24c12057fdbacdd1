import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Proof",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("payment_id", models.UUIDField()),
                ("number", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("media", models.CharField(max_length=20)),
                ("size", models.IntegerField()),
                ("name", models.CharField(max_length=120)),
                ("pages", models.IntegerField()),
                ("drawn", models.IntegerField()),
                ("uploaded_by", models.CharField(max_length=254)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "db_table": "transfers_proof",
                "constraints": [
                    models.UniqueConstraint(fields=("payment_id", "digest"), name="transfers_proof_one_per_file_key"),
                    models.CheckConstraint(
                        condition=models.Q(media__in=["application/pdf", "image/jpeg", "image/png"]),
                        name="transfers_proof_known_media_check",
                    ),
                    models.CheckConstraint(condition=models.Q(size__gt=0), name="transfers_proof_not_empty_check"),
                ],
            },
        ),
    ]
