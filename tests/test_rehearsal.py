"""`rehearse`: what real dockets would have come to under another rulebook, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestrator.calendars import with_year
from orchestrator.core.journal import canonical
from orchestrator.core.rules import Rulebook
from orchestrator.core.spanfield import SpanField
from orchestrator.core.values import Case, Event
from orchestrator.core.view import View
from orchestrator.core.workflow import RulesModel, after, final, on, opens, state, workflow
from orchestrator.db import library
from orchestrator.errors import BadConfig, NotFound
from orchestrator.rehearsal import Change, Deadline, Decided, Rehearsal, Totals, Wish
from orchestrator.rehearsal import rehearsal as slices
from orchestrator.replay import Replay
from orchestrator.rulebook import rulebook_from, rulebook_kept
from tests import test_replay as lines
from tests.books import changed, shipped
from tests.doors.house import (
    FILING,
    REGISTRATION,
    House,
    beijing,
    empty_database,
    everything,
    house,
)
from tests.doors.shaky import CLAIM, PLEA, broken, second_version
from tests.test_edges_of_taking import court
from tests.test_incidents import appeals as pleads_not_guilty
from tests.test_incidents import pleads

SEED, PRACTICE = shipped()[0], shipped("marketplace-practice")[0]
WINDOW = "ip_complaint.appeal_window"
FIRST = "account_standing.general.first"


def rehearsed(
    there: House, new: Rulebook, now: str | None = None, **more: Any
) -> tuple[dict[str, list[Change]], Totals]:
    """What differs by docket, and the counts; every row of every table is as before."""
    before = everything(there)
    found: dict[str, list[Change]] = {}
    instant = there.clock.now() if now is None else beijing(now)
    world = there.orchestrator
    rehearsal = Rehearsal(world.store, world.registry, Wish(new, instant, **more))
    rehearsal.run(lambda difference, _: found.__setitem__(difference.docket, difference.changes))

    assert everything(there) == before
    assert rehearsal.totals.differing == len(found)
    return found, rehearsal.totals


def changes(values: dict[str, Any], **head: Any) -> Rulebook:
    """The seed with other values, as a version that nobody has heard of."""
    return changed(values, **{"version": 2, "effective_from": "2025-06-01", **head})[0]


def plain(found: list[Change]) -> list[tuple[Any, ...]]:
    """Changes without when and by whom; a refusal by its first words."""
    return [(c.what, c.case, c.name, _short(c.was), _short(c.would_be)) for c in found]


def _short(value: Any) -> Any:
    if isinstance(value, Decided):
        return "accepted" if value.refusal is None else f"refused: {value.refusal}"[:40]
    return value


def acted(when: str) -> Deadline:
    return Deadline(beijing(when), acted=True)


def due(when: str) -> Deadline:
    return Deadline(beijing(when), acted=False)


Lives = Callable[..., House]


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    """A house on New Year 2026 with a history replayed into it."""
    with house("2026-01-01 00:00", path=empty_database(tmp_path / "r.db")) as there:

        def play(*story: dict[str, Any]) -> House:
            rejected: list[Any] = []
            texts = [json.dumps(line) for line in story]
            Replay(there.orchestrator, reject=rejected.append).run(texts, there.clock.now())
            assert not rejected
            return there

        yield play


def filed(case: str, docket: str, when: str = "2025-03-03 10:00", **more: Any) -> dict[str, Any]:
    return lines.opens(when, case, docket, **more)


def upheld(case: str, when: str = "2025-03-04 10:00", lane: str = "general") -> dict[str, Any]:
    return lines.sends(when, case, "uphold", "staff", lane=lane)


def appealed(case: str, when: str) -> dict[str, Any]:
    return lines.sends(when, case, "appeal", "respondent", grounds="a licence")


def granted(case: str, when: str) -> dict[str, Any]:
    return lines.sends(when, case, "grant_appeal", "staff", reason="shown")


def responded(case: str, when: str) -> dict[str, Any]:
    return lines.sends(when, case, "respond", "complainant", statement="it is ours")


WON = [
    filed("A", "shop-1"),
    upheld("A"),
    appealed("A", "2025-03-07 12:00"),
    responded("A", "2025-03-10 10:00"),
    granted("A", "2025-03-11 10:00"),
]
SILENT = [filed("B", "shop-2"), upheld("B")]

# -- what differs -------------------------------------------------------------------------------


def test_the_very_same_version_differs_in_nothing(lives: Lives) -> None:
    found, totals = rehearsed(lives(*WON, *SILENT), SEED)

    assert found == {}
    assert (totals.dockets, totals.cases, totals.inputs) == (2, 4, 7)
    assert totals.pinned == {SEED.pin: 2}


def test_a_shorter_window_refuses_an_appeal_and_what_hung_on_it(lives: Lives) -> None:
    found, totals = rehearsed(lives(*WON, *SILENT), changes({WINDOW: {"days": 1}}))

    assert plain(found["shop-1"]) == [
        ("summary", None, "points", 0, 8),
        ("input", "A", "appeal", "accepted", "refused: case A is final_upheld since 20"),
        ("input", "A", "respond", "accepted", "refused: case A is final_upheld since 20"),
        ("input", "A", "grant_appeal", "accepted", "refused: case A is final_upheld since 20"),
        ("state", "A", "state", "overturned", "final_upheld"),
        ("deadline", "A", "appeal_window", None, acted("2025-03-06 00:00")),
    ]
    assert found["shop-1"][1][5:] == (beijing("2025-03-07 12:00"), "respondent")
    assert plain(found["shop-2"]) == [
        ("deadline", "B", "appeal_window", acted("2025-03-08 00:00"), acted("2025-03-06 00:00")),
    ]
    assert (totals.differing, totals.differing_cases) == (2, 2)
    assert totals.kinds == {"refused": 3, "states": 1, "new": 1, "earlier": 1, "summary": 1}
    assert totals.numbers == {("points", "more"): 8}


def test_an_appeal_that_came_too_late_would_be_accepted(lives: Lives) -> None:
    late = [filed("A", "shop-1"), upheld("A"), appealed("A", "2025-03-10 10:00")]

    found, totals = rehearsed(lives(*late), changes({WINDOW: {"days": 9}}))

    assert plain(found["shop-1"])[:2] == [
        ("input", "A", "appeal", "refused: case A is final_upheld since 20", "accepted"),
        ("state", "A", "state", "final_upheld", "staff_intervention"),
    ]
    assert ("data", "A", "adverse", None, "complainant") in plain(found["shop-1"])
    assert totals.kinds["accepted"] == 1


def test_both_lives_are_taken_to_the_same_instant_though_no_process_woke_up(
    tmp_path: Path,
) -> None:
    with house(path=empty_database(tmp_path / "r.db")) as there:
        lines_ = [json.dumps(line) for line in SILENT]
        Replay(there.orchestrator).run(lines_, beijing("2025-03-04 10:00"))
        found, _ = rehearsed(there, changes({WINDOW: {"working_days": 10}}), "2025-03-09 10:00")

    assert plain(found["shop-2"]) == [
        ("state", "B", "state", "final_upheld", "appeal_window"),
        ("deadline", "B", "appeal_window", acted("2025-03-08 00:00"), due("2025-03-19 00:00")),
    ]


def test_a_violation_costs_what_the_new_version_says(lives: Lives) -> None:
    found, totals = rehearsed(lives(*SILENT), changes({FIRST: 3}))

    assert plain(found["shop-2"]) == [("summary", None, "points", 8, 3)]
    assert totals.numbers == {("points", "fewer"): 5}


def test_a_restriction_that_would_be_another_one_is_told(lives: Lives) -> None:
    severe = [filed("A", "shop-1", "2025-12-30 10:00"), upheld("A", "2025-12-30 11:00", "severe")]
    longer = changes({"account_standing.severe.restrictions": [{"hours": 24}]})

    found, totals = rehearsed(lives(*severe), longer)

    assert plain(found["shop-1"])[:2] == [
        ("summary", None, "state", "restricted", "good"),
        ("summary", None, "restricted_until", "2026-01-06T11:00:00+08:00", "none"),
    ]
    assert totals.items == {"state": 1, "restricted_until": 1}


# -- which cases --------------------------------------------------------------------------------


def test_cases_that_were_opened_before_keep_what_they_had(lives: Lives) -> None:
    there = lives(
        filed("A", "shop-1", "2025-03-04 23:59:59.999999"),
        filed("B", "shop-2", "2025-03-05 00:00"),
        upheld("A", "2025-03-05 10:00"),
        upheld("B", "2025-03-05 10:00"),
    )
    new, day = changes({FIRST: 3}), beijing("2025-03-05 00:00")

    since_a_day, totals = rehearsed(there, new, since=date(2025, 3, 5))
    since_an_instant, _ = rehearsed(there, new, since=day)
    a_moment_earlier, _ = rehearsed(there, new, since=day - 1)
    later, none = rehearsed(there, new, since=beijing("2025-04-01 00:00"))

    assert list(since_a_day) == list(since_an_instant) == ["shop-2"]
    assert (totals.dockets, totals.pinned) == (2, {SEED.pin: 1})
    assert list(a_moment_earlier) == ["shop-1", "shop-2"]
    assert (later, none.dockets) == ({}, 0)


def test_one_docket_may_have_cases_of_both(lives: Lives) -> None:
    there = lives(
        filed("A", "shop-1"),
        upheld("A", "2025-03-04 10:00"),
        filed("B", "shop-1", "2025-04-01 10:00"),
        upheld("B", "2025-04-01 11:00"),
    )
    new = changes({FIRST: 1, "account_standing.general.later": 2})

    found, totals = rehearsed(there, new, since=beijing("2025-04-01 00:00"))

    assert plain(found["shop-1"]) == [("summary", None, "points", 16, 10)]
    assert totals.pinned == {SEED.pin: 1}


def test_only_cases_under_a_rulebook_of_one_name_may_be_meant(lives: Lives) -> None:
    there = lives(
        filed("A", "shop-1"),
        filed("B", "shop-2", rulebook=PRACTICE.name),
        upheld("A"),
        upheld("B"),
    )

    all_, both = rehearsed(there, changes({FIRST: 3}))
    mine, one = rehearsed(there, changes({FIRST: 3}), instead_of="seed-2022")

    assert (list(all_), both.pinned) == (["shop-1", "shop-2"], {SEED.pin: 1, PRACTICE.pin: 1})
    assert (list(mine), one.pinned) == (["shop-1"], {SEED.pin: 1})
    with pytest.raises(NotFound, match="no rulebook 'nothing'; there are marketplace-practice, se"):
        rehearsed(there, SEED, instead_of="nothing")


def test_dockets_may_be_named(lives: Lives) -> None:
    there = lives(*WON, *SILENT)

    found, totals = rehearsed(there, changes({FIRST: 3}), dockets=("shop-2",))

    assert (list(found), totals.dockets) == (["shop-2"], 1)
    with pytest.raises(NotFound, match="no docket 'nobody'"):
        rehearsed(there, SEED, dockets=("shop-2", "nobody"))


def test_slices_of_one_docket_come_to_the_same(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = lives(*WON, *SILENT, filed("C", "shop-3"), upheld("C", "2025-03-05 10:00"))
    whole = rehearsed(there, changes({WINDOW: {"days": 1}}))
    for name in ("ENTRIES", "DOCKETS"):
        with monkeypatch.context() as patch:
            patch.setattr(slices, name, 1)
            patch.setattr(slices, "HEADS", slices.HEADS.replace(str(slices.PAGE), "1"))

            assert rehearsed(there, changes({WINDOW: {"days": 1}})) == whole


# -- what another docket showed -----------------------------------------------------------------


def test_what_another_docket_showed_is_taken_as_it_was_recorded(lives: Lives) -> None:
    facts = lines.RIGHT
    known = [
        ("complainant_registration", "reg", REGISTRATION, "approve"),
        ("rights_registration", "right", facts, "confirm"),
    ]
    story = []
    for n, (workflow_, case, given, event) in enumerate(known):
        line = {"at": f"2025-03-03T0{n}:00:00+08:00", "open": workflow_, "case": case}
        story += [{**line, "docket": "holder-1", "by": "complainant", "facts": given}]
        story += [lines.sends(f"2025-03-03 0{n}:30", case, event, "staff")]
    real = filed("A", "shop-1", facts={**FILING}, assume=False)
    there = lives(*story, real, upheld("A"))

    found, totals = rehearsed(there, changes({FIRST: 3}), dockets=("shop-1",))

    assert plain(found["shop-1"]) == [("summary", None, "points", 8, 3)]
    assert totals.readings == 1
    assert rehearsed(there, SEED)[0] == {}


# -- workflows of anybody -----------------------------------------------------------------------


class ErrandRules(RulesModel):
    most: int
    patience: SpanField


def few_enough(case: Case, event: Event, view: View) -> str | None:
    there = len(view.cases("errand"))
    return None if there < view.rules.most else f"{there} errands, at most {view.rules.most}"


def a_share(case: Case, event: Event, view: View) -> dict[str, int]:
    return {"share": 12 // (view.rules.most - 7)}


def by_which_rules(case: Case, event: Event, view: View) -> dict[str, str]:
    return {"rules": view.rulebook}


ERRAND = workflow(
    "errand",
    opens("buyer", when=[few_enough]),
    state(
        "open",
        after("patience", "errand.patience", to="given_up"),
        on("divide", "buyer", fold=a_share),
        on("finish", "buyer", to="done", fold=by_which_rules),
    ),
    final("done", "given_up"),
    rules={"errand": ErrandRules},
    story="An errand is done, or given up.",
    source="the tests",
)


def errands(most: int, **patience: int) -> dict[str, Any]:
    return {"errand": {"most": most, "patience": patience or {"days": 30}}}


@pytest.fixture
def town() -> Iterator[House]:
    """Errands A, B and C of one docket, of which C is done; at most three are let in."""
    with house(workflows=[ERRAND], rulebook=errands(3)) as there:
        for case in "ABC":
            there.orchestrator.open("errand", docket="d", by="buyer", case=case)
        there.orchestrator.inject("C", "finish", by="buyer")
        yield there


def errand_book(there: House, **given: Any) -> Rulebook:
    head = {"name": "test", "version": 2, "effective_from": "2025-01-01", "calendar": "cn"}
    return rulebook_from(canonical({**head, **given}), there.orchestrator.registry.sections)


def test_that_a_case_names_its_rulebook_is_no_outcome(town: House) -> None:
    found, totals = rehearsed(town, errand_book(town, **errands(3)))

    assert (found, totals.dockets) == ({}, 1)


def test_an_opening_that_would_be_refused_takes_its_case_with_it(town: House) -> None:
    found, totals = rehearsed(town, errand_book(town, **errands(2)))

    assert plain(found["d"]) == [
        ("input", "C", "open errand", "accepted", "refused: 2 errands, at most 2"),
        ("input", "C", "finish", "accepted", "refused: case C is not there: its openin"),
        ("state", "C", "state", "done", None),
    ]
    assert totals.pinned == {shelf_pin(town): 2}


def shelf_pin(there: House) -> str:
    (row,) = there.rows("SELECT DISTINCT rulebook FROM cases")
    return str(row[0])


def test_an_opening_that_was_refused_would_be_a_case(town: House) -> None:
    town.orchestrator.open("errand", docket="d", by="buyer", case="D")
    town.orchestrator.open("errand", docket="d", by="buyer")  # without a name of its own

    found, _ = rehearsed(town, errand_book(town, **errands(9)))

    assert plain(found["d"]) == [
        ("input", "D", "open errand", "refused: 3 errands, at most 3", "accepted"),
        ("state", "D", "state", None, "open"),
        ("input", "d.6", "open errand", "refused: 3 errands, at most 3", "accepted"),
        ("state", "d.6", "state", None, "open"),
    ]


def test_an_id_that_would_be_taken_is_refused(town: House) -> None:
    """In life the second try was let in; with more room the first one would have been."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ERRAND.opens.when[0], "__code__", _always_refuses.__code__)
        town.orchestrator.open("errand", docket="d", by="buyer", case="D")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ERRAND.opens.when[0], "__code__", _never_refuses.__code__)
        town.orchestrator.open("errand", docket="d", by="buyer", case="D")

    found, _ = rehearsed(town, errand_book(town, **errands(9)))

    assert plain(found["d"]) == [
        ("input", "D", "open errand", "refused: no", "accepted"),
        ("input", "D", "open errand", "accepted", "refused: case D is there already"),
    ]


def _always_refuses(case: Case, event: Event, view: View) -> str | None:
    return "no"


def _never_refuses(case: Case, event: Event, view: View) -> str | None:
    return None


def test_a_case_keeps_the_id_that_it_was_given_here_though_its_entry_is_another(
    town: House,
) -> None:
    town.move_to("2025-03-10 10:00")
    town.orchestrator.open("errand", docket="e", by="buyer")  # e.1, and e.3 under less patience
    town.move_to("2025-03-20 10:00")
    answer = town.orchestrator.open("errand", docket="e", by="buyer")
    town.orchestrator.inject("e.2", "finish", by="buyer")

    found, _ = rehearsed(town, errand_book(town, **errands(3, days=5)), dockets=("e",))

    assert answer.case == "e.2"
    assert plain(found["e"]) == [
        ("state", "e.1", "state", "open", "given_up"),
        ("deadline", "e.1", "patience", due("2025-04-10 00:00"), acted("2025-03-16 00:00")),
    ]


def test_a_standing_is_the_same_case_though_it_would_be_opened_by_another_entry(
    lives: Lives,
) -> None:
    """Under the new version a reminder comes before the uphold: the standing is entry 4, not 3."""
    there = lives(filed("A", "shop-1"), upheld("A", "2025-03-05 10:00"))
    new = changes(
        {
            "ip_complaint.review_target": {"working_days": 1},
            "account_standing.general.free_window": {"days": 9},
        }
    )

    found, _ = rehearsed(there, new)

    assert plain(found["shop-1"]) == [
        ("deadline", "A", "review_target", None, acted("2025-03-05 00:00")),
        (
            "deadline",
            "shop-1.3",
            "no_deduction_window_ends",
            acted("2025-03-11 00:00"),
            acted("2025-03-15 00:00"),
        ),
    ]


def test_a_case_that_a_message_would_open_has_an_id_that_nobody_has(lives: Lives) -> None:
    """In life nothing was upheld, and entry 6 is a complaint; now it would be the standing."""
    wants = lines.sends("2025-03-05 10:00", "A", "request_supplement", "staff", wanted="a scan")
    comes = lines.sends("2025-03-12 10:00", "A", "supplement", "complainant", materials="a scan")
    there = lives(filed("A", "shop-1"), wants, comes, upheld("A", "2025-03-12 11:00"))
    answer = there.orchestrator.open(
        "ip_complaint", docket="shop-1", by="complainant", facts=FILING, assume=True
    )
    patient = {"ip_complaint.review_target": {"working_days": 1}, "supplement.window": {"days": 30}}

    found, _ = rehearsed(there, changes(patient))

    assert answer.case == "shop-1.6"
    assert plain(found["shop-1"])[:4] == [
        ("summary", None, "points", 0, 8),
        ("input", "A", "supplement", "refused: case A is closed_incomplete sin", "accepted"),
        ("input", "A", "uphold", "refused: case A is closed_incomplete sin", "accepted"),
        ("state", "A", "state", "closed_incomplete", "final_upheld"),
    ]
    assert [c for c in found["shop-1"] if (c.what, c.case) == ("input", "shop-1.6")] == []


def test_an_error_that_would_stop_a_docket_is_told_and_others_are_played(town: House) -> None:
    town.orchestrator.inject("A", "divide", by="buyer")
    town.orchestrator.open("errand", docket="e", by="buyer", case="E")

    found, totals = rehearsed(town, errand_book(town, **errands(7, days=2)), "2025-03-09 10:00")

    (stopped,) = found["d"]
    assert stopped[:4] == ("stopped", "A", "divide", None)
    assert stopped.would_be.startswith("ZeroDivisionError: ")
    assert plain(found["e"])[0] == ("state", "E", "state", "open", "given_up")
    assert totals.kinds["stopped"] == 1


def test_a_workflow_of_which_the_rulebook_says_nothing_is_named(town: House) -> None:
    text = canonical(
        {"name": "old", "version": 1, "effective_from": "2020-01-01", "calendar": "cn"}
    )
    old = rulebook_kept(text, town.orchestrator.registry.sections)

    with pytest.raises(BadConfig) as raised:
        rehearsed(town, old)

    assert raised.value.errors == ["old@1: errand: required (errand reads it), and missing"]


def test_a_calendar_that_the_database_does_not_have_is_named(town: House) -> None:
    with pytest.raises(BadConfig, match="test@2: calendar: one of cn, rome, got 'mars'"):
        rehearsed(town, errand_book(town, **errands(2), calendar="mars"))


def test_a_calendar_that_is_younger_than_a_docket_is_known_from_the_beginning(
    lives: Lives,
) -> None:
    """On Mars every day is worked: three days, the last of which needs no roll."""
    there = lives(filed("A", "shop-1"), upheld("A", "2025-03-06 10:00"))
    with there.orchestrator.store.write() as tx:
        text = library.latest_texts(tx)["cn"]
        mars = canonical({**json.loads(text), "name": "mars", "weekend": []})
        library.announce(tx, "cn", with_year(text, 2027, []), beijing("2025-12-01 00:00"), 0)
        library.announce(tx, "mars", mars, library.ALWAYS, 0)

    found, _ = rehearsed(there, changes({}, calendar="mars"))

    assert plain(found["shop-1"]) == [
        ("deadline", "A", "appeal_window", acted("2025-03-11 00:00"), acted("2025-03-10 00:00")),
    ]


# -- what is passed over ------------------------------------------------------------------------


def test_a_docket_that_is_stopped_is_told_and_passed_over(tmp_path: Path) -> None:
    with court(tmp_path / "c.db") as there:
        pleads(there, "A", "shop-1")
        pleads(there, "B", "shop-2")
        with broken("guard"):
            pleads_not_guilty(there)
        book = plea_book(there, days=9)
        there.move_to("2025-03-09 10:00")

        found, totals = rehearsed(there, book)

    assert list(found) == ["shop-2"]
    assert (totals.skipped, totals.named) == (1, [("shop-1", "stopped by incident 1")])


def plea_book(there: House, **window: int) -> Rulebook:
    return errand_book(there, plea={"window": window})


def test_a_docket_that_is_being_replayed_is_told_and_passed_over(lives: Lives) -> None:
    there = lives(*SILENT)
    with there.orchestrator.store.write() as tx:
        tx.one(
            "INSERT INTO replays (id, file, first, position, digest, applied, refused, rejected,"
            " held, firings, ends, started_at) VALUES (7, 'h.jsonl', '', 3, '', 0,0,0,0,0,'[]',0)"
        )
        tx.one("UPDATE dockets SET replay = '7' WHERE key = 'shop-2'")

    found, totals = rehearsed(there, changes({FIRST: 3}))

    assert found == {}
    assert totals.named == [("shop-2", "being replayed (h.jsonl, at line 3)")]


def test_a_docket_that_was_mended_is_played_as_it_went_on(tmp_path: Path) -> None:
    """Stopped by a bug, moved to the next definition, and what was held decided at its instant."""
    path = tmp_path / "c.db"
    with court(path) as there:
        pleads(there, "A", "shop-1")
        pleads(there, "B", "shop-1")
        there.move_to("2025-03-04 10:00")
        with broken("guard"):
            pleads_not_guilty(there)
    with court(path, "2025-03-05 11:00", second_version()) as there:
        assert there.orchestrator.incidents.retry(1).settled
        there.move_to("2025-03-20 10:00")
        book = there.orchestrator.shelf.rulebooks[0][0]

        assert rehearsed(there, book)[0] == {}
        assert plain(rehearsed(there, plea_book(there, hours=20))[0]["shop-1"]) == [
            ("input", "A", "appeal", "accepted", "refused: case A is closed since 2025-03-"),
            ("state", "A", "state", "appealed", "closed"),
            ("data", "A", "ended", None, "2025-03-04T06:00:00+08:00"),
            ("deadline", "A", "window", None, acted("2025-03-04 06:00")),
            ("data", "B", "ended", "2025-03-07T00:00:00+08:00", "2025-03-04T06:00:00+08:00"),
            ("deadline", "B", "window", acted("2025-03-07 00:00"), acted("2025-03-04 06:00")),
        ]


def the_end_is_noted_anew(case: Case, event: Event, view: View) -> dict[str, str]:
    return {"ended": "as the second version notes it"}


def noting_anew() -> Any:
    """The second version of a plea, which notes the end of its window otherwise."""
    waiting, *rest = PLEA.states
    (window,) = waiting.timers
    anew = replace(waiting, timers=(replace(window, fold=the_end_is_noted_anew),))
    return replace(PLEA, version=2, states=(anew, *rest))


def test_a_move_to_another_definition_comes_when_it_came_in_life(tmp_path: Path) -> None:
    """A has ended on the seventh when C is stopped; the move is as of that instant."""
    path = tmp_path / "c.db"
    with court(path) as there:
        pleads(there, "A", "shop-1")
        there.move_to("2025-03-06 10:00")
        pleads(there, "B", "shop-1")
        pleads(there, "C", "shop-1")
        there.move_to("2025-03-07 09:00")
        there.orchestrator.advance()
        there.move_to("2025-03-07 10:00")
        with broken("guard"):
            pleads_not_guilty(there, "C")
    with court(path, "2025-03-07 11:00", [PLEA, noting_anew(), CLAIM]) as there:
        assert there.orchestrator.incidents.retry(1).settled
        pleads(there, "D", "shop-1")
        there.move_to("2025-03-20 10:00")
        same = there.orchestrator.shelf.rulebooks[0][0]

        assert rehearsed(there, same)[0] == {}
        found, _ = rehearsed(there, plea_book(there, hours=10))

    ended = {change.case: change.would_be for change in found["shop-1"] if change.name == "ended"}
    then = "2025-03-06T20:00:00+08:00"
    assert ended == {"A": "2025-03-03T20:00:00+08:00", "B": then, "C": then}


def test_a_docket_of_a_definition_that_is_not_known_here_is_told(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with court(path, workflows=second_version()) as there:
        pleads(there, "A", "shop-1")
    with court(path, workflows=(PLEA, CLAIM)) as there:
        found, totals = rehearsed(there, plea_book(there, days=9))

    assert (found, totals.dockets) == ({}, 0)
    ((key, why),) = totals.named
    assert key == "shop-1"
    assert why.startswith("nothing can be said of it here: plea@2:")
