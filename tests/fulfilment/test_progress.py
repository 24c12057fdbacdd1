"""A lesson is done when its learner says so: once, for who may read it, and a guest's moves when the guest signs in."""

from __future__ import annotations

import pytest

from tollkeeper.core.ids import new_id
from tollkeeper.fulfilment.enrolments.errors import NotYourCourse
from tollkeeper.fulfilment.enrolments.models import Progress
from tollkeeper.fulfilment.enrolments.progress import adopt, mark_done, mark_not_done
from tollkeeper.fulfilment.enrolments.queries import readings
from tollkeeper.payments.ledger.queries import order_ids

NOBODY = {"person_id": None, "order_ids": ()}


@pytest.fixture
def shelf(db):
    from storefront import make

    buyer, course = make.person("buyer@example.com"), make.course()
    (order,) = order_ids([make.paid(buyer, course).reference])
    return buyer, course, order, list(course.lessons.order_by("position"))


def test_doing_it_twice_is_doing_it_once(shelf):
    buyer, course, _order, (light, _frame) = shelf
    who = {"person_id": buyer.pk, "order_ids": ()}

    mark_done(light.pk, course.pk, **who)
    first = Progress.objects.get().done_at
    mark_done(light.pk, course.pk, **who)

    assert Progress.objects.get().done_at == first


@pytest.mark.parametrize("who", [NOBODY, {"person_id": None, "order_ids": (new_id(),)}])
def test_stranger_can_be_done_with_nothing(shelf, who):
    _buyer, course, _order, (light, _frame) = shelf

    with pytest.raises(NotYourCourse):
        mark_done(light.pk, course.pk, **who)

    assert not Progress.objects.exists()


def test_reading_goes_on_after_the_lesson_done_last(shelf):
    buyer, course, _order, (light, frame) = shelf
    who = {"person_id": buyer.pk, "order_ids": ()}

    places = [readings([course.pk], **who)[course.pk].place]
    for lesson in (light, frame):
        mark_done(lesson.pk, course.pk, **who)
        places.append(readings([course.pk], **who)[course.pk].place)

    assert places == [light, frame, None]
    assert readings([course.pk], **who)[course.pk].is_finished


def test_skipped_lesson_comes_after_the_last(shelf):
    buyer, course, _order, (light, frame) = shelf
    who = {"person_id": buyer.pk, "order_ids": ()}

    mark_done(frame.pk, course.pk, **who)

    assert readings([course.pk], **who)[course.pk].place == light


def test_taking_it_back_leaves_nothing(shelf):
    buyer, course, order, (light, _frame) = shelf
    who = {"person_id": buyer.pk, "order_ids": (order,)}
    mark_done(light.pk, course.pk, **who)

    mark_not_done(light.pk, **who)
    mark_not_done(light.pk, **who)

    assert not Progress.objects.exists()


def test_nobody_takes_back_what_another_did(shelf):
    buyer, course, _order, (light, _frame) = shelf
    mark_done(light.pk, course.pk, person_id=buyer.pk, order_ids=())

    mark_not_done(light.pk, person_id=new_id(), order_ids=(new_id(),))

    assert Progress.objects.count() == 1


def test_guests_progress_stays_with_the_order_until_they_sign_in(shelf):
    buyer, course, order, (light, _frame) = shelf
    mark_done(light.pk, course.pk, person_id=None, order_ids=(order,))
    elsewhere = readings([course.pk], person_id=buyer.pk, order_ids=())[course.pk]

    moved = adopt(person_id=buyer.pk, order_ids=(order,))

    assert not elsewhere.has_begun
    assert moved == 1
    assert readings([course.pk], person_id=buyer.pk, order_ids=())[course.pk].count == 1


def test_what_was_done_in_both_places_is_done_once(shelf):
    buyer, course, order, (light, _frame) = shelf
    mark_done(light.pk, course.pk, person_id=buyer.pk, order_ids=())
    mark_done(light.pk, course.pk, person_id=None, order_ids=(order,))

    adopt(person_id=buyer.pk, order_ids=(order,))
    adopt(person_id=buyer.pk, order_ids=(order,))

    assert list(Progress.objects.values_list("person_id", "order_id")) == [(buyer.pk, None)]


def test_friends_order_in_the_same_browser_stays_the_friends(shelf):
    from storefront import make

    _buyer, course, order, (light, _frame) = shelf
    mark_done(light.pk, course.pk, person_id=None, order_ids=(order,))

    moved = adopt(person_id=make.person("friend@example.com").pk, order_ids=(order,))

    assert moved == 0
    assert Progress.objects.get().order_id == order
