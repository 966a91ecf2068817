"""Where everything in a timeline stands: time from left to right, one lane below the other.

Nothing may be written over anything else, so the scale is the largest one at which every label
still ends inside the paper, and labels whose extents would meet stand on rows of their own. Of two
that meet the earlier one stands farther from its bar: the line that leads from it to the bar then
passes to the left of the later one, never through it. All lengths in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from orchestrator.core.calendar import Edition
from orchestrator.core.diagram.chronicle import Bar, Lane, Late, Mark, Wait
from orchestrator.core.diagram.days import A_DAY, GAP, RIGHT, Days
from orchestrator.core.diagram.layout import ICON, MARGIN, ROW, SMALL, TEXT, width
from orchestrator.core.instants import Zone

INDENT = 5  # from a line to its label
TIP = 4  # of a timer's bar
BAR, HEADING, APART = 24, 24, 20  # heights
PAD = 16  # around the name of a state in its bar
ARROW = 26  # what is left of the bar of a timer that ends far beyond the paper
FAR = 1.0  # a timer that is due later than the story took again is only pointed at
MOST_LETTERS = 40


class Label(NamedTuple):
    """Words that begin at an instant: what, and a softer remark."""

    at: int
    kind: str
    name: str
    remark: str = ""

    @property
    def width(self) -> float:
        icon = 0 if self.kind == "event" else ICON
        remark = width(self.remark, SMALL) + 8 if self.remark else 0
        return icon + width(self.name, TEXT) + remark


class Placed(NamedTuple):
    """A lane with the rows of all that is in it, counted from its bar."""

    lane: Lane
    top: float
    above: list[tuple[int, Mark, Label]]  # row 1 is next to the bar
    bars: list[Bar]
    below: list[tuple[int, Label]]  # the names of states that do not fit into their bars
    waits: list[tuple[int, Wait, Label]]  # row 0 is the first

    @property
    def bar_top(self) -> float:
        return self.top + HEADING + _rows(row for row, _, _ in self.above)

    @property
    def wait_top(self) -> float:
        names = _rows(row for row, _ in self.below)
        return self.bar_top + (BAR if self.bars else 0) + (names + 4 if names else 0)

    @property
    def bottom(self) -> float:
        return self.wait_top + (_rows(row + 1 for row, _, _ in self.waits) + 4 if self.waits else 0)


class Stage:
    """Where everything stands. Each property is worked out once, from those above it."""

    def __init__(
        self,
        lanes: Sequence[Lane],
        late: Sequence[Late],
        until: int,
        zone: Zone,
        edition: Edition | None,
    ) -> None:
        self.lanes, self.late = lanes, late
        moments = [at for lane in lanes for at in _moments(lane)]
        self.until = max([until, *moments, *(entry.noticed for entry in late)])
        first = zone.local_day(min([self.until, *moments]))
        self.start = zone.midnight(first)
        self.days = Days(zone, edition, first, self.end, 0)  # words need no scale
        self.days = Days(zone, edition, first, self.end, self.scale)

    # -- from time to pixels ----------------------------------------------------------------

    @cached_property
    def end(self) -> int:
        """Where the axis may end: the story itself, and the timers that are not far beyond it."""
        near = self.until + round(FAR * max(self.until - self.start, A_DAY))
        pending = [wait.due for lane in self.lanes for wait in lane.waits if wait.pending]
        return max([self.until, *(due for due in pending if due is not None and due <= near)])

    @cached_property
    def scale(self) -> float:
        """Pixels of a microsecond: as many as every label leaves room for."""
        most = (RIGHT - MARGIN) / max(self.end - self.start, A_DAY)
        for at, room in self._needs():
            if at > self.start:
                most = min(most, (RIGHT - MARGIN - room) / (at - self.start))
        return max(most, 0)

    def _needs(self) -> Iterable[tuple[int, float]]:
        """Instants, and the room that is needed to the right of each."""
        yield from ((late.noticed, self._room(label)) for late, label in self._late)
        for lane in self.lanes:
            yield from ((label.at, self._room(label)) for _, label in self._marks(lane))
            yield from ((bar.start, width(short(bar.state), TEXT) + PAD) for bar in lane.bars())
            for wait, label in self._waits(lane):
                if self.is_far(wait):
                    yield wait.armed, self._room(label) + ARROW
                else:
                    yield wait.end_of_bar(self.until), self._room(label)

    def _room(self, label: Label) -> float:
        """What a label takes from the line that it belongs to."""
        return INDENT + TIP + label.width

    def x(self, at: int) -> float:
        return self.days.x(at)

    def is_far(self, wait: Wait) -> bool:
        """Whether the axis ends long before this timer does."""
        return wait.pending and wait.due is not None and wait.due > self.end

    # -- what is written --------------------------------------------------------------------

    def _marks(self, lane: Lane) -> list[tuple[Mark, Label]]:
        return [(mark, self._label_of(mark)) for mark in lane.marks]

    def _label_of(self, mark: Mark) -> Label:
        when = self.days.ended(mark.at) if mark.kind == "timer" else self.days.when(mark.at)
        remark = f"{short(mark.who)}, {when}" if mark.who else when
        return Label(mark.at, mark.kind, short(mark.name), remark)

    def _waits(self, lane: Lane) -> list[tuple[Wait, Label]]:
        return [
            (wait, Label(wait.armed, "event", short(wait.name), self._remark(wait)))
            for wait in lane.waits
        ]

    def _remark(self, wait: Wait) -> str:
        if wait.due is None:
            return "stands still" if wait.pending else "stood still"
        due = self.days.ended(wait.due, far=self._is_of_another_month(wait.due))
        if wait.how == "cancelled":
            return f"was due {due}"
        if wait.provisional and wait.pending:
            return f"{due}, {'blocked' if wait.due <= self.until else 'provisional'}"
        return due

    def _is_of_another_month(self, due: int) -> bool:
        """Whether the axis ends before the month of an instant."""
        last, there = (self.days.zone.local(at) for at in (self.end, due - 1))
        return (there.year, there.month) > (last.year, last.month)

    @property
    def _late(self) -> list[tuple[Late, Label]]:
        return [
            (late, Label(late.noticed, "event", short(late.name), self._late_remark(late)))
            for late in self.late
        ]

    def _late_remark(self, late: Late) -> str:
        return f"acted {self.days.ended(late.due)}, noticed {self.days.when(late.noticed)}"

    # -- lanes ------------------------------------------------------------------------------

    @property
    def top(self) -> float:
        """Where the first lane begins: below the title and the axis."""
        return 116 if self.days.feasts else 100

    @cached_property
    def placed(self) -> list[Placed]:
        placed: list[Placed] = []
        top = self.top
        for lane in self.lanes:
            placed.append(self._place(lane, top))
            top = placed[-1].bottom + APART
        return placed

    def _place(self, lane: Lane, top: float) -> Placed:
        marks = self._marks(lane)
        rows = flagged([self._extent(label) for _, label in marks])
        bars = [bar for bar in lane.bars() if bar.end is None or bar.end > bar.start]
        names = [Label(bar.start, "event", short(bar.state)) for bar in bars if not self.fits(bar)]
        name_rows = flagged([self._extent(label) for label in names])
        waits = sorted(self._waits(lane), key=lambda pair: pair[0].armed)
        wait_rows = stacked([self._reach(wait, label) for wait, label in waits])
        return Placed(
            lane,
            top,
            [(row, *pair) for row, pair in zip(rows, marks, strict=True)],
            bars,
            list(zip(name_rows, names, strict=True)),
            [(row, *pair) for row, pair in zip(wait_rows, waits, strict=True)],
        )

    def bar(self, bar: Bar) -> tuple[float, float]:
        """From where to where a state's bar goes; one that lasts has room for its name."""
        left = self.x(bar.start)
        if bar.end is None:
            return left, max(self.x(self.until), left + width(short(bar.state), TEXT) + PAD)
        return left, self.x(bar.end)

    def fits(self, bar: Bar) -> bool:
        """Whether a state's name fits into its bar."""
        left, right = self.bar(bar)
        return right - left >= width(short(bar.state), TEXT) + PAD - 4

    def _extent(self, label: Label) -> tuple[float, float]:
        x = self.x(label.at)
        return x, x + self._room(label)

    def bar_end(self, wait: Wait, label: Label) -> float:
        """Where a timer's bar ends; one that is due far away leaves room for its label."""
        if self.is_far(wait):
            return RIGHT - self._room(label)
        return self.x(wait.end_of_bar(self.until))

    def _reach(self, wait: Wait, label: Label) -> tuple[float, float]:
        """From where a timer is armed to the end of its label."""
        return self.x(wait.armed) - TIP, self.bar_end(wait, label) + self._room(label)

    @property
    def late_top(self) -> float:
        return self.placed[-1].bottom + APART

    @cached_property
    def late_rows(self) -> list[tuple[int, Late, Label]]:
        late = self._late
        rows = stacked([(self.x(one.due) - TIP, self._extent(label)[1]) for one, label in late])
        return [(row, *pair) for row, pair in zip(rows, late, strict=True)]

    @property
    def bottom(self) -> float:
        """Where the last lane ends."""
        if self.late_rows:
            return self.late_top + HEADING + _rows(row + 1 for row, _, _ in self.late_rows)
        return self.placed[-1].bottom if self.placed else self.top


def flagged(extents: Sequence[tuple[float, float]]) -> list[int]:
    """A row (from 1, next to the bar) for each label, given from left to right.

    Of labels that would meet the earlier one is farther away.
    """
    rows = [1] * len(extents)
    for index in reversed(range(len(extents))):
        _, right = extents[index]
        later = range(index + 1, len(extents))
        rows[index] = 1 + max((rows[i] for i in later if extents[i][0] < right + GAP), default=0)
    return rows


def stacked(extents: Sequence[tuple[float, float]]) -> list[int]:
    """The first row (from 0) for each that is free from where it begins, given from the left."""
    free: list[float] = []
    rows = []
    for left, right in extents:
        row = next((i for i, taken in enumerate(free) if taken <= left), len(free))
        free[row : row + 1] = [right + GAP]
        rows.append(row)
    return rows


def short(name: str) -> str:
    """A name that leaves room for others."""
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def _moments(lane: Lane) -> Iterable[int]:
    yield from (mark.at for mark in lane.marks)
    yield from (at for at, _ in lane.entered)
    yield from (wait.ended for wait in lane.waits if wait.ended is not None)


def _rows(rows: Iterable[int]) -> float:
    """The height of so many rows."""
    return ROW * max(rows, default=0)
