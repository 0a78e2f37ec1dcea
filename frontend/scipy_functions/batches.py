"""`scipy.linalg`: a function of matrices as one of stacks of matrices."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy

from .. import ops, pytree
from ..ops import lift
from ..tracing import Array
from ..transforms.batching import vmap
from ..user_code import located

np: Any = numpy  # its type stubs know no traced arrays

ONE_OR_TWO = 0
"""The dimensions of right sides: one vector, or a matrix of several."""


def over_batches(**dimensions: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """
    Decorator: the function below takes arrays of so many dimensions. Of arrays with more, it is the
    function of each place of the first dimensions, which broadcast, as in SciPy. A parameter that
    is a tuple of arrays, or None, has no such dimensions.
    """

    def of_stacks(rule: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(rule)

        @functools.wraps(rule)
        def batched(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            given = {
                name: lift(value)
                for name in dimensions
                if not isinstance(value := bound.arguments.get(name), tuple | None)
            }
            inner: list[tuple[int, ...]] = []
            outer: list[tuple[int, ...]] = []
            for name, value in given.items():
                count = dimensions[name] or min(max(value.ndim, 1), 2)
                split = max(value.ndim - count, 0)
                outer.append(value.shape[:split])
                inner.append(value.shape[split:])
            if not any(outer):
                return rule(*args, **kwargs)
            try:
                batch = numpy.broadcast_shapes(*outer)
            except ValueError:
                shapes = ", ".join(str(value.shape) for value in given.values())
                raise located(
                    ValueError,
                    f"scipy.linalg.{rule.__name__}: the stacks of {shapes} do not broadcast",
                ) from None
            stacks = [
                np.reshape(ops.broadcast_to(value, (*batch, *shape)), (-1, *shape))
                for value, shape in zip(given.values(), inner)
            ]

            def of_one(*values: Array) -> Any:
                one = signature.bind(*args, **kwargs)
                one.arguments.update(zip(given, values))
                return rule(*one.args, **one.kwargs)

            leaves, tree = pytree.flatten(vmap(of_one)(*stacks))
            return tree.unflatten([np.reshape(y, (*batch, *y.shape[1:])) for y in leaves])

        return batched

    return of_stacks
