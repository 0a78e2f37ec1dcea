"""
Rank 0 is the scalar: `tensor<f32>` becomes `f32` where letgrad's own passes need it.

Needs:   nothing.
Leaves:  no value of a rank-0 tensor type that an op of letgrad's, `arith` or `math` takes or gives.
Keeps:   the value. The types of other dialects' ops, and the signatures at their doors:
         declarations, functions that foreign ops name, and functions in which only foreign ops have
         rank-0 tensors.
Ends:    a constant number of walks over each function.

A value of a foreign op stays a tensor, and `tensor.extract %t[]` gives the scalar in it. Where a
foreign op takes a scalar of ours, `tensor.from_elements` gives it the tensor that it was written
for:

    %a = math.cos %x : tensor<f32>          →   %a = math.cos %x : f32
    %b = "other.op"(%a) : (tensor<f32>)…        %t = tensor.from_elements %a : tensor<f32>
                                                %b = "other.op"(%t) : (tensor<f32>)…
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FunctionType,
    ModuleOp,
    SymbolRefAttr,
    TensorType,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, ParametrizedAttribute, SSAValue
from xdsl.ir.core import Data
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import types
from ...dialects.walking import ops_in

OWN_DIALECTS = frozenset(("ten", "delta", "sharing", "kernel"))
"""Dialects whose ops take scalars, and no tensors of rank 0."""

ARITHMETIC = frozenset(("arith", "math"))
"""Dialects whose ops take scalars as well as tensors, and stand for letgrad's elementwise ops."""

CONTROL = frozenset(("scf", "cf"))
"""Dialects whose ops hand on values of any type."""

_FOREIGN = ("scf.forall", "scf.forall.in_parallel", "scf.in_parallel", "scf.parallel", "scf.reduce")


def is_bridge(op: Operation) -> bool:
    """Whether an op converts between a scalar and a tensor of rank 0, as this pass writes it."""
    return _is_element(op) or _is_tensor_of_one(op)


def takes_scalars(op: Operation) -> bool:
    """Whether an op takes and gives scalars where it could have tensors of rank 0."""
    return op.dialect_name() in OWN_DIALECTS | ARITHMETIC | CONTROL and op.name not in _FOREIGN


def _scalar(type: Attribute) -> Attribute:
    if isinstance(type, types.Term):
        return type.of(_scalar(type.value_type))
    if isinstance(type, TensorType) and types.is_rank_zero(type):
        return type.get_element_type()
    return type


def _has_rank_zero(value: SSAValue) -> bool:
    type = value.type
    return types.is_rank_zero(type.value_type if isinstance(type, types.Term) else type)


def _values(op: Operation) -> Iterator[SSAValue]:
    """The values that an op takes and gives, with the arguments of its blocks."""
    yield from op.operands
    yield from op.results
    for region in op.regions:
        for block in region.blocks:
            yield from block.args


def has_rank_zero(module: ModuleOp) -> bool:
    """Whether a module has a value of a rank-0 tensor type. The types of declarations stay."""
    return any(_has_rank_zero(x) for op in ops_in(module) for x in _values(op))


def wants_scalars(a_pass: ModulePass) -> bool:
    """
    Whether a pass takes scalars in place of rank-0 tensors. Passes of letgrad do, unless they say
    otherwise: a pass says so by its attribute `wants_scalars`.
    """
    stated = getattr(a_pass, "wants_scalars", None)
    if stated is not None:
        return stated
    return type(a_pass).__module__.partition(".")[0] == __name__.partition(".")[0]


def scalarize(module: ModuleOp, written_for_scalars: bool = False) -> None:
    """
    Turn rank-0 tensors into scalars, in place. With `written_for_scalars`, only functions change in
    which an op of letgrad's own dialects has a rank-0 tensor, because these ops do not take such
    tensors. If the program has no rank-0 tensor, nothing changes. The time is linear in the
    program.
    """
    if has_rank_zero(module):
        _Scalarizer(module, written_for_scalars).run()


class _Scalarizer:
    def __init__(self, module: ModuleOp, written_for_scalars: bool):
        self._functions = [op for op in ops_in(module) if isinstance(op, func.FuncOp)]
        named, needed = _named_elsewhere(module)
        self._bodies: list[func.FuncOp] = []
        self._signatures: set[tuple[Block | None, str]] = set()
        """The functions whose signatures change, by the block that they are in and their names."""
        for function in self._functions:
            name = function.sym_name.data
            if not function.body.blocks:
                continue
            ours = name in needed or _is_ours(function, written_for_scalars)
            if ours:
                self._bodies.append(function)
            if ours and name not in named:
                self._signatures.add((function.parent, name))

    def run(self) -> None:
        # Which ops are ours depends on signatures, which change only at the end.
        for function in self._functions:
            if function in self._bodies:
                self._body(function)
            elif function.body.blocks:
                self._calls(function)
        for function in self._functions:
            if self._changes(function):
                kind = function.function_type
                function.properties["function_type"] = FunctionType.from_lists(
                    [_scalar(t) for t in kind.inputs], [_scalar(t) for t in kind.outputs]
                )

    def _changes(self, function: func.FuncOp) -> bool:
        return (function.parent, function.sym_name.data) in self._signatures

    def _calls_scalars(self, call: func.CallOp, function: func.FuncOp) -> bool:
        """Whether a call in a function names a function whose signature changes."""
        return (function.parent, call.callee.string_value()) in self._signatures

    def _is_own(self, op: Operation, function: func.FuncOp) -> bool:
        """Whether an op takes and gives scalars from now on."""
        if isinstance(op, func.ReturnOp):
            return self._changes(function)
        if isinstance(op, func.CallOp):
            return self._calls_scalars(op, function)
        if isinstance(op, arith.ConstantOp):
            return isinstance(op.value, DenseIntOrFPElementsAttr)
        return takes_scalars(op)

    def _body(self, function: func.FuncOp) -> None:
        """Turn the values of our ops into scalars, and convert where values of both kinds meet."""
        ops = list(ops_in(function))[1:]
        own = {op for op in ops if self._is_own(op, function)}
        scalars: set[SSAValue] = set()
        if self._changes(function):
            scalars.update(x for x in function.body.blocks[0].args if _has_rank_zero(x))
        for block in list(function.body.blocks)[1:]:
            scalars.update(x for x in block.args if _has_rank_zero(x))
        for op in own:
            scalars.update(x for x in op.results if _has_rank_zero(x))
            for region in op.regions:
                for block in region.blocks:
                    scalars.update(x for x in block.args if _has_rank_zero(x))
        self._meet(ops, own, scalars)
        for value in scalars:
            value._type = _scalar(value.type)  # pyright: ignore[reportPrivateUsage]
        for op in own:
            if not isinstance(op, func.CallOp | func.ReturnOp):
                _convert_properties(op)

    def _calls(self, function: func.FuncOp) -> None:
        """Convert what calls in a function that stays as it is take and give."""
        given: dict[SSAValue, SSAValue] = {}
        for op in list(ops_in(function)):
            if isinstance(op, func.CallOp) and self._calls_scalars(op, function):
                scalars = {x: x.type for x in op.results if _has_rank_zero(x)}
                self._meet_operands(op, given, set())
                for value, tensor_type in scalars.items():
                    value._type = _scalar(tensor_type)  # pyright: ignore[reportPrivateUsage]
                    _as_tensor(value, tensor_type, InsertPoint.after(op), op, lambda use: True)

    def _meet(self, ops: list[Operation], own: set[Operation], scalars: set[SSAValue]) -> None:
        """Put conversions where our ops use tensors, and foreign ops use scalars."""
        given: dict[SSAValue, SSAValue] = {}
        """The scalars in tensors of foreign ops."""
        read: set[Operation] = set()
        for op in ops:
            if _is_element(op) and op.operands[0] in scalars:
                # %e = tensor.extract %x[]: %x is the scalar from now on.
                op.results[0].replace_all_uses_with(op.operands[0])
                Rewriter.erase_op(op)
                read.add(op)
        ops = [op for op in ops if op not in read]
        made = [op for op in ops if _is_tensor_of_one(op)]
        given.update((op.results[0], op.operands[0]) for op in made)
        for op in ops:
            if op in own:
                self._meet_operands(op, given, scalars)
            elif op not in made:
                for k, x in enumerate(op.operands):
                    if x in scalars:
                        _as_tensor(x, x.type, InsertPoint.before(op), op, _is_use(op, k))
        for op in made:
            if op.results[0].first_use is None:
                Rewriter.erase_op(op)

    def _meet_operands(
        self, op: Operation, given: dict[SSAValue, SSAValue], scalars: set[SSAValue]
    ) -> None:
        for k, x in enumerate(op.operands):
            if not _has_rank_zero(x) or x in scalars:
                continue
            if x not in given:
                given[x] = _element(x)
            op.operands[k] = given[x]


def _is_use(op: Operation, index: int) -> Callable[[object], bool]:
    return lambda use: use.operation is op and use.index == index  # type: ignore[attr-defined]


def _element(tensor: SSAValue) -> SSAValue:
    """A new `tensor.extract %t[]`, right after the definition of the tensor."""
    from xdsl.dialects.tensor import ExtractOp

    new = ExtractOp(tensor, [], _scalar(tensor.type))
    new.result.name_hint = tensor.name_hint
    if isinstance(tensor, BlockArgument):
        new.location = tensor.location
        Rewriter.insert_op(new, InsertPoint.at_start(tensor.block))
    else:
        assert isinstance(tensor.owner, Operation)
        new.location = tensor.owner.location
        Rewriter.insert_op(new, InsertPoint.after(tensor.owner))
    return new.result


def _as_tensor(
    scalar: SSAValue,
    type: Attribute,
    place: InsertPoint,
    at: Operation,
    where: Callable[[object], bool],
) -> None:
    """A new `tensor.from_elements` with the location of `at`, for these uses of a scalar."""
    from xdsl.dialects.tensor import FromElementsOp

    assert isinstance(type, TensorType)
    new = FromElementsOp.create(operands=[scalar], result_types=[type])
    new.results[0].name_hint = scalar.name_hint
    new.location = at.location
    Rewriter.insert_op(new, place)
    scalar.replace_uses_with_if(new.results[0], lambda use: use.operation is not new and where(use))


def _is_element(op: Operation) -> bool:
    """Whether an op is `tensor.extract %t[]`, of a tensor of rank 0."""
    return op.name == "tensor.extract" and len(op.operands) == 1


def _is_tensor_of_one(op: Operation) -> bool:
    """Whether an op is `tensor.from_elements`, and makes a tensor of rank 0."""
    return op.name == "tensor.from_elements" and _has_rank_zero(op.results[0])


def _is_ours(function: func.FuncOp, written_for_scalars: bool) -> bool:
    """
    Whether a function works on scalars: with ops of ours, or with ops that only hand on values if
    no foreign op takes or gives a rank-0 tensor there.
    """
    own = [op for op in ops_in(function) if op.dialect_name() in OWN_DIALECTS]
    if written_for_scalars:
        return any(_has_rank_zero(x) for op in own for x in _values(op))
    if own:
        return True
    foreign = False
    for op in list(ops_in(function))[1:]:
        if not any(map(_has_rank_zero, _values(op))):
            continue
        if isinstance(op, arith.ConstantOp) or is_bridge(op):
            continue
        dialect = op.dialect_name()
        if dialect in ARITHMETIC:
            return True
        foreign |= dialect not in CONTROL and not isinstance(op, func.ReturnOp)
    return not foreign


def _named_elsewhere(module: ModuleOp) -> tuple[set[str], set[str]]:
    """
    The functions that foreign ops name in their attributes, and those that ops of ours name. Calls
    do not count.
    """
    foreign: set[str] = set()
    own: set[str] = set()
    for op in ops_in(module):
        if isinstance(op, func.CallOp | func.FuncOp):
            continue
        into = own if op.dialect_name() in OWN_DIALECTS else foreign
        for attribute in (*op.properties.values(), *op.attributes.values()):
            into.update(_symbols(attribute))
    return foreign, own


def _symbols(attribute: Attribute) -> Iterator[str]:
    pending: list[object] = [attribute]
    while pending:
        part = pending.pop()
        if isinstance(part, SymbolRefAttr):
            yield part.root_reference.data
        elif isinstance(part, ParametrizedAttribute):
            pending.extend(part.parameters)
        elif isinstance(part, Data) and isinstance(part.data, tuple | list):
            pending.extend(part.data)
        elif isinstance(part, Data) and isinstance(part.data, dict):
            pending.extend(part.data.values())


def _convert_properties(op: Operation) -> None:
    for name, attribute in op.properties.items():
        if isinstance(attribute, DenseIntOrFPElementsAttr) and not attribute.get_shape():
            if types.is_element(attribute.get_element_type()):
                op.properties[name] = attribute.get_attrs()[0]
        elif isinstance(attribute, TensorType):
            op.properties[name] = _scalar(attribute)


class ScalarizePass(ModulePass):
    """Turns rank-0 tensors into scalars."""

    name = "ten-scalarize"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        scalarize(op)
