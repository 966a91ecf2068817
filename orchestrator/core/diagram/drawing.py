"""A definition as an SVG of our own: no script, no library, nothing fetched, the same every time.

`layout.Sheet` says where everything stands; here it is put into words. What a reader sees is told
apart by class alone (`node active`, `node taken`, `node final`, `mark timer`, …), never by a
`style=` attribute, so that a page with a strict policy needs to allow one known text: `STYLE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.core.diagram.ink import ICONS, icon, n, soft, text
from orchestrator.core.diagram.layout import (
    BOX,
    DIAMOND,
    HEAD,
    ICON,
    MARGIN,
    PAD,
    ROW,
    SMALL,
    TURN,
    Net,
    Sheet,
    width,
    width_of,
)
from orchestrator.core.diagram.outline import EVERY_STATE, Mark, Source, choices, opening
from orchestrator.core.diagram.palette import STYLE
from orchestrator.core.workflow import Choice, Workflow

LEGEND = {
    "timer": "time acts by itself",
    "message": "word from another case",
    "frozen": "stands still meanwhile",
}


def svg(workflow: Workflow, lit: str | None = None, taken: Iterable[str] = ()) -> str:
    """The drawing, with the state `lit` in colour and the states `taken` on the way there.

    raises   KeyError: there is no state `lit`
    """
    if lit is not None:
        workflow.state(lit)
    return "\n".join(_svg(Sheet(workflow), lit, frozenset(taken))) + "\n"


def _svg(sheet: Sheet, lit: str | None, taken: frozenset[str]) -> Iterator[str]:
    legend = _legend(sheet)
    needed = [x + ICON + width(says, SMALL) + MARGIN for x, _, says in legend]
    wide, high = n(max([sheet.width, *needed])), n(sheet.height)
    title = f"{sheet.workflow.name}, version {sheet.workflow.version}"
    label = f"{title}, now {lit}" if lit else title
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" width="{wide}" height="{high}"'
        f' viewBox="0 0 {wide} {high}" role="img" aria-label="{text(label)}">'
    )
    yield f"<title>{text(label)}</title>"
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="paper" width="{wide}" height="{high}" rx="10"/>'
    yield from _start(sheet)
    for box in range(len(sheet.column) - 1):
        yield from _to_next(sheet, box)
    for net in sheet.nets:
        yield from _cable(sheet, net)
    for choice in choices(sheet.workflow):
        yield from _branches(sheet, choice)
    for box, place in enumerate(sheet.column):
        yield from _box(sheet, box, _node(place, lit, taken))
    for end in sheet.ends:
        if isinstance(end, Choice):
            yield _choice(sheet, end)
        else:
            yield _end(sheet, end, _node(end, lit, taken))
    for x, kind, says in legend:
        yield f'<g class="{kind}">{icon(kind, x, sheet.height - MARGIN)}</g>'
        yield soft(says, x + ICON, sheet.height - MARGIN)
    yield "</svg>"


# -- arrows -----------------------------------------------------------------------------------


def _start(sheet: Sheet) -> Iterator[str]:
    """The dot where every case begins, and who begins it."""
    x, y = sheet.middle, MARGIN + 6
    yield f'<circle class="start" cx="{n(x)}" cy="{n(y)}" r="6"/>'
    yield from _down(x, y + 6, sheet.tops[0], (opening(sheet.workflow),))


def _to_next(sheet: Sheet, box: int) -> Iterator[str]:
    """From a state to the one below it, if anything leads there."""
    marks = sheet.to_next(box)
    if marks:
        bottom = sheet.tops[box] + sheet.heights[box]
        yield from _down(sheet.middle, bottom, sheet.tops[box + 1], marks)


def _down(x: float, top: float, tip: float, marks: tuple[Mark, ...]) -> Iterator[str]:
    kind = _kind(marks)
    yield from _lines([(kind, f"M{n(x)} {n(top)}V{n(tip - HEAD)}")])
    yield f'<path class="head{kind}" d="M{n(x)} {n(tip)}l-4.5 {-HEAD}h9Z"/>'
    yield from _marks(marks, x + 10, (top + tip - HEAD + ROW * len(marks)) / 2 - 5)


def _cable(sheet: Sheet, net: Net) -> Iterator[str]:
    """All that leads to one destination, from the boxes through one lane, and its labels."""
    leaving = [port for port in sheet.ports if port.net == net and port.marks]
    start, tip, hub = _run(sheet, net)
    lane = sheet.lane_x(net)
    yield from _lines(
        [
            (_kind(port.marks), _bent(start, sheet.rows[port], lane, hub, tip - HEAD))
            for port in leaving
        ]
    )
    yield _head(tip, hub, 1, _kind([mark for port in leaving for mark in port.marks]))
    for port in leaving:
        if sheet.column[port.box] is not None:  # what "every state" says stands inside it
            x = start + 10 if port.side == "right" else start - 10
            yield from _marks(port.marks, x, sheet.rows[port] - 5, port.side)


def _branches(sheet: Sheet, choice: Choice) -> Iterator[str]:
    """From a choice to each place that it may pick, up and down from its points."""
    x, y = sheet.end_x[choice], sheet.end_rows[choice]
    lines: dict[int, list[tuple[str, str]]] = {-1: [], 1: []}
    for tip, row, way in _picks(sheet, choice):
        down = 1 if row > y else -1
        turn = f"V{n(row - down * TURN)}Q{n(x)} {n(row)} {n(x + way * TURN)} {n(row)}"
        path = f"M{n(x)} {n(y + down * DIAMOND)}{turn}H{n(tip - way * HEAD)}"
        lines[way].append(("", path))
        yield _head(tip, row, way)
    yield from _lines(lines[-1])
    yield from _lines(lines[1], under=False)  # to an end they join what leads there


def _run(sheet: Sheet, net: Net) -> tuple[float, float, float]:
    """Where the lines to a destination start (x), and the tip of their arrow (x, y)."""
    end, right = net[1], sheet.box_x + sheet.box_width
    if end in sheet.column:
        (hub,) = (row for port, row in sheet.rows.items() if port.net == net and not port.marks)
        return sheet.box_x, sheet.box_x, hub
    left_point = sheet.end_x[end] - (DIAMOND if isinstance(end, Choice) else 0)
    return right, left_point, sheet.end_rows[end]


def _picks(sheet: Sheet, choice: Choice) -> list[tuple[float, float, int]]:
    """Where the branches of a choice arrive: x, y, and to the right (1) or the left (-1)."""
    right = sheet.box_x + sheet.box_width
    states = [(right, row, -1) for port, row in sheet.rows.items() if port.net == ("from", choice)]
    ends = [name for name in dict.fromkeys(choice.states) if name in sheet.end_x]
    return states + [(sheet.end_x[name], sheet.end_rows[name], 1) for name in ends]


def _bent(start: float, row: float, lane: float, hub: float, tip: float) -> str:
    """From a box along its row into the lane, and out of it to the tip."""
    if row == hub:
        return f"M{n(start)} {n(row)}H{n(tip)}"
    down = 1 if hub > row else -1
    out, turn = (1 if lane > start else -1), min(TURN, abs(hub - row) / 2)
    back = 1 if tip > lane else -1
    return (
        f"M{n(start)} {n(row)}H{n(lane - out * turn)}"
        f"Q{n(lane)} {n(row)} {n(lane)} {n(row + down * turn)}V{n(hub - down * turn)}"
        f"Q{n(lane)} {n(hub)} {n(lane + back * turn)} {n(hub)}H{n(tip)}"
    )


def _lines(lines: list[tuple[str, str]], *, under: bool = True) -> Iterator[str]:
    """Lines (kind, path) that go together; `under`: those they cross pass beneath them.

    Where lines of several kinds share a lane, a plain one lies on top.
    """
    lines = sorted(lines, key=lambda line: not line[0])
    if under:
        yield from (f'<path class="under" d="{path}"/>' for _, path in lines)
    yield from (f'<path class="line{kind}" d="{path}"/>' for kind, path in lines)


def _head(x: float, y: float, way: int, kind: str = "") -> str:
    """An arrowhead that points right, or left (-1), its tip at x, y."""
    return f'<path class="head{kind}" d="M{n(x)} {n(y)}l{-way * HEAD} -4.5v9Z"/>'


def _kind(marks: Iterable[Mark]) -> str:
    """ " timer" where time alone leads, " message" where only other cases do, else nothing."""
    kinds = {mark.kind for mark in marks}
    return f" {kinds.pop()}" if len(kinds) == 1 and "event" not in kinds else ""


# -- boxes and words --------------------------------------------------------------------------


def _node(place: Source, lit: str | None, taken: frozenset[str]) -> str:
    """What a state is, in the words of the style."""
    if place is None:
        return "node every"
    if place == lit:
        return "node active"
    return "node taken" if place in taken else "node"


def _box(sheet: Sheet, box: int, node: str) -> Iterator[str]:
    place, said, right = sheet.column[box], sheet.said[box], sheet.box_x + sheet.box_width
    y = sheet.text_top(box) + 23
    yield _open(node, place)
    yield _rect(sheet.box_x, sheet.tops[box], sheet.box_width, sheet.heights[box])
    yield _name(EVERY_STATE if place is None else place, sheet.middle, y)
    for number, remark in enumerate(said, start=1):
        yield from _marks((remark.mark,), sheet.box_x + PAD, y + 3 + ROW * number)
        yield soft(remark.says, right - PAD, y + 3 + ROW * number, "end")
    for port in sheet.ports if place is None else ():
        if port.box == box:
            last = sheet.rows[port] + ROW * len(port.marks) / 2 - 5
            yield from _marks(port.marks, sheet.box_x + PAD, last)
    yield "</g>"


def _end(sheet: Sheet, end: str, node: str) -> str:
    x, y, wide = sheet.end_x[end], sheet.end_rows[end], sheet.end_width
    outside = _rect(x, y - BOX / 2, wide, BOX)
    inside = _rect(x + 3.5, y - BOX / 2 + 3.5, wide - 7, BOX - 7, "ring")
    name = _name(end, x + wide / 2, y + 5)
    return f"{_open(f'{node} final', end)}{outside}{inside}{name}</g>"


def _choice(sheet: Sheet, choice: Choice) -> str:
    x, y, d = sheet.end_x[choice], sheet.end_rows[choice], DIAMOND
    diamond = f"M{n(x - d)} {n(y)}l{d} {-d}l{d} {d}l{-d} {d}Z"
    return f'<path class="choice" d="{diamond}"/>{soft(choice.pick.__name__, x + d + 6, y + 4)}'


def _legend(sheet: Sheet) -> list[tuple[float, str, str]]:
    """What the signs mean, those that occur: where, which, and how it is said."""
    seen = {remark.mark.kind for said in sheet.said for remark in said}
    seen |= {mark.kind for marks in sheet.links.values() for mark in marks}
    x, found = float(MARGIN), []
    for kind in (kind for kind in LEGEND if kind in seen):
        found.append((x, kind, LEGEND[kind]))
        x += ICON + width(LEGEND[kind], SMALL) + 24
    return found


def _marks(marks: tuple[Mark, ...], edge: float, last: float, side: str = "right") -> Iterator[str]:
    """Marks below each other at one side of an edge, the last on the baseline `last`."""
    for number, mark in enumerate(reversed(marks)):
        x, y = edge if side == "right" else edge - width_of(mark), last - ROW * number
        drawn = icon(mark.kind, x, y) if mark.kind in ICONS else ""
        indent = ICON if drawn else 0
        who = f'<tspan class="soft" dx="8">{text(mark.who)}</tspan>' if mark.who else ""
        words = f'<text x="{n(x + indent)}" y="{n(y)}">{text(mark.name)}{who}</text>'
        yield f'<g class="mark {mark.kind}">{drawn}{words}</g>'


def _open(node: str, place: Source) -> str:
    state = "" if place is None else f' data-state="{text(place)}"'
    return f'<g class="{node}"{state}>'


def _rect(x: float, y: float, wide: float, high: float, ring: str = "") -> str:
    look = f' class="{ring}" rx="5"' if ring else ' rx="8"'
    return f'<rect{look} x="{n(x)}" y="{n(y)}" width="{n(wide)}" height="{n(high)}"/>'


def _name(name: str, x: float, y: float) -> str:
    return f'<text class="name" x="{n(x)}" y="{n(y)}" text-anchor="middle">{text(name)}</text>'
