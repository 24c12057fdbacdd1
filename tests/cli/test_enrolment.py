"""A course given at the command line opens, and its owner is sent the way again."""

from __future__ import annotations

from browser.journey import fresh_address


def test_course_is_given_told_and_sent_again(tell, shop):
    email = fresh_address()

    given = tell("enrolment", "give", email, shop.courses[0], "--reason", "Won the raffle", "--json")
    again = tell("enrolment", "give", email, shop.courses[0], "--reason", "Won the raffle")
    sent = tell("enrolment:resend", given.json["reference"], "--by", "desk")

    assert given.json["email"] == email
    assert (again.code, "open already" in again.err) == (2, True)
    assert (sent.code, email in sent.out) == (0, True)
    assert ("enrolment.resend", email, "desk") in shop.ask('SELECT act, thing, "by" FROM core_audit')


def test_what_does_not_exist_is_refused_in_a_sentence(tell, shop):
    unknown = tell("enrolment", "give", "ann@example.com", "no-such-course", "--reason", "x")
    nobody = tell("enrolment", "resend", "nobody@example.com")
    language = tell("enrolment", "give", "ann@example.com", shop.courses[0], "--reason", "x", "--language", "de")

    assert [answer.code for answer in (unknown, nobody, language)] == [2, 2, 2]
    assert "no such course" in unknown.err
    assert "Nobody has bought" in nobody.err
    assert "en, pl, uk" in language.err
