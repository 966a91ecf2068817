"""Stories about orders and deposits: what is said in them, and beginnings that lead somewhere."""

from __future__ import annotations

from typing import Any

from tests.laws.moves import DAY, HOUR, MINUTE, Move

ORDER_EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "agree": ("seller", {}),
    "refuse": ("seller", {"reason": "used"}),
    "request_intervention": ("buyer", {}),
    "cancel": ("buyer", {}),
    "submit_evidence": ("buyer", {"evidence": "photographs"}),
    "rule_for_buyer": ("staff", {"amount": "300.00", "reason": "because"}),
    "rule_for_seller": ("staff", {"reason": "because"}),
    "refund_paid": ("seller", {}),
    "top_up": ("seller", {"amount": "50.00"}),
    "shop_closed": ("staff", {}),
    "request_release": ("seller", {}),
}
LIKELY_OF_ORDERS = (
    *("agree",) * 4,
    *("request_intervention", "submit_evidence", "shop_closed", "rule_for_buyer") * 2,
    *("refuse", "cancel", "rule_for_seller", "refund_paid", "top_up", "request_release"),
)
AMOUNTS = ("300.00", "700.00", "300.01", "450.50", "0.01", "1000.00")
BALANCES = ("500.00", "1000.00", "0.50", "300.00", "699.99", "700.00")
UNTIL = (9 * DAY, 30 * DAY, 3 * DAY, DAY, 2 * HOUR, 0)  # of the after-sales period; 0: it is over


def event(name: str, *, after: int = HOUR, pick: int = 0, more: int = 0) -> Move:
    return Move(None, after, "event", name, pick, more)


PAID_IN = Move(None, 0, "pays_in")
ORDERED = (Move(None, 0, "disputes"), Move(None, MINUTE, "disputes", more=1))
AGREED = (
    PAID_IN,
    *ORDERED,
    event("agree"),
    event("agree"),
    event("refund_paid"),
    Move(0, 0, "event", "top_up"),
)
IN_EVIDENCE = (
    *ORDERED,
    event("request_intervention"),
    event("request_intervention"),
    event("submit_evidence", more=1),
    event("submit_evidence"),
)
IN_RULING = (
    *IN_EVIDENCE,
    Move(None, 0, "disputes", more=1),
    event("rule_for_seller"),
    event("request_intervention"),
    event("cancel"),
    Move(0, 0, "event", "rule_for_buyer"),
)
RULED_LATE = (
    *IN_EVIDENCE,
    *(Move(0, 0, "event", name) for name in ("cancel", "rule_for_buyer", "cancel", "cancel")),
)
PRACTISED = (
    Move(None, 0, "disputes", more=2),  # under marketplace-practice
    event("request_intervention"),  # too soon
    Move(None, 0, "disputes", pick=1, more=1),
    event("refuse"),
    Move(1, 0, "event", "refuse", pick=1),
    Move(1, 0, "event", "refuse"),
)
SHUT = (  # staff close the shop while refunds are due
    PAID_IN,
    *ORDERED,
    Move(None, 0, "disputes", more=4),
    event("agree", pick=1),
    event("agree"),
    event("request_release"),
    event("shop_closed"),
    event("top_up"),
    event("cancel"),
    event("request_release"),
    Move(None, HOUR, "disputes"),
    event("agree"),
)
STRIKE = (Move(None, 0, "files"), event("uphold", after=0, more=2))
ENDED = (*STRIKE, *STRIKE, *STRIKE)  # the account is closed
CLOSED_ACCOUNT = (PAID_IN, *ORDERED, event("agree"), *ENDED, event("agree"), event("top_up"))
REOPENED = (*CLOSED_ACCOUNT, event("withdraw"), Move(None, HOUR, "disputes"), event("agree"))
CLOSED_TWICE = (PAID_IN, event("shop_closed"), *ENDED, event("withdraw"), event("request_release"))
PAID_IN_LATE = (*ENDED, PAID_IN, *ORDERED, event("agree"), event("withdraw"), event("top_up"))

ORDERS = (
    *(AGREED, IN_EVIDENCE, IN_RULING, RULED_LATE, PRACTISED, SHUT),
    *(CLOSED_ACCOUNT, REOPENED, CLOSED_TWICE, PAID_IN_LATE),
)
DEEDS_OF_ORDERS = (*("disputes",) * 6, "pays_in", *("progress",) * 8, *("event",) * 3)
