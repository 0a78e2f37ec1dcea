"""Derivatives in a direction, by differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def along(f: Callable[..., Any], xs: Sequence[Any], ds: Sequence[Any], h: float = 1e-4) -> float:
    """The derivative of f in a direction, by differences of fourth order."""

    def at(t: float) -> float:
        return float(f(*[x + t * d for x, d in zip(xs, ds)]))

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
