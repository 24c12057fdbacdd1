"""Money back from the payment's page: noted, sent, disputed, and told to who paid."""

from __future__ import annotations

import pytest

from payments import make as till
from storefront import make
from tollkeeper.core.database import plain_cursor
from tollkeeper.core.ids import new_reference
from tollkeeper.core.journal import Position, read
from tollkeeper.core.money import Money
from tollkeeper.fulfilment.enrolments.journal import tell_customers
from tollkeeper.messaging.models import OutboxMessage
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.journal import tell_payers
from tollkeeper.payments.ledger.services import ask_refund, read_payment
from tollkeeper.payments.ledger.state import Kind

LESSON = "/learn/phone-photography/frame/"


@pytest.fixture
def paid(buyer, course):
    return make.paid(buyer, course)


@pytest.fixture
def act(staff, browser, paid):
    def _act(step, **fields):
        return browser(staff).post(f"/console/payments/{paid.id}/back/", {"step": step, **fields}, follow=True)

    return _act


def number_of(payment):
    return read_payment(payment.id).facts.refunds[0].id


def amount_of(payment):
    return str(payment.amount_minor / 100)


def test_refund_is_noted_then_sent_and_closes_the_course(paid, act, buyer, browser):
    noted = act("ask", amount=amount_of(paid), reason="They changed their mind.")
    still_open = browser(buyer).get(LESSON).status_code

    sent = act("sent", number=number_of(paid), reason="Receipt 17")

    assert "noted" in noted.text
    assert still_open == 200
    assert "in the books" in sent.text
    assert browser(buyer).get(LESSON).status_code == 303
    assert "given back" in browser(buyer).get(f"/orders/{paid.reference}/").text


def test_refund_may_leave_the_course_open(paid, act, buyer, browser):
    act("ask", amount=amount_of(paid), reason="Goodwill.", keep="on")

    act("sent", number=number_of(paid), reason="Receipt 17")

    assert read_payment(paid.id).state == "refunded"
    assert browser(buyer).get(LESSON).status_code == 200


def test_page_offers_no_more_than_is_left(paid, staff, browser):
    ask_refund(paid.id, 10_000, closes=False, by=staff.email, reason="Part of it.")

    page = browser(staff).get(f"/console/payments/{paid.id}/").text.replace("\xa0", " ")

    left = Money(paid.amount_minor - 10_000, paid.currency).display("en").replace("\xa0", " ")
    assert left in page
    assert "I have sent it" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"step": "ask", "amount": "", "reason": "y"},
        {"step": "ask", "amount": "9999999", "reason": "y"},
        {"step": "ask", "amount": "1.001", "reason": "y"},
        {"step": "ask", "amount": "a lot", "reason": "y"},
        {"step": "ask", "amount": "NaN", "reason": "y"},
        {"step": "ask", "amount": "1", "reason": " "},
        {"step": "sent", "number": "none of ours", "reason": "y"},
        {"step": "won", "number": "none of ours", "reason": "y"},
        {"step": "dance", "reason": "y"},
    ],
)
def test_step_that_makes_no_sense_moves_nothing_and_says_why(paid, act, fields):
    before = read_payment(paid.id)

    answer = act(fields.pop("step"), **fields)

    assert read_payment(paid.id) == before
    assert 'class="notice bad"' in answer.text or "error" in answer.text


def test_dispute_closes_until_it_is_won(paid, act, buyer, browser):
    act("dispute", number="D-1", amount=amount_of(paid), reason="The bank's letter of today.")
    during = browser(buyer).get(LESSON).status_code
    told = browser(buyer).get(f"/orders/{paid.reference}/").text

    act("won", number="D-1", reason="The bank's second letter.")

    assert (during, browser(buyer).get(LESSON).status_code) == (303, 200)
    assert "bank asks for this payment back" in told


@pytest.mark.parametrize("who", ["buyer", None])
def test_only_staff_give_money_back(paid, buyer, browser, who):
    client = browser(buyer) if who else browser()

    client.post(f"/console/payments/{paid.id}/back/", {"step": "ask", "amount": "1", "reason": "y"})

    assert read_payment(paid.id).facts.refunds == ()


def test_payer_is_written_to_when_money_goes_back(paid, act, buyer, connect):
    act("ask", amount=amount_of(paid), reason="They changed their mind.")
    act("sent", number=number_of(paid), reason="Receipt 17")

    connection = connect()
    with plain_cursor(connection) as cursor:
        lines = read(cursor, after=Position(0, 0))
    tell_payers(connection, lines)
    connection.commit()

    mail = OutboxMessage.objects.get(subject__startswith="We sent")
    assert mail.recipient == buyer.email
    assert "What you bought is closed now" in mail.text
    assert "They changed their mind" not in mail.text


def test_dispute_can_be_noted_where_nothing_is_left_to_refund(paid, act, staff, browser):
    act("ask", amount=amount_of(paid), reason="They changed their mind.")

    page = browser(staff).get(f"/console/payments/{paid.id}/").text

    assert "Note the refund" not in page
    assert "Note the dispute" in page


def test_of_two_paid_pages_one_is_proposed_and_what_was_bought_stays(paid, staff, browser):
    other = Link("other", "https://securepay.ikhokha.red/other")
    for kind in (Kind.OPENED, Kind.STATUS_PAID):
        till.tell(paid, kind, link=other)

    page = browser(staff).get(f"/console/payments/{paid.id}/").text

    assert f'value="{paid.amount_minor / 100:.2f}"' in page
    assert 'name="keep" checked' in page


def test_form_that_is_sent_twice_notes_one_refund(paid, act):
    number = new_reference()

    for _ in range(2):
        act("ask", amount="100.00", reason="Part of it.", number=number)

    assert [refund.id for refund in read_payment(paid.id).facts.refunds] == [number]


def test_access_that_comes_back_is_no_second_thank_you(paid, act, buyer, connect):
    act("dispute", number="D-1", amount=amount_of(paid), reason="The bank's letter.")
    act("won", number="D-1", reason="The second letter.")

    connection = connect()
    with plain_cursor(connection) as cursor:
        lines = read(cursor, after=Position(0, 0))
    tell_customers(connection, lines)
    tell_payers(connection, lines)
    connection.commit()

    subjects = [mail.subject for mail in OutboxMessage.objects.filter(recipient=buyer.email).order_by("id")]
    assert sum("Your course is open" in subject for subject in subjects) <= 1
    assert "Your payment stands" in subjects
