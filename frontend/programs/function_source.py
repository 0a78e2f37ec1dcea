"""
The source of a Python function as a syntax tree, and a function from a changed tree.

The tree keeps the lines and columns of the user's file, so that errors and tracebacks name them.
The new function has the globals, the closure and the defaults of the old one.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from types import CellType, CodeType, FunctionType
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

NODES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)
"""Statements, and the parts of statements that hold statements."""

RUNTIME = "_letgrad"
"""The name by which a rewritten function reaches the functions of letgrad. All names that letgrad
adds to a function begin so."""


class NoSource(Exception):
    """letgrad cannot find the source of a function. The message says why."""


@functools.lru_cache(maxsize=64)
def _tree(text: str, filename: str) -> ast.Module:
    return ast.parse(text, filename)


@functools.lru_cache(maxsize=64)
def _functions(text: str, filename: str) -> list[FunctionNode]:
    """All functions of a file."""
    return [node for node in walk(_tree(text, filename)) if isinstance(node, NODES)]


@functools.lru_cache(maxsize=64)
def _definitions(text: str, filename: str) -> list[FunctionNode]:
    """
    The functions of a file that have a name. They are statements, so nobody looks into expressions,
    which are most of the tree.
    """
    found: list[FunctionNode] = []
    pending: list[ast.AST] = [_tree(text, filename)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node)
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            pending += getattr(node, name, ())
    return found


def _lines(fn: FunctionType) -> list[str]:
    """The lines of a function's file. Errors: OSError or TypeError if there are none."""
    name = fn.__code__.co_filename
    linecache.checkcache(name)
    # `inspect` first looks up the files of all modules, which takes 0.1 s after large imports.
    return linecache.getlines(name, fn.__globals__) or inspect.findsource(fn.__code__)[0]


def function_node(fn: FunctionType) -> FunctionNode:
    """
    The syntax tree of a function, with the lines of its file.

    Errors: `NoSource` for a function without a source, as in an `exec` of text.
    """
    code = fn.__code__
    try:
        lines = _lines(fn)
        nodes = _functions if code.co_name == "<lambda>" else _definitions
        functions = nodes("".join(lines), code.co_filename)
    except (OSError, TypeError, IndentationError, SyntaxError) as error:
        raise NoSource(f"its source cannot be read ({error})") from None
    found = [node for node in functions if _is_of(node, code)]
    if len(found) > 1:
        # Several lambdas can stand on a line. The instructions tell the columns of the right one.
        found = [node for node in found if _holds(node, code)]
    if not found:
        raise NoSource(f"{code.co_filename} does not contain it any more")
    # An inner lambda holds its own instructions, and the outer one holds them too.
    return max(found, key=lambda node: (node.lineno, node.col_offset))


def _is_of(node: ast.AST, code: CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name != code.co_name:
        return False
    return code.co_firstlineno in (node.lineno, *(d.lineno for d in node.decorator_list))


def _holds(node: ast.AST, code: CodeType) -> bool:
    """Whether the first and the last instruction of a code stand inside of the body of a lambda."""
    if not isinstance(node, ast.Lambda):
        return True
    body = node.body
    begin, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    places = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in list(code.co_positions())
        if line is not None and column is not None and (line, column) != (code.co_firstlineno, 0)
    ]
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    same = list(code.co_varnames[: len(names)]) == names
    return same and (begin, end) in places and all(begin <= p and q <= end for p, q in places)


def is_generator(node: FunctionNode) -> bool:
    """Whether the function itself, and not a function inside of it, yields or awaits."""
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    return any(isinstance(n, ast.Yield | ast.YieldFrom | ast.Await) for n in walk_scope(body))


def children(node: ast.AST) -> list[ast.AST]:
    """
    What `ast.iter_child_nodes` gives but for the contexts of names, in a third of its time: the
    walks over its source are a fourth of the time for which letgrad traces a program.
    """
    found: list[ast.AST] = []
    parts = node.__dict__
    for name in node._fields:
        part = parts.get(name)
        if isinstance(part, list):
            found += [x for x in part if isinstance(x, ast.AST)]
        elif isinstance(part, ast.AST) and name != "ctx":
            found.append(part)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """What `ast.walk` gives but for the contexts of names."""
    found = [node]
    for inner in found:
        found += children(inner)
    return found


def copied(node: Any) -> Any:
    """A copy of a syntax tree, and of the nodes in it: a fast `copy.deepcopy`."""
    if node.__class__ is list:
        return [copied(x) for x in node]
    if not isinstance(node, ast.AST) or isinstance(node, ast.expr_context):
        return node
    new = node.__class__()
    new.__dict__.update({name: copied(part) for name, part in node.__dict__.items()})
    return new


def walk_scope(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of one scope: functions and classes inside of it are given, and not entered."""
    pending = list(reversed(nodes))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*NODES, ast.ClassDef)):
            pending.extend(reversed(children(node)))


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code, and all codes inside of it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def compiled(
    definition: ast.FunctionDef, names: Sequence[str], like: CodeType, flags: int = 0
) -> CodeType:
    """
    The code of a function definition in which `names` are variables of a function around it.
    """
    factory = ast.FunctionDef(
        name=f"{RUNTIME}_factory",
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(arg=name) for name in names],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=[definition],
        decorator_list=[],
    )
    ast.copy_location(factory, definition)
    module = ast.fix_missing_locations(ast.Module([factory], []))
    code = compile(module, like.co_filename, "exec", flags=flags, dont_inherit=True)
    for inner in codes(code):
        if inner.co_name == definition.name:
            return _named(inner, like)
    raise AssertionError(f"the code of {definition.name} is missing")


def _named(code: CodeType, like: CodeType) -> CodeType:
    """The code with the user's name in tracebacks, also for the parts that letgrad split off."""
    constants = tuple(
        _named(c, like) if isinstance(c, CodeType) and _is_part(c) else c for c in code.co_consts
    )
    return code.replace(co_consts=constants, co_name=like.co_name, co_qualname=like.co_qualname)


def _is_part(code: CodeType) -> bool:
    return code.co_name.startswith(RUNTIME)


def function_like(fn: FunctionType, code: CodeType, extra: dict[str, Any]) -> Callable[..., Any]:
    """
    A function of the code, with the globals, the variables and the defaults of `fn`. `extra` has
    the values of variables that `fn` does not have.
    """
    cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or ()))
    closure = tuple(
        cells[name] if name in cells else CellType(extra[name]) for name in code.co_freevars
    )
    made = FunctionType(code, fn.__globals__, fn.__name__, fn.__defaults__, closure)
    made.__kwdefaults__ = fn.__kwdefaults__
    made.__qualname__ = fn.__qualname__
    made.__module__ = fn.__module__
    return made


@functools.cache
def _libraries() -> tuple[str, ...]:
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({f"{path}/" for k in kinds if (path := sysconfig.get_paths().get(k))})


def is_users(fn: FunctionType) -> bool:
    """Whether a function is the user's own: neither of letgrad nor of an installed library."""
    name = fn.__globals__.get("__name__", "") or ""
    if (
        name == "letgrad"
        or name.startswith("letgrad.")
        or name.partition(".")[0] in ("numpy", "scipy")
    ):
        return False
    if fn.__globals__.get("__letgrad_library__", False):
        return False
    return not fn.__code__.co_filename.startswith(_libraries())


MAKE_CONTAINERS = {"Counter", "OrderedDict", "defaultdict", "deque", "dict", "list", "set"}


def makes_list(value: ast.expr) -> bool:
    """Whether an expression makes a new list, deque, set or dict."""
    match value:
        case ast.List() | ast.ListComp() | ast.Set() | ast.Dict() | ast.DictComp():
            return True
        case ast.BinOp(op=ast.Mult()):
            return isinstance(value.left, ast.List) or isinstance(value.right, ast.List)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in MAKE_CONTAINERS
    return False
