"""What every test needs: a frozen clock stops nobody who waits for real, and is thawed."""

from collections.abc import Generator

import freezegun
import pytest

from tests.clocks import off_s

freezegun.configure(
    extend_ignore_list=["sqlalchemy.util.queue", "psycopg_pool", "asyncio", "_pytest"]
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """After each test, when all of its fixtures are gone, the real clock must be back."""
    yield
    off = off_s()

    assert off < 1, f"a clock is {off:.0f} s off: it is frozen still"
