"""Timelines: what happened is in them, each at its place, and nothing is written over anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from orchestrator.core.diagram import TIMELINE_STYLE, timeline
from orchestrator.core.diagram.chronicle import read
from orchestrator.core.diagram.layout import MARGIN
from orchestrator.core.diagram.stage import Stage, flagged, stacked
from orchestrator.core.workflow import (
    after,
    always,
    final,
    freezes,
    hears,
    limit,
    on,
    opens,
    send,
    state,
    target,
)
from tests.core.builders import BEIJING, CN, Told, almanac, announced, at, merged, small, world_of
from tests.core.drawings import SVG, extents, overlap

HOSTILE = '</text><script>"&;: --> \\ end'
SPANS = {
    "target": {"working_days": 1},
    "limit": {"working_days": 5},
    "level_2": {"working_days": 2},
    "more": {"days": 3},
    "window": {"days": 3},
    "years": {"hours": 24 * 700 + 10},
}


def claims():
    """A claim: reviewed, perhaps completed, granted for long; its account hears of it."""
    return small(
        state(
            "under_review",
            target("reminder", "small.target"),
            limit("answer", "small.limit", level_2="small.level_2"),
            on("ask", "staff", to="waiting"),
            on("grant", "staff", to="granted", do=[send("account", "granted")]),
        ),
        state(
            "waiting",
            freezes("reminder", "answer"),
            after("patience", "small.more", to="lapsed"),
            on("supply", "buyer", to="under_review"),
        ),
        state("granted", after("window", "small.window", to="settled")),
        state("settled", after("validity", "small.years", to="expired")),
        final("lapsed", "expired", "withdrawn"),
        always(on("withdraw", "buyer", to="withdrawn")),
        spans=SPANS,
    )


def accounts():
    return small(
        state("good", hears("granted"), open_ended=True),
        opening=opens("system"),
        name="account",
        singleton=True,
    )


def told(when=None) -> Told:
    """A docket that nobody has heard of, of claims and one account."""
    (claim, book), (account, other) = claims(), accounts()
    return Told(world_of(claim, account, books=[merged(book, other)], when=when))


def drawn(story: Told, until: str, **more) -> ET.Element:
    """The drawing of what a docket was told, as a tree."""
    return ET.fromstring(text_of(story, until, **more))


def text_of(story: Told, until: str, recorded: str | None = None, **more) -> str:
    noted = None if recorded is None else at(recorded)
    entries = [(entry, noted) for entry in story.run.entries]
    given = {"title": "A story", "edition": CN, **more}
    return timeline(entries, BEIJING, until=at(until), **given)


def stage(story: Told, until: str, edition=CN) -> Stage:
    lanes, late = read((entry, None) for entry in story.run.entries)
    return Stage(lanes, late, at(until), BEIJING, edition)


def words(root: ET.Element) -> list[str]:
    """Every text, with its remark after a bar."""
    found = []
    for text in root.iter(f"{SVG}text"):
        remark = "".join(part.text for part in text)
        found.append(f"{text.text}|{remark}" if remark else text.text)
    return found


def groups(root: ET.Element, kind: str) -> Iterator[ET.Element]:
    return (g for g in root.iter(f"{SVG}g") if kind in g.get("class", "").split())


# -- stories ----------------------------------------------------------------------------------


def granted() -> Told:
    """Filed on Monday, granted on Tuesday, settled at the end of Friday."""
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Tue 2025-03-04 10:00", "grant", "staff")
    story.passes("Sat 2025-03-08 00:00")
    return story


def completed() -> Told:
    """Asked for more on Wednesday, which came on Thursday."""
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Tue 2025-03-04 09:00", "ask", "staff")
    story.says("Thu 2025-03-06 15:00", "supply")
    return story


def overdue() -> Told:
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.passes("Wed 2025-03-19 10:00")
    return story


def crowded() -> Told:
    """Many cases, refusals, several things at one instant, a holiday, days of make-up."""
    story = told()
    for number in range(4):
        case = f"claim-{number}"
        story.opens("Thu 2025-09-25 16:00", "small", case=case)
        story.says("Thu 2025-09-25 16:00", "grant", "buyer", case=case)
        story.says("Fri 2025-09-26 09:00", "ask", "staff", case=case)
        story.says("Fri 2025-09-26 09:00:01", "supply", case=case)
        story.says("Mon 2025-09-29 10:00:00.000001", "grant", "staff", case=case)
        story.says("Mon 2025-09-29 10:00:01", "nonsense", case=case)
    story.opens("Mon 2025-09-29 11:00", "small", by="staff", case=None)
    story.opens("Mon 2025-09-29 11:00", "small", by="staff", case="nobody's")
    story.passes("Sat 2025-10-11 12:00")
    return story


def hostile() -> Told:
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small", case=HOSTILE)
    story.says("Mon 2025-03-03 10:00", HOSTILE * 9, HOSTILE, case=HOSTILE)
    return story


STORIES = {
    "granted": (granted, "2025-03-09 10:00"),
    "completed": (completed, "2025-03-06 18:00"),
    "overdue": (overdue, "2025-03-19 10:00"),
    "crowded": (crowded, "2025-10-11 12:00"),
    "hostile": (hostile, "2025-03-03 10:00"),
    "nothing": (told, "2025-03-03 10:00"),
    "a year": (granted, "2026-03-03 10:00"),
    "a century": (granted, "2125-03-03 10:00"),
    "millennia": (granted, "8999-12-31 10:00"),
}
ALL = pytest.mark.parametrize("name", STORIES)


def played(name: str, **more) -> str:
    story, until = STORIES[name]
    return text_of(story(), until, **more)


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


def cut(edition, last):
    years = {year: days for year, days in edition.years.items() if year <= last}
    return type(edition)(
        edition.name,
        edition.zone,
        weekend=edition.weekend,
        fixed=edition.fixed,
        always=False,
        years=years,
    )


def announces() -> Told:
    """2026 is announced on 2 January: Monday the 5th and Tuesday the 6th are off."""
    known = cut(CN, 2025)
    news = announced(known, 2026, {"2026-01-01": True, "2026-01-05": True, "2026-01-06": True})
    story = told(when=almanac(("Fri 2026-01-02 09:00", news), first=known))
    story.opens("Mon 2025-12-29 10:00", "small", case="B")
    story.says("Tue 2025-12-30 09:00", "ask", "staff", case="B")
    story.says("Tue 2025-12-30 10:00", "supply", case="B")
    story.opens("Wed 2025-12-31 10:00", "small")
    story.passes("Sat 2026-01-03 10:00")
    return story


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


# -- the paper --------------------------------------------------------------------------------


@ALL
@pytest.mark.parametrize("noticed", [False, True])
def test_no_two_texts_overlap_and_none_leaves_the_paper(name, noticed):
    root = ET.fromstring(played(name, recorded="2125-01-01 00:00", noticed=noticed))
    texts = list(extents(root))

    assert [(a, b) for a, b in combinations(texts, 2) if overlap(a[1:], b[1:])] == []
    for text, left, top, right, bottom in texts:
        assert left >= 0, text
        assert right <= float(root.get("width")), text
        assert top >= 0, text
        assert bottom <= float(root.get("height")), text


@ALL
def test_no_line_runs_through_a_text(name):
    root = ET.fromstring(played(name))
    lines = [line for path in root.iter(f"{SVG}path") for line in line_of(path)]

    assert [(t[0], r) for t in extents(root) for r in lines if overlap(t[1:], r)] == []


def line_of(path: ET.Element) -> Iterator[tuple[float, float, float, float]]:
    """A stem or the bar of a timer, as a thin rectangle."""
    kind = path.get("class", "").partition(" ")[0]
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]
    if kind == "stem":
        x, y, end = numbers
        yield x, min(y, end), x, max(y, end)
    elif kind == "run":
        x, y, end = numbers
        yield x, y - 2, end, y + 2


@ALL
def test_nothing_is_drawn_beyond_the_right_edge(name):
    root = ET.fromstring(played(name))
    rects = [r for r in root.iter(f"{SVG}rect") if r.get("class") != "paper"]

    assert all(float(r.get("x")) + float(r.get("width")) <= 880.1 for r in rects)
    assert all(float(r.get("width")) >= 0 for r in rects)


@ALL
def test_a_timeline_is_the_same_every_time(name):
    assert played(name) == played(name)


@ALL
def test_a_timeline_is_a_titled_image_told_in_words_too(name):
    text = played(name)
    root = ET.fromstring(text)

    assert (root.get("role"), root.get("aria-label")) == ("img", "A story")
    assert root.find(f"{SVG}title").text == "A story"
    assert [style.text for style in root.iter(f"{SVG}style")] == [TIMELINE_STYLE]
    assert not re.search(r"style=|<script|href|url\(|@import", text)


def test_who_does_not_see_it_reads_the_same_story():
    story = granted()
    story.says("Sat 2025-03-08 00:00", "withdrew")

    said = (
        drawn(story, "2025-03-10 09:00", recorded="2025-03-10 09:00", noticed=True)
        .find(f"{SVG}desc")
        .text
    )

    assert "under_review from Mon 3, 10:00; granted from Tue 4, 10:00" in said
    assert "Refused: withdrew, Sat 8, 00:00: " in said
    assert "Timer window: due Fri 7, 24:00, fired." in said
    assert "window acted Fri 7, 24:00, noticed Mon 10, 09:00." in said


def test_who_does_not_see_it_is_told_what_stands_still():
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Tue 2025-03-04 09:00", "ask", "staff")

    said = drawn(story, "2025-03-05 10:00").find(f"{SVG}desc").text

    assert "Timer answer: stands still, pending." in said


def test_a_hostile_name_stays_text_and_leaves_room_for_others():
    root = ET.fromstring(played("hostile"))

    assert not list(root.iter(f"{SVG}script"))
    assert any(said.startswith(HOSTILE) for said in words(root))
    assert any("…|" in said for said in words(root))


# -- rows -------------------------------------------------------------------------------------


def test_of_labels_that_would_meet_the_earlier_one_is_farther_away():
    assert flagged([(0, 100), (50, 150), (140, 200), (300, 400)]) == [3, 2, 1, 1]
    assert flagged([(0, 100), (0, 100)]) == [2, 1]
    assert flagged([]) == []


def test_what_begins_after_another_has_ended_shares_its_row():
    assert stacked([(0, 100), (50, 150), (120, 200)]) == [0, 1, 0]
