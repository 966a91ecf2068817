"""What `--text` looks through: folded, kept with the opening, and proven against the journal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orchestrator.db import lists
from orchestrator.db.lists import folded, grams_of, words_of
from tests.core.builders import a_case
from tests.core.test_again import SMALL
from tests.desks import compared, desk
from tests.doors.house import files_a_complaint, house

LETTERS = some.text("ab五粮液 Ａß1\n\u3000é", max_size=12)


@given(LETTERS, LETTERS)
def test_a_word_is_in_a_text_exactly_when_its_folded_form_is_in_the_folded_text(text, word):
    whole = " ".join(compared(text).split())

    for one, plain in zip(words_of(word), dict.fromkeys(compared(word).split()), strict=True):
        assert (one in folded(text)) == (plain in whole)


@given(LETTERS, LETTERS)
def test_the_index_is_asked_for_nothing_that_a_text_with_the_words_lacks(text, word):
    words = words_of(word)
    if all(one in folded(text) for one in words):
        for gram in filter(None, grams_of(words).split(" AND ")):
            assert gram[1:-1].replace('""', '"') in folded(text)


@pytest.mark.parametrize("word", ["粮", "五粮", "m商", "abc", '"a"'])
def test_one_ideograph_is_enough_for_the_index(word):
    assert grams_of(words_of(word)) != ""


@pytest.mark.parametrize("word", ["a", "ab", "1", "é"])
def test_one_or_two_letters_are_not(word):
    assert grams_of(words_of(word)) == ""


def test_numbers_and_lists_are_looked_through_and_names_of_facts_are_not():
    with house() as there:
        files_a_complaint(there)

        found = [
            [case["case"] for case in there.orchestrator.cases(text=text)]
            for text in ("counterfeit", "offer/1.html", "listings", "complainant")
        ]
        assert found == [["A"], ["A"], [], []]


def test_what_comes_after_the_opening_is_not_looked_through():
    with house() as there:
        files_a_complaint(there)
        there.orchestrator.inject("A", "request_supplement", by="staff", facts={"wanted": "deed"})

        assert there.orchestrator.cases(text="deed") == []


def test_a_word_does_not_reach_from_one_fact_into_the_next():
    with house() as there:
        files_a_complaint(there)

        assert there.orchestrator.cases(text="counterfeitTM-1") == []


def test_a_firing_writes_neither_text_nor_points_of_dockets_that_keep_none():
    with house() as there:
        files_a_complaint(there)
        kept = there.rows("SELECT * FROM texts"), there.rows("SELECT * FROM standings")
        there.move_to("2025-04-01 10:00")
        assert there.orchestrator.advance().firings > 0

        assert (there.rows("SELECT * FROM texts"), there.rows("SELECT * FROM standings")) == kept
        assert len(kept[0]) == 1


def test_points_follow_the_standing_within_the_same_commit():
    with house() as there:
        files_a_complaint(there)
        seen = []
        for act, facts in (("uphold", {"lane": "general"}), ("withdraw", {})):
            by = "staff" if act == "uphold" else "complainant"
            there.orchestrator.inject("A", act, by=by, facts=facts)
            seen += there.rows("SELECT docket, points FROM standings")

        assert seen == [("shop-1", 8), ("shop-1", 0)]


def broken(case):
    raise RuntimeError("a summary with a bug")


def shows(points):
    return lambda case: {"points": points}


@pytest.mark.parametrize(
    ("summary", "points"),
    [
        (shows(7), 7),
        (shows(True), None),
        (shows("7"), None),
        (shows(2**64), None),
        (lambda case: {}, None),
        (broken, None),
    ],
    ids=["a number", "true", "a text", "too many", "nothing", "a bug"],
)
def test_points_are_a_whole_number_or_none_and_a_bug_in_a_summary_stops_no_docket(summary, points):
    keeping = replace(SMALL, summary=summary)

    assert lists.points_of(keeping, a_case(SMALL)) == points


# -- the proof, and the remedy ------------------------------------------------------------------

TAMPERED = {
    "a text that is another": "UPDATE texts SET text = 'nothing' WHERE \"case\" = 'C00'",
    "a text that is gone": "DELETE FROM texts WHERE \"case\" = 'C00'",
    "points that are others": "UPDATE standings SET points = 9 WHERE docket = 'shop-0'",
    "points that are gone": "DELETE FROM standings WHERE docket = 'shop-0'",
    "points of a docket without a standing": "INSERT INTO standings VALUES ('shop-3', 1)",
}


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("what", TAMPERED)
def test_verify_finds_it_and_a_rebuild_mends_it(what, quick):
    with desk() as there:
        whole = there.rows('SELECT "case", text FROM texts ORDER BY n')
        with there.orchestrator.store.write() as tx:
            tx.one(TAMPERED[what])
        _, faults = there.orchestrator.queries.verify(quick=quick)
        there.orchestrator.rebuild_lists(preview=True)
        _, still = there.orchestrator.queries.verify(quick=quick)
        there.orchestrator.rebuild_lists()

        assert len(faults) == len(still) == 1
        assert "text of case C00" in str(faults[0]) or "points" in str(faults[0])
        assert there.orchestrator.verify() == []
        assert sorted(there.rows('SELECT "case", text FROM texts')) == sorted(whole)
        assert [c["case"] for c in there.orchestrator.cases(text="TM-0")] == ["C00"]
