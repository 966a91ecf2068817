"""What only looks: cases, deadlines with their reasons, forecasts, journals, and the proof of them.

Nothing here writes.
"""

from orchestrator.queries.cases import Cases
from orchestrator.queries.deadlines import Deadlines
from orchestrator.queries.forecasts import Forecasts
from orchestrator.queries.heads import Heads
from orchestrator.queries.journals import Journals
from orchestrator.queries.lists import CaseLists
from orchestrator.queries.paging import Page
from orchestrator.queries.proofs import Proofs
from orchestrator.queries.retold import Retold
from orchestrator.queries.timelines import Timelines

__all__ = ["Page", "Queries"]


class Queries(Cases, CaseLists, Deadlines, Forecasts, Heads, Journals, Proofs, Retold, Timelines):
    """Looks at what an engine moves."""
