"""
Random programs of views, writes and reads, against NumPy: values, final arguments and gradients.

A program is a list of steps on a growing list of arrays. The same Python code runs on NumPy arrays
and on traced arrays. So each difference between a view and a copy shows in a later read.
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import numpy as np
import pytest

import letgrad as lg
import letgrad.numpy as lnp

COUNT = int(os.environ.get("LETGRAD_WRITES", "24"))

LETTERS = "abcdefghijkl"

TURNS: dict[str, Any] = {
    "trace": lambda module, x: module.einsum("ii->i", x),
    "letters": lambda module, x: module.einsum(
        f"{LETTERS[: x.ndim]}->{LETTERS[: x.ndim][::-1]}", x
    ),
    "moved": lambda module, x: module.moveaxis(x, 0, -1),
    "rot90": lambda module, x: module.rot90(x),
    "wide": lambda module, x: module.atleast_3d(x),
    "parts": lambda module, x: module.array_split(x, 2)[0],
    "long": lambda module, x: x[..., None].swapaxes(0, -1),
}
"""More functions whose results are views in NumPy."""


class Program:
    """A random program, as a function of arrays that writes to them."""

    def __init__(self, seed: int, traced_indices: bool):
        self.random = Random(seed)
        self.steps: list[Any] = []
        self.traced_indices = traced_indices
        shapes = [self.shape() for _ in range(2)]
        self.arguments = [
            np.random.default_rng(seed + k).normal(size=s) for k, s in enumerate(shapes)
        ]
        self.places = np.array([self.random.randrange(0, 2) for _ in range(4)])
        arrays = [x.copy() for x in self.arguments]
        length = self.random.randrange(3, 9)
        while len(self.steps) < length:
            step = self.step(arrays)
            if step is None:
                continue
            self.apply(step, arrays, self.places, np)
            self.steps.append(step)

    def shape(self) -> tuple[int, ...]:
        return tuple(self.random.choice((1, 2, 3, 4)) for _ in range(self.random.randrange(1, 4)))

    def __call__(self, places: Any, *arguments: Any) -> Any:
        arrays = list(arguments)
        module = np if isinstance(arguments[0], np.ndarray) else lnp
        for step in self.steps:
            self.apply(step, arrays, places, module)
        total = 0.0
        for k, x in enumerate(arrays):
            weights = np.cos(np.arange(x.size) + k).reshape(x.shape)
            total = total + (module.tanh(x) * weights).sum()
        return total

    def key(self, shape: tuple[int, ...], basic: bool) -> Any:
        """A key as text-like data: each item is a tuple that `made` turns into an item."""
        items: list[Any] = []
        ellipsis = False
        d = 0
        while d < len(shape):
            n, kind = shape[d], self.random.randrange(9 if basic else 12)
            if kind == 0 and not ellipsis:
                items.append(...)
                ellipsis = True
                d += self.random.randrange(0, len(shape) - d + 1)
                continue
            if kind == 1:
                items.append(None)
                continue
            if kind in (2, 3):
                if not n:
                    return ...
                items.append(self.random.randrange(-n, n))
            elif kind == 4 and self.traced_indices and n >= 2:
                items.append(("place", self.random.randrange(4)))
            elif kind == 9:
                items.append(
                    [self.random.randrange(-n, n) for _ in range(self.random.randrange(1, 4))]
                    if n
                    else []
                )
            elif kind == 10:
                items.append(np.array([self.random.random() < 0.5 for _ in range(n)]))
            elif kind == 11 and self.traced_indices and n >= 2:
                items.append(("places",))
            else:
                items.append(
                    slice(
                        *(self.random.choice((None, *range(-4, 5))) for _ in range(2)),
                        self.random.choice((None, 1, 2, -1, -2)),
                    )
                )
            d += 1
            if self.random.random() < 0.2:
                break
        return tuple(items)

    def made(self, key: Any, places: Any) -> Any:
        if not isinstance(key, tuple):
            return key
        return tuple(
            (places[i[1]] if i[0] == "place" else places) if isinstance(i, tuple) else i
            for i in key
        )

    def step(self, arrays: list[Any]) -> Any:
        k = self.random.randrange(len(arrays))
        x = arrays[k]
        kind = self.random.choice(
            (
                "view",
                "view",
                "turn",
                "write",
                "write",
                "inplace",
                "inplace",
                "at",
                "out",
                "fill",
                "copy",
                "flat",
                "mask",
                "advanced",
                "advanced",
            )
        )
        number = self.random.uniform(-2, 2)
        key = self.key(x.shape, kind in ("view", "write"))
        try:
            part = x[self.made(key, self.places)]
        except (IndexError, ValueError):
            return None
        if kind == "view":
            return (kind, k, key) if isinstance(part, np.ndarray) else None
        if kind == "turn":
            name = self.random.choice(
                ("T", "ravel", "swap", "reshape", "flip", "diagonal", "expand", "squeeze", *TURNS)
            )
            if name in ("swap", "diagonal", "rot90") and x.ndim < 2:
                return None
            if name == "trace" and (x.ndim != 2 or x.shape[0] != x.shape[1]):
                return None
            if name in ("parts", "moved") and not x.ndim:
                return None
            return kind, k, name
        if kind in ("write", "advanced", "inplace", "at"):
            source = self.random.randrange(len(arrays))
            shape = np.shape(part)
            found = arrays[source]
            if self.random.random() < 0.6:
                try:
                    np.broadcast_to(found, shape)
                except ValueError:
                    source = None
            else:
                source = None
            if not x.flags.writeable:
                return None
            return kind, k, key, source, number, self.random.choice(("add", "multiply", "subtract"))
        if kind in ("fill", "out", "flat", "mask") and not x.flags.writeable:
            return None
        return kind, k, number

    def apply(self, step: Any, arrays: list[Any], places: Any, module: Any) -> None:
        kind, k, *rest = step
        x = arrays[k]
        if kind == "view":
            arrays.append(x[self.made(rest[0], places)])
        elif kind == "turn":
            name = rest[0]
            arrays.append(
                TURNS[name](module, x)
                if name in TURNS
                else x.T
                if name == "T"
                else module.ravel(x)
                if name == "ravel"
                else module.swapaxes(x, 0, -1)
                if name == "swap"
                else x.reshape(-1, x.shape[-1])
                if name == "reshape" and x.size
                else module.flip(x)
                if name == "flip"
                else module.diagonal(x)
                if name == "diagonal"
                else module.expand_dims(x, 0)
                if name == "expand"
                else module.squeeze(x)
            )
        elif kind in ("write", "advanced", "inplace", "at"):
            key, source, number, ufunc = rest
            key = self.made(key, places)
            value = number if source is None else arrays[source]
            if kind == "at":
                getattr(np, ufunc).at(x, key, value)
            elif kind != "inplace":
                x[key] = value
            elif ufunc == "add":
                x[key] += value
            elif ufunc == "multiply":
                x[key] *= value
            else:
                x[key] -= value
        elif kind == "fill":
            x.fill(rest[0])
        elif kind == "out":
            module.sin(x, out=x, where=x > rest[0])
        elif kind == "flat":
            x.flat[::2] = [rest[0], 1.0]
        elif kind == "mask":
            x[x > rest[0]] = rest[0]
        elif kind == "copy":
            arrays.append(module.copy(x))


def gradient_by_differences(program: Program, x: np.ndarray, k: int, e: float = 1e-6) -> np.ndarray:
    result = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        values = []
        for sign in (1, -1):
            arguments = [a.copy() for a in program.arguments]
            arguments[k][place] += sign * e
            values.append(program(program.places, *arguments))
        result[place] = (values[0] - values[1]) / (2 * e)
    return result


@pytest.mark.sampled(2)
@pytest.mark.parametrize("seed", range(COUNT))
def test_values_and_gradients(seed: int):
    program = Program(seed, traced_indices=seed % 2 == 1)
    expected = [a.copy() for a in program.arguments]
    value = program(program.places, *expected)

    actual = [a.copy() for a in program.arguments]
    backend = "numpy" if seed % 3 == 0 else "cpu"
    result = lg.jit(program, backend=backend)(program.places, *actual)
    np.testing.assert_allclose(result, value, rtol=1e-12, atol=1e-12)
    for a, b in zip(actual, expected):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)

    given = [a.copy() for a in program.arguments]
    gradients = lg.grad(program, argnums=(1, 2))(program.places, *given)
    for k, (g, before) in enumerate(zip(gradients, program.arguments)):
        np.testing.assert_array_equal(given[k], before)
        np.testing.assert_allclose(
            g, gradient_by_differences(program, before, k), rtol=1e-4, atol=1e-5
        )
