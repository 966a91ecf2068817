"""A complaint is filed while the complainant's own docket is stopped (laws 10 and 12).

The filing asks there whether its right is valid, so it waits for that incident; the shop's docket
is not stopped, and goes on with everybody else.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.diaries.bugs import breaks, held, mend, or_stopped, retries
from tests.diaries.deeds import (
    about,
    asks_for_more,
    becomes_known,
    deposits_right,
    files,
    files_as,
    quiet,
    revokes,
    second,
    together,
    upholds,
)
from tests.diaries.words import KNOWN, RECEIVED, TAKEN_DOWN, TOLD
from tests.diaries.world import World
from workflows.common import one_more_round
from workflows.ip_complaint import right_is_valid, what_was_upheld

REMINDED = ("complainant: expiry_reminder",)
EXPIRED = ("complainant: expiry",)
ASKED = ("complainant: supplement_requested",)
NOT_SUPPLIED = ("complainant: closed_incomplete",)
HOLDERS_ARE_KNOWN = (
    "Tue 2024-01-02 10:00",
    together(becomes_known(right_expires_on="2025-03-31"), becomes_known("holder-2", "TM-9")),
    "not there",
    *KNOWN * 2,
)
HOLDER_IS_STOPPED = (
    (
        "Mon 2025-03-31 10:00",
        about("right-3", deposits_right(right_id="TM-3")),
        "not there",
        *REMINDED,
        *RECEIVED,
    ),
    ("Mon 2025-03-31 11:00", breaks(one_more_round, "holder-1"), "not there"),
    ("Mon 2025-03-31 12:00", held(about("right-3", asks_for_more)), "not there"),
)
DEPOSITED = about("right-3", deposits_right(right_id="TM-3"))
REVOKED = about("right-1", revokes)
ANOTHER_FILES = second(files_as("holder-2", "TM-9"))


def told_of(play: Callable[..., World], *lines: Any) -> World:
    """TM-1 of holder-1 ends with March 2025; holder-2 has TM-9, which does not."""
    return play(HOLDERS_ARE_KNOWN, *lines, subject="complaint-1", in_words=or_stopped())


@pytest.fixture
def diary(diary: Callable[..., World]) -> Iterator[Callable[..., World]]:
    yield partial(told_of, diary)
    mend()


@pytest.fixture
def one_diary(one_diary: Callable[..., World]) -> Iterator[Callable[..., World]]:
    yield partial(told_of, one_diary)
    mend()


def test_a_filing_that_reads_a_stopped_docket_is_decided_at_its_own_stamp(diary):
    diary(
        *HOLDER_IS_STOPPED,
        ("Mon 2025-03-31 13:00", held(files), "not there"),
        (
            "Mon 2025-03-31 18:00",
            retries(1, "supplement_requested", "under_review"),
            "under_review",
            *ASKED,
            *RECEIVED,
        ),
        ("Tue 2025-04-01 00:00", quiet, "under_review", *EXPIRED),
    )


def test_meanwhile_others_file_against_the_shop_and_it_goes_on(one_diary):
    """The filing is decided where the shop then stands: its clock never goes back (law 8)."""
    world = one_diary(
        *HOLDER_IS_STOPPED,
        ("Mon 2025-03-31 13:00", held(files), "not there"),
        ("Mon 2025-03-31 14:00", ANOTHER_FILES, "not there", *RECEIVED),
        ("Mon 2025-03-31 15:00", second(upholds("general")), "not there", *TAKEN_DOWN, *TOLD),
        (
            "Mon 2025-03-31 18:00",
            retries(1, "supplement_requested", "under_review"),
            "under_review",
            *ASKED,
            *RECEIVED,
        ),
    )

    opened = world.orchestrator.case("complaint-1")["opened_at"]
    assert opened == "2025-03-31T15:00:00+08:00"


def test_a_filing_against_a_stopped_shop_leaves_the_complainants_docket_alone(diary):
    diary(
        ("Mon 2025-03-31 10:00", ANOTHER_FILES, "not there", *REMINDED, *RECEIVED),
        ("Mon 2025-03-31 11:00", breaks(what_was_upheld), "not there"),
        ("Mon 2025-03-31 12:00", held(second(upholds("general"))), "not there"),
        ("Mon 2025-03-31 13:00", held(files), "not there"),
        ("Mon 2025-03-31 14:00", about("right-2", revokes), "not there", "complainant: revoke"),
        (
            "Mon 2025-03-31 18:00",
            retries(1, "appeal_window", "under_review"),
            "under_review",
            *TAKEN_DOWN,
            *TOLD,
            *RECEIVED,
        ),
    )


def test_a_filing_held_while_its_right_was_valid_is_taken_though_the_right_ended_since(diary):
    diary(
        *HOLDER_IS_STOPPED,
        ("Mon 2025-03-31 23:59:59.999999", held(files), "not there"),
        ("Tue 2025-04-01 00:00", quiet, "not there"),
        (
            "Tue 2025-04-01 10:00",
            retries(1, "supplement_requested", "under_review"),
            "under_review",
            *ASKED,
            *RECEIVED,
            *EXPIRED,
        ),
    )


def test_a_filing_whose_shop_is_stopped_too_waits_for_both_incidents(diary):
    diary(
        *HOLDER_IS_STOPPED,
        ("Mon 2025-03-31 12:30", ANOTHER_FILES, "not there", *RECEIVED),
        ("Mon 2025-03-31 13:00", held(files), "not there"),
        ("Mon 2025-03-31 14:00", breaks(what_was_upheld), "not there"),
        ("Mon 2025-03-31 15:00", held(second(upholds("general")), 2), "not there"),
        ("Mon 2025-03-31 18:00", retries(1, "supplement_requested", None), "not there", *ASKED),
        (
            "Mon 2025-03-31 19:00",
            retries(2, "under_review", "appeal_window"),
            "under_review",
            *RECEIVED,
            *TAKEN_DOWN,
            *TOLD,
        ),
    )


def test_a_filing_held_with_its_shop_waits_for_the_complainants_incident_as_well(diary):
    """What is held there may be about the very right: it is decided before the filing reads it."""
    of_holder_2 = second(files_as("holder-2", "TM-9", "a-shop"))

    diary(
        *HOLDER_IS_STOPPED[:2],
        ("Mon 2025-03-31 11:20", of_holder_2, "not there", *RECEIVED),
        ("Mon 2025-03-31 11:30", breaks(what_was_upheld, "a-shop"), "not there"),
        ("Mon 2025-03-31 11:40", held(second(upholds("general"))), "not there"),
        ("Mon 2025-03-31 12:00", held(about("right-3", asks_for_more), 2), "not there"),
        ("Mon 2025-03-31 12:30", held(about("right-1", revokes), 2), "not there"),
        ("Mon 2025-03-31 13:00", held(files_as(shop="a-shop")), "not there"),
        (
            "Mon 2025-03-31 17:00",
            retries(1, "appeal_window", None, still=breaks(one_more_round, "holder-1")),
            "not there",
            *TAKEN_DOWN,
            *TOLD,
        ),
        (
            "Mon 2025-03-31 18:00",
            retries(2, "supplement_requested", "revoked", None),
            "not there",
            *ASKED,
            "complainant: revoke",
        ),
    )


def test_a_filing_held_with_its_shop_does_not_wait_for_what_stopped_the_complainant_later(diary):
    diary(
        *HOLDER_IS_STOPPED[:2],
        ("Mon 2025-03-31 11:20", ANOTHER_FILES, "not there", *RECEIVED),
        ("Mon 2025-03-31 11:30", breaks(what_was_upheld), "not there"),
        ("Mon 2025-03-31 11:40", held(second(upholds("general"))), "not there"),
        ("Mon 2025-03-31 11:50", held(files), "not there"),
        ("Mon 2025-03-31 12:00", held(about("right-3", asks_for_more), 2), "not there"),
        (
            "Mon 2025-03-31 17:00",
            retries(1, "appeal_window", "under_review"),
            "under_review",
            *TAKEN_DOWN,
            *TOLD,
            *RECEIVED,
        ),
        ("Mon 2025-03-31 18:00", retries(2, "supplement_requested"), "under_review", *ASKED),
    )


def test_a_filing_that_meets_a_bug_when_it_is_decided_stops_its_own_shop(diary):
    bug_in_the_shop = breaks(right_is_valid, "shop-1")

    diary(
        *HOLDER_IS_STOPPED,
        ("Mon 2025-03-31 13:00", held(files), "not there"),
        (
            "Mon 2025-03-31 18:00",
            retries(1, "supplement_requested", None, still=bug_in_the_shop),
            "not there",
            *ASKED,
        ),
        ("Tue 2025-04-01 10:00", retries(2, "under_review"), "under_review", *RECEIVED, *EXPIRED),
    )


def test_a_filing_about_the_stopped_complainant_itself_is_decided_in_order(diary):
    diary(
        *HOLDER_IS_STOPPED,
        ("Mon 2025-03-31 13:00", held(files_as(shop="holder-1")), "not there"),
        ("Tue 2025-04-01 09:00", held(second(files_as(shop="holder-1"))), "not there"),
        (
            "Tue 2025-04-01 10:00",
            retries(1, "supplement_requested", "under_review", None),
            "under_review",
            *ASKED,
            *RECEIVED,
            *EXPIRED,
        ),
    )


@pytest.mark.parametrize(
    ("when", "happens", "said", "mended"),
    [
        ("Tue 2025-04-01 00:00", quiet, EXPIRED, "Tue 2025-04-01 10:00"),
        ("Mon 2025-03-31 14:00", REVOKED, ("complainant: revoke",), "Mon 2025-03-31 18:00"),
        ("Mon 2025-03-31 14:00", DEPOSITED, RECEIVED, "Mon 2025-03-31 18:00"),
    ],
    ids=["right-expired", "right-revoked", "right-deposited"],
)
def test_a_filing_held_with_its_shop_sees_the_complainants_docket_as_it_then_stood(
    diary, when, happens, said, mended
):
    diary(
        ("Mon 2025-03-31 10:00", ANOTHER_FILES, "not there", *REMINDED, *RECEIVED),
        ("Mon 2025-03-31 11:00", breaks(what_was_upheld), "not there"),
        ("Mon 2025-03-31 12:00", held(second(upholds("general"))), "not there"),
        ("Mon 2025-03-31 13:00", held(files), "not there"),
        (when, happens, "not there", *said),
        (
            mended,
            retries(1, "appeal_window", "under_review"),
            "under_review",
            *TAKEN_DOWN,
            *TOLD,
            *RECEIVED,
        ),
    )
