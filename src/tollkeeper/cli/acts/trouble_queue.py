"""What waits for a person: listed, and closed by an act."""

from __future__ import annotations

from uuid import UUID

from tollkeeper.cli.output import print_json, say
from tollkeeper.payments.ledger import services
from tollkeeper.payments.ledger.queries import InterventionView, open_interventions


def interventions(*, as_json: bool) -> None:
    """All that are open."""
    waiting = [_about(one) for one in open_interventions()]
    if as_json:
        print_json(waiting)
        return
    if not waiting:
        say("Nothing waits for a person.")
    for one in waiting:
        say(f"{one['id']}  {one['trouble']}, before {one['deadline']}")
        say(f"  about {one['subject']}: {one['suggestion']}")


def close(intervention: UUID, *, by: str, act: str, as_json: bool) -> None:
    """Close one.

    Raises:
        NoSuchIntervention, ReasonNeeded, NotNow.
    """
    services.close_intervention(intervention, by=by, act=act)
    if as_json:
        print_json({"id": str(intervention), "closed_by": by, "act": act})
    else:
        say(f"Closed: {act}")


def _about(one: InterventionView) -> dict[str, str]:
    return {
        "id": str(one.id),
        "trouble": one.trouble,
        "subject": one.subject,
        "suggestion": one.suggestion,
        "owner": one.owner,
        "deadline": f"{one.deadline:%Y-%m-%d %H:%M} UTC",
    }
