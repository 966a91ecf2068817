"""Processes of their own for tests: they are spoken to by lines, waited for, and never slept for.

A child is a fork, so it starts at once with everything that was read; it opens the database anew.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TextIO

import structlog

from tests.doors.house import House, house, parts

MOST_S = 60  # a child that waits for longer than this is ended, and its test fails


class Voice(NamedTuple):
    """The child's end of both pipes."""

    out: int
    heard: TextIO

    def says(self, line: str) -> None:
        os.write(self.out, f"{line}\n".encode())  # whole, also from a signal handler

    def hears(self) -> str:
        return self.heard.readline().strip()


class Child:
    """A process that does one thing; `children` ends what is left of it."""

    def __init__(self, does: Callable[[Voice], object]) -> None:
        from_child, to_parent = os.pipe()
        from_parent, to_child = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # no thread is used in the child
            self.pid = os.fork()
        if self.pid == 0:
            os.close(from_child)
            os.close(to_child)
            _lives(does, Voice(to_parent, os.fdopen(from_parent, encoding="utf-8")))
        os.close(to_parent)
        os.close(from_parent)
        self._lines = os.fdopen(from_child, encoding="utf-8")
        self._to_child = to_child
        self.code: int | None = None

    def hears(self) -> str:
        """The next line that it says; nothing when it has ended."""
        return self._lines.readline().strip()

    def hears_until(self, wanted: str) -> list[str]:
        """Every line up to one."""
        heard = [self.hears()]
        while heard[-1] not in (wanted, ""):
            heard.append(self.hears())
        assert heard[-1] == wanted, heard
        return heard

    def told(self, line: str = "go") -> None:
        os.write(self._to_child, f"{line}\n".encode())

    def gets(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def stopped(self) -> None:
        """Wait until SIGSTOP has stopped it."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def ends(self) -> int:
        """Wait for its end; gives the exit code, or minus the signal that it died of."""
        if self.code is None:
            _, status = os.waitpid(self.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
            self._lines.close()
            os.close(self._to_child)
        return self.code


def _lives(does: Callable[[Voice], object], voice: Voice) -> NoReturn:
    """The whole life of a child: nothing of pytest runs in it, not even its end."""
    code = 1
    try:
        faulthandler.dump_traceback_later(MOST_S, exit=True)  # where it stood still
        does(voice)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def says_what_it_logs(voice: Voice) -> None:
    """Log lines go over the pipe, by their event alone."""

    def says(_: Any, __: str, line: dict[str, Any]) -> Any:
        voice.says(line["event"])
        raise structlog.DropEvent

    structlog.configure(processors=[says])


@contextmanager
def children(*does: Callable[[Voice], object]) -> Iterator[list[Child]]:
    """Processes that all have ended when this ends."""
    parts()  # read once, before the forks
    made = [Child(act) for act in does]
    try:
        yield made
    finally:
        for child in made:
            if child.code is None:
                child.gets(signal.SIGKILL)
                child.ends()


def together(path: Path, when: str, *acts: Callable[[House], Any]) -> list[Any]:
    """Do these at once, each in a process of its own on one file; gives what each came to."""

    def process(act: Callable[[House], Any]) -> Callable[[Voice], None]:
        def does(voice: Voice) -> None:
            with house(when, path=path) as there:
                voice.says("ready")
                voice.hears()
                voice.says(json.dumps(act(there)))

        return does

    with children(*map(process, acts)) as made:
        assert {child.hears() for child in made} == {"ready"}
        for child in made:
            child.told()
        results = [json.loads(child.hears()) for child in made]
        assert {child.ends() for child in made} == {0}
    return results
