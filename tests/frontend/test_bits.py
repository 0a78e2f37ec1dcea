"""`x.view(dtype)` on traced arrays: NumPy's numbers, writes through the views, and derivatives."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg

pytestmark = pytest.mark.sampled(6)

DTYPES = [
    np.dtype(d)
    for d in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16")
] + [np.dtype(ml_dtypes.bfloat16)]


def numbers(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Numbers without NaN in any reading: small positive exponents in all floats."""
    random = np.random.default_rng(1)
    if dtype.kind in "iu":
        return random.integers(0, 100, shape).astype(dtype)
    x = random.uniform(1, 2, shape)
    return (x + 1j * random.uniform(1, 2, shape) if dtype.kind == "c" else x).astype(dtype)


@pytest.mark.sampled(10)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("after", DTYPES, ids=str)
@pytest.mark.parametrize("before", DTYPES, ids=str)
def test_a_view_has_numpys_bits(before: np.dtype, after: np.dtype, backend: str):
    for shape in ((16,), (3, 1, 16), (0, 16), (2, 0)):
        x = numbers(shape, before)
        got = lg.jit(lambda x: x.view(after), backend=backend)(x)
        wanted = x.view(after)
        assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
        assert got.tobytes() == wanted.tobytes()


def halves_and_signs(x: Any) -> Any:
    """Writes through views, reads of views after writes to the base, and a view of a slice."""
    y = x.copy()
    bits = y.view(np.int64)
    part = y[1:3].view(np.int64)
    bits[0] ^= np.int64(-(2**63))
    y[1] = 4.0
    part += 1
    low = y.view(np.int32)
    low[::2] = 0
    whole = y.reshape(2, -1).view(np.int64)
    whole[1] |= np.int64(1) << np.int64(62)
    return y, bits, part, low, whole


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_views_and_writes_share_memory(backend: str):
    x = np.array([1.5, -2.25, 3.125, 0.1])
    got = lg.jit(halves_and_signs, backend=backend)(x)
    for a, b in zip(got, halves_and_signs(x), strict=True):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_complex_numbers_are_pairs_of_floats(backend: str):
    def f(x: Any) -> Any:
        z = x.view(np.complex128)
        z *= 1j
        x.view(complex).reshape(-1)[0] += 2
        return np.sum(np.abs(z) ** 3), x.view(np.complex128).view(np.float64)

    x = np.array([[1.0, 2.0, 0.5, -1.0], [0.25, 3.0, -2.0, 1.0]])
    value, back = lg.jit(lambda x: f(x.copy()), backend=backend)(x)
    np.testing.assert_allclose(value, f(x.copy())[0], rtol=1e-14)
    np.testing.assert_array_equal(back, f(x.copy())[1])
    gradient = lg.jit(lg.grad(lambda x: f(x.copy())[0]), backend=backend)(x)
    step = 1e-6
    for at in np.ndindex(x.shape):
        d = np.zeros_like(x)
        d[at] = step
        difference = (f(x + d)[0] - f(x - d)[0]) / (2 * step)
        np.testing.assert_allclose(gradient[at], difference, rtol=1e-7)
    z = x.view(complex)
    real = lg.grad(lambda z: np.sum(z.view(np.float64) ** 2))(z)
    np.testing.assert_allclose(real, 2 * np.conj(z), rtol=1e-15)


def inverse_root(x: Any) -> Any:
    """The well-known guess of 1 / √x from the bits of x, and two steps of Newton."""
    y = (np.int32(0x5F3759DF) - (x.view(np.int32) >> 1)).view(np.float32)
    for _ in range(2):
        y = y * (np.float32(1.5) - np.float32(0.5) * x * y * y)
    return y


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_arithmetic_on_bits(backend: str):
    x = np.array([0.5, 2.0, 9.0], np.float32)
    got = lg.jit(inverse_root, backend=backend)(x)
    np.testing.assert_allclose(got, inverse_root(x), rtol=3e-7)
    assert lg.jit(lambda x: x.view(np.uint32), backend=backend)(np.float32(1)) == 0x3F800000


def test_errors():
    with pytest.raises(Exception, match="a bit pattern has no derivative"):
        lg.grad(lambda x: np.sum(inverse_root(x)))(np.ones(3, np.float32))
    for shape, dtype, function in (
        ((), np.float32, lambda x: np.reshape(x, ()).view(np.float32)),
        ((3,), np.complex128, lambda x: x.view(np.complex128)),
        ((4, 2), np.float32, lambda x: x.T.view(np.float32)),
        ((4, 4), np.float32, lambda x: x[:, ::2].view(np.float32)),
    ):
        x = np.ones(shape)
        with pytest.raises(ValueError) as theirs:
            function(x)
        with pytest.raises(ValueError) as mine:
            lg.trace(function, x)
        assert str(theirs.value) in str(mine.value), dtype
    with pytest.raises(TypeError, match="a view of int8 as bool"):
        lg.trace(lambda x: x.view(bool), np.ones(3, np.int8))
    with pytest.raises(TypeError, match="no views of other classes"):
        lg.trace(lambda x: x.view(np.matrix), np.ones((3, 3)))
    assert lg.jit(lambda x: x.view(np.ndarray).view())(np.ones(2)).tolist() == [1, 1]
    assert lg.jit(lambda x: x.view(np.int8))(np.array([True, False])).tolist() == [1, 0]
