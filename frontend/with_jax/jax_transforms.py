"""
How JAX transforms calls of letgrad's programs: by pushforwards, pullbacks and batches of these.

    jvp        y = f(a),  dy = L(a, da):      L is the pushforward of f, and linear in da
    transpose  L(a, ·)ᵀ ȳ = P(a, ȳ):          P is the pullback of f, and linear in ȳ
    batch      the function of batches that `vmap` makes

A call notes in which arguments it is linear. The pushforward and the pullback of f know each other,
so that the transpose of one of them is the other one, and no program is differentiated twice.

The module imports JAX.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.interpreters import ad, batching
from xdsl.ir import Attribute

from ...dialects import arrays, types
from ...lowering.xla import backend
from ...lowering.xla import jax_primitive as calls
from ...lowering.xla.text import text_of
from ..traced_functions import Traced
from ..transforms.batching import batched
from ..transforms.derivatives import differentiated, is_float


@dataclass(frozen=True)
class Derivative:
    """The pushforward, or in reverse the pullback, of a program by its arguments `wrt`."""

    of: TracedProgram
    wrt: tuple[int, ...]
    reverse: bool


class TracedProgram(calls.Program):
    """
    A traced function of real arrays, as a program that JAX calls and transforms.

    `trace` gives the function when somebody first needs it. So `jax.grad` needs no pushforward: JAX
    asks for its type, and then for its transpose.
    """

    def __init__(
        self,
        name: str,
        takes: Sequence[Attribute],
        gives: Sequence[Attribute],
        trace: Callable[[], Traced],
        derivative_of: Derivative | None = None,
    ):
        self.name = name
        self.takes, self.gives = tuple(takes), tuple(gives)
        self.results = [(types.shape(t), arrays.dtype(t)) for t in gives]
        self.derivative_of = derivative_of
        self._trace = trace
        self._derived: dict[Any, Any] = {}

    @classmethod
    def of(cls, traced: Traced) -> TracedProgram:
        return cls(traced.entry, traced.in_types, traced.out_types, lambda: traced)

    @functools.cached_property
    def traced(self) -> Traced:
        return self._trace()

    def __repr__(self) -> str:
        """The name, which JAX shows in a program around the call."""
        return f"@{self.name}"

    @functools.cached_property
    def _text(self) -> str:
        return text_of(backend.lowered(self.traced.module, self.traced.entry))

    def stablehlo(self) -> str:
        return self._text

    def derivative(self, wrt: tuple[int, ...], reverse: bool) -> TracedProgram:
        """
        The program from all arguments, and then tangents of the arguments `wrt`, to tangents of the
        float results; or in reverse from cotangents of these to cotangents of the arguments.
        """
        key = wrt, reverse
        if key not in self._derived:
            values = [t for t in self.gives if is_float(t)]
            points = [self.takes[k] for k in wrt]
            given, found = (values, points) if reverse else (points, values)
            mode = "reverse" if reverse else "forward"
            self._derived[key] = TracedProgram(
                self.name, (*self.takes, *given), found,
                lambda: differentiated(self.traced, wrt, mode, False),
                Derivative(self, wrt, reverse),
            )  # fmt: skip
        return self._derived[key]

    def of_batches(self, mapped: tuple[bool, ...], n: int) -> tuple[TracedProgram, Sequence[bool]]:
        """The program of batches, and which of its results are batches."""
        key = mapped, n
        if key not in self._derived:
            many, whole = batched(self.traced, mapped, n)
            self._derived[key] = TracedProgram.of(many), whole
        return self._derived[key]

    @property
    def floats(self) -> list[bool]:
        """For each result, whether it is a float, and has a tangent."""
        return [is_float(t) for t in self.gives]


def _is_zero(x: Any) -> bool:
    return isinstance(x, ad.Zero) or getattr(x, "dtype", None) == jax.dtypes.float0


def _no_tangent(x: Any) -> ad.Zero:
    """The tangent of a value that does not change; for an integer of the type that JAX gives it."""
    return ad.Zero(jax.typeof(x).to_tangent_aval())


def _jvp(
    primals: Sequence[Any], tangents: Sequence[Any], *, program: TracedProgram, linear: Any
) -> tuple[list[Any], list[Any]]:
    values = calls.bind(program, primals, linear)
    wrt = tuple(
        k
        for k, (t, kind) in enumerate(zip(tangents, program.takes, strict=True))
        if not _is_zero(t) and is_float(kind)
    )
    if not wrt or not any(program.floats):
        return values, [_no_tangent(y) for y in values]
    if set(wrt) <= set(linear):
        # The derivative of a linear map is this map.
        given = [
            (ad.instantiate_zeros(t) if _is_zero(t) else t) if k in linear else x
            for k, (x, t) in enumerate(zip(primals, tangents))
        ]
        pushed = iter(calls.bind(program, given, linear))
    else:
        derived = program.derivative(wrt, False)
        n = len(primals)
        moved = [tangents[k] for k in wrt]
        places = tuple(range(n, n + len(wrt)))
        pushed = iter(calls.bind(derived, [*primals, *moved], places))
    return values, [
        next(pushed) if real else _no_tangent(y)
        for y, real in zip(values, program.floats, strict=True)
    ]


def _transpose(
    cotangents: Sequence[Any], *arguments: Any, program: TracedProgram, linear: tuple[int, ...]
) -> list[Any]:
    """The cotangents of the arguments that have no value: the program is linear in these."""
    asked = tuple(k for k, x in enumerate(arguments) if ad.is_undefined_primal(x))
    given = [
        ad.instantiate_zeros(ct)
        for ct, real in zip(cotangents, program.floats, strict=True)
        if real
    ]
    derivative = program.derivative_of
    if derivative is not None and asked == linear:
        # The other derivative of the same program is the transpose.
        first = arguments[: len(arguments) - len(linear)]
        other = derivative.of.derivative(derivative.wrt, not derivative.reverse)
    else:
        first = tuple(
            jax.numpy.zeros(x.aval.shape, x.aval.dtype) if ad.is_undefined_primal(x) else x
            for x in arguments
        )
        other = program.derivative(asked, True)
    places = tuple(range(len(first), len(first) + len(given)))
    found = iter(calls.bind(other, [*first, *given], places))
    return [next(found) if k in asked else None for k in range(len(arguments))]


def _batch(
    arguments: Sequence[Any], axes: Sequence[Any], *, program: TracedProgram, linear: Any
) -> tuple[list[Any], list[Any]]:
    mapped = tuple(axis is not None for axis in axes)
    n = next(x.shape[axis] for x, axis, is_mapped in zip(arguments, axes, mapped) if is_mapped)
    moved = [
        jax.numpy.moveaxis(x, axis, 0) if is_mapped else x
        for x, axis, is_mapped in zip(arguments, axes, mapped)
    ]
    many, whole = program.of_batches(mapped, n)
    values = calls.bind(many, moved, linear)
    return values, [0 if is_whole else None for is_whole in whole]


ad.primitive_jvps[calls.call] = _jvp
ad.primitive_transposes[calls.call] = _transpose
batching.primitive_batchers[calls.call] = _batch


def apply(program: TracedProgram, arguments: Sequence[Any]) -> list[Any]:
    """The results of a program on JAX's arrays."""
    given = [
        x if x.dtype == arrays.dtype(t) else x.astype(arrays.dtype(t))
        for x, t in zip(map(jax.numpy.asarray, arguments), program.takes, strict=True)
    ]
    return calls.bind(program, given)


def bits(x: Any, dtype: np.dtype) -> Any:
    """The same bits as numbers of another dtype."""
    return jax.lax.bitcast_convert_type(x, dtype)
