"""
Check whether the two sides of a rule are equal. The reference runs both sides on random inputs. The
inputs have NaN, infinities, zeros of both signs, large and small numbers, and the constants of the
rule with their neighbours among them. Rules on tensors run with several sizes.

Keeps:   without `fast`, rules whose sides are equal up to rounding, and equal in NaN, infinities
         and the signs of zeros. With `fast`, rules whose sides are equal up to rounding where both
         sides are finite, on ordinary numbers: the inputs have no NaN, no infinities, and no large
         or small numbers, because products of those overflow and underflow on one side only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute

from ...dialects import arrays, types
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import by_name
from ...passes.rewriting.patterns import TextRule
from . import Evaluator

ELEMENTS = 2000
"""Random elements for a rule on scalars, beside all combinations of special numbers."""

RUNS = 12
"""Random inputs for each choice of sizes of a rule on tensors."""

NEAR = 8
"""Numbers of a rule's own that join the special numbers, at most, and a few more."""

SHOWN = 12
"""Elements of an array that an error shows."""

TOLERANCES = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2, "bfloat16": 5e-2}
"""The distance that rounding may make between two numbers, relative to the greater one."""


def check(rule: TextRule, fast: bool = False) -> None:
    """
    Run both sides of a rule and compare.

    Errors: `LetgradError`, at @before, for a rule whose sides differ, with the inputs; and for one
            whose sides were never both finite.

    Example:

        >>> module = parse(ctx, '''
        ... func.func @before(%x: f64) -> f64 {
        ...   %y = arith.addf %x, %x : f64
        ...   func.return %y : f64
        ... }
        ... func.func @after(%x: f64) -> f64 {
        ...   func.return %x : f64
        ... }''')
        >>> try:
        ...     check_text_rule(text_rules(module, "Wrong")[0], False)
        ... except LetgradError as error:
        ...     print(error.diagnostic.message)
        rule Wrong: the sides differ: for %x = 1.0, @before gives 2.0 and @after 1.0
    """
    found = _difference(rule, fast)
    if found is None:
        return
    if not fast and _difference(rule, fast=True) is None:
        found += "; with fast, which tries ordinary numbers only, they are equal"
    raise LetgradError(f"rule {rule.name}: the sides differ: {found}", rule.before)


def _difference(rule: TextRule, fast: bool) -> str | None:
    compared = 0
    for module, sizes, inputs in _cases(rule, fast):
        evaluator = Evaluator(module)
        (a,), (b,) = (evaluator.call(side, inputs) for side in ("before", "after"))
        a, b = np.asarray(a), np.asarray(b)
        same, counted = _same(a, b, fast)
        compared += counted
        if not same.all():
            place = tuple(int(i) for i in np.argwhere(~same)[0])
            return _said(rule, sizes, inputs, a, b, place)
    return None if compared else "on no input are both sides finite"


Case = tuple[ModuleOp, Mapping[int, int], tuple[Any, ...]]
"""A module with both sides, its sizes in place of the sizes of the rule, and inputs."""


def _cases(rule: TextRule, fast: bool) -> Iterator[Case]:
    random = np.random.default_rng(0)
    kinds = [a.type for a in rule.before.args]
    special = {kind: _special(rule, types.element(kind), fast) for kind in kinds}
    if rule.elementwise:
        yield from _elementwise_cases(rule, special, random)
        return
    choices: list[dict[int, int]] = [{}]
    choices += [{n: m} for n in rule.sizes for m in (0, 1)]
    choices += [dict.fromkeys(rule.sizes, m) for m in (0, 1)]
    choices.append({n: 2 + k for k, n in enumerate(rule.sizes)})  # small enough to show
    choices += [{n: int(random.integers(2, 7)) for n in rule.sizes} for _ in range(3)]
    for sizes in {tuple(sorted(c.items())): c for c in choices}.values():
        if (module := rule.instance(sizes)) is None:
            continue
        shapes = [types.shape(a.type) for a in by_name(module)["before"].args]
        for _ in range(RUNS):
            drawn = (_random(k, s, special[k], random) for k, s in zip(kinds, shapes, strict=True))
            yield module, sizes, tuple(drawn)


def _elementwise_cases(
    rule: TextRule, special: Mapping[Attribute, list[Any]], random: np.random.Generator
) -> Iterator[Case]:
    kinds = [a.type for a in rule.before.args]
    columns = [_random(kind, (ELEMENTS,), special[kind], random) for kind in kinds]
    if len(kinds) <= 3:
        rows = zip(*itertools.product(*(special[kind] for kind in kinds)))
        columns = [
            np.concatenate([np.array(row).astype(drawn.dtype), drawn])
            for row, drawn in zip(rows, columns)
        ]
    # All inputs at once, as a tensor; or one by one if an op takes scalars only.
    length = len(columns[0]) if columns else 1
    if (module := rule.instance({}, (length,))) is not None:
        yield module, {}, tuple(columns)
    else:
        module = ModuleOp([rule.before.clone(), rule.after.clone()])
        for row in zip(*columns) if columns else [()]:
            yield module, {}, row


def _special(rule: TextRule, element: Attribute, fast: bool) -> list[Any]:
    dtype = arrays.dtype(element)
    if dtype.kind == "b":
        return [False, True]
    own = _near_constants(rule, element)
    if not types.is_float(element):
        limits = np.iinfo(dtype)
        return [0, 1, -1, 2, 3, int(limits.min), int(limits.max), *own]
    finite = [0.0, -0.0, 1.0, -1.0, 2.0, -0.5, 3.0]
    if fast:
        return [*finite, *(x for x in own if np.isfinite(x))]
    large = {"float64": 1e300, "float32": 1e38, "float16": 6e4, "bfloat16": 1e38}[dtype.name]
    return [*finite, np.nan, np.inf, -np.inf, large, -large, 1 / large, 800.0, -800.0, *own]


def _near_constants(rule: TextRule, element: Attribute) -> list[Any]:
    """The first constants of a type in a rule, and the numbers beside each: a rule may branch."""
    dtype, found = arrays.dtype(element), dict[Any, None]()
    for side in (rule.before, rule.after):
        for op in side.body.block.ops:
            if len(found) >= NEAR or not isinstance(op, arith.ConstantOp):
                continue
            number = types.constant_value(op.result)
            if number is None or types.element(op.result.type) != element:
                continue
            if not types.is_float(element):
                limits = np.iinfo(dtype)
                near = (number, number - 1, number + 1, -number)
                found |= dict.fromkeys(int(n) for n in near if limits.min <= n <= limits.max)
            elif np.isfinite(number):
                step = max(abs(number) * 2.0**-6, 2.0**-6)
                found |= dict.fromkeys((number, number - step, number + step, -number))
    return list(found)


def _random(
    kind: Attribute, shape: Sequence[int], special: Sequence[Any], random: np.random.Generator
) -> np.ndarray:
    dtype = arrays.dtype(kind)
    if types.is_float(types.element(kind)):
        plain = random.standard_normal(shape) * random.choice([0.1, 1.0, 3.0], shape)
    else:
        plain = random.integers(0, 2 if dtype.kind == "b" else 9, shape)
        plain = plain - (0 if dtype.kind == "b" else 3)
    chosen = random.choice(np.array(special), shape)
    with np.errstate(over="ignore"):
        mixed = np.where(random.random(shape) < 0.25, chosen, plain)
        return np.asarray(mixed).astype(dtype)


def _same(a: np.ndarray, b: np.ndarray, fast: bool) -> tuple[np.ndarray, int]:
    """The places where two results agree, and how many finite numbers this compared."""
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
    sizes: Mapping[int, int],
    inputs: Sequence[Any],
    a: np.ndarray,
    b: np.ndarray,
    place: tuple[int, ...],
) -> str:
    at = f" at [{', '.join(map(str, place))}]" if place and not rule.elementwise else ""
    names = [arg.name_hint or f"arg{i}" for i, arg in enumerate(rule.before.args)]
    if rule.elementwise:
        inputs = [np.asarray(x)[place] if np.ndim(x) else x for x in inputs]
    given = ", ".join(f"%{name} = {_shown(x)}" for name, x in zip(names, inputs, strict=True))
    other = ", ".join(f"{n} is {m}" for n, m in sizes.items() if n != m)
    sized = f" (sizes of a rule are variables: here {other})" if other else ""
    return f"for {given}, @before gives {a[place]} and @after {b[place]}{at}{sized}"


def _shown(x: Any) -> str:
    """A number, or a small array, in one line; for a large array its type."""
    x = np.asarray(x)
    if x.size > SHOWN or 0 in x.shape:
        return f"{x.dtype}{list(x.shape)}"
    return str(x.tolist()) if x.ndim else str(x[()])
