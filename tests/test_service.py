"""The systemd unit: what it starts exists, works, and ends as systemd would end it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.db import sqlite
from orchestrator.settings import read_settings
from tests.doors.conftest import program
from tests.doors.house import CONFIG, ROOT

UNIT = ROOT / "packaging/orchestrator.service"
PAGE = ROOT / "docs/how-to/run-as-a-service.md"
PROGRAM = "/opt/orchestrator/.venv/bin/orchestrator"
ETC, VAR = "/etc/orchestrator", "/var/lib/orchestrator"


def lines() -> list[tuple[str, str]]:
    """Every (name, value) of the unit, in order."""
    found = UNIT.read_text("utf-8").splitlines()
    return [
        (name, value)
        for name, equals, value in (line.partition("=") for line in found)
        if equals and not name.startswith("#")
    ]


def values(name: str) -> list[str]:
    return [value for key, value in lines() if key == name]


def commands() -> list[list[str]]:
    """The words of every command line that the unit starts."""
    return [shlex.split(value) for key, value in lines() if key.startswith("Exec")]


def settings_of_the_unit() -> dict[str, str]:
    return dict(value.split("=", 1) for value in values("Environment"))


def test_every_command_of_the_unit_is_one_of_the_program_with_options_that_it_knows() -> None:
    assert {path for path, *_ in commands()} == {PROGRAM}
    assert [parsed(words) for _, *words in commands()] == [("daemon", [])]


@pytest.mark.parametrize("words", [["--confg", ETC, "daemon"], ["daemon", "--forever"]])
def test_an_option_that_the_program_does_not_know_would_be_found(words: list[str]) -> None:
    with pytest.raises(Exception, match="No such option"):
        parsed(words)


def parsed(words: list[str]) -> tuple[str, list[str]]:
    """The command of a command line, and what its parser had no use for; nothing is run."""
    group = program()
    context = group.make_context("orchestrator", list(words))
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    return name, command.make_context(name, rest, parent=context).args


def test_every_variable_of_the_unit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings_of_the_unit().items():
        monkeypatch.setenv(name, value)

    settings = read_settings(CONFIG)

    assert settings.database == f"sqlite:///{VAR}/orchestrator.db"
    assert settings.outbox.log == Path(f"{VAR}/outbox.jsonl")


def test_all_that_it_writes_is_in_the_folder_that_it_may_write_to() -> None:
    (state,) = values("StateDirectory")

    assert f"/var/lib/{state}" == VAR == values("WorkingDirectory")[0]
    assert sqlite.path_of(settings_of_the_unit()["ORCHESTRATOR_DATABASE"]).parent == Path(VAR)  # type: ignore[union-attr]
    assert values("ProtectSystem") == ["strict"]
    assert values("ReadWritePaths") == []


def test_it_is_not_killed_while_a_batch_may_still_wait_for_another_writer() -> None:
    (seconds,) = values("TimeoutStopSec")

    assert int(seconds) * 1_000 > 2 * sqlite.BUSY_MS


@pytest.mark.parametrize("quoted", re.findall(r"`([A-Z]\w+=\S+)`", PAGE.read_text("utf-8")))
def test_what_the_page_says_of_the_unit_stands_there(quoted: str) -> None:
    assert tuple(quoted.split("=", 1)) in lines()


def moved(text: str, folder: Path) -> str:
    """A line of the unit with its folders below another one, and the program that runs here."""
    return text.replace(ETC, str(folder / "etc")).replace(VAR, str(folder / "var"))


@pytest.mark.slow
def test_the_units_very_command_line_runs_until_its_signal_and_leaves_its_files_whole(
    tmp_path: Path,
) -> None:
    shutil.copytree(CONFIG, tmp_path / "etc/config")
    (tmp_path / "var").mkdir()
    ((_, *words),) = commands()
    given = {name: moved(value, tmp_path) for name, value in settings_of_the_unit().items()}
    daemon = subprocess.Popen(
        [sys.executable, "-m", "orchestrator.cli.main", *(moved(w, tmp_path) for w in words)],
        cwd=moved(values("WorkingDirectory")[0], tmp_path),
        env={**os.environ, "PYTHONPATH": str(ROOT), **given},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert daemon.stderr is not None
    said = next((line for line in daemon.stderr if '"ready"' in line), "nothing")
    daemon.send_signal(signal.Signals[values("KillSignal")[0]])
    rest = daemon.stderr.read()
    daemon.stderr.close()

    assert daemon.wait() == 0
    assert str(tmp_path / "var/orchestrator.db") in said
    assert '"signal": "SIGTERM"' in rest
    assert '"stopped"' in rest
    assert {path.name for path in tmp_path.iterdir()} == {"etc", "var"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_itself_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace(PROGRAM, sys.executable), "utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
