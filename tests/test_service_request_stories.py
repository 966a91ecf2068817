"""Any story of a service request: nobody's waking up matters, and every deadline can be walked to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.api import Orchestrator
from orchestrator.core.instants import parse_instant
from tests.city import CONFIG, ROME, a_city, journal
from tests.doors.house import quiet

ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "triage": ("staff", {"department": "roads", "danger": False}),
    "ask": ("staff", {"question": "where?"}),
    "answer": ("citizen", {"answer": "there"}),
    "make_safe": ("department", {}),
    "inspect": ("inspector", {"finding": "deep"}),
    "resolve": ("department", {"finding": "filled"}),
    "decline": ("department", {"reason": "private ground"}),
    "reopen": ("citizen", {"reason": "again"}),
    "withdraw": ("citizen", {}),
    "accept": ("citizen", {}),
}
ANNOUNCE = "announce"  # 2027
GIVES_UP = {"withdraw", "accept", "decline"}
STARTS = [
    "2025-03-28T16:00:00+01:00",  # the clocks go forward
    "2025-04-17T16:30:00+02:00",  # Easter, then 25 April and 1 May
    "2025-10-24T16:59:00+02:00",  # the clocks go back
    "2026-12-28T10:00:00+01:00",  # the next year is not announced
    "2026-12-29T16:00:00+01:00",
]
REPORT = {"kind": "pothole", "where": "right lane"}
MINUTE, DAY = 60_000_000, 86_400_000_000


class Move(NamedTuple):
    """The n-th act that is possible, so long after the k-th deadline or after what was done before."""

    n: int  # 0 may give up, 1 announces a year
    deadline: int | None
    minutes: int
    danger: bool
    wakes: bool


class Done(NamedTuple):
    """A move as it was made."""

    at: int
    event: str
    danger: bool


MOVES = st.lists(
    st.one_of(
        st.builds(Move, st.integers(0, 6), deadline, minutes, st.booleans(), st.booleans())
        for deadline, minutes in (
            (st.none(), st.one_of(st.integers(0, 600), st.integers(0, 6 * 24 * 60))),
            (st.integers(0, 3), st.sampled_from([-60, -1, 0, 0, 1, 60])),
        )
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def year_2027(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its first working day is Thursday 7 January."""
    days = [{"name": "feast", "date": f"2027-01-0{n}", "isOffDay": True} for n in (1, 4, 5, 6)]
    path = tmp_path_factory.mktemp("year") / "2027.json"
    path.write_text(json.dumps({"year": 2027, "papers": [], "days": days}), "utf-8")
    return path


def lives(city: Orchestrator, start: str, moves: list[Move], year: Path) -> list[Done]:
    """A request, and what is done with it. A daemon wakes up where a move says so."""
    now, done = opens(city, start), []
    for move in moves:
        pending = [parse_instant(found["due_at"]) for found in city.deadlines()]
        known = move.deadline is not None and pending
        since = pending[move.deadline % len(pending)] if known else now
        now = max(now, since + move.minutes * MINUTE)
        city.clock.move_to(now)
        if move.wakes:
            city.engine.advance()
        done.append(Done(now, possible(city, move.n), move.danger))
        acts(city, done[-1], year)
    return done


def opens(city: Orchestrator, start: str) -> int:
    city.clock.move_to(parse_instant(start))
    city.open("service_request", docket="via-appia-12", by="citizen", facts=REPORT, case="R")
    return parse_instant(start)


def possible(city: Orchestrator, n: int) -> str:
    if n == 1:
        return ANNOUNCE
    allowed = [told["event"] for told in city.case("R")["events"] if told["allowed"]]
    goes_on = [event for event in allowed if event not in GIVES_UP]
    among = (goes_on if n else allowed) or ["withdraw"]
    return among[n % len(among)]


def acts(city: Orchestrator, done: Done, year: Path) -> None:
    city.clock.move_to(done.at)
    if done.event == ANNOUNCE:
        city.announce("rome", year)
        return
    by, facts = ACTS[done.event]
    given = {**facts, "danger": done.danger} if "danger" in facts else facts
    city.inject("R", done.event, by=by, facts=given)


@settings(deadline=None, max_examples=25)
@given(start=st.sampled_from(STARTS), moves=MOVES)
def test_whoever_wakes_up_when_the_city_comes_to_the_same_history(year_2027, start, moves):
    with quiet(), a_city(start) as city, a_city(start) as alone:
        told = lives(city, start, moves, year_2027)
        latest = max(opens(alone, start), *(done.at for done in told), 0)
        for done in told:
            acts(alone, done, year_2027)
        for there in (city, alone):
            there.clock.move_to(latest + 40 * DAY)
            there.engine.advance()

        assert journal(alone) == journal(city)
        assert city.verify() == []
        every_deadline_is_found_by_walking(journal(city), year_2027)


def every_deadline_is_found_by_walking(entries: list[dict[str, Any]], year: Path) -> None:
    """Armed, resumed or counted anew: where one comes to a minute at a time, or the act itself."""
    feasts = [feasts_of(CONFIG / f"calendars/rome/{n}.json" for n in (2025, 2026))]
    feasts.append(feasts[0] | feasts_of([year]))
    started: dict[str, list[datetime]] = {}  # by timer: start, freeze, resumption, freeze ...
    for entry in entries:
        content, at = entry["content"], datetime.fromisoformat(entry["effective_at"])
        for told in content.get("armed", ()):
            started[told["name"]] = [at]
        for name in content.get("frozen", ()):
            started[name].append(at)
        for told in content.get("resumed", ()):
            started[told["name"]].append(at)
        for key in ("armed", "resumed", "moved"):
            for told in content.get(key, ()):
                if {"working_hours", "office"} & told["span"].keys():
                    walked = walk(started[told["name"]], told["span"], feasts[told["edition"] - 1])
                    assert told["due_at"] == max(walked, at).astimezone(ROME).isoformat(), told


def feasts_of(files: Iterable[Path]) -> set[str]:
    return {day["date"] for file in files for day in json.loads(file.read_text("utf-8"))["days"]}


def walk(turns: list[datetime], span: dict[str, Any], feasts: set[str]) -> datetime:
    """To the end of a span a minute at a time, by the clock on the wall; no change of it is by day.

    turns   where it started, froze, was resumed ...; only hours freeze here. What was over when it
            froze, being provisional, ends where it would have gone on
    """
    start, *pauses = (turn.astimezone(ROME).replace(tzinfo=None) for turn in turns)
    if "working_days" in span:
        now, left = opening(start, feasts), span["working_days"]
        while left:
            now += timedelta(days=1)
            left -= works(now, feasts)
        return now.replace(tzinfo=ROME)
    stands = list(zip(pauses[::2], pauses[1::2], strict=True))
    now, left = start, span["working_hours"] * 60
    while left:
        left -= works(now, feasts) and not any(froze <= now < on for froze, on in stands)
        now += timedelta(minutes=1)
    if stands and now <= stands[-1][0]:
        now = opening(stands[-1][1], feasts)
    return now.replace(tzinfo=ROME)


def opening(wall: datetime, feasts: set[str]) -> datetime:
    while not works(wall, feasts):
        wall += timedelta(minutes=1)
    return wall


def works(wall: datetime, feasts: set[str]) -> bool:
    feast = f"{wall:%Y-%m-%d}" in feasts or (wall.month, wall.day) == (1, 1)
    return wall.weekday() < 5 and not feast and (8, 30) <= (wall.hour, wall.minute) < (17, 0)
