"""
Python's builtins, and functions of `math`, for traced values.
"""

from __future__ import annotations

import builtins
import collections
import copy
import functools
import itertools
import math
from collections.abc import Callable, Sequence
from itertools import combinations
from types import GeneratorType
from typing import Any, cast

import numpy as np
from xdsl.dialects import math as xdsl_math

from ...dialects import ten
from .. import masked, ops
from ..array_views import viewing
from ..pytree import Tree
from ..tracing import Array, Number, emit, use
from ..user_code import as_python, located
from . import (
    branching,
    chosen_items,
    class_methods,
    class_operators,
    comprehending,
    expression_values,
    failures,
    grouping,
    joined_containers,
    leaf_kinds,
    moving_dicts,
    optional_values,
    partly_taken,
    python_zeros,
    state_values,
    static_states,
    traced_texts,
    turns,
    variables,
    weak_numbers,
    windows,
)
from .callees import OPEN, REPLACED, callee
from .chosen_items import Chosen, folded_dtype
from .growing_lists import Growing
from .static_states import OneOf
from .weak_numbers import number, scalar, truth


def replaces(function: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the function that a rewritten function calls in the place of a builtin."""

    def note(new: Callable[..., Any]) -> Callable[..., Any]:
        REPLACED[function] = new
        return new

    return note


REPLACED[range] = turns.steps


@replaces(format)
def format_(value: Any, spec: str = "", /) -> str:
    return traced_texts.of(format(traced_texts.shown(value), spec), (value,))


@replaces(zip)
def zip_(*parts: Any, strict: bool = False) -> Any:
    known = [turns.Turns.of(part) for part in parts]
    if strict or not parts or any(k is None for k in known):
        return zip(*map(_walk, parts, known), strict=strict)
    return turns.together(parts, "zip")


def _walk(part: Any, known: turns.Turns | None) -> Any:
    """A part of a `zip` beside others through which only Python can go."""
    if known is None or isinstance(known.count, Array) or isinstance(part, turns.Iterated):
        return part
    return turns.Walk(known)


@replaces(enumerate)
def enumerate_(iterable: Any, start: Any = 0) -> Any:
    return turns.counted(iterable, start)


@replaces(reversed)
def reversed_(whole: Any) -> Any:
    if isinstance(whole, turns.Iterated):
        raise as_python(TypeError, f"'{next(whole.places()).kind}' object is not reversible")
    return reversed(whole) if turns.Turns.of(whole) is None else turns.Backwards(whole)


@replaces(itertools.product)
def product_(*parts: Any, repeat: int = 1) -> Any:
    known = [turns.Turns.of(part) for part in parts]
    if not parts or repeat < 1 or any(k is None or isinstance(k.count, Array) for k in known):
        return itertools.product(*parts, repeat=repeat)
    pools = [part.rest() if isinstance(part, turns.Iterated) else part for part in parts]
    return turns.Product(pools * repeat)


@replaces(itertools.pairwise)
def pairwise(items: Any) -> Any:
    if isinstance(items, Chosen):
        return turns.Together((items, items[1:]), "pairwise")
    if isinstance(items, Array) and items.shape:
        return turns.Together((items[:-1], items[1:]), "pairwise")
    return itertools.pairwise(items)


@replaces(int)
def int_(x: Any = 0, *base: Any) -> Any:
    x = static_states.operand(x)
    traced_texts.check(x)
    if not isinstance(x, Array) or base:
        return int(x, *base)
    x = scalar(x)  # Python asks first whether it is a number.
    if x.dtype.kind == "f":
        instead = "compare the number, and write `if` in the place of `try`"
        nan, inf = lambda: np.isnan(x), lambda: np.isinf(x)
        text = "cannot convert float NaN to integer"
        failures.check_raises(ValueError, "int", instead, nan, text)
        text = "cannot convert float infinity to integer"
        failures.check_raises(OverflowError, "int", instead, inf, text)
    return number(ops.cast(x, np.dtype(np.int64)), int)


@replaces(float)
def float_(x: Any = 0.0) -> Any:
    x = static_states.operand(x)
    traced_texts.check(x)
    return number(scalar(x), float) if isinstance(x, Array) else float(x)


@replaces(bool)
def bool_(x: Any = False) -> Any:
    mask = truth(x)
    return bool(x) if mask is None else mask


OPEN.add(bool)  # None is false, and so may the value be.


@replaces(complex)
def complex_(*parts: Any, **named: Any) -> Any:
    if not any(isinstance(x, Array) for x in (*parts, *named.values())):
        return complex(*parts, **named)
    whole = dict(zip(("real", "imag"), parts)) | named
    real, imag = (scalar(ops.lift(whole.get(name, 0))) for name in ("real", "imag"))
    if real.dtype.kind == "c" or imag.dtype.kind == "c":
        return number(real, complex) + number(imag, complex) * 1j
    f64 = np.dtype(np.float64)
    return number(ops.complex_(ops.cast(real, f64), ops.cast(imag, f64)), complex)


@replaces(round)
def round_(x: Any, ndigits: Any = None) -> Any:
    x = static_states.operand(x)
    if not isinstance(x, Array) or x.shape or ndigits is not None:
        return round(x) if ndigits is None else round(x, ndigits)
    return number(ops.cast(ops.lift(np.rint(x)), np.dtype(np.int64)), int)


def _extreme(builtin: Callable[..., Any], is_better: Callable[[Any, Any], Any]) -> Any:
    def extreme(*args: Any, key: Callable[[Any], Any] | None = None, **kwargs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], Chosen):
            return _extreme_of(args[0], builtin.__name__, key, **kwargs)
        key = None if key is None else callee(key)
        items = list(args[0]) if len(args) == 1 else list(args)
        keys = items if key is None else [key(item) for item in items]
        if not any(_has_traced(k) or class_methods.has(k, "__lt__", "__gt__") for k in keys):
            if key is None or not items:
                return builtin(*args if len(args) > 1 else [items], **kwargs)
            return items[builtin(range(len(items)), key=keys.__getitem__)]
        if any(type(k) is not type(keys[0]) for k in keys if isinstance(k, list | tuple)):
            return builtin(*args, **kwargs)
        best, best_key = items[0], keys[0]
        for item, k in zip(items[1:], keys[1:]):
            test = is_better(k, best_key)
            best = _pick(test, item, best)
            best_key = best if key is None else _pick(test, k, best_key)
        if key is None and isinstance(best, Number) and best.kind is int:
            # A limit above would say that a loop counts the number.
            low = builtin(weak_numbers.limits(item)[0] for item in items)
            best.limits = max(low, best.limits[0]), best.limits[1]
        return best

    extreme.__name__ = builtin.__name__
    return extreme


def _extreme_of(items: Chosen, name: str, key: Any, **options: Any) -> Any:
    """The greatest or least of the items that a condition chose; `default` if there are none."""
    if "default" not in options:
        text = f"{name}() iterable argument is empty"
        none = lambda: np.logical_not(items.some())  # noqa: E731
        failures.check_raises(ValueError, name, "give it a default", none, text)
    if key is None:
        found = items.reduced(name)
    else:
        keys = _each(key, items, as_values=True).masked()
        neutral = ops.lowest(keys.dtype, 1 if name == "min" else -1)
        place = getattr(np, f"arg{name}")(np.where(items.mask, keys.whole, neutral))
        # The neutral number may be a key, too.
        is_best = np.logical_and(items.mask, keys.whole == keys.whole[place])
        found = items.at(np.where(np.any(items.mask), np.argmax(is_best), items.places))
    if "default" not in options:
        return found
    return expression_values.choose(items, lambda: found, lambda: options["default"])


def _each(function: Any, items: Any, as_values: bool = False) -> Any:
    """The list of f(item). Python cannot order None, so keys are `as_values`."""
    f = callee(function)
    of = (lambda item: optional_values.settled(f(item))) if as_values else f
    run = lambda item: comprehending.turn((), lambda: of(item))  # noqa: E731
    return comprehending.listed("list", items, run, False)


def _has_traced(key: Any) -> bool:
    if isinstance(key, list | tuple):
        return any(map(_has_traced, key))
    return isinstance(key, Array)


def _pick(test: Any, a: Any, b: Any) -> Any:
    mask = truth(test)
    if mask is None:
        return a if test else b
    return branching.select(mask, a, b)


REPLACED[max] = _extreme(
    max, lambda new, best: expression_values.compare(("Gt",), new, lambda: best)
)
REPLACED[min] = _extreme(
    min, lambda new, best: expression_values.compare(("Lt",), new, lambda: best)
)


@replaces(sorted)
def sorted_(items: Any, /, **kwargs: Any) -> Any:
    if isinstance(items, Chosen):
        return _sorted_of(items, **kwargs)
    if (chosen := _all_of(items)) is not None:
        return _sorted_of(chosen, **kwargs)
    items = list(items)
    if kwargs.get("key") is not None:
        key = callee(kwargs["key"])
        return _sorted_by(items, [key(x) for x in items], kwargs.get("reverse", False))
    if not any(isinstance(x, Array) for x in items):
        if not any(map(_has_traced, items)):
            return sorted(items, **kwargs)
        return _sorted_by(items, items, kwargs.get("reverse", False))
    if any(ops.shape_of(x) for x in items):
        raise located(
            ValueError,
            "The truth value of an array with more than one element is ambiguous. sorted() takes "
            "numbers; np.sort sorts along an axis",
        )
    kinds = [leaf_kinds.kind_of(x).weak for x in items]
    found = list(np.sort(np.stack([ops.lift(x) for x in items])))
    if all(kinds):
        kind = float if float in kinds else int
        found = [number(x, kind) for x in found]
    return found[::-1] if kwargs.get("reverse") else found


def _is_like(a: Tree, b: Tree) -> bool:
    return static_states.is_one(a, b) and a.exact == b.exact


def _sorted_by(items: list[Any], keys: list[Any], reverse: bool) -> list[Any]:
    """The items in the order of their keys; items of equal keys keep their order."""
    firsts = [k[0] if isinstance(k, tuple | list) and k else k for k in keys]
    if not any(map(_has_traced, firsts)) and not any(x == y for x, y in combinations(firsts, 2)):
        keys = firsts  # The other parts of the keys do not count.
    if not any(map(_has_traced, keys)):
        places = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
        return [items[place] for place in places]
    rows, trees = zip(*map(leaf_kinds.opened, items))
    is_data = all(leaf_kinds.is_data(x) for row in rows for x in row)
    if not is_data or not all(_is_like(tree, trees[0]) for tree in trees):
        raise located(
            TypeError,
            "sorted() by a key of traced values takes numbers, arrays, and tuples and lists of "
            "these that are alike; sort an array by x[np.argsort(keys)]",
        )
    order = _order(keys, reverse)
    columns = []
    for column in zip(*rows):
        kind = leaf_kinds.join(column, "item")
        found = np.stack([kind.lift(x) for x in column])[order]
        columns.append([expression_values.item_of(kind.wrap(x), column) for x in found])
    result = [trees[0].unflatten(row) for row in zip(*columns)]
    for item in result:
        # letgrad does not know which item this is, so a write that others could see is an error.
        joined_containers.may_be(item, items)
    return result


def _order(keys: list[Any], reverse: bool) -> Any:
    """
    The places of the keys in their order. Tuples of keys are compared as in Python.

    Errors: `TypeError` for keys that are tuples of different lengths, or no numbers.
    """
    parts = [[*k] if isinstance(k, tuple | list) else [k] for k in keys]
    if any(len(p) != len(parts[0]) or any(map(ops.shape_of, p)) for p in parts):
        raise located(
            TypeError,
            "sorted() of traced values compares numbers, and tuples of numbers of one length; "
            "give it a key",
        )
    columns: Any = [np.stack([ops.lift(x) for x in column]) for column in zip(*parts)]
    # Backwards, equal keys keep their order if they stand backwards before.
    given = [c[::-1] for c in columns] if reverse else columns
    order: Any = np.argsort(given[-1], kind="stable")
    for column in given[-2::-1]:
        order = order[np.argsort(column[order], kind="stable")]
    return len(keys) - 1 - order[::-1] if reverse else order


def _sorted_of(items: Chosen, key: Any = None, reverse: Any = False) -> Chosen:
    keys = items if key is None else _each(key, items, as_values=True)
    if any(kind.shape for kind in keys.kinds):
        raise located(ValueError, "sorted() takes numbers; np.sort sorts along an axis")
    order: Any = ops.lift(np.arange(items.places))
    if reverse:
        # Backwards, equal keys keep their order if they stand backwards before.
        order = order[::-1]
    for column in reversed(static_states.ranks(keys.leaves, keys.tree)):
        order = order[np.argsort(column[order], kind="stable")]
    if reverse:
        order = order[::-1]
    return items.moved(order, items.mask[order]).front()


def _all_of(*items: Any) -> Chosen | None:
    """The items of a part that a traced mask chose, or of a `zip` of parts; None for others."""
    if len(items) != 1 or not isinstance(items[0], masked.Masked | turns.Iterated):
        return None
    if not comprehending.is_of_unknown_length(items[0]):
        return None
    return comprehending.listed(
        "list", items[0], lambda item: comprehending.turn((), lambda: item), False
    )


@replaces(list)
def list_(*items: Any) -> Any:
    if (found := _all_of(*items)) is not None:
        return found
    return (
        items[0].copy()
        if items and isinstance(items[0], Chosen)
        else list(*map(class_operators.iterated, items))
    )


@replaces(tuple)
def tuple_(*items: Any) -> Any:
    if (found := _all_of(*items)) is not None:
        return found
    return (
        items[0].copy()
        if items and isinstance(items[0], Chosen)
        else tuple(*map(class_operators.iterated, items))
    )


@replaces(set)
def set_(*items: Any) -> Any:
    return comprehending.set_of(items[0]) if len(items) == 1 else set(*items)


@replaces(dict)
def dict_(*items: Any, **named: Any) -> Any:
    if len(items) != 1 or not isinstance(items[0], moving_dicts.MovingDict):
        return dict(*items, **named)
    found = items[0].as_dict()
    if named:
        found.update(named)
    return found


@replaces(collections.Counter)
def counter(*items: Any, **counts: Any) -> Any:
    if len(items) == 1 and not counts:
        (only,) = items
        if isinstance(only, Array) and only.shape[:1] == (0,):
            return collections.Counter()
        if isinstance(only, Chosen | Array) or (
            isinstance(only, list | tuple) and any(isinstance(x, Array) for x in only)
        ):
            return moving_dicts.Counted(only)
    return collections.Counter(*items, **counts)


@replaces(iter)
def iter_(*items: Any) -> Any:
    return iter(*map(class_operators.iterated, items))


@replaces(next)
def next_(iterator: Any, *default: Any) -> Any:
    if not isinstance(iterator, Chosen):
        return next(iterator, *default)
    if not default:
        none = lambda: np.logical_not(iterator.some())  # noqa: E731
        failures.check_raises(StopIteration, "next", "give it a default", none)
        return iterator[0]
    return expression_values.choose(iterator, lambda: iterator[0], lambda: default[0])


@replaces(list.sort)
def sort(items: list[Any], /, *, key: Any = None, reverse: Any = False) -> None:
    found = sorted_(items, key=key, reverse=reverse)
    items[:] = found


@replaces(Chosen.sort)
def sort_chosen(items: Chosen, /, *, key: Any = None, reverse: Any = False) -> None:
    if isinstance(items.now(), Chosen):  # Otherwise it is a list without items.
        items._reorder(_sorted_of(items, key, reverse))


REPLACED[list.extend] = chosen_items.extend


@replaces(list.index)
def index(items: list[Any], value: Any, /, *bounds: Any) -> Any:
    """Where there is no such item, Python raises an error, and this is the number of items."""
    if bounds or not any(isinstance(x, Array | OneOf) for x in (*items, value)):
        return items.index(value, *bounds)
    alike: Any = np.stack([ops.lift(x == value) for x in items])
    failures.check_raises(
        ValueError,
        "list.index",
        "ask `value in items` before",
        lambda: np.logical_not(np.any(alike)),
        "the value is not in list",
    )
    return number(np.where(np.any(alike), np.argmax(alike), len(items)), int)


@replaces(list.count)
def count(items: list[Any], value: Any, /) -> Any:
    if not any(isinstance(x, Array | OneOf) for x in (*items, value)):
        return items.count(value)
    return number(builtins.sum((x == value for x in items), start=np.int64(0)), int)


def _first_of(name: str, join: Callable[..., Any], end: bool, items: Any) -> Any:
    """`any` (`end` is true) or `all` of Python's items."""
    found: Any = not end
    rest, watch, taken = iter(items), None, list[Any]()
    for item in rest:
        found = join(found, lambda item=item: bool_(item))
        if found is end:
            break
        if watch is None and isinstance(found, Array):
            watch, taken = _watched(name, rest), partly_taken.behind(rest)
    if watch is not None and (changed := watch.changed()) is not None:
        raise _may_stop(name, variables.described(changed))
    if taken:
        partly_taken.check(f"{name}()", taken)
    return found


def _watched(name: str, items: Any) -> variables.Surroundings | None:
    """
    What the items behind a traced one can change.

    Errors: `TypeError` for items that assign a variable.
    """
    if type(items) is map:
        return variables.Surroundings(cast(Any, [items.__reduce__()[1]]))
    if not isinstance(items, GeneratorType) or items.gi_frame is None:
        return None
    if variables.assigns_in(items.gi_code):
        raise _may_stop(name, "a variable")
    return variables.Surroundings(items.gi_frame.f_locals.values())


def _may_stop(name: str, what: str) -> TypeError:
    return located(
        TypeError,
        f"{name}() ends at an item that a traced value decides, and the items behind it change "
        f"{what}; write a loop with `break`",
    )


@replaces(any)
def any_(items: Any) -> Any:
    if isinstance(items, Chosen):
        return items.masked().any()
    if isinstance(items, Array):
        return np.any(items)
    return _first_of("any", expression_values.or_, True, items)


@replaces(all)
def all_(items: Any) -> Any:
    if isinstance(items, Chosen):
        return items.masked().all()
    if isinstance(items, Array):
        return np.all(items)
    return _first_of("all", expression_values.and_, False, items)


@replaces(len)
def len_(x: Any) -> Any:
    if isinstance(x, OneOf):
        return state_values.chosen(x, list(map(len, x.values)))
    if isinstance(x, Chosen | Growing):
        return x.size()
    if isinstance(x, masked.Masked):
        return number(x.count(), int)
    return x.length(0) if isinstance(x, windows.Window) else len(x)


@replaces(map)
def map_(function: Any, *parts: Any) -> Any:
    if len(parts) == 1 and isinstance(parts[0], Chosen):
        return comprehending.as_generator(_each(function, parts[0]), callee(function), parts[0])
    return map(callee(function), *parts)


@replaces(itertools.starmap)
def starmap(function: Any, rows: Any, /) -> Any:
    return itertools.starmap(callee(function), rows)


@replaces(itertools.accumulate)
def accumulate(iterable: Any, func: Any = None, **initial: Any) -> Any:
    return itertools.accumulate(iterable, None if func is None else callee(func), **initial)


@replaces(filter)
def filter_(function: Any, items: Any) -> Any:
    test = None if function is None else callee(function)

    def run(item: Any) -> Any:
        return comprehending.turn((lambda: item if test is None else test(item),), lambda: item)

    return comprehending.listed("generator", items, run, True)


@replaces(itertools.groupby)
def groupby(iterable: Any, key: Any = None) -> Any:
    """Errors: `TypeError` for traced keys: the number of groups would depend on values."""
    of = (lambda item: item) if key is None else callee(key)

    def known(item: Any) -> Any:
        found = of(item)
        if _has_traced(found):
            raise located(
                TypeError,
                "itertools.groupby compares traced keys, so the number of its groups depends on "
                "values; write a loop that compares each key with the one before, or collect the "
                "items in a dict of lists",
            )
        return found

    return grouping.Groups(iterable, known)


@replaces(functools.reduce)
def reduce_(function: Any, *args: Any) -> Any:
    if args and isinstance(args[0], Chosen):
        return comprehending.folded(callee(function), *args)
    return functools.reduce(callee(function), *args)


@replaces(sum)
def sum_(items: Any, start: Any = 0) -> Any:
    if isinstance(items, masked.Masked):
        found = start + items.sum(axis=0, dtype=folded_dtype(start, items.dtype))
        return python_zeros.begun_with(start, found, items)
    if isinstance(items, Chosen):
        found = items.reduced("sum", start)
        found = found if type(start) is int and start == 0 else start + found
        return python_zeros.begun_with(start, found, items)
    return class_methods.summed(items, start)


@replaces(math.prod)
def prod(items: Any, *, start: Any = 1) -> Any:
    if isinstance(items, Chosen):
        found = items.reduced("prod", start)
        return found if type(start) is int and start == 1 else start * found
    return class_methods.folded("Mult", items, start)


@replaces(math.fsum)
def fsum(items: Any, /) -> Any:
    if isinstance(items, Chosen):
        if any(kind.shape for kind in items.kinds):
            raise located(TypeError, "math.fsum takes numbers, and these items are arrays")
        return number(items.reduced("sum", np.float64()), float)
    items = list(items)
    if not any(isinstance(x, Array) for x in items):
        return math.fsum(items)
    return number(builtins.sum(items), float)


@replaces(str)
def str_(*args: Any, **options: Any) -> Any:
    if len(args) == 1 and isinstance(args[0], OneOf):
        return state_values.chosen(args[0], list(map(str, args[0].values)))
    return traced_texts.of(str(*args, **options), args)


@replaces(copy.copy)
def copy_(x: Any) -> Any:
    return viewing.held_if_new(copy.copy(x))


@replaces(copy.deepcopy)
def deepcopy_(x: Any, memo: Any = None) -> Any:
    return viewing.held_if_new(copy.deepcopy(x, memo))


@replaces(repr)
def repr_(x: Any, /) -> str:
    return traced_texts.of(repr(x), (x,))


@replaces(print)
def print_(*args: Any, **options: Any) -> None:
    print(*(repr(x) if isinstance(x, OneOf) else x for x in args), **options)


_SAME_NAME = (
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log2", "log10", "log1p",
    "sqrt", "cbrt", "fabs", "isnan", "isinf", "isfinite", "degrees", "radians",
    "copysign", "fmod", "exp2",
)  # fmt: skip
_OTHER_NAME = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "pow": "float_power",
}  # fmt: skip


_DOMAIN: dict[str, Callable[..., Any]] = {
    "sqrt": lambda x: x < 0, "log2": lambda x: x <= 0,
    "log": lambda *xs: functools.reduce(np.logical_or, [x <= 0 for x in xs]),
    "log10": lambda x: x <= 0, "log1p": lambda x: x <= -1, "asin": lambda x: np.abs(x) > 1,
    "acos": lambda x: np.abs(x) > 1, "acosh": lambda x: x < 1,
    "fmod": lambda x, y: np.logical_and(
        np.logical_or(np.isinf(x), np.equal(y, 0)), ~(np.isnan(x) | np.isnan(y))
    ),
    "pow": lambda x, y: np.logical_and(
        np.isfinite(y),
        (np.isfinite(x) & (x < 0) & np.not_equal(y, np.floor(y))) | (np.equal(x, 0) & (y < 0)),
    ),
    "gamma": lambda x: np.logical_and(x <= 0, np.equal(x, np.floor(x))),
    "lgamma": lambda x: np.logical_and(x <= 0, np.equal(x, np.floor(x))),
}  # fmt: skip
"""Where functions of `math` are errors for floats for which NumPy gives NaN or infinity."""

_RANGE = ("exp", "exp2", "expm1", "sinh", "cosh", "gamma", "lgamma")
"""Functions whose results may be too large for a float."""


def _check_domain(function: Callable[..., Any], args: Sequence[Any], result: Any) -> None:
    """
    What `math` raises goes to the handlers of the program.

    Errors: `TypeError` if the trace cannot note the error.
    """
    name = function.__name__
    what, instead = f"math.{name}", "compare the argument, and write `if` in the place of `try`"
    if name == "pow":
        failures.check_raises(
            OverflowError,
            what,
            instead,
            lambda: np.logical_and(class_operators.is_too_large(*args), np.not_equal(args[0], 0)),
            "math range error",
        )
    if name == "log" and len(args) > 1:
        failures.check_raises(
            ZeroDivisionError, what, instead, lambda: np.equal(args[1], 1), "division by zero"
        )
    if name in _DOMAIN:
        outside = functools.partial(_DOMAIN[name], *map(ops.lift, args))
        failures.check_raises(ValueError, what, instead, outside, "math domain error")
    if name in _RANGE:
        failures.check_raises(
            OverflowError,
            what,
            instead,
            lambda: np.logical_and(np.isinf(result), np.isfinite(args[0])),
            "math range error",
        )


def floated(x: Any) -> Any:
    """An object with a method `__float__` as this number; other values as they are."""
    return REPLACED[float](x) if class_methods.has(x, "__float__") else x


def _of_math(function: Callable[..., Any], ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """
    A function of floats: for traced values, the function of NumPy in f64, as in `math`.

    Errors: `TypeError` for arrays of other than one element, and for those whose length depends on
            values.
    """

    def calling(*args: Any) -> Any:
        if any(isinstance(a, masked.Masked | windows.Window) for a in args):
            raise located(
                TypeError,
                f"math.{function.__name__} takes numbers, and the length of this array depends on "
                "values; take an item",
            )
        args = tuple(map(floated, args))
        if not any(isinstance(a, Array) for a in args):
            return function(*args)
        args = tuple(number(a, float) if isinstance(a, Array) else float(a) for a in args)
        found = ufunc(*args)
        _check_domain(function, args, found)
        return found if found.dtype == np.bool_ else number(found, float)

    calling.__name__ = function.__name__
    return calling


for _name in (*_SAME_NAME, *_OTHER_NAME):
    if hasattr(math, _name):
        _function = getattr(math, _name)
        REPLACED[_function] = _of_math(_function, getattr(np, _OTHER_NAME.get(_name, _name)))


def _log(x: Any, *base: Any) -> Any:
    """`math.log(x)`, and `math.log(x, base)`, which is this quotient in Python, too."""
    return np.log(x) / np.log(base[0]) if base else np.log(x)


REPLACED[math.log] = _of_math(math.log, _log)


def _special(function: Callable[..., Any]) -> Callable[[Any], Any]:
    def calling(x: Any) -> Any:
        if not isinstance(x, Array):
            return function(x)
        x = ops.to(scalar(x), np.dtype(np.float64), ())
        if function is math.erf:
            return number(ops.unary(xdsl_math.ErfOp, x), float)
        name = "gammaln" if function is math.lgamma else function.__name__
        found = number(emit(lambda: ten.SpecialOp(name, use(x))), float)
        _check_domain(function, (x,), found)
        return found

    calling.__name__ = function.__name__
    return calling


for _function in (math.erf, math.erfc, math.gamma, math.lgamma):
    REPLACED[_function] = _special(_function)


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
        return number(ops.cast(ops.lift(ufunc(scalar(x))), np.dtype(np.int64)), int)

    return calling


for _name in ("floor", "ceil", "trunc"):
    _function = getattr(math, _name)
    REPLACED[_function] = _rounding(_function, getattr(np, _name))
