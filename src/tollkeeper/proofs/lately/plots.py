"""What can become of an order, as a table: which evidence comes how long after it, and what staff do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tollkeeper.payments.ledger.state import Kind, Trouble

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Beat:
    """Evidence that is settled together.

    Args:
        after: seconds after the order.
        kinds: what it says.
        page: which of the gateway's pages it is about.
        short_minor: by how much the amount that the gateway names is too small, in minor units.
        reason: of a decision of staff.
        paper: what the customer hands in: `slip`, or `own` for one that names their order.
    """

    after: float
    kinds: tuple[Kind, ...]
    page: int = 1
    short_minor: int = 0
    reason: str = ""
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What happens to an intervention.

    Args:
        after: seconds after the order.
        trouble: which one.
        act: `open` where a job asks for a person, `take`, or the sentence that closes it.
    """

    after: float
    trouble: Trouble
    act: str


@dataclass(frozen=True, slots=True)
class Plot:
    """What becomes of an order. `method` is a gateway's name, `transfer` or `complimentary`."""

    method: str
    beats: tuple[Beat, ...]
    deeds: tuple[Deed, ...] = ()

    @property
    def happens(self) -> tuple[Beat | Deed, ...]:
        """All of it, in no order."""
        return (*self.beats, *self.deeds)

    @property
    def lasts(self) -> float:
        """Seconds from the order to the last that happens."""
        return max(one.after for one in self.happens)


def _opened(after: float = 1.0, page: int = 1) -> Beat:
    return Beat(after, (Kind.OPENED,), page)


def _paid(after: float, *, page: int = 1, short_minor: int = 0) -> Beat:
    return Beat(after, (Kind.CALLBACK_SUCCESS, Kind.STATUS_PAID), page, short_minor)


def _declined(after: float) -> Beat:
    return Beat(after, (Kind.CALLBACK_FAILURE,))


def _expired() -> Beat:
    return Beat(DAY, (Kind.EXPIRED,))


def _submitted(after: float, paper: str = "slip") -> Beat:
    return Beat(after, (Kind.SUBMITTED,), paper=paper)


def _approved(after: float, reason: str) -> Beat:
    return Beat(after, (Kind.RECEIVED, Kind.APPROVED), reason=reason)


def _rejected(after: float, reason: str) -> Beat:
    return Beat(after, (Kind.REJECTED,), reason=reason)


_NOT_SEEN = "No transfer with this reference has reached our account. Please ask your bank."
_OTHER_ACCOUNT = "The slip shows another account than ours. Please pay to the account on the order's page."

PLOTS: Mapping[str, Plot] = MappingProxyType(
    {
        "paid": Plot("ikhokha", (_opened(), _paid(74))),
        "paid slowly": Plot("ikhokha", (_opened(), _paid(11 * MINUTE))),
        "paid at the second try": Plot("ikhokha", (_opened(), _declined(62), _paid(150))),
        "declined": Plot("ikhokha", (_opened(), _declined(55), _expired())),
        "declined just now": Plot("ikhokha", (_opened(), _declined(55))),
        "left alone": Plot("ikhokha", (_opened(), _expired())),
        "waiting": Plot("ikhokha", (_opened(),)),
        "cancelled": Plot("ikhokha", (_opened(), Beat(48, (Kind.CANCELLED,)))),
        "given": Plot("complimentary", (Beat(1, (Kind.OPENED, Kind.RECEIVED, Kind.APPROVED), reason="Prize draw"),)),
        "transferred": Plot(
            "transfer", (_opened(), _submitted(2 * HOUR), _approved(20 * HOUR, "It is on the bank statement."))
        ),
        "found in the bank": Plot("transfer", (_opened(), _approved(30 * HOUR, "Seen on the statement, no slip."))),
        "transfer rejected": Plot("transfer", (_opened(), _submitted(3 * HOUR), _rejected(22 * HOUR, _OTHER_ACCOUNT))),
        "transfer promised": Plot("transfer", (_opened(),)),
        "slip waits": Plot("transfer", (_opened(), _submitted(17 * HOUR, "own"))),
        "same slip waits": Plot("transfer", (_opened(), _submitted(2 * HOUR))),
        "second slip waits": Plot(
            "transfer",
            (_opened(), _submitted(HOUR), _rejected(20 * HOUR, _NOT_SEEN), _submitted(44 * HOUR, "own")),
        ),
        "wrong amount": Plot("ikhokha", (_opened(), _paid(80, short_minor=10_000))),
        "wrong amount accepted": Plot(
            "ikhokha",
            (_opened(), _paid(80, short_minor=5_000), Beat(2 * HOUR, (Kind.APPROVED,), reason="The voucher was ours.")),
        ),
        "refund owed": Plot(
            "ikhokha",
            (
                _opened(),
                _paid(80, short_minor=20_000),
                Beat(90 * MINUTE, (Kind.REJECTED,), reason="Paid for another course by mistake."),
            ),
            (Deed(2 * HOUR, Trouble.REFUND_OWED, "take"),),
        ),
        "refunded": Plot(
            "ikhokha",
            (
                _opened(),
                _paid(80, short_minor=20_000),
                Beat(HOUR, (Kind.REJECTED,), reason="They asked for their money back."),
            ),
            (Deed(5 * HOUR, Trouble.REFUND_OWED, "Refunded in the gateway's dashboard."),),
        ),
        "paid twice": Plot(
            "ikhokha",
            (_opened(), _opened(30, page=2), _paid(95), _paid(400, page=2)),
            (
                Deed(3 * HOUR, Trouble.PAID_TWICE, "take"),
                Deed(4 * HOUR, Trouble.PAID_TWICE, "Refunded the second payment in the dashboard."),
            ),
        ),
        "not confirmed": Plot(
            "ikhokha",
            (
                _opened(),
                Beat(90, (Kind.CALLBACK_SUCCESS,)),
                Beat(26 * HOUR, (Kind.APPROVED,), reason="The dashboard shows it paid."),
            ),
            (Deed(24 * HOUR, Trouble.UNCONFIRMED, "open"),),
        ),
    }
)
