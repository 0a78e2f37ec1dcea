"""
The work around passes: verifying, checking levels and meaning, printing, timing, counting, and
writing files that run a failure again. This work is the same for every pass, and no pass knows of
it.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING

from xdsl.context import Context
from xdsl.dialects.builtin import LocationAttr, ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import ArgSpecParseError, DiagnosticException

from ..passes.general import symbols
from ..passes.rewriting import driver, levels, verify
from ..passes.rewriting.diagnostics import LetgradError, position
from ..passes.sharing import verify_sharing
from ..passes.simplify.scalarize import has_rank_zero, scalarize, wants_scalars
from . import nesting, source

if TYPE_CHECKING:
    from .testing.semantics import Baseline


@dataclass
class Timing:
    """
    The seconds that each part of the work took. The parts are in the order of their first run.

    Example:

        >>> timing = Timing()
        >>> with timing.spent_on("cubes"):
        ...     numbers = [k**3 for k in range(100)]
        >>> list(timing.seconds)
        ['cubes']
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def spent_on(self, what: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - start

    def report(self) -> str:
        total = sum(self.seconds.values())
        rows = [*self.seconds.items(), ("total", total)]
        lines = [f"  {s:9.4f}  {100 * s / total if total else 0:5.1f}%  {what}" for what, s in rows]
        return "\n".join(["timing, in seconds:", *lines])


@dataclass
class Statistics:
    """
    How often each rule fired in each pass.

    Example:

        >>> statistics = Statistics()
        >>> module = lg.trace(lambda x: x * 1.0, 1.0)
        >>> run_pipeline(ctx, module, "canonicalize,cse", Instruments(statistics=statistics))
        >>> print(statistics.report())
        rule firings:
          canonicalize
                  1  MultiplyByOne
                  1  dce
          cse
                  -  none
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def report(self) -> str:
        lines = ["rule firings:"]
        for pass_name, counts in self.counts.items():
            lines.append(f"  {pass_name}")
            lines.extend(f"  {n:9d}  {rule}" for rule, n in sorted(counts.items()))
            if not counts:
                lines.append("          -  none")
        return "\n".join(lines)


@dataclass
class Instruments:
    """
    The instruments of a run of a pipeline: checks, prints and counts around each pass.

    Example:

        >>> module = lg.trace(lambda x: x * 1.0, 1.0)
        >>> instruments = Instruments(check_semantics=2)
        >>> instruments.run(ctx, module, [CanonicalizePass()])
        >>> dict(instruments.statistics.counts["canonicalize"])
        {'MultiplyByOne': 1, 'dce': 1}
        >>> hooks = Instruments(after_pass=[lambda a_pass, op: print(a_pass.name, op.name)])
        >>> hooks.run(ctx, module, parse_passes("cse,func.func(canonicalize)"))
        cse builtin.module
        canonicalize func.func
    """

    verify_each: bool = True
    verify_sharing: bool = False
    """Whether it is an error if a pass computes a shared value again."""
    print_before_all: bool = False
    print_after_all: bool = False
    print_after_change: bool = False
    print_before: frozenset[str] = frozenset()
    """The names of the passes before which the IR is printed."""
    print_after: frozenset[str] = frozenset()
    print_after_failure: bool = False
    print_whole_module: bool = False
    """Whether dumps show the whole module also for a pass in a nest, and not only its op."""
    tree: Callable[[str, str], None] | None = None
    """Takes a name (of a pass, with its number) and the IR after it."""
    trace_rules: bool = False
    trace_passes: frozenset[str] = frozenset()
    """The passes whose firings are traced. `trace_rules` traces those of all passes."""
    before_pass: Sequence[Callable[[ModulePass, Operation], None]] = ()
    """Functions that are called before each pass, with the pass and the op on which it runs."""
    after_pass: Sequence[Callable[[ModulePass, Operation], None]] = ()
    after_failed_pass: Sequence[Callable[[ModulePass, Operation], None]] = ()
    check_semantics: int = 0
    """The number of random inputs of the check; 0 for no check."""
    check_rules: bool = False
    reproduce: Callable[[Sequence[ModulePass], str], None] | None = None
    """Takes the failing pass with the passes after it, and the IR before the failing pass."""
    print_module: Callable[[Operation], str] = lambda module: to_text(module)
    timing: Timing = field(default_factory=Timing)
    statistics: Statistics = field(default_factory=Statistics)

    def run(self, ctx: Context, module: ModuleOp, passes: Sequence[ModulePass]) -> None:
        """
        Apply `passes` to `module`, in order.

        Errors: `LetgradError`, for every error in a pass, and every error that a check finds after
        a pass.
        """
        if self.verify_sharing:
            verify_sharing.check_stamps_in(module)
        baseline: Baseline | None = None
        if (self.check_semantics or self.check_rules) and passes:
            # Only these checks need the interpreter, which takes long to import.
            from .testing.semantics import Baseline

            with self.timing.spent_on("check semantics"), errors_of("the reference", module):
                baseline = Baseline(_of_scalars(module), max(1, self.check_semantics))
        if self.tree is not None:
            self.tree(_numbered(0, len(passes), "input"), self.print_module(module))
        for i, a_pass in enumerate(passes):
            before = self.print_module(module) if self.reproduce else ""
            try:
                for step, scope in nesting.steps(module, (a_pass,)):
                    self._run_step(ctx, module, step, scope, baseline)
                if self.verify_each and isinstance(a_pass, nesting.Nest):
                    verify.verify(module)
            except LetgradError:
                if self.reproduce is not None:
                    self.reproduce(passes[i:], before)
                raise
            if self.tree is not None:
                numbered = _numbered(i + 1, len(passes), _file_name(a_pass))
                self.tree(numbered, self.print_module(module))

    def _run_step(
        self,
        ctx: Context,
        module: ModuleOp,
        a_pass: ModulePass,
        scope: Operation,
        baseline: Baseline | None,
    ) -> None:
        """Run a pass on `scope`, the module or an op in it, with the prints and hooks around it."""
        before = ""
        if self.print_after_change:
            before = self.print_module(self._shown(module, scope))
        for hook in self.before_pass:
            hook(a_pass, scope)
        try:
            self._run_pass(ctx, module, a_pass, scope, baseline)
        except LetgradError:
            if self.print_after_failure:
                self._print(f"After {_title(a_pass, ' Failed')}", module, scope)
            for hook in self.after_failed_pass:
                hook(a_pass, scope)
            raise
        for hook in self.after_pass:
            hook(a_pass, scope)
        wanted = self.print_after_all or a_pass.name in self.print_after
        if not wanted and not self.print_after_change:
            return
        # With both flags, as in mlir-opt, only a pass that changed something is printed.
        text = self.print_module(self._shown(module, scope))
        if not self.print_after_change or text != before:
            self._print(f"After {_title(a_pass)}", module, scope)

    def _shown(self, module: ModuleOp, scope: Operation) -> Operation:
        return module if self.print_whole_module or scope.parent is None else scope

    def _print(self, what: str, module: ModuleOp, scope: Operation) -> None:
        shown = self._shown(module, scope)
        where = ""
        if shown is not scope:
            name = symbols.name_of(scope)
            where = f" ('{scope.name}' operation{'' if name is None else f': @{name}'})"
        _dump(f"IR Dump {what}{where}", self.print_module(shown))

    def _run_pass(
        self,
        ctx: Context,
        module: ModuleOp,
        a_pass: ModulePass,
        scope: Operation,
        baseline: Baseline | None,
    ) -> None:
        name = a_pass.name
        if wants_scalars(a_pass):
            scalarize(module)
        if self.print_before_all or name in self.print_before:
            self._print(f"Before {_title(a_pass)}", module, scope)
        levels.check_needs(a_pass, scope)
        law = self.verify_sharing and not getattr(a_pass, "duplicates", False)
        account = verify_sharing.account_of(module) if law else {}
        observer = driver.Observer(on_firing=self._on_firing(module, a_pass, baseline))
        with (
            driver.observing(observer),
            driver.collector_paused(),
            self.timing.spent_on(f"pass {name}"),
            errors_of(f"pass {name}", module),
        ):
            on_scope = a_pass if scope is module else nesting.On(a_pass, scope)
            driver.run_passes(ctx, module, (on_scope,))
        self.statistics.counts.setdefault(name, Counter()).update(observer.counts)
        if self.verify_each:
            with self.timing.spent_on("verify"):
                with _blaming(f"pass {name} left IR that does not verify"):
                    verify.verify(scope)
                levels.check_leaves(a_pass, scope)
        if law:
            verify_sharing.check_law(account, module, f"pass {name}")
        if self.verify_sharing:
            with self.timing.spent_on("verify"), _blaming(f"pass {name} left a wrong stamp"):
                verify_sharing.check_stamps_in(module)
        if baseline is not None:
            with self.timing.spent_on("check semantics"), errors_of("the reference", module):
                baseline.check(_of_scalars(module), f"pass {name}")

    def _on_firing(
        self, module: ModuleOp, a_pass: ModulePass, baseline: Baseline | None
    ) -> Callable[[driver.Firing], None] | None:
        traces = self.trace_rules or a_pass.name in self.trace_passes
        if not (traces or self.check_rules):
            return None

        def on_firing(firing: driver.Firing) -> None:
            if traces:
                where = position(firing.location)
                prefix = "" if where is None else f"{where[0]}:{where[1]}:{where[2]}: "
                line = f"{prefix}trace: {firing.rule}: {firing.op} -> {firing.replacement}"
                print(line, file=sys.stderr)
            if self.check_rules and baseline is not None:
                at = firing.location if isinstance(firing.location, LocationAttr) else None
                baseline.check(_of_scalars(module), f"rule {firing.rule}", at)

        return on_firing


def _of_scalars(module: ModuleOp) -> ModuleOp:
    """A copy of the module that the reference can run, if it has tensors of rank 0."""
    if not has_rank_zero(module):
        return module
    copy = module.clone()
    scalarize(copy)
    return copy


def _title(a_pass: ModulePass, state: str = "") -> str:
    """A pass in the heading of a dump: the name of its class, and its name in pipelines."""
    return f"{getattr(a_pass, 'title', type(a_pass).__name__)}{state} ({a_pass.name})"


def _file_name(a_pass: ModulePass) -> str:
    if isinstance(a_pass, nesting.Nest):
        return "_".join([a_pass.anchor, *map(_file_name, a_pass.passes)])
    return a_pass.name


def to_text(module: Operation) -> str:
    stream = StringIO()
    source.print_module(module, stream)
    return stream.getvalue()


@contextmanager
def _blaming(what: str) -> Iterator[None]:
    """Errors of a check say first who is to blame."""
    try:
        yield
    except LetgradError as error:
        found = error.diagnostic
        raise LetgradError(f"{what}: {found.message}", found.location, found.notes) from error


@contextmanager
def errors_of(who: str, module: Operation) -> Iterator[None]:
    """
    Turn any error of a pass or target into a `LetgradError`, at the op on which the pass or target
    worked, if this op is known.
    """
    try:
        yield
    except LetgradError:
        raise
    except (Exception, ArgSpecParseError) as error:  # the latter is no Exception
        raise _as_error(error, who, module) from error


def _as_error(error: BaseException, who: str, module: Operation) -> LetgradError:
    if isinstance(error, RecursionError):
        return LetgradError(f"{who} failed: {source.TOO_DEEP}", module)
    at = _op_at_fault(error) or module
    if isinstance(error, DiagnosticException):
        return LetgradError(f"{who}: {source.explain(error)}", at)
    return LetgradError(f"{who} failed: {source.explain(error)}", at)


def _op_at_fault(error: BaseException) -> Operation | None:
    """
    The value of the variable `op` in the innermost function at work. Passes and patterns give this
    name to the op on which they work.

    The result is a guess, but no better guess exists: xDSL's errors carry no location.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        op = frame.f_locals.get("op")
        if isinstance(op, Operation) and position(op.location) is not None:
            return op
    return None


def _numbered(i: int, n: int, name: str) -> str:
    return f"{i:0{len(str(n))}d}_{name}"


def _dump(heading: str, text: str) -> None:
    print(f"// -----// {heading} //----- //\n{text}", file=sys.stderr)
