"""
The backend `cpu`: a function as a list of steps over arrays.

A step is a run of loop nests in machine code (`nest_code`), or a library op (`host_steps`). Einsums
run through BLAS. If an op has no code here, the rule that defines the op runs it. The backend finds
the steps once, and the memory of the values between them (`frames`). A call runs the steps
(`program`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...passes.general.inline_custom import InlineCustomPass
from ...passes.pipelines import OptimizePass
from ...passes.rewriting import settled
from ...passes.rewriting.driver import collector_paused, run_passes
from ...passes.rewriting.functions import block_of, functions
from ...passes.rewriting.printing import exact_text
from ...passes.rewriting.rule_tables import has_foreign_rules
from ...passes.sharing.materialize import MaterializePass
from ...passes.simplify.decompose_attention import DecomposeAttentionPass
from ...passes.simplify.lower_solves import LowerSolvesPass
from .. import backends, cache_files
from ..nests.align_shapes import AlignShapesPass
from ..nests.compute_constants import ComputeConstantsPass
from ..nests.decompose import DecomposePass
from ..nests.duplicate_functions import DuplicateFunctionsPass
from ..nests.fuse_rows import FuseRowsPass
from ..nests.outline import OutlinePass
from ..nests.place_rows import PlaceRowsPass
from ..nests.plan_buffers import PlanBuffersPass
from ..nests.to_kernel import ConvertTenToKernelPass
from ..reference import find_function
from . import kept_programs
from .alike_nests import Writers
from .control_flow import LoopOp, MachineLoop, called, machine_loop, remark_not_one_piece
from .frames import Frames, Layout, Step
from .host_steps import host_step
from .loop_code import NotOnePiece, Written
from .machine import Workers, vector_functions
from .matrices import blas
from .nest_code import NestCode
from .program import Program
from .read_results import mark_unread
from .transforms.cosines_in_loops import DecomposeFewCosinesPass
from .transforms.transform_factors import take_factors

SHORT_ROW = 512
"""
Points of a row, at most, where a function like exp of one number for each row is computed apart:
vector functions take eight numbers in twice the time of one.
"""

CACHED_ROW = 1 << 14
"""Elements of a row that stays in a cache while sums go over it one after the other, at most."""
SMALL_TABLE = 1 << 14
"""
A table with at most so many elements is read. Caches hold it, and to compute its elements would
take longer.
"""


MANY_FUNCTIONS = 3
"""Functions of a program from which nests may be alike in two of them: those of two loops."""


def passes(
    strict: bool = False, products: bool | None = None, entry: str = ""
) -> Sequence[ModulePass]:
    """
    The passes that run before the backend makes code of a program. `products` says whether machine
    code can multiply matrices; None asks whether NumPy brings a library that can. Only this library
    is known to be fast for thin products. The function `entry` stays, also if it is private.
    """
    thin = products is None and blas.integers() is not None
    if products is None:
        products = thin
    return (
        # No derivative is taken from here on.
        LowerSolvesPass(),
        # `kernel-fuse-rows` goes through attention by rows, where this is faster.
        DecomposeAttentionPass(),
        # The tables of these transforms become constants.
        DecomposeFewCosinesPass(),
        # Bodies get into the nests around them.
        InlineCustomPass(keep=entry),
        OptimizePass(row=CACHED_ROW, loop_sums=not strict),
        # Nests of different loops share no rows.
        AlignShapesPass(),
        # Nothing after this line asks for the numbers of a table.
        ComputeConstantsPass(few=SMALL_TABLE),
        # The backend compiles the body of a loop as it compiles a function.
        OutlinePass(),
        # Bodies and branches that are alike are compiled once.
        DuplicateFunctionsPass(),
        DecomposePass(all=strict, cosines=True, thin_products=thin, loop_products=products),
        MaterializePass(),
        ConvertTenToKernelPass(store_scattered=True),
        FuseRowsPass(products=products, short_row=SHORT_ROW),
        # The nests are what they stay.
        PlaceRowsPass(),
        PlanBuffersPass(),
    )


def compile(module: ModuleOp, entry: str, strict: bool = False) -> Program:
    """
    `@entry` of the module as machine code for this host. With `strict`, sums add one element after
    the other, in row-major order.
    """
    function = find_function(module, entry)

    def compiled(alone: bool = False) -> tuple[Compiler, Program]:
        with collector_paused():
            compiler = Compiler(prepared(module, strict, entry), strict, alone)
            return compiler, compiler.entry(entry)

    path = None
    if cache_files.wanted() and cache_files.may_be_kept(module):
        path = kept_programs.place_of(exact_text(module), entry, strict)
    if path is None:
        compiler, program = compiled()
    elif (found := kept_programs.kept(path, lambda: function)) is not None:
        found.compiled_again = lambda: compiled(alone=True)[1]
        return found
    else:
        compiler, program = compiled()
        kept_programs.keep(path, compiler.pieces, compiler.loops, entry)
    compiler.forget_objects()
    program.compiled_again = lambda: compiled(alone=True)[1]
    return program


def kept(text: str, entry: str, strict: bool, module: Callable[[], ModuleOp]) -> Program | None:
    """
    The compiled program of a text, if the cache has it. `module` gives the program, for errors.
    """
    if not cache_files.wanted() or has_foreign_rules():
        return None
    path = kept_programs.place_of(text, entry, strict)
    found = path and kept_programs.kept(path, lambda: find_function(module(), entry))
    if not found:
        return None
    found.compiled_again = lambda: Compiler(
        prepared(module(), strict, entry), strict, alone=True
    ).entry(entry)
    return found


def prepared(module: ModuleOp, strict: bool = False, entry: str | None = None) -> ModuleOp:
    """A copy of a module after the passes: nests, and ops that a library runs, with buffers."""
    module = settled.clone(module)
    run_passes(backends.context(), module, passes(strict, entry=entry or ""))
    if entry is not None:
        mark_unread(module, entry)
    take_factors(module)
    return module


class Compiler:
    """
    The functions of a module after the passes. Each is compiled once. The compiler first writes the
    code of all functions, and LLVM compiles the first functions in the meantime. With `alone`, the
    programs have steps for each nest, for tools.
    """

    def __init__(self, module: ModuleOp, strict: bool = False, alone: bool = False):
        self.module, self.strict, self.alone = module, strict, alone
        self.programs: dict[str, Program | None] = {}
        """The functions by name; None for a function whose compilation has begun."""
        self._written: dict[str, tuple[func.FuncOp, Layout, NestCode]] = {}
        """The functions whose code is written, and perhaps not compiled."""
        self.loops: dict[Operation, MachineLoop | None] = {}
        """The loops by their ops; None for a loop that is not one piece."""
        self._not_one_piece: dict[LoopOp, NotOnePiece] = {}
        """Why loops are not."""
        self.pieces: dict[str, kept_programs.Piece] = {}
        """What the programs are made of."""
        self.written: Written = {}
        """The nests of loops that are written already."""
        self._writers = Writers(vector_functions(), strict)
        self._workers: Workers

    def entry(self, name: str) -> Program:
        """The function that callers of the module call."""
        with Workers() as self._workers:
            if len(list(functions(self.module))) >= MANY_FUNCTIONS:
                self._workers.functions = {}
            self._write(name, may_loop=False)
            return self._compile(name)

    def describe(self, name: str, workers: Workers) -> None:
        """Find the pieces of a function and of all that it calls, and make no machine code."""
        self._workers = workers
        self._write(name, may_loop=False)
        for written, (function, layout, code) in self._written.items():
            items: list[tuple[str, bool, bool] | Operation] = []
            for k, run in enumerate(code.runs):
                items += [code.described(k)] if code.has(run) else run
            self.pieces[written] = kept_programs.Piece(function, layout, code, items)

    def part(self, name: str) -> Program | None:
        """
        A function that another function calls. None if its compilation has begun: then the function
        calls itself, directly or through others.
        """
        if name not in self.programs:
            return self._compile(name)
        return self.programs[name]

    def function(self, name: str) -> func.FuncOp:
        """A function that another function calls, and that is not compiled."""
        return find_function(self.module, name)

    def loop(self, op: LoopOp) -> MachineLoop | None:
        """The machine code of a loop that is one piece; None if the loop is not."""
        if op not in self.loops:
            found = machine_loop(op, self, self._workers)
            self.loops[op] = found if isinstance(found, MachineLoop) else None
            if isinstance(found, NotOnePiece):
                self._not_one_piece[op] = found
        return self.loops[op]

    def forget_objects(self) -> None:
        """Give up the object files of all code, after it is loaded."""
        for piece in self.pieces.values():
            if piece.code.library is not None:
                piece.code.library.forget_objects()
        for loop in self.loops.values():
            if loop is not None:
                loop.library.forget_objects()

    def _write(self, name: str, may_loop: bool) -> None:
        """Write the code of a function, and of the functions that its steps call."""
        if name in self._written:
            return
        function = find_function(self.module, name)
        layout = Layout(function)
        block = block_of(function.body, function)
        code = NestCode(
            block, layout, self.strict, may_loop, self._workers, self._writers, self.alone
        )
        self._written[name] = function, layout, code
        for run in code.runs:
            if not code.has(run):
                for callee in (callee for op in run for callee in called(op, self)):
                    self._write(callee, may_loop=True)

    def _remark_loops(self, ops: Sequence[Operation]) -> None:
        for op in ops:
            if isinstance(op, LoopOp) and (why := self._not_one_piece.get(op)) is not None:
                only_nests = all(self._written[name][2].loops for name in called(op, self))
                remark_not_one_piece(op, why, only_nests)

    def _compile(self, name: str) -> Program:
        self.programs[name] = None
        function, layout, code = self._written[name]
        ops: list[tuple[Operation, Step]] = []
        steps: list[Step] = []
        piece = self.pieces[name] = kept_programs.Piece(function, layout, code, [])
        for k, run in enumerate(code.runs):
            if code.has(run):
                # Nests that follow each other run as one step.
                ops += code.single_steps(k)
                steps.append(code.step(k))
                piece.items.append(code.described(k))
            else:
                own = [(op, host_step(op, layout.slot, self, self.module)) for op in run]
                self._remark_loops(run)
                ops += own if self.alone else []
                steps += [step for _, step in own]
                piece.items += run
        frames = Frames(layout.places, code.scratch)
        program = Program(
            lambda: function, layout.places, frames, steps, ops if self.alone else None,
            code.library, code.in_machine_code, code.wakes_blas,
        )  # fmt: skip
        self.programs[name] = program
        return program
