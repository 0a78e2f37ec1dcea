"""
Each condition in a helper that decides whether a rewrite rule fires: a fast test knows why the
condition is there, and fails without it.

tests/test_guards.py takes away the conditions in `match_and_rewrite`. These conditions call helpers
such as `is_layout`, `in_bounds` and `has_one_use`. The tests here take away one condition of a
helper, or one part of it, for all rules at once, and run the fast tests of these rules.

All of it takes minutes, so the tests are slow ones. For one helper:

    pytest -m slow tests/test_helper_guards.py -k is_layout
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType

import pytest

from . import test_guards as rules
from . import warm
from .test_guards import ROOT, Place, drop, is_return, pieces


def place(modules: str) -> Place:
    """The place with these modules."""
    return next(p for p in rules.PLACES if p.modules == modules)


CANONICALIZATION = place("dialects/ten/*.py")
ARITHMETIC = place("passes/simplify/arithmetic.py")
GATHERS = place("passes/simplify/gather_scatter/*.py")
EINSUMS = place("passes/simplify/raise_einsum.py")

HELPERS: dict[str, tuple[Place, tuple[str, ...]]] = {
    "dialects/types.py": (EINSUMS, ("is_exact",)),
    "dialects/ten/canonicalization.py": (CANONICALIZATION, ("_has_all",)),
    "dialects/ten/value_facts.py": (CANONICALIZATION, ("has_one_use",)),
    "dialects/ten/scans.py": (CANONICALIZATION, ("_is_outside",)),
    "passes/simplify/arithmetic.py": (ARITHMETIC, ("_is",)),
    "passes/simplify/raise_einsum.py": (
        EINSUMS,
        ("is_product", "is_only_for", "without_letters"),
    ),
    "passes/simplify/gather_scatter/gathers.py": (
        GATHERS,
        ("composed", "is_product_worth_splitting"),
    ),
    "passes/simplify/gather_scatter/indices.py": (GATHERS, ("is_within",)),
    "passes/simplify/gather_scatter/layouts.py": (GATHERS, ("_padded_dimension",)),
    "passes/simplify/index_maps/forms.py": (GATHERS, ("is_arithmetic",)),
    "passes/simplify/index_maps/maps.py": (
        GATHERS,
        ("IndexMap.in_bounds", "IndexMap._are_digits", "IndexMap.is_sorted"),
    ),
    "passes/simplify/index_maps/spaces.py": (GATHERS, ("Space.within", "Space.never_within")),
}
"""
By file: the place whose rules ask its helpers, and the helpers.

Not here: the helpers that find a layout (`not_a_layout`, `joined`, `split_index`, `solved` and
others of gather_scatter/), `Bulk.can`, and the arithmetic of index_maps/. Some of their conditions
go unnoticed by the FileCheck tests alone.
"""

EQUIVALENT: dict[tuple[str, str], str] = {}
"""By helper and mutation: why no program can tell the difference."""


@dataclass(frozen=True)
class Helper:
    """A function or method, as it is written."""

    place: Place
    file: str
    name: str
    source: ast.FunctionDef

    @property
    def function(self) -> FunctionType:
        module = importlib.import_module(
            "letgrad." + self.file.removesuffix(".py").replace("/", ".")
        )
        owner, _, name = self.name.rpartition(".")
        found = inspect.getattr_static(getattr(module, owner) if owner else module, name)
        if isinstance(found, staticmethod):
            found = found.__func__
        assert isinstance(found, FunctionType)
        return found

    def code(self, source: ast.FunctionDef) -> CodeType:
        """The code of the helper with another source."""
        made = copy.deepcopy(source)
        made.decorator_list = []
        scope = compile(ast.Module([made], []), str(ROOT / self.file), "exec")
        found: dict[str, FunctionType] = {}
        exec(scope, self.function.__globals__, found)
        return found[made.name].__code__


@dataclass(frozen=True)
class Mutant:
    """A helper without one of its conditions, or without a part of one."""

    helper: Helper
    what: str
    source: ast.FunctionDef

    def __str__(self) -> str:
        return f"{self.helper.name}: {self.what}"


def helpers() -> Iterator[Helper]:
    for file, (place, names) in HELPERS.items():
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        found: dict[str, ast.FunctionDef] = {}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = node
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef):
                        found[f"{node.name}.{inner.name}"] = inner
        for name in names:
            yield Helper(place, file, name, found[name])


def mutants(helper: Helper) -> Iterator[Mutant]:
    """The helper without each condition that ends it early, and without each part of one."""
    seen: dict[str, int] = {}

    def mutant(what: str, change: Callable[[ast.AST], None], j: int) -> Mutant:
        source = copy.deepcopy(helper.source)
        change([*ast.walk(source)][j])
        seen[what] = seen.get(what, 0) + 1
        again = f", number {seen[what]}" if seen[what] > 1 else ""
        return Mutant(helper, what + again, ast.fix_missing_locations(source))

    for j, node in enumerate(ast.walk(helper.source)):
        if isinstance(node, ast.If) and is_end(node.body):

            def skip(found: ast.AST) -> None:
                assert isinstance(found, ast.If)
                found.test = ast.Constant(False)

            yield mutant(f"without `if {ast.unparse(node.test)}`", skip, j)
        if isinstance(node, ast.match_case) and node.guard is not None:

            def unguarded(found: ast.AST) -> None:
                assert isinstance(found, ast.match_case)
                found.guard = None

            yield mutant(
                f"without `{ast.unparse(node.guard)}` of `case {ast.unparse(node.pattern)}`",
                unguarded,
                j,
            )
        if isinstance(node, ast.comprehension):
            for n, test in enumerate(node.ifs):

                def all_of(found: ast.AST, n: int = n) -> None:
                    assert isinstance(found, ast.comprehension)
                    del found.ifs[n]

                yield mutant(f"without `if {ast.unparse(test)}` of a comprehension", all_of, j)
        if isinstance(node, ast.Return) and node.value is not None and is_truth(helper.source):
            if not isinstance(node.value, ast.Constant):

                def yes(found: ast.AST) -> None:
                    assert isinstance(found, ast.Return)
                    found.value = ast.Constant(True)

                yield mutant(f"True for `{ast.unparse(node.value)}`", yes, j)
        if isinstance(node, ast.IfExp) and ast.unparse(node.orelse) == "None":

            def always(found: ast.AST) -> None:
                assert isinstance(found, ast.IfExp)
                found.test = ast.Constant(True)

            yield mutant(f"without `{ast.unparse(node.test)}` before `else None`", always, j)
        if isinstance(node, ast.expr):
            for n, text in enumerate(pieces(node)):

                def dropped(found: ast.AST, n: int = n) -> None:
                    drop(found, n)

                yield mutant(f"without `{text}` in `{ast.unparse(node)}`", dropped, j)


def is_end(body: list[ast.stmt]) -> bool:
    """Whether the body of an `if` leaves the function, or this turn of a loop."""
    return is_return(body) or (
        len(body) == 1 and isinstance(body[0], ast.Return | ast.Continue | ast.Raise)
    )


def is_truth(source: ast.FunctionDef) -> bool:
    return source.returns is not None and ast.unparse(source.returns) == "bool"


def failing_test(helper: Helper) -> str | None:
    """The first fast test of the rules that ask the helper that fails."""
    own = [rule for rule in rules.RULES if rule.place.modules == helper.place.modules]
    first = rules.Rule(helper.place, own[0].file, own[0].name, own[0].method)
    if failed := rules.failing_filecheck(first):
        return failed
    if failed := rules.failing_pytest(helper.place):
        return failed
    for rule in own:
        if failed := rules.failing_family(rule):
            return failed
    return None


def verdict(helper: Helper, source: ast.FunctionDef) -> str | None:
    """The first test that fails where the helper has this source; in a process of its own."""

    def look() -> str | None:
        # All modules that import the helper have this function object. So its code is replaced.
        helper.function.__code__ = helper.code(source)
        return failing_test(helper)

    return rules.in_a_fork(look)


FOUND = [*helpers()]
MUTANTS = [m for helper in FOUND for m in mutants(helper)]


@pytest.fixture(scope="module", autouse=True)
def heated() -> None:
    warm.heat()


@pytest.mark.slow
@pytest.mark.parametrize("file", HELPERS)
def test_the_tests_pass_with_all_conditions(file: str) -> None:
    """So what fails without a condition fails for its sake."""
    helper = next(h for h in FOUND if h.file == file)
    assert verdict(helper, helper.source) is None


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_test_fails_without_the_condition(mutant: Mutant) -> None:
    failed = verdict(mutant.helper, mutant.source)
    if (mutant.helper.name, mutant.what) in EQUIVALENT:
        assert failed is None, f"{mutant} can be told apart by {failed}: no equivalent"
        return
    assert failed is not None, f"no fast test fails for {mutant}"


def test_equivalent_mutants_exist() -> None:
    """An entry whose condition was changed or renamed is looked at again."""
    assert EQUIVALENT.keys() <= {(m.helper.name, m.what) for m in MUTANTS}


def test_mutations_change_the_helper() -> None:
    """No mutation leaves its helper as it was, and each helper has one."""
    for m in MUTANTS:
        assert ast.unparse(m.source) != ast.unparse(m.helper.source), m
    assert {m.helper.name for m in MUTANTS} >= {h.name for h in FOUND}
