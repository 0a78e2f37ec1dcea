"""
Are the two sides of a rule equal? The reference runs both, on random inputs with NaN, infinities,
zeros of both signs, and large and small numbers among them, and for rules on tensors with several
sizes.

Keeps:   without `fast`, what is equal up to rounding, and equal in NaN, infinities and the signs of
         zeros. With `fast`, what is equal up to rounding where both sides are finite, on finite
         inputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute

from ..dialects import types
from ..passes.diagnostics import LetgradError
from ..passes.functions import by_name
from ..passes.patterns import TextRule
from . import arrays
from .reference import Evaluator

ELEMENTS = 2000
"""Random elements on which a rule on scalars is run, beside all combinations of special ones."""

RUNS = 12
"""Random inputs for each choice of sizes of a rule on tensors."""

TOLERANCES = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2, "bfloat16": 5e-2}
"""How far numbers that differ by rounding may be apart, relative to the greater one."""


def check(rule: TextRule, fast: bool = False) -> None:
    """
    Run both sides of a rule and compare.

    Errors: `LetgradError`, at @before, for a rule whose sides differ, with the inputs; and for one
            whose sides were never both finite.
    """
    found = _difference(rule, fast)
    if found is None:
        return
    if not fast and _difference(rule, fast=True) is None:
        found += "; with fast, which leaves NaN, infinities and signs of zero open, they are equal"
    raise LetgradError(f"rule {rule.name}: the sides differ: {found}", rule.before)


def _difference(rule: TextRule, fast: bool) -> str | None:
    compared = 0
    for module, inputs in _cases(rule, fast):
        evaluator = Evaluator(module)
        (a,), (b,) = (evaluator.call(side, inputs) for side in ("before", "after"))
        a, b = np.asarray(a), np.asarray(b)
        same, counted = _same(a, b, fast)
        compared += counted
        if not same.all():
            place = tuple(int(i) for i in np.argwhere(~same)[0])
            return _said(rule, inputs, a, b, place)
    return None if compared else "on no input are both sides finite"


Case = tuple[ModuleOp, tuple[Any, ...]]
"""A module with both sides, and inputs for them."""


def _cases(rule: TextRule, fast: bool) -> Iterator[Case]:
    random = np.random.default_rng(0)
    kinds = [a.type for a in rule.before.args]
    if rule.elementwise:
        yield from _elementwise_cases(rule, kinds, fast, random)
        return
    choices: list[dict[int, int]] = [{}]
    choices += [{n: m} for n in rule.sizes for m in (0, 1)]
    choices += [dict.fromkeys(rule.sizes, m) for m in (0, 1)]
    choices += [{n: int(random.integers(2, 7)) for n in rule.sizes} for _ in range(3)]
    for sizes in {tuple(sorted(c.items())): c for c in choices}.values():
        if (module := rule.instance(sizes)) is None:
            continue
        args = by_name(module)["before"].args
        for _ in range(RUNS):
            yield module, tuple(_random(a.type, types.shape(a.type), fast, random) for a in args)


def _elementwise_cases(
    rule: TextRule, kinds: Sequence[Attribute], fast: bool, random: np.random.Generator
) -> Iterator[Case]:
    columns = [_random(kind, (ELEMENTS,), fast, random) for kind in kinds]
    if len(kinds) <= 3:
        rows = zip(*itertools.product(*(_special(types.element(kind), fast) for kind in kinds)))
        columns = [
            np.concatenate([np.array(row).astype(drawn.dtype), drawn])
            for row, drawn in zip(rows, columns)
        ]
    # All at once, as a tensor; one by one, where an op takes scalars only.
    length = len(columns[0]) if columns else 1
    if (module := rule.instance({}, (length,))) is not None:
        yield module, tuple(columns)
    else:
        module = ModuleOp([rule.before.clone(), rule.after.clone()])
        for row in zip(*columns) if columns else [()]:
            yield module, row


def _special(element: Attribute, fast: bool) -> list[Any]:
    dtype = arrays.dtype(element)
    if dtype.kind == "b":
        return [False, True]
    if not types.is_float(element):
        limits = np.iinfo(dtype)
        return [0, 1, -1, 2, 3, int(limits.min), int(limits.max)]
    finite = [0.0, -0.0, 1.0, -1.0, 2.0, -0.5, 3.0]
    if fast:
        return finite
    large = {"float64": 1e300, "float32": 1e38, "float16": 6e4, "bfloat16": 1e38}[dtype.name]
    return [*finite, np.nan, np.inf, -np.inf, large, -large, 1 / large, 800.0, -800.0]


def _random(
    kind: Attribute, shape: Sequence[int], fast: bool, random: np.random.Generator
) -> np.ndarray:
    element = types.element(kind)
    dtype = arrays.dtype(element)
    special = np.array(_special(element, fast))
    if types.is_float(element):
        plain = random.standard_normal(shape) * random.choice([0.1, 1.0, 3.0], shape)
    else:
        plain = random.integers(0, 2 if dtype.kind == "b" else 9, shape)
        plain = plain - (0 if dtype.kind == "b" else 3)
    chosen = random.choice(special, shape)
    with np.errstate(over="ignore"):
        mixed = np.where(random.random(shape) < 0.25, chosen, plain)
        return np.asarray(mixed).astype(dtype)


def _same(a: np.ndarray, b: np.ndarray, fast: bool) -> tuple[np.ndarray, int]:
    """Where two results agree, and how many finite numbers were compared."""
    if a.dtype.name not in TOLERANCES:
        return np.asarray(a == b), a.size + (a.size == 0)
    # The smallest numbers have few digits.
    tiny = 8 * float(ml_dtypes.finfo(a.dtype).smallest_subnormal)
    tolerance = TOLERANCES[a.dtype.name]
    with np.errstate(all="ignore"):
        x, y = a.astype(np.float64), b.astype(np.float64)
        finite = np.isfinite(x) & np.isfinite(y)
        close = np.abs(x - y) <= tolerance * np.maximum(np.abs(x), np.abs(y)) + tiny
        if fast:
            return np.asarray(close | ~finite), int(finite.sum()) + (a.size == 0)
        zeros = (x == 0) & (y == 0)
        same = np.where(zeros, np.signbit(x) == np.signbit(y), close & finite)
        same = same | (~finite & ((x == y) | (np.isnan(x) & np.isnan(y))))
        return np.asarray(same), int(finite.sum()) + (a.size == 0)


def _said(
    rule: TextRule,
    inputs: Sequence[Any],
    a: np.ndarray,
    b: np.ndarray,
    place: tuple[int, ...],
) -> str:
    values = f"@before gives {a[place]} and @after {b[place]}"
    if rule.elementwise:
        given = [np.asarray(x)[place] if np.ndim(x) else x for x in inputs]
        names = [arg.name_hint or f"arg{i}" for i, arg in enumerate(rule.before.args)]
        return f"for {', '.join(f'%{n} = {v}' for n, v in zip(names, given))}, {values}"
    kinds = ", ".join(str(np.asarray(x).dtype) + str(list(np.shape(x))) for x in inputs)
    at = f" at [{', '.join(map(str, place))}]" if place else ""
    return f"on random ({kinds}), {values}{at}"
