"""What must hold in the shop's books, whoever was killed: each promise is one query that must return nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import LiteralString

from tollkeeper.core.database import Connection, Cursor, as_json, plain_cursor
from tollkeeper.fulfilment.enrolments.services import prove
from tollkeeper.proofs.crashing.customers import Ledger

SHOWN = 5
"""Of each broken promise, so many examples."""
_KNOWN: LiteralString = """
WITH ack AS (
    SELECT * FROM json_to_recordset(%(acks)s::json) AS ack (payment_id uuid, digest text, paid boolean, at timestamptz)
), payer AS (
    SELECT id::uuid FROM json_array_elements_text(%(paid)s::json) AS one (id)
), customer AS (
    SELECT email FROM json_array_elements_text(%(emails)s::json) AS one (email)
), odd AS (
    SELECT subject FROM json_array_elements_text(%(odd)s::json) AS one (subject)
), trusted AS (
    SELECT payment_id FROM ledger_evidence WHERE kind = 'callback_success' AND data ? 'accepted_up_to'
), strict AS (
    SELECT coalesce(min(changed_at), 'infinity') AS since FROM core_flag WHERE name = 'strict' AND enabled
)
"""
"""What the outside world knows, for every query. `trusted` are those whose signed callback the policy took alone,
because the gateway was silent just then: a lie is believed until the ladder asks, and no longer."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that must hold.

    Args:
        broken: the sentence when it does not.
        query: finds who it is broken for.
        always: also in the middle of it all, not only once everything has come to rest.
    """

    broken: str
    query: LiteralString
    always: bool = False


PROMISES = (
    Promise(
        "acknowledged, and the books do not know it (or learned it after the answer)",
        """SELECT ack.payment_id FROM ack
        LEFT JOIN ledger_evidence AS known ON known.payment_id = ack.payment_id AND known.digest = ack.digest
        WHERE known.payment_id IS NULL OR known.recorded_at > ack.at""",
        always=True,
    ),
    Promise(
        "acknowledged, and its raw bytes are gone",
        "SELECT ack.payment_id FROM ack WHERE ack.digest NOT IN (SELECT digest FROM ledger_delivery)",
        always=True,
    ),
    Promise(
        "acknowledged, and access was not open by then (before the shop became strict)",
        """SELECT ack.payment_id FROM ack
        WHERE ack.paid AND ack.payment_id IN (SELECT id FROM payer) AND NOT EXISTS (
            SELECT FROM core_journal AS line
            WHERE line.payment_id = ack.payment_id AND line.kind = 'access.open' AND line.at <= ack.at
        ) AND ack.at < (SELECT since FROM strict)""",
        always=True,
    ),
    Promise(
        "granted twice",
        """SELECT person_id FROM enrolments_grant WHERE kind = 'purchase'
        GROUP BY person_id, course_id HAVING count(*) > 1""",
        always=True,
    ),
    Promise(
        "opened without payment",
        """SELECT payment_id FROM enrolments_grant WHERE kind = 'purchase' AND state = 'open'
        AND payment_id NOT IN (SELECT id FROM payer UNION ALL SELECT payment_id FROM trusted)""",
        always=True,
    ),
    Promise(
        "opened without payment, and never closed",
        """SELECT payment_id FROM enrolments_grant WHERE kind = 'purchase' AND state = 'open'
        AND payment_id NOT IN (SELECT id FROM payer)""",
    ),
    Promise(
        "found without access and repaired, so it had been lost",
        "SELECT payment_id FROM core_journal WHERE kind = 'access.repaired'",
        always=True,
    ),
    Promise(
        "paid at the gateway, and has no access",
        """SELECT asked.id FROM payer AS asked LEFT JOIN ledger_payment AS payment ON payment.id = asked.id
        LEFT JOIN enrolments_grant AS held ON held.payment_id = asked.id AND held.state = 'open'
        WHERE held.id IS NULL OR payment.access <> 'open' OR payment.state <> 'paid'""",
    ),
    Promise(
        "paid, and the journal does not tell it exactly once",
        """SELECT asked.id FROM payer AS asked LEFT JOIN core_journal AS line ON line.payment_id = asked.id
        GROUP BY asked.id HAVING count(*) FILTER (WHERE line.kind = 'payment.paid') <> 1
        OR count(*) FILTER (WHERE line.kind = 'access.open') <> 1""",
    ),
    Promise(
        "opened, and not recorded exactly once in fast_track_approvals",
        """SELECT asked.id FROM payer AS asked
        LEFT JOIN fast_track_approvals AS record ON record.payment_id = asked.id
        GROUP BY asked.id HAVING count(record.id) <> 1
        UNION ALL SELECT payment_id FROM fast_track_approvals
        WHERE payment_id NOT IN (SELECT id FROM payer UNION ALL SELECT payment_id FROM trusted)""",
    ),
    Promise(
        "opened, and not written to exactly once",
        """SELECT asked.id FROM payer AS asked LEFT JOIN messaging_outbox AS letter
        ON letter.payment_id = asked.id AND letter.dedupe_key LIKE 'access.open:%%'
        GROUP BY asked.id HAVING count(letter.id) <> 1""",
    ),
    Promise("a letter that never left", "SELECT id FROM messaging_outbox WHERE state <> 'sent'"),
    Promise(
        "a consumer that has not read the whole journal",
        """SELECT name FROM core_consumer
        WHERE (xid, id) < (SELECT xid, id FROM core_journal ORDER BY xid DESC, id DESC LIMIT 1)""",
    ),
    Promise(
        "a customer who pressed the button and has not exactly one order",
        """SELECT asked.email FROM customer AS asked
        LEFT JOIN accounts_person AS person ON person.email = asked.email
        LEFT JOIN ledger_order AS placed ON placed.person_id = person.id
        GROUP BY asked.email HAVING count(placed.id) <> 1""",
    ),
    Promise(
        "a lie, or a callback about nothing, of which no person was told",
        """SELECT asked.subject FROM odd AS asked
        LEFT JOIN ledger_intervention AS asking ON asking.subject = asked.subject
        AND asking.trouble IN ('contradicted', 'unknown_reference')
        GROUP BY asked.subject HAVING count(asking.id) <> 1""",
    ),
    Promise(
        "a person was asked for nothing",
        """SELECT subject || ' ' || trouble FROM ledger_intervention
        WHERE subject NOT IN (SELECT subject FROM odd)""",
    ),
    Promise(
        "an intervention of which staff were not told exactly once each",
        """SELECT asking.id FROM ledger_intervention AS asking LEFT JOIN messaging_outbox AS letter
        ON letter.dedupe_key LIKE 'intervention:' || asking.id || ':%%'
        GROUP BY asking.id
        HAVING count(letter.id) <> (SELECT count(*) FROM accounts_person WHERE is_staff AND is_active)""",
    ),
)


def lost(connection: Connection, ledger: Ledger, *, at_rest: bool) -> list[str]:
    """Every broken promise, in words with examples; nothing if all hold.

    Args:
        connection: of the serving role, in autocommit.
        ledger: what the outside world knows.
        at_rest: whether everything has come to rest, so that every promise must hold.
    """
    acks = as_json(list(ledger.acks))
    found: list[str] = []
    with connection.transaction(), plain_cursor(connection) as cursor:
        _stand_still(cursor)
        parameters = _parameters(ledger, acks)
        for promise in PROMISES:
            if promise.always or at_rest:
                cursor.execute(_KNOWN + promise.query, parameters)
                found += _told(promise.broken, [str(row[0]) for row in cursor.fetchall()])
        if at_rest:
            proof = prove(cursor)
            found += _told("the standing proof misses access", [str(one) for one in proof.missing])
            found += _told("the standing proof sees access without payment", [str(one) for one in proof.unpaid])
    return found


def lost_mails(connection: Connection, folder: Path) -> list[str]:
    """Letters that are called sent and are not there, and repeats that do not say so."""
    with plain_cursor(connection) as cursor:
        cursor.execute("SELECT id::text FROM messaging_outbox WHERE state = 'sent'")
        sent = [row[0] for row in cursor.fetchall()]
    kept: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*.eml"), key=lambda path: int(path.stem.rpartition("-")[2])):
        kept[path.stem.rpartition("-")[0]].append(path)
    missing = [one for one in sent if one not in kept]
    silent = [path.name for paths in kept.values() for path in paths[1:] if not _says_repeat(path)]
    return [*_told("a letter called sent that never arrived", missing), *_told("a repeat that does not say so", silent)]


def _says_repeat(path: Path) -> bool:
    subject = message_from_bytes(path.read_bytes(), policy=policy.default)["subject"]
    return str(subject).strip().startswith("Possible repeat")


def _stand_still(cursor: Cursor) -> None:
    """Look at the books of one moment: all that was acknowledged before is in them, and who paid since may be known."""
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    cursor.execute("SELECT count(*) FROM core_consumer")


def _parameters(ledger: Ledger, acks: str) -> dict[str, str]:
    odd = [*(str(one) for one in ledger.liars), *ledger.strangers]
    return {
        "acks": acks,
        "paid": as_json(list(ledger.paid)),
        "emails": as_json(list(ledger.emails)),
        "odd": as_json(odd),
    }


def _told(broken: str, whom: list[str]) -> Iterator[str]:
    if whom:
        more = f" and {len(whom) - SHOWN} more" if len(whom) > SHOWN else ""
        yield f"{broken}: {', '.join(whom[:SHOWN])}{more}"
