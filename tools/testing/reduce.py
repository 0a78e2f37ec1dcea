"""
`letgrad reduce`: shrinks a program and a pipeline that fail, and keeps the failure.

Delta debugging (A. Zeller and R. Hildebrandt, "Simplifying and isolating failure-inducing input",
2002) of the list of passes, of the functions and of the ops; a dropped op leaves its operand of the
same type, or a new argument. Then results, arguments, attributes, sizes, and constants in place of
ops. A step stays if the program verifies, fails in the same way, and is smaller.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    ModuleOp,
    TensorType,
)
from xdsl.ir import Attribute, Block, Operation, OpResult, SSAValue
from xdsl.traits import ConstantLike, IsTerminator
from xdsl.utils.exceptions import VerifyException

from ...dialects import types
from ...dialects.walking import ops_in
from ...passes.rewriting.diagnostics import LetgradError, handling
from ...passes.rewriting.verify import verify
from .. import opt, pipeline_text, source
from ..instruments import Instruments
from .progress import Progress

T = TypeVar("T")

TIME_LIMIT = 60.0
"""Seconds for one run of `--test`; a longer run does not count as the failure."""

DESCRIPTION = """
Shrink a program and a pipeline that fail, as long as they fail in the same way, and write a test
file with the rest.

A failure is an error of a pass, IR that does not verify after a pass, or, with --check-semantics, a
result that a pass changed. With --test, a case fails if COMMAND ends with exit status 0, as in
llvm-reduce: in COMMAND, %s is the program, and %p the pipeline. Use --test for a process that may
crash or hang.
"""

EXAMPLES = """
examples:
  letgrad reduce bad.mlir -p canonicalize,my-pass,cse --check-semantics -o reduced.mlir
  letgrad reduce bad.mlir --test 'letgrad-opt %s -p my-pass 2>&1 | grep "out of range"'
"""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "reduce",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="shrink a program and a pipeline that fail",
        description=DESCRIPTION,
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("file", help="the program as MLIR text; - for standard input")
    add("-p", "--passes", default="", metavar="PIPELINE", help="the passes that fail")
    add(
        "--check-semantics",
        type=opt.count,
        nargs="?",
        const=1,
        default=0,
        metavar="N",
        help="a result that changes, on one of N random inputs (default: 1), is a failure too",
    )
    add(
        "--check-rules",
        action="store_true",
        help="a result that changes after a firing of a rule is a failure of that rule",
    )
    add(
        "--verify-sharing",
        action="store_true",
        help="a pass that computes a shared value again is a failure too",
    )
    add("--test", metavar="COMMAND", help="a command that ends with exit status 0 on a failure")
    add(
        "--split-input-file",
        action="store_true",
        help=f"take the first piece that fails, between lines '{opt.SEPARATOR}'",
    )
    add("-o", dest="output", metavar="FILE", help="write the test there, not to stdout")
    add("--traceback", action="store_true", help="show Python's traceback of errors")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    tool = opt.LetgradOptMain([])
    tool.ctx.allow_unregistered = True
    text = source.read(options.file)
    filename = source.STDIN if options.file == "-" else options.file
    passes = [element for _, element in pipeline_text.pipeline_elements(options.passes)]
    tuple(tool.parse_passes(options.passes))  # raises the errors of the pipeline
    failure: Failure
    if options.test is not None:
        failure = Command(options.test)
    elif passes:
        failure = Pipeline(
            tool, options.check_semantics, options.check_rules, options.verify_sharing
        )
    else:
        raise LetgradError("give the passes that fail with -p, or a command with --test")
    pieces = list(opt.split(text)) if options.split_input_file else [(text, 1)]
    module = ModuleOp([])
    for piece, first_line in pieces:
        module = source.parse(
            tool.ctx.clone(), piece, filename, first_line=first_line, as_written=True
        )
        verify(module)
        with Progress("reduce") as progress:
            reducer = Reducer(tool.ctx, failure, Case(_text(module), tuple(passes)), progress)
            if not reducer.fails():
                continue
            case = reducer.reduce()
        said = failure.said(case)
        result = f"// RUN: {failure.command(case)}\n\n// {said}\n{case.text}"
        if options.output:
            source.write(options.output, result)
        else:
            sys.stdout.write(result)
        print(
            f"{reducer.tests} tests; {_size(module)} ops became {case.size}, "
            f"and {len(passes)} passes {len(case.passes)}",
            file=sys.stderr,
        )
        return 0
    raise LetgradError(f"there is nothing to reduce: {failure.absence}", module)


@dataclass(frozen=True)
class Case:
    """A program and the passes to run on it."""

    text: str
    passes: tuple[str, ...]

    @property
    def size(self) -> int:
        return _size(source.parse(_lenient(), self.text, as_written=True))


def _lenient() -> Context:
    context = opt.LetgradOptMain([]).ctx
    context.allow_unregistered = True
    return context


def _size(module: ModuleOp) -> int:
    return sum(1 for _ in ops_in(module)) - 1


# The failure.


class Failure:
    """The failure that must stay. `kind` names the failure of a case, or is None without one."""

    absence = ""

    def kind(self, case: Case) -> str | None:
        raise NotImplementedError

    def command(self, case: Case) -> str:
        """The RUN line of a test."""
        raise NotImplementedError

    def said(self, case: Case) -> str:
        """A line about the failure."""
        raise NotImplementedError


class Pipeline(Failure):
    """An error while the passes run, known by its message without the details of this program."""

    absence = "the passes run without an error"

    def __init__(
        self,
        tool: opt.LetgradOptMain,
        check_semantics: int,
        check_rules: bool = False,
        verify_sharing: bool = False,
    ):
        self.tool = tool
        self.checks: dict[str, Any] = {
            "check_semantics": check_semantics,
            "check_rules": check_rules,
            "verify_sharing": verify_sharing,
        }

    def kind(self, case: Case) -> str | None:
        error = self.error(case)
        return None if error is None else kind_of(error.diagnostic.message)

    def error(self, case: Case) -> LetgradError | None:
        context = self.tool.ctx.clone()
        instruments = Instruments(**self.checks)
        with handling(lambda diagnostic: None):
            try:
                module = source.parse(context, case.text, as_written=True)
                verify(module)
            except LetgradError:
                return None
            try:
                passes = tuple(self.tool.parse_passes(",".join(case.passes)))
                instruments.run(context, module, passes)
            except LetgradError as error:
                return error
        return None

    def command(self, case: Case) -> str:
        words = ["-p", ",".join(case.passes)]
        for name, value in self.checks.items():
            if value:
                flag = f"--{name.replace('_', '-')}"
                words.append(flag if value is True else f"{flag}={value}")
        return f"letgrad-opt %s {shlex.join(words)} --verify-diagnostics"

    def said(self, case: Case) -> str:
        error = self.error(case)
        assert error is not None
        return f"It failed: {error.diagnostic.message}"


class Command(Failure):
    """A command that ends with exit status 0."""

    absence = "the command does not end with exit status 0"

    def __init__(self, command: str):
        self.template = command

    def kind(self, case: Case) -> str | None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "program.mlir")
            path.write_text(case.text, encoding="utf-8")
            command = self._filled(case).replace("%s", shlex.quote(str(path)))
            try:
                run = subprocess.run(
                    command,
                    shell=True,
                    capture_output=True,
                    stdin=subprocess.DEVNULL,
                    env=opt.shell_environment(),
                    timeout=TIME_LIMIT,
                )
            except subprocess.TimeoutExpired:
                return None
        return "exit status 0" if run.returncode == 0 else None

    def _filled(self, case: Case) -> str:
        return self.template.replace("%p", shlex.quote(",".join(case.passes)))

    def command(self, case: Case) -> str:
        return self._filled(case)

    def said(self, case: Case) -> str:
        return "The command ended with exit status 0."


def kind_of(message: str) -> str:
    """The common part of errors with one cause: the message without details of one program."""
    if match := re.match(r"(.*changed the result) of @", message):
        return match[1]
    if match := re.match(r"@\S+ (fails after .*?):", message):
        return match[1]
    if match := re.match(r"(.* failed: \w+)", message):
        return match[1]
    return re.sub(r"tensor<[^>]*>|[@%][\w.$-]+|-?\d[\w.+-]*|'[^']*'|\[[^]]*\]", "…", message)


# The reduction.


@dataclass
class Reducer:
    """
    Makes `case` smaller as long as its failure stays of one kind. `tests` counts the tries.
    """

    context: Context
    failure: Failure
    case: Case
    progress: Progress
    tests: int = 0
    _kind: str | None = None
    _seen: dict[Case, bool] = field(default_factory=dict)
    _measure: tuple[int, ...] = ()
    _module: ModuleOp = field(default_factory=lambda: ModuleOp([]))

    def fails(self) -> bool:
        """Whether the unchanged case fails. This method also fixes the kind of the failure."""
        self._kind = self.failure.kind(self.case)
        self._take(self.case)
        return self._kind is not None

    def reduce(self) -> Case:
        """The smallest case that the steps find. The reducer repeats them until none helps."""
        while True:
            before = self._measure
            self._reduce_passes()
            self._reduce_ops_at_top()
            self._reduce_results()
            self._reduce_ops()
            for step in (
                self._earlier_results,
                self._simpler_operands,
                self._attributes,
                self._arguments,
                self._sizes,
            ):
                self._each(step)
            if self._measure == before:
                return self.case

    # One try.

    def _test(self, case: Case) -> bool:
        if case not in self._seen:
            self.tests += 1
            self._seen[case] = self.failure.kind(case) == self._kind
            size = f"{self._measure[0] + self._measure[1]} ops"
            self.progress.advance(f"{size}, {len(self.case.passes)} passes")
        return self._seen[case]

    def _take(self, case: Case) -> None:
        self.case = case
        self._module = source.parse(self.context.clone(), case.text, as_written=True)
        self._measure = self._measured(case, self._module)

    def _measured(self, case: Case, module: ModuleOp) -> tuple[int, ...]:
        """The numbers that every taken step makes smaller, in this order of importance."""
        ops = [op for op in ops_in(module) if op is not module]
        constants = sum(op.has_trait(ConstantLike, value_if_unregistered=False) for op in ops)
        values = [v for op in ops for v in op.results]
        values += [a for op in ops for r in op.regions for b in r.blocks for a in b.args]
        returned = sum(len(op.operands) for op in ops if isinstance(op, func.ReturnOp))
        sizes = sum(sum(types.shape(v.type)) for v in values if isinstance(v.type, TensorType))
        return (
            len(ops) - constants,
            constants,
            len(case.passes),
            returned,
            len(values),
            sizes,
            len(case.text),
        )

    def _try(self, change: Callable[[ModuleOp], bool]) -> bool:
        """
        Change a copy of the program, and take it if it still verifies, is smaller, and fails in the
        same way. `change` says whether there was something to change.
        """
        module = self._module.clone()
        try:
            if not change(module):
                return False
            verify(module)
            text = _text(module)
        except (LetgradError, VerifyException, ValueError, IndexError):
            return False  # it was no program any more
        return self._try_text(text)

    def _try_text(self, text: str) -> bool:
        try:
            module = source.parse(self.context.clone(), text, as_written=True)
            verify(module)
        except LetgradError:
            return False
        case = Case(_text(module), self.case.passes)
        if self._measured(case, module) >= self._measure or not self._test(case):
            return False
        self._take(case)
        return True

    def _each(self, steps: Callable[[], Iterator[Callable[[ModuleOp], bool] | str]]) -> None:
        """Try steps until none helps. After a step that helps, make the list of steps again."""
        start = 0
        while True:
            for i, step in enumerate(steps()):
                # Those before the one that helped did not help just now.
                if i < start:
                    continue
                if self._try_text(step) if isinstance(step, str) else self._try(step):
                    start = i
                    break
            else:
                return

    # The steps.

    def _reduce_passes(self) -> None:
        def test(passes: Sequence[str]) -> bool:
            case = Case(self.case.text, tuple(passes))
            if not passes or not self._test(case):
                return False
            self._take(case)
            return True

        minimal(self.case.passes, test)

    def _reduce_ops_at_top(self) -> None:
        def keep(indices: Sequence[int]) -> bool:
            kept = set(indices)

            def change(module: ModuleOp) -> bool:
                for i, op in enumerate(list(module.ops)):
                    if i not in kept:
                        op.detach()
                        op.erase(safe_erase=False)
                return True

            return self._try(change)

        minimal(range(sum(1 for _ in self._module.ops)), keep)

    def _reduce_results(self) -> None:
        """Functions return less."""
        for index, function in enumerate(_functions(self._module)):

            def keep(results: Sequence[int], index: int = index) -> bool:
                def change(module: ModuleOp) -> bool:
                    function = _functions(module)[index]
                    for op in function.body.walk():
                        if isinstance(op, func.ReturnOp):
                            op.operands = [op.operands[i] for i in results]
                    outputs = [function.function_type.outputs.data[i] for i in results]
                    inputs = function.function_type.inputs
                    function.function_type = FunctionType.from_lists(list(inputs), outputs)
                    return True

                return self._try(change)

            minimal(range(len(function.function_type.outputs)), keep)

    def _reduce_ops(self) -> None:
        for replacement in (_same_type_or_argument, _argument, _constant):
            count = len(_droppable(self._module))

            def keep(
                indices: Sequence[int],
                replacement: Callable[[OpResult], SSAValue | None] = replacement,
            ) -> bool:
                kept = set(indices)

                def change(module: ModuleOp) -> bool:
                    ops = _droppable(module)
                    # Users before their operands, so that a value without users needs nothing.
                    for i, op in reversed(list(enumerate(ops))):
                        if i not in kept and not _drop(op, replacement):
                            return False
                    return True

                return self._try(change)

            minimal(range(count), keep)

    def _earlier_results(self) -> Iterator[Callable[[ModuleOp], bool]]:
        """
        A function returns an operand of the op whose result it returned; or what a region of that
        op yields, whose ops come out of it, with arguments of the function for those of the region.
        """
        for index, function in enumerate(_functions(self._module)):
            for block in range(len(function.body.blocks)):
                last = function.body.blocks[block].last_op
                if not isinstance(last, func.ReturnOp):
                    continue
                for i, returned in enumerate(last.operands):
                    if not isinstance(returned, OpResult):
                        continue
                    ends = _yields(returned.op)
                    for j in range(len(returned.op.operands) + len(ends)):

                        def change(
                            module: ModuleOp, place: tuple[int, ...] = (index, block, i, j)
                        ) -> bool:
                            index, block, i, j = place
                            function = _functions(module)[index]
                            last = function.body.blocks[block].last_op
                            assert last is not None
                            returned = last.operands[i]
                            assert isinstance(returned, OpResult)
                            operands = returned.op.operands
                            if j < len(operands):
                                last.operands[i] = operands[j]
                            else:
                                last.operands[i] = _taken_out(returned.op, j - len(operands))
                            inputs = function.function_type.inputs
                            function.function_type = FunctionType.from_lists(
                                list(inputs), [v.type for v in last.operands]
                            )
                            _erase_unused(module)
                            return True

                        yield change

    def _simpler_operands(self) -> Iterator[Callable[[ModuleOp], bool]]:
        """An operand becomes an argument of its type, so that the op of the operand goes."""
        count = sum(1 for _ in ops_in(self._module))
        for index in range(count):

            def change(module: ModuleOp, index: int = index) -> bool:
                op = list(ops_in(module))[index]
                function = _function_around(op)
                if function is None or not op.operands:
                    return False
                changed = False
                for i, operand in enumerate(op.operands):
                    for argument in function.args:
                        if argument.type == operand.type and isinstance(operand, OpResult):
                            op.operands[i] = argument
                            changed = True
                            break
                if changed:
                    _erase_unused(module)
                return changed

            yield change

    def _attributes(self) -> Iterator[Callable[[ModuleOp], bool]]:
        for index, op in enumerate(ops_in(self._module)):
            for name in op.attributes:

                def change(module: ModuleOp, index: int = index, name: str = name) -> bool:
                    del list(ops_in(module))[index].attributes[name]
                    return True

                yield change

    def _arguments(self) -> Iterator[Callable[[ModuleOp], bool]]:
        """Arguments that nothing uses go; others become one of the same type."""
        for index, function in enumerate(_functions(self._module)):
            for i in reversed(range(len(function.args))):

                def change(module: ModuleOp, index: int = index, i: int = i) -> bool:
                    function = _functions(module)[index]
                    argument = function.args[i]
                    for other in function.args:
                        if other is not argument and other.type == argument.type:
                            argument.replace_all_uses_with(other)
                            break
                    if argument.first_use is not None:
                        return False
                    function.body.block.erase_arg(argument)
                    _retype(function)
                    return True

                yield change

    def _sizes(self) -> Iterator[str]:
        """A size becomes smaller, wherever its number stands among sizes."""
        text = self.case.text
        shapes = re.findall(r"<((?:\d+x)+)", text)
        sizes = sorted({int(n) for shape in shapes for n in shape.split("x") if n}, reverse=True)
        for size in sizes:
            for smaller in (0, 1, 2, 3):
                if smaller < size:
                    yield re.sub(rf"(?<=[<x\[ ]){size}(?=[x\],])", str(smaller), text)


def minimal(items: Sequence[T], test: Callable[[Sequence[T]], bool]) -> list[T]:
    """
    A part of `items` of which no single one can be left out, by delta debugging: parts are tried
    from halves to single items. `test` says of a list whether it may be kept, and is true of
    `items`.
    """
    kept = list(items)
    if kept and test([]):
        return []
    parts = 2
    while kept:
        parts = min(parts, len(kept))
        step = -(-len(kept) // parts)
        # From the end: late items have few users.
        for start in reversed(range(0, len(kept), step)):
            rest = kept[:start] + kept[start + step :]
            if len(kept) > 1 and rest and test(rest):
                kept = rest
                parts = max(parts - 1, 2)
                break
        else:
            if step == 1:
                return kept
            parts *= 2
    return kept


def _text(module: ModuleOp) -> str:
    stream = StringIO()
    source.print_module(module, stream)
    return stream.getvalue()


def _functions(module: ModuleOp) -> list[func.FuncOp]:
    return [op for op in module.ops if isinstance(op, func.FuncOp) and op.body.blocks]


def _function_around(op: Operation) -> func.FuncOp | None:
    around = op.parent_op()
    while around is not None and not isinstance(around, func.FuncOp):
        around = around.parent_op()
    return around


def _yields(op: Operation) -> list[tuple[Block, int]]:
    """The values that the regions of an op yield: for each, its block and its number there."""
    return [
        (region.blocks[0], number)
        for region in op.regions
        if len(region.blocks) == 1 and region.blocks[0].last_op is not None
        for number in range(len(region.blocks[0].last_op.operands))
    ]


def _taken_out(op: Operation, number: int) -> SSAValue:
    """
    The value that `_yields(op)[number]` is about, after the ops of its block were moved in front of
    `op`, with new arguments of the function in place of the block's.
    """
    block, index = _yields(op)[number]
    function, around = _function_around(op), op.parent
    assert function is not None and around is not None and block.last_op is not None
    entry = function.body.block
    for argument in block.args:
        argument.replace_all_uses_with(entry.insert_arg(argument.type, len(entry.args)))
    _retype(function)
    value = block.last_op.operands[index]
    for inner in list(block.ops)[:-1]:
        inner.detach()
        around.insert_op_before(inner, op)
    return value


def _droppable(module: ModuleOp) -> list[Operation]:
    """The ops that may go: all but functions, ops at the top, and terminators."""
    return [
        op
        for op in ops_in(module)
        if _function_around(op) is not None and not op.has_trait(IsTerminator)
    ]


def _drop(op: Operation, replacement: Callable[[OpResult], SSAValue | None]) -> bool:
    """Take an op away, with a replacement for each result that is used; say if there is one."""
    if op.parent is None:
        return True  # it went with the op that it is in
    for result in op.results:
        if result.first_use is None:
            continue
        new = replacement(result)
        if new is None:
            return False
        result.replace_all_uses_with(new)
    op.detach()
    op.erase()
    return True


def _same_type_or_argument(result: OpResult) -> SSAValue | None:
    for operand in result.op.operands:
        if operand.type == result.type:
            return operand
    return _argument(result)


def _argument(result: OpResult) -> SSAValue | None:
    """A new argument of the function around."""
    function = _function_around(result.op)
    if function is None or result.op.has_trait(ConstantLike, value_if_unregistered=False):
        return None
    block = function.body.block
    argument = block.insert_arg(result.type, len(block.args))
    argument.name_hint = result.name_hint
    _retype(function)
    return argument


def _constant(result: OpResult) -> SSAValue | None:
    """A constant of its type, in front of the op."""
    if result.op.has_trait(ConstantLike, value_if_unregistered=False) or result.op.parent is None:
        return None
    value = _one(result.type)
    if value is None:
        return None
    constant = arith.ConstantOp(value)
    result.op.parent.insert_op_before(constant, result.op)
    return constant.result


def _one(type: Attribute) -> Any:
    """The attribute of a constant 1; None for types that have none."""
    element = types.element(type) if isinstance(type, TensorType) else type
    if types.is_float(element):
        one: Any = FloatAttr(1.0, element)  # pyright: ignore
    elif types.is_integer(element) or types.is_bool(element):
        one = IntegerAttr(1, element)  # pyright: ignore
    else:
        return None
    if isinstance(type, TensorType):
        return DenseIntOrFPElementsAttr.from_list(type, [one.value.data])  # pyright: ignore
    return one


def _retype(function: func.FuncOp) -> None:
    """Make the type of a function agree with its arguments."""
    outputs = function.function_type.outputs
    function.function_type = FunctionType.from_lists([a.type for a in function.args], list(outputs))


def _erase_unused(module: ModuleOp) -> None:
    """Take away ops that nobody uses, of those that may be left out."""
    for op in reversed(_droppable(module)):
        if op.parent is not None and op.results and all(r.first_use is None for r in op.results):
            op.detach()
            op.erase()
