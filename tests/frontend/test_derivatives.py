"""
Derivatives of Python functions: values against closed forms and finite differences, structure,
nesting, and errors with the user's line.
"""

# ruff: noqa: E731 (a function of one line reads best as one)

from __future__ import annotations

import functools
import inspect
import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import arrays
from letgrad.frontend import pytree
from letgrad.passes.rewriting.diagnostics import LetgradError

pytestmark = pytest.mark.sampled(3)

Layer = namedtuple("Layer", "w b")
V = np.array([0.3, -0.7, 1.2])
M = np.linspace(-1.0, 1.5, 12).reshape(3, 4)


def differences(f, x, step=1e-6):
    """The gradient of f by central differences, in the structure of x."""
    leaves, tree = pytree.flatten(x)
    slopes = []
    for k, leaf in enumerate(leaves):
        slope = np.zeros(np.shape(leaf))
        for place in np.ndindex(np.shape(leaf)):
            values = []
            for sign in (1, -1):
                moved = np.array(leaf, np.float64)
                moved[place] += sign * step
                values.append(f(tree.unflatten([*leaves[:k], moved[()], *leaves[k + 1 :]])))
            slope[place] = (values[0] - values[1]) / (2 * step)
        slopes.append(slope[()])
    return tree.unflatten(slopes)


def assert_equal(found: Any, expected: Any, rtol: float = 1e-12, atol: float = 1e-14) -> None:
    """Equal structures of close numbers."""
    a, found_tree = pytree.flatten(found)
    b, expected_tree = pytree.flatten(expected)
    assert found_tree == expected_tree
    for x, y in zip(a, b):
        assert np.shape(x) == np.shape(y)
        np.testing.assert_allclose(x, y, rtol=rtol, atol=atol)


def assert_gradient(f, x) -> None:
    """Reverse mode agrees with differences in plain NumPy, and forward mode with reverse mode."""
    by_differences = differences(f, x)
    gradient = lg.grad(f)(x)
    assert_equal(gradient, by_differences, rtol=2e-7, atol=1e-8)
    direction = pytree.map_leaves(
        lambda leaf: np.cos(1 + np.arange(np.size(leaf))).reshape(np.shape(leaf))[()], x
    )
    _, slope = lg.jvp(f, (x,), (direction,))
    pairs = zip(pytree.flatten(gradient)[0], pytree.flatten(direction)[0])
    np.testing.assert_allclose(slope, sum(np.sum(g * d) for g, d in pairs), rtol=1e-11, atol=1e-13)


def line_of(fn, text: str) -> str:
    """`file:line` of the line with that text in the source of a function."""
    lines, first = inspect.getsourcelines(fn)
    (k,) = [k for k, line in enumerate(lines) if text in line]
    return f"{__file__}:{first + k}"


# Structure: which arguments, in which containers.


def test_the_gradient_has_the_structure_of_the_argument():
    def f(p):
        first, rest = p["layers"]
        return np.sum(first.w * first.b) * rest[0] + p["scale"] ** 2 + 0 * np.sum(p["none"])

    p = {
        "layers": (Layer(np.array([1.0, 2.0]), np.array([3.0, 5.0])), [2.0]),
        "scale": 4.0,
        "none": np.zeros((0, 3)),
        "name": "ignored",
        "nothing": None,
    }
    expected = {
        "layers": (Layer(np.array([6.0, 10.0]), np.array([2.0, 4.0])), [13.0]),
        "scale": 8.0,
        "none": np.zeros((0, 3)),
        "name": "ignored",
        "nothing": None,
    }
    assert_equal(lg.grad(f)(p), expected)
    value, slopes = lg.value_and_grad(f)(p)
    assert value == 13 * 2 + 16
    assert_equal(slopes, expected)
    assert_equal(lg.jit(lg.grad(f))(p), expected)
    assert_equal(lg.grad(lg.jit(f))(p), expected)


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 12.0),
        (1, 8.0),
        (-1, 6.0),
        ((0,), (12.0,)),
        ((2, 0), (6.0, 12.0)),
        ((-1, -3), (6.0, 12.0)),
        ([1, 1], (8.0, 8.0)),
        ((), ()),
    ],
)
def test_argnums(argnums, expected):
    f = lambda x, y, z: x * y * z
    assert_equal(lg.grad(f, argnums)(2.0, 3.0, 4.0), expected)
    assert_equal(lg.jacrev(f, argnums)(2.0, 3.0, 4.0), expected)
    assert_equal(lg.jacfwd(f, argnums)(2.0, 3.0, 4.0), expected)


def test_keyword_arguments_are_passed_on():
    def f(x, y=3.0, *, power, mode="double"):
        return (2 if mode == "double" else 1) * x ** power["n"] * y

    assert_equal(lg.grad(f)(2.0, power={"n": 2}), 24.0)
    assert_equal(lg.grad(f)(2.0, y=1.0, power={"n": 3}, mode="single"), 12.0)
    assert_equal(lg.grad(f, -1)(2.0, 5.0, power={"n": 3}), 16.0)
    assert_equal(lg.jacfwd(f)(2.0, power={"n": 2}), 24.0)


def test_has_aux():
    def f(x, n):
        return x * x, {"sum": np.sum(x), "n": n + 1, "vector": x * np.ones(2), "tag": "kept"}

    aux = {"sum": 3.0, "n": 8, "vector": np.array([3.0, 3.0]), "tag": "kept"}
    assert_equal(lg.grad(f, has_aux=True)(3.0, 7), (6.0, aux))
    assert_equal(lg.value_and_grad(f, has_aux=True)(3.0, 7), ((9.0, aux), 6.0))
    assert_equal(lg.jit(lg.grad(f, has_aux=True))(3.0, 7), (6.0, aux))


def test_callables_of_all_kinds():
    class Model:
        w = 3.0

        def __call__(self, x):
            return self.w * x * x

        def method(self, x):
            return self.w * x

    assert lg.grad(Model())(2.0) == 12
    assert lg.grad(Model().method)(2.0) == 3
    assert lg.grad(functools.partial(lambda a, x: a * x, 5.0))(2.0) == 5
    assert lg.grad(np.sin)(0.0) == 1
    assert lg.grad(functools.wraps(np.sin)(lambda x: np.sin(x)))(0.0) == 1


def test_another_shape_is_another_trace():
    g = lg.grad(lambda x: np.sum(x**2) / np.size(x))
    assert_equal(g(np.ones(2)), np.ones(2))
    assert_equal(g(np.ones((2, 2))), np.full((2, 2), 0.5))
    assert_equal(g(3.0), 6.0)
    assert g(np.float32(3)).dtype == np.float32


# Types.


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, arrays.bfloat16])
def test_the_dtype_is_kept(dtype):
    x = np.array([0.5, 1.5], dtype)
    f = lambda x: np.sum(np.sin(x) * 2 * x)
    assert lg.grad(f)(x).dtype == dtype
    assert lg.grad(f)(x[0]).dtype == dtype
    value, (ct,) = (lambda v, pull: (v, pull(np.array([1.0, 2.0]))))(*lg.vjp(np.sin, x))
    assert value.dtype == ct.dtype == dtype
    assert all(y.dtype == dtype for y in lg.jvp(np.sin, (x,), (np.ones(2),)))
    assert lg.jacrev(np.sin)(x).dtype == lg.jacfwd(np.sin)(x).dtype == dtype
    assert lg.hessian(f)(x).dtype == dtype
    assert lg.hvp(f, (x,), (x,)).dtype == dtype
    exact = 2 * np.sin(x.astype(float)) + 2 * x.astype(float) * np.cos(x.astype(float))
    rtol = 2e-2 if dtype == arrays.bfloat16 else 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(lg.grad(f)(x).astype(float), exact, rtol=rtol)


def test_each_argument_keeps_its_own_dtype():
    a, b = np.ones(3, np.float32), np.full(3, 2.0)
    da, db = lg.grad(lambda a, b: np.sum(a * a * b), (0, 1))(a, b)
    assert (da.dtype, db.dtype) == (np.float32, np.float64)
    assert_equal((da, db), (np.full(3, 4.0), np.ones(3)))
    jacobian = lg.jacrev(lambda a, b: {"p": a * b, "q": a}, (0, 1))(a, b)
    assert [x.dtype for x in (*jacobian["p"], *jacobian["q"])] == ["f4", "f8", "f4", "f8"]
    assert_equal(jacobian, lg.jacfwd(lambda a, b: {"p": a * b, "q": a}, (0, 1))(a, b))


def test_integers_have_no_derivative():
    def f(x, n, mask):
        return np.sum(np.where(mask, x**n, np.floor(x) * n)) + np.argmax(x), n * 2

    x, n, mask = np.array([1.5, 2.5]), np.array([2, 3]), np.array([True, False])
    value, pull = lg.vjp(f, x, n, mask)
    assert_equal(value, (1.5**2 + 6 + 1, np.array([4, 6])))
    dx, dn, dmask = pull((2.0, np.array([7, 7])))
    assert_equal((dx, dn, dmask), (np.array([6.0, 0.0]), np.zeros(2), np.zeros(2)))
    assert (dn.dtype, dmask.dtype) == (np.int64, np.bool_)
    zeros = np.zeros(2, int)
    _, (slope, dn) = lg.jvp(f, (x, n, mask), (np.array([1.0, 5.0]), zeros, mask))
    assert slope == 3.0 and not np.any(dn) and dn.dtype == np.int64


def test_functions_without_any_float():
    value, pull = lg.vjp(lambda n: n * n, 3)
    assert value == 9 and pull(1) == (0,)
    assert lg.jvp(lambda n: n * n, (3,), (1,)) == (9, 0)
    value, slope = lg.jvp(lambda n: n * 0.5, (3,), (1,))
    assert (value, slope) == (1.5, 0.0) and slope.dtype == np.float64
    assert lg.vjp(lambda n: n * 0.5, 3)[1](1.0) == (0,)
    assert lg.grad(lambda p: 3.0)(()) == ()
    assert lg.jit(lambda n: lg.vjp(lambda n: n * n, n)[1](1)[0])(3) == 0


def test_constants():
    assert_equal(lg.grad(lambda x: 3.0)(V), np.zeros(3))
    assert_equal(lg.grad(lambda x: np.float64(3))(1.0), 0.0)
    assert_equal(lg.jacrev(lambda x: np.ones(2))(V), np.zeros((2, 3)))
    assert_equal(lg.jacfwd(lambda x: np.ones(2))(V), np.zeros((2, 3)))
    assert_equal(lg.hessian(np.sum)(V), np.zeros((3, 3)))


def test_empty_arrays():
    empty = np.zeros((0, 3))
    assert_equal(lg.value_and_grad(lambda x: np.sum(np.sin(x)))(empty), (0.0, empty))
    assert_equal(lg.vjp(np.sin, empty)[1](empty), (empty,))
    assert_equal(lg.jvp(np.sin, (empty,), (empty,)), (empty, empty))
    for jacobian in (lg.jacrev, lg.jacfwd):
        assert jacobian(np.sin)(empty).shape == (0, 3, 0, 3)
        assert jacobian(np.sum)(empty).shape == (0, 3)
        assert jacobian(lambda x: x * empty)(1.0).shape == (0, 3)
    assert lg.hessian(np.sum)(empty).shape == (0, 3, 0, 3)


# The other derivatives.


def test_vjp():
    def f(p, y):
        return {"a": p[0] * y, "b": [p[1] ** 2]}

    p, y = (2.0, np.array([1.0, 3.0])), np.array([4.0, 5.0])
    value, pull = lg.vjp(f, p, y)
    assert_equal(value, {"a": 2 * y, "b": [p[1] ** 2]})
    ct = {"a": np.array([1.0, 10.0]), "b": [np.array([100.0, 1.0])]}
    expected = ((54.0, np.array([200.0, 6.0])), np.array([2.0, 20.0]))
    assert_equal(pull(ct), expected)
    assert_equal(pull(ct), expected)
    assert_equal(
        pull({"a": [1, 10], "b": [np.array([100, 1])]} | {"a": np.array([1, 10])}), expected
    )


def test_jvp():
    def f(p, y):
        return {"a": p[0] * y, "b": [p[1] ** 2]}

    primals = [(2.0, np.array([1.0, 3.0])), np.array([4.0, 5.0])]
    tangents = [(10.0, np.array([1.0, 0.0])), np.array([0, 1])]
    value, slope = lg.jvp(f, primals, tangents)
    assert_equal(value, f(*primals))
    assert_equal(slope, {"a": np.array([40.0, 52.0]), "b": [np.array([2.0, 0.0])]})


@pytest.mark.parametrize("jacobian", [lg.jacrev, lg.jacfwd])
def test_jacobians(jacobian):
    def f(x, m):
        return {"outer": x[:, None] * m.T[0], "sum": np.sum(m) * x[0]}

    found = jacobian(f, (0, 1))(V, M)
    outer = np.einsum("ik,j->ijk", np.eye(3), M.T[0])
    by_m = np.zeros((3, 3, 3, 4))
    by_m[..., 0] = np.einsum("i,jk->ijk", V, np.eye(3))
    expected = {
        "outer": (outer, by_m),
        "sum": (np.sum(M) * np.eye(3)[0], np.full((3, 4), V[0])),
    }
    assert_equal(found, expected)
    assert_equal(lg.jit(jacobian(f, (0, 1)))(V, M), expected)


@pytest.mark.parametrize("jacobian", [lg.jacrev, lg.jacfwd])
def test_a_jacobian_is_one_batch(jacobian):
    """The program does not grow with the number of directions."""
    sizes = [
        sum(1 for _ in lg.trace(jacobian(lambda x: np.sin(x) * np.sum(x)), lg.spec(n)).walk())
        for n in (3, 30)
    ]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("outer", [lg.jacrev, lg.jacfwd])
@pytest.mark.parametrize("inner", [lg.jacrev, lg.jacfwd])
def test_hessians(outer, inner):
    f = lambda x: np.sum(x**3) + x[0] * x[1] * np.exp(x[2])
    e = math.exp(V[2])
    mixed = np.array([[0, e, V[1] * e], [e, 0, V[0] * e], [V[1] * e, V[0] * e, V[0] * V[1] * e]])
    expected = np.diag(6 * V) + mixed
    assert_equal(outer(inner(f))(V), expected)
    assert_equal(lg.hessian(f)(V), expected)
    assert_equal(lg.hvp(f, (V,), (np.array([1.0, 2.0, 3.0]),)), expected @ [1, 2, 3])


def test_the_hessian_of_a_structure():
    f = lambda p: p["a"] ** 2 * p["b"][0] + p["b"][1]
    found = lg.hessian(f)({"a": 3.0, "b": np.array([5.0, 7.0])})
    expected = {
        "a": {"a": 10.0, "b": np.array([6.0, 0.0])},
        "b": {"a": np.array([6.0, 0.0]), "b": np.zeros((2, 2))},
    }
    assert_equal(found, expected)
    assert_equal(lg.hessian(lambda x, y: x**2 * y, (0, 1))(3.0, 5.0), ((10.0, 6.0), (6.0, 0.0)))


def test_hvp_by_several_arguments():
    f = lambda x, y: np.sum(x**2) * y
    found = lg.hvp(f, (V, 2.0), (np.ones(3), 10.0))
    assert_equal(found, (4 + 20 * V, 2 * np.sum(V)))


# Nesting.


def second(f):
    return {
        "grad grad": lg.grad(lg.grad(f)),
        "jacfwd grad": lg.jacfwd(lg.grad(f)),
        "grad jacfwd": lg.grad(lg.jacfwd(f)),
        "jvp jvp": lambda x: lg.jvp(lambda x: lg.jvp(f, (x,), (1.0,))[1], (x,), (1.0,))[1],
        "jvp vjp": lambda x: lg.jvp(lambda x: lg.vjp(f, x)[1](1.0)[0], (x,), (1.0,))[1],
        "vjp jvp": lambda x: lg.vjp(lambda x: lg.jvp(f, (x,), (1.0,))[1], x)[1](1.0)[0],
        "hvp": lambda x: lg.hvp(f, (x,), (1.0,)),
        "hessian": lg.hessian(f),
    }


@pytest.mark.parametrize("how", second(np.sin))
def test_second_and_third_order(how):
    f = lambda x: np.exp(np.sin(x) * x) / (1 + x * x)
    x, h = 0.7, 1e-4
    twice = (f(x + h) - 2 * f(x) + f(x - h)) / h**2
    found = second(f)[how](x)
    np.testing.assert_allclose(found, twice, rtol=1e-6)
    np.testing.assert_allclose(found, lg.grad(lg.grad(f))(x), rtol=1e-13)
    assert_equal(second(lambda x: x**5)[how](2.0), 160.0)
    assert_equal(lg.grad(second(lambda x: x**5)[how])(2.0), 240.0)
    assert_equal(lg.jacfwd(second(lambda x: x**5)[how])(2.0), 240.0)
    assert_equal(lg.jit(second(lambda x: x**5)[how])(2.0), 160.0)


def test_third_derivatives_of_several_variables():
    f = lambda x: np.prod(x) * x[0]
    expected = np.zeros((3, 3, 3))
    x, y, z = V
    for places, value in (((0, 0, 1), 2 * z), ((0, 0, 2), 2 * y), ((0, 1, 2), 2 * x)):
        for order in {
            (places[i], places[j], places[3 - i - j]) for i in range(3) for j in range(3) if i != j
        }:
            expected[order] = value
    assert_equal(lg.jacfwd(lg.hessian(f))(V), expected)
    assert_equal(lg.jacrev(lg.jacrev(lg.jacrev(f)))(V), expected)


# Perturbation confusion: each derivative is by its own variable.


def test_inner_derivatives_see_outer_variables_as_constants():
    assert lg.grad(lambda x: x * lg.grad(lambda y: x + y)(1.0))(1.0) == 1
    assert lg.grad(lambda x: x * lg.grad(lambda y: x * y)(2.0))(3.0) == 6
    assert lg.grad(lambda x: x * lg.grad(lambda y: x + y)(x))(5.0) == 1
    assert lg.jvp(lambda x: x * lg.jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1
    assert lg.grad(lambda x: lg.jvp(lambda y: x * y * y, (x,), (x,))[1])(3.0) == 54  # 2 x³
    assert lg.grad(lambda x: x * lg.jvp(lambda y: x * y * y, (2.0,), (1.0,))[1])(3.0) == 24


def test_captures_through_several_levels():
    def f(x):
        def g(y):
            def h(z):
                return x**2 * y**3 * z**4

            return lg.grad(h)(1.0) + y * x

        return lg.grad(g)(2.0)  # 4 x² 3 y² + x at y = 2

    assert lg.grad(f)(3.0) == 2 * 48 * 3 + 1
    assert lg.jit(f)(3.0) == 48 * 9 + 3
    assert lg.grad(lg.grad(f))(3.0) == 96


def test_captured_arrays_and_constants():
    a = np.arange(3.0)

    def f(x):
        inner = lg.jacrev(lambda y: x * y * a)(np.ones(3))  # diag(x a)
        return np.sum(inner * np.arange(9.0).reshape(3, 3))

    assert_equal(lg.grad(f)(V), a * [0, 4, 8])


def test_a_nested_pullback_may_be_used_later():
    def f(x):
        _, pull = lg.vjp(lambda y: x * np.sin(y), 2.0)
        return sum(pull(k * x)[0] for k in (1.0, 2.0))  # 3 x² cos 2

    assert_equal(lg.grad(f)(5.0), 30 * math.cos(2.0))


def test_stop_gradient():
    assert lg.grad(lambda x: x * lg.stop_gradient({"a": [x * x]})["a"][0])(3.0) == 9
    assert lg.jvp(lambda x: x * lg.stop_gradient(x), (3.0,), (1.0,))[1] == 3
    assert lg.grad(lg.grad(lambda x: x**2 * lg.stop_gradient(x)))(3.0) == 6
    assert lg.grad(lambda x: x * lg.grad(lambda y: y * lg.stop_gradient(y * x))(x))(3.0) == 9
    n = lg.stop_gradient((3, np.ones(2), None))
    assert n[0] == 3 and n[2] is None
    straight = lambda x: x + lg.stop_gradient(np.round(x) - x)
    assert lg.value_and_grad(straight)(1.7) == (2.0, 1.0)


# In the middle of other things.


def test_inside_a_build():
    def f(v):
        rows = lg.build(v.shape, lambda i: lg.grad(lambda t: np.sin(t * v[i]))(v[i] + i))
        return np.sum(rows)

    t = lambda v: np.sum(np.cos((v + np.arange(3)) * v) * v)
    np.testing.assert_allclose(lg.jit(f)(V), t(V), rtol=1e-14)
    assert_equal(lg.grad(f)(V), differences(t, V), rtol=1e-7)
    hessians = lg.jit(lambda m: lg.build(3, lambda i: lg.hessian(lambda v: np.sum(v**3))(m[i])))(M)
    assert_equal(hessians, np.stack([np.diag(6 * row) for row in M]))


def test_of_a_build():
    f = lambda m: np.sum(lg.build((3, 2), lambda i, j: m[i, j + 1] ** 2 * m[j, i] * (i + 1)))
    plain = lambda m: sum(m[i, j + 1] ** 2 * m[j, i] * (i + 1) for i in range(3) for j in range(2))
    assert_equal(lg.grad(f)(M), differences(plain, M), rtol=1e-7, atol=1e-9)


def test_inside_a_conditional():
    def f(x):
        return lg.cond(x > 0, lambda x: x * lg.grad(np.sin)(x), lambda x: x * x, x)

    assert_equal(lg.value_and_grad(f)(1.0), (math.cos(1), math.cos(1) - math.sin(1)))
    assert_equal(lg.value_and_grad(f)(-3.0), (9.0, -6.0))
    assert_equal(lg.grad(lg.grad(f))(1.0), -2 * math.sin(1) - math.cos(1))


def test_a_conditional_and_its_nan():
    def root(x):
        return lg.cond(x > 0, np.sqrt, lambda x: 0 * x, x)

    assert lg.grad(root)(4.0) == 0.25 and lg.grad(root)(0.0) == 0
    where = lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0))
    assert_equal(lg.grad(where)(np.array([0.0, 4.0])), np.array([0.0, 0.25]))


def test_a_derivative_that_a_conditional_captures():
    def f(x, flag):
        g = lg.grad(lambda y: y**3 * x)
        return lg.cond(flag, lambda: g(x), lambda: g(2.0))

    assert lg.grad(f)(3.0, True) == 81  # 3 x³
    assert lg.grad(f)(3.0, False) == 12


INDEXING = {
    "scalar": lambda m: m[1, 2] ** 2,
    "negative": lambda m: m[-1, -2] ** 2,
    "row": lambda m: np.sum(m[1] ** 2),
    "slices": lambda m: np.sum(m[1:, ::2] ** 2),
    "reversed": lambda m: np.sum(m[::-1, 3:0:-2] ** 2 * np.arange(6.0).reshape(3, 2)),
    "ellipsis and None": lambda m: np.sum(m[..., None, 1] ** 2),
    "empty slice": lambda m: np.sum(m[2:2]) + m[0, 0] ** 2,
    "integer array": lambda m: np.sum(m[np.array([2, 0, 2])] ** 2),
    "list": lambda m: np.sum(m[[2, 0, 2]] ** 2),
    "two integer arrays": lambda m: np.sum(m[np.array([2, 0, 2]), np.array([1, 1, 1])] ** 3),
    "array of two dims": lambda m: np.sum(m[:, np.array([[0, 3], [3, 0]])] ** 3),
    "array between slices": lambda m: np.sum(m[None, np.array([1, 1]), 1:3] ** 3),
    "mask that is constant": lambda m: np.sum(m[np.array([True, False, True])] ** 2),
    "iteration": lambda m: sum(np.sum(row) * k for k, row in enumerate(m)) ** 2,
    "unpacking": lambda m: (lambda a, b, c: np.sum(a * b * c))(*m),
    "take": lambda m: np.sum(np.take(m, [0, 0, 3], axis=1) ** 2),
    "transpose": lambda m: np.sum(m.T[2] * m[:, 1]),
    "where of itself": lambda m: np.sum(np.where(m > 0.1, m**2, 3 * m)),
    "diagonal": lambda m: np.sum(np.diagonal(m) ** 3),
    "many reads": lambda m: sum(m[i, j] * m[j, i] for i in range(3) for j in range(3)),
}  # fmt: skip


@pytest.mark.parametrize("case", INDEXING)
def test_indexing(case):
    assert_gradient(INDEXING[case], M + 0.05)


def test_indexing_by_traced_integers():
    def f(m, i):
        return m[i, 1] ** 2 + np.sum(m[1, i] * m[np.stack([i, 0])])

    plain = lambda m: m[2, 1] ** 2 + np.sum(m[1, 2] * m[[2, 0]])
    assert_equal(lg.grad(f)(M, 2), differences(plain, M), rtol=1e-7, atol=1e-9)
    assert_equal(lg.grad(lambda v, i: v[i] * 2)(V, 7), np.zeros(3))  # reads outside are 0


def test_gather_and_scatter():
    places = lg.asarray(np.array([2, 0, 2]))
    f = lambda v: np.sum(lg.gather(3, v, lambda i: places[i]) ** 2)
    assert_equal(lg.grad(f)(V), np.array([2 * V[0], 0, 4 * V[2]]))
    f = lambda v: np.sum(lg.scatter(4, v, lambda i: places[i]) ** 2)
    s = V[0] + V[2]
    assert_equal(lg.grad(f)(V), 2 * np.array([s, V[1], s]))


FUNCTIONS = {
    "softmax": lambda m: np.sum((lambda e: e / e.sum(1, keepdims=True))(np.exp(m)) ** 2),
    "norm": lambda m: np.sqrt(np.sum(m * m)),
    "matmul": lambda m: np.sum(np.tanh(m @ m.T)),
    "einsum": lambda m: np.einsum("ij,kj,i->", m, m, m[:, 0]),
    "max and min": lambda m: np.max(m, axis=0) @ np.min(m**2, axis=0),
    "cumsum": lambda m: np.sum(np.cumsum(m, axis=1) ** 2),
    "concatenate": lambda m: np.sum(np.concatenate([m, m**2], axis=1)[:, 2:6] ** 2),
    "stack and pad": lambda m: np.sum(np.pad(np.stack([m[0], m[1]]), 1)[1:, 1:] ** 3),
    "mean and var": lambda m: np.var(m) + np.mean(m) ** 2,
    "prod": lambda m: np.prod(m + 2),
    "clip and abs": lambda m: np.sum(np.clip(np.abs(m), 0.31, 0.85) ** 2),
    "logaddexp": lambda m: np.sum(np.logaddexp(m[0], 2 * m[1])),
    "power": lambda m: np.sum((m + 2) ** m),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_numpy_functions(case):
    assert_gradient(FUNCTIONS[case], M + 0.05)


# Rules of one's own.


def test_custom_vjp():
    @lg.custom_vjp
    def f(p, n):
        return {"y": p["x"] * n}

    def forward(p, n):
        return f(p, n), (p["x"], n, "a tag")

    def backward(residuals, ct):
        x, n, tag = residuals
        assert tag == "a tag"
        return {"x": 100 * ct["y"] * n + x}, None

    f.defvjp(forward, backward)
    assert f({"x": 2.0}, 3) == {"y": 6.0}
    g = lambda x: f({"x": x}, 3)["y"]
    assert lg.value_and_grad(g)(2.0) == (6.0, 302.0)
    assert lg.jit(g)(2.0) == 6
    assert lg.grad(lg.grad(g))(2.0) == 1  # of 100 n + x
    assert lg.grad(lambda x: f(n=3, p={"x": x})["y"])(2.0) == 302
    assert lg.jacrev(lambda v: f({"x": v}, 3)["y"])(V).shape == (3, 3)
    value, pull = lg.vjp(f, {"x": 2.0}, 3)
    assert_equal((value, pull({"y": 1.0})), ({"y": 6.0}, ({"x": 302.0}, 0)))


def test_custom_jvp():
    @lg.custom_jvp
    def f(x, n):
        return x**n, n

    def rule(primals, tangents):
        (x, n), (dx, dn) = primals, tangents
        return (x**n, n), (10 * x * dx, dn)

    f.defjvp(rule)
    g = lambda x: f(x, 3)[0]
    assert f(2.0, 3) == (8.0, 3)
    assert lg.value_and_grad(g)(2.0) == (8.0, 20.0)
    assert lg.jvp(f, (2.0, 3), (1.0, 0)) == ((8.0, 3), (20.0, 0))
    assert lg.grad(lg.grad(g))(2.0) == lg.jacfwd(lg.grad(g))(2.0) == 10
    assert lg.grad(lambda x: f(n=3, x=x)[0])(2.0) == 20
    assert_equal(lg.jacfwd(g)(V), np.diag(10 * V))


def test_rules_that_call_the_function_and_each_other():
    @lg.custom_vjp
    def even(x):
        return np.cos(x)

    @lg.custom_jvp
    def odd(x):
        return np.sin(x)

    even.defvjp(lambda x: (even(x), x), lambda x, ct: (-odd(x) * ct,))
    odd.defjvp(lambda xs, dxs: (odd(*xs), even(*xs) * dxs[0]))
    derivative, expected = even, (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin)
    for f in expected:
        np.testing.assert_allclose(lg.jit(derivative)(0.7), f(0.7), rtol=1e-15)
        derivative = lg.grad(derivative)
    hessian = lg.jacrev(lg.jacrev(lambda v: np.sum(odd(v) + even(v[0]))))(V)
    assert_equal(hessian, np.diag(-np.sin(V)) - 3 * np.diag([np.cos(V[0]), 0, 0]))


def test_equal_calls_share_their_rules():
    @lg.custom_vjp
    def f(x):
        return x * x

    f.defvjp(lambda x: (f(x), x), lambda x, ct: (2 * x * ct,))
    module = lg.trace(lambda x: f(f(x)) + f(x), 1.0)
    assert sum(op.name == "func.func" for op in module.ops) == 4
    assert lg.grad(lambda x: f(f(x)) + f(x))(2.0) == 36
    f.defvjp(lambda x: (f(x), x), lambda x, ct: (3 * x * ct,))
    assert lg.grad(f)(2.0) == 6


@pytest.mark.parametrize("custom", [lg.custom_vjp, lg.custom_jvp])
def test_rules_that_nobody_set_are_an_error(custom: Any):
    """As in JAX. The function alone needs no rules."""
    f = custom(lambda x: x**3)
    assert f(2.0) == 8
    with pytest.raises(AttributeError, match=r"has no rules; set them by .*\.def[jv][jv]p\("):
        lg.grad(f)(2.0)


def test_the_logistic_function_by_its_value():
    @lg.custom_jvp
    def logistic(x):
        return 1 / (1 + np.exp(-x))

    @logistic.defjvp
    def rule(primals, tangents):
        y = logistic(*primals)
        return y, y * (1 - y) * tangents[0]

    np.testing.assert_allclose(lg.grad(logistic)(3.0), 4.5176659730912e-2, rtol=1e-13)
    y = 1 / (1 + math.exp(-3))
    np.testing.assert_allclose(
        lg.grad(lg.grad(logistic))(3.0), y * (1 - y) * (1 - 2 * y), rtol=1e-12
    )


# Errors: one line, with the user's.


def wrong(x):
    return lg.grad(lambda y: y)(x)  # here


def custom(rule, backward=None):
    f = lg.custom_vjp(lambda x: x * x)
    f.defvjp(rule, backward)
    return f


ERRORS = {
    "not a scalar": (
        TypeError,
        lambda: wrong(V),
        "needs one float scalar, and lambda gives tensor",
    ),
    "not a float": (TypeError, lambda: lg.grad(np.argmax)(V), "argmax gives i64"),
    "two values": (TypeError, lambda: lg.grad(lambda x: (x, x))(1.0), "gives f64, f64"),
    "no aux": (TypeError, lambda: lg.grad(lambda x: x, has_aux=True)(1.0), "(value, aux), not *"),
    "by an integer": (TypeError, lambda: lg.grad(lambda x: x * 2.0)(3), "argument [0] is i64"),
    "by an integer inside": (
        TypeError,
        lambda: lg.grad(lambda p: p["x"] * 2.0)({"x": 1.0, "n": 3}),
        "argument [0]['n'] is i64",
    ),
    "by a bool": (TypeError, lambda: lg.jacfwd(lambda x: x * 2.0)(True), "argument [0] is i1"),
    "no such argument": (
        ValueError,
        lambda: lg.grad(lambda x: x, 1)(1.0),
        "argnums=1 names no argument: the call has 1 positional argument",
    ),
    "no argument": (ValueError, lambda: lg.grad(lambda x: x)(x=1.0), "has no positional arguments"),
    "complex": (
        TypeError,
        lambda: lg.grad(lambda x: x)(1j),
        "a gradient needs a real value, and lambda gives complex<f64>",
    ),
    "Jacobian of integers": (
        TypeError,
        lambda: lg.jacrev(lambda x: {"a": x, "n": 3})(V),
        "the value['n'] of lambda is i64",
    ),
    "cotangent structure": (
        TypeError,
        lambda: lg.vjp(lambda x: (x, x), V)[1](V),
        "another structure than the value: (*, *) against *",
    ),
    "cotangent shape": (
        ValueError,
        lambda: lg.vjp(np.sin, V)[1](M),
        "a cotangent has shape (3, 4)",
    ),
    "tangent structure": (
        TypeError,
        lambda: lg.jvp(np.sin, (V,), (V, V)),
        "another structure than the arguments: (*,) against (*, *)",
    ),
    "tangent shape": (ValueError, lambda: lg.jvp(np.sin, (V,), (1.0,)), "a tangent has shape ()"),
    "no tuple of tangents": (
        TypeError,
        lambda: lg.jvp(np.sin, (V,), V),
        "tangents must be a tuple",
    ),
    "no forward rule": (
        TypeError,
        lambda: lg.grad(custom(lambda x: x, lambda r, ct: (ct,)))(1.0),
        "the forward rule of lambda must give (*, residuals), not *",
    ),
    "another value": (
        TypeError,
        lambda: lg.grad(custom(lambda x: (np.ones(3), x), lambda r, ct: (ct,)))(1.0),
        "gives values of other types than lambda itself",
    ),
    "no tuple of cotangents": (
        TypeError,
        lambda: lg.grad(custom(lambda x: (x, x), lambda r, ct: ct))(1.0),
        "must give a tuple with 1 entries",
    ),
    "another cotangent": (
        ValueError,
        lambda: lg.grad(custom(lambda x: (x, x), lambda r, ct: (np.ones(3),)))(1.0),
        "a cotangent has shape (3,)",
    ),
    "unsupported": (
        TypeError,
        lambda: lg.grad(lambda m: np.nextafter(m, 2.0))(M),
        "numpy.nextafter",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    kind, call, message = ERRORS[case]
    with pytest.raises(kind) as raised:
        call()
    text = str(raised.value)
    assert message in text and "\n" not in text
    assert text.startswith(f"{__file__}:")


def test_errors_name_the_users_line():
    with pytest.raises(TypeError) as raised:
        wrong(V)
    assert str(raised.value).startswith(line_of(wrong, "# here") + ": ")


def test_errors_of_passes_name_the_users_line():
    f = custom(lambda x: (x, x), lambda r, ct: (ct,))

    def pushed(x):
        y = np.sin(x)
        return f(y) + 1  # the rule that is missing

    with pytest.raises(LetgradError) as raised:
        lg.jvp(pushed, (1.0,), (1.0,))
    assert str(raised.value).startswith(line_of(pushed, "# the rule that is missing") + ":")
    assert "a custom_vjp says only how cotangents are pulled back" in str(raised.value)


def test_custom_rules_may_not_capture():
    def f(x):
        g = lg.custom_vjp(lambda y: x * y)
        g.defvjp(lambda y: (x * y, None), lambda r, ct: (ct,))
        return g(x)

    with pytest.raises(TypeError, match="pass these values as arguments"):
        lg.grad(f)(1.0)


def test_a_pullback_cannot_leave_its_trace():
    kept = []

    def f(x):
        kept.append(lg.vjp(np.sin, x)[1])
        return x

    lg.jit(f)(1.0)
    with pytest.raises(TypeError, match="only be used inside of the trace"):
        kept[0](1.0)


# Values from elsewhere: functions of scalars.


def foo(x, y, z):
    w = x * np.sin(y)
    return np.arctan2(z, w) + z * w


def bar(x, y):
    w = foo(x, y, x) * np.sin(y)
    return np.arctan2(x, w) + y * w


FOO = 2.4396285219055063, -1.953374825727421, 0.9654825811012627


def test_foo():
    point = 1.1, 2.2, 3.3
    value, slopes = lg.value_and_grad(foo, (0, 1, 2))(*point)
    np.testing.assert_allclose(value, 4.242393641025528, rtol=1e-15)
    assert_equal(slopes, FOO, rtol=1e-14)
    _, slope = lg.jvp(foo, point, (1.0, 2.0, 3.0))
    np.testing.assert_allclose(slope, np.dot(FOO, [1, 2, 3]), rtol=1e-14)


def test_foo_in_f32():
    slopes = lg.grad(foo, (0, 1, 2))(*np.array([1.1, 2.2, 3.3], np.float32))
    assert all(s.dtype == np.float32 for s in slopes)
    np.testing.assert_allclose(slopes, [2.4396284, -1.9533751, 0.96548253], rtol=3e-7)


def test_foo_of_matrices():
    matrices = [np.full((2, 2), x) for x in (1.1, 2.2, 3.3)]
    value, slopes = lg.value_and_grad(lambda *m: np.sum(foo(*m)), (0, 1, 2))(*matrices)
    np.testing.assert_allclose(value, 16.96957456410211, rtol=1e-15)
    assert_equal(slopes, tuple(np.full((2, 2), s) for s in FOO), rtol=1e-14)


def test_foo_of_a_nested_tuple():
    found = lg.grad(lambda p: foo(p[0], *p[1]))((1.1, (2.2, 3.3)))
    assert_equal(found, (FOO[0], (FOO[1], FOO[2])), rtol=1e-14)


def test_bar():
    assert_equal(
        lg.grad(bar, (0, 1))(1.1, 2.2), (3.1435239435581166, -1.1053869545195814), rtol=1e-13
    )
    slope = lg.jvp(bar, (1.1, 2.2), (0.1, 0.2))[1]
    np.testing.assert_allclose(slope, 9.327500345189534e-2, rtol=1e-13)
    twice = lambda x: bar(x, x)
    np.testing.assert_allclose(lg.grad(twice)(1.0), 3.6174114266850617, rtol=1e-14)
    slope = lg.jvp(twice, (1.0,), (1.1,))[1]
    np.testing.assert_allclose(slope, 3.9791525693535674, rtol=1e-14)


def test_baz():
    """foo(7, 8, 9) is computed outside, once."""
    known = foo(7.0, 8.0, 9.0)

    def baz(p):
        _, y, z = p
        inner = foo(y, y, z) * np.sin(y)
        w = known * (np.arctan2(z, inner) + z * inner) * np.sin(y)
        return np.arctan2(z, w) + z * w

    gradient = lg.grad(baz)
    for _ in range(2):
        found = gradient((1.1, 2.2, 3.3))
        assert_equal(found, (0.0, -5219.20995030263, 2782.276274462047), rtol=1e-12)
    found = lg.grad(lambda p: baz(p) + p[2])((1.1, 2.2, 3.3))
    assert_equal(found[2], 2783.276274462047, rtol=1e-12)


def test_choices():
    by_branch = lambda x: lg.cond(x > 0, lambda: 2 * x, lambda: 5 * x)
    by_value = lambda x: lg.cond(x > 0, lambda: 2.0, lambda: 5.0) * x
    for f in (by_branch, by_value, lambda x: np.where(x > 0, 2 * x, 5 * x)):
        assert lg.grad(f)(42.0) == 2 and lg.grad(f)(-42.0) == 5


def relu(v):
    table = lg.asarray(np.array([0.0, 1.0]))
    mask = lg.build(v.shape, lambda *i: table[np.where(v[i] <= 0, 0, 1)])
    return mask * v


def relu_max(v):
    return np.maximum(v, 0)


T = np.array([1.1, -2.2, 0, 4.4, 5.5, 6.6, 7.7, 8.8, -9.9, -10, 11, 12]).reshape(3, 4)
MASK = np.array([1.0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1]).reshape(3, 4)


@pytest.mark.parametrize(("f", "at_zero"), [(relu, 0.0), (relu_max, 0.5)])
def test_relu(f, at_zero):
    mask = np.where(T == 0, at_zero, MASK)
    assert_equal(lg.grad(lambda t: np.sum(f(t)))(T), mask)
    dt, dr = lg.grad(lambda t, r: np.sum(f(t * r)), (0, 1))(T, 7.0)
    assert_equal((dt, dr), (7 * mask, 57.1), rtol=1e-14)


@pytest.mark.parametrize("f", [lambda x: lg.cond(x > 0, lambda: x, lambda: 0 * x), relu_max])
def test_bar_relu(f):
    bar_relu = lambda x: f(bar(x, f(x)))
    np.testing.assert_allclose(lg.grad(bar_relu)(1.1), 4.5309153191767395, rtol=1e-13)
    (found,) = lg.vjp(bar_relu, 1.1)[1](42.2)
    np.testing.assert_allclose(found, 191.20462646925841, rtol=1e-13)


@pytest.mark.parametrize("f", [relu, relu_max])
def test_bar_relu_elementwise(f):
    x = np.array([1.1, 2, 3, 4.2]).reshape(2, 1, 2)
    bar_relu = lambda x: f(bar(x, f(x)))
    slopes = [4.5309153191767395, 4.5302138998556, -9.39547533946234, 95.29759282497125]
    assert_equal(lg.grad(lambda x: np.sum(bar_relu(x)))(x), np.reshape(slopes, x.shape), rtol=1e-12)
    slope = lg.jvp(bar_relu, (x,), (np.reshape([0.1, 0.2, 0.3, 0.42], x.shape),))[1]
    expected = [0.45309153191767404, 0.9060427799711201, -2.8186426018387007, 40.02498898648793]
    assert_equal(slope, np.reshape(expected, x.shape), rtol=1e-12)


def test_products_and_folds():
    numbers = [1.0, 2.0, 3.0, 4.0]
    assert_equal(lg.grad(math.prod)(numbers), [24.0, 12.0, 8.0, 6.0])
    for a, b, expected in (
        (1, 2, [1.0, 2.0, 4.0, 8.0]),
        (2, 2, [2.0, 4.0, 8.0, 8.0]),
        (2, 3, [2.0, 6.0, 18.0, 27.0]),
    ):
        step = lambda y, x, a=a, b=b: a * x + b * y
        fold = lambda xs, step=step: functools.reduce(step, reversed(xs))
        assert_equal(lg.grad(fold)(numbers), expected)


# Values from elsewhere: sharing.


def blowup(n, i=0):
    """Without sharing, 2ⁿ terms."""

    def f(v):
        y = v[0] / v[1]
        for _ in range(n):
            y = 0.499999985 * (y + y - i)
        return y - i

    return f


W = np.array([2.0, 3.0])


@pytest.mark.parametrize(
    ("n", "i", "expected", "rtol"),
    [
        (7, 0, [0.33333326333334, -0.22222217555556], 1e-11),
        (200, 0, [0.33333133333930065, -0.2222208888928671], 1e-13),
        (2000, 1, [0.3333133339329949, -0.22220888928866325], 1e-12),
        pytest.param(7000, 0, [0.3332633406816766, -0.22217556045445108], 1e-12,
                     marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_blowup(n, i, expected, rtol):
    np.testing.assert_allclose(lg.grad(blowup(n, i))(W), expected, rtol=rtol)


def test_blowup_in_a_build():
    f = lambda v: np.sum(lg.build(1000, lambda i: blowup(700, i)(v)))
    expected = [333.326333406717, -222.21755560448116]
    np.testing.assert_allclose(lg.grad(f)(W), expected, rtol=1e-12)


@pytest.mark.slow
def test_long_blowups_in_builds():
    f = lambda v: np.sum(lg.build(1000, lambda i: blowup(7000)(v)))
    expected = 1000 * np.array([0.3332633406816766, -0.22217556045445108])
    np.testing.assert_allclose(lg.grad(f)(W), expected, rtol=1e-12)
    f = lambda v: np.sum(lg.build(1000, lambda i: blowup(3500, -i)(v)))
    expected = [333.2983351701977, -222.19889011346513]
    np.testing.assert_allclose(lg.grad(f)(W), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("n", "small", "expected"),
    [
        (3, 1e-9, [2.999999730000007, 1.9999998200000046]),
        (5, 1e-6, [2.9999995500000267, 1.9999997000000178]),
        (50, 1e-6, [2.999995500001215, 1.99999700000081]),
    ],
)
def test_blowup_of_products(n, small, expected):
    def f(v):
        y = v[0] * v[1]
        for _ in range(n):
            s = y + y * y / (y - small)
            y = np.sqrt(0.499999985**2 * s**2)
        return y

    np.testing.assert_allclose(lg.grad(f)(W), expected, rtol=1e-12)


# What a select took from a constant has derivative 0, whatever comes before or after it.

POSITIVE = np.array([3.0, 1.0, 2.0, 0.5])
SIGNED = np.array([0.0, -1.0, 2.0, 0.5])


def positive_part(x: Any) -> Any:
    return np.where(x > 0, x, 0.0)


MASKED: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "select after": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), SIGNED),
    "select before": (lambda x: np.sqrt(positive_part(x)), SIGNED),
    "select before a chain": (lambda x: np.log(3 * np.sqrt(-2 * -positive_part(x))), SIGNED),
    "select before a layout": (
        lambda x: np.sqrt(positive_part(x)[None, ::-1] * np.ones((2, 1))).sum(0),
        SIGNED,
    ),
    "select before a sum of two": (
        lambda x: np.sqrt(positive_part(x) + np.where(x > 0, x * x, 0.0)),
        SIGNED,
    ),
    "selects by two masks": (
        lambda x: np.sqrt(positive_part(x) + np.where(x > 1, x, 0.0)),
        SIGNED,
    ),
    "joined with a constant": (lambda x: np.sqrt(np.concatenate([np.zeros(2), x])), POSITIVE),
    "padded": (lambda x: np.sqrt(np.pad(x, 1)), POSITIVE),
    "read outside": (lambda x: np.sqrt(lg.build(4, lambda i: x[i - 1])), POSITIVE),
    "scattered": (lambda x: np.sqrt(lg.scatter(6, x, lambda i: i + 1)), POSITIVE),
    "condition": (
        lambda x: np.sqrt(lg.cond(x[0] > 0, lambda v: v, lambda v: 0 * v[::-1], x)[1:]),
        POSITIVE,
    ),
    "condition with a constant": (
        lambda x: np.sqrt(lg.cond(x[0] > 9, lambda v: v, lambda v: np.zeros(4), x)),
        POSITIVE,
    ),
}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("case", MASKED)
def test_zeros_of_selects_win_in_both_modes(case: str) -> None:
    f, x = MASKED[case]
    modes = lg.jacfwd, lg.jacrev
    first = [mode(f)(x) for mode in modes]
    assert np.isfinite(first[0]).all()
    np.testing.assert_allclose(first[0], first[1], rtol=1e-14)

    def summed(x: Any) -> Any:
        return f(x).sum()

    second = [outer(inner(summed))(x) for inner in modes for outer in modes]
    for hessian in second:
        assert np.isfinite(hessian).all()
        np.testing.assert_allclose(hessian, second[0], rtol=1e-14, atol=0)


def test_a_zero_direction_hides_no_derivative() -> None:
    """A pullback is linear: its own derivative at the cotangent 0 is that at any other."""

    def f(v: Any) -> Any:
        return np.where(v > 0, np.sqrt(v)[None, :] * np.ones((2, 1)), 0.0)

    def g(v: Any) -> Any:
        return np.sqrt(positive_part(v)[None, :] * np.ones((2, 1)))

    v = np.array([1.0, 4.0, 0.0])
    by_cotangent = lg.grad(lambda ct: lg.vjp(f, v)[1](ct)[0].sum())(np.zeros((2, 3)))
    assert by_cotangent.tolist() == [[0.5, 0.25, 0]] * 2
    by_tangent = lg.grad(lambda t: lg.jvp(g, (v,), (t,))[1].sum())(np.zeros(3))
    assert by_tangent.tolist() == [1, 0.5, 0]


def test_what_is_not_masked_is_infinite_in_both_modes() -> None:
    x = np.array([0.0])
    assert lg.jvp(np.sqrt, (x,), (np.ones(1),))[1] == np.inf == lg.vjp(np.sqrt, x)[1](np.ones(1))[0]


def test_each_product_of_a_masked_cotangent_is_masked() -> None:
    """Masking the cotangent of v · s once, before it is scaled, would give 0 · ∞ here."""
    f = lambda v, s: np.where(v * s > 0, v * s, 0.0).sum()
    dv, ds = lg.grad(f, argnums=(0, 1))(np.array([-np.inf, 2.0]), 3.0)
    assert dv.tolist() == [0, 3] and ds == 2


def test_a_custom_jvp_that_is_not_linear_is_an_error() -> None:
    f = lg.custom_jvp(lambda x: x * x)
    f.defjvp(lambda xs, dxs: (xs[0] * xs[0], 2 * xs[0] * dxs[0] ** 2))
    with pytest.raises(LetgradError, match=r"test_derivatives.py:\d+.* must be linear"):
        lg.grad(f)(3.0)


def test_the_log_of_a_sum_is_smooth_where_both_are_equal():
    """d log(eˣ + eʸ) = ½, ½ at x = y, and second derivatives ±¼; 2ˣ likewise."""
    for x in (0.0, -3.0):
        np.testing.assert_allclose(lg.grad(np.logaddexp, (0, 1))(x, x), 0.5)
        np.testing.assert_allclose(lg.grad(np.logaddexp2, (0, 1))(x, x), 0.5)
        second = np.array([[1, -1], [-1, 1]]) / 4
        np.testing.assert_allclose(lg.hessian(np.logaddexp, (0, 1))(x, x), second)
        np.testing.assert_allclose(lg.hessian(np.logaddexp2, (0, 1))(x, x), second * np.log(2))
    assert not np.isnan(lg.grad(np.logaddexp, (0, 1))(-np.inf, -np.inf)).any()
    np.testing.assert_allclose(lg.grad(np.logaddexp, (0, 1))(-np.inf, 1.0), (0, 1))


@pytest.mark.parametrize("x, y", [(4.0, 2.0), (0.0, 3.0), (-4.0, 2.0), (3.0, -3.0), (5.5, 2.0)])
def test_remainders_have_slopes_where_they_are_zero(x, y):
    assert lg.grad(np.remainder, (0, 1))(x, y) == (1, -np.floor(x / y))
    assert lg.grad(np.fmod, (0, 1))(x, y) == (1, -np.trunc(x / y))
    assert lg.grad(lambda x: np.modf(x)[0])(x) == 1


def test_derivatives_of_sinc_around_zero():
    """sin y / y = 1 - y²/6 + y⁴/120 - …, y = πx."""
    second = lg.grad(lg.grad(np.sinc))
    assert lg.grad(np.sinc)(0.0) == 0
    for x in (0.0, 1e-9, 1e-5, 1e-3):
        y = np.pi * x
        np.testing.assert_allclose(second(x), np.pi**2 * (-1 / 3 + y**2 / 10), rtol=1e-11)
    np.testing.assert_allclose(lg.grad(lg.grad(second))(0.0), np.pi**4 / 5)
    x = np.linspace(-0.5, 0.5, 101)
    np.testing.assert_allclose(lg.jit(np.sinc)(x), np.sinc(x), rtol=1e-15)


def test_the_gradient_of_a_ufuncs_reduction_is_that_of_its_steps():
    x = np.array([0.5, -1.0, 0.5])
    np.testing.assert_allclose(lg.grad(np.logaddexp.reduce)(x), np.exp(x) / np.exp(x).sum())
    slope = lg.grad(lambda x: np.sum(np.maximum.accumulate(x) * np.arange(1, 4)))(x)
    np.testing.assert_allclose(slope, [4.5, 0, 1.5])  # a tie splits evenly
