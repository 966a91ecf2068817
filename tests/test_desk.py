"""Inputs that come at the same time share a commit, and none of them notices (laws 4, 9 and 10)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.event import listen

from orchestrator import inputs
from orchestrator.answers import Answer
from orchestrator.core.values import Event
from orchestrator.engine.desk import Desk, Ticket
from orchestrator.errors import Conflict, NotFound, Unavailable
from orchestrator.inputs import Input
from tests.doors.house import FILING, House, empty_database, files_a_complaint, house
from tests.doors.shaky import CLAIM, PLEA, RULES, broken

# -- the desk itself ----------------------------------------------------------------------------


def a_ticket(name: str) -> Ticket:
    given = Input("inject", "w", "d", name, "e", "staff", {})
    return Ticket(given, Event("e", "staff", None, {}), None)


def served(name: str) -> Answer:
    return Answer(False, None, name, "d", None, [], [], None)


class Slow:
    """Serves when it is told to, and writes down who was served together."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.began = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)

    def __call__(self, tickets: Sequence[Ticket]) -> None:
        self.batches.append([ticket.given.case or "" for ticket in tickets])
        self.began.release()
        assert self.may_go_on.acquire(timeout=60)
        for ticket in tickets:
            ticket.answer = served(ticket.given.case or "")


class Queue(deque[Ticket]):
    """A queue that tells when somebody has joined it."""

    def __init__(self) -> None:
        super().__init__()
        self.joined = threading.Semaphore(0)

    def append(self, ticket: Ticket) -> None:
        super().append(ticket)
        self.joined.release()


class Caller(threading.Thread):
    """One who waits at a desk."""

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__()
        self.ticket = a_ticket(name)
        self._desk = desk
        self.got: Answer | None = None
        self.start()

    def run(self) -> None:
        self.got = self._desk.take(self.ticket)


def queue(desk: Desk, names: str, serve: Slow, *, first: str) -> list[Caller]:
    """One is being served; the others have come meanwhile, in this order."""
    desk._waiting = waiting = Queue()
    callers = []
    for name in (first, *names):
        callers.append(Caller(desk, name))
        assert waiting.joined.acquire(timeout=60)
        if name == first:
            assert serve.began.acquire(timeout=60)
    return callers


def test_who_comes_while_another_is_served_is_served_together_with_all_who_wait() -> None:
    serve = Slow()
    desk = Desk(serve)
    callers = queue(desk, "BCD", serve, first="A")
    serve.may_go_on.release(2)
    for caller in callers:
        caller.join(60)

    assert serve.batches == [["A"], ["B", "C", "D"]]
    assert [caller.got for caller in callers] == [served(name) for name in "ABCD"]


def test_no_more_than_so_many_are_served_at_once() -> None:
    serve = Slow()
    desk = Desk(serve, most=2)
    callers = queue(desk, "BCDEF", serve, first="A")
    serve.may_go_on.release(4)
    for caller in callers:
        caller.join(60)

    assert serve.batches == [["A"], ["B", "C"], ["D", "E"], ["F"]]


def test_the_desk_is_free_again_afterwards() -> None:
    serve = Slow()
    desk = Desk(serve)
    serve.may_go_on.release(2)

    assert desk.take(a_ticket("A")) == served("A")
    assert desk.take(a_ticket("B")) == served("B")


# -- inputs that are served together ------------------------------------------------------------


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    with house(path=empty_database(tmp_path / "d.db")) as found:
        for n in range(4):
            files_a_complaint(found, f"A{n}", f"shop-{n}")
        found.move_to("2025-03-04 10:00")
        yield found


def together(there: House, *given: Input | tuple[Input, str]) -> list[Ticket]:
    """Serve these inputs as the desk does when all of them wait."""
    engine = there.orchestrator.engine
    tickets = []
    for one in given:
        plain, key = (one, None) if isinstance(one, Input) else one
        event = inputs.event_of(plain, engine.registry.workflow(plain.workflow))
        tickets.append(Ticket(plain, event, key))
    engine.serve(tickets)
    return tickets


def event(there: House, case: str, name: str, by: str, **facts: Any) -> Input:
    return there.orchestrator.engine.input_for_case(case, name, by, facts)


def opening(there: House, case: str, docket: str, **more: Any) -> Input:
    return there.orchestrator.engine.input_to_open(
        "ip_complaint", docket, "complainant", FILING, case=case, **{"assume": True, **more}
    )


def uphold(there: House, case: str) -> Input:
    return event(there, case, "uphold", "staff", lane="severe")


def test_many_dockets_are_moved_in_one_commit(there: House) -> None:
    made: list[object] = []
    listen(there.orchestrator.store.engine, "commit", made.append)

    tickets = together(there, *(uphold(there, f"A{n}") for n in range(4)))

    assert len(made) == 1
    assert {ticket.result().state for ticket in tickets} == {"appeal_window"}
    assert there.orchestrator.verify() == []


def test_the_journal_is_that_of_the_same_inputs_one_by_one(there: House) -> None:
    names = ("A0", "A1", "A0", "A2")
    acts = [uphold(there, "A0"), uphold(there, "A1"), uphold(there, "A0"), uphold(there, "A2")]
    answers = [ticket.result() for ticket in together(there, *acts)]
    with house() as alone:
        for n in range(4):
            files_a_complaint(alone, f"A{n}", f"shop-{n}")
        alone.move_to("2025-03-04 10:00")
        one_by_one = [
            alone.orchestrator.inject(case, "uphold", by="staff", facts={"lane": "severe"})
            for case in names
        ]

        assert answers == one_by_one
        assert [answer.refused for answer in answers] == [False, False, True, False]
        assert there.journal() == alone.journal()


def test_each_answer_tells_of_its_own_step_alone(there: House) -> None:
    first, second = together(
        there, uphold(there, "A0"), event(there, "A0", "withdraw", "complainant")
    )

    assert (first.result().state, second.result().state) == ("appeal_window", "withdrawn")
    assert "notify:complainant:upheld" in first.result().effects
    assert "command:restore_listings" in second.result().effects
    assert first.result().timers != []
    assert second.result().timers == []


def test_one_that_cannot_be_taken_is_told_and_the_others_are_served(there: House) -> None:
    tickets = together(
        there,
        uphold(there, "A0"),
        opening(there, "A1", "shop-9"),  # the id is taken
        opening(there, "N", "shop-9"),
        opening(there, "N", "shop-8"),  # taken by the one before it
        opening(there, "R", "shop-7", rulebook="nobody's"),
    )

    assert tickets[0].result().state == "appeal_window"
    assert tickets[2].result().state == "under_review"
    for n, error in ((1, Conflict), (3, Conflict), (4, NotFound)):
        with pytest.raises(error):
            tickets[n].result()
    assert there.orchestrator.verify() == []


@pytest.mark.fault(51, 52)
def test_a_key_acts_once_though_it_comes_twice_together(there: House) -> None:
    act = uphold(there, "A0")
    first, second, other = together(there, (act, "k"), (act, "k"), (uphold(there, "A1"), "k"))

    assert (first.result().repeated, second.result().repeated) == (False, True)
    assert second.result().seq == first.result().seq
    with pytest.raises(Conflict, match="was used for something else"):
        other.result()
    again = together(there, (act, "k"), (uphold(there, "A2"), "k2"))
    assert again[0].result().repeated


def test_an_opening_that_reads_another_docket_is_decided_alone(there: House) -> None:
    tickets = together(
        there, opening(there, "R", "shop-9", assume=False), opening(there, "N", "shop-8")
    )

    assert tickets[0].result().refused
    assert "holder-1" in (tickets[0].result().reason or "")
    assert tickets[1].result().state == "under_review"


def test_when_the_database_is_away_everybody_is_told(
    there: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = [uphold(there, "A0"), uphold(there, "A1")]

    def away(*_: object) -> None:
        raise Unavailable("busy")

    monkeypatch.setattr("orchestrator.db.store.WriteTx.save", away)
    for ticket in together(there, *acts):
        with pytest.raises(Unavailable):
            ticket.result()


def test_a_backlog_is_committed_first_for_one_and_does_not_hold_up_the_others(
    there: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    together(there, *(uphold(there, f"A{n}") for n in range(3)))
    there.move_to("2025-04-04 10:00")
    monkeypatch.setattr("orchestrator.core.docket.MAX_CAUSES", 1)
    monkeypatch.setattr("orchestrator.engine.taking.MAX_CAUSES", 1)

    tickets = together(
        there,
        event(there, "A0", "appeal", "respondent", grounds="x"),
        event(there, "A3", "withdraw", "complainant"),
    )

    assert tickets[0].result().refused
    assert tickets[1].result().state == "withdrawn"


def test_a_clock_that_went_back_is_clamped_for_its_docket_alone(there: House) -> None:
    there.move_to("2025-03-05 10:00")
    together(there, uphold(there, "A0"))
    there.clock._at -= 3_600_000_000  # an hour back

    late, plain = together(
        there,
        event(there, "A0", "appeal", "respondent", grounds="x"),
        event(there, "A1", "withdraw", "complainant"),
    )

    at = {e["case"]: e["effective_at"] for e in there.journal() if e["kind"] == "event"}
    assert (late.result().state, plain.result().state) == ("awaiting_complainant", "withdrawn")
    assert at["A0"] == "2025-03-05T10:00:00+08:00"
    assert at["A1"] == "2025-03-05T09:00:00+08:00"


@pytest.mark.fault(46)
def test_a_docket_that_breaks_is_stopped_and_the_others_of_its_commit_are_saved() -> None:
    with house(workflows=(PLEA, CLAIM), rulebook=RULES) as there:
        for case, docket in (("A", "shop-1"), ("B", "shop-2"), ("C", "shop-1")):
            there.orchestrator.open("plea", docket=docket, by="complainant", case=case)
        with broken("guard"):
            tickets = together(
                there,
                event(there, "A", "appeal", "respondent", grounds="x"),
                event(there, "B", "withdraw", "complainant"),
                event(there, "C", "withdraw", "complainant"),
            )
        held_later = together(
            there,
            event(there, "C", "withdraw", "complainant"),
            event(there, "B", "withdraw", "complainant"),
        )

        assert [ticket.result().held for ticket in tickets] == [1, None, 1]
        assert tickets[1].result().state == "withdrawn"
        assert [ticket.result().held for ticket in held_later] == [1, None]
        assert len(there.orchestrator.incidents.all()) == 1


@pytest.mark.fault(11)
def test_eight_threads_at_once_all_get_their_own_answer(tmp_path: Any) -> None:
    with house(path=tmp_path / "t.db") as there:
        for n in range(8):
            files_a_complaint(there, f"A{n}", f"shop-{n % 3}")
        answers: dict[str, Answer] = {}
        start = threading.Barrier(8)

        def work(case: str) -> None:
            start.wait(60)
            for name in ("request_supplement", "supplement") * 2:
                by, facts = (
                    ("staff", {"wanted": "papers"})
                    if name == "request_supplement"
                    else ("complainant", {"materials": case})
                )
                answers[f"{case} {name}"] = there.orchestrator.inject(
                    case, name, by=by, facts=facts
                )

        threads = [threading.Thread(target=work, args=(f"A{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)

        assert {key.split()[0]: a.case for key, a in answers.items()} == {
            f"A{n}": f"A{n}" for n in range(8)
        }
        assert not any(answer.refused for answer in answers.values())
        assert there.orchestrator.verify() == []
