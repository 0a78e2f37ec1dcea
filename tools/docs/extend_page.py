"""The pages about `letgrad.extend`: one for all of its names, and one for each."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import Any

from .definitions import PACKAGE, attribute_docstrings, docstring, summary
from .markdown import escaped, fenced, prose


def door() -> Any:
    """`letgrad.extend`. It stands above all layers, so only a call of this function imports it."""
    return importlib.import_module(f"{PACKAGE}.extend")


def groups() -> dict[str, list[str]]:
    """The names of the door by subject: in its source, a title follows each list of names."""
    found: dict[str, list[str]] = {}
    for statement, after in pairwise(ast.parse(inspect.getsource(door())).body):
        if isinstance(statement, ast.Assign | ast.AugAssign) and isinstance(after, ast.Expr):
            found[ast.literal_eval(after.value)] = ast.literal_eval(statement.value)
    return found


def said(name: str) -> str:
    """The docstring of a name, at its definition."""
    module, there = door().home(name)
    # A table, a constant and a type have their docstring in the string after them.
    constants = attribute_docstrings(importlib.import_module(module)) if there else {}
    return constants.get(there) or docstring(getattr(door(), name))


def signature(name: str) -> str:
    """The signature of a function or class, or nothing for a thing that nobody can call."""
    value = getattr(door(), name)
    if not (inspect.isfunction(value) or inspect.isclass(value)) or value.__name__ == "<lambda>":
        return ""
    try:
        text = str(inspect.signature(value)).replace("'", "")
        # Python shows a function among the defaults by its address, which differs in each run.
        return name + re.sub(r"<function .*? at 0x[0-9a-f]+>", "…", text)
    except (TypeError, ValueError):
        return name


def name_page(name: str, level: int = 1) -> str:
    """A name of the door, in Markdown."""
    parts = [f"{'#' * level} extend.{name}", prose(said(name))]
    if form := signature(name):
        parts.insert(1, fenced("py", form))
    if inspect.ismodule(value := getattr(door(), name)):
        functions = sorted((n, f) for n, f in vars(value).items() if _is_public(f, n, value))
        lines = [f"- `{name}.{n}`: {escaped(summary(docstring(f)))}" for n, f in functions]
        parts.append("\n".join(lines))
    return "\n\n".join(filter(None, parts)) + "\n"


def _is_public(function: Any, name: str, module: ModuleType) -> bool:
    own = inspect.isfunction(function) and function.__module__ == module.__name__
    return own and not name.startswith("_")


def found(name: str) -> str | None:
    """
    The page of a name of the door without `extend.` in front, or of a function in a module of the
    door, such as `types.ints`; None if there is none.
    """
    name = name.removeprefix(f"{PACKAGE}.").removeprefix("extend.")
    first, _, function = name.partition(".")
    if name == "extend":
        return page()
    if first not in door().__all__:
        return None
    if not function:
        return name_page(name)
    value = getattr(getattr(door(), first), function, None)
    if not inspect.isfunction(value):
        return None
    form = fenced("py", f"{name}{inspect.signature(value)}".replace("'", ""))
    return "\n\n".join([f"# {name}", form, prose(docstring(value))]) + "\n"


def page() -> str:
    """All names of the door, in Markdown."""
    parts = ["# letgrad.extend\n", prose(docstring(door())) + "\n"]
    for title, names in groups().items():
        parts.append(f"## {title}\n")
        parts.append("\n".join(f"- `{n}`: {escaped(summary(said(n)))}" for n in names) + "\n")
        parts += [name_page(name, 3) for name in names]
    return "\n".join(parts)


def by_name() -> dict[str, Callable[[], str]]:
    """The function that makes each page, by the name that the user gives to `letgrad docs`."""
    names = {f"extend.{name}": lambda name=name: name_page(name) for name in door().__all__}
    return {"extend": page, **names}
