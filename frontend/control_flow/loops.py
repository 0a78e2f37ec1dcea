"""
Loops that carry values: `scan` and `fold` over rows, `while_loop` and `fori_loop`.

letgrad traces the function of a loop once, for one step. The number of steps makes no difference.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
from xdsl.ir import Region

from ...dialects import arrays, ten
from .. import container_writes, ops, pytree, tracing
from ..api import here
from ..tracing import Array
from ..user_code import located
from . import checkpoint_policies
from .checkpoint_policies import Policy

__all__ = ["checkpoint", "fold", "fori_loop", "map", "scan", "while_loop"]

ROWS = 4096
"""
The gradient of a scan has memory for all its rows, and it writes them all. So a loop over traced
integers is a scan only if `max_steps` is at most this number.
"""

PROBES: dict[type, np.dtype] = {
    int: np.dtype(np.int8),
    float: np.dtype(np.float16),
    complex: np.dtype(np.complex64),
}
"""The dtypes of Python's numbers in a first trial. The trial shows which dtypes they meet."""

DEFAULTS: dict[type, np.dtype] = {
    int: np.dtype(np.int64),
    float: np.dtype(np.float64),
    complex: np.dtype(np.complex128),
}


@here
def scan(
    f: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    checkpoint: int | None = None,
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
    With `checkpoint=k`, reverse mode keeps the carry of at most k steps, and computes the other
    steps again; docs/loops.md says how often.
    Errors: `TypeError` that names the part of the carry that changes; `ValueError` for arrays in
            `xs` with different numbers of rows.
    """
    carry, ys = _scan("lg.scan", f, init, xs, length, reverse, checkpoint=checkpoint)
    return carry, ys


@here
def fold(f: Callable[..., Any], init: Any, xs: Any, checkpoint: int | None = None) -> Any:
    """
    A loop over rows, in which `f(carry, x)` gives the next carry. `fold` gives the last carry; see
    `scan`, also for `checkpoint`.

        carry = init
        for x in xs:  carry = f(carry, x)
    """

    def step(carry: Any, x: Any) -> tuple[Any, Any]:
        return f(carry, x), None

    return _scan("lg.fold", step, init, xs, None, False, checkpoint=checkpoint)[0]


@here
def map(f: Callable[..., Any], xs: Any) -> Any:
    """
    A loop over rows without a carry: the array whose rows are f of the rows of `xs`, one after the
    other. `lg.vmap(f)(xs)` computes the same, on all rows at once: faster, with more memory.

    Example:

        >>> print(lg.map(lambda row: row / np.sum(row), np.array([[1.0, 3.0], [2.0, 2.0]])))
        [[0.25 0.75]
         [0.5  0.5 ]]
    """
    return _scan("lg.map", lambda carry, x: (carry, f(x)), (), xs, None, False)[1]


@here
def while_loop(
    cond: Callable[[Any], Any],
    body: Callable[[Any], Any],
    init: Any,
    max_steps: int | None = None,
    checkpoint: int | None = None,
) -> Any:
    """
    A loop that goes on as long as a condition on the carry holds. `while_loop` gives the last
    carry.

        carry = init
        while cond(carry):  carry = body(carry)

    With `max_steps`, the loop ends after that many turns at the latest. letgrad traces both
    functions once. `cond` gives a scalar. The carry is an array, or a nested container of arrays,
    with the rules of `scan`.

    A gradient runs the loop backwards. With `max_steps`, it keeps the values that each turn needs,
    in memory for `max_steps` turns. Otherwise it keeps the carry of some turns, and computes the
    turns between these again; docs/loops.md says at what cost. With `checkpoint=k`, it keeps the
    carry of at most k turns, as in `scan`.
    Errors: `TypeError` that names the part of the carry that changes, or says that `cond` gives no
            scalar.

    Example:

        >>> def root(a):
        ...     return lg.while_loop(lambda x: abs(x * x - a) > 1e-9, lambda x: (x + a / x) / 2, a)
        >>> print(round(float(lg.grad(root)(4.0)), 6))
        0.25
    """
    name = "lg.while_loop"
    _check_steps(name, max_steps)
    leaves, tree = pytree.flatten(init)
    leaves = [leaf if tracing.is_weak(leaf) else ops.lift(leaf) for leaf in leaves]
    nothing = pytree.flatten(None)[1]
    step = Loop(name, lambda carry, _: (body(carry), None), leaves, tree, [], nothing).checked()
    types = [tracing.ir_type(kind.shape, kind.dtype) for kind in step.carry]
    with tracing.region(types) as (scope, args):
        given = cond(tree.unflatten(args))
        if isinstance(given, tuple | list | dict) or given is None or np.shape(given) != ():
            raise located(TypeError, f"the condition of {name} must give a scalar, not {given!r}")
        tracing.add_yield(scope, [ops.cast(ops.number(ops.lift(given)), ops.BOOL)])
    inits = [ops.lift(leaf, kind.dtype) for leaf, kind in zip(leaves, step.carry)]
    loop = ten.WhileOp(
        [tracing.use(x) for x in inits], Region(scope.block), Region(step.scope.block), max_steps
    )
    _set_checkpoint(name, loop, checkpoint)
    results = [Array.of(value, tracing.current()) for value in tracing.add(loop).results]
    return tree.unflatten(results)


@here
def fori_loop(
    lower: Any,
    upper: Any,
    body: Callable[[Any, Any], Any],
    init: Any,
    max_steps: int | None = None,
    checkpoint: int | None = None,
) -> Any:
    """
    A loop over the integers from `lower` up to `upper`, without `upper`. `fori_loop` gives the last
    carry.

        carry = init
        for i in range(lower, upper):  carry = body(i, carry)

    The bounds are integers of Python, or traced integer scalars. i is a traced integer of dtype
    int64. The carry has the rules of `scan`. With `max_steps`, the loop
    ends after that many turns at the latest. Traced bounds and no `max_steps` give a loop of
    unknown length, whose gradient costs as that of `while_loop`. `checkpoint` is as in `scan`.
    Errors: `TypeError` for bounds that are no integer scalars, and as `scan`.

    Example:

        >>> power = lambda x, n: lg.fori_loop(0, n, lambda i, y: y * x, 1.0)
        >>> print(lg.grad(power)(2.0, 3))
        12.0
    """
    name = "lg.fori_loop"
    _check_steps(name, max_steps)
    low, high = (_bound(name, x) for x in (lower, upper))
    if isinstance(low, int) and isinstance(high, int):
        count = max(0, high - low)
        count = count if max_steps is None else min(count, max_steps)
        rows = low + np.arange(count, dtype=np.int64)

        def turn(carry: Any, i: Any) -> tuple[Any, Any]:
            return body(i, carry), None

        return _scan(name, turn, init, rows, None, False, checkpoint=checkpoint)[0]
    # Bounds of a narrow type may be farther apart than the type can say: 100 - (-100) of int8.
    first, last = (ops.cast(ops.lift(x), np.dtype(np.int64)) for x in (low, high))
    if max_steps is not None and max_steps <= ROWS:
        turns = last - first
        # The difference of two int64 wraps too.
        turns = ops.select(turns < 0, ops.lift(max_steps, turns.dtype), turns)
        turns = ops.select(first < last, turns, ops.lift(0, turns.dtype))
        rows = first + ops.lift(np.arange(max_steps))

        def step(carry: Any, i: Any) -> tuple[Any, Any]:
            return body(i, carry), None

        return _scan(name, step, init, rows, None, False, turns, checkpoint)[0]
    one = np.int64(1)
    return while_loop(
        lambda pair: pair[0] < last,
        lambda pair: (pair[0] + one, body(*pair)),
        (first, init),
        max_steps,
        checkpoint,
    )[1]


def checkpoint(fn: Callable[..., Any], policy: str | Policy = "nothing") -> Callable[..., Any]:
    """
    `fn`, whose values a gradient computes again instead of keeping them.

    The gradient of the result keeps the arguments of `fn`, and of the values inside of `fn` those
    that `policy` names: "nothing"; "dots", the results of products of matrices; or "everything",
    which is `fn` itself. A policy of `lg.checkpoint_policies` keeps the values to which
    `lg.checkpoint_name` gives names. The gradient computes the other values again when it needs
    them. The values stay the same, and so do all derivatives. Values from outside that `fn` uses
    without its arguments are not computed again.

    Errors: `ValueError` for a policy that is none of these; in a trace, `TypeError` for a function
            that writes to its arguments.

    Example:

        >>> @lg.checkpoint
        ... def layer(x):
        ...     return np.tanh(np.sin(x) * x)
        >>> print(round(float(lg.grad(lambda x: layer(layer(x)))(0.7)), 6))
        0.748192
    """
    chosen = checkpoint_policies.policy_of(policy)

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if chosen.kind == "everything" or not tracing.tracing():
            return fn(*args, **kwargs)
        leaves, tree = pytree.flatten((args, kwargs))
        # A Python number takes part in promotion as a number, and no row can say so.
        moved = [k for k, x in enumerate(leaves) if _is_plain_array(x)]
        arrays_of = [ops.lift(leaves[k]) for k in moved]
        rows = [ops.reshape(x, (1, *x.shape)) for x in arrays_of]

        def step(_: None, given: Sequence[Any]) -> tuple[None, Any]:
            values = list(leaves)
            for k, x in zip(moved, given, strict=True):
                values[k] = x
            positional, keywords = tree.unflatten(values)
            before = container_writes.Before(tree, (positional, keywords))
            contents = [x.value for x in given]
            with checkpoint_policies.inside(chosen):
                result = fn(*positional, **keywords)
            is_written = any(x.value is not content for x, content in zip(given, contents))
            if is_written or before.changes() is not None:
                raise located(
                    TypeError,
                    "the function of lg.checkpoint writes to its arguments, and the write would "
                    "be lost; let the function write to a copy, and return that copy",
                )
            return None, result

        keep = None if chosen.kind == "nothing" else chosen.kind
        _, ys = _scan("lg.checkpoint", step, None, rows, 1, False, checkpoint=1, keep=keep)
        found, results = pytree.flatten(ys)
        return results.unflatten([ops.reshape(y, y.shape[1:]) for y in found])

    return wrapper


def _is_plain_array(x: Any) -> bool:
    if isinstance(x, Array):
        return not tracing.is_weak(x)
    return isinstance(x, np.ndarray | np.generic)


def _check_steps(name: str, max_steps: int | None) -> None:
    if max_steps is None:
        return
    if type(max_steps) is bool or not isinstance(max_steps, int | np.integer):
        raise located(TypeError, f"max_steps of {name} must be an integer, not {max_steps!r}")
    if max_steps < 0:
        raise located(ValueError, f"max_steps of {name} is negative: {max_steps}")


def _set_checkpoint(name: str, loop: ten.ScanOp | ten.WhileOp, states: int | None) -> None:
    if states is None:
        return
    if type(states) is bool or not isinstance(states, int | np.integer):
        raise located(TypeError, f"checkpoint of {name} must be an integer, not {states!r}")
    if states < 1:
        raise located(ValueError, f"checkpoint of {name} must be at least 1, not {states}")
    loop.attributes[ten.CHECKPOINT] = IntegerAttr(int(states), i64)


def _bound(name: str, x: Any) -> int | Array:
    """A bound of a loop over integers. Errors: `TypeError`."""
    if type(x) is not bool and isinstance(x, int | np.integer):
        return int(x)
    if isinstance(x, Array) and not x.shape and (x.is_index or x.dtype.kind in "iu"):
        return ops.signed_index(ops.number(x))
    if isinstance(x, np.ndarray) and not x.shape and x.dtype.kind in "iu":
        return int(x)
    raise located(TypeError, f"the bounds of {name} must be integer scalars, not {x!r}")


def _scan(
    name: str,
    f: Callable[..., Any],
    init: Any,
    xs: Any,
    length: int | None,
    reverse: bool,
    turns: Array | None = None,
    checkpoint: int | None = None,
    keep: str | None = None,
) -> tuple[Any, Any]:
    if type(reverse) is not bool:
        raise located(TypeError, f"reverse must be True or False, not {reverse!r}")
    x_leaves, x_tree = pytree.flatten(xs)
    rows = [ops.lift(x) for x in x_leaves]
    count = _length(name, rows, x_tree, length)
    leaves, tree = pytree.flatten(init)
    leaves = [leaf if tracing.is_weak(leaf) else ops.lift(leaf) for leaf in leaves]
    loop = Loop(name, f, leaves, tree, rows, x_tree)
    step = loop.checked()
    inits = [ops.lift(leaf, kind.dtype) for leaf, kind in zip(leaves, step.carry)]
    scan = ten.ScanOp(
        count,
        [tracing.use(x) for x in inits],
        [tracing.use(x) for x in rows],
        Region(step.scope.block),
        reverse,
        None if turns is None else tracing.use(ops.as_index(turns)),
    )
    _set_checkpoint(name, scan, checkpoint)
    if keep is not None:
        scan.attributes[ten.KEEP] = StringAttr(keep)
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

    def checked(self) -> Step:
        """The traced step. Errors: `TypeError` if a part of the carry changes its type."""
        step = self.trace(self.dtypes())
        for k, (a, b) in enumerate(zip(step.carry, step.next)):
            if a != b:
                place = f" at {path}" if (path := self.tree.paths()[k]) else ""
                raise located(
                    TypeError,
                    f"the carry of {self.name} changes{place} from {a} to {b}; "
                    "the carry must keep its shape and dtype in each step",
                )
        return step

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
