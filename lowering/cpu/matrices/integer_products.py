"""
Matrix products of integers, of which BLAS has none: machine code in blocks.

    c[i, j] = Σ over p of a[i, p] * b[p, j], modulo 2^bits

The code copies a panel of `b`, some vectors wide, so that the panel lies in one piece. The sums of
a tile of `c`, some rows high and as wide as the panel, stay in registers while the code goes down
the panel. Processors multiply no vectors of bytes, so the code multiplies bytes as 16-bit numbers:
the last 8 bits of a sum depend only on the last 8 bits of the operands.
"""

from __future__ import annotations

import ctypes
from math import prod
from typing import Any

import numpy as np

from .. import common_code
from ..instructions import Scalars
from ..machine import common_address
from ..python_objects import address
from ..threads import made_once, parts, run_parts, thread_count

Array = Any

VECTOR = 64
"""Bytes of the widest vectors. For a processor with narrower ones, LLVM makes several of one."""

TILE = 4
"""Rows of a tile: with two vectors a row, its sums take 8 registers."""

DEPTH = 512
"""Rows of a panel, so that the panel stays in a near cache: it takes 64 KB."""

SPLIT = 1 << 19
"""From this number of multiplications on, two threads pay for a product."""


def multiply(x: Array, y: Array, z: Array) -> None:
    """z = x @ y, for arrays (…, m, k), (…, k, n) and (…, m, n) of one type. z is in C's order."""
    *head, m, k = x.shape
    batch, n = prod(head), y.shape[-1]
    entry = _entry(z.dtype)
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    a, b, c = (address(array) for array in (x, y, z))
    size = z.dtype.itemsize
    threads = thread_count() if batch * m * n * k >= SPLIT else 1

    def matrices(_: Any, low: int, high: int) -> None:
        at = a + low * m * k * size, b + low * k * n * size, c + low * m * n * size
        entry(*at, high - low, m, m, n, k)

    def rows(_: Any, low: int, high: int) -> None:
        entry(a + low * k * size, b, c + low * n * size, 1, high - low, m, n, k)

    if threads == 1:
        entry(a, b, c, batch, m, m, n, k)
    elif batch > 1:
        run_parts(matrices, [(None, *ends) for ends in parts(batch, min(threads, batch))])
    else:
        run_parts(rows, [(None, *ends) for ends in parts(m, min(threads, m))])


def products_function(dtype: np.dtype) -> tuple[str, str]:
    """The name of the function of `_entry`, which all programs share, and its declaration."""
    width = 8 * dtype.itemsize
    name = f"{common_code.PREFIX}products.i{width}"
    common_code.share_module(name, _text(width).replace("@products(", f"@{name}("), is_plain=False)
    return name, f"declare void @{name}(ptr, ptr, ptr, i64, i64, i64, i64, i64)"


@made_once
def _entry(dtype: np.dtype) -> Any:
    """
    The function (a, b, c, matrices, rows, height, n, k) of products of this type, without the
    interpreter's lock. It computes the first `rows` of the `height` rows of each matrix.
    """
    address = common_address(products_function(dtype)[0])
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 5)(address)


def prepare(dtype: np.dtype) -> None:
    """Make the machine code for this type now, and not in the first call."""
    _entry(dtype)


def _text(width: int) -> str:
    """The module for integers of so many bits."""
    kind, wide = f"i{width}", f"i{max(width, 16)}"
    lanes = 8 * VECTOR // max(width, 16)
    tiles = "".join(
        _tile(kind, wide, rows, vectors, lanes) for rows in (TILE, 1) for vectors in (2, 1)
    )
    return f"{tiles}{_product(kind, wide, lanes)}{_products(kind)}"


def _at(code: Scalars, kind: str, pointer: str, offset: str) -> str:
    return code.let(f"getelementptr {kind}, ptr {pointer}, i64 {offset}")


def _load(code: Scalars, kind: str, pointer: str, offset: str) -> str:
    return code.let(f"load {kind}, ptr {_at(code, kind, pointer, offset)}")


def _extended(code: Scalars, value: str, kind: str, wide: str) -> str:
    return value if kind == wide else code.let(f"sext {kind} {value} to {wide}")


def _tile(kind: str, wide: str, rows: int, vectors: int, lanes: int) -> str:
    """
    `@tile.<rows>.<vectors>(a, panel, c, depth, stride of a, stride of c, columns)` adds the product
    of some rows of `a` and a panel to the first `columns` of these rows of `c`.
    """
    code, vector = Scalars("", True), f"<{lanes} x {wide}>"
    row, order = (
        f"[{vectors * lanes} x {wide}]",
        [(r, v) for r in range(rows) for v in range(vectors)],
    )
    sums = {(r, v): code.let(f"alloca {vector}, align {VECTOR}") for r, v in order}
    result = code.let(f"alloca [{rows} x {row}], align {VECTOR}")
    for place in sums.values():
        code.put(f"store {vector} zeroinitializer, ptr {place}")

    def step(p: str) -> None:
        at = _at(code, row, "%panel", p)
        columns = []
        for v in range(vectors):
            here = _at(code, vector, at, str(v))
            columns.append(code.let(f"load {vector}, ptr {here}, align {VECTOR}"))
        for r in range(rows):
            place = code.let(f"add i64 {p}, {code.let(f'mul i64 %lda, {r}')}")
            x = _extended(code, _load(code, kind, "%a", place), kind, wide)
            one = code.let(f"insertelement {vector} poison, {wide} {x}, i64 0")
            mask = f"<{lanes} x i32> zeroinitializer"
            all = code.let(f"shufflevector {vector} {one}, {vector} poison, {mask}")
            for v, column in enumerate(columns):
                product = code.let(f"mul {vector} {all}, {column}")
                before = code.let(f"load {vector}, ptr {sums[r, v]}")
                after = code.let(f"add {vector} {before}, {product}")
                code.put(f"store {vector} {after}, ptr {sums[r, v]}")

    code.counted("0", "%depth", step)
    for (r, v), place in sums.items():
        at = _at(code, vector, result, str(r * vectors + v))
        total = code.let(f"load {vector}, ptr {place}")
        code.put(f"store {vector} {total}, ptr {at}, align {VECTOR}")
    for r in range(rows):
        source = _at(code, row, result, str(r))
        first = code.let(f"mul i64 %ldc, {r}")
        target = _at(code, kind, "%c", first)

        def element(j: str, source: str = source, target: str = target) -> None:
            part = _load(code, wide, source, j)
            part = part if kind == wide else code.let(f"trunc {wide} {part} to {kind}")
            at = _at(code, kind, target, j)
            before = code.let(f"load {kind}, ptr {at}")
            code.put(f"store {kind} {code.let(f'add {kind} {before}, {part}')}, ptr {at}")

        code.counted("0", "%columns", element)
    return _function(
        f"internal void @tile.{rows}.{vectors}(ptr noalias %a, ptr noalias %panel, ptr noalias %c, "
        "i64 %depth, i64 %lda, i64 %ldc, i64 %columns)",
        code,
    )


def _product(kind: str, wide: str, lanes: int) -> str:
    """`@product(a, b, c, rows, n, k)`, for one matrix."""
    code = Scalars("", True)
    panel = code.let(f"alloca [{DEPTH * 2 * lanes} x {wide}], align {VECTOR}")

    def at(pointer: str, row: str, stride: str, column: str = "0") -> str:
        place = code.let(f"add i64 {code.let(f'mul i64 {row}, {stride}')}, {column}")
        return _at(code, kind, pointer, place)

    def least(x: str, y: str) -> str:
        return code._call_intrinsic("smin", "i64", [x, y])

    def zero(i: str) -> None:
        code.put(f"store {kind} 0, ptr {_at(code, kind, '%c', i)}")

    def block(q: str) -> None:
        """The products of some columns of `a` with as many rows of `b`."""
        begin = code.let(f"mul i64 {q}, {DEPTH}")
        depth = least(str(DEPTH), code.let(f"sub i64 %k, {begin}"))

        def columns(first: str, count: str, vectors: int) -> None:
            """The columns of `c` below a panel."""
            width = vectors * lanes

            def pack(p: str) -> None:
                source = at("%b", code.let(f"add i64 {begin}, {p}"), "%n", first)
                row = code.let(f"mul i64 {p}, {width}")
                target = _at(code, wide, panel, row)

                def copy(j: str) -> None:
                    x = _extended(code, _load(code, kind, source, j), kind, wide)
                    code.put(f"store {wide} {x}, ptr {_at(code, wide, target, j)}")

                def fill(j: str) -> None:
                    code.put(f"store {wide} 0, ptr {_at(code, wide, target, j)}")

                code.counted("0", count, copy)
                code.counted(count, str(width), fill)

            def tile(rows: int, i: str) -> None:
                given = (
                    f"ptr {at('%a', i, '%k', begin)}, ptr {panel}, ptr {at('%c', i, '%n', first)}"
                )
                code.put(
                    f"call void @tile.{rows}.{vectors}({given}, i64 {depth}, i64 %k, i64 %n, "
                    f"i64 {count})"
                )

            code.counted("0", depth, pack)
            tiles = code.let(f"udiv i64 %rows, {TILE}")
            code.counted("0", tiles, lambda t: tile(TILE, code.let(f"mul i64 {t}, {TILE}")))
            code.counted(code.let(f"mul i64 {tiles}, {TILE}"), "%rows", lambda i: tile(1, i))

        wide_panels = code.let(f"udiv i64 %n, {2 * lanes}")
        done = code.let(f"mul i64 {wide_panels}, {2 * lanes}")
        code.counted(
            "0",
            wide_panels,
            lambda j: columns(code.let(f"mul i64 {j}, {2 * lanes}"), str(2 * lanes), 2),
        )
        left = code.let(f"sub i64 %n, {done}")

        def narrow(j: str) -> None:
            before = code.let(f"mul i64 {j}, {lanes}")
            count = least(str(lanes), code.let(f"sub i64 {left}, {before}"))
            columns(code.let(f"add i64 {done}, {before}"), count, 1)

        up = code.let(f"add i64 {left}, {lanes - 1}")
        code.counted("0", code.let(f"udiv i64 {up}, {lanes}"), narrow)

    code.counted("0", code.let("mul i64 %rows, %n"), zero)
    up = code.let(f"add i64 %k, {DEPTH - 1}")
    code.counted("0", code.let(f"udiv i64 {up}, {DEPTH}"), block)
    return _function(
        "internal void @product(ptr noalias %a, ptr noalias %b, ptr noalias %c, "
        "i64 %rows, i64 %n, i64 %k)",
        code,
    )


def _products(kind: str) -> str:
    """`@products(a, b, c, matrices, rows, height, n, k)`; see `_entry`."""
    code = Scalars("", True)

    def one(i: str) -> None:
        given = []
        for pointer, rows, columns in (
            ("%a", "%height", "%k"),
            ("%b", "%k", "%n"),
            ("%c", "%height", "%n"),
        ):
            size = code.let(f"mul i64 {rows}, {columns}")
            place = code.let(f"mul i64 {i}, {size}")
            given.append(_at(code, kind, pointer, place))
        pointers = ", ".join(f"ptr {p}" for p in given)
        code.put(f"call void @product({pointers}, i64 %rows, i64 %n, i64 %k)")

    code.counted("0", "%matrices", one)
    return _function(
        "void @products(ptr %a, ptr %b, ptr %c, i64 %matrices, i64 %rows, i64 %height, i64 %n, "
        "i64 %k)",
        code,
    )


def _function(head: str, code: Scalars) -> str:
    body = "\n".join([*code.lines, "  ret void"])
    declared = "\n".join(code.declared.values())
    attributes = 'nounwind noinline alignstack(64) "prefer-vector-width"="512"'
    return f"{declared}\ndefine {head} {attributes} {{\nentry:\n{body}\n}}\n"
