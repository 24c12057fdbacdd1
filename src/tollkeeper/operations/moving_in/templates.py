"""Example files for people who bring CSV: the right names and columns, a row or two, and a page that explains."""

from __future__ import annotations

import csv
from pathlib import Path

from tollkeeper.operations.moving_in.errors import Unreadable

_FILES: dict[str, list[list[str]]] = {
    "people.csv": [
        ["id", "email", "name", "language", "password_hash", "created_at"],
        ["p-1", "first@example.com", "First Example", "en", "", "2024-02-01"],
        ["p-2", "second@example.com", "Second Example", "pl", "", "2024-02-03T10:30:00+02:00"],
    ],
    "courses.csv": [
        ["id", "title", "slug", "summary", "description", "price", "currency", "active", "position"],
        ["c-1", "Bookkeeping", "bookkeeping", "Books that balance", "Two paragraphs.", "499.00", "ZAR", "true", "1"],
    ],
    "lessons.csv": [
        ["id", "course_id", "position", "title", "slug", "body", "video_url", "preview", "minutes"],
        ["l-1", "c-1", "1", "Profit is not cash", "", "Markdown, in quotes\nif it has line breaks.", "", "true", "10"],
    ],
    "payments.csv": [
        ["id", "person_id", "course_id", "amount", "currency", "status", "method", "link_id", "paid_at", "created_at"],
        ["y-1", "p-1", "c-1", "499.00", "ZAR", "paid", "eft", "", "2024-02-02", "2024-02-01"],
    ],
    "enrolments.csv": [
        ["id", "person_id", "course_id", "status", "enrolled_at", "payment_id"],
        ["e-1", "p-1", "c-1", "active", "2024-02-02", "y-1"],
        ["e-2", "p-2", "c-1", "active", "2024-02-03", ""],
    ],
}
_PAGE = """Moving in, from CSV

Put your rows into these files, in UTF-8, and take the examples out. A file that you do not need may be deleted; so may
a column, except those named below. Commas, semicolons and tabs are all understood.

people.csv      needs id and email. password_hash: bcrypt or Django's own; empty: the person signs in by link.
courses.csv     needs id, title and price (in major units: 499.00).
lessons.csv     needs id, course_id and title. body is Markdown.
payments.csv    needs id, person_id, course_id, amount, status and a date. status: paid, pending, failed, refunded.
                link_id is iKhokha's id of a link that is still to be paid.
enrolments.csv  needs person_id and course_id. status: active, pending, cancelled. Who is here and has no payment gets
                the course for free.

person_id may be an e-mail address, course_id a slug. Ids stay the same from one import to the next: by them it is known
what has been brought.

    tollkeeper import csv THIS_FOLDER             looks, and says what would be done
    tollkeeper import csv THIS_FOLDER --apply     does it
"""


def write_templates(folder: Path) -> list[Path]:
    """Write the example files into a folder.

    Returns:
        What was written.

    Raises:
        Unreadable: a file of that name is there already, or the folder cannot be written.
    """
    paths = [folder / name for name in _FILES]
    taken = [path.name for path in [*paths, folder / "README.txt"] if path.exists()]
    if taken:
        raise Unreadable(f"{folder} holds {', '.join(taken)} already.", remedy="Name an empty folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            with path.open("x", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(_FILES[path.name])
        (folder / "README.txt").write_text(_PAGE, encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"{folder} cannot be written: {error.strerror}.", remedy="Name another folder.") from error
    return [*paths, folder / "README.txt"]
