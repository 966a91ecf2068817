"""Incidents: one bad case harms no other, and nobody loses a deadline by our bug (law 10)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestrator.answers import Answer
from orchestrator.api import Orchestrator
from orchestrator.clock import VirtualClock
from orchestrator.core.workflow import Workflow
from orchestrator.errors import NotFound, Trouble
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import CONFIG, House, beijing, empty_database, everything, house
from tests.doors.shaky import CLAIM, MENDED, PLEA, RULES, broken, second_version

GROUNDS = {"grounds": "we hold a licence"}
ONE = (PLEA, CLAIM)


@contextmanager
def shaky(path: Path | None = None, workflows: Iterable[Workflow] = ONE) -> Iterator[House]:
    with house(path=path, workflows=workflows, rulebook=RULES) as there:
        yield there


@pytest.fixture
def there() -> Iterator[House]:
    """Pleas A of shop-1 and B of shop-2, filed on Monday 2025-03-03 at 10:00, due on the 7th."""
    with shaky() as found:
        pleads(found, "A", "shop-1")
        pleads(found, "B", "shop-2")
        yield found


def pleads(there: House, case: str, docket: str, **more: Any) -> Answer:
    return there.orchestrator.open("plea", docket=docket, by="complainant", case=case, **more)


def claims(there: House, case: str = "C") -> Answer:
    facts = {"holder": "holder-1"}
    return there.orchestrator.open(
        "claim", docket="shop-9", by="complainant", facts=facts, case=case
    )


def appeals(there: House, case: str = "A", **more: Any) -> Answer:
    return there.orchestrator.inject(case, "appeal", by="respondent", facts=GROUNDS, **more)


def states(there: House) -> dict[str, str]:
    return {case["case"]: case["state"] for case in there.orchestrator.cases()}


# -- a bug in what a person sent ----------------------------------------------------------------


@pytest.mark.fault(46)
def test_an_input_that_raises_is_received_and_its_docket_stops(there: House) -> None:
    with broken("guard"):
        answer = appeals(there)

    (incident,) = there.orchestrator.incidents.all()
    assert (answer.refused, answer.held) == (False, incident["incident"])
    assert answer.reason == f"received, decided after incident {incident['incident']}"
    assert incident["docket"] == "shop-1"
    assert incident["error"] == "ZeroDivisionError: planted in the guard"
    assert incident["held"] == 1
    assert there.orchestrator.case("A")["incident"] == incident["incident"]


def test_nothing_of_a_step_that_raised_is_left(there: House) -> None:
    journal = there.journal()

    with broken("guard"):
        appeals(there)

    assert there.journal() == journal
    assert states(there) == {"A": "waiting", "B": "waiting"}
    assert there.orchestrator.verify() == []


def test_what_was_due_before_the_input_that_raised_is_taken_back_with_it(there: House) -> None:
    journal = there.journal()
    there.move_to("2025-03-09 10:00")

    with broken("fold of shop-1"):
        answer = there.orchestrator.inject("A", "withdraw", by="complainant")

    assert answer.held is not None
    assert there.journal() == journal


@pytest.mark.fault(46)
def test_an_incident_keeps_the_traceback_and_the_input(there: House) -> None:
    with broken("guard"):
        appeals(there)

    shown = there.orchestrator.incidents.show(1)
    assert "grounds_are_heard" in shown["traceback"]
    (held,) = shown["held"]
    assert (held["act"], held["case"], held["name"], held["by"]) == (
        "inject",
        "A",
        "appeal",
        "respondent",
    )
    assert (held["at"], held["given"], held["decided_at"]) == (
        "2025-03-03T10:00:00+08:00",
        GROUNDS,
        None,
    )


def test_other_dockets_go_on(there: House) -> None:
    with broken("guard"):
        appeals(there)

    assert appeals(there, "B").state == "appealed"


def test_inputs_to_a_stopped_docket_are_held_with_their_stamps(there: House) -> None:
    with broken("guard"):
        appeals(there)
    there.move_to("2025-03-05 09:00")
    answer = there.orchestrator.inject("A", "withdraw", by="complainant")
    there.move_to("2025-03-05 09:30")
    opening = pleads(there, "C", "shop-1")

    assert (answer.held, opening.held) == (1, 1)
    held = there.orchestrator.incidents.show(1)["held"]
    assert [(h["name"], h["at"]) for h in held] == [
        ("appeal", "2025-03-03T10:00:00+08:00"),
        ("withdraw", "2025-03-05T09:00:00+08:00"),
        ("plea", "2025-03-05T09:30:00+08:00"),
    ]


def test_the_same_key_gives_the_answer_of_a_held_input_again(there: House) -> None:
    with broken("guard"):
        first = appeals(there, key="k1")
        again = appeals(there, key="k1")
    stopped = there.orchestrator.inject("A", "withdraw", by="complainant", key="k2")
    once_more = there.orchestrator.inject("A", "withdraw", by="complainant", key="k2")

    assert again.as_data() == {**first.as_data(), "repeated": True}
    assert once_more.as_data() == {**stopped.as_data(), "repeated": True}
    assert there.orchestrator.incidents.all()[0]["held"] == 2


def test_an_opening_whose_read_docket_breaks_stops_that_one_and_is_held(there: House) -> None:
    pleads(there, "H", "holder-1")
    there.move_to("2025-03-08 00:00")

    with broken("fold of holder-1"):
        answer = claims(there)
    again = claims(there, "C2")  # it reaches a docket that is stopped already

    assert [i["docket"] for i in there.orchestrator.incidents.all()] == ["holder-1"]
    assert (answer.held, again.held) == (1, 1)
    assert answer.reason == "received, decided after incident 1"
    assert there.orchestrator.cases(docket="shop-9") == []


def test_a_held_opening_that_read_the_stopped_docket_is_decided_by_the_retry(
    there: House,
) -> None:
    pleads(there, "H", "holder-1")
    there.move_to("2025-03-04 10:00")
    with broken("guard"):
        appeals(there, "H")  # stops holder-1
    there.move_to("2025-03-05 10:00")
    claims(there)
    there.move_to("2025-03-20 10:00")

    done = there.orchestrator.incidents.retry(1)

    (filed,) = there.orchestrator.queries.journal("shop-9")
    assert [a["state"] for a in done.decided] == ["appealed", "filed"]
    assert filed["effective_at"] == "2025-03-05T10:00:00+08:00"
    assert there.orchestrator.incidents.all() == []


def test_a_preview_in_a_stopped_docket_says_that_it_would_be_held(there: House) -> None:
    with broken("guard"):
        appeals(there)
    before = everything(there)

    answer = there.orchestrator.preview("A", "withdraw", by="complainant")

    assert answer.held == 1
    assert everything(there) == before


def test_a_preview_of_what_raises_is_told_in_a_sentence_and_stops_nothing(there: House) -> None:
    before = everything(there)

    with broken("guard"):
        try:
            said = str(
                there.orchestrator.preview("A", "appeal", by="respondent", facts=GROUNDS).reason
            )
        except Trouble as trouble:
            said = str(trouble)

    assert "planted in the guard" in said
    assert everything(there) == before


def test_a_case_whose_guard_raises_can_still_be_looked_at(there: House) -> None:
    with broken("guard"):
        appeals(there)
        shown = there.orchestrator.case("A")

    assert shown["state"] == "waiting"


# -- a bug in what time does --------------------------------------------------------------------


@pytest.mark.fault(46)
def test_a_timer_that_raises_stops_its_docket_and_the_rest_of_the_batch_is_saved(
    there: House,
) -> None:
    there.move_to("2025-03-08 00:00")

    with broken("fold of shop-1"):
        done = there.orchestrator.advance()

    assert (done.incidents, done.firings) == (1, 1)
    assert states(there) == {"A": "waiting", "B": "closed"}
    (incident,) = there.orchestrator.incidents.all()
    assert (incident["docket"], incident["held"]) == ("shop-1", 0)


def test_a_stopped_docket_is_passed_over(there: House) -> None:
    there.move_to("2025-03-08 00:00")
    with broken("fold of shop-1"):
        there.orchestrator.advance()

    assert there.orchestrator.advance().dockets == 0  # though the bug is mended
    assert there.orchestrator.engine.next_due() is None
    assert states(there)["A"] == "waiting"


def test_an_incident_is_opened_once(there: House) -> None:
    there.move_to("2025-03-08 00:00")
    with broken("fold of shop-1"):
        there.orchestrator.advance()
        there.orchestrator.advance()
        there.orchestrator.inject("A", "withdraw", by="complainant")

    assert len(there.orchestrator.incidents.all()) == 1


# -- the retry ----------------------------------------------------------------------------------


def test_an_appeal_held_in_time_is_accepted_though_its_window_has_passed_since(
    there: House,
) -> None:
    there.move_to("2025-03-06 23:59:59")
    with broken("guard"):
        appeals(there)
    there.move_to("2025-03-20 00:00")

    done = there.orchestrator.incidents.retry(1)

    assert (done.settled, [a["state"] for a in done.decided]) == (True, ["appealed"])
    last = there.journal()[1]
    assert (last["name"], last["effective_at"]) == ("appeal", "2025-03-06T23:59:59+08:00")
    assert states(there)["A"] == "appealed"


def test_an_appeal_held_at_the_due_instant_is_late_after_the_retry_too(there: House) -> None:
    there.move_to("2025-03-07 00:00")
    with broken("fold of shop-1"):
        appeals(there)
    there.move_to("2025-03-20 00:00")

    done = there.orchestrator.incidents.retry(1)

    assert [a["refused"] for a in done.decided] == [True]
    assert done.firings == 1
    kinds = [(e["kind"], e["effective_at"]) for e in there.journal() if e["case"] == "A"]
    assert kinds[1:] == [
        ("timer", "2025-03-07T00:00:00+08:00"),
        ("refused", "2025-03-07T00:00:00+08:00"),
    ]


def test_held_inputs_are_decided_in_order_each_at_its_own_instant(there: House) -> None:
    pleads(there, "A2", "shop-1")
    with broken("guard"):
        appeals(there)
    there.move_to("2025-03-05 09:00")
    there.orchestrator.inject("A", "withdraw", by="complainant")
    there.move_to("2025-03-10 09:00")
    appeals(there, "A2")
    there.move_to("2025-03-20 00:00")

    done = there.orchestrator.incidents.retry(1)

    assert [(a["refused"], a["state"]) for a in done.decided] == [
        (False, "appealed"),
        (False, "withdrawn"),
        (True, "closed"),
    ]
    order = [(e["kind"], e["name"], e["effective_at"][:16]) for e in there.journal()]
    assert order[2:6] == [
        ("event", "appeal", "2025-03-03T10:00"),
        ("event", "withdraw", "2025-03-05T09:00"),
        ("timer", "window", "2025-03-07T00:00"),
        ("refused", "appeal", "2025-03-10T09:00"),
    ]
    assert there.orchestrator.verify() == []


def test_a_docket_once_released_has_the_journal_that_it_would_have_had(there: House) -> None:
    with shaky() as other:
        for house_, flag in ((there, "guard"), (other, "nothing")):
            if house_ is other:
                pleads(other, "A", "shop-1")
                pleads(other, "B", "shop-2")
            house_.move_to("2025-03-04 08:00")
            with broken(flag):
                appeals(house_)
            house_.move_to("2025-03-05 09:00")
            house_.orchestrator.inject("A", "withdraw", by="complainant")
            house_.move_to("2025-03-20 00:00")
            if house_ is there:
                there.orchestrator.incidents.retry(1)
            house_.orchestrator.advance()

        assert there.journal() == other.journal()
        ours, others = (house_.orchestrator.queries.outbox() for house_ in (there, other))
        assert list(ours) == list(others)


def test_a_settled_incident_is_closed_and_its_docket_goes_on(there: House) -> None:
    with broken("guard"):
        appeals(there, key="k1")
    there.orchestrator.incidents.retry(1)

    again = appeals(there, key="k1")
    answer = there.orchestrator.inject("A", "withdraw", by="complainant")

    assert there.orchestrator.incidents.all() == []
    (closed,) = there.orchestrator.incidents.all(closed=True)
    assert closed["closed_at"] == "2025-03-03T10:00:00+08:00"
    assert (again.repeated, again.held) == (True, 1)  # what was answered stays the answer
    assert (answer.held, answer.state) == (None, "withdrawn")


def test_a_settled_incident_cannot_be_settled_again(there: House) -> None:
    with broken("guard"):
        appeals(there)
    there.orchestrator.incidents.retry(1)

    for number in (1, 7):
        with pytest.raises(NotFound, match=f"no open incident {number}"):
            there.orchestrator.incidents.retry(number)


def test_a_retry_while_the_bug_is_there_changes_nothing(there: House) -> None:
    with broken("guard"):
        appeals(there)
        before = everything(there)

        done = there.orchestrator.incidents.retry(1)

    after = everything(there)
    del before["incidents"], after["incidents"]
    assert (done.settled, done.error) == (False, "ZeroDivisionError: planted in the guard")
    assert after == before
    assert there.orchestrator.incidents.all()[0]["held"] == 1


def test_a_retry_runs_the_timers_that_are_due(there: House) -> None:
    there.move_to("2025-03-08 00:00")
    with broken("fold of shop-1"):
        there.orchestrator.advance()

    there.orchestrator.incidents.retry(1)
    there.orchestrator.advance()

    (closing,) = [e for e in there.journal() if e["case"] == "A" and e["kind"] == "timer"]
    assert closing["effective_at"] == "2025-03-07T00:00:00+08:00"


def test_a_retry_of_a_timer_whose_bug_is_still_there_settles_nothing(there: House) -> None:
    there.move_to("2025-03-08 00:00")
    with broken("fold of shop-1"):
        there.orchestrator.advance()

        done = there.orchestrator.incidents.retry(1)

    assert not done.settled
    assert [i["incident"] for i in there.orchestrator.incidents.all()] == [1]


def test_a_held_opening_that_reads_another_docket_is_decided(there: House) -> None:
    with broken("guard"):
        appeals(there)
    pleads(there, "H", "holder-1")
    there.orchestrator.open(
        "claim", docket="shop-1", by="complainant", facts={"holder": "holder-1"}, case="C"
    )

    done = there.orchestrator.incidents.retry(1)

    assert done.settled
    assert [a["state"] for a in done.decided] == ["appealed", "filed"]


def test_a_held_opening_whose_id_was_taken_since_does_not_block_the_others(there: House) -> None:
    with broken("guard"):
        appeals(there)
    pleads(there, "C", "shop-1")
    pleads(there, "C", "shop-3")  # not held: it takes the id

    done = there.orchestrator.incidents.retry(1)

    assert done.settled
    assert [a["refused"] for a in done.decided] == [False, True]
    assert "is there already" in done.decided[1]["reason"]


# -- a mended definition ------------------------------------------------------------------------


@pytest.mark.parametrize("known", [second_version(), [MENDED, CLAIM]], ids=["both", "new alone"])
def test_a_retry_under_a_new_version_moves_the_cases_by_a_recorded_act(
    tmp_path: Path, known: list[Workflow]
) -> None:
    path = empty_database(tmp_path / "i.db")
    with shaky(path) as there:
        pleads(there, "A", "shop-1")
        before = there.orchestrator.case("A")["definition"]
        there.move_to("2025-03-05 09:00")
        with broken("guard"):
            appeals(there)

    with shaky(path, known) as there:
        there.move_to("2025-03-20 00:00")
        done = there.orchestrator.incidents.retry(1)
        (_, moved, appeal) = there.journal()
        after = there.orchestrator.case("A")

        assert done.settled
        assert (moved["kind"], moved["case"], moved["by"]) == ("migrated", "A", "system")
        assert moved["content"] == {"from": before, "to": after["definition"]}
        assert moved["effective_at"] == "2025-03-03T10:00:00+08:00"  # time stood still
        assert (appeal["name"], after["state"]) == ("appeal", "appealed")
        assert after["definition"].startswith("plea@2:")
        assert there.orchestrator.verify() == []


def test_a_retry_under_the_same_version_moves_no_case(there: House) -> None:
    with broken("guard"):
        appeals(there)
    there.orchestrator.incidents.retry(1)

    assert "migrated" not in {entry["kind"] for entry in there.journal()}


# -- through the command line -------------------------------------------------------------------


@pytest.fixture
def shaky_cli(cli: Cli) -> Cli:  # noqa: F811
    """The program with the shaky workflows, and plea A of shop-1."""
    config = cli.folder / "shaky"
    shutil.copytree(CONFIG / "calendars", config / "calendars")
    (config / "rulebooks").mkdir()
    (config / "orchestrator.toml").write_text(
        'workflows = ["tests.doors.shaky"]\ndefault_rulebook = "shaky"\n', "utf-8"
    )
    (config / "rulebooks/shaky.toml").write_text(
        'name = "shaky"\nversion = 1\neffective_from = 2020-01-01\ncalendar = "cn"\n'
        "[plea]\nwindow = { days = 3 }\n",
        "utf-8",
    )
    cli.config = config
    ran = cli("open", "plea", "--docket", "shop-1", "--by", "complainant", "--case", "A")
    assert ran.code == 0
    return cli


APPEALS = ("inject", "A", "appeal", "--by", "respondent", "--facts", json.dumps(GROUNDS))


def test_a_held_input_ends_with_0_and_says_what_it_waits_for(shaky_cli: Cli) -> None:
    with broken("guard"):
        ran = shaky_cli(*APPEALS)
        again = shaky_cli(*APPEALS, "-o", "json")

    assert (ran.code, ran.out.strip()) == (0, "received, decided after incident 1")
    assert '"event": "incident"' in ran.err
    assert "Traceback" not in ran.out
    assert (again.code, again.json["held"]) == (0, 1)


def test_incidents_are_listed_shown_and_settled(shaky_cli: Cli) -> None:
    with broken("guard"):
        shaky_cli(*APPEALS)
        failed = shaky_cli("incident", "retry", "1")
    listed = shaky_cli("incident", "list", "-o", "json").json
    shown = shaky_cli("incident", "show", "1")
    settled = shaky_cli("incident", "retry", "1", now="2025-03-20 10:00")
    rest = shaky_cli("incident", "list", "-o", "json").json
    everyone = shaky_cli("incident", "list", "--all", "-o", "json").json

    assert failed.code == 1
    assert "incident 1 is not settled: ZeroDivisionError: planted in the guard" in failed.out
    assert [(i["incident"], i["docket"], i["held"]) for i in listed["incidents"]] == [
        (1, "shop-1", 1)
    ]
    assert "planted in the guard" in shown.out
    assert "appeal" in shown.out
    assert settled.code == 0
    assert "1 held input decided" in settled.out
    assert "case A of docket shop-1 is appealed" in settled.out
    assert rest["incidents"] == []
    assert everyone["incidents"][0]["closed_at"] == "2025-03-20T10:00:00+08:00"


def test_case_show_names_the_incident_that_stops_it(shaky_cli: Cli) -> None:
    with broken("guard"):
        shaky_cli(*APPEALS)

    ran = shaky_cli("case", "show", "A")

    assert (
        "stopped by incident 1: nothing acts and what is sent is held until it is settled"
        in ran.out
    )


def test_advance_tells_of_an_incident_and_goes_on(shaky_cli: Cli) -> None:
    with broken("fold of shop-1"):
        ran = shaky_cli("advance", "-o", "json", now="2025-03-08 10:00")

    assert (ran.code, ran.json["incidents"], ran.json["firings"]) == (0, 1, 0)


def test_a_case_that_calls_itself_like_a_workflow_is_not_taken_for_it() -> None:
    """An id is anybody's to choose: it must not catch what is said to the standing."""
    clock = VirtualClock(beijing("2025-03-03 10:00"))
    facts = {
        "complainant": "holder-1",
        "right_id": "TM-1",
        "listings": ["https://example.com/1"],
        "reason": "counterfeit",
    }
    with Orchestrator.from_config("config", database="sqlite://", clock=clock) as there:
        name = "account_standing"
        there.open(
            "ip_complaint", docket="shop-1", by="complainant", facts=facts, case=name, assume=True
        )
        answer = there.inject(name, "uphold", by="staff", facts={"lane": "general"})

        assert (answer.held, answer.state) == (None, "appeal_window")
        assert there.standing("shop-1")["points"] == 8


def test_a_previewed_retry_says_what_it_would_come_to_and_writes_nothing(there: House) -> None:
    with broken("guard"):
        appeals(there)
    before = everything(there)

    done = there.orchestrator.incidents.preview(1)

    assert (done.settled, [a["state"] for a in done.decided]) == (True, ["appealed"])
    assert everything(there) == before
    assert there.orchestrator.incidents.retry(1) == done


class Stopwatch:
    """Says that so many seconds have passed whenever it is looked at."""

    def __init__(self, seconds: float) -> None:
        self._now, self._step = 0.0, seconds

    def __call__(self) -> float:
        self._now += self._step
        return self._now


@pytest.mark.fault(50)
@pytest.mark.parametrize(("seconds", "closed"), [(30, {"A", "B"}), (31, set())])
def test_a_docket_that_thinks_for_too_long_is_stopped(
    there: House, seconds: float, closed: set[str]
) -> None:
    there.move_to("2025-03-10 10:00")
    there.orchestrator.engine.stopwatch = Stopwatch(seconds)

    there.orchestrator.advance()

    errors = {incident["error"] for incident in there.orchestrator.incidents.all()}
    assert {case for case, state in states(there).items() if state == "closed"} == closed
    assert errors <= {"TooSlow: 31 s in guards and folds, at most 30 s"}
    assert bool(errors) == (not closed)


@pytest.mark.fault(50)
def test_an_input_whose_guard_thinks_for_too_long_is_held(there: House) -> None:
    there.orchestrator.engine.stopwatch = Stopwatch(60)

    assert appeals(there).held == 1
