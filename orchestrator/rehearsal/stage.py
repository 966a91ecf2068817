"""What is the same for every docket of a rehearsal, and the proof that the rulebook fits there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from orchestrator.answers import zone_of
from orchestrator.bookshelf import named
from orchestrator.core.calendar import Almanac
from orchestrator.core.docket import World
from orchestrator.core.instants import Zone
from orchestrator.core.journal import canonical
from orchestrator.core.rules import Rulebook
from orchestrator.db import library
from orchestrator.db.store import ReadTx
from orchestrator.errors import BadConfig, NotFound
from orchestrator.registry import Registry
from orchestrator.rehearsal.played import Pinning
from orchestrator.rulebook import in_office

DEFINITIONS = (
    "SELECT DISTINCT definition, rulebook FROM cases WHERE (? IS NULL OR opened_at >= ?)"
    " AND (? IS NULL OR docket IN (SELECT value FROM json_each(?)))"
)


class Wish(NamedTuple):
    """What is to be rehearsed.

    new         the rulebook; it need not be in the database
    since       cases that were opened from here on are under it; others keep what they had
    instead_of  only those under a rulebook of this name
    dockets     these alone
    now         the instant to which both lives are taken
    """

    new: Rulebook
    now: int
    since: date | int | None = None
    instead_of: str | None = None
    dockets: Sequence[str] = ()


class Stage(NamedTuple):
    """What is the same for every docket of a rehearsal."""

    world: World
    registry: Registry
    pinning: Pinning
    zone: Zone
    now: int
    keys: str | None  # of the dockets that were asked for, as JSON; None: all
    known_at: Callable[[int], Almanac]  # the almanac when an edition was the latest

    @property
    def which(self) -> tuple[int | None, int | None, str | None, str | None]:
        """The parameters of a statement about these dockets since then."""
        return self.pinning.since, self.pinning.since, self.keys, self.keys


def set_up(tx: ReadTx, registry: Registry, wish: Wish) -> Stage:
    """The definitions, rulebooks and calendars of the database, and the new rulebook among them.

    raises   NotFound: no such docket or rulebook; BadConfig: the new one does not fit what is there
    """
    new = wish.new
    almanac = _with_its_calendar(library.almanac(tx), new)
    books = library.rulebooks(tx, registry.sections)
    names = sorted({book.name for book in books})
    if wish.instead_of is not None and wish.instead_of not in names:
        raise NotFound(f"no rulebook {wish.instead_of!r}; there are {', '.join(names)}")
    world = registry.world([*books, new], almanac)
    zone = zone_of(world, new.pin)
    since = wish.since
    if isinstance(since, date):
        since = zone.midnight(since.toordinal())
    pinning = Pinning(new.pin, since, wish.instead_of)
    keys = canonical(list(wish.dockets)) if wish.dockets else None
    known_at = lru_cache(lambda number: _up_to(almanac, number))
    stage = Stage(world, registry, pinning, zone, wish.now, keys, known_at)
    _must_be_there(tx, wish.dockets)
    _must_have_hours(new, almanac)
    _must_have_sections(tx, new, stage)
    return stage


def _with_its_calendar(almanac: Almanac, new: Rulebook) -> Almanac:
    """The rulebook's calendar as known from the beginning: it may be younger than the dockets.

    raises   BadConfig: the database does not have it
    """
    news = almanac.announcements
    found = next((a for a in news if a.edition.name == new.calendar), None)
    if found is None:
        known = ", ".join(sorted({a.edition.name for a in news}))
        raise BadConfig([f"{named(new)}: calendar: one of {known}, got {new.calendar!r}"])
    return Almanac((found._replace(number=0), *news))


def _up_to(almanac: Almanac, number: int) -> Almanac:
    if number >= almanac.latest:
        return almanac
    return Almanac(tuple(a for a in almanac.announcements if a.number <= number))


def _must_be_there(tx: ReadTx, dockets: Sequence[str]) -> None:
    """raises   NotFound: no such docket"""
    for key in dockets:
        if not tx.rows("SELECT 1 FROM dockets WHERE key = ?", key):
            raise NotFound(f"no docket {key!r}")


def _must_have_hours(new: Rulebook, almanac: Almanac) -> None:
    """raises   BadConfig: it counts office hours by a calendar that came into use without them"""
    mine = [a.edition for a in almanac.announcements if a.edition.name == new.calendar]
    keys = [] if all(edition.hours for edition in mine) else in_office(new)
    if keys:
        wanted = f"a calendar with office hours, got {new.calendar}, which came into use without"
        raise BadConfig([f"{named(new)}: {key}: {wanted}" for key in keys])


def _must_have_sections(tx: ReadTx, new: Rulebook, stage: Stage) -> None:
    """raises   BadConfig: the rulebook says nothing of a workflow that it is needed for"""
    found = tx.rows(DEFINITIONS, *stage.which)
    workflows = [
        stage.registry.versions[definition]
        for definition, rulebook in found
        if stage.pinning.instead_of in (None, rulebook.partition("@")[0])
        and definition in stage.registry.versions
    ]
    errors = {
        f"{named(new)}: {section}: required ({workflow.name} reads it), and missing"
        for workflow in workflows
        for section in workflow.rules
        if section not in new.sections
    }
    if errors:
        raise BadConfig(sorted(errors))
