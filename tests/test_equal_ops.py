"""Equal ops are found by their hashes, and ops with one hash stay apart."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import SSAValue

from letgrad.passes.rewriting.emitter import Layers
from letgrad.passes.sharing import equal_ops


def test_constants_with_one_hash_are_merged_apart():
    """hash(-1) is hash(-2) in Python, and so are the hashes of these constants."""
    numbers = (-1, -2, -1, -2, -2, -1)
    constants = [arith.ConstantOp.from_int_and_width(n, 32) for n in numbers]
    a, b = constants[0].value, constants[1].value
    assert isinstance(a, IntegerAttr) and hash(a) == hash(b) and a != b
    sums = [arith.AddiOp(x, y) for x, y in zip(constants[::2], constants[1::2])]
    module = ModuleOp([*constants, *sums])
    equal_ops.merge(module, (arith.ConstantOp,))
    left = [op.value for op in module.ops if isinstance(op, arith.ConstantOp)]
    assert left == [a, b]
    read = [[SSAValue.get(x) for x in add.operands] for add in sums]
    one, two = constants[0].result, constants[1].result
    assert read == [[one, two], [one, two], [two, one]]


def test_layers_of_known_values():
    x, y = (arith.ConstantOp.from_int_and_width(n, 32).result for n in (1, 2))
    outer = Layers({"x": x})
    inner = Layers({}, outer)
    inner["y"] = y
    assert inner.get("x") is x and inner.get("y") is y and inner.get("z", x) is x
    assert outer.get("y") is None and "y" in inner and inner.setdefault("x", y) is x
