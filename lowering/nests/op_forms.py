"""
The form of an op: all that it is, with a number in place of each value. Equal ops have equal forms.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from xdsl.ir import Block, Operation, SSAValue


def form_of(
    root: Operation,
    about: Callable[[Operation], Iterable[Hashable]],
    outside: Callable[[SSAValue], Hashable] = lambda x: x.type,
) -> tuple[tuple[Hashable, ...], list[SSAValue]]:
    """
    The form of an op, and the values from outside of it, in the order in which the form names them.
    `about` says what counts of an op beside its values and regions, and `outside` what counts of
    a value from outside.
    """
    numbers: dict[SSAValue, int] = {}
    blocks: dict[Block, int] = {}
    inputs: list[SSAValue] = []
    form: list[Hashable] = []

    def define(values: Sequence[SSAValue]) -> None:
        # A block that stands in front may have used a value already, which keeps its number.
        form.append(tuple((numbers.setdefault(x, len(numbers)), x.type) for x in values))

    def visit(op: Operation) -> None:
        for x in op._operands:
            if x not in numbers:
                numbers[x] = len(numbers)
                inputs.append(x)
                form.append(outside(x))
        given = [numbers[x] for x in op._operands]
        form.append((type(op), *given, len(op.regions), *[blocks[b] for b in op._successors]))
        form.extend(about(op))
        for region in op.regions:
            form.append(len(region.blocks))
            for block in region.blocks:
                blocks[block] = len(blocks)
            for block in region.blocks:
                define(block.args)
                for inner in block.ops:
                    visit(inner)
        define(op.results)

    visit(root)
    return tuple(form), inputs
