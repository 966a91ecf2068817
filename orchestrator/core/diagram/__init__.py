"""What moves cases drawn from itself. Strings out, nothing else.

A definition, three ways: Mermaid, Graphviz, SVG. A drawing cannot go stale: it is printed from the
very data that moves cases, and the golden files in tests/golden make a changed drawing a change to
review. All three are told in the order of the chapters; a way or a timer that leads on is an arrow,
what only happens inside a state is a note beside it, and a destination that depends on the case is
a diamond with an arrow to each state it may pick. What holds in every state leaves from one place
of that name, not from each of them. And a journal, as a timeline.
"""

from orchestrator.core.diagram.drawing import svg
from orchestrator.core.diagram.palette import STYLE, TIMELINE_STYLE
from orchestrator.core.diagram.text import dot, mermaid
from orchestrator.core.diagram.timeline import timeline

__all__ = ["STYLE", "TIMELINE_STYLE", "dot", "mermaid", "svg", "timeline"]
