"""The values that the core takes and gives. Named tuples: frozen, slotted, and cheap to make.

All instants are whole microseconds UTC, all days are local ordinals (see `instants`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from orchestrator.core.spans import Pause, Span

Facts = Mapping[str, Any]

SYSTEM = "system"  # the role of timers and messages


class Case(NamedTuple):
    """One complaint, registration, fine …: where it stands, and what is known about it."""

    id: str
    docket: str
    workflow: str
    definition: str  # name@version:fingerprint, pinned
    rulebook: str  # name@version:hash, pinned for life
    state: str
    overdue: bool
    data: Facts
    seq: int  # of its last entry
    opened_at: int
    closed_at: int | None
    since: int  # the instant at which the present state was entered
    moved_by: str | None  # the timer that led here, None when a person or a message did
    opened_seq: int  # of its first entry: the order of the docket's cases


class Timer(NamedTuple):
    """A durable deadline of a case. `due_at` is None while it is frozen."""

    docket: str
    case: str
    name: str
    priority: int  # at one instant the lower fires first
    due_at: int | None  # max(computed_at, the instant of arming): never in the past (law 2)
    computed_at: int | None
    span: Span | None  # None: a date of the case itself
    start_day: int  # the local day that is not counted
    start_at: int  # the instant from which hours run
    pauses: tuple[Pause, ...]
    edition: int  # the calendar edition it was computed under
    provisional: bool
    armed_seq: int  # the entry that armed it, and its place there: the arming order
    armed_n: int
    chain: int  # how many causes of this very instant led to its arming (law 3)


class Event(NamedTuple):
    """What a person, a system or another case says to a case."""

    name: str
    by: str
    facts: Any  # the validated model of the event's facts, or None
    given: Facts  # the same as plain JSON values, for the journal


class Effect(NamedTuple):
    """A wish that leaves through the outbox: `notify:<role>:<template>` or `command:<name>`."""

    name: str
    content: Facts

    @property
    def is_command(self) -> bool:
        return self.name.startswith("command:")


class Message(NamedTuple):
    """A word from one case to another of its docket, handled at the same instant."""

    to: str  # the id of a case
    name: str
    facts: Facts
    to_the_one: bool = False  # `to` is a workflow: the docket's one case of it, opened if need be


class Entry(NamedTuple):
    """One line of a docket's journal. `content` is canonical JSON text: what was hashed."""

    docket: str
    seq: int
    case: str | None
    effective_at: int
    kind: str  # opened, event, timer, message, refused, calendar_changed, migrated
    name: str
    by: str
    from_state: str | None
    to_state: str | None
    content: str
    hash: str


class Outgoing(NamedTuple):
    """An effect with its key (docket, seq, n): `seq` is the entry of its cause."""

    docket: str
    seq: int
    n: int
    case: str
    name: str
    content: str
    at: int


class Refusal(NamedTuple):
    """An answer to a person: a code for doors, a sentence with its values for people."""

    code: str  # unknown_event, timer, message, role, state, rule
    reason: str
    rule: str | None = None  # the guard that refused


class Missing(Exception):
    """A view lacks cases: load them, and run the docket again from the start."""

    def __init__(self, *queries: Query) -> None:
        self.queries = queries
        super().__init__(*queries)


class Query(NamedTuple):
    """What a view lacks: one case by id, all cases of a workflow, or (`timers`) all that may move."""

    docket: str
    kind: str  # "case", "workflow", "timers"
    name: str = ""


class ChainTooLong(Exception):
    """More than MAX_CHAIN causes led to each other at one instant (law 3): an incident."""
