"""Law 4: effects leave at least once, always under their key, those of one docket in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.outbox import LEASE_US, RETRY_US, Outbox
from tests.laws.schedules import POINTS, WHO
from tests.laws.seen import meets, met
from tests.laws.stories import APPEALED, FILED, MINUTE, SECOND, STRIKES, Story, stories
from tests.laws.told import told
from tests.laws.world import PROCESSES, Crash, World

ENDS = ("well", "fails", "half", "dies", "answer lost", "hangs", "hangs and fails")
Key = tuple[str, int, int]


class Sending(NamedTuple):
    """One pass of a sender: how long after the one before, by whom, and how it ends."""

    after: int
    who: int
    limit: int
    ends: str
    dies: int | None


sendings = st.builds(
    Sending,
    st.sampled_from((0, SECOND, RETRY_US, LEASE_US - 1, LEASE_US, 2 * MINUTE)),
    WHO,
    st.sampled_from((500, 1, 2, 3)),
    st.sampled_from(ENDS),
    POINTS,
)


class Receiver:
    """Somebody far away: it keeps all that arrives, and may be down, slow, or cut off."""

    name = "log"

    def __init__(self, world: World) -> None:
        self.world = world
        self.arrived: list[tuple[Key, dict[str, Any]]] = []
        self.ends = "well"
        self.before: dict[Key, tuple[str, int]] = {}

    def send(self, effects: Sequence[dict[str, Any]]) -> None:
        ends, self.ends = self.ends, "well"
        met(f"a sending that {ends}")
        if ends.startswith("hangs"):
            self._another_takes_over()
        if ends == "dies":
            raise Crash
        received = {"fails": 0, "half": (len(effects) + 1) // 2}.get(ends, len(effects))
        for effect in effects[:received]:
            key = effect["docket"], effect["seq"], effect["n"]
            self.arrived.append((key, effect))
        if ends not in ("well", "hangs"):
            raise OSError(ends)

    def _another_takes_over(self) -> None:
        """Longer than the lease lasts: another sender takes what this one still believes to have."""
        who = self.world.who
        self.world.move_to(self.world.clock.now() + LEASE_US + 1)
        self.world.turn_to((who + 1) % PROCESSES)
        sender(self.world, self).deliver()
        self.nothing_falls_back()
        self.world.turn_to(who)

    def nothing_falls_back(self) -> None:
        """I15: what is delivered stays so, and a lease's number never falls."""
        found = self.world.rows("SELECT docket, seq, n, status, lease_number FROM outbox")
        now = {(docket, seq, n): (status, number) for docket, seq, n, status, number in found}
        for key, (status, number) in self.before.items():
            assert now[key][0] == status or status == "waiting", f"{key} was delivered, and waits"
            assert now[key][1] >= number, f"{key}: an older lease"
        self.before = now


def sender(world: World, receiver: Receiver) -> Outbox:
    return Outbox(world._store, world.process.clock, receiver, world.orchestrator.outbox._text)


def delivered(story: Story, passes: Sequence[Sending]) -> None:
    """Whatever senders and receiver suffer, each effect arrives in the end, in order, as it was."""
    with World() as world:
        plan = told(story, world, tail=0)
    with World() as world:
        receiver = Receiver(world)
        world.move_to(plan.start)
        for n in range(max(len(plan.inputs), len(passes))):
            for at, act in plan.inputs[n : n + 1]:
                world.turn_to(0)
                world.move_to(at)
                world.act(act)
            for one in passes[n : n + 1]:
                sends(world, receiver, one)
                receiver.nothing_falls_back()
        all_is_quiet(world, receiver)
        receiver.nothing_falls_back()
        everything_has_arrived(world, receiver)


def sends(world: World, receiver: Receiver, one: Sending) -> None:
    world.move_to(world.clock.now() + one.after)
    world.turn_to(one.who)
    receiver.ends = one.ends
    hangs = one.ends.startswith("hangs")  # then others go on; who died cannot be taken over
    world.once(lambda: sender(world, receiver).deliver(one.limit), None if hangs else one.dies)
    receiver.ends = "well"


def all_is_quiet(world: World, receiver: Receiver) -> None:
    for _ in range(100):
        world.move_to(world.clock.now() + LEASE_US)
        if sender(world, receiver).deliver_all().delivered == 0:
            return
    raise AssertionError("a delivery never comes to an end")


def everything_has_arrived(world: World, receiver: Receiver) -> None:
    rows = world.rows("SELECT docket, seq, n, status FROM outbox ORDER BY docket, seq, n")
    assert {status for *_, status in rows} <= {"delivered"}
    first: dict[Key, dict[str, Any]] = {}
    for key, effect in receiver.arrived:
        assert first.setdefault(key, effect) == effect, f"{key} came as something else"
    assert sorted(first) == [(docket, seq, n) for docket, seq, n, _ in rows]
    for docket in {key[0] for key in first}:
        mine = [key for key in first if key[0] == docket]
        assert mine == sorted(mine), f"{docket}: out of order"


@meets([f"a sending that {ends}" for ends in ENDS], ["death at a statement"])
@given(stories((FILED, APPEALED, STRIKES)), st.lists(sendings, min_size=1, max_size=16))
def test_every_effect_arrives_under_its_key_and_in_the_order_of_its_docket(story, passes):
    delivered(story, passes)
