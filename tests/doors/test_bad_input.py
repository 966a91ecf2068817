"""Bad input: one clear sentence (what, wanted, got), the right exit code, and nothing written.

What is turned away before the docket is locked writes nothing and leaves its key free; what the
rules refuse is one entry of the journal and nothing else (law 9).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.facts import MOST_TEXT
from orchestrator.errors import BadInput, Conflict, NotFound, Trouble
from orchestrator.registry import load
from tests.doors.conftest import Cli
from tests.doors.house import FILING, ROOT, House, everything, files_a_complaint, house

SURROGATE, NUL = "a\udcffb", "a\0b"
SENTENCE = 400  # characters; a message that repeats the whole of a long input is no sentence


@pytest.fixture
def there() -> Iterator[House]:
    """A house with complaint A of shop-1, filed."""
    with house() as found:
        files_a_complaint(found)
        yield found


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def turned_away(there: House, error: type[Trouble], act: Any) -> str:
    """The sentence with which an act is turned away, which wrote nothing."""
    before = everything(there)
    with pytest.raises(error) as raised:
        act()

    assert everything(there) == before
    return str(raised.value)


# -- who and what is not known ------------------------------------------------------------------


@pytest.mark.fault(55)
def test_an_unknown_workflow_is_not_found_and_the_known_ones_are_named(there: House) -> None:
    said = turned_away(
        there, NotFound, lambda: there.orchestrator.open("chess", docket="d", by="staff")
    )

    assert said.startswith("no workflow 'chess'; there are ")
    assert "ip_complaint" in said


@pytest.mark.fault(55)
def test_an_unknown_case_is_not_found(there: House) -> None:
    said = turned_away(
        there, NotFound, lambda: there.orchestrator.inject("Z", "uphold", by="staff")
    )

    assert said == "no case 'Z'"


REFUSED = [
    ("dance", "staff", None, "unknown_event", "ip_complaint has no event 'dance'; it knows"),
    ("uphold", "respondent", {"lane": "minor"}, "role", "uphold is for staff, it came from resp"),
    ("uphold", "wizard", {"lane": "minor"}, "role", "uphold is for staff, it came from wizard"),
    ("review_limit", "staff", None, "timer", "is a timer of ip_complaint; timers act by themsel"),
    ("review_limit", "system", None, "timer", "is a timer of ip_complaint; timers act by themsel"),
    ("appeal", "respondent", {"grounds": "x"}, "state", "case A is under_review since 2025-03-03T"),
]


@pytest.mark.fault(55)
@pytest.mark.parametrize(("event", "by", "facts", "code", "words"), REFUSED)
def test_what_the_rules_refuse_is_one_entry_and_nothing_else(
    there: House, event: str, by: str, facts: Any, code: str, words: str
) -> None:
    before = everything(there)

    answer = there.orchestrator.inject("A", event, by=by, facts=facts)

    after = everything(there)
    assert (answer.refused, answer.code) == (True, code)
    assert words in str(answer.reason)
    entry = there.journal()[-1]
    assert (entry["kind"], entry["name"], entry["by"]) == ("refused", event, by)
    assert entry["content"]["reason"] == answer.reason
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"journal", "dockets"}  # the docket's sequence, head and clock


def test_an_internal_message_is_refused_to_every_person(there: House) -> None:
    there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "general"})
    (standing,) = [c for c in there.orchestrator.cases() if c["workflow"] == "account_standing"]

    for role in ("staff", "complainant", "respondent", "admin"):
        answer = there.orchestrator.inject(standing["case"], "violation_upheld", by=role)
        assert (answer.refused, answer.code) == (True, "message")
        assert "violation_upheld is a message between cases" in str(answer.reason)


FORGED = [
    ("violation_reversed", None),
    ("violation_reversed", {"complaint": "A"}),
    ("appeal_opened", {"complaint": "A"}),
]


@pytest.mark.parametrize(("message", "facts"), FORGED)
def test_nobody_pretends_to_be_the_system(there: House, message: str, facts: Any) -> None:
    there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "general"})
    (standing,) = [c for c in there.orchestrator.cases() if c["workflow"] == "account_standing"]

    answer = there.orchestrator.inject(standing["case"], message, by="system", facts=facts)

    assert (answer.refused, answer.code) == (True, "message")
    assert there.orchestrator.incidents.all() == []


def test_a_role_that_may_not_open_is_refused_and_the_role_that_may_is_named(there: House) -> None:
    answer = there.orchestrator.open(
        "ip_complaint", docket="shop-2", by="staff", facts=FILING, assume=True
    )

    assert answer.reason == "ip_complaint is opened by complainant, not by staff"
    assert there.orchestrator.cases(docket="shop-2") == []


@pytest.mark.parametrize("role", ["staff", "complainant", "system"])
def test_nobody_opens_a_standing(there: House, role: str) -> None:
    answer = there.orchestrator.open("account_standing", docket="shop-2", by=role)

    assert answer.refused
    assert there.orchestrator.cases(docket="shop-2") == []


# -- facts that do not fit ----------------------------------------------------------------------

MISFITS = [
    ({**FILING, "colour": "red"}, "colour: unknown; got 'red'"),
    ({k: v for k, v in FILING.items() if k != "reason"}, "reason: required, and missing"),
    ({**FILING, "reason": ""}, "reason: text that is not blank, got ''"),
    ({**FILING, "reason": " \n"}, "reason: text that is not blank"),
    ({**FILING, "reason": 7}, "reason: a text, got 7"),
    ({**FILING, "reason": None}, "reason: a text, got None"),
    ({**FILING, "listings": []}, "listings: at least 1 items"),
    ({**FILING, "listings": ["x"]}, "listings.0: a web address such as"),
    ({**FILING, "listings": ["https://e.com/1"] * 301}, "listings: at most 300 items"),
    ({**FILING, "listings": "https://e.com/1"}, "listings: a list"),
    ({**FILING, "reason": "x" * (MOST_TEXT + 1)}, "facts.reason: at most 10000 characters, got 10"),
    ({**FILING, "reason": NUL}, "facts.reason: text without NUL characters, got 'a\\x00b'"),
    ({**FILING, "reason": SURROGATE}, "facts.reason: text without lone surrogates, got"),
    ({**FILING, NUL: "x"}, "a key of facts: a name of 1 to 200 characters"),
    ({**FILING, SURROGATE: "x"}, "a key of facts: a name of 1 to 200 characters"),
    ({**FILING, 7: "x"}, "a key of facts: a name of 1 to 200 characters"),
    ({**FILING, "note": nested(17)}, ": nested at most 16 deep"),
    ({**FILING, "note": nested(900)}, ": nested at most 16 deep"),
    ({**FILING, "note": float("nan")}, "facts.note: a finite number, got nan"),
    ({**FILING, "note": float("inf")}, "facts.note: a finite number, got inf"),
    ({**FILING, "note": Decimal("-Infinity")}, "facts.note: a finite number, got -Infinity"),
    ({**FILING, "note": 2**63}, "facts.note: a whole number within ±2^53, got 9223372036854775808"),
    ({**FILING, "note": -(2**63)}, "facts.note: a whole number within ±2^53"),
    ({**FILING, "note": b"bytes"}, "facts.note: text, number, true or false, list or object, got"),
    ({**FILING, "note": {1, 2}}, "facts.note: text, number, true or false, list or object, got"),
    ({**FILING, "note": datetime(2025, 3, 3)}, "facts.note: an instant with its offset"),  # noqa: DTZ001
    ({**FILING, "note": list(range(10_001))}, "facts.note: at most 10000 items, got 10001"),
    ([1, 2], "facts: an object such as"),
    ("text", "facts: an object such as"),
]


@pytest.mark.parametrize(("facts", "words"), MISFITS, ids=[words[:60] for _, words in MISFITS])
def test_facts_that_do_not_fit_are_named_with_what_was_wanted_and_what_came(
    there: House, facts: Any, words: str
) -> None:
    def opens() -> None:
        there.orchestrator.open(
            "ip_complaint", docket="shop-2", by="complainant", facts=facts, key="k", assume=True
        )

    said = turned_away(there, BadInput, opens)

    assert words in said
    assert len(said) < SENTENCE
    assert "\n" not in said


def test_every_fact_that_does_not_fit_is_told_at_once(there: House) -> None:
    facts = {"complainant": "", "right_id": 3, "listings": [], "colour": 1}

    said = turned_away(
        there,
        BadInput,
        lambda: there.orchestrator.open("ip_complaint", docket="d", by="complainant", facts=facts),
    )

    for name in ("complainant", "right_id", "listings", "reason", "colour"):
        assert f"{name}: " in said


def test_a_key_is_still_free_after_what_was_turned_away(there: House) -> None:
    with pytest.raises(BadInput):
        there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "wide"}, key="k1")

    answer = there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"}, key="k1")

    assert (answer.refused, answer.repeated, answer.state) == (False, False, "appeal_window")


def test_an_event_without_needs_takes_no_facts(there: House) -> None:
    said = turned_away(
        there,
        BadInput,
        lambda: there.orchestrator.inject("A", "withdraw", by="complainant", facts={"why": "x"}),
    )

    assert said == "ip_complaint withdraw: why: unknown; got 'x'"


def test_an_unknown_event_with_wild_facts_is_turned_away_before_it_is_journaled(
    there: House,
) -> None:
    turned_away(
        there,
        BadInput,
        lambda: there.orchestrator.inject("A", "dance", by="staff", facts={"x": SURROGATE}),
    )


def test_text_of_exactly_ten_thousand_characters_fits(there: House) -> None:
    facts = {**FILING, "reason": "侵" * MOST_TEXT}

    answer = there.orchestrator.open(
        "ip_complaint", docket="shop-2", by="complainant", facts=facts, assume=True
    )

    assert not answer.refused


def test_a_loop_of_references_is_turned_away(there: House) -> None:
    loop: dict[str, Any] = {}
    loop["a"] = loop

    said = turned_away(
        there, BadInput, lambda: there.orchestrator.inject("A", "dance", by="staff", facts=loop)
    )

    assert "nested at most 16 deep" in said


# -- instants, days, amounts --------------------------------------------------------------------

RIGHT = {
    "right_id": "TM-1",
    "kind": "trademark",
    "holder": "x",
    "is_holder": True,
    "proof": "x",
    "right_expires_on": "2030-01-01",
}
BAD_DAYS = ["2025-02-29", "20300101", "2030-1-1", "tomorrow", "", 20300101, None, True]


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_day_that_is_none_is_turned_away(there: House, day: Any) -> None:
    facts = {**RIGHT, "right_expires_on": day}

    said = turned_away(
        there,
        BadInput,
        lambda: there.orchestrator.open(
            "rights_registration", docket="h", by="complainant", facts=facts
        ),
    )

    assert "right_expires_on: a date" in said
    assert f"got {day!r}" in said


BAD_AMOUNTS = [
    *("0", "-1", "1.005", "1e3x", "NaN", "Infinity", "-0.00", "1,50", "", " ", "1" * 30),
    *(0, -3, True, None, [], 1.005, Decimal("1E+400")),
]


@pytest.fixture(scope="module")
def fines() -> Iterator[House]:
    """The fines example: what it is paid with is Money."""
    sys.path.insert(0, str(ROOT / "examples/fines"))
    workflows = load(["fines"]).versions.values()
    rulebook = {"calendar": "rome", "fine": {"penalty": {"days": 60}}}
    with house("2012-01-02 10:00", workflows=workflows, rulebook=rulebook) as found:
        facts = {"amount": "35.00", "article": "157"}
        found.orchestrator.open("fine", docket="fine-1", by="officer", facts=facts, case="F1")
        yield found
    sys.path.remove(str(ROOT / "examples/fines"))


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_an_amount_that_is_none_is_turned_away(fines: House, amount: Any) -> None:
    said = turned_away(
        fines,
        BadInput,
        lambda: fines.orchestrator.inject("F1", "pay", by="offender", facts={"amount": amount}),
    )

    wanted = (
        "amount: an amount greater than 0 with at most two places, such as 300.00, got",
        "amount: an amount less than 1,000,000,000,000,000, got",
    )
    assert any(words in said for words in wanted), said


@pytest.mark.parametrize("amount", ["12.50", "12.5", 12.5, Decimal("12.50")])
def test_one_amount_written_in_several_ways_is_the_same_payment(fines: House, amount: Any) -> None:
    answer = fines.orchestrator.preview("F1", "pay", by="offender", facts={"amount": amount})

    assert not answer.refused


def test_money_is_kept_as_text_of_two_places(fines: House) -> None:
    fines.orchestrator.inject("F1", "pay", by="offender", facts={"amount": 12.5})
    fines.orchestrator.inject("F1", "pay", by="offender", facts={"amount": "0.1"})

    assert fines.orchestrator.case("F1")["data"]["paid"] == "12.60"


def test_a_long_text_is_not_repeated_in_the_sentence_that_turns_it_away(fines: House) -> None:
    with pytest.raises(BadInput) as raised:
        fines.orchestrator.inject("F1", "pay", by="offender", facts={"amount": "9" * 10_000})

    assert len(str(raised.value)) < SENTENCE


# -- names --------------------------------------------------------------------------------------

BAD_NAMES = [NUL, SURROGATE, "", " ", " x", "x ", "a\nb", "\x7f", "x" * 201, 7, None, ["x"]]


def bad_names(*fields: str, may_be_missing: str) -> list[tuple[str, Any]]:
    """Every bad name in every field; what may be missing may be None."""
    pairs = [(field, name) for field in fields for name in BAD_NAMES]
    return [pair for pair in pairs if pair != (may_be_missing, None)]


@pytest.mark.parametrize(
    ("field", "name"), bad_names("docket", "by", "case", may_be_missing="case"), ids=ascii
)
def test_a_name_that_is_none_is_turned_away_when_a_case_is_opened(
    there: House, field: str, name: Any
) -> None:
    given = {"docket": "shop-2", "by": "complainant", "case": "B", field: name}

    said = turned_away(
        there,
        BadInput,
        lambda: there.orchestrator.open("ip_complaint", facts=FILING, assume=True, **given),
    )

    assert said.startswith(
        f"{field}: a name of 1 to 200 characters without control characters, got "
    )
    assert len(said) < SENTENCE


@pytest.mark.parametrize(
    ("field", "name"),
    bad_names("case", "event", "by", "idempotency key", may_be_missing="idempotency key"),
    ids=ascii,
)
def test_a_name_that_is_none_is_turned_away_when_an_event_is_sent(
    there: House, field: str, name: Any
) -> None:
    given = {"case": "A", "event": "withdraw", "by": "complainant", field: name}

    said = turned_away(
        there,
        BadInput,
        lambda: there.orchestrator.inject(
            given["case"], given["event"], by=given["by"], key=given.get("idempotency key")
        ),
    )

    assert said.startswith(f"{field}: a name of 1 to 200 characters")


@pytest.mark.parametrize("look", ["cases", "deadlines", "standing", "verify"])
def test_a_docket_with_a_lone_surrogate_is_turned_away_when_it_is_looked_for(
    there: House, look: str
) -> None:
    with pytest.raises(Trouble):
        getattr(there.orchestrator, look)(docket=SURROGATE)


def test_ids_that_are_made_here_cannot_be_taken(there: House) -> None:
    said = turned_away(there, BadInput, lambda: files_a_complaint(there, "shop-1.7", "shop-2"))

    assert said == "case: ids that end in a dot and a number are made here, got 'shop-1.7'"


def test_one_name_written_in_two_forms_of_unicode_is_one_docket(there: House) -> None:
    files_a_complaint(there, "B", "cafe\u0301")
    files_a_complaint(there, "C", "caf\u00e9")

    assert {c["docket"] for c in there.orchestrator.cases()} == {"shop-1", "caf\u00e9"}


def test_a_case_id_that_is_taken_is_a_conflict_in_every_docket(there: House) -> None:
    for docket in ("shop-1", "shop-2"):
        said = turned_away(
            there, Conflict, lambda docket=docket: files_a_complaint(there, "A", docket)
        )
        assert said == "case 'A' is there already"


def test_an_unknown_rulebook_is_named_with_the_known_ones(there: House) -> None:
    said = turned_away(
        there, Trouble, lambda: files_a_complaint(there, "B", "shop-2", rulebook="nothing")
    )

    assert "seed-2022" in said
    assert "'nothing'" in said


# -- idempotency keys ---------------------------------------------------------------------------


@pytest.mark.fault(51)
def test_a_repeated_key_gives_the_first_answer_and_writes_nothing(there: House) -> None:
    first = there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"}, key="k")
    before = everything(there)
    there.move_to("2025-06-01 00:00")  # much would have happened on the way

    again = there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"}, key="k")

    assert again.as_data() == {**first.as_data(), "repeated": True}
    assert everything(there) == before


def test_a_refusal_is_repeated_too(there: House) -> None:
    facts = {"grounds": "x"}
    first = there.orchestrator.inject("A", "appeal", by="respondent", facts=facts, key="k")
    there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"})

    again = there.orchestrator.inject("A", "appeal", by="respondent", facts=facts, key="k")

    assert (again.refused, again.reason, again.repeated) == (True, first.reason, True)


CONFLICTS = [
    ("inject", {"case": "A", "event": "uphold", "by": "staff", "facts": {"lane": "severe"}}),
    ("inject", {"case": "A", "event": "reject", "by": "staff", "facts": {"reason": "x"}}),
    ("inject", {"case": "B", "event": "uphold", "by": "staff", "facts": {"lane": "minor"}}),
    ("open", {"workflow": "complainant_registration", "docket": "h", "by": "staff"}),
]


@pytest.mark.fault(52)
@pytest.mark.parametrize(("act", "given"), CONFLICTS)
def test_the_same_key_with_any_other_content_is_a_conflict(
    there: House, act: str, given: dict[str, Any]
) -> None:
    files_a_complaint(there, "B", "shop-1")
    there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"}, key="k")
    if act == "open":
        given = {**given, "facts": {"kind": "person", "name": "x", "identity_document": "x"}}

    said = turned_away(there, Conflict, lambda: getattr(there.orchestrator, act)(**given, key="k"))

    assert said == "idempotency key 'k' of staff was used for something else"


@pytest.mark.fault(52)
def test_a_key_belongs_to_its_caller(there: House) -> None:
    there.orchestrator.inject("A", "uphold", by="staff", facts={"lane": "minor"}, key="k")

    answer = there.orchestrator.inject("A", "withdraw", by="complainant", key="k")

    assert (answer.repeated, answer.state) == (False, "withdrawn")


def test_facts_that_say_the_same_in_another_order_are_the_same_act(there: House) -> None:
    given = {"docket": "shop-2", "by": "complainant", "case": "B", "assume": True, "key": "k"}
    there.orchestrator.open("ip_complaint", facts=FILING, **given)

    backwards = dict(reversed(FILING.items()))
    answer = there.orchestrator.open("ip_complaint", facts=backwards, **given)

    assert answer.repeated


# -- through the command line -------------------------------------------------------------------

UPHOLD = ("inject", "A", "uphold", "--by", "staff", "--facts")
JSON_FACTS = [
    (2, '{"lane": NaN}', "--facts: a JSON object, got '{\"lane\": NaN}' (NaN is no number)"),
    (2, '{"lane": -Infinity}', "(-Infinity is no number)"),
    (2, '{"lane": "minor", "lane": "severe"}', "(lane stands twice)"),
    (2, '{"a": {"b": 1, "b": 2}}', "(b stands twice)"),
    (2, '{"lane": "minor"', "--facts: a JSON object, got"),
    (2, "lane=minor", "--facts: a JSON object, got 'lane=minor'"),
    (2, "[]", "--facts: a JSON object, got []"),
    (2, "null", "--facts: a JSON object, got null"),
    (2, "", "--facts: a JSON object, got ''"),
    (2, '{"a":' * 100_000 + "1" + "}" * 100_000, "--facts: a JSON object, got"),
    (2, "[" * 100_000, "--facts: a JSON object, got"),
    (2, '{"a": ' + "9" * 5_000 + "}", "--facts: a JSON object, got"),
    (4, '{"lane": 9223372036854775808}', "facts.lane: a whole number within ±2^53, got 922337203"),
    (4, '{"lane": "minor\\u0000"}', "facts.lane: text without NUL characters"),
    (4, '{"lane": "\\ud800"}', "facts.lane: text without lone surrogates, got '\\ud800'"),
    (4, '{"lane": "wide"}', "lane: one of 'general', 'minor' or 'severe', got 'wide'"),
    (4, '{"lane": 1e400}', "lane: one of 'general', 'minor' or 'severe', got '1E+400'"),
    (4, "{}", "ip_complaint uphold: lane: required, and missing"),
]


@pytest.mark.parametrize(
    ("code", "facts", "words"),
    JSON_FACTS,
    ids=[facts[:30] or "nothing" for _, facts, _ in JSON_FACTS],
)
def test_facts_from_the_command_line_that_cannot_be_taken(
    busy: Cli, code: int, facts: str, words: str
) -> None:
    before = busy.everything()

    ran = busy(*UPHOLD, facts)

    assert (ran.code, ran.out) == (code, "")
    assert words in ran.said
    assert len(ran.said) < SENTENCE
    assert busy.everything() == before


def test_a_number_with_an_exponent_beyond_all_bounds_is_turned_away(busy: Cli) -> None:
    ran = busy(*UPHOLD, '{"lane": 1e99999999999999999999}')

    assert ran.code in (2, 4)
    assert "a bug of ours" not in ran.said


def test_facts_from_a_file_are_read_as_strictly(busy: Cli) -> None:
    (busy.folder / "f.json").write_bytes(b'{"lane": "\xff"}')
    (busy.folder / "n.json").write_text('{"lane": NaN}', "utf-8")

    not_utf8, no_number = busy(*UPHOLD, "@f.json"), busy(*UPHOLD, "@n.json")

    assert (not_utf8.code, no_number.code) == (2, 2)
    assert "--facts: f.json cannot be read" in not_utf8.said
    assert "NaN is no number" in no_number.said


BAD_INSTANTS = [
    "2025-03-08T00:00:00",
    "2025-03-08",
    "2025-02-30T00:00:00Z",
    "2025-03-08T24:00:01Z",
    "2025-03-08T00:00:00+25:00",
    "2025-03-08T00:00:00.1234567Z",
    "1899-12-31T00:00:00Z",
    "9001-01-01T00:00:00Z",
    "２０２５-03-08T00:00:00Z",
    "now",
    "",
    "1741392000",
]


DATE = "2025-03-08"  # `deadlines --until` takes one: to the end of that day


@pytest.mark.parametrize(
    ("words", "instant"),
    [(("forecast", "A", "--until"), instant) for instant in BAD_INSTANTS]
    + [(("deadlines", "--until"), instant) for instant in BAD_INSTANTS if instant != DATE],
)
def test_an_instant_that_is_none_is_an_unreadable_command_line(
    busy: Cli, instant: str, words: tuple[str, ...]
) -> None:
    ran = busy(*words, instant)

    assert (ran.code, ran.out) == (2, "")
    assert ran.said.startswith("error: --until: ")
    assert f"got {instant!r}" in ran.said


def test_a_naive_instant_is_told_that_its_offset_is_missing(busy: Cli) -> None:
    ran = busy("deadlines", "--until", "2025-03-08T00:00:00")

    assert "(its offset is missing)" in ran.said


def test_a_naive_now_is_an_unreadable_command_line(busy: Cli) -> None:
    ran = busy.bare("--now", "2025-03-08T00:00:00", "case", "list")

    assert ran.code == 2
    assert ran.said.startswith("error: --now: an instant such as")


@pytest.mark.parametrize(
    "words",
    [
        ("open", "ip_complaint", "--docket", SURROGATE, "--by", "complainant"),
        ("inject", "A", SURROGATE, "--by", "staff"),
        ("inject", "A", "uphold", "--by", SURROGATE),
        ("inject", SURROGATE, "uphold", "--by", "staff"),
        ("inject", "A", "withdraw", "--by", "complainant", "--idempotency-key", SURROGATE),
    ],
    ids=ascii,
)
def test_bytes_that_are_no_text_are_turned_away_in_every_name(
    busy: Cli, words: tuple[str, ...]
) -> None:
    ran = busy(*words, "--facts", json.dumps(FILING) if words[0] == "open" else "{}")

    assert (ran.code, ran.out) == (4, "")
    assert "got 'a\\udcffb'" in ran.said


LOOKS = [
    ("case", "show", SURROGATE),
    ("forecast", SURROGATE),
    ("case", "list", "--docket", SURROGATE),
    ("case", "list", "--state", SURROGATE),
    ("deadlines", "--docket", SURROGATE),
    ("journal", "export", "--docket", SURROGATE),
    ("journal", "verify", "--docket", SURROGATE),
    ("journal", "replay", SURROGATE),
    ("journal", "heads", "export", SURROGATE),
    ("journal", "verify", "--heads", SURROGATE),
    ("outbox", "list", "--docket", SURROGATE),
]


@pytest.mark.parametrize("words", LOOKS, ids=ascii)
def test_bytes_that_are_no_text_are_turned_away_when_something_is_looked_for(
    busy: Cli, words: tuple[str, ...]
) -> None:
    ran = busy(*words)

    assert ran.code in (0, 2, 3, 4)
    assert "a bug of ours" not in ran.said


def test_a_line_of_history_that_is_no_text_is_rejected(busy: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(b'{"at": "\xff"}\n')

    ran = busy("replay", "bad.jsonl", "--rejects", "rejects.jsonl")

    assert ran.code == 1
    assert "line 1: UTF-8 text, got bytes that are none" in ran.out
    assert '"text": "{\\"at\\": \\"\ufffd\\"}"' in (tmp_path / "rejects.jsonl").read_text("utf-8")
