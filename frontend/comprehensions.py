"""Arrays by a function of their indices, and sums of products: what NumPy has no function for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import numpy_functions, ops
from .api import here
from .tracing import Array
from .tracing import tracing as is_tracing
from .user_code import located

__all__ = ["build", "einsum", "gather", "scatter"]


def _dims(dims: int | Sequence[int]) -> tuple[int, ...]:
    sizes = tuple(dims) if isinstance(dims, list | tuple) else (dims,)
    result = []
    for n in sizes:
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise located(TypeError, f"a size must be an integer that is not negative, not {n!r}")
        result.append(int(n))
    return tuple(result)


@here
def build(dims: int | Sequence[int], fn: Callable[..., Any]) -> Any:
    """
    Array comprehension: `fn(i, …)` for each place in `dims`, an int or a tuple of ints.

        y[i…, j…] = fn(i…)[j…]

    The indices are traced integers. You can index arrays with them (write `lg.asarray(a)[i]` for a
    NumPy array `a`), compare them, and compute with them. // and % are Python's, but a division by
    0 gives 0. An index outside of an array reads 0, a negative one too (docs/indices.md). `fn`
    gives a number or an array.
    """
    return ops.build(_dims(dims), fn)


def _targets(places: Any, sizes: Sequence[int]) -> list[Any]:
    """Indices as a list. A negative one counts from the end if it is data or a Python int."""
    places = tuple(places) if isinstance(places, list | tuple) else (places,)
    if len(places) > len(sizes):
        raise located(
            IndexError, f"{len(places)} indices into {len(sizes)} dimensions {tuple(sizes)}"
        )
    return [ops.as_index(i, n) for i, n in zip(places, sizes)]


@here
def gather(dims: int | Sequence[int], t: Any, fn: Callable[..., Any]) -> Any:
    """
    Reads `t` at computed places.

        y[i…, j…] = t[fn(i…)…, j…],  0 where an index is outside

    `fn(i, …)` takes one traced integer for each size in `dims`. It gives the leading indices into
    t, as one index or as a tuple. An index that is data counts from the end if it is negative
    (docs/indices.md).
    """
    source = ops.lift(t)
    return ops.gather(_dims(dims), source, lambda *i: _targets(fn(*i), source.shape))


@here
def scatter(dims: int | Sequence[int], t: Any, fn: Callable[..., Any]) -> Any:
    """
    Adds parts of `t` to zeros, at computed places.

        y[p…, j…] = Σ over i… with fn(i…) = p… of t[i…, j…];  drops the parts at places outside

    `fn` takes one index for each of the leading dimensions of t that it ranges over: its number of
    parameters says how many. It gives one index for each size in `dims`. An index that is data
    counts from the end if it is negative (docs/indices.md).
    Errors: `TypeError` for bools, for a `fn` with `*args`, or for another number of indices.
    """
    source = ops.lift(t)
    sizes = _dims(dims)
    if source.dtype == ops.BOOL:
        raise located(
            TypeError,
            "lg.scatter adds elements, and bools have no sum; cast the array to integers first",
        )
    parameters = inspect.signature(fn).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise located(
            TypeError,
            "lg.scatter counts the parameters of its function, so the function may not take *args",
        )
    count = sum(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
        for p in parameters
    )
    if count > source.ndim:
        raise located(
            TypeError,
            f"the function takes {count} indices, but the array has {source.ndim} dimensions",
        )

    def index_map(*i: Array) -> list[Any]:
        targets = _targets(fn(*i), sizes)
        if len(targets) != len(sizes):
            raise located(
                TypeError,
                f"the function gives {len(targets)} indices into the {len(sizes)} dims {sizes}",
            )
        return targets

    return ops.scatter(sizes, source, count, index_map)


def einsum(subscripts: str, *operands: Any) -> Any:
    """
    `numpy.einsum`. `numpy.einsum` finds no traced array in its arguments if they are constants or
    lists of traced arrays; `lg.einsum` takes these arguments too.
    """
    if not is_tracing():
        return np.einsum(subscripts, *operands)
    return numpy_functions.einsum(subscripts, *operands)
