"""The floor of a replay: its lines read, and its rows written in the same transactions.

python -m bench.floors.replay DATABASE LOG TAPE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

from bench.floors.player import play, read
from bench.floors.raw import connect
from bench.machine import report


def replay(path: Path, log: Path, tape: Path) -> None:
    """`path` is an empty database with the schema."""
    played, con = read(tape), connect(path)
    began = perf_counter()
    with log.open(encoding="utf-8") as file:
        lines = sum(1 for line in file if json.loads(line))
    for transaction in played:
        play(con, transaction)
    seconds = perf_counter() - began
    fired = con.execute("SELECT count(*) FROM journal WHERE kind = 'timer'").fetchone()[0]
    con.close()
    report(lines + fired, seconds, lines=lines, firings=fired)


if __name__ == "__main__":
    replay(*map(Path, sys.argv[1:4]))
