"""How answers look on a terminal: tables for people, one JSON document for programs.

stdout carries the answer alone; bars, hints and logs go to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from orchestrator.errors import Unreadable

WIDE = 160  # columns where there is no terminal to ask

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(
    stderr=True, highlight=False, width=None if sys.stderr.isatty() else WIDE, soft_wrap=True
)


class Output(StrEnum):
    """`-o`."""

    TABLE = "table"
    JSON = "json"


def document(data: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def document_with_rows(head: Mapping[str, Any], name: str, rows: Iterable[str]) -> None:
    """One JSON document whose last item is a list too long for memory, a row a line of JSON."""
    text = json.dumps({**head, name: []}, ensure_ascii=False, indent=2)
    sys.stdout.write(text.removesuffix("]\n}"))
    before = "\n    "
    for row in rows:
        sys.stdout.write(before + row.rstrip("\n"))
        before = ",\n    "
    sys.stdout.write("]\n}\n")


def lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines on stdout."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """A plain table; `empty` is the sentence when there is nothing."""
    found = [[_cell(value) for value in row] for row in rows]
    if not found:
        out.print(escape(empty))
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in found:
        drawn.add_row(*row)
    out.print(drawn)


def say(text: str) -> None:
    """A sentence on stdout."""
    out.print(escape(text))


def drawing(svg: str, file: Path | None) -> None:
    """An SVG into a file, or on stdout.

    raises   Unreadable: it cannot be written
    """
    if file is None:
        sys.stdout.write(svg)
        return
    try:
        file.write_text(svg, "utf-8")
    except OSError as error:
        raise Unreadable(f"{file}: cannot be written ({error.strerror})") from None


def counted(number: int, what: str) -> str:
    """`1 timer`, `2 timers`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def warn(text: str) -> None:
    """A sentence on stderr."""
    err.print(f"[yellow]{escape(text)}[/yellow]")


def hint(text: str) -> None:
    """A word beside the answer, on stderr."""
    err.print(f"[dim]{escape(text)}[/dim]")


def more(cursor: str | None) -> None:
    """How to see what follows a page."""
    if cursor is not None:
        hint(f"there is more: --after {cursor}")


def fail(text: str) -> None:
    """What went wrong, on stderr."""
    err.print(f"[red]error:[/red] {escape(text)}")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_cell(item)}" for key, item in value.items())
    return escape(str(value))


@contextmanager
def bar(what: str, total: int | None = None) -> Iterator[Progress]:
    """A progress bar on stderr; none without a terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
        progress.add_task(what, total=total, note="")
        yield progress


# -- the shapes that several commands share --------------------------------------------------


def timers_table(timers: Sequence[Mapping[str, Any]]) -> None:
    """The timers of a case."""
    table(
        ("timer", "due", ""),
        [(t["name"], when(t), marks(t)) for t in timers],
        "no timer is pending",
    )


def when(timer: Mapping[str, Any]) -> str:
    """A due instant as people say it, with its weekday; windows end where a day does."""
    due = timer["due_at"]
    return "frozen" if due is None else readable(due)


def readable(instant: str) -> str:
    """`Sat 2025-03-08 00:00:00 +08:00 (24:00 of Fri 7 March)`."""
    from datetime import datetime, timedelta

    moment = datetime.fromisoformat(instant)
    clock = moment.strftime("%H:%M:%S") + (f".{moment:%f}" if moment.microsecond else "")
    offset = instant[len("2025-03-08T") :].lstrip("0123456789:.")
    text = f"{moment:%a} {moment:%Y-%m-%d} {clock} {offset}"
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        day = moment - timedelta(days=1)
        text += f" (24:00 of {day:%a} {day.day} {day:%B})"
    return text


def brief(instant: str | None) -> str:
    """The same where several stand in one line: `24:00 of Fri 2025-03-07`."""
    from datetime import datetime, timedelta

    if instant is None:
        return "frozen"
    moment = datetime.fromisoformat(instant)
    if instant[len("2025-03-08") :].startswith("T00:00:00") and not moment.microsecond:
        day = moment - timedelta(days=1)
        return f"24:00 of {day:%a} {day:%Y-%m-%d}"
    return f"{moment:%a} {moment:%Y-%m-%d} {moment:%H:%M:%S}"


def marks(timer: Mapping[str, Any]) -> str:
    """What a reader must know about a deadline besides its instant."""
    if timer.get("incident"):
        return stopped(timer["incident"])
    if timer.get("blocked"):
        return "blocked: its year is not announced"
    if timer.get("passed"):
        return "passed: it acts when its docket is next locked"
    return "provisional" if timer["provisional"] else ""


def stopped(incident: int | None) -> str:
    """What stands beside a row of a docket that an incident has stopped."""
    return "" if incident is None else f"stopped by incident {incident}"


def answer(given: Mapping[str, Any], *, preview: bool) -> None:
    """What an input came to."""
    head = "preview, nothing is written: " if preview else ""
    if given["refused"]:
        say(f"{head}refused: {given['reason']}")
        return
    if given["held"] is not None:
        say(f"{head}{given['reason']}")
        return
    repeated = " (the first answer to this key, again)" if given["repeated"] else ""
    say(f"{head}case {given['case']} of docket {given['docket']} is {given['state']}{repeated}")
    timers_table(given["timers"])
    if given["effects"]:
        say(f"put out: {', '.join(given['effects'])}")
