"""Events and doors (rows 51 to 57): what comes twice, out of order, too late, or for nobody."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import NotFound
from tests.doors.conftest import Cli, busy, cli  # noqa: F401  fixtures
from tests.doors.house import ROOT, House, empty_database, everything, files_a_complaint, house
from tests.faults.fragile import RULES, WORKFLOWS
from tests.faults.processes import Voice, children
from tests.laws.deeds import MONDAY, done, files, says
from tests.laws.ledgers import ledgers_are_folds
from tests.laws.oracles import order_is_kept, the_chain_holds
from tests.laws.stories import DAY, EVENTS
from tests.laws.test_refusals_and_keys import changed_by_one_entry
from tests.laws.world import World

WHEN = "2025-03-03 10:00"


@pytest.fixture
def there() -> Iterator[House]:
    """A house with complaint A of shop-1, filed."""
    with house() as found:
        files_a_complaint(found)
        yield found


# -- out of order, too late ---------------------------------------------------------------------

MEANT = [
    says("A", "uphold", lane="severe"),
    says("A", "appeal"),
    says("A", "respond"),
    says("A", "grant_appeal"),
    says("B", "request_supplement"),
    says("B", "supplement"),
    says("B", "uphold", lane="minor"),
    says("B", "withdraw"),
]


@pytest.mark.fault(53)
@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(st.permutations(MEANT), st.lists(st.sampled_from((0, 1, DAY)), min_size=8, max_size=8))
def test_in_whatever_order_events_come_each_is_taken_by_receipt_or_refused_with_its_reason(
    order: Any, pauses: list[int]
) -> None:
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), files("shop-1", "B"))
        for act, pause in zip(order, pauses, strict=True):
            world.move_to(world.clock.now() + pause)
            before = world.everything()
            outcome = world.act(act)
            entry = world.journal("shop-1")[outcome.answer["seq"] - 1]

            assert (entry.name, entry.effective_at) == (act.name, world.clock.now())
            assert (entry.kind == "refused") is outcome.refused
            if outcome.refused and not pause:
                changed_by_one_entry(before, world, outcome, act.by)
        for check in (order_is_kept, the_chain_holds, ledgers_are_folds):
            check(world)


ENDS = {
    "withdrawn": [says("A", "withdraw")],
    "rejected": [says("A", "reject")],
    "overturned": [
        says("A", "uphold", lane="minor"),
        says("A", "appeal"),
        says("A", "accept_appeal"),
    ],
}


@pytest.mark.fault(54)
@pytest.mark.parametrize("state", ENDS)
def test_after_its_end_a_case_refuses_every_event_with_one_entry_each(state: str) -> None:
    with World(MONDAY) as world:
        done(world, files("shop-1", "A"), *ENDS[state])
        for name, (by, _) in EVENTS.items():
            before = world.everything()
            act = says("A", name, **({"lane": "minor"} if name == "uphold" else {}))
            outcome = world.act(act)

            assert outcome.refused
            if (
                outcome.answer is not None
            ):  # else this workflow has no such facts: it is turned away
                changed_by_one_entry(before, world, outcome, by)
            assert world.one("SELECT state FROM cases WHERE id = 'A'") == state


@pytest.mark.fault(54)
@pytest.mark.parametrize("occurred", ["1901-01-01T00:00:00+08:00", "8999-12-31T23:59:59Z"])
def test_when_something_is_said_to_have_occurred_is_kept_and_moves_nothing(occurred: str) -> None:
    with house(workflows=WORKFLOWS, rulebook=RULES) as there:
        there.orchestrator.open("parcel", by="seller", docket="shop-1", case="P")
        timers = there.rows("SELECT * FROM timers")
        there.move_to("2025-03-04 10:00")
        there.orchestrator.inject("P", "note", by="seller", facts={"occurred_at": occurred})
        noted = there.journal()[-1]

        assert there.orchestrator.case("P")["data"]["occurred_at"] == occurred
        assert noted["effective_at"] == "2025-03-04T10:00:00+08:00"
        assert there.rows("SELECT * FROM timers") == timers


# -- what is not there --------------------------------------------------------------------------

YEAR = ROOT / "config" / "calendars" / "cn" / "2026.json"
ABSENT: list[tuple[tuple[str, ...], Callable[[Any], Any], str]] = [
    (
        ("open", "chess", "--docket", "d", "--by", "staff"),
        lambda o: o.open("chess", docket="d", by="staff"),
        "no workflow 'chess'; there are ",
    ),
    (
        ("inject", "Z", "uphold", "--by", "staff"),
        lambda o: o.inject("Z", "uphold", by="staff"),
        "no case 'Z'",
    ),
    (
        ("inject", "Z", "uphold", "--by", "staff", "--dry-run"),
        lambda o: o.preview("Z", "uphold", by="staff"),
        "no case 'Z'",
    ),
    (("case", "show", "Z"), lambda o: o.case("Z"), "no case 'Z'"),
    (("forecast", "Z"), lambda o: o.forecast("Z"), "no case 'Z'"),
    (
        ("journal", "export", "--docket", "nobody"),
        lambda o: list(o.queries.journal("nobody")),
        "no docket 'nobody'",
    ),
    (
        ("journal", "verify", "--docket", "nobody"),
        lambda o: o.verify("nobody"),
        "no docket 'nobody'",
    ),
    (
        ("outbox", "list", "--docket", "nobody"),
        lambda o: list(o.queries.outbox("nobody")),
        "no docket 'nobody'",
    ),
    (("incident", "show", "7"), lambda o: o.incidents.show(7), "no incident 7"),
    (("incident", "retry", "7"), lambda o: o.incidents.retry(7), "no open incident 7"),
    (("calendar", "show", "mars"), lambda o: o.edition("mars"), "no calendar 'mars'; there are "),
    (
        ("calendar", "add", str(YEAR), "--calendar", "mars"),
        lambda o: o.announce("mars", YEAR),
        "no calendar 'mars'; there are ",
    ),
]


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    ("words", "act", "said"), ABSENT, ids=[" ".join(w[:2]) for w, *_ in ABSENT]
)
def test_what_is_not_there_is_named_alike_at_every_door_and_nothing_is_written(
    busy: Cli,  # noqa: F811
    there: House,
    words: tuple[str, ...],
    act: Callable[[Any], Any],
    said: str,
) -> None:
    before, stored = everything(there), busy.everything()
    with pytest.raises(NotFound) as raised:
        act(there.orchestrator)
    ran = busy(*words)

    assert str(raised.value).startswith(said)
    assert str(raised.value) in ran.said
    assert (ran.code, ran.out) == (3, "")
    assert (everything(there), busy.everything()) == (before, stored)


STRANGE = [
    ("dance", "ip_complaint has no event 'dance'; it knows "),
    ("review_limit", "review_limit is a timer of ip_complaint; timers act by themselves"),
]


@pytest.mark.fault(55)
@pytest.mark.parametrize(("event", "said"), STRANGE)
def test_an_event_that_nobody_knows_is_refused_alike_at_every_door(
    busy: Cli,  # noqa: F811
    there: House,
    tmp_path: Path,
    event: str,
    said: str,
) -> None:
    line = {"at": "2025-03-03T10:00:00+08:00", "case": "A", "event": event, "by": "staff"}
    history = tmp_path / "history.jsonl"
    history.write_text(json.dumps(line), "utf-8")

    answer = there.orchestrator.inject("A", event, by="staff")
    ran = busy("inject", "A", event, "--by", "staff", "-o", "json")
    replayed = busy("replay", str(history), "-o", "json")
    reasons = [
        json.loads(content)["reason"]
        for (content,) in busy.rows("SELECT content FROM journal WHERE kind = 'refused'")
    ]

    assert str(answer.reason).startswith(said)
    assert (ran.code, ran.json["reason"]) == (4, answer.reason)
    assert (replayed.code, replayed.json["refused"]) == (0, 1)
    assert reasons == [answer.reason] * 2


# -- answered means kept ------------------------------------------------------------------------


def answers(path: Path, dies: str, voice: Voice) -> None:
    """Upholds complaint A under a key, and tells the answer, unless it dies around the COMMIT."""
    with house(WHEN, path=path) as there:
        dialect = there.orchestrator.store.engine.dialect
        commit = dialect.do_commit

        def fatal(raw: Any) -> None:
            if dies == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            commit(raw)
            if dies == "behind":
                os.kill(os.getpid(), signal.SIGKILL)

        dialect.do_commit = fatal  # type: ignore[method-assign]
        voice.says(json.dumps(upholds(there).as_data()))
        os.kill(os.getpid(), signal.SIGKILL)


def upholds(there: House) -> Any:
    return there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"}, key="k")


@pytest.mark.fault(2, 57)
@pytest.mark.parametrize(("dies", "kept"), [("before", False), ("behind", True), ("told", True)])
def test_nobody_is_told_that_an_input_was_taken_before_its_commit(
    tmp_path: Path, dies: str, kept: bool
) -> None:
    path = empty_database(tmp_path / "answer.db")
    with house(WHEN, path=path) as there:
        files_a_complaint(there)
    with children(lambda voice: answers(path, dies, voice)) as (process,):
        told = process.hears()
        assert process.ends() == -signal.SIGKILL
    with house(WHEN, path=path) as there:
        found = there.orchestrator.case("A")["state"]
        again = upholds(there)

        assert bool(told) is (dies == "told")
        assert (found, again.repeated) == (
            ("appeal_window", True) if kept else ("under_review", False)
        )
        if told:
            assert json.loads(told) == {**again.as_data(), "repeated": False}
        assert there.rows("SELECT count(*) FROM journal WHERE name = 'uphold'") == [(1,)]
