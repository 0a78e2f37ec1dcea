"""
What `import letgrad.numpy as np` offers: every public name of NumPy.

Outside of a trace, each name means what it means in NumPy. While letgrad traces a function, the
functions that make arrays give arrays that can take traced values, that traced integers can index,
and that a program can write to. As long as such an array holds no traced value, NumPy itself
computes with it, during the trace.
"""

from __future__ import annotations

import functools
import re
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy

from . import numpy_series, ops, series_classes, tracing
from .array_views import storages, viewing
from .masked import Masked, has_masked
from .tracing import FUNCTIONS, Array, NoNumber
from .tracing import tracing as is_tracing
from .transforms.batching import vmap
from .user_code import located
from .wanted_numbers import SIZES_ARE_STATIC


def lookup(path: str) -> Any:
    """
    The meaning of a path in `letgrad.numpy`, such as `stack` or `linalg.norm`.

    Errors: `AttributeError` for a name that NumPy does not have.
    """
    if path in MADE:
        return MADE[path]
    value: Any = numpy
    for name in path.split("."):
        value = getattr(value, name)
    if value is numpy.poly1d or value in series_classes.KINDS:
        return series_classes.on_traced(value, sys.modules["letgrad.numpy"])
    if isinstance(value, type):
        return kind_of(value)
    if isinstance(value, numpy.ufunc) or isinstance(value, types.ModuleType):
        return value
    if numpy_series.is_of_series(value):
        return numpy_series.on_traced(value, sys.modules["letgrad.numpy"])
    return _function(value) if callable(value) else value


def names(module: str) -> list[str]:
    """The names of a module, or of NumPy itself if `module` is empty."""
    found: Any = numpy
    for name in module.split(".") if module else ():
        found = getattr(found, name)
    own = {name for name in MADE if "." not in name}
    return dir(found) if module else sorted({*dir(numpy), *own})


# Functions.


def _function(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose results can take traced values, and which finds them in lists."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        # NumPy asks whether a type is a subclass of its own types.
        args = tuple(x.numpy if isinstance(x, _Kind) else x for x in args)
        if not is_tracing():
            return function(*args, **kwargs)
        if (
            function in FUNCTIONS
            and _is_in_list(args)
            and not any(map(_leads_beyond, args))
            and (found := _first((args, kwargs))) is not None
        ):
            return found.__array_function__(function, (Array,), args, kwargs)
        return viewing.held(function(*args, **kwargs), *viewing.plain((args, kwargs)))

    return wrapper


def _is_in_list(args: tuple) -> bool:
    """Whether an argument is a list that contains a traced array, where NumPy does not look."""
    return any(isinstance(x, list | tuple) and viewing.has_traced(x) for x in args)


def _leads_beyond(value: Any) -> bool:
    """
    Whether an argument is, or has, an array of a kind that takes traced arrays as operands: a part
    without a static shape, or a slice with traced bounds. NumPy finds it.
    """
    parts = value if isinstance(value, list | tuple) else (value,)
    if has_masked(tuple(parts)):
        return True
    most = Array.__array_priority__
    return any(getattr(part, "__array_priority__", 0) > most for part in parts)


def _first(value: Any) -> Array | None:
    if isinstance(value, Array):
        return value
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(value, list | tuple | dict):
        for part in parts:
            if (found := _first(part)) is not None:
                return found
    return None


# Types.


class _Kind(type):
    """A type of NumPy, as NumPy's functions take it, which also makes traced numbers and arrays."""

    numpy: type

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if is_tracing() and args and issubclass(cls.numpy, numpy.generic):
            (value, *_) = args
            value = viewing.plain(value)
            if viewing.has_traced(value):
                return _array(value, numpy.dtype(cls.numpy), True)
        if is_tracing() and cls.numpy is numpy.ndarray and len(args) < 3 and "buffer" not in kwargs:
            return empty(*args, **kwargs)
        return cls.numpy(*args, **kwargs)

    def __instancecheck__(cls, value: Any) -> bool:
        is_array = issubclass(numpy.ndarray, cls.numpy) and isinstance(value, Array)
        return is_array or isinstance(value, cls.numpy)

    def __subclasscheck__(cls, kind: type) -> bool:
        kind = kind.numpy if isinstance(kind, _Kind) else kind
        return issubclass(kind, cls.numpy)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.numpy, name)

    def __eq__(cls, other: object) -> bool:
        return cls.numpy is (other.numpy if isinstance(other, _Kind) else other)

    def __hash__(cls) -> int:
        return hash(cls.numpy)

    def __repr__(cls) -> str:
        return repr(cls.numpy)


def plain_kind(value: Any) -> Any:
    """The type of NumPy that a type of `letgrad.numpy` stands for; other values as they are."""
    return value.numpy if isinstance(value, _Kind) else value


@functools.cache
def kind_of(value: type) -> Any:
    """The numbers of NumPy, and its arrays, as types that know traced values; other types as is."""
    if value is not numpy.ndarray and not issubclass(value, numpy.generic):
        return value
    given: dict[str, Any] = {"numpy": value, "__doc__": value.__doc__}
    if issubclass(value, numpy.generic) and _has_dtype(value):
        given["dtype"] = numpy.dtype(value)
    return _Kind(value.__name__, (), given)


def _has_dtype(value: type) -> bool:
    """Whether a type of numbers is the type of one dtype."""
    try:
        return numpy.dtype(value).type is value
    except TypeError:
        return False


# Making arrays.


def hold(x: Any) -> Any:
    """A new array of NumPy, as one that can take traced values; other values as they are."""
    return viewing.held(x)


def _array(value: Any, dtype: Any, copy: bool) -> Array:
    """A traced array from traced values in lists."""
    kind = None if dtype is None else numpy.dtype(dtype)
    x = value if isinstance(value, Array) else ops.as_array(value)
    if isinstance(x, Array) and not copy and kind in (None, x.dtype):
        return x
    return storages.fresh(ops.lift(x, kind))


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: int = 0,
    like: Any = None,
) -> Any:
    """numpy.array; traced numbers and arrays in lists become one traced array."""
    if not is_tracing():
        return numpy.array(
            object, dtype, copy=copy, order=order, subok=subok, ndmin=ndmin, like=like
        )
    if isinstance(object, Masked):
        return object.copy() if dtype is None else object.astype(dtype)
    if not copy and isinstance(object, Array) and dtype in (None, object.dtype):
        found = viewing.in_order(object, order)
        return found if found.ndim >= ndmin else numpy.reshape(found, _wide(found, ndmin))
    value = viewing.plain(object)
    if not viewing.has_traced(value):
        if copy:
            return hold(numpy.array(value, dtype, order="C", ndmin=ndmin))
        found = asarray(object, dtype, order)
        return found if found.ndim >= ndmin else numpy.reshape(found, _wide(found, ndmin))
    x = _array(value, dtype, True)
    if x.ndim < ndmin:
        x = ops.reshape(x, _wide(x, ndmin))
    storages.of(x)  # An array without dimensions is an array, and not a number.
    return x


def _wide(x: Array, ndmin: int) -> tuple[int, ...]:
    return (*[1] * (ndmin - x.ndim), *x.shape)


def asarray(a: Any, dtype: Any = None, order: Any = None, **others: Any) -> Any:
    """
    numpy.asarray. A traced array of this dtype stays as it is. A NumPy array from outside becomes
    an array that traced integers can index, but that refuses writes, which NumPy would make in the
    array outside.
    """
    if not is_tracing():
        return numpy.asarray(a, dtype, order, **others)
    if isinstance(a, Array) and not storages.is_number(a):
        is_same = dtype is None or numpy.dtype(dtype) == a.dtype
        return viewing.in_order(a, order) if is_same else a.astype(dtype)
    if isinstance(a, Masked) or viewing.has_traced(a):  # A number, too, becomes an array.
        return array(a, dtype)
    content = numpy.asarray(a, dtype, order)
    try:
        own = isinstance(a, numpy.ndarray) and numpy.may_share_memory(content, a)
        return storages.holding(content, viewing.OTHERS if own else None)
    except TypeError:
        return content


def ascontiguousarray(a: Any, dtype: Any = None, **others: Any) -> Any:
    """numpy.ascontiguousarray: a view whose rows do not lie in order is copied, as in NumPy."""
    return asarray(a, dtype, "C", **others)


def asfortranarray(a: Any, dtype: Any = None, **others: Any) -> Any:
    """numpy.asfortranarray, as `ascontiguousarray` for columns."""
    return asarray(a, dtype, "F", **others)


def require(a: Any, dtype: Any = None, requirements: Any = None, **others: Any) -> Any:
    """numpy.require. It copies where NumPy does; else no program sees the memory of an array."""
    if not is_tracing():
        return numpy.require(a, dtype, requirements, **others)
    letters = {str(x)[0].upper() for x in requirements or ()}
    found = asarray(a, dtype, next((x for x in "CF" if x in letters), None))
    return found.copy() if "O" in letters and found.steps else found


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **others: Any) -> Any:
    """numpy.full; the number may be traced."""
    fill_value = viewing.plain(fill_value)
    if not is_tracing() or not viewing.has_traced(fill_value):
        return hold(numpy.full(_static(shape), fill_value, dtype, order, **others))
    sizes = _static(shape)
    sizes = tuple(sizes) if isinstance(sizes, list | tuple) else (sizes,)
    value = ops.lift(fill_value, None if dtype is None else numpy.dtype(dtype))
    return storages.fresh(ops.broadcast_to(value, tuple(int(n) for n in sizes)))


def _static(shape: Any) -> Any:
    return viewing.plain(shape)


def empty(shape: Any, dtype: Any = float, order: Any = "C", **others: Any) -> Any:
    """numpy.empty; while letgrad traces a function, the elements are 0."""
    if not is_tracing():
        return numpy.empty(shape, dtype, order, **others)
    _check_sizes("empty", (shape,))
    return hold(numpy.zeros(_static(shape), dtype, order, **others))


def _maker(name: str) -> Callable[..., Any]:
    """A function of NumPy that makes an array of static sizes and numbers."""
    function = getattr(numpy, name)

    @functools.wraps(function)
    def make(*args: Any, **kwargs: Any) -> Any:
        if not is_tracing():
            return function(*args, **kwargs)
        _check_sizes(name, (*args, *kwargs.values()))
        return hold(function(*viewing.plain(args), **viewing.plain(kwargs)))

    return make


def _check_sizes(name: str, sizes: tuple[Any, ...]) -> None:
    """Errors: `NoNumber` for a traced size. NumPy's own error would name no line."""
    if any(isinstance(n, Array) and n.numbers() is None for n in sizes):
        raise located(NoNumber, f"a size of numpy.{name} is traced; {SIZES_ARE_STATIC}")


def _like(name: str) -> Callable[..., Any]:
    """`zeros_like` and the like, of NumPy arrays, traced arrays, and lists."""
    function = getattr(numpy, name)

    @functools.wraps(function)
    def make(a: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_tracing():
            return function(a, *args, **kwargs)
        if viewing.has_traced(a) and not isinstance(a, Array):
            a = array(a)
        if name == "full_like" and viewing.has_traced(args[:1]) and not isinstance(a, Array):
            return full(numpy.shape(a), args[0], kwargs.get("dtype") or ops.dtype_of(a))
        found = function(a, *args, **kwargs)
        if name == "empty_like" and isinstance(found, numpy.ndarray):
            found = numpy.zeros_like(found)
        return storages.fresh(found) if isinstance(found, Array) else hold(found)

    return make


def fromfunction(function: Any, shape: Any, *, dtype: Any = float, **kwargs: Any) -> Any:
    """numpy.fromfunction: the function of the arrays of indices."""
    if not is_tracing():
        return numpy.fromfunction(function, shape, dtype=dtype, **kwargs)
    return function(*(hold(i) for i in numpy.indices(shape, dtype=dtype)), **kwargs)


def fromiter(iter: Any, dtype: Any, count: int = -1, **others: Any) -> Any:
    """numpy.fromiter, of numbers that may be traced."""
    if not is_tracing():
        return numpy.fromiter(iter, dtype, count, **others)
    items = list(iter)
    return array(items if count < 0 else items[:count], dtype)


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """numpy.meshgrid, of vectors that may be traced."""
    given, xi = xi, viewing.plain(xi)
    if not is_tracing() or not viewing.has_traced(xi):
        make: Any = numpy.meshgrid
        grids = make(*xi, copy=copy, sparse=sparse, indexing=indexing)
        return viewing.held(grids, xi)
    if indexing not in ("xy", "ij"):
        raise located(ValueError, "Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    place = list(range(n))
    if indexing == "xy" and n > 1:
        place[:2] = [1, 0]
    flat = [numpy.ravel(ops.lift(x)) for x in (xi if copy else given)]
    parts = [numpy.reshape(x, [-1 if d == k else 1 for d in range(n)]) for x, k in zip(flat, place)]
    if not sparse:
        shape = tracing.broadcast_shape(*(p.shape for p in parts))
        parts = [ops.broadcast_to(p, shape) for p in parts]  # type: ignore[arg-type]
    if copy:
        return tuple(storages.fresh(p) for p in parts)  # type: ignore[arg-type]
    return viewing.views(numpy.meshgrid, given, tuple(parts))


class Vectorize:
    """numpy.vectorize. Of traced arrays, one traced call of the function gives all results."""

    def __init__(self, pyfunc: Any = numpy._NoValue, otypes: Any = None, **others: Any):
        if pyfunc is numpy._NoValue:
            raise located(TypeError, "numpy.vectorize as a decorator with options is not supported")
        self.function, self.otypes, self.others = pyfunc, otypes, others
        self.plain = numpy.vectorize(pyfunc, otypes, **others)
        functools.update_wrapper(self, pyfunc, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = viewing.plain(args)
        if not is_tracing() or not viewing.has_traced((args, kwargs)):
            return self.plain(*args, **kwargs)
        function, given = self._of_data(args, kwargs)
        inside, outside = self._signature(len(given))
        arrays_ = [ops.lift(x) for x in given]
        loops = [x.shape[: x.ndim - len(core)] for x, core in zip(arrays_, inside)]
        shape = tracing.broadcast_shape(*loops)
        flat = [
            numpy.reshape(
                ops.broadcast_to(x, (*shape, *x.shape[x.ndim - len(core) :])),
                (-1, *x.shape[x.ndim - len(core) :]),
            )
            for x, core in zip(arrays_, inside)
        ]
        if not shape:
            found = function(*(x[0] for x in flat))
        else:
            found = vmap(function)(*flat)
        parts = found if isinstance(found, tuple) else (found,)
        if outside is not None and len(outside) != len(parts):
            raise located(
                ValueError, f"wrong number of outputs: expected {len(outside)}, got {len(parts)}"
            )
        kinds = [None] * len(parts) if self.otypes is None else list(self.otypes)
        lead = 1 if shape else 0
        parts = tuple(
            storages.fresh(
                ops.lift(numpy.reshape(ops.lift(p), (*shape, *numpy.shape(p)[lead:])), k)
            )
            for p, k in zip(parts, kinds, strict=True)
        )
        return parts if isinstance(found, tuple) else parts[0]

    def _of_data(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Any, list[Any]]:
        """The function of the arguments that are not excluded, and these arguments."""
        excluded = self.others.get("excluded") or ()
        places = [k for k in range(len(args)) if k not in excluded]
        names = [name for name in kwargs if name not in excluded]

        def function(*given: Any) -> Any:
            own, named = list(args), dict(kwargs)
            for place, value in zip(places, given):
                own[place] = value
            named.update(zip(names, given[len(places) :]))
            return self.function(*own, **named)

        return function, [*(args[k] for k in places), *(kwargs[name] for name in names)]

    def _signature(self, count: int) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]] | None]:
        """
        The core dimensions of each argument and of each result.

        Errors: `TypeError` for another number of arguments than the signature has.
        """
        text = self.others.get("signature")
        if text is None:
            return [()] * count, None
        sides = [
            [tuple(filter(None, core.split(","))) for core in re.findall(r"\(([^)]*)\)", side)]
            for side in text.replace(" ", "").split("->")
        ]
        if len(sides[0]) != count:
            raise located(
                TypeError,
                f"wrong number of positional arguments: expected {len(sides[0])}, got {count}",
            )
        return sides[0], sides[1]


def as_strided(
    x: Any, shape: Any = None, strides: Any = None, subok: bool = False, writeable: bool = True,
    **others: Any,
) -> Any:  # fmt: skip
    """
    numpy.lib.stride_tricks.as_strided, of an array in C order. A program cannot write to the view
    of a traced array.

    Errors: `ValueError` for strides that are no multiples of the size of an element, or that leave
            the array; `TypeError` for a view, whose memory letgrad does not know.
    """
    plain = numpy.lib.stride_tricks.as_strided
    known = viewing.plain(x)
    if not is_tracing() or not viewing.has_traced(known):
        return viewing.held(plain(known, shape, strides, subok, writeable, **others), known)
    source = ops.lift(x)
    sizes = source.shape if shape is None else numpy.atleast_1d(_static(shape)).tolist()
    steps: Any = source.strides  # an error for views
    steps = steps if strides is None else numpy.atleast_1d(_static(strides)).tolist()
    if len(sizes) != len(steps):
        raise located(ValueError, f"the shape {sizes} and the strides {steps} have other lengths")
    places = numpy.zeros((), int)
    for size, step in zip(sizes, steps):
        if step % source.itemsize:
            raise located(
                ValueError, f"the stride {step} is no multiple of {source.itemsize} bytes, the "
                "size of an element"
            )  # fmt: skip
        places = places[..., None] + numpy.arange(size) * (step // source.itemsize)
    if places.size and (places.min() < 0 or places.max() >= source.size):
        raise located(
            ValueError, f"the shape {tuple(sizes)} and the strides {tuple(steps)} leave the array, "
            f"which has {source.size} elements"
        )  # fmt: skip
    return storages.read_only(
        source,
        lambda x: numpy.take(numpy.ravel(x), places),  # type: ignore[arg-type]
        lambda x: plain(x, sizes, steps, writeable=False),
    )


def isscalar(element: Any) -> bool:
    """numpy.isscalar: a traced number is a scalar, a traced array without dimensions is none."""
    if isinstance(element, Array):
        return storages.is_number(element)
    return numpy.isscalar(element)


# Objects with brackets.


class _Grid:
    """`mgrid` and `ogrid`."""

    def __init__(self, name: str):
        self.grid: Any = getattr(numpy, name)

    def __getitem__(self, key: Any) -> Any:
        found = self.grid[viewing.plain(key)]
        if not is_tracing():
            return found
        return hold(found)


class _Joined:
    """`r_` and `c_`."""

    def __init__(self, name: str):
        self.name = name
        self.joined: Any = getattr(numpy, name)

    def __getitem__(self, key: Any) -> Any:
        key = viewing.plain(key)
        if not is_tracing() or not viewing.has_traced(key):
            return hold(self.joined[key])
        items = list(key) if isinstance(key, tuple) else [key]
        if any(isinstance(item, str) for item in items):
            raise located(
                TypeError,
                f"numpy.{self.name} takes no text beside traced arrays; use np.concatenate",
            )
        parts: list[Any] = [
            numpy.r_[item] if isinstance(item, slice) else ops.as_array(item) for item in items
        ]
        if self.name == "c_":
            parts = [numpy.reshape(p, (-1, 1)) if numpy.ndim(p) < 2 else p for p in parts]
            return numpy.concatenate(parts, axis=-1)
        return numpy.concatenate([numpy.atleast_1d(p) for p in parts])

    def __len__(self) -> int:
        return 0


MADE: dict[str, Any] = {
    "array": array,
    "asarray": asarray,
    "asanyarray": asarray,
    "ascontiguousarray": ascontiguousarray,
    "asfortranarray": asfortranarray,
    "require": require,
    "asarray_chkfinite": asarray,
    "empty": empty,
    "full": full,
    "fromfunction": fromfunction,
    "fromiter": fromiter,
    "isscalar": isscalar,
    "meshgrid": meshgrid,
    "mgrid": _Grid("mgrid"),
    "ogrid": _Grid("ogrid"),
    "r_": _Joined("r_"),
    "vectorize": Vectorize,
    "c_": _Joined("c_"),
    "lib.stride_tricks.as_strided": as_strided,
    **{name: _like(name) for name in ("zeros_like", "ones_like", "empty_like", "full_like")},
    **{name: _maker(name) for name in ("zeros", "ones", "eye", "identity", "tri", "indices")},
}
