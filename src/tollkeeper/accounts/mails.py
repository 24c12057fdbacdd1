"""What we write to people about signing in. Plain and short; the HTML says the same."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext, override

from tollkeeper.core.ids import new_id
from tollkeeper.core.settings import settings
from tollkeeper.messaging.letters import html_of
from tollkeeper.messaging.outbox import Message


def sign_in_link(*, email: str, link: str, minutes: int, language: str) -> Message:
    """The mail with the link."""
    with override(language):
        values = {"shop": settings().shop_name, "link": link, "minutes": minutes}
        subject = gettext("Sign in to %(shop)s") % values
        text = (
            gettext(
                "Hello,\n\n"
                "open this link to sign in to %(shop)s:\n\n"
                "%(link)s\n\n"
                "It works once, within %(minutes)d minutes.\n\n"
                "If you did not ask for it, you need not do anything: nobody can sign in without this mail."
            )
            % values
        )
    return _message("sign-in-link", email, subject, text, language=language, sensitive=True)


def nobody_here(*, email: str, language: str) -> Message:
    """The mail to an address that nobody has an account under; only its owner learns that."""
    with override(language):
        values = {"shop": settings().shop_name, "address": f"{settings().address}/"}
        subject = gettext("Sign in to %(shop)s") % values
        text = (
            gettext(
                "Hello,\n\n"
                "somebody, perhaps you, asked for a link to sign in to %(shop)s with this e-mail address. "
                "Nothing was bought with it yet, so there is nothing to sign in to.\n\n"
                "If you bought with another address, ask for the link with that one. "
                "If you are new, choose a course here:\n\n"
                "%(address)s\n\n"
                "If you did not ask for it, you need not do anything."
            )
            % values
        )
    return _message("sign-in-link", email, subject, text, language=language)


def password_changed(*, email: str, language: str) -> Message:
    """The mail that tells the owner of an account that its password is new."""
    with override(language):
        values = {"shop": settings().shop_name, "address": f"{settings().address}/account/sign-in/"}
        subject = gettext("Your password for %(shop)s was changed") % values
        text = (
            gettext(
                "Hello,\n\n"
                "the password of your account at %(shop)s was changed just now.\n\n"
                "If that was not you, ask for a sign-in link here and choose a new password:\n\n"
                "%(address)s"
            )
            % values
        )
    return _message("password-changed", email, subject, text, language=language)


def signed_out(*, email: str, devices: int, language: str) -> Message:
    """The mail that tells somebody that staff have signed them out.

    Args:
        devices: in how many browsers, at least one.
    """
    with override(language):
        values = {"shop": settings().shop_name, "address": f"{settings().address}/account/sign-in/", "count": devices}
        subject = gettext("You were signed out of %(shop)s") % values
        text = (
            ngettext(
                "Hello,\n\n"
                "the office of %(shop)s has signed you out on %(count)d device. Your courses stay yours.\n\n"
                "Sign in here to go on:\n\n"
                "%(address)s\n\n"
                "If you do not know why, write to the office.",
                "Hello,\n\n"
                "the office of %(shop)s has signed you out on %(count)d devices. Your courses stay yours.\n\n"
                "Sign in here to go on:\n\n"
                "%(address)s\n\n"
                "If you do not know why, write to the office.",
                devices,
            )
            % values
        )
    return _message("signed-out", email, subject, text, language=language)


def _message(reason: str, email: str, subject: str, text: str, *, language: str, sensitive: bool = False) -> Message:
    return Message(
        dedupe_key=f"{reason}:{new_id()}",
        recipient=email,
        subject=subject,
        text=f"{text}\n",
        html=html_of(text),
        language=language,
        sensitive=sensitive,
    )
