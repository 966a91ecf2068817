"""A docket moved by its journal: each cause is one that an entry tells of.

The journal holds everything that came from outside: openings, events, announcements, migrations,
and what another docket's cases showed. `Again` lets each of them happen once more, at its instant,
under the definition that it is pinned to; what it writes is there to be compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from orchestrator.core.docket import Answered, Docket, Run, World
from orchestrator.core.instants import told_instant
from orchestrator.core.values import SYSTEM, Case, Entry, Event, Missing, Timer
from orchestrator.core.workflow import Workflow


class Unknown(Exception):
    """A definition or rulebook that this process does not have: nothing can be said."""


class Again(Run):
    """A docket that nobody has heard of yet, and the journal that it will live by.

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
        self._awaited: Timer | None = None
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

    def awaited(self) -> Entry | None:
        """The entry of the timer that should have acted, where `takes` expected one."""
        if self._awaited is None:
            return None
        n = len(self.entries)
        try:
            self._fire(self._awaited)
        except Exception:  # noqa: BLE001  what was expected is said; more is not known
            return None
        return self.entries[n]

    def _opened_by_messages(self) -> dict[str, str]:
        """Workflow → the definition under which its one case began here, not today's."""
        found = {}
        for entry in self._journal:
            if entry.kind == "opened" and entry.by == SYSTEM:
                said = _said(entry)
                definition, rulebook = said.get("definition"), said.get("rulebook")
                if isinstance(definition, str) and isinstance(rulebook, str):
                    self._known(definition, rulebook)
                    found[entry.name] = definition
        return found

    def _takes(self, n: int) -> str | None:
        entry = self._journal[n]
        at, content = entry.effective_at, json.loads(entry.content)
        timer = self._next_timer(at)
        if entry.kind == "timer":
            if timer is None:
                return f"no timer: none was due by {told_instant(at)}"
            self._fire(timer)
        elif timer is not None and entry.kind != "migrated":  # a stopped docket stands still
            self._awaited = timer
            due = told_instant(timer.due_at or 0)
            return f"timer {timer.name} of case {timer.case}, due at {due}"
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
    changes = (_said(e).get("edition") for e in entries if e.kind == "calendar_changed")
    first = next(changes, None)
    edition = first - 1 if isinstance(first, int) else docket.edition
    return Docket(docket.key, None, 0, "", edition, whole=frozenset({"*"}), new=True)


def _said(entry: Entry) -> Mapping[str, Any]:
    """The content of an entry; nothing where somebody has made it unreadable."""
    try:
        said = json.loads(entry.content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
