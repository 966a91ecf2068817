"""Drawings as tests look at them: golden files, and what covers what on the paper."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from orchestrator.core.diagram.layout import SMALL, TEXT, width

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
Rect = tuple[float, float, float, float]


def unchanged(text: str, path: Path, test: str) -> None:
    """The text is what the committed file says; with RENEW_DRAWINGS it is written there first."""
    if os.environ.get("RENEW_DRAWINGS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text(encoding="utf-8"), (
        f"{path.relative_to(ROOT)} shows something else. If the change is wanted: "
        f"RENEW_DRAWINGS=1 python -m pytest {test}, then review the difference"
    )


def extents(root: ET.Element) -> Iterator[tuple[str, float, float, float, float]]:
    """Each text of an SVG, with the rectangle that it covers: left, top, right, bottom."""
    sizes = {"title": 15, "name": 14, "soft": SMALL}
    for text in root.iter(f"{SVG}text"):
        who = "".join(part.text for part in text)
        wide = width(text.text or "", sizes.get(text.get("class", "").partition(" ")[0], TEXT))
        wide += width(who, SMALL) + 8 if who else 0
        x, y = float(text.get("x")), float(text.get("y"))
        left = x - {"middle": wide / 2, "end": wide}.get(text.get("text-anchor", "start"), 0)
        if wide:
            yield (text.text or "") + who, left, y - 9, left + wide, y + 3


def segments(path: ET.Element) -> Iterator[Rect]:
    """The straight parts of a line, as thin rectangles."""
    if not path.get("class", "").startswith("line"):
        return
    x = y = 0.0
    for command, numbers in re.findall(r"([MHVQ])([-\d. ]+)", path.get("d")):
        *_, last = values = [float(number) for number in numbers.split()]
        ends = {"H": (last, y), "V": (x, last)}.get(command, tuple(values[-2:]))
        if command in "HV":
            yield min(x, ends[0]), min(y, ends[1]), max(x, ends[0]), max(y, ends[1])
        x, y = ends


def box(rect: ET.Element) -> Rect:
    x, y, wide, high = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + wide, y + high


def overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
