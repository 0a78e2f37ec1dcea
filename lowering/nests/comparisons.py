"""Comparisons of indices whose bounds are known."""

from __future__ import annotations

Bounds = tuple[int, int]
"""The least and the largest value."""


def decided(name: str, a: Bounds, b: Bounds, difference: Bounds) -> bool | None:
    """
    Whether an `arith.cmpi` with this predicate holds: always, never, or None if unknown.
    `difference` are the bounds of a - b, which may be closer than those of a and b tell.

    Requires: a, b and a - b do not wrap.
    """
    if name[0] == "u":
        # As an unsigned number, a negative index is large.
        if b[0] < 0 or a[0] < 0 <= a[1]:
            return None
        if a[1] < 0:
            return name in ("ugt", "uge")
        name = f"s{name[1:]}"
    low, high = difference
    always, never = {
        "eq": (low == high == 0, low > 0 or high < 0),
        "ne": (low > 0 or high < 0, low == high == 0),
        "slt": (high < 0, low >= 0),
        "sle": (high <= 0, low > 0),
        "sgt": (low > 0, high <= 0),
        "sge": (low >= 0, high < 0),
    }[name]
    return True if always else False if never else None
