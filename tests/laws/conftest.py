"""How hard the laws are tried: LAWS_EXAMPLES raises every count (make soak), CI stays the same."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("LAWS_EXAMPLES") or "0")

settings.register_profile(
    "laws",
    max_examples=EXAMPLES or 16,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
if os.environ.get("LAWS_FAST_FAIL"):  # say what failed first, do not shrink it
    settings.register_profile("laws", settings.get_profile("laws"), phases=[Phase.generate])
settings.load_profile("laws")
