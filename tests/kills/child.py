"""What runs in a process: a command of `orchestrator`, or inputs by the Python door; then it ends.

A process is forked, so that it begins in milliseconds. Its standard output is a pipe to the parent,
its standard error a file. Commands are run by the program's own `run`, as they were typed.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.api import Orchestrator
from orchestrator.cli import context, main
from orchestrator.errors import Trouble, Unavailable
from orchestrator.replay import history
from tests.doors.house import CONFIG, quiet
from tests.kills.hasty import Hasty, hurry
from tests.kills.inputs import Given
from tests.kills.planted import PLANTED
from tests.kills.points import Kill, Points

SLICE = 6  # lines in one commit of a replay
SETTINGS = {"DAEMON__HEARTBEAT_S": "0.1", "DAEMON__WATCH_S": "0.1", "DAEMON__BATCH": "4"}


class Job(NamedTuple):
    """What a process is to do: the words of a command, or inputs one after the other."""

    kind: str
    words: tuple[str, ...] = ()
    inputs: tuple[Given, ...] = ()


class Place(NamedTuple):
    """Where it all happens, and by which clock."""

    folder: Path
    clock: Hasty
    planted: str | None = None

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'kills.db'}"

    @property
    def log(self) -> Path:
        return self.folder / "outbox.jsonl"


class Child(NamedTuple):
    """A process that was begun."""

    pid: int
    out: int  # the end of the pipe that the parent reads
    err: Path


def begin(place: Place, job: Job, kill: Kill, name: str) -> Child:
    """Fork a process that does the job."""
    out, into = os.pipe()
    err = place.folder / "err" / f"{name}.err"
    said = os.open(err, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    pid = os.fork()
    if pid:
        os.close(into)
        os.close(said)
        return Child(pid, out, err)
    code = 1
    try:
        _wire(into, said)
        code = _run(place, job, kill)
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001  whatever it was, it is written down and the process ends
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _wire(into: int, said: int) -> None:
    gc.disable()  # a short life; a collection would touch every page that the parent has
    os.dup2(into, 1)
    os.dup2(said, 2)
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115


def _run(place: Place, job: Job, kill: Kill) -> int:
    hurry(place.clock)
    history.SLICE = SLICE  # type: ignore[misc]
    for name, value in SETTINGS.items():
        os.environ[f"ORCHESTRATOR_{name}"] = value
    os.environ["ORCHESTRATOR_OUTBOX__LOG"] = str(place.log)
    Points(kill).plant()
    if place.planted:
        PLANTED[place.planted]()
    if job.words:
        return _command(place, job.words)
    _sends(place, job.inputs)
    return 0


def _command(place: Place, words: Sequence[str]) -> int:
    context.chosen = context.Globals()
    sys.argv = ["orchestrator", "--config", str(CONFIG), "--database", place.url, *words]
    try:
        main.run()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(bool(left.code))
    return 0


def _sends(place: Place, inputs: Sequence[Given]) -> None:
    """One line for each answer, as soon as it is there."""
    with quiet(), Orchestrator.from_config(CONFIG, database=place.url) as orchestrator:
        for n, given in enumerate(inputs):
            told = {"n": n, **handed_in(orchestrator, given)}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


def handed_in(orchestrator: Orchestrator, given: Given) -> dict[str, Any]:
    """What the caller is told: an answer, or why there is none."""
    try:
        return {"answer": _door(orchestrator, given)().as_data()}
    except Unavailable as trouble:
        return {"unavailable": str(trouble)}
    except Trouble as trouble:
        return {"turned_away": f"{type(trouble).__name__}: {trouble}"}


def _door(orchestrator: Orchestrator, given: Given) -> Callable[[], Any]:
    more = {"by": given["by"], "facts": given["facts"], "key": given["key"]}
    if given["act"] == "inject":
        return lambda: orchestrator.inject(given["case"], given["event"], **more)
    more |= {"docket": given["docket"], "case": given["case"], "assume": given["assume"]}
    return lambda: orchestrator.open(given["workflow"], **more)


def words_of(given: Given) -> tuple[str, ...]:
    """The same input as it is typed."""
    more = ["--by", given["by"], "--idempotency-key", given["key"], "-o", "json"]
    if given["facts"]:
        more += ["--facts", json.dumps(given["facts"], ensure_ascii=False)]
    if given["act"] == "inject":
        return ("inject", given["case"], given["event"], *more)
    more += ["--docket", given["docket"], *(["--assume"] if given["assume"] else [])]
    more += ["--case", given["case"]] if given["case"] else []
    return ("open", given["workflow"], *more)
