"""Rulebooks for tests: the shipped one with some values changed, as the next version or by a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from orchestrator.core.journal import canonical
from orchestrator.core.rules import Rulebook
from orchestrator.rulebook import rulebook_from
from tests.doors.house import parts

Text = tuple[Rulebook, str]


def shipped(name: str = "seed-2022") -> Text:
    """A rulebook of config, with its text."""
    return next(pair for pair in parts().shelf.rulebooks if pair[0].name == name)


def changed(
    values: Mapping[str, Any], *, of: str = "seed-2022", sections: Any = None, **head: Any
) -> Text:
    """A shipped rulebook with other values.

    values   by `section.key`, for instance `account_standing.general.first`
    head     name, version, effective_from, calendar, where they are others
    """
    content = json.loads(shipped(of)[1]) | head
    for path, value in values.items():
        *way, last = path.split(".")
        table = content
        for key in way:
            table = table[key]
        if value is None:
            del table[last]
        else:
            table[last] = deepcopy(value)
    text = canonical(content)
    return rulebook_from(text, sections or parts().registry.sections), text
