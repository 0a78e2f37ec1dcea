"""
Print the ops and the flow of values between them as a graph for Graphviz.

Needs:   nothing.
Leaves:  the program as it is.
Keeps:   all.
Ends:    one walk.

The target `dot` draws what a program stores and reads. This pass draws the ops as they are written,
of any dialect.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass

from ...dialects.op_names import op_name


@dataclass(frozen=True)
class ViewOpGraphPass(ModulePass):
    """Prints the graph of the ops to stderr, for Graphviz."""

    name = "view-op-graph"
    title: ClassVar[str] = "ViewOpGraph"
    wants_scalars: ClassVar[bool] = False

    print_attrs: bool = True
    """Whether a node shows the attributes of its op."""
    print_result_types: bool = True
    """Whether a node shows the types of the results of its op."""
    print_data_flow_edges: bool = True
    """Whether the graph has an arrow from each value to the ops that use it."""
    max_label_len: int = 20
    """The largest number of characters of an attribute in a node."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        print("\n".join(_Graph(self).of(op)), file=sys.stderr)


class _Graph:
    def __init__(self, options: ViewOpGraphPass):
        self._options = options
        self._numbers: dict[SSAValue | Operation, int] = {}
        self._edges: list[str] = []
        self._clusters = 0

    def of(self, op: Operation) -> Iterator[str]:
        yield "digraph G {"
        yield "  compound = true;"
        yield "  node [shape = box];"
        yield from self._op(op, "  ")
        if self._options.print_data_flow_edges:
            yield from self._edges
        yield "}"

    def _op(self, op: Operation, indent: str) -> Iterator[str]:
        number = self._numbers[op] = len(self._numbers)
        inside = indent
        if op.regions:
            yield f"{indent}subgraph cluster_{self._clusters} {{"
            self._clusters += 1
            inside = f"{indent}  "
        yield f"{inside}v{number} [label = {_quoted(self._label(op))}];"
        for index, operand in enumerate(op.operands):
            source = operand.owner if isinstance(operand, OpResult) else operand
            if (start := self._numbers.get(source)) is not None:
                label = f" [label = {_quoted(str(index))}]" if len(op.operands) > 1 else ""
                self._edges.append(f"  v{start} -> v{number}{label};")
        for region in op.regions:
            for block in region.blocks:
                yield from self._block(block, inside)
        if op.regions:
            yield f"{indent}}}"

    def _block(self, block: Block, indent: str) -> Iterator[str]:
        yield f"{indent}subgraph cluster_{self._clusters} {{"
        self._clusters += 1
        for argument in block.args:
            number = self._numbers[argument] = len(self._numbers)
            label = _quoted(self._argument(argument))
            yield f"{indent}  v{number} [label = {label}, shape = ellipse];"
        for op in block.ops:
            yield from self._op(op, f"{indent}  ")
        yield f"{indent}}}"

    def _argument(self, argument: BlockArgument) -> str:
        name = argument.name_hint or f"arg{argument.index}"
        return f"{name}: {argument.type}" if self._options.print_result_types else name

    def _label(self, op: Operation) -> str:
        lines = [op_name(op)]
        if op.results and self._options.print_result_types:
            lines[0] += f" : ({', '.join(str(r.type) for r in op.results)})"
        if self._options.print_attrs:
            for name, value in sorted({**op.properties, **op.attributes}.items()):
                text = str(value)
                if len(text) > self._options.max_label_len:
                    text = f"{text[: self._options.max_label_len]}..."
                lines.append(f"{name}: {text}")
        return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
