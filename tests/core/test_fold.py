"""What a journal comes to, and every row that says something else (I1, I8)."""

import pytest

from orchestrator.core.fold import compare, fold
from orchestrator.core.workflow import after, final, freezes, limit, on, state
from tests.core.builders import CN, Told, almanac, announced, small, world_of


def asked(case, event, view):
    return {"asked": True}


REVIEW, RULES = small(
    state(
        "review",
        limit("review_limit", "small.two", level_2="small.two"),
        on("ask", "staff", to="waiting", fold=asked),
        on("end", "staff", to="done"),
    ),
    state(
        "waiting",
        freezes("review_limit"),
        after("window", "small.two", to="done"),
        on("answer", "buyer", to="review"),
    ),
    final("done"),
    spans={"two": {"working_days": 2}},
)
NEWS = almanac(("Wed 2025-03-12 00:00", announced(CN, 2025, {"2025-03-13": True})))


@pytest.fixture
def told():
    """A review that was frozen, resumed, re-anchored, overdue, and refused something."""
    told = Told(world_of(REVIEW, books=[RULES], when=NEWS))
    told.opens("Mon 2025-03-10 09:00", "small")
    told.says("Mon 2025-03-10 10:00", "ask", "staff")
    told.says("Tue 2025-03-11 10:00", "answer")
    told.says("Tue 2025-03-11 11:00", "dance")
    told.passes("Tue 2025-03-18 00:00")
    return told


def faults(told, *, cases=None, timers=None):
    run = told.run
    found = compare(
        "shop-1",
        fold(run.entries),
        run.cases if cases is None else cases,
        run.timers if timers is None else timers,
    )
    return [str(fault) for fault in found]


def test_the_rows_of_a_docket_are_what_its_journal_comes_to(told):
    case = told.run.cases["A"]

    assert (case.overdue, case.data, list(told.run.timers["A"])) == (
        True,
        {"asked": True},
        ["review_limit_level_2"],
    )
    assert faults(told) == []


def test_a_frozen_and_a_cancelled_timer_are_told_too():
    told = Told(world_of(REVIEW, books=[RULES], when=NEWS))
    told.opens("Mon 2025-03-10 09:00", "small")
    told.says("Mon 2025-03-10 10:00", "ask", "staff")
    assert faults(told) == []

    told.passes("Tue 2025-03-18 00:00")

    assert told.state() == "done"
    assert faults(told) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", "done"), ("data", {}), ("overdue", False), ("seq", 1)],
)
def test_an_edited_row_is_found(told, field, value):
    edited = {"A": told.run.cases["A"]._replace(**{field: value})}

    (fault,) = faults(told, cases=edited)

    assert f"found {field} {value} of case A" in fault


def test_a_timer_that_vanished_is_found(told):
    (fault,) = faults(told, timers={})

    assert "found timers {} of case A, wanted timers {'review_limit_level_2'" in fault


def test_a_row_that_is_gone_and_one_that_nobody_opened_are_found(told):
    strange = {"B": told.run.cases["A"]}

    assert [fault.partition("found ")[2] for fault in faults(told, cases=strange)] == [
        "no row of case A, wanted one",
        "a row of case B, wanted none",
    ]
