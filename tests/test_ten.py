"""The `ten` ops as Python objects: what is inferred, what is refused, and terms as operands."""

from __future__ import annotations

from io import StringIO
from random import Random
from typing import Any

import pytest
from xdsl.context import Context
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import (
    ArrayAttr,
    Builtin,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    ModuleOp,
    NoneAttr,
    Signedness,
    StringAttr,
    TensorType,
    UnitAttr,
    UnrankedTensorType,
    VectorType,
    f32,
    f64,
    i1,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, ParametrizedAttribute, Region, SSAValue
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import ParseError, VerifyException

from letgrad.dialects import ten, types
from letgrad.dialects.ten.canonicalization import PATTERNS
from letgrad.passes.rewriting import emitter
from letgrad.passes.rewriting.driver import RuleDriver

index = IndexType()


@irdl_attr_definition
class Ghost(ParametrizedAttribute, types.Term):
    """A term type for these tests."""

    name = "test.ghost"
    value_type: Attribute

    def of(self, value_type: Attribute) -> Ghost:
        return Ghost(value_type)


def tensor(*sizes: int, element: Attribute = f32) -> TensorType:
    return TensorType(element, list(sizes))


def values(*kinds: Attribute) -> tuple[SSAValue, ...]:
    return Block(arg_types=kinds).args


def yielding(*arg_types: Attribute, count: int = 1) -> Region:
    """An index region that yields its first arguments."""
    block = Block(arg_types=arg_types)
    block.add_op(ten.YieldOp(*block.args[:count]))
    return Region(block)


# What constructors infer.

X = tensor(2, 3, 4)


@pytest.mark.parametrize("wrap", [lambda t: t, Ghost], ids=["value", "term"])
@pytest.mark.parametrize(
    ("make", "sizes"),
    [
        (lambda x: ten.BroadcastOp(x, [1], [2, 5, 3, 4]), (2, 5, 3, 4)),
        (lambda x: ten.SumOp(x, [0, 2]), (3,)),
        (lambda x: ten.SumOp(x, [0, 1, 2]), ()),
        (lambda x: ten.CumsumOp(x, 1), (2, 3, 4)),
        (lambda x: ten.TransposeOp(x, [2, 0, 1]), (4, 2, 3)),
        (lambda x: ten.ReshapeOp(x, [8, 3]), (8, 3)),
        (lambda x: ten.ReverseOp(x, [1]), (2, 3, 4)),
        (lambda x: ten.SliceOp(x, [0, 1, 1], [1, 2, 2], [1, 1, 2]), (1, 2, 2)),
        (lambda x: ten.PadOp(x, [1, 0, 0], [0, 2, 0], [0, 0, 1]), (3, 5, 7)),
        (lambda x: ten.ConcatOp([x, x], 1), (2, 6, 4)),
        (lambda x: ten.StackOp([x, x, x]), (3, 2, 3, 4)),
        (lambda x: ten.IndexOp(x, values(index, index)), (4,)),
        (lambda x: ten.IndexOp(x, values(index, index, index)), ()),
        (lambda x: ten.GatherOp([5, 6], x, yielding(index, index)), (5, 6, 3, 4)),
        (lambda x: ten.ScatterOp([7], x, yielding(index, index)), (7, 4)),
        (lambda x: ten.EinsumOp("ijk->ki", [x]), (4, 2)),
        (lambda x: ten.EinsumOp("ijk,kl->lj", [x, *values(tensor(4, 9))]), (9, 3)),
        (lambda x: ten.SelectOp(*values(i1), x, x), (2, 3, 4)),
    ],
)
def test_linear_ops_infer_values_and_terms(make: Any, sizes: tuple[int, ...], wrap: Any) -> None:
    (x,) = values(wrap(X))
    op = make(x)
    op.verify()
    assert op.results[0].type == wrap(types.of_shape(sizes, f32))


def test_other_ops_infer() -> None:
    (x,) = values(X)
    assert ten.CompareOp("olt", x, x).result.type == tensor(2, 3, 4, element=i1)
    assert ten.CastOp(x, i8).result.type == tensor(2, 3, 4, element=i8)
    assert ten.ReduceOp("max", x, [1]).result.type == tensor(2, 4)
    assert ten.ArgmaxOp(x, 0).result.type == tensor(3, 4, element=i64)
    assert ten.ArgminOp(x, 2, index).result.type == tensor(2, 3, element=index)
    assert ten.BuildOp([5], yielding(index)).result.type == tensor(5, element=index)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: ten.ReduceOp("max", x, [0]),
        lambda x: ten.ArgmaxOp(x, 0),
        lambda x: ten.CompareOp("olt", x, x),
        lambda x: ten.CastOp(x, i32),
        lambda x: ten.EinsumOp("ijk,ijk->", [x, x]),
        lambda x: ten.SelectOp(*values(Ghost(i1)), x, x),
        lambda x: ten.ConcatOp([x, *values(X)], 0),
    ],
)
def test_ops_that_are_not_linear_refuse_terms(make: Any) -> None:
    with pytest.raises(VerifyException):
        make(*values(Ghost(X))).verify()


# Hostile ops.

OPS = [op for op in ten.OPS if op is not ten.YieldOp]
TYPES: list[Attribute] = [
    f32, f64, i1, index, i64, IntegerType(7), IntegerType(8, Signedness.UNSIGNED), X, tensor(2, 3),
    tensor(3, 2), tensor(0), tensor(1), tensor(), tensor(-1, 3), tensor(3, element=i1),
    tensor(3, element=index), tensor(2, 3, element=IntegerType(7)), UnrankedTensorType(f32),
    VectorType(f32, [3]), MemRefType(f32, [3]), Ghost(X), Ghost(f32), Ghost(tensor(-1)),
    Ghost(tensor()), Ghost(IntegerType(7)), NoneAttr(), StringAttr("x"),
]  # fmt: skip
ATTRIBUTES: list[Attribute] = [
    *(DenseArrayBase.from_list(i64, n) for n in ([], [0], [1, 0], [-1], [7], [2, 3], [0, 0, 0])),
    DenseArrayBase.from_list(i32, [0]), DenseArrayBase.from_list(f32, [0.5]),
    IntegerAttr(0, i64), IntegerAttr(-1, i64), IntegerAttr(9, i32), IntegerAttr(1, index),
    *map(StringAttr, ("max", "", "ij->ji", "->", "i,j->ij", "i->i->i", "ä->ä", "olt")),
    UnitAttr(), ArrayAttr([]), f32,
]  # fmt: skip


def hostile_attribute(random: Random, name: str) -> Attribute:
    """Of the right kind, mostly."""
    right = {"dim": IntegerAttr, "kind": StringAttr, "spec": StringAttr, "predicate": StringAttr}
    kind = right.get(name, DenseArrayBase) if random.random() < 0.9 else Attribute
    return random.choice([a for a in ATTRIBUTES if isinstance(a, kind)])


def hostile_op(random: Random) -> Operation:
    """Any op with any operands, properties, results and regions."""
    cls = random.choice(OPS)
    kinds = random.choices(TYPES, k=random.choice((0, 1, 1, 2, 2, 3)))
    operands = values(*(kinds if random.random() < 0.5 else kinds[:1] * len(kinds)))
    names = [*cls.get_irdl_definition().properties, "nonsense"]
    kept = [
        n for n in names if (n != "nonsense" and random.random() < 0.95) or random.random() < 0.02
    ]
    regions = []
    for _ in range(random.choice((0, 1, 1, 1, 2)) if issubclass(cls, ten.IndexRegionOp) else 0):
        block = Block(arg_types=random.choices([index, index, index, f32], k=random.randrange(3)))
        if random.random() < 0.9:
            block.add_op(
                ten.YieldOp(
                    *random.choices([*block.args, *operands, *values(index)], k=random.randrange(3))
                )
            )
        regions.append(Region(random.choice(([block], [block], [block], [], [block, Block()]))))
    op = cls.create(
        operands=operands,
        result_types=random.choices(TYPES, k=random.choice((1, 1, 1, 1, 0, 2))),
        properties={n: hostile_attribute(random, n) for n in kept},
        regions=regions,
    )
    # Half of the ops get the result that they should have, so as to get further.
    if len(op.results) == 1 and random.random() < 0.5:
        try:
            op.results[0]._type = op.result_type()  # type: ignore[attr-defined]
        except Exception:  # of any kind: the op may be malformed, and is not verified yet
            pass
    return op


def test_verifiers_refuse_and_never_crash() -> None:
    """Whatever op somebody makes: it verifies, prints and folds, or it raises VerifyException."""
    accepted = set()
    ctx = Context()
    for dialect in (Builtin, ten.Ten, func.Func, arith.Arith):
        ctx.load_dialect(dialect)
    ctx.load_attr_or_type(Ghost)
    for seed in range(6000):
        op = hostile_op(Random(seed))
        try:
            op.verify()
        except VerifyException as error:
            assert str(error).strip(), op.name
            continue
        accepted.add(op.name)
        op.fold()  # type: ignore[attr-defined]
        out = StringIO()
        Printer(out).print_op(op)
        assert types.is_element(types.element(op.results[0].type)), out.getvalue()
        assert all(n >= 0 for n in types.shape(op.results[0].type))
    assert len(accepted) >= 12, {op.name for op in OPS} - accepted


# Terms in rules.


def canonical(make: Any, *kinds: Attribute) -> list[str]:
    """The names of the ops that are left of a function with these arguments."""
    block = Block(arg_types=kinds)
    for op in make(*block.args):
        block.add_op(op)
    last = block.last_op
    assert last is not None
    block.add_op(func.ReturnOp(*last.results))
    outputs = [r.type for r in last.results]
    module = ModuleOp([func.FuncOp("f", (list(kinds), outputs), Region(block))])
    module.verify()
    ctx = Context()
    ctx.load_dialect(ten.Ten)
    RuleDriver(canonical=True, ctx=ctx).run(module)
    module.verify()
    return [op.name for op in block.ops][:-1]


@pytest.mark.parametrize(
    ("make", "left"),
    [
        (lambda x: [a := ten.TransposeOp(x, [1, 2, 0]), ten.TransposeOp(a, [2, 0, 1])], []),
        (lambda x: [a := ten.ReshapeOp(x, [6, 4]), ten.ReshapeOp(a, [24])], ["ten.reshape"]),
        (
            lambda x: [a := ten.BroadcastOp(x, [0], [5, 2, 3, 4]), ten.ReverseOp(a, [0])],
            ["ten.broadcast"],
        ),
        (lambda x: [a := ten.PadOp(x, [1] * 3, [2] * 3), ten.SliceOp(a, [1] * 3, [2, 3, 4])], []),
        (lambda x: [a := ten.StackOp([x]), ten.SumOp(a, [])], ["ten.broadcast"]),
        (lambda x: [ten.GatherOp([5], x, yielding(index, count=0))], ["ten.broadcast"]),
        # Dialects of terms have zeros of their own: no constant stands for these.
        (
            lambda x: [a := ten.PadOp(x, [1] * 3, [2] * 3), ten.SliceOp(a, [0] * 3, [1] * 3)],
            ["ten.pad", "ten.slice"],
        ),
        (lambda x: [ten.SliceOp(x, [0] * 3, [0, 1, 1])], ["ten.slice"]),
        (
            lambda x: [i := types.constant(9, index), ten.IndexOp(x, [i])],
            ["arith.constant", "ten.index"],
        ),
    ],
)
def test_rules_take_terms(make: Any, left: list[str]) -> None:
    assert canonical(make, Ghost(X)) == left


def test_every_rule_says_what_it_does() -> None:
    for op, rules in PATTERNS.items():
        assert op in ten.OPS
        for rule in rules:
            assert "→" in (type(rule).__doc__ or ""), type(rule).__name__
            if "Requires" not in (type(rule).__doc__ or ""):
                continue
            assert type(rule).__doc__.count("Requires:") == 1


# Bad text.


@pytest.mark.parametrize(
    "text",
    [
        "%0 = ten.iota dim : tensor<3xf32>",
        "%0 = ten.iota dim 0",
        "%0 = ten.sum %x dims : tensor<2xf32> -> f32",
        "%0 = ten.sum %x dims [0.5] : tensor<2xf32> -> f32",
        "%0 = ten.sum %x dims [0] : tensor<2xf32>, tensor<2xf32> -> f32",
        "%0 = ten.sum dims [0] : tensor<2xf32> -> f32",
        "%0 = ten.stack : f32 -> tensor<1xf32>, f32",
        "%0 = ten.einsum ij %x : tensor<2xf32> -> f32",
        "%0 = ten.select %x : i1, f32",
        "%0 = ten.select %x, %x, %x : i1",
        "%0 = ten.compare olt %x, %x : f32",
        "%0 = ten.gather [2] %x (i) : tensor<2xf32> -> f32 { ten.yield }",
        "%0 = ten.gather [2] %x (%i : index) : tensor<2xf32> -> f32 { ten.yield }",
        "%0 = ten.build [2] (%i) : tensor<2xindex>",
        "%0 = ten.build [2, ] (%i) : tensor<2xindex> { ten.yield %i : index }",
        "%0 = ten.index %x[%x, ] : tensor<2xf32> -> f32",
        "%0 = ten.reduce 3, %x dims [0] : tensor<2xf32> -> f32",
        "%0 = ten.sum %x dims [9223372036854775808] : tensor<2xf32> -> f32",
        "%0 = ten.sum %x dims [-99999999999999999999999999] : tensor<2xf32> -> f32",
        "%0 = ten.iota dim 99999999999999999999999999 : tensor<2xf32>",
    ],
)
def test_bad_text_is_a_parse_error(text: str) -> None:
    ctx = Context()
    for dialect in (Builtin, ten.Ten, func.Func):
        ctx.load_dialect(dialect)
    with pytest.raises((ParseError, VerifyException)):
        source = f"func.func @f(%x: tensor<2xf32>) {{ {text} func.return }}"
        Parser(ctx, source).parse_module().verify()


@pytest.mark.parametrize(
    "op, operands",
    [(arith.AddfOp, "xx"), (arith.MulfOp, "xx"), (arith.AddiOp, "ii"), (arith.MuliOp, "ii"),
     (arith.DivSIOp, "ii"), (arith.SelectOp, "mxx"), (math.SinOp, "x"), (math.FPowIOp, "xi")],
)  # fmt: skip
def test_made_as_constructors_make(op: type[Operation], operands: str):
    """`emitter.made` goes around constructors, and gives what they give."""
    kinds = {"x": f64, "i": i64, "m": i1}
    xs = [types.constant(1, kinds[k]).result for k in operands]
    new, plain = emitter.made(op, *xs), op(*xs)  # type: ignore[call-arg]
    assert new.properties == plain.properties
    assert new.result_types == plain.result_types
