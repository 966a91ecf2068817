"""Contestants: each in a process of its own, in turn, as often as told; their figures are medians.

A house is a folder with databases. A database is seeded once a work and copied for each contestant,
so that all of them find the same, and nothing is on its way to the disk when one begins.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
MEASURED = ("ours", "floor")  # whoever fails among these fails the run; a peer is only told of

Figures = dict[str, Any]
Say = Callable[[str], None]


class Failed(Exception):
    """A contestant did not come to its end."""


class Contestant(NamedTuple):
    """Who does which part of a work; `once`: it takes long, and is no median."""

    part: str
    who: str
    run: Callable[[], Figures]
    once: bool = False


class Result(NamedTuple):
    """All figures of one contestant in one part."""

    part: str
    who: str
    figures: list[Figures]

    def of(self, name: str) -> float | None:
        """The median of one figure; None where nobody gave it."""
        found = [figure[name] for figure in self.figures if figure.get(name) is not None]
        return float(median(found)) if found else None


class House:
    """Databases in a folder, and the pythons that contestants run in."""

    def __init__(self, folder: Path, peers: Mapping[str, Path] = {}) -> None:
        self.folder = folder
        self.copy = folder / "run.db"
        self.peers = peers  # name → the python that has it

    def seeded(self, kind: str, **sizes: object) -> Path:
        """A database of a kind and size, made when it is first asked for."""
        words = [kind, *(f"{value}".rpartition("/")[2] for value in sizes.values())]
        path = self.folder / f"seed-{'-'.join(words)}.db"
        if not path.exists():
            options = [word for name, value in sizes.items() for word in (f"--{name}", value)]
            self.run(f"bench.seeds.{kind}", path, *options)
        return path

    def taken(self, seed: Path) -> Path:
        """A copy to work on, with nothing on its way to the disk that could slow a commit down."""
        self.clear("run.")
        shutil.copyfile(seed, self.copy)
        os.sync()
        return self.copy

    def cleared(self) -> Path:
        """The place of a database that a contestant makes itself."""
        self.clear("run.")
        os.sync()
        return self.copy

    def run(self, module: str, *arguments: object, **settings: str) -> Figures:
        """A module in a process of its own; gives what it says last on its standard output."""
        return self._run(Path(sys.executable), module, arguments, settings)

    def peer(self, name: str, module: str, *arguments: object) -> Figures:
        """The same in the environment of the peers."""
        return self._run(self.peers[name], f"bench.peers.{module}", arguments, {})

    def clear(self, start: str = "") -> None:
        """Nothing whose name begins so is left."""
        for file in self.folder.glob(f"{start}*"):
            file.unlink()

    def _run(
        self, python: Path, module: str, arguments: Iterable[object], settings: Mapping[str, str]
    ) -> Figures:
        ours = {
            "PYTHONPATH": str(ROOT),
            "ORCHESTRATOR_OUTBOX__LOG": str(self.folder / "run.outbox.jsonl"),
        }
        done = subprocess.run(
            [python, "-m", module, *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, **ours, **settings},
        )
        if done.returncode:
            raise Failed(f"{module}: {done.stderr.strip() or done.returncode}")
        lines = done.stdout.splitlines()
        found: Figures = json.loads(lines[-1]) if lines else {}
        return found


def compete(contestants: Iterable[Contestant], times: int, say: Say) -> list[Result]:
    """Every contestant in turn, as often as told.

    raises   Failed: ours or a floor did not do its work, or they wrote different rows
    """
    rounds = [(c, Result(c.part, c.who, [])) for c in contestants]
    for turn in range(times):
        for contestant, result in rounds:
            if turn and (contestant.once or not result.figures):
                continue  # a peer that failed once is not asked again
            try:
                result.figures.append(contestant.run())
            except Failed as failed:
                if contestant.who in MEASURED:
                    raise
                say(f"  {contestant.part}: {contestant.who} FAILED: {str(failed)[-200:]}")
                continue
            say(f"  {contestant.part}: {contestant.who} {_told(result.figures[-1])}")
    results = [result for _, result in rounds]
    must_agree(results)
    return results


def must_agree(results: Iterable[Result]) -> None:
    """raises   Failed: ours and the floor did not write the identical rows"""
    digests: dict[str, set[str]] = {}
    for result in results:
        for figures in result.figures:
            if "digest" in figures:
                digests.setdefault(result.part, set()).add(figures["digest"])
    for part, found in digests.items():
        if len(found) > 1:
            raise Failed(f"{part}: ours and the floor did not write the identical rows")


def _told(figures: Figures) -> str:
    return " ".join(f"{k}={v:,.4g}" for k, v in figures.items() if isinstance(v, int | float))
