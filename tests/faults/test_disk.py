"""Power and disk (rows 3, 4 and 6): what is cut off, flipped, or not taken under a database."""

from __future__ import annotations

import random
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from orchestrator.daemon import Daemon
from orchestrator.db import sqlite
from orchestrator.errors import Unavailable
from tests.daemon import herd
from tests.doors.house import House, empty_database, everything, files_a_complaint, house
from tests.faults.processes import Voice, children

WHEN, MAY = "2025-03-03 10:00", "2025-05-01 00:00"
CUTS, FLIPS = 60, 60


class Lived:
    """A history on a file: its bytes as they lie on the disk, and all that it was on the way."""

    def __init__(self, path: Path) -> None:
        self.moments: list[tuple[int, dict[str, Any]]] = []  # (bytes of the WAL, all rows)
        self.folder = path.parent
        with house(WHEN, path=empty_database(path)) as there:
            self.keeps(there)
            for n in range(8):
                files_a_complaint(there, f"A{n}", f"shop-{n % 3}")
                self.keeps(there)
                facts = {"lane": ("minor", "severe")[n % 2]}
                there.orchestrator.inject(f"A{n}", "uphold", by="staff", facts=facts, key=f"k{n}")
                self.keeps(there)
            there.move_to("2025-03-20 00:00")
            there.orchestrator.engine.advance_batch()
            self.keeps(there)
            self.heads = heads(there)
            self.file = path.read_bytes()
            self.wal = _wal(path).read_bytes()

    def keeps(self, there: House) -> None:
        path = _wal(sqlite.path_of(there.orchestrator.store.url) or Path())
        size = path.stat().st_size if path.exists() else 0
        self.moments.append((size, everything(there)))

    def left(self, file: bytes, wal: bytes) -> Path:
        """A disk with just these bytes."""
        path = self.folder / "left.db"
        path.write_bytes(file)
        _wal(path).write_bytes(wal)
        path.with_name("left.db-shm").unlink(missing_ok=True)
        return path


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def heads(there: House) -> set[tuple[str, int, str]]:
    """The last entry of each docket, as `journal export` tells it to whoever keeps it elsewhere."""
    found = {
        e["docket"]: (e["docket"], e["seq"], e["hash"])
        for e in there.orchestrator.queries.journal()
    }
    return set(found.values())


def entries(there: House) -> set[tuple[str, int, str]]:
    return {(e["docket"], e["seq"], e["hash"]) for e in there.orchestrator.queries.journal()}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    return Lived(tmp_path_factory.mktemp("lived") / "lived.db")


@pytest.mark.fault(3)
@pytest.mark.slow
def test_a_power_loss_at_any_byte_leaves_every_commit_that_was_answered_and_no_half_of_another(
    lived: Lived,
) -> None:
    dice = random.Random(20261124)
    kept = [rows for _, rows in lived.moments]
    sizes = [size for size, _ in lived.moments]
    cuts = [*sizes, *(size - 1 for size in sizes[1:])]
    cuts += [dice.randrange(len(lived.wal) + 1) for _ in range(CUTS)]
    for cut in cuts:
        torn = dice.randbytes(dice.choice((0, 0, 4_000)))  # what was never synced is anything
        with house(WHEN, path=lived.left(lived.file, lived.wal[:cut] + torn)) as there:
            found = kept.index(everything(there))

            assert found == max(n for n, size in enumerate(sizes) if size <= cut)
            assert there.orchestrator.verify() == []


@pytest.mark.fault(4)
@pytest.mark.slow
def test_a_flipped_byte_of_the_wal_never_shortens_a_journal_unseen(lived: Lived) -> None:
    dice = random.Random(20261124)
    shorter = 0
    for _ in range(FLIPS):
        wal = bytearray(lived.wal)
        wal[dice.randrange(len(wal))] ^= 1 << dice.randrange(8)
        with house(WHEN, path=lived.left(lived.file, bytes(wal))) as there:
            whole = everything(there) == lived.moments[-1][1]
            shorter += not whole

            assert there.orchestrator.verify() == []  # it is clean, and alone would say nothing
            assert whole == (lived.heads <= entries(there))
    assert shorter > FLIPS // 2


@pytest.mark.fault(4)
def test_a_flipped_byte_of_any_entry_in_the_file_is_found(lived: Lived) -> None:
    path = lived.left(lived.file, lived.wal)
    with house(WHEN, path=path) as there:
        contents = [row[0].encode() for row in there.rows("SELECT content FROM journal")]
    whole = path.read_bytes()  # its last user checkpointed it
    for content in contents:
        spoilt = bytearray(whole)
        spoilt[whole.index(content) + len(content) // 2] ^= 1

        assert _is_found(lived.left(bytes(spoilt), b""))


def _is_found(path: Path) -> bool:
    """Whether `verify` tells of a fault, or the database itself does."""
    try:
        with house(WHEN, path=path) as there:
            return there.orchestrator.verify() != []
    except (Unavailable, DatabaseError, ValueError):
        return True


def fails_from_here(path: Path) -> None:
    """The disk takes no byte more: the kernel answers EFBIG, SQLite `disk I/O error`."""
    size = _wal(path).stat().st_size
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1_000, most))


def works_again() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.fault(6)
def test_after_an_i_o_error_nothing_is_written_and_the_next_act_has_a_handle_of_its_own(
    tmp_path: Path,
) -> None:
    path = empty_database(tmp_path / "io.db")

    def does(voice: Voice) -> None:
        with house(WHEN, path=path) as there:
            files_a_complaint(there)
            before = everything(there)
            opened: list[Any] = []
            event.listen(there.orchestrator.store.engine, "connect", lambda *_: opened.append(1))
            fails_from_here(path)
            try:
                files_a_complaint(there, "B", "shop-2")
            except Unavailable as trouble:
                voice.says(str(trouble))
            works_again()
            voice.says(f"{everything(there) == before} {len(opened)}")
            files_a_complaint(there, "B", "shop-2")
            voice.says(f"{there.orchestrator.verify()} {len(opened)}")

    with children(does) as (child,):
        assert child.hears() == f"sqlite:///{path} cannot be used (disk I/O error)"
        assert child.hears() == "True 0"
        assert child.hears() == "[] 1"
        assert child.ends() == 0


@pytest.mark.fault(6)
def test_a_daemon_whose_disk_has_failed_stops(tmp_path: Path) -> None:
    path = herd.make(tmp_path / "herd.db", 8)

    def does(voice: Voice) -> None:
        with house(MAY, path=path) as there:
            with there.orchestrator.store.write() as tx:
                tx.one("UPDATE dockets SET clock = clock")  # there is a WAL
            daemon = Daemon(there.orchestrator)
            fails_from_here(path)
            daemon.passes()
            voice.says(f"{daemon._stopping.is_set()}")

    with children(does) as (child,):
        assert child.hears() == "True"
