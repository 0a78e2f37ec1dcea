"""
NumPy's functions that need an order of the elements: sorting, searching, order statistics, and
running products.

The op `ten.argsort` has the positions that sort. Positions have no derivative. A gather takes the
sorted values from their places, so sorted values have the derivative of this gather. A network of
compare-and-exchange steps, in one loop, sorts short rows, because it sorts all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...dialects import ten
from .. import ops, tracing
from ..control_flow.loops import fold, scan
from ..numpy_functions.elementwise import filled
from ..numpy_functions.products import promoted
from ..numpy_functions.reductions import cumulative, sum_dtype, without_nan
from ..numpy_functions.registration import implements
from ..ops import BOOL, INT64, emit, lift, use
from ..tracing import Array, constant
from ..transforms.derivatives import stop_gradient
from ..user_code import as_python, located

np: Any = numpy  # its type stubs know no traced arrays


# Sorting.


def _before(a: Any, b: Any) -> Any:
    """a < b, with NaN as the greatest element, as NumPy sorts."""
    if a.dtype.kind == "c":
        (x, y), (u, v) = ops.parts(a), ops.parts(b)
        same = (x == u) | (np.isnan(x) & np.isnan(u))
        # A number whose imaginary part is missing is after all others with a real part.
        later, earlier = np.isnan(y) & ~np.isnan(v), ~np.isnan(y) & np.isnan(v)
        by_real = np.where(x < u, ~later, np.where(x > u, earlier, ~np.isnan(x) & np.isnan(u)))
        return np.where(same, (y < v) | earlier, by_real)
    return ~(b <= a) & (a == a) if a.dtype.kind not in "iub" else a < b


SHORT = 16
"""The longest rows that the network sorts faster than a call for each of them."""


def _positions(x: Array) -> Array:
    """The positions that sort the last dimension; equal elements stay in order."""
    if x.dtype.kind == "c" or 1 < x.shape[-1] <= SHORT < x.size:
        return _by_network(x)
    keys = stop_gradient(x)
    if x.dtype.kind == "u":  # the op compares signed integers
        signed = np.dtype(f"i{x.dtype.itemsize}")
        keys = (keys ^ x.dtype.type(1 << (8 * x.dtype.itemsize - 1))).astype(signed)
    return emit(ten.ArgsortOp, use(keys), x.ndim - 1)


def _by_network(x: Array) -> Array:
    """The same for complex numbers too, which are in the order of their real parts first."""
    keys = stop_gradient(ops.cast(x, np.dtype(np.int8)) if x.dtype == BOOL else x)
    return network([keys], lambda a, b: _before(a[0], b[0]))


def network(keys: Sequence[Array], before: Callable[..., Any]) -> Array:
    """
    The positions that sort the last dimension of arrays of one shape, by `before` of two lists of
    elements; elements of which none is before the other stay in order.

    Batcher's bitonic network: for blocks of 2, 4, 8, … in ascending order, exchange with the
    partner whose position differs in one bit, from the highest bit to the lowest. Positions order
    equal elements, so that each pair has an order. The elements that fill the row up to a power of
    two come last.

    Cost: O(n log² n) for n elements, in log n (log n + 1) / 2 steps of one loop.
    """
    sizes = keys[0].shape
    n = sizes[-1]
    bits = max(n - 1, 0).bit_length()
    low, high = [0] * len(sizes), [0] * (len(sizes) - 1) + [2**bits - n]
    rows = [ops.pad(key, low, high) for key in keys]
    at = np.broadcast_to(ops.iota((2**bits,), 0), rows[0].shape)
    place = np.arange(2**bits)
    stages = [(2**k, 2**j) for k in range(1, bits + 1) for j in reversed(range(k))]

    def step(carry: Any, stage: Any) -> Any:
        *mine, at = carry
        block, distance = stage[0], stage[1]
        partner = lift(place) ^ distance
        *others, other_at = (_read(x, partner) for x in carry)
        known = (at < n) & (other_at < n)
        less = before(mine, others) | (~before(others, mine) & (at < other_at))
        less = np.where(known, less, at < other_at)
        keep = less == (((place & distance) == 0) == ((place & block) == 0))
        pairs = zip((*mine, at), (*others, other_at), strict=True)
        return tuple(np.where(keep, x, y) for x, y in pairs)

    *_, at = fold(step, (*rows, at), np.array(stages, np.int64).reshape(-1, 2))
    return ops.part(at, len(sizes) - 1, 0, n)


def _read(x: Array, places: Array) -> Array:
    """x[..., places], for places that are not negative."""
    front = ops.transpose(x, [x.ndim - 1, *range(x.ndim - 1)])
    read = ops.gather([x.shape[-1]], front, lambda i: [ops.index(places, [i])])
    return ops.transpose(read, [*range(1, x.ndim), 0])


def _along(x: Array, axis: Any) -> tuple[Array, int]:
    """The array to sort and its dimension; all elements in a row for the axis None."""
    if axis is None:
        return ops.reshape(x, (x.size,)), 0
    return x, ops.axis(axis, x.ndim)


@implements("argsort")
def argsort(a, axis=-1, kind=None, stable=None):
    """Equal elements stay in order, whatever the kind; NaN is last."""
    x = lift(a)
    x, d = _along(x if x.ndim else ops.reshape(x, (1,)), axis)
    return np.moveaxis(_positions(np.moveaxis(x, d, -1)), -1, d)


@implements("sort")
def sort(a, axis=-1, kind=None, stable=None):
    """Equal elements stay in order, whatever the kind; NaN is last."""
    x, d = _along(lift(a), axis)
    x = np.moveaxis(x, d, -1)
    return np.moveaxis(np.take_along_axis(x, _positions(x), -1), -1, d)


@implements("partition")
def partition(a, kth, axis=-1, kind=None):
    """Sorted: each element is in its place, and not only the one at kth."""
    _check_kth(lift(a), kth, axis)
    return np.sort(a, axis=axis)


@implements("argpartition")
def argpartition(a, kth, axis=-1, kind=None):
    """The positions that sort."""
    _check_kth(lift(a), kth, axis)
    return np.argsort(a, axis=axis)


def _check_kth(x: Array, kth: Any, axis: Any) -> None:
    n = x.size if axis is None else x.shape[ops.axis(axis, x.ndim)]
    if isinstance(kth, Array):
        raise located(TypeError, "kth of numpy.partition must be known")
    for k in np.atleast_1d(kth).tolist():
        if not -n <= k < n:
            raise located(ValueError, f"kth(={k}) out of bounds ({n})")


@implements("lexsort")
def lexsort(keys, axis=-1):
    """By the last key; where its elements are equal, by the key before it, and so on."""
    parts = list(keys) if not isinstance(keys, Array) else [keys[k] for k in range(len(keys))]
    if not parts:
        raise as_python(TypeError, "need sequence of keys with len > 0 in lexsort")
    rows = [lift(part) for part in parts]
    d = ops.axis(axis, rows[0].ndim)
    order = np.argsort(rows[0], axis=d)
    for row in rows[1:]:
        order = np.take_along_axis(order, np.argsort(np.take_along_axis(row, order, d), axis=d), d)
    return order


# Searching in sorted vectors.


@implements("searchsorted")
def searchsorted(a, v, side="left", sorter=None):
    """By bisection."""
    if side not in ("left", "right"):
        raise located(ValueError, f"side must be one of 'left' or 'right' (got {side!r})")
    a, v = promoted(a, v)
    if a.ndim != 1:
        raise located(ValueError, f"numpy.searchsorted searches in a vector, not in {a!r}")
    if a.dtype == BOOL:
        a, v = ops.cast(a, np.dtype(np.int8)), ops.cast(v, np.dtype(np.int8))
    a, v = stop_gradient(a if sorter is None else np.take(a, sorter)), stop_gradient(v)
    n = a.shape[0]

    def step(count: Array, size: Array) -> Array:
        """
        With the first `count` elements known to be in front: are `size` more? The answer is one of
        count ... count + 2 size - 1, so that the last of these elements is there. The minimum
        changes nothing. By it the analysis of indices knows that the reads are inside.
        """
        more = np.minimum(count + size, n)
        last = a[more - 1]
        return np.where(_before(last, v) if side == "left" else ~_before(v, last), more, count)

    # Of n + 1 answers, the first step leaves a power of 2.
    half = 1 << max(n.bit_length() - 1, 0)
    sizes = numpy.array([n + 1 - half, *(half >> k for k in range(1, n.bit_length()))])
    return fold(step, constant(0, INT64, v.shape), sizes) if n else constant(0, INT64, v.shape)


@implements("digitize")
def digitize(x, bins, right=False):
    """Bins go up; constant ones may go down."""
    side = "left" if right else "right"
    if lift(x).dtype.kind == "c":
        raise as_python(TypeError, "x may not be complex")
    if not isinstance(bins, Array):
        bins = np.asarray(bins)
        if (bins[1:] < bins[:-1]).any():
            if (bins[1:] > bins[:-1]).any():
                raise located(ValueError, "bins must be monotonically increasing or decreasing")
            return len(bins) - np.searchsorted(lift(bins[::-1]), x, side)
    return np.searchsorted(lift(bins), x, side)


@implements("interp")
def interp(x, xp, fp, left=None, right=None, period=None):
    """At a point of xp, the derivative is the slope to its right."""
    x, xp = (ops.cast(lift(y), np.dtype(np.float64)) for y in (x, xp))
    fp = lift(fp)
    fp = ops.cast(fp, np.dtype(np.complex128 if fp.dtype.kind == "c" else np.float64))
    n = xp.size
    if period is not None and n and fp.shape == xp.shape == (n,):
        # The points in one period, in order, and one before and after them.
        period, left, right = abs(lift(period)), None, None
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
        n += 2
    if xp.ndim != 1 or fp.shape != xp.shape:
        raise located(ValueError, "fp and xp are not of the same length.")
    if n == 0:
        raise located(ValueError, "array of sample points is empty")
    if n > 1:
        k = np.clip(np.searchsorted(xp, x, "right") - 1, 0, n - 2)
        x0, y0 = xp[k], fp[k]
        inside = y0 + (fp[k + 1] - y0) / (xp[k + 1] - x0) * (x - x0)
    else:
        inside = fp[0] + 0.0 * x
    below = fp[0] if left is None else left
    above = fp[n - 1] if right is None else right
    return np.where(x < xp[0], below, np.where(x > xp[n - 1], above, inside))


# Order statistics.

_SHIFTS: dict[str, tuple[float, float]] = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
"""
Methods with Hyndman and Fan's places: α and β of the place n q + α + q (1 - α - β) - 1.
Source: R. J. Hyndman, Y. Fan: Sample quantiles in statistical packages, 1996.
"""


def _odd_of_two(place: Any) -> Any:
    """The next position above the place; of a place that is a position, the odd one."""
    low = np.floor(place)
    return np.where((place == low) & (low % 2 == 1), low, low + 1)


_POSITIONS: dict[str, Any] = {
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.rint,
    "inverted_cdf": np.ceil,
    "closest_observation": _odd_of_two,
}
"""Methods that take the element at one whole position."""

_WEIGHTS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda t: t,
    "midpoint": lambda t: np.where(t > 0, 0.5, 0.0),  # no slope where t is 0
    "averaged_inverted_cdf": lambda t: np.where(t > 0, 1.0, 0.5),
    **dict.fromkeys(_SHIFTS, lambda t: t),
}
"""Methods that join two neighbours: the weight of the upper one at the place 0 ≤ t < 1 between."""


def _place(q: Any, n: Any, method: str) -> Any:
    """
    The place of a share q among n sorted elements, which are at 0 … n - 1. The place may be before
    the first element or behind the last.
    """
    if method in _SHIFTS:
        alpha, beta = _SHIFTS[method]
        return n * q + (alpha + q * (1 - alpha - beta)) - 1
    if method in ("inverted_cdf", "averaged_inverted_cdf"):
        return n * q - 1
    return n * q - 1.5 if method == "closest_observation" else q * (n - 1)


def _checked(name: str, x: Array, q: Any, method: str) -> Any:
    """q, as an array. Errors: as NumPy's, for x, q and the method."""
    if x.dtype.kind == "c":
        raise located(TypeError, f"numpy.{name} takes real numbers, not {x!r}")
    if method not in (*_POSITIONS, *_WEIGHTS):
        known = ", ".join((*_WEIGHTS, *_POSITIONS))
        raise located(ValueError, f"numpy.{name} of traced arrays supports the methods {known}")
    if x.dtype == BOOL and method not in _POSITIONS:
        raise as_python(TypeError, f"numpy.{name} with the method {method!r} takes no {x!r}")
    if isinstance(q, Array):
        return q
    q = np.asarray(q)
    q = q if q.dtype.kind == "f" else q.astype(np.float64)
    if not ((q >= 0) & (q <= 1)).all():
        what = name.removeprefix("nan")
        ends = "[0, 100]" if what == "percentile" else "[0, 1]"
        raise located(ValueError, f"{what.capitalize()}s must be in the range {ends}")
    return q


def _quantile(name: str, a: Any, q: Any, axis: Any, method: str, keepdims: Any) -> Array:
    x = lift(a)
    is_weak = tracing.is_weak(q)
    q = _checked(name, x, q, method)
    rows = _ordered(name, x, axis)
    result = _or_nan(rows, _at(rows, _place(q, rows.shape[0], method), method, is_weak))
    return _with_dims(result, np.shape(q), x, axis, keepdims)


def _ordered(name: str, x: Array, axis: Any) -> Array:
    """The elements over some dimensions, sorted along the first dimension of the result."""
    dims = ops.axes(axis, x.ndim)
    rest = [d for d in range(x.ndim) if d not in dims]
    n = ops.count(x, dims)
    if not n and "median" not in name:
        raise located(ValueError, f"numpy.{name} needs at least one element")
    rows = ops.reshape(ops.transpose(x, [*rest, *dims]), [*(x.shape[d] for d in rest), n])
    return np.moveaxis(np.sort(rows), -1, 0)


def _or_nan(rows: Array, result: Array) -> Array:
    """The result, or NaN for a row that contains NaN. NaN is the last in the order."""
    last = rows[rows.shape[0] - 1]
    return result if rows.dtype.kind in "iub" else np.where(np.isnan(last), last, result)


def _with_dims(result: Array, lead: tuple[int, ...], x: Array, axis: Any, keepdims: Any) -> Array:
    """The result; if `keepdims` is true, the reduced dimensions stay with size 1."""
    if not keepdims or keepdims is np._NoValue:
        return result
    dims = ops.axes(axis, x.ndim)
    return ops.reshape(result, [*lead, *(1 if d in dims else m for d, m in enumerate(x.shape))])


def _below(place: Any, last: Any, method: str) -> Any:
    """
    The position at the place, or below it. No share leads behind the last position. So the slope by
    a traced share at this position is that of the elements in front of it.
    """
    low = np.floor(place)
    has_slope = isinstance(place, Array) and method in ("linear", *_SHIFTS)
    return np.where(place == last, low - 1, low) if has_slope else low


def _gap(below: Array, above: Array, t: Any) -> Array:
    """
    How far the upper neighbours are from the lower ones. At the last position (t = 1) an infinite
    lower one does not count, as in NumPy, where the last element is its own neighbour there.
    """
    gap = above - below
    if not isinstance(t, Array):
        return gap
    return np.where((t == 1) & ~np.isfinite(gap), above - above, gap)  # type: ignore[return-value]


def _at(rows: Array, place: Any, method: str, is_weak: bool) -> Array:
    """The values at the places. A place may be between two rows."""
    last = rows.shape[0] - 1
    if method in _POSITIONS:
        return rows[np.clip(_POSITIONS[method](place), 0, last).astype(np.int64)]
    low = _below(place, last, method)
    t = _WEIGHTS[method](place - low)
    low = low.astype(np.int64)
    below, above = rows[np.clip(low, 0, last)], rows[np.clip(low + 1, 0, last)]
    t = float(t) if is_weak else np.reshape(t, (*np.shape(t), *[1] * (rows.ndim - 1)))
    gap = _gap(below, above, t)
    if is_weak:
        near, far = ops.scalar(t, gap.dtype), ops.scalar(1 - t, gap.dtype)
        return above - gap * far if t >= 0.5 else below + gap * near
    return np.where(t >= 0.5, above - gap * (1 - t), below + gap * t)


@implements("quantile")
def quantile(a, q, axis=None, method="linear", keepdims=False, weights=None):
    """All methods of NumPy; with weights, the method 'inverted_cdf', as NumPy."""
    if weights is not None:
        return _weighted_quantile("quantile", a, q, axis, method, keepdims, weights)
    if type(q) is int and method == "linear":
        method = "lower"  # the least or the greatest, where no infinite neighbour takes part
    return _quantile("quantile", a, q, axis, method, keepdims)


@implements("percentile")
def percentile(a, q, axis=None, method="linear", keepdims=False, weights=None):
    """The methods are those of `quantile`."""
    q = q / 100 if tracing.is_weak(q) else np.true_divide(q, 100)
    if weights is not None:
        return _weighted_quantile("percentile", a, q, axis, method, keepdims, weights)
    return _quantile("percentile", a, q, axis, method, keepdims)


def _weighted_quantile(
    name: str, a: Any, q: Any, axis: Any, method: str, keepdims: Any, weights: Any
) -> Array:
    """The first element, in order, up to which the share of the weights is at least q."""
    x = lift(a)
    if method != "inverted_cdf":
        raise located(ValueError, f"Only method 'inverted_cdf' supports weights. Got: {method}.")
    dims = ops.axes(axis, x.ndim)
    w = lift(weights)
    if w.shape != x.shape:
        if axis is None or w.shape != tuple(x.shape[d] for d in dims):
            raise located(
                ValueError, f"weights of shape {w.shape} do not fit an array of shape {x.shape} "
                f"and axis {axis}"
            )  # fmt: skip
        w = ops.transpose(w, np.argsort(dims).tolist())
        w = ops.reshape(w, [n if d in dims else 1 for d, n in enumerate(x.shape)])
    w = ops.broadcast_to(ops.cast(w, np.dtype(np.float64)), x.shape)
    q = _checked(name, x, q, method)
    rest = [d for d in range(x.ndim) if d not in dims]
    shape = [*(x.shape[d] for d in rest), ops.count(x, dims)]
    rows, w = (
        np.moveaxis(ops.reshape(ops.transpose(y, [*rest, *dims]), shape), -1, 0) for y in (x, w)
    )
    order = np.argsort(rows, axis=0, kind="stable")
    rows = np.take_along_axis(rows, order, axis=0)
    shares = np.cumsum(np.take_along_axis(w, order, axis=0), axis=0)
    shares = stop_gradient(shares / shares[-1])
    # An element of weight 0 in front of all others is no quantile.
    shares = np.where(shares == 0, -1.0, shares)
    lead = np.shape(q)
    wanted = np.reshape(q, (-1, *[1] * rows.ndim))
    places = np.minimum(np.sum(shares < wanted, axis=1), rows.shape[0] - 1)
    result = np.reshape(np.take_along_axis(rows, places, axis=0), (*lead, *rows.shape[1:]))
    return _with_dims(_or_nan(rows, result), lead, x, axis, keepdims)


@implements("median")
def median(a, axis=None, keepdims=False):
    """Of an even number of elements, the mean of the two in the middle."""
    x = lift(a)
    rows = _ordered("median", x, axis)
    n = rows.shape[0]
    if not n:
        return np.mean(x, axis=axis, keepdims=keepdims)  # NaN, as the mean of nothing
    middle = np.mean(rows[(n - 1) // 2 : n // 2 + 1], axis=0)
    return _with_dims(_or_nan(rows, middle), (), x, axis, keepdims)


@implements("nanmedian")
def nanmedian(a, axis=None, keepdims=False):
    """Of an even number of elements, the mean of the two in the middle; NaN of none."""
    x = lift(a)
    if not ops.count(x, ops.axes(axis, x.ndim)):
        return np.mean(x, axis=axis, keepdims=keepdims)
    rows, count = _present("nanmedian", x, axis)
    low, high = (np.maximum(count - 1, 0) // 2, count // 2)
    low, high = (np.take_along_axis(rows, k[None], 0)[0] for k in (low, np.minimum(high, count)))
    middle = np.where(count > 0, np.mean(np.stack([low, high]), axis=0), np.nan)
    kind = np.mean(np.zeros(1, x.dtype)).dtype
    return _with_dims(ops.cast(lift(middle), kind), (), x, axis, keepdims)


def _present(name: str, x: Array, axis: Any) -> tuple[Array, Array]:
    """The sorted rows, with NaN last and counted as 0, and how many elements are no NaN."""
    rows = _ordered(name, x, axis)
    there = ~np.isnan(rows)
    return np.where(there, rows, 0), np.sum(there, axis=0)


@implements("nanquantile")
def nanquantile(a, q, axis=None, method="linear", keepdims=False):
    """
    All methods of NumPy, without weights.

    The result for an array without elements has the shape of one quantile, as in NumPy, also for
    several `q`.
    """
    return _nan_quantile("nanquantile", a, q, axis, method, keepdims)


@implements("nanpercentile")
def nanpercentile(a, q, axis=None, method="linear", keepdims=False):
    """The methods are those of `nanquantile`."""
    q = q / 100 if tracing.is_weak(q) else np.true_divide(q, 100)
    return _nan_quantile("nanpercentile", a, q, axis, method, keepdims)


def _nan_quantile(name: str, a: Any, q: Any, axis: Any, method: str, keepdims: Any) -> Array:
    """The quantiles of the elements that are no NaN; NaN of none."""
    x = lift(a)
    is_weak = tracing.is_weak(q)
    q = _checked(name, x, q, method)
    if not x.size:
        return np.mean(x, axis=axis, keepdims=keepdims)  # NaN, as the mean of nothing
    rows, count = _present(name, x, axis)
    last = np.maximum(count - 1, 0)
    place = _place(np.reshape(q, (*np.shape(q), *[1] * count.ndim)), last + 1, method)
    if method in _POSITIONS:
        found = _along_first(rows, np.clip(lift(_POSITIONS[method](place)), 0, last))
    else:
        low = _below(place, last, method)
        t = _WEIGHTS[method](place - low)
        if is_weak and x.dtype.kind not in "iub":
            t = t.astype(x.dtype)
        below = _along_first(rows, np.clip(low, 0, last))
        above = _along_first(rows, np.clip(low + 1, 0, last))
        gap = _gap(below, above, t)
        found = np.where(t >= 0.5, above - gap * (1 - t), below + gap * t)
    found = lift(found)
    if found.dtype.kind not in "iub":
        found = np.where(count > 0, found, filled(found, np.nan))
    return _with_dims(found, np.shape(q), x, axis, keepdims)


def _along_first(rows: Array, places: Any) -> Array:
    """rows[places] for each column; the places have more dimensions in front."""
    places = places.astype(np.int64)
    lead = places.shape[: places.ndim - (rows.ndim - 1)]
    flat = np.reshape(places, (-1 if places.size else 0, *places.shape[len(lead) :]))
    return np.reshape(np.take_along_axis(rows, flat, 0), places.shape)


# Running values.


def _running(kind: Any, x: Array, axis: Any) -> Array:
    """A loop over the dimension: r[0] = x[0], r[k] = kind(r[k - 1], x[k])."""
    x, d = _along(x if x.ndim else ops.reshape(x, (1,)), axis)
    if not x.size:
        return x
    rows = np.moveaxis(x, d, 0)

    def step(carry: Array, row: Array) -> tuple[Array, Array]:
        result = kind(carry, row)
        return result, result

    _, rest = scan(step, rows[0], rows[1:])
    return np.moveaxis(np.concatenate([rows[:1], rest]), 0, d)


@implements("cumprod")
def cumprod(a, axis=None, dtype=None):
    """A loop. Its derivative divides by nothing, so a zero is a factor like others."""
    x = lift(a)
    return _running(np.multiply, ops.cast(x, sum_dtype(x, dtype)), axis)


@implements("cumulative_prod")
def cumulative_prod(x, axis=None, dtype=None, include_initial=False):
    """The same loop as `cumprod`."""
    return cumulative(np.cumprod, 1, x, axis, dtype, include_initial)


@implements("nancumprod")
def nancumprod(a, axis=None, dtype=None):
    return np.cumprod(without_nan(a, 1), axis=axis, dtype=dtype)


def accumulate(kind: numpy.ufunc, array: Any, axis: Any = 0) -> Array:
    """`kind.accumulate`, of a ufunc that keeps the dtype: a loop."""
    return _running(kind, _of_its_kind(kind, "accumulate", array), axis)


def reduce(kind: numpy.ufunc, array: Any, axis: Any = 0, keepdims: bool = False) -> Array:
    """`kind.reduce` over one dimension, of a ufunc that keeps the dtype: a loop."""
    x = _of_its_kind(kind, "reduce", array)
    d = ops.axis(axis, x.ndim)
    rows = np.moveaxis(x, d, 0)
    if rows.shape[0]:
        result = fold(kind, rows[0], rows[1:])
    elif kind.identity is not None:
        result = ops.broadcast_to(lift(kind.identity, x.dtype), rows.shape[1:])
    else:
        raise located(
            ValueError,
            f"zero-size array to reduction operation {kind.__name__} which has no identity",
        )
    return ops.expand(result, [d]) if keepdims else result


def _of_its_kind(kind: numpy.ufunc, method: str, array: Any) -> Array:
    """
    The array, with the dtype that `kind` takes and gives.

    Errors: `TypeError` if `kind` takes and gives more than one dtype.
    """
    x = lift(array)
    try:
        kinds = set(kind.resolve_dtypes((x.dtype, x.dtype, None)))
    except TypeError:
        kinds = set()
    if not x.ndim or len(kinds) != 1:
        raise located(
            TypeError,
            f"numpy.{kind.__name__}.{method} is not supported on a {x!r}",
        )
    return ops.cast(x, kinds.pop())
