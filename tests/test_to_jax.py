"""`lg.to_jax`: letgrad's functions inside JAX's transformations, against JAX itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg

jax: Any = pytest.importorskip("jax", reason="JAX is not installed: pip install 'letgrad[xla]'")
jnp: Any = jax.numpy


@pytest.fixture(autouse=True)
def in_64_bits():
    with jax.enable_x64(True):
        yield


def same(found: Any, wanted: Any) -> None:
    def check(x: Any, y: Any) -> None:
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-13)

    jax.tree.map(check, found, wanted)


def layer(p: Any, x: Any) -> Any:
    return {"y": np.sin(p["w"] @ x + p["b"]).sum() * x[0], "k": np.argmax(x)}


def layer_of_jax(p: Any, x: Any) -> Any:
    return {"y": jnp.sin(p["w"] @ x + p["b"]).sum() * x[0], "k": jnp.argmax(x)}


P = {"w": np.arange(12.0).reshape(4, 3) / 7, "b": np.ones(4)}
X = np.array([0.3, 0.5, -0.2])
XS = np.random.default_rng(0).normal(size=(5, 3))


def y_of(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda p, x: f(p, x)["y"]


TRANSFORMED: dict[str, Callable[[Any], Any]] = {
    "call": lambda f: f(P, X),
    "jit": lambda f: jax.jit(f)(P, X),
    "grad": lambda f: jax.jit(jax.grad(y_of(f), (0, 1)))(P, X),
    "jvp": lambda f: jax.jvp(y_of(f), (P, X), (P, X)),
    "linearize": lambda f: jax.linearize(lambda x: y_of(f)(P, x), X)[1](X),
    "transpose of the linear map": lambda f: jax.linear_transpose(
        jax.linearize(lambda x: y_of(f)(P, x), X)[1], X
    )(2.0),
    "hessian": lambda f: jax.hessian(y_of(f), 1)(P, X),
    "reverse over reverse over forward": lambda f: jax.jit(
        jax.jacrev(jax.jacrev(jax.jacfwd(y_of(f), 1), 1), 1)
    )(P, X),
    "vmap": lambda f: jax.vmap(f, (None, 0))(P, XS),
    "vmap along another axis of the gradient": lambda f: jax.vmap(
        jax.grad(y_of(f), (0, 1)), (None, 1)
    )(P, XS.T),
    "gradient of vmap": lambda f: jax.grad(lambda p: jax.vmap(y_of(f), (None, 0))(p, XS).sum())(P),
    "vmap of vmap": lambda f: jax.vmap(jax.vmap(y_of(f), (None, 0)), (None, 0))(
        P, XS.reshape(5, 1, 3)
    ),
    "scan": lambda f: jax.lax.scan(lambda c, x: (c + y_of(f)(P, x), c), 0.0, XS),
    "gradient of scan": lambda f: jax.grad(
        lambda p: jax.lax.scan(lambda c, x: (c * y_of(f)(p, x), c), 1.0, XS)[0]
    )(P),
    "remat": lambda f: jax.grad(jax.checkpoint(y_of(f)), 1)(P, X),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", TRANSFORMED)
def test_transformed(name: str):
    transformed = TRANSFORMED[name]
    same(transformed(lg.to_jax(layer)), transformed(layer_of_jax))


def test_integers_have_no_tangents():
    f = lg.to_jax(lambda x, k: (x[k] ** 2, k + 1))
    x = np.array([2.0, 3.0])
    none = np.zeros((), jax.dtypes.float0)
    values, tangents = jax.jvp(f, (x, 1), (np.ones(2), none))
    same(values, (jnp.asarray(9.0), jnp.asarray(2)))
    same(tangents[0], jnp.asarray(6.0))
    assert tangents[1].dtype == jax.dtypes.float0
    same(jax.grad(lambda x, k: f(x, k)[0])(x, 1), jnp.asarray([0.0, 6.0]))


def test_complex_and_unsigned_numbers():
    f = lg.to_jax(lambda z, u: (np.exp(z) * z, u + np.uint8(250)))
    z, u = np.array([1 + 2j, -1j]), np.array([7, 3], np.uint8)
    same(f(z, u), (jnp.exp(z) * z, u + np.uint8(250)))
    size = lambda g: lambda a: jnp.abs(g(a + 0j)).sum()  # noqa: E731
    a = np.array([0.5, 1.5])
    same(jax.grad(size(lambda z: f(z, u)[0]))(a), jax.grad(size(lambda z: jnp.exp(z) * z))(a))


def test_a_custom_derivative_and_a_loop():
    @lg.custom_vjp
    def clipped(x: Any) -> Any:
        return x

    clipped.defvjp(lambda x: (x, ()), lambda _, ct: (np.clip(ct, -1, 1),))

    def f(x: Any) -> Any:
        return lg.while_loop(lambda c: c < 100.0, lambda c: clipped(c) * 3.0, x)

    same(jax.grad(lg.to_jax(f))(2.0), jnp.asarray(lg.grad(f)(2.0)))


def test_in_32_bits_results_have_32_bits():
    with jax.enable_x64(False):
        f = lg.to_jax(lambda x: (x * np.float64(2), np.arange(3)))
        doubled, counted = jax.jit(f)(jnp.ones(2))
        assert doubled.dtype == np.float32 and counted.dtype == np.int32
        assert jax.grad(lambda x: f(x)[0].sum())(jnp.ones(2)).dtype == np.float32


def test_no_elements():
    f = lg.to_jax(lambda x: np.sum(np.sin(x)))
    same(jax.value_and_grad(f)(np.zeros(0)), (jnp.asarray(0.0), jnp.zeros(0)))


def test_a_function_that_writes_is_refused():
    def f(x: Any) -> Any:
        x[0] = 1.0
        return x

    with pytest.raises(TypeError, match="writes to argument 0, and JAX's arrays do not change"):
        lg.to_jax(f)(X)


ON_MANY_DEVICES = """
import jax, jax.numpy as jnp, numpy as np, letgrad as lg
from jax.sharding import PartitionSpec as P
jax.config.update("jax_enable_x64", True)
assert len(jax.devices()) == 8
mesh = jax.make_mesh((8,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
f = lambda w, x: np.tanh(x @ w).sum()
w, x = np.arange(3.0) / 3, np.random.default_rng(1).normal(size=(16, 3))
wanted = jax.grad(lambda w: jnp.tanh(x @ w).sum())(w)
# Each device has a part of the data, and all have the weights: JAX adds up their cotangents.
local = lambda w, x: jax.lax.psum(lg.to_jax(f)(w, x), "d")
mapped = jax.shard_map(local, mesh=mesh, in_specs=(P(), P("d")), out_specs=P())
np.testing.assert_allclose(jax.jit(jax.grad(mapped))(w, x), wanted, rtol=1e-13)
# XLA partitions the program by the sharding of its arguments.
parts = jax.device_put(x, jax.sharding.NamedSharding(mesh, P("d")))
step = jax.jit(jax.grad(lg.to_jax(f)))
np.testing.assert_allclose(step(w, parts), wanted, rtol=1e-13)
assert "all-reduce" in step.lower(w, parts).compile().as_text()
"""


ROOT = Path(__file__).parents[1]


def trained(devices: int, *arguments: str) -> subprocess.Popen[str]:
    flags = f"--xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, ROOT / "examples" / "many_devices.py", *arguments],
        env=os.environ | {"XLA_FLAGS": flags}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen[str]) -> tuple[str, list[str]]:
    """What the example prints: the devices and their work, and the losses."""
    out = process.communicate(timeout=300)[0]
    assert process.returncode == 0
    work, losses = out.strip().splitlines()[-2:]
    return work, losses.split()[1:]


@pytest.mark.slow
def test_training_on_many_devices_and_processes():
    """The losses are those of one device, and each of 8 devices has 1/8 of the work."""
    alone, wanted = said(trained(1))
    together, losses = said(trained(8))
    assert losses == wanted
    of_each, of_one = (int(work.split()[2]) for work in (together, alone))
    assert of_each <= of_one / 6
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    second = trained(2, address, "2", "1")
    work, losses = said(trained(2, address, "2", "0"))
    second.communicate(timeout=300)
    assert losses == wanted and work.startswith("4 devices")
    page = (ROOT / "docs" / "more-than-one-machine.md").read_text(encoding="utf-8")
    for line in (together, work, f"losses {' '.join(wanted)}"):
        assert line in page


@pytest.mark.slow
def test_the_page_shows_what_python_prints():
    """In a process of its own, in which JAX keeps 32 bits."""
    page = ROOT / "docs" / "stablehlo.md"
    done = subprocess.run(
        [sys.executable, "-m", "doctest", page], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert ">>> f = lg.to_jax" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_on_many_devices():
    flags = "--xla_force_host_platform_device_count=8"
    subprocess.run(
        [sys.executable, "-c", ON_MANY_DEVICES], check=True, env=os.environ | {"XLA_FLAGS": flags}
    )
