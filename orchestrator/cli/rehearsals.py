"""The verb that asks what a new rulebook would have made of real cases: rulebook rehearse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.rulebooks import CALLED, books_called, rulebook_app
from orchestrator.cli.show import Output
from orchestrator.core.instants import EARLIEST, LATEST
from orchestrator.errors import Unreadable

if TYPE_CHECKING:
    from orchestrator.core.instants import Zone
    from orchestrator.registry import Registry
    from orchestrator.rehearsal import Change, Difference, Rehearsal, Stage, Totals, Wish

SHOWN = 20  # dockets in a table, unless another number is wished for
NAMED = 10  # dockets that were passed over, in a table
IN_WORDS = {  # what is counted of changes
    "deadlines": {
        "later": "later",
        "earlier": "earlier",
        "new": "new",
        "gone": "no longer there",
    },
    "inputs": {
        "refused": "refused that were accepted",
        "accepted": "accepted that were refused",
    },
    "cases": {
        "states": "in another state",
        "overdue": "overdue in one of the two",
    },
    "data": {"data": "items of cases"},
    "dockets": {"stopped": "stopped by an error"},
}


def rehearse(
    new: Annotated[str, typer.Argument(help=CALLED)],
    since: Annotated[
        str | None, typer.Option(help="Cases opened from this day or instant on; else all.")
    ] = None,
    docket: Annotated[
        list[str] | None, typer.Option(help="Of this docket alone; may be repeated.")
    ] = None,
    instead_of: Annotated[
        str | None,
        typer.Option(
            help="Only cases under a rulebook of this name; else of NEW's own, where it is a"
            " version among others."
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--every", help="Cases under whatever rulebook they are.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=0, help=f"At most so many dockets; a table has {SHOWN}.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """What real cases would have come to under another rulebook; nothing is written.

    What was said is said again at its own instant, to cases that are under the new rulebook from
    their opening; timers follow. Both lives are taken to this instant, and compared.

    orchestrator rulebook rehearse drafts/seed-2022-2.toml --since 2025-01-01
    """
    from orchestrator.bookshelf import doubts
    from orchestrator.rehearsal import Wish

    (book,), books, registry = books_called(new)
    for said in doubts(book, books):
        show.warn(f"as it stands it could not come into use: {said}")
    if every and instead_of is not None:
        raise Unreadable(f"--every: without --instead-of, got {instead_of!r} there")
    if instead_of is None and not every:
        versions = {known.version for known in books if known.name == book.name}
        instead_of = book.name if versions - {book.version} else None
    wish = Wish(book, ctx.clock().now(), _since(since), instead_of, tuple(docket or ()))
    if output is Output.JSON:
        _as_json(registry, wish, limit)
    else:
        _as_table(registry, wish, SHOWN if limit is None else limit)


def _since(text: str | None) -> date | int | None:
    """A day, which begins in the calendar's zone, or an instant.

    raises   Unreadable
    """
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            return ctx.instant("--since", text)
        except Unreadable:
            day = None
    if day is None or day.isoformat() != text or not EARLIEST <= day.year <= LATEST:
        wanted = "a day such as 2025-01-01, or an instant such as 2025-01-01T00:00:00+08:00"
        raise Unreadable(f"--since: {wanted}, got {text!r}")
    return day


@contextmanager
def _played(
    registry: Registry, wish: Wish, tell: Callable[[Difference, Zone], None]
) -> Iterator[tuple[Stage, Totals]]:
    """The rehearsal from its beginning to its end, with a bar."""
    from orchestrator.rehearsal import Rehearsal

    with ctx.looking() as store:
        rehearsal = Rehearsal(store, registry, wish)
        with show.bar("rehearsing") as bar:

            def progress(so_far: Rehearsal) -> None:
                differ = f"{so_far.totals.differing} differ"
                done, most = so_far.entries, so_far.most
                bar.update(bar.task_ids[0], completed=done, total=most, note=differ)

            try:
                stage = rehearsal.run(tell, progress)
            except KeyboardInterrupt:
                totals = rehearsal.totals
                show.warn(
                    f"interrupted after {rehearsal.entries} of {rehearsal.most} entries:"
                    f" {show.counted(totals.dockets, 'docket')} played,"
                    f" {totals.differing} would differ so far; nothing was written"
                )
                ctx.leave(1)
    yield stage, rehearsal.totals


# -- for programs -----------------------------------------------------------------------------


def _as_json(registry: Registry, wish: Wish, limit: int | None) -> None:
    """One document; differences wait in a file until the counts before them are known."""
    from orchestrator.rehearsal import as_data

    with TemporaryFile("w+", encoding="utf-8") as kept:
        told = 0

        def tell(difference: Difference, zone: Zone) -> None:
            nonlocal told
            if limit is None or told < limit:
                told += 1
                changes = [as_data(change, zone.text) for change in difference.changes]
                row = {"docket": difference.docket, "changes": changes}
                kept.write(json.dumps(row, ensure_ascii=False) + "\n")

        with _played(registry, wish, tell) as (stage, totals):
            kept.seek(0)
            show.document_with_rows(_head(wish, stage) | totals.as_data(), "differences", kept)


def _head(wish: Wish, stage: Stage) -> dict[str, Any]:
    since = stage.pinning.since
    return {
        "rulebook": stage.pinning.pin,
        "since": None if since is None else stage.zone.text(since),
        "instead_of": wish.instead_of,
        "until": stage.zone.text(stage.now),
    }


# -- for people -------------------------------------------------------------------------------


def _as_table(registry: Registry, wish: Wish, limit: int) -> None:
    """The counts first, then what differs."""
    shown: list[tuple[Difference, Zone]] = []

    def tell(difference: Difference, zone: Zone) -> None:
        if len(shown) < limit:
            shown.append((difference, zone))

    with _played(registry, wish, tell) as (stage, totals):
        for sentence in _sentences(wish, stage, totals):
            show.say(sentence)
    rows = [row for difference, zone in shown for row in _rows(difference, zone)]
    if rows:
        from orchestrator.bookshelf import named

        show.table(("docket", "case", "what", "in life", f"under {named(wish.new)}"), rows, "")
    if len(shown) < totals.differing:
        left = show.counted(totals.differing - len(shown), "docket")
        show.say(f"and {left} more: --limit, or -o json for all")


def _sentences(wish: Wish, stage: Stage, totals: Totals) -> Iterator[str]:
    from orchestrator.bookshelf import named

    text = stage.zone.text
    since = stage.pinning.since
    opened = "cases" if since is None else f"cases opened since {text(since)}"
    of = f" under {wish.instead_of}" if wish.instead_of else ""
    yield f"{named(wish.new)} for {opened}{of}; both lives up to {text(stage.now)}"
    if not totals.dockets:
        yield "nothing to rehearse: nothing was said since then in a docket that goes on"
    else:
        yield _what_was_played(totals)
        yield from _what_differs(totals) if totals.differing else ["no outcome would differ"]
    if totals.readings:
        openings = show.counted(totals.readings, "opening")
        yield f"{openings} read another docket: what it showed then is taken as it was recorded"
    for key, reason in totals.named[:NAMED]:
        yield f"passed over: docket {key}, {reason}"
    if totals.skipped > NAMED:
        yield f"and {totals.skipped - NAMED} more were passed over"
    yield "nothing was written"


def _what_was_played(totals: Totals) -> str:
    had = ", ".join(f"{n} had {pin.partition(':')[0]}" for pin, n in sorted(totals.pinned.items()))
    return (
        f"played {show.counted(totals.dockets, 'docket')}:"
        f" {show.counted(totals.inputs, 'input')}, {show.counted(totals.timers, 'timer')};"
        f" of {show.counted(totals.cases, 'case')} {sum(totals.pinned.values())} are under it"
        f"{f' ({had})' if had else ''}"
    )


def _what_differs(totals: Totals) -> Iterator[str]:
    """`2 dockets would differ, 3 cases in them`, then what of it there is how often."""
    dockets = show.counted(totals.differing, "docket")
    cases = show.counted(totals.differing_cases, "case")
    yield f"{dockets} would differ{f', {cases} in them' if totals.differing_cases else ''}"
    for name, of_name in groupby(sorted(totals.numbers.items()), key=lambda pair: pair[0][0]):
        ways = [
            f"{by} {way} in {show.counted(totals.in_dockets[name, way], 'docket')}"
            for (_, way), by in of_name
        ]
        yield f"  {name}: {', '.join(ways)}"
    for name, n in sorted(totals.items.items()):
        yield f"  {name}: another one in {show.counted(n, 'docket')}"
    for what, words in IN_WORDS.items():
        found = [f"{totals.kinds[k]} {said}" for k, said in words.items() if totals.kinds[k]]
        if found:
            yield f"  {what}: {', '.join(found)}"


def _rows(difference: Difference, zone: Zone) -> Iterator[tuple[Any, ...]]:
    docket: str | None = difference.docket
    for change in difference.changes:
        was, would_be = (_cell(change, value, zone) for value in (change.was, change.would_be))
        yield docket or "", change.case, _what(change, zone), was, would_be
        docket = None


def _what(change: Change, zone: Zone) -> str:
    if change.at is None:
        return change.name
    return f"{change.name} by {change.by} on {_short(zone.local(change.at))}"


def _cell(change: Change, value: Any, zone: Zone) -> Any:
    if value is None:
        return None
    if change.what == "deadline":
        if value.at is None:
            return "stands still"
        return f"{'acted' if value.acted else 'due'} {_short(zone.local(value.at))}"
    if change.what == "input":
        return "accepted" if value.refusal is None else f"refused: {value.refusal}"
    return f"stopped: {value}" if change.what == "stopped" else value


def _short(moment: datetime) -> str:
    """`Sat 2025-03-08 00:00`, finer where it is finer."""
    seconds = f"{moment:%S.%f}".rstrip("0").rstrip(".")
    is_fine = moment.second or moment.microsecond
    return f"{moment:%a %Y-%m-%d %H:%M}" + (f":{seconds}" if is_fine else "")


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    rulebook_app.command("rehearse")(rehearse)
