"""What each of the processes does next.

The new inputs of a slot, its files and its kinds of death come from the seed alone, in this order;
what has to be tried again, and what can be repeated, depends on who came how far.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Protocol

from tests.kills.child import Job, words_of
from tests.kills.inputs import HOLDER, SHOPS, Given, Stories, history, setting_up, years
from tests.kills.ledger import Ledger


class Ended(NamedTuple):
    """How a process came to its end: `code` is None when it was killed."""

    code: int | None
    out: str
    err: str


class Slot(Protocol):
    """One line of processes, one after the other."""

    name: str
    pause_s: float  # before the next one begins

    def next(self) -> Job: ...

    def ended(self, end: Ended) -> None: ...


class Senders:
    """What they have in common: inputs that are sent until they are answered."""

    pause_s = 0.0

    def __init__(self, name: str, seed: object, ledger: Ledger) -> None:
        self.name = name
        self.dice = Random(f"{seed} {name}")
        self.ledger = ledger
        self.waiting: list[Given] = []  # sent, and not answered yet
        self.stories = Stories(Random(f"{seed} stories {name}"), name, SHOPS)
        self._count = 0

    def keyed(self, given: Given) -> Given:
        self._count += 1
        return {**given, "key": f"{self.name}:{self._count}"}

    def fresh(self) -> Given:
        """Mostly a new input; now and then one of before, or its key with other content."""
        mine = [g for key, g in self.ledger.given.items() if key.startswith(f"{self.name}:")]
        chance = self.dice.random()
        if mine and chance < 0.1:
            return self.dice.choice(mine)
        if mine and chance < 0.14:
            other = self.dice.choice(mine)
            if other.get("workflow") == "ip_complaint":
                return {**other, "facts": {**other["facts"], "note": "else"}, "conflicts": True}
        return self.keyed(self.stories.next())


class ByApi(Senders):
    """Inputs by the Python door, some in one process; lines tell of each answer."""

    def __init__(self, name: str, seed: object, ledger: Ledger, most: int = 8) -> None:
        super().__init__(name, seed, ledger)
        self._most = most
        if name == "api-1":
            self.waiting = [self.keyed(given) for given in setting_up(HOLDER, "all")]
        self._sent: list[Given] = []

    def next(self) -> Job:
        while len(self.waiting) < self._most:
            self.waiting.append(self.fresh())
        self._sent = [*self.waiting]
        return Job("API", inputs=tuple(self._sent))

    def ended(self, end: Ended) -> None:
        again = []
        answered = 0
        for line in end.out.splitlines(keepends=True):
            if line.endswith("\n"):  # else it was cut off
                told = json.loads(line)
                given = self._sent[told["n"]]
                answered += 1
                if not self.ledger.hears(given, told):
                    again.append(given)
        self.waiting = again + self._sent[answered:]


class ByCommand(Senders):
    """One input in one process, by `orchestrator open` or `orchestrator inject`."""

    def next(self) -> Job:
        if not self.waiting:
            self.waiting = [self.fresh()]
        words = words_of(self.waiting[0])
        return Job(words[0], words)

    def ended(self, end: Ended) -> None:
        (given,) = self.waiting
        told = _told(end)
        if told is not None and self.ledger.hears(given, told):
            self.waiting = []


def _told(end: Ended) -> dict[str, Any] | None:
    """What the terminal shows: an answer in full, or the trouble; None: nothing whole."""
    document = whole(end.out)
    if document is not None:
        document.pop("preview")
        return {"answer": document}
    said = end.err.rpartition("error: ")[2].strip()
    if end.code == 5:
        return {"unavailable": said}
    return {"turned_away": said} if end.code in (3, 4) else None


def whole(text: str) -> dict[str, Any] | None:
    """A JSON document that was printed to its end."""
    try:
        return dict(json.loads(text))
    except ValueError:
        return None


class Command:
    """The same command again and again, which owes nobody an answer."""

    pause_s = 0.0

    def __init__(self, name: str, *words: str) -> None:
        self.name = name
        self._job = Job(words[0], words)

    def next(self) -> Job:
        return self._job

    def ended(self, end: Ended) -> None:
        pass


class Replays:
    """One history after the other; each until it is said that it is finished.

    A finished one is now and then tried again, or grows by lines for other dockets.
    """

    pause_s = 0.0

    def __init__(
        self,
        seed: object,
        folder: Path,
        ledger: Ledger,
        *,
        lines: int = 24,
        always_anew: bool = False,
    ) -> None:
        """always_anew   each process begins one of its own, and what it leaves is finished last"""
        self.name = "replay"
        self._always_anew = always_anew
        self.files: list[tuple[Path, list[str]]] = []
        self._seed, self._folder, self._lines, self._ledger = seed, folder, lines, ledger
        self._dice = Random(f"{seed} replay")
        self._finished = True

    def next(self) -> Job:
        chance = self._dice.random()
        if self._always_anew or not self.files or (self._finished and chance < 0.7):
            mark = f"past-{len(self.files)}"
            self.files.append((self._folder / f"{mark}.jsonl", []))
            self._grows(mark, self._lines)
        elif self._finished and chance < 0.85:
            path, lines = self.files[-1]
            self._grows(f"{path.stem}-{len(lines)}", self._lines // 4)
        return self.present()

    def _grows(self, mark: str, count: int) -> None:
        path, lines = self.files[-1]
        lines += history(self._seed, mark, count)
        new = path.with_suffix(".new")
        new.write_text("\n".join(lines) + "\n", "utf-8")
        new.replace(path)  # whole at once: the other process may be reading it
        self._finished = False

    def present(self) -> Job:
        """At the last history."""
        return Job("replay", ("replay", str(self.files[-1][0]), "-o", "json"))

    def ended(self, end: Ended) -> None:
        done = whole(end.out)
        if done is None:
            return
        if self._finished and not done["again"]:
            self._ledger.faults.append(f"{self.files[-1][0].name} was applied twice: {done}")
        if done["rejected"] or done["lines"] != len(self.files[-1][1]):
            self._ledger.faults.append(f"{self.files[-1][0].name}: {end.out}")
        self._finished = True


class Overtaking:
    """A second process at the history that the first is at: one of them has to give way."""

    name = "replay-2"
    pause_s = 0.0

    def __init__(self, first: Replays) -> None:
        self._first = first

    def next(self) -> Job:
        return self._first.present()

    def ended(self, end: Ended) -> None:
        pass


class Announcing:
    """Years are announced and amended; each until it is said that it was."""

    def __init__(self, seed: object, folder: Path, pause_s: float) -> None:
        self.name = "calendar"
        self.files: list[Path] = []
        self.pause_s = pause_s
        self._calm_s = pause_s
        self._years: Iterator[Path] = years(seed, folder)
        self.announced = True

    def next(self) -> Job:
        if self.announced:
            self.files.append(next(self._years))
            self.announced = False
        return Job("calendar", ("calendar", "add", str(self.files[-1]), "-o", "json"))

    def ended(self, end: Ended) -> None:
        self.announced = whole(end.out) is not None
        self.pause_s = self._calm_s if self.announced else 0.0
