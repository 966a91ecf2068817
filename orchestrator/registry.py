"""The workflows of the packages that the settings name, proven, and their books under rulebooks."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from orchestrator.core.calendar import Almanac
from orchestrator.core.decide import Book, Routes, prove
from orchestrator.core.docket import World
from orchestrator.core.fingerprint import identity
from orchestrator.core.lint import flaws, value_flaws
from orchestrator.core.rules import Rulebook
from orchestrator.core.terms import Terms
from orchestrator.core.workflow import RulesModel, Workflow
from orchestrator.errors import BadConfig, NotFound
from orchestrator.rulebook import sections_of


class Registry:
    """Every workflow that this process knows, by name and by definition.

    A package may keep several versions of a workflow side by side: new cases begin under the
    latest, cases under way go on under theirs.
    """

    def __init__(self, workflows: Iterable[Workflow]) -> None:
        """raises   BadConfig: every flaw of every definition"""
        self.versions = {identity(workflow): workflow for workflow in workflows}
        self.workflows: dict[str, Workflow] = {}
        for workflow in sorted(self.versions.values(), key=lambda w: (w.name, w.version)):
            self.workflows[workflow.name] = workflow
        errors = [
            f"{workflow.name}: {flaw}"
            for workflow in self.versions.values()
            for flaw in flaws(workflow, self.workflows)
        ]
        if errors:
            raise BadConfig(errors)
        self.sections: Mapping[str, type[RulesModel]] = sections_of(self.versions.values())
        self.definitions = {name: identity(w) for name, w in self.workflows.items()}
        self.known = frozenset(self.versions)
        self.singletons = {n: self.definitions[n] for n, w in self.workflows.items() if w.singleton}
        self._routes: dict[str, Routes] = {d: prove(w) for d, w in self.versions.items()}

    def workflow(self, name: str) -> Workflow:
        """raises   NotFound"""
        try:
            return self.workflows[name]
        except KeyError:
            known = ", ".join(sorted(self.workflows))
            raise NotFound(f"no workflow {name!r}; there are {known}") from None

    def world(self, rulebooks: Iterable[Rulebook], almanac: Almanac) -> World:
        """What dockets are run with: each definition under each rulebook that has its sections."""
        by_pin = {rulebook.pin: rulebook for rulebook in rulebooks}
        books = {
            (definition, pin): Book(Terms(workflow, definition, rulebook), self._routes[definition])
            for definition, workflow in self.versions.items()
            for pin, rulebook in by_pin.items()
            if all(section in rulebook.sections for section in workflow.rules)
        }
        return World(books, by_pin, almanac, self.singletons)


def load(packages: Iterable[str], *, beside: Path | None = None) -> Registry:
    """Import the packages that the settings name; every `Workflow` in their modules counts.

    beside   a folder to look in as well, where a user's own package stands next to its config
    raises   BadConfig: no such package, none of its modules defines a workflow, or they read
             other values of a rulebook than they declare
    """
    if beside is not None and str(beside) not in sys.path:
        sys.path.insert(0, str(beside))
    found: list[Workflow] = []
    for package in packages:
        try:
            modules = list(_modules(importlib.import_module(package)))
        except (ImportError, SyntaxError) as error:
            raise BadConfig(
                [f"workflows: a package that can be imported, got {package!r} ({error})"]
            ) from None
        defined = {id(w): w for m in modules for w in vars(m).values() if isinstance(w, Workflow)}
        if not defined:
            raise BadConfig([f"workflows: {package!r} defines no workflow"])
        found += defined.values()
    registry = Registry({id(w): w for w in found}.values())
    wrong = value_flaws(list(registry.versions.values()))
    if wrong:
        raise BadConfig([f"rulebook: {flaw}" for flaw in wrong])
    return registry


def _modules(package: ModuleType) -> Iterable[ModuleType]:
    yield package
    for info in pkgutil.iter_modules(getattr(package, "__path__", [])):
        yield importlib.import_module(f"{package.__name__}.{info.name}")
