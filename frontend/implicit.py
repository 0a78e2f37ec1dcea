"""
Solutions of equations: `fixed_point`, `root` and `linear_solve`.

A loop finds the solution, and derivatives do not look at the loop. `delta.implicit` names the
equations instead: the derivative of the solution is that of the implicit function.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from xdsl.dialects.builtin import FunctionType, StringAttr, SymbolRefAttr

from ..dialects import arrays, delta, types
from . import ops, pytree, tracing
from .api import here
from .derivatives import differentiated, stop_gradient
from .loops import while_loop
from .traced_functions import (
    Spec,
    Traced,
    add_functions,
    function_name,
    functions_of,
    inline,
    refuse_writes,
    trace_function,
)
from .tracing import Array, located

np: Any = numpy  # its type stubs know no traced arrays

__all__ = ["SolverInfo", "fixed_point", "linear_solve", "root"]


class SolverInfo(NamedTuple):
    """
    How a solver ended: whether it converged, the number of steps, and the largest element of the
    residual.
    """

    converged: Any
    steps: Any
    residual: Any


@here
def fixed_point(
    f: Callable[..., Any],
    x0: Any,
    *params: Any,
    tol: float | None = None,
    max_steps: int = 1000,
    solver: str | None = None,
    full_output: bool = False,
) -> Any:
    """
    The x with x = f(x, *params), by the iteration x ← f(x, *params) from x0.

    x is an array or a container of arrays, and f gives the same structure. The iteration ends when
    no element of x changes by more than `tol` · (1 + max |x|). By default, `tol` is ε^(2/3), where ε
    is the precision of the elements. If the iteration does not end so within `max_steps`, x is NaN.
    With `full_output`, the result is a pair: the last x, also if it is no solution, and a
    `SolverInfo`.

    The derivative by `params`, and by arrays that f takes from outside, is that of the implicit
    function. It needs one linear solve with 1 - ∂f/∂x, whatever the number of steps was. The
    derivative by x0 is 0. `solver` says how to solve linear systems: "dense" by the matrix, "gmres"
    and "cg" by products only; by default, 128 unknowns are the most for a matrix.
    Errors: `TypeError` if f gives another structure; `ValueError` for an unknown solver, or for
            limits that are no positive numbers.

    Example:

        >>> cosine = lambda a: lg.fixed_point(lambda x, a: np.cos(a * x), 0.5, a)
        >>> print(round(float(cosine(1.0)), 6), round(float(lg.grad(cosine)(1.0)), 6))
        0.739085 -0.297474
    """
    name = "lg.fixed_point"
    tolerance = _checked(name, tol, max_steps, solver)
    problem = Problem(name, f, x0, params, minus_x=True)
    if not problem.size:
        return problem.trivial(full_output)
    tolerance = problem.eps ** (2 / 3) if tolerance is None else tolerance

    def goes_on(state: Any) -> Any:
        _, _, change, limit, steps = state
        return ~(change <= limit) & (change < np.inf) & (steps < max_steps)

    def turn(state: Any) -> Any:
        x, r, _, _, steps = state
        return measured(problem.sum(x, r), steps + 1)

    def measured(x: Array, steps: Any) -> Any:
        r = problem.residual(x)
        return x, r, _largest(r), tolerance * (1 + _largest(x)), steps

    x, _, change, limit, steps = while_loop(goes_on, turn, measured(problem.start, numpy.int64(0)))
    return problem.solution(x, change <= limit, steps, change, solver, full_output)


@here
def root(
    f: Callable[..., Any],
    x0: Any,
    *params: Any,
    tol: float | None = None,
    max_steps: int = 100,
    solver: str | None = None,
    full_output: bool = False,
) -> Any:
    """
    The x with f(x, *params) = 0, by Newton's method from x0.

    x is an array or a container of arrays. f gives as many numbers as x has, in any structure. A
    step is shortened until it makes the largest element of f smaller. The method ends when no
    element of a full step is larger than `tol` · (1 + max |x|), or when half of the digits are found
    and no step makes f smaller. By default, `tol` is ε^(2/3), where ε is the precision of the
    elements. If the method does not end so within `max_steps`, x is NaN. With `full_output`, the
    result is a pair: the last x, also if it is no solution, and a `SolverInfo`.

    letgrad differentiates f for the steps. `solver`, and the derivatives of the solution, are as in
    `fixed_point`; so with many unknowns, this is the Newton-Krylov method.
    Errors: `TypeError` if f gives another number of elements; `ValueError` as in `fixed_point`.

    Example:

        >>> root = lambda a: lg.root(lambda x, a: x * x - a, 1.0, a)
        >>> print(round(float(root(2.0)), 6), round(float(lg.grad(root)(2.0)), 6))
        1.414214 0.353553
    """
    name = "lg.root"
    tolerance = _checked(name, tol, max_steps, solver)
    problem = Problem(name, f, x0, params)
    if not problem.size:
        return problem.trivial(full_output)
    tolerance = problem.eps ** (2 / 3) if tolerance is None else tolerance
    rough = problem.eps**0.5

    def goes_on(state: Any) -> Any:
        _, _, _, done, failed, steps = state
        return ~done & ~failed & (steps < max_steps)

    def turn(state: Any) -> Any:
        x, r, size, _, _, steps = state
        dx = problem.newton(x, r, solver)
        length, scale = _largest(dx), 1 + _largest(x)
        last = (length <= tolerance * scale) | (size == 0)

        def too_long(trial: Any) -> Any:
            t, _, _, new = trial
            return ~last & ~(new < (1 - 1e-4 * t) * size) & (t > 2.0**-20)

        def halved(trial: Any) -> Any:
            t = trial[0] / 2
            return t, *reached(t)

        def reached(t: Any) -> Any:
            new = x - ops.cast(ops.lift(t), x.dtype) * dx
            value = problem.residual(new)
            return new, value, _largest(value)

        t = numpy.float64(1)
        t, new, value, new_size = while_loop(too_long, halved, (t, *reached(t)))
        # The numbers of a root that is exact are not to move by a singular matrix.
        stuck = ~last & ~(new_size < (1 - 1e-4 * t) * size)
        done = last | (stuck & (length <= rough * scale))
        stays = stuck | (size == 0) | ~(new_size < np.inf)
        x, r, size = (np.where(stays, a, b) for a, b in ((x, new), (r, value), (size, new_size)))
        return x, r, size, done & (size < np.inf), stuck & ~done, steps + 1

    r = problem.residual(problem.start)
    false = numpy.bool_(False)
    size = _largest(r)
    state = (problem.start, r, size, false, ~(size < np.inf), numpy.int64(0))
    x, _, size, done, _, steps = while_loop(goes_on, turn, state)
    return problem.solution(x, done, steps, size, solver, full_output)


@here
def linear_solve(a: Any, b: Any, *, solver: str | None = None) -> Any:
    """
    The x with a(x) = b, for a linear function a; or with a @ x = b, for a matrix a.

    b is an array or a container of arrays. A function gives as many numbers as b has, and x has the
    structure of b. A part of a(x) that does not depend on x counts as subtracted from b.
    `solver` says how: "dense" by the matrix, "gmres" by products only, "cg" by products with a
    matrix that is symmetric and positive definite. By default, 128 unknowns are the most for a
    matrix. x is NaN for a singular system, or if the products lead to no solution.

    The derivatives by b, and by arrays that a takes from outside, are linear solves too. In reverse
    mode, letgrad transposes a.
    Errors: `TypeError` for a function that is not linear, or that gives another number of elements;
            `ValueError` for an unknown solver.

    Example:

        >>> x = lg.linear_solve(lambda x: 3 * x - np.roll(x, 1), np.array([2.0, 2.0, 2.0]))
        >>> print(x)
        [1. 1. 1.]
    """
    name = "lg.linear_solve"
    _check_solver(name, solver)
    if not callable(a):
        if solver in (None, "dense"):
            return np.linalg.solve(a, b)
        matrix = ops.lift(a)
        return linear_solve(lambda x: np.matmul(matrix, x), b, solver=solver)
    problem = Problem(name, a, b, ())
    if not problem.size:
        return problem.trivial(False)
    slope = problem.jacobian()
    block = slope.function.body.block
    if block.args[0].first_use is not None:
        raise located(
            TypeError, f"the function of {name} must be linear, and its derivative depends on x"
        )
    block.erase_arg(block.args[0])
    slope.function.properties["function_type"] = FunctionType.from_lists(
        [x.type for x in block.args], list(slope.function.function_type.outputs)
    )
    start = problem.start
    right = start - problem.at(ops.cast(ops.lift(0), start.dtype) * start, problem.traced.captures)
    x = _system(delta.SolveOp, [slope], right, problem.traced.captures, solver)
    return problem.unpacked(x)


def _checked(name: str, tol: Any, max_steps: Any, solver: str | None) -> float | None:
    _check_solver(name, solver)
    if type(max_steps) is bool or not isinstance(max_steps, int | numpy.integer):
        raise located(TypeError, f"max_steps of {name} must be an integer, not {max_steps!r}")
    if max_steps < 0:
        raise located(ValueError, f"max_steps of {name} is negative: {max_steps}")
    if tol is None:
        return None
    if isinstance(tol, Array) or not isinstance(tol, int | float | numpy.number):
        raise located(TypeError, f"tol of {name} must be a number, not {tol!r}")
    if not tol >= 0:
        raise located(ValueError, f"tol of {name} must not be negative: {tol}")
    return float(tol)


def _check_solver(name: str, solver: str | None) -> None:
    if solver is not None and solver not in delta.METHODS:
        raise located(
            ValueError,
            f"the solver of {name} must be one of {', '.join(delta.METHODS)}, not {solver!r}",
        )


def _largest(x: Array) -> Any:
    """The largest element of |x|, as float64; NaN if an element is NaN."""
    return np.max(abs(ops.cast(x, numpy.dtype(numpy.float64))))


def _system(
    kind: type[delta.ImplicitOp | delta.SolveOp],
    functions: Sequence[Traced],
    x: Array,
    params: Sequence[Array],
    solver: str | None,
) -> Array:
    """The result of an op about a system of equations."""
    names = [SymbolRefAttr(name) for name in add_functions(functions)]
    op = kind(names, tracing.use(x), [tracing.use(p) for p in params], 0, solver)
    return Array.of(tracing.add(op).results[0], tracing.current())


class Problem:
    """
    A function of unknowns, traced as a function of one real array: of the array of unknowns, or of
    a vector with the elements of all arrays, if there are several, and complex numbers as pairs.

    The arrays that the function takes from outside are the captures of the traced function.
    """

    def __init__(
        self,
        name: str,
        f: Callable[..., Any],
        x0: Any,
        params: Sequence[Any],
        minus_x: bool = False,
    ):
        self.name, self.f, self.params = name, f, tuple(map(_as_capture, params))
        self.minus_x = minus_x
        leaves, self.tree = pytree.flatten(x0)
        self.dtypes = self._dtypes(leaves)
        values = [ops.lift(leaf, dtype) for leaf, dtype in zip(leaves, self.dtypes)]
        self.shapes = [x.shape for x in values]
        self.is_vector = len(values) != 1 or values[0].dtype.kind == "c"
        parts = [ops.part_of(dtype) for dtype in self.dtypes]
        self.dtype = ops.promote(*(numpy.zeros((), p) for p in parts)) if parts else None
        self.given = values
        self.size = sum(int(numpy.prod(s)) for s in self.shapes)
        if not self.size:
            return
        assert self.dtype is not None
        self.eps = precision(self.dtype)
        self.start = (
            stop_gradient(self.packed(values))
            if minus_x or name == "lg.root"
            else (self.packed(values))
        )
        spec = Spec(self.start.shape, self.dtype)
        short = f"{function_name(f)}_{'step' if minus_x else 'equations'}"
        traced = trace_function(self._function, (spec,), name=short)
        self.traced = refuse_writes(traced, name)
        self.stopped = [stop_gradient(x) for x in self.traced.captures]

    def _dtypes(self, leaves: Sequence[Any]) -> list[numpy.dtype]:
        """
        The dtypes of the unknowns: integers count as float64. A Python number has the dtype that
        the function gives in its place.
        """
        found = []
        for leaf in leaves:
            if tracing.is_weak(leaf):
                kind = complex if isinstance(leaf, complex) else float
                found.append(numpy.dtype(kind))
                continue
            dtype = ops.lift(leaf).dtype
            found.append(dtype if _is_inexact(dtype) else numpy.dtype(float))
        weak = [k for k, leaf in enumerate(leaves) if tracing.is_weak(leaf)]
        if not weak:
            return found
        specs = [
            Spec((), numpy.dtype(float), True)
            if k in weak and found[k].kind == "f"
            else Spec(ops.shape_of(leaf), dtype)
            for k, (leaf, dtype) in enumerate(zip(leaves, found))
        ]
        if self.name == "lg.linear_solve":
            return found
        trial = trace_function(
            lambda *xs: self.f(self.tree.unflatten(xs), *self.params), specs, name="trial"
        )
        if len(trial.out_types) == len(leaves):
            for k in weak:
                dtype = arrays.dtype(trial.out_types[k])
                if _is_inexact(dtype):
                    found[k] = dtype
        return found

    def _function(self, x: Array) -> Array:
        given = self.f(self.unpacked(x), *self.params)
        leaves, tree = pytree.flatten(given)
        if self.minus_x and (difference := self.tree.difference(tree)) is not None:
            raise located(
                TypeError, f"the function of {self.name} gives another structure: {difference}"
            )
        values = [ops.lift(leaf) for leaf in leaves]
        for k, value in enumerate(values):
            if self.minus_x and value.shape != self.shapes[k]:
                raise located(
                    TypeError,
                    f"the function of {self.name} gives the shape {value.shape} where x has "
                    f"{self.shapes[k]}{_at(self.tree.paths()[k])}",
                )
        result = self.packed(values)
        if result.shape != x.shape:
            if int(numpy.prod(result.shape)) != int(numpy.prod(x.shape)):
                raise located(
                    TypeError,
                    f"the function of {self.name} must give as many numbers as there are "
                    f"unknowns: it gives {int(numpy.prod(result.shape))} for "
                    f"{int(numpy.prod(x.shape))} unknowns",
                )
            result = np.reshape(result, x.shape)
        return result - x if self.minus_x else result

    def packed(self, values: Sequence[Array]) -> Array:
        """The values as one real array."""
        assert self.dtype is not None
        if not self.is_vector and len(values) == 1 and values[0].dtype.kind != "c":
            return ops.cast(values[0], self.dtype)
        parts = []
        for x in values:
            for part in ops.parts(x) if x.dtype.kind == "c" else (x,):
                parts.append(np.reshape(ops.cast(part, self.dtype), (-1,)))
        if not parts:
            return ops.lift(numpy.zeros(0, self.dtype))
        return np.concatenate(parts)

    def unpacked(self, x: Array) -> Any:
        """The unknowns in their structure, from one real array."""
        if not self.is_vector:
            return self.tree.unflatten([x])
        leaves, at = [], 0
        for shape, dtype in zip(self.shapes, self.dtypes):
            parts = []
            for _ in range(1 + (dtype.kind == "c")):
                n = int(numpy.prod(shape))
                parts.append(np.reshape(x[at : at + n], shape))
                at += n
            parts = [ops.cast(part, ops.part_of(dtype)) for part in parts]
            leaves.append(parts[0] if len(parts) == 1 else ops.complex_(*parts))
        return self.tree.unflatten(leaves)

    def at(self, x: Array, captures: Sequence[Array]) -> Array:
        """The function at x."""
        return inline(dataclasses.replace(self.traced, captures=tuple(captures)), [x])[0]

    def residual(self, x: Array) -> Array:
        """The function at x, without a derivative by what it takes from outside."""
        return self.at(x, self.stopped)

    def sum(self, x: Array, r: Array) -> Array:
        return x + r

    def jacobian(self) -> Traced:
        """The function (x, captures…, v) that multiplies the Jacobian at x with v."""
        slope = differentiated(self.traced, (0,), "forward", primal=False)
        name = f"{self.traced.entry}_apply"
        functions_of(slope.module)[slope.entry].properties["sym_name"] = StringAttr(name)
        return dataclasses.replace(slope, entry=name)

    def newton(self, x: Array, r: Array, solver: str | None) -> Array:
        """J⁻¹ r, where J is the Jacobian at x."""
        if not hasattr(self, "slope"):
            self.slope = self.jacobian()
        return _system(delta.SolveOp, [self.slope], r, [x, *self.stopped], solver)

    def solution(
        self, x: Array, converged: Any, steps: Any, residual: Any, solver: str | None, full: bool
    ) -> Any:
        """The solution that a loop found, with its derivative."""
        if not full:
            x = np.where(converged, x, ops.lift(numpy.nan, x.dtype))
        y = _system(delta.ImplicitOp, [self.traced], stop_gradient(x), self.traced.captures, solver)
        info = SolverInfo(converged, steps, stop_gradient(residual))
        return (self.unpacked(y), info) if full else self.unpacked(y)

    def trivial(self, full: bool) -> Any:
        """The solution without unknowns."""
        x = self.tree.unflatten(self.given)
        return (x, SolverInfo(np.asarray(True), np.asarray(0), np.asarray(0.0))) if full else x


def _as_capture(params: Any) -> Any:
    """Arrays of NumPy as values of the function around, so that they are in the program once."""
    return pytree.map_leaves(lambda x: ops.lift(x) if isinstance(x, numpy.ndarray) else x, params)


def _is_inexact(dtype: numpy.dtype) -> bool:
    return dtype.kind in "fc" or dtype == arrays.bfloat16


def precision(dtype: numpy.dtype) -> float:
    """The distance from 1 to the next larger number."""
    return 2.0**-7 if dtype == arrays.bfloat16 else float(numpy.finfo(dtype).eps)


def _at(path: str) -> str:
    return f" at {path}" if path else ""
