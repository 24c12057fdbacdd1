"""Courses and lessons, to edit. What is changed, by whom, is in the audit log; what was sold is never deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline  # type: ignore[import-untyped]  # unfold ships no types
from unfold.widgets import UnfoldAdminTextareaWidget  # type: ignore[import-untyped]  # unfold ships no types

from tollkeeper.accounts.models import Person
from tollkeeper.catalog.models import Course, Lesson, LessonFile
from tollkeeper.console.forms import CourseForm, LessonForm
from tollkeeper.console.queries import rows
from tollkeeper.console.site import site
from tollkeeper.core import audit
from tollkeeper.core.orm import raw_cursor
from tollkeeper.storefront.answers import SeeOther

__all__ = ["site"]


def is_sold(course: Course | None) -> bool:
    """Whether anybody has, or had, a right to the course."""
    return course is not None and bool(rows("course_sold", {"course_id": course.pk})[0]["exists"])


class Audited(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Writes each act into the house's audit log, in the act's transaction, instead of the admin's own."""

    actions = None
    formfield_overrides = {models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 16})}}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """The list of courses is a page of the console; lessons are found in their course."""
        return SeeOther(reverse("console:courses"))

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """See Django."""
        self._record(request, obj, "add", {})

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """See Django. The message names the fields that changed; their texts would be too long for a line."""
        self._record(request, obj, "change", {"changed": message})

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """See Django."""
        for obj in queryset:
            self._record(request, obj, "delete", {})

    def _record(self, request: HttpRequest, obj: models.Model, act: str, data: dict[str, Any]) -> None:
        by = request.user.email if isinstance(request.user, Person) else ""
        told = {"title": str(obj)} | data
        with raw_cursor() as cursor:
            audit.record(cursor, act=f"{self.opts.model_name}.{act}", thing=str(obj.pk), by=by, data=told)


def named_for_readers(form: forms.BaseForm) -> None:
    """A cell of a table has no label of its own; screen readers are told what its column says."""
    for field in form.fields.values():
        field.widget.attrs["aria-label"] = field.label or ""


class PlaceForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """A lesson's place, in its course's own page."""

    class Meta:
        model = Lesson
        fields = ("position", "preview", "minutes")
        labels = {"position": _("Place"), "preview": _("Free preview"), "minutes": _("Minutes")}

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        named_for_readers(self)

    def _get_validation_exclusions(self) -> set[str]:
        """Two lessons that change places would each find the other's taken; the whole set is looked at instead."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's own, untyped
        return excluded | {"position"}


class Places(forms.BaseInlineFormSet):  # type: ignore[type-arg]  # not a generic when it runs
    """The lessons of a course, whose places must differ."""

    def clean(self) -> None:
        """No two lessons in one place."""
        super().clean()
        taken = [
            form.cleaned_data["position"] for form in self.forms if "position" in getattr(form, "cleaned_data", {})
        ]
        if len(taken) != len(set(taken)):
            raise forms.ValidationError(_now("Two lessons have the same place. Give each a number of its own."))


class LessonInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """The lessons of a course: their order, and which of them are free."""

    model = Lesson
    form = PlaceForm
    formset = Places
    fields = ("lesson", "position", "preview", "minutes")
    readonly_fields = ("lesson",)
    ordering = ("position",)
    extra = 0
    can_delete = False
    hide_title = True
    verbose_name_plural = _("Lessons")

    @staticmethod
    def has_add_permission(request: HttpRequest, obj: Course | None = None) -> bool:
        """A lesson is written on a page of its own."""
        return False

    @staticmethod
    def lesson(obj: Lesson) -> SafeString:
        """Its title, which leads to its page."""
        return format_html('<a href="{}">{}</a>', reverse("admin:catalog_lesson_change", args=(obj.pk,)), obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the texts."""
        return super().get_queryset(request).defer("body")


class FileForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """A file of a lesson."""

    class Meta:
        model = LessonFile
        fields = ("file", "title", "position")
        labels = {"file": _("File"), "title": _("Title"), "position": _("Place")}

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        named_for_readers(self)


class FileInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """The files of a lesson: for those who may read it, and nobody else."""

    model = LessonFile
    form = FileForm
    hide_title = True
    extra = 1
    verbose_name_plural = _("Files")


class CourseAdmin(Audited):
    """Courses."""

    form = CourseForm
    fields = ("title", "slug", "summary", "description", ("price", "currency"), "cover", ("active", "position"))
    prepopulated_fields = {"slug": ("title",)}
    inlines = (LessonInline,)
    change_form_after_template = "console/_course_after.html"

    def has_delete_permission(self, request: HttpRequest, obj: Course | None = None) -> bool:
        """Never: somebody may be paying for it now. Take it off sale instead."""
        return False


class LessonAdmin(Audited):
    """Lessons."""

    form = LessonForm
    fields = ("course", "title", "slug", "position", "minutes", "preview", "video_url", "body")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (FileInline,)
    change_form_after_template = "console/_lesson_after.html"

    def has_delete_permission(self, request: HttpRequest, obj: Lesson | None = None) -> bool:
        """Only while nobody has bought its course: who did, keeps what they bought."""
        return obj is not None and not is_sold(obj.course)


site.register(Course, CourseAdmin)
site.register(Lesson, LessonAdmin)
