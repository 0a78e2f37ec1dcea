"""
A launcher under construction: a function over torch tensors. It allocates the tensors that the
kernels of a function write, and launches these kernels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from xdsl.dialects import func
from xdsl.ir import Block, Operation, SSAValue

from ...dialects import types
from ...dialects.types import shape
from ...passes.rewriting.diagnostics import LetgradError
from .codegen import Writer
from .expressions import storage
from .file import Emitter
from .kernels import Buffer, Kernel, Names
from .plans import Kind, Step, size_of

W = TypeVar("W", bound=Writer)


class Launcher(ABC):
    """The lines and names of the launcher of one function of the module."""

    def __init__(self, file: Emitter, op: func.FuncOp):
        self.file, self.op = file, op
        self.name = file.functions[op.sym_name.data]
        self.names = Names(set(file.globals.used))
        self.value: dict[SSAValue, str] = {}
        self.lines: list[str] = []
        self.indent = "    "
        self.buffers: dict[str, str] = {}
        self.places: dict[SSAValue, str] = {}
        """The rows that some values become: the kernels that make these values write them there."""
        self.loops = 0
        """The number of loops around the lines that are being written."""
        self.times = 1
        """How often a call runs the lines that are being written, as far as sizes say it."""

    def put(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def name_of(self, x: SSAValue | Buffer) -> str:
        if isinstance(x, Buffer):
            return self.buffers.setdefault(x.name, x.name)
        if x not in self.value:
            self.value[x] = self.names.fresh(x.name_hint or "x")
        return self.value[x]

    @abstractmethod
    def block(self, block: Block) -> None:
        """Write the steps of a block, as those of a region."""

    @contextmanager
    def indented(self) -> Iterator[None]:
        """Lines written inside of the `with` have one more level of indentation."""
        outer, self.indent = self.indent, self.indent + "    "
        yield
        self.indent = outer

    @contextmanager
    def repeated(self, times: int) -> Iterator[None]:
        """Lines written inside of the `with` run so often for each time before."""
        outer, self.times = self.times, self.times * times
        self.loops += 1
        yield
        self.loops -= 1
        self.times = outer

    def note(
        self,
        kind: Kind,
        name: str,
        reads: Iterable[SSAValue | Buffer],
        writes: Iterable[SSAValue | Buffer],
        kernel: Kernel | None = None,
    ) -> None:
        """Add a step to the plan of the function."""
        made = tuple(size_of(x) for x in writes)
        if kernel is not None:
            step = Step(kind, name, self.times, kernel.reads, kernel.writes, made, kernel)
        else:
            step = Step(kind, name, self.times, sum(map(size_of, reads)), sum(made), made)
        self.file.steps.setdefault(self.name, []).append(step)

    def writer(self, cls: type[W], op: Operation, result: SSAValue, suffix: str = "") -> W:
        name = self.file.globals.fresh(f"{self.name}_{self.name_of(result)}{suffix}")
        return cls(name, self.file.scalars, self.name_of, self.file.globals.fresh, op)

    def allocate(self, x: SSAValue | Buffer, how: str = "empty") -> None:
        if isinstance(x, Buffer):
            dtype, size = f"torch.{x.dtype}", x.shape
        else:
            dtype, size = torch_dtype(x), shape(x.type)
        if how == "empty" and not isinstance(x, Buffer) and x in self.places:
            self.put(f"{self.name_of(x)} = {self.places.pop(x)}")
            return
        if how != "empty":
            self.note("fill", how, (), (x,))
        self.put(
            f"{self.name_of(x)} = torch.{how}({tuple_text(size)}, dtype={dtype}, device=DEVICE)"
        )

    def launch(self, k: Kernel, how: str = "empty") -> None:
        """Allocate the tensors that a kernel writes, and launch it."""
        self.file.kernels.append(k)
        self.note("kernel", k.name, (), k.outputs, k)
        for x in k.outputs:
            self.allocate(x, how)
        arguments = [self.name_of(x) for x in k.arguments]
        settings: list[str] = []
        if not k.tuned:
            settings = [f"{name}={value}" for name, value in k.constants.items()]
            settings.append(f"num_warps={k.warps}")
        if not self.file.options.fast:
            settings.append("**EXACT")
        self.put(f"{k.name}[{k.grid_text or f'({k.grid},)'}]({', '.join((*arguments, *settings))})")


def torch_dtype(x: SSAValue) -> str:
    """The dtype of a value in torch. Errors: `LetgradError` for a value that is no array."""
    if (found := types.unsupported(x.type)) is not None:
        raise LetgradError(f"the triton backend has no tensor for a value that is {found}", x)
    if types.is_complex(types.element(x.type)):
        raise LetgradError(
            f"the triton backend has no tensor for a value that is {x.type}: ten-split-complex "
            "writes no pair for a value of another dialect",
            x,
        )
    name = storage(x.type)
    return "torch.bool" if name == "int1" else f"torch.{name}"


def tuple_text(numbers: Sequence[int]) -> str:
    return repr(tuple(numbers))
