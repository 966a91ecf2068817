"""The page about faults is made from the tests, and says nothing that they do not show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reliability import PAGE, Marked, all_marked, catalogue, flaws, marked_in, page

FILE = Path("tests/test_x.py")


def small(**row: Any) -> dict[str, Any]:
    """A catalogue of one row."""
    said = {"number": 5, "fault": "disk full", "expected": "no partial row", **row}
    return {"part": [{"title": "A. Disk", "row": [said]}], "invariant": []}


def test_the_page_is_what_the_maker_makes() -> None:
    made = page(catalogue(), all_marked())

    assert PAGE.read_text("utf-8") == made, "run `python -m tests.reliability`"


def test_every_row_has_a_test_or_a_reason_and_every_mark_a_row() -> None:
    assert list(flaws(catalogue(), all_marked())) == []


def test_a_row_that_nothing_shows_is_found() -> None:
    (flaw,) = flaws(small(), [])

    assert flaw == "row 5 (disk full) has neither a test nor a reason"
    assert list(flaws(small(note="comes with the console"), [])) == []
    assert list(flaws(small(), [Marked("a::b", (5,), None)])) == []


def test_a_mark_that_names_no_row_is_found() -> None:
    (flaw,) = flaws(small(), [Marked("tests/test_x.py::test_y", (5, 105), None)])

    assert flaw == "tests/test_x.py::test_y names row 105, which is not there"


@pytest.mark.parametrize("place", ["tests/nowhere.py::f", "tests/reliability.py::nothing"])
def test_a_place_that_is_not_there_is_found(place: str) -> None:
    invariant = {"name": "I1", "holds": "all", "checked": [place]}

    (flaw,) = flaws({"part": [], "invariant": [invariant]}, [])

    assert flaw == f"I1 is said to be checked by {place}, which is not there"


def test_marks_are_read_from_the_source_with_what_is_not_yet_so() -> None:
    source = (
        "@pytest.mark.slow\n@pytest.mark.fault(5, 6)\ndef test_a():\n    pass\n"
        "@pytest.mark.fault(7)\n@pytest.mark.xfail(strict=True, reason='later')\n"
        "def test_b():\n    pass\n"
        "def test_c():\n    pass\n"
    )

    assert list(marked_in(FILE, source)) == [
        Marked("tests/test_x.py::test_a", (5, 6), None),
        Marked("tests/test_x.py::test_b", (7,), "later"),
    ]


@pytest.mark.parametrize("source", ["fault(5)\ndef helper(): pass", "fault()\ndef test_a(): pass"])
def test_a_mark_on_no_test_or_without_a_row_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="names at least one row"):
        list(marked_in(FILE, f"@pytest.mark.{source}\n"))


def test_the_page_says_what_shows_a_row_and_what_is_missing() -> None:
    told = page(
        small(note="The rest comes later."),
        [Marked("tests/test_x.py::test_b", (5,), "no disk yet")],
    )

    assert (
        "| 5 | disk full | no partial row |"
        " `tests/test_x.py::test_b` (not yet: no disk yet)<br>The rest comes later. |"
    ) in told
