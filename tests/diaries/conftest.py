"""The diary: each line a moment, a deed, where the case then stands, and what was sent (STYLE 4)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from freezegun import freeze_time

from tests.diaries.deeds import also_owns, becomes_known, together
from tests.diaries.words import KNOWN
from tests.diaries.world import (
    InWords,
    Line,
    World,
    in_full,
    open_on,
    the_account,
    the_case,
)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file as the first start leaves it: the schema, rulebooks and calendars."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    open_on(path).close()
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: a diary commits some fifty times, each to the disk."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir="/dev/shm", prefix="diary-") as made:
        yield Path(made)


@pytest.fixture
def world(template: Path, folder: Path) -> Iterator[World]:
    """A real orchestrator on an empty database; only the wall clock is ours."""
    with freeze_time("2024-01-01") as clock:
        world = World(template, folder / "daemon.db", clock)
        yield world
        world.close()


@pytest.fixture
def diary(world: World) -> Callable[..., World]:
    """Play it line by line; then again with no daemon until the end, and nothing may differ."""

    def play(*lines: Line, subject: str, in_words: InWords = the_case) -> World:
        _plays(world, lines, subject, in_words)
        _plays_the_same_without_a_daemon(world, lines)
        return world

    return play


@pytest.fixture
def one_diary(world: World) -> Callable[..., World]:
    """Play it line by line, and only once: what other worlds would make of it is not asked."""

    def play(*lines: Line, subject: str, in_words: InWords = the_case) -> World:
        _plays(world, lines, subject, in_words)
        return world

    return play


RIGHTS = [f"TM-{n}" for n in range(2, 16)]
BECOMES_KNOWN = together(becomes_known(), also_owns(*RIGHTS))
CONFIRMED = (*KNOWN, *KNOWN[2:] * len(RIGHTS))


@pytest.fixture
def account_diary(diary: Callable[..., World]) -> Callable[..., World]:
    """How the account of shop-1 stands; holder-1 is known, with fifteen rights, TM-1 to TM-15."""

    def play(*lines: Line, in_words: InWords = the_account) -> World:
        before = "good" if in_words is the_account else "not there"
        known = ("Tue 2024-01-02 10:00", BECOMES_KNOWN, before, *CONFIRMED)
        return diary(known, *lines, subject="complaint-1", in_words=in_words)

    return play


def _plays(world: World, lines: tuple[Line, ...], subject: str, in_words: InWords) -> None:
    world.subject = subject
    for when, _, state, *sent in world.play(lines):
        world.orchestrator.engine.advance()  # what a daemon would do
        wanted = [name for short in sent for name in in_full(short)]

        assert [when, in_words(world), *world.sent()] == [when, state, *wanted]
    assert world.orchestrator.verify() == []


def _plays_the_same_without_a_daemon(world: World, lines: tuple[Line, ...]) -> None:
    alone = world.twin("no-daemon.db")
    alone.sound = True
    try:
        alone.subject = world.subject
        for _ in alone.play(lines):
            pass  # nobody wakes up between two deeds
        alone.orchestrator.engine.advance()

        assert alone.journal() == world.journal()
        assert alone.outbox() == world.outbox()
        assert alone.cases() == world.cases()
    finally:
        alone.close()
