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
import gmm  # pyright: ignore[reportMissingImports]

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


UNORDERED = np.where(normal(9, 33) > 1, np.nan, normal(9, 33).round(1))

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
    "scatter": (
        lambda x, i: lg.scatter(5, x, lambda k: i[k]),
        (normal(4, 3), np.array([4, 0, 4, 9])),
    ),
    "integers": (
        lambda a, b: (a @ b, a // 3, a % 5),
        (np.arange(12).reshape(3, 4), np.arange(8).reshape(4, 2)),
    ),
    "bools": (lambda a: (a & True, np.any(a, axis=0)), (normal(3, 4) > 0,)),
    "unsigned": (lambda a: (a >> 1, a * 3), (np.arange(250, 256, dtype=np.uint8),)),
    "complex": (
        lambda z, w: (z * w, np.abs(z), np.exp(z)),
        (normal(3) + 1j * normal(3, seed=1), 2 - 1j),
    ),
    "products": (lambda a, b: np.tanh(a @ b) @ b.T, (normal(33, 20), normal(20, 17))),
    "batched": (
        lambda a, b: np.einsum("bij,bkj->bik", a, b),
        (normal(3, 5, 4), normal(3, 6, 4)),
    ),
    "traces": (lambda a: np.einsum("ii->i", a) + np.einsum("ij,ji->i", a, a), (normal(5, 5),)),
    "triple": (
        lambda a, b, c: np.einsum("ij,jk,kl->li", a, b, c),
        (normal(3, 9), normal(9, 8), normal(8, 5)),
    ),
    "solve": (lambda a, b: np.linalg.solve(a + 9 * np.eye(4), b), (normal(4, 4), normal(4, 2))),
    "det": (lambda a: np.linalg.slogdet(a + 9 * np.eye(3))[1], (normal(3, 3),)),
    "threads": (many, (normal(1 << 18), normal(1 << 18, seed=1))),
    "running sums": (
        lambda x, k: (np.cumsum(x, 1), np.cumsum(k)),
        (normal(3, 4, 2), np.arange(5)),
    ),
    "sort": (
        lambda x, k: (np.sort(x, axis=0), np.argsort(x, kind="stable"), np.sort(k)),
        (UNORDERED, np.arange(7) % 3),
    ),
    "sort of bools": (lambda b: (np.argsort(b, kind="stable"), np.sort(b)), (normal(70) > 0,)),
    "gradient of sort": (lg.grad(lambda x: np.sum(np.sort(x) * np.arange(9.0))), (normal(9),)),
    "names": (lambda int, double, result: (int + double, result), (1.0, 2.0, normal(2))),
}


@pytest.mark.sampled(6)
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


@pytest.mark.sampled(3)
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


# Programs of C and C++.

K, D, N = 5, 4, 1 << 12
PROGRAM = """
#include "gmm.h"
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

static double *read_numbers(FILE *file, int n) {
  double *x = (double *)malloc(n * sizeof(double));
  if (!x || fread(x, sizeof(double), n, file) != (size_t)n) exit(2);
  return x;
}

int main(int argc, char **argv) {
  int k = KK, d = DD, n = NN, m = d * (d + 1) / 2, t, i;
  FILE *file = fopen(argv[1], "rb");
  double *alphas = read_numbers(file, k), *means = read_numbers(file, k * d);
  double *icf = read_numbers(file, k * m), *x = read_numbers(file, n * d);
  double value, *out = (double *)malloc((k + k * d + k * m) * sizeof(double));
  (void)argc;
  for (t = 0; t < 3; ++t) {
    int status = gmm_gradient(alphas, means, icf, x, &value, out, out + k, out + k + k * d);
    if (status != LETGRAD_OK) { puts(letgrad_status_text(status)); return 3; }
  }
  if (gmm_gradient(NULL, means, icf, x, &value, out, out + k, out + k + k * d) != LETGRAD_NULL)
    return 4;
  if (gmm_gradient(alphas, means, icf, x, &value, means, out + k, out + k + k * d)
      != LETGRAD_OVERLAP) return 5;
  printf("%.17g\\n", value);
  for (i = 0; i < k + k * d + k * m; ++i) printf("%.17g\\n", out[i]);
  gmm_gradient_free_memory();
  gmm_gradient_free_memory();
  fclose(file);
  free(alphas); free(means); free(icf); free(x); free(out);
  return 0;
}
"""  # fmt: skip
PROGRAM = PROGRAM.replace("KK", str(K)).replace("DD", str(D)).replace("NN", str(N))


@pytest.fixture(scope="module")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """A folder with the gradient of a mixture as an object, its inputs, and the right numbers."""
    folder = tmp_path_factory.mktemp("gmm")
    parameters = normal(K), normal(K, D), normal(K, D * (D + 1) // 2)
    x = normal(N, D, seed=1)

    def objective(alphas, means, icf, x):
        return gmm.objective((alphas, means, icf), x, 1.0, 0)

    gradient = lg.value_and_grad(objective, argnums=(0, 1, 2))
    lg.export(gradient, *parameters, x, path=folder / "gmm.o", name="gmm_gradient")
    np.concatenate([a.ravel() for a in (*parameters, x)]).tofile(folder / "inputs")
    value, slopes = lg.jit(gradient, backend="numpy")(*parameters, x)
    return folder, np.concatenate([[value], *(s.ravel() for s in slopes)])


def build(folder: Path, compiler: str, name: str, *flags: str) -> list[str]:
    """Compile and link the program, and give the command that runs it."""
    source = folder / f"{name}{'.cpp' if 'g++' in compiler else '.c'}"
    source.write_text(PROGRAM)
    made = folder / name
    command = [compiler, *flags, "-Wall", "-Werror", "-o", str(made), str(source)]
    subprocess.run([*command, str(folder / "gmm.o"), "-lm", "-lpthread"], check=True)
    return [str(made), str(folder / "inputs")]


def numbers(command: list[str], threads: int) -> np.ndarray:
    environment = {**os.environ, "LETGRAD_NUM_THREADS": str(threads)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return np.array(ran.stdout.split(), float)


@needs_c
@pytest.mark.parametrize("threads", [1, 2])
def test_a_c_program_computes_the_gradient_of_a_mixture(
    mixture: tuple[Path, np.ndarray], threads: int
):
    folder, wanted = mixture
    got = numbers(build(folder, CC or "", "from_c", "-std=c99"), threads)
    np.testing.assert_allclose(got, wanted, rtol=1e-10)


@pytest.mark.skipif(CXX is None, reason="there is no C++ compiler")
def test_a_cpp_program_computes_the_gradient_of_a_mixture(mixture: tuple[Path, np.ndarray]):
    folder, wanted = mixture
    got = numbers(build(folder, CXX or "", "from_cpp"), 2)
    np.testing.assert_allclose(got, wanted, rtol=1e-10)


@needs_c
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind")
def test_valgrind_finds_no_error(mixture: tuple[Path, np.ndarray]):
    folder, wanted = mixture
    program = build(folder, CC or "", "watched")
    watcher = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full"]
    watcher.append("--errors-for-leak-kinds=definite")
    np.testing.assert_allclose(numbers([*watcher, *program], 2), wanted, rtol=1e-10)


@needs_c
def test_a_leak_would_be_found(tmp_path: Path):
    if shutil.which("valgrind") is None:
        pytest.skip("there is no valgrind")
    source = tmp_path / "leak.c"
    source.write_text("#include <stdlib.h>\nint main(void) { return malloc(9) == 0; }\n")
    subprocess.run([CC or "", "-O0", "-o", str(tmp_path / "leak"), str(source)], check=True)
    watcher = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full"]
    assert subprocess.run([*watcher, str(tmp_path / "leak")], capture_output=True).returncode == 9


# Other machines.

ELF_MACHINES = {"aarch64-linux-gnu": 183, "x86_64-linux-gnu": 62, "riscv64-linux-gnu": 243}


def symbols(data: bytes) -> dict[str, bool]:
    """The global symbols of an ELF object of 64 bits, and whether it defines them."""
    found: dict[str, bool] = {}
    begin = int.from_bytes(data[40:48], "little")
    size, count = (int.from_bytes(data[k : k + 2], "little") for k in (58, 60))

    def section(k: int) -> tuple[int, int, int, int]:
        at = begin + k * size
        word = lambda off, n: int.from_bytes(data[at + off : at + off + n], "little")  # noqa: E731
        return word(4, 4), word(24, 8), word(32, 8), word(40, 4)

    for k in range(count):
        kind, offset, length, link = section(k)
        if kind != 2:
            continue
        strings = section(link)[1]
        for at in range(offset, offset + length, 24):
            name_at = strings + int.from_bytes(data[at : at + 4], "little")
            if data[at + 4] >> 4 == 1:
                name = data[name_at : data.index(b"\0", name_at)].decode()
                found[name] = int.from_bytes(data[at + 6 : at + 8], "little") != 0
    return found


@pytest.mark.parametrize("target", ELF_MACHINES)
def test_objects_for_other_machines(target: str, tmp_path: Path):
    def f(x, w):
        return np.sum(np.sin(x @ w)), np.sort(x[:, 0])

    path = tmp_path / "f.o"
    lg.export(f, lg.spec((5000, 40)), lg.spec((40, 30)), path=path, target=target)
    data = path.read_bytes()
    assert data[:4] == b"\x7fELF" and int.from_bytes(data[18:20], "little") == ELF_MACHINES[target]
    named = symbols(data)
    assert {n for n, defined in named.items() if defined} == {"f", "f_free_memory"}
    called = {n for n, defined in named.items() if not defined}
    assert {"sin", "malloc", "free", "pthread_create", "sched_getaffinity"} <= called
    assert not any("letgrad" in n or n.startswith("Py") for n in called)


@needs_c
def test_own_products_that_are_added_up(tmp_path: Path):
    """The weight gradient of a convolution: a product for each image, added to the others."""
    z, g = normal(3, 5, 4, 9), normal(3, 6, 4, 9)
    check(lambda z, g: np.einsum("nchw,nohw->oc", z, g), z, g, tmp_path=tmp_path)


def test_cblas_is_called_by_name(tmp_path: Path):
    lg.export(lambda a: a @ a, lg.spec((70, 70)), path=tmp_path / "f.o", name="f", blas="cblas")
    assert symbols((tmp_path / "f.o").read_bytes())["cblas_dgemm"] is False
    assert "CBLAS" in (tmp_path / "f.h").read_text()


@needs_c
def test_cblas_computes_the_product(tmp_path: Path):
    """A CBLAS of a few lines stands for that of a library."""
    blas = tmp_path / "blas.c"
    blas.write_text(
        "void cblas_dgemm(int o, int ta, int tb, int m, int n, int k, double f, const double *a,"
        " int lda, const double *b, int ldb, double g, double *c, int ldc) {\n"
        "  (void)o; (void)g;\n"
        "  for (int i = 0; i < m; ++i) for (int j = 0; j < n; ++j) { double s = 0;\n"
        "    for (int p = 0; p < k; ++p) s += a[ta == 112 ? p * lda + i : i * lda + p]\n"
        "      * b[tb == 112 ? j * ldb + p : p * ldb + j];\n"
        "    c[i * ldc + j] = f * s; }\n}\n"
    )
    library = tmp_path / "blas.so"
    subprocess.run([CC or "", "-shared", "-fPIC", "-o", str(library), str(blas)], check=True)
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    a, b = normal(9, 20), normal(30, 20)
    check(lambda a, b: (a @ b.T, np.exp(b @ a.T)), a, b, tmp_path=tmp_path, blas="cblas")


# The header.


def test_header(tmp_path: Path):
    def f(x, scale, flags, half, z):
        return x * scale, flags, half, z

    args = (
        lg.spec((3, 4), "f32"), 2.0, lg.spec(5, "i1"), lg.spec(2, "bf16"), lg.spec((), "c64"),
        lg.spec(3, "ui16"),
    )  # fmt: skip
    lg.export(lambda *xs: (*f(*xs[:5]), xs[5]), *args, path=tmp_path / "f.h", name="f")
    text = (tmp_path / "f.h").read_text()
    declared = " ".join(text[text.index("int f(") :].split(");")[0].split())
    assert declared == (
        "int f(const float *xs0, double xs1, const bool *xs2, const uint16_t *xs3, "
        "const float *xs4, const uint16_t *xs5, double *result0, bool *result1, "
        "uint16_t *result2, float *result3, uint16_t *result4"
    )
    assert "argument xs0: float[3][4]" in text and "the bits of bfloat16" in text


# Errors.


@pytest.mark.parametrize(
    ("fn", "args", "message"),
    [
        (lambda x: np.fft.fft(x), (np.ones(8),), "ten.fft has no code that runs without Python"),
        (lambda x: lg.scipy.special.gamma(x), (1.5,), "SciPy computes gamma, so it has no code"),
        (lambda x: np.linalg.svd(x)[1], (np.eye(2),), "ten.svd has no code that runs without"),
    ],
)
def test_an_op_without_code_is_named_with_its_line(
    fn: Callable[..., Any], args: tuple, message: str, tmp_path: Path
):
    if "SciPy" in message:
        pytest.importorskip("scipy")
    with pytest.raises(LetgradError, match=message) as error:
        lg.export(fn, *args, path=tmp_path / "f.o", name="f")
    assert "test_ahead.py:" in str(error.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "foo-bar"}, "LLVM has no target 'foo-bar'"),
        ({"target": "s390x-linux-gnu"}, "the highest byte first"),
        ({"target": "armv7-linux-gnueabihf"}, "pointers of other than 64 bits"),
        ({"target": "aarch64-linux-gnu", "cpu": "native"}, "the processor 'native' is that of"),
        ({"blas": "mkl"}, "products come from own or cblas, not from 'mkl'"),
        ({"name": "double"}, "C has another @double"),
        ({"name": "sinf"}, "C has another @sinf"),
        ({"path": "f.exe"}, "the end of f.exe says no kind of file"),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str, tmp_path: Path):
    options = {"path": "f.o", "name": "f"} | options
    with pytest.raises(LetgradError, match=message):
        lg.export(np.sin, 1.0, **options | {"path": tmp_path / options["path"]})


@needs_c
def test_names_of_the_library_itself_are_free(tmp_path: Path):
    x = normal(40, 30)
    lg.export(lambda x: np.sum(np.sin(x)), x, path=tmp_path / "n.so", name="nest0")
    library, out = ctypes.CDLL(str(tmp_path / "n.so")), np.zeros(1)
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (x, out)]
    assert library.nest0(*pointers) == 0
    np.testing.assert_allclose(out[0], np.sin(x).sum())


# The command.


def test_the_command_writes_each_kind(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    source = tmp_path / "two.mlir"
    source.write_text(
        "func.func @one(%x: tensor<3xf32>, %s: f32) -> f32 { func.return %s : f32 }\n"
        "func.func @two(%z: f64) -> f64 {\n  %y = math.sin %z : f64\n  func.return %y : f64\n}\n"
    )
    compile = ["compile", str(source), "--emit"]
    assert cli.main([*compile, "header"]) == 0
    text = capfd.readouterr().out
    assert "int one(const float *x" in text.replace("\n    ", "") and "int two(double z" in (
        text.replace("\n    ", "")
    )
    assert cli.main([*compile, "llvm", "--entry", "two"]) == 0
    text = capfd.readouterr().out
    assert "@two(" in text and "@one(" not in text
    out = tmp_path / "two.o"
    assert cli.main([*compile, "object", "-o", str(out), "--target", "aarch64-linux-gnu"]) == 0
    assert symbols(out.read_bytes())["two"] is True
    assert cli.main([*compile, "object"]) == 1
    assert "object is no text: name a file with -o" in capfd.readouterr().err
    fft = tmp_path / "fft.mlir"
    fft.write_text(
        "func.func @f(%x: tensor<4xf64>) -> tensor<3x2xf64> {\n"
        "  %y = ten.fft real, %x dims [0] : tensor<4xf64> -> tensor<3x2xf64>\n"
        "  func.return %y : tensor<3x2xf64>\n}\n"
    )
    assert cli.main(["compile", str(fft), "--emit", "llvm"]) == 1
    found = capfd.readouterr().err
    assert f"{fft}:2:" in found and "ten.fft has no code that runs without Python" in found
