import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import tollkeeper.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Course",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tollkeeper.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("summary", models.CharField(max_length=400)),
                ("description", models.TextField()),
                ("price_minor", models.BigIntegerField()),
                ("currency", models.CharField(default="ZAR", max_length=3)),
                ("cover", models.CharField(blank=True, default="", max_length=200)),
                ("active", models.BooleanField(default=True)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "db_table": "catalog_course",
                "ordering": ("position", "title"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("price_minor__gt", 0)), name="catalog_course_price_positive_check"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                        name="catalog_course_currency_is_iso_check",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lesson",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tollkeeper.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("slug", models.SlugField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("video_url", models.URLField(blank=True, default="")),
                ("preview", models.BooleanField(default=False)),
                ("minutes", models.PositiveIntegerField(default=0)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lessons", to="catalog.course"
                    ),
                ),
            ],
            options={
                "db_table": "catalog_lesson",
                "ordering": ("course", "position"),
                "constraints": [
                    models.UniqueConstraint(fields=("course", "slug"), name="catalog_lesson_one_slug_per_course_key"),
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("course", "position"),
                        name="catalog_lesson_one_place_per_course_key",
                    ),
                ],
            },
        ),
    ]
