"""
A function as one Python file: its kernels, and a launcher over torch tensors.

The file needs torch and Triton, and nothing of letgrad.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape
from ...dialects.walking import captured
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of, by_name
from ..nests.outline import carried_by_loops
from . import library, matmul
from .attention_kernels import attention
from .constant_arrays import constant
from .elementwise_loops import LoopWriter, step_of
from .expressions import register, storage
from .file import Emitter, File, Options
from .joins import Joins, Part
from .kernels import Buffer, Kernel, Output, identity
from .launcher import Launcher, torch_dtype, tuple_text
from .long_rows import LongRowWriter, spills, takes_passes
from .nest_kernels import NestWriter, can_fuse
from .recurrence import recurrence
from .scatter import scatter
from .unfuse import unfuse


def emit(module: ModuleOp, options: Options, title: str = "") -> File:
    """
    The functions of a module after the passes: nests, and ops that a library runs.

    Errors: `LetgradError` for an op for which neither kernels nor torch have code.
    """
    file = Emitter(options)
    functions = [op for op in module.ops if isinstance(op, func.FuncOp) and op.body.blocks]
    file.bodies = bodies_of_scans(module)
    functions = [op for op in functions if op.sym_name.data not in file.bodies]
    for op in functions:
        file.functions[op.sym_name.data] = file.globals.fresh(op.sym_name.data)
    return file.assemble([FunctionLauncher(file, op).text() for op in functions], title)


def bodies_of_scans(module: ModuleOp) -> dict[str, func.FuncOp]:
    """The functions that are the body of one scan, and that nothing else calls."""
    loops = {
        op.body.block.first_op.callee.string_value()
        for op in module.walk()
        if isinstance(op, ten.ScanOp) and isinstance(op.body.block.first_op, func.CallOp)
    }
    found = by_name(module)
    return {
        name: found[name]
        for name in carried_by_loops(module)
        if name in loops and len(found[name].body.blocks) == 1
    }


MAY_ALIAS = (
    arith.BitcastOp,
    scf.ExecuteRegionOp,
    scf.ForOp,
    ten.ScanOp,
    ten.WhileOp,
)
"""Ops that may give the memory of one of their operands, or of a value around them."""


class FunctionLauncher(Launcher):
    """Writes the launcher of one function, op by op."""

    def __init__(self, file: Emitter, op: func.FuncOp):
        super().__init__(file, op)
        self.in_registers: set[SSAValue] = set()
        """Products that are never stored, as the nest that reads them is computed with them."""
        self.waiting: dict[kernel.GenericOp, ten.EinsumOp] = {}
        """Products that a kernel computes together with the nest that reads them."""
        self.joined: set[Operation] = set()
        """Nests over the elements of reductions: who joins these computes them."""
        self.joins = Joins()
        self.one_kernel: set[Operation] = set()
        """Loops that are a kernel."""

    def text(self) -> str:
        block = block_of(self.op.body, self.op)
        arguments = [self.name_of(a) for a in block.args]
        for arg, name in zip(block.args, arguments):
            self.put(
                f"{name} = _argument({name}, {torch_dtype(arg)}, {tuple_text(shape(arg.type))})"
            )
        last = block.last_op
        assert last is not None
        self.block(block)
        results = []
        for n, x in enumerate(last.operands):
            name = self.name_of(x)
            if self._is_shared(x, last.operands[:n]):
                name = f"{name}.clone()"
                self.note("copy", "clone", (x,), (x,))
            results.append(name)
        if results:
            self.put(f"return {results[0] if len(results) == 1 else ', '.join(results)}")
        else:
            self.put("return ()")
        given = ", ".join(f"{n}: {a.type}" for n, a in zip(arguments, block.args))
        made = ", ".join(str(x.type) for x in last.operands)
        return "\n".join(
            [
                f"def {self.name}({', '.join(arguments)}):",
                f'    """({given}) -> ({made})"""',
                *self.lines,
            ]
        )

    def _is_shared(self, x: SSAValue, before: Sequence[SSAValue]) -> bool:
        """
        Whether a result may have the memory of an argument, of a constant, or of another result.
        """
        x, before = _stored(x), [_stored(y) for y in before]
        if x in before or isinstance(x, BlockArgument):
            return True
        if isinstance(x.owner, ten.ScanOp):
            # The launcher allocates the rows, and what one kernel carries.
            carried = x.owner.results[: len(x.owner.inits)]
            return x in carried and x.owner not in self.one_kernel
        if isinstance(x.owner, scf.IfOp):
            place = x.owner.results.index(x)
            given = [b.last_op.operands[place] for r in x.owner.regions for b in r.blocks]  # type: ignore[union-attr]
            return any(y.owner.parent_op() is not x.owner or self._is_shared(y, ()) for y in given)
        return isinstance(x.owner, (arith.ConstantOp, *MAY_ALIAS))

    def block(self, block: Block) -> None:
        """The steps of a block. After its last use, a tensor is deleted."""
        for op in list(block.ops):
            if isinstance(op, kernel.FusedOp):
                _check_products(op)
                if not can_fuse(op) and not _goes_over_rows(op):
                    unfuse(op)
        dead = self._last_reads(block)
        waiting: dict[kernel.GenericOp, ten.EinsumOp] = {}
        outer, self.waiting = self.waiting, waiting
        around, self.joins = self.joins, Joins()
        for op in block.ops:
            if op not in self.joined:
                self.join_for(op, block)
            self.joins.done.add(op)
            if op is block.last_op:
                break
            if (
                isinstance(op, ten.EinsumOp)
                and (nest := self.epilogue(op)) is not None
                and nest not in waiting
            ):
                waiting[nest] = op
                continue
            if isinstance(op, kernel.GenericOp) and op in waiting:
                product = waiting.pop(op)
                self.product(product, op)
                dead.setdefault(op, []).extend(
                    x for x in dead.get(product, ()) if x not in dead.get(op, ())
                )
            elif op not in self.joined and not self.is_prologue(op):
                self.step(op)
            gone: list[str] = []
            for x in dead.get(op, ()):
                reader = next((n for n, p in waiting.items() if x in p.operands), None)
                if reader is not None:  # a product that stands before `op`, and runs after it
                    dead.setdefault(reader, []).append(x)
                elif x in self.value and x not in self.in_registers and self.joins.frees(x):
                    gone.append(self.name_of(x))
            if gone:
                self.put(f"del {', '.join(gone)}")
        self.waiting, self.joins = outer, around

    def join_for(self, op: Operation, block: Block) -> None:
        """Join the reductions that an op reads and cannot join itself."""
        reads = [x for x in self._reads(op) if x in self.joins]
        if not reads:
            return
        if (
            isinstance(op, kernel.GenericOp)
            and op not in self.waiting
            and op.res
            and prod(ints(op.loops))
            and not self.is_prologue(op)
        ):
            unnamed = NestWriter("", self.file.scalars, self.name_of, self.file.globals.fresh, op)
            axes = unnamed.axes_of(op)
            if self.joins.can_join(op, reads, axes):
                self.joins.inline(op)
                return
        for parts, over in self.joins.due(reads, block):
            if not parts:
                self.nest(over[0])
                continue
            x = parts[0][0].to
            assert isinstance(x, SSAValue) and isinstance(x.owner, Operation)
            self.launch(self.writer(NestWriter, x.owner, x).join(parts, over))

    def _reads(self, op: Operation) -> list[SSAValue]:
        """What the kernels of an op read."""
        read = captured(op)
        if isinstance(op, ten.EinsumOp):
            nests = {x.owner for x in op.xs if isinstance(x.owner, Operation)}
            inlined = (nest for nest in nests if self.is_prologue(nest))
            read = [*read, *(x for nest in inlined for x in captured(nest))]
        return read

    def _last_reads(self, block: Block) -> dict[Operation, list[SSAValue]]:
        dead: dict[Operation, list[SSAValue]] = {}
        seen: set[SSAValue] = set()
        for op in reversed(list(block.ops)):
            for x in self._reads(op):
                if x not in seen and isinstance(x.owner, Operation) and x.owner.parent is block:
                    if types.rank(x.type):
                        dead.setdefault(op, []).append(x)
                seen.add(x)
        return dead

    def step(self, op: Operation) -> None:
        if isinstance(op, kernel.FusedOp):
            self.fused(op)
        elif isinstance(op, kernel.Nest):
            self.nest(op)
        elif isinstance(op, kernel.RecurrenceOp):
            recurrence(self, op)
        elif isinstance(op, ten.ScanOp) and (found := step_of(self, op)) is not None:
            self.value |= {
                inner: self.name_of(x)
                for inner, x in found.means.items()
                if x not in op.body.block.args
            }
            self.launch(self.writer(LoopWriter, op, op.results[0]).write_loop(op, found))
            self.one_kernel.add(op)
        elif isinstance(op, ten.AttentionOp | ten.AttentionGradientOp):
            attention(self, op)
        elif isinstance(op, ten.EinsumOp) and self.has_tiles(op) is not None:
            self.product(op, None)
        elif isinstance(op, arith.ConstantOp):
            constant(self, op)
        elif isinstance(op, ten.ReshapeOp):
            size = tuple_text(shape(op.result.type))
            self.put(f"{self.name_of(op.result)} = {self.name_of(op.x)}.reshape({size})")
        else:
            library.step(self, op)

    def has_tiles(self, op: ten.EinsumOp) -> matmul.Product | None:
        """The product that a kernel computes, if a kernel should."""
        choice = self.file.options.matmul
        exact = storage(op.result.type) == "float32" and not self.file.options.fast
        if choice == "library":
            return None
        if choice == "auto" and exact and not any(matmul.windows(x) for x in op.xs):
            return None  # a library multiplies matrices that are in memory
        return matmul.product(op)

    def is_prologue(self, op: Operation) -> bool:
        """Whether the kernels of products compute a nest, each the elements that it needs."""
        return (
            self.file.options.matmul != "library"
            and isinstance(op, kernel.GenericOp)
            and bool(op.res)
            and matmul.windows(op.res[0]) is not None
        )

    def epilogue(self, op: ten.EinsumOp) -> kernel.GenericOp | None:
        parts = self.has_tiles(op)
        if parts is None or matmul.steps_of_parts(op, parts):
            return None  # no program has the whole sum
        return matmul.epilogue(op)

    def product(self, op: ten.EinsumOp, nest: kernel.GenericOp | None) -> None:
        """A product of matrices as a kernel, with the nest that reads it."""
        parts = self.has_tiles(op)
        assert parts is not None
        keep = any(matmul.outermost(use.operation, op) is not nest for use in op.result.uses)
        if not keep and nest is not None:
            self.in_registers.add(op.result)
        k = self.writer(matmul.ProductWriter, op, op.result).product(op, parts, nest, keep)
        chosen = matmul.candidates(op, parts)
        k.tuned = matmul.configurations_name(op, chosen)
        self.file.extra.setdefault(k.tuned, matmul.configurations(op, chosen))
        self.launch(k)
        if isinstance(buffer := k.outputs[0], Buffer):
            join = self.writer(NestWriter, op, op.result)
            to = Output("add", op.result, tuple(range(len(op.letters[1]))), op.result)
            self.launch(join.join([(to, buffer)]))

    def nest(self, op: kernel.Nest) -> None:
        if isinstance(op, kernel.ScatterOp):
            scatter(self, op)
            return
        if prod(ints(op.loops)) == 0 or not op.res:
            self.empty_nest(op)
            return
        writer = self.writer(NestWriter, op, op.res[0])
        self.launch_parted(op, *writer.write(op, joined=self.joins.parts))

    def launch_parted(self, op: kernel.Nest, k: Kernel, parts: Sequence[Part]) -> None:
        """A kernel that leaves partial results."""
        self.launch(k)
        self.joined |= self.joins.add(op, parts, {*self.waiting} | self.joined)

    def fused(self, op: kernel.FusedOp) -> None:
        """Rows in registers, or several passes over each row."""
        if _goes_over_rows(op):
            self.launch_parted(op, *self.writer(LongRowWriter, op, op.res[0]).write_passes(op))
        else:
            self.nest(op)

    def empty_nest(self, op: kernel.GenericOp | kernel.FusedOp) -> None:
        """No point: each combination is the identity of its combiner."""
        for (combiner, _), x in zip(op.outputs, op.res):
            dtype = register(x.type)
            if combiner == "store":
                value = "0"
            else:
                value = identity(combiner, dtype) if dtype != "int1" else str(combiner == "all")
            self.note("fill", "full", (), (x,))
            self.put(
                f"{self.name_of(x)} = torch.full({tuple_text(shape(x.type))}, {value}, "
                f"dtype={torch_dtype(x)}, device=DEVICE)"
            )


def _stored(x: SSAValue) -> SSAValue:
    """The array that a value is a view of."""
    return x.owner.x if isinstance(x.owner, ten.ReshapeOp) else x


def _check_products(op: kernel.FusedOp) -> None:
    """Errors: `LetgradError` for rows of a product of matrices."""
    for inner in op.block.ops:
        if isinstance(inner, kernel.ProductOp):
            raise LetgradError(
                "triton multiplies whole matrices: kernel-fuse-rows is to run without `products`",
                inner,
            )


def _goes_over_rows(op: kernel.FusedOp) -> bool:
    """Whether a kernel goes over each row several times, which registers do not hold."""
    return takes_passes(op) and not (can_fuse(op) and not spills(op))


__all__ = ["File", "Options", "emit"]
