"""
Loops in loops over the elements of arrays, as of decompositions and solves: a family of programs
with all kinds of bounds, writes and reads. `ten-raise-rows` keeps their values bit for bit,
`ten-vectorize-maps` up to the order of sums, and their gradients agree with differences.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path
from random import Random
from textwrap import indent
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.sharing.cse import CsePass
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.simplify.raise_rows import RaiseRowsPass
from letgrad.passes.vectorize.maps_of_loops import VectorizeMapsPass

from .generators import near, same

BOUNDS = ("0, i", "i + 1, n", "i, n", "0, n", "n - i - 1, n", "n - 1, i, -1")
WRITES = ("a[i, j]", "a[j, i]", "v[j]", "v[i]", "a[j, j]")
READS = ("a[i, j]", "a[j, i]", "a[i, i]", "a[j, j]", "b[i, j]", "b[j, i]", "v[j]", "v[i]")
READS += ("a[j, n - i - 1]", "v[n - j - 1]")
COLUMNS = (
    """
s = 0.0
for k in range(n):
    s += a[k, i] * a[k, j]
for k in range(n):
    a[k, j] -= 0.1 * s * a[k, i]""",
    """
s = 1.0
for k in range(i):
    s -= a[k, i] * b[k, j]
a[i, j] = 0.3 * s""",
    """
for k in range(n):
    a[k, j] = np.sin(a[k, j]) + 0.2 * a[k, i]""",
    """
for k in range(i + 1, n):
    a[j, k] += 0.2 * v[k] * a[j, i]""",
    "a[:, j] -= 0.1 * a[:, i] * np.sum(a[:, i] * a[:, j])",
    "a[:, j] = 0.5 * a[:, j] + b[:, i] * a[:, n - 1 - j] * v",
)

GUARDS = ("i != j", "i == j", "j < n - i", "abs(i - j) <= 1", "a[i, j] > 0", "v[j] < b[i, j]")
GUARDS += ("i > 1 and j != 3", "v[i] > 0 or j == 2")
GUARDED = (
    "if G:\n    a[i, j] = 0.4 * a[i, j] + b[j, i]",
    "if G:\n    a[i, j] -= 0.5 * a[j, i]",
    "if G:\n    a[i, j] = v[j]\nelse:\n    a[i, j] = 0.5 * a[i, j]",
    "if G:\n    a[i, j] = v[j]\nelse:\n    a[j, i] = 0.5 * a[i, j]",
    "if G:\n    v[j] = 0.5\nelse:\n    a[j, i] = v[i]",
    "if G:\n    v[j], v[i] = v[i], v[j]",
    "if G:\n    v[j] = 0.1\n    v[i] = b[i, j]\nelse:\n    v[j] = 0.3",
    "if G:\n    for k in range(n):\n        a[i, k] -= 0.1 * b[i, j] * a[j, k]",
    "if G:\n    for k in range(n):\n        a[k, j] += 0.1 * a[k, i]\nelse:\n    a[:, i] = v",
    "if G:\n    a[i] -= 0.1 * a[j]",
    "if G:\n    a[i, 1:4] = 0.5 * a[j, 1:4]\nelse:\n    a[i, 2:5] = 0.1",
    "if G:\n    v[j] = sum_of_row(a, i, n)",
    "if G:\n    v[i] += a[i, j] * b[j, i]\nif a[j, j] > 0:\n    v[i] -= v[j]",
    "if G:\n    v[i] -= np.exp(a[i, j]) * b[j, i] / 3",
    "if G:\n    if b[i, j] > 0:\n        a[j, i] = 0.2\n    else:\n        v[j] = a[i, j]",
    "if G:\n    a[i, j] = 0.1\n    a[j, i] = 0.5 * a[i, j]",
    "if G:\n    a[i + 1 - n, j - 1] = v[j]",
    "if G:\n    a[int(3 * v[j] ** 2), j] = b[j, i]",
)
SUMS = (
    "if G:\n    s += a[i, j]",
    "if G:\n    s -= a[i, j] * b[j, i]\nelse:\n    s += v[j]",
    "if G:\n    s += np.sin(a[i, j])\nif a[j, i] > 0:\n    s -= v[j]",
    "s += v[j]\nif G:\n    if b[j, i] > 0:\n        s += a[j, i]",
    "if G:\n    s = 1.0 - s",
)


def guarded() -> list[str]:
    """The bodies of programs in which a condition guards what a loop writes."""
    bodies = [(g, body) for g in GUARDS for body in GUARDED]
    found = [(bounds, g, body, "0.0", "0 * i") for bounds in BOUNDS for g, body in bodies]
    found += [(bounds, g, body, "-0.0", "s") for bounds in BOUNDS for g in GUARDS for body in SUMS]
    return [
        f"for i in range(n):\n    s = {start}\n    for j in range({bounds}):\n"
        f"{indent(body.replace('G', g), '        ')}\n"
        f"    v[i] += {end}"
        for bounds, g, body, start, end in found
    ]


def family() -> list[str]:
    """The bodies of the programs, as text."""
    found = []
    for bounds, write, (x, y) in product(BOUNDS, WRITES, combinations(READS, 2)):
        costly = len(found) % 3 == 0
        old = f"np.sin({write})" if costly else write
        found.append((bounds, f"{write} = 0.4 * {x} + {old} * {y}"))
    found += product(BOUNDS, COLUMNS)
    return [
        "for i in range(n):\n"
        "    v[i] = v[i] + 0.1 * a[0, i]\n"
        f"    for j in range({bounds}):\n{indent(body.strip(), '        ')}"
        for bounds, body in found
    ]


def programs(sources: list[str], folder: Path) -> list[Callable[..., Any]]:
    """The programs as functions of a module: letgrad reads their source."""
    text = "import numpy as np\n\n\ndef sum_of_row(a, i, n):\n    s = 0.0\n"
    text += "    for k in range(n):\n        s += a[i, k]\n    return s\n"
    for k, source in enumerate(sources):
        body = f"a, v = a.copy(), v.copy()\n{source}\nreturn a, v\n"
        text += f"\n\ndef f{k}(n, a, b, v):\n{indent(body, '    ')}"
    path = folder / "triangles.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("triangles", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [getattr(module, f"f{k}") for k in range(len(sources))]


def arguments(n: int) -> list[np.ndarray]:
    random = np.random.default_rng(n)
    return [random.uniform(-1, 1, shape) for shape in ((n, n), (n, n), (n,))]


def check(f: Callable[..., Any], n: int) -> int:
    """The loops that the passes take out of a program, of which they keep the values."""
    args, ctx = arguments(n), backends.context()
    with np.errstate(all="ignore"):
        expected = f(n, *args)
    program = lg.program(f)
    module = lg.trace(lambda a, b, v: program(n, a, b, v), *args)
    name = "lambda"
    CsePass().apply(ctx, module)
    CanonicalizePass().apply(ctx, module)
    before = Evaluator(module).call(name, args)
    loops = str(module).count("ten.scan")
    for free in (True, False):
        raised = module.clone()
        RaiseRowsPass(free).apply(ctx, raised)
        raised.verify()
        for x, y in zip(before, Evaluator(raised).call(name, args), strict=True):
            assert same(np.asarray(x), np.asarray(y)), raised
        VectorizeMapsPass().apply(ctx, raised)
        raised.verify()
        for x, y in zip(expected, Evaluator(raised).call(name, args), strict=True):
            assert near(x, np.asarray(y)), raised
    return loops - str(raised).count("ten.scan")


@pytest.mark.slow
def test_the_whole_family_keeps_its_values(tmp_path: Path):
    sources = family()
    fewer = [check(f, 5) for f in programs(sources, tmp_path)]
    assert sum(x > 0 for x in fewer) > len(sources) / 4


def test_a_sample_of_the_family_keeps_its_values(tmp_path: Path):
    sources = Random(5).sample(family(), 30) + family()[-6:]
    fewer = [check(f, 5) for f in programs(sources, tmp_path)]
    assert sum(x > 0 for x in fewer) > 8


@pytest.mark.slow
def test_all_programs_with_conditions_keep_their_values(tmp_path: Path):
    for f in programs(guarded(), tmp_path):
        check(f, 5)


def test_a_sample_of_programs_with_conditions_keeps_its_values(tmp_path: Path):
    sources = Random(7).sample(guarded(), 40)
    fewer = [check(f, 5) for f in programs(sources, tmp_path)]
    assert sum(x > 0 for x in fewer) > 6


@pytest.mark.parametrize("seed", range(2))
def test_gradients_of_a_sample(tmp_path: Path, seed: int):
    """n is large enough for sums of all steps in place of loops with a number of turns."""
    n, step = 61, 1e-6
    random = Random(seed)
    sources = [
        *random.sample(family()[:-36], 3),
        *random.sample(family()[-36:], 2),
        *random.sample(guarded(), 3),
    ]
    for f, source in zip(programs(sources, tmp_path), sources, strict=True):
        args = [0.3 * x for x in arguments(n)]
        program = lg.program(f)
        random = np.random.default_rng(seed)
        weights = [random.standard_normal(np.shape(x)) for x in (args[0], args[2])]
        ways = [random.standard_normal(x.shape) for x in args]

        def total(f: Callable[..., Any], *args: Any) -> Any:
            return sum(np.sum(w * y) for w, y in zip(weights, f(n, *args)))  # noqa: B023

        run = lg.jit(
            lg.value_and_grad(lambda a, b, v: total(program, a, b, v), argnums=(0, 1, 2)),  # noqa: B023
            backend="cpu",
        )
        value, slopes = run(*args)
        np.testing.assert_allclose(value, total(f, *args), rtol=1e-9, atol=1e-9, err_msg=source)
        above, below = (
            total(f, *(x + sign * step * d for x, d in zip(args, ways))) for sign in (1, -1)
        )
        found = sum(float(np.sum(s * d)) for s, d in zip(slopes, ways))
        expected = (above - below) / (2 * step)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=source)
