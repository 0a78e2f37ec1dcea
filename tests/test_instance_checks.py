"""`isinstance` for the classes of the IR: plain, and equal to that of abstract base classes."""

from abc import ABCMeta

from xdsl.dialects import arith, builtin, func
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue

from letgrad.dialects import kernel, ten, types
from letgrad.dialects.instance_checks import PlainChecks


def subclasses(root: type) -> set[type]:
    found = {root}
    for kind in type.__subclasses__(root):
        found |= subclasses(kind)
    return found


def test_all_classes_of_the_ir_have_plain_checks():
    """Also classes of libraries that were there before, and those that came later."""
    for root in (Attribute, Block, Operation, Region, SSAValue):
        assert [kind for kind in subclasses(root) if type(kind) is ABCMeta] == []
    assert type(ten.EinsumOp) is PlainChecks and type(builtin.ModuleOp) is PlainChecks


def test_plain_checks_answer_as_those_of_abstract_base_classes():
    constant = arith.ConstantOp.from_int_and_width(1, 32)
    block = Block(arg_types=[builtin.i32])
    values = [
        constant, constant.result, block, block.args[0], Region(block), builtin.i32,
        types.of_shape([2], builtin.f32), builtin.ModuleOp([]), func.ReturnOp(), 1, None,
    ]  # fmt: skip
    kinds = [
        Attribute, Block, Operation, Region, SSAValue, OpResult, BlockArgument, arith.ConstantOp,
        builtin.IntegerType, builtin.TensorType, builtin.ModuleOp, ten.EinsumOp, kernel.GenericOp,
    ]  # fmt: skip
    for value in values:
        for kind in kinds:
            assert isinstance(value, kind) == ABCMeta.__instancecheck__(kind, value)
            assert issubclass(type(value), kind) == (kind in type(value).__mro__)
