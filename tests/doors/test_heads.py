"""`journal heads export` and `journal verify --heads`: what is kept, what is told, how it ends."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli import heads as heads_cli
from orchestrator.core.heads import Kept, written
from orchestrator.core.journal import Fault
from orchestrator.db.store import ReadTx
from orchestrator.queries import heads, proofs
from tests.doors.conftest import Cli
from tests.doors.house import CONFIG, FILING, empty_database, files_a_complaint, house

KEPT = "heads.txt"
VERIFY = ("journal", "verify", "--heads", KEPT)
CUT = (
    "DELETE FROM journal WHERE docket = 'shop-1' AND seq > 1",
    "UPDATE dockets SET seq = 1, head_hash = (SELECT hash FROM journal WHERE docket = key)",
)
GONE = (
    "DELETE FROM timers WHERE docket = 'shop-2'",
    "DELETE FROM cases WHERE docket = 'shop-2'",
    "DELETE FROM outbox WHERE docket = 'shop-2'",
    "DELETE FROM journal WHERE docket = 'shop-2'",
    "DELETE FROM dockets WHERE key = 'shop-2'",
)


def touched(cli: Cli, *statements: str) -> None:
    """Somebody opens the file with an editor of databases."""
    with closing(sqlite3.connect(cli.path)) as file:
        for text in statements:
            file.execute(text)
        file.commit()


@pytest.fixture
def kept(busy: Cli) -> Cli:
    """Complaint A of shop-1 was upheld, B of shop-2 is filed; the heads are kept."""
    busy.files("B", "shop-2")
    given = ("--by", "staff", "--facts", '{"lane": "severe"}')
    assert busy("inject", "A", "uphold", *given, now="2025-03-04 10:00").code == 0
    assert busy("journal", "heads", "export", KEPT).code == 0
    return busy


def kept_text(cli: Cli) -> str:
    return (cli.folder / KEPT).read_text("utf-8")


# -- export -------------------------------------------------------------------------------------


def test_a_file_of_heads_can_be_read_and_proven_without_this_program(kept: Cli) -> None:
    *lines, last = kept_text(kept).splitlines(keepends=True)
    rows = kept.rows("SELECT head_hash, seq, key FROM dockets ORDER BY key")

    assert [line.split()[1:2] for line in lines[:4]] == [
        ["orchestrator"],
        ["database"],
        ["exported"],
        ["dockets"],
    ]
    assert lines[2:4] == ["# exported 2025-03-04T10:00:00+08:00\n", "# dockets 2\n"]
    assert lines[4:] == [f"{head}  {seq}  {key}\n" for head, seq, key in rows]
    assert last == f"# sha256 {sha256(''.join(lines).encode()).hexdigest()}\n"


def test_the_heads_on_stdout_are_those_of_the_file(kept: Cli) -> None:
    text = kept_text(kept)

    assert kept("journal", "heads", "export").out == text
    assert kept("journal", "heads", "export", "-").out == text


def test_programs_are_given_one_document(kept: Cli) -> None:
    printed = kept("journal", "heads", "export", "-o", "json").json
    written = kept("journal", "heads", "export", "other.txt", "-o", "json").json

    assert [head["docket"] for head in printed["heads"]] == ["shop-1", "shop-2"]
    assert (printed["dockets"], printed["database"]) == (2, written["database"])
    assert written["file"] == "other.txt"
    assert written["sha256"] in (kept.folder / "other.txt").read_text("utf-8").splitlines()[-1]


def test_people_are_told_what_is_in_the_file_and_what_to_do_with_it(cli: Cli) -> None:
    ran = cli("journal", "heads", "export", KEPT)

    assert ran.out.startswith("0 heads in heads.txt; the digest is ")
    assert "`orchestrator journal verify --heads heads.txt` compares" in ran.out
    assert cli(*VERIFY).code == 0


def test_kept_heads_are_not_written_over_but_by_force(kept: Cli) -> None:
    before = kept_text(kept)
    kept.files("C", "shop-3")

    ran = kept("journal", "heads", "export", KEPT)

    assert (ran.code, ran.out, kept_text(kept)) == (4, "", before)
    assert "heads.txt is there already" in ran.said
    assert kept("journal", "heads", "export", KEPT, "--force").code == 0
    assert "# dockets 3" in kept_text(kept)


@pytest.mark.parametrize("place", ["nowhere/heads.txt", "/proc/heads.txt"])
def test_a_place_that_cannot_be_written_is_told(kept: Cli, place: str) -> None:
    ran = kept("journal", "heads", "export", place)

    assert (ran.code, ran.out) == (2, "")
    assert f"{place}: cannot be written (" in ran.said


def test_a_disk_that_is_full_leaves_neither_half_a_file_nor_another_in_its_place(
    kept: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(kept.folder.iterdir())

    def is_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(heads_cli.os, "fsync", is_full)
    ran = kept("journal", "heads", "export", "more.txt")

    assert "more.txt: cannot be written (No space left on device)" in ran.said
    assert sorted(kept.folder.iterdir()) == before


SLOW = """
import sys
from orchestrator.cli import heads, main

def stops(kept):
    for head in kept:
        print("began", flush=True)
        sys.stdin.read()
        yield head

heads._counted = lambda kept, each: stops(kept)
main.run()
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill"])
def test_an_export_that_was_interrupted_wrote_no_file(kept: Cli, number: signal.Signals) -> None:
    words = ["--config", str(CONFIG), "--database", f"sqlite:///{kept.path}"]
    words += ["journal", "heads", "export", "new.txt"]
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "began\n"
        child.send_signal(number)
        child.communicate()

    assert child.returncode != 0
    assert not (kept.folder / "new.txt").exists()
    if number is signal.SIGINT:
        assert list(kept.folder.glob(".new.txt*")) == []


# -- verify -------------------------------------------------------------------------------------


def test_what_is_as_it_was_kept_has_no_fault(kept: Cli) -> None:
    ran, found = kept(*VERIFY), kept(*VERIFY, "-o", "json").json

    assert ran.code == 0
    assert "no faults" in ran.out
    assert (
        "2 heads of Tue 2025-03-04 10:00:00 +08:00: everything that they know is still there"
    ) in ran.out
    assert found["faults"] == []
    assert found["heads"]["faults"] == []
    assert (found["heads"]["dockets"], found["heads"]["new"]) == (2, 0)


def test_dockets_that_the_heads_do_not_know_are_new_and_no_fault(kept: Cli) -> None:
    for n in range(22):
        kept.files(f"N{n:02}", f"new-{n:02}")
    assert kept("inject", "B", "withdraw", "--by", "complainant").code == 0

    ran, found = kept(*VERIFY), kept(*VERIFY, "-o", "json").json

    assert ran.code == 0
    assert "22 dockets new since: new-00, new-01," in ran.out
    assert "new-19 and 2 more" in ran.out
    assert (found["heads"]["new"], len(found["heads"]["newest"])) == (22, 20)


@pytest.mark.fault(4)
@pytest.mark.parametrize(
    ("statements", "docket", "fault", "said"),
    [
        (CUT, "shop-1", "cut", "docket shop-1: cut: found 1 entry, wanted"),
        (GONE, "shop-2", "docket gone", "docket shop-2: docket gone: found no such docket"),
        (
            ("UPDATE journal SET hash = '00' WHERE docket = 'shop-2'",),
            "shop-2",
            "rewritten",
            "docket shop-2: rewritten: found hash 00… of entry 1",
        ),
    ],
    ids=["cut", "docket gone", "rewritten"],
)
def test_what_is_lost_is_named(
    kept: Cli, statements: tuple[str, ...], docket: str, fault: str, said: str
) -> None:
    touched(kept, *statements)

    ran, found = kept(*VERIFY), kept(*VERIFY, "-o", "json").json

    assert ran.code == 1
    assert said in ran.out
    assert "1 docket not as it was kept" in ran.out
    (one,) = found["heads"]["faults"]
    assert (one["docket"], one["fault"]) == (docket, fault)


def test_heads_that_are_there_say_nothing_of_what_was_spoilt_below_them(kept: Cli) -> None:
    touched(kept, "UPDATE journal SET by = 'nobody' WHERE docket = 'shop-1' AND seq = 2")

    ran = kept(*VERIFY)

    assert ran.code == 1
    assert "the hashes that they know are still there, but see the faults above" in ran.out


def test_a_docket_that_is_gone_with_all_that_was_its_is_found_by_heads_alone(kept: Cli) -> None:
    touched(kept, *GONE)

    assert kept("journal", "verify").code == 0
    assert kept(*VERIFY).code == 1


def test_one_docket_is_compared_alone(kept: Cli) -> None:
    touched(kept, *GONE)

    other = kept(*VERIFY, "--docket", "shop-1")
    gone = kept(*VERIFY, "--docket", "shop-2")

    assert (other.code, "its head of Tue 2025-03-04" in other.out) == (0, True)
    assert (gone.code, "docket shop-2: docket gone" in gone.out) == (1, True)
    assert kept(*VERIFY, "--docket", "nobody").code == 3


def test_a_new_docket_is_told_as_new_when_it_is_asked_for_alone(kept: Cli) -> None:
    kept.files("C", "shop-3")

    ran = kept(*VERIFY, "--docket", "shop-3")

    assert (ran.code, "1 docket new since: shop-3" in ran.out) == (0, True)


def test_a_docket_that_was_only_read_is_kept_too(cli: Cli) -> None:
    given = ("--docket", "shop-1", "--by", "complainant", "--facts")
    assert (
        cli("open", "ip_complaint", *given, json.dumps(FILING)).code == 4
    )  # refused: nobody is approved
    assert cli("journal", "heads", "export", KEPT).code == 0

    assert "-  0  holder-1" in kept_text(cli)
    assert cli(*VERIFY).code == 0
    touched(cli, "DELETE FROM dockets WHERE key = 'holder-1'")
    assert "docket holder-1: docket gone" in cli(*VERIFY).out


# -- files that are none ------------------------------------------------------------------------


def damaged(text: str) -> Iterator[tuple[str, bytes, str]]:
    """What may have become of a file, and what is said of it."""
    lines = text.splitlines(keepends=True)
    whole = text.encode()
    yield "empty", b"", "heads.txt, line 1: # orchestrator heads 1, which begins a file of heads"
    yield "another", b"hello\n", "heads.txt, line 1: # orchestrator heads 1"
    yield "bytes", b"\xff\xfe\n", "heads.txt, line 1: # orchestrator heads 1"
    yield "version", whole.replace(b"heads 1", b"heads 2"), "got version '2'"
    yield "cut", whole[: len(whole) // 2], "heads.txt, line 5: "
    yield "no digest", "".join(lines[:-1]).encode(), "line 7: a head, or # sha256"
    yield "a head less", "".join([*lines[:4], *lines[5:]]).encode(), "line 6: # sha256 "
    yield "a number", whole.replace(b"  1  shop-2", b"  0  shop-2"), "line 6: a hash where"
    yield "a seq", whole.replace(b"  1  shop-2", b"  2  shop-2"), "the file was changed"
    yield "a name", whole.replace(b"shop-2", b"shop-3"), "line 7: # sha256 "
    yield "line ends", whole.replace(b"\n", b"\r\n"), "got version '1\\r'"
    yield "more", whole + b"\n", "line 8: nothing below the digest"
    yield "database", whole.replace(lines[1].encode(), b"# database 0\n"), "line 2: heads of this"


def test_a_damaged_file_of_heads_is_told_with_its_line_and_nothing_is_claimed(kept: Cli) -> None:
    for what, content, said in damaged(kept_text(kept)):
        (kept.folder / KEPT).write_bytes(content)

        ran = kept(*VERIFY)

        assert (ran.code, ran.out) == (2, ""), what
        assert said in ran.said, what


def test_heads_of_another_database_are_told(kept: Cli, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    assert kept("db", "upgrade", database=other).code == 0
    assert kept("case", "list", database=other).code == 0

    ran = kept(*VERIFY, database=other)

    assert (ran.code, ran.out) == (2, "")
    assert "heads.txt, line 2: heads of this database, " in ran.said


def test_a_copy_is_the_same_database(kept: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(kept.path)) as file, closing(sqlite3.connect(copy)) as made:
        file.backup(made)

    assert kept(*VERIFY, database=f"sqlite:///{copy}").code == 0


@pytest.mark.parametrize("file", ["nothing.txt", "."])
def test_a_file_that_cannot_be_read_is_told(kept: Cli, file: str) -> None:
    ran = kept("journal", "verify", "--heads", file)

    assert (ran.code, ran.out) == (2, "")
    assert f"--heads: {file} cannot be read (" in ran.said


# -- many dockets -------------------------------------------------------------------------------


@pytest.mark.slow
def test_more_dockets_than_are_read_at_once_are_all_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "SLICE", 4)
    monkeypatch.setattr(proofs, "BATCH", 3)
    monkeypatch.setattr(proofs, "MOST_ENTRIES", 5)
    batches: list[int] = []
    chains = proofs._chains

    def counted(tx: ReadTx, batch: dict[str, Any], *more: Any) -> Iterator[Fault]:
        batches.append(len(batch))
        return chains(tx, batch, *more)

    monkeypatch.setattr(proofs, "_chains", counted)
    with house(path=empty_database(tmp_path / "many.db")) as there:
        queries = there.orchestrator.queries
        for n in range(0, 30, 2):
            files_a_complaint(there, f"A{n}", f"shop-{n:02}")
        kept = list(written(*queries.heads()))
        for n in range(1, 30, 2):
            files_a_complaint(there, f"A{n}", f"shop-{n:02}")
        seen: list[int] = []
        compared = queries.compare_heads(Kept(kept), None, seen.append)
        count, faults = queries.verify()
        with there.orchestrator.store.write() as tx:
            tx.one("UPDATE journal SET hash = 'x' WHERE docket IN ('shop-00', 'shop-28')")
        again = queries.compare_heads(Kept(kept))

        assert (compared.lost, compared.new) == ([], 15)
        assert compared.newest == [f"shop-{n:02}" for n in range(1, 30, 2)]
        assert seen == [4, 8, 12, 15]
        assert (count, faults) == (30, [])
        assert (sum(batches), max(batches)) == (30, 3)
        assert [one.docket for one in again.lost] == ["shop-00", "shop-28"]
