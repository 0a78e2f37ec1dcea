"""
The integers among the arguments of a function from which sizes follow, such as `%n` of
`memref.alloc(%n)`. letgrad computes with fixed sizes, so such an argument becomes a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import IndexType, IntegerType, MemRefType, TensorType
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.traits import IsTerminator

from ...dialects import types
from .upstream_rules import shape_of

SIZES = (
    "dynamic_sizes", "dynamicSizes", "sizes", "dynamic_extents", "dynamicExtents", "output_shape",
    "dynamic_output_shape", "low", "high", "size", "shape", "inner_tiles",
)  # fmt: skip
"""Names that ops have for the operands which say sizes."""


def size_arguments(function: func.FuncOp) -> list[int]:
    """
    The places of the integer arguments from which the size of a tensor or of memory may follow: in
    the function, or in a function that it calls.
    """
    reached = _reaching(_sizes_in(function))
    return [k for k, a in enumerate(function.body.blocks[0].args) if a in reached]


def numbers(function: func.FuncOp, sizes: Sequence[int]) -> tuple[list[int], dict[int, int]]:
    """
    The dynamic sizes of the types of the arguments, in order, and the numbers of the arguments that
    say sizes, by their places. `sizes` has all of them in the order of the arguments, or those of
    the types only; one number is for all.
    """
    arguments = function.body.blocks[0].args
    count, places = sum(map(dynamic, arguments)), size_arguments(function)
    if len(sizes) == 1 and (count or places):
        return list(sizes) * count, {} if count else dict.fromkeys(places, sizes[0])
    if not places or len(sizes) != count + len(places):
        return list(sizes), {}
    rest, found, of_types = list(sizes), dict[int, int](), list[int]()
    for k, argument in enumerate(arguments):
        if k in places:
            found[k] = rest.pop(0)
        else:
            n = dynamic(argument)
            of_types, rest = [*of_types, *rest[:n]], rest[n:]
    return of_types, found


def dynamic(argument: SSAValue) -> int:
    """How many dynamic sizes the type of an argument has."""
    if not isinstance(argument.type, TensorType | MemRefType):
        return 0
    return sum(n is None for n in shape_of(argument.type))


def _functions(function: func.FuncOp) -> list[func.FuncOp]:
    """The function, and all that it calls in any depth."""
    module = function.parent_op()
    known = {} if module is None else {
        op.sym_name.data: op for op in module.walk() if isinstance(op, func.FuncOp)
    }  # fmt: skip
    found = [function]
    for each in found:
        for op in each.walk():
            callee = known.get(op.callee.string_value()) if isinstance(op, func.CallOp) else None
            if callee is not None and callee not in found:
                found.append(callee)
    return found


def _sizes_in(function: func.FuncOp) -> Iterable[SSAValue]:
    """The operands that say the sizes of results."""
    for each in _functions(function):
        for op in each.walk():
            for name in SIZES if any(map(_is_array, op.results)) else ():
                value = getattr(op, name, None)
                given = [value] if isinstance(value, SSAValue) else value
                if isinstance(given, Sequence):
                    yield from (v for v in given if isinstance(v, SSAValue))


def _integers(values: Iterable[SSAValue]) -> Iterable[SSAValue]:
    return (v for v in values if _is_integer(v))


def _is_integer(value: SSAValue) -> bool:
    element = types.any_element(value.type) if _is_array(value) else value.type
    return isinstance(element, IntegerType | IndexType)


def _is_array(value: SSAValue) -> bool:
    return isinstance(value.type, TensorType | MemRefType)


def _reaching(values: Iterable[SSAValue]) -> set[SSAValue]:
    """The values from which these follow, by ops on integers, branches, loops and calls."""
    found: dict[SSAValue, None] = {}
    rest = list(values)
    while rest:
        value = rest.pop()
        if value in found or not _is_integer(value):
            continue
        found[value] = None
        owner = value.owner
        if isinstance(value, BlockArgument):
            rest += _given(value)
        elif isinstance(owner, Operation):
            rest += _integers(owner.operands)
            for region in owner.regions:
                for block in region.blocks:
                    if block.last_op is not None:
                        rest += _integers(block.last_op.operands)
        if isinstance(value.type, MemRefType):
            # The content of memory is what stores give.
            for use in value.uses:
                rest += _integers(use.operation.operands)
    return set(found)


def _given(argument: BlockArgument) -> list[SSAValue]:
    """The integers that an argument of a block may be, or follow from."""
    block = argument.owner
    region, op = block.parent, block.parent_op()
    if region is None or op is None:
        return []
    if region.first_block is not block:
        return [v for last in _jumps(block) for v in _integers(last.operands)]
    if not isinstance(op, func.FuncOp):
        ends = [b.last_op for b in region.blocks if b.last_op is not None]
        return [v for each in (op, *ends) for v in _integers(each.operands)]
    module = op.parent_op()
    calls = [] if module is None else [
        c for c in module.walk()
        if isinstance(c, func.CallOp) and c.callee.string_value() == op.sym_name.data
    ]  # fmt: skip
    return [c.operands[argument.index] for c in calls]


def _jumps(block: Block) -> list[Operation]:
    """The ops that jump to a block."""
    region = block.parent
    assert region is not None
    return [
        b.last_op for b in region.blocks
        if b.last_op is not None and b.last_op.has_trait(IsTerminator)
        and block in b.last_op.successors
    ]  # fmt: skip
