"""
Make functions of the bodies of loops and conditionals: `outline-regions`.

Needs:   functions of one block.
Leaves:  in each region of `ten.scan`, `scf.for` and `scf.if` that gives arrays, and in the bodies
         of `ten.while`, one call of a function. The condition of a `ten.while` is a carried value.
         The function takes the arguments of the region and the values that the region used from
         outside. Each of its results is neither an argument nor another result. An argument of
         integers has the attribute `letgrad.bounds`, if the pass knows bounds of them.
Keeps:   the value, bit for bit.
Ends:    the pass takes each region once, outer regions first.

A backend then compiles a region once, as it compiles functions, and runs it at each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds, may_have
from ...dialects.op_names import op_name
from ...dialects.walking import all_ops, ops_in
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from ...passes.rewriting.functions import functions
from ...passes.rewriting.scopes import rename
from ...passes.sharing.rotate import rotate
from ...passes.sharing.shared_terms import drop_broken_stamps
from ...passes.simplify.index_maps.bounds import note_bounds

LOOPS = ten.ScanOp, ten.WhileOp, scf.ForOp
KINDS = {ten.ScanOp: "scan", ten.WhileOp: "while", scf.ForOp: "for", scf.IfOp: "if"}


@dataclass(frozen=True)
class OutlinePass(ModulePass):
    """
    Makes functions of the regions of loops and conditionals.

    Example:

        >>> module = lg.trace(lambda x: lg.scan(lambda c, v: (c + v, c), 0.0, x)[1], lg.spec(3))
        >>> OutlinePass().apply(ctx, module)
        >>> len(functions_by_name(module))
        2
    """

    name = "outline-regions"
    seeks: ClassVar[Kinds] = tuple(KINDS)

    distinct: bool = True
    """
    Whether each result of a function is another value, for backends whose functions write each
    result to memory of its own. Otherwise a region may give one result of its call several times.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        names = {f.sym_name.data for f in functions(op)}
        pending = [f for f in functions(op) if len(f.body.blocks) == 1]
        while pending:
            function = pending.pop()
            # The condition of a turn is a part of the body of the turn before it.
            for inner in list(function.body.block.ops):
                if isinstance(inner, ten.WhileOp) and is_of_arrays(inner.body):
                    rotate(inner)
            for inner in list(function.body.block.ops):
                if (kind := KINDS.get(type(inner))) is None:
                    continue
                regions = [inner.body] if isinstance(inner, ten.WhileOp) else inner.regions
                for region in regions:
                    if region.blocks and is_of_arrays(region):
                        base = name = f"{function.sym_name.data}_{kind}"
                        k = 0
                        while name in names:
                            k += 1
                            name = f"{base}{k}"
                        names.add(name)
                        new = outline(inner, region, name, self.distinct)
                        op.body.block.add_op(new)
                        pending.append(new)
                        count(f"outline({op_name(inner)})")
        drop_broken_stamps(op, self.name)


def is_of_arrays(region: Region) -> bool:
    """Whether a region gives arrays. No op of letgrad can copy a memref, for example."""
    last = region.block.last_op
    assert last is not None
    return all(types.is_element(types.element(x.type)) for x in last.operands)


MOST_COPIED = 1 << 13
"""Elements of a table that each function copies."""


def is_constant(value: SSAValue) -> bool:
    """Whether a value is a constant, or one repeated, which the function copies."""
    op = value.owner
    x = op.x if isinstance(op, ten.BroadcastOp) else value
    return types.is_constant(x) and not is_large(x.owner)


def is_large(op: Operation | Block) -> bool:
    """
    Whether an op is a constant with many different elements. A function takes it as an argument,
    and so machine code needs no table of its own.
    """
    return (
        isinstance(op, arith.ConstantOp)
        and types.size(op.result.type) > MOST_COPIED
        and types.constant_value(op.result) is None
    )


def outline(holder: Operation, region: Region, name: str, distinct: bool = True) -> func.FuncOp:
    """A function with the ops of a region of `holder`, which then calls it."""
    block = region.block
    for op in list(block.ops):
        if is_large(op):
            op.detach()
            Rewriter.insert_op(op, InsertPoint.before(holder))
    captured = captured_by(block)
    passed = [x for x in captured if not is_constant(x)]
    # The function does not see where the counters of the loop come from.
    bounds = note_bounds([*block.args, *passed])
    region.detach_block(block)

    arguments = [arg.type for arg in block.args]
    first = block.first_op
    assert first is not None
    e = Emitter.before(first)
    mapping: dict[SSAValue, SSAValue] = {}
    for x in captured:
        if is_constant(x):
            owner = x.owner
            assert isinstance(owner, Operation)
            inner = {y: e(y.owner.clone()) for y in owner.operands}  # type: ignore[union-attr]
            mapping[x] = e(owner.clone(inner))
        else:
            mapping[x] = block.insert_arg(x.type, len(block.args))
            mapping[x].name_hint = x.name_hint
    for op in block.ops:
        rename(op, mapping)
    last = block.last_op
    assert last is not None
    e = Emitter.before(last)
    results: list[SSAValue] = []
    places: list[int] = []
    """For each value that the region gives, the result of the function."""
    for x in last.operands:
        if x in results and not distinct:
            places.append(results.index(x))
            continue
        if isinstance(x, BlockArgument) or x in results or isinstance(x.owner, arith.ConstantOp):
            x = e(ten.ReshapeOp(x, types.shape(x.type)))
        places.append(len(results))
        results.append(x)
    Rewriter.replace_op(last, new_last := func.ReturnOp(*results))
    new_last.location = holder.location
    given = [x.type for x in results]
    function = func.FuncOp(
        name,
        ([arg.type for arg in block.args], given),
        Region(block),
        "private",
        arg_attrs=bounds,
    )
    function.location = holder.location

    body = Block(arg_types=arguments)
    for mine, arg in zip(body.args, block.args):
        mine.name_hint = arg.name_hint
    region.add_block(body)
    call = func.CallOp(name, [*body.args, *passed], given)
    call.location = holder.location
    loops = ten.ScanOp | ten.WhileOp
    end = (ten.YieldOp if isinstance(holder, loops) else scf.YieldOp)(
        *(call.results[k] for k in places)
    )
    end.location = holder.location
    body.add_ops([call, end])
    return function


def captured_by(block: Block) -> list[SSAValue]:
    """The values from outside that the ops of a block use, each once."""
    # By identity: xDSL's hash of a value is a function of Python.
    inside = {*map(id, block.args)}
    used: dict[int, SSAValue] = {}
    for op in ops_in(block):
        for x in op._operands:
            used[id(x)] = x
        inside.update(map(id, op.results))
        for region in op.regions:
            for inner in region.blocks:
                inside.update(map(id, inner.args))
    return [x for at, x in used.items() if at not in inside]


def carried_by_loops(module: ModuleOp) -> dict[str, dict[int, int]]:
    """
    For each function that is the body of loops, and that nothing else calls, the results that all
    of them carry to the next step, and the arguments that they are there.
    """
    found: dict[str, dict[int, int]] = {}
    if not may_have(module, LOOPS):
        return found
    loops: dict[str, int] = {}
    named: dict[str, int] = {}
    for op in all_ops(module):
        for attributes in (op.attributes, op.properties):
            for attribute in attributes.values() if attributes else ():
                if attribute.__class__ is SymbolRefAttr:
                    assert isinstance(attribute, SymbolRefAttr)
                    name = attribute.string_value()
                    named[name] = named.get(name, 0) + 1
        if op.regions and isinstance(op, LOOPS):
            call = op.body.block.first_op
            if isinstance(call, func.CallOp) and call.next_op is op.body.block.last_op:
                first = 1 if isinstance(op, scf.ForOp) else 0
                n = len(op.iter_args if isinstance(op, scf.ForOp) else op.inits)
                name = call.callee.string_value()
                pairs = {k: first + k for k in range(n)}
                # Loops of one body may carry more or fewer of its results.
                known = found.get(name, pairs)
                found[name] = {k: j for k, j in pairs.items() if known.get(k) == j}
                loops[name] = loops.get(name, 0) + 1
    return {name: pairs for name, pairs in found.items() if named[name] == loops[name]}
