"""Ours: the engine as a user has it, cold, until nothing is due. `python -m bench.ours.herd DATABASE`."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

from bench.machine import report
from bench.seeds.clones import CONFIG
from bench.seeds.herd import DUE
from orchestrator.api import Orchestrator


def drain(path: Path) -> None:
    """The batch is a setting, so it comes by environment; `ready_s` is the start before the herd."""
    began = perf_counter()
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}") as world:
        ready = perf_counter()
        done = world.advance(DUE)
        finished = perf_counter()
    report(done.firings, finished - ready, ready_s=ready - began)


if __name__ == "__main__":
    drain(Path(sys.argv[1]))
