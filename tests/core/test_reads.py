"""A value of a rulebook that no workflow reads is named; one that any of them reads is not."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache, partial

import pytest

from orchestrator.core.lint import flaws, value_flaws
from orchestrator.core.reads import missed, unread
from orchestrator.core.spanfield import SpanField
from orchestrator.core.workflow import RulesModel, after, final, on, opens, state, workflow
from orchestrator.registry import load
from tests.core import plain_ledger as elsewhere
from workflows.ledger import Rules as LedgerRules
from workflows.ledger import Severe

SHIPPED = list(load(["workflows"]).versions.values())


class Deep(RulesModel):
    grace: int


class Rules(RulesModel):
    window: SpanField
    cap: int = 1
    deep: Deep
    several: tuple[Deep, ...] = ()
    perhaps: Deep | None = None

    @property
    def twice(self):
        return 2 * self.cap

    @cached_property
    def graces(self):
        return [one.grace for one in self.several]


def small(*guards, rules=Rules, name="small", section="small"):
    """A definition that asks these guards, and whose one timer is named by its window."""
    return workflow(
        name,
        opens("buyer"),
        state(
            "a",
            after("window", f"{section}.window", to="done"),
            on("go", "buyer", to="done", when=guards),
        ),
        final("done"),
        rules={section: rules},
        story="",
        source="",
    )


ALL = {"small.cap", "small.deep.grace", "small.several.grace", "small.perhaps.grace"}


def left(*guards):
    return set(unread([small(*guards)]))


def reads_nothing(case, event, view):
    return None


def reads_cap(case, event, view):
    return view.rules.cap


def by_way_of_another(case, event, view):
    return reads_cap(case, event, view)


@lru_cache
def remembered(rules):
    return rules.cap


def by_way_of_a_cache(case, event, view):
    return remembered(view.rules)


class Fold:
    class Aside:
        """A class that stands in another one is no function of it."""

    def __init__(self, rules):
        self.rules = rules

    def sum(self):
        return self._one()

    def _one(self):
        return self.rules.cap


class Finer(Fold):
    """What it reads stands in the class that it extends."""


def by_way_of_a_class(case, event, view):
    return Finer(view.rules).sum()


BY_LANE = {"general": reads_cap}


def by_way_of_a_table(case, event, view):
    return BY_LANE["general"](case, event, view)


IN_TURN = [reads_cap]


def by_way_of_a_list(case, event, view):
    return [guard(case, event, view) for guard in IN_TURN]


class Of:
    @staticmethod
    def a_static_method(rules):
        return rules.cap

    @classmethod
    def a_class_method(cls, rules):
        return rules.cap


def by_way_of_methods_without_an_instance(case, event, view):
    return Of.a_static_method(view.rules) + Of.a_class_method(view.rules)


FOLD = Fold(None)


def by_way_of_an_object(case, event, view):
    return FOLD.sum()


READER = partial(remembered, None)


def by_way_of_a_partial(case, event, view):
    return READER()


def in_a_comprehension(case, event, view):
    return [rules.cap for rules in [view.rules]]


def in_a_lambda(case, event, view):
    return max([view.rules], key=lambda rules: rules.cap)


def by_its_name(case, event, view):
    return getattr(view.rules, "cap")  # noqa: B009  the point of it


def by_a_property(case, event, view):
    return view.rules.twice


def around():
    def inner(rules):
        return rules.cap

    def by_way_of_what_stands_around_it(case, event, view):
        return inner(view.rules)

    return by_way_of_what_stands_around_it


@pytest.mark.parametrize(
    "guard",
    [
        reads_cap,
        by_way_of_another,
        by_way_of_a_cache,
        by_way_of_a_class,
        by_way_of_a_table,
        by_way_of_a_list,
        by_way_of_an_object,
        by_way_of_a_partial,
        by_way_of_methods_without_an_instance,
        in_a_comprehension,
        in_a_lambda,
        by_its_name,
        by_a_property,
        around(),
    ],
)
def test_a_value_is_read_by_whatever_a_definition_reaches(guard):
    assert left(guard) == ALL - {"small.cap"}


def test_what_no_code_says_and_no_timer_names_is_unread():
    assert left(reads_nothing) == ALL


def test_a_value_is_read_where_every_part_of_its_name_is_said():
    def half(case, event, view):
        return case.grace

    def whole(case, event, view):
        return view.rules.deep.grace

    assert left(half) == ALL
    assert left(whole) == ALL - {"small.deep.grace"}


def test_a_cached_property_reads_for_those_who_ask_it():
    def asks(case, event, view):
        return view.rules.graces

    assert left(asks) == ALL - {"small.several.grace"}


def test_who_takes_the_whole_section_reads_all_of_it():
    def takes_all(case, event, view):
        return view.rules.model_dump()

    assert left(takes_all) == set()


def strange(rules):
    return rules.cap


def test_who_imports_as_it_runs_is_taken_at_its_word():
    def imports(case, event, view):
        from workflows.ledger import rate  # noqa: PLC0415  the point of it

        return rate

    assert left(imports) == set()


def test_code_of_other_packages_is_not_looked_into():
    def asks_elsewhere(case, event, view):
        return strange(view.rules)

    assert left(asks_elsewhere) == ALL - {"small.cap"}
    strange.__module__ = "somebody.elses"
    assert left(asks_elsewhere) == ALL


def test_a_function_of_a_module_is_looked_into():
    def counts(case, event, view):
        return elsewhere.counts(view.rules, 5)

    class Dated(RulesModel):
        window: SpanField
        book: str

    assert unread([small(counts, rules=Dated)]) == {}


def test_a_section_that_two_workflows_share_is_read_by_either():
    reader = small(reads_cap, name="reader")
    other = small(reads_nothing, name="other")

    assert set(unread([other, reader])) == ALL - {"small.cap"}
    assert unread([other, reader])["small.deep.grace"] == ["other", "reader"]


def test_an_unread_and_a_missed_value_are_flaws_that_name_it_and_who():
    found = value_flaws([small(reads_cap, asks_for_more)])

    assert found[0] == "small.deep.grace: no workflow reads it (small declares it)"
    assert found[-1] == "small.cup: is in no section of `rules` (asks_for_more reads it)"


def test_a_span_that_the_rules_model_lacks_is_a_flaw_that_names_it():
    class Fewer(RulesModel):
        cap: int

    found = flaws(small(reads_cap, rules=Fewer), {})

    assert found == ["window: its span small.window is in no section of `rules`"]


def asks_for_more(case, event, view):
    return view.rules.cup, view.rules.twice


def asks_others(case, event, view):
    return view.rules_of(case.rulebook, "small").cap, view.rules_of(case.rulebook, "smell").cap


def by_way_of_one_that_asks(case, event, view):
    return asks_for_more(case, event, view)


def asks_what_is_no_view(case, event, view):
    return case.rules.cup, case.rules_of(1, "smell").cap, view.cases("cup")


@pytest.mark.parametrize(
    ("guard", "found"),
    [
        (reads_cap, {}),
        (asks_for_more, {"small.cup": ["asks_for_more"]}),
        (by_way_of_one_that_asks, {"small.cup": ["asks_for_more"]}),
        (asks_others, {"smell.cap": ["asks_others"]}),
        (asks_what_is_no_view, {}),
    ],
)
def test_a_value_that_is_asked_for_and_that_no_model_has_is_named_with_who_asks(guard, found):
    assert missed([small(guard)]) == found


def test_a_section_of_another_workflow_may_be_asked():
    of_another = small(asks_others, name="other", section="smell")

    assert missed([small(reads_cap), of_another]) == {}


def test_code_whose_text_is_not_at_hand_is_taken_at_its_word():
    scope = {}
    exec("def asks(case, event, view):\n    return view.rules.cup", scope)

    assert missed([small(scope["asks"])]) == {}


def test_the_shipped_workflows_read_every_value_and_no_other():
    assert value_flaws(SHIPPED) == []


class PlantedDeep(Severe):
    appeals_count: bool


class Planted(LedgerRules):
    holiday_bonus: int
    severe: PlantedDeep


def test_a_value_planted_in_a_shipped_model_is_found_wherever_it_stands():
    (standing,) = [one for one in SHIPPED if one.name == "account_standing"]

    planted = replace(standing, rules={"account_standing": Planted})

    assert unread([planted]) == {
        "account_standing.severe.appeals_count": ["account_standing"],
        "account_standing.holiday_bonus": ["account_standing"],
    }
