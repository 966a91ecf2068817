"""Lists of cases: what they find, their order, their pages, and that each is read along an index."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import event

from orchestrator.db import finding, statements
from orchestrator.errors import NotFound, Unreadable
from tests.desks import NOON, STOPPED, desk, expected, pages
from tests.doors.house import House, beijing, rfc3339

STATES = ("under_review", "appeal_window", "rejected", "supplement_requested", "final_upheld")
WORDS = ("五粮液", "粮", "粮液", "abc", "100%", "TM-1", "tm", "1", "STRASSE", '"quoted"', "o'clock")
WORDS += ("counterfeit 五粮", "液五", "nowhere", "假冒 商标", "tmx", "example.com/offer/1.html")
LATE, SOON = beijing("2025-03-19 00:00"), beijing("2025-03-20 00:00")


@pytest.fixture(scope="module")
def there() -> Iterator[House]:
    with desk() as found:
        yield found


wishes = some.fixed_dictionaries(
    {},
    optional={
        "docket": some.sampled_from(("shop-0", "shop-3", "shop-9")),
        "workflow": some.sampled_from(("ip_complaint", "account_standing")),
        "state": some.lists(some.sampled_from(STATES), max_size=3),
        "opened_since": some.just(NOON),
        "opened_before": some.sampled_from((NOON, LATE)),
        "due_before": some.sampled_from((LATE, beijing("2025-03-21 00:00"))),
        "overdue": some.booleans(),
        "stopped": some.booleans(),
        "points_from": some.sampled_from((0, 8, 9, 16)),
        "text": some.sampled_from(WORDS),
    },
)


@settings(max_examples=250, deadline=None)
@given(
    wanted=wishes,
    order=some.sampled_from(("opened", "due")),
    limit=some.integers(1, 30),
    few=some.sampled_from((0, 2, 10_000)),
)
def test_pages_are_disjoint_and_together_all_that_fits_in_order_whichever_way_is_taken(
    there, wanted, order, limit, few
):
    with patch.multiple(finding, MOST_NARROW=few, MOST_WORDY=few):
        found = pages(there, limit, **wanted, order=order)

    assert [case for page in found for case in page] == expected(there, wanted, order)
    assert all(len(page) == limit for page in found[:-1])


def test_the_desk_has_some_of_everything(there):
    """Else the test above would prove little."""
    for wanted in ({"state": [state]} for state in STATES):
        assert expected(there, wanted, "opened"), wanted
    for wanted in ({"overdue": True}, {"stopped": True}, {"points_from": 8}, {"due_before": SOON}):
        assert 0 < len(expected(there, wanted, "opened")) < 24, wanted


def test_a_list_is_by_opening_and_by_due_where_a_due_date_is_asked_for(there):
    plain = [case["case"] for case in there.orchestrator.cases()]
    due = [
        case["case"] for case in there.orchestrator.cases(due_before=rfc3339("2025-03-21 00:00"))
    ]

    assert plain == expected(there, {}, "opened")
    assert due == expected(there, {"due_before": beijing("2025-03-21 00:00")}, "due")


def test_a_case_tells_the_points_of_its_account_and_the_incident_that_stops_it(there):
    (case,) = there.orchestrator.cases(docket=STOPPED, workflow="ip_complaint", limit=1)
    (other,) = there.orchestrator.cases(docket="shop-0", workflow="ip_complaint", limit=1)

    assert (case["incident"], other["incident"]) == (1, None)
    assert (other["points"], case["points"]) == (8, None)  # nothing was upheld against shop-3


def test_what_is_opened_between_two_pages_neither_shifts_nor_doubles_the_rest():
    with desk() as there:
        before = expected(there, {}, "opened")
        first = there.orchestrator.cases(limit=5)
        there.move_to("2025-03-18 13:00")
        for n in range(24, 28):
            there.orchestrator.open(
                "complainant_registration",
                docket=f"new-{n}",
                by="complainant",
                facts={"kind": "person", "name": "x", "identity_document": "y"},
                case=f"A{n}",  # before all others by id
            )
        rest = there.orchestrator.cases(after=first.next)

        assert [case["case"] for case in [*first, *rest]][: len(before)] == before
        assert len(rest) == len(before) - 5 + 4


def test_what_moves_between_two_pages_by_due_stands_where_it_is_due_now():
    with desk() as there:
        wanted = {"order": "due", "state": "under_review", "docket": "shop-1"}
        first = there.orchestrator.cases(limit=1, **wanted)
        gone = there.orchestrator.cases(limit=1, after=first.next, **wanted)[0]["case"]
        there.orchestrator.inject(gone, "withdraw", by="complainant")
        rest = there.orchestrator.cases(after=first.next, **wanted)

        seen = [case["case"] for case in [*first, *rest]]
        assert gone not in seen
        assert len(seen) == len(set(seen))


# -- cursors and names that are none ------------------------------------------------------------


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "päge",
        "\udcff",
        "x" * 10_000,
        encoded({}),
        encoded([]),
        encoded(["opened"]),
        encoded(["opened", "1", "A"]),
        encoded(["opened", True, "A"]),
        encoded(["opened", 1.5, "A"]),
        encoded(["opened", 2**63, "A"]),
        encoded(["opened", 1, 2]),
        encoded(["opened", 1, "A", "B"]),
        encoded(["due", 1, "A"]),
        encoded(["deadline", 1, "A", "B"]),
    ],
    ids=lambda cursor: ascii(cursor)[:30],
)
def test_a_cursor_that_is_none_is_unreadable(there, cursor):
    with pytest.raises(Unreadable, match=r"^after: what the page before gave as `next`, got"):
        there.orchestrator.cases(after=cursor)


@pytest.mark.parametrize("text", ["", "  ", "\x1f", "a\0b", "\udcff", "x" * 1_001])
def test_a_text_without_a_word_is_unreadable(there, text):
    with pytest.raises(Unreadable, match=r"^text: words of 1 to 1000 characters"):
        there.orchestrator.cases(text=text)


def test_an_order_that_is_none_is_unreadable(there):
    with pytest.raises(Unreadable, match=r"^order: opened or due, got 'id'"):
        there.orchestrator.cases(order="id")


def test_a_misspelt_workflow_or_state_is_told_apart_from_an_empty_list(there):
    with pytest.raises(NotFound, match="no workflow 'ip_complain'; there are account_standing,"):
        there.orchestrator.cases(workflow="ip_complain")
    with pytest.raises(NotFound, match="no state 'review'; there are appeal_window,"):
        there.orchestrator.cases(state=["review", "rejected"], docket="shop-9")

    assert there.orchestrator.cases(state="overturned") == []


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --",
        'abc" OR "tm-',
        "NEAR(abc)",
        "text:abc",
        "abc*",
        "-abc",
        "^abc",
        "%",
        "_",
        '""',
    ],
)
def test_a_text_is_never_read_as_a_language(there, text, few):
    with patch.multiple(finding, MOST_NARROW=few, MOST_WORDY=few):
        found = [case["case"] for case in there.orchestrator.cases(text=text)]

    assert found == expected(there, {"text": text}, "opened")


# -- the ways they are read ---------------------------------------------------------------------

ASKED = {
    "all": {},
    "by state": {"state": ["under_review", "rejected"]},
    "by workflow": {"workflow": "ip_complaint"},
    "by workflow and state": {"workflow": "ip_complaint", "state": ["rejected"]},
    "by docket": {"docket": "shop-1"},
    "by opening": {"opened_since": NOON, "opened_before": LATE},
    "overdue": {"overdue": True},
    "not overdue": {"overdue": False},
    "stopped": {"stopped": True},
    "by points": {"points_from": 8},
    "by text": {"text": "五粮液 counterfeit"},
    "by a short word": {"text": "tm"},  # all texts are read
    "by a short word in a state": {"text": "tm", "state": ["under_review"]},
    "due before": {"due_before": LATE},
    "several": {"state": ["under_review"], "overdue": True, "points_from": 1, "text": "copy"},
}
SORTS = "USE TEMP B-TREE"
MAY_BE_SCANNED = re.compile(  # keys that we give, the grams, what is overdue, open incidents
    r"^SCAN ((j|json_each|texts_grams) VIRTUAL TABLE|(cases|c) USING .*ix_cases_overdue|i\b|n$|\(subquery)"
    r"|CONSTANT ROW"
)
AMONG_FEW = re.compile(r"json_each\(\?\)\)? AS [jn]\b")


@contextmanager
def asked_of(there: House) -> Iterator[list[tuple[str, object]]]:
    """Every statement that a look asks."""
    heard: list[tuple[str, object]] = []

    def hear(_, __, text, parameters, ___, ____):
        heard.append((text, parameters))

    event.listen(there.orchestrator.store._reader, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(there.orchestrator.store._reader, "before_cursor_execute", hear)


def plan(there: House, text: str, parameters: object) -> list[str]:
    """How SQLite reads it. No statistics are ever gathered, so size does not change the plan."""
    found = there.rows(f"EXPLAIN QUERY PLAN {text}", *parameters)
    return [row[3] for row in found]


@pytest.mark.parametrize("order", ["opened", "due"])
@pytest.mark.parametrize("few", [0, 10_000], ids=["many", "few"])
@pytest.mark.parametrize("what", ASKED)
def test_no_list_scans_a_table_or_sorts_more_than_the_few_that_a_filter_leaves(
    there, what, few, order
):
    with patch.multiple(finding, MOST_NARROW=few, MOST_WORDY=few), asked_of(there) as heard:
        there.orchestrator.cases(order=order, limit=3, **ASKED[what])
        first = there.orchestrator.cases(order=order, limit=1)
        there.orchestrator.cases(order=order, limit=3, after=first.next, **ASKED[what])

    lists = [(text, values) for text, values in heard if " AS c" in text or "INDEXED BY" in text]
    assert lists
    for text, values in lists:
        steps = plan(there, text, values)
        scans = [s for s in steps if s.startswith("SCAN") and not MAY_BE_SCANNED.search(s)]
        assert scans == ["SCAN x"] * (finding.BY_READING in text), text
        if not AMONG_FEW.search(text):
            assert [step for step in steps if SORTS in step] == [], text


def test_a_list_of_everything_walks_the_index_of_openings(there):
    with asked_of(there) as heard:
        there.orchestrator.cases()
    (walk,) = [one for one in heard if "ix_cases_opened" in one[0]]

    assert plan(there, *walk) == [
        "SEARCH c USING COVERING INDEX ix_cases_opened ((opened_at,id)>(?,?) AND opened_at<?)"
    ]


WAY_OF_A_TIMER = {
    "CLAIM_DUE": "ix_dockets_due",
    "CLAIM_STALE": "ix_timers_edition",
    "NEXT_DUE": "ix_dockets_due",
    "DUE_TIMERS": "ix_timers_due",
    "CASES_BY_WORKFLOW": "ix_cases_docket",
    "CASES_OF_DOCKETS": "ix_cases_docket",
    "CASES_WITH_TIMERS": "ix_cases_docket",
    "CASES_BY_ID": "PRIMARY KEY",
    "TIMERS_OF_CASES": "PRIMARY KEY",
    "UPDATE_DOCKET": "ix_timers_due",
}


@pytest.mark.parametrize("statement", WAY_OF_A_TIMER)
def test_the_indices_of_lists_leave_the_way_of_a_timer_as_it_was(there, statement):
    text = getattr(statements, statement)
    steps = plan(there, text, ["[]" if "json_each" in text else 0] * text.count("?"))

    assert any(WAY_OF_A_TIMER[statement] in step for step in steps), steps
    assert [s for s in steps if re.match(r"SCAN (c|t|d|cases|timers|dockets)\b(?! USING)", s)] == []
