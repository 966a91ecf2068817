"""A desk with some of everything, and the plain question that each filter of a list asks."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.doors.house import FILING, House, beijing, house

REASONS = (
    "counterfeit of the 五粮液 label",
    "假冒 ＡＢＣ 商标",
    "a copy: 100% alike",
    'Straße, İstanbul, "quoted" and o\'clock',
)
STOPPED = "shop-3"


class Row(NamedTuple):
    """A case as an oracle sees it."""

    id: str
    docket: str
    workflow: str
    state: str
    opened_at: int
    overdue: bool
    due_at: int | None
    points: int | None
    facts: list[str]


@contextmanager
def desk(path: Path | None = None, cases: int = 24) -> Iterator[House]:
    """Complaints of four shops, opened hours apart, in the states that people and time lead to."""
    with house("2025-03-03 10:00", path=path) as there:
        for n in range(cases):
            there.move_to(f"2025-03-{3 + n // 8:02} {10 + n % 8}:00")
            opens(there, n)
        there.move_to("2025-03-10 10:00")
        acts = ("uphold", "reject", "request_supplement", None)
        facts = ({"lane": "general"}, {"reason": "no"}, {"wanted": "a proof"}, None)
        for n in range(0, cases, 2):
            act = n // 2 % 4
            if acts[act]:
                there.orchestrator.inject(name(n), acts[act], by="staff", facts=facts[act])
        there.move_to("2025-03-18 12:00")  # past the limit of the first
        there.orchestrator.advance()
        for n in (1, 5):
            there.orchestrator.inject(
                name(n), "request_supplement", by="staff", facts={"wanted": "a proof"}
            )
        there.orchestrator.inject(name(9), "uphold", by="staff", facts={"lane": "general"})
        with there.orchestrator.store.write() as tx:
            tx.open_incident(STOPPED, there.clock.now(), "Boom: of a test", "traceback", None)
        yield there


def name(n: int) -> str:
    return f"C{n * 7 % 24:02}"  # ids do not lie in the order of opening


def opens(there: House, n: int) -> None:
    given = {**FILING, "right_id": f"TM-{n}", "reason": REASONS[n % 4]}
    answer = there.orchestrator.open(
        "ip_complaint",
        docket=f"shop-{n % 4}",
        by="complainant",
        facts=given,
        case=name(n),
        assume=True,
    )
    assert not answer.refused, answer.reason


def rows_of(there: House) -> list[Row]:
    """Every case, from the tables of the steps alone."""
    due = dict(there.rows('SELECT "case", min(due_at) FROM timers GROUP BY "case"'))
    kept = there.rows("SELECT docket, data FROM cases WHERE workflow = 'account_standing'")
    points = {docket: json.loads(data).get("points", 0) for docket, data in kept}
    opened = there.rows("SELECT \"case\", content FROM journal WHERE kind = 'opened'")
    facts = {case: json.loads(content).get("facts", {}) for case, content in opened}
    columns = "id, docket, workflow, state, opened_at, overdue"
    return [
        Row(*row[:5], bool(row[5]), due.get(row[0]), points.get(row[1]), plain(facts[row[0]]))
        for row in there.rows(f"SELECT {columns} FROM cases")
    ]


def plain(value: Any) -> list[str]:
    """Every text in facts, as a reader compares it."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in plain(item)]
    if isinstance(value, list):
        return [text for item in value for text in plain(item)]
    return [] if isinstance(value, bool) else [" ".join(compared(str(value)).split())]


def compared(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def fits(row: Row, wanted: dict[str, Any]) -> bool:
    """Whether a case is one of those that are wanted."""
    words = compared(wanted.get("text") or "").split()
    since, before = wanted.get("opened_since"), wanted.get("opened_before")
    due = wanted.get("due_before")
    return all(
        (
            wanted.get("docket") in (None, row.docket),
            wanted.get("workflow") in (None, row.workflow),
            not wanted.get("state") or row.state in wanted["state"],
            since is None or row.opened_at >= since,
            before is None or row.opened_at < before,
            due is None or (row.due_at is not None and row.due_at < due),
            wanted.get("overdue") in (None, row.overdue),
            not wanted.get("stopped") or row.docket == STOPPED,
            wanted.get("points_from") is None
            or (-1 if row.points is None else row.points) >= wanted["points_from"],
            all(any(word in text for text in row.facts) for word in words),
        )
    )


def expected(there: House, wanted: dict[str, Any], order: str) -> list[str]:
    """The ids that a list must have, in its order."""
    found = [row for row in rows_of(there) if fits(row, wanted)]
    if order == "due":
        found = [row for row in found if row.due_at is not None]
        return [row.id for row in sorted(found, key=lambda row: (row.due_at, row.id))]
    return [row.id for row in sorted(found, key=lambda row: (row.opened_at, row.id))]


def pages(there: House, limit: int, **wanted: Any) -> list[list[str]]:
    """The ids of every page of a list."""
    found, after = [], None
    while True:
        page = there.orchestrator.cases(limit=limit, after=after, **wanted)
        found.append([row["case"] for row in page])
        after = page.next
        if after is None:
            return found


NOON = beijing("2025-03-04 12:00")
