"""E-mail addresses and the addresses of our own pages, as people type them."""

from __future__ import annotations

import unicodedata

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from tollkeeper.accounts.errors import BadEmail

LONGEST_EMAIL = 254
"""RFC 5321, section 4.5.3.1, as corrected by erratum 1690."""


LONGEST_PATH = 500
"""Longer than any page of ours."""


def normal_email(text: str) -> str:
    """The one form in which an address is stored and compared: no spaces round it, small letters, an ASCII domain.

    An international domain becomes its `xn--…` form, which is what mail servers speak.

    Raises:
        BadEmail: it is no address; the sentence is in the reader's language.
    """
    mailbox, at, domain = unicodedata.normalize("NFKC", text).strip().rpartition("@")
    try:
        email = f"{mailbox}{at}{punycode(domain)}".lower()
        validate_email(email)
    except (ValidationError, UnicodeError) as error:
        raise BadEmail(_not_an_email()) from error
    if len(email) > LONGEST_EMAIL or not email.isascii():
        raise BadEmail(_not_an_email())
    return email


def own_path(text: str | None) -> str:
    """Where to go after signing in: the given page when it is one of ours, else the usual one."""
    path = text or ""
    if path.startswith("/") and len(path) <= LONGEST_PATH and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return str(settings.LOGIN_REDIRECT_URL)


def _not_an_email() -> str:
    return gettext("This does not look like an e-mail address. It should look like name@example.com.")
