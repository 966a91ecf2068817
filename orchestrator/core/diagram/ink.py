"""What every drawing is written with: lengths, escaped texts, small icons. Strings out."""

from __future__ import annotations

import re
from html import escape

ICONS = {  # 12 by 12, the middle of the text at 6
    "timer": "M6 1a5 5 0 1 0 0.01 0ZM6 3.2V6L8 7.4",
    "message": "M0.7 2.2h10.6v7.6h-10.6ZM0.7 2.4L6 6.6L11.3 2.4",
    "frozen": "M6 0.8V11.2M1.5 3.4L10.5 8.6M1.5 8.6L10.5 3.4",
    "rest": "M6 6C4.6 4 3.6 3.6 2.8 3.6a2.4 2.4 0 0 0 0 4.8C3.6 8.4 4.6 8 6 6C7.4 4 8.4 3.6 "
    "9.2 3.6a2.4 2.4 0 0 1 0 4.8C8.4 8.4 7.4 8 6 6",
    "refused": "M2 2L10 10M10 2L2 10",
}
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def n(number: float) -> str:
    """A length to a tenth of a pixel, the same on every machine."""
    return f"{number:.1f}".removesuffix(".0")


def text(said: str) -> str:
    """Escaped; what XML cannot hold at all is shown as a replacement."""
    return escape(NO_XML.sub("\ufffd", said))


def soft(said: str, x: float, y: float, anchor: str = "start") -> str:
    """A small remark on the baseline `y`."""
    at = f'x="{n(x)}" y="{n(y)}" text-anchor="{anchor}"'
    return f'<text class="soft" {at}>{text(said)}</text>'


def icon(kind: str, x: float, y: float) -> str:
    """An icon before a text whose baseline is `y`."""
    at = f"translate({n(x)} {n(y - 10)})"
    return f'<path class="icon" transform="{at}" d="{ICONS[kind]}"/>'
