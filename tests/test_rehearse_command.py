"""`rulebook rehearse` as it is typed: what it says, how it ends, and that nothing is written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from orchestrator.rehearsal import Rehearsal
from tests.doors.conftest import Cli, Ran, cli  # noqa: F401  a fixture
from tests.doors.house import CONFIG, FILING

LANE = '{"lane": "general"}'
HEAD = "seed-2022@2 for cases under seed-2022; both lives up to 2025-03-20T10:00:00+08:00"


@pytest.fixture
def lived(cli: Cli) -> Cli:  # noqa: F811
    """Complaints A of shop-1 and B of shop-2, both upheld; nobody appealed. It is 20 March."""
    cli.config = cli.folder / "config"
    shutil.copytree(CONFIG, cli.config)
    for case, docket in (("A", "shop-1"), ("B", "shop-2")):
        assert cli.files(case, docket).code == 0
        ran = cli("inject", case, "uphold", "--by", "staff", "--facts", LANE)
        assert ran.code == 0
    assert cli("advance", now="2025-03-10 10:00").code == 0
    cli.now = "2025-03-20 10:00"
    return cli


def draft(cli: Cli, *more: tuple[str, str], to: str = "draft.toml") -> Path:  # noqa: F811
    """The seed with five points instead of eight."""
    text = (CONFIG / "rulebooks/seed-2022.toml").read_text("utf-8")
    first = [("version = 1", "version = 2"), ("2022-12-12\n", "2025-06-01\n")]
    for old, new in [*first, ("first = 8", "first = 5"), *more]:
        assert old in text
        text = text.replace(old, new)
    path = cli.folder / to
    path.write_text(text, "utf-8")
    return path


def rehearsed(cli: Cli, *words: str, file: Path | None = None) -> Ran:  # noqa: F811
    """The command; whatever it says, every row of every table is as before."""
    before = cli.everything()
    ran = cli("rulebook", "rehearse", str(file or draft(cli)), *words)

    assert cli.everything() == before
    return ran


def test_people_read_the_counts_first_and_then_what_differs(lived: Cli) -> None:
    ran = rehearsed(lived)

    told = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert told == [
        HEAD,
        "played 2 dockets: 4 inputs, 4 timers; of 4 cases 2 are under it (2 had seed-2022@1)",
        "2 dockets would differ",
        "points: 6 fewer in 2 dockets",
        "nothing was written",
        "docket case what in life under seed-2022@2",
        "shop-1 – points 8 5",
        "shop-2 – points 8 5",
    ]


@pytest.mark.parametrize(
    ("words", "cases"),
    [
        ([], 1),
        (["--instead-of", "marketplace-practice"], 1),
        (["--every"], 2),
    ],
)
def test_a_new_version_takes_the_cases_of_its_own_name_unless_told_otherwise(
    cli: Cli,  # noqa: F811
    words: list[str],
    cases: int,
) -> None:
    cli.config = cli.folder / "config"
    shutil.copytree(CONFIG, cli.config)
    cli.files("A", "shop-1")
    given = ("--docket", "shop-2", "--by", "complainant", "--assume", "--facts", json.dumps(FILING))
    opened = cli("open", "ip_complaint", *given, "--rulebook", "marketplace-practice")
    assert opened.code == 0

    found = rehearsed(cli, *words, "-o", "json").json

    assert sum(found["pinned"].values()) == cases


def test_every_and_one_name_are_not_both_meant(cli: Cli) -> None:  # noqa: F811
    ran = cli("rulebook", "rehearse", "seed-2022", "--every", "--instead-of", "seed-2022")

    assert (ran.code, "--every: without --instead-of" in ran.err) == (2, True)


def test_programs_get_all_of_it_as_one_document(lived: Cli) -> None:
    found = rehearsed(lived, "-o", "json").json
    changes = found.pop("differences")

    assert found["rulebook"].startswith("seed-2022@2:")
    assert found["played"] == {"dockets": 2, "cases": 4, "inputs": 4, "timers": 4}
    assert found["differ"]["numbers"] == {"points": {"fewer": {"by": 6, "dockets": 2}}}
    assert [
        (d["docket"], d["changes"][0]["was"], d["changes"][0]["would_be"]) for d in changes
    ] == [
        ("shop-1", 8, 5),
        ("shop-2", 8, 5),
    ]


def test_a_deadline_and_an_input_are_told_with_their_instants(lived: Cli) -> None:
    """An appeal that came on the eleventh, when the window had ended on the seventh."""
    late = ("inject", "A", "appeal", "--by", "respondent", "--facts", '{"grounds": "late"}')
    assert lived(*late, now="2025-03-11 10:00").code == 4
    lived.now = "2025-03-20 10:00"
    window = ("appeal_window = { days = 3, roll = true }", "appeal_window = { working_days = 8 }")

    ran = rehearsed(lived, "--docket", "shop-1", file=draft(lived, window))
    (found,) = rehearsed(lived, "--docket", "shop-1", "-o", "json", file=draft(lived, window)).json["differences"]  # fmt: skip

    assert "appeal by respondent on Tue 2025-03-11 10:00" in ran.out
    (heard,) = [change for change in found["changes"] if change["what"] == "input"]
    assert (heard["at"], heard["by"]) == ("2025-03-11T10:00:00+08:00", "respondent")
    assert heard["was"]["refused"] is True
    assert heard["was"]["reason"].startswith("case A is final_upheld since 2025-03-07")
    assert heard["would_be"] == {"refused": False, "reason": None}
    (acted,) = [c for c in found["changes"] if (c["what"], c["name"]) == ("deadline", "appeal_window")]  # fmt: skip
    assert acted["was"] == {"at": "2025-03-07T00:00:00+08:00", "acted": True}
    assert acted["would_be"] is None


def test_a_limit_is_on_what_is_shown_and_not_on_what_is_counted(lived: Cli) -> None:
    table = rehearsed(lived, "--limit", "1")
    none = rehearsed(lived, "--limit", "0")
    document = rehearsed(lived, "--limit", "1", "-o", "json").json

    assert "shop-2" not in table.out
    assert "and 1 docket more: --limit, or -o json for all" in table.out
    assert "and 2 dockets more" in none.out
    assert (document["differ"]["dockets"], len(document["differences"])) == (2, 1)


def test_the_same_rules_differ_in_nothing_and_it_is_said(lived: Cli) -> None:
    ran = rehearsed(lived, file=Path("seed-2022@1"))
    document = rehearsed(lived, "-o", "json", file=Path("seed-2022@1")).json

    assert "no outcome would differ" in ran.out
    assert document["differences"] == []


def test_nothing_said_since_then_is_told(lived: Cli) -> None:
    ran = rehearsed(lived, "--since", "2025-03-19")

    assert ran.code == 0
    assert "cases opened since 2025-03-19T00:00:00+08:00" in ran.out
    assert "nothing to rehearse" in ran.out


@pytest.mark.parametrize(
    "text",
    ["soon", "2025-13-01", "20250101", "2025-W10-1", "0001-01-01", "2025-01-01T00:00:00", ""],
)
def test_a_day_that_cannot_be_read_is_told_with_what_was_wanted(lived: Cli, text: str) -> None:
    ran = rehearsed(lived, "--since", text)

    assert (ran.code, ran.out) == (2, "")
    assert "--since: a day such as 2025-01-01, or an instant such as 2025-01-01T00:00:00+08:00" in ran.said  # fmt: skip
    assert f"got {text!r}" in ran.said


def test_a_file_that_lacks_a_value_is_told_by_name(lived: Cli) -> None:
    path = draft(lived, ("rounds = 2\n", ""))

    ran = rehearsed(lived, file=path)

    assert (ran.code, ran.out) == (1, "")
    assert f"{path}: supplement.rounds: required, and missing" in ran.said


def test_a_draft_is_not_brought_into_use_though_it_stands_in_config(lived: Cli) -> None:
    path = draft(lived, to="config/rulebooks/seed-2022-2.toml")

    rehearsed(lived, file=path)
    by_name = rehearsed(lived, file=Path("seed-2022"))

    assert lived.rows("SELECT name, version FROM rulebooks ORDER BY name, version") == [
        ("marketplace-practice", 1),
        ("seed-2022", 1),
    ]
    assert by_name.out.startswith(HEAD)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [("version = 2", "version = 1")],
            "seed-2022 version 1 is in use with another text: give this one version 2",
        ),
        (
            [("2025-06-01", "2022-12-12")],
            "rulebook seed-2022: effective_from: a later day for a later version",
        ),
    ],
)
def test_a_draft_that_could_not_come_into_use_is_rehearsed_with_a_warning(
    lived: Cli, changes: list[tuple[str, str]], words: str
) -> None:
    ran = rehearsed(lived, file=draft(lived, *changes))

    assert ran.code == 0
    assert f"as it stands it could not come into use: {words}" in ran.said
    assert "points: 6 fewer in 2 dockets" in ran.out


def test_without_a_database_none_is_made(lived: Cli) -> None:
    nowhere = lived.folder / "none.db"

    ran = lived("rulebook", "rehearse", "seed-2022", database=f"sqlite:///{nowhere}")

    assert ran.code == 5
    assert "there is no database yet" in ran.said
    assert list(lived.folder.glob("none.db*")) == []


def test_an_empty_database_stays_empty(lived: Cli) -> None:
    empty = lived.folder / "empty.db"
    empty.touch()

    ran = lived("rulebook", "rehearse", "seed-2022", database=f"sqlite:///{empty}")

    assert (ran.code, "the database is empty" in ran.said) == (5, True)
    assert empty.read_bytes() == b""


def test_interrupted_it_says_how_far_it_got(lived: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    plays = Rehearsal._docket

    def until_the_second(self: Rehearsal, stage: Any, docket: Any, entries: Any) -> Any:
        if docket.key == "shop-2":
            raise KeyboardInterrupt
        return plays(self, stage, docket, entries)

    monkeypatch.setattr(Rehearsal, "_docket", until_the_second)

    ran = rehearsed(lived)

    assert (ran.code, ran.out) == (1, "")
    assert "1 docket played, 1 would differ so far; nothing was written" in ran.said
