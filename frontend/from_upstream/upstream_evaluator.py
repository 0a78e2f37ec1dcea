"""
The evaluator of upstream's dialects: what it knows beside the table of conversions. It knows the
contents of the memory, and how two branches join.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseResourceAttr,
    MemRefType,
    TensorType,
    UnrankedMemRefType,
    VectorType,
)
from xdsl.ir import Operation, Region, SSAValue

from ...dialects import ten, types
from ...dialects.upstream import arith_ops, func_ops, math_ops
from ...passes.simplify.scalarize import is_bridge
from .. import tracing
from ..from_stablehlo.foreign_op import NotConvertible
from ..from_stablehlo.foreign_programs import ForeignEvaluator
from ..tracing import Array, Scope
from . import moving_views, upstream_rules
from .cells import Cell, Memory, View, choice, unwritten
from .function_values import Function
from .places import Places

DIALECTS = (
    "linalg", "tensor", "memref", "affine", "cf", "bufferization", "complex", "vector", "index",
)  # fmt: skip
"""The dialects whose ops the conversion replaces."""

LOOPS = (
    "scf.for", "scf.parallel", "scf.forall", "scf.while", "scf.index_switch",
    "scf.execute_region",
)  # fmt: skip

OTHERS = (*arith_ops.OPS, *func_ops.OPS, *math_ops.OPS)
"""Ops that letgrad has no rules for, and that the conversion writes by others."""

Graph = Callable[["Evaluator", Region, Sequence[Any], dict[SSAValue, Any]], list[Any]]


def is_foreign(op: Operation) -> bool:
    """Whether the conversion replaces an op."""
    if is_bridge(op):
        return False  # what it is for may stay
    name = upstream_rules.Source(op).name
    if name.partition(".")[0] in DIALECTS or name in LOOPS or isinstance(op, OTHERS):
        return True
    if isinstance(op, arith.ConstantOp):
        # Its elements stand behind the program; the conversion says that it does not read them.
        return isinstance(op.value, DenseResourceAttr)
    if isinstance(op, func.FuncOp | func.CallOp):
        kinds = op.function_type if isinstance(op, func.FuncOp) else op
        return any(
            is_memory(t) or isinstance(t, VectorType) or is_dynamic(t) for t in _types(kinds)
        )
    return False


def _types(x: Any) -> list[Any]:
    if isinstance(x, func.CallOp):
        return [v.type for v in (*x.operands, *x.results)]
    return [*x.inputs, *x.outputs]


def is_memory(type: Any) -> bool:
    return isinstance(type, MemRefType | UnrankedMemRefType)


def is_dynamic(type: Any) -> bool:
    """Whether a tensor has a size that only a call knows."""
    return isinstance(type, TensorType) and DYNAMIC_INDEX in type.get_shape()


class Evaluator(ForeignEvaluator):
    """Evaluates functions of a module on traced arrays and views of memory."""

    rules = upstream_rules.RULES
    ENDS = ("scf.reduce", "scf.forall.in_parallel")

    def __init__(self, functions: dict[str, func.FuncOp], globals: dict[str, Operation]):
        super().__init__(functions)
        self.globals = globals
        self.places = Places()
        self.memory = Memory(self.places)
        self.path: tuple[Operation, ...] = ()
        """The calls on the way to the ops that the conversion reads."""
        self.nests: list[list[Array]] = []
        """The indices of the ops of `linalg` around the op that the conversion reads."""
        self.say_sizes: list[SSAValue] = []
        """The arguments without a number from which sizes may follow."""
        self.graph: Graph | None = None
        """Evaluates a region of several blocks."""

    def is_foreign(self, op: Operation) -> bool:
        return is_foreign(op)

    def source(self, op: Operation, values: dict[SSAValue, Any]) -> upstream_rules.Call:
        return upstream_rules.Call(op, self, values)

    def array(self, x: Any) -> Array:
        return array(x)

    def call(
        self, function: func.FuncOp, xs: Sequence[Any], at: Operation | None = None
    ) -> list[Any]:
        path, self.path = self.path, (*self.path, *([] if at is None else [at]))
        try:
            return super().call(function, xs, at)
        finally:
            self.path = path

    def region(self, region: Region, xs: Sequence[Any], values: dict[SSAValue, Any]) -> list[Any]:
        if len(region.blocks) > 1:
            assert self.graph is not None
            return self.graph(self, region, xs, values)
        return super().region(region, xs, values)

    def adapt(self, copy: Operation) -> None:
        if any(is_dynamic(r.type) for r in copy.results):
            _fix_sizes(copy)

    # Branches.

    def branches(
        self, mask: Array | bool, yes: Callable[[], Sequence[Any]], no: Callable[[], Sequence[Any]]
    ) -> list[Any]:
        """
        The values of one of two functions, and the memory as this function leaves it. Both give as
        many values of the same kinds. None stands for a value that nothing reads.
        """
        known = mask if isinstance(mask, bool) else self.places.known(mask)
        if known is not None:
            return list(yes() if known else no())
        before = dict(self.memory.contents)
        outer = tracing.current()
        ends: list[tuple[Scope, list[Any], dict[Any, Array]]] = []
        for function in (yes, no):
            self.memory.contents = dict(before)
            with tracing.region() as (scope, _):
                given = list(function())
            ends.append((scope, given, self.memory.contents))
            self.memory.contents = dict(before)
        (_, a, left), (_, b, right) = ends
        result: list[Any] = []
        joined: list[int] = []
        views: dict[int, list[View]] = {}
        """The views of which a value is one, if the branches decide it."""
        fresh: dict[Cell, None] = {}
        """The memory that the branches allocate and give."""
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            if x is None or y is None:
                x = y = y if x is None else x
            if isinstance(x, Array) and isinstance(y, Array):
                joined.append(k)
            elif isinstance(x, View) and isinstance(y, View):
                found = list(dict.fromkeys([*moving_views.roots(x), *moving_views.roots(y)]))
                for view in found:
                    moving_views.check_outside(view, outer)
                    if view.cell not in before:
                        fresh[view.cell] = None
                if x != y:
                    views[k] = found
            elif isinstance(x, Function) and isinstance(y, Function):
                x = x.choose(_mask(mask), y)
            elif x != y:
                raise NotConvertible("the two branches give values of other kinds")
            result.append(x)
        cells = [c for c, x in before.items() if left[c] is not x or right[c] is not x]
        cells += fresh
        # Two views need no number: the mask of the branches says which one it is.
        numbered = [k for k, found in views.items() if [a[k], b[k]] != found]
        if not joined and not cells and not numbered:
            for k in views:
                result[k] = choice(_mask(mask), a[k], b[k])
            return result
        for given, (scope, _, contents) in zip((a, b), ends):
            with tracing.within(scope):
                ends_with = [_or_zero(given[k], result[k]) for k in joined]
                ends_with += [contents[c] if c in contents else unwritten(c) for c in cells]
                ends_with += [moving_views.number(given[k], views[k]) for k in numbered]
                tracing.add(scf.YieldOp(*map(tracing.use, ends_with)))
        kinds = [_type_of(result[k]) for k in joined]
        kinds += [before[c].value.type if c in before else types.of_shape(c.shape, c.element)
                  for c in cells]  # fmt: skip
        kinds += [ten.index_type] * len(numbered)
        yes_region, no_region = (Region(scope.block) for scope, _, _ in ends)
        op = scf.IfOp(tracing.use(_mask(mask)), kinds, yes_region, no_region)
        made = [Array.of(r, outer) for r in tracing.add(op).results]
        for k, x in zip(joined, made):
            result[k] = x
        for cell, x in zip(cells, made[len(joined) :]):
            self.memory.contents[cell] = x
        for k in views:
            if k not in numbered:
                result[k] = choice(_mask(mask), a[k], b[k])
        for k, x in zip(numbered, made[len(joined) + len(cells) :]):
            result[k] = moving_views.by_number(self.places, x, views[k])
        return result

    def unknown(self, mask: Array) -> bool:
        return self.places.known(mask) is None


def _mask(mask: Array | bool) -> Array:
    assert isinstance(mask, Array)
    return mask


def _fix_sizes(op: Operation) -> None:
    """
    Give the results of an op on each element the sizes of its operands.

    Errors: `NotConvertible` for an op that says its sizes in another way.
    """
    shapes = {types.shape(v.type) for v in op.operands} - {()}
    if op.name.partition(".")[0] not in ("arith", "math") or len(shapes) != 1:
        raise NotConvertible(
            f"letgrad does not know the sizes of the result, which is {op.results[0].type}"
        )
    (shape,) = shapes
    for result in op.results:
        sized = types.of_shape(shape, types.any_element(result.type))
        result._type = sized  # pyright: ignore[reportPrivateUsage]


def _or_zero(x: Any, like: Array) -> Array:
    """x, or a zero for a value that nothing reads."""
    return zero(like) if x is None else x


def zero(like: Array) -> Array:
    """Zeros of the kind of another array."""
    if like.is_index:
        return tracing.constant_index(0)
    return tracing.constant(like.dtype.type(0), like.dtype, like.shape)


def _type_of(x: Array) -> Any:
    return x.value.type


def array(x: Any) -> Array:
    """
    A number or an array of the program.

    Errors: `NotConvertible` for memory.
    """
    if isinstance(x, View):
        raise NotConvertible("the op uses memory in a way that letgrad cannot turn into values")
    assert isinstance(x, Array)
    return x
