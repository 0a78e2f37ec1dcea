"""
Sums of products through the library: batched matrix products where possible, and otherwise NumPy's
einsum with its path kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from . import integer_products
from .blas import one_thread
from .memory import pool
from .threads import GRAIN, parts, run_parts, thread_count

Array = Any


SPLIT = 1 << 21
"""From this number of multiplications on, two threads pay for a product."""


def multiply(x: Array, y: Array, z: Array) -> None:
    """z = x @ y, in letgrad's own threads."""
    if z.dtype.kind != "f":
        integer_products.multiply(x, y, z)
        return
    *head, m, k = x.shape
    n = y.shape[-1]
    with one_thread:
        if head or m * n * k < SPLIT or max(m, n) < 2 * GRAIN:
            np.matmul(x, y, z)
        elif m >= n:
            run_parts(
                lambda z, a, b: np.matmul(x[a:b], y, z[a:b]),
                [(z, a, b) for a, b in parts(m, thread_count())],
            )
        else:
            run_parts(
                lambda z, a, b: np.matmul(x, y[:, a:b], z[:, a:b]),
                [(z, a, b) for a, b in parts(n, thread_count())],
            )


def compile_einsum(
    spec: str, shapes: Sequence[tuple[int, ...]], dtype: np.dtype
) -> Callable[..., None]:
    """A function that puts `numpy.einsum(spec, …)` of such arrays into its last argument."""
    inputs, output = spec.split("->")
    words = inputs.split(",")
    if not_a_product(spec, dtype) is None:
        if dtype.kind != "f":
            integer_products.prepare(dtype)
        forward, plain = _matrix_product(words, output, shapes, dtype)
        backward, plain_backward = _matrix_product(words[::-1], output, shapes[::-1], dtype)
        if plain_backward and not plain:
            return lambda x, y, z: backward(y, x, z)
        return forward
    operands = [np.empty(shape, dtype) for shape in shapes]
    path = np.einsum_path(spec, *operands, optimize="optimal" if len(words) < 5 else "greedy")[0]

    def general(*arguments: Array) -> None:
        *xs, z = arguments
        np.einsum(spec, *xs, optimize=path, out=z)

    return general


def not_a_product(spec: str, dtype: np.dtype) -> str | None:
    """Why an einsum is no batched product of two matrices; None if it is such a product."""
    inputs, output = spec.split("->")
    words = inputs.split(",")
    if dtype.kind not in "fi":
        return f"there is no such product of {dtype}"
    if len(words) != 2:
        return f"it has {len(words)} operands"
    if any(len(set(w)) < len(w) for w in words):
        return "an operand has one index twice"
    a, b = map(set, words)
    if alone := sorted((a ^ b) - set(output)):
        return f"index {alone[0]} of one operand is summed over"
    if not a & b - set(output):
        return "no index of both operands is summed over"
    return None


def _matrix_product(
    words: Sequence[str], output: str, shapes: Sequence[tuple[int, ...]], dtype: np.dtype
) -> tuple[Callable[[Array, Array, Array], None], bool]:
    """
    einsum  →  (batch, m, k) @ (batch, k, n), with axes moved and joined before, and put in order
    after; and whether the axes are in order already.

    Requires: not `not_a_product`.
    """
    a, b = words
    sizes = dict(zip(a + b, (*shapes[0], *shapes[1])))
    batch = [c for c in a if c in b and c in output]
    inner = [c for c in a if c in b and c not in output]
    left = [c for c in a if c not in b]
    right = [c for c in b if c not in a]

    def total(letters: Sequence[str]) -> int:
        return prod(sizes[c] for c in letters)

    order_a = [a.index(c) for c in (*batch, *left, *inner)]
    order_b = [b.index(c) for c in (*batch, *inner, *right)]
    head = [sizes[c] for c in batch]
    shape_a = (*head, total(left), total(inner))
    shape_b = (*head, total(inner), total(right))
    made = [*batch, *left, *right]
    shape = tuple(sizes[c] for c in made)
    order = [made.index(c) for c in output]
    plain = order == list(range(len(order)))

    shape_z = (*head, total(left), total(right))
    size = prod(shape_z) * dtype.itemsize

    def matrices(x: Array, y: Array, z: Array) -> None:
        x = x.transpose(order_a).reshape(shape_a)
        y = y.transpose(order_b).reshape(shape_b)
        if plain:
            multiply(x, y, z.reshape(shape_z))
            return
        made = pool.empty(shape_z, dtype, size)
        multiply(x, y, made)
        np.copyto(z, made.reshape(shape).transpose(order))

    return matrices, plain
