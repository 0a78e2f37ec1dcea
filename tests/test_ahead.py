"""
Libraries for C: programs of C and C++ call them, and the values are those of the reference.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.extend import LetgradError
from letgrad.tools import cli

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import gmm  # noqa: E402  # pyright: ignore[reportMissingImports]

CC, CXX = shutil.which("gcc") or shutil.which("cc"), shutil.which("g++")
needs_c = pytest.mark.skipif(CC is None, reason="there is no C compiler")
NUMBERS = count()


class FromC:
    """A function of a shared library, which is called as a C program calls it."""

    def __init__(self, fn: Callable[..., Any], args: tuple, folder: Path, **options: Any):
        # A process loads a file of one name once.
        path = folder / f"f{next(NUMBERS)}.so"
        lg.export(fn, *args, path=path, name="entry", **options)
        self.library = ctypes.CDLL(str(path))
        self.header = path.with_suffix(".h").read_text()
        self.want = lg.jit(fn, backend="numpy")(*args)

    def __call__(self, *args: Any) -> list[np.ndarray]:
        wanted, _ = lg_leaves(self.want)
        outs = [np.full(np.shape(w), 77, np.asarray(w).dtype) for w in wanted]
        leaves, _ = lg_leaves(args)
        given = [passed(np.asarray(x)) for x in leaves]
        status = self.library.entry(*given, *(ctypes.c_void_p(o.ctypes.data) for o in outs))
        assert status == 0
        return outs


def lg_leaves(value: Any) -> tuple[list[Any], Any]:
    from letgrad.frontend import pytree

    return pytree.flatten(value)


def passed(x: np.ndarray) -> Any:
    """An argument for C: scalars by value, but complex ones."""
    if x.ndim or x.dtype.kind == "c":
        kept = np.ascontiguousarray(x)
        pointer = ctypes.c_void_p(kept.ctypes.data)
        pointer.kept = kept  # type: ignore[attr-defined]
        return pointer
    if x.dtype in (np.float16, ml_dtypes.bfloat16):
        return ctypes.c_uint16(int(x.view(np.uint16)))
    return np.ctypeslib.as_ctypes_type(x.dtype)(x.item())


def check(fn: Callable[..., Any], *args: Any, tmp_path: Path, rtol: float = 1e-12, **options: Any):
    made = FromC(fn, args, tmp_path, **options)
    for got, want in zip(made(*args), lg_leaves(made.want)[0], strict=True):
        want = np.asarray(want)
        if want.dtype.kind in "fc" or want.dtype == ml_dtypes.bfloat16:
            wide = np.complex128 if want.dtype.kind == "c" else np.float64
            np.testing.assert_allclose(got.astype(wide), want.astype(wide), rtol, 1e-12)
        else:
            np.testing.assert_array_equal(got, want)
    return made


def normal(*shape: int, dtype: Any = np.float64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def steps(x):
    def step(c, row):
        return c * 0.5 + np.sin(row), c

    return lg.scan(step, x[0], x)


def newton(x):
    return lg.while_loop(lambda y: np.abs(y * y - x) > 1e-10, lambda y: (y + x / y) / 2, x)


def chosen(x, k):
    return lg.cond(k > 2, lambda x: np.exp(x), lambda x: x * 2, x)


def many(x, y):
    return np.sum(x * y), np.max(x), np.cumsum(y[:5])


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple]] = {
    "elementwise": (lambda x, s: np.sin(x) * s + np.arctan2(x, s), (normal(3, 5), 1.5)),
    "scalars": (lambda x, n: (x * n, n // 3, x > 1), (2.5, -7)),
    "nothing": (lambda: np.arange(4.0), ()),
    "argument twice": (lambda x: (x, x, x + 1), (normal(4),)),
    "empty": (lambda x: (np.sum(x, axis=0), x * 2), (np.zeros((0, 3)),)),
    "scan": (steps, (normal(6, 4),)),
    "gradient of scan": (lg.grad(lambda x: np.sum(steps(x)[0] ** 2)), (normal(6, 4),)),
    "while": (newton, (2.0,)),
    "cond": (chosen, (normal(3), 3)),
    "gather": (lambda x, i: x[i], (normal(7, 2), np.array([6, 0, -1, 3]))),
    "scatter": (lambda x, i: lg.scatter(5, x, lambda k: i[k]), (normal(4, 3), np.array([4, 0, 4, 9]))),
    "integers": (lambda a, b: (a @ b, a // 3, a % 5), (np.arange(12).reshape(3, 4), np.arange(8).reshape(4, 2))),
    "bools": (lambda a: (a & True, np.any(a, axis=0)), (normal(3, 4) > 0,)),
    "unsigned": (lambda a: (a >> 1, a * 3), (np.arange(250, 256, dtype=np.uint8),)),
    "complex": (lambda z, w: (z * w, np.abs(z), np.exp(z)), (normal(3) + 1j * normal(3, seed=1), 2 - 1j)),
    "products": (lambda a, b: np.tanh(a @ b) @ b.T, (normal(33, 20), normal(20, 17))),
    "batched": (lambda a, b: np.einsum("bij,bkj->bik", a, b), (normal(3, 5, 4), normal(3, 6, 4))),
    "traces": (lambda a: np.einsum("ii->i", a) + np.einsum("ij,ji->i", a, a), (normal(5, 5),)),
    "triple": (lambda a, b, c: np.einsum("ij,jk,kl->li", a, b, c), (normal(3, 9), normal(9, 8), normal(8, 5))),
    "solve": (lambda a, b: np.linalg.solve(a + 9 * np.eye(4), b), (normal(4, 4), normal(4, 2))),
    "det": (lambda a: np.linalg.slogdet(a + 9 * np.eye(3))[1], (normal(3, 3),)),
    "threads": (many, (normal(1 << 18), normal(1 << 18, seed=1))),
    "names": (lambda int, double, result: (int + double, result), (1.0, 2.0, normal(2))),
}  # fmt: skip


@needs_c
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_are_those_of_the_reference(name: str, tmp_path: Path):
    fn, args = PROGRAMS[name]
    check(fn, *args, tmp_path=tmp_path, rtol=1e-10)


@needs_c
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_floats(dtype: Any, tmp_path: Path):
    def f(x, s):
        return np.sum(np.exp(x) * s, axis=1), x @ x.T, x * s

    x, s = normal(5, 6, dtype=dtype), dtype(0.5)
    rtol = 1e-12 if dtype is np.float64 else 1e-5 if dtype is np.float32 else 1e-2
    check(f, x, s, tmp_path=tmp_path, rtol=rtol)


@needs_c
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 7), (4, 8, 256), (70, 257, 9), (130, 300, 33)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_own_products(shape: tuple[int, int, int], dtype: Any, tmp_path: Path):
    m, k, n = shape
    a, b = normal(m, k, dtype=dtype), normal(k, n, dtype=dtype, seed=1)
    rtol = 1e-11 if dtype is np.float64 else 1e-3
    check(lambda a, b: (a @ b, b.T @ a.T, np.exp(-(a @ b))), a, b, tmp_path=tmp_path, rtol=rtol)


@needs_c
@pytest.mark.parametrize("options", [{"cpu": "native"}, {"threads": False}, {"strict": True}])
def test_options(options: dict[str, Any], tmp_path: Path):
    x = normal(1 << 17)
    check(lambda x: (np.sum(np.sin(x)), np.exp(x) @ x), x, tmp_path=tmp_path, **options)
