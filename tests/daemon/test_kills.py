"""A daemon killed with -9 in the middle of a herd loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import shutil
import signal

import pytest
from sqlalchemy import event

from orchestrator.daemon import Daemon
from tests.daemon import herd

KILLS = 30


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    return herd.make(tmp_path_factory.mktemp("herd") / "herd.db", 160)


def killed_before(path, statement):
    """Run a daemon's passes in a child that dies before its k-th statement; True: it died."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            orchestrator = herd.opened(path, batch=5)
            seen = 0

            def count(*_):
                nonlocal seen
                seen += 1
                if seen == statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(orchestrator.store.engine, "before_cursor_execute", count)
            event.listen(orchestrator.store.engine, "commit", count)
            Daemon(orchestrator).passes()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.fault(1)
@pytest.mark.slow
def test_thirty_kills_at_random_statements_of_a_herd_lose_and_double_nothing(waiting, tmp_path):
    killed, calm = tmp_path / "killed.db", tmp_path / "calm.db"
    shutil.copy(waiting, killed)
    shutil.copy(waiting, calm)
    dice = random.Random(20261124)
    deaths = sum(killed_before(killed, dice.randrange(1, 25)) for _ in range(KILLS))
    with herd.opened(calm) as orchestrator:
        orchestrator.advance()
        wanted = herd.history(orchestrator)
    with herd.opened(killed) as orchestrator:
        orchestrator.advance()
        got = herd.history(orchestrator)
        _, faults = orchestrator.queries.verify()

    assert deaths == KILLS
    assert faults == []
    assert got == wanted


@pytest.mark.fault(1)
@pytest.mark.slow
def test_a_kill_before_any_statement_of_a_pass_leaves_it_absent_or_whole(waiting, tmp_path):
    """Statement by statement through one batch (FAULTS, row 1)."""
    for statement in range(1, 16):
        path = tmp_path / f"{statement}.db"
        shutil.copy(waiting, path)
        killed_before(path, statement)
        with herd.opened(path) as orchestrator:
            _, faults = orchestrator.queries.verify()

            assert faults == []
