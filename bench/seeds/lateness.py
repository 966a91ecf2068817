"""Restrictions that end one after the other, soon. `python -m bench.seeds.lateness DATABASE --rate 100`.

Each shop was restricted for 168 hours by a severe complaint, a week before its restriction ends;
the complaints are long final. The first ends `lead` seconds from now, so that whoever is measured
can start before it. Beside the database lie the same database after it was advanced to the end (all
who are measured must come to those rows), and the tape of that, for the floor.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import time_ns

from bench.seeds.clones import CONFIG, FILING, shop
from bench.tape import recorded
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import EPOCH
from orchestrator.replay import Replay

RESTRICTED_US = 168 * 3_600 * 1_000_000  # what the seed's rulebook says of the first severe one


def tape_of(path: Path) -> Path:
    """Where the writes of the firings are kept."""
    return path.with_suffix(".tape")


def end_of(path: Path) -> Path:
    """The database as it must be in the end."""
    return path.with_suffix(".end.db")


def seed(path: Path, rate: int, seconds: float, lead: float) -> int:
    """Gives the instant at which the first restriction ends."""
    base = time_ns() // 1_000 + int(lead * 1e6)
    dues = [base + n * 1_000_000 // rate for n in range(round(rate * seconds))]
    with opened(path, base) as world:
        done = Replay(world).run(lines(dues), base - 1)
        assert (done.refused, done.rejected) == (0, 0), done
    shutil.copyfile(path, end_of(path))
    with opened(end_of(path), dues[-1]) as world, recorded(world, tape_of(path)):
        assert world.advance().firings == len(dues), "one restriction a shop, and nothing else"
    assert time_ns() // 1_000 < base, "seeding took longer than the lead"
    return base


def opened(path: Path, at: int) -> Orchestrator:
    return Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=VirtualClock(at))


def lines(dues: list[int]) -> Iterator[str]:
    """A complaint to each shop, upheld at once."""
    for n, due in enumerate(dues):
        at = (EPOCH + timedelta(microseconds=due - RESTRICTED_US)).isoformat()
        place = {"at": at, "case": f"{shop(n)}-0", "docket": shop(n)}
        filed = {"open": "ip_complaint", "by": "complainant", "facts": FILING, "assume": True}
        upheld = {"event": "uphold", "by": "staff", "facts": {"lane": "severe"}}
        yield json.dumps({**place, **filed})
        yield json.dumps({**place, **upheld})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rate", type=int, default=100, help="a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--lead", type=float, default=10, help="seconds until the first one ends")
    given = parser.parse_args()
    print(json.dumps({"base": seed(given.path, given.rate, given.seconds, given.lead)}))
