"""What is sent in: inputs with keys, histories for replay, years for the calendar; all by a seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from orchestrator.core.instants import parse_instant
from tests.doors.house import CONFIG, FILING, REGISTRATION, beijing
from tests.laws.stories import BEIJING, EVENTS, LANES

SHOPS = [f"shop-{n}" for n in range(5)]
HOLDER = "holder-1"
PATHS = (  # what a complaint may live through; timers and strangers come between
    ("uphold", "appeal", "respond", "dismiss_appeal", "overturn"),
    ("request_supplement", "supplement", "uphold", "appeal", "grant_appeal"),
    ("uphold", "appeal", "accept_appeal"),
    ("uphold", "withdraw"),
    ("reject",),
    ("uphold",),
)
ORDER_PATHS = (
    ("agree", "refund_paid"),
    ("refuse", "request_intervention", "submit_evidence", "rule_for_buyer"),
    ("agree",),
    ("cancel",),
)
ORDER = {
    "order_id": "order-1",
    "buyer": "buyer-1",
    "amount": "300.00",
    "currency": "CNY",
    "reason": "broken",
}
ENDS = ("2026-11-20T10:00:00+08:00", "2027-03-01T00:00:00+08:00")  # of the after-sales period
RIGHT = {
    "right_id": "TM-1",
    "kind": "trademark",
    "holder": "五粮液集团",
    "is_holder": True,
    "proof": "certificate",
    "right_expires_on": "2030-01-01",
}

Given = dict[str, Any]  # act, by, facts, and the key under which it may be repeated


def opening(workflow: str, docket: str, case: str | None, facts: Any, **more: Any) -> Given:
    opens = {"act": "open", "workflow": workflow, "docket": docket, "case": case}
    return {**opens, "by": "complainant", "facts": facts, "assume": False, **more}


def sending(case: str, event: str, dice: Random) -> Given:
    by, facts = EVENTS[event]
    if event == "uphold":
        facts = {"lane": dice.choice(LANES)}
    return {"act": "inject", "case": case, "event": event, "by": by, "facts": facts}


def setting_up(holder: str, mark: str) -> list[Given]:
    """A complainant that may file, with a right of its own."""
    dice = Random(0)
    return [
        opening("complainant_registration", holder, f"{mark}-R", REGISTRATION),
        sending(f"{mark}-R", "approve", dice),
        opening("rights_registration", holder, f"{mark}-TM", RIGHT),
        sending(f"{mark}-TM", "confirm", dice),
    ]


class Stories:
    """Complaints of one sender, begun and carried on for ever; others' are met on the way."""

    def __init__(
        self,
        dice: Random,
        mark: str,
        shops: list[str],
        holder: str = HOLDER,
        *,
        strangers: bool = True,
    ) -> None:
        """strangers   now and then it is a case of somebody else's history that hears an event"""
        self._dice = dice
        self._strangers = strangers
        self._mark = mark
        self._shops = shops
        self._holder = holder
        self._under_way: list[tuple[str, list[str]]] = []
        self._count = 0

    def next(self) -> Given:
        dice = self._dice
        if len(self._under_way) < 2 or dice.random() < 0.25:
            return self._files()
        if dice.random() < 0.15:
            known = not self._strangers or dice.random() < 0.5
            case = dice.choice(self._under_way)[0] if known else self._stranger()
            return sending(case, dice.choice([*EVENTS]), dice)
        case, path = dice.choice(self._under_way)
        event = path.pop(0)
        if not path:
            self._under_way.remove((case, path))
        return sending(case, event, dice)

    def _stranger(self) -> str:
        """A case of a history, which may be under way, over, or still to come."""
        return f"past-{self._dice.randrange(8)}-{self._dice.randrange(1, 8)}"

    def _files(self) -> Given:
        dice, self._count = self._dice, self._count + 1
        shop = dice.choice(self._shops)
        if dice.random() < 0.1:  # an id that the docket gives
            return opening("complainant_registration", shop, None, REGISTRATION)
        if dice.random() < 0.05:
            facts = {"balance": "1000.00", "currency": "CNY"}
            return opening("shop_deposit", shop, None, facts, by="staff")
        case = f"{self._mark}-{self._count}"
        if dice.random() < 0.3:
            self._under_way.append((case, [*dice.choice(ORDER_PATHS)]))
            facts = {**ORDER, "after_sales_until": dice.choice(ENDS)}
            return opening("order_dispute", shop, case, facts, by="buyer")
        self._under_way.append((case, [*dice.choice(PATHS)]))
        filing = {**FILING, "complainant": self._holder, "reason": f"counterfeit, {case}"}
        return opening("ip_complaint", shop, case, filing, assume=dice.random() < 0.4)


def history(seed: object, mark: str, count: int) -> list[str]:
    """Lines for dockets of their own, a few hours apart, in the months before all else began."""
    dice = Random(f"{seed} history {mark}")
    shops, holder = [f"{mark}-shop-{n}" for n in range(3)], f"{mark}-holder"
    stories = Stories(dice, mark, shops, holder, strangers=False)
    given = [*setting_up(holder, mark), *(stories.next() for _ in range(count))]
    at, lines = beijing("2026-08-03 09:00"), []
    for line in given:
        at += dice.randrange(60, 60 * 2_400) * 1_000_000
        lines.append(json.dumps(_as_line(line, BEIJING.text(at))))
    assert parse_instant(BEIJING.text(at)) < beijing("2026-11-16 00:00")
    return lines


def _as_line(given: Given, at: str) -> Given:
    wanted = ("docket", "case", "event", "by", "facts", "assume")
    line = {"at": at, **{key: given[key] for key in wanted if given.get(key) is not None}}
    return {**line, "open": given["workflow"]} if given["act"] == "open" else line


def years(seed: object, folder: Path) -> Iterator[Path]:
    """Year files one after the other: the next year announced, this one and that one amended."""
    dice, days = Random(f"{seed} years"), {2026: _known(2026), 2027: [_off("2027-01-01")]}
    number = 0
    while True:
        year = 2027 if number % 2 == 0 else 2026
        first = date(2026, 12, 1) if year == 2026 else date(2027, 1, 4)
        free = {day["date"] for day in days[year]}
        may_be = [str(first + timedelta(days=n)) for n in range(60 if year == 2027 else 31)]
        days[year].append(_off(dice.choice([day for day in may_be if day not in free])))
        path = folder / f"year-{number}.json"
        path.write_text(json.dumps({"year": year, "papers": [], "days": days[year]}), "utf-8")
        yield path
        number += 1


def _known(year: int) -> list[Given]:
    content = json.loads((CONFIG / "calendars" / "cn" / f"{year}.json").read_text("utf-8"))
    return list(content["days"])


def _off(day: str) -> Given:
    return {"name": "放假", "date": day, "isOffDay": True}
