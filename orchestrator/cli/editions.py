"""Verbs that announce a year of a calendar: add, and catch-up, which hurries what follows from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import DryRun, OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import BadConfig, Unreadable

if TYPE_CHECKING:
    from orchestrator.api import Orchestrator
    from orchestrator.editions import CaughtUp, News

Calendar = Annotated[str | None, typer.Option(help="Its name; else the default rulebook's.")]
ROWS = 1_000  # of one table; a longer list is several
SUMS = {
    "later": "later",
    "earlier": "earlier",
    "final": "final",
    "stays": "kept",
    "released": "released",
    "blocked": "still blocked",
    "frozen": "frozen",
}


def add_year(
    file: Annotated[Path, typer.Argument(help="A year file in the holiday-cn form.")],
    calendar: Calendar = None,
    later: Annotated[
        bool, typer.Option("--later", help="Only announce it; dockets catch up by themselves.")
    ] = False,
    dry_run: DryRun = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Announce a year: a new edition, which every docket applies when it is next locked.

    Then dockets with pending deadlines are locked, a batch at a time; interrupted, the same command
    goes on. --dry-run shows every deadline that would move: from, to, why.

    orchestrator calendar add 2027.json --calendar cn --dry-run
    """
    if not file.is_file():
        raise Unreadable(f"{file}: a year file, got none there")
    with ctx.engine() as orchestrator:
        name = calendar or orchestrator.default_calendar()
        try:
            if dry_run:
                _rehearse(orchestrator, orchestrator.editions.news(name, file), output)
                return
            done = orchestrator.announce(name, file)
        except BadConfig as bad:
            raise Unreadable(str(bad)) from None
        if output is Output.TABLE:
            show.say(_announced(done))
        caught = None if later else _catch_up(orchestrator)
        if output is Output.JSON:
            show.document({**done, "caught_up": caught and _shown(caught)})
        elif caught is not None:
            _told(caught)
        else:
            show.say(
                f"{done['pending']} pending deadlines are counted anew when their dockets are next"
                " locked: by the daemon, or by `orchestrator calendar catch-up`"
            )


def catch_up(dry_run: DryRun = False, output: OutputOption = Output.TABLE) -> None:
    """Let every docket apply what was announced; a daemon does this by itself.

    It only hurries: the outcome is the same whenever a docket applies an edition. Interrupted, the
    same command goes on.

    orchestrator calendar catch-up
    """
    with ctx.engine() as orchestrator:
        if dry_run:
            behind = orchestrator.editions.behind()
            if output is Output.JSON:
                show.document({**behind._asdict(), "preview": True})
            else:
                are = "is" if behind.dockets == 1 else "are"
                found = show.counted(behind.dockets, "docket")
                show.say(f"preview, nothing is written: {found} {are} behind")
            return
        caught = _catch_up(orchestrator)
        if output is Output.JSON:
            show.document(_shown(caught))
        else:
            _told(caught)


def _announced(done: dict[str, Any]) -> str:
    name, year = done["calendar"], done["year"]
    if done["edition"] is None:
        return f"calendar {name} says the same of {year} already: nothing was written"
    return f"calendar {name}: {year} is announced as edition {done['edition']}"


# -- catching up ----------------------------------------------------------------------------


def _catch_up(orchestrator: Orchestrator) -> CaughtUp:
    total = orchestrator.editions.behind().dockets
    with show.bar("catching up", total) as bar:
        try:
            return orchestrator.editions.catch_up(
                progress=lambda done: bar.update(bar.task_ids[0], completed=done)
            )
        except KeyboardInterrupt:
            left = orchestrator.editions.behind().dockets
    show.warn(
        f"interrupted: {total - left} of {total} dockets have caught up; the daemon"
        " does the rest, or `orchestrator calendar catch-up`"
    )
    ctx.leave(1)
    return None


def _shown(caught: CaughtUp) -> dict[str, Any]:
    left = {"left": caught.left.dockets, "stopped": caught.left.incidents}
    left["replayed"] = caught.left.replays
    return {
        "behind": caught.behind,
        **left,
        "firings": caught.firings,
        "incidents": caught.incidents,
    }


def _told(caught: CaughtUp) -> None:
    done = caught.behind - caught.left.dockets
    if caught.behind == 0:
        show.say("no docket is behind: every pending deadline is counted by the latest edition")
    else:
        show.say(
            f"{show.counted(done, 'docket')} caught up: {show.counted(caught.firings, 'timer')}"
            f" acted, {show.counted(caught.incidents, 'incident')}"
        )
    if caught.firings:
        show.say("what they put out leaves with the daemon, or with `orchestrator advance`")
    for number, why in (
        (caught.left.incidents, "stopped by an incident (`orchestrator incident list`)"),
        (caught.left.replays, "being replayed"),
    ):
        if number:
            show.say(f"{show.counted(number, 'docket')} left, {why}: applied when it goes on")
    other = caught.left.dockets - caught.left.incidents - caught.left.replays
    if other:
        show.say(
            f"{show.counted(other, 'docket')} left: of a definition that is not known here, or with"
            " a clock that is ahead"
        )


# -- a dry run ------------------------------------------------------------------------------


def _rehearse(orchestrator: Orchestrator, news: News, output: Output) -> None:
    """Every deadline that would move, kept aside until all are known: they may be many."""
    counts: Counter[str] = Counter()
    unknown: list[tuple[str, str]] = []
    with TemporaryFile("w+", encoding="utf-8") as aside:
        with show.bar("counting anew", orchestrator.editions.count()) as bar:
            for move in orchestrator.editions.moves(
                news,
                progress=lambda looked: bar.update(bar.task_ids[0], completed=looked),
                passed_over=lambda docket, why: unknown.append((docket, why)),
            ):
                counts[move["what"]] += 1
                aside.write(json.dumps(move, ensure_ascii=False) + "\n")
        aside.seek(0)
        if output is Output.JSON:
            head = {"calendar": news.calendar, "year": news.year, "edition": news.number}
            tail = {"counts": dict(counts), "unknown": [list(pair) for pair in unknown]}
            show.document_with_rows({**head, "preview": True, **tail}, "moves", aside)
        else:
            _tables(news, map(json.loads, aside), counts, unknown)


def _tables(
    news: News, found: Iterator[dict[str, Any]], counts: Counter[str], unknown: list[Any]
) -> None:
    if news.number is None:
        show.say(f"calendar {news.calendar} says the same of {news.year} already: nothing to do")
        return
    show.say(
        f"preview, nothing is written: {news.year} of calendar {news.calendar} would be edition"
        f" {news.number}"
    )
    while rows := [_row(move) for move in islice(found, ROWS)]:
        show.table(("docket", "case", "deadline", "from", "to", "why"), rows, "")
    for docket, why in unknown[:20]:
        show.warn(f"docket {docket} was passed over: {why}")
    if len(unknown) > 20:
        show.warn(f"and {len(unknown) - 20} more")
    parts = [f"{counts[what]} {words}" for what, words in SUMS.items() if counts[what]]
    total = show.counted(sum(counts.values()), "deadline")
    show.say(f"{total}: {', '.join(parts)}" if parts else "no pending deadline would move")


def _row(move: dict[str, Any]) -> tuple[str, ...]:
    why = move["why"]
    if move["incident"] is not None:
        why += f"; when incident {move['incident']} is settled"
    instants = (show.brief(move[key]) for key in ("from", "to"))
    return (move["docket"], move["case"], move["name"], *instants, why)


def add_to(app: typer.Typer) -> None:
    """The verbs of this file, among those of calendars."""
    app.command("add")(add_year)
    app.command("catch-up")(catch_up)
