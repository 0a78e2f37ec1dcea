"""
The order in which Python evaluates the parts of an expression.

`attempts` names the parts of an expression from left to right, where a call stands behind a part
that may fail: behind the error, Python does not call it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from types import BuiltinFunctionType, ModuleType
from typing import Any

from .function_source import RUNTIME, children, walk, walk_scope

QUIET = frozenset((
    "abs", "bool", "complex", "dict", "divmod", "enumerate", "float", "hasattr", "int",
    "isinstance", "issubclass", "len", "list", "pow", "print", "range", "repr", "reversed",
    "round", "set", "slice", "str", "super", "tuple", "type", "zip",
)) & frozenset(dir(builtins))  # fmt: skip
"""Functions of Python that change nothing."""

QUIET_MODULES = frozenset(("cmath", "math", "operator", "time"))
"""Modules of Python whose functions change nothing, apart from those in `CHANGES_ARGUMENTS`."""

CHANGES_ARGUMENTS = frozenset((
    "at", "copyto", "delitem", "fill_diagonal", "place", "put", "put_along_axis", "putmask",
    "setitem", "shuffle", *(f"i{name}" for name in (
        "add", "and", "concat", "floordiv", "lshift", "matmul", "mod", "mul", "or", "pow",
        "rshift", "sub", "truediv", "xor",
    )),
))  # fmt: skip
"""Functions of NumPy and of `operator` that change an argument."""

Place = tuple[ast.AST, str, int | None]
"""A node, the name of a field of it, and the index in this field if it is a list."""


def is_quiet(value: Any) -> bool:
    """Whether a value is a function of Python that is known to change no object."""
    if not isinstance(value, BuiltinFunctionType):
        return False
    owner = value.__self__
    if not isinstance(owner, ModuleType):
        return False  # A method of an object, as in push = items.append.
    if owner is builtins:
        return value.__name__ in QUIET
    name = owner.__name__.lstrip("_")
    return name in QUIET_MODULES and value.__name__ not in CHANGES_ARGUMENTS


class Quiet:
    """Which calls change nothing: those of functions of libraries, by the names of a program."""

    def __init__(self, libraries: frozenset[str] = frozenset()):
        self.names = libraries | QUIET

    def may_change(self, node: ast.AST) -> bool:
        """Whether a node itself, without its parts, may change a variable or an object."""
        if not isinstance(node, ast.Call) or _is_of_runtime(node):
            return False
        path: list[str] = []
        function = node.func
        while isinstance(function, ast.Attribute):
            path.append(function.attr)
            function = function.value
        if not (isinstance(function, ast.Name) and function.id in self.names):
            return True
        path.append(function.id)
        is_drawn = "random" in path[:-1]
        return (
            is_drawn or path[0] in CHANGES_ARGUMENTS or any(k.arg == "out" for k in node.keywords)
        )

    def changes(self, node: ast.AST) -> bool:
        return any(map(self.may_change, walk(node)))

    def change_behind_errors(self, nodes: Sequence[ast.AST]) -> bool:
        """Whether a part that may change something runs behind a part that may fail."""
        failed = False
        for node in (inner for outer in nodes for inner in _in_order(outer)):
            if failed and self.may_change(node):
                return True
            failed = failed or _is_risk(node)
        return False

    def places_in_front(self, node: ast.expr) -> list[Place]:
        """
        The places of the operands that need names, from left to right: those up to the last one
        behind which, or in which, a call may change something.
        """
        places = [place for place in operands(node) if not _is_constant(at(place))]
        lazy = any(self.changes(part) for part in _lazy(node))
        if self.may_change(node) or lazy:
            risky = [k for k, place in enumerate(places) if any(map(_is_risk, walk(at(place))))]
        else:
            risky = [k for k, place in enumerate(places) if self.changes(at(place))]
        return places[: risky[-1] + 1] if risky else []


def operands(node: ast.AST) -> Iterator[Place]:
    """The places of the operands that Python evaluates in any case, in its order."""
    match node:
        case ast.BinOp():
            yield from ((node, "left", None), (node, "right", None))
        case ast.UnaryOp():
            yield node, "operand", None
        case ast.Compare():
            yield from ((node, "left", None), (node, "comparators", 0))
        case ast.BoolOp():
            yield node, "values", 0
        case ast.IfExp():
            yield node, "test", None
        case ast.Attribute() | ast.Starred() | ast.FormattedValue():
            yield node, "value", None
        case ast.Subscript():
            yield node, "value", None
            yield from _of_displays(node, "slice")
        case ast.Slice():
            for name in ("lower", "upper", "step"):
                if getattr(node, name) is not None:
                    yield node, name, None
        case ast.Call():
            match node.func:
                case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                    pass
                case ast.Attribute(value=owner) as method:
                    if not _is_path(owner):
                        yield method, "value", None
                case ast.Name():
                    pass
                case _:
                    yield node, "func", None
            for k in range(len(node.args)):
                yield from _of_displays(node, "args", k)
            for keyword in node.keywords:
                yield from _of_displays(keyword, "value")
        case ast.Tuple() | ast.List() | ast.Set():
            for k in range(len(node.elts)):
                yield from _of_displays(node, "elts", k)
        case ast.Dict():
            for k, key in enumerate(node.keys):
                if key is not None:
                    yield from _of_displays(node, "keys", k)
                yield from _of_displays(node, "values", k)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield node.generators[0], "iter", None


def parts_of_call(call: ast.Call) -> list[Place]:
    """The places of the object of the method that is called, and of its arguments."""
    return [(call.func, "value", None), *(p for p in operands(call) if p[0] is not call.func)]


def target_parts(target: ast.Attribute | ast.Subscript) -> list[Place]:
    """The places of the operands of a target."""
    return [place for place in operands(target) if not _is_constant(at(place))]


def _of_displays(node: ast.AST, name: str, k: int | None = None) -> Iterator[Place]:
    """The place, or those in its display: a tuple, a slice or a starred value stays."""
    part = at((node, name, k))
    if isinstance(part, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Slice | ast.Starred):
        yield from operands(part)
    elif not isinstance(part, ast.Lambda):
        yield node, name, k


def at(place: Place) -> ast.expr:
    node, name, k = place
    part = getattr(node, name)
    return part if k is None else part[k]


def put(place: Place, new: ast.expr) -> None:
    node, name, k = place
    if k is None:
        setattr(node, name, new)
    else:
        getattr(node, name)[k] = new


def _lazy(node: ast.AST) -> list[ast.AST]:
    """The parts that Python evaluates behind the operands, or not at all, or many times."""
    match node:
        case ast.BoolOp():
            return [*node.values[1:]]
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.Compare():
            return [*node.comparators[1:]]
        case ast.DictComp():
            return [node.key, node.value, *node.generators[0].ifs, *node.generators[1:]]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return [node.elt, *node.generators[0].ifs, *node.generators[1:]]
        case ast.JoinedStr():
            return [*node.values]
    return []


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """A node and its parts, those that Python evaluates first in front."""
    if isinstance(node, ast.Lambda):
        return
    parts = children(node)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        parts.sort(key=lambda part: not isinstance(part, ast.comprehension))
    if isinstance(node, ast.IfExp):
        parts = [node.test, node.body, node.orelse]
    for part in parts:
        yield from _in_order(part)
    yield node


def _is_risk(node: ast.AST) -> bool:
    """Whether values may decide that Python raises an error for a node itself."""
    match node:
        case ast.Call():
            return not _is_of_runtime(node)
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=ast.Constant(value=number)):
            return not number
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow()):
            return True
        case ast.Subscript():
            return not _is_constant(node.slice)
    return False


def _is_of_runtime(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(value=ast.Name(id=name)):
            return name == RUNTIME
    return False


def _is_constant(node: ast.AST) -> bool:
    kinds = (ast.Constant, ast.Slice, ast.Tuple, ast.UnaryOp, ast.unaryop)
    return all(isinstance(n, kinds) for n in walk(node))


def _is_path(node: ast.expr) -> bool:
    """Whether an expression is a name, or an attribute of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def own_variables(node: ast.FunctionDef) -> frozenset[str]:
    """The variables of a function that no function that it calls can set."""
    given = node.args
    names = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    names |= {a.arg for a in (given.vararg, given.kwarg) if a is not None}
    names |= {n.id for n in walk_scope(node.body) if isinstance(n, ast.Name) and _is_stored(n)}
    for n in ast.walk(node):
        if isinstance(n, ast.Nonlocal | ast.Global):
            names -= {*n.names}
    return frozenset(names)


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
