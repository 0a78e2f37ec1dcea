"""`lg.sparsity`, `lg.sparse_jacobian`, `lg.sparse_hessian`: programs of many kinds."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import pytest

import letgrad as lg

pytestmark = pytest.mark.sampled(4)

scipy_sparse = pytest.importorskip("scipy.sparse", reason="sparse matrices are SciPy's")

rng = np.random.default_rng(7)
A = np.where(rng.random((6, 8)) < 0.3, rng.standard_normal((6, 8)), 0.0)
PLACES = rng.integers(0, 8, (5, 2))
Function = Callable[..., Any]


def point(*shape: int) -> np.ndarray:
    return rng.uniform(0.5, 1.5, shape)


def dense(f: Function, *args: Any, argnums: int | tuple[int, ...] = 0) -> np.ndarray:
    """The dense Jacobian with all elements of the values by all elements of the arguments."""
    rows = lg.jacfwd(lambda *xs: _flat(f(*xs)), argnums)(*args)
    parts = _leaves(rows)
    flat = [np.reshape(p, (p.shape[0], prod(p.shape[1:]))) for p in parts]
    return np.concatenate(flat, axis=1)


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [x for part in tree.values() for x in _leaves(part)]
    if isinstance(tree, tuple | list):
        return [x for part in tree for x in _leaves(part)]
    return [tree]


def _flat(tree: Any) -> Any:
    return np.concatenate([np.ravel(x) for x in _leaves(tree)])


def stencil(x: np.ndarray) -> Any:
    inner = x[1:-1, 1:-1]
    return inner * (x[2:, 1:-1] + x[:-2, 1:-1]) - np.sin(x[1:-1, 2:]) * x[1:-1, :-2]


def walk(x: np.ndarray) -> Any:
    """A loop whose steps read one element each."""
    return lg.scan(lambda c, r: (0.5 * c + r, c * r), x[0], x[1:])


@lg.program
def in_place(x: np.ndarray) -> np.ndarray:
    y = x.copy()
    for i in range(1, 5):
        y[i] = x[i] * x[i - 1]
    return y


def halved(x: np.ndarray) -> Any:
    """A loop of unknown length."""
    return lg.while_loop(lambda y: np.sum(y) > 1.0, lambda y: 0.5 * y * x, x)


def until_found(x: np.ndarray) -> Any:
    return lg.cond(x[0] > 1.0, lambda: x[:3] * x[1:4], lambda: x[:3] ** 2)


SOLVED = lambda a: np.linalg.solve(a + 4 * np.eye(3), np.ones(3))  # noqa: E731

# Each function with a shape, and whether its pattern equals the nonzeros.
PROGRAMS: dict[str, tuple[Function, tuple[int, ...], bool]] = {
    "product of neighbours": (lambda x: x[1:] * x[:-1], (6,), True),
    "stencil": (stencil, (6, 7), True),
    "roll": (lambda x: np.roll(x, 1, 0) * np.roll(x, -2, 1) + x, (5, 7), True),
    "grid of a vector": (lambda x: np.ravel(stencil(np.reshape(x, (6, 7)))), (42,), True),
    "transposed": (lambda x: np.sin(x.T)[1:] * x.T[:-1], (3, 4), True),
    "strides": (lambda x: x[::2] * x[::-1][::2], (7,), True),
    "rows": (lambda x: np.sum(x, axis=1) * x[:, 0], (3, 4), True),
    "mean": (lambda x: x - np.mean(x) + np.mean(x), (4,), False),
    "sparse matrix": (lambda x: A @ x**2, (8,), True),
    "sparse matrix of columns": (lambda x: A @ x, (8, 3), True),
    "masked": (lambda x: np.where(np.arange(6) % 2 == 0, x**2, 1.0), (6,), True),
    "multiplied by a mask": (lambda x: x * np.array([1.0, 0.0, 2.0]), (3,), True),
    "triangle": (lambda x: np.tril(x) * 2.0, (3, 3), True),
    "running sum": (lambda x: np.cumsum(x**2), (5,), True),
    "running sum of rows": (lambda x: np.cumsum(x**2, axis=0), (3, 4), True),
    "gather": (lambda x: x[PLACES[:, 0]] * np.sin(x[PLACES[:, 1]]), (8,), True),
    "scatter": (
        lambda x: lg.scatter(9, x * x, lambda i: lg.asarray(np.array([3, 1, 3, 8]))[i]),
        (4,),
        True,
    ),
    "gather of a formula": (lambda x: lg.gather(7, x, lambda i: (3 * i) % 5), (5,), True),
    "comprehension": (lambda x: lg.build(5, lambda i: x[i] * x[(i + 2) % 5]), (5,), True),
    "sort": (np.sort, (5,), False),
    "argsort": (lambda x: x[np.argsort(x)] * 2.0, (5,), False),
    "data in an index": (lambda x: x * x[np.argmax(x)], (4,), False),
    "spectrum": (lambda x: np.fft.rfft(x).real, (6,), False),
    "spectra": (lambda x: np.abs(np.fft.fft(x, axis=1)), (2, 4), False),
    "determinants": (lambda x: np.linalg.det(x + 3 * np.eye(2)), (3, 2, 2), True),
    "solution": (SOLVED, (3, 3), False),
    "solutions": (
        lambda x: np.linalg.solve(x + 4 * np.eye(2), np.ones((3, 2, 1))),
        (3, 2, 2),
        False,
    ),
    "loop": (lambda x: walk(x)[1], (6,), False),
    "written in place": (in_place, (6,), True),
    "unknown length": (halved, (4,), False),
    "condition": (until_found, (5,), False),
    "nothing": (lambda x: np.zeros(3) * np.floor(x[:3]), (4,), True),
    "constant": (lambda x: np.ones(3), (4,), True),
    "scalar": (lambda x: x**2, (), True),
    "to a scalar": (lambda x: np.sum(np.sin(x)), (5,), True),
    "empty": (lambda x: np.sin(x), (0, 3), True),
    "empty rows": (lambda x: x[:0] * 2.0, (4,), True),
    "stopped": (lambda x: x * lg.stop_gradient(np.sum(x)), (4,), True),
    "integers": (lambda x: x * np.floor(x).astype(int), (4,), False),
    "fixed point": (
        lambda x: lg.fixed_point(lambda y, x: 0.25 * np.cos(y) * x, x, x),
        (3,),
        False,
    ),
    "largest": (lambda x: np.max(x, axis=1), (3, 4), False),
    "convolution": (lambda x: np.convolve(x, np.array([1.0, 2.0, 3.0])), (6,), True),
    "outer": (lambda x: np.outer(x, x), (3,), True),
    # Values that come from several parts, one after the other, mixed, or moved around.
    "stacked": (lambda x: np.stack([x[1:] * x[:-1], np.sin(x[1:])]), (5, 3), True),
    "stacked in each row": (lambda x: np.stack([x[1:] * x[0], np.sin(x[1:])], -1), (20,), True),
    "joined columns": (lambda x: np.concatenate([x[1:].T * x[0, 0], x.T], 1), (4, 3), True),
    "turned around": (lambda x: np.stack([x.T, 2.0 * x.T[::-1]]).T, (3, 4), True),
    "some constant": (lambda x: np.concatenate([x * x, np.ones(3), x[:2]]), (3,), True),
    "twice the same": (lambda x: (lambda y: np.stack([y, y]))(np.sin(x)), (3, 2), True),
    "scalars": (lambda x: np.stack([np.sin(x[0]), x[1] * x[2]]), (4,), True),
    "a copy": (lambda x: np.broadcast_to(np.sin(x)[:, None], (3, 2)), (3,), True),
    "six dimensions": (lambda x: np.stack([np.sin(x), x * x]), (2, 1, 3, 2, 2), True),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", PROGRAMS)
def test_jacobian(name: str) -> None:
    f, shape, is_exact = PROGRAMS[name]
    x = point(*shape)
    wanted = dense(f, x)
    pattern = lg.sparsity(f, x)
    assert pattern.shape == wanted.shape
    full = pattern.toarray()
    assert not ((wanted != 0) & ~full).any()
    if is_exact:
        assert np.array_equal(full, wanted != 0)
    jacobian = lg.sparse_jacobian(f)
    np.testing.assert_allclose(jacobian(x).toarray(), wanted, rtol=1e-9, atol=1e-12)
    assert np.array_equal(jacobian(x).toarray() != 0, (wanted != 0))
    assert jacobian.pattern(x).nnz == full.sum()


@pytest.mark.sampled(4)
@pytest.mark.parametrize("order", ["columns", "rows", "both"])
@pytest.mark.parametrize("name", ["stencil", "sparse matrix", "gather", "loop", "outer", "empty"])
def test_orders(name: str, order: Any) -> None:
    f, shape, _ = PROGRAMS[name]
    x = point(*shape)
    found = lg.sparse_jacobian(f, order=order)(x)
    np.testing.assert_allclose(found.toarray(), dense(f, x), rtol=1e-9, atol=1e-12)


def test_an_arrowhead_takes_rows_and_columns() -> None:
    f = lambda x: np.concatenate([np.sum(x**2, keepdims=True), x[1:] * x[0]])  # noqa: E731
    x = point(30)
    jacobian = lg.sparse_jacobian(f, order="both")
    np.testing.assert_allclose(jacobian(x).toarray(), dense(f, x), rtol=1e-12)
    assert jacobian.pattern(x).colours == 3
    assert lg.sparse_jacobian(f, order="columns").pattern(x).colours == 30


def star(x: np.ndarray) -> Any:
    """A cell and its neighbours along each axis, of a grid without walls."""
    moved = [np.roll(x, k, axis) for axis in range(x.ndim) for k in (1, -1)]
    return x * x + sum(moved)


def square(x: np.ndarray) -> Any:
    """A cell and its eight neighbours."""
    rows = x * x + np.roll(x, 1, 0) + np.roll(x, -1, 0)
    return rows + np.roll(rows, 1, 1) + np.roll(rows, -1, 1)


def two_species(x: np.ndarray) -> Any:
    """Two arrays, each a star, and each reads the other one's cell."""
    return np.stack([star(x[0]) + x[1], star(x[1]) * x[0]])


@pytest.mark.parametrize(
    ("f", "shape", "colours"),
    [
        # A lattice fits these sizes.
        (star, (12,), 3),
        (star, (10, 15), 5),
        (two_species, (2, 6, 12), 6),
        # It does not fit these: the grid is wound around a ring.
        (star, (13,), 4),
        (star, (8,), 4),
        (star, (5,), 5),
        (star, (12, 16), 6),
        (square, (10, 10), 10),
        (two_species, (2, 20, 20), 7),
        (two_species, (2, 20, 30), 7),
        (star, (8, 16, 8), 8),
    ],
)
def test_colours_of_periodic_stencils(f: Function, shape: tuple[int, ...], colours: int) -> None:
    x = point(*shape)
    assert lg.sparse_jacobian(f).colouring(x).colours == colours


@pytest.mark.parametrize("shape", [(2, 20, 20), (2, 7, 13)])
def test_a_periodic_stencil(shape: tuple[int, ...]) -> None:
    x = point(*shape)
    found = lg.sparse_jacobian(two_species)(x)
    np.testing.assert_allclose(found.toarray(), dense(two_species, x), rtol=1e-12)


def rosenbrock(x: np.ndarray) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("f", "shape", "colours"),
    [
        (rosenbrock, (9,), 3),
        (lambda x: np.sum(x[0] * x**2), (9,), 2),
        (lambda x: np.sum(np.sin(x)), (9,), 1),
        (lambda x: np.prod(x), (4,), 4),
        (lambda x: np.sum(x[1:, 1:] * x[:-1, 1:] * x[1:, :-1]), (4, 5), None),
        (lambda x: np.sum(x[PLACES[:, 0]] * x[PLACES[:, 1]] ** 2), (8,), None),
        (lambda x: np.sum(x), (4,), 1),
        (lambda x: x**3, (), 1),
    ],
)
def test_hessian(f: Function, shape: tuple[int, ...], colours: int | None) -> None:
    x = point(*shape)
    hessian = lg.sparse_hessian(f)
    wanted = np.reshape(lg.hessian(f)(x), (x.size, x.size))
    np.testing.assert_allclose(hessian(x).toarray(), wanted, rtol=1e-9, atol=1e-12)
    if colours is not None:
        assert hessian.pattern(x).colours == colours


def test_several_arguments_and_values() -> None:
    def f(p: dict[str, Any], y: Any, k: Any) -> Any:
        return {"first": p["a"][1:] * y[0], "second": (np.sin(p["b"]), y * k)}

    args = {"a": point(4), "b": point(2, 2)}, point(3), 2
    for argnums in (0, 1, (0, 1), (1, 0)):
        wanted = dense(f, *args, argnums=argnums)
        found = lg.sparse_jacobian(f, argnums)(*args)
        np.testing.assert_allclose(found.toarray(), wanted, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, "bfloat16"])
def test_dtypes(dtype: Any) -> None:
    import ml_dtypes

    kind = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    x = np.arange(1, 6).astype(kind)
    jacobian = lg.sparse_jacobian(lambda x: x[1:] * x[:-1])
    assert jacobian.values(x).dtype == kind
    assert jacobian.values(x).astype(float).tolist() == [2, 1, 3, 2, 4, 3, 5, 4]
    assert jacobian(x).toarray().astype(float)[0].tolist() == [2, 1, 0, 0, 0]


def test_mixed_dtypes_give_the_wider_one() -> None:
    f = lambda x, y: (x * 2, y * y)  # noqa: E731
    x, y = np.ones(2, np.float32), np.full(3, 2.0)
    values = lg.sparse_jacobian(f, (0, 1)).values(x, y)
    assert values.dtype == np.float64 and values.tolist() == [2, 2, 4, 4, 4]


@pytest.mark.parametrize("backend", ["numpy", "cpu", "triton"])
def test_backends(backend: str) -> None:
    x = point(6, 7)
    jacobian = lg.sparse_jacobian(stencil)
    values = lg.jit(lambda x: jacobian.values(x), backend=backend)(x)
    np.testing.assert_allclose(np.asarray(values), jacobian.values(x), rtol=1e-12)


def test_values_are_differentiable() -> None:
    jacobian = lg.sparse_jacobian(lambda x: x[1:] ** 2 * x[:-1])
    dense_one = lambda x: np.sum(np.sin(lg.jacfwd(lambda x: x[1:] ** 2 * x[:-1])(x)))  # noqa: E731
    sparse_one = lambda x: np.sum(np.sin(jacobian.values(x)))  # noqa: E731
    x = point(5)
    for make in (lg.grad, lg.jacfwd):
        np.testing.assert_allclose(make(sparse_one)(x), make(dense_one)(x), rtol=1e-12)
    np.testing.assert_allclose(lg.hessian(sparse_one)(x), lg.hessian(dense_one)(x), rtol=1e-12)


def test_values_in_a_function_that_captures() -> None:
    def f(x: Any, s: Any) -> Any:
        return lg.sparse_jacobian(lambda y: s * y[1:] * y[:-1]).values(x)

    x = np.arange(1.0, 5.0)
    assert lg.jit(f)(x, 2.0).tolist() == [4.0, 2.0, 6.0, 4.0, 8.0, 6.0]
    gradient = lg.grad(lambda x, s: np.sum(f(x, s)), argnums=1)(x, 2.0)
    np.testing.assert_allclose(gradient, 15.0)


def test_custom_derivatives() -> None:
    shifted = lg.custom_jvp(np.sin)
    # The rule reads the neighbour, which the function does not.
    shifted.defjvp(lambda xs, ts: (np.sin(xs[0]), np.roll(ts[0], 1)))
    found = lg.sparse_jacobian(shifted)(point(4)).toarray()
    assert np.array_equal(found, np.roll(np.eye(4), 1, axis=0))

    swapped = lg.custom_vjp(lambda x: 2.0 * x)
    swapped.defvjp(lambda x: (2.0 * x, None), lambda _, ct: (ct[::-1],))
    found = lg.sparse_jacobian(swapped, order="rows")(point(3)).toarray()
    assert np.array_equal(found, np.eye(3)[::-1])


@pytest.mark.parametrize(
    ("f", "shape", "said"),
    [
        (lambda x: x[np.argsort(x)], (5,), "indices of a gather are not known"),
        (lambda x: x * x[np.argmax(x)], (4,), "index is not known"),
        (PROGRAMS["fixed point"][0], (3,), "each unknown of a system depends on all equations"),
    ],
)
def test_remarks_name_the_op_that_is_dense(f: Function, shape: tuple[int, ...], said: str) -> None:
    with lg.remarks() as remarks:
        lg.sparsity(f, point(*shape))
    found = [r for r in remarks if r.pass_name == "ten-sparsity" and said in r.text]
    assert found, list(remarks)


def test_a_remark_has_the_colours() -> None:
    with lg.remarks() as remarks:
        lg.sparse_jacobian(lambda x: x[1:] * x[:-1]).values(point(7))
    texts = [r.text for r in remarks if r.rule == "Colouring"]
    assert any("2 colours of columns (lattice), at least 2" in text for text in texts)


def test_the_pattern_of_a_long_loop_is_a_fixed_point() -> None:
    f = lambda x, y: lg.fold(lambda c, r: c * 0.5 + r * y, y, x)  # noqa: E731
    x, y = point(30_000), point(2)
    assert lg.sparsity(f, x, y, argnums=1).toarray().tolist() == [[True, False], [False, True]]
    assert lg.sparsity(f, x, y).nnz == 60_000


def test_a_long_loop_that_moves_its_carry_is_dense() -> None:
    f = lambda x: lg.fori_loop(0, 20_000, lambda i, c: np.roll(c, 1) * 0.5, x)  # noqa: E731
    assert lg.sparsity(f, point(40)).nnz == 1600


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: lg.sparse_jacobian(np.sin)(3), TypeError, "needs floats"),
        (lambda: lg.sparse_jacobian(np.sin)(np.ones(2) + 1j), TypeError, "complex"),
        (lambda: lg.sparse_jacobian(np.floor, order="most"), ValueError, "none of"),
        (lambda: lg.sparse_jacobian(lambda x: x > 1)(np.ones(2)), TypeError, "needs floats"),
        (lambda: lg.sparse_jacobian(np.sin, (0, 0))(np.ones(2)), ValueError, "twice"),
        (lambda: lg.sparse_hessian(np.sin)(np.ones(2)), TypeError, "float scalar"),
        (lambda: lg.jit(lg.sparse_jacobian(np.sin))(np.ones(2)), TypeError, ".values"),
    ],
)
def test_errors(call: Callable[[], Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        call()
