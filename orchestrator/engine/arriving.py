"""What comes in: inputs read, the dockets that they are about, and their facts as cases take them."""

from __future__ import annotations

from orchestrator import inputs
from orchestrator.core.values import Event
from orchestrator.db.store import Place
from orchestrator.engine.ground import Ground
from orchestrator.errors import NotFound, Unavailable
from orchestrator.inputs import Input

MOST_PLACES = 100_000  # cases of which it is kept where they are


class Arriving(Ground):
    """Reads inputs, before anything is locked."""

    def input_for_case(self, case: str, event: str, by: str, facts: object) -> Input:
        """An event for a case.

        raises   NotFound: no such case; BadInput: what cannot be read
        """
        case, given = inputs.name("case", case), inputs.facts(facts)
        place = self._place(case)
        event, by = inputs.name("event", event), inputs.name("by", by)
        return Input("inject", place.workflow, place.docket, case, event, by, given)

    def _place(self, case: str) -> Place:
        """Where a case is: its docket and workflow never change, so the last ones are kept.

        raises   NotFound: no such case; Unavailable: of a workflow that is not known here
        """
        found = self._places.get(case)
        if found is None:
            with self.store.read() as tx:
                place = tx.place(case)
            if place is None:
                raise NotFound(f"no case {case!r}")
            if place.workflow not in self.registry.workflows:
                raise Unavailable(f"case {case}: this process does not know {place.definition}")
            if len(self._places) >= MOST_PLACES:
                self._places.clear()
            found = self._places[case] = place
        return found

    def input_to_open(
        self,
        workflow: str,
        docket: str,
        by: str,
        facts: object,
        *,
        case: str | None = None,
        assume: bool = False,
        rulebook: str | None = None,
    ) -> Input:
        """The opening of a case.

        raises   NotFound: no such workflow; BadInput: what cannot be read
        """
        self.registry.workflow(workflow)
        return Input(
            "open",
            workflow,
            inputs.name("docket", docket),
            None if case is None else inputs.case_id(case),
            workflow,
            inputs.name("by", by),
            inputs.facts(facts),
            assume,
            rulebook,
        )

    def event_of(self, given: Input, definition: str | None = None) -> Event:
        """What the core is told, its facts read by the version that the case began with (I19).

        definition   of the case, where it is known
        raises       BadInput: facts that do not fit
        """
        kept = self._places.get(given.case or "") if given.act == "inject" else None
        known = definition or (kept and kept.definition) or ""
        workflow = self.registry.versions.get(known) or self.registry.workflow(given.workflow)
        return inputs.event_of(given, workflow)

    def as_its_own(self, given: Input, event: Event, definition: str) -> Event:
        """The same where it was read by this version already; a case may have been moved since."""
        workflow = self.registry.versions.get(definition)
        if workflow is None:
            return event
        needs = workflow.needs.get(given.name)
        read_by = None if event.facts is None else type(event.facts)
        return event if needs is read_by else inputs.event_of(given, workflow)

    def read_docket(self, given: Input, event: Event) -> str | None:
        """The other docket that an opening reads."""
        reads = self.registry.workflow(given.workflow).opens.reads
        if given.act != "open" or reads is None or given.assume:
            return None
        key: str = inputs.name(reads, getattr(event.facts, reads))
        return key
