"""Heads: the last hash of each docket, written to a file, and read from one that was kept."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import Conflict, Unreadable

if TYPE_CHECKING:
    from orchestrator.api import Orchestrator
    from orchestrator.core.heads import Head, Preface
    from orchestrator.queries.heads import Compared

heads_app = typer.Typer(
    no_args_is_help=True, help="The last hash of each docket, to keep elsewhere."
)

MOST_LINE = 2_000  # characters of a line of heads
STDOUT = Path("-")


@heads_app.command("export")
def export_heads(
    file: Annotated[Path, typer.Argument(help="The file to write; - for stdout.")] = STDOUT,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """The last hash of each docket, to be kept where those who write the database cannot write.

    One line a docket, in their order: hash, how many entries, docket. The last line is the SHA-256
    of all lines above it: `head -n -1 FILE | sha256sum` says the same. The file is there when all of
    it is written, and not before; `journal verify --heads FILE` compares.

    orchestrator journal heads export heads.txt
    """
    if file != STDOUT and file.exists() and not force:
        raise Conflict(
            f"{_name(file)} is there already, and heads that were kept are proof: another name, or --force"
        )
    with ctx.engine() as orchestrator:
        preface, heads = orchestrator.queries.heads()
        if file == STDOUT:
            _write(sys.stdout, preface, heads, as_json=output is Output.JSON)
            return
        with show.bar("exporting", preface.dockets) as bar, _whole(file) as opened:
            each = partial(bar.advance, bar.task_ids[0])
            digest = _write(opened, preface, _counted(heads, each))
    if output is Output.JSON:
        show.document({"file": _name(file), **preface._asdict(), "sha256": digest})
        return
    show.say(f"{show.counted(preface.dockets, 'head')} in {_name(file)}; the digest is {digest}")
    show.say(f"keep it elsewhere: `orchestrator journal verify --heads {_name(file)}` compares")


def _name(file: Path) -> str:
    """A file's name as it can be printed: it may be any bytes."""
    return os.fsencode(file).decode("utf-8", "replace")


def _counted(heads: Iterator[Head], each: Callable[[], object]) -> Iterator[Head]:
    for head in heads:
        yield head
        each()


def _write(to: IO[str], preface: Preface, heads: Iterator[Head], *, as_json: bool = False) -> str:
    """Write them as they come; gives the digest of the file."""
    from orchestrator.core.heads import written

    if as_json:
        to.write(f'{json.dumps(preface._asdict(), ensure_ascii=False)[:-1]}, "heads": [')
        for n, head in enumerate(heads):
            to.write((",\n" if n else "\n") + json.dumps(head._asdict(), ensure_ascii=False))
        to.write("\n]}\n")
        return ""
    line = ""
    for line in written(preface, heads):
        to.write(line)
    return line.removeprefix("# sha256 ").strip()


@contextmanager
def _whole(file: Path) -> Iterator[IO[str]]:
    """A file that is there when all of it is on the disk, and not before.

    raises   Unreadable: it cannot be written
    """
    made = file.with_name(f".{file.name}.{token_hex(4)}")
    try:
        fd = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            with os.fdopen(fd, "w", encoding="utf-8", newline="\n") as opened:
                yield opened
                opened.flush()
                os.fsync(fd)
            made.replace(file)
        finally:
            with suppress(FileNotFoundError):
                made.unlink()
    except OSError as error:
        raise Unreadable(f"{_name(file)}: cannot be written ({error.strerror})") from None


def compared(orchestrator: Orchestrator, file: Path, docket: str | None) -> Compared:
    """What the heads in a file find.

    raises   Unreadable: it is no whole file of heads of this database
    """
    from orchestrator.core.heads import BadHeads, Kept

    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="\n") as opened:
            kept = Kept(iter(lambda: opened.readline(MOST_LINE), ""))
            with show.bar("comparing heads", kept.preface.dockets) as bar:
                return orchestrator.queries.compare_heads(
                    kept, docket, lambda done: bar.update(bar.task_ids[0], completed=done)
                )
    except BadHeads as error:
        raise Unreadable(f"--heads: {_name(file)}, {error}") from None
    except OSError as error:
        raise Unreadable(f"--heads: {_name(file)} cannot be read ({error.strerror})") from None


def heads_shown(found: Compared) -> dict[str, Any]:
    """What kept heads found, for programs."""
    return {
        **found.preface._asdict(),
        "faults": [lost._asdict() for lost in found.lost],
        "new": found.new,
        "newest": found.newest,
    }


def tell(found: Compared, docket: str | None, *, faults: bool) -> None:
    """What kept heads found, for people.

    faults   verify has told of some already: what a hash seals may be spoilt though it is there
    """
    for lost in found.lost:
        show.say(str(lost))
    when = show.readable(found.preface.exported_at)
    kept = "its head" if docket else show.counted(found.preface.dockets, "head")
    whole = "the hashes that they know are still there, but see the faults above"
    whole = whole if faults else "everything that they know is still there"
    odd = f"{show.counted(len(found.lost), 'docket')} not as it was kept"
    show.say(f"{kept} of {when}: {odd if found.lost else whole}")
    if found.new:
        rest = found.new - len(found.newest)
        more = f" and {rest} more" if rest else ""
        show.say(f"{show.counted(found.new, 'docket')} new since: {', '.join(found.newest)}{more}")
