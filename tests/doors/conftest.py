"""The command line, called in this process: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog
import typer

from orchestrator.cli import context, main
from tests.doors.house import CONFIG, FILING, empty_database, rfc3339, year_file


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """stderr as one line: a terminal may break a sentence anywhere."""
        return " ".join(self.err.split())

    @property
    def json(self) -> Any:
        """stdout, which is one JSON document and nothing else."""
        return json.loads(self.out)


@lru_cache(maxsize=1)
def program() -> Any:
    """The whole of the program as one command, made once."""
    return typer.main.get_command(main.app)


class Cli:
    """`orchestrator`, on a database file of its own."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.path = empty_database(folder / "cli.db")
        self.now = "2025-03-03 10:00"
        self.config = CONFIG
        self._patch = patch
        self._capture = capture

    def __call__(self, *words: str, now: str | None = None, database: str | None = None) -> Ran:
        if now is not None:
            self.now = now
        before = ["--config", str(self.config), "--now", rfc3339(self.now)]
        before += ["--database", database or f"sqlite:///{self.path}"]
        return self.bare(*before, *words)

    def bare(self, *words: str) -> Ran:
        """Without the options that every call here has."""
        self._patch.setattr(context, "chosen", context.Globals())
        self._patch.setattr(main, "app", program())
        self._patch.setattr(sys, "argv", ["orchestrator", *words])
        self._capture.readouterr()
        code = 0
        try:
            main.run()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(bool(left.code))
        return Ran(code, *self._capture.readouterr())

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(text).fetchall()
        finally:
            connection.close()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        names = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name: sorted(self.rows(f'SELECT * FROM "{name}"'), key=repr) for (name,) in names}

    def files(self, case: str = "A", docket: str = "shop-1") -> Ran:
        """A complaint that needs no registered right."""
        given = ("--case", case, "--docket", docket, "--by", "complainant", "--assume")
        return self("open", "ip_complaint", *given, "--facts", json.dumps(FILING), "-o", "json")


_filed: list[bytes] = []  # the database of `busy`, made once


@pytest.fixture
def busy(cli: Cli) -> Cli:
    """The same with complaint A of shop-1 filed on Monday 2025-03-03 at 10:00."""
    if not _filed:
        assert cli.files().code == 0
        _filed.append(cli.path.read_bytes())
    cli.path.write_bytes(_filed[0])
    return cli


@pytest.fixture
def waiting(cli: Cli) -> Cli:
    """The same with A filed on Mon 2026-12-28: its limit runs into 2027, whose file lies there."""
    cli.now = "2026-12-28 10:00"
    assert cli.files().code == 0
    year_file(cli.folder)
    cli.now = "2026-12-30 17:00"
    return cli


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cli]:
    """The program on a database of its own, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORCHESTRATOR_OUTBOX__LOG", str(tmp_path / "outbox.jsonl"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = structlog.get_config()
    yield Cli(tmp_path, monkeypatch, capsys)
    structlog.configure(**before)
