"""A house for tests: an orchestrator on memory or on a copied file, whose clock is moved by hand.

Config, definitions and an empty database are read once a session; what is in a database is shown as
plain rows, so that "nothing was written" is one comparison.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from orchestrator.api import Orchestrator, read_shelf
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import micros
from orchestrator.core.journal import canonical
from orchestrator.core.workflow import Workflow
from orchestrator.db.library import Shelf
from orchestrator.db.store import Store
from orchestrator.registry import Registry, load
from orchestrator.rulebook import rulebook_from
from orchestrator.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
BEIJING = ZoneInfo("Asia/Shanghai")

FILING = {
    "complainant": "holder-1",
    "right_id": "TM-1",
    "listings": ["https://example.com/offer/1.html"],
    "reason": "counterfeit",
}
REGISTRATION = {"kind": "entity", "name": "五粮液集团", "identity_document": "营业执照"}
OFF = ("2027-01-01", "2027-01-04")


class Parts(NamedTuple):
    """What never changes while tests run."""

    registry: Registry
    shelf: Shelf
    settings: Settings


class House(NamedTuple):
    """An orchestrator and the clock it goes by."""

    orchestrator: Orchestrator
    clock: VirtualClock

    def move_to(self, when: str) -> None:
        self.clock.move_to(beijing(when))

    def rows(self, text: str, *given: Any) -> list[tuple[Any, ...]]:
        with self.orchestrator.store.read() as tx:
            return [tuple(row) for row in tx.rows(text, *given)]

    def journal(self) -> list[dict[str, Any]]:
        """Every entry, but for `recorded_at`."""
        entries = self.orchestrator.queries.journal()
        return [{k: v for k, v in entry.items() if k != "recorded_at"} for entry in entries]


def beijing(when: str) -> int:
    """`2025-03-03 10:00` in Beijing, as microseconds UTC."""
    return micros(datetime.fromisoformat(when).replace(tzinfo=BEIJING))


def rfc3339(when: str) -> str:
    """The same as the doors take it."""
    return datetime.fromisoformat(when).replace(tzinfo=BEIJING).isoformat()


@lru_cache(maxsize=1)
def parts() -> Parts:
    """The project's own config, read once."""
    registry = load(["workflows"])
    return Parts(registry, read_shelf(CONFIG, registry), read_settings(CONFIG))


def shelf_of(registry: Registry, content: Mapping[str, Any]) -> Shelf:
    """One rulebook for these workflows, on the project's calendars."""
    text = canonical(
        {
            "name": "test",
            "version": 1,
            "effective_from": "2020-01-01",
            "calendar": "cn",
            **content,
        }
    )
    return Shelf(((rulebook_from(text, registry.sections), text),), parts().shelf.calendars)


@contextmanager
def house(
    when: str = "2025-03-03 10:00",
    *,
    path: Path | None = None,
    workflows: Iterable[Workflow] | None = None,
    rulebook: Mapping[str, Any] | None = None,
    shelf: Shelf | None = None,
    log: Path = Path("/nonexistent/outbox.jsonl"),
) -> Iterator[House]:
    """An orchestrator in memory, or on a file that stays."""
    with quiet():
        found = parts()
        registry = found.registry if workflows is None else Registry(workflows)
        if shelf is None:
            shelf = found.shelf if rulebook is None else shelf_of(registry, rulebook)
        name = found.settings.default_rulebook if rulebook is None else "test"
        outbox = found.settings.outbox.model_copy(update={"log": log})
        settings = found.settings.model_copy(update={"default_rulebook": name, "outbox": outbox})
        clock = VirtualClock(beijing(when))
        url = "sqlite://" if path is None else f"sqlite:///{path}"
        with Orchestrator(Store(url), registry, shelf, settings, clock) as orchestrator:
            yield House(orchestrator, clock)


@contextmanager
def quiet() -> Iterator[None]:
    """No log line; whatever was configured comes back."""
    before = structlog.get_config()
    structlog.configure(processors=[_hushed])
    try:
        yield
    finally:
        structlog.configure(**before)


def _hushed(*_: Any) -> Any:
    raise structlog.DropEvent


@lru_cache(maxsize=1)
def _template() -> bytes:
    folder = Path(tempfile.mkdtemp())
    try:
        with house("2020-01-01 00:00", path=folder / "template.db"):
            pass
        return (folder / "template.db").read_bytes()
    finally:
        shutil.rmtree(folder)


def empty_database(path: Path) -> Path:
    """A database file as the first start leaves it, without paying for the migrations again."""
    path.write_bytes(_template())
    return path


def files_a_complaint(there: House, case: str = "A", docket: str = "shop-1", **more: Any) -> Any:
    """An IP complaint that needs no registered right."""
    return there.orchestrator.open(
        "ip_complaint",
        docket=docket,
        by="complainant",
        facts=FILING,
        case=case,
        assume=True,
        **more,
    )


def year_file(folder: Path, *off: str, year: int = 2027) -> Path:
    """A year with these days off; else with 1 and 4 January."""
    path = folder / f"{year}.json"
    days = [{"name": "元旦", "date": day, "isOffDay": True} for day in off or OFF]
    path.write_text(json.dumps({"year": year, "days": days}), "utf-8")
    return path


def everything(there: House) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but `tries`: it says which process is at what."""
    names = there.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'tries' ORDER BY name"
    )
    return {name: sorted(there.rows(f'SELECT * FROM "{name}"'), key=repr) for (name,) in names}
