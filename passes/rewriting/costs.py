"""
The cost of computing a value and of keeping a value: the one cost model that all passes ask.

The model counts flops per element, in units of an addition. A transcendental function counts
roughly as many flops as its vectorized version takes on current CPUs. The bytes of an op are the
bytes of the values that the op reads and writes.
"""

from __future__ import annotations

import functools
from collections import Counter
from math import prod
from typing import Any

from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import IndexType, IntegerType, TensorType
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ...dialects import delta, kernel, sharing, ten, types
from ...dialects.types import ints, shape
from ...dialects.walking import ops_in
from . import effects

LOAD = STORE = 1
"""Flops that take as long as reading or writing one element of a table."""

PRIMAL_FLOPS = "letgrad.primal_flops"
"""The attribute of a derivative that says how many flops its primal takes."""

ARENA_BYTES, PEAK_BYTES = "letgrad.arena_bytes", "letgrad.peak_bytes"
"""
The attributes of a function with planned buffers. They say how many bytes the intermediate values
take, and how many bytes a call takes with arguments, constants and results.
"""

TRANSCENDENTAL = 20
DIVISION = 4

_WEIGHTS: dict[type[Operation], int] = {
    arith.DivfOp: DIVISION,
    math.SqrtOp: DIVISION,
    math.RsqrtOp: DIVISION,
    math.FmaOp: 2,
    # Two divisions and a root, or one of these less.
    ten.HypotOp: 3 * DIVISION,
    ten.UnitOp: 3 * DIVISION,
    ten.InvertOp: 2 * DIVISION,
    ten.FmodOp: 2 * DIVISION,
    ten.Sech2Op: TRANSCENDENTAL,
    ten.SpecialOp: 4 * TRANSCENDENTAL,
    math.AbsFOp: 1,
    math.CopySignOp: 1,
    math.FloorOp: 1,
    math.CeilOp: 1,
    math.TruncOp: 1,
    math.RoundOp: 1,
    math.RoundEvenOp: 1,
}

_VIEWS: frozenset[type[Operation]] = frozenset((
    ten.BroadcastOp, ten.CastOp, ten.ComplexOp, ten.ConcatOp, ten.GatherOp, ten.ImagOp, ten.IndexOp,
    ten.IotaOp, ten.PadOp, ten.RealOp, ten.ReshapeOp, ten.ReverseOp, ten.SelectOp, ten.SliceOp,
    ten.StackOp, ten.TransposeOp, ten.UpdateOp, arith.ConstantOp, sharing.LetOp, sharing.ShareOp,
    delta.StopOp,
))  # fmt: skip
"""Ops that move values, or name them."""


def bytes_of(type: Attribute) -> int:
    """
    The bytes of a value: its elements times their size. A value that is no array (a memref) counts
    0.
    """
    if type.__class__ is TensorType:
        known: Any = type.__dict__
        if "_letgrad_bytes" not in known:
            known["_letgrad_bytes"] = _bytes_of(type)
        return known["_letgrad_bytes"]
    return _bytes_of(type)


def _bytes_of(type: Attribute) -> int:
    e = types.element(type)
    if isinstance(e, IndexType):
        width = 64
    elif isinstance(e, IntegerType):
        width = max(e.width.data, 8)
    else:
        width = getattr(types.part(e), "bitwidth", 0) * (2 if types.is_complex(e) else 1)
    return types.size(type) * width // 8


def is_view(op: Operation) -> bool:
    """Whether an op computes nothing: it moves values, selects, converts or names."""
    return op.__class__ in _VIEWS


def is_cheap(op: Operation) -> bool:
    """
    Whether a pass may compute an op again wherever the result is used, instead of keeping the
    result: views, comparisons, and integer arithmetic.
    """
    if (op.__class__ in _VIEWS and not op.regions) or effects.is_terminator(type(op)):
        return True
    if op.regions:
        return False
    if isinstance(op, ten.CompareOp):
        return True
    if not op.name.startswith("arith."):
        return False
    for result in op.results:
        if not isinstance(types.element(result.type), (IndexType, IntegerType)):
            return False
    return True


CHEAP_OPS = 16
"""
Up to this many ops of index arithmetic, a pass computes the ops again instead of keeping their
results.
"""


def is_cheap_term(value: SSAValue) -> bool:
    """
    Whether a pass may compute a value again wherever it is used, together with its operands down to
    kept or costly values. Such a value is a view of these, or a little index
    arithmetic on these.
    """
    ops = 0
    pending = [value]
    while pending:
        op = pending.pop().owner
        if not isinstance(op, Operation) or isinstance(op, sharing.LetOp) or not is_cheap(op):
            continue
        ops += 0 if is_view(op) else 1
        if ops > CHEAP_OPS:
            return False
        pending.extend(op.operands)
    owner = value.owner
    return not isinstance(owner, Operation) or is_cheap(owner)


def trip_count(loop: scf.ForOp) -> int | None:
    """How often a loop runs its body, if the program says so."""
    lower, upper, step = (types.constant_value(x) for x in loop.operands[:3])
    if not isinstance(lower, int) or not isinstance(upper, int) or not isinstance(step, int):
        return None
    return max(0, -(-(upper - lower) // step)) if step > 0 else None


def cost_once(op: Operation) -> int:
    """
    Flops of one execution of an op whose result a pass may tabulate, with the elements that the op
    loads.
    """
    if isinstance(op, ten.IndexOp):
        return LOAD * types.size(op.result.type)
    return 0 if is_cheap(op) else flops(op)


def flops(op: Operation) -> int:
    """
    The flops of one execution of an op. The flops of its regions count as often as the regions run.
    """
    weight = _weight(type(op))
    if weight is not None:
        return weight * types.size(op.results[0].type) if weight and op.results else 0
    match op:
        case scf.IfOp():
            return max((_block_flops(region) for region in op.regions), default=0)
        case scf.ForOp():
            trips = trip_count(op)
            return (1 if trips is None else trips) * _block_flops(op.body)
        case ten.ScanOp():
            trips = op.trips if op.turns is None else min(op.trips, 1)
            return trips * _block_flops(op.body)
        case ten.WhileOp():
            return _block_flops(op.condition) + _block_flops(op.body)
        case ten.GatherOp() | ten.BuildOp():
            return prod(op.domain) * _block_flops(op.body)
        case ten.ScatterOp():
            return types.size(op.t.type) + prod(op.domain) * _block_flops(op.body)
        case ten.SumOp() | ten.ReduceOp() | ten.ArgmaxOp() | ten.ArgminOp() | ten.CumsumOp():
            return types.size(op.operands[0].type)
        case ten.ArgsortOp():
            n = shape(op.x.type)[op.dim.value.data]
            return types.size(op.x.type) * max(n, 1).bit_length()
        case ten.FftOp():
            n = prod(shape(op.x.type)[d] for d in ints(op.dims))
            return 5 * types.size(op.x.type) * max(n, 1).bit_length() // 2
        case ten.DctOp():
            return 5 * types.size(op.x.type) * max(shape(op.x.type)[op.dim], 1).bit_length() // 2
        case ten.MatrixOp():
            # Some 10 n³, which is what the iterations for eigenvalues take.
            sizes = shape(op.a.type)[: -1 if op.is_complex else None]
            return 10 * types.size(op.a.type) * min(sizes[-2:])
        case ten.TriangularSolveOp():
            return types.size(op.b.type) * shape(op.t.type)[-1 - op.is_complex]
        case ten.SymmetricSolveOp():
            n = shape(op.a.type)[-1]
            return types.size(op.a.type) * n // 3 + 2 * types.size(op.b.type) * n
        case ten.EinsumOp():
            words, _ = op.letters
            sizes = {c: n for word, x in zip(words, op.xs) for c, n in zip(word, shape(x.type))}
            return len(op.xs) * prod(sizes.values())
        case ten.AttentionLike():
            # Two products, and in a derivative five; the softmax costs an exponential.
            products = 1 if isinstance(op, ten.AttentionOp) else 3
            pairs = prod(op.sizes[c] for c in op.scores_word)
            features = op.sizes["d"] + op.sizes["e"]
            return pairs * (2 * products * features + TRANSCENDENTAL)
        case kernel.ProductOp():
            return 2 * op.inner * types.size(op.result.type)
        case kernel.GenericOp() | kernel.FusedOp() | kernel.ScatterOp():
            return prod(ints(op.loops)) * _nest_flops(op)
        case kernel.LoadOp():
            return 0
        case _:
            raise AssertionError(f"{op.name} has no formula for its flops")


@functools.cache
def _weight(kind: type[Operation]) -> int | None:
    """
    The flops per element of the result of ops of a class; None if `flops` has a formula for them.
    """
    if issubclass(kind, _WITH_FORMULAS):
        return None
    if kind in _VIEWS or effects.is_terminator(kind):
        return 0
    return _WEIGHTS.get(kind, TRANSCENDENTAL if kind.dialect_name() == "math" else 1)


_WITH_FORMULAS = (
    scf.IfOp, scf.ForOp, ten.ScanOp, ten.WhileOp, ten.GatherOp, ten.BuildOp, ten.ScatterOp,
    ten.SumOp, ten.ReduceOp, ten.ArgmaxOp, ten.ArgminOp, ten.CumsumOp, ten.ArgsortOp, ten.DctOp,
    ten.FftOp, ten.MatrixOp, ten.SymmetricSolveOp, ten.TriangularSolveOp, ten.EinsumOp,
    ten.AttentionLike, kernel.ProductOp, kernel.GenericOp, kernel.FusedOp, kernel.ScatterOp,
    kernel.LoadOp,
)  # fmt: skip
"""The classes of the cases of `flops`."""


def _block_flops(region: Region) -> int:
    return sum(flops(op) for block in region.blocks for op in block.ops)


def _nest_flops(nest: kernel.Nest) -> int:
    """The flops of one run of the body of a nest. Index arithmetic and loads have none."""
    each = sum(
        flops(op)
        for op in nest.block.ops
        if op.results
        and not isinstance(op, kernel.LoadOp)
        and not isinstance(types.element(op.results[0].type), IndexType)
    )
    if isinstance(nest, kernel.ScatterOp):
        return each + 1
    outputs = zip(nest.outputs, nest.yielded)
    return each + sum(types.size(x.type) for (how, _), x in outputs if how != "store")


def function_flops(function: func.FuncOp) -> int:
    """The flops of one call of a function, without the flops of the functions that it calls."""
    return _block_flops(function.body)


def tree_sizes(function: func.FuncOp) -> int:
    """
    How many ops the function's results have if they are written as trees, in which each use has its
    own copy. The number is an exact integer.

    Constants and arguments count as one; names (`sharing.let`, `sharing.share`) as nothing.
    """
    sizes: dict[SSAValue, int] = {}
    left = Counter(x for op in ops_in(function) for x in op.operands)

    def read(value: SSAValue) -> int:
        size = sizes.get(value, 1)
        left[value] -= 1
        if not left[value]:  # the numbers are long: keep only those that are still needed
            sizes.pop(value, None)
        return size

    def visit(block: Block) -> int:
        for op in block.ops:
            operands = [read(x) for x in op.operands]
            if effects.is_terminator(type(op)):
                return sum(operands)
            inner = sum(visit(b) for region in op.regions for b in region.blocks)
            named = isinstance(op, sharing.LetOp | sharing.ShareOp)
            total = operands[0] if named else 1 + sum(operands) + inner
            for result in op.results:
                if left[result]:
                    sizes[result] = total
        return 0

    return sum(visit(block) for block in function.body.blocks)


def in_digits(n: int) -> str:
    """All digits of a number of any length: Python's own conversion has a limit, 640 at least."""
    if abs(n) < 10**600:
        return str(n)
    chunks: list[str] = []
    rest = abs(n)
    while rest:
        rest, chunk = divmod(rest, 10**600)
        chunks.append(str(chunk).zfill(600) if rest else str(chunk))
    return ("-" if n < 0 else "") + "".join(reversed(chunks))


def all_bytes(function: func.FuncOp) -> int:
    """
    The bytes of all arguments and values of the function's own blocks, if each has memory of its
    own.
    """
    blocks = function.body.blocks
    values = (x for b in blocks for x in (*b.args, *(r for op in b.ops for r in op.results)))
    return sum(bytes_of(x.type) for x in values)


def peak_bytes(function: func.FuncOp) -> int:
    """
    The most bytes that are alive at once. Every tensor of the function's own block counts as a
    buffer from its op to its last use. Arguments and results are alive throughout. Views count as
    buffers too.
    """
    if len(function.body.blocks) != 1:
        return 0
    block = function.body.block
    last = block.last_op
    ops = list(block.ops)
    order = {op: k for k, op in enumerate(ops)}
    ends: dict[SSAValue, int] = {}
    for k, op in enumerate(ops):
        for inner in ops_in(op):
            for x in inner.operands:
                ends[x] = k
    always = sum(bytes_of(arg.type) for arg in block.args)
    results = set(last.operands) if last is not None else set()
    alive = peak = always
    dying: dict[int, int] = {}
    for k, op in enumerate(ops):
        for result in op.results:
            if isinstance(result.type, types.Term):
                continue
            bytes = bytes_of(result.type)
            alive += bytes
            if result not in results:
                end = ends.get(result, k)
                dying[end] = dying.get(end, 0) + bytes
        peak = max(peak, alive)
        alive -= dying.pop(k, 0)
    return peak if order else always
