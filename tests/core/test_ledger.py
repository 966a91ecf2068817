"""What a ledger comes to (RULES 4.4): one row per happening, and the standing at an instant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestrator.core.workflow import state
from tests.core.accounts import PRACTICE, SEED
from tests.core.builders import BEIJING, a_case, at, small, wall
from workflows.ledger import Books, Rules, Standing, rate, violations

HOUR = 3_600_000_000
DAY = 24 * HOUR
OPENED = "Mon 2025-03-03 10:00"
BOOKS = Books({"seed": SEED, "practice": PRACTICE}.__getitem__, BEIJING)


def upheld(complaint, lane, when, *, filed=None, right="TM-1", holder="holder-1", book="seed"):
    return {
        "what": "upheld",
        "at": BEIJING.text(when if isinstance(when, int) else at(when)),
        "complaint": complaint,
        "lane": lane,
        "filed_at": BEIJING.text(at(filed or "Sat 2025-01-04 10:00")),
        "complainant": holder,
        "right_id": right,
        "rulebook": book,
    }


def general(complaint, when, filed=None, **more):
    return upheld(complaint, "general", when, filed=filed, **more)


def severe(complaint, when, **more):
    return upheld(complaint, "severe", when, **more)


def minor(complaint, when, **more):
    return upheld(complaint, "minor", when, **more)


def happens(what, complaint, when="Sun 2025-06-01 10:00"):
    return {"what": what, "at": BEIJING.text(at(when)), "complaint": complaint}


def reversed_(complaint):
    return happens("reversed", complaint)


def appealed(complaint):
    return happens("appeal_opened", complaint)


def settled(complaint):
    return happens("appeal_settled", complaint)


def standing(when, *ledger, books=BOOKS):
    return rate(ledger, when if isinstance(when, int) else at(when), books)


def points(when, *ledger):
    return standing(when, *ledger).points


def shown(when, *ledger):
    """State and end of restriction."""
    found = standing(when, *ledger)
    until = found.restricted_until
    return found.state, wall(until) if isinstance(until, int) else until


def test_an_empty_ledger_is_good():
    assert standing(OPENED) == Standing("good", 0, 0, None, None, None, None)


# -- the general lane -------------------------------------------------------------------------

FIRST = general("A", OPENED)  # its window ends at 24:00 of Sat 2025-03-08


@pytest.mark.parametrize(
    ("filed", "cost"),
    [
        ("Sat 2025-03-01 10:00", 0),  # before the first was even upheld
        ("Mon 2025-03-03 09:59", 0),
        ("Mon 2025-03-03 23:59", 0),
        ("Sat 2025-03-08 23:59:59.999999", 0),
        ("Sun 2025-03-09 00:00", 8),
        ("Tue 2025-04-01 10:00", 8),
    ],
)
@pytest.mark.parametrize("other", [{}, {"right": "TM-2"}, {"holder": "holder-2"}])
def test_a_general_violation_is_free_when_filed_within_five_days_of_the_last_deducted(
    filed, cost, other
):
    """Whoever filed it and for whatever right: the scope is the respondent."""
    second = general("B", "Wed 2025-04-02 10:00", filed, **other)

    assert points("Wed 2025-04-02 10:00", FIRST, second) == 8 + cost


def test_an_undeducted_violation_never_moves_the_five_day_window():
    free = general("B", "Sat 2025-03-08 10:00", "Fri 2025-03-07 10:00")
    third = general("C", "Tue 2025-03-11 10:00", "Mon 2025-03-10 10:00")

    assert points("Sat 2025-03-08 10:00", FIRST, free) == 8
    assert points("Tue 2025-03-11 10:00", FIRST, free, third) == 16


def test_a_deducted_violation_moves_the_five_day_window():
    second = general("B", "Tue 2025-03-11 10:00", "Mon 2025-03-10 10:00")
    third = general("C", "Thu 2025-03-20 10:00", "Sun 2025-03-16 23:59")
    fourth = general("D", "Thu 2025-03-20 10:00", "Mon 2025-03-17 00:00")

    assert points("Thu 2025-03-20 10:00", FIRST, second, third) == 16
    assert points("Thu 2025-03-20 10:00", FIRST, second, fourth) == 24


def test_a_reversal_rates_what_remains_as_if_the_reversed_had_never_been():
    free = general("B", "Sat 2025-03-08 10:00", "Fri 2025-03-07 10:00")
    third = general("C", "Tue 2025-03-11 10:00", "Mon 2025-03-10 10:00")

    # B is the first now, and C was filed within its window.
    assert points("Wed 2025-03-12 10:00", FIRST, free, third, reversed_("A")) == 8
    assert points("Wed 2025-03-12 10:00", FIRST, free, third, reversed_("B")) == 16
    assert points("Wed 2025-03-12 10:00", FIRST, reversed_("A")) == 0


def test_the_end_of_the_window_is_known_until_it_has_come():
    assert wall(standing(OPENED, FIRST).window_ends) == "2025-03-09 00:00"
    assert wall(standing("Sat 2025-03-08 23:59:59.999999", FIRST).window_ends)
    assert standing("Sun 2025-03-09 00:00", FIRST).window_ends is None


@pytest.mark.parametrize(
    ("right", "holder", "filed", "cost"),
    [
        ("TM-1", "holder-1", "Sat 2025-03-08 23:59", 0),
        ("TM-1", "holder-1", "Sun 2025-03-09 00:00", 8),  # later ones of a right
        ("TM-2", "holder-1", "Tue 2025-03-04 10:00", 4),  # another right: its first one
        ("TM-1", "holder-2", "Tue 2025-03-04 10:00", 4),  # another complainant
    ],
)
def test_in_practice_the_scope_is_complainant_and_right_and_the_first_costs_less(
    right, holder, filed, cost
):
    first = general("A", OPENED, book="practice")
    second = general(
        "B", "Wed 2025-03-12 10:00", filed, right=right, holder=holder, book="practice"
    )

    assert points("Wed 2025-03-12 10:00", first, second) == 4 + cost


def test_in_practice_each_scope_has_its_own_window_and_the_next_end_is_shown():
    first = general("A", OPENED, book="practice")
    other = general("B", "Wed 2025-03-05 10:00", right="TM-2", book="practice")

    assert wall(standing("Wed 2025-03-05 10:00", first, other).window_ends) == "2025-03-09 00:00"
    assert wall(standing("Sun 2025-03-09 00:00", first, other).window_ends) == "2025-03-11 00:00"


def test_a_window_may_be_elapsed_time():
    hours = SEED.model_copy(
        update={"general": SEED.general.model_copy(update={"free_window": PRACTICE.points_valid})}
    )
    books = Books({"seed": hours}.__getitem__, BEIJING)

    found = standing(OPENED, FIRST, books=books)

    assert found.window_ends == at(OPENED) + 365 * DAY


# -- the minor lane ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "more", "total"),
    [
        ([0], 0, 1),
        ([0, 1], 0, 2),
        ([0, 1, 2], 0, 2),  # above the cap
        ([0, 1, 24], -1, 2),  # the first still counts
        ([0, 1, 24], 0, 3),  # at exactly 24 h it does not
        ([0, 1, 24, 25], 0, 4),
        ([0, 1, 2, 24, 25], 0, 4),  # the one that cost nothing does not fill the cap
        ([0, 0, 0], 0, 2),
        ([0, 23, 24, 25], 0, 3),  # 23 and 24 fill it at 25
    ],
)
def test_at_most_two_points_of_the_minor_lane_in_any_24_hours(hours, more, total):
    """`more` microseconds are added to the last one."""
    instants = [at(OPENED) + hour * HOUR for hour in hours]
    instants[-1] += more
    ledger = [upheld(f"M{n}", "minor", instant) for n, instant in enumerate(instants)]

    assert standing(instants[-1], *ledger).points == total


@given(st.lists(st.integers(0, 72 * 60), min_size=1, max_size=12))
def test_whatever_comes_the_minor_lane_never_costs_more_than_its_cap_in_24_hours(minutes):
    instants = sorted(at(OPENED) + minute * 60_000_000 for minute in minutes)
    ledger = [upheld(f"M{n}", "minor", instant) for n, instant in enumerate(instants)]

    totals = [rate(ledger[: n + 1], instant, BOOKS).points for n, instant in enumerate(instants)]

    for n, instant in enumerate(instants):
        since = [k for k in range(n + 1) if instant - instants[k] < DAY]
        before = totals[since[0] - 1] if since[0] else 0
        assert totals[n] - before <= 2


def test_lanes_do_not_fill_each_others_caps_or_windows():
    ledger = [general("A", OPENED), minor("B", OPENED), minor("C", OPENED), severe("D", OPENED)]

    assert points(OPENED, *ledger) == 10


# -- the severe lane --------------------------------------------------------------------------

STRIKE_1 = severe("A", "Mon 2025-03-03 10:00")
STRIKE_2 = severe("B", "Wed 2025-03-05 12:00")
STRIKE_3 = severe("C", "Fri 2025-03-07 09:00")


@pytest.mark.parametrize(
    ("when", "ledger", "state", "until", "strikes"),
    [
        ("Mon 2025-03-03 10:00", [STRIKE_1], "restricted", "2025-03-10 10:00", 1),
        ("Mon 2025-03-10 09:59:59.999999", [STRIKE_1], "restricted", "2025-03-10 10:00", 1),
        ("Mon 2025-03-10 10:00", [STRIKE_1], "good", None, 1),
        # They overlap and never add: until the latest end.
        ("Wed 2025-03-05 12:00", [STRIKE_1, STRIKE_2], "restricted", "2025-03-20 12:00", 2),
        ("Fri 2025-03-07 09:00", [STRIKE_1, STRIKE_2, STRIKE_3], "closed", None, 3),
        # A reversed one had never been; each other one counts from its own uphold.
        ("Thu 2025-03-06 10:00", [STRIKE_1, STRIKE_2, reversed_("A")], "restricted", "2025-03-12 12:00", 1),
        ("Wed 2025-03-12 12:00", [STRIKE_1, STRIKE_2, reversed_("A")], "good", None, 1),
        ("Thu 2025-03-06 10:00", [STRIKE_1, STRIKE_2, reversed_("B")], "restricted", "2025-03-10 10:00", 1),
        ("Thu 2025-03-06 10:00", [STRIKE_1, reversed_("A")], "good", None, 0),
        # A closure is reversible.
        (
            "Sat 2025-03-08 10:00",
            [STRIKE_1, STRIKE_2, STRIKE_3, reversed_("A")],
            "restricted",
            "2025-03-22 09:00",
            2,
        ),
        # A fourth one closes again.
        (
            "Sat 2025-03-08 10:00",
            [STRIKE_1, STRIKE_2, STRIKE_3, severe("D", "Fri 2025-03-07 10:00"), reversed_("A")],
            "closed",
            None,
            3,
        ),
    ],
)  # fmt: skip
def test_strikes_restrict_for_a_week_for_a_fortnight_and_close(when, ledger, state, until, strikes):
    found = standing(when, *ledger)

    assert (shown(when, *ledger), found.strikes, found.points) == ((state, until), strikes, 0)


@pytest.mark.parametrize(
    ("ledger", "state"),
    [
        ([STRIKE_1, STRIKE_2, appealed("A"), STRIKE_3], "closure_pending"),
        # Decided: closed at the first instant without an undecided appeal on a counted strike.
        ([STRIKE_1, STRIKE_2, appealed("A"), STRIKE_3, settled("A")], "closed"),
        ([STRIKE_1, STRIKE_2, appealed("A"), settled("A"), STRIKE_3], "closed"),
        # Two of them: both must be decided.
        ([STRIKE_1, STRIKE_2, appealed("A"), appealed("B"), STRIKE_3, settled("A")], "closure_pending"),
        ([STRIKE_1, STRIKE_2, appealed("A"), appealed("B"), STRIKE_3, settled("A"), settled("B")], "closed"),
        # The third one itself is appealed while another is undecided.
        ([STRIKE_1, STRIKE_2, appealed("A"), STRIKE_3, appealed("C"), settled("A")], "closure_pending"),
        # Appealed a second time before the others are decided.
        ([STRIKE_1, STRIKE_2, appealed("A"), settled("A"), appealed("A"), STRIKE_3], "closure_pending"),
        # Only counted strikes matter.
        ([FIRST | {"complaint": "G"}, STRIKE_1, STRIKE_2, appealed("G"), STRIKE_3], "closed"),
        ([FIRST | {"complaint": "G"}, STRIKE_1, STRIKE_2, appealed("A"), STRIKE_3, settled("G")], "closure_pending"),
        # Once closed, a later appeal does not reopen it.
        ([STRIKE_1, STRIKE_2, STRIKE_3, appealed("A")], "closed"),
        ([STRIKE_1, STRIKE_2, STRIKE_3, appealed("A"), settled("A")], "closed"),
        ([STRIKE_1, STRIKE_2, appealed("A"), STRIKE_3, settled("A"), appealed("B")], "closed"),
        # A granted appeal is a reversal: re-rated, whether pending or closed.
        ([STRIKE_1, STRIKE_2, appealed("A"), STRIKE_3, reversed_("A")], "restricted"),
        ([STRIKE_1, STRIKE_2, STRIKE_3, appealed("A"), reversed_("A")], "restricted"),
        # Re-rated, the fourth is the third; it waits if an appeal was undecided at its uphold.
        ([STRIKE_1, STRIKE_2, STRIKE_3, appealed("B"), severe("D", "Fri 2025-03-07 10:00"), reversed_("A")], "closure_pending"),
        ([STRIKE_1, STRIKE_2, STRIKE_3, severe("D", "Fri 2025-03-07 10:00"), appealed("B"), reversed_("A")], "closed"),
    ],
)  # fmt: skip
def test_a_third_strike_closes_when_no_counted_strike_has_an_undecided_appeal(ledger, state):
    assert standing("Fri 2025-03-07 12:00", *ledger).state == state


def test_while_a_closure_is_pending_the_end_of_restriction_is_undecided():
    ledger = [STRIKE_1, STRIKE_2, appealed("A"), STRIKE_3]

    assert shown("Fri 2025-03-07 12:00", *ledger) == ("closure_pending", "undecided")
    assert shown("Fri 2026-03-06 12:00", *ledger) == ("closure_pending", "undecided")


# -- practice: what expires, and thresholds ---------------------------------------------------


def rights(number, when=OPENED, **more):
    """So many first violations of as many rights: 4 points each."""
    return [
        general(f"G{n}", when, right=f"TM-{n}", **{"book": "practice", **more})
        for n in range(number)
    ]


@pytest.mark.parametrize(
    ("after", "in_force", "expires"), [(365 * DAY - 1, 4, True), (365 * DAY, 0, False)]
)
def test_points_are_in_force_for_365_times_24_hours(after, in_force, expires):
    found = standing(at(OPENED) + after, *rights(1))

    assert found.points == in_force
    assert found.points_expire == (at(OPENED) + 365 * DAY if expires else None)


def test_the_points_that_expire_next_are_shown():
    ledger = [minor("M", "Mon 2025-02-03 10:00", book="practice"), *rights(1)]

    assert wall(standing(OPENED, *ledger).points_expire) == "2026-02-03 10:00"
    assert wall(standing("Tue 2026-02-03 10:00", *ledger).points_expire) == "2026-03-03 10:00"


def test_a_violation_that_cost_nothing_does_not_expire():
    ledger = [minor(f"M{n}", OPENED, book="practice") for n in range(3)]
    free = ledger[2] | {"at": BEIJING.text(at(OPENED) + HOUR)}

    found = standing(at(OPENED) + 365 * DAY, *ledger[:2], free)

    assert (found.points, found.points_expire) == (0, None)


def test_seed_points_never_expire():
    found = standing("Mon 2040-01-02 10:00", FIRST)

    assert (found.points, found.points_expire, found.strikes_expire) == (8, None, None)


@pytest.mark.parametrize(
    ("number", "state", "until"),
    [
        (2, "good", None),  # 8
        (3, "good", None),  # 12 warns
        (5, "good", None),  # 20
        (6, "restricted", "2025-03-10 10:00"),  # 24: a week
        (8, "restricted", "2025-03-10 10:00"),  # 32 crosses nothing
        (9, "restricted", "2025-03-18 10:00"),  # 36: a fortnight
        (12, "restricted", "2025-04-02 10:00"),  # 48: thirty days
        (14, "restricted", "2025-04-02 10:00"),  # 56
        (15, "closed", None),  # 60
        (16, "closed", None),
    ],
)
def test_thresholds_are_crossed_from_below_to_at_or_above(number, state, until):
    assert shown(OPENED, *rights(number)) == (state, until)
    assert standing(OPENED, *rights(number)).points == 4 * number


def costly(first, *, when=OPENED):
    """One violation that costs so many points, with the thresholds of practice."""
    rules = PRACTICE.model_copy(
        update={"general": PRACTICE.general.model_copy(update={"first": first})}
    )
    return rate([general("A", when)], at(when), Books({"seed": rules}.__getitem__, BEIJING))


@pytest.mark.parametrize(
    ("cost", "state", "until"),
    [
        (11, "good", None),
        (23, "good", None),
        (24, "restricted", "2025-03-10 10:00"),
        (40, "restricted", "2025-03-18 10:00"),  # 12, 24 and 36 at once: the highest alone
        (59, "restricted", "2025-04-02 10:00"),
        (100, "closed", None),
    ],
)
def test_of_several_thresholds_crossed_at_once_the_highest_alone_counts(cost, state, until):
    found = costly(cost)

    assert (found.state, wall(found.restricted_until)) == (state, until)


def test_a_threshold_restricts_from_the_uphold_that_crosses_it():
    ledger = [*rights(5), general("Z", "Mon 2025-06-02 08:00", right="TM-9", book="practice")]

    assert shown("Mon 2025-06-02 08:00", *ledger) == ("restricted", "2025-06-09 08:00")


def test_what_expired_lets_a_threshold_be_crossed_again():
    year_later = "Tue 2026-03-03 10:00"
    again = [
        general(f"N{n}", year_later, "Mon 2026-03-02 10:00", right=f"NEW-{n}", book="practice")
        for n in range(6)
    ]

    found = standing(year_later, *rights(6), *again)

    assert (found.points, found.state) == (24, "restricted")
    assert wall(found.restricted_until) == "2026-03-10 10:00"


def test_expiry_lifts_no_restriction():
    old = rights(5, "Fri 2024-03-15 10:00")
    crossing = general("Z", "Fri 2025-03-14 10:00", right="TM-9", book="practice")

    assert shown("Fri 2025-03-14 10:00", *old, crossing) == ("restricted", "2025-03-21 10:00")
    found = standing("Sat 2025-03-15 10:00", *old, crossing)
    assert (found.points, found.state) == (4, "restricted")


def test_expiry_reopens_nothing():
    found = standing("Wed 2026-04-01 10:00", *rights(15))

    assert (found.points, found.state) == (0, "closed")


def test_a_reversal_may_take_a_threshold_back():
    assert shown(OPENED, *rights(6), reversed_("G0")) == ("good", None)
    assert shown(OPENED, *rights(15), reversed_("G0")) == ("restricted", "2025-04-02 10:00")


def test_a_closure_by_points_does_not_wait_for_appeals():
    ledger = [severe("S", OPENED, book="practice"), appealed("S"), *rights(14), appealed("G0")]
    last = general("Z", OPENED, right="TM-99", book="practice")

    assert standing(OPENED, *ledger).state == "restricted"
    assert standing(OPENED, *ledger, last).state == "closed"


def test_restrictions_of_points_and_strikes_overlap_and_the_latest_end_counts():
    by_points = rights(12)  # thirty days, until 2 April
    strike = severe("S", "Wed 2025-03-05 10:00", book="practice")  # a week

    assert shown("Wed 2025-03-05 10:00", *by_points, strike) == ("restricted", "2025-04-02 10:00")


@pytest.mark.parametrize(
    ("later", "until"),
    [(365 * DAY - 1, 15 * DAY), (365 * DAY, 7 * DAY)],
)
def test_a_strike_counts_for_365_times_24_hours(later, until):
    second = at(OPENED) + later
    ledger = [severe("A", OPENED, book="practice"), severe("B", second, book="practice")]

    assert standing(second, *ledger).restricted_until == second + until


def test_a_strike_that_expired_is_not_shown_and_the_next_to_go_is():
    ledger = [
        severe("A", OPENED, book="practice"),
        severe("B", "Mon 2025-06-02 10:00", book="practice"),
    ]

    found = standing("Mon 2025-06-02 10:00", *ledger)
    assert (found.strikes, wall(found.strikes_expire)) == (2, "2026-03-03 10:00")
    found = standing("Tue 2026-03-03 10:00", *ledger)
    assert (found.strikes, wall(found.strikes_expire)) == (1, "2026-06-02 10:00")


def test_a_third_strike_after_the_first_expired_is_a_second():
    ledger = [
        severe("A", OPENED, book="practice"),
        severe("B", "Mon 2025-06-02 10:00", book="practice"),
        severe("C", "Tue 2026-03-03 10:00", book="practice"),
    ]

    assert shown("Tue 2026-03-03 10:00", *ledger) == ("restricted", "2026-03-18 10:00")


def test_expiry_of_strikes_reopens_nothing_and_decides_no_pending_closure():
    strikes = [severe(name, OPENED, book="practice") for name in "AB"]
    third = severe("C", OPENED, book="practice")

    closed = standing("Wed 2027-03-03 10:00", *strikes, third)
    pending = standing("Wed 2027-03-03 10:00", *strikes, appealed("A"), third)

    assert (closed.state, closed.strikes) == ("closed", 0)
    assert (pending.state, pending.restricted_until) == ("closure_pending", "undecided")


# -- both rulebooks in one account ------------------------------------------------------------


def test_each_violation_is_rated_by_the_rulebook_of_its_own_complaint():
    seed = general("A", OPENED)
    same = general("B", "Mon 2025-03-17 10:00", "Mon 2025-03-10 10:00", book="practice")
    other = general(
        "C", "Mon 2025-03-17 10:00", "Mon 2025-03-10 10:00", right="TM-2", book="practice"
    )

    assert points("Mon 2025-03-17 10:00", seed, same) == 8 + 8  # not the first of its right
    assert points("Mon 2025-03-17 10:00", seed, other) == 8 + 4
    late = general("D", "Wed 2025-04-02 10:00", "Tue 2025-04-01 10:00")
    assert points("Wed 2025-04-02 10:00", other, late) == 4 + 8


def test_each_violation_counts_as_long_as_its_own_rulebook_says():
    ledger = [general("A", OPENED), general("B", OPENED, right="TM-7", book="practice")]

    assert points(OPENED, *ledger) == 12
    assert points("Tue 2026-03-03 10:00", *ledger) == 8


def test_the_rulebook_of_the_uphold_that_triggers_says_what_the_count_does():
    five = rights(5)  # 20 points
    by_seed = general("Z", OPENED, "Thu 2025-05-01 10:00", right="TM-9")
    by_practice = general("Z", OPENED, right="TM-9", book="practice")

    assert shown(OPENED, *five, by_seed) == ("good", None)  # 28 points, but seed has no thresholds
    assert shown(OPENED, *five, by_practice) == ("restricted", "2025-03-10 10:00")


def test_strikes_of_both_rulebooks_are_counted_together():
    ledger = [severe("A", OPENED), severe("B", OPENED, book="practice")]
    late = severe("C", "Tue 2026-03-03 10:00", book="practice")

    assert standing(OPENED, *ledger).strikes == 2
    # The one of practice expired, the one of the seed counts for ever.
    assert shown("Tue 2026-03-03 10:00", *ledger, late) == ("restricted", "2026-03-18 10:00")


# -- the rest ---------------------------------------------------------------------------------


def test_violations_are_those_that_stand_in_order_of_uphold():
    made, _ = small(state("good", open_ended=True))
    ledger = [STRIKE_1, minor("M", OPENED), appealed("A"), reversed_("A")]
    case = a_case(made, data={"ledger": ledger})

    assert [violation["complaint"] for violation in violations(case)] == ["M"]
    assert violations(a_case(made)) == []
    assert violations(None) == []


@pytest.mark.parametrize("span", [{"days": 7}, {"working_days": 7}, {"days": 7, "roll": True}])
def test_a_restriction_is_elapsed_time(span):
    with pytest.raises(ValidationError, match=r"elapsed time such as \{ hours = 168 \}"):
        Rules.model_validate({**SEED.model_dump(), "points_valid": span})


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["general", "minor", "severe", "appeal_opened", "appeal_settled"]),
        st.integers(0, 5),
        st.integers(1, 400),
        st.sampled_from(["seed", "practice"]),
    ),
    max_size=14,
)


@given(HAPPENINGS, st.integers(0, 5))
def test_a_reversal_comes_to_the_same_as_if_the_violation_had_never_been(drawn, gone):
    moment, ledger, known = at(OPENED), [], set()
    for what, complaint, hours, book in drawn:
        moment += hours * HOUR
        name = f"C{complaint}"
        if what in ("general", "minor", "severe") and name not in known:
            known.add(name)
            ledger.append(upheld(name, what, moment, right=f"TM-{complaint % 2}", book=book))
        elif name in known:
            ledger.append(happens("appeal_opened" if "open" in what else "appeal_settled", name))
    without = [line for line in ledger if line["complaint"] != f"C{gone}"]

    assert rate([*ledger, reversed_(f"C{gone}")], moment, BOOKS) == rate(without, moment, BOOKS)
