"""The floor of deciding: a table, asked for the state that follows. `python -m bench.floors.deciding`."""

from __future__ import annotations

import argparse
from time import perf_counter

from bench.machine import report

TABLE = {
    ("under_review", "uphold"): "appeal_window",
    ("appeal_window", "appeal"): "awaiting_complainant",
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=500_000)
    given = parser.parse_args()
    began = perf_counter()
    for _ in range(given.n):
        to = TABLE["appeal_window", "appeal"]
    report(given.n, perf_counter() - began)
    assert to == "awaiting_complainant"
