"""
Products of matrices of floats that no nest runs, as calls of BLAS in machine code of loops. Threads
share large ones: each part is a call that stays on its thread, as in `einsum.multiply`.
"""

from __future__ import annotations

from math import prod

from xdsl.ir import Attribute

from ....dialects import ten, types
from ...nests import matrix_products
from ...nests.matrix_products import Product
from ..instructions import Scalars
from ..shared_parts import share
from ..threads import GRAIN, parts, thread_count
from . import blas
from .einsum import SPLIT
from .product_calls import multiply, multiply_by_itself

POINTERS = "x0", "x1", "y"


def product_of(op: ten.EinsumOp) -> Product | None:
    """How an einsum is a product for BLAS; None if it is none."""
    words, output = op.letters
    if len(words) != 2 or not types.is_float(types.element(op.result.type)):
        return None
    found = matrix_products.product(words, output, [x.type for x in op.xs])
    return found if isinstance(found, Product) else None


def wakes_blas(p: Product) -> bool:
    """Whether BLAS would multiply with threads of its own, if it could."""
    return p.loops[-1] * p.columns * p.inner > blas.ALONE


def is_by_itself(p: Product) -> bool:
    """Whether a product, of one operand, is that of a matrix and its transpose."""
    one, other = p.left, p.right
    is_alone = len(p.loops) == p.added == 1 and p.loops[0] == p.columns
    return is_alone and one.is_transposed != other.is_transposed and one.stride == other.stride


def write_own_product(w: Scalars, p: Product, element: Attribute, word: str) -> None:
    """
    Code that puts the product of %x0 and its transpose into %y. Requires: `is_by_itself`. BLAS
    computes half of the numbers, so this takes less time than other products on one thread.
    """
    multiply_by_itself(w, p, element, word, "%x0", "%y")


def write_product(w: Scalars, p: Product, element: Attribute, word: str) -> bool:
    """Code that puts the product of %x0 and %x1 into %y, and whether threads share it."""
    *outer, rows = p.loops
    size, columns, count = prod(outer), p.columns, thread_count()
    if size > 1:
        trip = size if p.work >= SPLIT else 0
    elif p.work < SPLIT or max(rows, columns) < 2 * GRAIN:
        trip = 0
    else:
        trip = max(rows, columns)
    if not trip or count == 1:
        _part(w, p, element, word, ("0", str(size)), ("0", str(rows)), ("0", str(columns)))
        return False
    part = Scalars("", True)
    bounds = [begin for begin, _ in parts(trip, count)] + [trip]
    table = part.let(f"alloca [{len(bounds)} x i64]")
    for k, bound in enumerate(bounds):
        part.put(f"store i64 {bound}, ptr {part.let(f'getelementptr i64, ptr {table}, i64 {k}')}")
    ends = [
        part.let(f"load i64, ptr {part.let(f'getelementptr i64, ptr {table}, i64 {k}')}")
        for k in ("%k", part.let("add i64 %k, 1"))
    ]
    low, high = ends
    every = [("0", str(size)), ("0", str(rows)), ("0", str(columns))]
    every[0 if size > 1 else 1 if rows >= columns else 2] = low, high
    _part(part, p, element, word, *every)
    sides = (
        f"{s.operand}{'t' if s.is_transposed else ''}.{s.stride}.{'.'.join(map(str, s.moves))}"
        for s in (p.left, p.right)
    )
    sizes = (*p.loops, p.columns, p.inner, p.added, p.left.added, p.right.added, count)
    name = f"product.{element}.{'.'.join(sides)}.{'.'.join(map(str, sizes))}"
    share(w, part, name, str(count), {x: f"%{x}" for x in POINTERS})
    return True


Range = tuple[str, str]


def _part(
    w: Scalars, p: Product, element: Attribute, word: str, outer: Range, rows: Range, columns: Range
) -> None:
    """The product for these outer turns, rows and columns."""
    *sizes, all_rows = p.loops
    is_plain = rows == ("0", str(all_rows)) and columns == ("0", str(p.columns))

    def size(ends: Range) -> str:
        low, high = ends
        count = high if low == "0" else w.let(f"sub i64 {high}, {low}")
        if word == "i64" or count.isdecimal():
            return count
        return w.let(f"trunc i64 {count} to {word}")

    def turn(o: str) -> None:
        index, left = [""] * len(sizes), o
        for d in reversed(range(len(sizes))):
            index[d] = w.let(f"urem i64 {left}, {sizes[d]}") if d else left
            left = w.let(f"udiv i64 {left}, {sizes[d]}") if d else left
        index.append(rows[0])
        places = []
        for side in (p.left, p.right):
            at = _sum(w, index, side.moves)
            if side is p.right and columns[0] != "0":
                by = side.stride if side.is_transposed else 1
                at = _sum(w, [at, columns[0]], [1, by])
            places.append(w.address(f"%x{side.operand}", at, element))
        at = _sum(w, [o, rows[0], columns[0]], [all_rows * p.columns, p.columns, 1])
        target = w.address("%y", at, element), p.columns
        some = None if is_plain else size(columns)
        multiply(w, p, element, word, size(rows), (places[0], places[1]), target, some)

    w.counted(*outer, turn)


def _sum(w: Scalars, index: list[str], steps: tuple[int, ...] | list[int]) -> str:
    """The sum of these numbers, each times a step."""
    total = "0"
    for i, step in zip(index, steps):
        if i == "0" or not step:
            continue
        term = i if step == 1 else w.let(f"mul i64 {i}, {step}")
        total = term if total == "0" else w.let(f"add i64 {total}, {term}")
    return total
