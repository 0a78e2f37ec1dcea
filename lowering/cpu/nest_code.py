"""
The machine code of a function's nests: its text, its parts for threads, and the library that LLVM
makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from xdsl.ir import Block, Operation, SSAValue

from ...dialects import kernel
from ...passes.rewriting import remarks
from ..nests.plan_buffers import overwritten, with_buffers
from . import vectorizer
from .alike_nests import Writers
from .codegen import Codegen
from .frames import Layout, Slots, Step
from .machine import Library, Workers
from .matrices import blas
from .modules import module_texts
from .native_pool import start_pool
from .split import bounds_of, remark_threads, scratch_bytes
from .threads import thread_count

Slot = Callable[[SSAValue], int]

SHORT = 1 << 12
"""
For this many points of iteration spaces, releasing the interpreter's lock does not pay: they take
some microseconds.
"""


class NestCode:
    """
    The machine code of all nests of a function. If a function `may_loop` and is one run of nests,
    it also gets code that loops over it. The `workers` compile the code in the background. Only
    with `alone` can its nests run one by one.
    """

    def __init__(
        self,
        block: Block,
        layout: Layout,
        strict: bool,
        may_loop: bool,
        workers: Workers,
        writers: Writers,
        alone: bool = False,
    ):
        self.runs = list(_runs(block))
        self._nests = [op for op in block.ops if isinstance(op, kernel.Nest)]
        self._layout, self._strict, self._writers = layout, strict, writers
        self._alone = alone
        # Remarks name the place of each nest.
        self._codes = self._generate(writers.fresh if remarks.wanted() else writers.writer)
        bounds: dict[Operation, list[tuple[int, int]]] = {
            op: bounds_of(op, code, strict) for op, code in self._codes.items()
        }
        if remarks.wanted():
            self._remark(bounds)
        split = [op for op in self._nests if len(bounds[op]) > 1]
        self.scratch = max(
            (scratch_bytes(self._codes[n], len(bounds[n])) for n in split), default=0
        )
        """The bytes for the sums of parts of a nest, which each part has for itself."""
        self.loops = may_loop and len(self.runs) == 1 and self.has(self.runs[0])
        self.library: Library | None = None
        if self._nests:
            self.library = self._compiled(bounds, bool(split), workers)
        self.wakes_blas = any(code.wakes_blas for code in self._codes.values())

    @property
    def in_machine_code(self) -> int | None:
        """The address of the code of the whole function, over which loops run in machine code."""
        return self.library.address("run0") if self.library and self.loops else None

    def has(self, run: Sequence[Operation]) -> bool:
        """Whether a run of ops consists of nests."""
        return run[0] in self._codes

    def described(self, k: int) -> tuple[str, bool, bool]:
        """
        The function of the run k, which consists of nests, whether the run is short, and whether it
        calls BLAS.
        """
        codes = [self._codes[op] for op in self._nests_of(k)]
        is_short = sum(code.points for code in codes) < SHORT
        return f"run{k}", is_short, any(code.wakes_blas for code in codes)

    def step(self, k: int) -> Step:
        """The step of the run k."""
        assert self.library is not None
        return run_step(self.library, *self.described(k))

    def single_steps(self, k: int) -> list[tuple[Operation, Step]]:
        """The nests of the run k, with a step for each of them, if they can run alone."""
        if not self._alone:
            return []
        codes = [self._codes[op] for op in self._nests_of(k)]
        return [(code.op, self._step(code.name, [code], False)) for code in codes]

    def _nests_of(self, k: int) -> list[kernel.Nest]:
        return [op for op in self.runs[k] if isinstance(op, kernel.Nest)]

    def _step(self, name: str, codes: Sequence[Codegen], short: bool) -> Step:
        """A function of the library, which runs these nests."""
        assert self.library is not None
        return run_step(self.library, name, short, any(code.wakes_blas for code in codes))

    def _generate(
        self, writer: Callable[[kernel.Nest, str, Slot, Mapping[SSAValue, int]], Codegen]
    ) -> dict[kernel.Nest, Codegen]:
        slot, memory = self._layout.slot.__getitem__, self._layout.memory
        return {
            nest: writer(nest, f"nest{k}", slot, overwritten(nest, memory))
            for k, nest in enumerate(self._nests)
        }

    def _compiled(self, bounds: Bounds, split: bool, workers: Workers) -> Library:
        codes, scratch_slot = list(self._codes.values()), self._layout.size
        most, write = 2 * thread_count(), self._writers.text
        names = workers.functions
        texts = module_texts(
            codes, self.runs, bounds, scratch_slot, most, write, names, self._alone
        )
        return Library(*texts, needs=start_pool if split else None, workers=workers)

    def _remark(self, bounds: Bounds) -> None:
        for nest, code in self._codes.items():
            remark_threads(nest, code.work, len(bounds[nest]))
            if (tile := code.tile) is not None:
                across = len(tile.loads) + len(tile.writes)
                text = f"the nest runs in tiles: {across} of its accesses go across its rows"
                remarks.passed("cpu", "tiles", nest, text)
            for x in code.products:
                remarks.passed("cpu", "matrix product", x.op, "the matrix product of BLAS")
        # Each writer writes code once, so these are new writers.
        _remark_vectorizer(self._generate(self._writers.fresh), bounds)


def run_step(library: Library, name: str, short: bool, wakes_blas: bool) -> Step:
    """A function of a library as a step."""
    run = library.run(name, short)
    if not wakes_blas:
        return run

    def step(slots: Slots) -> None:
        with blas.one_thread:
            run(slots)

    return step


Bounds = Mapping[Operation, Sequence[tuple[int, int]]]
"""For each nest the ranges of its outermost loop that threads take."""


def _runs(block: Block) -> Iterator[list[Operation]]:
    """The ops in order, with nests that follow each other together."""
    for nests, run in groupby(with_buffers(block), lambda op: isinstance(op, kernel.Nest)):
        if nests:
            yield list(run)
        else:
            yield from ([op] for op in run)


def _remark_vectorizer(codes: Mapping[kernel.Nest, Codegen], bounds: Bounds) -> None:
    # The remarks of the nest alone, without the code that joins its parts.
    whole = {nest: [(ends[0][0], ends[-1][1])] for nest, ends in bounds.items()}
    texts = [module_texts([code], [], whole, 0, 1)[0] for code in codes.values()]
    said = vectorizer.remarks_of(texts) if texts else []
    if said is None:
        return
    for nest, lines in zip(codes, said):
        for line in lines:
            # LLVM has no remarks on loops of few turns, and on code without a loop.
            say = remarks.missed if "not vectorized" in line else remarks.analysis
            say = remarks.passed if line.startswith("vectorized loop") else say
            say("cpu", "vectorize", nest, f"LLVM: {line}")
