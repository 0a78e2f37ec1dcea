"""Short loops of a nest: which of them run innermost, and that this changes no value."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import arrays, kernel
from letgrad.lowering.cpu import codegen
from letgrad.lowering.cpu.backend import prepared

DTYPES = [np.dtype(t) for t in (np.float64, np.float32, np.float16, arrays.bfloat16, np.int32)]


def innermost(f: Any, *args: Any) -> list[int]:
    """The sizes of the innermost loops of all nests."""
    module = prepared(lg.trace(f, *(lg.spec(x.shape, x.dtype) for x in args)))
    found: list[int] = []
    for op in module.walk():
        if isinstance(op, kernel.GenericOp):
            for s in codegen.Codegen(op, "nest", "", lambda x: 0).schedules:
                found.append(s.trips[-1])
    return found


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape)


# A function, its arguments, and the innermost loop of its only nest.
CASES: dict[str, tuple[Any, tuple[np.ndarray, ...], int]] = {
    # Each turn of the loop over 10 has a line of the cache of its own, and so has each over 80.
    "sum": (lambda a, x: np.sum(a * x[:, None, None], -1), (ones(80, 10, 3, 4), ones(80, 4)), 4),
    "product": (lambda a, x: np.sum(a * x[:, None], -1), (ones(80, 4, 4), ones(80, 4)), 4),
    # A vector of the result stays in a register while the short sum is written out.
    "sum of three": (lambda x: np.sum(x * x, -1), (ones(80, 3),), 3),
    "sum of rows": (lambda a, x: np.sum(a * x[:, None], 0), (ones(7, 80), ones(7)), 7),
    # More loads than registers.
    "sum of many rows": (
        lambda a, b, x: np.sum((a + b + a * b[::-1]) * x[:, None], 0),
        (ones(15, 80), ones(15, 80), ones(15)),
        80,
    ),
    # A turn of the batch is all of a matrix.
    "small matrices": (lambda a, b: a @ b, (ones(80, 3, 3), ones(80, 3, 3)), 3),
    "small matrices, transposed": (
        lambda a, b: np.einsum("nki,nkj->nij", a, b),
        (ones(80, 3, 5), ones(80, 3, 2)),
        3,
    ),
    # The indices are near each other, the rows that they choose are not.
    "small matrices, chosen": (
        lambda a, b: np.sum(a[np.arange(80) % 7][:, :, None] * b[:, :, :, None], 1),
        (ones(7, 3, 2), ones(80, 3, 2)),
        3,
    ),
    "quotients of rows": (lambda x, s: x / s[:, :1], (ones(80, 3), ones(80, 3)), 3),
    # The short loop is no sum over neighbours.
    "sum across": (
        lambda a, x: np.sum(a * x[:, None, :, None], 2),
        (ones(80, 10, 4, 3), ones(80, 4)),
        10,
    ),
    "stored": (lambda x, s: x * s[:, None], (ones(80, 3), ones(80)), 3),
    "a function": (lambda x, s: np.exp(x * s[:, None]), (ones(80, 3), ones(80)), 80),
    "a quotient": (lambda x, s: x / s[:, None], (ones(80, 3), ones(80)), 80),
    "all loops are short": (lambda a, x: np.sum(a * x, -1), (ones(4, 5, 6), ones(4, 5, 6)), 6),
    "no short loop": (lambda x, s: x * s[:, None], (ones(80, 9), ones(80)), 9),
}


@pytest.mark.parametrize("name", CASES)
def test_innermost_loop(name: str) -> None:
    f, args, wanted = CASES[name]
    assert innermost(f, *args) == [wanted]


def written_out(f: Any, *args: Any) -> list[tuple[int, bool]]:
    """How many loops of each nest are written out, and whether the loop around is no vector."""
    module = prepared(lg.trace(f, *(lg.spec(x.shape, x.dtype) for x in args)))
    return [
        (s.unrolled, s.is_scalar)
        for op in module.walk()
        if isinstance(op, kernel.GenericOp)
        for s in codegen.Codegen(op, "nest", "", lambda x: 0).schedules
    ]


def test_written_out() -> None:
    """Small matrices are written out; matrices of more elements, and functions, are not."""

    def product(a: Any, b: Any) -> Any:
        return a @ b

    assert written_out(product, ones(80, 3, 3), ones(80, 3, 3)) == [(3, True)]
    sums = written_out(
        lambda a, b: np.sum(a[:, :, :, None] * b[:, None], 2), ones(80, 5, 5), ones(80, 5, 5)
    )
    assert all(count <= 1 for count, _ in sums)
    assert written_out(lambda x: np.sum(x * x, -1), ones(80, 3)) == [(1, False)]
    assert written_out(lambda x: np.sum(x * x, -1), ones(80, 17)) == [(0, False)]
    assert written_out(lambda x: np.exp(x[:, :, None] * x[:, None, :]), ones(80, 3))[0][0] == 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", CASES)
def test_values(name: str, dtype: np.dtype) -> None:
    f, args, _ = CASES[name]
    if dtype.kind == "i" and name in ("a function", "a quotient", "quotients of rows"):
        pytest.skip("a function of floats")
    rng = np.random.default_rng(3)
    given = [rng.integers(-4, 5, x.shape).astype(dtype) for x in args]
    with np.errstate(all="ignore"):
        expected, actual = (lg.jit(f, backend=b)(*given) for b in ("numpy", "cpu"))
    assert expected.dtype == actual.dtype
    both = [np.asarray(x, np.float64) for x in (actual, expected)]
    tolerance = 0 if dtype.kind == "i" else 4 * float(ml_dtypes.finfo(dtype).eps)
    np.testing.assert_allclose(*both, rtol=tolerance)


def rows_of_products(f: Any, *args: Any) -> list[list[int]]:
    """The turns of the loops around products, for each nest that has some."""
    module = prepared(lg.trace(f, *(lg.spec(x.shape, x.dtype) for x in args)))
    return [
        codegen.Codegen(op, "nest", "", lambda x: 0).trips
        for op in module.walk()
        if isinstance(op, kernel.FusedOp)
    ]


def test_rows_of_products_are_joined() -> None:
    """A batch times one matrix is one product; a batch times a batch is a product for each."""
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((6, 10, 9)), rng.standard_normal((7, 9))
    c = rng.standard_normal((6, 9, 8))

    def one(a: Any, b: Any) -> Any:
        return a @ b.T

    def each(a: Any, c: Any) -> Any:
        return a @ c

    def with_nest(a: Any, b: Any) -> Any:
        return np.tanh(a @ b.T).sum(-1)

    assert rows_of_products(one, a, b) == [[60]]
    assert rows_of_products(each, a, c) in ([[6, 10]], [])
    for f, x in ((one, b), (each, c), (with_nest, b)):
        np.testing.assert_allclose(lg.jit(f, backend="cpu")(a, x), f(a, x), rtol=1e-12)


def test_rows_of_small_matrices() -> None:
    """All nests of short rows in common loops are written out; rows of functions are not."""
    rng = np.random.default_rng(4)
    x = 3 * np.eye(3) + rng.random((40, 3, 3))

    def stress(x: Any) -> Any:
        other = np.cross(x, x[:, ::-1]) / x[:, :1, :1]
        return x @ x.transpose(0, 2, 1) @ other + np.log(x[:, :1, :1]) * other

    assert all(s == (3, False) for s in rows_written_out(stress, x) if s[0] > 2)
    assert max(rows_written_out(stress, x))[0] == 3
    np.testing.assert_allclose(lg.jit(stress, backend="cpu")(x), stress(x), rtol=1e-12)
    gradient = lg.grad(lambda x: stress(x).sum())
    np.testing.assert_allclose(
        lg.jit(gradient, backend="cpu")(x), lg.jit(gradient, backend="numpy")(x), rtol=1e-10
    )

    def softmax(x: Any) -> Any:
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    assert all(count == 0 for count, _ in rows_written_out(softmax, np.ones((40, 8))))


def test_long_rows_of_small_matrices() -> None:
    """Constants are no code: the gradient of the energy of tetrahedra is written out."""
    rng = np.random.default_rng(3)
    at, rest = rng.random((30, 3)), 3 * np.eye(3) + rng.random((40, 3, 3))
    tets = rng.integers(0, 30, (40, 4))

    def energy(at: Any, stiff: Any, tets: Any, rest: Any) -> Any:
        corners = at[tets]
        f = rest @ (corners[:, 1:] - corners[:, :1])
        log = np.log(np.maximum(np.linalg.det(f), 0) + 1e-3)
        spread = np.sum(f * f, axis=(1, 2)) - 3 - 2 * log
        return np.sum(0.5 * stiff[0] * spread + 0.5 * stiff[1] * log**2)

    gradient, args = lg.grad(energy, (0, 1)), (at, np.ones(2), tets, rest)
    assert max(rows_written_out(gradient, *args))[0] == 3
    found, expected = (lg.jit(gradient, backend=name)(*args) for name in ("cpu", "numpy"))
    for x, y in zip(found, expected):
        np.testing.assert_allclose(x, y, rtol=1e-9)


def rows_written_out(f: Any, *args: Any) -> list[tuple[int, bool]]:
    """`written_out`, of the nests in common loops."""
    module = prepared(lg.trace(f, *(lg.spec(x.shape, x.dtype) for x in args)))
    return [
        (s.unrolled, s.is_scalar)
        for op in module.walk()
        if isinstance(op, kernel.FusedOp)
        for s in codegen.Codegen(op, "nest", "", lambda x: 0).schedules
    ]


def test_a_short_loop_whose_ends_a_guard_computes() -> None:
    """A convolution in a loop: the pullback pads, and a guard cuts the short loop of the kernel."""
    k = np.array([1.0, 2.0, 3.0])

    @lg.program
    def filtered(x: Any) -> Any:
        y = np.empty((38, 38))
        for row in range(38):
            y[row, :] = np.convolve(x[row, :], k, mode="valid")
        return y

    ct = np.random.default_rng(0).random((38, 38))
    gradient = lg.grad(lambda x: np.sum(ct * filtered(x)))(ones(38, 40))
    np.testing.assert_allclose(gradient, [np.correlate(c, k, mode="full") for c in ct])


def test_sums_of_few_columns_are_vectors_without_gaps():
    """LLVM would add the last rows of each column one by one, since a column has gaps."""
    x = np.random.default_rng(4).random((64, 32, 3)).astype(np.float32)

    def sums(x: Any) -> Any:
        return np.sum(x, axis=1), np.max(x, axis=(0, 1)), np.sum(x * 2, axis=0)

    for got, expected in zip(lg.jit(sums, backend="cpu")(x), sums(x)):
        np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert innermost(lambda x: np.sum(x, axis=1), x) == [3]
    assert innermost(lambda x: np.sum(np.exp(x), axis=1), x) != [3]  # exp is faster in vectors

    def product(x: Any, w: Any) -> Any:
        return np.sum(np.tanh(x)[:, :, None] * w, axis=1)

    # A function of what all columns have in common is computed once for each row.
    x, w = np.random.default_rng(5).random((64, 32)), np.random.default_rng(6).random((32, 2))
    np.testing.assert_allclose(lg.jit(product, backend="cpu")(x, w), np.tanh(x) @ w, rtol=1e-12)
    assert innermost(product, x, w) == [2]


def test_rows_of_short_sums_stay_in_registers() -> None:
    """A sum over 12 turns, into rows of 12 elements: each turn would load and store the row."""

    def forward(s: Any, m: Any) -> Any:
        def step(a: Any, row: Any) -> Any:
            return lg.logsumexp(a[:, :, None] + m, axis=1) + row, None

        return lg.scan(step, s[0], s[1:])[0]

    rng = np.random.default_rng(2)
    s, m = rng.standard_normal((4, 16, 12)), rng.standard_normal((12, 12))
    assert max(rows_written_out(forward, s, m))[0] == 1
    expected = s[0]
    for row in s[1:]:
        expected = np.log(np.sum(np.exp(expected[:, :, None] + m), axis=1)) + row
    np.testing.assert_allclose(lg.jit(forward, backend="cpu")(s, m), expected, rtol=1e-12)


MATRICES = (
    "bij,bsj->bsi", "bij,bsi->bsj", "bsij,bsjk->bsik", "bsij,bj->bsi", "bsi,bsj->bij",
    "ski,skj->kij",
    "sk,ski,skj->kij", "skij->kij", "ski->ki", "bsij->bsji",
)  # fmt: skip


@pytest.mark.sampled(6)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
@pytest.mark.parametrize("n", [2, 3, 4, 6, 7])
@pytest.mark.parametrize("letters", MATRICES)
def test_batches_and_sums_of_small_matrices(letters, n, dtype):
    """Also in batches of batches, and with a gradient that has a sum and elements of its own."""
    random = np.random.default_rng(n)
    sizes = {"b": 9, "s": 40}
    inputs = letters.split("->")[0].split(",")
    args = [
        random.integers(-4, 5, [sizes.get(c, n) for c in each]).astype(dtype) for each in inputs
    ]

    def f(*args):
        return np.einsum(letters, *args) * 2

    # Products of small integers are exact in any order.
    assert np.array_equal(lg.jit(f, backend="cpu")(*args), f(*args))
    if dtype == "int32":
        return

    def slopes(*args):
        return lg.grad(lambda *args: np.sum(f(*args) ** 2), argnums=tuple(range(len(args))))(*args)

    for got, wanted in zip(*(lg.jit(slopes, backend=b)(*args) for b in ("cpu", "numpy"))):
        assert np.array_equal(got, wanted)
