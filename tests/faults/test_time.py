"""Time and calendar (rows 34 to 44): clocks that leap, fall back or are set wrongly; odd days."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from orchestrator.core.instants import EPOCH, MICROS_PER_HOUR, micros
from orchestrator.core.spans import Span, end
from tests.clocks import off_s
from tests.core.builders import CN
from tests.core.test_spans import in_zone
from tests.daemon import herd
from tests.doors.house import ROOT, beijing, house
from tests.laws.deeds import MONDAY, Hands, done, due, files, says
from tests.laws.oracles import the_clock_never_goes_back, timers_fire_at_their_own_instant
from tests.laws.stories import DAY, HOUR
from tests.laws.world import World

# -- a clock that leaps -------------------------------------------------------------------------


@pytest.mark.fault(34)
@pytest.mark.parametrize("to", ["2025-03-08 01:00", "2035-03-08 00:00"])
def test_after_a_leap_of_the_clock_what_is_due_has_happened_in_order_and_in_bounded_batches(
    tmp_path: Path, to: str
) -> None:
    leapt = herd.make(tmp_path / "leapt.db", 30)
    walked = Path(shutil.copy(leapt, tmp_path / "walked.db"))
    sizes = []
    with house(to, path=leapt) as there:
        there.orchestrator.engine.batch = 4
        while (done_ := there.orchestrator.engine.advance_batch()).dockets:
            sizes.append(done_.dockets)
        got = herd.history(there.orchestrator)
    with house("2025-03-05 10:00", path=walked) as there:
        while (next_due := there.orchestrator.engine.next_due()) and next_due <= beijing(to):
            there.clock.move_to(next_due)
            there.orchestrator.advance()
        there.move_to(to)
        there.orchestrator.advance()  # what was still to be announced by then
        wanted = herd.history(there.orchestrator)

    assert max(sizes) == 4
    assert len(sizes) > 2
    assert got == wanted


@pytest.mark.fault(35)
def test_after_a_clock_fell_back_an_hour_nothing_happens_twice_and_nothing_stands_still() -> None:
    clock = Hands(MONDAY)
    with World(clock=clock) as world, capture_logs() as told:
        done(world, files("shop-1", "A"), says("A", "uphold", lane="severe"), files("shop-2", "B"))
        end_of_window = due(world, "A", "appeal_window")
        clock.at = end_of_window
        world.wake()
        before = world.everything()
        clock.at -= HOUR
        world.wake()
        again = world.everything()
        done(world, says("A", "overturn"))
        clock.at = MONDAY + 40 * DAY
        world.wake()

        assert again == before
        assert [line["event"] for line in told] == ["the clock is behind its dockets: clamped"]
        assert [e.name for e in world.journal("shop-1") if e.effective_at == end_of_window][:2] == [
            "appeal_window",
            "overturn",
        ]
        assert {"review_limit"} < {e.name for e in world.journal("shop-2")}
        the_clock_never_goes_back(world)
        timers_fire_at_their_own_instant(world)


# -- zones and days -----------------------------------------------------------------------------

DIARIES = [
    "test_over_national_day_the_complainant_has_until_the_make_up_saturday_ends",
    "test_silence_of_the_complainant_is_adverse_and_a_response_at_the_due_instant_is_late",
]


@pytest.mark.fault(37)
@pytest.mark.slow
def test_a_diary_is_the_same_in_whatever_zone_the_machine_is_set_to() -> None:
    tests = [f"tests/diaries/test_ip_complaint.py::{name}" for name in DIARIES]
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    running = [
        subprocess.Popen(
            program,
            cwd=ROOT,
            env={**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for zone in ("America/New_York", "Asia/Kolkata")
    ]
    for process in running:
        told, _ = process.communicate()

        assert f"{len(DIARIES)} passed" in told, told
        assert process.returncode == 0


@pytest.mark.fault(38)
def test_from_every_month_end_of_1980_to_2100_days_are_counted_as_the_calendar_has_them() -> None:
    for year in range(1980, 2101):
        for month in range(1, 13):
            last = date(year, month, monthrange(year, month)[1])
            for days in (1, 28, 29, 30, 31, 365, 366):
                found = end(Span("days", days), last.toordinal(), 0, (), CN)
                after = datetime.combine(
                    last + timedelta(days=days + 1), time(), ZoneInfo("Asia/Shanghai")
                )

                assert found.at == micros(after)


ZONES = [
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",  # half an hour off
    "Asia/Kathmandu",  # three quarters of an hour off
    "Australia/Lord_Howe",  # its summer is half an hour
    "America/Sao_Paulo",  # some days began at 01:00
    "America/Havana",  # some days began twice
]
SINCE_1980 = st.integers(micros(datetime(1980, 1, 1, tzinfo=ZoneInfo("UTC"))) // 10**6, 4 * 10**9)
IN_CHINESE_SUMMERS = st.integers(515_000_000, 690_000_000)  # 1986 to 1991


def day_in(zone: str, at: int) -> date:
    return (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone)).date()


@pytest.mark.fault(39)
@given(st.sampled_from(ZONES), st.one_of(SINCE_1980, IN_CHINESE_SUMMERS), st.integers(1, 400))
def test_in_every_zone_hours_are_exact_and_days_are_local_dates(
    zone: str, second: int, count: int
) -> None:
    at, edition = second * 10**6, in_zone(zone)
    start = day_in(zone, at)

    by_hours = end(Span("hours", count), start.toordinal(), at, (), edition)
    by_days = end(Span("days", count), start.toordinal(), at, (), edition)

    assert by_hours.at == at + count * MICROS_PER_HOUR
    assert day_in(zone, by_days.at - 1) == start + timedelta(days=count)
    assert day_in(zone, by_days.at) == start + timedelta(days=count + 1)


# -- a clock that a test has frozen -------------------------------------------------------------


@pytest.mark.fault(44)
def test_a_clock_that_is_frozen_still_is_noticed_after_the_test() -> None:
    with freeze_time("2025-03-03 02:00:00"):
        frozen = off_s()

    assert frozen > DAY / 10**6
    assert off_s() < 1


BANNED = [
    "import datetime as dt\n\nnow = dt.datetime.now(dt.UTC)\n",
    "import datetime as dt\n\nnow = dt.datetime.utcnow()\n",
    "import datetime as dt\n\ntoday = dt.date.today()\n",
    "import time\n\nnow = time.time()\n",
    "import time\n\ntime.sleep(1)\n",
]


@pytest.mark.fault(44)
@pytest.mark.parametrize("code", BANNED, ids=lambda code: code.splitlines()[-1])
def test_nobody_but_the_clock_may_ask_what_time_it_is(code: str) -> None:
    program = ["ruff", "check", "--select", "TID251", "--stdin-filename", "orchestrator/x.py", "-"]
    done_ = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done_.returncode == 1
    assert "orchestrator/clock.py" in done_.stdout or "nothing here sleeps" in done_.stdout
