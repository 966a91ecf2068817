"""Load and poison (rows 45 to 50), and whatever a workflow's own functions raise (row 58)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator.replay import Replay
from tests.doors.house import House, everything, house, rfc3339
from tests.doors.shaky import broken
from tests.faults.fragile import RULES, WORKFLOWS, raising
from tests.laws.world import limits
from tests.test_incidents import shaky

DUE = "2025-03-07 00:00"


def plea(case: str, docket: str, when: str = "2025-03-03 10:00") -> str:
    """A line of history: a plea whose window ends at 24:00 on the 6th."""
    line = {"at": rfc3339(when), "open": "plea", "case": case, "docket": docket}
    return json.dumps({**line, "by": "complainant"})


@pytest.fixture
def there() -> Iterator[House]:
    with shaky() as found:
        yield found


def many(there: House, lines: list[str], when: str = DUE) -> None:
    """These pleas have been filed, and it is as late as that."""
    there.move_to("2025-03-03 12:00")
    Replay(there.orchestrator).run(lines)
    there.move_to(when)


# -- much at once -------------------------------------------------------------------------------


@pytest.mark.fault(45)
@pytest.mark.slow
def test_ten_thousand_timers_that_are_due_at_once_fire_once_each_docket_by_docket(
    there: House,
) -> None:
    many(there, [plea(f"A{n}", f"shop-{n % 1_000:04}") for n in range(10_000)])
    there.orchestrator.engine.batch = 100
    taken: list[set[str]] = []
    while (done := there.orchestrator.engine.advance_batch()).dockets:
        moved = {row[0] for row in there.rows("SELECT key FROM dockets WHERE seq > 10")}
        taken.append(moved.difference(*taken))

        assert (done.dockets, done.firings) == (100, 1_000)
    fired = there.rows(
        "SELECT count(*), count(DISTINCT \"case\") FROM journal WHERE kind = 'timer'"
    )

    assert [len(dockets) for dockets in taken] == [100] * 10  # nobody twice before everybody once
    assert fired == [(10_000, 10_000)]


@pytest.mark.fault(49)
@pytest.mark.parametrize("big", ["a-big", "z-big"])
def test_a_docket_with_many_cases_due_at_one_midnight_keeps_no_other_docket_waiting(
    there: House, big: str
) -> None:
    """A fiftieth of the true bounds: 10,000 due, 1,000 causes of one docket in one commit."""
    with limits(causes=20, due=200):
        crowd = [plea(f"B{n}", big) for n in range(200)]
        many(there, [*crowd, *(plea(f"A{n}", f"shop-{n:02}") for n in range(20))])
        waiting, commits = [20], 0
        more = True
        while more:
            more = there.orchestrator.engine.advance_batch().more
            commits += 1
            left = there.rows("SELECT count(DISTINCT docket) FROM timers WHERE docket <> ?", big)
            waiting.append(left[0][0])

    assert waiting[2] == 0
    assert commits == 10
    assert there.rows("SELECT count(*) FROM timers") == [(0,)]
    assert there.orchestrator.verify() == []


# -- poison -------------------------------------------------------------------------------------


def others(there: House, but: str) -> list[dict[str, Any]]:
    return [entry for entry in there.journal() if entry["docket"] != but]


@pytest.mark.fault(46)
@pytest.mark.slow
def test_of_a_batch_of_five_hundred_all_but_the_docket_that_raises_are_saved() -> None:
    lines = [plea(f"A{n}", f"shop-{n:03}") for n in range(500)]
    with shaky() as there, broken("fold of shop-250"):
        many(there, lines)
        before = [e for e in there.journal() if e["docket"] == "shop-250"]
        done = there.orchestrator.engine.advance_batch()
        after = [e for e in there.journal() if e["docket"] == "shop-250"]
        poisoned = others(there, "shop-250")
        (incident,) = there.orchestrator.incidents.all()
        shown = there.orchestrator.incidents.show(incident["incident"])
    with shaky() as there:
        many(there, [line for line in lines if "shop-250" not in line])
        there.orchestrator.advance()
        wanted = there.journal()

    assert (done.dockets, done.firings, done.incidents) == (499, 499, 1)
    assert after == before
    assert poisoned == wanted  # taking the poison out changes nobody else (I16)
    assert (incident["docket"], "the_end_is_noted" in shown["traceback"]) == ("shop-250", True)


@pytest.mark.fault(48)
def test_a_ball_that_two_cases_play_for_ever_stops_their_docket_and_no_other() -> None:
    with house(workflows=WORKFLOWS, rulebook=RULES) as there:
        for docket in ("shop-1", "shop-2"):
            given = {"docket": docket, "by": "buyer", "case": f"C-{docket}"}
            there.orchestrator.open("court", **given)
        before = there.journal()
        answer = there.orchestrator.inject("C-shop-1", "serve", by="buyer")
        (incident,) = there.orchestrator.incidents.all()

        assert answer.held == incident["incident"]
        assert there.journal() == before
        assert incident["error"] == ("ChainTooLong: docket shop-1: 100 causes at one instant")
        assert not there.orchestrator.open("court", docket="shop-2", by="buyer").refused


# -- every function of a workflow ---------------------------------------------------------------

PARCEL = {"docket": "shop-1", "case": "P"}


def opens(there: House) -> None:
    there.orchestrator.open("parcel", by="seller", docket="shop-1", case="Q")


def fetches(there: House) -> None:
    there.orchestrator.inject("P", "fetch", by="buyer")


def notes(there: House) -> None:
    facts = {"occurred_at": "2025-03-01T00:00:00+08:00"}
    there.orchestrator.inject("P", "note", by="seller", facts=facts)


def waits(there: House) -> None:
    there.move_to("2025-03-09 00:00")
    there.orchestrator.advance()


PLACES = [
    ("guard of opening", opens),
    ("fold of opening", opens),
    ("wish of opening", opens),
    ("guard of event", fetches),
    ("choice of event", fetches),
    ("fold of event", fetches),
    ("wish of event", fetches),
    ("instant of date", notes),
    ("fold of timer", waits),
    ("wish of timer", waits),
]


@pytest.mark.fault(46, 58)
@pytest.mark.parametrize(("place", "act"), PLACES, ids=[place for place, _ in PLACES])
def test_whatever_function_of_a_workflow_raises_the_case_stays_as_it_was(
    place: str, act: Any
) -> None:
    with house(workflows=WORKFLOWS, rulebook=RULES) as there:
        there.orchestrator.open("parcel", by="seller", docket="shop-1", case="P")
        before = everything(there)
        with raising(place):
            act(there)
        after = everything(there)
        (incident,) = there.orchestrator.incidents.all()
        changed = {table for table in after if after[table] != before[table]}
        settled = there.orchestrator.incidents.retry(incident["incident"]).settled

        assert incident["error"] == f"ArithmeticError: planted in the {place}"
        assert changed - {"held"} == {"incidents", "dockets"}  # the docket says that it is stopped
        assert settled
        assert there.orchestrator.verify() == []
