"""`linalg`: each named op gives the values that IREE gives, on floats and on integers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from letgrad.dialects.upstream import linalg_ops, named_ops
from letgrad.frontend.from_upstream.upstream_to_ten import convert
from letgrad.lowering import backends
from letgrad.tools import source
from letgrad.tools.programs import new_context

from . import iree_oracle

SIZES = dict(zip("bmnkocpfqlgijd", (2, 3, 4, 2, 3, 2, 4, 3, 2, 3, 2, 2, 3, 2), strict=True))
STRIDES, DILATIONS = (2, 1, 2), (1, 2, 1)


def type_of(shape: tuple[int, ...], element: str) -> str:
    return f"tensor<{''.join(f'{n}x' for n in shape)}{element}>"


def shapes(line: str) -> tuple[list[tuple[int, ...]], int]:
    """The shapes of the operands of a line of the table, and how many dimensions a window has."""
    result, window = [], 0
    for part in line.replace(" -> ", ",").split(","):
        shape = []
        for word in part.split():
            n = 1
            for letter, kind, k in re.findall(r"(\w)(?:\*([sd])(\d))?", word):
                factor = {"s": STRIDES, "d": DILATIONS}[kind][int(k)] if kind else 1
                window = max(window, int(k) + 1 if kind else 0)
                n += factor * (SIZES[letter] - 1)
            shape.append(n)
        result.append(tuple(shape))
    return result, window


def function(name: str, op: str, shapes: list[tuple[int, ...]], elements: list[str]) -> str:
    names = [f"%x{k}" for k in range(len(shapes))]
    kinds = [type_of(s, e) for s, e in zip(shapes, elements)]
    args = ", ".join(f"{n}: {t}" for n, t in zip(names, kinds))
    ins = f"ins({', '.join(names[:-1])} : {', '.join(kinds[:-1])})"
    outs = f"outs({names[-1]} : {kinds[-1]})"
    return (
        f"func.func @{name}({args}) -> {kinds[-1]} {{\n"
        f"  %r = linalg.{op} {ins} {outs} -> {kinds[-1]}\n  return %r : {kinds[-1]}\n}}"
    )


def cases() -> Iterator[tuple[str, str]]:
    """The names of functions, and their texts."""
    windows = {name: line for name, line in named_ops.PRODUCTS.items()}
    windows |= {name: line for name, (line, _) in named_ops.POOLINGS.items()}
    for op, line in windows.items():
        operands, n = shapes(line)
        words = ""
        if n:
            strides, dilations = list(STRIDES[:n]), list(DILATIONS[:n])
            words = (
                f" {{strides = dense<{strides}> : tensor<{n}xi64>, "
                f"dilations = dense<{dilations}> : tensor<{n}xi64>}}"
            )
        for element in ("i32",) if "unsigned" in op else ("f64", "i32"):
            yield (
                f"{op}_{element}",
                function(f"{op}_{element}", op + words, operands, [element] * 3),
            )
    for op, (count, words) in named_ops.ELEMENTWISE.items():
        for element, word in zip(("f64", "i32"), words):
            if word is None or op == "copy":
                continue
            kinds = [element] * (count + 1)
            if op == "select":
                kinds[0] = "i1"
            name = f"{op}_{element}"
            # `linalg.elementwise` has kinds without a named op.
            kind = op.startswith(("max_", "min_"))
            written = f"elementwise kind=#linalg.elementwise_kind<{op}>" if kind else op
            yield name, function(name, written, [(3, 4)] * (count + 1), kinds)


CASES = dict(cases())
FUNCTIONS: dict[str, Any] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "powf": np.power, "exp": np.exp,
    "log": np.log, "abs": np.abs, "ceil": np.ceil, "floor": np.floor, "negf": np.negative,
    "round": lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x), "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x), "tanh": np.tanh, "erf": np.vectorize(math.erf),
    "reciprocal": lambda x: 1 / x, "square": np.square, "select": np.where,
    "div": lambda a, b: a // b if a.dtype.kind == "i" else a / b, "div_unsigned": np.floor_divide,
}  # fmt: skip
"""The elementwise ops in NumPy. IREE has no names for them any more."""
FUNCTIONS |= {f"max{x}": np.maximum for x in ("", "_signed", "_unsigned")}
FUNCTIONS |= {f"min{x}": np.minimum for x in ("", "_signed", "_unsigned")}
KNOWN_TO_IREE = [
    name
    for name in CASES
    if name.endswith(("_f64", "unsigned_i32"))
    and name.rpartition("_")[0] not in FUNCTIONS
    and not re.search("transpose|mmt4d", name)
]
"""The ops for which IREE has both a name and code."""


def inputs(text: str) -> list[Any]:
    r = np.random.default_rng(0)
    head = text.partition("->")[0]
    given = []
    for kind in re.findall(r": tensor<([^>]*)>", head):
        *dims, element = kind.split("x")
        shape = tuple(map(int, dims))
        if element == "i1":
            given.append(r.random(shape) < 0.5)
        elif element == "i32":
            given.append(r.integers(1, 50, shape).astype(np.int32))
        else:
            given.append(r.uniform(0.2, 2.0, shape))
    return given


def value(name: str, backend: str) -> np.ndarray:
    module = source.parse(new_context(), CASES[name], f"{name}.mlir")
    module.verify()
    convert(module)
    module.verify()
    return np.asarray(backends.compile(backend, module, name)(*inputs(CASES[name]))[0])


def by_loops(op: str, operands: list[np.ndarray]) -> np.ndarray:
    """The meaning of a line of the table: one loop for each letter."""
    line, join = named_ops.POOLINGS.get(op) or (named_ops.PRODUCTS[op], "sum")
    unsigned = join.startswith("u")
    x, w, y = (z.view(np.uint32) if unsigned else z for z in operands)
    parts = [part.split() for part in line.replace(" -> ", ",").split(",")]
    letters = list(dict.fromkeys(re.findall(r"\b[a-z]\b", line)))
    y, pooled = y.copy(), op in named_ops.POOLINGS

    def place(words: list[str], at: dict[str, int]) -> tuple[int, ...]:
        result = []
        for word in words:
            total = 0
            for letter, kind, k in re.findall(r"(\w)(?:\*([sd])(\d))?", word):
                factor = {"s": STRIDES, "d": DILATIONS}[kind][int(k)] if kind else 1
                total += factor * at[letter]
            result.append(total)
        return tuple(result)

    for point in np.ndindex(*(SIZES[x] for x in letters)):
        at = dict(zip(letters, point))
        new, k = x[place(parts[0], at)], place(parts[2], at)
        new = new if pooled else new * w[place(parts[1], at)]
        y[k] = y[k] + new if join == "sum" else {"max": max, "min": min}[join[-3:]](y[k], new)
    return y.view(np.int32) if unsigned else y


@pytest.mark.sampled(20)
@pytest.mark.parametrize("name", CASES)
def test_named_op(name: str) -> None:
    op, operands = name.rpartition("_")[0], inputs(CASES[name])
    if op in FUNCTIONS:
        wanted = FUNCTIONS[op](*operands[:-1])
    else:
        wanted = by_loops(op, operands)
    for backend in ("numpy", "cpu"):
        got = value(name, backend)
        assert got.shape == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN_TO_IREE)
def test_named_op_is_that_of_iree(name: str) -> None:
    iree_oracle.need_iree()
    (wanted,) = iree_oracle.run(CASES[name], inputs(CASES[name]), name)
    np.testing.assert_allclose(value(name, "numpy"), wanted, rtol=1e-10)


def test_the_table_and_the_dialect_name_the_same_ops() -> None:
    known = {op.name.partition(".")[2] for op in linalg_ops.OPS}
    ours = {*named_ops.PRODUCTS, *named_ops.POOLINGS, *named_ops.ELEMENTWISE}
    assert known - ours == {
        "contract", "elementwise", "generic", "map", "pack", "reduce", "softmax", "unpack"
    }  # fmt: skip
