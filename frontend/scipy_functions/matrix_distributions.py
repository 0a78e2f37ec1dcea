"""Student's t of vectors, and the distributions of matrices in `scipy.stats`."""

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ..tracing import Array
from ..user_code import located
from .distributions import DISTRIBUTIONS, LOG_2PI, Family
from .multivariate import normal_arguments, whitening
from .offers import floats
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays

LOG_2 = pymath.log(2.0)
LOG_PI = pymath.log(pymath.pi)


class MultivariateT:
    """Student's t of vectors."""

    METHODS = ("pdf", "logpdf", "entropy")

    def logpdf(self, x: Any, loc: Any = None, shape: Any = 1, df: Any = 1) -> Any:
        """The logarithm of the density, at each vector along the last dimension of x."""
        if not isinstance(df, Array) and df <= 0:
            raise located(ValueError, "'df' must be greater than zero.")
        x, loc, shape = normal_arguments("multivariate_t", x, loc, shape)
        inverse, log_det = whitening(shape)
        n = shape.shape[-1]
        y = np.einsum("ij,...j->...i", inverse, x - loc)
        squares = np.sum(y * y, axis=-1)
        if not isinstance(df, Array) and df == numpy.inf:
            return -0.5 * (n * LOG_2PI + log_det + squares)
        (df,) = floats(df)
        half = 0.5 * (df + n)
        constant = special("gammaln", half) - special("gammaln", 0.5 * df)
        constant = constant - n / 2 * np.log(df * pymath.pi) - 0.5 * log_det
        return constant - half * np.log1p(squares / df)

    def pdf(
        self, x: Any, loc: Any = None, shape: Any = 1, df: Any = 1, allow_singular: bool = False
    ) -> Any:
        """The density. The shape is regular."""
        if allow_singular:
            raise located(
                TypeError, "scipy.stats.multivariate_t on traced arrays has no allow_singular"
            )
        return np.exp(self.logpdf(x, loc, shape, df))

    def entropy(self, loc: Any = None, shape: Any = 1, df: Any = 1) -> Any:
        """The entropy, in nats."""
        _, _, shape = normal_arguments("multivariate_t", 0.0, None, shape)
        _, log_det = whitening(shape)
        n = shape.shape[-1]
        if not isinstance(df, Array) and df == numpy.inf:
            return 0.5 * (n * (LOG_2PI + 1) + log_det)
        (df,) = floats(df)
        half = 0.5 * (df + n)
        value = special("gammaln", 0.5 * df) - special("gammaln", half)
        value = value + 0.5 * n * np.log(df * pymath.pi) + 0.5 * log_det
        return value + half * (special("psi", half) - special("psi", 0.5 * df))


def _matrix(scale: Any) -> Any:
    """A matrix, from a number, a diagonal or a matrix."""
    if scale.ndim == 0:
        return np.reshape(scale, (1, 1))
    if scale.ndim == 1:
        return np.diag(scale)
    if scale.ndim > 2 or scale.shape[0] != scale.shape[1]:
        raise located(ValueError, f"the scale must be a square matrix, and has shape {scale.shape}")
    return scale


def _matrices(x: Any, n: int) -> Any:
    """Quantiles (k, n, n), of which SciPy has the number in the last dimension."""
    if x.ndim == 0:
        x = (x * np.eye(n))[:, :, None]
    elif x.ndim == 1:
        x = x[None, None, :] if n == 1 else np.diag(x)[:, :, None]
    elif x.ndim == 2:
        x = x[:, :, None]
    if x.ndim > 3 or x.shape[:2] != (n, n):
        raise located(
            ValueError, f"Quantiles have incompatible dimensions: should be {(n, n)}, got "
            f"{x.shape[0:2]}."
        )  # fmt: skip
    return np.moveaxis(x, -1, 0)


def _factor(a: Any) -> tuple[Any, Any]:
    """The lower factor l with l lᵀ = a, and log det a."""
    lower = np.linalg.cholesky((a + np.swapaxes(a, -1, -2)) / 2)
    diagonal = np.diagonal(lower, axis1=-2, axis2=-1)
    return lower, 2 * np.sum(np.log(diagonal), axis=-1)


def _log_gamma(a: Any, n: int) -> Any:
    """log Γₙ(a), of n dimensions."""
    places = (1.0 - numpy.arange(1, n + 1)) / 2
    return n * (n - 1) / 4 * LOG_PI + np.sum(special("gammaln", a + places))


class _OfCovariances:
    """Wishart's distribution, or that of the inverse."""

    def _arguments(self, df: Any, scale: Any) -> tuple[Any, Any, int]:
        given = floats(1.0 if scale is None else scale)[0]
        scale = _matrix(given)
        n = scale.shape[0]
        if df is not None and not isinstance(df, Array) and df <= n - 1:
            raise located(
                ValueError, "Degrees of freedom must be greater than the dimension of scale matrix "
                "minus 1."
            )  # fmt: skip
        return floats(n if df is None else df, scale)[0], scale, n

    def pdf(self, x: Any, df: Any, scale: Any) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, df, scale))

    def logpdf(self, x: Any, df: Any, scale: Any) -> Any:
        raise NotImplementedError


class Wishart(_OfCovariances):
    """Wishart's distribution of covariances of normal samples."""

    METHODS = ("pdf", "logpdf", "mean", "var", "entropy")

    def logpdf(self, x: Any, df: Any, scale: Any) -> Any:
        """The logarithm of the density at matrices; the number of these is the last dimension."""
        df, scale, n = self._arguments(df, scale)
        x = _matrices(floats(x)[0], n)
        _, of_scale = _factor(scale)
        _, of_x = _factor(x)
        trace = np.trace(np.linalg.solve(scale, x), axis1=-2, axis2=-1)
        value = 0.5 * ((df - n - 1) * of_x - trace - df * (n * LOG_2 + of_scale))
        return _one(value - _log_gamma(0.5 * df, n))

    def mean(self, df: Any, scale: Any) -> Any:
        """The mean."""
        df, scale, _ = self._arguments(df, scale)
        return df * scale

    def var(self, df: Any, scale: Any) -> Any:
        """The variance of each element."""
        df, scale, _ = self._arguments(df, scale)
        diagonal = np.diagonal(scale)
        return df * (scale * scale + np.outer(diagonal, diagonal))

    def entropy(self, df: Any, scale: Any) -> Any:
        """The entropy, in nats."""
        df, scale, n = self._arguments(df, scale)
        _, of_scale = _factor(scale)
        psi = np.sum(special("psi", 0.5 * (df - numpy.arange(n))))
        value = 0.5 * (n + 1) * (of_scale + n * LOG_2) + _log_gamma(0.5 * df, n)
        return value - 0.5 * (df - n - 1) * psi + 0.5 * df * n


class InverseWishart(_OfCovariances):
    """The distribution of the inverse of a matrix of Wishart's distribution."""

    METHODS = ("pdf", "logpdf", "mean")

    def logpdf(self, x: Any, df: Any, scale: Any) -> Any:
        """The logarithm of the density at matrices; the number of these is the last dimension."""
        df, scale, n = self._arguments(df, scale)
        x = _matrices(floats(x)[0], n)
        _, of_scale = _factor(scale)
        _, of_x = _factor(x)
        trace = np.trace(np.linalg.solve(x, scale + 0 * x), axis1=-2, axis2=-1)
        value = 0.5 * (df * (of_scale - n * LOG_2) - trace - (df + n + 1) * of_x)
        return _one(value - _log_gamma(0.5 * df, n))

    def mean(self, df: Any, scale: Any) -> Any:
        """The mean; NaN where it does not exist."""
        df, scale, n = self._arguments(df, scale)
        return scale / np.where(df > n + 1, df - n - 1, np.nan)


def _one(value: Any) -> Any:
    """One number is a number."""
    return value[0] if value.shape == (1,) else value


class MatrixNormal:
    """The normal distribution of matrices."""

    METHODS = ("pdf", "logpdf", "entropy")

    def logpdf(self, X: Any, mean: Any = None, rowcov: Any = 1, colcov: Any = 1) -> Any:
        """The logarithm of the density, at matrices along the last two dimensions."""
        x, mean, rows, columns = self._arguments(X, mean, rowcov, colcov)
        of_rows, log_rows = whitening(rows)
        of_columns, log_columns = whitening(columns)
        m, n = mean.shape
        y = np.einsum("ij,...jk,lk->...il", of_rows, x - mean, of_columns)
        squares = np.sum(y * y, axis=(-2, -1))
        return -0.5 * (m * n * LOG_2PI + n * log_rows + m * log_columns + squares)

    def pdf(self, X: Any, mean: Any = None, rowcov: Any = 1, colcov: Any = 1) -> Any:
        """The density."""
        return np.exp(self.logpdf(X, mean, rowcov, colcov))

    def entropy(self, rowcov: Any = 1, colcov: Any = 1) -> Any:
        """The entropy, in nats."""
        _, mean, rows, columns = self._arguments(0.0, None, rowcov, colcov)
        m, n = mean.shape
        logs = n * whitening(rows)[1] + m * whitening(columns)[1]
        return 0.5 * (m * n * (LOG_2PI + 1) + logs)

    @staticmethod
    def _arguments(x: Any, mean: Any, rowcov: Any, colcov: Any) -> tuple[Any, Any, Any, Any]:
        x, rows, columns = floats(x, rowcov, colcov)
        if mean is not None:
            (mean,) = floats(mean)
            if mean.ndim != 2:
                raise located(ValueError, "Array `mean` must be two dimensional.")
        sizes = (None, None) if mean is None else mean.shape
        found = []
        for cov, size in ((rows, sizes[0]), (columns, sizes[1])):
            cov = cov * np.eye(size or 1) if cov.ndim == 0 else _matrix(cov)
            if size is not None and cov.shape[0] != size:
                raise located(
                    ValueError, f"the mean has shape {sizes}, and a covariance {cov.shape}"
                )
            found.append(cov)
        rows, columns = found
        if mean is None:
            mean = np.zeros((rows.shape[0], columns.shape[0]))
        if x.ndim and x.shape[-2:] != mean.shape:
            raise located(
                ValueError,
                "The shape of array `X` is not compatible with the distribution parameters.",
            )
        return x, mean, rows, columns


for _name, _class in {
    "multivariate_t": MultivariateT,
    "wishart": Wishart,
    "invwishart": InverseWishart,
    "matrix_normal": MatrixNormal,
}.items():
    DISTRIBUTIONS[_name] = Family(_class(), _name, _class.METHODS)
