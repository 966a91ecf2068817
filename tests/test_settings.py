"""Settings: read once, proven, frozen; every error at once, with key, wanted and got."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from orchestrator.api import Orchestrator
from orchestrator.errors import BadConfig
from orchestrator.settings import Settings, read_settings
from tests.doors.house import CONFIG, quiet


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config folder with an empty file of settings, and no variable of ours around it."""
    for name in [name for name in os.environ if name.startswith("ORCHESTRATOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "orchestrator.toml").write_text("", "utf-8")
    return tmp_path


def written(config: Path, text: str) -> Path:
    (config / "orchestrator.toml").write_text(text, "utf-8")
    return config


def errors_of(config: Path) -> list[str]:
    with pytest.raises(BadConfig) as raised:
        read_settings(config)

    file = str(config / "orchestrator.toml")
    return [error.replace(file, "FILE") for error in raised.value.errors]


# -- where a setting comes from -----------------------------------------------------------------


def test_an_empty_file_gives_every_default(config: Path) -> None:
    settings = read_settings(config)

    assert settings.database == "sqlite:///orchestrator.db"
    assert settings.workflows == ("workflows",)
    assert settings.default_rulebook == "seed-2022"
    assert (settings.daemon.heartbeat_s, settings.daemon.batch) == (15, 500)
    assert settings.outbox.log == Path("outbox.jsonl")


def test_a_folder_without_the_file_gives_every_default(config: Path) -> None:
    (config / "orchestrator.toml").unlink()

    assert read_settings(config).daemon.batch == 500


def test_the_shipped_file_shows_every_setting_with_its_default(config: Path) -> None:
    shipped, empty = read_settings(CONFIG), read_settings(config)

    text = (CONFIG / "orchestrator.toml").read_text("utf-8")
    assert shipped.model_dump() == empty.model_dump()
    for name in (*Settings.model_fields, "heartbeat_s", "watch_s", "batch", "log"):
        assert f"{name} = " in text or f"[{name}]" in text


def test_what_is_given_goes_before_the_environment_and_that_before_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(config, 'database = "sqlite:///file.db"\n')

    from_file = read_settings(config).database
    monkeypatch.setenv("ORCHESTRATOR_DATABASE", "sqlite:///environment.db")
    from_environment = read_settings(config).database
    given = read_settings(config, database="sqlite:///given.db").database

    assert from_file == "sqlite:///file.db"
    assert from_environment == "sqlite:///environment.db"
    assert given == "sqlite:///given.db"


def test_one_setting_of_a_table_may_come_from_the_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(config, "[daemon]\nbatch = 7\nheartbeat_s = 2\n")
    monkeypatch.setenv("ORCHESTRATOR_DAEMON__BATCH", "9")

    daemon = read_settings(config).daemon

    assert (daemon.batch, daemon.heartbeat_s) == (9, 2)


def test_settings_are_frozen(config: Path) -> None:
    settings = read_settings(config)

    with pytest.raises(ValidationError):
        settings.database = "sqlite:///other.db"


# -- what is wrong ------------------------------------------------------------------------------

WRONG = [
    ("colour = 3", "FILE: colour: unknown; got 3"),
    ("[daemon]\ncolour = 3", "FILE: daemon.colour: unknown; got 3"),
    ("[demon]\nbatch = 3", "FILE: demon: unknown; got {'batch': 3}"),
    (
        "[daemon]\nbatch = 0",
        "FILE: daemon.batch: at least 1, got 0",
    ),
    ("[daemon]\nbatch = 10001", "FILE: daemon.batch: at most 10000"),
    ('[daemon]\nbatch = "x"', "FILE: daemon.batch: a whole number"),
    ("[daemon]\nheartbeat_s = 0", "FILE: daemon.heartbeat_s: at least 0.1, got 0"),
    ("[daemon]\nheartbeat_s = nan", "FILE: daemon.heartbeat_s: "),
    ("[daemon]\nwatch_s = 61", "FILE: daemon.watch_s: at most 60"),
    ("daemon = 3", "FILE: daemon: "),
    ("workflows = []", "FILE: workflows: at least 1 items, got 0"),
    ("workflows = 3", "FILE: workflows: a list, got 3"),
    ("database = 3", "FILE: database: a text, got 3"),
    ("default_rulebook = []", "FILE: default_rulebook: a text, got []"),
    ("[outbox]\nlog = 3", "FILE: outbox.log: "),
    ("database = ", "FILE: not a readable TOML file ("),
    ("database = 1\ndatabase = 2", "FILE: not a readable TOML file (Cannot overwrite a value"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[words[:60] for _, words in WRONG])
def test_a_wrong_setting_is_named_with_what_was_wanted_and_what_came(
    config: Path, text: str, words: str
) -> None:
    (error,) = errors_of(written(config, text))

    assert error.startswith(words)


def test_every_error_is_told_at_once(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRATOR_DATABSE", "sqlite://")
    written(config, "colour = 3\nworkflows = []\n[daemon]\nbatch = 0\n[outbox]\nsmtp = 1\n")

    said = "\n".join(errors_of(config))

    for key in ("ORCHESTRATOR_DATABSE", "colour", "workflows", "daemon.batch", "outbox.smtp"):
        assert f"{key}: " in said


@pytest.mark.parametrize(
    "name",
    [
        "ORCHESTRATOR_DATABSE",
        "ORCHESTRATOR_DAEMON__BATCHES",
        "ORCHESTRATOR_",
        "ORCHESTRATOR_DAEMON",
    ],
)
def test_a_variable_of_ours_that_names_no_setting_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "{}")

    assert f"{name}: no such setting" in errors_of(config)


def test_a_variable_of_somebody_else_is_nothing_to_us(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHESTRA_DATABASE", "x")

    assert read_settings(config).database == "sqlite:///orchestrator.db"


@pytest.mark.parametrize(
    ("name", "value"), [("ORCHESTRATOR_WORKFLOWS", "no json"), ("ORCHESTRATOR_DAEMON__BATCH", "x")]
)
def test_a_wrong_variable_is_not_blamed_on_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    (error,) = errors_of(config)

    assert name in error
    assert "FILE" not in error


def test_a_variable_in_small_letters_that_names_no_setting_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("orchestrator_databse", "x")

    errors_of(config)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as raised:
        read_settings(tmp_path / "nowhere")

    assert raised.value.errors == [
        f"{tmp_path / 'nowhere'}: a folder with orchestrator.toml, rulebooks/ and calendars/, got none there"
    ]


def test_a_file_that_is_no_utf_8_is_told(config: Path) -> None:
    (config / "orchestrator.toml").write_bytes(b'database = "\xff"\n')

    (error,) = errors_of(config)

    assert error.startswith("FILE: not a readable TOML file (")


# -- what the settings name ---------------------------------------------------------------------


def test_a_default_rulebook_that_is_not_there_is_told_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORCHESTRATOR_DEFAULT_RULEBOOK", "nothing")

    with quiet(), pytest.raises(BadConfig) as raised:
        Orchestrator.from_config(CONFIG, database="sqlite://")

    assert "default_rulebook: one of " in str(raised.value)
    assert "seed-2022" in str(raised.value)
    assert "got 'nothing'" in str(raised.value)


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("no_such_package", "workflows: a package that can be imported, got 'no_such_package'"),
        ("json", "workflows: 'json' defines no workflow"),
    ],
)
def test_a_package_without_workflows_is_told(config: Path, package: str, words: str) -> None:
    written(config, f'workflows = ["{package}"]\n')

    with quiet(), pytest.raises(BadConfig) as raised:
        Orchestrator.from_config(config, database="sqlite://")

    assert words in str(raised.value)


def test_a_package_that_cannot_be_read_is_told(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config / "wrong_package.py").write_text("this is no Python\n", "utf-8")
    monkeypatch.syspath_prepend(str(config))
    written(config, 'workflows = ["wrong_package"]\n')

    with quiet(), pytest.raises(BadConfig, match="wrong_package"):
        Orchestrator.from_config(config, database="sqlite://")
