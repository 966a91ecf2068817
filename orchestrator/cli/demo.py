"""The demo: the main job on real input, in under three minutes.

A severe complaint across National Day on virtual time; a hundred real fines replayed and compared
with the recorded log; the forecast of a live case; the proof of the journal.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from orchestrator.api import Orchestrator
from orchestrator.cli import show
from orchestrator.clock import VirtualClock
from orchestrator.core.instants import parse_instant
from orchestrator.replay import Replay

FILING = {
    "complainant": "holder-1",
    "right_id": "TM-1",
    "listings": ["https://example.com/offer/1.html"],
    "reason": "counterfeit",
}
STORY: tuple[tuple[str, str | None, str, dict[str, Any], str], ...] = (
    (
        "2025-09-26T16:00:00+08:00",
        None,
        "complainant",
        FILING,
        "the complainant files against shop-1",
    ),
    (
        "2025-09-29T09:00:00+08:00",
        "uphold",
        "staff",
        {"lane": "severe"},
        "staff uphold it as severe: 7 days of restriction",
    ),
    (
        "2025-10-08T20:00:00+08:00",
        "appeal",
        "respondent",
        {"grounds": "we hold a licence"},
        "the shop appeals on the last evening of its window, rolled past the holiday",
    ),
    (
        "2025-10-17T15:00:00+08:00",
        "grant_appeal",
        "staff",
        {"reason": "licence shown"},
        "staff find the shop right, a day after their limit",
    ),
)
FINES = Path("examples/fines")


def run(config: Path) -> None:
    """Play all four parts; databases are made anew beside the present folder."""
    show.out.rule("1. A severe complaint across National Day, on virtual time")
    _story(config)
    show.out.rule("2. A hundred real fines, replayed and compared with the recorded log")
    _fines()
    show.out.rule("3. A live case: what happens if nobody acts")
    orchestrator = _live(config)
    show.out.rule("4. The proof")
    _proof(orchestrator)
    orchestrator.close()
    show.out.rule("Now you")
    show.say("Start the daemon, which lets deadlines pass by themselves, in one terminal:")
    show.say("    .venv/bin/orchestrator --database sqlite:///demo.db daemon")
    show.say("and act in another:")
    show.say("    .venv/bin/orchestrator --database sqlite:///demo.db case show A")
    show.say(
        "    .venv/bin/orchestrator --database sqlite:///demo.db"
        ' inject A uphold --by staff --facts \'{"lane": "severe"}\''
    )


def _fresh(name: str) -> str:
    for suffix in ("", "-wal", "-shm", ".write-lock", ".daemon-lock", ".nudge"):
        Path(f"{name}{suffix}").unlink(missing_ok=True)
    return f"sqlite:///{name}"


def _story(config: Path) -> None:
    clock = VirtualClock(parse_instant(STORY[0][0]))
    with Orchestrator.from_config(config, database="sqlite://", clock=clock) as orchestrator:
        for at, event, by, facts, words in STORY:
            clock.move_to(parse_instant(at))
            if event is None:
                orchestrator.open(
                    "ip_complaint", docket="shop-1", by=by, facts=facts, case="A", assume=True
                )
            else:
                orchestrator.inject("A", event, by=by, facts=facts)
            show.say(f"{show.readable(at).partition(' +')[0]}  {words}")
        show.say("")
        show.say("What the journal says, with everything that time did by itself:")
        _timeline(orchestrator, "shop-1")


def _timeline(orchestrator: Orchestrator, docket: str) -> None:
    effects: dict[int, list[str]] = {}
    for effect in orchestrator.queries.outbox(docket):
        effects.setdefault(effect["seq"], []).append(effect["name"])
    before = ""
    for entry in orchestrator.queries.journal(docket):
        at = show.readable(entry["effective_at"]).partition(" +")[0]
        then = f"-> {entry['to']}" if entry["from"] != entry["to"] else "stays"
        who = "time passes" if entry["kind"] == "timer" else entry["by"]
        what = f"{who}: {entry['name']} {then}"
        show.say(f"{at if at != before else '':<24}{what}")
        before = at
        for name in effects.get(entry["seq"], []):
            show.say(f"{'':<28}{name}")


def _fines() -> None:
    if not FINES.is_dir():
        show.say("examples/fines is not here: run the demo in a checkout of the project")
        return
    sys.path.insert(0, str(FINES))
    convert, compare = _module("convert"), _module("compare")
    log = convert.rows(FINES / "fines_public_100_cases.csv")
    lines = list(convert.lines(log))
    database = _fresh("demo-fines.db")
    with (
        Orchestrator.from_config(FINES / "config", database=database) as orchestrator,
        show.bar("replaying", len(lines)) as bar,
    ):
        task = bar.task_ids[0]
        done = Replay(
            orchestrator,
            progress=lambda n, firings: bar.update(task, completed=n, note=f"{firings} timers"),
        ).run(lines, parse_instant("2013-12-31T00:00:00+01:00"))
        ours = compare.last_counted_days(orchestrator.queries.journal())
        entries, faults = orchestrator.queries.verify()
    found = compare.compare(ours, convert.penalty_days(log))
    show.say(
        f"{done.applied} events of 100 fines applied, {done.rejected} rejected,"
        f" {done.refused} refused; {done.firings} penalties came by our timer:"
    )
    show.say(
        f"the log has a penalty on the very day for {found.agree}, another for {len(found.differ)}"
    )
    for case, our_day, their_day in found.differ:
        show.say(f"  {case}: ours {our_day}, the log's {their_day}")
    show.say(f"journal verify: {entries} entries read, {len(faults) or 'no'} faults")


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"fines_{name}", FINES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _live(config: Path) -> Orchestrator:
    orchestrator = Orchestrator.from_config(config, database=_fresh("demo.db"))
    orchestrator.open(
        "ip_complaint", docket="shop-1", by="complainant", facts=FILING, case="A", assume=True
    )
    found = orchestrator.forecast("A")
    rows = [(show.readable(s["effective_at"]), s["name"], s["to"]) for s in found["steps"]]
    show.say("complaint A was filed a moment ago; if staff do nothing:")
    show.table(("when", "what", "then"), rows, "nothing happens by itself")
    show.say(f"in the end it is {found['end']['state']}: staff's silence never decides")
    if found["provisional"]:
        show.say("provisional: a year on the way is not announced yet")
    return orchestrator


def _proof(orchestrator: Orchestrator) -> None:
    count, faults = orchestrator.queries.verify()
    show.say(f"journal verify: {count} entries read, {len(faults) or 'no'} faults")
