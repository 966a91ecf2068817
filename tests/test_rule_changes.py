"""`rulebook diff`: what changes from one rulebook to another, in sentences."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from orchestrator.core.journal import canonical
from orchestrator.core.spanfield import SpanField
from orchestrator.core.workflow import RulesModel
from orchestrator.rule_changes import rule_changes
from orchestrator.rulebook import rulebook_from, rulebook_kept
from tests.books import changed, shipped
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import CONFIG, parts

SEED = shipped()[0]


def sentences(values: dict[str, Any], **head: Any) -> list[str]:
    """What the shipped rulebook with these values changes, and what taking them back does."""
    after = changed(values, **head)[0]
    assert len(rule_changes(SEED, after)) == len(rule_changes(after, SEED))
    return [change.sentence for change in rule_changes(SEED, after)]


def test_a_span_is_said_in_words() -> None:
    assert sentences({"ip_complaint.appeal_window": {"working_days": 3}}) == [
        "ip_complaint.appeal_window: 3 days, rolled to a working day, becomes 3 working days"
    ]
    assert sentences({"ip_complaint.review_limit": {"days": 1, "roll": True}}) == [
        "ip_complaint.review_limit: 10 working days becomes 1 day, rolled to a working day"
    ]


def test_hours_are_said_in_days_too_where_they_are_whole_ones() -> None:
    assert sentences({"account_standing.minor.cap_window": {"hours": 48}}) == [
        "account_standing.minor.cap_window: 24 hours becomes 48 hours (2 days)"
    ]
    assert sentences({"account_standing.minor.cap_window": {"hours": 30}}) == [
        "account_standing.minor.cap_window: 24 hours becomes 30 hours"
    ]


def test_a_value_that_only_one_has_is_new_or_no_longer_there() -> None:
    longer = changed({"account_standing.points_valid": {"hours": 8760}})[0]

    (there,) = rule_changes(SEED, longer)
    (back,) = rule_changes(longer, SEED)

    assert there.sentence == "account_standing.points_valid: new: 8760 hours (365 days)"
    assert back.sentence == "account_standing.points_valid: no longer: 8760 hours (365 days)"
    assert (there.before, there.after) == (None, {"hours": 8760})
    assert (back.before, back.after) == ({"hours": 8760}, None)


def test_the_first_day_and_the_calendar_are_told_and_name_and_version_are_not() -> None:
    assert sentences({}, name="other", version=7, effective_from="2025-03-05", calendar="rome") == [
        "effective_from: 2022-12-12 becomes 2025-03-05",
        "calendar: cn becomes rome",
    ]


def test_a_list_of_spans_is_told_by_place() -> None:
    before = changed({"account_standing.severe.restrictions": [{"hours": 1}, {"hours": 2}]})[0]
    after = changed({"account_standing.severe.restrictions": [{"hours": 1}, {"hours": 3}, {"hours": 4}]})[0]  # fmt: skip
    path = "account_standing.severe.restrictions"

    assert [change.sentence for change in rule_changes(before, after)] == [
        f"{path}: the 2nd: 2 hours becomes 3 hours",
        f"{path}: new: the 3rd: 4 hours",
    ]
    assert [change.sentence for change in rule_changes(after, before)] == [
        f"{path}: the 2nd: 3 hours becomes 2 hours",
        f"{path}: no longer: the 3rd: 4 hours",
    ]


WARN = {"points": 12, "does": "warn"}
RESTRICT = {"points": 24, "does": "restrict", "restrict": {"hours": 168}}
CLOSE = {"points": 60, "does": "close"}
THRESHOLDS = "account_standing.thresholds"


def test_a_list_of_tables_is_told_item_by_item_whatever_its_order() -> None:
    before = changed({THRESHOLDS: [WARN, RESTRICT]})[0]
    longer = {**RESTRICT, "restrict": {"hours": 360}}
    after = changed({THRESHOLDS: [CLOSE, longer]})[0]

    assert [change.sentence for change in rule_changes(before, after)] == [
        f"{THRESHOLDS}: no longer: at 12 points: warn",
        f"{THRESHOLDS}: at 24 points: restrict 168 hours (7 days) becomes restrict 360 hours (15 days)",
        f"{THRESHOLDS}: new: at 60 points: close",
    ]
    assert rule_changes(before, after)[1][:3] == (THRESHOLDS, RESTRICT, longer)
    assert rule_changes(before, changed({THRESHOLDS: [RESTRICT, WARN]})[0]) == []


def test_what_fills_an_empty_list_is_new() -> None:
    assert sentences({THRESHOLDS: [WARN]}) == [f"{THRESHOLDS}: new: at 12 points: warn"]


def test_a_number_and_a_word_are_said_as_they_are() -> None:
    general = {"scope": "complainant_and_right", "first": 4, "later": 8, "free_window": {"days": 5}}

    assert sentences({"account_standing.general": general}) == [
        "account_standing.general.scope: respondent becomes complainant_and_right",
        "account_standing.general.first: 8 becomes 4",
    ]


def test_a_section_that_the_older_one_did_not_have_is_new_value_by_value() -> None:
    content = json.loads(shipped()[1])
    del content["supplement"]
    older = rulebook_kept(canonical(content), parts().registry.sections)

    assert [change.sentence for change in rule_changes(older, SEED)] == [
        "supplement.rounds: new: 2",
        "supplement.window: new: 3 days, rolled to a working day",
    ]


class Fee(RulesModel):
    lane: str
    amount: int
    due: SpanField


class Rules(RulesModel):
    fees: tuple[Fee, ...] = Field((), strict=False)
    polite: bool = False


def of_fees(content: dict[str, Any]) -> Any:
    head = {"name": "f", "version": 1, "effective_from": "2025-01-01", "calendar": "cn"}
    return rulebook_from(canonical({**head, "fees": content}), {"fees": Rules})


def test_tables_of_any_workflow_are_told_apart_by_their_first_value_that_differs() -> None:
    due = {"days": 2}
    before = of_fees({"fees": [{"lane": "minor", "amount": 5, "due": due}]})
    after = of_fees(
        {
            "fees": [
                {"lane": "general", "amount": 5, "due": due},
                {"lane": "minor", "amount": 6, "due": due},
            ],
            "polite": True,
        }
    )

    assert [change.sentence for change in rule_changes(before, after)] == [
        "fees.fees: new: lane general: amount 5, due 2 days",
        "fees.fees: lane minor: amount 5, due 2 days, becomes amount 6, due 2 days",
        "fees.polite: false becomes true",
    ]


def test_tables_that_nothing_tells_apart_are_told_by_place() -> None:
    fee = {"lane": "minor", "amount": 5, "due": {"days": 2}}

    (change,) = rule_changes(
        of_fees({"fees": [fee, fee]}), of_fees({"fees": [fee, {**fee, "amount": 6}]})
    )

    assert change.sentence == (
        "fees.fees: the 2nd: minor, amount 5, due 2 days, becomes minor, amount 6, due 2 days"
    )


# -- the command --------------------------------------------------------------------------------


@pytest.fixture
def config(cli: Cli) -> Path:  # noqa: F811
    """A copy of the project's config, which the command line goes by."""
    cli.config = cli.folder / "config"
    shutil.copytree(CONFIG, cli.config)
    return cli.config


def draft(cli: Cli, version: int = 2, name: str = "draft.toml") -> Path:  # noqa: F811
    """The seed with five working days to appeal."""
    text = (CONFIG / "rulebooks/seed-2022.toml").read_text("utf-8")
    old = "appeal_window = { days = 3, roll = true }"
    assert old in text
    text = text.replace(old, "appeal_window = { working_days = 5 }")
    text = text.replace("version = 1", f"version = {version}").replace("2022-12-12", "2025-03-05")
    (cli.folder / name).write_text(text, "utf-8")
    return cli.folder / name


CHANGED = [
    "effective_from: 2022-12-12 becomes 2025-03-05",
    "ip_complaint.appeal_window: 3 days, rolled to a working day, becomes 5 working days",
]


def test_a_file_is_compared_with_a_name(cli: Cli) -> None:  # noqa: F811
    path = draft(cli)

    ran = cli("rulebook", "diff", "seed-2022", str(path))
    found = cli("rulebook", "diff", "seed-2022@1", str(path), "-o", "json")

    assert (ran.code, found.code) == (0, 0)
    assert ran.out.splitlines() == [*CHANGED, "from seed-2022@1 to seed-2022@2: 2 values differ"]
    assert [change["sentence"] for change in found.json] == CHANGED
    assert found.json[1] == {
        "path": "ip_complaint.appeal_window",
        "before": {"days": 3, "roll": True},
        "after": {"working_days": 5},
        "sentence": CHANGED[1],
    }


def test_a_name_alone_is_its_latest_version(cli: Cli, config: Path) -> None:  # noqa: F811
    draft(cli).rename(config / "rulebooks/seed-2022-2.toml")

    ran = cli("rulebook", "diff", "seed-2022@1", "seed-2022")
    shown = cli("rulebook", "show", "seed-2022@1", "-o", "json")

    assert ran.out.splitlines()[:2] == CHANGED
    assert shown.json["version"] == 1


def test_a_version_whose_file_is_gone_is_found_in_the_database(cli: Cli, config: Path) -> None:  # noqa: F811
    draft(cli).rename(config / "rulebooks/seed-2022-2.toml")
    assert cli("deadlines").code == 0
    (config / "rulebooks/seed-2022-2.toml").unlink()

    ran = cli("rulebook", "diff", "seed-2022@1", "seed-2022@2")

    assert ran.out.splitlines()[:2] == CHANGED


def test_two_that_say_the_same_are_told_so(cli: Cli) -> None:  # noqa: F811
    same = cli("rulebook", "diff", "seed-2022", "seed-2022@1")

    assert (same.code, same.out) == (0, "from seed-2022@1 to seed-2022@1: they say the same\n")
    assert cli("rulebook", "diff", "seed-2022", "seed-2022", "-o", "json").json == []


def test_what_is_not_there_is_named_with_what_is(cli: Cli) -> None:  # noqa: F811
    ran = cli("rulebook", "diff", "seed-2022", "seed-2022@3")

    assert ran.code == 3
    assert "no rulebook 'seed-2022@3'; there are marketplace-practice@1, seed-2022@1" in ran.said


def test_a_file_that_does_not_fit_is_told_error_by_error(cli: Cli) -> None:  # noqa: F811
    path = draft(cli)
    text = path.read_text("utf-8").replace('calendar = "cn"', 'calendar = "mars"')
    path.write_text(text, "utf-8")

    ran = cli("rulebook", "diff", "seed-2022", str(path))

    assert ran.code == 1
    assert f"{path}: calendar: one of cn, rome, got 'mars'" in ran.said


def test_no_database_is_made_to_compare(cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    nowhere = tmp_path / "none.db"

    ran = cli("rulebook", "diff", "seed-2022", "seed-2022", database=f"sqlite:///{nowhere}")

    assert ran.code == 0
    assert not nowhere.exists()
