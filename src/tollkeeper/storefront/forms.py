"""What customers and staff type."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tollkeeper.accounts.addresses import LONGEST_EMAIL, normal_email
from tollkeeper.accounts.errors import BadEmail


class EnrolForm(forms.Form):
    """Where a guest's receipt and sign-in link go."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        help_text=_("Your receipt and the link to sign in on other devices go there."),
        max_length=LONGEST_EMAIL,
        error_messages={
            "required": _("Type your e-mail address, so that we know where to send your receipt."),
            "max_length": _("This e-mail address is too long. It may have at most 254 characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"}),
    )

    def clean_email(self) -> str:
        """The address in its normal form."""
        try:
            return normal_email(self.cleaned_data["email"])
        except BadEmail as error:
            raise forms.ValidationError(error.sentence) from error

    def attempt(self) -> UUID | None:
        """The page's own number, so that sending it twice is seen; None where it is missing or made up."""
        try:
            return UUID(str(self.data.get("attempt", "")))
        except ValueError:
            return None
