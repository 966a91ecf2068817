"""Longer searches, as long as there is time: `python -m tests.soak --minutes 10`.

A task is anything that can be told how many seconds it has. Tasks run one after the other, each for
its share of the time that is left; whatever is cut off by the clock is told and is no failure. To
add one, write a function like those below and put it into `TASKS`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
ZONES = ("America/New_York", "Asia/Kolkata")
OURS = ("LAWS_TALLY", "LAWS_FAST_FAIL")  # seen again, an example is shrunk first
SHOWN = 120  # lines of what failed


@dataclass
class Tried:
    """What came of one property or one suite, over all its rounds."""

    rounds: int = 0
    examples: int = 0
    seconds: float = 0.0
    cut_off: int = 0
    failures: list[str] = field(default_factory=list)  # lines that bring each back


class Ran(NamedTuple):
    code: int | None  # None: the time was over
    output: str
    seconds: float


class Soak:
    """The time there is, and what was tried in it."""

    def __init__(self, seconds: float, seed: int, examples: int, jobs: int) -> None:
        self.ends = monotonic() + seconds
        self.seed = seed
        self.examples = examples
        self.jobs = jobs
        self.tried: dict[str, Tried] = {}

    def left(self) -> float:
        return max(self.ends - monotonic(), 0.0)

    def run(
        self, name: str, words: list[str], seconds: float, env: dict[str, str], examples: int = 0
    ) -> None:
        """One child, for so long at most; what it says is shown only when it fails."""
        ran = _ran(words, seconds, env)
        mine = self.tried.setdefault(name, Tried())
        mine.seconds += ran.seconds
        if ran.code is None:
            mine.cut_off += 1
            return
        mine.rounds += 1
        mine.examples += _examples(env, name, examples)
        if ran.code:
            line = _as_typed(words, env)
            mine.failures.append(line)
            say(*ran.output.splitlines()[-SHOWN:], f"FAILED {name}; to see it again:", f"  {line}")


def _ran(words: list[str], seconds: float, env: dict[str, str]) -> Ran:
    began = monotonic()
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            output, _ = child.communicate(timeout=max(seconds, 0.1))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            child.communicate()
            return Ran(None, "", monotonic() - began)
    return Ran(child.returncode, output, monotonic() - began)


def _as_typed(words: list[str], env: dict[str, str]) -> str:
    said = [f"{key}={value}" for key, value in env.items() if key not in OURS]
    return " ".join([*said, "python", *(shlex.quote(word) for word in words[1:])])


def _examples(env: dict[str, str], name: str, otherwise: int) -> int:
    path = Path(env.get("LAWS_TALLY", ""))
    if not path.is_file():
        return otherwise
    counted: int = json.loads(path.read_text("utf-8"))["examples"].get(name, otherwise)
    return counted


def say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


# -- the tasks ----------------------------------------------------------------------------------


def zones(soak: Soak, seconds: float) -> None:
    """The whole suite where this machine would be set to another zone (FAULTS 37)."""
    ends = monotonic() + seconds
    for zone in ZONES:
        words = [sys.executable, "-m", "pytest", "tests", "-q", f"--numprocesses={soak.jobs}"]
        soak.run(f"the suite under TZ={zone}", words, ends - monotonic(), {"TZ": zone})


def laws(soak: Soak, seconds: float) -> None:
    """Each property again and again, every time from a fresh seed."""
    ends, names = monotonic() + seconds, _properties()
    dice = random.Random(soak.seed)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(soak.jobs) as pool:

        def visit(visited: tuple[int, str]) -> None:
            n, name = visited
            if monotonic() < ends:
                tally = Path(folder) / f"{n}.json"
                env = {"LAWS_EXAMPLES": str(soak.examples), "LAWS_TALLY": str(tally)}
                env["LAWS_FAST_FAIL"] = "1"
                words = [sys.executable, "-m", "pytest", "-q", name]
                words.append(f"--hypothesis-seed={soak.seed + n}")
                soak.run(name, words, ends - monotonic(), env, soak.examples)

        def rounds() -> Iterator[tuple[int, str]]:
            n = 0
            while monotonic() < ends:
                for name in dice.sample(names, len(names)):
                    yield n, name
                    n += 1

        visits = rounds()
        while batch := list(islice(visits, len(names))):
            list(pool.map(visit, batch))
    for name in names:
        soak.tried.setdefault(name, Tried())


def kills(soak: Soak, seconds: float) -> None:
    """Real processes on one file, killed; then every law and invariant is looked at."""
    words = [sys.executable, "-m", "tests.kills", "--seconds", f"{max(seconds - 30, 10):.0f}"]
    words += ["--seed", str(soak.seed)]
    soak.run("kills of real processes", words, seconds + 120, {})


def _properties() -> list[str]:
    """The name of every property of tests/laws."""
    words = [sys.executable, "-m", "pytest", "tests/laws", "-m", "hypothesis", "--collect-only"]
    listed = subprocess.run([*words, "-q"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if "::" in line]


Task = Callable[[Soak, float], None]
TASKS: dict[str, tuple[Task, float]] = {  # with its share of the time that is left
    "zones": (zones, 0.4),
    "kills": (kills, 0.3),
    "laws": (laws, 1.0),
}


def report(soak: Soak) -> int:
    """What was tried, how often, how long; 1 when something failed."""
    failed = 0
    say("", f"{'rounds':>6} {'examples':>8} {'seconds':>8} {'cut off':>7}  what")
    for name, tried in soak.tried.items():
        said = " ".join(["FAILED"] * bool(tried.failures) + [name])
        numbers = f"{tried.rounds:>6} {tried.examples:>8} {tried.seconds:>8.1f} {tried.cut_off:>7}"
        say(f"{numbers}  {said}", *(f"{'':>33}{line}" for line in tried.failures))
        failed += len(tried.failures)
    never = [name for name, tried in soak.tried.items() if not tried.rounds]
    say(f"seed {soak.seed}; {failed} failed; {len(never)} had no whole round in this time")
    return 1 if failed else 0


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--examples", type=int, default=200, help="of a property in one round")
    parser.add_argument("--jobs", type=int, default=2, help="children at a time")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--only", choices=TASKS, action="append")
    wanted = parser.parse_args(given)
    soak = Soak(wanted.minutes * 60, wanted.seed, wanted.examples, wanted.jobs)
    chosen = [TASKS[name] for name in wanted.only or TASKS]
    for n, (task, share) in enumerate(chosen):
        task(soak, soak.left() * (share if n + 1 < len(chosen) else 1.0))
    return report(soak)


if __name__ == "__main__":
    sys.exit(main())
