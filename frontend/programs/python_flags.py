"""
Variables that hold True and False of Python.

For Python, `done is False` asks for the object, and a bool of NumPy is another one. A traced truth
value does not tell which of them it is. But if all bindings of a variable are to `True`, `False`
and `not x`, it holds a bool of Python, and the question is that for its truth.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .function_source import FunctionNode


def flags(function: FunctionNode) -> frozenset[str]:
    """The variables that a function compares by `is` with a bool, and that hold bools of Python."""
    asked = {name for node in ast.walk(function) if (name := _asked(node)) is not None}
    if not asked:
        return frozenset()
    held: set[ast.AST] = set()
    bound: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Assign():
                held.update(x for target in node.targets for x in _held(target, node.value))
            case ast.AnnAssign(value=ast.expr() as value):
                held.update(_held(node.target, value))
    for node in ast.walk(function):
        for name in _bindings(node):
            if node in held:
                bound.add(name)
            else:
                asked.discard(name)
    return frozenset(asked & bound)


def as_truth(test: ast.Compare, names: frozenset[str]) -> ast.expr | None:
    """
    `done is False` → `not done` and `done is not False` → `done`, for one of these variables; None
    for other comparisons.
    """
    if _asked(test) not in names:
        return None
    flag = test.comparators[0].value  # type: ignore[attr-defined]
    if flag == isinstance(test.ops[0], ast.Is):
        return test.left
    return ast.copy_location(ast.UnaryOp(ast.Not(), test.left), test)


def _asked(node: ast.AST) -> str | None:
    match node:
        case ast.Compare(
            left=ast.Name(id=name),
            ops=[ast.Is() | ast.IsNot()],
            comparators=[ast.Constant(value=bool())],
        ):
            return name
    return None


def _held(target: ast.expr, value: ast.expr) -> Iterator[ast.AST]:
    """The names in a target that get a bool of Python."""
    match target, value:
        case ast.Tuple(), ast.Tuple() if len(target.elts) == len(value.elts):
            if not any(isinstance(x, ast.Starred) for x in (*target.elts, *value.elts)):
                for pair in zip(target.elts, value.elts):
                    yield from _held(*pair)
        case ast.Name(), _ if _is_flag(value):
            yield target


def _is_flag(value: ast.expr) -> bool:
    """Whether Python gives True or False itself for an expression."""
    match value:
        case ast.Constant(value=bool()) | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return _is_flag(body) and _is_flag(orelse)
    return False


def _bindings(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds, or that it takes from another scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case ast.alias():
            yield (node.asname or node.name).split(".")[0]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case (
            ast.ExceptHandler(name=str() as name)
            | ast.MatchAs(name=str() as name)
            | ast.MatchStar(name=str() as name)
            | ast.MatchMapping(rest=str() as name)
        ):
            yield name
