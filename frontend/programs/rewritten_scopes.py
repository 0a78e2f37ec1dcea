"""
The functions that are being rewritten, and their loops: what their statements need of the whole.
"""

from __future__ import annotations

import ast

from . import python_flags
from .function_source import NODES, RUNTIME, FunctionNode, is_generator, walk, walk_scope
from .jumps import generator_blocks, jumps, leaves, restructured
from .liveness import COMPREHENSIONS, Liveness, assigned

VALUE = f"{RUNTIME}_value"


class Loop:
    """The names of the flags of a loop."""

    def __init__(self, stop: str, turn: str):
        self.stop, self.turn = stop, turn


class Scope:
    """A function that is being rewritten."""

    def __init__(self, node: FunctionNode):
        self.node = node
        self.flags = python_flags.flags(node)
        arguments = node.args
        self.arguments = [
            a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        ]
        self.arguments += [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        inside = list(walk_scope(body))
        self.globals = {x for n in inside if isinstance(n, ast.Global) for x in n.names}
        self.nonlocals = {x for n in inside if isinstance(n, ast.Nonlocal) for x in n.names}
        self.locals = {*self.arguments, *assigned(body)} - self.globals - self.nonlocals
        self.locals |= {
            n.id
            for c in inside
            if isinstance(c, COMPREHENSIONS)
            for g in c.generators
            for n in walk(g.target)
            if isinstance(n, ast.Name)
        }
        self.lent = self.locals & {
            name
            for n in inside
            if isinstance(n, NODES)
            for m in walk(n)
            if isinstance(m, ast.Nonlocal)
            for name in m.names
        }
        """Variables that inner functions assign."""
        self.inner = {
            m.id
            for n in inside
            if isinstance(n, (*NODES, ast.ClassDef))
            for m in walk(n)
            if isinstance(m, ast.Name)
        }
        """Names in inner functions and classes."""
        self.is_generator = not isinstance(node, ast.Lambda) and is_generator(node)
        self.plain = isinstance(node, ast.Lambda | ast.AsyncFunctionDef) or self.is_generator
        """Whether the statements stay as they are: in a generator only some can move."""
        self.movable: set[ast.AST] = set()
        """The statements of a generator that can stand in functions of their own."""
        self.loops: list[Loop] = []
        self.names: set[str] = set()
        self.flagged = False

    def analyse(self) -> None:
        assert not isinstance(self.node, ast.Lambda)
        self.flagged = jumps(self.node.body)
        if self.flagged and not leaves(self.node.body):
            end = ast.copy_location(ast.Return(None), self.node.body[-1])
            self.node.body.append(end)
        self.node.body = restructured(self.node.body)
        # A `return` behind an `if` that raises stands in the other branch of it now.
        self.flagged = jumps(self.node.body)
        self.live = Liveness.of(self.node)

    def find_movable(self) -> None:
        """Prepares the statements of a generator, of which those without `yield` can move."""
        assert isinstance(self.node, ast.FunctionDef)
        self.node.body, movable = generator_blocks(self.node.body)
        self.movable = set(movable)
        self.live = Liveness.of(self.node)

    def declared(self) -> list[ast.stmt]:
        """A statement that never runs. It makes names variables of this function."""
        names = sorted(self.names - set(self.arguments) - self.globals)
        names += [VALUE] if self.flagged and VALUE not in names else []
        if not names:
            return []
        stores: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
        return [ast.If(ast.Constant(False), [ast.Assign(stores, ast.Constant(None))], [])]
