"""A few plain inputs, for laws that are shown on one case."""

from __future__ import annotations

from typing import Any

from orchestrator.core.instants import parse_instant
from tests.laws.stories import EVENTS
from tests.laws.world import Act, Outcome, World

FILING = {
    "complainant": "holder-1",
    "right_id": "TM-1",
    "listings": ["https://example.com/1"],
    "reason": "counterfeit",
}
MONDAY = parse_instant("2025-03-03T10:00:00+08:00")


class Hands:
    """A clock that anybody may set, and that may move at each look, as real ones do."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.step = 0

    def now(self) -> int:
        self.at += self.step
        return self.at

    def move_to(self, at: int) -> None:
        self.at = at


def files(docket: str, case: str | None = None, *, assume: bool = True, **more: Any) -> Act:
    facts = {**FILING, **more.pop("facts", {})}
    return Act(
        "open",
        "ip_complaint",
        by="complainant",
        facts=facts,
        docket=docket,
        case=case,
        assume=assume,
        **more,
    )


def registers(docket: str, case: str) -> Act:
    facts = {"kind": "person", "name": "Wang", "identity_document": "E-1"}
    return Act(
        "open",
        "complainant_registration",
        by="complainant",
        facts=facts,
        docket=docket,
        case=case,
    )


def deposits(docket: str, case: str, until: str = "2025-03-20") -> Act:
    facts = {
        "right_id": "TM-1",
        "kind": "trademark",
        "holder": "Wang",
        "is_holder": True,
        "proof": "E-3",
        "right_expires_on": until,
    }
    return Act(
        "open", "rights_registration", by="complainant", facts=facts, docket=docket, case=case
    )


def says(case: str, event: str, *, key: str | None = None, **facts: Any) -> Act:
    by, usual = EVENTS[event]
    return Act("inject", case, event, by, {**usual, **facts}, key=key)


def done(world: World, *acts: Act) -> list[Outcome]:
    """Do them one after the other; none may be refused."""
    outcomes = [world.act(act) for act in acts]
    assert not [outcome for outcome in outcomes if outcome.refused]
    return outcomes


def established(world: World, holder: str = "holder-1", until: str = "2025-03-20") -> None:
    """An approved complainant with a confirmed right."""
    done(
        world,
        registers(holder, f"reg-{holder}"),
        says(f"reg-{holder}", "approve"),
        deposits(holder, f"right-{holder}", until),
        says(f"right-{holder}", "confirm"),
    )


def due(world: World, case: str, name: str) -> int:
    return world.one('SELECT due_at FROM timers WHERE "case" = ? AND name = ?', case, name)
