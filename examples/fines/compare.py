"""The days on which our timer found a penalty, beside the days that the log has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple


class Comparison(NamedTuple):
    """How many penalties agree, and each one that does not: case, ours, the log's."""

    agree: int
    differ: list[tuple[str, str | None, str | None]]


def last_counted_days(journal: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Case → the last counted day: the local day of the due instant less a microsecond."""
    return {
        entry["case"]: _day_before(entry["effective_at"])
        for entry in journal
        if entry["kind"] == "timer" and entry["name"] == "penalty"
    }


def compare(ours: Mapping[str, str], log: Mapping[str, str]) -> Comparison:
    """Case by case, those that only one side has included."""
    differ = [
        (case, ours.get(case), log.get(case))
        for case in sorted({*ours, *log})
        if ours.get(case) != log.get(case)
    ]
    return Comparison(sum(ours.get(case) == day for case, day in log.items()), differ)


def _day_before(due: str) -> str:
    return (datetime.fromisoformat(due) - timedelta(microseconds=1)).date().isoformat()
