"""The penalty rules of both rulebooks (RULES 4.4), by hand, for the tests of ledger and standing."""

from __future__ import annotations

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
