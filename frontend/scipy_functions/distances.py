"""`scipy.spatial.distance`: distances of vectors, by the last axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .offers import floats, implements
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


def _weighted(x: Array, w: Any) -> Array:
    return x if w is None else x * w


def _root(total: Array) -> Array:
    """The root of a sum that is 0 for equal vectors, where its derivative is 0."""
    zero = total == 0
    return np.where(zero, 0.0, np.sqrt(np.where(zero, 1.0, total)))


def _euclidean(u: Array, v: Array, w: Any = None) -> Array:
    # The norm of 0 has the derivative 0, and the root of a sum of squares has none.
    d = u - v
    return np.linalg.norm(d if w is None else d * np.sqrt(w), axis=-1)


def _sqeuclidean(u: Array, v: Array, w: Any = None) -> Array:
    return np.sum(_weighted(np.square(u - v), w), axis=-1)


def _cityblock(u: Array, v: Array, w: Any = None) -> Array:
    return np.sum(_weighted(abs(u - v), w), axis=-1)


def _chebyshev(u: Array, v: Array, w: Any = None) -> Array:
    d = abs(u - v)
    return np.max(d if w is None else np.where(w == 0, 0.0, d), axis=-1)


def _minkowski(u: Array, v: Array, p: Any = 2, w: Any = None) -> Array:
    if not isinstance(p, Array):
        if p <= 0:
            raise located(ValueError, "p must be greater than 0")
        if p == 1:
            return _cityblock(u, v, w)
        if p == 2:
            return _euclidean(u, v, w)
        if p == numpy.inf:
            return _chebyshev(u, v, w)
    total = np.sum(_weighted(np.power(abs(u - v), p), w), axis=-1)
    positive = total > 0
    return np.where(positive, np.power(np.where(positive, total, 1.0), 1 / p), 0.0)


def _correlation(u: Array, v: Array, w: Any = None, centered: bool = True) -> Array:
    share = None if w is None else w / np.sum(w)

    def mean(x: Array) -> Array:
        if share is None:
            return np.mean(x, axis=-1)
        return np.sum(x * share, axis=-1)

    if centered:
        u, v = u - mean(u)[..., None], v - mean(v)[..., None]
    return 1.0 - mean(u * v) / np.sqrt(mean(u * u) * mean(v * v))


def _cosine(u: Array, v: Array, w: Any = None) -> Array:
    return _correlation(u, v, w, centered=False)


def _canberra(u: Array, v: Array, w: Any = None) -> Array:
    below = abs(u) + abs(v)
    zero = below == 0
    parts = np.where(zero, 0.0, abs(u - v) / np.where(zero, 1.0, below))
    return np.sum(_weighted(parts, w), axis=-1)


def _braycurtis(u: Array, v: Array, w: Any = None) -> Array:
    above, below = _weighted(abs(u - v), w), _weighted(abs(u + v), w)
    return np.sum(above, axis=-1) / np.sum(below, axis=-1)


def _jensenshannon(u: Array, v: Array, base: Any = None) -> Array:
    p, q = u / np.sum(u, axis=-1, keepdims=True), v / np.sum(v, axis=-1, keepdims=True)
    m = (p + q) / 2.0
    both = np.sum(special("rel_entr", p, m), axis=-1) + np.sum(special("rel_entr", q, m), axis=-1)
    if base is not None:
        both = both / np.log(base)
    return _root(both / 2.0)


def _seuclidean(u: Array, v: Array, V: Any) -> Array:
    return _euclidean(u, v, 1 / floats(V)[0])


def _mahalanobis(u: Array, v: Array, VI: Any) -> Array:
    d = u - v
    return _root(np.sum((d @ floats(VI)[0]) * d, axis=-1))


def _hamming(u: Array, v: Array, w: Any = None) -> Array:
    differ = u != v
    if w is None:
        return np.mean(differ, axis=-1)
    return np.sum(differ * w, axis=-1) / np.sum(w)


# Of vectors of truth values.


def _jaccard(u: Array, v: Array, w: Any = None) -> Array:
    first: Any = u != 0
    second: Any = v != 0
    either, differ = first | second, first != second
    above, below = (np.sum(x if w is None else x * w, axis=-1) for x in (differ, either))
    return np.where(below == 0, 0.0, above / np.where(below == 0, 1, below))


def _counts(u: Array, v: Array, w: Any) -> tuple[Any, Any, Any, Any]:
    """How often both hold, u alone, v alone, and none."""
    pairs = (u * v, u * (1 - v), (1 - u) * v, (1 - u) * (1 - v))
    both, first, second, none = (np.sum(_weighted(x, w), axis=-1) for x in pairs)
    return both, first, second, none


def _dice(u: Array, v: Array, w: Any = None) -> Array:
    both, first, second, _ = _counts(u, v, w)
    return (first + second) / (2.0 * both + first + second)


def _rogerstanimoto(u: Array, v: Array, w: Any = None) -> Array:
    both, first, second, none = _counts(u, v, w)
    twice = 2.0 * (first + second)
    return twice / (both + none + twice)


def _russellrao(u: Array, v: Array, w: Any = None) -> Array:
    count = float(u.shape[-1]) if w is None else np.sum(w)
    return (count - np.sum(_weighted(u * v, w), axis=-1)) / count


def _sokalsneath(u: Array, v: Array, w: Any = None) -> Array:
    both, first, second, _ = _counts(u, v, w)
    twice = 2.0 * (first + second)
    return twice / (both + twice)


def _yule(u: Array, v: Array, w: Any = None) -> Array:
    both, first, second, none = _counts(u, v, w)
    apart = first * second
    zero = apart == 0
    return np.where(zero, 0.0, 2.0 * apart / np.where(zero, 1.0, both * none + apart))


OF_TRUTHS = ("rogerstanimoto", "russellrao", "sokalsneath", "yule")
"""The metrics for which SciPy takes all other elements than 0 for true."""

METRICS: dict[str, Callable[..., Array]] = {
    "euclidean": _euclidean, "sqeuclidean": _sqeuclidean, "cityblock": _cityblock,
    "chebyshev": _chebyshev, "minkowski": _minkowski, "correlation": _correlation,
    "cosine": _cosine, "canberra": _canberra, "braycurtis": _braycurtis,
    "jensenshannon": _jensenshannon, "seuclidean": _seuclidean, "mahalanobis": _mahalanobis,
    "hamming": _hamming, "jaccard": _jaccard, "dice": _dice, "rogerstanimoto": _rogerstanimoto,
    "russellrao": _russellrao, "sokalsneath": _sokalsneath, "yule": _yule,
}  # fmt: skip
ALIASES = {
    alias: name
    for name, aliases in {
        "chebyshev": "ch cheb cheby chebychev", "cityblock": "c cb cblock l1 manhattan",
        "correlation": "co", "cosine": "cos", "euclidean": "e eu euclid l2",
        "hamming": "h ha hamm matching", "jaccard": "j ja jacc", "jensenshannon": "js",
        "mahalanobis": "mah mahal", "minkowski": "m mi pnorm", "seuclidean": "s se",
        "sqeuclidean": "sqe sqeuclid",
    }.items()
    for alias in aliases.split()
}  # fmt: skip


def _vectors(name: str, u: Any, v: Any) -> tuple[Array, Array]:
    u, v = floats(u, v)
    if u.ndim != 1 or v.ndim != 1:
        raise located(ValueError, f"scipy.spatial.distance.{name}: Input vector should be 1-D.")
    return u, v


def _offer(name: str, meaning: str) -> None:
    metric = METRICS[name]

    def plain(u, v, w=None):
        return metric(*_vectors(name, u, v), w)

    plain.__doc__ = meaning
    implements(f"spatial.distance.{name}")(plain)


for _name, _meaning in (
    ("euclidean", "√Σ (u - v)²; the derivative at 0 is 0"),
    ("sqeuclidean", "Σ (u - v)²"),
    ("cityblock", "Σ |u - v|"),
    ("chebyshev", "max |u - v|"),
    ("cosine", "1 - u · v / (|u| |v|)"),
    ("canberra", "Σ |u - v| / (|u| + |v|)"),
    ("braycurtis", "Σ |u - v| / Σ |u + v|"),
    ("hamming", "The share of elements that differ"),
    ("jaccard", "(n₁₀ + n₀₁) / (n₁₁ + n₁₀ + n₀₁), of elements that are 0 or not"),
    ("dice", "(n₁₀ + n₀₁) / (2 n₁₁ + n₁₀ + n₀₁)"),
    ("rogerstanimoto", "2 (n₁₀ + n₀₁) / (n₁₁ + n₀₀ + 2 (n₁₀ + n₀₁)), of truth values"),
    ("russellrao", "(n - n₁₁) / n, of truth values"),
    ("sokalsneath", "2 (n₁₀ + n₀₁) / (n₁₁ + 2 (n₁₀ + n₀₁)), of truth values"),
    ("yule", "2 n₁₀ n₀₁ / (n₁₁ n₀₀ + n₁₀ n₀₁), of truth values"),
):
    _offer(_name, _meaning)


@implements("spatial.distance.correlation")
def correlation(u, v, w=None, centered=True):
    """The cosine distance of vectors minus their means"""
    return _correlation(*_vectors("correlation", u, v), w, centered)


@implements("spatial.distance.minkowski")
def minkowski(u, v, p=2, w=None):
    """(Σ |u - v|^p)^(1 / p)"""
    return _minkowski(*_vectors("minkowski", u, v), p, w)


@implements("spatial.distance.seuclidean")
def seuclidean(u, v, V):
    """√Σ (u - v)² / V"""
    return _seuclidean(*_vectors("seuclidean", u, v), V)


@implements("spatial.distance.mahalanobis")
def mahalanobis(u, v, VI):
    """√((u - v) · VI (u - v))"""
    return _mahalanobis(*_vectors("mahalanobis", u, v), VI)


@implements("spatial.distance.jensenshannon")
def jensenshannon(p, q, base=None, *, axis=0, keepdims=False):
    """The root of the mean of both relative entropies to the mean of p and q"""
    p, q = floats(p, q)
    d = ops.axis(axis, p.ndim)
    value = _jensenshannon(np.moveaxis(p, d, -1), np.moveaxis(q, d, -1), base)
    return np.expand_dims(value, d) if keepdims else value


def _metric(
    name: str, metric: Any, x: Array, y: Array, kwargs: dict[str, Any], samples: Callable[[], Array]
) -> Array:
    """The distances of vectors that broadcast; `samples` are all of them, in rows."""
    if str(getattr(metric, "__module__", "")).startswith("scipy.spatial"):
        metric = metric.__name__
    if isinstance(metric, str):
        known = ALIASES.get(metric.lower(), metric.lower())
        if known not in METRICS:
            raise located(
                TypeError, f"scipy.spatial.distance.{name} on traced arrays has no metric "
                f"{metric!r}; it has {', '.join(METRICS)}"
            )  # fmt: skip
        if known in ("seuclidean", "mahalanobis"):
            key = "V" if known == "seuclidean" else "VI"
            if kwargs.get(key) is None:
                kwargs = {**kwargs, key: _of_samples(known, samples())}
        elif known not in ("minkowski",):
            kwargs = {k: v for k, v in kwargs.items() if k != "p"}
        if known in OF_TRUTHS:
            x, y = (lift(z != 0, np.dtype(np.float64)) for z in (x, y))
        return METRICS[known](x, y, **{k: v for k, v in kwargs.items() if v is not None})
    # A function of two vectors.
    shape = np.broadcast_shapes(x.shape, y.shape)
    rows = np.reshape(ops.broadcast_to(x, shape), (-1, shape[-1]))
    others = np.reshape(ops.broadcast_to(y, shape), (-1, shape[-1]))
    found = [metric(rows[k], others[k], **kwargs) for k in range(rows.shape[0])]
    return np.reshape(np.stack([lift(f) for f in found]), shape[:-1])


def _of_samples(metric: str, rows: Array) -> Any:
    """The variances of the columns, or the inverse of their covariance."""
    if metric == "seuclidean":
        return np.var(rows, axis=0, ddof=1)
    m, n = rows.shape
    if m <= n:
        raise located(
            ValueError, f"The number of observations ({m}) is too small; the covariance matrix is "
            f"singular. For observations with {n} dimensions, at least {n + 1} observations are "
            "required."
        )  # fmt: skip
    return np.linalg.inv(np.atleast_2d(np.cov(rows.T))).T


def _doubles(*xs: Any) -> list[Array]:
    """SciPy computes these in double precision."""
    return [ops.cast(x, np.dtype(np.float64)) for x in floats(*xs)]


@implements("spatial.distance.cdist")
def cdist(XA, XB, metric="euclidean", *, out=None, **kwargs):
    """The distances of all rows of XA and all rows of XB"""
    if out is not None:
        raise located(TypeError, "scipy.spatial.distance.cdist on traced arrays has no out")
    a, b = _doubles(XA, XB)
    if a.ndim != 2 or b.ndim != 2:
        raise located(ValueError, "XA and XB must be 2-dimensional arrays.")
    if a.shape[1] != b.shape[1]:
        raise located(
            ValueError, "XA and XB must have the same number of columns (i.e. feature dimension)"
        )

    def both() -> Array:
        return np.concatenate([a, b])

    return _metric("cdist", metric, a[:, None, :], b[None, :, :], kwargs, both)


@implements("spatial.distance.pdist")
def pdist(X, metric="euclidean", *, out=None, **kwargs):
    """The distances of all pairs of rows"""
    if out is not None:
        raise located(TypeError, "scipy.spatial.distance.pdist on traced arrays has no out")
    (x,) = _doubles(X)
    if x.ndim != 2:
        raise located(ValueError, "A 2-dimensional array must be passed.")
    rows, columns = numpy.triu_indices(x.shape[0], 1)
    return _metric("pdist", metric, x[rows], x[columns], kwargs, lambda: x)


@implements("spatial.distance.squareform")
def squareform(X, force="no", checks=True):
    """The symmetric matrix of the distances of pairs, or these of such a matrix"""
    x = lift(X)
    if x.ndim == 1 and force.lower() not in ("tovector", "tovec"):
        n = int(numpy.ceil(numpy.sqrt(x.shape[0] * 2)))
        if n * (n - 1) != x.shape[0] * 2:
            raise located(ValueError, "Incompatible vector size. It must be a binomial coefficient")
        n = max(n, 1)
        rows, columns = numpy.triu_indices(n, 1)
        places = numpy.zeros((n, n), int)
        places[rows, columns] = places[columns, rows] = numpy.arange(len(rows))
        if not len(rows):
            return 0 * lift(numpy.zeros((n, n)), x.dtype)
        return np.where(numpy.eye(n, dtype=bool), lift(0, x.dtype), x[places])
    if x.ndim != 2 or x.shape[0] != x.shape[1] or force.lower() in ("tomatrix", "tomat"):
        raise located(ValueError, "The matrix argument must be square.")
    rows, columns = numpy.triu_indices(x.shape[0], 1)
    return x[rows, columns]
