"""
The reference, watching for the first op that makes a NaN, an infinity, an index outside of its
array, or an integer division by zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.interpreter import OpImplResult, PythonValues
from xdsl.ir import Operation, Region
from xdsl.traits import ConstantLike

from ...dialects import ten, types
from ...dialects.op_names import op_name
from ...passes.rewriting import locations
from ...passes.rewriting.diagnostics import position
from .evaluator import Evaluator, is_return

NAN, INFINITY, OUTSIDE, ZERO = "NaN", "infinity", "index outside", "division by zero"
_TEXTS = {
    NAN: "makes a NaN",
    INFINITY: "makes an infinity",
    ZERO: "divides an integer by zero",
}
_QUOTIENTS = (
    arith.DivSIOp,
    arith.DivUIOp,
    arith.RemSIOp,
    arith.RemUIOp,
    arith.CeilDivSIOp,
    arith.CeilDivUIOp,
    arith.FloorDivSIOp,
)


@dataclass(frozen=True)
class Finding:
    """The first op of a program that makes a value of one kind."""

    kind: str
    """`NaN`, `infinity`, `index outside` or `division by zero`."""
    text: str
    """What the op does, in words."""
    op: str
    operands: tuple[str, ...]
    """The operands at the element that went wrong, or the whole operands if they are small."""
    element: tuple[int, ...] | None
    """The index of the element in the result; None for a scalar."""
    place: tuple[str, int, int] | None
    """The file, line and column."""
    rules: tuple[str, ...]
    """The rules that derived the op from the op at this place, the latest first."""

    def __str__(self) -> str:
        where = "" if self.place is None else f"{self.place[0]}:{self.place[1]}: "
        at = "" if self.element is None else f" at {list(self.element)}"
        by = f", an op that {' after '.join(self.rules)} made" if self.rules else ""
        of = f" of {', '.join(self.operands)}" if self.operands else ""
        return f"{where}{self.op}{of} {self.text}{at}{by}"


class WatchingEvaluator(Evaluator):
    """The reference, with the first finding of each kind."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.found: dict[str, Finding] = {}

    def _run_op(self, op: Operation, inputs: PythonValues) -> OpImplResult:
        result = super()._run_op(op, inputs)
        if is_return(op) or op.has_trait(ConstantLike, value_if_unregistered=False):
            return result
        for kind, test in ((NAN, np.isnan), (INFINITY, np.isinf)):
            if kind in self.found or any(_has(test, x) for x in inputs):
                continue
            for value in result.values:
                if (bad := _first(test, value)) is not None:
                    self._find(kind, op, inputs, bad)
                    break
        if isinstance(op, ten.IndexOp):
            self._check_indices(op, inputs[1:], types.shape(op.operands[0].type), inputs)
        if isinstance(op, _QUOTIENTS) and ZERO not in self.found:
            divisor = np.asarray(inputs[1])
            zeros = np.argwhere(divisor == 0)
            if len(zeros):
                self._find(ZERO, op, inputs, tuple(map(int, zeros[0])))
        return result

    def run(self, region: Region, args: Sequence[Any] = ()) -> tuple[Any, ...]:
        values = super().run(region, args)
        op = region.parent
        if isinstance(op, ten.GatherOp):
            self._check_indices(op, values, types.shape(op.operands[0].type), args)
        elif isinstance(op, ten.ScatterOp):
            self._check_indices(op, values, types.ints(op.dims), args)
        return values

    def _check_indices(
        self, op: Operation, indices: Sequence[Any], sizes: Sequence[int], inputs: Sequence[Any]
    ) -> None:
        if OUTSIDE in self.found or all(0 <= i < n for i, n in zip(indices, sizes)):
            return
        element = tuple(map(int, inputs)) if isinstance(op, ten.GatherOp | ten.ScatterOp) else ()
        self.found[OUTSIDE] = Finding(
            OUTSIDE,
            f"uses the index {[int(i) for i in indices]} in an array of the shape {list(sizes)}",
            op_name(op),
            (),
            element or None,
            position(op.location),
            locations.rules(op.location),
        )

    def _find(
        self, kind: str, op: Operation, inputs: PythonValues, element: tuple[int, ...]
    ) -> None:
        rules = locations.rules(op.location)
        operands = tuple(_shown(x, element) for x in inputs)
        self.found[kind] = Finding(
            kind,
            _TEXTS[kind],
            op_name(op),
            operands,
            element or None,
            position(op.location),
            rules,
        )


def _floats(value: Any) -> np.ndarray | None:
    array = np.asarray(value)
    if array.dtype.kind in "fc":
        return array
    # bfloat16 and its like are no floats for NumPy.
    return array.astype(np.float32) if array.dtype.name.startswith(("bfloat", "float")) else None


def _has(test: Any, value: Any) -> bool:
    array = _floats(value)
    return array is not None and bool(np.any(test(array)))


def _first(test: Any, value: Any) -> tuple[int, ...] | None:
    """The index of the first element of which `test` holds."""
    array = _floats(value)
    if array is None:
        return None
    places = np.argwhere(test(array))
    return tuple(map(int, places[0])) if len(places) else None


def _shown(value: Any, element: tuple[int, ...]) -> str:
    """An operand: its element at the same index, if it has one there; else its shape."""
    array = np.asarray(value)
    if array.ndim == 0:
        return str(array[()])
    if array.ndim == len(element) and all(i < n for i, n in zip(element, array.shape)):
        return str(array[element])
    if array.size <= 8:
        return " ".join(np.array2string(array, separator=", ").split())
    return f"{array.dtype}[{', '.join(map(str, array.shape))}]"
