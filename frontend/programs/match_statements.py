"""
`match` statements as conditions, so that their subjects may be traced.

    match s:                      becomes    _letgrad_subject = s
        case 0 | 1: A                        if matches(subject, 0) or matches(subject, 1): A
        case [a, 2]: B                       elif is_sequence(subject, 2) and …: a = subject[0]; B
        case n if n > 3: C                   else: n = subject; if n > 3: C
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .function_source import RUNTIME

SUBJECT = f"{RUNTIME}_subject"


def _call(name: str, *args: ast.expr) -> ast.expr:
    function = ast.Attribute(ast.Name(RUNTIME, ast.Load()), name, ast.Load())
    return ast.Call(function, list(args), [])


class _Unfit(Exception):
    """A pattern that only Python can match."""


def as_conditions(statement: ast.stmt) -> ast.stmt:
    """
    The statement, or an `if` that does the same as a `match`. Patterns of classes and of mappings,
    and starred ones, stay as they are.
    """
    if not isinstance(statement, ast.Match):
        return statement
    name = f"{SUBJECT}_{statement.lineno}_{statement.col_offset}"
    try:
        cases = _chain(statement.cases, name)
    except _Unfit:
        return statement
    given = ast.Assign([ast.Name(name, ast.Store())], statement.subject)
    # One statement: the first condition is always true.
    whole = ast.If(ast.Constant(True), [given, *cases], [])
    for node in ast.walk(whole):
        if isinstance(node, ast.expr | ast.stmt) and not hasattr(node, "lineno"):
            ast.copy_location(node, statement)
    return whole


def _chain(cases: Sequence[ast.match_case], name: str) -> list[ast.stmt]:
    if not cases:
        return []
    case, *others = cases
    subject = ast.Name(name, ast.Load())
    tests, binds = _matched(case.pattern, subject)
    rest = _chain(others, name)
    if case.guard is not None and tests and binds:
        raise _Unfit
    if case.guard is not None and not tests:
        return [*binds, ast.If(case.guard, case.body, rest)]
    tests += [] if case.guard is None else [case.guard]
    if not tests:
        return [*binds, *case.body]
    return [ast.If(_all(tests), [*binds, *case.body], rest)]


def _all(tests: list[ast.expr]) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)


def _matched(pattern: ast.pattern, subject: ast.expr) -> tuple[list[ast.expr], list[ast.stmt]]:
    """The conditions of a pattern, and the assignments of its names."""
    match pattern:
        case ast.MatchValue(value=value):
            return [_call("matches", subject, value)], []
        case ast.MatchSingleton(value=value):
            return [_call("matches", subject, ast.Constant(value))], []
        case ast.MatchAs(pattern=inner, name=name):
            tests, binds = ([], []) if inner is None else _matched(inner, subject)
            if name is not None:
                binds = [*binds, ast.Assign([ast.Name(name, ast.Store())], subject)]
            return tests, binds
        case ast.MatchOr(patterns=patterns):
            parts = [_matched(p, subject) for p in patterns]
            names = {"".join(map(ast.dump, binds)) for _, binds in parts}
            if len(names) > 1 or not all(tests for tests, _ in parts):
                raise _Unfit  # The alternatives take the names from different places.
            return [ast.BoolOp(ast.Or(), [_all(tests) for tests, _ in parts])], parts[0][1]
        case ast.MatchSequence(patterns=patterns):
            tests = [_call("is_sequence", subject, ast.Constant(len(patterns)))]
            binds = []
            for k, part in enumerate(patterns):
                item = ast.Subscript(subject, ast.Constant(k), ast.Load())
                inner, names = _matched(part, item)
                tests, binds = tests + inner, binds + names
            return tests, binds
    raise _Unfit
