"""What people type to sign in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tollkeeper.accounts.addresses import LONGEST_EMAIL, normal_email
from tollkeeper.accounts.errors import BadEmail
from tollkeeper.accounts.models import Person

LONGEST_PASSWORD = 256
"""Longer ones only cost us hashing."""


def _email_field() -> forms.CharField:
    return forms.CharField(
        label=_("Your e-mail address"),
        max_length=LONGEST_EMAIL,
        error_messages={
            "required": _("Type your e-mail address."),
            "max_length": _("This e-mail address is too long. It may have at most 254 characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username", "inputmode": "email", "autocapitalize": "none"}),
    )


class LinkForm(forms.Form):
    """Asks for a sign-in link."""

    prefix = "link"
    email = _email_field()

    def clean_email(self) -> str:
        """The address in its normal form."""
        return _clean_email(self.cleaned_data["email"])


class PasswordForm(forms.Form):
    """Signs in with a password."""

    prefix = "password"
    email = _email_field()
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        error_messages={
            "required": _("Type your password, or ask for a link instead."),
            "max_length": _("That e-mail address and that password do not belong together."),
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_email(self) -> str:
        """The address in its normal form."""
        return _clean_email(self.cleaned_data["email"])


class NewPasswordForm(forms.Form):
    """Chooses a password; asks for the old one unless the mailbox has just been proven."""

    old = forms.CharField(
        label=_("Your password until now"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        error_messages={"required": _("Type the password you have now.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("Your new password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        error_messages={
            "required": _("Type the new password."),
            "max_length": _("A password may have at most 256 characters."),
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person, asks_old: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person
        self.fields["new"].help_text = " ".join(password_validators_help_texts())
        if not asks_old:
            del self.fields["old"]

    def clean_new(self) -> str:
        """A password that is good enough (Django's validators, `AUTH_PASSWORD_VALIDATORS`)."""
        new: str = self.cleaned_data["new"]
        validate_password(new, self._person)
        return new


def _clean_email(text: str) -> str:
    try:
        return normal_email(text)
    except BadEmail as error:
        raise ValidationError(error.sentence) from error
