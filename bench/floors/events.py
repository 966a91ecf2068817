"""The floor of events: one transaction each, every injector a thread with a connection of its own.

    python -m bench.floors.events DATABASE ACTS TAPE --injectors 8

Within the process a lock lets one of them write at a time: SQLite's own busy wait sleeps, and would
make this floor slower than it has to be.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import threading
from pathlib import Path

from bench.floors.player import play, read
from bench.floors.raw import connect
from bench.injectors import Send, closed_loop
from bench.machine import percentiles, report


def inject_all(path: Path, acts: Path, tape: Path, injectors: int) -> None:
    """Every act in its order, as it was recorded."""
    owners = [act[0] for act in json.loads(acts.read_text("utf-8"))]
    played = read(tape)
    assert len(played) == len(owners), f"{len(played)} transactions of {len(owners)} acts"
    one_writes = threading.Lock()
    connections: list[sqlite3.Connection] = []

    def prepare() -> Send:
        con = connect(path)
        connections.append(con)

        def send(n: int) -> None:
            with one_writes:
                play(con, played[n])

        return send

    seconds, latencies = closed_loop(owners, injectors, prepare)
    for con in connections:
        con.close()
    report(len(owners), seconds, **percentiles(latencies, 50, 99))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("acts", type=Path)
    parser.add_argument("tape", type=Path)
    parser.add_argument("--injectors", type=int, default=1)
    given = parser.parse_args()
    inject_all(given.path, given.acts, given.tape, given.injectors)
