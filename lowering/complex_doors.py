"""
Complex arrays at the doors of compiled functions.

A compiled function works on pairs of real arrays. A caller passes complex arrays, as NumPy has
them: the two parts of each number side by side. The real and the imaginary part of such an array
are strided views of its memory, which need no copy here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, ModuleOp

from ..dialects import arrays, types
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.simplify.scalarize import scalarize
from ..passes.simplify.split_complex import becomes_pair, split


def compile(
    make: Callable[..., Callable[..., Any]],
    module: ModuleOp,
    entry: str,
    options: Mapping[str, Any],
) -> WithComplexDoors:
    """`@entry` of a module, compiled for pairs of real arrays, as a function of complex arrays."""
    split_module = module.clone()
    scalarize(split_module)
    kind = _function(split_module, entry).function_type
    split(split_module)
    function = _function(module, entry)
    return WithComplexDoors(function, kind, make(split_module, entry, **options))


def _function(module: ModuleOp, name: str) -> func.FuncOp:
    return next(op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == name)


class WithComplexDoors:
    """A function of complex arrays, made of a compiled function of their parts."""

    def __init__(
        self, function: func.FuncOp, kind: FunctionType, compiled: Callable[..., tuple[Any, ...]]
    ):
        self.name = function.sym_name.data
        self.function = function
        self.compiled = compiled
        self.takes, self.gives = kind.inputs.data, kind.outputs.data
        if hasattr(compiled, "profile"):
            self.profile = self._profile

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        return self._joined(self.compiled(*self._parts(args)), [None] * len(self.gives))

    def into(self, args: Sequence[Any], out: Sequence[np.ndarray | None]) -> tuple[Any, ...]:
        """As `backends.into`."""
        return self._joined(self.compiled(*self._parts(args)), out)

    def _profile(self, *args: Any) -> Any:
        return self.compiled.profile(*self._parts(args))  # type: ignore[attr-defined]

    def _parts(self, args: Sequence[Any]) -> list[Any]:
        """
        The arguments, with the two parts of each complex one.

        Errors: `LetgradError` for another number of arguments, and for an argument in the place of
                a complex one that has another shape or dtype.
        """
        if len(args) != len(self.takes):
            raise LetgradError(
                f"@{self.name} takes {len(self.takes)} arguments, not {len(args)}", self.function
            )
        found: list[Any] = []
        for i, (arg, kind) in enumerate(zip(args, self.takes)):
            if not becomes_pair(kind):
                found.append(arg)
                continue
            dtype = arrays.dtype(kind)
            plain = isinstance(arg, bool | int | float | complex | list | tuple)
            z = np.asarray(arg, dtype) if plain else arrays.asarray(arg)
            if z.shape != types.shape(kind) or z.dtype != dtype:
                raise LetgradError(
                    f"argument {i} of @{self.name} is {kind}, and was given "
                    f"{z.dtype}{list(z.shape)}",
                    self.function,
                )
            found += [np.real(z), np.imag(z)]
        return found

    def _joined(self, values: Sequence[Any], out: Sequence[np.ndarray | None]) -> tuple[Any, ...]:
        """The results, with one complex array for each two parts; in the arrays of `out`."""
        remaining = iter(values)
        ready = []
        for kind in self.gives:
            parts = [next(remaining) for _ in range(2 if becomes_pair(kind) else 1)]
            # A part may be a view of an argument, and this argument may be a target.
            ready.append(
                [np.array(x) if t is not None else x for x in parts for t in (out[len(ready)],)]
            )
        results: list[Any] = []
        for kind, parts, target in zip(self.gives, ready, out):
            if len(parts) == 1:
                if target is not None:
                    np.copyto(target, parts[0])
                results.append(parts[0] if target is None else target)
                continue
            z = np.empty(types.shape(kind), arrays.dtype(kind)) if target is None else target
            np.real(z)[...], np.imag(z)[...] = parts
            results.append(z[()] if target is None else z)
        return tuple(results)
