"""A new version of the rulebook while cases are under way: each case keeps its own for life."""

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.db import library
from orchestrator.db.library import Shelf
from tests.books import changed
from tests.diaries.deeds import (
    appeals,
    filed,
    power_cut,
    quiet,
    refused,
    ruled,
    second,
    together,
    violation,
    withdraws,
)
from tests.diaries.words import COSTS, FINAL, FORWARDED, RECEIVED, TAKEN_DOWN, TOLD, UNDONE
from tests.diaries.world import Deed, World

LONGER = {"ip_complaint.appeal_window": {"working_days": 5}}
CHEAPER = {"account_standing.general": {"scope": "respondent", "first": 6, "later": 5, "free_window": {"days": 5}}}  # fmt: skip


@pytest.fixture
def diary(account_diary: Callable[..., World]) -> Callable[..., World]:
    return account_diary


def publishes(version: int, day: str, values: dict[str, Any]) -> Deed:
    """A version of seed-2022 becomes known now, and is in force from that day on."""

    def do(world: World) -> None:
        book = changed(values, version=version, effective_from=day)
        there = world.orchestrator
        with there.store.write() as tx:
            library.seed(tx, Shelf((book,), {}), there.registry, there.clock.now())

    return do


def stands(world: World) -> str:
    """Complaint by complaint: its state, and the version of its rulebook."""
    found = sorted(
        (case["case"], case["state"], world.orchestrator.case(case["case"])["rulebook"])
        for case in world.cases()
        if case["workflow"] == "ip_complaint"
    )
    words = (f"{case[-1]} {state} @{pin[10]}" for case, state, pin in found)
    return ", ".join(words) or "not there"


def test_a_version_in_the_middle_of_running_cases_is_for_those_that_are_opened_under_it(diary):
    """The first was filed in the last microsecond of version 1, and upheld under version 2."""
    both = together(ruled("1"), ruled("2"))

    diary(
        ("Mon 2025-03-03 10:00", publishes(2, "2025-03-05", LONGER), "not there"),
        ("Tue 2025-03-04 23:59:59.999999", filed("1"), "1 under_review @1", *RECEIVED),
        ("Wed 2025-03-05 00:00", filed("2"), "1 under_review @1, 2 under_review @2", *RECEIVED),
        ("Wed 2025-03-05 10:00", power_cut, "1 under_review @1, 2 under_review @2"),
        ("Thu 2025-03-06 10:00", both, "1 appeal_window @1, 2 appeal_window @2", *TAKEN_DOWN, *TOLD, *TAKEN_DOWN),
        # Three days and a roll: Sunday the 9th is not worked. Five working days: Thursday the 13th.
        ("Mon 2025-03-10 23:59:59.999999", quiet, "1 appeal_window @1, 2 appeal_window @2"),
        ("Tue 2025-03-11 00:00", refused(appeals), "1 final_upheld @1, 2 appeal_window @2", *FINAL),
        ("Thu 2025-03-13 23:59:59.999999", second(appeals), "1 final_upheld @1, 2 awaiting_complainant @2", *FORWARDED),
        in_words=stands,
    )  # fmt: skip


def test_a_version_that_is_known_does_not_count_before_its_day(diary):
    diary(
        ("Mon 2025-03-03 10:00", publishes(2, "2025-03-12", CHEAPER), "good"),
        ("Tue 2025-03-11 23:59:59.999999", violation("1"), "good, 8 points", *COSTS),
    )


def test_a_standing_rates_violations_of_both_versions_each_by_its_complaints_own(diary):
    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 8 points", *COSTS),
        ("Tue 2025-03-11 10:00", filed("2"), "good, 8 points", *FINAL, *RECEIVED),
        ("Tue 2025-03-11 11:00", publishes(2, "2025-03-12", CHEAPER), "good, 8 points"),
        # Upheld under version 2, but filed under version 1: eight points.
        ("Wed 2025-03-12 10:00", ruled("2"), "good, 16 points", *TAKEN_DOWN, *TOLD),
        ("Tue 2025-03-18 00:00", violation("3"), "good, 21 points", *FINAL, *COSTS),
        # Without the first the others are rated again, each by its own: 8 and 5.
        ("Tue 2025-03-18 11:00", withdraws, "good, 13 points", *UNDONE, *TOLD),
        # Without the second the third is the first one deducted: 6 by version 2.
        ("Tue 2025-03-18 12:00", second(withdraws), "good, 6 points", *UNDONE, *TOLD),
    )


def test_three_versions_are_each_in_force_from_their_own_day(diary):
    third = {**CHEAPER, "account_standing.general.later": 3}

    diary(
        ("Mon 2025-03-03 10:00", violation("1"), "good, 8 points", *COSTS),
        ("Mon 2025-03-03 11:00", publishes(2, "2025-03-10", CHEAPER), "good, 8 points"),
        ("Mon 2025-03-03 12:00", publishes(3, "2025-03-20", third), "good, 8 points"),
        ("Wed 2025-03-19 10:00", violation("2"), "good, 13 points", *FINAL, *COSTS),
        ("Tue 2025-03-25 10:00", violation("3"), "good, 16 points", *FINAL, *COSTS),
    )
