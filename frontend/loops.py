"""
Loops that carry values: `scan` and `fold`.

letgrad traces the function of a loop once, for one step. The number of steps makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.ir import Region

from ..dialects import arrays, ten
from . import ops, pytree, tracing
from .api import here
from .tracing import Array, located

__all__ = ["fold", "scan"]

PROBES: dict[type, np.dtype] = {int: np.dtype(np.int8), float: np.dtype(np.float16)}
"""The dtypes of Python's numbers in a first trial. The trial shows which dtypes they meet."""

DEFAULTS: dict[type, np.dtype] = {int: np.dtype(np.int64), float: np.dtype(np.float64)}


@here
def scan(
    f: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """
    A loop over rows, in which `f(carry, x)` gives `(carry, y)`. `scan` gives the last carry, and an
    array whose rows are all y.

        carry = init
        for k in range(length):  carry, ys[k] = f(carry, xs[k])        backwards with `reverse`

    `init`, `xs` and y are arrays, or nested containers of arrays. All arrays in `xs` have the same
    number of rows; each step takes one row of each array. Without `xs`, `length` is the number of
    steps, and x is None. letgrad traces f once. The carry keeps its structure, shapes and dtypes. A
    Python number in `init` takes the dtype that f gives to this part of the carry.
    Errors: `TypeError` that names the part of the carry that changes; `ValueError` for arrays in
            `xs` with different numbers of rows.
    """
    carry, ys = _scan("lg.scan", f, init, xs, length, reverse)
    return carry, ys


@here
def fold(f: Callable[..., Any], init: Any, xs: Any) -> Any:
    """
    A loop over rows, in which `f(carry, x)` gives the next carry. `fold` gives the last carry; see
    `scan`.

        carry = init
        for x in xs:  carry = f(carry, x)
    """
    carry, _ = _scan("lg.fold", lambda carry, x: (f(carry, x), None), init, xs, None, False)
    return carry


def _scan(
    name: str, f: Callable[..., Any], init: Any, xs: Any, length: int | None, reverse: bool
) -> tuple[Any, Any]:
    if type(reverse) is not bool:
        raise located(TypeError, f"reverse must be True or False, not {reverse!r}")
    x_leaves, x_tree = pytree.flatten(xs)
    rows = [ops.lift(x) for x in x_leaves]
    count = _length(name, rows, x_tree, length)
    leaves, tree = pytree.flatten(init)
    leaves = [leaf if tracing.is_weak(leaf) else ops.lift(leaf) for leaf in leaves]
    loop = Loop(name, f, leaves, tree, rows, x_tree)
    step = loop.trace(loop.dtypes())
    wrong = [k for k, (a, b) in enumerate(zip(step.carry, step.next)) if a != b]
    if wrong:
        k = wrong[0]
        place = f" at {path}" if (path := tree.paths()[k]) else ""
        raise located(
            TypeError,
            f"the carry of {name} changes{place} from {step.carry[k]} to {step.next[k]}; "
            "the carry must keep its shape and dtype in each step",
        )
    inits = [ops.lift(leaf, kind.dtype) for leaf, kind in zip(leaves, step.carry)]
    scan = ten.ScanOp(
        count,
        [tracing.use(x) for x in inits],
        [tracing.use(x) for x in rows],
        Region(step.scope.block),
        reverse,
    )
    results = [Array.of(value, tracing.current()) for value in tracing.add(scan).results]
    return tree.unflatten(results[: len(inits)]), step.y_tree.unflatten(results[len(inits) :])


def _length(name: str, rows: Sequence[Array], tree: pytree.Tree, length: int | None) -> int:
    """The number of steps. Errors: `TypeError` or `ValueError`, if arguments give no one number."""
    if length is not None and (type(length) is bool or not isinstance(length, int | np.integer)):
        raise located(TypeError, f"the length of {name} must be an integer, not {length!r}")
    if length is not None and length < 0:
        raise located(ValueError, f"the length of {name} is negative: {length}")
    counts = {"length": int(length)} if length is not None else {}
    for path, x in zip(tree.paths(), rows):
        if not x.shape:
            raise located(ValueError, f"{name} steps over rows, and xs{path} is a scalar")
        counts[f"xs{path}"] = x.shape[0]
    if not counts:
        raise located(TypeError, f"{name} needs xs or a length")
    (first, count), *others = counts.items()
    for other, n in others:
        if n != count:
            what = "is" if first == "length" else "has"
            raise located(
                ValueError,
                f"{name}: {first} {what} {count}{'' if first == 'length' else ' rows'}, and "
                f"{other} has {n} rows",
            )
    return count


@dataclass
class Step:
    """One step, traced: its region, the types of the carry before and after it, and its y."""

    scope: tracing.Scope
    carry: list[Kind]
    next: list[Kind]
    y_tree: pytree.Tree


@dataclass(frozen=True)
class Kind:
    shape: tuple[int, ...]
    dtype: np.dtype

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


@dataclass
class Loop:
    """
    The parts of a loop. The `leaves` of the carry are traced arrays and Python's numbers.
    """

    name: str
    f: Callable[..., Any]
    leaves: list[Any]
    tree: pytree.Tree
    rows: list[Array]
    x_tree: pytree.Tree

    def dtypes(self) -> list[np.dtype]:
        """
        The dtypes of the carry. A Python number gets the dtype that comes out of a step in its
        place. A first trial gives the narrowest dtypes to Python's numbers, and shows which dtypes
        they meet.
        """
        weak = [k for k, leaf in enumerate(self.leaves) if tracing.is_weak(leaf)]
        strong = [x.dtype for x in (*self.leaves, *self.rows) if isinstance(x, Array)]
        probes = PROBES | ({float: arrays.bfloat16} if arrays.bfloat16 in strong else {})
        dtypes = [
            probes[type(leaf)] if k in weak else leaf.dtype for k, leaf in enumerate(self.leaves)
        ]
        if not weak:
            return dtypes
        try:
            met = [kind.dtype for kind in self.trace(dtypes).next]
        except (TypeError, ValueError):
            # Some pairs of dtypes have no common dtype. Other errors come up again below.
            met = dtypes
        for k in weak:
            kind = type(self.leaves[k])
            if met[k] != probes[kind] or met[k] in strong:
                dtypes[k] = ops.promote(met[k], self.leaves[k], numbers_are_weak=True)
            else:
                dtypes[k] = DEFAULTS[kind]
        for _ in weak:
            # A step may move one number into the place of another.
            met = [kind.dtype for kind in self.trace(dtypes).next]
            wider = [
                ops.promote(dtype, new) if k in weak else dtype
                for k, (dtype, new) in enumerate(zip(dtypes, met))
            ]
            if wider == dtypes:
                break
            dtypes = wider
        return dtypes

    def trace(self, dtypes: Sequence[np.dtype]) -> Step:
        """
        Run f once, for a carry of these dtypes.

        Errors: `TypeError` if f gives another structure.
        """
        carry = [Kind(ops.shape_of(x), dtype) for x, dtype in zip(self.leaves, dtypes)]
        rows = [Kind(x.shape[1:], x.dtype) for x in self.rows]
        types = [tracing.ir_type(kind.shape, kind.dtype) for kind in (*carry, *rows)]
        with tracing.region(types) as (scope, args):
            given = self.f(
                self.tree.unflatten(args[: len(carry)]), self.x_tree.unflatten(args[len(carry) :])
            )
            if not isinstance(given, tuple | list) or len(given) != 2:
                raise located(
                    TypeError,
                    f"the function of {self.name} must give a pair (carry, y), not {given}",
                )
            leaves, tree = pytree.flatten(given[0])
            if (difference := self.tree.difference(tree)) is not None:
                raise located(
                    TypeError, f"the carry of {self.name} changes its structure: {difference}"
                )
            ys, y_tree = pytree.flatten(given[1])
            new = [
                Kind(
                    ops.shape_of(x),
                    ops.promote(kind.dtype, x, numbers_are_weak=True)
                    if tracing.is_weak(x)
                    else ops.dtype_of(x),
                )
                for x, kind in zip(leaves, carry)
            ]
            values = [ops.lift(x, kind.dtype) for x, kind in zip(leaves, new)]
            tracing.add_yield(scope, [*values, *(ops.lift(y) for y in ys)])
        return Step(scope, carry, new, y_tree)
