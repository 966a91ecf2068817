"""What becomes of raw figures: goals judged, a table, a picture, and who failed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench import picture, table
from bench.contestants import Contestant, Failed, Result, compete
from bench.goals import BEST_PEER, MORE, Goal, judged
from bench.peers import environment
from bench.results import Run, read
from bench.works import w2, w4


def result(part, who, **figures):
    return Result(part, who, [figures])


def run_of_two_works():
    part, stock, empty = w2.PARTS[8], w4.STOCK, w4.EMPTY
    events = [
        result(part, "ours", per_s=9_000.0, p99_ms=4.0),
        result(part, "floor", per_s=4_000.0, p99_ms=6.0),
        result(part, "DBOS", per_s=70.0, p99_ms=60.0),
    ]
    waiting = [
        result(stock, "ours", ready_ms=900.0, rss_mb=74.0, cpu_pct=0.0, fire_ms=12.0),
        result(empty, "ours", ready_ms=850.0, rss_mb=72.0, cpu_pct=0.0, fire_ms=12.0),
    ]
    return Run(["two cores"], "full", {"w2": events, "w4": waiting})


def test_the_table_is_drawn_from_a_file_of_results(tmp_path: Path):
    run_of_two_works().write(tmp_path / "results.json")
    text = "\n".join(table.drawn(read(tmp_path / "results.json")))

    assert "two cores" in text
    told = {line.split("  ")[0]: line.split() for line in text.splitlines()}
    assert "2.25 x floor" in text
    assert told["W2 events, eight injectors"][-1] == "MISSED"
    assert "+50.0 to W4 empty" in text
    assert "| met |" in "\n".join(table.markdown(read(tmp_path / "results.json")))


def test_the_picture_shows_everybody_who_was_compared():
    drawn = ET.fromstring(picture.drawn(run_of_two_works()))
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]

    assert {"ours", "floor", "DBOS", "9,000", "two cores"} <= set(texts)
    bars = [bar.get("class") for bar in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars.count("peer") == 1 + 2  # in the legend, and in two figures


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal("p", "per_s", "/s", "floor", at_least=0.5), 0.5, True),
        (Goal("p", "per_s", "/s", BEST_PEER, at_least=15), 10.0, False),
        (Goal("p", "per_s", "/s", "slow", at_least=15), 20.0, True),
        (Goal("p", "per_s", "/s", ("q", "ours"), MORE, at_most=50), 60.0, False),
        (Goal("p", "per_s", "/s", at_least=100), 100.0, True),
        (Goal("p", "per_s", "/s"), 100.0, None),
    ],
)
def test_a_goal_is_held_to_a_ratio_a_difference_or_the_figure(goal, value, met):
    results = [
        Result("p", "ours", [{"per_s": 90.0}, {"per_s": 100.0}, {"per_s": 300.0}]),
        result("p", "floor", per_s=200.0),
        result("p", "fast", per_s=10.0),
        result("p", "slow", per_s=5.0),
        result("q", "ours", per_s=40.0),
    ]
    (line,) = judged([goal], results)

    assert (line.value, line.met) == (value, met)


def fails():
    raise Failed("no such luck")


def test_contestants_take_turns():
    turns = []
    everybody = [
        Contestant("p", "ours", lambda: turns.append("ours") or {}),
        Contestant("p", "floor", lambda: turns.append("floor") or {}),
        Contestant("p", "long", lambda: turns.append("long") or {"n": 1}, once=True),
    ]
    compete(everybody[:2], 1, lambda _: None)
    assert turns == ["ours", "floor"]

    turns.clear()
    rounds = [Contestant("p", one.who, lambda one=one: {**one.run(), "n": 1}) for one in everybody]
    compete([*rounds[:2], everybody[2]], 2, lambda _: None)
    assert turns == ["ours", "floor", "long", "ours", "floor"]


def test_a_peer_that_fails_is_told_of_and_ours_fails_the_run():
    told = []
    compete([Contestant("p", "DBOS", fails)], 3, told.append)

    assert told == ["  p: DBOS FAILED: no such luck"]
    with pytest.raises(Failed):
        compete([Contestant("p", "ours", fails)], 1, told.append)


def test_rows_that_differ_fail_the_run():
    both = [Contestant("p", who, lambda who=who: {"digest": who}) for who in ("ours", "floor")]
    with pytest.raises(Failed, match="identical rows"):
        compete(both, 1, lambda _: None)


def test_a_peer_that_cannot_be_installed_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "FOLDER", environment.ROOT / "bench" / "peers" / ".none")
    monkeypatch.setattr(environment.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr(environment, "_install", lambda *_: False)
    monkeypatch.setattr(environment, "_imports", lambda package: package == "huey")
    told = []

    assert list(environment.prepared(told.append)) == ["huey"]
    assert sorted(told[1:]) == [
        "PEER LEFT OUT: DBOS cannot be installed here",
        "PEER LEFT OUT: SpiffWorkflow cannot be installed here",
    ]
