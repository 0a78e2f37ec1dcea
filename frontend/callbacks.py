"""Python functions that a compiled program calls: `callback` and `debug_print`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dialects import host, types
from . import ops, pytree, tracing
from .traced_functions import Spec, function_name, spec_of
from .tracing import Array
from .tracing import tracing as is_tracing
from .user_code import located

__all__ = ["callback", "debug_print"]


def callback(fn: Callable[..., Any], result: Any, *args: Any, pure: bool = True) -> Any:
    """
    The result of a Python function that the compiled program calls with numbers.

    `fn` gets NumPy arrays in the structure of `args`. `result` is a spec, or containers of specs,
    and says what `fn` gives. With `pure`, the result depends on the arguments only, and letgrad may
    call `fn` more often than written, or less often. Without it, `fn` does something beside, and
    each call happens once, in the order of the program, also in loops and branches; such a call
    cannot stand in the condition of a loop or in `lg.build`. The backends "cpu" and "numpy" can
    call Python functions.

        y = lg.callback(scipy.special.zeta, lg.spec(x.shape), x)

    Such a call has no derivative. `lg.custom_jvp` and `lg.custom_vjp` give it one. Outside of a
    trace, `callback` just calls `fn`.
    Errors: when the program runs, `TypeError` for a result of another structure, shape or dtype,
            and any error of `fn`, as it is; `LetgradError` where a derivative would make an impure
            call again whose result it needs.
    """
    specs, tree = pytree.flatten(result)
    specs = [spec_of(s) for s in specs]
    leaves, structure = pytree.flatten(args)
    if not is_tracing():
        leaves = [np.asarray(x)[()] for x in leaves]
        found = _results(fn, structure, specs, tree, leaves)
        return tree.unflatten(found)
    given = [ops.lift(x) for x in leaves]
    kinds = [x.dtype for x in given]

    def called(*values: Any) -> list[Any]:
        return _results(fn, structure, specs, tree, list(map(_of_dtype, values, kinds)))

    op_type = host.PureCallOp if pure else host.CallOp
    found = _add(op_type, function_name(fn), called, given, specs)
    return tree.unflatten(found)


def debug_print(form: str, *args: Any, **kwargs: Any) -> None:
    """
    Prints `form.format(*args, **kwargs)` when the compiled program runs. Traced values among the
    arguments are NumPy arrays then.

        lg.debug_print("loss {:.3f}, step {n}", loss, n=n)

    The prints of a program come in its order, in each turn of a loop and in the branch that is
    taken. Derivatives print as the function does. A print cannot stand in the condition of a loop
    or in `lg.build`. Outside of a trace, `debug_print` prints at once.
    Errors: `TypeError` for a `form` that is no text; the errors of `str.format`.
    """
    if not isinstance(form, str):
        raise located(
            TypeError, f"lg.debug_print takes a text first, such as 'x = {{}}', not {form!r}"
        )
    leaves, structure = pytree.flatten((args, kwargs))
    traced = [k for k, x in enumerate(leaves) if isinstance(x, Array)]
    if not is_tracing():
        print(form.format(*args, **kwargs))
        return
    kinds = [leaves[k].dtype for k in traced]

    def called(*values: Any) -> list[Any]:
        known = list(leaves)
        for k, value, kind in zip(traced, values, kinds):
            known[k] = _of_dtype(value, kind)
        positional, keywords = structure.unflatten(known)
        print(form.format(*positional, **keywords))
        return []

    _add(host.CallOp, "print", called, [leaves[k] for k in traced], [])


def _add(
    kind: type[host.HostCallOp],
    name: str,
    function: host.Function,
    operands: Sequence[Array],
    specs: Sequence[Spec],
) -> list[Array]:
    scope = tracing.current()
    result_types = [tracing.ir_type(s.shape, s.dtype) for s in specs]
    if any(types.is_complex(types.element(x.value.type)) for x in operands) or any(
        types.is_complex(types.element(t)) for t in result_types
    ):
        raise located(
            TypeError,
            "a Python function that a program calls takes and gives real arrays; pass "
            "x.real and x.imag",
        )
    op = kind(name, host.keep(function), [tracing.use(x) for x in operands], result_types)
    tracing.add(op)
    return [Array.of(value, scope) for value in op.results]


def _of_dtype(value: Any, kind: np.dtype) -> Any:
    """A value with the sign that the user's dtype has; programs keep bits without signs."""
    return value.view(kind) if kind.kind == "u" else value


def _results(
    fn: Callable[..., Any],
    structure: pytree.Tree,
    specs: Sequence[Spec],
    tree: pytree.Tree,
    leaves: Sequence[Any],
) -> list[Any]:
    """Errors: `TypeError` for a result of another structure, shape or dtype."""
    values, given = pytree.flatten(fn(*structure.unflatten(leaves)))
    if (difference := tree.difference(given)) is not None:
        raise TypeError(
            f"{function_name(fn)} gives another structure than the callback says: {difference}"
        )
    found = []
    for value, spec in zip(values, specs):
        array = np.asarray(value)
        if isinstance(value, int | float) and not isinstance(value, np.generic):
            array = array.astype(spec.dtype)
        if array.shape != spec.shape or array.dtype != spec.dtype:
            raise TypeError(
                f"{function_name(fn)} gives {array.dtype}{list(array.shape)}, and the callback "
                f"says {spec.dtype}{list(spec.shape)}"
            )
        found.append(array[()])
    return found
