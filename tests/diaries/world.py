"""The world in which a diary plays: a real orchestrator on a file, and a clock moved by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory

from orchestrator.answers import Answer
from orchestrator.api import Orchestrator
from orchestrator.clock import WallClock
from orchestrator.errors import BadInput, Conflict

CONFIG = Path(__file__).parents[2] / "config"
BEIJING = ZoneInfo("Asia/Shanghai")

Deed = Callable[["World"], object]
InWords = Callable[["World"], str]
Line = tuple[Any, ...]  # (when, deed, state, *sent)


class Refused(Exception):
    """The orchestrator said no, and why."""


class World:
    """One database with an orchestrator on it. `subject` is the case that deeds are about."""

    def __init__(self, template: Path, path: Path, clock: FrozenDateTimeFactory) -> None:
        shutil.copy(template, path)
        self.template = template
        self.path = path
        self.clock = clock
        self.now: datetime | None = None
        self.subject = ""
        self.rulebook: str | None = None  # that new cases are opened under; None: the default
        self.answer: Answer | None = None  # to what was done last
        self.sound = False  # whether no bug is ever planted in it
        self._told: set[tuple[str, int, int]] = set()
        self.orchestrator = open_on(path)

    def twin(self, name: str) -> World:
        """Another world, as empty as this one was, under the same clock."""
        return World(self.template, self.path.with_name(name), self.clock)

    def close(self) -> None:
        self.orchestrator.close()

    # -- time -------------------------------------------------------------------------------

    def move_to(self, when: str) -> None:
        """raises   ValueError: an earlier moment, or a weekday that is not true"""
        weekday, _, text = when.partition(" ")
        moment = datetime.fromisoformat(text).replace(tzinfo=BEIJING)
        if f"{moment:%a}" != weekday:
            raise ValueError(f"{when} is a {moment:%A}")
        if self.now is not None and moment < self.now:
            raise ValueError(f"time does not go back: it is {self.now}, asked for {when}")
        self.now = moment
        self.clock.move_to(moment)

    def play(self, lines: tuple[Line, ...]) -> Iterator[Line]:
        """Do the deed of each line at its moment; gives the line after each."""
        for line in lines:
            self.move_to(line[0])
            line[1](self)
            yield line

    def power_cut(self) -> None:
        """What was on the disk is all that is left; a new orchestrator opens it."""
        files = [self.path, self.path.with_name(f"{self.path.name}-wal")]
        left = {file: file.read_bytes() for file in files if file.exists()}
        self.orchestrator.close()
        for file, content in left.items():
            file.write_bytes(content)
        self.orchestrator = open_on(self.path)

    # -- acts -------------------------------------------------------------------------------

    def opens(self, workflow: str, docket: str, by: str, facts: Mapping[str, Any]) -> None:
        """raises   Refused"""
        given = {"facts": facts, "case": self.subject, "rulebook": self.rulebook}
        self._act("open", workflow, docket=docket, by=by, **given)

    def sends(self, event: str, by: str, **facts: Any) -> None:
        """raises   Refused"""
        self._act("inject", self.subject, event, by=by, facts=facts)

    def _act(self, act: str, *given: Any, **more: Any) -> None:
        try:
            answer = getattr(self.orchestrator, act)(*given, **more)
        except (BadInput, Conflict) as error:
            raise Refused(str(error)) from error
        self.answer = answer
        if answer.refused:
            raise Refused(answer.reason)

    # -- looks ------------------------------------------------------------------------------

    def sent(self) -> list[str]:
        """What was put in the outbox since this was asked last, in order of time."""
        new = [row for row in self.outbox() if row[:3] not in self._told]
        self._told |= {row[:3] for row in new}
        return [row[4] for row in sorted(new, key=lambda row: (row[6], row[:3]))]

    def outbox(self) -> list[tuple[Any, ...]]:
        """Every effect: docket, seq, n, case, name, content, at."""
        columns = 'docket, seq, n, "case", name, content, at'
        with self.orchestrator.store.read() as tx:
            found = tx.rows(f"SELECT {columns} FROM outbox ORDER BY docket, seq, n")
            return [tuple(row) for row in found]

    def journal(self) -> list[dict[str, Any]]:
        """Every entry, but for `recorded_at`."""
        entries = self.orchestrator.queries.journal()
        return [{k: v for k, v in entry.items() if k != "recorded_at"} for entry in entries]

    def cases(self) -> list[dict[str, Any]]:
        return self.orchestrator.cases(limit=1_000)


def open_on(path: Path) -> Orchestrator:
    """The project's own config on a database file, with the real clock."""
    return Orchestrator.from_config(CONFIG, database=f"sqlite:///{path}", clock=WallClock())


# -- where it stands, in words ----------------------------------------------------------------


def the_case(world: World) -> str:
    """The state, whether it is overdue, and the deadlines that hang on an unannounced year."""
    found = [case for case in world.cases() if case["case"] == world.subject]
    if not found:
        return "not there"
    words = [found[0]["state"], *(["overdue"] if found[0]["overdue"] else [])]
    for timer in world.orchestrator.case(world.subject)["deadlines"]:
        if timer["provisional"]:
            words.append(f"{timer['name']} {'blocked' if timer['blocked'] else 'provisional'}")
    return ", ".join(words)


def the_deadlines(world: World) -> str:
    """The same, and when each deadline is due, the earliest first."""
    words = [word for word in the_case(world).split(", ") if " " not in word or word == "not there"]
    if words == ["not there"]:
        return words[0]
    for timer in world.orchestrator.case(world.subject)["deadlines"]:
        due = "frozen" if timer["frozen"] else in_a_diary(timer["due_at"])
        mark = "blocked" if timer["blocked"] else "provisional" if timer["provisional"] else ""
        words.append(f"{timer['name']} {due} {mark}".strip())
    return ", ".join(words)


def the_account(world: World) -> str:
    """The standing of shop-1: `restricted until Mon 2025-03-10 10:00, 8 points, 1 strike`."""
    shown = world.orchestrator.standing("shop-1")
    words = [shown["state"]]
    until = shown["restricted_until"]
    if until != "none":
        words[0] += f" until {until if until == 'undecided' else in_a_diary(until)}"
    words += [counted(shown["points"], "point"), counted(shown["strikes"], "strike")]
    return ", ".join(filter(None, words))


def counted(number: int, what: str) -> str:
    """`8 points`, `1 strike`, or nothing."""
    return f"{number} {what}{'s' if number > 1 else ''}" if number else ""


def in_a_diary(instant: str) -> str:
    """An RFC 3339 instant as a diary writes it."""
    moment = datetime.fromisoformat(instant).astimezone(BEIJING)
    seconds = f"{moment:%S.%f}".rstrip("0").rstrip(".")
    return f"{moment:%a %Y-%m-%d %H:%M}" + (f":{seconds}" if moment.microsecond else "")


def in_full(sent: str) -> list[str]:
    """`staff: intervention`, `both: final` or `delete_listings` as the outbox names them."""
    role, colon, template = sent.partition(": ")
    if not colon:
        return [f"command:{sent}"]
    roles = ["complainant", "respondent"] if role == "both" else [role]
    return [f"notify:{role}:{template}" for role in roles]
