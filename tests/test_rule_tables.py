"""
Every rule in a table says which rule it is: it has a name, and an equation begins its docstring.

    batch(sum[d] x) = sum[d + k] x
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdsl.dialects import arith, math

from letgrad.dialects import ten
from letgrad.passes.differentiate.linearize import linear
from letgrad.passes.differentiate.partials import partials
from letgrad.passes.rewriting.decomposing import formula
from letgrad.passes.rewriting.rule_tables import (
    Rule,
    RuleTable,
    batch,
    decompose,
    element,
    evaluate,
    linearize,
    named_after,
    pushforward,
    transpose,
)
from letgrad.tools.docs import definitions, markdown, pages

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "special_functions"
LAYERS = ["dialects", "passes", "lowering", "frontend", "tools"]
TABLES = [linearize, transpose, pushforward, batch, element, evaluate, decompose]


@pytest.fixture(scope="module", autouse=True)
def everything() -> Iterator[None]:
    """All modules of letgrad are imported, and the package of the example."""
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            if parts[-1] != "__main__":
                try:
                    importlib.import_module(".".join(("letgrad", *parts)))
                except ModuleNotFoundError as error:
                    if error.name not in ("jax", "torch"):  # no module has rules for these extras
                        raise
    sys.path.insert(0, str(EXAMPLE))
    importlib.import_module("special_functions.rules")
    sys.path.remove(str(EXAMPLE))
    yield


def rules(table: RuleTable) -> Iterator[tuple[str, Rule]]:
    """The rules of a table for the ops that these packages know: other tests add ops of theirs."""
    for op in table:
        rule = table.find(op)
        if rule is not None and op.__module__.partition(".")[0] in (
            "letgrad",
            "special_functions",
            "xdsl",
        ):
            yield op.name, rule


def equation(rule: Rule) -> str:
    """The first paragraph of a rule's docstring."""
    return definitions.summary(inspect.cleandoc(rule.__doc__ or ""))


def complaint(rule: Rule) -> str:
    """What a rule lacks, or nothing."""
    if rule.__name__ in ("_", "<lambda>"):
        return "no name"
    said = equation(rule)
    return "no equation" if not said else "" if "=" in said else f"no equation: {said}"


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_rule_has_a_name_and_an_equation(table: RuleTable) -> None:
    found = dict(rules(table))
    assert found
    assert {op: why for op, rule in found.items() if (why := complaint(rule))} == {}


@pytest.mark.parametrize(
    ("table", "begins"),
    [(linearize, "d "), (batch, "batch("), (transpose, ("(", "@"))],
    ids=lambda x: getattr(x, "name", None),
)
def test_the_notation_of_a_table(table: RuleTable, begins: str | tuple[str, ...]) -> None:
    """Linearize says d x, batch says batch(x), transpose says op(x)ᵀ on the left side."""
    for op, rule in rules(table):
        left = equation(rule).partition(" = ")[0]
        if table is transpose:
            assert "ᵀ " in left, (op, left)
        else:
            assert left.startswith(begins), (op, left)


def test_a_rule_without_is_found() -> None:
    """What the checks above look for."""

    def _(op):
        """d x = dx"""

    def bare(op): ...

    def wordy(op):
        """Linear in x."""

    assert complaint(_) == "no name"
    assert complaint(lambda op: None) == "no name"
    assert complaint(bare) == "no equation"
    assert complaint(wordy) == "no equation: Linear in x."


def test_rules_of_formulas_take_over_name_and_equation() -> None:
    """`partials`, `formula` and `linear` make rules, which say what their formulas say."""
    table = RuleTable("some", "")

    class SomeOp(ten.SumOp): ...

    class OtherOp(ten.SumOp): ...

    try:

        @partials(SomeOp)
        def derivative(x):
            """d some(x) = 2 dx"""
            return 2

        @formula(SomeOp)
        def twice(x):
            """some(x) = 2 x"""
            return 2 * x

        linear(OtherOp)
        found = linearize.find(SomeOp), decompose.find(SomeOp), linearize.find(OtherOp)
        assert [(r.__name__, r.__doc__) for r in found if r is not None] == [
            ("derivative", "d some(x) = 2 dx"),
            ("twice", "some(x) = 2 x"),
            ("sum", "d sum(x) = sum(dx)"),
        ]
    finally:
        for t in (linearize, decompose):
            for op in (SomeOp, OtherOp):
                t._rules.pop(op, None)
            t._found.clear()

    @table.rule(SomeOp)
    @named_after(lambda x: x)
    def mine(op):
        """y = x"""

    assert mine.__doc__ == "y = x"  # a formula that says nothing leaves the rule its equation


@pytest.mark.parametrize(
    ("op", "table", "said"),
    [
        (ten.SliceOp, transpose, "slice(x)ᵀ ȳ = pad(ȳ), low = offsets, interior = strides - 1"),
        (ten.SumOp, batch, "batch(sum[d] x) = sum[d + k] x"),
        (math.SinOp, evaluate, "y = sin x"),
        (math.SinOp, linearize, "d sin x = cos x dx"),
        (arith.MulfOp, linearize, "d (x y) = y dx + x dy"),
    ],
    ids=lambda x: getattr(x, "name", None),
)
def test_the_documentation_prints_equations(op, table: RuleTable, said: str) -> None:
    assert definitions.rule_of(table, op).startswith(said)
    assert markdown.escaped(said) in pages.op_page(op, None)
