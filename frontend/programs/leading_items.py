"""`itertools.takewhile` and `dropwhile`, where traced conditions say how many items there are."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops, pytree, tracing
from ..masked import Masked
from ..tracing import Array
from . import chosen_items, comprehending, leaf_kinds
from .callees import REPLACED, callee
from .chosen_items import Chosen
from .turns import Iterated, Turns
from .weak_numbers import truth


def _as_chosen(items: Any) -> Chosen | None:
    """The items of an array, of a part, or of a list with a mask; None for other iterables."""
    items = chosen_items.settled(items)
    if isinstance(items, Chosen):
        return items.now() if isinstance(items.now(), Chosen) else None
    if isinstance(items, Masked):
        return _all(items)
    if not isinstance(items, Array) or not items.ndim or not items.shape[0]:
        return None
    mask = tracing.constant(np.ones(items.shape[0], np.bool_))
    return Chosen(pytree.LEAF, (leaf_kinds.kind_of(items[0]),), (items,), mask)


def _all(items: Any) -> Chosen:
    """The list of the items of an iterable whose length depends on values."""
    return comprehending.listed(
        "list", items, lambda item: comprehending.turn((), lambda: item), False
    )


def _of_iterator(function: Callable[..., Any], predicate: Any, items: Iterated) -> Any:
    """
    The items of an iterator whose number the trace knows. Python takes them when the program asks
    for them. With a traced test, the program takes all of them now.
    """
    left, test = items.left(), callee(predicate)
    before = comprehending.Undoing(test)
    before.begin()
    is_traced = False
    for k in range(0 if left is None else left.count):
        holds = test(left.at(k))  # type: ignore[union-attr]
        is_traced = truth(holds) is not None
        if is_traced or not holds:
            break
    before.put_back()
    if not is_traced:
        return function(test, items)
    whole = list(items.rest())
    items.lose()
    return REPLACED[function](predicate, whole)


def _leading(function: Callable[..., Any], takes: bool) -> Callable[..., Any]:
    def leading(predicate: Any, items: Any, /) -> Any:
        test = callee(predicate)
        found = _as_chosen(items)
        known = None if found is not None else Turns.of(items)
        if isinstance(items, Iterated) and not (known and isinstance(known.count, Array)):
            return _of_iterator(function, predicate, items)
        if known is not None and not isinstance(known.count, Array):
            items = list(items)
        elif known is not None:
            found = _all(items)
        if found is None and isinstance(items, list | tuple):
            before = comprehending.Undoing(test)
            before.begin()
            for item in items:
                holds = test(item)
                if truth(holds) is not None:
                    before.put_back()
                    found = chosen_items.together([True] * len(items), list(items))
                    break
                if not holds:
                    break
            if found is None:
                before.put_back()
        if found is None:
            return function(test, items)

        def failing(item: Any) -> Any:
            holds = test(item)
            mask = truth(holds)
            return comprehending.turn((), lambda: not holds if mask is None else ~mask)

        fails = comprehending.listed("list", found, failing, False)
        bad: Any = np.logical_and(fails.mask, fails.leaves[0])
        # Behind the first item whose test fails, the tests of the others do not count.
        is_first: Any = np.cumsum(bad, dtype=np.int64) == 0
        kept = is_first if takes else np.logical_not(is_first)
        kept = found.where(ops.lift(np.logical_and(found.mask, kept)))
        return comprehending.as_generator(kept, test, items)

    leading.__name__ = function.__name__
    return leading


REPLACED[itertools.takewhile] = _leading(itertools.takewhile, True)
REPLACED[itertools.dropwhile] = _leading(itertools.dropwhile, False)
