"""`np.fft`: values as NumPy's, derivatives of both orders, on all backends."""

from typing import Any

import numpy as np
import pytest

import letgrad as lg

pytestmark = pytest.mark.sampled(3)

rng = np.random.default_rng(3)
ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn")
TWO = ("fft2", "ifft2", "rfft2", "irfft2")
REAL = ("rfft", "ihfft", "rfftn", "rfft2")
"""The transforms of real numbers."""


def sample(name, shape, dtype=np.float64):
    x = rng.standard_normal(shape)
    if name not in REAL:
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(np.result_type(x.dtype, dtype) if dtype == np.float64 else np.complex64)


def agree(function, x, backend):
    want = function(x)
    got = lg.jit(function, backend=backend)(x)
    assert (got.dtype, got.shape) == (want.dtype, want.shape)
    rough = {2: 2e-2, 4: 2e-5, 8: 1e-12}[np.zeros(0, want.dtype).real.itemsize]
    rough = 2e-2 if np.asarray(x).dtype == np.float16 else rough
    np.testing.assert_allclose(got, want, rtol=rough, atol=rough)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i8", "c8", "c16"])
def test_one_dimension(name, dtype):
    """Sizes that cut and that pad, every norm, odd and even sizes, no elements elsewhere."""
    kind = np.dtype(dtype)
    if kind.kind == "c" and name in REAL:
        with pytest.raises(TypeError, match="takes real numbers"):
            lg.trace(lambda x: getattr(np.fft, name)(x), lg.spec(3, kind))
        return
    for shape in ((5,), (4, 3), (0, 3), (1, 2)):
        x = (4 * rng.standard_normal(shape) + (1j if kind.kind == "c" else 0)).astype(kind)
        for n, axis, norm in ((None, -1, None), (7, 0, "ortho"), (2, -1, "forward")):
            if not shape[axis]:
                continue  # NumPy's irfft reads memory that nobody wrote
            agree(lambda x: getattr(np.fft, name)(x, n, axis, norm), x, "numpy")  # noqa: B023


@pytest.mark.parametrize("name", (*SEVERAL, *TWO))
def test_several_dimensions(name):
    function = getattr(np.fft, name)
    for shape in ((4, 3), (2, 1, 6)):
        x = sample(name, shape)
        agree(lambda x: function(x), x, "cpu")
        agree(lambda x: function(x, s=(3, 4), axes=(0, 1), norm="ortho"), x, "cpu")
        agree(lambda x: function(x, s=(4,), axes=(0,), norm="forward"), x, "cpu")


def test_an_axis_may_stand_twice():
    agree(lambda x: np.fft.fftn(x, axes=(0, 1, 0)), sample("fftn", (3, 4)), "cpu")


def test_shifts_and_frequencies():
    for shape in ((5,), (4, 3)):
        x = sample("fft", shape)
        agree(lambda x: np.fft.fftshift(x), x, "cpu")
        agree(lambda x: np.fft.ifftshift(x, axes=-1), x, "cpu")
        agree(lambda x: np.fft.ifftshift(np.fft.fftshift(x, axes=(0,)), axes=0), x, "cpu")
    agree(lambda x: x * np.fft.fftfreq(5, d=0.1) + np.fft.rfftfreq(8), rng.random(5), "cpu")


@pytest.mark.parametrize("backend", ["numpy", "cpu", "triton"])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "fft2"])
def test_backends(name, backend):
    agree(lambda x: getattr(np.fft, name)(x), sample(name, (3, 4)), backend)


def test_in_a_compiled_loop():
    x = sample("fft", (4,))

    def smoothed(x):
        def step(z, _):
            return np.fft.ifft(np.fft.fft(z) * 0.5), z[0]

        return lg.scan(step, x, length=3)

    for a, b in zip(lg.jit(smoothed, backend="cpu")(x), (x / 8, x[0] / np.array([1, 2, 4]))):
        np.testing.assert_allclose(a, b, rtol=1e-13)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda z: np.fft.fft(z, norm="no"), ValueError, "Invalid norm value no"),
        (lambda z: np.fft.fft(z, n=0), ValueError, "Invalid number of FFT data points"),
        (lambda z: np.fft.irfft(z[:1]), ValueError, "Invalid number of FFT data points"),
        (lambda z: np.fft.fft(z, axis=2), np.exceptions.AxisError, "out of bounds"),
        (lambda z: np.fft.fftn(z, s=(3, 4), axes=(0,)), ValueError, "different lengths"),
    ],
)
def test_errors(function, error, message):
    with pytest.raises(error, match=message):
        lg.trace(function, lg.spec(4, "c128"))


@pytest.mark.parametrize("name", (*ONE, *TWO))
@pytest.mark.parametrize("shape", [(3, 5), (4, 2)])
def test_derivatives(name, shape):
    """First and second order, both modes, against differences."""
    x, d = sample(name, shape), sample(name, shape)
    like = getattr(np.fft, name)(x)
    weights = rng.standard_normal(like.shape) + (1j if like.dtype.kind == "c" else 0)

    def f(x):
        y = getattr(np.fft, name)(x)
        return np.sum(np.real(y * weights)) ** 2 + np.sum(abs(y) ** 2)

    h, gradient = 1e-5, lg.grad(f)
    g = gradient(x)
    slope = (f(x + h * d) - f(x - h * d)) / (2 * h)
    np.testing.assert_allclose(np.sum(np.real(g * d)), slope, rtol=1e-6)
    np.testing.assert_allclose(lg.jvp(f, (x,), (d,))[1], slope, rtol=1e-6)
    change = (gradient(x + h * d) - gradient(x - h * d)) / (2 * h)
    np.testing.assert_allclose(lg.hvp(f, (x,), (d,)), change, rtol=1e-5, atol=1e-6)


def test_batches_and_jacobians():
    z, x = sample("fft", (3, 5)), sample("rfft", (3, 5))
    np.testing.assert_allclose(lg.vmap(np.fft.fft)(z), np.fft.fft(z))
    np.testing.assert_allclose(lg.vmap(np.fft.rfft)(x), np.fft.rfft(x))
    np.testing.assert_allclose(
        lg.vmap(lambda z: np.fft.irfft(z, 6))(z), np.fft.irfft(z, 6), atol=1e-15
    )
    matrix = np.fft.fft(np.eye(5))
    for jacobian in (lg.jacrev, lg.jacfwd):
        rows = jacobian(np.fft.fft, holomorphic=True)(z[0])
        np.testing.assert_allclose(rows, matrix, atol=1e-14)
    columns = lg.jacfwd(np.fft.rfft)(x[0])
    np.testing.assert_allclose(columns, np.fft.rfft(np.eye(5), axis=0), atol=1e-14)


def test_long_transforms_on_the_cpu_are_numpys():
    """The backend `cpu` calls transforms of its own, or SciPy's."""
    x = np.random.default_rng(0).normal(size=(64, 81))
    z = x + 1j * x[::-1]
    for f, a in (
        (lambda x: np.fft.fft(x, axis=0), z),
        (np.fft.ifft2, z),
        (lambda x: np.fft.rfft(x, axis=0), x),
        (lambda x: np.fft.irfft(x, 161), z),
        (lambda x: np.fft.irfft(x, axis=0), z),
        (np.fft.fft2, z.astype(np.complex64)),
    ):
        found, wanted = lg.jit(f, backend="cpu")(a), f(a)
        assert found.dtype == wanted.dtype
        error = 1e-4 if a.dtype == np.complex64 else 1e-11
        np.testing.assert_allclose(found, wanted, rtol=error, atol=100 * error)


COMPLEX = np.linspace(-1, 1, 24).reshape(4, 6) ** 3 + 1j * np.cos(np.arange(24.0)).reshape(4, 6)
IN_ONE_PIECE: dict[str, Any] = {
    "forward": lambda z: np.fft.fft(z),
    "backward": lambda z: np.fft.ifft(z, axis=0),
    "there and back": lambda z: np.fft.ifftn(np.fft.fftn(z)),
    "real": lambda z: np.fft.rfft(z.real, norm="ortho"),
    "two results": lambda z: (np.fft.fft2(z), z, z.T, np.fft.fft(z).imag),
    "parts in the other order": lambda z: np.fft.fft(z.imag + 1j * z.real),
    "real part of a transform": lambda z: np.fft.fft(np.fft.fft(z).real + 0j),
    "product": lambda z: np.fft.fft(z) * np.fft.ifft(z),
}


@pytest.mark.parametrize("name", IN_ONE_PIECE)
def test_transforms_take_and_give_memory_in_one_piece(name: str):
    f = IN_ONE_PIECE[name]
    for z in (COMPLEX, COMPLEX.T, COMPLEX[:, ::2], COMPLEX.astype(np.complex64), COMPLEX[:1, :1]):
        found, wanted = lg.jit(f)(z), f(z)
        for x, y in zip(*((v if isinstance(v, tuple) else (v,)) for v in (found, wanted))):
            assert x.shape == y.shape and x.dtype == y.dtype
            np.testing.assert_allclose(x, y, atol=1e-4 if z.dtype == np.complex64 else 1e-12)
