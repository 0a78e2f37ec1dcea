"""
`try` statements whose handlers run as traced values decide.

    try:                                    failed = 0
        L = np.linalg.cholesky(A)           try:
        s = L.sum()                             value = cholesky(A)
    except np.linalg.LinAlgError:    ->         failed = 1 where it raises an error, else failed
        s = 0.0                                 if failed == 0:
                                                    L = value
                                                    s = L.sum()
                                            except np.linalg.LinAlgError:
                                                s = 0.0
                                            if handles(failed, 1):
                                                s = 0.0

An error that Python raises only for some values has a number, `failed`, from 1 on, that leads to
its handler. The rest of the body is under the condition that it is 0, and a loop in the body ends
with `break`.
So jumps, assignments and derivatives are those of `if`. The handlers stay for errors that the trace
itself raises.

letgrad rewrites a program in this way only if a first trace met such an error: programs without one
stay as they are.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from .evaluation_order import Quiet, at, own_variables, parts_of_call, put, target_parts
from .function_source import RUNTIME, copied, is_generator, walk_scope

CHANGING = frozenset((
    "add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "fill", "insert",
    "itemset", "partition", "pop", "popitem", "popleft", "put", "remove", "reverse", "setdefault",
    "shuffle", "sort", "update",
))  # fmt: skip
"""Methods that change their object. Behind an error, Python does not call them."""

MAY_FAIL = (ast.Call, ast.BinOp, ast.Subscript)
"""Expressions in which values may decide whether Python raises an error."""


OWN = ("_failed_", "_result_failed_", "_value_failed_", "_parts_failed_", f"{RUNTIME}_")
"""How the names of variables begin that letgrad adds to a function."""

JUMPING = (ast.If, ast.With, ast.Match)
"""Statements that end with the `break` of their body, if they stand in a loop."""


class Desugared(ast.NodeTransformer):
    """Writes the `try` statements of one function with conditions."""

    def __init__(self, quiet: Quiet, suppressing: frozenset[str], carries: bool) -> None:
        self.count = 0
        self.carries = carries
        """Whether the numbers that errors hold get variables, too."""
        self.quiet = quiet
        self.suppressing = suppressing
        """The names of `contextlib`, and of its `suppress`."""
        self.own: frozenset[str] = frozenset()
        """The variables of the function that no call can set."""

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        inner = Desugared(self.quiet, self.suppressing, self.carries)
        inner.count = self.count + 1000  # A function inside may not take this one's names.
        return inner.function(node)

    def function(self, node: ast.FunctionDef) -> ast.AST:
        self.own = own_variables(node)
        self.suppressing = (self.suppressing - self.own) | _imports_of_suppress(node)
        new = self.generic_visit(node)
        self.count += 1
        if not may_fail(node, self.quiet):
            return new
        failed = f"_failed_{self.count}"
        inner = _Body(failed, self.quiet, self.own, _result(failed))
        inner.carries = self.carries
        return with_failures(node, failed, inner)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_With(self, node: ast.With) -> ast.AST | list[ast.stmt]:
        """`with suppress(E): …`, as `with suppress(E): try: … except E: pass`"""
        result: list[ast.stmt] = [node]
        match node.items:
            case [ast.withitem(ast.Call() as call) as item] if self._suppresses(call.func):
                self.count += 1
                name = f"{RUNTIME}_suppress_{self.count}"
                result.insert(0, _placed(_assign(name, call), node))  # Only once.
                node.items = [
                    ast.withitem(ast.copy_location(_load(name), call), item.optional_vars)
                ]
                handler = ast.ExceptHandler(_runtime("suppressed", _load(name)), None, [ast.Pass()])
                node.body = [_placed(ast.Try(node.body, [handler], [], []), node)]
        self.generic_visit(node)
        return result

    def _suppresses(self, function: ast.expr) -> bool:
        """Whether an expression names `contextlib.suppress`."""
        match function:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name), attr="suppress"):
                return name in self.suppressing
        return False

    def visit_Try(self, node: ast.Try) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if not node.handlers or _yields(node):
            return node
        self.count += 1
        failed = f"_failed_{self.count}"
        body = _Body(failed, self.quiet, self.own)
        body.carries = self.carries
        inner = body.block(node.body, False)
        traced = _traced_handlers(node, failed, body.parts)
        begin = [
            _assign(failed, ast.Constant(0)),
            _assign(_errors(failed), _runtime("errors")),
            *[_assign(name, ast.Constant(None)) for name in body.parts],
        ]
        handlers = [copy.copy(handler) for handler in node.handlers]
        for handler in handlers:
            handler.body = [_assign(failed, ast.Constant(-1)), *handler.body]
        attempt = ast.Try(inner, handlers, node.orelse, [])
        if not body.values:
            return node
        if node.orelse:
            attempt.orelse = [ast.If(_runtime("goes_on", _load(failed)), node.orelse, [])]
        statements: list[ast.stmt] = [*begin, attempt, *traced]
        if node.finalbody:
            statements = [ast.Try(statements, [], [], node.finalbody)]
        return [_placed(statement, node) for statement in statements]


def _traced_handlers(node: ast.Try, failed: str, parts: Sequence[str]) -> list[ast.stmt]:
    """
    The handlers, as conditions. The variables `parts` have the numbers that errors hold. Behind a
    body that always leaves, as by `return`, there is an error for certain: no condition stands in
    front of the last handler. `-1` says that a handler ran.
    """
    result: list[ast.stmt] = []
    leaves = _leaves(node.orelse or node.body)
    for k, handler in reversed([*enumerate(node.handlers, 1)]):
        given = _load(_errors(failed)), _load(failed), ast.Constant(k)
        error = _runtime("error_of", *given, *map(_load, parts))
        body = [_Again(error).visit(copied(statement)) for statement in handler.body]
        if handler.name:
            body.insert(0, _assign(handler.name, copied(error)))
        is_last = leaves and not result
        result = (
            body if is_last else [ast.If(_runtime("handles", *map(copied, given)), body, result)]
        )
    if leaves:
        result = [ast.If(_runtime("handled", _load(failed)), [ast.Pass()], result)]
    return result


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether statements never lead to the next statement."""
    match body[-1]:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
            return True
        case ast.If(body=then, orelse=orelse):
            return bool(orelse) and _leaves(then) and _leaves(orelse)
        case ast.With(body=inner):
            return _leaves(inner)
    return False


def _jumps(body: Sequence[ast.stmt]) -> bool:
    """Whether statements may end, or go on with, a loop."""
    nodes = (n for statement in body for n in ast.walk(statement))
    return any(isinstance(n, ast.Break | ast.Continue) for n in nodes)


class _Again(ast.NodeTransformer):
    """`raise` in a handler, with the error."""

    def __init__(self, error: ast.expr):
        self.error = error

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if node.exc is None:
            node.exc = copied(self.error)
        return node

    def _stays(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_Lambda = visit_ClassDef = visit_Try = _stays


class _Body:
    """
    The body of a `try`, whose errors set the variable `failed`; or the body of a function, whose
    errors also end it, and whose `return` sets the variable `result`.
    """

    def __init__(self, failed: str, quiet: Quiet, own: frozenset[str], result: str | None = None):
        self.failed, self.result = failed, result
        self.quiet, self.own = quiet, own
        self.errors = _errors(failed)
        self.values = 0
        """How many values the body asks whether they failed."""
        self.carries = False
        self.parts: list[str] = []
        """The variables with the numbers that errors hold."""

    def block(self, body: Sequence[ast.stmt], in_loop: bool) -> list[ast.stmt]:
        return self._chained([step for s in body for step in self.steps(s, in_loop)], in_loop)

    def _chained(self, steps: Sequence[tuple[ast.stmt, bool]], in_loop: bool) -> list[ast.stmt]:
        """The statements. Those behind one that may fail run only if it did not."""
        result: list[ast.stmt] = []
        for k, (statement, fails) in enumerate(steps):
            result.append(statement)
            if fails and self.result:
                result.append(_placed(ast.If(_differs(self.failed), [ast.Return()], []), statement))
            elif fails and in_loop:
                jump = ast.If(_differs(self.failed), [ast.Break()], [])
                result.append(ast.copy_location(jump, statement))
            elif fails and k + 1 < len(steps):
                rest = self._chained(steps[k + 1 :], in_loop)
                test = _runtime("goes_on", _load(self.failed))
                guarded = ast.If(test, rest, [])
                return [*result, ast.copy_location(guarded, rest[0])]
        return result

    def steps(self, node: ast.stmt, in_loop: bool) -> Iterator[tuple[ast.stmt, bool]]:
        """Statements in the place of one, and whether the rest asks behind each if it failed."""
        node = copy.copy(node)
        before = self.values
        match node:
            case ast.Assert():
                error = _load("AssertionError")
                call = ast.Call(error, [] if node.msg is None else [node.msg], [])
                test = ast.UnaryOp(ast.Not(), node.test)
                yield from self.steps(_placed(ast.If(test, [ast.Raise(call)], []), node), in_loop)
                return
            case ast.Raise(exc=ast.expr() as error) if self.result:
                new = _assign(self.failed, _runtime("raising", _load(self.errors), error))
                yield _placed(new, node), False
                yield from self._parts_of_error(node)
                yield _placed(ast.Return(), node), False
                return
            case ast.Return() if self.result:
                value = yield from self._tried(node.value or ast.Constant(None))
                yield _placed(_assign(self.result, value), node), False
                yield _placed(ast.Return(), node), False
                return
            case ast.Try() if self.result:
                new: Any = _Returning(self.result).generic_visit(copied(node))
                yield new, False
                return
            case ast.Raise(exc=ast.expr() as error):
                self.values += 1
                new = _assign(self.failed, _runtime("failing", _load(self.errors), error))
                yield _placed(new, node), not self.carries
                yield from self._parts_of_error(node, True)
                return
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name)) as call) if (
                name in CHANGING
            ):
                call = node.value = copied(call)
                places = parts_of_call(call)
                changing = [k for k, place in enumerate(places) if self.quiet.changes(at(place))]
                for k, place in enumerate(places):
                    is_in_front = bool(changing) and k < changing[-1]
                    name = self._named if is_in_front else self._tried
                    if k or is_in_front:  # The first one is the object that changes.
                        put(place, (yield from name(at(place))))
                yield node, False
                return
            case ast.AugAssign() if _may_fail(node.value) and Quiet().changes(node.value):
                old = yield from self._old(node)
                value = yield from self._tried(node.value)
                if old is not None:
                    value = _placed(_runtime("behind", old, value), node.value)
                node.value = value
                yield node, False
                return
            case (
                ast.Assign(value=ast.expr())
                | ast.AnnAssign(value=ast.expr())
                | ast.AugAssign(value=ast.expr())
                | ast.Return(value=ast.expr())
                | ast.Expr(value=ast.expr())
            ):
                node.value = yield from self._tried(node.value)  # type: ignore[arg-type]
                yield node, False
                return
            case ast.If():
                node.test = yield from self._tried(node.test)
                before = self.values
                node.body = self.block(node.body, in_loop)
                node.orelse = self.block(node.orelse, in_loop)
            case ast.For():
                node.iter = yield from self._tried(node.iter)
                before = self.values
                node.body = self.block(node.body, True)
                node.orelse = self.block(node.orelse, in_loop)
            case ast.While() if _may_fail(node.test) and not _jumps(node.orelse):
                # `while test: a else: b` as `while True: if not test: b; break` and then a
                last = [*node.orelse, ast.Break()]
                leave = ast.If(ast.UnaryOp(ast.Not(), node.test), last, [])
                node.body = self.block([_placed(leave, node.test), *node.body], True)
                node.test, node.orelse = ast.copy_location(ast.Constant(True), node.test), []
            case ast.While():
                node.body = self.block(node.body, True)
                node.orelse = self.block(node.orelse, in_loop)
            case ast.With():
                node.body = self.block(node.body, in_loop)
            case ast.Match():
                node.subject = yield from self._tried(node.subject)
                before = self.values
                node.cases = [copy.copy(one) for one in node.cases]
                for one in node.cases:
                    one.body = self.block(one.body, in_loop)
        if self.result:
            yield node, False
            return
        # In a loop, `if`, `with` and `match` end with the `break` of their body.
        yield node, self.values > before and not (in_loop and isinstance(node, JUMPING))

    def _old(self, node: ast.AugAssign) -> Generator[tuple[ast.stmt, bool], None, ast.expr | None]:
        """
        The old value of `x += f()`, which Python reads before it calls f; None if f cannot set x.
        The target of the statement becomes one whose parts f cannot set.
        """
        match node.target:
            case ast.Name(id=name):
                if name in self.own:
                    return None
                return (yield from self._named(ast.copy_location(_load(name), node)))
            case _:
                target = node.target = copied(node.target)
        for place in target_parts(target):
            put(place, (yield from self._named(at(place))))
        old = copied(target)
        old.ctx = ast.Load()
        return (yield from self._named(old))

    def _tried(self, value: ast.expr) -> Generator[tuple[ast.stmt, bool], None, ast.expr]:
        """An expression, whose value gets a name in front if the expression may fail."""
        if not _may_fail(value):
            return value
        if isinstance(value, ast.IfExp):
            return (yield from self._chosen(value))
        if self.quiet.change_behind_errors([value]):
            value = copied(value)
            for place in self.quiet.places_in_front(value):
                put(place, (yield from self._named(at(place))))
        name = self._fresh()
        tried = _runtime("attempted", _runtime("attempt"), value)
        trying = _runtime("trying", _load(self.errors))
        yield _placed(ast.With([ast.withitem(trying)], [_assign(name, tried)]), value), False
        new = _assign(self.failed, _runtime("failure", _load(self.errors)))
        yield _placed(new, value), not self.carries
        yield from self._parts_of_error(value, True)
        return ast.copy_location(_load(name), value)

    def _parts_of_error(
        self, node: ast.AST, fails: bool = False
    ) -> Iterator[tuple[ast.stmt, bool]]:
        """The statement that gives the numbers of the last error a variable."""
        if self.carries:
            name = f"_parts{self.failed}_{len(self.parts) + 1}"
            self.parts.append(name)
            yield _placed(_assign(name, _runtime("parts_of_error")), node), fails

    def _fresh(self) -> str:
        self.values += 1
        return f"_value{self.failed}_{self.values}"

    def _named(self, value: ast.expr) -> Generator[tuple[ast.stmt, bool], None, ast.expr]:
        """An expression that gets a name in front, unless it is one that no call can change."""
        if _may_fail(value):
            return (yield from self._tried(value))
        is_own = isinstance(value, ast.Name) and value.id in self.own
        if is_own or isinstance(value, ast.Constant):
            return value
        name = self._fresh()
        yield _placed(_assign(name, value), value), False
        return ast.copy_location(_load(name), value)

    def _chosen(self, value: ast.IfExp) -> Generator[tuple[ast.stmt, bool], None, ast.expr]:
        """`a if c else b`, whose value gets a name in front: the errors of a are under c."""
        name = self._fresh()
        sides: list[list[ast.stmt]] = [
            [ast.copy_location(_assign(name, x), x)] for x in (value.body, value.orelse)
        ]
        statement = _placed(ast.If(value.test, *sides), value)
        yield from self.steps(statement, False)
        return ast.copy_location(_load(name), value)


class _Returning(ast.NodeTransformer):
    """`return` in a `try` of a function that sets `result`. Its errors are those of Python."""

    def __init__(self, result: str):
        self.result = result

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.stmt]:
        new = _assign(self.result, node.value or ast.Constant(None))
        return [_placed(new, node), ast.copy_location(ast.Return(None), node)]

    def _stays(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = _stays


def may_fail(node: ast.FunctionDef, quiet: Quiet) -> bool:
    """
    Whether an error in the body of a function may need a variable of its own. In a function that
    only names values, errors stand in the scope of its call if nothing behind them changes an
    object.
    """
    if is_generator(node):
        return False
    if all(map(_only_names, node.body)) and not quiet.change_behind_errors(node.body):
        return False
    scope = [*walk_scope(node.body)]
    if any(isinstance(n, ast.Name) and n.id in ("super", "locals") for n in scope):
        return False  # Python looks at the function around them.
    tries = any(isinstance(n, ast.Try) for n in scope)
    return not tries or any(isinstance(n, ast.Raise) for n in scope)


def _only_names(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=targets):
            return all(isinstance(t, ast.Name) for t in targets)
        case ast.Expr(value=ast.Constant()) | ast.Return() | ast.Import() | ast.ImportFrom():
            return True
    return False


def _imports_of_suppress(node: ast.FunctionDef) -> frozenset[str]:
    """The names that a function gives `contextlib`, and its `suppress`, by imports."""
    imports = [n for n in walk_scope(node.body) if isinstance(n, ast.Import | ast.ImportFrom)]
    return frozenset(
        alias.asname or alias.name
        for n in imports
        for alias in n.names
        if (getattr(n, "module", None), alias.name)
        in ((None, "contextlib"), ("contextlib", "suppress"))
    )


def _result(failed: str) -> str:
    """The variable with the result of a function."""
    return f"_result{failed}"


def with_failures(node: ast.FunctionDef, failed: str, inner: _Body) -> ast.FunctionDef:
    """
    A function whose errors a `try` around its call may catch.

        def f(x):                           def f(x):
            if x < 0:                           failed = 0
                raise ValueError                def body(x):
            return x**0.5           ->              if x < 0:
                                                        failed = raising(ValueError)
                                                        return
                                                    result = x**0.5
                                                    return
                                                body(x)
                                                if failed: the attempt around f(x) has failed
                                                return result
    """
    result, body = _result(failed), f"_body{failed}"
    statements = inner.block(node.body, False)
    if not _leaves(statements):
        statements += [_assign(result, ast.Constant(None))]
    given = node.args
    plain = [ast.arg(a.arg) for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    stars = [ast.arg(a.arg) for a in (given.vararg, given.kwarg) if a is not None]
    names = [a.arg for a in (*plain, *stars)]
    arguments = ast.arguments([], [*plain, *stars], None, [], [], None, [])
    nonlocals = ast.Nonlocal([failed, result, *inner.parts])
    definition = ast.FunctionDef(body, arguments, [nonlocals, *statements], [])
    new = copy.copy(node)
    new.body = [
        # Python knows by this that `result` is a variable of the function.
        _assign(result, ast.Constant(None)),
        ast.Delete([ast.Name(result, ast.Del())]),
        _assign(failed, ast.Constant(0)),
        _assign(_errors(failed), _runtime("errors")),
        *[_assign(name, ast.Constant(None)) for name in inner.parts],
        definition,
        ast.Expr(ast.Call(_load(body), [_load(name) for name in names], [])),
        ast.Expr(_runtime("propagate", *map(_load, (_errors(failed), failed, *inner.parts)))),
        ast.Return(_load(result)),
    ]
    new.body = [_placed(statement, node) for statement in new.body]
    return new


def _may_fail(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if name == RUNTIME:
            return False
    nodes = [*ast.walk(value)]
    if any(isinstance(n, ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await) for n in nodes):
        return False
    for n in nodes:
        match n:
            case ast.Call(func=ast.Attribute(attr=name)) if name in CHANGING:
                return False
    return any(isinstance(n, MAY_FAIL) for n in nodes)


def _yields(node: ast.Try) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom | ast.Await) for n in ast.walk(node))


def _errors(failed: str) -> str:
    """The variable with the place of the errors."""
    return RUNTIME + failed


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _differs(failed: str) -> ast.Compare:
    return ast.Compare(_load(failed), [ast.NotEq()], [ast.Constant(0)])


def _runtime(name: str, /, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(_load(RUNTIME), name, ast.Load()), list(args), [])


def _placed(new: Any, old: ast.AST) -> Any:
    """New nodes in the place of an old one in the user's file."""
    for n in ast.walk(new):
        if isinstance(n, ast.expr | ast.stmt) and not hasattr(n, "lineno"):
            ast.copy_location(n, old)
    return new


def desugared(
    node: Any, libraries: frozenset[str], suppressing: frozenset[str], carries: bool
) -> Any:
    """
    The syntax tree of a function, whose `try` statements are conditions. `libraries` are the names
    of functions, and of modules, that change no variable of the program; `suppressing` those of
    `contextlib` and of its `suppress`. `carries` says whether errors hold numbers that a condition
    or a loop computes.
    """
    outer = Desugared(Quiet(libraries), suppressing, carries)
    new = outer.function(node) if isinstance(node, ast.FunctionDef) else outer.generic_visit(node)
    for n in ast.walk(new):
        if isinstance(n, ast.stmt):
            _placed(n, n)
    return new
