"""What people do in diaries. A deed is called with the world; it acts on the world's subject."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from orchestrator.calendars import with_year
from orchestrator.db import library
from tests.diaries.world import Deed, Refused, World

LISTINGS = ["https://shop-1.example/offer/1.html", "https://shop-1.example/offer/2.html"]


def quiet(world: World) -> None:
    """Nobody does anything."""


def power_cut(world: World) -> None:
    world.power_cut()


def refused(deed: Deed, *words: str) -> Deed:
    """The deed is refused, in a sentence with these words."""

    def deed_is_refused(world: World) -> None:
        with pytest.raises(Refused) as caught:
            deed(world)

        assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)

    return deed_is_refused


def about(case: str, *deeds: Deed) -> Deed:
    """The same deeds, done to another case."""

    def do(world: World) -> None:
        before, world.subject = world.subject, case
        try:
            together(*deeds)(world)
        finally:
            world.subject = before

    return do


second, third, fourth = (partial(about, f"complaint-{n}") for n in (2, 3, 4))


def under(rulebook: str, *deeds: Deed) -> Deed:
    """The same deeds; cases that they open are opened under this rulebook."""

    def do(world: World) -> None:
        before, world.rulebook = world.rulebook, rulebook
        try:
            together(*deeds)(world)
        finally:
            world.rulebook = before

    return do


practised = partial(under, "marketplace-practice")


def together(*deeds: Deed) -> Deed:
    """One after the other, at one instant."""

    def do(world: World) -> None:
        for deed in deeds:
            deed(world)

    return do


def sends(event: str, by: str, **facts: Any) -> Deed:
    """Any event, by anybody."""
    return lambda world: world.sends(event, by, **facts)


# -- the complainant --------------------------------------------------------------------------


def registers_as(holder: str) -> Deed:
    facts = {"kind": "entity", "name": "Holder Ltd", "identity_document": "licence 91330100"}
    return lambda world: world.opens("complainant_registration", holder, "complainant", facts)


registers = registers_as("holder-1")


RIGHT = {
    "right_id": "TM-1",
    "kind": "trademark",
    "holder": "Holder Ltd",
    "is_holder": True,
    "proof": "certificate 1",
    "right_expires_on": "2034-12-31",
}
AGENT = {"is_holder": False, "authorisation": "letter 1", "holder_identity": "licence 2"}


def deposits_right(**facts: Any) -> Deed:
    """TM-1, which holder-1 holds itself until the end of 2034; facts may say otherwise."""
    given = {**RIGHT, **facts}
    return lambda world: world.opens("rights_registration", "holder-1", "complainant", given)


def becomes_known(holder: str = "holder-1", right: str = "TM-1", **facts: Any) -> Deed:
    """Registered and approved, with a confirmed right: `registration-1` and `right-1`."""
    number = holder.removeprefix("holder-")
    registration = {"kind": "entity", "name": holder, "identity_document": "licence"}
    given = {**RIGHT, "right_id": right, **facts}

    def do(world: World) -> None:
        world.opens("complainant_registration", holder, "complainant", registration)
        approves(world)

    def then_do(world: World) -> None:
        world.opens("rights_registration", holder, "complainant", given)
        confirms(world)

    return together(about(f"registration-{number}", do), about(f"right-{number}", then_do))


def also_owns(*rights: str) -> Deed:
    """More confirmed rights of holder-1, which is known already."""
    return together(
        *(about(f"right-{right}", deposits_right(right_id=right), confirms) for right in rights)
    )


def files_as(complainant: str = "holder-1", right_id: str = "TM-1", shop: str = "shop-1") -> Deed:
    """A complaint about two listings of a shop."""
    facts = {
        "complainant": complainant,
        "right_id": right_id,
        "listings": LISTINGS,
        "reason": "counterfeit",
    }
    return lambda world: world.opens("ip_complaint", shop, "complainant", facts)


files = files_as()


def supplies(world: World) -> None:
    world.sends("supplement", "complainant", materials="a better scan")


def withdraws(world: World) -> None:
    world.sends("withdraw", "complainant")


def responds(world: World) -> None:
    world.sends("respond", "complainant", statement="the logo is ours")


def accepts(world: World) -> None:
    world.sends("accept_appeal", "complainant")


# -- the respondent ---------------------------------------------------------------------------


def appeals(world: World) -> None:
    world.sends("appeal", "respondent", grounds="we are licensed")


def appeals_again(world: World) -> None:
    world.sends("second_appeal", "respondent", grounds="new evidence")


# -- staff ------------------------------------------------------------------------------------


def upholds(lane: str, *listings: str) -> Deed:
    """All listings, or those named."""
    some = {"listings": list(listings)} if listings else {}
    return lambda world: world.sends("uphold", "staff", lane=lane, **some)


def approves(world: World) -> None:
    world.sends("approve", "staff")


def confirms(world: World) -> None:
    world.sends("confirm", "staff")


def reinstates(world: World) -> None:
    world.sends("reinstate", "staff")


def asks_for_more(world: World) -> None:
    world.sends("request_supplement", "staff", wanted="a better scan")


def _with_a_reason(event: str) -> Deed:
    return lambda world: world.sends(event, "staff", reason="as the papers show")


rejects = _with_a_reason("reject")
suspends = _with_a_reason("suspend")
bans = _with_a_reason("ban")
revokes = _with_a_reason("revoke")
dismisses = _with_a_reason("dismiss_appeal")
grants = _with_a_reason("grant_appeal")
overturns = _with_a_reason("overturn")


# -- the State Council ------------------------------------------------------------------------


def announces(year: int, *off: str, worked: tuple[str, ...] = ()) -> Deed:
    """A year's days off and make-up days become known now."""
    days = [{"name": "放假", "date": day, "isOffDay": True} for day in off]
    days += [{"name": "补班", "date": day, "isOffDay": False} for day in worked]
    return publishes(year, days)


def publishes(year: int, days: list[dict[str, Any]]) -> Deed:
    """A year file becomes known now."""

    def do(world: World) -> None:
        now = world.orchestrator.clock.now()
        with world.orchestrator.store.write() as tx:
            text = with_year(library.latest_texts(tx)["cn"], year, days)
            library.announce(tx, "cn", text, now, now)

    return do


# -- a whole violation ------------------------------------------------------------------------


def filed(complaint: str, right: int = 1, holder: str = "holder-1") -> Deed:
    """`complaint-<complaint>`, about this right of the holder."""
    return about(f"complaint-{complaint}", files_as(holder, f"TM-{right}"))


def ruled(complaint: str, lane: str = "general") -> Deed:
    return about(f"complaint-{complaint}", upholds(lane))


def violation(complaint: str, right: int = 1, lane: str = "general", **more: str) -> Deed:
    """Filed and upheld at one instant."""
    return together(filed(complaint, right, **more), ruled(complaint, lane))


def violations(*rights: int, year: str = "") -> Deed:
    """One in the general lane for each of these rights; the right numbers the complaint."""
    return together(*(violation(f"{year}{right}", right) for right in rights))


def by_practice(makes: Callable[..., Deed]) -> Callable[..., Deed]:
    """The same under marketplace-practice."""
    return lambda *given, **more: practised(makes(*given, **more))
