"""
The machines that a compiled function can run on, by name.

A backend turns a function of a module into a Python function on arrays. Packages add theirs with
`register`. What a backend lets one choose are keyword parameters of its compiler.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.universe import Universe

from ..dialects import delta, kernel, sharing, ten
from ..passes.rewriting.diagnostics import LetgradError

Compiled = Callable[..., tuple[Any, ...]]
"""
Takes one array or scalar per argument, and gives the results as a tuple. One with a method
`into(args, out)` writes results into arrays that are given; see `into`.
"""

Compile = Callable[..., Compiled]
"""`(module, entry, **options)` → the compiled function."""

default = "cpu"

_backends: dict[str, Compile] = {}


@functools.cache
def context() -> Context:
    """
    The dialects that passes find while a program is compiled: all of this environment, and
    letgrad's own, also where it runs from its source tree and is not installed.
    """
    ctx = Context()
    own = {d.name: lambda d=d: d for d in (ten.Ten, delta.Delta, sharing.Sharing, kernel.Kernel)}
    for name, factory in (own | Universe.get_multiverse().all_dialects).items():
        ctx.register_dialect(name, factory)
    for name in ("arith", *own):  # now, since threads that compile share them
        ctx.load_registered_dialect(name)
    return ctx


def register(name: str) -> Callable[[Compile], Compile]:
    """Decorator: the function below compiles `(module, entry)` for the backend `name`."""

    def add(compile: Compile) -> Compile:
        _backends[name] = compile
        return compile

    return add


def names() -> tuple[str, ...]:
    for name in ("cpu", "triton"):
        _load(name)
    return tuple(_backends)


def _load(name: str) -> None:
    """The built-in backends are imported when they are first asked for."""
    if name == "cpu":
        from .cpu import backend
    elif name == "triton":
        from .triton import backend  # noqa: F401


def compile(name: str, module: ModuleOp, entry: str, **options: Any) -> Compiled:
    """
    `@entry` of the module as a Python function.

    Errors: `LetgradError` for an unknown backend, option or function.
    """
    make = compiler(name)
    known = list(inspect.signature(make).parameters)[2:]
    for option in options:
        if option not in known:
            has = ", ".join(known) or "none"
            raise LetgradError(f"backend '{name}' has no option '{option}'; it has {has}")
    return make(module, entry, **options)


def compiler(name: str) -> Compile:
    """
    The function that compiles for a backend: its keyword parameters are the backend's options.

    Errors: `LetgradError` for an unknown backend.
    """
    _load(name)
    if name not in _backends:
        raise LetgradError(f"there is no backend '{name}'; there are {', '.join(names())}")
    return _backends[name]


def into(
    compiled: Compiled, args: Sequence[Any], out: Sequence[np.ndarray | None]
) -> tuple[Any, ...]:
    """
    The results of a compiled function, in the arrays of `out` where there is one: of the result's
    shape and dtype, in row-major order, and apart from each other. They may share memory with
    arguments: these are read before.
    """
    write = getattr(compiled, "into", None)
    if write is not None:
        return write(args, out)
    results = list(compiled(*args))
    # A result may be a view of an argument, and that be a target.
    written = [(k, np.array(results[k]), x) for k, x in enumerate(out) if x is not None]
    for k, value, target in written:
        np.copyto(target, value)
        results[k] = target
    return tuple(results)


def profile(name: str, compiled: Compiled, args: Sequence[Any]) -> Any:
    """
    Where the time of a call with these arguments goes, as an object that prints as a table.

    Errors: `LetgradError` for a backend that cannot say.
    """
    measure = getattr(compiled, "profile", None)
    if measure is None:
        raise LetgradError(f"backend '{name}' has no profile of a call")
    return measure(*args)


@register("numpy")
def _(module: ModuleOp, entry: str) -> Compiled:
    """The reference: interprets the program op by op."""
    from .reference import Evaluator, find_function

    find_function(module, entry)
    return lambda *args: Evaluator(module).call(entry, args)
