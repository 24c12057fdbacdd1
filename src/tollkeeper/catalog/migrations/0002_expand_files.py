import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import tollkeeper.catalog.files
import tollkeeper.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_expand_courses"),
    ]

    operations = [
        migrations.CreateModel(
            name="LessonFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tollkeeper.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="What the learner reads; the file's own name when empty.",
                        max_length=200,
                    ),
                ),
                (
                    "file",
                    tollkeeper.catalog.files.KeptFileField(
                        help_text="In the text, ![what it shows](files/name.png) puts a picture here.",
                        max_length=40,
                        storage=tollkeeper.catalog.files.LessonFiles,
                        upload_to=tollkeeper.catalog.files.numbered,
                        validators=[tollkeeper.catalog.files.check_size],
                    ),
                ),
                ("name", models.CharField(editable=False, max_length=100)),
                ("size_bytes", models.BigIntegerField(editable=False)),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="catalog.lesson"
                    ),
                ),
            ],
            options={
                "db_table": "catalog_file",
                "ordering": ("lesson", "position", "name"),
                "constraints": [
                    models.UniqueConstraint(fields=("lesson", "name"), name="catalog_file_one_name_per_lesson_key")
                ],
            },
        ),
    ]
