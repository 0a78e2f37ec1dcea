"""
Faster forms of the methods that make, copy and insert xDSL's ops, with the same results.

- An op whose constructor gives values, types and regions, or sequences of values for a variadic
  operand, is made without a list of each.
- An op takes its operands, results and regions without a call of Python for each part. Most ops
  have no successors, and no properties with defaults.
- `op.operands` makes its view once for an op. Passes read the operands of an op some fifteen times.
- A copy reads the lists of ops without generators inside of generators, and gives an op its
  operands once, when all values have their copies.
- An op without regions goes into a block without a look at all that is around the block, and
  without a call for each of its neighbours.
- A value takes the place of another one without the views of operands in between.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from xdsl.builder import _current_builder
from xdsl.dialects.builtin import UNKNOWN_LOC
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue, Use
from xdsl.ir.core import IRWithName, OpOperands, SSAValues
from xdsl.irdl import IRDLOperation, OptionalDef, VariadicDef
from xdsl.irdl import operations as irdl_operations

from .op_kinds import last

_NO_VALUES: SSAValues[Any] = SSAValues(())


# The class has the values with which the other fields begin.
_new_use: Any = Use.__new__


def _set_operands(op: Operation, new: Sequence[SSAValue]) -> None:
    for operand, use in zip(op._operands, op._operand_uses):
        operand.remove_use(use)
    values = SSAValues(new)
    uses: list[Use] = []
    for value in values:
        use = _new_use(Use)
        use._operation, use._index = op, len(uses)
        if (first := value.first_use) is not None:
            use._next_use = first
            first._prev_use = use
        value.first_use = use
        uses.append(use)
    op._operands = values
    op._operand_uses = tuple(uses)


def _replace_all_uses(self: SSAValue, value: SSAValue) -> None:
    if value is self:
        return
    use, self.first_use = self.first_use, None
    while use is not None:
        after = use._next_use
        op = use._operation
        operands = list(op._operands)
        operands[use._index] = value
        op._operands = SSAValues(operands)
        first = value.first_use
        use._prev_use, use._next_use = None, first
        if first is not None:
            first._prev_use = use
        value.first_use = use
        use = after
    if value._name is None:
        value._name = self._name


def _operands(op: Operation) -> OpOperands:
    try:
        return op._letgrad_view  # type: ignore[attr-defined]
    except AttributeError:
        op._letgrad_view = view = OpOperands(op)  # type: ignore[attr-defined]
        return view


def _init(
    self: Operation,
    *,
    operands: Sequence[SSAValue] = (),
    result_types: Sequence[Attribute] = (),
    properties: Mapping[str, Attribute] = {},
    attributes: Mapping[str, Attribute] = {},
    location: Any = None,
    successors: Sequence[Block] = (),
    regions: Sequence[Region] = (),
) -> None:
    _set_operands(self, operands)
    self.results = SSAValues([OpResult(t, self, k) for k, t in enumerate(result_types)])
    self.properties = dict(properties)
    self.attributes = dict(attributes)
    self.location = UNKNOWN_LOC if location is None else location
    if successors:
        self.successors = list(successors)
    self.regions = ()
    for region in regions:
        self.add_region(region)
    self.__post_init__()


_Defaults = tuple[tuple[tuple[str, Attribute], ...], tuple[tuple[str, Attribute], ...]]

_defaults: dict[type[IRDLOperation], _Defaults] = {}
"""The properties and the attributes that ops of a class have if nobody gives them."""


def _find_defaults(kind: type[IRDLOperation]) -> _Defaults:
    definition = kind.get_irdl_definition()
    found = tuple(
        tuple(
            (name, d.default_value)
            for name, d in named.items()
            if not isinstance(d, OptionalDef) and d.default_value is not None
        )
        for named in (definition.properties, definition.attributes)
    )
    return _defaults.setdefault(kind, found)  # type: ignore[arg-type]


def _fill_in_defaults(self: IRDLOperation) -> None:
    kind = type(self)
    properties, attributes = _defaults.get(kind) or _find_defaults(kind)
    for name, value in properties:
        self.properties.setdefault(name, value)
    for name, value in attributes:
        self.attributes.setdefault(name, value)
    # xDSL's implicit builders put a function here, which inserts the op.
    if _current_builder.builder is not None:
        Operation.__post_init__(self)


_built = irdl_operations.irdl_build_arg_list


def _build_arg_list(
    construct: Any, args: Sequence[Any], arg_defs: Sequence[Any], error_prefix: str = ""
) -> Any:
    """One value for each definition needs no more checks."""
    if len(args) == len(arg_defs):
        for x in args:
            if not isinstance(x, (SSAValue, Attribute, Region)):
                break
        else:
            return list(args), [1] * len(args)
    return _built(construct, args, arg_defs, error_prefix)


_op_init = irdl_operations.irdl_op_init


def _plain_parts(parts: Sequence[Any], defs: Sequence[Any], kind: type) -> list[Any] | None:
    """The parts that a constructor gives, in one list; None if this needs more checks."""
    if len(parts) != len(defs):
        return None
    found: list[Any] = []
    for x, (_, definition) in zip(parts, defs):
        if isinstance(x, kind):
            found.append(x)
            continue
        given_many = isinstance(definition, VariadicDef) and not isinstance(definition, OptionalDef)
        if not given_many or not isinstance(x, list | tuple):
            return None
        for each in x:
            if not isinstance(each, kind):
                return None
        found.extend(x)
    return found


def _construct(
    self: IRDLOperation,
    op_def: Any,
    *,
    operands: Sequence[Any],
    result_types: Sequence[Any],
    properties: Mapping[str, Any],
    attributes: Mapping[str, Any],
    successors: Sequence[Any],
    regions: Sequence[Any],
) -> None:
    if not op_def.options and not op_def.successors and not successors:
        operands_found = _plain_parts(operands, op_def.operands, SSAValue)
        types_found = _plain_parts(result_types, op_def.results, Attribute)
        regions_found = _plain_parts(regions, op_def.regions, Region)
        if operands_found is not None and types_found is not None and regions_found is not None:
            _init(
                self,
                operands=operands_found,
                result_types=types_found,
                properties={name: x for name, x in properties.items() if x is not None},
                attributes={name: x for name, x in attributes.items() if x is not None},
                regions=regions_found,
            )
            return
    _op_init(
        self, op_def, operands=operands, result_types=result_types, properties=properties,
        attributes=attributes, successors=successors, regions=regions,
    )  # fmt: skip


def _is_ancestor(self: Any, op: Any) -> bool:
    while op is not None:
        if op is self:
            return True
        op = op.parent
    return False


def _attach(self: Block, operation: Operation) -> None:
    last.mark = None
    if operation.parent is not None:
        raise ValueError("Can't add to a block an operation already attached to a block.")
    if operation.regions and operation.is_ancestor(self):
        raise ValueError("Can't add an operation to a block contained in the operation.")
    operation.parent = self


_Values = dict[SSAValue, SSAValue]
_Blocks = dict[Block, Block]
_Pairs = list[tuple[Operation, Operation]]


_valid_name: Any = IRWithName.__dict__["extract_valid_name"].__func__


@functools.lru_cache(4096)
def _name_of(name: str, kind: type = SSAValue) -> str | None:
    """
    The name without a number at its end. Of `_0` nothing is left. xDSL calls that an empty name,
    which it refuses as soon as it copies the value. `kind` is for the text of errors.
    """
    return _valid_name(kind, name) or None


def _extract_valid_name(kind: type, name: str | None) -> str | None:
    return None if name is None else _name_of(name, kind)


def _copied(op: Operation, values: _Values, blocks: _Blocks, hints: bool) -> Operation:
    """A copy of an op without its operands and without what its regions have."""
    kind = op.__class__
    new = kind.__new__(kind)
    new._operands, new._operand_uses = _NO_VALUES, ()
    results: list[OpResult] = []
    for old in op.results:
        result = OpResult(old._type, new, len(results))
        if hints and old._name is not None:
            result._name = _name_of(old._name)
        values[old] = result
        results.append(result)
    new.results = SSAValues(results)
    new.properties = op.properties.copy()
    new.attributes = op.attributes.copy()
    new.location = op.location
    if op._successors:
        new.successors = [blocks.get(block, block) for block in op._successors]
    new.regions = ()
    for _ in op.regions:
        new.add_region(Region())
    new.__post_init__()
    return new


def _copied_whole(
    op: Operation, values: _Values, blocks: _Blocks, hints: bool, pairs: _Pairs
) -> Operation:
    """A copy of an op without operands. `pairs` gets the ops that have some, with their copies."""
    new = _copied(op, values, blocks, hints)
    if op._operands:
        pairs.append((op, new))
    for mine, its in zip(op.regions, new.regions):
        _copy_blocks(mine, its, 0, values, blocks, hints, pairs)
    return new


def _copy_blocks(
    region: Region, into: Region, index: int, values: _Values, blocks: _Blocks, hints: bool,
    pairs: _Pairs,
) -> None:  # fmt: skip
    # Ops can name blocks that are not copied yet.
    copies = [(block, Block()) for block in region.blocks]
    blocks.update(copies)
    into.insert_block([new for _, new in copies], index)
    for block, new in copies:
        args: list[BlockArgument] = []
        for old in block._args:
            arg = BlockArgument(old._type, new, len(args), old.location)
            if hints and old._name is not None:
                arg._name = _name_of(old._name)
            values[old] = arg
            args.append(arg)
        new._args = tuple(args)
        op = block._first_op
        while op is not None:
            new.add_op(_copied_whole(op, values, blocks, hints, pairs))
            op = op._next_op


def _copy_operands(pairs: _Pairs, values: _Values) -> None:
    for old, new in pairs:
        _set_operands(new, [values.get(x, x) for x in old._operands])


def _clone_without_regions(
    self: Operation,
    value_mapper: _Values | None = None,
    block_mapper: _Blocks | None = None,
    *,
    clone_name_hints: bool = True,
    clone_operands: bool = True,
) -> Operation:
    values = {} if value_mapper is None else value_mapper
    # An operand may be a result of the op itself, of which the copy has no other one yet.
    operands = [values.get(x, x) for x in self._operands] if clone_operands else ()
    cloned = _copied(self, values, block_mapper or {}, clone_name_hints)
    if operands:
        _set_operands(cloned, operands)
    return cloned


def _clone(
    self: Operation,
    value_mapper: _Values | None = None,
    block_mapper: _Blocks | None = None,
    *,
    clone_name_hints: bool = True,
    clone_operands: bool = True,
) -> Operation:
    values = {} if value_mapper is None else value_mapper
    blocks = {} if block_mapper is None else block_mapper
    pairs: _Pairs = []
    cloned = _copied_whole(self, values, blocks, clone_name_hints, pairs)
    if clone_operands:
        _copy_operands(pairs, values)
    return cloned


def _clone_into(
    self: Region,
    dest: Region,
    insert_index: int | None = None,
    value_mapper: _Values | None = None,
    block_mapper: _Blocks | None = None,
    *,
    clone_name_hints: bool = True,
    clone_operands: bool = True,
) -> None:
    assert dest is not self
    values = {} if value_mapper is None else value_mapper
    blocks = {} if block_mapper is None else block_mapper
    index = len(dest.blocks) if insert_index is None else insert_index
    pairs: _Pairs = []
    _copy_blocks(self, dest, index, values, blocks, clone_name_hints, pairs)
    if clone_operands:
        _copy_operands(pairs, values)


def _add_op(self: Block, operation: Operation) -> None:
    last = self._last_op
    _attach(self, operation)
    if last is None:
        self._first_op = operation
    else:
        last._next_op, operation._prev_op = operation, last
    self._last_op = operation


def _insert_op_before(self: Block, new_op: Operation, existing_op: Operation) -> None:
    if existing_op.parent is not self:
        raise ValueError("Can't insert operation before operation not in current block")
    _attach(self, new_op)
    before = existing_op._prev_op
    new_op._prev_op, new_op._next_op = before, existing_op
    existing_op._prev_op = new_op
    if before is None:
        self._first_op = new_op
    else:
        before._next_op = new_op


def _insert_op_after(self: Block, new_op: Operation, existing_op: Operation) -> None:
    if existing_op.parent is not self:
        raise ValueError("Can't insert operation after operation not in this block.")
    _attach(self, new_op)
    after = existing_op._next_op
    new_op._prev_op, new_op._next_op = existing_op, after
    existing_op._next_op = new_op
    if after is None:
        self._last_op = new_op
    else:
        after._prev_op = new_op


def _replace(kind: Any, name: str, method: Any) -> None:
    setattr(kind, name, method)


_replace(Operation, "operands", property(_operands, _set_operands))
_replace(Operation, "__init__", _init)
_replace(IRWithName, "extract_valid_name", classmethod(_extract_valid_name))
_replace(SSAValue, "replace_all_uses_with", _replace_all_uses)
_replace(IRDLOperation, "__post_init__", _fill_in_defaults)
_replace(irdl_operations, "irdl_build_arg_list", _build_arg_list)
_replace(irdl_operations, "irdl_op_init", _construct)
_replace(Block, "_attach_op", _attach)
_replace(Block, "add_op", _add_op)
_replace(Block, "insert_op_before", _insert_op_before)
_replace(Block, "insert_op_after", _insert_op_after)
_replace(Operation, "clone_without_regions", _clone_without_regions)
_replace(Operation, "clone", _clone)
_replace(Region, "clone_into", _clone_into)
for kind in (Block, Operation, Region):
    _replace(kind, "is_ancestor", _is_ancestor)
