"""
Faster forms of the methods of xDSL's classes that passes call most, with the same answers.

- `isinstance(x, C)`: xDSL's ops, values, attributes, blocks and regions are abstract base classes,
  for which Python calls a function of Python wherever C is not the very class of x. No class of
  the IR has registered (virtual) subclasses. So the check that `type` has, in C, is right.
- The hash of a value, an op, a block or a region: it is that of the object's identity, and
  `object` has it in C.
- `op.lhs`, a list of operands, and one item of `op.operands` and `op.results`: without the views in
  between.
- `x.type`, `x.owner`, `op.next_op` and their like give a field: C reads the field.
- The ops of a block come from a generator, and not from an iterator in Python.
- The hash of an attribute that has parts is computed once, and so are the numbers of an array.
  Attributes do not change. Attributes of a class without parts are all equal: C gives their hash.
- The checks of an attribute of a small class run once for all attributes that are equal: they ask
  for nothing but its parts.
- The blocks of a region come from a generator, too.
- A value that has no uses is erased without a value in its place.
- `SSAValue.get` of a value, without an import at each call.

Passes take a quarter of their time less with these.
"""

from __future__ import annotations

import functools
from abc import ABCMeta
from collections.abc import Iterator
from itertools import repeat
from operator import attrgetter
from typing import Any

from xdsl.dialects import arith, builtin
from xdsl.ir import (
    Attribute,
    Block,
    BlockArgument,
    BlockOps,
    Data,
    Dialect,
    Operation,
    OpResult,
    ParametrizedAttribute,
    Region,
    SSAValue,
)
from xdsl.ir.core import RegionBlocks, SSAValues
from xdsl.irdl import IRDLOperation
from xdsl.irdl import operations as irdl_operations
from xdsl.irdl.operations import (
    BeforeVariadicSingleAccessor,
    UniqueVariadicAccessor,
    VarIRConstruct,
)


class PlainChecks(ABCMeta):
    """Abstract base classes, without subclasses other than those that name them as a base."""

    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__


def make_plain(root: type) -> None:
    """
    Give plain checks to a class and to all of its subclasses. Subclasses that Python makes later
    get them from their base. Classes with another metaclass than `ABCMeta` stay as they are.
    """
    waiting = [root]
    while waiting:
        kind = waiting.pop()
        if type(kind) is ABCMeta:
            kind.__class__ = PlainChecks
        waiting += type.__subclasses__(kind)


_item = tuple.__getitem__
_OPERAND, _RESULT = VarIRConstruct.OPERAND, VarIRConstruct.RESULT
_REGION = VarIRConstruct.REGION


def _value_at(self: SSAValues[Any], index: Any) -> Any:
    """An item of values, or a slice of them, which has their class."""
    found = _item(self, index)
    return found if index.__class__ is int else _slice_or_item(found)


def _slice_or_item(found: Any) -> Any:
    return SSAValues(found) if found.__class__ is tuple else found


def _construct_at(self: BeforeVariadicSingleAccessor, op: Any, _: Any = None) -> Any:
    """The operand, result, region or successor of an op that has the accessor's place."""
    construct = self.construct
    if construct is _OPERAND:
        return _item(op._operands, self.idx)
    if construct is _RESULT:
        return _item(op.results, self.idx)
    if construct is _REGION:
        return op.regions[self.idx]
    return self.index(op.successors)


def _variadic_at(self: UniqueVariadicAccessor, op: Any, _: Any = None) -> Any:
    """The operands, results, regions or successors of an op that has one variadic list of them."""
    found = _constructs(op, self.construct)
    if found.__class__ is not SSAValues:
        return self.index(found)
    begin, more = self.idx, len(found) - self.num_defs + 1
    # All of them, most of the time.
    return found if more == len(found) else SSAValues(_item(found, slice(begin, begin + more)))


def _constructs(op: Operation, construct: VarIRConstruct) -> Any:
    """The operands, results, regions or successors, of which an accessor takes some."""
    if construct is _OPERAND:
        return op._operands
    if construct is _RESULT:
        return op.results
    return op.regions if construct is _REGION else op.successors


def _ops(self: BlockOps) -> Iterator[Operation]:
    return _from(self.block._first_op)


def _from(op: Operation | None) -> Iterator[Operation]:
    """An op and those after it. Whoever gets an op may erase it, or put it elsewhere."""
    while op is not None:
        after = op._next_op
        yield op
        op = after


def _blocks(self: RegionBlocks) -> Iterator[Block]:
    block = self._region._first_block
    while block is not None:
        after = block._next_block
        yield block
        block = after


def _result_types(self: Operation) -> tuple[Attribute, ...]:
    return tuple([x._type for x in self.results])


def _operand_types(self: Operation) -> tuple[Attribute, ...]:
    return tuple([x._type for x in self._operands])


_get = SSAValue.get


def _value_of(arg: Any, *, type: Any = Attribute) -> SSAValue:
    if type is Attribute and isinstance(arg, SSAValue):
        return arg
    return _get(arg, type=type)


_erase_value = SSAValue.erase


def _erase(self: SSAValue, safe_erase: bool = True) -> None:
    # Only uses need a value in the place of this one.
    if self.first_use is not None:
        _erase_value(self, safe_erase)


_OWN = "_letgrad_"
"""How the names begin of what is remembered of an attribute, beside its fields."""
_HASH = _OWN + "hash"


def _hash_once(kind: type) -> None:
    computed: Any = kind.__hash__

    def hash_of(self: Any) -> int:
        known = self.__dict__
        if _HASH not in known:
            known[_HASH] = computed(self)
        return known[_HASH]

    def state(self: Any) -> dict[str, Any]:
        """For `pickle`: the hash of a text is another one in each process."""
        return {name: x for name, x in self.__dict__.items() if not name.startswith(_OWN)}

    _replace(kind, "__hash__", hash_of)
    _replace(kind, "__getstate__", state)


def _hash_of_all(kind: type[Attribute]) -> None:
    """
    Let C give the hash of a class whose attributes are all equal. What gives it is no function, and
    so it is called without the attribute.
    """
    _replace(kind, "__hash__", repeat(hash(kind())).__next__)


_fields: dict[type[ParametrizedAttribute], tuple[tuple[str, Any], ...]] = {}
"""The names of the parts of a class, each with what makes such a part of a value of Python."""

_checked: set[tuple[Any, ...]] = set()
"""Classes with parts that passed the checks of the class."""
_MOST_CHECKED = 1 << 12


def _find_fields(kind: type[ParametrizedAttribute]) -> tuple[tuple[str, Any], ...]:
    parts = kind.get_irdl_definition().parameters
    return _fields.setdefault(kind, tuple((name, part.converter) for name, part in parts))


def _set_parts(self: ParametrizedAttribute, *parameters: Any) -> None:
    kind = self.__class__
    key: list[Any] = [kind]
    for (name, converter), part in zip(
        _fields.get(kind) or _find_fields(kind), parameters, strict=True
    ):
        if converter is not None:
            part = converter(part)
        _set(self, name, part)
        key.append(part)
    if kind not in _SMALL:
        self.__post_init__()
    elif (parts := tuple(key)) not in _checked:
        self.__post_init__()
        if len(_checked) >= _MOST_CHECKED:
            _checked.clear()
        _checked.add(parts)


_set = object.__setattr__


def _check(self: Attribute) -> None:
    self._verify()
    if not isinstance(self, (Data, ParametrizedAttribute)):
        raise TypeError("Attributes should only be Data or ParametrizedAttribute")


_VALUES = _OWN + "values"


def _numbers_once(kind: Any) -> None:
    unpacked = kind.get_values

    def get_values(self: Any) -> tuple[Any, ...]:
        known = self.__dict__
        if _VALUES not in known:
            known[_VALUES] = unpacked(self)
        return known[_VALUES]

    _replace(kind, "get_values", get_values)


_FIELDS = (
    (SSAValue, "type", "_type"),
    (OpResult, "owner", "op"),
    (BlockArgument, "owner", "block"),
    (Operation, "next_op", "_next_op"),
    (Operation, "prev_op", "_prev_op"),
    (Block, "first_op", "_first_op"),
    (Block, "last_op", "_last_op"),
    (Region, "first_block", "_first_block"),
    (Region, "last_block", "_last_block"),
)
"""Classes, their properties, and the field that each property gives."""

_WITH_PARTS = (
    builtin.AffineMapAttr, builtin.ArrayAttr, builtin.DenseArrayBase,
    builtin.DenseIntOrFPElementsAttr, builtin.DictionaryAttr, builtin.FileLineColLoc,
    builtin.FloatAttr, builtin.FunctionType, builtin.FusedLoc, builtin.IntegerAttr,
    builtin.IntegerType, builtin.NameLoc, builtin.SymbolRefAttr, builtin.TensorType,
    arith.FastMathFlagsAttr, arith.IntegerOverflowAttr,
)  # fmt: skip

_SMALL: frozenset[type[ParametrizedAttribute]] = frozenset((
    builtin.FunctionType, builtin.IntegerAttr, builtin.IntegerType, builtin.NameLoc,
    builtin.SymbolRefAttr, builtin.TensorType,
))  # fmt: skip
"""Classes whose parts are small, and have a hash that is soon computed."""

_WITHOUT_PARTS = (
    builtin.BFloat16Type, builtin.Float16Type, builtin.Float32Type, builtin.Float64Type,
    builtin.IndexType, builtin.NoneAttr, builtin.UnitAttr, builtin.UnknownLoc,
)  # fmt: skip


def _replace(kind: type, name: str, method: Any) -> None:
    setattr(kind, name, method)


for root in (Attribute, Block, Operation, Region, SSAValue):
    make_plain(root)
for kind in (Block, IRDLOperation, Operation, Region, SSAValue):
    _replace(kind, "__hash__", object.__hash__)
_replace(SSAValues, "__getitem__", _value_at)
_replace(BeforeVariadicSingleAccessor, "__get__", _construct_at)
_replace(UniqueVariadicAccessor, "__get__", _variadic_at)
setattr(irdl_operations, "get_op_constructs", _constructs)  # noqa: B010
for kind, name, where in _FIELDS:
    _replace(kind, name, property(attrgetter(where)))
_replace(Operation, "result_types", property(_result_types))
_replace(Operation, "operand_types", property(_operand_types))
_replace(BlockOps, "__iter__", _ops)
_replace(RegionBlocks, "__iter__", _blocks)
_replace(SSAValue, "get", staticmethod(_value_of))
_replace(ParametrizedAttribute, "__init__", _set_parts)
_replace(Attribute, "__post_init__", _check)
_replace(SSAValue, "erase", _erase)
_replace(Dialect, "split_name", staticmethod(functools.cache(Dialect.split_name)))
for kind in _WITH_PARTS:
    _hash_once(kind)
for kind in _WITHOUT_PARTS:
    _hash_of_all(kind)
_numbers_once(builtin.DenseArrayBase)
