"""
Python's builtins, and functions of `math`, for traced values.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import masked, ops, pytree
from ..tracing import Array, located
from . import branching, expression_values, joined_containers, leaf_kinds, turns, windows
from .callees import REPLACED, callee
from .weak_numbers import number, truth


def replaces(function: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the function that a rewritten function calls in the place of a builtin."""

    def note(new: Callable[..., Any]) -> Callable[..., Any]:
        REPLACED[function] = new
        return new

    return note


REPLACED[range] = turns.steps


@replaces(zip)
def zip_(*parts: Any, strict: bool = False) -> Any:
    known = [turns.Turns.of(part) for part in parts]
    if strict or not parts or any(k is None for k in known):
        return zip(*parts, strict=strict)
    return turns.Together(parts)


@replaces(enumerate)
def enumerate_(iterable: Any, start: Any = 0) -> Any:
    return turns.counted(iterable, start)


@replaces(reversed)
def reversed_(whole: Any) -> Any:
    known = turns.Turns.of(whole)
    return reversed(whole) if known is None else turns.Backwards(whole)


@replaces(itertools.product)
def product_(*parts: Any, repeat: int = 1) -> Any:
    known = [turns.Turns.of(part) for part in parts]
    if not parts or repeat < 1 or any(k is None or isinstance(k.count, Array) for k in known):
        return itertools.product(*parts, repeat=repeat)
    return turns.Product(parts * repeat)


@replaces(int)
def int_(x: Any = 0, *base: Any) -> Any:
    if not isinstance(x, Array) or base:
        return int(x, *base)
    return number(ops.cast(_scalar(x), np.dtype(np.int64)), int)


@replaces(float)
def float_(x: Any = 0.0) -> Any:
    return number(_scalar(x), float) if isinstance(x, Array) else float(x)


@replaces(bool)
def bool_(x: Any = False) -> Any:
    mask = truth(x)
    return bool(x) if mask is None else mask


def _scalar(x: Array) -> Array:
    if x.size != 1:
        raise located(TypeError, "only length-1 arrays can be converted to Python scalars")
    return ops.reshape(ops.number(x), ())


def _extreme(builtin: Callable[..., Any], is_better: Callable[[Any, Any], Any]) -> Any:
    def extreme(*args: Any, key: Callable[[Any], Any] | None = None, **kwargs: Any) -> Any:
        items = list(args[0]) if len(args) == 1 else list(args)
        keys = items if key is None else [key(item) for item in items]
        if not any(isinstance(k, Array) for k in keys):
            if key is None or not items:
                return builtin(*args if len(args) > 1 else [items], **kwargs)
            return items[builtin(range(len(items)), key=keys.__getitem__)]
        best, best_key = items[0], keys[0]
        for item, k in zip(items[1:], keys[1:]):
            test = is_better(k, best_key)
            best = _pick(test, item, best)
            best_key = best if key is None else _pick(test, k, best_key)
        return best

    extreme.__name__ = builtin.__name__
    return extreme


def _pick(test: Any, a: Any, b: Any) -> Any:
    mask = truth(test)
    if mask is None:
        return a if test else b
    return branching.select(mask, a, b)


REPLACED[max] = _extreme(max, lambda new, best: new > best)
REPLACED[min] = _extreme(min, lambda new, best: new < best)


@replaces(sorted)
def sorted_(items: Any, /, **kwargs: Any) -> Any:
    items = list(items)
    if kwargs.get("key") is not None:
        return _sorted_by(items, [kwargs["key"](x) for x in items], kwargs.get("reverse", False))
    if not any(isinstance(x, Array) for x in items):
        return sorted(items, **kwargs)
    if any(ops.shape_of(x) for x in items):
        raise located(
            ValueError,
            "The truth value of an array with more than one element is ambiguous. sorted() takes "
            "numbers; np.sort sorts along an axis",
        )
    kinds = [leaf_kinds.kind_of(x).weak for x in items]
    found = list(np.sort(np.stack([ops.lift(x) for x in items])))  # type: ignore[call-overload]
    if all(kinds):
        kind = float if float in kinds else int
        found = [number(x, kind) for x in found]
    return found[::-1] if kwargs.get("reverse") else found


def _sorted_by(items: list[Any], keys: list[Any], reverse: bool) -> list[Any]:
    """The items in the order of their keys; items of equal keys keep their order."""
    if not any(isinstance(k, Array) for k in keys):
        places = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
        return [items[place] for place in places]
    rows, trees = zip(*map(pytree.flatten, items))
    is_number = all(leaf_kinds.is_data(x) and not ops.shape_of(x) for row in rows for x in row)
    if not is_number or any(
        tree != trees[0] or joined_containers.containers(x) for tree, x in zip(trees, items)
    ):
        raise located(
            TypeError,
            "sorted() by a key of traced values takes numbers and tuples of numbers; sort an array "
            "by x[np.argsort(keys)]",
        )
    given = np.stack([ops.lift(k) for k in keys])  # type: ignore[call-overload]
    if reverse:
        # Backwards, equal keys keep their order if they stand backwards before.
        order = np.argsort(given[::-1], kind="stable")[::-1]
        order = len(items) - 1 - order
    else:
        order = np.argsort(given, kind="stable")
    columns = []
    for column in zip(*rows):
        kind = leaf_kinds.join(column, "item")
        found = np.stack([kind.lift(x) for x in column])[order]  # type: ignore[call-overload]
        columns.append([kind.wrap(x) for x in found])
    return [trees[0].unflatten(row) for row in zip(*columns)]


@replaces(any)
def any_(items: Any) -> Any:
    if isinstance(items, Array):
        return np.any(items)
    found: Any = False
    for item in items:
        found = expression_values.or_(found, lambda item=item: bool_(item))
        if found is True:
            return True
    return found


@replaces(all)
def all_(items: Any) -> Any:
    if isinstance(items, Array):
        return np.all(items)
    found: Any = True
    for item in items:
        found = expression_values.and_(found, lambda item=item: bool_(item))
        if found is False:
            return False
    return found


@replaces(len)
def len_(x: Any) -> Any:
    if isinstance(x, masked.Masked):
        return number(x.count(), int)
    return x.length(0) if isinstance(x, windows.Window) else len(x)


@replaces(map)
def map_(function: Any, *parts: Any) -> Any:
    return map(callee(function), *parts)


@replaces(filter)
def filter_(function: Any, items: Any) -> Any:
    return filter(None if function is None else callee(function), items)


@replaces(functools.reduce)
def reduce_(function: Any, *args: Any) -> Any:
    return functools.reduce(callee(function), *args)


@replaces(sum)
def sum_(items: Any, start: Any = 0) -> Any:
    return builtins.sum(items, start)


@replaces(isinstance)
def isinstance_(x: Any, kinds: Any) -> bool:
    if isinstance(x, Array) and not isinstance(x, kinds):
        kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        if np.ndarray in kinds and (x.shape or np.generic not in kinds):
            return True
        return not x.shape and any(
            isinstance(kind, type) and issubclass(x.dtype.type, kind) for kind in kinds
        )
    return isinstance(x, kinds)


_SAME_NAME = (
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log2", "log10", "log1p",
    "sqrt", "cbrt", "fabs", "hypot", "isnan", "isinf", "isfinite", "degrees", "radians",
    "copysign", "fmod", "exp2",
)  # fmt: skip
_OTHER_NAME = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "pow": "float_power",
}  # fmt: skip


def _of_math(function: Callable[..., Any], ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """A function of floats: for traced values, the function of NumPy in f64, as in `math`."""

    def calling(*args: Any) -> Any:
        if not any(isinstance(a, Array) for a in args):
            return function(*args)
        found = ufunc(*[number(a, float) if isinstance(a, Array) else float(a) for a in args])
        return found if found.dtype == np.bool_ else number(found, float)

    calling.__name__ = function.__name__
    return calling


for _name in (*_SAME_NAME, *_OTHER_NAME):
    if hasattr(math, _name):
        _function = getattr(math, _name)
        REPLACED[_function] = _of_math(_function, getattr(np, _OTHER_NAME.get(_name, _name)))


@replaces(math.isclose)
def isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    if not any(isinstance(x, Array) for x in (a, b, rel_tol, abs_tol)):
        return math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)
    bound = np.maximum(rel_tol * np.maximum(np.abs(a), np.abs(b)), abs_tol)
    is_near = np.logical_and(np.abs(a - b) <= bound, np.isfinite(a) & np.isfinite(b))
    return np.logical_or(np.equal(a, b), is_near)


def _rounding(function: Callable[..., Any], ufunc: Callable[..., Any]) -> Callable[..., Any]:
    def calling(x: Any) -> Any:
        if not isinstance(x, Array):
            return function(x)
        return number(ops.cast(ops.lift(ufunc(_scalar(x))), np.dtype(np.int64)), int)

    return calling


for _name in ("floor", "ceil", "trunc"):
    _function = getattr(math, _name)
    REPLACED[_function] = _rounding(_function, getattr(np, _name))
