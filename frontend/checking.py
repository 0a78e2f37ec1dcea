"""`check`: run a function and its derivative on the reference, and find where numbers go wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from ..dialects import types
from ..lowering.reference.watching import Finding, WatchingEvaluator
from . import api
from .traced_functions import Traced, known_ints
from .tracing import tracing as is_tracing
from .transforms.derivatives import Memo, derive, is_float
from .user_code import located

__all__ = ["check"]

_PARTS = "the function", "the derivative"


@dataclass(frozen=True)
class Check:
    """
    What `check` found: for the function and for its derivative, the first op that makes a NaN, an
    infinity, an index outside of its array, or an integer division by zero.

    `str(check)` has a line for each finding. `check.ok` says that there are none.
    """

    name: str
    in_function: tuple[Finding, ...]
    in_derivative: tuple[Finding, ...]
    value: Any
    """The value of the function."""
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.in_function and not self.in_derivative

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.in_function, *self.in_derivative)

    def __str__(self) -> str:
        lines = []
        for what, found in zip(_PARTS, (self.in_function, self.in_derivative)):
            lines += [f"in {what}: {finding}" for finding in found]
        if not lines:
            lines = [f"{self.name}: no op of the function or its derivative goes wrong"]
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The findings in notebooks."""
        color = "#e6f4e6" if self.ok else "#fbe5e1"
        return f'<pre style="background: {color}; padding: 6px">{escape(str(self))}</pre>'


def check(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """
    Runs `fn(*args, **kwargs)` and its derivative on the reference, op by op, and finds the first op
    that makes a NaN or an infinity, that reads or writes outside of its array, or that divides an
    integer by zero. Without arguments, the result is a function that takes them.

        print(lg.check(loss, params))
        in the derivative: f.py:12: arith.divf of 1.0, 0.0 makes an infinity at [3], an op that
        linearize(math.sqrt) made

    The result has `ok`, `findings` and `value`. A finding has the place in the user's file, the
    operands, and the rules that made the op. The derivative is the one in reverse mode, with ones
    as cotangents. Outside of an array, a program reads zeros: so a finding of an index is no error
    where the program means it, as in a convolution.
    Errors: `TypeError` during a trace, because a trace has no numbers.
    """
    if not args and not kwargs:
        return lambda *args, **kwargs: _check(fn, args, kwargs)
    return _check(fn, args, kwargs)


def _check(fn: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Check:
    if is_tracing():
        raise located(TypeError, "lg.check runs a program, and a trace has no numbers")
    args, kwargs = known_ints(fn, args, kwargs)
    traced, known, leaves = Memo(fn).traced(args, kwargs)
    found, results = _watched(traced, leaves)
    value = traced.out_tree.unflatten(results)
    wrt = tuple(i for i, t in enumerate(traced.in_types) if is_float(t))
    floats = [t for t in traced.out_types if is_float(t)]
    notes: tuple[str, ...] = ()
    in_derivative: tuple[Finding, ...] = ()
    if wrt and floats:
        ones = [np.ones(types.shape(t), api.arrays.dtype(t)) for t in floats]
        try:
            derived = derive(traced, known, wrt, "reverse", False)
        except Exception as error:
            notes = (f"there is no derivative to check: {error}",)
        else:
            in_derivative, _ = _watched(derived, [*leaves, *ones])
    # A derivative computes values of the function too. A finding of the function
    # itself is no news there.
    seen = {(f.kind, f.place) for f in found}
    in_derivative = tuple(f for f in in_derivative if (f.kind, f.place) not in seen or f.rules)
    return Check(traced.entry, found, in_derivative, value, notes)


def _watched(traced: Traced, leaves: Sequence[Any]) -> tuple[tuple[Finding, ...], tuple[Any, ...]]:
    evaluator = WatchingEvaluator(traced.module)

    def run(*args: Any) -> tuple[Any, ...]:
        return evaluator.call(traced.entry, args)

    compiled: Any = run
    if any(map(api.unsigned.is_unsigned, (*traced.in_types, *traced.out_types))):
        compiled = api.unsigned.ReadingSigns(run, traced.in_types, traced.out_types)
    results = compiled(*leaves)
    return tuple(evaluator.found.values()), results
