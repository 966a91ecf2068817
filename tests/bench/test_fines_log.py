"""The generated log has the size and shape of the real one."""

from __future__ import annotations

from collections import Counter

from bench.seeds import fines


def test_the_full_log_has_every_activity_as_often_as_the_real_one():
    made = fines.traces(fines.FINES)

    assert len(made) == 150_370
    assert Counter(name for trace in made for name in trace) == fines.ACTIVITIES
    assert sum(map(len, made)) == 561_470


def test_no_activity_follows_another_that_it_cannot_follow():
    for trace in fines.traces(5_000):
        assert trace[0] == "Create Fine"
        assert ("Add penalty" in trace) == ("Insert Fine Notification" in trace)
        if "Send for Credit Collection" in trace:
            assert trace.index("Add penalty") < trace.index("Send for Credit Collection")


def test_one_seed_gives_one_log_and_another_seed_another():
    log = fines.generate(50, seed=1)

    assert fines.generate(50, seed=1) == log
    assert fines.generate(50, seed=2) != log


def test_every_penalty_is_sixty_local_days_after_its_notification():
    days = {}
    for row in fines.generate(300, seed=3):
        day = fines.date.fromisoformat(row["timestamp"][:10])
        days.setdefault(row["case_id"], {}).setdefault(row["activity"], day)
    notified = [day for day in days.values() if "Add penalty" in day]

    assert len(notified) == 159
    for day in notified:
        assert (day["Add penalty"] - day["Insert Fine Notification"]).days == 60


def test_the_lines_of_a_log_stand_in_the_order_of_time(tmp_path):
    told = fines.write(tmp_path / "log.jsonl", 100, 4, by_case=False)
    lines = (tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    days = [line.split('"at": "')[1][:10] for line in lines]

    assert days == sorted(days)
    assert len(lines) == told["events"] - told["penalties"]
