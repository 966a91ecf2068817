"""Lists of deadlines: by working day, by whom they concern, frozen ones apart, and as iCalendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from icalendar import Calendar

from orchestrator.errors import NotFound, Unreadable
from orchestrator.feed import feed, uid
from tests.city import a_city
from tests.desks import STOPPED, desk, name
from tests.doors.house import House, beijing, files_a_complaint, house, quiet, rfc3339
from tests.test_lists import MAY_BE_SCANNED, SORTS, asked_of, plan


@pytest.fixture(scope="module")
def there() -> Iterator[House]:
    with desk() as found:
        yield found


def keys(page):
    return [(row["due_at"], row["case"], row["name"]) for row in page]


def walked(there, limit, **wanted):
    """Every page, and the keys of all rows."""
    found, after = [], None
    while True:
        page = there.orchestrator.deadlines(limit=limit, after=after, **wanted)
        found.append(keys(page))
        after = page.next
        if after is None:
            return found


STANDING = {"no_deduction_window_ends", "restriction_ends"}
BINDS = {
    "staff": {"review_target", "review_limit", "review_limit_level_2"},
    "respondent": {"appeal_window"},
    "complainant": {"appeal_window", "supplement_window"},
    "system": STANDING,
}
wishes = some.fixed_dictionaries(
    {},
    optional={
        "docket": some.sampled_from(("shop-0", "shop-1", "shop-9")),
        "workflow": some.sampled_from(("ip_complaint", "account_standing")),
        "role": some.sampled_from(tuple(BINDS)),
        "until": some.sampled_from((rfc3339("2025-03-20 00:00"), rfc3339("2025-03-21 00:00"))),
        "frozen": some.booleans(),
    },
)


@settings(max_examples=100, deadline=None)
@given(wanted=wishes, limit=some.integers(1, 20))
def test_pages_of_deadlines_are_disjoint_and_together_all_that_fit(there, wanted, limit):
    found = walked(there, limit, **wanted)
    frozen, until = wanted.get("frozen", False), wanted.get("until")
    rows = there.rows(
        'SELECT due_at, t.docket, workflow, name, t."case"'
        ' FROM timers t JOIN cases c ON c.id = t."case" ORDER BY due_at, t."case", name'
    )
    expected = [
        (case, timer)
        for due, docket, workflow, timer, case in rows
        if (due is None) == frozen
        and (frozen or until is None or due <= beijing(until[:16].replace("T", " ")))
        and wanted.get("docket") in (None, docket)
        and wanted.get("workflow") in (None, workflow)
        and ("role" not in wanted or timer in BINDS[wanted["role"]])
    ]

    assert [key[1:] for page in found for key in page] == expected
    assert all(len(page) == limit for page in found[:-1])


def test_the_desk_waits_for_staff_for_parties_and_stands_still(there):
    kinds = {role: len(there.orchestrator.deadlines(role=role)) for role in ("staff", "respondent")}

    assert all(kinds.values()), kinds
    assert there.orchestrator.queries.count_frozen() > 0
    assert (
        len(there.orchestrator.deadlines(frozen=True)) == there.orchestrator.queries.count_frozen()
    )


def test_a_deadline_tells_its_day_whom_it_concerns_and_what_stops_it(there):
    row = next(d for d in there.orchestrator.deadlines(docket=STOPPED) if d["case"] == name(11))

    # opened on Tue 4 March, ten working days: 24:00 of Tue 18 March, a day that is under way
    assert (row["name"], row["day"], row["working_day"]) == ("review_limit", "2025-03-18", 0)
    assert (row["roles"], row["whole_day"], row["day_name"]) == (["staff"], True, "Tuesday")
    assert (row["incident"], row["overdue"]) == (1, False)


def test_working_days_are_counted_and_a_day_that_is_none_is_named():
    with house("2025-09-26 16:00") as there:
        files_a_complaint(there)
        found = {d["name"]: d for d in there.orchestrator.deadlines()}
        there.move_to("2025-10-02 12:00")
        later = {d["name"]: d for d in there.orchestrator.deadlines()}

        # Sun 28 September is a make-up day; 1 to 8 October is the holiday
        assert (found["review_target"]["day"], found["review_target"]["working_day"]) == (
            "2025-09-30",
            3,
        )
        assert (later["review_target"]["passed"], later["review_target"]["working_day"]) == (
            True,
            None,
        )
        assert (found["review_limit"]["working_day"], later["review_limit"]["working_day"]) == (
            10,
            7,
        )


def test_days_are_working_days_of_the_default_calendar():
    with house("2025-09-26 16:00") as there:
        files_a_complaint(there)

        found = [len(there.orchestrator.deadlines(days=n)) for n in (0, 2, 3, 9, 10)]
        assert found == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("days", [-1, 3_661])
def test_a_number_of_days_that_is_none_is_unreadable(there, days):
    with pytest.raises(Unreadable, match=r"^days: working days from 0 to 3660, got"):
        there.orchestrator.deadlines(days=days)


def test_a_role_or_a_workflow_that_nobody_knows_is_not_found(there):
    with pytest.raises(NotFound, match=r"no role 'clerk'; there are .*complainant.*staff"):
        there.orchestrator.deadlines(role="clerk")
    with pytest.raises(NotFound, match="no workflow 'fine'"):
        there.orchestrator.deadlines(workflow="fine")


def test_a_cursor_of_another_list_is_unreadable(there):
    first = there.orchestrator.deadlines(limit=1)
    with pytest.raises(Unreadable, match="a cursor of a list by deadline for one by frozen"):
        there.orchestrator.deadlines(frozen=True, after=first.next)
    with pytest.raises(Unreadable, match="a cursor of a list by deadline for one by opened"):
        there.orchestrator.cases(after=first.next)


@pytest.mark.parametrize(
    "wanted",
    [{}, {"workflow": "ip_complaint"}, {"role": "staff"}, {"frozen": True}, {"docket": "shop-1"}],
    ids=str,
)
def test_no_list_of_deadlines_scans_a_table_and_only_that_of_a_docket_is_sorted(there, wanted):
    with asked_of(there) as heard:
        first = there.orchestrator.deadlines(limit=1, **wanted)
        there.orchestrator.deadlines(after=first.next, **wanted)
        there.orchestrator.queries.count_frozen(
            **{key: value for key, value in wanted.items() if key != "frozen"}
        )
    for text, given_ in [one for one in heard if "INDEXED BY" in one[0]]:
        steps = plan(there, text, given_)
        scans = [s for s in steps if s.startswith("SCAN") and not MAY_BE_SCANNED.search(s)]
        assert [s for s in scans if "USING INDEX ix_timers_frozen" not in s] == [], text
        assert "docket" in wanted or [s for s in steps if SORTS in s] == [], text


# -- iCalendar ------------------------------------------------------------------------------------


def events(there, **wanted):
    """(summary, event) of the feed as a calendar program reads it."""
    read = Calendar.from_ical(there.orchestrator.calendar_feed(**wanted))
    return {str(event["summary"]): event for event in read.walk("VEVENT")}


def test_a_deadline_that_ends_at_midnight_stands_on_the_day_that_ends_there():
    with house("2025-09-29 09:00") as there:
        files_a_complaint(there)
        there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"})
        event = events(there)["appeal_window of case A (shop-1)"]

        # stored as Fri 10 October 00:00
        assert (event["dtstart"].dt, event["dtend"].dt) == (date(2025, 10, 9), date(2025, 10, 10))
        assert (event["status"], event["transp"]) == ("CONFIRMED", "TRANSPARENT")
        assert "in time until 24:00 of 2025-10-09" in str(event["description"])


def test_a_deadline_of_hours_stands_at_the_last_second_that_is_in_time():
    with house("2025-03-03 10:00") as there:
        files_a_complaint(there)
        there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "severe"})
        found = events(there)
        (ends,) = [event for told, event in found.items() if told.startswith("restriction_ends")]

        assert ends["dtstart"].dt == datetime(2025, 3, 10, 1, 59, 59, tzinfo=UTC)
        assert "dtend" not in ends
        assert "in time before 2025-03-10T10:00:00+08:00" in str(ends["description"])


def test_a_deadline_in_office_hours_stands_at_its_clock_time_and_not_at_the_end_of_its_day():
    with quiet(), a_city("2025-06-05T10:00:00+02:00") as city:
        facts = {"kind": "pothole", "where": "right lane"}
        city.open("service_request", docket="street-1", by="citizen", facts=facts, case="R1")
        found = {d["name"]: d for d in city.deadlines()}
        read = Calendar.from_ical(city.calendar_feed())
        by_hours, by_days = sorted(read.walk("VEVENT"), key=lambda event: event["dtstart"].dt)

        assert [d["whole_day"] for d in found.values()] == [False, False]
        assert found["triage_target"]["due_at"] == "2025-06-05T14:00:00+02:00"
        assert by_hours["dtstart"].dt == datetime(2025, 6, 5, 11, 59, 59, tzinfo=UTC)
        assert by_days["dtstart"].dt == datetime(2025, 6, 9, 6, 59, 59, tzinfo=UTC)
        assert "in time before 2025-06-09T09:00:00+02:00" in str(by_days["description"])


def test_a_provisional_deadline_is_tentative_and_says_so():
    with house("2026-12-21 10:00") as there:
        files_a_complaint(there)
        event = events(there)["provisional: review_limit of case A (shop-1)"]

        assert event["status"] == "TENTATIVE"
        assert "it may move when the year is announced" in str(event["description"])


def test_a_blocked_one_and_one_that_is_stopped_are_marked():
    with house("2026-12-21 10:00") as there:
        files_a_complaint(there)
        there.move_to("2027-01-06 10:00")
        there.orchestrator.advance()
        blocked = list(events(there))
        with there.orchestrator.store.write() as tx:
            tx.open_incident("shop-1", there.clock.now(), "Boom", "traceback", None)

        assert "blocked: review_limit of case A (shop-1)" in blocked
        assert "stopped, blocked: review_limit of case A (shop-1)" in events(there)


def test_frozen_ones_have_no_day_and_are_left_out(there):
    written = there.orchestrator.calendar_feed()
    read = Calendar.from_ical(written)
    pending = there.orchestrator.deadlines(limit=1_000)

    assert len(list(read.walk("VEVENT"))) == len(pending)
    assert feed(there.orchestrator.deadlines(frozen=True)).count(b"BEGIN:VEVENT") == 0


def test_the_same_deadlines_give_the_same_bytes_whenever_they_are_written(there):
    before = there.orchestrator.calendar_feed()
    later = there.clock.now() + 1_000_000
    there.clock.move_to(later)

    assert there.orchestrator.calendar_feed() == before


def test_what_moves_keeps_its_uid_and_counts_up_so_that_it_is_replaced():
    with house("2025-03-03 10:00") as there:
        files_a_complaint(there)
        seen = [events(there)["review_limit of case A (shop-1)"]]
        there.orchestrator.inject(
            "A", "request_supplement", by="staff", facts={"wanted": "a proof"}
        )
        there.move_to("2025-03-05 10:00")
        there.orchestrator.inject("A", "supplement", by="complainant", facts={"materials": "x"})
        seen.append(events(there)["review_limit of case A (shop-1)"])

        assert {str(event["uid"]) for event in seen} == {uid("shop-1", "A", "review_limit")}
        assert seen[0]["dtstart"].dt < seen[1]["dtstart"].dt
        assert all(one["sequence"] < two["sequence"] for one, two in pairwise(seen))
        assert all(one["dtstamp"].dt < two["dtstamp"].dt for one, two in pairwise(seen))


def test_names_are_escaped_and_long_lines_are_folded():
    docket = "店铺; a, b\\c " + "很长" * 60
    with house("2025-03-03 10:00") as there:
        files_a_complaint(there, case="A;B,C", docket=docket)
        written = there.orchestrator.calendar_feed()

        assert f"review_limit of case A;B,C ({docket})" in events(there)
        assert all(len(line) <= 75 for line in written.split(b"\r\n"))
        assert b"\n" not in written.replace(b"\r\n", b"")
