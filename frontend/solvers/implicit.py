"""
Solutions of equations: `fixed_point`, `root` and `linear_solve`.

A loop finds the solution, and derivatives do not look at the loop. `delta.implicit` names the
equations instead: the derivative of the solution is that of the implicit function.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from xdsl.dialects.builtin import FunctionType, StringAttr, SymbolRefAttr

from ...dialects import arrays, delta
from .. import ops, pytree, tracing
from ..api import here
from ..control_flow.loops import while_loop
from ..traced_functions import (
    Spec,
    Traced,
    add_functions,
    function_name,
    functions_of,
    inline,
    refuse_writes,
    trace_function,
)
from ..tracing import Array
from ..transforms.derivatives import differentiated, stop_gradient
from ..user_code import located
from .packing import Packing, is_inexact, precision

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
    no element of x changes by more than `tol` · (1 + max |x|). By default, `tol` is ε^(3/4), and ε
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
    start = stop_gradient(problem.start)
    tolerance = problem.eps**0.75 if tolerance is None else tolerance

    def goes_on(state: Any) -> Any:
        _, _, change, limit, steps = state
        return ~(change <= limit) & (change < np.inf) & (steps < max_steps)

    def turn(state: Any) -> Any:
        x, r, _, _, steps = state
        return measured(x + r, steps + 1)

    def measured(x: Array, steps: Any) -> Any:
        r = problem.residual(x)
        return x, r, _largest(r), tolerance * (1 + _largest(x)), steps

    x, _, change, limit, steps = while_loop(goes_on, turn, measured(start, numpy.int64(0)))
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
    element of a full step is larger than `tol` · (1 + max |x|), or when half of the digits are
    found and no step makes f smaller. By default, `tol` is ε^(2/3), and ε is the precision of the
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
    start = stop_gradient(problem.start)
    tolerance = problem.eps ** (2 / 3) if tolerance is None else tolerance
    rough = problem.eps**0.5

    def goes_on(state: Any) -> Any:
        _, _, _, done, failed, steps = state
        return ~done & ~failed & (steps < max_steps)

    def turn(state: Any) -> Any:
        x, r, size, _, _, steps = state
        dx = system(delta.SolveOp, problem.jacobian, r, [x, *problem.stopped], solver)
        length, scale = _largest(dx), 1 + _largest(x)
        last = (length <= tolerance * scale) | (size == 0)

        def too_long(trial: Any) -> Any:
            t, _, _, new = trial
            return ~last & ~(new < (1 - 1e-4 * t) * size) & (t > 2.0**-64)

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

    r = problem.residual(start)
    false = numpy.bool_(False)
    size = _largest(r)
    state = (start, r, size, false, ~(size < np.inf), numpy.int64(0))
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
    slope = problem.jacobian.function
    block = slope.body.block
    if block.args[0].first_use is not None:
        raise located(
            TypeError, f"the function of {name} must be linear, and its derivative depends on x"
        )
    block.erase_arg(block.args[0])
    slope.properties["function_type"] = FunctionType.from_lists(
        [x.type for x in block.args], list(slope.function_type.outputs)
    )
    right, captures = problem.start, problem.traced.captures
    right = right - problem.at(ops.lift(numpy.zeros(right.shape, right.dtype)), captures)
    x = system(delta.SolveOp, problem.jacobian, right, captures, solver)
    return problem.packing.unpacked(x)


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


class Problem:
    """
    A function of unknowns, traced as a function of one real array.

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
        self.name, self.f, self.params = name, f, tuple(map(as_capture, params))
        self.minus_x = minus_x
        leaves, tree = pytree.flatten(x0)
        dtypes = self._dtypes(leaves, tree)
        self.given = [ops.lift(leaf, dtype) for leaf, dtype in zip(leaves, dtypes)]
        self.packing = Packing(tree, self.given)
        self.size = self.packing.size
        if not self.size:
            return
        self.eps = precision(self.packing.dtype)
        self.start = self.packing.packed(self.given)
        short = f"{function_name(f)}_{'step' if minus_x else 'equations'}"
        spec = Spec(self.start.shape, self.packing.dtype)
        self.traced = refuse_writes(trace_function(self._function, (spec,), name=short), name)
        self.stopped = [stop_gradient(x) for x in self.traced.captures]

    def _dtypes(self, leaves: Sequence[Any], tree: pytree.Tree) -> list[numpy.dtype]:
        """
        The dtypes of the unknowns: integers count as float64. A Python number has the dtype that
        the function gives in its place.
        """
        found: list[numpy.dtype] = [numpy.dtype(float)] * len(leaves)
        weak = [k for k, leaf in enumerate(leaves) if tracing.is_weak(leaf)]
        specs = []
        for k, leaf in enumerate(leaves):
            if k not in weak:
                dtype = ops.lift(leaf).dtype
                found[k] = dtype if is_inexact(dtype) else found[k]
            elif isinstance(leaf, complex):
                found[k] = numpy.dtype(numpy.complex128)
            specs.append(Spec(ops.shape_of(leaf), found[k], k in weak and found[k].kind == "f"))
        if not weak:
            return found
        trial = trace_function(lambda *xs: self.f(tree.unflatten(xs), *self.params), specs)
        if len(trial.out_types) == len(leaves):
            for k in weak:
                dtype = arrays.dtype(trial.out_types[k])
                found[k] = dtype if is_inexact(dtype) else found[k]
        return found

    def _function(self, x: Array) -> Array:
        leaves, tree = pytree.flatten(self.f(self.packing.unpacked(x), *self.params))
        values = [ops.lift(leaf) for leaf in leaves]
        if self.minus_x:
            self._check_alike(tree, values)
        given, wanted = (
            sum(int(numpy.prod(y.shape)) * (1 + (y.dtype.kind == "c")) for y in ys)
            for ys in (values, self.given)
        )
        if given != wanted:
            raise located(
                TypeError,
                f"the function of {self.name} must give as many numbers as there are unknowns: "
                f"it gives {given} for {wanted} unknowns",
            )
        result = np.reshape(self.packing.packed(values), x.shape)
        return result - x if self.minus_x else result

    def _check_alike(self, tree: pytree.Tree, values: Sequence[Array]) -> None:
        """Errors: `TypeError` for values of other shapes, or in another structure, than x."""
        if (difference := self.packing.tree.difference(tree)) is not None:
            raise located(
                TypeError, f"the function of {self.name} gives another structure: {difference}"
            )
        for path, value, shape in zip(tree.paths(), values, self.packing.shapes):
            if value.shape != shape:
                place = f" at {path}" if path else ""
                raise located(
                    TypeError,
                    f"the function of {self.name} gives the shape {value.shape}{place}, and x has "
                    f"{shape}",
                )

    def at(self, x: Array, captures: Sequence[Array]) -> Array:
        """The function at x."""
        return inline(dataclasses.replace(self.traced, captures=tuple(captures)), [x])[0]

    def residual(self, x: Array) -> Array:
        """The function at x, without a derivative by what it takes from outside."""
        return self.at(x, self.stopped)

    @functools.cached_property
    def jacobian(self) -> Traced:
        """The function (x, captures…, v) that multiplies the Jacobian at x with v."""
        slope = differentiated(self.traced, (0,), "forward", primal=False)
        name = f"{self.traced.entry}_apply"
        functions_of(slope.module)[slope.entry].properties["sym_name"] = StringAttr(name)
        return dataclasses.replace(slope, entry=name)

    def solution(
        self, x: Array, converged: Any, steps: Any, residual: Any, solver: str | None, full: bool
    ) -> Any:
        """The solution that a loop found, with its derivative."""
        if not full:
            x = np.where(converged, x, ops.lift(numpy.nan, x.dtype))
        captures = self.traced.captures
        y = system(delta.ImplicitOp, self.traced, stop_gradient(x), captures, solver)
        info = SolverInfo(converged, steps, stop_gradient(residual))
        return (self.packing.unpacked(y), info) if full else self.packing.unpacked(y)

    def trivial(self, full: bool) -> Any:
        """The solution without unknowns."""
        x = self.packing.tree.unflatten(self.given)
        return (x, SolverInfo(np.asarray(True), np.asarray(0), np.asarray(0.0))) if full else x


def system(
    kind: type[delta.ImplicitOp | delta.SolveOp],
    function: Traced,
    x: Array,
    params: Sequence[Array],
    solver: str | None,
) -> Array:
    """The result of an op about a system of equations."""
    names = [SymbolRefAttr(name) for name in add_functions([function])]
    op = kind(names, tracing.use(x), [tracing.use(p) for p in params], 0, solver)
    return Array.of(tracing.add(op).results[0], tracing.current())


def as_capture(params: Any) -> Any:
    """Arrays of NumPy as values of the function around, so that they are in the program once."""
    return pytree.map_leaves(lambda x: ops.lift(x) if isinstance(x, numpy.ndarray) else x, params)
