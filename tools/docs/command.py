"""
`letgrad docs`: finds the page of a name, and prints it or writes it.

The pages are Markdown. In a terminal, the command prints them without entities and backslashes.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
from xdsl.universe import Universe

from ...lowering import backends
from ...passes.rewriting.diagnostics import LetgradError
from .. import opt, source
from . import extend_page, markdown, pages
from .definitions import TESTS, load_rules, ops_of_class, public_names, rule_names

Makers = dict[str, list[Callable[[], str]]]
"""Names, and the functions that make their pages: a backend and a target may have one name."""


def _makers(
    tool: opt.LetgradOptMain, letgrad: argparse.ArgumentParser, tests: Path | None
) -> Makers:
    """All pages with a fixed name, of letgrad and of any xDSL package of this environment."""
    dialects = Universe.get_multiverse().all_dialects
    targets: dict[str, Any] = tool.available_targets  # the functions that load them
    makers: Makers = {}

    def add(name: str, make: Callable[[], str]) -> None:
        makers.setdefault(name, []).append(make)

    for name, load in targets.items():
        add(name, lambda load=load: pages.pass_page(load(), None))
    for name, load in tool.available_passes.items():
        add(name, lambda load=load: pages.pass_page(load(), tests))
    for name, load in dialects.items():
        add(name, lambda load=load: pages.dialect_page(load(), tests))
    for name in backends.names():
        add(name, lambda name=name: pages.backend_page(name))
    for name in public_names():
        for spelled in (name, f"lg.{name}", f"letgrad.{name}"):
            add(spelled, lambda name=name: pages.function_page(name))
    for name in ("python-api", "lg"):
        add(name, pages.api_page)
    for name, make in extend_page.by_name().items():
        add(name, make)
    add("passes", lambda: pages.passes_page(tests))
    add("targets", pages.targets_page)
    add("rules", pages.rules_page)
    add("tables-of-rules", pages.tables_page)
    add("commands", lambda: pages.commands_page(letgrad))
    add("environment-variables", pages.settings_page)
    return makers


def _named(name: str, letgrad: argparse.ArgumentParser, tests: Path | None) -> str | None:
    """The pages of all things with a name, in one text; None for an unknown name."""
    tool = opt.LetgradOptMain([])
    if found := _makers(tool, letgrad, tests).get(name):
        return "\n".join(make() for make in found)
    package, _, function = name.partition(".")
    if package in ("np", "numpy") and function:
        return pages.numpy_page(function)
    if "." in name and (op := tool.ctx.get_optional_op(name)) is not None:
        return pages.op_page(op, tests)
    if ops := ops_of_class(name):
        return "\n".join(pages.op_page(op, tests) for op in ops)
    return pages.rule_page(name) or extend_page.found(name)


def add_command(commands: Any, letgrad: argparse.ArgumentParser) -> None:
    """Add `letgrad docs` to the commands of `letgrad`. It prints the options of `letgrad` too."""
    parser = commands.add_parser(
        "docs",
        allow_abbrev=False,
        help="print the documentation of an op, a pass, a dialect, a rule or a function",
        description="Print the documentation of an op, a pass, a dialect, a target, a "
        "backend, a rule, a function of letgrad (lg.grad) or NumPy (np.sum), or of the dialects "
        "and passes of a Python module. Without a name, print all names; with -o, "
        "write the whole reference, as Markdown.",
    )
    parser.add_argument(
        "name", nargs="?", help="such as ten.sum, gradient, ten, lg.grad, np.sum, my.dialect"
    )
    parser.add_argument(
        "-o", dest="output", metavar="DIR", help="write pages in Markdown into this folder"
    )
    parser.add_argument(
        "--tests",
        metavar="DIR",
        help="FileCheck tests to take examples from: DIR/dialects/NAME and DIR/passes/NAME "
        "(default: letgrad's, in a source tree)",
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of errors")
    parser.set_defaults(run=lambda options: _run(options, letgrad))


def _run(options: argparse.Namespace, letgrad: argparse.ArgumentParser) -> int:
    tests = Path(options.tests) if options.tests else TESTS
    load_rules()
    if options.name is None and options.output is None:
        found = {"index.md": pages.index_page()}
    elif options.name is None:
        found = pages.all_pages(letgrad, tests)
    elif (text := _named(options.name, letgrad, tests)) is not None:
        found = {f"{options.name}.md": text}
    elif importable(options.name):
        found = pages.module_pages(options.name, tests)
    else:
        raise LetgradError(
            f"there is no op, pass, dialect, target, backend, rule, function or Python module "
            f"'{options.name}'; {_hint(options.name, letgrad)}"
        )
    if options.output is None:
        print(markdown.shown("\n".join(found.values())), end="")
    else:
        for name, text in found.items():
            source.write(Path(options.output) / name, text)
    return 0


def _hint(name: str, letgrad: argparse.ArgumentParser) -> str:
    """The known name that is closest, or how to see all names."""
    tool = opt.LetgradOptMain([])
    package, _, function = name.partition(".")
    known = {*_makers(tool, letgrad, None)}
    if package in ("np", "numpy") and function:
        known |= {f"{package}.{each}" for each in dir(numpy) if not each.startswith("_")}
    elif (dialect := tool.ctx.get_optional_dialect(package)) is not None:
        known |= {op.name for op in dialect.operations}
    known |= rule_names()
    if close := difflib.get_close_matches(name, known, 1, cutoff=0.75):
        return f"did you mean '{close[0]}'?"
    return "letgrad docs lists the names"


def importable(name: str) -> bool:
    """Whether a module of that name exists. The import of the module may still fail."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
    except (Exception, SystemExit):  # from a package around the module
        return True
