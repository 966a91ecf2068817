"""Events to come: complaints under review, and ten events for each of them.

    python -m bench.seeds.events DATABASE --cases 1000
    python -m bench.seeds.events DATABASE --cases 10000 --family 10000 --acts 1

Each docket holds `family` complaints under `marketplace-practice`, whose second appeal makes the
story ten events long. The acts lie beside the database: turn after turn, one event to each case.
Everything happens at one instant of a virtual clock, so the rows are the same however it goes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bench.seeds.clones import CONFIG, FILING, TEMPLATE, multiply, shop
from bench.seeds.herd import FILED, UPHELD
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.replay import Replay

AT = UPHELD
WANTED, MATERIALS = {"wanted": "a copy of the certificate"}, {"materials": "the certificate"}
GROUNDS, REASON = {"grounds": "we have a licence"}, {"reason": "the licence has ended"}
STORY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("request_supplement", "staff", WANTED),
    ("supplement", "complainant", MATERIALS),
    ("request_supplement", "staff", WANTED),
    ("supplement", "complainant", MATERIALS),
    ("uphold", "staff", {"lane": "general"}),
    ("appeal", "respondent", GROUNDS),
    ("respond", "complainant", {"statement": "the licence was for another shop"}),
    ("dismiss_appeal", "staff", REASON),
    ("second_appeal", "respondent", GROUNDS),
    ("dismiss_appeal", "staff", REASON),
)


def acts_of(path: Path) -> Path:
    """Where the events to come are kept."""
    return path.with_suffix(".acts.json")


def seed(path: Path, cases: int, family: int, acts: int, some: int | None) -> None:
    """So many complaints, `family` in each docket; `some` of them (else all) have acts to come."""
    filed = {"open": "ip_complaint", "docket": TEMPLATE, "by": "complainant", "facts": FILING}
    more = {"assume": True, "rulebook": "marketplace-practice", "at": FILED}
    lines = (json.dumps({**filed, **more, "case": case(TEMPLATE, n)}) for n in range(family))
    clock = VirtualClock(parse_instant(FILED))
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=clock) as world:
        done = Replay(world).run(lines)
        assert (done.applied, done.refused) == (family, 0), done
    multiply(path, cases // family)
    dockets = range(cases // family)
    places = [(docket, case(shop(docket), n)) for n in range(family) for docket in dockets]
    to_come = [(*place, *act) for act in STORY[:acts] for place in places[:some]]
    acts_of(path).write_text(json.dumps(to_come, ensure_ascii=False), "utf-8")


def case(docket: str, n: int) -> str:
    """The id of a docket's n-th complaint."""
    return f"{docket}-{n}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--family", type=int, default=1, help="complaints in one docket")
    parser.add_argument("--acts", type=int, default=len(STORY), help="events to each case")
    parser.add_argument("--some", type=int, help="so many cases have acts; else all")
    given = parser.parse_args()
    seed(given.path, given.cases, given.family, given.acts, given.some)
