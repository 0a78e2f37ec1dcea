"""
`ten-real-transforms`: all transforms of a family of sizes, dimensions and kinds, of real numbers
and to real numbers, before and after the pass; and gradients of such programs.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import OptimizePass

SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((16,), (0,)), ((17, 2), (0,)), ((1, 16), (0, 1)), ((2, 16, 3), (0, 1)),
    ((4, 3, 17), (0, 1, 2)),
]  # fmt: skip
BOTH = np.fft.fftn, np.fft.ifftn


def of_real(f: Callable[..., Any], axes: tuple[int, ...]) -> Any:
    return lambda x, w: f(2 * x * w, axes=axes, norm="ortho")


def to_real(f: Callable[..., Any], axes: tuple[int, ...]) -> Any:
    return lambda x, w: f(x + 1j * w, axes=axes, norm="ortho").real


def there_and_back(f: Callable[..., Any], axes: tuple[int, ...]) -> Any:
    back = BOTH[f is BOTH[0]]
    return lambda x, w: back(f(x, axes=axes, norm="ortho") / w, axes=axes, norm="ortho").real


KINDS = of_real, to_real, there_and_back


def test_all_transforms_of_a_family_become_real_ones():
    random = np.random.default_rng(0)
    for (shape, axes), f, kind in product(SHAPES, BOTH, KINDS):
        x, w = random.standard_normal(shape), 1 + random.random(shape)
        run = kind(f, axes)
        module = lg.trace(run, x, w)
        OptimizePass().apply(backends.context(), module)
        kinds = {"of_real": ["real"], "to_real": ["hermitian"]}
        for half in kinds.get(kind.__name__, ["real", "hermitian"]):
            assert f"ten.fft {half}" in str(module), (shape, axes, kind.__name__)
        found = Evaluator(module).call("lambda", [x, w])
        want = run(x, w)
        found = found[0] + 1j * found[1] if len(found) == 2 else found[0]
        np.testing.assert_allclose(found, want, atol=1e-13 * np.abs(want).max())


@pytest.mark.parametrize("shape, axes", [((33,), (0,)), ((4, 16), (0, 1))])
def test_gradients_of_filters(shape: tuple[int, ...], axes: tuple[int, ...]):
    random = np.random.default_rng(1)
    x, w, way = random.random(shape), 1 + random.random(shape), random.random(shape)

    def f(x: Any, w: Any) -> Any:
        z = np.fft.ifftn(np.fft.fftn(x, axes=axes) / w, axes=axes).real
        return np.sum(np.sin(z)) + np.sum(np.abs(np.fft.fftn(x * w, axes=axes)) ** 2)

    slopes = lg.jit(lg.grad(f, argnums=(0, 1)), backend="cpu")(x, w)
    along = sum(np.sum(s * way) for s in slopes)
    ends = [f(x + s * way, w + s * way) for s in (1e-6, -1e-6)]
    np.testing.assert_allclose(along, (ends[0] - ends[1]) / 2e-6, rtol=1e-6)


def test_value_and_gradient_share_a_transform():
    def energy(charge: Any, size: Any) -> Any:
        u = np.fft.ifft2(np.fft.fft2(charge) / size).real
        return np.sum(u * charge)

    spec = lg.spec((16, 18))
    module = lg.trace(lg.value_and_grad(energy), spec, spec)
    OptimizePass().apply(backends.context(), module)
    text = str(module)
    assert text.count("ten.fft real") == 1 and text.count("ten.fft hermitian") == 2
    assert text.count("ten.fft") == 6


def images(f: Callable[..., Any], *args: Any) -> int:
    """The arrays that are read in the other direction, after `optimize`; the value is checked."""
    module = lg.trace(f, *args)
    OptimizePass().apply(backends.context(), module)
    found, want = Evaluator(module).call("lambda", list(args))[0], f(*args)
    np.testing.assert_allclose(found, want, atol=1e-13 * np.abs(want).max())
    return str(module).count("ten.reverse")


def test_spectra_of_real_numbers_are_not_mirrored():
    random = np.random.default_rng(2)
    x, y, w = random.standard_normal((3, 6, 20))
    fft, ifft = np.fft.fft2, np.fft.ifft2
    k = np.fft.fftfreq(20)
    k[10] = 0
    assert images(lambda x, y: ifft(fft(x) * fft(y)).real, x, y) == 0
    assert images(lambda x, y: fft(fft(x).conj() * fft(2 * y) + fft(x)).real, x, y) == 0
    # Constants that are even, odd, and neither.
    assert images(lambda x: ifft(fft(x) / (1 + k * k)).real, x) == 0
    assert images(lambda x: ifft(1j * k * fft(x)).real, x) == 0
    assert images(lambda x: ifft(w * fft(x)).real, x) == 0
    assert images(lambda x: ifft(np.where(k > 0, fft(x), 2 * fft(x) + 1j * w)).real, x) == 0
    # An argument, along two dimensions.
    assert images(lambda x, w: ifft(fft(x) * w).real, x, w) == 2
    assert images(lambda x, w: ifft(fft(x) * np.exp(w)).real, x, w) == 2


SIGNS_OF_ZEROS: dict[str, Callable[..., Any]] = {
    "angle": np.angle,
    "copysign": lambda z: np.copysign(1.0, z.imag),
    "arctan of a quotient": lambda z: np.arctan(z.real / z.imag),
    "tanh of a quotient": lambda z: np.tanh(1 / z.imag),
    "log": lambda z: 1j * np.log(z),
    "of a multiple": lambda z: np.angle(-3 * z.conj() + 0 * z),
}


@pytest.mark.parametrize("shape, axes", [((16,), (0,)), ((17,), (0,)), ((6, 2, 16), (0, 2))])
@pytest.mark.parametrize("name", SIGNS_OF_ZEROS)
def test_zeros_at_places_that_are_their_own_opposites(
    name: str, shape: tuple[int, ...], axes: tuple[int, ...]
):
    """
    The imaginary parts at these places are zeros, and the angle of a negative number has the sign
    of such a zero.
    """
    g = SIGNS_OF_ZEROS[name]
    x = np.random.default_rng(4).standard_normal(shape) - 2

    def f(x: Any) -> Any:
        z = np.fft.fftn(x, axes=axes)
        return np.fft.ifftn(z * g(z), axes=axes).real

    with np.errstate(divide="ignore"):
        module, want = lg.trace(f, x), f(x)
        OptimizePass().apply(backends.context(), module)
        found = Evaluator(module).call("f", [x])[0]
    assert "ten.fft hermitian" in str(module)
    np.testing.assert_allclose(found, want, atol=1e-12 * max(np.abs(want).max(), 1))


def arithmetic(seed: int, axes: tuple[int, ...], shape: tuple[int, ...]) -> Callable[..., Any]:
    """Some ops between a transform and one of its inverse, whose real parts are read."""
    random = np.random.default_rng(seed)
    steps = random.integers(0, 100, (6, 3))
    last = shape[axes[-1]]
    k = np.fft.fftfreq(last).reshape([last if d == axes[-1] else 1 for d in range(len(shape))])
    constants = k, k * k, random.standard_normal(shape), np.abs(k) + 1
    ops: list[Callable[..., Any]] = [
        lambda a, b, c, w: a * b,
        lambda a, b, c, w: a - b.conj(),
        lambda a, b, c, w: a * c + 1j * b,
        lambda a, b, c, w: a / (np.abs(b) + 1),
        lambda a, b, c, w: np.where(c > 0.1, a, b),
        lambda a, b, c, w: a * w,
        lambda a, b, c, w: np.where(b.imag > 0.3, a, 2 * a),
        lambda a, b, c, w: np.exp(-np.abs(a)) * b + 0.5,
    ]

    def f(x: Any, w: Any) -> Any:
        values = [np.fft.fftn(x, axes=axes), np.fft.ifftn(2 * x * w, axes=axes)]
        for op, left, right in steps:
            a, b = values[left % len(values)], values[right % len(values)]
            values.append(ops[op % len(ops)](a, b, constants[left % 4], w))
        total = np.sum(np.abs(values[-1])) if seed % 3 else 0.0
        return BOTH[seed % 2](values[-1], axes=axes).real + total

    return f


@pytest.mark.parametrize("seed", range(24))
def test_arithmetic_between_transforms(seed: int):
    shapes = [((17,), (0,)), ((16, 3), (0,)), ((4, 16), (0, 1)), ((3, 2, 18), (1, 2))]
    shape, axes = shapes[seed % 4]
    random = np.random.default_rng(seed)
    x, w = random.standard_normal((2, *shape))
    f = arithmetic(seed, axes, shape)
    module, want = lg.trace(f, x, w), f(x, w)
    OptimizePass().apply(backends.context(), module)
    found = Evaluator(module).call("f", [x, w])[0]
    np.testing.assert_allclose(found, want, atol=1e-11 * max(np.abs(want).max(), 1))
