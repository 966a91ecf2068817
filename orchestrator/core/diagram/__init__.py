"""A definition drawn from itself, three ways: Mermaid, Graphviz, SVG. Strings out, nothing else.

A drawing cannot go stale: it is printed from the very data that moves cases, and the golden files
in tests/golden make a changed drawing a change to review. All three are told in the order of the
chapters; a way or a timer that leads on is an arrow, what only happens inside a state is a note
beside it, and a destination that depends on the case is a diamond with an arrow to each state it
may pick. What holds in every state leaves from one place of that name, not from each of them.
"""

from orchestrator.core.diagram.drawing import svg
from orchestrator.core.diagram.palette import STYLE
from orchestrator.core.diagram.text import dot, mermaid

__all__ = ["STYLE", "dot", "mermaid", "svg"]
