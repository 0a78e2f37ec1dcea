"""The backend `cpu` agrees with the reference, and keeps its hands off other people's memory."""

from __future__ import annotations

import gc
import itertools
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import ModuleOp, bf16, f16, f32, f64, i1, i8, i16, i32, i64
from xdsl.ir import Attribute, Block, Operation, Region
from xdsl.utils.exceptions import VerifyException

import letgrad as lg
from letgrad.dialects import arrays, ten, types
from letgrad.lowering import backends
from letgrad.lowering.cpu import nest_code, split
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.rule_tables import evaluate
from letgrad.tools import opt, source

from . import generators

pytestmark = pytest.mark.sampled(5)

TESTS = Path(__file__).parent
index = ten.index_type
FLOATS = (f64, f32, f16, bf16)
INTEGERS = (i64, i32, i16, i8, i1, index)
ELEMENTS = (*FLOATS, *INTEGERS)

TOLERANCE = {8: 1e-12, 4: 1e-5, 2: 1e-5}
"""Relative, by bytes: those of 16 bits are computed by the rules of the reference."""


def close(actual: Any, expected: Any, zeros: bool = True, atol: float = 0) -> np.ndarray:
    """
    Where they agree: integers exactly, floats relatively; infinities, and with `zeros` the sign of
    zero, too.
    """
    a, b = np.asarray(actual), np.asarray(expected)
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    if a.dtype.kind in "biu":
        return a == b
    limit = 1e-300 if a.dtype == np.float64 else 1e-37
    tolerance = TOLERANCE[a.dtype.itemsize]
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(all="ignore"):
        near = np.isclose(a, b, rtol=tolerance, atol=max(atol, limit), equal_nan=True)
    return near & (np.isnan(a) | (np.signbit(a) == np.signbit(b)) | (not zeros))


def agree(actual: Sequence[Any], expected: Sequence[Any], **how: Any) -> None:
    for k, (a, b) in enumerate(zip(actual, expected, strict=True)):
        good = close(a, b, **how)
        assert np.all(good), f"result {k}: {np.asarray(a)[~good]} and not {np.asarray(b)[~good]}"


def function(build: Callable[..., Operation], *inputs: Attribute) -> ModuleOp:
    """A module with one function, of the one op that `build` makes of its arguments."""
    block = Block(arg_types=inputs)
    op = build(*block.args)
    op.verify()
    block.add_ops([op, func.ReturnOp(*op.results)])
    signature = (list(inputs), [r.type for r in op.results])
    return ModuleOp([func.FuncOp("main", signature, Region(block))])


def parse(text: str) -> ModuleOp:
    return source.parse(opt.LetgradOptMain([]).ctx, text)


def both(module: ModuleOp, *args: Any, entry: str = "main", **how: Any) -> tuple[Any, ...]:
    """Run on the cpu, compare with the reference, and give the results."""
    expected = Evaluator(module).call(entry, args)
    actual = backends.compile("cpu", module, entry)(*args)
    agree(actual, expected, **how)
    return actual


def check(f: Callable[..., Any], *args: Any, **how: Any) -> tuple[Any, ...]:
    """The same for a Python function."""
    traced = lg.jit(f).traced(*args)
    return both(traced.module, *args, entry=traced.entry, **how)


# Every elementwise op, on every type that it takes.


def values(e: Attribute) -> np.ndarray:
    """What is special about a type."""
    dtype = arrays.dtype(e)
    if dtype == np.bool_:
        return np.array([False, True])
    if types.is_float(e):
        some = [0.0, 1.0, 0.5, 1.5, 2.5, 0.3, 0.7, 3.14159, 100.0, 1e-3, 1e4, 1e-8, 1e10, 1e38, 7.1]
        far = [np.inf, 1e-38, 1e300, 1e-310]
        with np.errstate(over="ignore", under="ignore"):
            return np.array([np.nan, *some, *far, *(-x for x in (*some, *far))]).astype(dtype)
    limits, width = np.iinfo(dtype), dtype.itemsize * 8
    ends = [limits.min, limits.min + 1, limits.max - 1, limits.max]
    return np.array([*ends, -8, -7, -3, -2, -1, 0, 1, 2, 3, 5, 7, 8, width - 1, width], dtype)


def pairs(*columns: np.ndarray) -> list[np.ndarray]:
    """All combinations."""
    return [x.ravel() for x in np.meshgrid(*columns)]


OPS = {
    op.name: op
    for op in evaluate
    if op.name.startswith(("arith.", "math."))
    and op not in (arith.ConstantOp, arith.CmpfOp, arith.CmpiOp, arith.SelectOp, arith.BitcastOp)
}
CONVERSIONS = (
    arith.ExtFOp, arith.TruncFOp, arith.TruncIOp, arith.FPToSIOp, arith.FPToUIOp, arith.SIToFPOp,
    arith.UIToFPOp, arith.ExtSIOp, arith.ExtUIOp, arith.IndexCastOp, ten.CastOp,
)  # fmt: skip
NO_SIGN_OF_ZERO = ("arith.maxnumf", "arith.minnumf")
"""Of 0 and -0 these may give either, as C's fmax may."""


def make(kind: type[Operation], operands: Sequence[Any]) -> Operation:
    """The op with results like its operands, or as it has them."""
    if kind is arith.AddUIExtendedOp:
        return arith.AddUIExtendedOp(*operands)
    flags = {"fastmath": arith.FastMathFlagsAttr("none")}
    has_flags = "fastmath" in kind.get_irdl_definition().properties
    count = len(kind.get_irdl_definition().results)
    return kind.create(
        operands=operands,
        result_types=[operands[0].type] * count,
        properties=flags if has_flags else {},
    )


@pytest.mark.parametrize("name", [n for n, op in OPS.items() if op not in CONVERSIONS])
def test_elementwise(name: str):
    kind, tested = OPS[name], 0
    n = len(kind.get_irdl_definition().operands)
    for e in ELEMENTS:
        columns = [values(e)[:: 1 if n < 3 else 3]] * n
        elements = [e] * n
        if kind is math.FPowIOp:
            columns[1], elements[1] = np.arange(-3, 6, dtype=np.int32), i32
        xs = pairs(*columns)
        tensors = [types.of_shape(x.shape, t) for x, t in zip(xs, elements)]
        try:
            module = function(lambda *v: make(kind, v), *tensors)
        except VerifyException:
            continue  # not for this type
        both(module, *xs, zeros=name not in NO_SIGN_OF_ZERO)
        tested += 1
    assert tested >= 4


@pytest.mark.parametrize("kind", CONVERSIONS, ids=lambda op: op.name)
def test_conversions_of_scalars(kind: type[Operation]):
    tested = 0
    for e, to in itertools.product(ELEMENTS, ELEMENTS):
        try:
            module = function(lambda x, to=to: kind.create(operands=[x], result_types=[to]), e)
        except VerifyException:
            continue
        compiled, reference = backends.compile("cpu", module, "main"), Evaluator(module)
        for x in values(e):
            assert close(compiled(x)[0], reference.call("main", [x])[0]), (e, to, x)
        tested += 1
    assert tested >= 2


@pytest.mark.parametrize("kind", [arith.FPToSIOp, arith.FPToUIOp], ids=lambda op: op.name)
def test_floats_to_i1_in_bulk(kind: type[Operation]):
    """What becomes of the op in a build is what it gives for a scalar, and no cast: x ≠ 0."""
    xs = np.append(values(f64), [0.9, -0.9, 1.9, -1.9])
    scalar = Evaluator(function(lambda x: kind.create(operands=[x], result_types=[i1]), f64))
    module = parse(
        f"""func.func @main(%x : tensor<{len(xs)}xf64>) -> tensor<{len(xs)}xi1> {{
          %b = ten.build [{len(xs)}] (%i) : tensor<{len(xs)}xi1> {{
            %e = ten.index %x[%i] : tensor<{len(xs)}xf64> -> f64
            %k = {kind.name} %e : f64 to i1
            ten.yield %k : i1
          }}
          func.return %b : tensor<{len(xs)}xi1>
        }}"""
    )
    (bulk,) = both(module, xs)
    assert bulk.tolist() == [scalar.call("main", [x])[0] for x in xs]


LARGE = 1 << 62
WRAPPING = {
    "multiple": f"""
      %c = arith.constant {LARGE} : index
      %k = arith.muli %i, %c : index""",
    "sum": f"""
      %c = arith.constant {2 * LARGE - 1} : index
      %d = arith.constant -{2 * LARGE - 2} : index
      %l = arith.muli %i, %d : index
      %k = arith.addi %l, %c : index""",
    "difference": f"""
      %c = arith.constant {2 * LARGE - 1} : index
      %l = arith.addi %i, %c : index
      %z = arith.constant 0 : index
      %p = arith.cmpi slt, %l, %z : index
      %o = arith.constant 1 : index
      %n = arith.select %p, %o, %z : index
      %k = arith.addi %i, %n : index""",
    "quotient": f"""
      %c = arith.constant {LARGE} : index
      %e = arith.constant 3 : index
      %l = arith.muli %i, %c : index
      %m = arith.remsi %l, %e : index
      %k = arith.addi %m, %i : index""",
    "there and back": f"""
      %c = arith.constant {LARGE} : index
      %l = arith.muli %i, %c : index
      %m = arith.muli %l, %c : index
      %k = arith.addi %m, %i : index""",
}


@pytest.mark.parametrize("body", WRAPPING)
def test_indices_that_wrap(body: str):
    """Index arithmetic is modulo 2^64: reads, writes, and comparisons of what has wrapped."""
    module = parse(
        f"""func.func @main(%x : tensor<8xf64>) -> (tensor<8xf64>, tensor<8xf64>, tensor<8xi1>) {{
          %r = ten.build [8] (%i) : tensor<8xf64> {{
            {WRAPPING[body]}
            %v = ten.index %x[%k] : tensor<8xf64> -> f64
            ten.yield %v : f64
          }}
          %s = ten.scatter [8] %x (%i) : tensor<8xf64> -> tensor<8xf64> {{
            {WRAPPING[body]}
            ten.yield %k : index
          }}
          %p = ten.build [8] (%i) : tensor<8xi1> {{
            {WRAPPING[body]}
            %two = arith.constant 2 : index
            %q = arith.cmpi sgt, %k, %two : index
            ten.yield %q : i1
          }}
          func.return %r, %s, %p : tensor<8xf64>, tensor<8xf64>, tensor<8xi1>
        }}"""
    )
    both(module, np.arange(1.0, 9.0))


@pytest.mark.parametrize("reader", ["%k", "%far", "%less"])
def test_indices_that_count_from_the_end(reader: str):
    """
    One instruction chooses between x and x + 8, where only accesses read the choice: it leaves
    indices that are outside as they are, and others may read them.
    """
    module = parse(
        f"""func.func @main(%x : tensor<8xf64>, %i : tensor<40xi64>)
            -> (tensor<40xf64>, tensor<8xf64>) {{
          %r = ten.build [40] (%j) : tensor<40xf64> {{
            {FROM_THE_END}
            %v = ten.index %x[%k] : tensor<8xf64> -> f64
            %w = ten.index %x[{reader}] : tensor<8xf64> -> f64
            %s = arith.addf %v, %w : f64
            ten.yield %s : f64
          }}
          %z = arith.constant dense<1.0> : tensor<40xf64>
          %s = ten.scatter [8] %z (%j) : tensor<40xf64> -> tensor<8xf64> {{
            {FROM_THE_END}
            ten.yield {reader} : index
          }}
          func.return %r, %s : tensor<40xf64>, tensor<8xf64>
        }}"""
    )
    ends = np.iinfo(np.int64)
    places = np.array([*range(-18, 18), ends.min, ends.min + 8, ends.max - 8, ends.max])
    both(module, np.arange(1.0, 9.0), places)


FROM_THE_END = """
            %m = ten.index %i[%j] : tensor<40xi64> -> i64
            %p = arith.index_cast %m : i64 to index
            %n = arith.constant 8 : index
            %o = arith.constant 0 : index
            %q = arith.addi %p, %n : index
            %c = arith.cmpi slt, %p, %o : index
            %k = arith.select %c, %q, %p : index
            %far = arith.addi %k, %n : index
            %b = arith.cmpi slt, %k, %o : index
            %less = arith.select %b, %n, %k : index"""


def test_indices_of_more_than_32_bits():
    """That of place 1, 1 is 2^32, which is outside, and 0 in 32 bits."""
    module = parse(
        """func.func @main(%x : tensor<8xf64>) -> tensor<2x2xf64> {
          %r = ten.build [2, 2] (%i, %j) : tensor<2x2xf64> {
            %c = arith.constant 2147483648 : index
            %s = arith.addi %i, %j : index
            %k = arith.muli %s, %c : index
            %v = ten.index %x[%k] : tensor<8xf64> -> f64
            ten.yield %v : f64
          }
          func.return %r : tensor<2x2xf64>
        }"""
    )
    (y,) = both(module, np.arange(1.0, 9.0))
    assert y.tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(("x", "root"), [(-np.inf, np.inf), (np.inf, np.inf), (-0.0, 0.0)])
def test_powers_of_a_half(x: float, root: float):
    """They are no square roots, which are NaN at -∞ and -0 at -0: NumPy takes these."""
    for e in FLOATS:
        (y,) = both(function(lambda x, y: make(math.PowFOp, [x, y]), e, e), x, 0.5)
        assert (y, np.signbit(y)) == (root, False)


@pytest.mark.parametrize("e", ELEMENTS, ids=str)
def test_casts_of_tensors(e: Attribute):
    for to in ELEMENTS:
        tensor = types.of_shape(values(e).shape, e)
        both(function(lambda x, to=to: ten.CastOp(x, to), tensor), values(e))


@pytest.mark.parametrize("e", ELEMENTS, ids=str)
def test_comparisons(e: Attribute):
    a, b = pairs(values(e), values(e))
    tensor = types.of_shape(a.shape, e)
    predicates = ten.FLOAT_PREDICATES if types.is_float(e) else ten.INTEGER_PREDICATES
    for p in predicates:
        if not (types.is_bool(e) and p.startswith("s")):
            both(function(lambda x, y, p=p: ten.CompareOp(p, x, y), tensor, tensor), a, b)


REDUCTIONS = [
    *((kind, e) for kind in ("sum", "max", "min", "prod") for e in ELEMENTS if e != i1),
    ("any", i1),
    ("all", i1),
]


@pytest.mark.sampled(10)
@pytest.mark.parametrize(("kind", "e"), REDUCTIONS, ids=str)
def test_reductions(kind: str, e: Attribute):
    v = values(e)
    if kind == "prod" and types.is_float(e):
        v = v[np.abs(v.astype(np.float64) - 1) < 3]  # what overflows depends on the order
    shapes = ((5, 7), (3, 0), (0, 4), (1, 1), (70, 3), (1, 300))
    for sizes, dims in itertools.product(shapes, ([0], [1], [0, 1])):
        x = np.resize(v, sizes)

        def build(x: Any, dims: Sequence[int] = dims) -> Operation:
            return ten.SumOp(x, dims) if kind == "sum" else ten.ReduceOp(kind, x, dims)

        both(function(build, types.of_shape(sizes, e)), x, zeros=kind != "sum")


@pytest.mark.parametrize("e", ELEMENTS, ids=str)
def test_positions_and_scans(e: Attribute, zeros: bool = True):
    for sizes, d in itertools.product(((5, 7), (3, 0), (300, 2)), (0, 1)):
        x, tensor = np.resize(values(e), sizes), types.of_shape(sizes, e)
        for kind in (ten.ArgmaxOp, ten.ArgminOp):
            for to in (i64, i8):
                both(function(lambda y, d=d, k=kind, to=to: k(y, d, to), tensor), x)
        if e != i1:
            both(function(lambda y, d=d: ten.CumsumOp(y, d), tensor), x, zeros=zeros)


# Shapes.


def normal(*sizes: int, dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(len(sizes)).normal(size=sizes).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "shape", [(0,), (1,), (1, 1), (7,), (3, 5, 7), (0, 4), (4, 0), (1000, 1003), (2, 1, 33, 1)]
)
def test_shapes(shape: tuple[int, ...], dtype: Any):
    last = len(shape) - 1

    def f(x: Any, y: Any) -> Any:
        z = np.exp(x) * np.sin(y.T).T
        return z, z.sum(last), np.maximum(z, 0.5).sum(0), (z[::-1] - x).T, z.max(initial=-1.0)

    check(f, normal(*shape, dtype=dtype), normal(*shape, dtype=dtype), atol=1e-4)


def test_huge():
    n = 1_000_003
    x = normal(n)
    check(lambda x: (np.exp(np.sin(x)), x.sum(), x[::-1][:7], np.cos(x) @ x), x, atol=1e-9)


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
def test_nests_in_any_order_of_loops(axes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch):
    """
    Whichever loop is chosen to be innermost, and whichever the threads share. (The part of a thread
    was set to zero as if it were in one piece.)
    """
    monkeypatch.setattr(split, "THREAD_WORK", 0)
    x, y = normal(33, 40, 51), normal(33, 40, 51)
    for k in (1, 2):
        for dims in itertools.combinations(range(3), k):

            def f(x: Any, y: Any, dims: tuple[int, ...] = dims) -> Any:
                z = np.transpose(x, axes) * np.transpose(y, axes)
                return np.sum(z, dims), np.max(z, dims)

            check(f, x, y, atol=1e-10)


# Arguments and results.


def outer(x: Any, y: Any) -> Any:
    return np.exp(x) + y, (x * y).sum(0)


class Subclass(np.ndarray):
    """A class whose operations mean the same."""


def laid_out(x: np.ndarray) -> dict[str, np.ndarray]:
    """The same array, in memory in other ways."""
    unaligned = np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(x.shape)
    wide = np.zeros((x.shape[0] * 2, x.shape[1] * 3))
    wide[::2, ::3] = x
    locked = x.copy()
    locked.flags.writeable = False
    return {
        "Fortran": np.asfortranarray(x),
        "strided": wide[::2, ::3],
        "reversed": np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
        "unaligned": unaligned,
        "read-only": locked,
        "subclass": x.view(Subclass),
    }


@pytest.mark.parametrize("layout", laid_out(np.eye(2)))
def test_layouts_of_inputs(layout: str):
    x, y = normal(5, 7), normal(5, 7)
    jitted = lg.jit(outer, backend="cpu")
    expected = jitted(x, y)
    for pair in ((laid_out(x)[layout], y), (x, laid_out(y)[layout])):
        before = [np.array(p) for p in pair]
        for a, b in zip(jitted(*pair), expected, strict=True):
            assert type(a) is type(b) and generators.same(a, b)
        for p, q in zip(pair, before):
            np.testing.assert_array_equal(p, q)


def test_an_input_that_repeats_one_row():
    x, row = normal(5, 7), np.broadcast_to(normal(7), (5, 7))
    check(outer, x, row)


def test_one_array_as_several_arguments():
    x = normal(5, 7)
    check(outer, x, x)


SCALED = """
func.func @main(%x: tensor<3xf64>, %k: f64, %n: i32) -> tensor<3xf64> {
  %b = ten.broadcast %k dims [0] : f64 -> tensor<3xf64>
  %y = arith.mulf %x, %b : tensor<3xf64>
  func.return %y : tensor<3xf64>
}
"""


@pytest.mark.parametrize("k", [2, 2.0, np.float64(2), np.array(2.0), True])
def test_scalars_of_all_kinds(k: Any):
    compiled = backends.compile("cpu", parse(SCALED), "main")
    if k is True:
        k = float(k) * 2
    np.testing.assert_array_equal(compiled(np.array([1.0, 2, 3]), k, 7)[0], [2, 4, 6])
    np.testing.assert_array_equal(compiled([1.0, 2, 3], k, np.int32(7))[0], [2, 4, 6])


def test_bytes_in_the_other_order():
    """Such an array has the same type and values, and is copied."""
    x = np.array([1.0, -2.5, np.inf])
    both(parse(SCALED), x.astype(x.dtype.newbyteorder()), 1.5, 2)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((np.zeros(4), 1.0, 2), "argument 0 of @main is tensor<3xf64>, and was given float64[4]"),
        ((np.zeros((3, 1)), 1.0, 2), "and was given float64[3, 1]"),
        ((np.zeros(3, np.float32), 1.0, 2), "argument 0 of @main is tensor<3xf64>, and was given"),
        ((np.zeros(3), np.float32(1), 2), "argument 1 of @main is f64, and was given float32[]"),
        ((np.zeros(3), np.zeros(1), 2), "argument 1 of @main is f64, and was given float64[1]"),
        ((np.zeros(3), 1.0, np.int64(2)), "argument 2 of @main is i32, and was given int64[]"),
        ((np.zeros(3), 1.0), "@main takes 3 arguments, not 2"),
        ((), "@main takes 3 arguments, not 0"),
        ((np.zeros(3), 1.0, 2, 3), "@main takes 3 arguments, not 4"),
    ],
)
def test_wrong_arguments(args: tuple[Any, ...], message: str):
    compiled = backends.compile("cpu", parse(SCALED), "main")
    with pytest.raises(LetgradError) as error:
        compiled(*args)
    assert message in str(error.value)
    np.testing.assert_array_equal(compiled(np.ones(3), 2.0, 7)[0], [2, 2, 2])


def test_an_unknown_function():
    with pytest.raises(LetgradError, match="there is no function @f; the module has @main"):
        backends.compile("cpu", parse(SCALED), "f")


def test_a_function_without_a_body():
    text = """
        func.func private @g(f64) -> f64
        func.func @main(%x: f64) -> f64 {
          %y = func.call @g(%x) : (f64) -> f64
          func.return %y : f64
        }
    """
    with pytest.raises(LetgradError, match="@g has no body to run"):
        backends.compile("cpu", parse(text), "main")(1.0)


GIVEN = {
    "an argument": "func.return %x, %y : T, T",
    "an argument twice": "func.return %x, %x : T, T",
    "a value twice": "%z = arith.addf %x, %y : T  func.return %z, %z : T, T",
    "a constant": "%c = arith.constant dense<2.0> : T  func.return %c, %c : T, T",
    "two constants": """
        %c = arith.constant dense<2.0> : T  %d = arith.constant dense<0.0> : T
        func.return %d, %c : T, T""",
    "a branch": """
        %z:2 = scf.if %b -> (T, T) { scf.yield %x, %x : T, T } else { scf.yield %y, %y : T, T }
        func.return %z#0, %z#1 : T, T""",
    "no iteration": """
        %0 = arith.constant 0 : index  %1 = arith.constant 1 : index
        %z = scf.for %i = %0 to %0 step %1 iter_args(%a = %x) -> (T) {
          %s = arith.addf %a, %a : T  scf.yield %s : T }
        func.return %z, %x : T, T""",
    "a choice": "%z = arith.select %b, %x, %y : T  func.return %z, %y : T, T",
    "a view": """
        %z = ten.reverse %x dims [0] : T
        %w = ten.cumsum %z dim 0 : T  func.return %w, %z : T, T""",
}


@pytest.mark.parametrize(
    ("what", "e"),
    [(w, e) for w in GIVEN for e in ("f64", "f16", "i1") if e != "i1" or "cumsum" not in GIVEN[w]],
)
@pytest.mark.parametrize("n", [3, 40_000])
def test_results_are_the_callers_own(what: str, e: str, n: int):
    """No result is an argument, another result, one of an earlier call, or the program's own."""
    body = GIVEN[what]
    if e == "i1":
        body = body.replace("addf", "addi")
        body = body.replace("dense<2.0>", "dense<true>").replace("dense<0.0>", "dense<false>")
    signature = "func.func @main(%b: i1, %x: T, %y: T) -> (T, T)"
    module = parse(f"{signature} {{ {body} }}".replace("T", f"tensor<{n}x{e}>"))
    dtype = np.float64 if e == "f64" else np.float16 if e == "f16" else np.bool_
    x, y = np.resize([1, 0, 3], n).astype(dtype), np.resize([0, 1], n).astype(dtype)
    compiled = backends.compile("cpu", module, "main")
    for b in (True, False):
        expected = Evaluator(module).call("main", [b, x, y])
        first, second = compiled(b, x, y), compiled(b, x, y)
        agree(first, expected)
        agree(second, expected)
        everything = [x, y, *first, *second]
        for p, q in itertools.combinations(everything, 2):
            assert not np.shares_memory(p, q)
        for r in first:
            r.fill(1)
        agree(second, expected)
        agree(compiled(b, x, y), expected)


def test_a_number_that_is_returned():
    both(parse("func.func @main(%x: f64, %n: index) -> (index, f64, f64) {"
               "func.return %n, %x, %x : index, f64, f64 }"), 2.5, 3)  # fmt: skip


def test_no_results_and_no_arguments():
    assert backends.compile("cpu", parse("func.func @main() { func.return }"), "main")() == ()


# Calls.


def test_the_same_twice():
    x = normal(300, 7)
    f = lg.jit(lambda x: (np.exp(x).sum(0), np.tanh(x) @ x.T, np.cumsum(x, 0)), backend="cpu")
    for a, b in zip(f(x), f(x), strict=True):
        assert generators.same(a, b)


COUNTED = """
import os, signal, sys, numpy as np, letgrad as lg
from letgrad.lowering.cpu import split
split.THREAD_WORK = 1 << 10
rng = np.random.default_rng(0)

def f(x, m):
    return np.exp(np.sin(x)), np.tanh(m).sum(1), np.cos(m).max(1), np.exp(m) * 2, np.log(m * m).T

for n, k in ((10_007, 101), (100_003, 129)):
    for dtype in (np.float64, np.float32):
        x, m = rng.normal(size=n).astype(dtype), rng.normal(size=(k, 77)).astype(dtype)
        for r in lg.jit(f, backend="cpu")(x, m):
            sys.stdout.buffer.write(r.tobytes())

def join(m):
    return m.sum(), m.sum(0), m.max(), m.min(0), (m > 3).any(), (m < 9).all(0)

sums = lg.jit(join, backend="cpu")
found = sums(m)
for r in found:
    sys.stdout.buffer.write(np.asarray(r).tobytes())
sys.stdout.flush()

# A child has none of the threads, and makes its own. One that waits for them is ended.
child = os.fork()
if not child:
    signal.alarm(20)
    same = all(np.array_equal(a, b) for _ in range(5) for a, b in zip(sums(m), found))
    os._exit(0 if same else 3)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize(
    "numbers", ["17", pytest.param("123", marks=pytest.mark.slow)], ids=lambda n: " ".join(n)
)
def test_threads_change_no_bit(numbers: str):
    """
    Where a loop is split among threads, each of its points is computed as without, and what parts
    add up is joined in one order; in a child of the process, too.
    """
    said = []
    for threads in numbers:
        environment = {**os.environ, "LETGRAD_NUM_THREADS": threads}
        run = subprocess.run([sys.executable, "-c", COUNTED], env=environment, capture_output=True)
        assert run.returncode == 0, run.stderr.decode()
        said.append(run.stdout)
    assert len(said[0]) > 1_000_000
    assert all(x == said[0] for x in said)


def test_calls_from_several_threads():
    """One program, called at once; it has nests, library ops and rules of the reference."""

    def f(x: Any, p: Any) -> Any:
        y = lg.scatter(8, x, lambda i: p[i])
        return np.cumsum(np.exp(y), 0), (x @ x.T).sum(), lg.cond(x[0, 0] > 0, np.sin, np.cos, y)

    jitted = lg.jit(f, backend="cpu")
    rng = np.random.default_rng(0)
    inputs = [(rng.normal(size=(20, 5)), rng.integers(-1, 9, 20)) for _ in range(4)]
    expected = [jitted(*args) for args in inputs]
    wrong: list[str] = []

    def work(k: int) -> None:
        try:
            for _ in range(30):
                for a, b in zip(jitted(*inputs[k]), expected[k], strict=True):
                    if not generators.same(a, b):
                        wrong.append(f"{a} and not {b}")
        except Exception as error:  # it is reported by the test's own thread
            wrong.append(repr(error))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # they shall get into each other's way
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong, wrong[0]


def test_large_results_of_several_threads():
    """Memory is used again, but never by two at once."""
    jitted = lg.jit(lambda x: (x + 1, (x * 2)[::-1]), backend="cpu")
    jitted(np.zeros(9_000))
    wrong: list[float] = []

    def work(k: int) -> None:
        x, kept = np.full(9_000, float(k)), []
        for _ in range(200):
            kept = [*kept[-2:], *jitted(x)]
            wrong.extend(r[0] for r in kept if not (np.all(r == k + 1) or np.all(r == 2 * k)))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(10, 14)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


def test_remainders_by_one_constant():
    """All calls of the function have that constant, and LLVM may not drop the parameter."""
    x = normal(7, 7)
    found = lg.jit(lambda x: np.pad(x[1:-1, 2:] - x[1:-1, :-2], 1) % 180, backend="cpu")(x)
    np.testing.assert_allclose(found, np.pad(x[1:-1, 2:] - x[1:-1, :-2], 1) % 180, rtol=1e-15)


def test_programs_come_and_go():
    kept = []
    for k in range(9):
        f = lg.jit(lambda x, k=k: np.exp(x) * k, backend="cpu")
        x = normal(5)
        np.testing.assert_allclose(f(x), np.exp(x) * k, rtol=1e-12)
        if k % 7 == 0:
            kept.append((k, f))
        del f
        gc.collect()
    for k, f in kept:
        np.testing.assert_allclose(f(x), np.exp(x) * k, rtol=1e-12)


def guarded(what: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(TESTS / "guard_pages.py"), what]
    return subprocess.run(script, capture_output=True, text=True)


@pytest.mark.parametrize(
    "programs", ["programs", pytest.param("all_programs", marks=pytest.mark.slow)]
)
def test_no_access_outside_of_a_buffer(programs: str):
    run = guarded(programs)
    assert run.returncode == 0, f"{run.returncode}\n{run.stderr}"


def test_an_access_outside_of_a_buffer_would_be_seen():
    assert guarded("overrun").returncode == -signal.SIGSEGV


# Programs.


@pytest.mark.sampled(9)
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_generated_programs(first: int):
    for seed in range(first, first + 20):
        module = generators.random_program(seed, max_ops=12)
        args = generators.arguments(module, seed, special=seed % 2 == 0)
        expected = Evaluator(module).call("main", args)
        actual = backends.compile("cpu", module, "main")(*args)
        for a, b in zip(actual, expected, strict=True):
            assert_similar(a, b, f"seed {seed}:\n{module}")


def assert_similar(actual: Any, expected: Any, what: str) -> None:
    """Up to what rounding may grow to, along a program."""
    a, b = np.asarray(actual), np.asarray(expected)
    assert (a.dtype, a.shape) == (b.dtype, b.shape), what
    if a.dtype.kind in "biu":
        np.testing.assert_array_equal(a, b, what)
    else:
        tolerance = {8: 1e-9, 4: 1e-3, 2: 5e-2}[a.dtype.itemsize]
        a, b = a.astype(np.float64), b.astype(np.float64)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=what)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_gradients_of_generated_programs(first: int):
    main = opt.LetgradOptMain([])
    for seed in range(first, first + 20):
        module = generators.random_program(seed, differentiable=True, max_ops=8)
        for a_pass in main.parse_passes("gradient{entry=main}"):
            a_pass.apply(main.ctx, module)
        args = generators.arguments(module, seed, special=False)
        expected = Evaluator(module).call("main", args)
        actual = backends.compile("cpu", module, "main")(*args)
        for a, b in zip(actual, expected, strict=True):
            assert_similar(a, b, f"seed {seed}:\n{module}")


# Derivatives that people take.


def mlp(w1: Any, b1: Any, w2: Any, b2: Any, x: Any) -> Any:
    h = np.maximum(x @ w1 + b1, 0)
    z = h @ w2 + b2
    shifted = z - np.max(z, axis=1, keepdims=True)
    return -np.mean((shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True)))[:, 0])


def softmax(x: Any, y: Any) -> Any:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.sum(e / np.sum(e, axis=-1, keepdims=True) * y)


def layer_norm(x: Any, g: Any, b: Any, y: Any) -> Any:
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean((x - mean) ** 2, axis=-1, keepdims=True)
    return np.sum(((x - mean) / np.sqrt(variance + 1e-5) * g + b) * y)


def convolution(x: Any, w: Any) -> Any:
    n, m = x.shape
    y = lg.build(
        (n, m),
        lambda i, j: sum(x[i + p - 1, j + q - 1] * w[p, q] for p in range(3) for q in range(3)),
    )
    return np.sum(np.tanh(y) ** 2)


def embedding(table: Any, p: Any, segments: Any) -> Any:
    rows = lg.gather(p.shape[0], table, lambda i: p[i])
    sums = lg.scatter(4, np.sin(rows), lambda i: segments[i])
    return np.sum(sums**2)


def logistic(w: Any, x: Any, y: Any) -> Any:
    z = x @ w
    return np.sum(np.log(1 + np.exp(-z * y))) + 0.1 * np.sum(w * w)


FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[int, ...]]] = {
    "mlp": (mlp, (normal(5, 7), normal(7), normal(7, 3), normal(3), normal(11, 5)), (0, 1, 2, 3)),
    "softmax": (softmax, (normal(5, 13), normal(5, 13)), (0,)),
    "layer norm": (layer_norm, (normal(5, 13), normal(13), normal(13), normal(5, 13)), (0, 1, 2)),
    "convolution": (convolution, (normal(9, 6), normal(3, 3)), (0, 1)),
    "embedding": (
        embedding,
        (normal(6, 3), np.array([0, 5, 5, 7, -1, 2, 2]), np.array([0, 3, 3, 1, 1, 9, 0])),
        (0,),
    ),
    "logistic": (logistic, (normal(4), normal(21, 4), np.sign(normal(21))), (0,)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients(name: str, dtype: Any):
    f, args, wrt = FUNCTIONS[name]
    args = tuple(x.astype(dtype) if x.dtype == np.float64 else x for x in args)
    check(lg.value_and_grad(f, argnums=wrt), *args, atol=1e-13 if dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("name", ["softmax", "logistic", "layer norm"])
def test_hessian_vector_products(name: str):
    f, (w, *rest), _ = FUNCTIONS[name]
    v = normal(*w.shape)[::-1].copy()
    check(lambda w, v, *rest: lg.hvp(lambda w: f(w, *rest), (w,), (v,)), w, v, *rest, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(
    "image, kernel",
    [((9,), (3,)), ((3,), (3,)), ((6, 7), (3, 2)), ((1, 1), (1, 1)), ((3, 4, 5), (2, 2, 2))],
)
@pytest.mark.parametrize("images, channels, out", [(2, 3, 4), (1, 1, 1), (0, 3, 2), (2, 0, 2)])
def test_convolutions_by_shifts(image, kernel, stride, images, channels, out):
    """Sums of einsums, and of padded ones in the gradient, are one nest, and their values stay."""
    letters = "hwd"[: len(image)]
    sizes = [(n - k) // stride + 1 for n, k in zip(image, kernel)]

    def loss(x, k):
        y = 0.0
        for at in np.ndindex(*kernel):
            box = tuple(slice(a, a + stride * (n - 1) + 1, stride) for a, n in zip(at, sizes))
            taken = x[(slice(None), slice(None), *box)]
            y = y + np.einsum(f"nc{letters},oc->no{letters}", taken, k[(slice(None),) * 2 + at])
        return np.sum(np.sin(y))

    random = np.random.default_rng(0)
    x = random.standard_normal((images, channels, *image))
    k = random.standard_normal((out, channels, *kernel))
    both = lg.value_and_grad(loss, argnums=(0, 1))
    (value, slopes), (expected, others) = (lg.jit(both, backend=b)(x, k) for b in ("cpu", "numpy"))
    np.testing.assert_allclose(value, expected)
    for slope, other in zip(slopes, others, strict=True):
        np.testing.assert_allclose(slope, other, atol=1e-12)


# Zeros.


def test_the_sign_of_a_zero_is_kept_where_it_is_seen():
    zeros = np.array([-0.0, 0.0])

    def f(xp, x, y):
        top, low = xp.maximum(x[:, None], y), xp.minimum(x[:, None], y)
        product, total = (-x)[:, None] * y, x[:, None] + y
        sums = [xp.sum(v) for v in (top, low, product, total, xp.where(top < 1, low, total))]
        # Stored, divided by, and the argument of a function: all see the sign.
        return [top, low, product, total, 1 / low, xp.arctan2(total, -1.0), *sums, xp.sum(1 / top)]

    results = lg.jit(lambda *xs: f(np, *xs), backend="cpu")(zeros, zeros)
    expected = lg.jit(lambda *xs: f(np, *xs), backend="numpy")(zeros, zeros)
    for a, b in zip(results, expected, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(np.signbit(a), np.signbit(b))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 16, 33, 4097])
def test_sums_of_negative_zeros_are_zeros_as_in_numpy(n: int, dtype: Any):
    def sums(x: Any) -> Any:
        parts = np.concatenate([x, x])
        y = np.sum(x), np.mean(x), np.sum(x * 2.0), np.sum(parts), np.sum(x[None], axis=1)
        return *y, np.einsum("i->", x), np.trace(x[:1, None]), np.sum(np.pad(x, (0, 1)))

    x = np.full(n, -0.0, dtype)
    for backend in ("cpu", "numpy"):
        found = lg.jit(sums, backend=backend)(x)
        for mine, theirs in zip(found, sums(x), strict=True):
            np.testing.assert_array_equal(np.signbit(mine), np.signbit(theirs))


def test_sums_do_not_see_the_sign_of_a_zero():
    code: list[str] = []

    def nest_of(f: Callable[..., Any]) -> str:
        code.clear()
        lg.jit(f, backend="cpu")(np.arange(3.0))
        return "".join(code)

    texts = nest_code.module_texts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nest_code, "module_texts", lambda *a: code.extend(made := texts(*a)) or made)
        assert "call nsz double @llvm.maximum" in nest_of(lambda x: np.sum(np.maximum(x, 0) * x))
        assert "nsz double @llvm.maximum" not in nest_of(lambda x: np.maximum(x, 0) * x)
        assert "nsz double @llvm.maximum" not in nest_of(lambda x: np.sum(1 / np.maximum(x, 0)))
        assert "nsz double @llvm.maximum" not in nest_of(lambda x: np.max(np.maximum(x, 0)))


def test_elements_begin_where_their_loop_begins():
    """Else a sum of a row loads the 0.0 that another loop has stored."""
    code: list[str] = []

    def fills(f: Callable[..., Any], x: np.ndarray) -> int:
        code.clear()
        np.testing.assert_allclose(lg.jit(f, backend="cpu")(x), f(x), rtol=1e-12)
        return sum("".join(code).count(f"call void @{name}") for name in names)

    texts = nest_code.module_texts
    names = "letgrad.common.fill", "llvm.memset"
    x = np.random.default_rng(0).normal(size=(7, 5, 8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nest_code, "module_texts", lambda *a: code.extend(made := texts(*a)) or made)
        for f in (
            lambda x: np.sum(x, axis=2),
            lambda x: np.max(x * 2, axis=(1, 2)),
            lambda x: np.min(x[:1], axis=2),
            lambda x: np.sum(x[:, :1], axis=2),
            lambda x: np.any(x > 3, axis=2),
        ):
            assert fills(f, x) == 0
        # These add to an element in several turns of an outer loop, or do not turn for each one.
        assert fills(lambda x: np.sum(x, axis=1), np.ones((7, 20, 8))) == 1
        assert fills(lambda x: np.sum(np.pad(x, ((0, 0), (2, 1), (0, 3))), axis=2), x) <= 1


def test_nests_that_differ_by_their_arrays_are_compiled_once():
    def layers(x, w):
        for _ in range(20):
            x = np.tanh(x @ w)
        return x

    code: list[str] = []
    texts = nest_code.module_texts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nest_code, "module_texts", lambda *a: code.extend(made := texts(*a)) or made)
        check(layers, np.full((5, 3), 0.5), np.eye(3) * 0.7)
    text = "".join(code)
    nests, calls = text.count(".nest(ptr noalias"), text.count("call void @nest")
    # Products and activations, of which the last are apart: what they write is a result.
    assert calls >= 20 and nests <= 4


def test_a_block_computes_an_index_once():
    """The points of a window at the edge of an image ask for the same rows."""

    def windows(x):
        y = np.pad(x, 2)
        return sum(y[i : i + 14, j : j + 12] * (i + j) for i in range(5) for j in range(5))

    code: list[str] = []
    texts = nest_code.module_texts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nest_code, "module_texts", lambda *a: code.extend(made := texts(*a)) or made)
        check(windows, np.random.default_rng(0).random((14, 12)))
    asks = 0
    for block in re.split(r"^\w+:$", "".join(code), flags=re.MULTILINE):
        found = re.findall(r"= (?:icmp ult|select i1 %\w+,) i64 .*", block)
        assert len(found) == len(set(found))
        asks += len(found)
    assert asks > 4


def test_a_branch_has_no_code_of_a_loop():
    """The code that calls a step n times is the same for all steps, and takes LLVM 12 ms."""

    def f(x):
        return lg.cond(np.sum(x) > 0, lambda x: x * 2, lambda x: np.cumsum(x), x)

    code: list[str] = []
    texts = nest_code.module_texts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nest_code, "module_texts", lambda *a: code.extend(made := texts(*a)) or made)
        np.testing.assert_allclose(lg.jit(f, backend="cpu")(np.ones(3)), 2 * np.ones(3))
    assert code and not any(" = phi " in text and "%moves" in text for text in code)


def longest_chain(text: str) -> int:
    """The longest chain of LLVM's instructions, each of which reads the one before."""
    lengths: dict[str, int] = {}
    for name, right in re.findall(r"(%\w+) = ((?:f?(?:add|sub|mul|div|neg)|select) .*)", text):
        operands = re.findall(r"%\w+", right)
        lengths[name] = 1 + max((lengths.get(x, 0) for x in operands), default=0)
    return max(lengths.values(), default=0)


@pytest.mark.parametrize(
    "dtype", ["f8", "i4", *(pytest.param(t, marks=pytest.mark.slow) for t in ("f4", "i8"))]
)
def test_llvm_sees_no_long_chain(dtype: str):
    """The time of LLVM's loop vectorizer is the sum of the lengths of the chains that it sees."""

    def steps(v):
        y, i = v[:1] * v[1:2], v[2:]
        for k in range(120):
            y = np.where(y < k, v.dtype.type(3.7) * (y + y - i), -y)
        return np.sum(y - i), 0.0

    v = np.random.default_rng(0).uniform(-2, 2, 40).astype(dtype)
    v = v if dtype[0] == "i" else v / 10
    f = steps if dtype[0] == "i" else lg.value_and_grad(lambda v: steps(v)[0])
    code: list[str] = []
    texts = nest_code.module_texts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nest_code, "module_texts", lambda *a: code.extend(made := texts(*a)) or made)
        found = lg.jit(f, backend="cpu")(v)
    text = "".join(code)
    assert text.count(" mul") + text.count(" fmul") >= 120
    assert 50 < longest_chain(text) <= 101
    wanted = lg.jit(f, backend="numpy")(v)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5 if dtype == "f4" else 1e-12)
