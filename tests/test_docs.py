"""What README and docs say is run as it stands there.

A fence ```LANGUAGE file=PATH is written to that file; in a ```console fence each line after `$ ` is
a command, and every line below it must be in its output.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("docs", "examples")
PAGES = [ROOT / "README.md", *sorted(page for f in FOLDERS for page in (ROOT / f).rglob("*.md"))]
BESIDE = (  # what a page may count on being there
    "config",
    "tests/scenarios",
    "docs/timelines",
    "examples/service_requests",
)
FENCE = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(block):
    """(command, lines that its output must have) for each of a console block."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip():
            found[-1][1].append(" ".join(line.split()))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_works_as_typed(page, tmp_path):
    fences = FENCE.findall(page.read_text("utf-8"))
    if not any(name == "config/orchestrator.toml" for _, name, _ in fences):
        for folder in BESIDE:
            shutil.copytree(ROOT / folder, tmp_path / folder)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
        "PYTHONWARNINGS": "",
    }
    for language, name, block in fences:
        if name:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block, "utf-8")
        elif language == "console":
            for command, wanted in commands(block):
                done = subprocess.run(
                    command,
                    shell=True,
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                said = " ".join((done.stdout + done.stderr).split())

                for line in wanted:
                    assert line in said, f"{command}\n{done.stdout}{done.stderr}"


def links(page):
    """Where the relative links of a page lead, without what is inside the other page."""
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    return [(page.parent / link.partition("#")[0]).resolve() for link in found if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page):
    assert [link for link in links(page) if not link.exists()] == []


def test_every_page_of_the_docs_is_in_their_list():
    index = ROOT / "docs" / "README.md"
    pages = {page for page in PAGES if index.parent in page.parents}

    assert pages - {index} <= set(links(index))


def test_every_law_of_the_readme_has_its_chapter_under_the_same_number():
    short = re.findall(r"^(\d+)\. ", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    long = re.findall(
        r"^## (\d+)\. ", (ROOT / "docs/semantics.md").read_text("utf-8"), re.MULTILINE
    )

    assert long == [str(number) for number in range(1, 14)]
    assert set(short) <= set(long)
