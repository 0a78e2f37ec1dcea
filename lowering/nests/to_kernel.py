"""
Turn tensor ops into loop nests: `convert-ten-to-kernel`.

Needs:   no `ten.build` or delta terms; lets on the values to store (`sharing-materialize`). The
         pass drops stamps; `sharing-recover` uses them.
Leaves:  `kernel.generic` for all that has elements, `kernel.scatter`, and the ops that a library
         runs: einsum, scans, loops, conditionals, and everything without an element rule.
Keeps:   the value, up to the order of sums.
Ends:    the pass puts each value into one nest; if a nest needs an element twice, it computes the
         element once.

The pass stores values that a let names, results of the function, values that a library op reads or
gives, and results of reductions. Nests compute every other value where they read it, or load it
from an array that an update wrote it into, if they read this array anyway. Values over the same
indices share a nest if neither waits for the other. Each stored value has a level, one
more than the levels of the stored values that its nest reads. A nest computes all values of one
level and one iteration space.

A loop carries an array that its steps update in places. The pass stores such an array after each
update, by a nest that has only this result and the attribute `update`, and before it the new
elements. So the nest may write over the array (`kernel-plan-buffers`), and the machine then runs
only the turns that change an element. Several updates after each other outside of a loop are
written so too, if one nest would choose between too many new elements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, prod
from typing import ClassVar, Literal

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    LocationAttr,
    ModuleOp,
    SymbolRefAttr,
    UnitAttr,
)
from xdsl.ir import Block, Operation, OpResult, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import kernel, sharing, ten, types
from ...dialects.op_names import op_name
from ...dialects.types import ints, shape
from ...dialects.walking import all_ops, captured
from ...passes.rewriting import costs, effects, locations, remarks
from ...passes.rewriting.driver import count, keeping_facts
from ...passes.rewriting.functions import functions
from ...passes.rewriting.levels import Level
from ...passes.rewriting.rule_tables import element
from ...passes.sharing.shared_terms import drop_stamps
from .body_builder import BodyBuilder, Box, is_elementwise
from .element import is_scalar_op, region_values
from .outline import carried_by_loops

LONGEST = 2_000
"""Ops that one nest computes for one value, at most. The pass stores longer chains in between."""

MOVE = 20
"""
An op that reads at other indices counts as this many ops, because the builder finds its elements by
recursion.
"""

MOST_UPDATES = 4
"""Updates after each other, from which each writes over the array that the one before it stored."""

FEW_ELEMENTS, MANY_PLACES = 8, 64
"""
If a scatter adds rows of fewer elements than this, its innermost loop is the one over the places.
For fewer places than this, one more nest does not pay.
"""

UPDATE = "update"
"""The attribute of a nest that stores an array with a part of it changed."""

MOST_PLACES, MOST_VIEWED = 16, 64
"""
One nest computes a value at this many places, at most. If a nest needs the value at more places,
the pass stores it. Ops that only move data cost less. Without a bound, x ← gather(x) + gather(x),
repeated, would be exponential.
"""


@dataclass(frozen=True)
class ConvertTenToKernelPass(ModulePass):
    """
    Fuses tensor ops into loop nests.

    Example:

        >>> module = lg.trace(lambda x: np.sin(x) * x, lg.spec(3))
        >>> run_passes(ctx, module, [MaterializePass(), ConvertTenToKernelPass()])
        >>> [op.name for op in find_function(module, "lambda").body.block.ops]
        ['kernel.generic', 'func.return']
    """

    name = "convert-ten-to-kernel"
    needs: ClassVar[Level] = Level.DERIVED
    duplicates: ClassVar[bool] = True
    """
    Each nest that reads a value without a let computes it: `sharing-materialize` chose this. So the
    law of sharing does not apply.
    """

    store_scattered: bool = False
    """
    Whether to store an array with functions like sin before a scatter adds its elements. A machine
    with vectors computes such an array by vectors, and no loop that scatters is one of vectors.
    """
    views: bool = False
    """
    Whether the result of a function may be another view of a stored array: then a reshape of what a
    nest computes stays, if only the function returns it, and the nest keeps its loops.
    """
    later: bool = False
    """
    Whether a reduction runs in a later nest that reads its arrays anyway. A machine whose nests are
    bound by memory reads less; others have fewer loops to run beside each other.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        drop_stamps(op, self.name)
        carried = carried_by_loops(op)
        called = _called(op) if self.views else set[str]()
        for function in functions(op):
            if len(function.body.blocks) == 1:
                name = function.sym_name.data
                views = self.views and name not in called
                convert(function, carried.get(name, {}), self.store_scattered, views, self.later)


def _called(module: ModuleOp) -> set[str]:
    """The names of the functions that ops of a module refer to."""
    return {
        attribute.string_value()
        for op in module.walk()
        for attribute in op.properties.values()
        if isinstance(attribute, SymbolRefAttr)
    }


def has_elements(op: Operation) -> bool:
    """Whether nests that read the op's result compute it element by element."""
    if len(op.results) != 1 or types.is_rank_zero(op.results[0].type):
        return False  # a tensor of rank 0 is a value of other dialects' ops; nests have scalars
    if not _is_own(op):
        return False
    if isinstance(op, arith.ConstantOp):
        return types.constant_value(op.result) is not None
    if isinstance(op, ten.GatherOp):
        return all(is_scalar_op(inner) for inner in op.block.ops)
    if op.regions or isinstance(op, arith.BitcastOp):
        return False
    return is_elementwise(op) or element.find(type(op)) is not None


def _is_own(op: Operation) -> bool:
    """Whether all values of an op are real numbers. Ops on vectors stay as they are."""
    values = (*op._operands, *op.results)
    for x in values:
        if types.is_complex(types.element(x.type)):
            return False
    if not op.name.startswith(("arith.", "math.")):
        return True
    return all([types.is_number(x.type) for x in values])


def _is_short(x: SSAValue) -> bool:
    """Whether sums of such floats are taken in float32, as `ten-decompose` writes it."""
    return isinstance(types.element(x.type), BFloat16Type | Float16Type)


def is_scatter(op: Operation) -> bool:
    """Whether an op is a nest that sums into computed places."""
    return (
        isinstance(op, ten.ScatterOp)
        and not _is_short(op.t)
        and all(is_scalar_op(inner) for inner in op.block.ops)
    )


def is_reduction(op: Operation) -> bool:
    """Whether an op is a combiner over loops."""
    if isinstance(op, ten.SumOp):
        return not _is_short(op.x)
    return isinstance(op, ten.ReduceOp) and not (op.kind.data == "prod" and _is_short(op.x))


Role = Literal["reduction", "scatter", "elements", "library"]


def role_of(op: Operation) -> Role:
    """
    What nests do with an op: sum over loops, sum into places, compute each element, or leave the op
    to a library.
    """
    if is_reduction(op):
        return "reduction"
    if is_scatter(op):
        return "scatter"
    return "elements" if has_elements(op) else "library"


@dataclass
class Output:
    """
    A stored value of a nest: an element of `value` at all loops, or a combination of `value` over
    some.
    """

    result: SSAValue
    value: SSAValue
    combiner: str
    dims: tuple[int, ...]


@dataclass
class Plan:
    """The stored values of a block, and the level at which each is complete."""

    block: Block
    views: set[Operation] = field(default_factory=set)
    """Reshapes of stored values, which only the function returns."""
    alias: dict[SSAValue, SSAValue] = field(default_factory=dict)
    """Lets, by the values that they name."""
    stored: dict[SSAValue, str] = field(default_factory=dict)
    """The stored values, each with the reason."""
    begins: dict[SSAValue, int] = field(default_factory=dict)
    """The level of the nest over its own indices that computes a value."""
    elsewhere: dict[SSAValue, int] = field(default_factory=dict)
    """
    The level at which a nest can compute a value that is not stored at other indices: all values
    that it reads are then stored.
    """
    ready: dict[SSAValue, int] = field(default_factory=dict)
    """The first level at which a nest can read a stored value."""
    nests: dict[tuple[int, tuple[int, ...]], list[Output]] = field(default_factory=dict)
    scatters: dict[int, list[ten.ScatterOp]] = field(default_factory=dict)
    """Nests, by the level at which they run: after the library ops of that level."""
    updates: dict[SSAValue, int] = field(default_factory=dict)
    """Arrays that an update stores by a nest of its own, with the level at which this nest runs."""
    hosts: dict[int, list[Operation]] = field(default_factory=dict)
    """Library ops, by the level at which they run: before the nests of that level."""
    acted: int = 0
    """The level of the last op that may have effects."""
    roles: dict[Operation, Role] = field(default_factory=dict)
    """What the nests do with each op of the block."""
    reads: dict[Operation, list[SSAValue]] = field(default_factory=dict)
    """The values that an op reads, itself or in its regions."""
    has_updates: bool = False
    """Whether the block updates an array."""

    def store(self, value: SSAValue, why: str) -> None:
        self.stored.setdefault(self.of(value), why)

    def role(self, op: Operation) -> Role:
        found = self.roles.get(op)
        if found is None:
            found = self.roles[op] = role_of(op)
        return found

    def captured(self, op: Operation) -> Sequence[SSAValue]:
        if not op.regions:
            return op._operands
        found = self.reads.get(op)
        if found is None:
            found = self.reads[op] = captured(op)
        return found

    def of(self, value: SSAValue) -> SSAValue:
        while value in self.alias:
            value = self.alias[value]
        return value


def plan(
    block: Block,
    carried: Mapping[int, int] | None = None,
    store_scattered: bool = False,
    views: bool = False,
    later: bool = False,
) -> Plan:
    """
    Decide which values to store, and put them into nests. `carried` are the results of the block
    that a loop carries, and the arguments that they are in the next step. For the other options see
    the pass.
    """
    p = Plan(block, {op for op in block.ops if views and _is_view(op)})
    p.has_updates = any(isinstance(op, ten.UpdateOp) for op in block.ops)
    length: dict[SSAValue, int] = {}
    last = block.last_op
    assert last is not None
    for op in block.ops:
        if isinstance(op, sharing.LetOp):
            p.alias[op.result] = op.x
            p.store(op.x, "a let names it")
        elif op is last:
            for x in op.operands:
                p.store(x, "it is a result of the function")
        elif p.role(op) in ("reduction", "scatter"):
            p.store(op.results[0], "it is whole only after all loops that sum into it")
        elif op in p.views:
            p.store(op.operands[0], "the function returns it in another shape")
        elif p.role(op) == "library":
            for x in (*op.results, *p.captured(op)):
                p.store(x, f"{op_name(op)}, which a library runs, makes or reads it")
        else:
            own = 1 if is_elementwise(op) else MOVE
            longest = max([length.get(p.of(x), 0) for x in op._operands], default=0)
            length[op.results[0]] = own + longest
            if length[op.results[0]] >= LONGEST and not types.is_constant(op.results[0]):
                p.store(op.results[0], f"what it is made of are {LONGEST} ops")
                length[op.results[0]] = 0
    _store_updates(p, carried or {})
    if store_scattered:
        _store_scattered(p)
    _bound_places(p)
    for op in block.ops:
        if isinstance(op, sharing.LetOp) or op is last:
            continue
        if p.role(op) == "reduction":
            _place_reduction(p, op)
        elif p.role(op) == "scatter":
            assert isinstance(op, ten.ScatterOp)
            # A nest may ask for any place, so the whole stored value has to be there.
            level = max([_begins(p, x, None) for x in p.captured(op)], default=0)
            p.scatters.setdefault(level, []).append(op)
            p.ready[op.result] = level + 1
        elif op in p.views:
            continue
        elif p.role(op) == "library":
            level = max([p.ready.get(p.of(x), 0) for x in p.captured(op)], default=0)
            # Effects stay in order, those of other dialects' ops and of unknown ops.
            if not effects.is_side_effect_free(op):
                level = p.acted = max(level, p.acted)
            p.hosts.setdefault(level, []).append(op)
            p.ready.update(dict.fromkeys(op.results, level))
        else:
            _place(p, op)
    if later:
        _sink_reductions(p)
    if p.views:
        # Nothing waits for them.
        end = max(p.ready.values(), default=0)
        p.hosts.setdefault(end, []).extend(op for op in block.ops if op in p.views)
    return p


def _sink_reductions(p: Plan) -> None:
    """
    generic { … %x … yield %x, %c }, generic { … %x … %c … yield %p }
    →
    generic { … %x … yield %x }, generic { … %x … %c … yield %p, %c }

    The first nest reads one array less.
    Requires: the later nest has the same loops, reads the arrays of the reduction anyway, and runs
    before anything needs the reduction.
    """
    levels: dict[tuple[int, ...], list[int]] = {}
    for level, space in sorted(p.nests):
        levels.setdefault(space, []).append(level)
    levels = {space: found for space, found in levels.items() if len(found) > 1}
    if not any(o.combiner != "store" for (_, s), x in p.nests.items() if s in levels for o in x):
        return
    needed = _needed_at(p)
    for space, found in levels.items():
        nests = [p.nests[level, space] for level in found]
        reads = {id(o): _arrays(p, [o], nest) for nest in nests for o in nest}
        counts = [Counter(x for o in nest for x in reads[id(o)]) for nest in nests]
        for k, nest in enumerate(nests[:-1]):
            for o in [o for o in nest if o.combiner != "store"]:
                mine = reads[id(o)]
                if all(counts[k][x] > 1 for x in mine):
                    continue
                for later in range(k + 1, len(found)):
                    if found[later] >= needed.get(o.result, inf):
                        break
                    if all(counts[later][x] for x in mine):
                        nest.remove(o)
                        nests[later].append(o)
                        counts[k].subtract(mine)
                        counts[later].update(mine)
                        p.ready[o.result] = found[later] + 1
                        break
            if not nest:
                del p.nests[found[k], space]


def _arrays(p: Plan, outputs: Sequence[Output], nest: Sequence[Output]) -> set[SSAValue]:
    """The arrays and numbers in memory that a nest reads for some of its outputs."""
    made = {p.of(x.result) for x in nest if x.combiner == "store"}
    found: set[SSAValue] = set()
    pending = [p.of(o.value) for o in outputs]
    seen = {*pending}
    while pending:
        x = pending.pop()
        op = x.owner
        if not isinstance(op, Operation) or (x in p.stored and x not in made):
            found.add(x)
        elif not types.is_constant(x):
            new = {p.of(y) for y in p.captured(op)} - seen
            seen |= new
            pending += new
    return found


def _needed_at(p: Plan) -> dict[SSAValue, int]:
    """The first level at which something reads a stored value."""
    reads = [(level, x, x) for (level, _), x in p.nests.items()]
    others: list[tuple[int, Sequence[Operation]]] = [*p.hosts.items(), *p.scatters.items()]
    others += [(level, [x.op]) for x, level in p.updates.items() if isinstance(x, OpResult)]
    for level, ops in others:
        reads.append((level, [Output(x, x, "", ()) for op in ops for x in p.captured(op)], []))
    needed: dict[SSAValue, int] = {}
    for level, outputs, nest in reads:
        for x in _arrays(p, outputs, nest):
            needed[x] = min(level, needed.get(x, level))
    return needed


def _is_view(op: Operation) -> bool:
    """Whether an op gives the array that a nest would store, in the shape that is returned."""
    if not isinstance(op, ten.ReshapeOp) or not types.rank(op.result.type):
        return False
    made = op.x.owner
    if isinstance(made, sharing.LetOp):
        made = made.x.owner
    if not isinstance(made, Operation) or not (is_elementwise(made) or is_reduction(made)):
        return False
    readers = [use.operation for use in op.result.uses]
    for reader in readers:
        if isinstance(reader, sharing.LetOp):
            readers += _readers_of_let(reader)
    last = op.parent.last_op if op.parent else None
    return all(reader is last or isinstance(reader, sharing.LetOp) for reader in readers)


def _store_scattered(p: Plan) -> None:
    """Store the arrays with costly functions whose single elements scatters add."""
    for op in p.block.ops:
        if not isinstance(op, ten.ScatterOp) or not is_scatter(op):
            continue
        sizes, n = shape(op.t.type), len(op.domain)
        if prod(sizes[n:]) < FEW_ELEMENTS and prod(sizes[:n]) >= MANY_PLACES:
            value = p.of(op.t)
            if _has_functions(p, value):
                p.store(value, "a scatter adds its elements, one after the other")


def _has_functions(p: Plan, value: SSAValue) -> bool:
    """Whether a nest that reads a value computes functions like sin for it."""
    pending, seen = [value], {value}
    while pending:
        now = pending.pop()
        op = now.owner
        if now in p.stored or not isinstance(op, Operation) or p.role(op) != "elements":
            continue
        if costs.flops(op) >= costs.TRANSCENDENTAL * types.size(op.results[0].type) > 0:
            return True
        new = {p.of(x) for x in p.captured(op)} - seen
        pending += new
        seen |= new
    return False


def _store_updates(p: Plan, carried: Mapping[int, int]) -> None:
    """Store the arrays that updates write over, and the new elements that read such an array."""
    last = p.block.last_op
    assert last is not None
    chains: list[list[ten.UpdateOp]] = []
    for k, x in enumerate(last.operands):
        chain, root = _updates_of(p, x)
        if chain and k in carried and root is p.block.args[carried[k]]:
            chains.append(chain)
    for op in p.block.ops:
        if isinstance(op, ten.UpdateOp) and not _is_updated(p, op.result):
            chain, _ = _updates_of(p, op.result)
            if len(chain) >= MOST_UPDATES:
                chains.append(chain)
    for chain in chains:
        is_whole = False
        """Whether one nest writes all of the array that comes next."""
        for op in chain:
            is_large = 2 * types.size(op.v.type) > types.size(op.x.type)
            is_whole = is_large or (is_whole and _is_updated(p, op.result))
            if p.of(op.result) in p.updates or is_whole:
                # One nest writes both, as fast as two would.
                if not (is_large or types.is_constant(op.v)):
                    p.store(op.v, "a nest writes it over an array that it may depend on")
                continue
            p.updates[op.result] = 0
            for x, why in ((op.result, "an update writes"), (op.x, "an update writes over")):
                p.store(x, f"{why} it")
            if not types.is_constant(op.v):
                p.store(op.v, "an update writes it over an array that it may depend on")
            for reader in _readers(p, op.x):
                # Later nests would otherwise read the array as it was before the update.
                if reader is not op and _is_part(reader, op.x) and not _ends_in(p, reader, op.v):
                    p.store(
                        reader.results[0], "it is a part of an array that an update writes over"
                    )


def _updates_of(p: Plan, x: SSAValue) -> tuple[list[ten.UpdateOp], SSAValue]:
    """The updates that made a value, the last one first, and the array with which they began."""
    found: list[ten.UpdateOp] = []
    while True:
        x = p.of(x)
        match x.owner:
            case ten.UpdateOp() as op:
                found.append(op)
                x = op.x
            case ten.ScanOp() as op if (k := _position(op, x)) < len(op.inits):
                x = op.inits[k]
            case ten.WhileOp() as op:
                x = op.inits[_position(op, x)]
            case scf.ForOp() as op:
                x = op.iter_args[_position(op, x)]
            case _:
                return found, x


def _readers(p: Plan, x: SSAValue) -> list[Operation]:
    """The ops that read a value, also by lets."""
    found: list[Operation] = []
    for use in p.of(x).uses:
        if isinstance(use.operation, sharing.LetOp):
            found += _readers_of_let(use.operation)
        else:
            found.append(use.operation)
    return found


def _readers_of_let(let: sharing.LetOp) -> list[Operation]:
    return [use.operation for use in let.result.uses]


def _ends_in(p: Plan, op: Operation, value: SSAValue) -> bool:
    """Whether ops read the result of an op only for a stored value."""
    pending, seen = [op], {op}
    while pending:
        now = pending.pop()
        if any(p.of(x) is p.of(value) for x in now.results):
            continue
        if len(seen) > LONGEST or any(x in p.stored for x in now.results) or now.regions:
            return False
        readers = [r for x in now.results for r in _readers(p, x)]
        if p.block.last_op in readers or any(r.parent is not p.block for r in readers):
            return False
        pending += [r for r in readers if r not in seen]
        seen.update(readers)
    return True


def _is_part(op: Operation, x: SSAValue) -> bool:
    """Whether an op gives a small part of an array."""
    return has_elements(op) and 2 * types.size(op.results[0].type) <= types.size(x.type)


def _position(op: Operation, x: SSAValue) -> int:
    """The number of a result."""
    return next(k for k, y in enumerate(op.results) if y is x)


def _is_updated(p: Plan, x: SSAValue) -> bool:
    """Whether only an update of it reads a value."""
    uses = list(x.uses)
    while len(uses) == 1 and isinstance(let := uses[0].operation, sharing.LetOp):
        uses = list(let.result.uses)
    return len(uses) == 1 and isinstance(uses[0].operation, ten.UpdateOp) and uses[0].index == 0


def _bound_places(p: Plan) -> None:
    """
    Go back from the results, and collect the places at which a nest needs a value. A place is the
    chain of ops that read at other indices. Store a value that a nest needs at too many places.
    """
    places: dict[SSAValue, set[int]] = {}
    numbers: dict[object, int] = {}

    def number(place: object) -> int:
        return numbers.setdefault(place, len(numbers))

    for op in reversed(list(p.block.ops)):
        if isinstance(op, sharing.LetOp) or not op.results or p.role(op) == "library":
            continue
        fused = p.role(op) != "elements"
        if op in p.views:
            continue
        value = op.results[0]
        needed = places.pop(value, None)
        most = MOST_VIEWED if costs.is_view(op) else MOST_PLACES
        if needed is not None and len(needed) > most and op.operands:
            p.store(value, f"a nest would compute it at {len(needed)} places, more than {most}")
        if fused:
            needed = {number(shape(op.operands[0].type))}
        elif needed is None or value in p.stored:
            needed = {number(shape(value.type))}
        along = p.role(op) == "reduction" or is_elementwise(op)
        for x in dict.fromkeys([p.of(y) for y in p.captured(op)]):
            if types.rank(x.type):
                there = needed if along else {number((op, x, place)) for place in needed}
                places.setdefault(x, set()).update(there)


def _begins(p: Plan, x: SSAValue, space: tuple[int, ...] | None) -> int:
    """
    The first level of a nest that reads x. If `space` are the nest's loops, the nest reads x at its
    own indices, and may compute x too. At other indices, a stored x is computed before.
    """
    x = p.of(x)
    along = shape(x.type) == space
    if x in p.stored and not (along and x in p.begins):
        return p.ready.get(x, 0)
    return (p.begins if along else p.elsewhere).get(x, 0)


def _place(p: Plan, op: Operation) -> None:
    value = op.results[0]
    space = shape(value.type)
    p.elsewhere[value] = max([_begins(p, x, None) for x in p.captured(op)], default=0)
    level = p.elsewhere[value]
    if is_elementwise(op):
        level = max([_begins(p, x, space) for x in op._operands], default=0)
    if value in p.updates:
        # Nests that read the new array wait for all of it. Those that read the old one come first.
        for reader in _readers(p, op.operands[0]):
            if reader is not op and reader.results and reader.results[0] in p.stored:
                level = max(level, p.begins.get(reader.results[0], 0))
        p.updates[value] = level
        p.ready[value] = level + 1
        return
    p.begins[value] = level
    if value in p.stored:
        p.ready[value] = level + 1
        outputs = p.nests.setdefault((level, space), [])
        outputs.append(Output(value, value, "store", tuple(range(len(space)))))


def _place_reduction(p: Plan, op: Operation) -> None:
    x, dims = op.operands[0], ints(op.properties["dims"])  # type: ignore[arg-type]
    space = shape(x.type)
    level = _begins(p, x, space)
    combiner = op.kind.data if isinstance(op, ten.ReduceOp) else "add"
    kept = tuple(d for d in range(len(space)) if d not in dims)
    output = Output(op.results[0], p.of(x), "mul" if combiner == "prod" else combiner, kept)
    p.nests.setdefault((level, space), []).append(output)
    p.ready[op.results[0]] = level + 1


def convert(
    function: func.FuncOp,
    carried: Mapping[int, int] | None = None,
    store_scattered: bool = False,
    views: bool = False,
    later: bool = False,
) -> None:
    """
    Replace the ops of a function by nests and library ops, in the order of their levels. For the
    options see `plan`.
    """
    block = function.body.block
    p = plan(block, carried, store_scattered, views, later)
    if remarks.wanted():
        _remark_stored(p)
    old = list(block.ops)
    last = block.last_op
    assert last is not None
    made: dict[SSAValue, SSAValue] = {arg: arg for arg in block.args}
    new: list[Operation] = []
    nests: dict[int, list[tuple[tuple[int, ...], list[Output]]]] = {}
    for (level, space), outputs in p.nests.items():
        nests.setdefault(level, []).append((space, outputs))
    updates: dict[int, list[Output]] = {}
    for x, level in p.updates.items():
        dims = tuple(range(types.rank(x.type)))
        updates.setdefault(level, []).append(Output(x, x, "store", dims))
    # The nests take the place of the ops when all of them are written.
    with keeping_facts():
        for level in sorted({*p.hosts, *p.scatters, *nests, *updates}):
            for op in p.hosts.get(level, ()):
                mapping = {x: made[p.of(x)] for x in p.captured(op)}
                copy = op.clone(mapping)
                made.update(zip(op.results, copy.results))
                new.append(copy)
            for scatter in p.scatters.get(level, ()):
                nest = write_scatter(p, level, scatter, made)
                nest.res[0].name_hint = scatter.result.name_hint
                nest.location = location_of(scatter.location, nest)
                new.append(nest)
                made[scatter.result] = nest.res[0]
                count("scatter")
            for space, outputs in nests.get(level, ()):
                nest = write(p, level, space, outputs, made)
                for output, result in zip(outputs, nest.res):
                    result.name_hint = output.result.name_hint
                nest.location = location_of(location_at(outputs[0]), nest)
                new.append(nest)
                made.update(zip((o.result for o in outputs), nest.res))
                count("nest")
            # After the nests that read the array before its update.
            for output in updates.get(level, ()):
                nest = write(p, level, shape(output.result.type), [output], made)
                nest.attributes[UPDATE] = UnitAttr()
                nest.res[0].name_hint = output.result.name_hint
                nest.location = location_of(location_at(output), nest)
                new.append(nest)
                made[output.result] = nest.res[0]
                count("update")
    for op in new:
        block.insert_op_before(op, last)
    for k, x in enumerate(last.operands):
        last.operands[k] = made[p.of(x)]
    for op in reversed(old):
        if op is not last:
            Rewriter.erase_op(op, safe_erase=False)


def _remark_stored(p: Plan) -> None:
    """Remarks: why two nests, of which one hands a value to the other, are not one nest."""
    for x, why in p.stored.items():
        read = any(use.operation is not p.block.last_op for use in x.uses)
        if read and isinstance(x.owner, Operation) and not types.is_constant(x):
            text = f"{op_name(x.owner)} is stored, and not fused into what reads it: {why}"
            remarks.analysis(ConvertTenToKernelPass.name, "stored", x.owner, text)


def location_of(first: LocationAttr, nest: Operation) -> LocationAttr:
    """The places of all values that a nest computes, `first` first."""
    return locations.fused((first, *[op.location for op in all_ops(nest) if op is not nest]))


def location_at(output: Output) -> LocationAttr:
    op = output.result.owner
    assert isinstance(op, Operation)
    return op.location


def write(
    p: Plan,
    level: int,
    space: tuple[int, ...],
    outputs: Sequence[Output],
    made: dict[SSAValue, SSAValue],
) -> kernel.GenericOp:
    """The nest that computes these outputs."""
    source = _source(p, level, made, {output.result for output in outputs})
    nest = BodyBuilder(space, source, _boxes(p, outputs, source))
    nest.e.location = locations.fused(location_at(output) for output in outputs)
    i = list(nest.block.args)
    nest.finish([nest.element(output.value, i) for output in outputs])
    return kernel.GenericOp(space, [(o.combiner, o.dims) for o in outputs], Region(nest.block))


def _source(
    p: Plan, level: int, made: dict[SSAValue, SSAValue], own: set[SSAValue]
) -> Callable[[SSAValue], SSAValue | None]:
    """For a nest of this level that makes `own`: the value from which it loads an element."""

    def source(value: SSAValue) -> SSAValue | None:
        value = p.of(value)
        if value in own and (value in p.begins or value in p.updates):
            return None
        if value in p.stored and p.ready.get(value, 0) <= level:
            return made[value]
        return value if not isinstance(value.owner, Operation) else None

    return source


def _boxes(
    p: Plan, outputs: Sequence[Output], source: Callable[[SSAValue], SSAValue | None]
) -> dict[SSAValue, Box]:
    """
    update(x, v, i), … v …  →  update(x, v, i) is stored, … a box of it …

    For a nest that makes `outputs`: the values that are boxes of the arrays that it reads.
    Nothing computes their elements again, and the old array x may end with its update.
    Requires: the nest reads the new array anyway. Otherwise it would need one array more, which
              might have to live longer. It writes no other part of this array: then it may write
              over the array if it reads each element only where it stores this element.
    """
    found: dict[SSAValue, Box] = {}
    updates = [o.value.owner for o in outputs if isinstance(o.value.owner, ten.UpdateOp)]
    over = {p.of(op.x) for op in updates}
    for array in _arrays(p, outputs, outputs) if p.has_updates else ():
        op, stored = array.owner, source(array)
        if not isinstance(op, ten.UpdateOp) or stored is None or source(op.v) is not None:
            continue
        if array in over:
            continue
        offsets = [types.constant_value(x) for x in op.offsets]
        strides, sizes = ints(op.strides), zip(shape(op.v.type), shape(op.x.type))
        if types.is_constant(op.v) or not all(
            isinstance(low, int) and 0 <= low and low + (m - 1) * t < n
            for low, t, (m, n) in zip(offsets, strides, sizes)
        ):
            continue
        found[p.of(op.v)] = Box(stored, [int(low) for low in offsets], strides)  # type: ignore[arg-type]
    return found


def write_scatter(
    p: Plan, level: int, op: ten.ScatterOp, made: dict[SSAValue, SSAValue]
) -> kernel.ScatterOp:
    """The nest that sums the elements of a scatter's operand into their places."""
    space, n = shape(op.t.type), len(op.domain)
    nest = BodyBuilder(space, _source(p, level, made, set()))
    i = list(nest.block.args)
    places = region_values(op, i[:n], nest.element, nest)
    nest.finish([nest.element(op.t, i), *places])
    scatter = kernel.ScatterOp(space, n, ints(op.dims), Region(nest.block))
    for fact in ("in_bounds", "unique", "sorted"):
        if fact in op.attributes:
            scatter.attributes[fact] = op.attributes[fact]
    return scatter
