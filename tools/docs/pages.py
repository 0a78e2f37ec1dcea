"""
Pages in Markdown from the facts that `definitions.py` finds: dialects, passes, targets, tables of
rules, options, backends, rules, the Python API, and functions of NumPy.

`letgrad docs` prints these pages and writes them. `make docs` makes a site from them.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from xdsl.ir import Attribute, Dialect, Operation
from xdsl.irdl import IRDLOperation, ParametrizedAttribute
from xdsl.passes import ModulePass
from xdsl.utils.target import Target

from ...dialects import upstream
from ...lowering import backends
from ...passes.rewriting import rule_tables, settings
from ...passes.rewriting.diagnostics import LetgradError
from .. import opt, source
from . import extend_page
from .definitions import (
    PACKAGE,
    TABLES,
    TESTS,
    about,
    all_rewrites,
    attribute_docstrings,
    constraint,
    constructor,
    docstring,
    example_of_op,
    example_of_pass,
    file_of,
    load_rules,
    number,
    option_docs,
    own_dialects,
    passes,
    public_names,
    rewrites,
    rule_of,
    summary,
    syntax,
    table_rules,
    targets,
)
from .markdown import code, escaped, fenced, prose, table

# Ops.


def _parts(op: type[Operation]) -> str:
    """Operands, results, properties, attributes and regions, as a table."""
    if not issubclass(op, IRDLOperation):
        return ""
    definition = op.get_irdl_definition()
    seen: set[str] = set()

    def wanted(d: Any) -> str:
        """A constraint in words; for a variable that the table has already, its name."""
        text = constraint(d)
        if text in seen and ": " in text:
            return text.partition(": ")[0]
        seen.add(text)
        return text

    rows = [
        (kind, code(name), wanted(d) if kind != "region" else "", number(d))
        for kind, parts in (
            ("operand", definition.operands),
            ("result", definition.results),
            ("region", definition.regions),
        )
        for name, d in parts
    ]
    for kind, parts in (
        ("property", definition.properties),
        ("attribute", definition.attributes),
    ):
        for name, d in parts.items():
            optional = "optional" if type(d).__name__.startswith("Opt") else ""
            rows.append((kind, code(name), constraint(d), optional))
    return table(["", "name", "constraint", "number"], rows) if rows else ""


def _traits(op: type[Operation]) -> str:
    traits = op.traits.traits if hasattr(op.traits, "traits") else ()
    names = {type(t).__name__ for t in traits}
    return ", ".join(sorted(n for n in names if not n.startswith("_")))


def _rules(op: type[Operation]) -> str:
    found = [(code(t.name), escaped(said)) for t in TABLES if (said := rule_of(t, op))]
    return table(["table", "rule"], found) if found else ""


def op_page(op: type[Operation], tests: Path | None = TESTS, level: int = 2) -> str:
    """The page of an op, in Markdown; of the op on numbers, if tensors have one of its name."""
    op = upstream.on_numbers(op) or op
    parts = [f"{'#' * level} {op.name}", prose(docstring(op))]
    if form := syntax(op):
        parts.append(fenced("mlir", form))
    parts.append(_parts(op))
    if made := constructor(op):
        parts.append(f"In Python: {code(made)}.")
    if traits := _traits(op):
        parts.append(f"Traits: {escaped(traits)}.")
    parts.append(_rules(op))
    if example := example_of_op(op.name, tests):
        parts += ["Example:", fenced("mlir", example)]
    return "\n\n".join(filter(None, parts)) + "\n"


def attribute_page(attribute: type[Attribute], level: int = 2) -> str:
    parts = [f"{'#' * level} {attribute.name}", prose(docstring(attribute))]
    if issubclass(attribute, ParametrizedAttribute):
        # Upstream has an attribute without such a definition. Its parameters are not known.
        parameters = getattr(attribute.get_irdl_definition(), "parameters", ())
        rows = [(code(name), constraint(c)) for name, c in parameters]
        if rows:
            parts.append(table(["parameter", "constraint"], rows))
    return "\n\n".join(filter(None, parts)) + "\n"


def dialect_page(dialect: Dialect, tests: Path | None = TESTS) -> str:
    """All ops, attributes and types of a dialect, in Markdown."""
    operations = sorted(dialect.operations, key=lambda op: op.name)
    parts = [f"# The dialect `{dialect.name}`\n"]
    if operations:
        parts.append(prose(about(dialect, operations[0])) + "\n")
    parts += [op_page(op, tests) for op in operations]
    if attributes := sorted(dialect.attributes, key=lambda a: a.name):
        parts += [attribute_page(a) for a in attributes]
    return "\n".join(parts)


# Passes.


def pass_page(
    cls: type[ModulePass] | type[Target], tests: Path | None = TESTS, level: int = 2
) -> str:
    """The page of a pass or a target, in Markdown."""
    parts = [f"{'#' * level} {cls.name}", prose(docstring(cls))]
    # If a module has one pass, the contract of the pass is in the docstring of the module.
    module = inspect.getmodule(cls)
    about = inspect.cleandoc((module and module.__doc__) or "")
    contract = about.partition("\n\n")[2]
    alone = (
        sum(
            isinstance(v, type) and v.__module__ == cls.__module__ and issubclass(v, ModulePass)
            for v in vars(module).values()
        )
        == 1
    )
    if alone and re.search(r"^(Needs|Keeps|Leaves):", contract, re.M):
        parts.append(prose(contract))
    options = list(option_docs(cls))
    if options:
        rows = [
            (code(name), escaped(type), code(default), escaped(said))
            for name, type, default, said in options
        ]
        parts.append(table(["option", "type", "default", "meaning"], rows))
    if (example := example_of_pass(cls.name, tests)) is not None:
        before, pipeline, after = example
        parts += [
            "Before:",
            fenced("mlir", before),
            f"After `-p '{pipeline}'`:",
            fenced("mlir", after),
        ]
    return "\n\n".join(filter(None, parts)) + "\n"


def passes_page(tests: Path | None = TESTS) -> str:
    parts = ["# Passes\n", "`letgrad-opt -p 'name{option=value},…'` runs them.\n"]
    return "\n".join([*parts, *(pass_page(cls, tests) for cls in passes())])


def targets_page() -> str:
    parts = ["# Targets\n", "`letgrad-opt -t 'name{option=value}'` prints by them.\n"]
    return "\n".join([*parts, *(pass_page(cls, None) for cls in targets())])


# Tables, commands, settings, Python.


def tables_page() -> str:
    """The form of a rule in each table, the ops with a rule, and the equations of these rules."""
    said = attribute_docstrings(cast(Hashable, rule_tables))
    parts = ["# Tables of rules\n", prose(inspect.cleandoc(rule_tables.__doc__ or "")) + "\n"]
    for t in TABLES:
        ops = sorted((op for op in t if getattr(op, "name", None)), key=lambda op: op.name)
        parts += [
            f"## {t.name}\n",
            prose(said.get(t.name, "")) + "\n",
            fenced("text", f"@{t.name}.rule(MyOp): {t.signature}") + "\n",
            table(["op", "rule"], ((code(op.name), escaped(rule_of(t, op))) for op in ops)) + "\n",
        ]
    return "\n".join(parts)


def command_page(parser: argparse.ArgumentParser, level: int = 2) -> str:
    """The options of a command, in Markdown."""
    parts = [f"{'#' * level} {parser.prog}", escaped(parser.description or "")]
    commands: dict[str, argparse.ArgumentParser] = {}
    rows: list[Sequence[str]] = []
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            commands |= action.choices
            continue
        if action.help == argparse.SUPPRESS or action.dest == "help":
            continue
        value = action.metavar or ("|".join(map(str, action.choices or ())) or action.dest.upper())
        name = ", ".join(action.option_strings) or action.dest
        shown = f"{name} {value}" if action.option_strings and action.nargs != 0 else name
        rows.append((code(shown), escaped((action.help or "").replace("%%", "%"))))
    if rows:
        parts.append(table(["option", "meaning"], rows))
    if parser.epilog:
        parts.append(fenced("text", inspect.cleandoc(parser.epilog)))
    parts += [command_page(p, level + 1) for p in commands.values()]
    return "\n\n".join(filter(None, parts)) + "\n"


def commands_page(letgrad: argparse.ArgumentParser) -> str:
    """The options of letgrad-opt and of `letgrad`. The caller hands in the parser of `letgrad`."""
    parsers = (opt.LetgradOptMain([]).parser, letgrad)
    return "\n".join(["# Options of the commands\n", *map(command_page, parsers)])


def settings_page() -> str:
    """The environment variables that letgrad reads."""
    for module in ("lowering.cpu.backend", "tools.opt"):
        importlib.import_module(f"{PACKAGE}.{module}")
    rows = [
        (code(s.name), escaped(s.default), escaped(s.meaning))
        for _, s in sorted(settings.SETTINGS.items())
    ]
    return f"# Environment variables\n\n{table(['variable', 'default', 'meaning'], rows)}\n"


def function_page(name: str, level: int = 2) -> str:
    """A public function of `letgrad`, in Markdown."""
    function = getattr(importlib.import_module(PACKAGE), name)
    signature = str(inspect.signature(function)).replace("'", "")
    parts = [f"{'#' * level} {name}", fenced("py", f"lg.{name}{signature}")]
    parts.append(prose(inspect.cleandoc(function.__doc__ or "")))
    return "\n\n".join(parts) + "\n"


def api_page() -> str:
    parts = ["# The Python API\n", fenced("py", "import letgrad as lg") + "\n"]
    return "\n".join([*parts, *map(function_page, public_names())])


def all_pages(letgrad: argparse.ArgumentParser, tests: Path | None = TESTS) -> dict[str, str]:
    """
    The reference of letgrad: pages in Markdown, by file name. `letgrad` is the parser of the
    command `letgrad`.
    """
    load_rules()
    return {
        **{f"dialect-{d.name}.md": dialect_page(d, tests) for d in own_dialects()},
        "passes.md": passes_page(tests),
        "targets.md": targets_page(),
        "tables-of-rules.md": tables_page(),
        "commands.md": commands_page(letgrad),
        "environment-variables.md": settings_page(),
        "python-api.md": api_page(),
        "extend.md": extend_page.page(),
    }


# Other things with a name: backends, functions of NumPy, rules.


def backend_page(name: str, level: int = 1) -> str:
    """A backend, in Markdown: the docstrings of its module and its compiler, and its options."""
    compiler = backends.compiler(name)
    parts = [f"{'#' * level} The backend `{name}`", prose(_about_backend(name))]
    parts.append(f'`lg.jit(f, backend="{name}")` and `letgrad run --backend {name}` use it.')
    options = list(inspect.signature(compiler).parameters.values())[2:]
    if options:
        rows = [(code(p.name), code(str(p.default))) for p in options]
        parts.append(table(["option of `lg.jit`", "default"], rows))
    return "\n\n".join(parts) + "\n"


def _about_backend(name: str) -> str:
    """The docstrings of a backend's compiler, and of its module if that is a room of its own."""
    compiler = backends.compiler(name)
    module = inspect.getmodule(compiler)
    of_module = inspect.cleandoc((module is not backends and module and module.__doc__) or "")
    of_module = of_module.removeprefix(f"The backend `{name}`: ")  # the title says this already
    return "\n\n".join(filter(None, [of_module[:1].upper() + of_module[1:], docstring(compiler)]))


def numpy_page(name: str, level: int = 1) -> str | None:
    """
    The support of traced arrays for `numpy.<name>`, in Markdown; None if NumPy has no function of
    that name.
    """
    from ...frontend import coverage, numpy_functions  # here, since other pages need no tracing

    function = numpy_functions.find(name)
    title = f"{'#' * level} np.{name}"
    if (rule := numpy_functions.UFUNC_RULES.get(name)) is not None:
        operands = ", ".join(["x", "y"][: getattr(function, "nin", 1)])
        parts = [title, fenced("py", f"np.{name}({operands}, dtype=None)")]
        parts += [prose(docstring(rule)), escaped(coverage.UFUNCS)]
    elif (rule := numpy_functions.FUNCTION_RULES.get(name)) is not None:
        known = inspect.signature(rule)
        bare = [p.replace(annotation=p.empty) for p in known.parameters.values()]
        signature = known.replace(parameters=bare, return_annotation=known.empty)
        parts = [title, fenced("py", f"np.{name}{signature}"), prose(docstring(rule))]
        if rest := _other_parameters(function, known):
            parts.append(f"These parameters must be left at their defaults: {rest}.")
    elif name in numpy_functions.REFUSED:
        parts = [title, "letgrad cannot trace it: the shape of the result depends on values."]
    elif callable(function):
        parts = [
            title,
            "letgrad does not trace it: a call with a traced array raises a `TypeError` that names "
            "the function and your line. Arrays that are not traced go to NumPy itself.",
        ]
    else:
        return None
    parts.append("`docs/numpy-coverage.md` lists the parts of NumPy that can be traced.")
    return "\n\n".join(filter(None, parts)) + "\n"


def _other_parameters(function: Any, known: inspect.Signature) -> str:
    """The parameters of NumPy's function that a rule does not know."""
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in known.parameters.values()):
        return ""
    try:
        theirs = inspect.signature(function).parameters
    except (TypeError, ValueError):  # the function is in C, or not in this version of NumPy
        return ""
    return ", ".join(code(name) for name in theirs if name not in known.parameters)


def rule_page(name: str, level: int = 1) -> str | None:
    """The rules of this name, in Markdown: rewrites, and functions in tables; None without any."""
    parts: list[str] = []
    for cls in rewrites(name):
        parts += [f"{'#' * level} The rule `{name}`", prose(docstring(cls))]
        parts.append(f"A rewrite rule in `{file_of(cls)}`.")
    for t, rule, ops in table_rules(name):
        parts += [f"{'#' * level} The rule `{name}` of the table `{t.name}`"]
        parts += [prose(docstring(rule)), f"For {', '.join(map(code, sorted(ops)))}."]
        parts.append(f"In `{file_of(rule)}`.")
    return "\n\n".join(filter(None, parts)) + "\n" if parts else None


def rules_page() -> str:
    """All rewrite rules, with the line that says what each rewrites."""
    lines = [f"- {code(c.__name__)}: {code(summary(docstring(c)))}" for c in all_rewrites()]
    return "# The rewrite rules\n\n" + "\n".join(lines) + "\n"


def index_page() -> str:
    """All names that `letgrad docs` knows of letgrad, in groups, with a line for each."""

    def group(title: str, rows: Iterable[tuple[str, str]]) -> str:
        lines = [f"- {code(name)}: {escaped(said)}".rstrip(": ") for name, said in rows]
        return f"## {title}\n\n" + "\n".join(lines) + "\n"

    def said(cls: Any) -> str:
        return summary(docstring(cls))

    def of_module(doc: str) -> str:
        """The summary of a module, without the name at its start: the line has the name already."""
        return summary(doc).partition("`: ")[2]

    package = importlib.import_module(PACKAGE)
    functions = [
        (f"lg.{n}", summary(inspect.getdoc(getattr(package, n)) or "")) for n in public_names()
    ]
    dialects = [
        (d.name, of_module(about(d, next(iter([*d.operations, *d.attributes])))))
        for d in own_dialects()
    ]
    machines = [(name, summary(_about_backend(name))) for name in backends.names()]
    return "\n".join(
        [
            "# The names for `letgrad docs NAME`\n",
            group("Dialects", dialects),
            group("Passes", ((cls.name, said(cls)) for cls in passes())),
            group("Targets", ((cls.name, said(cls)) for cls in targets())),
            group("Backends", machines),
            group("Functions of Python", functions),
            group("Pages", PAGES.items()),
            group("And by their names", OTHERS.items()),
        ]
    )


PAGES = {
    "passes": "all passes",
    "targets": "all targets",
    "rules": "all rewrite rules, with what each rewrites",
    "tables-of-rules": "the form of a rule in each table, and the ops that have a rule",
    "commands": "the options of letgrad-opt and letgrad",
    "environment-variables": "the variables that letgrad reads",
    "python-api": "all functions of Python",
}

OTHERS = {
    "ten.gather": "an op of any installed dialect",
    "np.sum": "how far letgrad can trace a function of NumPy",
    "GatherOutside": "a rule, by the name of its class or function",
    "my.dialect": "the dialects and passes of a Python module",
}


# Modules of other packages.


def _dialects_of(module: ModuleType) -> list[Dialect]:
    return [v for v in vars(module).values() if isinstance(v, Dialect)]


def module_pages(name: str, tests: Path | None = None) -> dict[str, str]:
    """
    The reference of the dialects and passes that a Python module defines or imports, by file name.

    Errors: `LetgradError` if Python cannot import the module, or if the module has neither
            dialects nor passes.
    """
    load_rules()
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise LetgradError(f"{name} cannot be imported: {source.explain(error)}") from error
    found = {f"dialect-{d.name}.md": dialect_page(d, tests) for d in _dialects_of(module)}
    own = [
        v
        for v in vars(module).values()
        if isinstance(v, type) and issubclass(v, ModulePass) and v.__module__ == name
    ]
    found |= {f"{p.name}.md": pass_page(p, tests, 1) for p in own}
    if not found:
        raise LetgradError(f"{name} has no dialect and no pass")
    return found
