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
