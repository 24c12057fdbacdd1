"""A transfer in the shop: every page and act, for the buyer, another customer, a guest, a stranger and staff."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from storefront.make import order as card_order
from storefront.make import person
from tollkeeper.payments.ledger.queries import find_payment, payments_of_order
from tollkeeper.payments.ledger.state import Kind
from tollkeeper.payments.transfers import services
from tollkeeper.payments.transfers.queries import proofs_of
from transfers import make


def send(client, payment, data: bytes, name: str = "slip.png"):
    return client.post(f"/orders/{payment.reference}/proofs/", {"file": SimpleUploadedFile(name, data, "text/html")})


def page(client, payment):
    return client.get(f"/orders/{payment.reference}/")


def state(text: str) -> str:
    return re.search(r'<h2 id="state">(.*?)</h2>', text)[1]


def test_course_page_offers_both_ways_and_the_order_shows_where_to_pay(buyer, course, browser):
    tab = browser(buyer)
    assert 'value="transfer"' in tab.get("/courses/phone-photography/").text

    answer = tab.post("/courses/phone-photography/enrol/", {"method": "transfer"})

    shown = tab.get(answer.url).text
    assert answer.status_code == 303
    assert state(shown) == "Waiting for your bank transfer"
    for word in ("Sample School", "000 000 0000", "SAMPZAJJ", "multipart/form-data"):
        assert word in shown


def test_without_bank_details_nothing_is_offered(buyer, course, browser, monkeypatch):
    from tollkeeper.core.settings import settings

    monkeypatch.setenv("TOLLKEEPER_BANK_ACCOUNT", "")
    settings.cache_clear()

    shown = browser(buyer).get("/courses/phone-photography/").text

    assert 'value="transfer"' not in shown


def test_proof_goes_in_and_the_page_says_so(transfer, buyer, browser):
    answer = send(browser(buyer), transfer, make.png(), "my <b>slip.png")

    shown = page(browser(buyer), transfer).text
    assert answer.status_code == 303
    assert state(shown) == "Your proof is here. Waiting for staff"
    assert "my &lt;b&gt;slip.png" in shown
    assert proofs_of(transfer.id)[0].uploaded_by == "buyer@example.com"


def test_rejection_shows_the_reason_and_another_proof_can_be_sent(transfer, buyer, browser, staff):
    send(browser(buyer), transfer, make.png())
    services.reject(transfer.id, seen=1, by=staff.email, reason="The slip is of another school.")

    refused = page(browser(buyer), transfer).text
    send(browser(buyer), transfer, make.png())

    assert state(refused) == "Staff could not accept your proof"
    assert "The slip is of another school." in refused
    assert "Pay by card instead" in refused
    assert state(page(browser(buyer), transfer).text) == "Your proof is here. Waiting for staff"


def test_approval_opens_the_course(transfer, buyer, browser, staff):
    send(browser(buyer), transfer, make.png())

    services.approve(transfer.id, seen=1, by=staff.email, reason="It is in the account.")

    assert state(page(browser(buyer), transfer).text) == "Your course is open"


@pytest.mark.parametrize(
    ("data", "says", "status"),
    [
        (b"", "empty", 422),
        (b"<html>", "HTML", 415),
        (b"%PDF-1.7", "damaged", 422),
        (b"\xff\xd8\xff" + b"\0" * 6_000_000, "too large", 413),
    ],
)
def test_bad_file_is_answered_on_the_page(transfer, buyer, browser, data, says, status):
    answer = send(browser(buyer), transfer, data)

    assert answer.status_code == status
    assert says in answer.text
    assert "This file was not taken" in answer.text
    assert make.kept() == []


def test_form_without_a_file_says_so(transfer, buyer, browser):
    answer = browser(buyer).post(f"/orders/{transfer.reference}/proofs/", {})

    assert answer.status_code == 422
    assert "Choose a file first" in answer.text


def test_sentences_are_translated(transfer, buyer, browser):
    tab = browser(buyer, headers={"accept-language": "pl"})

    assert "Ten plik jest pusty" in send(tab, transfer, b"").text
    assert "Najpierw wybierz plik" in tab.post(f"/orders/{transfer.reference}/proofs/", {}).text


def test_only_its_buyer_can_send_for_an_order(transfer, browser, db):
    for stranger in (browser(), browser(person("other@example.com"))):
        assert page(stranger, transfer).status_code == 404
        assert send(stranger, transfer, make.png()).status_code == 404
        assert stranger.post(f"/orders/{transfer.reference}/method/", {"method": "ikhokha"}).status_code == 404
    assert make.kept() == []


def test_guest_sends_for_the_order_of_this_browser(course, browser):
    guest = browser()
    fields = {"method": "transfer", "email": "guest@example.com", "attempt": "01a1ff37-2c9b-7c7d-a79c-4b9e2370ec47"}
    address = guest.post("/courses/phone-photography/enrol/", fields).url.partition("?")[0]

    answer = guest.post(f"{address}proofs/", {"file": SimpleUploadedFile("a.png", make.png())})

    payment = find_payment(address.split("/")[2])
    assert answer.status_code == 303
    assert [one.uploaded_by for one in proofs_of(payment.id)] == [payment.reference]


def test_only_staff_see_a_proof(transfer, buyer, browser, staff, owner):
    proof = make.sent(transfer, make.png()).proof
    pages = (f"/staff/proofs/{proof.id}/1.jpg", f"/staff/proofs/{proof.id}/original")

    for stranger in (browser(), browser(buyer), browser(person("other@example.com"))):
        assert [stranger.get(address).status_code for address in pages] == [404, 404]
    for address in pages:
        answer = browser(staff).get(address)
        answer.close()
        assert answer.status_code == 200

    lines = owner.execute("SELECT act, by FROM core_audit WHERE act LIKE 'proof.%' ORDER BY id").fetchall()
    assert lines == [("proof.view", staff.email), ("proof.download", staff.email)]


def test_preview_is_a_picture_and_the_original_a_download(transfer, browser, staff):
    data = make.png_with_page_behind()
    proof = make.sent(transfer, data, "slip.html").proof

    shown = browser(staff).get(f"/staff/proofs/{proof.id}/1.jpg")
    saved = browser(staff).get(f"/staff/proofs/{proof.id}/original")

    assert (shown["Content-Type"], saved["Content-Type"]) == ("image/jpeg", "application/octet-stream")
    assert saved["Content-Disposition"] == f'attachment; filename="{proof.download_name}"'
    assert b"".join(saved.streaming_content) == data
    for answer in (shown, saved):
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]


def test_strange_addresses_of_proofs_are_not_found(transfer, browser, staff):
    proof = make.sent(transfer, make.png()).proof

    for tail in (f"{proof.id}/2.jpg", f"{proof.id}/0.jpg", f"{transfer.id}/1.jpg", f"{transfer.id}/original", "../x"):
        assert browser(staff).get(f"/staff/proofs/{tail}").status_code == 404


def test_proof_does_not_show_to_who_sent_it(transfer, buyer, browser):
    proof = make.sent(transfer, make.png()).proof

    shown = page(browser(buyer), transfer).text

    assert "slip.pdf" in shown
    assert str(proof.id) not in shown


def test_customer_switches_to_the_card_and_back(transfer, buyer, browser, gateway):
    tab = browser(buyer)

    card = tab.post(f"/orders/{transfer.reference}/method/", {"method": "ikhokha"})
    offered = page(tab, transfer).text
    back = tab.post(f"/orders/{transfer.reference}/method/", {"method": "transfer"})

    assert card.url.startswith(gateway.url)
    assert "Pay by bank transfer instead" in offered
    assert state(tab.get(back.url).text) == "Waiting for your bank transfer"
    (row,) = {find_payment(transfer.reference).order_id}
    assert sorted(one.method for one in payments_of_order(row)) == ["ikhokha", "transfer"]


def test_paid_order_cannot_be_switched(buyer, course, browser):
    paid = card_order(buyer, course, Kind.OPENED, Kind.STATUS_PAID)

    browser(buyer).post(f"/orders/{paid.reference}/method/", {"method": "transfer"})

    assert len(payments_of_order(find_payment(paid.reference).order_id)) == 1


def test_cancelling_ends_both_ways_and_a_proof_still_counts(transfer, buyer, browser, gateway):
    tab = browser(buyer)
    tab.post(f"/orders/{transfer.reference}/method/", {"method": "ikhokha"})

    tab.post(f"/orders/{transfer.reference}/cancel/")
    cancelled = {one.payment_state for one in payments_of_order(find_payment(transfer.reference).order_id)}
    send(tab, transfer, make.png())

    assert cancelled == {"cancelled"}
    assert state(page(tab, transfer).text) == "Your proof is here. Waiting for staff"


def test_request_without_its_token_changes_nothing(transfer, buyer, browser):
    tab = browser(buyer, enforce_csrf_checks=True)

    answer = tab.post(f"/orders/{transfer.reference}/proofs/", {"file": BytesIO(make.png())})

    assert answer.status_code == 403
    assert make.kept() == []
