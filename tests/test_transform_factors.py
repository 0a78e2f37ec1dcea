"""The factor of a transform, which the library multiplies in, on the backend `cpu`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.dialects import kernel
from letgrad.dialects.walking import ops_in
from letgrad.lowering import cache_files
from letgrad.lowering.cpu import backend, host_steps
from letgrad.lowering.cpu.transforms.transform_factors import FACTOR

scipy_fft = pytest.importorskip("scipy.fft")

r = np.random.default_rng(0)
X = r.standard_normal((3, 2000))
Z = X + 1j * r.standard_normal(X.shape)

ABSORBED: dict[str, Callable[[Any], Any]] = {
    "ifft": lambda z: np.fft.ifft(z),
    "ifft2": lambda z: np.fft.ifft2(z),
    "irfft": lambda z: np.fft.irfft(z),
    "forward": lambda z: np.fft.fft(z, axis=0, norm="forward"),
    "ortho": lambda z: np.fft.irfft(z, n=3999, norm="ortho"),
    "single": lambda z: np.fft.ifft(z.astype(np.complex64)),
}

OWN: dict[str, Callable[[Any], Any]] = {
    "another reader": lambda z: (y := np.fft.fft(z)) / 2000 + np.roll(y, 1, axis=1),
    "no number of pocketfft": lambda z: np.fft.fft(z) * 0.3,
    "more than the factor": lambda z: np.abs(np.fft.ifft(z)),
    "half of the factor": lambda z: np.fft.ifft(z)[:, ::2],
}


Marks = Callable[[Callable[[Any], Any]], tuple[int, int, Any]]


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> Marks:
    """How many transforms of a compiled program have a factor, its nests, and its result."""
    modules: list[ModuleOp] = []
    prepared = backend.prepared
    monkeypatch.setattr(cache_files, "wanted", lambda: False)

    def kept(*args: Any) -> ModuleOp:
        modules.append(prepared(*args))
        return modules[-1]

    monkeypatch.setattr(backend, "prepared", kept)

    def counted(f: Callable[[Any], Any]) -> tuple[int, int, Any]:
        found = lg.jit(lambda z: f(z))(Z)
        ops = list(ops_in(modules[-1]))
        nests = sum(isinstance(op, kernel.GenericOp) for op in ops)
        return sum(FACTOR in op.attributes for op in ops), nests, found

    return counted


@pytest.mark.parametrize("name", ABSORBED)
def test_no_nest_goes_over_the_result(name: str, marks: Marks) -> None:
    transforms, nests, found = marks(ABSORBED[name])
    assert transforms == 1 and nests == (name == "single")  # the nest of the cast
    wanted = ABSORBED[name](Z)
    tolerance = 1e-6 if wanted.dtype == np.complex64 else 1e-14
    np.testing.assert_allclose(found, wanted, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize("name", OWN)
def test_others_stay(name: str, marks: Marks) -> None:
    transforms, nests, found = marks(OWN[name])
    assert transforms == 0 and nests
    np.testing.assert_allclose(found, OWN[name](Z), atol=1e-13)


def test_cosine_transforms() -> None:
    wanted = scipy_fft.idct(X, type=1)
    found = lg.jit(lambda x: lg.scipy.fft.idct(x, type=1))(X)
    np.testing.assert_allclose(found, wanted, atol=1e-14)


def test_short_transforms_by_numpy() -> None:
    np.testing.assert_allclose(lg.jit(np.fft.ifft)(Z[:, :6]), np.fft.ifft(Z[:, :6]), atol=1e-15)


ALONE = """
import sys
import numpy as np
import letgrad as lg

x = np.random.default_rng(0).standard_normal((64, 128))
y = lg.jit(lambda x: np.fft.fft2(x), backend="cpu")(x)
assert "scipy.fft" not in sys.modules, "SciPy's packages are imported"
import scipy.fft

assert np.allclose(y, scipy.fft.fft2(x))
assert np.allclose(lg.jit(lambda x: np.fft.rfft(x), backend="cpu")(x), scipy.fft.rfft(x))
from letgrad.lowering.cpu import host_steps

assert host_steps._pocketfft().c2c is not None
"""


def test_transforms_of_scipy_come_without_its_packages():
    """Their import takes longer than the compilation of most programs."""
    environment = {**os.environ, "LETGRAD_CACHE": "0"}
    subprocess.run([sys.executable, "-c", ALONE], check=True, env=environment)


def test_transforms_of_scipy_elsewhere_are_imported(monkeypatch: pytest.MonkeyPatch):
    """If the file is not where it was, the module is imported by its name."""
    name = "scipy.fft._pocketfft.pypocketfft"
    known = sys.modules[name]
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(host_steps, "_extension", lambda _: None)
    asked: list[str] = []
    monkeypatch.setattr(
        host_steps.importlib, "import_module", lambda name: asked.append(name) or known
    )
    host_steps._pocketfft.cache_clear()
    try:
        assert host_steps._pocketfft() is known and asked == [name]
    finally:
        host_steps._pocketfft.cache_clear()
