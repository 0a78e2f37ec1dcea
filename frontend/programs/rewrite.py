"""
Rewriting of a function, so that its conditions and loops become calls of letgrad.

    if test: …                  becomes  _letgrad.if_(test, then, else_, …)
    while test: …               becomes  _letgrad.while_(test, body, …)
    for target in items: …      becomes  _letgrad.for_(items, body, …)

The parts are functions inside of the function, and their variables are `nonlocal`. So a part reads
and assigns the variables of the function themselves, and letgrad reads and sets them through the
cells of the part. `return`, `break` and `continue` inside of a part set a flag, and the statements
behind them stand in a part that runs unless a flag is set.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Sequence
from typing import Any

from . import python_flags
from .evaluation_order import Quiet
from .function_source import (
    NODES,
    RUNTIME,
    STATEMENTS,
    FunctionNode,
    children,
    copied,
    makes_list,
    walk,
)
from .jumps import CONDITIONAL
from .liveness import assigned, keeps_items
from .rewritten_scopes import VALUE, Loop, Scope

RETURNED = f"{RUNTIME}_returned"

UNTOUCHED = {"locals", "globals", "vars", "eval", "exec", "dir", "super"}
"""Builtins that look at the frame of their caller."""


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _store(name: str) -> ast.Name:
    return ast.Name(name, ast.Store())


def _runtime(name: str, /, *args: ast.expr, **keywords: ast.expr) -> ast.Call:
    function = ast.Attribute(_load(RUNTIME), name, ast.Load())
    return ast.Call(function, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def _assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([_store(name)], value)


def _names(names: Iterable[str]) -> ast.Tuple:
    return ast.Tuple([ast.Constant(name) for name in names], ast.Load())


def _place(new: ast.AST, old: ast.AST) -> None:
    """Lets a new node stand in the place of an old one in the user's file."""
    if hasattr(new, "lineno"):
        return
    ast.copy_location(new, old)
    if isinstance(old, CONDITIONAL) and isinstance(new, ast.stmt):
        # Python takes the last line of a call's function for the line of the call.
        new.end_lineno, new.end_col_offset = new.lineno, new.col_offset + 1


def _loads(names: Iterable[str]) -> ast.Tuple:
    return ast.Tuple([_load(name) for name in names], ast.Load())


def _thunk(body: ast.expr) -> ast.Lambda:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, body)


class Rewriter(ast.NodeTransformer):
    """
    Rewrites one function and the functions inside of it. `substituted` are the names around the
    function that are bound to NumPy or to parts of it. Calls of `libraries`, by name, change
    nothing.
    """

    def __init__(
        self,
        substituted: Iterable[str],
        cls: str = "",
        file: str = "",
        libraries: frozenset[str] = frozenset(),
    ):
        self.file = file
        self.quiet = Quiet(libraries)
        self.substituted = set(substituted)
        self.cls = cls.lstrip("_")
        self.count = 0
        self.in_raise = False
        self.scopes: list[Scope] = []
        self.method = 0
        """The place in `scopes` of the method, whose first argument `super()` takes."""

    @property
    def scope(self) -> Scope:
        return self.scopes[-1]

    def fresh(self, what: str) -> str:
        self.count += 1
        return f"{RUNTIME}_{what}_{self.count}"

    def visit(self, node: ast.AST) -> Any:
        """The rewritten node. New expressions stand in the place of the old ones in the file."""
        if self.scopes and self.scope.plain and node in self.scope.movable:
            self.scope.plain = False
            new = super().visit(node)
            self.scopes[-1].plain = True
        else:
            new = super().visit(node)
            if isinstance(new, ast.If | ast.While) and self.scope.is_generator:
                # It runs as Python, because it yields or leaves a statement that does.
                new.test = ast.copy_location(_runtime("certain", new.test), node)
        if isinstance(new, ast.expr):
            _place(new, node)
        return new

    def function(self, node: FunctionNode) -> FunctionNode:
        """The rewritten function, without decorators."""
        return self.visit_Lambda(node) if isinstance(node, ast.Lambda) else self._def(node)  # type: ignore[return-value]

    # Scopes.

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        node.args = self._arguments(node.args)
        self.scopes.append(Scope(node))
        node.body = self.visit(node.body)
        self.scopes.pop()
        return node

    def _arguments(self, arguments: ast.arguments) -> ast.arguments:
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]
        for a in walk(arguments):
            if isinstance(a, ast.arg):
                a.annotation = None
                a.arg = self._mangled(a.arg)
        return arguments

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.args = self._arguments(node.args)
        return self._def(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """A class inside of the function: its methods are rewritten where they stand."""
        outer = self.cls, self.method
        self.cls, self.method = node.name.lstrip("_"), len(self.scopes)
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef):
                self.visit_FunctionDef(statement)  # It changes the method itself.
        self.cls, self.method = outer
        return node

    def _def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        scope = Scope(node)
        self.scopes.append(scope)
        if scope.plain:
            if scope.is_generator:
                scope.find_movable()
            body = [s for old in node.body for s in _list(self.visit(old))]
            node.body = [*scope.declared(), *body]
        else:
            scope.analyse()
            body = self._block(node.body)
            if scope.flagged:
                body = [
                    _assign(RETURNED, ast.Constant(False)),
                    *body,
                    ast.Return(_runtime("returned", _thunk(_load(VALUE)), _load(RETURNED))),
                ]
            node.body = [*scope.declared(), *body]
        self.scopes.pop()
        for statement in node.body:
            _place(statement, node)
        return node

    # Blocks and jumps.

    def _block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for k, statement in enumerate(body):
            new = _list(self.visit(statement))
            for s in new:
                _place(s, statement)
            result += new
            rest = body[k + 1 :]
            flags = self._flags([statement])
            if rest and flags and isinstance(statement, CONDITIONAL):
                first, last = rest[0], rest[-1]
                part = self._part("rest", rest)
                call = _runtime(
                    "guard",
                    _loads(flags),
                    _load(part.name),
                    _names(self._assigned(rest)),
                    _names(self._live_after(last)),
                    *self._outer(),
                )
                result += [
                    ast.copy_location(part, first),
                    ast.copy_location(ast.Expr(call), first),
                ]
                break
            if isinstance(statement, ast.Return | ast.Break | ast.Continue):
                break
        return result or [ast.Pass()]

    def _flags(self, body: Sequence[ast.AST]) -> list[str]:
        """The flags that jumps out of these statements set."""
        return list(dict.fromkeys(self._found_flags(body, self.scope.loops)))

    def _found_flags(self, body: Sequence[ast.AST], loops: list[Loop]) -> Iterable[str]:
        for n in body:
            match n:
                case ast.Return():
                    yield RETURNED
                case ast.Break() if loops:
                    yield loops[-1].stop
                case ast.Continue() if loops:
                    yield loops[-1].turn
                case ast.For() | ast.While():
                    yield from self._found_flags(n.body, [])
                    yield from self._found_flags(n.orelse, loops)
                case _ if not isinstance(n, (*NODES, ast.ClassDef)):
                    yield from self._found_flags(
                        [c for c in children(n) if isinstance(c, STATEMENTS)], loops
                    )

    def _assigned(self, body: Sequence[ast.stmt]) -> list[str]:
        flags = self._flags(body)
        names = [n for n in map(self._mangled, assigned(body)) if not n.startswith(RUNTIME)]
        if any(isinstance(n, ast.Call) for statement in body for n in walk(statement)):
            # An inner function that the body calls may assign these.
            names += sorted(self.scope.lent - set(names))
        return [*names, *flags, *([VALUE] if RETURNED in flags else [])]

    def _outer(self) -> list[ast.expr]:
        """The variables of the functions around this one, if it assigns any."""
        names = sorted(map(self._mangled, self.scope.nonlocals))
        return [_names(names)] if names else []

    def _live_after(self, statement: ast.stmt) -> list[str]:
        return sorted(map(self._mangled, self.scope.live.after.get(statement, ())))

    def _part(self, what: str, body: Sequence[ast.stmt], argument: str | None = None) -> Any:
        """A function inside of the function, for a block."""
        statements = self._block(body)
        return self._part_of(what, statements, self._assigned(body), argument)

    def _part_of(
        self,
        what: str,
        statements: list[ast.stmt],
        names: Iterable[str],
        argument: str | None = None,
    ) -> ast.FunctionDef:
        args = ast.arguments(
            posonlyargs=[],
            args=[ast.arg(argument)] if argument else [],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        outer = [n for n in dict.fromkeys(names) if n not in self.scope.globals]
        self.scope.names.update(n for n in outer if n not in self.scope.nonlocals)
        declared: list[ast.stmt] = [ast.Nonlocal(outer)] if outer else []
        glob = [n for n in names if n in self.scope.globals]
        declared += [ast.Global(glob)] if glob else []
        return ast.FunctionDef(self.fresh(what), args, [*declared, *statements], [])

    def visit_Return(self, node: ast.Return) -> Any:
        value = self.visit(node.value) if node.value is not None else ast.Constant(None)
        if self.scope.plain or not self.scope.flagged:
            return ast.Return(value)
        return [_assign(VALUE, value), _assign(RETURNED, ast.Constant(True))]

    def visit_Break(self, node: ast.Break) -> Any:
        if self.scope.plain:
            return node
        return _assign(self.scope.loops[-1].stop, ast.Constant(True))

    def visit_Continue(self, node: ast.Continue) -> Any:
        if self.scope.plain:
            return node
        return _assign(self.scope.loops[-1].turn, ast.Constant(True))

    # Statements.

    def visit_If(self, node: ast.If) -> Any:
        if self.scope.plain:
            return self.generic_visit(node)
        test = self.visit(node.test)
        then, orelse = self._part("then", node.body), self._part("else", node.orelse)
        call = _runtime(
            "if_",
            test,
            _load(then.name),
            _load(orelse.name),
            _names(self._assigned([*node.body, *node.orelse])),
            _names(self._live_after(node)),
            _names(self._flags([node])),
            *self._outer(),
        )
        return [then, orelse, ast.Expr(call)]

    def visit_While(self, node: ast.While) -> Any:
        if self.scope.plain:
            return self.generic_visit(node)
        may_change = self.quiet.changes(node.test)
        in_test = self._assigned([ast.Expr(node.test)])
        test = self._part_of("test", [ast.Return(self.visit(node.test))], in_test)
        ast.copy_location(test, node.test)
        loop, call = self._loop(node, "while_", _load(test.name), [], in_test=in_test)
        if may_change:
            call.keywords.append(ast.keyword("test_may_change", ast.Constant(True)))
        return [test, *loop]

    def visit_For(self, node: ast.For) -> Any:
        if self.scope.plain:
            return self.generic_visit(node)
        item = self.fresh("item")
        target = ast.copy_location(ast.Assign([node.target], _load(item)), node.target)
        first = _list(self.visit(target))
        for s in first:
            _place(s, node.target)
        over = self.visit(node.iter)
        if isinstance(node.iter, ast.Call):
            over = _runtime("fresh", over)
            _place(over, node.iter)
        appended = self._appended(node)
        loop, call = self._loop(node, "for_", over, first, item)
        if appended:
            call.keywords.append(ast.keyword("appended", _names(appended)))
        return loop

    def _appended(self, node: ast.For) -> list[str]:
        """The variables of the function whose only use in a loop is `x.append(…)`."""
        used: list[str] = []
        found: list[str] = []
        for n in [m for part in (*node.body, node.target) for m in walk(part)]:
            if isinstance(n, ast.Name):
                used.append(n.id)
            match n:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=name), attr="append"),
                        args=[_],
                        keywords=[],
                    )
                ):
                    found.append(name)
        own = self.scope.locals - self.scope.inner - self.scope.nonlocals
        return [x for x in dict.fromkeys(found) if used.count(x) == found.count(x) and x in own]

    def _loop(
        self,
        node: ast.For | ast.While,
        function: str,
        over: ast.expr,
        first: list[ast.stmt],
        item: str | None = None,
        in_test: Sequence[str] = (),
    ) -> tuple[list[ast.stmt], ast.Call]:
        """
        The statements of a loop, and the call of `function` among them. `first` are statements at
        the start of the body, and `in_test` the variables that the test of a `while` assigns.
        """
        loop = Loop(self.fresh("break"), self.fresh("continue"))
        self.scope.loops.append(loop)
        inside = self._flags(node.body)
        if loop.turn in inside:
            first = [_assign(loop.turn, ast.Constant(False)), *first]
        # A `continue` flag is false again at the start of each turn, so that nothing hands it on.
        statements = [*first, *self._block(node.body)]
        targets = [name for name in assigned(first) if not name.startswith(RUNTIME)]
        names = [*dict.fromkeys([*targets, *in_test, *self._assigned(node.body)])]
        body = self._part_of("body", statements, names, item)
        self.scope.loops.pop()
        leaving = [flag for flag in inside if flag != loop.turn]
        head = sorted(map(self._mangled, self.scope.live.head.get(node, ())))
        end = sorted(map(self._mangled, self.scope.live.end.get(node, ())))
        call = _runtime(
            function,
            over,
            _load(body.name),
            _names(names),
            _names(end),
            _names(head),
            _names(leaving),
            *self._outer(),
        )
        result: list[ast.stmt] = [body, ast.Expr(call)]
        for flag in (loop.stop, loop.turn):
            if flag in inside:
                # The flag may have a value from the trace of another turn of the loop around.
                self.scope.names.add(flag)
                result.insert(0, _assign(flag, ast.Constant(False)))
        if node.orelse:
            part = self._part("orelse", node.orelse)
            guard = _runtime(
                "guard",
                _loads(leaving),
                _load(part.name),
                _names(self._assigned(node.orelse)),
                _names(self._live_after(node)),
                *self._outer(),
            )
            result += [ast.copy_location(part, node.orelse[0]), ast.Expr(guard)]
        return result, call

    def visit_Assert(self, node: ast.Assert) -> Any:
        message = self.visit(node.msg) if node.msg is not None else ast.Constant(None)
        test = self.visit(node.test)
        holds = ast.Assert(_runtime("holds", test), None if node.msg is None else message)
        return holds

    def visit_Raise(self, node: ast.Raise) -> Any:
        if node.exc is None:
            return node
        self.in_raise = True
        node.exc = _runtime("raised", self.visit(node.exc))
        self.in_raise = False
        node.cause = node.cause and _runtime("cause", self.visit(node.cause))
        return node

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        if self.scope.plain:
            return [s for old in body for s in _list(self.visit(old))]
        return self._block(body)

    # The old statements keep their blocks: the blocks around them look for jumps in the blocks.

    def visit_With(self, node: ast.With) -> Any:
        for item in node.items:
            item.context_expr = _runtime("manager", self.visit(item.context_expr))
            _place(item.context_expr, node)
        new = copy.copy(node)
        new.body = self._body(node.body)
        return new

    def visit_Try(self, node: ast.Try | ast.TryStar) -> Any:
        new = copy.copy(node)
        new.body = self._body(node.body)
        if node.handlers:
            every = _load("BaseException")
            kinds = [copied(h.type) if h.type else every for h in node.handlers]
            # A handler names one class, or a tuple of classes.
            thunk = _thunk(ast.Tuple([self.visit(kind) for kind in kinds], ast.Load()))
            new.body = [ast.With([ast.withitem(_runtime("catching", thunk))], new.body)]
            _place(new.body[0], node)
        new.handlers = []
        for handler in node.handlers:
            new.handlers.append(copy.copy(handler))
            new.handlers[-1].type = handler.type and self.visit(handler.type)
            first = ast.copy_location(ast.Expr(_runtime("caught")), handler.body[0])
            new.handlers[-1].body = [first, *self._body(handler.body)]
        new.orelse = self._unless_left(node)
        new.finalbody = self._body(node.finalbody) if node.finalbody else []
        return new

    visit_TryStar = visit_Try

    def _unless_left(self, node: ast.Try | ast.TryStar) -> list[ast.stmt]:
        """The `else` of a `try`, which does not run behind a jump out of the block in front."""
        flags = [] if self.scope.plain else self._flags(node.body)
        if not node.orelse or not flags:
            return self._body(node.orelse) if node.orelse else []
        part = self._part("else", node.orelse)
        names = [_names(self._assigned(node.orelse)), _names(self._live_after(node.orelse[-1]))]
        names += self._outer()
        result = [part, ast.Expr(_runtime("guard", _loads(flags), _load(part.name), *names))]
        for statement in result:
            _place(statement, node.orelse[0])
        return result

    def visit_Match(self, node: ast.Match) -> Any:
        node.subject = self.visit(node.subject)
        new = copy.copy(node)
        new.cases = []
        for case in node.cases:
            new.cases.append(copy.copy(case))
            new.cases[-1].guard = case.guard and self.visit(case.guard)
            new.cases[-1].body = self._body(case.body)
        return new

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return ast.Pass()
        return self.visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Import(self, node: ast.Import) -> Any:
        return [node, *self._substitutes(a.asname or a.name.partition(".")[0] for a in node.names)]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        return [node, *self._substitutes(a.asname or a.name for a in node.names if a.name != "*")]

    def _substitutes(self, names: Iterable[str]) -> list[ast.stmt]:
        return [_assign(name, _runtime("substitute", _load(name))) for name in names]

    def _made(self, old: ast.expr, value: ast.expr, target: ast.expr) -> ast.expr:
        """
        The value of an assignment. All new lists of one variable have one name, so that a loop can
        carry them.
        """
        if isinstance(old, ast.Tuple) and isinstance(value, ast.Tuple):
            targets = target.elts if isinstance(target, ast.Tuple) else old.elts
            if len(targets) == len(old.elts):
                value.elts = [self._made(*parts) for parts in zip(old.elts, value.elts, targets)]
            return value
        if not makes_list(old):
            return value
        match target:
            case ast.Name(id=name):
                place = f"{self.scope.node.lineno}:{name}"
            case ast.Attribute(attr=name):
                place = f"{self.cls}.{name}"
            case _:
                place = f"{old.lineno}:{old.col_offset}"
        name = ast.Constant(f"{self.file}:{place}")
        return ast.copy_location(_runtime("made", name, value), old)

    def visit_Assign(self, node: ast.Assign) -> Any:
        old = copy.copy(node.value)
        if isinstance(old, ast.Tuple):
            old.elts = [copy.copy(part) for part in old.elts]  # `visit` changes the parts.
        value = self._made(old, self.visit(node.value), node.targets[0])
        plain = all(isinstance(t, ast.Name) for t in node.targets)
        if plain or self.scope.plain:
            node.targets = [self.visit(t) for t in node.targets]
            node.value = value
            return node
        if len(node.targets) == 1:
            before, target, after = self._target(node.targets[0])
            if isinstance(target, ast.Name) and target.id.startswith(RUNTIME):
                # x[k] = v and x.a = v: the value goes straight into the array or the object.
                return [*before, *(self._written(node.targets[0], value))]
            return [*before, ast.Assign([target], value), *after]
        kept = self.fresh("assigned")
        result: list[ast.stmt] = [_assign(kept, value)]
        for one in node.targets:
            before, target, after = self._target(one)
            result += [*before, ast.Assign([target], _load(kept)), *after]
        return result

    def _written(self, target: ast.expr, value: ast.expr) -> list[ast.stmt]:
        if isinstance(target, ast.Attribute):
            name = ast.Constant(self._mangled(target.attr))
            return [ast.Expr(_runtime("setattr_", value=value, x=target.value, name=name))]
        assert isinstance(target, ast.Subscript)
        write = _runtime("setitem", value=value, x=target.value, key=target.slice)
        return [ast.Expr(write)]  # Python computes the value first, then the place.

    def _target(self, target: ast.expr) -> tuple[list[ast.stmt], ast.expr, list[ast.stmt]]:
        """
        Statements before an assignment, a target of plain names, and statements after it. Each
        place `x[k]` among the targets becomes a write after the assignment.
        """
        match target:
            case ast.Subscript():
                target.value, target.slice = self.visit(target.value), self._key(target.slice)
                name = self.fresh("part")
                write = _runtime("setitem", target.value, target.slice, _load(name))
                return [], _store(name), [ast.Expr(write)]
            case ast.Attribute():
                target.value = self.visit(target.value)
                name, attribute = self.fresh("part"), ast.Constant(self._mangled(target.attr))
                write = _runtime("setattr_", target.value, attribute, _load(name))
                return [], _store(name), [ast.Expr(write)]
            case ast.Tuple() | ast.List():
                parts = [self._target(t) for t in target.elts]
                target.elts = [t for _, t, _ in parts]
                after = [s for _, _, statements in parts for s in statements]
                return [], target, after
            case ast.Starred():
                before, inner, after = self._target(target.value)
                return before, ast.Starred(inner, ast.Store()), after
            case _:
                return [], self.visit(target), []

    def visit_Delete(self, node: ast.Delete) -> Any:
        found: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                owner, key = self.visit(target.value), self._key(target.slice)
                found.append(ast.Expr(_runtime("delete_item", owner, key)))
                continue
            target = self.visit(target)
            if isinstance(target, ast.Attribute):
                owner = _runtime("delete", target.value)
                _place(owner, target.value)
                target.value = owner
            found.append(ast.Delete([target]))
        return found

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        known: list[ast.expr] = []  # The old value, if `attempts` has it in front.
        match node.value:
            case ast.Call(ast.Attribute(ast.Name(id=name), "behind"), [first, last]) if (
                name == RUNTIME
            ):
                known, node.value = [first], last
        value = self.visit(node.value)
        operation = ast.Constant(type(node.op).__name__)
        x, key = self.fresh("owner"), self.fresh("key")
        then = dict(operation=operation, value=value)
        match node.target:
            case ast.Subscript() as target:
                of, at = self.visit(target.value), self._key(target.slice)
                # Before the value, as in Python.
                [old] = known or [_runtime("getitem", _load(x), _load(key))]
                write = _runtime("augment_item", _load(x), _load(key), old, **then)
                return [_assign(x, of), _assign(key, at), ast.Expr(write)]
            case ast.Attribute() as target:
                name = self._mangled(target.attr)
                [old] = known or [ast.Attribute(_load(x), name, ast.Load())]
                write = _runtime("augment_attribute", _load(x), ast.Constant(name), old, **then)
                return [_assign(x, self.visit(target.value)), ast.Expr(write)]
            case ast.Name(id=name):
                name = self._mangled(name)
                [old] = known or [_load(name)]
                return _assign(name, _runtime("augment", old, operation, value))
            case _:
                node.target, node.value = self.visit(node.target), value
                return node

    # Expressions.

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        node.value = self.visit(node.value)
        if not isinstance(node.ctx, ast.Load):
            node.slice = self.visit(node.slice)
            return node
        return _runtime("getitem", node.value, self._key(node.slice))

    def _key(self, key: ast.expr) -> ast.expr:
        """The key of a subscript as an expression of its own: `1:n` becomes `slice(1, n, None)`."""
        match key:
            case ast.Slice():
                parts = [
                    ast.Constant(None) if part is None else self.visit(part)
                    for part in (key.lower, key.upper, key.step)
                ]
                return ast.copy_location(_runtime("slice", *parts), key)
            case ast.Tuple():
                return ast.copy_location(
                    ast.Tuple([self._key(part) for part in key.elts], ast.Load()), key
                )
            case ast.Starred():
                return ast.copy_location(ast.Starred(self.visit(key.value), ast.Load()), key)
            case _:
                return self.visit(key)

    def visit_Name(self, node: ast.Name) -> Any:
        node.id = self._mangled(node.id)
        is_outer = not any(node.id in scope.locals for scope in self.scopes)
        if isinstance(node.ctx, ast.Load) and is_outer and node.id in self.substituted:
            return _runtime("substitute", node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        of_numpy = isinstance(node.value, ast.Name) and node.value.id in self.substituted
        node.value = self.visit(node.value)
        node.attr = self._mangled(node.attr)
        if of_numpy or not isinstance(node.ctx, ast.Load):
            return node
        return _runtime("attribute", node.value, ast.Constant(node.attr))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        """`f"{x} m"` becomes `_letgrad.joined(lambda a: f"{a} m", x)`: x may be one of texts."""
        if self.in_raise:
            return self.generic_visit(node)
        names: list[str] = []
        values: list[ast.expr] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                names.append(self.fresh("text"))
                values.append(self.visit(part.value))
                part.value = ast.copy_location(_load(names[-1]), part.value)
        if not names:
            return node
        function = _thunk(self.generic_visit(node))  # type: ignore[arg-type]
        function.args.args += [ast.arg(name) for name in names]
        return _runtime("joined", function, *values)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        node.value = self.visit(node.value)
        if self.in_raise:
            # The message may name a state that only traced values know.
            node.value = _runtime("shown_in_error", node.value)
            _place(node.value, node)
        if node.format_spec is not None:
            node.format_spec = self.generic_visit(node.format_spec)  # type: ignore[assignment]
            if node.conversion == -1:
                node.value = _runtime("shown", node.value)
                _place(node.value, node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        parts = self.visit(node.left), self.visit(node.right)
        return _runtime("binary", ast.Constant(type(node.op).__name__), *parts)

    def _mangled(self, name: str) -> str:
        """Python's private names: `__x` inside of a class C is `_C__x`."""
        private = name.startswith("__") and not name.endswith("__") and self.cls
        return f"_{self.cls}{name}" if private else name

    def visit_Call(self, node: ast.Call) -> Any:
        match node.func:
            case ast.Name(id="super") if not node.args and self.scopes:
                first = next(iter(self.scopes[self.method].arguments), None)
                if first is not None:
                    node.args = [_load("__class__"), _load(first)]
                return node
            case ast.Name(id=name) if name in UNTOUCHED:
                return self.generic_visit(node)
            case ast.Attribute(value=ast.Name(id=name), attr=own) if name == RUNTIME:
                self.in_raise, outer = own in ("failing", "raising"), self.in_raise
                node.args = [self.visit(a) for a in node.args]
                self.in_raise = outer
                return node
        match node.func:
            case ast.Attribute(value=ast.Subscript() as item, attr="append"):
                node.func = _runtime("appending", self.visit(item.value), self._key(item.slice))
            case ast.Attribute(
                value=ast.IfExp(test=test, body=ast.Name() as a, orelse=ast.Name() as b),
                attr="append",
            ):
                sides = ast.Tuple([self.visit(b), self.visit(a)], ast.Load())
                is_first = _runtime("not_", _runtime("not_", self.visit(test)))
                node.func = _runtime("appending", sides, is_first)
            case _:
                node.func = _runtime("callee", self.visit(node.func))
        node.args = [self.visit(a) for a in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> Any:
        return self._comprehension("list", node)

    def visit_SetComp(self, node: ast.SetComp) -> Any:
        return self._comprehension("set", node)

    def visit_Set(self, node: ast.Set) -> Any:
        node.elts = [self.visit(item) for item in node.elts]
        if all(isinstance(item, ast.Constant) for item in node.elts):
            return node
        return _runtime("set_of", ast.List(node.elts, ast.Load()))

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        return self._comprehension("generator", node)

    def _comprehension(self, kind: str, node: Any) -> ast.AST:
        parts = list(walk(node))
        # A function of an item would keep the item, and Python's keeps the last one.
        if not self._lazy([node]) or keeps_items(node):
            return self.generic_visit(node)
        if any(isinstance(n, ast.comprehension) and n.is_async for n in parts):
            return self.generic_visit(node)
        return self._listed(kind, node.generators, node.elt)

    def _listed(self, kind: str, loops: Sequence[ast.comprehension], element: ast.expr) -> ast.Call:
        """The items of a comprehension. Its inner loops make a list for each item of the first."""
        first, *others = loops
        has_tests = any(loop.ifs for loop in loops)
        over, target = self.visit(first.iter), self.visit(first.target)
        tests: list[ast.expr] = [_thunk(self.visit(test)) for test in first.ifs]
        make = self._listed("list", others, element) if others else self.visit(element)
        nested = ast.Constant(bool(others))
        turn = _runtime("turn", ast.Tuple(tests, ast.Load()), _thunk(make), nested)
        item = self.fresh("item")
        only = ast.Tuple([_load(item)], ast.Load())
        turns = ast.ListComp(turn, [ast.comprehension(target, only, [], 0)])
        run = _thunk(ast.Subscript(turns, ast.Constant(0), ast.Load()))
        run.args.args.append(ast.arg(item))
        return _runtime("listed", ast.Constant(kind), over, run, ast.Constant(has_tests))

    def _lazy(self, parts: Sequence[ast.expr]) -> bool:
        """Whether these parts can stand in functions of their own."""
        unfit = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
        return not any(isinstance(n, unfit) for part in parts for n in walk(part))

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        if not self._lazy(node.values[1:]):
            return self.generic_visit(node)
        function = "and_" if isinstance(node.op, ast.And) else "or_"
        first, *others = [self.visit(v) for v in node.values]
        return _runtime(function, first, *(_thunk(v) for v in others))

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        if not self._lazy([node.body, node.orelse]):
            return self.generic_visit(node)
        parts = (self.visit(node.body), self.visit(node.orelse))
        return _runtime("choose", self.visit(node.test), *map(_thunk, parts))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.Not):
            return _runtime("not_", operand)
        if isinstance(operand, ast.Constant):
            node.operand = operand
            return node
        return _runtime("unary", ast.Constant(type(node.op).__name__), operand)

    def visit_Compare(self, node: ast.Compare) -> Any:
        if (truth := python_flags.as_truth(node, self.scope.flags)) is not None:
            return self.visit(truth)
        operators = [type(op).__name__ for op in node.ops]
        if not self._lazy(node.comparators[1:]):
            return self.generic_visit(node)
        # The items of a set need no hash for the question whether a value is one of them.
        parts = [
            ast.List(v.elts, ast.Load())
            if isinstance(v, ast.Set) and name in ("In", "NotIn")
            else v
            for name, v in zip(operators, node.comparators)
        ]
        left, *others = [self.visit(v) for v in (node.left, *parts)]
        if len(others) == 1:
            return _runtime("compared", ast.Constant(operators[0]), left, *others)
        return _runtime("compare", _names(operators), left, *map(_thunk, others))


def _list(new: Any) -> list[ast.stmt]:
    return new if isinstance(new, list) else [new]
