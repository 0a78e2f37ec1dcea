"""
The machines that a compiled function can run on, by name.

A backend turns a function of a module into a Python function on arrays. Packages add their backends
with `register`. The options of a backend are the keyword parameters of its compiler.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from threading import RLock
from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.universe import Universe

from ..dialects import delta, kernel, own_types, sharing, ten, types, upstream
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.functions import by_name, check_signature

Compiled = Callable[..., tuple[Any, ...]]
"""
Takes one array or scalar per argument, and gives the results as a tuple. If a compiled function has
a method `into(args, out)`, this method writes the results into the arrays `out`; see `into`.

Example:

    >>> @register_backend("doubled")
    ... def compile_doubled(module, entry) -> Compiled:
    ...     return lambda *args: tuple(2 * r for r in Evaluator(module).call(entry, args))
    >>> lg.jit(np.sin, backend="doubled")(0.5) == 2 * np.sin(0.5)
    np.True_
"""

Compile = Callable[..., Compiled]
"""`(module, entry, **options)` → the compiled function."""

OWN_DEFAULT = "cpu"
default = OWN_DEFAULT

BUILT_IN = {
    "numpy": ".reference.backend",
    "cpu": ".cpu.backend",
    "triton": ".triton.backend",
    "xla": ".xla.backend",
}
"""
The modules whose function `compile` is a backend of letgrad's own, relative to this package. This
module imports such a module when a program first asks for its backend.
"""

REFERENCE = "numpy"
"""The backend that computes with complex arrays. The others get the parts of these arrays."""

PLUGINS = "letgrad.backends"
"""The group of entry points in which a package names its backends, each with its module."""

_backends: dict[str, Compile] = {}


class _SharedContext(Context):
    """A context that loads each dialect once, also if threads parse at once."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = RLock()

    def get_optional_op(self, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return super().get_optional_op(*args, **kwargs)

    def get_optional_attr(self, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return super().get_optional_attr(*args, **kwargs)

    def get_optional_type(self, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return super().get_optional_type(*args, **kwargs)


@functools.cache
def context() -> Context:
    """
    The dialects that passes find while a backend compiles a program: all dialects of this
    environment, and letgrad's own. letgrad's own are there too if letgrad runs from its source tree
    and is not installed.

    Example:

        >>> backend_context().get_op("ten.sum").name
        'ten.sum'
    """
    ctx = _SharedContext()
    own = {d.name: lambda d=d: d for d in (ten.Ten, delta.Delta, sharing.Sharing, kernel.Kernel)}
    for name, factory in (own | Universe.get_multiverse().all_dialects).items():
        ctx.register_dialect(name, upstream.extended(name, factory))
    for name in ("arith", *own):  # now, since threads that compile share these dialects
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
    """All backends: letgrad's own, registered backends, and backends that packages name."""
    plugins = (plugin.name for plugin in entry_points(group=PLUGINS))
    return tuple(dict.fromkeys((*BUILT_IN, *_backends, *plugins)))


@contextmanager
def needing(what: str) -> Iterator[None]:
    """
    Code that imports other packages for `what`. Errors: `LetgradError` that names the package which
    is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", __name__.partition(".")[0]):
            raise
        raise LetgradError(
            f"{what} needs the package {missing}, which is not installed: pip install {missing}"
        ) from error


def chosen(name: str | None) -> str:
    """
    The backend with a name; without a name the default one. If a package is missing that letgrad's
    own default needs, this function chooses the reference, and warns of it once.
    """
    if name is not None:
        return name
    return _fallback() if default == OWN_DEFAULT else default


@functools.cache
def _fallback() -> str:
    try:
        _load(OWN_DEFAULT)
    except LetgradError as error:
        reason = error.diagnostic.message
        warnings.warn(f"{reason}. Programs run on the slow backend '{REFERENCE}'", stacklevel=4)
        return REFERENCE
    return OWN_DEFAULT


def _load(name: str) -> None:
    """Import the module that registers a backend, unless a backend of that name exists."""
    if name in _backends:
        return
    if name in BUILT_IN:
        with needing(f"the backend '{name}'"):
            _backends[name] = import_module(BUILT_IN[name], __package__).compile
    else:
        _load_plugin(name)


def _load_plugin(name: str) -> None:
    """
    Import the module that the entry point of a backend names, if a package has such an entry point.

    Errors: `LetgradError` if Python cannot import the module, or if the module does not register
            this backend.
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

    Errors: `LetgradError` for an unknown backend, option or function. letgrad's own backends also
            refuse functions with arguments or results that letgrad does not compute with.
    """
    make = compiler(name)
    known = list(inspect.signature(make).parameters)[2:]
    for option in options:
        if option not in known:
            has = ", ".join(known) or "none"
            raise LetgradError(f"backend '{name}' has no option '{option}'; it has {has}")
    if own_types.STORAGES:
        from ..passes.general.store_types import store_own_types  # others start faster without

        store_own_types(module)
    function = by_name(module).get(entry)
    if name in BUILT_IN and function is not None:
        check_signature(function)
    if function is not None and name != REFERENCE and _has_complex_door(function):
        from . import complex_doors  # only where a program has complex numbers

        return complex_doors.compile(make, module, entry, options, side_by_side=name == "cpu")
    return make(module, entry, **options)


def _has_complex_door(function: func.FuncOp) -> bool:
    """Whether a function has a complex argument or result."""
    kind = function.function_type
    return any(types.is_complex(types.element(t)) for t in (*kind.inputs, *kind.outputs))


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
    The results of a compiled function, written into the arrays of `out` where it has one.
    An array of `out` has the result's shape and dtype, is in row-major order, and shares no memory
    with another one. It may share memory with an argument, because the function reads all arguments
    before.
    """
    write = getattr(compiled, "into", None)
    if write is not None:
        return write(args, out)
    results = list(compiled(*args))
    # A result may be a view of an argument, and this argument may be a target.
    written = [(k, np.array(results[k]), x) for k, x in enumerate(out) if x is not None]
    for k, value, target in written:
        np.copyto(target, value)
        results[k] = target
    return tuple(results)


def profile(name: str, compiled: Compiled, args: Sequence[Any]) -> Any:
    """
    The time of each step of a call with these arguments, as an object that prints as a table.

    Errors: `LetgradError` for a backend without profiles.
    """
    measure = getattr(compiled, "profile", None)
    if measure is None:
        raise LetgradError(f"backend '{name}' has no profile of a call")
    return measure(*args)
