"""Whether a contestant did the work: `python -m bench.check DATABASE --before SEED --kind event`.

The database holds so many more entries of that kind than the seed did, and no timer of the work is
left; ours must pass `verify` too, under the same pragmas as the floor's. The digest covers every
row but the instants of recording and the hashes, so that it is the same for ours and for the floor:
they wrote the identical rows.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from bench.floors.raw import PRAGMAS, connect
from bench.seeds.clones import CONFIG, INSERTS
from bench.seeds.herd import DUE, texts_of
from orchestrator.api import Orchestrator
from orchestrator.core.instants import parse_instant

OWN = {"recorded_at", "next_try_at", "hash", "head_hash"}  # of these only the length is compared
DELIVERY = {"target", "status", "attempts", "next_try_at", "lease", "lease_number"}


def check_herd(con: sqlite3.Connection, seeded: Path) -> None:
    """Every complaint is final, its effects wait, no timer is due.

    raises   AssertionError: work was left, or done twice
    """
    n = count(con, "before.cases WHERE workflow = 'ip_complaint'")
    final = count(con, "cases WHERE workflow = 'ip_complaint' AND state = 'final_upheld'")
    assert final == n, f"{final} of {n} are final"
    assert count(con, "(SELECT DISTINCT \"case\" FROM journal WHERE kind = 'timer')") == n
    effects = json.loads(texts_of(seeded).read_text("utf-8"))["effects"]
    assert count(con, "outbox WHERE status = 'waiting'") == len(effects) * n, "the effects"
    assert count(con, f"timers WHERE due_at <= {parse_instant(DUE)}") == 0, "no timer is left"


def check_entries(con: sqlite3.Connection, kind: str, wanted: int) -> None:
    """raises   AssertionError: not so many more entries of this kind"""
    of_kind = f"journal WHERE kind = '{kind}'"
    found = count(con, f"main.{of_kind}") - count(con, f"before.{of_kind}")
    assert found == wanted, f"{found} entries of kind {kind}, wanted {wanted}"


def count(con: sqlite3.Connection, what: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def check_ours(drained: Path, config: Path) -> None:
    """raises   AssertionError: a fault in a chain, or the floor runs under other pragmas"""
    with Orchestrator.from_config(config, database=f"sqlite:///{drained}") as world:
        _, faults = world.queries.verify()
        with closing(connect(drained)) as floor, world.store.write() as tx:
            for pragma in (text.partition("=")[0] for text in PRAGMAS):
                ours, theirs = (tx.scalar(f"PRAGMA {pragma}"), _asked(floor, pragma))
                assert ours == theirs, f"{pragma}: ours {ours}, the floor's {theirs}"
    assert not faults, f"{len(faults)} faults, the first: {faults[0]}"


def _asked(con: sqlite3.Connection, pragma: str) -> object:
    found: tuple[object, ...] = con.execute(f"PRAGMA {pragma}").fetchone()
    return found[0]


def digest(con: sqlite3.Connection, *, delivered: bool = False) -> str:
    """Every row of the five tables, in the order of their keys.

    delivered   the outbox may have been delivered: how that went is left out
    """
    whole = sha256()
    for table in INSERTS:
        names = [row[1] for row in con.execute(f"PRAGMA main.table_info({table})")]
        if delivered and table == "outbox":
            names = [name for name in names if name not in DELIVERY]
        columns = ", ".join(f'length("{name}")' if name in OWN else f'"{name}"' for name in names)
        for row in con.execute(f"SELECT {columns} FROM main.{table} ORDER BY 1, 2, 3"):
            whole.update(repr(row).encode())
    return whole.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drained", type=Path)
    parser.add_argument("--before", type=Path, required=True, help="the seed it was copied from")
    parser.add_argument("--kind", help="of the entries that were written: timer, event")
    parser.add_argument("--count", type=int, default=0, help="how many of that kind")
    parser.add_argument("--herd", action="store_true", help="it was a herd: all of it is final")
    parser.add_argument("--ours", action="store_true", help="verify its journal and pragmas too")
    parser.add_argument("--delivered", action="store_true", help="its outbox may be delivered")
    parser.add_argument("--config", type=Path, default=CONFIG)
    given = parser.parse_args()
    with closing(sqlite3.connect(given.drained)) as con:
        con.execute("ATTACH ? AS before", (str(given.before),))
        if given.herd:
            check_herd(con, given.before)
        if given.kind:
            check_entries(con, given.kind, given.count)
        found = digest(con, delivered=given.delivered)
    if given.ours:
        check_ours(given.drained, given.config)
    print(json.dumps({"digest": found}))


if __name__ == "__main__":
    main()
