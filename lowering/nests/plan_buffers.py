"""
Give each value of a list of kernels a place in memory: `kernel-plan-buffers`.

Needs:   functions of one block, after `convert-ten-to-kernel`: each result of its ops is a buffer.
Leaves:  on each op `buffers`, one entry per result: the offset in bytes of an intermediate value in
         the function's arena, "result" for a value that the function returns, or "result k" for a
         value that has the memory of result k before result k; on the function, the bytes of the
         arena, and the most bytes that a call needs. On the function of a loop's body, `in_place`:
         the carried values that the function writes over the ones that it takes.
Keeps:   the program. Arguments, constants and results have memory of their own, but for the carried
         values in `in_place`: there the caller gives one buffer as argument and as result.
Ends:    one sweep; n log n for n ops.

A value lives from its op to the last op that reads it. The sweep keeps the free gaps of the arena.
A new value takes the smallest gap that has room for it. After the last op that reads a value, the
value gives its bytes back. A nest may write a result over an operand if no later op reads the
operand, and if the nest reads each element only where it stores the same element (`writes_over`).
So an array that one op after the other updates stays in one buffer: that of the result, from its
first op on, and in a loop that carries the array, from the first step to the last.

`kernel-verify-buffers` checks any plan: values that live at the same time must be apart.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    i64,
)
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from ...dialects import kernel, ten, types
from ...dialects.op_names import op_name
from ...dialects.walking import captured, ops_in
from ...passes.rewriting import remarks
from ...passes.rewriting.costs import ARENA_BYTES, PEAK_BYTES, bytes_of
from ...passes.rewriting.diagnostics import LetgradError, note
from ...passes.rewriting.driver import count
from ...passes.rewriting.functions import functions
from ...passes.rewriting.remarks import Why
from .outline import carried_by_loops

ALIGNMENT = 64
"""Bytes of a cache line, and of the widest vector. Each offset is a multiple of this number."""

PIECE = 1 << 15
"""Arenas of fewer bytes stay as small as they are: nobody keeps their memory for others."""

BUFFERS = "buffers"
RESULT = "result"
IN_PLACE = "in place"

ARGUMENTS = "letgrad.in_place"
"""The attribute of a loop's function with the carried values that it changes in place."""


@dataclass(frozen=True)
class Of:
    """The memory of a result of the function, by the number of this result."""

    result: int


Place = int | Of | None
"""
The offset of a value in the arena, the result whose memory it has, or None for a result of the
function itself.
"""


class PlanBuffersPass(ModulePass):
    """
    Assigns intermediate values to offsets in one arena per function.

    Example:

        >>> module = lg.trace(lambda x: np.sum(np.sin(x)) * x, lg.spec(3))
        >>> run_pipeline(ctx, module, "sharing-materialize,convert-ten-to-kernel")
        >>> PlanBuffersPass().apply(ctx, module)
        >>> print(find_entry(module, None).attributes["letgrad.arena_bytes"])
        64 : i64
    """

    name = "kernel-plan-buffers"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        carried = carried_by_loops(op)
        for function in planned(op):
            plan(function, carried.get(function.sym_name.data, {}))
            verify_plan(function)
        for same in single_steps(op).values():
            _share_size(same)


class VerifyBuffersPass(ModulePass):
    """Checks that no two buffers share memory while both live."""

    name = "kernel-verify-buffers"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in planned(op):
            verify_plan(function)


def single_steps(module: ModuleOp) -> dict[int, list[func.FuncOp]]:
    """
    The functions of loops of one step with a checkpoint, by the number of such loops around them.
    Their memory is free for others after each call, so those of one number never need memory at the
    same time.
    """
    known = {f.sym_name.data: f for f in functions(module)}
    calls: dict[str, tuple[str, bool]] = {}
    for name, function in known.items():
        for op in ops_in(function):
            if isinstance(op, func.CallOp):
                loop = op.parent_op()
                single = isinstance(loop, ten.ScanOp) and loop.trips == 1
                single = single and loop.states is not None  # type: ignore[union-attr]
                calls[op.callee.string_value()] = name, single
    found: dict[int, list[func.FuncOp]] = {}
    for name, (caller, single) in calls.items():
        depth, seen = 0, {name}
        while single and caller in calls and caller not in seen:
            seen.add(caller)
            caller, also = calls[caller]
            depth += also
        if single and name in known:
            found.setdefault(depth, []).append(known[name])
    return found


def _share_size(same: Sequence[func.FuncOp]) -> None:
    """
    Give arenas that never live at the same time one size: the memory of one serves the next one.
    """
    sizes = [arena_of(f) for f in same]
    large = [(f, n) for f, n in zip(same, sizes) if n >= PIECE]
    most = max(sizes, default=0)
    for function, size in large:
        peak = function.attributes[PEAK_BYTES]
        assert isinstance(peak, IntegerAttr)
        function.attributes[ARENA_BYTES] = IntegerAttr(most, i64)
        function.attributes[PEAK_BYTES] = IntegerAttr(peak.value.data + most - size, i64)


def arena_of(function: func.FuncOp) -> int:
    """The bytes of the arena that a function has after `kernel-plan-buffers`."""
    size = function.attributes.get(ARENA_BYTES)
    return size.value.data if isinstance(size, IntegerAttr) else 0


def planned(module: ModuleOp) -> Iterator[func.FuncOp]:
    """The functions that are a straight list of ops."""
    return (f for f in functions(module) if len(f.body.blocks) == 1)


def room(value: SSAValue) -> int:
    """The bytes that a value takes in the arena."""
    return -(-bytes_of(value.type) // ALIGNMENT) * ALIGNMENT


def with_buffers(block: Block) -> list[Operation]:
    """The ops whose results have buffers."""
    last = block.last_op
    return [op for op in block.ops if op is not last and not isinstance(op, arith.ConstantOp)]


def last_reads(block: Block) -> dict[Operation, list[SSAValue]]:
    """For each op, the values of the block that no later op reads."""
    found: dict[Operation, list[SSAValue]] = {}
    seen: set[SSAValue] = set()
    for op in reversed(list(block.ops)):
        ending = [x for x in dict.fromkeys((*captured(op), *op.results)) if x not in seen]
        seen.update(ending)
        found[op] = ending
    return found


_HELD = re.compile(r"result (\d+)")


def places_of(op: Operation) -> list[Place]:
    """
    The places of a planned op's results. Errors: `LetgradError` for an op without a plan, or with a
    plan for another number of results.
    """
    entries = op.attributes.get(BUFFERS)
    if not isinstance(entries, ArrayAttr) or len(entries) != len(op.results):
        raise LetgradError(f"{op_name(op)} has no plan for its {len(op.results)} results", op)
    places: list[Place] = []
    for entry in entries:
        if isinstance(entry, IntegerAttr) and entry.value.data >= 0:
            places.append(entry.value.data)
        elif entry == types.text_attr(RESULT):
            places.append(None)
        elif isinstance(entry, StringAttr) and (held := _HELD.fullmatch(entry.data)):
            places.append(Of(int(held[1])))
        else:
            raise LetgradError(
                f'{op_name(op)}: a buffer is an offset, or "result", not {entry}', op
            )
    return places


Reads = Callable[[Operation], dict[SSAValue, tuple[SSAValue, ...]]]


def read_at(op: Operation) -> dict[SSAValue, tuple[SSAValue, ...]]:
    """The operands that a nest reads at only one place per point, and that place."""
    found: dict[SSAValue, tuple[SSAValue, ...] | None] = {}
    if isinstance(op, kernel.GenericOp):
        for inner in ops_in(op):
            if inner.__class__ is kernel.LoadOp:
                t, *indices = inner._operands
                place = tuple(indices)
                found[t] = place if found.get(t, place) == place else None
            elif inner is not op:
                for x in inner._operands:
                    found[x] = None
    return {x: place for x, place in found.items() if place is not None}


def writes_over(
    op: Operation, k: int, x: SSAValue, read: dict[SSAValue, tuple[SSAValue, ...]]
) -> bool:
    """Whether result k of `op` may have the memory of `x`: `apart_from` says why not."""
    return apart_from(op, k, x, read) is None


def apart_from(
    op: Operation, k: int, x: SSAValue, read: dict[SSAValue, tuple[SSAValue, ...]]
) -> Why | None:
    """
    Why result k of `op` may not have the memory of `x`, if no later op reads x; None if it may.
    `read` is `read_at(op)`.

    Requires: the op reads each element of x only at the point that stores the same element of the
              result. Other points run before, after and beside this point. If another point read
              the element, it could find the result there.
    """
    if isinstance(op, ten.ScanOp | ten.WhileOp | scf.ForOp):
        return _apart_from_init(op, k, x)
    if isinstance(op, ten.FftOp | ten.DctOp) and op.result.type == x.type:
        return None  # a library copies a line before it writes the transform of this line
    if isinstance(op, ten.LuOp | ten.CholeskyOp) and op.results[k].type == x.type:
        return None  # the library takes the memory of a matrix for its factors
    if isinstance(op, ten.TriangularSolveOp) and x is op.b and x is not op.t:
        return None  # and that of the right sides for the solutions
    if not isinstance(op, kernel.GenericOp):
        return lambda: f"{op_name(op)} may read after it has written"
    if op.res[k].type != x.type:
        return lambda: f"its type is {op.res[k].type}, that of the operand {x.type}"
    if x not in read:
        return lambda: "the nest reads the operand at several places per point"
    combiner, dims = op.combiners.data[k].data, types.ints(op.dims.data[k])
    if combiner != "store":
        return lambda: f"it is combined by '{combiner}' while the operand is still read"
    if not dims:
        return lambda: "it is a scalar"
    if read[x] != tuple(op.block.args[d] for d in dims):
        return lambda: "the nest reads the operand at another element than it stores"
    return None


def _apart_from_init(op: ten.ScanOp | ten.WhileOp | scf.ForOp, k: int, x: SSAValue) -> Why | None:
    """
    The same for a loop. It copies the value with which a carried value begins before its first
    step. If both have the same memory, there is nothing to copy.
    """
    inits = op.iter_args if isinstance(op, scf.ForOp) else op.inits
    if k >= len(inits) or inits[k] is not x:
        return lambda: f"{op.name} does not carry the operand as this result"
    if sum(y is x for inner in op.walk() for y in inner.operands) > 1:
        return lambda: f"the steps of {op.name} read the operand too"
    return None


def places_in(function: func.FuncOp) -> dict[SSAValue, int | Of]:
    """The memory of each value of a planned function that does not have memory for itself."""
    block = function.body.block
    last = block.last_op
    assert last is not None
    found: dict[SSAValue, int | Of] = {}
    for k in in_place(function):
        found[block.args[in_place(function)[k]]] = Of(k)
    for k, x in reversed(list(enumerate(last.operands))):
        found[x] = Of(k)
    for op in with_buffers(block):
        found.update((x, at) for x, at in zip(op.results, places_of(op)) if at is not None)
    return found


def in_place(function: func.FuncOp) -> dict[int, int]:
    """The results of a planned function that have the memory of an argument, and the argument."""
    pairs = function.attributes.get(ARGUMENTS)
    if not isinstance(pairs, DenseArrayBase):
        return {}
    numbers = types.ints(pairs)
    return dict(zip(numbers[::2], numbers[1::2]))


def overwritten(op: Operation, places: Mapping[SSAValue, int | Of]) -> dict[SSAValue, int]:
    """The operands of a planned op that have the memory of one of its results, and this result."""
    own = {places[x]: k for k, x in enumerate(op.results) if x in places}
    if not own:
        return {}
    return {
        x: own[places[x]]
        for x in dict.fromkeys(captured(op))
        if x in places and places[x] in own and room(x)
    }


# The plan.


@dataclass
class Arena:
    """The free gaps of a range of bytes that grows as needed."""

    size: int = 0
    by_size: list[tuple[int, int]] = field(default_factory=list)
    """(bytes, begin) of each gap, smallest first."""
    begins: dict[int, int] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    """The gap that begins, or ends, at an offset, by its size."""

    def take(self, bytes: int) -> int:
        """The offset of the smallest gap that has room; if none has, the arena grows."""
        if not bytes:
            return 0
        k = bisect_left(self.by_size, (bytes, 0))
        if k < len(self.by_size):
            size, begin = self.by_size[k]
            self._remove(begin, size)
            if size > bytes:
                self._add(begin + bytes, size - bytes)
            return begin
        size = self.ends.get(self.size, 0)
        begin = self.size - size
        if size:
            self._remove(begin, size)
        self.size = begin + bytes
        return begin

    def give(self, begin: int, bytes: int) -> None:
        """Free these bytes, and join them with the gaps beside them."""
        if not bytes:
            return
        if before := self.ends.get(begin, 0):
            self._remove(begin - before, before)
            begin, bytes = begin - before, bytes + before
        if after := self.begins.get(begin + bytes, 0):
            self._remove(begin + bytes, after)
            bytes += after
        self._add(begin, bytes)

    def _add(self, begin: int, size: int) -> None:
        insort(self.by_size, (size, begin))
        self.begins[begin] = self.ends[begin + size] = size

    def _remove(self, begin: int, size: int) -> None:
        del self.by_size[bisect_left(self.by_size, (size, begin))]
        del self.begins[begin], self.ends[begin + size]


def chains(
    function: func.FuncOp,
    carried: Mapping[int, int],
    ending: Mapping[Operation, Sequence[SSAValue]],
    reads: Reads,
) -> tuple[dict[SSAValue, int], dict[int, int]]:
    """
    The values that have the memory of a result before the result, and this result: each of these
    values ends with the op that writes the next one over it. And the results that so get the memory
    of the argument that they are in the next step. `ending` are the `last_reads` of the function,
    and `reads` gives `read_at` of an op.
    """
    block = function.body.block
    last = block.last_op
    assert last is not None
    made = {x for op in with_buffers(block) for x in op.results}
    held: dict[SSAValue, int] = {}
    pairs: dict[int, int] = {}
    results = set(last.operands)
    for k, x in enumerate(last.operands):
        if x not in made or x in last.operands[:k] or types.size(x.type) <= 1:
            continue
        argument = block.args[carried[k]] if k in carried else None
        value: SSAValue | None = x
        while value is not None and isinstance(op := value.owner, Operation):
            j = next(j for j, y in enumerate(op.results) if y is value)
            read = reads(op)
            over = [y for y in _preferred(ending[op]) if writes_over(op, j, y, read)]
            if argument in over and not _is_placed(over[0]):
                pairs[k] = carried[k]
                break
            value = next((y for y in over if y in made - results and y not in held), None)
            if value is not None:
                held[value] = k
    return held, pairs


def _preferred(values: Sequence[SSAValue]) -> Sequence[SSAValue]:
    """
    Values that end, first those of which the op copies most (`kernel-place-rows`): the rows that a
    loop has put where they stay.
    """
    placed = [x for x in values if _is_placed(x)]
    return [*placed, *(x for x in values if x not in placed)] if placed else values


def _is_placed(x: SSAValue) -> bool:
    """Whether a loop has written rows of a larger array."""
    return isinstance(x.owner, ten.ScanOp) and ten.FIRST_ROWS in x.owner.attributes


def plan(function: func.FuncOp, carried: Mapping[int, int] | None = None) -> None:
    """
    Write a place for each value on the ops of a function. `carried` are the results that a loop
    carries to its next step, and the arguments that they are there.
    """
    block = function.body.block
    last = block.last_op
    assert last is not None
    results = set(last.operands)
    ending = last_reads(block)
    reads = functools.cache(read_at)
    held, pairs = chains(function, carried or {}, ending, reads)
    arena = Arena()
    places: dict[SSAValue, int] = {}
    for op in with_buffers(block):
        dying = [x for x in ending[op] if x in places]
        read = reads(op) if dying else {}
        entries: list[IntegerAttr | StringAttr] = []
        for k, result in enumerate(op.results):
            if result in results:
                entries.append(types.text_attr(RESULT))
                continue
            if result in held:
                entries.append(types.text_attr(f"{RESULT} {held[result]}"))
                count(IN_PLACE)
                continue
            over = next((x for x in _preferred(dying) if writes_over(op, k, x, read)), None)
            if over is not None:
                dying.remove(over)
                count(IN_PLACE)
                remarks.passed(
                    PlanBuffersPass.name,
                    IN_PLACE,
                    op,
                    "a result has the memory of an operand that ends here",
                )
                places[result] = places.pop(over)
            else:
                if dying and remarks.wanted() and (why := apart_from(op, k, dying[0], read)):
                    text = f"result {k} does not reuse the buffer of an operand that ends: {why()}"
                    remarks.missed(PlanBuffersPass.name, IN_PLACE, op, text)
                places[result] = arena.take(room(result))
            entries.append(types.integer_attr(places[result]))
        op.attributes[BUFFERS] = ArrayAttr(entries)
        # A value that no op reads ends with its own op.
        for x in (*dying, *(x for x in op.results if x in places and x in ending[op])):
            arena.give(places.pop(x), room(x))
    function.attributes.pop(ARGUMENTS, None)
    if pairs:
        count(IN_PLACE)
        numbers = [number for pair in pairs.items() for number in pair]
        function.attributes[ARGUMENTS] = types.int_array(numbers)
    function.attributes[ARENA_BYTES] = IntegerAttr(arena.size, i64)
    function.attributes[PEAK_BYTES] = IntegerAttr(arena.size + _apart(function), i64)


def _apart(function: func.FuncOp) -> int:
    """The bytes of arguments, constants and results, which the plan does not move."""
    block = function.body.block
    last = block.last_op
    assert last is not None
    constants = [op.result for op in block.ops if isinstance(op, arith.ConstantOp)]
    return sum(bytes_of(x.type) for x in {*block.args, *constants, *last.operands})


# The check of a plan.


def verify_plan(function: func.FuncOp) -> None:
    """
    Check the plan of a function, from the lifetimes of its values alone.

    Errors: `LetgradError`, at the op, for a result of the function in the arena; another value
            outside of the arena; an offset that is not aligned; a buffer that leaves the arena; two
            buffers that overlap while both live.
    """
    block = function.body.block
    last = block.last_op
    assert last is not None
    size = function.attributes.get(ARENA_BYTES)
    if not isinstance(size, IntegerAttr):
        raise LetgradError(f"@{function.sym_name.data} has no plan of its buffers", function)
    results = set(last.operands)
    ending = last_reads(block)
    live = _Live()
    numbers = {x: k for k, x in reversed(list(enumerate(last.operands)))}
    holders: dict[int, SSAValue] = {}
    """The value that has the memory of a result."""
    for k, j in in_place(function).items():
        if k >= len(last.operands) or j >= len(block.args):
            raise LetgradError(
                f"@{function.sym_name.data} has no result {k}, argument {j}", function
            )
        if last.operands[k].type != block.args[j].type:
            raise LetgradError(f"result {k} and argument {j} have different types", function)
        if any(use.operation is not last for use in block.args[j].uses):
            holders[k] = block.args[j]
    for op in with_buffers(block):
        dying = {x for x in ending[op] if x in live.at or x in holders.values()}
        read = read_at(op) if dying else {}
        for k, (result, begin) in enumerate(zip(op.results, places_of(op))):
            if (begin is None) != (result in results):
                kind = "is returned" if result in results else "is not returned"
                raise LetgradError(
                    f"{op_name(op)}: result {k} {kind}, and is planned otherwise", op
                )
            if begin is None or isinstance(begin, Of):
                at = numbers[result] if begin is None else begin.result
                _check_result(op, k, at, holders, dying, read, last)
                holders[at] = result
                continue
            end = begin + room(result)
            if begin % ALIGNMENT or end > size.value.data:
                raise LetgradError(
                    f"{op_name(op)}: bytes {begin} to {end} are no aligned part of an arena of "
                    f"{size.value.data}",
                    op,
                )
            for x in live.meeting(begin, end):
                if not (x in dying and live.at[x] == (begin, end) and writes_over(op, k, x, read)):
                    raise LetgradError(
                        f"{op_name(op)}: result {k} overlaps a buffer that still lives: bytes "
                        f"{begin} to {end}, and {live.at[x][0]} to {live.at[x][1]}",
                        op,
                        (note("the other buffer is made here", x),),
                    )
                dying.discard(x)
                live.remove(x)
            if end > begin:
                live.add(result, begin, end)
        for x in (*dying, *(x for x in op.results if x in ending[op])):
            if x in live.at:
                live.remove(x)
        ended = {*ending[op]}
        for at in [at for at, x in holders.items() if x in ended]:
            del holders[at]


def _check_result(
    op: Operation,
    k: int,
    at: int,
    holders: dict[int, SSAValue],
    dying: Collection[SSAValue],
    read: dict[SSAValue, tuple[SSAValue, ...]],
    last: Operation,
) -> None:
    """Check that result k of an op may have the memory of result `at` of the function."""
    if at >= len(last.operands) or room(last.operands[at]) != room(op.results[k]):
        raise LetgradError(f"{op.name}: result {k} has no room in result {at}", op)
    x = holders.get(at)
    if x is not None and not (x in dying and writes_over(op, k, x, read)):
        raise LetgradError(
            f"{op.name}: result {k} overlaps a buffer that still lives: that of result {at}",
            op,
            (note("the other buffer is made here", x),),
        )


class _Live:
    """The live buffers, in the order of their offsets. No two overlap."""

    def __init__(self) -> None:
        self.at: dict[SSAValue, tuple[int, int]] = {}
        self.begins: list[int] = []
        self.values: list[SSAValue] = []

    def meeting(self, begin: int, end: int) -> Sequence[SSAValue]:
        """The live buffers that have a byte in this range."""
        low = bisect_left(self.begins, begin)
        if low and self.at[self.values[low - 1]][1] > begin:
            low -= 1
        return self.values[low : bisect_left(self.begins, end)]

    def add(self, x: SSAValue, begin: int, end: int) -> None:
        k = bisect_left(self.begins, begin)
        self.begins.insert(k, begin)
        self.values.insert(k, x)
        self.at[x] = begin, end

    def remove(self, x: SSAValue) -> None:
        k = bisect_left(self.begins, self.at.pop(x)[0])
        del self.begins[k], self.values[k]
