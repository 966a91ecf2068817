"""Where a history comes from, and what makes it the same history again: its lines, from the first.

A replay knows how many lines it has behind it and their digest. A source that begins with the very
same lines is that history, so a mended or a longer file goes on where the replay stopped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Protocol

from orchestrator.errors import Unreadable


class Source(Protocol):
    """Lines that can be read more than once."""

    name: str

    def lines(self) -> Iterator[str]: ...


class FileSource:
    """The lines of a file, one at a time."""

    def __init__(self, path: Path) -> None:
        """raises   Unreadable: no such file"""
        if not path.is_file():
            raise Unreadable(f"{path}: a file of JSON Lines, got none there")
        self._path = path
        self.name = path.name

    def lines(self) -> Iterator[str]:
        """A byte that is no UTF-8 comes as a lone surrogate: its line alone is turned away.

        raises   Unreadable: it cannot be read
        """
        try:
            with self._path.open(encoding="utf-8", errors="surrogateescape") as file:
                yield from file
        except OSError as error:
            raise Unreadable(f"{self._path}: cannot be read ({error.strerror})") from None


class ListSource:
    """Lines that are in memory already."""

    def __init__(self, lines: Iterable[str], name: str = "a list of lines") -> None:
        self._lines = list(lines)
        self.name = name

    def lines(self) -> Iterator[str]:
        yield from self._lines


class Digest:
    """The digest of lines as they come; a last line without its end is the same line."""

    def __init__(self) -> None:
        self._hash = sha256()

    def take(self, lines: Iterable[str]) -> None:
        whole = "".join([line.rstrip("\r\n") + "\n" for line in lines])
        self._hash.update(whole.encode("utf-8", "surrogateescape"))

    def text(self) -> str:
        return self._hash.hexdigest()


def digests_at(source: Source, positions: Collection[int]) -> tuple[dict[int, str], int]:
    """The digest of the first so many lines, for each position, and how many lines there are."""
    found: dict[int, str] = {}
    digest, count, lines = Digest(), 0, source.lines()
    for position in sorted(positions):
        count += _digest_next(digest, lines, position - count)
        if count == position:
            found[position] = digest.text()
    return found, count + sum(1 for _ in lines)


def digest_of_first(source: Source, position: int) -> Digest:
    """The digest of the first so many lines, to go on from."""
    digest = Digest()
    _digest_next(digest, source.lines(), position)
    return digest


def _digest_next(digest: Digest, lines: Iterator[str], most: int, at_once: int = 10_000) -> int:
    taken = 0
    while chunk := list(islice(lines, min(at_once, most - taken))):
        digest.take(chunk)
        taken += len(chunk)
    return taken
