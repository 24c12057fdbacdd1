"""Staff give a course for free, and send somebody the way in once more. Both are audited."""

from __future__ import annotations

import pytest

from tollkeeper.accounts.errors import BadEmail, TooManyTries
from tollkeeper.core.ids import BadReference
from tollkeeper.fulfilment.enrolments.errors import AlreadyOpen, NothingOpen
from tollkeeper.fulfilment.enrolments.giving import give_course, resend_access
from tollkeeper.fulfilment.enrolments.queries import open_courses
from tollkeeper.messaging.models import OutboxMessage
from tollkeeper.payments.ledger.errors import ReasonNeeded


@pytest.fixture
def course(db):
    from storefront import make

    return make.course()


def give(course, email="ann@example.com", reason="Won the raffle"):
    return give_course(email=email, course=course, language="pl", by="staff@example.com", reason=reason)


def person(email="ann@example.com"):
    from tollkeeper.accounts.models import Person

    return Person.objects.with_email(email).get()


def audited(owner):
    return [row[0] for row in owner.execute("SELECT act FROM core_audit ORDER BY id").fetchall()]


def test_given_course_is_open_and_audited(course, owner):
    given = give(course, " Ann@Example.com ")

    assert given.email == "ann@example.com"
    assert open_courses(person_id=person().pk, order_ids=()) == {course.pk}
    assert audited(owner) == ["enrolment.give"]


def test_course_that_is_open_is_not_given_again(course, owner):
    give(course)

    with pytest.raises(AlreadyOpen):
        give(course)

    assert owner.execute("SELECT count(*) FROM enrolments_grant").fetchone() == (1,)


@pytest.mark.parametrize(("wrong", "refusal"), [({"email": "nobody"}, BadEmail), ({"reason": "  "}, ReasonNeeded)])
def test_bad_gift_leaves_nothing_behind(course, owner, wrong, refusal):
    with pytest.raises(refusal):
        give(course, **wrong)

    assert owner.execute("SELECT count(*) FROM accounts_person").fetchone() == (0,)
    assert audited(owner) == []


def test_mail_names_every_open_course_in_the_persons_language(course, owner):
    give(course)

    assert resend_access("ann@example.com", by="staff@example.com") == "ann@example.com"

    mail = OutboxMessage.objects.order_by("-created_at").first()
    assert (mail.recipient, mail.language) == ("ann@example.com", "pl")
    assert "/learn/phone-photography/" in mail.text
    assert "Dzień dobry" in mail.text
    assert audited(owner)[-1] == "enrolment.resend"


def test_reference_finds_the_customer_in_any_spelling(course):
    reference = give(course).reference

    assert resend_access(reference.lower().replace("-", " "), by="desk") == "ann@example.com"


def test_fourth_mail_within_an_hour_waits(course):
    give(course)
    for _ in range(3):
        resend_access("ann@example.com", by="desk")

    with pytest.raises(TooManyTries):
        resend_access("ann@example.com", by="desk")

    assert OutboxMessage.objects.filter(dedupe_key__startswith="access.resend").count() == 3


@pytest.mark.parametrize(
    ("whom", "refusal"), [("nobody@example.com", NothingOpen), ("not a reference", BadReference), ("a@", BadEmail)]
)
def test_who_has_nothing_is_sent_nothing(course, whom, refusal):
    with pytest.raises(refusal):
        resend_access(whom, by="desk")

    assert not OutboxMessage.objects.exists()
