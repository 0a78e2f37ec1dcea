"""
Expressions of a rewritten function: indices, writes to parts of arrays, `and`, `or`, `not`, chained
comparisons and conditional expressions.
"""

from __future__ import annotations

import collections
import functools
import inspect
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import numpy_namespace, ops, user_code
from ..array_views import assignment, storages, viewing
from ..masked import Masked
from ..tracing import Array, Number
from ..user_code import located
from . import (
    branching,
    chosen_items,
    class_methods,
    class_operators,
    failures,
    given_items,
    indexed_lists,
    joined_containers,
    leaf_kinds,
    list_sites,
    moving_dicts,
    optional_values,
    python_zeros,
    state_values,
    static_states,
    traced_bounds,
    traced_texts,
    variables,
    weak_numbers,
    windows,
    written_arrays,
)
from .callees import callee
from .chosen_items import Chosen, as_masked
from .indexed_lists import Rows
from .moving_lists import Moving
from .optional_values import Maybe
from .static_states import OneOf
from .weak_numbers import truth

IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.iadd, "Sub": operator.isub, "Mult": operator.imul, "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv, "Mod": operator.imod, "Pow": operator.ipow,
    "LShift": operator.ilshift, "RShift": operator.irshift, "BitOr": operator.ior,
    "BitXor": operator.ixor, "BitAnd": operator.iand, "MatMult": operator.imatmul,
}  # fmt: skip

PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv,
    "FloorDiv": operator.floordiv, "Mod": operator.mod, "Pow": operator.pow,
    "LShift": operator.lshift, "RShift": operator.rshift, "BitOr": operator.or_,
    "BitXor": operator.xor, "BitAnd": operator.and_, "MatMult": operator.matmul,
}  # fmt: skip


LONG_TABLE = 8
"""A loop over a shorter list of numbers is unrolled, so that the numbers stay known."""

MOST_ITEMS = 64

OUTSIDE = (
    "this NumPy array was made outside of the traced functions, and cannot take a traced value; "
    "make the array inside of the function, or pass it as an argument"
)


def _has_traced(key: Any) -> bool:
    match key:
        case Array() | Masked() | OneOf() | Maybe():
            return True
        case tuple() | list():
            return any(map(_has_traced, key))
        case slice():
            return any(map(_has_traced, (key.start, key.stop, key.step)))
    return False


def getitem(x: Any, key: Any) -> Any:
    """`x[key]`. A NumPy array takes traced indices too."""
    if isinstance(x, Maybe) and isinstance(x.value, dict | tuple | list) and not x.is_proven:
        part = Maybe(x.present, getitem(x.value, key))
        # Python has no parts of None. So the program means the part of a value.
        return part.get() if part.has_nan else part
    if isinstance(x, dict) and _is_traced_key(key):
        found, is_there = _key_of(x, key)
        if is_there is not True and isinstance(x, collections.Counter) and x:
            return get_item(x, key, 0)
        if is_there is not True and _makes_items(x):
            raise moving_dicts.new_key(x, key)
        if found is not None and is_there is not True:
            failures.check_raises(
                KeyError, "a key", "ask `key in items` before", lambda: np.logical_not(is_there)
            )
        if found is None:
            error = located(KeyError, f"no key of this dict is {key!r}")
            raise list_sites.because_of(error, *[x] if moving_dicts.can_hold(key) else [])
        return state_values.item(x, found)
    if isinstance(x, list | dict):
        given_items.check_read(x, key)
    if isinstance(x, OneOf):
        return state_values.chosen(x, [value[key] for value in x.values])
    if isinstance(x, Moving | Rows):
        return x[optional_values.settled(key)]
    x = chosen_items.settled(optional_values.value_of(x))
    if isinstance(x, Array | np.ndarray):
        present = None
        if x.dtype.kind in "fc":
            key, present = optional_values.assumed(key)
        if present is not None:
            return Maybe(present, getitem(x, key)).get()
        key = optional_values.as_key(key)
    key = as_masked(optional_values.settled(key))
    if isinstance(x, np.ndarray) and _has_traced(key):
        # A write to a part of this array would be lost.
        x = storages.holding(x, OUTSIDE)
    if variables.catches(IndexError):
        _check_caught(x, key)
    if isinstance(x, Array) and traced_bounds.is_moving(key):
        return windows.getitem(x, key)
    if type(x) is list and _is_counted(key) and _has_data(x) and not _is_long_table(x):
        indexed_lists.want(x, not _is_data(key))
    if type(x) in (list, tuple) and _chooses(key):
        if _has_data(x) and (found := _chosen_item(x, key)) is not None:
            return found
        if _has_containers(x):
            return _chosen_container(x, key)
    if type(x) in (list, tuple, str) and _is_counted(key) and _is_long_table(x):
        return _chosen_item(x, key)
    if type(x) is list and _is_counted(key):
        indexed_lists.want(x, not _is_data(key))
    if isinstance(x, Array) and isinstance(key, windows.Window):
        return windows.Window(x[key.data], (*key.bounds, *[None] * (x.ndim - 1)))
    if class_operators.own(type(x), "__getitem__") is not None:
        return class_operators.call(x, "__getitem__", key)
    if type(x) is dict and not variables.is_caught():
        _check_key(x, key)
        if key not in x:
            raise located(KeyError, f"no key of this dict is {key!r}")
    with joined_containers.of_known_length(x):
        found = x[key]
    # An array in a container is the user's own.
    return viewing.held_if_new(found, x) if type(x) is np.ndarray else found


def appending(x: Any, key: Any) -> Any:
    """
    `x[key].append`. If a traced value chooses one of some lists, each of them gets the item under
    the condition that it is the right one. A bool chooses one of two.
    """
    if isinstance(key, Array) and key.dtype == ops.BOOL:
        key = ops.cast(key, ops.INT64)
    choosing = type(x) in (list, tuple) and _chooses(key) and not variables.catches(IndexError)
    if not choosing or len(x) > MOST_ITEMS or not all(isinstance(y, list) for y in x):
        return callee(getitem(x, key).append)
    where = np.where(key < 0, key + len(x), key)

    def append(item: Any) -> None:
        for k, items in enumerate(x):
            branching.if_(where == k, _putting(items, item), _nothing, (), (), ())

    return append


def _putting(items: list[Any], item: Any) -> Callable[[], None]:
    """A part of a program. It leads to the list, so that letgrad sees what the part changes."""

    def put() -> None:
        callee(items.append)(item)

    return put


def _nothing() -> None:
    """The other side of a condition."""


def _makes_items(items: dict) -> bool:
    """Whether a dict gives an item for a key that it does not have, as a defaultdict does."""
    if isinstance(items, collections.defaultdict):
        return items.default_factory is not None
    return hasattr(type(items), "__missing__")


def _check_key(items: Any, key: Any) -> None:
    """Errors: `TypeError` for a traced key of a dict that is no integer."""
    traced_texts.check(key)
    if _has_traced(key):
        error = located(
            TypeError, f"{key} cannot be a key of a dict: traced keys are ints and bools"
        )
        raise list_sites.because_of(error, items)


def get_item(items: dict, key: Any, default: Any = None, /) -> Any:
    """`items.get(key, default)`"""
    traced_texts.check(key)
    if not _is_traced_key(key):
        return items.get(key, default)
    found, is_there = _key_of(items, key)
    if found is None:
        return default
    if is_there is True:
        return state_values.item(items, found)
    return choose(is_there, lambda: state_values.item(items, found), lambda: default)


def _is_traced_key(key: Any) -> bool:
    """Whether a key of a dict is one of several, as traced values decide."""
    if isinstance(key, tuple):
        return any(map(_is_traced_key, key))
    return isinstance(key, OneOf) or (
        isinstance(key, Array) and not key.shape and key.dtype.kind in "iub"
    )


def _key_of(items: dict, key: Any) -> tuple[OneOf | None, Any]:
    """
    A traced key as one of the keys of a dict, and whether it is one of them: a bool or a traced
    one. None in the place of a key that is none of them.
    """
    found: list[Any] = []
    masks: list[Any] = []
    for other in items:
        if type(other) is tuple and type(key) is not tuple:
            continue
        mask = compared("Eq", key, other)
        if mask is not False:
            found.append(other)
            masks.append(mask)
    if not found:
        return None, False
    places = [np.int64(k) * mask for k, mask in enumerate(masks)]
    place = functools.reduce(operator.add, places)
    known = _all_keys(key)
    is_there = known is not None and all(k in items for k in known)
    return OneOf(place, tuple(found)), is_there or functools.reduce(np.logical_or, masks)


def _all_keys(key: Any) -> list[Any] | None:
    """All values that a traced key can have; None if they are not known."""
    if isinstance(key, OneOf):
        return list(key.values)
    if isinstance(key, tuple):
        parts = [_all_keys(part) for part in key]
        return None if None in parts else list(itertools.product(*parts))  # type: ignore[arg-type]
    return None if isinstance(key, Array) else [key]


def _has_states(items: Any) -> bool:
    return any(static_states.is_state(item) or isinstance(item, OneOf) for item in items)


def _has_data(items: Any) -> bool:
    """Whether a list has items that a traced index can choose."""
    return (
        _has_traced(items) or _has_states(items) or (len(items) > 0 and all(map(_is_number, items)))
    )


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float | complex | np.number)


def _is_counted(key: Any) -> bool:
    return isinstance(key, Array) and not key.shape and key.dtype.kind in "iu"


def _is_long_table(items: Any) -> bool:
    """
    Whether a loop reads the items as those of an array: texts, and numbers that can be no sizes.
    """
    if len(items) < LONG_TABLE:
        return False
    return type(items) is str or all(type(item) in (float, np.float64) for item in items)


def _is_data(key: Any) -> bool:
    """Whether a key is a traced index that no loop counts."""
    if not isinstance(key, Array) or key.shape or key.dtype.kind not in "iu":
        return False
    return not isinstance(key, Number) or key.limits[1] == float("inf")


def _chooses(key: Any) -> bool:
    """
    Whether an index chooses an item of a list at run time. The turns of a loop that counts an index
    are traced one after the other instead, if the loop has a known number of turns.
    """
    if not isinstance(key, Array) or key.shape or key.dtype.kind not in "iu":
        return False
    return _is_data(key) or list_sites.chooses(user_code.place())


def _chosen_item(items: Any, place: Array) -> Any:
    """
    `items[place]` for items of one kind. None for others: the loop around may know the place if
    letgrad traces its turns one after the other.
    """
    try:
        rows, trees = zip(*(leaf_kinds.flatten(x, "item") for x in items))
        common = static_states.together(trees)
        if common is None or any(map(joined_containers.containers, items)):
            return None
        rows = tuple(static_states.fit(row, own, common) for row, own in zip(rows, trees))
        kinds = [leaf_kinds.join(column, "item") for column in zip(*rows)]
    except leaf_kinds.Unalike:
        return None
    leaves = []
    for kind, column in zip(kinds, zip(*rows)):
        found = np.stack([kind.lift(x) for x in column])[place]
        leaves.append(item_of(kind.wrap(found), column))
    return common.unflatten(leaves)


def _has_containers(items: Any) -> bool:
    """Whether each item of a list is a list, a dict or an object that the program may change."""
    if not 0 < len(items) <= MOST_ITEMS:
        return False
    return all(item is not None and joined_containers.containers(item) for item in items)


def _chosen_container(items: Any, place: Array) -> Any:
    """`items[place]`: a container that is one of the items, and a write shows in it."""
    where: Any = np.where(place < 0, place + len(items), place)
    if not _are_alike(items):
        return state_values.chosen(OneOf(where, tuple(range(len(items)))), items)
    # These conditions stay known behind them, so that writes know which item this is.
    found = items[-1]
    for k in range(len(items) - 2, -1, -1):
        found = branching.select(where == k, items[k], found)
    return found


def _are_alike(items: Any) -> bool:
    """Whether the items have one structure."""
    try:
        trees = [leaf_kinds.flatten(item, "item")[1] for item in items]
    except leaf_kinds.Unalike:
        return False
    return static_states.together(trees) is not None


def item_of(item: Any, column: Sequence[Any]) -> Any:
    """One of the items of a column; an array refuses writes, which would show in the right one."""
    if not ops.shape_of(item):
        return item
    own = [storages.of(x) for x in column if isinstance(x, Array)]
    return written_arrays.read_only(item, own)


def _check_caught(x: Any, key: Any) -> None:
    """
    A handler catches IndexErrors, and a traced index may be outside.

    Errors: `TypeError` if the trace cannot note this.
    """
    keys = key if isinstance(key, tuple) else (key,)
    sizes: Sequence[int] = np.shape(x) if isinstance(x, Array | np.ndarray) else ()
    if type(x) in (list, tuple, str):
        sizes = (len(x),)
    for k, size in _with_sizes(keys, sizes):
        if not isinstance(k, Array) or k.dtype.kind not in "iu":
            continue
        low, high = weak_numbers.limits(k)
        if low < -size or high >= size:
            failures.check_raises(
                IndexError,
                "an index",
                "compare the index with the size of the array",
                functools.partial(_is_outside, k, size),
                "index out of range",
            )


def _with_sizes(keys: Sequence[Any], sizes: Sequence[int]) -> Iterator[tuple[Any, int]]:
    """The parts of a key that stand for dimensions of these sizes, each with the first of them."""
    taken = [_dimensions(key) for key in keys]
    place = 0
    for key, count in zip(keys, taken):
        if key is Ellipsis:
            count = len(sizes) - sum(taken)
        elif count and place < len(sizes):
            yield key, sizes[place]
        place += count


def _dimensions(key: Any) -> int:
    """For how many dimensions of an array a part of a key stands, but for `...`."""
    if key is None or key is Ellipsis:
        return 0
    is_mask = isinstance(key, Array | np.ndarray) and key.dtype.kind == "b"
    return key.ndim if is_mask else 1


def _is_outside(k: Array, size: int) -> Any:
    return np.logical_or(k < -size, k >= size)


def setitem(x: Any, key: Any, value: Any) -> None:
    """`x[key] = value`"""
    failures.check_no_change()
    if isinstance(x, dict) and _is_traced_key(key):
        _put_traced_key(x, key, value)
        return
    x, key = optional_values.if_proven(x), as_masked(optional_values.as_key(key))
    if isinstance(x, Rows):
        x[key] = optional_values.settled(value)
        return
    if isinstance(x, Array | windows.Window):
        value = optional_values.settled(value)
    if variables.catches(IndexError):
        _check_caught(x, key)
    if isinstance(x, np.ndarray) and (_has_traced(key) or _has_traced(value)):
        raise located(TypeError, OUTSIDE)
    if isinstance(x, Array) and (traced_bounds.is_moving(key) or isinstance(value, windows.Window)):
        windows.setitem(x, key, value)
        return
    if chosen_items.has_perhaps(x):
        raise list_sites.because_of(chosen_items.no("change an item of it"), x)
    if type(x) is list and _is_counted(key):
        indexed_lists.want(x, not _is_data(key))
    if type(x) is list and _chooses(key) and (_has_data(x) or _has_containers(x)):
        _put_traced_index(x, key, value)
        return
    if isinstance(x, dict):
        _check_key(x, key)
    if type(x) is tuple:
        raise located(
            TypeError,
            "a tuple takes no writes; lists in a list whose length depends on values are tuples",
        )
    if isinstance(x, list) and isinstance(key, slice) and isinstance(value, Chosen):
        if key != slice(None):
            raise chosen_items.no("write it to a part of a list")
        joined_containers.check(x)
        value = value.now()
        x.clear()
        chosen_items.extend(x, value)
        return
    if isinstance(x, list | dict):
        get = operator.itemgetter(key)
        with joined_containers.of_known_length(x):
            joined_containers.write(x, _put_item(key), get, value, branching.select)
        return
    if class_operators.own(type(x), "__setitem__") is not None:
        class_operators.call(x, "__setitem__", key, value)
        return
    x[key] = value


def _put_traced_key(items: dict, key: Any, value: Any, is_there: bool = False) -> None:
    """
    `items[key] = value` for a traced key. `is_there` says that the program has read the item.

    Errors: TypeError if letgrad cannot know whether the dict gets a new key.
    """
    found, mask = _key_of(items, key)
    if found is None or not (is_there or mask is True):
        raise moving_dicts.new_key(items, key)
    for k, other in enumerate(found.values):
        is_it = compared("Eq", key, other) if k == 0 else found.is_at(k)
        old = items[other]
        setitem(items, other, value if is_it is True else branching.select(is_it, value, old))


def _put_traced_index(items: list, key: Array, value: Any) -> None:
    """
    `items[key] = value` for a traced index.

    Errors: `TypeError` for a list of many items: an array is the right thing then.
    """
    n = len(items)
    if n > MOST_ITEMS:
        raise located(
            TypeError,
            f"the index of this list is traced, and the list has {n} items; make an array of it",
        )
    place = np.where(key < 0, key + n, key)
    for k in range(n):
        setitem(items, k, branching.select(place == k, value, items[k]))


def _put_item(key: Any) -> Callable[[Any, Any], None]:
    return lambda x, value: operator.setitem(x, key, value)


def setattr_(x: Any, name: str, value: Any) -> None:
    """`x.name = value`"""
    if failures.is_behind_error() and inspect.getattr_static(x, name, None) is not None:
        failures.check_no_change()  # An object without the attribute is a new one.
    x = optional_values.if_proven(x)
    if isinstance(x, Maybe):
        raise located(
            TypeError, f"this object may be None; assign its {name} where `is not None` holds"
        )

    def put(y: Any, v: Any) -> None:
        setattr(y, name, v)

    joined_containers.write(x, put, operator.attrgetter(name), value, branching.select)


def augment_attribute(x: Any, name: str, old: Any, operation: str, value: Any) -> None:
    """`x.name += value`, and so for the other operators; `old` is x.name before the value."""
    setattr_(x, name, augment(old, operation, value))


def delete(x: Any) -> Any:
    """The object of which `del x.name` takes a part away."""
    joined_containers.check(x)
    return x


def delete_item(x: Any, key: Any) -> None:
    """`del x[key]`"""
    failures.check_no_change()
    joined_containers.check(x)
    key = optional_values.settled(key)
    if isinstance(x, dict):
        _check_key(x, key)
    if type(x) in (list, collections.deque) and _has_traced(key):
        error = located(TypeError, "a traced index decides which item of this list goes away")
        raise list_sites.because_of(error, x)
    if class_operators.own(type(x), "__delitem__") is not None:
        class_operators.call(x, "__delitem__", key)
    else:
        operator.delitem(x, key)


def augment(x: Any, operation: str, value: Any) -> Any:
    """The new value of x in `x += value`, and so for the other operators."""
    x, value = optional_values.value_of(x), optional_values.settled(value)
    class_operators.check_numbers(operation, x, value)
    class_operators.check_flags(operation, x, value)
    if isinstance(x, windows.Window | list | dict | Chosen):
        failures.check_no_change()
    if isinstance(x, Array) and isinstance(value, windows.Window) and x.ndim:
        new = PLAIN[operation](x, value)
        assignment.same_kind(new.dtype, x.dtype, f"{operation.lower()} in place")
        setitem(x, Ellipsis, new)
        return x
    if isinstance(x, windows.Window):
        new = PLAIN[operation](x, value)
        name = f"{operation.lower()} in place"
        assignment.same_kind(new.dtype, x.dtype, name)
        x.assign(new)  # x may be a view, and other names may hold the same array.
        return x
    if isinstance(x, list | dict):
        joined_containers.check(x)
    if isinstance(x, list) and operation == "Add" and isinstance(value, Chosen):
        chosen_items.extend(x, value)
        return x
    stem, _ = class_operators.METHODS[operation]
    if class_operators.own(type(x), f"__i{stem}__") is not None:
        result = class_operators.call(x, f"__i{stem}__", value)
        if result is not NotImplemented:
            return result
    for y, method in ((x, f"__{stem}__"), (value, f"__r{stem}__")):
        if class_operators.own(type(y), method) is not None:
            return class_operators.binary(operation, x, value)
    # A number of Python, and an array that is a number, get a new value.
    found = (PLAIN if isinstance(x, Number) else IN_PLACE)[operation](x, value)
    return python_zeros.follow(found, x, value)


def augment_item(x: Any, key: Any, old: Any, operation: str, value: Any) -> None:
    """`x[key] += value`, and so for the other operators; `old` is x[key] before the value."""
    x = optional_values.if_proven(x)
    if isinstance(x, dict) and _is_traced_key(key):
        is_there = not _makes_items(x)  # Otherwise Python raises an error for another key.
        _put_traced_key(x, key, augment(old, operation, value), is_there)
        return
    key = optional_values.as_key(key)
    if isinstance(x, Masked):
        failures.check_no_change()
        x.put_back(key, old, PLAIN[operation](old, value), operation)
    elif isinstance(old, windows.Window):
        setitem(x, key, PLAIN[operation](old, value))
    elif isinstance(x, Array) and traced_bounds.is_moving(key):
        setitem(x, key, PLAIN[operation](old, value))
    else:
        setitem(x, key, augment(old, operation, value))


def not_(x: Any) -> Any:
    mask = truth(x)
    return not x if mask is None else np.logical_not(mask)


def and_(first: Any, *others: Callable[[], Any]) -> Any:
    """`first and others[0]() and …`"""
    return _lazily(first, others, True)


def or_(first: Any, *others: Callable[[], Any]) -> Any:
    """`first or others[0]() or …`"""
    return _lazily(first, others, False)


def _lazily(first: Any, others: tuple[Callable[[], Any], ...], is_and: bool) -> Any:
    if not others:
        return first
    mask = truth(first)
    if mask is None:
        return _lazily(others[0](), others[1:], is_and) if bool(first) == is_and else first

    def rest() -> Any:
        return _lazily(others[0](), others[1:], is_and)

    def same() -> Any:
        if is_and and (isinstance(first, Chosen) or chosen_items.has_perhaps(first)):
            return np.bool_(False)  # An empty list, of which only the truth counts.
        return optional_values.if_proven(first)

    if isinstance(first, Array) and first.dtype == ops.BOOL:

        def rest_or_truth() -> Any:
            value = rest()
            return value

        return branching.value_of(mask, *((rest_or_truth, same) if is_and else (same, rest)))
    return branching.value_of(mask, *((rest, same) if is_and else (same, rest)))


def choose(test: Any, then: Callable[[], Any], orelse: Callable[[], Any]) -> Any:
    """`then() if test else orelse()`"""
    mask = truth(test)
    if mask is None:
        return then() if test else orelse()
    return branching.value_of(mask, then, orelse)


def compare(operators: tuple[str, ...], left: Any, *others: Callable[[], Any]) -> Any:
    """`left < a < b`, and `left in a`."""
    right = others[0]()
    result = compared(operators[0], left, right)
    if len(others) == 1:
        return result
    return and_(result, lambda: compare(operators[1:], right, *others[1:]))


_ORDERED = (int, float, Array, Number, np.ndarray)
"""Classes whose values Python and letgrad compare by themselves."""


def compared(name: str, a: Any, b: Any) -> Any:
    """`a < b`, and so for each other operator of comparisons."""
    if name in ("Lt", "LtE", "Gt", "GtE") and type(a) in _ORDERED and type(b) in _ORDERED:
        return static_states.COMPARISONS[name](a, b)
    if isinstance(a, OneOf | Maybe) or isinstance(b, OneOf | Maybe):
        a, b = optional_values.if_proven(a), optional_values.if_proven(b)
    if name not in ("Is", "IsNot"):
        traced_texts.check(a, b)
    else:
        a, b = numpy_namespace.plain_kind(a), numpy_namespace.plain_kind(b)
    if name not in ("In", "NotIn"):
        found = static_states.compared(name, a, b)
        if found is not NotImplemented:
            return found
    else:
        found = _contains(b, a)
        return found if name == "In" else not_(found)
    if name in ("Is", "IsNot", "Eq", "NotEq"):
        found = optional_values.compared(name, a, b)
        if found is not NotImplemented:
            return found
        if name in ("Is", "IsNot"):
            _refuse_flags(a, b)
            if (found := _is_one_number(a, b)) is not None:
                return found if name == "Is" else not_(found)
        if name in ("Is", "IsNot") or type(a).__eq__ is object.__eq__ is type(b).__eq__:
            is_array = isinstance(a, Array) and isinstance(b, Array)
            is_one = (storages if is_array else joined_containers).is_one(a, b)
            return is_one if name in ("Is", "Eq") else not_(is_one)
    if class_methods.is_unequal_by_equal(name, a, b):
        return not_(class_methods.compared("Eq", a, b))
    if (found := class_methods.compared(name, a, b)) is not NotImplemented:
        return found
    if type(a) is type(b) and type(a) in (tuple, list) and (_has_traced(a) or _has_traced(b)):
        return _compared_in_order(name, a, b)
    return static_states.COMPARISONS[name](a, b)


def _refuse_flags(a: Any, b: Any) -> None:
    """
    Errors: `TypeError` for `a is b` of True or False and a traced truth value. A flag of the
            program may be this object, and a bool of NumPy is not.
    """
    flag, traced = (a, b) if isinstance(a, bool) else (b, a)
    if isinstance(flag, bool) and isinstance(traced, Array) and traced.dtype == ops.BOOL:
        instead = "`if x` or `x == True`" if flag else "`if not x` or `x == False`"
        raise located(
            TypeError,
            f"`is {flag}` asks for the object {flag} of Python, and the other value is traced; "
            f"write {instead}",
        )


_KEPT = -5, 256
"""Python has one object for each int between these two, so that equal ones are one."""


def _is_one_number(a: Any, b: Any) -> Any:
    """
    `a is b` for numbers of which one is traced; None for other values.

    Errors: `TypeError` for numbers of one kind that may be other than the ints of which Python has
            one object each: equal ones may be one object or two.
    """
    kinds = {_kind_of_number(a), _kind_of_number(b)}
    if a is b or None in kinds or not (isinstance(a, Array) or isinstance(b, Array)):
        return None
    if len(kinds) == 2:
        return False
    if all(type(x) is int or (isinstance(x, Number) and x.kind is int) for x in (a, b)):
        for low, high in map(weak_numbers.limits, (a, b)):
            if _KEPT[0] <= low and high <= _KEPT[1]:
                return a == b
    is_nan = any(isinstance(x, float) and x != x for x in (a, b))
    raise located(
        TypeError,
        "`is` asks whether two numbers are one object of Python, and one of them is traced; write "
        + ("np.isnan(x)" if is_nan else "`==`"),
    )


def _kind_of_number(x: Any) -> str | None:
    """ "b", "i", "f" or "c" for a number, and None for another value."""
    if isinstance(x, Array):
        if not isinstance(x, Number) and not storages.is_number(x):
            return None
        kind = x.dtype.kind
    elif isinstance(x, bool | int | float | complex | np.generic):
        kind = np.asarray(x).dtype.kind
    else:
        return None
    return {"b": "b", "i": "i", "u": "i", "f": "f", "c": "c"}.get(kind)


def _compared_in_order(name: str, a: Any, b: Any) -> Any:
    """A comparison of two tuples or lists: their first items that differ decide."""
    match name:
        case "Eq":
            if len(a) != len(b):
                return False
            return and_(True, *(functools.partial(compared, "Eq", x, y) for x, y in zip(a, b)))
        case "NotEq":
            return not_(_compared_in_order("Eq", a, b))
        case "Lt" | "LtE" | "Gt" | "GtE":
            if not len(a) or not len(b):
                return static_states.COMPARISONS[name](len(a), len(b))
            first = compared("Eq", a[0], b[0])
            rest = functools.partial(compared, name, a[1:], b[1:])
            return choose(first, rest, lambda: compared(name[:2], a[0], b[0]))
    return static_states.COMPARISONS[name](a, b)


def _contains(items: Any, x: Any) -> Any:
    items = chosen_items.settled(items)
    if isinstance(items, Chosen):
        return items.contains(x)
    if isinstance(items, list | tuple) and any(isinstance(item, OneOf) for item in items):
        return or_(False, *(functools.partial(compared, "Eq", x, item) for item in items))
    if isinstance(items, dict) and _is_traced_key(x):
        return _key_of(items, x)[1]
    if (by_method := class_methods.contained(items, x)) is not NotImplemented:
        return by_method
    if isinstance(x, OneOf):
        return state_values.contained(x, items)
    if isinstance(items, OneOf):
        return state_values.chosen(items, [x in value for value in items.values])
    if isinstance(items, Array | Masked):
        return np.any(items == x)
    if isinstance(x, Array) and isinstance(items, np.ndarray):
        return np.any(ops.lift(items) == x)
    if isinstance(items, set | frozenset) and _has_traced(x):
        return or_(False, *(functools.partial(compared, "Eq", x, item) for item in items))
    if isinstance(items, list | tuple) and (_has_traced(x) or _has_traced(items)):
        found: Any = False
        for item in items:
            found = np.logical_or(found, compared("Eq", x, item))
        return found
    if isinstance(items, list | tuple) and any(class_methods.has(y, "__eq__") for y in (x, *items)):
        tests = ((lambda y=y: x is y or compared("Eq", y, x)) for y in items)
        return or_(False, *tests)
    if isinstance(items, range) and isinstance(x, Array):
        inside = np.logical_and(x >= items[0], x <= items[-1]) if items else False
        return np.logical_and(inside, (x - items.start) % abs(items.step) == 0)
    if isinstance(items, list | tuple):
        traced_texts.check(*items)
    return x in items


def matches(subject: Any, value: Any) -> Any:
    """
    Whether the subject of a `match` matches a value.

    Errors: `TypeError` for a traced subject and True or False: for Python, a bool of NumPy is
            neither of them.
    """
    if value is None or isinstance(value, bool):
        if isinstance(subject, Array) and value is not None:
            raise located(
                TypeError,
                f"`case {value}` asks for the object {value} of Python, and the subject is traced; "
                "write `if` in the place of `match`",
            )
        return compared("Is", subject, value)
    return compared("Eq", subject, value)
