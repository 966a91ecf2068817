"""Ours: events by the Python door, each acknowledged after its commit; injectors are threads.

python -m bench.ours.events DATABASE ACTS --injectors 8
python -m bench.ours.events DATABASE ACTS --tape FILE     (recorded for the floor, not measured)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bench.injectors import Send, closed_loop
from bench.machine import percentiles, report
from bench.seeds.clones import CONFIG
from bench.seeds.events import AT
from bench.tape import recorded
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant


def inject_all(path: Path, acts_path: Path, injectors: int, tape: Path | None) -> None:
    """Every act in its order."""
    acts = json.loads(acts_path.read_text("utf-8"))
    clock = VirtualClock(parse_instant(AT))
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=clock) as world:

        def prepare() -> Send:
            def send(n: int) -> None:
                _, case, event, by, facts = acts[n]
                answer = world.inject(case, event, by=by, facts=facts)
                assert not answer.refused, answer.reason

            return send

        with recorded(world, tape):
            seconds, latencies = closed_loop([act[0] for act in acts], injectors, prepare)
    report(len(acts), seconds, **percentiles(latencies, 50, 99))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("acts", type=Path)
    parser.add_argument("--injectors", type=int, default=1)
    parser.add_argument("--tape", type=Path)
    given = parser.parse_args()
    inject_all(given.path, given.acts, given.injectors, given.tape)
