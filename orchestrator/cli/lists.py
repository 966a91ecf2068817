"""Lists: cases by what a desk looks for, deadlines by the day on which they end."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import DocketOption, OutputOption
from orchestrator.cli.show import Output
from orchestrator.core.instants import EARLIEST, LATEST
from orchestrator.errors import Unreadable

if TYPE_CHECKING:
    from orchestrator.api import Orchestrator
    from orchestrator.queries import Page

Limit = Annotated[
    int | None,
    typer.Option(min=1, max=1_000, help="A page of so many rows; JSON then tells its `next`."),
]
After = Annotated[str | None, typer.Option(help="The `next` of the page before.")]
ROWS = 100  # of a page, unless told otherwise
WorkflowOption = Annotated[str | None, typer.Option(help="Such as ip_complaint.")]
Row = Mapping[str, Any]
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def list_cases(
    docket: DocketOption = None,
    workflow: WorkflowOption = None,
    state: Annotated[
        list[str] | None, typer.Option(help="Such as appeal_window; again for one more.")
    ] = None,
    opened_since: Annotated[
        str | None, typer.Option(help="Opened at this instant or later.")
    ] = None,
    opened_before: Annotated[str | None, typer.Option(help="Opened before this instant.")] = None,
    due_before: Annotated[
        str | None, typer.Option(help="With a pending deadline before this instant.")
    ] = None,
    overdue: Annotated[bool | None, typer.Option(help="Only (not) overdue ones.")] = None,
    stopped: Annotated[
        bool, typer.Option("--stopped", help="Only of dockets that an incident has stopped.")
    ] = False,
    points_from: Annotated[
        int | None, typer.Option(min=0, help="Of accounts that show so many points or more.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Words, each of them in the facts of the opening.")
    ] = None,
    sort: Annotated[
        str | None, typer.Option(help="opened, or due: by the next deadline; only what has one.")
    ] = None,
    limit: Limit = None,
    after: After = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Cases with their next deadline. All filters that are given must hold.

    orchestrator case list --state under_review --overdue --text 五粮液 --sort due
    """
    with ctx.engine() as orchestrator:
        page = orchestrator.cases(
            docket=docket,
            workflow=workflow,
            state=state,
            opened_since=_instant("--opened-since", opened_since),
            opened_before=_instant("--opened-before", opened_before),
            due_before=_instant("--due-before", due_before),
            overdue=overdue,
            stopped=stopped,
            points_from=points_from,
            text=text,
            order=sort,
            limit=limit or ROWS,
            after=after,
        )
    if output is Output.JSON:
        paged = limit is not None or after is not None
        show.document({"cases": page, "next": page.next} if paged else page)
        _more(page, paged=paged)
        return
    show.table(
        ("case", "docket", "workflow", "state", "next deadline", "overdue", "points", ""),
        [
            (
                c["case"],
                c["docket"],
                c["workflow"],
                c["state"],
                show.when(c["timers"][0]) if c["timers"] else None,
                c["overdue"],
                c["points"],
                show.stopped(c["incident"]),
            )
            for c in page
        ],
        "no such case; `orchestrator open` begins one",
    )
    show.more(page.next)


def deadlines(
    docket: DocketOption = None,
    workflow: WorkflowOption = None,
    role: Annotated[str | None, typer.Option(help="Whom they concern, such as staff.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Due by the end of this day, or by this instant.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=0, max=3_660, help="Within so many working days; 0: today.")
    ] = None,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Those that stand still, and no others.")
    ] = False,
    ical: Annotated[
        Path | None, typer.Option(help="Write all of them as iCalendar; - is stdout.")
    ] = None,
    limit: Limit = None,
    after: After = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Pending deadlines by the day on which they end; provisional and blocked ones are marked.

    orchestrator deadlines --role staff --days 2
    """
    asked = {"docket": docket, "workflow": workflow, "role": role}
    with ctx.engine() as orchestrator:
        within = {**asked, "until": _end(orchestrator, until), "days": days}
        if ical is not None:
            if frozen or after is not None:
                raise Unreadable("--ical: all that are pending, without --frozen and --after")
            _feed(orchestrator, within, ical, output)
            return
        page = orchestrator.deadlines(**within, frozen=frozen, limit=limit or ROWS, after=after)
        still = 0 if frozen else orchestrator.queries.count_frozen(**asked)
    if output is Output.JSON:
        paged = limit is not None or after is not None
        told = {"deadlines": page, "next": page.next, "frozen": still}
        show.document(told if paged else page)
        _more(page, paged=paged)
        return
    show.table(
        ("due", "timer", "case", "docket", "state", "for", ""),
        _by_day(page),
        _none(within, frozen=frozen),
    )
    show.more(page.next)
    if still:
        count = "more than 1000 deadlines" if still > 1_000 else show.counted(still, "deadline")
        show.hint(f"left out: {count} that stand still; `orchestrator deadlines --frozen`")


def _none(within: Mapping[str, Any], *, frozen: bool) -> str:
    """What is said where no deadline is found: there may be others than those asked for."""
    such = "such " if any(value is not None for value in within.values()) else ""
    return f"no {such}deadline {'stands still' if frozen else 'is pending'}"


def _more(page: Page, *, paged: bool) -> None:
    """A plain list of JSON has no place for the rest: whoever asked is told beside it."""
    if page.next is not None and not paged:
        show.warn(f"{len(page)} rows, and there are more: `--limit` gives pages")


def _by_day(page: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """A line for each day, and below it what ends then; first what is due already."""
    for heading, rows in groupby(page, key=_heading):
        yield (heading, *[""] * 6)
        for d in rows:
            due, marks = show.when(d), show.marks(d) or ("overdue" if d["overdue"] else "")
            yield f"  {due}", d["name"], d["case"], d["docket"], d["state"], d["roles"], marks


def _heading(deadline: Row) -> str:
    """`Fri 2026-11-27, working day 3 from today`."""
    if deadline["frozen"]:
        return "standing still"
    if deadline["passed"] or deadline["blocked"]:
        return "due already"
    day = date.fromisoformat(deadline["day"])
    count = deadline["working_day"]
    if count is None:
        words = f"no working day ({deadline['day_name']})"
    else:
        words = f"working day {count} from today" if count else "today"
    guessed = "" if deadline["day_counted"] else " (provisional)"  # a year is not announced
    return f"{day:%a} {day}, {words}{guessed}"


def _feed(orchestrator: Orchestrator, within: dict[str, Any], file: Path, output: Output) -> None:
    """raises   Unreadable: the file cannot be written, or stdout would be two things"""
    from orchestrator.feed import feed

    if str(file) == "-" and output is Output.JSON:
        raise Unreadable("--ical: a file beside -o json, got -")
    with show.bar("reading deadlines") as progress:
        rows = orchestrator.queries.all_deadlines(**within)
        found = list(progress.track(rows, task_id=progress.task_ids[0]))
    written = feed(found)
    if str(file) == "-":
        sys.stdout.buffer.write(written)
        return
    try:
        file.write_bytes(written)
    except OSError as error:
        raise Unreadable(f"--ical: {file} cannot be written ({error.strerror})") from None
    if output is Output.JSON:
        show.document({"file": str(file), "deadlines": len(found)})
        return
    show.say(f"{file}: {show.counted(len(found), 'deadline')}")


def _instant(option: str, text: str | None) -> int | None:
    return None if text is None else ctx.instant(option, text)


def _end(orchestrator: Orchestrator, text: str | None) -> int | None:
    """The end of a day, or an instant.

    raises   Unreadable
    """
    if text is None or not _DAY.fullmatch(text):
        return _instant("--until", text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not EARLIEST <= day.year <= LATEST:
        return _instant("--until", text)  # which says what was wanted
    return orchestrator.queries.end_of_day(day.toordinal())
