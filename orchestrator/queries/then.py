"""Dockets as they are, as they were at an instant, and as they had been written down by one.

Two times are told apart. *Effective* time is when something counts: a window that ended at midnight
ended at midnight, however late a process noticed. *Recorded* time is when it was written down. What
was asked for by an instant of the first is complete; by one of the second nothing is added that had
not been written down yet, and a deadline that nobody had noticed stands there as pending.
"""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

from orchestrator.core.again import Unknown, as_it_stood
from orchestrator.core.docket import Docket, Run, World
from orchestrator.db.store import ReadTx
from orchestrator.errors import BadInput, Trouble
from orchestrator.queries.journals import recorded
from orchestrator.queries.look import Look

OPEN_THEN = (
    "SELECT id FROM incidents WHERE docket = ? AND opened_at <= ?"
    " AND (closed_at IS NULL OR closed_at > ?) ORDER BY id LIMIT 1"
)


class Moment(NamedTuple):
    """A docket at one moment of its history, and what held it there."""

    run: Run
    at: int
    incident: int | None
    replay: str | None  # the file of an unfinished replay, of the present alone
    unnoticed: bool = False  # what was due by then may be pending still, and nothing stopped it


class Then(Look):
    """Looks at dockets at any moment that has come."""

    def _moment(
        self, tx: ReadTx, world: World, docket: Docket, at: int | None, known_at: int | None
    ) -> Moment:
        """A docket when `at` was over, by what had been written down when `known_at` was over.

        at         None: now, or `known_at`
        known_at   None: all that is known today, and what is due though nobody has noticed
        raises     BadInput: an instant that has not come; Trouble: it cannot be lived again
        """
        now = self._engine.clock.now()
        self._must_have_come(tx, "at", at, now)
        self._must_have_come(tx, "known_at", known_at, now)
        if known_at is not None:
            return self._as_recorded(tx, world, docket, known_at if at is None else at, known_at)
        stopped = tx.stopped(docket.key)
        replayed = tx.replayed_file(stopped.replay) if stopped.replay else None
        if at is None or docket.clock is None or docket.clock <= at:
            run = self._present(world, docket, stopped, at)
            return Moment(run, now if at is None else at, stopped.incident, replayed)
        return Moment(self._lived(tx, world, docket, at, None), at, None, replayed)

    def _as_recorded(
        self, tx: ReadTx, world: World, docket: Docket, at: int, known_at: int
    ) -> Moment:
        if at > known_at:
            text = self.zone(tx).text
            raise BadInput(
                f"at: an instant up to the one of known_at, {text(known_at)}, got {text(at)}:"
                " of what is later only a forecast could have been known"
            )
        run = self._lived(tx, world, docket, at, known_at)
        found = tx.rows(OPEN_THEN, docket.key, known_at, known_at)
        incident = found[0][0] if found else None
        return Moment(run, at, incident, None, unnoticed=incident is None)

    def _lived(
        self, tx: ReadTx, world: World, docket: Docket, at: int, known_at: int | None
    ) -> Run:
        """The docket as its journal makes it, which must be the journal that is stored."""
        pairs = list(recorded(tx, docket.key))
        entries = [entry for entry, _ in pairs]
        known = len(pairs)
        if known_at is not None:  # a journal is known up to its first entry that was not
            known = sum(1 for _ in takewhile(lambda pair: pair[1] <= known_at, pairs))
        try:
            run = as_it_stood(docket, entries, world, self._engine.registry.versions, at, known)
        except Unknown as unknown:
            raise Trouble(
                f"docket {docket.key} cannot be lived again here: found no {unknown};"
                f" `orchestrator journal replay {docket.key}` says more"
            ) from None
        for mine, theirs in zip(run.entries, entries, strict=False):
            if mine != theirs:
                raise Trouble(
                    f"docket {docket.key}: entry {theirs.seq} is not what its inputs come to:"
                    f" `orchestrator journal replay {docket.key}` shows both"
                )
        return run

    def _must_have_come(self, tx: ReadTx, field: str, at: int | None, now: int) -> None:
        """raises   BadInput: an instant that has not come yet"""
        if at is not None and at > now:
            text = self.zone(tx).text(at)
            raise BadInput(
                f"{field}: an instant that has come, got {text}; `orchestrator forecast` looks"
                " beyond now"
            )
