"""LLVM's shared library beside llvmlite: the same results, and errors in one line."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import machine, shared_llvm
from letgrad.passes.rewriting.diagnostics import LetgradError

TEXT = """
define double @f(double %x) {
  %y = fadd double %x, 1.0
  ret double %y
}
"""


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> shared_llvm.SharedLlvm:
    monkeypatch.delenv("LETGRAD_LLVM", raising=False)
    found = shared_llvm.library()
    if found is None:
        pytest.skip(f"{shared_llvm.PACKAGE} is not installed")
    return found


def steps(x: np.ndarray) -> np.ndarray:
    for _ in range(3):
        x = np.tanh(x @ x.T) @ x + np.cumsum(np.exp(-x), axis=0)
    return x.sum()


@pytest.mark.parametrize(
    "function", [steps, lambda x: np.sort(np.fft.rfft(x).real.ravel())[:7].prod()]
)
def test_values_are_those_of_llvmlite(
    shared: shared_llvm.SharedLlvm,
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[[np.ndarray], np.ndarray],
):
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    x = np.random.default_rng(0).standard_normal((5, 37)) / 9
    found = {}
    made = []
    monkeypatch.setattr(
        shared_llvm.SharedLlvm, "code", lambda *a, f=shared.__class__.code: made.append(1) or f(*a)
    )
    for which in ("", "llvmlite"):
        monkeypatch.setenv("LETGRAD_LLVM", which)
        made.clear()
        found[which] = lg.jit(lg.value_and_grad(function), backend="cpu")(x)
        assert bool(made) == (which == "")
    np.testing.assert_allclose(found[""][0], found["llvmlite"][0], rtol=1e-13)
    np.testing.assert_allclose(found[""][1], found["llvmlite"][1], rtol=1e-10, atol=1e-13)


def test_threads_make_code_at_the_same_time(shared: shared_llvm.SharedLlvm):
    texts = [TEXT.replace("1.0", f"{k}.0") for k in range(40)]
    with ThreadPoolExecutor(4) as threads:
        codes = list(threads.map(lambda text: shared.code(text, True), texts))
    assert codes == [shared.code(text, True) for text in texts]
    assert len(set(codes)) == 40


def test_each_llvm_keeps_code_of_its_own(
    shared: shared_llvm.SharedLlvm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("LETGRAD_LLVM", raising=False)
    own = machine.host_key(True)
    monkeypatch.setenv("LETGRAD_LLVM", "llvmlite")
    assert machine.host_key(True) != own


@pytest.mark.parametrize(
    "text, said",
    [("define what", "expected type"), (TEXT.replace("%y\n", "%z\n"), "undefined value '%z'")],
)
def test_errors_of_llvm_say_the_place(shared: shared_llvm.SharedLlvm, text: str, said: str):
    with pytest.raises(RuntimeError, match=said):
        shared.code(text, True)
    assert shared.code(TEXT, True)  # as before


def test_a_broken_module_is_an_error(shared: shared_llvm.SharedLlvm):
    text = "define i32 @f() {\n  %x = add i32 %y, 1\n  %y = add i32 1, 1\n  ret i32 %x\n}"
    with pytest.raises(RuntimeError, match="does not dominate"):
        shared.code(text, True)


def test_no_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for path in (tmp_path / "none.so", Path(__file__)):
        monkeypatch.setenv("LETGRAD_LLVM", str(path))
        with pytest.raises(LetgradError, match=f"LETGRAD_LLVM: {path} is no library of LLVM"):
            shared_llvm.library()


def test_another_version_is_an_error(
    shared: shared_llvm.SharedLlvm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shared_llvm, "VERSIONS", range(1, 3))
    with pytest.raises(LetgradError, match=r"is LLVM \d+\.\d+\.\d+, and not 20 to 22"):
        shared_llvm.SharedLlvm(shared._library._name)


def test_the_command_says_so_in_one_line(tmp_path: Path):
    program = tmp_path / "program.mlir"
    program.write_text(
        "func.func @f(%x: tensor<3xf64>) -> tensor<3xf64> {\n"
        "  %y = ten.cumsum %x dim 0 : tensor<3xf64>\n  return %y : tensor<3xf64>\n}\n"
    )
    command = [sys.executable, "-m", "letgrad.tools.cli", "run", str(program), "--backend", "cpu"]
    run = subprocess.run(
        [*command, "--input", "1"],
        env={**os.environ, "LETGRAD_LLVM": str(tmp_path / "no.so"), "LETGRAD_CACHE": "0"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "LETGRAD_LLVM" in run.stderr


@pytest.mark.parametrize("name", ["log", "log2", "log10"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithms_of_positive_numbers_stay_vectors(
    shared: shared_llvm.SharedLlvm, monkeypatch: pytest.MonkeyPatch, name: str, dtype: type
):
    # LLVM 23 knows that the operand is positive, and takes an intrinsic for the call.
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    codes = []
    monkeypatch.setattr(
        machine,
        "_compiled",
        lambda *a, f=machine._compiled: codes.append((a[0], f(*a))) or codes[-1][1],
    )
    x = np.linspace(-2, 2, 1024).astype(dtype)
    logarithm = getattr(np, name)
    found = lg.jit(lambda x: logarithm(x * x + 1), backend="cpu")(x)
    np.testing.assert_allclose(found, logarithm(x * x + 1), rtol=1e-6, atol=1e-6)
    (code,) = [code for text, code in codes if "define void @nest" in text]
    scalar = f"{name}f" if dtype is np.float32 else name
    assert f"\0{scalar}\0".encode() not in code
    assert b"letgrad_vector_log" in code or f"v_{scalar}\0".encode() in code


def test_a_chain_of_values_that_are_used_twice(shared: shared_llvm.SharedLlvm):
    # LLVM 23's vectorizer takes twice the time for each of these lines.
    chain = "".join(f"  %y{k + 1} = fmul double %y{k}, %y{k}\n" for k in range(60))
    text = f"""
define void @f(ptr noalias %x) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %p = getelementptr double, ptr %x, i64 %i
  %y0 = load double, ptr %p
{chain}  store double %y60, ptr %p
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, 1000
  br i1 %more, label %loop, label %end
end:
  ret void
}}
"""
    assert shared.code(text, True)


def _quadratics(x: np.ndarray) -> np.ndarray:
    x = x[: x.size // 9 * 9].reshape(-1, 3, 3)
    return np.einsum("kij,kjl,kil->", x, x, x)


def _norms(x: np.ndarray) -> np.ndarray:
    rows = x.reshape(24, -1)
    shifted = rows - rows.max(axis=1, keepdims=True)
    return (np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))[:, 3].sum()


def _images(x: np.ndarray) -> np.ndarray:
    x = x.reshape(4, 24, -1)
    return np.where(x[:, 1:] > x[:, :-1], x[:, 1:] * x[:, :-1], 0).sum()


@pytest.mark.parametrize(
    "function", [_quadratics, _norms, _images, lambda x: np.cumsum(x)[::3].sum()]
)
def test_code_is_as_good_as_that_of_all_passes(
    shared: shared_llvm.SharedLlvm, monkeypatch: pytest.MonkeyPatch, function: Callable[..., object]
):
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    texts: list[str] = []
    monkeypatch.setattr(
        machine, "_compiled", lambda *a, f=machine._compiled: texts.append(a[0]) or f(*a)
    )
    x = np.random.default_rng(0).standard_normal(96 * 20)
    lg.jit(lg.value_and_grad(function), backend="cpu")(x)
    nests = [text for text in texts if "define void @nest" in text]
    assert nests
    found = [shared.code(text, True) for text in nests]
    unrolling = shared._library.LLVMPassBuilderOptionsSetLoopUnrolling
    unrolling.argtypes = (ctypes.c_void_p, ctypes.c_int)

    def call(name: str, *arguments: Any) -> int:
        if name == "RunPasses":
            module, _, target, options = arguments
            unrolling(options, False)
            arguments = module, b"default<O2>", target, options
        return shared._functions[name](*arguments)

    monkeypatch.setattr(shared, "_call", call)
    wanted = [shared.code(text, True) for text in nests]
    for ours, all_passes in zip(found, wanted, strict=True):
        assert len(ours) == pytest.approx(len(all_passes), rel=0.02)


SUM = """
define double @f(ptr %x, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s = phi double [ 0.0, %entry ], [ %sum, %loop ]
  %at = getelementptr double, ptr %x, i64 %i
  %y = load double, ptr %at
  %sum = fadd double %s, %y
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret double %sum
}
"""


def test_a_version_without_a_pass_of_the_list(
    shared: shared_llvm.SharedLlvm, monkeypatch: pytest.MonkeyPatch
):
    """It runs all passes of its level, and unrolls no loop either."""
    wanted = shared.code(SUM, True)
    monkeypatch.setattr(shared_llvm, "PASSES", f"{shared_llvm.PASSES},function(no-such-pass)")
    assert len(shared.code(SUM, True)) == len(wanted)
