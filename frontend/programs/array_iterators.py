"""
NumPy's iterators over arrays, in a `for` statement: `ndindex`, `ndenumerate` and `nditer`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..array_views.view_steps import Flip, Order
from ..tracing import Array, broadcast_shape
from ..user_code import located
from . import expression_values, weak_numbers
from .python_functions import replaces
from .turns import Each, Product

FLAGS = {"multi_index", "refs_ok", "zerosize_ok", "c_index"}


def _place(k: Any, shape: Sequence[int]) -> tuple[Any, ...]:
    """The indices of the element k of an array, in row-major order."""
    places: list[Any] = []
    for d in reversed(range(len(shape))):
        places.insert(0, weak_numbers.limited(k % shape[d] if d else k, shape[d]))
        k = k // shape[d]
    return tuple(places)


@replaces(np.ndindex)
def ndindex(*shape: Any) -> Any:
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
    if any(isinstance(n, Array) for n in sizes):
        raise located(TypeError, "the sizes of np.ndindex must be known during the trace")
    return Product(tuple(range(n) for n in sizes))


@replaces(np.ndenumerate)
def ndenumerate(arr: Any) -> Any:
    if not isinstance(arr, Array):
        arr = np.asarray(arr)
        if arr.dtype.kind not in "biuf":
            return np.ndenumerate(arr)

    def item(k: Any) -> Any:
        place = _place(k, arr.shape)
        return place, expression_values.getitem(arr, place)

    return Each(math.prod(arr.shape), item)


class ArrayIterator(Each):
    """`np.nditer` over arrays, in row-major order. Its items are arrays without dimensions."""

    kind = "nditer"

    def __init__(self, count: int, item: Callable[[Any], Any], place: list[Any]):
        super().__init__(count, item)
        self.place = place

    @property
    def multi_index(self) -> Any:
        return self.place[0]

    def __enter__(self) -> ArrayIterator:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise located(
            TypeError,
            f"letgrad takes np.nditer in a `for` statement, with its multi_index; it has no {name}",
        )

    def __getitem__(self, key: Any) -> Any:
        raise located(TypeError, "letgrad takes np.nditer in a `for` statement, and not by it[…]")


@replaces(np.nditer)
def nditer(op: Any, flags: Any = (), op_flags: Any = None, *others: Any, **more: Any) -> Any:
    """
    Errors: `TypeError` for flags that change the items or the order, and for an array whose
            elements do not lie in row-major order, because NumPy follows the memory.
    """
    arrays = list(op) if isinstance(op, list | tuple) else [op]
    if not any(isinstance(a, Array) for a in arrays):
        return np.nditer(op, flags or (), op_flags, *others, **more)
    order = more.pop("order", "K")
    if set(flags or ()) - FLAGS or others or more or any(a is None for a in arrays):
        raise located(
            TypeError, "np.nditer of traced arrays takes arrays, multi_index and op_flags"
        )
    arrays = [ops.lift(a) for a in arrays]
    if order != "C" and any(isinstance(s, Order | Flip) for a in arrays for s in a.steps or ()):
        raise located(
            TypeError,
            "np.nditer follows the memory of this view, whose order letgrad does not know; give "
            "order='C', or take a copy",
        )
    shape = broadcast_shape(*(a.shape for a in arrays))
    place: list[Any] = [None]

    def item(k: Any) -> Any:
        own = _place(k, shape)
        place[0] = own
        items = []
        for a in arrays:
            index = own[len(own) - a.ndim :]
            index = tuple(0 if n == 1 else i for i, n in zip(index, a.shape))
            items.append(a[(*index, ...)])
        return items[0] if not isinstance(op, list | tuple) else tuple(items)

    return ArrayIterator(math.prod(shape), item, place)
