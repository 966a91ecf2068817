"""What the database keeps of config: rulebooks, calendar editions, definitions.

The database is the truth: config seeds an empty one and brings new versions. A changed file under
a used version refuses to start; a calendar that differs warns and names `calendar add` (DESIGN 5).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from orchestrator.calendars import edition_from
from orchestrator.core.calendar import Almanac, Announcement
from orchestrator.core.fingerprint import as_data
from orchestrator.core.instants import parse_instant
from orchestrator.core.journal import canonical, digest
from orchestrator.core.rules import Rulebook
from orchestrator.core.workflow import RulesModel
from orchestrator.db.store import ReadTx, WriteTx
from orchestrator.errors import BadConfig
from orchestrator.registry import Registry
from orchestrator.rulebook import (
    has_office,
    in_office,
    out_of_order,
    rulebook_kept,
    without_office,
)

ALWAYS = parse_instant("1900-01-01T00:00:00Z")  # a calendar's first edition holds from here


class Shelf(NamedTuple):
    """What config brings: texts in the canonical form, by name."""

    rulebooks: tuple[tuple[Rulebook, str], ...]
    calendars: Mapping[str, str]


def is_seeded(tx: ReadTx, shelf: Shelf, registry: Registry) -> bool:
    """Whether the database has all that config and registry bring.

    raises   BadConfig: a rulebook's text changed under a version that is in use, a new version is
             out of order, or it counts office hours by a calendar that came into use without them
    """
    _refuse_changed(tx, shelf, registry)
    definitions = {row[0] for row in tx.rows("SELECT definition FROM definitions")}
    books = {(row[0], row[1]) for row in tx.rows("SELECT name, version FROM rulebooks")}
    wanted = {(book.name, book.version) for book, _ in shelf.rulebooks}
    calendars = {row[0] for row in tx.rows("SELECT calendar FROM calendar_editions")}
    return (
        set(registry.versions) <= definitions
        and wanted <= books
        and set(shelf.calendars) <= calendars
    )


def warnings(tx: ReadTx, shelf: Shelf) -> list[str]:
    """Calendars of config that say what the database does not; more years there are no wonder."""
    kept = latest_texts(tx)
    return [
        f"calendar {name} in config differs from the database, which counts:"
        " announce a year with `orchestrator calendar add FILE`"
        for name, text in shelf.calendars.items()
        if not _says_all(kept.get(name, text), text)
    ]


def _says_all(kept: str, text: str) -> bool:
    if kept == text:
        return True
    there, here = json.loads(kept), json.loads(text)
    there["years"] = {y: days for y, days in there["years"].items() if y in here["years"]}
    return bool(there == here)


def seed(tx: WriteTx, shelf: Shelf, registry: Registry, now: int) -> None:
    """Put in what is new.

    raises   BadConfig: as `is_seeded`
    """
    _refuse_changed(tx, shelf, registry)
    _seed_definitions(tx, registry, now)
    _seed_rulebooks(tx, shelf, now)
    kept = latest_texts(tx)
    for name, text in shelf.calendars.items():
        if name not in kept:
            announce(tx, name, text, ALWAYS, now)


def _refuse_changed(tx: ReadTx, shelf: Shelf, registry: Registry) -> None:
    known = {(n, v): h for n, v, h in tx.rows("SELECT name, version, hash FROM rulebooks")}
    errors = [
        f"rulebook {book.name} version {book.version} was changed after it came into use:"
        " put the file back, or give the new text the next version"
        for book, _ in shelf.rulebooks
        if known.get((book.name, book.version), book.hash) != book.hash
    ]
    new = [book for book, _ in shelf.rulebooks if (book.name, book.version) not in known]
    if new:
        both = [*rulebooks(tx, registry.sections), *new]
        pins = {book.pin for book in new}
        errors += [
            said for first, second, said in out_of_order(both) if pins & {first.pin, second.pin}
        ]
    errors += [said for book, _ in shelf.rulebooks for said in _shut(tx, book, shelf)]
    if errors:
        raise BadConfig(errors)


def _shut(tx: ReadTx, book: Rulebook, shelf: Shelf) -> list[str]:
    """Spans in office hours that an edition of their calendar cannot count, which config has since
    given some: a calendar keeps the hours with which it came into use."""
    keys = in_office(book)
    if not keys:
        return []
    query = "SELECT content FROM calendar_editions WHERE calendar = ?"
    kept = [row[0] for row in tx.rows(query, book.calendar)]
    if not kept:
        return without_office(book, shelf.calendars[book.calendar])
    if all(map(has_office, kept)):
        return []
    got = f"got {book.calendar}, which came into use without: give the one with hours a new name"
    return [f"rulebook {book.name}: {key}: a calendar with office hours, {got}" for key in keys]


def _seed_definitions(tx: WriteTx, registry: Registry, now: int) -> None:
    known = {row[0] for row in tx.rows("SELECT definition FROM definitions")}
    for definition, workflow in registry.versions.items():
        if definition not in known:
            tx.one(
                "INSERT INTO definitions (definition, name, version, notation, recorded_at)"
                " VALUES (?, ?, ?, ?, ?)",
                definition,
                workflow.name,
                workflow.version,
                canonical(as_data(workflow)),
                now,
            )


def _seed_rulebooks(tx: WriteTx, shelf: Shelf, now: int) -> None:
    known = {(row[0], row[1]) for row in tx.rows("SELECT name, version FROM rulebooks")}
    for rulebook, text in shelf.rulebooks:
        if (rulebook.name, rulebook.version) not in known:
            tx.one(
                "INSERT INTO rulebooks (name, version, hash, content, recorded_at)"
                " VALUES (?, ?, ?, ?, ?)",
                rulebook.name,
                rulebook.version,
                rulebook.hash,
                text,
                now,
            )


def latest_texts(tx: ReadTx) -> dict[str, str]:
    """The latest edition of each calendar, as text."""
    found = tx.rows("SELECT calendar, content FROM calendar_editions ORDER BY number")
    return dict(found)


def announce(tx: WriteTx, calendar: str, text: str, at: int, now: int) -> int:
    """A new edition, from an instant on; gives its number.

    raises   ValueError: an instant before the latest announcement; editions come in order
    """
    latest = tx.scalar("SELECT max(announced_at) FROM calendar_editions")
    if at != ALWAYS and latest is not None and at < latest:
        raise ValueError(f"announced at {at}, before the latest announcement at {latest}")
    number = tx.latest_edition() + 1
    tx.one(
        "INSERT INTO calendar_editions (number, calendar, announced_at, content, recorded_at)"
        " VALUES (?, ?, ?, ?, ?)",
        number,
        calendar,
        at,
        text,
        now,
    )
    return number


def identity(tx: ReadTx) -> str:
    """Which database this is, by what its first start wrote down; a copy of it is the same one."""
    found = tx.rows("SELECT calendar, recorded_at FROM calendar_editions ORDER BY number LIMIT 1")
    return digest(canonical([list(row) for row in found]))[:16]


def almanac(tx: ReadTx) -> Almanac:
    """Every edition that was ever announced."""
    found = tx.rows("SELECT number, announced_at, content FROM calendar_editions")
    return Almanac(tuple(Announcement(n, at, edition_from(text)) for n, at, text in found))


def rulebooks(tx: ReadTx, sections: Mapping[str, type[RulesModel]]) -> list[Rulebook]:
    """Every rulebook that was ever in force."""
    found = tx.rows("SELECT content FROM rulebooks ORDER BY name, version")
    return [rulebook_kept(row[0], sections) for row in found]
