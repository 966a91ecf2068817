"""`simulate`: a story told in steps, played on a virtual clock, with what should come of it.

`form` reads the file, `simulation` plays it with the engine itself on an empty database in memory,
`expectations` tells every unmet one in a sentence (DESIGN 7.1).
"""

from orchestrator.scenario.form import Expect, Scenario, Step, read_scenario
from orchestrator.scenario.simulation import Outcome, Report, Simulation, simulate

__all__ = [
    "Expect",
    "Outcome",
    "Report",
    "Scenario",
    "Simulation",
    "Step",
    "read_scenario",
    "simulate",
]
