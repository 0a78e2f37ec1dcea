"""Generated programs over all ops: what holds for every program."""

from __future__ import annotations

from io import StringIO
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects.arith import Arith
from xdsl.dialects.builtin import Builtin, ModuleOp
from xdsl.dialects.func import Func
from xdsl.dialects.math import Math
from xdsl.dialects.scf import Scf
from xdsl.parser import Parser
from xdsl.passes import ModulePass
from xdsl.printer import Printer

from letgrad.dialects.ten import Ten
from letgrad.lowering.reference import Evaluator
from letgrad.passes.sharing.cse import CsePass
from letgrad.passes.simplify.canonicalize import CanonicalizePass

from . import generators
from .generators import ALL, arguments, programs, random_program, same

PASSES = {"canonicalize": CanonicalizePass, "cse": CsePass}

quick = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def context() -> Context:
    ctx = Context()
    for dialect in (Builtin, Func, Arith, Math, Scf, Ten):
        ctx.load_dialect(dialect)
    return ctx


def text(module: ModuleOp, generic: bool = False) -> str:
    out = StringIO()
    Printer(out, print_generic_format=generic).print_op(module)
    return out.getvalue()


def check_round_trip(module: ModuleOp) -> None:
    """
    Parsing what is printed gives the program.

    Generic forms are compared as well: they show every type, which xDSL's comparison ignores.
    """
    module.verify()
    for generic in (False, True):
        printed = text(module, generic)
        again = Parser(context(), printed).parse_module()
        again.verify()
        assert text(again, generic=True) == text(module, generic=True), printed
        assert again.is_structurally_equivalent(module)


def check_meaning(module: ModuleOp, transform: ModulePass, seed: int) -> None:
    """The pass gives the same results, bit for bit, and a program that it leaves alone."""
    args = arguments(module, seed)
    before = Evaluator(module).call("main", args)
    changed = module.clone()
    transform.apply(context(), changed)
    changed.verify()
    after = Evaluator(changed).call("main", args)
    # A function of constants folds to the nearest float; NumPy's may be the next one.
    rounds = any(op.dialect_name() == "math" for op in module.walk())
    for k, (x, y) in enumerate(zip(before, after, strict=True)):
        assert same(x, y) or (rounds and _are_neighbours(x, y)), (
            f"result {k}: {x} became {y} in\n{module}\nwhich is now\n{changed}"
        )
    if transform.name == "cse":  # looks at dead code before the code that made it dead is gone
        return
    once = text(changed, generic=True)
    transform.apply(context(), changed)
    assert text(changed, generic=True) == once, f"{transform.name} goes on in\n{module}"


def _are_neighbours(x: object, y: object) -> bool:
    """Whether two arrays of floats of one type differ by one step of the type at most."""
    a, b = np.asarray(x), np.asarray(y)
    if a.dtype != b.dtype or a.shape != b.shape or a.dtype.kind != "f":
        return False
    near = (np.nextafter(a, b) == b) | (a == b) & (np.signbit(a) == np.signbit(b))
    return bool(np.all(near | (np.isnan(a) & np.isnan(b))))


@given(programs())
@quick
def test_round_trip(module: ModuleOp) -> None:
    check_round_trip(module)


@given(programs(), st.sampled_from(sorted(PASSES)), st.integers(0, 1000))
@quick
def test_passes_keep_the_meaning(module: ModuleOp, name: str, seed: int) -> None:
    check_meaning(module, PASSES[name](), seed)


@given(programs(differentiable=True, max_ops=8), st.integers(0, 1000))
@settings(quick, max_examples=30)
def test_differentiable_programs_are_programs(module: ModuleOp, seed: int) -> None:
    (results,) = (op.operands for op in module.walk() if op.name == "func.return")
    assert results and all(generators.element(v.type) == generators.f64 for v in results)
    check_round_trip(module)
    Evaluator(module).call("main", arguments(module, seed, special=False))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_seeded_programs(first: int) -> None:
    """Longer programs than hypothesis likes to make."""
    for seed in range(first, first + 20):
        module = random_program(seed)
        check_round_trip(module)
        for transform in PASSES.values():
            check_meaning(module, transform(), seed)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("first", range(0, 160, 20))
def test_programs_of_few_ops(first: int) -> None:
    """Chains of the same ops, which is what rules are about."""
    names = [name for name in generators.STRUCTURAL if name.startswith("ten.")]
    for seed in range(first, first + 20):
        module = random_program(seed, Random(seed).sample(names, 3), max_ops=12)
        for transform in PASSES.values():
            check_meaning(module, transform(), seed)


def test_every_op_is_generated() -> None:
    made = {op.name for seed in range(300) for op in random_program(seed).walk()}
    assert set(ALL) <= made


def test_ops_can_be_chosen() -> None:
    for seed in range(30):
        module = random_program(seed, ops=["ten.sum", "math.sin"])
        ops = {op.name for op in module.walk()} - {"builtin.module", "func.func", "func.return"}
        assert ops <= {"ten.sum", "math.sin", "arith.constant", "ten.iota"}


def test_cse_tells_regions_apart_by_the_types_in_them() -> None:
    """xDSL's own pass takes these two builds for one."""
    module = Parser(
        context(),
        """
        func.func @main(%x: f64) -> (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) {
          %a = ten.build [2] (%i) : tensor<2xf64> {
            %narrow = ten.cast %x : f64 -> f32
            %wide = ten.cast %narrow : f32 -> f64
            ten.yield %wide : f64
          }
          %b = ten.build [2] (%i) : tensor<2xf64> {
            %whole = ten.cast %x : f64 -> i32
            %wide = ten.cast %whole : i32 -> f64
            ten.yield %wide : f64
          }
          %c = ten.build [2] (%i) : tensor<2xf64> {
            %whole = ten.cast %x : f64 -> i32
            %wide = ten.cast %whole : i32 -> f64
            ten.yield %wide : f64
          }
          func.return %a, %b, %c : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
        }
        """,
    ).parse_module()
    CsePass().apply(context(), module)
    a, b, c = (module.ops.first.body.block.last_op).operands
    assert a != b and b == c
    assert all(not op.attributes for op in module.walk() if op.name == "ten.build")
    results = Evaluator(module).call("main", [1.25])
    assert [r.tolist() for r in results] == [[1.25, 1.25], [1.0, 1.0], [1.0, 1.0]]
