"""The canonical form of a journal, its chain of hashes, and the proof that nothing was touched.

What is hashed: the hash before, the columns of the entry but `recorded_at`, and the content as the
very text that is stored. Process and attempt are in no entry, so the chain is the same whoever
wrote it and however often it was tried (law 7).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from orchestrator.core.values import Entry

GENESIS = ""  # the hash before the first entry of a docket

_quote = json.encoder.encode_basestring  # a text as canonical JSON has it


def _encoder() -> Callable[[Any], str]:
    """JSONEncoder makes its C half anew for every text; ours is made once."""
    whole = json.JSONEncoder(
        ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python without the C half
        return whole.encode
    parts = make(None, whole.default, _quote, None, ":", ",", True, False, False)
    return lambda value: "".join(parts(value, 0))


_encode = _encoder()


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, characters as they are."""
    return _encode(value)


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def chained(
    before: str,
    docket: str,
    seq: int,
    case: str | None,
    effective_at: int,
    kind: str,
    name: str,
    by: str,
    from_state: str | None,
    to_state: str | None,
    content: str,
) -> str:
    """The hash of an entry that follows the one whose hash is `before`."""
    texts = (docket, case, kind, name, by, from_state, to_state)
    quoted = ",".join(["null" if text is None else _quote(text) for text in texts])
    return sha256(f"[{before},{seq},{effective_at},{quoted}]\n{content}".encode()).hexdigest()


class Fault(NamedTuple):
    """Something that `verify` found: where, what it found, what it wanted."""

    docket: str
    seq: int
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"docket {self.docket}, entry {self.seq}: found {self.found}, wanted {self.wanted}"


def verify_chain(docket: str, entries: Iterable[Entry], seq: int, head: str) -> Iterator[Fault]:
    """Every gap, edit, reorder or cut tail of one docket's journal (I2 to I4).

    entries   in order of seq
    seq, head what the docket's row says its last entry is
    """
    last, before, clock = 0, GENESIS, None
    for entry in entries:
        if entry.seq != last + 1:
            yield Fault(docket, entry.seq, f"entry {entry.seq}", f"entry {last + 1}")
        wanted = chained(before, *entry[:-1])
        if entry.hash != wanted:
            yield Fault(docket, entry.seq, f"hash {entry.hash[:12]}…", f"hash {wanted[:12]}…")
        if clock is not None and entry.effective_at < clock:
            yield Fault(docket, entry.seq, f"instant {entry.effective_at}", f"{clock} or later")
        last, before, clock = entry.seq, entry.hash, entry.effective_at
    if last != seq:
        yield Fault(docket, last, f"a journal of {last} entries", f"{seq} entries")
    elif before != head:
        yield Fault(docket, last, f"head {before[:12]}…", f"head {head[:12]}…")
