"""How far a replay has come, kept in the commits of what it did: a kill loses and doubles nothing.

A replay owns the dockets that it opened or touched until it is finished: claims skip them, and an
inject is answered "being replayed". Who finds another position than his own under the lock learns
that somebody else is at the same history, and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from orchestrator.core.journal import canonical
from orchestrator.db.store import ReadTx, Store, WriteTx
from orchestrator.errors import Conflict, NotFound
from orchestrator.replay.lines import Rejected
from orchestrator.replay.source import Source, digests_at

COLUMNS = (
    "id, file, first, position, digest, latest, applied, refused, rejected, held, firings, ends,"
    " started_at, finished_at"
)
SELECT = f"SELECT {COLUMNS} FROM replays"  # noqa: S608  our own columns
INSERT = (
    "INSERT INTO replays (file, first, position, digest, applied, refused, rejected, held, firings,"
    " ends, started_at) VALUES (?, ?, 0, '', 0, 0, 0, 0, 0, '[]', ?)"
)
UPDATE = (
    "UPDATE replays SET file = ?, position = ?, digest = ?, latest = ?, applied = ?, refused = ?,"
    " rejected = ?, held = ?, firings = ?, ends = ?, finished_at = ? WHERE id = ?"
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


class End(NamedTuple):
    """Where a history once ended: so many lines with this digest, and time until then."""

    position: int
    digest: str
    until: int


class Progress(NamedTuple):
    """The row of a replay. `position` lines are behind it, whatever became of each."""

    id: int
    file: str
    first: str  # the digest of its first line
    position: int
    digest: str
    latest: int | None  # the latest instant of the lines that were applied
    applied: int
    refused: int
    rejected: int
    held: int
    firings: int
    ends: str  # each `End` that it was finished with, as JSON; a file may grow
    started_at: int
    finished_at: int | None

    @property
    def owner(self) -> str:
        """What stands in the row of a docket that belongs to it."""
        return str(self.id)

    def all_ends(self) -> list[End]:
        return [End(*end) for end in json.loads(self.ends)]

    def ended(self, until: int, now: int) -> Progress:
        """The same, finished."""
        end = End(self.position, self.digest, until)
        return self._replace(ends=json.dumps([*self.all_ends(), end]), finished_at=now)


class Found(NamedTuple):
    """What is known of a source: the replay that it goes on with, if any, and its length."""

    progress: Progress | None
    end: End | None  # it was finished, with these very lines
    lines: int
    first: str
    others: frozenset[tuple[int, int]]  # (id, begun at) of all replays that there were


def find(tx: ReadTx, source: Source) -> Found:
    """The replay whose lines are the first lines of this source; of several the furthest.

    raises   Conflict: it begins like one, and is another one further on
    """
    known = _known(tx)
    ends = [(p, end) for p in known for end in p.all_ends()]
    positions = {1, *(p.position for p in known), *(end.position for _, end in ends)}
    digests, lines = digests_at(source, positions)
    first = digests.get(1, "")
    others = frozenset((p.id, p.started_at) for p in known)
    for progress, end in ends:
        if (end.position, end.digest) == (lines, digests.get(lines)):
            return Found(progress, end, lines, first, others)
    same = [p for p in known if digests.get(p.position) == p.digest]
    like = next((p for p in known if p.first == first), None)
    if not same and like is not None:
        raise Conflict(
            f"{source.name} begins like {like.file}, of which {like.position} lines are applied,"
            " but those are not its first lines: nothing was done; to go on, they must stay as"
            " they were, and only what follows may be another"
        )
    furthest = max(same, key=lambda p: (p.position, p.id), default=None)
    return Found(furthest, None, lines, first, others)


def _known(tx: ReadTx) -> list[Progress]:
    return [Progress(*row) for row in tx.rows(f"{SELECT} WHERE position > 0 ORDER BY id")]


def must_be_first(tx: ReadTx, source: Source, found: Found) -> None:
    """raises   Conflict: since it was found that nobody had, another process began this history"""
    begun = [p for p in _known(tx) if (p.id, p.started_at) not in found.others]
    if any(p.first == found.first for p in begun):
        raise Conflict(_overtaken(source.name, 0))


def begin(tx: WriteTx, file: str, first: str, now: int) -> Progress:
    """A new replay, with its first commit."""
    return Progress(*tx.rows(f"{SELECT} WHERE id = ?", tx.one(INSERT, file, first, now))[0])


def keep(tx: WriteTx, progress: Progress, rejects: Iterable[Rejected] = ()) -> None:
    """Store how far it has come, in the commit of what it did."""
    p = progress
    tx.one(UPDATE, p.file, *p[3:12], p.finished_at, p.id)
    tx.many(REJECT, [(p.id, *reject) for reject in rejects])


def must_be_where(tx: ReadTx, progress: Progress) -> None:
    """raises   Conflict: another process goes on with the same history"""
    found = tx.rows(f"{SELECT} WHERE id = ?", progress.id)
    if not found or Progress(*found[0])[3:12] != progress[3:12]:
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

    It is found by its lines, or its first one; if the file was changed, by its name.

    raises   NotFound: none of this file is under way
    """
    with store.write() as tx:
        known = [p for p in _known(tx) if p.finished_at is None]
        digests, _ = digests_at(source, {1, *(p.position for p in known)})
        same = [p for p in known if digests.get(p.position) == p.digest]
        alike = [p for p in known if p.first == digests.get(1)]
        named = [p for p in known if p.file == source.name]
        found = next(iter(same or alike or named), None)
        if found is None:
            raise NotFound(f"no unfinished replay of {source.name}")
        release(tx, found)
        tx.one("DELETE FROM rejects WHERE replay = ?", found.id)
        tx.one("DELETE FROM replays WHERE id = ?", found.id)
    return found
