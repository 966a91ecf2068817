"""A docket lived again from its recorded inputs, and compared with what is stored (law 7).

Run through the pinned definitions its inputs must give the same entries, hash for hash, the same
cases and timers, the same ledgers and the same effects (I1, I5, I6, I8, I10, I12). A timer that
fired early, late or not at all shows here, whatever the chain says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from orchestrator.core.docket import Docket, Run, World
from orchestrator.core.instants import told_instant
from orchestrator.core.journal import Fault, canonical
from orchestrator.core.relive import Again, Unknown
from orchestrator.core.values import Case, Entry, Outgoing, Timer
from orchestrator.core.workflow import Workflow

__all__ = [
    "Again",
    "Odd",
    "Stored",
    "Unknown",
    "as_it_stood",
    "differences",
    "lived_again",
    "relived",
]


class Stored(NamedTuple):
    """What the tables say of one docket: everything, loaded whole."""

    docket: Docket
    entries: Sequence[Entry]
    outbox: Iterable[Outgoing]


class Odd(NamedTuple):
    """The first entry of a docket that does not follow from those before it."""

    agreed: int  # so many entries before it do
    found: Entry | None  # as it is stored
    wanted: Entry | None  # what the inputs come to there
    said: str | None  # what was wanted there, where no entry was looked at to say it

    def as_fault(self, docket: str) -> Fault:
        """The same in one sentence."""
        seq = next(entry.seq for entry in (self.found, self.wanted) if entry is not None)
        found = "no entry" if self.found is None else _told(self.found)
        wanted = self.said or (_told(self.wanted) if self.wanted else "no entry")
        return Fault(docket, seq, found, wanted)


def lived_again(stored: Stored, world: World, workflows: Mapping[str, Workflow]) -> Iterator[Fault]:
    """The first entry that does not follow, else every row that is not what the entries come to.

    workflows   by definition
    raises      Unknown: it has a case whose definition or rulebook is not known here
    """
    run, odd = relived(stored, world, workflows)
    if odd is not None:
        yield odd.as_fault(stored.docket.key)
    else:
        yield from differences(stored, run)


def relived(
    stored: Stored,
    world: World,
    workflows: Mapping[str, Workflow],
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Run, Odd | None]:
    """The docket as its inputs make it, up to the first entry that does not follow.

    progress   told how many entries agreed so far
    raises     Unknown: it has a case whose definition or rulebook is not known here
    """
    entries = stored.entries
    again = Again(stored.docket, entries, world, workflows)
    for n, entry in enumerate(entries):
        if n == len(again.entries):
            said = again.takes(n)
            if said is not None:
                return again, Odd(n, entry, again.awaited(), said)
        if n >= len(again.entries):
            return again, Odd(n, entry, None, "an entry that moves something")
        if again.entries[n] != entry:
            return again, Odd(n, entry, again.entries[n], None)
        progress(n + 1)
    if len(again.entries) > len(entries):
        return again, Odd(len(entries), None, again.entries[len(entries)], None)
    return again, None


def differences(stored: Stored, run: Run) -> Iterator[Fault]:
    """Every row of a docket that is not what its entries come to; they follow from each other."""
    yield from _rows(stored.docket, run)
    yield from _effects(stored.docket.key, stored.outbox, run)


def as_it_stood(
    docket: Docket,
    entries: Sequence[Entry],
    world: World,
    workflows: Mapping[str, Workflow],
    at: int,
    known: int | None = None,
) -> Run:
    """A docket at an instant that it has left behind, from all of its entries.

    known    only so many of its entries count: what had been written down by some moment
    raises   Unknown: it cannot be lived again here
    """
    again = Again(docket, entries, world, workflows)
    for n, entry in enumerate(entries[:known]):
        if entry.effective_at > at:
            break
        if n == len(again.entries):
            said = again.takes(n)
            if said is not None:
                raise Unknown(said)
    return again


def _rows(found: Docket, again: Run) -> Iterator[Fault]:
    """The docket, its cases and timers as they stand, to the last column (I1, I8, I12)."""
    if again.clock is not None and (found.clock is None or found.clock < again.clock):
        yield Fault(found.key, again.seq, f"clock {found.clock}", f"{again.clock} or later")
    if found.edition != again.edition:
        yield Fault(found.key, again.seq, f"edition {found.edition}", f"{again.edition}")
    for case in sorted({*found.cases, *again.cases}):
        here, wanted = found.cases.get(case), again.cases.get(case)
        seq = wanted.seq if wanted else here.seq if here else 0
        if here is None or wanted is None:
            yield Fault(found.key, seq, _there(here, case), _there(wanted, case))
            continue
        yield from _columns(found.key, seq, f"case {case}", here, wanted)
        timers, due = found.timers.get(case, {}), again.timers.get(case, {})
        for name in sorted({*timers, *due}):
            mine, theirs = timers.get(name), due.get(name)
            what = f"timer {name} of case {case}"
            if mine is None or theirs is None:
                yield Fault(found.key, seq, _there(mine, what), _there(theirs, what))
            else:
                yield from _columns(found.key, seq, what, mine, theirs)


def _columns(
    key: str, seq: int, what: str, found: Case | Timer, wanted: Case | Timer
) -> Iterator[Fault]:
    if found == wanted and isinstance(found, Timer):
        return
    for name, here, there in zip(found._fields, _texts(found), _texts(wanted), strict=True):
        if here != there:
            yield Fault(key, seq, f"{name} {here} of {what}", f"{name} {there}")


def _texts(row: Case | Timer) -> tuple[Any, ...]:
    """The columns of a row, data as its text: to Python 1 is true, to a reader of JSON it is not."""
    return tuple(canonical(value) if isinstance(value, dict) else value for value in row)


def _effects(key: str, outbox: Iterable[Outgoing], again: Run) -> Iterator[Fault]:
    """The outbox has what the entries wish, under their keys, and nothing else (I10)."""
    found = {(effect.seq, effect.n): effect for effect in outbox}
    wished = {(effect.seq, effect.n): effect for effect in again.outgoing}
    for seq, n in sorted({*found, *wished}):
        here, wanted = found.get((seq, n)), wished.get((seq, n))
        if here != wanted:
            yield Fault(key, seq, _effect(here, n), _effect(wanted, n))


def _effect(effect: Outgoing | None, n: int) -> str:
    if effect is None:
        return f"no effect {n}"
    return f"effect {n} {effect.name} of case {effect.case} {effect.content}"


def _there(row: object, what: str) -> str:
    return f"no row of {what}" if row is None else f"a row of {what}"


def _told(entry: Entry) -> str:
    moved = f" {entry.from_state} -> {entry.to_state}" if entry.to_state else ""
    about = f" of case {entry.case}" if entry.case else ""
    said = entry.content[:200]
    return f"{entry.kind} {entry.name}{about} at {told_instant(entry.effective_at)}{moved} {said}"
