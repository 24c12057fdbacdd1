"""Transfers, gifts and what came along from an earlier system: all of it through settle."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from accounts.make import guest
from catalog.make import course
from payments import make
from tollkeeper.core.ids import new_id
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.registry import fulfillers
from tollkeeper.fulfilment.enrolments.fulfiller import KIND as COURSE
from tollkeeper.fulfilment.enrolments.fulfiller import Enrolments
from tollkeeper.fulfilment.enrolments.services import prove
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.errors import AlreadyDecided, AlreadyPaid, NotATransfer, NothingToDecide, ReasonNeeded
from tollkeeper.payments.ledger.jobs import expire_old_transfers
from tollkeeper.payments.ledger.queries import find_payment, payments_of_order
from tollkeeper.payments.ledger.services import (
    Decision,
    Earlier,
    OpenLink,
    Sold,
    approve,
    bring_earlier,
    bring_open_links,
    customer_is_waiting,
    decide_many,
    give_access,
    place_payment,
    read_payment,
    reject,
    submit_proof,
)
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")

BY = "office@example.com"
DIGEST = "0" * 64


def transfer(**more):
    return make.waiting(gateway="transfer", **more)


def submitted(**more):
    payment = transfer(**more)
    submit_proof(payment.id, digest=DIGEST, by="buyer@example.com")
    return payment


def beside(payment, method):
    """Another payment of the same order, with its page."""
    with raw_cursor() as cursor:
        made = place_payment(cursor, payment, method=method)
    make.tell(made, Kind.OPENED)
    return made


def polled(owner, payment):
    return owner.execute("SELECT count(*) FROM ledger_poll WHERE payment_id = %s", (payment.id,)).fetchone() == (1,)


def test_approved_proof_opens_the_course(owner):
    payment = submitted()

    approve(payment.id, by=BY, reason="Seen on the statement of today.")

    assert make.standing(payment) == ("paid", "open")
    assert make.grant(owner, payment) == "open"
    assert make.troubles(owner, payment.id) == []


def test_money_in_the_bank_needs_no_proof():
    payment = transfer()

    approve(payment.id, by=BY, reason="Seen on the statement of today.")

    assert make.standing(payment) == ("paid", "open")


def test_card_payment_without_money_cannot_be_approved():
    with pytest.raises(NothingToDecide):
        approve(make.waiting().id, by=BY, reason="Because.")


def test_refused_proof_may_be_followed_by_another(owner):
    payment = submitted()
    reject(payment.id, by=BY, reason="That is a picture of a cat.")

    number = submit_proof(payment.id, digest=DIGEST, by="buyer@example.com")

    assert number == 3
    assert make.standing(payment) == ("confirming", "pending")
    assert make.troubles(owner, payment.id) == []


def test_second_decision_is_told_who_was_first():
    payment = submitted()
    approve(payment.id, by="first@example.com", reason="Seen.")

    with pytest.raises(AlreadyDecided, match=r"first@example\.com has approved"):
        reject(payment.id, by="second@example.com", reason="Not seen.")


def test_proof_of_what_is_paid_or_no_transfer_is_refused():
    paid = submitted()
    approve(paid.id, by=BY, reason="Seen.")

    with pytest.raises(AlreadyPaid):
        submit_proof(paid.id, digest=DIGEST, by="buyer@example.com")
    with pytest.raises(NotATransfer):
        submit_proof(make.waiting().id, digest=DIGEST, by="buyer@example.com")


def test_approval_after_the_card_paid_grants_nothing_twice(owner):
    payment = submitted()
    card = beside(payment, "ikhokha")
    make.tell(card, Kind.STATUS_PAID)

    approve(payment.id, by=BY, reason="Seen.")

    assert make.standing(card) == ("paid", "open")
    assert make.standing(payment) == ("paid", "elsewhere")
    assert make.troubles(owner, payment.id) == ["paid_twice"]
    assert owner.execute("SELECT count(*) FROM enrolments_grant").fetchone() == (1,)


def test_refused_proof_takes_nothing_from_the_card(owner):
    payment = submitted()
    card = beside(payment, "ikhokha")
    make.tell(card, Kind.STATUS_PAID)

    reject(payment.id, by=BY, reason="It was paid by card.")

    assert make.standing(card) == ("paid", "open")
    assert make.grant(owner, card) == "open"
    assert make.troubles(owner, payment.id) == []


@pytest.fixture
def card_and_staff():
    """The card settles while staff approve the transfer: both stand before the grant at the same moment."""

    def _both(fulfiller, payment):
        card = beside(payment, "ikhokha")
        fulfillers.register(COURSE, fulfiller)
        thread = threading.Thread(target=lambda: make.tell(card, Kind.STATUS_PAID))
        thread.start()
        approve(payment.id, by=BY, reason="Seen.")
        thread.join()
        return card

    yield _both
    fulfillers.register(COURSE, Enrolments())


class Together(Enrolments):
    """The real one, entered by two at once."""

    def __init__(self):
        self.meeting = threading.Barrier(2)

    def fulfil(self, cursor, claims):
        self.meeting.wait(10)
        return super().fulfil(cursor, claims)


class Careless(Together):
    """Looks whether the line is open already, and then writes, instead of doing both in one statement."""

    def fulfil(self, cursor, claims):
        looked = "SELECT id FROM enrolments_grant WHERE id = ANY(%s) AND state = 'open'"
        taken = frozenset(row[0] for row in cursor.execute(looked, ([claim.line_id for claim in claims],)))
        self.meeting.wait(10)
        for claim in claims:
            cursor.execute(
                "UPDATE enrolments_grant SET payment_id = %s, state = %s WHERE id = %s",
                (claim.payment_id, claim.access, claim.line_id),
            )
        return taken


def test_card_that_settles_while_staff_approve_grants_once(owner, card_and_staff):
    payment = submitted()

    card = card_and_staff(Together(), payment)

    assert sorted([make.standing(card)[1], make.standing(payment)[1]]) == ["elsewhere", "open"]
    assert len(make.troubles(owner, card.id) + make.troubles(owner, payment.id)) == 1
    assert owner.execute("SELECT count(*) FROM enrolments_grant").fetchone() == (1,)


def test_control_looked_at_first_and_written_after_both_open_and_nobody_hears_of_it(owner, card_and_staff):
    payment = submitted()

    card = card_and_staff(Careless(), payment)

    assert [make.standing(card), make.standing(payment)] == [("paid", "open")] * 2
    assert make.troubles(owner, card.id) + make.troubles(owner, payment.id) == []


def test_payments_of_an_order_are_listed_newest_first():
    payment = transfer()
    card = beside(payment, "ikhokha")

    listed = payments_of_order(order_of(payment))

    assert [one.payment_id for one in listed] == [card.id, payment.id]
    assert [one.method for one in listed] == ["ikhokha", "transfer"]


def order_of(payment):
    return find_payment(str(payment.id)).order_id


def test_transfers_are_never_asked_about(owner):
    payment, card = transfer(), make.waiting()

    customer_is_waiting(payment.id)

    assert not polled(owner, payment)
    assert polled(owner, card)


def test_transfer_expires_after_two_weeks_and_still_counts(owner):
    old, young = transfer(), transfer()
    owner.execute("UPDATE ledger_payment SET created_at = now() - interval '15 days' WHERE id = %s", (old.id,))

    expired = expire_old_transfers()

    assert expired == 1
    assert (make.standing(old)[0], make.standing(young)[0]) == ("expired", "open")
    approve(old.id, by=BY, reason="It came after all.")
    assert make.standing(old) == ("paid", "open")


def test_bulk_tells_what_became_of_each():
    done, late = submitted(), submitted()
    approve(late.id, by="first@example.com", reason="Seen.")

    refusals = decide_many([Decision(done.id, approve=True), Decision(late.id, approve=False)], by=BY, reason="Seen.")

    assert refusals[0] is None
    assert isinstance(refusals[1], AlreadyDecided)
    assert make.standing(done) == make.standing(late) == ("paid", "open")


def test_given_access_is_in_the_books_like_any_other(owner):
    person, what = guest("friend@example.com"), course("gift", price_minor=49_900)

    given = give_access(person.pk, Sold(what.item, what.title, 0), currency="ZAR", language="en", by=BY, reason="Ours.")

    assert make.standing(given) == ("paid", "open")
    assert make.grant(owner, given) == "open"
    assert owner.execute("SELECT act, by FROM core_audit WHERE thing = %s", (str(given.id),)).fetchone() == (
        "enrolment.give",
        BY,
    )
    with raw_cursor() as cursor:
        assert prove(cursor).holds


def test_gift_without_a_reason_is_refused():
    with pytest.raises(ReasonNeeded):
        give_access(new_id(), Sold("course:x", "X", 0), currency="ZAR", language="en", by=BY, reason=" ")


def earlier(amount_minor=12_300, **more):
    what = course(f"old-{new_id().hex}", price_minor=49_900)
    person = guest(f"{new_id().hex}@example.com")
    paid_at = datetime(2025, 3, 1, tzinfo=UTC)
    return Earlier(
        new_id(), person.pk, Sold(what.item, what.title, amount_minor), "ZAR", paid_at, "en", "the old shop, 4711"
    )


def test_earlier_payments_come_once_with_their_access(owner):
    paid, free = earlier(), earlier(amount_minor=0)

    first = bring_earlier([paid, free], by=BY)
    second = bring_earlier([paid, free], by=BY)

    assert (first, second) == ([True, True], [False, False])
    rows = owner.execute("SELECT state, access, amount_minor FROM ledger_payment ORDER BY amount_minor").fetchall()
    assert rows == [("paid", "open", 0), ("paid", "open", 12_300)]
    assert owner.execute("SELECT min(created_at) FROM ledger_order").fetchone() == (paid.paid_at,)
    with raw_cursor() as cursor:
        assert prove(cursor).holds


def test_callback_about_an_imported_link_finds_its_payment(owner):
    one, other, known_there = earlier(), earlier(), new_id()
    link = Link("oldlink", "https://securepay.ikhokha.red/oldlink")
    links = [
        OpenLink(each.order_id, each.person_id, each.sold, "ZAR", each.paid_at, "en", "ikhokha", link, known_there)
        for each in (one, other)
    ]

    assert bring_open_links(links) == [True, True]

    payment = read_payment(known_there)
    make.tell(payment, Kind.STATUS_PAID, link=link)
    assert make.standing(payment) == ("paid", "open")
    assert owner.execute("SELECT count(*) FROM ledger_payment").fetchone() == (2,)


def test_open_link_of_an_earlier_system_is_asked_about(owner):
    one = earlier()
    link = Link("oldlink", "https://securepay.ikhokha.red/oldlink")
    old = OpenLink(one.order_id, one.person_id, one.sold, "ZAR", one.paid_at, "en", "ikhokha", link)

    assert bring_open_links([old]) == [True]

    (payment_id,) = owner.execute("SELECT id FROM ledger_payment").fetchone()
    assert owner.execute("SELECT state FROM ledger_payment").fetchone() == ("open",)
    assert owner.execute("SELECT payment_id FROM ledger_poll").fetchone() == (payment_id,)
