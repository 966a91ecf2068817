"""What users write for events: the ORM case and its machine, moved by the caller, one commit each.

    python -m bench.peers.users_events DATABASE --cases 200 --injectors 8

An event is acknowledged when its session has committed. Ten events for each case, the story of ours.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bench.injectors import Send, closed_loop
from bench.machine import percentiles, report
from bench.peers.users import Case, History, move, open_database, put_cases

STORY = (
    *("request_supplement", "supplement") * 2,
    *("uphold", "appeal", "respond", "dismiss_appeal", "second_appeal", "dismiss_appeal"),
)


def inject_all(path: Path, cases: int, injectors: int) -> None:
    engine = open_database(path, injectors + 2)
    put_cases(engine, cases, "under_review")
    sessions: sessionmaker[Session] = sessionmaker(engine)
    events = [(case, event) for event in STORY for case in range(cases)]

    def prepare() -> Send:
        def send(n: int) -> None:
            with sessions.begin() as session:
                move(session, *events[n])

        return send

    seconds, latencies = closed_loop([case for case, _ in events], injectors, prepare)
    with sessions() as session:
        final = select(func.count()).select_from(Case).where(Case.state == "final_upheld")
        assert session.scalar(final) == cases
        assert session.scalar(select(func.count()).select_from(History)) == len(events)
    report(len(events), seconds, **percentiles(latencies, 50, 99))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--injectors", type=int, default=1)
    given = parser.parse_args()
    inject_all(given.path, given.cases, given.injectors)
