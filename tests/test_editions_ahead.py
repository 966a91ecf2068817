"""`calendar add --dry-run`: every pending deadline that would move, and no byte is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator import editions
from orchestrator.core.spanfield import SpanField
from orchestrator.core.workflow import (
    RulesModel,
    after,
    final,
    freezes,
    on,
    opens,
    state,
    workflow,
)
from orchestrator.errors import BadConfig, NotFound
from tests.doors.house import (
    OFF,
    House,
    empty_database,
    everything,
    files_a_complaint,
    house,
    year_file,
)
from tests.faults.fragile import PARCEL, raising


class Rules(RulesModel):
    patience: SpanField
    answer: SpanField


PAUSED = workflow(
    "parcel",
    opens("seller"),
    state(
        "waiting",
        after("patience", "parcel.patience", to="gone"),
        on("ask", "seller", to="asked"),
    ),
    state("asked", freezes("patience"), after("answer", "parcel.answer", to="gone")),
    final("gone"),
    rules={"parcel": Rules},
    story="A parcel waits, and its clock may stand still.",
    source="tests",
)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    """Thu 2027-01-07 15:00: three deadlines that wait for 2027, one of them blocked, one frozen."""
    with house("2026-12-28 10:00", path=empty_database(tmp_path / "ahead.db")) as found:
        files_a_complaint(found, "A", "shop-1")
        files_a_complaint(found, "C", "shop-3")
        found.move_to("2026-12-29 10:00")
        files_a_complaint(found, "B", "shop-2")
        facts = {"lane": "general"}
        found.orchestrator.inject("B", "uphold", by="staff", facts=facts)
        found.move_to("2027-01-07 10:00")
        facts = {"wanted": "papers"}
        found.orchestrator.inject("C", "request_supplement", by="staff", facts=facts)
        found.orchestrator.advance()
        found.move_to("2027-01-07 15:00")
        yield found


def would_move(there: House, file: Path, **more: Any) -> list[dict[str, Any]]:
    news = there.orchestrator.editions.news("cn", file)
    return list(there.orchestrator.editions.moves(news, **more))


def in_short(moves: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(m["docket"], m["case"], m["name"], m["from"], m["to"], m["what"]) for m in moves]


WANTED = [
    (
        ("shop-1", "A", "review_limit"),
        ("2027-01-13T00:00:00+08:00", "2027-01-14T00:00:00+08:00", "later"),
    ),
    (
        ("shop-2", "B", "appeal_window"),
        ("2027-01-05T00:00:00+08:00", "2027-01-07T15:00:00+08:00", "released"),
    ),
    (("shop-3", "C", "review_limit"), (None, None, "frozen")),
    (
        ("shop-3", "C", "supplement_window"),
        ("2027-01-12T00:00:00+08:00", "2027-01-12T00:00:00+08:00", "final"),
    ),
]


def test_every_deadline_that_would_move_is_told_with_where_from_and_where_to(
    there: House, tmp_path: Path
) -> None:
    found = would_move(there, year_file(tmp_path))

    assert in_short(found) == [(*who, *what) for who, what in WANTED]
    assert found[0]["why"] == "becomes final; 2027-01-04 is off (元旦)"
    assert found[1]["why"].endswith("it acts at once")


def test_nothing_is_written(there: House, tmp_path: Path) -> None:
    before = everything(there)

    would_move(there, year_file(tmp_path))

    assert everything(there) == before


@pytest.mark.fault(62)
def test_the_announcement_then_does_what_was_told(there: House, tmp_path: Path) -> None:
    file = year_file(tmp_path)
    told = would_move(there, file)

    there.orchestrator.announce("cn", file)
    there.orchestrator.editions.catch_up()

    changed = [entry for entry in there.journal() if entry["kind"] == "calendar_changed"]
    did = [
        (entry["docket"], moved["case"], moved["name"], moved["from"], moved["due_at"])
        for entry in changed
        for moved in entry["content"]["moved"]
    ]
    assert did == [short[:5] for short in in_short(told) if short[5] != "frozen"]


def test_what_is_due_is_done_first_as_it_would_be(tmp_path: Path) -> None:
    """No process was awake: its limit and the level 2 that follows have passed, and count nothing."""
    with house("2026-12-28 10:00", path=empty_database(tmp_path / "asleep.db")) as there:
        files_a_complaint(there)
        there.orchestrator.announce("cn", year_file(tmp_path, "2027-01-01"))
        there.move_to("2027-02-01 10:00")  # its limit and level 2 have passed

        assert would_move(there, year_file(tmp_path, *OFF)) == []


def test_slices_tell_the_same_as_one_look(
    there: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = would_move(there, year_file(tmp_path))
    looked: list[int] = []
    monkeypatch.setattr(editions, "SLICE", 2)

    assert would_move(there, year_file(tmp_path), progress=looked.append) == whole
    assert looked == [2, 3]
    assert there.orchestrator.editions.count() == 3


def test_a_year_that_says_nothing_new_moves_nothing(there: House, tmp_path: Path) -> None:
    there.orchestrator.announce("cn", year_file(tmp_path))

    news = there.orchestrator.editions.news("cn", year_file(tmp_path))

    assert news.number is None
    assert list(there.orchestrator.editions.moves(news)) == []


def test_a_stopped_docket_is_told_with_the_incident_that_it_waits_for(
    there: House, tmp_path: Path
) -> None:
    with there.orchestrator.store.write() as tx:
        number = tx.open_incident("shop-1", there.clock.now(), "planted", "", None)

    found = would_move(there, year_file(tmp_path))

    assert in_short(found) == [(*who, *what) for who, what in WANTED]
    assert [move["incident"] for move in found] == [number, None, None, None]


def test_a_docket_that_is_being_replayed_is_passed_over_and_named(
    there: House, tmp_path: Path
) -> None:
    with there.orchestrator.store.write() as tx:
        tx.one("UPDATE dockets SET replay = '1' WHERE key = 'shop-2'")
    passed: list[tuple[str, str]] = []

    found = would_move(
        there, year_file(tmp_path), passed_over=lambda key, why: passed.append((key, why))
    )

    assert {move["docket"] for move in found} == {"shop-1", "shop-3"}
    assert passed == [("shop-2", "it is being replayed")]


def test_a_docket_of_an_unknown_definition_is_passed_over_and_named(
    there: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(there.orchestrator.registry, "known", frozenset[str]())
    passed: list[tuple[str, str]] = []

    found = would_move(
        there, year_file(tmp_path), passed_over=lambda key, why: passed.append((key, why))
    )

    assert found == []
    assert [key for key, _ in passed] == ["shop-1", "shop-2", "shop-3"]
    assert passed[0][1] == "its definition is not known here"


def test_a_docket_that_would_be_stopped_on_the_way_hides_no_other(tmp_path: Path) -> None:
    rules = {"parcel": {"patience": {"days": 3, "roll": True}}}
    with house("2026-12-28 10:00", workflows=[PARCEL], rulebook=rules) as there:
        there.orchestrator.open("parcel", docket="d-1", by="seller", case="P")
        there.move_to("2026-12-29 10:00")
        there.orchestrator.open("parcel", docket="d-2", by="seller", case="Q")
        there.move_to("2027-01-01 10:00")
        with raising("fold of timer"):
            found = would_move(there, year_file(tmp_path))

    assert in_short(found) == [
        (
            *("d-2", "Q", "patience"),
            *("2027-01-05T00:00:00+08:00", "2027-01-06T00:00:00+08:00", "later"),
        )
    ]


def test_a_calendar_that_is_not_there_and_a_year_without_a_day_are_told(
    there: House, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="no calendar 'mars'; there are cn, rome"):
        there.orchestrator.editions.news("mars", year_file(tmp_path))
    (tmp_path / "2027.json").write_text('{"year": 2027, "days": []}', "utf-8")
    with pytest.raises(BadConfig, match="a year is announced by its days"):
        there.orchestrator.editions.news("cn", tmp_path / "2027.json")


def test_an_amendment_tells_of_the_days_that_it_changes_alone(there: House, tmp_path: Path) -> None:
    there.orchestrator.announce("cn", year_file(tmp_path))
    there.orchestrator.advance()

    found = would_move(there, year_file(tmp_path, *OFF, "2027-01-08"))

    assert in_short(found) == [
        (
            *("shop-1", "A", "review_limit"),
            *("2027-01-14T00:00:00+08:00", "2027-01-15T00:00:00+08:00", "later"),
        )
    ]
    assert found[0]["why"] == "2027-01-08 is off (元旦)"


def test_what_another_calendar_has_moved_is_not_told_of_a_docket_that_is_behind(
    there: House, tmp_path: Path
) -> None:
    """One is stopped and has not heard of it yet, one has a clock that stands still."""
    with there.orchestrator.store.write() as tx:
        tx.open_incident("shop-1", there.clock.now(), "planted", "", None)
    there.orchestrator.announce("cn", year_file(tmp_path))
    there.move_to("2027-01-12 10:00")
    there.orchestrator.advance()

    news = there.orchestrator.editions.news("rome", year_file(tmp_path))

    assert list(there.orchestrator.editions.moves(news)) == []


def test_a_clock_that_stands_still_is_told_of_an_edition_once(tmp_path: Path) -> None:
    """Nothing else waits there by days, so no docket has applied the first edition yet."""
    rules = {"parcel": {"patience": {"working_days": 5}, "answer": {"hours": 900}}}
    with house("2026-12-30 10:00", workflows=[PAUSED], rulebook=rules) as there:
        there.orchestrator.open("parcel", docket="d-1", by="seller", case="P")
        there.move_to("2027-01-05 10:00")
        there.orchestrator.inject("P", "ask", by="seller")
        (first,) = would_move(there, year_file(tmp_path))
        there.orchestrator.announce("cn", year_file(tmp_path))
        there.move_to("2027-01-06 10:00")

        assert first["what"] == "frozen"
        assert would_move(there, year_file(tmp_path, *OFF, "2027-02-01")) == []
