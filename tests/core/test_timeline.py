"""Timelines: what happened is in them, each at its place."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from orchestrator.core.diagram import timeline
from orchestrator.core.diagram.layout import MARGIN
from tests.core.builders import BEIJING, CN, almanac, at
from tests.core.drawings import SVG
from tests.core.tales import (
    announces,
    completed,
    crowded,
    cut,
    drawn,
    granted,
    groups,
    overdue,
    stage,
    text_of,
    told,
    words,
)

# -- what is drawn ----------------------------------------------------------------------------


def test_states_events_and_timers_of_a_case_are_in_its_lane():
    said = words(drawn(granted(), "2025-03-09 10:00"))

    assert said[said.index("A|small of shop-1") :][:10] == [
        "A|small of shop-1",
        "under_review",
        "granted",
        "settled",
        "opened|buyer, Mon 3, 10:00",
        "grant|staff, Tue 4, 10:00",
        "window|Fri 7, 24:00",
        "reminder|was due Tue 4, 24:00",
        "answer|was due Mon 10, 24:00",
        "window|Fri 7, 24:00",
    ]


def test_an_instant_is_where_its_day_and_hour_are():
    found = stage(granted(), "2025-03-09 10:00")
    noon = found.x(at("Tue 2025-03-04 12:00"))
    left, right = found.days.span(at_day("2025-03-04"), at_day("2025-03-04"))

    assert noon == pytest.approx((left + right) / 2)
    assert found.x(at("Mon 2025-03-03 00:00")) == MARGIN


def test_a_story_may_begin_with_its_day():
    story = told()
    story.opens("Mon 2025-03-03 00:00", "small")

    assert stage(story, "2025-03-04 10:00").x(at("Mon 2025-03-03 00:00")) == MARGIN


def at_day(text: str) -> int:
    return BEIJING.local_day(at(f"{text} 00:00"))


def test_a_case_that_a_message_opened_is_called_by_its_workflow():
    root = drawn(granted(), "2025-03-09 10:00")

    assert "account|of shop-1" in words(root)
    assert "granted|Tue 4, 10:00" in words(root)
    assert len(list(groups(root, "message"))) == 2  # the mark, and what it means


def test_names_go_before_ids():
    said = words(drawn(granted(), "2025-03-09 10:00", names={"A": "the claim"}))

    assert "the claim|small of shop-1" in said


def test_the_state_that_lasts_is_lit_and_no_other():
    (lit, account) = groups(drawn(granted(), "2025-03-09 10:00"), "active")

    assert [lit.find(f"{SVG}text").text, account.find(f"{SVG}text").text] == ["settled", "good"]


def test_a_timer_that_stands_still_is_hatched_from_freeze_to_resumption():
    found = stage(completed(), "2025-03-06 18:00")
    root = drawn(completed(), "2025-03-06 18:00")
    boxes = [g.find(f"{SVG}rect") for g in groups(root, "frozen")]
    ends = [(float(b.get("x")), float(b.get("x")) + float(b.get("width"))) for b in boxes]
    frozen, resumed = (found.x(at(f"2025-03-0{text}")) for text in ("4 09:00", "6 15:00"))

    assert len(ends) == 3  # two timers, and what it means
    for left, right in ends[:2]:
        assert (left, right) == (pytest.approx(frozen, abs=0.1), pytest.approx(resumed, abs=0.2))


def test_a_timer_that_stands_still_now_has_no_due_instant():
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Tue 2025-03-04 09:00", "ask", "staff")

    assert "answer|stands still" in words(drawn(story, "2025-03-05 10:00"))


def test_a_timer_that_was_frozen_to_the_end_stood_still():
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Tue 2025-03-04 09:00", "ask", "staff")
    story.passes("Sat 2025-03-08 00:00")

    assert "answer|stood still" in words(drawn(story, "2025-03-08 10:00"))


def test_a_refusal_is_crossed_and_says_why():
    story = granted()
    story.says("Sat 2025-03-08 00:00", "withdrew")

    (mark, _) = groups(drawn(story, "2025-03-09 10:00"), "refused")

    assert mark.find(f"{SVG}text").text == "withdrew"
    assert "withdrew" in mark.find(f"{SVG}title").text


def test_what_made_no_case_has_a_lane_of_its_own():
    said = words(drawn(crowded(), "2025-10-11 12:00"))

    assert "shop-1|no case came of it" in said
    assert "nobody's|no case of shop-1 came of it" in said
    assert "small|staff, Mon 29, 11:00" in said


def test_a_case_is_overdue_from_its_limit_on():
    found = stage(overdue(), "2025-03-19 10:00")
    (stripe, _) = (
        r
        for r in drawn(overdue(), "2025-03-19 10:00").iter(f"{SVG}rect")
        if r.get("class") == "late"
    )

    assert float(stripe.get("x")) == pytest.approx(found.x(at("2025-03-11 00:00")), abs=0.1)


def test_a_case_is_overdue_until_it_leaves_the_state():
    story = overdue()
    story.says("Wed 2025-03-19 12:00", "grant", "staff")
    found = stage(story, "2025-03-21 10:00")
    (stripe, _) = (
        r for r in drawn(story, "2025-03-21 10:00").iter(f"{SVG}rect") if r.get("class") == "late"
    )
    right = float(stripe.get("x")) + float(stripe.get("width"))

    assert right == pytest.approx(found.x(at("2025-03-19 12:00")), abs=0.2)


def test_a_timer_due_far_beyond_the_story_is_only_pointed_at():
    said = words(drawn(granted(), "2025-03-09 10:00"))

    assert "validity|Sat 6 Feb 2027, 10:00" in said


def test_a_state_that_was_left_at_once_takes_no_room():
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Mon 2025-03-03 10:00", "grant", "staff")

    assert "under_review" not in words(drawn(story, "2025-03-04 10:00"))


def test_when_a_process_noticed_is_shown_on_wish():
    story, until, woke = granted(), "2025-03-10 09:00", "2025-03-10 09:00"
    quiet = words(drawn(story, until, recorded=woke))
    loud = words(drawn(story, until, recorded=woke, noticed=True))
    at_once = words(drawn(story, until, recorded="2025-03-03 10:00", noticed=True))
    late = "window|acted Fri 7, 24:00, noticed Mon 10, 09:00"

    assert late in loud
    assert late not in quiet
    assert [said for said in at_once if "noticed" in said] == []


def test_the_outcome_is_drawn_alike_whenever_a_process_noticed():
    one = text_of(granted(), "2025-03-10 09:00", recorded="2025-03-08 00:00")
    other = text_of(granted(), "2025-03-10 09:00", recorded="2025-03-10 09:00")

    assert one == other


def test_a_case_that_was_moved_to_another_definition_says_so():
    story = granted()
    story.run.migrate({"small": "small@2:abc"})

    assert "moved to small@2|Sat 8, 00:00" in words(drawn(story, "2025-03-09 10:00"))


# -- days -------------------------------------------------------------------------------------


def test_weekends_and_holidays_are_shaded_and_named():
    root = drawn(crowded(), "2025-10-11 12:00")
    shades = [r.get("class") for r in root.iter(f"{SVG}rect") if r.get("class") in ("off", "feast")]
    makeups = [t.text for t in root.iter(f"{SVG}text") if "makeup" in t.get("class", "")]

    assert shades[:3] == ["off", "feast", "off"]
    assert "国庆节、中秋节" in words(root)
    assert makeups[:2] == ["Sun 28", "28"]  # the day, and what it means


def test_without_a_calendar_no_day_is_shaded():
    root = drawn(crowded(), "2025-10-11 12:00", edition=None)

    assert not [r for r in root.iter(f"{SVG}rect") if r.get("class") in ("off", "feast")]


def test_days_are_named_where_there_is_room_and_thinned_out_where_there_is_none():
    def days(until):
        return [said for _, _, said in stage(granted(), until).days.labels]

    assert days("2025-03-06 10:00")[:2] == ["Mon 3", "Tue 4"]
    assert days("2025-04-10 10:00")[:2] == ["3", "4"]
    assert days("2025-08-01 10:00")[:2] == ["3", "10"]
    assert days("2125-03-03 10:00") == []


def test_a_provisional_deadline_is_blocked_when_its_instant_comes():
    story = told(when=almanac(first=cut(CN, 2025)))
    story.opens("Mon 2025-12-29 10:00", "small")

    before, since = (words(drawn(story, f"2026-01-0{day} 10:00")) for day in (2, 8))

    assert "answer|Tue 6, 24:00, provisional" in before
    assert "answer|Tue 6, 24:00, blocked" in since


def test_a_deadline_that_an_announcement_moved_shows_where_it_was():
    root = drawn(announces(), "2026-01-03 10:00")
    was = [c for c in root.iter(f"{SVG}circle") if c.get("class") == "tip was"]

    assert len(was) == 2
    assert words(root).count("calendar cn announced|Fri 2, 09:00") == 2
    assert {"answer|Fri 9, 24:00", "answer|Mon 12, 24:00"} < set(words(root))
    assert "reminder|Fri 2, 24:00" in words(root)  # where it was, and provisional no more


def test_an_announcement_about_a_case_that_is_not_drawn_is_passed_over():
    entries = [
        (e, None) for e in announces().run.entries if e.case == "B" or e.kind == "calendar_changed"
    ]

    root = ET.fromstring(timeline(entries, BEIJING, until=at("2026-01-03 10:00"), title="B"))

    assert [said for said in words(root) if said.endswith("of shop-1")] == ["B|small of shop-1"]
