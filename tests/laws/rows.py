"""What is read back of a world: the entries of its journal, and the tables that laws speak of."""

from __future__ import annotations

from typing import Any, NamedTuple


class Line(NamedTuple):
    """An entry of the journal as it is read back."""

    docket: str
    seq: int
    case: str | None
    effective_at: int
    recorded_at: int
    kind: str
    name: str
    by: str
    from_state: str | None
    to_state: str | None
    content: dict[str, Any]
    hash: str


TABLES = {
    "dockets": "SELECT * FROM dockets ORDER BY key",
    "cases": "SELECT * FROM cases ORDER BY id",
    "timers": 'SELECT * FROM timers ORDER BY "case", name',
    "journal": (
        'SELECT docket, seq, "case", effective_at, kind, name, by, "from", "to", content, hash'
        " FROM journal ORDER BY docket, seq"
    ),
    "outbox": (
        'SELECT docket, seq, n, "case", name, content, at FROM outbox ORDER BY docket, seq, n'
    ),
    "waiting": (  # since when, of what nobody has tried to deliver
        "SELECT docket, seq, n, next_try_at FROM outbox WHERE attempts = 0 ORDER BY docket, seq, n"
    ),
    "requests": (
        "SELECT caller, key, content_hash, answer, docket FROM requests ORDER BY caller, key"
    ),
    "incidents": "SELECT docket, error FROM incidents ORDER BY docket",
}
