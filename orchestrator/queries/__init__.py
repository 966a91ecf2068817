"""What only looks: cases, deadlines with their reasons, forecasts, journals, and the proof of them.

Nothing here writes.
"""

from orchestrator.queries.cases import Cases
from orchestrator.queries.forecasts import Forecasts
from orchestrator.queries.journals import Journals

__all__ = ["Queries"]


class Queries(Cases, Forecasts, Journals):
    """Looks at what an engine moves."""
