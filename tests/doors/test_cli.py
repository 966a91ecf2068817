"""The command line: every verb for people and for programs, its exit codes, and what it writes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from orchestrator import __version__
from orchestrator.cli.main import app
from tests.doors.conftest import Cli
from tests.doors.house import CONFIG, FILING, REGISTRATION, ROOT

SCENARIO = ROOT / "tests/scenarios/07_appeal_too_late.toml"
YEAR_2027 = {
    "year": 2027,
    "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}],
}
DUE = ("calendar", "due", "2025-09-26T16:00:00+08:00", "{ working_days = 5 }")

LOOKS = [
    ("case", "list"),
    ("case", "show", "A"),
    ("deadlines",),
    ("deadlines", "--frozen"),
    ("case", "list", "--sort", "due", "--text", "counterfeit"),
    ("forecast", "A"),
    ("journal", "export"),
    ("journal", "verify"),
    ("journal", "heads", "export"),
    ("journal", "replay", "shop-1"),
    ("case", "show", "A", "--at", "2025-03-03T10:00:00+08:00"),
    ("incident", "list"),
    ("workflow", "list"),
    ("workflow", "show", "ip_complaint"),
    ("rulebook", "list"),
    ("rulebook", "show", "seed-2022"),
    ("rulebook", "diff", "seed-2022", "seed-2022"),
    ("rulebook", "rehearse", "seed-2022"),
    ("calendar", "show"),
    ("calendar", "show", "cn", "--year", "2025"),
    DUE,
    ("outbox", "list"),
    ("simulate", str(SCENARIO)),
]
WRITES = [
    ("inject", "A", "uphold", "--by", "staff", "--facts", '{"lane": "severe"}'),
    ("open", "complainant_registration", "--docket", "h", "--by", "complainant", "--facts", "@reg"),
    ("advance",),
    ("replay", "history.jsonl"),
    ("calendar", "add", "2027.json"),
    ("calendar", "catch-up"),
    ("db", "upgrade"),
    ("db", "reindex"),
]


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that call it."""

    def below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                yield from below((*words, name), child)
        else:
            yield words, command

    yield from below((), typer.main.get_command(app))


ALL = {" ".join(words): command for words, command in commands()}


@pytest.fixture(autouse=True)
def files(cli: Cli) -> None:
    """What some verbs read."""
    (cli.folder / "reg").write_text(json.dumps(REGISTRATION), "utf-8")
    (cli.folder / "2027.json").write_text(json.dumps(YEAR_2027), "utf-8")
    opening = {"at": "2025-03-03T10:00:00+08:00", "open": "ip_complaint", "case": "R"}
    opening |= {"docket": "shop-9", "by": "complainant", "facts": FILING, "assume": True}
    (cli.folder / "history.jsonl").write_text(json.dumps(opening) + "\n", "utf-8")


# -- the shape of answers -----------------------------------------------------------------------


@pytest.mark.parametrize("words", LOOKS + WRITES, ids=" ".join)
def test_a_verb_answers_people_on_stdout_and_is_silent_beside_it(
    busy: Cli, words: tuple[str, ...]
) -> None:
    ran = busy(*words, "-o", "table")

    old_library = "the WAL-reset bug" in ran.said  # `db upgrade` warns of it, beside the answer
    assert (ran.code, ran.err if not old_library else "") == (0, "")
    assert ran.out.strip()


@pytest.mark.parametrize("words", LOOKS + WRITES, ids=" ".join)
def test_a_verb_answers_programs_with_one_json_document(busy: Cli, words: tuple[str, ...]) -> None:
    ran = busy(*words, "-o", "json")

    assert (ran.code, ran.err) == (0, "")
    if words[:2] == ("journal", "export"):  # JSON Lines: it may be longer than memory
        assert [json.loads(line)["seq"] for line in ran.out.splitlines()] == [1]
    else:
        assert isinstance(ran.json, dict | list)


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_looking_writes_nothing(busy: Cli, words: tuple[str, ...]) -> None:
    before = busy.everything()

    busy(*words)

    assert busy.everything() == before


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_an_output(name: str) -> None:
    free = (
        "workflow diagram",
        "case timeline",
        "rulebook schema",
        "daemon",
        "demo",
        "serve",
    )  # they draw, or run on
    opts = {option for param in ALL[name].params for option in param.opts}

    assert "-o" in opts or name in free


def test_json_keeps_chinese_readable(busy: Cli) -> None:
    given = ("--docket", "h", "--by", "complainant", "--facts", "@reg", "--case", "注册")
    busy("open", "complainant_registration", *given)

    ran = busy("case", "show", "注册", "-o", "json")

    assert "五粮液集团" in ran.out
    assert ran.json["data"]["name"] == "五粮液集团"


def test_an_answer_to_an_opening_has_the_shape_of_the_python_door(cli: Cli) -> None:
    keys = ["refused", "reason", "case", "docket", "state", "timers", "effects", "seq", "code"]

    answer = cli.files().json

    assert list(answer)[:9] == keys
    assert answer["case"] == "A"
    assert answer["effects"] == ["notify:complainant:received"]
    assert answer["timers"][0] == {
        "name": "review_target",
        "due_at": "2025-03-07T00:00:00+08:00",
        "provisional": False,
        "frozen": False,
    }


def test_an_instant_is_printed_with_its_weekday_and_the_day_that_it_ends(busy: Cli) -> None:
    ran = busy("deadlines")

    assert "Fri 2025-03-07 00:00:00 +08:00 (24:00 of Thu 6 March)" in ran.out


def test_case_show_tells_why_it_waits_and_what_may_be_done(busy: Cli) -> None:
    shown = busy("case", "show", "A", "-o", "json").json

    events = {e["event"]: (e["allowed"], e["by"]) for e in shown["events"]}
    assert events["uphold"] == (True, ["staff"])
    assert events["appeal"] == (False, ["respondent"])
    deadline = shown["deadlines"][0]
    assert deadline["rule"] == "seed-2022: ip_complaint.review_target"
    counted = [day["day"] for day in deadline["days"] if day["what"] == "counted"]
    assert counted == ["2025-03-04", "2025-03-05", "2025-03-06"]


def test_a_forecast_says_what_happens_if_nobody_acts_and_writes_nothing(busy: Cli) -> None:
    before = busy.everything()

    found = busy("forecast", "A", "-o", "json").json

    names = [step["name"] for step in found["steps"]]
    assert names == ["review_target", "review_limit", "review_limit_level_2"]
    assert found["end"]["state"] == "under_review"
    assert busy.everything() == before


def test_calendar_due_counts_the_make_up_day(cli: Cli) -> None:
    found = cli(*DUE, "-o", "json").json

    counted = [day["day"] for day in found["days"] if day["what"] == "counted"]
    assert counted == ["2025-09-28", "2025-09-29", "2025-09-30", "2025-10-09", "2025-10-10"]
    assert found["due_at"] == "2025-10-11T00:00:00+08:00"


@pytest.mark.parametrize("span", ["working_days = 5", "{", "five days"])
def test_a_span_that_cannot_be_read_is_told_with_what_was_wanted(cli: Cli, span: str) -> None:
    ran = cli("calendar", "due", "2025-09-26T16:00:00+08:00", span)

    assert (ran.code, ran.out) == (2, "")
    wanted = "SPAN: a span as in a rulebook, such as '{ working_days = 5 }'"
    assert f"{wanted}, got {span!r}" in ran.said


def test_an_unannounced_year_makes_a_deadline_provisional_and_names_the_year(cli: Cli) -> None:
    due = ("calendar", "due", "2026-12-30T16:00:00+08:00", "{ working_days = 5 }")

    ran, found = cli(*due), cli(*due, "-o", "json").json

    assert "has not announced 2027" in ran.out
    assert (found["provisional"], found["missing"]) == (True, [2027])


def test_the_diagram_lights_the_state_that_was_asked_for(cli: Cli) -> None:
    plain = cli("workflow", "diagram", "ip_complaint", "--form", "svg")
    lit = cli("workflow", "diagram", "ip_complaint", "--form", "svg", "--state", "appeal_window")

    assert (plain.code, lit.code) == (0, 0)
    assert plain.out.lstrip().startswith("<svg")
    assert plain.out != lit.out


# -- stdout is the answer alone -----------------------------------------------------------------


def test_warnings_go_to_stderr(cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "other"
    _copied(config)
    year = config / "calendars" / "cn" / "2026.json"
    year.write_text(year.read_text("utf-8").replace("元旦", "New Year"), "utf-8")
    cli.config = config

    ran = cli("case", "list", "-o", "json")

    assert (ran.code, ran.json) == (0, [])
    assert "calendar cn in config differs from the database" in ran.said
    assert "orchestrator calendar add" in ran.said


def test_logs_go_to_stderr_as_json_lines(busy: Cli) -> None:
    busy("inject", "A", "uphold", "--by", "staff", "--facts", '{"lane": "minor"}')

    ran = busy(
        "inject", "A", "withdraw", "--by", "complainant", "-o", "json", now="2025-03-02 10:00"
    )

    assert ran.code == 0
    assert ran.json["state"] == "withdrawn"
    assert [json.loads(line)["level"] for line in ran.err.splitlines()] == ["warning"]


def test_without_a_terminal_no_bar_is_drawn(busy: Cli) -> None:
    ran = busy("advance", now="2026-01-01 00:00")

    assert (ran.code, ran.err) == (0, "")


# -- writes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [w for w in WRITES if w[0] in ("inject", "open", "advance")], ids=" ".join
)
def test_a_dry_run_writes_nothing(busy: Cli, words: tuple[str, ...]) -> None:
    busy.now = "2026-02-01 00:00"
    before = busy.everything()

    ran = busy(*words, "--dry-run", "-o", "json")

    assert ran.code == 0
    assert ran.json["preview"] is True
    assert busy.everything() == before


def test_a_dry_run_answers_what_the_act_then_answers(busy: Cli) -> None:
    words = ("inject", "A", "uphold", "--by", "staff", "--facts", '{"lane": "severe"}')

    promised = busy(*words, "--dry-run", "-o", "json").json
    came = busy(*words, "-o", "json").json

    assert {**promised, "preview": False} == came


def test_a_dry_run_that_would_be_refused_ends_with_4_and_is_not_journaled(busy: Cli) -> None:
    before = busy.everything()

    ran = busy(
        "inject", "A", "appeal", "--by", "respondent", "--facts", '{"grounds": "no"}', "--dry-run"
    )

    assert ran.code == 4
    assert "preview, nothing is written: refused" in ran.out
    assert busy.everything() == before


@pytest.mark.fault(51)
def test_the_same_key_gives_the_first_answer_again(busy: Cli) -> None:
    words = ("inject", "A", "uphold", "--by", "staff", "--facts", '{"lane": "general"}')

    first = busy(*words, "--idempotency-key", "k1", "-o", "json").json
    journal = busy.rows("SELECT * FROM journal")
    again = busy(*words, "--idempotency-key", "k1", "-o", "json", now="2025-03-20 10:00").json

    assert again == {**first, "repeated": True}
    assert busy.rows("SELECT * FROM journal") == journal


@pytest.mark.fault(52)
def test_the_same_key_with_other_content_is_a_conflict(busy: Cli) -> None:
    words = ("inject", "A", "uphold", "--by", "staff", "--idempotency-key", "k1", "--facts")
    busy(*words, '{"lane": "general"}')
    before = busy.everything()

    ran = busy(*words, '{"lane": "severe"}')

    assert (ran.code, ran.out) == (4, "")
    assert ran.said == "error: idempotency key 'k1' of staff was used for something else"
    assert busy.everything() == before


def test_advance_fires_what_is_due_and_delivers_it(busy: Cli) -> None:
    ran = busy("advance", "-o", "json", now="2025-03-07 00:00")

    assert ran.json == {
        "dockets": 1,
        "firings": 1,
        "incidents": 0,
        "delivered": 2,
        "undelivered": 0,
    }
    log = (busy.folder / "outbox.jsonl").read_text("utf-8")
    sent = [json.loads(line) for line in log.splitlines()]
    assert [line["name"] for line in sent] == [
        "notify:complainant:received",
        "notify:staff:review_target",
    ]


def test_advance_says_how_much_could_not_be_delivered(
    busy: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHESTRATOR_OUTBOX__LOG", str(busy.folder / "nowhere" / "outbox.jsonl"))

    ran = busy("advance", now="2025-03-07 00:00")

    assert ran.code == 0
    assert "1 timer acted in 1 docket; 0 effects delivered, 0 incidents" in ran.out
    assert "2 effects could not be delivered, and are tried again later" in ran.said


def test_advance_until_an_earlier_instant_stops_there(busy: Cli) -> None:
    early = busy(
        "advance", "--until", "2025-03-06T23:59:59+08:00", "-o", "json", now="2025-04-01 00:00"
    )
    late = busy("advance", "--until", "2025-03-07T00:00:00+08:00", "-o", "json")

    assert (early.json["firings"], late.json["firings"]) == (0, 1)


def test_advance_refuses_an_instant_that_has_not_come(busy: Cli) -> None:
    before = busy.everything()

    ran = busy("advance", "--until", "2030-01-01T00:00:00+08:00")

    assert ran.code == 4
    assert "an instant that has come" in ran.said
    assert busy.everything() == before


def test_the_refusal_of_an_early_advance_repeats_the_instant_as_it_was_given(busy: Cli) -> None:
    ran = busy("advance", "--until", "2030-01-01T00:00:00+08:00")

    assert "got 2030-01-01T00:00:00+08:00" in ran.said


def test_the_preview_of_an_advance_counts_every_timer_that_is_due(busy: Cli) -> None:
    lines = []
    for n in range(101):
        opening = {"at": "2025-03-03T10:00:00+08:00", "open": "ip_complaint", "case": f"C{n}"}
        opening |= {"docket": f"shop-{n}", "by": "complainant", "facts": FILING, "assume": True}
        lines.append(json.dumps(opening))
    (busy.folder / "many.jsonl").write_text("\n".join(lines), "utf-8")
    busy("replay", "many.jsonl")

    ran = busy("advance", "--dry-run", "-o", "json", now="2025-03-07 00:00")

    assert ran.json["due"] == 102


def test_the_preview_of_an_advance_refuses_what_the_advance_refuses(busy: Cli) -> None:
    ran = busy("advance", "--until", "2030-01-01T00:00:00+08:00", "--dry-run")

    assert ran.code == 4


def test_a_year_that_is_announced_once_more_says_nothing_new(busy: Cli) -> None:
    first = busy("calendar", "add", "2027.json", "-o", "json").json
    again = busy("calendar", "add", "2027.json", "-o", "json").json

    assert first["edition"] is not None
    assert again["edition"] is None
    assert busy("calendar", "show", "-o", "json").json["announced"][-1]["year"] == 2027


def test_db_upgrade_says_when_the_database_was_ready(cli: Cli) -> None:
    ran = cli("db", "upgrade")
    found = cli("db", "upgrade", "-o", "json").json

    assert "was ready" in ran.out
    assert found["before"] == found["schema"]


def test_db_upgrade_makes_a_database_from_nothing(cli: Cli) -> None:
    fresh = f"sqlite:///{cli.folder / 'fresh.db'}"

    ran = cli("db", "upgrade", "-o", "json", database=fresh)

    assert ran.code == 0
    assert ran.json["before"] is None
    assert cli("case", "list", database=fresh).code == 0


def test_verify_ends_with_1_when_the_journal_was_edited(busy: Cli) -> None:
    connection = sqlite3.connect(busy.path)
    connection.execute("UPDATE journal SET by = 'nobody'")
    connection.commit()
    connection.close()

    ran = busy("journal", "verify", "-o", "json")

    assert ran.code == 1
    assert ran.json["faults"][0]["docket"] == "shop-1"


def test_the_demo_agrees_with_the_recorded_log_and_proves_its_journal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cli.folder / "examples").symlink_to(ROOT / "examples")
    monkeypatch.setenv("ORCHESTRATOR_OUTBOX__LOG", str(cli.folder / "out.jsonl"))

    ran = cli("demo", now="2025-03-03 10:00")

    assert (ran.code, ran.err) == (0, "")
    assert "the log has a penalty on the very day for 57, another for 0" in ran.out
    assert "Fri 2025-10-17 15:00:00 staff: grant_appeal -> overturned" in " ".join(ran.out.split())
    assert "no faults" in ran.out


# -- exit codes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, ("case", "list")),
        (2, ()),
        (2, ("frobnicate",)),
        (2, ("open", "ip_complaint", "--by", "staff")),
        (2, ("case", "list", "--limit", "0")),
        (2, ("case", "list", "-o", "xml")),
        (2, ("deadlines", "--until", "2025-03-08T00:00:00")),
        (2, ("inject", "A", "uphold", "--by", "staff", "--facts", "{")),
        (2, ("inject", "A", "uphold", "--by", "staff", "--facts", "@nothing.json")),
        (2, ("simulate", "nothing.toml")),
        (2, ("replay", "nothing.jsonl")),
        (2, ("rulebook", "check", "nothing.toml")),
        (2, ("rulebook", "diff", "seed-2022", "nothing.toml")),
        (2, ("rulebook", "rehearse", "nothing.toml")),
        (2, ("rulebook", "rehearse", "seed-2022", "--since", "soon")),
        (2, ("calendar", "add", "nothing.json")),
        (2, ("calendar", "due", "2025-03-08T00:00:00Z", "{ weeks = 2 }")),
        (2, ("workflow", "diagram", "ip_complaint", "--form", "png")),
        (3, ("open", "nothing", "--docket", "d", "--by", "x")),
        (3, ("inject", "Z", "uphold", "--by", "staff")),
        (3, ("case", "show", "Z")),
        (3, ("forecast", "Z")),
        (3, ("journal", "verify", "--docket", "nobody")),
        (3, ("journal", "replay", "nobody")),
        (2, ("journal", "verify", "--heads", "nothing.txt")),
        (3, ("incident", "show", "7")),
        (3, ("incident", "retry", "7")),
        (3, ("workflow", "show", "nothing")),
        (3, ("workflow", "diagram", "ip_complaint", "--state", "nowhere")),
        (3, ("rulebook", "show", "nothing")),
        (3, ("rulebook", "show", "seed-2022@9")),
        (3, ("rulebook", "rehearse", "nothing")),
        (3, ("rulebook", "rehearse", "seed-2022", "--docket", "nobody")),
        (3, ("rulebook", "rehearse", "seed-2022", "--instead-of", "nothing")),
        (3, ("calendar", "show", "mars")),
        (3, ("calendar", "add", "2027.json", "--calendar", "mars")),
        (4, ("inject", "A", "appeal", "--by", "respondent", "--facts", '{"grounds": "x"}')),
        (4, ("inject", "A", "uphold", "--by", "staff", "--facts", '{"lane": "wide"}')),
        (4, ("inject", "A", "uphold", "--by", "respondent", "--facts", '{"lane": "minor"}')),
        (4, ("inject", "A", "dance", "--by", "staff")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
@pytest.mark.fault(55)
def test_each_kind_of_trouble_has_its_exit_code(
    busy: Cli, code: int, words: tuple[str, ...]
) -> None:
    ran = busy(*words)

    assert ran.code == code
    assert "Traceback" not in ran.err
    assert "a bug of ours" not in ran.err


def test_an_error_in_the_settings_ends_with_1(cli: Cli) -> None:
    config = cli.folder / "config"
    _copied(config)
    (config / "orchestrator.toml").write_text("colour = 3\n", "utf-8")
    cli.config = config

    ran = cli("case", "list")

    assert (ran.code, ran.out) == (1, "")
    assert "colour: unknown; got 3" in ran.said


def test_a_config_folder_that_is_not_there_is_told_in_one_sentence(cli: Cli) -> None:
    cli.config = cli.folder / "nowhere"

    ran = cli("case", "list")

    assert ran.code == 1
    assert "a folder with orchestrator.toml, rulebooks/ and calendars/" in ran.said


def test_a_database_that_cannot_be_reached_ends_with_5(cli: Cli) -> None:
    ran = cli("case", "list", database="sqlite:////nonexistent/folder/x.db")

    assert (ran.code, ran.out) == (5, "")
    assert ran.said.startswith("error: sqlite:////nonexistent/folder/x.db cannot be used")


def test_db_upgrade_of_a_database_that_cannot_be_reached_ends_with_5(cli: Cli) -> None:
    ran = cli("db", "upgrade", database="sqlite:////nonexistent/folder/x.db")

    assert ran.code == 5


@pytest.mark.parametrize("url", ["nonsense", "postgresql://localhost/x", "mysql://localhost/x"])
def test_a_database_url_that_cannot_be_used_is_told_in_one_sentence(cli: Cli, url: str) -> None:
    ran = cli("case", "list", database=url)

    assert ran.code in (1, 2, 5)
    assert "a bug of ours" not in ran.said
    assert url.partition(":")[0] in ran.said


def test_an_incident_beyond_all_numbers_is_not_found(cli: Cli) -> None:
    assert cli("incident", "show", str(2**63)).code == 3


def test_a_bug_of_ours_is_one_sentence_and_a_traceback_only_with_debug(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by naught")

    monkeypatch.setattr("orchestrator.api.Orchestrator.cases", raises)

    ran = cli("case", "list")
    with pytest.raises(ZeroDivisionError):
        cli("--debug", "case", "list")

    assert (ran.code, ran.out) == (1, "")
    assert ran.said == (
        "error: a bug of ours: ZeroDivisionError: by naught; run again with --debug"
    )


# -- help, version, completion ------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_the_help_of_a_command_shows_an_example_of_that_very_command(cli: Cli, name: str) -> None:
    ran = cli.bare(*name.split(), "--help")

    body = " ".join(ran.out.partition("\n")[2].split())
    assert ran.code == 0
    assert re.search(rf"(?<!Usage: )orchestrator {name}\b", body.replace("Usage:", "", 1))


@pytest.mark.parametrize("name", ALL)
def test_an_example_is_a_line_that_the_command_understands(name: str) -> None:
    command = ALL[name]
    example = " ".join((command.help or "").split("orchestrator ", 1)[1].split())
    words = shlex.split(example.partition(" > ")[0])

    assert words[: len(name.split())] == name.split()
    command.make_context(name, words[len(name.split()) :])


def test_help_is_there_for_the_short_option_too(cli: Cli) -> None:
    assert cli.bare("-h").out == cli.bare("--help").out


def test_the_version_is_told(cli: Cli) -> None:
    ran = cli.bare("--version")

    assert (ran.code, ran.out.strip()) == (0, __version__)


def test_completion_proposes_commands() -> None:
    env = {
        **os.environ,
        "_ORCHESTRATOR_COMPLETE": "complete_bash",
        "COMP_WORDS": "orchestrator inc",
        "COMP_CWORD": "1",
    }
    program = Path(sys.executable).with_name("orchestrator")
    done = subprocess.run(
        [program], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout.split()) == (0, ["incident"])


def _copied(to: Path) -> None:
    shutil.copytree(CONFIG, to)
