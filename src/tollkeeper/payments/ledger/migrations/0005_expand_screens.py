from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_expand_returns")]

    operations = [
        migrations.CreateModel(
            name="Screens",
            fields=[
                ("payment_id", models.UUIDField(primary_key=True, serialize=False)),
                ("told", models.IntegerField()),
                ("shown", models.IntegerField()),
            ],
            options={"db_table": "ledger_screens"},
        ),
    ]
