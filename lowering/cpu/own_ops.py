"""
Ops that are no nests, as functions for machine code. Running sums, sorting, and Fourier transforms
of lengths with few small factors have code of letgrad's own, which needs no Python. Decompositions
and other transforms call the libraries that NumPy and SciPy bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from xdsl.dialects.builtin import f64, i64
from xdsl.ir import Attribute, Operation

from ...dialects import ten, types
from ...dialects.types import ints, shape
from . import matrix_code, transform_calls, vector_transforms
from .instructions import Scalars, register, stored
from .library_calls import Calls
from .running_sums import add_elements, add_rows
from .transform_factors import factor_of
from .vector_transforms import passes


@dataclass(frozen=True)
class OwnOp:
    """A function `(operands…, results…, scratch)`: its text without its name, and what it needs."""

    text: str
    scratch: int
    declared: dict[str, str]
    wakes_blas: bool = False
    """Whether the function calls a library whose own threads must not run."""


Systems = ten.MatrixOp | ten.TriangularSolveOp | ten.SymmetricSolveOp

BY_LIBRARIES: tuple[type[Operation], ...] = (
    *ten.MATRIX_OPS,
    ten.TriangularSolveOp,
    ten.SymmetricSolveOp,
)
"""Ops whose code calls libraries that this process has."""


def why_in_python(op: Operation) -> str | None:
    """Why a loop gains nothing by the code of an op; None if it does."""
    if isinstance(op, ten.FftOp):
        return transform_calls.why_in_python(op)
    if isinstance(op, Systems) and matrix_code.is_shared(op):
        return "threads share its work"
    return None


def own_op(op: Operation) -> OwnOp | None:
    """The code of an op; None if there is none."""
    if isinstance(op, ten.CumsumOp):
        return _running_sum(op.x.type, op.dim.value.data)
    if isinstance(op, ten.ArgsortOp):
        return _argsort(op.x.type, op.result.type, op.dim.value.data)
    if why_in_python(op) is not None:
        return None
    match op:
        case ten.FftOp():
            return _transform(op) or _by_library(transform_calls.transform(op), op, False)
        case ten.MatrixOp():
            return _by_library(matrix_code.decomposition(op), op)
        case ten.TriangularSolveOp():
            return _by_library(matrix_code.triangular_solve(op), op)
        case ten.SymmetricSolveOp():
            return _by_library(matrix_code.symmetric_solve(op), op)
        case _:
            return None


def _by_library(w: Calls | None, op: Operation, wakes_blas: bool = True) -> OwnOp | None:
    if w is None:
        return None
    return OwnOp(w.text(len(op.operands), len(op.results)), w.scratch, w.declared, wakes_blas)


def _function(writer: Scalars, stack: str = "") -> str:
    body = stack + "\n".join(writer.lines)
    return (
        "(ptr noalias %x, ptr noalias %y, ptr noalias %scratch) nounwind noinline {\n"
        f"entry:\n{body}\n  ret void\n}}\n"
    )


def _lanes(type: Attribute, d: int) -> tuple[int, int, int]:
    """The number of lanes before a dimension, its size, and the number of lanes behind it."""
    sizes = shape(type)
    return prod(sizes[:d]), sizes[d], prod(sizes[d + 1 :])


def _running_sum(type: Attribute, d: int) -> OwnOp:
    outer, n, inner = _lanes(type, d)
    element = types.element(type)
    # With `strict`, one element after the other, as NumPy adds them.
    w = Scalars("", True)
    if not outer * n * inner:
        return OwnOp(_function(w), 0, w.declared)
    if inner > 1:
        add_rows(w, element, str(outer), str(n), str(inner), str(n * inner))
        return OwnOp(_function(w), 0, w.declared)
    add_elements(w, element, str(outer), str(n))
    return OwnOp(_function(w, f"  %sum = alloca {stored(element)}\n"), 0, w.declared)


def _transform(op: ten.FftOp) -> OwnOp | None:
    """A transform along the last dimension goes from x to y; the others stay in y."""
    kind, dims = op.kind.data, ints(op.dims)
    is_real = kind in ("real", "hermitian")
    sizes = shape(op.result.type if kind == "hermitian" else op.x.type)[: None if is_real else -1]
    if not vector_transforms.fits(kind, sizes, dims):
        return None
    type = "D" if types.element(op.x.type) == f64 else "F"
    w, scratch = Scalars("", True), 0
    for k, along in enumerate(passes(sizes, dims, kind, factor_of(op), type)):
        vector_transforms.write_call(w, along, type, "%y" if k else "%x")
        scratch = max(scratch, vector_transforms.scratch_bytes(along.n))
    return OwnOp(_function(w), scratch, w.declared)


def _less(w: Scalars, element: Attribute, a: str, b: str) -> str:
    """Whether a comes before b. NaN comes behind all numbers, and no element before itself."""
    t = register(element)
    if not types.is_float(element):
        return w.let(f"icmp {'ult' if t == 'i1' else 'slt'} {t} {a}, {b}")
    number, nan = w.let(f"fcmp ord {t} {a}, {a}"), w.let(f"fcmp uno {t} {b}, {b}")
    last = w.let(f"and i1 {number}, {nan}")
    return w.let(f"or i1 {last}, {w.let(f'fcmp olt {t} {a}, {b}')}")


def _argsort(type: Attribute, result: Attribute, d: int) -> OwnOp:
    """
    Merges sorted runs of 1, 2, 4 … positions. Equal elements stay in order, and NaNs are last.
    """
    outer, n, inner = _lanes(type, d)
    element, place = types.element(type), types.element(result)
    w = Scalars("", True)
    levels = max(n - 1, 0).bit_length()

    def position(from_: str, k: str) -> str:
        return w.load(from_, k, i64)

    def lane(o: str, i: str) -> None:
        begin = w.let(f"add i64 {w.let(f'mul i64 {o}, {n * inner}')}, {i}")

        def at(k: str) -> str:
            return w.let(f"add i64 {begin}, {w.let(f'mul i64 {k}, {inner}')}")

        def value(k: str) -> str:
            return w.load("%x", at(k), element)

        def level(m: str) -> None:
            odd = w.let(f"and i64 {m}, 1")
            there = w.let(f"mul i64 {odd}, {n}")
            source = w.let(f"getelementptr i64, ptr %scratch, i64 {there}")
            target = w.let(f"getelementptr i64, ptr %scratch, i64 {w.let(f'sub i64 {n}, {there}')}")
            width = w.let(f"shl i64 1, {m}")
            run = w.let(f"shl i64 {width}, 1")
            up = w.let(f"add i64 {run}, {n - 1}")
            count = w.let(f"udiv i64 {up}, {run}")

            def merge(q: str) -> None:
                low = w.let(f"mul i64 {q}, {run}")
                middle, high = (
                    w._call_intrinsic("umin", "i64", [w.let(f"add i64 {low}, {by}"), str(n)])
                    for by in (width, run)
                )
                w.put(f"store i64 {low}, ptr %left")
                w.put(f"store i64 {middle}, ptr %right")

                def take(k: str) -> None:
                    left, right = (w.let(f"load i64, ptr %{s}") for s in ("left", "right"))
                    some_left = w.let(f"icmp ult i64 {left}, {middle}")
                    some_right = w.let(f"icmp ult i64 {right}, {high}")
                    last = str(n - 1)
                    a, b = (
                        position(source, w._call_intrinsic("umin", "i64", [s, last]))
                        for s in (left, right)
                    )
                    before = _less(w, element, value(b), value(a))
                    before = w.let(f"or i1 {before}, {w.let(f'xor i1 {some_left}, true')}")
                    taken = w.let(f"and i1 {some_right}, {before}")
                    w.store(w.let(f"select i1 {taken}, i64 {b}, i64 {a}"), target, k, i64)
                    step = w.let(f"zext i1 {taken} to i64")
                    w.put(f"store i64 {w.let(f'add i64 {right}, {step}')}, ptr %right")
                    other = w.let(f"sub i64 1, {step}")
                    w.put(f"store i64 {w.let(f'add i64 {left}, {other}')}, ptr %left")

                w.counted(low, high, take)

            w.counted("0", count, merge)

        def write(k: str) -> None:
            found = position(sorted_, k)
            bits = register(place)
            if bits != "i64":
                found = w.let(f"trunc i64 {found} to {bits}")
            w.store(found, "%y", at(k), place)

        w.counted("0", str(n), lambda k: w.store(k, "%scratch", k, i64))
        w.counted("0", str(levels), level)
        sorted_ = w.let(f"getelementptr i64, ptr %scratch, i64 {n * (levels % 2)}")
        w.counted("0", str(n), write)

    if outer * n * inner:
        w.counted("0", str(outer), lambda o: w.counted("0", str(inner), lambda i: lane(o, i)))
    stack = "  %left = alloca i64\n  %right = alloca i64\n"
    return OwnOp(_function(w, stack), 16 * n, w.declared)
