"""The kinds of fact that models of `needs` are made of (RULES 4, notation).

Textual facts are non-empty and at most 10,000 characters; money is a decimal string or number with
at most two places, greater than 0; instants carry an offset. Validated facts become plain JSON
values again: text, lists, booleans; money as text of two places, days and instants as ISO text.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainSerializer

from orchestrator.core.instants import EARLIEST, LATEST, BadInstant, parse_instant

MOST_TEXT = 10_000
MOST_MONEY = Decimal("1e15")
_HUNDREDTH = Decimal("0.01")
_AMOUNT = re.compile(r"\d+(\.\d{1,2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ONE_WORD = re.compile(r"[^\s\x00-\x1f\x7f]+")  # no space, no line end, no control character


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _amount(value: object, wanted: str) -> Decimal:
    """Text is taken as it is written, a number by its value: 1e2 is 100.00."""
    amount = None
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        amount = Decimal(value)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        amount = Decimal(str(value))
    if amount is None or not amount.is_finite() or amount.is_signed():
        raise ValueError(f"{wanted}, got {_short(value)}")
    if amount >= MOST_MONEY:
        raise ValueError(f"an amount less than {MOST_MONEY:,.0f}, got {_short(value)}")
    if amount != amount.quantize(_HUNDREDTH):
        raise ValueError(f"{wanted}, got {_short(value)}")
    return amount.quantize(_HUNDREDTH)


def _money(value: object) -> Decimal:
    wanted = "an amount greater than 0 with at most two places, such as 300.00"
    amount = _amount(value, wanted)
    if amount == 0:
        raise ValueError(f"{wanted}, got {_short(value)}")
    return amount


def _money_or_none(value: object) -> Decimal:
    return _amount(value, "an amount of at least 0 with at most two places, such as 0.00")


def _day(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):
            day = date.fromisoformat(value)
            if EARLIEST <= day.year <= LATEST:
                return day
    raise ValueError(f"a date from {EARLIEST} to {LATEST} such as 2025-03-08, got {_short(value)}")


def _instant(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"an instant such as 2025-03-08T00:00:00+08:00, got {_short(value)}")
    try:
        parse_instant(value)
    except BadInstant as error:
        raise ValueError(str(error)) from None
    return value


def _url(value: object) -> str:
    wanted = "a web address such as https://example.com/offer/1.html"
    if isinstance(value, str) and len(value) <= MOST_TEXT and _ONE_WORD.fullmatch(value):
        with suppress(ValueError):
            parts = urlsplit(value)
            if parts.scheme in ("http", "https") and parts.hostname:
                return value
    raise ValueError(f"{wanted}, got {_short(value)}")


def _filled(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("text that is not blank")
    return value


Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT), BeforeValidator(_filled)]
_AS_TEXT = PlainSerializer(lambda amount: f"{amount:.2f}", str)
Money = Annotated[Decimal, BeforeValidator(_money), _AS_TEXT]
Amount = Annotated[Decimal, BeforeValidator(_money_or_none), _AS_TEXT]  # of money, or nothing
Day = Annotated[date, BeforeValidator(_day), PlainSerializer(date.isoformat, str)]
Instant = Annotated[str, BeforeValidator(_instant)]
Url = Annotated[str, BeforeValidator(_url)]
