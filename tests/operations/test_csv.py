from __future__ import annotations

import pytest

from operations.make import bring, look, request, school, write
from tollkeeper.accounts.models import Person
from tollkeeper.operations.moving_in.errors import BadMapping, NothingToBring, Unreadable
from tollkeeper.operations.moving_in.reading.csvs import LONGEST_LINE
from tollkeeper.operations.moving_in.services import try_out
from tollkeeper.operations.moving_in.templates import write_templates

pytestmark = pytest.mark.usefixtures("db")


def people(folder, raw: bytes):
    (folder / "people.csv").write_bytes(raw)
    return folder


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_marks_and_line_ends_are_found(tmp_path, delimiter, bom, end):
    text = end.join(["id,email,name", '1,a@example.com,"Zoë,', 'of the, north"', "2,b@example.com,B", ""])
    people(tmp_path, bom + text.replace(",", delimiter).encode())

    report = bring(tmp_path)

    assert report.counts["people"] == {"new": 2}
    name = Person.objects.get(email="a@example.com").name
    assert name.split() == f"Zoë{delimiter} of the{delimiter} north".split()


@pytest.mark.parametrize(
    ("line", "wrong", "mend"),
    [
        ("1,a@example.com", "has 2 cells, the first line 3", "in quotes"),
        ('1,"a"b,c', "not CSV", "quotes"),
        (",a@example.com,A", "Nothing stands under id", "id"),
        ("1,,A", "Nothing stands under email", "address"),
        ("1,nobody,A", "not an e-mail address", "Correct it"),
        ("1,a@example.com,=1+2", "spreadsheet's formula", "Take the sign away"),
        ("1,a@example.com,@SUM(A1)", "spreadsheet's formula", "Take the sign away"),
        (f"1,a@example.com,{'x' * 300}", "300 characters", "Shorten"),
        ("1,a@example.com,a\x07b", "control characters", "again"),
    ],
)
def test_bad_line_is_named_with_its_number_and_mend(tmp_path, line, wrong, mend):
    people(tmp_path, f"id,email,name\n0,first@example.com,First\n{line}\n2,last@example.com,Last\n".encode())

    report = bring(tmp_path)

    (problem,) = report.problems
    assert (problem.place, problem.line) == ("people.csv", 3)
    assert wrong in problem.reason
    assert mend in problem.mend
    assert report.counts["people"] == {"new": 2, "refused": 1}


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        (b"id,email\n1,\x00a@example.com\n", "line 2: it holds a zero byte"),
        ("id,email\n1,a@example.com\n".encode("utf-16"), "line 1: it is UTF-16"),
        ("id,email,name\n1,a@example.com,Łucja\n".encode("cp1250"), "line 2: it is not utf-8"),
        (b"id,email\n" + b"x" * (LONGEST_LINE + 5), "line 2: it is longer than"),
        (b'id,email\n1,"never closed\n' + b"line\n" * 700_000, "line 2: it begins a record without an end"),
        (b"id,id\n1,2\n", "two columns have the same name"),
        (b"\n1,2\n", "must name every column"),
        (b"", "must name every column"),
    ],
)
def test_file_that_is_no_csv_is_refused_with_the_line(tmp_path, raw, wrong):
    people(tmp_path, raw)

    with pytest.raises(Unreadable) as refused:
        bring(tmp_path)

    assert wrong in str(refused.value)
    assert not Person.objects.exists()


def test_other_encoding_can_be_stated(tmp_path):
    people(tmp_path, "id,email,name\n1,a@example.com,Łucja\n".encode("cp1250"))
    mapping = tmp_path / "names.toml"
    mapping.write_text('encoding = "cp1250"\n')

    bring(tmp_path, mapping=str(mapping))

    assert Person.objects.get().name == "Łucja"


def test_polish_amounts_and_dates_are_read_as_stated(tmp_path):
    school(tmp_path)
    write(tmp_path, "courses.csv", "id|title|price", "c1|Books|1 234,50", "c2|Tax|99,50")
    write(tmp_path, "payments.csv", "id|person_id|course_id|amount|status|paid_at", "y1|p0|c1|1 234,50|paid|31.12.2024")

    plain = look(tmp_path)
    report = look(tmp_path, told={"locale": "pl", "dates": "%d.%m.%Y"})

    assert plain.refused > 0
    assert (report.refused, report.money[0].here) == (0, 123_450)


def test_empty_folder_names_the_files_it_lacks(tmp_path):
    with pytest.raises(NothingToBring, match=r"people\.csv"):
        look(tmp_path)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("people = 3", "may hold table"),
        ("[poeple]\n", "means nothing"),
        ("[people.columns]\nmail = 'x'", "it may hold"),
        ("[people]\nfile = '../../secret'", "without a path"),
        ("currency = 'RAND'", "not a currency"),
        ("locale = 'xx_nowhere'", "not known"),
        ("encoding = 'rot13'", "is none of"),
        ("language = 'zu'", "none of en, pl, uk"),
        ("not toml", "is not TOML"),
    ],
)
def test_wrong_mapping_is_refused_with_what_it_may_hold(tmp_path, text, wrong):
    school(tmp_path)
    mapping = tmp_path / "names.toml"
    mapping.write_text(text)

    with pytest.raises(BadMapping, match=wrong):
        try_out(request(tmp_path, mapping=str(mapping)))


def test_templates_can_be_brought_as_they_are(tmp_path):
    write_templates(tmp_path)

    report = bring(tmp_path)

    assert report.refused == 0
    assert report.counts["enrolments"] == {"new": 1, "merged": 1}
    with pytest.raises(Unreadable, match="already"):
        write_templates(tmp_path)


def test_what_is_not_read_is_told(tmp_path):
    people(tmp_path, b"id,email,language\n1,a@example.com,zu\n")
    (tmp_path / "customers.csv").write_text("id\n1\n")

    report = look(tmp_path)

    assert "nothing is read of customers.csv" in report.not_understood
    assert "payments: there is no payments.csv" in report.not_understood
    assert report.not_understood["people: the language 'zu': the shop's own instead"] == 1
