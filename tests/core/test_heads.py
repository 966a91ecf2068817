"""Heads that were kept elsewhere: how their file is written and read, and what they find (law 7)."""

from hashlib import sha256

import pytest

from orchestrator.core.heads import (
    BadHeads,
    Head,
    Kept,
    Preface,
    Seen,
    missed,
    written,
)

PREFACE = Preface("4f0c2a9e51d7b386", "2025-03-08T09:00:00+08:00", 3)
HASHES = ["ab" * 32, "cd" * 32]
HEADS = [
    Head("holder 1", 12, HASHES[0]),
    Head("holder-2", 0, ""),
    Head("店铺", 7, HASHES[1]),
]
LINES = list(written(PREFACE, HEADS))


def said_of(lines):
    """What is said of a file that is not whole."""
    with pytest.raises(BadHeads) as caught:
        list(Kept(lines))
    return str(caught.value)


def sealed(lines):
    """The same lines with a digest that is right."""
    text = "".join(lines[:-1])
    return [*lines[:-1], f"# sha256 {sha256(text.encode()).hexdigest()}\n"]


def test_a_file_of_heads_has_a_line_for_each_docket_between_a_preface_and_a_digest():
    assert LINES[:-1] == [
        "# orchestrator heads 1\n",
        "# database 4f0c2a9e51d7b386\n",
        "# exported 2025-03-08T09:00:00+08:00\n",
        "# dockets 3\n",
        f"{HASHES[0]}  12  holder 1\n",
        "-  0  holder-2\n",
        f"{HASHES[1]}  7  店铺\n",
    ]


def test_its_last_line_is_the_digest_of_all_lines_above_it():
    assert sealed(LINES) == LINES


def test_what_was_written_is_read():
    kept = Kept(LINES)

    assert (kept.preface, list(kept)) == (PREFACE, HEADS)


def test_a_last_line_may_come_without_its_end():
    assert list(Kept([*LINES[:-1], LINES[-1].rstrip("\n")])) == HEADS


def test_no_docket_at_all_is_a_file_too():
    nothing = PREFACE._replace(dockets=0)

    assert list(Kept(written(nothing, []))) == []


def test_an_empty_file_is_none():
    assert said_of([]) == (
        "line 1: # orchestrator heads 1, which begins a file of heads, got an empty file"
    )


def test_a_file_of_another_version_is_told_by_its_version():
    said = said_of(["# orchestrator heads 2\n", *LINES[1:]])

    assert said == "line 1: version 1 of such files, got version '2'"


def changed(n, line):
    return [*LINES[:n], line, *LINES[n + 1 :]]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (changed(0, "PK\x03\x04\n"), "line 1: # orchestrator heads 1, which begins a file of"),
        (changed(1, "# base x\n"), "line 2: # database …, got '# base x'"),
        (changed(2, "# exported yesterday\n"), "line 3: an instant such as"),
        (changed(3, "# dockets many\n"), "line 4: # dockets and how many, got 'many'"),
        (LINES[:3], "line 4: # dockets …, got the end of the file: it was cut"),
        (LINES[:6], "line 7: a head, or # sha256 and the digest of the lines above, got the end"),
        (changed(4, "abcd  12  holder 1\n"), "line 5: a hash, a number and a docket, with two"),
        (changed(4, f"{HASHES[0]} 12 holder 1\n"), "line 5: a hash, a number and a docket"),
        (changed(4, f"{HASHES[0]}  12  \udcff\n"), "line 5: a hash, a number and a docket"),
        (changed(4, f"{HASHES[0]}  0  holder 1\n"), "line 5: a hash where there are entries, and"),
        (changed(4, "-  12  holder 1\n"), "line 5: a hash where there are entries, and - where"),
        (changed(5, LINES[4]), "line 6: a docket behind 'holder 1', in order and each once"),
        ([*LINES, "more\n"], "line 9: nothing below the digest, got another line"),
        (changed(4, "x" * 3_000 + "\n"), "xxx…"),
    ],
)
def test_a_damaged_file_is_told_with_the_line(lines, said):
    assert said in said_of(lines)


def test_a_head_that_was_changed_is_found_by_the_digest():
    said = said_of(changed(4, f"{HASHES[1]}  12  holder 1\n"))

    assert said.startswith("line 8: # sha256 ")
    assert "the file was changed" in said


def test_a_digest_that_is_right_does_not_make_up_for_a_head_that_is_gone():
    said = said_of(sealed([*LINES[:5], *LINES[6:]]))

    assert said == "line 7: 3 heads above, as line 4 says, got 2"


def test_heads_of_another_database_are_told():
    said = str(Kept(LINES).other_database("0123456789abcdef"))

    assert said == ("line 2: heads of this database, 0123456789abcdef, got '4f0c2a9e51d7b386'")


HEAD = HEADS[0]


@pytest.mark.parametrize(
    "seen", [Seen(12, HASHES[0]), Seen(99, HASHES[0])], ids=["as it was", "grown"]
)
def test_a_journal_that_has_what_was_kept_is_whole(seen):
    assert missed(HEAD, seen) is None


def test_a_docket_that_was_only_read_must_still_be_there():
    assert missed(HEADS[1], Seen(0, None)) is None
    assert missed(HEADS[1], Seen(4, None)) is None
    assert missed(HEADS[1], None) is not None


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (None, "docket holder 1: docket gone: found no such docket, wanted one with 12 entries"),
        (Seen(11, None), "docket holder 1: cut: found 11 entries, wanted 12 or more"),
        (Seen(1, None), "docket holder 1: cut: found 1 entry, wanted 12 or more"),
        (Seen(12, HASHES[1]), "docket holder 1: rewritten: found hash cdcdcdcdcdcd… of entry 12"),
        (Seen(13, None), "docket holder 1: rewritten: found no entry 12, wanted hash abababababab"),
    ],
    ids=["gone", "cut", "cut to one", "rewritten", "taken out"],
)
def test_what_is_lost_is_named(seen, said):
    lost = missed(HEAD, seen)

    assert str(lost).startswith(said)
