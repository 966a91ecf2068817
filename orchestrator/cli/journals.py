"""Verbs that show what was written down and prove it: journal export, verify, replay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import heads as kept
from orchestrator.cli import show
from orchestrator.cli.context import DocketOption, OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import NotFound

if TYPE_CHECKING:
    from orchestrator.api import Orchestrator
    from orchestrator.core.journal import Fault

journal_app = typer.Typer(no_args_is_help=True, help="The journal: what happened, provably.")
journal_app.add_typer(kept.heads_app, name="heads")

MOST_TOLD = 20  # dockets that could not be lived again


@journal_app.command("export")
def export_journal(
    docket: DocketOption = None,
    output: Annotated[
        Output, typer.Option("--output", "-o", help="JSON Lines, or a table for people.")
    ] = Output.JSON,
) -> None:
    """Every entry, by docket and sequence.

    orchestrator journal export --docket shop-1 > shop-1.jsonl
    """
    with ctx.engine() as orchestrator:
        entries = orchestrator.queries.journal(docket)
        if output is Output.JSON:
            show.lines(entries)
            return
        columns = ("docket", "seq", "when", "kind", "name", "by", "from", "to")
        show.table(
            columns,
            [[e["effective_at" if c == "when" else c] for c in columns] for e in entries],
            "the journal is empty",
        )


# -- verify -------------------------------------------------------------------------------------


@journal_app.command("verify")
def verify_journal(
    docket: DocketOption = None,
    heads: Annotated[
        Path | None,
        typer.Option(help="Heads that were kept elsewhere: is all of it still there, unchanged?"),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Chains and rows alone, nothing lived again.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Prove that nothing was touched: chains, and all that the recorded inputs come to.

    Each docket is lived again from its inputs under its pinned definitions: entries, cases, timers,
    ledgers and effects must be the same, and no timer may be silent. What was cut off at the end, or
    written anew hashes and all, is found by --heads alone, a file of `journal heads export`.

    orchestrator journal verify --heads heads.txt
    """
    unproven: dict[str, str] = {}
    with ctx.engine() as orchestrator:
        found = None if heads is None else kept.compared(orchestrator, heads, docket)
        try:
            count, faults = _verified(orchestrator, docket, unproven, quick=quick)
        except NotFound:
            if found is None or not found.lost:
                raise
            count, faults = 0, []  # the docket is gone, and its head says so
    if output is Output.JSON:
        shown = {"entries": count, "faults": [fault._asdict() for fault in faults]}
        more = {} if found is None else {"heads": kept.heads_shown(found)}
        show.document({**shown, "unproven": unproven, **more})
    else:
        _told(count, faults, unproven)
        if found is not None:
            kept.tell(found, docket, faults=bool(faults))
    if faults or (found is not None and found.lost):
        ctx.leave(1)


def _verified(
    orchestrator: Orchestrator, docket: str | None, unproven: dict[str, str], *, quick: bool
) -> tuple[int, list[Fault]]:
    total, reached = orchestrator.queries.count_entries(docket), 0
    with show.bar("verifying", total) as bar:

        def progress(read: int) -> None:
            nonlocal reached
            reached = read
            bar.update(bar.task_ids[0], completed=read)

        try:
            return orchestrator.queries.verify(
                docket, quick=quick, progress=progress, unproven=unproven.__setitem__
            )
        except KeyboardInterrupt:
            show.warn(f"interrupted after {reached} of {total} entries: nothing is proven")
            ctx.leave(1)


def _told(count: int, faults: list[Fault], unproven: Mapping[str, str]) -> None:
    for fault in faults:
        show.say(str(fault))
    for key, why in sorted(unproven.items())[:MOST_TOLD]:
        show.warn(f"docket {key} was not lived again: {why} is not known here")
    found = show.counted(len(faults), "fault") if faults else "no faults"
    show.say(f"{count} entries read, {found}")


# -- replay -------------------------------------------------------------------------------------


@journal_app.command("replay")
def replay_docket(
    docket: Annotated[str, typer.Argument(help="The key of a docket.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """Live a docket again from its recorded inputs, and compare entry by entry.

    What came from outside is taken from its journal: openings, events, announcements, and what it
    was shown of other dockets. Firings, messages, refusals, data and effects are computed anew,
    under the definitions, rulebooks and calendar editions that are pinned there, and must be the
    same to the last hash. Nothing is written.

    orchestrator journal replay shop-1
    """
    with ctx.engine() as orchestrator:
        queries = orchestrator.queries
        with show.bar("replaying", queries.count_entries(docket)) as bar:
            found = queries.replay_docket(
                docket, lambda agreed: bar.update(bar.task_ids[0], completed=agreed)
            )
    if output is Output.JSON:
        show.document(found)
    else:
        _told_replay(found)
    if not found["agrees"]:
        ctx.leave(1)


def _told_replay(found: Mapping[str, Any]) -> None:
    key = found["docket"]
    if found["incident"]:
        show.say(f"docket {key} is stopped by incident {found['incident']}: its journal ends there")
    if found["replay"]:
        show.say(f"docket {key} is being replayed ({found['replay']}): its journal ends there")
    odd = found["difference"]
    if odd is not None:
        before = f"{found['agreed']} of {found['entries']} entries agree"
        show.say(f"docket {key}: {before}; entry {odd['seq']} is the first that differs")
        _told_difference(odd)
        return
    for fault in found["faults"]:
        show.say(f"entry {fault['seq']}: found {fault['found']}, wanted {fault['wanted']}")
    agreed = found["agreed"]
    entries = f"{agreed} {'entry agrees' if agreed == 1 else 'entries agree'}"
    rows = f"{show.counted(found['cases'], 'case')} and {show.counted(found['effects'], 'effect')}"
    end = "are not what they come to" if found["faults"] else "follow from them"
    show.say(f"docket {key}: {entries}; {rows} {end}")


def _told_difference(odd: Mapping[str, Any]) -> None:
    if odd["wanted"]:
        show.say(f"wanted there: {odd['wanted']}")
    for side in ("stored", "recomputed"):
        if odd[side] is None:
            show.say(f"{side}: no entry")
    show.table(
        ("field", "stored", "recomputed", ""),
        [
            (f["field"], f["stored"], f["recomputed"], "differs" if f["differs"] else "")
            for f in odd["fields"]
        ],
        "there is nothing to show",
    )


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.add_typer(journal_app, name="journal")
