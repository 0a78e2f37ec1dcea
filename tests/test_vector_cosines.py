"""Transforms of cosines and sines in vectors of several, against exact sums."""

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu.backend import prepared
from letgrad.lowering.cpu.transforms import vector_transforms
from letgrad.lowering.cpu.transforms.vector_cosines import Cosines, takes
from letgrad.passes.rewriting import remarks

KINDS = [f"{waves}{type}" for waves in ("cosine", "sine") for type in (1, 2, 3, 4)]
LENGTHS = 8, 9, 10, 11, 15, 16, 18, 33, 34, 50, 75, 100, 127, 131, 254, 257, 262, 300


def matrix(kind: str, n: int) -> np.ndarray[Any, Any]:
    """The matrix of a transform: the sums that define it, in extended precision."""
    j, k = np.arange(n, dtype="g")[None], np.arange(n, dtype="g")[:, None]
    pi = 4 * np.arctan(np.longdouble(1))
    last = np.where(np.arange(n) == n - 1, 1, 2)
    first = last[::-1]
    match kind:
        case "cosine1":
            return np.minimum(first, last) * np.cos(pi * (j * k % (2 * n - 2)) / (n - 1))
        case "cosine2":
            return 2 * np.cos(pi * ((2 * j + 1) * k % (4 * n)) / (2 * n))
        case "cosine3":
            return first * np.cos(pi * (j * (2 * k + 1) % (4 * n)) / (2 * n))
        case "cosine4":
            return 2 * np.cos(pi * ((2 * j + 1) * (2 * k + 1) % (8 * n)) / (4 * n))
        case "sine1":
            return 2 * np.sin(pi * ((j + 1) * (k + 1) % (2 * n + 2)) / (n + 1))
        case "sine2":
            return 2 * np.sin(pi * ((2 * j + 1) * (k + 1) % (4 * n)) / (2 * n))
        case "sine3":
            return last * np.sin(pi * ((j + 1) * (2 * k + 1) % (4 * n)) / (2 * n))
        case _:
            return 2 * np.sin(pi * ((2 * j + 1) * (2 * k + 1) % (8 * n)) / (4 * n))


@pytest.mark.sampled(6)
@pytest.mark.parametrize("dtype", ["d", "f"])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_columns_are_exact_sums(monkeypatch: pytest.MonkeyPatch, kind: str, dtype: str):
    """Ends that fill no vector, parts of threads, numbers in the memory of the operand."""
    random = np.random.default_rng(3)
    for n in LENGTHS:
        table = 0.25 * matrix(kind, n)
        tolerance = 3 * np.finfo(dtype).eps * np.log2(n)
        for sizes, d in (((19, n), 1), ((2, n, 37), 1), ((n, 64), 0), ((1, n, 1), 1), ((3, n), 1)):
            monkeypatch.setattr(vector_transforms, "SHARED", int(random.choice([1, 1 << 30])))
            x = random.standard_normal(sizes).astype(dtype)
            wanted = np.moveaxis(np.tensordot(table, x.astype("g"), (1, d)), 0, d)
            y = np.full_like(x, np.nan)
            transform = Cosines(sizes, d, kind, 0.25, dtype)
            transform(x, y)
            error = np.linalg.norm((y - wanted).astype("d")) / np.linalg.norm(wanted.astype("d"))
            assert error <= tolerance, (n, sizes, d)
            transform(x, x)
            assert np.array_equal(x, y), "in place"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [64, 63, 131])
@pytest.mark.parametrize("d", [0, 1])
def test_transforms_do_not_change_each_other(kind: str, n: int, d: int):
    """Large numbers, and those that are none, change no digit of other rows or columns."""
    sizes = (n, 90) if d == 0 else (90, n)
    x = np.random.default_rng(0).standard_normal(sizes)
    changed = np.moveaxis(x.copy(), d, 1)
    changed[::3] *= 1e20
    changed[5, 7], changed[85, 60] = np.nan, np.inf
    transform = Cosines(sizes, d, kind, 1.0, "d")
    y, found = np.empty_like(x), np.empty_like(x)
    transform(x, y)
    transform(np.ascontiguousarray(np.moveaxis(changed, 1, d)), found)
    y, found = np.moveaxis(y, d, 1), np.moveaxis(found, d, 1)
    same = [k for k in range(90) if k % 3 and k not in (5, 85)]
    assert np.array_equal(y[same], found[same])
    assert np.flatnonzero(~np.isfinite(found).all(1)).tolist() == [5, 85]


def test_transforms_that_pay(monkeypatch: pytest.MonkeyPatch):
    """Few or short ones take less time in the library."""
    monkeypatch.setattr(vector_transforms, "thread_count", lambda: 1)
    for kind in ("cosine2", "sine4"):
        assert takes(kind, (16, 1000), 1, "f") and takes(kind, (1000, 16), 0, "f")
        assert not takes(kind, (4, 1000), 1, "f") and not takes(kind, (12, 1000), 1, "f")
        assert not takes(kind, (64, 64), 1, "f") and takes(kind, (128, 64), 1, "f")
        assert not takes(kind, (5, 2187), 1, "d") and takes(kind, (5, 2161), 1, "d")
        assert not takes(kind, (1000, 4), 1, "d"), "4 is too short"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_programs(dtype: str):
    """jit and its gradient, along both dimensions, with the factors of norms."""
    fft: Any = pytest.importorskip("scipy.fft")
    x = np.random.default_rng(2).standard_normal((96, 120)).astype(dtype)

    def f(module: Any, x: Any) -> Any:
        y = module.dct(x, 4, norm="ortho", axis=0) + module.idst(x, 2, axis=1)
        return module.dst(module.dct(y, 1), 3, norm="forward", axis=0)

    tolerance = 1e-12 if dtype == "float64" else 3e-5
    said = remarks.Report()
    with remarks.listening(said):
        found = lg.jit(lambda x: f(lg.scipy.fft, x), backend="cpu")(x)
    for waves in ("cosine", "sine"):
        assert f"the transform of {waves}s in vectors of several" in repr(said)
    wanted = f(fft, x.astype("d"))
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found, wanted, atol=tolerance * np.abs(wanted).max())
    # The transform is linear, and the gradient of <y, f(x)> is its transpose of y.
    y = np.random.default_rng(4).standard_normal(x.shape).astype(dtype)
    gradient = lg.jit(lg.grad(lambda x: np.sum(y * f(lg.scipy.fft, x))), backend="cpu")(x)
    left, right = np.vdot(gradient.astype("d"), x), np.vdot(y.astype("d"), wanted)
    assert abs(left - right) <= 100 * tolerance * np.linalg.norm(y) * np.linalg.norm(wanted)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("sizes", [(70, 64), (64, 99), (2, 12)])
def test_in_loops(sizes: tuple[int, int], dtype: str):
    """All are in the piece of machine code; few transforms are Fourier transforms there."""
    x = np.random.default_rng(2).standard_normal(sizes).astype(dtype)
    w = np.linspace(0.5, 1.5, sizes[0])[:, None].astype(dtype)

    def f(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            for name in ("dct", "dst"):
                transform = getattr(lg.scipy.fft, name)
                c = c + 0.1 * sum(
                    transform(c * w, k, norm="ortho", axis=k % 2) for k in (1, 2, 3, 4)
                )
            return np.sin(c), None

        return lg.scan(step, x, None, length=3)[0]

    def slopes(x: Any) -> Any:
        return lg.grad(lambda x: np.sum(f(x) ** 2))(x)

    tolerance = 1e-12 if dtype == "float64" else 2e-5
    for g in (f, slopes):
        found = remarks.Report()
        with remarks.listening(found):
            got = lg.jit(g, backend="cpu")(x)
        assert "is no piece" not in repr(found) and "one piece of machine code" in repr(found)
        wanted = lg.jit(g, backend="numpy")(x)
        assert np.abs(got - wanted).max() <= tolerance * np.abs(wanted).max()


def test_several_transforms_in_a_loop_stay():
    def f(x: Any) -> Any:
        return lg.scan(lambda c, _: (lg.scipy.fft.dct(c, 4), None), x, None, length=2)[0]

    for sizes, stays in (((64, 100), True), ((2, 100), False)):
        module = prepared(lg.trace(f, lg.spec(sizes)), False)
        assert ("ten.dct" in str(module), "ten.fft" in str(module)) == (stays, not stays)
