"""`replay`: a recorded history comes in as if it had been lived, order per docket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.instants import parse_instant
from orchestrator.errors import Trouble, Unavailable
from orchestrator.replay import Rejected, Replay, Replayed
from tests.doors.conftest import Cli, cli  # noqa: F401  a fixture
from tests.doors.house import FILING, REGISTRATION, House, beijing, empty_database, house, rfc3339
from tests.doors.shaky import CLAIM, PLEA, RULES, broken

RIGHT = {
    "right_id": "TM-1",
    "kind": "trademark",
    "holder": "五粮液集团",
    "is_holder": True,
    "proof": "商标注册证",
    "right_expires_on": "2030-01-01",
}


def opens(when: str, case: str, docket: str, **more: Any) -> dict[str, Any]:
    """A complaint that needs no registered right."""
    line = {"at": rfc3339(when), "open": "ip_complaint", "case": case, "docket": docket}
    return {**line, "by": "complainant", "facts": FILING, "assume": True, **more}


def sends(when: str, case: str, event: str, by: str, **facts: Any) -> dict[str, Any]:
    return {"at": rfc3339(when), "event": event, "case": case, "by": by, "facts": facts}


class Replayer:
    """A house into which a history is replayed, and what was rejected on the way."""

    def __init__(self, there: House) -> None:
        self.there = there
        self.rejected: list[Rejected] = []

    def __call__(
        self, *lines: dict[str, Any] | str, until: str | None = None, strict: bool = False
    ) -> Replayed:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        replay = Replay(self.there.orchestrator, strict=strict, reject=self.rejected.append)
        return replay.run(texts, None if until is None else beijing(until))

    def reasons(self) -> list[tuple[int, str]]:
        return [(reject.number, reject.reason) for reject in sorted(self.rejected)]


@pytest.fixture
def replays(tmp_path: Path) -> Iterator[Replayer]:
    with house("2026-01-01 00:00", path=empty_database(tmp_path / "r.db")) as there:
        yield Replayer(there)


STORY = [
    opens("2025-03-03 10:00", "A", "shop-1"),
    opens("2025-03-03 11:00", "B", "shop-1"),
    sends("2025-03-04 10:00", "A", "uphold", "staff", lane="severe"),
    opens("2025-03-04 11:00", "C", "shop-2"),
    sends("2025-03-05 10:00", "B", "uphold", "staff", lane="general"),
    sends("2025-03-06 23:59", "A", "appeal", "respondent", grounds="a licence"),
    sends("2025-03-11 00:00", "B", "appeal", "respondent", grounds="too late"),
    sends("2025-03-20 10:00", "A", "grant_appeal", "staff", reason="shown"),
    sends("2025-03-21 10:00", "C", "request_supplement", "staff", wanted="papers"),
]


def lived(*lines: dict[str, Any], until: str, wakes: bool = True) -> list[dict[str, Any]]:
    """The journal of the same history, taken one input after the other by the engine."""
    with house("2025-03-01 00:00") as there:
        for line in lines:
            there.clock.move_to(max(parse_instant(line["at"]), there.clock.now()))
            if wakes:
                there.orchestrator.advance()
            given = {"by": line["by"], "facts": line.get("facts")}
            if "open" in line:
                given |= {"docket": line["docket"], "case": line["case"]}
                given["assume"] = line.get("assume", False)
                there.orchestrator.open(line["open"], **given)
            else:
                there.orchestrator.inject(line["case"], line["event"], **given)
        there.move_to(until)
        there.orchestrator.advance()
        return there.journal()


# -- the same as if it had been lived -----------------------------------------------------------


@pytest.mark.parametrize("wakes", [True, False])
def test_a_replayed_history_has_the_journal_of_a_lived_one(
    replays: Replayer, *, wakes: bool
) -> None:
    done = replays(*STORY, until="2025-06-01 00:00")

    assert replays.there.journal() == lived(*STORY, until="2025-06-01 00:00", wakes=wakes)
    assert (done.lines, done.applied, done.refused, done.rejected) == (9, 9, 1, 0)
    assert done.until == "2025-06-01T00:00:00+08:00"
    assert replays.there.orchestrator.verify() == []


def test_an_advance_at_the_end_gives_the_journal_of_advances_between(
    replays: Replayer, tmp_path: Path
) -> None:
    replays(*STORY, until="2025-06-01 00:00")

    with house("2026-01-01 00:00", path=empty_database(tmp_path / "x.db")) as other:
        slowly = Replayer(other)
        for n, line in enumerate(STORY):
            replay = Replay(other.orchestrator)
            replay.run([json.dumps(line)], parse_instant(STORY[min(n + 1, 8)]["at"]) - 1)
        slowly(until="2025-06-01 00:00")
        other.orchestrator.advance(beijing("2025-06-01 00:00"))

        assert other.journal() == replays.there.journal()


@pytest.mark.parametrize("wakes", [True, False])
def test_a_replayed_history_has_the_outcome_of_a_lived_one(
    replays: Replayer, *, wakes: bool
) -> None:
    """The same but for the order in which one entry names the timers that it cancels."""

    def plainly(journal: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for entry in journal:
            del entry["hash"]
            entry["content"].get("cancelled", []).sort()
        return journal

    replays(*STORY, until="2025-06-01 00:00")

    wanted = lived(*STORY, until="2025-06-01 00:00", wakes=wakes)
    assert plainly(replays.there.journal()) == plainly(wanted)


def test_lines_that_read_another_docket_see_what_stood_there_then(replays: Replayer) -> None:
    at = "2025-03-03 10:00"
    line = {"at": rfc3339(at), "case": "R", "docket": "holder-1", "by": "complainant"}
    story = [
        opens(at, "A0", "shop-1", assume=False),
        {**line, "open": "complainant_registration", "facts": REGISTRATION},
        sends("2025-03-03 11:00", "R", "approve", "staff"),
        {
            **line,
            "at": rfc3339("2025-03-03 12:00"),
            "open": "rights_registration",
            "case": "T",
            "facts": RIGHT,
        },
        opens("2025-03-03 13:00", "A1", "shop-1", assume=False),
        sends("2025-03-04 10:00", "T", "confirm", "staff"),
        opens("2025-03-04 10:00", "A2", "shop-1", assume=False),
        sends("2025-03-04 12:00", "R", "suspend", "staff", reason="x"),
        opens("2025-03-04 12:00", "A3", "shop-2", assume=False),
    ]

    done = replays(*story)

    assert replays.reasons() == []
    assert done.refused == 3
    assert replays.there.journal() == lived(*story, until="2025-03-04 12:00")
    assert {c["case"] for c in replays.there.orchestrator.cases(workflow="ip_complaint")} == {"A2"}


def test_a_docket_that_was_read_is_not_gone_back_behind(replays: Replayer) -> None:
    replays(
        {
            "at": rfc3339("2025-03-03 10:00"),
            "open": "complainant_registration",
            "case": "R",
            "docket": "holder-1",
            "by": "complainant",
            "facts": REGISTRATION,
        },
        opens("2025-03-04 10:00", "A", "shop-1", assume=False),
        sends("2025-03-03 12:00", "R", "approve", "staff"),
    )

    (reject,) = replays.reasons()
    assert reject[0] == 3
    assert "is before the clock of docket holder-1" in reject[1]


def test_each_entry_is_recorded_now_and_effective_then(replays: Replayer) -> None:
    replays(opens("2025-03-03 10:00", "A", "shop-1"))

    (entry,) = replays.there.orchestrator.queries.journal()
    assert entry["effective_at"] == "2025-03-03T10:00:00+08:00"
    assert entry["recorded_at"] == "2026-01-01T00:00:00+08:00"


def test_order_is_per_docket(replays: Replayer) -> None:
    replays(
        opens("2025-05-01 10:00", "A", "shop-1"),
        opens("2025-03-03 10:00", "B", "shop-2"),  # earlier, of another docket
        sends("2025-05-02 10:00", "A", "withdraw", "complainant"),
        sends("2025-03-04 10:00", "B", "withdraw", "complainant"),
    )

    assert replays.reasons() == []
    assert {c["state"] for c in replays.there.orchestrator.cases()} == {"withdrawn"}


def test_time_passes_until_the_latest_instant_of_the_file(replays: Replayer) -> None:
    done = replays(
        opens("2025-03-03 10:00", "A", "shop-1"), opens("2025-03-07 00:00", "B", "shop-2")
    )

    assert done.until == "2025-03-07T00:00:00+08:00"
    assert done.firings == 1  # the target of A, at the very instant


def test_many_dockets_and_slices_come_out_the_same(
    replays: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.replay.history.SLICE", 2)

    replays(*STORY, until="2025-06-01 00:00")

    assert replays.there.journal() == lived(*STORY, until="2025-06-01 00:00")


def test_an_empty_file_does_nothing(replays: Replayer) -> None:
    assert replays("", " \n") == Replayed(2, 0, 0, 0, 0, 0, None)


# -- refusals and rejects -----------------------------------------------------------------------


def test_a_refusal_by_the_rules_is_an_outcome(replays: Replayer) -> None:
    done = replays(
        opens("2025-03-03 10:00", "A", "shop-1", by="staff"),
        opens("2025-03-03 11:00", "B", "shop-1"),
        sends("2025-03-03 12:00", "B", "appeal", "respondent", grounds="x"),
        sends("2025-03-03 12:00", "B", "dance", "staff"),
        sends("2025-03-03 12:00", "B", "review_limit", "staff"),
    )

    assert (done.applied, done.refused, done.rejected) == (5, 4, 0)
    assert [e["kind"] for e in replays.there.journal()].count("refused") == 4


GOOD = opens("2025-03-03 10:00", "A", "shop-1")
BAD = [
    ("{", "line: a JSON object, got '{'"),
    ("[]", "a JSON object, got list"),
    ("7", "a JSON object, got int"),
    ('{"at": 1, "at": 2}', "at stands twice"),
    ({**GOOD, "colour": 1}, "colour: unknown; got"),
    ({**GOOD, "event": "x"}, "open or event: one of them"),
    ({k: v for k, v in GOOD.items() if k != "open"}, "open or event: one of them"),
    ({**GOOD, "at": "2025-03-03T10:00:00"}, "at: an instant such as"),
    ({**GOOD, "at": "soon"}, "at: an instant such as 2025-03-08T00:00:00+08:00, got 'soon'"),
    ({**GOOD, "at": 1741392000}, "at: an instant with its offset, got 1741392000"),
    ({k: v for k, v in GOOD.items() if k != "at"}, "at: an instant with its offset, got None"),
    ({k: v for k, v in GOOD.items() if k != "by"}, "by: required, a text, got None"),
    ({k: v for k, v in GOOD.items() if k != "docket"}, "docket: required, a text, got None"),
    ({**GOOD, "open": "chess"}, "no workflow 'chess'"),
    ({**GOOD, "case": "shop-1.7"}, "ids that end in a dot and a number are made here"),
    ({**GOOD, "case": 7}, "case: a name of 1 to 200 characters"),
    ({**GOOD, "facts": {}}, "complainant: required, and missing"),
    ({**GOOD, "facts": [1]}, "facts: an object such as"),
    ({**GOOD, "facts": {**FILING, "note": 2**63}}, "facts.note: a whole number within"),
    ({**GOOD, "docket": "a\0b"}, "docket: a name of 1 to 200 characters"),
    ({**GOOD, "docket": "\udcff"}, "docket: a name of 1 to 200 characters"),
    ({**GOOD, "rulebook": "nothing"}, "rulebook"),
    (
        sends("2025-03-03 10:00", "Z", "uphold", "staff"),
        "case: one that was opened before, got 'Z'",
    ),
]


@pytest.mark.parametrize(("bad", "words"), BAD, ids=[words[:50] for _, words in BAD])
@pytest.mark.fault(56)
def test_a_line_that_cannot_be_taken_is_rejected_with_its_number_and_the_rest_goes_on(
    replays: Replayer, bad: Any, words: str
) -> None:
    good = opens("2025-03-03 10:00", "G", "shop-9")

    done = replays(good, bad, sends("2025-03-04 10:00", "G", "withdraw", "complainant"))

    ((number, reason),) = replays.reasons()
    assert number == 2
    assert words in reason
    assert "\n" not in reason
    assert (done.applied, done.rejected) == (2, 1)
    assert [c["case"] for c in replays.there.orchestrator.cases()] == ["G"]


def test_a_line_before_its_dockets_clock_is_rejected(replays: Replayer) -> None:
    replays(
        opens("2025-03-03 10:00", "A", "shop-1"),
        sends("2025-03-03 09:59", "A", "withdraw", "complainant"),
    )

    assert replays.reasons() == [
        (
            2,
            (
                "at: 2025-03-03T09:59:00+08:00 is before the clock of docket shop-1,"
                " 2025-03-03T10:00:00+08:00"
            ),
        )
    ]


def test_a_line_before_its_dockets_clock_is_rejected_in_memory_too() -> None:
    with house("2026-01-01 00:00") as there:
        replays = Replayer(there)
        replays(
            opens("2025-03-03 10:00", "A", "shop-1"),
            sends("2025-03-03 09:59", "A", "withdraw", "complainant"),
        )

        assert [number for number, _ in replays.reasons()] == [2]
        assert there.orchestrator.incidents.all() == []


def test_a_docket_that_is_named_wrongly_is_a_conflict(replays: Replayer) -> None:
    wrong = sends("2025-03-04 10:00", "A", "withdraw", "complainant")

    replays(opens("2025-03-03 10:00", "A", "shop-1"), {**wrong, "docket": "shop-2"})

    assert replays.reasons() == [(2, "docket: shop-1 of case A, got 'shop-2'")]


def test_an_id_that_is_taken_in_its_docket_is_a_conflict(replays: Replayer) -> None:
    replays(opens("2025-03-03 10:00", "A", "shop-1"), opens("2025-03-03 11:00", "A", "shop-1"))

    assert replays.reasons() == [(2, "case 'A' is there already")]


def test_an_id_that_is_taken_in_another_docket_of_the_same_slice_is_a_conflict(
    replays: Replayer,
) -> None:
    replays(opens("2025-03-03 10:00", "A", "shop-2"), opens("2025-03-03 11:00", "A", "shop-1"))

    assert replays.reasons() == [(2, "case 'A' is there already")]


def test_a_rejected_opening_does_not_turn_later_lines_of_the_true_case_away(
    replays: Replayer,
) -> None:
    replays(opens("2025-03-03 10:00", "A", "shop-1"))
    replays(
        opens("2025-03-03 11:00", "A", "shop-2"),  # taken
        sends("2025-03-04 10:00", "A", "withdraw", "complainant"),
    )

    assert [number for number, _ in replays.reasons()] == [1]


def test_an_event_for_a_case_whose_opening_was_refused_is_rejected(replays: Replayer) -> None:
    replays(
        opens("2025-03-03 10:00", "A", "shop-1", by="staff"),
        sends("2025-03-04 10:00", "A", "withdraw", "complainant"),
    )

    assert replays.reasons() == [(2, "case 'A' does not exist: its opening was refused")]


def test_trouble_of_the_database_is_no_reject(
    replays: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    replays(opens("2025-03-03 10:00", "A", "shop-1"))

    def busy(*_: object) -> None:
        raise Unavailable("busy")

    monkeypatch.setattr("orchestrator.db.store.ReadTx.places", busy)
    with pytest.raises(Unavailable):
        replays(sends("2025-03-04 10:00", "A", "withdraw", "complainant"))


# -- strict -------------------------------------------------------------------------------------


@pytest.mark.fault(56)
def test_strict_stops_at_a_line_that_cannot_be_read(replays: Replayer) -> None:
    with pytest.raises(Trouble, match=r"line 2: line: a JSON object, got"):
        replays(
            opens("2025-03-03 10:00", "A", "shop-1"),
            "{",
            opens("2025-03-03 11:00", "B", "shop-2"),
            strict=True,
        )

    assert [c["case"] for c in replays.there.orchestrator.cases()] == ["A"]


def test_strict_stops_at_a_line_that_is_too_early(replays: Replayer) -> None:
    with pytest.raises(Trouble, match="line 2: at: "):
        replays(
            opens("2025-03-03 10:00", "A", "shop-1"),
            sends("2025-03-03 09:00", "A", "withdraw", "complainant"),
            sends("2025-03-03 11:00", "A", "withdraw", "complainant"),
            opens("2025-03-03 11:00", "B", "shop-2"),
            strict=True,
        )

    assert [c["case"] for c in replays.there.orchestrator.cases()] == ["A"]
    assert [e["kind"] for e in replays.there.journal()] == ["opened"]


def test_strict_does_not_mind_a_refusal(replays: Replayer) -> None:
    done = replays(opens("2025-03-03 10:00", "A", "shop-1", by="staff"), strict=True)

    assert (done.refused, done.rejected) == (1, 0)


# -- again --------------------------------------------------------------------------------------


def test_a_finished_file_is_not_applied_again(replays: Replayer) -> None:
    replays(*STORY, until="2025-03-21 10:00")
    before = replays.there.journal()

    replays(*STORY, until="2025-03-21 10:00")

    assert replays.there.journal() == before


# -- incidents ----------------------------------------------------------------------------------


def test_lines_of_a_docket_that_breaks_are_held_and_the_others_go_on(tmp_path: Path) -> None:
    path = empty_database(tmp_path / "s.db")
    plea = {"open": "plea", "by": "complainant"}
    appeal = {"event": "appeal", "by": "respondent", "facts": {"grounds": "x"}}
    lines = [
        {**plea, "at": rfc3339("2025-03-03 10:00"), "case": "A", "docket": "shop-1"},
        {**plea, "at": rfc3339("2025-03-03 10:00"), "case": "B", "docket": "shop-2"},
    ]
    later = [
        {**appeal, "at": rfc3339("2025-03-04 10:00"), "case": "A"},
        {"event": "withdraw", "by": "complainant", "at": rfc3339("2025-03-05 10:00"), "case": "A"},
        {"event": "withdraw", "by": "complainant", "at": rfc3339("2025-03-05 10:00"), "case": "B"},
    ]
    with house("2026-01-01 00:00", path=path, workflows=(PLEA, CLAIM), rulebook=RULES) as there:
        replays = Replayer(there)
        replays(*lines)
        with broken("guard"):
            done = replays(*later)
        (incident,) = there.orchestrator.incidents.all()
        held = there.orchestrator.incidents.show(1)["held"]
        settled = there.orchestrator.incidents.retry(1)

        assert (done.applied, done.held, done.rejected) == (3, 2, 0)
        assert (incident["docket"], incident["held"]) == ("shop-1", 2)
        assert [(h["name"], h["at"][:16]) for h in held] == [
            ("appeal", "2025-03-04T10:00"),
            ("withdraw", "2025-03-05T10:00"),
        ]
        assert [a["state"] for a in settled.decided] == ["appealed", "withdrawn"]
        assert there.orchestrator.case("B")["state"] == "withdrawn"
        assert there.orchestrator.verify() == []


# -- the command --------------------------------------------------------------------------------


def written(cli: Cli, *lines: dict[str, Any] | str) -> None:  # noqa: F811
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (cli.folder / "history.jsonl").write_text("\n".join(texts) + "\n", "utf-8")


def test_replay_prints_what_it_came_to(cli: Cli) -> None:  # noqa: F811
    written(cli, *STORY)

    ran = cli(
        "replay",
        "history.jsonl",
        "--until",
        rfc3339("2025-06-01 00:00"),
        "-o",
        "json",
        now="2026-01-01 00:00",
    )

    assert ran.code == 0
    assert list(ran.json) == [*Replayed._fields, "rejects"]
    assert (ran.json["lines"], ran.json["refused"], ran.json["rejects"]) == (9, 1, [])


@pytest.mark.fault(56)
def test_rejects_are_written_to_their_file_and_the_exit_code_is_1(cli: Cli) -> None:  # noqa: F811
    written(cli, STORY[0], "{", STORY[1], {"at": "soon"})

    ran = cli("replay", "history.jsonl", "--rejects", "rejects.jsonl", now="2026-01-01 00:00")

    text = (cli.folder / "rejects.jsonl").read_text("utf-8")
    rejects = [json.loads(line) for line in text.splitlines()]
    assert (ran.code, ran.err) == (1, "")
    assert "4 lines: 2 applied (0 refused by the rules), 2 rejected" in ran.out
    assert [(r["line"], r["text"]) for r in rejects] == [(2, "{"), (4, '{"at": "soon"}')]
    assert "line 4: open or event: one of them" in ran.out


def test_one_line_is_told_as_one(cli: Cli) -> None:  # noqa: F811
    written(cli, STORY[0])

    ran = cli("replay", "history.jsonl", now="2026-01-01 00:00")

    assert ran.out.startswith("1 line: 1 applied (0 refused by the rules), 0 rejected; 0 timers ")


def test_a_rejects_file_that_cannot_be_written_is_told_before_a_line_is_applied(
    cli: Cli,  # noqa: F811
) -> None:
    written(cli, STORY[0], "{")

    ran = cli("replay", "history.jsonl", "--rejects", "nowhere/r.jsonl", now="2026-01-01 00:00")

    assert ran.code == 2
    assert "--rejects: nowhere/r.jsonl cannot be written" in ran.said
    assert cli("case", "list", "-o", "json").json == []


def test_strict_ends_with_an_error_that_names_the_line(cli: Cli) -> None:  # noqa: F811
    written(cli, STORY[0], "{", STORY[1])

    ran = cli("replay", "history.jsonl", "--strict", now="2026-01-01 00:00")

    assert ran.code in (1, 2)
    assert "error: line 2: line: a JSON object, got '{" in ran.said


def test_a_bar_is_drawn_on_a_terminal_alone(cli: Cli) -> None:  # noqa: F811
    written(cli, STORY[0])

    assert cli("replay", "history.jsonl").err == ""
