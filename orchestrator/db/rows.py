"""Rows from values and values from rows: the one place where columns meet fields, by position."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from orchestrator.core.journal import canonical
from orchestrator.core.spans import Pause, Span, parse_span
from orchestrator.core.values import Case, Timer

Row = tuple[Any, ...]

_decode = json.JSONDecoder().raw_decode  # our own texts: no white space to look for


def case_of(row: Any) -> Case:
    """A case from its row, columns in the order of the table."""
    (i, docket, workflow, definition, rulebook, state, overdue, data, *rest) = row
    return Case(
        i, docket, workflow, definition, rulebook, state, overdue == 1, _decode(data)[0], *rest
    )


def case_row(case: Case, text: str | None = None) -> Row:
    """The row of a case; `text` is its data as canonical text where that is known already."""
    return (*case[:6], int(case.overdue), text or canonical(case.data), *case[8:])


def timer_of(row: Any) -> Timer:
    """A timer from its row, columns in the order of the table."""
    (docket, case, name, priority, due, computed, span, day, at, pauses, edition, *rest) = row
    provisional, seq, n, chain = rest[:4]
    return Timer(
        docket,
        case,
        name,
        priority,
        due,
        computed,
        None if span is None else span_of(span),
        day,
        at,
        () if pauses == "[]" else pauses_of(pauses),
        edition,
        provisional == 1,
        seq,
        n,
        chain,
    )


def timer_row(timer: Timer) -> Row:
    """The row of a timer."""
    span = timer.span
    return (
        *timer[:6],
        None if span is None else _span_text(span),
        timer.start_day,
        timer.start_at,
        canonical(timer.pauses) if timer.pauses else "[]",
        timer.edition,
        int(timer.provisional),
        timer.armed_seq,
        timer.armed_n,
        timer.chain,
        int(span is not None and span.by_calendar),
    )


@lru_cache(maxsize=4_096)
def span_of(text: str) -> Span:
    return parse_span(json.loads(text))


@lru_cache(maxsize=4_096)
def _span_text(span: Span) -> str:
    return canonical(span.as_data())


def pauses_of(text: str) -> tuple[Pause, ...]:
    return tuple(Pause(*pause) for pause in json.loads(text))
