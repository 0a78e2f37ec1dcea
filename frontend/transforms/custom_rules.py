"""Functions with a derivative of their own: `custom_vjp` and `custom_jvp`."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Attribute

from ...dialects import arrays, delta, types
from .. import ops, pytree, tracing
from ..traced_functions import (
    Spec,
    Traced,
    add_functions,
    function_name,
    refuse_writes,
    spec_of,
    trace_function,
)
from ..tracing import Array
from ..tracing import tracing as is_tracing
from ..user_code import located
from .derivatives import cast_like, is_float, zero_of

__all__ = ["custom_jvp", "custom_vjp"]


class _BeingTraced(threading.local):
    def __init__(self) -> None:
        self.rules: dict[Any, tuple[Traced, Sequence[str]]] = {}


_being_traced = _BeingTraced()
"""
Calls of custom functions whose rules are being traced: for each call the traced function, and the
names of the function and its rules.
"""


class _Custom:
    """
    A function with a derivative of its own. Without rules, letgrad differentiates its body.

    The rules may call the function itself. Such a call refers to the rules that are being traced.
    """

    KIND: ClassVar[type[delta.CustomVjpOp | delta.CustomJvpOp]]

    def __init__(self, fn: Callable[..., Any]):
        functools.update_wrapper(self, fn)  # type: ignore[arg-type]
        self.fn = fn
        self.kept: dict[Any, list[Traced]] = {}

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind the function as a method of a class: the instance becomes the first argument."""
        method: Any = self
        return self if instance is None else MethodType(method, instance)

    def _call(self, args: tuple, suffixes: Sequence[str], trace_rules: Callable[..., Any]) -> Any:
        """
        Add the op for a call, and give its results. `trace_rules(primal, names)` gives the rules.
        Their names are the name of the function with these suffixes.
        """
        leaves, tree = pytree.flatten(args)
        key = tree.key, tuple(map(spec_of, leaves))
        running = _being_traced.rules
        if (self, key) in running:
            primal, names = running[self, key]
            for name in names:
                tracing.current().root.functions.setdefault(name, None)
        else:
            parts = self.kept.get(key)
            if parts is None:
                name = function_name(self.fn)
                inner = [name, *(f"{name}_{suffix}" for suffix in suffixes)]
                primal = self._trace(self.fn, args, name)
                running[self, key] = primal, inner
                try:
                    parts = [primal, *trace_rules(primal, inner)]
                finally:
                    del running[self, key]
                if not running:  # The parts may refer to functions that are still being traced.
                    self.kept[key] = parts
            primal, names = parts[0], add_functions(parts)
        op = self.KIND.create(
            operands=[tracing.use(ops.lift(x)) for x in leaves],
            result_types=primal.out_types,
            properties={rule: SymbolRefAttr(name) for rule, name in zip(self.KIND.RULES, names)},
        )
        tracing.add(op)
        results = [Array.of(value, tracing.current()) for value in op.results]
        return primal.out_tree.unflatten(results)

    def _positional(self, args: tuple, kwargs: dict[str, Any]) -> tuple:
        """
        All arguments in the order in which the rules get them.

        Errors: `TypeError` for keyword-only arguments.
        """
        if not kwargs:
            return args
        bound = inspect.signature(self.fn).bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            name = function_name(self.fn)
            raise located(
                TypeError, f"the rules of {name} take positional arguments only, not keywords"
            )
        return bound.args

    def _without_rules(self, setter: str) -> AttributeError:
        name = function_name(self.fn)
        message = f"{type(self).__name__} of {name} has no rules; set them by {name}.{setter}"
        return located(AttributeError, message)

    def _trace(
        self, fn: Callable[..., Any], args: tuple, name: str, reserved: Sequence[str] = ()
    ) -> Traced:
        @functools.wraps(fn)
        def named(*args: Any) -> Any:
            for other in reserved:
                tracing.current().root.functions.setdefault(other, None)
            return fn(*args)

        traced = refuse_writes(trace_function(named, args, name=name), "a custom derivative")
        # The trace is kept for other calls. Ops at this place, and not at lines of the function's
        # own, get the places of these calls.
        traced.function.location = tracing.location()
        if traced.captures:
            raise located(
                TypeError,
                f"{name} uses traced values of a function around it; pass these values as "
                "arguments",
            )
        return traced


def _type_of(leaf: Any) -> Attribute:
    spec = spec_of(leaf)
    return tracing.ir_type(spec.shape, spec.dtype)


def _by_floats(leaves: Sequence[Any], given: Sequence[Any]) -> list[Any]:
    """One value for each leaf: the next of `given` for a float, zeros for other leaves."""
    remaining = iter(given)
    return [next(remaining) if is_float(t) else zero_of(t) for t in map(_type_of, leaves)]


def _conjugates(cts: Sequence[Any]) -> list[Any]:
    """
    Cotangents as users see them, from those of the parts, and back: a complex a - i b is the one of
    a for the real part and b for the imaginary part.
    """
    return [np.conj(ct) if np.iscomplexobj(ct) else ct for ct in cts]


def _floats(leaves: Sequence[Any]) -> list[Any]:
    return [x for x in leaves if is_float(_type_of(x))]


class custom_vjp(_Custom):
    """
    A function with a reverse rule of its own, as in JAX.

        @lg.custom_vjp
        def f(x, y): …

        f.defvjp(forward, backward)      forward(x, y) -> (f(x, y), residuals)
                                         backward(residuals, ct) -> (cotangent of x, cotangent of y)

    `ct` has the structure of the value; None as a cotangent means zeros. Forward mode cannot
    differentiate such a function.
    Errors: `TypeError` for rules whose results do not fit the results of the function, or for rules
            that use traced values from outside.
    """

    KIND = delta.CustomVjpOp
    forward: Callable[..., Any] | None = None
    backward: Callable[..., Any] | None = None

    def defvjp(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        """Set the rules."""
        self.forward, self.backward = forward, backward
        self.kept.clear()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self._positional(args, kwargs)
        if not is_tracing():
            return self.fn(*args)
        if self.forward is None or self.backward is None:
            raise self._without_rules("defvjp(forward, backward)")
        return self._call(args, ("forward", "backward"), functools.partial(self._rules, args))

    def _rules(self, args: tuple, primal: Traced, names: Sequence[str]) -> tuple[Traced, Traced]:
        assert self.forward is not None
        name, forward_name, backward_name = names
        forward = self._trace(self.forward, args, forward_name, names)
        out, n = forward.out_tree, len(primal.out_types)
        if not (
            out.kind is tuple and len(out.children) == 2 and out.children[0] == primal.out_tree
        ):
            raise located(
                TypeError,
                f"the forward rule of {name} must give ({primal.out_tree}, residuals), not {out}",
            )
        if forward.out_types[:n] != primal.out_types:
            raise located(
                TypeError,
                f"the forward rule of {name} gives values of other types than {name} itself",
            )
        specs = [Spec(types.shape(t), arrays.dtype(t)) for t in forward.out_types]

        def rule(residuals: list[Any], cts: list[Any]) -> list[Any]:
            assert self.backward is not None
            ct = primal.out_tree.unflatten(_by_floats(specs[:n], _conjugates(cts)))
            given = self.backward(out.children[1].unflatten(residuals), ct)
            if not isinstance(given, tuple) or len(given) != len(args):
                raise located(
                    TypeError,
                    f"the backward rule of {name} must give a tuple with {len(args)} "
                    f"entries, one for each argument, not {given!r}",
                )
            found = [ct for pair in zip(args, given) for ct in self._cotangents(name, *pair)]
            return _conjugates(found)

        specs_of_floats = _floats(specs[:n])
        return forward, self._trace(rule, (specs[n:], specs_of_floats), backward_name, names)

    def _cotangents(self, name: str, argument: Any, given: Any) -> list[Any]:
        """From the backward rule's result for one argument: one cotangent for each float leaf."""
        leaves, structure = pytree.flatten(argument)
        if given is None:
            given = pytree.map_leaves(lambda x: zero_of(_type_of(x)), argument)
        values, other = pytree.flatten(given)
        if other != structure:
            raise located(
                TypeError,
                f"the backward rule of {name} gives a cotangent with the structure {other} for "
                f"an argument with the structure {structure}",
            )
        pairs = [(v, _type_of(x)) for v, x in zip(values, leaves) if is_float(_type_of(x))]
        return cast_like([v for v, _ in pairs], [t for _, t in pairs], "a cotangent")


class custom_jvp(_Custom):
    """
    A function with a forward rule of its own, as in JAX. letgrad derives the reverse rule from the
    forward rule.

        @lg.custom_jvp
        def f(x, y): …

        f.defjvp(rule)      rule((x, y), (dx, dy)) -> (f(x, y), its tangent), linear in (dx, dy)

    A tangent has the structure of its argument or value. Arguments that are no floats have zeros as
    tangents.
    """

    KIND = delta.CustomJvpOp
    rule: Callable[..., Any] | None = None
    square: Callable[..., Any] | None = None

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Set the rule. `defjvp` is also a decorator."""
        self.rule = rule
        self.kept.clear()
        return rule

    def defsquare(self, square: Callable[..., Any]) -> Callable[..., Any]:
        """
        State the tangent of the square of the value, where the value is a root of 0, and has no
        derivative there: square((x, y), (dx, dy)) -> the tangent of f(x, y)². A decorator, too.

        Errors, at a call: `TypeError` for values that are complex numbers.
        """
        self.square = square
        self.kept.clear()
        return square

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self._positional(args, kwargs)
        if not is_tracing():
            return self.fn(*args)
        if self.rule is None:
            raise self._without_rules("defjvp(rule)")
        return self._call(args, ("jvp",), functools.partial(self._rules, args))

    def _rules(self, args: tuple, primal: Traced, names: Sequence[str]) -> tuple[Traced]:
        leaves, tree = pytree.flatten(args)
        name, rule_name = names

        def rule(primals: list[Any], tangents: list[Any]) -> list[Any]:
            assert self.rule is not None
            full = tree.unflatten(_by_floats(primals, tangents))
            result = self.rule(tree.unflatten(primals), full)
            if not isinstance(result, tuple) or len(result) != 2:
                raise located(
                    TypeError, f"the rule of {name} must give (value, tangent), not {result!r}"
                )
            (values, a), (derivatives, b) = map(pytree.flatten, result)
            if a != primal.out_tree or b != primal.out_tree:
                raise located(
                    TypeError,
                    f"the rule of {name} gives the structures {a} and {b}, and {name} itself "
                    f"gives {primal.out_tree}",
                )
            copies = 1
            if self.square is not None:
                copies = 2
                if any(types.is_complex(types.element(t)) for t in primal.out_types):
                    raise located(
                        TypeError,
                        f"{name} gives complex numbers: a rule states the tangents of squares of "
                        "real numbers only",
                    )
                squares, c = pytree.flatten(self.square(tree.unflatten(primals), full))
                if c != primal.out_tree:
                    raise located(
                        TypeError,
                        f"the square of {name} has the structure {c}, and {name} itself gives "
                        f"{primal.out_tree}",
                    )
                derivatives = [*derivatives, *squares]
            wanted = [*primal.out_types] * copies
            pairs = [(d, t) for d, t in zip(derivatives, wanted) if is_float(t)]
            return [
                *cast_like(values, primal.out_types, "a value"),
                *cast_like([d for d, _ in pairs], [t for _, t in pairs], "a tangent"),
            ]

        return (self._trace(rule, (leaves, _floats(leaves)), rule_name, names),)
