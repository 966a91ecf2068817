"""The table of goals, drawn from a file of results: `python -m bench.table [RESULTS] [--markdown]`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.contestants import ROOT
from bench.goals import MORE, Line
from bench.results import Run, read

HEADING = ("work", "of", "ours", "floor", "peers", "held to", "goal", "")
RIGHT = {"ours", "floor"}
RESULTS = ROOT / "bench" / "results.json"

Cells = tuple[str, ...]


def drawn(run: Run) -> Iterator[str]:
    """Machine and table, as text."""
    yield from run.machine
    yield ""
    cells = list(rows(run.lines()))
    widths = [max(map(len, column)) for column in zip(HEADING, *cells, strict=True)]
    for row in (HEADING, tuple("-" * width for width in widths), *cells):
        padded = [
            cell.rjust(width) if name in RIGHT else cell.ljust(width)
            for name, cell, width in zip(HEADING, row, widths, strict=True)
        ]
        yield "  ".join(padded).rstrip()


def markdown(run: Run) -> Iterator[str]:
    """The same for a page."""
    yield from (f"- {line}" for line in run.machine)
    yield ""
    for row in (HEADING, tuple("--:" if n in RIGHT else "---" for n in HEADING), *rows(run.lines())):
        yield f"| {' | '.join(row)} |"


def rows(lines: Iterable[Line]) -> Iterator[Cells]:
    """A row for each goal; what the row above has said already is not said again."""
    before: tuple[str, str] | None = None
    for line in lines:
        again = (line.part, line.unit) == before
        first = ("", "", "", "", "")
        if not again:
            peers = " · ".join(f"{who} {number(value)}" for who, value in line.peers.items())
            named = "" if before and before[0] == line.part else line.part
            first = (named, line.unit, number(line.ours), number(line.floor), peers)
        before = (line.part, line.unit)
        yield (*first, held(line), line.goal, {None: "", True: "met", False: "MISSED"}[line.met])


def held(line: Line) -> str:
    """What the goal judges: a ratio, a difference, or the figure itself."""
    if line.value is None:
        return "" if line.against is None else f"no {line.against}"
    if line.against is None:
        return number(line.value)
    if line.how == MORE:
        return f"{line.value:+,.1f} to {line.against}"
    return f"{ratio(line.value)} x {line.against}"


def ratio(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}"


def number(value: float | None) -> str:
    """Three figures that count; - where there is none."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=RESULTS)
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    found = read(given.results)
    print(*(markdown(found) if given.markdown else drawn(found)), sep="\n")
