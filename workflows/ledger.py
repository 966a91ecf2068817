"""The penalty ledger as a fold (RULES 4.4): what stands, in order, gives points and restrictions.

A ledger is the list of what happened to an account, in order: `upheld`, `appeal_opened`,
`appeal_settled`, `reversed`. Nothing in it is ever edited. `rate` reads it from the beginning as
if a reversed violation had never been, each violation by the rulebook of its own complaint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from orchestrator.core.instants import MICROS_PER_HOUR, Zone, parse_instant
from orchestrator.core.spans import Span
from orchestrator.core.values import Case
from orchestrator.core.workflow import RulesModel
from workflows.common import DaysOrHours, Elapsed

UNDECIDED = "undecided"

Happening = Mapping[str, Any]


class General(RulesModel):
    """The general lane (一般侵权)."""

    scope: Literal["respondent", "complainant_and_right"]
    first: int = Field(ge=0)  # points of the first deducted one in the scope
    later: int = Field(ge=0)
    free_window: Annotated[
        DaysOrHours, Field(description="filed this soon after a deduction: free")
    ]


class Minor(RulesModel):
    """The lane of other improper use (其他不当使用)."""

    points: int = Field(ge=0)
    cap: int = Field(ge=0)  # of this lane, in any `cap_window`
    cap_window: Elapsed


class Severe(RulesModel):
    """The severe lane (严重侵权): the n-th strike restricts, the one after the last closes."""

    restrictions: tuple[Elapsed, ...] = Field(strict=False)
    valid: Elapsed | None = None  # without it a strike counts for ever


class Threshold(RulesModel):
    """What happens when the sum in force comes to `points` or above."""

    points: int = Field(ge=1)
    does: Literal["warn", "restrict", "close"]
    restrict: Elapsed | None = None

    @model_validator(mode="after")
    def what_restricts_says_for_how_long(self) -> Threshold:
        if self.does == "restrict" and self.restrict is None:
            raise ValueError("restrict: required where does is 'restrict', got nothing")
        if self.does != "restrict" and self.restrict is not None:
            got = self.restrict.as_data()
            raise ValueError(f"restrict: only where does is 'restrict', got {got}")
        return self


def _each_sum_once(thresholds: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    sums = [threshold.points for threshold in thresholds]
    if len(set(sums)) < len(sums):
        raise ValueError(f"each number of points once, got {', '.join(map(str, sums))}")
    return thresholds


class Rules(RulesModel):
    general: General
    minor: Minor
    severe: Severe
    points_valid: Elapsed | None = None
    thresholds: Annotated[tuple[Threshold, ...], AfterValidator(_each_sum_once)] = Field(
        (), strict=False
    )


class Standing(NamedTuple):
    """What a ledger comes to at one instant. Instants in microseconds UTC."""

    state: str
    points: int
    strikes: int
    restricted_until: int | str | None  # an instant, "undecided", or none
    window_ends: int | None  # the next end of a no-deduction window
    points_expire: int | None
    strikes_expire: int | None


class Books(NamedTuple):
    """How each violation is rated: the rules and the zone of a rulebook, by its pin."""

    rules_of: Callable[[str], Rules]
    zone: Zone


def violations(standing: Case | None) -> list[Happening]:
    """The violations that stand, in order of uphold."""
    ledger = standing.data.get("ledger", []) if standing else []
    return [happening for happening in _not_reversed(ledger) if happening["what"] == "upheld"]


def rate(ledger: Sequence[Happening], at: int, books: Books) -> Standing:
    """The standing at an instant: a pure function of what happened up to it."""
    account = _Account(books)
    for happening in _not_reversed(ledger):
        account.takes(happening)
    return account.standing(at)


def _not_reversed(ledger: Sequence[Happening]) -> list[Happening]:
    gone = {h["complaint"] for h in ledger if h["what"] == "reversed"}
    return [h for h in ledger if h["complaint"] not in gone]


class _Rated(NamedTuple):
    """A violation with what it cost."""

    at: int
    lane: str
    complaint: str
    scope: tuple[str, str]
    points: int
    valid: int | None  # how long it counts
    window_ends: int  # of a deducted general one

    def counts(self, at: int) -> bool:
        return self.valid is None or at - self.at < self.valid


class _Account:
    """The fold itself: one pass over what stands."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.rated: list[_Rated] = []
        self.ends: list[int] = []
        self.undecided: set[str] = set()  # complaints whose appeal is open
        self.counted: set[str] | None = None  # the strikes of a closure that is not decided yet
        self.closed = False

    def takes(self, happening: Happening) -> None:
        if happening["what"] == "upheld":
            self._upheld(happening, self.books.rules_of(happening["rulebook"]))
        elif happening["what"] == "appeal_opened":
            self.undecided.add(happening["complaint"])
        else:
            self.undecided.discard(happening["complaint"])
        if self.counted is not None and not self.counted & self.undecided:
            self.closed = True  # once closed, a later appeal does not reopen it

    def _upheld(self, violation: Happening, rules: Rules) -> None:
        at = _micros(violation["at"])
        scope = (violation["complainant"], violation["right_id"])
        lane = violation["lane"]
        points = {"general": self._general, "minor": self._minor, "severe": self._severe}[lane](
            violation, at, scope, rules
        )
        validity = rules.severe.valid if lane == "severe" else rules.points_valid
        window = _window_end(rules.general.free_window, at, self.books.zone)
        before = self._points(at)
        self.rated.append(
            _Rated(at, lane, violation["complaint"], scope, points, _length(validity), window)
        )
        self._crosses(before, before + points, at, rules)
        if lane == "severe":
            self._strike(at, rules)

    def _general(self, violation: Happening, at: int, scope: tuple[str, str], rules: Rules) -> int:
        """Free when filed before the window after the last deducted one of its scope ends."""
        everyone = rules.general.scope == "respondent"
        deducted = [
            r
            for r in self.rated
            if r.lane == "general" and r.points and (everyone or r.scope == scope)
        ]
        if not deducted:
            return rules.general.first
        window_ends = _window_end(rules.general.free_window, deducted[-1].at, self.books.zone)
        return 0 if _micros(violation["filed_at"]) < window_ends else rules.general.later

    def _minor(self, violation: Happening, at: int, scope: tuple[str, str], rules: Rules) -> int:
        """At most `cap` points of this lane in any window, rolling."""
        window = rules.minor.cap_window.number * MICROS_PER_HOUR
        recent = sum(r.points for r in self.rated if r.lane == "minor" and at - r.at < window)
        return rules.minor.points if recent + rules.minor.points <= rules.minor.cap else 0

    def _severe(self, violation: Happening, at: int, scope: tuple[str, str], rules: Rules) -> int:
        return 0

    def _strike(self, at: int, rules: Rules) -> None:
        strikes = [r.complaint for r in self.rated if r.lane == "severe" and r.counts(at)]
        if len(strikes) <= len(rules.severe.restrictions):
            self.ends.append(at + (_length(rules.severe.restrictions[len(strikes) - 1]) or 0))
        else:
            self.counted = set(strikes)

    def _crosses(self, before: int, after: int, at: int, rules: Rules) -> None:
        """The highest threshold that the sum passes from below, and that one alone."""
        crossed = [t for t in rules.thresholds if before < t.points <= after]
        if not crossed:
            return
        highest = max(crossed, key=lambda threshold: threshold.points)
        if highest.does == "close":
            self.closed = True
        elif highest.does == "restrict":
            self.ends.append(at + (_length(highest.restrict) or 0))

    def _points(self, at: int) -> int:
        return sum(r.points for r in self.rated if r.counts(at))

    def standing(self, at: int) -> Standing:
        until: int | str | None = max(self.ends, default=0)
        if self.closed:
            state, until = "closed", None
        elif self.counted is not None:
            state, until = "closure_pending", UNDECIDED
        elif isinstance(until, int) and until > at:
            state = "restricted"
        else:
            state, until = "good", None
        strikes = [r for r in self.rated if r.lane == "severe" and r.counts(at)]
        costly = [r for r in self.rated if r.points and r.counts(at)]
        return Standing(
            state,
            sum(r.points for r in costly),
            len(strikes),
            until,
            self._next_window(at),
            min((r.at + r.valid for r in costly if r.valid), default=None),
            min((r.at + r.valid for r in strikes if r.valid), default=None),
        )

    def _next_window(self, at: int) -> int | None:
        deducted = [r for r in self.rated if r.lane == "general" and r.points]
        last_of_scope = {r.scope: r for r in deducted}.values()
        return min((r.window_ends for r in last_of_scope if r.window_ends > at), default=None)


def _length(span: Span | None) -> int | None:
    return None if span is None else span.number * MICROS_PER_HOUR


def _window_end(span: Span, anchor: int, zone: Zone) -> int:
    """24:00 of the n-th day after the day of the anchor."""
    if span.unit == "hours":
        return anchor + span.number * MICROS_PER_HOUR
    return zone.midnight(zone.local_day(anchor) + span.number + 1)


@lru_cache(maxsize=65_536)
def _micros(text: str) -> int:
    return parse_instant(text)
