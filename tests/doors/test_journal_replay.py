"""`journal replay DOCKET`: its inputs once more, entry by entry, and what stands on both sides."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from orchestrator.core.journal import GENESIS, chained
from tests.diaries.bugs import bug_in, mend
from tests.doors.conftest import Cli
from tests.doors.house import FILING
from workflows.ip_complaint import the_complaint

REPLAY = ("journal", "replay", "shop-1")
UPHOLD = ("--by", "staff", "--facts", json.dumps({"lane": "severe"}))


@pytest.fixture
def upheld(busy: Cli) -> Cli:
    """Complaint A: filed, upheld, and final since its window ended."""
    assert busy("inject", "A", "uphold", *UPHOLD, now="2025-03-04 10:00").code == 0
    assert busy("advance", now="2025-03-12 09:30").code == 0
    return busy


def forged(cli: Cli, text: str) -> None:
    """Somebody changes an entry and seals the journal of shop-1 anew, hashes and head."""
    with closing(sqlite3.connect(cli.path)) as file:
        file.execute(text)
        head = GENESIS
        for seq, *row in file.execute(
            'SELECT seq, "case", effective_at, kind, name, by, "from", "to", content FROM journal'
            " WHERE docket = 'shop-1' ORDER BY seq"
        ).fetchall():
            head = chained(head, "shop-1", seq, *row)
            file.execute(
                "UPDATE journal SET hash = ? WHERE docket = 'shop-1' AND seq = ?", (head, seq)
            )
        file.execute("UPDATE dockets SET head_hash = ? WHERE key = 'shop-1'", (head,))
        file.commit()


def fields_that_differ(ran: Any) -> dict[str, tuple[Any, Any]]:
    return {
        f["field"]: (f["stored"], f["recomputed"])
        for f in ran.json["difference"]["fields"]
        if f["differs"]
    }


def test_a_docket_that_follows_from_its_inputs_agrees(upheld: Cli) -> None:
    before = upheld.everything()
    ((entries, effects),) = upheld.rows(
        "SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM outbox)"
    )

    ran, found = upheld(*REPLAY), upheld(*REPLAY, "-o", "json").json

    assert ran.code == 0
    assert ran.out.strip() == (
        f"docket shop-1: {entries} entries agree; 2 cases and {effects} effects follow from them"
    )
    assert (found["agrees"], found["agreed"], found["difference"]) == (True, entries, None)
    assert upheld.everything() == before


def test_a_docket_with_one_entry_agrees_too(busy: Cli) -> None:
    assert busy(*REPLAY).out.startswith("docket shop-1: 1 entry agrees; 1 case and 1 effect")


def test_the_first_entry_that_differs_is_shown_on_both_sides_field_by_field(upheld: Cli) -> None:
    forged(upheld, "UPDATE journal SET content = replace(content, 'severe', 'minor') WHERE seq = 2")

    ran, told = upheld(*REPLAY, "-o", "json"), upheld(*REPLAY)
    differs = fields_that_differ(ran)

    assert (ran.code, told.code) == (1, 1)
    assert (ran.json["agrees"], ran.json["agreed"], ran.json["difference"]["seq"]) == (False, 3, 4)
    assert "docket shop-1: 3 of " in told.out
    assert "entry 4 is the first that differs" in told.out
    assert differs["content.facts.lane"] == ("severe", "minor")
    assert set(differs) > {"hash"}
    lines = [line.split() for line in told.out.splitlines()]
    assert ["content.facts.lane", "severe", "minor", "differs"] in lines
    assert ["kind", "message", "message"] in lines


def test_an_instant_that_was_moved_is_told_as_people_read_it(upheld: Cli) -> None:
    moved = "effective_at = effective_at - 86400000000"
    forged(upheld, f"UPDATE journal SET {moved} WHERE kind = 'timer' AND name = 'appeal_window'")

    ran = upheld(*REPLAY)

    assert ran.code == 1
    assert "wanted there: no timer: none was due by 2025-03-06T16:00:00+00:00" in ran.out
    assert "recomputed: no entry" in ran.out
    assert ["effective_at", "2025-03-07T00:00:00+08:00", "–", "differs"] in [
        line.split() for line in ran.out.splitlines()
    ]


def test_a_deadline_that_was_taken_out_stands_there_as_it_should_have_acted(upheld: Cli) -> None:
    ((seq, last),) = upheld.rows(
        "SELECT (SELECT seq FROM journal WHERE kind = 'timer' AND name = 'appeal_window'),"
        " (SELECT max(seq) FROM journal)"
    )
    assert seq < last  # something follows, which it cannot
    forged(upheld, f"UPDATE journal SET kind = 'message' WHERE seq = {seq}")

    shown = upheld(*REPLAY, "-o", "json").json["difference"]

    assert shown["wanted"].startswith("timer appeal_window of case A, due at 2025-03-07T16:00:00")
    assert shown["recomputed"]["kind"] == "timer"
    assert (shown["stored"]["kind"], shown["seq"]) == ("message", seq)


def test_an_entry_that_cannot_be_read_any_more_is_shown_as_it_stands(upheld: Cli) -> None:
    forged(upheld, "UPDATE journal SET content = '{' WHERE seq = 2")

    ran = upheld(*REPLAY, "-o", "json")

    assert (ran.code, ran.json["difference"]["stored"]["content"]) == (1, "{")
    assert "an entry that can be lived again (JSONDecodeError" in ran.json["difference"]["wanted"]


def test_an_instant_that_no_calendar_has_is_shown_as_a_number(upheld: Cli) -> None:
    forged(upheld, f"UPDATE journal SET effective_at = {2**62} WHERE seq = {2}")

    ran = upheld(*REPLAY)

    assert ran.code == 1
    assert f"microsecond {2**62}" in ran.out


def test_entries_that_agree_with_rows_that_do_not_are_told_apart(upheld: Cli) -> None:
    with closing(sqlite3.connect(upheld.path)) as file:
        file.execute("UPDATE cases SET state = 'withdrawn' WHERE id = 'A'")
        file.commit()

    ran = upheld(*REPLAY)

    assert ran.code == 1
    assert "found state withdrawn of case A, wanted state final_upheld" in ran.out
    assert "2 cases and" in ran.out
    assert "are not what they come to" in ran.out


def test_a_cut_tail_that_the_docket_still_knows_of_is_told(upheld: Cli) -> None:
    with closing(sqlite3.connect(upheld.path)) as file:
        file.execute("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")
        file.commit()

    assert upheld(*REPLAY).code == 1


def test_what_a_complaint_was_shown_of_the_other_docket_is_taken_from_its_journal(cli: Cli) -> None:
    """holder-1 is nobody: the opening was refused by what it read, and is again."""
    given = ("--docket", "shop-1", "--by", "complainant", "--facts", json.dumps(FILING))
    assert cli("open", "ip_complaint", *given).code == 4

    ran = cli(*REPLAY)

    assert (
        ran.out.strip() == "docket shop-1: 1 entry agrees; 0 cases and 0 effects follow from them"
    )
    assert cli("journal", "replay", "holder-1").out.startswith("docket holder-1: 0 entries agree")


def test_a_docket_that_is_not_there_is_not_found(busy: Cli) -> None:
    ran = busy("journal", "replay", "nobody")

    assert (ran.code, ran.out) == (3, "")
    assert "no docket 'nobody'" in ran.said


def test_a_stopped_docket_is_replayed_as_far_as_it_came_and_says_so(upheld: Cli) -> None:
    with bug_in(the_complaint):
        upheld("inject", "A", "withdraw", "--by", "complainant", now="2025-03-12 11:00")
    mend()

    ran = upheld(*REPLAY)

    assert ran.code == 0
    assert "docket shop-1 is stopped by incident 1: its journal ends there" in ran.out
    assert "entries agree" in ran.out
    assert upheld(*REPLAY, "-o", "json").json["incident"] == 1


def test_a_docket_of_an_unfinished_replay_says_so(upheld: Cli) -> None:
    with closing(sqlite3.connect(upheld.path)) as file:
        file.execute(
            "INSERT INTO replays (id, file, first, position, digest, applied, refused, rejected,"
            " held, firings, ends, started_at) VALUES (7, 'log.jsonl', '', 12, '', 0, 0, 0, 0, 0,"
            " '[]', 0)"
        )
        file.execute("UPDATE dockets SET replay = '7'")
        file.commit()

    ran = upheld(*REPLAY)

    assert "docket shop-1 is being replayed (log.jsonl, at line 12): its journal ends" in ran.out
    assert ran.code == 0


def without_the_version(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of workflows that has only a later version of the complaint."""
    package = cli.folder / "later"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import pkgutil, importlib, dataclasses, workflows\n"
        "for info in pkgutil.iter_modules(workflows.__path__):\n"
        "    module = importlib.import_module(f'workflows.{info.name}')\n"
        "    globals().update({n: w for n, w in vars(module).items() if hasattr(w, 'states')})\n"
        "IP_COMPLAINT = dataclasses.replace(IP_COMPLAINT, version=2)\n"
        "del module\n",
        "utf-8",
    )
    monkeypatch.setenv("ORCHESTRATOR_WORKFLOWS", '["later"]')
    monkeypatch.syspath_prepend(str(cli.folder))


def test_a_definition_that_is_not_known_here_is_named(
    upheld: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_version(upheld, monkeypatch)

    ran = upheld(*REPLAY)
    past = upheld("case", "show", "A", "--at", "2025-03-05T00:00:00+08:00")

    assert (ran.code, ran.out) == (5, "")
    assert "docket shop-1 cannot be replayed here: ip_complaint@1:" in ran.said
    assert "is not known to this process" in ran.said
    assert past.code == 1
    assert "docket shop-1 cannot be lived again here" in past.said
