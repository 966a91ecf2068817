"""`calendar add` and `catch-up`: what would move, what moved, how an interrupted one goes on."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from orchestrator.engine import Engine
from tests.doors.conftest import Cli
from tests.doors.house import year_file
from tests.doors.test_calendar_verbs import words

ADD = ("calendar", "add", "2027.json")
BECOMES_FINAL = "becomes final; 2027-01-04 is off (元旦)"


def limit_of(cli: Cli) -> tuple[Any, ...]:
    (limit,) = [t for t in cli("case", "show", "A", "-o", "json").json["timers"] if t["due_at"]][
        -1:
    ]
    return limit["due_at"][:10], limit["provisional"]


def test_a_dry_run_lists_what_would_move_and_writes_nothing(waiting: Cli) -> None:
    before = waiting.everything()

    ran = waiting(*ADD, "--dry-run")
    found = waiting(*ADD, "--dry-run", "-o", "json").json

    assert "preview, nothing is written: 2027 of calendar cn would be edition" in ran.out
    assert (
        "shop-1 A review_limit 24:00 of Tue 2027-01-12 24:00 of Wed 2027-01-13 " + BECOMES_FINAL
    ) in words(ran.out)
    assert words(ran.out)[-1] == "1 deadline: 1 later"
    assert found["preview"] is True
    assert found["counts"] == {"later": 1}
    assert [(m["case"], m["to"], m["why"]) for m in found["moves"]] == [
        ("A", "2027-01-14T00:00:00+08:00", BECOMES_FINAL)
    ]
    assert waiting.everything() == before


def test_a_dry_run_of_what_is_known_says_so(waiting: Cli) -> None:
    waiting(*ADD)

    ran = waiting(*ADD, "--dry-run")
    found = waiting(*ADD, "--dry-run", "-o", "json").json

    assert "says the same of 2027 already: nothing to do" in ran.out
    assert (found["edition"], found["moves"]) == (None, [])


def test_a_dry_run_that_moves_nothing_says_so(cli: Cli) -> None:
    year_file(cli.folder)

    assert words(cli(*ADD, "--dry-run").out)[-1] == "no pending deadline would move"


def test_adding_a_year_lets_dockets_catch_up(waiting: Cli) -> None:
    before = limit_of(waiting)

    ran = waiting(*ADD)

    assert ran.code == 0
    assert "calendar cn: 2027 is announced as edition" in ran.out
    assert "1 docket caught up: 0 timers acted, 0 incidents" in ran.out
    assert (before, limit_of(waiting)) == (("2027-01-13", True), ("2027-01-14", False))
    assert waiting("journal", "verify").code == 0


def test_with_later_it_is_only_announced(waiting: Cli) -> None:
    ran = waiting(*ADD, "--later")
    pending = waiting("calendar", "catch-up", "--dry-run", "-o", "json").json["dockets"]

    assert "`orchestrator calendar catch-up`" in ran.out
    assert pending == 1
    assert waiting.rows("SELECT kind FROM journal") == [("opened",)] * 1

    ran = waiting("calendar", "catch-up")
    again = waiting("calendar", "catch-up", "-o", "json").json

    assert "1 docket caught up" in ran.out
    assert again["behind"] == 0
    assert "no docket is behind" in waiting("calendar", "catch-up").out


@pytest.mark.fault(62)
def test_interrupted_it_says_how_far_it_came_and_goes_on(
    waiting: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Engine) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "catch_up_batch", interrupted)
        ran = waiting(*ADD)
    announced = waiting("calendar", "show", "-o", "json").json["announced"][-1]["year"]
    again = waiting(*ADD)

    assert ran.code == 1
    assert "interrupted: 0 of 1 dockets have caught up" in ran.said
    assert "`orchestrator calendar catch-up`" in ran.said
    assert announced == 2027
    assert "says the same of 2027 already: nothing was written" in again.out
    assert "1 docket caught up" in again.out


def test_a_released_deadline_acts_and_its_notice_leaves_with_the_next_advance(
    waiting: Cli,
) -> None:
    ran = waiting(*ADD, now="2027-02-01 10:00")

    assert "2 timers acted" in ran.out or "3 timers acted" in ran.out
    assert "leaves with the daemon, or with `orchestrator advance`" in ran.out


def test_a_file_with_errors_is_told_by_line_and_key_and_announces_nothing(waiting: Cli) -> None:
    before = waiting.everything()
    (waiting.folder / "2027.json").write_text(
        '{\n "year": 2027,\n "days": [\n  {"name": "x", "date": "2027-1-1", "isOffDay": 1}\n ]\n}',
        "utf-8",
    )
    for more in ((), ("--dry-run",)):
        ran = waiting(*ADD, *more)

        assert ran.code == 2
        assert "2027.json, line 4: days.0.date: a date such as 2026-10-01" in ran.said
        assert "2027.json, line 4: days.0.isOffDay: true or false, got 1" in ran.said
    assert waiting.everything() == before


def test_a_docket_that_is_stopped_is_told(waiting: Cli) -> None:
    _stop(waiting.path)

    preview, ran = waiting(*ADD, "--dry-run"), waiting(*ADD)

    assert f"{BECOMES_FINAL}; when incident 1 is settled" in " ".join(words(preview.out))
    assert "1 docket left, stopped by an incident" in ran.out


def _stop(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO incidents (docket, opened_at, error, traceback) VALUES ('shop-1', 1, 'x', '')"
    )
    connection.execute("UPDATE dockets SET incident = 1 WHERE key = 'shop-1'")
    connection.commit()
    connection.close()


def test_a_list_longer_than_memory_is_one_document(
    waiting: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        waiting.files(f"B{n}", f"shop-{n + 2}")

    text = waiting(*ADD, "--dry-run", "-o", "json").out
    monkeypatch.setattr("orchestrator.cli.editions.ROWS", 3)
    table = words(waiting(*ADD, "--dry-run").out)

    assert len(json.loads(text)["moves"]) == 7
    assert len([line for line in table if line.startswith("docket case")]) == 3
