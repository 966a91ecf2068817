"""A bug of ours stops a shop's docket, and nobody loses a deadline by it: law 10, day by day.

Each diary is played again in a world where the bug never was and nobody woke up between two deeds:
the journal and the outbox that the mended docket ends with must be that world's (law 1).
"""

from collections.abc import Callable, Iterator

import pytest

from tests.diaries.bugs import (
    breaks,
    held,
    leaving_nothing,
    mend,
    or_stopped,
    retries,
    retries_in_vain,
    where_there_are_bugs,
)
from tests.diaries.deeds import (
    appeals,
    appeals_again,
    becomes_known,
    dismisses,
    files,
    files_as,
    power_cut,
    practised,
    quiet,
    responds,
    second,
    together,
    upholds,
    withdraws,
)
from tests.diaries.words import (
    CALLED_IN,
    CALLED_IN_AGAIN,
    FINAL,
    FORWARDED,
    KNOWN,
    LIFTED,
    RECEIVED,
    RESTRICTED,
    TAKEN_DOWN,
    TOLD,
    UNDONE,
)
from tests.diaries.world import Deed, InWords, Line, World, the_account, the_case
from workflows.account_standing import enter_in_ledger, read_again
from workflows.ip_complaint import (
    second_appeal_is_open,
    silence_speaks_against_the_complainant,
    the_complaint,
    what_was_upheld,
)

FILED = ("Mon 2025-03-03 10:00", files, "under_review", *RECEIVED)
UPHELD_ON_4_MARCH = (
    FILED,
    ("Tue 2025-03-04 10:00", upholds("general"), "appeal_window", *TAKEN_DOWN, *TOLD),
)
APPEALED_ON_5_MARCH = (
    *UPHELD_ON_4_MARCH,
    ("Wed 2025-03-05 10:00", appeals, "awaiting_complainant", *FORWARDED),
)
STOPPED = "stopped by incident 1"
MIDNIGHT = "2025-03-11T00:00:00+08:00"  # at which the complainant's three days are over


@pytest.fixture
def diary(diary: Callable[..., World]) -> Iterator[Callable[..., World]]:
    """The complainant is known; a line says what stops the complaint, too."""

    def play(*lines: Line, in_words: InWords = the_case) -> World:
        before = "good" if in_words is the_account else "not there"
        known = ("Tue 2024-01-02 10:00", becomes_known(), before, *KNOWN)
        return diary(known, *lines, subject="complaint-1", in_words=or_stopped(in_words))

    yield play
    mend()


def in_another_shop(*deeds: Deed) -> Deed:
    """The same deeds, to `complaint-2` about shop-2."""
    return second(*(files_as(shop="shop-2") if deed is files else deed for deed in deeds))


# -- what a person sends ----------------------------------------------------------------------


def test_an_appeal_that_meets_a_bug_in_the_last_minute_is_in_time_after_the_mend(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Fri 2025-03-07 18:00", breaks(the_complaint), "appeal_window"),
        ("Fri 2025-03-07 23:59:59.999999", held(appeals), f"appeal_window, {STOPPED}"),
        ("Sat 2025-03-08 00:00", quiet, f"appeal_window, {STOPPED}"),
        ("Sat 2025-03-08 03:00", power_cut, f"appeal_window, {STOPPED}"),
        (
            "Mon 2025-03-10 10:00",
            retries(1, "awaiting_complainant"),
            "awaiting_complainant",
            *FORWARDED,
        ),
        # Three days from the appeal, not from the mend.
        ("Mon 2025-03-10 23:59:59.999999", quiet, "awaiting_complainant"),
        ("Tue 2025-03-11 00:00", quiet, "staff_intervention", *CALLED_IN),
    )


def test_an_appeal_that_is_held_at_the_due_instant_is_late_after_the_mend_too(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Fri 2025-03-07 18:00", second(files), "appeal_window", *RECEIVED),
        ("Fri 2025-03-07 19:00", breaks(what_was_upheld), "appeal_window"),
        ("Fri 2025-03-07 20:00", held(second(upholds("minor"))), f"appeal_window, {STOPPED}"),
        ("Sat 2025-03-08 00:00", held(appeals), f"appeal_window, {STOPPED}"),
        (
            "Mon 2025-03-10 10:00",
            retries(1, "appeal_window", "final_upheld"),
            "final_upheld",
            *TAKEN_DOWN,
            *TOLD,
            *FINAL,
        ),
    )


def test_a_second_appeal_whose_guard_raises_on_the_last_day_of_its_window_is_still_heard(diary):
    diary(
        ("Mon 2025-03-03 10:00", practised(files), "under_review", *RECEIVED),
        ("Tue 2025-03-04 10:00", upholds("general"), "appeal_window", *TAKEN_DOWN, *TOLD),
        ("Sat 2025-03-08 00:00", quiet, "final_upheld", *FINAL),
        ("Wed 2025-03-12 09:00", breaks(second_appeal_is_open), "final_upheld"),
        ("Wed 2025-03-12 23:59:59.999999", held(appeals_again), f"final_upheld, {STOPPED}"),
        (
            "Mon 2025-03-17 10:00",
            retries_in_vain(1, "ZeroDivisionError: planted in second_appeal_is_open"),
            f"final_upheld, {STOPPED}",
        ),
        (
            "Tue 2025-03-18 10:00",
            retries(1, "staff_intervention"),
            "staff_intervention",
            *CALLED_IN_AGAIN,
        ),
        # Four working days of staff, from the second appeal on.
        ("Tue 2025-03-18 23:59:59.999999", dismisses, "final_upheld", *FINAL),
    )


def test_what_several_people_send_to_a_stopped_shop_is_decided_in_order_each_at_its_time(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Thu 2025-03-06 09:00", breaks(the_complaint), "appeal_window"),
        ("Thu 2025-03-06 10:00", held(appeals), f"appeal_window, {STOPPED}"),
        ("Fri 2025-03-07 10:00", held(second(files)), f"appeal_window, {STOPPED}"),
        ("Sat 2025-03-08 10:00", held(responds), f"appeal_window, {STOPPED}"),
        ("Sun 2025-03-09 10:00", held(appeals), f"appeal_window, {STOPPED}"),
        ("Mon 2025-03-10 10:00", held(dismisses), f"appeal_window, {STOPPED}"),
        (
            "Tue 2025-03-18 10:00",
            retries(
                1,
                "awaiting_complainant",
                "under_review",
                "staff_intervention",
                "staff_intervention",  # a second time it is not to be appealed against
                "final_upheld",
            ),
            "final_upheld",
            *FORWARDED,
            *RECEIVED,
            *CALLED_IN,
            *FINAL,
            "staff: review_target",
        ),
    )


# -- what follows in another case -------------------------------------------------------------


def test_an_uphold_that_breaks_in_the_accounts_standing_leaves_nothing_of_itself(diary):
    severely = leaving_nothing(held(upholds("severe")))

    diary(
        FILED,
        ("Tue 2025-03-04 09:00", breaks(enter_in_ledger), "under_review"),
        ("Tue 2025-03-04 10:00", severely, f"under_review, {STOPPED}"),
        # The review's target passes: time stands still here.
        ("Fri 2025-03-07 00:00", quiet, f"under_review, {STOPPED}"),
        ("Fri 2025-03-07 10:00", retries(1, "appeal_window"), "appeal_window", *RESTRICTED),
        ("Fri 2025-03-07 23:59:59.999999", quiet, "appeal_window"),
        ("Sat 2025-03-08 00:00", quiet, "final_upheld", *FINAL),
        # Restricted for 7 x 24 h from the uphold, not from the mend.
        ("Tue 2025-03-11 09:59:59.999999", quiet, "final_upheld"),
        ("Tue 2025-03-11 10:00", quiet, "final_upheld", *LIFTED),
    )


def test_a_restriction_whose_end_meets_a_bug_was_lifted_at_its_own_instant(diary):
    until = "restricted until Tue 2025-03-11 10:00, 1 strike"

    diary(
        ("Mon 2025-03-03 10:00", files, "good", *RECEIVED),
        ("Tue 2025-03-04 10:00", upholds("severe"), until, *RESTRICTED),
        ("Sat 2025-03-08 00:00", quiet, until, *FINAL),
        ("Mon 2025-03-10 10:00", breaks(read_again), until),
        # It shows as it was left: nothing can be said of an end that nobody could compute.
        ("Tue 2025-03-11 10:00", quiet, f"{until}, {STOPPED}"),
        ("Wed 2025-03-12 10:00", retries(), "good, 1 strike", *LIFTED),
        in_words=the_account,
    )


# -- what time does ---------------------------------------------------------------------------


def test_a_silence_that_meets_a_bug_at_midnight_stops_its_own_shop_alone(diary):
    kept = []
    keeps_the_journal = where_there_are_bugs(lambda world: kept.extend(world.journal()))

    world = diary(
        *(
            (when, together(deed, in_another_shop(deed)), state, *sent, *sent)
            for when, deed, state, *sent in APPEALED_ON_5_MARCH
        ),
        ("Mon 2025-03-10 18:00", breaks(silence_speaks_against_the_complainant), "awaiting_complainant"),
        ("Tue 2025-03-11 00:00", quiet, f"awaiting_complainant, {STOPPED}", *CALLED_IN),
        ("Tue 2025-03-11 09:00", second(dismisses), f"awaiting_complainant, {STOPPED}", *FINAL),
        ("Wed 2025-03-12 10:00", keeps_the_journal, f"awaiting_complainant, {STOPPED}"),
        ("Thu 2025-03-13 10:00", retries(), "staff_intervention", *CALLED_IN),
    )  # fmt: skip

    left, whole = ([e for e in j if e["docket"] == "shop-1"] for j in (kept, world.journal()))
    assert left == whole[: len(left)]
    assert [(e["name"], e["effective_at"]) for e in whole[len(left) :]] == [
        ("response_window", MIDNIGHT)
    ]


def test_staffs_days_count_from_the_midnight_and_not_from_the_retry(diary):
    late = ("staff: decision_limit_level_1", "complainant: delayed")

    diary(
        *APPEALED_ON_5_MARCH,
        (
            "Mon 2025-03-10 18:00",
            breaks(silence_speaks_against_the_complainant),
            "awaiting_complainant",
        ),
        ("Tue 2025-03-11 00:00", quiet, f"awaiting_complainant, {STOPPED}"),
        # A response at this midnight or later is late, stopped or not.
        ("Tue 2025-03-11 08:00", held(responds), f"awaiting_complainant, {STOPPED}"),
        (
            "Mon 2025-03-17 10:00",
            retries(1, "staff_intervention"),
            "staff_intervention, overdue",
            *CALLED_IN,
            *late,  # at 24:00 of Friday 14
        ),
        ("Tue 2025-03-18 23:59:59.999999", dismisses, "final_upheld", *FINAL),
    )


def test_who_only_heard_after_the_mend_has_what_is_left_of_the_time_that_ran(diary):
    """Law 1 decides: the complainant's three days ran from the appeal, though nobody told it."""
    world = diary(
        *UPHELD_ON_4_MARCH,
        ("Fri 2025-03-07 18:00", breaks(the_complaint), "appeal_window"),
        ("Fri 2025-03-07 20:00", held(appeals), f"appeal_window, {STOPPED}"),
        (
            "Wed 2025-03-12 10:00",
            retries(1, "awaiting_complainant"),
            "staff_intervention",
            *FORWARDED,
            *CALLED_IN,
        ),
    )

    assert world.orchestrator.case("complaint-1")["data"]["adverse"] == "complainant"


# -- two incidents, and what one who sends again is told --------------------------------------


def test_two_shops_are_stopped_each_by_its_own_incident_and_settled_one_by_one(diary):
    two = "stopped by incident 2"

    diary(
        *(
            (when, together(deed, in_another_shop(deed)), state, *sent, *sent)
            for when, deed, state, *sent in UPHELD_ON_4_MARCH
        ),
        (
            "Wed 2025-03-05 09:00",
            together(breaks(the_complaint), breaks(the_complaint, "shop-2")),
            "appeal_window",
        ),
        ("Wed 2025-03-05 10:00", held(second(appeals)), "appeal_window"),
        ("Wed 2025-03-05 11:00", held(appeals, 2), f"appeal_window, {two}"),
        ("Thu 2025-03-06 10:00", retries(1, "awaiting_complainant"), f"appeal_window, {two}", *FORWARDED),
        ("Fri 2025-03-07 10:00", held(withdraws, 2), f"appeal_window, {two}"),
        (
            "Sat 2025-03-08 10:00",
            retries(2, "awaiting_complainant", "withdrawn"),
            "withdrawn",
            *FORWARDED,
            *UNDONE,
            *TOLD,
        ),
    )  # fmt: skip


def test_a_shop_that_meets_another_bug_after_the_mend_is_stopped_again(diary):
    diary(
        *UPHELD_ON_4_MARCH,
        ("Wed 2025-03-05 09:00", breaks(the_complaint), "appeal_window"),
        ("Wed 2025-03-05 10:00", held(appeals), f"appeal_window, {STOPPED}"),
        (
            "Wed 2025-03-05 12:00",
            retries(1, "awaiting_complainant"),
            "awaiting_complainant",
            *FORWARDED,
        ),
        (
            "Mon 2025-03-10 18:00",
            breaks(silence_speaks_against_the_complainant),
            "awaiting_complainant",
        ),
        ("Tue 2025-03-11 00:00", quiet, "awaiting_complainant, stopped by incident 2"),
        ("Tue 2025-03-11 10:00", retries(2), "staff_intervention", *CALLED_IN),
    )
