"""
Compiled programs for a range of one size.

The backend compiles a program for four sizes: the two ends of the range, and two inside of it. If
the four differ in numbers alone, and each number is a polynomial of the size (or the size is a
factor of a float constant), then one program stands for all sizes of the range. The machine code is
compiled once, and reads the numbers from a table. A program for another size is a copy of the
machine code with another table.

This is sound because every decision of the compiler compares a number that grows with the size with
a limit. If the decision is the same at both ends of the range, it is the same inside.

The values between ops lie where they lie at the largest size: arrays of smaller sizes fit there.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from ...passes.rewriting.driver import collector_paused
from . import kept_programs, machine, split
from .backend import Compiler, prepared
from .program import Program

MARK = 0x5CA1AB1E0DDBA115, 0x7E57AB1E5EEDFACE
"""The first two numbers of a table, by which it is found in an object file."""

INTEGER = re.compile(r'(?<![\w.%@"$-])-?\d+(?![\w.])|(?<=[<x])\d+(?=x)')
NUMBER = re.compile(r'0x[0-9A-F]{16}|(?<![\w.%@"$-])-?\d+(?![\w.])')
KIND = re.compile(r"(?<![%\w.])(double|float|i64|i32|i16|i8|i1)\b")
ARENA = re.compile(r"getelementptr i8, ptr %arena, i64 \d+$")
DEFINE = re.compile(r"define .*?@([\w.$-]+)\(")
CALL = re.compile(r"call .*?@([\w.$-]+)\((.*)\)")
UNROLL = re.compile(r'^(!\d+) = distinct .*"llvm\.loop\.unroll\.full"', re.MULTILINE)
ON_STACK = re.compile(r"= alloca \[(\d+) x \w+\]")

NAMES = {
    "kept": ("slot", "shape", "dtype", "offset"),
    "run": ("kind", "symbol", "short", "wakes_blas"),
    "loop": ("kind", "code", "given", "memory", "wakes_blas"),
}
"""The parts of the lists of a recipe."""


class NoTemplate(Exception):
    """
    The programs for the four sizes are not one program; the text says where. `limits` are sizes
    from which on a decision is another one, as far as they are known.
    """

    def __init__(self, text: str, limits: Iterable[int] = ()):
        super().__init__(text)
        self.limits = tuple(limits)


@dataclass(frozen=True)
class Curve:
    """a n² + b n + c, for a size n and whole numbers."""

    a: int
    b: int
    c: int

    def at(self, n: int) -> int:
        return (self.a * n + self.b) * n + self.c


@dataclass(frozen=True)
class Ratio:
    """A float constant that is p n, or p / n."""

    p: float
    inverse: bool

    def at(self, n: int) -> float:
        return self.p / n if self.inverse else self.p * n


def curve(sizes: Sequence[int], values: Sequence[int]) -> Curve:
    """The curve through these values at four sizes. Errors: `NoTemplate` if there is none."""
    (x, y, z, _), (u, v, w, _) = sizes, values
    first, second = Fraction(v - u, y - x), Fraction(w - v, z - y)
    a = (second - first) / (z - x)
    b = first - a * (x + y)
    c = u - (a * x + b) * x
    if all(number.denominator == 1 for number in (a, b, c)):
        found = Curve(int(a), int(b), int(c))
        if all(found.at(n) == value for n, value in zip(sizes, values)):
            return found
    shown = ", ".join(map(str, values))
    raise NoTemplate(f"a number is {shown}, which is no polynomial of the size")


def ratio(sizes: Sequence[int], values: Sequence[float], single: bool) -> Ratio:
    """The constant as a multiple of the size, or of its inverse, in every bit."""
    for inverse in (True, False):
        for p in (values[0] * sizes[0] if inverse else values[0] / sizes[0],):
            for guess in (float(round(p)), p):
                found = Ratio(guess, inverse)
                if all(_rounded(found.at(n), single) == v for n, v in zip(sizes, values)):
                    return found
    shown = ", ".join(map(repr, values))
    raise NoTemplate(f"a constant is {shown}, which is no multiple of the size")


def _rounded(x: float, single: bool) -> float:
    return struct.unpack("<f", struct.pack("<f", x))[0] if single else x


class _Unstarted(machine.Workers):
    """Workers that compile nothing: the texts are wanted alone."""

    shares = False  # the texts of several sizes have the same names

    def code(self, text: str, faster: bool) -> Future[bytes]:
        return Future()

    def run(self, task: Callable[[], Any]) -> Future[Any]:
        return Future()


@dataclass
class _Sample:
    head: dict[str, Any]
    libraries: list[list[str]]
    blobs: bytes


class Samples:
    """
    What the backend knows of a program for sizes, without machine code. Each size is described
    once.

    `make` gives the program for a size.
    """

    def __init__(self, make: Callable[[int], ModuleOp], entry: str, strict: bool):
        self.make, self.entry, self.strict = make, entry, strict
        self.noted: dict[int, tuple[_Sample, list[tuple[int, int, int]]]] = {}
        """The program that stands for its own size, and the parts of its nests."""

    def own(self, n: int) -> tuple[_Sample, list[tuple[int, int, int]]]:
        if n not in self.noted:
            plan = split.Plan()
            sample = _sample(self.make(n), self.entry, self.strict, plan)
            self.noted[n] = sample, plan.found
        return self.noted[n]

    def of(self, sizes: Sequence[int]) -> list[_Sample]:
        """
        The programs of the sizes. Threads share the loops of all of them in the same number of
        parts.

        Errors: `NoTemplate` if threads share a loop at some sizes only.
        """
        found = [self.own(n)[1] for n in sizes]
        if all(count == 1 for nests in found for _, count, _ in nests):
            return [self.own(n)[0] for n in sizes]
        plan = split.common_plan(found)
        if plan is None:
            limits = _limits_of_threads(sizes, found)
            raise NoTemplate("threads share a loop at some sizes only", limits)
        counts = plan.counts
        return [_sample(self.make(n), self.entry, self.strict, split.Plan(counts)) for n in sizes]

    def alike(self, n: int, m: int) -> bool:
        """Whether the programs of two sizes differ in numbers alone."""
        try:
            one, other = self.of((n, m))
        except NoTemplate:
            return False
        return _form(one) == _form(other)


def _form(sample: _Sample) -> Any:
    """A program without its numbers."""

    def form(x: Any) -> Any:
        if isinstance(x, dict):
            return [(k, form(v)) for k, v in x.items()]
        if isinstance(x, list | tuple):
            return [form(each) for each in x]
        return tuple(INTEGER.split(x)) if isinstance(x, str) else type(x)

    texts = [[NUMBER.split(text) for text in library] for library in sample.libraries]
    return form(sample.head), texts, len(sample.blobs)


def _limits_of_threads(
    sizes: Sequence[int], found: Sequence[Sequence[tuple[int, int, int]]]
) -> set[int]:
    """The sizes from which on a nest has so many points that threads share it."""
    limits: set[int] = set()
    if len({len(each) for each in found}) != 1:
        return limits
    for nests in zip(*found):
        if len({count > 1 for _, count, _ in nests}) == 1:
            continue
        try:
            points = curve(sizes, [points for _, _, points in nests])
        except NoTemplate:
            continue
        low, high = sizes[0], sizes[-1]
        while low < high:
            middle = (low + high) // 2
            if points.at(middle) < split.WORTH * split.THREAD_WORK:
                low = middle + 1
            else:
                high = middle
        limits.add(low)
    return limits


def _sample(module: ModuleOp, entry: str, strict: bool, plan: split.Plan) -> _Sample:
    """What the backend knows of a program, without machine code."""
    token = split.PLAN.set(plan)
    try:
        return _described(module, entry, strict)
    finally:
        split.PLAN.reset(token)


def _described(module: ModuleOp, entry: str, strict: bool) -> _Sample:
    compiler = Compiler(prepared(module, strict, entry), strict)
    with _Unstarted() as workers:
        compiler.describe(entry, workers)
    libraries: list[list[str]] = []
    blobs: list[bytes] = []

    def texts(library: machine.Library) -> int:
        libraries.append([_renamed(text) for text in library.texts])
        return len(libraries) - 1

    try:
        head = kept_programs.recipe(compiler.pieces, compiler.loops, entry, blobs, texts)
    except kept_programs.NotKept:
        raise NoTemplate("a step calls functions by their addresses") from None
    return _Sample(head, libraries, b"".join(blobs))


def _renamed(text: str) -> str:
    """A text whose hashes and marks of loops are numbers in the order of their first use."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        kind = "!" if found.group().startswith("!") else "block."
        return names.setdefault(found.group(), f"{kind}{1000 + len(names)}")

    return re.sub(r"!\d+\b|\bblock\.[0-9a-f]{16}\b", name, text)


@dataclass
class _Text:
    """A text of LLVM for all sizes, the numbers of its table, and its machine code."""

    text: str
    entries: list[tuple[str, Curve | Ratio]]
    code: bytes = b""

    def at(self, n: int) -> bytes:
        """The machine code for a size."""
        if not self.entries:
            return self.code
        mark = struct.pack("<QQ", *MARK)
        begin = self.code.find(mark)
        assert begin >= 0 and self.code.find(mark, begin + 1) < 0, "the table is there once"
        data = b"".join(_packed(kind, of.at(n)) for kind, of in self.entries)
        begin += len(mark)
        return self.code[:begin] + data + self.code[begin + len(data) :]


def _packed(kind: str, value: float) -> bytes:
    if kind == "i64":
        return struct.pack("<q", int(value))
    return struct.pack("<d" if kind == "double" else "<f4x", value)


@dataclass(eq=False)
class Template:
    """A program for all sizes of a range."""

    sizes: tuple[int, ...]
    samples: list[_Sample]
    texts: list[list[_Text]] = field(default_factory=list)

    @classmethod
    def of(cls, described: Samples, sizes: Sequence[int]) -> Template:
        """
        The program for each of four sizes, the least and the largest at the ends.

        Errors: `NoTemplate` if it is not one program.
        """
        with collector_paused():
            samples = described.of(sizes)
        first = samples[0]
        if any(s.blobs != first.blobs for s in samples):
            raise NoTemplate("a constant array depends on the size")
        made = cls(tuple(sizes), samples)
        made.at(sizes[0], made.head)  # whether the heads agree
        if any([len(x) for x in s.libraries] != [len(x) for x in first.libraries] for s in samples):
            raise NoTemplate("the parts of the machine code differ")
        for k, library in enumerate(first.libraries):
            texts = [
                _unified(sizes, [s.libraries[k][j] for s in samples]) for j in range(len(library))
            ]
            made.texts.append(texts)
        for texts in made.texts:
            for text in texts:
                try:
                    text.code = machine.kept_code(text.text, True)
                except RuntimeError as error:
                    # An alloca, or an array of constants, has a size that is no register.
                    reason = str(error).strip().splitlines()[0]
                    raise NoTemplate(f"machine code has to know a size: {reason}") from None
        return made

    @property
    def range(self) -> range:
        return range(self.sizes[0], self.sizes[-1] + 1)

    @property
    def head(self) -> list[Any]:
        return [s.head for s in self.samples]

    def at(self, n: int, heads: Sequence[Any], path: str = "") -> Any:
        """A head for a size, from the heads of the samples."""
        first = heads[0]
        if any(type(h) is not type(first) for h in heads):
            raise NoTemplate(f"{path} has several kinds")
        if path.endswith(("/arena", "/memory", "/offset")):
            return heads[-1]
        if path.endswith("/short"):
            return all(heads)
        if path.endswith("/wakes_blas"):
            return any(heads)
        if isinstance(first, dict):
            if any(h.keys() != first.keys() for h in heads):
                raise NoTemplate(f"{path} has several parts")
            return {k: self.at(n, [h[k] for h in heads], f"{path}/{k}") for k in first}
        if isinstance(first, list | tuple):
            if any(len(h) != len(first) for h in heads):
                raise NoTemplate(f"{path} has several lengths")
            key = path.rpartition("/")[0].rpartition("/")[2]
            if key == "steps":
                key = first[0]
            own = NAMES.get(key) or tuple(map(str, range(len(first))))
            return [
                self.at(n, [h[k] for h in heads], f"{path}/{own[k]}") for k in range(len(first))
            ]
        if isinstance(first, str):
            return self.text_at(n, heads)
        if isinstance(first, int) and not isinstance(first, bool):
            try:
                return first if len(set(heads)) == 1 else curve(self.sizes, heads).at(n)
            except NoTemplate as error:
                raise NoTemplate(f"{path}: {error}") from None
        if len(set(heads)) != 1:
            raise NoTemplate(f"{path} differs: {', '.join(map(str, heads))}")
        return first

    def text_at(self, n: int, texts: Sequence[str]) -> str:
        if len(set(texts)) == 1:
            return texts[0]
        pieces = [INTEGER.split(text) for text in texts]
        if any(p != pieces[0] for p in pieces):
            raise NoTemplate("an op that no machine code runs differs in more than sizes")
        numbers = zip(*(map(int, INTEGER.findall(text)) for text in texts))
        found = [curve(self.sizes, values).at(n) for values in numbers]
        return "".join(
            f"{piece}{number}" for piece, number in zip(pieces[0], [*map(str, found), ""])
        )

    def program(self, n: int, function: Callable[[], func.FuncOp]) -> Program:
        """The program for a size of the range."""
        assert n in self.range
        head = self.at(n, self.head)
        codes = [[text.at(n) for text in texts] for texts in self.texts]
        return kept_programs.made(head, self.samples[0].blobs, function, codes)


def _unified(sizes: Sequence[int], texts: Sequence[str]) -> _Text:
    """One text for all sizes: numbers that differ become registers, loaded from a table."""
    if len(set(texts)) == 1:
        return _Text(texts[0], [])
    lines = [text.split("\n") for text in texts]
    if any(len(x) != len(lines[0]) for x in lines):
        raise NoTemplate("the machine code has other instructions")
    entries: list[tuple[str, Curve | Ratio]] = []
    out: list[str] = []
    used: dict[int, None] = {}
    entry = -1

    def end() -> None:
        """Load the numbers of a function at its begin."""
        loads = [
            f'  %"size.{k}.at" = getelementptr i64, ptr @letgrad.sizes, i64 {k + 2}\n'
            f'  %"size.{k}" = load {entries[k][0]}, ptr %"size.{k}.at"'
            for k in used
        ]
        if loads:
            if entry < 0:
                raise NoTemplate("a constant of the machine code depends on the size")
            out[entry] = "\n".join([out[entry], *loads])
        used.clear()

    for same in zip(*lines):
        text = same[0]
        if text.startswith("define "):
            end()
            entry = -1
        if len(set(same)) > 1:
            if ARENA.search(text):
                text = same[-1]  # where values lie at the largest size
            elif all(on_stack := [ON_STACK.search(x) for x in same]):
                text = _largest(sizes, same, [int(x.group(1)) for x in on_stack if x])
            else:
                text = _registers(sizes, same, entries, used)
        out.append(text)
        if text == "entry:":
            entry = len(out) - 1
    end()
    if entries:
        zeros = ", ".join(["i64 0"] * len(entries))
        marks = ", ".join(f"i64 {struct.unpack('<q', struct.pack('<Q', m))[0]}" for m in MARK)
        # Not constant, and known outside: LLVM may not take the zeros for the numbers.
        out.append(
            f"@letgrad.sizes = global [{len(entries) + 2} x i64] [{marks}, {zeros}], align 16\n"
        )
    return _Text(_rolled("\n".join(out)), entries)


def _rolled(text: str) -> str:
    """
    The text, in which no loop whose number of turns comes from the table asks LLVM to write out all
    turns. LLVM cannot, and would say so on stderr.
    """
    if not (notes := UNROLL.findall(text)):
        return text
    parts = {name for name, given in CALL.findall(text) if '"size.' in given}
    note = re.compile(rf", !llvm\.loop (?:{'|'.join(map(re.escape, notes))})$")
    out: list[str] = []
    bounds: dict[str, str] = {}
    function = block = ""
    for line in text.split("\n"):
        if found := DEFINE.match(line):
            function, bounds = found[1], {}
        elif line.endswith(":"):
            block = line[:-1]
        elif " = phi i64 [" in line or " = icmp slt i64 " in line:
            bounds[block] = bounds.get(block, "") + line
        elif note.search(line):
            of = bounds.get(line.split("label %")[1].split(",")[0], "")
            if '"size.' in of or ("%hi" in of and function in parts):
                line = note.sub("", line)
        out.append(line)
    return "\n".join(out)


def _largest(sizes: Sequence[int], same: Sequence[str], counts: Sequence[int]) -> str:
    """An array of the stack that is large enough for all sizes: its count never falls."""
    of = curve(sizes, counts)
    if any(ON_STACK.split(x)[::2] != ON_STACK.split(same[-1])[::2] for x in same):
        raise NoTemplate("the machine code has other instructions")
    if of.a < 0 or of.at(sizes[0] + 1) < of.at(sizes[0]):
        raise NoTemplate("an array of the stack is smaller for larger sizes")
    return same[-1]


def _registers(
    sizes: Sequence[int],
    same: Sequence[str],
    entries: list[tuple[str, Curve | Ratio]],
    used: dict[int, None],
) -> str:
    pieces = [NUMBER.split(text) for text in same]
    if any(p != pieces[0] for p in pieces):
        raise NoTemplate("the machine code has other instructions")
    if not same[0].startswith("  "):
        raise NoTemplate("a constant of the machine code depends on the size")
    numbers = list(zip(*(NUMBER.findall(text) for text in same)))
    text = pieces[0][0]
    for values, after in zip(numbers, pieces[0][1:]):
        if len(set(values)) == 1:
            text += values[0] + after
            continue
        kinds = KIND.findall(text)  # `%i8` is a name
        kind = kinds[-1] if kinds else ""
        if kind not in ("i64", "double", "float"):
            raise NoTemplate(f"machine code has a size as a number of type {kind or 'unknown'}")
        of: Curve | Ratio
        if kind == "i64":
            of = curve(sizes, [int(v) for v in values])
        else:
            if not all(v.startswith("0x") for v in values):
                raise NoTemplate("machine code has a float that depends on the size")
            floats = [struct.unpack(">d", bytes.fromhex(v[2:]))[0] for v in values]
            of = ratio(sizes, floats, kind == "float")
        pair = kind, of
        if pair not in entries:
            entries.append(pair)
        k = entries.index(pair)
        used[k] = None
        text += f'%"size.{k}"' + after
    return text
