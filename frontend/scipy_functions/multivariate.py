"""The distributions of vectors in `scipy.stats`."""

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from .. import ops
from ..numpy_functions.elementwise import filled
from ..tracing import Array
from ..user_code import located
from .distributions import DISTRIBUTIONS, INF, LOG_2PI, Family
from .offers import floats
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


class MultivariateNormal:
    """The normal distribution of vectors."""

    METHODS = ("pdf", "logpdf", "entropy")

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The logarithm of the density, at each vector along the last dimension of x."""
        x, mean, cov = normal_arguments("multivariate_normal", x, mean, cov)
        if allow_singular:
            return _of_subspace(x - mean, cov)
        inverse, log_det = whitening(cov)
        y = np.einsum("ij,...j->...i", inverse, x - mean)
        return -0.5 * (cov.shape[-1] * LOG_2PI + log_det + np.sum(y * y, axis=-1))

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, mean, cov, allow_singular))

    def entropy(self, mean: Any = None, cov: Any = 1) -> Any:
        """The entropy, in nats."""
        _, _, cov = normal_arguments("multivariate_normal", 0.0, mean, cov)
        _, log_det = whitening(cov)
        return 0.5 * (cov.shape[-1] * (LOG_2PI + 1) + log_det)


def normal_arguments(name: str, x: Any, mean: Any, cov: Any) -> tuple[Array, Array, Array]:
    """A vector or many, the mean, and the covariance as a matrix."""
    if mean is not None:
        n = int(pymath.prod(ops.shape_of(mean)))
    else:
        n = (1, *ops.shape_of(cov))[-1]
    x, mean, cov = floats(x, np.zeros(n) if mean is None else mean, cov)
    mean = np.reshape(mean, (n,))
    if cov.ndim == 0:
        cov = cov * np.eye(n, dtype=cov.dtype)
    elif cov.ndim == 1:
        cov = np.diag(cov)
    if cov.shape != (n, n):
        raise located(
            ValueError,
            f"scipy.stats.{name}: the covariance has shape {cov.shape}, and the "
            f"vectors have {n} elements",
        )
    if x.ndim == 0:
        x = np.reshape(x, (1,))
    elif x.ndim == 1 and n == 1:
        x = x[:, None]
    return x, mean, cov


def whitening(cov: Array) -> tuple[Array, Array]:
    """The inverse l⁻¹ of the factor l with l lᵀ = cov, and log det cov."""
    # The derivative is the one by a symmetric matrix, whichever triangle a program varies.
    lower = np.linalg.cholesky((cov + cov.T) / 2)
    return np.linalg.inv(lower), 2 * np.sum(np.log(np.diagonal(lower)))


def _of_subspace(difference: Array, cov: Array) -> Array:
    """
    The logarithm of the density on the subspace that the covariance spans, -∞ outside of it.

    SciPy takes an eigenvalue below a bound for 0, and a distance below 1000 times the bound.
    """
    values, vectors = np.linalg.eigh((cov + cov.T) / 2)
    factor = 1e3 if cov.dtype == np.float32 else 1e6
    bound = factor * np.finfo(cov.dtype).eps * np.max(abs(values), initial=0.0)
    there = values > bound
    safe = np.where(there, values, 1.0)
    along = np.einsum("ji,...j->...i", vectors, difference)
    squares = np.sum(np.where(there, along * along / safe, 0.0), axis=-1)
    rank = np.sum(np.where(there, filled(values, 1), 0.0))
    result = -0.5 * (rank * LOG_2PI + np.sum(np.where(there, np.log(safe), 0.0)) + squares)
    beside = np.sum(np.where(there, 0.0, along * along), axis=-1)
    return np.where(beside < np.square(1e3 * bound), result, -INF)


class Dirichlet:
    """The Dirichlet distribution."""

    METHODS = ("pdf", "logpdf", "mean", "var", "entropy")

    def logpdf(self, x: Any, alpha: Any) -> Any:
        """The logarithm of the density; x has its components along the first dimension."""
        x, alpha = floats(x, alpha)
        if alpha.ndim != 1:
            raise located(ValueError, f"alpha must be a vector, and has the shape {alpha.shape}")
        n = alpha.shape[0]
        if x.ndim == 0 or x.shape[0] not in (n, n - 1):
            raise located(
                ValueError,
                f"x has the shape {x.shape}, and alpha has {n} elements; x must have as many along "
                "its first dimension, or one less",
            )
        if x.shape[0] == n - 1:
            x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)], axis=0)
        alphas = np.reshape(alpha, (n, *[1] * (x.ndim - 1)))
        constant = np.sum(special("gammaln", alpha)) - special("gammaln", np.sum(alpha))
        return np.sum(special("xlogy", alphas - 1, x), axis=0) - constant

    def pdf(self, x: Any, alpha: Any) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, alpha))

    def mean(self, alpha: Any) -> Any:
        """The mean of each component."""
        (alpha,) = floats(alpha)
        return alpha / np.sum(alpha)

    def var(self, alpha: Any) -> Any:
        """The variance of each component."""
        (alpha,) = floats(alpha)
        total = np.sum(alpha)
        return alpha * (total - alpha) / (total * total * (total + 1))

    def entropy(self, alpha: Any) -> Any:
        """The entropy, in nats."""
        (alpha,) = floats(alpha)
        total = np.sum(alpha)
        constant = np.sum(special("gammaln", alpha)) - special("gammaln", total)
        n = alpha.shape[-1]
        rest = (total - n) * special("psi", total)
        return constant + rest - np.sum((alpha - 1) * special("psi", alpha))


class Multinomial:
    """The multinomial distribution."""

    METHODS = ("pmf", "logpmf")

    def logpmf(self, x: Any, n: Any, p: Any) -> Any:
        """The logarithm of the probability of counts along the last dimension."""
        x, p = floats(x, p)
        (n,) = floats(n)
        ways = special("gammaln", n + 1) - np.sum(special("gammaln", x + 1), axis=-1)
        value = ways + np.sum(special("xlogy", x, p), axis=-1)
        right = (np.sum(x, axis=-1) == n) & np.all(x >= 0, axis=-1)
        return np.where(right, value, -INF)

    def pmf(self, x: Any, n: Any, p: Any) -> Any:
        """The probability of counts."""
        return np.exp(self.logpmf(x, n, p))


for _name, _class in {
    "multivariate_normal": MultivariateNormal,
    "dirichlet": Dirichlet,
    "multinomial": Multinomial,
}.items():
    DISTRIBUTIONS[_name] = Family(_class(), _name, _class.METHODS)
