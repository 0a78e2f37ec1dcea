"""The classes of the IR with faster methods: their answers are those of xDSL."""

from abc import ABCMeta

import pytest
from xdsl.builder import ImplicitBuilder
from xdsl.dialects import arith, builtin, func, scf
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue

from letgrad.dialects import kernel, ten, types
from letgrad.dialects.quick_classes import PlainChecks


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


def test_items_of_values():
    block = Block(arg_types=[builtin.i32, builtin.i32])
    add = arith.AddiOp(*block.args)
    assert add.lhs is block.args[0] and add.rhs is block.args[1] and add.result is add.results[0]
    call = func.CallOp("f", [add.result, *block.args], [builtin.i32, builtin.i32])
    results = call.results
    assert results[-1] is results[1] and results[True] is results[1]
    assert results[1:].types == (builtin.i32,) and type(results[:]) is type(results)
    assert list(call.operands[1:]) == list(block.args)
    loop = scf.ForOp(*block.args, add.result, [], Region(Block(arg_types=[builtin.i32])))
    assert loop.body is loop.regions[0] and loop.ub is block.args[1]
    for x in (call, block, loop.body, add.result, *block.args):
        assert hash(x) == object.__hash__(x) and x in {x}
    with pytest.raises(IndexError):
        results[2]


def test_operands_and_copies_of_operations():
    block = Block(arg_types=[builtin.i32, builtin.i32])
    a, b = block.args
    add = arith.AddiOp(a, b)
    a.name_hint = add.result.name_hint = "sum"
    block.add_op(add)
    operands = add.operands
    operands[1] = a
    assert list(operands) == [a, a] == list(add.operands) and len(operands) == 2
    assert [(u.operation, u.index) for u in a.uses] == [(add, 1), (add, 0)] and not list(b.uses)
    add.operands = [b, a]
    assert list(operands) == [b, a] and a.has_one_use() and b.has_one_use()
    loop = scf.ForOp(a, b, add.result, [], Region(Block(arg_types=[builtin.i32])))
    inner = arith.MuliOp(loop.body.block.args[0], add.result)
    loop.body.block.add_ops([inner, scf.YieldOp()])
    block.add_op(loop)
    copy = Region(block).clone()
    assert copy.is_structurally_equivalent(block.parent)
    assert copy.block.first_op.results[0].name_hint == "sum"
    assert inner.operands[1] is add.result and len(list(add.result.uses)) == 2
    with pytest.raises(ValueError, match="contained in the operation"):
        loop.detach()
        loop.body.block.add_op(loop)
    with pytest.raises(ValueError, match="already attached"):
        Block().add_op(inner)
    with pytest.raises(ValueError, match="Expected 2 operand"):
        arith.AddiOp.build(operands=[a], result_types=[builtin.i32])


def test_operations_have_their_defaults_and_implicit_builders_see_them():
    block = Block(arg_types=[builtin.i32])
    with ImplicitBuilder(block):
        add = arith.AddiOp(block.args[0], block.args[0])
        parsed = arith.AddiOp.create(operands=[*add.operands], result_types=[builtin.i32])
    assert list(block.ops) == [add, parsed]
    assert parsed.properties == add.properties and "overflowFlags" in parsed.properties
