"""The last hash of each docket, to be kept elsewhere, and what became of those that were (law 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from orchestrator.core.heads import Head, Kept, Lost, Preface, Seen, missed
from orchestrator.core.journal import canonical
from orchestrator.db import library
from orchestrator.db.store import ReadTx
from orchestrator.queries.journals import named
from orchestrator.queries.look import Look

SLICE = 1_000  # heads at once, so that memory stays flat
MOST_TOLD = 20  # dockets that are told as new by their names

HEADS = "SELECT key, seq, head_hash FROM dockets WHERE key > ? ORDER BY key LIMIT ?"
SEEN = (
    "SELECT kept.docket, (SELECT coalesce(max(seq), 0) FROM journal WHERE docket = kept.docket),"
    " (SELECT hash FROM journal WHERE docket = kept.docket AND seq = kept.seq)"
    " FROM (SELECT json_extract(value, '$[0]') AS docket, json_extract(value, '$[1]') AS seq"
    " FROM json_each(?)) AS kept WHERE kept.docket IN (SELECT key FROM dockets)"
)
NEW = (
    "SELECT key FROM dockets WHERE key > ? AND (? IS NULL OR key <= ?)"
    " AND key NOT IN (SELECT value FROM json_each(?)) ORDER BY key LIMIT ?"
)


class Compared(NamedTuple):
    """What kept heads found: what is lost, and how many dockets have come since."""

    preface: Preface
    lost: list[Lost]
    new: int
    newest: list[str]  # the first few of them


class Heads(Look):
    """Exports heads, and compares those that were kept."""

    def heads(self) -> tuple[Preface, Iterator[Head]]:
        """What stands before them, and the head of each docket in order, all of one moment."""
        found = self._heads()
        preface = next(found)
        assert isinstance(preface, Preface)
        return preface, (head for head in found if isinstance(head, Head))

    def _heads(self) -> Iterator[Preface | Head]:
        with self._store.read() as tx:
            at = self.zone(tx).text(self._engine.clock.now())
            yield Preface(library.identity(tx), at, tx.scalar("SELECT count(*) FROM dockets"))
            after = ""
            while found := tx.rows(HEADS, after, SLICE):
                for row in found:
                    yield Head(*row)
                after = found[-1][0]

    def compare_heads(
        self,
        kept: Kept,
        docket: str | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Compared:
        """Whether each journal still has what it had when its head was kept.

        docket     this one alone
        progress   told how many heads were looked at
        raises     BadHeads: the file is not whole, or is of another database
        """
        docket = named(docket)
        lost: list[Lost] = []
        there, after, newest = 0, "", list[str]()
        with self._store.read() as tx:
            mine = library.identity(tx)
            if kept.preface.database != mine:
                raise kept.other_database(mine)
            done, heads = 0, iter(kept)
            while some := list(islice(heads, SLICE)):
                done += len(some)
                asked = [head for head in some if docket in (None, head.docket)]
                seen = _seen(tx, asked)
                there += len(seen)
                lost += [said for head in asked if (said := missed(head, seen.get(head.docket)))]
                newest += _new(tx, after, some, MOST_TOLD - len(newest))
                after = some[-1].docket
                progress(done)
            newest += _new(tx, after, [], MOST_TOLD - len(newest))
            if docket is None:
                new = tx.scalar("SELECT count(*) FROM dockets") - there
            else:
                new = tx.scalar("SELECT count(*) FROM dockets WHERE key = ?", docket) - there
                newest = [docket] if new else []
        return Compared(kept.preface, lost, new, newest)


def _seen(tx: ReadTx, heads: Iterable[Head]) -> dict[str, Seen]:
    asked = canonical([[head.docket, head.seq] for head in heads])
    return {row[0]: Seen(*row[1:]) for row in tx.rows(SEEN, asked)}


def _new(tx: ReadTx, after: str, known: list[Head], most: int) -> list[str]:
    """Dockets between two kept ones that are not kept; behind the last one: all that follow."""
    last = known[-1].docket if known else None
    keys = canonical([head.docket for head in known])
    return [row[0] for row in tx.rows(NEW, after, last, last, keys, most)] if most else []
