"""A rulebook that does not fit: the same named errors at every door (`rulebook check`, a start, `simulate`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import CONFIG, ROOT

PRACTICE = "rulebooks/marketplace-practice.toml"
SCENARIO = str(ROOT / "tests/scenarios/17_marketplace_practice.toml")
SUPPLEMENT = "[supplement]\nrounds = 2\nwindow = { working_days = 3 }\n"
WARN = '{ points = 12, does = "warn" }'
RESTRICT = '{ points = 24, does = "restrict", restrict = { hours = 168 } }'
STRIKES = "restrictions = [{ hours = 168 }, { hours = 360 }]"
SPAN = "a span such as { working_days = 3 }, { days = 3, roll = true } or { hours = 24 }"
NO_ROLL = "calendar days or hours such as { days = 5 }, without roll"

MISSING = [
    ((SUPPLEMENT, ""), "supplement: required, and missing"),
    (("rounds = 2\n", ""), "supplement.rounds: required, and missing"),
    (("appeal_window = { working_days = 3 }\n", ""), "ip_complaint.appeal_window: required, and missing"),
    (("first = 4, ", ""), "account_standing.general.first: required, and missing"),
    ((f"{STRIKES}, ", ""), "account_standing.severe.restrictions: required, and missing"),
    ((WARN, '{ does = "warn" }'), "account_standing.thresholds.0.points: required, and missing"),
    (
        (RESTRICT, '{ points = 24, does = "restrict" }'),
        "account_standing.thresholds.1: restrict: required where does is 'restrict', got nothing",
    ),
]  # fmt: skip
UNKNOWN = [
    (
        ("[escalation]", "[refunds]\nfee = 3\n[escalation]"),
        ("refunds: unknown; one of account_standing, calendar, complainant_registration,"
        " effective_from, escalation, ip_complaint, name, order_dispute, rights_registration, supplement,"
        " version, got {'fee': 3}"),
    ),
    (("rounds = 2", "rounds = 2\ngrace = 3"), "supplement.grace: unknown; one of rounds, window, got 3"),
    (
        ("later = 8", "later = 8, third = 9"),
        ("account_standing.general.third: unknown;"
        " one of first, free_window, later, scope, got 9"),
    ),
    (
        (WARN, '{ points = 12, does = "warn", tell = "both" }'),
        "account_standing.thresholds.0.tell: unknown; one of does, points, restrict, got 'both'",
    ),
    (
        ("appeal_window = { working_days = 3 }", "appeal_window = { working_days = 3, grace = 1 }"),
        f"ip_complaint.appeal_window: {SPAN}, got {{'grace': 1, 'working_days': 3}}",
    ),
    (
        (WARN, '{ points = 12, does = "warn", restrict = { hours = 1 } }'),
        "account_standing.thresholds.0: restrict: only where does is 'restrict', got {'hours': 1}",
    ),
    (
        ("points = 36", "points = 24"),
        "account_standing.thresholds: each number of points once, got 12, 24, 24, 48, 60",
    ),
]  # fmt: skip
MISREAD = [
    ((SUPPLEMENT, "[[supplement]]\nrounds = 2\n"), "supplement: a table, got [{'rounds': 2}]"),
    (("rounds = 2", "rounds = -1"), "supplement.rounds: at least 0, got -1"),
    (("first = 4", 'first = "4"'), "account_standing.general.first: a whole number, got '4'"),
    (
        ('does = "warn"', 'does = "shout"'),
        "account_standing.thresholds.0.does: one of 'warn', 'restrict' or 'close', got 'shout'",
    ),
    (
        (STRIKES, "restrictions = { hours = 168 }"),
        "account_standing.severe.restrictions: a list, got {'hours': 168}",
    ),
    (
        (STRIKES, "restrictions = [{ hours = 168 }, 360]"),
        f"account_standing.severe.restrictions.1: {SPAN}, got 360",
    ),
    (
        ("free_window = { days = 5 }", "free_window = { working_days = 5 }"),
        f"account_standing.general.free_window: {NO_ROLL}, got {{'working_days': 5}}",
    ),
    (
        ("expiry_reminder = { days = 30 }", "expiry_reminder = { days = 30, roll = true }"),
        f"rights_registration.expiry_reminder: {NO_ROLL}, got {{'days': 30, 'roll': True}}",
    ),
    (
        ("points_valid = { hours = 8760 }", "points_valid = { days = 365 }"),
        "account_standing.points_valid: elapsed time such as { hours = 168 }, got {'days': 365}",
    ),
]

Door = Callable[[Cli, Path], str]


def checked(cli: Cli, file: Path) -> str:  # noqa: F811
    ran = cli("rulebook", "check", str(file), "-o", "json")
    assert ran.code == 1
    return "\n".join(ran.json["errors"])


def started(cli: Cli, file: Path) -> str:  # noqa: F811
    ran = cli("deadlines")
    assert ran.code == 1
    return ran.err


def simulated(cli: Cli, file: Path) -> str:  # noqa: F811
    ran = cli("simulate", SCENARIO)
    assert ran.code == 1
    return ran.err


@pytest.fixture
def config(cli: Cli) -> Path:  # noqa: F811
    """A copy of the project's config, which the command line goes by."""
    cli.config = cli.folder / "config"
    shutil.copytree(CONFIG, cli.config)
    return cli.config


def said_by(door: Door, cli: Cli, config: Path, *changes: tuple[str, str]) -> str:  # noqa: F811
    """What a door says of marketplace-practice with these changes, each there to be made."""
    file = config / PRACTICE
    text = file.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")
    return " ".join(door(cli, file).replace(str(file), "FILE").split())


@pytest.mark.parametrize("door", [checked, started, simulated])
@pytest.mark.parametrize(("change", "error"), [*MISSING, *UNKNOWN, *MISREAD])
def test_a_value_that_does_not_fit_is_named_with_what_was_wanted_and_what_came(
    cli: Cli,  # noqa: F811
    config: Path,
    door: Door,
    change: tuple[str, str],
    error: str,
) -> None:
    said = said_by(door, cli, config, change)

    assert f"FILE: {error}" in said
    assert said.count("FILE") == 1


@pytest.mark.parametrize("door", [checked, started, simulated])
def test_every_error_of_the_file_is_told_at_each_door(
    cli: Cli,  # noqa: F811
    config: Path,
    door: Door,
) -> None:
    changes = [case[0] for case in (MISSING[1], UNKNOWN[0], UNKNOWN[2], MISREAD[3])]

    said = said_by(door, cli, config, *changes)

    for _, error in (MISSING[1], UNKNOWN[0], UNKNOWN[2], MISREAD[3]):
        assert f"FILE: {error}" in said


def test_a_file_is_checked_though_another_of_the_folder_does_not_fit(
    cli: Cli,  # noqa: F811
    config: Path,
) -> None:
    (config / "rulebooks/broken.toml").write_text("version = 0\n", "utf-8")

    assert cli("rulebook", "check", str(config / PRACTICE)).code == 0


# -- a workflow and a rulebook that do not fit each other -------------------------------------

THEIRS = '''"""A workflow of somebody else's."""

from orchestrator.core.spanfield import SpanField
from orchestrator.core.workflow import RulesModel, after, final, opens, state, workflow


class Rules(RulesModel):
    window: SpanField
    grace: int


VISIT = workflow(
    "visit",
    opens("visitor"),
    state("open", after("window", "visit.SPAN", to="over")),
    final("over"),
    rules={"visit": Rules},
    story="",
    source="theirs",
)
'''


def with_their_workflow(config: Path, name: str, span: str) -> None:
    """Their package beside ours, and their section in every rulebook."""
    package = config.parent / name
    package.mkdir()
    (package / "__init__.py").write_text(THEIRS.replace("SPAN", span), "utf-8")
    settings = config / "orchestrator.toml"
    text = settings.read_text("utf-8")
    assert '["workflows"]' in text
    settings.write_text(text.replace('["workflows"]', f'["workflows", "{name}"]'), "utf-8")
    for file in (config / "rulebooks").glob("*.toml"):
        section = "\n[visit]\nwindow = { days = 3 }\ngrace = 1\n"
        file.write_text(file.read_text("utf-8") + section, "utf-8")


@pytest.mark.parametrize("verb", [["rulebook", "list"], ["deadlines"], ["simulate", SCENARIO]])
def test_a_value_that_no_workflow_reads_is_named_with_who_declares_it(
    cli: Cli,  # noqa: F811
    config: Path,
    verb: list[str],
) -> None:
    with_their_workflow(config, "their_idle_package", "window")

    ran = cli(*verb)

    assert (ran.code, ran.out) == (1, "")
    assert "rulebook: visit.grace: no workflow reads it (visit declares it)" in ran.said


@pytest.mark.parametrize("verb", [["rulebook", "list"], ["deadlines"], ["simulate", SCENARIO]])
def test_a_value_that_a_workflow_names_and_no_model_has_is_named(
    cli: Cli,  # noqa: F811
    config: Path,
    verb: list[str],
) -> None:
    with_their_workflow(config, "their_missing_package", "pause")

    ran = cli(*verb)

    assert (ran.code, ran.out) == (1, "")
    assert "visit: window: its span visit.pause is in no section of `rules`" in ran.said
