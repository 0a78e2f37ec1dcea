"""
Replace ops that no library runs faster than a loop by ops that get into loop nests, and sums of
floats of 16 bits by sums of float32.

Needs:   no `ten.build`, delta terms or stamps.
Leaves:  no argmax or argmin, and no einsum but products of matrices; no sum, product, scan or
         scatter of floats of 16 bits; no op that has a `decompose` rule and no `element` rule.
Keeps:   the value, up to the order of sums, and up to the rounding of reciprocals and powers.
Ends:    one sweep.

    einsum "ij,j->i" a, b  →  sum over j of a * broadcast b    fuses with the op of a; reads b once
    einsum … + einsum …    →  sum over j of a * b + c * d         the result is written once
    x / y, 1 / y           →  x * (1 / y), 1 / y             if the division has the flag `arcp`
    x ^ 3              →  (x * x) * x                also for -64 … 64, and for halves
    x + scatter v          →  update of x in the body of a loop  so the sum touches few elements
    argmax x               →  min of the positions where x is its maximum, or NaN
    sech² x                →  let sech² x                      if a product reads tanh x
    sum x : f16            →  cast (sum (cast x : f32)) : f16  the reference means this
    op of an extension     →  the result of its `decompose` rule
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from xdsl.context import Context
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import BFloat16Type, Float16Type, ModuleOp, StringAttr, f32, f64, i64
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import sharing, ten, types
from ...dialects.types import shape
from ...passes.rewriting.decomposing import has_to_be_taken_apart, take_apart
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from ...passes.rewriting.functions import functions
from ...passes.rewriting.rule_tables import element
from ...passes.sharing.shared_terms import drop_broken_stamps
from ...passes.vectorize import vectorize_all
from . import float_functions, powers, reciprocals, special_values, wide_integers
from .added_scatters import hide_negative_zeros, update_by_scatters
from .einsum_products import called_in_loops, write_as_products
from .negative_zeros import NegativeZeros
from .outline import carried_by_loops
from .sums_of_einsums import Term, join, sum_of_products

__all__ = ["DecomposePass", "float_functions", "special_values", "wide_integers"]

REUSE = 4
"""
If a product of matrices reads each element at least this often, a library is faster than a loop.
"""

THIN_REUSE, THIN_POINTS = 3, 1 << 11
"""
The same for one product of matrices that has so many multiplications, by a library that begins fast
and has code for tall matrices. A loop has few elements to put into vectors there.
"""


@dataclass(frozen=True)
class DecomposePass(ModulePass):
    """
    Writes einsums and positions of extremes as elementwise ops and reductions, and applies the
    `decompose` rules of other ops.

    Example:

        >>> @formula(CubeOp)
        ... def cubed(x):
        ...     return x * x * x
        >>> module = lg.trace(cube, lg.spec(3))
        >>> DecomposePass().apply(ctx, module)
        >>> show(module)
        cube = \\x -> x * x * x
    """

    name = "ten-decompose"

    all: bool = False
    """
    Whether to take apart also the einsums that a library multiplies faster, and to leave powers as
    they are. So each result is rounded as in the reference.
    """
    short_products: bool = False
    """Whether the machine itself multiplies matrices of floats of 16 bits."""
    no_integers: bool = False
    """Whether no library multiplies matrices of integers."""

    attention: bool = False
    """Whether the machine has kernels for attention and its gradient."""
    cosines: bool = False
    """Whether a library has transforms of cosines and sines."""
    thin_products: bool = False
    """Whether a library multiplies a tall matrix and one of few columns faster than a loop."""
    loop_products: bool = False
    """
    Whether einsums in functions that loops call become products of matrices as a library takes
    them. Outside of loops, NumPy puts operands in order.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        carried, negative_zeros = carried_by_loops(op), NegativeZeros(op)
        hide_negative_zeros(op, negative_zeros)
        in_loops = called_in_loops(op) if self.loop_products else ()
        for function in functions(op):
            if function.sym_name.data in carried and len(function.body.blocks) == 1:
                update_by_scatters(function.body.block, negative_zeros)
            keep_slopes_of_tanh(function, lambda op: self.all or self._is_loop(op))
            take_all_apart(function, self._stays())
            vectorize_all(function)  # a `decompose` rule may make builds
            if function.sym_name.data in in_loops:
                write_as_products(function, self._becomes_loop)
            self._decompose(function)
            if not self.all:
                powers.expand(function)
            reciprocals.share(function)
        drop_broken_stamps(op, self.name)

    def _decompose(self, function: func.FuncOp) -> None:
        for block in function.body.blocks:
            if not self.all:
                join(block, self._is_loop)
            for op in list(block.ops):
                if any([isinstance(x.type, types.Term) for x in op._operands]):
                    continue  # there is no product of terms, and no loop computes them
                if any(types.is_complex(types.element(r.type)) for r in op.results):
                    continue  # `ten-split-complex` makes floats of them
                if isinstance(op, ten.EinsumOp) and self._becomes_loop(op):
                    _replace(op, sum_of_products([Term.of(op)], Emitter.before(op)))
                elif isinstance(op, ten.ArgmaxOp | ten.ArgminOp) and types.size(op.x.type):
                    _replace(op, _position(op, Emitter.before(op)))
                elif isinstance(op, ACCUMULATES) and _is_short(op.result):
                    if not (isinstance(op, ten.EinsumOp) and self.short_products):
                        _widened(op)

    def _stays(self) -> tuple[type[Operation], ...]:
        attention = (ten.AttentionOp, ten.AttentionGradientOp) if self.attention else ()
        return (*attention, ten.DctOp) if self.cosines else attention

    def _is_loop(self, op: ten.EinsumOp) -> bool:
        return is_loop(op) and not (self.thin_products and is_thin_product(op))

    def _becomes_loop(self, op: ten.EinsumOp) -> bool:
        return self._is_loop(op) or (self._wants_loop(op) and can_be_loop(op))

    def _wants_loop(self, op: ten.EinsumOp) -> bool:
        return self.all or (self.no_integers and not types.is_float(types.element(op.result.type)))


def keep_slopes_of_tanh(
    function: func.FuncOp, becomes_loop: Callable[[ten.EinsumOp], bool]
) -> None:
    """
    Store sech² x instead of x, if a product of matrices that becomes no loop reads tanh x.

    The nest of tanh x has the exponential that sech² x needs. The derivative would compute this
    exponential again, in a later nest, from an x that is stored for nothing else.
    """
    for block in function.body.blocks:
        for op in list(block.ops):
            if not isinstance(op, ten.Sech2Op) or isinstance(op.x.owner, Block):
                continue
            if not types.rank(op.x.type):
                continue
            if any(isinstance(use.operation, sharing.LetOp) for use in op.result.uses):
                continue  # a let decides already
            values = [use.operation for use in op.x.uses if isinstance(use.operation, math.TanhOp)]
            readers = [use.operation for value in values for use in value.result.uses]
            if any(isinstance(r, ten.EinsumOp) and not becomes_loop(r) for r in readers):
                readers = list(op.result.uses)
                let = sharing.LetOp(op.result)
                let.attributes["decision"] = StringAttr("store")
                Emitter.after(op).derived(op, "store").insert(let)
                for use in readers:
                    use.operation.operands[use.index] = let.result
                count("keep(ten.sech2)")


def take_all_apart(scope: Operation, stays: tuple[type[Operation], ...] = ()) -> None:
    """
    Take apart the ops in `scope` that cannot get into loop nests, and then the new ops. Ops of
    these types stay.
    """
    blocks = [block for region in scope.regions for block in region.blocks]
    while blocks:
        op = blocks.pop().first_op
        while op is not None:
            if not isinstance(op, stays) and has_to_be_taken_apart(op, element):
                op = take_apart(op)
                continue
            blocks.extend(block for region in op.regions for block in region.blocks)
            op = op.next_op


Accumulates = ten.SumOp | ten.ReduceOp | ten.CumsumOp | ten.ScatterOp | ten.EinsumOp
ACCUMULATES = (ten.SumOp, ten.ReduceOp, ten.CumsumOp, ten.ScatterOp, ten.EinsumOp)


def _replace(op: Accumulates | ten.ArgmaxOp | ten.ArgminOp, value: SSAValue) -> None:
    count(f"decompose({op.name})")
    value.name_hint = op.result.name_hint
    Rewriter.replace_op(op, [], [value])


def _is_short(x: SSAValue) -> bool:
    return isinstance(types.element(x.type), BFloat16Type | Float16Type)


def _widened(op: Accumulates) -> Accumulates:
    """Replace the op by the same op on float32, whose result is rounded once."""
    e = Emitter.before(op)
    operands = [e(ten.CastOp(x, f32)) if _is_short(x) else x for x in op.operands]
    wide = type(op).create(
        operands=operands,
        result_types=[types.of_shape(shape(op.result.type), f32)],
        properties=op.properties,
        attributes=op.attributes,
        regions=[op.detach_region(region) for region in op.regions],
    )
    e.insert(wide)
    _replace(op, e(ten.CastOp(wide.result, types.element(op.result.type))))
    return wide


def can_be_loop(op: ten.EinsumOp) -> bool:
    """Whether an einsum is a sum of products of elements at different indices."""
    words, _ = op.letters
    return all(len(set(w)) == len(w) for w in words)


def is_loop(op: ten.EinsumOp) -> bool:
    """Whether an einsum is no product of matrices that reads its operands several times."""
    words, output = op.letters
    if not can_be_loop(op):
        return False
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, shape(x.type))}
    if len(words) == 1:
        return True
    points = prod(sizes.values())
    if len(words) > 2:
        # If no operand is much smaller than the space, an order of products does not pay.
        return points <= REUSE * max(types.size(x.type) for x in op.xs)
    return points <= REUSE * max(prod(sizes[c] for c in w) for w in (*words, output))


def is_thin_product(op: ten.EinsumOp) -> bool:
    """
    Whether an einsum is one product of two matrices for which `THIN_REUSE` holds.

    Images and parts of arrays are no such matrices. The library would need a copy of each, and a
    convolution is a sum of such products, which one nest computes.
    """
    words, output = op.letters
    if len(words) != 2 or not can_be_loop(op) or set(words[0]) & set(words[1]) & set(output):
        return False
    if any(len(word) != 2 for word in (*words, output)):
        return False
    if any(isinstance(x.owner, ten.SliceOp | ten.PadOp | ten.GatherOp) for x in op.xs):
        return False
    if types.element(op.result.type) not in (f32, f64):
        return False
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, shape(x.type))}
    points = prod(sizes.values())
    most = max(prod(sizes[c] for c in w) for w in (*words, output))
    return points >= max(THIN_POINTS, THIN_REUSE * most)


def _position(op: ten.ArgmaxOp | ten.ArgminOp, e: Emitter) -> SSAValue:
    x, dim = op.x, op.dim.value.data
    sizes, result = shape(x.type), types.element(op.result.type)
    if types.is_bool(types.element(x.type)):
        x = e(ten.CastOp(x, i64))
    kind = "max" if isinstance(op, ten.ArgmaxOp) else "min"
    best = e(ten.BroadcastOp(e(ten.ReduceOp(kind, x, [dim])), [dim], sizes))
    if types.is_float(types.element(x.type)):
        # If there is a NaN, the NaN is the maximum, and no element equals it.
        here = e(arith.OrIOp(e(ten.CompareOp("oeq", x, best)), e(ten.CompareOp("uno", x, x))))
    else:
        here = e(ten.CompareOp("eq", x, best))
    places = e(ten.IotaOp(dim, types.of_shape(sizes, i64)))
    none = e.constant(sizes[dim], places.type)
    first = e(ten.ReduceOp("min", e(ten.SelectOp(here, places, none)), [dim]))
    return first if result == i64 else e(ten.CastOp(first, result))
