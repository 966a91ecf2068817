"""Law 5: the timers of an open case are exactly those that its definition says."""

from __future__ import annotations

from hypothesis import given

from tests.laws.oracles import (
    timers_are_those_of_the_definition,
    timers_are_those_of_the_journal,
)
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import stories


@given(stories(), schedules)
def test_the_timers_are_those_of_the_journal_and_a_docket_waits_for_the_earliest(story, schedule):
    holds(story, schedule, timers_are_those_of_the_journal)


@given(stories(), schedules)
def test_the_timers_are_those_of_the_state_that_have_not_acted_yet(story, schedule):
    holds(story, schedule, timers_are_those_of_the_definition)
