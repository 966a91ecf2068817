"""Which values of a rulebook a definition reads: one that nobody reads is a flaw, and so is one
that is asked for and that no model has.

A value is read where a timer names it as its span, or where every part of its name is said as an
attribute by the code of the definition: of its functions, and of whatever they reach in the
packages that they and the models of its rules come from. Code is looked at, never run; where that
cannot tell (a whole section dumped, a module imported by a function), it is taken at its word.
"""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any, get_args

from pydantic import BaseModel

from orchestrator.core.fingerprint import functions
from orchestrator.core.workflow import Workflow

WHOLE = frozenset({"model_dump", "model_fields", "__dict__"})  # who says this reads every value


def unread(workflows: Iterable[Workflow]) -> dict[str, list[str]]:
    """Values that no workflow reads, as `section.key`, and the workflows that declare them."""
    declared: dict[str, list[str]] = {}
    read: set[str] = set()
    for workflow in workflows:
        said = _said(workflow)
        read |= {rule.span for _, rule in workflow.all_timers() if rule.span is not None}
        for section, model in workflow.rules.items():
            for path in _leaves(model):
                name = ".".join((section, *path))
                declared.setdefault(name, []).append(workflow.name)
                if said & WHOLE or said.issuperset(path):
                    read.add(name)
    return {name: by for name, by in declared.items() if name not in read}


def missed(workflows: Sequence[Workflow]) -> dict[str, list[str]]:
    """Values that code asks its view for and no model of the rules has, and who asks."""
    models = {section: model for one in workflows for section, model in one.rules.items()}
    asked = [
        (section, key, fn.__name__)
        for workflow in workflows
        for fn in _reached(workflow)
        for section, key in _asked(fn, workflow.name)
    ]
    found: dict[str, list[str]] = {}
    for section, key, by in asked:
        model = models.get(section)
        if model is None or not (key in model.model_fields or hasattr(model, key)):
            found.setdefault(f"{section}.{key}", []).append(by)
    return found


def _asked(fn: FunctionType, own: str) -> Iterator[tuple[str, str]]:
    """`view.rules.key` and `view.rules_of(pin, "section").key`, as they stand in a function."""
    if not {"rules", "rules_of"} & {name for code in _codes(fn.__code__) for name in code.co_names}:
        return
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(fn)))
    except (OSError, SyntaxError):  # its text is not at hand, or not whole: nothing is known of it
        return
    view = fn.__code__.co_varnames[: fn.__code__.co_argcount][-1:]  # where there is one, it is last
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Attribute(ast.Name(who), "rules"), key) if (who,) == view:
                yield own, key
            case ast.Attribute(
                ast.Call(ast.Attribute(ast.Name(who), "rules_of"), [_, ast.Constant(str(section))]),
                key,
            ) if (who,) == view:
                yield section, key


def _leaves(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    """The path of every value of a section, through the models inside it."""
    for name, field in model.model_fields.items():
        inner = list(models_in(field.annotation))
        paths = [path for part in inner for path in _leaves(part)] if inner else [()]
        yield from ((name, *path) for path in paths)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of: of a list of them, of one that may be missing."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def _said(workflow: Workflow) -> set[str]:
    """Every name that the code of a definition says, of attributes among others."""
    codes = (code for fn in _reached(workflow) for code in _codes(fn.__code__))
    return {name for code in codes for name in _names(code)}


def _reached(workflow: Workflow) -> list[FunctionType]:
    """The functions of a definition, and all that they reach in the packages they come from."""
    models = [m for model in workflow.rules.values() for m in (model, *_within(model))]
    named: list[Callable[..., Any]] = [fn for fns in functions(workflow).values() for fn in fns]
    packages = {_package(thing) for thing in (*named, *models)}
    own = ChainMap({}, *({**vars(model)} for model in models))  # a property of a rules model
    reached: list[FunctionType] = []
    seen: set[int] = set()
    waiting: list[Any] = list(named)
    while waiting:
        thing = waiting.pop()
        if id(thing) not in seen:
            seen.add(id(thing))
            for fn in _functions_of(thing, packages):
                reached.append(fn)
                waiting += (t for code in _codes(fn.__code__) for t in _meant(code, fn, own))
    return reached


def _within(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield inner
            yield from _within(inner)


def _names(code: CodeType) -> set[str]:
    """What `getattr` is asked for may be any text that stands there."""
    texts = [c for c in code.co_consts if isinstance(c, str)] if "getattr" in code.co_names else []
    imports = any(step.opname == "IMPORT_NAME" for step in dis.get_instructions(code))
    return {*code.co_names, *texts, *(WHOLE if imports else ())}


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of the lambdas and comprehensions inside it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _meant(code: CodeType, fn: FunctionType, own: Mapping[str, Any]) -> Iterator[Any]:
    """What the names of a piece of code stand for: in its module, around it, in the models."""
    scope = ChainMap(dict(inspect.getclosurevars(fn).nonlocals), fn.__globals__, own)  # type: ignore[arg-type]
    for name in (*code.co_names, *code.co_freevars):
        found = scope.get(name)
        yield found
        if isinstance(found, ModuleType):
            yield from (vars(found).get(attribute) for attribute in code.co_names)
        elif isinstance(found, Mapping):
            yield from found.values()
        elif isinstance(found, list | tuple):
            yield from found


def _functions_of(thing: Any, packages: set[str]) -> Iterator[FunctionType]:
    """The functions behind a thing, where they are those of the definition's packages."""
    if isinstance(thing, type):
        members = [
            m for part in thing.__mro__ if _package(part) in packages for m in vars(part).values()
        ]
        for member in members:
            if not isinstance(member, type):
                yield from _functions_of(member, packages)
        return
    if isinstance(thing, property):
        thing = thing.fget
    elif isinstance(thing, cached_property | partial):
        thing = thing.func
    elif isinstance(thing, staticmethod | classmethod):
        thing = thing.__func__
    elif _package(type(thing)) in packages:
        yield from _functions_of(type(thing), packages)
    while thing is not None:
        if isinstance(thing, FunctionType) and _package(thing) in packages:
            yield thing
        thing = vars(thing).get("__wrapped__") if hasattr(thing, "__dict__") else None


def _package(thing: Any) -> str:
    return str(getattr(thing, "__module__", "")).partition(".")[0]
