"""`scipy.interpolate`: functions on grids of several variables."""

from __future__ import annotations

import itertools
from typing import Any

import numpy

from ..array_views import viewing
from ..user_code import located
from .objects import Offered, scipy_object
from .offers import implements
from .splines import taken, wide

np: Any = numpy  # its type stubs know no traced arrays


class GridInterpolation(Offered):
    """
    `RegularGridInterpolator`: linear in each variable, or the nearest value.

    Shapes:  points d vectors, values (n_1, …, n_d, …); xi (…, d)  ->  (…, …)
    """

    def __init__(self, own: Any, points: Any, values: Any, method: str, fill_value: Any):
        super().__init__("interpolate.RegularGridInterpolator", own)
        self.grid, self.values = tuple(wide(p) for p in points), wide(values)
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

    def __call__(self, xi: Any, method: str | None = None) -> Any:
        xi = viewing.plain(xi)
        if self._own is not None and not viewing.has_traced(xi):
            return self._own(xi, method)
        method = self.method if method is None else method
        if method not in ("linear", "nearest"):
            raise located(
                TypeError, "scipy.interpolate.RegularGridInterpolator on traced arrays has the "
                f"methods 'linear' and 'nearest', and not {method!r}"
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
        places, shares, inside = [], [], np.ones(at.shape[0], bool)
        for d, p in enumerate(self.grid):
            x = at[:, d]
            i = np.clip(np.searchsorted(p, x, side="right") - 1, 0, p.shape[0] - 2)
            low = taken(p, i)
            places.append(i)
            shares.append((x - low) / (taken(p, i + 1) - low))
            inside = inside & (x >= p[0]) & (x <= p[-1])
        strides = numpy.cumprod([1, *self.values.shape[count - 1 : 0 : -1]])[::-1]
        flat = np.reshape(self.values, (-1, *self.values.shape[count:]))
        more = [1] * (flat.ndim - 1)
        value: Any = 0.0
        if method == "nearest":
            where = sum(
                s * np.where(t <= 0.5, i, i + 1) for s, t, i in zip(strides, shares, places)
            )
            value = taken(flat, where, axis=0)
        else:
            for corner in itertools.product((0, 1), repeat=count):
                weight: Any = 1.0
                for side, t in zip(corner, shares):
                    weight = weight * (t if side else 1 - t)
                where = sum(s * (i + e) for s, i, e in zip(strides, places, corner))
                value = value + np.reshape(weight, (-1, *more)) * taken(flat, where, axis=0)
        if self.fill_value is not None:
            value = np.where(np.reshape(inside, (-1, *more)), value, self.fill_value)
        return np.reshape(value, (*shape, *flat.shape[1:]))


@implements("interpolate.RegularGridInterpolator", makes_objects=True)
def RegularGridInterpolator(points, values, method="linear", bounds_error=True, fill_value=np.nan):
    """Linear, or the nearest. Traced places outside of the grid give `fill_value`, and no error"""
    own = scipy_object(
        "interpolate.RegularGridInterpolator", points, values, method, bounds_error, fill_value
    )
    return GridInterpolation(own, points, values, method, fill_value)


@implements("interpolate.interpn")
def interpn(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    """As RegularGridInterpolator"""
    return GridInterpolation(None, points, values, method, fill_value)(xi)
