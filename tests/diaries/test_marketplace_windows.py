"""The windows of the parties and the second appeal under marketplace-practice (RULES 4.3, 4.4)."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.diaries.deeds import (
    announces,
    appeals,
    appeals_again,
    asks_for_more,
    becomes_known,
    dismisses,
    files,
    grants,
    overturns,
    power_cut,
    practised,
    quiet,
    refused,
    registers_as,
    responds,
    second,
    sends,
    supplies,
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
    LATE_DECISION,
    OVERTURNED,
    RECEIVED,
    TAKEN_DOWN,
    TOLD,
    UNDONE,
)

HOLDER_1_IS_KNOWN = ("Tue 2024-01-02 10:00", becomes_known(), "not there", *KNOWN)
UPHELD = (*TAKEN_DOWN, *TOLD)
SUPPLEMENT = ("complainant: supplement_requested",)
SUPPLIED = ("staff: supplemented",)
INCOMPLETE = ("complainant: closed_incomplete",)
files_it = practised(files)


@pytest.fixture
def diary(diary: Callable[..., None]) -> Callable[..., None]:
    """The complainant is known: holder-1, with TM-1."""
    return partial(diary, HOLDER_1_IS_KNOWN, subject="complaint-1")


def upheld(day: str) -> tuple:
    """Filed and upheld on one morning."""
    return (f"{day} 10:00", together(files_it, upholds("general")), "appeal_window", *RECEIVED, *UPHELD)  # fmt: skip


# -- working days -----------------------------------------------------------------------------


def test_an_appeal_window_of_three_working_days_skips_a_weekend(diary):
    diary(
        upheld("Thu 2025-03-06"),  # Friday, Monday, Tuesday
        ("Tue 2025-03-11 23:59:59.999999", quiet, "appeal_window"),
        ("Wed 2025-03-12 00:00", quiet, "final_upheld", *FINAL),
    )


def test_an_appeal_window_counts_a_make_up_sunday_and_skips_the_spring_festival(diary):
    diary(
        upheld("Fri 2025-01-24"),  # Sunday 26 and Monday 27 January, Wednesday 5 February
        ("Tue 2025-01-28 12:00", quiet, "appeal_window"),
        ("Wed 2025-02-05 23:59:59.999999", appeals, "awaiting_complainant", *FORWARDED),
    )


def test_after_the_spring_festival_an_appeal_at_the_due_instant_is_late(diary):
    diary(
        upheld("Fri 2025-01-24"),
        ("Thu 2025-02-06 00:00", refused(appeals), "final_upheld", *FINAL),
    )


def test_a_response_window_over_national_day_ends_with_the_make_up_saturday(diary):
    diary(
        upheld("Mon 2025-09-29"),
        ("Tue 2025-09-30 17:00", appeals, "awaiting_complainant", *FORWARDED),
        ("Wed 2025-10-08 03:00", power_cut, "awaiting_complainant"),
        ("Sat 2025-10-11 23:59:59.999999", quiet, "awaiting_complainant"),
        ("Sun 2025-10-12 00:00", refused(responds), "staff_intervention", *CALLED_IN),
        # Four working days from the last day of the window that ended.
        ("Thu 2025-10-16 23:59:59.999999", quiet, "staff_intervention"),
        ("Fri 2025-10-17 00:00", quiet, "staff_intervention, overdue", *LATE_DECISION),
    )


def test_a_response_in_the_last_microsecond_of_the_make_up_saturday_is_in_time(diary):
    diary(
        upheld("Mon 2025-09-29"),
        ("Tue 2025-09-30 17:00", appeals, "awaiting_complainant", *FORWARDED),
        ("Sat 2025-10-11 23:59:59.999999", responds, "staff_intervention", *CALLED_IN),
    )


def test_a_supplement_window_counts_the_make_up_sunday_before_the_may_holiday(diary):
    diary(
        ("Fri 2025-04-25 09:00", files_it, "under_review", *RECEIVED),
        ("Fri 2025-04-25 10:00", asks_for_more, "supplement_requested", *SUPPLEMENT),
        ("Tue 2025-04-29 23:59:59.999999", quiet, "supplement_requested"),
        ("Wed 2025-04-30 00:00", refused(supplies), "closed_incomplete", *INCOMPLETE),
    )


def test_a_supplement_window_that_the_may_holiday_interrupts_goes_on_after_it(diary):
    diary(
        ("Mon 2025-04-28 09:00", files_it, "under_review", *RECEIVED),
        ("Mon 2025-04-28 10:00", asks_for_more, "supplement_requested", *SUPPLEMENT),
        # Tuesday, Wednesday, and Tuesday 6 May
        ("Tue 2025-05-06 23:59:59.999999", supplies, "under_review", *SUPPLIED),
    )


def test_a_registration_has_the_same_supplement_window(diary):
    diary(
        ("Fri 2025-04-25 09:00", practised(registers_as("holder-2")), "under_review", *RECEIVED),
        ("Fri 2025-04-25 10:00", asks_for_more, "supplement_requested", *SUPPLEMENT),
        ("Tue 2025-04-29 23:59:59.999999", quiet, "supplement_requested"),
        ("Wed 2025-04-30 00:00", quiet, "closed_incomplete", *INCOMPLETE),
        subject="registration-2",
    )


# -- the second appeal ------------------------------------------------------------------------

SILENT = (
    upheld("Mon 2025-03-03"),
    ("Fri 2025-03-07 00:00", quiet, "final_upheld", *FINAL),
)
DISMISSED = (
    upheld("Mon 2025-03-03"),
    ("Tue 2025-03-04 10:00", appeals, "awaiting_complainant", *FORWARDED),
    ("Tue 2025-03-04 11:00", responds, "staff_intervention", *CALLED_IN),
    ("Wed 2025-03-05 10:00", dismisses, "final_upheld", *FINAL),
)
APPEALED_AGAIN = (
    *DISMISSED,
    ("Thu 2025-03-06 10:00", appeals_again, "staff_intervention", *CALLED_IN_AGAIN),
)


def test_after_a_dismissal_the_respondent_has_three_working_days_for_a_second_appeal(diary):
    diary(
        *DISMISSED,
        ("Mon 2025-03-10 23:59:59.999999", appeals_again, "staff_intervention", *CALLED_IN_AGAIN),
    )


def test_the_window_of_a_second_appeal_ends_in_silence_and_with_it_the_chance(diary):
    late = refused(appeals_again, "complaint-1", "second appeal is over")

    world = diary(
        *DISMISSED,
        ("Mon 2025-03-10 23:59:59.999999", quiet, "final_upheld"),
        ("Tue 2025-03-11 00:00", quiet, "final_upheld"),
        ("Tue 2025-03-11 00:00", late, "final_upheld"),
        ("Mon 2025-06-02 10:00", late, "final_upheld"),
    )

    assert world.orchestrator.case("complaint-1")["deadlines"] == []


def test_a_second_appeal_at_the_due_instant_is_late_though_no_daemon_was_awake(diary):
    diary(*DISMISSED, ("Tue 2025-03-11 00:00", refused(appeals_again), "final_upheld"))


def test_after_silence_the_three_working_days_start_with_the_last_day_of_the_window(diary):
    """The appeal window ended with Thursday: Friday, Monday and Tuesday are left."""
    diary(
        *SILENT,
        ("Tue 2025-03-11 23:59:59.999999", appeals_again, "staff_intervention", *CALLED_IN_AGAIN),
    )


def test_after_silence_a_second_appeal_on_the_fourth_working_day_is_late(diary):
    diary(*SILENT, ("Wed 2025-03-12 00:00", refused(appeals_again), "final_upheld"))


def test_a_second_appeal_may_follow_a_whole_holiday_later(diary):
    diary(
        upheld("Fri 2025-09-26"),  # Sunday 28, Monday 29, Tuesday 30 September
        ("Wed 2025-10-01 00:00", quiet, "final_upheld", *FINAL),
        ("Sat 2025-10-11 23:59:59.999999", appeals_again, "staff_intervention", *CALLED_IN_AGAIN),
    )


BLOCKED = (
    upheld("Mon 2026-12-28"),
    (
        "Fri 2027-01-01 00:00",
        quiet,
        "final_upheld, second_appeal_window provisional",
        *FINAL,
    ),
    ("Thu 2027-01-07 00:00", quiet, "final_upheld, second_appeal_window blocked"),
)


def test_a_second_appeal_is_in_time_while_its_window_waits_for_an_announcement(diary):
    again = "staff_intervention, decision_limit provisional"

    diary(*BLOCKED, ("Fri 2027-01-08 10:00", appeals_again, again, *CALLED_IN_AGAIN))


def test_the_announcement_ends_a_window_whose_days_are_over(diary):
    announced = announces(2027, "2027-01-01", "2027-01-02", "2027-01-03")
    late = refused(appeals_again, "second appeal is over")

    diary(*BLOCKED, ("Fri 2027-01-08 10:00", together(announced, late), "final_upheld"))


def test_a_second_appeal_is_not_forwarded_and_staff_have_four_working_days(diary):
    diary(
        *APPEALED_AGAIN,
        ("Wed 2025-03-12 23:59:59.999999", quiet, "staff_intervention"),
        ("Thu 2025-03-13 00:00", quiet, "staff_intervention, overdue", *LATE_DECISION),
        ("Thu 2025-03-13 10:00", dismisses, "final_upheld", *FINAL),
    )


def test_a_dismissed_second_appeal_arms_no_new_window_and_there_is_no_third(diary):
    world = diary(
        *APPEALED_AGAIN,
        ("Fri 2025-03-07 10:00", dismisses, "final_upheld", *FINAL),
        ("Fri 2025-03-07 11:00", refused(appeals_again, "second appeal is used"), "final_upheld"),
        ("Mon 2025-06-02 10:00", refused(appeals_again, "second appeal is used"), "final_upheld"),
    )

    assert world.orchestrator.case("complaint-1")["deadlines"] == []


def test_a_granted_second_appeal_overturns_the_uphold(diary):
    diary(
        *APPEALED_AGAIN,
        ("Fri 2025-03-07 10:00", grants, "overturned", *OVERTURNED, *TOLD),
    )


@pytest.mark.parametrize("who", ["complainant", "staff", "system"])
def test_only_the_respondent_appeals_again(diary, who):
    not_theirs = refused(sends("second_appeal", who, grounds="new evidence"))

    diary(*DISMISSED, ("Thu 2025-03-06 10:00", not_theirs, "final_upheld"))


def test_a_second_appeal_without_grounds_is_refused_and_uses_nothing_up(diary):
    groundless = refused(sends("second_appeal", "respondent"), "grounds")

    diary(
        *DISMISSED,
        ("Thu 2025-03-06 10:00", groundless, "final_upheld"),
        ("Thu 2025-03-06 11:00", appeals_again, "staff_intervention", *CALLED_IN_AGAIN),
    )


@pytest.mark.parametrize("before", [SILENT, DISMISSED], ids=["silent", "dismissed"])
@pytest.mark.parametrize(
    ("undoes", "state", "undone"),
    [(withdraws, "withdrawn", UNDONE), (overturns, "overturned", OVERTURNED)],
    ids=["withdrawn", "overturned"],
)
@pytest.mark.parametrize(
    "when", ["Mon 2025-03-10 10:00", "Mon 2025-06-02 10:00"], ids=["in the window", "after it"]
)
def test_what_is_final_is_undone_whether_or_not_its_window_is_open(
    diary, before, undoes, state, undone, when
):
    world = diary(*before, (when, undoes, state, *undone, *TOLD))

    assert world.orchestrator.case("complaint-1")["deadlines"] == []


def test_a_complaint_is_withdrawn_while_a_second_appeal_is_undecided(diary):
    diary(*APPEALED_AGAIN, ("Fri 2025-03-07 10:00", withdraws, "withdrawn", *UNDONE, *TOLD))


def test_two_complaints_have_a_second_appeal_each(diary):
    both = together(files_it, second(files_it))
    upholds_both = together(upholds("general"), second(upholds("general")))

    diary(
        ("Mon 2025-03-03 10:00", both, "under_review", *RECEIVED * 2),
        ("Mon 2025-03-03 11:00", upholds_both, "appeal_window", *UPHELD, *TAKEN_DOWN),
        ("Fri 2025-03-07 00:00", quiet, "final_upheld", *FINAL * 2),
        ("Mon 2025-03-10 10:00", appeals_again, "staff_intervention", *CALLED_IN_AGAIN),
        ("Mon 2025-03-10 11:00", second(appeals_again), "staff_intervention", *CALLED_IN_AGAIN),
    )
