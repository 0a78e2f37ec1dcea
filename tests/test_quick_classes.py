"""The classes of the IR with faster methods: their answers are those of xDSL."""

import pickle
from abc import ABCMeta

import pytest
from xdsl.builder import ImplicitBuilder
from xdsl.dialects import arith, builtin, func, scf
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.ir.core import ErasedSSAValue

import letgrad as lg
from letgrad.dialects import kernel, ten, types
from letgrad.dialects.quick_classes import PlainChecks
from letgrad.dialects.walking import has_op_of


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


def test_fields_of_values_and_ops():
    block = Block(arg_types=[builtin.i32])
    first = arith.AddiOp(block.args[0], block.args[0])
    last = arith.MuliOp(first.result, first.result)
    block.add_ops([first, last])
    region = Region(block)
    assert first.result.type == builtin.i32 and first.result.owner is first
    assert block.args[0].owner is block and (block.first_op, block.last_op) == (first, last)
    assert first.next_op is last and last.prev_op is first and last.next_op is None
    assert region.first_block is block is region.last_block
    with pytest.raises(AttributeError):
        first.result.type = builtin.i64
    assert SSAValue.get(first) is first.result is SSAValue.get(first.result)
    with pytest.raises(ValueError, match="Expected"):
        SSAValue.get(first.result, type=builtin.IndexType)
    with pytest.raises(ValueError, match="single result"):
        SSAValue.get(func.ReturnOp())


def test_ops_of_a_block_go_on_after_one_is_erased():
    ops = [arith.ConstantOp.from_int_and_width(k, 32) for k in range(3)]
    block = Block(ops)
    seen = []
    for op in block.ops:
        seen.append(op)
        op.detach()
    assert seen == ops and list(block.ops) == [] and len(block.ops) == 0


def test_attributes_have_one_hash_in_a_process_and_leave_it_there():
    kind = types.of_shape([2, 3], builtin.f32)
    other = builtin.TensorType(builtin.f32, [2, 3])
    assert hash(kind) == hash(other) and kind == other and {kind: 1}[other] == 1
    assert hash(kind) == hash(kind) != hash(builtin.TensorType(builtin.f32, [3, 2]))
    place = builtin.FileLineColLoc(builtin.StringAttr("f"), builtin.IntAttr(1), builtin.IntAttr(2))
    for attribute in (kind, place, builtin.IntegerAttr(3, 32), builtin.SymbolRefAttr("f")):
        hash(attribute)
        assert types.shape(kind) == (2, 3) and types.is_number(kind)
        copy = pickle.loads(pickle.dumps(attribute))
        assert copy == attribute and not any(name.startswith("_letgrad") for name in vars(copy))
        assert str(copy) == str(attribute) and repr(copy) == repr(attribute)


def test_constructors_take_sequences_of_values():
    block = Block(arg_types=[builtin.i32, builtin.i32])
    a, b = block.args
    call = func.CallOp.build(
        operands=[(a, b)],
        result_types=[[builtin.i32, builtin.i32]],
        properties={"callee": builtin.SymbolRefAttr("f"), "arg_attrs": None},
    )
    assert [*call.operands] == [a, b] and len(call.results) == 2
    assert [*call.properties] == ["callee"]
    assert [(use.operation, use.index) for use in b.uses] == [(call, 1)]
    chosen = scf.IfOp.build(operands=[a], result_types=[[]], regions=[Region(), Region()])
    assert len(chosen.regions) == 2 and chosen.regions[0].parent is chosen
    add = arith.AddiOp.build(operands=[a, arith.ConstantOp.from_int_and_width(1, 32)],
                             result_types=[builtin.i32])  # fmt: skip
    assert add.rhs.type == builtin.i32
    with pytest.raises(ValueError, match="non-variadic"):
        arith.AddiOp.build(operands=[a, [b, b]], result_types=[builtin.i32])
    with pytest.raises(ValueError, match="Expected 1"):
        arith.AddiOp.build(operands=[a, b], result_types=[])


def test_attributes_without_parts_are_equal_and_have_one_hash():
    for kind in (builtin.Float64Type, builtin.IndexType, builtin.UnitAttr, builtin.UnknownLoc):
        one, other = kind(), kind()
        assert one is not other and one == other and hash(one) == hash(other)
        assert {one: 1}[other] == 1 and {one: 1}[pickle.loads(pickle.dumps(other))] == 1
    hashes = {hash(kind()) for kind in (builtin.Float16Type, builtin.Float32Type)}
    assert len({builtin.f16, builtin.f32, builtin.f64}) == 3 and len(hashes) <= 2


def test_numbers_of_an_array_are_unpacked_once():
    for kind, numbers in ((builtin.i64, (3, -1)), (builtin.i32, (2,)), (builtin.f32, (0.5, -0.0))):
        array = builtin.DenseArrayBase.from_list(kind, numbers)
        assert array.get_values() == numbers and array.get_values() is array.get_values()
        copy = pickle.loads(pickle.dumps(array))
        assert copy == array and not any(name.startswith("_letgrad") for name in vars(copy))
    assert types.ints(builtin.DenseArrayBase.from_list(builtin.i32, [4, 5])) == (4, 5)


def test_a_value_takes_the_place_of_another_one():
    """The uses come in the order in which xDSL, which moves them one by one, puts them."""
    block = Block(arg_types=[builtin.i32, builtin.i32])
    a, b = block.args
    a.name_hint = "name"
    first, both = arith.AddiOp(b, a), arith.AddiOp(a, a)
    uses = [(u.operation, u.index) for u in a.uses]
    before = both._operands
    a.replace_all_uses_with(a)
    assert [(u.operation, u.index) for u in a.uses] == uses and both._operands is before
    a.replace_all_uses_with(b)
    expected = [*reversed(uses), (first, 0)]
    assert [(u.operation, u.index) for u in b.uses] == expected and not list(a.uses)
    assert list(first.operands) == [b, b] == list(both.operands) and b.name_hint == "name"
    assert both._operands is not before  # a snapshot of the program sees the change
    both.erase()
    assert [(u.operation, u.index) for u in b.uses] == [(first, 1), (first, 0)]


def test_values_with_uses_are_not_erased():
    block = Block(arg_types=[builtin.i32])
    add = arith.AddiOp(block.args[0], block.args[0])
    user = arith.MuliOp(add.result, add.result)
    with pytest.raises(ValueError, match="still has uses"):
        add.result.erase()
    add.result.erase(safe_erase=False)
    assert type(user.lhs) is ErasedSSAValue and add.result.first_use is None
    add.result.erase()


def test_blocks_of_a_region_go_on_after_one_is_detached():
    blocks = [Block() for _ in range(3)]
    region = Region(blocks)
    assert list(region.blocks) == blocks and list(reversed(region.blocks)) == blocks[::-1]
    seen = []
    for block in region.blocks:
        seen.append(block)
        region.detach_block(block)
    assert seen == blocks and list(region.blocks) == []


def test_lists_of_operands():
    block = Block(arg_types=[builtin.i32, builtin.i32, types.of_shape([3], builtin.f32)])
    a, b, t = block.args
    call = func.CallOp("f", [a, b], [builtin.i32])
    assert call.arguments == (a, b) and call.arguments.types == (builtin.i32,) * 2
    assert call.res == tuple(call.results) and call.res.types == (builtin.i32,)
    call.operands[0] = b
    assert call.arguments == (b, b)
    nothing = func.CallOp("f", [], [])
    assert len(nothing.arguments) == 0 == len(nothing.res)
    index = arith.ConstantOp.from_int_and_width(0, builtin.IndexType())
    load = ten.IndexOp(t, [index.result])
    assert load.indices == (index.result,) and load.indices.types == (builtin.IndexType(),)
    chosen = scf.IndexSwitchOp(index.result, builtin.DenseArrayBase.from_list(builtin.i64, [1]),
                               Region(Block()), [Region(Block())], [])  # fmt: skip
    assert list(chosen.case_regions) == [chosen.regions[1]]


def test_sizes_are_not_pickled():
    kind = types.of_shape([2, 3], builtin.f32)
    assert types.size(kind) == 6 == types.size(pickle.loads(pickle.dumps(kind)))
    assert not any(name.startswith("_letgrad") for name in vars(pickle.loads(pickle.dumps(kind))))
    assert types.size(types.of_shape([2, -(1 << 63)], builtin.f32)) == 2


def test_whether_there_is_an_op_of_a_class():
    bounds = Block(arg_types=[builtin.IndexType()] * 3).args
    inner = scf.ForOp(*bounds, [],
                      Region(Block([scf.YieldOp()], arg_types=[builtin.IndexType()])))  # fmt: skip
    function = func.FuncOp("f", ([], []), Region([Block(), Block([inner, func.ReturnOp()])]))
    module = builtin.ModuleOp([func.FuncOp.external("g", [], []), function])
    for kind in (func.FuncOp, func.ReturnOp, scf.ForOp, scf.YieldOp):
        assert has_op_of(module, kind)
    assert not has_op_of(module, builtin.ModuleOp) and not has_op_of(module, arith.AddiOp)
    assert not has_op_of(function, func.FuncOp) and not has_op_of(func.ReturnOp(), func.ReturnOp)


def test_a_name_that_is_only_a_number_is_none():
    """xDSL makes an empty name of `_0`, and then cannot copy the value."""
    block = Block(arg_types=[builtin.i32] * 3)
    for arg, name in zip(block.args, ("_0", "x_0", "_x")):
        arg.name_hint = name
    assert [arg.name_hint for arg in block.args] == [None, "x", "_x"]
    add = arith.AddiOp(*block.args[:2])
    add.result.name_hint = "_1"
    block.add_op(add)
    copy = Region(block).clone()
    assert [arg.name_hint for arg in copy.block.args] == [None, "x", "_x"]
    with pytest.raises(ValueError):
        add.result.name_hint = "a b"


def test_parameters_whose_names_are_only_numbers():
    def f(x, *_):
        return x * x

    def g(_0, _x1):
        return _0 * _x1

    assert lg.grad(f)(3.0, 1.0) == 6.0
    assert lg.grad(g, argnums=(0, 1))(3.0, 2.0) == (2.0, 3.0)
