"""`scipy.fft.dct` and `dst`: SciPy's transforms on the CPU, Fourier transforms elsewhere."""

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.cpu import host_steps
from letgrad.lowering.nests.decompose import DecomposePass
from letgrad.lowering.reference import Evaluator

fft: Any = pytest.importorskip("scipy.fft")
rng = np.random.default_rng(5)
KINDS = [(name, kind) for name in ("dct", "dst") for kind in (1, 2, 3, 4)]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_each_kind_of_each_size_by_formulas(name: str, kind: int):
    """GPUs and XLA have no transform of cosines: there the ops of the `decompose` rule run."""
    xs = [rng.normal(size=(2, n, 3)) for n in (1, 2, 5, 8) if n > 1 or (name, kind) != ("dct", 1)]

    def transformed(module: Any) -> Any:
        return lambda xs: [getattr(module, name)(x, kind, axis=1) for x in xs]

    module = lg.trace(transformed(lg.scipy.fft), [lg.spec(x.shape) for x in xs])
    DecomposePass().apply(backends.context(), module)
    assert "ten.fft" in str(module) and "ten.dct" not in str(module)
    (function,) = module.body.block.ops
    found = Evaluator(module).call(function.sym_name.data, xs)
    for y, wanted in zip(found, transformed(fft)(xs), strict=True):
        np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("by_scipy", [True, False])
def test_long_transforms_on_the_cpu_are_scipys(monkeypatch: pytest.MonkeyPatch, by_scipy: bool):
    if not by_scipy:
        monkeypatch.setattr(host_steps, "_pocketfft", lambda: None)
    x = rng.normal(size=(64, 81))

    def transformed(module: Any) -> Any:
        return lambda x: [
            *(getattr(module, name)(x, kind, axis=kind % 2) for name, kind in KINDS),
            module.idct(x, 2, norm="ortho", axis=0),
            module.dctn(x + 1j * x[::-1]),
        ]

    for dtype, error in ((np.float64, 1e-11), (np.float32, 2e-5)):
        a = x.astype(dtype)
        found, wanted = (
            lg.jit(transformed(lg.scipy.fft), backend="cpu")(a),
            transformed(fft)(a),
        )
        for y, z in zip(found, wanted, strict=True):
            assert y.dtype == z.dtype
            np.testing.assert_allclose(y, z, rtol=error, atol=100 * error)


def test_a_long_gradient_makes_no_table():
    """The derivative weighs the first coefficient; a table of all weights would be a constant."""
    n = 1 << 16
    module = lg.trace(lg.grad(lambda x: np.sum(lg.scipy.fft.dct(x) ** 2)), lg.spec(n))
    text = str(module)
    assert "ten.dct" in text and len(text) < 20_000
    x = rng.normal(size=n)
    gradient = lg.jit(lg.grad(lambda x: np.sum(lg.scipy.fft.dct(x) ** 2)), backend="cpu")(x)
    y = 2 * fft.dct(x)
    y[0] *= 2
    np.testing.assert_allclose(gradient, fft.dct(y, 3), rtol=1e-9)


@pytest.mark.parametrize("by_scipy", [True, False])
def test_transforms_write_over_their_operands(monkeypatch: pytest.MonkeyPatch, by_scipy: bool):
    if not by_scipy:
        monkeypatch.setattr(host_steps, "_pocketfft", lambda: None)
    x = rng.normal(size=(64, 81))

    def f(x: Any, module: Any) -> Any:
        z = module.ifftn(module.fft2(module.rfft2(np.sin(x))), axes=(1, 0))
        y = module.dct(np.real(z) + np.imag(z), axis=0)
        return module.dst(module.dct(y, 3, axis=1), 4, axis=0), np.sum(y)

    found, wanted = lg.jit(lambda x: f(x, lg.scipy.fft), backend="cpu")(x), f(x, fft)
    for y, z in zip(found, wanted, strict=True):
        np.testing.assert_allclose(y, z, rtol=1e-10, atol=1e-8)
