"""The standing of an account by the book (RULES 4.4), from what its complaints say alone."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.laws.oracles import by_docket, is_practice
from tests.laws.stories import BEIJING, DAY, HOUR
from tests.laws.world import Line, World

LENGTHS = (7 * DAY, 15 * DAY)  # of the first and the second strike
YEAR = 365 * DAY  # how long the fuller practice counts
THRESHOLDS = ((24, 7 * DAY), (36, 15 * DAY), (48, 30 * DAY), (60, None))  # None: it closes
UNDER_APPEAL = ("awaiting_complainant", "staff_intervention")
HEARD = (
    "violation_upheld",
    "violation_reversed",
    "appeal_opened",
    "appeal_settled",
    "restriction_ends",
    "points_expire",
    "strikes_expire",
)


class Stand(NamedTuple):
    state: str
    points: int
    strikes: int
    restricted_until: str


class Violation(NamedTuple):
    complaint: str
    lane: str
    at: int
    filed_at: int
    scope: tuple[str, str]
    practice: bool  # rated by marketplace-practice; else by seed-2022
    points: int = 0

    def counts(self, at: int) -> bool:
        return not self.practice or at - self.at < YEAR


class Account:
    """Walks through what happened to an account, as if what was reversed had never been."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.until = 0
        self.undecided: set[str] = set()
        self.counted: set[str] = set()  # the strikes of a closure that is not decided
        self.closed = False

    def hears(self, line: Line, openings: dict[str, Line]) -> None:
        case = line.case or ""
        if line.kind == "event" and line.name == "uphold":
            self._upheld(line, openings[case])
        if line.to_state in UNDER_APPEAL:
            self.undecided.add(case)
        else:
            self.undecided.discard(case)
        self.closed |= bool(self.counted) and not self.counted & self.undecided

    def _upheld(self, line: Line, opening: Line) -> None:
        facts, at = opening.content["facts"], line.effective_at
        fresh = Violation(
            opening.case or "",
            line.content["facts"]["lane"],
            at,
            opening.effective_at,
            (facts["complainant"], facts["right_id"]),
            is_practice(opening),
        )
        before = self.points(at)
        cost = {"general": self._general, "minor": self._minor}.get(fresh.lane, lambda _: 0)(fresh)
        self.violations.append(fresh._replace(points=cost))
        if fresh.practice:
            self._crosses(before, before + cost, at)
        if fresh.lane == "severe":
            self._strikes(at)

    def _general(self, fresh: Violation) -> int:
        """Free when filed before 24:00 of day 5 after the last deducted one of its scope."""
        deducted = [
            v
            for v in self.violations
            if v.lane == "general" and v.points and (not fresh.practice or v.scope == fresh.scope)
        ]
        if deducted:
            last = BEIJING.local(deducted[-1].at).date().toordinal()
            return 0 if fresh.filed_at < BEIJING.midnight(last + 6) else 8
        return 4 if fresh.practice else 8

    def _minor(self, fresh: Violation) -> int:
        mine = [v for v in self.violations if v.lane == "minor" and v.points]
        return 1 if sum(fresh.at - v.at < 24 * HOUR for v in mine) < 2 else 0

    def _crosses(self, before: int, after: int, at: int) -> None:
        crossed = [length for points, length in THRESHOLDS if before < points <= after]
        if not crossed:
            return
        if crossed[-1] is None:
            self.closed = True
        else:
            self.until = max(self.until, at + crossed[-1])

    def _strikes(self, at: int) -> None:
        strikes = self.strikes(at)
        if len(strikes) > len(LENGTHS):
            self.counted = {v.complaint for v in strikes}
        else:
            self.until = max(self.until, at + LENGTHS[len(strikes) - 1])

    def points(self, at: int) -> int:
        return sum(v.points for v in self.violations if v.counts(at))

    def strikes(self, at: int) -> list[Violation]:
        return [v for v in self.violations if v.lane == "severe" and v.counts(at)]

    def stands(self, at: int) -> Stand:
        state, until = "good", "none"
        if self.closed:
            state = "closed"
        elif self.counted:
            state, until = "closure_pending", "undecided"
        elif self.until > at:
            state, until = "restricted", BEIJING.text(self.until)
        return Stand(state, self.points(at), len(self.strikes(at)), until)


def standing_by_the_book(lines: list[Line], at: int) -> Stand:
    """Both rulebooks side by side; what a docket's journal says up to an instant.

    Each violation is rated by the rulebook of its own complaint.
    """
    openings = {line.case: line for line in lines if line.kind == "opened"}
    gone = {line.case for line in lines if line.to_state in ("overturned", "withdrawn")}
    account = Account()
    for line in lines:
        opening = openings.get(line.case)
        if opening is None or opening.name != "ip_complaint" or line.case in gone:
            continue
        if line.kind in ("event", "timer"):
            account.hears(line, openings)
    return account.stands(at)


def ledgers_are_folds(world: World) -> None:
    """Law 6: at each word that a standing heard, and at each of its timers, and now."""
    for docket, lines in by_docket(world.journal()):
        shown: dict[str, Any] = {}
        for n, line in enumerate(lines):
            if line.name not in HEARD or line.kind not in ("message", "timer"):
                continue
            shown.update(line.content.get("data", {}))
            if _goes_on(lines, n):
                continue  # the other timers of this very instant have not acted yet
            found = Stand(
                line.to_state or "",
                shown.get("points", 0),
                shown.get("strikes", 0),
                shown.get("restricted_until") or "none",
            )
            wanted = standing_by_the_book(lines[: n + 1], line.effective_at)
            assert found == wanted, f"{docket} {line.seq}"
        said = Stand(**world.orchestrator.standing(docket))
        assert said == standing_by_the_book(lines, world.clock.now()), docket


def _goes_on(lines: list[Line], n: int) -> bool:
    """Whether the standing's next timer acts at the same instant."""
    return lines[n].kind == "timer" and any(
        later.case == lines[n].case and later.kind == "timer"
        for later in lines[n + 1 :]
        if later.effective_at == lines[n].effective_at
    )
