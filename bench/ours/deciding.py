"""Ours: deciding in memory. `python -m bench.ours.deciding WHAT --n N`.

way     `Book.decide` of `appeal`: no guard; an effect and a message follow
guards  `Book.decide` of `uphold`: a guard and a fold, and its wishes look at the standing
step    all that `appeal` causes: the decision, the message and the standing that hears it,
        timers, canonical entries and their chain, effects; as it goes to be saved
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from bench.machine import report
from bench.seeds.clones import CONFIG
from bench.seeds.events import AT, STORY, case, seed
from orchestrator import inputs
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.docket import Docket, Run, World
from orchestrator.core.instants import parse_instant
from orchestrator.core.values import Event, Refusal
from orchestrator.db.store import Wanted


class Ground(NamedTuple):
    """A docket just before an event, as it was loaded, and the event."""

    docket: Docket
    world: World
    case: str
    event: Event
    at: int


def before(name: str) -> Ground:
    """The engine takes a complaint as far as the event; then everything is held in memory."""
    docket = "shop-00000000"
    complaint = case(docket, 0)
    names = [act[0] for act in STORY]
    folder = Path(tempfile.mkdtemp(prefix="bench-w5-"))
    try:
        seed(folder / "w5.db", 1, 1, 0, None)
        clock = VirtualClock(parse_instant(AT))
        url = f"sqlite:///{folder / 'w5.db'}"
        with Orchestrator.from_config(CONFIG, database=url, clock=clock) as world:
            for earlier, by, facts in STORY[: names.index(name)]:
                assert not world.inject(complaint, earlier, by=by, facts=facts).refused
            _, by, facts = STORY[names.index(name)]
            given = world.engine.input_for_case(complaint, name, by, facts)
            event = inputs.event_of(given, world.registry.workflow(given.workflow))
            with world.store.read() as tx:
                loaded = tx.load({docket: Wanted(everything=True)}, clock.now())
                return Ground(loaded[docket], world.engine.world(tx), complaint, event, clock.now())
    finally:
        shutil.rmtree(folder)


def decide(ground: Ground) -> Callable[[], object]:
    """The decision alone."""
    run = Run(ground.docket, ground.world)
    found = run.cases[ground.case]
    book = ground.world.books[found.definition, found.rulebook]
    view = run.view(found, ground.at)
    assert not isinstance(book.decide(found, ground.event, view), Refusal)
    return lambda: book.decide(found, ground.event, view)


def step(ground: Ground) -> Callable[[], object]:
    """All that the event causes, from the docket as it was loaded."""

    def handle() -> Run:
        run = Run(ground.docket, ground.world)
        run.to(ground.at, acting=True)
        assert run.handle(ground.case, ground.event, ground.at).refusal is None
        return run

    assert handle().entries
    return handle


WHATS: dict[str, Callable[[], Callable[[], object]]] = {
    "way": lambda: decide(before("appeal")),
    "guards": lambda: decide(before("uphold")),
    "step": lambda: step(before("appeal")),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WHATS)
    parser.add_argument("--n", type=int, default=50_000)
    given = parser.parse_args()
    one = WHATS[given.what]()
    for _ in range(given.n // 10):
        one()
    began = perf_counter()
    for _ in range(given.n):
        one()
    report(given.n, perf_counter() - began)
