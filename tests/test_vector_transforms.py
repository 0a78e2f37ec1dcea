"""Fourier transforms in vectors of several, against NumPy's."""

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu.transforms import vector_transforms
from letgrad.lowering.cpu.transforms.vector_transforms import Transform, factors, takes
from letgrad.passes.rewriting import remarks

LENGTHS = [n for n in range(8, 130) if factors(n) is not None] + [144, 243, 256, 320, 625]


def exact(x, dims, kind, factor):
    f = np.fft.fftn if kind == "forward" else np.fft.ifftn
    norm = "backward" if kind == "forward" else "forward"
    return factor * f(x.astype("D"), axes=dims, norm=norm)


def test_lengths_are_products_of_radices():
    assert factors(8 * 9 * 5) == (4, 2, 3, 3, 5)
    assert factors(7 * 11 * 13) == (7, 11, 13) and factors(34 * 127) == (2, 17, 127)
    assert factors(131) is factors(4 * 131) is None


def test_transforms_that_pay(monkeypatch):
    """Few or short ones take less time in the library. Its vectors have 2 float64, or 4 float32."""
    monkeypatch.setattr(vector_transforms, "thread_count", lambda: 1)

    def rows(kind, type, n):
        """How many rows do not pay, of those with 4,096 numbers or more."""
        least = -(-4096 // n)
        return [k for k in range(least, 100) if not takes(kind, (k, n), 1, type)]

    assert not takes("forward", (64, 64, 7), 2, "D"), "7 is too short"
    assert not takes("forward", (63, 64), 0, "D"), "too few numbers"
    assert not takes("real", (640, 64), 0, "D"), "real numbers along rows only"
    assert rows("forward", "D", 4096) == [1, 2, 5] and rows("forward", "F", 4096) == [1, 4]
    assert rows("backward", "D", 4099) == [1, 2], "the library is slow where factors are large"
    assert rows("backward", "F", 4099) == [1, 4], "but 4 float32 fill its vector"
    assert rows("forward", "F", 1000) == [5, 9, 12], "a part of a second vector"
    assert not takes("forward", (64, 64), 1, "F") and takes("forward", (128, 64), 1, "F")
    assert rows("real", "D", 256)[-1] > 16 and rows("real", "D", 625)[-1] > 32
    assert takes("real", (256, 75), 1, "D") and takes("real", (16, 343), 1, "D")


def test_threads_share_vectors(monkeypatch):
    """One vector of four transforms is one part; the library gives two threads two of them."""
    for threads, expected in ((1, True), (2, False)):
        monkeypatch.setattr(vector_transforms, "thread_count", lambda n=threads: n)
        assert takes("forward", (4, 12_000), 1, "D") == expected
        assert takes("forward", (8, 12_000), 1, "D")


@pytest.mark.parametrize("kind", ["D", "F"])
def test_random_sizes(kind, monkeypatch):
    """Ends of rows and columns that fill no vector, with and without threads."""
    random = np.random.default_rng(0)
    tried = 0
    while tried < 120:
        monkeypatch.setattr(vector_transforms, "SHARED", int(random.choice([1, 1 << 30])))
        rank = random.integers(1, 4)
        sizes = tuple(int(random.choice([*LENGTHS, 1, 2, 3, 5, 7, 11, 13])) for _ in range(rank))
        dims = tuple(d for d in range(rank) if sizes[d] >= 8 and random.random() < 0.8)
        if not dims or np.prod(sizes) > 1 << 17:
            continue
        tried += 1
        x = (random.standard_normal(sizes) + 1j * random.standard_normal(sizes)).astype(kind)
        way, factor = str(random.choice(["forward", "backward"])), float(random.uniform(0.1, 2))
        wanted = exact(x, dims, way, factor)
        tolerance = (2e-15 if kind == "D" else 8e-7) * np.abs(wanted).max()
        y = np.full_like(x, np.nan)
        first, *others = reversed(dims)
        Transform(sizes, first, way, factor, kind)(x, y)
        transforms = [Transform(sizes, d, way, 1.0, kind) for d in others]
        for transform in transforms:
            transform(y, y)
        assert np.abs(y - wanted).max() <= tolerance, (sizes, dims)
        for transform in (Transform(sizes, first, way, factor, kind), *transforms):
            transform(x, x)
        assert np.array_equal(x, y), "in place"


@pytest.mark.parametrize("kind", ["D", "F"])
@pytest.mark.parametrize("n", [8, 9, 15, 16, 30, 64, 75, 100, 243, 256])
@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 15, 16, 17, 33])
def test_real_rows(kind, n, rows):
    """Rows that fill vectors and that do not, of even and of odd lengths."""
    random = np.random.default_rng(n)
    x = random.standard_normal((rows, n)).astype(kind.lower())
    tolerance = 2e-15 if kind == "D" else 8e-7
    wanted = 0.5 * np.fft.rfft(x.astype("d"))
    y = np.full(wanted.shape, np.nan, kind)
    Transform(x.shape, 1, "real", 0.5, kind)(x, y)
    assert np.abs(y - wanted).max() <= 2 * tolerance * np.abs(wanted).max()
    # NumPy, too, leaves out the imaginary parts of the first number and of the middle one.
    y[:, 0] += 1j
    y[:, -1] += 1j * (n % 2 == 0)
    z = np.full_like(x, np.nan)
    Transform(x.shape, 1, "hermitian", 2 / n, kind)(y, z)
    assert np.abs(z - x).max() <= 4 * tolerance * np.abs(x).max()


@pytest.mark.parametrize("d", [0, 1])
def test_numbers_that_are_none_stay_in_their_transform(d):
    """A vector has numbers of several transforms."""
    x = np.ones((80, 72), "D")
    x[5, 6], x[77, 70] = np.nan, np.inf
    y = np.empty_like(x)
    Transform(x.shape, d, "forward", 1.0, "D")(x, y)
    finite = np.isfinite(y).all(axis=d)
    assert np.flatnonzero(~finite).tolist() == ([6, 70] if d == 0 else [5, 77])


@pytest.mark.sampled(4)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [8, 9, 10, 12, 14, 25, 64, 129, 131, 225, 262])
def test_real_rows_do_not_change_each_other(n, dtype):
    """Large numbers, and those that are none, of one row change no digit of another."""
    rows = 100 if n > 100 else 2000
    x = np.random.default_rng(0).standard_normal((rows, n)).astype(dtype)
    changed = x.copy()
    changed[::3] *= 1e20
    changed[5, 7] = np.nan
    same = [k for k in range(rows) if k % 3 and k != 5]

    def both(x):
        half = np.fft.rfft(x)
        return half, np.fft.irfft(half, n)

    def in_a_loop(x):
        def step(c, _):
            return c * (1.0 + np.abs(both(c[0])[0][:, :1])), both(c[0])

        found = lg.scan(step, x[None], None, length=2)[1]
        return found[0][0], found[1][0]

    assert takes("real", x.shape, 1, "D") and takes("hermitian", x.shape, 1, "D")
    for f in (both, in_a_loop):
        call = lg.jit(f, backend="cpu")
        (half, others), found = call(x), call(changed)
        assert np.array_equal(half[same], found[0][same])
        assert np.array_equal(others[same], found[1][same])
        for y in found:
            assert np.flatnonzero(np.isnan(y).any(1)).tolist() == [5]
            assert np.isnan(y[5]).all()


@pytest.mark.parametrize("dtype", ["complex128", "complex64"])
def test_programs(dtype):
    """jit, and the gradient, which is a transform too; along one dimension and both."""
    random = np.random.default_rng(1)
    x, w = (
        random.standard_normal((2, 96, 100)) + 1j * random.standard_normal((2, 96, 100))
    ).astype(dtype)

    def loss(x):
        y = np.fft.ifft(np.fft.fft2(x) * w, axis=0)
        z = np.fft.irfft2(np.fft.rfft2(np.real(y)) * np.conj(w[:, :51]), (96, 100))
        return np.sum(np.real(y * np.conj(y))) + np.sum(z**3)

    tolerance = 1e-12 if dtype == "complex128" else 1e-5
    assert lg.jit(loss, backend="cpu")(x) == pytest.approx(loss(x), rel=tolerance)
    slopes = [lg.jit(lg.grad(loss), backend=b)(x) for b in ("cpu", "numpy")]
    assert np.abs(slopes[0] - slopes[1]).max() <= tolerance * np.abs(slopes[1]).max()


@pytest.mark.sampled(4)
@pytest.mark.parametrize("sizes", [(16, 24), (9, 10), (30, 1), (1, 32), (48, 50)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_in_loops(sizes, dtype):
    """A loop with transforms is one piece of machine code, and its gradient is right."""
    x = np.random.default_rng(2).standard_normal(sizes).astype(dtype)
    # Along dimensions that are long enough.
    dims = tuple(d for d in (0, 1) if sizes[d] >= 8)

    def f(x):
        def step(c, _):
            z = np.fft.ifftn(np.fft.fftn(c, axes=dims) * (0.3 + 0.2j), axes=dims)
            h = np.fft.irfft(np.fft.rfft(c, axis=-1) ** 2, sizes[-1], axis=-1) if 1 in dims else c
            return np.real(z) + np.imag(z) + np.cos(c) + 0.1 * h / np.sqrt(1 + h * h), None

        return lg.scan(step, x, None, length=4)[0]

    tolerance = 1e-12 if dtype == "float64" else 2e-5
    found = remarks.Report()
    with remarks.listening(found):
        got = lg.jit(f, backend="cpu")(x)
    assert "all steps are one piece of machine code" in repr(found)
    wanted = lg.jit(f, backend="numpy")(x)
    assert np.abs(got - wanted).max() <= tolerance * np.abs(wanted).max()

    def loss(x):
        return np.sum(f(x) ** 2)

    slopes = [lg.jit(lg.grad(loss), backend=b)(x) for b in ("cpu", "numpy")]
    assert np.abs(slopes[0] - slopes[1]).max() <= 10 * tolerance * np.abs(slopes[1]).max()
