"""
`default_rng` and `Generator`: NumPy's names for random numbers, over a key.

The state of a generator is an array of two uint32, and a draw writes the next key into this array.
So letgrad treats a draw as it treats all writes to arrays: a loop of an `lg.program` carries the
state, a call of an `lg.jit` function moves the caller's generator on, and `lg.scan` takes a
generator as a part of its carry.

Draw number n uses the key that these lines give, as programs in jax do:

    key, sub = jax.random.split(key)
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, prod
from typing import Any, ClassVar

import numpy

from .. import ops, tracing
from ..array_views import storages
from ..tracing import Array
from ..user_code import located
from . import counts, gamma, threefry
from .threefry import FLOAT64, UINT32, wrapping

np: Any = numpy  # its type stubs know no traced arrays


def default_rng(seed: Any) -> Generator:
    """
    A generator for an integer from 0 to 2^64 - 1, which may be traced. A generator stays as it is.

    Errors: `TypeError` without a seed, or for a seed that is no integer: a program has the same
            numbers in each run.
    """
    if isinstance(seed, Generator):
        return seed
    return Generator(_holding(threefry.key(seed)))


def _holding(state: Any) -> Any:
    """A state that takes traced keys, while letgrad traces a function."""
    if not tracing.tracing():
        return state
    return storages.fresh(state) if isinstance(state, Array) else storages.holding(state)


def _names_of_numpy() -> set[str]:
    return {name for name in dir(numpy.random.Generator) if not name.startswith("_")}


@dataclass(eq=False)
class Generator:
    """
    Random numbers, with the names, parameters, shapes and dtypes of `numpy.random.Generator`.

    A method draws numbers, and moves the generator on. A generator is a container of one array:
    pass it to functions, return it, and carry it. A derivative leaves its arguments alone,
    generators too: write `lg.grad(f)(x, rng.spawn(1)[0])`, and each call has new numbers. Numbers
    are differentiable functions of the parameters of their distribution, where the distribution is
    continuous.
    """

    state: Any
    leads_on: ClassVar = True  # Programs look for the array inside.

    def __getattr__(self, name: str) -> Any:
        if name in _names_of_numpy():
            raise located(
                AttributeError,
                f"numpy.random.Generator.{name} has no counterpart in letgrad.random",
            )
        raise AttributeError(f"a generator of letgrad.random has no attribute {name!r}")

    # Keys.

    @wrapping
    def key(self) -> Any:
        """The key of the next draw. The generator moves on."""
        if not isinstance(self.state, Array | numpy.ndarray):
            raise located(TypeError, f"the state of a generator is an array, not {self.state!r}")
        if tracing.tracing() and not isinstance(self.state, Array):
            raise located(
                TypeError,
                "the traced function draws from a generator of lg.random that is not its argument, "
                "and each call of the compiled program would use the same numbers; pass the "
                "generator to the function, or make it inside with a seed",
            )
        following, own = (k for k in threefry.split(self.state))
        self.state[...] = following
        return own

    def spawn(self, n_children: int) -> list[Generator]:
        """New generators, whose numbers are independent of this one and of each other."""
        keys = threefry.split(self.key(), n_children)
        return [Generator(_holding(np.copy(keys[i]))) for i in range(n_children)]

    def bits(self, size: Any = None, dtype: Any = UINT32) -> Any:
        """Random bits, as unsigned integers."""
        return threefry.bits(self.key(), _size(size), dtype)

    def bytes(self, length: int) -> Any:
        raise located(TypeError, "letgrad has no strings; rng.bits(length, np.uint8) gives numbers")

    # Floats.

    def random(self, size: Any = None, dtype: Any = FLOAT64) -> Any:
        """Uniform floats from 0 (included) to 1 (not included)."""
        return _plain(threefry.uniform(self.key(), _size(size), dtype))

    @wrapping
    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        shape, low, high = _shaped(size, low, high)
        return _plain(low + (high - low) * self._unit(shape))

    def standard_normal(self, size: Any = None, dtype: Any = FLOAT64) -> Any:
        return _plain(threefry.normal(self.key(), _size(size), dtype))

    @wrapping
    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        shape, loc, scale = _shaped(size, loc, scale)
        return _plain(loc + scale * threefry.normal(self.key(), shape))

    def standard_exponential(
        self, size: Any = None, dtype: Any = FLOAT64, method: str = "inv"
    ) -> Any:
        """`method` is for NumPy's interface; the numbers are always -log(1 - u)."""
        return _plain(-np.log1p(-threefry.uniform(self.key(), _size(size), dtype)))

    @wrapping
    def exponential(self, scale: Any = 1.0, size: Any = None) -> Any:
        shape, scale = _shaped(size, scale)
        return _plain(scale * self._exponential(shape))

    def _exponential(self, shape: tuple[int, ...]) -> Any:
        return -np.log1p(-threefry.uniform(self.key(), shape))

    def _unit(self, shape: tuple[int, ...]) -> Any:
        return threefry.uniform(self.key(), shape)

    def _open(self, shape: tuple[int, ...]) -> Any:
        """Uniform floats above 0 and below 1."""
        return threefry.uniform(self.key(), shape, FLOAT64, np.finfo(float).tiny, 1.0)

    @wrapping
    def lognormal(self, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
        return _plain(np.exp(self.normal(mean, sigma, size)))

    @wrapping
    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        shape, loc, scale = _shaped(size, loc, scale)
        u = threefry.uniform(self.key(), shape, FLOAT64, -1.0 + 2.0**-53, 1.0)
        return _plain(loc - scale * np.sign(u) * np.log1p(-np.abs(u)))

    @wrapping
    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        shape, loc, scale = _shaped(size, loc, scale)
        u = self._open(shape)
        return _plain(loc + scale * (np.log(u) - np.log1p(-u)))

    @wrapping
    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        shape, loc, scale = _shaped(size, loc, scale)
        return _plain(loc - scale * np.log(-np.log(self._open(shape))))

    @wrapping
    def standard_cauchy(self, size: Any = None) -> Any:
        return _plain(np.tan(np.pi * (self._open(_size(size)) - 0.5)))

    @wrapping
    def rayleigh(self, scale: Any = 1.0, size: Any = None) -> Any:
        shape, scale = _shaped(size, scale)
        return _plain(scale * np.sqrt(2.0 * self._exponential(shape)))

    @wrapping
    def weibull(self, a: Any, size: Any = None) -> Any:
        shape, a = _shaped(size, a)
        return _plain(self._exponential(shape) ** (1.0 / a))

    @wrapping
    def pareto(self, a: Any, size: Any = None) -> Any:
        shape, a = _shaped(size, a)
        return _plain(np.expm1(self._exponential(shape) / a))

    @wrapping
    def power(self, a: Any, size: Any = None) -> Any:
        shape, a = _shaped(size, a)
        return _plain((-np.expm1(-self._exponential(shape))) ** (1.0 / a))

    @wrapping
    def triangular(self, left: Any, mode: Any, right: Any, size: Any = None) -> Any:
        shape, left, mode, right = _shaped(size, left, mode, right)
        u = self._unit(shape)
        width = right - left
        below = u * width < mode - left
        rising = left + np.sqrt(np.where(below, u * width * (mode - left), 1.0))
        falling = right - np.sqrt(np.where(below, 1.0, (1.0 - u) * width * (right - mode)))
        return _plain(np.where(below, rising, falling))

    @wrapping
    def wald(self, mean: Any, scale: Any, size: Any = None) -> Any:
        """J. R. Michael, W. R. Schucany and R. W. Haas, a transformation with two roots (1976)."""
        shape, mean, scale = _shaped(size, mean, scale)
        y = mean * threefry.normal(self.key(), shape) ** 2
        root = np.sqrt(y * y + 4.0 * scale * y)
        x = mean * 2.0 * scale / (2.0 * scale + y + root)
        return _plain(np.where(self._unit(shape) <= mean / (mean + x), x, mean * mean / x))

    # The family of the gamma distribution.

    def standard_gamma(self, shape: Any, size: Any = None, dtype: Any = FLOAT64) -> Any:
        sizes, a = _shaped(size, shape)
        kind = threefry.float_kind(dtype)
        return _plain(np.exp(self._log_gamma(sizes, a)).astype(kind))

    @wrapping
    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
        sizes, a, scale = _shaped(size, shape, scale)
        return _plain(scale * np.exp(self._log_gamma(sizes, a)))

    def _log_gamma(self, sizes: tuple[int, ...], a: Any) -> Any:
        return gamma.log_gamma(self.key(), np.broadcast_to(a, sizes))

    @wrapping
    def chisquare(self, df: Any, size: Any = None) -> Any:
        sizes, df = _shaped(size, df)
        return _plain(2.0 * np.exp(self._log_gamma(sizes, df / 2.0)))

    @wrapping
    def f(self, dfnum: Any, dfden: Any, size: Any = None) -> Any:
        sizes, m, n = _shaped(size, dfnum, dfden)
        above, below = self._log_gamma(sizes, m / 2.0), self._log_gamma(sizes, n / 2.0)
        return _plain(np.exp(above - below) * (n / m))

    @wrapping
    def standard_t(self, df: Any, size: Any = None) -> Any:
        sizes, df = _shaped(size, df)
        half = df / 2.0
        spread = np.sqrt(half) * np.exp(-0.5 * self._log_gamma(sizes, half))
        return _plain(threefry.normal(self.key(), sizes) * spread)

    @wrapping
    def beta(self, a: Any, b: Any, size: Any = None) -> Any:
        sizes, a, b = _shaped(size, a, b)
        x, y = self._log_gamma(sizes, a), self._log_gamma(sizes, b)
        return _plain(np.exp(x - np.logaddexp(x, y)))

    @wrapping
    def dirichlet(self, alpha: Any, size: Any = None) -> Any:
        alpha = _float(alpha)
        if len(alpha.shape) != 1:
            raise located(ValueError, "alpha has one dimension")
        sizes = (*_size(size), *alpha.shape)
        x = self._log_gamma(sizes, alpha)
        parts = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return parts / np.sum(parts, axis=-1, keepdims=True)

    @wrapping
    def multivariate_normal(
        self, mean: Any, cov: Any, size: Any = None, *, method: str = "cholesky"
    ) -> Any:
        """mean + L x for the Cholesky factor L of the covariance, whatever the method."""
        mean, cov = _float(mean), _float(cov)
        n = mean.shape[-1] if len(mean.shape) == 1 else -1
        if tuple(cov.shape) != (n, n):
            raise located(ValueError, "mean and cov must have same length")
        x = threefry.normal(self.key(), (*_size(size), n))
        return mean + x @ np.linalg.cholesky(cov).T

    # Integers and choices.

    @wrapping
    def integers(
        self,
        low: Any,
        high: Any = None,
        size: Any = None,
        dtype: Any = np.int64,
        endpoint: bool = False,
    ) -> Any:
        """
        Integers from low to high, as `jax.random.randint` draws them: two words give one number, so
        that the numbers of a range below 2^16 (2^32 for 64 bits) are equally probable, up to 2^-16
        of their probability. In longer ranges, of n numbers, up to n / 2^32 (2^64) of it.

        Errors: `ValueError` for known bounds without an integer between, or beyond the dtype.
        """
        low, high = (0, low) if high is None else (low, high)
        kind = np.dtype(dtype)
        if kind == numpy.bool_:
            return self.integers(low, high, size, np.uint8, endpoint).astype(bool)
        if kind.kind not in "iu":
            raise located(TypeError, f"Unsupported dtype {kind} for integers")
        _check_bounds(low, high, kind, endpoint)
        if kind.itemsize < 4:  # two words of 8 bits would prefer some numbers
            return self.integers(low, high, size, f"{kind.kind}4", endpoint).astype(kind)
        word = np.dtype(f"u{kind.itemsize}")
        shape = _size(size, low, high)
        low, high = _whole(low, kind, 0), _whole(high, kind, 0 if endpoint else -1)
        # The number of integers in the range; 0 for all 2^n.
        span = (high - low).astype(word) + word.type(1)
        both = threefry.split(self.key())
        upper, lower = (threefry.bits(both[k], shape, word) for k in range(2))
        some = np.where(span == 0, word.type(1), span)
        half = word.type(1 << 4 * word.itemsize) % some
        place = (upper % some * (half * half % some) + lower % some) % some
        return _plain(low + np.where(span == 0, lower, place).astype(kind))

    @wrapping
    def choice(
        self,
        a: Any,
        size: Any = None,
        replace: bool = True,
        p: Any = None,
        axis: int = 0,
        shuffle: bool = True,
    ) -> Any:
        """
        Elements of an array along an axis, or numbers below an int. Without replacement, they are
        the first of a permutation; with p, the greatest of log p + Gumbel numbers.
        """
        is_count = isinstance(a, int | numpy.integer)
        n = int(a) if is_count else ops.as_array(a).shape[axis]
        sizes = _size(size)
        count = prod(sizes)
        if p is not None and tuple(np.shape(p)) != (n,):
            raise located(ValueError, "a and p must have same size")
        if n == 0 and count:
            raise located(ValueError, "a cannot be empty unless no samples are taken")
        if not replace and count > n:
            raise located(
                ValueError, "Cannot take a larger sample than population when replace is False"
            )
        if replace and p is None:
            places = self.integers(0, max(n, 1), sizes)
        elif replace:
            total = np.cumsum(_float(p))
            u = total[n - 1] * (1.0 - self._unit(sizes))
            places = np.searchsorted(total, u)
        elif p is None:
            places = np.reshape(self.permutation(n)[:count], sizes)
        else:
            keys = _float(np.log(_float(p))) - np.log(-np.log(self._open((n,))))
            places = np.reshape(np.argsort(-keys)[:count], sizes)
        return _plain(places if is_count else _taken(a, places, axis))

    def permutation(self, x: Any, axis: int = 0) -> Any:
        """The numbers below an int, or the parts of an array along an axis, in random order."""
        is_count = isinstance(x, int | numpy.integer)
        n = int(x) if is_count else ops.as_array(x).shape[axis]
        order = self._order(n)
        return order if is_count else _taken(x, order, axis)

    def _order(self, n: int) -> Any:
        """
        Sorts the places by random words, and again by others, so often that two equal words that
        stay in order for all of them are improbable; as `jax.random.permutation` does.
        """
        key = self.key()
        places = np.arange(n)
        for _ in range(ceil(3 * log(max(1, n)) / log(2**32 - 1))):
            both = threefry.split(key)
            key = both[0]
            places = _taken(places, _stable_order(threefry.bits(both[1], (n,))))
        return places

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """Writes the parts of an array along an axis in random order."""
        if not isinstance(x, Array | numpy.ndarray):
            raise located(TypeError, f"shuffle writes to an array, not to {type(x).__name__}")
        x[...] = self.permutation(x, axis)

    def permuted(self, x: Any, axis: int | None = None) -> Any:
        """The elements in random order, each row along the axis in its own."""
        x = ops.as_array(x)
        flat = np.reshape(x, (prod(x.shape),)) if axis is None else x
        order = _stable_order(threefry.bits(self.key(), flat.shape), 0 if axis is None else axis)
        found = np.take_along_axis(flat, order, 0 if axis is None else axis)
        return np.reshape(found, x.shape)

    @wrapping
    def bernoulli(self, p: Any = 0.5, size: Any = None) -> Any:
        """Bools that are true with probability p. (NumPy has no such method.)"""
        shape, p = _shaped(size, p)
        return _plain(self._unit(shape) < p)

    @wrapping
    def categorical(self, logits: Any, axis: int = -1, size: Any = None) -> Any:
        """
        Places along an axis, with probabilities that are proportional to exp(logits). `size` is the
        shape of the result, which ends with the shape of logits without the axis. (NumPy has no
        such method.)
        """
        logits = _float(logits)
        d = ops.axis(axis, len(logits.shape))
        rest = tuple(n for e, n in enumerate(logits.shape) if e != d)
        sizes = rest if size is None else _size(size)
        if size is not None and sizes[len(sizes) - len(rest) :] != rest:
            raise located(ValueError, f"size {sizes} does not end with the shape {rest}")
        logits = np.moveaxis(logits, d, -1)
        gumbel = -np.log(-np.log(self._open((*sizes, logits.shape[-1]))))
        return np.argmax(gumbel + logits, axis=-1)

    @wrapping
    def geometric(self, p: Any, size: Any = None) -> Any:
        shape, p = _shaped(size, p)
        # -log1p(-1) is ∞, and the number is 1 then.
        turns = np.ceil(self._exponential(shape) / -np.log1p(-p))
        return _plain(np.maximum(turns, 1.0).astype(np.int64))

    # Counts, which have no derivative.

    @wrapping
    def poisson(self, lam: Any = 1.0, size: Any = None) -> Any:
        shape, lam = _shaped(size, lam)
        _check("poisson", "lam ≥ 0", lam, lambda x: x >= 0)
        return _plain(counts.whole(counts.poisson(self.key(), lam, shape)))

    @wrapping
    def binomial(self, n: Any, p: Any, size: Any = None) -> Any:
        shape, n, p = _shaped(size, n, p)
        _check("binomial", "n ≥ 0", n, lambda x: x >= 0)
        _check("binomial", "0 ≤ p ≤ 1", p, lambda x: (x >= 0) & (x <= 1))
        return _plain(counts.whole(counts.binomial(self.key(), np.floor(n), p, shape)))

    @wrapping
    def multinomial(self, n: Any, pvals: Any, size: Any = None) -> Any:
        n, pvals = _float(n), _float(pvals)
        if not pvals.shape:
            raise located(ValueError, "pvals has one dimension or more")
        _check("multinomial", "n ≥ 0", n, lambda x: x >= 0)
        _check("multinomial", "0 ≤ pvals ≤ 1", pvals, lambda x: (x >= 0) & (x <= 1))
        _check("multinomial", "a sum of pvals[:-1] up to 1", pvals,
               lambda x: np.sum(x[..., :-1], axis=-1) <= 1 + 1e-12)  # fmt: skip
        # NumPy reads no last share: what the others leave is the share of the last one.
        last = np.maximum(1.0 - np.sum(pvals[..., :-1], axis=-1, keepdims=True), 0.0)
        shares = np.concatenate([pvals[..., :-1], last], axis=-1)[..., : pvals.shape[-1]]
        common = tracing.broadcast_shape(tuple(n.shape), tuple(pvals.shape[:-1]))
        sizes = common if size is None else _size(size)
        if tracing.broadcast_shape(sizes, common) != sizes:
            raise located(ValueError, f"parameters of the shape {common} do not fit {sizes}")
        return counts.whole(counts.multinomial(self.key(), n, shares, sizes))

    @wrapping
    def negative_binomial(self, n: Any, p: Any, size: Any = None) -> Any:
        """A Poisson number, whose mean is a number of the gamma distribution."""
        shape, n, p = _shaped(size, n, p)
        _check("negative_binomial", "n > 0", n, lambda x: x > 0)
        _check("negative_binomial", "0 < p ≤ 1", p, lambda x: (x > 0) & (x <= 1))
        mean = np.exp(self._log_gamma(shape, n)) * ((1.0 - p) / p)
        return _plain(counts.whole(counts.poisson(self.key(), mean, shape)))

    @wrapping
    def logseries(self, p: Any, size: Any = None) -> Any:
        """A. W. Kemp, Efficient generation of logarithmically distributed variables (1981)."""
        shape, p = _shaped(size, p)
        _check("logseries", "0 ≤ p < 1", p, lambda x: (x >= 0) & (x < 1))
        (p,) = counts.fixed(p)
        share = -np.expm1(np.log1p(-p) * self._unit(shape))
        turns = np.log(self._open(shape)) / np.log(np.where(share > 0, share, 0.5))
        turns = np.where(share > 0, turns, 0.0)
        return _plain(counts.whole(np.minimum(np.floor(1.0 + turns), 2.0**62)))

    @wrapping
    def zipf(self, a: Any, size: Any = None) -> Any:
        shape, a = _shaped(size, a)
        _check("zipf", "a > 1", a, lambda x: x > 1)
        return _plain(counts.whole(counts.zipf(self.key(), a, shape)))

    @wrapping
    def noncentral_chisquare(self, df: Any, nonc: Any, size: Any = None) -> Any:
        """
        A χ² number of df + 2 k degrees of freedom, for a Poisson number k of mean nonc / 2. The
        derivative is by df alone.
        """
        shape, df, nonc = _shaped(size, df, nonc)
        _check("noncentral_chisquare", "df > 0", df, lambda x: x > 0)
        _check("noncentral_chisquare", "nonc ≥ 0", nonc, lambda x: x >= 0)
        more = counts.poisson(self.key(), nonc / 2.0, shape)
        return _plain(2.0 * np.exp(self._log_gamma(shape, df / 2.0 + more)))

    @wrapping
    def noncentral_f(self, dfnum: Any, dfden: Any, nonc: Any, size: Any = None) -> Any:
        shape, m, n, nonc = _shaped(size, dfnum, dfden, nonc)
        above = self.noncentral_chisquare(m, nonc, shape)
        return _plain(above / m / (2.0 * np.exp(self._log_gamma(shape, n / 2.0)) / n))

    @wrapping
    def vonmises(self, mu: Any, kappa: Any, size: Any = None) -> Any:
        """An angle from -π to π. The derivative is by mu alone."""
        shape, mu, kappa = _shaped(size, mu, kappa)
        _check("vonmises", "kappa ≥ 0", kappa, lambda x: x >= 0)
        angle = mu + counts.vonmises(self.key(), kappa, shape)
        turns = np.floor((angle + np.pi) / (2 * np.pi))
        return _plain(angle - 2 * np.pi * turns)


def _check(name: str, wanted: str, x: Any, holds: Any) -> None:
    """Errors: `ValueError` for a known parameter out of its range. A traced one is not checked."""
    if not isinstance(x, Array) and not np.all(holds(np.asarray(x))):
        raise located(ValueError, f"{name} needs {wanted}")


def _taken(x: Any, places: Any, axis: int = 0) -> Any:
    """The parts of x. NumPy's `take` asks x, and not the places, who computes."""
    return np.take(ops.lift(x) if isinstance(places, Array) else x, places, axis=axis)


def _stable_order(words: Any, axis: int = 0) -> Any:
    return np.argsort(words, axis=axis, kind="stable")


def _plain(x: Any) -> Any:
    """A NumPy scalar for an array without dimensions, as NumPy's generators give."""
    return x[()] if isinstance(x, numpy.ndarray) and not x.ndim else x


def _float(x: Any) -> Any:
    return ops.as_array(x).astype(FLOAT64)


def _size(size: Any, *parameters: Any) -> tuple[int, ...]:
    """
    The shape of the numbers: `size`, or the common shape of the parameters.

    Errors: `ValueError` if the parameters do not fit the size.
    """
    # The ints 2^63 to 2^64 - 1 are bounds of uint64, and no arrays.
    shapes = [() if isinstance(p, int) else ops.shape_of(p) for p in parameters]
    common = tracing.broadcast_shape(*shapes) if shapes else ()
    if size is None:
        return common
    sizes = threefry.sizes_of(size)
    if tracing.broadcast_shape(sizes, common) != sizes:
        raise located(ValueError, f"parameters of the shape {common} do not fit the size {sizes}")
    return sizes


def _shaped(size: Any, *parameters: Any) -> tuple[Any, ...]:
    """The shape of the numbers, and the parameters as float64."""
    return (_size(size, *parameters), *map(_float, parameters))


def _whole(x: Any, kind: numpy.dtype, more: int) -> Any:
    """A bound as integers of the dtype, modulo 2^n."""
    if isinstance(x, int | numpy.integer):
        bits_ = np.array((int(x) + more) % (1 << 8 * kind.itemsize), f"u{kind.itemsize}")
        return bits_.view(kind)
    x = ops.as_array(x)
    if x.dtype.kind not in "iu":
        raise located(TypeError, f"the bounds of integers are integers, not {x.dtype}")
    wide = x.astype(kind)
    return wide if not more else wide - kind.type(1)


def _check_bounds(low: Any, high: Any, kind: numpy.dtype, endpoint: bool) -> None:
    if isinstance(low, Array) or isinstance(high, Array):
        return
    low, high = np.asarray(low, object), np.asarray(high, object)
    last = high if endpoint else high - 1
    info = np.iinfo(kind)
    if np.any(low < info.min):
        raise located(ValueError, f"low is out of bounds for {kind}")
    if np.any(last > info.max):
        raise located(ValueError, f"high is out of bounds for {kind}")
    if np.any(low > last):
        raise located(ValueError, f"low {'>' if endpoint else '>='} high")
