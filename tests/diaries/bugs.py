"""Bugs in the shipped definitions, and what staff do about them: deeds of diaries (law 10).

A bug is in a guard, fold or wish itself, as a bad release brings it, for cases of one docket. In
the world that is played to compare with (`World.sound`) there never was one: these deeds do
nothing there, and what was held is decided at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FunctionType
from typing import Any

from orchestrator.core.values import Case
from tests.diaries.deeds import quiet
from tests.diaries.world import Deed, InWords, Refused, World, the_case

Happens = Callable[[str], object]
_mends: list[Callable[[], None]] = []


def raises(name: str) -> None:
    raise ZeroDivisionError(f"planted in {name}")


def _bad(case: Case, *given: Any, good: Any, docket: str, happens: Happens, **more: Any) -> Any:
    if case.docket == docket:
        happens(good.__name__)
    return good(case, *given, **more)


def plant(function: FunctionType, docket: str = "shop-1", happens: Happens = raises) -> None:
    """From now on this function of a definition fails for cases of one docket."""
    code, defaults, named = function.__code__, function.__defaults__, function.__kwdefaults__
    good = FunctionType(code, function.__globals__, function.__name__, defaults)
    function.__code__, function.__defaults__ = _bad.__code__, None
    function.__kwdefaults__ = {"good": good, "docket": docket, "happens": happens}

    def mend() -> None:
        function.__code__, function.__defaults__ = code, defaults
        function.__kwdefaults__ = named

    _mends.append(mend)


def mend() -> None:
    """The functions are as they were shipped."""
    while _mends:
        _mends.pop()()


@contextmanager
def bug_in(function: FunctionType, docket: str = "shop-1") -> Iterator[None]:
    """The bug is there while this lasts."""
    plant(function, docket)
    try:
        yield
    finally:
        mend()


# -- deeds ------------------------------------------------------------------------------------


def where_there_are_bugs(deed: Deed) -> Deed:
    """Nothing of this is done in the world where there never was a bug."""
    return lambda world: None if world.sound else deed(world)


def breaks(function: FunctionType, docket: str = "shop-1") -> Deed:
    """A release with a bug in this function goes live."""
    return where_there_are_bugs(lambda world: plant(function, docket))


def held(deed: Deed, incident: int = 1) -> Deed:
    """The deed is received, and waits for this incident; without bugs it is decided at once."""

    def deed_is_held(world: World) -> None:
        if world.sound:
            with suppress(Refused):
                deed(world)
            return
        deed(world)
        answer = world.answer

        assert answer is not None
        assert (answer.refused, answer.held, answer.state) == (False, incident, None)
        assert answer.reason == f"received, decided after incident {incident}"

    return deed_is_held


def leaving_nothing(deed: Deed) -> Deed:
    """The deed, after which journal, cases, deadlines and outbox are what they were."""

    def do(world: World) -> None:
        before = _stored(world)
        deed(world)

        assert world.sound or _stored(world) == before

    return do


def retries(incident: int = 1, *decided: str | None, still: Deed = quiet) -> Deed:
    """The mended release is live, and staff retry: what was held comes to these states.

    still   what that release breaks
    """

    def do(world: World) -> None:
        mend()
        still(world)
        done = world.orchestrator.incidents.retry(incident)

        assert (done.settled, done.error) == (True, None)
        assert [answer["state"] for answer in done.decided] == list(decided)

    return where_there_are_bugs(do)


def retries_in_vain(incident: int, said: str) -> Deed:
    """Staff retry too early: the bug is there still."""

    def do(world: World) -> None:
        done = world.orchestrator.incidents.retry(incident)

        assert (done.settled, done.error, done.decided, done.firings) == (False, said, [], 0)

    return where_there_are_bugs(leaving_nothing(do))


def or_stopped(in_words: InWords = the_case) -> InWords:
    """Where the case stands, and what stops it there."""

    def tells(world: World) -> str:
        words = in_words(world)
        if world.subject not in [case["case"] for case in world.cases()]:
            return words
        incident = world.orchestrator.case(world.subject)["incident"]
        return f"{words}, stopped by incident {incident}" if incident else words

    return tells


def _stored(world: World) -> list[Any]:
    due = [(d["case"], d["name"], d["due_at"]) for d in world.orchestrator.deadlines(limit=1_000)]
    cases = [{**case, "incident": None} for case in world.cases()]  # which comes in between
    return [world.journal(), cases, due, world.outbox()]
