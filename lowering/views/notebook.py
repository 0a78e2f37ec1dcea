"""
Programs in notebooks: each function as lets, with its shapes and costs, and with its sharing graph
as a picture. The HTML loads nothing, and has no scripts.
"""

from __future__ import annotations

from html import escape

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from ...passes.rewriting.functions import functions
from ...passes.simplify.scalarize import scalarize
from .graphs import Graph, Node, graph_of
from .terms import format_function

MOST_NODES = 60
"""A picture of more nodes than this is no help, and is left out."""

_WIDTH, _HEIGHT, _GAP, _LEVEL = 150, 34, 18, 64
_COLORS = {"argument": "#e8eef7", "stored": "#fdf0d5", "shared": "#ffffff", "return": "#eeeeee"}
_CELL = 'style="padding: 2px 10px; text-align: left"'


def html_of(module: ModuleOp) -> str:
    """All functions of a module that have a body."""
    copy = module.clone()
    scalarize(copy)
    parts = [_function(f) for f in functions(copy) if f.body.blocks]
    return "\n".join(parts) or "<p>a module without functions</p>"


def _function(function: func.FuncOp) -> str:
    name = function.sym_name.data
    kind = function.function_type
    head = f"<b>@{escape(name)}</b>"
    rows = [
        ("arguments", ", ".join(map(_typed, function.body.blocks[0].args)) or "none"),
        ("results", ", ".join(map(str, kind.outputs)) or "none"),
    ]
    picture = ""
    if len(function.body.blocks) == 1:
        graph = graph_of(function)
        flops = sum(node.flops for node in graph.nodes)
        stored = sum(node.bytes for node in graph.nodes if node.kind in ("stored", "shared"))
        rows.append(("costs", f"{flops:,} flops, {stored:,} bytes of values that are used again"))
        if len(graph.nodes) <= MOST_NODES:
            picture = svg_of(graph)
    table = "".join(
        f"<tr><th {_CELL}>{what}</th><td {_CELL}>{escape(text)}</td></tr>" for what, text in rows
    )
    return (
        f'<div style="margin: 0.5em 0">{head}<table>{table}</table>'
        f'<pre style="background: #f7f7f7; padding: 6px">{escape(_lets(function))}</pre>'
        f"{picture}</div>"
    )


def _typed(value: object) -> str:
    name = getattr(value, "name_hint", None) or "_"
    return f"{name}: {value.type}"  # type: ignore[attr-defined]


def _lets(function: func.FuncOp) -> str:
    try:
        return format_function(function)
    except Exception:
        return str(function)  # an op of another package may have no notation


def svg_of(graph: Graph) -> str:
    """
    The sharing graph as a picture. Each value stands below the values that it reads, and says how
    many bytes it has.
    """
    level: dict[Node, int] = {}
    for node in graph.nodes:
        level[node] = max((level[read] + 1 for read in node.reads if read in level), default=0)
    rows: dict[int, list[Node]] = {}
    for node in graph.nodes:
        rows.setdefault(level[node], []).append(node)
    place: dict[Node, tuple[int, int]] = {}
    widest = max((len(row) for row in rows.values()), default=0)
    for depth, row in rows.items():
        start = (widest - len(row)) * (_WIDTH + _GAP) // 2
        for k, node in enumerate(row):
            place[node] = start + k * (_WIDTH + _GAP) + 4, depth * _LEVEL + 4
    parts = []
    for node in graph.nodes:
        for read in node.reads:
            if read in place:
                (x0, y0), (x1, y1) = place[read], place[node]
                parts.append(
                    f'<line x1="{x0 + _WIDTH // 2}" y1="{y0 + _HEIGHT}" x2="{x1 + _WIDTH // 2}" '
                    f'y2="{y1}" stroke="#888"/>'
                )
    for node in graph.nodes:
        x, y = place[node]
        title = f"{node.what} : {node.type}, {node.bytes:,} bytes, {node.flops:,} flops"
        parts.append(
            f'<g><title>{escape(title)}</title><rect x="{x}" y="{y}" width="{_WIDTH}" '
            f'height="{_HEIGHT}" rx="4" fill="{_COLORS.get(node.kind, "#fff")}" stroke="#666"/>'
            f'<text x="{x + 6}" y="{y + 14}" font-size="12">{escape(_short(node.name))}</text>'
            f'<text x="{x + 6}" y="{y + 28}" font-size="9" fill="#555">'
            f"{escape(_short(f'{node.what} {node.type}', 30))}</text></g>"
        )
    width = widest * (_WIDTH + _GAP) + 8
    height = len(rows) * _LEVEL
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _short(text: str, limit: int = 22) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
