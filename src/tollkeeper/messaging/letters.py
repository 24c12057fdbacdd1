"""A letter: a leased message, and its form as e-mail."""

from __future__ import annotations

import gettext
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from importlib import resources
from uuid import UUID

from tollkeeper.core.clock import now
from tollkeeper.messaging.errors import Undeliverable

_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message somebody is about to send.

    Args:
        id: the message's; names it in every attempt, so that a mailbox can see that two are one.
        attempt: 1 for the first.
        possible_repeat: an earlier attempt may have arrived.
    """

    id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    language: str
    attempt: int
    possible_repeat: bool

    @property
    def marked_subject(self) -> str:
        """The subject, saying so when the letter may be a repeat."""
        if not self.possible_repeat:
            return self.subject
        return _translations(self.language).gettext("Possible repeat: %(subject)s") % {"subject": self.subject}


def as_mail(letter: Letter, *, sender: str) -> EmailMessage:
    """The letter as a mail.

    Every attempt carries the same Message-ID: many mail systems then show one mail of two.

    Args:
        sender: a name and an address, `Shop <no-reply@example.com>`.

    Raises:
        Undeliverable: the recipient is no address that a mail can carry.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    try:
        mail["To"] = Address(addr_spec=letter.recipient)
    except ValueError as error:
        raise Undeliverable(f"{letter.recipient!r} is not an address: {error}.") from error
    mail["Subject"] = letter.marked_subject
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = f"<{letter.id}@{domain_of(sender)}>"
    mail["Content-Language"] = letter.language
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    return mail


def address_of(sender: str) -> str:
    """The bare address of `Shop <no-reply@example.com>`."""
    return parseaddr(sender)[1]


def domain_of(sender: str) -> str:
    """The domain of a sender, `localhost` when it has none."""
    return address_of(sender).rpartition("@")[2] or "localhost"


def html_of(text: str) -> str:
    """A plain text as simple HTML: its paragraphs, its lines, its links. Everything else is escaped."""
    paragraphs = "\n".join(
        f"<p>{'<br>'.join(_linked(line) for line in paragraph.splitlines())}</p>"
        for paragraph in re.split(r"\n{2,}", text.strip())
    )
    return f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n{paragraphs}\n</body></html>\n'


def _linked(line: str) -> str:
    parts, start = [], 0
    for link in _LINK.finditer(line):
        address = escape(link.group())
        parts += [escape(line[start : link.start()]), f'<a href="{address}">{address}</a>']
        start = link.end()
    return "".join([*parts, escape(line[start:])])


def _translations(language: str) -> gettext.NullTranslations:
    # The standard library's gettext: delivery runs in a process that has no Django.
    folder = str(resources.files("tollkeeper") / "locale")
    return gettext.translation("django", folder, languages=[language], fallback=True)
