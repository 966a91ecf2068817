"""What every test needs: a frozen clock must not stop those who wait for real (LIBRARIES.md)."""

import freezegun

freezegun.configure(
    extend_ignore_list=["sqlalchemy.util.queue", "psycopg_pool", "asyncio", "_pytest"]
)
