"""
Who wanted a number of a traced array, and what to write instead.

A program that turns a traced array into numbers stops with an error. The place of the error is an
instruction in the user's code, and Python knows the source of each instruction: a call of a NumPy
function, an index, a condition. From this source the error gets its text.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import itertools
import linecache
import math
import os
import sys
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Wanted:
    """Who wanted a number: a function, or a part of Python. And what to write instead."""

    who: str
    advice: str


SIZES_ARE_STATIC = (
    "sizes are fixed when letgrad traces a function; compute the size from shapes, or pass it as a "
    "static Python int"
)
JOIN = "join traced values by lg.asarray([…]), np.stack([…]) or np.concatenate([…])"
LOOP = (
    "write lg.fold(step, init, np.arange(n)) with a static n; in a step, "
    "np.where(condition, new, old) keeps the old value; or use @lg.program, which takes Python's "
    "loops on traced values"
)
CHOOSE = (
    "write np.where(condition, a, b), or lg.cond(condition, f, g) to run only one side, or use "
    "@lg.program, which takes Python's conditions on traced values"
)
GENERATOR = (
    "letgrad leaves the conditions and loops of a function with `yield` to Python; append to a "
    "list and return it, in an @lg.program, or write np.where(condition, a, b)"
)
NEW_ARRAY = (
    "a NumPy array cannot hold a traced value: write `import letgrad.numpy as np`, whose arrays "
    "can, or use @lg.program"
)

_OF_NUMPY: dict[str, str] = {
    "array": f"{JOIN}; a traced array is an array already",
    "asarray": f"{JOIN}; a traced array is an array already",
    "asanyarray": f"{JOIN}; a traced array is an array already",
    "ascontiguousarray": f"{JOIN}; a traced array is an array already",
    "asfortranarray": f"{JOIN}; a traced array is an array already",
    "asarray_chkfinite": f"{JOIN}; a traced array is an array already",
    "require": f"{JOIN}; a traced array is an array already",
    "matrix": "letgrad supports no np.matrix; use arrays, and @ for products",
    "full": "write np.broadcast_to(x, shape)",
    "full_like": "write np.broadcast_to(x, np.shape(a))",
    "fromiter": "write np.stack(list(values))",
    "fromfunction": "write lg.build(shape, f)",
    "vectorize": "call the function on the array, or write lg.vmap(f)(x)",
    "apply_along_axis": "write lg.vmap(f)(x)",
    "arange": "write start + step * np.arange(n) with a static n",
    "linspace": SIZES_ARE_STATIC,
    "zeros": SIZES_ARE_STATIC,
    "ones": SIZES_ARE_STATIC,
    "empty": SIZES_ARE_STATIC,
    "eye": SIZES_ARE_STATIC,
    "identity": SIZES_ARE_STATIC,
    "tri": SIZES_ARE_STATIC,
    "indices": SIZES_ARE_STATIC,
    "reshape": SIZES_ARE_STATIC,
    "broadcast_to": SIZES_ARE_STATIC,
    "tile": SIZES_ARE_STATIC,
    "resize": SIZES_ARE_STATIC,
    "take": "write lg.asarray(a)[i]",  # NumPy's function does not look at its indices.
    "as_strided": "write letgrad.numpy.lib.stride_tricks.as_strided, or use @lg.program",
    "copyto": NEW_ARRAY,
    "put": NEW_ARRAY,
    "place": NEW_ARRAY,
    "putmask": "write np.where(mask, values, a)",
    "fill": NEW_ARRAY,
    "r_": "write np.concatenate([…])",
    "c_": "write np.column_stack([…])",
}
"""NumPy's functions, by name, and what to write in their place."""

MASKED = (
    "pass x.filled(…) and the mask as two arrays, and write np.where(mask, 0, x), or "
    "np.sum(x, where=~mask) and the like"
)
SERIES = (
    "write `from letgrad.numpy.polynomial import {name}`, which takes traced coefficients and "
    "places, or use @lg.program"
)

_OF_PYTHON: dict[str, str] = {
    "int": "write x.astype(int); a number of turns needs @lg.program, which makes loops of "
    "Python's, or a static argument",
    "float": "write x, or x.astype(float)",
    "bool": "write x != 0",
    "complex": "compute with the real and the imaginary part",
    "max": "write np.maximum(a, b), or np.max(x)",
    "min": "write np.minimum(a, b), or np.min(x)",
    "sorted": "write np.sort(x)",
    "any": "write np.any(x)",
    "all": "write np.all(x)",
    "round": "write np.round(x)",
    "range": LOOP,
    "filter": "write np.where(condition, x, 0)",
}


OFFERED: set[str] = set()
"""The paths in SciPy of functions that `letgrad.scipy` offers."""

_SCIPY: dict[str, str] = {
    "euclidean": "write np.linalg.norm(u - v)",
}
"""Functions of SciPy, by name, and what to write in their place."""

NO_SCIPY = (
    "letgrad traces functions of NumPy, and the functions of SciPy that letgrad.scipy has; write "
    "the function with these, or compute this value outside of the traced function"
)

_STATISTICS: dict[str, str] = {
    "mean": "write np.mean(x)",
    "fmean": "write np.mean(x)",
    "median": "write np.median(x)",
    "variance": "write np.var(x, ddof=1)",
    "pvariance": "write np.var(x)",
    "stdev": "write np.std(x, ddof=1)",
    "pstdev": "write np.std(x)",
    "geometric_mean": "write np.exp(np.mean(np.log(x)))",
    "harmonic_mean": "write 1 / np.mean(1 / x)",
}
NO_LIBRARY = "use NumPy's functions in place of Python's"


@functools.lru_cache(4096)
def is_other_library(module: str, file: str) -> bool:
    """Whether a module is of SciPy or of Python's own library, and no file of the user."""
    top = module.partition(".")[0]
    # A user's file may have the name of a module of Python.
    return top == "scipy" or (
        top in sys.stdlib_module_names
        and (file.startswith("<frozen ") or os.path.dirname(file).startswith(_STDLIB))
    )


_STDLIB = os.path.dirname(os.__file__)


READERS = "numpy.polynomial", "numpy.ma."
"""How the modules begin of which `reads_numbers` may be true."""


def reads_numbers(frame: FrameType) -> bool:
    """Whether a frame runs NumPy's masked arrays or series, which do not ask who computes."""
    module = frame.f_globals.get("__name__", "")
    if module.startswith("numpy.polynomial"):
        return frame.f_globals.get("np") is np  # letgrad runs the same code with another NumPy
    return module.startswith("numpy.ma.")


def public_path(module: str, name: str, function: Any = None) -> str:
    """
    The name of a function as users import it: from the outermost module that has the function, or
    without the private modules of its package.
    """
    for home in itertools.accumulate(module.split("."), "{}.{}".format):
        if function is not None and getattr(sys.modules.get(home), name, None) is function:
            return f"{home}.{name}"
    parts = itertools.takewhile(lambda part: not part.startswith("_"), module.split("."))
    return ".".join([*parts, name])


def of_scipy(name: str, module: str, supported: Container[Any]) -> str:
    """What to write in place of a function of SciPy. `supported` has NumPy's traced functions."""
    if name in _SCIPY:
        return _SCIPY[name]
    home = ".".join(module.split(".")[1:2])
    if f"{home}.{name}" in OFFERED:
        return f"write letgrad.scipy.{home}.{name}, which takes traced arrays"
    if module.startswith("scipy.stats") and "distn" in module:
        return "write letgrad.scipy.stats in place of scipy.stats, whose methods take traced arrays"
    if module.startswith("scipy.linalg") and getattr(np.linalg, name, None) in supported:
        return f"write np.linalg.{name}"
    if getattr(np, name, None) in supported:
        return f"write np.{name}"
    return NO_SCIPY


def wanted(
    frame: FrameType | None, called: FrameType | None = None, supported: Container[Any] = ()
) -> Wanted | None:
    """
    What the frame's present instruction wanted of a traced array; None if that is unknown. `called`
    is the function of SciPy or of Python's library that this instruction runs, if it runs one.
    `supported` has NumPy's traced functions.
    """
    try:
        chain = [] if frame is None else _nodes(frame)
    except (OSError, SyntaxError, ValueError, RecursionError):  # no source, or not Python's
        chain = []
    if called is not None:
        return _of_library(frame, called, chain[-1] if chain else None, supported)
    if frame is None or not chain:
        return None
    node, parents = chain[-1], chain[:-1][::-1]
    match node:
        case ast.Call():
            return _of_call(frame, node)
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            return Wanted(f"the assignment to {_text(node)}", NEW_ARRAY)
        case ast.Subscript() if not _is_condition(node, parents):
            return _of_index(frame, node)
        case _:
            found = _of_condition(node, parents)
            if found is not None and frame.f_code.co_flags & inspect.CO_GENERATOR:
                return Wanted(found.who, GENERATOR)
            return found


def _of_library(
    frame: FrameType | None, called: FrameType, node: ast.AST | None, supported: Container[Any]
) -> Wanted:
    """Of a function of SciPy, of Python's library, or of `numpy.ma` and `numpy.polynomial`."""
    module, name = called.f_globals.get("__name__", ""), called.f_code.co_name
    library = "SciPy" if module.startswith("scipy") else "Python's library"
    path = f"{library} (in {_text(node)})" if node is not None else public_path(module, name)
    if frame is not None and isinstance(node, ast.Call):
        function = _value(frame, node.func)
        home, own = getattr(function, "__module__", None), getattr(function, "__name__", None)
        # The frame may be one of a wrapper. The function has the name that the user knows.
        if isinstance(home, str) and isinstance(own, str) and is_other_library(home, _file(home)):
            module, name = home, own
            path = public_path(module, name, function)
    if module.startswith("numpy.ma"):
        return Wanted("numpy.ma", f"letgrad supports no masked arrays; {MASKED}")
    if module.startswith("numpy.polynomial"):
        return _of_series(called)
    if module.startswith("scipy"):
        return Wanted(path, of_scipy(name, module, supported))
    known = _STATISTICS.get(name) if module == "statistics" else None
    return Wanted(path, known or NO_LIBRARY)


def _of_series(called: FrameType) -> Wanted:
    """Of a class of `numpy.polynomial`, or of one of its functions."""
    owner = called.f_locals.get("self", called.f_locals.get("cls"))
    if owner is None:
        name = called.f_code.co_name
        path = called.f_globals.get("__name__", "").removeprefix("numpy.")
        return Wanted(f"numpy.{path}.{name}", f"write letgrad.numpy.{path}.{name}")
    name = (owner if isinstance(owner, type) else type(owner)).__name__
    return Wanted(f"numpy.polynomial.{name}", SERIES.format(name=name))


def _file(module: str) -> str:
    return getattr(sys.modules.get(module), "__file__", None) or ""


# Finding the source.


@functools.lru_cache(8)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _nodes(frame: FrameType) -> list[ast.AST]:
    """The nodes around the present instruction, from the outermost to its own."""
    code = frame.f_code
    position = next(itertools.islice(code.co_positions(), frame.f_lasti // 2, None))
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    if not lines or None in position:
        return []
    first, last, start, end = position
    for chain in _chains(_parsed("".join(lines)), ()):
        node = chain[-1]
        found = (
            getattr(node, "lineno", None),
            getattr(node, "end_lineno", None),
            getattr(node, "col_offset", None),
            getattr(node, "end_col_offset", None),
        )
        if isinstance(node, ast.expr) and found == (first, last, start, end):
            return list(chain)
    return []


def _chains(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[tuple[ast.AST, ...]]:
    chain = (*above, node)
    yield chain
    for child in ast.iter_child_nodes(node):
        yield from _chains(child, chain)


def _text(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:37]}…"


# Calls.


def _value(frame: FrameType, node: ast.expr) -> Any:
    """
    What a name, or an attribute of a module, stands for; None if only running code could say that.
    """
    match node:
        case ast.Name(name):
            for names in (frame.f_locals, frame.f_globals, vars(builtins)):
                if name in names:
                    return names[name]
        case ast.Attribute(value, name):
            owner = _value(frame, value)
            if isinstance(owner, ModuleType):
                return vars(owner).get(name)
        case ast.Constant(value):
            return value
        case _:
            pass
    return None


def _of_call(frame: FrameType, node: ast.Call) -> Wanted:
    function = _value(frame, node.func)
    name = getattr(function, "__name__", None)
    if isinstance(name, str):
        module = getattr(function, "__module__", None) or ""
        if isinstance(function, type) and issubclass(function, np.generic):
            return Wanted(f"numpy.{name}", f"write x.astype(np.{name})")
        if module.split(".")[0] == "numpy":
            path = public_path(module, name, function)
            return Wanted(path, _of_numpy(name, module))
        if getattr(math, name, None) is function:
            np_name = {"pow": "power", "dist": "linalg.norm"}.get(name, name)
            known = name == "dist" or hasattr(np, np_name)
            return Wanted(
                f"math.{name}",
                f"write np.{np_name}(x)" if known else "use NumPy's functions in place of Python's",
            )
        if getattr(builtins, name, None) is function and name in _OF_PYTHON:
            return Wanted(f"Python {name}()", _OF_PYTHON[name])
        if function is print or function is format:
            return Wanted(f"Python {name}()", "write {x}, which gives shape and dtype")
    if isinstance(node.func, ast.Attribute):
        owner, method = _value(frame, node.func.value), node.func.attr
        if isinstance(owner, np.ndarray):
            return Wanted(f"numpy.ndarray.{method}", _of_method(method, _text(node.func.value)))
        if isinstance(owner, np.random.Generator | np.random.RandomState):
            return Wanted(f"numpy.random.{type(owner).__name__}.{method}", _RANDOM)
        if "random" in _text(node.func.value):
            return Wanted(f"the method {method}", _RANDOM)
        if method == "__setitem__":
            return Wanted(f"the assignment to {_text(node.func.value)}", NEW_ARRAY)
        if hasattr(np.ndarray, method):
            return Wanted(f"the method {method}", _of_method(method, _text(node.func.value)))
    if isinstance(node.func, ast.Call) and _value(frame, node.func.func) is np.vectorize:
        return Wanted("numpy.vectorize", _OF_NUMPY["vectorize"])
    return Wanted(
        _text(node.func),
        "use a function of NumPy that letgrad supports (docs/numpy-coverage.md), or compute this "
        "value outside of the traced function",
    )


_RANDOM = (
    "draw standard numbers outside of the traced function, pass them as an argument, and scale and "
    "shift them there"
)


def _of_numpy(name: str, module: str) -> str:
    if name in _OF_NUMPY:
        return _OF_NUMPY[name]
    if module.startswith("numpy.random"):
        return _RANDOM
    return f"{JOIN}; arguments such as axes, sizes and shifts must be static"


def _of_method(method: str, array: str) -> str:
    if method == "take":
        return f"write lg.asarray({array})[i]"
    if method in _OF_NUMPY:
        return _OF_NUMPY[method]
    if method in ("item", "repeat", "reshape", "resize"):
        return SIZES_ARE_STATIC
    if hasattr(np, method):
        return f"write np.{method}({array}, …)"
    return f"use the functions of NumPy on lg.asarray({array})"


# Indices.


def _of_index(frame: FrameType, node: ast.Subscript) -> Wanted:
    array, key = _text(node.value), node.slice
    owner = _value(frame, node.value)
    for name in ("r_", "c_"):
        if owner is getattr(np, name):
            return Wanted(f"numpy.{name}", _OF_NUMPY[name])
    who = f"the index of {array}"
    items: Sequence[ast.expr] = key.elts if isinstance(key, ast.Tuple) else [key]
    # A traced array takes traced integers, so its index was a slice, under some name.
    taken = not isinstance(owner, np.ndarray) and "asarray(" in array
    if len(items) == 1 and (taken or _is_slice(frame, items[0])):
        return Wanted(
            who,
            f"a slice has a static shape; write lg.gather(n, {array}, lambda i: start + i), or let "
            "the integers of its ends stay Python's: lg.grad and lg.jit take static_argnums",
        )
    if any(isinstance(item, ast.Compare) for item in items):
        return Wanted(who, f"write np.where(mask, {array}, 0), because shapes are static")
    if isinstance(owner, dict):
        return Wanted(who, "make an array of the values, and write lg.asarray(values)[i]")
    return Wanted(who, f"write lg.asarray({array})[{_text(key)}]")


def _is_slice(frame: FrameType, key: ast.expr) -> bool:
    """Whether a key is a slice, is made by `slice(…)`, or is a name that stands for one."""
    if isinstance(key, ast.Call):
        key = key.func
    value = _value(frame, key)
    return isinstance(key, ast.Slice) or isinstance(value, slice) or value is slice


# Conditions.


def _is_condition(node: ast.AST, parents: Sequence[ast.AST]) -> bool:
    return bool(parents) and (
        isinstance(parents[0], ast.BoolOp | ast.Assert)
        or (isinstance(parents[0], ast.UnaryOp) and isinstance(parents[0].op, ast.Not))
        or getattr(parents[0], "test", None) is node
        or (isinstance(parents[0], ast.comprehension) and node in parents[0].ifs)
    )


def _of_condition(node: ast.AST, parents: Sequence[ast.AST]) -> Wanted | None:
    """Of a value that Python takes for true or false."""
    joined: str | None = None
    inner = node
    for outer in (node, *parents):
        match outer:
            case ast.Compare() if len(outer.ops) > 1:
                joined = "write (a < x) & (x < b) in place of a < x < b"
            case ast.BoolOp(ast.And()):
                joined = "write & and parentheses in place of 'and'"
            case ast.BoolOp(ast.Or()):
                joined = "write | and parentheses in place of 'or'"
            case ast.UnaryOp(ast.Not()):
                joined = joined or "write np.logical_not(x) in place of 'not'"
            case ast.While():
                return Wanted(f"the condition of 'while' ({_text(inner)})", _both(joined, LOOP))
            case ast.If() | ast.IfExp():
                return Wanted(f"the condition of 'if' ({_text(inner)})", _both(joined, CHOOSE))
            case ast.comprehension():
                return Wanted(
                    f"the condition of a comprehension ({_text(inner)})",
                    _both(joined, "shapes are static; write np.where(condition, x, 0)"),
                )
            case ast.Assert():
                return Wanted(
                    f"the condition of 'assert' ({_text(inner)})",
                    "check values outside of the traced function",
                )
            case _ if outer is not node:
                break
            case _:
                pass
        inner = outer
    return None if joined is None else Wanted(_text(inner), joined)


def _both(first: str | None, second: str) -> str:
    return second if first is None else f"{first}, and {second}"
