"""The outbox: a message becomes a row in the transaction of what it tells about. No framework.

Nobody sends from here. A message that is in the outbox is sent, by `delivery`, never zero times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tollkeeper.core.database import Cursor, as_json, statements
from tollkeeper.core.ids import new_id
from tollkeeper.messaging.errors import BadAddress

SQL = statements("tollkeeper.messaging")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address.

    Args:
        dedupe_key: why it is sent, for example `receipt:<payment>`; the same key never makes a second message.
        recipient: one e-mail address, ASCII (an international domain as `xn--…`), without a name.
        subject: one line; line breaks and other control characters become spaces, so nothing can add a header.
        text: the plain text.
        html: the same as HTML; empty for none.
        language: the reader's, for example `pl`.
        payment_id: the payment it tells about, if any.
        sensitive: holds a secret, so its text is emptied as soon as it is sent or given up.

    Raises:
        BadAddress: the recipient is not one plain address.
    """

    dedupe_key: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    language: str = "en"
    payment_id: UUID | None = None
    sensitive: bool = False

    def __post_init__(self) -> None:
        if len(self.recipient) > 254 or not self.recipient.isascii() or not _ADDRESS.fullmatch(self.recipient):
            raise BadAddress(f"{self.recipient[:254]!r} is not one plain e-mail address.")
        object.__setattr__(self, "subject", _CONTROLS.sub(" ", self.subject).strip())
        for name in ("text", "html"):
            object.__setattr__(self, name, getattr(self, name).replace("\x00", ""))


def enqueue(cursor: Cursor, messages: Sequence[Message]) -> int:
    """Put messages into the outbox in the caller's transaction, one statement for all of them.

    Args:
        cursor: inside the transaction of what the messages tell about.
        messages: any number; of two with one key the earlier is kept.

    Returns:
        How many were new.
    """
    if not messages:
        return 0
    rows = [
        {
            "id": new_id(),
            "dedupe_key": message.dedupe_key,
            "recipient": message.recipient,
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
            "language": message.language,
            "payment_id": message.payment_id,
            "sensitive": message.sensitive,
        }
        for message in messages
    ]
    cursor.execute(SQL["insert_messages"], {"messages": as_json(rows)})
    return cursor.rowcount
