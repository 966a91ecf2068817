"""Small stories for timelines: a docket is told them, line by line, and they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from orchestrator.core.diagram import timeline
from orchestrator.core.diagram.chronicle import read
from orchestrator.core.diagram.stage import Stage
from orchestrator.core.workflow import (
    after,
    always,
    final,
    freezes,
    hears,
    limit,
    on,
    opens,
    send,
    state,
    target,
)
from tests.core.builders import BEIJING, CN, Told, almanac, announced, at, merged, small, world_of
from tests.core.drawings import SVG

HOSTILE = '</text><script>"&;: --> \\ end'
SPANS = {
    "target": {"working_days": 1},
    "limit": {"working_days": 5},
    "level_2": {"working_days": 2},
    "more": {"days": 3},
    "window": {"days": 3},
    "years": {"hours": 24 * 700 + 10},
}


def claims():
    """A claim: reviewed, perhaps completed, granted for long; its account hears of it."""
    return small(
        state(
            "under_review",
            target("reminder", "small.target"),
            limit("answer", "small.limit", level_2="small.level_2"),
            on("ask", "staff", to="waiting"),
            on("grant", "staff", to="granted", do=[send("account", "granted")]),
        ),
        state(
            "waiting",
            freezes("reminder", "answer"),
            after("patience", "small.more", to="lapsed"),
            on("supply", "buyer", to="under_review"),
        ),
        state("granted", after("window", "small.window", to="settled")),
        state("settled", after("validity", "small.years", to="expired")),
        final("lapsed", "expired", "withdrawn"),
        always(on("withdraw", "buyer", to="withdrawn")),
        spans=SPANS,
    )


def accounts():
    return small(
        state("good", hears("granted"), open_ended=True),
        opening=opens("system"),
        name="account",
        singleton=True,
    )


def told(when=None) -> Told:
    """A docket that nobody has heard of, of claims and one account."""
    (claim, book), (account, other) = claims(), accounts()
    return Told(world_of(claim, account, books=[merged(book, other)], when=when))


def drawn(story: Told, until: str, **more) -> ET.Element:
    """The drawing of what a docket was told, as a tree."""
    return ET.fromstring(text_of(story, until, **more))


def text_of(story: Told, until: str, recorded: str | None = None, **more) -> str:
    noted = None if recorded is None else at(recorded)
    entries = [(entry, noted) for entry in story.run.entries]
    given = {"title": "A story", "edition": CN, **more}
    return timeline(entries, BEIJING, until=at(until), **given)


def stage(story: Told, until: str, edition=CN) -> Stage:
    lanes, late = read((entry, None) for entry in story.run.entries)
    return Stage(lanes, late, at(until), BEIJING, edition)


def words(root: ET.Element) -> list[str]:
    """Every text, with its remark after a bar."""
    found = []
    for text in root.iter(f"{SVG}text"):
        remark = "".join(part.text for part in text)
        found.append(f"{text.text}|{remark}" if remark else text.text)
    return found


def groups(root: ET.Element, kind: str) -> Iterator[ET.Element]:
    return (g for g in root.iter(f"{SVG}g") if kind in g.get("class", "").split())


# -- stories ----------------------------------------------------------------------------------


def granted() -> Told:
    """Filed on Monday, granted on Tuesday, settled at the end of Friday."""
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Tue 2025-03-04 10:00", "grant", "staff")
    story.passes("Sat 2025-03-08 00:00")
    return story


def completed() -> Told:
    """Asked for more on Wednesday, which came on Thursday."""
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.says("Tue 2025-03-04 09:00", "ask", "staff")
    story.says("Thu 2025-03-06 15:00", "supply")
    return story


def overdue() -> Told:
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small")
    story.passes("Wed 2025-03-19 10:00")
    return story


def crowded() -> Told:
    """Many cases, refusals, several things at one instant, a holiday, days of make-up."""
    story = told()
    for number in range(4):
        case = f"claim-{number}"
        story.opens("Thu 2025-09-25 16:00", "small", case=case)
        story.says("Thu 2025-09-25 16:00", "grant", "buyer", case=case)
        story.says("Fri 2025-09-26 09:00", "ask", "staff", case=case)
        story.says("Fri 2025-09-26 09:00:01", "supply", case=case)
        story.says("Mon 2025-09-29 10:00:00.000001", "grant", "staff", case=case)
        story.says("Mon 2025-09-29 10:00:01", "nonsense", case=case)
    story.opens("Mon 2025-09-29 11:00", "small", by="staff", case=None)
    story.opens("Mon 2025-09-29 11:00", "small", by="staff", case="nobody's")
    story.passes("Sat 2025-10-11 12:00")
    return story


def hostile() -> Told:
    story = told()
    story.opens("Mon 2025-03-03 10:00", "small", case=HOSTILE)
    story.says("Mon 2025-03-03 10:00", HOSTILE * 9, HOSTILE, case=HOSTILE)
    return story


STORIES = {
    "granted": (granted, "2025-03-09 10:00"),
    "completed": (completed, "2025-03-06 18:00"),
    "overdue": (overdue, "2025-03-19 10:00"),
    "crowded": (crowded, "2025-10-11 12:00"),
    "hostile": (hostile, "2025-03-03 10:00"),
    "nothing": (told, "2025-03-03 10:00"),
    "a year": (granted, "2026-03-03 10:00"),
    "a century": (granted, "2125-03-03 10:00"),
    "millennia": (granted, "8999-12-31 10:00"),
}
ALL = pytest.mark.parametrize("name", STORIES)


def played(name: str, **more) -> str:
    story, until = STORIES[name]
    return text_of(story(), until, **more)


def cut(edition, last):
    years = {year: days for year, days in edition.years.items() if year <= last}
    return type(edition)(
        edition.name,
        edition.zone,
        weekend=edition.weekend,
        fixed=edition.fixed,
        always=False,
        years=years,
    )


def announces() -> Told:
    """2026 is announced on 2 January: Monday the 5th and Tuesday the 6th are off."""
    known = cut(CN, 2025)
    news = announced(known, 2026, {"2026-01-01": True, "2026-01-05": True, "2026-01-06": True})
    story = told(when=almanac(("Fri 2026-01-02 09:00", news), first=known))
    story.opens("Mon 2025-12-29 10:00", "small", case="B")
    story.says("Tue 2025-12-30 09:00", "ask", "staff", case="B")
    story.says("Tue 2025-12-30 10:00", "supply", case="B")
    story.opens("Wed 2025-12-31 10:00", "small")
    story.passes("Sat 2026-01-03 10:00")
    return story
