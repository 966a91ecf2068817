"""Verbs about workflows: list, show, lint, diagram."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import context as ctx
from orchestrator.cli import show
from orchestrator.cli.context import OutputOption
from orchestrator.cli.show import Output
from orchestrator.errors import NotFound, Unreadable

if TYPE_CHECKING:
    from orchestrator.registry import Registry

from orchestrator.cli.context import config_books

workflow_app = typer.Typer(no_args_is_help=True, help="Workflows: the rules of moving.")

Name = Annotated[str, typer.Argument(help="Its name.")]


@workflow_app.command("list")
def list_workflows(output: OutputOption = Output.TABLE) -> None:
    """Every workflow that the settings name.

    orchestrator workflow list
    """
    registry, _ = config_books()
    found = [
        {
            "workflow": name,
            "version": workflow.version,
            "definition": registry.definitions[name],
            "source": workflow.source,
            "story": workflow.story.strip().partition("\n")[0],
        }
        for name, workflow in registry.workflows.items()
    ]
    if output is Output.JSON:
        show.document(found)
        return
    show.table(
        ("workflow", "version", "source", "story"),
        [(w["workflow"], w["version"], w["source"], w["story"]) for w in found],
        "no workflow",
    )


@workflow_app.command("show")
def show_workflow(name: Name, output: OutputOption = Output.TABLE) -> None:
    """The story of a workflow, state by state, read from the definition itself.

    orchestrator workflow show ip_complaint
    """
    from orchestrator.core.fingerprint import as_data

    registry, _ = config_books()
    workflow = registry.workflow(name)
    data = as_data(workflow)
    if output is Output.JSON:
        show.document(data)
        return
    show.say(workflow.story.strip())
    rows = []
    everywhere = {"name": "every state", **data["always"]}
    lasting = [everywhere] if everywhere["timers"] or everywhere["ways"] else []
    for state in [*data["states"], *lasting]:
        armed = [t for first in state["timers"] for t in (first, first["second"]) if t]
        rows += [(state["name"], t["name"], t["kind"], _goal(t), t["span"]) for t in armed]
        rows += [
            (
                state["name"],
                w["event"],
                "message" if w["internal"] else " or ".join(w["by"]),
                _goal(w),
                ", ".join([*w["needs"]["required"], *w["needs"]["optional"]]),
            )
            for w in state["ways"]
        ]
        if not state["timers"] and not state["ways"]:
            rows.append(
                (state["name"], None, "final" if state.get("final") else "rests", None, None)
            )
    show.table(("state", "event or timer", "by or kind", "leads to", "facts or span"), rows, "")


def _goal(rule: dict[str, Any]) -> str | None:
    to = rule["to"]
    return " or ".join(to["states"]) if isinstance(to, dict) else to


@workflow_app.command("lint")
def lint(
    write_lock: Annotated[
        bool, typer.Option(help="Accept the definitions as they are, into definitions.lock.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Prove every definition, its spans in every rulebook, and that versions were kept.

    orchestrator workflow lint
    """
    from orchestrator.core.lint import lock_flaws, lock_of, rulebook_flaws

    registry, shelf = config_books()  # every flaw of the notation is told here already
    path = _lock_path()
    if write_lock:
        locks = {identity: lock_of(workflow) for identity, workflow in _by_version(registry)}
        path.write_text(json.dumps(locks, indent=2, sort_keys=True) + "\n", "utf-8")
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    found = [
        f"{workflow.name}: {flaw}"
        for identity, workflow in _by_version(registry)
        for flaw in [
            *lock_flaws(workflow, kept.get(identity)),
            *(f for book, _ in shelf.rulebooks for f in rulebook_flaws(workflow, book)),
        ]
    ]
    if output is Output.JSON:
        show.document({"flaws": found})
    else:
        for flaw in found:
            show.say(flaw)
        flaws = show.counted(len(found), "flaw") if found else "no flaws"
        show.say(f"{show.counted(len(registry.versions), 'definition')}, {flaws}")
    if found:
        ctx.leave(1)


def _by_version(registry: Registry) -> list[tuple[str, Any]]:
    return [(f"{w.name}@{w.version}", w) for w in registry.versions.values()]


def _lock_path() -> Path:
    """Beside the first package of workflows that the settings name."""
    import importlib

    from orchestrator.settings import read_settings

    package = importlib.import_module(read_settings(ctx.chosen.config).workflows[0])
    return Path(package.__file__ or "").parent / "definitions.lock"


@workflow_app.command("diagram")
def diagram(
    name: Name,
    form: Annotated[str, typer.Option(help="mermaid, dot or svg.")] = "mermaid",
    state: Annotated[str | None, typer.Option(help="The state to light.")] = None,
) -> None:
    """A workflow drawn from its definition, on stdout.

    orchestrator workflow diagram ip_complaint --form svg > ip_complaint.svg
    """
    from orchestrator.core import diagram as drawn

    registry, _ = config_books()
    workflow = registry.workflow(name)
    if state is not None and state not in [s.name for s in workflow.states]:
        raise NotFound(f"{name} has no state {state!r}")
    forms = {"mermaid": drawn.mermaid, "dot": drawn.dot, "svg": drawn.svg}
    if form not in forms:
        raise Unreadable(f"--form: mermaid, dot or svg, got {form!r}")
    typer.echo(forms[form](workflow, state))


def add_to(app: typer.Typer) -> None:
    """The verbs of this file."""
    app.add_typer(workflow_app, name="workflow")
