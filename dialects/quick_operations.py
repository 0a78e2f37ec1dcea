"""
Faster forms of the methods that make, copy and insert xDSL's ops, with the same results.

- An op whose constructor gives values, types and regions, or sequences of values for a variadic
  operand, is made without a list of each.
- An op takes its operands, results and regions without a call of Python for each part. Most ops
  have no successors, and no properties with defaults.
- `op.operands` makes its view once for an op. Passes read the operands of an op some fifteen times.
- A copy reads the lists of ops without generators inside of generators, and gives an op its
  operands once.
- An op without regions goes into a block without a look at all that is around the block.
- A value takes the place of another one without the views of operands in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import UNKNOWN_LOC
from xdsl.ir import Attribute, Block, Operation, OpResult, Region, SSAValue, Use
from xdsl.ir.core import OpOperands, SSAValues
from xdsl.irdl import IRDLOperation, OptionalDef, VariadicDef
from xdsl.irdl import operations as irdl_operations

from .walking import ops_in


def _set_operands(op: Operation, new: Sequence[SSAValue]) -> None:
    for operand, use in zip(op._operands, op._operand_uses):
        operand.remove_use(use)
    values = SSAValues(new)
    uses: list[Use] = []
    for index, value in enumerate(values):
        first = value.first_use
        use = Use(op, index, None, first)
        if first is not None:
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
    if operation.parent:
        raise ValueError("Can't add to a block an operation already attached to a block.")
    if operation.regions and operation.is_ancestor(self):
        raise ValueError("Can't add an operation to a block contained in the operation.")
    operation.parent = self


def _clone_without_regions(
    self: Operation,
    value_mapper: dict[SSAValue, SSAValue] | None = None,
    block_mapper: dict[Block, Block] | None = None,
    *,
    clone_name_hints: bool = True,
    clone_operands: bool = True,
) -> Operation:
    value_mapper = {} if value_mapper is None else value_mapper
    operands = ()
    if clone_operands:
        operands = [value_mapper.get(x, x) for x in self._operands]
    successors = self._successors
    if successors and block_mapper:
        successors = [block_mapper.get(block, block) for block in successors]
    cloned = self.create(
        operands=operands,
        result_types=[x.type for x in self.results],
        attributes=self.attributes,
        properties=self.properties,
        location=self.location,
        successors=successors,
        regions=[Region() for _ in self.regions],
    )
    for old, new in zip(self.results, cloned.results):
        value_mapper[old] = new
        if clone_name_hints and old._name is not None:
            new.name_hint = old._name
    return cloned


def _copy_operands(old: Any, new: Any, value_mapper: dict[SSAValue, SSAValue]) -> None:
    for a, b in zip(ops_in(old), ops_in(new), strict=True):
        if a._operands:
            _set_operands(b, [value_mapper.get(x, x) for x in a._operands])


def _clone(
    self: Operation,
    value_mapper: dict[SSAValue, SSAValue] | None = None,
    block_mapper: dict[Block, Block] | None = None,
    *,
    clone_name_hints: bool = True,
    clone_operands: bool = True,
) -> Operation:
    value_mapper = {} if value_mapper is None else value_mapper
    block_mapper = {} if block_mapper is None else block_mapper
    cloned = self.clone_without_regions(
        value_mapper, block_mapper, clone_name_hints=clone_name_hints, clone_operands=False
    )
    for mine, its in zip(self.regions, cloned.regions):
        mine.clone_into(
            its, 0, value_mapper, block_mapper,
            clone_name_hints=clone_name_hints, clone_operands=False,
        )  # fmt: skip
    if clone_operands:
        _copy_operands(self, cloned, value_mapper)
    return cloned


_cloned_into = Region.clone_into


def _clone_into(
    self: Region,
    dest: Region,
    insert_index: int | None = None,
    value_mapper: dict[SSAValue, SSAValue] | None = None,
    block_mapper: dict[Block, Block] | None = None,
    *,
    clone_name_hints: bool = True,
    clone_operands: bool = True,
) -> None:
    value_mapper = {} if value_mapper is None else value_mapper
    block_mapper = {} if block_mapper is None else block_mapper
    _cloned_into(
        self, dest, insert_index, value_mapper, block_mapper,
        clone_name_hints=clone_name_hints, clone_operands=False,
    )  # fmt: skip
    if clone_operands:
        for block in self.blocks:
            _copy_operands(block, block_mapper[block], value_mapper)


def _replace(kind: Any, name: str, method: Any) -> None:
    setattr(kind, name, method)


_replace(Operation, "operands", property(_operands, _set_operands))
_replace(Operation, "__init__", _init)
_replace(SSAValue, "replace_all_uses_with", _replace_all_uses)
_replace(IRDLOperation, "__post_init__", _fill_in_defaults)
_replace(irdl_operations, "irdl_build_arg_list", _build_arg_list)
_replace(irdl_operations, "irdl_op_init", _construct)
_replace(Block, "_attach_op", _attach)
_replace(Operation, "clone_without_regions", _clone_without_regions)
_replace(Operation, "clone", _clone)
_replace(Region, "clone_into", _clone_into)
for kind in (Block, Operation, Region):
    _replace(kind, "is_ancestor", _is_ancestor)
