"""A drawing is printed from the definition, says all of it, and changes only on purpose.

After a wanted change: `RENEW_DRAWINGS=1 python -m pytest tests/core/test_diagram.py`, then read
the difference. A changed drawing is a change to review (STYLE 6).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from orchestrator.core.diagram import STYLE, dot, mermaid, svg
from orchestrator.core.diagram.layout import Sheet, width
from orchestrator.core.workflow import (
    TimerRule,
    Workflow,
    after,
    always,
    at,
    choose,
    final,
    freezes,
    hears,
    limit,
    on,
    opens,
    state,
    target,
    workflow,
)
from tests.core.drawings import ROOT, SVG, box, extents, overlap, segments, unchanged
from workflows.account_standing import ACCOUNT_STANDING
from workflows.complainant_registration import COMPLAINANT_REGISTRATION
from workflows.ip_complaint import IP_COMPLAINT
from workflows.order_dispute import ORDER_DISPUTE
from workflows.rights_registration import RIGHTS_REGISTRATION
from workflows.shop_deposit import SHOP_DEPOSIT

HERE = "tests/core/test_diagram.py"
HOSTILE = '</text><script>"&;: --> \\ \n end note'


def wherever(case, event, view):
    return "open"


def one_of_two(case, event, view):
    return "open"


def some_day(case, view):
    return None


def drawn(*chapters, name="thicket") -> Workflow:
    return workflow(name, opens("buyer"), *chapters, rules={}, story="", source="")


ANYWHERE = choose(wherever, "open", "waiting", "done", "lost")
EITHER = choose(one_of_two, "open", "done")
ENDS = choose(wherever, "done", "lost")

THICKET = drawn(  # all that the notation can say, in knots
    state(
        "open",
        target("reminder", "a.b"),
        limit("answer_limit", "a.b"),
        after("patience", "a.b", to="third"),
        on("go", ("staff", "buyer"), to="waiting"),
        on("reopen", "staff", to="open"),
        on("jump", "staff", to="third"),
        on("pick", "staff", to=ANYWHERE),
        on("draw_lots", "staff", to=EITHER),
        on("comment", "buyer"),
    ),
    state(
        "waiting",
        freezes("answer_limit"),
        after("wait", "a.b", to="done"),
        hears("heard", to="third"),
        on("proceed", "staff", to="third"),
        on("back", "staff", to="open"),
    ),
    state(
        "third",
        at("anniversary", some_day, to=ANYWHERE),
        at("birthday", some_day),
        at("jubilee", some_day, to=ANYWHERE, then=after("grace", "a.b", to="done")),
        on("over", "staff", to=ENDS),
        on("lose", "buyer", to="lost"),
        open_ended=True,
    ),
    state("last", on("rise", "buyer", to="third"), on("end", "buyer", to="done"), open_ended=True),
    final("done", "lost", "unreached"),
    always(
        on("withdraw", "buyer", to="lost"),
        hears("restart", to="open"),
        hears("noted"),
        at("tick", some_day, to=EITHER),
    ),
)
ALONE = drawn(state("alone", open_ended=True))
BARE = drawn(state("a", TimerRule("x", "limit", "a.b", None, None, None, (), 0)), final("z"))

SHIPPED = [
    *(COMPLAINANT_REGISTRATION, RIGHTS_REGISTRATION, IP_COMPLAINT, ACCOUNT_STANDING),
    *(ORDER_DISPUTE, SHOP_DEPOSIT),
]
ALL = [*SHIPPED, THICKET, ALONE, BARE]
FORMS = [mermaid, dot, svg]


def named(workflows: list[Workflow]) -> pytest.MarkDecorator:
    ids = [f"{w.name}-{w.initial}" for w in workflows]
    return pytest.mark.parametrize("workflow", workflows, ids=ids)


def names(workflow: Workflow) -> set[str]:
    """Every state, event and timer of a definition."""
    return (
        {s.name for s in workflow.states}
        | {way.event for _, way in workflow.all_ways()}
        | {timer.name for _, timer in workflow.all_timers()}
    )


def nodes(text: str) -> dict[str | None, str]:
    """The class of each box of an SVG, by its state."""
    groups = (group for group in ET.fromstring(text).iter(f"{SVG}g"))
    return {
        group.get("data-state"): group.get("class", "")
        for group in groups
        if group.get("class", "").startswith("node")
    }


# -- the drawing is the definition ------------------------------------------------------------


@named(SHIPPED)
def test_the_committed_drawing_of_a_shipped_workflow_is_what_its_definition_says(workflow):
    unchanged(mermaid(workflow), ROOT / "tests" / "golden" / f"{workflow.name}.mmd", HERE)


def test_the_picture_in_the_readme_is_drawn_from_the_definition():
    unchanged(svg(IP_COMPLAINT), ROOT / "docs" / "ip_complaint.svg", HERE)


@pytest.mark.parametrize("form", FORMS)
@named(ALL)
def test_every_state_event_and_timer_is_in_the_drawing(workflow, form):
    words = set(re.findall(r"\w+", form(workflow).replace("\\n", "\n")))

    assert names(workflow) - words == set()


@pytest.mark.parametrize("form", FORMS)
@named(ALL)
def test_a_drawing_is_the_same_every_time(workflow, form):
    assert form(workflow) == form(workflow)


@pytest.mark.parametrize("form", FORMS)
@named(SHIPPED)
def test_states_are_told_in_the_order_of_the_chapters(workflow, form):
    text = form(workflow)
    told = [
        re.search(rf'(?m)^    {s.name} (: |\[)|data-state="{s.name}"', text).start()
        for s in workflow.states
        if not s.final
    ]

    assert told == sorted(told)


# -- what an arrow says -----------------------------------------------------------------------


def test_an_event_says_who_may_send_it_and_a_timer_has_a_clock():
    lines = [line.strip() for line in mermaid(IP_COMPLAINT).splitlines()]

    assert "[*] --> under_review : opens (complainant)" in lines
    assert "under_review --> appeal_window : uphold (staff)" in lines
    assert "appeal_window --> final_upheld : ⏱ appeal_window" in lines
    assert "withdrawn --> [*]" in lines


def test_what_only_happens_inside_a_state_is_noted_in_its_box():
    lines = [line.strip() for line in mermaid(THICKET).splitlines()]

    assert [line for line in lines if line.startswith(("open : ", "waiting : ", "third : "))] == [
        "open : open",
        "open : ⏱ reminder reminds",
        "open : ⏱ answer_limit escalates",
        "open : ⏱ answer_limit_level_2 escalates again",
        "open : comment (buyer) stays",
        "waiting : waiting",
        "waiting : ❄ answer_limit stands still",
        "third : third",
        "third : ⏱ birthday stays",
        "third : ∞ may rest here for ever",
    ]


def test_a_message_is_told_apart_from_an_event_that_a_person_sends():
    assert "waiting --> third : ✉ heard\n" in mermaid(THICKET)
    assert 'waiting -> third [label="✉ heard"]' in dot(THICKET)
    assert '<g class="mark message">' in svg(THICKET)


def test_a_choice_leads_once_to_each_state_that_it_may_pick():
    picked = re.findall(r"where_it_stands --> (\w+)", mermaid(ACCOUNT_STANDING))

    assert picked == ["good", "restricted", "closure_pending", "closed"]
    assert re.findall(r"where_it_stands -> (\w+)", dot(ACCOUNT_STANDING)) == picked


def test_two_choices_of_one_function_are_two_diamonds():
    assert re.findall(r"state (\w+) <<choice>>", mermaid(THICKET)) == [
        "wherever",
        "one_of_two",
        "wherever_",
    ]
    assert svg(THICKET).count('class="choice"') == 3


def test_what_holds_in_every_state_leaves_from_one_place_alone():
    for form in FORMS:
        assert len(re.findall("violation_upheld", form(ACCOUNT_STANDING))) == 1


def test_a_way_back_to_its_own_state_is_a_loop_or_a_remark_that_it_begins_again():
    assert "open --> open : reopen (staff)" in mermaid(THICKET)
    assert "begins again" in svg(THICKET)


# -- the current state ------------------------------------------------------------------------


@named(ALL)
def test_the_current_state_is_lit_and_no_other(workflow):
    for lit in (s.name for s in workflow.states):
        found = nodes(svg(workflow, lit))

        assert f"    class {lit} lit\n" in mermaid(workflow, lit)
        assert f'    {lit} [class="lit"' in dot(workflow, lit)
        assert [name for name, kind in found.items() if "active" in kind.split()] == [lit]


def test_the_states_on_the_way_are_taken_and_the_present_one_is_active():
    found = nodes(svg(IP_COMPLAINT, "withdrawn", ["under_review", "an_older_state", "withdrawn"]))

    assert found["under_review"] == "node taken"
    assert found["withdrawn"] == "node active final"
    assert found["appeal_window"] == "node"
    assert found["rejected"] == "node final"


@pytest.mark.parametrize("form", FORMS)
def test_a_state_that_does_not_exist_cannot_be_lit(form):
    with pytest.raises(KeyError, match="nowhere"):
        form(IP_COMPLAINT, "nowhere")


def test_without_a_current_state_nothing_is_lit():
    assert "lit" not in mermaid(ALONE) + dot(ALONE)
    assert nodes(svg(ALONE)) == {"alone": "node"}


# -- the SVG ----------------------------------------------------------------------------------


@named(ALL)
def test_the_svg_is_a_titled_image_without_script_inline_style_or_anything_fetched(workflow):
    text = svg(workflow)
    root = ET.fromstring(text)

    assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
    assert root.find(f"{SVG}title").text == root.get("aria-label") == f"{workflow.name}, version 1"
    assert [style.text for style in root.iter(f"{SVG}style")] == [STYLE]
    assert "prefers-color-scheme: dark" in STYLE
    assert not re.search(r"style=|<script|href|url\(|@import", text)


@named(ALL)
def test_no_two_texts_of_an_svg_overlap_and_none_leaves_it(workflow):
    root = ET.fromstring(svg(workflow))
    texts = list(extents(root))

    assert [(a, b) for a, b in combinations(texts, 2) if overlap(a[1:], b[1:])] == []
    for text, left, top, right, bottom in texts:
        assert left >= 0, text
        assert right <= float(root.get("width")), text
        assert top >= 0, text
        assert bottom <= float(root.get("height")), text


@named(ALL)
def test_no_line_of_an_svg_runs_through_a_text(workflow):
    root = ET.fromstring(svg(workflow))
    runs = [run for path in root.iter(f"{SVG}path") for run in segments(path)]

    assert [(t[0], r) for t in extents(root) for r in runs if overlap(t[1:], r)] == []


@named(ALL)
def test_no_two_boxes_of_an_svg_overlap(workflow):
    groups = [g for g in ET.fromstring(svg(workflow)).iter(f"{SVG}g") if g.get("data-state")]
    boxes = [box(group.find(f"{SVG}rect")) for group in groups]

    assert [pair for pair in combinations(boxes, 2) if overlap(*pair)] == []


def test_lines_to_different_destinations_never_share_a_lane():
    sheet = Sheet(THICKET)
    spans: dict[float, list[tuple[float, float]]] = {}
    for net in sheet.lanes:
        rows = [row for port, row in sheet.rows.items() if port.net == net]
        rows += [sheet.end_rows[net[1]]] if net[1] in sheet.end_rows else []
        spans.setdefault(sheet.lane_x(net), []).append((min(rows), max(rows)))

    for lane in spans.values():
        assert not [(a, b) for a, b in combinations(lane, 2) if a[0] <= b[1] and b[0] <= a[1]]


def test_an_ideograph_takes_the_room_of_two_letters():
    assert width("审核中", 10) == width("review", 10)


# -- names that are meant to do harm ----------------------------------------------------------


def hostile() -> Workflow:
    return drawn(
        state(
            HOSTILE,
            limit(HOSTILE + "l", "a.b"),
            on(HOSTILE + "e", HOSTILE + "r", to="end"),
            on("c", "staff", to=choose(lambda case, event, view: "end", "end", "node")),
        ),
        state("node", on("x", "staff", to="in_every_state"), open_ended=True),
        state("in_every_state", open_ended=True),
        state("state_2_", open_ended=True),
        final("end", "state_5"),
        always(hears("m", to="node")),
        name=HOSTILE,
    )


def test_a_hostile_name_stays_text_in_an_svg():
    root = ET.fromstring(svg(hostile(), HOSTILE))

    assert HOSTILE in root.itertext()
    assert not list(root.iter(f"{SVG}script"))
    assert "node active" in nodes(svg(hostile(), HOSTILE)).values()


def test_what_xml_cannot_hold_is_shown_as_a_replacement():
    odd = drawn(state("a\x00\x1b\ud800\ufffeb", open_ended=True))

    assert "a\ufffd\ufffd\ufffd\ufffdb" in "".join(ET.fromstring(svg(odd)).itertext())


def test_a_hostile_name_cannot_end_a_label_in_mermaid():
    text = mermaid(hostile(), HOSTILE)
    escaped = "".join(c if c in " abcdefghijklmnopqrstuvwxyz-" else f"#{ord(c)};" for c in HOSTILE)

    assert f"    state_1 : {escaped}\n" in text
    assert not set('<>"&\\') & set(text.replace("-->", "").replace("<<choice>>", ""))


def test_a_hostile_name_cannot_end_a_label_in_graphviz():
    text = dot(hostile(), HOSTILE)
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)

    assert '</text><script>\\"&amp;;: --> \\\\ end note' in text
    assert "script" not in outside
    assert "\\ \n" not in text


@pytest.mark.parametrize(
    "identifiers",
    [
        lambda: re.findall(r"(?m)^    (\w+) : ", mermaid(hostile())),
        lambda: re.findall(r"(?m)^    (\w+) \[label", dot(hostile())),
    ],
)
def test_a_name_that_is_a_word_of_the_language_gets_another_identifier(
    identifiers: Callable[[], list[str]],
):
    places = list(dict.fromkeys(identifiers()))

    assert places[:6] == ["state_1", "state_2", "in_every_state", "state_2_", "state_5", "state_5_"]
