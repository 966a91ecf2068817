"""What deposits pay, by the book (RULES 4.5, 4.6): told again from the journal alone, in pence.

What is paid never exceeds what was deposited; every claim is paid or recorded as shortfall.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.laws.oracles import by_docket
from tests.laws.world import Line, World

Money = int  # hundredths


def hundredths(amount: str) -> Money:
    whole, _, rest = amount.partition(".")
    return int(whole) * 100 + int(f"{rest}00"[:2])


class Till:
    """A shop's deposit, and the disputes that wait for their refund, in order."""

    def __init__(self) -> None:
        self.openings: dict[str, Line] = {}
        self.deposit: Line | None = None
        self.balance: Money = 0
        self.deposited: Money = 0
        self.released = False
        self.closed_by_staff = False
        self.account_closed = False
        self.waiting: dict[str, Money] = {}
        self.paid: dict[str, Money] = {}
        self.short: dict[str, Money] = {}
        self.from_deposit: Counter[str] = Counter()

    @property
    def closed(self) -> bool:
        return self.closed_by_staff or self.account_closed

    def hears(self, line: Line) -> None:
        case = line.case or ""
        if line.kind == "opened":
            self.openings[case] = line
        opening = self.openings.get(case)
        if opening is None or line.kind == "refused":
            return
        self._is_closed(opening, line)
        if opening.name == "shop_deposit":
            self._of_deposit(line)
        elif opening.name == "order_dispute":
            self._of_dispute(case, opening, line)

    def _is_closed(self, opening: Line, line: Line) -> None:
        before = self.closed
        if opening.name == "account_standing" and line.to_state is not None:
            self.account_closed = line.to_state == "closed"
        elif opening.name == "shop_deposit" and (line.kind, line.name) == ("event", "shop_closed"):
            self.closed_by_staff = True
        if self.closed and not before:
            for case in list(self.waiting):
                self.claims(case)

    def _of_deposit(self, line: Line) -> None:
        facts = line.content.get("facts", {})
        if line.kind == "opened":
            self.deposit = line
            self.balance = self.deposited = hundredths(facts["balance"])
        elif line.name == "top_up":
            self.balance += hundredths(facts["amount"])
            self.deposited += hundredths(facts["amount"])
        self.released |= line.to_state == "released"

    def _of_dispute(self, case: str, opening: Line, line: Line) -> None:
        if line.name in ("agree", "rule_for_buyer"):
            claimed = opening.content["facts"]["amount"]
            self.waiting[case] = hundredths(line.content.get("facts", {}).get("amount", claimed))
            if self.closed:
                self.claims(case)
        elif line.name == "refund_paid":
            self.paid[case], self.short[case] = self.waiting.pop(case), 0
        elif line.name == "refund_window":
            self.claims(case)

    def claims(self, case: str) -> None:
        claimed = self.waiting.pop(case)
        got = 0 if self._cannot_pay(case) else min(claimed, self.balance)
        self.balance -= got
        self.from_deposit[case] += got
        self.paid[case], self.short[case] = got, claimed - got

    def _cannot_pay(self, case: str) -> bool:
        if self.deposit is None or self.released:
            return True
        named = {
            opening.content["facts"].get("currency")
            for opening in (self.openings[case], self.deposit)
        }
        return len(named - {None}) > 1


def money_is_paid_by_the_book(world: World) -> None:
    """At the end of a story: each dispute and the deposit say what the journal comes to."""
    data = {case: json.loads(text) for case, text in world.rows("SELECT id, data FROM cases")}
    commanded = _commanded(world)
    for docket, lines in by_docket(world.journal()):
        till = Till()
        for line in lines:
            till.hears(line)
        found = {case: _told(data[case]) for case in till.openings if "shortfall" in data[case]}
        assert found == {c: (paid, till.short[c]) for c, paid in till.paid.items()}, docket
        spent = {case: paid for case, paid in till.from_deposit.items() if paid}
        assert {c: paid for c, paid in commanded.items() if c in till.openings} == spent, docket
        assert sum(spent.values()) + till.balance == till.deposited, docket
        if till.deposit is not None:
            assert hundredths(data[till.deposit.case or ""]["balance"]) == till.balance, docket


def _told(data: dict[str, Any]) -> tuple[Money, Money]:
    return hundredths(data["paid"]), hundredths(data["shortfall"])


def _commanded(world: World) -> Counter[str]:
    """What the outbox has to pay from deposits, by dispute."""
    found: Counter[str] = Counter()
    text = "SELECT \"case\", content FROM outbox WHERE name = 'command:pay_from_deposit'"
    for case, content in world.rows(text):
        found[case] += hundredths(json.loads(content)["amount"])
    return found


def nobody_waits_in_a_closed_shop(world: World) -> None:
    """Whoever waits for a refund when the shop closes claims at once, at the same instant."""
    rows = world.rows("SELECT docket, workflow, state, data FROM cases")
    closed = {
        docket
        for docket, workflow, state, data in rows
        if (workflow, state) == ("account_standing", "closed")
        or (workflow == "shop_deposit" and "closed_by_staff" in json.loads(data))
    }
    assert not [d for d, _, state, _ in rows if state == "refund_due" and d in closed]
