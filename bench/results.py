"""Raw figures of a run, kept as JSON, and the goals judged by them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.contestants import Result
from bench.goals import Line, judged
from bench.works import WORKS


class Run(NamedTuple):
    """What was run where, and every figure of every contestant."""

    machine: Sequence[str]
    scale: str
    works: Mapping[str, Sequence[Result]]

    def lines(self) -> Iterator[Line]:
        """Each goal of each work that was run, judged."""
        for name, results in self.works.items():
            yield from judged(WORKS[name].goals, results)

    def write(self, path: Path) -> None:
        works = {name: [result._asdict() for result in found] for name, found in self.works.items()}
        content = {"machine": list(self.machine), "scale": self.scale, "works": works}
        path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def read(path: Path) -> Run:
    """A run as it was written."""
    content = json.loads(path.read_text("utf-8"))
    works = {
        name: [Result(**result) for result in results] for name, results in content["works"].items()
    }
    return Run(content["machine"], content["scale"], works)
