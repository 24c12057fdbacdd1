"""Ways to send a letter: print it, keep it in a folder, or hand it to a mail server."""

from __future__ import annotations

import smtplib
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from tollkeeper.core.errors import Misconfigured, TollkeeperError
from tollkeeper.messaging.errors import NotSent, Unanswered, Undeliverable
from tollkeeper.messaging.letters import Letter, address_of, as_mail, domain_of

SMTP_TIMEOUT_SECONDS = 10
"""Per answer of the server. A whole dialogue stays under `delivery.LEASE_SECONDS`."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NO_SUCH_MAILBOX = (550, 551, 553)
"""Answers to RCPT that stay true tomorrow (RFC 5321, section 4.2.3)."""


class Transport(Protocol):
    """Sends letters, one after the other."""

    def send(self, letter: Letter) -> str:
        """Send one letter.

        Returns:
            The receiving side's own words, as proof.

        Raises:
            Undeliverable: it was refused for good.
            NotSent: it certainly did not leave.
            Unanswered: it left and nobody answered.
        """
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class Console:
    """Prints letters, for a person who tries things out."""

    def send(self, letter: Letter) -> str:
        rule = "─" * 72
        sys.stdout.write(f"{rule}\nMail to {letter.recipient}: {letter.marked_subject}\n\n{letter.text}\n{rule}\n")
        sys.stdout.flush()
        return "printed"

    def close(self) -> None:
        pass


class Folder:
    """Keeps letters as `.eml` files, one for each attempt."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> str:
        name = f"{letter.id}-{letter.attempt}.eml"
        whole, partial = self._folder / name, self._folder / f".{name}.partial"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_bytes(as_mail(letter, sender=self._sender).as_bytes())
            partial.rename(whole)
        except OSError as error:
            raise NotSent(f"The folder for mails cannot be written: {error.strerror}.") from error
        return f"kept as {name}"

    def close(self) -> None:
        pass


class MailServer:
    """Speaks SMTP to one server, over one connection while it lasts.

    Args:
        address: `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte.
        sender: who the mails come from.
        timeout_seconds: how long to wait for each answer.
    """

    def __init__(self, address: SplitResult, *, sender: str, timeout_seconds: float = SMTP_TIMEOUT_SECONDS) -> None:
        self._host = address.hostname or "localhost"
        self._secure = address.scheme == "smtps"
        self._port = address.port or (465 if self._secure else 25)
        self._user, self._password = unquote(address.username or ""), unquote(address.password or "")
        self._sender = sender
        self._timeout = timeout_seconds
        self._dialogue: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> str:
        content = as_mail(letter, sender=self._sender).as_bytes(policy=SMTP.clone(cte_type="7bit"))
        try:
            return self._handed_over(self._introduced(letter), content)
        except TollkeeperError:
            self.drop()
            raise

    def close(self) -> None:
        if self._dialogue is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._dialogue.quit()
        self.drop()

    def drop(self) -> None:
        """End the dialogue without a word, so that the next letter meets a fresh server."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.close()

    def _introduced(self, letter: Letter) -> smtplib.SMTP:
        """A dialogue that has accepted sender and recipient. Nothing of the letter has left yet."""
        try:
            dialogue = self._dialogue = self._dialogue or self._opened()
            code, answer = dialogue.mail(address_of(self._sender))
            if code != 250:
                raise NotSent(f"The mail server does not accept our sender: {code} {_words(answer)}")
            code, answer = dialogue.rcpt(letter.recipient)
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"The mail server cannot be used: {_described(error)}.") from error
        if code in (250, 251):
            return dialogue
        if code in _NO_SUCH_MAILBOX:
            raise Undeliverable(f"{code} {_words(answer)}")
        raise NotSent(f"The mail server does not take the recipient now: {code} {_words(answer)}")

    def _handed_over(self, dialogue: smtplib.SMTP, content: bytes) -> str:
        """The server's answer to the letter itself. From here on, silence means that it may have arrived."""
        try:
            code, answer = dialogue.data(content)
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise Unanswered(f"The mail server went away before it answered: {_described(error)}.") from error
        if code != 250:
            raise _refusal(code, answer)
        return f"{code} {_words(answer)}"

    def _opened(self) -> smtplib.SMTP:
        ours = domain_of(self._sender)
        context = ssl.create_default_context()
        dialogue: smtplib.SMTP
        if self._secure:
            dialogue = smtplib.SMTP_SSL(self._host, self._port, ours, timeout=self._timeout, context=context)
        else:
            dialogue = smtplib.SMTP(self._host, self._port, ours, timeout=self._timeout)
        self._dialogue = dialogue
        dialogue.ehlo_or_helo_if_needed()
        encrypted = self._secure
        if not encrypted and dialogue.has_extn("starttls"):
            dialogue.starttls(context=context)
            dialogue.ehlo()
            encrypted = True
        if self._user:
            if not encrypted and self._host not in _LOOPBACK:
                raise NotSent("The mail server offers no encryption, and a password is not sent in the clear.")
            dialogue.login(self._user, self._password)
        return dialogue


def transport_for(url: str, *, sender: str) -> Transport:
    """The transport that a setting names.

    Args:
        url: `console:`, `file:FOLDER`, `smtp://user:password@host:port` or `smtps://…`.
        sender: `Shop <no-reply@example.com>`.

    Raises:
        Misconfigured: it names none of these. The value is not repeated: it may hold a password.
    """
    if not address_of(sender).rpartition("@")[0]:
        raise Misconfigured("TOLLKEEPER_EMAIL_FROM is no sender; expected something like Shop <no-reply@example.com>.")
    try:
        address = urlsplit(url)
        named = {"console": True, "file": bool(address.path), "smtp": True, "smtps": True}
        known = named.get(address.scheme, False) and (address.port is None or address.port > 0)
    except ValueError:
        known = False
    if not known:
        raise Misconfigured(
            "TOLLKEEPER_EMAIL_URL is none of console:, file:FOLDER, smtp://user:password@host:port, smtps://…"
        )
    makers: dict[str, Callable[[], Transport]] = {
        "console": Console,
        "file": lambda: Folder(Path(address.path), sender=sender),
    }
    return makers.get(address.scheme, lambda: MailServer(address, sender=sender))()


def _refusal(code: int, answer: bytes | str) -> Undeliverable | NotSent:
    sentence = f"{code} {_words(answer)}"
    return Undeliverable(sentence) if 500 <= code < 600 else NotSent(f"The mail server said: {sentence}")


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:500]


def _described(error: Exception) -> str:
    # An authentication error's text can carry what was sent; the code says enough.
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    return str(error) or type(error).__name__
