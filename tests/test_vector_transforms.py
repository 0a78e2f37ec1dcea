"""Fourier transforms in vectors of several, against NumPy's."""

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import vector_transforms
from letgrad.lowering.cpu.vector_transforms import Transform, factors, takes

LENGTHS = [n for n in range(8, 130) if factors(n) is not None] + [144, 243, 256, 320, 625]


def exact(x, dims, forward, factor):
    f = np.fft.fftn if forward else np.fft.ifftn
    return factor * f(x.astype("D"), axes=dims, norm="backward" if forward else "forward")


def test_lengths_are_products_of_radices():
    assert factors(8 * 9 * 5) == (4, 2, 3, 3, 5)
    assert factors(7 * 8) is factors(4) is factors(8192) is None
    assert takes((64, 64), (0, 1)) and not takes((64, 64, 7), (0, 2)) and not takes((63, 64), (1,))


@pytest.mark.parametrize("kind", ["D", "F"])
def test_random_sizes(kind, monkeypatch):
    """Ends of rows and columns that fill no vector, with and without threads."""
    random = np.random.default_rng(0)
    tried = 0
    while tried < 120:
        monkeypatch.setattr(vector_transforms, "SHARED", int(random.choice([1, 1 << 30])))
        rank = random.integers(1, 4)
        sizes = tuple(int(random.choice([*LENGTHS, 1, 2, 3, 5, 7, 11, 13])) for _ in range(rank))
        dims = tuple(d for d in range(rank) if factors(sizes[d]) and random.random() < 0.8)
        if not dims or np.prod(sizes) > 1 << 17:
            continue
        tried += 1
        x = (random.standard_normal(sizes) + 1j * random.standard_normal(sizes)).astype(kind)
        forward, factor = bool(random.integers(2)), float(random.uniform(0.1, 2))
        wanted = exact(x, dims, forward, factor)
        tolerance = (1e-15 if kind == "D" else 6e-7) * np.abs(wanted).max()
        y = np.full_like(x, np.nan)
        transform = Transform(sizes, dims, forward, factor, kind)
        transform(x, y)
        assert np.abs(y - wanted).max() <= tolerance, (sizes, dims)
        transform(x, x)
        assert np.array_equal(x, y), "in place"


@pytest.mark.parametrize("d", [0, 1])
def test_numbers_that_are_none_stay_in_their_transform(d):
    """A vector has numbers of several transforms."""
    x = np.ones((80, 72), "D")
    x[5, 6], x[77, 70] = np.nan, np.inf
    y = np.empty_like(x)
    Transform(x.shape, (d,), True, 1.0, "D")(x, y)
    finite = np.isfinite(y).all(axis=d)
    assert np.flatnonzero(~finite).tolist() == ([6, 70] if d == 0 else [5, 77])


@pytest.mark.parametrize("dtype", ["complex128", "complex64"])
def test_programs(dtype):
    """jit, and the gradient, which is a transform too; along one dimension and both."""
    random = np.random.default_rng(1)
    x, w = (
        random.standard_normal((2, 96, 100)) + 1j * random.standard_normal((2, 96, 100))
    ).astype(dtype)

    def loss(x):
        y = np.fft.ifft(np.fft.fft2(x) * w, axis=0)
        return np.sum(np.real(y * np.conj(y)))

    tolerance = 1e-12 if dtype == "complex128" else 1e-5
    assert lg.jit(loss, backend="cpu")(x) == pytest.approx(loss(x), rel=tolerance)
    slopes = [lg.jit(lg.grad(loss), backend=b)(x) for b in ("cpu", "numpy")]
    assert np.abs(slopes[0] - slopes[1]).max() <= tolerance * np.abs(slopes[1]).max()
