"""
The target `dot`: prints the sharing graph of each function for Graphviz.

    letgrad-opt f.mlir -p sharing-materialize -t dot | dot -Tsvg -o f.svg

Nodes are values, with type, bytes and flops. Edges are reads. Kernels are clusters. `graphs` says
which values are nodes, and which costs count for a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Literal

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target

from ...passes.rewriting.diagnostics import warning
from ...passes.rewriting.functions import functions
from .graphs import SEVERAL_BLOCKS, Graph, Node, graph_of

STYLES = {
    "argument": 'shape=ellipse, style=filled, fillcolor="#e8eef7"',
    "stored": 'shape=box, style=filled, fillcolor="#fdf0d5"',
    "shared": "shape=box, style=dashed",
    "return": "shape=plaintext",
}


@dataclass(frozen=True)
class DotTarget(Target):
    """Prints the graph of stored values and their reads, for Graphviz."""

    name = "dot"

    values: Literal["shared", "every"] = "shared"
    """`every` makes each op a node; else only values that are stored, or used more than once."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        print("digraph {", file=output)
        print("  rankdir=TB;", file=output)
        print('  node [fontname="Helvetica"];', file=output)
        for k, function in enumerate(f for f in functions(module) if f.body.blocks):
            if len(function.body.blocks) == 1:
                self._function(k, function, output)
            else:
                warning(f"@{function.sym_name.data} is not drawn: {SEVERAL_BLOCKS}", function)
        print("}", file=output)

    def _function(self, k: int, function: func.FuncOp, output: IO[str]) -> None:
        graph = graph_of(function, self.values == "every")
        numbers = {node: f"f{k}_{n}" for n, node in enumerate(graph.nodes)}
        print(f"  subgraph cluster_f{k} {{", file=output)
        print(f"    label={quoted('@' + graph.name)};", file=output)
        _nodes(graph, k, numbers, output)
        for node in graph.nodes:
            for read in node.reads:
                print(f"    {numbers[read]} -> {numbers[node]};", file=output)
        print("  }", file=output)


def _nodes(graph: Graph, k: int, numbers: dict[Node, str], output: IO[str]) -> None:
    kernels: list[list[Node]] = [[] for _ in graph.clusters]
    for node in graph.nodes:
        if node.cluster is None:
            print(f"    {numbers[node]} [label={label(node)}, {STYLES[node.kind]}];", file=output)
        else:
            kernels[node.cluster].append(node)
    for c, (what, nodes) in enumerate(zip(graph.clusters, kernels)):
        print(f"    subgraph cluster_f{k}_k{c} {{", file=output)
        print(f"      label={quoted(what)}; style=rounded;", file=output)
        for node in nodes:
            print(f"      {numbers[node]} [label={label(node)}, {STYLES[node.kind]}];", file=output)
        print("    }", file=output)


def label(node: Node) -> str:
    lines = [node.name]
    if node.type:
        lines[0] += f" : {node.type}"
    if node.kind in ("stored", "shared"):
        lines.append(f"{node.what}, {node.bytes} bytes, {node.flops} flops")
    lines += [f"{file}:{line}" for file, line in node.lines[:3]]
    return quoted("\n".join(lines))


def quoted(text: str) -> str:
    """A string of Graphviz."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
