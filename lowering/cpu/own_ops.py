"""
Ops that are no nests, as functions for machine code. Running sums, sorting, and most Fourier
transforms have code of letgrad's own, which needs no Python. Products of matrices, decompositions
and other transforms call the libraries that NumPy and SciPy bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from xdsl.dialects import arith
from xdsl.ir import Attribute, Operation

from ...dialects import arrays, ten, types
from ...dialects.types import shape
from ..nests.einsum_products import matrices_of
from . import radix_sort
from .instructions import Scalars, stored
from .library_calls import Calls
from .matrices import blas, integer_products, large_products, matrix_code
from .running_sums import add_elements, add_rows
from .shared_parts import share
from .threads import thread_count
from .transforms import transform_calls

PARTS = 8
"""The parts of an op that threads share. Each has scratch of its own."""

POINTERS = "x", "y", "scratch"
"""The arguments of a function of one operand."""


@dataclass(frozen=True)
class OwnOp:
    """A function `(operands…, results…, scratch)`: its text without its name, and what it needs."""

    text: str
    scratch: int
    declared: dict[str, str]
    wakes_blas: bool = False
    """Whether the function calls a library whose own threads must not run."""
    has_parts: bool = False
    """Whether it gives parts to threads, by the function `letgrad_parallel`."""


BY_LIBRARIES: tuple[type[Operation], ...] = (
    *ten.MATRIX_OPS,
    ten.TriangularSolveOp,
    ten.SymmetricSolveOp,
)
"""Ops whose code calls libraries that this process has."""


def own_op(op: Operation, word: str | None = None) -> OwnOp | None:
    """
    The code of an op; None if there is none. `word` is the LLVM type of sizes in calls of BLAS;
    None takes that of NumPy's BLAS.
    """
    if isinstance(op, ten.CumsumOp):
        return _running_sum(op.x.type, op.dim.value.data)
    if isinstance(op, ten.ArgsortOp):
        return _argsort(op.x.type, op.result.type, op.dim.value.data)
    match op:
        case arith.BitcastOp():
            return _same_bits(op.result.type)
        case ten.EinsumOp():
            return _integer_product(op) or _product(op, word or blas.integers())
        case ten.FftOp():
            return _by_library(transform_calls.transform(op), op, False)
        case ten.DctOp():
            return _by_library(transform_calls.cosines(op), op, False)
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
    text = w.text(len(op.operands), len(op.results))
    return OwnOp(text, w.scratch, w.declared, wakes_blas, w.has_parts)


def _function(writer: Scalars, stack: str = "", operands: int = 1) -> str:
    """The function of %x, or of %x0, %x1 …, and of %y and %scratch."""
    body = stack + "\n".join(writer.lines)
    xs = ["x"] if operands == 1 else [f"x{k}" for k in range(operands)]
    arguments = ", ".join(f"ptr %{x}" if operands > 1 else f"ptr noalias %{x}" for x in xs)
    return (
        f"({arguments}, ptr noalias %y, ptr noalias %scratch) nounwind noinline {{\n"
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


def _same_bits(type: Attribute) -> OwnOp:
    """A copy: the numbers of both types have as many bytes."""
    w = Scalars("", True)
    copy = w.declare("memcpy", "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
    bytes = prod(shape(type)) * arrays.dtype(type).itemsize
    w.put(f"call void @llvm.{copy}.p0.p0.i64(ptr %y, ptr %x, i64 {bytes}, i1 false)")
    return OwnOp(_function(w), 0, w.declared)


def _argsort(type: Attribute, result: Attribute, d: int) -> OwnOp | None:
    outer, n, inner = _lanes(type, d)
    element, place = types.element(type), types.element(result)
    if n >= radix_sort.LONGEST:
        return None
    w, lanes = Scalars("", True), outer * inner
    if not lanes * n:
        return OwnOp(_function(w), 0, w.declared)
    sort = radix_sort.sort_function(w, element, place)
    room = radix_sort.scratch_bytes(arrays.dtype(element), arrays.dtype(place), n, inner)
    count = min(lanes, PARTS) if lanes * n >= radix_sort.SPLIT else 1
    sizes = f"i64 {n}, i64 {inner}"
    if count == 1:
        w.put(f"call void @{sort}(ptr %x, ptr %y, ptr %scratch, {sizes}, i64 0, i64 {lanes})")
        return OwnOp(_function(w), room, w.declared)
    part = Scalars("", True)
    ends = _ends(part, lanes, count)
    own = part.let(f"getelementptr i8, ptr %scratch, i64 {part.let(f'mul i64 %k, {room}')}")
    part.put(f"call void @{sort}(ptr %x, ptr %y, ptr {own}, {sizes}, i64 {ends[0]}, i64 {ends[1]})")
    name = f"sort.{element}.{place}.{lanes}.{n}.{inner}.{count}"
    share(w, part, name, str(count), {x: f"%{x}" for x in POINTERS})
    return OwnOp(_function(w), count * room, w.declared, has_parts=True)


def _product(op: ten.EinsumOp, word: str | None) -> OwnOp | None:
    p = large_products.product_of(op)
    if p is None or word is None or not p.work:
        return None
    w, element, has_parts = Scalars("", True), types.element(op.result.type), False
    if thread_count() == 1 and op.xs[0] is op.xs[1] and large_products.is_by_itself(p):
        large_products.write_own_product(w, p, element, word)
    else:
        has_parts = large_products.write_product(w, p, element, word)
    text = _function(w, operands=2)
    return OwnOp(text, 0, w.declared, large_products.wakes_blas(p), has_parts)


def _integer_product(op: ten.EinsumOp) -> OwnOp | None:
    """Products of matrices of integers, of which BLAS has none."""
    groups, dtype = matrices_of(op), arrays.dtype(op.result.type)
    if groups is None or dtype.kind != "i":
        return None
    words, _ = op.letters
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, shape(x.type))}
    b, m, k, n = (
        prod(sizes[c] for c in letters)
        for letters in (groups.batch, groups.rows, groups.inner, groups.columns)
    )
    w = Scalars("", True)
    name, declaration = integer_products.products_function(dtype)
    w.declare(name, declaration)
    count = min(m, PARTS) if b * m * n * k >= integer_products.SPLIT else 1
    size = dtype.itemsize

    def rows(w: Scalars, low: str, many: str) -> None:
        """The product of these rows of each matrix."""
        x, y = (
            w.let(f"getelementptr i8, ptr %{x}, i64 {w.let(f'mul i64 {low}, {size * row}')}")
            for x, row in (("x0", k), ("y", n))
        )
        given = f"ptr {x}, ptr %x1, ptr {y}, i64 {b}, i64 {many}, i64 {m}, i64 {n}, i64 {k}"
        w.put(f"call void @{name}({given})")

    pointers = "x0", "x1", "y"
    if count == 1:
        rows(w, "0", str(m))
    else:
        part = Scalars("", True)
        low, high = _ends(part, m, count)
        rows(part, low, part.let(f"sub i64 {high}, {low}"))
        name = f"products.{dtype}.{b}.{m}.{n}.{k}.{count}"
        share(w, part, name, str(count), {x: f"%{x}" for x in pointers})
    return OwnOp(_function(w, operands=2), 0, w.declared, has_parts=count > 1)


def _ends(w: Scalars, trip: int, count: int) -> list[str]:
    """Where part %k of a loop in `count` parts begins and ends."""
    return [
        w.let(f"udiv i64 {w.let(f'mul i64 {k}, {trip}')}, {count}")
        for k in ("%k", w.let("add i64 %k, 1"))
    ]
