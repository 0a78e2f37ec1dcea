"""
Quantiles of distributions that have no formula for them: the inverses of distribution functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ..control_flow.loops import fori_loop
from ..tracing import Array
from ..transforms.custom_rules import custom_jvp
from ..transforms.derivatives import jvp, stop_gradient
from .scipy_special import special

INF = float("inf")
np: Any = numpy  # its type stubs know no traced arrays

FARTHEST = {4: (80.0, 50), 8: (700.0, 82)}
"""
By the bytes of an element: the ends of the interval of t, and the halvings until its ends meet.
"""


def quantile(
    share: Callable[..., Array],
    density: Callable[..., Array],
    support: Callable[..., tuple[Any, Any]],
    q: Array,
    shapes: tuple[Array, ...],
    upper: bool,
    fixed: int = 0,
) -> Array:
    """
    The x for which share(x, *shapes) is q. The share rises with x, or falls where it is that of the
    numbers above x (`upper`). The density is the slope of the share, without its sign. The first
    `fixed` shapes have no part in the derivative: the share has no derivative by them, and the
    caller must refuse derivatives by them.
    """

    def solution(q: Array, *shapes: Array) -> Array:
        """
        By halves of an interval of t, for x = low + exp(t), sinh(t), or the like. The first steps
        go out from 0, since formulas of a distribution may fail far away from its middle.
        """
        low, high = (np.broadcast_to(x, q.shape).astype(q.dtype) for x in support(*shapes))
        farthest, halvings = FARTHEST[q.dtype.itemsize]

        def halved(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
            left, right = ends
            t = np.where(right == farthest, 2 * left + 1, (left + right) / 2)
            t = np.where(left == -farthest, 2 * right - 1, t)
            t = np.where((left == -farthest) & (right == farthest), 0.0, t)
            t = np.clip(t, left, right)
            found = share(_place(t, low, high), *shapes)
            is_left = np.where(found == found, (found > q) if upper else (found < q), t < 0)
            return np.where(is_left, t, left), np.where(is_left, right, t)

        start = np.zeros_like(q)
        left, right = fori_loop(0, halvings, halved, (start - farthest, start + farthest))
        x = _place((left + right) / 2, low, high)
        first, last = (high, low) if upper else (low, high)
        return np.where(q == 0, first, np.where(q == 1, last, x))

    return inverse(solution, share, density, upper, fixed)(q, *shapes)


def _from_end(slope: Callable[..., Array], q: Array, given: tuple[Array, ...], fixed: int) -> Array:
    """
    How far a quantile is from an end of the support, for the q of this end: 0. The derivative by q
    is slope(distance, *given), and the second derivatives are those of this equation. The first
    `fixed` of `given` have no derivatives.
    """

    def rate(j: int) -> Callable[..., Array]:
        """The derivative by given[j], which is 0 at the end."""

        @custom_jvp
        def found(q: Array, *given: Array) -> Array:
            return np.zeros_like(q)

        @found.defjvp
        def _rule(primals: Any, tangents: Any) -> Any:
            q, *given = primals
            at = lambda x: slope(np.zeros_like(q), *given[:j], x, *given[j + 1 :])  # noqa: E731
            change = jvp(at, (given[j],), (np.ones_like(given[j]),))[1]
            return np.zeros_like(q), change * tangents[0]

        return found

    rates = {j: rate(j) for j in range(fixed, len(given))}

    @custom_jvp
    def distance(q: Array, *given: Array) -> Array:
        return np.zeros_like(q)

    @distance.defjvp
    def _rule(primals: Any, tangents: Any) -> Any:
        q, *given = primals
        here = distance(q, *given)
        change = slope(here, *given) * tangents[0]
        for j, of in rates.items():
            change = change + of(q, *given) * tangents[1 + j]
        return here, change

    return distance(q, *given)


def with_ends(
    value: Callable[..., Array],
    density: Callable[..., Array],
    support: Callable[..., tuple[Any, Any]],
    q: Array,
    shapes: tuple[Array, ...],
    upper: bool,
) -> Array:
    """
    value(q, *shapes), and for q = 0 and q = 1 the ends of the support, where many formulas have no
    derivatives: their derivatives by the shapes are those of the ends, and that by q is
    1 / density. The parameters are those of `quantile`.
    """
    is_end = (q == 0) | (q == 1)
    inside = value(np.where(is_end, 0.5, q), *shapes)
    first, last = support(*shapes)[::-1] if upper else support(*shapes)
    end = np.where(q == 0, first, last)

    def slope(distance: Array, q: Array, middle: Array, end: Array, *shapes: Array) -> Array:
        """The derivative by q at a distance from the end. Infinite ones have no derivatives."""
        at, *rest = map(stop_gradient, (np.where(np.isfinite(end), end, 0.0), *shapes))
        known = np.where(np.isfinite(end), 1 / density(at, *rest), INF)
        has_slope = ((q == 0) | (q == 1)) & np.isfinite(known) & (known > 0)
        found = density(np.where(has_slope, end + distance, middle), *shapes)
        found = np.where(has_slope, 1 / found, known)
        return np.broadcast_to(-found if upper else found, q.shape).astype(q.dtype)

    given = (stop_gradient(q), stop_gradient(inside), end, *shapes)
    return np.where(is_end, end + _from_end(slope, q, given, 2), inside)


def inverse(
    value: Callable[..., Array],
    share: Callable[..., Array],
    density: Callable[..., Array],
    upper: bool,
    fixed: int = 0,
) -> Callable[..., Array]:
    """
    `value(q, *shapes)`, the x for which share(x, *shapes) is q, with the derivatives of this
    equation instead of those of its formula. The parameters are those of `quantile`.
    """
    solution = custom_jvp(value)

    @solution.defjvp
    def _rule(primals: Any, tangents: Any) -> Any:
        """With share(x, s) = q:  dx = (dq - ∂share/∂s ds) / (∂share/∂x)"""
        (q, *shapes), (dq, *ds) = primals, tangents
        x = solution(q, *shapes)
        kept, moving = shapes[:fixed], tuple(shapes[fixed:])
        if moving:
            dq = dq - jvp(lambda *s: share(x, *kept, *s), moving, tuple(ds[fixed:]))[1]
        return x, (-dq if upper else dq) / density(x, *shapes)

    return solution


def _place(t: Array, low: Array, high: Array) -> Array:
    """The number x between low and high that belongs to t: x rises with t, through all numbers."""
    is_low, is_high = np.isfinite(low), np.isfinite(high)
    first, last = np.where(is_low, low, 0.0), np.where(is_high, high, 0.0)
    one_end = np.where(is_low, first + np.exp(t), last - np.exp(-t))
    between = np.where(t < 0, first + (last - first) * special("expit", t), 0.0)
    between = np.where(t < 0, between, last - (last - first) * special("expit", -t))
    return np.where(is_low & is_high, between, np.where(is_low | is_high, one_end, np.sinh(t)))
