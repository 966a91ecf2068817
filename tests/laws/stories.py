"""Stories: lists of moves whose instants lie near the deadlines that the moves before them armed.

A `Move` is told in words that shrink well: *the k-th pending deadline and an offset*, *the n-th case
that may hear this event*. `told` plays them in a world with a perfect daemon, which learns the
deadlines, and gives the plain list of (instant, input) that every other world is then given.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from orchestrator.calendars import with_year
from orchestrator.core.instants import Zone, parse_instant
from tests.laws.world import Act, Outcome, World, parts

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
BEIJING = Zone("Asia/Shanghai")

STARTS = (
    "2025-03-03T10:00:00+08:00",
    "2025-04-25T18:00:00+08:00",  # make-up Sunday, then the holiday of May
    "2025-09-24T16:00:00+08:00",  # National Day
    "2026-12-21T10:00:00+08:00",  # the next year is not announced
)
NEAR = (0, -1, 1, -SECOND, SECOND, 30 * SECOND, -MINUTE, HOUR, -HOUR, DAY, -DAY)
LATER = (0, 0, 1, SECOND, 5 * MINUTE, HOUR, 8 * HOUR, DAY, DAY - 1, DAY + 1, 3 * DAY, 12 * DAY)
SHOPS = ("shop-1", "shop-2", "holder-1", "a-shop")
HOLDERS = ("holder-1", "b-holder", "shop-2")
LANES = ("general", "minor", "severe")

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
}
LIKELY = (
    *("uphold",) * 7,
    *("appeal",) * 4,
    *("request_supplement", "supplement", "withdraw") * 2,
    *("respond", "accept_appeal", "dismiss_appeal", "grant_appeal", "overturn", "reject"),
    *("approve", "confirm", "suspend", "reinstate", "ban", "revoke", "second_appeal"),
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


class Move(NamedTuple):
    """When (near the k-th pending deadline, or so much later), and what."""

    near: int | None  # the k-th pending deadline; None: from the move before
    offset: int
    deed: str  # the name of a method of `Teller`, without its underscore
    name: str = ""
    pick: int = 0
    more: int = 0
    keyed: bool = True


class Story(NamedTuple):
    start: int
    moves: tuple[Move, ...]


class Plan(NamedTuple):
    """The plain inputs of a story, and what its deadlines were."""

    start: int
    inputs: tuple[tuple[int, Act], ...]
    end: int
    deadlines: tuple[int, ...]  # every instant at which a timer fired


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
PRELUDES = ((), ESTABLISHED, FILED, UPHELD, APPEALED, STRIKES, ASKED)


@st.composite
def moves(draw: st.DrawFn) -> Move:
    near = draw(st.none() | st.integers(0, 4))
    offset = draw(st.sampled_from(LATER if near is None else NEAR))
    deed = draw(
        st.sampled_from(
            ("progress",) * 14
            + ("event",) * 4
            + ("files",) * 5
            + ("files_for_real",) * 2
            + ("registers", "deposits", "wrong", "wrong", "again", "otherwise", "announces")
        )
    )
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


def stories(preludes: tuple[tuple[Move, ...], ...] = PRELUDES) -> st.SearchStrategy[Story]:
    """Stories of some dozen moves; they shrink to a few."""
    some = st.lists(moves(), max_size=7)
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


def told(story: Story, world: World, tail: int = 60 * DAY, *, named: bool = False) -> Plan:
    """Play a story with a perfect daemon; gives the plain inputs. The world is at its end then.

    named   every case has an id of its caller's
    """
    teller = Teller(world, named=named)
    at = story.start
    world.move_to(at)
    inputs: list[tuple[int, Act]] = []
    for n, move in enumerate(story.moves):
        act_at = _instant(world, move, at)
        world.wake_at_each_deadline(act_at)
        act = teller.act(n, move)
        if act is None:
            world.wake()
            continue
        at = act_at
        inputs.append((at, act))
        teller.outcomes.append(world.act(act))
        world.wake()
    end = at + tail
    world.wake_at_each_deadline(end)
    world.wake()
    fired = world.rows("SELECT DISTINCT effective_at FROM journal WHERE kind = 'timer'")
    return Plan(story.start, tuple(inputs), end, tuple(sorted(row[0] for row in fired)))


def _instant(world: World, move: Move, before: int) -> int:
    if move.near is None:
        return max(before + move.offset, world.clock.now())
    pending = [
        row[0]
        for row in world.rows(
            "SELECT DISTINCT due_at FROM timers WHERE due_at > ? ORDER BY due_at", before
        )
    ]
    if not pending:
        return max(before, world.clock.now())
    due = pending[move.near % len(pending)]
    return max(due + move.offset, world.clock.now())


class Teller:
    """Turns moves into inputs, by what stands in the world now."""

    def __init__(self, world: World, *, named: bool = False) -> None:
        self.world = world
        self.named = named
        self.sent: list[Act] = []
        self.outcomes: list[Outcome] = []
        self.ways = {
            (workflow.name, state.name, way.event)
            for workflow in parts().registry.workflows.values()
            for state, way in workflow.all_ways()
        }

    def act(self, n: int, move: Move) -> Act | None:
        act = getattr(self, f"_{move.deed}")(n, move)
        if act is None:
            return None
        if move.deed not in ("again", "otherwise") and act.what != "announce" and move.keyed:
            act = act._replace(key=f"key-{n}")
        if self.named and act.what == "open" and act.case is None:
            act = act._replace(case=f"c{n}")
        self.sent.append(act)
        return act

    def _files(self, n: int, move: Move) -> Act:
        return self._filing(n, move, assume=True)

    def _files_for_real(self, n: int, move: Move) -> Act:
        return self._filing(n, move, assume=False)

    def _filing(self, n: int, move: Move, *, assume: bool) -> Act:
        facts = {
            "complainant": HOLDERS[move.more % len(HOLDERS)],
            "right_id": "TM-1" if move.more < 4 else "TM-2",
            "listings": ["https://example.com/1", "https://example.com/2"],
            "reason": "counterfeit",
        }
        case = f"c{n}" if move.more % 2 else None
        return Act(
            "open",
            "ip_complaint",
            by="complainant",
            facts=facts,
            docket=SHOPS[move.pick % len(SHOPS)],
            case=case,
            assume=assume,
        )

    def _registers(self, n: int, move: Move) -> Act:
        facts = {"kind": "person", "name": "Wang", "identity_document": "E-1"}
        holder = HOLDERS[move.pick % len(HOLDERS)]
        return Act("open", "complainant_registration", by="complainant", facts=facts, docket=holder)

    def _deposits(self, n: int, move: Move) -> Act:
        today = BEIJING.local(self.world.clock.now()).date()
        last = today + timedelta(days=(-1, 3, 31, 45, 30, 400)[move.more % 6])
        facts = {
            "right_id": "TM-1" if move.more < 4 else "TM-2",
            "kind": "trademark",
            "holder": "Wang",
            "is_holder": True,
            "proof": "E-3",
            "right_expires_on": last.isoformat(),
        }
        holder = HOLDERS[move.pick % len(HOLDERS)]
        return Act("open", "rights_registration", by="complainant", facts=facts, docket=holder)

    def _progress(self, n: int, move: Move) -> Act | None:
        """Something that is possible somewhere."""
        able = [
            (name, case)
            for name in EVENTS
            for case, workflow, state in self._cases()
            if (workflow, state, name) in self.ways
        ]
        if not able:
            return self._files(n, move)
        name, case = able[(move.pick * 7 + move.more) % len(able)]
        return self._to(case, name, move)

    def _event(self, n: int, move: Move) -> Act | None:
        case = self._case(move.name, move.pick)
        return None if case is None else self._to(case, move.name, move)

    def _to(self, case: str, name: str, move: Move) -> Act:
        by, facts = EVENTS[name]
        if name == "uphold":
            facts = {"lane": LANES[move.more % len(LANES)]}
            if move.more > 3:
                facts = {**facts, "listings": [f"https://example.com/{move.more - 2}"]}
        return Act("inject", case, name, by, facts)

    def _cases(self) -> list[tuple[str, str, str]]:
        return self.world.rows("SELECT id, workflow, state FROM cases ORDER BY opened_at, id")

    def _case(self, name: str, pick: int) -> str | None:
        """The pick-th case that may hear this now; else one that knows it at all."""
        cases = self._cases()
        able = [i for i, workflow, state in cases if (workflow, state, name) in self.ways]
        if not able:
            knows = {workflow for workflow, _, event in self.ways if event == name}
            able = [i for i, workflow, _ in cases if workflow in knows]
        return able[pick % len(able)] if able else None

    def _wrong(self, n: int, move: Move) -> Act | None:
        if move.name == "no_case":
            return Act("inject", "nobody", "withdraw", "complainant", {})
        if move.name == "no_workflow":
            return Act("open", "no_such_workflow", by="complainant", facts={}, docket="shop-1")
        if move.name == "opener":
            return self._registers(n, move)._replace(by="respondent")
        if move.name == "taken":
            case = self._case("withdraw", move.pick)
            if case is None:
                return None
            filing = self._filing(n, move, assume=True)
            return filing._replace(case=case if case.startswith("c") else "c999")
        case = self._case("withdraw", move.pick) or self._case("approve", move.pick)
        if case is None:
            return None
        return {
            "role": Act("inject", case, "uphold", "respondent", {"lane": "minor"}),
            "timer": Act("inject", case, "review_limit", "staff", {}),
            "message": Act("inject", case, "violation_upheld", "system", {}),
            "unknown_event": Act("inject", case, "explode", "staff", {"x": 1}),
            "no_facts": Act("inject", case, "request_supplement", "staff", {}),
            "odd_facts": Act(
                "inject", case, "request_supplement", "staff", {"wanted": " ", "y": 2}
            ),
        }[move.name]

    def _again(self, n: int, move: Move) -> Act | None:
        keyed = [act for act in self.sent if act.key]
        return keyed[-1 - move.pick % len(keyed)] if keyed else None

    def _otherwise(self, n: int, move: Move) -> Act | None:
        act = self._again(n, move)
        if act is None:
            return None
        return act._replace(facts={**(act.facts or {}), "reason": f"other {n}"})

    def _announces(self, n: int, move: Move) -> Act:
        """Holds now or a day later, and never before the one announced before it."""
        latest = self.world.one("SELECT max(announced_at) FROM calendar_editions")
        after = max((0, 0, 0, DAY)[move.pick], latest - self.world.clock.now())
        return Act("announce", edition(self.world, move.more), after=after)


def edition(world: World, which: int) -> str:
    """The latest calendar with a year announced, or amended: days off put where deadlines lie."""
    text = world.one(
        "SELECT content FROM calendar_editions WHERE calendar = 'cn' ORDER BY number DESC LIMIT 1"
    )
    today = BEIJING.local(world.clock.now()).date()
    year = 2027 if which % 2 == 0 else today.year
    days = list(json.loads(text)["years"].get(str(year), []))
    first = date(2027, 1, 2) if year == 2027 else today + timedelta(days=1)
    known = {day["date"] for day in days}
    for plus in range(which // 2 * 2 + 1):
        day = first + timedelta(days=plus)
        if day.isoformat() not in known and day.year == year:
            off = plus % 4 != 3
            days.append({"name": f"notice {which}", "date": day.isoformat(), "isOffDay": off})
    return with_year(text, year, days)
