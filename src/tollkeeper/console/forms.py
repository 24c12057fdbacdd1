"""What the office types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.core.money import BadMoney, Money

LONGEST_REASON = 500
MOST_AT_ONCE = 100
HIGHEST_PRICE = Decimal(10_000_000)


class ReasonForm(forms.Form):
    """Why, or what was done: one sentence that stays."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        error_messages={
            "required": _("Write the reason in one sentence; the customer and your colleagues will read it."),
            "max_length": _("The reason may have at most 500 characters."),
        },
    )


class DecisionForm(ReasonForm):
    """A decision about one payment or several."""

    decision = forms.ChoiceField(choices=[("approve", ""), ("reject", "")])
    payments = forms.Field(
        widget=forms.MultipleHiddenInput, error_messages={"required": _("Mark the payments that you decide about.")}
    )

    def clean_payments(self) -> list[UUID]:
        """The marked payments' ids."""
        try:
            marked = [UUID(str(text)) for text in self.cleaned_data["payments"]]
        except ValueError as error:
            raise forms.ValidationError(_now("Mark the payments that you decide about.")) from error
        return marked[:MOST_AT_ONCE]


class PriceField(forms.DecimalField):
    """A price in the currency's major unit, kept exact: typed text becomes a whole number of minor units."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(max_value=HIGHEST_PRICE, min_value=0, **keywords)
        self.widget.attrs |= {"inputmode": "decimal", "step": "any"}


class BackForm(ReasonForm):
    """A step of money on its way back; which fields are needed depends on the step."""

    amount = PriceField(label=_("Amount"), required=False, error_messages={"invalid": _("Write the amount in digits.")})
    number = forms.CharField(max_length=100, required=False)
    keep = forms.BooleanField(required=False)


class CourseForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """A course; its price as people write it."""

    price = PriceField(label=_("Price"), help_text=_("In the currency's own unit, for example 1250.50."))

    class Meta:
        model = Course
        fields = ("title", "slug", "summary", "description", "currency", "cover", "active", "position")
        labels = {
            "title": _("Title"),
            "slug": _("Address"),
            "summary": _("Summary"),
            "description": _("Description"),
            "currency": _("Currency"),
            "cover": _("Picture"),
            "active": _("For sale"),
            "position": _("Place in the shop"),
        }
        help_texts = {
            "slug": _("The last part of the course's address. Changing it breaks links that people have kept."),
            "description": _("Markdown."),
            "active": _("Off: not shown and not sold. Who bought it keeps it."),
            "cover": _("Path of a static file; left out, a picture is drawn."),
        }

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        if self.instance.price_minor:
            digits = get_currency_precision(self.instance.currency)
            self.fields["price"].initial = Decimal(self.instance.price_minor).scaleb(-digits)

    def clean_currency(self) -> str:
        """Three capital letters."""
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
            raise forms.ValidationError(_now("A currency is three letters, for example ZAR."))
        return currency

    def clean(self) -> dict[str, Any]:
        """The price in minor units, exactly."""
        data = super().clean() or {}
        price, currency = data.get("price"), data.get("currency")
        if price is not None and currency is not None:
            try:
                self.instance.price_minor = minor_units(price, currency)
            except ValueError as error:
                self.add_error("price", str(error))
        return data


def minor_units(price: Decimal, currency: str) -> int:
    """A price in major units as a whole number of minor ones.

    Raises:
        ValueError: it is not more than nothing, or has more decimals than the currency has.
    """
    digits = get_currency_precision(currency)
    try:
        whole = Money.of(price, currency).minor
    except BadMoney as error:
        told = {"currency": currency, "digits": digits}
        raise ValueError(_now("Write an amount; %(currency)s has %(digits)d decimals.") % told) from error
    if whole <= 0:
        raise ValueError(_now("A course costs more than nothing. Give it away from the person's page instead."))
    return whole


class LessonForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """A lesson."""

    video_url = forms.URLField(label=_("Video"), required=False, assume_scheme="https")

    class Meta:
        model = Lesson
        fields = ("course", "position", "title", "slug", "preview", "minutes", "video_url", "body")
        labels = {
            "course": _("Course"),
            "position": _("Place"),
            "title": _("Title"),
            "slug": _("Address"),
            "preview": _("Free preview"),
            "minutes": _("Minutes"),
            "body": _("Text"),
        }
        help_texts = {
            "preview": _("May be read by anybody, before buying."),
            "minutes": _("How long a careful reader takes."),
            "body": _("Markdown. “Preview” shows it as readers will see it, and saves nothing."),
        }


class GiveForm(ReasonForm):
    """Which course is given away, and why."""

    course = forms.ModelChoiceField(Course.objects.filter(active=True), label=_("Course"))
    field_order = ("course", "reason")
