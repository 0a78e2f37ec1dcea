"""
Loops as one piece of machine code: all steps of a loop, and the loops, conditionals and calls
inside of it at any depth.

A loop is such a piece if the functions that it calls consist of loop nests, of ops that have code
of their own (`own_ops`), and of such pieces. If a step has only nests, and threads share one of
them, the loop calls the code of the step instead (`control_flow`). Each of these functions becomes
a function of LLVM that takes pointers: one for each argument, one for each result, and one to
memory for the values in between.

A carried value of few elements, and each small value between the ops of a body, is a variable on
the stack. LLVM keeps it in registers, because it puts the small functions into the loop, and writes
all turns of their loops. The other carried values are in two buffers by turns, so that a step reads
one buffer and writes the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import prod

import numpy as np
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Attribute, Operation, Region, SSAValue

from ...dialects import arrays, delta, kernel, ten, types
from ...dialects.op_names import op_name
from ...dialects.types import ints
from ...dialects.walking import captured
from ...passes.rewriting.costs import ARENA_BYTES, bytes_of
from ...passes.rewriting.functions import block_of
from ...passes.rewriting.remarks import Why
from ..nests.plan_buffers import ALIGNMENT, Of, in_place, overwritten, places_in, with_buffers
from .alike_nests import nest_form, shared_name
from .chains import waits_for_numbers
from .codegen import Codegen
from .instructions import UNROLLED_LOOP, Scalars, stored
from .machine import vector_functions
from .modules import declaration_of, declarations, shared_out
from .own_ops import BY_LIBRARIES, OwnOp, own_op
from .split import bounds_of, scratch_bytes, split_by_table

Find = Callable[[str], func.FuncOp]
"""A function of the module by its name."""

Written = dict[object, tuple[Codegen, str, bool]]
"""The writers of nests, their texts, and whether LLVM puts them into loops, by `nest_form`."""

Calls = func.CallOp | delta.CustomVjpOp | delta.CustomJvpOp

WRITTEN = arith.ConstantOp | ten.ScanOp | ten.WhileOp | scf.ForOp | scf.IfOp | Calls
"""Ops that are no nests, and that a body writes itself."""

FOREVER = (1 << 63) - 1
"""The limit of a loop without one."""

SMALL = 512
"""Bytes of a value between ops, up to which it is a variable on the stack."""

IN_REGISTERS = 9
"""
Elements of a carried value, up to which it is in registers: a matrix of 3 x 3. LLVM keeps the rows
of a matrix of 4 x 4 in vectors. Such a loop is faster with two buffers.
"""

ROW_IN_REGISTERS = 16
"""
The same for a carried value of one dimension. The step of a loop with two buffers stays a function,
which costs more than a copy of the row.
"""

INLINED = 27
"""
Points up to which a nest is small, so that LLVM puts its code into the loop around: a product of
two matrices of 3 x 3.
"""

UNROLLED = 1024
"""Ops in all turns of a small nest, up to which its sums have the order of the turns."""

UNROLLED_LINES = 640
"""
Lines of LLVM text in all turns of a small nest with a loop of more than `UNROLLED_SIDE` turns, up
to which LLVM writes each turn. More lines gain nothing by that, and take LLVM two to three times as
long. The elements of small matrices are to be in registers, however many lines there are.
"""

UNROLLED_SIDE = 4

INSTRUCTIONS = math.AbsFOp, math.CopySignOp, math.FmaOp, math.SqrtOp, ten.SelectOp, ten.CastOp
"""Ops of other dialects than arith of which the processor has instructions."""

INLINED_LINES = 400
"""Lines of LLVM text up to which a nest is small, so that the text of a loop stays short."""

INLINED_WEIGHT = 2000
"""Lines of LLVM text of a body and all that it calls, up to which LLVM puts it into its loop."""

SHARED_WEIGHT = 150
"""
Lines of LLVM text of a body and all that it calls, from which several loops share its function.
Gradients of loops of unknown length run a body in three to five places, and LLVM would take as many
times as long. It puts the function there nonetheless where this pays.
"""

MOST_CONSTANT = 1 << 16
"""Bytes of a constant that a piece of machine code may hold."""


def is_in_registers(type: Attribute) -> bool:
    """Whether a loop carries a value of this type in registers."""
    most = ROW_IN_REGISTERS if types.rank(type) == 1 else IN_REGISTERS
    return 0 < types.size(type) <= most


def is_unrolled(op: kernel.Nest, points: int) -> bool:
    """
    Whether LLVM writes each turn of a small nest. It would take other functions for sines and the
    like in the turns that become vectors, with other last digits, and so depend on the code around.
    """
    ops = list(op.walk())
    return points * len(ops) <= UNROLLED and all(
        x.dialect_name() in ("arith", "kernel") or isinstance(x, INSTRUCTIONS) for x in ops
    )


def room(bytes: int) -> int:
    """The bytes that a value takes in memory between ops."""
    return -(-bytes // ALIGNMENT) * ALIGNMENT


@dataclass
class Part:
    """
    A function of LLVM: the bytes of memory that it needs, the lines that LLVM puts into its caller
    (None if it puts none there), and its text.
    """

    name: str
    memory: int
    weight: int | None
    text: str


@dataclass
class NestPart:
    """The writer of a nest, and the name of its function."""

    code: Codegen
    name: str
    is_small: bool
    """Whether LLVM puts the function into the loop around."""
    inputs: Sequence[SSAValue]
    """The arrays that the nest reads."""
    scratch: int = 0
    """
    If threads share the nest, the bytes for the results of parts; the function then takes a table
    of pointers.
    """
    text: str = ""
    """The function, if threads do not share the nest."""


class NotOnePiece(Exception):
    """
    An op keeps a loop from being one piece of machine code; `why` says how. `has_threads` if this
    is that threads share the op.
    """

    def __init__(self, op: Operation, why: Why, has_threads: bool = False):
        super().__init__()
        self.op, self.why, self.has_threads = op, why, has_threads


def _without_code(op: Operation) -> NotOnePiece:
    return NotOnePiece(op, lambda: f"{op_name(op)} has no machine code")


class PieceCode:
    """
    Functions of a module as one piece of machine code.

    `find` gives the functions of the module, and `mvec` are the kinds of vector functions that the
    machine has. Errors: `NotOnePiece` if there is no such code.
    """

    most_constant = MOST_CONSTANT
    has_threads = False
    """Whether threads may share a nest."""
    owns: tuple[type[Operation], ...] = (
        arith.BitcastOp, ten.ArgsortOp, ten.CumsumOp, ten.DctOp, ten.EinsumOp, ten.FftOp,
    )  # fmt: skip
    """Ops other than nests whose own functions this code has."""
    word: str | None = None
    """The LLVM type of sizes in calls of BLAS; None takes that of NumPy's BLAS."""

    def __init__(self, find: Find, strict: bool, mvec: str, written: Written | None = None):
        self.find, self.strict, self.mvec = find, strict, mvec
        self.written = {} if written is None else written
        """The code of nests that this piece or an earlier one has, by `nest_form`."""
        self.parts: dict[str, Part | None] = {}
        """The functions by their names; None for a function whose code has begun."""
        self.alike: dict[tuple[str, int], Part] = {}
        """
        The functions by their texts without names, and their memory: a loop that runs again has the
        same body.
        """
        self.nests: list[tuple[str, Codegen]] = []
        """The text and the writer of each nest that is a function of its own."""
        self.inlined: dict[str, str] = {}
        self.alone: dict[str, str] = {}
        """The names of the functions of nests by their texts: nests that are alike share one."""
        self.constants: dict[str, str] = {}
        self.declared: dict[str, str] = {}
        self.small: list[Codegen] = []
        self.known: dict[object, NestPart] = {}
        """The nests that are written, by `nest_form`."""
        self.names = count()
        self.wakes_blas = self.needs_pool = False
        self.split: dict[tuple[str, str], str] = {}
        """The names of the functions that give the parts of a nest to threads, by texts."""
        self.splits: list[str] = []
        """Their texts."""
        self.owned: dict[str, str] = {}
        """The names of the functions of other ops by their texts."""
        self.found: dict[Operation, OwnOp | None] = {}
        """The functions of other ops."""

    # What bodies ask for.

    def part(self, op: Operation, name: str) -> Part:
        """The function that a body calls."""
        if name not in self.parts:
            self.parts[name] = None
            self.parts[name] = self._part(name)
        part = self.parts[name]
        if part is None:
            raise NotOnePiece(op, lambda: f"@{name} calls itself")
        return part

    def own(self, op: Operation) -> tuple[str, int] | None:
        """
        The name of a function for an op that is no nest, and the bytes of its scratch; None if
        there is none.
        """
        if op not in self.found:
            self.found[op] = own_op(op, self.word) if isinstance(op, self.owns) else None
        found = self.found[op]
        if found is None:
            return None
        self.wakes_blas |= found.wakes_blas
        if found.text not in self.owned:
            self.owned[found.text] = f"op{next(self.names)}"
            self.declared |= found.declared
            self.needs_pool |= found.has_parts
        return self.owned[found.text], found.scratch

    def _has_code(self, op: Operation) -> bool:
        """Whether an op in a body is not known to have no machine code."""
        return isinstance(op, kernel.Nest | WRITTEN) or self.own(op) is not None

    def _part(self, name: str) -> Part:
        function = self.find(name)
        if len(function.body.blocks) != 1:
            raise NotOnePiece(function, lambda: f"@{name} has {len(function.body.blocks)} blocks")
        block = block_of(function.body, function)
        size = function.attributes.get(ARENA_BYTES)
        assert isinstance(size, IntegerAttr)
        body = _Body(self, _Memory(room(size.value.data)))
        body.places = places_in(function)
        arguments = [f"%a{k}" for k in range(len(block.args))]
        body.pointers.update(zip(block.args, arguments))
        # The caller gives one pointer twice, and pointers are noalias.
        for k, j in in_place(function).items():
            body.pointers[block.args[j]] = f"%r{k}"
        last = block.last_op
        assert last is not None
        # Before all others are written in vain.
        for op in block.ops:
            if op is not last and not self._has_code(op):
                raise _without_code(op)
        results = [f"%r{k}" for k in range(len(last.operands))]
        copied: list[tuple[SSAValue, str]] = []
        made = {x for op in with_buffers(block) for x in op.results}
        for x, pointer in zip(last.operands, results):
            if x in made and x not in body.pointers:
                body.pointers[x] = pointer
            else:
                copied.append((x, pointer))
        for op in block.ops:
            if op is not last:
                body.write(op)
        for x, pointer in copied:
            body.copy(x.type, pointer, body.pointers[x])
        given = "".join(f"ptr noalias {p}, " for p in (*arguments, *results))
        # A function without an attribute LLVM puts into its only caller if that pays.
        weight = None if body.weight is None else body.weight + len(body.lines)
        inline = " alwaysinline" if weight is not None and weight <= INLINED_WEIGHT else ""
        if body.exchanges:
            inline, weight = " noinline", None
        text = f"({given}ptr noalias %arena) nounwind{inline} {{\nentry:\n{body.text()}}}\n"
        key = text, body.memory.most
        if key not in self.alike:
            symbol = f"part{next(self.names)}"
            definition = f"define internal void @{symbol}{text}"
            weight = weight if inline else None
            self.alike[key] = Part(symbol, body.memory.most, weight, definition)
        return self.alike[key]

    def nest(self, op: kernel.Nest, in_place: Mapping[SSAValue, int]) -> NestPart:
        """
        The function of a nest. Nests that are alike are written once: gradients of loops have the
        nests of a body several times.
        """
        form, inputs = nest_form(op, in_place)
        if form not in self.known and form in self.written:
            code, text, is_small = self.written[form]
            # The plan of a program for many sizes counts the nests of each loop.
            bounds_of(op, code, self.strict)
            self.known[form] = self._noted(code, text, is_small)
        if form in self.known:
            return replace(self.known[form], inputs=inputs)
        part = self._nest(op, in_place)
        if list(part.inputs) == inputs:
            self.known[form] = part
            if part.text:
                self.written[form] = part.code, part.text, part.is_small
        return part

    def _nest(self, op: kernel.Nest, in_place: Mapping[SSAValue, int]) -> NestPart:
        def writer(strict: bool) -> Codegen:
            return Codegen(op, "", self.mvec, lambda x: 0, in_place, strict, self.word)

        all_points = prod(ints(op.loops))
        # Guards may leave out points, and only the writer knows how many.
        small = isinstance(op, kernel.GenericOp) and all_points <= INLINED
        code = None if small and is_unrolled(op, all_points) else writer(self.strict)
        if code is None or (code.points <= INLINED and is_unrolled(op, code.points)):
            # The order of a sum would depend on the code around: a loop with checkpoints would
            # have other last digits than one without.
            code = writer(True)
            code.unrolls = True
        bounds = bounds_of(op, code, self.strict)
        if len(bounds) > 1:
            if not self.has_threads:
                text = f"threads share the {code.points} points of a nest"
                raise NotOnePiece(op, lambda: text, has_threads=True)
            self.wakes_blas |= code.wakes_blas
            self.needs_pool = True
            return self._shared(code, bounds)
        text = code.function(bounds[0])
        long = max(ints(op.loops), default=0) > UNROLLED_SIDE
        if code.unrolls and long and text.count("\n") * code.points > UNROLLED_LINES:
            # A loop, with the same order of sums.
            text = text.replace(f", !llvm.loop {UNROLLED_LOOP[0]}", "")
        is_small = code.points <= INLINED and text.count("\n") <= INLINED_LINES
        is_small = is_small and not code.products
        return self._noted(code, text, is_small)

    def _noted(self, code: Codegen, text: str, is_small: bool) -> NestPart:
        """A nest of this text, which the piece of code gets."""
        self.wakes_blas |= code.wakes_blas
        if not is_small:
            return NestPart(code, self._named(code, text), False, code.inputs, text=text)
        inner = text.replace(" noinline alignstack(64)", " alwaysinline", 1)
        if inner not in self.inlined:
            self.inlined[inner] = f"small{next(self.names)}"
            self.small.append(code)
        return NestPart(code, self.inlined[inner], True, code.inputs, text=text)

    def _named(self, code: Codegen, text: str) -> str:
        """The name of the function of a nest, which stays a function of its own."""
        if text not in self.alone:
            self.alone[text] = self._name_of(code, text)
            self.nests.append((f"define void @{self.alone[text]}{text}", code))
        return self.alone[text]

    def _name_of(self, code: Codegen, text: str) -> str:
        return f"nest{next(self.names)}"

    def _shared(self, code: Codegen, bounds: Sequence[tuple[int, int]]) -> NestPart:
        """The function of a nest that threads share."""
        nest = self._named(code, code.function())
        text = split_by_table(code, "NAME", nest, bounds)
        key = nest, text
        if key not in self.split:
            self.split[key] = f"split{next(self.names)}"
            self.splits.append(text.replace("@NAME", f"@{self.split[key]}"))
            self.small.append(code)
        scratch = max(scratch_bytes(code, len(bounds)), 1)
        return NestPart(code, self.split[key], False, code.inputs, scratch)

    def constant(self, op: arith.ConstantOp) -> str:
        """The name of a constant in memory."""
        array = np.asarray(arrays.constant_array(op), order="C")
        if array.nbytes > self.most_constant:
            raise NotOnePiece(op, lambda: f"it is a constant of {array.nbytes} bytes")
        data = array.tobytes().hex("\\")
        data = f"\\{data}" if data else ""
        if data not in self.constants:
            self.constants[data] = (
                f"@c{len(self.constants)} = private unnamed_addr constant "
                f'[{array.nbytes} x i8] c"{data}", align 64\n'
            )
        return self.constants[data].split(" ", 1)[0]

    def text_of_parts(self, *callers: str) -> str:
        """The functions of bodies, which call each other, and which `callers` call."""
        text = "".join(part.text for part in self.alike.values())
        calls = Counter(re.findall(r"call void @(part\d+)\(", "".join((text, *callers))))

        def written(part: Part) -> str:
            if part.weight is None or part.weight <= SHARED_WEIGHT or calls[part.name] == 1:
                return part.text
            return part.text.replace(" alwaysinline", "", 1)

        return "".join(map(written, self.alike.values()))


class LoopCode(PieceCode):
    """
    The machine code of a region op of a function, and of all that it calls. If it `shares`, the
    functions of its nests have names for all libraries of a program. If it `has_threads`, threads
    may share a nest.
    """

    owns = *PieceCode.owns, *BY_LIBRARIES

    def __init__(
        self,
        op: Operation,
        find: Find,
        strict: bool,
        written: Written | None = None,
        shares: bool = False,
        has_threads: bool = False,
    ):
        super().__init__(find, strict, vector_functions(), written)
        self.op, self.shares, self.has_threads = op, shares, has_threads
        body = _Body(self, _Memory(0))
        self.values = list(dict.fromkeys((*op.operands, *captured(op), *op.results)))
        """The values whose addresses the code takes from a table; the memory is behind them."""
        for k, x in enumerate(self.values):
            body.put(f"%given{k}.at = getelementptr ptr, ptr %table, i64 {k}")
            body.put(f"%given{k} = load ptr, ptr %given{k}.at")
            body.pointers[x] = f"%given{k}"
        body.put(f"%arena.at = getelementptr ptr, ptr %table, i64 {len(self.values)}")
        body.put("%arena = load ptr, ptr %arena.at")
        body.write(op)
        self.memory = body.memory.most
        # LLVM makes no vectors of numbers in a function with this attribute.
        apart = " noimplicitfloat" if body.weight is not None and self._waits() else ""
        self.entry = f"define void @loop(ptr %table) nounwind{apart} {{\nentry:\n{body.text()}}}\n"

    def _waits(self) -> bool:
        """Whether the op is a loop that waits for the numbers that it carries."""
        match self.op:
            case ten.ScanOp() | ten.WhileOp() as loop:
                first, inits = 0, loop.inits
            case scf.ForOp() as loop:
                first, inits = 1, loop.iter_args
            case _:
                return False
        call = loop.body.block.first_op
        assert isinstance(call, func.CallOp)
        return waits_for_numbers(self.find(call.callee.string_value()), first, len(inits))

    def _name_of(self, code: Codegen, text: str) -> str:
        return shared_name(code, text) if self.shares else super()._name_of(code, text)

    def texts(self, most: int, elsewhere: Container[str] = ()) -> list[str]:
        """
        The LLVM modules, at most this number; the last one has the function `@loop`. Another
        library has the functions whose names are `elsewhere`.
        """
        names = {f"define void @{name}{text}": name for text, name in self.alone.items()}
        own = [(text, [code]) for text, code in self.nests if names[text] not in elsewhere]
        modules = shared_out(own, most)
        texts = [
            declarations([code for _, group in module for code in group])
            + "".join(text for text, _ in module)
            for module in modules[:-1]
        ]
        last = [code for _, group in modules[-1] for code in group] if modules else []
        here = {text for text, _ in modules[-1]} if modules else set()
        text = declarations([*last, *self.small], self.declared)
        text += "".join(t if t in here else declaration_of(t) for t, _ in self.nests)
        text += "".join(self.constants.values())
        text += "".join(f"define internal void @{n}{t}" for t, n in self.owned.items())
        text += "".join(f"define internal void @{n}{t}" for t, n in self.inlined.items())
        text += "".join(self.splits)
        text += self.text_of_parts(self.entry)
        return [*texts, text + self.entry]


class _Memory:
    """Memory for the values between ops: what is taken, and the most that ever was."""

    def __init__(self, taken: int):
        self.taken = self.most = taken

    def take(self, bytes: int) -> int:
        """The offset of this many bytes more."""
        begin = self.taken
        self.taken += room(bytes)
        self.most = max(self.most, self.taken)
        return begin


class _Body(Scalars):
    """Writes the ops of one function, one after the other."""

    def __init__(self, code: PieceCode, memory: _Memory):
        super().__init__("", False)
        self.code, self.memory = code, memory
        self.declared = code.declared
        self.pointers: dict[SSAValue, str] = {}
        self.stack: list[str] = []
        """Variables on the stack, which the function makes when it begins."""
        self.places: dict[SSAValue, int | Of] = {}
        """The memory of the values of the function."""
        self.weight: int | None = 0
        """The lines that LLVM puts into the loop around; None if some code stays a function."""
        self.exchanges = self.is_exchanging = False
        """
        Whether a loop in this function exchanges two buffers from step to step, for a value that is
        not in registers. LLVM turns the `noalias` of a function that it puts into a loop into facts
        about pairs of loads and stores. These hold within one step, and LLVM uses them beyond: it
        takes what the last step wrote to one buffer for other memory than what this step reads from
        it, and it moves loads out of the loop, into the next loop around. So the step of such a
        loop stays a function, and so does the function around the loop.
        """

    def text(self) -> str:
        return "".join(f"{line}\n" for line in (*self.stack, *self.lines, "  ret void"))

    def variable(self, bytes: int) -> str:
        name = self.fresh("x")
        self.stack.append(f"  {name} = alloca [{max(bytes, 1)} x i8], align {_alignment(bytes)}")
        return name

    def at(self, offset: int) -> str:
        """A place in the memory of the function."""
        return self.let(f"getelementptr i8, ptr %arena, i64 {offset}") if offset else "%arena"

    def copy(self, type: Attribute, target: str, source: str) -> None:
        """Copy a value. Both may be the same place."""
        bytes = bytes_of(type)
        if target == source:
            return
        if is_in_registers(type):
            kind = stored(types.element(type))
            step = bytes // types.size(type)
            for k in range(types.size(type)):
                x, y = source, target
                if k:
                    x, y = (self.let(f"getelementptr i8, ptr {p}, i64 {k * step}") for p in (x, y))
                self.put(f"store {kind} {self.let(f'load {kind}, ptr {x}')}, ptr {y}")
        elif bytes:
            name = "llvm.memmove.p0.p0.i64"
            self.declare(name, f"declare void @{name}(ptr, ptr, i64, i1)")
            self.put(f"call void @{name}(ptr {target}, ptr {source}, i64 {bytes}, i1 false)")

    def write(self, op: Operation) -> None:
        """One op, after its operands."""
        if isinstance(op, arith.ConstantOp):
            self.pointers[op.result] = self.code.constant(op)
            return
        self._place(op)
        if isinstance(op, kernel.Nest):
            self._nest(op)
            return
        before = self.memory.taken
        match op:
            case ten.ScanOp():
                self._scan(op)
            case ten.WhileOp():
                self._while(op)
            case scf.ForOp():
                self._for(op)
            case scf.IfOp():
                self._if(op)
            case func.CallOp() | delta.CustomVjpOp() | delta.CustomJvpOp():
                self._call(op.callee.string_value(), op, op.operands, op.results)
            case _:
                self._own(op)
        self.memory.taken = before

    def _place(self, op: Operation) -> None:
        """Memory for the results of an op."""
        over = {k: x for x, k in overwritten(op, self.places).items()}
        for k, x in enumerate(op.results):
            if x in self.pointers:
                continue
            offset = self.places[x]
            if isinstance(offset, Of):
                self.pointers[x] = f"%r{offset.result}"
            elif k in over:
                self.pointers[x] = self.pointers[over[k]]
            elif bytes_of(x.type) <= SMALL:
                self.pointers[x] = self.variable(bytes_of(x.type))
            else:
                self.pointers[x] = self.at(offset)

    def _nest(self, op: kernel.Nest) -> None:
        part = self.code.nest(op, overwritten(op, self.places))
        code = part.code
        if not part.is_small:
            self.weight = None
        elif self.weight is not None:
            self.weight += len(code.lines)
        pointers = [self.pointers[x] for x in (*part.inputs, *op.res)]
        if not part.scratch:
            given = "".join(f"ptr {p}, " for p in pointers)
            self.put(f"call void @{part.name}({given}i64 {code.range[0]}, i64 {code.range[1]})")
            return
        before = self.memory.taken
        pointers.append(self.at(self.memory.take(part.scratch)))
        self.memory.taken = before
        table = self.variable(8 * len(pointers))
        for k, pointer in enumerate(pointers):
            at = self.let(f"getelementptr ptr, ptr {table}, i64 {k}")
            self.put(f"store ptr {pointer}, ptr {at}")
        self.put(f"call void @{part.name}(ptr {table})")

    def _own(self, op: Operation) -> None:
        """An op that has a function of its own."""
        found = self.code.own(op)
        if found is None:
            raise _without_code(op)
        name, scratch = found
        self.weight = None
        pointers = [self.pointers[x] for x in (*op.operands, *op.results)]
        pointers.append(self.at(self.memory.take(scratch)) if scratch else "null")
        self.put(f"call void @{name}({', '.join(f'ptr {p}' for p in pointers)})")

    def _call(
        self,
        name: str,
        op: Operation,
        given: Sequence[SSAValue | str],
        made: Sequence[SSAValue | str],
    ) -> None:
        """A call of a function, from values or pointers."""
        part = self.code.part(op, name)
        if self.weight is not None:
            self.weight = None if part.weight is None else self.weight + part.weight
        arena = self.at(self.memory.take(part.memory)) if part.memory else "%arena"
        pointers = (self.pointers[x] if isinstance(x, SSAValue) else x for x in (*given, *made))
        listed = "".join(f"ptr {p}, " for p in pointers)
        inline = " noinline" if self.is_exchanging else ""
        self.put(f"call void @{part.name}({listed}ptr {arena}){inline}")

    def _called(self, op: Operation, region: Region) -> tuple[str, Sequence[SSAValue]]:
        """The function that a region calls, and the arguments that the region gives to it."""
        call = region.block.first_op if region.blocks else None
        if not isinstance(call, func.CallOp) or call.next_op is not region.block.last_op:
            raise NotOnePiece(op, lambda: "its region gives values that are no arrays")
        return call.callee.string_value(), call.operands

    def _scan(self, op: ten.ScanOp) -> None:
        name, given = self._called(op, op.body)
        n, m = len(op.inits), len(op.xs)
        moving = [(_row_bytes(x.type), self.pointers[x]) for x in op.xs]
        first = op.first_rows or [0] * len(op.ys)
        made = [
            (bytes, self._row(bytes, self.pointers[x], str(f)) if f else self.pointers[x])
            for x, bytes, f in zip(op.results[n:], [bytes_of(y.type) for y in op.ys], first)
        ]
        trips = str(op.trips)
        if op.turns is not None:
            given_turns = self.let(f"load i64, ptr {self.pointers[op.turns]}")
            trips = self._call_intrinsic("smin", "i64", [given_turns, trips])
            trips = self._call_intrinsic("smax", "i64", [trips, "0"])
            for k, (bytes, y) in enumerate(made):
                if op.rest_is_read(n + k):
                    self._clear_from(bytes, y, trips, op.trips)

        def step(t: str, now: Sequence[str], after: Sequence[str]) -> None:
            k = t
            if op.is_reverse:
                k = self.let(f"sub nsw i64 {self.let(f'sub nsw i64 {trips}, 1')}, {t}")
            rows = [self._row(bytes, x, k) for bytes, x in moving]
            ys = [self._row(bytes, y, k) for bytes, y in made]
            arguments = [*now, *rows, *(self.pointers[x] for x in given[n + m :])]
            self._call(name, op, arguments, [*after, *ys])

        self._steps(name, trips, op.inits, op.results[:n], step)

    def _clear_from(self, bytes: int, pointer: str, row: str, rows: int) -> None:
        """Set the rows of an array from `row` on to 0, of which each has so many bytes."""
        if not bytes or not rows:
            return
        rest = self.let(f"sub i64 {rows}, {row}")
        rest = self.let(f"mul i64 {rest}, {bytes}")
        self.clear_bytes(self._row(bytes, pointer, row), rest)

    def _while(self, op: ten.WhileOp) -> None:
        """A loop whose last carried value says whether another step follows (`rotate`)."""
        name, given = self._called(op, op.body)
        n = len(op.inits)

        def step(t: str, now: Sequence[str], after: Sequence[str]) -> None:
            self._call(name, op, [*now, *(self.pointers[x] for x in given[n:])], after)

        turns = str(FOREVER if op.most is None else op.most)
        self._steps(name, turns, op.inits, op.results, step, goes_on=n - 1)

    def _row(self, bytes: int, pointer: str, k: str) -> str:
        """The row k of an array, whose rows have so many bytes."""
        if not bytes:
            return pointer
        return self.let(f"getelementptr i8, ptr {pointer}, i64 {self.let(f'mul i64 {k}, {bytes}')}")

    def _for(self, op: scf.ForOp) -> None:
        name, given = self._called(op, op.body)
        by = types.constant_value(op.step)
        if not isinstance(by, int) or by <= 0:
            raise NotOnePiece(op, lambda: "its step is not known to be positive")
        n = len(op.iter_args)
        kind = op.lb.type
        word = stored(kind)
        low, high = (self.let(f"load {word}, ptr {self.pointers[x]}") for x in (op.lb, op.ub))
        # The distance is a number without a sign, because it may be larger than all with one.
        some = self.let(f"icmp sgt {word} {high}, {low}")
        last = self.let(f"sub {word} {self.let(f'sub {word} {high}, {low}')}, 1")
        turns = self.let(f"udiv {word} {last}, {by}")
        if word != "i64":
            turns = self.let(f"zext {word} {turns} to i64")
        turns = self.let(f"select i1 {some}, i64 {self.let(f'add i64 {turns}, 1')}, i64 0")
        index = self.variable(bytes_of(kind))

        def step(t: str, now: Sequence[str], after: Sequence[str]) -> None:
            k = t if word == "i64" else self.let(f"trunc i64 {t} to {word}")
            k = self.let(f"add {word} {low}, {self.let(f'mul {word} {k}, {by}')}")
            self.put(f"store {word} {k}, ptr {index}")
            fixed = [self.pointers[x] for x in given[1 + n :]]
            self._call(name, op, [index, *now, *fixed], after)

        self._steps(name, turns, op.iter_args, op.results, step)

    def _steps(
        self,
        name: str,
        turns: str,
        inits: Sequence[SSAValue],
        finals: Sequence[SSAValue],
        step: Callable[[str, Sequence[str], Sequence[str]], None],
        goes_on: int | None = None,
    ) -> None:
        """
        A loop that carries values from `inits` to `finals`; `step(t, now, after)` is a step. The
        carried value `goes_on`, a truth value, says whether a step follows.
        """
        same = in_place(self.code.find(name))
        # Nothing says how many steps there are, so the last one may write into either buffer.
        odd = "false" if goes_on is not None else self.let(f"trunc i64 {turns} to i1")
        one: list[tuple[Attribute, str, str, str]] = []
        pairs: list[tuple[str, str]] = []
        homes: list[tuple[Attribute, str]] = []
        for k, (init, final) in enumerate(zip(inits, finals)):
            bytes = bytes_of(final.type)
            if k in same:
                self.copy(final.type, self.pointers[final], self.pointers[init])
                continue
            if is_in_registers(final.type):
                now, after = self.variable(bytes), self.variable(bytes)
                one.append((final.type, now, after, self.pointers[final]))
                self.copy(final.type, now, self.pointers[init])
                continue
            # The buffers take turns so that the last step writes into the result.
            other = self.variable(bytes) if bytes <= SMALL else self.at(self.memory.take(bytes))
            home = self.pointers[final]
            first = self.let(f"select i1 {odd}, ptr {other}, ptr {home}")
            second = self.let(f"select i1 {odd}, ptr {home}, ptr {other}")
            self.copy(final.type, first, self.pointers[init])
            self.exchanges = True
            pairs.append((first, second))
            homes.append((final.type, home))
        head, inside, done = (self.fresh("b")[1:] for _ in range(3))
        before = self.block
        self.put(f"br label %{head}")
        self.begin(head)
        t, following = self.fresh("t"), self.fresh("t")
        turning = [(self.fresh("p"), self.fresh("p")) for _ in pairs]
        place = len(self.lines)
        self.put("")
        more = self.let(f"icmp ult i64 {t}, {turns}")
        if goes_on is not None:
            now = one[-1][1]
            bit = self.let(f"trunc i8 {self.let(f'load i8, ptr {now}')} to i1")
            more = self.let(f"and i1 {more}, {bit}")
        self.put(f"br i1 {more}, label %{inside}, label %{done}")
        self.begin(inside)
        some, others = iter(one), iter(turning)
        now, after = [], []
        for k, final in enumerate(finals):
            if k in same:
                a = b = self.pointers[final]
            elif is_in_registers(final.type):
                _, a, b, _ = next(some)
            else:
                a, b = next(others)
            now.append(a)
            after.append(b)
        self.is_exchanging = bool(pairs)
        step(t, now, after)
        self.is_exchanging = False
        for type, a, b, _ in one:
            self.copy(type, a, b)
        self.put(f"{following} = add nuw i64 {t}, 1")
        self.put(f"br label %{head}")
        phis = [f"  {t} = phi i64 [ 0, %{before} ], [ {following}, %{self.block} ]"]
        for (a, b), (first, second) in zip(turning, pairs):
            phis.append(f"  {a} = phi ptr [ {first}, %{before} ], [ {b}, %{self.block} ]")
            phis.append(f"  {b} = phi ptr [ {second}, %{before} ], [ {a}, %{self.block} ]")
        self.lines[place] = "\n".join(phis)
        self.begin(done)
        for type, a, _, home in one:
            self.copy(type, home, a)
        for (a, _), (type, home) in zip(turning, homes) if goes_on is not None else ():
            self.copy(type, home, a)

    def _if(self, op: scf.IfOp) -> None:
        if not op.results:
            return
        yes, no, done = (self.fresh("b")[1:] for _ in range(3))
        bit = self.let(f"trunc i8 {self.let(f'load i8, ptr {self.pointers[op.cond]}')} to i1")
        self.put(f"br i1 {bit}, label %{yes}, label %{no}")
        before = self.memory.taken
        for label, region in ((yes, op.true_region), (no, op.false_region)):
            self.begin(label)
            name, given = self._called(op, region)
            self._call(name, op, given, op.results)
            self.memory.taken = before
            self.put(f"br label %{done}")
        self.begin(done)


def _row_bytes(type: Attribute) -> int:
    """The bytes of a row of an array."""
    rows = types.shape(type)[0]
    return bytes_of(type) // rows if rows else 0


def _alignment(bytes: int) -> int:
    """The alignment of a variable: that of its type for one element."""
    return 64 if bytes > 8 else 8
