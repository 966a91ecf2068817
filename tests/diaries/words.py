"""What is sent together, under one name; a line says the rest itself."""

TAKEN_DOWN = ("take_down_listings", "both: upheld")
DELETED = ("delete_listings", "both: upheld")
RESTRICTED = ("delete_listings", "restrict_account", "both: upheld", "respondent: standing")
CLOSED = ("delete_listings", "close_account", "both: upheld", "respondent: standing")
TOLD = ("respondent: standing",)  # what changed in the account's standing
LIFTED = ("lift_restriction", *TOLD)
CALLED_IN = ("staff: intervention", "both: intervention")
RECEIVED = ("complainant: received",)
LATE = ("staff: review_limit_level_1", "complainant: delayed")
VERY_LATE = ("staff: review_limit_level_2",)
KNOWN = (*RECEIVED, "complainant: approve", *RECEIVED, "complainant: confirm")
FORWARDED = ("complainant: appeal_forwarded",)
FINAL = ("both: final",)
UNDONE = ("restore_listings", "both: withdrawn")
LATE_DECISION = ("staff: decision_limit_level_1", "complainant: delayed")
CALLED_IN_AGAIN = ("staff: second_appeal", *CALLED_IN)
OVERTURNED = ("restore_listings", "both: overturned")
# Filed and upheld at one instant:
COSTS = (*RECEIVED, *TAKEN_DOWN, *TOLD)
FREE = (*RECEIVED, *TAKEN_DOWN)
RESTRICTS = (*RECEIVED, "take_down_listings", "restrict_account", "both: upheld", *TOLD)
CLOSES = (*RECEIVED, "take_down_listings", "close_account", "both: upheld", *TOLD)
STRIKES = (*RECEIVED, *RESTRICTED)
# Orders:
RECEIVED_ORDER = ("buyer: received",)
REMINDED = ("buyer: after_sales_reminder",)


def went(state: str) -> tuple[str, str]:
    """Both parties of an order are told where their dispute went."""
    return f"buyer: {state}", f"seller: {state}"


DUE = ("request_refund", *went("refund_due"))
PAID = ("pay_from_deposit", *went("refunded"))
PARTLY_PAID = ("pay_from_deposit", *went("partly_refunded"))
TOPPED_UP = ("seller: deposit_topped_up",)
RETAINED = ("seller: deposit_retained",)
RELEASED = ("seller: deposit_released",)
