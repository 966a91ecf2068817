"""The recorded log as a file for `orchestrator replay`, and the days on which penalties came.

    python examples/fines/convert.py examples/fines/fines_public_100_cases.csv fines.jsonl

Every activity but Add penalty becomes an event; the penalty is what our timer has to find.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

EVENTS = {
    "Send Fine": ("send", "officer"),
    "Insert Fine Notification": ("notify_offender", "officer"),
    "Payment": ("pay", "offender"),
    "Insert Date Appeal to Prefecture": ("date_appeal", "prefecture"),
    "Send Appeal to Prefecture": ("send_appeal", "prefecture"),
    "Receive Result Appeal from Prefecture": ("receive_result", "prefecture"),
    "Notify Result Appeal to Offender": ("notify_result", "prefecture"),
    "Appeal to Judge": ("appeal_to_judge", "offender"),
    "Send for Credit Collection": ("collect", "officer"),
}

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    """The rows of the log, as they stand."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(log: list[Row]) -> Iterator[str]:
    """One line for `replay` for each activity of a person or an office."""
    for row in log:
        if row["activity"] != "Add penalty":
            yield json.dumps(line(row), ensure_ascii=False)


def line(row: Row) -> dict[str, object]:
    """An opening for Create Fine, an event for every other activity."""
    place: dict[str, object] = {"at": row["timestamp"], "case": row["case_id"]}
    place["docket"] = f"fine-{row['case_id']}"
    if row["activity"] == "Create Fine":
        facts = {"amount": row["amount"], "article": row["article"]}
        if row["vehicle_class"]:
            facts["vehicle_class"] = row["vehicle_class"]
        return {**place, "open": "fine", "by": "officer", "facts": facts}
    event, role = EVENTS[row["activity"]]
    facts = {}
    if event == "pay":
        facts["amount"] = row["payment_amount"]
    if event == "send" and row["expense"] and Decimal(row["expense"]) > 0:
        facts["expense"] = row["expense"]
    return {**place, "event": event, "by": role, "facts": facts}


def penalty_days(log: list[Row]) -> dict[str, str]:
    """Case → the local day on which the log has its penalty."""
    return {r["case_id"]: r["timestamp"][:10] for r in log if r["activity"] == "Add penalty"}


def main(source: str, to: str) -> None:
    log = rows(Path(source))
    found = list(lines(log))
    Path(to).write_text("\n".join(found) + "\n", encoding="utf-8")
    sys.stderr.write(f"{len(log)} rows, {len(found)} events, {len(penalty_days(log))} penalties\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
