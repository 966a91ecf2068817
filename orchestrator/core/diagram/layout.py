"""Where everything in a drawing stands: a definition laid out in the order its chapters are told.

The states stand in a column, "in every state" below them, the ends and the choices to the right.
To the next state an arrow goes straight down; to any other it goes round on the left; to an end or
a choice it goes to the right. Whatever leaves a box at its side does so on a row of its own, under
its label and past all the others; only then it turns into a lane, and lines to one destination
share theirs. So no two labels, and no label and lane, can ever meet. All lengths in pixels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cached_property
from itertools import chain, count
from statistics import fmean
from typing import NamedTuple

from orchestrator.core.diagram.outline import (
    EVERY_STATE,
    Mark,
    Place,
    Remark,
    Source,
    arrows,
    choices,
    opening,
    remarks,
    sources,
)
from orchestrator.core.workflow import Choice, Workflow

NAME, TEXT, SMALL = 14, 12, 11  # sizes of type
ADVANCE = 0.602  # the width of a monospaced letter, in its size
ICON, ROW = 17, 17
MARGIN, PAD, LANE, TURN, HEAD = 20, 14, 15, 11, 8
BOX, DIAMOND, GAP, APART = 36, 10, 46, 16
CLEAR = 10  # as near as a line of another destination may pass

Net = tuple[str, Place]  # lines that share a lane: all "to" a destination, or "from" a choice


class Port(NamedTuple):
    """Where a line leaves the side of a box, with what is written on it, or arrives (no marks)."""

    box: int
    side: str
    net: Net
    marks: tuple[Mark, ...]
    toward: float  # where in the column, more or less, it leads to or comes from


def width(text: str, size: int) -> float:
    """What a text takes in a monospaced type; an ideograph takes the room of two letters."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (len(text) + wide) * size * ADVANCE


def width_of(mark: Mark) -> float:
    icon = 0 if mark.kind == "event" else ICON
    return icon + width(mark.name, TEXT) + (width(mark.who, SMALL) + 8 if mark.who else 0)


def width_of_remark(remark: Remark) -> float:
    return width_of(remark.mark) + (width(remark.says, SMALL) + 16 if remark.says else 0)


class Sheet:
    """Where everything stands. Each property is worked out once, from those above it."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow

    # -- what there is ------------------------------------------------------------------------

    @cached_property
    def column(self) -> list[Source]:
        """The states that are no ends, then "every state"."""
        finals = {state.name for state in self.workflow.states if state.final}
        return [source for source in sources(self.workflow) if source not in finals]

    @cached_property
    def links(self) -> dict[tuple[Source, str | Choice], tuple[Mark, ...]]:
        """What is written on the way from one place to another; what comes back is a remark."""
        links: dict[tuple[Source, str | Choice], tuple[Mark, ...]] = {}
        for source, to, mark in arrows(self.workflow):
            if source != to:
                links[source, to] = (*links.get((source, to), ()), mark)
        return links

    @cached_property
    def said(self) -> list[list[Remark]]:
        """What is written inside each box of the column."""
        again = [arrow for arrow in arrows(self.workflow) if arrow.source == arrow.to]
        return [
            [Remark(arrow.mark, "begins again") for arrow in again if arrow.source == source]
            + remarks(self.workflow, source)
            for source in self.column
        ]

    @cached_property
    def rank(self) -> dict[Place, float]:
        """How far down a place belongs: its number in the column, or the middle of its sources."""
        ranks: dict[Place, float] = {place: number for number, place in enumerate(self.column)}
        for end in self._ends:
            near = [ranks[source] for source, to in self.links if to == end]
            if isinstance(end, Choice):
                near += [ranks[name] for name in end.states if name in ranks]
            ranks[end] = fmean(near or [len(self.column)])
        return ranks

    @cached_property
    def ends(self) -> list[str | Choice]:
        """What stands to the right, from above."""
        return sorted(self._ends, key=self.rank.__getitem__)

    @cached_property
    def _ends(self) -> list[str | Choice]:
        finals = [state.name for state in self.workflow.states if state.final]
        return [*finals, *choices(self.workflow)]

    @cached_property
    def ports(self) -> list[Port]:
        """Box by box and side by side, from above: what turns up, goes on straight, turns down."""
        return sorted((*self._leaving(), *self._arriving()), key=_turn)

    @cached_property
    def nets(self) -> list[Net]:
        """What leads to destinations, each once."""
        return list(dict.fromkeys(port.net for port in self.ports if port.net[0] == "to"))

    def _leaving(self) -> Iterator[Port]:
        for (source, to), marks in self.links.items():
            if not self._is_next(source, to):
                side = "left" if to in self.column else "right"
                yield Port(self.column.index(source), side, ("to", to), marks, self.rank[to])

    def _arriving(self) -> Iterator[Port]:
        for box, place in enumerate(self.column):
            came = [s for s, to in self.links if to == place and not self._is_next(s, to)]
            if came:
                toward = fmean(self.rank[source] for source in came)
                yield Port(box, "left", ("to", place), (), toward)
            for choice in choices(self.workflow):
                if place in choice.states:
                    yield Port(box, "right", ("from", choice), (), self.rank[choice])

    def _is_next(self, source: Source, to: Place) -> bool:
        return (
            to in self.column
            and None not in (source, to)
            and (self.column.index(source) + 1 == self.column.index(to))
        )

    # -- from above to below ------------------------------------------------------------------

    @cached_property
    def heights(self) -> list[float]:
        return [self._height(box) for box in range(len(self.column))]

    def _height(self, box: int) -> float:
        inside = _inside(self.said[box])
        if self.column[box] is None:
            return inside + sum(_block(port) for port in self.ports if port.box == box)
        sides = [sum(_block(port) for port in self._side(box, side)) for side in ("left", "right")]
        return max(inside, *(side + 6 for side in sides))

    def text_top(self, box: int) -> float:
        """Where the words in a box begin: in the middle of its height."""
        if self.column[box] is None:
            return self.tops[box]
        return self.tops[box] + (self.heights[box] - _inside(self.said[box])) / 2

    def _side(self, box: int, side: str) -> list[Port]:
        return [port for port in self.ports if port.box == box and port.side == side]

    @cached_property
    def tops(self) -> list[float]:
        tops = [MARGIN + 12.0 + GAP]
        for box, height in enumerate(self.heights[:-1]):
            tops.append(tops[-1] + height + self._gap(box))
        return tops

    def _gap(self, box: int) -> float:
        """The room between a box and the one below."""
        marks = len(self.to_next(box))
        return GAP + ROW * (marks - 1) if marks else 30

    def to_next(self, box: int) -> tuple[Mark, ...]:
        """What is written on the arrow straight down."""
        source, to = self.column[box : box + 2]
        return self.links.get((source, to), ()) if to is not None else ()

    @cached_property
    def rows(self) -> dict[Port, float]:
        """The height at which each line leaves or meets its box."""
        rows = {}
        for box, top in enumerate(self.tops):
            if self.column[box] is None:
                y = top + _inside(self.said[box]) - 6
                for port in (p for p in self.ports if p.box == box):
                    rows[port] = y + _block(port) / 2
                    y += _block(port)
                continue
            for side in ("left", "right"):
                ports = self._side(box, side)
                y = top + (self.heights[box] - sum(_block(port) for port in ports)) / 2
                for port in ports:
                    y += _block(port)
                    rows[port] = y - (6 if port.marks else _block(port) / 2)
        return rows

    @cached_property
    def end_rows(self) -> dict[Place, float]:
        """The middle of each end and choice: level with a line that leads there, if it can be."""
        placed: dict[Place, float] = {}
        floor = float(MARGIN)
        for end in self.ends:
            mine = [row for port, row in self.rows.items() if port.net == ("to", end)]
            wanted = max(fmean(mine or [floor]), floor + BOX / 2)
            level = sorted(mine, key=lambda row: abs(row - wanted))
            free = (y for y in chain(level, count(wanted, 2)) if self._is_free(end, y))
            placed[end] = next(y for y in free if y - BOX / 2 >= floor)
            floor = placed[end] + BOX / 2 + APART
        return placed

    def _is_free(self, end: Place, y: float) -> bool:
        """No line of another net would lie on ours; its own branches leave a diamond room."""
        others = [port for port in self.ports if port.side == "right" and port.net != ("to", end)]
        return all(
            abs(self.rows[port] - y) >= (CLEAR + 2 * DIAMOND if port.net[1] == end else CLEAR)
            for port in others
        )

    # -- from left to right -------------------------------------------------------------------

    @cached_property
    def lanes(self) -> dict[Net, int]:
        """The lane of each net, 0 beside the labels: on the left the short ones turn first."""
        return self._lanes("left", 1) | self._lanes("right", -1)

    def _lanes(self, side: str, order: int) -> dict[Net, int]:
        spans = {}
        for net in (n for n in self.nets if (n[1] in self.column) == (side == "left")):
            rows = [row for port, row in self.rows.items() if port.net == net]
            if side == "right":
                rows.append(self.end_rows[net[1]])
            if min(rows) < max(rows):
                spans[net] = min(rows), max(rows)
        lanes: dict[Net, int] = {}
        for net, (low, high) in sorted(spans.items(), key=lambda s: order * (s[1][1] - s[1][0])):
            near = {lanes[n] for n in lanes if spans[n][0] < high + 6 and low - 6 < spans[n][1]}
            lanes[net] = next(lane for lane in count() if lane not in near)
        return lanes

    @cached_property
    def box_width(self) -> float:
        names = [width(EVERY_STATE if name is None else name, NAME) for name in self.column]
        said = [width_of_remark(remark) for remarks in self.said for remark in remarks]
        every = self.column.index(None) if None in self.column else -1
        held = [width_of(mark) for p in self.ports if p.box == every for mark in p.marks]
        return max(*names, *said, *held, 120) + 2 * PAD

    @cached_property
    def box_x(self) -> float:
        lanes = [lane + 1 for net, lane in self.lanes.items() if net[1] in self.column]
        return MARGIN + LANE * max(lanes, default=0) + self._room("left")

    @cached_property
    def lanes_x(self) -> float:
        """Where the lanes on the right begin: past every label, also those of straight arrows."""
        straight = [opening(self.workflow), *chain(*map(self.to_next, range(len(self.column) - 1)))]
        beside = max(map(width_of, straight)) + 10 - self.box_width / 2  # as far as they stick out
        return self.box_x + self.box_width + max(self._room("right"), beside + TURN)

    def _room(self, side: str) -> float:
        """For the labels at one side of the boxes; those of "every state" stand inside."""
        ports = [port for port in self.ports if port.side == side]
        labels = [width_of(m) for p in ports if self.column[p.box] is not None for m in p.marks]
        return max(labels, default=0) + 10 + 2 * TURN if ports else 0

    def lane_x(self, net: Net) -> float:
        """Where a net turns; one that is straight throughout does not."""
        if net not in self.lanes:
            return self.lanes_x
        if net[1] in self.column:
            return self.box_x - self._room("left") - LANE * self.lanes[net]
        return self.lanes_x + LANE * self.lanes[net]

    @cached_property
    def end_x(self) -> dict[Place, float]:
        """The middle of each choice, then the left edge of the ends: no line crosses a name."""
        lanes = [lane + 1 for net, lane in self.lanes.items() if net[1] not in self.column]
        x = self.lanes_x + LANE * max(lanes, default=0) + HEAD
        xs: dict[Place, float] = {}
        for choice in choices(self.workflow):
            xs[choice] = x + DIAMOND
            x = xs[choice] + self._beside(choice) + TURN + HEAD
        return xs | {end: x for end in self.ends if end not in xs}

    @cached_property
    def end_width(self) -> float:
        return max((width(e, NAME) for e in self.ends if isinstance(e, str)), default=0) + 2 * PAD

    def _beside(self, end: Place) -> float:
        """What stands to the right of where an end begins, or of the middle of a choice."""
        if isinstance(end, Choice):
            return DIAMOND + 6 + width(end.pick.__name__, SMALL)
        return self.end_width

    @property
    def middle(self) -> float:
        """Of the column of boxes."""
        return self.box_x + self.box_width / 2

    @property
    def width(self) -> float:
        rights = [x + self._beside(end) for end, x in self.end_x.items()]
        return max([self.lanes_x, *rights]) + MARGIN

    @property
    def height(self) -> float:
        """With a line for the legend."""
        bottoms = [self.tops[-1] + self.heights[-1], *(y + BOX / 2 for y in self.end_rows.values())]
        return max(bottoms) + 2 * MARGIN + ROW


def _inside(said: list[Remark]) -> float:
    """The height of a name and what is said below it."""
    return BOX + (ROW * len(said) + 4 if said else 0)


def _block(port: Port) -> float:
    """The height that a line and its labels take at the side of a box."""
    return ROW * len(port.marks) + 9 if port.marks else 18


def _turn(port: Port) -> tuple[int, str, int, float, int]:
    """Sorted by this, the lines at a side of a box cross each other as little as can be.

    On the left the short lines have the inner lanes, on the right the long ones.
    """
    ahead = port.toward - port.box
    way = (ahead > 0) - (ahead < 0)
    outward = -ahead if port.side == "left" else ahead
    return port.box, port.side, way, outward, way * (port.net[0] == "to")
