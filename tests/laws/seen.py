"""What a search has met: a batch that never drew some fault, transition or refusal proves little.

Every kind of thing that happens is counted where it happens. A test that is marked `meets` fails
in the long form (200 examples and more) when one of the kinds that it names was never met.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import settings

ENOUGH = 200  # examples; fewer are not expected to meet everything

MET: Counter[str] = Counter()
EXAMPLES: Counter[str] = Counter()  # by test


def met(*kinds: str) -> None:
    """These have happened once more."""
    MET.update(kinds)


def meets(
    *wanted: Iterable[str] | Callable[[], Iterable[str]],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The search of this test meets all of these kinds, when it is long enough.

    Put it above `given`, whose whole run it counts.
    """

    def marked(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def searched(*args: Any, **more: Any) -> None:
            before = Counter(MET)
            test(*args, **more)
            groups = [group() if callable(group) else group for group in wanted]
            kinds = {kind for group in groups for kind in group}
            never = sorted(kind for kind in kinds if MET[kind] == before[kind])
            if settings().max_examples >= ENOUGH:
                assert not never, f"this search never met {', '.join(never)}"

        return searched

    return marked
