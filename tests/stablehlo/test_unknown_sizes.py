"""Programs that `jax.export` writes for symbolic dimensions have JAX's values for given sizes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from letgrad.frontend.from_stablehlo.stablehlo_to_ten import convert
from letgrad.lowering import backends
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import cli, source
from letgrad.tools.programs import new_context

jax = pytest.importorskip("jax", reason="JAX exports the programs")

import jax.numpy as jnp  # noqa: E402
from jax import export, lax  # noqa: E402


def smooth(x: Any, w: Any) -> Any:
    return jax.nn.softmax(x @ w[: x.shape[1]]), jnp.linalg.norm(x), x.mean(1) + x.shape[0]


def moves(x: Any, w: Any) -> Any:
    rows = jnp.arange(x.shape[0])
    return jnp.concatenate([x, x]).reshape(-1)[1:], jnp.pad(x, 1), x[rows - 1], jnp.sort(x, 0)


def running(x: Any, w: Any) -> Any:
    return jnp.cumsum(x, 0), lax.cummax(x, 1, reverse=True)


def loops(x: Any, w: Any) -> Any:
    return (
        lax.scan(lambda c, r: (c + r, c * r), x[0], x),
        lax.fori_loop(0, x.shape[0], lambda i, c: c + x[i].sum() * w.sum(), 0.0),
    )


def gradient(x: Any, w: Any) -> Any:
    return jax.grad(lambda x: jnp.sum(jnp.tanh(x @ w) ** 2))(x)


def exported(fn: Callable[..., Any]) -> str:
    a, b = export.symbolic_shape("a, b", constraints=["a >= 2"])
    x, w = jax.ShapeDtypeStruct((a, b), jnp.float64), jax.ShapeDtypeStruct((b, 3), jnp.float64)
    return str(export.export(jax.jit(fn))(x, w).mlir_module())


@pytest.mark.sampled(3)
@pytest.mark.parametrize("fn", [smooth, moves, running, loops, gradient])
def test_values_for_two_sizes(fn: Callable[..., Any]):
    r = np.random.default_rng(0)
    with jax.enable_x64(True):
        text = exported(fn)
        for a, b in ((4, 3), (2, 1)):
            x, w = r.normal(size=(a, b)), r.normal(size=(b, 3))
            module = source.parse(new_context(), text, "f.mlir")
            convert(module, (a, b, b))
            found = backends.compile("numpy", module, "main")(x, w)
            wanted = jax.tree.leaves(jax.jit(fn)(x, w))
            for y, z in zip(found, wanted, strict=True):
                assert np.shape(y) == z.shape
                np.testing.assert_allclose(y, z, rtol=1e-12, atol=1e-12)


def test_sizes_that_the_program_refuses():
    with jax.enable_x64(True):
        text = exported(running)
    for sizes, message in (
        ((4, 3, 2), "does not hold"),
        ((1, 3, 3), "a >= 2"),
        ((), "the option sizes of convert-stablehlo-to-ten"),
    ):
        with pytest.raises(LetgradError, match=message):
            convert(source.parse(new_context(), text, "f.mlir"), sizes)


def test_a_command_reads_the_sizes_from_its_inputs(tmp_path: Path, capsys: Any):
    with jax.enable_x64(True):
        (tmp_path / "f.mlir").write_text(exported(running))
    x, w = "[[1, 2], [3, 1]]", "[[1, 1, 1], [1, 1, 1]]"
    assert cli.main(["run", str(tmp_path / "f.mlir"), "--input", x, "--input", w]) == 0
    assert "= [[1.0, 2.0],\n [4.0, 3.0]]" in capsys.readouterr().out
    assert cli.main(["grad", str(tmp_path / "f.mlir"), "--cotangent"]) == 1
    assert "--sizes of letgrad, gives the sizes" in capsys.readouterr().err
