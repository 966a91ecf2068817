"""Processes of their own that really end: what no exception handler sees."""

from __future__ import annotations

import os
from collections.abc import Callable


def dies_in_a_child(act: Callable[[], object]) -> bool:
    """Let a process of its own act; True: it died there, by `os._exit(9)` or by a signal."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) in (0, 9)
    return status != 0
