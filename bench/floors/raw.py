"""What every floor stands on: a connection as durable as ours, and rows loaded by their keys."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PRAGMAS = (  # the engine's own (orchestrator/db/sqlite.py): `check` compares them
    "busy_timeout=20000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cache_size=-16384",
    "temp_store=MEMORY",
)
FIRES = "due_at IS NOT NULL AND provisional = 0"

Row = tuple[Any, ...]
Execute = Callable[..., sqlite3.Cursor]


def connect(path: Path) -> sqlite3.Connection:
    """As durable as ours, and with as much of a cache."""
    con = sqlite3.connect(
        path, isolation_level=None, cached_statements=256, check_same_thread=False
    )
    for pragma in PRAGMAS:
        con.execute(f"PRAGMA {pragma}")
    return con


def listed(values: Iterable[Any]) -> str:
    """Keys as one parameter."""
    return json.dumps(list(values))


def fetched(execute: Execute, select: str, keys: list[str]) -> list[Row]:
    """Rows by their keys: one by equality, many as a list."""
    if len(keys) == 1:
        return execute(f"{select} = ?", keys).fetchall()
    return execute(f"{select} IN (SELECT value FROM json_each(?))", (listed(keys),)).fetchall()
