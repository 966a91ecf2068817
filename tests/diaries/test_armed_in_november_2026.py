"""Deadlines armed in November 2026 that reach into 2027, which nobody has announced yet.

The shipped rulebooks count in days; here an office is patient: thirty working days for a review,
forty days, rolled, for an appeal. So its deadlines hang on a notice that comes weeks later (the
notices of 2027 in these diaries are invented). They are provisional from the first day on, staff's
move both ways, the shop's only later, and a notice that does not come blocks them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from freezegun import freeze_time

from tests.diaries import world as worlds
from tests.diaries.deeds import (
    announces,
    appeals,
    asks_for_more,
    becomes_known,
    files,
    power_cut,
    quiet,
    refused,
    supplies,
    together,
    under,
    upholds,
)
from tests.diaries.words import (
    FINAL,
    FORWARDED,
    KNOWN,
    LATE,
    RECEIVED,
    TAKEN_DOWN,
    TOLD,
    VERY_LATE,
)
from tests.diaries.world import CONFIG, World, the_deadlines

NEW_YEAR = ("2027-01-01", "2027-01-02", "2027-01-03")
SPANS = {
    'name = "seed-2022"': 'name = "patient"',
    "review_limit = { working_days = 10 }": "review_limit = { working_days = 30 }",
    "appeal_window = { days = 3, roll = true }": "appeal_window = { days = 40, roll = true }",
}
HOLDER_1_IS_KNOWN = ("Tue 2024-01-02 10:00", becomes_known(), "not there", *KNOWN)
FILED = (
    "Mon 2026-11-23 10:00",
    under("patient", files),
    (
        "under_review, review_target Fri 2026-11-27 00:00,"
        " review_limit Wed 2027-01-06 00:00 provisional"
    ),
    *RECEIVED,
)
REMINDED = (
    "Fri 2026-11-27 00:00",
    quiet,
    "under_review, review_limit Wed 2027-01-06 00:00 provisional",
    "staff: review_target",
)
UPHELD = (
    FILED,
    (
        "Mon 2026-11-23 15:00",
        upholds("general"),
        "appeal_window, appeal_window Tue 2027-01-05 00:00 provisional",
        *TAKEN_DOWN,
        *TOLD,
    ),
)


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's config with one more rulebook."""
    to = tmp_path / "patient" / "config"
    shutil.copytree(CONFIG, to)
    text = (to / "rulebooks" / "seed-2022.toml").read_text("utf-8")
    for old, new in SPANS.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (to / "rulebooks" / "patient.toml").write_text(text, "utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(worlds, "CONFIG", to)
    return to


@pytest.fixture
def world(template: Path, folder: Path, patient: Path) -> Iterator[World]:
    with freeze_time("2024-01-01") as clock:
        world = World(template, folder / "daemon.db", clock)
        yield world
        world.close()


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, HOLDER_1_IS_KNOWN, subject="complaint-1", in_words=the_deadlines)


# -- a limit on staff -------------------------------------------------------------------------


@pytest.mark.fault(40)
def test_a_notice_that_says_what_was_assumed_makes_the_limit_final(diary):
    diary(
        FILED,
        REMINDED,
        (
            "Tue 2026-12-01 15:00",
            together(announces(2027, *NEW_YEAR), power_cut),
            "under_review, review_limit Wed 2027-01-06 00:00",
        ),
        ("Tue 2027-01-05 23:59", quiet, "under_review, review_limit Wed 2027-01-06 00:00"),
        (
            "Wed 2027-01-06 00:00",
            quiet,
            "under_review, overdue, review_limit_level_2 Fri 2027-01-08 00:00",
            *LATE,
        ),
        ("Fri 2027-01-08 00:00", quiet, "under_review, overdue", *VERY_LATE),
    )


def test_a_notice_with_a_longer_holiday_moves_the_limit_later(diary):
    diary(
        FILED,
        REMINDED,
        (
            "Tue 2026-12-01 15:00",
            announces(2027, *NEW_YEAR, "2027-01-04"),
            "under_review, review_limit Thu 2027-01-07 00:00",
        ),
        ("Wed 2027-01-06 23:59", quiet, "under_review, review_limit Thu 2027-01-07 00:00"),
        (
            "Thu 2027-01-07 00:00",
            quiet,
            "under_review, overdue, review_limit_level_2 Sat 2027-01-09 00:00",
            *LATE,
        ),
    )


def test_a_notice_that_makes_a_sunday_of_december_a_working_day_moves_the_limit_earlier(diary):
    """A notice of 2027 may speak of the last days of 2026 too."""
    diary(
        FILED,
        REMINDED,
        (
            "Tue 2026-12-01 15:00",
            announces(2027, *NEW_YEAR, worked=("2026-12-27",)),
            "under_review, review_limit Tue 2027-01-05 00:00",
        ),
        ("Mon 2027-01-04 23:59", quiet, "under_review, review_limit Tue 2027-01-05 00:00"),
        (
            "Tue 2027-01-05 00:00",
            quiet,
            "under_review, overdue, review_limit_level_2 Thu 2027-01-07 00:00",
            *LATE,
        ),
    )


def test_a_second_notice_before_new_year_moves_it_once_more(diary):
    diary(
        FILED,
        REMINDED,
        (
            "Tue 2026-12-01 15:00",
            announces(2027, *NEW_YEAR, "2027-01-04"),
            "under_review, review_limit Thu 2027-01-07 00:00",
        ),
        (
            "Thu 2026-12-31 17:00",
            announces(2027, "2027-01-01", "2027-01-03", worked=("2027-01-02",)),
            "under_review, review_limit Tue 2027-01-05 00:00",
        ),
        (
            "Tue 2027-01-05 00:00",
            quiet,
            "under_review, overdue, review_limit_level_2 Thu 2027-01-07 00:00",
            *LATE,
        ),
    )


@pytest.mark.fault(40)
def test_without_a_notice_the_limit_is_blocked_and_acts_when_one_comes(diary):
    diary(
        FILED,
        REMINDED,
        (
            "Tue 2027-01-05 23:59",
            quiet,
            "under_review, review_limit Wed 2027-01-06 00:00 provisional",
        ),
        ("Wed 2027-01-06 00:00", quiet, "under_review, review_limit Wed 2027-01-06 00:00 blocked"),
        (
            "Mon 2027-01-18 09:00",
            announces(2027, *NEW_YEAR),
            "under_review, overdue, review_limit_level_2 Thu 2027-01-21 00:00",
            *LATE,
        ),
    )


# -- a window of a party ----------------------------------------------------------------------


def test_a_shop_was_told_a_day_and_an_earlier_one_does_not_count(diary):
    diary(
        *UPHELD,
        (
            "Tue 2026-12-01 15:00",
            announces(2027, "2027-01-01", worked=("2027-01-02",)),  # day 40 itself
            "appeal_window, appeal_window Tue 2027-01-05 00:00",
        ),
        (
            "Mon 2027-01-04 23:59:59.999999",
            appeals,
            "awaiting_complainant, response_window Fri 2027-01-08 00:00",
            *FORWARDED,
        ),
    )


def test_a_later_day_counts(diary):
    diary(
        *UPHELD,
        (
            "Tue 2026-12-01 15:00",
            announces(2027, *NEW_YEAR, "2027-01-04"),
            "appeal_window, appeal_window Wed 2027-01-06 00:00",
        ),
        ("Tue 2027-01-05 23:59", quiet, "appeal_window, appeal_window Wed 2027-01-06 00:00"),
        ("Wed 2027-01-06 00:00", refused(appeals, "appeal_window"), "final_upheld", *FINAL),
    )


# -- a clock that stands still ----------------------------------------------------------------


def test_a_limit_that_is_frozen_when_the_notice_comes_is_counted_by_it_when_it_goes_on(diary):
    diary(
        FILED,
        (
            "Tue 2026-11-24 10:00",  # nothing was consumed yet
            asks_for_more,
            (
                "supplement_requested, supplement_window Sat 2026-11-28 00:00, review_limit frozen,"
                " review_target frozen"
            ),
            "complainant: supplement_requested",
        ),
        (
            "Wed 2026-11-25 15:00",
            announces(2027, *NEW_YEAR, "2027-01-04"),
            (
                "supplement_requested, supplement_window Sat 2026-11-28 00:00, review_limit frozen,"
                " review_target frozen"
            ),
        ),
        (
            "Thu 2026-11-26 10:00",
            supplies,
            "under_review, review_target Wed 2026-12-02 00:00, review_limit Tue 2027-01-12 00:00",
            "staff: supplemented",
        ),
    )
