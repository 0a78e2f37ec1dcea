"""
Gradients of the programs that JAX printed: along a direction of all float arguments, letgrad's
gradient is the slope that XLA's values have.

The programs are widened to float64, so that differences of values say many digits of the slope.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import ops
from letgrad.frontend.from_stablehlo.foreign_programs import functions_in
from letgrad.frontend.from_stablehlo.program_evaluator import Evaluator
from letgrad.tools import source
from letgrad.tools.programs import new_context

from .test_convert import DATA, example, run_xla_once

FILES = sorted(DATA.glob("*.mlir"))

NO_FLOATS = {"prng", "quant_int8"}
"""The programs without a float argument."""

LEFT_OUT = {
    # JAX has no derivative of zeta by its exponent either; letgrad's error names the op.
    "special": {"chlo.zeta"},
    # The values of these are steps, and their derivative is the one of the identity.
    "elementwise": {"stablehlo.convert", "stablehlo.reduce_precision"},
}
"""The results that do not count, by the op that computes them."""


def widened(text: str) -> str:
    """A program on float32 as the same program on float64."""

    def wide(match: re.Match[str]) -> str:
        (number,) = struct.unpack(">f", bytes.fromhex(match[1]))
        return f"dense<0x{struct.pack('>d', number).hex().upper()}>"

    text = re.sub(r"dense<0x([0-9A-Fa-f]{8})>(?= : tensor<[^>]*f32)", wide, text)
    text = text.replace("f32", "f64")
    # The bits of a float32 are still its bits.
    text = re.sub(
        r"%(\S+) = stablehlo.bitcast_convert (%\S+) : \((\S+i32>)\) -> tensor<(\S*)f64>",
        r"%n\1 = stablehlo.bitcast_convert \2 : (\3) -> tensor<\4f32>\n"
        r"%\1 = stablehlo.convert %n\1 : (tensor<\4f32>) -> tensor<\4f64>",
        text,
    )
    text = re.sub(
        r"%(\S+) = stablehlo.bitcast_convert (%\S+) : \(tensor<(\S*)f64>\) -> (\S+i32>)",
        r"%n\1 = stablehlo.convert \2 : (tensor<\3f64>) -> tensor<\3f32>\n"
        r"%\1 = stablehlo.bitcast_convert %n\1 : (tensor<\3f32>) -> \4",
        text,
    )
    return re.sub(r"lapack_s(\w+)_ffi", r"lapack_d\1_ffi", text)


def slope(value: Callable[[float], float], step: float) -> tuple[float, float]:
    """The derivative of a function at 0 by differences, and how much two steps differ."""
    a, b, c = ((value(h) - value(-h)) / (2 * h) for h in (step, step / 2, step / 4))
    first, second = (4 * b - a) / 3, (4 * c - b) / 3
    return second, abs(second - first)


def points(name: str, args: Sequence[np.ndarray], r: np.random.Generator) -> list[np.ndarray]:
    """A direction for each float argument; symmetric where the program takes such matrices."""
    found = []
    for x in args:
        v = r.normal(size=x.shape) if x.dtype.kind == "f" else np.zeros(x.shape)
        if v.ndim == 2 and v.shape[0] == v.shape[1] and re.match("cholesky|eigh|svd", name):
            v = v + v.T
        found.append(v)
    return found


@pytest.mark.skipif(not FILES, reason="the programs that JAX printed are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.sampled(12)
def test_gradients_are_the_slopes_of_the_values_of_xla(path: Path):
    name, text = path.stem, widened(path.read_text())
    functions = functions_in(source.parse(new_context(), text, name))
    main, r = functions["main"], np.random.default_rng(5)
    args = example(name, main)
    if name == "elementwise":  # logarithms and roots want positive numbers
        args = [np.abs(x) * x.dtype.type(0.1) + x.dtype.type(0.15) if x.dtype.kind == "f" else x
                for x in args]  # fmt: skip
    wrt = tuple(k for k, x in enumerate(args) if x.dtype.kind == "f")
    assert bool(wrt) != (name in NO_FLOATS)
    if not wrt:
        return
    run = run_xla_once(text)
    wanted, weights = run(args), {}
    makers = [getattr(v.owner, "name", "") for v in main.body.block.last_op.operands]  # type: ignore[union-attr]
    for k, (y, maker) in enumerate(zip(wanted, makers, strict=True)):
        if y.dtype.kind in "fc" and maker not in LEFT_OUT.get(name, ()):
            # Some programs give infinities at some places, which have no slope.
            weights[k] = np.where(np.isfinite(y), r.normal(size=y.shape), 0)

    def total(*xs: Any) -> Any:
        outs = Evaluator(functions).call(main, [ops.number(ops.lift(x)) for x in xs])
        result = 0.0
        for k, w in weights.items():
            real = outs[k].dtype.kind != "c"
            y: Any = outs[k] if real else np.real(outs[k]) + 0.7 * np.imag(outs[k])
            result = result + np.sum(np.where(w != 0, y, np.zeros_like(y)) * w.astype(y.dtype))
        return result

    directions = points(name, args, r)

    def value(h: float) -> float:
        outs = run([(x + h * v).astype(x.dtype) for x, v in zip(args, directions)])
        result = 0.0
        for k, w in weights.items():
            y = outs[k] if outs[k].dtype.kind != "c" else outs[k].real + 0.7 * outs[k].imag
            result += float(np.sum(np.where(w != 0, y.astype(np.float64), 0) * w))
        return result

    gradient = lg.grad(total, wrt)(*args)
    got = sum(float(np.sum(np.float64(g) * directions[k])) for g, k in zip(gradient, wrt))
    # A gradient of a gradient has kinks: of several steps, the one with the least doubt counts.
    steps = (1e-2, 1e-3, 1e-4, 1e-6)
    found, doubt = min((slope(value, h) for h in steps), key=lambda pair: pair[1])
    scale = max(abs(found), 1e-2 * max(np.abs(w).max(initial=0) for w in weights.values()))
    tolerance = 1e-6
    assert doubt <= 10 * tolerance * scale, f"the differences say {found} ± {doubt}"
    assert abs(got - found) <= tolerance * scale + 2 * doubt, (got, found, doubt)
