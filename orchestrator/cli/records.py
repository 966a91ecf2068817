"""Verbs that look at what waits or went wrong: incident, outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import DocketOption, DryRun, OutputOption
from orchestrator.cli.show import Output

if TYPE_CHECKING:
    from orchestrator.incidents import Retried

incident_app = typer.Typer(no_args_is_help=True, help="Dockets that a bug of ours stopped.")
outbox_app = typer.Typer(no_args_is_help=True, help="Notices and commands on their way out.")


@incident_app.command("list")
def list_incidents(
    closed: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Stopped dockets, and deadlines that wait for a year to be announced.

    orchestrator incident list
    """
    with ctx.engine() as orchestrator:
        found = orchestrator.incidents.all(closed=closed)
        blocked = orchestrator.queries.blocked()
    if output is Output.JSON:
        show.document({"incidents": found, "blocked": blocked})
        return
    show.table(
        ("incident", "docket", "opened", "error", "held", "settled"),
        [
            (
                i["incident"],
                i["docket"],
                show.readable(i["opened_at"]),
                i["error"],
                i["held"],
                i["closed_at"] and show.readable(i["closed_at"]),
            )
            for i in found
        ],
        "no incident",
    )
    for deadline in blocked:
        years = ", ".join(str(year) for year in deadline["missing"])
        show.say(
            f"blocked: {deadline['name']} of case {deadline['case']} (docket {deadline['docket']})"
            f" waits for calendar {deadline['calendar']} to announce {years}"
        )


@incident_app.command("show")
def show_incident(
    incident: Annotated[int, typer.Argument(help="Its number.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """One incident: its traceback, and what is held.

    orchestrator incident show 1
    """
    with ctx.engine() as orchestrator:
        found = orchestrator.incidents.show(incident)
    if output is Output.JSON:
        show.document(found)
        return
    show.say(
        f"incident {incident}: docket {found['docket']} at {show.readable(found['opened_at'])}"
    )
    if found["closed_at"]:
        show.say(f"settled at {show.readable(found['closed_at'])}")
    else:
        show.say(f"stopped until `orchestrator incident retry {incident}`, once it is mended")
    show.say(found["traceback"])
    show.table(
        ("held at", "act", "case", "name", "by", "docket", "decided"),
        [
            (
                show.readable(h["at"]),
                h["act"],
                h["case"],
                h["name"],
                h["by"],
                h["docket"],
                h["decided_at"] and show.readable(h["decided_at"]),
            )
            for h in found["held"]
        ],
        "nothing is held",
    )


@incident_app.command("retry")
def retry_incident(
    incident: Annotated[int, typer.Argument(help="Its number.")],
    dry_run: DryRun = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Let a docket go on: its timers and held inputs in order, each at its own instant.

    orchestrator incident retry 1
    """
    with ctx.engine() as orchestrator:
        incidents = orchestrator.incidents
        done = incidents.preview(incident) if dry_run else incidents.retry(incident)
    if output is Output.JSON:
        show.document({**done._asdict(), "preview": dry_run})
    else:
        _retried(done, preview=dry_run)
    if not done.settled:
        ctx.leave(1)


def _retried(done: Retried, *, preview: bool) -> None:
    head = f"incident {done.incident}"
    if preview:
        show.say("preview, nothing is written; a retry would say:")
    if not done.settled:
        show.say(f"{head} is not settled: {done.error}")
        return
    show.say(
        f"{head} is settled: docket {done.docket} goes on,"
        f" {show.counted(len(done.decided), 'held input')} decided,"
        f" {show.counted(done.firings, 'timer')} acted"
    )
    for answer in done.decided:
        about = f" about case {answer['case']}" if answer["case"] else ""
        show.say(f"{show.readable(answer['at'])}: {answer['name']} by {answer['by']}{about}")
        show.answer(answer, preview=False)


@outbox_app.command("list")
def list_outbox(docket: DocketOption = None, output: OutputOption = Output.TABLE) -> None:
    """Notices and commands, and what became of them.

    orchestrator outbox list --docket shop-1
    """
    with ctx.engine() as orchestrator:
        found = list(orchestrator.queries.outbox(docket))
    if output is Output.JSON:
        show.document(found)
        return
    show.table(
        ("at", "case", "name", "status"),
        [(e["at"], e["case"], e["name"], e["status"]) for e in found],
        "the outbox is empty",
    )


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.add_typer(incident_app, name="incident")
    app.add_typer(outbox_app, name="outbox")
