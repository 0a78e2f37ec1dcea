"""
Put the parts of values in place of values of other packages' types.

Needs:   a storage for each type (`stored_as`), and for each op on values of such a type a rule in
         the table `store`. Functions, calls, returns, loops, branches, blocks, `arith.select` and
         `unrealized_conversion_cast` need no rule.
Leaves:  no value of a type that has a storage.
Keeps:   the value: part by part what the rules say. An argument of such a type becomes as many
         arguments as it has parts, and so does a result.
Ends:    the pass visits each op once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.context import Context
from xdsl.dialects import arith, builtin, func, scf
from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, FunctionType, ModuleOp, i32
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import VerifyException

from ...dialects import delta, own_types, sharing, ten
from ...dialects.op_names import op_name
from ...dialects.own_types import is_stored
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.rule_tables import store

STRUCTURE = (
    func.FuncOp, func.ReturnOp, func.CallOp, scf.IfOp, scf.ForOp, scf.WhileOp, scf.YieldOp,
    scf.ConditionOp, scf.ExecuteRegionOp, scf.IndexSwitchOp, ten.ScanOp, ten.WhileOp, ten.YieldOp,
)  # fmt: skip
"""The ops that pass values on, whatever their types are."""

JUMPS = ("cf.br", "cf.cond_br")
"""The same, by name: most programs do not load this dialect."""

NAMES = (sharing.LetOp, sharing.ShareOp, delta.StopOp)
"""The ops that give their operand, part by part."""


class StoreOwnTypesPass(ModulePass):
    """
    Stores values of other packages' types as numbers and tensors.

    Example:

        >>> module = lg.trace(np.sin, 1.0)
        >>> StoreOwnTypesPass().apply(ctx, module)
        >>> show(module)
        sin = \\x -> sin x
    """

    name = "store-own-types"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        store_own_types(op)


def store_own_types(module: ModuleOp) -> None:
    """
    Store all values of a module whose types have a storage.

    Errors: `LetgradError` at an op on such values that has no rule.
    """
    if own_types.STORAGES and any(map(_has_own_types, ops_in(module))):
        Storing().region(module.body)


def _has_own_types(op: Operation) -> bool:
    values = [*op.operands, *op.results, *(a for r in op.regions for b in r.blocks for a in b.args)]
    if any(is_stored(x.type) for x in values):
        return True
    if not isinstance(op, func.FuncOp):
        return False
    return any(map(is_stored, (*op.function_type.inputs, *op.function_type.outputs)))


class Storing:
    """What the pass knows: the parts of each value."""

    def __init__(self) -> None:
        self.parts: dict[SSAValue, tuple[SSAValue, ...]] = {}

    def flat(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        return [part for x in values for part in self.parts.get(x, (x,))]

    def region(self, region: Region) -> None:
        old = []
        for block in region.blocks:
            for argument in list(block.args):
                if is_stored(argument.type):
                    kinds = _parts(argument.type, argument)
                    place = argument.index + 1
                    new = [block.insert_arg(t, place + k) for k, t in enumerate(kinds)]
                    for each in new:
                        each.location = argument.location
                    self._name(argument, new)
                    self.parts[argument] = tuple(new)
                    old.append(argument)
        gone = []
        for block in region.blocks:
            for op in list(block.ops):
                if self.op(op):
                    gone.append(op)
        for op in reversed(gone):
            op.detach()
            op.erase(safe_erase=False)
        for argument in reversed(old):
            argument.block.erase_arg(argument, safe_erase=False)

    def _name(self, old: SSAValue, new: Sequence[SSAValue]) -> None:
        for k, x in enumerate(new):
            if old.name_hint is not None and x.name_hint is None:
                x.name_hint = old.name_hint if len(new) == 1 else f"{old.name_hint}_{k}"

    def op(self, op: Operation) -> bool:
        """Convert one op. Returns whether other ops stand for it now."""
        is_own = _has_own_types(op)
        rule = store.find(type(op)) if is_own else None
        for region in op.regions if rule is None else ():
            self.region(region)
        if not is_own:
            return False
        if isinstance(op, builtin.UnrealizedConversionCastOp):
            self._cast(op)
        elif rule is not None:
            self._by_rule(op)
        elif isinstance(op, func.FuncOp):
            _change_function(op)
            return False
        elif isinstance(op, STRUCTURE) or op.name in JUMPS:
            self._flatten(op)
        elif isinstance(op, NAMES):
            self._each(op, lambda e, x: e(type(op).create(operands=[x], result_types=[x.type])))
        elif isinstance(op, arith.SelectOp):
            self._each(op, lambda e, a, b: e.select(op.cond, a, b), op.operands[1:])
        else:
            store.of(op)  # its error says which rule is missing
        return True

    def _cast(self, op: builtin.UnrealizedConversionCastOp) -> None:
        """unrealized_conversion_cast of a value to its parts, or of the parts to the value"""
        given = self.flat(op.operands)
        wanted = [t for r in op.results for t in _stored(r.type, op)]
        if [x.type for x in given] != wanted:
            raise LetgradError(
                f"the parts are {', '.join(str(x.type) for x in given)}, and the cast wants "
                f"{', '.join(map(str, wanted))}",
                op,
            )
        self._define(op, given)

    def _define(self, op: Operation, flat: Sequence[SSAValue]) -> None:
        """The parts of all results of an op, one after the other."""
        rest = list(flat)
        for result in op.results:
            if not is_stored(result.type):
                result.replace_all_uses_with(rest.pop(0))
                continue
            n = len(_parts(result.type, op))
            self.parts[result], rest = tuple(rest[:n]), rest[n:]
            self._name(result, self.parts[result])

    def _by_rule(self, op: Operation) -> None:
        e = Emitter.before(op).derived(op, f"store({op_name(op)})")
        operands = [self.parts.get(x, x) for x in op.operands]
        before = op.prev_op
        given = store.apply(op, *operands, e)
        made = op.prev_op
        while made is not None and made is not before:
            try:
                made.verify()
            except VerifyException as error:
                raise LetgradError(
                    f"{store.named(op)} makes a {op_name(made)} that does not verify: {error}", op
                ) from error
            made = made.prev_op
        count(f"store({op_name(op)})")
        if len(op.results) == 1 and is_stored(op.results[0].type):
            given = (given,)
        values = given if isinstance(given, tuple | list) else (given,)
        flat: list[Any] = []
        for x in values:
            flat += x if isinstance(x, tuple | list) else [x]
        wanted = [t for r in op.results for t in _stored(r.type, op)]
        self._define(op, store.checked(op, tuple(flat), wanted))

    def _each(self, op: Operation, make: Any, operands: Sequence[SSAValue] | None = None) -> None:
        """The same op on each part."""
        rows = [self.parts[x] for x in (op.operands if operands is None else operands)]
        e = Emitter.before(op)
        self._define(op, [make(e, *row) for row in zip(*rows)])

    def _flatten(self, op: Operation) -> None:
        """The same op, which takes and gives the parts."""
        properties = dict(op.properties)
        _segments(properties, "operandSegmentSizes", [len(self.flat([x])) for x in op.operands])
        kinds = [_stored(r.type, op) for r in op.results]
        _segments(properties, "resultSegmentSizes", [len(t) for t in kinds])
        regions = [op.detach_region(region) for region in list(op.regions)]
        new = type(op).create(
            operands=self.flat(op.operands),
            result_types=[t for ts in kinds for t in ts],
            properties=properties,
            attributes=dict(op.attributes),
            successors=list(op.successors),
            regions=regions,
        )
        new.location = op.location
        Rewriter.insert_op(new, InsertPoint.before(op))
        self._define(op, new.results)


def _parts(type: Attribute, at: Any) -> tuple[Attribute, ...]:
    try:
        return own_types.parts_of(type)
    except TypeError as error:
        raise LetgradError(str(error), at) from None


def _stored(type: Attribute, at: Any) -> tuple[Attribute, ...]:
    """The types of the parts, or the type itself if letgrad computes with it."""
    return _parts(type, at) if is_stored(type) else (type,)


def _segments(properties: dict[str, Attribute], name: str, counts: Sequence[int]) -> None:
    """Change the sizes of the segments, if value k becomes `counts[k]` values."""
    sizes = properties.get(name)
    if not isinstance(sizes, DenseArrayBase):
        return
    rest, new = list(counts), []
    for n in map(int, sizes.get_values()):
        new.append(sum(rest[:n]))
        rest = rest[n:]
    properties[name] = DenseArrayBase.from_list(i32, new)


def _change_function(op: func.FuncOp) -> None:
    """The type of a function whose body is converted, and the attributes of its arguments."""
    kind = op.function_type
    lists = [[part for t in ts for part in _stored(t, op)] for ts in (kind.inputs, kind.outputs)]
    op.function_type = FunctionType.from_lists(*lists)
    for name, ts in (("arg_attrs", kind.inputs), ("res_attrs", kind.outputs)):
        given = op.properties.get(name)
        if isinstance(given, ArrayAttr):
            op.properties[name] = ArrayAttr([a for a, t in zip(given, ts) for _ in _stored(t, op)])
