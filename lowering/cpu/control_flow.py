"""
Loops, conditionals and calls on the CPU. A region is a function of its own (`outline-regions`). The
backend compiles the function once, and runs it at each step on views of rows.

If all ops of a step are loop nests, the loop runs in machine code from the first row to the last.
Between two steps, the loop moves the pointers of the arrays that stand for rows. The carried values
are in two buffers by turns, so that a step reads one buffer and writes the other. Steps with
library ops run one by one, on the same arrays.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from math import prod
from typing import Protocol

import numpy as np
from xdsl.dialects import arith, func, scf
from xdsl.ir import Operation, Region, SSAValue

from ...dialects import arrays, delta, kernel, ten, types
from ...dialects.op_names import op_name
from ...passes.rewriting import remarks
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of
from . import library_calls
from .entries import items, pointer
from .frames import Array, Slots, Step
from .loop_code import FOREVER, LoopCode, NotOnePiece, Written
from .machine import Library, Workers
from .matrices import blas, lapack_calls
from .memory import pool
from .native_pool import start_pool
from .program import Program
from .python_objects import DATA, address
from .threads import made_once, thread_count

Slot = Mapping[SSAValue, int]
"""The slots in a frame for the values of the function that has a step."""


LoopOp = ten.ScanOp | ten.WhileOp | scf.ForOp


class Parts(Protocol):
    """The other functions of a module."""

    strict: bool
    written: Written
    """The nests of loops that are written already."""

    def part(self, name: str) -> Program | None:
        """A function by its name; None if its compilation has begun."""
        ...

    def function(self, name: str) -> func.FuncOp:
        """A function by its name, which is not compiled."""
        ...

    def loop(self, op: LoopOp) -> MachineLoop | None:
        """The machine code of a loop that is one piece; None if the loop is not."""
        ...


Part = Callable[[str], Program | None]
"""Another function of the module by its name; None if its compilation has begun."""

LOOP = """
define void @loop(ptr %step, ptr %args, ptr %moves, i64 %m, i64 %n) nounwind {
entry:
  %any = icmp sgt i64 %n, 0
  %end = getelementptr i64, ptr %moves, i64 %m
  br i1 %any, label %turn, label %done
turn:
  %t = phi i64 [ 0, %entry ], [ %t.next, %run ]
  br label %head
head:
  %at = phi ptr [ %moves, %turn ], [ %at.next, %move ]
  %more = icmp ne ptr %at, %end
  br i1 %more, label %move, label %run
move:
  %object = load ptr, ptr %at
  %value.at = getelementptr i64, ptr %at, i64 1
  %by.at = getelementptr i64, ptr %at, i64 2
  %sign.at = getelementptr i64, ptr %at, i64 3
  %value = load i64, ptr %value.at
  %by = load i64, ptr %by.at
  %sign = load i64, ptr %sign.at
  store i64 %value, ptr %object
  %value.next = add i64 %value, %by
  store i64 %value.next, ptr %value.at
  %by.next = mul i64 %by, %sign
  store i64 %by.next, ptr %by.at
  %at.next = getelementptr i64, ptr %at, i64 4
  br label %head
run:
  call void %step(ptr %args)
  %t.next = add i64 %t, 1
  %last = icmp eq i64 %t.next, %n
  br i1 %last, label %done, label %turn
done:
  ret void
}
"""

LOOP += (
    LOOP.replace("void @loop(", "i64 @loop_while(")
    .replace("i64 %m, i64 %n)", "i64 %m, i64 %n, ptr %go)")
    .replace(
        """  %last = icmp eq i64 %t.next, %n
  br i1 %last, label %done, label %turn
done:
  ret void
""",
        """  %goes = load i8, ptr %go
  %over = icmp eq i8 %goes, 0
  %full = icmp eq i64 %t.next, %n
  %last = or i1 %over, %full
  br i1 %last, label %done, label %turn
done:
  %turns = phi i64 [ 0, %entry ], [ %t.next, %run ]
  ret i64 %turns
""",
    )
)
"""
The turns of a loop: n times, first give each moving array its next place, then call `step`. One
module has this code for all loops of the process: LLVM takes longer for it than for a short step.

A move is four numbers: the place where an array has its pointer, the pointer, the distance of a
move, and the factor of the distance: 1 for rows, -1 for two buffers by turns.

`loop_while` also ends after a step that writes false to `go`, and gives the number of turns.
"""

LOOP += f"""
define void @loop_on(ptr %args, ptr %what, ptr %memory) nounwind {{
entry:
{items()}  %loop = load ptr, ptr %what
  %n.at = getelementptr i64, ptr %what, i64 1
  %n = load i64, ptr %n.at
  %slots = getelementptr i64, ptr %what, i64 2
  %size = add i64 %n, 1
  %table = alloca ptr, i64 %size
  br label %head
head:
  %k = phi i64 [ 0, %entry ], [ %k.next, %take ]
  %place = getelementptr ptr, ptr %table, i64 %k
  %more = icmp slt i64 %k, %n
  br i1 %more, label %take, label %run
take:
  %slot.at = getelementptr i64, ptr %slots, i64 %k
  %slot = load i64, ptr %slot.at
{pointer(0, "%slot")}
  store ptr %a0, ptr %place
  %k.next = add i64 %k, 1
  br label %head
run:
  store ptr %memory, ptr %place
  call void %loop(ptr %table)
  ret void
}}
"""
"""
`loop_on` calls a loop that is one piece with the table of its arrays, which it takes out of a
frame. `what` is the address of the loop, the number of arrays, and their slots.
"""

LoopOn = ctypes.CFUNCTYPE(None, ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p)

_STEP = ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64
Loop = ctypes.CFUNCTYPE(None, *_STEP)
LoopWhile = ctypes.CFUNCTYPE(ctypes.c_int64, *_STEP, ctypes.c_void_p)


@made_once
def _loops() -> Library:
    """The code of `LOOP`."""
    return Library(LOOP)


@made_once
def _loop() -> Callable[..., None]:
    return Loop(_loops().address("loop"))


@made_once
def _loop_on() -> Callable[..., None]:
    return LoopOn(_loops().address("loop_on"))


@made_once
def _loop_while() -> Callable[..., int]:
    return LoopWhile(_loops().address("loop_while"))


CHUNK = 1 << 16
"""Steps of an `scf.for` whose indices the loop writes at once; an even number."""


def compile_region_op(op: Operation, slot: Slot, parts: Parts) -> Step | None:
    """A step that runs an op by the functions that the op calls; None for any other op."""
    part = parts.part
    match op:
        case ten.ScanOp():
            return _in_machine_code(op, slot, parts) or _scan(op, slot, part)
        case ten.WhileOp():
            return _in_machine_code(op, slot, parts) or _while(op, slot, part)
        case scf.ForOp():
            return _in_machine_code(op, slot, parts) or _for(op, slot, part)
        case scf.IfOp():
            return _if(op, slot, part)
        case func.CallOp() | delta.CustomVjpOp() | delta.CustomJvpOp():
            callee = part(op.callee.string_value())
            # The reference runs recursion, because it counts the depth of calls.
            return None if callee is None else _call(callee, op.operands, op.results, slot)
        case _:
            return None


def called(op: Operation, parts: Parts) -> list[str]:
    """The functions that the step of an op runs. Their compilation may begin before the step's."""
    regions: Sequence[Region] = ()
    match op:
        case ten.ScanOp() | ten.WhileOp() | scf.ForOp():
            regions = () if parts.loop(op) is not None else (op.body,)
        case scf.IfOp():
            regions = op.regions if op.results else ()
        case func.CallOp() | delta.CustomVjpOp() | delta.CustomJvpOp():
            return [op.callee.string_value()]
        case _:
            return []
    calls = (region.block.first_op for region in regions if region.blocks)
    return [call.callee.string_value() for call in calls if isinstance(call, func.CallOp)]


class MachineLoop:
    """A loop that is one piece of machine code, and the library with this code."""

    def __init__(self, code: LoopCode, workers: Workers):
        self.values, self.memory, self.wakes_blas = code.values, code.memory, code.wakes_blas
        texts = code.texts(2 * thread_count(), workers.functions or ())
        needs = start_pool if code.needs_pool else None
        self.library = Library(*texts, needs=needs, workers=workers)


def machine_loop(op: LoopOp, parts: Parts, workers: Workers) -> MachineLoop | NotOnePiece:
    """The machine code of a loop, which the workers compile, or why it is not one piece."""
    shares = workers.functions is not None
    given = op, parts.function, parts.strict, parts.written, shares
    try:
        code = LoopCode(*given)
    except NotOnePiece as error:
        if not error.has_threads or _has_only_nests(op, parts):
            return error
        try:
            code = LoopCode(*given, has_threads=True)
        except NotOnePiece as error:
            return error
    remarks.passed("cpu", "loop", op, "all steps are one piece of machine code")
    return MachineLoop(code, workers)


def _has_only_nests(op: LoopOp, parts: Parts) -> bool:
    """Whether a step is a list of nests, which has code of its own with threads."""
    kinds = kernel.Nest | arith.ConstantOp | func.ReturnOp
    return all(
        isinstance(x, kinds)
        for region in op.regions
        for call in region.walk()
        if isinstance(call, func.CallOp)
        for x in block_of(parts.function(call.callee.string_value()).body, call).ops
    )


def remark_not_one_piece(op: LoopOp, error: NotOnePiece, only_nests: bool) -> None:
    """
    A remark: why a loop is not one piece. If a step is only nests, machine code runs the steps
    nonetheless, and begins the threads of each nest.
    """
    text = f"{op_name(error.op)}: {error.why()}"
    if only_nests:
        remarks.passed("cpu", "loop", op, f"machine code runs each step: {text}")
    else:
        remarks.missed("cpu", "loop", op, f"Python runs each step: {text}")


def _in_machine_code(op: LoopOp, slot: Slot, parts: Parts) -> Step | None:
    """The step of a loop that is one piece of machine code; None if it is not."""
    code = parts.loop(op)
    if code is None:
        return None
    given = [slot[x] for x in code.values]
    return compile_native_loop(code.library, given, code.memory, code.wakes_blas)


MOST_KEPT = 1 << 16
"""Bytes of memory that the step of a loop keeps for the next call; the pool has more of it."""


def compile_native_loop(
    library: Library, given: Sequence[int], memory: int, wakes_blas: bool
) -> Step:
    """
    The step of a loop in machine code, which takes the arrays in these slots, and so much memory.
    """
    what = np.array([library.address("loop"), len(given), *given], np.int64)
    loop, table = _loop_on(), address(what)
    of_lapack = library_calls.are_of_lapack(library.outside)
    one_thread = lapack_calls.one_thread() if of_lapack else blas.one_thread
    idle: list[tuple[Array, int]] = []
    """Memory that no call uses, if it is little."""

    def run(slots: Slots) -> None:
        try:
            block, begin = idle.pop()
        except IndexError:
            block, offset = pool.take(memory)
            begin = address(block) + offset
        loop(slots, table, begin)
        if memory <= MOST_KEPT:
            idle.append((block, begin))

    def run_without_threads(slots: Slots) -> None:
        with one_thread:
            run(slots)

    # A function like others takes attributes: the code lives as long as the step.
    step = run_without_threads if wakes_blas else run
    step.library, step.what = library, what  # type: ignore[attr-defined]
    return step


def _called(region: Region, part: Part) -> tuple[Sequence[SSAValue], Program]:
    """The arguments that a region gives to the function that it calls, and this function."""
    call = region.block.first_op
    assert isinstance(call, func.CallOp), "the region was not outlined"
    callee = part(call.callee.string_value())
    assert callee is not None, "only the region calls its function"
    return call.operands, callee


def _call(
    callee: Program, operands: Sequence[SSAValue], results: Sequence[SSAValue], slot: Slot
) -> Step:
    """A function on arrays of this frame, which writes its results into their arrays."""
    given = [slot[x] for x in operands]
    taken = [slot[x] for x in results]

    def step(slots: Slots) -> None:
        callee.run_on([slots[k] for k in given], [slots[k] for k in taken])

    return step


def _if(op: scf.IfOp, slot: Slot, part: Part) -> Step:
    condition = slot[op.cond]
    branches: list[Step] = []
    for region in op.regions:
        if not region.blocks or not op.results:
            branches.append(lambda slots: None)
            continue
        operands, callee = _called(region, part)
        branches.append(_call(callee, operands, op.results, slot))
    then, otherwise = branches

    def step(slots: Slots) -> None:
        (then if slots[condition] else otherwise)(slots)

    return step


class Body:
    """
    The function of a loop's body, and the places in its frame of the carried values, of the rows
    that it takes, and of the values that do not change. Without `keeps`, the memory of a run is
    free for others after it.
    """

    def __init__(
        self,
        part: Program,
        carried: Sequence[int],
        rows: Sequence[int],
        fixed: int,
        keeps: bool = True,
    ):
        self.part, self.keeps = part, keeps
        self.carried, self.rows = list(carried), list(rows)
        self.fixed = list(range(len(part.expected)))[-fixed:] if fixed else []
        results = [slot for slot, _, _ in part.results]
        self.nexts, self.ys = results[: len(carried)], results[len(carried) :]
        self.step = part.in_machine_code

    def run(
        self,
        n: int,
        backwards: bool,
        inits: Sequence[Array],
        xs: Sequence[Array],
        fixed: Sequence[Array],
        finals: Sequence[Array],
        ys: Sequence[Array],
    ) -> None:
        """Take n steps, at least one, from `inits` to `finals`, over the rows of xs and of ys."""
        # The buffers take turns so that the last step writes into the result.
        pairs = self._buffers(inits, finals, starts_in_result=n % 2 == 0)
        frame = self.part.frames.take()
        try:
            for k, x in zip(self.fixed, fixed):
                frame[k] = x
            moving = [*zip(self.rows, xs), *zip(self.ys, ys)]
            if self.step is not None:
                self._in_one(frame, n, backwards, pairs, moving)
            else:
                self._by_steps(frame, n, backwards, pairs, moving)
        finally:
            if self.keeps:
                self.part.frames.give(frame)

    def _buffers(
        self, inits: Sequence[Array], finals: Sequence[Array], starts_in_result: bool
    ) -> list[tuple[Array, Array]]:
        """
        For each carried value, the buffer that the first step reads, which holds the value's init,
        and the one that this step writes. They are one where the step updates the value in place.
        """
        pairs: list[tuple[Array, Array]] = []
        for k, (init, final) in enumerate(zip(inits, finals)):
            if k in self.part.in_place:
                pair = final, final
            else:
                other = pool.empty(final.shape, final.dtype, final.nbytes)
                pair = (final, other) if starts_in_result else (other, final)
            np.copyto(pair[0], init)
            pairs.append(pair)
        return pairs

    def run_while(
        self, most: int, inits: Sequence[Array], fixed: Sequence[Array], finals: Sequence[Array]
    ) -> None:
        """
        Take steps from `inits` to `finals`, at least one and at most `most`, until a step gives
        false as its last carried value. The body does not read that value.
        """
        pairs = self._buffers(inits, finals, starts_in_result=True)
        carried, (go, _) = pairs[:-1], pairs[-1]
        frame = self.part.frames.take()
        try:
            for k, x in zip(self.fixed, fixed):
                frame[k] = x
            frame[self.carried[-1]] = frame[self.nexts[-1]] = go
            if self.step is not None:
                moves, table = self._moves(frame, 0, False, carried, [])
                with blas.one_thread if self.part.wakes_blas else nullcontext():
                    turns = _loop_while()(
                        self.step, frame, address(table), moves, most, address(go)
                    )
            else:
                turns = 0
                while turns < most and (not turns or go):
                    for j, new, (a, b) in zip(self.carried, self.nexts, carried):
                        frame[j], frame[new] = (b, a) if turns % 2 else (a, b)
                    for step in self.part.steps:
                        step(frame)
                    turns += 1
        finally:
            self.part.frames.give(frame)
        if turns % 2:
            for final, other in carried:
                if final is not other:
                    np.copyto(final, other)

    def _in_one(
        self,
        frame: Slots,
        n: int,
        backwards: bool,
        pairs: Sequence[tuple[Array, Array]],
        moving: Sequence[tuple[int, Array]],
    ) -> None:
        """All steps in machine code. It moves the pointers of views that only it has."""
        moves, table = self._moves(frame, n - 1 if backwards else 0, backwards, pairs, moving)
        with blas.one_thread if self.part.wakes_blas else nullcontext():
            _loop()(self.step, frame, address(table), moves, n)

    def _moves(
        self,
        frame: Slots,
        first: int,
        backwards: bool,
        pairs: Sequence[tuple[Array, Array]],
        moving: Sequence[tuple[int, Array]],
    ) -> tuple[int, Array]:
        """The table of the moves between two steps, with its length; row `first` comes first."""
        moves: list[tuple[int, int, int, int]] = []
        for j, old, new in zip(self.carried, self.nexts, pairs):
            a, b = (address(x) for x in new)
            for slot, begin, by, x in ((j, a, b - a, new[0]), (old, b, a - b, new[1])):
                frame[slot] = own = x[...]
                moves.append((id(own) + DATA, begin, by, -1))
        for slot, x in moving:
            frame[slot] = own = x[first, ...]
            by = x.strides[0]
            moves.append((id(own) + DATA, address(own), -by if backwards else by, 1))
        table = np.array(moves, np.int64).reshape(-1)
        return len(table), table

    def _by_steps(
        self,
        frame: Slots,
        n: int,
        backwards: bool,
        pairs: Sequence[tuple[Array, Array]],
        moving: Sequence[tuple[int, Array]],
    ) -> None:
        steps = self.part.steps
        turns = [(j, new, a, b) for j, new, (a, b) in zip(self.carried, self.nexts, pairs)]
        for count, k in enumerate(reversed(range(n)) if backwards else range(n)):
            for slot, x in moving:
                frame[slot] = x[k, ...]
            for j, new, a, b in turns:
                frame[j], frame[new] = (b, a) if count % 2 else (a, b)
            for step in steps:
                step(frame)


def _scan(op: ten.ScanOp, slot: Slot, part: Part) -> Step:
    operands, callee = _called(op.body, part)
    n, m = len(op.inits), len(op.xs)
    # The operands of the call: carried values, rows, and values that do not change.
    fixed = [slot[x] for x in operands[n + m :]]
    # Many such loops follow each other, and their programs save memory.
    keeps = op.trips != 1 or op.states is None
    body = Body(callee, range(n), range(n, n + m), len(fixed), keeps)
    inits = [slot[x] for x in op.inits]
    xs = [slot[x] for x in op.xs]
    results = [slot[r] for r in op.results]
    rows, backwards = op.trips, op.is_reverse
    turns = None if op.turns is None else slot[op.turns]
    made = _rows_of_results(op, slot)
    cleared = [op.rest_is_read(k) for k in range(n, len(op.results))]

    def step(slots: Slots) -> None:
        trips = rows if turns is None else max(0, min(int(slots[turns]), rows))
        ys = made(slots)
        if trips < rows:
            for y, is_read in zip(ys, cleared):
                if is_read:
                    y[trips:] = 0
        if not trips:
            for k, init in zip(results, inits):
                np.copyto(slots[k], slots[init])
            return
        body.run(
            trips,
            backwards,
            [slots[k] for k in inits],
            [slots[k] for k in xs],
            [slots[k] for k in fixed],
            [slots[k] for k in results[:n]],
            ys,
        )

    return step


def _rows_of_results(op: ten.ScanOp, slot: Slot) -> Callable[[Slots], list[Array]]:
    """The rows that a loop writes, by a function of a frame."""
    results = [slot[r] for r in op.results[len(op.inits) :]]
    if (firsts := op.first_rows) is None:
        return lambda slots: [slots[k] for k in results]
    parts: list[tuple[int, tuple[int, ...], slice]] = []
    for k, first, y, r in zip(results, firsts, op.ys, op.results[len(op.inits) :]):
        row, sizes = types.shape(y.type), types.shape(r.type)
        count = prod(sizes[: len(sizes) - len(row)])
        parts.append((k, (count, *row), slice(first, first + op.trips)))
    # The plan of buffers gives each of these results memory in row-major order.
    return lambda slots: [slots[k].reshape(sizes)[part] for k, sizes, part in parts]


def _while(op: ten.WhileOp, slot: Slot, part: Part) -> Step:
    operands, callee = _called(op.body, part)
    n = len(op.inits)
    # The condition is the last carried value (`rotate`).
    fixed = [slot[x] for x in operands[n:]]
    body = Body(callee, range(n), [], len(fixed))
    inits = [slot[x] for x in op.inits]
    results = [slot[r] for r in op.results]
    most = FOREVER if op.most is None else op.most

    def step(slots: Slots) -> None:
        if not most or not slots[inits[-1]]:
            for k, init in zip(results, inits):
                np.copyto(slots[k], slots[init])
            return
        body.run_while(
            most,
            [slots[k] for k in inits],
            [slots[k] for k in fixed],
            [slots[k] for k in results],
        )

    return step


def _for(op: scf.ForOp, slot: Slot, part: Part) -> Step:
    operands, callee = _called(op.body, part)
    n = len(op.iter_args)
    fixed = [slot[x] for x in operands[1 + n :]]
    body = Body(callee, range(1, 1 + n), [0], len(fixed))
    bounds = [slot[x] for x in (op.lb, op.ub, op.step)]
    inits = [slot[x] for x in op.iter_args]
    results = [slot[r] for r in op.results]
    dtype = arrays.dtype(op.lb.type)

    def step(slots: Slots) -> None:
        low, high, by = (int(slots[k]) for k in bounds)
        if by <= 0:
            raise LetgradError(f"scf.for cannot be evaluated: ValueError: the step is {by}", op)
        finals = [slots[k] for k in results]
        for final, init in zip(finals, inits):
            np.copyto(final, slots[init])
        left = max(0, -(-(high - low) // by))
        while left:
            count = min(left, CHUNK)
            # Modulo 2^64, because the end of such a range may be larger.
            indices = (low + by * np.arange(count)).astype(dtype)
            body.run(count, False, finals, [indices], [slots[k] for k in fixed], finals, [])
            low, left = low + count * by, left - count

    return step
