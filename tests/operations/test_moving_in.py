from __future__ import annotations

import pytest

from accounts.make import mails, member
from core.make import eventually
from operations.make import PASSWORD, bcrypt_hash, bring, checksums, look, request, school, write
from payments.make import fact
from tollkeeper.accounts.errors import WrongPassword
from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import check_password
from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.core.journal import consume, enrol_consumer
from tollkeeper.core.models import Run
from tollkeeper.core.orm import raw_cursor
from tollkeeper.fulfilment.enrolments.journal import prove_what_changed, tell_customers
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.fulfilment.enrolments.services import prove
from tollkeeper.operations.moving_in.services import try_out
from tollkeeper.payments.ledger.journal import tell_staff
from tollkeeper.payments.ledger.models import Payment
from tollkeeper.payments.ledger.services import bring as settled
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")


def opened() -> set[tuple[str, str]]:
    rows = Grant.objects.filter(state="open").values_list("person__email", "course__slug")
    return set(rows)


def test_people_courses_access_and_money_arrive(tmp_path):
    report = bring(school(tmp_path))

    everybody = {(f"p{n}@example.com", "books") for n in range(3)}
    assert opened() == everybody | {("p0@example.com", "tax")}
    assert Lesson.objects.filter(course__slug="books").count() == 2
    assert {person.language for person in Person.objects.all()} == {"pl"}
    assert [(total.currency, total.paid_there, total.here) for total in report.money] == [("ZAR", 149_700, 149_700)]
    assert (report.payers, report.refused, report.open_links) == (3, 0, 1)


def test_standing_proof_holds_after_an_import(tmp_path):
    bring(school(tmp_path))

    with raw_cursor() as cursor:
        found = prove(cursor)

    assert found.holds
    assert Grant.objects.count() == 4


def test_twice_is_once(tmp_path, owner):
    bring(school(tmp_path))
    before = checksums(owner)

    report = bring(tmp_path)

    changed = {name for name, digest in checksums(owner).items() if digest != before[name]}
    assert changed == {"core_run", "core_audit"}
    assert {outcome for by in report.counts.values() for outcome in by} <= {"same", "merged"}


def test_looking_writes_nothing(tmp_path, owner):
    before = checksums(owner)

    report = look(school(tmp_path))

    assert checksums(owner) == before
    assert report.counts["payments"] == {"new": 4}
    assert not report.applied


def test_newer_rows_are_added(tmp_path):
    bring(school(tmp_path))

    report = bring(school(tmp_path, people=5))

    assert report.counts["people"] == {"new": 2, "same": 3}
    assert report.counts["payments"] == {"new": 2, "same": 4}
    assert Payment.objects.count() == 7


def test_link_that_was_paid_since_opens_its_course(tmp_path):
    bring(school(tmp_path))
    text = (tmp_path / "payments.csv").read_text().replace("pending", "paid")
    (tmp_path / "payments.csv").write_text(text)

    report = bring(tmp_path)

    assert report.counts["payments"]["changed"] == 1
    assert ("p1@example.com", "tax") in opened()
    assert bring(tmp_path).counts["payments"] == {"same": 4}


def test_open_link_is_kept_as_the_gateways(tmp_path):
    bring(school(tmp_path))

    payment = Payment.objects.get(gateway="ikhokha")

    assert payment.state == "open"
    assert payment.facts["links"][0]["id"] == "link-1"
    assert payment.facts["links"][0]["url"].startswith("https://securepay.ikhokha.red/")


def consume_from_the_start(connection, effect):
    """How many lines it heard: all there are, though what others write in the cluster may hold some back."""
    enrol_consumer(connection, effect.__name__)
    with raw_cursor() as cursor:
        lines = cursor.execute("SELECT count(*) FROM core_journal").fetchone()[0]
    heard: list[int] = []
    eventually(
        lambda: heard.append(consume(connection, effect.__name__, effect)), is_right=lambda _: sum(heard) >= lines
    )
    return sum(heard)


def test_nobody_gets_a_mail(tmp_path, connect):
    bring(school(tmp_path))

    heard = [consume_from_the_start(connect(), effect) for effect in (tell_customers, prove_what_changed, tell_staff)]

    assert min(heard) > 0
    assert mails() == []


def test_late_payment_of_a_link_opens_its_course_and_is_told(tmp_path, connect):
    bring(school(tmp_path))
    payment = Payment.objects.get(gateway="ikhokha").as_seen_by_reducer()

    settled([fact(payment, Kind.STATUS_PAID, payment.facts.links[0])])

    consume_from_the_start(connect(), tell_customers)
    assert ("p1@example.com", "tax") in opened()
    assert [mail.recipient for mail in mails()] == ["p1@example.com"]


@pytest.mark.parametrize("kind", [b"2a", b"2b", b"2y"])
def test_supabase_password_signs_in_and_becomes_djangos(tmp_path, kind):
    write(tmp_path, "people.csv", "id|email|encrypted_password", f"1|a@example.com|{bcrypt_hash(kind=kind)}")
    bring(tmp_path)
    assert Person.objects.get().password.startswith(f"bcrypt$${kind.decode()}$")

    person = check_password(email="A@example.com", password=PASSWORD)

    assert person.email == "a@example.com"
    assert Person.objects.get().password.startswith("pbkdf2_sha256$")
    assert check_password(email="a@example.com", password=PASSWORD) == person


def test_too_long_password_is_a_wrong_one(tmp_path):
    write(tmp_path, "people.csv", "id|email|encrypted_password", f"1|a@example.com|{bcrypt_hash()}")
    bring(tmp_path)

    with pytest.raises(WrongPassword):
        check_password(email="a@example.com", password="x" * 100)


@pytest.mark.parametrize("told", ["$argon2id$v=19$m=65536$aa$bb", "$2a$31$" + "a" * 53, "md5$a$b", "plain"])
def test_unknown_kind_of_password_means_sign_in_by_link(tmp_path, told):
    write(tmp_path, "people.csv", "id|email|password_hash", f"1|a@example.com|{told}")

    report = bring(tmp_path)

    assert not Person.objects.get().has_usable_password()
    assert report.by_link == 1
    assert any("sign-in by link" in text for text in report.not_understood)


def test_password_of_an_unproven_address_is_not_believed(tmp_path):
    heads = "id|email|encrypted_password|email_confirmed_at"
    write(tmp_path, "people.csv", heads, f"1|a@example.com|{bcrypt_hash()}|")

    bring(tmp_path)

    assert not Person.objects.get().has_usable_password()


def test_person_who_is_here_keeps_their_password(tmp_path):
    staff = member("p0@example.com", is_staff=True)

    report = bring(school(tmp_path))

    here = Person.objects.get(email="p0@example.com")
    assert (here.pk, here.password, here.name) == (staff.pk, staff.password, staff.name)
    assert report.counts["people"] == {"merged": 1, "new": 2}
    assert ("p0@example.com", "books") in opened()


def test_one_address_is_one_person(tmp_path):
    school(tmp_path)
    write(tmp_path, "people.csv", "id|email", "p0|one@example.com", "p1|ONE@example.com", "p2|two@example.com")

    report = bring(tmp_path)

    assert report.counts["people"] == {"merged": 1, "new": 2}
    assert opened() == {("one@example.com", "books"), ("two@example.com", "books"), ("one@example.com", "tax")}


def test_shops_own_course_stays_and_gets_the_enrolments(tmp_path):
    mine = Course.objects.create(slug="books", title="Mine", summary="", description="", price_minor=1)

    report = bring(school(tmp_path))

    assert Course.objects.get(slug="books").title == "Mine"
    assert not Lesson.objects.filter(course=mine).exists()
    assert report.counts["lessons"] == {"passed": 2}
    assert ("p2@example.com", "books") in opened()


def test_access_that_was_taken_back_is_not_brought(tmp_path):
    school(tmp_path)
    write(tmp_path, "enrolments.csv", "id|person_id|course_id|status", "e1|p0|c1|revoked")

    report = bring(tmp_path)

    assert ("p0@example.com", "books") not in opened()
    (total,) = report.money
    assert (total.paid_there, total.here, total.passed) == (149_700, 99_800, 49_900)


def test_what_belongs_to_a_refused_row_is_refused_with_its_mend(tmp_path):
    school(tmp_path)
    write(tmp_path, "people.csv", "id|email", "p0|no address", "p1|one@example.com")

    report = bring(tmp_path)

    wrong = {(one.place, one.line): (one.reason, one.mend) for one in report.problems}
    assert "not an e-mail address" in wrong["people.csv", 2][0]
    assert wrong["payments.csv", 2] == (
        "There is no person 'p0', or they were refused.",
        "Bring the person too, or correct this.",
    )
    assert report.money[0].refused == 99_800
    assert opened() == {("one@example.com", "books")}


def test_report_is_written_for_spreadsheets_without_formulas(tmp_path):
    school(tmp_path)
    write(tmp_path, "courses.csv", "id|title|price", "c1|=HYPERLINK(1)|499", "c2|Tax|99.50")

    try_out(request(tmp_path), report=tmp_path / "report")

    text = (tmp_path / "report" / "rows.csv").read_text()
    assert "begins like a spreadsheet's formula" in text
    assert not [line for line in text.splitlines() if line.startswith(("=", "+", "@"))]
    assert {path.name for path in (tmp_path / "report").iterdir()} == {"report.json", "rows.csv", "payers.csv"}


def test_run_keeps_the_figures(tmp_path):
    bring(school(tmp_path))

    run = Run.objects.get()

    assert (run.name, run.state, run.by) == ("operations.moving_in", "done", "test")
    assert run.outcome["counts"]["people"] == {"new": 3}
