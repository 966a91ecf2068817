"""The kinds of fact that models of `needs` are made of (RULES 4, notation).

Textual facts are non-empty and at most 10,000 characters; money is a decimal string or number with
at most two places, greater than 0; instants carry an offset. Validated facts become plain JSON
values again: text, lists, booleans; money as text of two places, days and instants as ISO text.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainSerializer

from orchestrator.core.instants import BadInstant, parse_instant

MOST_TEXT = 10_000
MOST_MONEY = Decimal("1e15")


def _money(value: object) -> Decimal:
    wanted = "an amount greater than 0 with at most two places, such as 300.00"
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{wanted}, got {value!r}")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{wanted}, got {value!r}") from None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 < amount < MOST_MONEY or exponent < -2:
        raise ValueError(f"{wanted}, got {value!r}")
    return amount.quantize(Decimal("0.01"))


def _day(value: object) -> date:
    if isinstance(value, str) and len(value) == len("2025-03-08"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"a date such as 2025-03-08, got {value!r}")


def _instant(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"an instant such as 2025-03-08T00:00:00+08:00, got {value!r}")
    try:
        parse_instant(value)
    except BadInstant as error:
        raise ValueError(str(error)) from None
    return value


def _url(value: object) -> str:
    wanted = "a web address such as https://example.com/offer/1.html"
    if isinstance(value, str) and len(value) <= MOST_TEXT and value == value.strip():
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme in ("http", "https") and parts.netloc and " " not in value:
            return value
    raise ValueError(f"{wanted}, got {value!r}")


def _filled(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("text that is not blank")
    return value


Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT), BeforeValidator(_filled)]
Money = Annotated[
    Decimal, BeforeValidator(_money), PlainSerializer(lambda amount: f"{amount:.2f}", str)
]
Day = Annotated[date, BeforeValidator(_day), PlainSerializer(date.isoformat, str)]
Instant = Annotated[str, BeforeValidator(_instant)]
Url = Annotated[str, BeforeValidator(_url)]
