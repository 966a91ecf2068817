"""What is shown of values: the shapes that the doors print, instants as RFC 3339 (DESIGN 7.1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.core.docket import Answered, Run, World
from orchestrator.core.instants import Zone
from orchestrator.core.values import Case, Entry, Outgoing, Timer
from orchestrator.core.workflow import Workflow


@dataclass(frozen=True)
class Answer:
    """What an input came to. A refusal is an answer too; `held` names the incident it waits for."""

    refused: bool
    reason: str | None
    case: str | None
    docket: str
    state: str | None
    timers: list[dict[str, Any]]
    effects: list[str]
    seq: int | None
    code: str | None = None
    held: int | None = None
    repeated: bool = False  # the first answer to this key, again

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def answer_of(run: Run, answered: Answered, zone: Zone) -> Answer:
    """The answer to an input, once its docket has been run to the same instant again."""
    case = run.cases.get(answered.case)
    refusal = answered.refusal
    return Answer(
        refusal is not None,
        refusal.reason if refusal else None,
        answered.case or None,
        run.docket.key,
        case.state if case else None,
        timers_shown(run.timers.get(answered.case, {}), zone) if case else [],
        [effect.name for effect in run.outgoing[answered.first :]],
        answered.seq,
        refusal.code if refusal else None,
    )


def held_answer(docket: str, case: str | None, incident: int) -> Answer:
    """Received: it will be decided at its own instant once the incident is settled (law 10)."""
    reason = f"received, decided after incident {incident}"
    return Answer(False, reason, case, docket, None, [], [], None, held=incident)


def timers_shown(timers: Mapping[str, Timer], zone: Zone) -> list[dict[str, Any]]:
    """Timers, earliest first, frozen ones last."""
    order = sorted(timers.values(), key=lambda t: (t.due_at is None, t.due_at or 0, t.name))
    return [
        {
            "name": timer.name,
            "due_at": None if timer.due_at is None else zone.text(timer.due_at),
            "provisional": timer.provisional,
            "frozen": timer.due_at is None,
        }
        for timer in order
    ]


def case_shown(case: Case, timers: Mapping[str, Timer], zone: Zone) -> dict[str, Any]:
    """A case as `simulate`, `case show` and the API print it."""
    return {
        "workflow": case.workflow,
        "docket": case.docket,
        "state": case.state,
        "overdue": case.overdue,
        "data": dict(case.data),
        "timers": timers_shown(timers, zone),
    }


def standing_shown(workflows: Mapping[str, Workflow], cases: list[Case]) -> dict[str, Any]:
    """What a docket shows of itself, as the workflow that keeps its standing says."""
    for workflow in workflows.values():
        if workflow.summary is not None:
            mine = [case for case in cases if case.workflow == workflow.name]
            return dict(workflow.summary(mine[-1] if mine else None))
    return {}


def entry_shown(
    entry: Entry, text: Callable[[int], str], recorded_at: int | None
) -> dict[str, Any]:
    """A journal entry with the columns of the table."""
    return {
        "docket": entry.docket,
        "seq": entry.seq,
        "case": entry.case,
        "effective_at": text(entry.effective_at),
        "recorded_at": None if recorded_at is None else text(recorded_at),
        "kind": entry.kind,
        "name": entry.name,
        "by": entry.by,
        "from": entry.from_state,
        "to": entry.to_state,
        "content": _content(entry.content),
        "hash": entry.hash,
    }


def _content(text: str) -> Any:
    """What an entry says; as it stands where somebody has made it unreadable."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def effect_shown(effect: Outgoing, text: Callable[[int], str], **more: Any) -> dict[str, Any]:
    """An outbox row with its key."""
    return {
        "docket": effect.docket,
        "seq": effect.seq,
        "n": effect.n,
        "case": effect.case,
        "name": effect.name,
        "content": json.loads(effect.content),
        "at": text(effect.at),
        **more,
    }


def zone_of(world: World, rulebook: str) -> Zone:
    """The zone in which a case's instants are shown: that of its rulebook's calendar."""
    calendar = world.rulebooks[rulebook].calendar
    return world.almanac.edition(calendar, world.almanac.latest).zone
