"""A story drawn along its days: an SVG of our own, from the journal alone, the same every time.

A lane for each case: its states as a bar, what people and other cases said above it, its timers
below, each from where it was armed to where it was due. Hatched: the timer stands still. Crossed:
refused, and nothing changed. `chronicle` reads the story, `stage` says where everything stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orchestrator.core.calendar import Edition
from orchestrator.core.diagram.chronicle import Bar, Lane, Mark, Recorded, Wait, read
from orchestrator.core.diagram.days import RIGHT, WIDE
from orchestrator.core.diagram.ink import ICONS, icon, n, soft, text
from orchestrator.core.diagram.layout import ICON, MARGIN, ROW, SMALL, width
from orchestrator.core.diagram.palette import TIMELINE_STYLE
from orchestrator.core.diagram.stage import (
    BAR,
    HEADING,
    INDENT,
    TIP,
    Label,
    Placed,
    Stage,
    short,
)
from orchestrator.core.instants import Zone

FOOT = 2.5
LEGEND = {
    "timer": "time moved the case",
    "message": "word from another case",
    "fired": "a timer acted",
    "cancelled": "no longer needed",
    "pending": "is still to come",
    "hatch": "stands still",
    "refused": "refused, nothing changed",
    "overdue": "overdue",
    "off": "weekend",
    "feast": "holiday",
    "makeup": "make-up working day",
}


def timeline(
    entries: Iterable[Recorded],
    zone: Zone,
    *,
    until: int,
    title: str,
    edition: Edition | None = None,
    names: Mapping[str, str] = {},
    noticed: bool = False,
) -> str:
    """The drawing of a journal.

    entries  with the instants at which they were written down
    until    where the story ends; what is pending then is drawn on to where it is due
    edition  shades the days off
    names    case id → what it is called in the drawing
    noticed  shows also when a process noticed what had been due
    """
    lanes, late = read(entries)
    stage = Stage(lanes, late if noticed else (), until, zone, edition)
    return "\n".join(_svg(stage, title, names)) + "\n"


def _svg(stage: Stage, title: str, names: Mapping[str, str]) -> Iterator[str]:
    legend = _legend(stage)
    foot = stage.bottom + 14
    high = n(foot + ROW * (legend[-1][1] + 1 if legend else 0) + 10)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing timeline" width="{WIDE}"'
        f' height="{high}" viewBox="0 0 {WIDE} {high}" role="img" aria-label="{text(title)}">'
    )
    yield f"<title>{text(title)}</title>"
    yield f"<desc>{text(' '.join(_told(stage, names)))}</desc>"
    yield f"<style>{TIMELINE_STYLE}</style>"
    yield f'<rect class="paper" width="{WIDE}" height="{high}" rx="10"/>'
    yield f'<text class="title" x="{MARGIN}" y="34">{text(title)}</text>'
    yield soft(f"days of {stage.days.zone.name}", RIGHT, 34, "end")
    yield from _days(stage)
    for placed in stage.placed:
        yield from _lane(stage, placed, names)
    yield from _noticed(stage)
    for x, row, kind, says in legend:
        y = foot + ROW * (row + 1) - 5
        yield f'<g class="{kind}">{_sign(kind, x, y)}</g>'
        yield soft(says, x + ICON, y)
    yield "</svg>"


# -- days -------------------------------------------------------------------------------------


def _days(stage: Stage) -> Iterator[str]:
    """Days off shaded, a line where each day begins, and their names above."""
    days, top, high = stage.days, stage.top - 16, stage.bottom - stage.top + 22
    for first, last, name in days.rests:
        left, right = days.span(first, last)
        yield _rect("feast" if name else "off", left, top, right - left, high)
    if days.width >= 6:
        lines = "".join(f"M{n(days.span(d, d)[0])} {n(top)}v{n(high)}" for d in days.range)
        yield f'<path class="grid" d="{lines}"/>'
    for x, month in days.months:
        yield f'<text class="mark" x="{n(x)}" y="58">{month}</text>'
    for x, day, words in days.labels:
        kind = "soft makeup" if day in days.make_ups else "soft"
        yield f'<text class="{kind}" x="{n(x)}" y="75">{words}</text>'
    for x, name in days.feasts:
        yield f'<text class="soft feast" x="{n(x)}" y="91">{text(name)}</text>'


# -- a lane -----------------------------------------------------------------------------------


def _lane(stage: Stage, placed: Placed, names: Mapping[str, str]) -> Iterator[str]:
    lane = placed.lane
    yield _heading(placed.top, *_called(lane, names))
    for bar in placed.bars:
        yield _bar(stage, placed, bar)
    for since, to in lane.overdue:
        left, right = stage.x(since), stage.x(stage.until if to is None else to)
        yield _rect("late", left, placed.bar_top + BAR - 4, right - left, 4)
    for row, label in placed.below:
        x, y = stage.x(label.at), placed.bar_top + BAR + ROW * row
        yield f'<path class="stem" d="M{n(x)} {n(placed.bar_top + BAR)}V{n(y)}"/>'
        yield _words(label, x + INDENT, y)
    for row, mark, label in placed.above:
        yield _mark(stage, placed, row, mark, label)
    for row, wait, label in placed.waits:
        y = placed.wait_top + ROW * (row + 1)
        yield f'<g class="wait timer {wait.how}">{"".join(_wait(stage, wait, label, y))}</g>'


def _heading(top: float, name: str, rest: str) -> str:
    remark = f'<tspan class="soft" dx="10">{text(rest)}</tspan>'
    return f'<text class="name" x="{MARGIN}" y="{n(top + 12)}">{text(name)}{remark}</text>'


def _bar(stage: Stage, placed: Placed, bar: Bar) -> str:
    (left, right), y = stage.bar(bar), placed.bar_top
    words = ""
    if stage.fits(bar):
        middle = f'x="{n((left + right) / 2)}" y="{n(y + 16)}" text-anchor="middle"'
        words = f'<text class="mark" {middle}>{text(short(bar.state))}</text>'
    kind = "state active" if bar.end is None else "state"
    return f'<g class="{kind}">{_rect("", left, y, right - left, BAR, 4)}{words}</g>'


def _mark(stage: Stage, placed: Placed, row: int, mark: Mark, label: Label) -> str:
    """A label on a line that leads down to the bar, with its reason for whoever points at it."""
    x, foot = stage.x(mark.at), placed.bar_top
    y = foot - ROW * row + 9
    why = f"<title>{text(mark.reason)}</title>" if mark.reason else ""
    return (
        f'<g class="mark {mark.kind}">{why}<path class="stem" d="M{n(x)} {n(foot)}V{n(y - 9)}"/>'
        f'<circle class="foot" cx="{n(x)}" cy="{n(foot)}" r="{FOOT}"/>'
        f"{_words(label, x + INDENT, y)}</g>"
    )


def _words(label: Label, x: float, y: float) -> str:
    drawn = icon(label.kind, x, y) if label.kind in ICONS else ""
    x += ICON if drawn else 0
    remark = f'<tspan class="soft" dx="8">{text(label.remark)}</tspan>' if label.remark else ""
    return f'{drawn}<text class="mark" x="{n(x)}" y="{n(y)}">{text(label.name)}{remark}</text>'


def _wait(stage: Stage, wait: Wait, label: Label, y: float) -> Iterator[str]:
    """A timer: solid while it runs, hatched while it stands still, dotted for what is to come."""
    line, end = y - 4, stage.bar_end(wait, label)
    at, now = wait.armed, stage.until if wait.ended is None else wait.ended
    for since, to in wait.frozen:
        yield _run(stage.x(at), stage.x(since), line)
        at = now if to is None else to
        yield _hatched(stage.x(since), stage.x(at), line)
    if wait.due is not None:
        yield _run(stage.x(at), min(stage.x(now), end), line)
        yield _run(max(stage.x(now), stage.x(at)), end, line, " to_come")
    for was in wait.was:
        yield _tip("was", stage.x(was), line)
    if stage.is_far(wait):
        yield f'<path class="tip fired" d="M{n(end)} {n(line)}l-7 -4v8Z"/>'
    elif wait.due is not None:
        yield _tip(wait.how, end, line)
    yield _words(label, end + INDENT + TIP, y)


def _tip(kind: str, x: float, y: float) -> str:
    return f'<circle class="tip {kind}" cx="{n(x)}" cy="{n(y)}" r="4"/>'


def _run(left: float, right: float, y: float, kind: str = "") -> str:
    if right <= left:
        return ""
    return f'<path class="run{kind}" d="M{n(left)} {n(y)}H{n(right)}"/>'


def _hatched(left: float, right: float, y: float) -> str:
    """A box with slanting lines in it."""
    lines = "".join(f"M{x + 0.5} {n(y + 4)}l8 -8" for x in range(int(left), int(right - 7), 5))
    box = _rect("", left, y - 4, right - left, 8)
    return f'<g class="frozen">{box}<path class="hatch" d="{lines or "M0 0"}"/></g>'


def _noticed(stage: Stage) -> Iterator[str]:
    """What a process found when it woke: from where each timer was due to where it was seen."""
    if not stage.late_rows:
        return
    yield _heading(stage.late_top, "noticed later", "each timer had acted where it was due")
    for row, late, label in stage.late_rows:
        left, right = stage.x(late.due), stage.x(late.noticed)
        y = stage.late_top + HEADING + ROW * (row + 1) - 6
        yield f'<g class="wait timer">{_run(left, right, y - 4, " to_come")}'
        yield _tip("fired", left, y - 4)
        yield f'<path class="tip" d="M{n(right)} {n(y - 9)}v10"/>'
        yield f"{_words(label, right + INDENT + TIP, y)}</g>"


# -- words ------------------------------------------------------------------------------------


def _called(lane: Lane, names: Mapping[str, str]) -> tuple[str, str]:
    """How a lane is headed: the case, and what it is."""
    if not lane.case:
        return lane.docket, "no case came of it"
    if not lane.workflow:
        return lane.case, f"no case of {lane.docket} came of it"
    if lane.case.startswith(f"{lane.docket}.") and lane.case not in names:
        return lane.workflow, f"of {lane.docket}"  # it was opened by a message
    return names.get(lane.case, lane.case), f"{lane.workflow} of {lane.docket}"


def _told(stage: Stage, names: Mapping[str, str]) -> Iterator[str]:
    """The same story in sentences, for whoever does not see it."""
    for lane in stage.lanes:
        yield f"{', '.join(_called(lane, names))}:"
        yield (
            "; ".join(f"{bar.state} from {stage.days.when(bar.start)}" for bar in lane.bars()) + "."
        )
        for mark in lane.marks:
            if mark.reason:
                yield f"Refused: {mark.name}, {stage.days.when(mark.at)}: {mark.reason}."
        for wait in lane.waits:
            due = "stands still" if wait.due is None else f"due {stage.days.ended(wait.due)}"
            yield f"Timer {wait.name}: {due}, {wait.how}."
    for late in stage.late:
        due, noticed = stage.days.ended(late.due), stage.days.when(late.noticed)
        yield f"{late.name} acted {due}, noticed {noticed}."


def _legend(stage: Stage) -> list[tuple[float, int, str, str]]:
    """What the signs mean, those that occur: where (x, row), which, and how it is said."""
    seen = {mark.kind for lane in stage.lanes for mark in lane.marks}
    seen |= {"hatch" for lane in stage.lanes for wait in lane.waits if wait.frozen}
    seen |= {"overdue" for lane in stage.lanes if lane.overdue}
    seen |= {"feast" if name else "off" for _, _, name in stage.days.rests}
    seen |= {"makeup" for _, day, _ in stage.days.labels if day in stage.days.make_ups}
    seen |= {wait.how for lane in stage.lanes for wait in lane.waits}
    x, row, found = float(MARGIN), 0, []
    for kind, says in LEGEND.items():
        if kind in seen:
            room = ICON + width(says, SMALL)
            if x + room > RIGHT:
                x, row = float(MARGIN), row + 1
            found.append((x, row, kind, says))
            x += room + 22
    return found


def _sign(kind: str, x: float, y: float) -> str:
    """The sign itself, 12 pixels wide, before a text whose baseline is `y`."""
    if kind in ICONS:
        return icon(kind, x, y)
    if kind in ("fired", "cancelled", "pending"):
        return _tip(kind, x + 6, y - 4)
    if kind == "hatch":
        return _hatched(x, x + 13, y - 4)
    if kind == "makeup":
        return f'<text class="soft makeup" x="{n(x)}" y="{n(y)}">28</text>'
    return _rect({"overdue": "late"}.get(kind, kind), x, y - 9, 12, 11)


def _rect(kind: str, x: float, y: float, wide: float, high: float, round_: int = 0) -> str:
    look = (f' class="{kind}"' if kind else "") + (f' rx="{round_}"' if round_ else "")
    return f'<rect{look} x="{n(x)}" y="{n(y)}" width="{n(wide)}" height="{n(high)}"/>'
