"""Both rulebooks in one account, against RULES 4.4 read aloud (`plain_ledger`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.core.accounts import Account
from tests.core.plain_ledger import (
    FORTNIGHT,
    MONTH,
    PRACTICE,
    SEED,
    WEEK,
    YEAR,
    Stands,
    Word,
    by_the_text,
    difference,
)

BEGIN = datetime.combine(date(2025, 1, 4), time(10))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOLD = {
    "upheld": "violation_upheld",
    "reversed": "violation_reversed",
    "appealed": "appeal_opened",
    "settled": "appeal_settled",
}

# -- stories ----------------------------------------------------------------------------------

MICROSECOND = timedelta(microseconds=1)
BOOKS = st.sampled_from([SEED, PRACTICE])
SOON = st.one_of(
    st.integers(0, 30).map(lambda hours: hours * HOUR),
    st.sampled_from([DAY - MICROSECOND, DAY, 6 * DAY, WEEK]),
)
LATE = st.sampled_from([WEEK, FORTNIGHT, MONTH, YEAR / 2, YEAR - MICROSECOND, YEAR, YEAR + DAY])
MANY = st.tuples(st.just("many"), st.integers(2, 9), BOOKS)  # first violations of new rights
THEN = st.tuples(
    st.sampled_from(["reversed", "appealed", "settled", "appealed"]), st.integers(1, 4)
)


def uphold(*lanes: str) -> st.SearchStrategy:
    return st.tuples(
        st.just("uphold"),
        st.sampled_from(lanes),
        BOOKS,
        st.integers(1, 3),  # the right; the third one is another complainant's
        st.sampled_from(
            [0, 1, 2, 30]
        ),  # filed so many days before, at 00:00 or a microsecond earlier
        st.booleans(),
    )


def acts(*lanes: str) -> st.SearchStrategy:
    gaps = st.one_of(SOON, SOON, LATE)
    what = st.one_of(uphold(*lanes), uphold(*lanes), THEN, *([MANY] if len(lanes) > 1 else []))
    return st.lists(st.tuples(gaps, what), min_size=1, max_size=16)


STORIES = st.one_of(
    acts("general"), acts("minor"), acts("severe"), acts("general", "minor", "severe")
)


def story(drawn: list) -> list[Word]:
    """What the complaints say: none is upheld twice, none speaks before it is or after it is gone."""
    said: list[Word] = []
    moment, alive = BEGIN, []
    for gap, (what, *more) in drawn:
        moment += gap
        if what in ("uphold", "many"):
            upheld = list(_upheld(what, more, moment, len(said)))
            said += upheld
            alive += [word.complaint for word in upheld]
        elif alive:
            complaint = alive[-more[0] % len(alive)]  # one of the latest
            said.append(Word(moment, what, complaint))
            if what == "reversed":
                alive.remove(complaint)
    return said


def _upheld(what: str, more: list, moment: datetime, n: int) -> Iterator[Word]:
    if what == "many":
        number, book = more
        for new in range(number):
            scope = ("holder-1", f"NEW-{n}-{new}")
            yield Word(moment, "upheld", f"{n}.{new}", "general", book, scope, moment - 60 * DAY)
    else:
        lane, book, right, days, just_before = more
        scope = ("holder-2", "TM-1") if right == 3 else ("holder-1", f"TM-{right}")
        midnight = datetime.combine(moment.date() - days * DAY, time())
        filed_at = midnight - MICROSECOND if just_before else midnight
        yield Word(moment, "upheld", f"{n}", lane, book, scope, filed_at)


# -- the same, told to a real docket ----------------------------------------------------------


def shown(account: Account) -> Stands:
    state, points, strikes, until = account.shown
    end = datetime.fromisoformat(until).replace(tzinfo=None) if until[0] == "2" else until
    return Stands(state, points, strikes, end)


def tells(account: Account, word: Word) -> list[str]:
    """What was sent for it; what fired before it is not told."""
    more = {}
    if word.what == "upheld":
        filed_at = f"{word.filed_at.isoformat()}+08:00"
        holder, right = word.scope
        more = {"lane": word.lane, "holder": holder, "right": right, "filed_at": filed_at}
        account.herald = word.book
    return account.tells(str(word.at), TOLD[word.what], word.complaint, **more)


def moments(said: list[Word]) -> list[datetime]:
    """A microsecond before, and at, each instant at which time alone may change something."""
    upheld = [word.at for word in said if word.what == "upheld"]
    ends = {at + length for at in upheld for length in (WEEK, FORTNIGHT, MONTH, YEAR)}
    around = ends | {end - MICROSECOND for end in ends}
    return sorted(moment for moment in around if moment > said[-1].at)


STRIKE = (HOUR, ("uphold", "severe", PRACTICE, 1, 30, False))
HELD_BACK = [  # the fourth strike is appealed before the appeal that held the third back is settled
    *[STRIKE] * 2,
    (HOUR, ("appealed", 1)),
    *[STRIKE] * 2,
    (HOUR, ("appealed", 1)),
    (HOUR, ("settled", 3)),
    (HOUR, ("settled", 1)),
]
MINOR = ("uphold", "minor", SEED, 1, 30, False)
ONE_DAY = [(0 * DAY, MINOR), (HOUR, MINOR), (DAY - HOUR, MINOR)]  # exactly 24 hours: not capped
BY_POINTS = [(HOUR, ("many", 9, PRACTICE)), (HOUR, ("appealed", 1)), (HOUR, ("many", 6, PRACTICE))]


@example(HELD_BACK)
@example(ONE_DAY)
@example(BY_POINTS)
@settings(max_examples=300, deadline=None)
@given(STORIES)
def test_an_account_is_what_the_text_says_after_every_word_and_at_every_later_instant(drawn):
    said = story(drawn)
    assume(said)
    account = Account(SEED, PRACTICE)
    for n, word in enumerate(said):
        sent = tells(account, word)

        was, now = by_the_text(said[:n], word.at), by_the_text(said[: n + 1], word.at)
        assert (shown(account), sent) == (now, difference(was, now)), said[: n + 1]
    for moment in moments(said):
        was, sent = shown(account), account.waits(str(moment))

        now = by_the_text(said, moment)
        assert (shown(account), sent) == (now, difference(was, now)), (said, moment)
