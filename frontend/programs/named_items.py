"""
`:=` in comprehensions, where only the comprehension reads the name.

    [y for v in xs if (y := f(v)) > 2]     ->     [y for v in xs for y in (f(v),) if y > 2]

The second one says which parts are conditions. A name that the rest of the function reads stays as
it is: its value is the last one that Python computes. So does a `:=` behind a call that may change
something, which would run behind it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from typing import Any

from .evaluation_order import Quiet


def desugared(function: Any, libraries: Callable[[], frozenset[str]]) -> Any:
    """The function, whose tree this may change. Calls of `libraries`, by name, change nothing."""
    if not any(isinstance(n, ast.NamedExpr) for n in ast.walk(function)):
        return function
    return _Comprehensions(function, Quiet(libraries())).visit(function)


def _names(node: ast.AST) -> Counter[str]:
    """How often names stand in a tree."""
    found = Counter(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    for n in ast.walk(node):
        if isinstance(n, ast.Global | ast.Nonlocal):
            found.update(n.names)
        elif isinstance(n, ast.arg):
            found[n.arg] += 1
    return found


class _Comprehensions(ast.NodeTransformer):
    def __init__(self, function: ast.AST, quiet: Quiet):
        self.uses, self.quiet = _names(function), quiet

    def _comprehension(self, node: Any) -> Any:
        self.generic_visit(node)
        own = {name for name, count in _names(node).items() if count == self.uses[name]}
        taker = _Taker(own, self.quiet)
        loops: list[ast.comprehension] = []
        for loop in node.generators:
            conditions, loop.ifs = [c for test in loop.ifs for c in _conditions(test)], []
            loops.append(loop)
            for condition in conditions:
                test, named = taker.taken(condition)
                loops += named
                loops[-1].ifs.append(test)
        node.elt, named = taker.taken(node.elt)
        node.generators = [*loops, *named]
        return node

    visit_ListComp = visit_SetComp = visit_GeneratorExp = _comprehension


def _conditions(test: ast.expr) -> list[ast.expr]:
    """`a and b` is two conditions, one after the other."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [c for value in test.values for c in _conditions(value)]
    return [test]


PLAIN = (
    ast.Name, ast.Constant, ast.NamedExpr, ast.Tuple, ast.List, ast.Lambda, ast.Starred,
    ast.BinOp, ast.UnaryOp, ast.Compare,
    ast.keyword, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip
"""Nodes that read and change nothing by themselves, if they compute with numbers."""


class _Taker(ast.NodeTransformer):
    """
    Takes `:=` of these names out of the parts of an expression that Python always computes.

    Requires: what stays in front of a `:=` changes nothing, and reads nothing that its value may
              change: `items.pop() - (y := items.pop())` would take the items in the other order.
    """

    def __init__(self, names: set[str], quiet: Quiet):
        self.names, self.quiet = names, quiet
        self.found: list[ast.comprehension] = []
        self.has_read = self.has_changed = False
        """Whether a part that stays, and that Python computes before, reads or changes things."""

    def taken(self, e: ast.expr) -> tuple[ast.expr, list[ast.comprehension]]:
        """The rest of an expression, and the loops of one turn that give the names their values."""
        self.found = []
        self.has_read = self.has_changed = False
        return self.visit(e), self.found

    def visit(self, node: ast.AST) -> Any:
        new = super().visit(node)
        if not isinstance(node, PLAIN) or (isinstance(node, ast.Compare) and node.ops[1:]):
            self.has_read = True
            self.has_changed = self.has_changed or self.quiet.changes(new)
        return new

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        before = self.has_read, self.has_changed
        node.value = self.visit(node.value)
        changes = self.quiet.changes(node.value)
        if node.target.id not in self.names or before[1] or (before[0] and changes):
            self.has_read, self.has_changed = True, before[1] or changes
            return node
        self.has_read, self.has_changed = before
        only = ast.copy_location(ast.Tuple([node.value], ast.Load()), node)
        self.found.append(ast.comprehension(node.target, only, [], 0))
        return ast.copy_location(ast.Name(node.target.id, ast.Load()), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if any(isinstance(inner, ast.Call | ast.NamedExpr) for inner in ast.walk(node.func)):
            node.func = self.visit(node.func)
        node.args = [self.visit(part) for part in node.args]
        for part in node.keywords:
            part.value = self.visit(part.value)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        node.values[0] = self.visit(node.values[0])
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node.test = self.visit(node.test)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        node.left = self.visit(node.left)
        node.comparators[0] = self.visit(node.comparators[0])
        return node

    def _other_code(self, node: ast.AST) -> ast.AST:
        return node

    visit_Lambda = visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = (
        _other_code
    )
    visit_Dict = _other_code  # Its keys and values take turns.
