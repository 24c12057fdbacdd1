"""Small words for templates."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

from tollkeeper.catalog.models import Course
from tollkeeper.core.money import Money

register = template.Library()


@register.filter
def money(amount: Money) -> str:
    """The amount as people of the page's language write it."""
    return amount.display(get_language() or "en")


@register.filter
def price(course: Course) -> str:
    """The course's price."""
    return money(Money(course.price_minor, course.currency))


@register.filter
def cover_url(course: Course) -> str:
    """The address of the course's picture: its own, or the one drawn from its name."""
    return static(course.cover) if course.cover else reverse("storefront:cover", args=(course.slug,))
