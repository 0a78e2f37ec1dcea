"""
Decompositions, systems and transforms in loops on the backend `cpu`: machine code calls the
libraries, and has the results that the ops have outside of loops.
"""

from __future__ import annotations

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
from letgrad.dialects import ten
from letgrad.frontend.numpy_derived.factors import decompose, solve_triangle
from letgrad.frontend.tracing import emit, use
from letgrad.lowering.cpu import kept_programs, library_calls
from letgrad.lowering.cpu.matrices import blas, lapack_calls, large_products, matrix_code
from letgrad.passes.rewriting import remarks

pytestmark = pytest.mark.sampled(4)

KINDS = [np.float64, np.float32, np.complex128, np.complex64]


def arrays(shape: tuple[int, ...], dtype: Any, seed: int = 0) -> np.ndarray:
    r = np.random.default_rng(seed)
    x = r.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * r.standard_normal(shape)
    return x.astype(dtype)


def loop_of(f: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """
    A loop whose step t gives f(x[t], …). A step depends on the step before it, so that no pass
    takes f out of the loop; what it adds to x is 0.
    """

    def step(c: Any, xs: Any) -> Any:
        first, *_ = xs
        zero = c.astype(first.real.dtype)
        ys = f(*(x + zero for x in xs))
        some = np.real(ys[-1])
        some = np.ravel(some)[0] if some.size else c
        return np.where(some > 1e30, 1.0, 0.0), ys

    return lambda *xs: lg.scan(step, np.asarray(0.0), xs)[1]


def loops_of(f: Callable[..., Any], *args: Any) -> tuple[Any, list[str]]:
    """The value of f on the CPU, and the remarks on its loops."""
    report = remarks.Report()
    with remarks.listening(report):
        value = lg.jit(f, backend="cpu")(*args)
    return value, [str(x) for x in report if str(x).endswith("(loop)")]


def is_one_piece(found: list[str]) -> bool:
    return bool(found) and all("one piece of machine code" in x for x in found)


def as_outside(f: Callable[..., tuple[Any, ...]], *xs: np.ndarray, exact: bool = True) -> None:
    """f in a loop has, bit for bit, the results of f outside of it."""
    found, said = loops_of(loop_of(f), *xs)
    # A loop over empty arrays is no loop in the end.
    assert is_one_piece(said) or not min(x.size for x in xs), said
    one = lg.jit(f, backend="cpu")
    for t in range(len(xs[0])):
        for got, y in zip(found, one(*(x[t] for x in xs)), strict=True):
            assert (got[t].dtype, got[t].shape) == (y.dtype, y.shape)
            if exact:
                np.testing.assert_array_equal(got[t], y)
            else:
                scale = 1e-3 if y.dtype.itemsize // (1 + (y.dtype.kind == "c")) == 4 else 1e-11
                np.testing.assert_allclose(got[t], y, rtol=scale, atol=scale)


def each(f: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """The results of f for several arrays."""
    return lambda *xs: tuple(y for x in xs for y in f(x))


OPS: dict[str, tuple[Callable[[Any], tuple[Any, ...]], bool]] = {
    "cholesky": (lambda a: decompose(ten.CholeskyOp, a), True),
    "cholesky upper": (lambda a: decompose(ten.CholeskyOp, a, upper=True), True),
    "eig": (lambda a: decompose(ten.EigOp, a), True),
    "eigenvalues of any": (lambda a: decompose(ten.EigOp, a)[:1], True),
    "eigh": (lambda a: decompose(ten.EighOp, a), True),
    "eigh upper": (lambda a: decompose(ten.EighOp, a, upper=True), True),
    "eigenvalues": (lambda a: decompose(ten.EighOp, a)[:1], True),
    "eigenvalues upper": (lambda a: decompose(ten.EighOp, a, upper=True)[:1], True),
    "lu": (lambda a: decompose(ten.LuOp, a), False),
    "lu columns": (lambda a: decompose(ten.LuOp, a, columns=True), False),
    "qr": (lambda a: decompose(ten.QrOp, a), False),
    "q": (lambda a: decompose(ten.QrOp, a)[:1], False),
    "r": (lambda a: decompose(ten.QrOp, a)[1:], False),
    "svd": (lambda a: decompose(ten.SvdOp, a), False),
    "singular values": (lambda a: decompose(ten.SvdOp, a)[1:2], False),
}
"""Functions of matrices, and whether they take square ones alone."""

SQUARE = [(1, 1), (2, 2), (3, 7, 7), (2, 0, 3, 3), (0, 0)]
WIDE = [(3, 5), (5, 3), (1, 4), (4, 1), (2, 3, 6, 4), (0, 3), (3, 0), (0, 2, 3)]


@pytest.mark.sampled(8)
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", OPS)
def test_decompositions(name: str, dtype: Any) -> None:
    f, is_square = OPS[name]
    given = [arrays((2, *shape), dtype) for shape in (SQUARE if is_square else SQUARE + WIDE)]
    if name.startswith("cholesky"):
        one = [np.eye(a.shape[-1], dtype=dtype) for a in given]
        given = [a @ np.conj(a.mT) + i for a, i in zip(given, one)]
    as_outside(each(f), *given)


@pytest.mark.sampled(24)
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", OPS)
def test_matrices_without_a_decomposition_are_nan(name: str, dtype: Any) -> None:
    f, _ = OPS[name]
    a = arrays((6, 2, 4, 4), dtype)
    a[1, 0, 3, 2], a[2, 1, 0, 0], a[3, 0, 1, 3] = np.nan, np.inf, -np.inf
    a[4, 1] = 0
    a[5] = np.eye(4)
    # Outside of loops, other functions compute the rest of a batch with such a matrix.
    as_outside(f, a, exact="values" not in name and "lu" not in name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex64])
def test_large_matrices(dtype: Any) -> None:
    """From 128 rows on, other functions run outside of loops; from 256 on, threads share them."""
    a = arrays((2, 140, 128) if np.dtype(dtype).kind == "f" else (2, 128, 125), dtype)
    square = arrays((2, 128, 128), dtype)
    square = square @ np.conj(square.mT) + np.eye(128, dtype=dtype)
    square[1, 3, 100] = np.nan  # in the upper triangle
    as_outside(OPS["cholesky"][0], square)
    as_outside(OPS["cholesky upper"][0], square)
    as_outside(OPS["lu"][0], a)
    as_outside(OPS["qr"][0], a)


def test_the_libraries_may_have_threads_for_matrices_of_more_than_256_rows() -> None:
    for n, has_threads in ((256, False), (257, True)):
        made = matrix_code.decomposition(op_of(ten.QrOp, np.ones((n, 3))))
        assert made is not None
        assert ("threads.numpy.set(i32 1)" in made.text(1, 2)) == has_threads


def op_of(kind: type[ten.MatrixOp], a: np.ndarray) -> ten.MatrixOp:
    """The op of a program that decomposes one matrix."""
    module = lg.trace(lambda a: decompose(kind, a), a)
    (op,) = (op for op in module.walk() if isinstance(op, kind))
    return op


@pytest.mark.parametrize("shape", [(600, 600), (520, 700), (700, 520)])
@pytest.mark.parametrize("name", ["lu", "lu columns"])
def test_threads_share_factors_of_elimination(name: str, shape: tuple[int, int]) -> None:
    as_outside(OPS[name][0], arrays((2, *shape), np.float64))


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("n", [300, 650])
def test_factors_of_more_than_256_rows(n: int, dtype: Any) -> None:
    """The library's threads share some of these matrices, and letgrad's threads the larger ones."""
    a = arrays((2, n, n), dtype)
    as_outside(OPS["lu"][0], a)
    a = a @ np.conj(a.mT) / n + np.eye(n, dtype=dtype)
    a[1, n - 2, n - 2] = -1.0  # so there is no factor
    as_outside(each(lambda a: OPS["cholesky"][0](a) + OPS["cholesky upper"][0](a)), a)


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("shape", [(128, 128), (300, 280), (420, 130)])
def test_orthonormal_factors_of_128_rows_and_more(shape: tuple[int, int], dtype: Any) -> None:
    a = arrays((4, *shape), dtype)
    a[1, :, -40:] = 0
    a[2] = 0
    a[3, 5, 7] = np.nan
    for name in ("qr", "q", "r"):
        as_outside(OPS[name][0], a)


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", ["eigh", "eigenvalues", "eigenvalues upper", "singular values"])
def test_values_of_matrices_of_256_rows_and_more(name: str, dtype: Any) -> None:
    a = arrays((2, 270, 270), dtype)
    a[1, 3, 4] = np.inf
    as_outside(OPS[name][0], a)


def test_singular_values_of_matrices_that_are_not_square() -> None:
    for shape in ((260, 300), (300, 260)):
        as_outside(OPS["singular values"][0], arrays((2, *shape), np.float64))


@pytest.mark.sampled(8)
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize(("n", "m"), [(200, 170), (150, 300), (300, 150), (540, 600)])
def test_triangular_systems_with_many_right_sides(n: int, m: int, dtype: Any) -> None:
    """Right sides that begin with zeros, some that do not, and some that do but for one number."""
    t = np.tile(arrays((n, n), dtype) / n + 2 * np.eye(n, dtype=dtype), (4, 1, 1))
    b = arrays((4, n, m), dtype, 1)
    b[0], b[1], b[3] = np.eye(n, m), np.eye(n, m)[::-1, ::-1], np.eye(n, m)
    b[3, n // 2, m - 1] = b[3, n - 1, m // 8] = np.nan
    kinds = ["lower", "upper"] if n > 500 else ["lower", "upper_adjoint", "unit_upper"]
    as_outside(lambda t, b: tuple(solve_triangle(kind, t, b) for kind in kinds), t, b)


def test_a_loop_gives_the_libraries_back_their_threads() -> None:
    found = [x for x in (blas.openblas(), lapack_calls.library()) if x is not None]
    threads = [x.function("get_num_threads")() for x in found]
    a = arrays((2, 300, 300), np.float64)
    compiled = lg.jit(loop_of(lambda a: (*decompose(ten.QrOp, a), *decompose(ten.LuOp, a))))
    expected = compiled(a)
    with ThreadPoolExecutor(4) as pool:
        for given in pool.map(compiled, [a] * 8):
            for x, y in zip(given, expected, strict=True):
                np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9)
    assert [x.function("get_num_threads")() for x in found] == threads


@pytest.mark.parametrize("dtype", KINDS)
def test_triangular_systems(dtype: Any) -> None:
    def solutions(t: Any, b: Any, vector: Any) -> tuple[Any, ...]:
        kinds = [
            f"{unit}{triangle}{adjoint}"
            for unit in ("", "unit_")
            for triangle in ("lower", "upper")
            for adjoint in ("", "_adjoint")
        ]
        return tuple(solve_triangle(kind, t, x) for kind in kinds for x in (b, vector))

    for batch, n in (((), 5), ((3, 2), 4), ((), 0), ((0,), 2), ((), 70)):
        t = arrays((2, *batch, n, n), dtype) + (n + 1) * np.eye(n, dtype=dtype)
        b, vector = (arrays((2, *batch, n, m), dtype, m) for m in (3, 1))
        if batch == () and n == 5:
            t[1, 2, 2], b[1, 0, 0] = 0, np.inf
        as_outside(solutions, t, b, vector)


@pytest.mark.parametrize("dtype", KINDS[:2])
def test_symmetric_systems(dtype: Any) -> None:
    def solutions(a: Any, b: Any) -> tuple[Any, ...]:
        return tuple(emit(ten.SymmetricSolveOp, s, use(a), use(b)) for s in ("lower", "upper"))

    for batch, n, m in (((), 5, 3), ((3, 2), 4, 1), ((), 0, 2), ((0,), 2, 2), ((), 140, 2)):
        a, b = arrays((3, *batch, n, n), dtype), arrays((3, *batch, n, m), dtype, 1)
        if n == 4:
            a[1, 0, 1, 3, 0] = np.nan
            a[1, 2, 0] = 0
            a[2, 1, 1, 0, 3] = np.inf
        as_outside(solutions, a, b)


LENGTHS = [1, 2, 7, 11, 37, 74, 97, 210, 1021]


@pytest.mark.parametrize("is_single", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_transforms_of_all_lengths(axis: int, is_single: bool) -> None:
    """NumPy's transforms, along rows and columns."""
    real, pair = (np.float32, np.complex64) if is_single else (np.float64, np.complex128)
    sizes: list[list[int]] = [[2, 3, 4] if n < 1000 else [1, 1, 2] for n in LENGTHS]
    for n, size in zip(LENGTHS, sizes):
        size[axis] = n

    def of_numbers(z: Any) -> tuple[Any, ...]:
        found = np.fft.fft(z, axis=axis), np.fft.fft(z, axis=axis, norm="ortho")
        return *found, np.fft.ifft(z, axis=axis)

    def of_reals(x: Any) -> tuple[Any, ...]:
        half, n = np.fft.rfft(x, axis=axis), x.shape[axis]
        return half, np.fft.irfft(half, n, axis=axis), np.fft.hfft(half, n, axis=axis)

    as_outside(each(of_numbers), *(arrays((2, *size), pair) for size in sizes), exact=False)
    as_outside(each(of_reals), *(arrays((2, *size), real) for size in sizes), exact=False)


def test_transforms_over_several_dimensions() -> None:
    z = arrays((2, 5, 7, 6), np.complex128)
    as_outside(lambda z: (np.fft.fftn(z), np.fft.ifft2(z), np.fft.ifftn(z, axes=(0, 2))), z)
    as_outside(lambda z: (np.fft.fft(z, axis=1),), arrays((2, 0, 7, 3), np.complex128))


def test_transforms_have_the_bits_of_numpy() -> None:
    z = arrays((3, 37, 5), np.complex128)
    found = lg.jit(loop_of(lambda z: (np.fft.fft(z, axis=0), np.fft.ifft(z))), backend="cpu")(z)
    np.testing.assert_array_equal(found[0], np.fft.fft(z, axis=1))
    np.testing.assert_array_equal(found[1], np.fft.ifft(z))


def test_transforms_of_any_length_are_one_piece() -> None:
    """Lengths with code of letgrad's own, and those that NumPy's loop takes, with threads."""
    sizes = [(n,) for n in (8191, (1 << 14) - 9, 1 << 15, 40009, 99991)]
    sizes += [(n, 3) for n in (2039, 20011, 70001)] + [(3, n) for n in (2039, 2042, 40009)]
    for size in sizes:
        d = int(np.argmax(size))
        x = arrays((2, *size), np.float64)
        as_outside(lambda x, d=d: (np.fft.rfft(x, axis=d), np.fft.fft(x, axis=d)), x, exact=False)


@pytest.mark.parametrize("is_single", [False, True])
def test_threads_share_transforms(is_single: bool) -> None:
    """Rows and columns that vectors take, with the bits that they have outside of loops."""
    real, pair = (np.float32, np.complex64) if is_single else (np.float64, np.complex128)

    def of_numbers(z: Any) -> tuple[Any, ...]:
        return np.fft.fft2(z), np.fft.ifft(z, axis=0), np.fft.ifftn(z, norm="ortho")

    def of_reals(x: Any) -> tuple[Any, ...]:
        half, n = np.fft.rfft(x), x.shape[-1]
        return half, np.fft.irfft(half, n), np.fft.hfft(half, n)

    as_outside(of_numbers, arrays((2, 24, 64, 40), pair))
    as_outside(lambda z: (np.fft.fft(z), np.fft.ifft(z)), arrays((2, 9, 4096), pair))
    as_outside(of_reals, arrays((2, 181, 240), real))


PRODUCTS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    "product": ("ij,jk->ik", (600, 610), (610, 620)),
    "wide": ("ij,jk->ik", (300, 610), (610, 1400)),
    "left transposed": ("ji,jk->ik", (610, 600), (610, 620)),
    "right transposed": ("ij,kj->ik", (300, 610), (1400, 610)),
    "both transposed": ("ji,kj->ik", (610, 600), (620, 610)),
    "sum of products": ("ijl,jkl->ik", (300, 40, 50), (40, 310, 50)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_of_batches_are_nests(dtype: Any) -> None:
    """A row of a product is a point of a nest. If threads share it, the loop is no one piece."""
    x, y = arrays((2, 3, 300, 310), dtype), arrays((2, 3, 310, 320), dtype, 1)
    (found,), said = loops_of(loop_of(lambda x, y: (x @ y,)), x, y)
    assert is_one_piece(said) or (said and all("machine code runs each step" in x for x in said))
    np.testing.assert_allclose(found, x @ y, rtol=1e-3 if dtype == np.float32 else 1e-10, atol=1e-3)


@pytest.mark.parametrize("is_single", [False, True])
@pytest.mark.parametrize("name", PRODUCTS)
def test_large_products(name: str, is_single: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Products that no nest runs: BLAS in letgrad's threads, as outside of loops."""
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    spec, *shapes = PRODUCTS[name]
    written: list[Any] = []

    def write(w: Any, p: Any, *given: Any) -> bool:
        written.append(p)
        return write_product(w, p, *given)

    write_product = large_products.write_product
    monkeypatch.setattr(large_products, "write_product", write)
    x, y = (
        arrays((2, *s), np.float32 if is_single else np.float64, k) for k, s in enumerate(shapes)
    )
    as_outside(lambda x, y: (np.einsum(spec, x, y),), x, y, exact=False)
    assert written


BY_ITSELF = """
import numpy as np
import letgrad as lg
from letgrad.lowering.cpu.matrices import large_products
from letgrad.passes.rewriting import remarks

found, write = [], large_products.write_own_product
large_products.write_own_product = lambda *given: (found.append(given), write(*given))
for spec, shape in (
    ("ik,jk->ij", (150, 203)),
    ("ki,kj->ij", (203, 150)),
):
    for dtype, room in ((np.float64, 1e-13), (np.float32, 1e-5)):
        x = np.random.default_rng(0).standard_normal(shape).astype(dtype)

        def f(x):
            def step(c, _):
                y = np.einsum(spec, c, c)
                return c + np.where(y.ravel()[0] > 1e30, 1, 0).astype(dtype), y

            return lg.scan(step, x, None, length=2)[1][1]

        with remarks.listening(report := remarks.Report()):
            y = lg.jit(f, backend="cpu")(x)
        assert "all steps are one piece of machine code" in repr(report), repr(report)
        wanted = np.einsum(spec, x, x, optimize=True)
        assert np.abs(y - wanted).max() <= room * np.abs(wanted).max(), spec
print(len(found))
"""


def test_products_of_a_matrix_by_itself() -> None:
    """With one thread, BLAS computes a triangle."""
    environment = {**os.environ, "LETGRAD_NUM_THREADS": "1", "LETGRAD_CACHE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", BY_ITSELF], env=environment, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr
    assert int(done.stdout) == 4


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_cosines_and_sines(kind: int, dtype: Any) -> None:
    def transforms(x: Any) -> tuple[Any, ...]:
        return tuple(
            f(x, type=kind, axis=axis, norm=norm)
            for f in (lg.scipy.fft.dct, lg.scipy.fft.dst, lg.scipy.fft.idct)
            for axis, norm in ((0, None), (1, "ortho"))
        )

    sizes = [(2, 3) if kind == 1 else (1, 3), (5, 4), (6, 7), (37, 2), (64, 40)]
    as_outside(each(transforms), *(arrays((2, *s), dtype) for s in sizes), exact=False)


def test_long_cosines() -> None:
    def transforms(x: Any) -> tuple[Any, ...]:
        return tuple(lg.scipy.fft.dct(x, type=kind) for kind in (2, 3, 4))

    as_outside(transforms, arrays((2, 1 << 15), np.float64), exact=False)


SOLVED: dict[str, Callable[[Any], Any]] = {
    "solve": lambda c: np.linalg.solve(c, c + 1.0),
    "expm": lambda c: lg.scipy.linalg.expm(0.1 * c),
    "slogdet": lambda c: c * np.linalg.slogdet(c)[1],
    "svd": lambda c: np.linalg.svd(c)[0],
}


@pytest.mark.parametrize("name", SOLVED)
def test_batches_of_loops(name: str) -> None:
    """Elimination looks up a row of each matrix of a batch: these gathers are loop nests too."""
    x = arrays((3, 4, 4), np.float64)
    f = SOLVED[name]
    one = lambda x: lg.scan(lambda c, _: (np.tanh(f(c)), None), x, None, length=3)[0]  # noqa: E731
    found, said = loops_of(lg.vmap(one), x)
    assert is_one_piece(said), said
    expected = lg.jit(lg.vmap(one), backend="numpy")(x)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


# Where the functions come from.


def some_of_all(a: Any) -> tuple[Any, ...]:
    return (
        *np.linalg.svd(a),
        *decompose(ten.LuOp, a),
        solve_triangle("lower", a, a),
        emit(ten.SymmetricSolveOp, "lower", use(a), use(a)),
        np.imag(np.fft.rfft(a, axis=0)),
    )


def test_a_process_that_reads_a_program_finds_the_functions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LETGRAD_CACHE", raising=False)
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "1")
    monkeypatch.setenv("LETGRAD_CACHE_DIR", str(tmp_path))
    a = arrays((3, 7, 7), np.float64)
    expected = lg.jit(loop_of(some_of_all), backend="cpu")(a)
    (file,) = tmp_path.glob("**/*.program")
    np.savez(tmp_path / "wanted.npz", a, *expected)
    script = f"""if True:
        import pathlib
        import numpy as np
        from letgrad.lowering.cpu import kept_programs
        program = kept_programs.kept(pathlib.Path({str(file)!r}))
        a, *wanted = np.load({str(tmp_path / "wanted.npz")!r}).values()
        for x, y in zip(program(a), wanted, strict=True):
            np.testing.assert_array_equal(x, y)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # In a process without one of the functions, the program is compiled again.
    monkeypatch.setattr(library_calls, "_address", lambda name: None)
    assert kept_programs.kept(file) is None


def test_without_the_functions_python_runs_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    a = arrays((3, 7, 7), np.float64)
    expected = lg.jit(loop_of(some_of_all), backend="cpu")(a)
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    monkeypatch.setattr(library_calls, "has_loop", lambda *_: False)
    monkeypatch.setattr(library_calls, "has_lapack", lambda *_, **__: False)
    found, said = loops_of(loop_of(some_of_all), a)
    assert not is_one_piece(said)
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_array_equal(x, y)
    for op in (ten.SvdOp, ten.LuOp, ten.QrOp, ten.EigOp, ten.CholeskyOp):
        _, said = loops_of(loop_of(lambda a, op=op: decompose(op, a)), a)
        assert f"{op.name} has no machine code" in said[0]


def test_threads_may_call_at_once() -> None:
    """Calls at the same time, which also keep the libraries to one thread each."""
    compiled = lg.jit(loop_of(some_of_all), backend="cpu")
    given = [arrays((20, 9, 9), np.float64, seed) for seed in range(8)]
    expected = [compiled(a) for a in given]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(4):
            for found, ys in zip(threads.map(compiled, given), expected, strict=True):
                for x, y in zip(found, ys, strict=True):
                    np.testing.assert_array_equal(x, y)


# Derivatives: a loop of a few steps, and the same loop by the reference, and step by step.


def tall(a: Any) -> Any:
    return np.concatenate([a, np.sin(a[:2])])


def well(a: Any) -> Any:
    """A matrix with eigenvalues that are apart."""
    return a + np.diag(np.arange(1.0, 2 * a.shape[0], 2.0))


def symmetric(a: Any) -> Any:
    return well(0.1 * (a + a.T))


def real_parts(*zs: Any) -> Any:
    return sum(np.abs(z) ** 2 * np.cos(1.0 + np.abs(z)) for z in zs)


def of_svd(u: Any, s: Any, v: Any) -> Any:
    return (u[:5] ** 2 * np.sin(s)) @ v


def of_eigh(w: Any, v: Any) -> Any:
    return (v * np.sin(w)) @ v.T


def of_eig(w: Any, v: Any) -> Any:
    return real_parts(v * w)


def of_qr(q: Any, r: Any) -> Any:
    return q[:5] ** 2 @ r


def of_lu(p: Any, lower: Any, upper: Any) -> Any:
    return p @ lower**2 + upper


STEPS: dict[str, Callable[[Any], Any]] = {
    "svd": lambda a: of_svd(*np.linalg.svd(well(a))),
    "svd of a tall matrix": lambda a: of_svd(*np.linalg.svd(tall(well(a)), full_matrices=False)),
    "singular values": lambda a: a * np.linalg.svd(well(a), compute_uv=False),
    "eigh": lambda a: of_eigh(*np.linalg.eigh(symmetric(a))),
    "eigvalsh": lambda a: a * np.linalg.eigvalsh(symmetric(a), "U"),
    "qr": lambda a: of_qr(*np.linalg.qr(well(a))),
    "qr of a tall matrix": lambda a: of_qr(*np.linalg.qr(tall(well(a)))),
    "eig": lambda a: of_eig(*np.linalg.eig(well(0.1 * a))),
    "eigvals": lambda a: a * real_parts(np.linalg.eigvals(well(0.1 * a))),
    "lu": lambda a: of_lu(*lg.scipy.linalg.lu(well(a))),
    "cholesky": lambda a: np.linalg.cholesky(well(a @ a.T)),
    "expm": lambda a: lg.scipy.linalg.expm(0.1 * a),
    "fft": lambda a: real_parts(np.fft.fft(a, axis=0)),
    "rfft of columns": lambda a: a * np.abs(np.fft.rfft(a, axis=0)[1]),
    "irfft": lambda a: np.fft.irfft(np.fft.rfft(a, axis=0) * np.exp(a[:3] * 1j), 5, axis=0),
    "fft2": lambda a: real_parts(np.fft.fft2(a * np.exp(1j * a))),
    "dct": lambda a: lg.scipy.fft.dct(np.sin(a), axis=0),
    "dst": lambda a: lg.scipy.fft.dst(np.sin(a), type=3),
}
"""Functions of a matrix 5 × 5."""

LOOPS: dict[str, Callable[[Callable[[Any], Any], Any], Any]] = {
    "scan": lambda f, x: lg.scan(lambda c, _: (np.tanh(f(c)), None), x, None, length=3)[0],
    "scan in a scan": lambda f, x: lg.scan(
        lambda c, _: (lg.scan(lambda c, _: (np.tanh(f(c)), None), c, None, length=2)[0], None),
        x, None, length=2,
    )[0],
    "conditional": lambda f, x: lg.scan(
        lambda c, _: (lg.cond(np.sum(c) > -100.0, lambda c: np.tanh(f(c)), np.sin, c), None),
        x, None, length=3,
    )[0],
    "while": lambda f, x: lg.while_loop(
        lambda c: c[0] < 3, lambda c: (c[0] + 1, np.tanh(f(c[1]))), (0, x)
    )[1],
}  # fmt: skip


@pytest.mark.sampled(16)
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", STEPS)
def test_values_and_gradients_of_loops(name: str, loop: str) -> None:
    """The value and the gradient are one piece of machine code each, as the reference has them."""
    f = lambda x: LOOPS[loop](STEPS[name], x)  # noqa: E731
    x = arrays((5, 5), np.float64)
    weights = arrays((5, 5), np.float64, 1)
    gradient = lg.grad(lambda x: np.sum(weights * f(x)))
    for g in (f, gradient):
        found, said = loops_of(g, x)
        assert is_one_piece(said), said
        expected = lg.jit(g, backend="numpy")(x)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)
    # By differences, along a direction.
    step = 1e-6 * arrays((5, 5), np.float64, 2)
    compiled = lg.jit(f, backend="cpu")
    ahead, back = (np.sum(weights * compiled(x + k * step)) for k in (1, -1))
    slope = 2 * np.sum(step * lg.jit(gradient, backend="cpu")(x))
    np.testing.assert_allclose(slope, ahead - back, rtol=1e-4, atol=1e-10)
