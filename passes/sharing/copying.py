"""
The only code that copies computations.

All copies are made here, in the open. So there is one place that counts copies. If a copy must stay
one value with its original, this code marks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import LocationAttr
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects.walking import ops_in
from ..rewriting import locations
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter
from ..rewriting.functions import called
from .shared_terms import renew_stamps, stamp_roots

INLINING_LIMIT = 2_000_000
"""The largest number of ops to which the calls of a function may expand."""


def copy_region(region: Region) -> Region:
    """
    The region again, for another op that runs the same function of its arguments. Names are kept.

    The function first stamps costly values in the region, so that each stays one value in both
    regions.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> body = find_function(module, "lambda").body
        >>> copy_region(body).is_structurally_equivalent(body)
        True
    """
    if region.parent is not None:
        stamp_roots(region.parent)
    return region.clone()


def copy_op(
    op: Operation, operands: Sequence[SSAValue], result_types: Sequence[Attribute]
) -> Operation:
    """
    The op again, on other operands and with results of other types. Its regions are copied, and its
    source location is kept.

    Example:

        >>> x = types.constant(2.0, f64).result
        >>> op = CubeOp(x)
        >>> other = types.constant(3.0, f64).result
        >>> copy = copy_op(op, [other], [f64])
        >>> copy.x is other, copy.location == op.location
        (True, True)
    """
    return type(op).create(
        operands=operands,
        result_types=result_types,
        properties=op.properties.copy(),
        attributes=op.attributes.copy(),
        regions=[copy_region(region) for region in op.regions],
        location=op.location,
    )


def inline(function: func.FuncOp, args: Sequence[SSAValue], e: Emitter) -> list[SSAValue]:
    """
    A copy of the function's body at the emitter's place, on these arguments. Returns the results.
    The body must be one block. The copy gets new stamps. Ops at the place of the function itself
    get the emitter's place: they have no other line in the source than that of a call.

    Example:

        >>> square = find_entry(lg.trace(lambda x: x * x, 1.0), None)
        >>> module = lg.trace(lambda x: np.sin(x), 1.0)
        >>> sine = next(op for op in module.walk() if isinstance(op, math.SinOp))
        >>> [sine.operands[0]] = inline_function(square, sine.operands, Emitter.before(sine))
        >>> show(module)
        lambda = \\x -> sin (x * x)
    """
    if len(function.body.blocks) != 1:
        raise LetgradError(
            f"@{function.sym_name.data} has branches between blocks and cannot be inlined", function
        )
    mapping: dict[SSAValue, SSAValue] = dict(zip(function.body.block.args, args, strict=True))
    stamps: dict[int, int] = {}
    for op in function.body.block.ops:
        if isinstance(op, func.ReturnOp):
            return [mapping.get(v, v) for v in op.operands]
        copy = e.insert(op.clone(mapping))
        move(copy, function.location, e.location)
        # On other arguments, a stamped term is another value.
        renew_stamps(copy, stamps)
    raise LetgradError(f"@{function.sym_name.data} does not return", function)


def move(op: Operation, old: LocationAttr, new: LocationAttr) -> None:
    """Give an op, and the ops in its regions, the place `new` if `old` is their only place."""
    for inner in ops_in(op) if op.regions else (op,):
        inner.location = locations.moved(inner.location, old, new)


def inline_calls(known: Mapping[str, func.FuncOp], function: func.FuncOp) -> None:
    """Expand all calls in `function`. Errors: as `_expand`."""
    _expand(known, ops_in(function), function.sym_name.data)


def inline_calls_between(
    known: Mapping[str, func.FuncOp], start: Operation, end: Operation, caller: str
) -> None:
    """Expand all calls of `caller` between two ops of a block. Errors: as `_expand`."""
    ops = []
    op = start.next_op
    while op is not None and op is not end:
        ops.extend(ops_in(op))
        op = op.next_op
    _expand(known, ops, caller)


def _expand(known: Mapping[str, func.FuncOp], ops: Iterable[Operation], caller: str) -> None:
    """
    Expand the calls among `ops`, and the calls in the bodies that take their places.

    Errors: `LetgradError` for recursion, for a callee of another type or without a body, and for
            more than `INLINING_LIMIT` ops.
    """
    pending: list[tuple[func.CallOp, tuple[str, ...]]] = [
        (op, (caller,)) for op in ops if isinstance(op, func.CallOp)
    ]
    expanded = 0
    while pending:
        call, path = pending.pop()
        name = call.callee.string_value()
        if name in path:
            raise LetgradError(
                f"@{name} calls itself ({' → '.join((*path, name))}); recursion has no derivative",
                call,
            )
        callee = called(known, call.callee, call, call.operand_types, call.result_types)
        before, block = call.prev_op, call.parent
        assert block is not None
        results = inline(callee, call.operands, Emitter.before(call))
        inner = before.next_op if before is not None else block.first_op
        while inner is not None and inner is not call:
            for op in ops_in(inner):
                expanded += 1
                if isinstance(op, func.CallOp):
                    pending.append((op, (*path, name)))
            inner = inner.next_op
        if expanded > INLINING_LIMIT:
            raise LetgradError(
                f"the calls of @{caller} expand to more than {INLINING_LIMIT} ops", call
            )
        Rewriter.replace_op(call, [], results)
