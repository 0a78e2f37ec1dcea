"""Functions in files, pickles of functions, and compiled programs in the cache."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.extend import LetgradError
from letgrad.frontend import pytree
from letgrad.lowering.cpu import backend as cpu
from letgrad.passes.rewriting.printing import exact_text

from .conftest import ROOT


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclass
class Record:
    w: Any
    name: str


def normal(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def scanned(x):
    return lg.scan(lambda c, row: (c * 0.5 + np.sin(row), np.cumsum(c)), x[0], x)


def written(x, y):
    x[0] = 7
    return y + 1


def same(a: Any, b: Any) -> None:
    leaves, tree = pytree.flatten(a)
    others, other = pytree.flatten(b)
    assert tree == other
    for x, y in zip(leaves, others, strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))


FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple]] = {
    "numbers": (lambda x, n: (x * n, n // 2), (1.5, 7)),
    "containers": (
        lambda p, q: {"s": p["w"] @ q[0], "t": [q[1], None]},
        ({"w": normal(3, 4), 1: normal(2)}, (normal(4), "word")),
    ),
    "classes": (
        lambda p, r: Pair(r.w * p.first, r),
        (Pair(2.0, normal(3)), Record(normal(2), "n")),
    ),
    "gradient": (lg.value_and_grad(lambda x: np.sum(np.tanh(x) ** 2)), (normal(5),)),
    "scan": (scanned, (normal(4, 3),)),
    "empty": (lambda x: (x * 2, np.sum(x)), (np.zeros((0, 3), np.float32),)),
    "short floats": (
        lambda x, y: (x + 1, y * 2),
        (normal(3, dtype=np.float16), normal(2, dtype=ml_dtypes.bfloat16)),
    ),
    "unsigned": (lambda x: (x >> 1, x > 3), (np.array([250, 3], np.uint8),)),
    "complex": (lambda z: np.exp(z) * z, (normal(3) + 1j,)),
    "specials": (lambda x: x * np.array([np.nan, -0.0, np.inf]), (normal(3),)),
    "infinite": (lambda x: x - np.full(3, np.inf, np.float32), (normal(3, dtype=np.float32),)),
    "sort": (lambda x: (np.sort(x), np.argsort(x)), (normal(9),)),
    "host": (lambda x: (np.fft.fft(x[0]), np.linalg.svd(x)[1]), (normal(4, 4),)),
}  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_loaded_function_gives_the_same(name: str, tmp_path: Path):
    fn, args = FUNCTIONS[name]
    function = lg.jit(fn)
    want = function(*args)
    function.save(tmp_path / "f.mlir")
    loaded = lg.load(tmp_path / "f.mlir")
    same(loaded(*args), want)
    same(pickle.loads(pickle.dumps(loaded))(*args), want)


def test_it_is_saved_for_given_types_and_says_which(tmp_path: Path):
    lg.jit(lambda x: x * 2).save(tmp_path / "f.mlir", lg.spec(3, "f32"))
    loaded = lg.load(tmp_path / "f.mlir")
    same(loaded(np.ones(3, np.float32)), np.full(3, 2, np.float32))
    with pytest.raises(TypeError, match=r"loaded with programs for other arguments"):
        loaded(np.ones(4, np.float32))


def test_a_loaded_function_has_derivatives_and_writes(tmp_path: Path):
    lg.jit(lambda x: np.sum(x**3)).save(tmp_path / "f.mlir", lg.spec(3))
    loaded, x = lg.load(tmp_path / "f.mlir"), np.array([1.0, 2.0, 3.0])
    same(lg.grad(loaded)(x), 3 * x**2)
    same(lg.hessian(loaded)(x), np.diag(6 * x))
    out = np.zeros(())
    assert loaded(x, out=out) is out and out == 36
    lg.jit(written).save(tmp_path / "g.mlir", x, x)
    y = x.copy()
    same(lg.load(tmp_path / "g.mlir")(y, x), x + 1)
    assert y[0] == 7


def test_the_file_is_a_program_of_letgrad_opt(tmp_path: Path):
    lg.jit(lambda x: np.sin(x)).save(tmp_path / "f.mlir", 1.0)
    command = [Path(sys.executable).with_name("letgrad-opt"), tmp_path / "f.mlir"]
    ran = subprocess.run([*command, "-t", "terms"], capture_output=True, text=True)
    assert ran.stdout == "lambda = \\x -> sin x\n", ran.stderr


@lg.jit
def decorated(x):
    return x + 1


def plain(x):
    return x * 3


def test_pickles():
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    of_a_name = pickle.loads(pickle.dumps(lg.jit(plain, strict=True)))
    assert of_a_name.fn is plain and of_a_name.options == {"strict": True}
    free = lg.jit(lambda x: x * 2)
    with pytest.raises(LetgradError, match="was not called yet, so it has no program to save"):
        pickle.dumps(free)
    free(np.ones(2))
    again = pickle.loads(pickle.dumps(free))
    same(again(np.ones(2)), np.full(2, 2.0))


# Files that are no good.


def saved(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "f.mlir"
    lg.jit(lambda x: x * 2).save(path, lg.spec(3))
    return path, path.read_text()


def signed(text: str) -> str:
    """The text with a checksum that fits."""
    title, _, body = text.split("\n", 2)
    return f"{title}\n// {hashlib.sha256(body.encode()).hexdigest()}\n{body}"


def test_a_file_that_was_not_saved_is_refused(tmp_path: Path):
    path = tmp_path / "f.mlir"
    with pytest.raises(LetgradError, match=r"cannot read .*no such file"):
        lg.load(path)
    for data in (b"", b"func.func @f() { func.return }", b"\x80\x04K\x01.", b"\xff\xfe\x00"):
        path.write_bytes(data)
        with pytest.raises(LetgradError, match="holds no function that letgrad saved"):
            lg.load(path)


def test_a_damaged_file_is_refused_wherever_it_is_damaged(tmp_path: Path):
    path, text = saved(tmp_path)
    for k in range(0, len(text), 7):
        path.write_text(text[:k] + chr(ord(text[k]) ^ 1) + text[k + 1 :])
        with pytest.raises(LetgradError):
            lg.load(path)
        path.write_text(text[:k])
        with pytest.raises(LetgradError):
            lg.load(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format 2", "format 3", "format 3 of a newer letgrad"),
        ("format 2", "format x", "its first line names no format"),
        ('"leaf"', '"leef"', "is damaged"),
        ('"takes": [[[3]', '"takes": [[[4]', "holds a program of other types than it says"),
        ('"takes": [[[3]', '"takes": [[[-1]', "is damaged|other types"),
        ('"written": []', '"written": [5]', "another number of results"),
        ('"entry": "lambda"', '"entry": "f"', "holds a program with an error"),
        ('"arith.mulf"', '"arith.mulx"', "holds a program with an error"),
        ('"options": {}', '"options": 3', "options is 3"),
        ("// -----", "// ----", "is damaged"),
    ],
)
def test_a_wrong_file_with_a_right_checksum(old: str, new: str, message: str, tmp_path: Path):
    path, text = saved(tmp_path)
    assert old in text
    path.write_text(signed(text.replace(old, new, 1)))
    with pytest.raises(LetgradError, match=message) as error:
        lg.load(path)
    assert "\n" not in str(error.value)


def test_no_file_imports_a_module_or_names_a_function(tmp_path: Path):
    path = tmp_path / "f.mlir"
    lg.jit(lambda p: p.first).save(path, Pair(1.0, 2.0))
    text = path.read_text().replace(f'"{Pair.__module__}"', '"this.was.never.imported"')
    path.write_text(signed(text))
    with pytest.raises(
        LetgradError, match=r"takes or gives .*import this.was.never.imported first"
    ):
        lg.load(path)
    path.write_text(signed(text.replace('"this.was.never.imported", "Pair"', '"os", "system"')))
    with pytest.raises(LetgradError, match="import os first"):
        lg.load(path)


def test_a_function_in_the_arguments_is_not_saved(tmp_path: Path):
    with pytest.raises(LetgradError, match=r"cannot be saved"):
        lg.jit(lambda f, x: f(x)).save(tmp_path / "f.mlir", np.sin, 1.0)
    with pytest.raises(LetgradError, match="cannot write"):
        lg.jit(np.sin).save(tmp_path / "none" / "f.mlir", 1.0)


def test_no_file_holds_or_names_a_python_function(tmp_path: Path):
    def twice(x: Any) -> Any:
        return 2 * lg.callback(lambda x: x, lg.spec(2), x)

    def sine(x: Any) -> Any:  # NumPy's own has no name for its argument in each version
        return np.sin(x)

    path = tmp_path / "f.mlir"
    with pytest.raises(LetgradError, match="calls a Python function of one process"):
        lg.jit(twice).save(path, np.ones(2))
    text = exact_text(lg.trace(twice, np.ones(2)))
    call = next(line for line in text.splitlines() if '"host.' in line)
    lg.jit(sine).save(path, np.ones(2))
    old = next(line for line in path.read_text().splitlines() if "math.sin" in line)
    call = call.replace(call.split(" =")[0].strip(), old.split(" =")[0].strip())
    path.write_text(signed(path.read_text().replace(old, call)))
    with pytest.raises(LetgradError, match=r"with an error: .*of one process"):
        lg.load(path)


# The cache of programs.


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "1")
    monkeypatch.delenv("LETGRAD_CACHE", raising=False)
    monkeypatch.setenv("LETGRAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each program that is compiled."""
    made: list[int] = []
    prepared = cpu.prepared
    monkeypatch.setattr(cpu, "prepared", lambda *a: made.append(1) or prepared(*a))
    return made


def chosen(x):
    return lg.cond(x[0, 0] > 0, lambda x: np.cumsum(x, 0), lambda x: x * 2, x)


def turned(x):
    return lg.while_loop(lambda c: np.sum(c) < 100, lambda c: np.cumsum(np.sort(c)) + 1, x)


CACHED = {
    **FUNCTIONS,
    "cond": (chosen, (normal(3, 2),)),
    "while": (turned, (np.ones(3),)),
    "products": (lambda a, b: (a @ b, np.tanh(a @ b)), (normal(300, 200), normal(200, 700))),
    "threads": (lambda x: np.sum(np.exp(x)), (normal(1 << 17),)),
    "constants": (lambda x: (x, np.arange(5.0), x), (1.5,)),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", CACHED)
def test_a_kept_program_gives_the_same_bits(name: str, cache: Path, compiled: list[int]):
    fn, args = CACHED[name]
    want = lg.jit(fn, backend="cpu")(*args)
    count = len(compiled)
    assert count and len(list(cache.glob("*.program"))) == 1
    again = lg.jit(fn, backend="cpu")
    for _ in range(3):
        same(again(*args), want)
    assert len(compiled) == count


def test_other_programs_are_compiled(cache: Path, compiled: list[int], monkeypatch: Any):
    def run(c: float, **options: Any) -> None:
        x = normal(3)
        same(lg.jit(lambda x: x * c, backend="cpu", **options)(x), x * c)

    for count, step in enumerate((
        lambda: run(2.0), lambda: run(3.0), lambda: run(2.0, strict=True),
        lambda: monkeypatch.setenv("LETGRAD_POOL_BYTES", "99") or run(2.0),
    ), 1):  # fmt: skip
        step()
        step()
        assert len(compiled) == count
    with lg.remarks() as found:
        run(2.0)
    assert len(compiled) == count + 1 and found
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "0")
    run(2.0)
    assert len(compiled) == count + 2


def test_a_damaged_program_is_compiled_again(cache: Path, compiled: list[int]):
    def run() -> None:
        same(lg.jit(lambda x: x * 5, backend="cpu")(2.0), np.float64(10.0))

    run()
    (file,) = cache.glob("*.program")
    whole = file.read_bytes()
    for count, data in enumerate((b"", whole[:-1], whole[:99] + b"?" + whole[100:], b"x" * 99), 2):
        file.write_bytes(data)
        run()
        assert len(compiled) == count and file.read_bytes() == whole


def test_errors_and_profiles_of_a_kept_program(cache: Path):
    x = normal(3)
    for _ in range(2):
        function = lg.jit(lambda x: np.sin(x) + 1, backend="cpu")
        function(x)
        assert "kernel.generic" in str(lg.profile(function, x))
    module = lg.trace(lambda x: x * 2, lg.spec(3))
    for _ in range(2):
        program = cpu.compile(module, "lambda")
        with pytest.raises(LetgradError, match=r"argument 0 of @lambda is tensor<3xf64>"):
            program(np.ones(4))


def test_a_loaded_function_takes_the_kept_program(cache: Path, compiled: list[int], tmp_path: Path):
    function = lg.jit(lambda x: np.sin(x) + 1, backend="cpu")
    want = function(normal(3))
    function.save(tmp_path / "f.mlir")
    count = len(compiled)
    loaded = lg.load(tmp_path / "f.mlir")
    same(loaded(normal(3)), want)
    assert len(compiled) == count and "module" not in next(iter(loaded.traces.values())).__dict__
    with pytest.raises(LetgradError, match="argument 0 of @lambda"):
        next(iter(next(iter(loaded.traces.values())).compiled.values()))(np.ones(4))
    assert "kernel" in str(lg.profile(loaded, normal(3)))


START = """
import sys, time
import numpy as np
import letgrad as lg
sys.path.insert(0, {examples!r})
import gmm
lg.jit  # the modules of the front end
import letgrad.lowering.cpu.backend
rng = np.random.default_rng(0)
k, d, n = 10, 6, 200
p = rng.normal(size=k), rng.normal(size=(k, d)), rng.normal(size=(k, d * (d + 1) // 2))
x = rng.normal(size=(n, d))
begin = time.process_time()
if sys.argv[1] == "first":
    f = lg.jit(lg.value_and_grad(lambda p, x: gmm.objective(p, x, 1.0, 0)))
    value = f(p, x)
else:
    value = lg.load(sys.argv[2])(p, x)
print(time.process_time() - begin, value[0].hex())
if sys.argv[1] == "first":
    f.save(sys.argv[2])
"""


def test_a_second_process_starts_in_a_fifth_of_the_time(tmp_path: Path):
    environment = {
        **os.environ, "LETGRAD_CACHE_PROGRAMS": "1", "LETGRAD_CACHE_DIR": str(tmp_path / "cache"),
    }  # fmt: skip
    script = START.format(examples=str(ROOT / "examples"))
    times, values = [], []
    for which in ("first", "second"):
        command = [sys.executable, "-c", script, which, str(tmp_path / "f.mlir")]
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        seconds, value = ran.stdout.split()
        times.append(float(seconds))
        values.append(value)
    assert values[0] == values[1]
    assert times[1] < times[0] / 5, times


def test_programs_of_other_packages_are_not_kept(cache: Path, monkeypatch: pytest.MonkeyPatch):
    from xdsl.dialects import math

    from letgrad.extend import evaluate
    from letgrad.passes.rewriting import rule_tables

    monkeypatch.setattr(rule_tables, "_foreign", [])
    monkeypatch.setattr(evaluate, "_rules", dict(evaluate._rules))
    monkeypatch.setattr(evaluate, "_found", {})
    assert not rule_tables.has_foreign_rules()
    evaluate.rule(math.SinOp, override=True)(lambda op, x: np.sin(x))
    assert rule_tables.has_foreign_rules()
    same(lg.jit(lambda x: x * 11, backend="cpu")(2.0), np.float64(22.0))
    assert not list(cache.glob("*.program"))


def test_programs_that_call_python_are_not_kept(cache: Path):
    """In another process such a call is an error with a place, and files hold no places."""

    def f(x):
        lg.debug_print("x is {}", x)
        return x * 11

    same(lg.jit(f, backend="cpu")(2.0), np.float64(22.0))
    assert not list(cache.glob("*.program"))
