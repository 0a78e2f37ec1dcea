"""
Initial value problems: `odeint`.

A loop takes the steps of Dormand and Prince's method of order 5. The errors of the steps choose
their sizes at run time.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .. import ops, pytree, tracing
from ..api import here
from ..control_flow.loops import scan, while_loop
from ..traced_functions import Spec, Traced, function_name, inline, refuse_writes, trace_function
from ..tracing import Array
from ..transforms.custom_rules import custom_vjp
from ..transforms.derivatives import stop_gradient, vjp
from ..user_code import located
from .implicit import as_capture
from .packing import Packing, is_inexact, precision

np: Any = numpy  # its type stubs know no traced arrays

__all__ = ["odeint"]

# Dormand and Prince's method of order 5: the places of the stages, their weights, the weights of
# the result, their difference from the weights of order 4, and the weights of the solution between
# the ends of a step.
PLACES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0)
STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
)
RESULT = (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)
ERROR = (
    71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40,
)  # fmt: skip
BETWEEN = (
    -12715105075 / 11282082432, 0.0, 87487479700 / 32700410799, -10690763975 / 1880347072,
    701980252875 / 199316789632, -1453857185 / 822651844, 69997945 / 29380423,
)  # fmt: skip

KEPT = 40
"""About how many arrays of the size of y the derivative of one step keeps."""
ROOM = 1 << 26
"""The bytes up to which reverse mode keeps what all steps need. It takes more steps again."""

Slope = Callable[[Array, Array], Array]
"""f(y, t), the derivative of y."""


def weighted(weights: Sequence[float], slopes: Sequence[Array]) -> Array:
    """Σ weights[k] slopes[k]"""
    first, *rest = (w * k for w, k in zip(weights, slopes) if w)
    return functools.reduce(operator.add, rest, first)


def step(f: Slope, t: Array, y: Array, first: Array, h: Array) -> tuple[Array, list[Array]]:
    """The y after a step of size h, and the slopes of the stages. `first` is the slope at t."""
    slopes = [first]
    small = ops.cast(h, y.dtype)
    for place, weights in zip(PLACES[1:], STAGES[1:]):
        slopes.append(f(y + small * weighted(weights, slopes), t + place * h))
    y = y + small * weighted(RESULT, slopes)
    slopes.append(f(y, t + h))
    return y, slopes


def excess(error: Array, y: Array, found: Array, rtol: float, atol: float) -> Array:
    """
    How often the error of a step is as large as it may be. The choice of the steps has no
    derivative, because the solution does not depend on it.
    """
    bound = atol + rtol * np.maximum(abs(y), abs(found))
    return stop_gradient(_norm(error / bound))


def _norm(x: Array) -> Array:
    return np.sqrt(np.sum(np.square(x)) / max(int(numpy.prod(x.shape)), 1))


def growth(ratio: Array) -> Array:
    """The factor of the next step's size."""
    return np.clip(0.9 * np.maximum(ratio, 1e-10) ** -0.2, 0.2, 5.0)


@here
def odeint(
    f: Callable[..., Any],
    y0: Any,
    ts: Any,
    *params: Any,
    rtol: float | None = None,
    atol: float | None = None,
    max_steps: int = 4096,
    adjoint: bool = False,
) -> Any:
    """
    The solution of dy/dt = f(y, t, *params) with y(ts[0]) = y0 at the times ts, by Dormand and
    Prince's method of order 5. The first dimension of the result numbers the times.

    y0 is an array or a container of arrays, and f gives the same structure. The times increase or
    decrease. The errors choose the sizes of the steps: the error of a step is at most
    atol + rtol |y|, as a mean over the elements. By default, both are 1.5e-8, or 50 ε if this is
    more, and ε is the precision of the elements. A polynomial gives the solution between the ends
    of a step. The result is NaN from the first time on that needs more than `max_steps` steps from
    the time before.

    The derivatives run through the loop of the steps, for which reverse mode keeps the states of
    some steps. With `adjoint`, reverse mode solves the adjoint equation backwards in time instead,
    and keeps nothing but the result. Its gradients are as exact as its steps. An equation of
    diffusion is unstable backwards, so its gradient may be NaN. Forward mode is an error.
    Errors: `TypeError` if f gives another structure; `ValueError` for times that are no vector, or
            for limits that are no positive numbers.

    Example:

        >>> decay = lambda a: lg.odeint(lambda y, t, a: -a * y, 1.0, np.array([0.0, 1.0]), a)[-1]
        >>> print(round(float(decay(2.0)), 6), round(float(lg.grad(decay)(2.0)), 6))
        0.135335 -0.135335
    """
    problem = Motion(f, y0, ts, tuple(map(as_capture, params)))
    eps = precision(problem.packing.dtype)
    usual = max(1.49012e-8, 50 * eps)
    # Below this, rounding errors decide, and the steps would never be small enough.
    rtol = max(_tolerance("rtol", rtol, usual), 10 * eps)
    atol = _tolerance("atol", atol, usual)
    if type(max_steps) is bool or not isinstance(max_steps, int | numpy.integer) or max_steps < 1:
        raise located(
            ValueError, f"max_steps of lg.odeint must be a positive integer, not {max_steps!r}"
        )
    if problem.ts.shape[0] < 2 or not problem.packing.size:
        count = problem.ts.shape[0]
        start = problem.packing.packed(problem.given)
        ys = ops.broadcast_to(start, (count, *start.shape))
    elif adjoint:
        ys = _by_adjoint(problem, rtol, atol, max_steps)
    else:
        start = problem.packing.packed(problem.given)
        ys = solved(problem.slope(problem.captures), start, problem.ts, rtol, atol, max_steps)
    return problem.packing.rows(ys, 1)


def _tolerance(name: str, given: Any, usual: float) -> float:
    if given is None:
        return usual
    if isinstance(given, Array) or not isinstance(given, int | float | numpy.number):
        raise located(TypeError, f"{name} of lg.odeint must be a number, not {given!r}")
    if not given >= 0:
        raise located(ValueError, f"{name} of lg.odeint must not be negative: {given}")
    return float(given)


class Motion:
    """A differential equation, with its function traced as a function of one real array and t."""

    def __init__(self, f: Callable[..., Any], y0: Any, ts: Any, params: Sequence[Any]):
        self.f, self.params = f, params
        leaves, tree = pytree.flatten(y0)
        values = [
            ops.lift(leaf, float)
            if tracing.is_weak(leaf) and not isinstance(leaf, complex)
            else ops.lift(leaf)
            for leaf in leaves
        ]
        self.given = [x if is_inexact(x.dtype) else ops.cast(x, numpy.dtype(float)) for x in values]
        self.packing = Packing(tree, self.given)
        if precision(self.packing.dtype) > 1e-6:
            # The weights of the method have more digits than the 16-bit types.
            self.packing.dtype = numpy.dtype(numpy.float32)
        times = ops.lift(ts)
        if len(times.shape) != 1:
            raise located(
                ValueError, f"lg.odeint takes a vector of times, not an array of {times.shape}"
            )
        wide = is_inexact(times.dtype) and precision(times.dtype) < 1e-6
        self.ts = times if wide else ops.cast(times, numpy.dtype(float))
        if not self.packing.size:
            return
        start = self.packing.packed(self.given)
        specs = Spec(start.shape, start.dtype), Spec((), self.ts.dtype)
        traced = trace_function(self._function, specs, name=f"{function_name(f)}_slope")
        self.traced: Traced = refuse_writes(traced, "lg.odeint")
        self.captures = self.traced.captures

    def _function(self, y: Array, t: Array) -> Array:
        leaves, tree = pytree.flatten(self.f(self.packing.unpacked(y), t, *self.params))
        values = [ops.lift(leaf) for leaf in leaves]
        if (difference := self.packing.tree.difference(tree)) is not None:
            raise located(
                TypeError, f"the function of lg.odeint gives another structure: {difference}"
            )
        for path, value, x in zip(tree.paths(), values, self.given):
            if value.shape != x.shape:
                place = f" at {path}" if path else ""
                raise located(
                    TypeError,
                    f"the function of lg.odeint gives the shape {value.shape}{place}, and y0 has "
                    f"{x.shape}",
                )
            if value.dtype.kind == "c" and x.dtype.kind != "c":
                raise located(
                    TypeError,
                    "the function of lg.odeint gives complex numbers, and y0 is real; make y0 "
                    "complex",
                )
        parts = [
            ops.cast(v, x.dtype) if x.dtype.kind == "c" else v for v, x in zip(values, self.given)
        ]
        return self.packing.packed(parts)

    def slope(self, captures: Sequence[Array]) -> Slope:
        """The derivative of y, where the function takes these values from outside."""
        traced = dataclasses.replace(self.traced, captures=tuple(captures))
        return lambda y, t: inline(traced, [y, t])[0]


def _first_size(f: Slope, y: Array, slope: Array, t: Array, end: Array, rtol: float, atol: float):
    """The size of the first step: a guess from the slopes at two places (E. Hairer)."""
    bound = atol + rtol * abs(y)
    size, speed = _norm(y / bound), _norm(slope / bound)
    tiny = (size < 1e-5) | (speed < 1e-5)
    guess = np.where(tiny, 1e-6, 0.01 * size / np.where(tiny, 1.0, speed))
    guess = np.minimum(guess, abs(end - t))
    h = guess * np.sign(end - t)
    later = f(y + ops.cast(ops.cast(h, t.dtype), y.dtype) * slope, t + ops.cast(h, t.dtype))
    bend = _norm((later - slope) / bound) / np.where(guess == 0, 1.0, guess)
    steepest = np.maximum(speed, bend)
    flat = ~(steepest > 1e-15)
    second = np.where(
        flat, np.maximum(1e-6, guess * 1e-3), (0.01 / np.where(flat, 1.0, steepest)) ** 0.2
    )
    size = np.minimum(np.minimum(100 * guess, second), abs(end - t))
    return ops.cast(stop_gradient(size * np.sign(end - t)), t.dtype)


def solved(f: Slope, y0: Array, ts: Array, rtol: float, atol: float, most: int) -> Array:
    """The solution at the times ts, of which the first is the start."""
    start, end = ts[0], stop_gradient(ts[-1])
    kept = ts.shape[0] * most * KEPT * max(int(numpy.prod(y0.shape)), 1) * y0.dtype.itemsize
    bound = most if kept <= ROOM else None
    forward = end >= start
    first = f(y0, start)
    nothing = y0 * ops.lift(0, y0.dtype)

    def advance(carry: Any, target: Array) -> Any:
        def goes_on(state: Any) -> Array:
            (_, now, _), _, _, _, count = state
            comes = np.where(forward, now < target, now > target)
            return comes & (now != end) & (count < most)

        def turn(state: Any) -> Any:
            (y, now, slope), before, parts, h, count = state
            rest = stop_gradient(end - now)
            last = abs(rest) <= abs(h) * 1.000001
            size = np.where(last, rest, h)
            found, slopes = step(f, now, y, slope, size)
            small = ops.cast(size, y.dtype)
            ratio = excess(small * weighted(ERROR, slopes), y, found, rtol, atol)
            # A step that rounding hides from the time would be taken for ever.
            ok = (ratio <= 1) | (now + size / 2 == now) | ~(ratio < np.inf)
            longer = size * ops.cast(growth(ratio), size.dtype)
            change = found - y
            bend = small * slopes[0] - change
            new = (
                y, change, bend, change - small * slopes[-1] - bend,
                small * weighted(BETWEEN, slopes),
            )  # fmt: skip
            new_now = np.where(last, end + (now - stop_gradient(now)), now + size)
            state = (found, new_now, slopes[-1]), now, new
            state = _where(ok, state, ((y, now, slope), before, parts))
            return *state, stop_gradient(longer), count + 1

        state = (*carry, numpy.int64(0))
        current, before, parts, h, _ = while_loop(goes_on, turn, state, bound)
        reached = np.where(forward, current[1] >= target, current[1] <= target)
        inside = np.where(forward, before <= target, before >= target)
        span = current[1] - before
        part = (target - before) / np.where(span == 0, 1.0, span).astype(span.dtype)
        y = between(parts, ops.cast(part, y0.dtype))
        # A step that did not reach its target leaves NaN to all that come after it.
        lost = ~reached
        current = tuple(np.where(lost, ops.lift(np.nan, x.dtype), x) for x in current)
        y = np.where(reached & inside, y, ops.lift(np.nan, y.dtype))
        return (current, before, parts, h), y

    h = _first_size(f, y0, first, start, end, rtol, atol)
    parts = (y0, nothing, nothing, nothing, nothing)
    _, ys = scan(advance, ((y0, start, first), start, parts, h), ts[1:])
    return np.concatenate([y0[None], ys])


def _where(mask: Array, a: Any, b: Any) -> Any:
    leaves, tree = pytree.flatten(a)
    others, _ = pytree.flatten(b)
    return tree.unflatten([np.where(mask, x, y) for x, y in zip(leaves, others)])


def between(parts: Sequence[Array], s: Array) -> Array:
    """The solution at the part s of a step."""
    y, change, bend, third, fourth = parts
    rest = 1 - s
    return y + s * (change + rest * (bend + s * (third + rest * fourth)))


def _by_adjoint(problem: Motion, rtol: float, atol: float, most: int) -> Array:
    """
    The solution, with the adjoint equation as its reverse rule:

        da/dt = -(∂f/∂y)ᵀ a,  dp̄/dt = -(∂f/∂p)ᵀ a,  t̄ₖ = ȳₖ · f(yₖ, tₖ)

    backwards from one time to the time before, with y from the solution at each time.
    """

    def solve(y0: Array, ts: Array, captures: Sequence[Array]) -> Array:
        return solved(problem.slope(captures), y0, ts, rtol, atol, most)

    def forward(y0: Array, ts: Array, captures: Sequence[Array]) -> Any:
        ys = solve(y0, ts, captures)
        return ys, (ys, ts, captures)

    def backward(residuals: Any, cts: Array) -> Any:
        ys, ts, captures = residuals
        places = [k for k, p in enumerate(captures) if is_inexact(p.dtype)]

        def pulled(y: Array, t: Array, ct: Array) -> tuple[Array, Any]:
            """f(y, t), and the cotangents of y, t and the captures."""

            def of_floats(y: Array, t: Array, *floats: Array) -> Array:
                given = list(captures)
                for k, x in zip(places, floats):
                    given[k] = x
                return problem.slope(given)(y, t)

            value, pull = vjp(of_floats, y, t, *(captures[k] for k in places))
            return value, pull(ct)

        leaves = [ys[0], ys[0], *(captures[k] for k in places)]
        state = Packing(pytree.flatten(leaves)[1], leaves)

        def augmented(packed: Array, s: Array) -> Array:
            # The time s runs forward while t = -s runs backwards.
            y, a, *_ = state.unpacked(packed)
            value, (y_bar, _, *p_bars) = pulled(y, -s, a)
            return state.packed([-value, y_bar, *p_bars])

        def back(carry: Any, rows: Any) -> Any:
            a, p_bars = carry
            y, ct, before, now = rows
            t_bar = ops.cast(np.sum(ct * problem.slope(captures)(y, now)), ts.dtype)
            packed = state.packed([y, a + ct, *p_bars])
            path = solved(augmented, packed, np.stack([-now, -before]), rtol, atol, most)
            _, a, *p_bars = state.unpacked(path[-1])
            return (a, p_bars), t_bar

        zeros = [x * ops.lift(0, x.dtype) for x in leaves[1:]]
        rows = (ys[1:], cts[1:], ts[:-1], ts[1:])
        (a, p_bars), t_bars = scan(back, (zeros[0], zeros[1:]), rows, reverse=True)
        # A later start is as a motion backwards.
        start_bar = ops.cast(-np.sum(a * problem.slope(captures)(ys[0], ts[0])), ts.dtype)
        found: list[Any] = [None] * len(captures)
        for k, x in zip(places, p_bars):
            found[k] = x
        return a + cts[0], np.concatenate([start_bar[None], t_bars]), found

    rule = custom_vjp(solve)
    rule.defvjp(forward, backward)
    start = problem.packing.packed(problem.given)
    return rule(start, problem.ts, list(problem.captures))
