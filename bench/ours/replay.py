"""Ours: a recorded history replayed, then advanced to its end. `python -m bench.ours.replay DATABASE LOG`.

An event is a line that was applied or a timer that fired (the log's penalties are our timers).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

from bench.machine import report
from bench.seeds.fines import EXAMPLE, UNTIL
from bench.tape import recorded
from orchestrator.api import Orchestrator
from orchestrator.core.instants import parse_instant
from orchestrator.replay import FileSource, Rejected, Replay

CONFIG = EXAMPLE / "config"


def replay(path: Path, log: Path, tape: Path | None) -> None:
    rejected: list[Rejected] = []
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}") as world:
        began = perf_counter()
        with recorded(world, tape):
            done = Replay(world, reject=rejected.append).run(FileSource(log), parse_instant(UNTIL))
        seconds = perf_counter() - began
    assert not rejected, rejected[0]
    assert done.refused == 0, f"{done.refused} of {done.lines} lines were refused by the rules"
    report(done.applied + done.firings, seconds, lines=done.lines, firings=done.firings)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--tape", type=Path)
    given = parser.parse_args()
    replay(given.path, given.log, given.tape)
