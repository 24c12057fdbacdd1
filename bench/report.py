"""The table at the end of a run: figures, ratios, targets, and what is unequal in each comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.limits import LIMITS
from bench.subjects import SUBJECTS

Results = Mapping[str, Mapping[str, Any]]

DISTURBED_CORES = 0.1

UNEQUAL = (
    (
        "All of it: wrk is a closed loop, so a slow answer also slows the asking, and p99 flatters whoever is slow."
        " Load generator, web server and database share this machine's cores; a subject that leaves more of them to"
        " PostgreSQL gains twice. One subject runs after the other, each on a fresh copy of the same database."
    ),
    (
        "Tollkeeper: its web process under the policy `instant`, without worker and monitor, as the peers have none."
        " The row with both is the whole product while its worker reads the journal of all this and asks a gateway"
        " that is not there about each payment. The default policy, confirm-first, adds one HTTP read of the gateway"
        " to each webhook (below). Tollkeeper also binds each callback's address to its payment, notes stages for its"
        " timeline and hints to other processes; the peers do not."
    ),
    (
        "Express, group commit: the honest peer. The same statements in the same batches on two connections, written"
        " for this comparison; what is left between it and Tollkeeper is HTTP server, JSON and language, not"
        " architecture. It trusts that no item is bad: one bad row fails its batch, where Tollkeeper splits it."
    ),
    (
        "Express + pg: one transaction for each request, nine round trips, a pool of twenty, one process, as such"
        " code is usually written. The gain over it is mostly group commit. It decides the same, but has no reducer."
    ),
    (
        "Django ORM: select_for_update, save and create in one atomic block, no middleware, gunicorn with two workers"
        " of eight threads and a pool each. Fewer features around it than any real Django site has."
    ),
    (
        "PostgreSQL's limits: the same rows by a plain client with parameters prepared before the clock starts, in"
        " one statement that reads nothing and decides nothing; no HTTP, no signature, no load generator beside it. No"
        " web server can reach it."
    ),
    (
        "Confirm-first: the sandbox both sends these callbacks and answers the question about each, in one process of"
        " its own on the same cores, with the whole instance running; the orders are real ones, made through the shop."
    ),
)


def show(results: Results) -> None:
    """Print a run."""
    console = Console(width=None if Console().is_terminal else 140)
    console.print(_levels(results))
    console.print(_limits(results))
    console.print(_ratios(results))
    console.print(_alone(results))
    if disturbed(results):
        console.print(
            "[bold red]Disturbed:[/] somebody else used this machine meanwhile. Measure again when it is quiet.\n"
        )
    for paragraph in UNEQUAL:
        console.print(paragraph, "", sep="\n")


def best(results: Results, name: str) -> float | None:
    """A subject's rate at the level where it is best, or a limit's rate; None when it was not measured."""
    found = results.get(name, {})
    if "rate" in found:
        return float(found["rate"])
    rates = [level["rate"] for level in found.get("levels", ())]
    return max(rates, default=None)


def disturbed(results: Results) -> bool:
    """Whether other processes took more than a tenth of a core at any level."""
    levels = [level for found in results.values() for level in found.get("levels", ())]
    return any(level["stranger_cores"] > DISTURBED_CORES for level in levels)


_COLUMNS = ("at once", "settled/s", "p50 ms", "p99 ms", "refused", "µs each", "server", "database", "wrk", "others")


def _levels(results: Results) -> Table:
    table = Table(title="Settled webhooks per second (answered 200 in time; the database shows each one)")
    for column in ("", *_COLUMNS):
        table.add_column(column, justify="right" if column else "left")
    for subject in SUBJECTS:
        found = results.get(subject.name, {})
        if "not_measured" in found:
            table.add_row(subject.label, f"not measured: {found['not_measured']}")
        for level in found.get("levels", ()):
            cores = level["cores"]
            table.add_row(
                subject.label,
                str(level["connections"]),
                f"{level['rate']:,.0f}",
                f"{level['p50']:.2f}",
                f"{level['p99']:.2f}",
                str(level["refused"]),
                _cost(level["rate"], cores["server"] + cores["database"]),
                *(f"{cores[name]:.2f}" for name in ("server", "database", "wrk")),
                f"{level['stranger_cores']:.2f}",
            )
        table.add_section()
    table.caption = (
        "µs each: processor time of server and database for one webhook, which a disturbance changes least. Server to"
        " others: cores taken; others are processes outside this run, above 0.1 the figure is disturbed."
    )
    return table


def _limits(results: Results) -> Table:
    table = Table(title="The machine's own limits for the same rows, without HTTP")
    for column in ("", "settled/s", "µs each", "cores: client", "database"):
        table.add_column(column, justify="right" if column else "left")
    for limit in LIMITS:
        found = results.get(limit.name)
        if found:
            cores = found["cores"]
            label = f"{limit.label} (ran out of rows)" if found["ran_out"] else limit.label
            cost = _cost(found["rate"], cores["client"] + cores["database"])
            table.add_row(label, f"{found['rate']:,}", cost, f"{cores['client']:.2f}", f"{cores['database']:.2f}")
    return table


def _cost(rate: float, cores: float) -> str:
    return f"{cores / rate * 1e6:,.0f}" if rate else "-"


def _ratios(results: Results) -> Table:
    table = Table(title="Tollkeeper at its best level, divided by each other at its best")
    for column in ("", "measured", "wanted"):
        table.add_column(column, justify="right" if column else "left")
    ours = best(results, "tollkeeper")
    table.add_row("settled/s", "-" if ours is None else f"{ours:,.0f}", ">= 12,000")
    for name, label, wanted in _WANTED:
        other = best(results, name)
        table.add_row(label, f"{ours / other:.2f}" if ours and other else "-", wanted)
    levels = {level["connections"]: level for level in results.get("tollkeeper", {}).get("levels", ())}
    table.add_row("p99 at 256 connections, ms", f"{levels[256]['p99']:.1f}" if 256 in levels else "-", "< 40")
    return table


_WANTED = (
    ("express-batched", "/ Express, group commit", ">= 1.5"),
    ("express", "/ Express + pg", ">= 5"),
    ("django", "/ Django ORM", ">= 20"),
    ("limit-single", "/ limit, one transaction each", ""),
    ("limit-batched", "/ limit, batched, 1 connection", "towards 0.6"),
    ("limit-batched-2", "/ limit, batched, 2 connections", ""),
)


def _alone(results: Results) -> Table:
    table = Table(title="Alone, and the whole instance")
    for column in ("", "measured", "wanted"):
        table.add_column(column, justify="right" if column else "left")
    alone, instance, confirm = (results.get(name, {}) for name in ("alone", "instance", "confirm"))
    for name, label, wanted in (
        ("to_200", "a lone webhook to its durable 200, ms p50 / p99", "< 2"),
        ("to_event", "webhook to the event on a live stream, ms p50 / p99", "p99 < 100"),
    ):
        if name in alone:
            table.add_row(label, f"{alone[name]['p50']:.2f} / {alone[name]['p99']:.2f}", wanted)
    if instance:
        table.add_row("serve to the first page, existing data, s", f"{instance['cold_start_s']:.2f}", "< 4")
        table.add_row("all processes with sandbox and database, MB PSS", f"{instance['pss_mb']}", "< 400")
    for at_once, found in confirm.items():
        said = f"{found['p50_ms']:.1f} / {found['p99_ms']:.1f} ({found['per_second']:,.0f}/s)"
        table.add_row(f"confirm-first with the sandbox, {at_once} at once, ms p50 / p99", said, "")
    return table
