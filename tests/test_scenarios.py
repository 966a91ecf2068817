"""Scenarios: every one that comes with the project holds, and `simulate` says what does not."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import NotFound, Unreadable
from orchestrator.scenario import Report, read_scenario, simulate
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import FILING, ROOT, parts

FILES = sorted((ROOT / "tests/scenarios").glob("*.toml"))
LATE = ROOT / "tests/scenarios/07_appeal_too_late.toml"
MORNING, EVENING = "2025-03-03T10:00:00+08:00", "2025-03-03T20:00:00+08:00"
OPENS = {
    "at": MORNING,
    "open": "ip_complaint",
    "case": "A",
    "docket": "shop-1",
    "by": "complainant",
    "facts": FILING,
    "assume": True,
}
UPHOLDS = {
    "at": EVENING,
    "case": "A",
    "event": "uphold",
    "by": "staff",
    "facts": {"lane": "general"},
}
APPEALS = {
    "at": EVENING,
    "case": "A",
    "event": "appeal",
    "by": "respondent",
    "facts": {"grounds": "a licence"},
}


def plays(tmp_path: Path, *steps: dict[str, Any], **more: Any) -> Report:
    """Play a scenario written as JSON."""
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({**more, "step": steps}, ensure_ascii=False), "utf-8")
    found = parts()
    return simulate(read_scenario(path), found.shelf, found.registry, found.settings)


def unreadable(tmp_path: Path, text: str, name: str = "bad.toml") -> str:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(Unreadable) as raised:
        read_scenario(tmp_path / name)
    return str(raised.value).replace(str(tmp_path / name), "FILE")


def as_json(content: Any) -> Any:
    """TOML as the same content in JSON."""
    if isinstance(content, dict):
        return {key: as_json(value) for key, value in content.items()}
    if isinstance(content, list):
        return [as_json(value) for value in content]
    if isinstance(content, datetime):
        return content.isoformat()
    return float(content) if isinstance(content, Decimal) else content


# -- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_of_the_project_holds(path: Path) -> None:
    found = parts()

    report = simulate(read_scenario(path), found.shelf, found.registry, found.settings)

    assert report.unmet == []
    assert report.ok


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_json_form_of_a_scenario_plays_the_same(path: Path, tmp_path: Path) -> None:
    found = parts()
    content = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    copy = tmp_path / "copy.json"
    copy.write_text(json.dumps(as_json(content), ensure_ascii=False), "utf-8")

    told = simulate(read_scenario(path), found.shelf, found.registry, found.settings)
    again = simulate(read_scenario(copy), found.shelf, found.registry, found.settings)

    assert again.as_data() == told.as_data()


def test_instants_of_toml_itself_are_read_like_texts(tmp_path: Path) -> None:
    text = LATE.read_text("utf-8")
    for quoted in {line.split('"')[1] for line in text.splitlines() if line.startswith("at = ")}:
        text = text.replace(f'"{quoted}"', quoted)
    (tmp_path / "bare.toml").write_text(text, "utf-8")
    found = parts()

    report = simulate(
        read_scenario(tmp_path / "bare.toml"), found.shelf, found.registry, found.settings
    )

    assert report.ok


# -- the command --------------------------------------------------------------------------------


def test_an_expectation_that_is_not_met_ends_with_1_and_is_told_in_a_sentence(
    cli: Cli,  # noqa: F811
) -> None:
    text = LATE.read_text("utf-8").replace('state = "final_upheld"', 'state = "appeal_window"')
    (cli.folder / "edited.toml").write_text(text, "utf-8")

    ran = cli("simulate", "edited.toml")

    said = "unmet: step 5 (2025-03-07T00:00:00+08:00): case B: state: wanted appeal_window, got"
    assert (ran.code, ran.err) == (1, "")
    assert f"{said} final_upheld" in ran.out
    assert "1 unmet" in ran.out


def test_all_unmet_expectations_are_listed(tmp_path: Path) -> None:
    wrong = [
        {"state": "rejected", "timers": {"review_target": "frozen"}, "overdue": True},
        {"data": {"reason": "copied", "nothing": 1}, "refused": True},
        {"docket": "shop-1", "state": "closed", "points": 8, "restricted_until": MORNING},
        {"effects": ["command:close_account"], "no_effects": True},
        {"case": "Z", "state": "x"},
        {"provisional": ["review_limit"]},
    ]

    report = plays(tmp_path, {**OPENS, "expect": wrong})

    place = "step 0 (2025-03-03T10:00:00+08:00)"
    timers = {
        "review_target": "2025-03-07T00:00:00+08:00",
        "review_limit": "2025-03-18T00:00:00+08:00",
    }
    frozen, received = '{"review_target": "frozen"}', '["notify:complainant:received"]'
    assert report.unmet == [
        f"{place}: case A: state: wanted rejected, got under_review",
        f"{place}: case A: overdue: wanted true, got false",
        f"{place}: case A: timers: wanted {frozen}, got {json.dumps(timers)}",
        f"{place}: wanted refused, got not refused",
        f"{place}: case A: data.reason: wanted copied, got counterfeit",
        f"{place}: case A: data.nothing: wanted 1, got null",
        f"{place}: docket shop-1: state: wanted closed, got good",
        f"{place}: docket shop-1: points: wanted 8, got 0",
        f"{place}: docket shop-1: restricted_until: wanted {MORNING}, got none",
        f"{place}: wanted no effects, got {received}",
        f'{place}: effects: wanted ["command:close_account"] in order, got {received}',
        f"{place}: case Z: does not exist",
        f'{place}: case A: provisional: wanted ["review_limit"], got []',
    ]


ENTRY = {
    *("docket", "seq", "case", "effective_at", "recorded_at", "kind", "name", "by"),
    *("from", "to", "content", "hash"),
}
EFFECT = {
    *("docket", "seq", "n", "case", "name", "content", "target", "status", "attempts"),
    "next_try_at",
}


def test_the_json_answer_has_the_shape_of_the_design(cli: Cli) -> None:  # noqa: F811
    found = cli("simulate", str(LATE), "-o", "json").json

    assert list(found) == ["ok", "unmet", "steps", "cases", "dockets", "journal", "outbox"]
    assert found["ok"] is True
    assert [list(step) for step in found["steps"]] == [["index", "refused", "reason"]] * 6
    assert [step["index"] for step in found["steps"]] == [0, 1, 2, 3, 4, 5]
    assert list(found["cases"]) == ["A", "B"]
    for case in found["cases"].values():
        assert list(case) == ["workflow", "docket", "state", "overdue", "data", "timers"]
    assert found["cases"]["A"]["timers"] == [
        {
            "name": "response_window",
            "due_at": "2025-03-11T00:00:00+08:00",
            "provisional": False,
            "frozen": False,
        }
    ]
    assert found["dockets"]["shop-1"] == {
        "state": "good",
        "points": 8,
        "strikes": 0,
        "restricted_until": "none",
    }
    assert {frozenset(entry) for entry in found["journal"]} == {frozenset(ENTRY)}
    assert all(set(effect) >= EFFECT for effect in found["outbox"])


def test_an_effect_has_every_column_of_its_table(cli: Cli) -> None:  # noqa: F811
    found = cli("simulate", str(LATE), "-o", "json").json

    assert set(found["outbox"][0]) >= {*EFFECT, "lease", "lease_number"}


def test_journal_and_outbox_come_by_docket_and_sequence(cli: Cli) -> None:  # noqa: F811
    found = cli("simulate", str(LATE), "-o", "json").json

    entries = [(entry["docket"], entry["seq"]) for entry in found["journal"]]
    effects = [(effect["docket"], effect["seq"], effect["n"]) for effect in found["outbox"]]
    assert entries == sorted(entries)
    assert effects == sorted(effects)


def test_simulate_neither_reads_nor_writes_the_database(cli: Cli) -> None:  # noqa: F811
    before = cli.everything()

    there = cli("simulate", str(LATE))
    nowhere = cli("simulate", str(LATE), database="sqlite:////nonexistent/x.db")

    assert (there.code, nowhere.code) == (0, 0)
    assert cli.everything() == before


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (2, ("+08:00", "")),
        (2, ("[[step]]", "[[steps]]")),
        (2, ("by = ", "buy = ")),
        (2, ('at = "2025-03-07', 'at = "2025-03-01')),
        (3, ('open = "ip_complaint"', 'open = "chess"')),
        (3, ("[[step]]", 'rulebook = "nothing"\n[[step]]')),
        (3, ("[[step]]", 'calendar = "mars"\n[[step]]')),
    ],
)
def test_each_kind_of_bad_file_has_its_exit_code(
    cli: Cli,  # noqa: F811
    code: int,
    change: tuple[str, str],
) -> None:
    text = LATE.read_text("utf-8")
    once = 1 if change[1].endswith("[[step]]") else -1
    (cli.folder / "bad.toml").write_text(text.replace(*change, once), "utf-8")

    ran = cli("simulate", "bad.toml")

    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("error: ")
    assert "a bug of ours" not in ran.said


# -- time ---------------------------------------------------------------------------------------


def test_a_deadline_beyond_the_last_announced_year_is_provisional(tmp_path: Path) -> None:
    at = "2026-12-25T10:00:00+08:00"
    expect = {
        "provisional": ["review_limit"],
        "timers": {
            "review_target": "2026-12-31T00:00:00+08:00",
            "review_limit": "2027-01-12T00:00:00+08:00",
        },
    }

    report = plays(tmp_path, {**OPENS, "at": at, "expect": expect}, announced_until=2026)

    assert report.unmet == []


def test_announced_until_forgets_the_years_after_it(tmp_path: Path) -> None:
    filed = {**OPENS, "at": "2025-12-25T10:00:00+08:00"}

    known = plays(tmp_path, {**filed, "expect": {"provisional": []}})
    cut = plays(
        tmp_path, {**filed, "expect": {"provisional": ["review_limit"]}}, announced_until=2025
    )

    assert (known.unmet, cut.unmet) == ([], [])


def test_a_timer_that_is_still_provisional_does_not_fire(tmp_path: Path) -> None:
    late = {"at": "2027-06-01T00:00:00+08:00", "expect": {"case": "A", "overdue": False}}

    report = plays(
        tmp_path, {**OPENS, "at": "2026-12-25T10:00:00+08:00"}, late, announced_until=2026
    )

    assert report.unmet == []
    assert [t["name"] for t in report.cases["A"]["timers"]] == ["review_limit"]


def test_another_calendar_counts_other_days(tmp_path: Path) -> None:
    at = "2025-09-26T16:00:00+08:00"  # in Rome the days that follow are working days

    report = plays(tmp_path, {**OPENS, "at": at}, calendar="rome")

    target = report.cases["A"]["timers"][0]
    assert (target["name"], target["due_at"]) == ("review_target", "2025-10-02T00:00:00+02:00")


def test_before_expectations_are_checked_every_docket_is_run_to_the_step(tmp_path: Path) -> None:
    other = {**OPENS, "docket": "shop-2", "case": "B"}
    later = {**OPENS, "docket": "shop-3", "case": "C", "at": "2025-03-18T00:00:00+08:00"}
    later["expect"] = [{"case": "A", "overdue": True}, {"case": "B", "overdue": True}]

    report = plays(tmp_path, OPENS, other, later)

    assert report.unmet == []


def test_two_steps_at_one_instant_happen_in_the_order_of_the_file(tmp_path: Path) -> None:
    report = plays(tmp_path, {**OPENS, "at": EVENING}, UPHOLDS, APPEALS)

    assert [step.refused for step in report.steps] == [False, False, False]
    assert report.cases["A"]["state"] == "awaiting_complainant"


# -- expectations -------------------------------------------------------------------------------


def test_effects_are_a_subset_in_order(tmp_path: Path) -> None:
    some = ["command:take_down_listings", "notify:respondent:upheld"]

    met = plays(tmp_path, OPENS, {**UPHOLDS, "expect": {"effects": some}})
    unmet = plays(tmp_path, OPENS, {**UPHOLDS, "expect": {"effects": some[::-1]}})

    assert met.unmet == []
    assert len(unmet.unmet) == 1
    assert "in order, got" in unmet.unmet[0]


def test_one_effect_is_not_counted_twice(tmp_path: Path) -> None:
    twice = ["notify:complainant:received"] * 2

    report = plays(tmp_path, {**OPENS, "expect": {"effects": twice}})

    assert len(report.unmet) == 1


def test_effects_of_timers_on_the_way_to_a_step_count_as_its_own(tmp_path: Path) -> None:
    way = ["notify:staff:review_target", "notify:staff:review_limit_level_1"]
    then = ["notify:complainant:delayed", "notify:complainant:rejected"]
    rejects = {**UPHOLDS, "event": "reject", "facts": {"reason": "x"}}
    rejects |= {"at": "2025-03-18T10:00:00+08:00", "expect": {"effects": way + then}}

    report = plays(tmp_path, OPENS, rejects)

    assert report.unmet == []


def test_no_effects_holds_where_nothing_was_put_out(tmp_path: Path) -> None:
    quiet = {"at": EVENING, "expect": {"no_effects": True}}

    met = plays(tmp_path, OPENS, quiet)
    unmet = plays(tmp_path, {**OPENS, "expect": {"no_effects": True}})
    wanted = plays(tmp_path, OPENS, {"at": EVENING, "expect": {"no_effects": False}})

    assert met.unmet == []
    assert ["no effects" in said for said in unmet.unmet] == [True]
    assert ["wanted effects" in said for said in wanted.unmet] == [True]


def test_a_frozen_timer_is_expected_as_frozen(tmp_path: Path) -> None:
    asks = {**UPHOLDS, "event": "request_supplement", "facts": {"wanted": "a licence"}}
    frozen = {"review_target": "frozen", "review_limit": "frozen"}
    asks["expect"] = {"timers": {**frozen, "supplement_window": "2025-03-07T00:00:00+08:00"}}

    report = plays(tmp_path, OPENS, asks)

    assert report.unmet == []
    assert {t["due_at"] for t in report.cases["A"]["timers"] if t["frozen"]} == {None}


def test_a_docket_without_a_violation_shows_a_good_account(tmp_path: Path) -> None:
    good = {"state": "good", "points": 0, "strikes": 0, "restricted_until": "none"}

    report = plays(
        tmp_path,
        {**OPENS, "expect": [{"docket": "shop-1", **good}, {"docket": "nobody", **good}]},
    )

    assert report.unmet == []
    assert report.dockets == {"shop-1": good}


def test_an_instant_is_expected_in_any_offset(tmp_path: Path) -> None:
    due = {"review_target": "2025-03-06T16:00:00Z", "review_limit": "2025-03-17T17:00:00+01:00"}

    report = plays(tmp_path, {**OPENS, "expect": {"timers": due}})

    assert report.unmet == []


def test_money_in_data_is_expected_as_text_of_two_places(tmp_path: Path) -> None:
    text = '[[step]]\nat = "2025-03-03T10:00:00Z"\nexpect = { data = { amount = 300.5 } }\n'
    (tmp_path / "m.toml").write_text(text, "utf-8")

    (step,) = read_scenario(tmp_path / "m.toml").step

    assert step.expect.data == {"amount": Decimal("300.5")}  # type: ignore[union-attr]


# -- openings -----------------------------------------------------------------------------------


def test_assume_skips_only_the_guards_that_look_at_another_docket(tmp_path: Path) -> None:
    assumed = plays(tmp_path, OPENS)
    real = plays(tmp_path, {**OPENS, "assume": False})

    assert assumed.cases["A"]["state"] == "under_review"
    assert assumed.journal[0]["content"]["assumed"] is True
    assert real.steps[0].reason == "holder-1 is not registered as a complainant"


def test_a_refused_opening_makes_its_docket_and_no_case(tmp_path: Path) -> None:
    refused = {**OPENS, "by": "staff", "expect": {"refused": True}}

    report = plays(tmp_path, refused)

    assert report.unmet == []
    assert (report.cases, list(report.dockets)) == ({}, ["shop-1"])
    assert [entry["kind"] for entry in report.journal] == ["refused"]


def test_a_step_for_an_alias_whose_opening_was_refused_is_refused(tmp_path: Path) -> None:
    later = {**UPHOLDS, "expect": {"refused": True}}

    report = plays(tmp_path, {**OPENS, "by": "staff"}, later)

    assert report.unmet == []
    assert report.steps[1].reason == "the opening of case A was refused: it does not exist"


def test_an_expectation_about_a_case_that_does_not_exist_is_unmet(tmp_path: Path) -> None:
    report = plays(tmp_path, {**OPENS, "by": "staff", "expect": {"state": "under_review"}})

    assert [said.partition(": ")[2] for said in report.unmet] == ["case A: does not exist"]


def test_facts_that_do_not_fit_count_as_refused(tmp_path: Path) -> None:
    report = plays(tmp_path, {**OPENS, "facts": {}, "expect": {"refused": True}})

    assert report.unmet == []
    assert report.steps[0].reason is not None
    assert "complainant: required, and missing" in report.steps[0].reason
    assert report.journal == []


def test_a_refused_event_changes_nothing_and_is_in_the_journal(tmp_path: Path) -> None:
    report = plays(tmp_path, OPENS, {**APPEALS, "expect": {"refused": True, "no_effects": True}})

    assert report.unmet == []
    assert [entry["kind"] for entry in report.journal] == ["opened", "refused"]


def test_a_case_may_be_opened_without_an_alias_and_is_found_by_its_id(tmp_path: Path) -> None:
    nameless = {k: v for k, v in OPENS.items() if k != "case"}

    report = plays(tmp_path, {**nameless, "expect": {"state": "under_review"}})

    assert report.unmet == []
    assert list(report.cases) == ["shop-1.1"]


# -- what cannot be read ------------------------------------------------------------------------

HEAD = '[[step]]\nat = "2025-03-03T10:00:00+08:00"\n'
UNREADABLE = [
    ('[[step]]\nat = "2025-03-03T10:00:00"\n', "(its offset is missing)"),
    ("[[step]]\nat = 2025-03-03T10:00:00\n", "FILE: step.0.at: an instant with its offset, got"),
    ("[[step]]\nat = 2025-03-03\n", "FILE: step.0.at: an instant such as"),
    ("[[step]]\nat = 7\n", "FILE: step.0.at: an instant such as 2025-03-08T00:00:00+08:00, got 7"),
    ("[[step]]\n", "FILE: step.0.at: required, and missing"),
    ("", "FILE: step: required, and missing"),
    ("step = []", "FILE: step: at least 1 items"),
    (f"{HEAD}colour = 1\n", "FILE: step.0.colour: unknown; got 1"),
    (f"colour = 1\n{HEAD}", "FILE: colour: unknown; got 1"),
    (f"{HEAD}expect = {{ colour = 1 }}\n", "colour: unknown; got 1"),
    (f"{HEAD}expect = [{{ stat = 1 }}]\n", "stat: unknown; got 1"),
    (f'{HEAD}expect = {{ points = "8" }}\n', "points: a whole number, got '8'"),
    (f'announced_until = "2026"\n{HEAD}', "announced_until: a whole number"),
    (f"announced_until = 1\n{HEAD}", "announced_until: at least"),
    (f'{HEAD}open = "x"\n', "FILE: step.0: docket: required to open a case, and missing"),
    (f'{HEAD}open = "x"\ndocket = "d"\n', "FILE: step.0: by: required, and missing"),
    (f'{HEAD}open = "x"\nevent = "y"\n', "FILE: step.0: open or event, got both"),
    (f'{HEAD}event = "x"\nby = "b"\n', "FILE: step.0: case: required to send an event"),
    (
        f'{HEAD}event = "x"\nby = "b"\ncase = "Z"\n',
        "FILE: step.0: case: the alias of a case opened before, got 'Z'",
    ),
    (
        f'{HEAD}expect = {{ case = "A", docket = "d" }}\n',
        "FILE: step.0: expect: case or docket, got both",
    ),
    (f'{HEAD}expect = {{ timers = {{ x = "soon" }} }}\n', "expect.timers.x: an instant such as"),
    (
        f'{HEAD}[[step]]\nat = "2025-03-02T10:00:00+08:00"\n',
        "FILE: step.1.at: not before the step before it, got 2025-03-02T10:00:00+08:00",
    ),
    ("[[step", "FILE: not a readable scenario"),
    ("a = 1\na = 2", "FILE: not a readable scenario (Cannot overwrite a value"),
]


@pytest.mark.parametrize(("text", "words"), UNREADABLE, ids=[words[:50] for _, words in UNREADABLE])
def test_a_file_that_cannot_be_read_is_told_by_step_and_key(
    tmp_path: Path, text: str, words: str
) -> None:
    assert words in unreadable(tmp_path, text)


def test_every_error_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    said = unreadable(tmp_path, f'{HEAD}open = "x"\n\n[[step]]\nat = "soon"\nevent = "y"\n')

    assert len(said.splitlines()) == 5


def test_an_instant_of_a_docket_expectation_that_is_none_ends_with_2(
    cli: Cli,  # noqa: F811
) -> None:
    text = f'{HEAD}expect = {{ docket = "d", restricted_until = "soon" }}\n'
    (cli.folder / "s.toml").write_text(text, "utf-8")

    assert cli("simulate", "s.toml").code == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.toml", f"{HEAD}facts = {{ a = {'[' * 5_000}{']' * 5_000} }}\n"),
        ("deep.json", '{"step": ' + "[" * 100_000),
    ],
)
def test_bottomless_nesting_in_a_file_is_told_in_a_sentence(
    cli: Cli,  # noqa: F811
    name: str,
    text: str,
) -> None:
    (cli.folder / name).write_text(text, "utf-8")

    ran = cli("simulate", name)

    assert ran.code == 2
    assert "a bug of ours" not in ran.said


def test_json_with_a_key_that_stands_twice_is_not_read(tmp_path: Path) -> None:
    said = unreadable(tmp_path, '{"step": [], "step": []}', "twice.json")

    assert "step stands twice" in said


def test_a_rulebook_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no rulebook 'nothing'; there are .*seed-2022"):
        plays(tmp_path, OPENS, rulebook="nothing")
    with pytest.raises(NotFound, match=r"no rulebook 'nothing'; there are .*seed-2022"):
        plays(tmp_path, {**OPENS, "rulebook": "nothing"})


def test_a_calendar_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no calendar 'mars'; there are cn, rome"):
        plays(tmp_path, OPENS, calendar="mars")
