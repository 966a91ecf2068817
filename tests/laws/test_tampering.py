"""Law 7 against somebody who can write the file: what `verify` finds, and what only kept heads do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.core.heads import Kept, Lost, written
from orchestrator.core.journal import GENESIS, chained
from tests.laws.deeds import MONDAY, done, established, files, says
from tests.laws.schedules import ASLEEP, played
from tests.laws.stories import APPEALED, ASKED, DAY, FILED, HOUR, STRIKES, stories
from tests.laws.told import edition, told
from tests.laws.world import Act, World

PRELUDES = (FILED, APPEALED, STRIKES, ASKED)
TABLES = ("journal", "cases", "timers", "dockets")

# What is in no hash and follows from nothing. docs/how-to/prove-a-journal.md says so.
UNSEALED = {
    ("journal", "recorded_at"),  # when it was noticed: the same journal for every schedule
    ("dockets", "clock"),  # another docket's opening that read this one may have raised it
}


class Touched:
    """Somebody with a file and an editor: no constraint, no foreign key, no program in between."""

    def __init__(self, world: World) -> None:
        self._path = world.path

    def columns(self, table: str) -> dict[str, str]:
        """Name → type, in the order of the table."""
        return {row[1]: row[2] for row in self._do(f"PRAGMA table_info({table})")}

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        return self._do(f"SELECT * FROM {table} ORDER BY 1, 2, 3")

    def writes(self, table: str, row: tuple[Any, ...], column: str, value: Any) -> bool:
        """Another value in one column of one row; False: the file does not take it."""
        names = self.columns(table)
        same = " AND ".join(f'"{name}" IS ?' for name in names)
        text = f'UPDATE {table} SET "{column}" = ? WHERE {same}'
        try:
            self._do(text, value, *row)
        except sqlite3.IntegrityError:  # a key that is taken, a null where none may be, a type
            return False
        return True

    def _do(self, text: str, *given: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path)) as file:
            file.execute("PRAGMA ignore_check_constraints = ON")
            found = file.execute(text, given).fetchall()
            file.commit()
            return found


def heads_of(world: World) -> list[str]:
    """The file of heads, as it would be kept elsewhere."""
    return list(written(*world.orchestrator.queries.heads()))


def lost(world: World, heads: list[str]) -> list[Lost]:
    return world.orchestrator.queries.compare_heads(Kept(heads)).lost


def is_found(world: World, heads: list[str]) -> bool:
    faults = [*world.orchestrator.verify(), *lost(world, heads)]
    assert all(str(fault) for fault in faults)  # a docket's name itself may have been emptied
    return bool(faults)


def other_values(value: Any, kind: str) -> list[Any]:
    """What somebody may write in the place of a value, in a column of this type."""
    if kind == "INTEGER":
        base = value or 0
        others = [base + 1, base - 1, 0, -1, base + 10**6, 2**40, 2**62, None]
    else:
        text = value or ""
        others = [f"{text}x", f" {text}", f"{text} ", text[1:], "", text.upper(), "x", None]
        others += [text.replace("{", "{ "), text.replace("true", "1"), text.replace('"', "'")]
        others += [text.replace("1", "2"), text.replace("0", "1"), "[]", "{}", "null", "[[1]]"]
    return [other for other in others if (type(other), other) != (type(value), value)]


VALUES = st.integers(0, 30)


def may_be_touched(table: str, column: str, row: dict[str, Any]) -> bool:
    """Whether a column is one that something covers: `dockets.edition` where an entry tells it."""
    told_nowhere = table == "dockets" and column == "edition" and not row["tells_of_an_edition"]
    return (table, column) not in UNSEALED and not told_nowhere


@given(st.data(), stories(PRELUDES))
def test_any_single_edit_of_any_covered_column_is_found(data, story):
    with World() as world:
        told(story, world, tail=0)
        heads = heads_of(world)
        assert not is_found(world, heads)
        touched = Touched(world)
        table = data.draw(st.sampled_from(TABLES), "table")
        rows = touched.rows(table)
        assume(rows)
        row = rows[data.draw(st.integers(0, len(rows) - 1), "row")]
        columns = touched.columns(table)
        column = data.draw(st.sampled_from(list(columns)), "column")
        assume(may_be_touched(table, column, named(world, touched, table, row)))
        others = other_values(row[list(columns).index(column)], columns[column])
        other = others[data.draw(VALUES, "value") % len(others)]
        assume(touched.writes(table, row, column, other))
        assume(touched.rows(table) != rows)

        assert is_found(world, heads)


def named(world: World, touched: Touched, table: str, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row by the names of its columns, and whether its docket's journal tells of an edition."""
    found = dict(zip(touched.columns(table), row, strict=True))
    if table == "dockets":
        text = "".join(
            line[0]
            for line in world.rows("SELECT content FROM journal WHERE docket = ?", found["key"])
        )
        found["tells_of_an_edition"] = '"edition"' in text
    return found


def busy_world(world: World) -> None:
    """A docket with all there is: a frozen timer, one of an unannounced year, a case that ended."""
    established(world, until="2027-03-20")
    done(world, files("shop-1", "A", assume=False), files("shop-1", "B"), files("shop-1", "C"))
    world.act(Act("announce", edition(world, 1)))
    world.move_to(MONDAY + HOUR)
    done(world, says("A", "request_supplement"), says("B", "uphold", lane="severe"))
    done(world, says("C", "withdraw"))
    world.move_to(MONDAY + 2 * DAY)
    world.wake()


EVERY = [
    *(
        (t, c)
        for t, columns in {
            "journal": "docket seq case effective_at kind name by from to content hash",
            "cases": (
                "id docket workflow definition rulebook state overdue data seq opened_at closed_at since"
                " moved_by opened_seq"
            ),
            "timers": (
                "docket case name priority due_at computed_at span start_day start_at pauses edition"
                " provisional armed_seq armed_n chain by_calendar"
            ),
            "dockets": "key seq head_hash next_due_at edition incident replay",
        }.items()
        for c in columns.split()
    )
]


def test_the_list_of_columns_is_that_of_the_tables():
    with World(MONDAY) as world:
        touched = Touched(world)

        assert {(t, c) for t in TABLES for c in touched.columns(t)} == {*EVERY, *UNSEALED}


@pytest.fixture(scope="module")
def lived() -> bytes:
    with World(MONDAY) as world:
        busy_world(world)
        assert world.orchestrator.verify() == []
        return content_of(world)


@pytest.mark.fault(4)
@pytest.mark.parametrize(("table", "column"), EVERY)
def test_every_edit_of_a_column_is_found_in_every_row(lived, table, column):
    with World(MONDAY + 2 * DAY, file=lived) as world:
        heads, touched = heads_of(world), Touched(world)
        rows = touched.rows(table)
        columns = touched.columns(table)
        place, tried = list(columns).index(column), 0
        for row in rows[:: max(1, len(rows) // 4)]:
            if not may_be_touched(table, column, named(world, touched, table, row)):
                continue
            for other in other_values(row[place], columns[column])[:4]:
                if not touched.writes(table, row, column, other):
                    continue
                if touched.rows(table) != rows:
                    tried += 1
                    assert is_found(world, heads), f"{row[:3]}: {column} {other!r}"
                changed = tuple(other if n == place else old for n, old in enumerate(row))
                assert touched.writes(table, changed, column, row[place])
        assert tried
        assert not is_found(world, heads)


def test_when_an_entry_was_written_down_is_in_no_hash(lived):
    """Law 1: the journal is the same whoever wrote it and whenever. Too early is a fault all the same."""
    with World(MONDAY + 2 * DAY, file=lived) as world:
        heads, touched = heads_of(world), Touched(world)
        row = touched.rows("journal")[-1]
        recorded_at = list(touched.columns("journal")).index("recorded_at")
        later = (*row[:recorded_at], row[recorded_at] + HOUR, *row[recorded_at + 1 :])

        touched.writes("journal", row, "recorded_at", row[recorded_at] + HOUR)
        assert not is_found(world, heads)
        touched.writes("journal", later, "recorded_at", 0)
        assert is_found(world, heads)


def test_a_clock_may_be_later_than_the_last_entry_but_never_earlier_or_later_than_everything(lived):
    with World(MONDAY + 2 * DAY, file=lived) as world:
        heads, touched = heads_of(world), Touched(world)
        row = touched.rows("dockets")[-1]
        place = list(touched.columns("dockets")).index("clock")

        def is_seen(clock: int) -> bool:
            nonlocal row
            touched.writes("dockets", row, "clock", clock)
            row = tuple(clock if n == place else value for n, value in enumerate(row))
            return is_found(world, heads)

        assert is_seen(row[place] - 1)
        assert not is_seen(world.clock.now())
        assert is_seen(world.clock.now() + 1)


# -- whoever writes everything: hashes, rows and heads -------------------------------------------


def content_of(world: World) -> bytes:
    """The database as one file."""
    path = world.folder / "copy.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(world.path)) as file, closing(sqlite3.connect(path)) as copy:
        file.backup(copy)
    return Path(path).read_bytes()


@pytest.mark.fault(4)
@given(stories(PRELUDES), st.integers(0, 30))
def test_a_tail_that_was_cut_with_all_that_follows_from_it_is_found_by_heads_alone(story, part):
    """An older copy of the file: seq, head, clock, cases, timers and outbox agree with each other."""
    with World() as world:
        plan = told(story, world, tail=0)
    with World() as world:
        earlier: list[tuple[bytes, dict[str, int]]] = []

        def keep(n: int) -> None:
            if n == part % (len(plan.inputs) + 1):
                earlier.append((content_of(world), seqs(world)))

        played(plan, ASLEEP, world, keep)
        heads, now, after = heads_of(world), world.clock.now(), seqs(world)
    file, before = earlier[0]
    with World(now, file=file) as restored:
        shorter = {key for key, seq in after.items() if before.get(key, -1) < seq}
        found = lost(restored, heads)

        assert restored.orchestrator.verify() == []
        assert {one.docket for one in found} == shorter
        assert {one.fault for one in found} <= {"cut", "docket gone"}


def seqs(world: World) -> dict[str, int]:
    return dict(world.rows("SELECT key, seq FROM dockets"))


@pytest.mark.fault(4)
def test_a_history_that_was_written_anew_from_some_entry_on_is_found_by_heads_alone():
    """The same beginning, another decision, and then as many entries as there were."""
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), files("shop-2", "B"))
        beginning = content_of(world)
        world.move_to(MONDAY + HOUR)
        done(world, says("A", "uphold", lane="severe"), says("A", "appeal"))
        heads = heads_of(world)
        assert not is_found(world, heads)
    with World(MONDAY, file=beginning) as forged:
        forged.move_to(MONDAY + HOUR)
        done(forged, says("A", "uphold", lane="minor"), says("A", "appeal"))
        forged.move_to(MONDAY + 2 * HOUR)

        (one,) = lost(forged, heads)
        assert forged.orchestrator.verify() == []
        assert (one.docket, one.fault) == ("shop-1", "rewritten")


@given(stories(PRELUDES), st.integers(0, 200))
def test_a_chain_whose_hashes_were_made_anew_from_some_entry_on_is_found_by_heads(story, which):
    with World() as world:
        told(story, world, tail=0)
        heads = heads_of(world)
        lines = world.journal()
        line = lines[which % len(lines)]
        forge(world, line.docket, line.seq)

        assert [(one.docket, one.fault) for one in lost(world, heads)] == [
            (line.docket, "rewritten")
        ]


def forge(world: World, docket: str, first: int) -> None:
    """Change who said it in one entry, and seal everything from there on as the program does."""
    with closing(sqlite3.connect(world.path)) as file:
        file.execute(
            "UPDATE journal SET by = 'somebody' WHERE docket = ? AND seq = ?", (docket, first)
        )
        head = GENESIS
        for row in file.execute(
            'SELECT seq, "case", effective_at, kind, name, by, "from", "to", content FROM journal'
            " WHERE docket = ? ORDER BY seq",
            (docket,),
        ).fetchall():
            head = chained(head, docket, *row)
            file.execute(
                "UPDATE journal SET hash = ? WHERE docket = ? AND seq = ?", (head, docket, row[0])
            )
        file.execute("UPDATE dockets SET head_hash = ? WHERE key = ?", (head, docket))
        file.commit()


@given(stories(PRELUDES), st.integers(0, 20))
def test_heads_agree_with_whatever_comes_later(story, part):
    with World() as world:
        plan = told(story, world, tail=0)
    with World() as world:
        kept: list[tuple[list[str], set[str]]] = []

        def keep(n: int) -> None:
            if n == part % (len(plan.inputs) + 1):
                kept.append((heads_of(world), set(seqs(world))))

        played(plan, ASLEEP, world, keep)
        heads, known = kept[0]
        news = set(seqs(world)) - known
        compared = world.orchestrator.queries.compare_heads(Kept(heads))

        assert compared.lost == []
        assert (compared.new, compared.newest) == (len(news), sorted(news))
