"""
The machines that a compiled function can run on, by name.

A backend turns a function of a module into a Python function on arrays. Packages add theirs with
`register`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xdsl.dialects.builtin import ModuleOp

from ..passes.diagnostics import LetgradError

Compiled = Callable[..., tuple[Any, ...]]
"""Takes one array or scalar per argument, and gives the results as a tuple."""

default = "cpu"

_backends: dict[str, Callable[[ModuleOp, str], Compiled]] = {}


def register(
    name: str,
) -> Callable[[Callable[[ModuleOp, str], Compiled]], Callable[[ModuleOp, str], Compiled]]:
    """Decorator: the function below compiles `(module, entry)` for the backend `name`."""

    def add(compile: Callable[[ModuleOp, str], Compiled]) -> Callable[[ModuleOp, str], Compiled]:
        _backends[name] = compile
        return compile

    return add


def names() -> tuple[str, ...]:
    _load("cpu")
    return tuple(_backends)


def _load(name: str) -> None:
    """The built-in backends are imported when they are first asked for."""
    if name == "cpu":
        from .cpu import backend  # noqa: F401


def compile(name: str, module: ModuleOp, entry: str) -> Compiled:
    """
    `@entry` of the module as a Python function.

    Errors: `LetgradError` for an unknown backend or function.
    """
    _load(name)
    if name not in _backends:
        raise LetgradError(f"there is no backend '{name}'; there are {', '.join(_backends)}")
    return _backends[name](module, entry)


@register("numpy")
def _(module: ModuleOp, entry: str) -> Compiled:
    """The reference: interprets the program op by op."""
    from .reference import Evaluator, find_function

    find_function(module, entry)
    return lambda *args: Evaluator(module).call(entry, args)
