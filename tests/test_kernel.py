"""Loop nests: what they mean, and that tensor ops become nests of the same meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import ModuleOp, f64, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from letgrad.dialects import kernel, ten, types
from letgrad.lowering.nests.element import element
from letgrad.lowering.nests.to_kernel import ConvertTenToKernelPass, has_elements
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.rule_tables import evaluate
from letgrad.tools import opt, source

from . import generators

pytestmark = pytest.mark.sampled(3)

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.mlir"))


def parse(text: str) -> ModuleOp:
    module = source.parse(opt.LetgradOptMain([]).ctx, text)
    module.verify()
    return module


def convert(module: ModuleOp) -> ModuleOp:
    changed = module.clone()
    ConvertTenToKernelPass().apply(opt.LetgradOptMain([]).ctx, changed)
    changed.verify()
    return changed


def agree(actual: Sequence[Any], expected: Sequence[Any], what: object = "") -> None:
    """Up to the order of sums."""
    for a, b in zip(actual, expected, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert (a.dtype, a.shape) == (b.dtype, b.shape), what
        if a.dtype.kind in "biu":
            np.testing.assert_array_equal(a, b, f"{what}")
        else:
            tolerance = {8: 1e-12, 4: 1e-5, 2: 1e-2}[a.dtype.itemsize]
            a, b = a.astype(np.float64), b.astype(np.float64)
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"{what}")


# What a nest means, against NumPy.


def nest(outputs: str, types: str, body: str, loops: str = "[3, 2, 4] (%i, %j, %k)") -> ModuleOp:
    return parse(f"""
        func.func @main(%x: tensor<3x2x4xf64>, %b: tensor<3x2x4xi1>, %n: tensor<3x2x4xi32>)
            -> ({types}) {{
          %r:{types.count(",") + 1} = kernel.generic {loops} {outputs} : {types} {{ {body} }}
          func.return {", ".join(f"%r#{k}" for k in range(types.count(",") + 1))} : {types}
        }}""")


rng = np.random.default_rng(0)
X = rng.normal(size=(3, 2, 4))
B = rng.random((3, 2, 4)) < 0.5
N = rng.integers(-5, 6, (3, 2, 4)).astype(np.int32)
LOADS = """
    %u = kernel.load %x[%i, %j, %k] {in_bounds} : tensor<3x2x4xf64>
    %v = kernel.load %b[%i, %j, %k] {in_bounds} : tensor<3x2x4xi1>
    %w = kernel.load %n[%i, %j, %k] {in_bounds} : tensor<3x2x4xi32>
"""
MEANINGS: list[tuple[str, str, str, Callable[[], Any]]] = [
    ("store [0, 1, 2]", "tensor<3x2x4xf64>", "%u : f64", lambda: X),
    ("store [2, 0, 1]", "tensor<4x3x2xf64>", "%u : f64", lambda: X.transpose(2, 0, 1)),
    ("store [1, 2, 0]", "tensor<2x4x3xi1>", "%v : i1", lambda: B.transpose(1, 2, 0)),
    ("add [0, 2]", "tensor<3x4xf64>", "%u : f64", lambda: X.sum(1)),
    ("add [2, 0]", "tensor<4x3xf64>", "%u : f64", lambda: X.sum(1).T),
    ("add [0, 1, 2]", "tensor<3x2x4xi32>", "%w : i32", lambda: N),
    ("add []", "i32", "%w : i32", lambda: N.sum(dtype=np.int32)),
    ("mul [1]", "tensor<2xf64>", "%u : f64", lambda: X.prod((0, 2))),
    ("max [2, 1]", "tensor<4x2xf64>", "%u : f64", lambda: X.max(0).T),
    ("min [0]", "tensor<3xi32>", "%w : i32", lambda: N.min((1, 2))),
    ("any [0, 1]", "tensor<3x2xi1>", "%v : i1", lambda: B.any(2)),
    ("all [2]", "tensor<4xi1>", "%v : i1", lambda: B.all((0, 1))),
    ("store [0, 1, 2]", "tensor<3x2x4xindex>", "%k : index", lambda: np.indices((3, 2, 4))[2]),
]


@pytest.mark.parametrize(("output", "type", "yielded", "expected"), MEANINGS)
def test_results_of_a_nest(output: str, type: str, yielded: str, expected: Callable[[], Any]):
    module = nest(output, type, f"{LOADS} kernel.yield {yielded}")
    agree(Evaluator(module).call("main", [X, B, N]), [expected()])


def test_several_results_of_a_nest():
    module = nest(
        "add [1], store [2, 1, 0], all []",
        "tensor<2xf64>, tensor<4x2x3xf64>, i1",
        f"{LOADS} %s = math.sin %u : f64  kernel.yield %u, %s, %v : f64, f64, i1",
    )
    agree(Evaluator(module).call("main", [X, B, N]), [X.sum((0, 2)), np.sin(X.T), B.all()])


def test_combinations_of_nothing():
    body = """%u = kernel.load %x[%i, %j, %i] : tensor<3x2x4xf64>
              %w = kernel.load %n[%i, %j, %i] : tensor<3x2x4xi32>
              %v = kernel.load %b[%i, %j, %i] : tensor<3x2x4xi1>
              kernel.yield %u, %u, %u, %w, %w, %v, %v : f64, f64, f64, i32, i32, i1, i1"""
    module = nest(
        "add [0], mul [0], max [0], max [0], min [0], any [0], all [0]",
        "tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xi32>, tensor<2xi32>, tensor<2xi1>, "
        "tensor<2xi1>",
        body,
        "[2, 0] (%i, %j)",
    )
    limits = np.iinfo(np.int32)
    expected = [0.0, 1.0, -np.inf, np.int32(limits.min), np.int32(limits.max), False, True]
    agree(Evaluator(module).call("main", [X, B, N]), [np.full(2, e) for e in expected])


@pytest.mark.parametrize("place", [(0, 0, 0), (2, 1, 3), (3, 0, 0), (0, 2, 0), (0, 0, -1)])
def test_loads_outside_are_zero(place: tuple[int, int, int]):
    constants = "  ".join(f"%c{k} = arith.constant {p} : index" for k, p in enumerate(place))
    body = f"""{constants}  %u = kernel.load %x[%c0, %c1, %c2] : tensor<3x2x4xf64>
               kernel.yield %u : f64"""
    module = nest("store []", "f64", body, "[] ()")
    inside = all(0 <= p < n for p, n in zip(place, X.shape))
    agree(Evaluator(module).call("main", [X, B, N]), [X[place] if inside else 0.0])


def test_a_scatter_adds_where_it_can():
    """Twice at row 0, nowhere for what is outside, and columns stay."""
    module = parse("""
        func.func @main(%x: tensor<5x3xf64>, %p: tensor<5xi64>) -> tensor<4x3xf64> {
          %r = "kernel.scatter"() <{
              loops = array<i64: 5, 3>, domain = 1 : i64, dims = array<i64: 4>}> ({
          ^bb0(%i: index, %j: index):
            %a = kernel.load %x[%i, %j] {in_bounds} : tensor<5x3xf64>
            %b = kernel.load %p[%i] {in_bounds} : tensor<5xi64>
            %k = arith.index_cast %b : i64 to index
            kernel.yield %a, %k : f64, index
          }) : () -> tensor<4x3xf64>
          func.return %r : tensor<4x3xf64>
        }""")
    x, places = rng.normal(size=(5, 3)), np.array([0, 4, -1, 0, 3])
    expected = np.zeros((4, 3))
    expected[0], expected[3] = x[0] + x[3], x[4]
    agree(Evaluator(module).call("main", [x, places]), [expected])


# What tensor ops become.


@pytest.mark.parametrize("first", range(0, 300, 30))
def test_conversion_keeps_the_value(first: int):
    for seed in range(first, first + 30):
        module = generators.random_program(seed, max_ops=10, max_depth=1)
        check_conversion(module, seed)


MOVES = (
    "ten.gather", "ten.index", "ten.pad", "ten.reshape", "ten.concat", "ten.stack", "ten.slice",
    "ten.reverse", "ten.transpose", "ten.broadcast", "ten.sum", "arith.addf", "math.sin",
)  # fmt: skip


@pytest.mark.parametrize("first", range(0, 300, 30))
def test_conversion_of_ops_that_move(first: int):
    """Chains of the ops with element rules: reads outside of what was itself read outside, …"""
    for seed in range(first, first + 30):
        check_conversion(generators.random_program(seed, MOVES, max_ops=12, max_depth=1), seed)


def check_conversion(module: ModuleOp, seed: int) -> None:
    if any(isinstance(op, ten.BuildOp) for op in module.walk()):
        return  # those are gone at this level
    args = generators.arguments(module, seed, special=False)
    changed = convert(module)
    what = f"seed {seed}\n{module}\nbecame\n{changed}"
    agree(Evaluator(changed).call("main", args), Evaluator(module).call("main", args), what)
    for function in changed.ops:
        left = [op for op in function.body.block.ops if has_elements(op)]  # type: ignore[attr-defined]
        assert all(isinstance(op, arith.ConstantOp) for op in left), what


SIZES = [(1,), (6,), (1, 6), (6, 1), (2, 3), (3, 2), (1, 1, 6), (2, 1, 3), (1, 2, 3, 1)]
EMPTY = [(0,), (0, 3), (5, 0), (2, 0, 3), (0, 0)]


RESHAPES = [
    *((a, b) for a in SIZES for b in SIZES if np.prod(a) == np.prod(b)),
    *((a, b) for a in EMPTY for b in EMPTY),
    ((4, 6), (8, 3)),
    ((8, 3), (4, 6)),
    ((2, 4, 9), (8, 3, 3)),
    ((6, 35), (10, 21)),
    ((1, 1), ()),
]


@pytest.mark.parametrize(("old", "new"), RESHAPES)
def test_reshapes(old: tuple[int, ...], new: tuple[int, ...]):
    block = Block(arg_types=[types.of_shape(old, f64)])
    op = ten.ReshapeOp(block.args[0], new)
    pad = ten.PadOp(op.result, [1] * len(new), [1] * len(new), [0] * len(new))
    results = [op.result, *([pad.result] if new else [])]
    block.add_ops([op, *([pad] if new else []), func.ReturnOp(*results)])
    module = main(block)
    x = np.arange(1.0, np.prod(old) + 1).reshape(old)
    agree(*(Evaluator(m).call("main", [x]) for m in (convert(module), module)))


def main(block: Block) -> ModuleOp:
    (*_, last) = block.ops
    signature = ([a.type for a in block.args], [x.type for x in last.operands])
    return ModuleOp([func.FuncOp("main", signature, Region(block))])


# Sizes: nothing is computed too often.


def chain(n: int, step: Callable[[SSAValue, int], list[Operation]]) -> ModuleOp:
    block = Block(arg_types=[types.of_shape((6,), f64)])
    x = block.args[0]
    for k in range(n):
        ops = step(x, k)
        block.add_ops(ops)
        x = ops[-1].results[0]
    block.add_op(func.ReturnOp(x))
    return main(block)


def mirrored(x: SSAValue, k: int) -> list[Operation]:
    r = ten.ReverseOp(x, [0])
    return [r, arith.AddfOp(x, r)]


def rolled(x: SSAValue, k: int) -> list[Operation]:
    a = ten.SliceOp(x, [1], [5], [1])
    b = ten.SliceOp(x, [0], [1], [1])
    return [a, b, c := ten.ConcatOp([a.result, b.result], 0), math.SinOp(c)]


def averaged(x: SSAValue, k: int) -> list[Operation]:
    """Of both neighbours, which are 0 outside."""
    pad = ten.PadOp(x, [1], [1], [0])
    a = ten.SliceOp(pad.result, [0], [6], [1])
    b = ten.SliceOp(pad.result, [2], [6], [1])
    return [pad, a, b, arith.AddfOp(a, b)]


def gathered(x: SSAValue, k: int) -> list[Operation]:
    """x[x[i]²] + x[3 x[i]²]: at no places that are known."""
    both = []
    for factor in (1, 3):
        block = Block(arg_types=[ten.index_type])
        here = ten.IndexOp(x, [block.args[0]])
        square = arith.MulfOp(here, here)
        whole = arith.FPToSIOp(square, i64)
        place = arith.IndexCastOp(whole, ten.index_type)
        constant = types.constant(factor, ten.index_type)
        product = arith.MuliOp(place, constant)
        block.add_ops([here, square, whole, place, constant, product, ten.YieldOp(product.result)])
        both.append(ten.GatherOp([6], x, Region(block)))
    return [*both, arith.AddfOp(*both)]


@pytest.mark.parametrize("step", [mirrored, rolled, averaged, gathered])
def test_nests_stay_small(step: Callable[[SSAValue, int], list[Operation]]):
    """A value that is read at two places by one that is, … is not computed at 2^n places."""
    sizes = []
    for n in (20, 40):
        module = chain(n, step)
        changed = convert(module)
        args = [np.linspace(-1, 1, 6)]
        agree(Evaluator(changed).call("main", args), Evaluator(module).call("main", args))
        sizes.append(sum(1 for _ in changed.walk()))
    assert sizes[0] < 20 * 300
    assert sizes[1] < 3 * sizes[0]


@pytest.mark.slow
def test_long_chains():
    """No recursion along a program."""
    module = chain(600, rolled)
    agree(*(Evaluator(m).call("main", [np.linspace(-1, 1, 6)]) for m in (convert(module), module)))


def test_what_a_let_names_is_computed_once():
    """However its readers read it."""
    body = """
        %e = math.exp %x : tensor<6xf64>
        %l = sharing.let %e : tensor<6xf64>
        %s = math.sin %l : tensor<6xf64>
        %b = ten.broadcast %s dims [0] : tensor<6xf64> -> tensor<2x6xf64>
        %r = ten.reverse %l dims [0] : tensor<6xf64>
        %t = arith.addf %r, %s : tensor<6xf64>
        %m = ten.sum %l dims [0] : tensor<6xf64> -> f64
        func.return %t, %b, %m : tensor<6xf64>, tensor<2x6xf64>, f64"""
    changed = convert(
        parse(f"""func.func @main(%x: tensor<6xf64>) -> (tensor<6xf64>, tensor<2x6xf64>, f64) {{
            {body} }}""")
    )
    assert sum(isinstance(op, math.ExpOp) for op in changed.walk()) == 1


def test_locations_are_kept():
    changed = convert(
        parse("""func.func @main(%x: tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>) {
        %a = math.sin %x : tensor<6xf64>
        %b = ten.cumsum %a dim 0 : tensor<6xf64>
        func.return %a, %b : tensor<6xf64>, tensor<6xf64> }""")
    )
    lines = {op.name: str(op.location) for op in changed.walk()}
    assert ":2:" in lines["kernel.generic"] and ":2:" in lines["math.sin"]
    assert ":3:" in lines["ten.cumsum"]


# All programs that there are.


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
@pytest.mark.parametrize("derive", ["", "gradient{entry=ENTRY},"])
def test_examples_convert(path: Path, derive: str, capsys: pytest.CaptureFixture[str]):
    """Checked by the reference after every pass."""
    module = source.parse(opt.LetgradOptMain([]).ctx, path.read_text())
    names = [op.sym_name.data for op in module.ops if isinstance(op, func.FuncOp)]
    for name in names:
        pipeline = (
            f"{derive.replace('ENTRY', name)}ten-vectorize,cse,canonicalize,sharing-recover,"
            "ten-vectorize,sharing-simplify-lets,sharing-materialize,convert-ten-to-kernel"
        )
        arguments = [str(path), "-p", pipeline, "--check-semantics=2"]
        code = opt.main(arguments)
        said = capsys.readouterr()
        assert code == 0, said.err
        # The body of a loop becomes nests once it is a function of its own.
        assert "kernel.generic" in said.out or "ten.scan" in said.out


def test_every_rule_is_for_an_op_with_a_meaning():
    assert all(op in evaluate for op in element)
    assert {ten.GatherOp, ten.PadOp, ten.ReshapeOp} <= set(element)
    assert {kernel.GenericOp, kernel.LoadOp, kernel.ScatterOp} <= set(evaluate)
