"""What `verify` finds beside the journals: rows of nobody, stops that are none, rows beyond reading."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.core.journal import Fault
from tests.doors.shaky import broken
from tests.test_edges_of_taking import court
from tests.test_incidents import appeals, pleads


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A of shop-1 and B of shop-2 plead; B is stopped by incident 1."""
    path = tmp_path / "c.db"
    with court(path) as there:
        pleads(there, "A", "shop-1")
        pleads(there, "B", "shop-2")
        with broken("guard"):
            appeals(there, "B")
        assert there.orchestrator.verify() == []
    return path


def found(path: Path, *statements: str, quick: bool = False) -> list[Fault]:
    """What is found when somebody without our rules has been at the file."""
    with closing(sqlite3.connect(path)) as file:
        for text in statements:
            file.execute(text)
        file.commit()
    with court(path) as there:
        return there.orchestrator.queries.verify(quick=quick)[1]


def said(faults: list[Fault]) -> list[tuple[str, str, str]]:
    return [(fault.docket, fault.found, fault.wanted) for fault in faults]


def a_copy(path: Path, table: str, **changes: str) -> str:
    """A statement that puts another row in, made of one that is there."""
    with closing(sqlite3.connect(path)) as there:
        names = [row[1] for row in there.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(f"'{changes[name]}'" if name in changes else f'"{name}"' for name in names)
    return f"INSERT INTO {table} SELECT {values} FROM {table} LIMIT 1"


STRAYS = [
    ("timers", {"case": "Z"}, "timer window of case Z, which is not there"),
    ("timers", {"case": "Z", "docket": "nobody"}, "timer window of case Z, which is not there"),
    ("timers", {"name": "more", "docket": "shop-2"}, "timer more of case A of docket shop-1"),
    ("cases", {"id": "Z", "docket": "nobody"}, "case Z of a docket that is not there"),
    ("outbox", {"docket": "nobody"}, "effects of a docket that is not there"),
]


@pytest.mark.parametrize(("table", "changes", "stray"), STRAYS, ids=[row[2] for row in STRAYS])
def test_a_row_of_nobody_is_found(
    path: Path, table: str, changes: dict[str, str], stray: str
) -> None:
    docket = changes.get("docket", "shop-1")

    assert (docket, stray, "none") in said(found(path, a_copy(path, table, **changes)))


def test_a_timer_of_a_case_that_has_ended_is_found(path: Path) -> None:
    faults = found(path, "UPDATE cases SET closed_at = 0 WHERE id = 'A'", quick=True)

    assert ("shop-1", "a timer of closed case A", "none") in said(faults)


def test_a_docket_that_moves_although_its_incident_is_open_is_found(path: Path) -> None:
    (fault,) = found(path, "UPDATE dockets SET incident = NULL")

    assert said([fault]) == [("shop-2", "a docket that moves", "one that its open incident stops")]


def test_a_docket_that_is_stopped_by_the_incident_of_another_is_found(path: Path) -> None:
    (fault,) = found(path, "UPDATE dockets SET incident = 1 WHERE key = 'shop-1'")

    assert said([fault]) == [("shop-1", "stopped by incident 1", "an open one of this docket")]


UNREADABLE = {
    "data that is no JSON": ("cases", "UPDATE cases SET data = '{' WHERE id = 'A'"),
    "a span that is none": (
        "timers",
        "UPDATE timers SET span = '{\"weeks\": 1}' WHERE \"case\" = 'A'",
    ),
    "pauses that are none": ("timers", "UPDATE timers SET pauses = '[1]' WHERE \"case\" = 'A'"),
}


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("what", UNREADABLE)
def test_a_row_beyond_reading_is_named_and_hides_no_other(
    path: Path, what: str, quick: bool
) -> None:
    table, text = UNREADABLE[what]
    wrong = "UPDATE cases SET state = 'appealed' WHERE id = 'B'"

    faults = found(path, text, wrong, quick=quick)

    unreadable, *rest = faults
    assert unreadable.docket == "shop-1"
    assert unreadable.found.startswith(f"a row of {table} that cannot be read (")
    assert {fault.docket for fault in rest} == {"shop-2"}


SPELT = {
    "a space more": "UPDATE cases SET data = replace(data, '{', '{ ') WHERE id = 'A'",
    "something behind it": "UPDATE cases SET data = data || 'x' WHERE id = 'A'",
    "a space in a span": "UPDATE timers SET span = replace(span, ':', ': ') WHERE \"case\" = 'A'",
}


@pytest.mark.parametrize("what", SPELT)
def test_a_row_that_reads_alike_and_was_touched_is_found(path: Path, what: str) -> None:
    (fault,) = found(path, SPELT[what])

    assert fault.docket == "shop-1"


def test_an_entry_beyond_reading_is_named_the_quick_way_too(path: Path) -> None:
    faults = found(path, "UPDATE journal SET content = '[]' WHERE docket = 'shop-1'", quick=True)

    assert ("shop-1", "one") in [(fault.docket, fault.wanted) for fault in faults]
    assert any("a journal that cannot be read (" in fault.found for fault in faults)


def test_clocks_that_are_ahead_because_this_machine_went_back_are_no_fault(path: Path) -> None:
    with court(path, "2025-03-01 10:00") as there:
        assert there.orchestrator.verify() == []
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE dockets SET clock = clock + 1 WHERE key = 'shop-1'")
        file.commit()
    with court(path, "2025-03-01 10:00") as there:
        (fault,) = there.orchestrator.verify()

        assert fault.found.startswith("clock ")
