from __future__ import annotations

import itertools

import pytest

from storefront import make
from tollkeeper.core.flags import FAST_TRACK, set_flag
from tollkeeper.core.orm import raw_cursor
from tollkeeper.payments.ledger.services import bring
from tollkeeper.payments.ledger.state import Access, Kind, PaymentState
from tollkeeper.storefront.tellings import Next, telling

REACHED = [
    ((), "There is no payment page yet", "Try again"),
    ((Kind.OPENED,), "Waiting for payment", "Go to the payment page"),
    ((Kind.OPENED, Kind.CALLBACK_FAILURE), "The bank declined", "Try again"),
    ((Kind.OPENED, Kind.CALLBACK_SUCCESS), "Confirming your payment", "All courses"),
    ((Kind.OPENED, Kind.STATUS_PAID), "Your course is open", "Continue course"),
    ((Kind.OPENED, Kind.EXPIRED), "The payment link has expired", "Order again"),
    ((Kind.OPENED, Kind.CANCELLED), "You cancelled this order", "Order again"),
    ((Kind.OPENED, Kind.CANCELLED, Kind.STATUS_PAID), "Your course is open", "Continue course"),
]


@pytest.mark.parametrize(
    ("kinds", "title", "button"), REACHED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_state_tells_the_truth_and_what_to_do(buyer, course, browser, kinds, title, button):
    payment = make.order(buyer, course, *kinds)

    page = browser(buyer).get(f"/orders/{payment.reference}/")

    assert f'<h2 id="state">{title}</h2>' in page.text
    assert button in page.text


def test_second_payment_says_you_paid_twice(buyer, course, browser):
    first, second = (make.order(buyer, course, Kind.OPENED) for _ in range(2))
    for payment in (first, second):
        bring([make.evidence(payment.id, Kind.STATUS_PAID, course.price_minor)])

    pages = [browser(buyer).get(f"/orders/{payment.reference}/").text for payment in (first, second)]

    assert "Your course is open" in pages[0]
    assert "Your course is open" in pages[1] or "You paid twice" in pages[1]


def test_every_state_and_access_has_a_telling():
    for state, access in itertools.product(PaymentState, Access):
        told = telling(state, access)
        assert told.title
        assert told.text
        assert told.waits or told.next or access is Access.REJECTED


def test_nobody_who_may_have_paid_is_asked_to_pay():
    for state in (PaymentState.CONFIRMING, PaymentState.PAID, PaymentState.QUESTIONED):
        for access in set(Access) - {Access.REVOKED}:  # that money went back
            assert telling(state, access).next in (Next.NOTHING, Next.LEARN)
            assert not telling(state, access).cancellable


def test_stranger_sees_no_order_and_moves_none(buyer, staff, course, browser):
    path = f"/orders/{make.order(buyer, course, Kind.OPENED).reference}/"

    for stranger in (browser(), browser(staff)):
        assert stranger.get(path).status_code == 404
        assert stranger.get(f"{path}state").status_code == 404
        assert stranger.post(f"{path}cancel/").status_code == 404
        assert stranger.post(f"{path}again/").status_code == 404
    assert "Waiting for payment" in browser(buyer).get(path).text


def test_success_in_the_address_proves_nothing(buyer, course, gateway, browser):
    payment = make.order(buyer, course, Kind.OPENED)

    page = browser(buyer).get(f"/orders/{payment.reference}/?back=success").text

    assert '<h2 id="state">Waiting for payment</h2>' in page


def test_failure_in_the_address_hides_no_payment(buyer, course, browser):
    payment = make.paid(buyer, course)

    page = browser(buyer).get(f"/orders/{payment.reference}/?back=failure").text

    assert "Your course is open" in page
    assert "not finished" not in page


def test_waiting_page_reloads_itself_without_javascript(buyer, course, browser):
    waiting = make.order(buyer, course, Kind.OPENED).reference
    client = browser(buyer)

    assert (
        f'<noscript><meta http-equiv="refresh" content="3;url=/orders/{waiting}/">'
        in client.get(f"/orders/{waiting}/?back=success").text
    )


def test_open_course_stops_reloading(buyer, course, browser):
    done = make.paid(buyer, course).reference

    assert "http-equiv" not in browser(buyer).get(f"/orders/{done}/").text


def test_state_is_what_the_stream_would_say(buyer, course, browser):
    payment = make.order(buyer, course, Kind.OPENED)

    state = browser(buyer).get(f"/orders/{payment.reference}/state")

    assert state.json() == {
        "reference": payment.reference,
        "item": course.item,
        "payment": "open",
        "access": "none",
        "payment_id": str(payment.id),
    }
    assert "no-store" in state["Cache-Control"]


def test_try_again_leads_to_the_page_that_exists(buyer, course, browser):
    payment = make.order(buyer, course, Kind.OPENED, Kind.CALLBACK_FAILURE)

    assert browser(buyer).post(f"/orders/{payment.reference}/again/")["Location"] == make.PAY_PAGE


def test_try_again_asks_for_the_page_that_never_came(buyer, course, gateway, browser):
    payment = make.order(buyer, course)

    sent = browser(buyer).post(f"/orders/{payment.reference}/again/")

    assert sent.status_code == 303
    assert sent["Location"].startswith("http")
    assert "Waiting for payment" in browser(buyer).get(f"/orders/{payment.reference}/").text


def test_paid_order_leads_to_no_payment_page(buyer, course, browser):
    path = f"/orders/{make.paid(buyer, course).reference}/"

    assert browser(buyer).post(f"{path}again/")["Location"] == path
    assert browser(buyer).post(f"{path}cancel/")["Location"] == path
    assert "Your course is open" in browser(buyer).get(path).text


def test_cancelled_order_says_so(buyer, course, browser):
    path = f"/orders/{make.order(buyer, course, Kind.OPENED).reference}/"

    browser(buyer).post(f"{path}cancel/")

    assert "You cancelled this order" in browser(buyer).get(path).text


def test_reference_is_found_however_it_is_typed(buyer, course, browser):
    reference = make.order(buyer, course, Kind.OPENED).reference

    assert browser(buyer).get(f"/orders/{reference.lower().replace('-', '')}/").status_code == 200


def test_receipts_list_what_was_paid(buyer, course, browser):
    paid = make.paid(buyer, course).reference
    unpaid = make.order(buyer, make.course("other"), Kind.OPENED).reference

    page = browser(buyer).get("/my/receipts/").text

    assert f'<td data-label="Reference">{paid}</td>' in page
    assert f"/orders/{unpaid}/" not in page


def test_queued_payment_waits_for_staff(buyer, course, browser):
    with raw_cursor() as cursor:
        set_flag(cursor, FAST_TRACK, enabled=False, by="staff@example.com", reason="A look first.")

    payment = make.paid(buyer, course)

    assert "Waiting for approval by staff" in browser(buyer).get(f"/orders/{payment.reference}/").text
    assert "Waiting for approval" in browser(buyer).get("/").text
