"""Verbs that look at cases: case, forecast; lists stand in `lists`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import lists, show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output

case_app = typer.Typer(no_args_is_help=True, help="Cases: where they stand, and why they wait.")
case_app.command("list")(lists.list_cases)


@case_app.command("show")
def show_case(
    case: Annotated[str, typer.Argument(help="The id of a case.")],
    at: Annotated[
        str | None,
        typer.Option(help="As it was then: all that counts by then, also what was noticed later."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="As it was recorded then: only what had been written down by then."),
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """A case: where it stands, each deadline with its reason, and what may be done.

    --at shows it when that instant was over: a deadline due at 00:00 has passed at 00:00, however
    late a process noticed. --known-at shows what the database said then: what nobody had noticed is
    still pending. Both together: what was known then of an earlier instant.

    orchestrator case show A --at 2025-03-08T00:00:00+08:00
    """
    then = None if at is None else ctx.instant("--at", at)
    known = None if known_at is None else ctx.instant("--known-at", known_at)
    with ctx.engine() as orchestrator:
        found = orchestrator.case(case, at=then, known_at=known)
        standing = orchestrator.standing(found["docket"], at=then, known_at=known)
        text = orchestrator.queries.text
        moment = _moment(*(None if m is None else text(m) for m in (then, known)))
    if output is Output.JSON:
        show.document({**found, "standing": standing})
        return
    if moment:
        show.say(moment)
    _told(found, standing, "then" if moment else "now")


def _told(found: dict[str, Any], standing: dict[str, Any], when: str) -> None:
    late = ", overdue" if found["overdue"] else ""
    show.say(
        f"{found['case']}: {found['workflow']} of docket {found['docket']}: {found['state']}{late}"
    )
    moved = f", when its {found['moved_by']} ended" if found["moved_by"] else ""
    show.say(f"since {show.readable(found['since'])}{moved}; under {found['rulebook']}")
    if found["incident"]:
        show.say(_stopped(found["incident"]))
    if found["replay"]:
        show.say(f"being replayed ({found['replay']}): shown as far as that has come")
    if found["data"]:
        show.table(("fact", "value"), found["data"].items(), "")
    _deadlines_explained(found["deadlines"])
    show.table(
        ("event", "by", when, "why"),
        [
            (e["event"], " or ".join(e["by"]), "allowed" if e["allowed"] else "no", e["why"])
            for e in found["events"]
        ],
        "it knows no event",
    )
    if standing:
        show.table(("account", ""), standing.items(), "")


def _moment(at: str | None, known_at: str | None) -> str:
    """Which moment is shown, where it is not this one."""
    if known_at is None:
        return f"as it was at {show.readable(at)}:" if at else ""
    about = f", of what counts by {show.readable(at)}" if at else ""
    return f"as it had been recorded by {show.readable(known_at)}{about}:"


def _stopped(incident: int) -> str:
    return (
        f"stopped by incident {incident}: nothing acts and what is sent is held until it is"
        f" settled; `orchestrator incident show {incident}`"
    )


def _deadlines_explained(deadlines: list[dict[str, Any]]) -> None:
    show.timers_table(deadlines)
    for deadline in deadlines:
        if not deadline.get("days"):
            continue
        words = f"{deadline['name']}: {deadline['rule']}, {_span(deadline['span'])}"
        in_office = {"office", "working_hours"} & deadline["span"].keys()
        words += (_hour_by_hour if in_office else _day_by_day)(deadline["days"])
        words += f"; {deadline['later']}" if deadline.get("later") else ""
        show.say(f"{words}; calendar {deadline['calendar']}, edition {deadline['edition']}")


def _day_by_day(days: list[dict[str, Any]]) -> str:
    counted = [d["day"] for d in days if d["what"] == "counted"]
    start = [d["day"] for d in days if d["what"] == "start"]
    skipped = [f"{d['day']} ({d['why']})" for d in days if d["what"] == "skipped"]
    rolled = [f"{d['day']} ({d['why']})" for d in days if d["what"] == "rolled"]
    words = f"; start day {start[-1]} is not counted; counted {', '.join(counted) or 'none'}"
    words += f"; skipped {', '.join(skipped)}" if skipped else ""
    last = [d["day"] for d in days if d["what"] == "last"]
    words += f"; rolled over {', '.join(rolled)}" if rolled else ""
    return words + (f" to {last[0]}" if last else "")


def _hour_by_hour(days: list[dict[str, Any]]) -> str:
    """Of a span in office hours, whose first day may count too: every day, in order."""
    return "".join(f"; {day['what']} {day['day']} ({day['why']})" for day in days)


def _span(span: dict[str, Any]) -> str:
    return ", ".join(f"{key} = {str(value).lower()}" for key, value in span.items())


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
    if found["incident"]:
        show.say(_stopped(found["incident"]))
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


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.add_typer(case_app, name="case")
    app.command("deadlines")(lists.deadlines)
    app.command("forecast")(forecast)
