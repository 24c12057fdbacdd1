"""The chaos proof: everything that a gateway can do wrong, under each confirmation policy, over real HTTP.

Every payer gets access, nobody else does; where the gateway contradicts itself nobody does until a person has looked
or the gateway tells the truth again. The misfortunes are one table, `chaos_table`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from tollkeeper.core import clock
from tollkeeper.core.settings import Policy
from tollkeeper.proofs.chaos_cell import Cell, Place, Play, slugs, without_access
from tollkeeper.proofs.chaos_table import TABLE, Row
from tollkeeper.proofs.instance import environment_for, started

PAYERS = 3
"""Per cell: one who stays on the waiting page, one who comes back once, one who closes the tab. Two more do not pay."""
AFTERWARDS = "afterwards, the gateway tells the truth"

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """How a chaos proof ended.

    Args:
        passed: whether every cell ended as the table wants.
        seed: repeats the sandbox's dice.
        seconds: how long it took.
        purchases: payments made.
        cells: what came of each row under each policy.
        wrong: everything that was not as it must be, in words.
        folder: where data and logs were kept; None when all went well.
    """

    passed: bool
    seed: int
    seconds: float
    purchases: int
    cells: tuple[Cell, ...]
    wrong: tuple[str, ...]
    folder: str | None

    def lines(self) -> list[str]:
        """The report as a person reads it: misfortunes by policies, payers with access and the slowest of them."""
        policies = list(dict.fromkeys(cell.policy for cell in self.cells))
        rows = list(dict.fromkeys(cell.row for cell in self.cells))
        width = max(map(len, rows))
        lines = [f"{'':<{width}}  " + "".join(f"{policy:<30}" for policy in policies)]
        for row in rows:
            found = {cell.policy: cell for cell in self.cells if cell.row == row}
            lines.append(f"{row:<{width}}  " + "".join(f"{_shown(found.get(policy)):<30}" for policy in policies))
        lines.append(f"Seed {self.seed}: {self.purchases} purchases in {len(self.cells)} cells, {self.seconds:.0f} s.")
        if self.passed:
            return [*lines, "Every payer got access, nobody else did."]
        return [*lines, *(f"WRONG: {sentence}" for sentence in self.wrong), f"Everything is kept in {self.folder}."]


def run(
    *,
    payers: int = PAYERS,
    seed: int = 1,
    announce: Announce = print,
    rows: Sequence[Row] = TABLE,
    policies: Sequence[Policy] = tuple(Policy),
    folder: Path | None = None,
) -> Report:
    """Prove that no misbehaviour of the gateway costs a payer their access. Call it from the main thread.

    The policies run side by side, each on an instance of its own; the rows of one follow each other.

    Args:
        payers: customers who pay, in each cell.
        seed: of the sandbox's dice.
        announce: is told, in sentences, how far it is.
        rows: which misfortunes, of `chaos_table.TABLE`.
        policies: under which policies.
        folder: where to work, and then it stays; a temporary one when left out, which stays only after a failure.

    Raises:
        NeverOpened: an instance did not start.
    """
    work = folder or Path(tempfile.mkdtemp(prefix="tollkeeper-chaos-"))
    work.chmod(0o755)
    announce(f"Chaos proof: {len(rows)} misfortunes, {len(policies)} policies, seed {seed}, in {work}.")
    began = clock.monotonic()
    with ExitStack() as stack:
        places = [_place(stack, work / policy, policy, seed) for policy in policies]
        with ThreadPoolExecutor(len(places)) as pool:
            played = pool.map(lambda place: _play_all(place, rows, payers, announce), places)
            cells = tuple(cell for column in played for cell in column)
    report = _report(cells, seed, clock.monotonic() - began, work)
    if report.passed and folder is None:
        shutil.rmtree(work, ignore_errors=True)
    return report


def _place(stack: ExitStack, folder: Path, policy: Policy, seed: int) -> Place:
    env = environment_for(folder, ikhokha_policy=policy)
    _, instance = stack.enter_context(started(folder, env))
    reset = httpx.post(f"{instance.sandbox_address}/control/reset", json={"seed": seed}, trust_env=False)
    reset.raise_for_status()
    return Place(policy, instance, env, slugs(instance.environment["TOLLKEEPER_DATABASE_URL"]))


def _play_all(place: Place, rows: Sequence[Row], payers: int, announce: Announce) -> list[Cell]:
    cells = []
    for number, row in enumerate(rows):
        cell = Play(place, row, payers=payers, name=f"row-{number}").run()
        cells.append(cell)
        if cell.wrong:
            announce(f"{place.policy}: {row.name} went wrong: {cell.wrong[0]}")
    cells.append(_afterwards(place, cells))
    announce(f"{place.policy}: done, {len(cells)} rows.")
    return cells


def _afterwards(place: Place, cells: Sequence[Cell]) -> Cell:
    """Once the gateway tells the truth again, its history opens what contradictions had closed."""
    paid = sum(cell.payers for cell in cells)
    place.sweep()
    left = without_access(place)
    wrong = [f"paid, the gateway says so again, and access is {access}" for access in left]
    return Cell(AFTERWARDS, place.policy, "access", paid, paid - len(left), None, tuple(wrong))


def _report(cells: tuple[Cell, ...], seed: int, seconds: float, folder: Path) -> Report:
    wrong = tuple(f"{cell.policy}, {cell.row}: {sentence}" for cell in cells for sentence in cell.wrong)
    purchases = sum(cell.payers for cell in cells if cell.row != AFTERWARDS)
    kept = str(folder) if wrong else None
    return Report(not wrong, seed, round(seconds, 1), purchases, cells, wrong, kept)


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return "·"
    if cell.wrong:
        return f"{cell.opened}/{cell.payers} WRONG"
    slowest = f", {cell.slowest_seconds:.1f} s" if cell.slowest_seconds is not None else ""
    told = "" if cell.end == "access" else f" ({cell.end})"
    return f"{cell.opened}/{cell.payers}{slowest}{told}"
