"""Nudges: who makes something due soon wakes the daemon of the file, and nobody waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from freezegun import freeze_time

from orchestrator.daemon import Daemon
from orchestrator.db.nudge import Nudge
from tests.doors.house import House, empty_database, files_a_complaint, house

MONDAY = "2025-03-03 10:00"
LATE = "2025-03-06 23:59:30"  # thirty seconds before the review target of a complaint of Monday


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return empty_database(tmp_path / "n.db")


def test_a_nudge_that_nobody_hears_is_no_trouble(path: Path) -> None:
    Nudge(path).give()
    Nudge(None).give()

    assert not Nudge(None).listen()
    assert not Nudge(path).wait(60)


def test_many_nudges_are_one(path: Path) -> None:
    listener = Nudge(path)
    assert listener.listen()
    for _ in range(100):
        Nudge(path).give()

    assert listener.wait(60)
    assert not listener.wait(0)
    listener.close()
    Nudge(path).give()


def test_a_pipe_that_is_full_wakes_all_the_same(path: Path) -> None:
    listener = Nudge(path)
    listener.listen()
    for _ in range(70_000):  # a pipe holds 65,536 bytes
        Nudge(path).give()

    assert listener.wait(60)
    listener.close()


def test_where_no_pipe_can_be_made_the_heartbeat_must_do(tmp_path: Path) -> None:
    assert not Nudge(tmp_path / "nowhere" / "n.db").listen()


def heard(there: House, listener: Nudge) -> bool:
    files_a_complaint(there, "A", "shop-1")
    return listener.wait(0)


@pytest.mark.parametrize(("now", "wakes"), [(MONDAY, False), ("2025-03-06 23:59:30", True)])
def test_only_what_is_due_soon_gives_a_nudge(path: Path, now: str, wakes: bool) -> None:
    """The complaint of Monday has its review target at 24:00 of Thursday 6 March."""
    listener = Nudge(path)
    listener.listen()
    with freeze_time(f"{now}+08:00"), house(MONDAY, path=path) as there:
        assert heard(there, listener) == wakes
    listener.close()


def test_a_daemon_does_not_nudge_itself(path: Path) -> None:
    with freeze_time(f"{LATE}+08:00"), house(MONDAY, path=path) as there:
        assert not heard(there, there.orchestrator.store.nudge)
        there.orchestrator.store.nudge.listen()
        files_a_complaint(there, "B", "shop-2")

        assert not there.orchestrator.store.nudge.wait(0)


def test_a_nudge_pulls_the_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with house(MONDAY, path=path) as there:
        daemon = Daemon(there.orchestrator)
        pulled: list[str] = []

        def pull(job: str) -> None:
            pulled.append(job)
            daemon._stopping.set()

        monkeypatch.setattr(daemon, "_pull", pull)
        there.orchestrator.store.nudge.listen()
        Nudge(path).give()
        daemon._listens()

    assert pulled == ["advance"]
