"""How a drawing looks: its types, its lines, and two sets of colours, by class alone.

A page with a strict policy can allow this one known text by its hash, or serve it as a stylesheet.
Plain colours and no variables, so that simple renderers can read it too.
"""

from __future__ import annotations

from string import Template

PALETTE = {  # by day, by night
    "paper": ("#ffffff", "#0f172a"),
    "ink": ("#1f2937", "#e2e8f0"),
    "soft": ("#64748b", "#94a3b8"),
    "line": ("#94a3b8", "#64748b"),
    "box": ("#f8fafc", "#1e293b"),
    "edge": ("#cbd5e1", "#475569"),
    "time": ("#b45309", "#fbbf24"),
    "word": ("#7c3aed", "#c4b5fd"),
    "lit": ("#1d4ed8", "#60a5fa"),
    "on_lit": ("#ffffff", "#0f172a"),
    "way": ("#dbeafe", "#1e3a5f"),
    "rest": ("#f1f5f9", "#1a2540"),
    "feast": ("#fdf0e0", "#2e2419"),
    "grid": ("#eef2f6", "#1a2436"),
    "no": ("#b91c1c", "#f87171"),
}
SHAPE = """
.drawing text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  "Liberation Mono", monospace; }
.drawing .name { font-size: 14px; font-weight: 600; }
.drawing .mark { font-size: 12px; }
.drawing .soft { font-size: 11px; }
.drawing rect, .drawing .choice { stroke-width: 1.5; }
.drawing .ring { fill: none; stroke-width: 1; }
.drawing .every rect { stroke-dasharray: 5 4; }
.drawing .line { fill: none; stroke-width: 1.5; }
.drawing .under { fill: none; stroke-width: 6; }
.drawing .icon { fill: none; stroke-width: 1.3; stroke-linecap: round; stroke-linejoin: round; }
"""
COLOURS = Template("""
.drawing text { fill: $ink; }
.drawing .soft { fill: $soft; }
.drawing .paper { fill: $paper; }
.drawing .node rect, .drawing .choice { fill: $box; stroke: $edge; }
.drawing .taken rect { fill: $way; stroke: $lit; }
.drawing .active rect { fill: $lit; stroke: $lit; }
.drawing .active .ring { stroke: $on_lit; }
.drawing .line { stroke: $line; }
.drawing .under { stroke: $paper; }
.drawing .head, .drawing .start { fill: $line; }
.drawing .icon { stroke: $soft; }
.drawing .rest text { fill: $soft; }
.drawing .line.timer { stroke: $time; }
.drawing .line.message { stroke: $word; }
.drawing .head.timer { fill: $time; }
.drawing .head.message { fill: $word; }
.drawing .timer text { fill: $time; }
.drawing .timer .icon { stroke: $time; }
.drawing .message text { fill: $word; }
.drawing .message .icon { stroke: $word; }
.drawing .active text, .drawing .active .mark text, .drawing .active .soft { fill: $on_lit; }
.drawing .active .icon { stroke: $on_lit; }
""")
TIMELINE_SHAPE = """
.timeline .name { font-size: 13px; }
.timeline .name .soft { font-weight: 400; }
.timeline .title { font-size: 15px; font-weight: 600; }
.timeline .grid, .timeline .stem, .timeline .run, .timeline .hatch { fill: none; }
.timeline .stem { stroke-width: 1; }
.timeline .run { stroke-width: 5; }
.timeline .run.to_come { stroke-width: 2; stroke-dasharray: 2 4; }
.timeline .frozen rect, .timeline .hatch { stroke-width: 1; }
.timeline .state rect { stroke-width: 1; }
.timeline .tip { stroke-width: 1.5; }
"""
TIMELINE_COLOURS = Template("""
.timeline .off { fill: $rest; }
.timeline .feast { fill: $feast; }
.timeline text.feast, .timeline text.makeup { fill: $time; }
.timeline .grid { stroke: $grid; }
.timeline .state rect { fill: $way; stroke: $lit; }
.timeline .state.active rect { fill: $lit; }
.timeline .state.active text { fill: $on_lit; }
.timeline .late { fill: $time; }
.timeline .stem { stroke: $line; }
.timeline .foot { fill: $ink; }
.timeline .timer .stem { stroke: $time; }
.timeline .timer .foot { fill: $time; }
.timeline .message .stem { stroke: $word; }
.timeline .message .foot { fill: $word; }
.timeline .refused .stem, .timeline .refused .icon { stroke: $no; }
.timeline .refused text { fill: $no; }
.timeline .refused .soft { fill: $soft; }
.timeline .timer .soft, .timeline .message .soft, .timeline .wait .soft { fill: $soft; }
.timeline .run, .timeline .hatch, .timeline .frozen rect { stroke: $time; }
.timeline .frozen rect { fill: $paper; }
.timeline .tip { fill: $paper; stroke: $time; }
.timeline .tip.fired { fill: $time; }
.timeline .cancelled text { fill: $soft; }
.timeline .tip.cancelled { stroke: $line; }
.timeline .cancelled .run, .timeline .cancelled .hatch, .timeline .cancelled rect { stroke: $line; }
""")
DAY, NIGHT = ({name: pair[i] for name, pair in PALETTE.items()} for i in (0, 1))
STYLE = (
    f"{SHAPE}{COLOURS.substitute(DAY)}"
    f"@media (prefers-color-scheme: dark) {{{COLOURS.substitute(NIGHT)}}}\n"
)
TIMELINE_STYLE = (
    f"{SHAPE}{TIMELINE_SHAPE}{COLOURS.substitute(DAY)}{TIMELINE_COLOURS.substitute(DAY)}"
    "@media (prefers-color-scheme: dark) "
    f"{{{COLOURS.substitute(NIGHT)}{TIMELINE_COLOURS.substitute(NIGHT)}}}\n"
)
