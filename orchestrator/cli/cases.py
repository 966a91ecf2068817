"""Verbs that look: case, deadlines, forecast, journal, incident, outbox."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output

case_app = typer.Typer(no_args_is_help=True, help="Cases: where they stand, and why they wait.")
journal_app = typer.Typer(no_args_is_help=True, help="The journal: what happened, provably.")
incident_app = typer.Typer(no_args_is_help=True, help="Dockets that a bug of ours stopped.")
outbox_app = typer.Typer(no_args_is_help=True, help="Notices and commands on their way out.")

Limit = Annotated[int, typer.Option(min=1, max=1_000, help="At most so many rows.")]
DocketOption = Annotated[str | None, typer.Option(help="Of this docket alone.")]


@case_app.command("list")
def list_cases(
    docket: DocketOption = None,
    workflow: Annotated[str | None, typer.Option(help="Such as ip_complaint.")] = None,
    state: Annotated[str | None, typer.Option(help="Such as appeal_window.")] = None,
    overdue: Annotated[bool | None, typer.Option(help="Only (not) overdue ones.")] = None,
    limit: Limit = 100,
    output: OutputOption = Output.TABLE,
) -> None:
    """Cases with their next deadline.

    orchestrator case list --workflow ip_complaint --state under_review
    """
    with ctx.engine() as orchestrator:
        found = orchestrator.cases(
            docket=docket, workflow=workflow, state=state, overdue=overdue, limit=limit
        )
    if output is Output.JSON:
        show.document(found)
        return
    show.table(
        ("case", "docket", "workflow", "state", "next deadline", "overdue"),
        [
            (
                c["case"],
                c["docket"],
                c["workflow"],
                c["state"],
                show.when(c["timers"][0]) if c["timers"] else None,
                c["overdue"],
            )
            for c in found
        ],
        "no such case; `orchestrator open` begins one",
    )


@case_app.command("show")
def show_case(
    case: Annotated[str, typer.Argument(help="The id of a case.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """A case: where it stands, each deadline with its reason, and what may be done.

    orchestrator case show A
    """
    with ctx.engine() as orchestrator:
        found = orchestrator.case(case)
        standing = orchestrator.standing(found["docket"])
    if output is Output.JSON:
        show.document({**found, "standing": standing})
        return
    late = ", overdue" if found["overdue"] else ""
    show.say(f"{case}: {found['workflow']} of docket {found['docket']}: {found['state']}{late}")
    moved = f", when its {found['moved_by']} ended" if found["moved_by"] else ""
    show.say(f"since {show.readable(found['since'])}{moved}; under {found['rulebook']}")
    if found["incident"]:
        show.say(f"stopped by incident {found['incident']}: `orchestrator incident list`")
    if found["data"]:
        show.table(("fact", "value"), found["data"].items(), "")
    _deadlines_explained(found["deadlines"])
    show.table(
        ("event", "by", "now", "why"),
        [
            (e["event"], " or ".join(e["by"]), "allowed" if e["allowed"] else "no", e["why"])
            for e in found["events"]
        ],
        "it knows no event",
    )
    if standing:
        show.table(("account", ""), standing.items(), "")


def _deadlines_explained(deadlines: list[dict[str, Any]]) -> None:
    show.timers_table(deadlines)
    for deadline in deadlines:
        if not deadline.get("days"):
            continue
        counted = [d["day"] for d in deadline["days"] if d["what"] == "counted"]
        start = [d["day"] for d in deadline["days"] if d["what"] == "start"]
        skipped = [f"{d['day']} ({d['why']})" for d in deadline["days"] if d["what"] == "skipped"]
        rolled = [f"{d['day']} ({d['why']})" for d in deadline["days"] if d["what"] == "rolled"]
        words = f"{deadline['name']}: {deadline['rule']}, {_span(deadline['span'])}"
        words += f"; start day {start[-1]} is not counted; counted {', '.join(counted) or 'none'}"
        words += f"; skipped {', '.join(skipped)}" if skipped else ""
        last = [d["day"] for d in deadline["days"] if d["what"] == "last"]
        words += f"; rolled over {', '.join(rolled)}" if rolled else ""
        words += f" to {last[0]}" if last else ""
        show.say(f"{words}; calendar {deadline['calendar']}, edition {deadline['edition']}")


def _span(span: dict[str, Any]) -> str:
    return ", ".join(f"{key} = {str(value).lower()}" for key, value in span.items())


def deadlines(
    docket: DocketOption = None,
    until: Annotated[str | None, typer.Option(help="Due by this instant.")] = None,
    limit: Limit = 100,
    output: OutputOption = Output.TABLE,
) -> None:
    """Pending deadlines, earliest first; provisional and blocked ones are marked.

    orchestrator deadlines --docket shop-1
    """
    at = None if until is None else ctx.instant("--until", until)
    with ctx.engine() as orchestrator:
        found = orchestrator.deadlines(docket=docket, until=at, limit=limit)
    if output is Output.JSON:
        show.document(found)
        return
    show.table(
        ("due", "timer", "case", "docket", "state", ""),
        [
            (show.when(d), d["name"], d["case"], d["docket"], d["state"], show.marks(d))
            for d in found
        ],
        "no deadline is pending",
    )


def forecast(
    case: Annotated[str, typer.Argument(help="The id of a case.")],
    until: Annotated[str | None, typer.Option(help="Look this far; else to its end.")] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """What happens, and when, if nobody acts; nothing is written.

    orchestrator forecast A
    """
    at = None if until is None else ctx.instant("--until", until)
    with ctx.engine() as orchestrator:
        found = orchestrator.forecast(case, at)
    if output is Output.JSON:
        show.document(found)
        return
    show.say(f"if nobody acts from {show.readable(found['from'])} on (nothing is written):")
    effects: dict[int, list[str]] = {}
    for effect in found["effects"]:
        effects.setdefault(effect["seq"], []).append(effect["name"])
    show.table(
        ("when", "case", "what", "then", "puts out"),
        [
            (
                show.readable(s["effective_at"]),
                s["case"],
                s["name"],
                s["to"],
                effects.get(s["seq"]),
            )
            for s in found["steps"]
        ],
        "nothing happens by itself",
    )
    if found["provisional"]:
        show.say("provisional: a year on the way is not announced yet")
    show.say(f"in the end {case} is {found['end']['state']}")


@journal_app.command("export")
def export_journal(
    docket: DocketOption = None,
    output: Annotated[
        Output, typer.Option("--output", "-o", help="JSON Lines, or a table for people.")
    ] = Output.JSON,
) -> None:
    """Every entry, by docket and sequence.

    orchestrator journal export --docket shop-1 > shop-1.jsonl
    """
    with ctx.engine() as orchestrator:
        entries = orchestrator.queries.journal(docket)
        if output is Output.JSON:
            show.lines(entries)
            return
        show.table(
            ("docket", "seq", "when", "kind", "name", "by", "from", "to"),
            [
                (
                    e["docket"],
                    e["seq"],
                    e["effective_at"],
                    e["kind"],
                    e["name"],
                    e["by"],
                    e["from"],
                    e["to"],
                )
                for e in entries
            ],
            "the journal is empty",
        )


@journal_app.command("verify")
def verify_journal(docket: DocketOption = None, output: OutputOption = Output.TABLE) -> None:
    """Prove that no entry was edited, dropped or reordered, and that no timer is silent.

    orchestrator journal verify
    """
    with ctx.engine() as orchestrator:
        count, faults = orchestrator.queries.verify(docket)
    if output is Output.JSON:
        show.document({"entries": count, "faults": [fault._asdict() for fault in faults]})
    else:
        for fault in faults:
            show.say(str(fault))
        show.say(f"{count} entries read, {len(faults) or 'no'} faults")
    if faults:
        ctx.leave(1)


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
            (i["incident"], i["docket"], i["opened_at"], i["error"], i["held"], i["closed_at"])
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
    show.say(f"incident {incident}: docket {found['docket']}, since {found['opened_at']}")
    show.say(found["traceback"])
    show.table(
        ("held at", "act", "case", "name", "by", "decided"),
        [
            (h["at"], h["act"], h["case"], h["name"], h["by"], h["decided_at"])
            for h in found["held"]
        ],
        "nothing is held",
    )


@incident_app.command("retry")
def retry_incident(
    incident: Annotated[int, typer.Argument(help="Its number.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """Let a docket go on: its timers and held inputs in order, each at its own instant.

    orchestrator incident retry 1
    """
    with ctx.engine() as orchestrator:
        done = orchestrator.incidents.retry(incident)
    if output is Output.JSON:
        show.document(done._asdict())
    elif done.settled:
        show.say(
            f"incident {incident} is settled: docket {done.docket} goes on,"
            f" {len(done.decided)} held inputs decided, {done.firings} timers acted"
        )
        for answer in done.decided:
            show.answer(answer, preview=False)
    else:
        show.say(f"incident {incident} is not settled: {done.error}")
    if not done.settled:
        ctx.leave(1)


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
    app.add_typer(case_app, name="case")
    app.command("deadlines")(deadlines)
    app.command("forecast")(forecast)
    app.add_typer(journal_app, name="journal")
    app.add_typer(incident_app, name="incident")
    app.add_typer(outbox_app, name="outbox")
