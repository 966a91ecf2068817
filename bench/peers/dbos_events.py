"""DBOS: events sent to workflows that wait for them. `python -m bench.peers.dbos_events DATABASE`.

Ten events for each case. `send` returns when the event is durable, and it is applied later:
figures named `accepted` are of the first, `per_s` counts what was applied, as ours acknowledges.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from time import perf_counter

from dbos import DBOS, DBOSClient, SetWorkflowID

from bench.injectors import Send, closed_loop
from bench.machine import percentiles, report, wait
from bench.peers.dbos_case import start, until_done, url

EVENTS = 10
TABLE = {("open", "reply"): "answered", ("answered", "ask"): "open"}


@DBOS.workflow()
async def complaint(events: int) -> str:
    state = "open"
    for _ in range(events):
        state = TABLE[state, str(await DBOS.recv_async(timeout_seconds=600))]
    return state


def inject_all(path: Path, cases: int, injectors: int) -> None:
    start(path)
    for case in range(cases):
        with SetWorkflowID(f"case-{case}"):
            DBOS.start_workflow(complaint, EVENTS)
    wait(2)  # all of them wait for their first event
    client = DBOSClient(system_database_url=url(path))
    events = [(case, ("reply", "ask")[n % 2]) for n in range(EVENTS) for case in range(cases)]

    def prepare() -> Send:
        def send(n: int) -> None:
            case, event = events[n]
            client.send(f"case-{case}", event)

        return send

    began = perf_counter()
    seconds, latencies = closed_loop([case for case, _ in events], injectors, prepare)
    until_done(path, cases)
    took = {f"accepted_{name}": ms for name, ms in percentiles(latencies, 50, 99).items()}
    accepted = {"accepted_per_s": len(events) / seconds, **took}
    report(len(events), perf_counter() - began, **accepted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--cases", type=int, default=50)
    parser.add_argument("--injectors", type=int, default=1)
    given = parser.parse_args()
    inject_all(given.path, given.cases, given.injectors)
    sys.stdout.flush()
    os._exit(0)  # its threads are not worth waiting for
