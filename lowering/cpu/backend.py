"""
The backend `cpu`: a function as a list of steps over arrays.

A step is a loop nest in machine code, or a library op: einsum through BLAS, and everything that has no code here by the rule that
defines it. Steps are found once; a call checks its arguments, runs them, and gives fresh arrays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import shape
from ...passes.materialize import MaterializePass
from ...passes.pipelines import OptimizePass
from .. import arrays, backends
from ..reference import Evaluator, check_arguments, find_function
from ..to_kernel import ConvertTenToKernelPass, captured
from .codegen import Codegen
from .einsum import compile_einsum
from .machine import Library, has_mvec

Array = Any
Slots = list[Array]

THREAD_WORK = 1 << 17
"""Points of an iteration space that a thread should have at least: what starting it costs is then little."""


def passes() -> Sequence[Any]:
    """What happens to a program before code is made of it."""
    return (
        OptimizePass(),
        MaterializePass(),
        ConvertTenToKernelPass(),
    )


@cache
def workers() -> ThreadPoolExecutor | None:
    """A pool with one thread less than there are processors, for the caller works too."""
    count = int(os.environ.get("LETGRAD_NUM_THREADS", os.cpu_count() or 1))
    return ThreadPoolExecutor(count - 1, "letgrad") if count > 1 else None


def thread_count() -> int:
    pool = workers()
    return 1 if pool is None else pool._max_workers + 1


@backends.register("cpu")
def compile(module: ModuleOp, entry: str) -> backends.Compiled:
    """`@entry` of the module as machine code for this host."""
    find_function(module, entry)
    module = module.clone()
    ctx = Context()
    for dialect in (arith.Arith, ten.Ten, func.Func):
        ctx.load_dialect(dialect)
    for a_pass in passes():
        a_pass.apply(ctx, module)
    return Program(module, entry)


class Program:
    """A compiled function; call it with one array or number per argument."""

    def __init__(self, module: ModuleOp, entry: str):
        self.module = module
        self.function = find_function(module, entry)
        block = self.function.body.block
        self.slot: dict[SSAValue, int] = {}
        for value in block.args:
            self._new_slot(value)
        self.expected = [
            (arrays.dtype(arg.type), shape(arg.type)) for arg in block.args
        ]
        nests = [op for op in block.ops if isinstance(op, kernel.GenericOp)]
        codes = [Codegen(nest, f"nest{k}", has_mvec()) for k, nest in enumerate(nests)]
        texts = [code.function() for code in codes]
        self.library = Library(_module_text(codes, texts), [code.name for code in codes]) if nests else None
        self.steps: list[Callable[[Slots], None]] = []
        by_nest = dict(zip(nests, codes))
        last = block.last_op
        assert last is not None
        for op in block.ops:
            if isinstance(op, kernel.GenericOp):
                self.steps.append(self._nest_step(op, by_nest[op]))
            elif op is not last:
                self.steps.append(self._host_step(op))
        self.results = [(self.slot[x], types.rank(x.type) == 0) for x in last.operands]

    def _new_slot(self, value: SSAValue) -> int:
        return self.slot.setdefault(value, len(self.slot))

    def __call__(self, *args: Any) -> tuple[Array, ...]:
        slots: Slots = [None] * len(self.slot)
        if len(args) != len(self.expected):
            check_arguments(self.function, args)
        for k, (arg, (dtype, size)) in enumerate(zip(args, self.expected)):
            if not (isinstance(arg, np.ndarray) and arg.dtype == dtype and arg.shape == size):
                arg = np.asarray(check_arguments_at(self.function, args, k))
            slots[k] = arg if arg.flags.c_contiguous and arg.flags.aligned else np.array(arg, order="C")
        with np.errstate(all="ignore"):
            for step in self.steps:
                step(slots)
        given = []
        seen: set[int] = set()
        for k, scalar in self.results:
            value = slots[k]
            if scalar:
                value = value[()]
            elif k < len(args) or k in seen or not value.flags.owndata or not value.flags.writeable:
                # An argument that is a result, or a result twice: each is the caller's own.
                value = value.copy()
            seen.add(k)
            given.append(value)
        return tuple(given)

    def _nest_step(self, op: kernel.GenericOp, code: Codegen) -> Callable[[Slots], None]:
        assert self.library is not None
        entry = self.library.entries[code.name]
        inputs = [self.slot[x] for x in code.inputs]
        outputs = [(self._new_slot(r), shape(r.type), arrays.dtype(r.type)) for r in op.res]
        trip = code.trips[0] if code.trips else 1
        points = 1
        for n in code.trips:
            points *= n
        split = code.parallel and thread_count() > 1 and points >= 2 * THREAD_WORK and trip >= thread_count()

        def step(slots: Slots) -> None:
            pointers = [slots[k].__array_interface__["data"][0] for k in inputs]
            for k, size, dtype in outputs:
                slots[k] = np.empty(size, dtype)
                pointers.append(slots[k].__array_interface__["data"][0])
            block = np.array(pointers, np.uintp)
            address = block.__array_interface__["data"][0]
            if split:
                _run_split(entry, address, trip)
            else:
                entry(address, 0, trip)

        return step

    def _host_step(self, op: Operation) -> Callable[[Slots], None]:
        if isinstance(op, arith.ConstantOp):
            value = np.asarray(arrays.constant_array(op))
            k = self._new_slot(op.result)

            def constant(slots: Slots) -> None:
                slots[k] = value

            return constant
        if isinstance(op, ten.EinsumOp) and arrays.dtype(op.result.type).itemsize >= 4:
            call = compile_einsum(op.spec.data, [shape(x.type) for x in op.xs], arrays.dtype(op.result.type))
            operands = [self.slot[x] for x in op.xs]
            target, dtype = self._new_slot(op.result), arrays.dtype(op.result.type)

            def product(slots: Slots) -> None:
                slots[target] = np.asarray(call(*(slots[k] for k in operands)), dtype, order="C")

            return product
        return self._reference_step(op)

    def _reference_step(self, op: Operation) -> Callable[[Slots], None]:
        """An op by the rule that defines it."""
        evaluator = Evaluator(self.module)
        needs = [(x, self.slot[x], types.rank(x.type) == 0) for x in captured(op)]
        operands = list(op.operands)
        targets = [self._new_slot(r) for r in op.results]

        def step(slots: Slots) -> None:
            values = {x: (slots[k][()] if scalar else slots[k]) for x, k, scalar in needs}
            evaluator.push_scope()
            evaluator.set_values(values.items())
            results = evaluator._run_op(op, tuple(values[x] for x in operands)).values
            evaluator.pop_scope()
            for k, value in zip(targets, results):
                slots[k] = np.asarray(value, order="C")

        return step


def check_arguments_at(function: func.FuncOp, args: Sequence[Any], k: int) -> Array:
    return check_arguments(function, args)[k]


def _run_split(entry: Callable[..., None], address: int, trip: int) -> None:
    """The outermost loop in equal parts, one for each thread; the caller takes the last."""
    pool = workers()
    assert pool is not None
    n = thread_count()
    bounds = [trip * k // n for k in range(n + 1)]
    pending = [pool.submit(entry, address, a, b) for a, b in zip(bounds[:-2], bounds[1:-1])]
    entry(address, bounds[-2], bounds[-1])
    for future in pending:
        future.result()


def _module_text(codes: Sequence[Codegen], texts: Sequence[str]) -> str:
    declared: dict[str, str] = {}
    for code in codes:
        declared |= code.declared
    vectors = [name for name in declared if name.startswith("_ZGV")]
    kept = ""
    if vectors:
        # Nothing refers to them until the vectorizer does.
        listed = ", ".join(f"ptr @{name}" for name in vectors)
        kept = f"@llvm.compiler.used = appending global [{len(vectors)} x ptr] [{listed}], section \"llvm.metadata\"\n"
    return "\n".join([*declared.values(), kept, *texts])
