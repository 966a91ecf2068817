"""An opening that was held and reads another docket: that docket lives on as if nothing had been."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.doors.house import (
    FILING,
    REGISTRATION,
    House,
    files_a_complaint,
    house,
    quiet,
    year_file,
)

RIGHT = {
    "right_id": FILING["right_id"],
    "kind": "trademark",
    "holder": "五粮液集团",
    "is_holder": True,
    "proof": "商标注册证",
    "right_expires_on": "2030-01-01",
}


def registers(there: House) -> None:
    """`holder-1` has a confirmed right, and no deadline that any calendar counts."""
    world = there.orchestrator
    at = {"docket": "holder-1", "by": "complainant"}
    world.open("complainant_registration", facts=REGISTRATION, case="R", **at)
    world.inject("R", "approve", by="staff")
    world.open("rights_registration", facts=RIGHT, case="TM", **at)
    assert not world.inject("TM", "confirm", by="staff").refused


def lived(folder: Path, *, stopped: bool) -> list[dict[str, Any]]:
    """The journal of a complaint that reads its complainant, whether or not it had to wait."""
    folder.mkdir()
    with quiet(), house("2026-12-01 10:00") as there:
        registers(there)
        files_a_complaint(there)
        there.move_to("2026-12-02 10:00")
        there.orchestrator.announce("cn", year_file(folder))
        there.move_to("2026-12-03 10:00")
        if stopped:
            with there.orchestrator.store.write() as tx:
                incident = tx.open_incident("shop-1", there.clock.now(), "planted", "", None)
        where = {"docket": "shop-1", "by": "complainant"}
        answer = there.orchestrator.open("ip_complaint", facts=FILING, case="B", **where)
        assert (answer.held is not None) == stopped
        there.move_to("2026-12-04 10:00")
        if stopped:
            assert there.orchestrator.incidents.retry(incident).settled
        assert there.orchestrator.verify() == []
        return there.journal()


@pytest.mark.parametrize("docket", ["holder-1", "shop-1"])
def test_what_is_read_has_applied_the_editions_that_it_would_have_applied(
    tmp_path: Path, docket: str
) -> None:
    at_once, later = lived(tmp_path / "a", stopped=False), lived(tmp_path / "b", stopped=True)

    mine = [[e for e in told if e["docket"] == docket] for told in (at_once, later)]
    assert mine[0] == mine[1]
    assert "calendar_changed" in {entry["kind"] for entry in mine[0]}
