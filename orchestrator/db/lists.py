"""What lists need beside the rows of a step: their indices, the text of facts, the points of dockets.

Every list is read along an index in its own order, so that a page costs the same wherever it lies.
What `--text` looks through is written once, with the opening, from the facts that its entry has in
the journal: a firing never touches it. A docket's points are written where the workflow that keeps
its standing has moved. Both follow from the journal, so `verify` compares them and `rebuild` makes
them anew.

FTS5 knows three characters or more, and two Chinese ones are a word already. So each ideograph is
kept between two gaps, and one alone is three characters: `<gap>粮<gap>`. A text is a part of another
exactly when the one kept so is a part of the other kept so, and that is what is asked in the end;
the index only says where to look. Words of one or two Latin letters are looked for case by case.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, event

from orchestrator.core.docket import Docket, Run
from orchestrator.core.journal import Fault, canonical
from orchestrator.core.values import Case, Entry
from orchestrator.core.workflow import Workflow
from orchestrator.db import rows, statements
from orchestrator.db.tables import KEYED, STRICT, cases, metadata, timers

if TYPE_CHECKING:
    from orchestrator.db.reading import ReadTx
    from orchestrator.db.writing import WriteTx

Index("ix_cases_opened", cases.c.opened_at, cases.c.id)
Index("ix_cases_state", cases.c.workflow, cases.c.state, cases.c.opened_at, cases.c.id)
Index("ix_cases_overdue", cases.c.opened_at, cases.c.id, sqlite_where=cases.c.overdue == 1)
Index(
    "ix_timers_pending",
    timers.c.due_at,
    timers.c.case,
    timers.c.name,
    sqlite_where=timers.c.due_at.is_not(None),
)
Index("ix_timers_frozen", timers.c.case, timers.c.name, sqlite_where=timers.c.due_at.is_(None))

texts = Table(
    "texts",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("case", Text, nullable=False),
    Column("text", Text, nullable=False),  # folded, a line each fact
    Index("ix_texts_case", "case", unique=True),
    **STRICT,
)
standings = Table(
    "standings",
    metadata,
    Column("docket", Text, primary_key=True),
    Column("points", Integer),
    Index("ix_standings_points", "points", "docket"),
    **KEYED,
)
GRAMS = "texts_grams"  # and, behind it, the tables that FTS5 keeps for it
CREATE_GRAMS = (  # it finds candidates alone: neither places nor lengths are kept
    f"CREATE VIRTUAL TABLE {GRAMS} USING fts5(text, content='texts', content_rowid='n',"
    " tokenize='trigram case_sensitive 1', detail='none', columnsize=0)"
)
REBUILD_GRAMS = f"INSERT INTO {GRAMS} ({GRAMS}) VALUES ('rebuild')"  # noqa: S608  our own name


@event.listens_for(texts, "after_create")
def _create_grams(_: Table, connection: Connection, **__: Any) -> None:
    connection.exec_driver_sql(CREATE_GRAMS)


LAST_TEXT = "SELECT coalesce(max(n), 0) FROM texts"
INSERT_TEXT = 'INSERT INTO texts ("case", text) VALUES (?, ?)'
INSERT_GRAMS = f"INSERT INTO {GRAMS} (rowid, text) SELECT n, text FROM texts WHERE n > ?"  # noqa: S608
INSERT_POINTS = (
    "INSERT INTO standings (docket, points) VALUES (?, ?)"
    " ON CONFLICT (docket) DO UPDATE SET points = excluded.points"
)
UNKNOWN = ""  # the docket of the row that says: the points of this database are still to be found

SLICE = 5_000  # texts written at once
MOST_INTEGER = 2**53  # as of facts
GRAM = 3
GAP = "\x1f"  # white space to Python: in a folded text nothing else has it
_IDEOGRAPHS = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


# -- text -------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """Text as it is compared: neither width, case nor the amount of white space matters."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _IDEOGRAPHS.sub(rf"{GAP}\g<0>{GAP}", plain).replace(GAP + GAP, GAP)


def words_of(text: str) -> tuple[str, ...]:
    """What a person looks for: each of these must be there."""
    return tuple(word for word in dict.fromkeys(folded(text).split(" ")) if word)


def grams_of(words: Iterable[str]) -> str:
    """The question for the index: grams that lie side by side over each word; "" for short ones."""
    grams = {
        word[at : at + GRAM]
        for word in words
        if len(word) >= GRAM
        for at in (*range(0, len(word) - GRAM, GRAM), len(word) - GRAM)
    }
    quoted = (gram.replace('"', '""') for gram in sorted(grams))
    return " AND ".join(f'"{gram}"' for gram in quoted)


def text_of(entry: Entry) -> str:
    """What is looked through of a case: the facts it was opened with, as its first entry has them."""
    return "\n".join(filter(None, map(folded, _leaves(json.loads(entry.content).get("facts")))))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def opened_in(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """(case, text) of every opening that has facts."""
    for entry in entries:
        if entry.kind == "opened" and entry.case is not None:
            text = text_of(entry)
            if text:
                yield entry.case, text


def save_texts(tx: WriteTx, runs: Iterable[Run]) -> None:
    """The text of what these runs opened, in the commit that opens it."""
    new = list(opened_in(entry for run in runs for entry in run.entries))
    if new:
        last = tx.scalar(LAST_TEXT)
        tx.many(INSERT_TEXT, new)
        tx.one(INSERT_GRAMS, last)


# -- points -----------------------------------------------------------------------------------


def points_of(workflow: Workflow, case: Case) -> int | None:
    """What the workflow that keeps a docket's standing shows as `points`; None: nothing."""
    assert workflow.summary is not None
    try:
        found = workflow.summary(case).get("points")
    except Exception:  # noqa: BLE001  a bug in what is only shown stops no docket
        return None
    return found if type(found) is int and abs(found) <= MOST_INTEGER else None


def save_points(tx: WriteTx, moved: Iterable[tuple[Run, Case]]) -> None:
    """The points of dockets whose standing has moved, in the commit that moves it."""
    found = []
    for run, case in moved:
        book = run.world.books.get((case.definition, case.rulebook))
        if book is not None and book.terms.workflow.summary is not None:
            found.append((case.docket, points_of(book.terms.workflow, case)))
    tx.many(INSERT_POINTS, found)


def points_are_unknown(tx: ReadTx) -> bool:
    """Whether a migration has left the points to whoever knows the workflows."""
    return bool(tx.rows("SELECT 1 FROM standings WHERE docket = ?", UNKNOWN))


def find_points(tx: WriteTx, versions: Mapping[str, Workflow]) -> None:
    """The points of every docket, from its standing as it is. `versions` by definition.

    Where a workflow of this database is not known here it stays said that some are to be found:
    a process that knows it does so at its start.
    """
    tx.one("DELETE FROM standings")
    names = {row[0].partition("@")[0] for row in tx.rows("SELECT definition FROM definitions")}
    if names - {workflow.name for workflow in versions.values()}:
        tx.one("INSERT INTO standings (docket) VALUES (?)", UNKNOWN)
    keeping = {d: w for d, w in versions.items() if w.summary is not None}
    text = (
        f"SELECT {statements.columns(cases)} FROM cases INDEXED BY ix_cases_state"  # noqa: S608  our own columns
        " WHERE workflow = ?"
    )
    for name in sorted({workflow.name for workflow in keeping.values()}):
        found = map(rows.case_of, tx.rows(text, name))
        tx.many(
            INSERT_POINTS,
            [
                (case.docket, points_of(keeping[case.definition], case))
                for case in sorted(found, key=lambda case: (case.docket, case.opened_seq))
                if case.definition in keeping
            ],
        )


# -- all of it again, and the proof of it -----------------------------------------------------


def rebuild(tx: WriteTx, opened: Iterable[Entry], versions: Mapping[str, Workflow]) -> int:
    """Everything here made anew: texts from the openings of the journal, points from standings."""
    tx.one("DELETE FROM texts")
    new = opened_in(opened)
    while some := list(islice(new, SLICE)):
        tx.many(INSERT_TEXT, some)
    tx.one(REBUILD_GRAMS)
    find_points(tx, versions)
    return int(tx.scalar("SELECT count(*) FROM texts"))


def faults_of(
    tx: ReadTx,
    key: str,
    entries: Sequence[Entry],
    docket: Docket,
    versions: Mapping[str, Workflow],
) -> Iterator[Fault]:
    """What a list would not find, or would find where it is not: nobody would miss it."""
    ids = canonical(sorted(docket.cases))
    held = 'SELECT "case", text FROM texts WHERE "case" IN (SELECT value FROM json_each(?))'
    try:
        found, wanted = dict(tx.rows(held, ids)), dict(opened_in(entries))
    except (ValueError, AttributeError, KeyError, TypeError):
        return  # an entry that cannot be read is a fault of its own
    seq = entries[-1].seq if entries else 0
    for case in sorted(found.keys() | wanted.keys()):
        if found.get(case) != wanted.get(case):
            yield Fault(
                key, seq, f"text of case {case} {found.get(case)!r}", f"{wanted.get(case)!r}"
            )
    if any(case.definition not in versions for case in docket.cases.values()):
        return  # another process may know its standing
    shown = dict(tx.rows("SELECT docket, points FROM standings WHERE docket = ?", key))
    standing = [
        case
        for case in sorted(docket.cases.values(), key=lambda case: case.opened_seq)
        if versions[case.definition].summary is not None
    ]
    points = points_of(versions[standing[-1].definition], standing[-1]) if standing else None
    if shown.get(key) != points:
        yield Fault(key, seq, f"points {shown.get(key)}", f"{points}")
