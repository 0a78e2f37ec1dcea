"""NumPy's functions of polynomials, which are vectors of coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops, tracing
from ..numpy_functions.registration import implements
from ..ops import lift
from ..tracing import Array, constant
from ..user_code import as_python, located

np: Any = numpy  # its type stubs know no traced arrays

FLOAT64, COMPLEX128 = numpy.dtype(numpy.float64), numpy.dtype(numpy.complex128)
EPSILON = float(numpy.finfo(FLOAT64).eps)


def _coefficients(p: Any) -> Array:
    """A polynomial as a vector of one coefficient or more."""
    x = np.atleast_1d(lift(p.coeffs if isinstance(p, numpy.poly1d) else p))
    if x.ndim != 1:
        raise located(ValueError, "the coefficients of a polynomial are a vector")
    return x


def _wide(p: Array, n: int) -> Array:
    """The polynomial with leading zeros, as n coefficients."""
    return np.pad(p, (n - p.shape[0], 0))


def _joined(a1: Any, a2: Any, join: Any) -> Array:
    a, b = _coefficients(a1), _coefficients(a2)
    n = max(a.shape[0], b.shape[0])
    return join(_wide(a, n), _wide(b, n))


@implements("polyadd")
def polyadd(a1, a2):
    return _joined(a1, a2, np.add)


@implements("polysub")
def polysub(a1, a2):
    return _joined(a1, a2, np.subtract)


@implements("polymul")
def polymul(a1, a2):
    """The product keeps leading zeros, which NumPy drops."""
    return np.convolve(_coefficients(a1), _coefficients(a2))


@implements("roots")
def roots(p):
    """The first coefficient must not be 0. Complex results, also for real coefficients."""
    c = lift(p)
    if c.ndim > 1:
        raise located(ValueError, "Input must be a rank-1 array.")
    c = np.atleast_1d(c)
    n = c.shape[0] - 1
    if c.dtype.kind not in "fc":
        c = ops.cast(c, FLOAT64)
    if n < 1:
        return constant(0, np.result_type(c.dtype, np.complex64), (0,))
    below = constant(np.eye(n - 1, n, dtype=c.dtype))
    return np.linalg.eigvals(np.concatenate([-c[None, 1:] / c[0], below]))


@implements("polyder")
def polyder(p, m=1):
    if m < 0:
        raise located(ValueError, "Order of derivative must be positive (see polyint)")
    y = _coefficients(p)
    for _ in range(int(m)):
        n = y.shape[0]
        y = y[: n - 1] * numpy.arange(n - 1, 0, -1)
    return y


@implements("polyint")
def polyint(p, m=1, k=None):
    m = int(m)
    if m < 0:
        raise located(ValueError, "Order of integral must be positive (see polyder)")
    constants = [0.0] * m if k is None else [c for c in np.atleast_1d(lift(k))]
    constants = constants * m if len(constants) == 1 and m > 1 else constants
    if len(constants) < m:
        raise located(ValueError, "k must be a scalar or a rank-1 array of length 1 or >m.")
    y = _coefficients(p)
    for turn in range(m):
        divisors = numpy.arange(y.shape[0], 0, -1)
        last = np.reshape(lift(constants[turn]), (1,))
        y = np.concatenate([y / divisors, last])
    return y


@implements("polydiv")
def polydiv(u, v):
    """
    The quotient and the remainder. The remainder keeps its length: the program does not know which
    of its first coefficients are 0.
    """
    a, b = _coefficients(u), _coefficients(v)
    a, b = a + 0.0, b + 0.0
    kind = ops.promote(a, b)
    rest, b = ops.cast(a, kind), ops.cast(b, kind)
    m, n = rest.shape[0] - 1, b.shape[0] - 1
    steps = max(m - n + 1, 1)
    if m < n:
        return tracing.constant(0, kind, (1,)), rest
    quotient = []
    for k in range(steps):
        factor = rest[k] / b[0]
        quotient.append(factor)
        rest = np.concatenate([rest[:k], rest[k : k + n + 1] - factor * b, rest[k + n + 1 :]])
    # The first coefficients of the remainder are 0 by construction.
    return np.stack(quotient), rest[steps:] if n else rest[m:]


@implements("poly")
def poly(seq_of_zeros):
    """
    Of zeros, and not of a matrix, whose eigenvalues NumPy takes. Complex zeros give complex
    coefficients, also where each zero has its conjugate beside it.
    """
    zeros = np.atleast_1d(lift(seq_of_zeros))
    if zeros.ndim != 1:
        raise located(TypeError, "numpy.poly of traced arrays takes a vector of zeros")
    kind = FLOAT64 if zeros.dtype.kind not in "fc" or zeros.dtype == np.float16 else zeros.dtype
    y = tracing.constant(1, kind, (1,))
    for zero in ops.cast(zeros, kind):
        y = np.convolve(y, np.stack([tracing.constant(1, kind), -zero]))
    return y


def _length(x: Any) -> Any:
    """The Euclidean length of a vector."""
    return np.sqrt(np.sum(np.real(x) ** 2 + np.imag(x) ** 2 if x.dtype.kind == "c" else x * x))


def _in_double(x: Array) -> Array:
    return ops.cast(x, COMPLEX128 if x.dtype.kind == "c" else FLOAT64)


def _fit(columns: list[Any], values: Any) -> Any:
    """
    The coefficients [order …] with which the columns [n] sum up to the values [n …] as well as
    possible, NaN where the columns are dependent.
    """
    scales = [_length(c) for c in columns]
    columns = [c / s for c, s in zip(columns, scales)]
    basis: list[Any] = []
    triangle: list[list[Any]] = []
    for column in columns:
        row: list[Any] = [0.0] * len(basis)
        for _ in range(2):
            for k, q in enumerate(basis):
                part = np.sum(np.conj(q) * column)
                row[k] = row[k] + part
                column = column - part * q
        length = _length(column)
        # Each column had the length 1, so this rest is rounding.
        length = np.where(length > column.shape[0] * EPSILON, length, np.nan)
        basis.append(column / length)
        triangle.append([*row, length])
    right = [np.tensordot(np.conj(q), values, 1) for q in basis]
    found: list[Any] = [None] * len(columns)
    for j in reversed(range(len(columns))):
        rest = right[j]
        for k in range(j + 1, len(columns)):
            rest = rest - triangle[k][j] * found[k]
        found[j] = rest / triangle[j][j]
    return np.stack([c / s for c, s in zip(found, scales)])


@implements("polyfit")
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """
    The least squares fit; with `full` or `cov` also what NumPy says of it.

    With `full` or `rcond`, this is the fit of `np.linalg.lstsq`, which drops the singular values
    that are at most `rcond` times the greatest. Otherwise it builds an orthogonal basis of the
    columns 1, x, x², …, and takes each scalar product twice, against rounding (Gram and Schmidt).
    The coefficients are NaN then if points do not determine them in float64, also for points of
    float32, where NumPy drops singular values by the eps of float32.
    """
    order = deg.__index__() + 1 if np.ndim(deg) == 0 else None
    if order is None:
        raise located(TypeError, "numpy.polyfit of traced arrays takes one degree")
    if order < 1:
        raise located(ValueError, "expected deg >= 0")
    x, y = lift(x), lift(y)
    eps = np.finfo(ops.promote(x, 0.0)).eps  # of the points, which are float64 from here on
    x, y = _in_double(x), _in_double(y)
    if x.ndim != 1 or x.size == 0:
        raise as_python(TypeError, "expected 1D vector for x")
    if y.ndim not in (1, 2) or y.shape[0] != x.shape[0]:
        raise as_python(TypeError, "expected x and y to have same length")
    if order > x.shape[0]:
        raise located(ValueError, f"{x.shape[0]} points do not determine {order} coefficients")
    columns = [np.ones_like(x) * 1.0]
    for _ in range(order - 1):
        columns.append(columns[-1] * x)
    columns = columns[::-1]
    values = y
    if w is not None:
        w = _in_double(lift(w))
        columns = [c * w for c in columns]
        values = y * (w if y.ndim == 1 else w[:, None])
    a = np.stack(columns, axis=1)
    if full or rcond is not None:
        rcond = x.shape[0] * eps if rcond is None else rcond
        # As NumPy's also for complex points: not the lengths of the columns. The singular values
        # depend on it.
        scale = np.sqrt(np.sum(a * a, axis=0))
        fit, residuals, rank, s = np.linalg.lstsq(a / scale, values, rcond)
        fit = (fit.T / scale).T
        if full:
            return fit, residuals, rank, s, rcond
    else:
        fit = _fit(columns, values)
    if not cov:
        return fit
    scale = np.stack([_length(c) for c in columns])
    unscaled = a / scale
    rest = values - a @ fit
    residuals = np.sum(np.real(rest * np.conj(rest)), axis=0)
    base = np.linalg.inv(unscaled.T @ unscaled) / np.outer(scale, scale)
    if cov == "unscaled":
        return fit, base if y.ndim == 1 else base[:, :, None]
    if x.shape[0] <= order:
        raise located(
            ValueError,
            "the number of data points must exceed order to scale the covariance matrix",
        )
    residuals = residuals / (x.shape[0] - order)
    return fit, base * residuals if y.ndim == 1 else base[:, :, None] * residuals
