"""
Libraries for C: functions of a module as machine code that runs without Python.

A library is one module of LLVM. It holds the functions as one piece (`loop_code`), and what the JIT
has in the process: the pool of threads, the functions of vectors, and products of matrices, of its
own or by the names of CBLAS. It calls the C library, its `libm`, and POSIX threads. If the machine
has the vectors of `libmvec`, it calls that too.

    int name(arguments…, results…)

An exported function takes scalars by value and arrays by pointer. It checks the pointers, and gives
a status. The values between its ops are in a block of memory, which it keeps for the next call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import llvmlite.binding as llvm
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.op_names import op_name
from ...passes.rewriting.costs import bytes_of
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.driver import collector_paused, run_passes
from ...passes.rewriting.functions import by_name, check_signature
from ...passes.simplify.scalarize import scalarize
from ...passes.simplify.split_complex import becomes_pair, split
from .. import backends
from ..nests.matrix_products import Product, product
from . import elementary
from .ahead_targets import Machine
from .backend import passes
from .instructions import LIBM, Scalars, stored
from .loop_code import NotOnePiece, PieceCode, room
from .machine import optimized_module
from .matrices.own_products import WORDS, products_text
from .modules import PARALLEL, declarations
from .native_pool import ALONE, pool_text

OK, NULL, NO_MEMORY, OVERLAP = range(4)
"""What an exported function returns."""

RESERVED = frozenset(
    "alignas alignof asm auto bool break case catch char class const constexpr const_cast continue "
    "decltype default delete do double dynamic_cast else enum explicit export extern false float "
    "for free friend goto if inline int long main malloc mutable namespace new noexcept nullptr "
    "operator private protected public register reinterpret_cast restrict return short signed "
    "sizeof static static_assert static_cast struct switch template this throw true try typedef "
    "typeid typename typeof union unsigned using virtual void volatile wchar_t while and or not "
    "xor".split()
)
"""Names that C or C++ keeps for itself, or that a library calls."""


@dataclass(frozen=True)
class Options:
    """How a library is made."""

    machine: Machine
    blas: str = "own"
    """Where products of matrices come from: letgrad's "own" code, or "cblas", by its names."""
    strict: bool = False
    threads: bool = True


@dataclass(frozen=True)
class Value:
    """An argument or a result of an exported function."""

    name: str
    type: Attribute

    @property
    def bytes(self) -> int:
        if types.is_complex(types.element(self.type)):
            return 2 * self.size * bytes_of(types.part(types.element(self.type)))
        return bytes_of(self.type)

    @property
    def size(self) -> int:
        return prod(types.shape(self.type))

    @property
    def by_value(self) -> bool:
        """Whether C passes the value itself. C's complex numbers have no common convention."""
        return not types.rank(self.type) and not types.is_complex(types.element(self.type))


@dataclass(frozen=True)
class Exported:
    """A function of a library."""

    name: str
    takes: Sequence[Value]
    gives: Sequence[Value]
    memory: int
    """Bytes of the values between the ops."""


@dataclass(frozen=True)
class Library:
    """A library: the module of LLVM, and what the user must know of it."""

    functions: Sequence[Exported]
    options: Options
    module: llvm.ModuleRef
    links: Sequence[str]
    """The flags of the linker for the libraries that the code calls."""

    @property
    def text(self) -> str:
        """The module as LLVM's text."""
        return str(self.module)

    def object_code(self) -> bytes:
        return self.options.machine.target_machine().emit_object(self.module)


def library(module: ModuleOp, entries: Sequence[str], options: Options) -> Library:
    """
    The functions with these names as a library.

    Errors: `LetgradError` for a function that C cannot name, and at an op that has no code which
            runs without Python.
    """
    if options.blas not in WORDS:
        raise LetgradError(f"products come from {' or '.join(WORDS)}, not from '{options.blas}'")
    for name in entries:
        _check_name(module, name)
    with collector_paused():
        return _Maker(module, entries, options).library()


def _check_name(module: ModuleOp, name: str) -> None:
    function = by_name(module).get(name)
    if function is None or not function.body.blocks:
        raise LetgradError(f"there is no function @{name} with a body", module)
    check_signature(function)
    libm = {n for base in (*LIBM.values(), "fmod", "tanh") for n in (base, f"{base}f")}
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise LetgradError(f"@{name} is no name of C; give the function another name", function)
    if name in RESERVED or name in libm or name.startswith(("letgrad_", "pthread_", "cblas_")):
        raise LetgradError(f"C has another @{name}; give the function another name", function)


class LibraryCode(PieceCode):
    """The functions of a library, with all that they call."""

    most_constant = 1 << 40
    owns = arith.BitcastOp, ten.CumsumOp, ten.ArgsortOp
    has_threads = True  # without a pool, one thread runs the same parts: the results are the same

    def __init__(self, module: ModuleOp, options: Options):
        functions = by_name(module)
        super().__init__(functions.__getitem__, options.strict, options.machine.vectors)
        self.word = WORDS[options.blas]

    def module_text(self, rest: str) -> str:
        """The LLVM module."""
        text = declarations([*(code for _, code in self.nests), *self.small], self.declared, True)
        if not self.needs_pool:
            text = text.replace(PARALLEL, "")
        text += "".join(self.constants.values())
        text += "".join(f"define internal void @{n}{t}" for t, n in self.owned.items())
        text += "".join(f"define internal void @{n}{t}" for t, n in self.inlined.items())
        text += "".join(t for t, _ in self.nests) + "".join(self.splits)
        text += self.text_of_parts(rest)
        return text + rest


class _Maker:
    def __init__(self, module: ModuleOp, entries: Sequence[str], options: Options):
        self.options = options
        self.module = module.clone()
        scalarize(self.module)
        functions = by_name(self.module)
        self.kinds = {name: functions[name].function_type for name in entries}
        self.hints = {name: [a.name_hint for a in functions[name].args] for name in entries}
        split(self.module)
        run_passes(backends.context(), self.module, passes(options.strict, products=True))
        _write_einsums(self.module, options.strict)
        self.code = LibraryCode(self.module, options)

    def library(self) -> Library:
        for op in self.module.walk():
            if isinstance(op, ten.SpecialOp):
                raise LetgradError(
                    f"SciPy computes {op.row.name}, so it has no code that runs without Python", op
                )
        exported: list[Exported] = []
        text = ""
        for name in self.kinds:
            try:
                function, own = self._export(name)
            except NotOnePiece as error:
                raise LetgradError(
                    f"{op_name(error.op)} has no code that runs without Python: {error.why()}",
                    error.op,
                ) from None
            exported.append(function)
            text += own
        text = self.code.module_text(text)
        made = self._linked(text, exported)
        links = ["-lm"]
        if any(f.name.startswith("_ZGV") and f.is_declaration for f in made.functions):
            links.append("-lmvec")
        if any(f.name == "pthread_create" for f in made.functions):
            links.append("-lpthread")
        return Library(exported, self.options, made, links)

    def _linked(self, text: str, exported: Sequence[Exported]) -> llvm.ModuleRef:
        """The module with the code that the JIT has in the process, after LLVM's passes."""
        machine = self.options.machine
        texts = [text]
        letters = [x for x in "sd" if f"@letgrad_{x}gemm(" in text]
        if letters:
            texts.append(products_text(letters, self.options.blas))
        if self.code.needs_pool:
            has_pool = machine.is_linux and self.options.threads
            texts.append(
                pool_text(architecture=machine.architecture) + BEGIN if has_pool else ALONE
            )
        if elementary.PREFIX in text:
            texts.append(elementary.module(machine.vectors))
        context = llvm.create_context()
        modules = [llvm.parse_assembly(each, context) for each in texts]
        whole = modules[0]
        for other in modules[1:]:
            whole.link_in(other)
        names = {f"letgrad.{end}.{f.name}": f for f in exported for end in ("run", "free")}
        wanted = {f.name for f in exported} | {f"{f.name}_free_memory" for f in exported}
        for k, function in enumerate(whole.functions):
            if function.name.startswith("llvm.") or function.is_declaration:
                if function.name.startswith("letgrad_"):
                    raise LetgradError(f"the library would call {function.name}, which has no code")
                continue
            if function.name in wanted:
                function.name = f"letgrad.own.{k}"  # a nest has this name by chance
            if function.name not in names:
                function.linkage = "internal"
        for function in whole.functions:
            if (found := names.get(function.name)) is not None:
                is_run = function.name.startswith("letgrad.run.")
                function.name = found.name if is_run else f"{found.name}_free_memory"
        return optimized_module(whole, machine.target_machine(), machine.triple)

    def _export(self, name: str) -> tuple[Exported, str]:
        """A function of the library, and its text."""
        kind, hints = self.kinds[name], self.hints[name]
        taken: set[str] = set()
        takes = [
            Value(_c_name(hint or f"arg{k}", taken), type)
            for k, (hint, type) in enumerate(zip(hints, kind.inputs))
        ]
        count = len(kind.outputs)
        gives = [
            Value(_c_name("result" if count == 1 else f"result{k}", taken), type)
            for k, type in enumerate(kind.outputs)
        ]
        function = by_name(self.module)[name]
        part = self.code.part(function, name)
        writer = _Export(name, takes, gives)
        text = writer.text(part.name, part.memory)
        self.code.declared |= writer.declared
        return Exported(name, takes, gives, writer.memory), text


def _c_name(hint: str, taken: set[str]) -> str:
    """A name of C for a value, which no other value has."""
    name = re.sub(r"\W", "_", hint, flags=re.ASCII)
    name = name if name[0].isalpha() else f"x{name}"
    name = f"{name}_" if name in RESERVED else name
    base, k = name, 1
    while name in taken:
        name, k = f"{base}_{k}", k + 1
    taken.add(name)
    return name


class _Export(Scalars):
    """Writes an exported function: it checks pointers, finds memory, and calls the code."""

    def __init__(self, name: str, takes: Sequence[Value], gives: Sequence[Value]):
        super().__init__("", False)
        self.name, self.takes, self.gives = name, takes, gives
        self.memory = 0

    def text(self, part: str, memory: int) -> str:
        self.memory = room(memory)
        parameters: list[str] = []
        given: list[str] = []
        checked: list[tuple[str, int]] = []
        """The arrays that are not empty, and their bytes."""
        pairs: list[tuple[Value, str, int]] = []
        for k, value in enumerate(self.takes):
            if value.by_value:
                kind = stored(types.element(value.type))
                kind = {"half": "i16"}.get(kind, kind)
                parameters.append(f"{kind} %x{k}")
                self.put(f"%x{k}.at = alloca {kind}, align 8")
                number = f"%x{k}"
                if types.is_bool(types.element(value.type)):
                    number = self.let(f"zext i1 {self.let(f'icmp ne i8 %x{k}, 0')} to i8")
                self.put(f"store {kind} {number}, ptr %x{k}.at")
                given.append(f"%x{k}.at")
                continue
            parameters.append(f"ptr %x{k}")
            if value.bytes:
                checked.append((f"%x{k}", value.bytes))
            given += self._places(value, f"%x{k}", pairs)
        inputs, first = len(checked), len(pairs)
        for k, value in enumerate(self.gives):
            parameters.append(f"ptr %y{k}")
            if value.bytes:
                checked.append((f"%y{k}", value.bytes))
            given += self._places(value, f"%y{k}", pairs)
        self._refuse(self._nulls(checked), NULL)
        self._refuse(self._overlaps(checked, inputs), OVERLAP)
        if self.memory:
            self._take()
        for value, pointer, at in pairs[:first]:
            self._copy(value, pointer, at, split=True)
        arena = "%arena" if self.memory else "null"
        # The code may move vectors to and from the stack of its callers.
        listed = "".join(f"ptr {self._resolved(p)}, " for p in given)
        self.put(f"call void @{part}({listed}ptr {arena})")
        for value, pointer, at in pairs[first:]:
            self._copy(value, pointer, at, split=False)
        if self.memory:
            self._give()
        self.put(f"ret i32 {OK}")
        name, body = self.name, "\n".join(self.lines)
        text = (
            f"@letgrad.idle.{name} = internal global ptr null\n"
            f"define i32 @letgrad.run.{name}({', '.join(parameters)}) nounwind {{\n"
            f"entry:\n{body}\n}}\n"
        )
        return text + (
            f"define void @letgrad.free.{name}() nounwind {{\n"
            f"  %block = atomicrmw xchg ptr @letgrad.idle.{name}, ptr null seq_cst\n"
            "  call void @free(ptr %block)\n  ret void\n}\n"
        )

    def _places(self, value: Value, pointer: str, pairs: list[tuple[Value, str, int]]) -> list[str]:
        """What the code takes for an array; for a complex one, the offsets of its two parts."""
        self.declare("free", "declare void @free(ptr)\n")
        if not becomes_pair(value.type):
            return [pointer]
        at = self.memory
        self.memory += 2 * room(value.bytes // 2)
        pairs.append((value, pointer, at))
        return [f"+{at}", f"+{at + room(value.bytes // 2)}"]

    def _resolved(self, place: str) -> str:
        if not place.startswith("+"):
            return place
        if not self.memory:
            return "null"
        return self.let(f"getelementptr i8, ptr %arena, i64 {place[1:]}")

    def _refuse(self, flags: Sequence[str], status: int) -> None:
        """Return a status if one of these conditions holds."""
        if not flags:
            return
        any = flags[0]
        for flag in flags[1:]:
            any = self.let(f"or i1 {any}, {flag}")
        bad, good = self.fresh("b")[1:], self.fresh("b")[1:]
        self.put(f"br i1 {any}, label %{bad}, label %{good}")
        self.begin(bad)
        self.put(f"ret i32 {status}")
        self.begin(good)

    def _nulls(self, checked: Sequence[tuple[str, int]]) -> list[str]:
        return [self.let(f"icmp eq ptr {pointer}, null") for pointer, _ in checked]

    def _overlaps(self, checked: Sequence[tuple[str, int]], inputs: int) -> list[str]:
        """Whether a result shares memory with an argument, or with another result."""
        begins = [self.let(f"ptrtoint ptr {pointer} to i64") for pointer, _ in checked]
        ends = [self.let(f"add i64 {b}, {n}") for b, (_, n) in zip(begins, checked)]
        flags: list[str] = []
        for k in range(inputs, len(checked)):
            for j in range(k):
                left = self.let(f"icmp ult i64 {begins[j]}, {ends[k]}")
                right = self.let(f"icmp ult i64 {begins[k]}, {ends[j]}")
                flags.append(self.let(f"and i1 {left}, {right}"))
        return flags

    def _take(self) -> None:
        """Find memory: the block that the last call kept, or a new one."""
        self.declare("malloc", "declare ptr @malloc(i64)\n")
        fresh, have, none = (self.fresh("b")[1:] for _ in range(3))
        idle = f"@letgrad.idle.{self.name}"
        kept = self.let(f"atomicrmw xchg ptr {idle}, ptr null seq_cst")
        before = self.block
        self.put(f"br i1 {self.let(f'icmp eq ptr {kept}, null')}, label %{fresh}, label %{have}")
        self.begin(fresh)
        made = self.let(f"call ptr @malloc(i64 {self.memory + 64})")
        self.put(f"br i1 {self.let(f'icmp eq ptr {made}, null')}, label %{none}, label %{have}")
        self.begin(none)
        self.put(f"ret i32 {NO_MEMORY}")
        self.begin(have)
        self.put(f"%block = phi ptr [ {kept}, %{before} ], [ {made}, %{fresh} ]")
        up = self.let("ptrtoint ptr %block to i64")
        up = self.let(f"and i64 {self.let(f'add i64 {up}, 63')}, -64")
        self.put(f"%arena = inttoptr i64 {up} to ptr")

    def _give(self) -> None:
        """Keep the block for the next call. If another call was faster, give the block back."""
        idle = f"@letgrad.idle.{self.name}"
        pair = self.let(f"cmpxchg ptr {idle}, ptr null, ptr %block seq_cst seq_cst")
        kept = self.let(f"extractvalue {{ ptr, i1 }} {pair}, 1")
        free, end = self.fresh("b")[1:], self.fresh("b")[1:]
        self.put(f"br i1 {kept}, label %{end}, label %{free}")
        self.begin(free)
        self.put("call void @free(ptr %block)")
        self.put(f"br label %{end}")
        self.begin(end)

    def _copy(self, value: Value, pointer: str, at: int, split: bool) -> None:
        """The complex numbers of an array as two arrays of their parts, or back."""
        part = types.part(types.element(value.type))
        if not value.size:
            return
        for k in range(2):
            offset = at + k * room(value.bytes // 2)
            own = self.let(f"getelementptr i8, ptr %arena, i64 {offset}")

            def element(i: str, k: int = k, own: str = own) -> None:
                place = self.let(f"add i64 {self.let(f'mul i64 {i}, 2')}, {k}")
                if split:
                    self.store(self.load(pointer, place, part), own, i, part)
                else:
                    self.store(self.load(own, i, part), pointer, place, part)

            self.counted("0", str(value.size), element)


BEGIN = """
declare ptr @getenv(ptr)
declare i64 @strtol(ptr, ptr, i32)
declare i32 @sched_getaffinity(i32, i64, ptr)
declare i64 @llvm.ctpop.i64(i64)
declare i64 @llvm.umin.i64(i64, i64)
@threads.name = internal constant [20 x i8] c"LETGRAD_NUM_THREADS\\00"
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }]
  [{ i32, ptr, ptr } { i32 65535, ptr @letgrad_begin, ptr null }]

; The pool has a thread for each processor that the process may use, or fewer if the user says so.
define void @letgrad_begin() {
entry:
  %mask = alloca [16 x i64], align 64
  call void @llvm.memset.p0.i64(ptr %mask, i8 0, i64 128, i1 false)
  %failed = call i32 @sched_getaffinity(i32 0, i64 128, ptr %mask)
  br label %head
head:
  %k = phi i64 [ 0, %entry ], [ %k.next, %head ]
  %sum = phi i64 [ 0, %entry ], [ %sum.next, %head ]
  %at = getelementptr i64, ptr %mask, i64 %k
  %word = load i64, ptr %at
  %bits = call i64 @llvm.ctpop.i64(i64 %word)
  %sum.next = add i64 %sum, %bits
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, 16
  br i1 %more, label %head, label %counted
counted:
  %none = icmp eq i64 %sum.next, 0
  %count = select i1 %none, i64 1, i64 %sum.next
  %said = call ptr @getenv(ptr @threads.name)
  %silent = icmp eq ptr %said, null
  br i1 %silent, label %end, label %read
read:
  %number = call i64 @strtol(ptr %said, ptr null, i32 10)
  %positive = icmp sgt i64 %number, 0
  %wanted = select i1 %positive, i64 %number, i64 %count
  ; More threads than processors would wait for each other in a loop.
  %fewer = call i64 @llvm.umin.i64(i64 %wanted, i64 %count)
  br label %end
end:
  %threads = phi i64 [ %count, %counted ], [ %fewer, %read ]
  %workers = sub i64 %threads, 1
  call void @letgrad_reset(i64 %workers)
  ret void
}
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
"""
"""The begin of a library with threads: its pool."""


def _write_einsums(module: ModuleOp, strict: bool) -> None:
    """Write each einsum that is left as a loop nest: no library runs it."""
    for op in list(module.walk()):
        if isinstance(op, ten.EinsumOp):
            _write_einsum(op, strict)


def _write_einsum(op: ten.EinsumOp, strict: bool) -> None:
    words, output = op.letters
    found = product(words, output, [x.type for x in op.xs])
    if isinstance(found, Product) and not strict:
        nest = _product_nest(op, found)
    else:
        nest = _sum_nest(op)
    nest.location = op.location
    nest.attributes |= op.attributes
    parent = op.parent
    assert parent is not None
    parent.insert_op_before(nest, op)
    nest.results[0].name_hint = op.result.name_hint
    op.result.replace_all_uses_with(nest.results[0])
    op.detach()
    op.erase()


def _product_nest(op: ten.EinsumOp, found: Product) -> kernel.FusedOp:
    """The product of matrices, in loops over its rows."""
    block = Block(arg_types=[ten.index_type] * len(found.loops))
    inner = kernel.ProductOp(op.spec.data, op.xs[0], op.xs[1], block.args)
    inner.location = op.location
    block.add_ops([inner, kernel.YieldOp(inner.result)])
    return kernel.FusedOp(found.loops, [("store", range(len(found.loops)))], Region(block))


def _sum_nest(op: ten.EinsumOp) -> kernel.GenericOp:
    """The sum of products, element by element."""
    words, output = op.letters
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, types.shape(x.type))}
    letters = [*output, *(c for c in sizes if c not in output)]
    block = Block(arg_types=[ten.index_type] * len(letters))
    index = dict(zip(letters, block.args))
    is_float = types.is_float(types.element(op.result.type))
    total: SSAValue | None = None
    for word, x in zip(words, op.xs):
        value: SSAValue = x
        if word:
            load = kernel.LoadOp(x, [index[c] for c in word])
            block.add_op(load)
            value = load.results[0]
        if total is None:
            total = value
            continue
        step: Operation = (arith.MulfOp if is_float else arith.MuliOp)(total, value)
        block.add_op(step)
        total = step.results[0]
    assert total is not None
    block.add_op(kernel.YieldOp(total))
    return kernel.GenericOp(
        [sizes[c] for c in letters], [("add", range(len(output)))], Region(block)
    )


def entries_of(module: ModuleOp) -> list[func.FuncOp]:
    """The public functions with a body."""
    return [
        f
        for f in by_name(module).values()
        if f.body.blocks and (f.sym_visibility is None or f.sym_visibility.data == "public")
    ]
