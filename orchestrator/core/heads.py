"""Heads kept elsewhere: the last hash of each docket, in a file that people can read and prove.

A chain shows that nothing inside it was touched. It cannot show that it was longer once, nor that
all of it was written anew; whoever has kept its last hash elsewhere can (law 7). A file of heads
says of which database it is and when it was made, has one line a docket in the order of their keys,
and ends with the digest of all its lines, so that a damaged file is told from a damaged journal:

    # orchestrator heads 1
    # database 4f0c2a9e51d7b386
    # exported 2025-03-08T09:00:00+08:00
    # dockets 2
    9b74c9897bac770ffc029102a200c5de2e7a1f5c1d3b0a4e8f6d7c2b1a09f8e7  12  holder-1
    -  0  holder-2
    # sha256 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

from orchestrator.core.instants import BadInstant, parse_instant

NAME, VERSION = "# orchestrator heads", "1"
NO_ENTRY = "-"  # the hash of a docket that was only ever read

_HEAD = re.compile(r"([0-9a-f]{64}|-)  (\d{1,18})  (.+)", re.ASCII)


class BadHeads(ValueError):
    """What is no whole file of heads: the line, what was wanted there, what came."""


class Preface(NamedTuple):
    """What a file of heads says before them."""

    database: str
    exported_at: str
    dockets: int


class Head(NamedTuple):
    """The end of one docket's journal. A docket that was only ever read has no entry: 0, no hash."""

    docket: str
    seq: int
    hash: str


class Seen(NamedTuple):
    """What a database has of a docket: how far its journal goes, and the hash at a kept head."""

    last: int
    hash: str | None


class Lost(NamedTuple):
    """A docket that is not what it was when its head was kept."""

    docket: str
    seq: int
    fault: str  # cut, rewritten, docket gone
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"docket {self.docket}: {self.fault}: found {self.found}, wanted {self.wanted}"


def missed(head: Head, seen: Seen | None) -> Lost | None:
    """What a kept head finds; None: the journal is there, as far as that head knows it.

    seen   None: there is no such docket any more
    """
    key, seq, kept = head
    if seen is None:
        return Lost(key, seq, "docket gone", "no such docket", f"one with {_entries(seq)} or more")
    if seen.last < seq:
        return Lost(key, seq, "cut", _entries(seen.last), f"{seq} or more")
    if seq and seen.hash != kept:
        found = f"hash {seen.hash[:12]}… of entry {seq}" if seen.hash else f"no entry {seq}"
        return Lost(key, seq, "rewritten", found, f"hash {kept[:12]}…, as it was kept")
    return None


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def written(preface: Preface, heads: Iterable[Head]) -> Iterator[str]:
    """The lines of a file of heads."""
    digest = sha256()
    for line in _lines(preface, heads):
        digest.update(line.encode())
        yield line
    yield f"# sha256 {digest.hexdigest()}\n"


def _lines(preface: Preface, heads: Iterable[Head]) -> Iterator[str]:
    yield f"{NAME} {VERSION}\n"
    yield f"# database {preface.database}\n"
    yield f"# exported {preface.exported_at}\n"
    yield f"# dockets {preface.dockets}\n"
    for head in heads:
        yield f"{head.hash or NO_ENTRY}  {head.seq}  {head.docket}\n"


class Kept:
    """A file of heads as it is read: its preface at once, its heads one by one.

    That the file is whole is known when the last head has been taken, and not before.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """raises   BadHeads"""
        self._left = iter(lines)
        self._digest = sha256()
        self._number = 0
        self._first()
        database, exported_at = self._said("database"), self._said("exported")
        try:
            parse_instant(exported_at)
        except BadInstant as error:
            raise BadHeads(f"line {self._number}: {error}") from None
        dockets = self._said("dockets")
        if not re.fullmatch(r"\d{1,18}", dockets, re.ASCII):
            raise self._bad("# dockets and how many", _short(dockets))
        self.preface = Preface(database, exported_at, int(dockets))

    def __iter__(self) -> Iterator[Head]:
        """raises   BadHeads"""
        before, count = "", 0
        while True:
            digest = self._digest.hexdigest()
            line = self._line("a head, or # sha256 and the digest of the lines above")
            if line.startswith("# sha256 "):
                break
            head = self._head(line)
            if head.docket <= before:
                raise self._bad(
                    f"a docket behind {_short(before)}, in order and each once", _short(line)
                )
            before, count = head.docket, count + 1
            yield head
        if line != f"# sha256 {digest}":
            raise self._bad(f"# sha256 {digest[:12]}…: the file was changed", _short(line))
        if count != self.preface.dockets:
            raise self._bad(f"{self.preface.dockets} heads above, as line 4 says", f"{count}")
        if next(self._left, None) is not None:
            self._number += 1
            raise self._bad("nothing below the digest", "another line")

    def other_database(self, mine: str) -> BadHeads:
        """The heads are those of another database than the one at hand."""
        return BadHeads(f"line 2: heads of this database, {mine}, got {self.preface.database!a}")

    def _first(self) -> None:
        wanted = f"{NAME} {VERSION}, which begins a file of heads"
        first = self._line(wanted)
        if first != f"{NAME} {VERSION}":
            version = first.removeprefix(f"{NAME} ")
            if version != first:
                raise self._bad(f"version {VERSION} of such files", f"version {_short(version)}")
            raise self._bad(wanted, _short(first))

    def _said(self, word: str) -> str:
        line = self._line(f"# {word} …")
        said = line.removeprefix(f"# {word} ")
        if said == line:
            raise self._bad(f"# {word} …", _short(line))
        return said

    def _head(self, line: str) -> Head:
        found = _HEAD.fullmatch(line)
        wanted = "a hash, a number and a docket, with two spaces between them"
        if found is None or any("\ud800" <= c <= "\udfff" for c in line):
            raise self._bad(wanted, _short(line))
        kept, seq = found[1], int(found[2])
        if (kept == NO_ENTRY) != (seq == 0):
            raise self._bad(
                "a hash where there are entries, and - where there are none", _short(line)
            )
        return Head(found[3], seq, "" if kept == NO_ENTRY else kept)

    def _line(self, wanted: str) -> str:
        line = next(self._left, None)
        self._number += 1
        if line is None:
            got = "an empty file" if self._number == 1 else "the end of the file: it was cut"
            raise BadHeads(f"line {self._number}: {wanted}, got {got}")
        self._digest.update(line.encode("utf-8", "surrogateescape"))
        return line.removesuffix("\n")

    def _bad(self, wanted: str, got: str) -> BadHeads:
        return BadHeads(f"line {self._number}: {wanted}, got {got}")


def _short(text: str) -> str:
    plain = ascii(text)
    return plain if len(plain) <= 80 else f"{plain[:77]}…"
