"""SpiffWorkflow: a BPMN process for each case, waiting at a timer. `python -m bench.peers.spiff_herd DATABASE`.

It has no store of its own; this is the loop that its users write: for each due case load the JSON
document, deserialise, refresh the timer, run, serialise, save, move the case, remember, commit.
Durable when that one transaction has committed.
"""

from __future__ import annotations

import argparse
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from bench.machine import report, wait
from bench.peers import raw_case

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">
 <bpmn:process id="case" isExecutable="true">
  <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
  <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="wait"/>
  <bpmn:intermediateCatchEvent id="wait">
   <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
   <bpmn:timerEventDefinition id="t">
    <bpmn:timeDate xsi:type="bpmn:tFormalExpression">"{due}"</bpmn:timeDate>
   </bpmn:timerEventDefinition>
  </bpmn:intermediateCatchEvent>
  <bpmn:sequenceFlow id="f2" sourceRef="wait" targetRef="ended"/>
  <bpmn:endEvent id="ended"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
 </bpmn:process>
</bpmn:definitions>"""
SOON = timedelta(seconds=2)


def waiting(serializer: Any) -> str:
    """A process that waits at its timer, as JSON; it is due a moment later."""
    due = datetime.now(UTC) + SOON  # noqa: TID251  what users write asks the clock
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(BPMN.format(due=due.isoformat()).encode()))
    process = BpmnWorkflow(parser.get_spec("case"))
    process.do_engine_steps()
    text: str = serializer.serialize_json(process)
    return text


def drain(path: Path, n: int) -> float:
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
    text, con = waiting(serializer), raw_case.connect(path)
    con.execute("CREATE TABLE processes (id INTEGER PRIMARY KEY, document TEXT NOT NULL)")
    con.execute("BEGIN")
    con.executemany("INSERT INTO processes VALUES (?, ?)", ((i, text) for i in range(n)))
    con.execute("COMMIT")
    wait(SOON.total_seconds() + 0.2)
    began = perf_counter()
    for case in range(n):
        con.execute("BEGIN IMMEDIATE")
        found = con.execute("SELECT document FROM processes WHERE id = ?", (case,)).fetchone()[0]
        process = serializer.deserialize_json(found)
        process.refresh_waiting_tasks()
        process.do_engine_steps()
        assert process.is_completed()
        document = serializer.serialize_json(process)
        con.execute("UPDATE processes SET document = ? WHERE id = ?", (document, case))
        raw_case.fire(con, case)
        con.execute("COMMIT")
    return perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=3_000)
    given = parser.parse_args()
    raw_case.seed(given.path, given.n)
    took = drain(given.path, given.n)
    raw_case.check(raw_case.connect(given.path), given.n)
    report(given.n, took)
