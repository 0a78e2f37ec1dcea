"""Sums of products through the library: a batched matrix product where it is one, else NumPy's einsum with its path kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from .memory import pool

Array = Any


def compile_einsum(spec: str, shapes: Sequence[tuple[int, ...]], dtype: np.dtype) -> Callable[..., Array]:
    """The function of arrays of these shapes that `numpy.einsum(spec, …)` is."""
    inputs, output = spec.split("->")
    words = inputs.split(",")
    if dtype.kind == "f" and len(words) == 2 and all(len(set(w)) == len(w) for w in words):
        forward = _matrix_product(words, output, shapes, dtype)
        if forward is not None and not forward[1]:
            backward = _matrix_product(words[::-1], output, shapes[::-1], dtype)
            if backward is not None and backward[1]:
                return lambda x, y: backward[0](y, x)
        if forward is not None:
            return forward[0]
    operands = [np.empty(shape, dtype) for shape in shapes]
    path = np.einsum_path(spec, *operands, optimize="optimal" if len(words) < 5 else "greedy")[0]
    return lambda *xs: np.einsum(spec, *xs, optimize=path)


def _matrix_product(
    words: Sequence[str], output: str, shapes: Sequence[tuple[int, ...]], dtype: np.dtype
) -> tuple[Callable[[Array, Array], Array], bool] | None:
    """
    einsum  →  (batch, m, k) @ (batch, k, n), with axes moved and joined before, and put in order
    after; and whether they are in order already.

    Requires: a letter of one operand alone is in the output.
    """
    a, b = words
    sizes = dict(zip(a + b, (*shapes[0], *shapes[1])))
    batch = [c for c in a if c in b and c in output]
    inner = [c for c in a if c in b and c not in output]
    left = [c for c in a if c not in b]
    right = [c for c in b if c not in a]
    if any(c not in output for c in left + right) or not inner:
        return None

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

    def product(x: Array, y: Array) -> Array:
        z = pool.empty(shape_z, dtype, size)
        np.matmul(x.transpose(order_a).reshape(shape_a), y.transpose(order_b).reshape(shape_b), z)
        z = z.reshape(shape)
        return z if plain else np.ascontiguousarray(z.transpose(order))

    return product, plain
