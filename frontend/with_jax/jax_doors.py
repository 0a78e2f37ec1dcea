"""Functions of letgrad's in programs of JAX: `to_jax`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...dialects import arrays
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.simplify.scalarize import scalarize
from ...passes.simplify.split_complex import becomes_pair, split
from .. import pytree
from ..traced_functions import (
    Spec,
    Traced,
    functions_of,
    known_ints,
    refuse_changes,
    trace_function,
)
from ..tracing import tracing as is_tracing
from ..transforms.derivatives import is_complex
from ..unsigned import is_unsigned
from ..user_code import located

__all__ = ["to_jax"]


def to_jax(fn: Callable[..., Any]) -> Callable[..., Any]:
    """
    The function as one of JAX's: it takes and gives JAX's arrays, and works inside `jax.jit`,
    `jax.grad`, `jax.jvp`, `jax.vmap` and `jax.shard_map`, in any order and depth.

        slope = jax.jit(jax.grad(lg.to_jax(f)))(x)

    JAX sees one op. letgrad's pushforward, pullback and `vmap` of `fn` are its derivatives and its
    batches, and XLA compiles the op with the program around it. Arguments and results are
    structures of arrays, as for `lg.jit`; shapes are known when JAX traces the call. Where JAX
    keeps no float64, it rounds the results to float32.
    Errors: `LetgradError` without the package jax; `TypeError` for a function that writes to an
            argument, because JAX's arrays do not change: `lg.pure(fn)` gives what it writes.
    """
    kept: dict[Any, Doors] = {}

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if is_tracing():
            return fn(*args, **kwargs)
        jax = of_jax()
        args, kwargs = known_ints(fn, args, kwargs)
        leaves, tree = pytree.flatten((args, kwargs))
        values = [jax.numpy.asarray(x) for x in leaves]
        key = tree.key, tuple((tuple(x.shape), x.dtype) for x in values)
        if key not in kept:
            kept[key] = Doors.of(fn, tree, values)
        doors = kept[key]
        return doors.out_tree.unflatten(doors.flat(values))

    return wrapper


def of_jax() -> Any:
    """The package jax. Errors: `LetgradError` without it."""
    try:
        import jax
    except ImportError as error:
        raise LetgradError(
            "arrays of JAX need the package jax: pip install 'letgrad[xla]'"
        ) from error
    return jax


class Doors:
    """
    A traced function between JAX's arrays. The program inside has two real arrays for each complex
    one, and integers without signs.
    """

    def __init__(self, traced: Traced):
        from . import jax_transforms  # imports JAX

        self._rules = jax_transforms
        self.takes, self.gives, self.out_tree = traced.in_types, traced.out_types, traced.out_tree
        module = traced.module.clone()
        if any(map(is_complex, (*traced.in_types, *traced.out_types))):
            scalarize(module)
            split(module)
        kind = functions_of(module)[traced.entry].function_type
        inside = Traced(
            module, traced.entry, traced.in_tree, traced.out_tree, kind.inputs.data,
            kind.outputs.data,
        )  # fmt: skip
        self.program = jax_transforms.TracedProgram.of(inside)

    @classmethod
    def of(cls, fn: Callable[..., Any], tree: pytree.Tree, values: Sequence[Any]) -> Doors:
        """
        The function for arguments like these leaves.

        Errors: `TypeError` for a function that writes to an argument.
        """
        specs = [Spec(tuple(x.shape), np.dtype(x.dtype)) for x in values]
        positional, named = tree.unflatten(specs)
        traced = trace_function(fn, positional, named, finals=True)
        refuse_changes(traced, "a function for JAX")
        if traced.written:
            raise located(
                TypeError,
                f"the function writes to argument {traced.written[0]}, and JAX's arrays do not "
                "change; lg.pure(fn) gives the arguments as they are after the call",
            )
        return cls(traced)

    def flat(self, values: Sequence[Any]) -> list[Any]:
        """The leaves of the result, for these leaves of the arguments."""
        jax, rules = of_jax(), self._rules
        given: list[Any] = []
        for x, kind in zip(values, self.takes, strict=True):
            if becomes_pair(kind):
                given += [jax.numpy.real(x), jax.numpy.imag(x)]
            elif is_unsigned(kind):
                given.append(rules.bits(x, np.dtype(f"i{x.dtype.itemsize}")))
            else:
                given.append(x)
        found = iter(rules.apply(self.program, given))
        results: list[Any] = []
        for kind in self.gives:
            x = next(found)
            if becomes_pair(kind):
                x = jax.lax.complex(x, next(found))
            elif is_unsigned(kind):
                x = rules.bits(x, arrays.dtype(kind))
            kept = jax.dtypes.canonicalize_dtype(x.dtype)
            results.append(x if x.dtype == kept else x.astype(kept))
        return results
