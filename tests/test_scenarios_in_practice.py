"""The scenarios of the first four workflows under marketplace-practice instead of the seed.

What differs is written down expectation by expectation, with the sentence of RULES that says so;
everything else must hold under both.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.scenario import Report, read_scenario, simulate
from orchestrator.scenario.form import Scenario
from tests.doors.house import ROOT, parts

PRACTICE = "marketplace-practice"
FOUR = {"complainant_registration", "rights_registration", "ip_complaint", "account_standing"}
SCENARIOS = {
    path.stem: read_scenario(path) for path in sorted((ROOT / "tests/scenarios").glob("*.toml"))
}
OF_THE_FOUR = {
    name: scenario
    for name, scenario in SCENARIOS.items()
    if {step.open for step in scenario.step if step.open} <= FOUR
    and not any(step.rulebook for step in scenario.step)  # one with both cannot be swapped
}

DIFFERS = {
    "04_silence_makes_it_final": [
        # RULES 4.4: "per right the first deducted one costs 4 and later ones 8".
        "step 1 (2025-03-10T10:00:00+08:00): docket shop-1: points: wanted 8, got 4",
        # RULES 4.3, final_upheld: "where the rulebook allows a second appeal, and while it is
        # unused: `second_appeal_window` {working_days=3}": 14, 17 and 18 March.
        (
            "step 3 (2025-03-14T00:00:00+08:00): case A: timers: wanted {},"
            ' got {"second_appeal_window": "2025-03-19T00:00:00+08:00"}'
        ),
        # RULES 4.4: "per right the first deducted one costs 4".
        "step 3 (2025-03-14T00:00:00+08:00): docket shop-1: points: wanted 8, got 4",
    ],
    "05_appeal_silence_and_decision": [
        # RULES 4.4: "party windows `{working_days=3}`": Friday 17, Monday 20, Tuesday 21 October.
        # The seed's third calendar day is Sunday 19, rolled to the end of Monday 20.
        (
            "step 2 (2025-10-16T20:00:00+08:00): case A: timers:"
            ' wanted {"response_window": "2025-10-21T00:00:00+08:00"},'
            ' got {"response_window": "2025-10-22T00:00:00+08:00"}'
        ),
        # The same window, a day before it ends.
        (
            "step 3 (2025-10-21T00:00:00+08:00): case A: state:"
            " wanted staff_intervention, got awaiting_complainant"
        ),
        (
            "step 3 (2025-10-21T00:00:00+08:00): case A: timers:"
            ' wanted {"decision_limit": "2025-10-25T00:00:00+08:00"},'
            ' got {"response_window": "2025-10-22T00:00:00+08:00"}'
        ),
        # RULES 4.4: "per right the first deducted one costs 4".
        "step 4 (2025-10-24T15:00:00+08:00): docket shop-1: points: wanted 8, got 4",
    ],
    "09_general_lane_five_days": [
        # RULES 4.4: "per right the first deducted one costs 4 and later ones 8": 4, then free in
        # the window of its right, then 8 more.
        "step 1 (2025-03-03T10:00:00+08:00): docket shop-1: points: wanted 8, got 4",
        "step 4 (2025-03-12T10:00:00+08:00): docket shop-1: points: wanted 8, got 4",
        "step 5 (2025-03-12T11:00:00+08:00): docket shop-1: points: wanted 16, got 12",
    ],
    "16_withdrawn": [
        # RULES 4.4: "per right the first deducted one costs 4".
        "step 3 (2025-03-05T10:00:00+08:00): docket shop-1: points: wanted 8, got 4",
    ],
}


def played(scenario: Scenario) -> Report:
    found = parts()
    return simulate(scenario, found.shelf, found.registry, found.settings)


def in_practice(scenario: Scenario) -> Scenario:
    """The whole file under marketplace-practice."""
    return scenario.model_copy(update={"rulebook": PRACTICE})


def step_by_step(scenario: Scenario) -> Scenario:
    """Each opening under marketplace-practice, while the file's own rulebook stays the seed's."""
    steps = [
        step.model_copy(update={"rulebook": PRACTICE}) if step.open else step
        for step in scenario.step
    ]
    return scenario.model_copy(update={"step": steps, "rulebook": "seed-2022"})


@pytest.mark.parametrize("swapped", [in_practice, step_by_step])
@pytest.mark.parametrize("name", OF_THE_FOUR)
def test_under_marketplace_practice_a_scenario_differs_in_what_the_rules_say_and_nothing_else(
    name: str, swapped: Callable[[Scenario], Scenario]
) -> None:
    report = played(swapped(OF_THE_FOUR[name]))

    assert report.unmet == DIFFERS.get(name, [])


def test_every_difference_is_of_a_scenario_that_is_there() -> None:
    assert DIFFERS.keys() <= OF_THE_FOUR.keys()
    assert len(OF_THE_FOUR) >= 14


@pytest.mark.parametrize("name", OF_THE_FOUR)
def test_every_case_of_a_swapped_scenario_is_pinned_to_marketplace_practice(name: str) -> None:
    """Also the standing, which nobody opens: it is that of the complaint that speaks first."""
    pins = [
        entry["content"]["rulebook"].partition("@")[0]
        for swapped in (in_practice, step_by_step)
        for entry in played(swapped(OF_THE_FOUR[name])).journal
        if entry["kind"] == "opened"
    ]

    assert set(pins) == {PRACTICE}


@pytest.mark.parametrize("name", OF_THE_FOUR)
def test_a_scenario_with_the_seed_named_step_by_step_is_still_met_in_full(name: str) -> None:
    scenario = OF_THE_FOUR[name]
    named = scenario.rulebook or "seed-2022"
    steps = [s.model_copy(update={"rulebook": named}) if s.open else s for s in scenario.step]
    other = PRACTICE if named != PRACTICE else "seed-2022"

    report = played(scenario.model_copy(update={"step": steps, "rulebook": other}))

    assert report.unmet == []
