"""
The backend `cpu`: a function as a list of steps over arrays.

A step is a loop nest in machine code, or a library op: einsum through BLAS, and everything that has
no code here by the rule that defines it. Steps are found once; a call checks its arguments, runs
them, and gives fresh arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape
from ...passes.costs import bytes_of
from ...passes.driver import collector_paused
from ...passes.materialize import MaterializePass
from ...passes.pipelines import OptimizePass
from .. import arrays, backends
from ..decompose import DecomposePass
from ..reference import Evaluator, check_arguments, find_function
from ..to_kernel import ConvertTenToKernelPass, captured
from .codegen import Codegen
from .einsum import compile_einsum
from .machine import Library, vector_functions
from .memory import LARGE, is_pooled, pool
from .threads import parts, run_parts, thread_count

Array = Any
Slots = list[Array]
Step = Callable[[Slots], None]
Nest = kernel.GenericOp | kernel.ScatterOp

IN_ORDER = 0x101
"""The flags of an array that is contiguous in C's order, and aligned."""

COMBINE = {
    "add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum, "any": np.logical_or, "all": np.logical_and,
}  # fmt: skip

THREAD_WORK = 1 << 17
"""
Points of an iteration space that a thread should have at least: what starting it costs is then
little.
"""

MAX_PARTS = 16
"""Parts of a nest, at most: more than threads, for one may be slower."""

SCATTER_ROW = 4
"""Elements of a row for which reading all indices once more for each thread is little."""


def passes() -> Sequence[Any]:
    """What happens to a program before code is made of it."""
    return (
        OptimizePass(),
        DecomposePass(),
        MaterializePass(),
        ConvertTenToKernelPass(),
    )


@backends.register("cpu")
def compile(module: ModuleOp, entry: str) -> backends.Compiled:
    """`@entry` of the module as machine code for this host."""
    find_function(module, entry)
    ctx = Context()
    for dialect in (arith.Arith, ten.Ten, func.Func):
        ctx.load_dialect(dialect)
    with collector_paused():
        module = module.clone()
        for a_pass in passes():
            a_pass.apply(ctx, module)
        return Program(module, entry)


class Program:
    """A compiled function; call it with one array or number per argument."""

    def __init__(self, module: ModuleOp, entry: str):
        self.module = module
        self.function = find_function(module, entry)
        block = self.function.body.block
        last = block.last_op
        assert last is not None
        self.slot: dict[SSAValue, int] = {}
        for value in block.args:
            self._new_slot(value)
        for op in block.ops:
            for value in op.results:
                self._new_slot(value)
        self.expected = [
            (k, arrays.dtype(arg.type), shape(arg.type)) for k, arg in enumerate(block.args)
        ]
        nests = [op for op in block.ops if isinstance(op, Nest)]
        codes = [
            Codegen(nest, f"nest{k}", vector_functions(), self.slot.__getitem__)
            for k, nest in enumerate(nests)
        ]
        self.library = Library(module_text(codes), [code.name for code in codes]) if nests else None
        by_nest = dict(zip(nests, codes))
        dead = self._last_reads(block)
        self.empty: Slots = [None] * len(self.slot)
        """The list that a call begins with: constants are there."""
        self.steps: list[tuple[Step, tuple[int, ...]]] = []
        """What runs, and the slots that nothing reads after it."""
        for op in block.ops:
            if isinstance(op, Nest):
                self.steps.append((self._nest_step(op, by_nest[op]), dead[op]))
            elif isinstance(op, arith.ConstantOp):
                self.empty[self.slot[op.result]] = np.asarray(arrays.constant_array(op), order="C")
            elif op is not last:
                self.steps.append((self._host_step(op), dead[op]))
        self.results = [(self.slot[x], types.rank(x.type) == 0) for x in last.operands]

    def _new_slot(self, value: SSAValue) -> int:
        return self.slot.setdefault(value, len(self.slot))

    def _last_reads(self, block: Block) -> dict[Operation, tuple[int, ...]]:
        """For each op, the large values that are not needed after it: their memory is free then."""
        dead: dict[Operation, tuple[int, ...]] = {}
        seen: set[SSAValue] = set()
        for op in reversed(list(block.ops)):
            last = [x for x in (*captured(op), *op.results) if x not in seen]
            seen.update(last)
            dead[op] = tuple(
                self.slot[x]
                for x in last
                if isinstance(x.owner, Operation)
                and not isinstance(x.owner, arith.ConstantOp)
                and bytes_of(x.type) >= LARGE
            )
        return dead

    def __call__(self, *args: Any) -> tuple[Array, ...]:
        slots = self.empty.copy()
        if len(args) != len(self.expected):
            check_arguments(self.function, args)
        for (k, dtype, size), arg in zip(self.expected, args):
            if not (type(arg) is np.ndarray and arg.dtype == dtype and arg.shape == size):
                arg = np.asarray(check_arguments_at(self.function, args, k))
            if arg.flags.num & IN_ORDER != IN_ORDER:
                arg = np.array(arg, order="C")
            slots[k] = arg
        for step, dead in self.steps:
            step(slots)
            for k in dead:
                slots[k] = None
        given = []
        # By identity: a branch or a loop gives what it was given.
        seen = {id(arg) for arg in slots[: len(args)]}
        for k, scalar in self.results:
            value = slots[k]
            if scalar:
                value = value[()]
            elif id(value) in seen or not value.flags.writeable or not is_own(value):
                # An argument that is a result, or a result twice: each is the caller's own.
                value = value.copy()
            else:
                seen.add(id(value))
            given.append(value)
        return tuple(given)

    def _nest_step(self, op: kernel.GenericOp | kernel.ScatterOp, code: Codegen) -> Step:
        assert self.library is not None
        entry = self.library.entries[code.name]
        outputs = [
            (self.slot[r], shape(r.type), arrays.dtype(r.type), bytes_of(r.type)) for r in op.res
        ]
        trip = code.trips[0] if code.trips else 1
        points = prod(code.trips)
        if isinstance(op, kernel.ScatterOp):
            # Parts are rows of the result, and each part reads all indices: that pays for long
            # rows.
            rest = shape(op.res[0].type)
            trip = rest[0] if ints(op.dims) else 1
            worth = prod(code.trips[code.domain :]) >= SCATTER_ROW and points >= 2 * THREAD_WORK
            count = min(thread_count(), trip) if worth else 1
        else:
            count = min(MAX_PARTS, points // max(THREAD_WORK, 1), trip)
        # The parts do not depend on the number of threads, and so the results do not.
        bounds = parts(trip, count) if count > 1 else [(0, trip)]
        if len(bounds) > 1 and code.partial:
            return self._combined_step(op, code, entry, outputs, bounds)

        def step(slots: Slots) -> None:
            for k, size, dtype, bytes in outputs:
                slots[k] = pool.empty(size, dtype, bytes)
            if len(bounds) == 1:
                entry(slots, 0, trip)
            else:
                run_parts(entry, [(slots, low, high) for low, high in bounds])

        return step

    def _combined_step(
        self,
        op: kernel.GenericOp | kernel.ScatterOp,
        code: Codegen,
        entry: Callable[..., None],
        outputs: Sequence[tuple[int, tuple[int, ...], np.dtype, int]],
        bounds: Sequence[tuple[int, int]],
    ) -> Step:
        """
        A nest with results that all parts of its outermost loop add to: each part has its own,
        combined in order.
        """
        n = len(bounds)
        combine = {k: COMBINE[code.outputs[k][0]] for k in code.partial}

        def step(slots: Slots) -> None:
            partial = {}
            for j, (k, size, dtype, bytes) in enumerate(outputs):
                if j in combine:
                    partial[j] = pool.empty((n, *size), dtype, n * bytes)
                else:
                    slots[k] = pool.empty(size, dtype, bytes)
            calls = []
            for m, (low, high) in enumerate(bounds):
                own = slots.copy()
                for j, array in partial.items():
                    own[outputs[j][0]] = array[m : m + 1]
                calls.append((own, low, high))
            run_parts(entry, calls)
            for j, array in partial.items():
                k, size, dtype, _ = outputs[j]
                with np.errstate(all="ignore"):
                    slots[k] = np.asarray(combine[j].reduce(array, axis=0, dtype=dtype), order="C")

        return step

    def _host_step(self, op: Operation) -> Callable[[Slots], None]:
        if isinstance(op, ten.EinsumOp) and arrays.dtype(op.result.type).itemsize >= 4:
            call = compile_einsum(
                op.spec.data, [shape(x.type) for x in op.xs], arrays.dtype(op.result.type)
            )
            operands = [self.slot[x] for x in op.xs]
            target, dtype = self.slot[op.result], arrays.dtype(op.result.type)

            def product(slots: Slots) -> None:
                with np.errstate(all="ignore"):
                    slots[target] = np.asarray(
                        call(*(slots[k] for k in operands)), dtype, order="C"
                    )

            return product
        return self._reference_step(op)

    def _reference_step(self, op: Operation) -> Callable[[Slots], None]:
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
                slots[k] = np.asarray(value, order="C")

        return step


def check_arguments_at(function: func.FuncOp, args: Sequence[Any], k: int) -> Array:
    return check_arguments(function, args)[k]


def is_own(array: Array) -> bool:
    """
    Whether nobody else has the memory of an array: it owns it, or is the only one on a pooled
    block.
    """
    return array.flags.owndata or is_pooled(array)


def module_text(codes: Sequence[Codegen]) -> str:
    """The functions of all nests, and what they call."""
    texts = [code.function() for code in codes]
    declared: dict[str, str] = {}
    for code in codes:
        declared |= code.declared
    vectors = [name for name in declared if name.startswith("_ZGV")]
    kept = ""
    if vectors:
        # Nothing refers to them until the vectorizer does.
        listed = ", ".join(f"ptr @{name}" for name in vectors)
        kept = f'@llvm.compiler.used = appending global [{len(vectors)} x ptr] [{listed}], section "llvm.metadata"\n'
    return "\n".join([*declared.values(), kept, *texts])
