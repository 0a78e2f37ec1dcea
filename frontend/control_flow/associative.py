"""Prefixes under an associative function: `associative_scan`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops, pytree, tracing
from ..api import here
from ..tracing import Array
from ..user_code import located

__all__ = ["associative_scan"]

NAME = "lg.associative_scan"


@here
def associative_scan(
    op: Callable[[Any, Any], Any], xs: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """
    All prefixes x[0], op(x[0], x[1]), op(op(x[0], x[1]), x[2]), … along an axis.

    `xs` is an array, or a nested container of arrays with equally many rows along `axis`. `op`
    takes two such containers, and combines row k of the one with row k of the other, for all k. It
    must be associative. With `reverse`, the scan begins at the end: the last result is the last
    row, and the one before it is `op(x[-1], x[-2])`.

    The program calls `op` on whole arrays, about 2 log₂ n times for n rows. So it has no loop, and
    each call is parallel. The order of the calls depends on n alone, and it is another order than
    that of a loop: sums of floats round in another way. A loop (`lg.scan`) does half the work, and
    is faster on few cores where a step is cheap.
    Errors: `TypeError` or `ValueError`, if arrays have no rows or different numbers of rows, or if
            `op` changes a structure, a shape or a dtype.

    Example:

        >>> def recurrence(a, b):                       # x[k] = a[k] x[k - 1] + b[k]
        ...     join = lambda p, q: (p[0] * q[0], p[1] * q[0] + q[1])
        ...     return lg.associative_scan(join, (a, b))[1]
        >>> print(lg.jit(recurrence)(np.array([0.5, 2.0, 3.0]), np.ones(3)))
        [ 1.  3. 10.]
    """
    if type(reverse) is not bool:
        raise located(TypeError, f"reverse of {NAME} must be True or False, not {reverse!r}")
    if type(axis) is bool or not isinstance(axis, int | np.integer):
        raise located(TypeError, f"axis of {NAME} must be an integer, not {axis!r}")
    given, tree = pytree.flatten(xs)
    if not given:
        raise located(TypeError, f"{NAME} needs an array")
    leaves = [ops.lift(x) for x in given]
    rows: int | None = None
    for path, x in zip(tree.paths(), leaves):
        if not -x.ndim <= axis < x.ndim:
            raise located(
                ValueError, f"xs{path} of {NAME} has no axis {axis}: its shape is {x.shape}"
            )
        n = x.shape[axis]
        if rows is not None and n != rows:
            raise located(
                ValueError, f"{NAME}: xs{tree.paths()[0]} has {rows} rows, and xs{path} has {n}"
            )
        rows = n
    leaves = [_to_front(x, int(axis) % x.ndim) for x in leaves]
    if reverse:
        leaves = [ops.reverse(x, [0]) for x in leaves]

    def join(a: list[Array], b: list[Array]) -> list[Array]:
        # `op` sees the axis where the caller has it.
        first, second = (
            tree.unflatten([_from_front(x, int(axis) % x.ndim) for x in part]) for part in (a, b)
        )
        found, kind = pytree.flatten(op(first, second))
        if (difference := tree.difference(kind)) is not None:
            raise located(TypeError, f"the function of {NAME} changes a structure: {difference}")
        results: list[Array] = []
        for path, new, old in zip(tree.paths(), found, a):
            value = ops.lift(new, old.dtype if tracing.is_weak(new) else None)
            value = _to_front(value, int(axis) % old.ndim) if value.ndim == old.ndim else value
            if (value.shape, value.dtype) != (old.shape, old.dtype):
                raise located(
                    TypeError,
                    f"the function of {NAME} changes xs{path} from {old.dtype}{list(old.shape)} to "
                    f"{value.dtype}{list(value.shape)}",
                )
            results.append(value)
        return results

    leaves = _prefixes(join, leaves)
    if reverse:
        leaves = [ops.reverse(x, [0]) for x in leaves]
    return tree.unflatten([_from_front(x, int(axis) % x.ndim) for x in leaves])


def _prefixes(
    join: Callable[[list[Array], list[Array]], list[Array]], xs: list[Array]
) -> list[Array]:
    """Join neighbours, take the prefixes of these, and put the others between them."""
    n = xs[0].shape[0]
    if n < 2:
        return xs
    pairs = join([ops.part(x, 0, 0, n - 1, 2) for x in xs], [ops.part(x, 0, 1, n, 2) for x in xs])
    odd = _prefixes(join, pairs)
    first = [ops.part(x, 0, 0, 1) for x in xs]
    even = first
    if n > 2:
        m = (n - 1) // 2
        rest = join([ops.part(x, 0, 0, m) for x in odd], [ops.part(x, 0, 2, n, 2) for x in xs])
        even = [ops.concat([a, b], 0) for a, b in zip(first, rest)]
    return [_in_turns(a, b) for a, b in zip(even, odd)]


def _in_turns(even: Array, odd: Array) -> Array:
    """The rows of two arrays by turns. The first has as many rows as the second, or one more."""
    m, rest = odd.shape[0], odd.shape[1:]
    both = ops.stack([ops.part(even, 0, 0, m), odd], odd.dtype)
    both = ops.transpose(both, [1, 0, *range(2, both.ndim)])
    both = ops.reshape(both, (2 * m, *rest))
    return ops.concat([both, ops.part(even, 0, m, m + 1)], 0) if even.shape[0] > m else both


def _to_front(x: Array, axis: int) -> Array:
    return ops.transpose(x, [axis, *(d for d in range(x.ndim) if d != axis)])


def _from_front(x: Array, axis: int) -> Array:
    return ops.transpose(x, [*range(1, axis + 1), 0, *range(axis + 1, x.ndim)])
