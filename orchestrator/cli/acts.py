"""Verbs that move cases: open, inject, advance."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import DryRun, Key, OutputOption
from orchestrator.cli.show import Output

Facts = Annotated[str | None, typer.Option(help="A JSON object, or @FILE.")]
By = Annotated[str, typer.Option(help="The role that acts, such as staff or complainant.")]


def open_case(
    workflow: Annotated[str, typer.Argument(help="Such as ip_complaint; see `workflow list`.")],
    docket: Annotated[str, typer.Option(help="The account that the case is about.")],
    by: By,
    facts: Facts = None,
    case: Annotated[str | None, typer.Option(help="An id of your own.")] = None,
    rulebook: Annotated[str | None, typer.Option(help="Other than the default one.")] = None,
    assume: Annotated[
        bool, typer.Option(help="Skip the guards that look at another docket.")
    ] = False,
    dry_run: DryRun = False,
    idempotency_key: Key = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Open a case.

    orchestrator open complainant_registration --docket holder-1 --by complainant
    --facts '{"kind": "entity", "name": "五粮液集团", "identity_document": "营业执照"}'
    """
    given = ctx.facts(facts)
    with ctx.engine() as orchestrator:
        answer = orchestrator.open(
            workflow,
            docket=docket,
            by=by,
            facts=given,
            case=case,
            key=idempotency_key,
            assume=assume,
            rulebook=rulebook,
            preview=dry_run,
        )
    _answer(answer.as_data(), output, preview=dry_run)


def inject(
    case: Annotated[str, typer.Argument(help="The id of a case.")],
    event: Annotated[str, typer.Argument(help="Such as uphold; `case show CASE` lists them.")],
    by: By,
    facts: Facts = None,
    dry_run: DryRun = False,
    idempotency_key: Key = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Send an event to a case.

    orchestrator inject A uphold --by staff --facts '{"lane": "severe"}'
    """
    given = ctx.facts(facts)
    with ctx.engine() as orchestrator:
        if dry_run:
            answer = orchestrator.preview(case, event, by=by, facts=given)
        else:
            answer = orchestrator.inject(case, event, by=by, facts=given, key=idempotency_key)
    _answer(answer.as_data(), output, preview=dry_run)


def advance(
    until: Annotated[
        str | None, typer.Option(help="An earlier instant than now; later ones are forecasts.")
    ] = None,
    dry_run: DryRun = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Let everything happen that is due, each at its own instant; a daemon does this by itself.

    orchestrator advance
    """
    at = None if until is None else ctx.instant("--until", until)
    with ctx.engine() as orchestrator:
        orchestrator.must_have_come(at)
        if dry_run:
            due = orchestrator.queries.count_due(at)
            _advanced({"due": due, "preview": True}, output)
            return
        with show.bar("advancing") as progress:
            done = orchestrator.advance(
                at,
                progress=lambda tally: progress.update(
                    progress.task_ids[0], completed=tally.firings
                ),
            )
        sent = orchestrator.deliver()
    shown = {**done._asdict(), "delivered": sent.delivered, "undelivered": sent.failed}
    shown.pop("more")
    _advanced(shown, output)


def _advanced(shown: dict[str, Any], output: Output) -> None:
    if output is Output.JSON:
        show.document(shown)
    elif "due" in shown:
        are = "is" if shown["due"] == 1 else "are"
        show.say(f"preview, nothing is written: {show.counted(shown['due'], 'timer')} {are} due")
    else:
        show.say(
            f"{show.counted(shown['firings'], 'timer')} acted in"
            f" {show.counted(shown['dockets'], 'docket')};"
            f" {show.counted(shown['delivered'], 'effect')} delivered,"
            f" {show.counted(shown['incidents'], 'incident')}"
        )
        if shown["undelivered"]:
            are = "is" if shown["undelivered"] == 1 else "are"
            show.warn(
                f"{show.counted(shown['undelivered'], 'effect')} could not be delivered, and {are}"
                " tried again later; `orchestrator outbox list`"
            )


def _answer(shown: dict[str, Any], output: Output, *, preview: bool) -> None:
    if output is Output.JSON:
        show.document({**shown, "preview": preview})
    else:
        show.answer(shown, preview=preview)
    if shown["refused"]:
        ctx.leave(4)


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.command("open")(open_case)
    app.command("inject")(inject)
    app.command("advance")(advance)
