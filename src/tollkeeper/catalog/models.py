"""What is for sale."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tollkeeper.core.ids import new_id
from tollkeeper.core.money import Money


class Course(models.Model):
    """A course, sold as a whole."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=400)
    description = models.TextField()
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="ZAR")
    cover = models.CharField(max_length=200, blank=True, default="")
    """Path of a static file, or empty."""
    active = models.BooleanField(default=True)
    """Shown and sold. A course that was sold is never deleted, only made inactive."""
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "catalog_course"
        ordering = ("position", "title")
        constraints = (
            models.CheckConstraint(condition=models.Q(price_minor__gt=0), name="catalog_course_price_positive_check"),
            models.CheckConstraint(
                condition=models.Q(currency__regex="^[A-Z]{3}$"), name="catalog_course_currency_is_iso_check"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def price(self) -> Money:
        """What the course costs."""
        return Money(self.price_minor, self.currency)

    @property
    def item(self) -> str:
        """How an order line names this course."""
        return f"course:{self.id}"


class Lesson(models.Model):
    """A page of a course."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="lessons")
    position = models.PositiveIntegerField()
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    body = models.TextField()
    video_url = models.URLField(blank=True, default="")
    preview = models.BooleanField(default=False)
    """May be read by anybody, before buying."""
    minutes = models.PositiveIntegerField(default=0)
    """How long a careful reader takes."""

    class Meta:
        db_table = "catalog_lesson"
        ordering = ("course", "position")
        constraints = (
            models.UniqueConstraint(fields=("course", "slug"), name="catalog_lesson_one_slug_per_course_key"),
            models.UniqueConstraint(
                fields=("course", "position"),
                name="catalog_lesson_one_place_per_course_key",
                deferrable=models.Deferrable.DEFERRED,
            ),
        )

    def __str__(self) -> str:
        return self.title
