"""The lines of a recorded history: read, proven, and found their docket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from orchestrator import inputs
from orchestrator.core.instants import BadInstant, parse_instant
from orchestrator.core.values import Event
from orchestrator.db.store import Place
from orchestrator.engine import Engine
from orchestrator.errors import Conflict, Unreadable
from orchestrator.inputs import Input

MOST_LINE = 1_000_000  # characters
KEYS = {"at", "open", "event", "case", "docket", "by", "facts", "assume", "rulebook"}


class Line(NamedTuple):
    """One readable line."""

    number: int
    at: int
    given: Input
    event: Event
    text: str


class Rejected(NamedTuple):
    """A line that was not applied, and why."""

    number: int
    reason: str
    text: str

    def as_data(self) -> dict[str, Any]:
        return {"line": self.number, "reason": self.reason, "text": self.text}


class Reader:
    """Reads the lines of a slice; cases that it does not open are asked of the store."""

    def __init__(self, engine: Engine, places: Callable[[set[str]], Mapping[str, Place]]) -> None:
        """places   where those of these cases are that the store has"""
        self._engine = engine
        self._known = places
        self._registry = engine.registry
        self._places: dict[str, tuple[str, str]] = {}  # case → docket, workflow
        self._definitions: dict[str, str] = {}  # of those that the store has

    def parse(self, text: str) -> Mapping[str, Any]:
        """What one line says, before anything of it is looked up.

        raises   Trouble: what was wanted, what came
        """
        if len(text) > MOST_LINE:
            raise Unreadable(f"at most {MOST_LINE} characters, got {len(text)}")
        if not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text):
            raise Unreadable("UTF-8 text, got bytes that are none")
        content = inputs.read_json(text, "line")
        if not isinstance(content, Mapping):
            raise Unreadable(f"a JSON object, got {type(content).__name__}")
        unknown = sorted(set(content) - KEYS)
        if unknown:
            raise Unreadable(f"{unknown[0]}: unknown; got it in the line")
        if ("open" in content) == ("event" in content):
            raise Unreadable("open or event: one of them")
        return content

    def learn(self, contents: Iterable[Mapping[str, Any]]) -> None:
        """Where the cases of these lines are that the store has already, in one statement."""
        ids = {content.get("case") for content in contents}
        asked = {case for case in ids if isinstance(case, str) and case not in self._places}
        for case, place in self._known(asked).items():
            self._places[case] = (place.docket, place.workflow)
            self._definitions[case] = place.definition

    def line(self, number: int, text: str, content: Mapping[str, Any]) -> Line:
        """One line, ready to be applied.

        raises   Trouble: what was wanted, what came
        """
        try:
            at = parse_instant(content["at"]) if isinstance(content.get("at"), str) else None
        except BadInstant as error:
            raise Unreadable(f"at: {error}") from None
        if at is None:
            raise Unreadable(f"at: an instant with its offset, got {content.get('at')!r}")
        given = self._opening(content) if "open" in content else self._event(content)
        event = self._engine.event_of(given, self._definitions.get(given.case or ""))
        if given.act == "open" and given.case is not None:
            self._places.setdefault(given.case, (given.docket, given.workflow))
        return Line(number, at, given, event, text)

    def _opening(self, content: Mapping[str, Any]) -> Input:
        return self._engine.input_to_open(
            _text("open", content),
            _text("docket", content),
            _text("by", content),
            content.get("facts"),
            case=content.get("case"),
            assume=content.get("assume") is True,
            rulebook=content.get("rulebook"),
        )

    def _event(self, content: Mapping[str, Any]) -> Input:
        case = inputs.name("case", _text("case", content))
        docket, workflow = self._place(case)
        if content.get("docket") not in (None, docket):
            raise Conflict(f"docket: {docket} of case {case}, got {content['docket']!r}")
        return Input(
            "inject",
            workflow,
            docket,
            case,
            inputs.name("event", _text("event", content)),
            inputs.name("by", _text("by", content)),
            inputs.facts(content.get("facts")),
        )

    def _place(self, case: str) -> tuple[str, str]:
        try:
            return self._places[case]
        except KeyError:
            raise Unreadable(f"case: one that was opened before, got {case!r}") from None


def _text(key: str, content: Mapping[str, Any]) -> str:
    value = content.get(key)
    if not isinstance(value, str):
        raise Unreadable(f"{key}: required, a text, got {value!r}")
    return value
