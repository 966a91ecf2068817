"""The diary keeps its own word: what it must refuse, and when it must fail."""

from functools import partial

import pytest

from tests.diaries.deeds import quiet, registers, rejects
from tests.diaries.words import RECEIVED

REGISTERED = ("Mon 2025-03-03 10:00", registers, "under_review", *RECEIVED)


@pytest.fixture
def diary(diary):
    return partial(diary, subject="registration-1")


def test_a_weekday_that_is_not_true_is_refused(diary):
    with pytest.raises(ValueError, match="Thu 2025-03-07 10:00 is a Friday"):
        diary(("Thu 2025-03-07 10:00", quiet, "not there"))


def test_time_does_not_go_back(diary):
    with pytest.raises(ValueError, match="time does not go back"):
        diary(REGISTERED, ("Mon 2025-03-03 09:59:59.999999", quiet, "under_review"))


def test_a_line_with_a_wrong_state_fails(diary):
    with pytest.raises(AssertionError):
        diary(("Mon 2025-03-03 10:00", registers, "approved", *RECEIVED))


@pytest.mark.parametrize(
    "sent", [(), (*RECEIVED, *RECEIVED), ("complainant: approve",), ("received",)]
)
def test_a_line_that_does_not_say_exactly_what_was_sent_fails(diary, sent):
    with pytest.raises(AssertionError):
        diary(("Mon 2025-03-03 10:00", registers, "under_review", *sent))


def test_a_deed_that_depends_on_who_was_awake_fails(diary):
    def looks_at_the_state(world):
        (case,) = world.orchestrator.cases(docket="holder-1")  # the row as it was left
        if case["overdue"]:  # true only where a daemon came by at the instant of the limit
            rejects(world)

    late = ("staff: review_limit_level_1", "complainant: delayed")

    with pytest.raises(AssertionError, match="holder-1"):
        diary(
            REGISTERED,
            ("Thu 2025-03-06 00:00", quiet, "under_review, overdue", *late),
            ("Thu 2025-03-06 10:00", looks_at_the_state, "rejected", "complainant: reject"),
        )
