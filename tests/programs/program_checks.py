"""
Checks of programs as people write them: letgrad against the function itself, run by NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import letgrad as lg


def copies(args: Sequence[Any]) -> list[Any]:
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


def check_value(fn: Callable[..., Any], *args: Any, backends: Sequence[str] = ("cpu",)) -> None:
    """The program gives the values and the dtypes of NumPy, on each backend."""
    plain = getattr(fn, "fn", fn)
    expected = plain(*copies(args))
    for backend in backends:
        result = lg.jit(lg.program(fn), backend=backend)(*copies(args))
        compare(result, expected)


def compare(result: Any, expected: Any) -> None:
    if expected is None:
        assert result is None
        return
    if isinstance(expected, tuple | list):
        assert len(result) == len(expected)
        for r, e in zip(result, expected):
            compare(r, e)
        return
    expected = np.asarray(expected)
    assert np.asarray(result).dtype == expected.dtype
    tolerance = 2e-5 if expected.dtype == np.float32 else 1e-10
    np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)


def check_gradient(fn: Callable[..., Any], *args: Any, argnums: Sequence[int] = (0,)) -> None:
    """
    The gradient of a fixed sum of the results is that of central differences, in one direction.
    """
    plain = getattr(fn, "fn", fn)

    @lg.program
    def total(*xs: Any) -> Any:
        result = fn(*xs)
        return sum(np.sum(r * (1 + 0.1 * k)) for k, r in enumerate(leaves(result)))

    def value(*xs: Any) -> float:
        result = plain(*copies(xs))
        return float(sum(np.sum(r * (1 + 0.1 * k)) for k, r in enumerate(leaves(result))))

    random = np.random.default_rng(0)
    gradients = lg.grad(total, argnums=tuple(argnums))(*copies(args))
    for n, gradient in zip(argnums, gradients):
        direction = random.standard_normal(np.shape(args[n]))
        h = 1e-6
        ends = []
        for sign in (1, -1):
            moved = list(args)
            moved[n] = args[n] + sign * h * direction
            ends.append(value(*moved))
        slope = (ends[0] - ends[1]) / (2 * h)
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=2e-5, atol=1e-7)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, tuple | list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]
