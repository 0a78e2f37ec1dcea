"""
The functions that a rewritten function calls: the user's own ones are rewritten too.

A function of an installed library stays as it is. Python's builtins and the functions of `math`
are replaced by functions that also take traced values.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import math
import sys
import weakref
from collections import deque
from collections.abc import Callable
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import numpy as np

from .. import numpy_namespace, numpy_series, ops, tracing
from ..array_views import viewing
from ..scipy_functions import namespace, sparse_matrices
from ..user_code import located
from . import (
    attempts,
    chosen_items,
    data_classes,
    drawn_rows,
    evaluation_order,
    failures,
    function_source,
    joined_containers,
    named_items,
    optional_values,
    recursion,
    traced_texts,
)
from .function_source import RUNTIME, NoSource, is_users
from .rewrite import Rewriter
from .static_states import OneOf

REPLACED: dict[Any, Callable[..., Any]] = {}
"""Builtins and functions of `math`, by identity or hash → functions for traced values."""

OF_LISTS = ("count", "extend", "index", "sort")
"""Methods of lists that have replacements."""

OPEN: set[Any] = set()
"""Those of them whose replacements know what a `Maybe` is."""

WRAPPERS: list[Callable[[Any], Any]] = []
"""Functions that know other callables: each gives a rewritten one, or None."""

RUNTIMES = SimpleNamespace()
"""The functions that rewritten functions call; the module `runtime` fills it."""

_made: set[CodeType] = set()
"""The codes of rewritten functions, and of the functions inside of these."""

_codes: dict[tuple[CodeType, frozenset[str], frozenset[str], int], CodeType] = {}

_rewritten: weakref.WeakKeyDictionary[FunctionType, dict[int, Callable[..., Any]]] = (
    weakref.WeakKeyDictionary()
)
"""The rewritten functions, without and with the failures of `try` statements as conditions."""


def callee(function: Any) -> Any:
    """The function to call in the place of `function`."""
    if not isinstance(function, FunctionType | MethodType):
        failures.check_call(function)
    if (draw := drawn_rows.drawing(function)) is not None:
        return draw
    match function:
        case FunctionType():
            if is_users(function):
                return recursion.bounded(rewritten(function))
            if function in REPLACED:
                return _replacement(function)
        case MethodType(__func__=FunctionType() as inner) if inner in REPLACED:
            return MethodType(REPLACED[inner], function.__self__)
        case MethodType() if sparse_matrices.is_scipys(function.__self__):
            return sparse_matrices.method(function)
        case MethodType(__func__=FunctionType() as inner) if _is_of_data_class(inner, function):
            return function
        case MethodType(__func__=FunctionType() as inner) if is_users(inner):
            return MethodType(recursion.bounded(rewritten(inner)), function.__self__)
        case functools.partial():
            inner = callee(function.func)
            if inner is not function.func:
                return functools.partial(inner, *function.args, **function.keywords)
            return function
        case type():
            return _replacement(function) if function in REPLACED else _class(function)
        case BuiltinFunctionType():
            if function in REPLACED:
                return _replacement(function)
            if isinstance(function.__self__, str):
                return traced_texts.method(function)
            if type(function.__self__) is np.ndarray:
                return _of_array(function)
            if type(function.__self__) is dict and function.__name__ == "get":
                return functools.partial(RUNTIMES.get_item, function.__self__)
            found = joined_containers.changing(function)
            if type(function.__self__) is list and function.__name__ in OF_LISTS:
                return functools.partial(
                    REPLACED[getattr(list, function.__name__)], function.__self__
                )
            return found
        case ModuleType():
            return function
        case np.ufunc():
            return _of_arrays(function)
    if isinstance(function, OneOf):
        return RUNTIMES.called(function)
    for wrapper in WRAPPERS:
        if (found := wrapper(function)) is not None:
            return found
    if isinstance(function, FunctionType | MethodType):
        return _of_library(function)
    own = vars(type(function)).get("__call__") if callable(function) else None
    if isinstance(own, FunctionType) and is_users(own):
        return MethodType(rewritten(own), function)
    return function


def _class(cls: type) -> Any:
    """
    What makes an instance of a class: the class, or a function that calls a rewritten `__init__`,
    if the user wrote that method.
    """
    init = cls.__init__
    if data_classes.runs_code(cls):
        return functools.partial(data_classes.make, cls, callee)
    if (
        type(cls) is not type
        or cls.__new__ is not object.__new__
        or not isinstance(init, FunctionType)
        or not is_users(init)
        or init.__code__.co_filename.startswith("<")  # Python made it, as for a data class.
        or getattr(cls, "__abstractmethods__", None)
    ):
        return cls

    def make(*args: Any, **kwargs: Any) -> Any:
        instance = object.__new__(cls)
        callee(init)(instance, *args, **kwargs)
        return instance

    return make


def _of_library(function: Any) -> Any:
    """
    A library's function as it is, unless it wraps a function of the user (`lg.grad(f)`), or takes
    functions of the user as arguments.
    """
    if not isinstance(function, FunctionType):
        return function
    if not (function.__globals__.get("__name__", "") or "").startswith("letgrad"):
        return function
    if function.__closure__:
        function = with_rewritten_cells(function)

    @functools.wraps(function)
    def calling(*args: Any, **kwargs: Any) -> Any:
        for key, value in (*enumerate(args), *kwargs.items()):
            if isinstance(value, OneOf) and value.is_text:
                return RUNTIMES.spread(calling, args, kwargs, key)
        return function(
            *map(_argument, args), **{name: _argument(value) for name, value in kwargs.items()}
        )

    return calling


@functools.cache
def _of_arrays(ufunc: np.ufunc) -> Callable[..., Any]:
    """A ufunc that takes lists of traced numbers, too."""

    @functools.wraps(ufunc)
    def calling(*args: Any, **kwargs: Any) -> Any:
        return viewing.held_if_new(ufunc(*map(_array_of, args), **kwargs), args, kwargs)

    return calling


WRITING_METHODS = {"fill", "itemset", "partition", "put", "resize", "setfield", "setflags", "sort"}


def _of_array(method: Any) -> Callable[..., Any]:
    """
    A method of an array of NumPy. A program can write traced values to a new array. With a traced
    argument it is the method of a traced array with the same numbers.
    """

    @functools.wraps(method)
    def calling(*args: Any, **kwargs: Any) -> Any:
        if viewing.has_traced((args, kwargs)):
            if method.__name__ in WRITING_METHODS:
                raise located(TypeError, tracing.HOLDS_NUMBERS)
            traced = getattr(ops.lift(method.__self__), method.__name__, None)
            if traced is not None:
                return traced(*map(_array_of, args), **kwargs)
        return viewing.held_if_new(method(*args, **kwargs), method.__self__, args, kwargs)

    return calling


def _plain_list(value: Any) -> Any:
    """NumPy takes a deque for a list, also in lists."""
    if type(value) is deque:
        return [_plain_list(part) for part in value]
    if type(value) in (list, tuple) and any(type(part) is deque for part in value):
        return type(value)(_plain_list(part) for part in value)
    return value


def _array_of(value: Any) -> Any:
    value = _plain_list(chosen_items.as_masked(value))
    if isinstance(value, list | tuple) and viewing.has_traced(value):
        return numpy_namespace.array(value)
    return value


def _replacement(function: Any) -> Callable[..., Any]:
    """The function in the place of a function of Python."""
    return _settling(REPLACED[function], function in OPEN)


@functools.cache
def _settling(function: Callable[..., Any], is_open: bool) -> Callable[..., Any]:
    """
    The function, whose arguments may be None or a value in the program: it takes the values, or
    these arguments as they are if it `is_open`.
    """
    settle = chosen_items.settled if is_open else _settled

    @functools.wraps(function)
    def calling(*args: Any, **kwargs: Any) -> Any:
        return function(
            *map(settle, args),
            **{name: settle(value) for name, value in kwargs.items()},
        )

    return calling


def _settled(value: Any) -> Any:
    return chosen_items.settled(optional_values.value_of(value))


def _is_of_data_class(inner: FunctionType, method: MethodType) -> bool:
    """Whether Python wrote the method, and not the user."""
    cls = type(method.__self__)
    return hasattr(cls, "__dataclass_fields__") and inner.__code__.co_filename.startswith("<")


def _argument(value: Any) -> Any:
    value = _plain_list(chosen_items.as_masked(optional_values.value_of(value)))
    inner = value.__func__ if isinstance(value, MethodType) else value
    return callee(value) if isinstance(inner, FunctionType) and is_users(inner) else value


def with_rewritten_cells(function: FunctionType, depth: int = 0) -> FunctionType:
    """A wrapper of letgrad, such as `lg.grad(f)`, around the rewritten functions of the user."""
    cells = []
    changed = False
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            cells.append(cell)
            continue
        new = _inner(content, depth)
        changed |= new is not content
        cells.append(cell if new is content else type(cell)(new))
    if not changed:
        return function
    made = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(cells),
    )
    made.__kwdefaults__ = function.__kwdefaults__
    functools.update_wrapper(made, function)
    return made


def _inner(content: Any, depth: int) -> Any:
    if isinstance(content, FunctionType):
        if is_users(content):
            return rewritten(content)
        name = content.__globals__.get("__name__", "") or ""
        if name.startswith("letgrad") and content.__closure__ and depth < 5:
            return with_rewritten_cells(content, depth + 1)
        return content
    if isinstance(content, MethodType | functools.partial):
        return callee(content)
    for wrapper in WRAPPERS:
        if (found := wrapper(content)) is not None:
            return found
    return content


def rewritten(function: FunctionType) -> Callable[..., Any]:
    """
    The function with its conditions and loops as calls of letgrad.

    Errors: `TypeError` for a function whose source cannot be read.
    """
    if function.__code__ in _made:
        return function
    known = _rewritten.setdefault(function, {})
    notes = failures.level()
    if notes not in known:
        try:
            known[notes] = _rewrite(function)
        except NoSource as error:
            raise located(
                TypeError,
                f"letgrad cannot rewrite the function {function.__qualname__}: {error}",
            ) from None
    failures.check_call(known[notes])
    return known[notes]


def _rewrite(function: FunctionType) -> Callable[..., Any]:
    names = frozenset(name for name, value in _around(function) if substitute(value) is not value)
    notes = failures.level()
    suppressing = _names(function, _is_suppressing) if notes else frozenset[str]()
    key = function.__code__, names, suppressing, notes
    if key not in _codes:
        _codes[key] = _rewritten_code(function, names)
    return function_source.function_like(
        function, _codes[key], {RUNTIME: RUNTIMES, "__class__": None}
    )


def _around(function: FunctionType) -> list[tuple[str, Any]]:
    """The globals and the variables around a function that its code can name."""
    names = {name for code in function_source.codes(function.__code__) for name in code.co_names}
    found = [(name, function.__globals__[name]) for name in names if name in function.__globals__]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found.append((name, cell.cell_contents))
        except ValueError:  # The program assigns the variable later.
            continue
    return found


def _names(function: FunctionType, is_wanted: Callable[[Any], bool]) -> frozenset[str]:
    """The names around a function of values that are wanted."""
    return frozenset(name for name, value in _around(function) if is_wanted(value))


def _is_plain(value: Any) -> bool:
    """Whether a value is `math`, or a function of Python that changes no object."""
    return value is math or evaluation_order.is_quiet(value)


def _is_suppressing(value: Any) -> bool:
    return value is contextlib or value is contextlib.suppress


def _rewritten_code(function: FunctionType, names: frozenset[str]) -> CodeType:
    code = function.__code__
    libraries = functools.cache(lambda: names | _names(function, _is_plain))
    node = function_source.copied(function_source.function_node(function))
    node = named_items.desugared(node, libraries)
    if failures.are_noted():
        node = attempts.desugared(
            node,
            libraries(),
            _names(function, _is_suppressing),
            failures.are_carried(),
        )
    parts = code.co_qualname.split(".")
    cls = parts[-2] if len(parts) > 1 and parts[-2] != "<locals>" else ""
    new = Rewriter(names, cls, code.co_filename, libraries()).function(node)
    if isinstance(new, ast.Lambda):
        body = ast.copy_location(ast.Return(new.body), new.body)
        definition = ast.FunctionDef(f"{RUNTIME}_lambda", new.args, [body], [])
        ast.copy_location(definition, new)
    else:
        assert isinstance(new, ast.FunctionDef)
        definition = new
    # Under its own name, a function that calls itself would find the new definition.
    definition.name = f"{RUNTIME}_function"
    # Their values are those of the old function, and only their number counts here.
    arguments = definition.args
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [d and ast.Constant(None) for d in arguments.kw_defaults]
    definition.decorator_list = []
    made = function_source.compiled(definition, [RUNTIME, *code.co_freevars], code)
    _made.update(function_source.codes(made))
    return made


def substitute(value: Any) -> Any:
    """
    The counterpart in `letgrad.numpy` of NumPy, or of a function of NumPy; and in `letgrad.scipy`
    of SciPy's modules, functions and distributions.
    """
    for module, path in MODULES.items():
        if value is module:
            return sys.modules[f"letgrad.{path}"]
    if (found := namespace.counterpart(value)) is not None:
        return found
    name = getattr(value, "__name__", None)
    if not callable(value) or not isinstance(name, str):
        return value
    for module, path in MODULES.items():
        if getattr(module, name, None) is value:
            return numpy_namespace.lookup(f"{path}.{name}".removeprefix("numpy."))
    return value


MODULES = {
    np: "numpy",
    np.linalg: "numpy.linalg",
    np.fft: "numpy.fft",
    np.polynomial: "numpy.polynomial",
    np.lib.stride_tricks: "numpy.lib.stride_tricks",
    **{module: f"numpy.{path}" for path, module in numpy_series.MODULES.items()},
}
"""NumPy's modules that have counterparts, and the paths of these."""


def is_rewritten(function: Any) -> bool:
    return isinstance(function, FunctionType) and function.__code__ in _made


def describe(function: Any) -> str:
    return getattr(function, "__qualname__", None) or repr(function)
