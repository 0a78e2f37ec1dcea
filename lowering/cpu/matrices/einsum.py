"""
Sums of products through the library: batched matrix products where possible, and otherwise NumPy's
einsum with its path kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..memory import pool
from ..threads import GRAIN, parts, run_parts, thread_count
from . import integer_products
from .blas import one_thread

Array = Any


SPLIT = 1 << 21
"""From this number of multiplications on, two threads pay for a product."""


LARGE = 1 << 12
"""Multiplications of one product in a batch that is worth one call: a copy is cheaper for less."""


def multiply(x: Array, y: Array, z: Array) -> None:
    """z = x @ y, in letgrad's own threads."""
    if z.dtype.kind != "f":
        integer_products.multiply(x, y, z)
        return
    *_, m, k = x.shape
    *head, _, n = z.shape
    with one_thread:
        if head and head[0] > 1 and z.size * k >= SPLIT:
            run_parts(
                lambda z, a, b: np.matmul(_rows(x, a, b), _rows(y, a, b), z[a:b]),
                [(z, a, b) for a, b in parts(head[0], thread_count())],
            )
        elif head or m * n * k < SPLIT or max(m, n) < 2 * GRAIN:
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


def _rows(x: Array, a: int, b: int) -> Array:
    """Some matrices of a batch, or those of a batch of one, which stand for all."""
    return x if len(x) == 1 else x[a:b]


def compile_einsum(
    spec: str, shapes: Sequence[tuple[int, ...]], dtype: np.dtype
) -> Callable[..., None]:
    """A function that puts `numpy.einsum(spec, …)` of such arrays into its last argument."""
    inputs, output = spec.split("->")
    words = inputs.split(",")
    if not_a_product(spec, dtype) is None:
        if dtype.kind != "f":
            integer_products.prepare(dtype)
        elif dtype.itemsize > 2 and (found := where_they_lie(words, output, shapes)) is not None:
            return found
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


def where_they_lie(
    words: Sequence[str], output: str, shapes: Sequence[tuple[int, ...]]
) -> Callable[[Array, Array, Array], None] | None:
    """
    An einsum as products of matrices that are views of its operands and of its result, for each of
    some first letters of the output, which may be letters of one operand; None if there are none.

        nohw,ncjhw->ocj   a product of (o, hw) and (hw, cj) for each n, and the sum over n
        ocj,nohw->ncjhw   a product of (cj, o) and (o, hw) for each n

    Requires: not `not_a_product`. The sum over the first letters needs an array of all products. It
    is a small part of the operands. If letters of one operand are a batch, each product is large.
    """
    sizes = dict(zip("".join(words), (n for shape in shapes for n in shape)))
    inner = [c for c in words[0] if c in words[1] and c not in output]
    added = "".join(c for c, d in zip(*words) if c == d and c in inner)
    added = added if words[0].startswith(added) and words[1].startswith(added) else ""
    for first in ("", added) if 0 < len(added) < len(inner) else ("",):
        total = first + output
        for depth in range(len(first), len(total)):
            head, rest = total[:depth], total[depth:]
            for k in (0, 1):
                a, b = words[k], words[1 - k]
                rows = "".join(c for c in rest if c in a and c not in b)
                columns = "".join(c for c in rest if c in b and c not in a)
                if rows + columns != rest or not rows or not columns:
                    continue
                deep = "".join(c for c in a if c in inner and c not in first)
                x, y = _view(a, head, (rows, deep), sizes), _view(b, head, (deep, columns), sizes)
                if x is None or y is None:
                    continue
                made = [sizes[c] for c in head] + [
                    prod(sizes[c] for c in group) for group in (rows, columns)
                ]
                work = prod(made[-2:]) * prod(sizes[c] for c in deep)
                if (first or not set(head) <= set(a) & set(b)) and work < LARGE:
                    continue
                if first and prod(made) * 4 > sum(map(prod, shapes)):
                    continue
                return _by_views(k, x, y, made, len(first))
    return None


View = tuple[list[int], list[int]]
"""The order of the axes of an array, and the shape that it gets then."""


def _view(word: str, head: str, groups: tuple[str, str], sizes: dict[str, int]) -> View | None:
    """A batch of matrices in an array with these letters; None if it would be a copy."""
    if any(group not in word for group in groups) or word[-1] in head:
        return None
    kept = [c for c in head if c in word]
    order = [word.index(c) for c in (*kept, *groups[0], *groups[1])]
    batch = [sizes[c] if c in word else 1 for c in head]
    return order, batch + [prod(sizes[c] for c in group) for group in groups]


def _by_views(
    swapped: int, x: View, y: View, made: list[int], added: int
) -> Callable[[Array, Array, Array], None]:
    def run(a: Array, b: Array, z: Array) -> None:
        if swapped:
            a, b = b, a
        left, right = a.transpose(x[0]).reshape(x[1]), b.transpose(y[0]).reshape(y[1])
        if not added:
            multiply(left, right, z.reshape(made))
            return
        size = prod(made) * z.dtype.itemsize
        products = pool.empty(tuple(made), z.dtype, size)
        multiply(left, right, products)
        np.sum(products, axis=tuple(range(added)), out=z.reshape(made[added:]))

    return run


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
