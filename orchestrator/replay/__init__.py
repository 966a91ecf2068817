"""`replay`: recorded history, applied in order on a clock of its own (DESIGN 7.2).

Each line of a JSON Lines file opens a case or sends an event at its own instant. Lines are taken in
slices: grouped by docket, run by the very same core, saved in one commit a slice. Order is per
docket. A refusal by the rules is an outcome; a line that cannot be read, or comes before its
docket's clock, is a reject: reported with its number and reason, and the rest goes on. How far it
has come is kept in the same commits, so that a kill at any statement loses and doubles nothing.
"""

from orchestrator.replay.history import Replay, Replayed
from orchestrator.replay.lines import Line, Rejected
from orchestrator.replay.progress import give_up
from orchestrator.replay.source import FileSource, ListSource, Source

__all__ = [
    "FileSource",
    "Line",
    "ListSource",
    "Rejected",
    "Replay",
    "Replayed",
    "Source",
    "give_up",
]
