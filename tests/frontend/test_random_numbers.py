"""Random numbers: bits beside Threefry's and jax's, distributions beside SciPy, derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend.random_numbers import gamma, threefry

pytestmark = pytest.mark.sampled(8)

FIRST_BITS, FIRST_FLOATS = [31327077, 89727312], [0.67119298681917, 0.757670610584658]
PLACES = ("numpy", "cpu", "triton")


@pytest.mark.parametrize(
    "key, counter, expected",
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((2**32 - 1,) * 2, (2**32 - 1,) * 2, (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_the_vectors_of_threefrys_authors(key: Any, counter: Any, expected: Any) -> None:
    k, c = np.array(key, np.uint32), np.array(counter, np.uint32)
    with np.errstate(over="ignore"):
        found = threefry._hash(k, c[:1], c[1:])
    assert tuple(int(x[0]) for x in found) == expected


def with_64_bits(jax: Any) -> Any:
    """The context in which jax has 64-bit numbers, for old and new versions."""
    return jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64()


def test_numbers_that_stay() -> None:
    """Numbers of a seed are part of the interface. These are jax's, too."""
    rng = lg.random.default_rng(0)
    assert rng.bits(2).tolist() == FIRST_BITS
    np.testing.assert_array_equal(rng.random(2), FIRST_FLOATS)


@pytest.mark.parametrize("seed", [0, 42, 2**40 + 3, 2**64 - 1])
def test_bits_and_floats_of_jax(seed: int) -> None:
    jax = pytest.importorskip("jax", reason="jax gives the numbers to compare with")
    with with_64_bits(jax):
        k, theirs = lg.random.key(seed), jax.random.wrap_key_data(lg.random.key(seed))
        plain = jax.random.key_data
        np.testing.assert_array_equal(lg.random.split(k, 5), plain(jax.random.split(theirs, 5)))
        folded = plain(jax.random.fold_in(theirs, 2**31 + 7))
        np.testing.assert_array_equal(lg.random.fold_in(k, 2**31 + 7), folded)
        for kind in (np.uint8, np.uint16, np.uint32, np.uint64):
            found = lg.random.bits(k, (3, 5), kind)
            np.testing.assert_array_equal(found, jax.random.bits(theirs, (3, 5), kind))
        for kind in (np.float16, ml_dtypes.bfloat16, np.float32, np.float64):
            found = lg.random.uniform(k, (7, 3), kind)
            assert found.dtype == kind
            np.testing.assert_array_equal(found, jax.random.uniform(theirs, (7, 3), kind))
            found = lg.random.normal(k, (70, 3), kind)
            step = float(ml_dtypes.finfo(kind).eps)
            np.testing.assert_allclose(
                found.astype(float),
                np.asarray(jax.random.normal(theirs, (70, 3), kind)).astype(float),
                rtol=32 * step,
                atol=step,
            )
        rng = lg.random.default_rng(seed)
        for _ in range(3):
            theirs, sub = jax.random.split(theirs)
            np.testing.assert_array_equal(rng.random(4), jax.random.uniform(sub, (4,), float))
        theirs, sub = jax.random.split(theirs)
        expected = jax.random.randint(sub, (50,), -7, 91, np.int32)
        np.testing.assert_array_equal(rng.integers(-7, 91, 50, np.int32), expected)
        for kind, low, high in ((np.int8, -128, 127), (np.uint8, 3, 100), (np.int16, 0, 30_000)):
            theirs, sub = jax.random.split(theirs)
            found = rng.integers(low, high, 50, kind)
            assert found.dtype == kind
            expected = jax.random.randint(sub, (50,), low, high, kind)
            np.testing.assert_array_equal(found, expected)
        theirs, sub = jax.random.split(theirs)
        np.testing.assert_array_equal(rng.permutation(20), jax.random.permutation(sub, 20))


def test_seeds() -> None:
    jax = pytest.importorskip("jax", reason="jax gives the keys to compare with")
    with with_64_bits(jax):
        for seed in (0, 7, 2**33 + 1):
            np.testing.assert_array_equal(lg.random.key(seed), jax.random.PRNGKey(seed))


DRAWS: dict[str, Callable[[Any], Any]] = {
    "random": lambda rng: (rng.random(), rng.random((2, 3), np.float32), rng.random((0, 3))),
    "normal": lambda rng: (rng.normal(1.0, [2.0, 3.0]), rng.standard_normal(3, np.float32)),
    "uniform": lambda rng: rng.uniform(-1, [[2.0], [3.0]], (2, 2)),
    "integers": lambda rng: (
        rng.integers(7), rng.integers(-3, 4, 5), rng.integers(0, 2**64, 3, np.uint64),
        rng.integers(-128, 127, 4, np.int8, endpoint=True), rng.integers(2, size=4, dtype=bool),
    ),
    "choice": lambda rng: (rng.choice(9, 4), rng.choice([1.5, 2.5, 3.5], 2, replace=False)),
    "weights": lambda rng: (
        rng.choice(3, (2, 4), p=[0.2, 0.5, 0.3]), rng.choice(3, 2, False, [0.2, 0.5, 0.3]),
    ),
    "order": lambda rng: (
        rng.permutation(6), rng.permutation(np.arange(6.0).reshape(2, 3), 1),
        rng.permuted(np.arange(6).reshape(2, 3), 1),
    ),
    "spawn": lambda rng: [child.random(2) for child in rng.spawn(2)],
    "discrete": lambda rng: (
        rng.bernoulli(0.3, 5), rng.categorical(np.array([[0.1, 2.0, 1.0], [3.0, 0.0, 0.0]])),
        rng.geometric(0.4, 3), rng.bits(3, np.uint16),
    ),
    "counts": lambda rng: (
        rng.poisson([0.0, 0.5, 9.0, 40.0]), rng.poisson(1e6), rng.binomial([0, 7, 90, 5000], 0.4),
        rng.binomial(60, [0.0, 0.01, 0.5, 0.99, 1.0]), rng.multinomial(20, [0.2, 0.5, 0.3], 2),
        rng.multinomial([5, 0], [[1.0, 0.0], [0.5, 0.5]]), rng.negative_binomial(2.5, 0.3, 3),
        rng.logseries([0.0, 0.4, 0.99]), rng.zipf([1.5, 4.0]),
    ),
    "gamma": lambda rng: (rng.gamma([0.2, 3.0], 2.0), rng.standard_gamma(1.0)),
    "others": lambda rng: (
        rng.vonmises([0.0, 3.0], [0.0, 5.0]), rng.noncentral_chisquare(2.0, [0.0, 7.0]),
        rng.noncentral_f(2.0, 4.0, 3.0),
    ),
    "vectors": lambda rng: (
        rng.multivariate_normal([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], 3),
        rng.dirichlet([0.5, 2.0, 1.0], 2),
    ),
}  # fmt: skip


def leaves(value: Any) -> list[Any]:
    return [x for part in value for x in leaves(part)] if type(value) in (tuple, list) else [value]


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_numbers_in_all_places(name: str) -> None:
    """To the bit for integers and uniform floats; others up to rounding of exp and log."""
    f = DRAWS[name]
    plain = lg.random.default_rng(3)
    expected = leaves(f(plain))
    for place in PLACES if name not in ("gamma", "vectors", "counts", "others") else PLACES[:2]:
        rng = lg.random.default_rng(3)
        found = leaves(lg.jit(f, backend=place)(rng))
        np.testing.assert_array_equal(rng.state, plain.state)  # the call moves the generator on
        for x, y in zip(found, expected, strict=True):
            x, y = np.asarray(x), np.asarray(y)
            assert (x.dtype, x.shape) == (y.dtype, y.shape)
            exact = x.dtype.kind != "f" or name == "random"
            step = 0.0 if exact else 64 * np.finfo(x.dtype).eps
            np.testing.assert_allclose(x, y, step, step)


def test_shapes_and_dtypes_are_numpys() -> None:
    theirs, mine = np.random.default_rng(0), lg.random.default_rng(0)
    calls: list[Callable[[Any], Any]] = [
        *(lambda r, s=s: r.random(s) for s in (None, 3, (2, 0))),
        lambda r: r.random(2, np.float32),
        *(lambda r, n=n: getattr(r, n)() for n in ("normal", "uniform", "exponential", "laplace",
          "logistic", "gumbel", "lognormal", "rayleigh", "standard_cauchy", "standard_normal",
          "standard_exponential")),
        *(lambda r, n=n: getattr(r, n)(2.0, (4, 1)) for n in ("weibull", "pareto", "power",
          "standard_gamma", "chisquare", "standard_t")),
        *(lambda r, n=n: getattr(r, n)([2.0, 3.0], 4.0) for n in ("f", "beta", "wald", "gamma")),
        lambda r: r.triangular(0, [0.2, 0.5], 1), lambda r: r.dirichlet([1.0, 2.0], (3, 2)),
        lambda r: r.multivariate_normal([0.0, 0.0], np.eye(2)), lambda r: r.geometric(0.5),
        lambda r: r.integers(5), lambda r: r.integers([3, 4], dtype=np.uint8),
        lambda r: r.choice(4), lambda r: r.choice(np.eye(3), 2, axis=1), lambda r: r.permutation(4),
        lambda r: r.permutation(np.eye(3, dtype=np.float32)), lambda r: r.permuted(np.eye(3)),
        lambda r: r.poisson(), lambda r: r.poisson([1.0, 20.0], (3, 2)),
        lambda r: r.binomial(5, 0.5), lambda r: r.binomial([5, 6], 0.5, (0, 2)),
        lambda r: r.multinomial(5, [0.5, 0.5]),
        lambda r: r.multinomial([5, 3, 0], [0.5, 0.5]), lambda r: r.multinomial(5, [1.0], (2, 2)),
        lambda r: r.negative_binomial(5, 0.5), lambda r: r.logseries(0.5), lambda r: r.zipf([2.0]),
        lambda r: r.vonmises(0.0, [1.0]), lambda r: r.noncentral_chisquare(2, 1),
        lambda r: r.noncentral_f(2, 3, 1, 2),
    ]  # fmt: skip
    for call in calls:
        x, y = call(mine), call(theirs)
        assert type(x) is type(y) or isinstance(y, int | float), (x, y)
        assert np.shape(x) == np.shape(y) and np.asarray(x).dtype == np.asarray(y).dtype, (x, y)


DISTRIBUTIONS: dict[str, tuple[Callable[[Any, int], Any], str, tuple[float, ...]]] = {
    "random": (lambda r, n: r.random(n), "uniform", ()),
    "normal": (lambda r, n: r.normal(1.0, 2.0, n), "norm", (1.0, 2.0)),
    "exponential": (lambda r, n: r.exponential(2.0, n), "expon", (0.0, 2.0)),
    "laplace": (lambda r, n: r.laplace(1.0, 2.0, n), "laplace", (1.0, 2.0)),
    "logistic": (lambda r, n: r.logistic(1.0, 2.0, n), "logistic", (1.0, 2.0)),
    "gumbel": (lambda r, n: r.gumbel(1.0, 2.0, n), "gumbel_r", (1.0, 2.0)),
    "cauchy": (lambda r, n: r.standard_cauchy(n), "cauchy", ()),
    "rayleigh": (lambda r, n: r.rayleigh(2.0, n), "rayleigh", (0.0, 2.0)),
    "weibull": (lambda r, n: r.weibull(1.5, n), "weibull_min", (1.5,)),
    "pareto": (lambda r, n: r.pareto(2.5, n), "lomax", (2.5,)),
    "power": (lambda r, n: r.power(2.5, n), "powerlaw", (2.5,)),
    "triangular": (lambda r, n: r.triangular(1.0, 1.5, 3.0, n), "triang", (0.25, 1.0, 2.0)),
    "wald": (lambda r, n: r.wald(2.0, 3.0, n), "invgauss", (2.0 / 3.0, 0.0, 3.0)),
    "gamma": (lambda r, n: r.gamma(2.5, 2.0, n), "gamma", (2.5, 0.0, 2.0)),
    "small gamma": (lambda r, n: r.gamma(0.2, 1.0, n), "gamma", (0.2,)),
    "large gamma": (lambda r, n: r.gamma(400.0, 1.0, n), "gamma", (400.0,)),
    "chisquare": (lambda r, n: r.chisquare(3.0, n), "chi2", (3.0,)),
    "f": (lambda r, n: r.f(3.0, 7.0, n), "f", (3.0, 7.0)),
    "standard_t": (lambda r, n: r.standard_t(3.0, n), "t", (3.0,)),
    "beta": (lambda r, n: r.beta(0.5, 2.0, n), "beta", (0.5, 2.0)),
    "dirichlet": (lambda r, n: r.dirichlet([0.5, 1.5, 0.5], n)[:, 0], "beta", (0.5, 2.0)),
    "lognormal": (lambda r, n: r.lognormal(0.0, 0.5, n), "lognorm", (0.5,)),
    "vonmises": (lambda r, n: r.vonmises(0.0, 2.0, n), "vonmises", (2.0,)),
    "flat vonmises": (lambda r, n: r.vonmises(2.0, 0.0, n), "uniform", (-np.pi, 2 * np.pi)),
    "noncentral_chisquare": (lambda r, n: r.noncentral_chisquare(3.0, 2.0, n), "ncx2", (3.0, 2.0)),
    "noncentral_f": (lambda r, n: r.noncentral_f(3.0, 5.0, 2.0, n), "ncf", (3.0, 5.0, 2.0)),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions(name: str) -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy has the distributions")
    draw, other, parameters = DISTRIBUTIONS[name]
    numbers = draw(lg.random.default_rng(2), 20_000)
    assert stats.kstest(numbers, other, parameters).pvalue > 1e-3


COUNTS: dict[str, tuple[Callable[[Any, int], Any], str, tuple[float, ...]]] = {
    **{
        f"poisson {mean}": (lambda r, n, m=mean: r.poisson(m, n), "poisson", (mean,))
        for mean in (0.3, 9.99, 10.0, 60.0, 1e4)
    },
    **{
        f"binomial {n} {p}": (lambda r, k, n=n, p=p: r.binomial(n, p, k), "binom", (n, p))
        for n, p in ((1, 0.3), (12, 0.9), (100, 0.05), (21, 0.5), (1000, 0.7), (10**6, 0.999))
    },
    "multinomial": (lambda r, n: r.multinomial(40, [0.2, 0.5, 0.3], n)[:, 1], "binom", (40, 0.5)),
    "negative_binomial": (lambda r, n: r.negative_binomial(2.5, 0.3, n), "nbinom", (2.5, 0.3)),
    "logseries": (lambda r, n: r.logseries(0.7, n), "logser", (0.7,)),
    "zipf": (lambda r, n: r.zipf(2.5, n), "zipf", (2.5,)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str) -> None:
    """Pearson's test: how often each count comes, beside its probability."""
    stats = pytest.importorskip("scipy.stats", reason="SciPy has the distributions")
    draw, other, parameters = COUNTS[name]
    family, n = getattr(stats, other)(*parameters), 20_000
    found, times = np.unique(draw(lg.random.default_rng(5), n), return_counts=True)
    wanted = n * family.pmf(found)
    often = wanted > 8
    distance = np.sum((times - wanted)[often] ** 2 / wanted[often])
    rest = n - wanted[often].sum()
    distance += (n - times[often].sum() - rest) ** 2 / max(rest, 8.0)
    assert stats.chi2.sf(distance, max(often.sum(), 1)) > 1e-3


def test_counts_at_the_ends() -> None:
    rng = lg.random.default_rng(6)
    assert rng.poisson(0.0, 5).tolist() == [0] * 5
    assert rng.binomial(9, 0.0, 3).tolist() == [0] * 3
    assert rng.binomial([9, 10**12], 1.0).tolist() == [9, 10**12]
    assert rng.logseries(0.0, 2).tolist() == [1, 1]
    counts = rng.multinomial(30, [0.25, 0.0, 0.75], 100)
    assert np.all(counts.sum(axis=1) == 30) and not counts[:, 1].any()
    assert np.all(abs(rng.vonmises(9.0, 2.0, 100)) <= np.pi)
    x = rng.poisson(1e15, 50)
    assert abs(x.mean() / 1e15 - 1) < 1e-7 and x.std() > 1e7
    for wrong in (
        lambda: rng.poisson(-1.0), lambda: rng.poisson(np.nan), lambda: rng.binomial(3, 1.5),
        lambda: rng.binomial(-3, 0.5), lambda: rng.multinomial(3, [0.9, 0.9, 0.1]),
        lambda: rng.zipf(1.0), lambda: rng.logseries(1.0), lambda: rng.negative_binomial(0, 0.5),
        lambda: rng.vonmises(0.0, -1.0), lambda: rng.noncentral_chisquare(2.0, -1.0),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r" needs "):
            wrong()


@pytest.mark.slow
def test_traced_parameters_of_counts() -> None:
    """A parameter may be traced. Counts have no derivative, and derivatives pass by them."""

    def f(lam: Any, rng: Any) -> Any:
        n = rng.poisson(lam, 4)
        return np.sum(lam * n) + rng.vonmises(lam, 1.0)

    rng = lg.random.default_rng(7)
    n = lg.random.default_rng(7).poisson(3.0, 4)
    np.testing.assert_allclose(lg.grad(f)(3.0, rng), n.sum() + 1.0)
    shares = np.array([0.1, 0.2, 0.7])
    drawn = lg.jit(lambda p, n, rng: rng.multinomial(n, p, 5))(shares, 9, lg.random.default_rng(8))
    np.testing.assert_array_equal(drawn, lg.random.default_rng(8).multinomial(9, shares, 5))


def test_discrete_distributions() -> None:
    rng, n = lg.random.default_rng(4), 40_000

    def shares(places: Any, count: int) -> Any:
        return np.bincount(places, minlength=count) / n

    p = np.array([0.1, 0.6, 0.3])
    np.testing.assert_allclose(shares(rng.integers(0, 3, n), 3), 1 / 3, atol=0.01)
    np.testing.assert_allclose(shares(rng.choice(3, n, p=p), 3), p, atol=0.01)
    np.testing.assert_allclose(shares(rng.categorical(np.log(p), size=n), 3), p, atol=0.01)
    np.testing.assert_allclose(rng.bernoulli(0.3, n).mean(), 0.3, atol=0.01)
    assert rng.geometric(1.0, 5).tolist() == [1] * 5
    np.testing.assert_allclose(rng.geometric(0.25, n).mean(), 4.0, atol=0.1)
    first = [rng.choice(3, 2, replace=False, p=p)[0] for _ in range(2000)]
    np.testing.assert_allclose(np.bincount(first) / 2000, p, atol=0.04)
    orders = [tuple(rng.permutation(3)) for _ in range(3000)]
    assert len(set(orders)) == 6 and max(map(orders.count, set(orders))) < 620


# Generators in programs.


def walk(x: Any, rng: Any, n: int) -> Any:
    for i in range(n):
        x = x + rng.standard_normal(x.shape)
        if i > 2:
            x = x * rng.random()
    return x


@pytest.mark.parametrize(("kind", "n"), [(np.uint8, 100), (np.int8, 90), (np.uint16, 60_000)])
def test_small_integers_are_equally_probable(kind: Any, n: int) -> None:
    """Words of 8 bits would give some of 100 numbers with 3 / 256, and the others with 2 / 256."""
    drawn = lg.random.default_rng(3).integers(0, n, 20_000, kind).astype(int)
    for part in (0.1, 0.5, 0.9):
        assert np.mean(drawn < int(part * n)) == pytest.approx(int(part * n) / n, abs=0.015)


def test_a_loop_carries_the_generator() -> None:
    mine, theirs = lg.random.default_rng(1), lg.random.default_rng(1)
    found = lg.jit(lg.program(walk))(np.zeros(3), mine, 6)
    np.testing.assert_allclose(found, walk(np.zeros(3), theirs, 6), 1e-12)
    np.testing.assert_array_equal(mine.state, theirs.state)

    def scanned(rng: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            x, rng = carry
            return (x + rng.random(), rng), rng.integers(0, 5)

        (x, rng), ys = lg.scan(step, (0.0, rng), None, 4)
        return x, ys, rng.state

    theirs = lg.random.default_rng(3)
    x, ys, state = lg.jit(scanned)(lg.random.default_rng(3))
    pairs = [(theirs.random(), theirs.integers(0, 5)) for _ in range(4)]
    np.testing.assert_allclose(x, sum(a for a, _ in pairs))
    np.testing.assert_array_equal(ys, [b for _, b in pairs])
    np.testing.assert_array_equal(state, theirs.state)


def test_a_generator_may_be_made_inside() -> None:
    def seeded(seed: Any) -> Any:
        rng = lg.random.default_rng(seed)
        return rng.random(2), rng.random()

    for f, seed in ((lg.jit(seeded), np.uint64(9)), (lg.jit(lambda: seeded(9)), None)):
        found = f() if seed is None else f(seed)
        for x, y in zip(found, seeded(9)):
            np.testing.assert_array_equal(x, y)


def test_a_batch_has_a_generator_for_each_example() -> None:
    keys = lg.random.split(lg.random.key(2), 3)
    found = lg.vmap(lambda k: lg.random.normal(k, 4))(keys)
    for row, k in zip(found, keys):
        np.testing.assert_allclose(row, lg.random.normal(k, 4), 1e-13)


def test_errors_point_the_way() -> None:
    outside, numpys = lg.random.default_rng(0), np.random.default_rng(0)
    with pytest.raises(TypeError, match="is not its argument"):
        lg.jit(lambda x: x + outside.random())(1.0)
    with pytest.raises(TypeError, match=r"lg\.random\.default_rng"):
        lg.jit(lambda x: x + numpys.random())(1.0)
    with pytest.raises(TypeError, match=r"lg\.random\.default_rng"):
        lg.jit(lambda x: x + np.random.default_rng().random())(1.0)
    rng = lg.random.default_rng(0)
    with pytest.raises(TypeError, match="the write would be lost"):
        lg.jit(lambda rng: lg.cond(rng.random() > 2, lambda: rng.random(), lambda: 0.0))(rng)
    with pytest.raises(TypeError, match=r"lg\.vmap would lose the write"):
        lg.vmap(lambda x, rng: x + rng.random(), (0, None))(np.ones(3), rng)
    with pytest.raises(AttributeError, match=r"Generator\.hypergeometric has no counterpart"):
        rng.hypergeometric(3, 4, 5)
    for call, error in (
        (lambda: lg.random.default_rng(None), TypeError),
        (lambda: lg.random.default_rng(-1), ValueError),
        (lambda: lg.random.default_rng(1.5), TypeError),
        (lambda: rng.integers(3, 3), ValueError),
        (lambda: rng.integers(0, 257, dtype=np.uint8), ValueError),
        (lambda: rng.integers(0, 3, dtype=float), TypeError),
        (lambda: rng.choice(3, 4, replace=False), ValueError),
        (lambda: rng.choice(3, p=[0.5, 0.5]), ValueError),
        (lambda: rng.normal([0.0, 1.0], size=3), ValueError),
        (lambda: rng.random(-1), ValueError),
        (lambda: rng.random(2, int), TypeError),
        (lambda: lg.random.bits(np.zeros(3, np.uint32)), TypeError),
    ):
        with pytest.raises(error):
            call()


# Derivatives.


@pytest.mark.parametrize(
    "draw",
    [
        lambda r, a, b: r.normal(a, b, 5), lambda r, a, b: r.uniform(a, b, 5),
        lambda r, a, b: r.laplace(a, b, 5), lambda r, a, b: r.gumbel(a, b, 5),
        lambda r, a, b: r.logistic(a, b, 5), lambda r, a, b: a * r.weibull(b, 5),
        lambda r, a, b: a * r.pareto(b, 5), lambda r, a, b: r.lognormal(a, b, 5),
        lambda r, a, b: r.multivariate_normal(np.stack([a, b]), np.eye(2) * b, 3),
    ],
)  # fmt: skip
def test_derivatives_by_parameters(draw: Any) -> None:
    def f(a: Any, b: Any) -> Any:
        return np.sum(np.sin(draw(lg.random.default_rng(8), a, b)))

    h = 1e-6
    found = lg.grad(f, (0, 1))(0.7, 1.3)
    np.testing.assert_allclose(found[0], (f(0.7 + h, 1.3) - f(0.7 - h, 1.3)) / (2 * h), 1e-6)
    np.testing.assert_allclose(found[1], (f(0.7, 1.3 + h) - f(0.7, 1.3 - h)) / (2 * h), 1e-6)


@pytest.mark.parametrize("a", [0.01, 0.3, 1.0, 2.5, 40.0, 2000.0])
def test_the_implicit_derivative_of_gamma_numbers(a: float) -> None:
    """A number of the gamma distribution keeps its place in the distribution as a changes."""
    mp = pytest.importorskip("mpmath", reason="mpmath computes the place in the distribution")
    special = pytest.importorskip("scipy.special", reason="SciPy gives places to test at")
    places = np.array([0.01, 0.3, 0.7, 0.999])
    numbers = special.gammaincinv(a, places)
    numbers = numbers[numbers > 1e-280]
    found = lg.jit(gamma.slope)(np.full(numbers.shape, a), np.log(numbers))
    with mp.workdps(30):
        for z, slope in zip(numbers, found):
            z = mp.mpf(float(z))
            moved = mp.diff(lambda s: mp.gammainc(s, 0, z, regularized=True), a)  # noqa: B023
            density = mp.exp((a - 1) * mp.log(z) - z - mp.loggamma(a))
            np.testing.assert_allclose(slope, float(-moved / density / z), 1e-8)


def test_the_second_derivative_of_gamma_numbers() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy inverts the distribution")
    drawn = np.log(np.array([0.2, 1.0, 2.5, 7.0]))
    q = special.gammainc(2.0, np.exp(drawn))

    def f(a: Any) -> Any:
        return np.sum(gamma._with_derivative(a * np.ones(4), lg.asarray(drawn)))

    h = 1e-3
    ends = [np.log(special.gammaincinv(2.0 + k * h, q)).sum() for k in (-1, 0, 1)]
    np.testing.assert_allclose(lg.grad(f)(2.0), (ends[2] - ends[0]) / (2 * h), 1e-6)
    second = (ends[0] - 2 * ends[1] + ends[2]) / h**2
    np.testing.assert_allclose(lg.hessian(f)(2.0), second, 1e-5)


@pytest.mark.slow
def test_the_mean_of_a_gradient_is_the_gradient_of_the_mean() -> None:
    def f(a: Any, b: Any) -> Any:
        rng = lg.random.default_rng(6)
        return np.mean(rng.beta(a, b, 4000)) + np.mean(rng.gamma(a, 2.0, 4000))

    da, db = lg.grad(f, (0, 1))(1.5, 2.5)
    np.testing.assert_allclose(da, 2.5 / 16 + 2.0, atol=0.03)
    np.testing.assert_allclose(db, -1.5 / 16, atol=0.01)
