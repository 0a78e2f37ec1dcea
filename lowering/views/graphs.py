"""
The sharing graph of a function. Its nodes are values that are stored or used more than once, and
its edges are reads.

A node is an argument, a value that a let names, a result of the function, a result of a kernel or
library op, or a value that is used more than once. If a value is used once, the program computes it
where it is used: its cost counts there, and its reads are reads of that node. So the graph has as
many edges as the program has operands, at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from xdsl.dialects import func
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import kernel, sharing, types
from ...dialects.op_names import op_name
from ...dialects.types import ints
from ...dialects.walking import captured
from ...passes.rewriting import costs
from ...passes.rewriting.diagnostics import position

SEVERAL_BLOCKS = "it has several blocks, and a sharing graph is that of one"
"""Why a function has no graph."""


@dataclass(eq=False)
class Node:
    """A value, or an op without results that reads some."""

    kind: str
    """`argument`, `stored`, `shared` (used more than once, and not stored), or `return`."""
    name: str
    what: str
    """The op that gives the value."""
    type: str
    bytes: int
    flops: int
    """The flops of the value, and of other values that only this value needs."""
    lines: tuple[tuple[str, int], ...]
    """Files and lines in the source."""
    cluster: int | None = None
    """The number of the kernel that gives the value."""
    reads: dict[Node, None] = field(default_factory=dict)


@dataclass
class Graph:
    """The nodes of a function in order: each after the nodes that it reads."""

    name: str
    nodes: list[Node]
    clusters: list[str]
    """A description of each kernel, by number."""


def lines_of(op: Operation) -> tuple[tuple[str, int], ...]:
    """The lines in the source that an op, and the ops in its regions, came from."""
    places = (position(inner.location) for inner in op.walk())
    return tuple(sorted({(p[0], p[1]) for p in places if p is not None and p[1] > 0}))


def source_lines(op: Operation) -> tuple[str, ...]:
    """The same, as `file.py:3`."""
    return tuple(f"{Path(file).name}:{line}" for file, line in lines_of(op))


def bytes_of(type: Attribute) -> int:
    """The bytes of a value; for a term the bytes of the value that it is a tangent of."""
    return costs.bytes_of(types.value_type(type) if isinstance(type, types.Term) else type)


def graph_of(function: func.FuncOp, every: bool = False) -> Graph:
    """The sharing graph of a function of one block; with `every`, all of its ops are nodes."""
    block = function.body.blocks[0]
    last = block.last_op
    nodes: list[Node] = []
    of: dict[SSAValue, Node] = {}
    clusters: list[str] = []
    absorbed: dict[SSAValue, tuple[int, dict[Node, None], set[tuple[str, int]]]] = {}
    taken: set[str] = set()
    unnamed = iter(range(1 << 62))

    def named(value: SSAValue) -> str:
        name = value.name_hint
        if name is None or name in taken:
            name = next(n for n in _names(name, unnamed) if n not in taken)
        taken.add(name)
        return f"%{name}"

    for arg in block.args:
        of[arg] = Node("argument", named(arg), "argument", str(arg.type), bytes_of(arg.type), 0, ())
        nodes.append(of[arg])
    for op in block.ops:
        flops, reads, lines = costs.flops(op), {}, set(lines_of(op))
        for x in captured(op):
            if x in of:
                reads[of[x]] = None
            elif x in absorbed:
                more, further, places = absorbed.pop(x)
                flops += more
                # Add to the larger one, or else a chain of ops would take the square of its length.
                reads, further = (
                    (reads, further) if len(reads) >= len(further) else (further, reads)
                )
                lines, places = (lines, places) if len(lines) >= len(places) else (places, lines)
                reads.update(further)
                lines |= places
        if op is last:
            nodes.append(
                Node(
                    "return", "return", op_name(op), "", 0, flops, tuple(sorted(lines)), reads=reads
                )
            )
        elif not every and len(op.results) == 1 and _is_absorbed(op, last):
            absorbed[op.results[0]] = (flops, reads, lines)
        elif not types.is_constant(op.results[0]) if op.results else True:
            cluster = None
            if isinstance(op, kernel.Nest):
                cluster = len(clusters)
                loops = "×".join(map(str, ints(op.loops))) or "1"
                clusters.append(f"{op_name(op)} [{loops}]")
            for k, result in enumerate(op.results):
                made = op
                if isinstance(op, sharing.LetOp) and isinstance(op.x.owner, Operation):
                    made = op.x.owner
                kept = isinstance(op, sharing.LetOp | kernel.Nest) or _is_returned(result, last)
                node = Node(
                    "stored" if kept else "shared",
                    named(result),
                    op_name(made),
                    str(result.type),
                    bytes_of(result.type),
                    flops if k == 0 else 0,
                    tuple(sorted(lines)),
                    cluster,
                    dict(reads),
                )
                of[result] = node
                nodes.append(node)
    return Graph(function.sym_name.data, nodes, clusters)


def _names(hint: str | None, unnamed: Iterator[int]) -> Iterator[str]:
    for k in unnamed:
        yield str(k) if hint is None else f"{hint}_{k}"


def _is_absorbed(op: Operation, last: Operation | None) -> bool:
    """Whether the program computes a value at the place of its only use."""
    result = op.results[0]
    uses = list(result.uses)
    if isinstance(op, sharing.LetOp | kernel.Nest) or not uses:
        return False
    users = {use.operation for use in uses}
    return len(users) == 1 and last not in users and not types.is_constant(result)


def _is_returned(value: SSAValue, last: Operation | None) -> bool:
    return any(use.operation is last for use in value.uses)
