"""Rulebooks as people call them: by name, by name and version, or by the path of a file.

A version may stand in config, in the database, or in both; one whose file is gone is in the
database alone, and one that no start has read yet is in config alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orchestrator.calendars import read_calendar
from orchestrator.core.rules import Rulebook
from orchestrator.errors import BadConfig, NotFound, Unreadable
from orchestrator.registry import Registry
from orchestrator.rulebook import in_office, misfits, out_of_order, read_rulebook, without_office


def is_a_file(called: str) -> bool:
    """Whether a rulebook is called by the path of its file, and not by its name."""
    return called.endswith(".toml") or "/" in called or Path(called).is_file()


def read_alone(file: Path, registry: Registry, calendars: Path) -> Rulebook:
    """A rulebook from a file that need not be in config.

    calendars   the folder of those that it may name
    raises   Unreadable: no such file; BadConfig: every error of it
    """
    if not file.is_file():
        raise Unreadable(f"{file}: a rulebook file, got none there")
    book, _ = read_rulebook(file, registry.sections)
    errors = [f"{file}: {said}" for said in misfits(book, registry.workflows.values())]
    known = sorted(path.parent.name for path in calendars.glob("*/calendar.toml"))
    if book.calendar not in known:
        errors.append(f"{file}: calendar: one of {', '.join(known)}, got {book.calendar!r}")
    elif in_office(book):
        text = read_calendar(calendars / book.calendar)
        errors += [f"{file}: {said}" for said in without_office(book, text)]
    if errors:
        raise BadConfig(errors)
    return book


def called(name: str, books: Iterable[Rulebook]) -> Rulebook:
    """The rulebook of a name, its latest version; or that of `name@version`.

    raises   NotFound
    """
    plain, _, version = name.partition("@")
    by_version = {(book.name, book.version): book for book in books}
    known = [by_version[key] for key in sorted(by_version)]
    mine = [book for book in known if book.name == plain]
    if version:
        mine = [book for book in mine if str(book.version) == version]
    if not mine:
        there = ", ".join(named(book) for book in known)
        raise NotFound(f"no rulebook {name!r}; there are {there}")
    return mine[-1]


def doubts(new: Rulebook, books: Iterable[Rulebook]) -> list[str]:
    """Why a rulebook could not come into use beside those that are known, as it stands."""
    others = [book for book in books if book.pin != new.pin]
    same = [b for b in others if (b.name, b.version) == (new.name, new.version)]
    if same:
        latest = max(book.version for book in others if book.name == new.name)
        said = f"{new.name} version {new.version} is in use with another text: give this one"
        return [f"{said} version {latest + 1}"]
    pairs = out_of_order([*others, new])
    return [said for first, second, said in pairs if new.pin in (first.pin, second.pin)]


def named(book: Rulebook) -> str:
    """`seed-2022@2`."""
    return f"{book.name}@{book.version}"
