"""`lg.jit` on tensors of PyTorch and on other arrays with DLPack, and `lg.torch_function`."""

from __future__ import annotations

import importlib.util
from typing import Any, NamedTuple

import numpy as np
import pytest

import letgrad as lg

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
# The reference evaluator, machine code, and kernels in Triton's interpreter.
BACKENDS = ["numpy", "cpu"] + ["triton"] * (importlib.util.find_spec("triton") is not None)
FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
GEN = torch.Generator().manual_seed(0)


def rand(*shape: int, dtype: Any = torch.float64) -> Any:
    return torch.randn(*shape, generator=GEN, dtype=torch.float64).to(dtype)


def affine(x: Any, w: Any) -> Any:
    return np.tanh(x @ w) * np.sin(x).sum(1)[:, None]


# `lg.jit`.


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_tensors_in_tensors_out(backend: str, dtype: Any):
    x, w = rand(3, 5, dtype=dtype), rand(5, 2, dtype=dtype)
    f = lg.jit(lambda p: {"y": p["x"] @ p["w"], "n": (p["x"] > 0).sum()}, backend=backend)
    y = f({"x": x, "w": w})
    assert type(y["y"]) is torch.Tensor and y["y"].dtype == dtype
    exact = x.double() @ w.double()
    assert torch.allclose(y["y"].double(), exact, rtol=4 * torch.finfo(dtype).eps, atol=0.03)
    assert y["n"].dtype == torch.int64 and y["n"].shape == () and y["n"] == (x > 0).sum()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "x",
    [
        torch.arange(6, dtype=torch.int32).reshape(2, 3).T,
        torch.arange(6, dtype=torch.uint8),
        torch.tensor([True, False]),
        torch.tensor([1 + 2j, 3 - 1j]),
        torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex64).conj(),
        torch.zeros(0, 3),
        torch.tensor(2.5, dtype=torch.bfloat16),
        torch.arange(12.0)[::3],
    ],
    ids=str,
)
def test_values_of_all_dtypes_and_layouts(backend: str, x: Any):
    y = lg.jit(lambda x: x * x if x.dtype != np.bool_ else ~x, backend=backend)(x)
    expected = ~x if x.dtype == torch.bool else (x * x).resolve_conj()
    assert y.dtype == x.dtype and y.shape == x.shape and torch.equal(y, expected)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "take", [lambda x: x, lambda x: x.reshape(2, 6), lambda x: x.view(np.int32)]
)
def test_results_share_no_memory_with_arguments(backend: str, take: Any):
    x = torch.arange(12, dtype=torch.float32)
    y = lg.jit(take, backend=backend)(x)
    before = y.clone()
    x.zero_()
    assert torch.equal(y, before)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_branch_gives_a_copy_of_its_argument(backend: str):
    x = torch.arange(4, dtype=torch.float32)
    f = lg.jit(lambda c, x: lg.cond(c, lambda x: x, lambda x: np.cumsum(x), x), backend=backend)
    y = f(torch.tensor(True), x)
    x.zero_()
    assert torch.equal(y, torch.arange(4, dtype=torch.float32))


def test_the_processor_reads_and_gives_memory_without_a_copy():
    x = rand(1000)
    view = lg.frontend.api.arrays.asarray(x)
    assert view.__array_interface__["data"][0] == x.data_ptr()
    half = x.bfloat16()
    view = lg.frontend.api.arrays.asarray(half)
    assert view.__array_interface__["data"][0] == half.data_ptr()
    array = np.arange(3.0)
    made = lg.frontend.with_torch.tensors.tensor_of(torch, array)
    assert made.data_ptr() == array.__array_interface__["data"][0]


def double_in_place(x: Any, y: Any) -> Any:
    x *= 2
    return x + y


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_writes_to_tensors(backend: str, dtype: Any):
    x, version = torch.arange(6, dtype=dtype).reshape(2, 3), None
    version = x._version
    y = lg.jit(double_in_place, backend=backend)(x, torch.ones(2, 3, dtype=dtype))
    expected = 2 * torch.arange(6, dtype=dtype).reshape(2, 3)
    assert torch.equal(x, expected) and torch.equal(y, expected + 1)
    assert x._version > version  # a gradient that needs the old value is refused


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_write_to_shared_memory_is_refused(backend: str):
    x = torch.arange(6.0)
    with pytest.raises(ValueError, match="shares memory with argument 1"):
        lg.jit(double_in_place, backend=backend)(x[:4], x[2:])
    lg.jit(double_in_place, backend=backend)(x[:3], x[3:])
    assert torch.equal(x, torch.tensor([0.0, 2, 4, 3, 4, 5]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_out(backend: str, dtype: Any):
    x, out = torch.arange(6, dtype=dtype), torch.empty(6, dtype=dtype)
    f = lg.jit(lambda x: x + x, backend=backend)
    assert f(x, out=out) is out and torch.equal(out, 2 * x)
    assert f(x, out=x) is x and torch.equal(x, out)
    with pytest.raises(ValueError, match="shape"):
        f(x, out=torch.empty(5, dtype=dtype))
    with pytest.raises(TypeError, match="dtype"):
        f(x, out=torch.empty(6, dtype=torch.int8))
    with pytest.raises(TypeError, match="structure"):
        f(x, out=[out])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_tensor_that_requires_a_gradient_is_refused(backend: str):
    x = torch.ones(3, requires_grad=True)
    f = lg.jit(lambda x: x * 2, backend=backend)
    with pytest.raises(TypeError, match=r"lg\.torch_function"):
        f(x)
    with torch.no_grad():
        assert torch.equal(f(x), torch.full((3,), 2.0))
    with pytest.raises(TypeError, match=r"lg\.torch_function"):
        lg.jit(lambda y: y + x)(torch.ones(3))  # a constant of the trace


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_and_arrays_beside_tensors(backend: str):
    f = lg.jit(lambda x, y, n: x * y + n, backend=backend)
    y = f(torch.ones(3, dtype=torch.float64), np.arange(3.0), 2)
    assert torch.equal(y, torch.tensor([2.0, 3, 4], dtype=torch.float64))


def test_static_arguments_and_new_shapes():
    f = lg.jit(lambda x, how: np.sum(x) if how == "sum" else np.max(x), static_argnums=1)
    assert f(torch.arange(4.0), "sum") == 6 and f(torch.arange(5.0), "max") == 4


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("door", [lg.jit, lg.torch_function])
def test_dicts_of_equal_keys_that_a_function_can_tell_apart(door: Any, backend: str):
    def scaled(x: Any, d: Any) -> Any:
        return x * {int: 2.0, bool: 3.0}[type(next(iter(d)))]

    a, b = rand(2), rand(2)
    f = door(lambda d: np.concatenate(list(d.values())), backend=backend)
    g = door(scaled, backend=backend)
    for _ in range(2):
        assert torch.equal(f({"a": a, "b": b}), torch.cat([a, b]))
        assert torch.equal(f({"b": b, "a": a}), torch.cat([b, a]))
        assert torch.equal(g(a, {1: b}), 2 * a) and torch.equal(g(a, {True: b}), 3 * a)


@pytest.mark.parametrize(
    "x", [torch.eye(2).to_sparse(), torch.ones(2, dtype=torch.float8_e5m2)], ids=["sparse", "f8"]
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_tensors_that_letgrad_lacks(backend: str, x: Any):
    with pytest.raises(TypeError):
        lg.jit(lambda x: x, backend=backend)(x)
    with pytest.raises(TypeError, match="letgrad"):
        lg.torch_function(lambda x: x, backend=backend)(x)


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_of_another_library(backend: str):
    jnp = pytest.importorskip("jax.numpy", reason="JAX is not installed")
    f = lg.jit(lambda x: x + 1, backend=backend)
    y = f(jnp.arange(3, dtype=jnp.float32))
    assert type(y) is type(jnp.zeros(1)) and np.array_equal(y, [1, 2, 3])
    if backend != "triton":
        half = f(jnp.arange(3, dtype=jnp.bfloat16))
        assert half.dtype == jnp.bfloat16 and np.array_equal(half, [1, 2, 3])
    with pytest.raises(TypeError, match="arrays of jaxlib and torch"):
        lg.jit(lambda x, y: x + y, backend=backend)(jnp.zeros(3), torch.zeros(3))


def test_torch_compile_leaves_calls_alone():
    f, g = lg.jit(lambda x: x + 1), lg.torch_function(np.sin)

    @torch.compile(backend="eager")
    def both(x: Any) -> Any:
        return f(x.detach() * 2).sum() + g(x * 3).sum()

    x = rand(4).requires_grad_()
    y = both(x)
    y.backward()
    assert torch.allclose(y, (2 * x + 1).sum() + torch.sin(3 * x).sum())
    assert torch.allclose(x.grad, 3 * torch.cos(3 * x))


# `lg.torch_function`.


class Layer(NamedTuple):
    w: Any
    b: Any


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_gradients_of_structures(backend: str | None):
    def loss(layers: Any, x: Any) -> Any:
        for layer in layers:
            x = np.tanh(x @ layer.w + layer.b)
        return (x * x).mean()

    layers = [Layer(rand(3, 4), rand(4)), Layer(rand(4, 2), rand(2))]
    for x in (t for layer in layers for t in layer):
        x.requires_grad_()
    x = rand(5, 3)
    y = lg.torch_function(loss, backend=backend)(layers, x)
    y.backward()
    h = x
    for layer in layers:
        h = torch.tanh(h @ layer.w + layer.b)
    expected = torch.autograd.grad((h * h).mean(), [t for layer in layers for t in layer])
    for t, g in zip((t for layer in layers for t in layer), expected):
        assert torch.allclose(t.grad, g)
    assert x.grad is None


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_gradcheck(backend: str):
    f = lg.torch_function(affine, backend=backend)
    args = rand(3, 4).requires_grad_(), rand(4, 2).requires_grad_()
    assert torch.autograd.gradcheck(f, args, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, args)


def test_gradcheck_of_complex_numbers():
    f = lg.torch_function(lambda z, x: z * z * np.conj(z) + np.exp(z * x))
    args = rand(3).to(torch.complex128).requires_grad_(), rand(3).requires_grad_()
    assert torch.autograd.gradcheck(f, args, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, args)


def test_gradcheck_of_several_results_and_integers():
    f = lg.torch_function(lambda x, i: (x[i] * x.sum(), np.argsort(x), np.exp(x)))
    args = rand(5).requires_grad_(), torch.tensor([0, 3, 3])
    assert not f(*args)[1].requires_grad
    for k in (0, 2):
        assert torch.autograd.gradcheck(lambda *a, k=k: f(*a)[k], args)
        assert torch.autograd.gradgradcheck(lambda *a, k=k: f(*a)[k], args)


def test_third_derivative():
    f = lg.torch_function(lambda x: np.sin(x) * x)
    x = rand(4).requires_grad_()
    y, z = f(x), torch.sin(x) * x
    for _ in range(3):
        (y,), (z,) = (torch.autograd.grad(v.sum(), x, create_graph=True) for v in (y, z))
        assert torch.allclose(y, z)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_gradients_of_all_floats(backend: str, dtype: Any):
    x, w = rand(3, 4, dtype=dtype).requires_grad_(), rand(4, 2, dtype=dtype)
    lg.torch_function(affine, backend=backend)(x, w).sum().backward()
    wide = x.detach().double().requires_grad_()
    y = torch.tanh(wide @ w.double()) * torch.sin(wide).sum(1)[:, None]
    y.sum().backward()
    assert x.grad.dtype == dtype
    assert torch.allclose(x.grad.double(), wide.grad, rtol=0.1, atol=64 * torch.finfo(dtype).eps)


def test_only_gradients_that_are_needed_are_computed():
    @lg.custom_vjp
    def f(x: Any, y: Any) -> Any:
        return x * y

    f.defvjp(lambda x, y: (x * y, (x, y)), lambda res, ct: (ct * res[1], ct * res[0]))
    g = lg.torch_function(f)
    x, y = rand(3).requires_grad_(), rand(3)
    z = g(x, y)
    program = z.grad_fn.program
    z.sum().backward()
    calls = [key[0] for key in program._derived]
    assert calls == [(0,)] and torch.equal(x.grad, y)


def test_empty_tensors_and_missing_cotangents():
    f = lg.torch_function(lambda x, y: (x * y, x.sum()))
    x, y = torch.zeros(0, 3).requires_grad_(), torch.zeros(0, 3)
    f(x, y)[1].backward()
    assert x.grad.shape == (0, 3)
    x = rand(3).requires_grad_()
    f(x, x)[0].sum().backward()
    assert torch.allclose(x.grad, 2 * x)


def test_python_numbers_are_weak():
    f = lg.torch_function(lambda x, s: x * s)
    x = torch.ones(3, requires_grad=True)
    y = f(x, 0.5)
    assert y.dtype == torch.float32
    y.sum().backward()
    assert torch.equal(x.grad, torch.full((3,), 0.5))
    # Another number is another value, and not a constant of the trace.
    assert torch.equal(f(x, 0.25), torch.full((3,), 0.25))


def test_transforms_of_torch_func():
    f = lg.torch_function(lambda x, w: np.tanh(x @ w).sum())
    g = lambda x, w: torch.tanh(x @ w).sum()  # noqa: E731
    x, w, dx = rand(5, 3), rand(3, 3), rand(5, 3)
    per_example = [torch.func.vmap(torch.func.grad(h), in_dims=(0, None))(x, w) for h in (f, g)]
    assert torch.allclose(*per_example)
    assert torch.allclose(*(torch.func.vmap(h, in_dims=(1, 1))(x[:3].T, w) for h in (f, g)))
    pushed = [torch.func.jvp(lambda x, h=h: h(x, w), (x,), (dx,))[1] for h in (f, g)]
    assert torch.allclose(*pushed)
    hessians = [torch.func.jacfwd(torch.func.jacrev(h))(x[0], w) for h in (f, g)]
    assert torch.allclose(*hessians)


def test_a_write_is_refused_and_pure_takes_it():
    x = torch.ones(3, requires_grad=True)
    with pytest.raises(TypeError, match=r"writes to its argument \[0\].*lg\.pure"):
        lg.torch_function(lambda x: double_in_place(x, 1.0))(x)
    y, (new,) = lg.torch_function(lg.pure(lambda x: double_in_place(x, 1.0)))(x)
    (y + new).sum().backward()
    assert torch.equal(x.grad, torch.full((3,), 4.0))


def test_inside_of_a_trace_it_is_the_function():
    f = lg.torch_function(np.sin)
    assert np.allclose(lg.grad(lambda x: f(x).sum())(np.arange(3.0)), np.cos(np.arange(3.0)))


def test_a_module_trains():
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(torch.zeros(3))
            self.f = lg.torch_function(lambda w, x: x @ w)

        def forward(self, x: Any) -> Any:
            return self.f(self.w, x)

    net, x = Net(), rand(20, 3, dtype=torch.float32)
    y = x @ torch.tensor([1.0, -2.0, 3.0])
    steps = torch.optim.Adam(net.parameters(), 0.1)
    for _ in range(200):
        steps.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        steps.step()
    assert torch.allclose(net.w, torch.tensor([1.0, -2.0, 3.0]), atol=0.05)
