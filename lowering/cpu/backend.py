"""
The backend `cpu`: a function as a list of steps over arrays.

A step is a run of loop nests in machine code, or a library op: einsum through BLAS, and everything
that has no code here by the rule that defines it. Steps are found once, and so is the memory of
what lies between them; a call checks its arguments, runs the steps, and gives fresh arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from math import prod
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from ...dialects import arrays, kernel, ten, types
from ...dialects.types import element, ints, is_element, shape
from ...passes.pipelines import OptimizePass
from ...passes.rewriting import remarks
from ...passes.rewriting.costs import ARENA_BYTES, bytes_of
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.driver import collector_paused, run_passes
from ...passes.rewriting.functions import block_of
from ...passes.sharing.materialize import MaterializePass
from .. import backends
from ..nests.decompose import DecomposePass
from ..nests.fuse_rows import FuseRowsPass
from ..nests.outline import OutlinePass
from ..nests.plan_buffers import PlanBuffersPass, overwritten, places_of, with_buffers
from ..nests.to_kernel import ConvertTenToKernelPass, captured
from ..reference import Evaluator, check_arguments, find_function
from . import blas, control_flow
from .codegen import Codegen
from .einsum import compile_einsum, not_a_product
from .machine import Library, vector_functions
from .memory import pool
from .native_pool import start_pool
from .profile import Profile, profile
from .split import scratch_bytes, split_function
from .threads import parts, thread_count

Array = Any
Slots = list[Array]
Step = Callable[[Slots], None]

IN_ORDER = 0x101
"""The flags of an array that is contiguous in C's order, and aligned."""

THREAD_WORK = 1 << 14
"""Points of an iteration space that a part should have at least: taking it then costs little."""

WORTH = 4
"""So many times that, a nest should have: else waking a thread takes longer than it saves."""

MAX_PARTS = 64
"""Parts of a nest, at most: more than threads, for one may be slower."""

SCATTER_ROW = 4
"""Elements of a row for which reading all indices once more for each thread is little."""


SHORT = 1 << 12
"""
Points of iteration spaces that are not worth releasing the interpreter's lock for: they take some
microseconds.
"""


def passes(strict: bool = False) -> Sequence[ModulePass]:
    """What happens to a program before code is made of it."""
    return (
        OptimizePass(),
        # What runs in a loop is compiled as a function is.
        OutlinePass(),
        DecomposePass(all=strict),
        MaterializePass(),
        ConvertTenToKernelPass(),
        FuseRowsPass(products=blas.integers() is not None),
        PlanBuffersPass(),
    )


@backends.register("cpu")
def compile(module: ModuleOp, entry: str, strict: bool = False) -> backends.Compiled:
    """
    `@entry` of the module as machine code for this host. With `strict`, sums are taken one element
    after the other, in row-major order.
    """
    find_function(module, entry)
    with collector_paused():
        module = module.clone()
        run_passes(backends.context(), module, passes(strict))
        return Program(module, entry, strict)


class Program:
    """
    A compiled function; call it with one array or number per argument.

    Its values are in a list, first the arguments, then what is returned, then the rest. Such a list
    is a frame: its last part is made once, views of an arena as `kernel-plan-buffers` laid it out,
    and used by one call after the other. The last one is memory for the results of parts of nests.
    """

    def __init__(
        self,
        module: ModuleOp,
        entry: str,
        strict: bool = False,
        parts: dict[str, Program | None] | None = None,
    ):
        self.module, self.strict = module, strict
        self.parts: dict[str, Program | None] = {} if parts is None else parts
        """
        The functions that this one, or one of them, calls; each is compiled once. None are those
        that are being compiled.
        """
        self.parts[entry] = None
        self.function = find_function(module, entry)
        block = block_of(self.function.body, self.function)
        last = block.last_op
        assert last is not None
        places: dict[SSAValue, int | None] = {}
        for op in with_buffers(block):
            for x, at in zip(op.results, places_of(op)):
                if not is_element(element(x.type)):
                    raise LetgradError(
                        f"the cpu backend has no code for {op.name}: {x.type} has no buffer", op
                    )
                places[x] = at
        self.constants = [op for op in block.ops if isinstance(op, arith.ConstantOp)]
        own = [x for x, at in places.items() if at is None]
        kept = [x for x, at in places.items() if at is not None]
        values = (*block.args, *own, *kept, *(op.result for op in self.constants))
        self.slot: dict[SSAValue, int] = {x: k for k, x in enumerate(values)}
        self.expected = [(arrays.dtype(x.type), shape(x.type)) for x in block.args]
        self.fresh = [
            (self.slot[x], shape(x.type), arrays.dtype(x.type), bytes_of(x.type)) for x in own
        ]
        """The slots of what is returned, which is made anew for each call."""
        self.kept = [
            (self.slot[x], shape(x.type), arrays.dtype(x.type), places[x] or 0) for x in kept
        ]
        self.nothing: Slots = [None] * (len(block.args) + len(own))
        size = self.function.attributes[ARENA_BYTES]
        assert isinstance(size, IntegerAttr)
        self.arena = size.value.data
        self.frames: list[Slots] = []
        """Frames that no call uses."""
        pool.idle.add(self)

        nests = [op for op in block.ops if isinstance(op, kernel.Nest)]
        offsets = {x: at for x, at in places.items() if at is not None}

        def generate() -> dict[kernel.Nest, Codegen]:
            return {
                nest: Codegen(
                    nest,
                    f"nest{k}",
                    vector_functions(),
                    self.slot.__getitem__,
                    overwritten(nest, offsets),
                    strict,
                )
                for k, nest in enumerate(nests)
            }

        codes = generate()
        bounds: dict[Operation, list[tuple[int, int]]] = {
            nest: self._bounds(nest, code, strict) for nest, code in codes.items()
        }
        if remarks.wanted():
            for nest, code in codes.items():
                _remark_threads(nest, code.points, len(bounds[nest]))
                for x in code.products:
                    remarks.passed("cpu", "matrix product", x.op, "the matrix product of BLAS")
            # Code is written once: these are others.
            _remark_vectorizer(generate(), bounds)
        split = [nest for nest in nests if len(bounds[nest]) > 1]
        self.scratch = max((scratch_bytes(codes[n], len(bounds[n])) for n in split), default=0)
        """The bytes for what parts of a nest add up, each by itself."""
        runs = list(_runs(block))
        in_one = len(runs) == 1 and runs[0][0] in bounds
        is_part = in_one and parts is not None
        self.library = None
        if nests:
            texts = module_texts(
                list(codes.values()), runs, bounds, len(self.slot), 2 * thread_count()
            )
            texts[-1] += control_flow.LOOP if is_part else ""
            self.library = Library(*texts, needs=start_pool if split else None)
        self.loop = self.library.address("loop") if self.library and is_part else None
        """Where the code of a loop is that has this function as its body."""
        self.wakes_blas = any(code.wakes_blas for code in codes.values())
        self.ops: list[tuple[Operation, Step]] = []
        """Each op by itself, for who wants to look at it."""
        self.steps: list[Step] = []
        """What runs: nests that follow each other are one step."""
        for k, run in enumerate(runs):
            if self.library is not None and run[0] in bounds:
                in_run = [codes[op] for op in run if isinstance(op, kernel.Nest)]
                self.ops += [(code.op, self._nests(code.name, [code], False)) for code in in_run]
                short = sum(code.points for code in in_run) < SHORT
                self.steps.append(self._nests(f"run{k}", in_run, short))
            else:
                self.ops += [(op, self._host_step(op)) for op in run]
                self.steps += [step for _, step in self.ops[-len(run) :]]
        made: set[SSAValue] = set()
        self.results: list[tuple[int, bool, bool]] = []
        """For each result its slot, whether it is a scalar, and whether it is to be copied."""
        for x in last.operands:
            again = places.get(x, 0) is not None or x in made
            self.results.append((self.slot[x], types.rank(x.type) == 0, again))
            made.add(x)

    def _nests(self, name: str, codes: Sequence[Codegen], short: bool) -> Step:
        """A function of the library, which runs these nests."""
        assert self.library is not None
        run = self.library.run(name, short)
        if not any(code.wakes_blas for code in codes):
            return run

        def step(slots: Slots) -> None:
            with blas.one_thread:
                run(slots)

        return step

    def part(self, name: str) -> Program | None:
        """Another function of the module; None for one that calls itself, by this one maybe."""
        if name not in self.parts:
            self.parts[name] = Program(self.module, name, self.strict, self.parts)
        return self.parts[name]

    def take_frame(self) -> Slots:
        """A list for a call, which is to be given back."""
        try:
            return self.frames.pop()
        except IndexError:
            return self._frame()

    def give_frame(self, slots: Slots) -> None:
        slots[: len(self.nothing)] = self.nothing
        self.frames.append(slots)

    def run_on(self, args: Sequence[Array], out: Sequence[Array]) -> None:
        """Run on arrays in order, of the right types, and write the results into others."""
        slots = self.take_frame()
        try:
            slots[: len(args)] = args
            for (k, _, again), target in zip(self.results, out):
                if not again:
                    slots[k] = target
            for step in self.steps:
                step(slots)
            for (k, _, again), target in zip(self.results, out):
                if again:
                    np.copyto(target, slots[k])
        finally:
            self.give_frame(slots)

    def _frame(self) -> Slots:
        """A list for a call, where arguments and results are still to be put."""
        slots: Slots = [*self.nothing, *[None] * (len(self.slot) - len(self.nothing))]
        slots.append(pool.empty((self.scratch,), np.dtype(np.uint8), self.scratch))
        block, begin = pool.take(self.arena)
        for k, size, dtype, offset in self.kept:
            slots[k] = view(block, begin + offset, size, dtype)
        for op in self.constants:
            slots[self.slot[op.result]] = np.asarray(arrays.constant_array(op), order="C")
        return slots

    def __call__(self, *args: Any) -> tuple[Array, ...]:
        return self._call(args, (), self.steps)

    def into(self, args: Sequence[Any], out: Sequence[Array | None]) -> tuple[Array, ...]:
        """As `backends.into`: without memory of its own where no array shares any with another."""
        arguments = [arrays.asarray(x) for x in args]
        targets = [x for x in out if x is not None]
        if any(np.may_share_memory(x, target) for x in arguments for target in targets):
            # An argument that is read after a part of a result is written would be another one.
            results = list(self(*arguments))
            for k, target in enumerate(out):
                if target is not None:
                    np.copyto(target, results[k])
                    results[k] = target
            return tuple(results)
        return self._call(arguments, out, self.steps)

    def _call(
        self, args: Sequence[Any], out: Sequence[Array | None], steps: Sequence[Step]
    ) -> tuple[Array, ...]:
        if len(args) != len(self.expected):
            check_arguments(self.function, args)
        slots = self.take_frame()
        try:
            for k, (arg, (dtype, size)) in enumerate(zip(args, self.expected)):
                if isinstance(arg, np.generic | float):
                    arg = np.asarray(arg)
                if not (type(arg) is np.ndarray and arg.dtype == dtype and arg.shape == size):
                    arg = np.asarray(check_arguments(self.function, args)[k])
                if arg.flags.num & IN_ORDER != IN_ORDER:
                    arg = np.array(arg, order="C")
                slots[k] = arg
            for (k, _, again), target in zip(self.results, out):
                if target is not None and not again:
                    slots[k] = target
            for k, size, dtype, bytes in self.fresh:
                if slots[k] is None:
                    slots[k] = pool.empty(size, dtype, bytes)
            for step in steps:
                step(slots)
            results = [
                slots[k][()] if scalar else slots[k].copy() if again else slots[k]
                for k, scalar, again in self.results
            ]
            for k, target in enumerate(out):
                if target is not None:
                    if self.results[k][2]:
                        np.copyto(target, results[k])
                    results[k] = target
            return tuple(results)
        finally:
            self.give_frame(slots)

    def profile(self, *args: Any) -> Profile:
        """Where the time of a call with these arguments goes."""
        return profile(self, args)

    def _bounds(self, op: kernel.Nest, code: Codegen, strict: bool) -> list[tuple[int, int]]:
        """The ranges of a nest's outermost loop that threads take."""
        trip = code.trips[0] if code.trips else 1
        points = code.points
        if isinstance(op, kernel.ScatterOp):
            # Parts are rows of the result, and each part reads all indices: that pays for long
            # rows.
            rest = shape(op.res[0].type)
            trip = rest[0] if ints(op.dims) else 1
            worth = (
                prod(code.trips[op.domain.value.data :]) >= SCATTER_ROW
                and points >= 4 * WORTH * THREAD_WORK
            )
            count = min(thread_count(), trip) if worth else 1
        elif strict and code.partial:
            count = 1
        else:
            count = min(MAX_PARTS, points // max(THREAD_WORK, 1), trip // code.part_rows)
            if partial := sum(types.size(op.results[k].type) for k in code.partial):
                # What is joined is to be little beside what is computed.
                count = min(count, points // (4 * partial))
            if points < WORTH * THREAD_WORK:
                count = 1
        # The parts do not depend on the number of threads, and so the results do not.
        return parts(trip, count) if count > 1 else [(0, trip)]

    def _host_step(self, op: Operation) -> Step:
        if isinstance(op, ten.EinsumOp):
            call = compile_einsum(
                op.spec.data, [shape(x.type) for x in op.xs], arrays.dtype(op.result.type)
            )
            operands, target = [self.slot[x] for x in op.xs], self.slot[op.result]
            if why := not_a_product(op.spec.data, arrays.dtype(op.result.type)):
                text = f"'{op.spec.data}' is no matrix product: {why}; numpy.einsum runs it"
                remarks.missed("cpu", "matrix product", op, text)
            else:
                remarks.passed("cpu", "matrix product", op, "the matrix product of BLAS")

            def product(slots: Slots) -> None:
                with np.errstate(all="ignore"):
                    call(*[slots[k] for k in operands], slots[target])

            return product
        if (step := control_flow.compile_region_op(op, self)) is not None:
            return step
        remarks.missed(
            "cpu",
            "host step",
            op,
            lambda: f"{op.name} has no machine code: it runs by its reference rule, in Python",
        )
        return self._reference_step(op)

    def _reference_step(self, op: Operation) -> Step:
        """An op by the rule that defines it."""
        needs = [(x, self.slot[x], types.rank(x.type) == 0) for x in captured(op)]
        operands = list(op.operands)
        targets = [self.slot[r] for r in op.results]

        def step(slots: Slots) -> None:
            values = {x: (slots[k][()] if scalar else slots[k]) for x, k, scalar in needs}
            # One for each call: it has state, and calls may come from several threads at once.
            evaluator = Evaluator(self.module)
            evaluator.set_values(values.items())
            with np.errstate(all="ignore"):
                results = evaluator._run_op(op, tuple(values[x] for x in operands)).values
            for k, value in zip(targets, results):
                # It may be a view of an operand, or an operand.
                np.copyto(slots[k], value)

        return step


def _runs(block: Block) -> Iterator[list[Operation]]:
    """The ops in order, those nests together that follow each other."""
    for nests, run in groupby(with_buffers(block), lambda op: isinstance(op, kernel.Nest)):
        if nests:
            yield list(run)
        else:
            yield from ([op] for op in run)


def _remark_threads(nest: Operation, points: int, count: int) -> None:
    name, rule = "cpu", "threads"
    if count > 1:
        remarks.passed(name, rule, nest, f"the nest is split into {count} parts")
    elif points < WORTH * THREAD_WORK:
        text = f"{points} points are fewer than pay for waking threads ({WORTH * THREAD_WORK})"
        remarks.missed(name, rule, nest, f"the nest is not split over threads: {text}")
    else:
        text = "its outermost loop has too few turns, or its sums too many elements or an order"
        remarks.missed(name, rule, nest, f"the nest is not split over threads: {text}")


def _remark_vectorizer(
    codes: Mapping[kernel.Nest, Codegen], bounds: Mapping[Operation, Sequence[tuple[int, int]]]
) -> None:
    from . import vectorizer

    # Of the nest alone, without what joins its parts.
    whole = {nest: [(ends[0][0], ends[-1][1])] for nest, ends in bounds.items()}
    texts = [module_texts([code], [], whole, 0, 1)[0] for code in codes.values()]
    said = vectorizer.remarks_of(texts) if texts else []
    if said is None:
        return
    for nest, lines in zip(codes, said):
        for line in lines:
            # Loops of few turns, and what needs no loop, LLVM has nothing to say of.
            say = remarks.missed if "not vectorized" in line else remarks.analysis
            say = remarks.passed if line.startswith("vectorized loop") else say
            say("cpu", "vectorize", nest, f"LLVM: {line}")


def view(block: Array, offset: int, size: tuple[int, ...], dtype: np.dtype) -> Array:
    """The array at an offset of a block of memory."""
    return np.ndarray(size, dtype, block, offset)


Functions = tuple[str, list[Codegen]]
"""LLVM text, and the nests that it is the code of."""

MODULE_LINES = 100
"""Lines of LLVM text that are worth a module of their own: some 10 ms, of which 1 is for it."""


def module_texts(
    codes: Sequence[Codegen],
    runs: Sequence[Sequence[Operation]],
    bounds: Mapping[Operation, Sequence[tuple[int, int]]],
    scratch: int,
    count: int,
) -> list[str]:
    """
    The functions of all nests and what they call, and in the last text also one for each run of
    nests; in at most `count` modules of like size. `scratch` is the slot of the memory for results
    of parts.
    """
    modules = _shared_out(_functions(codes, bounds, scratch), count)
    texts = [
        _declarations([code for _, group in module for code in group])
        + "".join(text for text, _ in module)
        for module in modules
    ]
    elsewhere = [code for module in modules[:-1] for _, group in module for code in group]
    texts[-1] += "".join(f"declare void @{code.name}(ptr)\n" for code in elsewhere)
    names: dict[Operation, str] = {code.op: code.name for code in codes}
    for k, run in enumerate(runs):
        if run[0] in names:
            body = "".join(f"  call void @{names[op]}(ptr %args) noinline\n" for op in run)
            texts[-1] += f"define void @run{k}(ptr %args) nounwind {{\n{body}  ret void\n}}\n"
    return texts


def _functions(
    codes: Sequence[Codegen],
    bounds: Mapping[Operation, Sequence[tuple[int, int]]],
    scratch: int,
) -> list[Functions]:
    """The functions of the nests, with those of all that are alike in one text."""
    # A program that repeats itself has nests that differ by their arrays alone.
    alike: dict[str, list[Codegen]] = {}
    for code in codes:
        ends = bounds[code.op]
        alike.setdefault(code.function(ends[0] if len(ends) == 1 else None), []).append(code)
    functions: list[Functions] = []
    for function, group in alike.items():
        name = f"{group[0].name}.nest"
        text = f"define internal void @{name}{function}"
        whole = len(bounds[group[0].op]) == 1
        if whole and len(group) > 1:
            text += group[0].entry_by_slots(name)
            text += "".join(code.short_entry(name) for code in group)
        elif whole:
            text += group[0].entry(name)
        else:
            text += "".join(split_function(c, name, bounds[c.op], scratch) for c in group)
        functions.append((text, group))
    return functions


def _shared_out(functions: Sequence[Functions], count: int) -> list[list[Functions]]:
    """In at most `count` lists of like size: the longest first, each to the shortest list."""
    lines = {text: text.count("\n") for text, _ in functions}
    count = max(1, min(count, len(functions), sum(lines.values()) // MODULE_LINES))
    lists: list[list[Functions]] = [[] for _ in range(count)]
    sizes = [0] * count
    for text, group in sorted(functions, key=lambda f: lines[f[0]], reverse=True):
        smallest = sizes.index(min(sizes))
        lists[smallest].append((text, group))
        sizes[smallest] += lines[text]
    return lists


def _declarations(codes: Sequence[Codegen]) -> str:
    """What these nests call."""
    declared: dict[str, str] = {}
    for code in codes:
        declared |= code.declared
    vectors = [name for name in declared if name.startswith("_ZGV")]
    lines = [*declared.values(), "declare void @letgrad_parallel(ptr, ptr, i64)"]
    if vectors:
        # Nothing refers to them until the vectorizer does.
        listed = ", ".join(f"ptr @{name}" for name in vectors)
        lines.append(
            f"@llvm.compiler.used = appending global [{len(vectors)} x ptr] [{listed}], "
            'section "llvm.metadata"'
        )
    return "\n".join([*lines, ""])
