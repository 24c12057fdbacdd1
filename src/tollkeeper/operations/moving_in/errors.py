"""Why an import cannot be read at all. What is wrong with one row is a line of the report instead."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class BadMapping(Refusal):
    """The mapping file cannot be read."""

    code = "bad_mapping"
    remedy = "Mend what the sentence names; docs/how-to/move-in.md shows a whole mapping."
    http_status = 422


class Unreadable(Refusal):
    """The file cannot be read."""

    code = "import_unreadable"
    remedy = "Mend the file as the sentence says; nothing was changed by it."
    http_status = 422


class NothingToBring(Refusal):
    """There is nothing here to bring."""

    code = "nothing_to_bring"
    remedy = "`tollkeeper import template FOLDER` writes files with the right names and columns."
    http_status = 422


class ImportRuns(Refusal):
    """Another import is running on this shop."""

    code = "import_runs"
    remedy = "Wait until it has ended, then start yours again."
