"""How often somebody may try. Counted in the database, so that all processes count together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from math import ceil

from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from tollkeeper.accounts.errors import TooManyTries
from tollkeeper.accounts.models import Attempt
from tollkeeper.core.database import statements

SQL = statements("tollkeeper.accounts")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries in so many seconds, for each subject."""

    name: str
    most: int
    seconds: int


LINKS_PER_ADDRESS = Limit("link.address", 3, 15 * 60)
LINKS_PER_NETWORK = Limit("link.network", 20, 60 * 60)
PASSWORDS_PER_ADDRESS = Limit("password.address", 10, 15 * 60)
PASSWORDS_PER_NETWORK = Limit("password.network", 30, 15 * 60)
ORDERS_PER_ADDRESS = Limit("order.address", 10, 60 * 60)
ORDERS_PER_NETWORK = Limit("order.network", 120, 60 * 60)
"""Orders of guests. A class in one school, or a town behind one mobile operator's address, must fit."""

_LONGEST_SECONDS = 60 * 60


@dataclass(frozen=True, slots=True)
class Count:
    """A subject under a limit.

    Args:
        limit: which limit.
        subject: an e-mail address or a network; stored as a keyed digest only.
    """

    limit: Limit
    subject: str

    @property
    def digest(self) -> str:
        """What is stored of the subject."""
        return salted_hmac("tollkeeper.accounts.limits", self.subject, algorithm="sha256").hexdigest()


def network_of(address: str | None) -> str:
    """What counts as one network: an IPv4 address, or the /64 that an IPv6 customer usually owns.

    Args:
        address: the remote address as the server reports it; None or nonsense, as behind a socket, gives "".
    """
    parsed = _parsed(address)
    return str(IPv6Network((parsed, 64), strict=False) if isinstance(parsed, IPv6Address) else parsed or "")


def network_of_guest(address: str | None) -> str:
    """What counts as one network of customers: `network_of`, and "" for this machine.

    From here come the proofs, and everybody where a proxy does not say for whom it asks; as one network, that proxy
    would bar all customers.

    Args:
        address: as for `network_of`.
    """
    parsed = _parsed(address)
    return "" if parsed is None or parsed.is_loopback else network_of(address)


def take_try(counts: Sequence[Count]) -> list[int]:
    """Count one try against every limit, or against none when one is exhausted.

    A try counts before its outcome is known: a hundred guesses at once are a hundred guesses.

    Args:
        counts: in a fixed order; one without a subject is not counted.

    Returns:
        What `give_back` needs, in the order of the counts that have a subject.

    Raises:
        TooManyTries: with the wait, in the reader's language.
    """
    known = [count for count in counts if count.subject]
    with transaction.atomic(), connection.cursor() as cursor:
        for key in sorted(f"{count.limit.name}:{count.digest}" for count in known):
            cursor.execute(SQL["lock_attempts"], {"key": key})
        for count in known:
            cursor.execute(
                SQL["read_wait"],
                {
                    "limit_name": count.limit.name,
                    "subject": count.digest,
                    "seconds": count.limit.seconds,
                    "allowed_before": count.limit.most - 1,
                },
            )
            if row := cursor.fetchone():
                raise _too_many(max(1, ceil(row[0])))
        return [Attempt.objects.create(limit_name=count.limit.name, subject=count.digest).pk for count in known]


def give_back(taken: Sequence[int]) -> None:
    """Uncount tries that turned out well."""
    Attempt.objects.filter(pk__in=taken).delete()


def forgive(count: Count) -> None:
    """Forget all tries of a subject under a limit: it has shown who it is."""
    Attempt.objects.filter(limit_name=count.limit.name, subject=count.digest).delete()


def forget_old_tries() -> int:
    """Delete tries that count no longer; for the hourly tidying.

    Returns:
        How many were deleted.
    """
    with connection.cursor() as cursor:
        cursor.execute(SQL["delete_old_attempts"], {"seconds": _LONGEST_SECONDS})
        return int(cursor.rowcount)


def _parsed(address: str | None) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def _too_many(seconds: int) -> TooManyTries:
    minutes = ceil(seconds / 60)
    sentence = ngettext(
        "There were too many tries. Please wait %(minutes)d minute, then try again.",
        "There were too many tries. Please wait %(minutes)d minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}
    return TooManyTries(sentence, wait_seconds=seconds)
