"""Stories: lists of moves whose instants lie near the deadlines that the moves before them armed.

A `Move` is told in words that shrink well: *the k-th pending deadline and an offset*, *the n-th case
that may hear this event*. `told.told` plays them in a world with a perfect daemon, which learns the
deadlines, and gives the plain list of (instant, input) that every other world is then given.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from orchestrator.core.instants import Zone, parse_instant
from tests.laws.moves import DAY, HOUR, MINUTE, SECOND, Move, Plan, Story
from tests.laws.orders import LIKELY_OF_ORDERS, ORDER_EVENTS, ORDERS

__all__ = ["DAY", "HOUR", "MINUTE", "SECOND", "Move", "Plan", "Story", "stories"]

BEIJING = Zone("Asia/Shanghai")

STARTS = (
    "2025-03-03T10:00:00+08:00",
    "2025-04-25T18:00:00+08:00",  # make-up Sunday, then the holiday of May
    "2025-09-24T16:00:00+08:00",  # National Day
    *("2026-12-21T10:00:00+08:00",) * 2,  # the next year is not announced
)
NEAR = (0, -1, 1, -SECOND, SECOND, 30 * SECOND, -MINUTE, HOUR, -HOUR, DAY, -DAY)
LATER = (0, 0, 1, SECOND, 5 * MINUTE, HOUR, 8 * HOUR, DAY, DAY - 1, DAY + 1, 3 * DAY, 12 * DAY)
SHOPS = ("shop-1", "shop-2", "holder-1", "a-shop")
HOLDERS = ("holder-1", "b-holder", "shop-2")
LANES = ("general", "minor", "severe")
PRACTICE = "marketplace-practice"

REASON = {"reason": "because"}
EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "uphold": ("staff", {}),
    "appeal": ("respondent", {"grounds": "not mine"}),
    "respond": ("complainant", {"statement": "it is"}),
    "accept_appeal": ("complainant", {}),
    "dismiss_appeal": ("staff", REASON),
    "grant_appeal": ("staff", REASON),
    "withdraw": ("complainant", {}),
    "overturn": ("staff", REASON),
    "request_supplement": ("staff", {"wanted": "a better copy"}),
    "supplement": ("complainant", {"materials": "E-2"}),
    "reject": ("staff", REASON),
    "approve": ("staff", {}),
    "confirm": ("staff", {}),
    "suspend": ("staff", REASON),
    "reinstate": ("staff", {}),
    "ban": ("staff", REASON),
    "revoke": ("staff", REASON),
    "second_appeal": ("respondent", {"grounds": "once more"}),
    **ORDER_EVENTS,
}
LIKELY = (
    *("uphold",) * 7,
    *("appeal",) * 4,
    *("request_supplement", "supplement", "withdraw") * 2,
    *("respond", "accept_appeal", "dismiss_appeal", "grant_appeal", "overturn", "reject"),
    *("approve", "confirm", "suspend", "reinstate", "ban", "revoke", "second_appeal"),
    *("second_appeal", "dismiss_appeal", "grant_appeal", "request_supplement", "supplement"),
    *("ban", "reject"),
    *LIKELY_OF_ORDERS,
)
WRONG = (
    "role",
    "timer",
    "message",
    "unknown_event",
    "no_facts",
    "odd_facts",
    "no_case",
    "taken",
    "no_workflow",
    "opener",
)

ESTABLISHED = (
    Move(None, 0, "registers", pick=0),
    Move(None, HOUR, "event", "approve"),
    Move(None, HOUR, "deposits", pick=0, more=2),
    Move(None, HOUR, "event", "confirm"),
)
FILED = (Move(None, 0, "files"), Move(None, 0, "files"), Move(None, HOUR, "files"))
UPHELD = (Move(None, 0, "files"), Move(None, HOUR, "event", "uphold"))
APPEALED = (*UPHELD, Move(None, HOUR, "event", "appeal"))
STRIKES = (
    *FILED,
    Move(None, HOUR, "event", "uphold", more=2),
    Move(None, HOUR, "event", "appeal"),
    Move(None, HOUR, "event", "uphold", more=2),
    Move(None, HOUR, "event", "uphold", more=2),
)
ASKED = (*FILED, Move(None, HOUR, "event", "request_supplement"))
LATE = (*FILED, Move(1, 0, "event", "request_supplement"))  # the review is overdue
EDGES = (  # frozen a microsecond before a deadline, resumed a microsecond before the window ends
    *FILED,
    Move(0, -1, "event", "request_supplement"),
    Move(0, -1, "event", "supplement"),
    Move(0, -1, "event", "request_supplement"),
)
SPENT = (  # two rounds of supplements are used up; a third is refused
    *FILED,
    *(Move(None, DAY, "event", name) for name in ("request_supplement", "supplement") * 2),
    Move(None, DAY, "event", "request_supplement"),
)
FOR_REAL = (*ESTABLISHED, Move(None, 0, "files_for_real"), Move(0, 0, "files_for_real"))
PENDING = (*STRIKES, Move(None, HOUR, "files"), Move(None, HOUR, "event", "uphold", more=2))
SETTLED = (
    *PENDING,
    Move(None, HOUR, "event", "appeal"),
    Move(None, HOUR, "event", "respond"),
    Move(None, HOUR, "event", "dismiss_appeal"),
)
ASKED_AGAIN = (
    Move(None, 0, "registers"),
    *(Move(None, HOUR, "event", name) for name in ("request_supplement", "supplement", "approve")),
    Move(None, HOUR, "deposits", more=2),
    *(Move(None, HOUR, "event", name) for name in ("request_supplement", "supplement")),
    Move(None, HOUR, "files_for_real"),  # the right is not confirmed yet
)
CLOSED = (
    *FILED,
    *(Move(None, HOUR, "files"),) * 2,
    *(Move(None, HOUR, "event", "uphold", more=2),) * 3,
    Move(None, HOUR, "event", "uphold", more=1),
    *(Move(None, HOUR, "event", name) for name in ("appeal", "respond", "dismiss_appeal")),
)
RESTRICTED = (
    *FILED[:2],
    Move(None, HOUR, "event", "uphold", more=2),
    *(Move(None, HOUR, "event", name) for name in ("appeal", "respond", "dismiss_appeal")),
)
ANSWERED = (
    *FILED,
    *(Move(None, HOUR, "event", "uphold", more=1),) * 3,
    *(Move(None, HOUR, "event", "appeal"),) * 3,
    *(Move(None, HOUR, "event", name) for name in ("accept_appeal", "respond", "withdraw")),
)
TURNED = (
    *ESTABLISHED,
    *(Move(None, HOUR, "event", name) for name in ("revoke", "suspend", "reinstate")),
    Move(None, 0, "registers", pick=1),
    Move(None, HOUR, "event", "reject"),
)
ONCE_MORE = (
    Move(None, 0, "files", more=2),
    Move(None, HOUR, "event", "uphold", more=1),
    Move(0, HOUR, "event", "second_appeal"),
)
SUSPENDED = (*ESTABLISHED[:3], Move(None, HOUR, "event", "suspend"))
FINAL = (*UPHELD, Move(0, 0, "event", "uphold", more=3))  # the first window has ended
PRELUDES = (
    *((), ESTABLISHED, FILED, UPHELD, APPEALED, STRIKES),
    *(ASKED, LATE, EDGES, SPENT, FINAL, SETTLED, CLOSED, SUSPENDED, ASKED_AGAIN),
    *(RESTRICTED, ANSWERED, TURNED, ONCE_MORE),
    *ORDERS,
)


DEEDS = (
    *("progress",) * 14,
    *("event",) * 5,
    *("files",) * 5,
    *("files_for_real", "announces", "wrong") * 2,
    *("registers", "deposits", "again", "otherwise"),
    *("disputes", "pays_in"),
)

READING = (*DEEDS[:19], *("files_for_real",) * 8, "deposits", "announces")


@st.composite
def moves(draw: st.DrawFn, deeds: tuple[str, ...] = DEEDS) -> Move:
    near = draw(st.none() | st.integers(0, 4))
    offset = draw(st.sampled_from(LATER if near is None else NEAR))
    deed = draw(st.sampled_from(deeds))
    name = ""
    if deed == "event":
        name = draw(st.sampled_from(LIKELY))
    elif deed == "wrong":
        name = draw(st.sampled_from(WRONG))
    return Move(
        near,
        offset,
        deed,
        name,
        draw(st.integers(0, 3)),
        draw(st.integers(0, 5)),
        draw(st.booleans()),
    )


def stories(
    preludes: tuple[tuple[Move, ...], ...] = PRELUDES, deeds: tuple[str, ...] = DEEDS
) -> st.SearchStrategy[Story]:
    """Stories of some dozen moves; they shrink to a few."""
    some = st.lists(moves(deeds), max_size=7)
    return st.builds(
        lambda start, before, *rest: Story(
            parse_instant(start), (*before, *(move for part in rest for move in part))
        ),
        st.sampled_from(STARTS),
        st.sampled_from(preludes),
        some,
        some,
        some,
    )
