"""A replay that was interrupted goes on: nothing is lost, nothing is done twice (DESIGN 7.2)."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from orchestrator.errors import Conflict, NotFound, Trouble, Unavailable
from orchestrator.replay import ListSource, Rejected, Replay, Replayed, give_up, history
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import House, empty_database, everything, house
from tests.test_replay import RIGHT, STORY, opens, sends

BAD = sends("2025-03-04 12:00", "nobody", "withdraw", "complainant")
RIGHTS = [
    {
        "at": "2025-03-01T09:00:00+08:00",
        "open": "complainant_registration",
        "case": "R",
        "docket": "holder-1",
        "by": "complainant",
        "facts": {"kind": "entity", "name": "五粮液", "identity_document": "e-1"},
    },
    sends("2025-03-01 10:00", "R", "approve", "staff"),
    {
        "at": "2025-03-01T11:00:00+08:00",
        "open": "rights_registration",
        "case": "TM",
        "docket": "holder-1",
        "by": "complainant",
        "facts": RIGHT,
    },
    sends("2025-03-01 12:00", "TM", "confirm", "staff"),
]
READING = {**opens("2025-03-04 13:00", "D", "shop-3"), "assume": False}  # it reads holder-1
LINES = [json.dumps(line) for line in (*RIGHTS, *STORY[:4], BAD, READING, *STORY[4:])]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines in one commit, so that there are several."""
    monkeypatch.setattr(history, "SLICE", 3)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    with house("2026-01-01 00:00", path=empty_database(tmp_path / "r.db")) as found:
        yield found


def replays(there: House, lines: list[str], **more: Any) -> tuple[Replayed, list[Rejected]]:
    rejected: list[Rejected] = []
    done = Replay(there.orchestrator, reject=rejected.append, **more).run(ListSource(lines, "h"))
    return done, sorted(rejected)


def same_as_calm(path: Path, calm: House) -> None:
    """The same history goes on in a database that was killed, and comes to the same."""
    with house("2026-01-01 00:00", path=path) as resumed:
        replays(resumed, LINES)

        assert everything(resumed) == everything(calm)
        assert resumed.orchestrator.verify() == []


@pytest.mark.fault(1, 56)
@pytest.mark.parametrize("first", range(5))
def test_a_kill_at_any_statement_loses_and_doubles_nothing(
    there: House, small: None, tmp_path: Path, first: int
) -> None:
    replays(there, LINES)
    for statement in range(1 + first, 130, 25):
        path = empty_database(tmp_path / f"{statement}.db")

        assert dies(path, statement)
        same_as_calm(path, there)


@pytest.mark.fault(56)
def test_killed_again_and_again_it_comes_to_the_same(
    there: House, small: None, tmp_path: Path
) -> None:
    replays(there, LINES)
    path, deaths = empty_database(tmp_path / "again.db"), 0
    while dies(path, 20 + deaths):
        deaths += 1

    assert deaths >= 10
    same_as_calm(path, there)


def dies(path: Path, statement: int) -> bool:
    """Replay in a child that is killed before its k-th statement; False: it ended before."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with house("2026-01-01 00:00", path=path) as there:
                kill_at(there, statement)
                replays(there, LINES)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def kill_at(there: House, statement: int) -> None:
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(there.orchestrator.store.engine, "before_cursor_execute", count)
    event.listen(there.orchestrator.store.engine, "commit", count)


class Interrupted(Exception):
    """Planted between two commits."""


def stops_after(commits: int) -> Callable[[int, int], None]:
    """A progress that interrupts behind so many commits."""
    left = iter(range(commits))

    def progress(_lines: int, _firings: int) -> None:
        if next(left, None) is None:
            raise Interrupted

    return progress


def interrupted(there: House, lines: list[str], commits: int = 1) -> None:
    with pytest.raises(Interrupted):
        replays(there, lines, progress=stops_after(commits - 1))


def test_a_run_that_goes_on_says_so_and_tells_all_rejects(there: House, small: None) -> None:
    interrupted(there, LINES, commits=4)

    done, rejected = replays(there, LINES)

    assert done.resumed_at == 12
    assert (done.lines, done.rejected) == (len(LINES), len(rejected))
    assert rejected[0].number == 9


def test_dockets_of_an_unfinished_replay_belong_to_it(there: House, small: None) -> None:
    interrupted(there, LINES, commits=3)

    with pytest.raises(Unavailable, match=r"shop-1 is being replayed \(h, at line 9\)"):
        there.orchestrator.inject("A", "withdraw", by="complainant")
    assert there.orchestrator.advance().firings == 0  # long due on the wall clock
    assert there.orchestrator.engine.next_due() is None


def test_an_opening_that_reads_a_docket_of_the_replay_has_to_wait(
    there: House, small: None
) -> None:
    interrupted(there, LINES, commits=3)

    with pytest.raises(Unavailable, match="holder-1 is being replayed"):
        there.orchestrator.open(
            "ip_complaint", docket="shop-99", by="complainant", facts=READING["facts"]
        )


def test_other_dockets_go_on_beside_it_and_its_own_are_free_when_it_is_finished(
    there: House, small: None
) -> None:
    interrupted(there, LINES, commits=3)
    other = there.orchestrator.open(
        "ip_complaint",
        docket="shop-99",
        by="complainant",
        facts=READING["facts"],
        assume=True,
    )

    replays(there, LINES)

    assert not other.refused
    assert there.rows("SELECT count(*) FROM dockets WHERE replay IS NOT NULL") == [(0,)]
    assert there.orchestrator.advance().firings > 0


def test_a_finished_history_that_grew_is_taken_up_behind_its_old_end(
    there: House, small: None
) -> None:
    replays(there, LINES)
    more = json.dumps(opens("2025-04-01 10:00", "E", "shop-4"))

    done, rejected = replays(there, [*LINES, more])

    assert done.resumed_at == len(LINES)
    assert (done.lines, len(rejected)) == (len(LINES) + 1, done.rejected)
    assert there.orchestrator.case("E")["state"] == "under_review"


def test_an_end_of_line_makes_no_other_history(there: House) -> None:
    replays(there, [f"{line}\n" for line in LINES])

    done, _ = replays(there, LINES)

    assert done.again


@pytest.mark.fault(56)
def test_a_mended_line_lets_a_strict_replay_go_on_behind_the_good_ones(there: House) -> None:
    with pytest.raises(Trouble, match="line 9: case: one that was opened before"):
        replays(there, LINES, strict=True)
    good = [line for line in LINES if line != json.dumps(BAD)]

    done, rejected = replays(there, good, strict=True)

    assert (done.resumed_at, done.lines, rejected) == (8, len(good), [])


def test_a_strict_replay_writes_nothing_of_the_lines_behind_a_reject(there: House) -> None:
    with pytest.raises(Trouble):
        replays(there, LINES, strict=True)

    assert there.rows("SELECT position, rejected FROM replays") == [(8, 0)]
    assert {c["case"] for c in there.orchestrator.cases()} == {"R", "TM", "A", "B", "C", "shop-1.4"}


@pytest.mark.fault(16)
def test_two_processes_at_one_history_do_not_both_apply_it(
    there: House, small: None, tmp_path: Path
) -> None:
    """The second one runs to the end between two commits of the first."""
    with house("2026-01-01 00:00", path=tmp_path / "r.db") as second:
        came: list[Replayed] = []

        def overtaken(_lines: int, _firings: int) -> None:
            if not came:
                came.append(replays(second, LINES)[0])

        with pytest.raises(Conflict, match="another process replays it too"):
            replays(there, LINES, progress=overtaken)

    assert came[0].lines == len(LINES)
    assert len(there.rows("SELECT id FROM replays")) == 1
    assert there.orchestrator.verify() == []


def test_two_processes_that_begin_one_history_do_not_both_apply_it(
    there: House, small: None, tmp_path: Path
) -> None:
    """The second one runs to the end after the first has found that nobody began."""
    with house("2026-01-01 00:00", path=tmp_path / "r.db") as second:

        class Overtaken(ListSource):
            looks = 0

            def lines(self) -> Iterator[str]:
                self.looks += 1
                if self.looks == 2:  # the first look found its length
                    replays(second, LINES)
                yield from super().lines()

        with pytest.raises(Conflict, match="another process replays it too"):
            Replay(there.orchestrator).run(Overtaken(LINES, "h"))

    assert len(there.rows("SELECT id FROM replays")) == 1
    assert there.rows("SELECT count(*) FROM cases WHERE id = 'A'") == [(1,)]
    assert replays(there, LINES)[0].again
    assert there.orchestrator.verify() == []


def test_another_history_that_begins_meanwhile_is_nobody_elses(
    there: House, tmp_path: Path
) -> None:
    with house("2026-01-01 00:00", path=tmp_path / "r.db") as second:

        class Accompanied(ListSource):
            looks = 0

            def lines(self) -> Iterator[str]:
                self.looks += 1
                if self.looks == 2:
                    replays(second, [json.dumps(opens("2025-03-09 10:00", "Z", "shop-7"))])
                yield from super().lines()

        done = Replay(there.orchestrator).run(Accompanied(LINES, "h"))

    assert done.lines == len(LINES)


def test_a_docket_of_another_unfinished_replay_is_not_touched(there: House, small: None) -> None:
    interrupted(there, LINES, commits=3)
    before = everything(there)

    with pytest.raises(Conflict, match="docket shop-1 belongs to the unfinished replay of h"):
        replays(there, [json.dumps(opens("2025-03-09 10:00", "Z", "shop-1"))])
    assert everything(there) == before


def test_a_replay_that_is_given_up_lets_go_of_its_dockets(there: House, small: None) -> None:
    interrupted(there, LINES, commits=3)

    left = give_up(there.orchestrator.store, ListSource(LINES))

    assert left.position == 9
    assert there.rows("SELECT count(*) FROM dockets WHERE replay IS NOT NULL") == [(0,)]
    with pytest.raises(NotFound, match="no unfinished replay of x"):
        give_up(there.orchestrator.store, ListSource(LINES, "x"))


# -- the command --------------------------------------------------------------------------------


def test_the_command_says_that_a_file_was_applied_before(cli: Cli) -> None:  # noqa: F811
    (cli.folder / "h.jsonl").write_text("\n".join(LINES) + "\n", "utf-8")
    assert cli("replay", "h.jsonl", "--rejects", "r.jsonl").code == 1
    shutil.copy(cli.folder / "h.jsonl", cli.folder / "copy.jsonl")

    ran = cli("replay", "copy.jsonl")

    assert ran.code == 0
    assert ran.out.strip() == "copy.jsonl was applied before: nothing was done"
    assert '"line": 9' in (cli.folder / "r.jsonl").read_text("utf-8")


def test_run_once_more_the_file_of_rejects_keeps_what_was_rejected(cli: Cli) -> None:  # noqa: F811
    (cli.folder / "h.jsonl").write_text("\n".join(LINES) + "\n", "utf-8")
    assert cli("replay", "h.jsonl", "--rejects", "r.jsonl").code == 1
    rejects = (cli.folder / "r.jsonl").read_text("utf-8")

    ran = cli("replay", "h.jsonl", "--rejects", "r.jsonl", "-o", "json")

    assert ran.code == 0
    assert (cli.folder / "r.jsonl").read_text("utf-8") == rejects
    assert [r["line"] for r in ran.json["rejects"]] == [9]


def test_the_command_gives_up_what_is_unfinished_alone(cli: Cli) -> None:  # noqa: F811
    (cli.folder / "h.jsonl").write_text("\n".join(LINES) + "\n", "utf-8")
    assert cli("replay", "h.jsonl", "--strict").code == 1

    assert "given up after line 8" in cli("replay", "h.jsonl", "--give-up").out
    assert cli("replay", "h.jsonl", "--give-up").code == 3


@pytest.mark.parametrize("strict", [False, True])
def test_a_preview_tells_all_and_writes_nothing(there: House, small: None, strict: bool) -> None:
    before = everything(there)
    lines = [line for line in LINES if not strict or line != json.dumps(BAD)]
    rejected: list[Rejected] = []

    told = Replay(there.orchestrator, strict=strict, reject=rejected.append).preview(lines)

    assert everything(there) == before
    assert (told, rejected) == replays(there, lines, strict=strict)


def test_a_strict_preview_names_the_first_line_that_would_be_rejected(there: House) -> None:
    before = everything(there)

    with pytest.raises(Trouble, match="line 9: case: one that was opened before"):
        Replay(there.orchestrator, strict=True).preview(LINES)
    assert everything(there) == before


def test_the_command_previews(cli: Cli) -> None:  # noqa: F811
    (cli.folder / "h.jsonl").write_text("\n".join(LINES) + "\n", "utf-8")
    before = cli.everything()

    ran = cli("replay", "h.jsonl", "--dry-run")

    assert ran.code == 1
    assert ran.out.startswith("preview, nothing is written\n15 lines: 14 applied")
    assert cli.everything() == before
