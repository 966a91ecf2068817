"""What the database keeps of config: rulebooks, calendar editions, definitions.

The database is the truth: config seeds an empty one and brings new versions. A changed file under
a used version refuses to start; a calendar that differs warns and names `calendar add` (DESIGN 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from orchestrator.calendars import edition_from
from orchestrator.core.calendar import Almanac, Announcement
from orchestrator.core.fingerprint import as_data
from orchestrator.core.instants import parse_instant
from orchestrator.core.journal import canonical
from orchestrator.core.rules import Rulebook
from orchestrator.core.workflow import RulesModel
from orchestrator.db.store import ReadTx, WriteTx
from orchestrator.errors import BadConfig
from orchestrator.registry import Registry
from orchestrator.rulebook import rulebook_kept

ALWAYS = parse_instant("1900-01-01T00:00:00Z")  # a calendar's first edition holds from here


class Shelf(NamedTuple):
    """What config brings: texts in the canonical form, by name."""

    rulebooks: tuple[tuple[Rulebook, str], ...]
    calendars: Mapping[str, str]


def seed(tx: WriteTx, shelf: Shelf, registry: Registry, now: int) -> list[str]:
    """Put in what is new; gives warnings.

    raises   BadConfig: a rulebook's text changed under a version that is in use
    """
    _seed_definitions(tx, registry, now)
    _seed_rulebooks(tx, shelf, now)
    return _seed_calendars(tx, shelf, now)


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
    known = {(n, v): h for n, v, h in tx.rows("SELECT name, version, hash FROM rulebooks")}
    errors = []
    for rulebook, text in shelf.rulebooks:
        kept = known.get((rulebook.name, rulebook.version))
        if kept is None:
            tx.one(
                "INSERT INTO rulebooks (name, version, hash, content, recorded_at)"
                " VALUES (?, ?, ?, ?, ?)",
                rulebook.name,
                rulebook.version,
                rulebook.hash,
                text,
                now,
            )
        elif kept != rulebook.hash:
            errors.append(
                f"rulebook {rulebook.name} version {rulebook.version} was changed after it came"
                " into use: put the file back, or give the new text the next version"
            )
    if errors:
        raise BadConfig(errors)


def _seed_calendars(tx: WriteTx, shelf: Shelf, now: int) -> list[str]:
    kept = latest_texts(tx)
    warnings = []
    for name, text in shelf.calendars.items():
        if name not in kept:
            announce(tx, name, text, ALWAYS, now)
        elif kept[name] != text:
            warnings.append(
                f"calendar {name} in config differs from the database, which counts:"
                " announce a year with `orchestrator calendar add FILE`"
            )
    return warnings


def latest_texts(tx: ReadTx) -> dict[str, str]:
    """The latest edition of each calendar, as text."""
    found = tx.rows("SELECT calendar, content FROM calendar_editions ORDER BY number")
    return {calendar: content for calendar, content in found}  # noqa: C416  rows are not pairs


def announce(tx: WriteTx, calendar: str, text: str, at: int, now: int) -> int:
    """A new edition, from an instant on; gives its number."""
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


def almanac(tx: ReadTx) -> Almanac:
    """Every edition that was ever announced."""
    found = tx.rows("SELECT number, announced_at, content FROM calendar_editions")
    return Almanac(tuple(Announcement(n, at, edition_from(text)) for n, at, text in found))


def rulebooks(tx: ReadTx, sections: Mapping[str, type[RulesModel]]) -> list[Rulebook]:
    """Every rulebook that was ever in force."""
    found = tx.rows("SELECT content FROM rulebooks ORDER BY name, version")
    return [rulebook_kept(row[0], sections) for row in found]
