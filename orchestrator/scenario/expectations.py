"""What should hold after a step, and a sentence for whatever does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orchestrator.scenario.form import Expect, instant_of

Text = Callable[[int], str]  # an instant as the scenario's zone writes it


def looks_at_a_case(expect: Expect) -> bool:
    """Whether anything of a case is expected at all."""
    facets = (expect.case, expect.state, expect.timers, expect.overdue, expect.provisional)
    return any(value is not None for value in (*facets, expect.data))


def unmet_of_step(
    expect: Expect, *, refused: bool, reason: str | None, effects: list[str]
) -> list[str]:
    """What the step itself did not do: be refused or not, put out these effects in order."""
    unmet = []
    if expect.refused is not None and expect.refused != refused:
        came = f"refused ({reason})" if refused else "not refused"
        unmet.append(f"wanted {'' if expect.refused else 'not '}refused, got {came}")
    if expect.no_effects is not None and expect.no_effects != (not effects):
        wanted = "no effects" if expect.no_effects else "effects"
        unmet.append(f"wanted {wanted}, got {_said(effects)}")
    if expect.effects is not None:
        rest = iter(effects)
        if not all(any(name == other for other in rest) for name in expect.effects):
            unmet.append(f"effects: wanted {_said(expect.effects)} in order, got {_said(effects)}")
    return unmet


def unmet_of_case(
    expect: Expect, alias: str | None, case: Mapping[str, Any] | None, text: Text
) -> list[str]:
    """What a case is not. `case` as it is shown, or None: there is no such case."""
    place = f"case {alias}"
    if case is None:
        return [f"{place}: does not exist"]
    unmet = _differs(place, "state", expect.state, case["state"])
    unmet += _differs(place, "overdue", expect.overdue, case["overdue"])
    if expect.timers is not None:
        timers = {timer["name"]: timer["due_at"] or "frozen" for timer in case["timers"]}
        wanted = {name: _due(due, text) for name, due in expect.timers.items()}
        unmet += _differs(place, "timers", wanted, timers)
    if expect.provisional is not None:
        guessed = sorted(timer["name"] for timer in case["timers"] if timer["provisional"])
        unmet += _differs(place, "provisional", sorted(expect.provisional), guessed)
    for key, value in (expect.data or {}).items():
        came = case["data"].get(key)
        if _plain(value) != came:
            unmet.append(_sentence(place, f"data.{key}", _plain(value), came))
    return unmet


def unmet_of_docket(expect: Expect, standing: Mapping[str, Any], text: Text) -> list[str]:
    """What a docket does not show of its account."""
    place = f"docket {expect.docket}"
    unmet = []
    for name in ("state", "points", "strikes"):
        unmet += _differs(place, name, getattr(expect, name), standing.get(name))
    until = expect.restricted_until
    if until not in (None, "none", "undecided"):
        until = _due(until, text)
    return unmet + _differs(place, "restricted_until", until, standing.get("restricted_until"))


def _due(value: object, text: Text) -> str:
    return "frozen" if value == "frozen" else text(instant_of(value))


def _differs(place: str, what: str, wanted: Any, came: Any) -> list[str]:
    if wanted is None or wanted == came:
        return []
    return [_sentence(place, what, wanted, came)]


def _sentence(place: str, what: str, wanted: Any, came: Any) -> str:
    return f"{place}: {what}: wanted {_said(wanted)}, got {_said(came)}"


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """What a file says, as the data of a case has it: money of two places, instants as text."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
