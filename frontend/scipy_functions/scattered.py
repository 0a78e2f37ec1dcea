"""`scipy.interpolate`: interpolation between points without an order, and by one polynomial."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy

from .. import ops
from ..array_views import viewing
from ..numpy_namespace import lookup
from ..user_code import located
from .objects import Offered, scipy_object
from .offers import implements
from .splines import wide

np: Any = numpy  # its type stubs know no traced arrays


def _where_apart(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function of squares of distances, which is 0 at 0, and whose derivatives there are 0."""

    def kernel(s: Any) -> Any:
        zero = s == 0
        return np.where(zero, 0.0, f(np.where(zero, 1.0, s)))

    return kernel


KERNELS: dict[str, Callable[[Any], Any]] = {
    "linear": _where_apart(lambda s: -np.sqrt(s)),
    "thin_plate_spline": _where_apart(lambda s: 0.5 * s * np.log(s)),
    "cubic": _where_apart(lambda s: s * np.sqrt(s)),
    "quintic": _where_apart(lambda s: -s * s * np.sqrt(s)),
    "multiquadric": lambda s: -np.sqrt(s + 1),
    "inverse_multiquadric": lambda s: 1 / np.sqrt(s + 1),
    "inverse_quadratic": lambda s: 1 / (s + 1),
    "gaussian": lambda s: np.exp(-s),
}
"""By SciPy's name → the function of the square of a distance."""

LEAST_DEGREE = {"multiquadric": 0, "linear": 0, "thin_plate_spline": 1, "cubic": 1, "quintic": 2}
SCALE_INVARIANT = ("linear", "thin_plate_spline", "cubic", "quintic")


class RadialBasis(Offered):
    """
    Σ a[j] k(|x - y[j]|) + a polynomial.

    Shapes:  y (n, d), values (n, …); x (m, d)  ->  (m, …)
    """

    def __init__(self, own: Any, y: Any, d: Any, smoothing: Any, kernel: str, epsilon: Any,
                 degree: int):  # fmt: skip
        super().__init__("interpolate.RBFInterpolator", own)
        y, d = wide(y), wide(d)
        n, dims = y.shape
        self._points, self._kernel, self._epsilon = y, KERNELS[kernel], epsilon
        self._powers = [
            numpy.bincount(numpy.array(chosen, int), minlength=dims).tolist()
            for k in range(degree + 1)
            for chosen in itertools.combinations_with_replacement(range(dims), k)
        ]
        if len(self._powers) > n:
            raise located(
                ValueError, f"At least {len(self._powers)} data points are required when `degree` "
                f"is {degree} and the number of dimensions is {dims}."
            )  # fmt: skip
        low, high = np.min(y, axis=0), np.max(y, axis=0)
        self._middle = (low + high) / 2
        self._scale = np.where(high == low, 1.0, (high - low) / 2)
        self._shape = d.shape[1:]
        d = np.reshape(d, (n, -1))
        inner = self._kernels(y)
        inner = inner + np.diag(np.broadcast_to(wide(smoothing), (n,)))
        beside = self._monomials(y)
        more = beside.shape[1]
        zeros = numpy.zeros((more, more))
        a = np.concatenate(
            [
                np.concatenate([inner, beside], axis=1),
                np.concatenate([beside.T, zeros], axis=1),
            ]
        )
        right = np.concatenate([d, numpy.zeros((more, d.shape[1]), d.dtype)])
        self._coefficients = np.linalg.solve(a, right)

    def _kernels(self, x: Any) -> Any:
        apart = (x[:, None, :] - self._points[None, :, :]) * self._epsilon
        return self._kernel(np.sum(apart * apart, axis=-1))

    def _monomials(self, x: Any) -> Any:
        x = (x - self._middle) / self._scale
        one = 0 * x[:, 0] + 1
        found = []
        for powers in self._powers:
            value = one
            for d, power in enumerate(powers):
                for _ in range(power):
                    value = value * x[:, d]
            found.append(value)
        if not found:
            return numpy.zeros((x.shape[0], 0))
        return np.stack(found, axis=1)

    def __call__(self, x: Any) -> Any:
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own(x)
        x = wide(x)
        if x.ndim != 2 or x.shape[1] != self._points.shape[1]:
            raise located(
                ValueError, "`x` must be a 2-dimensional array, whose second axis has length "
                f"{self._points.shape[1]}, and has the shape {x.shape}"
            )  # fmt: skip
        vector = np.concatenate([self._kernels(x), self._monomials(x)], axis=1)
        return np.reshape(vector @ self._coefficients, (x.shape[0], *self._shape))


@implements("interpolate.RBFInterpolator", makes_objects=True)
def RBFInterpolator(y, d, neighbors=None, smoothing=0.0, kernel="thin_plate_spline", epsilon=None,
                    degree=None):  # fmt: skip
    """Radial functions around points; all points are neighbors of traced places"""
    own = scipy_object(
        "interpolate.RBFInterpolator", y, d, neighbors, smoothing, kernel, epsilon, degree
    )
    if own is not None and neighbors is not None:
        return own
    if neighbors is not None:
        raise located(
            TypeError, "scipy.interpolate.RBFInterpolator on traced arrays has no neighbors"
        )
    kernel = kernel.lower()
    if kernel not in KERNELS:
        raise located(ValueError, f"`kernel` must be one of {', '.join(KERNELS)}.")
    if epsilon is None:
        if kernel not in SCALE_INVARIANT:
            raise located(
                ValueError, "`epsilon` must be specified if `kernel` is not one of "
                f"{', '.join(SCALE_INVARIANT)}."
            )  # fmt: skip
        epsilon = 1.0
    degree = max(LEAST_DEGREE.get(kernel, -1), 0) if degree is None else int(degree)
    for name, value, rank in (("y", y, {2}), ("d", d, None)):
        if rank is not None and len(ops.shape_of(viewing.plain(value))) not in rank:
            raise located(ValueError, f"`{name}` must be a 2-dimensional array.")
    if ops.shape_of(viewing.plain(d))[:1] != ops.shape_of(viewing.plain(y))[:1]:
        raise located(ValueError, f"Expected the first axis of `d` to have length {len(y)}.")
    return RadialBasis(own, y, d, smoothing, kernel, epsilon, degree)


@implements("interpolate.lagrange")
def lagrange(x, w):
    """The polynomial through the points, a `np.poly1d`"""
    x, w = wide(x), wide(w)
    if x.ndim != 1 or w.shape != x.shape:
        raise located(ValueError, f"x and w must be vectors of one length: {x.shape}, {w.shape}")
    n = x.shape[0]
    # The product of all x - x[k], the highest power first.
    whole = np.ones(1)
    for k in range(n):
        whole = np.convolve(whole, np.stack([1.0 + 0 * x[k], -x[k]]))
    # Over x - x[j], for each j: Horner's numbers are the coefficients of the quotient.
    others = [np.ones(n) + 0 * x]
    for k in range(1, n):
        others.append(whole[k] + x * others[-1])
    apart = np.where(numpy.eye(n, dtype=bool), 1.0, x[:, None] - x)
    return lookup("poly1d")(np.stack(others) @ (w / np.prod(apart, axis=1)))
