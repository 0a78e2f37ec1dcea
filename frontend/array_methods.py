"""
The methods of `Array` that are made of ops, and the step from a ufunc to ops.

`tracing` defines the class `Array`, and ops are functions of its instances. So the class gets these
methods here, after the import of the modules that the methods need.
"""

from __future__ import annotations

import builtins
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import folded_numbers, indexing, masked, ops, tracing, wanted_numbers
from .array_views import assignment, bits, storages, view_steps, viewing
from .numpy_derived.ufunc_methods import ufunc_method
from .numpy_functions.writers import WRITERS
from .scipy_functions.offers import COMPLEX_RULES, UFUNC_RULES
from .tracing import COMPLEX_UFUNCS, FUNCTIONS, GENERALIZED, UFUNCS, Array
from .user_code import as_python, located


def apply_ufunc(
    ufunc: np.ufunc,
    inputs: Sequence[Any],
    method: str = "__call__",
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """
    The result of `ufunc(*inputs)`, or of a method of the ufunc, on traced arrays: an array, or a
    tuple of arrays.
    """
    if not kwargs and method == "__call__" and all(map(_is_simple, inputs)):
        # Most calls: no views, nothing known, and nothing to write to.
        result = _result(ufunc, inputs, method, {})
        if type(result) is Array and not any(result is x for x in inputs):
            return result
        return viewing.own(result)
    kwargs = dict(kwargs or {})
    name = f"numpy.{ufunc.__name__}"
    if method == "at":
        assignment.at(ufunc, *inputs)
        return None
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    targets = out if isinstance(out, tuple) else (out,)
    inputs, where = viewing.plain(tuple(inputs)), viewing.plain(where)
    if not viewing.has_traced((inputs, where)):
        return _of_known(ufunc, method, inputs, targets, where, kwargs)
    if where is not True and targets[0] is None and method == "__call__":
        raise located(
            TypeError,
            f"{name} leaves the elements where `where` is false as they are, and without out= "
            "these are no numbers; give out=, or write np.where",
        )
    casting = kwargs.pop("casting", "same_kind") if method == "__call__" else "same_kind"
    if method != "__call__" and where is not True:
        kwargs["where"] = where
    result = _result(ufunc, inputs, method, kwargs)
    if all(target is None for target in targets):
        return viewing.own(result)
    results = result if isinstance(result, tuple) else (result,)
    if method != "__call__":
        where = True
    given = tuple(
        viewing.own(r) if o is None else assignment.store(name, r, o, where, casting)
        for r, o in zip(results, targets, strict=True)
    )
    return given if isinstance(result, tuple) else given[0]


def _is_simple(x: Any) -> bool:
    """Whether an operand is an array without a storage, or a number."""
    kind = type(x)
    if kind is Array:
        return x.storage is None
    return kind in (float, int, complex, np.ndarray) or issubclass(kind, np.generic)


def _of_known(
    ufunc: np.ufunc,
    method: str,
    inputs: Sequence[Any],
    targets: tuple[Any, ...],
    where: Any,
    kwargs: dict[str, Any],
) -> Any:
    """A ufunc on arrays whose contents are known: NumPy computes it during the trace."""
    if where is not True:
        kwargs["where"] = where
    if all(target is None for target in targets):
        return viewing.held(getattr(ufunc, method)(*inputs, **kwargs))
    contents = tuple(
        target if not isinstance(target, Array) else assignment.known_here(target)
        for target in targets
    )
    if all(c is not None and (c.shape or o.storage is not None) for c, o in zip(contents, targets)):
        for target in targets:
            if isinstance(target, Array):
                storages.check_writable(target)
        getattr(ufunc, method)(*inputs, out=contents, **kwargs)
        for target in targets:
            if isinstance(target, Array):
                storages.touch(target)
    else:
        mask = kwargs.pop("where", True)
        results = getattr(ufunc, method)(*inputs, **kwargs)
        several = results if isinstance(results, tuple) else (results,)
        for result, target in zip(several, targets, strict=True):
            if target is not None:
                assignment.store(f"numpy.{ufunc.__name__}", result, target, mask)
    first, *others = targets
    return targets if others else first


def _result(ufunc: np.ufunc, inputs: Sequence[Any], method: str, kwargs: dict[str, Any]) -> Any:
    """The result of a ufunc or of its method, on arrays of which some are traced."""
    if ufunc in GENERALIZED and method == "__call__":
        return GENERALIZED[ufunc](*inputs, **kwargs)
    if ufunc not in UFUNCS and (rule := _rule_of_scipy(ufunc)) is not None:
        UFUNCS[ufunc] = rule
    if ufunc not in UFUNCS:
        name, advice = f"the ufunc {ufunc.__name__}", ""
        if getattr(np, ufunc.__name__, None) is ufunc:
            name = f"numpy.{ufunc.__name__}"
        elif getattr(sys.modules.get("scipy.special"), ufunc.__name__, None) is ufunc:
            name = f"scipy.special.{ufunc.__name__}"
            written = wanted_numbers.of_scipy(ufunc.__name__, "scipy.special", UFUNCS)
            advice = f"; {written}"
        raise located(TypeError, f"{name} is not supported on traced arrays{advice}")
    if method != "__call__":
        return ufunc_method(ufunc, method, inputs, kwargs)
    dtype = kwargs.pop("dtype", None) if kwargs else None
    operands = [
        x if isinstance(x, Array) or tracing.is_weak(x) else ops.as_operand(x) for x in inputs
    ]
    if (result := ops.on_indices(ufunc, operands)) is not None:
        return result
    kinds = tuple(map(tracing.kind_of, operands))
    if all(isinstance(kind, type) for kind in kinds):
        # NumPy compares two numbers of Python as objects, and not by a loop of the ufunc.
        kinds = tuple(np.dtype(kind) for kind in kinds)
    try:
        resolved = tracing.resolved_dtypes(ufunc, kinds, None if dtype is None else np.dtype(dtype))
    except TypeError as error:
        raise as_python(TypeError, str(error)) from None
    shape = tracing.broadcast_shape(
        *(np.shape(x) if not isinstance(x, Array) else x.shape for x in operands)
    )
    if ufunc in _ORDER and (decided := _beyond(ufunc, operands, resolved)) is not None:
        return tracing.constant(decided, None, shape)
    try:
        same = [ops.to(x, d, shape) for x, d in zip(operands, resolved)]
    except OverflowError as error:
        raise located(OverflowError, str(error)) from None
    if any(d.kind == "c" for d in resolved[: ufunc.nin]):
        if ufunc not in COMPLEX_UFUNCS and ufunc.__name__ in COMPLEX_RULES:
            if (rule := _rule_of_scipy(ufunc)) is not None:
                COMPLEX_UFUNCS[ufunc] = rule
        if ufunc not in COMPLEX_UFUNCS:
            module = "numpy" if _rule_of_scipy(ufunc) is None else "scipy.special"
            raise located(
                TypeError, f"{module}.{ufunc.__name__} is not supported on traced complex arrays"
            )
        return COMPLEX_UFUNCS[ufunc](*same)
    return UFUNCS[ufunc](*same)


def _rule_of_scipy(ufunc: np.ufunc) -> Callable[..., Any] | None:
    """The rule of a ufunc of `scipy.special`. Only a program that has imported SciPy has one."""
    rule = UFUNC_RULES.get(ufunc.__name__)
    # SciPy's `zeta` calls ufuncs that only its module of ufuncs names.
    modules = map(sys.modules.get, ("scipy.special", "scipy.special._ufuncs"))
    own = rule is not None and any(getattr(m, ufunc.__name__, None) is ufunc for m in modules)
    return rule if own else None


_ORDER: dict[np.ufunc, tuple[bool, bool]] = {
    np.less: (True, False), np.less_equal: (True, False), np.greater: (False, True),
    np.greater_equal: (False, True), np.equal: (False, False), np.not_equal: (True, True),
}  # fmt: skip
"""Comparison: whether it holds for all elements below a number, and for all elements above it."""


def _beyond(ufunc: np.ufunc, operands: Sequence[Any], resolved: Sequence[np.dtype]) -> bool | None:
    """
    What a comparison with a Python int gives that the integer dtype cannot hold; None for other
    operands. NumPy compares with the number, and does not convert it.
    """
    for k, (x, dtype) in enumerate(zip(operands, resolved)):
        if type(x) is not int or dtype.kind not in "iu":
            continue
        limits = np.iinfo(dtype)
        if not limits.min <= x <= limits.max:
            elements_are_below = x > limits.max
            # The comparison of the number with the elements is the other way round.
            return _ORDER[ufunc][elements_are_below == (k == 0)]
    return None


def _knows_better(kinds: Iterable[type]) -> bool:
    """
    Whether an operand is an array of a kind that takes traced arrays as operands: a part without a
    static shape, or a slice with traced bounds.
    """
    most = Array.__array_priority__
    own = (Array, np.ndarray, np.generic)
    others = (kind for kind in kinds if not issubclass(kind, own))
    return any(getattr(kind, "__array_priority__", 0) > most for kind in others)


def _array_ufunc(self: Array, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    if _knows_better(map(type, inputs)):
        return NotImplemented
    tracing.check_open(self)
    return apply_ufunc(ufunc, inputs, method, kwargs)


def _array_function(
    self: Array, function: Any, kinds: Any, args: tuple, kwargs: dict[str, Any]
) -> Any:
    if _knows_better(kinds):
        return NotImplemented
    tracing.check_open(self)
    if masked.Masked in kinds and function in masked.RULES:
        return NotImplemented  # `Masked` has the function.
    viewed = viewing.is_view(function, kwargs)
    has_known = args and isinstance(args[0], Array) and storages.known(args[0]) is not None
    if viewed and has_known and function not in viewing.MADE:
        found = viewing.of_known(function, FUNCTIONS[function], args, kwargs)
        if found is not None:
            return found
    if function in WRITERS:
        return FUNCTIONS[function](*args, **kwargs)
    out = kwargs.pop("out", None)
    if not viewed:
        args, kwargs = viewing.plain(args), viewing.plain(kwargs)
        if not viewing.has_traced((args, kwargs)):
            result = function(*args, **kwargs)
            if out is None:
                return viewing.held(result, args, kwargs)
            return _stored(function, result, out)
    if function not in FUNCTIONS:
        name = f"{function.__module__}.{function.__qualname__}"
        raise located(TypeError, f"{name} is not supported on traced arrays")
    result = FUNCTIONS[function](*args, **kwargs)
    if out is not None:
        return _stored(function, result, out)
    if function in viewing.ITSELF:
        return viewing.itself(function, args, result)
    return viewing.views(function, args, result) if viewed else viewing.own(result)


def _stored(function: Any, result: Any, out: Any) -> Any:
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    return assignment.store(f"numpy.{function.__name__}", result, out)


def _getitem(self: Array, key: Any) -> Any:
    if masked.has_masked(key):
        return masked.get_at(self, key)
    if (inner := masked.unwrapped(key)) is not None:
        return masked.get_at(self, inner)[None]
    known = storages.known(self) if self.storage is not None else None
    if known is not None:
        key = viewing.plain(key)
        if not viewing.has_traced(key):
            return _item_of_known(self, known, key)
    key = folded_numbers.with_known_masks(key)
    if isinstance(key, Array) and key.dtype == ops.BOOL and key.ndim:
        return masked.get(self, key)
    if isinstance(key, tuple) and any(
        isinstance(item, Array) and item.dtype == ops.BOOL and item.ndim for item in key
    ):
        return masked.RULES["key"](self, key)
    return indexing.get(self, key)


def _item_of_known(self: Array, known: np.ndarray, key: Any) -> Any:
    try:
        value = known[key]
    except (IndexError, TypeError, ValueError) as error:
        raise located(type(error), str(error)) from None
    if not isinstance(value, np.ndarray):
        return value
    items = indexing.expanded(self, key)
    if not indexing.is_basic(items):
        return viewing.shared(value)
    found = assignment.basic_view(self, items)
    found.origin = self, key
    return found


def astype(
    self: Array,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> Any:
    if not np.can_cast(self.dtype, dtype, casting=casting):  # type: ignore[arg-type]
        raise as_python(
            TypeError,
            f"the casting rule '{casting}' does not allow a cast from {self.dtype} to "
            f"{np.dtype(dtype)}",
        )
    kind = np.dtype(dtype)
    if not copy and kind == self.dtype:
        return viewing.in_order(self, order)
    if (known := storages.known(self)) is not None:
        return viewing.held(known.astype(kind))
    if self.dtype.kind == "c" and kind.kind not in "cb":
        message = "Casting complex values to real discards the imaginary part"
        warnings.warn(message, np.exceptions.ComplexWarning, stacklevel=2)
        return storages.fresh(ops.cast(ops.parts(self)[0], kind))
    return storages.fresh(ops.cast(self, kind))


def view_as(self: Array, dtype: Any = None, type: Any = None) -> Array:
    """
    x.view(dtype): the same memory, read as numbers of another dtype.

    Errors: `TypeError` for a dtype that traced arrays do not have; NumPy's `ValueError` where rows
            are not contiguous, or do not hold a whole number of elements.
    """
    if type is not None or (isinstance(dtype, builtins.type) and issubclass(dtype, np.ndarray)):
        if dtype not in (None, np.ndarray) or type not in (None, np.ndarray):
            raise located(TypeError, "a traced array has no views of other classes of arrays")
        dtype = None
    after = self.dtype if dtype is None else np.dtype(dtype)
    bits.check(self.dtype, after)
    steps = [] if after == self.dtype else [view_steps.Bits(self.dtype, after)]
    if after.itemsize != self.dtype.itemsize and self.ndim:
        bits.shape_as(self.shape, self.dtype, after)
        last = 1
        if self.storage is not None:
            last = view_steps.layout(self.storage.shape, self.steps).strides[-1]
        if last != 1 and self.shape[-1] != 1:
            raise located(
                ValueError,
                "To change to a dtype of a different size, the last axis must be contiguous",
            )
    return storages.view(self, bits.read_as(self, after), *steps)


def _fill(self: Array, value: Any) -> None:
    """All elements become `value`."""
    if np.ndim(value):
        raise located(ValueError, "fill takes one number")
    assignment.put(self, ..., value)


def _sort(self: Array, axis: int = -1, kind: Any = None, order: Any = None, **stable: Any) -> None:
    """The elements along an axis in order, in place."""
    if order is not None:
        raise located(TypeError, "traced arrays have no fields to order by")
    assignment.put(self, ..., np.sort(self, axis=axis))


def _partition(self: Array, kth: Any, axis: int = -1, **kind: Any) -> None:
    """As `sort`: sorted elements are partitioned, too."""
    assignment.put(self, ..., np.sort(self, axis=axis))


def _put(self: Array, indices: Any, values: Any, mode: str = "raise") -> None:
    np.put(self, indices, values, mode)  # type: ignore[call-overload]


def _setitem(self: Array, key: Any, value: Any) -> None:
    assignment.put(self, folded_numbers.with_known_masks(key), value)


for _name, _ufunc in assignment.IN_PLACE.items():
    setattr(Array, _name, assignment.in_place(_ufunc))


def _set_flat(self: Array, value: Any) -> None:
    """x.flat = …: the elements in row-major order become those of the value, again and again."""
    assignment.Flat(self)[:] = value


Array.__array_ufunc__ = _array_ufunc
Array.__array_function__ = _array_function
Array.__setitem__ = _setitem
for _name, _method in {"fill": _fill, "sort": _sort, "partition": _partition, "put": _put}.items():
    setattr(Array, _name, _method)
Array.flat = property(assignment.Flat, _set_flat)  # type: ignore[attr-defined]
Array.__getitem__ = _getitem
Array.astype = astype
Array.view = view_as
