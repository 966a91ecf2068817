"""One round: chaos on an empty file, or each death of a kind in turn; then quiet, and the checks."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.doors.house import FILING, parts
from tests.kills import checks
from tests.kills.child import Place
from tests.kills.field import Field
from tests.kills.hasty import DAYS_A_SECOND, hasty
from tests.kills.inputs import opening
from tests.kills.ledger import Ledger
from tests.kills.quiet import sends, settle, survivor
from tests.kills.slots import (
    Announcing,
    ByApi,
    ByCommand,
    Command,
    Overtaking,
    Replays,
    Senders,
    Slot,
)

KINDS = ("API", "advance", "calendar", "daemon", "inject", "open", "replay")
EDITIONS = 8  # in a round, about
MOST_POINTS, MOST_COMMITS = 120, 12  # of one walk: a daemon never comes to an end by itself


@dataclass
class Tally:
    """What one round, or several, came to."""

    started: Counter[str] = field(default_factory=Counter)
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    acknowledged: int = 0
    repeated: int = 0
    away: int = 0
    not_now: int = 0
    pauses: int = 0
    entries: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.started += other.started
        self.kills += other.kills
        self.acknowledged += other.acknowledged
        self.repeated += other.repeated
        self.away += other.away
        self.not_now += other.not_now
        self.pauses += other.pauses
        self.entries += other.entries
        self.faults += other.faults


def chaos(folder: Path, seed: object, seconds: float, planted: str | None = None) -> Tally:
    """Everybody at once on one file, killed at random and at points, for so many seconds."""
    place, ledger = _ground(folder, planted)
    replays = Replays(seed, folder, ledger)
    slots: list[Slot] = [
        ByApi("api-1", seed, ledger),
        ByApi("api-2", seed, ledger),
        ByCommand("command", seed, ledger),
        Command("daemon-1", "daemon", "--accept-clock"),
        Command("daemon-2", "daemon", "--accept-clock"),
        Command("advance", "advance"),
        replays,
        Overtaking(replays),
        Announcing(seed, folder, seconds / EDITIONS),
    ]
    Field(place, ledger, slots, seed).runs(seconds, KINDS)
    return _judged(place, ledger, slots)


def walk(
    folder: Path,
    kinds: Iterable[str],
    *,
    planted: str | None = None,
    commits_alone: bool = False,
    most: int | None = None,
    days_a_second: float = DAYS_A_SECOND,
) -> Tally:
    """One process after the other: each kind dies at each of its points in turn."""
    place, ledger = _ground(folder, planted, days_a_second)
    known: dict[str, Slot] = {
        "api": ByApi("api-1", "walk", ledger, most=4),
        "command": ByCommand("command", "walk", ledger),
        "daemon": Command("daemon", "daemon", "--accept-clock"),
        "advance": Command("advance", "advance"),
        "replay": Replays("walk", folder, ledger, lines=8, always_anew=True),
        "calendar": Announcing("walk", folder, 0.0),
    }
    slots, calm = [known[kind] for kind in kinds], Senders("calm", "walk", ledger)
    field = Field(place, ledger, slots, "walk")
    for slot in slots:
        before = partial(_gives_work, place, ledger, calm)
        deaths = most or (MOST_COMMITS if commits_alone else MOST_POINTS)
        field.walks(slot, before, deaths, commits_alone=commits_alone)
    return _judged(place, ledger, [*slots, calm])


def _gives_work(place: Place, ledger: Ledger, calm: Senders) -> None:
    """Something to deliver now and to fire later, sent in by a process that nobody kills."""
    for _ in range(2):
        name = f"calm-{len(ledger.given)}-{len(calm.waiting)}"  # of no docket that one died at
        calm.waiting.append(calm.keyed(opening("ip_complaint", name, name, FILING, assume=True)))
    with survivor(place, place.clock.now()) as orchestrator:
        sends(ledger, orchestrator, calm)


def _ground(
    folder: Path, planted: str | None, days_a_second: float = DAYS_A_SECOND
) -> tuple[Place, Ledger]:
    (folder / "err").mkdir(parents=True)
    parts()  # read before anything is forked, so that a process begins at once
    return Place(folder, hasty(days_a_second), planted), Ledger(folder)


def _judged(place: Place, ledger: Ledger, slots: list[Slot]) -> Tally:
    tally = Tally(ledger.started, ledger.kills)
    try:
        end = settle(place, ledger, slots)
        tally.faults = checks.faults(place, ledger, slots, end)
        tally.entries = checks.count_entries(place, end)
    except Exception:  # noqa: BLE001  what a broken database raises is a finding like another
        tally.faults = [*ledger.faults, f"no quiet: {traceback.format_exc()[-3000:]}"]
    ledger.close()
    tally.acknowledged, tally.repeated = len(ledger.answers), ledger.repeated
    tally.away, tally.not_now, tally.pauses = len(ledger.away), ledger.not_now, ledger.pauses
    return tally
