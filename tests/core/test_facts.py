"""The kinds of fact: what is taken, what is refused and with which words (RULES 4, notation)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from orchestrator.core.facts import Amount, Day, Instant, Money, Text, Url
from orchestrator.core.journal import canonical
from orchestrator.core.workflow import FactsModel


class Facts(FactsModel):
    text: Text = "x"
    money: Money = Decimal("1.00")
    amount: Amount = Decimal("1.00")
    day: Day | None = None
    instant: Instant = "2025-03-08T00:00:00Z"
    url: Url = "https://example.com"


def taken(**facts):
    """The facts as the journal keeps them."""
    given = Facts.model_validate(facts).model_dump(mode="json", exclude_unset=True)
    canonical(given).encode()  # or the journal could not keep it
    return given


def refused(**facts):
    with pytest.raises(ValidationError) as caught:
        Facts.model_validate(facts)
    return caught.value.errors()[0]["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize(("amount", "kept"), [("0", "0.00"), (0, "0.00"), ("0.1", "0.10")])
def test_an_amount_may_be_nothing(amount, kept):
    assert taken(amount=amount) == {"amount": kept}


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "1000000000000000", "", None])
def test_an_amount_that_is_none_is_refused(amount):
    assert refused(amount=amount).startswith(("an amount of at least 0", "an amount less than 1,0"))


@pytest.mark.parametrize("text", ["a", "假货", " with blanks around ", "x" * 10_000])
def test_text_is_kept_as_it_came(text):
    assert taken(text=text) == {"text": text}


@pytest.mark.parametrize("text", ["", " ", "\n\t", "x" * 10_001, 5, None, True, ["a"], b"a"])
def test_text_that_is_blank_too_long_or_no_text_is_refused(text):
    assert refused(text=text)


def test_text_that_no_file_can_hold_is_refused():
    assert refused(text="half a pair: \ud800")


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        ("300.00", "300.00"),
        ("300", "300.00"),
        ("0.01", "0.01"),
        (300, "300.00"),
        (300.5, "300.50"),
        (Decimal("300.5"), "300.50"),
        (Decimal("1E+2"), "100.00"),
        (Decimal("5.000"), "5.00"),
        ("999999999999999.99", "999999999999999.99"),
    ],
)
def test_money_is_kept_as_text_of_two_places(amount, kept):
    assert taken(money=amount) == {"money": kept}


@pytest.mark.parametrize(
    "amount",
    [
        "0",
        "0.00",
        "-1",
        "0.001",
        "300.000",
        "1e15",
        "NaN",
        "sNaN",
        "Infinity",
        "",
        "three",
        "1,000.00",
        0,
        -5,
        0.001,
        0.1 + 0.2,
        float("nan"),
        float("inf"),
        True,
        None,
        ["5"],
    ],
)
def test_money_that_is_not_greater_than_zero_or_finer_than_two_places_is_refused(amount):
    assert refused(money=amount) == (
        f"an amount greater than 0 with at most two places, such as 300.00, got {amount!r}"
    )


@pytest.mark.parametrize("amount", ["1_000", " 5 ", "٣", "1_0.0_0"])
def test_money_is_written_with_plain_digits(amount):
    assert refused(money=amount)


@pytest.mark.parametrize("text", ["2025-03-08", "2024-02-29"])
def test_a_day_is_kept_as_its_iso_text(text):
    assert taken(day=text) == {"day": text}


@pytest.mark.parametrize(
    "text", ["2025-02-29", "20250308", "2025-3-8", "08.03.2025", "2025-03-08T00:00:00Z", 20250308]
)
def test_what_is_no_day_is_refused(text):
    assert refused(day=text) == f"a date from 1900 to 9000 such as 2025-03-08, got {text!r}"


def test_a_day_of_an_iso_week_is_refused():
    assert refused(day="2025-W10-6")


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_a_day_whose_midnight_cannot_be_told_is_refused(text):
    assert refused(day=text)


@pytest.mark.parametrize("text", ["2025-03-08T00:00:00+08:00", "2025-03-08T00:00:00Z"])
def test_an_instant_is_kept_as_it_came(text):
    assert taken(instant=text) == {"instant": text}


@pytest.mark.parametrize("value", ["2025-03-08T00:00:00", "soon", 1741392000, None])
def test_an_instant_without_an_offset_or_that_is_none_is_refused(value):
    assert refused(instant=value).startswith("an instant such as 2025-03-08T00:00:00+08:00, got")


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com",
        "http://example.com:8080/a?b=c#d",
        "https://例子.cn/商品/1",
        "HTTPS://EXAMPLE.COM/1",
    ],
)
def test_a_web_address_is_kept_as_it_came(text):
    assert taken(url=text) == {"url": text}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        " https://example.com",
        "https://exa mple.com",
        "http://[::1",
        "https://example.com/" + "x" * 10_000,
        7,
        None,
    ],
)
def test_what_is_no_web_address_is_refused(text):
    assert refused(url=text).startswith("a web address such as https://example.com/offer/1.html")


@pytest.mark.parametrize("text", ["http://:80", "http://user@", "https://exa\nmple.com"])
def test_a_web_address_without_a_host_or_with_a_line_end_in_it_is_refused(text):
    assert refused(url=text)


def test_unknown_facts_are_refused():
    assert refused(colour="red") == "Extra inputs are not permitted"
