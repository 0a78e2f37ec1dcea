"""
`match` statements as conditions, so that their subjects may be traced.

    match s:                      becomes    _letgrad_subject = s
        case 0 | 1: A                        if matches(subject, 0) or matches(subject, 1): A
        case [a, 2]: B                       elif is_sequence(subject, 2) and …: a = subject[0]; B
        case n if n > 3: C                   else: n = subject; if n > 3: C
        case float(v) if v > 9: D            holds = matches_class(subject, float, 1, ())
                                             if holds: v = subject; holds = v > 9
                                             if holds: D
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from .function_source import RUNTIME, copied

SUBJECT = f"{RUNTIME}_subject"


def _call(name: str, *args: ast.expr) -> ast.expr:
    function = ast.Attribute(ast.Name(RUNTIME, ast.Load()), name, ast.Load())
    return ast.Call(function, [copied(x) for x in args], [])


class _Unfit(Exception):
    """A pattern that only Python can match."""


def as_conditions(statement: ast.stmt) -> ast.stmt:
    """
    The statement, or an `if` that does the same as a `match`. It stays as it is if a pattern in
    another one has alternatives that take names from different places.
    """
    if not isinstance(statement, ast.Match):
        return statement
    name = f"{SUBJECT}_{statement.lineno}_{statement.col_offset}"
    try:
        cases = _chain(statement.cases, name)
    except _Unfit:
        new = copy.copy(statement)
        new.subject = ast.copy_location(_call("plain_subject", new.subject), new.subject)
        return ast.fix_missing_locations(new)
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
    match case.pattern:
        case ast.MatchOr(patterns=patterns) if not _is_alike(patterns, subject):
            parts = [_matched(p, subject) for p in patterns]
        case pattern:
            parts = [_matched(pattern, subject)]
    rest = _chain(others, name)
    ((tests, binds), *more) = parts
    if more or (case.guard is not None and tests and binds):
        # A name that conditions join: those of letgrad itself are values of one place.
        holds = f"_holds{name.removeprefix(SUBJECT)}_{len(others)}"
        found: list[ast.stmt] = []
        for tests, binds in reversed(parts):
            body = [*binds, _assign(holds, copied(case.guard) or ast.Constant(True))]
            found = [ast.If(_all(tests), body, found)] if tests else body
        begin = _assign(holds, ast.Constant(False))
        return [begin, *found, ast.If(ast.Name(holds, ast.Load()), case.body, rest)]
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
                binds = [*binds, _assign(name, copied(subject))]
            return tests, binds
        case ast.MatchOr(patterns=patterns):
            if not _is_alike(patterns, subject):
                raise _Unfit
            found = [_matched(p, subject) for p in patterns]
            return [ast.BoolOp(ast.Or(), [_all(tests) for tests, _ in found])], found[0][1]
        case ast.MatchSequence(patterns=patterns):
            stars = [k for k, part in enumerate(patterns) if isinstance(part, ast.MatchStar)]
            length = ast.Constant(len(patterns) - len(stars))
            test = "is_longer_sequence" if stars else "is_sequence"
            parts: list[tuple[ast.pattern, ast.expr]] = []
            for k, part in enumerate(patterns):
                behind = len(patterns) - 1 - k
                if not isinstance(part, ast.MatchStar):
                    at = k if not stars or k < stars[0] else -behind - 1
                    item = ast.Subscript(copied(subject), ast.Constant(at), ast.Load())
                    parts.append((part, item))
                elif part.name is not None:
                    ends = ast.Constant(k), ast.Constant(behind)
                    items = _call("items_between", subject, *ends)
                    parts.append((ast.MatchAs(None, part.name), items))
            return _together([_call(test, subject, length)], parts)
        case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
            given = ast.Tuple(list(keys), ast.Load())
            parts = [
                (part, ast.Subscript(copied(subject), copied(key), ast.Load()))
                for key, part in zip(keys, patterns, strict=True)
            ]
            if rest is not None:
                others = _call("other_items", subject, given)
                parts.append((ast.MatchAs(None, rest), others))
            return _together([_call("has_keys", subject, given)], parts)
        case ast.MatchClass(cls=cls, patterns=patterns, kwd_attrs=names, kwd_patterns=of_names):
            count = ast.Constant(len(patterns))
            names_given = ast.Tuple([ast.Constant(name) for name in names], ast.Load())
            parts = [
                (part, _call("part_of_class", subject, cls, ast.Constant(k)))
                for k, part in enumerate(patterns)
            ]
            parts += [
                (part, ast.Attribute(copied(subject), name, ast.Load()))
                for name, part in zip(names, of_names, strict=True)
            ]
            return _together([_call("matches_class", subject, cls, count, names_given)], parts)
    raise _Unfit


def _together(
    tests: list[ast.expr], parts: Sequence[tuple[ast.pattern, ast.expr]]
) -> tuple[list[ast.expr], list[ast.stmt]]:
    """The conditions and the assignments of a pattern with parts."""
    binds: list[ast.stmt] = []
    for part, value in parts:
        inner, names = _matched(part, value)
        tests, binds = tests + inner, binds + names
    return tests, binds


def _is_alike(patterns: Sequence[ast.pattern], subject: ast.expr) -> bool:
    """Whether alternatives take the same names from the same places."""
    parts = [_matched(pattern, subject) for pattern in patterns]
    names = {"".join(map(ast.dump, binds)) for _, binds in parts}
    return len(names) == 1 and all(tests for tests, _ in parts)


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)
