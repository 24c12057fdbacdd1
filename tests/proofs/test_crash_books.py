"""Each promise of the crash proof is broken by hand once; the books must say so."""

from __future__ import annotations

import pytest

from payments.make import fact, paid, placed, waiting
from tollkeeper.core import clock
from tollkeeper.payments.ledger.services import bring
from tollkeeper.payments.ledger.state import Kind
from tollkeeper.proofs.crashing.books import lost, lost_mails
from tollkeeper.proofs.crashing.customers import Ack, Ledger, signature

DIGEST = "d" * 64


@pytest.fixture
def books(connect):
    """Asks the books, as the proof does."""
    connection = connect(autocommit=True)
    return lambda ledger, at_rest=False: "\n".join(lost(connection, ledger, at_rest=at_rest))


def acked(payment, *, at=None):
    return Ack(payment.id, DIGEST, paid=True, at=at or clock.now())


def rung(payment):
    """A payment settled by a callback whose bytes were kept."""
    bring([fact(payment, Kind.CALLBACK_SUCCESS, digest=DIGEST, accepted_up_to=payment.amount_minor)])


def test_promise_that_holds_says_nothing(books):
    payment = paid()

    assert books(Ledger(paid={payment.id})) == ""


def test_forgotten_callback_is_missed(books):
    payment = paid()

    assert "the books do not know it" in books(Ledger(acks=[acked(payment)], paid={payment.id}))


def test_callback_learned_after_its_answer_is_missed(books):
    payment = waiting()
    early = acked(payment)
    rung(payment)

    said = books(Ledger(acks=[early], paid={payment.id}))

    assert "learned it after the answer" in said
    assert "access was not open by then" in said
    assert "raw bytes are gone" in said


def test_access_without_payment_is_seen(books):
    paid()

    assert "opened without payment:" in books(Ledger())
    assert "never closed" in books(Ledger(), at_rest=True)


def test_who_pays_while_the_books_are_read_is_no_thief(books):
    class Paying(set):
        """Whoever reads who has paid is overtaken by another payer."""

        def __iter__(self):
            known = [*super().__iter__()]
            paid(f"{len(known)}@example.com")
            return iter(known)

    assert books(Ledger(paid=Paying())) == ""


def test_believed_lie_may_stand_only_for_a_while(books):
    rung(waiting())

    assert "opened without payment" not in books(Ledger())
    assert "opened without payment, and never closed" in books(Ledger(), at_rest=True)


def test_second_grant_is_seen(books, owner):
    payment = paid()
    other = waiting()
    owner.execute(
        "INSERT INTO enrolments_grant (id, person_id, course_id, payment_id, kind, state)"
        " SELECT %s, person_id, course_id, payment_id, kind, state FROM enrolments_grant",
        [other.id],
    )

    assert "granted twice" in books(Ledger(paid={payment.id}))


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM enrolments_grant", "paid at the gateway, and has no access"),
        ("DELETE FROM enrolments_grant", "the standing proof misses access"),
        ("DELETE FROM core_journal WHERE kind = 'payment.paid'", "the journal does not tell it exactly once"),
        (
            "INSERT INTO core_journal (kind, payment_id) SELECT 'access.open', id FROM ledger_payment",
            "the journal does not tell it exactly once",
        ),
        (
            "INSERT INTO core_journal (kind, payment_id) SELECT 'access.repaired', id FROM ledger_payment",
            "found without access and repaired",
        ),
        ("SELECT", "not recorded exactly once in fast_track_approvals"),
        ("SELECT", "not written to exactly once"),
        (
            "INSERT INTO core_consumer (name, xid, id) VALUES ('sleeper', '0', 0)",
            "a consumer that has not read the whole journal: sleeper",
        ),
        (
            """INSERT INTO ledger_intervention (id, subject, trouble, suggestion, deadline)
            VALUES (gen_random_uuid(), 'moon', 'unsettled', '', now())""",
            "a person was asked for nothing: moon unsettled",
        ),
    ],
)
def test_damage_is_named(books, owner, damage, sentence):
    payment = paid()
    owner.execute(damage)

    assert sentence in books(Ledger(paid={payment.id}), at_rest=True)


def test_second_order_of_one_customer_is_seen(books):
    placed("twice@example.com")
    placed("twice@example.com")

    assert "not exactly one order: twice@example.com" in books(Ledger(emails=["twice@example.com"]), at_rest=True)


def test_lie_without_an_intervention_is_seen(books):
    payment = waiting()

    assert "of which no person was told" in books(Ledger(liars={payment.id}), at_rest=True)


def test_letters_are_counted_where_they_arrive(connect, owner, tmp_path):
    owner.execute(
        """INSERT INTO messaging_outbox
            (id, dedupe_key, recipient, subject, text, html, language, state, next_at, sent_at)
        VALUES (gen_random_uuid(), 'key', 'a@example.com', 's', 't', '', 'en', 'sent', now(), now())"""
    )
    (tmp_path / "one-1.eml").write_bytes(b"Subject: Hello\n\n")
    (tmp_path / "one-2.eml").write_bytes(b"Subject: Hello\n\n")
    (tmp_path / "two-1.eml").write_bytes(b"Subject: Hello\n\n")
    (tmp_path / "two-2.eml").write_bytes(b"Subject:\n Possible repeat: Hello\n\n")

    missing, silent = lost_mails(connect(autocommit=True), tmp_path)

    assert "never arrived" in missing
    assert silent == "a repeat that does not say so: one-2.eml"


def test_signature_is_the_contracts():
    body = b'{"paylinkID":"2zh1zj6y8xpb0g3","status":"SUCCESS","externalTransactionID":"ORD-0001","responseCode":"00"}'

    made = signature("test_app_secret_0123456789", "/webhooks/ikhokha", body)

    assert made == "d5d39f8a532d7e3601bffa5708954dedc8e5637a9c57b0989a38ed0c0eb32c64"
