"""`from_jax`: functions that are written in JAX."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .. import api, ops, pytree, tracing
from ..tracing import Array
from ..user_code import located

__all__ = ["from_jax"]

WIDE = ("float64", "int64", "uint64", "complex128")
"""The dtypes for which JAX needs its mode `x64`."""


def from_jax(fn: Callable[..., Any]) -> Callable[..., Any]:
    """
    A function that is written in JAX, as a function that letgrad traces, differentiates and
    compiles for each of its backends.

    In a trace (`lg.jit`, `lg.grad`, `lg.vmap`, …) a call lowers `fn` for the shapes and dtypes of
    its arguments to StableHLO, and writes this program into the traced function. Outside of a trace
    a call compiles, as `lg.jit` does. letgrad differentiates the program itself. It keeps
    `jax.lax.stop_gradient` and the rules of `jax.custom_jvp` and `jax.custom_vjp`.

    Arguments are arrays, and nested containers of arrays. Numbers of Python and other values that
    are no data are known to `fn`: they may be sizes. JAX computes with 64 bits if an argument has
    64 bits, or if `jax_enable_x64` is on. Random numbers need a key among the arguments, or in
    `fn`.
    Errors: `ImportError` without the package jax; `LetgradError` for an op that letgrad cannot
            convert, at its line in the user's file.
    """

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not tracing.tracing():
            return compiled[_is_wide(())](*args, **kwargs)
        return traced(*args, **kwargs)

    @functools.wraps(fn)
    def traced(*args: Any, **kwargs: Any) -> Any:
        return _written(fn, known, args, kwargs)

    known: dict[Any, Any] = {}
    compiled = {wide: api.jit(traced) for wide in (False, True)}
    return call


def _written(
    fn: Callable[..., Any], known: dict[Any, Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """The results of `fn`, as ops at the current place of the trace."""
    from ..from_stablehlo.foreign_programs import functions_in
    from ..from_stablehlo.stablehlo_to_ten import Evaluator

    leaves, tree = pytree.flatten((tuple(args), kwargs))
    arrays = [leaf if _is_number(leaf) else ops.number(ops.lift(leaf)) for leaf in leaves]
    key = tree.key, tuple(_key(x) for x in arrays), _is_wide(arrays)
    if key not in known:
        known[key] = _lowered(fn, tree, arrays)
    module, rules, unflatten = known[key]
    functions = functions_in(module)
    given = [x for x in arrays if isinstance(x, Array)]
    main = functions["main"]
    if len(main.args) != len(given):
        raise located(TypeError, "letgrad has no callbacks with an order, and no other tokens")
    return unflatten(Evaluator(functions, rules).call(main, given))


def _is_wide(leaves: Sequence[Any]) -> bool:
    """
    Whether JAX computes with 64 bits: if the user has asked JAX to do so, or for one of the leaves.
    """
    jax = sys.modules.get("jax")
    return (jax is not None and jax.config.jax_enable_x64) or any(
        isinstance(x, Array) and x.dtype.name in WIDE for x in leaves
    )


def _is_number(leaf: Any) -> bool:
    return type(leaf) in (bool, int, float, complex)


def _key(x: Any) -> Any:
    if isinstance(x, Array):
        return x.shape, x.dtype, isinstance(x, tracing.Number)
    return type(x), x


def _lowered(fn: Callable[..., Any], tree: pytree.Tree, leaves: Sequence[Any]) -> Any:
    """
    The function in StableHLO, the names of its functions with rules, and the function that gives
    its results their structure.
    """
    try:
        import jax  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise located(
            ImportError, f"lg.from_jax needs the package jax ({error}); install letgrad[xla]"
        ) from None
    from ...lowering import backends
    from ..from_stablehlo import jax_rules
    from ..from_stablehlo.jaxlib_reader import Reader

    specs = [
        jax.ShapeDtypeStruct(x.shape, x.dtype, weak_type=isinstance(x, tracing.Number))
        for x in leaves
        if isinstance(x, Array)
    ]

    def of_arrays(*arrays: Any) -> Any:
        rest = iter(arrays)
        args, kwargs = tree.unflatten([next(rest) if isinstance(x, Array) else x for x in leaves])
        return fn(*args, **kwargs)

    of_arrays.__name__ = getattr(fn, "__name__", "function")
    with jax.enable_x64(_is_wide(leaves)):
        staged = jax.jit(of_arrays, keep_unused=True).trace(*specs)
        rules = jax_rules.Rules()
        try:
            lowered = staged.lower(
                lowering_platforms=("cpu",), _private_parameters=rules.parameters()
            )
        except jax_rules.RuleError as error:
            raise located(TypeError, str(error)) from None
        module = Reader(backends.context()).module(lowered.compiler_ir("stablehlo"))
        jax_rules.free_solvers(module)
        out_tree = lowered.out_tree
    return module, rules.customs, lambda results: jax.tree_util.tree_unflatten(out_tree, results)
