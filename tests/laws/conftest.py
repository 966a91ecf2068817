"""How hard the laws are tried: LAWS_EXAMPLES raises every count (make soak), CI stays the same."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from orchestrator.db import library, schema
from tests.laws.seen import EXAMPLES, MET

MOST = int(os.environ.get("LAWS_EXAMPLES") or "0")
TALLY = os.environ.get("LAWS_TALLY")  # a file for what was tried and met, for the soak driver

settings.register_profile(
    "laws",
    max_examples=MOST or 16,
    derandomize=not MOST,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
if os.environ.get("LAWS_FAST_FAIL"):  # say what failed first, do not shrink it
    settings.register_profile("laws", settings.get_profile("laws"), phases=[Phase.generate])
settings.load_profile("laws")


@pytest.fixture(scope="package", autouse=True)
def quick_starts() -> Iterator[None]:
    """A start of a process reads texts that never change: they are parsed once, not at each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "edition_from", lru_cache(library.edition_from))
        patch.setattr(library, "rulebook_kept", _once_a_text(library.rulebook_kept))
        patch.setattr(schema, "latest", lru_cache(schema.latest))
        yield


def _once_a_text(read: Callable[..., Any]) -> Callable[..., Any]:
    """The models that a text is read by are those of a registry, and as many as there are."""
    found: dict[tuple[str, int], Any] = {}

    def reads(text: str, sections: Any) -> Any:
        key = text, id(sections)
        if key not in found:
            found[key] = sections, read(text, sections)  # kept alive: an id is not used again
        return found[key][1]

    return reads


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count the examples of every property, by its own name."""
    for item in items:
        handle = getattr(getattr(item, "obj", None), "hypothesis", None)
        if handle is not None and Path(__file__).parent in item.path.parents:
            handle.inner_test = _counted(item.nodeid, handle.inner_test)


def _counted(name: str, test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    def counted(*args: Any, **more: Any) -> Any:
        EXAMPLES[name] += 1
        return test(*args, **more)

    return counted


def pytest_sessionfinish() -> None:
    if TALLY:
        text = json.dumps({"examples": EXAMPLES, "met": MET}, ensure_ascii=False)
        Path(TALLY).write_text(text, "utf-8")
