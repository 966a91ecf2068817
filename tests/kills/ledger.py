"""What was acknowledged, written down before it counts, and what went wrong on the way."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.kills.inputs import Given


class Ledger:
    """One for all senders. An answer that is given again must be the first one, byte for byte."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "acknowledged.jsonl").open("a", encoding="utf-8")
        self.answers: dict[str, str] = {}  # key → the first answer, as text
        self.given: dict[str, Given] = {}  # key → what was acknowledged under it
        self.away: dict[str, str] = {}  # key → why it was turned away
        self.faults: list[str] = []
        self.repeated = self.pauses = self.not_now = 0
        self.kills: Counter[tuple[str, str]] = Counter()  # (kind, where)
        self.started: Counter[str] = Counter()

    def hears(self, given: Given, told: dict[str, Any]) -> bool:
        """Take down what a sender was told; False: it has to be sent again."""
        if "unavailable" in told:
            if "is being replayed" not in told["unavailable"]:
                self.faults.append(f"{given['key']}: {told['unavailable']}")
            self.not_now += 1
            return False
        if "turned_away" in told:
            self._turned_away(given, told["turned_away"])
            return True
        self._answered(given, told["answer"])
        return True

    def _turned_away(self, given: Given, why: str) -> None:
        if given.get("conflicts"):
            if "was used for something else" not in why:
                self.faults.append(f"{given['key']}, other content: no conflict but {why}")
            return
        if given["key"] in self.answers:
            self.faults.append(f"{given['key']} was acknowledged, and then turned away: {why}")
        self.away[given["key"]] = why

    def _answered(self, given: Given, answer: dict[str, Any]) -> None:
        key, repeated = given["key"], answer.pop("repeated")
        text = json.dumps(answer, ensure_ascii=False)
        if given.get("conflicts"):
            self.faults.append(f"{key}: other content under the same key was answered {text}")
        if self.answers.setdefault(key, text) != text:
            self.faults.append(f"{key}: first {self.answers[key]}, then {text}")
        if key in self.away:
            self.faults.append(f"{key} was turned away ({self.away[key]}), and then done")
        self.given[key] = given
        self.repeated += repeated
        self._file.write(f"{key} {text}\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()
