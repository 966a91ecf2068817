"""Whether a contestant did the work: `python -m bench.check SEEDED DRAINED [--ours]`.

Every complaint final, one more entry a firing, its effects waiting, no timer due; ours must pass
`verify` too, under the same pragmas as the floor's. The digest covers every row but the instants of
recording and the hashes, so that it is the same for ours and for the floor: they wrote the
identical rows.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from bench.floor import PRAGMAS, connect
from bench.seed import CONFIG, DUE, INSERTS, texts_of
from orchestrator.api import Orchestrator
from orchestrator.core.instants import parse_instant

OWN = {"recorded_at", "next_try_at", "hash", "head_hash"}  # of these only the length is compared


def check_work(con: sqlite3.Connection, seeded: Path) -> None:
    """raises   AssertionError: work was left, or done twice"""
    con.execute("ATTACH ? AS before", (str(seeded),))

    def count(what: str) -> int:
        return int(con.execute(f"SELECT count(*) FROM {what}").fetchone()[0])

    n = count("before.cases WHERE workflow = 'ip_complaint'")
    final = count("cases WHERE workflow = 'ip_complaint' AND state = 'final_upheld'")
    assert final == n, f"{final} of {n} are final"
    assert count("journal") == count("before.journal") + n, "one more entry a firing"
    assert count("(SELECT DISTINCT \"case\" FROM journal WHERE kind = 'timer')") == n
    effects = json.loads(texts_of(seeded).read_text("utf-8"))["effects"]
    assert count("outbox WHERE status = 'waiting'") == len(effects) * n, "the effects of a firing"
    assert count(f"timers WHERE due_at <= {parse_instant(DUE)}") == 0, "no timer is left"


def check_ours(drained: Path) -> None:
    """raises   AssertionError: a fault in a chain, or the floor runs under other pragmas"""
    with Orchestrator.from_config(CONFIG, database=f"sqlite:///{drained}") as world:
        _, faults = world.queries.verify()
        with closing(connect(drained)) as floor, world.store.write() as tx:
            for pragma in (text.partition("=")[0] for text in PRAGMAS):
                ours, theirs = (tx.scalar(f"PRAGMA {pragma}"), _asked(floor, pragma))
                assert ours == theirs, f"{pragma}: ours {ours}, the floor's {theirs}"
    assert not faults, f"{len(faults)} faults, the first: {faults[0]}"


def _asked(con: sqlite3.Connection, pragma: str) -> object:
    found: tuple[object, ...] = con.execute(f"PRAGMA {pragma}").fetchone()
    return found[0]


def digest(con: sqlite3.Connection) -> str:
    """Every row of the five tables, in the order of their keys."""
    whole = sha256()
    for table in INSERTS:
        names = [row[1] for row in con.execute(f"PRAGMA main.table_info({table})")]
        columns = ", ".join(f'length("{name}")' if name in OWN else f'"{name}"' for name in names)
        for row in con.execute(f"SELECT {columns} FROM main.{table} ORDER BY 1, 2, 3"):
            whole.update(repr(row).encode())
    return whole.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeded", type=Path)
    parser.add_argument("drained", type=Path)
    parser.add_argument("--ours", action="store_true", help="verify its journal and pragmas too")
    given = parser.parse_args()
    with closing(sqlite3.connect(given.drained)) as con:
        check_work(con, given.seeded)
        found = digest(con)
    if given.ours:
        check_ours(given.drained)
    print(json.dumps({"digest": found}))


if __name__ == "__main__":
    main()
