"""Verbs that play stories and draw them: simulate, case timeline, replay, demo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.cases import case_app
from orchestrator.cli.context import DryRun, OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import Unreadable

if TYPE_CHECKING:
    from orchestrator.api import Orchestrator
    from orchestrator.replay import Rejected, Replayed


def simulate(
    file: Annotated[Path, typer.Argument(help="A scenario, TOML or JSON.")],
    timeline: Annotated[
        Path | None, typer.Option(help="Draw what happened along its days, as an SVG, here.")
    ] = None,
    noticed: Annotated[
        bool, typer.Option(help="Draw also when a process noticed what had been due.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Play a scenario on a virtual clock and check what it expects; no database is touched.

    orchestrator simulate tests/scenarios/07_appeal_too_late.toml
    """
    from orchestrator.api import read_shelf
    from orchestrator.registry import load
    from orchestrator.scenario import Simulation, read_scenario
    from orchestrator.settings import read_settings

    settings = read_settings(ctx.chosen.config)
    registry = load(settings.workflows, beside=ctx.chosen.config.resolve().parent)
    shelf = read_shelf(ctx.chosen.config, registry)
    scenario = read_scenario(file)
    simulation = Simulation(scenario, shelf, registry, settings)
    with simulation.orchestrator:
        report = simulation.run()
        if timeline is not None:
            show.drawing(simulation.timeline(title_of(file), noticed=noticed), timeline)
    if output is Output.JSON:
        show.document(report.as_data())
    else:
        _told(report.as_data())
    if not report.ok:
        ctx.leave(1)


def title_of(file: Path) -> str:
    """A scenario's file name as a title."""
    return file.stem.lstrip("0123456789_").replace("_", " ").capitalize() or file.stem


def _told(report: dict[str, Any]) -> None:
    show.table(
        ("when", "docket", "case", "what", "by", "then"),
        [
            (e["effective_at"], e["docket"], e["case"], _what(e), e["by"], e["to"])
            for e in report["journal"]
        ],
        "nothing happened",
    )
    for said in report["unmet"]:
        show.say(f"unmet: {said}")
    for step in report["steps"]:
        if step["refused"]:
            show.say(f"step {step['index']} was refused: {step['reason']}")
    expectations = "all expectations are met" if report["ok"] else f"{len(report['unmet'])} unmet"
    show.say(f"{len(report['steps'])} steps, {len(report['journal'])} entries: {expectations}")


def _what(entry: dict[str, Any]) -> str:
    return entry["name"] if entry["kind"] == "event" else f"{entry['kind']}: {entry['name']}"


@case_app.command("timeline")
def draw_case(
    case: Annotated[str, typer.Argument(help="The id of a case.")],
    to: Annotated[Path | None, typer.Option(help="The file to write; else stdout.")] = None,
) -> None:
    """A case drawn along its days, as an SVG: its states, what was said, each timer.

    orchestrator case timeline A --to A.svg
    """
    with ctx.engine() as orchestrator:
        drawn = orchestrator.queries.timeline(case)
    show.drawing(drawn, to)
    if to is not None:
        show.say(f"{to}: the days of case {case}")


def replay(
    file: Annotated[Path, typer.Argument(help="JSON Lines: at, open or event, case, docket, by.")],
    until: Annotated[str | None, typer.Option(help="Then let time pass until here.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Write what was rejected here.")] = None,
    strict: Annotated[bool, typer.Option(help="Stop at the first reject.")] = False,
    dry_run: DryRun = False,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Let go of an unfinished replay, as it stands.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Apply a recorded history in order on a clock of its own, then advance to --until.

    Interrupted, the same command goes on where it stopped; a finished file is not applied again,
    and of a file that grew only the new lines are. Its notices and commands wait in the outbox like
    all others: the next daemon or advance delivers them.

    orchestrator replay history.jsonl --rejects rejects.jsonl
    """
    from orchestrator.replay import FileSource
    from orchestrator.replay import give_up as let_go

    at = None if until is None else ctx.instant("--until", until)
    source = FileSource(file)
    turned_away: list[Rejected] = []
    _can_be_written(rejects)
    with ctx.engine() as orchestrator:
        if give_up:
            left = let_go(orchestrator.store, source)
            show.say(f"{file}: given up after line {left.position}; its dockets are free")
            return
        try:
            result = _replayed(orchestrator, file, at, turned_away, strict=strict, dry_run=dry_run)
        finally:
            turned_away.sort()
            _write_rejects(rejects, turned_away)
    if output is Output.JSON:
        rejected = [reject.as_data() for reject in turned_away]
        show.document({**result._asdict(), "rejects": rejected})
    else:
        if dry_run:
            show.say("preview, nothing is written")
        _told_replay(file, result, turned_away)
    if turned_away and not result.again:
        ctx.leave(1)


def _replayed(
    orchestrator: Orchestrator,
    file: Path,
    until: int | None,
    turned_away: list[Rejected],
    *,
    strict: bool,
    dry_run: bool,
) -> Replayed:
    from orchestrator.replay import FileSource, Replay

    with show.bar("replaying", _count_lines(file)) as bar:
        task = bar.task_ids[0]
        done = Replay(
            orchestrator,
            strict=strict,
            reject=turned_away.append,
            progress=lambda lines, firings: bar.update(
                task, completed=lines, note=f"{firings} timers"
            ),
        )
        try:
            return (done.preview if dry_run else done.run)(FileSource(file), until)
        except KeyboardInterrupt:
            goes_on = "nothing was written" if dry_run else "the same command goes on from here"
            show.warn(f"interrupted: {goes_on}")
            ctx.leave(1)


def _told_replay(file: Path, result: Replayed, turned_away: list[Rejected]) -> None:
    if result.again:
        show.say(f"{file} was applied before: nothing was done")
        return
    if result.resumed_at is not None:
        show.say(f"went on after line {result.resumed_at}")
    show.say(
        f"{show.counted(result.lines, 'line')}: {result.applied} applied ({result.refused} refused"
        f" by the rules), {result.rejected} rejected; {show.counted(result.firings, 'timer')} acted"
    )
    for reject in turned_away[:20]:
        show.say(f"line {reject.number}: {reject.reason}")
    if len(turned_away) > 20:
        show.say(f"and {len(turned_away) - 20} more; --rejects FILE has them all")


def _count_lines(file: Path) -> int:
    with file.open("rb") as opened:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: opened.read(1 << 20), b""))


def _can_be_written(to: Path | None) -> None:
    """Asked before anything is applied: what was applied is not applied, nor rejected, again.

    raises   Unreadable
    """
    if to is None:
        return
    try:
        to.open("a", encoding="utf-8").close()
    except OSError as error:
        raise Unreadable(f"--rejects: {to} cannot be written ({error.strerror})") from None


def _write_rejects(to: Path | None, turned_away: list[Any]) -> None:
    if to is None:
        return
    try:
        with to.open("w", encoding="utf-8") as file:
            for reject in turned_away:
                file.write(json.dumps(reject.as_data(), ensure_ascii=False) + "\n")
    except OSError as error:
        raise Unreadable(f"--rejects: {to} cannot be written ({error.strerror})") from None


def demo() -> None:
    """Show the main job: a complaint across National Day, real fines, a forecast, the proof.

    orchestrator demo
    """
    from orchestrator.cli.demo import run

    run(ctx.chosen.config)


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.command("simulate")(simulate)
    app.command("replay")(replay)
    app.command("demo")(demo)
