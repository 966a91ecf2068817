"""A definition as plain data, and the fingerprint under which cases are pinned to it.

The fingerprint covers the notation: states, timers, ways, guards and models by name, the fields of
the models. What a guard does inside is held by its digest in a committed lock file (`lint`).
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from orchestrator.core.journal import canonical, digest
from orchestrator.core.workflow import (
    Choice,
    Command,
    Do,
    FactsModel,
    Goal,
    Notice,
    On,
    TimerRule,
    Word,
    Workflow,
)


def identity(workflow: Workflow) -> str:
    """`name@version:fingerprint`, to which a case is pinned."""
    return f"{workflow.name}@{workflow.version}:{digest(canonical(as_data(workflow)))[:16]}"


def as_data(workflow: Workflow) -> dict[str, Any]:
    """The notation as plain data: what is drawn, compared and kept in `definitions`."""
    opens = workflow.opens
    return {
        "name": workflow.name,
        "version": workflow.version,
        "singleton": workflow.singleton,
        **({"turn": workflow.turn} if workflow.turn else {}),
        "opens": {
            "by": opens.by,
            "needs": _model(opens.needs),
            "when": [guard.__name__ for guard in opens.when],
            "reads": opens.reads,
            "fold": _name(opens.fold),
            "do": [_do(do) for do in opens.do],
        },
        "states": [
            {
                "name": state.name,
                "final": state.final,
                "open_ended": state.open_ended,
                "freezes": list(state.freezes),
                "timers": [_timer(rule) for rule in state.timers],
                "ways": [_way(way) for way in state.ways],
            }
            for state in workflow.states
        ],
        "always": {
            "timers": [_timer(rule) for rule in workflow.always.timers],
            "ways": [_way(way) for way in workflow.always.ways],
        },
    }


def functions(workflow: Workflow) -> dict[str, set[Callable[..., Any]]]:
    """Every function that the definition names, by name: one for each, or it is a flaw."""
    found: dict[str, set[Callable[..., Any]]] = {}
    for fn in _functions(workflow):
        found.setdefault(fn.__name__, set()).add(fn)
    return found


def code_digests(workflow: Workflow) -> dict[str, str]:
    """The digest of each named function's syntax tree, without its docstring."""
    return {
        name: _code_digest(fn)
        for name, found in sorted(functions(workflow).items())
        for fn in found
    }


def _functions(workflow: Workflow) -> Iterator[Callable[..., Any]]:
    opens = workflow.opens
    yield from opens.when
    yield from filter(None, (opens.fold, workflow.summary))
    yield from filter(callable, opens.do)
    for _, way in workflow.all_ways():
        yield from way.when
        yield from _follow_ups(way.to, way.fold, way.do)
    for _, rule in workflow.all_timers():
        yield from filter(None, (rule.at, rule.only))
        yield from _follow_ups(rule.to, rule.fold, rule.do)


def _follow_ups(to: Goal, fold: Any, do: tuple[Do, ...]) -> Iterator[Callable[..., Any]]:
    if isinstance(to, Choice):
        yield to.pick
    if fold is not None:
        yield fold
    for wish in do:
        if isinstance(wish, Word) and wish.facts is not None:
            yield wish.facts
        elif callable(wish):
            yield wish


def _code_digest(fn: Callable[..., Any]) -> str:
    tree = ast.parse(textwrap.dedent(inspect.getsource(fn)))
    node = tree.body[0]
    if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
        node.body = node.body[1:]
    return digest(canonical(_plain(tree)))[:16]


def _plain(node: Any) -> Any:
    """A syntax tree as plain data that no version of Python tells differently: empty parts and
    the positions are left out (`ast.dump` gained fields in 3.12 and drops them in 3.13)."""
    if isinstance(node, ast.AST):
        fields = ((name, _plain(value)) for name, value in ast.iter_fields(node))
        said = {name: value for name, value in fields if value not in (None, [])}
        return {"node": type(node).__name__, **said}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return node if isinstance(node, str | int | bool | None) else repr(node)


def _way(way: On) -> dict[str, Any]:
    return {
        "event": way.event,
        "by": list(way.by),
        "internal": way.internal,
        "needs": _model(way.needs),
        "when": [guard.__name__ for guard in way.when],
        "to": _goal(way.to),
        "fold": _name(way.fold),
        "do": [_do(do) for do in way.do],
    }


def _timer(rule: TimerRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "kind": rule.kind,
        "span": rule.span,
        "at": _name(rule.at),
        "only": _name(rule.only),
        "to": _goal(rule.to),
        "fold": _name(rule.fold),
        "do": [_do(do) for do in rule.do],
        "priority": rule.priority,
        "second": _timer(rule.second) if rule.second else None,
    }


def _goal(to: Goal) -> Any:
    return {"pick": to.pick.__name__, "states": list(to.states)} if isinstance(to, Choice) else to


def _do(do: Do) -> str:
    if isinstance(do, Notice):
        return f"notify:{do.role}:{do.template}"
    if isinstance(do, Command):
        return f"command:{do.name}"
    if isinstance(do, Word):
        return f"send:{do.workflow}:{do.name}:{_name(do.facts)}"
    return do.__name__


def _model(model: type[FactsModel]) -> dict[str, Any]:
    """By its name and its fields: nothing that a library's next version could say otherwise."""
    fields = model.model_fields.items()
    return {
        "model": model.__name__,
        "required": {n: _kind(f.annotation) for n, f in fields if f.is_required()},
        "optional": {n: _kind(f.annotation) for n, f in fields if not f.is_required()},
    }


def _kind(annotation: Any) -> str:
    """A type in words that are the same in every process: no addresses, no library's repr."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return " | ".join(repr(value) for value in inner)
    if origin in (Union, UnionType):
        return " | ".join(_kind(part) for part in inner)
    name: str = getattr(origin or annotation, "__name__", str(annotation))
    return f"{name}[{', '.join(_kind(part) for part in inner)}]" if inner else name


def _name(fn: Any) -> str | None:
    return fn.__name__ if fn is not None else None
