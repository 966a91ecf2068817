"""The field: starts the processes, listens to them, kills them at their moment, starts them again."""

from __future__ import annotations

import json
import os
import selectors
import signal
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import inf
from random import Random
from time import monotonic

from orchestrator.engine.tries import MOST_DEATHS
from tests.kills.child import Child, Job, Place, begin
from tests.kills.hasty import LEASE_S
from tests.kills.ledger import Ledger
from tests.kills.points import AT_RANDOM, Kill
from tests.kills.slots import Ended, Slot

LONGEST_S = 4.0  # of one process that was to die at a point and does not come there
STRIDES = {"API": 7, "daemon": 6, "advance": 5, "replay": 6}  # points between two lives
STARTUP_S = 0.2
PAUSE_S = LEASE_S + 0.1


@dataclass
class Life:
    """A process that runs, and what it said so far."""

    slot: Slot
    kind: str
    kill: Kill
    child: Child
    dies_at: float
    stops_at: float = inf
    wakes_at: float = inf
    out: bytearray = field(default_factory=bytearray)
    killed: bool = False

    def moment(self) -> float:
        """When something has to be done to it."""
        return min(self.dies_at, self.stops_at, self.wakes_at)


class Deaths:
    """Which death is next for a kind of process: the points one after the other, or at random."""

    def __init__(self, seed: object) -> None:
        self._seed = seed
        self._dice: dict[str, Random] = {}
        self._points: dict[tuple[str, bool], int] = {}

    def next(self, name: str, kind: str) -> Kill:
        dice = self._dice.setdefault(name, Random(f"{self._seed} deaths {name}"))
        chance = dice.random()
        if chance < 0.1 and kind != "daemon":  # which has no end of its own
            return Kill()
        if chance < 0.35:
            after = dice.uniform(0.0, 1.2 if kind == "daemon" else 3 * STARTUP_S)
            return Kill(after_s=after, pauses=dice.random() < 0.25)
        commits_alone = chance < 0.6
        point = self._points.setdefault((kind, commits_alone), dice.randrange(1, 4))
        return Kill(point, commits_alone=commits_alone)

    def came(self, kind: str, kill: Kill, *, died: bool) -> None:
        """It died at its point: the next dies later. It lived through: then it begins anew."""
        stride = 1 if kill.commits_alone else STRIDES.get(kind, 2)
        at = self._points.get((kind, kill.commits_alone), 1)
        self._points[kind, kill.commits_alone] = at + stride if died else 1 + at % stride


class Field:
    """Many slots beside each other on one file."""

    def __init__(self, place: Place, ledger: Ledger, slots: Sequence[Slot], seed: object) -> None:
        self._place, self._ledger, self._slots = place, ledger, slots
        self._deaths = Deaths(seed)
        self._selector = selectors.DefaultSelector()
        self._free: dict[str, float] = {slot.name: 0.0 for slot in slots}  # slot → not before
        self._count = 0

    def runs(self, seconds: float, kinds: Collection[str]) -> None:
        """Until the time is over and each kind was killed; then whoever still lives is killed.

        A slow machine gets up to three times the time before a kind is left out.
        """
        end, last = monotonic() + seconds, monotonic() + 3 * seconds
        while (now := monotonic()) < last and (now < end or self._misses(kinds)):
            for slot in self._slots:
                if self._free.get(slot.name, inf) <= now:
                    job = slot.next()
                    self._begins(slot, job, self._deaths.next(slot.name, job.kind))
            self._waits([max(end, now + STARTUP_S), *self._free.values()])
        for life in self._lives():
            life.dies_at = now
        while self._lives():
            self._waits([])

    def _misses(self, kinds: Collection[str]) -> bool:
        return bool(set(kinds) - {kind for kind, _ in self._ledger.kills})

    def walks(
        self, slot: Slot, before: Callable[[], None], most: int, *, commits_alone: bool = False
    ) -> None:
        """One process after the other, each dies a point later than the last, until one lives."""
        for point in range(1, most + 1):
            before()
            self._begins(slot, slot.next(), Kill(point, commits_alone=commits_alone))
            while self._lives():
                self._waits([])
            if self._lived:
                return

    def _begins(self, slot: Slot, job: Job, kill: Kill) -> None:
        self._free.pop(slot.name, None)
        self._count += 1
        child = begin(self._place, job, kill, f"{slot.name}-{self._count}")
        after = LONGEST_S if kill.after_s is None else kill.after_s
        life = Life(slot, job.kind, kill, child, monotonic() + after)
        if kill.pauses:
            life.stops_at, life.dies_at = monotonic() + after / 2, life.dies_at + PAUSE_S
        self._ledger.started[job.kind] += 1
        self._selector.register(child.out, selectors.EVENT_READ, life)

    def _lives(self) -> list[Life]:
        return [key.data for key in self._selector.get_map().values()]

    def _waits(self, moments: list[float]) -> None:
        """Until somebody says something, or has to die, or one of these moments has come."""
        until = min([*moments, *(life.moment() for life in self._lives())])
        for key, _ in self._selector.select(max(0.0, until - monotonic())):
            life: Life = key.data
            said = os.read(life.child.out, 1 << 16)
            life.out += said
            if not said:
                self._selector.unregister(life.child.out)
                os.close(life.child.out)
                self._buries(life)
        self._does(monotonic())

    def _does(self, now: float) -> None:
        """Stops, wakes and kills whose moment has come."""
        for life in self._lives():
            if life.stops_at <= now:
                os.kill(life.child.pid, signal.SIGSTOP)
                life.stops_at, life.wakes_at = inf, now + PAUSE_S
                self._ledger.pauses += 1
            if life.wakes_at <= now:
                os.kill(life.child.pid, signal.SIGCONT)
                life.wakes_at = inf
            if life.dies_at <= now and not self._spared(life):
                os.kill(life.child.pid, signal.SIGKILL)
                life.killed, life.dies_at = True, now + LONGEST_S

    def _spared(self, life: Life) -> bool:
        """The third death at one docket makes an incident, by design: it is put off."""
        if life.kind not in ("advance", "daemon"):
            return False
        url = f"file:{self._place.folder / 'kills.db'}?mode=ro"
        try:
            with closing(sqlite3.connect(url, uri=True, timeout=0)) as look:
                ((deaths,),) = look.execute("SELECT coalesce(max(deaths), 0) FROM tries")
        except sqlite3.Error:
            deaths = 0  # there is no table yet
        if deaths >= MOST_DEATHS - 1:
            life.dies_at = monotonic() + STARTUP_S
            return True
        return False

    def _buries(self, life: Life) -> None:
        _, status = os.waitpid(life.child.pid, 0)
        err = life.child.err.read_text("utf-8")
        life.child.err.unlink()
        code = None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)
        self._lived = code is not None
        if code is None:
            where = AT_RANDOM if life.killed else _place_of_death(err)
            self._ledger.kills[life.kind, where] += 1
        if life.kill.point is not None:
            self._deaths.came(life.kind, life.kill, died=code is None and not life.killed)
        self._ledger.faults += [f"{life.kind}: {said}" for said in complaints(life.kind, code, err)]
        life.slot.ended(Ended(code, life.out.decode("utf-8", "replace"), err))
        self._free[life.slot.name] = monotonic() + life.slot.pause_s


def _place_of_death(err: str) -> str:
    last = err.splitlines()[-1]
    return str(json.loads(last)["died"])


GIVES_WAY = ("another process replays it too", "belongs to the unfinished replay of")


def complaints(kind: str, code: int | None, err: str) -> list[str]:
    """What a process must never end with or say."""
    said = " ".join(err.split())
    may_be = {None, 0}
    if kind in ("open", "inject"):
        may_be |= {3, 4, *([5] if "is being replayed" in said else [])}
    if kind == "replay" and any(words in said for words in GIVES_WAY):
        may_be.add(4)
    if code in may_be and '"level": "error"' not in said and "Traceback" not in said:
        return []
    return [f"ended with {code}: {err[-3000:]}"]
