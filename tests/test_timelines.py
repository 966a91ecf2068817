"""The pictures of docs/timelines are what the program draws, and its commands write them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from orchestrator.cli.stories import title_of
from orchestrator.scenario import Simulation, read_scenario
from tests.core.drawings import SVG, unchanged
from tests.doors.conftest import Cli, busy, cli  # noqa: F401  fixtures
from tests.doors.house import ROOT, parts

FOLDER = ROOT / "docs/timelines"
FILES = sorted(FOLDER.glob("*.toml"))
SEMANTICS = (ROOT / "docs/semantics.md").read_text("utf-8")
NOTICED = {"noticed_late"}  # drawn with --noticed

each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def played(path: Path) -> tuple[list[str], str]:
    """What a scenario did not do, and its picture."""
    found = parts()
    simulation = Simulation(read_scenario(path), found.shelf, found.registry, found.settings)
    with simulation.orchestrator:
        report = simulation.run()
        drawn = simulation.timeline(title_of(path), noticed=path.stem in NOTICED)
    return report.unmet, drawn


@each
def test_a_timeline_is_what_its_scenario_comes_to(path: Path) -> None:
    unmet, drawn = played(path)

    assert unmet == []
    unchanged(drawn, path.with_suffix(".svg"), "tests/test_timelines.py")


@each
def test_a_picture_of_the_docs_is_shown_there_and_told_in_words(path: Path) -> None:
    (alt,) = re.findall(rf"!\[([^]]*)\]\(timelines/{path.stem}\.svg\)", SEMANTICS)
    root = ET.fromstring(path.with_suffix(".svg").read_text("utf-8"))

    assert len(alt) > 40
    assert root.find(f"{SVG}title").text == title_of(path)  # type: ignore[union-attr]
    assert len(root.find(f"{SVG}desc").text) > 100  # type: ignore[union-attr, arg-type]


def test_no_picture_is_left_without_its_story() -> None:
    assert [svg.stem for svg in sorted(FOLDER.glob("*.svg"))] == [path.stem for path in FILES]


# -- the commands -------------------------------------------------------------------------------


@each
def test_simulate_writes_the_same_picture(cli: Cli, path: Path) -> None:  # noqa: F811
    more = ["--noticed"] if path.stem in NOTICED else []

    ran = cli("simulate", str(path), "--timeline", "out.svg", *more)

    assert (ran.code, ran.err) == (0, "")
    assert (cli.folder / "out.svg").read_text("utf-8") == path.with_suffix(".svg").read_text(
        "utf-8"
    )


def test_a_scenario_is_drawn_though_something_is_unmet(cli: Cli) -> None:  # noqa: F811
    text = FILES[0].read_text("utf-8").replace("refused = true", "refused = false")
    (cli.folder / "s.toml").write_text(re.sub(r'state = "\w+"', 'state = "nowhere"', text), "utf-8")

    ran = cli("simulate", "s.toml", "--timeline", "out.svg")

    assert ran.code == 1
    assert "unmet: " in ran.out
    assert (cli.folder / "out.svg").is_file()


def test_a_file_that_cannot_be_written_ends_with_2(cli: Cli) -> None:  # noqa: F811
    ran = cli("simulate", str(FILES[0]), "--timeline", "nowhere/out.svg")

    assert ran.code == 2
    assert "nowhere/out.svg: cannot be written" in ran.said


def test_a_live_case_is_drawn_up_to_now(busy: Cli) -> None:  # noqa: F811
    shown = busy("case", "timeline", "A", now="2025-03-07 10:00")
    written = busy("case", "timeline", "A", "--to", "a.svg")
    root = ET.fromstring(shown.out)
    said = [text.text for text in root.iter(f"{SVG}text")]

    assert (shown.code, written.code) == (0, 0)
    assert written.out.strip() == "a.svg: the days of case A"
    assert (busy.folder / "a.svg").read_text("utf-8") == shown.out
    assert root.get("aria-label") == "A: ip_complaint of docket shop-1"
    assert {"under_review", "review_target", "review_limit"} < set(said)


def test_what_is_due_is_drawn_as_done_though_nobody_woke_for_it(busy: Cli) -> None:  # noqa: F811
    before = busy.everything()

    told = ET.fromstring(busy("case", "timeline", "A", now="2025-03-20 10:00").out)

    assert "Timer review_limit: due Mon 17, 24:00, fired." in told.find(f"{SVG}desc").text  # type: ignore[union-attr, operator]
    assert busy.everything() == before


def test_other_cases_of_the_docket_are_left_out(busy: Cli) -> None:  # noqa: F811
    busy.files("B")
    busy("open", "ip_complaint", "--docket", "shop-1", "--by", "staff", "--facts", "{}")

    said = [t.text for t in ET.fromstring(busy("case", "timeline", "A").out).iter(f"{SVG}text")]

    assert "A" in said
    assert "B" not in said
    assert "no case came of it" not in said


def test_a_case_that_is_not_there_is_not_found(cli: Cli) -> None:  # noqa: F811
    ran = cli("case", "timeline", "nobody's")

    assert (ran.code, ran.out) == (3, "")


def test_a_title_is_the_file_name_in_words() -> None:
    assert title_of(Path("x/07_appeal_too_late.toml")) == "Appeal too late"
    assert title_of(Path("x/07.toml")) == "07"
