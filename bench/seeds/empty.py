"""A database with a schema and nothing to do. `python -m bench.seeds.empty DATABASE --config DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.seeds.clones import CONFIG
from orchestrator.api import Orchestrator

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--config", type=Path, default=CONFIG)
    given = parser.parse_args()
    Orchestrator.from_config(given.config, database=f"sqlite:///{given.path}").close()
