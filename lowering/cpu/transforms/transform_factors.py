"""
The factor behind a transform, as in `np.fft.ifft`: the library multiplies while it writes the last
numbers, so that nothing goes over the result once more. An attribute of the transform has it.
"""

from __future__ import annotations

from math import prod, sqrt

from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, ModuleOp
from xdsl.ir import Operation, SSAValue

from ....dialects import arrays, kernel, ten, types
from ....dialects.types import ints, shape
from ....dialects.walking import ops_in
from ....passes.rewriting.functions import functions
from ...nests.plan_buffers import BUFFERS, places_in, read_at

FACTOR = "factor"
"""The attribute with the number by which the library multiplies."""

Transform = ten.FftOp | ten.DctOp


def take_factors(module: ModuleOp) -> None:
    """
    y = fft(x); y[i] * c  →  fft(x) with the factor c, where the library knows c: 1/n, or 1/√n.

    Requires: nobody else reads y, whose numbers would have the factor; y has the memory of the
              product, as the transform would write over another value.
    """
    for function in functions(module):
        found = [op for op in ops_in(function) if isinstance(op, Transform)]
        memory = places_in(function) if found else {}
        for op in found:
            nest = _only_reader(op.result)
            if nest is None or op.parent is not function.body.block or FACTOR in op.attributes:
                continue
            place = memory.get(nest.res[0])
            factor = _factor_of(nest, op.result)
            if factor is None or place is None or memory.get(op.result) != place:
                continue
            if norm_of(op, factor.value.data) is None:
                continue
            op.attributes[FACTOR], op.attributes[BUFFERS] = factor, nest.attributes[BUFFERS]
            op.result.name_hint = nest.res[0].name_hint
            nest.res[0].replace_all_uses_with(op.result)
            nest.detach()
            nest.erase()


def factor_of(op: Transform) -> float:
    """The factor that the transform of the library has."""
    found = op.attributes.get(FACTOR)
    return found.value.data if isinstance(found, FloatAttr) else 1.0


def norm_of(op: Transform, factor: float) -> int | None:
    """
    The number by which pocketfft calls the factor: 2 for 1/n, 1 for 1/√n, and 0 for 1. None if it
    has no number for the factor.
    """
    sizes = shape(op.result.type if isinstance(op, ten.FftOp) and _is_inverse(op) else op.x.type)
    n = prod(sizes[d] for d in ints(op.dims))
    number = arrays.dtype(op.x.type).type
    if isinstance(op, ten.DctOp):
        n = 2 * (n + {"cosine1": -1, "sine1": 1}.get(op.kind.data, 0))
    if factor == 1:
        return 0
    if factor == number(1 / n):
        return 2
    # Of a cosine transform, pocketfft would scale some of the terms too.
    return 1 if isinstance(op, ten.FftOp) and factor == number(1 / sqrt(n)) else None


def _is_inverse(op: ten.FftOp) -> bool:
    return op.kind.data == "hermitian"


def _only_reader(x: SSAValue) -> kernel.GenericOp | None:
    """The nest that reads a value, if nothing else does, and if it reads it once."""
    uses = list(x.uses)
    op: Operation | None = uses[0].operation if len(uses) == 1 else None
    nest = op.parent_op() if isinstance(op, kernel.LoadOp) else None
    return nest if isinstance(nest, kernel.GenericOp) else None


def _factor_of(nest: kernel.GenericOp, x: SSAValue) -> FloatAttr | None:
    """The constant by which a nest multiplies each element of x, if it does no more."""
    if len(nest.res) != 1 or nest.res[0].type != x.type:
        return None
    if nest.combiners.data[0].data != "store":
        return None
    body = list(nest.block.ops)
    constants = [op for op in body if isinstance(op, arith.ConstantOp)]
    products = [op for op in body if isinstance(op, arith.MulfOp)]
    loads = [op for op in body if isinstance(op, kernel.LoadOp)]
    if not len(constants) == len(products) == len(loads) == 1 or len(body) != 4:
        return None
    (constant,), (product,), (load,) = constants, products, loads
    factor = constant.value
    if not isinstance(factor, FloatAttr) or load.t is not x:
        return None
    if {*product.operands} != {constant.result, load.result} or nest.block.last_op is None:
        return None
    if [*nest.block.last_op.operands] != [product.result]:
        return None
    stored = tuple(nest.block.args[d] for d in types.ints(nest.dims.data[0]))
    return factor if read_at(nest).get(x) == stored else None
