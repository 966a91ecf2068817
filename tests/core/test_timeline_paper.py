"""Timelines on their paper: nothing is written over anything, and who does not see it can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from orchestrator.core.diagram import TIMELINE_STYLE
from orchestrator.core.diagram.stage import flagged, stacked
from tests.core.drawings import SVG, extents, overlap
from tests.core.tales import ALL, HOSTILE, drawn, granted, played, told, words

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
