import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import tollkeeper.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_expand_person"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignIn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tollkeeper.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("device", models.CharField(max_length=100)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="signin_of", to="sessions.session"
                    ),
                ),
            ],
            options={
                "db_table": "accounts_sign_in",
            },
        ),
    ]
