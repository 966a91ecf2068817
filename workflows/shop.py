"""What the standing, the deposit and the disputes of a shop know of each other (RULES 4.5, 4.6).

They live in one docket and see each other's results at the same instant.
"""

from __future__ import annotations

from orchestrator.core.values import Case
from orchestrator.core.view import View


def deposit_of(view: View) -> Case | None:
    """The docket's deposit: there is one at most."""
    return view.one("shop_deposit")


def shop_is_closed(view: View) -> bool:
    """Its standing is `closed`, or staff's `shop_closed` was accepted."""
    standing, deposit = view.one("account_standing"), deposit_of(view)
    if standing is not None and standing.state == "closed":
        return True
    return deposit is not None and "closed_by_staff" in deposit.data


def waiting_for_a_refund(view: View) -> list[Case]:
    """The disputes in `refund_due`, in the order in which they entered it."""
    waiting = [case for case in view.cases("order_dispute") if case.state == "refund_due"]
    return sorted(waiting, key=lambda case: (case.since, case.seq))
