"""`transitions` deciding in memory: the move alone. `python -m bench.peers.machines HOW --n N`.

shared  one machine, and a model that it does not know, of which only the state matters
each    a machine for each case, as users write it
"""

from __future__ import annotations

import argparse
from time import perf_counter

from transitions import Machine

from bench.machine import report
from bench.peers.users import MOVES, STATES, Complaint


def shared(n: int) -> float:
    machine = Machine(None, STATES, "under_review", MOVES, auto_transitions=False)
    complaint = Complaint()
    began = perf_counter()
    for _ in range(n):
        complaint.state = "appeal_window"
        machine.events["appeal"].trigger(complaint)
    assert complaint.state == "awaiting_complainant"
    return perf_counter() - began


def each(n: int) -> float:
    began = perf_counter()
    for _ in range(n):
        complaint = Complaint()
        Machine(complaint, STATES, "appeal_window", MOVES, auto_transitions=False)
        complaint.trigger("appeal")  # type: ignore[attr-defined]
        assert complaint.state == "awaiting_complainant"
    return perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("how", choices=("shared", "each"))
    parser.add_argument("--n", type=int, default=10_000)
    given = parser.parse_args()
    report(given.n, {"shared": shared, "each": each}[given.how](given.n))
