"""Stories told: a perfect daemon learns the deadlines, and moves become plain inputs."""

from __future__ import annotations

import json
from datetime import date, timedelta

from orchestrator.calendars import with_year
from tests.laws.orders import AMOUNTS, BALANCES, UNTIL
from tests.laws.stories import (
    BEIJING,
    DAY,
    EVENTS,
    HOLDERS,
    LANES,
    PRACTICE,
    SHOPS,
    Move,
    Plan,
    Story,
)
from tests.laws.world import Act, Outcome, World, parts


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
        if (
            move.deed not in ("again", "otherwise")
            and act.what in ("open", "inject")
            and move.keyed
        ):
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
        return Act(
            "open",
            "ip_complaint",
            by="complainant",
            facts=facts,
            docket=SHOPS[move.pick % len(SHOPS)],
            case=f"c{n}" if move.more % 2 else None,
            assume=assume,
            rulebook=PRACTICE if (move.pick + move.more) % 3 == 2 else None,
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

    def _disputes(self, n: int, move: Move) -> Act:
        now = self.world.clock.now()
        until = now + UNTIL[move.more % len(UNTIL)]
        if move.pick == 3:  # at the midnight that is next, or some days after it
            until = BEIJING.midnight(BEIJING.local_day(until) + 1)
        facts = {
            "order_id": f"order-{n}",
            "buyer": "buyer-1",
            "amount": AMOUNTS[(move.pick + move.more) % len(AMOUNTS)],
            "currency": "USD" if move.pick + move.more == 5 else "CNY",
            "after_sales_until": BEIJING.text(until),
            "reason": "broken",
        }
        return Act(
            "open",
            "order_dispute",
            by="buyer",
            facts=facts,
            docket=SHOPS[move.pick % 2],
            case=f"c{n}" if move.more % 2 else None,
            rulebook=PRACTICE if move.more % 3 == 2 else None,
        )

    def _pays_in(self, n: int, move: Move) -> Act:
        facts = {"balance": BALANCES[move.more % len(BALANCES)]}
        if move.pick != 1:
            facts["currency"] = "CNY"
        docket = SHOPS[move.pick % 2]
        return Act("open", "shop_deposit", by="staff", facts=facts, docket=docket)

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
        elif name in ("agree", "rule_for_buyer") and move.more > 2:
            facts = {**facts, "amount": AMOUNTS[move.more]}
        elif name == "submit_evidence" and move.more % 2:
            by = "seller"
        elif name == "refund_paid" and move.more == 3:
            by = "system"
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
            "message": Act("inject", self._standing() or case, "violation_upheld", "system", {}),
            "unknown_event": Act("inject", case, "explode", "staff", {"x": 1}),
            "no_facts": Act("inject", case, "request_supplement", "staff", {}),
            "odd_facts": Act(
                "inject", case, "request_supplement", "staff", {"wanted": " ", "y": 2}
            ),
        }[move.name]

    def _standing(self) -> str | None:
        found = [case for case, workflow, _ in self._cases() if workflow == "account_standing"]
        return found[0] if found else None

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

    def _upgrades(self, n: int, move: Move) -> Act | None:
        return None if self.world.upgraded else Act("upgrade", "")


def edition(world: World, which: int) -> str:
    """The latest calendar with a year announced, or amended where deadlines lie.

    Days off put deadlines later, make-up working days sooner; a day may become ordinary again.
    """
    text = world.one(
        "SELECT content FROM calendar_editions WHERE calendar = 'cn' ORDER BY number DESC LIMIT 1"
    )
    today = BEIJING.local(world.clock.now()).date()
    year = 2027 if which % 2 == 0 else today.year
    days = {day["date"]: day for day in json.loads(text)["years"].get(str(year), [])}
    first = date(2027, 1, 2) if year == 2027 else today + timedelta(days=1)
    for plus in range(which // 2 * 2 + 1):
        day = first + timedelta(days=plus)
        said, free = day.isoformat(), day.weekday() > 4
        if day.year != year:
            break
        if said not in days:
            off = plus % 4 != 3 and not (free and which > 2)
            days[said] = {"name": f"notice {which}", "date": said, "isOffDay": off}
        elif which > 2 and len(days) > 1:
            del days[said]
    return with_year(text, year, sorted(days.values(), key=lambda day: day["date"]))
