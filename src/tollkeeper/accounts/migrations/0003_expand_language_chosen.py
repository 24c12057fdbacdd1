from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_expand_sign_ins"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="language_chosen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
