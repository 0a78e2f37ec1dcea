"""
Which variables a statement assigns, and which variables are read after it.

A variable is live at a place if some way from there reads its value. A loop or a branch hands on
only the variables that it assigns and that are live after it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .function_source import NODES, FunctionNode, children, walk, walk_scope

Names = frozenset[str]
NONE: Names = frozenset()

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def assigned(nodes: Sequence[ast.AST]) -> list[str]:
    """The variables of this scope that the statements assign or delete, in order."""
    return list(dict.fromkeys(_stores(nodes)))


def _stores(nodes: Iterable[ast.AST]) -> Iterable[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
                continue
            case ast.Lambda():
                continue
            case ast.Import() | ast.ImportFrom():
                yield from (a.asname or a.name.partition(".")[0] for a in node.names)
            case ast.ExceptHandler() if node.name:
                yield node.name
            case ast.MatchAs() | ast.MatchStar() if node.name:
                yield node.name
            case ast.MatchMapping() if node.rest:
                yield node.rest
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                # The targets are variables of the comprehension; those of := are not.
                walrus = (n.target for n in walk(node) if isinstance(n, ast.NamedExpr))
                yield from (target.id for target in walrus)
                continue
        yield from _stores(children(node))


def reads(node: ast.AST | None) -> Names:
    """
    The names that an expression or a statement reads, those of inner functions too. The targets of
    a comprehension are its own.
    """
    if node is None:
        return NONE
    found: set[str] = set()
    pending = [node]
    while pending:
        n = pending.pop()
        if isinstance(n, ast.Name):
            if isinstance(n.ctx, ast.Load):
                found.add(n.id)
        elif isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name):
            found.add(n.target.id)
        if not isinstance(n, COMPREHENSIONS):
            pending += children(n)
            continue
        first, *_ = n.generators
        inside = [x for x in children(n) if x is not first]
        inside += [x for x in children(first) if x is not first.iter]
        targets = {t.id for g in n.generators for t in walk(g.target) if isinstance(t, ast.Name)}
        pending.append(first.iter)
        found.update(*(reads(x) - targets for x in inside))
    return frozenset(found)


def _kept(node: FunctionNode) -> Names:
    """Variables that inner functions and classes name: these can be read at any time."""
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    found: set[str] = set()
    for n in walk_scope(body):
        if isinstance(n, (*NODES, ast.ClassDef)):
            found |= {m.id for m in walk(n) if isinstance(m, ast.Name)}
            found |= {name for m in walk(n) if isinstance(m, ast.Nonlocal) for name in m.names}
        elif isinstance(n, ast.Global | ast.Nonlocal):
            found.update(n.names)
    return frozenset(found)


def _surely_stored(test: ast.expr) -> Names:
    """The variables that a test assigns, if each of its parts runs."""
    lazy = (ast.BoolOp, ast.IfExp, ast.Lambda, *COMPREHENSIONS)
    for n in walk(test):
        if isinstance(n, lazy) or (isinstance(n, ast.Compare) and len(n.ops) > 1):
            return NONE
    return frozenset(_stores([test]))


def _jumps(node: ast.AST) -> set[type]:
    """Whether a statement holds a `break` or a `continue` of the loop around it: their classes."""
    if isinstance(node, ast.Break | ast.Continue):
        return {type(node)}
    if isinstance(node, (ast.expr, *NODES, ast.ClassDef)):
        return set()
    inner = node.orelse if isinstance(node, ast.For | ast.While) else children(node)
    return {kind for n in inner for kind in _jumps(n)}


@dataclass
class Liveness:
    """
    The live variables of a function. `after[statement]` are live after a statement, `head[loop]`
    are live before each turn of a loop, and `end[loop]` when its last turn has ended.
    """

    kept: Names
    after: dict[ast.stmt, Names] = field(default_factory=dict)
    head: dict[ast.stmt, Names] = field(default_factory=dict)
    end: dict[ast.stmt, Names] = field(default_factory=dict)
    _reads: dict[ast.AST, Names] = field(default_factory=dict)
    _stored: dict[ast.AST, Names] = field(default_factory=dict)
    """What nodes read and store: a loop around a statement looks at the statement several times."""

    @staticmethod
    def of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Liveness:
        result = Liveness(_kept(node))
        result.block(node.body, NONE, NONE, NONE)
        return result

    def _reads_of(self, node: ast.AST | None) -> Names:
        if node is None:
            return NONE
        if (found := self._reads.get(node)) is None:
            found = self._reads[node] = reads(node)
        return found

    def _stores(self, node: ast.AST) -> Names:
        if (found := self._stored.get(node)) is None:
            found = self._stored[node] = frozenset(_stores([node]))
        return found

    def block(self, body: Sequence[ast.stmt], out: Names, stop: Names, turn: Names) -> Names:
        """
        The variables that are live before a block. `out` are live after it, `stop` after a `break`
        in it, and `turn` after a `continue`.
        """
        for statement in reversed(body):
            # Behind a jump, the program leaves the statement too, with a flag, and its variables
            # go on to where the jump leads.
            jumps = _jumps(statement)
            left = (stop if ast.Break in jumps else NONE) | (
                turn if ast.Continue in jumps else NONE
            )
            self.after[statement] = self.after.get(statement, NONE) | out | left | self.kept
            out = self.before(statement, out, stop, turn)
        return out

    def before(self, node: ast.stmt, out: Names, stop: Names, turn: Names) -> Names:
        match node:
            case ast.Return() | ast.Raise():
                return self._reads_of(node)
            case ast.Break():
                return stop
            case ast.Continue():
                return turn
            case ast.If():
                inside = self.block(node.body, out, stop, turn)
                inside |= self.block(node.orelse, out, stop, turn)
                return self._reads_of(node.test) | (inside - _surely_stored(node.test))
            case ast.While() | ast.For():
                return self._loop(node, out, stop, turn)
            case ast.With():
                inside = self.block(node.body, out, stop, turn)
                items = frozenset().union(*(self._reads_of(item) for item in node.items))
                return items | (inside - frozenset(_stores(node.items)))
            case ast.Try() | ast.TryStar():
                # An error can come at any place, so nothing that a handler reads ever dies inside.
                inner = frozenset().union(
                    *(self._reads_of(s) for h in node.handlers for s in h.body),
                    *(self._reads_of(s) for s in (*node.orelse, *node.finalbody)),
                )
                out = out | inner | stop | turn
                self._all_live(node, out)
                return self._reads_of(node) | out
            case ast.Match():
                cases = [self.block(case.body, out, stop, turn) for case in node.cases]
                return frozenset().union(self._reads_of(node), out, *cases)
            case ast.AugAssign() | ast.Delete():
                return (out - self._stores(node)) | self._reads_of(node)
            case _:
                return (out - self._stores(node)) | self._reads_of(node)

    def _all_live(self, node: ast.Try | ast.TryStar, out: Names) -> None:
        blocks = [node.body, *(h.body for h in node.handlers), node.orelse, node.finalbody]
        everything = out | self._reads_of(node)
        for body in blocks:
            self.block(body, everything, everything, everything)

    def _loop(self, node: ast.For | ast.While, out: Names, stop: Names, turn: Names) -> Names:
        end = self.block(node.orelse, out, stop, turn)
        if isinstance(node, ast.For):
            test, targets = NONE, self._stores(node.target)
            around = self._reads_of(node.iter)
        else:
            test, targets, around = self._reads_of(node.test), self._stores(node.test), NONE
        head = end | out | test
        while True:
            inside = self.block(node.body, head, out, head)
            wider = head | (inside - targets) | test | self._reads_of(getattr(node, "target", None))
            if wider == head:
                break
            head = wider
        self.end[node] = self.end.get(node, NONE) | end | out | self.kept
        self.head[node] = self.head.get(node, NONE) | head | self.kept
        return head | around


CONSUMERS = {
    *("all", "any", "dropwhile", "filter", "list", "map", "max", "min", "reduce", "sorted", "sum"),
    "takewhile",
}
"""Functions that call the functions among their arguments at once, or soon."""


def keeps_items(comprehension: ast.AST) -> bool:
    """Whether a comprehension makes functions that name its items."""
    calls = [n for n in walk(comprehension) if isinstance(n, ast.Call)]
    consumed = {
        id(argument)
        for call in calls
        if getattr(call.func, "id", getattr(call.func, "attr", None)) in CONSUMERS
        for argument in (*call.args, *(k.value for k in call.keywords))
    }
    kept = [n for n in walk(comprehension) if isinstance(n, ast.Lambda) and id(n) not in consumed]
    names = {
        n.id
        for loop in walk(comprehension)
        if isinstance(loop, ast.comprehension)
        for n in walk(loop.target)
        if isinstance(n, ast.Name)
    }
    return any(isinstance(n, ast.Name) and n.id in names for f in kept for n in walk(f.body))
