"""Catching up with an edition: batch by batch, resumable, and it only hurries (DESIGN 5)."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from orchestrator.daemon import Daemon
from orchestrator.editions import CaughtUp
from tests.children import dies_in_a_child
from tests.doors.house import (
    House,
    empty_database,
    everything,
    files_a_complaint,
    house,
    year_file,
)

DOCKETS, BATCH = 7, 2
ANNOUNCED, LATER = "2027-01-07 15:00", "2027-03-01 10:00"


@pytest.fixture(scope="module")
def announced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven dockets with deadlines that wait for 2027, which has just been announced.

    The window of the last one is blocked: it closes at the instant of the announcement.
    """
    folder = tmp_path_factory.mktemp("announced")
    path = empty_database(folder / "announced.db")
    with house("2026-12-28 10:00", path=path) as there:
        for n in range(DOCKETS):
            files_a_complaint(there, f"case-{n}", f"shop-{n}")
        there.move_to("2026-12-29 10:00")
        last = f"case-{DOCKETS - 1}"
        there.orchestrator.inject(last, "uphold", by="staff", facts={"lane": "general"})
        there.move_to(ANNOUNCED)
        there.orchestrator.advance()
        there.orchestrator.announce("cn", year_file(folder))
    return path


@pytest.fixture
def path(announced: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(announced, tmp_path / "here.db"))


def caught_up(there: House, **more: Any) -> CaughtUp:
    there.orchestrator.engine.batch = BATCH
    return there.orchestrator.editions.catch_up(**more)


def behind(there: House) -> int:
    return there.orchestrator.editions.behind().dockets


def known_by(there: House) -> list[str]:
    """The dockets that have the announcement in their journal."""
    return [e["docket"] for e in there.journal() if e["kind"] == "calendar_changed"]


# -- batches ------------------------------------------------------------------------------------


def test_every_docket_with_a_pending_deadline_catches_up(path: Path) -> None:
    with house(ANNOUNCED, path=path) as there:
        assert (behind(there), known_by(there)) == (DOCKETS, [])

        done = caught_up(there)

        assert (done.behind, done.left, done.incidents) == (DOCKETS, (0, 0, 0), 0)
        assert done.firings == 1  # the window that was blocked
        assert known_by(there) == [f"shop-{n}" for n in range(DOCKETS)]
        assert there.orchestrator.verify() == []


def test_a_batch_is_a_commit_and_the_bar_is_told_of_each(path: Path) -> None:
    told: list[int] = []
    with house(ANNOUNCED, path=path) as there:
        caught_up(there, progress=told.append)

    assert told == [2, 4, 6, 7]


def test_once_more_writes_nothing(path: Path) -> None:
    with house(ANNOUNCED, path=path) as there:
        caught_up(there)
        before = everything(there)

        assert caught_up(there) == CaughtUp(0, (0, 0, 0), 0, 0)  # type: ignore[arg-type]
        assert everything(there) == before


def test_a_docket_without_a_pending_deadline_is_left_until_something_follows(path: Path) -> None:
    with house(ANNOUNCED, path=path) as there:
        facts = {"reason": "no evidence"}
        there.orchestrator.inject("case-0", "reject", by="staff", facts=facts)  # it heard of it
        files_a_complaint(there, "case-8", "shop-8")
        there.orchestrator.inject("case-8", "reject", by="staff", facts=facts)
        amended = year_file(path.parent, "2027-01-01", "2027-01-05")
        there.orchestrator.announce("cn", amended)

        caught_up(there)

        assert known_by(there).count("shop-0") == 1
        assert "shop-8" not in known_by(there)
        assert behind(there) == 0


def test_the_number_of_statements_of_a_batch_is_fixed(path: Path) -> None:
    counts = [_statements(Path(shutil.copy(path, path.with_name(f"{n}.db"))), n) for n in (1, 6)]

    assert counts[0] == counts[1]


def _statements(path: Path, batch: int) -> int:
    """How many statements one batch of so many dockets takes, the next one being claimed in it."""
    said: list[str] = []
    with house(ANNOUNCED, path=path) as there:
        engine = there.orchestrator.engine
        engine.batch = batch
        writer = there.orchestrator.store.engine
        event.listen(writer, "before_cursor_execute", lambda _c, _k, text, *_: said.append(text))
        done = engine.catch_up_batch()

        assert (done.dockets, done.more) == (batch, True)
    return len(said)


# -- what comes between -------------------------------------------------------------------------


def test_interrupted_between_two_batches_it_goes_on_where_it_stopped(path: Path) -> None:
    def interrupts(_: int) -> None:
        raise KeyboardInterrupt

    with house(ANNOUNCED, path=path) as there:
        with pytest.raises(KeyboardInterrupt):
            caught_up(there, progress=interrupts)
        half = behind(there)
        done = caught_up(there)

        assert (half, done.behind, done.left.dockets) == (DOCKETS - BATCH,) * 2 + (0,)
        assert there.orchestrator.verify() == []


def calm(path: Path) -> dict[str, Any]:
    """Every row after a catching up that nothing disturbed."""
    with house(ANNOUNCED, path=Path(shutil.copy(path, path.with_name("calm.db")))) as there:
        caught_up(there)
        return everything(there)


def dies_before(path: Path, point: int) -> bool:
    """Catch up in a process that is killed before its n-th statement or commit; False: it ended."""

    def does() -> None:
        with house(ANNOUNCED, path=path) as there:
            seen = 0

            def counts(*_: Any) -> None:
                nonlocal seen
                seen += 1
                if seen == point:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(there.orchestrator.store.engine, "before_cursor_execute", counts)
            event.listen(there.orchestrator.store.engine, "commit", counts)
            caught_up(there)

    return dies_in_a_child(does)


@pytest.mark.fault(1, 62)
@pytest.mark.slow
def test_a_kill_before_any_statement_and_any_commit_changes_nothing_of_the_outcome(
    path: Path,
) -> None:
    wanted = calm(path)
    for point in range(1, 200):
        killed = Path(shutil.copy(path, path.with_name(f"{point}.db")))
        died = dies_before(killed, point)
        with house(ANNOUNCED, path=killed) as there:
            assert there.orchestrator.verify() == []
            caught_up(there)

            assert everything(there) == wanted
        if not died:
            assert point > 20
            return
    raise AssertionError("so many statements are no catching up of seven dockets")


@pytest.mark.fault(1, 62)
def test_killed_again_and_again_it_comes_to_the_same(path: Path) -> None:
    wanted = calm(path)
    deaths = 0
    while dies_before(path, 12 + deaths):
        deaths += 1
    with house(ANNOUNCED, path=path) as there:
        assert deaths > 2
        assert (behind(there), everything(there)) == (0, wanted)
        assert there.orchestrator.verify() == []


# -- late or punctual ---------------------------------------------------------------------------


def at_once(there: House) -> None:
    caught_up(there)


def half_of_it(there: House) -> None:
    there.orchestrator.engine.batch = BATCH
    there.orchestrator.engine.catch_up_batch()


def in_february(there: House) -> None:
    there.move_to("2027-02-01 10:00")
    caught_up(there)


def never(there: House) -> None: ...


def by_a_daemon(there: House) -> None:
    there.orchestrator.engine.batch = BATCH
    Daemon(there.orchestrator).passes()
    assert behind(there) == 0


@pytest.mark.fault(62)
def test_whenever_a_docket_catches_up_the_journals_are_the_same(path: Path) -> None:
    outcomes = []
    for catches_up in (at_once, half_of_it, in_february, never, by_a_daemon):
        mine = Path(shutil.copy(path, path.with_name(f"{catches_up.__name__}.db")))
        with house(ANNOUNCED, path=mine) as there:
            catches_up(there)
            there.move_to(LATER)
            there.orchestrator.advance()
            sent = there.rows('SELECT docket, seq, n, "case", name, content, at FROM outbox')
            outcomes.append((there.journal(), sorted(sent)))
            assert there.orchestrator.verify() == []

    assert outcomes[0] == outcomes[1] == outcomes[2] == outcomes[3] == outcomes[4]
    assert len(outcomes[0][0]) > 3 * DOCKETS


# -- who cannot ---------------------------------------------------------------------------------


def test_a_stopped_docket_is_counted_as_left_and_applies_it_when_it_goes_on(path: Path) -> None:
    with house(ANNOUNCED, path=path) as there:
        with there.orchestrator.store.write() as tx:
            number = tx.open_incident("shop-3", there.clock.now(), "planted", "", None)

        done = caught_up(there)
        there.orchestrator.incidents.retry(number)
        caught_up(there)

        assert done.left == (1, 1, 0)
        assert behind(there) == 0
        assert sorted(known_by(there)) == [f"shop-{n}" for n in range(DOCKETS)]


def test_a_docket_whose_clock_is_ahead_waits_for_it_and_holds_up_nobody(path: Path) -> None:
    """A clock was put back: what was said to a docket an hour ago lies in an hour."""
    with house("2027-01-07 16:00", path=path) as there:
        facts = {"wanted": "papers"}
        there.orchestrator.inject("case-0", "request_supplement", by="staff", facts=facts)
    with house(ANNOUNCED, path=path) as there:
        there.orchestrator.announce("cn", year_file(path.parent, "2027-01-01", "2027-01-05"))
        batches = [there.orchestrator.engine.advance_batch() for _ in range(3)]
        left = behind(there)
        there.move_to("2027-01-07 16:00")
        there.orchestrator.advance()

        assert [batch.more for batch in batches] == [False] * 3
        assert (left, behind(there)) == (1, 0)


@pytest.mark.fault(62)
def test_a_daemon_and_a_command_that_catch_up_at_once_come_to_the_same(path: Path) -> None:
    """Batch by batch in turns: each claims what the other one is about to do."""
    wanted = calm(path)
    with house(ANNOUNCED, path=path) as one, house(ANNOUNCED, path=path) as other:
        for there in (one, other):
            there.orchestrator.engine.batch = BATCH
        more = True
        while more:
            more = one.orchestrator.engine.catch_up_batch().more
            more |= other.orchestrator.engine.advance_batch().more

        assert everything(one) == wanted
        assert (behind(one), one.orchestrator.verify()) == (0, [])
