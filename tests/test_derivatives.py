"""
Derivatives: every op by the dot-product test and by finite differences, random programs, corners,
known values.

A function is checked by three numbers that must agree, for random tangents t and cotangents c:

    ⟨c, jvp t⟩  =  ⟨vjp c, t⟩  =  (⟨c, f(x + h t)⟩ - ⟨c, f(x - h t)⟩) / 2h

Its second derivatives are checked as the first ones of its vjp and of its jvp, which are programs
as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.arith import Arith
from xdsl.dialects.builtin import Builtin, ModuleOp
from xdsl.dialects.func import Func
from xdsl.dialects.math import Math
from xdsl.dialects.scf import Scf
from xdsl.parser import Parser

from letgrad.dialects import arrays, types
from letgrad.dialects.delta import Delta
from letgrad.dialects.sharing import Sharing
from letgrad.dialects.ten import Ten
from letgrad.lowering.reference import Evaluator
from letgrad.passes.differentiate.evaluate_terms import EvaluatePass
from letgrad.passes.differentiate.linearize import LinearizePass
from letgrad.passes.differentiate.transpose import TransposePass
from letgrad.passes.pipelines import GradientPass, gradient_passes
from letgrad.passes.rewriting import rule_tables
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.functions import find_entry
from letgrad.passes.sharing.cse import CsePass
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.vectorize.vectorize_builds import VectorizePass

from .generators import arguments, near, random_program, same

pytestmark = pytest.mark.sampled(4)

Array = Any
CTX = Context()
for _dialect in (Builtin, Func, Arith, Math, Scf, Ten, Delta, Sharing):
    CTX.load_dialect(_dialect)


def parse(text: str) -> ModuleOp:
    module = Parser(CTX, text).parse_module()
    module.verify()
    return module


def run(module: ModuleOp, entry: str, *args: Array) -> tuple[Array, ...]:
    return Evaluator(module).call(entry, args)


def gradient(module: ModuleOp | str, entry: str = "f", **options: Any) -> ModuleOp:
    """A differentiated copy of a module; the derivative has the name of the function."""
    module = parse(module) if isinstance(module, str) else module.clone()
    GradientPass(entry=entry, **options).apply(CTX, module)
    module.verify()
    return module


def prepared(module: ModuleOp, entry: str, mode: Literal["reverse", "forward"]) -> ModuleOp:
    """
    A copy of a module as `gradient` differentiates it. Steps of a loop that became bulk ops may add
    up in another order.
    """
    module = module.clone()
    for step in gradient_passes(entry, None, mode, None, True, "argument"):
        if isinstance(step, LinearizePass):
            break
        step.apply(CTX, module)
    return module


def grad(text: str, *args: Array, **options: Any) -> tuple[Array, ...]:
    """The gradient of the only function, whose result is a scalar, at `args`."""
    module = gradient(text, primal=False, seed="one", **options)
    return run(module, "f", *args)


def vjp(text: str, *args: Array, **options: Any) -> tuple[Array, ...]:
    """The cotangents of the inputs; the cotangents of the results come last among `args`."""
    return run(gradient(text, primal=False, **options), "f", *args)


def jvp(text: str, *args: Array, **options: Any) -> tuple[Array, ...]:
    """The tangents of the results; the tangents of the inputs come last among `args`."""
    return run(gradient(text, mode="forward", primal=False, **options), "f", *args)


def tensor(sizes: Sequence[int], element: str = "f64") -> str:
    return f"tensor<{'x'.join(map(str, sizes))}x{element}>" if sizes else element


# The check.


def signature(module: ModuleOp, entry: str) -> func.FunctionType:
    return find_entry(module, entry).function_type


def is_float(array: Array) -> bool:
    return np.asarray(array).dtype.kind not in "iub"


def like(rng: np.random.Generator, array: Array) -> Array:
    array = np.asarray(array)
    return rng.standard_normal(array.shape).astype(array.dtype)[()]


def dot(xs: Sequence[Array], ys: Sequence[Array]) -> float:
    """Σ ⟨x, y⟩ over the pairs of floats."""
    pairs = zip(xs, ys, strict=True)
    return float(sum(np.sum(np.float64(x) * np.float64(y)) for x, y in pairs))


def derivative_by_differences(f: Callable[[float], float], scale: float) -> tuple[float, float]:
    """f'(0), and how far off that may be, as the differences at several step sizes tell."""
    estimates = []
    for h in (4e-4, 1e-4, 2.5e-5):
        fine, coarse = ((f(s * h) - f(-s * h)) / (2 * s * h) for s in (1, 2))
        value = (4 * fine - coarse) / 3  # Richardson: the error in h² cancels
        estimates.append((abs(fine - coarse) + 1e-13 * scale / h, value))
    error, value = min(estimates)
    return value, error


def check(
    module: ModuleOp,
    args: Sequence[Array],
    entry: str = "f",
    seed: int = 0,
    order: int = 1,
    rtol: float = 1e-9,
) -> bool:
    """
    The check of the module's docstring, for all float arguments; and that the gradient keeps the
    primal results. With `order=2`, also of the vjp and of the jvp. False where finite differences
    say nothing since the function is too steep or not finite here.
    """
    rng = np.random.default_rng(seed)
    ys = run(module, entry, *args)
    positions = [i for i, x in enumerate(args) if is_float(x)]
    outputs = [k for k, y in enumerate(ys) if is_float(y)]
    cts = [like(rng, ys[k]) for k in outputs]
    ts = [like(rng, args[i]) for i in positions]
    reverse, forward = gradient(module, entry), gradient(module, entry, mode="forward")
    pulled = run(reverse, entry, *args, *cts)
    pushed = run(forward, entry, *args, *ts)
    for mode, got in (("reverse", pulled), ("forward", pushed)):
        zs = run(prepared(module, entry, mode), entry, *args)
        assert all(near(a, b) for a, b in zip(ys, zs, strict=True)), f"{ys} {zs}"
        assert all(same(a, b) for a, b in zip(zs, got[: len(ys)], strict=True)), f"{zs} {got}"
    gs, dys = pulled[len(ys) :], pushed[len(ys) :]
    for x, g in zip((args[i] for i in positions), gs, strict=True):
        assert np.shape(x) == np.shape(g) and np.asarray(x).dtype == np.asarray(g).dtype
    if not all(np.all(np.isfinite(np.float64(v))) for v in (*dys, *gs)):
        return False

    down, up = dot(gs, ts), dot(cts, dys)
    scale = 1e-3 + dot([abs(c) for c in cts], [abs(d) for d in dys])
    scale += dot([abs(g) for g in gs], [abs(t) for t in ts])
    assert abs(down - up) <= rtol * scale, f"vjp {down}, jvp {up}\n{module}\n{reverse}\n{forward}"

    def along(h: float) -> float:
        moved = list(args)
        for i, t in zip(positions, ts, strict=True):
            moved[i] = (moved[i] + h * t).astype(np.asarray(t).dtype)
        return dot(cts, [run(module, entry, *moved)[k] for k in outputs])

    conclusive = True
    floats = [*(args[i] for i in positions), *(ys[k] for k in outputs)]
    if all(np.asarray(x).dtype == np.float64 for x in floats):
        size = dot([abs(c) for c in cts], [abs(np.float64(ys[k])) for k in outputs])
        value, error = derivative_by_differences(along, 1 + size)
        # Where the least step is many oscillations, differences do not see them.
        conclusive = bool(error <= 1e-2 * scale and 2.5e-5 * scale <= 1 + size)
        if conclusive:
            wrong = f"derivative {up}, by differences {value}\n{module}\n{forward}"
            assert abs(value - up) <= error + 1e-7 * scale, wrong
    if order > 1:
        for mode, more in (("reverse", cts), ("forward", ts)):
            first = gradient(module, entry, mode=mode, primal=False)
            conclusive &= check(first, [*args, *more], entry, seed + 1, order - 1, rtol)
    return conclusive


# Every op.

ANY, POSITIVE, UNIT, ABOVE_1 = "any", "positive", "unit", "above 1"
DRAW: dict[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    ANY: lambda rng, s: rng.standard_normal(s),
    POSITIVE: lambda rng, s: rng.uniform(0.4, 2.5, s),
    UNIT: lambda rng, s: rng.uniform(-0.9, 0.9, s),
    ABOVE_1: lambda rng, s: rng.uniform(1.2, 3, s),
}
ELEMENTWISE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        [f"arith.{n}" for n in "addf subf mulf maximumf minimumf maxnumf minnumf".split()]
        + ["math.atan2", "math.copysign", "ten.fmod"],
        (ANY, ANY),
    ),
    **dict.fromkeys(
        [f"math.{n}" for n in "absf cos sin tan exp exp2 expm1 erf sinh cosh tanh asinh".split()]
        + [f"math.{n}" for n in "atan cbrt floor ceil trunc round roundeven".split()]
        + ["arith.negf"],
        (ANY,),
    ),
    **dict.fromkeys([f"math.{n}" for n in "log log2 log10 log1p sqrt rsqrt".split()], (POSITIVE,)),
    **dict.fromkeys([f"math.{n}" for n in "asin acos atanh".split()], (UNIT,)),
    "math.acosh": (ABOVE_1,),
    "math.powf": (POSITIVE, ANY),
    "math.fma": (ANY, ANY, ANY),
    "arith.divf": (ANY, POSITIVE),
}  # fmt: skip
SHAPES = [(), (1,), (3,), (2, 3), (0,), (2, 0)]

# Op | arguments -> result, where <2x3> is short for tensor<2x3xf64>.
STRUCTURAL: dict[str, list[str]] = {
    "arith.constant": ["arith.constant 2.0 : f64 -> f64"],
    "arith.select": [
        "arith.select %m, %x, %y : f64 | m: i1, x: f64, y: f64 -> f64",
        "arith.select %m, %x, %y : <3> | m: i1, x: <3>, y: <3> -> <3>",
    ],
    "arith.sitofp": ["arith.sitofp %i : i64 to f64 | i: i64, x: f64 -> f64"],
    "arith.uitofp": ["arith.uitofp %i : i64 to f64 | i: i64, x: f64 -> f64"],
    "arith.extf": [
        "arith.extf %x : f32 to f64 | x: f32 -> f64",
        "arith.extf %x : tensor<2xf32> to <2> | x: tensor<2xf32> -> <2>",
    ],
    "arith.truncf": ["arith.truncf %x : <2> to tensor<2xf32> | x: <2> -> tensor<2xf32>"],
    "math.fpowi": [
        "math.fpowi %x, %n : f64, i64 | x: f64, n: i64 -> f64",
        "math.fpowi %x, %n : <7>, tensor<7xi32> | x: <7>, n: tensor<7xi32> -> <7>",
    ],
    "sharing.let": ["sharing.let %x : f64 | x: f64 -> f64"],
    "sharing.share": ["sharing.share %x {stamp = 7} : <3> | x: <3> -> <3>"],
    "ten.triangular_solve": [
        "ten.triangular_solve lower, %a, %x : <3x3>, <3x2> -> <3x2> "
        "| a: <3x3>, x: <3x2> -> <3x2>",
        "ten.triangular_solve upper, %a, %x : <2x3x3>, <2x3x1> -> <2x3x1> "
        "| a: <2x3x3>, x: <2x3x1> -> <2x3x1>",
    ],
    "ten.symmetric_solve": [
        "ten.symmetric_solve lower, %a, %x : <3x3>, <3x2> -> <3x2> "
        "| a: <3x3>, x: <3x2> -> <3x2>",
        "ten.symmetric_solve upper, %a, %x : <2x3x3>, <2x3x1> -> <2x3x1> "
        "| a: <2x3x3>, x: <2x3x1> -> <2x3x1>",
    ],
    "ten.fft": [
        "ten.fft forward, %x dims [0, 1] : <3x4x2> -> <3x4x2> | x: <3x4x2> -> <3x4x2>",
        "ten.fft backward, %x dims [1] : <2x3x2> -> <2x3x2> | x: <2x3x2> -> <2x3x2>",
        "ten.fft real, %x dims [0] : <6> -> <4x2> | x: <6> -> <4x2>",
        "ten.fft hermitian, %x dims [0] : <3x2> -> <5> | x: <3x2> -> <5>",
    ],
    "ten.dct": [
        "ten.dct cosine1, %x dims [0] : <4x2> -> <4x2> | x: <4x2> -> <4x2>",
        "ten.dct cosine1, %x dims [0] : <2> -> <2> | x: <2> -> <2>",
        "ten.dct cosine2, %x dims [1] : <2x3> -> <2x3> | x: <2x3> -> <2x3>",
        "ten.dct cosine3, %x dims [0] : <4> -> <4> | x: <4> -> <4>",
        "ten.dct cosine4, %x dims [0] : <5> -> <5> | x: <5> -> <5>",
        "ten.dct sine1, %x dims [1] : <2x3> -> <2x3> | x: <2x3> -> <2x3>",
        "ten.dct sine2, %x dims [0] : <5> -> <5> | x: <5> -> <5>",
        "ten.dct sine3, %x dims [0] : <4> -> <4> | x: <4> -> <4>",
        "ten.dct sine4, %x dims [0] : <1> -> <1> | x: <1> -> <1>",
    ],
    "ten.broadcast": [
        "ten.broadcast %x dims [0, 2] : <3> -> <2x3x4> | x: <3> -> <2x3x4>",
        "ten.broadcast %x dims [0, 1] : f64 -> <2x1> | x: f64 -> <2x1>",
        "ten.broadcast %x dims [0] : <3> -> <0x3> | x: <3> -> <0x3>",
    ],
    "ten.sum": [
        "ten.sum %x dims [0, 2] : <2x3x4> -> <3> | x: <2x3x4> -> <3>",
        "ten.sum %x dims [0] : <4> -> f64 | x: <4> -> f64",
        "ten.sum %x dims [] : f64 -> f64 | x: f64 -> f64",
        "ten.sum %x dims [1] : <2x0> -> <2> | x: <2x0> -> <2>",
    ],
    "ten.reduce": [
        *(
            f"ten.reduce {kind}, %x dims {dims} | x: {x} -> {y}".replace(" |", f" : {x} -> {y} |")
            for kind in ("max", "min", "prod")
            for dims, x, y in (
                ("[0, 2]", "<2x3x5>", "<3>"),
                ("[1]", "<2x3>", "<2>"),
                ("[0]", "<7>", "f64"),
                ("[0]", "<1>", "f64"),
                ("[]", "<2>", "<2>"),
                ("[]", "f64", "f64"),
                ("[0]", "<2x0>", "<0>"),
            )
        ),
        "ten.reduce prod, %x dims [1] : <2x0> -> <2> | x: <2x0> -> <2>",
    ],
    "ten.cumsum": [
        "ten.cumsum %x dim 1 : <2x3> | x: <2x3> -> <2x3>",
        "ten.cumsum %x dim 0 : <0> | x: <0> -> <0>",
    ],
    "ten.transpose": [
        "ten.transpose %x perm [2, 0, 1] : <2x3x4> -> <4x2x3> | x: <2x3x4> -> <4x2x3>"
    ],
    "ten.reshape": [
        "ten.reshape %x : <2x3x4> -> <6x4> | x: <2x3x4> -> <6x4>",
        "ten.reshape %x : <1x1> -> f64 | x: <1x1> -> f64",
        "ten.reshape %x : <0x3> -> <2x0> | x: <0x3> -> <2x0>",
    ],
    "ten.reverse": ["ten.reverse %x dims [0, 2] : <2x3x4> | x: <2x3x4> -> <2x3x4>"],
    "ten.cast": [
        "ten.cast %x : <2> -> tensor<2xf32> | x: <2> -> tensor<2xf32>",
        "ten.cast %x : f64 -> f64 | x: f64 -> f64",
        "ten.cast %i : tensor<2xi32> -> <2> | i: tensor<2xi32>, x: f64 -> <2>",
        "ten.cast %x : <2> -> tensor<2xi32> | x: <2> -> tensor<2xi32>",
    ],
    "ten.slice": [
        "ten.slice %x offsets [1, 0] sizes [2, 2] strides [2, 3] : <5x4> -> <2x2>"
        " | x: <5x4> -> <2x2>",
        "ten.slice %x offsets [5, 0] sizes [0, 1] strides [2, 1] : <5x4> -> <0x1>"
        " | x: <5x4> -> <0x1>",
    ],
    "ten.pad": [
        "ten.pad %x low [1, 0] high [0, 2] interior [2, 0] : <3x2> -> <8x4> | x: <3x2> -> <8x4>",
        "ten.pad %x low [1, 0] high [0, 2] interior [2, 0] : <0x2> -> <1x4> | x: <0x2> -> <1x4>",
    ],
    "ten.update": [
        "ten.update %x[%i, %i] %y strides [1, 1] : <4x3>, <2x2> -> <4x3>"
        " | x: <4x3>, y: <2x2>, i: index -> <4x3>",
        "ten.update %x[%i] %y strides [2] : <5>, <2> -> <5> | x: <5>, y: <2>, i: index -> <5>",
    ],
    "ten.concat": [
        "ten.concat %x, %y, %x dim 1 : <3x2>, <3x1>, <3x2> -> <3x5> | x: <3x2>, y: <3x1> -> <3x5>",
        "ten.concat %x, %y dim 0 : <0>, <2> -> <2> | x: <0>, y: <2> -> <2>",
    ],
    "ten.stack": [
        "ten.stack %x, %y, %x : f64 -> <3> | x: f64, y: f64 -> <3>",
        "ten.stack %x, %y : <2> -> <2x2> | x: <2>, y: <2> -> <2x2>",
    ],
    "ten.index": [
        "ten.index %x[%i] : <3x2> -> <2> | x: <3x2>, i: index -> <2>",
        "ten.index %x[%i, %j] : <3x2> -> f64 | x: <3x2>, i: index, j: index -> f64",
        "ten.index %x[] : <2> -> <2> | x: <2> -> <2>",
        "ten.index %x[%i] : <0> -> f64 | x: <0>, i: index -> f64",
    ],
    "ten.gather": [
        """ten.gather [4] %x (%i) : <3x2> -> <4x2> {
          %k = arith.subi %i, %j : index
          ten.yield %k : index
        } | x: <3x2>, j: index -> <4x2>""",
        """ten.gather [2, 3] %x (%i, %j) : <2> -> <2x3> {
          ten.yield %i : index
        } | x: <2> -> <2x3>""",
    ],
    "ten.scatter": [
        """ten.scatter [2] %x (%i) : <3x2> -> <2x2> {
          %k = arith.remsi %i, %j : index
          ten.yield %k : index
        } | x: <3x2>, j: index -> <2x2>""",
    ],
    "ten.einsum": [
        'ten.einsum "ij,jk->ik" %x, %y : <2x3>, <3x4> -> <2x4> | x: <2x3>, y: <3x4> -> <2x4>',
        'ten.einsum "iij,kj,l->il" %x, %y, %z : <2x2x3>, <4x3>, <5> -> <2x5>'
        " | x: <2x2x3>, y: <4x3>, z: <5> -> <2x5>",
        'ten.einsum ",i->i" %x, %y : f64, <4> -> <4> | x: f64, y: <4> -> <4>',
        'ten.einsum "ii->" %x : <3x3> -> f64 | x: <3x3> -> f64',
        'ten.einsum "ij->" %x : <3x0> -> f64 | x: <3x0> -> f64',
        'ten.einsum "ij,ij->" %x, %x : <3x2>, <3x2> -> f64 | x: <3x2> -> f64',
        'ten.einsum "ij,ij,ij->j" %x, %x, %x : <3x2>, <3x2>, <3x2> -> <2> | x: <3x2> -> <2>',
    ],
    "ten.select": [
        "ten.select %m, %x, %y : tensor<3xi1>, <3> | m: tensor<3xi1>, x: <3>, y: <3> -> <3>",
        "ten.select %m, %x, %y : i1, <3> | m: i1, x: <3>, y: <3> -> <3>",
        "ten.select %m, %x, %y : i1, f64 | m: i1, x: f64, y: f64 -> f64",
    ],
}  # fmt: skip


def structural(case: str) -> str:
    """A function with the op, from `op | name: type, … -> result type`."""
    op, _, rest = re.sub(r"(?<!\w)<([\dx]+)>", r"tensor<\1xf64>", case).partition(" | ")
    if not rest:
        op, rest = op.rsplit(" -> ", 1)[0], "x: f64 -> " + op.rsplit(" -> ", 1)[1]
    given, _, result = rest.partition(" -> ")
    arguments = ", ".join(f"%{argument}" for argument in given.split(", "))
    return f"func.func @f({arguments}) -> {result} {{\n  %r = {op}\n  func.return %r : {result}\n}}"


def draw(module: ModuleOp, rng: np.random.Generator, domains: Sequence[str] = ()) -> list[Array]:
    args = []
    for k, type in enumerate(signature(module, "f").inputs):
        sizes, dtype = types.shape(type), arrays.dtype(type)
        if dtype == np.bool_:
            values = rng.random(sizes) < 0.5
        elif dtype.kind == "i":
            values = (
                rng.integers(1, 4, sizes)
                if not sizes
                else rng.permutation(np.arange(-3, 4))[: sizes[0]]
            )
        else:
            values = DRAW[domains[k] if domains else ANY](rng, sizes)
        args.append(np.asarray(values).astype(dtype)[()])
    return args


def elementwise(op: str, sizes: Sequence[int], element: str = "f64") -> str:
    t, n = tensor(sizes, element), len(ELEMENTWISE[op])
    arguments = ", ".join(f"%{k}: {t}" for k in range(n))
    operands = ", ".join(f"%{k}" for k in range(n))
    return f"""func.func @f({arguments}) -> {t} {{
      %r = {op} {operands} : {t}
      func.return %r : {t}
    }}"""


def test_every_rule_has_a_case() -> None:
    dialects = ("arith", "math", "ten", "delta", "sharing")  # other tests add ops of their own
    with_rules = {op.name for op in rule_tables.linearize if op.dialect_name() in dialects}
    # delta.stop has test_stop; test_derivative_accuracy.py has the functions of two tables,
    # test_special_table.py those of SciPy, and test_attention.py attention.
    others = {"ten.hypot", "ten.unit", "ten.invert", "ten.sech2", "ten.special", "ten.attention"}
    assert with_rules == {*ELEMENTWISE, *STRUCTURAL, *others, "delta.stop"}


def test_every_op_with_floats_has_a_rule() -> None:
    """Or it is stated why it has none; a `ten.build` is made of other ops by ten-vectorize."""
    others = {"arith.index_cast", "math.ctlz", "math.cttz", "math.ctpop", "ten.build", "ten.yield"}
    # These have no rule, as scf.if: their bodies hold terms (test_scan.py, test_while.py).
    others |= {"ten.scan", "ten.while"}
    # The derivatives of these are those of their parts (test_attention.py).
    others |= {"ten.attention_gradient", "ten.attention_tangent"}
    for dialect in (Arith, Math, Ten):
        for op in dialect.operations:
            of_integers = op.name.endswith(("i", "i_extended")) or op.name in others
            assert of_integers or rule_tables.linearize._entry(op) is not None, op.name


@pytest.mark.parametrize("op", ELEMENTWISE)
def test_elementwise(op: str) -> None:
    for seed, sizes in enumerate(SHAPES):
        module = parse(elementwise(op, sizes))
        args = draw(module, np.random.default_rng(seed), ELEMENTWISE[op])
        assert check(module, args, order=2, seed=seed)


@pytest.mark.parametrize("op", ELEMENTWISE)
def test_elementwise_in_f32(op: str) -> None:
    """The derivative is the one in f64, up to the rounding of f32."""
    args = draw(parse(elementwise(op, [3])), np.random.default_rng(0), ELEMENTWISE[op])
    ct = np.random.default_rng(1).standard_normal(3)
    narrow = [x.astype(np.float32) for x in (*args, ct)]
    wide = [x.astype(np.float64) for x in narrow]
    pairs = zip(
        vjp(elementwise(op, [3], "f32"), *narrow), vjp(elementwise(op, [3]), *wide), strict=True
    )
    for got, expected in pairs:
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("element", ["f16", "bf16"])
@pytest.mark.parametrize("op", ELEMENTWISE)
def test_elementwise_in_16_bits(op: str, element: str) -> None:
    module = parse(elementwise(op, [3], element))
    args = draw(module, np.random.default_rng(0), ELEMENTWISE[op])
    ones = np.ones(3, np.asarray(args[0]).dtype)
    wide = [np.float64(x) for x in (*args, ones)]
    got = run(gradient(module, primal=False), "f", *args, ones)
    for g, expected in zip(got, vjp(elementwise(op, [3]), *wide), strict=True):
        assert g.dtype == ones.dtype
        np.testing.assert_allclose(np.float64(g), expected, rtol=0.2, atol=0.2)


@pytest.mark.parametrize("case", [c for cases in STRUCTURAL.values() for c in cases])
def test_structural(case: str) -> None:
    module = parse(structural(case))
    rtol = 1e-6 if "f32" in case else 1e-9
    for seed in range(2):
        args = draw(module, np.random.default_rng(seed))
        assert check(module, args, order=2, seed=seed, rtol=rtol)


@pytest.mark.parametrize("case", STRUCTURAL["ten.einsum"] + STRUCTURAL["ten.reduce"])
def test_hessian(case: str) -> None:
    """The gradient of a fixed sum of the gradient: reverse over reverse, with seed=one."""
    module = parse(structural(case))
    result = signature(module, "f").outputs.data[0]
    sizes = types.shape(result)
    dims = list(range(len(sizes)))
    scalar = (
        structural(case)
        .replace(f"-> {result} {{", "-> f64 {")
        .replace(
            f"  func.return %r : {result}",
            f"  %s = ten.sum %r dims {dims} : {result} -> f64\n  func.return %s : f64",
        )
    )
    first = gradient(scalar, seed="one", primal=False)
    args = draw(module, np.random.default_rng(0))
    assert check(first, args)


# Random programs.


def smooth_arguments(module: ModuleOp, seed: int) -> list[Array]:
    """Arguments without ties, as a comparison has a jump there."""
    rng = np.random.default_rng(seed)
    args = arguments(module, seed, special=False)
    return [x + rng.uniform(-1e-2, 1e-2, np.shape(x)) if is_float(x) else x for x in args]


def test_random_programs() -> None:
    """jvp, vjp and finite differences agree, and the primal results are kept bit for bit."""
    conclusive = 0
    for seed in range(75):
        module = random_program(seed, differentiable=True)
        conclusive += check(module, smooth_arguments(module, seed), "main", seed)
    assert conclusive > 50


def test_second_derivatives_of_random_programs() -> None:
    conclusive = 0
    for seed in range(1000, 1030):
        module = random_program(seed, differentiable=True, max_ops=8)
        conclusive += check(module, smooth_arguments(module, seed), "main", seed, order=2)
    assert conclusive > 17


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_random_programs_at_special_values(mode: str) -> None:
    """The primal results are kept bit for bit, NaN, infinities and signed zeros included."""
    for seed in range(40):
        module = random_program(seed, differentiable=True)
        args = arguments(module, seed, special=True)
        expected = run(module, "main", *args)
        changed = gradient(module, "main", mode=mode)
        extra = [
            np.ones_like(v)
            for v in (expected if mode == "reverse" else [x for x in args if is_float(x)])
        ]
        got = run(changed, "main", *args, *(v[()] for v in extra))
        assert all(same(a, b) for a, b in zip(expected, got[: len(expected)], strict=True)), seed


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_terms_may_be_simplified(mode: str) -> None:
    """canonicalize and cse between linearization and what follows it change nothing."""
    rest = TransposePass() if mode == "reverse" else EvaluatePass()
    for seed in range(60):
        module = random_program(seed, differentiable=True)
        args = smooth_arguments(module, seed)
        ys = run(module, "main", *args)
        more = [
            like(np.random.default_rng(seed), v)
            for v in (ys if mode == "reverse" else args)
            if is_float(v)
        ]
        VectorizePass().apply(CTX, module)
        LinearizePass(mode=mode).apply(CTX, module)
        simplified = module.clone()
        for a_pass in (CsePass(), CanonicalizePass()):
            a_pass.apply(CTX, simplified)
            simplified.verify()
        results = []
        for variant in (module, simplified):
            rest.apply(CTX, variant)
            variant.verify()
            results.append(run(variant, "main", *args, *more))
        for a, b in zip(*results, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=f"{seed}")


def test_steps_are_all_of_it() -> None:
    """Steps of one, two and three terms end where all steps at once do."""
    for seed in range(30):
        module = random_program(seed, differentiable=True, max_ops=10)
        args = smooth_arguments(module, seed)
        cts = [like(np.random.default_rng(seed), y) for y in run(module, "main", *args)]
        VectorizePass().apply(CTX, module)
        LinearizePass().apply(CTX, module)
        stepped = module.clone()
        TransposePass().apply(CTX, module)
        steps = 0
        while any(op.name == "delta.pullback" for op in stepped.walk()):
            assert steps < 400
            TransposePass(1 + steps % 3).apply(CTX, stepped)
            stepped.verify()
            steps += 1
        assert not any(op.name.startswith("delta.") for op in stepped.walk())
        for a, b in zip(
            run(module, "main", *args, *cts), run(stepped, "main", *args, *cts), strict=True
        ):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=f"{seed}")


# Ties and corners.


def binary(op: str, t: str) -> str:
    return f"""func.func @f(%x: {t}, %y: {t}) -> {t} {{
      %r = {op} %x, %y : {t}
      func.return %r : {t}
    }}"""


@pytest.mark.parametrize("op", ["maximumf", "minimumf", "maxnumf", "minnumf"])
def test_ties_split_evenly(op: str) -> None:
    assert vjp(binary(f"arith.{op}", "f64"), 2.0, 2.0, 3.0) == (1.5, 1.5)
    assert vjp(binary(f"arith.{op}", "f64"), 0.0, -0.0, 3.0) == (1.5, 1.5)
    assert jvp(binary(f"arith.{op}", "f64"), 2.0, 2.0, 3.0, 5.0) == (4.0,)
    x, y = np.array([1.0, 2, 3]), np.array([2.0, 2, 2])
    gx, gy = vjp(binary(f"arith.{op}", "tensor<3xf64>"), x, y, np.ones(3))
    expected = [0, 0.5, 1] if "max" in op else [1, 0.5, 0]
    assert gx.tolist() == expected and (gx + gy).tolist() == [1, 1, 1]


@pytest.mark.parametrize("op", ["maxnumf", "minnumf"])
def test_the_number_is_chosen_beside_nan(op: str) -> None:
    assert vjp(binary(f"arith.{op}", "f64"), np.nan, 2.0, 3.0) == (0, 3)
    assert vjp(binary(f"arith.{op}", "f64"), 2.0, np.nan, 3.0) == (3, 0)


@pytest.mark.parametrize("kind", ["max", "min"])
def test_ties_of_a_reduction_split_evenly(kind: str) -> None:
    text = structural(f"ten.reduce {kind}, %x dims [1] : <2x3> -> <2> | x: <2x3> -> <2>")
    x = np.array([[1.0, 1, 1], [4, 4, 7 if kind == "min" else 1]])
    (g,) = vjp(text, x, np.array([3.0, 8.0]))
    assert g.tolist() == [[1, 1, 1], [4, 4, 0]]


def unary(op: str, t: str = "f64") -> str:
    return f"func.func @f(%x: {t}) -> {t} {{\n  %r = {op} %x : {t}\n  func.return %r : {t}\n}}"


def test_absolute_value_at_zero() -> None:
    assert grad(unary("math.absf"), 0.0) == (0,) == grad(unary("math.absf"), -0.0)
    assert grad(unary("math.absf"), -3.0) == (-1,)


def test_powers() -> None:
    power = binary("math.powf", "f64")
    assert vjp(power, 0.0, 2.0, 1.0) == (0, 0)
    assert vjp(power, 0.0, 1.0, 1.0) == (1, 0)
    assert vjp(power, 0.0, 0.0, 1.0) == (0, 0)
    assert vjp(power, 3.0, 0.0, 1.0) == (0, np.log(3.0))
    gx, gy = vjp(power, -2.0, 3.0, 1.0)
    assert gx == 12 and np.isnan(gy)
    assert vjp(power, -2.0, 3.0, 1.0, wrt=(0,)) == (12,)
    # d²(x^y) / dx dy = x^(y-1) (1 + y log x), at y = 0 too, in both orders.
    second = gradient(gradient(power, seed="one", primal=False))
    assert run(second, "f", 0.5, 0.0, 1.0, 0.0)[2:] == (0.0, 2.0)
    assert run(second, "f", 0.5, 0.0, 0.0, 1.0)[2:] == (2.0, np.log(0.5) ** 2)
    square = """func.func @f(%x: f64) -> f64 {
      %n = arith.constant 2.0 : f64
      %r = math.powf %x, %n : f64
      func.return %r : f64
    }"""
    second = gradient(gradient(square, seed="one", primal=False), seed="one", primal=False)
    assert run(second, "f", 0.0) == (2,) == run(second, "f", -3.0)
    whole = """func.func @f(%x: f64, %n: i64) -> f64 {
      %r = math.fpowi %x, %n : f64, i64
      func.return %r : f64
    }"""
    for n, slope, curvature in ((0, 0, 0), (1, 1, 0), (2, 0, 2), (3, 0, 0)):
        assert grad(whole, 0.0, n) == (slope,)
        second = gradient(gradient(whole, seed="one", primal=False), seed="one", primal=False)
        assert run(second, "f", 0.0, n) == (curvature,)


PRODUCT = structural("ten.reduce prod, %x dims [0] : <3> -> f64 | x: <3> -> f64")


@pytest.mark.parametrize(
    "x, slope, curvature",
    [
        ([0, 2, 3], [6, 0, 0], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
        ([0, 0, 3], [0, 0, 0], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]),
        ([0, 0, 0], [0, 0, 0], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ([4, 2, 3], [6, 12, 8], [[0, 3, 2], [3, 0, 4], [2, 4, 0]]),
    ],
)
def test_product_with_zeros(
    x: list[float], slope: list[float], curvature: list[list[float]]
) -> None:
    at = np.array(x, np.float64)
    assert grad(PRODUCT, at)[0].tolist() == slope
    first = gradient(PRODUCT, seed="one", primal=False)
    for mode in ("reverse", "forward"):
        second = gradient(first, mode=mode, primal=False)
        rows = [run(second, "f", at, e)[0].tolist() for e in np.eye(3)]
        assert rows == curvature


def test_the_value_of_a_product_is_kept() -> None:
    """Its derivative is that of a tree of products, which may round otherwise."""
    text = structural("ten.reduce prod, %x dims [0] : <40> -> f64 | x: <40> -> f64")
    for seed in range(20):
        x = np.random.default_rng(seed).uniform(0.5, 2, 40)
        value, _ = run(gradient(text, seed="one"), "f", x)
        assert value == run(parse(text), "f", x)[0]


# Masks: where(x > 0, g(x), 0), where the derivative of g is not finite at 0; tensors are [0, 4].

SCALAR = """
  %z = arith.constant 0.0 : f64
  %m = arith.cmpf ogt, %x, %z : f64
  %s = math.sqrt %x : f64"""
TENSOR = """
  %z = arith.constant dense<0.0> : tensor<2xf64>
  %m = ten.compare ogt, %x, %z : tensor<2xf64>
  %s = math.sqrt %x : tensor<2xf64>"""
MASKED: dict[str, tuple[str, str, float]] = {
    # name: (before, body, derivative at 4)
    "select": (SCALAR, "%r = arith.select %m, %s, %z : f64", 0.25),
    "ten.select": (SCALAR, "%r = ten.select %m, %s, %z : i1, f64", 0.25),
    "else": (
        SCALAR,
        "%n = arith.cmpf ole, %x, %z : f64  %r = arith.select %n, %z, %s : f64",
        0.25,
    ),
    "negated": (SCALAR, "%n = arith.negf %s : f64  %r = arith.select %m, %n, %z : f64", -0.25),
    "chain": (
        SCALAR,
        "%l = math.log %s : f64  %t = math.rsqrt %x : f64  %u = arith.mulf %t, %l : f64"
        "  %v = arith.subf %u, %l : f64  %r = arith.select %m, %v, %z : f64",
        (1 / 16 - np.log(2) / 16) - 1 / 8,
    ),
    "addition": (
        SCALAR,
        "%a = arith.addf %s, %x : f64  %b = math.log %x : f64  %c = arith.addf %a, %b : f64"
        "  %r = arith.select %m, %c, %z : f64",
        1.5,
    ),
    "two selects of one value": (
        SCALAR,
        "%a = arith.select %m, %s, %z : f64  %d = arith.mulf %s, %s : f64"
        "  %b = arith.select %m, %d, %z : f64  %r = arith.addf %a, %b : f64",
        1.25,
    ),
    "nested selects": (
        SCALAR,
        "%one = arith.constant 1.0 : f64  %n = arith.cmpf ogt, %x, %one : f64"
        "  %l = math.log %s : f64"
        "  %a = arith.select %n, %s, %l : f64  %r = arith.select %m, %a, %z : f64",
        0.25,
    ),
    "scf.if": (
        SCALAR,
        """%r = scf.if %m -> (f64) {
             %t = arith.mulf %s, %s : f64
             %u = arith.addf %t, %s : f64
             scf.yield %u : f64
           } else {
             scf.yield %z : f64
           }""",
        1.25,
    ),
    "scf.if inside of a select": (
        SCALAR,
        """%q = scf.if %m -> (f64) {
             scf.yield %z : f64
           } else {
             %t = math.log %s : f64
             scf.yield %t : f64
           }
           %a = arith.addf %q, %s : f64
           %r = arith.select %m, %a, %z : f64""",
        0.25,
    ),
    "cast": (
        SCALAR,
        "%n = arith.truncf %s : f64 to f32  %w = arith.extf %n : f32 to f64"
        "  %r = arith.select %m, %w, %z : f64",
        0.25,
    ),
    "tensor": (TENSOR, "%r = ten.select %m, %s, %z : tensor<2xi1>, tensor<2xf64>", 0.25),
    "tensor, nested": (
        TENSOR,
        "%yes = arith.constant true  %l = math.log %s : tensor<2xf64>"
        "  %a = ten.select %yes, %l, %s : i1, tensor<2xf64>"
        "  %b = ten.select %m, %a, %z : tensor<2xi1>, tensor<2xf64>"
        "  %r = ten.select %yes, %b, %s : i1, tensor<2xf64>",
        0.125,
    ),
    "tensor, nested the other way": (
        TENSOR,
        "%no = arith.constant false  %l = math.log %s : tensor<2xf64>"
        "  %a = ten.select %m, %l, %z : tensor<2xi1>, tensor<2xf64>"
        "  %r = ten.select %no, %s, %a : i1, tensor<2xf64>",
        0.125,
    ),
    "layout": (
        TENSOR,
        "%a = ten.reshape %s : tensor<2xf64> -> tensor<1x2xf64>"
        "  %b = ten.transpose %a perm [1, 0] : tensor<1x2xf64> -> tensor<2x1xf64>"
        "  %c = ten.reverse %b dims [0] : tensor<2x1xf64>"
        "  %d = ten.pad %c low [1, 0] high [0, 0] interior [1, 0]"
        " : tensor<2x1xf64> -> tensor<4x1xf64>"
        "  %e = ten.slice %d offsets [1, 0] sizes [2, 1] strides [2, 1]"
        " : tensor<4x1xf64> -> tensor<2x1xf64>"
        "  %f = ten.reverse %e dims [0] : tensor<2x1xf64>"
        "  %g = ten.sum %f dims [1] : tensor<2x1xf64> -> tensor<2xf64>"
        "  %h = ten.concat %g, %g dim 0 : tensor<2xf64>, tensor<2xf64> -> tensor<4xf64>"
        "  %i = ten.slice %h offsets [2] sizes [2] strides [1] : tensor<4xf64> -> tensor<2xf64>"
        "  %r = ten.select %m, %i, %z : tensor<2xi1>, tensor<2xf64>",
        0.25,
    ),
    "broadcast": (
        TENSOR,
        "%b = ten.broadcast %s dims [0] : tensor<2xf64> -> tensor<3x2xf64>"
        "  %n = ten.broadcast %m dims [0] : tensor<2xi1> -> tensor<3x2xi1>"
        "  %y = ten.broadcast %z dims [0] : tensor<2xf64> -> tensor<3x2xf64>"
        "  %c = ten.select %n, %b, %y : tensor<3x2xi1>, tensor<3x2xf64>"
        "  %r = ten.sum %c dims [0] : tensor<3x2xf64> -> tensor<2xf64>",
        0.75,
    ),
    "gather": (
        TENSOR,
        "%g = ten.gather [2] %s (%i) : tensor<2xf64> -> tensor<2xf64> { ten.yield %i : index }"
        "  %r = ten.select %m, %g, %z : tensor<2xi1>, tensor<2xf64>",
        0.25,
    ),
    "reads": (
        TENSOR,
        "%c0 = arith.constant 0 : index  %c1 = arith.constant 1 : index"
        "  %y = arith.constant 0.0 : f64  %a = ten.index %s[%c0] : tensor<2xf64> -> f64"
        "  %b = ten.index %s[%c1] : tensor<2xf64> -> f64"
        "  %p = ten.index %m[%c0] : tensor<2xi1> -> i1  %q = ten.index %m[%c1] : tensor<2xi1> -> i1"
        "  %d = arith.select %p, %a, %y : f64  %e = arith.select %q, %b, %y : f64"
        "  %r = ten.stack %d, %e : f64 -> tensor<2xf64>",
        0.25,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MASKED)
def test_masked(case: str) -> None:
    before, body, slope = MASKED[case]
    t = "tensor<2xf64>" if before is TENSOR else "f64"
    body = body.replace("  %", "\n  %")
    text = f"func.func @f(%x: {t}) -> {t} {{{before}\n  {body}\n  func.return %r : {t}\n}}"
    if before is TENSOR:
        (g,) = vjp(text, np.array([0.0, 4.0]), np.ones(2))
        assert g[0] == 0
        assert g[1] == pytest.approx(slope)
    else:
        assert vjp(text, 0.0, 1.0) == (0,)
        assert vjp(text, 4.0, 1.0)[0] == pytest.approx(slope)
        # And so is the gradient's own derivative.
        second = gradient(gradient(text, seed="one", primal=False), seed="one", primal=False)
        assert run(second, "f", 0.0) == (0,)


def test_what_is_not_masked_is_not_hidden() -> None:
    assert vjp(unary("math.sqrt"), 0.0, 1.0) == (np.inf,)
    text = f"""func.func @f(%x: f64) -> f64 {{{SCALAR}
      %a = arith.select %m, %s, %z : f64
      %r = arith.addf %a, %s : f64
      func.return %r : f64
    }}"""
    assert vjp(text, 0.0, 1.0) == (np.inf,)


# Arguments and results.


def test_integers() -> None:
    text = """
    func.func @f(%n: i64, %x: f64, %v: tensor<3xi32>, %c: i1) -> (i64, f64, tensor<3xi32>) {
      %w = arith.addi %v, %v : tensor<3xi32>
      %y = arith.sitofp %n : i64 to f64
      %i = arith.fptosi %x : f64 to i64
      %k = arith.sitofp %i : i64 to f64
      %p = arith.mulf %x, %y : f64
      %r = arith.mulf %p, %k : f64
      func.return %n, %r, %w : i64, f64, tensor<3xi32>
    }"""
    args = (3, 2.5, np.arange(3, dtype=np.int32), True)
    n, r, w, g = run(gradient(text), "f", *args, 10.0)
    assert (n, r, w.tolist(), g) == (3, 15, [0, 2, 4], 60)
    *_, d = run(gradient(text, mode="forward"), "f", *args, 10.0)
    assert d == 60


def test_arguments_that_are_not_used() -> None:
    text = """func.func @f(%x: f64, %u: tensor<2x3xf64>, %y: f64) -> f64 {
      func.return %y : f64
    }"""
    gx, gu, gy = grad(text, 1.0, np.ones((2, 3)), 2.0)
    assert (gx, gu.tolist(), gy) == (0, np.zeros((2, 3)).tolist(), 1)


def test_results_that_are_arguments_twice_and_constants() -> None:
    text = """func.func @f(%x: f64) -> (f64, f64, f64, f64, f64) {
      %c = arith.constant 7.0 : f64
      %y = arith.mulf %x, %x : f64
      func.return %x, %y, %c, %y, %x : f64, f64, f64, f64, f64
    }"""
    assert vjp(text, 3.0, 1.0, 10.0, 100.0, 1000.0, 10000.0) == (1 + 60 + 6000 + 10000,)
    assert jvp(text, 3.0, 2.0) == (2, 12, 0, 12, 2)


def test_wrt_in_any_order() -> None:
    text = """func.func @f(%x: f64, %y: f64, %z: f64) -> f64 {
      %p = arith.mulf %x, %y : f64
      %r = arith.addf %p, %z : f64
      func.return %r : f64
    }"""
    args = (3.0, 5.0, 7.0)
    assert grad(text, *args) == (5, 3, 1)
    assert grad(text, *args, wrt=(1, 0)) == (3, 5)
    assert grad(text, *args, wrt=(2,)) == (1,)
    assert jvp(text, *args, 10.0, 1.0, wrt=(2, 0)) == (15,)
    assert grad(text, *args, wrt=()) == ()


def test_no_results() -> None:
    module = gradient("func.func @f(%x: f64) {\n  func.return\n}")
    assert run(module, "f", 1.0) == (0,)


def test_the_derivative_beside_the_function() -> None:
    text = """func.func private @g(%x: f64) -> f64 {
      %y = func.call @f(%x) : (f64) -> f64
      func.return %y : f64
    }
    func.func @f(%x: f64) -> f64 {
      %r = arith.mulf %x, %x : f64
      func.return %r : f64
    }"""
    module = gradient(text, to="df", primal=False)
    assert run(module, "f", 3.0) == (9,) == run(module, "g", 3.0)
    assert run(module, "df", 3.0, 1.0) == (6,)
    with pytest.raises(
        LetgradError, match="@f is called here, so its derivative needs a name of its own"
    ):
        gradient(text)
    with pytest.raises(LetgradError, match="there is a function @g already"):
        gradient(text, to="g")


# Errors.

SQUARE = """func.func @f(%x: f64, %n: i64) -> f64 {
  %r = arith.mulf %x, %x : f64
  func.return %r : f64
}"""


@pytest.mark.parametrize(
    "options, message",
    [
        ({"wrt": (1,)}, "wrt=1: argument 1 of @f is i64, and only floats have derivatives"),
        ({"wrt": (2,)}, "wrt=2: @f has 2 arguments, counted from 0"),
        ({"wrt": (-1,)}, "wrt=-1: @f has 2 arguments, counted from 0"),
        ({"wrt": (0, 0)}, "wrt=0,0 names an argument twice"),
        ({"entry": "h"}, "there is no function @h; the module has @f"),
        (
            {"seed": "one", "mode": "forward"},
            "seed=one sets a cotangent, and mode=forward has none",
        ),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(LetgradError, match=message):
        gradient(SQUARE, **options)


@pytest.mark.parametrize(
    "text, options, message",
    [
        (
            "func.func @f(%x: f64) -> (f64, f64) {\n  func.return %x, %x : f64, f64\n}",
            {"seed": "one"},
            "a gradient needs one float scalar, and @f gives f64, f64",
        ),
        (
            """func.func @f(%x: tensor<2xf64>) -> tensor<2xf64> {
              func.return %x : tensor<2xf64>
            }""",
            {"seed": "one"},
            "a gradient needs one float scalar, and @f gives tensor<2xf64>",
        ),
        (
            "func.func @f(%x: i64) -> i64 {\n  func.return %x : i64\n}",
            {},
            "@f has no float argument to differentiate by",
        ),
        (
            """func.func @f(%x: f64) -> f64 {
              %r = func.call @f(%x) : (f64) -> f64
              func.return %r : f64
            }""",
            {},
            "@f calls itself .@f → f.|@f calls itself",
        ),
        (
            """func.func @f(%x: f64) -> f64 {
              %r = func.call @g(%x) : (f64) -> f64
              func.return %r : f64
            }
            func.func private @g(%x: f64) -> f64 {
              %r = func.call @h(%x) : (f64) -> f64
              func.return %r : f64
            }
            func.func private @h(%x: f64) -> f64 {
              %r = func.call @g(%x) : (f64) -> f64
              func.return %r : f64
            }""",
            {},
            "@g calls itself .f → g → h → g.; recursion has no derivative",
        ),
        (
            """func.func private @g(f64) -> f64
            func.func @f(%x: f64) -> f64 {
              %r = func.call @g(%x) : (f64) -> f64
              func.return %r : f64
            }""",
            {},
            "there is no function @g with a body",
        ),
        (
            """func.func @f(%x: f64) -> f32 {
              %b = arith.bitcast %x : f64 to i64
              %c = arith.bitcast %x : f64 to f64
              %r = arith.truncf %c : f64 to f32
              func.return %r : f32
            }""",
            {},
            "arith.bitcast has no linearize rule: a bit pattern has no derivative",
        ),
        (
            "func.func @f(%c: i1, %x: f64) -> f64 {\n  cf.cond_br %c, ^a(%x : f64), ^b\n"
            "^a(%y: f64):\n  func.return %y : f64\n^b:\n  func.return %x : f64\n}",
            {},
            "@f has branches between blocks",
        ),
    ],
)
def test_what_has_no_derivative(text: str, options: dict[str, Any], message: str) -> None:
    if "cf." in text:
        from xdsl.dialects.cf import Cf

        ctx = CTX.clone()
        ctx.load_dialect(Cf)
        module = Parser(ctx, text).parse_module()
    else:
        module = parse(text)
    with pytest.raises(LetgradError, match=message):
        gradient(module, **options)


def test_a_build_is_vectorized_first() -> None:
    text = """func.func @f(%x: f64) -> tensor<2xf64> {
      %r = ten.build [2] (%i) : tensor<2xf64> {
        ten.yield %x : f64
      }
      func.return %r : tensor<2xf64>
    }"""
    with pytest.raises(LetgradError, match="build is not differentiated itself; run ten-vectorize"):
        LinearizePass().apply(CTX, parse(text))
    assert vjp(text, 1.0, np.array([10.0, 100])) == (110,)


def test_a_build_and_a_loop_of_other_things_stay() -> None:
    text = """func.func @f(%x: f64, %n: index) -> f64 {
      %t = ten.build [4] (%i) : tensor<4xf64> {
        %k = ten.cast %i : index -> f64
        ten.yield %k : f64
      }
      %zero = arith.constant 0 : index
      %one = arith.constant 1 : index
      %k = scf.for %i = %zero to %n step %one iter_args(%a = %zero) -> (index) {
        %b = arith.addi %a, %one : index
        scf.yield %b : index
      }
      %e = ten.index %t[%k] : tensor<4xf64> -> f64
      %r = arith.mulf %x, %e : f64
      func.return %r : f64
    }"""
    assert grad(text, 1.0, 3) == (3,)


# Calls and scf.if.

CALLS = """
func.func private @leaf(%x: f64, %n: i64) -> (f64, i64) {
  %y = math.sin %x : f64
  func.return %y, %n : f64, i64
}
func.func private @middle(%x: f64, %n: i64) -> f64 {
  %y, %k = func.call @leaf(%x, %n) : (f64, i64) -> (f64, i64)
  %z, %l = func.call @leaf(%y, %k) : (f64, i64) -> (f64, i64)
  %r = arith.mulf %z, %y : f64
  func.return %r : f64
}
func.func private @same(%x: f64) -> f64 {
  func.return %x : f64
}
func.func @f(%x: f64, %n: i64, %c: i1) -> f64 {
  %a = func.call @middle(%x, %n) : (f64, i64) -> f64
  %b = func.call @same(%a) : (f64) -> f64
  %r = scf.if %c -> (f64) {
    %y = func.call @middle(%b, %n) : (f64, i64) -> f64
    scf.yield %y : f64
  } else {
    %y = func.call @same(%x) : (f64) -> f64
    scf.yield %y : f64
  }
  func.return %r : f64
}"""


@pytest.mark.parametrize("taken", [True, False])
def test_calls(taken: bool) -> None:
    assert check(parse(CALLS), [0.7, 3, taken], order=2)


NESTED = """
func.func @f(%x: f64, %v: tensor<3xf64>, %c: i1, %d: i1, %i: index) -> (f64, tensor<3xf64>) {
  %k = math.exp %x : f64
  %r, %n, %q = scf.if %c -> (f64, i64, tensor<3xf64>) {
    %s = math.sin %k : f64
    %t = arith.mulf %s, %s : f64
    %b = ten.broadcast %t dims [0] : f64 -> tensor<3xf64>
    %u = arith.mulf %b, %v : tensor<3xf64>
    %w = ten.index %u[%i] : tensor<3xf64> -> f64
    %one = arith.constant 1 : index
    %j = arith.addi %i, %one : index
    %e = ten.index %v[%j] : tensor<3xf64> -> f64
    %g = ten.gather [3] %u (%a) : tensor<3xf64> -> tensor<3xf64> {
      %l = arith.subi %j, %a : index
      ten.yield %l : index
    }
    %m = scf.if %d -> (f64) {
      %o = math.tanh %t : f64
      %p = arith.mulf %o, %e : f64
      scf.yield %p : f64
    } else {
      %o = math.sqrt %t : f64
      %p = arith.mulf %o, %x : f64
      %h = arith.mulf %p, %w : f64
      scf.yield %h : f64
    }
    %y = arith.constant 3 : i64
    scf.yield %m, %y, %g : f64, i64, tensor<3xf64>
  } else {
    %y = arith.constant 4 : i64
    scf.yield %x, %y, %v : f64, i64, tensor<3xf64>
  }
  scf.if %d {
    %unused = math.sin %x : f64
  }
  %o = arith.mulf %r, %k : f64
  func.return %o, %q : f64, tensor<3xf64>
}"""


@pytest.mark.parametrize("outer", [True, False])
@pytest.mark.parametrize("inner", [True, False])
def test_nested_conditionals(outer: bool, inner: bool) -> None:
    v = np.array([0.5, -1.2, 0.8])
    assert check(parse(NESTED), [0.3, v, outer, inner, 1], order=2)


# Derivatives that a program brings along.


def test_stop() -> None:
    text = """func.func @f(%x: f64) -> f64 {
      %s = delta.stop %x : f64
      %r = arith.mulf %x, %s : f64
      func.return %r : f64
    }"""
    assert grad(text, 3.0) == (3,) and jvp(text, 3.0, 1.0) == (3,)
    second = gradient(gradient(text, seed="one", primal=False), seed="one", primal=False)
    assert run(second, "f", 3.0) == (0,)


LOGISTIC = """
func.func private @logistic(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %n = arith.negf %x : f64
  %e = math.exp %n : f64
  %d = arith.addf %one, %e : f64
  %y = arith.divf %one, %d : f64
  func.return %y : f64
}
func.func private @slope(%y: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %z = arith.subf %one, %y : f64
  %k = arith.mulf %y, %z : f64
  func.return %k : f64
}
func.func private @forward(%x: f64) -> (f64, f64) {
  %y = func.call @logistic(%x) : (f64) -> f64
  func.return %y, %y : f64, f64
}
func.func private @backward(%y: f64, %ct: f64) -> f64 {
  %k = func.call @slope(%y) : (f64) -> f64
  %g = arith.mulf %k, %ct : f64
  func.return %g : f64
}
func.func private @both(%x: f64, %dx: f64) -> (f64, f64) {
  %y = delta.custom_jvp @logistic, @both(%x) : (f64) -> f64
  %k = func.call @slope(%y) : (f64) -> f64
  %dy = arith.mulf %k, %dx : f64
  func.return %y, %dy : f64, f64
}
func.func @f(%x: f64) -> f64 {
  %y = OP(%x) : (f64) -> f64
  %r = arith.mulf %y, %y : f64
  func.return %r : f64
}"""
BY_VJP = LOGISTIC.replace("OP", "delta.custom_vjp @logistic, @forward, @backward")
BY_JVP = LOGISTIC.replace("OP", "delta.custom_jvp @logistic, @both")


@pytest.mark.parametrize("text", [BY_VJP, BY_JVP])
def test_custom_derivative(text: str) -> None:
    """Row 10 of the table below, squared, so that what is around the op takes part; twice."""
    y = 1 / (1 + np.exp(-3.0))
    (g,) = grad(text, 3.0)
    assert g == pytest.approx(2 * y * 4.5176659730912e-2)
    assert check(gradient(text, seed="one", primal=False), [3.0])


def test_custom_jvp_forward() -> None:
    assert check(parse(BY_JVP), [3.0], order=2)


def test_custom_vjp_has_no_forward_mode() -> None:
    message = "delta.transposed_call has no pushforward rule: a custom_vjp says only how"
    with pytest.raises(LetgradError, match=message):
        gradient(BY_VJP, mode="forward")


IDENTITIES = """
func.func private @same(%x: f64, %n: i64, %y: f64) -> (f64, i64, f64) {
  func.return %x, %n, %x : f64, i64, f64
}
func.func private @forward(%x: f64, %n: i64, %y: f64) -> (f64, i64, f64, f64) {
  func.return %x, %n, %x, %x : f64, i64, f64, f64
}
func.func private @backward(%res: f64, %c0: f64, %c1: f64) -> (f64, f64) {
  %g = arith.negf %c0 : f64
  func.return %g, %c1 : f64, f64
}
func.func private @both(%x: f64, %n: i64, %y: f64, %dx: f64, %dy: f64)
    -> (f64, i64, f64, f64, f64) {
  %g = arith.negf %dx : f64
  func.return %x, %n, %x, %g, %dy : f64, i64, f64, f64, f64
}
func.func @f(%x: f64, %n: i64, %y: f64) -> (f64, f64, f64) {
  %a, %k, %b = OP(%x, %n, %y) : (f64, i64, f64) -> (f64, i64, f64)
  func.return %x, %a, %b : f64, f64, f64
}"""


@pytest.mark.parametrize(
    "op", ["delta.custom_vjp @same, @forward, @backward", "delta.custom_jvp @same, @both"]
)
def test_custom_derivative_of_an_identity(op: str) -> None:
    """The results are the argument itself, which keeps its own derivative beside theirs."""
    text = IDENTITIES.replace("OP", op)
    assert vjp(text, 3.0, 2, 5.0, 1.0, 10.0, 100.0) == (1 - 10, 100)
    assert run(gradient(text), "f", 3.0, 2, 5.0, 1.0, 10.0, 100.0)[:3] == (3, 3, 3)


@pytest.mark.parametrize("taken", [True, False])
def test_custom_jvp_whose_values_come_from_calls_and_conditionals(taken: bool) -> None:
    text = """func.func private @square(%x: f64) -> f64 {
      %y = arith.mulf %x, %x : f64
      func.return %y : f64
    }
    func.func private @both(%x: f64, %c: i1, %dx: f64) -> (f64, f64) {
      %y = func.call @square(%x) : (f64) -> f64
      %dy = scf.if %c -> (f64) {
        %d = arith.mulf %x, %dx : f64
        %e = arith.addf %d, %d : f64
        scf.yield %e : f64
      } else {
        scf.yield %dx : f64
      }
      func.return %y, %dy : f64, f64
    }
    func.func private @square_of(%x: f64, %c: i1) -> f64 {
      %y = func.call @square(%x) : (f64) -> f64
      func.return %y : f64
    }
    func.func @f(%x: f64, %c: i1) -> f64 {
      %y = delta.custom_jvp @square_of, @both(%x, %c) : (f64, i1) -> f64
      func.return %y : f64
    }"""
    assert run(gradient(text, seed="one"), "f", 3.0, taken) == (9, 6 if taken else 1)


def test_custom_derivative_that_is_zero() -> None:
    text = """func.func private @same(%x: f64) -> f64 {
      func.return %x : f64
    }
    func.func private @both(%x: f64, %dx: f64) -> (f64, f64) {
      %z = arith.constant 0.0 : f64
      func.return %x, %z : f64, f64
    }
    func.func @f(%x: f64) -> f64 {
      %y = delta.custom_jvp @same, @both(%x) : (f64) -> f64
      func.return %y : f64
    }"""
    assert grad(text, 3.0) == (0,)


@pytest.mark.parametrize(
    "text, message",
    [
        (
            BY_VJP.replace("@forward, @backward", "@slopes, @backward"),
            "there is no function @slopes with a body",
        ),
        (
            BY_VJP.replace("@forward, @backward", "@backward, @forward"),
            r"delta.custom_vjp needs @backward to be \(f64\) -> \(f64, …\), and it is \(f64, f64\)",
        ),
        (
            BY_VJP.replace("@forward, @backward", "@forward, @slope"),
            r"delta.custom_vjp needs @slope to be \(f64, f64\) -> \(f64\), and it is \(f64\)",
        ),
        (
            BY_JVP.replace("@logistic, @both", "@logistic, @slope"),
            r"delta.custom_jvp needs @slope to be \(f64, f64\) -> \(f64, f64, …\), and it is",
        ),
    ],
)
def test_wrong_custom_derivatives(text: str, message: str) -> None:
    with pytest.raises(LetgradError, match=message):
        gradient(text)


def by_rule(body: str) -> str:
    """A function whose derivative `body` gives: %dy, by %x, %c and %dx."""
    return f"""
    func.func private @square(%x: f64, %c: i1) -> f64 {{
      %y = arith.mulf %x, %x : f64
      func.return %y : f64
    }}
    func.func private @both(%x: f64, %c: i1, %dx: f64) -> (f64, f64) {{
      %y = arith.mulf %x, %x : f64
      %z = arith.constant 0.0 : f64
      %k = arith.addf %x, %x : f64
      {body}
      func.return %y, %dy : f64, f64
    }}
    func.func @f(%x: f64, %c: i1) -> f64 {{
      %y = delta.custom_jvp @square, @both(%x, %c) : (f64, i1) -> f64
      func.return %y : f64
    }}"""


RULES = {
    # name: (body, whether it is linear)
    "product": ("%dy = arith.mulf %k, %dx : f64", True),
    "sum": (
        "%a = arith.mulf %dx, %x : f64 %b = arith.subf %a, %dx : f64"
        " %d = arith.mulf %x, %dx : f64 %e = arith.addf %d, %dx : f64"
        " %dy = arith.addf %b, %e : f64",
        True,
    ),
    "sum with zero": ("%a = arith.addf %dx, %z : f64 %dy = arith.mulf %k, %a : f64", True),
    "quotient": (
        "%i = arith.constant 1.0 : f64 %o = arith.divf %i, %k : f64 %dy = arith.divf %dx, %o : f64",
        True,
    ),
    "fma": ("%dy = math.fma %k, %dx, %z : f64", True),
    "fma of two tangents": (
        "%a = arith.mulf %x, %dx : f64 %dy = math.fma %x, %dx, %a : f64",
        True,
    ),
    "choice": (
        "%o = arith.cmpf ogt, %x, %z : f64 %a = arith.mulf %k, %dx : f64"
        " %dy = arith.select %o, %a, %z : f64",
        True,
    ),
    "condition": (
        "%dy = scf.if %c -> (f64) { %a = arith.mulf %k, %dx : f64 scf.yield %a : f64 }"
        " else { scf.yield %z : f64 }",
        True,
    ),
    "layouts": (
        "%a = ten.broadcast %dx dims [0] : f64 -> tensor<2xf64>"
        " %b = ten.reverse %a dims [0] : tensor<2xf64>"
        " %d = ten.sum %b dims [0] : tensor<2xf64> -> f64 %dy = arith.mulf %x, %d : f64",
        True,
    ),
    "einsum": ('%dy = ten.einsum ",->" %k, %dx : f64, f64 -> f64', True),
    "a multiple of zero": ("%dy = arith.mulf %x, %z : f64", True),
    "square": ("%a = arith.mulf %dx, %dx : f64 %dy = arith.mulf %k, %a : f64", False),
    "absolute value": ("%a = math.absf %dx : f64 %dy = arith.mulf %k, %a : f64", False),
    "offset": ("%a = arith.addf %dx, %x : f64 %dy = arith.mulf %k, %a : f64", False),
    "divisor": ("%dy = arith.divf %k, %dx : f64", False),
    "fma with an offset": ("%dy = math.fma %k, %dx, %x : f64", False),
    "fma with a square": ("%dy = math.fma %dx, %dx, %z : f64", False),
    "choice by a tangent": (
        "%o = arith.cmpf ogt, %dx, %z : f64 %dy = arith.select %o, %dx, %z : f64",
        False,
    ),
    "choice of an offset": ("%dy = arith.select %c, %dx, %x : f64", False),
    "condition with an offset": (
        "%dy = scf.if %c -> (f64) { scf.yield %dx : f64 } else { scf.yield %x : f64 }",
        False,
    ),
    "square in a condition": (
        "%dy = scf.if %c -> (f64) { %a = arith.mulf %dx, %dx : f64 scf.yield %a : f64 }"
        " else { scf.yield %dx : f64 }",
        False,
    ),
    "square by einsum": ('%dy = ten.einsum ",->" %dx, %dx : f64, f64 -> f64', False),
    "no tangent": ("%dy = arith.mulf %x, %x : f64", False),
    "stopped": ("%dy = delta.stop %dx : f64", False),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("case", RULES)
def test_a_custom_jvp_is_linear_in_its_tangents(case: str, mode: str) -> None:
    body, linear = RULES[case]
    text = by_rule(body)
    if linear:
        gradient(text, mode=mode)
        return
    with pytest.raises(LetgradError, match=r"@both gives .*linear in"):
        gradient(text, mode=mode)


def test_the_value_of_a_custom_jvp_does_not_depend_on_its_tangents() -> None:
    text = by_rule("%dy = arith.mulf %k, %dx : f64").replace(
        "%y = arith.mulf %x, %x : f64\n      %z", "%y = arith.mulf %x, %dx : f64\n      %z"
    )
    with pytest.raises(LetgradError, match="a value that @both gives depends on the tangents"):
        gradient(text)


def test_a_function_that_an_op_names_is_called() -> None:
    with pytest.raises(LetgradError, match="@logistic is called here"):
        gradient(BY_VJP, entry="logistic")


# Known values.

FOO = """
func.func private @foo(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}
func.func private @b2(%x: f64, %y: f64, %z: f64) -> f64 {
  %v = func.call @foo(%x, %y, %z) : (f64, f64, f64) -> f64
  %s = math.sin %y : f64
  %w = arith.mulf %v, %s : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}
func.func private @bar(%x: f64, %y: f64) -> f64 {
  %v = func.call @foo(%x, %y, %x) : (f64, f64, f64) -> f64
  %s = math.sin %y : f64
  %w = arith.mulf %v, %s : f64
  %a = math.atan2 %x, %w : f64
  %b = arith.mulf %y, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}
func.func private @relu(%x: f64) -> f64 {
  %z = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %n = arith.cmpf ole, %x, %z : f64
  %m = arith.select %n, %z, %one : f64
  %r = arith.mulf %m, %x : f64
  func.return %r : f64
}
func.func private @reluMax(%x: f64) -> f64 {
  %z = arith.constant 0.0 : f64
  %r = arith.maximumf %z, %x : f64
  func.return %r : f64
}
"""
FOO_ALONE = FOO.split("func.func private @b2", maxsplit=1)[0].replace("private @foo", "@f")
FOO_TWICE = """
func.func @f(%x: f64, %y: f64, %z: f64) -> f64 {
  %s0 = math.sin %y : f64
  %w0 = arith.mulf %x, %s0 : f64
  %a = math.atan2 %z, %w0 : f64
  %s1 = math.sin %y : f64
  %w1 = arith.mulf %x, %s1 : f64
  %b = arith.mulf %z, %w1 : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}"""
FOO_GRADIENT = (2.4396285219055063, -1.953374825727421, 0.9654825811012627)
BAR = (
    FOO
    + """
func.func @f(%x: f64, %y: f64) -> f64 {
  %r = func.call @bar(%x, %y) : (f64, f64) -> f64
  func.return %r : f64
}"""
)
BAR_DIAGONAL = (
    FOO
    + """
func.func @f(%x: f64) -> f64 {
  %r = func.call @bar(%x, %x) : (f64, f64) -> f64
  func.return %r : f64
}"""
)
BAZ = (
    FOO
    + """
func.func @f(%x: f64, %y: f64, %z: f64) -> f64 {
  %c7 = arith.constant 7.0 : f64
  %c8 = arith.constant 8.0 : f64
  %c9 = arith.constant 9.0 : f64
  %c = func.call @foo(%c7, %c8, %c9) : (f64, f64, f64) -> f64
  %b = func.call @b2(%y, %y, %z) : (f64, f64, f64) -> f64
  %s = math.sin %y : f64
  %u = arith.mulf %c, %b : f64
  %w = arith.mulf %u, %s : f64
  %a = math.atan2 %z, %w : f64
  %p = arith.mulf %z, %w : f64
  %r = arith.addf %a, %p : f64
  func.return %r : f64
}"""
)


@pytest.mark.parametrize("text", [FOO_ALONE, FOO_TWICE])
def test_foo(text: str) -> None:
    """Rows 1 and 4."""
    value, *slope = run(gradient(text, seed="one"), "f", 1.1, 2.2, 3.3)
    assert value == pytest.approx(4.242393641025528, rel=1e-14)
    assert slope == pytest.approx(FOO_GRADIENT, rel=1e-14)


def test_foo_in_f32() -> None:
    """Row 2."""
    slope = grad(FOO_ALONE.replace("f64", "f32"), *np.float32([1.1, 2.2, 3.3]))
    assert [g.dtype for g in slope] == [np.float32] * 3
    assert slope == pytest.approx((2.4396284, -1.9533751, 0.96548253), rel=1e-6)


def test_foo_of_matrices() -> None:
    """Row 3."""
    text = FOO_ALONE.replace("f64", "tensor<2x2xf64>").replace("-> tensor<2x2xf64> {", "-> f64 {")
    text = text.replace(
        "func.return %r : tensor<2x2xf64>",
        "%t = ten.sum %r dims [0, 1] : tensor<2x2xf64> -> f64\n  func.return %t : f64",
    )
    value, *slope = run(
        gradient(text, seed="one"), "f", *(np.full((2, 2), x) for x in (1.1, 2.2, 3.3))
    )
    assert value == pytest.approx(16.96957456410211, rel=1e-14)
    for g, expected in zip(slope, FOO_GRADIENT, strict=True):
        np.testing.assert_allclose(g, np.full((2, 2), expected), rtol=1e-13)


def test_bar() -> None:
    """Rows 5 to 7."""
    assert grad(BAR, 1.1, 2.2) == pytest.approx(
        (3.1435239435581166, -1.1053869545195814), rel=1e-13
    )
    assert jvp(BAR, 1.1, 2.2, 0.1, 0.2) == pytest.approx((9.327500345189534e-2,), rel=1e-12)
    assert grad(BAR_DIAGONAL, 1.0) == pytest.approx((3.6174114266850617,), rel=1e-13)
    assert jvp(BAR_DIAGONAL, 1.0, 1.1) == pytest.approx((3.9791525693535674,), rel=1e-13)


def test_baz() -> None:
    """Row 8: the second run gives what the first gave, and so does the sum with z."""
    expected = (0, -5219.20995030263, 2782.276274462047)
    for _ in range(2):
        assert grad(BAZ, 1.1, 2.2, 3.3) == pytest.approx(expected, rel=1e-12)
    plus_z = BAZ.replace("func.return %r : f64\n}", "func.return %r : f64\n}", 1)
    head, _, tail = plus_z.rpartition("  func.return %r : f64")
    plus_z = f"{head}  %q = arith.addf %r, %z : f64\n  func.return %q : f64{tail}"
    assert grad(plus_z, 1.1, 2.2, 3.3)[2] == pytest.approx(2783.276274462047, rel=1e-12)


@pytest.mark.parametrize("as_region", [True, False])
def test_conditional(as_region: bool) -> None:
    """Row 9."""
    head = """func.func @f(%x: f64) -> f64 {
      %z = arith.constant 0.0 : f64
      %two = arith.constant 2.0 : f64
      %five = arith.constant 5.0 : f64
      %c = arith.cmpf ogt, %x, %z : f64
    """
    if as_region:
        body = """%r = scf.if %c -> (f64) {
          %a = arith.mulf %two, %x : f64
          scf.yield %a : f64
        } else {
          %b = arith.mulf %five, %x : f64
          scf.yield %b : f64
        }"""
    else:
        body = "%k = arith.select %c, %two, %five : f64\n %r = arith.mulf %k, %x : f64"
    text = f"{head}{body}\n  func.return %r : f64\n}}"
    assert grad(text, 42.0) == (2,)
    assert grad(text, -42.0) == (5,)


LIST = [1.1, -2.2, 0, 4.4, 5.5, 6.6, 7.7, 8.8, -9.9, -10, 11, 12]
MASK = [1.0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1]


def relu_of(body: str) -> str:
    return f"""
    %z = arith.constant dense<0.0> : tensor<3x4xf64>
    %one = arith.constant dense<1.0> : tensor<3x4xf64>
    {body}
    """


RELU = relu_of("""%n = ten.compare ole, %x, %z : tensor<3x4xf64>
    %m = ten.select %n, %z, %one : tensor<3x4xi1>, tensor<3x4xf64>
    %r = arith.mulf %m, %x : tensor<3x4xf64>""")
RELU_MAX = relu_of("%r = arith.maximumf %z, %x : tensor<3x4xf64>")


@pytest.mark.parametrize("body, at_zero", [(RELU, 0), (RELU_MAX, 0.5)])
def test_relu(body: str, at_zero: float) -> None:
    """Rows 11 and 12. At 0, where row 11 has 0 for both, a tie of `maximumf` splits evenly."""
    t = "tensor<3x4xf64>"
    mask = np.where(np.array(LIST) == 0, at_zero, MASK).reshape(3, 4)
    x = np.array(LIST).reshape(3, 4)
    text = f"func.func @f(%x: {t}) -> {t} {{{body}  func.return %r : {t}\n}}"
    assert vjp(text, x, np.ones((3, 4)))[0].tolist() == mask.tolist()
    scaled = f"""func.func @f(%t: {t}, %s: f64) -> {t} {{
      %b = ten.broadcast %s dims [0, 1] : f64 -> {t}
      %x = arith.mulf %t, %b : {t}{body}
      func.return %r : {t}
    }}"""
    dt, ds = vjp(scaled, x, 7.0, np.ones((3, 4)))
    assert dt.tolist() == (7 * mask).tolist()
    assert ds == pytest.approx(57.1)


def bar_relu(name: str) -> str:
    return (
        FOO
        + f"""
    func.func @f(%x: f64) -> f64 {{
      %y = func.call @{name}(%x) : (f64) -> f64
      %b = func.call @bar(%x, %y) : (f64, f64) -> f64
      %r = func.call @{name}(%b) : (f64) -> f64
      func.return %r : f64
    }}"""
    )


@pytest.mark.parametrize("name", ["relu", "reluMax"])
def test_bar_relu(name: str) -> None:
    """Row 13."""
    assert grad(bar_relu(name), 1.1) == pytest.approx((4.5309153191767395,), rel=1e-13)
    assert vjp(bar_relu(name), 1.1, 42.2) == pytest.approx((191.20462646925841,), rel=1e-13)


def test_bar_relu_elementwise() -> None:
    """Row 14, with the scalar functions made functions of tensors."""
    t = "tensor<2x1x2xf64>"
    text = bar_relu("reluMax").replace("f64", t).replace("constant 0.0", "constant dense<0.0>")
    text = text.replace("constant 1.0", "constant dense<1.0>")
    # @relu compares scalars; it is not called here.
    text = (
        text[: text.index("func.func private @relu(")]
        + text[text.index("func.func private @reluMax") :]
    )
    x = np.array([1.1, 2, 3, 4.2]).reshape(2, 1, 2)
    expected = [4.5309153191767395, 4.5302138998556, -9.39547533946234, 95.29759282497125]
    (g,) = vjp(text, x, np.ones_like(x))
    np.testing.assert_allclose(g.ravel(), expected, rtol=1e-12)
    (d,) = jvp(text, x, np.array([0.1, 0.2, 0.3, 0.42]).reshape(2, 1, 2))
    expected = [0.45309153191767404, 0.9060427799711201, -2.8186426018387007, 40.02498898648793]
    np.testing.assert_allclose(d.ravel(), expected, rtol=1e-12)


def test_product_of_a_list() -> None:
    """Row 15."""
    text = structural("ten.reduce prod, %x dims [0] : <4> -> f64 | x: <4> -> f64")
    assert grad(text, np.array([1.0, 2, 3, 4]))[0].tolist() == [24, 12, 8, 6]


@pytest.mark.parametrize(
    "a, b, expected", [(1, 2, [1, 2, 4, 8]), (2, 2, [2, 4, 8, 8]), (2, 3, [2, 6, 18, 27])]
)
def test_fold(a: int, b: int, expected: list[float]) -> None:
    """Row 16: x, y ↦ a x + b y, from the right."""
    text = f"""func.func private @join(%x: f64, %y: f64) -> f64 {{
      %a = arith.constant {a}.0 : f64
      %b = arith.constant {b}.0 : f64
      %p = arith.mulf %a, %x : f64
      %q = arith.mulf %b, %y : f64
      %r = arith.addf %p, %q : f64
      func.return %r : f64
    }}
    func.func @f(%w: f64, %x: f64, %y: f64, %z: f64) -> f64 {{
      %0 = func.call @join(%y, %z) : (f64, f64) -> f64
      %1 = func.call @join(%x, %0) : (f64, f64) -> f64
      %2 = func.call @join(%w, %1) : (f64, f64) -> f64
      func.return %2 : f64
    }}"""
    assert grad(text, 5.0, 6.0, 7.0, 8.0) == tuple(expected)


# Cost, on the programs of benchmarks/ad_scaling.py.


def benchmark() -> Any:
    path = Path(__file__).parents[1] / "benchmarks" / "ad_scaling.py"
    spec = spec_from_file_location("ad_scaling", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["ad_scaling"] = module  # as dataclasses want it
    spec.loader.exec_module(module)
    return module


RATIO = 4.5
"""How many times the ops of a program its value and gradient may have."""


@pytest.mark.parametrize("n", [20, 200, 2000])
def test_cost_of_the_gradient(n: int) -> None:
    ad_scaling = benchmark()
    for seed in range(8 if n < 2000 else 2):
        row = ad_scaling.measure("dag", n, seed)
        print(f"{row.ops} ops, gradient {row.gradient_ops}, ratio {row.ratio:.2f}")
        assert row.ratio <= RATIO


def test_shared_values_cost_once() -> None:
    """x ← x * x and x ← 0.5 (x + x): as trees, these are programs of 2ⁿ ops."""
    ad_scaling = benchmark()
    short, long = ad_scaling.measure("sharing", 200), ad_scaling.measure("sharing", 2000)
    per_op = (long.gradient_ops - short.gradient_ops) / (long.ops - short.ops)
    assert per_op == pytest.approx(short.ratio, rel=0.02)
    assert long.ratio <= RATIO


def test_reads_of_one_tensor_cost_what_they_are() -> None:
    """n reads of a tensor are put back by one scatter, not by n tensors of zeros."""
    sizes = {}
    for n in (5, 50):
        lines = "".join(
            f"  %c{k} = arith.constant {k} : index\n"
            f"  %e{k} = ten.index %x[%c{k}] : tensor<50xf64> -> f64\n"
            f"  %s{k + 1} = arith.mulf %s{k}, %e{k} : f64\n"
            for k in range(n)
        )
        head = "func.func @f(%x: tensor<50xf64>, %s0: f64) -> f64 {\n"
        text = f"{head}{lines}  func.return %s{n} : f64\n}}"
        module = gradient(text, wrt=(0,), seed="one")
        assert sum(op.name == "ten.scatter" for op in module.walk()) == 1
        sizes[n] = ad_size(module)
        x = np.random.default_rng(0).uniform(0.5, 1.5, 50)
        value, g = run(module, "f", x, 2.0)
        np.testing.assert_allclose(g[:n], value / x[:n])
        assert not g[n:].any()
    assert sizes[50] <= 10 * sizes[5]


def ad_size(module: ModuleOp) -> int:
    return benchmark().size(module)
