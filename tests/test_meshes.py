"""`lg.mesh`, and the shardings of `lg.jit`: results on many devices are those on one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg

jax = pytest.importorskip("jax", reason="XLA is in the package jax")

R = np.random.default_rng(0)
WEIGHTS = {"in": R.normal(size=(5, 8)), "out": R.normal(size=(8, 3))}
POINTS, LABELS = R.normal(size=(16, 5)), R.normal(size=(16, 3))
ONE = lg.mesh(data=1)


def loss(weights: Any, x: Any, labels: Any) -> Any:
    return np.mean((np.tanh(x @ weights["in"]) @ weights["out"] - labels) ** 2)


STEP = lg.value_and_grad(loss)


def check_step(mesh: Any) -> Any:
    """The gradients with shardings are those without; the result is the compiled step."""
    wanted, slopes = STEP(WEIGHTS, POINTS, LABELS)
    last = mesh.names[-1]
    cut = {"out": mesh(last), "in": mesh(None, last)}
    step = lg.jit(
        STEP,
        backend="xla",
        in_shardings=(cut, mesh("data"), mesh("data")),
        out_shardings=(mesh(), cut),
    )
    with jax.enable_x64(True):
        value, found = step(WEIGHTS, POINTS, LABELS)
        np.testing.assert_allclose(value, wanted, rtol=1e-13)
        for name, slope in slopes.items():
            assert isinstance(found[name], jax.Array)
            assert found[name].sharding == cut[name].of_jax
            np.testing.assert_allclose(found[name], slope, rtol=1e-12)
        again, _ = step(found, POINTS, LABELS)
    np.testing.assert_allclose(again, loss(slopes, POINTS, LABELS), rtol=1e-12)
    return found


def test_shardings_on_one_device():
    check_step(ONE)


def sharded_loss(mesh: Any) -> Any:
    """The loss, whose hidden layer is cut, and which has derivatives and batches of cut arrays."""

    def f(weights: Any, x: Any, labels: Any) -> Any:
        hidden = lg.shard(np.tanh(x @ weights["in"]), mesh("data", mesh.names[-1]))
        row = lg.vmap(lambda h: lg.shard(h * 2, mesh(mesh.names[-1])))(hidden)
        z = lg.shard((row + 1j * hidden) / 2, mesh(None))
        return np.mean((np.real(z) @ weights["out"] - labels) ** 2)

    return f


def check_shard(mesh: Any) -> str:
    """Values and gradients are those without cuts; the text that XLA compiled."""
    wanted, slopes = STEP(WEIGHTS, POINTS, LABELS)
    step = lg.value_and_grad(sharded_loss(mesh))
    compiled = lg.jit(step, backend="xla", in_shardings=(None, mesh("data"), mesh("data")))
    with jax.enable_x64(True):
        for f in step, compiled, lg.jit(step, backend="xla"), lg.jit(step, backend="numpy"):
            value, found = f(WEIGHTS, POINTS, LABELS)
            np.testing.assert_allclose(value, wanted, rtol=1e-13)
            for name, slope in slopes.items():
                np.testing.assert_allclose(found[name], slope, rtol=1e-11)
        tangents = ({"in": WEIGHTS["in"], "out": 0 * WEIGHTS["out"]},)
        pushed = [
            lg.jvp(lambda w, f=f: f(w, POINTS, LABELS), (WEIGHTS,), tangents)[1]
            for f in (loss, sharded_loss(mesh))
        ]
        np.testing.assert_allclose(*pushed, rtol=1e-12)
    return str(lg.trace(step, WEIGHTS, POINTS, LABELS))


def test_a_cut_inside_of_a_program_on_one_device():
    text = check_shard(lg.mesh(data=1, model=1))
    # Those of the program, those of the batch and the complex numbers, and those of the cotangents.
    assert text.count("sdy.sharding_constraint") > 4


def test_a_cut_of_no_array():
    assert lg.shard(2.0, ONE()) == 2.0
    x = np.ones(3)
    assert lg.shard({"x": x}, ONE("data"))["x"] is x
    with pytest.raises(ValueError, match="cuts 2 dimensions, and 1 exist"):
        lg.trace(lambda x: lg.shard(x, ONE(None, "data")), x)
    with pytest.raises(TypeError, match=r"takes a sharding of lg\.mesh"):
        lg.shard(x, "data")


def test_arrays_of_jax_stay_where_they_are():
    f = lg.jit(lambda x: 2 * np.sin(x), backend="xla")
    x = np.linspace(0, 1, 5, dtype=np.float32)
    found = f(jax.numpy.asarray(x))
    assert isinstance(found, jax.Array) and found.dtype == np.float32
    np.testing.assert_allclose(found, 2 * np.sin(x), rtol=1e-6)
    assert isinstance(f(x), np.ndarray)


def test_complex_and_unsigned_arrays_have_shardings():
    def f(z: Any, n: Any) -> Any:
        return z * 1j, n - np.uint8(1)

    g = lg.jit(f, backend="xla", in_shardings=ONE("data"), out_shardings=(ONE("data"), None))
    with jax.enable_x64(True):
        z, n = g(np.arange(3) + 1j, np.arange(3, dtype=np.uint8))
    np.testing.assert_array_equal(z, (np.arange(3) + 1j) * 1j)
    np.testing.assert_array_equal(n, [255, 0, 1])
    assert (z.dtype, n.dtype) == (np.complex128, np.uint8)


def test_a_function_that_writes_is_refused():
    def f(x: Any) -> None:
        x[0] = 1

    with pytest.raises(TypeError, match="writes to argument 0"):
        lg.jit(f, backend="xla", in_shardings=ONE())(np.ones(3))


def test_a_call_in_a_trace_has_no_shardings():
    inner = lg.jit(lambda x: x * x, backend="xla", in_shardings=ONE("data"))
    np.testing.assert_array_equal(lg.grad(lambda x: np.sum(inner(x)))(np.arange(3.0)), [0, 2, 4])


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: lg.mesh(), ValueError, "a mesh has axes of one device or more"),
        (lambda: lg.mesh(data=0), ValueError, "a mesh has axes of one device or more"),
        (lambda: ONE("model"), ValueError, "the mesh has the axes data, and not 'model'"),
        (lambda: ONE("data", "data"), ValueError, "the axis 'data' cuts an array twice"),
        (lambda: ONE(("data", "data")), ValueError, "the axis 'data' cuts an array twice"),
        (lambda: lg.mesh(data=999)().of_jax, ValueError, "999 devices, and JAX has"),
        (
            lambda: lg.jit(np.sin, in_shardings=ONE())(np.ones(3)),
            TypeError,
            "need the backend 'xla', and not 'cpu'",
        ),
        (
            lambda: lg.jit(np.sin, backend="xla", in_shardings=(ONE(), ONE()))(np.ones(3)),
            ValueError,
            "in_shardings has 2 entries, and the call 1 arguments",
        ),
        (
            lambda: lg.jit(np.sin, backend="xla", out_shardings={"y": ONE()})(np.ones(3)),
            ValueError,
            "out_shardings has .* where the values have",
        ),
        (
            lambda: lg.jit(np.sin, backend="xla", in_shardings=ONE())(np.ones(3), out=np.ones(3)),
            TypeError,
            "JAX's arrays do not change",
        ),
    ],
)
def test_errors(make: Any, kind: type[Exception], text: str):
    with pytest.raises(kind, match=text):
        make()


ON_EIGHT = """
import letgrad as lg
from tests import test_meshes as here
found = here.check_step(lg.mesh(data=4, model=2))
assert found["in"].addressable_shards[0].data.shape == (5, 4)
here.check_shard(lg.mesh(data=4, model=2))
# A cut of the result, for which the call says nothing.
m = lg.mesh(data=8)
found = lg.jit(lambda x: lg.shard(x * 2, m("data")), backend="xla", in_shardings=m())(here.POINTS)
assert found.addressable_shards[0].data.shape == (2, 5)
"""


@pytest.mark.slow
def test_shardings_on_eight_devices():
    subprocess.run(
        [sys.executable, "-c", ON_EIGHT],
        check=True,
        cwd=Path(__file__).parents[1],
        env=os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=8"},
    )
