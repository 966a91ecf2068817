"""Late daemons, looked at from later: what was so, and what had been written down (law 1 and 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from orchestrator.errors import BadInput, NotFound
from tests.diaries.deeds import (
    becomes_known,
    files,
    power_cut,
    upholds,
)
from tests.diaries.world import BEIJING, World

NIGHT = (  # moment, as it was, as it had been recorded
    ("Mon 2025-03-03 10:00", "under_review", "under_review"),
    ("Tue 2025-03-04 09:59:59.999999", "under_review", "under_review"),
    ("Tue 2025-03-04 10:00", "appeal_window", "appeal_window"),
    ("Fri 2025-03-07 23:59:59.999999", "appeal_window", "appeal_window"),
    ("Sat 2025-03-08 00:00", "final_upheld", "appeal_window"),
    ("Sat 2025-03-08 08:00", "final_upheld", "appeal_window"),
    ("Sat 2025-03-08 09:29:59.999999", "final_upheld", "appeal_window"),
    ("Sat 2025-03-08 09:30", "final_upheld", "final_upheld"),
    ("Sat 2025-03-08 10:00", "final_upheld", "final_upheld"),
)


def moment(when: str) -> datetime:
    return datetime.fromisoformat(when.partition(" ")[2]).replace(tzinfo=BEIJING)


def shown(world: World, **moments: str) -> dict[str, Any]:
    given = {name: moment(when) for name, when in moments.items()}
    return world.orchestrator.case("complaint-1", **given)


def state(world: World, **moments: str) -> str:
    return shown(world, **moments)["state"]


@pytest.fixture
def late(world: World) -> World:
    """Upheld on Tuesday; the window ended on Friday at 24:00, and a process woke at 09:30."""
    world.subject = "complaint-1"
    lines = (
        ("Tue 2024-01-02 10:00", becomes_known()),
        ("Mon 2025-03-03 10:00", files),
        ("Tue 2025-03-04 10:00", upholds("severe")),
        ("Sat 2025-03-08 09:30", lambda there: there.orchestrator.advance()),
        ("Sat 2025-03-08 10:00", power_cut),
    )
    for _ in world.play(lines):
        pass
    return world


@pytest.mark.parametrize(("when", "was", "known"), NIGHT, ids=[when for when, *_ in NIGHT])
def test_as_it_was_and_as_it_was_known_differ_in_the_late_hours_alone(late, when, was, known):
    assert (state(late, at=when), state(late, known_at=when)) == (was, known)


def test_what_was_known_of_an_earlier_instant_is_what_had_been_written_down_of_it(late):
    midnight = "Sat 2025-03-08 00:00"

    assert state(late, at=midnight, known_at="Sat 2025-03-08 09:00") == "appeal_window"
    assert state(late, at=midnight, known_at="Sat 2025-03-08 09:30") == "final_upheld"
    assert state(late, at="Fri 2025-03-07 23:59", known_at=midnight) == "appeal_window"


def test_a_deadline_that_nobody_had_noticed_stands_there_as_passed(late):
    (window,) = [
        deadline
        for deadline in shown(late, known_at="Sat 2025-03-08 08:00")["deadlines"]
        if deadline["name"] == "appeal_window"
    ]

    assert (window["due_at"], window["passed"]) == ("2025-03-08T00:00:00+08:00", True)
    assert shown(late, known_at="Fri 2025-03-07 23:59")["deadlines"][0]["passed"] is False


def test_what_may_be_done_is_what_might_be_done_then(late):
    def appeal(when: str) -> bool:
        events = shown(late, at=when)["events"]
        return next(event["allowed"] for event in events if event["event"] == "appeal")

    assert [appeal(f"Fri 2025-03-07 {hour}") for hour in ("23:59", "23:59:59.999999")] == [True] * 2
    assert not appeal("Sat 2025-03-08 00:00")


def test_what_might_be_done_does_not_depend_on_who_had_noticed(late):
    """At 08:00 nobody knew that the window had ended; an appeal would have been refused all the same."""
    events = {e["event"]: e for e in shown(late, known_at="Sat 2025-03-08 08:00")["events"]}

    assert [events[name]["allowed"] for name in ("appeal", "overturn")] == [False, True]
    assert events["overturn"]["why"] == "it was final_upheld by then, which nobody had noticed"
    assert events["appeal"]["why"].endswith("it was final_upheld by then, which nobody had noticed")


def test_an_instant_that_nobody_has_noticed_yet_is_shown_as_it_was_all_the_same(world):
    world.subject = "complaint-1"
    lines = (
        ("Tue 2024-01-02 10:00", becomes_known()),
        ("Mon 2025-03-03 10:00", files),
        ("Tue 2025-03-04 10:00", upholds("severe")),
        ("Sat 2025-03-08 12:00", power_cut),
    )
    for _ in world.play(lines):
        pass
    before = world.journal()

    assert state(world, at="Sat 2025-03-08 00:00") == "final_upheld"
    assert state(world, at="Fri 2025-03-07 23:59") == "appeal_window"
    assert state(world, known_at="Sat 2025-03-08 12:00") == "appeal_window"
    assert world.journal() == before


def test_the_account_is_shown_as_it_was_too(late):
    def strikes(**moments: str) -> int:
        given = {name: moment(when) for name, when in moments.items()}
        return late.orchestrator.standing("shop-1", **given)["strikes"]

    assert strikes(at="Tue 2025-03-04 09:59") == 0
    assert strikes(at="Tue 2025-03-04 10:00") == 1
    assert strikes(known_at="Tue 2025-03-04 09:59") == 0
    assert strikes(known_at="Tue 2025-03-04 10:00") == 1


def test_before_it_was_opened_there_was_no_such_case(late):
    with pytest.raises(NotFound, match="was not open yet at 2025-03-03T09:59:00"):
        shown(late, at="Mon 2025-03-03 09:59")
    with pytest.raises(NotFound, match="was not known yet: by 2025-03-03T09:59:00"):
        shown(late, known_at="Mon 2025-03-03 09:59")
    with pytest.raises(NotFound, match="nothing of it up to 2025-03-03T09:59:00"):
        shown(late, at="Mon 2025-03-03 09:59", known_at="Mon 2025-03-03 12:00")


def test_what_has_not_come_yet_is_a_forecast(late):
    for name in ("at", "known_at"):
        with pytest.raises(BadInput, match=f"^{name}: an instant that has come.*forecast"):
            shown(late, **{name: "Sat 2025-03-08 10:01"})


def test_of_an_instant_later_than_what_was_known_only_a_forecast_could_have_told(late):
    with pytest.raises(BadInput, match=r"^at: an instant up to the one of known_at"):
        shown(late, at="Sat 2025-03-08 09:00", known_at="Sat 2025-03-08 08:00")
