"""The peers' own environment: made when it is first needed, with the versions of a file.

What cannot be installed is said and left out; ours and the floors run without it.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from bench.contestants import ROOT

FOLDER = ROOT / "bench" / "peers" / ".venv"
REQUIREMENTS = ROOT / "bench" / "peers-requirements.txt"
PEERS = {
    "huey": "huey",
    "SpiffWorkflow": "SpiffWorkflow",
    "DBOS": "dbos",
}  # name → what is imported
PYTHON = FOLDER / "bin" / "python"


def prepared(say: Callable[[str], None]) -> dict[str, Path]:
    """The python of each peer that is there."""
    written = FOLDER / "requirements.txt"
    wanted = REQUIREMENTS.read_text("utf-8")
    if not written.exists() or written.read_text("utf-8") != wanted:
        say(f"the peers are installed into {FOLDER.relative_to(ROOT)}")
        venv.create(FOLDER, with_pip=True, clear=True)
        if _install("--requirement", str(REQUIREMENTS)):
            written.write_text(wanted, "utf-8")
        else:
            for package in PEERS.values():  # one of them may still be had
                _install("--constraint", str(REQUIREMENTS), package)
    found = {name: PYTHON for name, package in PEERS.items() if _imports(package)}
    for name in PEERS.keys() - found.keys():
        say(f"PEER LEFT OUT: {name} cannot be installed here")
    return found


def _install(*what: str) -> bool:
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return subprocess.run([*pip, *what], check=False, stderr=subprocess.DEVNULL).returncode == 0


def _imports(package: str) -> bool:
    asked = [str(PYTHON), "-c", f"import {package}"]
    return subprocess.run(asked, check=False, stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(0 if len(prepared(print)) == len(PEERS) else 1)
