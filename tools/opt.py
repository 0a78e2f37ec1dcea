"""
`letgrad-opt`: runs passes over MLIR text, with the habits of `mlir-opt`.

The IR goes to stdout, whole or not at all; everything else goes to stderr. Bad input of any kind
gives one line `file:line:col: error: message` and exit status 1.
"""

from __future__ import annotations

import argparse
import difflib
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from importlib.metadata import entry_points, version
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Dialect, Operation
from xdsl.passes import ModulePass, PassPipeline
from xdsl.targets.mlir import MLIRTarget
from xdsl.universe import Universe
from xdsl.utils.target import Target
from xdsl.xdsl_opt_main import VersionAction, xDSLOptMain

from ..dialects import upstream
from ..passes.rewriting.diagnostics import Diagnostic, LetgradError, Severity, handling
from ..passes.rewriting.levels import Level, verify_level
from ..passes.rewriting.settings import Setting
from ..passes.rewriting.verify import verify
from ..passes.simplify.scalarize import scalarize
from . import mlir_flags, nesting, pipeline_text, remark_flags, source
from .instruments import Instruments, errors_of
from .testing import expected

TOOL = "letgrad-opt"
SEPARATOR = "// -----"
REPRODUCER = f"// {TOOL} reproducer:"
TRACEBACK = Setting(
    "LETGRAD_TRACEBACK", "0", "1 shows Python's traceback of errors, as `--traceback` does."
)


def main(args: Sequence[str] | None = None) -> int:
    """Run the command, and give its exit status."""
    return source.run_deep(lambda: _main(args))


def _main(args: Sequence[str] | None) -> int:
    show = "--traceback" in (sys.argv if args is None else args)
    return guarded(TOOL, lambda: LetgradOptMain(args).run(), show)


def broken_package() -> str | None:
    """
    An error about a package of the environment whose dialects and passes cannot be loaded; None if
    there is no such package.
    """
    for plugin in entry_points(group="xdsl.universe"):
        try:
            plugin.load()
        except Exception as error:
            return (
                f"the entry point {plugin.name} = {plugin.value}, of xdsl.universe, cannot be "
                f"loaded: {source.explain(error)}"
            )
    return None


def guarded(tool: str, run: Callable[[], int], show: bool) -> int:
    """
    The exit status of a command. If `run` raises an error, this function prints one line about the
    error and gives 1; it prints the traceback too if `show` or LETGRAD_TRACEBACK asks for it.
    """
    show = show or _wants_traceback()
    try:
        status = run()
        sys.stdout.flush()  # here, where this function still sees that it fails
        return status
    except LetgradError as error:
        _report(error.diagnostic, tool)
        if show:
            traceback.print_exception(error)
        return 1
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else 1
    except BrokenPipeError:
        # The reader of our output has gone.
        _drop_output()
        return 1
    except OSError as error:
        # Other files have an error of their own: what is left is standard output, on a full disk.
        _drop_output()
        reason = (error.strerror or str(error)).lower()
        print(f"{tool}: error: cannot write the output: {reason}", file=sys.stderr)
        if show:
            traceback.print_exception(error)
        return 1
    except MemoryError as error:
        print(f"{tool}: error: {source.explain(error)}", file=sys.stderr)
        if show:
            traceback.print_exception(error)
        return 1
    except Exception as error:
        # No input should lead here. If an input does, a user gets one line, and a developer gets
        # the traceback.
        internal = f"internal error: {source.explain(error)}"
        reason = missing_package(error) or broken_package() or internal
        print(f"{tool}: error: {reason} (--traceback shows where)", file=sys.stderr)
        if show:
            traceback.print_exception(error)
        return 1


def missing_package(error: Exception) -> str | None:
    """In words, which package is not installed; None for another error."""
    name = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    package = name.partition(".")[0]
    if package in ("", __name__.partition(".")[0]):
        return None
    return f"this needs the package {package}, which is not installed: pip install {package}"


def _drop_output() -> None:
    """
    Send standard output nowhere. Python would complain once more when it flushes the output at its
    end.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wants_traceback() -> bool:
    return TRACEBACK.get() not in ("", "0")


def _report(diagnostic: Diagnostic, tool: str = TOOL) -> None:
    sys.stdout.flush()
    for d in (diagnostic, *diagnostic.notes):
        where = "" if d.position is not None else f"{tool}: "
        print(f"{where}{d}", file=sys.stderr)


def _load_dialect(name: str, factory: Callable[[], Dialect]) -> Dialect:
    """
    The dialect that a package registers. Errors: `LetgradError`, with the module of the package and
    the cause, if Python cannot import the dialect.
    """
    try:
        return factory()
    except Exception as error:
        raise LetgradError(
            f"the dialect {name}, which {factory.__module__} registers, cannot be loaded: "
            f"{source.explain(error)}"
        ) from error


class ArgumentParser(argparse.ArgumentParser):
    """A parser of options, whose errors are one line and have the exit status 1."""

    def __init__(
        self,
        *args: Any,
        passes: Callable[[], str] | None = None,
        names: Collection[str] = (),
        **options: Any,
    ):
        super().__init__(*args, **options)
        self._passes, self._names = passes, names

    def format_help(self) -> str:
        if self._passes is None:
            return super().format_help()
        return f"{super().format_help()}\npasses, each of which is a flag too:\n{self._passes()}"

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments: "):
            word = message.split()[2]
            message += mlir_flags.hint(word, self._option_string_actions, self._names)
        self.exit(1, f"{self.prog}: error: {message} ({self.prog} --help lists the options)\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse passes over the error of a write, and then exits with status 0.
        if message:
            print(message, end="", file=file or sys.stderr, flush=True)


class LetgradOptMain(xDSLOptMain):
    """The command as a class. A tool that registers more derives from this class."""

    version_format = f"{TOOL} {version('letgrad')} (xdsl {{xdsl_version}})"

    target: Target
    instruments: Instruments
    reporter: remark_flags.Reporter

    def __init__(self, args: Sequence[str] | None = None):
        self.available_frontends = {}
        self.available_passes = {}
        self.available_targets = {}
        self.ctx = Context()
        # To read what packages of this environment offer takes 5 ms, so the tool reads it once.
        self.universe = Universe.get_multiverse()
        self.register_all_dialects()
        self.register_all_passes()
        self.register_all_targets()
        given = sys.argv[1:] if args is None else list(args)
        for name in mlir_flags.plugins(given):
            from . import plugins  # few runs need it

            plugins.load(name, self.ctx, self.available_passes, self.available_targets)

        parser = ArgumentParser(
            prog=TOOL,
            description="Run passes over MLIR text. IR goes to stdout, everything else to stderr. "
            "Each pass is a flag too: --cse, --canonicalize=max-iterations=3.",
            allow_abbrev=False,
            passes=self.describe_passes,
            names=self.available_passes,
        )
        self.register_all_arguments(parser)
        self.parser = parser
        self.args = parser.parse_args(mlir_flags.spelled(given, parser, self.available_passes))
        self.ctx.allow_unregistered = self.args.allow_unregistered_dialect

    def register_all_dialects(self) -> None:
        for name, factory in self.universe.all_dialects.items():
            factory = upstream.extended(name, factory)
            self.ctx.register_dialect(name, partial(_load_dialect, name, factory))

    def register_all_passes(self) -> None:
        for name, factory in self.universe.all_passes.items():
            self.register_pass(name, factory)

        def canonicalize() -> type[ModulePass]:
            from ..passes.simplify.canonicalize import CanonicalizePass

            return CanonicalizePass

        def cse() -> type[ModulePass]:
            from ..passes.sharing.cse import CsePass

            return CsePass

        # Our driver applies upstream's pass, without a merge that upstream gets wrong.
        self.available_passes |= {"canonicalize": canonicalize, "cse": cse}

    def register_all_targets(self) -> None:
        self.available_targets |= self.universe.all_targets

        def llvm() -> type[Target]:
            from ..lowering.cpu.llvm_target import LlvmTarget

            return LlvmTarget

        # Our target also takes programs of other dialects than `llvm`.
        self.available_targets["llvm"] = llvm

    def register_all_arguments(self, arg_parser: argparse.ArgumentParser) -> None:
        def flag(group: Any, name: str, help: str) -> None:
            group.add_argument(name, action="store_true", help=help)

        add = arg_parser.add_argument
        add(
            "input_file",
            nargs="?",
            help="the file to read; without a file, or with -, the tool reads standard input",
        )
        add(
            "-v",
            "--version",
            action=VersionAction,
            version_format=self.version_format,
            help="print the version",
        )
        add(
            "-p",
            "--passes",
            "--pass-pipeline",
            action="append",
            default=[],
            metavar="PIPELINE",
            help="the passes to run: 'canonicalize,cse', or 'builtin.module(a{n=1 names=x,y}, b)'",
        )
        add(
            "-t",
            "--target",
            default="mlir",
            help="how to print the result (default: mlir): "
            + ", ".join(sorted(self.available_targets)),
        )
        add("-o", "--output-file", metavar="FILE", help="write to FILE, unless something fails")
        flag(arg_parser, "--list-passes", "print all passes and their options")
        flag(arg_parser, "--show-dialects", "print all dialects")

        reading = arg_parser.add_argument_group("reading")
        reading.add_argument(
            "--split-input-file",
            nargs="?",
            const=SEPARATOR,
            default="",
            metavar="MARKER",
            help=f"split the input at lines '{SEPARATOR}', or at lines MARKER, and process each "
            "piece on its own",
        )
        reading.add_argument(
            "--output-split-marker",
            default=SEPARATOR,
            metavar="MARKER",
            help="the line between the results of the pieces",
        )
        flag(
            reading, "--allow-unregistered-dialect", "take ops of unknown dialects, in generic form"
        )
        flag(reading, "--no-implicit-module", "want the module op to be written")
        reading.add_argument(
            "--load-pass-plugin",
            action="append",
            default=[],
            metavar="MODULE",
            help="load the dialects, passes and targets of a Python module, or of a .py file",
        )

        checking = arg_parser.add_argument_group("checking")
        checking.add_argument(
            "--verify-diagnostics",
            nargs="?",
            const="all",
            default="",
            choices=("all", "only-expected"),
            help="match diagnostics with comments such as // expected-error@+1 {{text}}, "
            "and fail if they differ; only-expected passes over diagnostics without a comment",
        )
        flag(
            checking,
            "--verify-roundtrip",
            "print the input in both forms, read it again, and fail if a form changed it",
        )
        checking.add_argument(
            "--verify-each",
            type=int,
            choices=(0, 1),
            nargs="?",
            const=1,
            default=1,
            help="verify the IR, its dominance and its level after each pass (default: 1)",
        )
        flag(checking, "--disable-verify", "verify nothing, not even the input")
        checking.add_argument(
            "--verify-level",
            choices=[str(level) for level in Level],
            help="check that the result has only ops and types that may occur at this level",
        )
        flag(
            checking,
            "--verify-sharing",
            "check the stamps, and hold each pass to the law of sharing: no pass computes a shared "
            "value again",
        )
        checking.add_argument(
            "--check-semantics",
            type=count,
            nargs="?",
            const=1,
            default=0,
            metavar="N",
            help="run the public functions on N random inputs (default: 1) "
            "before and after each pass, and compare",
        )
        flag(
            checking,
            "--check-rules",
            "compare so after each firing of a rule too, and name the rule",
        )

        printing = arg_parser.add_argument_group("printing")
        flag(printing, "--print-op-generic", "print ops in generic form")
        flag(printing, "--print-debuginfo", "print source locations")
        flag(printing, "--print-no-properties", "print properties among the attributes")
        flag(printing, "--syntax-highlight", "print in colours")
        flag(printing, "--print-ir-before-all", "print the IR before each pass, to stderr")
        flag(printing, "--print-ir-after-all", "print the IR after each pass, to stderr")
        flag(
            printing,
            "--print-ir-after-change",
            "print the IR after each pass that changed it, to stderr",
        )
        for when in ("before", "after"):
            printing.add_argument(
                f"--print-ir-{when}",
                action="append",
                default=[],
                metavar="PASSES",
                help=f"print the IR {when} each of these passes, to stderr",
            )
        flag(
            printing,
            "--print-ir-after-failure",
            "if a pass fails, print the IR as the pass left it, to stderr",
        )
        flag(
            printing,
            "--print-ir-module-scope",
            "print the whole module also for passes in a nest such as func.func(…)",
        )
        printing.add_argument(
            "--elide-elementsattrs-if-larger",
            type=count_from_zero,
            metavar="N",
            help="leave out the elements of tables of more than N elements, but for splats; "
            "no tool can read such an output",
        )
        printing.add_argument(
            "--print-elementsattrs-with-hex-if-larger",
            type=limit,
            metavar="N",
            help="print tables of more than N elements as strings of bytes (default: 100); -1 "
            "lists the elements of all tables",
        )
        printing.add_argument(
            "--debug-only",
            action="append",
            default=[],
            metavar="PASSES",
            help="print a line for each rule that fires in one of these passes, to stderr",
        )
        printing.add_argument(
            "--print-ir-tree-dir",
            metavar="DIR",
            help="write the IR after each pass to a file of its own in DIR",
        )
        flag(printing, "--trace-rules", "print a line for each rule that fires, to stderr")
        remark_flags.add_arguments(printing)
        flag(printing, "--timing", "print where the time went, to stderr")
        flag(printing, "--pass-statistics", "print how often each rule fired, to stderr")
        flag(printing, "--dump-pass-pipeline", "print the passes with their options, to stderr")

        mlir_flags.add_arguments(arg_parser)
        failing = arg_parser.add_argument_group("failing")
        failing.add_argument(
            "--crash-reproducer",
            metavar="FILE",
            help="if a pass fails, write the IR before it, and the pipeline from it on, to FILE",
        )
        flag(
            failing,
            "--run-reproducer",
            "take the pipeline from the first line of the input, which --crash-reproducer wrote",
        )
        flag(
            failing,
            "--traceback",
            "show the traceback of errors, as LETGRAD_TRACEBACK=1 in the environment does",
        )

    # From the command line to the run.

    def run(self) -> int:  # type: ignore[override]
        if self.args.list_passes:
            sys.stdout.write(self.describe_passes())
            return 0
        if self.args.show_dialects:
            sys.stdout.write(
                "".join(f"{name}\n" for name in sorted(self.ctx.registered_dialect_names))
            )
            return 0

        self.target = self.parse_target(self.args.target)
        self.setup_pipeline()
        filename = self.args.input_file if self.args.input_file not in (None, "-") else source.STDIN
        text = source.read(self.args.input_file)
        if self.args.run_reproducer:
            self.load_reproducer(text, filename)
        if self.args.dump_pass_pipeline:
            print(f"pass pipeline: {pipeline_text.spell(self.pipeline.passes)}", file=sys.stderr)

        self.instruments = self.make_instruments()
        self.reporter = remark_flags.Reporter(self.args)
        status = self.run_chunks(text, filename)
        self.reporter.write()
        return status

    def run_chunks(self, text: str, filename: str) -> int:
        """Process the pieces of the input, write the results, and give the exit status."""
        outputs: list[str] = []
        failed = False
        try:
            marker = self.args.split_input_file
            chunks = list(split(text, marker)) if marker else [(text, 1)]
            for i, (chunk, first_line) in enumerate(chunks):
                if self.args.print_ir_tree_dir is not None:
                    subfolder = f"chunk_{i + 1}" if self.args.split_input_file else ""
                    self.instruments.tree = self.tree_writer(
                        Path(self.args.print_ir_tree_dir, subfolder)
                    )
                output = self.process(chunk, filename, first_line)
                failed |= output is None
                outputs.append(output or "")
            self.write_output(f"{self.args.output_split_marker}\n".join(outputs), failed)
        finally:
            if self.args.pass_statistics:
                print(self.instruments.statistics.report(), file=sys.stderr)
            if self.args.timing:
                print(self.instruments.timing.report(), file=sys.stderr)
        return 1 if failed else 0

    def setup_pipeline(self) -> None:
        passes = [p for text in self.args.passes for p in self.parse_passes(text)]
        self.pipeline = PassPipeline(tuple(passes))

    def parse_passes(self, text: str) -> Iterator[ModulePass]:
        """
        The passes that a pipeline spells. Errors: `LetgradError`, with the column in the pipeline.
        """
        return self._parse_passes(text, *nesting.without_root(text), nesting.ROOT)

    def _parse_passes(self, text: str, start: int, end: int, around: str) -> Iterator[ModulePass]:
        where = "<pass-pipeline>"
        for offset, element in nesting.elements(text, start, end):
            nest = nesting.nest(element)
            if nest is None:
                spec = pipeline_text.parse_spec(element, where, offset)
                yield pipeline_text.instantiate("pass", self.available_passes, spec, where, offset)
                continue
            anchor, first, last = nest
            inner = (offset + first, offset + last, anchor)
            if around == nesting.ROOT and anchor == nesting.ROOT and start == 0:
                # A module in the module has its nest inside of `builtin.module(…)`.
                yield from self._parse_passes(text, *inner)
                continue
            if (wrong := nesting.check_anchor(self.ctx, anchor)) is not None:
                raise LetgradError(wrong, source.place(where, 1, offset + 1))
            yield nesting.Nest(anchor, tuple(self._parse_passes(text, *inner)))

    def parse_target(self, text: str) -> Target:
        spec = pipeline_text.parse_spec(text, "<target>", 0)
        target = pipeline_text.instantiate("target", self.available_targets, spec, "<target>", 0)
        assert isinstance(target, Target)
        return target

    def make_instruments(self) -> Instruments:
        return Instruments(
            verify_each=bool(self.args.verify_each) and not self.args.disable_verify,
            verify_sharing=self.args.verify_sharing,
            print_before_all=self.args.print_ir_before_all,
            print_after_all=self.args.print_ir_after_all,
            print_after_change=self.args.print_ir_after_change,
            print_before=self.passes_of("print_ir_before"),
            print_after=self.passes_of("print_ir_after"),
            print_after_failure=self.args.print_ir_after_failure,
            print_whole_module=self.args.print_ir_module_scope,
            trace_rules=self.args.trace_rules,
            trace_passes=self.passes_of("debug_only"),
            check_semantics=self.args.check_semantics,
            check_rules=self.args.check_rules,
            reproduce=self.write_reproducer if self.args.crash_reproducer else None,
            print_module=self.to_text,
        )

    # One chunk of the input.

    def process(self, text: str, filename: str, first_line: int) -> str | None:
        """The result of a chunk of the input; None after an error, which this method reports."""
        diagnostics: list[Diagnostic] = []
        failed = False

        def handle(diagnostic: Diagnostic) -> None:
            nonlocal failed
            diagnostics.append(diagnostic)
            failed |= diagnostic.severity == Severity.ERROR
            if not self.args.verify_diagnostics:
                _report(diagnostic)

        output = ""
        with handling(handle):
            try:
                with self.reporter.of_one_program():
                    output = self.compile(text, filename, first_line)
            except LetgradError as error:
                handle(error.diagnostic)
                if self.args.traceback or _wants_traceback():
                    traceback.print_exception(error)
        if self.args.verify_diagnostics:
            only = self.args.verify_diagnostics == "only-expected"
            wrong = expected.mismatches(text, filename, diagnostics, first_line, only)
            for diagnostic in wrong:
                _report(diagnostic)
            return None if wrong else output
        return None if failed else output

    def compile(self, text: str, filename: str, first_line: int) -> str:
        """The result of a chunk of the input. Errors: `LetgradError`, for every error."""
        timing = self.instruments.timing
        # A fresh context: the next chunk must not see the names (of resources, say) that this chunk
        # registers.
        ctx = self.ctx.clone()
        with timing.spent_on("parse"):
            module = source.parse(
                ctx,
                text,
                filename,
                first_line=first_line,
                implicit_module=not self.args.no_implicit_module,
                # A pass or target that needs scalars makes them.
                as_written=True,
            )
        if not self.args.disable_verify:
            with timing.spent_on("verify"):
                verify(module)
        if self.args.verify_roundtrip:
            from . import roundtrip  # few runs need it

            with timing.spent_on("round trip"):
                roundtrip.check(ctx, module)
        self.instruments.run(ctx, module, self.pipeline.passes)
        if self.args.verify_level is not None:
            verify_level(module, self.args.verify_level)
        name = self.target.name
        with timing.spent_on(f"print {name}"), errors_of(f"target {name}", module):
            return self.emit(ctx, module)

    def emit(self, ctx: Context, module: ModuleOp) -> str:
        stream = StringIO()
        if type(self.target) is MLIRTarget:
            source.print_module(
                module,
                stream,
                generic=self.args.print_op_generic or self.target.print_generic_format,
                properties_as_attributes=self.args.print_no_properties
                or self.target.print_properties_as_attributes,
                debuginfo=self.args.print_debuginfo or self.target.print_debuginfo,
                colors=self.args.syntax_highlight or self.target.syntax_highlight,
                elide=self.args.elide_elementsattrs_if_larger,
                listed=self.args.print_elementsattrs_with_hex_if_larger,
                ctx=ctx,
            )
        else:
            scalarize(module)
            self.target.emit(ctx, module, stream)
        return stream.getvalue()

    def passes_of(self, flag: str) -> frozenset[str]:
        """
        The passes that a flag names. Errors: `LetgradError` for a name that no pass has: the flag
        would show nothing.
        """
        names = [n.strip() for text in getattr(self.args, flag) for n in text.split(",")]
        for name in names:
            if name not in self.available_passes:
                close = difflib.get_close_matches(name, self.available_passes, 1)
                hint = f"; did you mean '{close[0]}'?" if close else ""
                raise LetgradError(f"--{flag.replace('_', '-')}: there is no pass '{name}'{hint}")
        return frozenset(names)

    def to_text(self, module: Operation) -> str:
        """The text of the module, or of an op in it, in dumps of the IR."""
        stream = StringIO()
        with errors_of("the printer", module):
            source.print_module(
                module,
                stream,
                generic=self.args.print_op_generic,
                properties_as_attributes=self.args.print_no_properties,
                debuginfo=self.args.print_debuginfo,
                elide=self.args.elide_elementsattrs_if_larger,
                listed=self.args.print_elementsattrs_with_hex_if_larger,
            )
        return stream.getvalue()

    # Files.

    def write_output(self, text: str, failed: bool) -> None:
        """
        Write the results. Without `-o`, they go to stdout, those of failed chunks left out; with
        `-o`, they go to the file, and only if no chunk failed.
        """
        if self.args.output_file not in (None, "-"):
            if not failed:
                source.write(self.args.output_file, text)
        elif text.replace(f"{self.args.output_split_marker}\n", "") or not failed:
            sys.stdout.write(text)
            sys.stdout.flush()

    def tree_writer(self, folder: Path) -> Callable[[str, str], None]:
        def write(name: str, text: str) -> None:
            source.write(folder / f"{name}.mlir", text)

        return write

    def write_reproducer(self, passes: Sequence[ModulePass], before: str) -> None:
        arguments = ["-p", pipeline_text.spell(passes)]
        if self.args.check_semantics:
            arguments.append(f"--check-semantics={self.args.check_semantics}")
        for name in (
            "verify_sharing",
            "check_rules",
            "disable_verify",
            "allow_unregistered_dialect",
        ):
            if getattr(self.args, name):
                arguments.append(f"--{name.replace('_', '-')}")
        source.write(
            Path(self.args.crash_reproducer), f"{REPRODUCER} {shlex.join(arguments)}\n{before}"
        )

    def load_reproducer(self, text: str, filename: str) -> None:
        """
        Take the arguments from the first line of a reproducer, where `write_reproducer` writes
        them.
        """
        first = text.partition("\n")[0]
        here = source.place(filename, 1, 1)
        if not first.startswith(REPRODUCER):
            raise LetgradError(
                f"this is no reproducer: its first line does not start with '{REPRODUCER}'",
                here,
            )
        parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
        parser.add_argument("-p", default="")
        parser.add_argument("--check-semantics", type=count, default=self.args.check_semantics)
        for name in (
            "--verify-sharing",
            "--check-rules",
            "--disable-verify",
            "--allow-unregistered-dialect",
        ):
            parser.add_argument(name, action="store_true")
        try:
            loaded, unknown = parser.parse_known_args(shlex.split(first.removeprefix(REPRODUCER)))
        except (ValueError, argparse.ArgumentError) as error:
            raise LetgradError(
                f"the arguments of the reproducer cannot be read: {error}", here
            ) from error
        if unknown:
            raise LetgradError(f"a reproducer cannot hold the argument {unknown[0]}", here)
        self.args.passes.append(loaded.p)
        self.setup_pipeline()
        self.args.check_semantics = loaded.check_semantics
        self.args.verify_sharing |= loaded.verify_sharing
        self.args.check_rules |= loaded.check_rules
        self.args.disable_verify |= loaded.disable_verify
        self.ctx.allow_unregistered |= loaded.allow_unregistered_dialect

    def describe_passes(self) -> str:
        """A paragraph for each pass: its name, the first line of its docstring, its options."""
        lines: list[str] = []
        for name, factory in sorted(self.available_passes.items()):
            a_pass = factory()
            lines.append(name)
            # Python gives a dataclass without a docstring its signature as docstring.
            if (doc := (a_pass.__doc__ or "").strip()) and not doc.startswith(
                f"{a_pass.__name__}("
            ):
                lines.append(f"    {doc.splitlines()[0].strip()}")
            if options := pipeline_text.options_of(a_pass):
                lines.append(f"    options: {options}")
        return "".join(f"{line}\n" for line in lines)


def count_from_zero(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 on")
    return int(text)


def limit(text: str) -> int:
    return sys.maxsize if text == "-1" else count_from_zero(text)


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 on")
    return int(text)


def shell_environment() -> dict[str, str]:
    """The environment for commands of tests: it finds the tools beside this Python first."""
    folder = os.path.dirname(sys.executable)
    return os.environ | {"PATH": os.pathsep.join([folder, os.environ.get("PATH", "")])}


def split(text: str, marker: str = SEPARATOR) -> Iterator[tuple[str, int]]:
    """The pieces of a text between lines `marker`, each with the number of its first line."""
    piece: list[str] = []
    first_line = 1
    # Only a newline ends a line here. Python's `splitlines` splits at other characters too.
    for number, line in enumerate(StringIO(text), 1):
        if line.rstrip() == marker:
            yield "".join(piece), first_line
            piece, first_line = [], number + 1
        else:
            piece.append(line)
    yield "".join(piece), first_line


if __name__ == "__main__":
    sys.exit(main())
