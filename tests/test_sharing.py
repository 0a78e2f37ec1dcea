"""Sharing: the passes keep values and the law, find what is shared, and stay linear."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import ModuleOp, f64, i64
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass

import letgrad as lg
from letgrad.dialects import sharing, ten, types
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting import costs
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.functions import by_name
from letgrad.passes.sharing import copying, report
from letgrad.tools import opt, source
from letgrad.tools.instruments import Instruments

from . import generators
from .test_raise_einsum import Sums

ROOT = Path(__file__).parents[1]
index = ten.index_type
V = types.of_shape((3,), f64)
M = types.of_shape((2, 3), f64)


def load(path: Path) -> Any:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(f"letgrad_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it
    spec.loader.exec_module(module)
    return module


bench = load(ROOT / "benchmarks" / "sharing.py")
"""The families of programs, and how they are measured."""


def run(module: ModuleOp, passes: str | Sequence[ModulePass]) -> ModuleOp:
    """Apply a pipeline, in place: each pass verified, and held to the law of sharing."""
    main = opt.LetgradOptMain([])
    pipeline = list(main.parse_passes(passes)) if isinstance(passes, str) else passes
    Instruments(verify_sharing=True).run(main.ctx, module, pipeline)
    return module


def parse(text: str) -> ModuleOp:
    return source.parse(opt.LetgradOptMain([]).ctx, text)


def count(module: ModuleOp, kind: type[Operation]) -> int:
    return sum(isinstance(op, kind) for op in module.walk())


def text(module: ModuleOp) -> str:
    return str(module)


# Random programs whose regions compute costly things, several times over.


class Costly:
    """
    A program of gathers, scatters, builds and conditionals over few domains, whose index functions
    are out of few templates: equal terms in different regions are common.
    """

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.block = Block(arg_types=[V, M, f64])
        self.v, self.m, self.s = self.block.args
        self.vectors: list[SSAValue] = [self.v]
        self.matrices: list[SSAValue] = [self.m]

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]

    def within(self, block: Block, fill: Callable[[], Sequence[SSAValue]], end: type) -> Region:
        outer, self.block = self.block, block
        block.add_op(end(*fill()))
        self.block = outer
        return Region(block)

    def term(self, indices: Sequence[SSAValue]) -> SSAValue:
        """A float: a costly function of the indices."""
        random = self.random
        if len(indices) == 2 and random.random() < 0.5:
            x = self.add(ten.IndexOp(self.m, indices))
        else:
            x = self.add(ten.IndexOp(self.v, [indices[-1]]))
        match random.randrange(6):
            case 0:
                return self.add(arith.MulfOp(*random.sample([x, self.s], 2)))
            case 1:
                return self.add(math.ExpOp(x))
            case 2:
                e = self.add(math.SinOp(self.s))
                return self.add(arith.AddfOp(e, self.add(math.SinOp(x))))
            case 3:
                e = self.add(math.ExpOp(x))
                a, b = self.add(math.SinOp(e)), self.add(math.CosOp(e))
                return self.add(arith.MulfOp(a, b))
            case 4:
                condition = self.add(arith.CmpfOp(x, self.s, "olt"))

                def branch() -> Sequence[SSAValue]:
                    return (self.add(math.SinOp(self.add(math.ExpOp(x)))),)

                branches = [self.within(Block(), branch, scf.YieldOp) for _ in range(2)]
                return self.add(scf.IfOp(condition, [f64], *branches))
            case _:
                return self.add(math.CosOp(self.s))

    def an_index(self, indices: Sequence[SSAValue]) -> SSAValue:
        whole = self.add(arith.FPToSIOp(self.term(indices), i64))
        k = self.add(arith.IndexCastOp(whole, index))
        if self.random.random() < 0.3:
            return self.add(arith.AddiOp(k, indices[0]))
        return k

    def region(self, n: int, fill: Callable[[Sequence[SSAValue]], Sequence[SSAValue]]) -> Region:
        block = Block(arg_types=[index] * n)
        return self.within(block, lambda: fill(block.args), ten.YieldOp)

    def vector(self) -> SSAValue:
        random = self.random
        source, matrix = random.choice(self.vectors), random.choice(self.matrices)
        match random.randrange(7):
            case 0:
                body = self.region(1, lambda i: [self.an_index(i)])
                return self.add(ten.GatherOp([3], source, body))
            case 1:
                body = self.region(1, lambda i: [self.an_index(i)])
                return self.add(ten.ScatterOp([3], source, body))
            case 2:
                body = self.region(1, lambda i: [self.an_index(i), i[0]])
                return self.add(ten.GatherOp([3], matrix, body))
            case 3:
                body = self.region(
                    1,
                    lambda i: [
                        self.add(arith.MulfOp(self.term(i), self.add(ten.IndexOp(source, i))))
                    ],
                )
                return self.add(ten.BuildOp([3], body))
            case 4:
                sv = self.add(ten.BroadcastOp(self.s, [0], [3]))
                return self.add(arith.MulfOp(*random.sample([source, sv], 2)))
            case 5:
                condition = self.add(arith.CmpfOp(self.s, self.term([self.one()]), "olt"))
                known = list(self.vectors), list(self.matrices)
                branches = []
                for _ in range(2):
                    branches.append(self.within(Block(), lambda: (self.vector(),), scf.YieldOp))
                    self.vectors, self.matrices = list(known[0]), list(known[1])
                return self.add(scf.IfOp(condition, [V], *branches))
            case _:
                body = self.region(2, lambda i: [self.an_index(i), self.an_index(i)])
                gathered = self.add(ten.GatherOp([2, 3], matrix, body))
                self.matrices.append(gathered)
                return self.add(ten.SumOp(gathered, [0]))

    def one(self) -> SSAValue:
        return self.add(types.constant(1, index))

    def module(self, n: int) -> ModuleOp:
        for _ in range(n):
            self.vectors.append(self.vector())
        total = self.vectors[-1]
        for x in self.vectors[1:-1]:
            total = self.add(arith.AddfOp(total, x))
        self.block.add_op(func.ReturnOp(total))
        return generators.Program([func.FuncOp("main", ([V, M, f64], [V]), Region(self.block))])


def arguments(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(0, 1, 3), rng.uniform(0, 1, (2, 3)), np.float64(rng.uniform(0, 2))]


RECOVER = (
    "sharing-stamp,sharing-verify,sharing-recover,sharing-verify,ten-vectorize,cse,"
    "sharing-simplify-lets,canonicalize"
)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_recovering_keeps_the_value(first: int):
    for seed in range(first, first + 20):
        module = Costly(seed).module(5)
        before = Evaluator(module).call("main", arguments(seed))
        changed = module.clone()
        run(changed, RECOVER)
        assert not count(changed, sharing.ShareOp), module
        after = Evaluator(changed).call("main", arguments(seed))
        np.testing.assert_allclose(after[0], before[0], rtol=1e-13, err_msg=f"{module}")


PLAIN = "ten-vectorize,cse,delta-linearize,delta-transpose"


@pytest.mark.sampled(3)
@pytest.mark.parametrize("first", range(0, 40, 20))
def test_gradients_keep_the_value(first: int):
    """The same with stamps, which mean nothing, as with what is recovered from them."""
    for seed in range(first, first + 20):
        module = Costly(seed).module(4)
        xs = [*arguments(seed), np.array([0.5, -1.0, 2.0])]
        plain, shared = run(module.clone(), PLAIN), run(module.clone(), "gradient")
        assert not count(shared, sharing.ShareOp), module
        value = Evaluator(module).call("main", xs[:-1])
        before, after = Evaluator(plain).call("main", xs), Evaluator(shared).call("main", xs)
        for a, b in zip((*value, *before[1:]), after, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-13, err_msg=f"{module}")


# The law: nobody duplicates a computation that is not cheap without stamping it.


PLANTED = """
func.func @f(%x: f64, %v: tensor<5xf64>) -> (f64, tensor<5xf64>, tensor<5xf64>) {
  %e = math.exp %x : f64
  %y = sharing.let %e : f64
  %a = arith.addf %y, %y : f64
  %g = ten.gather [5] %v (%i) : tensor<5xf64> -> tensor<5xf64> {
    %t = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = math.sin %t : f64
    %k = arith.fptosi %s : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %t = ten.index %v[%i] : tensor<5xf64> -> f64
    ten.yield %t : f64
  }
  func.return %a, %g, %b : f64, tensor<5xf64>, tensor<5xf64>
}
"""


def find(module: ModuleOp, kind: type[Operation]) -> Operation:
    return next(op for op in module.walk() if isinstance(op, kind))


def clone_an_op(module: ModuleOp) -> None:
    exp = find(module, math.ExpOp)
    block = exp.parent
    assert block is not None
    block.insert_op_after(exp.clone(), exp)


def inline_a_let_twice(module: ModuleOp) -> None:
    let, add = find(module, sharing.LetOp), find(module, arith.AddfOp)
    block = add.parent
    assert isinstance(let, sharing.LetOp) and block is not None
    for k in range(2):
        copy = let.x.owner.clone()  # type: ignore[union-attr]
        block.insert_op_before(copy, add)
        add.operands[k] = copy.results[0]


def copy_a_region(module: ModuleOp) -> None:
    gather = find(module, ten.GatherOp)
    assert isinstance(gather, ten.GatherOp) and gather.parent is not None
    scatter = ten.ScatterOp([5], gather.t, gather.body.clone())
    gather.parent.insert_op_after(scatter, gather)


def compute_again_in_a_second_region(module: ModuleOp) -> None:
    build = find(module, ten.BuildOp)
    assert isinstance(build, ten.BuildOp)
    end = build.body.block.last_op
    assert end is not None
    sine = math.SinOp(end.operands[0])
    build.body.block.insert_op_before(sine, end)
    end.operands[0] = sine.result


def swap_and_compute_again(module: ModuleOp) -> None:
    """Also with the operands the other way round."""
    add = find(module, arith.AddfOp)
    assert add.parent is not None
    product = arith.MulfOp(add.operands[0], add.results[0])
    again = arith.MulfOp(add.results[0], add.operands[0])
    add.parent.insert_ops_after([product, again], add)


PLANTS = (
    clone_an_op,
    inline_a_let_twice,
    copy_a_region,
    compute_again_in_a_second_region,
    swap_and_compute_again,
)


def planted(change: Callable[[ModuleOp], None], may: bool = False) -> ModulePass:
    class Planted(ModulePass):
        name = "planted-pass"
        duplicates = may

        def apply(self, ctx: Context, op: ModuleOp) -> None:
            change(op)

    return Planted()


@pytest.mark.parametrize("change", PLANTS)
def test_a_pass_that_duplicates_work_is_named(change: Callable[[ModuleOp], None]):
    with pytest.raises(LetgradError, match=r"pass planted-pass duplicated work: @f computes \d of"):
        run(parse(PLANTED), [planted(change)])


FREQUENT = """
func.func @f(%x: f64) -> tensor<5x3xf64> {
  %e = math.exp %x : f64
  %s = arith.addf %x, %x : f64
  %b = ten.build [5, 3] (%i, %j) : tensor<5x3xf64> {
    %t = arith.addf %e, %s : f64
    ten.yield %t : f64
  }
  func.return %b : tensor<5x3xf64>
}
"""


def into_the_region(kind: type[Operation]) -> Callable[[ModuleOp], None]:
    def change(module: ModuleOp) -> None:
        op, first = find(module, kind), find(module, ten.BuildOp).regions[0].block.first_op
        assert first is not None and first.parent is not None
        op.detach()
        first.parent.insert_op_before(op, first)

    return change


def test_a_pass_that_lets_a_computation_run_more_often_is_named():
    """Nothing is written twice; but what stood outside of the region runs at each of its places."""
    message = "planted-pass multiplied work: @f evaluates math.exp 15 times, and 1 times before"
    with pytest.raises(LetgradError, match=message) as error:
        run(parse(FREQUENT), [planted(into_the_region(math.ExpOp))])
    assert error.value.diagnostic.location is not None


def test_an_addition_may_run_more_often():
    run(parse(FREQUENT), [planted(into_the_region(arith.AddfOp))])


def test_a_bulk_op_runs_as_often_as_a_region():
    run(parse(FREQUENT), [planted(into_the_region(math.ExpOp), may=True)])
    module = parse(FREQUENT)
    into_the_region(math.ExpOp)(module)
    run(module, "ten-vectorize")


def test_cheap_ops_may_be_copied():
    def change(module: ModuleOp) -> None:
        for kind in (ten.IndexOp, arith.FPToSIOp):
            op = find(module, kind)
            assert op.parent is not None
            op.parent.insert_op_after(op.clone(), op)

    run(parse(PLANTED), [planted(change)])


def test_stamped_copies_are_one_computation():
    def change(module: ModuleOp) -> None:
        gather = find(module, ten.GatherOp)
        assert isinstance(gather, ten.GatherOp) and gather.parent is not None
        body = copying.copy_region(gather.body)
        gather.parent.insert_op_after(ten.ScatterOp([5], gather.t, body), gather)

    module = run(parse(PLANTED), [planted(change)])
    assert count(module, sharing.ShareOp) == 2 and count(module, math.SinOp) == 2
    run(module, "sharing-recover")
    assert count(module, math.SinOp) == 1


def test_a_pass_may_say_that_it_duplicates():
    run(parse(PLANTED), [planted(clone_an_op, may=True)])
    run(parse(PLANTED), "sharing-unshare")


def test_the_law_is_checked_on_the_command_line(capsys: pytest.CaptureFixture[str]):
    """The flag is heard: without it the same pass is let through."""
    main = opt.LetgradOptMain(["-", "--verify-sharing"])
    assert main.args.verify_sharing
    assert not opt.LetgradOptMain(["-"]).args.verify_sharing


PIPELINES = (
    "canonicalize",
    "cse",
    "ten-vectorize",
    "cse,delta-linearize,delta-transpose,sharing-recover",
    "cse,delta-linearize{mode=forward},delta-evaluate,sharing-recover",
    "gradient",
    "gradient{mode=forward}",
    RECOVER,
    "sharing-stamp,sharing-verify,sharing-recover,sharing-simplify-lets,sharing-report",
    "ten-vectorize,cse,ten-simplify-gather-scatter",
    "ten-raise-einsum",
    "ten-vectorize,cse,canonicalize,ten-simplify-gather-scatter,ten-raise-einsum",
    "optimize",
)


def needs_bulk(passes: str) -> str:
    """What is differentiated has no builds."""
    return f"ten-vectorize,{passes}" if "linearize" in passes else passes


@pytest.mark.sampled(2)
@pytest.mark.parametrize("passes", PIPELINES)
def test_passes_keep_the_law_on_examples(passes: str):
    for path in sorted((ROOT / "examples").glob("*.mlir")):
        run(parse(path.read_text(encoding="utf-8")), needs_bulk(passes))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("passes", PIPELINES)
def test_passes_keep_the_law_on_generated_programs(passes: str):
    differentiable = "delta" in passes or "gradient" in passes
    for seed in range(25):
        module = generators.random_program(seed, differentiable=differentiable)
        run(module, "cse")
        run(module, needs_bulk(passes))


@pytest.mark.slow
@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (100, 200, 300))]
)
def test_raising_einsums_keeps_the_law(first: int):
    """By itself: two einsums may be taken apart into what is alike (38 is one of them)."""
    for seed in range(first, first + 100):
        run(generators.random_program(seed), "ten-raise-einsum")
        run(Sums(seed, f64).module(), "ten-raise-einsum")


# What arrives as a tree comes back to its DAG.


def dag(depth: int) -> ModuleOp:
    """x ← sin x * (x + sin x), a tree of more than 3ⁿ ops."""
    lines, x = [], "%x"
    for k in range(depth):
        lines += [f"%s{k} = math.sin {x} : f64", f"%a{k} = arith.addf {x}, %s{k} : f64"]
        lines += [f"%p{k} = arith.mulf %s{k}, %a{k} : f64"]
        x = f"%p{k}"
    return parse(bench.function("f", "%x: f64", [*lines, f"%r = arith.negf {x} : f64"]))


def size(module: ModuleOp) -> int:
    return sum(1 for _ in bench.the_function(module).body.block.ops)


def test_cse_folds_a_tree():
    module = dag(7)
    before = size(module)
    run(module, "sharing-unshare")
    assert size(module) > 3**7
    run(module, "cse")
    assert size(module) == before


def test_cse_folds_a_tree_with_operands_swapped():
    """Each copy has the operands of commutative ops in another order."""
    module = dag(6)
    before = size(module)
    run(module, "sharing-unshare")
    random = Random(3)
    for op in module.walk():
        if isinstance(op, arith.AddfOp | arith.MulfOp) and random.random() < 0.5:
            op.operands = list(reversed(op.operands))
    run(module, "cse")
    assert size(module) == before


def test_a_python_function_that_recomputes():
    def f(x: Any, k: int = 10) -> Any:
        return x if k == 0 else np.sin(f(x, k - 1)) + f(x, k - 1)

    module = lg.trace(f, 0.5)
    assert size(module) > 2**10
    run(module, "cse")
    assert size(module) == 2 * 10 + 1


def test_a_tree_across_regions():
    """n builds that each compute the same term in full; they are one table."""
    lines = []
    for k in range(6):
        lines += [
            f"%b{k} = ten.build [5] (%i) : tensor<5xf64> {{",
            "  %e = ten.index %v[%i] : tensor<5xf64> -> f64",
            "  %s = math.exp %e : f64",
            "  %c = math.sin %s : f64",
            f"  %k = arith.constant {k}.0 : f64",
            "  %p = arith.mulf %c, %k : f64",
            "  ten.yield %p : f64",
            "}",
            f"%t{k} = ten.sum %b{k} dims [0] : tensor<5xf64> -> f64",
        ]
    lines.append("%r0 = arith.addf %t0, %t1 : f64")
    lines += [f"%r{k} = arith.addf %r{k - 1}, %t{k + 1} : f64" for k in range(1, 5)]
    lines.append("%r = arith.negf %r4 : f64")
    module = parse(bench.function("f", "%v: tensor<5xf64>", lines))
    run(module, "sharing-stamp,sharing-recover")
    assert (
        count(module, math.ExpOp) == count(module, math.SinOp) == count(module, sharing.LetOp) == 1
    )


def calls(of: Callable[[], object]) -> int:
    """How many functions are called, of Python or not: work that no load of a machine changes."""
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        of()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("passes", ["cse", "sharing-stamp,sharing-recover", "sharing-report"])
def test_work_is_linear(passes: str):
    """Ten times the program takes about ten times the work; a square would take a hundred."""

    def program(n: int) -> ModuleOp:
        lines = []
        for k in range(n):
            lines += [
                f"%s{k} = scf.if %c -> (f64) {{",
                f"  %a = arith.constant {k}.0 : f64",
                "  %b = arith.addf %x, %a : f64",
                "  %e = math.exp %b : f64",
                "  scf.yield %e : f64",
                "} else {",
                f"  %a = arith.constant {k}.0 : f64",
                "  %b = arith.addf %x, %a : f64",
                "  %e = math.exp %b : f64",
                "  %g = math.sin %e : f64",
                "  scf.yield %g : f64",
                "}",
            ]
        return parse(bench.function("f", "%x: f64, %c: i1", [*lines, "%r = arith.negf %x : f64"]))

    main = opt.LetgradOptMain([])

    def once(n: int) -> int:
        module = program(n)
        pipeline = list(main.parse_passes(passes))
        return calls(lambda: [a_pass.apply(main.ctx, module) for a_pass in pipeline])

    once(50)
    small, large = once(40), once(400)
    assert large < 15 * small


# The blow-up families: reference values, and sizes.


BLOWUP = [
    (bench.blowup(7), [0.33333326333334, -0.22222217555556]),
    (bench.blowup(7, lets=True), [0.33333326333334, -0.22222217555556]),
    (bench.blowup(200, lets=True), [0.33333133333930065, -0.2222208888928671]),
    pytest.param(
        *(bench.blowup(2000, 1.0, lets=True), [0.3333133339329949, -0.22220888928866325]),
        marks=pytest.mark.slow,
    ),
    pytest.param(
        *(bench.blowup(7000, lets=True), [0.3332633406816766, -0.22217556045445108]),
        marks=pytest.mark.slow,
    ),
    (bench.mult(3), [2.999999730000007, 1.9999998200000046]),
    (bench.mult(5, 1e-6, lets=True), [2.9999995500000267, 1.9999997000000178]),
    (bench.mult(50, 1e-6, lets=True), [2.999995500001215, 1.99999700000081]),
]


@pytest.mark.parametrize(
    ("program", "expected"),
    BLOWUP,
    ids=["7", "Let 7", "Let 200", "Let 2000", "Let 7000", "Mult 3", "MultLet 5", "MultLet 50"],
)
def test_gradients_of_the_blowup_family(program: str, expected: list[float]):
    module, _ = bench.compiled(program, "gradient{seed=one}")
    name = bench.the_function(module).sym_name.data
    given = Evaluator(module).call(name, [np.float64(2.0), np.float64(3.0)])
    np.testing.assert_allclose(given[1:], expected, rtol=1e-12)


BUILDS = [
    (1000, "%zero", 7000, [333.2633406816766, -222.17556045445108]),
    (1000, "%minus", 3500, [333.2983351701977, -222.19889011346513]),
    (1000, "%zero", 700, [333.326333406717, -222.21755560448116]),
]
"""Rows 22 to 24: the sum of a build of the family, of −i or of 0."""


@pytest.mark.parametrize(
    ("m", "i", "n", "expected"), [pytest.param(*row, marks=pytest.mark.slow) for row in BUILDS]
)
def test_gradients_of_a_build_of_the_family(m: int, i: str, n: int, expected: list[float]):
    lines = [
        f"%b = ten.build [{m}] (%j) : tensor<{m}xf64> {{",
        f"%c = arith.constant {bench.literal(bench.C)} : f64",
        "%zero = arith.constant 0.0 : f64",
        "%k = arith.index_cast %j : index to i64",
        "%f = arith.sitofp %k : i64 to f64",
        "%minus = arith.negf %f : f64",
        "%p = arith.divf %x, %z : f64",
    ]
    y = "%p"
    for k in range(n):
        lines += [f"%s{k} = arith.addf {y}, {y} : f64", f"%d{k} = arith.subf %s{k}, {i} : f64"]
        lines += [f"%p{k} = arith.mulf %c, %d{k} : f64", f"%l{k} = sharing.let %p{k} : f64"]
        y = f"%l{k}"
    lines += [f"%q = arith.subf {y}, {i} : f64", "ten.yield %q : f64", "}"]
    lines += [f"%r = ten.sum %b dims [0] : tensor<{m}xf64> -> f64"]
    module, _ = bench.compiled(bench.function("f", "%x: f64, %z: f64", lines), "gradient{seed=one}")
    given = Evaluator(module).call("f", [np.float64(2.0), np.float64(3.0)])
    np.testing.assert_allclose(given[1:], expected, rtol=1e-12)


SLOW = pytest.mark.slow


@pytest.mark.parametrize("family", list(bench.FAMILIES))
@pytest.mark.parametrize("n", [150, *(pytest.param(n, marks=SLOW) for n in (1000, 7000))])
def test_gradients_have_linear_size(family: str, n: int):
    """From 100 to n steps, the gradient grows by as many ops for each as from 50 to 100."""
    a, b, c = (
        bench.ops(bench.compiled(bench.FAMILIES[family](k), "gradient")[0]) for k in (50, 100, n)
    )
    per_step, rest = divmod(b - a, 50)
    assert rest == 0 and c - b == (n - 100) * per_step


@pytest.mark.slow
@pytest.mark.parametrize("family", ["blowup", "blowupLet"])
def test_a_hundred_thousand_steps(family: str):
    """It ends; a tree of that many steps would not. No time is compared: machines are shared."""
    short, long = bench.measure(family, 10_000), bench.measure(family, 100_000)
    assert long.ops < 10 * short.ops and long.digits > 30_000


@pytest.mark.parametrize("family", [bench.blowup, bench.mult])
def test_higher_derivatives_have_linear_size(family: Callable[[int], str]):
    for order in (1, 2, 3):
        passes = ",".join([bench.DERIVATIVE] * order)
        a, b, c = (bench.ops(bench.compiled(family(n), passes)[0]) for n in (4, 6, 10))
        assert c - b == 2 * (b - a), f"derivative {order}"


def test_higher_derivatives_have_the_value():
    """f = K v₀ / v₁ + …, with K = (2 · 0.499999985)ⁿ"""
    k, (x, z) = (2 * bench.C) ** 30, (2.0, 3.0)
    expected = (-k * x / z**2, 2 * k * x / z**3, -6 * k * x / z**4)
    for order, value in enumerate(expected, 1):
        passes = ",".join([bench.DERIVATIVE] * order)
        module, _ = bench.compiled(bench.blowup(30, 1.0), passes)
        (given,) = Evaluator(module).call("blowup", [np.float64(x), np.float64(z)])
        np.testing.assert_allclose(given, value, rtol=1e-12)


# Sizes of trees.


def tree_size(module: ModuleOp) -> int:
    return costs.tree_sizes(bench.the_function(module))


def nested_foo_tree(n: int) -> int:
    """w = x sin y has x + 3 nodes, and foo has two of it: x ← 2 x + 11. Then a sum of two."""
    x = 1
    for _ in range(n):
        x = 2 * x + 11
    return 2 * x + 1


def blowup_tree(n: int) -> int:
    """y = x / z has 3 nodes; y ← c (y + y − i) has 2 y + 5; y − i has y + 2."""
    y = 3
    for _ in range(n):
        y = 2 * y + 5
    return y + 2


@pytest.mark.parametrize("n", [1, 10, 300])
def test_tree_sizes_are_exact(n: int):
    assert tree_size(parse(bench.blowup(n))) == blowup_tree(n)
    assert tree_size(parse(bench.blowup(n, lets=True))) == blowup_tree(n)
    assert tree_size(parse(bench.nested_foo(n))) == nested_foo_tree(n)


def test_a_tree_size_is_that_of_the_tree():
    """Written out, with its leaves: what `sharing-unshare` leaves has as many ops and leaves."""
    for text in (bench.nested_foo(3), bench.mult(2), bench.blowup(5)):
        module, _ = bench.compiled(text, "gradient")
        expected = tree_size(module)
        run(module, "sharing-unshare")
        assert tree_size(module) == expected
        ops = [op for op in bench.the_function(module).body.block.ops if op.results]
        computing = [op for op in ops if op.operands]
        leaves = [
            x
            for op in bench.the_function(module).body.block.ops
            for x in op.operands
            if not isinstance(x.owner, Operation) or not x.owner.operands
        ]
        assert len(computing) + len(leaves) == expected


def test_a_long_number_is_written_in_full(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, request: pytest.FixtureRequest
):
    """More digits than Python converts by itself, which it does below a limit of ours."""
    limit = sys.get_int_max_str_digits()
    request.addfinalizer(lambda: sys.set_int_max_str_digits(limit))
    sys.set_int_max_str_digits(640)
    path = tmp_path / "blowup.mlir"
    path.write_text(bench.blowup(2_300))
    assert opt.main([str(path), "-p", "sharing-report", "-o", str(tmp_path / "out.mlir")]) == 0
    found = re.search(r"tree size (\d+),", capsys.readouterr().err)
    assert found is not None and len(found[1]) > 680
    n = blowup_tree(2_300)
    assert found[1] == costs.in_digits(n)
    assert int(found[1][-300:]) == n % 10**300 and int(found[1][:300]) == n // 10 ** (
        len(found[1]) - 300
    )


NUMBERS = {
    "0": 0,
    "-7": -7,
    "4000 nines": 10**4000 - 1,
    "a 1 and 4000 zeros": 10**4000,
    "negative": -(10**4001),
    "a power of 3": 3**20_000,
}


@pytest.mark.parametrize("n", NUMBERS.values(), ids=NUMBERS.keys())
def test_in_digits(n: int):
    chunks, text = 0, costs.in_digits(n)
    for digit in text.lstrip("-"):
        chunks = 10 * chunks + int(digit)
    assert chunks == abs(n) and text.startswith("-") == (n < 0)
    assert text.lstrip("-") == "0" or not text.lstrip("-").startswith("0")


def test_the_budget_of_unshare_is_exact():
    with pytest.raises(
        LetgradError, match=f"is a tree of {blowup_tree(40)} ops, above budget=100000"
    ):
        run(parse(bench.blowup(40)), "sharing-unshare")


# The report.


EXAMPLES = sorted((ROOT / "examples").glob("*.mlir"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_a_gradient_costs_at_most_four_times_its_primal(path: Path):
    """The factor of Baur and Strassen counts arithmetic: a program that calls functions of `math`
    must have the report's line, but the weights of its functions decide the number. The cotangent
    of an array adds up to a product and a sum for each of both operands: the factor is 5 there."""
    module, _ = bench.compiled(path.read_text(encoding="utf-8"), "gradient")
    found = re.search(r"\((.*) times its primal\)", report.report(bench.the_function(module)))
    assert found is not None
    if "math." not in path.read_text(encoding="utf-8"):
        (kind,) = bench.the_function(parse(path.read_text(encoding="utf-8"))).function_type.outputs
        assert float(found[1]) <= (5 if types.rank(kind) else 4)


def test_examples_that_only_calculate_are_there():
    """Else the factor above is checked of none."""
    assert sum("math." not in path.read_text(encoding="utf-8") for path in EXAMPLES) >= 5


def test_stamps_of_a_function_that_is_called_twice():
    """On other arguments it is another value: each call has stamps of its own."""
    module = parse(
        """
        func.func private @g(%x: f64) -> tensor<3xf64> {
          %a = ten.build [3] (%i) : tensor<3xf64> {
            %e = math.exp %x : f64
            %s = sharing.share %e {stamp = 4} : f64
            ten.yield %s : f64
          }
          %b = ten.build [3] (%i) : tensor<3xf64> {
            %e = math.exp %x : f64
            %s = sharing.share %e {stamp = 4} : f64
            %t = ten.index %a[%i] : tensor<3xf64> -> f64
            %p = arith.mulf %s, %t : f64
            ten.yield %p : f64
          }
          func.return %b : tensor<3xf64>
        }
        func.func @f(%x: f64, %y: f64) -> (tensor<3xf64>, tensor<3xf64>) {
          %a = func.call @g(%x) : (f64) -> tensor<3xf64>
          %b = func.call @g(%y) : (f64) -> tensor<3xf64>
          func.return %a, %b : tensor<3xf64>, tensor<3xf64>
        }
        """
    )
    known = by_name(module)
    copying.inline_calls(known, known["f"])
    stamps = {op.stamp.value.data for op in known["f"].walk() if isinstance(op, sharing.ShareOp)}
    assert len(stamps) == 2 and 4 not in stamps
    run(module, "sharing-recover")
    assert sum(isinstance(op, math.ExpOp) for op in known["f"].walk()) == 2
    a, b = Evaluator(module).call("f", [np.float64(0.5), np.float64(1.5)])
    np.testing.assert_allclose(a, np.exp(1.0), rtol=1e-15)
    np.testing.assert_allclose(b, np.exp(3.0), rtol=1e-15)


@pytest.mark.slow
def test_the_benchmark_runs():
    path = ROOT / "benchmarks" / "sharing.py"
    result = subprocess.run(
        [sys.executable, path, "--quick"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    for example in (ROOT / "examples").glob("*.mlir"):
        assert f"{example.name}: @" in result.stdout
