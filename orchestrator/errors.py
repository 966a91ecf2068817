"""The few kinds of trouble that leave the engine, each with the exit code that a door answers.

A refusal by a rule is none of these: it is a value, an answer to a person (`values.Refusal`).
"""

from __future__ import annotations


class Trouble(Exception):
    """Something a door must tell its user in one sentence. `exit_code` as in DESIGN 7."""

    exit_code = 1


class BadInput(Trouble):
    """Turned away before anything was locked: nothing was written, the key is free."""

    exit_code = 4


class Unreadable(Trouble):
    """A command line, file, instant or JSON text that cannot be read."""

    exit_code = 2


class NotFound(Trouble):
    """No such workflow, case or docket."""

    exit_code = 3


class Conflict(Trouble):
    """The same key with other content, or an id that is taken."""

    exit_code = 4


class Unavailable(Trouble):
    """The database cannot be reached, is full, busy, or of another schema."""

    exit_code = 5


class DiskFailed(Unavailable):
    """Reading or writing the file itself failed: who runs on must open it anew, best by a start."""


class BadConfig(Trouble):
    """Settings, rulebooks or calendars with errors: all of them at once."""

    exit_code = 1

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("\n".join(errors))
