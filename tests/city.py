"""The example of a city's service requests, as tests use it: its parts, read once, and a city in memory."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator.api import Orchestrator, read_shelf
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.db.library import Shelf
from orchestrator.registry import Registry, load
from tests.doors.house import ROOT

EXAMPLE = ROOT / "examples/service_requests"
CONFIG = EXAMPLE / "config"
ROME = ZoneInfo("Europe/Rome")


@cache
def its_registry() -> Registry:
    before = list(sys.path)
    try:
        return load(["service_requests"], beside=EXAMPLE)
    finally:
        sys.path[:] = before


@cache
def its_shelf() -> Shelf:
    return read_shelf(CONFIG, its_registry())


def a_city(when: str = "2025-12-31T00:00:00+01:00") -> Orchestrator:
    clock = VirtualClock(parse_instant(when))
    return Orchestrator.from_config(
        CONFIG, database="sqlite://", clock=clock, registry=its_registry()
    )


def journal(there: Orchestrator) -> list[dict[str, Any]]:
    entries = there.queries.journal()
    return [{k: v for k, v in entry.items() if k != "recorded_at"} for entry in entries]
