"""The outbox: every effect leaves at least once, under its key, in the order of its docket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestrator.outbox import LEASE_US, RETRY_US, LogTarget, Outbox, Sent
from tests.doors.house import House, files_a_complaint, house

KEY = ("docket", "seq", "n")


class Wire:
    """A target that remembers what came over it, and fails when it is told to."""

    name = "wire"

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.fails: BaseException | None = None
        self.breaks_after: BaseException | None = None

    def send(self, effects: Sequence[dict[str, Any]]) -> None:
        if self.fails is not None:
            raise self.fails
        self.came += effects
        if self.breaks_after is not None:
            raise self.breaks_after

    def sent_keys(self) -> list[tuple[Any, ...]]:
        return [tuple(effect[part] for part in KEY) for effect in self.came]

    def names(self) -> list[str]:
        return [effect["name"] for effect in self.came]


class Crash(BaseException):
    """The process is gone."""


@pytest.fixture
def there() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture
def wire() -> Wire:
    return Wire()


def outbox(there: House, wire: Any) -> Outbox:
    """A sender: each has a random name of its own, as each process has."""
    store = there.orchestrator.store
    return Outbox(store, there.clock, wire, lambda at: f"{at}")


def statuses(there: House) -> list[tuple[Any, ...]]:
    return there.rows("SELECT status, attempts FROM outbox ORDER BY docket, seq, n")


def later(there: House, us: int) -> None:
    there.clock.move_to(there.clock.now() + us)


def upholds(there: House, case: str = "A") -> None:
    there.orchestrator.inject(case, "uphold", by="staff", facts={"lane": "severe"})


# -- the log ------------------------------------------------------------------------------------


def test_the_log_has_one_line_of_json_for_each_effect_with_its_key(
    tmp_path: Path,
) -> None:
    log = tmp_path / "outbox.jsonl"
    with house(log=log) as there:
        files_a_complaint(there)
        upholds(there)
        sent = there.orchestrator.deliver()

        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        wanted = there.rows("SELECT docket, seq, n, name FROM outbox ORDER BY docket, seq, n")
        assert [(*(line[k] for k in KEY), line["name"]) for line in lines] == wanted
        assert sent == Sent(len(wanted), 0)
        assert lines[1]["at"] == "2025-03-03T10:00:00+08:00"
        assert lines[1]["content"]["listings"] == ["https://example.com/offer/1.html"]


def test_the_log_is_only_ever_added_to(tmp_path: Path) -> None:
    log = tmp_path / "outbox.jsonl"
    log.write_text('{"from": "before"}\n', "utf-8")
    with house(log=log) as there:
        files_a_complaint(there)
        there.orchestrator.deliver()
        upholds(there)
        there.orchestrator.deliver()

    first, *rest = log.read_text("utf-8").splitlines()
    assert first == '{"from": "before"}'
    assert len(rest) > 2


def test_a_line_that_a_kill_tore_spoils_none_behind_it(tmp_path: Path) -> None:
    log = tmp_path / "outbox.jsonl"
    log.write_text('{"docket": "shop-1", "se', "utf-8")
    effects = [{"docket": "shop-1", "seq": 1, "n": n} for n in range(2)]

    LogTarget(log).send(effects)

    torn, *lines = log.read_text("utf-8").splitlines()
    assert torn == '{"docket": "shop-1", "se'
    assert [json.loads(line) for line in lines] == effects


def test_the_log_is_readable_chinese(tmp_path: Path) -> None:
    log = tmp_path / "outbox.jsonl"

    LogTarget(log).send([{"name": "通知"}])

    assert log.read_text("utf-8") == '{"name": "通知"}\n'


# -- at least once ------------------------------------------------------------------------------


def test_what_was_delivered_is_not_sent_again(there: House, wire: Wire) -> None:
    files_a_complaint(there)
    sender = outbox(there, wire)

    assert (sender.deliver(), sender.deliver()) == (Sent(1, 0), Sent(0, 0))
    assert wire.names() == ["notify:complainant:received"]
    assert statuses(there) == [("delivered", 1)]


@pytest.mark.fault(7)
def test_after_a_crash_between_send_and_mark_it_comes_again_under_the_same_key(
    there: House, wire: Wire
) -> None:
    files_a_complaint(there)
    wire.breaks_after = Crash()
    with pytest.raises(Crash):
        outbox(there, wire).deliver()
    wire.breaks_after = None
    assert statuses(there) == [("waiting", 1)]

    later(there, LEASE_US)
    sent = outbox(there, wire).deliver()

    assert sent == Sent(1, 0)
    assert wire.sent_keys() == [("shop-1", 1, 0)] * 2
    assert statuses(there) == [("delivered", 2)]


@pytest.mark.fault(7)
def test_a_lease_that_runs_is_not_taken_over(there: House, wire: Wire) -> None:
    files_a_complaint(there)
    wire.breaks_after = Crash()
    with pytest.raises(Crash):
        outbox(there, wire).deliver()
    wire.breaks_after = None

    later(there, LEASE_US - 1)

    assert outbox(there, wire).deliver() == Sent(0, 0)


@pytest.mark.fault(15, 16)
def test_a_holder_that_was_overtaken_changes_no_row(there: House, wire: Wire) -> None:
    files_a_complaint(there)
    other = Wire()

    class Slow(Wire):
        """Sleeps beyond its lease; meanwhile another sender takes over and delivers."""

        def send(self, effects: Sequence[dict[str, Any]]) -> None:
            later(there, LEASE_US)
            assert outbox(there, other).deliver() == Sent(1, 0)
            before.extend(_rows(there))
            raise OSError("and then it fails")

    before: list[tuple[Any, ...]] = []
    outbox(there, Slow()).deliver()

    assert _rows(there) == before
    assert statuses(there) == [("delivered", 2)]


def _rows(there: House) -> list[tuple[Any, ...]]:
    return there.rows("SELECT * FROM outbox ORDER BY docket, seq, n")


# -- a target that fails ------------------------------------------------------------------------


def test_what_failed_waits_and_is_tried_again(there: House, wire: Wire) -> None:
    files_a_complaint(there)
    sender = outbox(there, wire)
    wire.fails = OSError("no such host")

    failed = sender.deliver()
    at_once = sender.deliver()
    wire.fails = None
    later(there, RETRY_US)
    sent = sender.deliver()

    assert (failed, at_once, sent) == (Sent(0, 1), Sent(0, 0), Sent(1, 0))
    assert statuses(there) == [("delivered", 2)]
    assert wire.sent_keys() == [("shop-1", 1, 0)]


def test_a_target_that_fails_changes_no_case(there: House) -> None:
    files_a_complaint(there)
    journal = there.journal()

    sent = there.orchestrator.deliver()  # its log cannot be written: /nonexistent

    assert sent == Sent(0, 1)
    assert there.journal() == journal
    assert statuses(there) == [("waiting", 1)]


def test_delivery_of_all_ends_when_the_target_fails(there: House, wire: Wire) -> None:
    for n in range(3):
        files_a_complaint(there, f"C{n}", f"shop-{n}")
    wire.fails = OSError("down")

    assert outbox(there, wire).deliver_all() == Sent(0, 3)


def test_a_target_that_fails_in_its_own_way_is_tried_again_too(there: House, wire: Wire) -> None:
    files_a_complaint(there)
    wire.fails = RuntimeError("a library's own error")

    assert outbox(there, wire).deliver() == Sent(0, 1)


# -- order --------------------------------------------------------------------------------------


def test_within_a_docket_effects_go_out_in_order(there: House, wire: Wire) -> None:
    files_a_complaint(there)
    upholds(there)

    outbox(there, wire).deliver()

    assert wire.names() == [
        "notify:complainant:received",
        "command:delete_listings",
        "command:restrict_account",
        "notify:complainant:upheld",
        "notify:respondent:upheld",
        "notify:respondent:standing",
    ]
    assert wire.sent_keys() == sorted(wire.sent_keys())


def test_in_small_batches_they_go_out_in_order_too(there: House, wire: Wire) -> None:
    for n in range(3):
        files_a_complaint(there, f"C{n}", f"shop-{n}")
        upholds(there, f"C{n}")
    sender = outbox(there, wire)

    while sender.deliver(limit=2).delivered:
        pass

    for n in range(3):
        mine = [key for key in wire.sent_keys() if key[0] == f"shop-{n}"]
        assert mine == sorted(mine)
        assert len(mine) == 6


def test_a_later_effect_does_not_overtake_one_that_failed(there: House, wire: Wire) -> None:
    files_a_complaint(there)
    sender = outbox(there, wire)
    wire.fails = OSError("down")
    sender.deliver()
    wire.fails = None
    later(there, 1_000_000)
    upholds(there)

    sender.deliver()
    later(there, RETRY_US)
    sender.deliver()

    assert wire.sent_keys() == sorted(wire.sent_keys())


def test_a_later_effect_does_not_overtake_one_that_a_dead_sender_holds(
    there: House, wire: Wire
) -> None:
    files_a_complaint(there)
    dead = Wire()
    dead.fails = Crash()
    with pytest.raises(Crash):
        outbox(there, dead).deliver()
    later(there, 1_000_000)
    upholds(there)

    outbox(there, wire).deliver()
    later(there, LEASE_US)
    outbox(there, wire).deliver()

    assert wire.sent_keys() == sorted(wire.sent_keys())


def test_what_one_docket_waits_for_keeps_no_other_docket_waiting(there: House, wire: Wire) -> None:
    files_a_complaint(there, "A", "shop-1")
    sender = outbox(there, wire)
    wire.fails = OSError("down")
    sender.deliver()
    wire.fails = None
    files_a_complaint(there, "B", "shop-2")

    assert sender.deliver() == Sent(1, 0)
    assert wire.sent_keys() == [("shop-2", 1, 0)]
