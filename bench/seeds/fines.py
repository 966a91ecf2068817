"""A log of the size and shape of the road traffic fines. `python -m bench.seeds.fines LOG --fines N`.

The real log (M. de Leoni and F. Mannhardt, 2015, DOI 10.4121/uuid:270fd440-1057-4fb9-89a9-b699b47990f5)
has 150,370 fines and 561,470 events; ACTIVITIES says of what. The generator gives each activity the
very same count, scaled to the number of fines; `traces` says in which order they come, and gaps in
days, amounts and articles are drawn from the hundred real cases in `examples/fines`. The penalty is no
line of the file: sixty days after the notification our timer has to find it, so it counts as an
event done. Lines stand in the order of time, as a live system would have seen them, so that the
lines of one fine are years apart (`--by-case`: as the log is published). One seed gives one file.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from runpy import run_path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Trace = list[str]
Row = dict[str, str]

EXAMPLE = Path(__file__).parents[2] / "examples" / "fines"
CONVERT = run_path(str(EXAMPLE / "convert.py"))  # the example's own script, which is no package
line: Callable[[Row], dict[str, Any]] = CONVERT["line"]
rows: Callable[[Path], list[Row]] = CONVERT["rows"]

FINES = 150_370
ACTIVITIES = {  # of the real log; 561,470 together
    "Create Fine": 150_370,
    "Send Fine": 103_987,
    "Insert Fine Notification": 79_860,
    "Add penalty": 79_860,
    "Payment": 77_601,
    "Send for Credit Collection": 59_013,
    "Insert Date Appeal to Prefecture": 4_188,
    "Send Appeal to Prefecture": 4_141,
    "Receive Result Appeal from Prefecture": 999,
    "Notify Result Appeal to Offender": 896,
    "Appeal to Judge": 555,
}
SENT_AND_PAID = 3_742  # of those sent that were paid and never notified
PENALTY_DAYS = 60
ROME = ZoneInfo("Europe/Rome")
FIRST, LAST = date(2000, 1, 1), date(2012, 6, 30)  # of the days on which fines are created
UNTIL = "2016-12-31T00:00:00+01:00"  # every penalty has come


class Sample(NamedTuple):
    """What the hundred real cases say: gaps by (activity, next), openings, payments, expenses."""

    gaps: dict[tuple[str, str], list[int]]
    created: list[Row]
    paid: list[str]
    expenses: list[str]


def sample() -> Sample:
    cases: dict[str, list[Row]] = defaultdict(list)
    for row in rows(EXAMPLE / "fines_public_100_cases.csv"):
        cases[row["case_id"]].append(row)
    gaps: dict[tuple[str, str], list[int]] = defaultdict(list)
    for found in cases.values():
        days = [(row["activity"], date.fromisoformat(row["timestamp"][:10])) for row in found]
        for (name, day), (following, later) in pairwise(days):
            gaps[name, following].append((later - day).days)
    every = [row for found in cases.values() for row in found]
    return Sample(
        dict(gaps),
        [row for row in every if row["activity"] == "Create Fine"],
        [row["payment_amount"] for row in every if row["activity"] == "Payment"],
        [row["expense"] for row in every if row["activity"] == "Send Fine"],
    )


def traces(fines: int) -> list[Trace]:
    """What happens to each fine, so that every activity has its count.

    Unsent fines are paid at once. Of those notified some end in collection; of the others, those
    who appeal go through as many steps as there were, and the rest pay, many of them twice.
    """
    of = {name: round(count * fines / FINES) for name, count in ACTIVITIES.items()}
    sent, notified = of["Send Fine"], of["Insert Fine Notification"]
    collected = of["Send for Credit Collection"]
    appeal, *steps = list(ACTIVITIES)[6:]
    appealed = of[appeal]
    some_paid = round(SENT_AND_PAID * fines / FINES)
    paying = notified - collected - appealed
    twice = of["Payment"] - (fines - sent) - some_paid - paying
    first = ["Create Fine", "Send Fine"]
    told = [*first, "Insert Fine Notification"]
    made = [["Create Fine", "Payment"] for _ in range(fines - sent)]
    made += [[*first, "Payment"] if n < some_paid else [*first] for n in range(sent - notified)]
    made += [[*told, "Add penalty", "Send for Credit Collection"] for _ in range(collected)]
    for n in range(appealed):
        made.append([*told, appeal, "Add penalty", *(step for step in steps if n < of[step])])
    for n in range(paying):
        payments = ["Payment"] * (2 if n < twice else 1)
        early = n % 5 == 0 and n < twice  # in the sample 4 of 19 paid something before the penalty
        made.append(
            [*told, "Payment", "Add penalty", "Payment"]
            if early
            else [*told, "Add penalty", *payments]
        )
    return made


def story(case: str, trace: Trace, drawn: random.Random, known: Sample) -> Iterator[Row]:
    """The rows of one fine: its days, and what each says."""
    day = FIRST + timedelta(days=drawn.randrange((LAST - FIRST).days))
    penalty, before = day, trace[0]
    for name in trace:
        if name == "Add penalty":
            day = penalty
        elif name != "Create Fine":
            day += timedelta(days=_gap(before, name, drawn, known))
            if "Add penalty" in trace[trace.index(name) :]:
                day = min(day, penalty) if before == "Insert Fine Notification" else day
        if name == "Insert Fine Notification":
            penalty = day + timedelta(days=PENALTY_DAYS)
        yield _row(case, name, day, drawn, known)
        before = name


def _gap(before: str, name: str, drawn: random.Random, known: Sample) -> int:
    """Days between two activities, as between some two real ones."""
    least = 1 if before == "Add penalty" else 0
    found = known.gaps.get((before, name)) or known.gaps["Create Fine", "Payment"]
    return max(least, drawn.choice(found))


def _row(case: str, name: str, day: date, drawn: random.Random, known: Sample) -> Row:
    at = datetime(day.year, day.month, day.day, tzinfo=ROME).isoformat()
    row = {"case_id": case, "activity": name, "timestamp": at, "expense": "", "payment_amount": ""}
    if name == "Create Fine":
        created = drawn.choice(known.created)
        row |= {key: created[key] for key in ("amount", "article", "vehicle_class")}
    elif name == "Payment":
        row["payment_amount"] = drawn.choice(known.paid)
    elif name == "Send Fine":
        row["expense"] = drawn.choice(known.expenses)
    return row


def generate(fines: int, seed: int) -> list[Row]:
    """Every row of the log, case after case; the same seed gives the same."""
    drawn, known = random.Random(seed), sample()
    made = traces(fines)
    drawn.shuffle(made)
    return [row for n, trace in enumerate(made) for row in story(f"F{n}", trace, drawn, known)]


def write(to: Path, fines: int, seed: int, *, by_case: bool) -> dict[str, Any]:
    """The log as a file for replay; gives how much of what is in it."""
    log = generate(fines, seed)
    if not by_case:
        log.sort(key=lambda row: row["timestamp"][:10])
    with to.open("w", encoding="utf-8") as file:
        for row in log:
            if row["activity"] != "Add penalty":
                file.write(json.dumps(line(row), ensure_ascii=False) + "\n")
    penalties = sum(row["activity"] == "Add penalty" for row in log)
    return {"fines": fines, "events": len(log), "penalties": penalties}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to", type=Path)
    parser.add_argument("--fines", type=int, default=FINES)
    parser.add_argument("--seed", type=int, default=2015)
    parser.add_argument("--by-case", action="store_true", help="case after case, not by time")
    given = parser.parse_args()
    told = json.dumps(write(given.to, given.fines, given.seed, by_case=given.by_case))
    given.to.with_suffix(".json").write_text(told, "utf-8")
    print(told)
