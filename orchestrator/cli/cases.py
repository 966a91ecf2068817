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
        show.say(_stopped(found["incident"]))
    if found["replay"]:
        show.say(f"being replayed ({found['replay']}): shown as far as that has come")
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
