"""The table of backends: letgrad's own are imported when asked for; packages add theirs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.lowering import backends
from letgrad.passes.rewriting.diagnostics import LetgradError

from .test_kernel import parse

TEXT = "func.func @main(%x: f64) -> f64 { func.return %x : f64 }"


@pytest.mark.parametrize("name", backends.BUILT_IN)
def test_a_module_of_the_table_registers_its_backend(name: str):
    if name == "xla":
        pytest.importorskip("jax", reason="JAX is not installed: pip install 'letgrad[xla]'")
    assert backends.compile(name, parse(TEXT), "main")(2.5) == (2.5,)


@pytest.mark.parametrize("name", ["numpy", "cpu"])
def test_results_are_new_arrays(name: str):
    """They share no memory with arguments, with constants or with each other."""

    def f(x: Any) -> Any:
        y = x + 1.0
        return x.copy(), x.T.copy(), x[1:], y, y.copy(), y[::-1], np.array([1.0, 2.0])

    x, compiled = np.arange(6.0).reshape(2, 3), lg.jit(f, backend=name)
    expected, found = f(x.copy()), compiled(x)
    for y, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(y, wanted)
        y[...] = np.nan
    for y, wanted in zip(compiled(x), expected, strict=True):
        np.testing.assert_array_equal(y, wanted)


@pytest.mark.parametrize("name", ["numpy", "cpu"])
def test_a_copy_from_before_a_write_to_an_argument(name: str):
    def f(x: Any) -> Any:
        before = x.copy()
        x[0] = 5.0
        return before

    x = np.arange(3.0)
    np.testing.assert_array_equal(lg.jit(f, backend=name)(x), [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(x, [5.0, 1.0, 2.0])


def test_a_backend_of_a_package(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backends, "_backends", dict(backends._backends))

    @backends.register("constant")
    def compile(module: ModuleOp, entry: str, value: float = 1.0) -> backends.Compiled:
        return lambda *args: (value,)

    module = parse(TEXT)
    assert backends.compile("constant", module, "main", value=3.0)(2.5) == (3.0,)
    assert backends.names() == (*backends.BUILT_IN, "constant")
    with pytest.raises(LetgradError, match="has no option 'strict'; it has value"):
        backends.compile("constant", module, "main", strict=True)
    with pytest.raises(LetgradError, match="'gpu'; there are numpy, cpu, triton, xla, constant"):
        backends.compile("gpu", module, "main")


def test_a_package_replaces_a_backend_that_nobody_asked_for_yet(monkeypatch: pytest.MonkeyPatch):
    registered: dict[str, Any] = {}
    monkeypatch.setattr(backends, "_backends", registered)
    backends.register("triton")(lambda module, entry: lambda *args: ("mine",))
    assert backends.compile("triton", parse(TEXT), "main")(2.5) == ("mine",)


def test_no_backend_is_imported_before_somebody_asks_for_it():
    code = (
        "import sys; from letgrad.lowering import backends; backends.names();"
        "assert not any(m.startswith('letgrad.lowering.') and m != 'letgrad.lowering.backends'"
        " for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
