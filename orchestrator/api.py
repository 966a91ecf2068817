"""The Python door: `Orchestrator.from_config("config")`, and the parts it is made of."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from orchestrator.answers import Answer
from orchestrator.calendars import read_calendar
from orchestrator.clock import Clock, WallClock
from orchestrator.core.calendar import Edition
from orchestrator.core.journal import Fault
from orchestrator.db import library, lists, schema
from orchestrator.db.library import Shelf
from orchestrator.db.store import Store
from orchestrator.editions import Editions
from orchestrator.engine import Engine, Tally
from orchestrator.errors import BadConfig, BadInput
from orchestrator.incidents import Incidents
from orchestrator.inputs import instant
from orchestrator.outbox import LogTarget, Outbox, Sent
from orchestrator.queries import Page, Queries
from orchestrator.queries.journals import recorded
from orchestrator.registry import Registry, load
from orchestrator.rulebook import misfits, out_of_order, read_rulebook, without_office
from orchestrator.settings import Settings, read_settings


def read_shelf(folder: Path, registry: Registry) -> Shelf:
    """Every rulebook and calendar of a config folder.

    raises   BadConfig: every error of every file
    """
    errors: list[str] = []
    rulebooks, calendars = [], {}
    seen: dict[tuple[str, int], Path] = {}
    for path in sorted((folder / "calendars").glob("*/calendar.toml")):
        try:
            calendars[path.parent.name] = read_calendar(path.parent)
        except BadConfig as bad:
            errors += bad.errors
    for path in sorted((folder / "rulebooks").glob("*.toml")):
        try:
            rulebook, text = read_rulebook(path, registry.sections)
        except BadConfig as bad:
            errors += bad.errors
            continue
        errors += [f"{path}: {said}" for said in misfits(rulebook, registry.workflows.values())]
        if rulebook.calendar not in calendars:
            known = ", ".join(sorted(calendars)) or "none that can be read"
            errors.append(f"{path}: calendar: one of {known}, got {rulebook.calendar!r}")
        else:
            shut = without_office(rulebook, calendars[rulebook.calendar])
            errors += [f"{path}: {said}" for said in shut]
        same = seen.setdefault((rulebook.name, rulebook.version), path)
        if same != path:
            errors.append(
                f"{path}: {rulebook.name} version {rulebook.version} stands in {same} too"
            )
        rulebooks.append((rulebook, text))
    for _, book, said in out_of_order(book for book, _ in rulebooks):
        errors.append(f"{seen[book.name, book.version]}: {said}")
    if not rulebooks and not errors:
        errors.append(f"{folder / 'rulebooks'}: at least one rulebook, got none")
    if errors:
        raise BadConfig(errors)
    return Shelf(tuple(rulebooks), calendars)


class Orchestrator:
    """Opens and moves cases, and looks at them. Instants are RFC 3339 texts or aware datetimes."""

    def __init__(
        self, store: Store, registry: Registry, shelf: Shelf, settings: Settings, clock: Clock
    ) -> None:
        schema.prepare(store)
        self.settings = settings
        self.store = store
        self.registry = registry
        self.shelf = shelf
        self.clock = clock
        with store.read() as tx:
            whole = library.is_seeded(tx, shelf, registry) and not lists.points_are_unknown(tx)
            self.warnings = library.warnings(tx, shelf)
        if not whole:  # a mere look takes no write lock
            with store.write() as writing:
                library.seed(writing, shelf, registry, clock.now())
                if lists.points_are_unknown(writing):
                    lists.find_points(writing, registry.versions)
        self.engine = Engine(
            store,
            registry,
            clock,
            default_rulebook=settings.default_rulebook,
            batch=settings.daemon.batch,
        )
        self.queries = Queries(self.engine)
        self.incidents = Incidents(self.engine, self.queries)
        self.editions = Editions(self.engine)
        with store.read() as tx:
            zone = self.queries.zone(tx)
        self.outbox = Outbox(store, clock, LogTarget(settings.outbox.log), zone.text)

    @classmethod
    def from_config(
        cls,
        config: str | Path = "config",
        *,
        database: str | None = None,
        clock: Clock | None = None,
        registry: Registry | None = None,
    ) -> Self:
        """Everything that a config folder says; `database` goes before it.

        raises   BadConfig: every error at once; Unavailable: the database cannot be used
        """
        folder = Path(config)
        settings = read_settings(folder, **({"database": database} if database else {}))
        registry = registry or load(settings.workflows, beside=folder.resolve().parent)
        shelf = read_shelf(folder, registry)
        names = {rulebook.name for rulebook, _ in shelf.rulebooks}
        if settings.default_rulebook not in names:
            raise BadConfig(
                [
                    (
                        f"{folder / 'orchestrator.toml'}: default_rulebook: one of"
                        f" {', '.join(sorted(names))}, got {settings.default_rulebook!r}"
                    )
                ]
            )
        return cls(Store(settings.database), registry, shelf, settings, clock or WallClock())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take back what this process said it is at, and close every connection."""
        try:
            self.engine.leave()
        finally:
            self.store.dispose()

    # -- acts -------------------------------------------------------------------------------

    def open(
        self,
        workflow: str,
        *,
        docket: str,
        by: str,
        facts: object = None,
        case: str | None = None,
        key: str | None = None,
        assume: bool = False,
        rulebook: str | None = None,
        preview: bool = False,
    ) -> Answer:
        """Open a case; a refusal is returned.

        raises   NotFound, Conflict, BadInput, Unavailable
        """
        given = self.engine.input_to_open(
            workflow, docket, by, facts, case=case, assume=assume, rulebook=rulebook
        )
        return self.engine.preview(given) if preview else self.engine.take(given, key)

    def inject(
        self,
        case: str,
        event: str,
        *,
        by: str,
        facts: object = None,
        key: str | None = None,
    ) -> Answer:
        """Send an event to a case; a refusal is returned.

        raises   NotFound, Conflict, BadInput, Unavailable
        """
        return self.engine.take(self.engine.input_for_case(case, event, by, facts), key)

    def preview(self, case: str, event: str, *, by: str, facts: object = None) -> Answer:
        """What `inject` would answer; nothing is written."""
        return self.engine.preview(self.engine.input_for_case(case, event, by, facts))

    def advance(self, until: Any = None, **more: Any) -> Tally:
        """Let everything happen that is due by now, or by an earlier instant.

        raises   BadInput: an instant that has not come yet
        """
        at = instant(until)
        self.must_have_come(at)
        return self.engine.advance(at, **more)

    def must_have_come(self, at: int | None) -> None:
        """raises   BadInput: an instant that has not come yet"""
        if at is not None and at > self.clock.now():
            with self.store.read() as tx:
                text = self.queries.zone(tx).text(at)
            raise BadInput(
                f"until: an instant that has come, got {text}; a forecast looks beyond now"
            )

    def deliver(self) -> Sent:
        """Send what waits in the outbox to its target."""
        return self.outbox.deliver_all()

    def announce(self, calendar: str, file: Path) -> dict[str, Any]:
        """Announce a year of a calendar, from now on: one small commit (DESIGN 5).

        raises   NotFound: no such calendar; BadConfig: every error of the file
        """
        return self.editions.announce(calendar, file)

    def default_calendar(self) -> str:
        """The calendar of the default rulebook."""
        default = self.settings.default_rulebook
        return next(book.calendar for book, _ in self.shelf.rulebooks if book.name == default)

    def edition(self, calendar: str) -> Edition:
        """The latest edition of a calendar.

        raises   NotFound
        """
        return self.editions.latest(calendar)

    # -- looks ------------------------------------------------------------------------------

    def case(self, case: str, *, at: Any = None, known_at: Any = None) -> dict[str, Any]:
        """As it is; as it was at an instant; as it had been recorded by one."""
        return self.queries.case(case, instant(at), instant(known_at))

    def cases(self, **wanted: Any) -> Page:
        """A page of cases; `queries.cases` says by what. `next` of a page is `after` of the next."""
        return self.queries.cases(**_with_instants(wanted))

    def deadlines(self, **wanted: Any) -> Page:
        """A page of deadlines; `queries.deadlines` says by what."""
        return self.queries.deadlines(**_with_instants(wanted))

    def calendar_feed(self, **wanted: Any) -> bytes:
        """The same deadlines, all of them, as iCalendar (RFC 5545)."""
        from orchestrator.feed import feed  # noqa: PLC0415  a library that nothing else needs

        return feed(self.queries.all_deadlines(**_with_instants(wanted)))

    def rebuild_lists(self, *, preview: bool = False) -> int:
        """What lists look through, made anew from journal and standings; gives how many texts."""
        with self.store.trial() if preview else self.store.write() as tx:
            entries = (entry for entry, _ in recorded(tx))
            return lists.rebuild(tx, entries, self.registry.versions)

    def forecast(self, case: str, until: Any = None) -> dict[str, Any]:
        return self.queries.forecast(case, instant(until))

    def standing(self, docket: str, *, at: Any = None, known_at: Any = None) -> dict[str, Any]:
        return self.queries.standing(docket, instant(at), instant(known_at))

    def verify(self, docket: str | None = None) -> list[Fault]:
        return self.queries.verify(docket)[1]


INSTANTS = ("opened_since", "opened_before", "due_before", "until")  # of lists


def _with_instants(wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: instant(v) if name in INSTANTS else v for name, v in wanted.items()}
