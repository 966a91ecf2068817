"""Each flaw of a definition, by a small workflow that has just that one; and all of them at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from orchestrator.core.fingerprint import as_data, code_digests, functions, identity
from orchestrator.core.journal import canonical
from orchestrator.core.lint import flaws, lock_flaws, lock_of, rulebook_flaws
from orchestrator.core.rules import Rulebook
from orchestrator.core.terms import Terms
from orchestrator.core.values import SYSTEM, Case
from orchestrator.core.workflow import (
    Always,
    FactsModel,
    after,
    always,
    at,
    choose,
    command,
    elsewhere,
    final,
    freezes,
    hears,
    limit,
    notify,
    on,
    opens,
    send,
    state,
    target,
    workflow,
)
from orchestrator.registry import load
from tests.core.builders import rulebook, section, small

SPANS = {"window": {"days": 3}, "limit": {"working_days": 2}}
DONE = final("done")


class Filing(FactsModel):
    other: str


def soon(case, view):
    """An instant."""
    return 5


def fine(case, event, view):
    """A guard that lets everything pass."""
    return


@elsewhere
def fine_elsewhere(case, event, view):
    return None


def where(case, event, view):
    return "done"


def remembered(case, event, view):
    return {"n": 1}


def made(case, event, view):
    return []


def told(case, event, view):
    return {}


def in_force(case, view):
    return True


def flaws_of(*chapters, others=(), spans=SPANS, **more):
    one, _ = small(*chapters, spans=spans, **more)
    return flaws(one, {w.name: w for w in (one, *others)})


WAITS = state("waits", after("window", "small.window", to="done"))
HEARS, _ = small(
    state("a", hears("word", to="done"), open_ended=True), DONE, name="other", singleton=True
)


def test_a_sound_workflow_has_no_flaw():
    assert flaws_of(WAITS, DONE) == []


def test_the_shipped_workflows_have_no_flaw():
    shipped = load(["workflows"]).workflows

    assert {name: flaws(one, shipped) for name, one in shipped.items()} == {
        name: [] for name in shipped
    }
    assert {"complainant_registration", "rights_registration", "ip_complaint"} < set(shipped)
    assert "account_standing" in shipped


@pytest.mark.parametrize(
    ("chapters", "flaw"),
    [
        ([*[state("a", on("go", "buyer", to="done"), open_ended=True)] * 2, DONE], "a: stands 2 times"),
        ([DONE], "done: is final and the first state"),
        (
            [state("a", on("go", "buyer", to="nowhere"), after("window", "small.window", to="done")), DONE],
            "a.go: leads to nowhere, which is no state",
        ),
        (
            [state("a", after("window", "small.window", to="nowhere"), on("go", "buyer", to="done")), DONE],
            "a.window: leads to nowhere, which is no state",
        ),
        ([WAITS, DONE, always(on("go", "buyer", to="nowhere"))], "always: leads to nowhere, which is no state"),
        (
            [state("a", on("go", "buyer", to=choose(where, "done", "done")), open_ended=True), DONE],
            "a.go: a choice needs two states to choose from",
        ),
        ([WAITS, DONE, state("island", open_ended=True)], "island: cannot be reached"),
        ([state("a", on("go", "buyer", to="done")), DONE], "a: has no timer and is not marked open_ended"),
        (
            [WAITS, replace(DONE[0], ways=(on("go", "buyer", to="waits"),))],
            "done: is final and has a way out",
        ),
        (
            [WAITS, replace(DONE[0], timers=(at("again", soon),))],
            "done: is final and has a way out",
        ),
        (
            [state("a", on("go", "buyer", to="done"), on("go", "staff"), open_ended=True), DONE],
            "a: go has 2 ways, which is ambiguous",
        ),
        (
            [
                state("a", on("go", "buyer", to="done"), open_ended=True),
                DONE,
                always(on("go", "staff", to="done")),
            ],
            "a: go has 2 ways, which is ambiguous",
        ),
        (
            [
                state("a", after("window", "small.window", to="b")),
                state("b", after("window", "small.window", to="done")),
                DONE,
            ],
            "window: 2 timers have this name",
        ),
        (
            [state("a", after("go", "small.window", to="done"), on("go", "buyer", to="done")), DONE],
            "go: is an event and a timer",
        ),
        (
            [state("a", after("window", "small.window", to="b")), state("b", freezes("other"), on("go", "buyer", to="done"), open_ended=True), DONE],
            "b: freezes other, which is no timer",
        ),
        (
            [state("a", at("when", soon), on("ask", "buyer", to="b")), state("b", freezes("when"), on("go", "buyer", to="done"), open_ended=True), DONE],
            "b: freezes when, which is a date and cannot stand still",
        ),
        (
            [
                state("a", after("window", "small.window", to="b"), on("go", "buyer", to="done")),
                state("b", on("go", "buyer", needs=Filing, to="done"), open_ended=True),
                DONE,
            ],
            "go: needs other facts in one state than in another",
        ),
        ([state("a b", after("window", "small.window", to="done")), DONE], "'a b': a name of letters, digits and underscores"),
        ([state("é", after("window", "small.window", to="done")), DONE], "'é': a name of letters, digits and underscores"),
        ([state("x" * 101, after("window", "small.window", to="done")), DONE], f"'{'x' * 101}': a name of letters, digits and underscores"),
        ([WAITS, DONE, always(on("go!", "buyer"))], "'go!': a name of letters, digits and underscores"),
        ([WAITS, DONE, always(on("go", "buyer", do=[notify("buyer", "")]))], "always: a notice to buyer without a template"),
        (
            [state("a", after("window", "small.other", to="done")), DONE],
            "window: its span small.other is in no section of `rules`",
        ),
        (
            [state("a", after("window", "elsewhere.window", to="done")), DONE],
            "window: its span elsewhere.window is in no section of `rules`",
        ),
        (
            [WAITS, DONE, always(on("go", "buyer", when=[lambda case, event, view: None]))],
            "a function without a name: give the lambda one",
        ),
        (
            [WAITS, DONE, always(on("go", "buyer", do=[send("nobody", "word")]))],
            "always: sends word to nobody, which is no workflow here",
        ),
        (
            [WAITS, DONE, always(on("go", "buyer", do=[send("other", "unheard")]))],
            "always: other does not hear unheard in a",
        ),
    ],
)  # fmt: skip
def test_a_flaw_is_named_with_its_place(chapters, flaw):
    assert flaws_of(*chapters, others=[HEARS]) == [flaw]


@pytest.mark.fault(48)
def test_a_ring_of_timers_alone_is_a_flaw_of_each_of_its_states():
    ring = [
        state("a", after("first", "small.window", to="b")),
        state("b", after("second", "small.window", to=choose(where, "a", "done"))),
        state("c", after("third", "small.window", to="a"), on("go", "buyer", to="done")),
        DONE,
        always(on("leave", "buyer", to="c")),
    ]

    assert flaws_of(*ring) == [
        "a: timers alone lead from here back to here",
        "b: timers alone lead from here back to here",
    ]


def test_what_follows_a_timer_leads_on_like_any_timer():
    next_window = after("window", "small.window", to="nowhere")

    assert flaws_of(state("a", at("when", soon, to="done", then=next_window)), DONE) == [
        "a.window: leads to nowhere, which is no state"
    ]


def test_a_state_may_be_reached_by_what_follows_a_timer_alone():
    next_window = after("window", "small.window", to="done")

    assert flaws_of(state("a", at("when", soon, then=next_window)), DONE) == []


def test_a_word_of_a_person_and_one_between_cases_may_have_the_same_name():
    both = state("a", on("go", "buyer", to="done"), hears("go", needs=Filing), open_ended=True)

    assert flaws_of(both, DONE) == []


def test_a_timer_that_leads_to_its_own_state_is_no_ring():
    assert flaws_of(state("a", after("window", "small.window", to="a")), open_ended()) == []


def open_ended():
    return always(on("note", "buyer"))


@pytest.mark.parametrize(
    ("opening", "more", "flaw"),
    [
        (opens("buyer", Filing, reads="shop"), {}, "opens: reads shop, which is no fact of it"),
        (
            opens("buyer", Filing, when=[fine, fine_elsewhere]),
            {},
            "opens: fine_elsewhere looks elsewhere, but nothing is read",
        ),
        (
            opens("buyer", do=[notify("buyer", "")]),
            {},
            "opens: a notice to buyer without a template",
        ),
        (
            opens(SYSTEM),
            {"singleton": True},
            "waits: is opened by a message, so it must be open_ended",
        ),
    ],
)
def test_a_flaw_of_the_opening_is_named(opening, more, flaw):
    assert flaws_of(WAITS, DONE, opening=opening, **more) == [flaw]


def test_an_opening_that_reads_a_fact_of_its_own_is_sound():
    opening = opens("buyer", Filing, reads="other", when=[fine, fine_elsewhere])

    assert flaws_of(WAITS, DONE, opening=opening) == []


def test_a_message_that_every_state_hears_is_sound():
    sends = always(on("go", "buyer", do=[send("other", "word")]))

    assert flaws_of(WAITS, DONE, sends, others=[HEARS]) == []


def test_all_flaws_are_told_at_once_and_none_twice():
    found = flaws_of(
        state("a", on("go", "buyer", to="nowhere"), on("go", "buyer", to="nowhere")),
        state("island", after("x y", "small.other", to="island")),
        DONE,
        always(on("note", "buyer", do=[send("nobody", "word"), notify("buyer", "")])),
    )

    assert found == [
        "a.go: leads to nowhere, which is no state",
        "island: cannot be reached",
        "done: cannot be reached",
        "a: has no timer and is not marked open_ended",
        "a: go has 2 ways, which is ambiguous",
        "'x y': a name of letters, digits and underscores",
        "always: a notice to buyer without a template",
        "x y: its span small.other is in no section of `rules`",
        "always: sends word to nobody, which is no workflow here",
    ]


def test_a_level_2_is_frozen_with_its_limit_and_no_flaw_where_there_is_none():
    frozen = state("b", freezes("window", "review"), on("go", "buyer", to="a"), open_ended=True)
    first = state(
        "a",
        target("window", "small.window"),
        limit("review", "small.limit", level_2="small.window"),
        on("ask", "buyer", to="b"),
        on("end", "buyer", to="done"),
    )

    assert frozen.freezes == ("window", "review", "window_level_2", "review_level_2")
    assert flaws_of(first, frozen, DONE) == []


def test_a_state_that_freezes_timers_and_is_entered_from_where_they_are_not_is_a_flaw():
    chapters = [
        state("a", after("window", "small.window", to="done"), on("skip", "buyer", to="b")),
        state("b", on("ask", "buyer", to="c"), open_ended=True),
        state("c", freezes("window"), on("answer", "buyer", to="a"), open_ended=True),
        DONE,
    ]

    assert flaws_of(*chapters) != []


def test_a_workflow_without_states_is_a_flaw():
    assert flaws_of() != []


def test_a_word_to_a_workflow_of_which_a_docket_may_have_many_cases_is_a_flaw():
    many = replace(HEARS, singleton=False)
    sends = always(on("go", "buyer", do=[send("other", "word")]))

    assert flaws_of(WAITS, DONE, sends, others=[many]) != []


def test_two_functions_of_one_name_are_a_flaw():
    def fine(case, event, view):
        return "another one"

    guards = always(on("go", "buyer", when=[fine, globals()["fine"]]))

    assert flaws_of(WAITS, DONE, guards) != []


def test_a_limit_of_every_state_has_its_level_2():
    of_all = always(limit("review", "small.limit", level_2="small.window"))
    one, _ = small(WAITS, DONE, of_all, spans=SPANS)

    assert "review_level_2" in {rule.name for _, rule in one.all_timers()}


def test_a_workflow_knows_its_states():
    one, _ = small(WAITS, DONE, always(on("go", ("staff", "seller"))), spans=SPANS)

    assert one.state("done").final
    with pytest.raises(KeyError, match="nowhere"):
        one.state("nowhere")


# -- rulebooks --------------------------------------------------------------------------------


def test_spans_that_a_rulebook_lacks_are_flaws():
    one, book = small(WAITS, DONE, spans=SPANS)

    assert rulebook_flaws(one, book) == []
    assert rulebook_flaws(one, rulebook()) == ["window: rulebook book lacks small.window"]


def test_a_key_that_a_section_lacks_is_a_flaw():
    one, _ = small(WAITS, DONE, spans=SPANS)
    _, empty = section(limit={"days": 1})

    assert rulebook_flaws(one, rulebook(small=empty)) == [
        "window: rulebook book lacks small.window"
    ]


def test_what_is_no_span_is_a_flaw_and_no_span_at_all_is_a_timer_that_is_not_armed():
    one, _ = small(WAITS, state("b", at("when", soon)), DONE, spans=SPANS)
    _, number = section(window=3)
    _, nothing = section(window=None)

    assert rulebook_flaws(one, rulebook(small=number)) == [
        "window: small.window of book is no span"
    ]
    assert rulebook_flaws(one, rulebook(small=nothing)) == []


def test_a_rulebook_is_pinned_by_name_version_and_hash():
    book = Rulebook("book", 3, date(2025, 1, 1), "cn", "0123456789abcdef" * 4, {})

    assert book.pin == "book@3:0123456789abcdef"


def test_terms_of_a_workflow_without_a_section_of_its_own_have_no_rules():
    _, book = small(WAITS, DONE, spans=SPANS)
    borrowing = workflow(
        "borrower",
        opens("buyer"),
        WAITS,
        *DONE,
        rules={"small": type(book.sections["small"])},
        story="",
        source="",
    )

    assert Terms(borrowing, "borrower@1:0", book).rules is None
    assert Terms(borrowing, "borrower@1:0", book).spans["window"] == book.value("small.window")


# -- identity and lock ------------------------------------------------------------------------


def everything(version=1, **changes):
    """A workflow that names every kind of thing."""
    one, _ = small(
        state(
            "a",
            after("window", "small.window", to="b", only=in_force, fold=remembered, do=[made]),
            limit("review", "small.limit", level_2="small.window"),
            at("when", soon),
            on("go", ("buyer", "seller"), when=[fine], to=choose(where, "a", "done")),
            on("ask", "buyer", to="b", do=[command("act"), send("other", "word", told)]),
        ),
        state("b", freezes("review"), on("back", "buyer", to="a"), open_ended=True),
        DONE,
        always(hears("word", do=[send("other", "word")])),
        spans=SPANS,
        version=version,
        opening=opens("buyer", Filing, reads="other", when=[fine_elsewhere], fold=remembered, do=[made]),
        summary=summary,
    )  # fmt: skip
    return replace(one, **changes)


def summary(case: Case | None):
    return {}


def test_every_function_that_a_definition_names_is_known_by_name():
    assert sorted(functions(everything())) == [
        "fine",
        "fine_elsewhere",
        "in_force",
        "made",
        "remembered",
        "soon",
        "summary",
        "told",
        "where",
    ]


def test_the_notation_as_data_says_who_may_what_where_and_when():
    data = as_data(everything())
    a = data["states"][0]

    assert a["timers"][0] == {
        "name": "window",
        "kind": "after",
        "span": "small.window",
        "at": None,
        "only": "in_force",
        "to": "b",
        "fold": "remembered",
        "do": ["made"],
        "priority": 0,
        "second": None,
    }
    assert a["timers"][1]["second"]["name"] == "review_level_2"
    assert a["ways"][0]["to"] == {"pick": "where", "states": ["a", "done"]}
    assert a["ways"][1]["do"] == ["command:act", "send:other:word:told"]
    assert data["always"]["ways"][0]["do"] == ["send:other:word:None"]
    assert data["opens"]["do"] == ["made"]


def test_an_identity_is_name_version_and_fingerprint_of_the_notation():
    assert identity(everything()).startswith("small@1:")
    assert identity(everything()) == identity(everything())
    assert identity(everything(singleton=True)) != identity(everything())
    assert identity(everything(version=2)).startswith("small@2:")


def test_a_fingerprint_is_the_same_in_every_process():
    notations = [canonical(as_data(one)) for one in load(["workflows"]).workflows.values()]

    assert not any(" at 0x" in text for text in notations)


def test_a_definition_that_is_not_in_the_lock_file_is_a_flaw():
    assert lock_flaws(everything(), None) == ["is not in the lock file"]


def test_a_definition_as_it_was_locked_has_no_flaw():
    assert lock_flaws(everything(), lock_of(everything())) == []


def test_another_version_than_the_locked_one_is_named():
    old, new = everything(), everything(version=2)

    assert lock_flaws(new, lock_of(old)) == [
        f"is {identity(new)}, the lock file has {identity(old)}"
    ]


def test_a_notation_that_changed_without_a_new_version_is_a_flaw():
    changed = everything(always=Always((), ()))

    assert lock_flaws(changed, lock_of(everything())) == [
        "its notation changed without a new version"
    ]


def test_a_function_that_changed_without_a_new_version_is_a_flaw():
    locked = lock_of(everything())
    locked["functions"] = {**locked["functions"], "fine": "0" * 16}

    assert lock_flaws(everything(), locked) == [
        "what its functions do changed without a new version"
    ]


def test_a_docstring_is_no_part_of_a_functions_digest():
    def bare():
        def soon(case, view):
            return 5

        return soon

    def wordy():
        def soon(case, view):
            """Other words."""
            return 5

        return soon

    def other():
        def soon(case, view):
            return 6

        return soon

    def digest_of(fn):
        one, _ = small(state("a", at("when", fn), on("go", "buyer", to="done")), DONE, spans=SPANS)
        return code_digests(one)["soon"]

    assert digest_of(bare()) == digest_of(wordy()) == digest_of(soon)
    assert digest_of(bare()) != digest_of(other())
