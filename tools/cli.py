"""
`letgrad`: runs a function of an MLIR file on arrays, or differentiates one.

Both commands do the work of `letgrad-opt`, with steps before or after it: passes, targets and
errors are the same.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DenseResourceAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    VectorType,
)
from xdsl.passes import ModulePass

from ..dialects import types
from ..lowering import backends, reference
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.verify import verify
from . import explain_command, opt, remark_flags, run_arguments, source
from .docs import command as docs_command
from .editor import lsp
from .instruments import errors_of
from .testing import conform_command, generate_checks, reduce

EXAMPLES = """
examples:
  letgrad run relu.mlir --input '[[1.0, -2.0], [0.5, 3.0]]'
  letgrad run net.mlir --entry loss --input params.npz --input random:7 -o loss.npy
  letgrad grad foo.mlir --entry foo --wrt 0,1 --emit terms
  letgrad grad net.mlir --wrt 0 | letgrad run - --input params.npz
  letgrad grad net.mlir --wrt 0 --emit triton -o net_grad.py
  letgrad compile net_grad.mlir --arch sm_90 --report
  letgrad compile net_grad.mlir --emit shared -o libnet.so
  letgrad run net.mlir --input zeros --remarks=cpu
  letgrad explain net.mlir -p gradient,canonicalize -o net.html
  letgrad docs ten.gather
"""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command, and give its exit status."""
    return source.run_deep(lambda: _main(args))


def _main(args: Sequence[str] | None) -> int:
    words = remark_flags.spelled(sys.argv[1:] if args is None else args)
    return opt.guarded("letgrad", lambda: _run_command(words), "--traceback" in words)


def _run_command(words: Sequence[str]) -> int:
    options = argument_parser().parse_args(words)
    reporter = remark_flags.Reporter(options)
    try:
        with reporter.of_one_program():
            status = options.run(options)
    finally:
        reporter.write()
    return status


def _numbers(text: str) -> tuple[int, ...]:
    """`2,3` as numbers."""
    if not re.fullmatch(r"\d+(,\d+)*", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no list of sizes, such as 2,3")
    return tuple(map(int, text.split(",")))


def argument_parser() -> argparse.ArgumentParser:
    parser = opt.ArgumentParser(
        prog="letgrad",
        description="Run functions of MLIR files, differentiate and compile them, check dialects, "
        "and work on tests of passes.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"letgrad {version('letgrad')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = opt.ArgumentParser(add_help=False)
    common.add_argument("file", help="the program as MLIR text; - for standard input")
    common.add_argument(
        "--entry", metavar="NAME", help="the function (default: the only public one)"
    )
    common.add_argument(
        "--traceback",
        action="store_true",
        help="show Python's traceback of errors, as LETGRAD_TRACEBACK=1 in the environment does",
    )
    common.add_argument(
        "--sizes",
        type=_numbers,
        default=(),
        metavar="N,…",
        help="the sizes for each ? in the types of the function's arguments, and for each integer "
        "argument that says a size, as in memref.alloc(%%n), in their order; one number is for "
        "all. letgrad run takes them from its inputs",
    )
    remark_flags.add_arguments(common)

    run = commands.add_parser(
        "run",
        parents=[common],
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="run a function on arrays",
        description="Run a function on arrays, and print or save its results.",
        epilog=run_arguments.INPUTS,
    )
    run.add_argument(
        "--input",
        "-i",
        action="append",
        default=[],
        metavar="[NAME=]VALUE",
        help="the next argument, or the argument NAME; see below",
    )
    run.add_argument(
        "--backend",
        choices=backends.names(),
        help=f"the machine to run on (default: {backends.default})",
    )
    run.add_argument(
        "-p",
        "--passes",
        default="",
        metavar="PIPELINE",
        help="passes to run before the function, as in letgrad-opt",
    )
    run.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help="save the results as .npz, or one as .npy, instead of printing them",
    )
    run.add_argument(
        "--strict",
        action="store_true",
        help="add up sums one element after the other, in row-major order (cpu)",
    )
    run.add_argument(
        "--profile",
        action="store_true",
        help="show on standard error where the time goes: the time, bytes and flops of each step, "
        "beside the limits of this machine (cpu)",
    )
    run.set_defaults(run=_run)

    grad = commands.add_parser(
        "grad",
        parents=[common],
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="differentiate a function",
        description="Differentiate a function, and print the resulting program.",
        epilog=DERIVATIVE,
    )
    grad.add_argument(
        "--wrt",
        metavar="0,1,…",
        help="the arguments to differentiate by (default: all that are floats)",
    )
    grad.add_argument(
        "--mode",
        default="reverse",
        choices=("reverse", "forward"),
        help="gradient or directional derivative (default: reverse)",
    )
    grad.add_argument(
        "--cotangent",
        action="store_true",
        help="take the cotangent of each float result as a further argument",
    )
    grad.add_argument("--to", metavar="NAME", help="give the result this name, beside the function")
    grad.add_argument(
        "--emit",
        default="mlir",
        metavar="TARGET",
        help="how to print the result: mlir, terms, or another target of letgrad-opt "
        "(default: mlir)",
    )
    grad.add_argument(
        "--before", default="", metavar="PIPELINE", help="passes to run before the differentiation"
    )
    grad.add_argument("-p", "--passes", default="", metavar="PIPELINE", help="passes to run then")
    grad.add_argument("-o", dest="output", metavar="FILE", help="write there")
    grad.set_defaults(run=_grad)

    compile = commands.add_parser(
        "compile",
        parents=[common],
        allow_abbrev=False,
        help="compile the functions of a file to GPU kernels, or to a library for C; no GPU is "
        "needed",
        description="Compile all functions of an MLIR file to Triton kernels, for a named card, or "
        "all public functions to a library for C that runs without Python.",
    )
    compile.add_argument(
        "--emit",
        choices=("triton", *STAGES, *LIBRARY),
        help="the text to print: the Python file (triton, the default without --report), or a "
        "stage of Triton's compilation of its kernels; or a file of a library for C: machine code "
        "(object, shared), its header, or the text of LLVM",
    )
    compile.add_argument(
        "--target",
        default="",
        metavar="TRIPLE",
        help="the machine of a library for C, such as aarch64-linux-gnu (default: this machine)",
    )
    compile.add_argument(
        "--cpu",
        default="",
        metavar="NAME",
        help="the processor of a library for C, such as x86-64-v3 or native (default: the oldest "
        "one of the target)",
    )
    compile.add_argument(
        "--blas",
        default="own",
        choices=("own", "cblas"),
        help="multiply matrices in a library for C by letgrad's own code, or by the functions of "
        "CBLAS, which you link (default: own)",
    )
    compile.add_argument(
        "--no-threads", action="store_true", help="make no threads in a library for C"
    )
    compile.add_argument(
        "--strict",
        action="store_true",
        help="add up sums one element after the other, in row-major order (library for C)",
    )
    compile.add_argument(
        "--arch", default="sm_90", help="the architecture: sm_80, sm_90, gfx942, … (default: sm_90)"
    )
    compile.add_argument(
        "--report",
        action="store_true",
        help="report for each kernel its bound, its registers, spills, shared memory, the widths "
        "of its loads and stores, and its slow instructions; for each function its kernels, calls "
        "of torch and fills; with --emit, the report goes to standard error",
    )
    compile.add_argument("--fast", action="store_true", help="allow less exact functions")
    compile.add_argument(
        "--scatter",
        default="sorted",
        choices=("sorted", "atomic"),
        help="how kernels add into computed places (default: sorted, the same in each run)",
    )
    compile.add_argument(
        "--matmul",
        default="auto",
        choices=("auto", "triton", "library"),
        help="multiply matrices by kernels or by torch (default: auto, torch for exact f32)",
    )
    compile.add_argument(
        "--card",
        choices=("h100", "a100", "mi300x"),
        help="the card whose limits the report uses (default: the card of --arch: a100 for sm_80, "
        "mi300x for gfx…, and otherwise h100)",
    )
    compile.add_argument(
        "-p", "--passes", default="", metavar="PIPELINE", help="passes to run before"
    )
    compile.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help="write to FILE; machine code of several kernels goes into a folder of that name",
    )
    compile.set_defaults(run=_compile)

    explain_command.add_command(commands)
    generate_checks.add_command(commands)
    reduce.add_command(commands)
    lsp.add_command(commands)
    conform_command.add_command(commands)
    docs_command.add_command(commands, parser)
    return parser


LIBRARY = ("object", "shared", "header", "llvm")
"""The files of a library for C."""

STAGES = ("ttir", "ttgir", "llir", "ptx", "cubin", "amdgcn", "hsaco")
"""The stages of Triton's compilation of a kernel, on the way to machine code."""


FOREIGN = ("stablehlo.", "chlo.", "sdy.")
"""The beginnings of the names of ops that become letgrad's own when a program is read."""

UPSTREAM = (
    "linalg.", "memref.", "affine.", "cf.", "bufferization.", "tensor.", "vector.", "index.",
)  # fmt: skip
"""The same, for dialects of upstream MLIR. Ops on tensors of rank 0 stay beside ops of others."""


class _Program:
    """
    A program read from a file, and the passes and targets for it. A program of StableHLO or of
    upstream's dialects is converted at once.
    """

    def __init__(self, options: argparse.Namespace, target: str = "mlir"):
        arguments = ["-t", target] + (["-o", options.output] if options.output else [])
        self.tool = opt.LetgradOptMain(arguments)
        self.tool.target = self.tool.parse_target(target)
        self.context = self.tool.ctx.clone()
        name = source.STDIN if options.file == "-" else options.file
        self.module = source.parse(self.context, source.read(options.file), name)
        verify(self.module)
        passes = str(getattr(options, "passes", ""))
        own = "convert-upstream-to-ten" in passes
        sized = "convert-stablehlo-to-ten" in passes
        self.places: dict[int, run_arguments.Input] | None = None
        """The inputs by the numbers of their arguments, if some said sizes only."""
        if not (own or sized) and any(
            _is_dynamic(f) or self._say_sizes(f)
            for f in self.module.ops if isinstance(f, func.FuncOp)
        ):  # fmt: skip
            self._fix_sizes(options)
            return
        if self._is_stablehlo():
            if not sized:
                self.apply("convert-stablehlo-to-ten")
        elif self._is_upstream() and not own:
            self.apply("convert-upstream-to-ten")

    def _fix_sizes(self, options: argparse.Namespace) -> None:
        """
        Give each dynamic size of the function its number: that of an input, or of `--sizes`. Other
        functions with dynamic sizes leave the program, for nothing says their sizes.
        """
        entry = getattr(options, "entry", None)
        sizes = getattr(options, "sizes", ())
        conversion = f"convert-{'stablehlo' if self._is_stablehlo() else 'upstream'}-to-ten"
        if entry is None and len(self._public()) > 1:
            self.apply(conversion)  # its error names the argument
        function = self.function(entry)
        given = getattr(options, "input", None)
        say_sizes = self._say_sizes(function)
        count = sum(len(run_arguments.dynamic_dims(t)) for t in function.function_type.inputs)
        if given is not None and (count or say_sizes):
            sizes = run_arguments.sizes_of(given, function, say_sizes)
            if say_sizes:
                placed = run_arguments.placed(given, function)
                left = [placed[k] for k in sorted(placed.keys() - set(say_sizes))]
                self.places = dict(enumerate(left))
        every = count + len(say_sizes)
        if len(sizes) not in (0, 1, count, every):
            integers = f" and {len(say_sizes)} arguments that say sizes" if say_sizes else ""
            raise LetgradError(
                f"@{function.sym_name.data} has {count} dynamic sizes{integers}, and {len(sizes)} "
                "are given",
                function,
            )
        kept = _called_from(function, self.module)
        for op in list(self.module.ops):
            if not isinstance(op, func.FuncOp) or op is function:
                continue
            if not _is_dynamic(op) and not self._say_sizes(op):
                continue
            if op in kept:
                op.sym_visibility = StringAttr("private")
            else:
                op.detach()
                op.erase(safe_erase=False)
        numbers = f"{{sizes={','.join(map(str, sizes))}}}" if sizes else ""
        self.apply(conversion + numbers)

    def _say_sizes(self, function: func.FuncOp) -> list[int]:
        """The numbers of the integer arguments of a function of upstream that say sizes."""
        if not function.body.blocks or self._is_stablehlo() or not self._is_upstream():
            return []
        from ..frontend.from_upstream.size_arguments import size_arguments

        return size_arguments(function)

    def arguments(self, texts: Sequence[str], function: func.FuncOp) -> tuple[Any, ...]:
        """The arguments of a function from the texts of `--input`."""
        return run_arguments.read_arguments(texts, function, self.places)

    def _is_stablehlo(self) -> bool:
        """Whether the program has ops of StableHLO and its companions."""
        return any(op.name.startswith(FOREIGN) for op in self.module.walk())

    def _is_upstream(self) -> bool:
        """Whether the program has ops of upstream's dialects that letgrad converts."""
        for op in self.module.walk():
            # Ops of upstream that letgrad defines itself are for programs to convert.
            if type(op).__module__.startswith("letgrad.dialects.upstream."):
                return True
            if isinstance(op.properties.get("value"), DenseResourceAttr):
                return True
            if isinstance(op, func.FuncOp) and any(
                isinstance(t, VectorType | MemRefType) for t in op.function_type.inputs
            ):
                return True
            if op.name.startswith(UPSTREAM) and not (
                op.name in ("tensor.extract", "tensor.from_elements")
                and any(types.is_rank_zero(x.type) for x in (*op.operands, *op.results))
            ):
                return True
        return False

    def apply(self, pipeline: str) -> None:
        """Run the passes that `pipeline` spells, and verify the program after each."""
        self.run(tuple(self.tool.parse_passes(pipeline)))

    def run(self, passes: Sequence[ModulePass]) -> None:
        """Run passes, and verify the program after each."""
        self.tool.make_instruments().run(self.context, self.module, passes)

    def function(self, entry: str | None) -> func.FuncOp:
        """
        The function named `entry`, or the only public function.

        Errors: `LetgradError` if there is no such function, or more than one.
        """
        if entry is not None:
            return reference.find_function(self.module, entry)
        public = self._public()
        if len(public) != 1:
            if not public:
                raise LetgradError("there is no public function with a body", self.module)
            names = ", ".join(f"@{op.sym_name.data}" for op in public)
            raise LetgradError(f"name the function with --entry; public are {names}", self.module)
        return public[0]

    def _public(self) -> list[func.FuncOp]:
        found = [
            op
            for op in self.module.ops
            if isinstance(op, func.FuncOp) and op.body.blocks and not _is_private(op)
        ]
        if len(found) < 2:
            return found
        # Here, since programs of one function start faster without.
        from ..frontend.from_stablehlo.foreign_programs import computations

        inner = computations(self.module)
        return [op for op in found if op.sym_name.data not in inner]


def _is_dynamic(function: func.FuncOp) -> bool:
    """Whether the type of an argument has a size that only a call knows."""
    return any(run_arguments.dynamic_dims(t) for t in function.function_type.inputs)


def _called_from(function: func.FuncOp, module: ModuleOp) -> set[func.FuncOp]:
    """The functions that a function calls, and those that they call."""
    known = {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}
    found, rest = {function}, [function]
    while rest:
        for op in rest.pop().walk():
            callee = known.get(op.callee.string_value()) if isinstance(op, func.CallOp) else None
            if callee is not None and callee not in found:
                found.add(callee)
                rest.append(callee)
    return found


def _is_private(op: func.FuncOp) -> bool:
    return op.sym_visibility is not None and op.sym_visibility.data == "private"


def _grad(options: argparse.Namespace) -> int:
    from ..passes.pipelines import GradientPass  # here, since other commands start faster without

    if options.wrt is not None and not re.fullmatch(r"\d+(,\d+)*", options.wrt):
        raise LetgradError(
            f"--wrt wants numbers of arguments, such as 0,2, and not '{options.wrt}'"
        )
    program = _Program(options, options.emit)
    program.apply(options.before)
    function = program.function(options.entry)
    entry = function.sym_name.data
    seed: Literal["argument", "one"] = "argument"
    if options.mode == "forward" and options.cotangent:
        raise LetgradError(
            "only the reverse mode takes --cotangent; the forward mode takes tangents"
        )
    if options.mode == "reverse" and not options.cotangent:
        outputs = function.function_type.outputs.data
        if len(outputs) != 1 or types.rank(outputs[0]) or not types.is_float(outputs[0]):
            raise LetgradError(
                "a gradient needs one float scalar, and "
                f"@{entry} gives {', '.join(map(str, outputs)) or 'nothing'}; "
                "with --cotangent the derivative takes cotangents as arguments",
                function,
            )
        seed = "one"
    wrt = None if options.wrt is None else tuple(map(int, options.wrt.split(",")))
    # Build the pass, and do not spell it: names of functions may have any characters.
    gradient = GradientPass(entry, wrt, options.mode, options.to, seed=seed)
    cleaning = f"canonicalize,cse{',' if options.passes else ''}{options.passes}"
    program.run((gradient, *program.tool.parse_passes(cleaning)))
    with errors_of(f"target {options.emit}", program.module):
        text = program.tool.emit(program.context, program.module)
    program.tool.write_output(text, failed=False)
    return 0


def _run(options: argparse.Namespace) -> int:
    program = _Program(options)
    program.apply(options.passes)
    function = program.function(options.entry)
    backend_options = {"strict": True} if options.strict else {}
    entry = function.sym_name.data
    backend = backends.chosen(options.backend)
    compiled = backends.compile(backend, program.module, entry, **backend_options)
    arguments = program.arguments(options.input, function)
    with errors_of(f"backend {backend}", program.module):
        results = compiled(*arguments)
    if options.output:
        run_arguments.save(Path(options.output), results)
    else:
        for i, type in enumerate(function.function_type.outputs):
            print(f"%{i}: {type} = {run_arguments.shown(results[i])}")
    if options.profile:
        sys.stdout.flush()
        print(backends.profile(backend, compiled, arguments), file=sys.stderr)
    return 0


def _compile_library(options: argparse.Namespace) -> int:
    # LLVM takes a while to import, and other commands start faster without it.
    from ..lowering.cpu import ahead, ahead_files
    from ..lowering.cpu.ahead_targets import Machine

    output, options.output = options.output, None
    if output is None and options.emit in ("object", "shared"):
        raise LetgradError(f"{options.emit} is no text: name a file with -o")
    program = _Program(options)
    program.apply(options.passes)
    module = program.module
    if options.entry is not None:
        entries = [program.function(options.entry).sym_name.data]
    else:
        entries = [f.sym_name.data for f in ahead.entries_of(module)]
        if not entries:
            raise LetgradError("there is no public function with a body", module)
    machine = Machine(options.target, options.cpu)
    settings = ahead.Options(machine, options.blas, options.strict, not options.no_threads)
    with errors_of(f"target {options.emit}", module):
        made = ahead.library(module, entries, settings)
    path = Path(output or (options.file if options.file != "-" else "program"))
    data = ahead_files.written(made, options.emit, path, {})
    if output in (None, "-"):
        print(data.decode(), end="")
    else:
        with source.writing(path) as file:
            file.write_bytes(data)
    return 0


def _compile(options: argparse.Namespace) -> int:
    if options.emit in LIBRARY:
        return _compile_library(options)
    # The import of Triton takes a while, and not every system has Triton.
    from ..lowering.triton import resources
    from ..lowering.triton.backend import lower
    from ..lowering.triton.emit import Options
    from ..lowering.triton.target import title

    output, options.output = options.output, None
    program = _Program(options)
    program.apply(options.passes)
    resources.check_architecture(options.arch)
    card = options.card or resources.card_of(options.arch)
    settings = Options(options.fast, options.scatter, options.matmul, card)
    with errors_of("target triton", program.module):
        file = lower(program.module, settings, title(program.module))
        emit = options.emit or (None if options.report else "triton")
        made = []
        if options.report or emit not in ("triton", None):
            made = resources.compile_kernels(file, options.arch, settings)
    if options.report:
        text = resources.report(made, options.arch, card, file)
        print(text, file=sys.stdout if emit is None else sys.stderr)
    if emit is None:
        return 0
    if emit == "triton":
        _write_text(output, file.text)
        return 0
    missing = next((c for c in made if emit not in c.stages), None)
    if missing is not None:
        raise LetgradError(f"{options.arch} has no {emit}; it has {', '.join(missing.stages)}")
    if all(isinstance(c.stages[emit], str) for c in made):
        mark = "//" if emit != "llir" else ";"
        _write_text(output, "\n".join(f"{mark} {c.kernel.name}\n{c.stages[emit]}" for c in made))
        return 0
    if output is None:
        raise LetgradError(f"{emit} is no text: name a file with -o")
    for c in made:
        name = output if len(made) == 1 else Path(output) / f"{c.kernel.name}.{emit}"
        with source.writing(name) as path:
            path.write_bytes(c.stages[emit])
    return 0


def _write_text(output: str | None, text: str) -> None:
    if output in (None, "-"):
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        source.write(output, text)


DERIVATIVE = """
the result keeps the function's name; it takes what the function takes, and gives what it gives,
then one derivative for each argument in --wrt
  reverse mode  the function gives one float scalar, and the derivatives are its gradient; with
                --cotangent it may give any results, and their cotangents are further arguments
  forward mode  further arguments are the tangents of those in --wrt; the derivatives are those of
                the float results in this direction
"""


if __name__ == "__main__":
    sys.exit(main())
