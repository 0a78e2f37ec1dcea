"""
Index arithmetic of a nest's body: linear forms over the loops, and bounds.

A form says how an access moves along a loop, and where a load is in memory. The moves decide the
order of loops. Bounds say which loads need no mask, and which indices fit 32 bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr
from xdsl.ir import BlockArgument, Operation, SSAValue

from ...dialects import types
from ...dialects.types import shape

Form = tuple[tuple[int, ...], int]
"""The coefficients of the loops, and the constant."""

NARROW = 1 << 31


class Indices:
    """Known facts about the values of type `index` over loops of these sizes."""

    def __init__(self, args: Sequence[BlockArgument], sizes: Sequence[int]):
        self.sizes = tuple(sizes)
        self.forms: dict[SSAValue, Form] = {}
        self.bounds: dict[SSAValue, tuple[int, int]] = {}
        for k, arg in enumerate(args):
            self.forms[arg] = (tuple(int(k == d) for d in range(len(sizes))), 0)
            self.bounds[arg] = (0, max(sizes[k] - 1, 0))

    def visit(self, op: Operation) -> None:
        """Take note of an op of the body, modulo 2^64; those before it were visited."""
        if len(op.results) != 1 or not isinstance(op.results[0].type, IndexType):
            return
        result = op.results[0]
        if (form := self._form(op)) is not None:
            self.forms[result] = form
            bounds = self._range(form)
        else:
            bounds = self._bounds(op)
        # Beyond a word, the value may have wrapped.
        if bounds is not None and all(types.word(x) == x for x in bounds):
            self.bounds[result] = bounds

    def _form(self, op: Operation) -> Form | None:
        zero = (0,) * len(self.sizes)
        if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
            return zero, op.value.value.data
        if not isinstance(op, arith.AddiOp | arith.SubiOp | arith.MuliOp):
            return None
        f, g = (self.forms.get(x) for x in op.operands)
        if f is None or g is None:
            return None
        if isinstance(op, arith.MuliOp):
            for (a, c), (b, d) in ((f, g), (g, f)):
                if not any(b):
                    return tuple(types.word(x * d) for x in a), types.word(c * d)
            return None
        sign = -1 if isinstance(op, arith.SubiOp) else 1
        moves = tuple(types.word(x + sign * y) for x, y in zip(f[0], g[0]))
        return moves, types.word(f[1] + sign * g[1])

    def _range(self, form: Form) -> tuple[int, int]:
        ends = [c * max(n - 1, 0) for c, n in zip(form[0], self.sizes)]
        low, high = (form[1] + sum(pick(e, 0) for e in ends) for pick in (min, max))
        return low, high

    def _bounds(self, op: Operation) -> tuple[int, int] | None:
        operands = op.operands[1:] if isinstance(op, arith.SelectOp) else op.operands
        if len(operands) != 2:
            return None
        first, second = (self.bounds.get(x) for x in operands)
        if first is None or second is None:
            return None
        match op:
            case arith.SelectOp():
                return min(first[0], second[0]), max(first[1], second[1])
            case arith.RemSIOp() | arith.DivSIOp() | arith.FloorDivSIOp():
                (low, high), (n, m) = first, second
                rounds_down = low >= 0 or isinstance(op, arith.FloorDivSIOp)
                if n != m or n <= 0 or not rounds_down:
                    return None
                if isinstance(op, arith.RemSIOp):
                    return 0, min(high, n - 1)
                return low // n, high // n
            case arith.AddiOp() | arith.SubiOp() | arith.MuliOp():
                (a, b), (c, d) = first, second
                if isinstance(op, arith.AddiOp):
                    return a + c, b + d
                if isinstance(op, arith.SubiOp):
                    return a - d, b - c
                products = [a * c, a * d, b * c, b * d]
                return min(products), max(products)
            case _:
                return None

    def is_narrow(self, x: SSAValue) -> bool:
        """Whether 32 bits are enough."""
        known = self.bounds.get(x)
        return known is not None and -NARROW < known[0] and known[1] < NARROW

    def sides(self, x: SSAValue, n: int) -> tuple[bool, bool]:
        """Whether an index may be below 0, and whether it may be n or above."""
        known = self.bounds.get(x)
        return (True, True) if known is None else (known[0] < 0, known[1] >= n)

    def linear(self, type, indices: Sequence[SSAValue]) -> Form | None:
        """The elements by which an access moves along each loop, and where it begins."""
        moves, begin, stride = [0] * len(self.sizes), 0, 1
        for i, n in reversed(list(zip(indices, shape(type)))):
            form = self.forms.get(i)
            if form is None:
                return None
            moves = [types.word(m + stride * c) for m, c in zip(moves, form[0])]
            begin, stride = types.word(begin + stride * form[1]), stride * n
        return tuple(moves), begin
