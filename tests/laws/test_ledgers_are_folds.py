"""Law 6: standing, points and restrictions are what the complaints of a docket come to."""

from __future__ import annotations

from hypothesis import given

from tests.laws.ledgers import ledgers_are_folds
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import DAY, FILED, STRIKES, UPHELD, stories

VIOLATIONS = (FILED, UPHELD, STRIKES, (*FILED, *FILED, *UPHELD))


@given(stories(VIOLATIONS), schedules)
def test_at_each_instant_the_standing_is_what_the_complaints_say(story, schedule):
    holds(story, schedule, ledgers_are_folds)


@given(stories(VIOLATIONS), schedules)
def test_when_time_alone_has_passed_the_standing_is_what_the_complaints_say(story, schedule):
    holds(story, schedule, ledgers_are_folds, tail=16 * DAY)
