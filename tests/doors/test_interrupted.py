"""Ctrl-C in a verb that has no answer of its own to it, or that was proving a journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.api import Orchestrator
from orchestrator.queries import Queries
from tests.doors.conftest import Cli


def interrupted(*_: object, **__: object) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("door", "words"),
    [("advance", ("advance",)), ("rebuild_lists", ("db", "reindex"))],
    ids=["advance", "db reindex"],
)
def test_an_interrupted_verb_says_so_and_ends_with_1(
    busy: Cli, monkeypatch: pytest.MonkeyPatch, door: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(Orchestrator, door, interrupted)

    ran = busy(*words)

    assert (ran.code, ran.out) == (1, "")
    assert (
        ran.said == "interrupted: the database has what was finished by then, and nothing half done"
    )


@pytest.mark.parametrize("output", ["table", "json"])
def test_an_interrupted_proof_says_how_far_it_came_and_that_nothing_is_proven(
    busy: Cli, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    def reads_one(
        _: Queries, __: str | None, progress: Callable[[int], None], **___: object
    ) -> Any:
        progress(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(Queries, "verify", reads_one)

    ran = busy("journal", "verify", "-o", output)

    assert (ran.code, ran.out) == (1, "")
    assert ran.said == "interrupted after 1 of 1 entries: nothing is proven"
