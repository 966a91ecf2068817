"""The standing in a docket: what changed becomes commands, then one notice (RULES 4.4 and 5)."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.values import SYSTEM
from tests.core.accounts import Account
from tests.core.builders import BEIJING, at
from workflows.account_standing import end_of_restriction, summary

RESTRICT = "command:restrict_account"
LIFT = "command:lift_restriction"
CLOSE = "command:close_account"
REOPEN = "command:reopen_account"
NOTICE = "notify:respondent:standing"


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def struck():
    """Two strikes, the first one's appeal undecided."""
    account = Account()
    account.upholds("Mon 2025-03-03 10:00", "A")
    account.upholds("Tue 2025-03-04 10:00", "B")
    account.tells("Wed 2025-03-05 10:00", "appeal_opened", "A")
    return account


def test_the_first_violation_opens_the_standing_and_opening_it_sends_nothing(account):
    assert account.upholds("Mon 2025-03-03 10:00", "A", "minor") == [NOTICE]
    assert account.upholds("Mon 2025-03-03 11:00", "B", "minor") == [NOTICE]

    assert account.shown == ("good", 2, 0, "none")
    kinds = [(e.kind, e.name, e.by) for e in account.run.entries[1:]]
    assert kinds[:3] == [
        ("event", "tell", "staff"),
        ("opened", "account_standing", SYSTEM),
        ("message", "violation_upheld", SYSTEM),
    ]


def test_no_person_opens_a_standing_or_sends_it_a_message(account):
    opened = account.opens("Mon 2025-03-03 10:00", "account_standing", "admin", case="S")
    assert (
        opened.refusal.reason
        == "account_standing is opened by the first message to it, and by nobody"
    )

    account.upholds("Mon 2025-03-03 10:00", "A")
    said = account.says(
        "Mon 2025-03-03 11:00",
        "violation_reversed",
        "admin",
        {"complaint": "A"},
        case=account.case.id,
    )
    assert said.refusal.code == "message"  # fmt: skip


def test_what_a_docket_without_a_violation_shows():
    assert summary(None) == {
        "state": "good",
        "points": 0,
        "strikes": 0,
        "restricted_until": "none",
    }


def test_nothing_changed_sends_nothing(account):
    account.upholds("Mon 2025-03-03 10:00", "A", "minor")
    account.upholds("Mon 2025-03-03 10:00", "B", "minor")

    assert account.upholds("Mon 2025-03-03 11:00", "C", "minor") == []  # above the cap
    assert account.tells("Mon 2025-03-03 12:00", "appeal_opened", "A") == []
    assert account.tells("Mon 2025-03-03 13:00", "appeal_settled", "A") == []
    assert account.tells("Mon 2025-03-03 14:00", "violation_reversed", "strange") == []


def test_a_strike_restricts_and_time_lifts(account):
    assert account.upholds("Mon 2025-03-03 10:00", "A") == [RESTRICT, NOTICE]
    assert account.shown == ("restricted", 0, 1, "2025-03-10T10:00:00+08:00")
    assert account.timers(account.case.id) == {"restriction_ends": "2025-03-10 10:00"}

    assert account.waits("Mon 2025-03-10 09:59:59.999999") == []
    assert account.waits("Mon 2025-03-10 10:00") == [LIFT, NOTICE]

    assert account.shown == ("good", 0, 1, "none")
    assert account.timers(account.case.id) == {}


def test_a_restriction_tells_until_when_and_the_notice_what_was_and_what_is(account):
    account.upholds("Mon 2025-03-03 10:00", "A")

    restrict, notice = (json.loads(out.content) for out in account.run.outgoing)
    assert restrict["until"] == "2025-03-10T10:00:00+08:00"
    assert notice["before"] == {
        "state": "good",
        "points": 0,
        "strikes": 0,
        "restricted_until": "none",
    }
    assert notice["after"] == {
        "state": "restricted",
        "points": 0,
        "strikes": 1,
        "restricted_until": "2025-03-10T10:00:00+08:00",
    }


def test_a_later_end_is_restricted_anew(account):
    account.upholds("Mon 2025-03-03 10:00", "A")

    assert account.upholds("Tue 2025-03-04 10:00", "B") == [RESTRICT, NOTICE]
    assert account.timers(account.case.id) == {"restriction_ends": "2025-03-19 10:00"}


def test_an_earlier_end_is_restricted_anew_and_an_end_in_the_past_is_lifted(account):
    account.upholds("Mon 2025-03-03 10:00", "A")
    account.upholds("Tue 2025-03-04 10:00", "B")

    assert account.tells("Wed 2025-03-05 10:00", "violation_reversed", "B") == [RESTRICT, NOTICE]
    assert account.shown[3] == "2025-03-10T10:00:00+08:00"

    account.upholds("Thu 2025-03-06 10:00", "C")  # the second: until the 21st
    assert account.tells("Tue 2025-03-11 10:00", "violation_reversed", "C") == [LIFT, NOTICE]
    assert account.shown == ("good", 0, 1, "none")


def test_a_third_strike_closes_and_a_restricted_account_is_not_lifted_first(account):
    account.upholds("Mon 2025-03-03 10:00", "A")
    account.upholds("Tue 2025-03-04 10:00", "B")

    assert account.upholds("Wed 2025-03-05 10:00", "C") == [CLOSE, NOTICE]
    assert account.shown == ("closed", 0, 3, "none")
    assert account.timers(account.case.id) == {}


def test_from_closed_to_restricted_is_restricted_and_reopened(account):
    for hour, complaint in enumerate("ABC", 10):
        account.upholds(f"Mon 2025-03-03 {hour}:00", complaint)

    assert account.tells("Tue 2025-03-04 10:00", "violation_reversed", "A") == [
        RESTRICT,
        REOPEN,
        NOTICE,
    ]
    assert account.shown == ("restricted", 0, 2, "2025-03-18T12:00:00+08:00")


def test_from_closed_to_good_is_reopened_alone(account):
    for hour, complaint in enumerate("ABC", 10):
        account.upholds(f"Mon 2025-03-03 {hour}:00", complaint)

    assert account.tells("Tue 2025-06-03 10:00", "violation_reversed", "A") == [REOPEN, NOTICE]
    assert account.shown == ("good", 0, 2, "none")


def test_entering_closure_pending_restricts_until_undecided(struck):
    assert struck.upholds("Thu 2025-03-06 10:00", "C") == [RESTRICT, NOTICE]

    assert struck.shown == ("closure_pending", 0, 3, "undecided")
    assert json.loads(struck.run.outgoing[-2].content)["until"] == "undecided"
    assert struck.timers(struck.case.id) == {}
    assert end_of_restriction(struck.case, None) is None


def test_a_pending_closure_waits_beyond_every_end(struck):
    struck.upholds("Thu 2025-03-06 10:00", "C")

    assert struck.waits("Fri 2026-03-06 10:00") == []
    assert struck.shown[0] == "closure_pending"


def test_from_closure_pending_to_closed_sends_close_alone(struck):
    struck.upholds("Thu 2025-03-06 10:00", "C")

    assert struck.tells("Fri 2025-03-07 10:00", "appeal_settled", "A") == [CLOSE, NOTICE]
    assert struck.shown == ("closed", 0, 3, "none")


def test_once_closed_a_later_appeal_changes_nothing_and_only_a_reversal_does(struck):
    struck.upholds("Thu 2025-03-06 10:00", "C")
    struck.tells("Fri 2025-03-07 10:00", "appeal_settled", "A")

    assert struck.tells("Fri 2025-03-07 11:00", "appeal_opened", "B") == []
    assert struck.shown[0] == "closed"
    assert struck.tells("Fri 2025-03-07 12:00", "violation_reversed", "B") == [
        RESTRICT,
        REOPEN,
        NOTICE,
    ]


def test_from_closure_pending_to_restricted_sends_the_new_end(struck):
    struck.upholds("Thu 2025-03-06 10:00", "C")

    assert struck.tells("Fri 2025-03-07 10:00", "violation_reversed", "A") == [RESTRICT, NOTICE]
    assert struck.shown == ("restricted", 0, 2, "2025-03-21T10:00:00+08:00")
    assert struck.timers(struck.case.id) == {"restriction_ends": "2025-03-21 10:00"}


def test_from_closure_pending_to_good_lifts(struck):
    struck.upholds("Thu 2025-03-06 10:00", "C")

    assert struck.tells("Tue 2025-06-03 10:00", "violation_reversed", "A") == [LIFT, NOTICE]


def test_from_closed_back_to_pending_restricts_and_reopens():
    account = Account()
    for hour, complaint in enumerate("ABC", 10):
        account.upholds(f"Mon 2025-03-03 {hour}:00", complaint)
    account.tells("Mon 2025-03-03 13:00", "appeal_opened", "B")
    account.upholds("Mon 2025-03-03 14:00", "D")

    # D is the third now, and B's appeal was undecided when it was upheld.
    assert account.tells("Mon 2025-03-03 15:00", "violation_reversed", "A") == [
        RESTRICT,
        REOPEN,
        NOTICE,
    ]
    assert account.shown == ("closure_pending", 0, 3, "undecided")


def test_the_end_of_a_no_deduction_window_sends_nothing(account):
    account.upholds("Mon 2025-03-03 10:00", "A", "general")
    assert account.timers(account.case.id) == {"no_deduction_window_ends": "2025-03-09 00:00"}

    assert account.waits("Sun 2025-03-09 00:00") == []

    assert account.fired() == [f"{account.case.id}.no_deduction_window_ends"]
    assert (account.shown, account.timers(account.case.id)) == (("good", 8, 0, "none"), {})


def test_a_window_ends_in_every_state(account):
    account.upholds("Mon 2025-03-03 10:00", "G", "general")
    for hour, complaint in enumerate("ABC", 11):
        account.upholds(f"Mon 2025-03-03 {hour}:00", complaint)

    assert account.waits("Sun 2025-03-09 00:00") == []
    assert account.shown[0] == "closed"
    assert account.fired() == [f"{account.case.id}.no_deduction_window_ends"]


def coincidence():
    """Its restriction ends at the very instant at which a no-deduction window does."""
    account = Account()
    account.upholds("Thu 2025-02-20 10:00", "A")
    account.upholds("Fri 2025-02-21 10:00", "B")
    account.tells("Fri 2025-02-21 12:00", "appeal_opened", "A")
    account.upholds("Sat 2025-02-22 00:00", "C")
    account.upholds("Mon 2025-03-03 10:00", "G", "general")
    account.tells("Wed 2025-03-05 12:00", "violation_reversed", "A")
    timers = account.timers(account.case.id)
    assert timers == {
        "no_deduction_window_ends": "2025-03-09 00:00",  # armed first
        "restriction_ends": "2025-03-09 00:00",
    }
    return account


def test_a_restriction_that_ends_together_with_a_window_is_lifted():
    account = coincidence()

    assert account.waits("Sun 2025-03-09 00:00") == [LIFT, NOTICE]
    assert (account.case.state, account.shown[0]) == ("good", "good")


# -- practice ---------------------------------------------------------------------------------


@pytest.fixture
def practice():
    return Account("practice")


def rights(account, day, number, *, begin=0):
    """So many first violations of as many rights, 4 points each, an hour apart."""
    return [
        account.upholds(f"{day} {hour:02}:00", f"G{day}{hour}", "general", right=f"TM-{hour}")
        for hour in range(begin, begin + number)
    ]


def test_points_expire_with_a_notice_alone(practice):
    rights(practice, "Mon 2025-03-03", 2)
    assert practice.timers(practice.case.id)["points_expire"] == "2026-03-03 00:00"

    assert practice.waits("Tue 2026-03-03 00:00") == [NOTICE]
    assert practice.shown == ("good", 4, 0, "none")
    assert practice.timers(practice.case.id) == {"points_expire": "2026-03-03 01:00"}

    assert practice.waits("Tue 2026-03-03 01:00") == [NOTICE]
    assert (practice.shown, practice.timers(practice.case.id)) == (("good", 0, 0, "none"), {})


def test_points_that_expire_together_are_one_change(practice):
    practice.upholds("Mon 2025-03-03 10:00", "A", "minor")
    practice.upholds("Mon 2025-03-03 10:00", "B", "minor")

    assert practice.waits("Tue 2026-03-03 10:00") == [NOTICE]


def test_strikes_expire_with_a_notice_alone(practice):
    practice.upholds("Mon 2025-03-03 10:00", "A")
    practice.waits("Mon 2025-03-10 10:00")
    assert practice.timers(practice.case.id) == {"strikes_expire": "2026-03-03 10:00"}

    assert practice.waits("Tue 2026-03-03 10:00") == [NOTICE]
    assert practice.shown == ("good", 0, 0, "none")


def test_the_warning_is_a_notice_alone(practice):
    assert rights(practice, "Mon 2025-03-03", 3) == [[NOTICE]] * 3
    assert practice.shown == ("good", 12, 0, "none")


def test_a_threshold_restricts_and_the_last_one_closes(practice):
    sent = rights(practice, "Mon 2025-03-03", 15)

    assert [n * 4 for n, names in enumerate(sent, 1) if RESTRICT in names] == [24, 36, 48]
    assert sent[-1] == [CLOSE, NOTICE]
    assert practice.shown == ("closed", 60, 0, "none")


def test_expiry_in_a_closed_account_reopens_nothing(practice):
    rights(practice, "Mon 2025-03-03", 15)

    sent = practice.waits("Wed 2026-04-01 00:00")

    assert sent == [NOTICE] * 15
    assert practice.shown == ("closed", 0, 0, "none")


def test_expiry_lifts_no_restriction_of_a_threshold(practice):
    rights(practice, "Mon 2025-03-03", 5)
    practice.upholds("Mon 2026-03-02 23:00", "Z", "general", right="TM-99")

    assert practice.waits("Tue 2026-03-03 05:00") == [NOTICE] * 5
    assert practice.shown == ("restricted", 4, 0, "2026-03-09T23:00:00+08:00")


def test_points_that_expire_when_a_window_ends_are_told():
    account = Account("practice")
    account.upholds("Mon 2025-03-03 12:00", "A", "minor")
    account.upholds("Tue 2025-03-04 00:00", "B", "minor")
    account.upholds("Thu 2026-02-26 10:00", "G", "general")  # window until 4 March 2026, 00:00
    account.waits("Tue 2026-03-03 12:00")  # A expires; B's end is armed after the window
    assert account.timers(account.case.id)["points_expire"] == "2026-03-04 00:00"
    assert account.timers(account.case.id)["no_deduction_window_ends"] == "2026-03-04 00:00"

    assert account.waits("Wed 2026-03-04 00:00") == [NOTICE]


def test_the_ledger_is_kept_line_by_line(struck):
    lines = struck.case.data["ledger"]

    assert [(line["what"], line["complaint"]) for line in lines] == [
        ("upheld", "A"),
        ("upheld", "B"),
        ("appeal_opened", "A"),
    ]
    assert lines[0]["at"] == BEIJING.text(at("Mon 2025-03-03 10:00"))
    assert lines[0]["rulebook"] == struck.run.cases["seed"].rulebook
