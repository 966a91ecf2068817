"""The journal's canonical form and its chain: whatever is touched is found (law 7)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import journal as module
from orchestrator.core.journal import GENESIS, Fault, canonical, chained, digest, verify_chain
from orchestrator.core.values import Entry

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


def journal(length=5, docket="shop-1"):
    entries, head = [], GENESIS
    for seq in range(1, length + 1):
        entry = Entry(
            docket, seq, "A", 1_000 * seq, "event", "note", "staff", "s", "s", f'{{"n":{seq}}}', ""
        )
        head = chained(head, *entry[:-1])
        entries.append(entry._replace(hash=head))
    return entries


def faults(entries, *, seq=None, head=None):
    whole = journal()
    return [
        str(fault)
        for fault in verify_chain(
            "shop-1",
            entries,
            whole[-1].seq if seq is None else seq,
            whole[-1].hash if head is None else head,
        )
    ]


# -- canonical form ---------------------------------------------------------------------------


def test_the_canonical_form_sorts_keys_leaves_no_spaces_and_keeps_characters():
    assert canonical({"b": [1, None, True], "a": "假货"}) == '{"a":"假货","b":[1,null,true]}'


@given(JSON)
def test_the_canonical_form_is_a_fixed_point(value):
    text = canonical(value)

    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_is_no_json_is_never_written(value):
    with pytest.raises((ValueError, TypeError)):
        canonical(value)


def test_a_digest_is_sha_256_of_the_text():
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# -- the chain --------------------------------------------------------------------------------


def test_an_untouched_journal_has_no_fault():
    assert faults(journal()) == []


def test_an_empty_journal_has_no_fault():
    assert faults([], seq=0, head=GENESIS) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("docket", "shop-2"),
        ("case", "B"),
        ("case", None),
        ("effective_at", 3_001),
        ("kind", "message"),
        ("name", "other"),
        ("by", "admin"),
        ("from_state", "t"),
        ("to_state", None),
        ("content", '{"n":4}'),
        ("hash", "0" * 64),
    ],
)
def test_an_edit_of_any_column_is_found_where_it_was_made(field, value):
    entries = journal()
    entries[2] = entries[2]._replace(**{field: value})

    assert faults(entries)[0].startswith("docket shop-1, entry 3: found hash ")


def test_an_edit_that_mends_its_own_hash_is_found_at_the_next_entry():
    entries = journal()
    edited = entries[2]._replace(content='{"n":99}')
    entries[2] = edited._replace(hash=chained(entries[1].hash, *edited[:-1]))

    assert [fault.split(":")[0] for fault in faults(entries)] == ["docket shop-1, entry 4"]


def test_an_edit_of_the_last_entry_that_mends_its_hash_is_found_by_the_head():
    entries = journal()
    edited = entries[4]._replace(content='{"n":99}')
    entries[4] = edited._replace(hash=chained(entries[3].hash, *edited[:-1]))

    assert [fault.split(" ", 4)[:4] for fault in faults(entries)] == [
        ["docket", "shop-1,", "entry", "5:"]
    ]


def test_a_gap_is_found():
    entries = journal()
    del entries[2]

    assert "docket shop-1, entry 4: found entry 4, wanted entry 3" in faults(entries)


def test_a_first_entry_that_is_gone_is_found():
    assert "docket shop-1, entry 2: found entry 2, wanted entry 1" in faults(journal()[1:])


def test_a_reorder_is_found():
    entries = journal()
    entries[1], entries[2] = entries[2], entries[1]

    assert "docket shop-1, entry 3: found entry 3, wanted entry 2" in faults(entries)


def test_entries_that_changed_places_and_numbers_are_found():
    entries = journal()
    entries[1], entries[2] = entries[2]._replace(seq=2), entries[1]._replace(seq=3)

    assert "docket shop-1, entry 2: found hash" in faults(entries)[0]
    assert "docket shop-1, entry 3: found instant 2000, wanted 3000 or later" in faults(entries)


@pytest.mark.parametrize("left", range(5))
def test_a_cut_tail_is_found(left):
    assert faults(journal()[:left]) == [
        f"docket shop-1, entry {left}: found a journal of {left} entries, wanted 5 entries"
    ]


def test_a_clock_that_goes_back_is_found_though_every_hash_is_right():
    entries, head = [], GENESIS
    for seq, instant in enumerate([1_000, 2_000, 1_999], 1):
        entry = Entry("shop-1", seq, None, instant, "event", "n", "staff", None, None, "{}", "")
        head = chained(head, *entry[:-1])
        entries.append(entry._replace(hash=head))

    found = list(verify_chain("shop-1", entries, 3, head))

    assert found == [Fault("shop-1", 3, "instant 1999", "2000 or later")]


def test_a_fault_is_a_sentence():
    said = str(Fault("shop-1", 3, "entry 3", "entry 2"))

    assert said == "docket shop-1, entry 3: found entry 3, wanted entry 2"


def test_a_python_without_the_encoder_in_c_writes_the_same_texts(monkeypatch):
    value = {"b": ["五粮液", None, True, 1, {"z": "\u2028", "a": '"'}], "a": "é"}
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)

    assert module._encoder()(value) == canonical(value)
