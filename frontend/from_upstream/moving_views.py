"""
Views that leave a branch or a turn of a loop: memory that the branch or turn decides. The number of
one of several views leaves it, and behind it the views are a choice by this number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects import arith

from .. import ops, tracing
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array, Scope
from . import elements
from .cells import Box, Cell, Choice, Strided, View, choice
from .places import Places


def roots(view: View) -> list[View]:
    """The views among which a view is a choice."""
    if isinstance(view, Choice):
        return list(dict.fromkeys([*roots(view.yes), *roots(view.no)]))
    return [view]


def number(view: View, targets: Sequence[View]) -> Array:
    """The number of a view among several, as a value of the program."""
    if isinstance(view, Choice):
        return elements.select(view.mask, number(view.yes, targets), number(view.no, targets))
    return tracing.constant_index(list(targets).index(view))


def by_number(places: Places, which: Array, targets: Sequence[View]) -> View:
    """The view whose number the program computes."""
    known = places.known(which)
    if known is not None:
        return targets[known]
    result = targets[-1]
    for k in reversed(range(len(targets) - 1)):
        mask = ops.compare_by("eq", which, tracing.constant_index(k))
        result = choice(mask, targets[k], result)
    return result


def check_outside(view: View, outer: Scope) -> None:
    """
    Errors: `NotConvertible` for a view at a place that only the inside of a branch or turn knows.
    """
    for step in view.steps:
        places: tuple[Any, ...] = ()
        if isinstance(step, Box):
            places = step.offsets
        elif isinstance(step, Strided):
            places = (step.offset, *step.strides)
        for place in places:
            if isinstance(place, Array) and not (
                place.scope is outer or place.scope.encloses(outer)
            ):
                raise NotConvertible(
                    "a view of memory leaves a branch or a loop, and the place of the view is "
                    "computed there"
                )


@dataclass(frozen=True)
class Home:
    """The key of memory outside of a loop: the value of the loop, and what a turn allocates."""

    position: int
    allocated: Any


def home_of(position: int, view: View) -> Cell:
    """
    The memory outside of a loop for memory that a turn allocates and gives to the next turn as the
    value at `position`.
    """
    key = view.cell.key
    allocated = key.allocated if isinstance(key, Home) else key
    return Cell(Home(position, allocated), view.shape, view.cell.element)


def arms(mask: Array | None, condition: Array) -> tuple[Array, Array]:
    """The masks of the two arms of a choice that is taken where the mask holds."""
    other = elements.binary(arith.XOrIOp, condition, tracing.constant(True))
    if mask is None:
        return condition, other
    return elements.binary(arith.AndIOp, mask, condition), elements.binary(
        arith.AndIOp, mask, other
    )
