"""Mermaid and Graphviz: the texts that other programs draw."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.diagram.outline import (
    EVERY_STATE,
    Source,
    arrows,
    choices,
    ids,
    opening,
    remarks,
    sources,
)
from orchestrator.core.workflow import Workflow

START = "_start"  # no state has an identifier like it
LIT, LIT_EDGE, LIT_TEXT = "#0b6bcb", "#084c91", "#ffffff"
PLAIN = frozenset(" _-.,()⏱✉❄∞")  # beside letters and digits: what Mermaid may read as it is
DOT_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})


def mermaid(workflow: Workflow, lit: str | None = None) -> str:
    """The text of a `stateDiagram-v2`, the state `lit` in colour.

    raises   KeyError: no such state
    """
    lines = ["stateDiagram-v2", *(f"    {line}" for line in _mermaid(workflow))]
    if lit is not None:
        lines += [
            f"    classDef lit fill:{LIT},stroke:{LIT_EDGE},color:{LIT_TEXT}",
            f"    class {ids(workflow)[lit]} lit",
        ]
    return "\n".join(lines) + "\n"


def dot(workflow: Workflow, lit: str | None = None) -> str:
    """The text of a Graphviz digraph, the state `lit` in colour.

    raises   KeyError: no such state
    """
    lines = [f"digraph {_quoted(workflow.name)} {{", *(f"    {line}" for line in _dot(workflow))]
    if lit is not None:
        colours = f'fillcolor="{LIT}", color="{LIT_EDGE}", fontcolor="{LIT_TEXT}"'
        lines.append(f'    {ids(workflow)[lit]} [class="lit", {colours}]')
    return "\n".join([*lines, "}"]) + "\n"


def _mermaid(workflow: Workflow) -> Iterator[str]:
    known = ids(workflow)
    for choice in choices(workflow):
        yield f"state {known[choice]} <<choice>>"
    yield f"[*] --> {known[workflow.initial]} : {_safe(str(opening(workflow)))}"
    for source in sources(workflow):
        here = known[source]
        yield f"{here} : {_safe(EVERY_STATE if source is None else source)}"
        yield from (f"{here} : {_safe(str(remark))}" for remark in remarks(workflow, source))
        for arrow in arrows(workflow):
            if arrow.source == source:
                yield f"{here} --> {known[arrow.to]} : {_safe(str(arrow.mark))}"
    for choice in choices(workflow):
        for name in dict.fromkeys(choice.states):
            yield f"{known[choice]} --> {known[name]}"
    for state in workflow.states:
        if state.final:
            yield f"{known[state.name]} --> [*]"


def _safe(text: str) -> str:
    """A text that cannot end a label or begin another statement: the rest as `#code;`."""
    return "".join(c if c.isalnum() or c in PLAIN else f"#{ord(c)};" for c in text)


def _dot(workflow: Workflow) -> Iterator[str]:
    known = ids(workflow)
    yield 'graph [rankdir="TB", bgcolor="transparent", nodesep=0.5, ranksep=0.5]'
    yield 'node [shape="box", style="rounded,filled", fillcolor="#f5f7fa", fontname="Helvetica"]'
    yield 'edge [fontname="Helvetica", fontsize=11]'
    yield f'{START} [shape="point", width=0.15, fillcolor="black"]'
    yield f"{START} -> {known[workflow.initial]} [label={_quoted(str(opening(workflow)))}]"
    for source in sources(workflow):
        yield f"{known[source]} [{_look(workflow, source)}]"
        for arrow in arrows(workflow):
            if arrow.source == source:
                label = _quoted(str(arrow.mark))
                yield f"{known[source]} -> {known[arrow.to]} [label={label}]"
    for choice in choices(workflow):
        yield f'{known[choice]} [shape="diamond", label={_quoted(choice.pick.__name__)}]'
        for name in dict.fromkeys(choice.states):
            yield f"{known[choice]} -> {known[name]}"


def _look(workflow: Workflow, source: Source) -> str:
    """What a box says, one line for its name and one for each remark, and how it looks."""
    name = EVERY_STATE if source is None else source
    label = _quoted(name, *(str(remark) for remark in remarks(workflow, source)))
    if source is None:
        return f'label={label}, style="rounded,dashed"'
    return f"label={label}, peripheries=2" if workflow.state(source).final else f"label={label}"


def _quoted(*lines: str) -> str:
    """A Graphviz string; its own lines are told apart from what a name may hold."""
    plain = (" ".join(line.split()) for line in lines)
    return '"' + "\\n".join(line.translate(DOT_ESCAPES) for line in plain) + '"'
