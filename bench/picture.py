"""The picture: bars of ours, the floor and the peers on a scale of powers of ten, as an SVG.

Two panels, for some figures are good when they are large (a second) and some when they are small
(milliseconds). Colours are those of the drawings, by day and by night, by class alone.
`python -m bench.picture RESULTS SVG`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from string import Template
from typing import NamedTuple

from bench.goals import Line
from bench.results import Run, read
from bench.table import number
from orchestrator.core.diagram.palette import DAY, NIGHT

WIDTH, LEFT, RIGHT, BAR, GAP, HEAD, LINE = 860, 190, 80, 13, 18, 34, 20
PANELS = (
    ("/s", "a second: longer is better"),
    ("ms", "milliseconds: shorter is better"),
)
SHAPE = """
.bench text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  "Liberation Mono", monospace; font-size: 11px; }
.bench .title { font-size: 13px; font-weight: 600; }
.bench .head { stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
.bench .end { text-anchor: end; }
.bench .middle { text-anchor: middle; }
.bench line { stroke-width: 1; }
"""
COLOURS = Template("""
.bench .paper { fill: $paper; }
.bench text { fill: $ink; }
.bench .head { stroke: $paper; }
.bench .soft { fill: $soft; }
.bench line { stroke: $edge; }
.bench .ours { fill: $lit; }
.bench .floor { fill: $line; }
.bench .peer { fill: $time; }
""")
STYLE = (
    f"{SHAPE}{COLOURS.substitute(DAY)}"
    f"@media (prefers-color-scheme: dark) {{{COLOURS.substitute(NIGHT)}}}\n"
)


class Bar(NamedTuple):
    who: str
    value: float

    @property
    def kind(self) -> str:
        return self.who if self.who in ("ours", "floor") else "peer"


class Group(NamedTuple):
    """What is compared: a part of a work, in one unit."""

    title: str
    bars: list[Bar]

    @property
    def height(self) -> int:
        return LINE + len(self.bars) * BAR + GAP


class Scale(NamedTuple):
    """Powers of ten from the left to the right."""

    least: int
    most: int

    def x(self, value: float) -> float:
        share = (log10(value) - self.least) / (self.most - self.least)
        return LEFT + max(0.002, share) * (WIDTH - LEFT - RIGHT)


def drawn(run: Run) -> str:
    """The picture of a run, with the machine below it."""
    panels = [(said, groups(run.lines(), unit)) for unit, said in PANELS]
    panels = [(said, found) for said, found in panels if found]
    parts, y = [], 30
    for said, found in panels:
        parts += list(_panel(said, found, y))
        y += 2 * HEAD + sum(group.height for group in found)
    for line in run.machine:
        parts.append(_text(16, y, line, "soft"))
        y += 16
    return "\n".join([*_opening(y + 6), *_legend(), *parts, "</svg>", ""])


def groups(lines: Iterable[Line], unit: str) -> list[Group]:
    """The figures in one kind of unit that somebody else has too, in the order of the table."""
    found: dict[str, Group] = {}
    for line in lines:
        if line.unit.endswith(unit) and "quarter" not in line.unit and line.ours is not None:
            title = f"{line.part}, {line.unit}"
            everybody = {"ours": line.ours, "floor": line.floor, **line.peers}
            bars = [Bar(who, value) for who, value in everybody.items() if value and value > 0]
            found.setdefault(title, Group(title, bars))
    return [group for group in found.values() if len(group.bars) > 1]


def _opening(height: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bench" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Benchmarks: ours, floor, peers">'
    )
    yield f"<title>Benchmarks: ours, floor, peers</title>\n<style>{STYLE}</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{height}"/>'


def _legend() -> Iterator[str]:
    x = LEFT
    for kind, said in (("ours", "ours"), ("floor", "floor: raw sqlite3"), ("peer", "peers")):
        yield f'<rect class="{kind}" x="{x}" y="10" width="10" height="10"/>'
        yield _text(x + 15, 19, said)
        x += 40 + 7 * len(said)


def _panel(said: str, found: list[Group], y: int) -> Iterator[str]:
    values = [bar.value for group in found for bar in group.bars]
    scale = Scale(floor(log10(min(values))), max(ceil(log10(max(values))), 1))
    yield _text(16, y + 20, said, "title")
    y += HEAD
    bottom = y + sum(group.height for group in found)
    for power in range(scale.least, scale.most + 1):
        x = scale.x(10.0**power)
        yield f'<line x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{bottom}"/>'
        yield _text(x, bottom + 14, f"{10.0**power:,.10g}", "soft middle")
    for group in found:
        yield from _group(group, scale, y)
        y += group.height


def _group(group: Group, scale: Scale, y: int) -> Iterator[str]:
    yield _text(16, y + 14, group.title, "head")
    y += LINE
    for bar in group.bars:
        end = scale.x(bar.value)
        yield _text(LEFT - 8, y + 10, bar.who, "soft end")
        size = f'width="{end - LEFT:.1f}" height="{BAR - 2}"'
        yield f'<rect class="{bar.kind}" x="{LEFT}" y="{y}" {size}/>'
        yield _text(end + 6, y + 10, number(bar.value))
        y += BAR


def _text(x: float, y: float, said: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(said)}</text>'


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(drawn(read(Path(sys.argv[1]))), "utf-8")
