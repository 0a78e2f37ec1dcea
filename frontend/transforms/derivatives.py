"""
Derivatives of Python functions: `grad`, `vjp`, `jvp` and functions that use these.

Each function traces the Python function and differentiates the IR with a pass pipeline. Outside of
a trace, it then compiles and runs the derivative, and keeps the compiled program for the next call
with such arguments. Inside of a trace, it writes the derivative into the function that is being
traced. A derivative is an ordinary program, and letgrad can differentiate this program again.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from xdsl.dialects import func
from xdsl.ir import Attribute

from ...dialects import delta, host, types
from ...lowering import backends, kept_modules
from ...passes.pipelines import GradientPass, OptimizePass
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.driver import collector_paused, run_passes
from ...passes.simplify.split_complex import join_doors, parts_of
from .. import api, ops, pytree, shared_traces, static_arguments, tracing, unsigned
from ..control_flow import memory_budgets
from ..control_flow.memory_budgets import Memory
from ..traced_functions import Traced, functions_of, inline, known_ints, spec_of, trace_function
from ..tracing import Array
from ..tracing import tracing as is_tracing
from ..user_code import located

__all__ = ["grad", "jvp", "stop_gradient", "value_and_grad", "vjp"]

Mode = Literal["reverse", "forward"]

PRIMAL = "letgrad_primal"
"""The attribute of a derivative that names itself, and the function that it differentiates."""


def primal_of(fn: Callable[..., Any]) -> Callable[..., Any]:
    """
    The function whose trace decides the program of `fn`: the one that `fn` differentiates, if
    `lg.grad` or `lg.value_and_grad` made `fn`. It takes the arguments of `fn`.
    """
    while True:
        # `functools.wraps` copies the attribute to functions that do more.
        itself, primal = getattr(fn, "__dict__", {}).get(PRIMAL, (None, None))
        if itself is not fn:
            return fn
        fn = primal


def differentiated(
    traced: Traced,
    wrt: Sequence[int],
    mode: Mode,
    primal: bool,
    seed: Literal["argument", "one"] = "argument",
) -> Traced:
    """
    The derivative of a traced function by the leaves at `wrt` of its arguments.

    The derivative takes all arguments of the function, captures included. After these it takes
    cotangents of the float results (in reverse mode) or tangents of the leaves at `wrt` (in forward
    mode). If `primal` is true, it gives the results of the function first. Then it gives the
    derivatives.
    """
    inputs, outputs = traced.in_types, traced.out_types
    starts = list(itertools.accumulate((len(parts_of([t])) for t in inputs), initial=0))
    parts = [place for i in wrt for place in range(starts[i], starts[i + 1])]
    with collector_paused():
        module = traced.module.clone()
        memory_budgets.set_checkpoints(module)
        memory_budgets.compute_parts_again(functions_of(module)[traced.entry])
        # A simplified program has a simpler derivative.
        gradient = GradientPass(traced.entry, tuple(parts), mode, None, primal, seed)
        passes = OptimizePass(attention=mode == "reverse", real_transforms=False), gradient
        module = kept_modules.made(
            module, passes, functools.partial(run_passes, backends.context(), module, passes)
        )
        check_called_once(functions_of(module)[traced.entry])
        if any(map(is_complex, (*inputs, *outputs))):
            _join(functions_of(module)[traced.entry], traced, wrt, mode, primal, seed)
    function = functions_of(module)[traced.entry].function_type
    return Traced(
        module,
        traced.entry,
        traced.in_tree,
        traced.out_tree,
        unsigned.read_as(function.inputs.data, traced.in_types),
        unsigned.read_as(function.outputs.data, traced.out_types if primal else ()),
    )


def check_called_once(function: func.FuncOp) -> None:
    """
    Errors: `LetgradError` for a call with effects that the derivative makes again, since it
            computes a part of the function again and needs the result of the call there.
    """
    for op in function.walk():
        if isinstance(op, host.OrderedCallOp) and op.ys[0].first_use is None:
            if any(y.first_use is not None for y in op.ys[1:]):
                raise LetgradError(
                    "the derivative computes this part of the function again, and would call "
                    f"'{op.called.data}' again; a loop over rows without checkpoints (lg.scan, "
                    "lg.fori_loop) keeps the results of its calls",
                    op,
                )


def _join(
    function: func.FuncOp,
    traced: Traced,
    wrt: Sequence[int],
    mode: Mode,
    primal: bool,
    seed: Literal["argument", "one"],
) -> None:
    """
    Give a derivative, which is one of parts, the complex arguments and results that users see.

    A complex cotangent a - i b is the one of a for the real part and b for the imaginary part. So
    the pullback of a function with a complex derivative f'(z) multiplies by f'(z).
    """
    inputs, outputs = traced.in_types, traced.out_types
    values = [t for t in outputs if is_float(t)]
    points = [inputs[i] for i in wrt]
    given, gives = (values, points) if mode == "reverse" else (points, values)
    if seed == "one":
        given = []
    is_reverse = mode == "reverse"
    join_doors(
        function,
        [*((t, False) for t in inputs), *((t, is_reverse) for t in given)],
        [*((t, False) for t in outputs if primal), *((t, is_reverse) for t in gives)],
    )


def apply(
    derived: Traced,
    captures: Sequence[Array],
    leaves: Sequence[Any],
    more: Sequence[Any],
    out: Sequence[np.ndarray | None] | None = None,
) -> list[Any]:
    """
    The results of a derivative. During a trace, `apply` writes the derivative at the current place.
    Otherwise it computes the results, and writes them into the arrays of `out`, if there are some.
    """
    if is_tracing():
        given = [ops.lift(x) for x in leaves]
        return list(inline(derived, [*given, *captures, *(ops.lift(x) for x in more)]))
    if captures or any(isinstance(x, Array) for x in (*leaves, *more)):
        raise located(
            TypeError,
            "the function uses traced values, so its derivative can only be used inside of the "
            "trace of these values",
        )
    return list(api.run(derived, [*leaves, *more], out=out))


class Memo:
    """
    Traces of one Python function and their derivatives, by the structure, shapes and dtypes of the
    arguments. Several memos of one function share a trace, if the function would trace the same.
    """

    def __init__(self, fn: Callable[..., Any]):
        self.fn = fn
        self.kept: dict[Any, tuple[Traced, dict[Any, Traced]]] = {}

    def traced(
        self, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[Traced, dict[Any, Traced], list[Any]]:
        """The function as IR, its derivatives so far, and the leaves of the arguments."""
        leaves, tree = pytree.flatten((tuple(args), kwargs))
        if is_tracing():
            # The function may use traced values around it. So this trace fits only this place.
            return trace_function(self.fn, args, kwargs), {}, leaves
        key = tree.key, tuple(spec_of(leaf) for leaf in leaves)
        if key not in self.kept:
            shared = shared_traces.of(self.fn)
            if key not in shared:
                shared[key] = trace_function(self.fn, args, kwargs), {}
            self.kept[key] = shared[key]
        return (*self.kept[key], leaves)


def derive(traced: Traced, known: dict[Any, Traced], *how: Any, memory: Memory = None) -> Traced:
    key = *how, memory
    if key not in known:
        make = functools.partial(differentiated, traced, *how)
        known[key] = make() if memory is None else memory_budgets.fit(make, memory)
    return known[key]


def is_float(type: Attribute) -> bool:
    """Whether a value has a derivative: a float, or a complex number."""
    return types.is_float(types.part(types.element(type)))


def is_complex(type: Attribute) -> bool:
    return types.is_complex(types.element(type))


def check_holomorphic(traced: Traced, wrt: Sequence[int], what: str) -> None:
    """Errors: `TypeError` for an argument or a value that is not complex."""
    for i in wrt:
        if not is_complex(traced.in_types[i]):
            raise located(
                TypeError,
                f"{what} with holomorphic=True needs complex arguments, and argument "
                f"{traced.in_tree.paths()[i][3:]} is {traced.in_types[i]}",
            )
    for path, type in zip(traced.out_tree.paths(), traced.out_types):
        if is_float(type) and not is_complex(type):
            raise located(
                TypeError,
                f"{what} with holomorphic=True needs complex values, and the value{path} of "
                f"{traced.entry} is {type}",
            )


def numbers_of(argnums: int | Sequence[int]) -> tuple[int, ...]:
    """
    The positions of arguments that `argnums` gives.

    Errors: `TypeError` for anything but an int, or a sequence of ints.
    """
    nums = (argnums,) if isinstance(argnums, int) else argnums
    if isinstance(nums, Sequence) and all(isinstance(k, int | np.integer) for k in nums):
        return tuple(map(int, nums))
    raise located(
        TypeError,
        f"argnums={argnums!r}: argnums takes the positions of arguments, as an int or a tuple of "
        "ints",
    )


def positions(
    args: Sequence[Any], kwargs: dict[str, Any], argnums: Sequence[int]
) -> list[list[int]]:
    """
    For each argument in `argnums`, the positions of its leaves among all leaves.

    Errors: `ValueError` if the call gives no such argument.
    """
    starts, n = [], 0
    for arg in args:
        starts.append(n)
        n += len(pytree.flatten(arg)[0])
    starts.append(n)
    result = []
    for k in argnums:
        if not -len(args) <= k < len(args):
            raise located(
                ValueError,
                f"argnums={k} names no argument: the call has {len(args) or 'no'} positional "
                f"{'argument' if len(args) == 1 else 'arguments'}",
            )
        k %= len(args)
        result.append(list(range(starts[k], starts[k + 1])))
    return result


def float_leaves(
    traced: Traced, groups: Sequence[Sequence[int]], name: str, leaves: Sequence[Any] = ()
) -> list[int]:
    """The positions of all groups, once each. Errors: `TypeError` if a leaf is no float."""
    paths = traced.in_tree.paths()
    for i in (i for group in groups for i in group):
        if not is_float(traced.in_types[i]):
            said = f"is {traced.in_types[i]}"
            if i < len(leaves) and type(leaves[i]) is int:
                said += f"; {leaves[i]} is an int, so write {leaves[i]}.0"
            raise located(
                TypeError,
                f"{name} needs floats, and argument {paths[i][3:]} {said}; "
                "argnums can choose other arguments",
            )
    return list(dict.fromkeys(i for group in groups for i in group))


def in_structure(
    args: Sequence[Any],
    argnums: int | Sequence[int],
    groups: Sequence[Sequence[int]],
    values: dict[int, Any],
) -> Any:
    """The derivatives of the leaves, in the structure of the argument or the arguments' tuple."""
    nums = numbers_of(argnums)
    parts = tuple(
        pytree.flatten(args[k])[1].unflatten([values[i] for i in group])
        for k, group in zip(nums, groups)
    )
    return parts[0] if isinstance(argnums, int) else parts


def value_and_grad(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    memory: Memory = None,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[..., Any]:
    """
    A function that gives `(value, gradient)` of `fn`. The value of `fn` is a float scalar, or an
    array of one float.

    The gradient has the structure, shapes and dtypes of the argument at `argnums`. If `argnums` is
    a sequence, the gradient is a tuple with one gradient for each of these arguments. Arguments in
    `static_argnums` and `static_argnames` stay Python values, as in `lg.jit`. With
    `has_aux`, `fn` gives `(value, anything)`, and the result is `((value, anything), gradient)`. A
    call takes `out=`, like a call of an `lg.jit` function.

    With `memory`, a number of bytes or text as "64MiB", the loops of `fn` keep only as many states
    as fit, and compute the others again; docs/loops.md says more.

    The gradient by a complex argument x + i y is d/dx - i d/dy. With `holomorphic`, the value of
    `fn` is a complex scalar, and the gradient is the complex derivative; docs/complex.md says more.
    Errors: `TypeError` for a value that is no float scalar, or for an argument with leaves that are
    no floats; `ValueError` for a number in `argnums` that names no argument, or if the gradient
            cannot fit in `memory`.
    """
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    memo = Memo(fn)
    nums = numbers_of(argnums)
    if memory is not None:
        memory_budgets.bytes_in(memory)

    @functools.wraps(fn)
    def wrapper(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        args, kwargs = known_ints(fn, args, kwargs)
        value_out, gradient_out = _pair(out)
        groups = positions(args, kwargs, nums)
        traced, known, leaves = memo.traced(args, kwargs)
        wrt = float_leaves(traced, groups, "a gradient", leaves)
        tree = traced.out_tree
        _check_scalar(traced, wrt, has_aux, holomorphic)
        is_number = not types.rank(traced.out_types[0])
        alone = len(traced.out_types) == 1 and is_number and not holomorphic
        n = len(traced.out_types)
        order = [i for group in groups for i in group]
        shaped = in_structure(args, argnums, groups, dict.fromkeys(wrt, 0.0))
        targets = _targets(
            [value_out, gradient_out],
            [tree, pytree.flatten(shaped)[1]],
            [traced.out_types, [traced.in_types[i] for i in order]],
        )
        at = None
        if targets is not None:
            # If argnums names an argument twice, the program computes its gradient once.
            at = [*targets[:n], *(targets[n + order.index(i)] for i in wrt)]
        if not wrt:
            results = apply_primal(traced, leaves, at)
        else:
            seed = "one" if alone else "argument"
            derived = derive(traced, known, tuple(wrt), "reverse", True, seed, memory=memory)
            seeds = [] if alone else _seeds(traced)
            results = apply(derived, traced.captures, leaves, seeds, at)
        by_leaf = dict(zip(wrt, results[n:]))
        gradient = in_structure(args, argnums, groups, by_leaf)
        for i, target in zip(order, (targets or ())[n:]):
            if target is not None and target is not by_leaf[i]:
                np.copyto(target, by_leaf[i])
        return (
            tree.unflatten(results[:n]) if value_out is None else value_out,
            gradient if gradient_out is None else gradient_out,
        )

    wrapper.__dict__[PRIMAL] = wrapper, fn
    return wrapper


def _check_scalar(traced: Traced, wrt: Sequence[int], has_aux: bool, holomorphic: bool) -> None:
    """Errors: `TypeError` for a function whose value has no gradient."""
    tree = traced.out_tree
    if has_aux and not (tree.kind is tuple and len(tree.children) == 2):
        raise located(TypeError, f"with has_aux, the function must give (value, aux), not {tree}")
    value_tree = tree.children[0] if has_aux else tree
    is_scalar = value_tree.kind == "leaf" and types.size(traced.out_types[0]) == 1
    if holomorphic:
        check_holomorphic(traced, wrt, "a gradient")
    elif is_scalar and is_complex(traced.out_types[0]):
        raise located(
            TypeError,
            f"a gradient needs a real value, and {traced.entry} gives {traced.out_types[0]}; "
            "for a complex derivative of a holomorphic function pass holomorphic=True, and for "
            "other functions use lg.vjp or lg.jvp",
        )
    if not is_scalar or not is_float(traced.out_types[0]):
        shown = ", ".join(map(str, traced.out_types))
        needs = f"a gradient needs one float scalar, and {traced.entry} gives"
        if not shown:
            raise located(TypeError, f"{needs} nothing; return the value")
        raise located(TypeError, f"{needs} {shown}; for other values use lg.vjp or lg.jacrev")


def _pair(out: Any) -> tuple[Any, Any]:
    """The two parts of `out`: for the value, and for the gradient. Each part may be None."""
    if out is None:
        return None, None
    api.refuse_out(out if is_tracing() else None)
    if not isinstance(out, tuple | list) or len(out) != 2:
        raise located(
            TypeError, f"out must be a pair (value, gradient), each part may be None, not {out!r}"
        )
    return out[0], out[1]


def _targets(
    out: Sequence[Any], trees: Sequence[pytree.Tree], kinds: Sequence[Sequence[Attribute]]
) -> list[Any] | None:
    """One array for each leaf of these structures; None for the leaves of a part that is None."""
    if all(part is None for part in out):
        return None
    found: list[Any] = []
    there = [k for k, part in enumerate(out) if part is not None]
    tree = pytree.node(tuple, None, tuple(trees[k] for k in there))
    paths = [f"[{k}]{path}" for k in there for path in trees[k].paths()]
    all_kinds = [t for k in there for t in kinds[k]]
    given = api.targets_of(tuple(out[k] for k in there), tree, all_kinds, paths)
    arrays = iter(given or ())
    for k, part in enumerate(out):
        found += [None if part is None else next(arrays) for _ in kinds[k]]
    return found


def _seeds(traced: Traced) -> list[Any]:
    """1 for the first result, 0 for the other floats."""
    floats = [t for t in traced.out_types if is_float(t)]
    return [
        np.full(types.shape(t), 1.0 if k == 0 else 0.0).astype(api.arrays.dtype(t))
        for k, t in enumerate(floats)
    ]


def apply_primal(
    traced: Traced, leaves: Sequence[Any], out: Sequence[np.ndarray | None] | None = None
) -> list[Any]:
    """The results of the function itself."""
    if is_tracing():
        return list(inline(traced, [ops.lift(x) for x in leaves]))
    return list(api.run(traced, leaves, out=out))


def grad(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    memory: Memory = None,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[..., Any]:
    """
    A function that gives the gradient of `fn`. The value of `fn` is a float scalar; see
    `value_and_grad`.

    With `has_aux`, `fn` gives `(value, anything)`, and the result is `(gradient, anything)`. `out=`
    receives the gradient. `memory` is as in `value_and_grad`.
    """
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    both = value_and_grad(fn, argnums, has_aux, holomorphic, memory)

    @functools.wraps(fn)
    def wrapper(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        value, gradient = both(*args, out=None if out is None else (None, out), **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    wrapper.__dict__[PRIMAL] = wrapper, both
    return wrapper


def cast_like(leaves: Sequence[Any], like: Sequence[Attribute], what: str) -> list[Any]:
    """
    Derivatives from a user, cast to the dtypes that letgrad needs.

    Errors: `ValueError` for another shape.
    """
    result = []
    for leaf, type in zip(leaves, like):
        dtype, shape = api.arrays.dtype(type), types.shape(type)
        if dtype.kind != "c" and np.iscomplexobj(leaf):
            raise located(TypeError, f"{what} is complex, but it needs the dtype {dtype}")
        value = ops.cast(leaf, dtype) if isinstance(leaf, Array) else np.asarray(leaf, dtype)
        if tuple(value.shape) != tuple(shape):
            raise located(
                ValueError,
                f"{what} has shape {tuple(value.shape)}, but it needs shape {tuple(shape)}",
            )
        result.append(value)
    return result


def zero_of(type: Attribute) -> np.ndarray:
    return np.zeros(types.shape(type), api.arrays.dtype(type))[()]


class Pullback:
    """
    The function that `vjp` gives: from cotangents of the results to a tuple of cotangents, with one
    entry for each argument.
    """

    def __init__(
        self,
        traced: Traced,
        known: dict[Any, Traced],
        args: Sequence[Any],
        leaves: Sequence[Any],
        has_aux: bool = False,
    ):
        self.traced, self.known, self.args, self.leaves = traced, known, args, leaves
        self.has_aux = has_aux
        n = len(leaves)
        self.wrt = tuple(i for i, t in enumerate(traced.in_types[:n]) if is_float(t))

    def of_leaves(self, cotangents: Sequence[Any]) -> list[Any]:
        """
        From the cotangents of the float results to one cotangent for each leaf of the arguments.
        Leaves that are no floats have zeros.
        """
        by_leaf: dict[int, Any] = {}
        if self.wrt:
            derived = derive(self.traced, self.known, self.wrt, "reverse", False)
            by_leaf = dict(
                zip(self.wrt, apply(derived, self.traced.captures, self.leaves, cotangents))
            )
        return [
            by_leaf[i] if i in by_leaf else zero_of(self.traced.in_types[i])
            for i in range(len(self.leaves))
        ]

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        given, tree = pytree.flatten(cotangent)
        wanted = self.traced.out_tree.children[0] if self.has_aux else self.traced.out_tree
        if (difference := wanted.difference(tree)) is not None:
            raise located(
                TypeError, f"the cotangent has another structure than the value: {difference}"
            )
        # The program does not use the further results.
        given += [zero_of(t) for t in self.traced.out_types[len(given) :]]
        pairs = [(ct, t) for ct, t in zip(given, self.traced.out_types) if is_float(t)]
        cts = cast_like([ct for ct, _ in pairs], [t for _, t in pairs], "a cotangent")
        (arguments, _) = self.traced.in_tree.unflatten(self.of_leaves(cts))
        return arguments


def _without_aux(traced: Traced, results: Sequence[Any]) -> tuple[Any, Any]:
    """
    The value and the further results of a function with `has_aux`. Errors: `TypeError` if the
    function does not give a pair.
    """
    tree = traced.out_tree
    if not (tree.kind is tuple and len(tree.children) == 2):
        raise located(TypeError, f"with has_aux, the function must give (value, aux), not {tree}")
    value, aux = tree.unflatten(results)
    return value, aux


def vjp(
    fn: Callable[..., Any],
    *args: Any,
    has_aux: bool = False,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Any:
    """
    `value, pullback = vjp(fn, *args)`: the value of `fn`, and a function from the cotangent of the
    value to the cotangents of the arguments.

    `pullback(ct)` takes a cotangent with the structure of the value. It gives a tuple with one
    entry for each argument, in the structure of the argument. Arguments that are no floats have
    zeros. A static argument is its own entry.

    With `has_aux`, `fn` gives `(value, anything)`, and the result is `(value, pullback, anything)`.
    """
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    args, _ = known_ints(fn, args, {})
    traced, known, leaves = Memo(fn).traced(args, {})
    results = apply_primal(traced, leaves)
    pullback = Pullback(traced, known, args, leaves, has_aux)
    if has_aux:
        value, aux = _without_aux(traced, results)
        return value, pullback, aux
    return traced.out_tree.unflatten(results), pullback


def jvp(
    fn: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Any:
    """
    The value of `fn(*primals)`, and its derivative in the direction of `tangents`. The tangents
    have the structure of `primals`.

    `jvp` ignores tangents of arguments that are no floats, and of static arguments. Results that
    are no floats have zeros as tangents. With `has_aux`, `fn` gives `(value, anything)`, and the
    result is `(value, its derivative, anything)`.
    Errors: `TypeError` if the structures differ; `ValueError` if the shapes differ.
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise located(
                TypeError,
                f"the {name} must be a tuple with one entry per argument, not {given!r}",
            )
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    args, _ = known_ints(fn, primals, {})
    known_kinds = pytree.Known | pytree.KnownBool | pytree.Static
    given = tuple(x if isinstance(x, known_kinds) else t for x, t in zip(args, tangents))
    given += tuple(tangents[len(given) :])
    traced, known, leaves = Memo(fn).traced(args, {})
    value, derivative = _pushed(traced, known, leaves, given)
    if has_aux:
        value, aux = _without_aux(traced, pytree.flatten(value)[0])
        return value, derivative[0], aux
    return value, derivative


def _pushed(
    traced: Traced, known: dict[Any, Traced], leaves: Sequence[Any], tangents: tuple
) -> tuple[Any, Any]:
    given, tree = pytree.flatten(tangents)
    if (difference := traced.in_tree.children[0].difference(tree)) is not None:
        raise located(
            TypeError, f"the tangents have another structure than the arguments: {difference}"
        )
    wrt = tuple(i for i, t in enumerate(traced.in_types[: len(leaves)]) if is_float(t))
    ts = cast_like([given[i] for i in wrt], [traced.in_types[i] for i in wrt], "a tangent")
    n = len(traced.out_types)
    if wrt:
        results = apply(derive(traced, known, wrt, "forward", True), traced.captures, leaves, ts)
    else:
        results = [
            *apply_primal(traced, leaves),
            *(zero_of(t) for t in traced.out_types if is_float(t)),
        ]
    pushed = iter(results[n:])
    derivatives = [next(pushed) if is_float(t) else zero_of(t) for t in traced.out_types]
    return traced.out_tree.unflatten(results[:n]), traced.out_tree.unflatten(derivatives)


def stop_gradient(x: Any) -> Any:
    """
    `x` itself, which derivatives treat as a constant. `x` is an array, or a container of arrays.
    """

    def stop(leaf: Any) -> Any:
        if not isinstance(leaf, Array) or (
            not np.issubdtype(leaf.dtype, np.inexact) and leaf.dtype != api.arrays.bfloat16
        ):
            return leaf
        return tracing.emit(delta.StopOp, tracing.use(leaf))

    return pytree.map_leaves(stop, x)
