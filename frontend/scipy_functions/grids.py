"""`scipy.interpolate`: functions on grids of several variables."""

from __future__ import annotations

import itertools
from typing import Any

import numpy

from ..array_views import viewing
from ..transforms.batching import vmap
from ..user_code import located
from .objects import Offered, scipy_object
from .offers import implements
from .splines import PchipInterpolator, inexact, make_interp_spline, taken, wide

np: Any = numpy  # its type stubs know no traced arrays


DEGREES = {"slinear": 1, "cubic": 3, "quintic": 5, "pchip": 3}
"""The degrees of the splines of a method."""


class GridInterpolation(Offered):
    """
    `RegularGridInterpolator`: linear in each variable, the nearest value, or splines along each
    variable in turn.

    Shapes:  points d vectors, values (n_1, …, n_d, …); xi (…, d)  ->  (…, …)
    Errors:  `ValueError` for known points that neither increase nor decrease, and for too few
             points of a spline.
    """

    def __init__(self, own: Any, points: Any, values: Any, method: str, fill_value: Any):
        super().__init__("interpolate.RegularGridInterpolator", own)
        self.grid, self.values = tuple(wide(p) for p in points), wide(values)
        self._dtype = inexact(values)
        self.method, self.fill_value = method, fill_value
        if len(self.grid) > self.values.ndim:
            raise located(
                ValueError, f"There are {len(self.grid)} point arrays, but values has "
                f"{self.values.ndim} dimensions"
            )  # fmt: skip
        for d, p in enumerate(self.grid):
            if p.shape != self.values.shape[d : d + 1]:
                raise located(
                    ValueError, f"There are {p.shape[0]} points and {self.values.shape[d]} values "
                    f"on dimension {d}"
                )  # fmt: skip
        grid = []
        for d, p in enumerate(self.grid):
            if isinstance(p, numpy.ndarray) and not (
                numpy.all(p[1:] > p[:-1]) or numpy.all(p[1:] < p[:-1])
            ):
                raise located(
                    ValueError, f"The points in dimension {d} must be strictly ascending or "
                    "descending"
                )  # fmt: skip
            down = p[0] > p[-1]
            if isinstance(p, numpy.ndarray):
                turned = self.values if not down else np.flip(self.values, d)
                grid.append(p[::-1] if down else p)
            else:
                turned = np.where(down, np.flip(self.values, d), self.values)
                grid.append(np.where(down, np.flip(p), p))
            self.values = turned
        self.grid = tuple(grid)

    def __call__(self, xi: Any, method: str | None = None) -> Any:
        xi = viewing.plain(xi)
        if self._own is not None and not viewing.has_traced(xi):
            return self._own(xi, method)
        method = self.method if method is None else method
        if method not in ("linear", "nearest", *DEGREES):
            raise located(
                TypeError, "scipy.interpolate.RegularGridInterpolator on traced arrays has the "
                f"methods 'linear', 'nearest', {', '.join(map(repr, DEGREES))}, and not {method!r}"
            )  # fmt: skip
        for d, p in enumerate(self.grid):
            if method in DEGREES and p.shape[0] <= DEGREES[method]:
                raise located(
                    ValueError, f"There are {p.shape[0]} points in dimension {d}, but method "
                    f"{method} requires at least {DEGREES[method] + 1} points per dimension."
                )  # fmt: skip
        if isinstance(xi, tuple):
            xi = np.stack(np.broadcast_arrays(*(wide(x) for x in xi)), axis=-1)
        at = wide(xi)
        count = len(self.grid)
        if at.shape[-1:] != (count,) and count == 1:
            at = at[..., None]
        if at.shape[-1:] != (count,):
            raise located(
                ValueError, f"The requested sample points xi have dimension {at.shape[-1]} but "
                f"this RegularGridInterpolator has dimension {count}"
            )  # fmt: skip
        shape = at.shape[:-1]
        at = np.reshape(at, (-1, count))
        inside, known = np.ones(at.shape[0], bool), np.ones(at.shape[0], bool)
        for d, p in enumerate(self.grid):
            x = at[:, d]
            inside = inside & (x >= p[0]) & (x <= p[-1])
            known = known & ~np.isnan(x)
        flat = np.reshape(self.values, (-1, *self.values.shape[count:]))
        more = [1] * (flat.ndim - 1)
        value = self._splines(at, method) if method in DEGREES else self._neighbours(at, method)
        if self.fill_value is not None:
            value = np.where(np.reshape(inside, (-1, *more)), value, self.fill_value)
        value = np.where(np.reshape(known, (-1, *more)), value, np.nan)
        if method == "nearest":
            value = value.astype(self._dtype)
        return np.reshape(value, (*shape, *flat.shape[1:]))

    def _neighbours(self, at: Any, method: str) -> Any:
        """The values at places (m, d), by the values at the corners of a cell of the grid."""
        count = len(self.grid)
        places, after, shares = [], [], []
        for d, p in enumerate(self.grid):
            x, n = at[:, d], p.shape[0]
            if n == 1:  # the cell is a point
                places.append(numpy.zeros(at.shape[0], int))
                after.append(places[-1])
                shares.append(0 * x)
                continue
            i = np.clip(np.searchsorted(p, x, side="right") - 1, 0, n - 2)
            low = taken(p, i)
            places.append(i)
            after.append(i + 1)
            shares.append((x - low) / (taken(p, i + 1) - low))
        strides = numpy.cumprod([1, *self.values.shape[count - 1 : 0 : -1]])[::-1]
        flat = np.reshape(self.values, (-1, *self.values.shape[count:]))
        more = [1] * (flat.ndim - 1)
        if method == "nearest":
            where = sum(
                s * np.where(t <= 0.5, i, j) for s, t, i, j in zip(strides, shares, places, after)
            )
            return taken(flat, where, axis=0)
        value: Any = 0.0
        for corner in itertools.product((0, 1), repeat=count):
            weight: Any = 1.0
            for side, t in zip(corner, shares):
                weight = weight * (t if side else 1 - t)
            ends = [j if side else i for side, i, j in zip(corner, places, after)]
            where = sum(s * i for s, i in zip(strides, ends))
            value = value + np.reshape(weight, (-1, *more)) * taken(flat, where, axis=0)
        return value

    def _splines(self, at: Any, method: str) -> Any:
        """The values at places (m, d), by splines along the axes, from the last one."""
        count = len(self.grid)
        if method == "pchip":  # its slopes are not linear in the values

            def one(place: Any) -> Any:
                value = self.values
                for d in reversed(range(count)):
                    value = PchipInterpolator(self.grid[d], value, axis=d)(place[d])
                return value

            return vmap(one)(at)
        # Row i has the values at a place of the splines that are 1 at one point of the grid.
        rows = [
            make_interp_spline(p, numpy.eye(p.shape[0]), DEGREES[method])(at[:, d])
            for d, p in enumerate(self.grid)
        ]
        value = np.tensordot(rows[0], self.values, axes=1)
        for row in rows[1:]:
            value = np.einsum("mi,mi...->m...", row, value)
        return value


@implements("interpolate.RegularGridInterpolator", makes_objects=True)
def RegularGridInterpolator(points, values, method="linear", bounds_error=True, fill_value=np.nan,
                            *, solver=None, solver_args=None):  # fmt: skip
    """All methods, without `solver`. Traced places outside give `fill_value`, and no error"""
    own = scipy_object(
        "interpolate.RegularGridInterpolator", points, values, method, bounds_error, fill_value,
        solver=solver, solver_args=solver_args,
    )  # fmt: skip
    return GridInterpolation(own, points, values, method, fill_value)


@implements("interpolate.interpn")
def interpn(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    """As RegularGridInterpolator, but for the method 'splinef2d'"""
    return GridInterpolation(None, points, values, method, fill_value)(xi)
