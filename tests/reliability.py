"""`python -m tests.reliability` makes docs/reliability.md: every fault, and the test that shows it.

The rows stand in reliability.toml. Which tests show a row is said by the tests themselves:
`@pytest.mark.fault(5)` is read from their source, so the page cannot claim what nobody runs.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
ROWS = Path(__file__).with_suffix(".toml")
INTRO = """# Reliability

What must not go wrong, what is expected when it does, and the tests that show it. The tests say
themselves which row they show (`@pytest.mark.fault(5)`); this page is made from them by
`python -m tests.reliability`, and a test fails when it is not. Rows 23 to 33 are about PostgreSQL
and the network, rows from 59 on (but 62) about policy, hostile input, delivery and access: they come
with the doors that they are about. A test that says *not yet* is expected to fail today; when it
passes, the mark must go.
"""
INVARIANTS = """## Invariants

What holds at every commit or at the end, whatever happened, and where that is checked.
"""


class Marked(NamedTuple):
    """A test that says which rows it shows."""

    place: str  # file::name
    rows: tuple[int, ...]
    not_yet: str | None  # why it is expected to fail today


def marked_in(path: Path, source: str) -> Iterator[Marked]:
    """The marked tests of one file.

    raises   ValueError: the mark is on something that is no test, or names no number
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef):
            continue
        marks = {name: call for call in node.decorator_list if (name := _mark(call))}
        if "fault" not in marks:
            continue
        place = f"{path.as_posix()}::{node.name}"
        rows = tuple(ast.literal_eval(number) for number in marks["fault"].args)
        if not node.name.startswith("test_") or not rows:
            raise ValueError(f"{place}: the mark stands on a test and names at least one row")
        yield Marked(place, rows, _reason(marks.get("xfail")))


def _mark(call: ast.expr) -> str:
    """`fault` of `@pytest.mark.fault(5)`."""
    text = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
    return text.removeprefix("pytest.mark.") if text.startswith("pytest.mark.") else ""


def _reason(xfail: Any) -> str | None:
    if xfail is None:
        return None
    return next(str(ast.literal_eval(k.value)) for k in xfail.keywords if k.arg == "reason")


def all_marked(root: Path = ROOT) -> list[Marked]:
    """Every marked test below `tests/`, by file and line."""
    return [
        marked
        for path in sorted((root / "tests").rglob("test_*.py"))
        for marked in marked_in(path.relative_to(root), path.read_text("utf-8"))
    ]


def catalogue() -> dict[str, Any]:
    """The rows and invariants as their file has them."""
    return tomllib.loads(ROWS.read_text("utf-8"))


def flaws(found: Mapping[str, Any], marked: Iterable[Marked]) -> Iterator[str]:
    """Rows that nothing shows, marks that name no row, places that are not there."""
    shown = {number for test in marked for number in test.rows}
    rows = {row["number"]: row for part in found["part"] for row in part["row"]}
    for number, row in rows.items():
        if number not in shown and not row.get("note"):
            yield f"row {number} ({row['fault']}) has neither a test nor a reason"
    for test in marked:
        for number in test.rows:
            if number not in rows:
                yield f"{test.place} names row {number}, which is not there"
    for invariant in found["invariant"]:
        for place in invariant["checked"]:
            path, _, name = place.partition("::")
            file = ROOT / path
            if not file.is_file() or f"def {name}(" not in file.read_text("utf-8"):
                yield f"{invariant['name']} is said to be checked by {place}, which is not there"


def page(found: Mapping[str, Any], marked: Iterable[Marked]) -> str:
    """The whole of docs/reliability.md."""
    shown: dict[int, list[Marked]] = defaultdict(list)
    for test in marked:
        for number in test.rows:
            shown[number].append(test)
    parts = [INTRO]
    for part in found["part"]:
        lines = ["| # | fault | expected | shown by |", "| --- | --- | --- | --- |"]
        lines += [_row(row, shown[row["number"]]) for row in part["row"]]
        parts.append(f"## {part['title']}\n\n" + "\n".join(lines) + "\n")
    lines = ["| | must hold | checked by |", "| --- | --- | --- |"]
    lines += [_invariant(invariant) for invariant in found["invariant"]]
    parts.append(INVARIANTS + "\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _row(row: Mapping[str, Any], tests: Iterable[Marked]) -> str:
    proofs = [
        f"`{test.place}`" + (f" (not yet: {test.not_yet})" if test.not_yet else "")
        for test in tests
    ]
    said = "<br>".join([*proofs, *_note(row)])
    return f"| {row['number']} | {row['fault']} | {row['expected']} | {said} |"


def _invariant(invariant: Mapping[str, Any]) -> str:
    proofs = [f"`{place}`" for place in invariant["checked"]]
    said = "<br>".join([*proofs, *_note(invariant)])
    return f"| {invariant['name']} | {invariant['holds']} | {said} |"


def _note(of: Mapping[str, Any]) -> list[str]:
    return [of["note"]] if "note" in of else []


if __name__ == "__main__":
    PAGE.write_text(page(catalogue(), all_marked()), "utf-8")
