"""W1, the herd: windows that end at midnight, all at once. `python -m bench.w1`.

W1: every complaint on a docket of its own; W1b: ten on each. Each worker starts cold in a process
of its own on its own copy of the same database; the figure is firings a second from the first read
to the last commit. Contestants take turns, each figure is a median, and goals are ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.machine import commit_ms, described

ROOT = Path(__file__).parent.parent
WORKS = {"W1": 1, "W1b": 10}  # complaints in a docket
FEW, MANY = 10_000, 1_000_000  # due complaints, for the peak of memory
GOAL_FLOOR, GOAL_USERS, GOAL_RSS = 0.5, 50.0, 1.2

Figures = dict[str, Any]


class Result(NamedTuple):
    """All figures of one contestant in one work."""

    work: str
    who: str
    batch: int | None
    figures: list[Figures]

    def of(self, name: str) -> float:
        """The median of one figure."""
        return float(median(figure[name] for figure in self.figures))

    def over(self, other: Result, least: float) -> str:
        """The ratio of two rates: of the medians, which counts, and of the best of each, which
        differs from it where the run was disturbed.
        """
        ratio = self.of("per_s") / other.of("per_s")
        best = self.best() / other.best()
        what = f"{self.work}, {self.batch:,} dockets a batch: {self.who} / {other.who}"
        met = "met" if ratio >= least else "MISSED"
        return f"{what:<48}{ratio:>8.2f}   goal ≥ {least:g}: {met:<6}   (best {best:.2f})"

    def best(self) -> float:
        return float(max(figure["per_s"] for figure in self.figures))

    def line(self) -> str:
        rates = [figure["per_s"] for figure in self.figures]
        batch = f"{self.batch:,}" if self.batch else "-"
        return (
            f"{self.work:<5}{self.who:<7}{batch:>7}{self.of('per_s'):>12,.0f}"
            f"{min(rates):>11,.0f}{max(rates):>9,.0f}{self.of('us'):>9.1f}{self.of('rss_mb'):>9.0f}"
        )


HEADING = "work who      batch  firings/s        min      max       µs   RSS MB"


class Bench:
    """Databases in a folder, contestants in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copy = folder / "run.db"

    def seeded(self, n: int, family: int) -> Path:
        """A herd, and nothing left of the one before."""
        path = self.folder / "herd.db"
        self._clear("herd.")
        run("bench.seed", path, "--n", n, "--family", family)
        return path

    def ours(self, herd: Path, batch: int) -> Figures:
        self._take(herd)
        figures = run("bench.ours", self.copy, ORCHESTRATOR_DAEMON__BATCH=str(batch))
        return figures | run("bench.check", herd, self.copy, "--ours")

    def floor(self, herd: Path, batch: int) -> Figures:
        self._take(herd)
        figures = run("bench.floor", self.copy, herd.with_suffix(".json"), batch)
        return figures | run("bench.check", herd, self.copy)

    def users(self, n: int) -> Figures:
        self._clear("run.")
        run("bench.users", "seed", self.copy, n)
        os.sync()
        return run("bench.users", "drain", self.copy, n)

    def _take(self, herd: Path) -> None:
        """A copy to work on, with nothing on its way to the disk that could slow a commit down."""
        self._clear("run.")
        shutil.copyfile(herd, self.copy)
        os.sync()

    def _clear(self, name: str) -> None:
        for file in self.folder.glob(f"{name}*"):
            file.unlink()


def run(module: str, *arguments: object, **settings: str) -> Figures:
    """A module in a process of its own; gives what it says."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **settings},
    )
    found: Figures = json.loads(done.stdout) if done.stdout else {}
    return found


def herd(bench: Bench, work: str, given: argparse.Namespace) -> list[Result]:
    """Every contestant at every size of a batch, in turn, as often as told."""
    path = bench.seeded(given.n, WORKS[work])
    results = [Result(work, who, batch, []) for batch in given.batch for who in ("ours", "floor")]
    if work == "W1" and given.users_n:
        results.append(Result(work, "users", None, []))
    for _ in range(given.reps):
        for result in results:
            if result.who == "users":
                result.figures.append(bench.users(given.users_n))
            else:
                result.figures.append(getattr(bench, result.who)(path, result.batch))
    digests = {f["digest"] for result in results for f in result.figures if "digest" in f}
    assert len(digests) == 1, f"{work}: ours and the floor did not write the identical rows"
    return results


def ratios(results: list[Result]) -> Iterator[str]:
    """Ours against the floor at each size of a batch, and against what users write."""
    users = [result for result in results if result.who == "users"]
    for ours, floor in zip(results[::2], results[1::2], strict=False):
        yield ours.over(floor, GOAL_FLOOR)
        for peer in users:
            yield ours.over(peer, GOAL_USERS)


def peak(bench: Bench, batch: int) -> Iterator[str]:
    """The most memory of ours with many due, against few."""
    few, many = (bench.ours(bench.seeded(n, 1), batch)["rss_mb"] for n in (FEW, MANY))
    met = "met" if many / few <= GOAL_RSS else "MISSED"
    yield f"peak RSS: {few:.0f} MB with {FEW:,} due, {many:.0f} MB with {MANY:,}"
    yield f"{'ratio':<48}{many / few:>8.2f}   goal ≤ {GOAL_RSS:g}: {met}"


def arguments() -> argparse.Namespace:
    with (ROOT / "config" / "orchestrator.toml").open("rb") as file:
        shipped = tomllib.load(file)["daemon"]["batch"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20_000, help="due complaints, ours and floor")
    parser.add_argument("--users-n", type=int, default=2_000, help="the same for users; 0: without")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--batch", type=int, nargs="+", default=[shipped], help="dockets a commit")
    parser.add_argument("--only", choices=WORKS, help="one work; else both")
    parser.add_argument("--rss", action="store_true", help=f"peak memory with {MANY:,} due instead")
    parser.add_argument("--folder", type=Path, help="where databases are made: on a real disk")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-w1-", dir=given.folder) as folder:
        bench = Bench(Path(folder))
        print(*described(bench.folder), sep="\n")
        print(f"a commit of one row takes {commit_ms(bench.folder):.2f} ms at the start", end="")
        if given.rss:
            print("", "", *peak(bench, given.batch[0]), sep="\n")
            return
        works = [given.only] if given.only else list(WORKS)
        found = [herd(bench, work, given) for work in works]
        print(f", {commit_ms(bench.folder):.2f} ms at the end\n")
    print(HEADING, *(result.line() for results in found for result in results), sep="\n")
    print("", *(line for results in found for line in ratios(results)), sep="\n")


if __name__ == "__main__":
    main()
