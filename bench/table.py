"""The table of goals, drawn from a file of results: `python -m bench.table [RESULTS] [--markdown]`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path

from bench.contestants import ROOT
from bench.goals import MORE, Line
from bench.results import Run, read

HEADING = ("work", "of", "ours", "floor", "peers", "held to", "goal", "")
RIGHT = {"ours", "floor"}
WORDS = {None: "", True: "met", False: "MISSED"}
USERS = (
    "users: what users write, with APScheduler date jobs, the ORM and a transitions machine each"
)
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
    yield ""
    yield USERS


def markdown(run: Run) -> Iterator[str]:
    """The same for a page."""
    yield from (f"- {line}" for line in run.machine)
    yield ""
    for row in (
        HEADING,
        tuple("--:" if n in RIGHT else "---" for n in HEADING),
        *rows(run.lines()),
    ):
        yield f"| {' | '.join(row)} |"
    yield ""
    yield USERS


def rows(lines: Iterable[Line]) -> Iterator[Cells]:
    """For each figure its goals, one below the other, with the peers beside them."""
    named = ""
    for (part, unit), some in groupby(lines, key=lambda line: (line.part, line.unit)):
        found = list(some)
        first = found[0]
        peers = [f"{who} {number(value)}" for who, value in first.peers.items()]
        goals = [(held(line), line.goal, WORDS[line.met]) for line in found]
        figure = ("" if part == named else part, unit, number(first.ours), number(first.floor))
        named = part
        for n, (peer, goal) in enumerate(zip_longest(peers, goals)):
            yield (*(figure if n == 0 else ("",) * 4), peer or "", *(goal or ("",) * 3))


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
