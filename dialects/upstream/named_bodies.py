"""
The bodies of the named ops of `linalg`. The short form of an op has no body, and the generic form
has one, which MLIR's verifier asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith, complex, math
from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    TensorType,
    i1,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from . import named_ops

_MATH: dict[str, type[Operation]] = {
    op.name: op
    for op in (
        math.PowFOp, math.ExpOp, math.LogOp, math.AbsFOp, math.AbsIOp, math.CeilOp, math.FloorOp,
        math.RoundOp, math.SqrtOp, math.RsqrtOp, math.TanhOp, math.ErfOp,
    )
}  # fmt: skip
_ARITH: dict[str, Callable[[SSAValue, SSAValue], Operation]] = {
    op.name: op
    for op in (
        arith.AddfOp, arith.AddiOp, arith.AndIOp, arith.OrIOp, arith.SubfOp, arith.SubiOp,
        arith.MulfOp, arith.MuliOp, arith.DivfOp, arith.DivSIOp, arith.DivUIOp,
        arith.MaximumfOp, arith.MinimumfOp, arith.MaxSIOp, arith.MinSIOp, arith.MaxUIOp,
        arith.MinUIOp,
    )
}  # fmt: skip
_POOLED = {
    "sum": ("arith.addf", "arith.addi"), "max": ("arith.maximumf", "arith.maxsi"),
    "min": ("arith.minimumf", "arith.minsi"), "umax": (None, "arith.maxui"),
    "umin": (None, "arith.minui"),
}  # fmt: skip


class _Nothing(Exception):
    """The op has no meaning on these elements."""


def body(
    name: str, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue], unsigned: bool, kind: str
) -> Region | None:
    """
    The body of `linalg.<name>` on these operands; None for elements on which the op has no
    meaning. `unsigned` says how integers are widened, and `kind` which function
    `linalg.elementwise` is.
    """
    elements = [_element(v) for v in (*inputs, *outputs)]
    if len(outputs) != 1:
        return None
    block = Block(arg_types=elements)
    try:
        block.add_op(linalg.YieldOp(_result(block, name, elements[-1], unsigned, kind)))
    except _Nothing:
        return None
    return Region(block)


def _element(value: SSAValue) -> Attribute:
    return value.type.element_type if isinstance(value.type, TensorType | MemRefType) else (
        value.type
    )  # fmt: skip


def _result(block: Block, name: str, type: Attribute, unsigned: bool, kind: str) -> SSAValue:
    out = block.args[-1]
    if name in named_ops.POOLINGS:
        word = named_ops.POOLINGS[name][1]
        x = _cast(block, block.args[0], type, word.startswith("u"))
        return _binary(block, _POOLED[word][0 if isinstance(type, AnyFloat) else 1], out, x)
    name = kind if name == "elementwise" else name
    if name in named_ops.ELEMENTWISE:
        xs = [
            x if name == "select" and not k else _cast(block, x, type, "unsigned" in name)
            for k, x in enumerate(block.args[:-1])
        ]
        on_floats, on_integers, on_truths = named_ops.ELEMENTWISE[name][1]
        is_float = isinstance(type, AnyFloat)
        return _function(
            block, on_floats if is_float else on_truths if type == i1 else on_integers, xs
        )
    x, y = (_cast(block, v, type, unsigned) for v in block.args[:2])
    if isinstance(type, ComplexType):
        return _added(block, complex.AddOp(out, _added(block, complex.MulOp(x, y))))
    if type == i1:
        return _binary(block, "arith.ori", out, _binary(block, "arith.andi", x, y))
    if isinstance(type, AnyFloat):
        return _binary(block, "arith.addf", out, _binary(block, "arith.mulf", x, y))
    return _binary(block, "arith.addi", out, _binary(block, "arith.muli", x, y))


def _added(block: Block, op: Operation) -> SSAValue:
    block.add_op(op)
    return op.results[0]


def _binary(block: Block, word: str | None, x: SSAValue, y: SSAValue) -> SSAValue:
    if word is None:
        raise _Nothing
    return _added(block, _ARITH[word](x, y))


def _function(block: Block, word: str | None, xs: Sequence[SSAValue]) -> SSAValue:
    if word == "copy":
        return xs[0]
    if word == "square":
        return _binary(block, "arith.mulf", xs[0], xs[0])
    if word == "reciprocal":
        one = _added(block, arith.ConstantOp(FloatAttr(1.0, xs[0].type)))  # type: ignore[arg-type]
        return _binary(block, "arith.divf", one, xs[0])
    if word == "arith.select":
        return _added(block, arith.SelectOp(*xs))
    if word == "arith.negf":
        return _added(block, arith.NegfOp(xs[0]))
    if word in _MATH:
        return _added(block, _MATH[word](*xs))
    if len(xs) != 2:
        raise _Nothing
    return _binary(block, word, *xs)


def _cast(block: Block, x: SSAValue, type: Attribute, unsigned: bool) -> SSAValue:
    old = x.type
    if old == type:
        return x
    op: type[Operation]
    if isinstance(old, IntegerType) and isinstance(type, IntegerType):
        wider = old.width.data < type.width.data
        op = (arith.ExtUIOp if unsigned else arith.ExtSIOp) if wider else arith.TruncIOp
    elif isinstance(old, IntegerType) and isinstance(type, AnyFloat):
        op = arith.UIToFPOp if unsigned else arith.SIToFPOp
    elif isinstance(old, AnyFloat) and isinstance(type, IntegerType):
        op = arith.FPToUIOp if unsigned else arith.FPToSIOp
    elif not isinstance(old, AnyFloat) or not isinstance(type, AnyFloat):
        raise _Nothing
    elif old.bitwidth == type.bitwidth:
        raise _Nothing
    else:
        op = arith.ExtFOp if old.bitwidth < type.bitwidth else arith.TruncFOp
    return _added(block, op.create(operands=[x], result_types=[type]))


def kind_of(attribute: Attribute | None) -> str:
    """The word of `#linalg.elementwise_kind<exp>`."""
    word = getattr(attribute, "word", None)
    return word.data if isinstance(word, StringAttr) else ""


def is_unsigned(attribute: Attribute | None) -> bool:
    """Whether `cast` says that integers are read without a sign."""
    if isinstance(attribute, IntegerAttr):
        return attribute.value.data == 1
    word = getattr(attribute, "word", None)
    return isinstance(word, StringAttr) and word.data == "cast_unsigned"
