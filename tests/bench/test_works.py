"""The works at tiny sizes: whoever is measured does the work, and the floor writes the same rows."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest

import bench.__main__ as command
from bench.check import digest
from bench.contestants import MEASURED, compete
from bench.floors.loop import Loop
from bench.goals import judged
from bench.results import read
from bench.seeds import lateness, stock
from bench.watch import Eye
from bench.works import WORKS
from tests.bench.rooms import InProcess
from tests.doors.house import quiet

pytestmark = pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
STILL = ("w1", "w2", "w5", "w6", "w7", "w8", "w9")  # W3 and W4 watch a daemon through time


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setenv("ORCHESTRATOR_OUTBOX__LOG", str(tmp_path / "outbox.jsonl"))
    monkeypatch.setattr(sys, "path", list(sys.path))  # the fines' config puts its folder there
    with quiet():
        yield InProcess(tmp_path)


@pytest.mark.parametrize("name", STILL)
def test_ours_and_the_floor_do_a_work_and_write_the_identical_rows(house, name):
    work = WORKS[name]
    everybody = work.contestants(house, work.sizes["tiny"])
    results = compete([one for one in everybody if one.who in MEASURED], 1, lambda _: None)

    assert all(result.figures for result in results)
    assert [line.part for line in judged(work.goals, results) if line.ours is None] == []
    written = {r.part for r in results for f in r.figures if "digest" in f and r.who == "floor"}
    assert written or name in ("w5", "w9")


def test_one_command_runs_works_by_name_and_keeps_what_it_found(tmp_path, monkeypatch, house):
    monkeypatch.setattr(command, "House", InProcess)
    monkeypatch.setattr("sys.argv", ["bench", "w9", "w6", "--no-peers"])
    given = command.arguments()
    found = command.run(given.works, "tiny", 2, tmp_path, peers=False)
    found.write(tmp_path / "results.json")

    assert list(read(tmp_path / "results.json").works) == ["w9", "w6"]
    assert {len(r.figures) for results in found.works.values() for r in results} == {2}
    assert "medians of 2" in found.machine[-1]


def test_a_work_that_is_not_there_is_a_usage_error(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bench", "w77"])
    with pytest.raises(SystemExit):
        command.arguments()

    assert "no work 'w77'; there are w1," in capsys.readouterr().err


def test_a_floor_that_writes_another_row_is_found_out(house):
    path = house.seeded("herd", n=2, family=1)
    with closing(sqlite3.connect(path)) as con:
        before = digest(con)
        con.execute("UPDATE timers SET armed_n = armed_n + 1 WHERE name = 'appeal_window'")

        assert digest(con) != before


def test_the_loop_fires_what_is_due_with_the_rows_of_one_advance_at_the_end(house, tmp_path):
    path = tmp_path / "late.db"
    base = lateness.seed(path, rate=100, seconds=0.1, lead=60)
    loop, eye = Loop(path, lateness.tape_of(path)), Eye(path)
    loop.fire(base + 1_000_000)
    seen = eye.firings(lambda found: len(found) >= 10, 10)
    loop.close()
    eye.close()

    assert [firing.due for firing in seen] == [base + n * 10_000 for n in range(10)]
    with (
        closing(sqlite3.connect(path)) as found,
        closing(sqlite3.connect(lateness.end_of(path))) as wanted,
    ):
        assert digest(found, delivered=True) == digest(wanted, delivered=True)


def test_a_stock_waits_and_only_the_docket_that_is_put_in_late_fires(house, tmp_path):
    path = tmp_path / "stock.db"
    stock.seed(path, 20)
    past = int(stock.since_of(path).read_text("utf-8"))
    loop, eye = Loop(path, lateness.tape_of(path)), Eye(path)
    with lateness.opened(path, past) as world:
        stock.put(world, stock.LATE)
    loop.fire(past + 21 * stock.DAY_US)
    seen = eye.firings(bool, 10)
    loop.close()
    eye.close()

    assert {firing.docket for firing in seen} == {stock.LATE}
    with closing(sqlite3.connect(path)) as con:
        assert con.execute("SELECT count(*) FROM timers").fetchone()[0] >= 20
