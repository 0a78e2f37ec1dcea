"""`lg.linearize`, `lg.linear_transpose`, `has_aux`, static arguments, and traces in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import pytree
from letgrad.frontend.transforms import derivatives

DTYPES = (np.float16, np.float32, np.float64)
A = np.arange(6.0).reshape(2, 3) - 2


def curve(x: Any) -> Any:
    return np.sin(x) * np.exp(x).sum()


def loop(x: Any) -> Any:
    return lg.fold(lambda c, t: np.sin(c) * c, x, np.arange(4))


FUNCTIONS = {
    "elementwise": np.tanh,
    "sum": curve,
    "loop": loop,
    "indices": lambda x: x[::-1] * x[0] if x.shape[0] else x,
    "constant": lambda x: np.ones(2),
    "several": lambda x: {"a": x * x, "b": (np.sum(x), x.shape[0])},
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("size", [0, 1, 5])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_linearize_is_jvp(name: str, size: int, dtype: type) -> None:
    fn = FUNCTIONS[name]
    x, dx = np.linspace(0.1, 0.9, size, dtype=dtype), np.linspace(-1, 2, size, dtype=dtype)
    value, f_lin = lg.linearize(fn, x)
    wanted, derivative = lg.jvp(fn, (x,), (dx,))
    tolerance = 1e-2 if dtype is np.float16 else 1e-5 if dtype is np.float32 else 1e-12
    for a, b in ((value, wanted), (f_lin(dx), derivative)):
        leaves, others = pytree.flatten(a)[0], pytree.flatten(b)[0]
        for one, other in zip(leaves, others, strict=True):
            assert np.asarray(one).dtype == np.asarray(other).dtype
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def test_linearize_computes_the_point_once() -> None:
    """The linear program has no sine."""
    _, f_lin = lg.linearize(curve, np.ones(3))
    text = str(f_lin.linear.module)
    assert "math." not in text and "arith.mulf" in text


def test_linearize_of_complex_numbers() -> None:
    z = np.array([1 + 2j, -0.5j])
    value, f_lin = lg.linearize(lambda z: z * z, z)
    np.testing.assert_allclose(value, z * z)
    np.testing.assert_allclose(f_lin(z), 2 * z * z)


def test_linearize_inside_of_traces() -> None:
    x = np.array([0.3, 0.7])

    def along(x: Any) -> Any:
        return np.sum(lg.linearize(np.sin, x)[1](x))

    np.testing.assert_allclose(lg.jit(along)(x), np.sum(np.cos(x) * x))
    np.testing.assert_allclose(lg.grad(along)(x), np.cos(x) - x * np.sin(x))


def test_linearize_with_aux_and_static_arguments() -> None:
    x = np.array([0.1, 0.2, 0.3])
    value, f_lin, aux = lg.linearize(
        lambda x, n: (np.tanh(A @ x) * n, x), x, 3, has_aux=True, static_argnums=1
    )
    np.testing.assert_allclose(value, np.tanh(A @ x) * 3)
    np.testing.assert_allclose(f_lin(x, None), 3 * (A @ x) / np.cosh(A @ x) ** 2)
    np.testing.assert_array_equal(aux, x)


def test_linearize_refuses_other_tangents() -> None:
    _, f_lin = lg.linearize(np.sin, np.ones(3))
    with pytest.raises(ValueError, match="a tangent has shape"):
        f_lin(np.ones(2))
    with pytest.raises(TypeError, match="takes 1 tangents"):
        f_lin(np.ones(3), np.ones(3))
    with pytest.raises(TypeError, match="another structure"):
        f_lin((np.ones(3),))


def test_linear_transpose() -> None:
    (x_bar,) = lg.linear_transpose(lambda x: A @ x, lg.spec(3))(np.array([1.0, 2.0]))
    np.testing.assert_allclose(x_bar, A.T @ [1.0, 2.0])
    z_bar = lg.linear_transpose(lambda x, y: x + 2 * y, 0.0, 0.0)(3.0)
    assert z_bar == (3.0, 6.0)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x + 1,
        np.sin,
        np.abs,
        np.sign,
        np.floor,
        lambda x: np.maximum(x, 0),
        lambda x: x * np.sum(x),
    ],
)
def test_linear_transpose_refuses_what_is_not_linear(fn: Any) -> None:
    with pytest.raises(TypeError, match="needs a linear function"):
        lg.linear_transpose(fn, lg.spec(3))


def test_vjp_and_jvp_with_aux() -> None:
    x = np.array([0.5, 1.5])
    value, pullback, aux = lg.vjp(lambda x: (np.sin(x), {"twice": 2 * x}), x, has_aux=True)
    np.testing.assert_allclose(value, np.sin(x))
    np.testing.assert_allclose(aux["twice"], 2 * x)
    np.testing.assert_allclose(pullback(np.ones(2))[0], np.cos(x))
    value, derivative, aux = lg.jvp(lambda x: (np.sin(x), 2 * x), (x,), (x,), has_aux=True)
    np.testing.assert_allclose(derivative, np.cos(x) * x)
    with pytest.raises(TypeError, match="must give \\(value, aux\\)"):
        lg.vjp(np.sin, x, has_aux=True)


def power(x: Any, n: int, total: bool = False) -> Any:
    for _ in range(n):
        x = x * x
    return np.sum(x) if total else 2 * np.sum(x)


def test_static_arguments_of_all_transformations() -> None:
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(lg.jit(power, static_argnums=1)(x, 2), 34)
    np.testing.assert_allclose(
        lg.grad(power, static_argnums=1, static_argnames="total")(x, 2, total=True), 4 * x**3
    )
    np.testing.assert_allclose(lg.jacfwd(power, static_argnums=1)(x, 2), 8 * x**3)
    np.testing.assert_allclose(lg.jacrev(power, static_argnums=1)(x, 2), 8 * x**3)
    np.testing.assert_allclose(
        lg.hessian(power, static_argnums=(1, 2))(x, 2, True), np.diag(12 * x**2)
    )
    np.testing.assert_allclose(
        lg.vmap(power, static_argnums=1)(np.ones((4, 3)), 2), np.full(4, 6.0)
    )
    assert lg.jvp(power, (x, 2), (x, 0), static_argnums=1)[1] == 8 * np.sum(x**4)
    np.testing.assert_allclose(lg.vjp(power, x, 2, static_argnums=1)[1](1.0)[0], 8 * x**3)


def test_a_static_argument_has_a_trace_for_each_value() -> None:
    f = lg.jit(power, static_argnames=("n",))
    x = np.array([2.0])
    # 2.0 == 2, and a float is no number of turns: it must not find the trace of the int.
    assert (f(x, 1), f(x, n=2), f(x, 2)) == (8.0, 32.0, 32.0)
    with pytest.raises(TypeError):
        f(x, 2.0)


def test_static_arguments_reach_derivatives_of_jitted_functions() -> None:
    f = lg.jit(power, static_argnums=1)
    np.testing.assert_allclose(lg.grad(f)(np.array([1.0, 2.0]), 2), [8.0, 64.0])


def test_errors_of_static_arguments() -> None:
    with pytest.raises(TypeError, match="list, which has no hash"):
        lg.jit(power, static_argnums=1)(np.ones(2), [1])
    with pytest.raises(ValueError, match="names no parameter: the function has 3"):
        lg.jit(power, static_argnums=3)
    with pytest.raises(ValueError, match="no parameter 'm'"):
        lg.grad(power, static_argnames="m")


def test_gradients_of_one_element() -> None:
    x = np.ones((2, 3), np.float32)
    for shape in ((), (1,), (1, 1)):
        gradient = lg.grad(lambda x, s=shape: np.reshape(np.sum(x * x), s))(x)
        assert gradient.dtype == np.float32
        np.testing.assert_array_equal(gradient, 2 * x)
    with pytest.raises(TypeError, match="needs one float scalar"):
        lg.grad(lambda x: x[:0])(np.ones(3))


def test_a_gradient_by_an_int_names_the_float() -> None:
    with pytest.raises(TypeError, match=r"2 is an int, so write 2\.0"):
        lg.grad(lambda x: x * x)(2)


factor: Any = 2.0
table = np.array([1.0, 2.0])


def scaled(x: Any) -> Any:
    return np.sum(np.sin(x) * factor)


def of_a_table(x: Any) -> Any:
    return np.sum(x * table)


def test_gradients_of_one_function_share_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = []
    trace = derivatives.trace_function
    monkeypatch.setattr(
        derivatives, "trace_function", lambda fn, *rest: traces.append(fn) or trace(fn, *rest)
    )
    x = np.ones(2)
    first = lg.grad(scaled)(x)
    np.testing.assert_array_equal(lg.grad(scaled)(x), first)
    lg.vjp(scaled, x)[1](1.0)
    assert len(traces) == 1

    # Another number in the globals is another function.
    monkeypatch.setitem(globals(), "factor", 3.0)
    np.testing.assert_allclose(lg.grad(scaled)(x), 1.5 * first)
    assert len(traces) == 2


def test_a_function_that_reads_an_array_shares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.ones(2)
    np.testing.assert_array_equal(lg.grad(of_a_table)(x), [1.0, 2.0])
    monkeypatch.setitem(globals(), "table", table.copy())
    table[0] = 7.0
    np.testing.assert_array_equal(lg.grad(of_a_table)(x), [7.0, 2.0])


@pytest.mark.parametrize("kind", ["closure", "default", "nested", "object"])
def test_functions_of_equal_code_share_nothing(kind: str) -> None:
    class Holder:
        k = 1.0

        def __call__(self, x: Any) -> Any:
            return x * self.k

    holder = Holder()

    def make(k: float) -> Any:
        if kind == "closure":
            return lambda x: x * k
        if kind == "default":
            return lambda x, k=k: x * k
        if kind == "nested":
            inner = lambda x: x * k  # noqa: E731
            return lambda x: inner(x)
        holder.k = k
        return holder

    assert [float(lg.grad(make(k))(1.0)) for k in (2.0, 3.0, -0.0)] == [2.0, 3.0, -0.0]


def test_own_passes_before_and_after_differentiation() -> None:
    from xdsl.context import Context
    from xdsl.dialects import arith
    from xdsl.dialects.builtin import ModuleOp
    from xdsl.passes import ModulePass

    class AddForMultiply(ModulePass):
        """x * y → x + y, which is wrong: so a test sees where the pass runs."""

        name = "add-for-multiply"

        def apply(self, ctx: Context, op: ModuleOp) -> None:
            for each in list(op.walk()):
                if isinstance(each, arith.MulfOp):
                    new = arith.AddfOp(each.lhs, each.rhs)
                    each.parent.insert_op_before(new, each)  # type: ignore[union-attr]
                    each.result.replace_all_uses_with(new.result)
                    each.detach()
                    each.erase()

    def cube(x: Any) -> Any:
        return x * x * x

    before = lg.grad(lg.jit(cube, passes=[AddForMultiply()]))
    assert before(2.0) == 3.0  # of x + x + x
    after = lg.jit(cube, passes=[AddForMultiply])
    assert after(2.0) == 6.0
    assert lg.jit(cube, passes="canonicalize,cse")(2.0) == 8.0
    assert lg.grad(cube)(2.0) == 12.0
    with pytest.raises(ValueError, match="there is no pass 'nosuch'"):
        lg.jit(cube, passes="nosuch")
    with pytest.raises(TypeError, match="is no pass"):
        lg.jit(cube, passes=[3])  # type: ignore[list-item]


def test_an_own_pass_that_removes_the_function() -> None:
    from xdsl.passes import ModulePass

    class Drop(ModulePass):
        name = "drop"

        def apply(self, ctx: Any, op: Any) -> None:
            for each in list(op.ops):
                each.detach()

    with pytest.raises(TypeError, match="pass drop removed @sin"):
        lg.jit(np.sin, passes=[Drop()])(1.0)


def test_a_new_rule_or_setting_is_another_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    from letgrad.frontend import shared_traces
    from letgrad.passes.rewriting.rule_tables import RuleTable

    first = shared_traces.of(shared)
    assert shared_traces.of(shared) is first
    RuleTable("test", "(op) -> int").rule(type("AnOp", (), {}))(lambda op: 1)  # type: ignore[arg-type]
    second = shared_traces.of(shared)
    assert second is not first
    monkeypatch.setenv("LETGRAD_ROLL", "0")
    assert shared_traces.of(shared) is not second


def shared(x: Any) -> Any:
    return np.sum(x * x)
