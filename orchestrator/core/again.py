"""A docket lived again from its recorded inputs, and compared with what is stored (law 7).

The journal holds everything that came from outside: openings, events, announcements, migrations,
and what another docket's cases showed. Run through the pinned definitions they must give the same
entries, hash for hash, the same cases and timers, the same ledgers and the same effects (I1, I5, I6,
I8, I10, I12). A timer that fired early, late or not at all shows here, whatever the chain says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from orchestrator.core.docket import Answered, Docket, Run, World
from orchestrator.core.journal import Fault
from orchestrator.core.values import SYSTEM, Case, Entry, Event, Missing, Outgoing, Timer
from orchestrator.core.workflow import Workflow


class Unknown(Exception):
    """A definition or rulebook that this process does not have: nothing can be said."""


class Stored(NamedTuple):
    """What the tables say of one docket: everything, loaded whole."""

    docket: Docket
    entries: Sequence[Entry]
    outbox: Iterable[Outgoing]


def lived_again(stored: Stored, world: World, workflows: Mapping[str, Workflow]) -> Iterator[Fault]:
    """The first entry that does not follow, else every row that is not what the entries come to.

    workflows   by definition
    raises      Unknown: it has a case whose definition or rulebook is not known here
    """
    key, entries = stored.docket.key, stored.entries
    again = Again(stored.docket, entries, world, workflows)
    for n, entry in enumerate(entries):
        if n == len(again.entries):
            said = again.takes(n)
            if said is not None:
                yield Fault(key, entry.seq, _told(entry), said)
                return
        if n >= len(again.entries):
            yield Fault(key, entry.seq, _told(entry), "an entry that moves something")
            return
        if again.entries[n] != entry:
            yield Fault(key, entry.seq, _told(entry), _told(again.entries[n]))
            return
    if len(again.entries) > len(entries):
        more = again.entries[len(entries)]
        yield Fault(key, more.seq, "no entry", _told(more))
        return
    yield from _rows(stored.docket, again)
    yield from _effects(key, stored.outbox, again)


def as_it_stood(
    docket: Docket,
    entries: Sequence[Entry],
    world: World,
    workflows: Mapping[str, Workflow],
    at: int,
) -> Run:
    """A docket at an instant that it has left behind, from all of its entries.

    raises   Unknown: it cannot be lived again here
    """
    again = Again(docket, entries, world, workflows)
    for n, entry in enumerate(entries):
        if entry.effective_at > at:
            break
        if n == len(again.entries):
            said = again.takes(n)
            if said is not None:
                raise Unknown(said)
    return again


class Again(Run):
    """A docket moved by its journal: each cause is one that an entry tells of.

    `rehearsal` moves one by the inputs of its journal alone, under another rulebook.
    """

    def __init__(
        self,
        docket: Docket,
        journal: Sequence[Entry],
        world: World,
        workflows: Mapping[str, Workflow],
    ) -> None:
        super().__init__(_born(docket, journal), world)
        self._journal = journal
        self._workflows = workflows
        self.world = world._replace(singletons={**world.singletons, **self._opened_by_messages()})

    def takes(self, n: int) -> str | None:
        """Let the cause happen that the n-th entry tells of; else what was expected there."""
        try:
            return self._takes(n)
        except Unknown:
            raise
        except Missing as missing:
            return f"a journal in which {missing.queries[0].name} was opened before"
        except Exception as error:  # noqa: BLE001  whatever is wrong here, other dockets are read
            return f"an entry that can be lived again ({error!r})"

    def _opened_by_messages(self) -> dict[str, str]:
        """Workflow → the definition under which its one case began here, not today's."""
        opened = [e for e in self._journal if e.kind == "opened" and e.by == SYSTEM]
        return {entry.name: json.loads(entry.content)["definition"] for entry in opened}

    def _takes(self, n: int) -> str | None:
        entry = self._journal[n]
        at, content = entry.effective_at, json.loads(entry.content)
        timer = self._next_timer(at)
        if entry.kind == "timer":
            if timer is None:
                return f"no timer: none was due by {at}"
            self._fire(timer)
        elif timer is not None and entry.kind != "migrated":  # a stopped docket stands still
            return f"timer {timer.name} of case {timer.case}, due at {timer.due_at}"
        elif entry.kind == "calendar_changed":
            news = next(iter(self.world.almanac.after(self.edition)), None)
            if news is None:
                return "no edition that this docket has not seen"
            self._announce(at, news)
        elif entry.kind == "migrated":
            self._migrates(n)
        elif entry.kind == "opened" or "open" in content:
            self._opens(entry, content)
        elif entry.kind in ("event", "refused"):
            self._hears_of(entry, content)
        else:
            return "the cause of this message before it"
        return None

    def _hears_of(self, entry: Entry, content: Mapping[str, Any]) -> Answered:
        assert entry.case is not None
        case = self.cases[entry.case]
        workflow = self._known(case.definition, case.rulebook)
        needs = workflow.needs.get(entry.name)
        facts = content.get("facts", {})
        model = None if needs is None else needs.model_validate(facts)
        event = Event(entry.name, entry.by, model, facts)
        return self.handle(entry.case, event, entry.effective_at)

    def _pinned(self, entry: Entry, content: Mapping[str, Any]) -> tuple[str, str | None]:
        """The rulebook that an opening is decided under, and the id that its case has or would."""
        return content["rulebook"], entry.case

    def _opens(self, entry: Entry, content: Mapping[str, Any]) -> Answered:
        rulebook, case_id = self._pinned(entry, content)
        definition = content.get("definition") or self._latest(content["open"])
        workflow = self._known(definition, rulebook)
        facts = content.get("facts", {})
        needs = workflow.opens.needs
        event = Event(entry.name, entry.by, needs.model_validate(facts) if needs else None, facts)
        assumed = content.get("assumed") is True
        shown = content.get("read")
        if shown is not None or (workflow.opens.reads and not assumed):
            self._elsewhere = self._remembered(shown, event, workflow, entry.effective_at)
        book = self.world.books[definition, rulebook]
        answered = self.open(book, case_id, event, entry.effective_at, assume=assumed)
        self._elsewhere = None
        return answered

    def _remembered(
        self, shown: Mapping[str, Any] | None, event: Event, workflow: Workflow, at: int
    ) -> Run:
        """The docket that an opening read, as far as the entry says what it was shown."""
        key = getattr(event.facts, workflow.opens.reads or "")
        if key == self.docket.key:
            self.read = None
            return self
        cases = {told["case"]: self._shown(key, told, at) for told in (shown or {}).get(key, ())}
        whole = frozenset({"*"})
        return Run(Docket(key, at, 0, "", self.edition, cases, {}, whole), self.world)

    def _shown(self, key: str, told: Mapping[str, Any], at: int) -> Case:
        """A case of another docket; when it closed is not told, only that it did."""
        name, state = told["workflow"], told["state"]
        definition = self._latest(name)
        found = self._workflows[definition].state(state)
        closed = at if found is not None and found.final else None
        return Case(
            *(told["case"], key, name, definition, "", state, False, told["data"]),
            *(0, at, closed, at, None, 0),
        )

    def _migrates(self, n: int) -> None:
        """One move of all cases that it is about; a second one on end is another."""
        to: dict[str, str] = {}
        moved: set[str] = set()
        self.clock = self._journal[n].effective_at  # reading may have raised it since its entry
        for entry in islice(self._journal, n, None):
            if entry.kind != "migrated" or entry.case is None or entry.case in moved:
                break
            case = self.cases[entry.case]
            self._known(entry.name, case.rulebook)
            to[case.workflow] = entry.name
            moved.add(case.id)
        self.migrate(to)

    def _known(self, definition: str, rulebook: str) -> Workflow:
        if (definition, rulebook) not in self.world.books:
            raise Unknown(f"{definition} under {rulebook}")
        return self._workflows[definition]

    def _latest(self, name: str) -> str:
        found = [(w.version, d) for d, w in self._workflows.items() if w.name == name]
        if not found:
            raise Unknown(name)
        return max(found)[1]


def _born(docket: Docket, entries: Iterable[Entry]) -> Docket:
    """The docket before its first entry. Which edition it began with is told by the first one that
    it applied; without any it is what its row says, and the entries will tell if that is not so.
    """
    changes = (json.loads(e.content) for e in entries if e.kind == "calendar_changed")
    first = next(changes, None)
    edition = docket.edition if first is None else first["edition"] - 1
    return Docket(docket.key, None, 0, "", edition, whole=frozenset({"*"}), new=True)


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
    if found == wanted:
        return
    for name, here, there in zip(found._fields, found, wanted, strict=True):
        if here != there:
            yield Fault(key, seq, f"{name} {here} of {what}", f"{name} {there}")


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
    return f"{entry.kind} {entry.name}{about} at {entry.effective_at}{moved} {said}"
