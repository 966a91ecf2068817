"""W7, replay: a log of the size and shape of the real one (`bench.seeds.fines`), then to its end.

Events are lines applied and timers fired. A tenth of the log shows that memory stays flat, and has
the floor beside it: the lines read, and the identical rows written in the same transactions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.contestants import ROOT, Contestant, Figures, House
from bench.goals import FLOOR, Goal, Work

WHOLE, TENTH = "W7 replay", "W7 replay of a tenth"
CONFIG = ROOT / "examples" / "fines" / "config"


class Sizes(NamedTuple):
    fines: int


def contestants(house: House, sizes: Sizes) -> Iterator[Contestant]:
    tenth = sizes.fines // 10
    yield Contestant(TENTH, "ours", lambda: ours(house, tenth))
    yield Contestant(TENTH, "floor", lambda: floor(house, tenth))
    yield Contestant(WHOLE, "ours", lambda: ours(house, sizes.fines))


def log(house: House, fines: int) -> Path:
    """The log of so many fines, made once."""
    path = house.folder / f"seed-fines-{fines}.jsonl"
    if not path.exists():
        house.run("bench.seeds.fines", path, "--fines", fines)
    return path


def ours(house: House, fines: int) -> Figures:
    lines, seeded = log(house, fines), house.seeded("empty", config=CONFIG)
    path = house.taken(seeded)
    figures = house.run("bench.ours.replay", path, lines)
    return figures | checked(house, seeded, path, lines, "--ours", "--config", CONFIG)


def floor(house: House, fines: int) -> Figures:
    lines, seeded = log(house, fines), house.seeded("empty", config=CONFIG)
    tape = lines.with_suffix(".tape")
    if not tape.exists():
        house.run("bench.ours.replay", house.taken(seeded), lines, "--tape", tape)
    path = house.taken(seeded)
    figures = house.run("bench.floors.replay", path, lines, tape)
    return figures | checked(house, seeded, path, lines)


def checked(house: House, seeded: Path, path: Path, lines: Path, *more: object) -> Figures:
    """Every penalty of the log came; that no line was refused is checked where it is replayed."""
    penalties = json.loads(lines.with_suffix(".json").read_text("utf-8"))["penalties"]
    wanted = ("--before", seeded, "--kind", "timer", "--count", penalties)
    return house.run("bench.check", path, *wanted, *more)


WORK = Work(
    "w7",
    "replay of a recorded log",
    (
        Goal(WHOLE, "per_s", "events/s", at_least=5_000),
        Goal(WHOLE, "rss_mb", "MB", at_most=300),
        Goal(WHOLE, "rss_mb", "MB", (TENTH, "ours")),
        Goal(TENTH, "per_s", "events/s", FLOOR),
    ),
    {"full": Sizes(150_370), "quick": Sizes(15_037), "tiny": Sizes(400)},
    contestants,
)
