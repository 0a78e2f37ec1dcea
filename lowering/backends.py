"""
The machines that a compiled function can run on, by name.

A backend turns a function of a module into a Python function on arrays. Packages add theirs with
`register`. What a backend lets one choose are keyword parameters of its compiler.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import entry_points
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

Example:

    >>> @register_backend("doubled")
    ... def compile_doubled(module, entry) -> Compiled:
    ...     return lambda *args: tuple(2 * r for r in Evaluator(module).call(entry, args))
    >>> lg.jit(np.sin, backend="doubled")(0.5) == 2 * np.sin(0.5)
    np.True_
"""

Compile = Callable[..., Compiled]
"""`(module, entry, **options)` → the compiled function."""

default = "cpu"

BUILT_IN = {"numpy": ".reference.backend", "cpu": ".cpu.backend", "triton": ".triton.backend"}
"""
The modules whose function `compile` is a backend of letgrad's own, relative to this package. This
module imports one when somebody asks for that backend first.
"""

PLUGINS = "letgrad.backends"
"""The group of entry points by which a package names its backends, each with its module."""

_backends: dict[str, Compile] = {}


@functools.cache
def context() -> Context:
    """
    The dialects that passes find while a program is compiled: all of this environment, and
    letgrad's own, also where it runs from its source tree and is not installed.

    Example:

        >>> backend_context().get_op("ten.sum").name
        'ten.sum'
    """
    ctx = Context()
    own = {d.name: lambda d=d: d for d in (ten.Ten, delta.Delta, sharing.Sharing, kernel.Kernel)}
    for name, factory in (own | Universe.get_multiverse().all_dialects).items():
        ctx.register_dialect(name, factory)
    for name in ("arith", *own):  # now, since threads that compile share them
        ctx.load_registered_dialect(name)
    return ctx


def register(name: str) -> Callable[[Compile], Compile]:
    """
    Decorator: the function below compiles `(module, entry)` for the backend `name`.

    Example:

        >>> @register_backend("loud")
        ... def compile_loudly(module, entry, volume=1):
        ...     def call(*args):
        ...         print(f"{entry} runs" + "!" * volume)
        ...         return Evaluator(module).call(entry, args)
        ...     return call
        >>> float(lg.jit(lambda x: x * x, backend="loud", volume=3)(3.0))
        lambda runs!!!
        9.0
    """

    def add(compile: Compile) -> Compile:
        _backends[name] = compile
        return compile

    return add


def names() -> tuple[str, ...]:
    """All backends: letgrad's own, those that are registered, and those that packages name."""
    plugins = (plugin.name for plugin in entry_points(group=PLUGINS))
    return tuple(dict.fromkeys((*BUILT_IN, *_backends, *plugins)))


def _load(name: str) -> None:
    """Import the module that registers a backend, unless a backend of that name is there."""
    if name in _backends:
        return
    if name in BUILT_IN:
        _backends[name] = import_module(BUILT_IN[name], __package__).compile
    else:
        _load_plugin(name)


def _load_plugin(name: str) -> None:
    """
    Import the module that the entry point of a backend names, where a package has one.

    Errors: `LetgradError` for a module that cannot be imported, or that registers another backend.
    """
    for plugin in entry_points(group=PLUGINS, name=name):
        try:
            plugin.load()
        except Exception as error:
            raise LetgradError(
                f"backend '{name}': {plugin.value} cannot be imported: "
                f"{type(error).__name__}: {error}"
            ) from error
        if name not in _backends:
            raise LetgradError(f"backend '{name}': {plugin.value} does not register it")


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
