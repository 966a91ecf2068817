"""`python -m tests.kills --seconds 20 [--seed N] [--keep FOLDER]`: kills, then judges, then tells."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from time import monotonic

from tests.kills.planted import PLANTED
from tests.kills.points import PLACES
from tests.kills.rounds import Tally, chaos, walk

ROUND_S = 20.0  # each round has a file and a seed of its own
MOST_TOLD = 20


def main(words: list[str] | None = None) -> int:
    """Exit code 1 when something does not hold, with the line that does it again."""
    asked = _asked(words)
    folder = Path(asked.keep or tempfile.mkdtemp(prefix="kills-"))
    began, total, failed = monotonic(), Tally(), None
    for number, (seed, seconds) in enumerate(_rounds(asked)):
        where = folder / f"round-{number}"
        if asked.walk:
            kinds = asked.walk.split(",")
            done = walk(where, kinds, planted=asked.planted, commits_alone=asked.commits)
        else:
            done = chaos(where, seed, seconds, asked.planted)
        total.add(done)
        if done.faults:
            failed = seed, seconds
            break
        if asked.keep is None:
            shutil.rmtree(where)
    say(summary(total, monotonic() - began))
    if failed is None:
        if asked.keep is None:
            shutil.rmtree(folder)
        return 0
    for fault in total.faults[:MOST_TOLD]:
        say(f"  {fault}")
    say(f"what is left of it: {folder}")
    say(f"again: {_again(asked, *failed)}")
    return 1


def _asked(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER", help="leave the databases and logs there")
    parser.add_argument("--walk", metavar="KINDS", help="each point in turn: api,replay,...")
    parser.add_argument("--commits", action="store_true", help="walk around the COMMITs alone")
    parser.add_argument("--planted", choices=sorted(PLANTED), help="with this bug put in")
    return parser.parse_args(words)


def _rounds(asked: argparse.Namespace) -> list[tuple[int, float]]:
    """The seed and the seconds of each."""
    if asked.walk:
        return [(asked.seed, 0.0)]
    count = max(1, round(asked.seconds / ROUND_S))
    return [(asked.seed + n, asked.seconds / count) for n in range(count)]


def _again(asked: argparse.Namespace, seed: int, seconds: float) -> str:
    if asked.walk:
        words = f"--walk {asked.walk}{' --commits' if asked.commits else ''}"
    else:
        words = f"--seconds {seconds:g} --seed {seed}"
    planted = f" --planted {asked.planted}" if asked.planted else ""
    return f"python -m tests.kills {words}{planted}"


def summary(total: Tally, seconds: float) -> str:
    """What happened, on one screen."""
    kinds = sorted(total.started)
    heading = (
        f"{seconds:.0f} seconds, {total.started.total()} processes,"
        f" {total.kills.total()} of them killed, {total.pauses} stopped for a while:"
    )
    lines = [
        heading,
        "  " + " ".join([f"{'':10}", *(f"{place:>18}" for place in ("started", *PLACES))]),
    ]
    for kind in kinds:
        counts = [total.started[kind], *(total.kills[kind, place] for place in PLACES)]
        lines.append("  " + " ".join([f"{kind:10}", *(f"{count:>18}" for count in counts)]))
    lines.append(
        f"{total.acknowledged} inputs acknowledged, {total.repeated} answers given again,"
        f" {total.away} turned away, {total.not_now} told to wait for a replay;"
        f" {total.entries} entries; {len(total.faults)} faults"
    )
    return "\n".join(lines)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
