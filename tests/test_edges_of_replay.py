"""Findings of a review of `replay`: each shows a fault, until it is mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.docket import Run
from orchestrator.errors import Conflict, Trouble, Unavailable
from orchestrator.replay import FileSource, ListSource, Rejected, Replay, give_up, history
from tests.doors.house import House, empty_database, house
from tests.doors.shaky import CLAIM, MENDED, broken
from tests.test_calendar_files import NEW_YEAR, year_file
from tests.test_edges_of_taking import court
from tests.test_incidents import pleads, states
from tests.test_replay import opens, sends
from tests.test_replay_resumed import LINES, interrupted, replays

LATER = "2026-01-01 00:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.db"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    with house(LATER, path=empty_database(tmp_path / "r.db")) as found:
        yield found


def slices_of(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    monkeypatch.setattr(history, "SLICE", lines)


def texts(*lines: dict[str, Any]) -> list[str]:
    return [json.dumps(line) for line in lines]


def plea(when: str, case: str, docket: str = "shop-1") -> dict[str, Any]:
    line = opens(when, case, docket, open="plea")
    return {key: value for key, value in line.items() if key not in ("facts", "assume")}


def nameless(when: str, docket: str) -> dict[str, Any]:
    """An opening that leaves the case's id to us, so that nothing but its history stops it."""
    line = opens(when, "", docket)
    del line["case"]
    return line


# -- which history it is ------------------------------------------------------------------------

THREE = texts(
    nameless("2025-03-05 10:00", "shop-4"),
    sends("2025-03-04 12:00", "nobody", "withdraw", "complainant"),
    opens("2025-03-04 10:00", "F", "shop-5"),
)
AGAIN = {
    "a line fewer": THREE[:2],
    "a line that was rejected mended": [THREE[0], THREE[1].replace("nobody", "F"), THREE[2]],
    "half of its last line": [*THREE[:2], THREE[2][:20]],
}


@pytest.mark.parametrize("how", AGAIN)
def test_a_history_that_was_applied_is_not_begun_anew_with(there: House, how: str) -> None:
    replays(there, THREE)
    before = there.rows("SELECT count(*) FROM cases")

    with suppress(Trouble):
        replays(there, AGAIN[how])

    assert there.rows("SELECT count(*) FROM cases") == before


def test_a_finished_file_is_not_applied_again_though_a_longer_one_was_since(there: House) -> None:
    replays(there, LINES)
    replays(there, [*LINES, json.dumps(opens("2025-04-01 10:00", "E", "shop-4"))])

    assert replays(there, LINES)[0].again


def test_a_history_that_another_process_finished_meanwhile_is_not_applied_again(
    there: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find = history.record.find

    def overtaken(*given: Any) -> Any:
        found = find(*given)
        monkeypatch.undo()
        with house(LATER, path=tmp_path / "r.db") as second:
            replays(second, THREE[:1])
        return found

    monkeypatch.setattr(history.record, "find", overtaken)
    with suppress(Conflict):
        replays(there, THREE[:1])

    assert there.rows("SELECT count(*) FROM cases") == [(1,)]


def test_a_replay_whose_file_was_changed_can_be_given_up(
    there: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices_of(monkeypatch, 3)
    interrupted(there, LINES, commits=3)
    mended = [LINES[0].replace("e-1", "e-2"), *LINES[1:]]
    with pytest.raises(Conflict, match="--give-up"):  # so it is told, and it does not work
        replays(there, mended)

    give_up(there.orchestrator.store, ListSource(mended, "h"))

    assert there.rows("SELECT count(*) FROM dockets WHERE replay IS NOT NULL") == [(0,)]


def test_a_finished_history_does_not_claim_a_later_end_than_it_came_to(there: House) -> None:
    first, _ = replays(there, LINES)
    before = there.journal()

    done = Replay(there.orchestrator).run(ListSource(LINES), there.clock.now())

    assert done.until == first.until or there.journal() != before


# -- what a line does ---------------------------------------------------------------------------


def test_the_length_of_a_slice_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = texts(
        opens("2025-03-04 10:00", "X", "shop-1", by="staff"),  # refused
        opens("2025-03-04 11:00", "X", "shop-2"),
        sends("2025-03-04 12:00", "X", "withdraw", "complainant"),
    )
    found = []
    for size in (1, 3):
        slices_of(monkeypatch, size)
        with house(LATER, path=empty_database(tmp_path / f"{size}.db")) as there:
            replays(there, lines)
            found.append(there.journal())

    assert found[0] == found[1]


def test_the_length_of_a_slice_does_not_change_how_far_time_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = texts(
        opens("2025-03-04 10:00", "X", "shop-1", by="staff"),  # refused
        sends("2025-05-04 12:00", "X", "withdraw", "complainant"),  # a reject
    )
    ends = set()
    for size in (1, 2):
        slices_of(monkeypatch, size)
        with house(LATER, path=empty_database(tmp_path / f"{size}.db")) as there:
            ends.add(replays(there, lines)[0].until)

    assert len(ends) == 1


def test_every_timer_that_acted_is_counted(there: House) -> None:
    lines = texts(
        opens("2025-03-04 10:00", "A", "shop-1"),
        {**opens("2025-05-04 10:00", "B", "shop-1"), "assume": False},
    )
    done, _ = replays(there, lines)

    assert done.firings == sum(entry["kind"] == "timer" for entry in there.journal()) > 0


def test_a_line_that_is_rejected_does_not_let_time_pass(path: Path) -> None:
    lines = texts(
        plea("2025-03-03 10:00", "A"),
        plea("2035-03-03 10:00", "A"),  # is there already
        sends("2025-03-03 12:00", "A", "withdraw", "complainant"),
    )
    with court(path, LATER) as there:
        assert [reject.number for reject in replays(there, lines)[1]] == [2]


def test_a_line_out_of_order_is_a_reject_in_a_stopped_docket_too(path: Path) -> None:
    lines = texts(
        plea("2025-03-03 10:00", "A"),
        sends("2025-03-03 13:00", "A", "appeal", "respondent", grounds="x"),
        sends("2025-03-03 12:00", "A", "withdraw", "complainant"),
    )
    with court(path, LATER) as there:
        with broken("guard"):
            replays(there, lines)
        there.orchestrator.incidents.retry(1)

        assert states(there) == {"A": "appealed"}


def test_a_docket_that_broke_at_its_birth_counts_by_the_calendar_of_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("planted")

    found = []
    for name in ("calm", "broken"):
        with house(LATER, path=empty_database(tmp_path / f"{name}.db")) as there:
            there.orchestrator.announce("cn", year_file(tmp_path, NEW_YEAR))
            with monkeypatch.context() as patch:
                if name == "broken":
                    patch.setattr(Run, "open", breaks)
                replays(there, texts(opens("2025-03-04 10:00", "F", "shop-5")))
            if name == "broken":
                there.orchestrator.incidents.retry(1)
            else:
                there.orchestrator.advance()
            found.append(there.journal())

    assert found[0] == found[1]


def test_a_line_that_is_not_utf_8_is_a_reject_like_any_other(there: House, tmp_path: Path) -> None:
    file = tmp_path / "h.jsonl"
    file.write_bytes(b"\xff\n" + "\n".join(LINES).encode())
    rejected: list[Rejected] = []

    done = Replay(there.orchestrator, reject=rejected.append).run(FileSource(file))

    assert (done.lines, rejected[0].number) == (len(LINES) + 1, 1)


def test_a_preview_works_in_memory() -> None:
    with house(LATER) as there:
        assert Replay(there.orchestrator).preview(LINES).lines == len(LINES)


# -- definitions that this process does not know ------------------------------------------------


def test_a_replay_does_not_stop_a_docket_of_a_definition_it_does_not_know(path: Path) -> None:
    with court(path, "2025-01-01 00:00", (MENDED, CLAIM)) as there:
        pleads(there, "A", "shop-1")

    with court(path, LATER) as there:
        line = sends("2025-01-02 11:00", "A", "withdraw", "complainant")
        with suppress(Unavailable):
            replays(there, texts(line))

        assert there.orchestrator.incidents.all() == []


def test_time_passes_to_an_end_beside_a_docket_of_an_unknown_definition(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices_of(monkeypatch, 1)
    lines = texts(plea("2025-03-03 10:00", "A"))
    with court(path, LATER, (MENDED, CLAIM)) as there:
        interrupted(there, lines)
    rounds = iter(range(20))

    def progress(*_: int) -> None:
        assert next(rounds, None) is not None, "it never ends"

    with court(path, LATER) as there, suppress(Unavailable):
        Replay(there.orchestrator, progress=progress).run(lines, there.clock.now())
