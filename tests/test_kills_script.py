"""The kill tests find what they are there to find, and today's program survives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills.__main__ import main
from tests.kills.points import PLACES
from tests.kills.rounds import KINDS, chaos, walk

SECONDS = 20
WALKED = ("api", "command", "daemon", "advance", "replay", "calendar")


@pytest.mark.slow
def test_twenty_seconds_of_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    done = chaos(tmp_path / "round", 1, SECONDS)

    assert done.faults == []
    assert {kind for kind, _ in done.kills} == {*KINDS}
    assert {where for _, where in done.kills} == {*PLACES}
    assert done.acknowledged > 0
    assert done.repeated > 0


@pytest.mark.slow
def test_a_kill_around_any_commit_of_any_process_leaves_it_absent_or_whole(tmp_path: Path) -> None:
    done = walk(tmp_path / "round", WALKED, commits_alone=True)

    assert done.faults == []
    assert {kind for kind, _ in done.kills} >= {*KINDS} - {"open", "inject"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("planted", "kind", "fault"),
    [
        ("outbox-later", "api", "found no effect 0, wanted effect 0"),
        ("progress-later", "replay", "belongs to the unfinished replay of past-"),
        ("sent-before-sending", "advance", "delivered None, in the outbox"),
    ],
)
def test_a_bug_that_is_put_in_is_found(tmp_path: Path, planted: str, kind: str, fault: str) -> None:
    """Time goes slowly, so that no deadline comes between and the deaths are the same each time."""
    slowly = {"most": 6, "days_a_second": 0.01}
    done = walk(tmp_path / "round", [kind], planted=planted, commits_alone=True, **slowly)

    assert [said for said in done.faults if fault in said]


@pytest.mark.slow
def test_a_failure_ends_with_1_and_the_line_that_does_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An idempotency key in a second transaction: inputs are decided twice."""
    words = ["--walk", "api", "--commits", "--planted", "key-later"]

    assert main([*words, "--keep", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "twice or by nobody" in told
    assert f"again: python -m tests.kills {' '.join(words)}" in told
