"""Findings of a review of taking and of tries: each shows a fault, until it is mended."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.facts import Text
from orchestrator.core.workflow import FactsModel, Workflow
from orchestrator.db.living import THINKING, Living
from orchestrator.engine.desk import Desk, Ticket
from orchestrator.errors import NotFound, Trouble
from tests.doors.house import FILING, House, empty_database, files_a_complaint, house
from tests.doors.shaky import CLAIM, PLEA, RULES, broken
from tests.test_desk import Caller, Slow, a_ticket, together, uphold
from tests.test_incidents import appeals, pleads

LATER = "2026-01-01 00:00"


def fault(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


def court(
    path: Path, when: str = "2025-03-03 10:00", workflows: Sequence[Workflow] = (PLEA, CLAIM)
) -> AbstractContextManager[House]:
    return house(when, path=path, workflows=workflows, rulebook=RULES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.db"


# -- the desk and the group ---------------------------------------------------------------------


def test_an_opening_that_names_no_possible_docket_is_turned_away_alone(tmp_path: Path) -> None:
    with house(path=empty_database(tmp_path / "d.db")) as there:
        files_a_complaint(there, "A", "shop-1")
        facts = {**FILING, "complainant": " holder-1"}
        bad = there.orchestrator.engine.input_to_open(
            "ip_complaint", "shop-9", "complainant", facts, case="N"
        )

        good, _ = together(there, uphold(there, "A"), bad)

        assert good.result().state == "appeal_window"


class Interrupted:
    """The turn of one who is interrupted while he waits, as by Ctrl-C."""

    def acquire(self) -> None:
        raise KeyboardInterrupt

    def release(self) -> None:
        """Nobody is there any more."""


def test_the_desk_is_not_handed_to_one_who_has_left() -> None:
    serve = Slow()
    desk = Desk(serve)
    first = Caller(desk, "A")
    assert serve.began.acquire(timeout=60)
    gone: Any = a_ticket("B")
    gone.turn = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        desk.take(gone)
    serve.may_go_on.release()
    first.join(60)

    assert not desk._is_busy


def test_who_waits_behind_one_that_is_interrupted_is_told() -> None:
    def serve(_: Sequence[Ticket]) -> None:
        raise KeyboardInterrupt

    desk = Desk(serve)
    mine, other = a_ticket("A"), a_ticket("B")
    desk._waiting.extend((mine, other))
    with pytest.raises(KeyboardInterrupt):
        desk._serve_all()

    with pytest.raises(Trouble):
        other.result()


def test_a_case_that_a_restore_took_away_is_not_found(path: Path) -> None:
    with court(path) as there:
        kept, live = sqlite3.connect(":memory:"), sqlite3.connect(path)
        live.backup(kept)
        pleads(there, "B", "shop-2")
        there.orchestrator.inject("B", "dance", by="complainant")
        kept.backup(live)
        live.close()

        with pytest.raises(NotFound):
            there.orchestrator.inject("B", "withdraw", by="complainant")


def test_an_event_is_read_by_the_version_that_its_case_began_with(path: Path) -> None:
    class Longer(FactsModel):
        grounds: Text
        names: Text

    waiting = PLEA.states[0]
    ways = tuple(
        replace(way, needs=Longer) if way.event == "appeal" else way for way in waiting.ways
    )
    second = replace(PLEA, version=2, states=(replace(waiting, ways=ways), *PLEA.states[1:]))
    with court(path) as there:
        pleads(there, "A", "shop-1")

    with court(path, workflows=(PLEA, CLAIM, second)) as there:
        assert appeals(there).state == "appealed"


# -- who is at which dockets --------------------------------------------------------------------


def test_a_killer_that_is_stopped_already_is_not_stopped_twice(path: Path) -> None:
    with court(path) as there:
        pleads(there, "A", "shop-1")
        with there.orchestrator.store.write() as tx:
            tx.one("INSERT INTO tries VALUES (1, 'gone', '[\"shop-1\"]', 2)")
        path.with_name("c.db.alive-gone").write_bytes(THINKING)
        with broken("guard"):
            appeals(there)
        there.orchestrator.advance()

        assert len(there.orchestrator.incidents.all()) == 1


def test_a_row_of_another_process_is_never_taken_back(path: Path) -> None:
    with court(path) as first, court(path) as second:
        for n in range(4):
            pleads(first, f"A{n}", f"shop-{n}")
        for one in (first, second):
            one.move_to("2025-04-04 10:00")
            one.orchestrator.engine.batch = 1
        first.orchestrator.engine.advance_batch()
        living = first.orchestrator.store.living
        living.bury(living.me)  # a cleaner of old files
        second.orchestrator.engine.advance_batch()
        first.orchestrator.engine.advance_batch()

        mine = second.orchestrator.store.living.me
        assert (mine,) in first.rows("SELECT process FROM tries")


def test_a_forked_child_does_not_bury_its_parent(path: Path) -> None:
    with court(path) as there:
        living = there.orchestrator.store.living
        living.announce()
        child = os.fork()
        if child == 0:
            try:
                living.leave()
            finally:
                os._exit(0)
        os.waitpid(child, 0)

        assert Living(path).died(living.me) is None


def test_a_process_of_another_user_does_not_stop_the_passes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with court(path) as first, court(path) as second:
        pleads(first, "A", "shop-1")
        first.move_to("2025-04-04 10:00")
        first.orchestrator.engine.advance_batch()
        first.orchestrator.store.living.announce()
        theirs, really = first.orchestrator.store.living.me, os.open

        def as_another_user(file: Any, flags: int, *more: int) -> int:
            if str(file).endswith(theirs) and flags & os.O_RDWR:
                raise PermissionError(13, "Permission denied", str(file))
            return really(file, flags, *more)

        monkeypatch.setattr(os, "open", as_another_user)
        second.orchestrator.advance()
