"""`tollkeeper payment`: look at payments, explain them, decide them, give them back, prove them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from tollkeeper.cli import ready
from tollkeeper.cli.output import By, Json, operator

app = typer.Typer(
    no_args_is_help=True,
    help="Payments: look, explain, decide, give back, prove. A payment is named by its order's reference"
    " (XXXX-XXXX-XXXXX, as on the receipt; any spelling) or by its id.",
)
Which = Annotated[str, typer.Argument(metavar="REF|ID", help="The order's reference, or the payment's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in one sentence; the customer's next question is this.")]

Proof = Annotated[
    int | None,
    typer.Option(
        "--proof",
        metavar="NUMBER",
        min=1,
        help="The newest proof of a transfer, which you have looked at; `payment show` lists them. Left out, a terminal"
        " asks.",
    ),
]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT|all", help="In the currency's own unit: 499.00; or `all`.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Its number, as `payment show` names it.")]


class End(StrEnum):
    """How a dispute ends."""

    WON = "won"
    LOST = "lost"


@app.command("health-check")
def health_check(as_json: Json = False) -> None:
    """Run every check of the till and say what to mend.

    Each check answers pass, fail or unknown. Unknown is not a pass: the exit code is 0 only if every check passed.
    """
    ready.acts("health").health_check(as_json=as_json)


@app.command("list")
def list_payments(
    state: Annotated[str | None, typer.Option("--state", help="Only these: paid, open, questioned, …")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, the newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """List the newest payments with their state and access."""
    ready.acts("books").list_payments(state=state, limit=limit, as_json=as_json)


@app.command("show")
def show(which: Which, as_json: Json = False) -> None:
    """Show all that is known of a payment: facts, evidence, timeline, interventions, webhooks.

    The timeline gives milliseconds from stage to stage, from the checkout to the customer's screen.
    """
    ready.acts("books").show(which, as_json=as_json)


@app.command("why")
def why(
    whom: Annotated[str, typer.Argument(metavar="REF|ID|EMAIL", help="A reference, an id, or a customer's address.")],
    course: Annotated[str | None, typer.Argument(metavar="[COURSE]", help="Only this course, by its address.")] = None,
    as_json: Json = False,
) -> None:
    """Say why somebody has access, or has not, in sentences that can be read to them.

    The stored evidence is replayed through the same rules that decided at the time, step by step. Should the result
    differ from what the books say, this ends with 1.
    """
    ready.acts("why").why(whom, course, as_json=as_json)


@app.command("approve")
def approve(which: Which, reason: Reason, proof: Proof = None, by: By = None, as_json: Json = False) -> None:
    """Open what was paid for: for payments that wait for approval, are suspended, or are questioned.

    A transfer whose customer handed in a proof is approved by who has seen it: at a terminal you are asked, a script
    says which with --proof. A newer one refuses.
    """
    ready.acts("deciding").decide(which, opens=True, seen=proof, by=operator(by), reason=reason, as_json=as_json)


@app.command("reject")
def reject(which: Which, reason: Reason, proof: Proof = None, by: By = None, as_json: Json = False) -> None:
    """Refuse a payment that waits for a decision. The money is then owed back, and an intervention says so.

    With a transfer it is as with `approve`: whoever refuses a proof has seen it.
    """
    ready.acts("deciding").decide(which, opens=False, seen=proof, by=operator(by), reason=reason, as_json=as_json)


@app.command("interventions")
def interventions(as_json: Json = False) -> None:
    """List what waits for a person, the nearest deadline first, with what to do about it."""
    ready.acts("trouble_queue").interventions(as_json=as_json)


@app.command("close")
def close(
    intervention: Annotated[UUID, typer.Argument(help="Its id, as `payment interventions` lists it.")],
    reason: Reason,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Close an intervention by saying what was done. Nothing else ever closes one."""
    ready.acts("trouble_queue").close(intervention, by=operator(by), act=reason.strip(), as_json=as_json)


@app.command("prove")
def prove(
    repair: Annotated[bool, typer.Option("--repair", help="Add the access that is missing; take none away.")] = False,
    as_json: Json = False,
) -> None:
    """Prove over every payment that whoever paid has access, and whoever has access paid.

    Looks and changes nothing, unless --repair is given. Ends with 0 only if the proof holds at the end.
    """
    ready.acts("books").prove(repair=repair, as_json=as_json)


@app.command("refund")
def refund(
    which: Which,
    amount: Amount,
    reason: Reason,
    keep_access: Annotated[bool, typer.Option("--keep-access", help="What was bought stays open.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Ask for money to be sent back. Nothing moves yet; an intervention waits until it is sent.

    All refunds of a payment together are never more than came.
    """
    ready.acts("deciding").ask_back(
        which, amount, closes=not keep_access, by=operator(by), reason=reason.strip(), as_json=as_json
    )


@app.command("refund-sent")
def refund_sent(
    which: Which,
    number: Number,
    proof: Annotated[str, typer.Option("--proof", help="What proves it: the gateway's or the bank's number of it.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Say that an asked refund was sent. Now the money moves in the books, and the access with it."""
    ready.acts("deciding").finish_refund(which, number, sent=True, by=operator(by), why=proof.strip(), as_json=as_json)


@app.command("refund-not-sent")
def refund_not_sent(which: Which, number: Number, reason: Reason, by: By = None, as_json: Json = False) -> None:
    """Say that an asked refund will not be sent, or that it came back."""
    ready.acts("deciding").finish_refund(
        which, number, sent=False, by=operator(by), why=reason.strip(), as_json=as_json
    )


@app.command("dispute")
def dispute(
    which: Which,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The bank's or the gateway's number of it.")],
    amount: Amount,
    reason: Reason,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Say that the payer's bank asks for money back; access is suspended until it is decided."""
    ready.acts("deciding").open_dispute(which, number, amount, by=operator(by), reason=reason.strip(), as_json=as_json)


@app.command("dispute-closed")
def dispute_closed(
    which: Which, number: Number, end: End, reason: Reason, by: By = None, as_json: Json = False
) -> None:
    """Say how a dispute ended: won, and all is as before; or lost, and the money and the access are gone."""
    ready.acts("deciding").close_dispute(
        which, number, won=end is End.WON, by=operator(by), reason=reason.strip(), as_json=as_json
    )
