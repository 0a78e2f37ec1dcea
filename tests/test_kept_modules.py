"""Derivatives that a process keeps in files for the next one."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.printer import Printer

import letgrad as lg
from letgrad.frontend.transforms import derivatives
from letgrad.lowering import kept_modules


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "1")
    monkeypatch.delenv("LETGRAD_CACHE", raising=False)
    monkeypatch.setenv("LETGRAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows with each program that passes differentiate."""
    made: list[Any] = []
    run = derivatives.run_passes
    monkeypatch.setattr(derivatives, "run_passes", lambda *a: made.append(a) or run(*a))
    return made


@lg.custom_vjp
def cubed(x):
    return x**3


cubed.defvjp(lambda x: (x**3, x), lambda x, ct: (3 * x * x * ct,))


def steps(x):
    return lg.scan(lambda c, r: (np.tanh(c * r) + c, c[0]), x, x[:, None] * np.ones(3))[0].sum()


def looked_up(x):
    table = np.array([0.5, -0.0, 1e300, np.inf])
    return np.sum(x * table[np.array([2, 0, 1])]) + np.where(x > np.nan, 1.0, -0.0)[0]


PROGRAMS = {
    "scan": steps,
    "tables": looked_up,
    "custom": lambda x: np.sum(cubed(x) * lg.logsumexp(x)),
    "while": lambda x: lg.while_loop(lambda c: np.sum(c) < 50, lambda c: c * 2 + 1, x, 20)[0],
    "branches": lambda x: lg.cond(x[0] > 0, np.sin, np.cos, x).sum(),
    "complex": lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2),
    "half": lambda x: np.sum(x.astype(np.float32) ** 1.5) + np.sum(np.sort(x)),
}


def text_with_places(module: Any) -> str:
    out = io.StringIO()
    Printer(out, print_debuginfo=True, print_generic_format=True).print_op(module)
    return out.getvalue()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_module_reads_back_with_its_names_and_places(name: str):
    x = np.array([1.0, 2.0, 3.0])
    for module in (
        lg.trace(PROGRAMS[name], x),
        lg.trace(lg.value_and_grad(PROGRAMS[name]), x),
    ):
        again = kept_modules.read(kept_modules._text(module))
        assert text_with_places(again) == text_with_places(module)
        assert [type(op) for op in again.walk()] == [type(op) for op in module.walk()]
        again.verify()


@pytest.mark.parametrize("name", ["scan", "complex"])
def test_a_kept_derivative_gives_the_same_bits(name: str, cache: Path, derived: list[Any]):
    x = np.array([1.0, 2.0, 3.0])
    fn = PROGRAMS[name]
    want = lg.grad(lambda x: fn(x))(x)
    made = len(derived)
    assert made and len(list(cache.glob("*.module"))) == made
    for _ in range(2):
        # Another function with an equal program, at another place: then at the same place again.
        assert np.array_equal(lg.grad(made_again(fn))(x), want)
        assert len(derived) == made + 1


def made_again(fn):
    return lambda x: fn(x)


def product(c):
    return lambda x, y: np.sum(np.sin(x) * y * c)


def test_other_derivatives_have_other_files(cache: Path, derived: list[Any], monkeypatch: Any):
    x, y = np.arange(3.0), np.ones(3)
    ways = [
        lambda: lg.grad(product(1.0))(x, y),
        lambda: lg.grad(product(2.0))(x, y),
        lambda: lg.grad(product(1.0), 1)(x, y),
        lambda: lg.jvp(product(1.0), (x, y), (y, x)),
        lambda: lg.grad(lambda x: product(1.0)(x, y))(x),
        lambda: monkeypatch.setenv("LETGRAD_POOL_BYTES", "99") or lg.grad(product(1.0))(x, y),
    ]
    for count, way in enumerate(ways, 1):
        way()
        way()
        assert len(derived) == count == len(list(cache.glob("*.module")))
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "0")
    ways[0]()
    assert len(derived) == len(ways) + 1
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "1")
    with lg.remarks():
        lg.grad(product(1.0))(x, y)
    assert len(derived) == len(ways) + 2


def test_a_damaged_file_counts_as_none(cache: Path, derived: list[Any]):
    lg.grad(product(3.0))(1.0, 2.0)
    (file,) = cache.glob("*.module")
    whole = file.read_bytes()
    for count, data in enumerate((b"", whole[:-1], whole[:40] + b"?" + whole[41:]), 2):
        file.write_bytes(data)
        lg.grad(product(3.0))(1.0, 2.0)
        assert len(derived) == count and file.read_bytes() == whole


def test_calls_of_python_are_not_kept(cache: Path, derived: list[Any]):
    def f(x):
        lg.debug_print("x is {}", x)
        return x * 11

    assert lg.grad(f)(2.0) == 11 and derived
    assert not list(cache.glob("*.module"))


def test_rules_of_other_packages_are_used(cache: Path, monkeypatch: pytest.MonkeyPatch):
    from xdsl.dialects import math

    from letgrad.passes.differentiate.partials import linearize, partials
    from letgrad.passes.rewriting import rule_tables

    def wave() -> float:
        return lg.grad(lambda x: np.sin(x))(0.0)

    assert wave() == 1
    monkeypatch.setattr(rule_tables, "_foreign", [])
    rules = dict(linearize._rules)
    monkeypatch.setattr(linearize, "_rules", rules)
    monkeypatch.setattr(linearize, "_found", {})
    for factor in (7.0, 8.0):
        # The op has no other rule here, so no rule says that it takes the place of another one.
        del rules[math.SinOp]
        partials(math.SinOp)(lambda x, factor=factor: factor + 0 * x)
        assert rule_tables.has_foreign_rules()
        assert wave() == factor
