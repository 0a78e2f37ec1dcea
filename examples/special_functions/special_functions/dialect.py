"""
`special`: functions that `arith` and `math` do not have. All ops are pure and total.

Importing this module makes the rules known too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, i64
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from letgrad.extend import types


class SpecialOp(IRDLOperation, ABC):
    """An op with one result, whose type follows from the operands and properties."""

    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)

    @abstractmethod
    def result_type(self) -> Attribute:
        """The type of the result. Raises `VerifyException` where the operands do not fit."""

    def verify_(self) -> None:
        for k, x in enumerate(self.operands):
            types.check(x.type, self.name, f"operand {k}")
        expected, given = self.result_type(), self.results[0].type
        if given != expected:
            raise VerifyException(f"{self.name}: the result is {expected}, not {given}")

    def infer(self, operands: Sequence[SSAValue], properties: dict[str, Attribute]) -> None:
        """Construct with the result type that follows."""
        super().__init__(operands=operands, properties=properties, result_types=[operands[0].type])
        self.results[0]._type = self.result_type()  # pyright: ignore[reportPrivateUsage]

    def require(self, condition: bool, message: str) -> None:
        if not condition:
            raise VerifyException(f"{self.name}: {message}")

    def require_floats(self, *values: SSAValue) -> None:
        kinds = {types.element(x.type) for x in values}
        shown = ", ".join(str(x.type) for x in values)
        self.require(
            len(kinds) == 1
            and types.is_float(*kinds)
            and not any(isinstance(x.type, types.Term) for x in values),
            f"operands are of one type of floats, not {shown}",
        )


class ElementwiseOp(SpecialOp, ABC):
    """y[i…] = f(x[i…])"""

    x = operand_def(AnyAttr())
    y = result_def(AnyAttr())
    assembly_format = "$x attr-dict `:` type($x) `->` type($y)"

    def __init__(self, x: SSAValue):
        self.infer([x], {})

    def result_type(self) -> Attribute:
        self.require_floats(self.x)
        return self.x.type


@irdl_op_definition
class ErfcOp(ElementwiseOp):
    """y = 1 - erf x, also where erf x is nearly 1."""

    name = "special.erfc"


@irdl_op_definition
class SoftplusOp(ElementwiseOp):
    """y = log(1 + eˣ)"""

    name = "special.softplus"


@irdl_op_definition
class LogsumexpOp(SpecialOp):
    """
    y = log Σ eˣ over `dims`; -∞ where nothing is summed.

    Shapes:  x (n…)  ->  y, without the dims
    Errors:  dims that are not increasing, or outside of the rank; elements that are no floats.
    """

    name = "special.logsumexp"
    x = operand_def(AnyAttr())
    y = result_def(AnyAttr())
    dims = prop_def(DenseArrayBase)
    assembly_format = "$x attr-dict `:` type($x) `->` type($y)"

    def __init__(self, x: SSAValue, dims: Sequence[int]):
        self.infer([x], {"dims": types.int_array(dims)})

    def result_type(self) -> Attribute:
        self.require_floats(self.x)
        self.require(self.dims.elt_type == i64, f"dims is {self.dims}, not a list of i64")
        dims, n = types.ints(self.dims), types.rank(self.x.type)
        increasing = all(a < b for a, b in pairwise(dims)) and all(0 <= d < n for d in dims)
        self.require(increasing, f"dims {list(dims)} are not increasing in 0..{n - 1} (rank {n})")
        return types.like(
            self.x.type, [m for d, m in enumerate(types.shape(self.x.type)) if d not in dims]
        )


@irdl_op_definition
class SortedSegmentSumOp(SpecialOp):
    """
    y[s, j…] = Σ x[i, j…] over all i with ids[i] = s, for s below `count`.

    That the ids are increasing is promised by who writes the op; it has no bearing on the value.
    Ids outside of 0 … count - 1 are dropped.
    Shapes:  x (n, m…), ids (n)  ->  y (count, m…)
    Errors:  ids that are no integers, or not as many as x has rows; x without numbers.
    Linear in x; its transpose is a gather.
    """

    name = "special.sorted_segment_sum"
    x = operand_def(AnyAttr())
    ids = operand_def(AnyAttr())
    y = result_def(AnyAttr())
    count = prop_def(IntegerAttr)
    assembly_format = "$x `,` $ids attr-dict `:` type($x) `,` type($ids) `->` type($y)"

    def __init__(self, x: SSAValue, ids: SSAValue, count: int):
        self.infer([x, ids], {"count": IntegerAttr(count, i64)})

    def result_type(self) -> Attribute:
        x, ids, count = self.x.type, self.ids.type, self.count.value.data
        self.require(
            types.rank(x) >= 1 and not types.is_bool(types.element(x)), f"x has no rows to add: {x}"
        )
        fits = types.is_integer(types.element(ids)) and types.shape(ids) == types.shape(x)[:1]
        self.require(
            fits and not isinstance(ids, types.Term), f"for {x}, ids are no {ids}: one per row"
        )
        self.require(count >= 0, f"there cannot be {count} segments")
        return types.like(x, (count, *types.shape(x)[1:]))


@irdl_op_definition
class AttentionOp(SpecialOp):
    """
    y = softmax(q kᵀ / √d) v, row by row; 0 where there are no keys.

    Shapes:  q (b…, n, d), k (b…, m, d), v (b…, m, e)  ->  y (b…, n, e)
    Errors:  ranks and sizes that differ; elements that are no floats, or of different types.
    """

    name = "special.attention"
    q = operand_def(AnyAttr())
    k = operand_def(AnyAttr())
    v = operand_def(AnyAttr())
    y = result_def(AnyAttr())
    assembly_format = (
        "$q `,` $k `,` $v attr-dict `:` type($q) `,` type($k) `,` type($v) `->` type($y)"
    )

    def __init__(self, q: SSAValue, k: SSAValue, v: SSAValue):
        self.infer([q, k, v], {})

    def result_type(self) -> Attribute:
        self.require_floats(self.q, self.k, self.v)
        q, k, v = (types.shape(x.type) for x in self.operands)
        fits = (
            len(q) == len(k) == len(v) >= 2
            and q[:-2] == k[:-2] == v[:-2]
            and q[-1] == k[-1]
            and k[-2] == v[-2]
        )
        self.require(
            fits, f"q {list(q)}, k {list(k)}, v {list(v)} are not (…, n, d), (…, m, d), (…, m, e)"
        )
        return types.like(self.q.type, (*q[:-1], v[-1]))


Special = Dialect("special", [ErfcOp, SoftplusOp, LogsumexpOp, SortedSegmentSumOp, AttentionOp])

from . import rules as rules  # noqa: E402  (they are about the ops above)
from . import samples as samples  # noqa: E402
