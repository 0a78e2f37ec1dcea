"""The threads that make machine code while the compiler writes more of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import backend, common_code, kept_programs, machine
from letgrad.lowering.cpu.machine import Library, Workers
from letgrad.lowering.cpu.transforms import transform_calls

EMPTY = "define void @run0(ptr %args) {\n  ret void\n}\n"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """The texts that LLVM compiles, and whether the main thread compiles them."""
    found: list[tuple[str, bool]] = []
    make = machine.kept_code

    def counted(text: str, faster: bool) -> bytes:
        found.append((text, threading.current_thread() is threading.main_thread()))
        return make(text, faster)

    monkeypatch.setattr(machine, "kept_code", counted)
    return found


def test_equal_texts_are_compiled_once(compiled: list[tuple[str, bool]]):
    with Workers() as workers:
        libraries = [Library(EMPTY, workers=workers) for _ in range(3)]
        addresses = {library.address("run0") for library in libraries}
    assert len(addresses) == 1 and addresses != {0}
    assert [by_main for _, by_main in compiled] == [False]


def test_libraries_with_the_same_names_share_an_engine():
    """An engine takes 2 ms."""
    other = EMPTY.replace("ret void", "unreachable")
    with Workers() as workers:
        libraries = [Library(text, workers=workers) for text in (EMPTY, other, EMPTY)]
        first, second, again = (library.address("run0") for library in libraries)
    assert first and second and first == again != second
    assert len({id(library.engine) for library in libraries}) == 1


def test_a_library_alone_starts_no_thread(compiled: list[tuple[str, bool]]):
    assert Library(EMPTY).address("run0")
    assert compiled == [(EMPTY, True)]


def test_what_a_library_needs_may_load_a_library():
    loaded: list[int] = []

    def needs() -> Any:
        loaded.append(Library(EMPTY).address("run0"))

    with Workers() as workers:
        assert Library(EMPTY, needs=needs, workers=workers).address("run0")
    assert loaded and loaded[0]


def test_errors_of_llvm_reach_the_caller():
    with Workers() as workers:
        library = Library("define void @run0(", workers=workers)
        with pytest.raises(RuntimeError, match="expected type"):
            library.address("run0")


def test_no_thread_outlives_the_compilation():
    before = threading.active_count()
    with Workers() as workers:
        Library(EMPTY, workers=workers)
    assert threading.active_count() == before


def test_programs_share_the_function_that_joins_sums_of_parts(
    monkeypatch: pytest.MonkeyPatch, compiled: list[tuple[str, bool]]
):
    """LLVM takes 25 ms for this function."""
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    x = np.arange(100_000.0)
    for factor in (1.0, 2.0):
        double = lg.jit(lambda x, factor=factor: (x * factor).sum(), backend="cpu")
        assert float(double(x)) == factor * x.sum()
    texts = [text for text, _ in compiled]
    assert sum("define void @letgrad.common.join.add.f64(" in text for text in texts) <= 1
    assert sum("declare void @letgrad.common.join.add.f64(" in text for text in texts) == 2
    assert not any("define internal void @letgrad.common." in text for text in texts)


def test_a_kept_program_brings_the_functions_that_all_share(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """A process that reads the program has written no such function."""
    monkeypatch.setenv("LETGRAD_CACHE", "1")
    monkeypatch.setenv("LETGRAD_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "1")
    x = np.arange(100_000.0)
    assert float(lg.jit(lambda x: (3 * x).sum(), backend="cpu")(x)) == 3 * x.sum()
    (path,) = tmp_path.glob("*.program")
    monkeypatch.setattr(common_code, "_modules", {})
    monkeypatch.setattr(machine, "_common_loaded", set[str]())
    program = kept_programs.kept(path)
    assert program is not None
    assert float(program(x)[0]) == 3 * x.sum()
    assert machine._common_loaded == {"letgrad.common.join.add.f64"}


LONG = 1 << 12
"""The numbers of a transform."""


@pytest.fixture
def no_code_of_transforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transforms in loops are library calls, as ops without machine code are."""
    monkeypatch.setattr(transform_calls, "transform", lambda op: None)


def turns_of_transforms(x: Any) -> Any:
    """Library calls keep the turns in Python. Reverse mode runs the body in several places."""

    @lg.program
    def turns(x: Any) -> Any:
        while x.sum() < 200.0:
            waves = np.fft.rfft(np.pad(x * 1.5 + np.sin(x), (0, LONG - 40)))
            x = 1.2 * x + 0.01 * waves[:40].real + np.where(x > 0.5, np.exp(-x), x)[::-1]
        return x

    return turns(x).sum()


def turns_of_callbacks(x: Any) -> Any:
    """Functions of the user keep the turns in Python, too."""

    @lg.program
    def turns(x: Any) -> Any:
        while x.sum() < 200.0:
            ordered = lg.callback(np.sort, lg.spec(x.shape), lg.stop_gradient(x * 1.5 + np.sin(x)))
            x = 1.2 * x + 0.01 * ordered + np.where(x > 0.5, np.exp(-x), x)[::-1]
        return x

    return turns(x).sum()


def functions_in(texts: Sequence[str], word: str = "define") -> list[str]:
    return [n for t in texts for n in re.findall(rf"^{word} void @(code\.\w+)\(", t, re.M)]


def nests_in(texts: Sequence[str]) -> int:
    """How many functions of nests modules define, shared or not."""
    return len(re.findall(r"^define [^@]*@(?:code\.\w+|\S*\bnest)\(", "\n".join(texts), re.M))


@pytest.mark.parametrize("of", ["transforms", "callbacks"])
def test_libraries_share_the_functions_of_nests_that_are_alike(
    of: str,
    compiled: list[tuple[str, bool]],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
):
    if of == "transforms":
        request.getfixturevalue("no_code_of_transforms")
    f = turns_of_transforms if of == "transforms" else turns_of_callbacks
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    x = np.linspace(0.1, 0.9, 40)
    lg.grad(f)(x)  # with the functions that a process compiles once
    compiled.clear()
    shared = lg.grad(lambda x: f(x))(x)
    texts = [text for text, _ in compiled]
    own, others = functions_in(texts), functions_in(texts, "declare")
    assert len(own) == len(set(own)) and others and set(others) <= set(own)
    # Without them, each library has its own, and the numbers are the same.
    monkeypatch.setattr(backend, "MANY_FUNCTIONS", 1 << 30)
    compiled.clear()
    np.testing.assert_array_equal(lg.grad(lambda x: f(x))(x), shared)
    alone = [text for text, _ in compiled]
    assert not functions_in(alone)
    assert nests_in(texts) < nests_in(alone)


def test_a_kept_program_loads_the_libraries_that_others_call(
    tmp_path: Path, no_code_of_transforms: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("LETGRAD_CACHE", raising=False)
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "1")
    monkeypatch.setenv("LETGRAD_CACHE_DIR", str(tmp_path))
    x = np.linspace(0.1, 0.9, 40)
    expected = lg.grad(turns_of_transforms)(x)
    (file,) = tmp_path.glob("**/*.program")
    found = kept_programs.kept(file)
    assert found is not None
    np.testing.assert_array_equal(found(x)[1], expected)
