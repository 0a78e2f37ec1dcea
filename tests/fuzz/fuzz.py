"""
Feeds broken programs and random pipelines to letgrad-opt and letgrad.

    python tests/fuzz/fuzz.py --count 10000 --seed 0 --keep findings

Every input must give a result with exit status 0, or exit status 1 and located one-line errors; no
traceback, no Python error in words, no pass that changes what a program computes, no crash of the
process, and all within limits of time and memory. An input that does not is a finding: this script
prints it and keeps it as a file, and runs the file again if it is an argument.

Input i of seed s depends on these two numbers, and on the files that are mutated: those of
`tests/`, `examples/`, and the findings of the past in `tests/fuzz/corpus/`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import re
import resource
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from letgrad.frontend.from_upstream import upstream_evaluator
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import cli, opt, source
from letgrad.tools.testing.progress import Progress
from letgrad.tools.universe import LETGRAD_UNIVERSE

try:
    from . import foreign
except ImportError:  # run as a script
    import foreign

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
HEAD = "// FUZZ: "
"""Starts a file of the corpus; the command follows, in which %s is the program."""

TIME_LIMIT = 30.0
"""Seconds of processor time for one input, most of which take a hundredth."""
MEMORY_LIMIT = 6 << 30
"""
Bytes of address space on top of what the process has when it starts; half a GiB of that is the
stack of each command.
"""
MAX_LINES = 80


@dataclass(frozen=True)
class Case:
    """
    A command, as a list of words with %s for the file, and the text of that file; %t is a file that
    the command writes.
    """

    command: tuple[str, ...]
    text: str

    def as_file(self) -> str:
        return f"{HEAD}{shlex.join(self.command)}\n{self.text}"

    @classmethod
    def from_file(cls, path: Path) -> Case:
        head, _, text = path.read_text(encoding="utf-8").partition("\n")
        assert head.startswith(HEAD), f"{path} does not start with '{HEAD}'"
        return cls(tuple(shlex.split(head.removeprefix(HEAD))), text)


# What is fed.


def seeds() -> list[str]:
    """The programs that are mutated: pieces of files that are not long."""
    found: list[str] = []
    for folder in ("tests", "examples"):
        for path in sorted((ROOT / folder).rglob("*.mlir")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if text.startswith(HEAD):
                text = text.partition("\n")[2]
            for piece, _ in opt.split(text):
                found.extend(_small(_LARGE.sub(lambda m: str(5 + int(m[0]) % 11), piece)))
    return found


_LARGE = re.compile(r"(?<=[<x\[ ])\d{4,}(?=[x\],])")
"""A size that takes the reference, which runs a loop nest point by point, minutes."""


def _small(text: str) -> list[str]:
    """The text without checks, or the functions in it where it is long."""
    lines = [line for line in text.splitlines() if not re.match(r"\s*//", line)]
    if len(lines) <= MAX_LINES:
        return ["\n".join(lines)] if lines else []
    starts = [i for i, line in enumerate(lines) if re.match(r'"?func\.func', line)]
    return ["\n".join(lines[a:b]) for a, b in zip(starts, [*starts[1:], len(lines)])]


TOKEN = re.compile(r'"[^"\n]*"|[%@#!^]?[\w.$-]+|->|::|\s+|.', re.DOTALL)
NUMBERS = "0 1 -1 2 3 7 1000000007 4294967296 9223372036854775808 1e400 -0.0 0.5 0x7FC00000".split()
TYPES = """f16 bf16 f32 f64 i1 i8 i32 i64 index tensor<f32> tensor<3xf64> tensor<0xf64>
tensor<2x3xf32> tensor<?xf64> tensor<*xf32> none tuple<f32> 
!delta.term<f64> !delta.term<tensor<3xf64>> complex<f32>
memref<3xf64> vector<3xf64> tensor<3xindex> tensor<4xi1> tensor<100000x100000xf64> ()
""".split()
PIECES = [*'( ) [ ] { } < > , : = -> % @ # ! ^ " // /// \\ \0 é \n'.split(" "), "loc(unknown)"]
ALIKE = """
arith.addf arith.mulf arith.subf arith.divf arith.maximumf arith.minimumf arith.maxnumf arith.remf
math.atan2 math.powf math.copysign

math.sin math.cos math.exp math.log math.sqrt math.absf math.tanh math.rsqrt math.log1p math.erf
arith.negf math.floor math.atan math.cbrt

arith.addi arith.muli arith.subi arith.divsi arith.divui arith.remsi arith.andi arith.ori arith.xori
arith.maxsi arith.minsi arith.shli arith.floordivsi arith.ceildivsi

ten.sum ten.reverse ten.transpose ten.cumsum ten.broadcast ten.argmax ten.reshape

ten.gather ten.scatter ten.build

sharing.let sharing.share delta.zero
""".strip()
"""Ops with the same operands and results, or nearly so, by paragraph."""
LIKE = {op: line.split() for line in ALIKE.split("\n\n") for op in line.split()}
CONTEXT = opt.LetgradOptMain([]).ctx
CLASSES = {
    "number": re.compile(r"-?\d[\w.]*"),
    "value": re.compile(r"%[\w.$-]+"),
    "symbol": re.compile(r"@[\w.$-]+"),
    "op": re.compile(r"[a-z_]+\.[a-z_.\d]+"),
    "type": re.compile(r"(tensor|[fi]\d+|bf16|index)"),
}


class Mutator:
    def __init__(self, programs: Sequence[str]):
        self.programs = programs
        words = {token for text in programs for token in TOKEN.findall(text)}
        self.words = {
            kind: sorted(w for w in words if pattern.fullmatch(w))
            for kind, pattern in CLASSES.items()
        }
        self.words["number"] = NUMBERS
        self.foreign = foreign.Foreign()

    def program(self, random: Random, unknown: bool) -> str:
        """A program; with `unknown`, one that may have ops that nobody knows."""
        others = self.foreign.others if unknown and random.random() < 0.3 else self.programs
        text = random.choice(others)
        if unknown and random.random() < 0.8:
            text = self.foreign.mutate(text, random)
            if random.random() < 0.7:
                return text
        if random.random() < 0.6:
            # Passes want programs that are right, or nearly so.
            for _ in range(random.choice((0, 1, 1, 2, 3))):
                text = random.choice(GENTLE)(self, text, random)
        else:
            for _ in range(random.choice((1, 1, 1, 2, 3, 20))):
                text = random.choice(GENTLE + ROUGH)(self, text, random)
        return text

    # Gentle: what comes out is often a program.

    def swap_operand(self, text: str, random: Random) -> str:
        """A value is used in place of another of its type that is defined before."""
        spans = source.Spans()
        with contextlib.suppress(LetgradError):
            source.parse(CONTEXT.clone(), text, spans=spans)
        names = spans.sorted_names()
        uses = [name for name in names if not name.defines]
        if not uses:
            return text
        use = random.choice(uses)
        before = [
            name
            for name in names
            if name.defines and name.start < use.start and name.value.type == use.value.type
        ]
        if not before:
            return text
        new = random.choice(before)
        return text[: use.start] + text[new.start : new.end] + text[use.end :]

    def swap_op(self, text: str, random: Random) -> str:
        """An op becomes another with the same operands and results."""
        places = [m for m in re.finditer(r"\b[a-z]+\.[a-z_0-9]+", text) if m[0] in LIKE]
        if not places:
            return text
        old = random.choice(places)
        return text[: old.start()] + random.choice(LIKE[old[0]]) + text[old.end() :]

    def resize(self, text: str, random: Random) -> str:
        """A size becomes another, wherever this number stands."""
        found = re.findall(r"(?<=[<x\[ ])\d+(?=[x\],])", text)
        if not found:
            return text
        old, new = random.choice(found), random.choice("0 1 1 2 3 4 5 17".split())
        return re.sub(rf"(?<=[<x\[ ]){old}(?=[x\],])", new, text)

    def retype(self, text: str, random: Random) -> str:
        """A type of elements becomes another, wherever it stands."""
        old = random.choice("f64 f32 f16 bf16 i1 i32 i64 index".split())
        new = random.choice("f64 f32 f16 bf16 i1 i8 i32 i64 index".split())
        return re.sub(rf"(?<![\w.]){old}\b|(?<=x){old}\b", new, text)

    def change_number(self, text: str, random: Random) -> str:
        places = list(re.finditer(r"(?<![\w%@.])-?\d[\d.e+-]*(?![\w.])", text))
        if not places:
            return text
        old = random.choice(places)
        floating = "." in old[0]
        new = random.choice(
            ["0.0", "-0.0", "1.0", "2.0", "-1.0", "1e30", "0.5"]
            if floating
            else ["0", "1", "2", "-1", "-2", "3", "5", "100"]
        )
        return text[: old.start()] + new + text[old.end() :]

    # Rough: what comes out is text.

    def swap_word(self, text: str, random: Random) -> str:
        """One token becomes another of its kind."""
        tokens = TOKEN.findall(text)
        places = [
            (i, k) for i, t in enumerate(tokens) for k, p in CLASSES.items() if p.fullmatch(t)
        ]
        if not places:
            return text
        i, kind = random.choice(places)
        here = sorted({t for t in tokens if CLASSES[kind].fullmatch(t)})
        tokens[i] = random.choice(here if random.random() < 0.5 else self.words[kind] or here)
        return "".join(tokens)

    def swap_type(self, text: str, random: Random) -> str:
        found = list(re.finditer(r"tensor<[^<>]*>|\b(?:[fi]\d+|bf16|index)\b", text))
        if not found:
            return text
        old = random.choice(found)
        new = random.choice(TYPES if random.random() < 0.6 else [m[0] for m in found])
        if random.random() < 0.3:
            return text.replace(old[0], new)
        return text[: old.start()] + new + text[old.end() :]

    def change_tokens(self, text: str, random: Random) -> str:
        """A token goes, comes twice, or changes places with another."""
        tokens = TOKEN.findall(text)
        if not tokens:
            return text
        i, j = random.randrange(len(tokens)), random.randrange(len(tokens))
        match random.randrange(3):
            case 0:
                del tokens[i]
            case 1:
                tokens.insert(j, tokens[i])
            case _:
                tokens[i], tokens[j] = tokens[j], tokens[i]
        return "".join(tokens)

    def change_lines(self, text: str, random: Random) -> str:
        """A line goes, comes twice, moves, or comes from another program."""
        lines = text.split("\n")
        i, j = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(4):
            case 0:
                del lines[i]
            case 1:
                lines.insert(j, lines[i])
            case 2:
                lines.insert(j, lines.pop(i))
            case _:
                other = random.choice(self.programs).split("\n")
                k = random.randrange(len(other))
                lines[j:j] = other[k : k + random.choice((1, 1, 3, 10))]
        return "\n".join(lines)

    def change_characters(self, text: str, random: Random) -> str:
        i = random.randrange(len(text) + 1)
        match random.randrange(4):
            case 0:
                return text[:i] + text[i + random.choice((1, 1, 2, 9)) :]
            case 1:
                return text[:i] + random.choice(PIECES) + text[i:]
            case 2:
                return text[:i]
            case _:
                many = random.choice((2, 50, 400))
                return text[:i] + random.choice(PIECES) * many + text[i:]


Mutation = Callable[[Mutator, str, Random], str]

GENTLE: list[Mutation] = [
    Mutator.swap_operand,
    Mutator.swap_operand,
    Mutator.swap_op,
    Mutator.resize,
    Mutator.retype,
    Mutator.change_number,
]
ROUGH: list[Mutation] = [
    Mutator.swap_word,
    Mutator.swap_type,
    Mutator.change_tokens,
    Mutator.change_lines,
    Mutator.change_characters,
]

# All passes, so that new ones take part, and some again, with options or because others build on
# what they leave.
PASSES = [name for name in LETGRAD_UNIVERSE.all_passes if name != "apply-rules"]
PASSES += """canonicalize canonicalize canonicalize cse cse cse dce dce optimize
ten-vectorize
ten-vectorize{fallback=loop} ten-simplify-gather-scatter{fast=true} gradient gradient{seed=one}
gradient{mode=forward} gradient{wrt=0} gradient{primal=false} delta-linearize{mode=forward}
delta-transpose{steps=2} sharing-unshare{budget=50} sharing-materialize{budget=1000}
ten-decompose{all=true} convert-ten-to-kernel convert-ten-to-kernel,kernel-fuse-rows
convert-ten-to-kernel,kernel-plan-buffers optimize,convert-ten-to-kernel,kernel-plan-buffers
""".split()
KEEPING = """
canonicalize cse dce optimize outline-regions sharing-stamp sharing-recover sharing-simplify-lets
sharing-unshare sharing-materialize ten-vectorize ten-simplify-gather-scatter ten-raise-einsum
ten-fuse-scans ten-decompose ten-scalarize convert-ten-to-kernel
canonicalize,cse sharing-stamp,sharing-recover,sharing-simplify-lets
convert-ten-to-kernel,kernel-fuse-rows,kernel-plan-buffers optimize,convert-ten-to-kernel
gradient gradient{seed=one}
""".split()
"""Passes that take programs with ops that nobody knows."""
WRONG = """
gradient{wrt=-1} gradient{entry=nosuch} delta-transpose{steps=-3} cse{x=1} nosuch canonicalize}
sharing-materialize{budget=-1} {} builtin.module( gradient{mode=x} ten-vectorize{fallback=1}
""".split()
UNKNOWN = "--allow-unregistered-dialect"
UPSTREAM = sorted(
    {*opt.LetgradOptMain([]).available_passes}
    - {*LETGRAD_UNIVERSE.all_passes, "canonicalize", "cse", "dce", "mlir-opt"}
    - {"eqsat-serialize-egraph"}  # it prints JSON in front of the program
)
"""The passes of xDSL."""
CONVERTS = {
    "convert-ten-to-stablehlo": ["stablehlo"],
    "convert-ten-to-linalg": ["linalg", "memref"],
    "convert-stablehlo-to-ten": ["stablehlo", "chlo", "sdy"],
    "convert-upstream-to-ten": upstream_evaluator.DIALECTS,
}
"""The passes that write or replace ops of other dialects, with those dialects."""
FLAGS = [
    "--print-op-generic",
    "--print-debuginfo",
    "--verify-sharing",
    "--split-input-file",
    "--verify-diagnostics",
    "--trace-rules",
    UNKNOWN,
    "--verify-level=bulk",
    "--print-no-properties",
    "--no-implicit-module",
    "--remarks",
    "--remarks=kernel|cpu",
    "--remarks-output=%t",
]
TARGETS = """
terms terms{sharing=none} terms{sharing=every} dot dot{values=every} triton triton triton{fast=true}
triton{scatter=atomic} triton{matmul=triton}
""".split()
OTHER_TARGETS = sorted(
    {*opt.LetgradOptMain([]).available_targets} - {"mlir", "terms", "dot", "triton"}
)


def command(random: Random) -> tuple[str, ...]:
    if random.random() < 0.2:
        return _letgrad(random)
    words = ["letgrad-opt", "%s"]
    if random.random() < 0.8:
        words += ["-p", _pipeline(random)]
    if random.random() < 0.3:
        others = random.random() < 0.1
        words += ["-t", random.choice(OTHER_TARGETS if others else TARGETS)]
    if random.random() < 0.4:
        words += random.sample(FLAGS, k=random.choice((1, 1, 2)))
    if random.random() < 0.5:
        words.append(random.choice(["--check-semantics", "--check-semantics=2", "--check-rules"]))
    return tuple(words)


def _pipeline(random: Random) -> str:
    passes = random.choices(PASSES, k=random.choice((1, 1, 2, 3, 4, 6)))
    if random.random() < 0.04:
        passes[random.randrange(len(passes))] = random.choice(UPSTREAM)
    if random.random() < 0.03:
        passes[random.randrange(len(passes))] = random.choice(WRONG)
    return ",".join(passes)


def _letgrad(random: Random) -> tuple[str, ...]:
    remarks = random.choice([[], [], ["--remarks"], ["--remarks=cpu"], ["--remarks-output", "%t"]])
    match random.choice("grad grad run run explain explain checks compile docs".split()):
        case "grad":
            words = ["letgrad", "grad", "%s", *remarks]
            words += random.choice([["--cotangent"], ["--mode", "forward"], ["--wrt", "0"], []])
            if random.random() < 0.5:
                words += ["--emit", random.choice(TARGETS)]
            if random.random() < 0.2:
                words += ["-p", _pipeline(random)]
        case "run":
            words = ["letgrad", "run", "%s", *remarks]
            for _ in range(random.choice((0, 1, 1, 2, 2, 3))):
                value = random.choice(["random:1", "ones", "zeros", "2", "[1, nan]", "[[2]]"])
                words += ["--input", value]
            if random.random() < 0.3:
                words += ["-p", random.choice(PASSES)]
            words += ["--backend", random.choice(["cpu", "numpy", "numpy"])]
        case "explain":
            words = ["letgrad", "explain", "%s", "-o", "%t"]
            if random.random() < 0.8:
                words += ["-p", _pipeline(random)]
        case "checks":
            words = ["letgrad", "generate-checks", "%s", *random.choice([["-o", "%t"], ["-i"], []])]
            words += ["-p", _pipeline(random)] if random.random() < 0.8 else []
            words += ["-t", random.choice(TARGETS)] if random.random() < 0.3 else []
            words += ["--split-input-file"] if random.random() < 0.2 else []
        case "compile":
            words = ["letgrad", "compile", "%s", *remarks]
            words += random.choice([[], ["--fast"], ["--scatter=atomic"], ["--matmul=triton"]])
            words += ["-p", _pipeline(random)] if random.random() < 0.5 else []
        case _:
            words = ["letgrad", "docs", random.choice(NAMED)]
    return tuple(words)


NAMED = [
    *LETGRAD_UNIVERSE.all_passes,
    *LETGRAD_UNIVERSE.all_dialects,
    *LETGRAD_UNIVERSE.all_targets,
    *LIKE,
    *"grad jit build nosuch ten.nosuch arith cf.br scf.if commands json a. ..".split(),
    "",
]
"""What `letgrad docs` is asked for."""


def case(mutator: Mutator, seed: int, index: int) -> Case:
    random = Random(f"{seed}:{index}")
    words = command(random)
    unknown = words[0] == "letgrad-opt" and random.random() < 0.5
    if unknown and random.random() < 0.6:
        # These passes go on where others ask what an op means.
        passes = random.choices(KEEPING, k=random.choice((1, 1, 2, 4)))
        words = ("letgrad-opt", "%s", "-p", ",".join(passes))
    if unknown and UNKNOWN not in words and random.random() < 0.95:
        words += (UNKNOWN,)
    return Case(words, mutator.program(random, unknown))


# What must come of it.

LOCATED = re.compile(r"^(\S[^\n]*):\d+:\d+: (error|warning|remark|note|trace): \S")
GENERAL = re.compile(r"^letgrad(-opt)?( \w+)?: (error|warning): \S")
PYTHON_ERROR = re.compile(
    r"\b(AssertionError|AttributeError|IndexError|KeyError|NameError|NotImplementedError|TypeError|"
    r"ValueError|ZeroDivisionError|OverflowError|MemoryError|UnicodeError|RuntimeError|StopIteration"
    r"|UnboundLocalError|RecursionError|InvalidPDLInterpError|Exception)\b"
)


def run(case: Case) -> str | None:
    """
    Run a case in this process. None if all is as it must be, otherwise what is not, in a line.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "input.mlir")
        with open(path, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(case.text)
        made = os.path.join(folder, "made")
        words = [word.replace("%s", path).replace("%t", made) for word in case.command]
        main = {"letgrad-opt": opt.main, "letgrad": cli.main}[words[0]]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(words[1:])
        found = verdict(status, err.getvalue().replace(path, "%s"), case)
        if found is None and status == 0:
            found = _printed(case, out.getvalue())
        return found or (_unwritten(made, case) if status == 0 else None)


def _printed(case: Case, text: str) -> str | None:
    """What is wrong with the program that letgrad-opt printed, beside the program that it read."""
    words = case.command
    if words[0] != "letgrad-opt" or "-t" in words or "--verify-diagnostics" in words:
        return None
    context = CONTEXT.clone()
    context.allow_unregistered = UNKNOWN in words
    pieces = [(case.text, text)]
    if "--split-input-file" in words:
        pieces = list(zip(*([piece for piece, _ in opt.split(t)] for t in pieces[0])))
    for before, after in pieces:
        try:
            new = source.parse(context.clone(), after, as_written=True)
            verify(new)
        except LetgradError as error:
            return f"prints what is no program: {error.diagnostic.message}"
        passes = words[words.index("-p") + 1] if "-p" in words else ""
        if any(name in passes for name in [*UPSTREAM, "symbol-privatize"]):
            continue
        converted = {d for name, of in CONVERTS.items() if name in passes for d in of}
        old = source.parse(context.clone(), before, as_written="-p" not in words)
        same_values = not CHANGES_VALUES.search(" ".join(words))
        if found := foreign.changed(old, new, same_values, converted):
            return found
    return None


CHANGES_VALUES = re.compile("gradient|delta-|fast=true|sparse-jacobian")
"""Passes that make other functions of the functions, or allow other values."""


def _unwritten(path: str, case: Case) -> str | None:
    """What is wrong with the file that a command should have written, if it should have."""
    if not any("%t" in word for word in case.command):
        return None
    if not os.path.exists(path):
        return "writes no file"
    if not any("--remarks-output" in word for word in case.command):
        return None
    with open(path, encoding="utf-8") as file:
        try:
            json.load(file)
        except ValueError as error:
            return f"writes no JSON: {error}"
    return None


OTHER_OPS = re.compile(
    rf"\b({'|'.join(sorted({*CONTEXT.registered_dialect_names} - foreign.OWN))})\.\w"
)
BY_XDSL = re.compile(r"xDSL's parser fails here|does not verify \(")
"""Errors of Python in xDSL's parsers and verifiers of other dialects' ops."""


def _by_others(case: Case) -> bool:
    """Whether passes or targets of xDSL run, which may raise errors of Python."""
    words = case.command
    target = words[words.index("-t") + 1] if "-t" in words else ""
    pipeline = words[words.index("-p") + 1] if "-p" in words else ""
    return target in OTHER_TARGETS or any(p in pipeline for p in UPSTREAM)


def verdict(status: int, stderr: str, case: Case) -> str | None:
    lines = stderr.splitlines()
    verified = "--disable-verify" not in case.command and not _by_others(case)
    for line in lines:
        if "Traceback (most recent" in line:
            return f"traceback: {lines[-1]}"
        if "internal error" in line or (verified and "Warning:" in line):
            return line
        if "changed the result of" in line and "fast=true" not in " ".join(case.command):
            return line
        if "fails after" in line:
            return line
        if "left IR that does not verify" in line and not _by_others(case):
            return line
        # Where nothing is verified, passes meet what they need not expect.
        if (
            verified
            and ": error:" in line
            and not (BY_XDSL.search(line) and OTHER_OPS.search(case.text))
            and (PYTHON_ERROR.search(line) or line.endswith(" error: "))
        ):
            return line
    if status not in (0, 1):
        return f"exit status {status}"
    if status == 0:
        return None
    if not any(": error: " in line for line in lines):
        return f"exit status 1 without an error: {lines[:1]}"
    # A report or a dump may come before what fails.
    strange = [
        line
        for line in lines
        if ": error: " in line and not LOCATED.match(line) and not GENERAL.match(line)
    ]
    return f"a line that is no diagnostic: {strange[0]}" if strange else None


# Processes: one that runs cases, and one that watches it.


def _work(connection: Connection) -> None:
    """Run the cases that come, within the limits of memory, and say what is wrong with each."""
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_LIMIT, used + MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while (case := connection.recv()) is not None:
        try:
            connection.send(run(case))
        except BaseException as error:
            connection.send(f"raises {type(error).__name__}: {error}")


class Runner:
    """Runs cases in a process of its own, which is replaced when a case breaks it."""

    def __init__(self, time_limit: float = TIME_LIMIT):
        self.time_limit = time_limit
        self._process: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, case: Case) -> str | None:
        if self._process is None:
            context = multiprocessing.get_context("spawn" if sys.platform != "linux" else "fork")
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=_work, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        try:
            self._connection.send(case)
            if self._answered():
                return self._connection.recv()
            loops = re.search(r"(ten|scf|stablehlo)\.while|\bcf\.", case.text)
            endless = case.command[:2] == ("letgrad", "run") and loops is not None
            # A program whose loop does not end runs for ever, and that is what it says.
            found = None if endless else f"takes more than {self.time_limit:g} seconds"
        except (EOFError, OSError):
            self._process.join(5)
            found = f"ends the process with {self._process.exitcode}"
        self._stop()
        return found

    def _answered(self) -> bool:
        """Whether an answer comes within the limit. A busy machine stretches the clock's time."""
        started = self._processor_time()
        for _ in range(20):
            if self._connection.poll(self.time_limit):
                return True
            if self._processor_time() - started >= 0.8 * self.time_limit:
                return False
        return False

    def _processor_time(self) -> float:
        assert self._process is not None
        try:
            text = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return float("inf")
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._connection.close()
            self._process = None


def key(found: str) -> str:
    """What findings of one cause have in common, roughly."""
    return re.sub(r"%?\d+|%[\w]+|'[^']*'|@\w+", "…", re.sub(r"^.*?: error: ", "", found))[:90]


def fuzz(
    count: int, seed: int, first: int = 0, keep: Path | None = None, time_limit: float = TIME_LIMIT
) -> list[tuple[int, Case, str]]:
    """Run `count` cases from number `first` on; give the findings."""
    mutator = Mutator(seeds())
    findings: list[tuple[int, Case, str]] = []
    kinds: Counter[str] = Counter()
    with Runner(time_limit) as runner, Progress("fuzz", count) as progress:
        for index in range(first, first + count):
            each = case(mutator, seed, index)
            found = runner.run(each)
            if found is not None:
                findings.append((index, each, found))
                kinds[key(found)] += 1
                progress.clear()
                if kinds[key(found)] <= 3:
                    print(f"{index}: {found}", flush=True)
                    if keep is not None:
                        keep.mkdir(parents=True, exist_ok=True)
                        path = keep / f"{seed}_{index}.mlir"
                        path.write_text(each.as_file(), encoding="utf-8", errors="surrogatepass")
            progress.advance(f"{len(findings)} findings")
    for kind, times in kinds.most_common():
        print(f"{times:6d}  {kind}")
    return findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.strip().partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="findings to run again")
    parser.add_argument("--count", type=int, default=1000, help="how many inputs (default: 1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write findings to DIR")
    parser.add_argument("--time-limit", type=float, default=TIME_LIMIT, help="seconds per input")
    options = parser.parse_args()
    if options.files:
        with Runner(options.time_limit) as runner:
            results = [(path, runner.run(Case.from_file(path))) for path in options.files]
        for path, found in results:
            print(f"{path}: {found or 'ok'}")
        return int(any(found for _, found in results))
    findings = fuzz(options.count, options.seed, options.first, options.keep, options.time_limit)
    print(f"{options.count} inputs, {len(findings)} findings")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
