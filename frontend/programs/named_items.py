"""
`:=` in comprehensions, where only the comprehension reads the name.

    [y for v in xs if (y := f(v)) > 2]     ->     [y for v in xs for y in (f(v),) if y > 2]

The second one says which parts are conditions. A name that the rest of the function reads stays as
it is: its value is the last one that Python computes.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any


def desugared(function: Any) -> Any:
    """The function, whose tree this may change."""
    if not any(isinstance(n, ast.NamedExpr) for n in ast.walk(function)):
        return function
    return _Comprehensions(function).visit(function)


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
    def __init__(self, function: ast.AST):
        self.uses = _names(function)

    def _comprehension(self, node: Any) -> Any:
        self.generic_visit(node)
        taker = _Taker({name for name, count in _names(node).items() if count == self.uses[name]})
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


class _Taker(ast.NodeTransformer):
    """Takes `:=` of these names out of the parts of an expression that Python always computes."""

    def __init__(self, names: set[str]):
        self.names = names
        self.found: list[ast.comprehension] = []

    def taken(self, e: ast.expr) -> tuple[ast.expr, list[ast.comprehension]]:
        """The rest of an expression, and the loops of one turn that give the names their values."""
        self.found = []
        return self.visit(e), self.found

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        node.value = self.visit(node.value)
        if node.target.id not in self.names:
            return node
        only = ast.copy_location(ast.Tuple([node.value], ast.Load()), node)
        self.found.append(ast.comprehension(node.target, only, [], 0))
        return ast.copy_location(ast.Name(node.target.id, ast.Load()), node)

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
