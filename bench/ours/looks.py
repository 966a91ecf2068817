"""Ours: forecasts and previews of live cases. `python -m bench.ours.looks HERD --n N`.

The clock stands a day before the herd's windows end; every complaint is asked about once.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from bench.machine import percentiles
from bench.seeds.clones import CONFIG, shop
from bench.seeds.herd import DUE
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant

DAY_US = 86_400_000_000


def looks(path: Path, n: int) -> dict[str, float]:
    clock = VirtualClock(parse_instant(DUE) - DAY_US)
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=clock) as world:
        cases = [world.cases(docket=shop(i), limit=1)[0]["case"] for i in range(2)]
        ending = cases[0].removeprefix(shop(0))
        assert cases[1] == shop(1) + ending, cases

        def forecast(case: str) -> None:
            told = world.forecast(case)
            assert told["end"]["state"] == "final_upheld", told["end"]

        def preview(case: str) -> None:
            asked = world.preview(case, "appeal", by="respondent", facts={"grounds": "a licence"})
            assert asked.state == "awaiting_complainant", asked.reason

        ids = [shop(i) + ending for i in range(n)]
        found = {"forecast": timed(forecast, ids), "preview": timed(preview, ids)}
    return {f"{what}_{name}": ms for what, told in found.items() for name, ms in told.items()}


def timed(look: Callable[[str], None], cases: list[str]) -> dict[str, float]:
    took = []
    for case in cases:
        began = perf_counter()
        look(case)
        took.append(perf_counter() - began)
    return percentiles(took, 50, 95)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=500)
    given = parser.parse_args()
    print(json.dumps(looks(given.path, given.n)))
