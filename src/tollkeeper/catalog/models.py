"""What is for sale."""

from __future__ import annotations

from urllib.parse import quote

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tollkeeper.catalog.files import (
    LONGEST_NAME,
    KeptFileField,
    LessonFiles,
    Medium,
    check_size,
    clean_name,
    free_name,
    numbered,
)
from tollkeeper.catalog.files import medium as medium_of
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

    @property
    def address(self) -> str:
        """Where it is read; files of the lesson are below it, so that Markdown may say `files/diagram.png`."""
        return self.address_in(self.course)

    def address_in(self, course: Course) -> str:
        """The same, where the course is at hand already."""
        return f"/learn/{course.slug}/{self.slug}/"


class LessonFile(models.Model):
    """A file that belongs to a lesson: for those who may read the lesson, and nobody else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="files")
    title = models.CharField(
        max_length=200, blank=True, default="", help_text=_("What the learner reads; the file's own name when empty.")
    )
    file = KeptFileField(
        storage=LessonFiles,
        upload_to=numbered,
        max_length=40,
        validators=(check_size,),
        help_text=_("In the text, ![what it shows](files/name.png) puts a picture here."),
    )
    name = models.CharField(max_length=LONGEST_NAME, editable=False)
    """In the address and in Markdown: `files/<name>`."""
    size_bytes = models.BigIntegerField(editable=False)
    digest = models.CharField(max_length=64, editable=False)
    """SHA-256, hexadecimal; tells a browser whether its copy is still right."""
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "catalog_file"
        ordering = ("lesson", "position", "name")
        constraints = (models.UniqueConstraint(fields=("lesson", "name"), name="catalog_file_one_name_per_lesson_key"),)

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def address(self) -> str:
        """Where those who may read the lesson get it."""
        return f"{self.lesson.address}files/{quote(self.name)}"

    @property
    def medium(self) -> Medium:
        """How a browser is told of it."""
        return medium_of(self.name)

    @property
    def stored_name(self) -> str:
        """What the file of the stored row is called on disk; "" for a row that is not stored yet."""
        return LessonFile.objects.filter(pk=self.pk).values_list("file", flat=True).first() or ""

    def measure(self, *, given: str, length: int, digest: str) -> None:
        """Note what is being stored. A file replaced by one of the same kind keeps its name, and Markdown its links."""
        self.size_bytes, self.digest = length, digest
        wanted = clean_name(given)
        if self.name and medium_of(self.name) == medium_of(wanted):
            return
        others = LessonFile.objects.filter(lesson_id=self.lesson_id).exclude(pk=self.pk)
        self.name = free_name(wanted, frozenset(others.values_list("name", flat=True)))
