"""The floor of a look: one docket's rows read in one transaction. `python -m bench.floors.looks HERD`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter

from bench.floors.raw import connect
from bench.machine import percentiles

READS = (
    "SELECT * FROM dockets WHERE key = ?",
    "SELECT * FROM cases WHERE docket = ?",
    "SELECT * FROM timers WHERE docket = ?",
)


def looks(path: Path, n: int) -> dict[str, float]:
    con = connect(path)
    keys = con.execute("SELECT key FROM dockets ORDER BY key LIMIT ?", (n,)).fetchall()
    took = []
    for key in keys:
        began = perf_counter()
        con.execute("BEGIN")
        found = [con.execute(read, key).fetchall() for read in READS]
        con.execute("COMMIT")
        took.append(perf_counter() - began)
        assert all(found)
    con.close()
    told = percentiles(took, 50, 95)
    return {f"{what}_{k}": ms for what in ("forecast", "preview") for k, ms in told.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=500)
    given = parser.parse_args()
    print(json.dumps(looks(given.path, given.n)))
