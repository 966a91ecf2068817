"""The quiet after it: nobody is killed any more, and what was begun is brought to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from orchestrator.api import Orchestrator
from orchestrator.replay import FileSource, Replay
from tests.doors.house import CONFIG, quiet
from tests.kills.child import Place, handed_in
from tests.kills.hasty import LEASE_S
from tests.kills.ledger import Ledger
from tests.kills.slots import Announcing, Replays, Senders

STEP_US = 1_000


class Ticking:
    """A clock that goes on a little whenever it is asked, so that no two inputs share an instant."""

    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        self._at += STEP_US
        return self._at


@contextmanager
def survivor(place: Place, at: int) -> Iterator[Orchestrator]:
    """A process that nobody kills, from an instant on."""
    with quiet():
        url, clock = place.url, Ticking(at)
        with Orchestrator.from_config(CONFIG, database=url, clock=clock) as orchestrator:
            orchestrator.outbox._target._path = place.log  # type: ignore[attr-defined]
            yield orchestrator


def settle(place: Place, ledger: Ledger, slots: Iterable[object]) -> int:
    """Finish the replays, send again what nobody answered, let time pass; gives when that was."""
    leases_are_over = round(2 * LEASE_S * place.clock.rate * 1e6)
    with survivor(place, place.clock.now() + leases_are_over) as orchestrator:
        ends = {Replays: _finishes, Announcing: _announces, Senders: partial(sends, ledger)}
        for kind, end in ends.items():  # a docket of a replay takes no input before that is over
            for slot in slots:
                if isinstance(slot, kind):
                    end(orchestrator, slot)
        at = orchestrator.clock.now()
        orchestrator.advance(at)
        orchestrator.deliver()
        return at


def _finishes(orchestrator: Orchestrator, replays: Replays) -> None:
    for path, _ in replays.files:
        Replay(orchestrator).run(FileSource(path))


def _announces(orchestrator: Orchestrator, years: Announcing) -> None:
    if not years.announced:
        orchestrator.announce("cn", years.files[-1])


def sends(ledger: Ledger, orchestrator: Orchestrator, slot: Senders) -> None:
    """Until every input of this sender has its answer."""
    for given in slot.waiting:
        told = handed_in(orchestrator, given)
        if not ledger.hears(given, told):
            ledger.faults.append(f"{given['key']}: still {told}")
    slot.waiting = []
