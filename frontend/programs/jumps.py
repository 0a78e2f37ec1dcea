"""
The jumps of a block: which of its statements leave it, and the same block with fewer jumps.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .function_source import NODES, STATEMENTS, children, copied, walk, walk_scope
from .match_statements import as_conditions

CONDITIONAL = (ast.If, ast.While, ast.For, ast.With, ast.Try, ast.TryStar, ast.Match)


def leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether each way through a block ends in a jump."""
    match body[-1] if body else None:
        case ast.Return() | ast.Break() | ast.Continue() | ast.Raise():
            return True
        case ast.If(body=then, orelse=orelse):
            return leaves(then) and leaves(orelse)
        case ast.With(body=inner):
            return leaves(inner)
        case ast.While(test=ast.Constant(value=test), body=inner) if test:
            return not _breaks(inner)  # The loop ends by a `return` only.
        case ast.For(iter=ast.Call(func=function), body=inner) if _counts(function):
            return not _breaks(inner)
    return False


def _counts(function: ast.expr) -> bool:
    """Whether a function is `itertools.count`, whose numbers have no end."""
    match function:
        case ast.Attribute(value=ast.Name(id="itertools"), attr="count"):
            return True
    return False


def _breaks(body: Sequence[ast.AST]) -> bool:
    """Whether a `break` of these statements leaves the loop around them."""
    for node in body:
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, ast.For | ast.While):
            inner: list[ast.AST] = list(node.orelse)  # Its body breaks the inner loop.
        elif isinstance(node, (*NODES, ast.ClassDef)):
            continue
        else:
            inner = [n for n in children(node) if isinstance(n, STATEMENTS)]
        if _breaks(inner):
            return True
    return False


def _assigns(expression: ast.expr) -> bool:
    return any(isinstance(n, ast.NamedExpr) for n in walk(expression))


def _conjuncts(test: ast.expr) -> list[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [part for value in test.values for part in _conjuncts(value)]
    return [test]


def split_tests(statement: ast.stmt) -> ast.stmt:
    """
    The statement, if its test assigns no variable. Otherwise the same without such a test:

        while a and (v := f()): S
        if a and (v := f()): S

    becomes

        while True: if not a: break; if not (v := f()): break; S
        if a: if (v := f()): S

    A test of a loop runs in a part of its own, and an operand behind `and` runs in a function of
    its own. Neither can hand an assigned variable to the body.
    """
    match statement:
        case ast.While(test=test, body=body, orelse=orelse) if _assigns(test):
            if _breaks(orelse) or _continues(orelse):
                return statement
            tests: list[ast.stmt] = []
            for part in _conjuncts(test):
                fails = ast.copy_location(ast.UnaryOp(ast.Not(), part), part)
                leave = [*copied(orelse), ast.copy_location(ast.Break(), part)]
                tests.append(ast.copy_location(ast.If(fails, leave, []), part))
            always = ast.copy_location(ast.Constant(True), test)
            return ast.copy_location(ast.While(always, [*tests, *body], []), statement)
        case ast.If(test=ast.BoolOp(), body=body, orelse=[]) if _assigns(statement.test):
            inner: list[ast.stmt] = body
            for part in reversed(_conjuncts(statement.test)):
                inner = [ast.copy_location(ast.If(part, inner, []), part)]
            return ast.copy_location(inner[0], statement)
    return statement


def _continues(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(n, ast.Continue) for s in body for n in walk(s))


def restructured(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """
    The block in which the statements behind an `if` that jumps are its other branch. Then most
    early returns need no flag.
    """
    result: list[ast.stmt] = []
    for k, old in enumerate(body):
        statement = as_conditions(split_tests(old))
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if inner and not isinstance(statement, (*NODES, ast.ClassDef)):
                setattr(statement, name, restructured(inner))
        result.append(statement)
        if isinstance(statement, ast.If):
            rest = list(body[k + 1 :])
            then, orelse = leaves(statement.body), leaves(statement.orelse)
            if rest and then != orelse:
                if then:
                    statement.orelse = restructured([*statement.orelse, *rest])
                else:
                    statement.body = restructured([*statement.body, *rest])
                break
        if leaves([statement]):
            break
    return result


def jumps(nodes: Sequence[ast.AST]) -> bool:
    """Whether a part of a block returns before the end of the block."""
    return any(
        isinstance(n, ast.Return)
        for statement in nodes
        if isinstance(statement, CONDITIONAL)
        for n in walk_scope([statement])
    )


def generator_blocks(body: Sequence[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """
    A block of a generator, and the statements in it that can stand in functions of their own: those
    without `yield` and without a jump out of them. The others stay as they are.
    """
    result: list[ast.stmt] = []
    movable: list[ast.stmt] = []
    for statement in body:
        if not _suspends(statement) and not _escapes(statement):
            found = restructured([statement])
            movable += found
            result += found
            continue
        for owner in (
            statement,
            *getattr(statement, "handlers", ()),
            *getattr(statement, "cases", ()),
        ):
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(owner, name, None)
                if inner:
                    new, found = generator_blocks(inner)
                    setattr(owner, name, new)
                    movable += found
        result.append(statement)
    return result, movable


def _suspends(statement: ast.stmt) -> bool:
    kinds = ast.Yield | ast.YieldFrom | ast.Await
    return any(isinstance(n, kinds) for n in walk_scope([statement]))


def _escapes(statement: ast.stmt) -> bool:
    """Whether a statement holds a jump that leads out of it."""
    if isinstance(statement, (*NODES, ast.ClassDef)):
        return False
    if any(isinstance(n, ast.Return) for n in walk_scope([statement])):
        return True
    return _breaks([statement]) or _continues_outside(statement)


def _continues_outside(node: ast.AST) -> bool:
    if isinstance(node, ast.Continue):
        return True
    if isinstance(node, (ast.expr, *NODES, ast.ClassDef)):
        return False
    inner = node.orelse if isinstance(node, ast.For | ast.While) else children(node)
    return any(map(_continues_outside, inner))
