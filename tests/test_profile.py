"""Where the time of a compiled function goes."""

from __future__ import annotations

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import profile
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import cli


def test_steps_with_their_bytes_and_flops_and_lines():
    def f(x, w):
        y = np.sum(np.exp(x @ w), axis=0)
        return y, np.sum(np.exp(x), axis=0), np.cumsum(x)

    x, w = np.ones((30, 40)), np.ones((40, 50))
    found = lg.profile(lg.jit(f, backend="cpu"), x, w)
    product = next(row for row in found.rows if "product" in row.what)
    assert product.bytes == 8 * (1200 + 2000 + 50)
    assert product.flops == 2 * 30 * 40 * 50 + 1500 * 21
    nest = next(row for row in found.rows if "kernel.generic" in row.what)
    assert (nest.bytes, nest.flops) == (8 * (1200 + 40), 1200 * 21)
    assert all(line.startswith("test_profile.py:") for row in found.rows for line in row.lines)
    assert len(product.lines) == 1 and any("cumsum" in row.what for row in found.rows)
    assert found.seconds > 0 and all(row.seconds > 0 for row in found.rows)
    assert found.copy_rate > 1e8 and found.matrix_rate > 1e7
    text = str(found)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert len(text.splitlines()) == 2 + len(found.rows)
    assert product.lines[0] in next(line for line in text.splitlines() if "product" in line)


def test_the_number_of_steps_does_not_hide_results():
    """Profiling runs the program: a call after it gives what it gave before."""
    f = lg.jit(lambda x: (np.sin(x), np.sum(x)), backend="cpu")
    x = np.arange(5.0)
    before = f(x)
    lg.profile(f, x)
    assert np.array_equal(f(x)[0], before[0]) and f(x)[1] == 10


def test_flops_of_scatters_count_each_addition():
    p = lg.asarray(np.array([0, 2, 1, 0, 2, 1]))
    f = lg.jit(lambda x: lg.scatter((3,), x * x, lambda i: p[i]), backend="cpu")
    rows = lg.profile(f, np.ones((6, 5))).rows
    assert sum(row.flops for row in rows if "scatter" in row.what) == 6 * 5 * 2


def test_flops_of_nests_in_common_loops():
    """Each inner nest counts at each point of the loops around it."""

    def softmax(x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)

    rows = lg.profile(lg.jit(softmax, backend="cpu"), np.ones((500, 300))).rows
    # A maximum, a difference, an exponential, a sum and a quotient; the exponential once or twice.
    assert sum(row.flops for row in rows) in [500 * 300 * (1 + k * 21 + 1 + 4) for k in (1, 2)]
    assert sum(row.bytes for row in rows) >= 2 * 8 * 500 * 300


def test_only_backends_that_can():
    with pytest.raises(LetgradError, match="backend 'numpy' has no profile"):
        lg.profile(lg.jit(np.sin, backend="numpy"), np.ones(3))


def test_rates_are_measured_once(monkeypatch: pytest.MonkeyPatch):
    profile.copy_rate()
    monkeypatch.setattr(profile, "_best", lambda *a: pytest.fail("measured again"))
    profile.copy_rate()


def test_the_command(tmp_path, capfd: pytest.CaptureFixture[str]):
    file = tmp_path / "f.mlir"
    file.write_text(
        "func.func @f(%x: tensor<3xf32>) -> f32 {\n  %e = math.exp %x : tensor<3xf32>\n"
        "  %s = ten.sum %e dims [0] : tensor<3xf32> -> f32\n  func.return %s : f32\n}\n"
    )
    run = ["run", str(file), "--input", "zeros", "--strict", "--profile"]
    assert cli.main(run) == 0
    out, err = capfd.readouterr()
    assert out == "%0: f32 = 3.0\n"
    assert err.startswith("@f: ") and "f.mlir:2, f.mlir:3" in err
    assert all(c.isprintable() or c == "\n" for c in err)
    assert cli.main([*run, "--backend", "numpy"]) == 1
    assert "letgrad: error: backend 'numpy' has no option 'strict'" in capfd.readouterr().err
