"""
A test whether passes keep the meaning: the reference runs the program on random inputs before and
after a pass, and this module compares the results.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import LocationAttr, ModuleOp
from xdsl.ir import Attribute

from ...dialects import arrays, types
from ...lowering.reference import Evaluator
from ...passes.rewriting.diagnostics import LetgradError, warning
from ...passes.rewriting.rule_tables import MissingRule

SPECIAL = (0.0, 1.0, -2.0)

TOLERANCES: dict[str, float] = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2, "bfloat16": 5e-2}
"""
The greatest difference of results by rounding, relative to the greatest magnitude in the result, or
to 1 if the magnitude is less.
"""

MOST_TURNS = 10_000
"""The turns after which a check gives a loop up: on random inputs many a loop does not end."""

Results = tuple[Any, ...]


def random_value(
    rng: np.random.Generator, type: Attribute, special: float = 0.3
) -> np.ndarray | np.generic:
    """
    A random value of a scalar or tensor type. Floats are normal, but a part `special` of them are
    exactly 0, 1 or -2, so that there are ties; integers are from -3 to 8, so that indices fall
    inside and outside of small tensors.
    """
    shape, dtype = types.shape(type), arrays.dtype(type)
    if types.is_bool(types.element(type)):
        values = rng.integers(0, 2, shape)
    elif types.is_integer(types.element(type)):
        values = rng.integers(-3, 9, shape)
    else:
        values = np.where(
            rng.random(shape) < special,
            rng.choice(np.array(SPECIAL), shape),
            rng.standard_normal(shape),
        )
    return np.asarray(values).astype(dtype)[()]


def difference(expected: Any, actual: Any) -> str | None:
    """
    The first element at which two results differ by more than rounding, in words; None if they do
    not.
    """
    expected, actual = np.asarray(expected), np.asarray(actual)
    if expected.shape != actual.shape or expected.dtype != actual.dtype:
        was, now = (f"{a.dtype}{list(a.shape)}" for a in (expected, actual))
        return f"it was {was} and is {now}"
    if expected.dtype.name in TOLERANCES:
        with np.errstate(all="ignore"):
            a, b = expected.astype(np.float64), actual.astype(np.float64)
            scale = max(1.0, float(np.max(np.abs(a), where=np.isfinite(a), initial=0.0)))
            same = (
                (a == b)
                | (np.isnan(a) & np.isnan(b))
                | (np.abs(a - b) <= TOLERANCES[expected.dtype.name] * scale)
            )
    else:
        same = expected == actual
    if same.all():
        return None
    place = tuple(int(i) for i in np.argwhere(~same)[0]) if expected.ndim else ()
    at = f"[{', '.join(map(str, place))}] " if place else ""
    return f"{at}it was {expected[place]} and is {actual[place]}"


def bounded_evaluator(module: ModuleOp) -> Evaluator:
    """An evaluator that gives up a loop after `MOST_TURNS` turns, by an error at the loop."""
    evaluator = Evaluator(module)
    evaluator.most_turns = MOST_TURNS
    return evaluator


@dataclass
class _Known:
    """A function's type, its inputs, and its results."""

    type: Attribute
    inputs: list[Results]
    outputs: list[Results] | None
    """None where the function did not run yet."""


@dataclass
class Baseline:
    """
    The results of the public functions of a module on `n` random inputs each, and the check that
    the functions still give these results.

    The check watches the functions of `module` from the start. If a pass adds a function, or gives
    a function another type, the check watches this function after the pass. If the reference lacks
    a rule for a function, the check skips the function with a warning.
    """

    module: ModuleOp
    n: int = 1
    seed: int = 0
    _known: dict[str, _Known] = field(default_factory=dict, init=False)
    _skipped: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.check(self.module, "nothing")

    def check(self, module: ModuleOp, by: str, at: LocationAttr | None = None) -> None:
        """
        Run all watched functions of `module` again. In errors, `by` names the change of the module,
        and `at` its place. Without `at`, errors have the place of the function.

        Errors: `LetgradError` if a result differs, or if a function fails that did not fail before.
        """
        evaluator = bounded_evaluator(module)
        for function in _public_functions(module):
            name = function.sym_name.data
            known = self._known.get(name)
            if known is None or known.type != function.function_type:
                try:
                    known = _Known(function.function_type, self._inputs(function), None)
                except MemoryError:
                    self._skip(function, "its arguments do not fit into memory")
                    continue
            try:
                outputs = [evaluator.call(name, values) for values in known.inputs]
            except LetgradError as error:
                # A function without a rule, or that never ran, has no meaning that could change.
                if isinstance(error, MissingRule) or known.outputs is None:
                    self._skip(function, error.diagnostic.message)
                    continue
                raise LetgradError(
                    f"@{name} fails after {by}: {error.diagnostic.message}",
                    error.diagnostic.location,
                ) from error
            if known.outputs is None:
                self._known[name] = _Known(known.type, known.inputs, outputs)
            elif (what := _first_difference(known.outputs, outputs)) is not None:
                raise LetgradError(
                    f"{by} changed the result of @{name}: {what}", function if at is None else at
                )

    def _inputs(self, function: func.FuncOp) -> list[Results]:
        """Random inputs that depend on the function's name and on nothing else."""
        rng = np.random.default_rng([self.seed, zlib.crc32(function.sym_name.data.encode())])
        argument_types = function.function_type.inputs.data
        # A scalar 0 hides too much to be the only input: the first one has none.
        return [
            tuple(
                random_value(rng, t, 0.3 if run or types.rank(t) else 0.0) for t in argument_types
            )
            for run in range(self.n)
        ]

    def _skip(self, function: func.FuncOp, reason: str) -> None:
        name = function.sym_name.data
        if name not in self._skipped:
            self._skipped.add(name)
            warning(f"the meaning of @{name} is not checked: {reason}", function)


def _public_functions(module: ModuleOp) -> list[func.FuncOp]:
    """The functions with a body that are not private and whose arguments NumPy can hold."""
    return [
        op
        for op in module.ops
        if isinstance(op, func.FuncOp)
        and not op.is_declaration
        and (op.sym_visibility is None or op.sym_visibility.data != "private")
        and all(types.unsupported(t) is None for t in op.function_type.inputs.data)
    ]


def _first_difference(expected: Sequence[Results], actual: Sequence[Results]) -> str | None:
    for run in zip(expected, actual, strict=True):
        for i, (before, after) in enumerate(zip(*run, strict=True)):
            if (what := difference(before, after)) is not None:
                return what if len(run[0]) == 1 else f"result #{i}: {what}"
    return None
