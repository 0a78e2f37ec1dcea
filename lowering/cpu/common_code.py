"""
Functions that the machine code of many programs calls, such as the one that joins the sums of
parts. LLVM takes as long for one of them as for a nest. So a process compiles each of them once,
and modules only declare it.

A library that has to run without this process (`ahead`) keeps the definitions in its module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .instructions import Scalars

PREFIX = "letgrad.common."
"""The names of these functions begin with it."""

_NAMES = re.compile(rf"@({re.escape(PREFIX)}[\w.]+)")

PLAIN = "; LLVM's passes save nothing here\n"
"""The first line of a module that is compiled as it is."""

QUICK = "; code of loads, stores and calls\n"
"""The first line of a module that the code generator compiles as fast as it can."""

_modules: dict[str, str] = {}
"""The module of each function that this process wrote, by the function's name."""


def share(code: Scalars, name: str, head: str, writer: Scalars, is_plain: bool = False) -> str:
    """
    Declare a function for `code`, and give its name. `writer` has its lines, and `head` is its
    arguments and attributes. The name says all that the function depends on. A plain function is
    compiled as it is, without LLVM's passes.
    """
    name = PREFIX + name
    body = "\n".join(writer.lines)
    text = f"void @{name}{head} {{\nentry:\n{body}\n  ret void\n}}"
    if name not in _modules:
        module = "\n".join([*writer.declared.values(), f"define {text}", ""])
        _modules[name] = PLAIN + module if is_plain else module
    code.declared |= writer.declared
    return code.declare(name, f"define internal {text}")


def share_module(name: str, text: str, is_plain: bool = True) -> None:
    """
    Let modules declare and call a function, whose module this is. If it is plain, it is compiled as
    it is, without LLVM's passes.
    """
    _modules.setdefault(name, PLAIN + text if is_plain else text)


def module_of(name: str) -> str:
    """The module with this function alone."""
    return _modules[name]


def declaration(definition: str) -> str:
    """The declaration of a function of this kind, for its definition."""
    return definition.split(" {", 1)[0].replace("define internal", "declare")


def names_in(texts: Iterable[str]) -> list[str]:
    """The names of the functions of this kind that modules call."""
    return list(dict.fromkeys(name for text in texts for name in _NAMES.findall(text)))
