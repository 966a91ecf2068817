"""All works in one run: `python -m bench`, `python -m bench --quick`, `python -m bench w2 w6`.

Machine lines, the ratio table, raw results in bench/results.json, and docs/bench.svg when every
work was run in full (else the picture lies beside the results).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from bench import table
from bench.contestants import ROOT, House, Result, compete
from bench.goals import Work
from bench.machine import commit_ms, described
from bench.peers.environment import prepared
from bench.results import Run
from bench.works import WORKS

PICTURE = ROOT / "docs" / "bench.svg"


def say(text: str) -> None:
    """Progress, beside the answer."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def run(names: list[str], scale: str, times: int, folder: Path | None, *, peers: bool) -> Run:
    """Every work that is named, one after the other."""
    pythons = prepared(say) if peers else {}
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as there:
        house = House(Path(there), pythons)
        machine = list(described(house.folder))
        before = commit_ms(house.folder)
        works = {name: one(house, WORKS[name], scale, times) for name in names}
        after = commit_ms(house.folder)
    machine.append(f"a commit of one row took {before:.2f} ms at the start, {after:.2f} at the end")
    machine.append(f"{scale} sizes, medians of {times}")
    return Run(machine, scale, works)


def one(house: House, work: Work, scale: str, times: int) -> list[Result]:
    """One work; nothing of it is left for the next."""
    say(f"{work.name}: {work.about}")
    began = perf_counter()
    results = compete(work.contestants(house, work.sizes[scale]), times, say)
    house.clear()
    say(f"{work.name}: {perf_counter() - began:.0f} s")
    return results


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"of {', '.join(WORKS)}; else all")
    parser.add_argument("--quick", action="store_true", help="small sizes, once: for trying")
    parser.add_argument("--times", type=int, help="each figure is the median of so many; else 3")
    parser.add_argument(
        "--folder", type=Path, help="where databases are made: on a real disk with 20 GB free"
    )
    parser.add_argument("--results", type=Path, help="raw figures; else bench/results.json")
    parser.add_argument("--no-peers", action="store_true", help="install nothing")
    given = parser.parse_args()
    unknown = [name for name in given.works if name not in WORKS]
    if unknown:
        parser.error(f"no work {unknown[0]!r}; there are {', '.join(WORKS)}")
    return given


def main() -> None:
    given = arguments()
    scale = "quick" if given.quick else "full"
    names = [name for name in WORKS if not given.works or name in given.works]
    times = given.times or (1 if given.quick else 3)
    found = run(names, scale, times, given.folder, peers=not given.no_peers)
    results = given.results or table.RESULTS.with_stem("quick" if given.quick else "results")
    found.write(results)
    whole = scale == "full" and not given.works
    drawing = PICTURE if whole else results.with_suffix(".svg")
    from bench import picture  # noqa: PLC0415  it loads the core, and this process stays small

    drawing.write_text(picture.drawn(found), "utf-8")
    print(*table.drawn(found), sep="\n")
    say(f"raw figures: {results}; picture: {drawing}")


if __name__ == "__main__":
    main()
