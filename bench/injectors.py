"""Injectors: threads in closed loops, each sending its next event when the last is acknowledged.

An injector owns the dockets whose number, modulo the number of injectors, is its own: the order in
one docket is always the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import perf_counter

Send = Callable[[int], object]


def closed_loop(
    owners: Sequence[int], injectors: int, prepare: Callable[[], Send]
) -> tuple[float, list[float]]:
    """Send event after event; gives the seconds it took, and those of each acknowledgement.

    owners   the docket's number of each event, in order
    prepare  called in each thread: gives what sends the n-th event
    """
    latencies: list[list[float]] = [[] for _ in range(injectors)]
    errors: list[BaseException] = []
    together = threading.Barrier(injectors + 1)

    def loop(me: int) -> None:
        try:
            send = prepare()
            mine = [n for n, owner in enumerate(owners) if owner % injectors == me]
            together.wait()
            for n in mine:
                began = perf_counter()
                send(n)
                latencies[me].append(perf_counter() - began)
        except BaseException as error:  # noqa: BLE001  raised again by the thread that waits
            errors.append(error)
            together.abort()

    threads = [threading.Thread(target=loop, args=(me,)) for me in range(injectors)]
    for thread in threads:
        thread.start()
    try:
        together.wait()
    except threading.BrokenBarrierError:
        raise errors[0] from None
    began = perf_counter()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - began
    if errors:
        raise errors[0]
    return seconds, [latency for mine in latencies for latency in mine]
