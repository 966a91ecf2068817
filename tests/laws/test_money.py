"""What is paid never exceeds what was deposited; every claim is paid or recorded as shortfall."""

from __future__ import annotations

from hypothesis import given

from tests.laws.money import money_is_paid_by_the_book, nobody_waits_in_a_closed_shop
from tests.laws.orders import DEEDS_OF_ORDERS, ORDERS
from tests.laws.plays import holds
from tests.laws.schedules import schedules
from tests.laws.stories import DAY, stories

CHECKS = (money_is_paid_by_the_book, nobody_waits_in_a_closed_shop)


@given(stories(ORDERS, DEEDS_OF_ORDERS), schedules)
def test_whatever_the_wake_ups_every_claim_is_paid_or_recorded_as_shortfall(story, schedule):
    holds(story, schedule, *CHECKS)


@given(stories(ORDERS, DEEDS_OF_ORDERS), schedules)
def test_when_time_alone_has_passed_every_claim_is_paid_or_recorded_as_shortfall(story, schedule):
    holds(story, schedule, *CHECKS, tail=16 * DAY)
