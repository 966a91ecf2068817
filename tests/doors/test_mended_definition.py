"""A mended definition goes live beside the one with the bug, and the stopped case moves to it.

The package of workflows is a copy of the shipped one. Its first version of `ip_complaint` has a bug
in a fold; the second, in a module of its own beside it, has none. Law 10: a recorded act moves the
cases of a stopped docket; all others live on under the version that they began with.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.doors.conftest import Cli
from tests.doors.house import CONFIG, ROOT

GOOD = 'return {"adverse": "complainant"}'
BAD = 'return {"adverse": case.data["defendant"]}  # there is no such fact'
MENDED = 'return {"adverse": COMPLAINANT}'
APPEAL = ("--by", "respondent", "--facts", json.dumps({"grounds": "we are licensed"}))
RESPONSE = ("--by", "complainant", "--facts", json.dumps({"statement": "the logo is ours"}))
SOURCE = '    source="RULES 4.3",\n'
UPHOLD = ("--by", "staff", "--facts", json.dumps({"lane": "general"}))


class Package:
    """`court`, a package of workflows on disk, as its owner edits and releases it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "court"
        shutil.copytree(ROOT / "workflows", self.folder, ignore=shutil.ignore_patterns("__py*"))
        for file in self.folder.glob("*.py"):
            file.write_text(
                file.read_text("utf-8").replace("from workflows.", "from court."), "utf-8"
            )
        self.release()

    def edit(self, module: str, *changes: tuple[str, str], source: str | None = None) -> None:
        text = (self.folder / f"{source or module}.py").read_text("utf-8")
        for before, after in changes:
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        (self.folder / f"{module}.py").write_text(text, "utf-8")
        self.release()

    def release(self) -> None:
        """The next command is a new process, which reads the files as they are now."""
        for name in [name for name in sys.modules if name.split(".")[0] == "court"]:
            del sys.modules[name]
        importlib.invalidate_caches()


@pytest.fixture
def package(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Package:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    cli.config = cli.folder / "config"
    shutil.copytree(CONFIG, cli.config)
    settings = cli.config / "orchestrator.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('workflows = ["workflows"]', 'workflows = ["court"]'), "utf-8")
    return Package(cli.folder)


def two_of_three_are_appealed(cli: Cli) -> None:
    cli.now = "2025-03-03 10:00"
    for case, docket in ("A", "shop-1"), ("B", "shop-2"), ("C", "shop-3"):
        assert cli.files(case, docket).code == 0
    for case, upheld, appealed in ("A", "04", "05"), ("B", "06", "10"):
        assert cli("inject", case, "uphold", *UPHOLD, now=f"2025-03-{upheld} 10:00").code == 0
        assert cli("inject", case, "appeal", *APPEAL, now=f"2025-03-{appealed} 10:00").code == 0


@pytest.fixture
def court(cli: Cli, package: Package) -> Cli:
    """A bug goes live; at the midnight of 11 March it stops shop-1, whose complaint was appealed.

    Complaint B of shop-2 was appealed days later, C of shop-3 is under review.
    """
    package.edit("ip_complaint", (GOOD, BAD))
    assert cli("workflow", "lint", "--write-lock").code == 0
    two_of_three_are_appealed(cli)
    assert cli("advance", now="2025-03-10 12:00").code == 0
    advanced = cli("advance", "-o", "json", now="2025-03-11 00:00").json
    assert advanced["incidents"] == 1
    return cli


def second_version(package: Package) -> None:
    """Beside the first one: its rules are imported, the fold is mended."""
    text = (package.folder / "ip_complaint.py").read_text("utf-8")
    rules = text[text.index("class Rules(") : text.index("class Filing(")]
    shared = "from court.ip_complaint import Rules\n\n\n"
    version = (SOURCE, f"{SOURCE}    version=2,\n")
    package.edit("ip_complaint_2", (rules, shared), (BAD, MENDED), version, source="ip_complaint")


def lives_without_the_bug(cli: Cli) -> list[tuple[str, ...]]:
    """The same inputs at the same instants, each decided at once."""
    two_of_three_are_appealed(cli)
    assert cli("inject", "A", "respond", *RESPONSE, now="2025-03-11 08:00").code == 4  # too late
    cli("advance", now="2025-03-13 09:00")
    return told(cli)


def told(cli: Cli) -> list[tuple[str, ...]]:
    """The journal, but for what tells of the move: that entry, the numbers after it, the hashes."""
    entries = map(json.loads, cli("journal", "export").out.splitlines())
    columns = ("docket", "case", "effective_at", "kind", "name", "by", "from", "to", "content")
    return [tuple(e[c] for c in columns) for e in entries if e["kind"] != "migrated"]


def definitions(cli: Cli) -> dict[str, str]:
    """The version under which each complaint lives."""
    shown = {case: cli("case", "show", case, "-o", "json").json["definition"] for case in "ABC"}
    return {case: definition.partition(":")[0] for case, definition in shown.items()}


def test_a_fold_mended_in_place_is_a_flaw_until_it_has_a_version_of_its_own(
    court: Cli, package: Package
) -> None:
    package.edit("ip_complaint", (BAD, MENDED))
    in_place = court("workflow", "lint")
    package.edit("ip_complaint", (MENDED, BAD))
    second_version(package)
    beside = court("workflow", "lint")
    accepted = court("workflow", "lint", "--write-lock")

    assert (in_place.code, in_place.out.splitlines()) == (
        1,
        [
            "ip_complaint: what its functions do changed without a new version",
            "6 definitions, 1 flaw",
        ],
    )
    assert (beside.code, beside.out.splitlines()) == (
        1,
        ["ip_complaint: is not in the lock file", "7 definitions, 1 flaw"],
    )
    assert (accepted.code, accepted.out.strip()) == (0, "7 definitions, no flaws")


def test_versions_that_declare_a_section_each_for_itself_are_told_what_to_do(
    court: Cli, package: Package
) -> None:
    version = (SOURCE, f"{SOURCE}    version=2,\n")
    package.edit("ip_complaint_2", (BAD, MENDED), version, source="ip_complaint")

    ran = court("workflow", "lint")

    one = "one model for ip_complaint@1 and ip_complaint@2 to import, got two"
    assert (ran.code, ran.said) == (1, f"error: section ip_complaint: {one}")


def test_the_stopped_case_moves_to_the_mended_definition_and_the_others_live_on(
    court: Cli, package: Package
) -> None:
    second_version(package)
    tried = court("incident", "retry", "1", "--dry-run", now="2025-03-11 09:00")
    before = definitions(court)
    done = court("incident", "retry", "1")

    assert before == dict.fromkeys("ABC", "ip_complaint@1")
    assert (tried.code, done.code) == (0, 0)
    assert done.out.splitlines() == tried.out.splitlines()[1:]
    assert done.out.strip() == (
        "incident 1 is settled: docket shop-1 goes on, 0 held inputs decided, 1 timer acted"
    )
    assert definitions(court) == {**before, "A": "ip_complaint@2"}


def test_the_move_is_a_recorded_act_after_which_the_timer_acts_at_its_own_midnight(
    court: Cli, package: Package
) -> None:
    before = court("journal", "export", "--docket", "shop-1").out
    second_version(package)
    court("incident", "retry", "1", now="2025-03-13 09:00")

    after = court("journal", "export", "--docket", "shop-1").out
    moved, ended = map(json.loads, after.removeprefix(before).splitlines())
    assert after.startswith(before)
    assert (moved["kind"], moved["case"], moved["by"]) == ("migrated", "A", "system")
    assert moved["effective_at"] == "2025-03-10T00:00:00+08:00"  # at the last that happened there
    assert [moved["content"][key].partition(":")[0] for key in ("from", "to")] == [
        "ip_complaint@1",
        "ip_complaint@2",
    ]
    assert (ended["name"], ended["to"], ended["effective_at"]) == (
        "response_window",
        "staff_intervention",
        "2025-03-11T00:00:00+08:00",
    )


def test_the_journal_is_proven_under_both_versions(court: Cli, package: Package) -> None:
    second_version(package)
    court("incident", "retry", "1", now="2025-03-11 09:00")

    verified = court("journal", "verify", "-o", "json")

    assert (verified.code, verified.json["faults"], verified.json["unproven"]) == (0, [], {})


def test_where_the_first_version_is_gone_its_dockets_are_read_and_not_lived_again(
    court: Cli, package: Package
) -> None:
    second_version(package)
    court("incident", "retry", "1", now="2025-03-11 09:00")
    text = (package.folder / "ip_complaint.py").read_text("utf-8")
    package.edit("ip_complaint", (text[text.index("IP_COMPLAINT = ") :], ""))

    verified = court("journal", "verify", "-o", "json")

    assert (verified.code, verified.json["faults"]) == (0, [])
    assert set(verified.json["unproven"]) == {"shop-1", "shop-2", "shop-3"}


def test_new_cases_begin_under_the_second_version_beside_old_ones(
    court: Cli, package: Package
) -> None:
    second_version(package)
    court.now = "2025-03-11 09:00"
    court.files("D", "shop-3")

    shown = court("case", "show", "D", "-o", "json").json
    assert shown["definition"].startswith("ip_complaint@2:")
    assert definitions(court) == dict.fromkeys("ABC", "ip_complaint@1")
    assert court("journal", "verify").code == 0


def test_a_case_left_under_the_first_version_meets_its_bug_and_is_moved_in_its_turn(
    court: Cli, package: Package
) -> None:
    second_version(package)
    court("incident", "retry", "1", now="2025-03-11 09:00")
    advanced = court("advance", "-o", "json", now="2025-03-14 00:00").json
    retried = court("incident", "retry", "2")

    assert (advanced["incidents"], retried.code) == (1, 0)
    assert definitions(court) == {
        "A": "ip_complaint@2",
        "B": "ip_complaint@2",
        "C": "ip_complaint@1",
    }
    assert court("journal", "verify").code == 0


def test_but_for_the_move_the_journal_is_that_of_a_world_without_the_bug(
    court: Cli, package: Package
) -> None:
    second_version(package)
    held = court("inject", "A", "respond", *RESPONSE, "-o", "json", now="2025-03-11 08:00").json
    court("incident", "retry", "1", now="2025-03-13 09:00")
    court("advance")
    mended = told(court)
    package.edit("ip_complaint", (BAD, GOOD))  # as it was shipped, from the beginning
    (package.folder / "ip_complaint_2.py").unlink()
    package.release()
    court.path.unlink()
    sound = lives_without_the_bug(court)

    assert held["held"] == 1
    assert mended == sound
