"""The machine, the durability, and what a contestant reports: without them a figure says nothing."""

from __future__ import annotations

import json
import os
import platform
import resource
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

DURABILITY = "WAL, synchronous=FULL, foreign_keys=ON: a batch is durable when its commit returns"


def described(folder: Path) -> Iterator[str]:
    """What a reader needs to know before the first figure, a line each."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield f"{os.cpu_count()} cores, {memory:.0f} GiB memory, {platform.system()} {platform.release()}"
    yield f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} on {filesystem(folder)}"
    yield DURABILITY


def commit_ms(folder: Path, times: int = 100) -> float:
    """How long one durable commit of one row takes now: where it differs much between the start
    and the end of a run, others used the disk, and the run says little.
    """
    took = []
    with (
        tempfile.TemporaryDirectory(dir=folder) as there,
        closing(sqlite3.connect(Path(there) / "probe.db", isolation_level=None)) as con,
    ):
        con.execute("PRAGMA journal_mode=WAL")
        con.execute("PRAGMA synchronous=FULL")
        con.execute("CREATE TABLE probe (n INTEGER)")
        for n in range(times):
            began = perf_counter()
            con.execute("INSERT INTO probe VALUES (?)", (n,))
            took.append(perf_counter() - began)
    return median(took) * 1e3


def filesystem(folder: Path) -> str:
    """The kind of file system a folder is on: on tmpfs nothing would be durable."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    around = [(len(at), kind) for at, kind in mounts if folder.resolve().is_relative_to(at)]
    return max(around)[1] if around else "an unknown file system"


def report(n: int, seconds: float, **more: float) -> None:
    """What a contestant says on its standard output, once: its figure and its peak memory.

    A process's peak begins with that of the one that started it, so `bench` itself stays small.
    """
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"per_s": n / seconds, "us": seconds / n * 1e6, "rss_mb": rss, **more}))


def percentiles(seconds: Iterable[float], *wanted: int) -> dict[str, float]:
    """Percentiles in milliseconds, by name: p50_ms, p99_ms."""
    ordered = sorted(seconds)
    at = {q: min(len(ordered) - 1, len(ordered) * q // 100) for q in wanted}
    return {f"p{q}_ms": ordered[place] * 1e3 for q, place in at.items()}


def wait(seconds: float) -> None:
    """Let time pass: a benchmark of a daemon has to."""
    threading.Event().wait(max(0.0, seconds))
