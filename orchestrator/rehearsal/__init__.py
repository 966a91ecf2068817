"""What real dockets would have come to under another rulebook; nothing is written."""

from orchestrator.rehearsal.compared import Change, Deadline, Decided, Difference
from orchestrator.rehearsal.rehearsal import Rehearsal
from orchestrator.rehearsal.stage import Stage, Wish
from orchestrator.rehearsal.totals import KINDS, Totals, as_data

__all__ = [
    "KINDS",
    "Change",
    "Deadline",
    "Decided",
    "Difference",
    "Rehearsal",
    "Stage",
    "Totals",
    "Wish",
    "as_data",
]
