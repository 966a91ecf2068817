"""RULES 4.4 read aloud: what an account comes to under both rulebooks, asked again for every line.

Written from the text alone, with its numbers as they stand there, and not from `workflows.ledger`:
every question looks at all that was said before, so it is slow and there is little to get wrong.
Instants are wall-clock times of Beijing, which has had one offset for as long as these stories.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import NamedTuple

SEED, PRACTICE = "seed", "practice"
YEAR = timedelta(hours=365 * 24)
WEEK, FORTNIGHT, MONTH = (timedelta(hours=days * 24) for days in (7, 15, 30))
THRESHOLDS = {12: None, 24: WEEK, 36: FORTNIGHT, 48: MONTH, 60: "close"}


class Word(NamedTuple):
    """Something that a complaint tells the account; the last four are those of an uphold."""

    at: datetime
    what: str  # upheld, appealed, settled, reversed
    complaint: str
    lane: str = ""
    book: str = ""
    scope: tuple[str, str] = ("", "")  # complainant and right
    filed_at: datetime | None = None


class Stands(NamedTuple):
    """What a docket shows: `restricted_until` is an instant, "undecided" or "none"."""

    state: str
    points: int
    strikes: int
    restricted_until: datetime | str


def by_the_text(said: list[Word], now: datetime) -> Stands:
    """The standing at an instant, of all that was said until then."""
    gone = {word.complaint for word in said if word.what == "reversed"}
    left = [word for word in said if word.complaint not in gone]  # "as if it had never been"
    upheld = [word for word in left if word.what == "upheld"]
    costs = costs_of(upheld)
    points = in_force(upheld, costs, now)
    strikes = len(counted(upheld, now))
    ends, closed = restrictions(upheld, costs)
    decided = closure_is_decided(left)
    if closed or decided:
        return Stands("closed", points, strikes, "none")
    if decided is False:
        return Stands("closure_pending", points, strikes, "undecided")
    if ends and max(ends) > now:  # "they overlap and never add: until the latest end"
        return Stands("restricted", points, strikes, max(ends))
    return Stands("good", points, strikes, "none")


# -- points -----------------------------------------------------------------------------------


def costs_of(upheld: list[Word]) -> list[int]:
    """What each violation cost, by the rulebook of its own complaint."""
    costs: list[int] = []
    for n, violation in enumerate(upheld):
        before = list(zip(upheld[:n], costs, strict=True))
        costs.append(COST[violation.lane](violation, before))
    return costs


def cost_of_general(violation: Word, before: list[tuple[Word, int]]) -> int:
    everyone = violation.book == SEED  # "scope: the respondent", else complainant and right
    deducted = [
        earlier
        for earlier, cost in before
        if earlier.lane == "general" and cost and (everyone or earlier.scope == violation.scope)
    ]
    if not deducted:
        return 8 if everyone else 4
    fifth_day = deducted[-1].at.date() + timedelta(days=5)
    at_24_00 = datetime.combine(fifth_day, time()) + timedelta(days=1)
    assert violation.filed_at is not None
    return 0 if violation.filed_at < at_24_00 else 8


def cost_of_minor(violation: Word, before: list[tuple[Word, int]]) -> int:
    filling = [
        cost
        for earlier, cost in before
        if earlier.lane == "minor" and violation.at - earlier.at < timedelta(hours=24)
    ]
    return 1 if sum(filling) < 2 else 0  # one that cost nothing does not fill the cap


def cost_of_severe(violation: Word, before: list[tuple[Word, int]]) -> int:
    return 0


COST = {"general": cost_of_general, "minor": cost_of_minor, "severe": cost_of_severe}


def counts(violation: Word, at: datetime) -> bool:
    """In force while t - upheld < validity; the seed's count for ever."""
    return violation.book == SEED or at - violation.at < YEAR


def in_force(upheld: list[Word], costs: list[int], at: datetime) -> int:
    return sum(cost for v, cost in zip(upheld, costs, strict=True) if counts(v, at))


# -- what the counts do -----------------------------------------------------------------------


def counted(upheld: list[Word], at: datetime) -> list[str]:
    return [v.complaint for v in upheld if v.lane == "severe" and counts(v, at)]


def restrictions(upheld: list[Word], costs: list[int]) -> tuple[list[datetime], bool]:
    """The end of every restriction there ever was, and whether points closed the account."""
    ends, closed = [], False
    for n, violation in enumerate(upheld):
        if violation.lane == "severe":
            strikes = len(counted(upheld[: n + 1], violation.at))
            if strikes < 3:
                ends.append(violation.at + (WEEK, FORTNIGHT)[strikes - 1])
        if violation.book == SEED:
            continue  # the rulebook of the uphold says what the count does: here nothing
        below = in_force(upheld[:n], costs[:n], violation.at)
        reached = in_force(upheld[: n + 1], costs[: n + 1], violation.at)
        does = [THRESHOLDS[points] for points in sorted(THRESHOLDS) if below < points <= reached]
        if does and does[-1] == "close":
            closed = True
        elif does and does[-1] is not None:
            ends.append(violation.at + does[-1])
    return ends, closed


def closure_is_decided(left: list[Word]) -> bool | None:
    """None: no third strike. Else: was there an instant since it without an undecided appeal on
    a counted strike? Those that count are the ones of the latest uphold that came to three."""
    found = None
    for n in range(1, len(left) + 1):
        said = left[:n]
        closing = [strikes for strikes in strikes_at_each_uphold(said) if len(strikes) > 2]
        if closing:
            appealed = [c for c in closing[-1] if appeal_is_undecided(c, said)]
            found = bool(found) or not appealed
    return found


def strikes_at_each_uphold(said: list[Word]) -> list[list[str]]:
    upheld = [word for word in said if word.what == "upheld"]
    return [
        counted(upheld[: n + 1], violation.at)
        for n, violation in enumerate(upheld)
        if violation.lane == "severe"
    ]


def appeal_is_undecided(complaint: str, said: list[Word]) -> bool:
    about = [word.what for word in said if word.complaint == complaint and word.what != "upheld"]
    return about[-1:] == ["appealed"]


# -- what it sends (RULES 5) ------------------------------------------------------------------


def difference(was: Stands, now: Stands) -> list[str]:
    """The effects of one change, in the order of the table."""
    sent = []
    if now.state in ("restricted", "closure_pending") and now[3] != was[3]:
        sent.append("command:restrict_account")
    if was.state in ("restricted", "closure_pending") and now.state == "good":
        sent.append("command:lift_restriction")
    if now.state == "closed" != was.state:
        sent.append("command:close_account")
    if was.state == "closed" != now.state:
        sent.append("command:reopen_account")
    return [*sent, *(["notify:respondent:standing"] if now != was else [])]
