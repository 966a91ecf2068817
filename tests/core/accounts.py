"""The penalty rules of both rulebooks (RULES 4.4) by hand, and an account that is told of complaints."""

from __future__ import annotations

from orchestrator.core.values import Message
from orchestrator.core.workflow import FactsModel, on, opens, state
from tests.core.builders import Told, rulebook, small, world_of
from workflows.account_standing import ACCOUNT_STANDING, summary
from workflows.ledger import Rules

WEEK, FORTNIGHT, MONTH, YEAR = ({"hours": days * 24} for days in (7, 15, 30, 365))

SEED = Rules.model_validate(
    {
        "general": {"scope": "respondent", "first": 8, "later": 8, "free_window": {"days": 5}},
        "minor": {"points": 1, "cap": 2, "cap_window": {"hours": 24}},
        "severe": {"restrictions": [WEEK, FORTNIGHT]},
    }
)
PRACTICE = Rules.model_validate(
    {
        "general": {
            "scope": "complainant_and_right",
            "first": 4,
            "later": 8,
            "free_window": {"days": 5},
        },
        "minor": {"points": 1, "cap": 2, "cap_window": {"hours": 24}},
        "severe": {"restrictions": [WEEK, FORTNIGHT], "valid": YEAR},
        "points_valid": YEAR,
        "thresholds": [
            {"points": 12, "does": "warn"},
            {"points": 24, "does": "restrict", "restrict": WEEK},
            {"points": 36, "does": "restrict", "restrict": FORTNIGHT},
            {"points": 48, "does": "restrict", "restrict": MONTH},
            {"points": 60, "does": "close"},
        ],
    }
)


# -- an account -------------------------------------------------------------------------------


class News(FactsModel):
    what: str
    complaint: str
    lane: str = "severe"
    right: str = "TM-1"
    holder: str = "holder-1"
    filed_at: str | None = None


def pass_on(case, event, view):
    """What the docket's complaints would tell the standing."""
    told = {"complaint": event.facts.complaint}
    if event.facts.what == "violation_upheld":
        told |= {
            "lane": event.facts.lane,
            "filed_at": event.facts.filed_at or view.text(view.at),
            "complainant": event.facts.holder,
            "right_id": event.facts.right,
            "rulebook": case.rulebook,
        }
    yield Message("account_standing", event.facts.what, told, to_the_one=True)


HERALD, HERALD_RULES = small(
    state("calling", on("tell", "staff", needs=News, do=[pass_on]), open_ended=True),
    name="herald",
    opening=opens("staff"),
)
BOOKS = [
    rulebook("seed", account_standing=SEED, **HERALD_RULES.sections),
    rulebook("practice", account_standing=PRACTICE, **HERALD_RULES.sections),
]
WORLD = world_of(HERALD, ACCOUNT_STANDING, books=BOOKS)


class Account(Told):
    """A docket whose heralds, one for each rulebook, say what becomes of complaints."""

    def __init__(self, *books):
        super().__init__(WORLD)
        self.herald, *_ = books = books or ("seed",)  # the one that speaks
        for book in books:
            self.opens("Wed 2025-01-01 10:00", "herald", "staff", case=book, book=book)

    def upholds(self, when, complaint, lane="severe", **more):
        return self.tells(when, "violation_upheld", complaint, lane=lane, **more)

    def tells(self, when, what, complaint, **more):
        """What was sent at once; what fired on the way is not told."""
        self.passes(when)
        self.sent()
        facts = {"what": what, "complaint": complaint, **more}
        self.says(when, "tell", "staff", facts, case=self.herald)
        return self.sent()

    def waits(self, when):
        self.sent()
        self.passes(when)
        return self.sent()

    @property
    def case(self):
        (standing,) = self.run.cases_of("account_standing")
        return standing

    @property
    def shown(self):
        found = summary(self.case)
        return found["state"], found["points"], found["strikes"], found["restricted_until"]
