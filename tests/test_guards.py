"""
Each guard of a rewrite rule is there for a reason, and a fast test knows the reason: without the
guard, the test fails.

A guard is a condition in `match_and_rewrite` of a rule whose docstring says `Requires:`. These
tests take away one guard, or one part of it, in a process of its own, and run there the fast tests
that look at the rule: the FileCheck tests of its pass, its families of
tests/test_rules_exhaustively.py, and the pytest files of its pass. At least one of them must fail.

All of it takes minutes, so the tests are slow ones. For one rule:

    pytest -m slow tests/test_guards.py -k PadOfPad
"""

from __future__ import annotations

import ast
import copy
import importlib
import os
import re
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import filecheck.main
import pytest
from xdsl.pattern_rewriter import RewritePattern

from letgrad.passes.rewriting import driver
from letgrad.tools import opt

from . import test_rules_exhaustively as exhaustive
from . import warm

ROOT = Path(__file__).parents[1]
FILECHECK = ROOT / "tests" / "filecheck" / "passes"

PATIENCE = 300
"""
Seconds of processor time after which a rule without its guard is taken to apply for ever.
"""


@dataclass(frozen=True)
class Place:
    """Modules with rules, and the fast tests that look at these rules."""

    modules: str
    """A glob from the root."""
    folder: str
    """The FileCheck tests, of tests/filecheck/passes."""
    tests: tuple[str, ...] = ()
    """Files of pytest."""


PLACES = (
    Place("dialects/ten/*.py", "canonicalize"),
    Place("passes/simplify/arithmetic.py", "canonicalize"),
    Place("passes/simplify/counted_loops.py", "canonicalize"),
    Place(
        "passes/simplify/gather_scatter/*.py",
        "ten-simplify-gather-scatter",
        ("test_simplify_gather_scatter.py",),
    ),
    Place("passes/simplify/raise_einsum.py", "ten-raise-einsum", ("test_raise_einsum.py",)),
    Place("passes/sharing/*.py", "sharing-simplify-lets", ("test_sharing.py",)),
)

_IOTA = (
    "not all((i is not None and 0 <= i < n "
    "for i, n in zip(constants, shape(op.t.type), strict=True)))"
)
_OUTSIDE = "IndexAtConstantOutside is tried before, and takes each constant outside"

_OUTSIDE_CONCAT = (
    "no operand has a place beyond the end, and before the start the first one gives 0 too"
)
_EMPTY = "a value without elements is folded to a constant before any rule is tried"
_NO_INDICES = "an index without indices is folded before any rule is tried"
_STEPS = "a layout whose indices and arguments do not pair off is taken by the rules before"
_LAYOUT = "the rules before take every layout"
_UNUSED = "an argument that is in no index is taken out by a rule before"

EQUIVALENT: dict[tuple[str, str], str] = {
    ("IndexOfIota", f"without `0 <= i` in `{_IOTA}`"): _OUTSIDE,
    ("IndexOfIota", f"without `i < n` in `{_IOTA}`"): _OUTSIDE,
    ("IndexOfIota", f"without `0 <= i < n` in `{_IOTA}`"): _OUTSIDE,
    (
        "IndexOfIota",
        "without `number is None` in `number is None or number > _greatest_exact(op.result.type)`",
    ): "the guard before it has no None; this one is for the type checker",
    (
        "SliceOfPad",
        "without `size` in `size and beside and (not isinstance(op.result.type, Term))`",
    ): "a value without elements becomes a constant, whatever makes it",
    ("AddOfPads", "without `not types.size(op.result.type)`"): _EMPTY,
    (
        "AddOfScatters",
        "without `a is b` in `not isinstance(a, ten.ScatterOp) or not isinstance(b, "
        "ten.ScatterOp) or a is b`",
    ): "a value that is added to itself has two uses, which the next guard rejects",
    (
        "ConcatOfConcat",
        "without `not outermost` in `not outermost or not any((joins(x) for x in op.xs))`",
    ): "the inner concats are joined first then: it takes longer and gives the same",
    (
        "EinsumOfOneOperand",
        "without `len(set(inputs[0])) != len(output)` in `len(inputs) != 1 or len(inputs[0]) "
        "!= len(output) or len(set(inputs[0])) != len(output)`",
    ): "each letter of the output is one of the operand's, and stands once",
    (
        "GatherAtMultiple",
        "without `len(m.forms) != len(m.domain)` in `m is None or len(m.forms) != "
        "len(m.domain) or (not is_layout(m, targets(op, m)))`",
    ): _STEPS,
    (
        "GatherAtTrailingArgument",
        "without `last == 0` in `last == 0 and len(m.forms) == 1`",
    ): _UNUSED,
    (
        "GatherAtTrailingArgument",
        "without `not m.domain` in `m is None or not m.forms or (not m.domain)`",
    ): "no index is argument -1, which the next guard asks for",
    (
        "GatherAtTrailingArgument",
        "without `not m.forms` in `m is None or not m.forms or (not m.domain)`",
    ): _UNUSED,
    (
        "GatherByCondition",
        "without `not m.domain` in `m is None or not m.domain`",
    ): "RegionWithInvariant takes each condition out of a region without arguments",
    (
        "GatherOfIota",
        "without `not Bulk.can(m.forms[d])` in `not index_maps.is_arithmetic(m.forms[d]) or "
        "not Bulk.can(m.forms[d])`",
    ): "all index arithmetic that reads nothing has a form in bulk",
    (
        "GatherOfIota",
        "without `not m.domain` in `m is None or not isinstance(inner, ten.IotaOp) or (not "
        "m.domain)`",
    ): "GatherWithoutArgument leaves no such map",
    (
        "GatherOfStack",
        "without `len(m.forms) == 1` in `p != 0 or m.count(0) != 1 or m.domain[0] != "
        "len(inner.xs) or (len(m.forms) == 1)`",
    ): "GatherWithoutArgument and GatherByPermutation leave no such map",
    (
        "GatherOfStack",
        "without `not m.forms` in `m is None or not isinstance(inner, ten.StackOp) or (not "
        "m.forms)`",
    ): "GatherWithoutArgument and GatherByPermutation leave no such map",
    (
        "IndexOfBroadcast",
        "without `not op.indices` in `not isinstance(inner, ten.BroadcastOp) or not op.indices`",
    ): _NO_INDICES,
    (
        "IndexOfConcat",
        "without `0 <= c` in `c is None or not 0 <= c < shape(op.t.type)[d]`",
    ): _OUTSIDE_CONCAT,
    (
        "IndexOfConcat",
        "without `c < shape(op.t.type)[d]` in `c is None or not 0 <= c < shape(op.t.type)[d]`",
    ): _OUTSIDE_CONCAT,
    (
        "IndexOfConcat",
        "without `not 0 <= c < shape(op.t.type)[d]` in `c is None or not 0 <= c < "
        "shape(op.t.type)[d]`",
    ): _OUTSIDE_CONCAT,
    (
        "IndexOfReshape",
        "without `not op.indices` in `not isinstance(inner, ten.ReshapeOp) or "
        "rank(op.result.type) or (not op.indices)`",
    ): _NO_INDICES,
    (
        "IndexOfScatter",
        "without `inner.domain` in `not isinstance(inner, ten.ScatterOp) or inner.domain`",
    ): "ScatterWithoutArgument first takes each argument away, as no index needs one",
    (
        "IndexOfStack",
        "without `not op.indices` in `not isinstance(inner, ten.StackOp) or not op.indices`",
    ): _NO_INDICES,
    (
        "LetUsedOnce",
        "without `op.result.first_use is not None` in `not _must_stay(op) and "
        "op.result.first_use is not None and (scopes.dynamic_uses(op.result) <= 1)`",
    ): "UnusedLet erases a let without a use",
    (
        "ScatterOfPad",
        "without `not types.size(inner.x.type)` in `m is None or not isinstance(inner, "
        "ten.PadOp) or (not types.size(inner.x.type))`",
    ): "a pad around no elements becomes zeros before",
    (
        "ScatterOfStack",
        "without `types.is_bool(element(op.t.type))` in `places > 4 * len(inner.xs) or "
        "types.is_bool(element(op.t.type))`",
    ): "a scatter of truth values does not verify",
    (
        "ScatterToStrides",
        "without `is_layout(m, dims, True)` in `m is None or is_layout(m, dims, True) or "
        "solved(m, dims) is not None`",
    ): _LAYOUT,
    (
        "ScatterToStrides",
        "without `not any(between)` in `not any(between) or solved(new, dims) is None`",
    ): "the map is as before then, and the guards before found that it is not solved",
    (
        "ScatterToStrides",
        "without `solved(m, dims) is not None` in `m is None or is_layout(m, dims, True) or "
        "solved(m, dims) is not None`",
    ): "ScatterToWindow takes each map that is solved",
    (
        "ScatterToTrailingArgument",
        "without `last < 0` in `last < 0 or m.forms[-1].argument != last or m.count(last) != 1`",
    ): "no index is argument -1, which the next part of the guard asks for",
    (
        "ScatterToWindow",
        "without `is_layout(m, dims, True)` in `m is None or is_layout(m, dims, True) or (own "
        ":= solved(m, dims)) is None`",
    ): _LAYOUT,
    (
        "SelectByPlace",
        "without `not rank(mask.type)` in `not rank(mask.type) or not "
        "types.size(op.results[0].type)`",
    ): "a truth value that is known is folded, and one that is not has no runs",
    ("SliceOfPartOfPad", "without `not types.size(op.result.type)`"): _EMPTY,
    (
        "LoopOfUnneededCount",
        "without `not has_op_of(op, host.OrderedCallOp)`",
    ): "a loop without calls has no count: it takes longer and gives the same",
    (
        "LoopOfUnneededCount",
        "without `r.first_use is not None` in `any((r.first_use is not None and is_count(r) for r "
        "in op.results))`",
    ): "a last count without uses leaves the loop like any carried value that nobody reads",
}
"""By rule and mutation: why no program can tell the difference."""


# Rules, and the same rules without a guard.


@dataclass(frozen=True)
class Rule:
    """A rule class, as it is written."""

    place: Place
    file: Path
    name: str
    method: ast.FunctionDef

    @property
    def kind(self) -> type[RewritePattern]:
        parts = self.file.relative_to(ROOT).with_suffix("").parts
        module = importlib.import_module(".".join(["letgrad", *parts]).removesuffix(".__init__"))
        return getattr(module, self.name)

    def becomes(self, method: ast.FunctionDef) -> None:
        """Let the class, and the instances that there are, have this method."""
        kind = self.kind
        # With the class around it, names of the module and the line numbers are as before.
        scope = sys.modules[kind.__module__].__dict__
        code = compile(ast.Module([method], []), str(self.file), "exec")
        found: dict[str, Any] = {}
        exec(code, scope, found)
        setattr(kind, method.name, found[method.name])
        # What drivers in this process know of the rules has the method from before.
        driver._known_plans.clear()
        driver._unchecked.cache_clear()


@dataclass(frozen=True)
class Mutant:
    """A rule without one of its guards, or without a part of one."""

    rule: Rule
    what: str
    change: Callable[[ast.FunctionDef], None]

    @property
    def method(self) -> ast.FunctionDef:
        """The method after the change. Every run collects the mutants, and few make the methods."""
        method = copy.deepcopy(self.rule.method)
        self.change(method)
        return ast.fix_missing_locations(method)

    def __str__(self) -> str:
        return f"{self.rule.name}: {self.what}"


def rules() -> Iterator[Rule]:
    """The rules that say what they require."""
    for place in PLACES:
        for file in sorted(ROOT.glob(place.modules)):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and "Requires:" in (
                    ast.get_docstring(node) or ""
                ):
                    for method in node.body:
                        if isinstance(method, ast.FunctionDef) and method.name == METHOD:
                            yield Rule(place, file, node.name, method)


METHOD = "match_and_rewrite"
NO_MAP = "m is None"
"""Where an index region has no formula. Pyright reports each use of `m` without this guard."""


def mutants(rule: Rule) -> Iterator[Mutant]:
    """The rule without each of its guards, and without each part of a guard."""
    for k, guard in enumerate(guards(rule.method)):
        stops = is_return(guard.body)
        whole = ast.unparse(guard.test)

        if whole == NO_MAP:
            continue

        def removed(method: ast.FunctionDef, k: int = k, stops: bool = stops) -> None:
            guards(method)[k].test = ast.Constant(not stops)

        yield Mutant(rule, f"without `{whole}`", removed)
        for j, part in enumerate(ast.walk(guard.test)):
            for n, text in enumerate(pieces(part)):
                if text == NO_MAP:
                    continue

                def dropped(method: ast.FunctionDef, k: int = k, j: int = j, n: int = n) -> None:
                    drop([*ast.walk(guards(method)[k].test)][j], n)

                yield Mutant(rule, f"without `{text}` in `{whole}`", dropped)


def guards(method: ast.FunctionDef) -> list[ast.If]:
    """`if …: return`, and `if …:` around the rewriting itself."""
    return [
        node
        for node in ast.walk(method)
        if isinstance(node, ast.If)
        and not node.orelse
        and (is_return(node.body[-1:]) or node is method.body[-1])
    ]


def is_return(body: list[ast.stmt]) -> bool:
    return len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is None


def pieces(node: ast.AST) -> list[str]:
    """What can be left out of an expression: operands of `and` and `or`, ends of a < b < c."""
    if isinstance(node, ast.BoolOp):
        return [ast.unparse(x) for x in node.values]
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        left, right = copy.deepcopy(node), copy.deepcopy(node)
        del left.ops[1:], left.comparators[1:]
        right.left = right.comparators[-2]
        del right.ops[:-1], right.comparators[:-1]
        return [ast.unparse(left), ast.unparse(right)]
    return []


def drop(node: ast.AST, n: int) -> None:
    """Leave out the n-th of the pieces of an expression."""
    if isinstance(node, ast.BoolOp):
        # Python compiles no `and` of one operand.
        node.values[n] = ast.Constant(isinstance(node.op, ast.And))
    elif isinstance(node, ast.Compare):
        if n == 0:
            node.left = node.comparators[0]
        end = slice(0, 1) if n == 0 else slice(-1, None)
        del node.ops[end], node.comparators[end]


# The fast tests of a rule.


@cache
def run_lines(folder: str) -> tuple[tuple[Path, list[str], list[str]], ...]:
    """File, arguments of letgrad-opt, and those of filecheck, for all commands of a folder."""
    found: list[tuple[Path, list[str], list[str]]] = []
    for file in sorted((FILECHECK / folder).glob("*.mlir")):
        for command in re.findall(r"RUN: (.*)", file.read_text(encoding="utf-8")):
            command = command.replace("%S", str(file.parent)).replace("%s", str(file))
            words = shlex.split(command)
            if "|" not in words:  # which looks at errors, not at rules
                continue
            end = words.index("|")
            assert words[0] == "letgrad-opt" and words[end + 1] == "filecheck", command
            found.append((file, words[1:end], words[end + 1 :]))
    return tuple(found)


def failing_filecheck(rule: Rule) -> str | None:
    """The first of its FileCheck tests that fails; files that name the rule come first."""
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", rule.name).lower()
    lines = run_lines(rule.place.folder)
    for file, ours, theirs in sorted(
        lines, key=lambda line: f"@{snake}" not in line[0].read_text(encoding="utf-8")
    ):
        output = StringIO()
        with redirect_stdout(output), redirect_stderr(StringIO()):
            failed = bool(opt.main(ours))
        if not failed:
            sys.stdin = StringIO(output.getvalue())
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                try:
                    filecheck.main.main(theirs)
                except SystemExit as end:
                    failed = bool(end.code)
        if failed:
            return file.name
    return None


def failing_family(rule: Rule) -> str | None:
    """The first of the rule's families of programs in which the rule changes the value."""
    for family in exhaustive.FAMILIES:
        if rule.kind in family.rules:
            try:
                exhaustive.run([rule.kind], family)
            except Exception as error:
                return f"{family.make.__name__}: {error}"
    return None


def failing_pytest(place: Place) -> str | None:
    """The first of the pytest files of a place that fails."""
    for file in place.tests:
        options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow"]
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            if pytest.main([*options, str(ROOT / "tests" / file)]):
                return file
    return None


def failing_test(rule: Rule) -> str | None:
    """The first fast test that fails, if one does."""
    return failing_filecheck(rule) or failing_family(rule) or failing_pytest(rule.place)


def verdict(rule: Rule, method: ast.FunctionDef) -> str | None:
    """The first test that fails where the rule has this method; in a process of its own."""

    def look() -> str | None:
        rule.becomes(method)
        return failing_test(rule)

    return in_a_fork(look)


def in_a_fork(look: Callable[[], str | None]) -> str | None:
    """The answer of `look`, which may change this process's code: it runs in a fork."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        text, status = "", 1
        try:
            # Time of the processor, because a busy machine must not count as a failure.
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, PATIENCE)
            text, status = look() or "", 0
        except BaseException:
            text = traceback.format_exc()
        finally:
            os.write(writer, text.encode()[:10_000])
            os._exit(status)
    os.close(writer)
    with open(reader, "rb") as pipe:
        text = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):  # it ran for too long, or overflowed the stack
        return f"ended by signal {os.WTERMSIG(status)}"
    assert status == 0, text  # a fault of the test itself, and no failure that counts
    return text or None


RULES = [*rules()]
MUTANTS = [m for rule in RULES for m in mutants(rule)]


@pytest.fixture(scope="module", autouse=True)
def heated() -> None:
    warm.heat()


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_tests_pass_with_all_guards(rule: Rule) -> None:
    """So what fails without a guard fails for its sake."""
    assert verdict(rule, rule.method) is None


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_test_fails_without_the_guard(mutant: Mutant) -> None:
    failed = verdict(mutant.rule, mutant.method)
    if (mutant.rule.name, mutant.what) in EQUIVALENT:
        assert failed is None, f"{mutant} can be told apart by {failed}: no equivalent"
        return
    assert failed is not None, f"no fast test fails for {mutant}"


def test_equivalent_mutants_exist() -> None:
    """An entry whose guard was changed or renamed is looked at again."""
    assert EQUIVALENT.keys() <= {(m.rule.name, m.what) for m in MUTANTS}


def test_mutations_change_the_guard() -> None:
    """No mutation leaves its rule as it was, and each rule with a guard has one."""
    for m in MUTANTS:
        assert ast.unparse(m.method) != ast.unparse(m.rule.method), m
    assert len(RULES) > 50
