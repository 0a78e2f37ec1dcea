"""
A function as one Python file: its kernels, and a launcher over torch tensors.

The file needs torch and Triton, and nothing of letgrad.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TypeVar

import numpy as np
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects import arrays, kernel, ten, types
from ...dialects.types import ints, shape
from ...passes.rewriting.diagnostics import LetgradError, location_of, position
from ...passes.rewriting.functions import block_of
from . import helpers, library, matmul
from .cards import CARDS
from .codegen import Buffer, Kernel, Names, NestWriter, can_fuse, identity
from .expressions import Scalars, register, storage
from .unfuse import unfused

HEADER = '''"""
{title}

Written by letgrad. Needs torch and Triton 3.6 or later; kernels run on the current CUDA stream.
With TRITON_INTERPRET=1 in the environment they are interpreted, and no GPU is needed.
"""

import torch
import triton
import triton.language as tl
{imports}
DEVICE = "cpu" if triton.knobs.runtime.interpret else "cuda"
'''

ARGUMENT = '''
def _argument(x, dtype, shape):
    """An argument on the device, its elements in order; a number becomes a tensor."""
    kind = None if isinstance(x, torch.Tensor) else dtype
    x = torch.as_tensor(x, dtype=kind, device=DEVICE)
    if x.dtype != dtype or tuple(x.shape) != shape:
        raise TypeError(f"{x.dtype} {list(x.shape)} is given where {dtype} {list(shape)} is taken")
    return x.contiguous()
'''

GRAPHED = '''
def graphed(function, *example):
    """
    `function` with its launches recorded once, as a CUDA graph: for many small kernels. What it
    gives is overwritten by the next call.
    """
    inputs = [torch.as_tensor(x, device=DEVICE).clone() for x in example]
    function(*inputs)  # compiles, and tunes
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        outputs = function(*inputs)

    def replay(*args):
        for x, arg in zip(inputs, args):
            x.copy_(torch.as_tensor(arg, device=DEVICE))
        graph.replay()
        return outputs

    return replay
'''

LITERAL = 64
"""Elements that a constant may have to be written as numbers."""


@dataclass(frozen=True)
class Options:
    """
    How a file is written.

    Example:

        >>> module = lg.trace(np.tanh, lg.spec(64, "f32"))
        >>> exact = emit_triton(module, TritonOptions()).text
        >>> exact == emit_triton(module, TritonOptions(fast=True)).text
        False
    """

    fast: bool = False
    """Less exact functions, and products contracted into sums."""
    scatter: str = "sorted"
    """How sums into computed places are taken: `sorted`, the same in each run, or `atomic`."""
    matmul: str = "auto"
    """
    Products of matrices: kernels (`triton`), or torch's (`library`); `auto` takes torch's for exact
    float32, where matrix units do not help.
    """
    card: str = "h100"
    """The card that floors are given for."""


@dataclass
class File:
    """An emitted file, and what is known of its kernels."""

    text: str
    kernels: list[Kernel] = field(default_factory=list)
    functions: dict[str, str] = field(default_factory=dict)
    """What the functions of the module are called in the file."""


def emit(module: ModuleOp, options: Options, title: str = "") -> File:
    """
    The functions of a module that is ready: nests, and ops that a library runs.

    Errors: `LetgradError` for an op that neither kernels nor torch have code for.
    """
    file = Emitter(options)
    functions = [op for op in module.ops if isinstance(op, func.FuncOp) and op.body.blocks]
    for op in functions:
        file.functions[op.sym_name.data] = file.globals.fresh(op.sym_name.data)
    return file.assemble([Launcher(file, op).text() for op in functions], title)


LOOPS = (scf.ForOp, scf.ExecuteRegionOp, ten.ScanOp)
"""What may give what it was given."""

W = TypeVar("W", bound=NestWriter)


class Emitter:
    """Writes a file."""

    def __init__(self, options: Options):
        self.options = options
        self.scalars = Scalars(options.fast)
        self.kernels: list[Kernel] = []
        self.globals = Names({"DEVICE", "_argument", "graphed", "helpers"} | set(helpers.HELPERS))
        self.functions: dict[str, str] = {}
        self.extra: dict[str, str] = {}
        """Further definitions, by name."""
        self.imports: set[str] = set()

    def assemble(self, launchers: list[str], title: str) -> File:
        kernels = [self._comment(k) + "\n" + k.text for k in self.kernels]
        imports = "".join(sorted(self.imports))
        if self.scalars.libdevice:
            imports += "from triton.language.extra import libdevice\n"
        parts = [HEADER.format(title=title or "Kernels", imports=imports)]
        if self.scalars.libdevice:
            parts.append(helpers.shim(self.scalars.libdevice))
        parts += [f"\n{text}\n" for text in helpers.texts(self.scalars.helpers)]
        parts += [f"\n{text}\n" for text in (*self.extra.values(), *kernels)]
        parts += [ARGUMENT, *(f"\n{text}\n" for text in launchers), GRAPHED]
        text = "\n\n\n".join(part.strip("\n") for part in parts) + "\n"
        return File(text, self.kernels, self.functions)

    def _comment(self, k: Kernel) -> str:
        """What a kernel makes, and what bounds it."""
        where = position(location_of(k.source)) if k.source is not None else None
        place = "" if where is None else f", from {where[0]}:{where[1]}:{where[2]}"
        card = CARDS[self.options.card]
        return f"# {', '.join(k.made)}{place}\n# {card.remark(k)}"


class Launcher:
    """Writes the function that launches the kernels of one function of the module."""

    def __init__(self, file: Emitter, op: func.FuncOp):
        self.file, self.op = file, op
        self.name = file.functions[op.sym_name.data]
        self.names = Names(set(file.globals.used))
        self.value: dict[SSAValue, str] = {}
        self.lines: list[str] = []
        self.indent = "    "
        self.buffers: dict[str, str] = {}
        self.in_registers: set[SSAValue] = set()
        """Products that are never stored, as the nest that reads them is computed with them."""

    def put(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def name_of(self, x: SSAValue | Buffer) -> str:
        if isinstance(x, Buffer):
            return self.buffers.setdefault(x.name, x.name)
        if x not in self.value:
            self.value[x] = self.names.fresh(x.name_hint or "x")
        return self.value[x]

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
        results = [
            f"{self.name_of(x)}.clone()"
            if self._is_shared(x, last.operands[:n])
            else self.name_of(x)
            for n, x in enumerate(last.operands)
        ]
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

    @staticmethod
    def _is_shared(x: SSAValue, before: Sequence[SSAValue]) -> bool:
        """
        Whether a result may be somebody else's memory: an argument's, a constant's, or that of
        another result.
        """
        if x in before or isinstance(x, BlockArgument):
            return True
        return isinstance(x.owner, (arith.ConstantOp, *LOOPS))

    def block(self, block: Block) -> None:
        """The steps of a block, and the end of what is not needed any more."""
        dead = self._last_reads(block)
        waiting: dict[kernel.GenericOp, ten.EinsumOp] = {}
        """Products that are computed with the nest that reads them."""
        for op in block.ops:
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
            else:
                self.step(op)
            gone = [
                self.name_of(x)
                for x in dead.get(op, ())
                if x in self.value and x not in self.in_registers
            ]
            if gone:
                self.put(f"del {', '.join(gone)}")

    def _last_reads(self, block: Block) -> dict[Operation, list[SSAValue]]:
        dead: dict[Operation, list[SSAValue]] = {}
        seen: set[SSAValue] = set()
        for op in reversed(list(block.ops)):
            for x in library.captured(op):
                if x not in seen and isinstance(x.owner, Operation) and x.owner.parent is block:
                    if types.rank(x.type):
                        dead.setdefault(op, []).append(x)
                seen.add(x)
        return dead

    def step(self, op: Operation) -> None:
        if isinstance(op, kernel.FusedOp):
            for inner in op.block.ops:
                if isinstance(inner, kernel.ProductOp):
                    raise LetgradError(
                        "triton multiplies whole matrices: kernel-fuse-rows is to run without "
                        "`products`",
                        inner,
                    )
        if isinstance(op, kernel.FusedOp) and not can_fuse(op):
            for nest, results in unfused(op):
                for x, y in results:
                    self.value[x] = self.name_of(y)
                self.nest(nest)
        elif isinstance(op, kernel.Nest):
            self.nest(op)
        elif isinstance(op, ten.EinsumOp) and self.has_tiles(op) is not None:
            self.product(op, None)
        elif isinstance(op, arith.ConstantOp):
            self.constant(op)
        else:
            library.step(self, op)

    def constant(self, op: arith.ConstantOp) -> None:
        """An array that is made, and moved to the device, once: it is the same in each call."""
        name, dtype = self.name_of(op.result), torch_dtype(op.result)
        array = np.asarray(arrays.constant_array(op))
        number = types.constant_value(op.result)
        made = self.file.globals.fresh(f"{name}_constant")
        if number is not None or array.size == 0:
            value = (
                float(number or 0)
                if types.is_float(types.element(op.result.type))
                else int(number or 0)
            )
            text = (
                f'float("{value}")'
                if isinstance(value, float) and not np.isfinite(value)
                else repr(value)
            )
            lines = [
                f"return torch.full({tuple_text(array.shape)}, {text}, dtype={dtype}, "
                "device=DEVICE)"
            ]
        elif array.size <= LITERAL and (
            array.dtype.kind not in "fV" or np.all(np.isfinite(array.astype(np.float64)))
        ):
            text = (
                array.tolist()
                if array.dtype != arrays.bfloat16
                else array.astype(np.float64).tolist()
            )
            lines = [f"return torch.tensor({text}, dtype={dtype}, device=DEVICE)"]
        else:
            data = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes())).decode()
            known = self.file.globals.fresh(f"{name}_data")
            rows = "\n".join(f'    "{data[k : k + 92]}"' for k in range(0, len(data), 92))
            self.file.imports |= {"import base64\n", "import zlib\n"}
            self.file.extra[known] = f"{known} = (\n{rows}\n)"
            lines = [
                f"data = bytearray(zlib.decompress(base64.b64decode({known})))",
                f"x = torch.frombuffer(data, dtype={dtype}).reshape({tuple_text(array.shape)})",
                "return torch.as_tensor(x, device=DEVICE)",
            ]
        self.file.imports.add("import functools\n")
        body = "\n".join(f"    {line}" for line in lines)
        self.file.extra[made] = f"@functools.cache\ndef {made}():\n{body}"
        self.put(f"{name} = {made}()")

    # Kernels.

    def has_tiles(self, op: ten.EinsumOp) -> matmul.Product | None:
        """The product that a kernel computes, where one should."""
        choice = self.file.options.matmul
        exact = storage(op.result.type) == "float32" and not self.file.options.fast
        if choice == "library" or (choice == "auto" and exact):
            return None
        return matmul.product(op)

    def epilogue(self, op: ten.EinsumOp) -> kernel.GenericOp | None:
        return matmul.epilogue(op) if self.has_tiles(op) is not None else None

    def product(self, op: ten.EinsumOp, nest: kernel.GenericOp | None) -> None:
        """A product of matrices as a kernel, with what a nest makes of it."""
        parts = self.has_tiles(op)
        assert parts is not None
        keep = any(_outermost(use.operation, op) is not nest for use in op.result.uses)
        if not keep and nest is not None:
            self.in_registers.add(op.result)
        k = self.writer(matmul.ProductWriter, op, op.result).product(op, parts, nest, keep)
        size = 2 if storage(op.result.type) != "float32" else 4
        k.tuned = matmul.configurations_name(size)
        self.file.extra.setdefault(k.tuned, matmul.configurations(size))
        self.launch(k)

    def writer(self, cls: type[W], op: Operation, result: SSAValue, suffix: str = "") -> W:
        name = self.file.globals.fresh(f"{self.name}_{self.name_of(result)}{suffix}")
        return cls(name, self.file.scalars, self.name_of, self.file.globals.fresh, op)

    def nest(self, op: kernel.Nest) -> None:
        if isinstance(op, kernel.ScatterOp):
            from .scatter import scatter

            scatter(self, op)
            return
        if prod(ints(op.loops)) == 0 or not op.res:
            self.empty_nest(op)
            return
        for k in self.writer(NestWriter, op, op.res[0]).write(op):
            self.launch(k)

    def empty_nest(self, op: kernel.GenericOp | kernel.FusedOp) -> None:
        """No point: what is combined is the combination of nothing."""
        for (combiner, _), x in zip(op.outputs, op.res):
            dtype = register(x.type)
            if combiner == "store":
                value = "0"
            else:
                value = identity(combiner, dtype) if dtype != "int1" else str(combiner == "all")
            self.put(
                f"{self.name_of(x)} = torch.full({tuple_text(shape(x.type))}, {value}, "
                f"dtype={torch_dtype(x)}, device=DEVICE)"
            )

    def allocate(self, x: SSAValue | Buffer, how: str = "empty") -> None:
        if isinstance(x, Buffer):
            dtype, size = f"torch.{x.dtype}", x.shape
        else:
            dtype, size = torch_dtype(x), shape(x.type)
        self.put(
            f"{self.name_of(x)} = torch.{how}({tuple_text(size)}, dtype={dtype}, device=DEVICE)"
        )

    def launch(self, k: Kernel, how: str = "empty") -> None:
        """Allocate what a kernel writes, and launch it."""
        self.file.kernels.append(k)
        for x in k.outputs:
            self.allocate(x, how)
        arguments = [self.name_of(x) for x in k.arguments]
        settings: list[str] = []
        if not k.tuned:
            settings = [f"{name}={value}" for name, value in k.constants.items()]
            settings.append(f"num_warps={k.warps}")
        settings.append(f"enable_fp_fusion={self.file.options.fast}")
        self.put(f"{k.name}[{k.grid_text or f'({k.grid},)'}]({', '.join((*arguments, *settings))})")


def _outermost(user: Operation, op: Operation) -> Operation | None:
    at: Operation | None = user
    while at is not None and at.parent is not op.parent:
        at = at.parent_op()
    return at


def torch_dtype(x: SSAValue) -> str:
    """The dtype of a value in torch. Errors: `LetgradError` for what is no array, as a memref."""
    if not types.is_element(types.element(x.type)):
        raise LetgradError(f"{x.type} is no array, and the triton backend knows no other types", x)
    name = storage(x.type)
    return "torch.bool" if name == "int1" else f"torch.{name}"


def tuple_text(numbers: Sequence[int]) -> str:
    return repr(tuple(numbers))


__all__ = ["Buffer", "File", "LetgradError", "Options", "emit"]
