"""ten-vectorize: random programs as bodies of builds, batched functions, and what it cannot do."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import ModuleOp, f32, f64, i1, i8, i16, i32, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from letgrad.dialects import arrays, ten, types
from letgrad.dialects.types import element, of_shape, shape
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting import diagnostics
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.rule_tables import batch
from letgrad.passes.vectorize import batched_function, vectorize_all
from letgrad.passes.vectorize.vectorize_builds import VectorizePass

from .generators import (
    ALL,
    Program,
    arguments,
    near,
    programs,
    random_array,
    random_program,
    same,
)

generated = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def in_a_build(program: ModuleOp, seed: int) -> ModuleOp:
    """
    A build whose body is the program's. Its arguments are read from arrays at some of the indices,
    also in part out of bounds, or are the same for all.
    """
    random = Random(seed)
    inner = next(iter(program.ops)).body.block
    dims = random.choice([(2, 3), (3,), (2,), (1, 2), (0,), (3, 0), ()])
    body, outer = Block(arg_types=[ten.index_type] * len(dims)), Block()
    mapping: dict[SSAValue, SSAValue] = {}
    for arg in inner.args:
        part = random.random()
        if part < 0.3:
            mapping[arg] = outer.insert_arg(arg.type, len(outer.args))
            continue
        used = [d for d in range(len(dims)) if part < 0.6 or random.random() < 0.5]
        sizes = [max(dims[d] + random.choice((0, 0, 0, 1, -1)), 0) for d in used]
        type = of_shape([*sizes, *shape(arg.type)], element(arg.type))
        array = outer.insert_arg(type, len(outer.args))
        read = ten.IndexOp(array, [body.args[d] for d in used])
        body.add_op(read)
        mapping[arg] = read.result
    last = inner.last_op
    for op in inner.ops:
        if op is not last:
            body.add_op(op.clone(mapping))
    body.add_op(ten.YieldOp(mapping[random.choice(list(last.operands))]))
    build = ten.BuildOp(dims, Region(body))
    outer.add_ops([build, func.ReturnOp(build.result)])
    signature = [a.type for a in outer.args], [build.result.type]
    return Program([func.FuncOp("main", signature, Region(outer))])


def check(module: ModuleOp, seed: int, **options) -> None:
    """The pass leaves no build, and the results, bit for bit."""
    args = arguments(module, seed)
    before = Evaluator(module).call("main", args)
    changed = Program([op.clone() for op in module.ops])
    vectorize_all(changed, **options)
    changed.verify()
    assert not any(isinstance(op, ten.BuildOp) for op in changed.walk())
    for x, y in zip(before, Evaluator(changed).call("main", args), strict=True):
        assert same(x, y), f"{x} became {y} in\n{module}\nwhich is now\n{changed}"


@generated
@given(programs(max_ops=10, max_depth=3), st.integers(0, 1 << 30))
def test_random_programs(program: ModuleOp, seed: int):
    check(program, seed)


@generated
@given(programs(max_ops=10), st.integers(0, 1 << 30))
def test_random_programs_in_builds(program: ModuleOp, seed: int):
    check(in_a_build(program, seed), seed)


def test_random_programs_in_builds_longer():
    for seed in range(150):
        check(in_a_build(random_program(seed, ALL, max_ops=16, max_depth=3), seed), seed)


def test_every_op_in_a_loop(monkeypatch: pytest.MonkeyPatch):
    """With no batch rule at all, `fallback=loop` does everything that is no index arithmetic."""
    monkeypatch.setattr(batch, "_rules", {})
    monkeypatch.setattr(batch, "_found", {})
    remarks: list[diagnostics.Diagnostic] = []
    with diagnostics.handling(remarks.append):
        for seed in range(60):
            program = in_a_build(random_program(seed, ALL, max_ops=12), seed)
            check(program, seed, fallback="loop")
    assert len(remarks) > 100 and all(r.severity == "remark" for r in remarks)


def test_batched_functions():
    """Each example of a function under one more dimension is what the function gives for it."""
    for seed in range(150):
        random = Random(seed)
        module = random_program(seed, ALL, max_ops=12)
        function = next(iter(module.ops))
        n, inputs = random.choice((3, 2, 1, 0)), function.function_type.inputs.data
        batched = [random.random() < 0.6 for _ in inputs]
        rng = np.random.default_rng(seed)
        args = [
            random_array(rng, of_shape([*[n] * b, *shape(t)], element(t)), True)
            for t, b in zip(inputs, batched)
        ]
        _, whole = batched_function(module, function, batched, (n,), "all", seed % 2 == 0)
        assert seed % 2 or all(whole)
        module.verify()
        evaluator = Evaluator(module)
        results = evaluator.call("all", args)
        for i in range(n):
            one = evaluator.call("main", [a[i] if b else a for a, b in zip(args, batched)])
            for x, b, y in zip(results, whole, one, strict=True):
                # A product of more matrices is another call of the library.
                assert near(x[i] if b else x, y)


CONVERSIONS = {
    arith.IndexCastOp: [(ten.index_type, i64), (i32, ten.index_type), (ten.index_type, i8)],
    arith.SIToFPOp: [(i64, f64), (i8, f32), (i1, f32)],
    arith.UIToFPOp: [(i8, f32), (i32, f64), (i1, f64)],
    arith.FPToSIOp: [(f64, i64), (f32, i8)],
    arith.FPToUIOp: [(f64, i32), (f32, i8)],
    arith.TruncIOp: [(i64, i8), (i32, i1)],
    arith.ExtSIOp: [(i8, i64), (i1, i32)],
    arith.ExtUIOp: [(i8, i64), (i1, i32), (i16, i32)],
    arith.ExtFOp: [(f32, f64)],
    arith.TruncFOp: [(f64, f32)],
}


@pytest.mark.parametrize(
    ("op", "source", "target"),
    [(op, *pair) for op, pairs in CONVERSIONS.items() for pair in pairs],
    ids=lambda x: getattr(x, "name", str(x)),
)
def test_conversions(op: type[Operation], source, target):
    """Of scalars, which have ops that tensors do not have, at the limits of their types."""
    numbers = [0.0, 0.4, -0.6, 1.0, -1.0, 5.5, 127.0, 255.9, 300.0, -129.0, 2.0**31, 1e30, -1e30]
    values = np.array([*numbers, np.nan, np.inf, -np.inf])
    if not types.is_float(source):
        values = np.array([0, 1, -1, 5, 127, -128, 255, 300, 2**31, -(2**31), 2**40])
    dtype = arrays.dtype(source)
    with np.errstate(all="ignore"):
        values = (values % 2 == 1) if types.is_bool(source) else values.astype(dtype)
    n = len(values)
    outer = Block(arg_types=[of_shape([n], source)])
    body = Block(arg_types=[ten.index_type])
    read = ten.IndexOp(outer.args[0], [body.args[0]])
    converted = op(read.result, target)
    body.add_ops([read, converted, ten.YieldOp(converted.results[0])])
    build = ten.BuildOp([n], Region(body))
    outer.add_ops([build, func.ReturnOp(build.result)])
    signature = [outer.args[0].type], [build.result.type]
    module = ModuleOp([func.FuncOp("main", signature, Region(outer))])
    (before,) = Evaluator(module).call("main", [values])
    VectorizePass().apply(Context(), module)
    (after,) = Evaluator(module).call("main", [values])
    assert same(before, after), f"{before} became {after}"


def test_loop_bounds_by_an_index_in_a_loop():
    """Row i of the result is the sum of the first i elements."""
    outer = Block(arg_types=[of_shape([4], f64)])
    body = Block(arg_types=[ten.index_type])
    c0, c1, zero = (
        types.constant(k, t) for k, t in ((0, ten.index_type), (1, ten.index_type), (0, f64))
    )
    inner = Block(arg_types=[ten.index_type, f64])
    read = ten.IndexOp(outer.args[0], [inner.args[0]])
    total = arith.AddfOp(inner.args[1], read.result)
    inner.add_ops([read, total, scf.YieldOp(total.result)])
    loop = scf.ForOp(c0, body.args[0], c1, [zero], Region(inner))
    body.add_ops([c0, c1, zero, loop, ten.YieldOp(loop.results[0])])
    build = ten.BuildOp([4], Region(body))
    outer.add_ops([build, func.ReturnOp(build.result)])
    module = ModuleOp(
        [func.FuncOp("main", ([outer.args[0].type], [build.result.type]), Region(outer))]
    )
    with pytest.raises(LetgradError, match="bounds of this loop depend on an index"):
        vectorize_all(module.clone())
    with diagnostics.handling(lambda d: None):
        vectorize_all(module, "loop")
    module.verify()
    (got,) = Evaluator(module).call("main", [np.array([1.0, 2.0, 4.0, 8.0])])
    assert got.tolist() == [0.0, 1.0, 3.0, 7.0]


def chain(n: int, levels: int = 1) -> ModuleOp:
    """A build of `levels` nested ones, the innermost with n ops."""
    outer = Block(arg_types=[of_shape([2], f64)])
    blocks = [outer]
    for _ in range(levels):
        blocks.append(Block(arg_types=[ten.index_type]))
    read = ten.IndexOp(outer.args[0], [blocks[-1].args[0]])
    blocks[-1].add_op(read)
    value = read.result
    for _ in range(n):
        op = arith.AddfOp(value, read.result)
        blocks[-1].add_op(op)
        value = op.result
    for k in range(levels, 0, -1):
        blocks[k].add_op(ten.YieldOp(value))
        # Sizes of 1 but for the innermost: the result stays small, its rank does not.
        build = ten.BuildOp([2 if k == levels else 1], Region(blocks[k]))
        blocks[k - 1].add_op(build)
        value = build.result
    outer.add_op(func.ReturnOp(value))
    return ModuleOp([func.FuncOp("main", ([outer.args[0].type], [value.type]), Region(outer))])


def test_a_long_body():
    module = chain(10_000)
    vectorize_all(module)
    module.verify()
    ops = [op for op in module.walk() if isinstance(op, arith.AddfOp)]
    assert len(ops) == 10_000 and all(types.rank(op.result.type) == 1 for op in ops)


def test_64_levels():
    """One joint domain. The reference cannot run it: NumPy's arrays have 64 dimensions at most."""
    module = chain(3, 64)
    vectorize_all(module)
    module.verify()
    assert not any(isinstance(op, ten.BuildOp) for op in module.walk())
    assert len([op for op in module.walk() if isinstance(op, arith.AddfOp)]) == 3


def test_too_many_levels():
    with pytest.raises(LetgradError, match="regions nest deeper than 200 here"):
        vectorize_all(chain(1, 300))


def test_results_of_a_rule_are_checked(monkeypatch: pytest.MonkeyPatch):
    def wrong(op, xs, batched, sizes, e):
        return xs[0] if not batched[0] else e(ten.SumOp(xs[0], [0]))

    monkeypatch.setitem(batch._rules, arith.AddfOp, wrong)
    batch._found.clear()
    try:
        with pytest.raises(LetgradError, match=r"the batch rule wrong of arith\.addf gave f64"):
            vectorize_all(chain(1))
    finally:
        batch._found.clear()
