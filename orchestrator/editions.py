"""Calendar editions: what one would move, how it is announced, how dockets catch up with it.

An announcement is one small commit. Each docket applies what it has not seen when it is next locked,
at `max(announced_at, its clock)`; catching up locks them, a batch a commit, and only hurries that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.calendars import edition_from, with_year
from orchestrator.core.calendar import Almanac, Announcement, Edition
from orchestrator.core.docket import Docket, Run, World
from orchestrator.core.moves import Move, moves
from orchestrator.db import library
from orchestrator.db.store import ReadTx, Stale, Stopped, Wanted
from orchestrator.engine import Engine, Tally
from orchestrator.engine.acts import Broken
from orchestrator.errors import BadConfig, NotFound, Unavailable
from orchestrator.yearfiles import read_year

SLICE = 500  # dockets looked at in one transaction, so that memory stays flat

PassedOver = Callable[[str, str], None]  # told of a docket that cannot be computed, and why


class News(NamedTuple):
    """A year as it would be announced now."""

    calendar: str
    year: int
    text: str  # of the edition
    number: int | None  # None: the calendar says just that already
    at: int


class CaughtUp(NamedTuple):
    """What a catching up came to."""

    behind: int  # dockets that had not applied an edition that holds
    left: Stale  # those that still have not
    firings: int
    incidents: int


class Editions:
    """Announces years, and looks at what was announced."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    # -- looks ------------------------------------------------------------------------------

    def latest(self, calendar: str) -> Edition:
        """The latest edition of a calendar.

        raises   NotFound
        """
        return self.history(calendar)[-1].edition

    def history(self, calendar: str) -> list[Announcement]:
        """Every edition of a calendar, in order.

        raises   NotFound
        """
        with self._store.read() as tx:
            announcements = self._engine.world(tx).almanac.announcements
        found = [news for news in announcements if news.edition.name == calendar]
        if not found:
            raise _unknown(calendar, {news.edition.name for news in announcements})
        return found

    def behind(self) -> Stale:
        """How many dockets have a pending deadline that an edition in force has not reached."""
        with self._store.read() as tx:
            almanac = self._engine.world(tx).almanac
            return tx.stale(almanac.in_force(self._engine.clock.now()))

    # -- announcing -------------------------------------------------------------------------

    def news(self, calendar: str, file: Path) -> News:
        """A year file as it would be announced now; nothing is written.

        raises   NotFound: no such calendar; BadConfig: every error of the file
        """
        year, days = _read(file)
        with self._store.read() as tx:
            return self._news(tx, calendar, year, days)

    def announce(self, calendar: str, file: Path) -> dict[str, Any]:
        """Announce a year of a calendar, from now on: one small commit (DESIGN 5).

        raises   NotFound: no such calendar; BadConfig: every error of the file
        """
        year, days = _read(file)
        with self._store.write() as tx:
            news = self._news(tx, calendar, year, days)
            if news.number is not None:
                now = self._engine.clock.now()
                library.announce(tx, calendar, news.text, news.at, now)
            pending = tx.scalar(
                "SELECT count(*) FROM timers WHERE due_at IS NOT NULL AND by_calendar = 1"
            )
        return {"calendar": calendar, "year": year, "edition": news.number, "pending": pending}

    def _news(self, tx: ReadTx, calendar: str, year: int, days: list[dict[str, Any]]) -> News:
        texts = library.latest_texts(tx)
        if calendar not in texts:
            raise _unknown(calendar, texts)
        text = with_year(texts[calendar], year, days)
        almanac = self._engine.world(tx).almanac
        at = max(self._engine.clock.now(), *(a.announced_at for a in almanac.announcements))
        number = None if text == texts[calendar] else almanac.latest + 1
        return News(calendar, year, text, number, at)

    # -- what it would move -----------------------------------------------------------------

    def moves(
        self,
        news: News,
        *,
        progress: Callable[[int], None] = lambda _: None,
        passed_over: PassedOver = lambda _docket, _why: None,
    ) -> Iterator[dict[str, Any]]:
        """Every pending deadline that an edition would move, make final or release, and why.

        The dockets are run to this instant and re-anchored by the very function that an
        announcement calls, in memory and in slices; nothing is written.

        progress   told how many dockets were looked at so far
        """
        if news.number is None:
            return
        announcement = Announcement(news.number, news.at, edition_from(news.text))
        after, looked = "", 0
        while True:
            with self._store.read() as tx:
                keys = tx.by_calendar(after, SLICE)
                found = self._slice(tx, keys, announcement, passed_over)
            yield from found
            if not keys:
                return
            after, looked = keys[-1], looked + len(keys)
            progress(looked)

    def count(self) -> int:
        """How many dockets `moves` looks at."""
        with self._store.read() as tx:
            return tx.count_by_calendar()

    def _slice(
        self, tx: ReadTx, keys: Sequence[str], news: Announcement, passed_over: PassedOver
    ) -> list[dict[str, Any]]:
        world = self._engine.world(tx)
        stopped = tx.stopped_among(keys)
        found: dict[str, list[dict[str, Any]]] = {}

        def look(key: str, docket: Docket | None) -> None:
            assert docket is not None
            stop = stopped.get(key, Stopped(None, None))
            why = self._unknowable(docket, stop)
            if why is not None:
                passed_over(key, why)
                return
            run = self._present(docket, world, stop, news.announced_at)
            run.world = world._replace(almanac=Almanac((*world.almanac.announcements, news)))
            found[key] = [
                _shown(key, move, stop.incident)
                for move in moves(run, news)
                if stop.incident is None or move.edition.name == news.edition.name
            ]  # one that is stopped may be behind with another calendar: that is not this one's doing

        wanted = dict.fromkeys(keys, Wanted(all_timers=True))
        self._engine.load_and_move(tx, wanted, news.announced_at, look)
        return [shown for key in keys for shown in found.get(key, ())]

    def _unknowable(self, docket: Docket, stop: Stopped) -> str | None:
        if stop.replay is not None:
            return "it is being replayed"
        return "its definition is not known here" if self._engine.is_strange(docket) else None

    def _present(self, docket: Docket, world: World, stop: Stopped, at: int) -> Run:
        """The docket at an instant. One that is stopped, or would be on the way, stands still."""
        run = Run(docket, world)
        if stop.incident is not None:
            return run
        try:
            with self._engine.breaking(docket):
                while not run.to(at, acting=True):  # editions before this one move nothing twice
                    pass
        except (Broken, Unavailable):  # it will be stopped when it is locked: as it is now
            return Run(docket, world)
        return run

    # -- catching up ------------------------------------------------------------------------

    def catch_up(self, *, progress: Callable[[int], None] = lambda _: None) -> CaughtUp:
        """Let every docket apply the editions that its pending deadlines have not seen.

        A batch is a commit. Interrupted or killed between any two statements it is called again:
        what is left is in the rows, and the outcome is the same whenever each docket applies it.

        progress   told how many dockets have caught up so far
        """
        behind = self.behind().dockets
        total = Tally()
        while True:
            done = self._engine.catch_up_batch()
            total = total.plus(done)
            progress(min(total.dockets, behind))
            if not done.more:
                return CaughtUp(behind, self.behind(), total.firings, total.incidents)


def _read(file: Path) -> tuple[int, list[dict[str, Any]]]:
    year, days = read_year(file)
    if not days:
        raise BadConfig([f"{file}: days: at least one, for a year is announced by its days"])
    return year, days


def _unknown(calendar: str, known: Any) -> NotFound:
    return NotFound(f"no calendar {calendar!r}; there are {', '.join(sorted(known))}")


def _shown(docket: str, move: Move, incident: int | None) -> dict[str, Any]:
    """A move as the doors print it."""
    text, was, timer = move.edition.zone.text, move.was, move.timer
    return {
        "docket": docket,
        "case": move.case,
        "workflow": move.workflow,
        "name": timer.name,
        "from": None if was.due_at is None else text(was.due_at),
        "to": None if timer.due_at is None else text(timer.due_at),
        "what": move.what,
        "why": move.why,
        "provisional": timer.provisional,
        "incident": incident,
    }
