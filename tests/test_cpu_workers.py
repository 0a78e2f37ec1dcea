"""The threads that make machine code while the compiler writes more of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from letgrad.lowering.cpu import machine
from letgrad.lowering.cpu.machine import Library, Workers

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
