"""
The conversion of a program: each op runs its rule on traced arrays and on views of memory, so that
the trace writes the program down in letgrad's dialects. Functions are inlined where the program
calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    MemRefType,
    TensorType,
    UnknownLoc,
    UnrankedMemRefType,
    VectorType,
)
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.traits import IsTerminator

from ...dialects import types
from ...dialects.upstream import arith_ops, math_ops
from ...dialects.walking import ops_in
from ...passes.rewriting.diagnostics import LetgradError
from .. import tracing
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array, Scope
from . import upstream_rules
from .cells import Memory, View
from .places import Places

DIALECTS = (
    "linalg", "tensor", "memref", "affine", "cf", "bufferization", "complex", "vector", "index",
)  # fmt: skip
"""The dialects whose ops the conversion replaces."""

LOOPS = (
    "scf.for", "scf.parallel", "scf.forall", "scf.while", "scf.index_switch",
    "scf.execute_region",
)  # fmt: skip

OTHERS = (*arith_ops.OPS, *math_ops.OPS)
"""Ops that letgrad has no rules for, and that the conversion writes by others."""

Graph = Callable[["Evaluator", Region, Sequence[Any], dict[SSAValue, Any]], list[Any]]


def is_foreign(op: Operation) -> bool:
    """Whether the conversion replaces an op."""
    name = upstream_rules.Source(op).name
    if name.partition(".")[0] in DIALECTS or name in LOOPS or isinstance(op, OTHERS):
        return True
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


class Evaluator:
    """Evaluates functions of a module on traced arrays and views of memory."""

    def __init__(self, functions: dict[str, func.FuncOp], globals: dict[str, Operation]):
        self.functions = functions
        self.globals = globals
        self.places = Places()
        self.memory = Memory(self.places)
        self.path: tuple[Operation, ...] = ()
        """The calls on the way to the ops that the conversion reads."""
        self.calling: list[func.FuncOp] = []
        self.nests: list[list[Array]] = []
        """The indices of the ops of `linalg` around the op that the conversion reads."""
        self.graph: Graph | None = None
        """Evaluates a region of several blocks."""

    # Functions, regions, ops.

    def call(
        self, function: func.FuncOp, xs: Sequence[Any], at: Operation | None = None
    ) -> list[Any]:
        """
        The results of a function. `at` is the op that calls it.

        Errors: `LetgradError` for a function without a body, and for one that calls itself.
        """
        name = function.sym_name.data
        if function in self.calling:
            raise LetgradError(f"@{name} calls itself", at or function)
        if not function.body.blocks:
            raise LetgradError(f"@{name} has no body", at or function)
        self.calling.append(function)
        path, self.path = self.path, (*self.path, *([] if at is None else [at]))
        try:
            return self.region(function.body, xs, {})
        finally:
            self.calling.pop()
            self.path = path

    def region(self, region: Region, xs: Sequence[Any], values: dict[SSAValue, Any]) -> list[Any]:
        """The operands of the op that ends a region, for these arguments."""
        if len(region.blocks) > 1:
            assert self.graph is not None
            return self.graph(self, region, xs, values)
        last = self.block(region.block, xs, values)
        return [] if last is None else [values[v] for v in last.operands]

    def block(
        self, block: Block, xs: Sequence[Any], values: dict[SSAValue, Any]
    ) -> Operation | None:
        """Evaluate the ops of a block. Returns its terminator."""
        values.update(zip(block.args, xs, strict=True))
        for op in block.ops:
            if op is block.last_op and _ends(op):
                return op
            self.operation(op, values)
        return None

    def operation(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        """Evaluate one op. Errors: `LetgradError` that names the op."""
        if not isinstance(op.location, UnknownLoc):
            with tracing.placed(op.location):
                self._operation(op, values)
        else:
            self._operation(op, values)

    def _operation(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        call = upstream_rules.Call(op, self, values)
        xs = [values[v] for v in op.operands]
        rule = upstream_rules.RULES.get(call.name)
        try:
            if rule is None:
                if is_foreign(op):
                    raise LetgradError(f"letgrad has no rule that converts {call.name}", op)
                self.copy(op, values)
                return
            given = upstream_rules.results(rule(call, *xs))
        except NotConvertible as error:
            raise LetgradError(f"{call.name}: {error}", op) from None
        except (LetgradError, RecursionError):
            raise
        except (TypeError, ValueError, ArithmeticError, LookupError, NotImplementedError) as error:
            raise LetgradError(f"{call.name}: {_said(error)}", op) from error
        for old, new in zip(op.results, given):
            if isinstance(new, Array) and new.value.name_hint is None:
                new.value.name_hint = old.name_hint
        values.update(zip(op.results, given, strict=True))

    def copy(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        """An op of another dialect stays as it is, on the new values."""
        inside = list(ops_in(op))
        mapped: dict[SSAValue, SSAValue] = {}
        for inner in inside:
            if inner is not op and is_foreign(inner):
                raise LetgradError(f"letgrad does not convert {inner.name} inside of {op.name}", op)
            for v in inner.operands:
                if v in values:
                    mapped[v] = tracing.use(array(values[v]))
        copy = op.clone(mapped)
        if any(is_dynamic(r.type) for r in copy.results):
            _fix_sizes(copy)
        for inner in ops_in(copy):
            for result in inner.results:
                if types.is_rank_zero(result.type):
                    result._type = types.element(result.type)  # pyright: ignore[reportPrivateUsage]
        tracing.add(copy)
        here = tracing.current()
        values.update(zip(op.results, [Array.of(r, here) for r in copy.results]))

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
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            if x is None or y is None:
                x = y = y if x is None else x
            if isinstance(x, Array) and isinstance(y, Array):
                joined.append(k)
            elif x != y:
                raise NotConvertible(
                    "the two branches give different memory, and letgrad must know which memory a "
                    "value names"
                )
            result.append(x)
        cells = [c for c, x in before.items() if left[c] is not x or right[c] is not x]
        if not joined and not cells:
            return result
        for scope, given, contents in ends:
            with tracing.within(scope):
                ends_with = [_or_zero(given[k], result[k]) for k in joined]
                ends_with += [contents[c] for c in cells]
                tracing.add(scf.YieldOp(*map(tracing.use, ends_with)))
        assert isinstance(mask, Array)
        kinds = [_type_of(result[k]) for k in joined] + [before[c].value.type for c in cells]
        yes_region, no_region = (Region(scope.block) for scope, _, _ in ends)
        op = scf.IfOp(tracing.use(mask), kinds, yes_region, no_region)
        made = [Array.of(r, outer) for r in tracing.add(op).results]
        for k, x in zip(joined, made):
            result[k] = x
        for cell, x in zip(cells, made[len(joined) :]):
            self.memory.contents[cell] = x
        return result

    def unknown(self, mask: Array) -> bool:
        return self.places.known(mask) is None


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


def _ends(op: Operation) -> bool:
    if op.has_trait(IsTerminator, value_if_unregistered=False):
        return True
    return op.name in ("scf.reduce", "scf.forall.in_parallel")


def _said(error: Exception) -> str:
    """The message of an error, without the place in Python that the trace puts in front."""
    text = " ".join(str(error).split())
    prefix = tracing.place()
    return text.removeprefix(prefix) if prefix else text or type(error).__name__
