"""
Quantized numbers: integers that stand for real numbers, at equal distances.

StableHLO computes with such numbers as with the floats for which they stand, and rounds each result
to a number of its type. letgrad keeps the floats, and so an argument of a quantized type is an
argument of floats.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from xdsl.ir import Attribute

from ...dialects import arrays, quant, types
from .foreign_op import NotConvertible

np: Any = numpy  # its type stubs know no traced arrays

_TEXT = re.compile(
    r"\s*([iu])(\d+)(?:<(-?\d+):(-?\d+)>)?\s*:\s*(b?f\d+)\s*(?::\s*(\d+)\s*)?,\s*([^<]+)$"
)


@dataclass(frozen=True)
class Grid:
    """
    The integers from `low` to `high`, of which n stands for scale · (n - zero). With an axis, each
    index along it has its own scale and zero.
    """

    low: int
    high: int
    dtype: Any
    axis: int | None
    scales: tuple[float, ...]
    zeros: tuple[int, ...]

    def along(self, numbers: Sequence[float], shape: tuple[int, ...]) -> numpy.ndarray:
        """The numbers in a shape that broadcasts to the shape of an array."""
        if self.axis is None:
            return np.asarray(numbers[0], self.dtype)
        if self.axis >= len(shape) or shape[self.axis] != len(numbers):
            raise NotConvertible(f"{len(numbers)} scales along axis {self.axis} of {list(shape)}")
        return np.reshape(
            np.asarray(numbers, self.dtype),
            [-1 if d == self.axis else 1 for d in range(len(shape))],
        )

    def floats(self, integers: numpy.ndarray) -> numpy.ndarray:
        """The floats for which integers stand."""
        shape = integers.shape
        away = integers.astype(self.dtype) - self.along(self.zeros, shape)
        return (away * self.along(self.scales, shape)).astype(self.dtype)


def grid(type: Attribute) -> Grid | None:
    """The numbers that the elements of a type can be; None for a type without quantized numbers."""
    element = types.element(type)
    return _grid(element.data) if isinstance(element, quant.UniformType) else None


@functools.lru_cache(maxsize=256)
def _grid(text: str) -> Grid:
    found = _TEXT.match(text)
    if found is None:
        raise NotConvertible(f"letgrad knows no numbers of the type !quant.uniform<{text}>")
    sign, width, low, high, float_name, axis, rest = found.groups()
    bits = int(width)
    ends = (0, 2**bits - 1) if sign == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if low is not None:
        ends = int(low), int(high)
    pairs = [part.split(":") for part in rest.strip().strip("{}").split(",")]
    names = {"f16": "float16", "f32": "float32", "f64": "float64"}
    dtype = arrays.bfloat16 if float_name == "bf16" else np.dtype(names[float_name])
    return Grid(
        *ends, dtype, None if axis is None else int(axis),
        tuple(float(pair[0]) for pair in pairs),
        tuple(int(pair[1]) if len(pair) > 1 else 0 for pair in pairs),
    )  # fmt: skip
