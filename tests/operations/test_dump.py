from __future__ import annotations

import gzip
from uuid import UUID

import pytest

from operations.make import PASSWORD, bcrypt_hash, bring, checksums, dumped, look, pg, request
from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import check_password
from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.core.ids import new_id
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.operations.moving_in.errors import BadMapping, NothingToBring, Unreadable
from tollkeeper.operations.moving_in.services import try_out

AWKWARD = "Tab\there, newline\nhere, back\\slash, 'quote', ''two'', \"double\"; and (brackets), ŁĄ—ю"
FORMS = {
    "plain": (),
    "plain with policies": ("--quote-all-identifiers",),
    "inserts": ("--data-only", "--column-inserts", "--rows-per-insert=100", "--quote-all-identifiers"),
    "single inserts": ("--column-inserts",),
    "custom": ("--format=custom",),
    "tar": ("--format=tar",),
}


@pytest.fixture
def filled(old):
    """Two people; one paid for a course, the other was let in by hand."""
    ids = [str(new_id()) for _ in range(8)]
    first, second, course, lesson, payment, *rest = ids
    people = [
        (first, "First@Example.com", bcrypt_hash(), '{"full_name": "First O\'Neill", "language": "pl"}'),
        (second, "second@example.com", None, "{}"),
    ]
    for one in people:
        old.execute(
            "INSERT INTO auth.users (id, email, encrypted_password, raw_user_meta_data, email_confirmed_at, created_at)"
            " VALUES (%s, %s, %s, %s, now(), now())",
            one,
        )
    old.execute(
        "INSERT INTO public.courses VALUES (%s, %s, 'books', %s, 1499.50, true)", (course, "Books & more", AWKWARD)
    )
    old.execute("INSERT INTO public.lessons VALUES (%s, %s, 'One', %s, 1)", (lesson, course, AWKWARD))
    old.execute(
        "INSERT INTO public.payments VALUES (%s, %s, %s, 1499.50, 'ZAR', 'completed', 'card', NULL, now())",
        (payment, first, course),
    )
    for number, (person, paid) in enumerate(((first, payment), (second, None))):
        old.execute(
            "INSERT INTO public.enrollments VALUES (%s, %s, %s, 'active', %s, now())",
            (rest[number], person, course, paid),
        )
    return old


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_dump_says_the_same(filled, tmp_path, form):
    dump = dumped(tmp_path / "dump", *FORMS[form])

    report = bring(dump, form="dump", pg_restore=pg("pg_restore"))

    assert (report.refused, report.payers) == (0, 1)
    assert Course.objects.get().description == AWKWARD
    assert Lesson.objects.get().body == AWKWARD
    assert Grant.objects.filter(state="open").count() == 2
    assert [(total.currency, total.here) for total in report.money] == [("ZAR", 149_950)]
    assert Person.objects.get(email="first@example.com").name == "First O'Neill"
    assert check_password(email="first@example.com", password=PASSWORD).language == "pl"


def test_gzipped_dump_is_unpacked(filled, tmp_path):
    plain = dumped(tmp_path / "plain")
    packed = tmp_path / "dump.sql.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    report = look(packed, form="dump")

    assert report.counts["people"] == {"new": 2}


def test_newer_dump_adds_what_is_new(filled, tmp_path):
    bring(dumped(tmp_path / "first"), form="dump")
    filled.execute("INSERT INTO auth.users (id, email) VALUES (%s, 'third@example.com')", (new_id(),))

    report = bring(dumped(tmp_path / "second", "--format=custom"), form="dump", pg_restore=pg("pg_restore"))

    assert report.counts["people"] == {"new": 1, "same": 2}
    assert report.counts["payments"] == {"same": 1}


def test_nothing_in_a_dump_is_executed(filled, tmp_path, owner):
    dump, bait = dumped(tmp_path / "dump"), tmp_path / "bait"
    before = checksums(owner)
    harm = (
        f"\\! touch {bait}\n\\connect postgres\nCREATE ROLE supabase_admin SUPERUSER;\nCREATE EXTENSION pgsodium;\n"
        f"COPY (SELECT 1) TO PROGRAM 'touch {bait}';\nDROP TABLE core_audit CASCADE;\n"
    )
    dump.write_text(harm + dump.read_text() + harm)

    report = look(dump, form="dump")

    assert report.counts["people"] == {"new": 2}
    assert not bait.exists()
    assert checksums(owner) == before


@pytest.mark.parametrize("form", ["plain", "inserts", "custom"])
def test_dump_that_was_cut_off_is_refused(filled, tmp_path, form):
    dump = dumped(tmp_path / "dump", *FORMS[form])
    whole = dump.read_bytes()
    marks = {"plain": b"Books & more", "inserts": b"Books & more", "custom": b""}
    at = whole.index(marks[form]) if marks[form] else len(whole) * 9 // 10
    dump.write_bytes(whole[:at])

    with pytest.raises(Unreadable):
        look(dump, form="dump", pg_restore=pg("pg_restore"))


def test_other_names_are_told_by_a_mapping(filled, tmp_path):
    filled.execute("ALTER TABLE public.payments RENAME COLUMN status TO stand")
    filled.execute("UPDATE public.payments SET stand = 'zapłacone'")
    dump = dumped(tmp_path / "dump")
    mapping = tmp_path / "names.toml"
    mapping.write_text('[payments.columns]\nstatus = "stand"\n[payments.words]\npaid = ["Zapłacone"]\n')

    without = look(dump, form="dump")
    report = look(dump, form="dump", mapping=str(mapping))

    assert without.counts["payments"] == {"refused": 1}
    assert report.counts["payments"] == {"new": 1}


def test_dump_without_the_tables_names_those_it_has(filled, tmp_path):
    dump = dumped(tmp_path / "dump")
    text = dump.read_text().replace("COPY auth.users", "COPY auth.members").replace("COPY public.", "COPY other.")
    dump.write_text(text)

    with pytest.raises(NothingToBring, match=r"other\.courses"):
        look(dump, form="dump")


def test_tables_that_no_name_leads_to_are_told(filled, tmp_path):
    dump = dumped(tmp_path / "dump")
    dump.write_text(dump.read_text().replace("COPY public.enrollments", "COPY public.members"))

    report = look(dump, form="dump")

    assert "nothing is read of public.members" in report.not_understood
    assert "enrolments: there is no public.enrollments" in report.not_understood


def test_column_that_a_mapping_names_must_be_there(filled, tmp_path):
    mapping = tmp_path / "names.toml"
    mapping.write_text('[people.columns]\nname = "nickname"\n')

    with pytest.raises(BadMapping, match="nickname"):
        try_out(request(dumped(tmp_path / "dump"), form="dump", mapping=str(mapping)))


def test_ids_of_the_orders_do_not_depend_on_the_form(filled, tmp_path):
    bring(dumped(tmp_path / "a"), form="dump")
    before = set(Grant.objects.values_list("payment__order_id", flat=True))

    bring(dumped(tmp_path / "b", *FORMS["inserts"]), form="dump")

    assert set(Grant.objects.values_list("payment__order_id", flat=True)) == before
    assert all(isinstance(one, UUID) for one in before)
