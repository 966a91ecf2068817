"""How far a replay has come, kept in the commits of what it did: a kill loses and doubles nothing.

A replay owns the dockets that it opened or touched until it is finished: claims skip them, and an
inject is answered "being replayed". Who finds another position than his own under the lock learns
that somebody else is at the same history, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from orchestrator.core.journal import canonical
from orchestrator.db.store import ReadTx, Store, WriteTx
from orchestrator.errors import Conflict, NotFound
from orchestrator.replay.lines import Rejected
from orchestrator.replay.source import Source, digests_at

COLUMNS = (
    "id, file, position, digest, latest, applied, refused, rejected, held, firings, started_at,"
    " finished_at"
)
SELECT = f"SELECT {COLUMNS} FROM replays"  # noqa: S608  our own columns
INSERT = (
    "INSERT INTO replays (file, position, digest, applied, refused, rejected, held, firings,"
    " started_at) VALUES (?, 0, '', 0, 0, 0, 0, 0, ?)"
)
UPDATE = (
    "UPDATE replays SET file = ?, position = ?, digest = ?, latest = ?, applied = ?, refused = ?,"
    " rejected = ?, held = ?, firings = ?, finished_at = ? WHERE id = ?"
)
REJECT = "INSERT INTO rejects (replay, line, reason, text) VALUES (?, ?, ?, ?)"
OWN = (
    "UPDATE dockets SET replay = ? WHERE replay IS NULL AND key IN (SELECT value FROM json_each(?))"
)
RELEASE = "UPDATE dockets SET replay = NULL WHERE replay = ?"
OWNED_DUE = (
    "SELECT key FROM dockets WHERE replay = ? AND incident IS NULL AND next_due_at <= ?"
    " ORDER BY key LIMIT ?"
)


class Progress(NamedTuple):
    """The row of a replay. `position` lines are behind it, whatever became of each."""

    id: int
    file: str
    position: int
    digest: str
    latest: int | None  # the latest instant of those lines
    applied: int
    refused: int
    rejected: int
    held: int
    firings: int
    started_at: int
    finished_at: int | None

    @property
    def owner(self) -> str:
        """What stands in the row of a docket that belongs to it."""
        return str(self.id)


class Found(NamedTuple):
    """What is known of a source: the replay that it goes on with, if any, and its length."""

    progress: Progress | None
    lines: int
    others: frozenset[tuple[int, int]] = frozenset()  # (id, begun at) of all that there were

    @property
    def is_done(self) -> bool:
        """Whether every line was applied, and the time after them has passed."""
        before = self.progress
        return (
            before is not None and before.finished_at is not None and before.position == self.lines
        )


def find(store: Store, source: Source) -> Found:
    """The replay whose lines are the first lines of this source; of several the furthest."""
    with store.read() as tx:
        known = _known(tx)
    same, lines = _same(known, source)
    furthest = max(same, key=lambda p: (p.position, p.id), default=None)
    return Found(furthest, lines, frozenset((p.id, p.started_at) for p in known))


def _known(tx: ReadTx) -> list[Progress]:
    return [Progress(*row) for row in tx.rows(f"{SELECT} WHERE position > 0 ORDER BY id")]


def _same(known: Iterable[Progress], source: Source) -> tuple[list[Progress], int]:
    """Those whose lines are the first ones of the source, and how many lines it has."""
    digests, lines = digests_at(source, {progress.position for progress in known})
    return [p for p in known if digests.get(p.position) == p.digest], lines


def must_be_first(tx: ReadTx, source: Source, found: Found) -> None:
    """raises   Conflict: since it was found that nobody had, another process began this history"""
    begun = [p for p in _known(tx) if (p.id, p.started_at) not in found.others]
    if begun and _same(begun, source)[0]:
        raise Conflict(_overtaken(source.name, 0))


def begin(tx: WriteTx, file: str, now: int) -> Progress:
    """A new replay, with its first commit."""
    return Progress(*tx.rows(f"{SELECT} WHERE id = ?", tx.one(INSERT, file, now))[0])


def keep(tx: WriteTx, progress: Progress, rejects: Iterable[Rejected] = ()) -> None:
    """Store how far it has come, in the commit of what it did."""
    p = progress
    tx.one(UPDATE, p.file, *p[2:10], p.finished_at, p.id)
    tx.many(REJECT, [(p.id, *reject) for reject in rejects])


def must_be_where(tx: ReadTx, progress: Progress) -> None:
    """raises   Conflict: another process goes on with the same history"""
    found = tx.rows(f"{SELECT} WHERE id = ?", progress.id)
    if not found or Progress(*found[0])[2:10] != progress[2:10]:
        raise Conflict(_overtaken(progress.file, progress.position))


def _overtaken(file: str, position: int) -> str:
    return (
        f"{file}: another process replays it too: nothing of line"
        f" {position + 1} and later was applied by this one"
    )


def rejects_of(tx: ReadTx, progress: Progress) -> list[Rejected]:
    """What was rejected so far, by line."""
    found = tx.rows(
        "SELECT line, reason, text FROM rejects WHERE replay = ? ORDER BY line", progress.id
    )
    return [Rejected(*row) for row in found]


def own(tx: WriteTx, progress: Progress, keys: Sequence[str]) -> None:
    """Dockets that nobody owns belong to this replay from now on."""
    tx.one(OWN, progress.owner, canonical(list(keys)))


def release(tx: WriteTx, progress: Progress) -> None:
    """Its dockets are everybody's again."""
    tx.one(RELEASE, progress.owner)


def owned_due(tx: ReadTx, progress: Progress, until: int, most: int) -> list[str]:
    """Dockets of this replay that have something due."""
    return [row[0] for row in tx.rows(OWNED_DUE, progress.owner, until, most)]


def must_be_ours(tx: ReadTx, progress: Progress, keys: Sequence[str]) -> None:
    """raises   Conflict: a docket belongs to another unfinished replay"""
    for key, stopped in tx.stopped_among(keys).items():
        if stopped.replay not in (None, progress.owner):
            raise Conflict(
                f"docket {key} belongs to the unfinished replay of {tx.replayed_file(stopped.replay)}:"
                " finish that one first, or give it up (replay FILE --give-up)"
            )


def give_up(store: Store, source: Source) -> Progress:
    """Let go of the dockets of an unfinished replay, as they stand.

    raises   NotFound: none of this file is under way
    """
    found = find(store, source).progress
    if found is None or found.finished_at is not None:
        raise NotFound(f"no unfinished replay of {source.name}")
    with store.write() as tx:
        must_be_where(tx, found)
        release(tx, found)
        tx.one("DELETE FROM rejects WHERE replay = ?", found.id)
        tx.one("DELETE FROM replays WHERE id = ?", found.id)
    return found
