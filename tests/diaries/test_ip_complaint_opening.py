"""Who may file a complaint, about which right, at which instant (RULES 4.3).

The guards look at the complainant's docket, which is first brought to the instant of the filing:
no daemon has to be awake there either.
"""

from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    about,
    appeals,
    approves,
    asks_for_more,
    bans,
    becomes_known,
    confirms,
    deposits_right,
    files,
    files_as,
    power_cut,
    quiet,
    refused,
    registers,
    reinstates,
    rejects,
    responds,
    revokes,
    second,
    supplies,
    suspends,
    third,
    together,
    upholds,
    withdraws,
)
from tests.diaries.words import CALLED_IN, FORWARDED, KNOWN, RECEIVED, TAKEN_DOWN, TOLD

holder, right = partial(about, "registration-1"), partial(about, "right-1")
deposits = deposits_right()

HOLDER_1_IS_KNOWN = ("Tue 2024-01-02 10:00", becomes_known(), "not there", *KNOWN)
REMINDED, EXPIRED = ("complainant: expiry_reminder",), ("complainant: expiry",)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    return partial(diary, subject="complaint-1")


# -- the complainant --------------------------------------------------------------------------


def test_who_is_not_registered_files_nothing(diary):
    diary(("Mon 2025-03-03 10:00", refused(files, "holder-1", "not registered"), "not there"))


def test_who_is_not_yet_approved_files_nothing(diary):
    diary(
        ("Mon 2025-03-03 10:00", holder(registers), "not there", *RECEIVED),
        ("Mon 2025-03-03 10:01", refused(files, "under_review"), "not there"),
        ("Mon 2025-03-03 10:02", holder(rejects), "not there", "complainant: reject"),
        ("Mon 2025-03-03 10:03", refused(files, "rejected"), "not there"),
    )


def test_who_is_suspended_files_nothing_until_reinstated(diary):
    diary(
        HOLDER_1_IS_KNOWN,
        ("Mon 2025-03-03 10:00", holder(suspends), "not there", "complainant: suspend"),
        ("Mon 2025-03-03 10:00", refused(files, "suspended"), "not there"),
        ("Tue 2025-03-04 10:00", power_cut, "not there"),
        ("Tue 2025-03-04 11:00", holder(reinstates), "not there", "complainant: reinstate"),
        ("Tue 2025-03-04 11:00", files, "under_review", *RECEIVED),
    )


def test_who_is_suspended_still_answers_in_an_open_complaint(diary):
    diary(
        HOLDER_1_IS_KNOWN,
        ("Mon 2025-03-03 10:00", files, "under_review", *RECEIVED),
        (
            "Mon 2025-03-03 11:00",
            asks_for_more,
            "supplement_requested",
            "complainant: supplement_requested",
        ),
        (
            "Mon 2025-03-03 12:00",
            holder(suspends),
            "supplement_requested",
            "complainant: suspend",
        ),
        ("Mon 2025-03-03 13:00", supplies, "under_review", "staff: supplemented"),
        ("Mon 2025-03-03 14:00", withdraws, "withdrawn", "complainant: withdrawn"),
    )


def test_who_is_banned_files_nothing_new_but_still_answers(diary):
    diary(
        HOLDER_1_IS_KNOWN,
        ("Mon 2025-03-03 10:00", files, "under_review", *RECEIVED),
        ("Mon 2025-03-03 11:00", upholds("general"), "appeal_window", *TAKEN_DOWN, *TOLD),
        ("Mon 2025-03-03 12:00", holder(bans), "appeal_window", "complainant: ban"),
        ("Mon 2025-03-03 12:01", refused(second(files), "banned"), "appeal_window"),
        ("Tue 2025-03-04 10:00", appeals, "awaiting_complainant", *FORWARDED),
        ("Wed 2025-03-05 10:00", responds, "staff_intervention", *CALLED_IN),
    )


def test_only_a_complainant_files(diary):
    facts = {"complainant": "holder-1", "right_id": "TM-1", "reason": "counterfeit"}

    def staff_file(world):
        listings = ["https://shop-1.example/offer/1.html"]
        world.opens("ip_complaint", "shop-1", "staff", {**facts, "listings": listings})

    diary(
        HOLDER_1_IS_KNOWN,
        ("Mon 2025-03-03 10:00", refused(staff_file, "complainant", "staff"), "not there"),
    )


@pytest.mark.parametrize(
    "listings",
    [
        pytest.param([], id="none"),
        pytest.param([f"https://shop-1.example/{n}" for n in range(301)], id="more than 300"),
        pytest.param(["offer 1"], id="not an address"),
    ],
)
def test_a_complaint_is_about_one_to_three_hundred_addresses(diary, listings):
    facts = {"complainant": "holder-1", "right_id": "TM-1", "reason": "counterfeit"}

    def files_badly(world):
        given = {**facts, "listings": listings}
        world.opens("ip_complaint", "shop-1", "complainant", given)

    diary(
        HOLDER_1_IS_KNOWN,
        ("Mon 2025-03-03 10:00", refused(files_badly, "listings"), "not there"),
    )


# -- the right --------------------------------------------------------------------------------


def test_a_right_that_nobody_registered_or_another_than_the_registered_one_is_refused(diary):
    diary(
        ("Mon 2025-03-03 10:00", holder(registers, approves), "not there", *KNOWN[:2]),
        ("Mon 2025-03-03 10:01", refused(files, "no right TM-1"), "not there"),
        ("Mon 2025-03-03 10:02", right(deposits), "not there", *RECEIVED),
        ("Mon 2025-03-03 10:03", refused(files, "TM-1 is under_review"), "not there"),
        ("Mon 2025-03-03 10:04", right(confirms), "not there", "complainant: confirm"),
        ("Mon 2025-03-03 10:05", refused(files_as(right_id="TM-2"), "TM-2"), "not there"),
        ("Mon 2025-03-03 10:06", files, "under_review", *RECEIVED),
    )


def test_a_right_of_another_complainant_is_refused(diary):
    holder_2_is_known = ("Tue 2024-01-02 10:00", becomes_known("holder-2", "TM-2"))

    diary(
        HOLDER_1_IS_KNOWN,
        (*holder_2_is_known, "not there", *KNOWN),
        ("Mon 2025-03-03 10:00", refused(files_as("holder-1", "TM-2"), "TM-2"), "not there"),
        ("Mon 2025-03-03 10:00", files_as("holder-2", "TM-2"), "under_review", *RECEIVED),
    )


def test_a_rejected_or_revoked_right_is_refused(diary):
    another = about("right-2", deposits_right(right_id="TM-2"), rejects)

    diary(
        HOLDER_1_IS_KNOWN,
        ("Mon 2025-03-03 10:00", another, "not there", *RECEIVED, "complainant: reject"),
        ("Mon 2025-03-03 10:01", refused(files_as(right_id="TM-2"), "rejected"), "not there"),
        ("Mon 2025-03-03 10:02", files, "under_review", *RECEIVED),
        ("Mon 2025-03-03 10:03", right(revokes), "under_review", "complainant: revoke"),
        ("Mon 2025-03-03 10:03", refused(second(files), "TM-1 is revoked"), "under_review"),
        ("Tue 2025-03-04 10:00", upholds("minor"), "appeal_window", *TAKEN_DOWN, *TOLD),
    )


def test_a_right_serves_until_its_last_microsecond_and_no_longer_at_24_00(diary):
    diary(
        (
            "Tue 2025-02-11 10:00",
            becomes_known(right_expires_on="2025-03-03"),
            "not there",
            *KNOWN,
            *REMINDED,
        ),
        ("Mon 2025-03-03 23:59:59.999999", files, "under_review", *RECEIVED),
        ("Tue 2025-03-04 00:00", refused(second(files), "expired"), "under_review", *EXPIRED),
        ("Tue 2025-03-04 10:00", upholds("minor"), "appeal_window", *TAKEN_DOWN, *TOLD),
    )


def test_an_expired_right_that_is_registered_anew_serves_again(diary):
    anew = about("right-2", deposits, confirms)

    diary(
        (
            "Tue 2025-02-11 10:00",
            becomes_known(right_expires_on="2025-03-03"),
            "not there",
            *KNOWN,
            *REMINDED,
        ),
        ("Wed 2025-03-05 10:00", refused(files, "expired"), "not there", *EXPIRED),
        ("Wed 2025-03-05 11:00", anew, "not there", *RECEIVED, "complainant: confirm"),
        ("Wed 2025-03-05 12:00", files, "under_review", *RECEIVED),
    )


def test_confirmed_material_serves_every_complaint_while_it_is_valid(diary):
    diary(
        HOLDER_1_IS_KNOWN,
        (
            "Mon 2025-03-03 10:00",
            together(files, second(files), third(files)),
            "under_review",
            *RECEIVED * 3,
        ),
        ("Thu 2025-03-06 23:59", quiet, "under_review"),
        ("Fri 2025-03-07 00:00", quiet, "under_review", *("staff: review_target",) * 3),
    )


def test_a_complainant_is_complained_of_on_its_own_docket(diary):
    facts = {
        "complainant": "holder-1",
        "right_id": "TM-1",
        "listings": ["https://holder-1.example/1"],
        "reason": "my own other shop",
    }

    def files_against_itself(world):
        world.opens("ip_complaint", "holder-1", "complainant", facts)

    diary(
        HOLDER_1_IS_KNOWN,
        ("Mon 2025-03-03 10:00", files_against_itself, "under_review", *RECEIVED),
        ("Mon 2025-03-03 11:00", holder(suspends), "under_review", "complainant: suspend"),
        (
            "Mon 2025-03-03 12:00",
            refused(second(files_against_itself), "suspended"),
            "under_review",
        ),
    )
