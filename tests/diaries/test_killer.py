"""A shop whose case makes every daemon die at one midnight, among seven others (law 10).

Nothing can be caught of such a death, so each of these daemons is a process that really ends. Only
the shop that kills is stopped; the others, and in the end that one, act at their own midnight.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from orchestrator.engine.tries import MOST_DEATHS
from tests.children import dies_in_a_child
from tests.diaries.bugs import held, mend, or_stopped, plant, retries, where_there_are_bugs
from tests.diaries.deeds import (
    about,
    appeals,
    becomes_known,
    files_as,
    quiet,
    responds,
    together,
    upholds,
)
from tests.diaries.words import CALLED_IN, FORWARDED, KNOWN, RECEIVED, TAKEN_DOWN, TOLD
from tests.diaries.world import Deed, World, open_on
from workflows.ip_complaint import silence_speaks_against_the_complainant

SHOPS = 8
KILLER = "shop-5"
MIDNIGHT = "2025-03-11T00:00:00+08:00"
SAID = f"Killer: {MOST_DEATHS} processes died while each ran this docket alone"


def dies(_: str) -> None:
    os._exit(9)


def in_every_shop(deed: Callable[[int], Deed]) -> Deed:
    return together(*(about(f"complaint-{n}", deed(n)) for n in range(SHOPS)))


def kills_daemons(world: World) -> None:
    """A release goes live with which daemons die of one shop, and are started again."""
    world.orchestrator.close()
    plant(silence_speaks_against_the_complainant, KILLER, dies)

    def advances() -> None:
        with open_on(world.path) as daemon:
            daemon.advance()

    deaths = 0
    while dies_in_a_child(advances):
        deaths += 1
    world.orchestrator = open_on(world.path)

    assert deaths == 3 + MOST_DEATHS  # eight at once, four, two, and then alone


def is_found(world: World) -> None:
    (incident,) = world.orchestrator.incidents.all()

    assert (incident["docket"], incident["error"], incident["held"]) == (KILLER, SAID, 1)


@pytest.fixture
def diary(diary: Callable[..., World]) -> Iterator[Callable[..., World]]:
    """Complaint n is about shop-n, and that of the shop that kills is looked at."""
    known = ("Tue 2024-01-02 10:00", becomes_known(), "not there", *KNOWN)
    words = {"subject": "complaint-5", "in_words": or_stopped()}
    yield lambda *lines: diary(known, *lines, **words)
    mend()


APPEALED_ON_5_MARCH = (
    (
        "Mon 2025-03-03 10:00",
        in_every_shop(lambda n: files_as(shop=f"shop-{n}")),
        "under_review",
        *RECEIVED * SHOPS,
    ),
    (
        "Tue 2025-03-04 10:00",
        in_every_shop(lambda n: upholds("general")),
        "appeal_window",
        *(*TAKEN_DOWN, *TOLD) * SHOPS,
    ),
    (
        "Wed 2025-03-05 10:00",
        in_every_shop(lambda n: appeals),
        "awaiting_complainant",
        *FORWARDED * SHOPS,
    ),
)


def test_the_shop_that_kills_is_found_by_halving_and_everybody_acts_at_midnight(diary):
    stopped = "awaiting_complainant, stopped by incident 1"

    world = diary(
        *APPEALED_ON_5_MARCH,
        ("Mon 2025-03-10 23:59:59.999999", quiet, "awaiting_complainant"),
        (
            "Tue 2025-03-11 09:00",
            where_there_are_bugs(kills_daemons),
            stopped,
            *CALLED_IN * (SHOPS - 1),
        ),
        ("Tue 2025-03-11 10:00", held(responds), stopped),
        ("Tue 2025-03-11 11:00", where_there_are_bugs(is_found), stopped),
        (
            "Wed 2025-03-12 10:00",
            retries(1, "staff_intervention"),
            "staff_intervention",
            *CALLED_IN,
        ),
    )

    ended = [entry for entry in world.journal() if entry["name"] == "response_window"]
    assert {entry["docket"] for entry in ended} == {f"shop-{n}" for n in range(SHOPS)}
    assert {entry["effective_at"] for entry in ended} == {MIDNIGHT}
