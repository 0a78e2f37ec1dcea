"""Products: `dot_general` and `convolution`, both as einsums."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Any

import numpy

from .. import ops
from ..numpy_functions.elementwise import filled
from ..tracing import Array, constant
from . import convert_moves
from .conversion_table import Call, converts
from .foreign_op import NotConvertible
from .known_values import known_ints

np: Any = numpy  # its type stubs know no traced arrays

LETTERS = string.ascii_letters


def product(spec: str, a: Array, b: Array, dtype: Any) -> Array:
    """
    The einsum of two arrays with sums of the dtype of the result. Narrower operands become as wide
    as the result before the product, so that no product wraps or rounds.
    """
    if a.dtype != dtype:
        a = ops.cast(a, dtype)
    if b.dtype != dtype:
        b = ops.cast(b, dtype)
    if dtype == ops.BOOL:
        counts = [ops.cast(x, ops.INT64) for x in (a, b)]
        return ops.cast(ops.einsum(spec, counts), dtype)
    return np.einsum(spec, a, b) if dtype.kind == "c" else ops.einsum(spec, [a, b])


@converts("stablehlo.dot_general")
def dot_general(call: Call, a: Array, b: Array) -> Array:
    """
    stablehlo.dot_general a, b  →  ten.einsum with a letter for each dimension: batch, a's, b's
    """
    given = call.fields("dot_dimension_numbers")
    batch = [given.get(f"{side}_batching_dimensions", ()) for side in ("lhs", "rhs")]
    inner = [given.get(f"{side}_contracting_dimensions", ()) for side in ("lhs", "rhs")]
    return _dot(a, b, batch, inner, call.dtype())


def _dot(a: Array, b: Array, batch: Any, inner: Any, dtype: Any) -> Array:
    if a.ndim + b.ndim > len(LETTERS):
        raise NotConvertible(f"letgrad has products of {len(LETTERS)} dimensions at most")
    first, second = LETTERS[: a.ndim], list(LETTERS[a.ndim : a.ndim + b.ndim])
    for i, j in (*zip(*batch), *zip(*inner)):
        second[j] = first[i]
    lead = [first[i] for i in batch[0]]
    own = [first[i] for i in range(a.ndim) if i not in batch[0] and i not in inner[0]]
    others = [second[j] for j in range(b.ndim) if j not in batch[1] and j not in inner[1]]
    spec = f"{first},{''.join(second)}->{''.join((*lead, *own, *others))}"
    return product(spec, a, b, dtype)


@converts("stablehlo.dot")
def dot(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.dot a, b  →  ten.einsum over the last dimension of a and the first one of b"""
    return _dot(a, b, ((), ()), ((a.ndim - 1,), (0,)), call.dtype())


@converts("stablehlo.einsum")
def einsum(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.einsum a, b  →  ten.einsum"""
    return product(call.word("einsum_config"), a, b, call.dtype())


def _places(text: str, first: str, second: str) -> tuple[int, int, list[int]]:
    """The positions of two named dimensions, and of the numbered ones in their order."""
    names = [part.strip() for part in text.split(",")]
    spatial = sorted((int(n), k) for k, n in enumerate(names) if n.isdigit())
    return names.index(first), names.index(second), [k for _, k in spatial]


@converts("stablehlo.unary_einsum")
def unary_einsum(call: Call, x: Array) -> Array:
    """stablehlo.unary_einsum x  →  numpy.einsum of one operand"""
    found = np.einsum(call.word("einsum_config"), x)
    return found if found.dtype == call.dtype() else ops.cast(found, call.dtype())


@converts("stablehlo.convolution", "stablehlo.dynamic_conv")
def convolution(call: Call, x: Array, w: Array, *widths: Array) -> Array:
    """
    stablehlo.convolution x, w  →  ten.einsum of the windows of x, which a ten.gather reads, and w
    """
    numbers = re.findall(r"\[([^\[\]]*)\]", str(call.need("dimension_numbers")))
    if len(numbers) < 3:
        raise NotConvertible(f"the dimension numbers are {call.need('dimension_numbers')}")
    batch, feature, space = _places(numbers[0], "b", "f")
    w_in, w_out, w_space = _places(numbers[1], "i", "o")
    y_batch, y_feature, y_space = _places(numbers[2], "b", "f")
    n, dtype = len(space), call.dtype()
    ones = (1,) * n
    strides = call.ints("window_strides", ones)
    padding = call.ints("padding", (0,) * (2 * n))
    if widths:
        padding = known_ints(widths[0], "widths")
    lhs, rhs = call.ints("lhs_dilation", ones), call.ints("rhs_dilation", ones)
    groups = call.int("feature_group_count", 1)
    batch_groups = call.int("batch_group_count", 1)
    turned = [bool(v) for v in call.ints("window_reversal", (0,) * n)]
    x = ops.cast(ops.transpose(x, [batch, feature, *space]), dtype)
    w = ops.cast(ops.transpose(w, [w_out, w_in, *w_space]), dtype)
    w = ops.reverse(w, [2 + k for k in range(n) if turned[k]])
    zero = filled(x, 0)
    zero = constant(0, x.dtype, ()) if x.shape else zero
    low, high = padding[0::2], padding[1::2]
    edges = [(0, 0, *low), (0, 0, *high), (0, 0, *(d - 1 for d in lhs))]
    x = convert_moves.padded(x, zero, *edges)
    windows = _windows(x, w.shape[2:], strides, rhs)
    y = _contract(windows, w, groups, batch_groups, n, dtype)
    order = [0] * (n + 2)
    order[y_batch], order[y_feature] = 0, 1
    for k, place in enumerate(y_space):
        order[place] = 2 + k
    return ops.transpose(y, order)


def _windows(x: Array, sizes: Sequence[int], strides: Any, dilation: Any) -> Array:
    """The windows of x [b f s…], as [b f o… w…]."""
    n = len(sizes)
    spans = [(w - 1) * d + 1 if w else 0 for w, d in zip(sizes, dilation)]
    counts = [
        (s - span) // t + 1 if s >= span and w else 0
        for s, span, t, w in zip(x.shape[2:], spans, strides, sizes)
    ]
    if all(w == 1 for w in sizes):
        limits = [0 if not c else (c - 1) * t + 1 for c, t in zip(counts, strides)]
        y = ops.slice_(
            x,
            [0] * x.ndim,
            [*x.shape[:2], *counts],
            [1, 1, *(t if m else 1 for t, m in zip(strides, limits))],
        )
        return ops.reshape(y, (*y.shape, *sizes))
    front = ops.transpose(x, [*range(2, 2 + n), 0, 1])
    domain = [*counts, *sizes]

    def places(*at: Array) -> list[Array]:
        return [
            at[k] * strides[k] + at[n + k] * dilation[k]
            if dilation[k] != 1 or strides[k] != 1
            else at[k] + at[n + k]
            for k in range(n)
        ]

    read = ops.gather(domain, front, places)
    return ops.transpose(read, [2 * n, 2 * n + 1, *range(2 * n)])


def _contract(x: Array, w: Array, groups: int, batch_groups: int, n: int, dtype: Any) -> Array:
    """The sums over the windows and the features of a group: [b o s…]."""
    space, window = LETTERS[:n], LETTERS[n : 2 * n]
    b, f, o, g = LETTERS[2 * n : 2 * n + 4]
    if groups > 1:
        # Group k of the features meets group k of the kernels.
        x = ops.reshape(x, (x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))
        w = ops.reshape(w, (groups, w.shape[0] // groups, *w.shape[1:]))
        spec = f"{b}{g}{f}{space}{window},{g}{o}{f}{window}->{b}{g}{o}{space}"
        y = product(spec, x, w, dtype)
        return ops.reshape(y, (y.shape[0], y.shape[1] * y.shape[2], *y.shape[3:]))
    if batch_groups > 1:
        # Group k of the batch meets group k of the kernels.
        x = ops.reshape(x, (batch_groups, x.shape[0] // batch_groups, *x.shape[1:]))
        w = ops.reshape(w, (batch_groups, w.shape[0] // batch_groups, *w.shape[1:]))
        spec = f"{g}{b}{f}{space}{window},{g}{o}{f}{window}->{b}{g}{o}{space}"
        y = product(spec, x, w, dtype)
        return ops.reshape(y, (y.shape[0], y.shape[1] * y.shape[2], *y.shape[3:]))
    spec = f"{b}{f}{space}{window},{o}{f}{window}->{b}{o}{space}"
    return product(spec, x, w, dtype)


@converts("chlo.ragged_dot")
def ragged_dot(call: Call, a: Array, b: Array, sizes: Array) -> Array:
    """
    chlo.ragged_dot a, b, sizes  →  ten.einsum for each group, of which the rows of the group
    stay. A row after the last group belongs to none
    """
    dims: Any = call.op
    dims = dims.ragged_dot_dimension_numbers
    batch = dims.lhs_batching_dimensions, dims.rhs_batching_dimensions
    inner = dims.lhs_contracting_dimensions, dims.rhs_contracting_dimensions
    (ragged,), groups = dims.lhs_ragged_dimensions, dims.rhs_group_dimensions
    if ragged in batch[0]:
        return _dot(a, b, batch, inner, call.dtype())
    if sizes.ndim != 1:
        raise NotConvertible("letgrad has groups of the same sizes for the whole batch")
    if a.ndim + b.ndim >= len(LETTERS):
        raise NotConvertible(f"letgrad has products of {len(LETTERS) - 1} dimensions at most")
    first, second = LETTERS[: a.ndim], list(LETTERS[a.ndim : a.ndim + b.ndim])
    for i, j in (*zip(*batch), *zip(*inner)):
        second[j] = first[i]
    group = second[groups[0]] if groups else LETTERS[a.ndim + b.ndim]
    lead = [first[i] for i in batch[0]]
    own = [first[i] for i in range(a.ndim) if i not in batch[0] and i not in inner[0]]
    others = [
        second[j]
        for j in range(b.ndim)
        if j not in batch[1] and j not in inner[1] and j not in groups
    ]
    ends = np.cumsum(ops.cast(sizes, np.dtype(np.int64)))[:, None]
    starts = ends - ops.cast(sizes, np.dtype(np.int64))[:, None]
    row = np.arange(a.shape[ragged])
    mask = (row >= starts) & (row < ends)

    def within(x: Array, letters: str) -> Array:
        """x, and 0 where its row is in another group. A choice, because a row may hold NaN."""
        wide = [n if c in (group, first[ragged]) else 1 for c, n in zip(letters, x.shape)]
        return np.where(np.reshape(mask, wide), x, filled(x, 0))

    if groups:
        spec = "".join((group, *lead, *own, *others))
        y = product(f"{first},{''.join(second)}->{spec}", a, b, call.dtype())
        return ops.sum_(within(y, spec), [0])
    # Groups of a contracted dimension have a product of their own each.
    specs, parts = [], []
    for x, letters in (a, first), (b, "".join(second)):
        specs.append(group + letters)
        x = ops.broadcast_to(x[None], (sizes.shape[0], *x.shape))
        parts.append(within(x, specs[-1]))
    spec = f"{','.join(specs)}->{''.join((group, *lead, *own, *others))}"
    return product(spec, parts[0], parts[1], call.dtype())
