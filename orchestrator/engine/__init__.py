"""The engine: load, ask the core, save. One road for a person's event and for a due timer.

`ground` is what every act stands on, `arriving` reads what comes in, `acts` decides one input of a
person or a system, `taking` takes many at a time (at the `desk`), `passing` lets time pass for
whatever is due (and `tries` says what it is at). A docket is locked before it is read, the receipt
of an input is stamped under that lock, and everything one input causes is one commit (laws 1, 4, 8).
"""

from orchestrator.engine.passing import Passing, Tally
from orchestrator.engine.taking import Taking

__all__ = ["Engine", "Tally"]


class Engine(Taking, Passing):
    """Moves cases. What only looks is in `queries`."""
