"""
Reference pages from the definitions: dialects, passes, tables of rules, options, the Python API.

What a page says stands in the code once: docstrings, IRDL definitions, options and their
docstrings, rules, parsers of arguments. Examples are functions of the FileCheck tests, where these
are at hand: the program of an op's round trip, and what a pass makes of a program now.

`letgrad docs` prints these pages and writes them; `make docs` makes a site of them.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from xdsl.ir import Attribute, Dialect, Operation
from xdsl.irdl import (
    AnyAttr,
    BaseAttr,
    EqAttrConstraint,
    IRDLOperation,
    OptOperandDef,
    OptRegionDef,
    OptResultDef,
    ParametrizedAttribute,
    VarConstraint,
    VarOperandDef,
    VarRegionDef,
    VarResultDef,
)
from xdsl.passes import ModulePass, get_pass_option_infos
from xdsl.universe import Universe
from xdsl.utils.arg_spec import ArgSpecConvertible
from xdsl.utils.target import Target

from ...dialects import ten
from ...passes.rewriting import rule_tables, settings
from ...passes.rewriting.diagnostics import LetgradError, handling
from ...passes.rewriting.rule_tables import RuleTable
from .. import opt, source

PACKAGE = __name__.partition(".")[0]
ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "filecheck"
"""The FileCheck tests: in a source tree, and not in a wheel."""

TABLES: tuple[RuleTable, ...] = tuple(
    v for v in vars(rule_tables).values() if isinstance(v, RuleTable)
)


# Docstrings.


def docstring(definition: Any) -> str:
    """What a class or function says of itself, or nothing: not what its base says."""
    doc = vars(definition).get("__doc__") if isinstance(definition, type) else definition.__doc__
    doc = inspect.cleandoc(doc or "")
    # A dataclass without a docstring gets its signature for one.
    return "" if doc.startswith(f"{getattr(definition, '__name__', '')}(") else doc


def summary(doc: str) -> str:
    """The first paragraph, in one line."""
    return " ".join(doc.partition("\n\n")[0].split())


@cache
def attribute_docstrings(owner: Hashable) -> dict[str, str]:
    """The strings that follow assignments in a class or module, by the name that is assigned."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cast(Any, owner))))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else tree.body
    found: dict[str, str] = {}
    for statement, after in pairwise(body):
        if isinstance(statement, ast.AnnAssign):
            target = statement.target
        elif isinstance(statement, ast.Assign):
            target = statement.targets[0]
        else:
            continue
        if (
            isinstance(target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[target.id] = inspect.cleandoc(after.value.value)
    return found


def option_docs(cls: type[ArgSpecConvertible]) -> Iterator[tuple[str, str, str, str]]:
    """The options of a pass or target: name, type, default, what its docstring says."""
    said: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] not in ("builtins", "xdsl", "abc", "typing"):
            said |= attribute_docstrings(base)
    for info in get_pass_option_infos(cls):  # type: ignore[type-var]
        if info.name != "name":
            default = "" if info.default_value is None else str(info.default_value)
            type = opt.plain_type(info.expected_type)
            yield info.name, type, default, said.get(info.name, "")


# Markdown.

_FIELD = re.compile(r"([A-Z][\w ]*):(?:\s{2,}(.*)|$)")


def escaped(text: str) -> str:
    """Text outside of code, such that Markdown shows it as it is."""
    parts = re.split(r"(`[^`]*`)", text)
    for i in range(0, len(parts), 2):
        part = parts[i].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts[i] = re.sub(r"([\\*_\[\]])", r"\\\1", part)
    return "".join(parts)


def prose(doc: str) -> str:
    """
    A docstring in Markdown: paragraphs, what is set off by four spaces as code, and lines such as
    `Shapes:  x (n…)` as a list.
    """
    out: list[str] = []
    kind = ""

    def close() -> None:
        if kind == "code":
            while out[-1] == "":
                out.pop()
            out.append("```")
        if out and out[-1] != "":
            out.append("")

    for line in doc.splitlines():
        field = _FIELD.match(line)
        indent = len(line) - len(line.lstrip())
        if not line:
            if kind == "code":
                out.append("")
            else:
                close()
                kind = ""
        elif kind in ("field", "item") and indent >= 2:
            out.append(f"  {escaped(line.strip())}")
        elif indent >= 4:
            if kind != "code":
                close()
                out.append("```text")
                kind = "code"
            out.append(line[4:])
        elif field is not None or line.startswith("- "):
            if kind not in ("field", "item"):
                close()
            text = f"**{field[1]}:** {escaped(field[2] or '')}" if field else escaped(line[2:])
            out.append(f"- {text}".rstrip())
            kind = "field" if field else "item"
        else:
            if kind not in ("text", ""):
                close()
            out.append(escaped(line))
            kind = "text"
    close()
    return "\n".join(out).strip()


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        shown = (" ".join(cell.split()).replace("|", "&#124;") for cell in cells)
        return f"| {' | '.join(shown)} |"

    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])


def code(text: str) -> str:
    """Text in a line, as code."""
    return f"`{text}`" if text else ""


# Ops.


def constraint(c: Any) -> str:
    """What a constraint of IRDL wants, in words."""
    if isinstance(c, VarConstraint):
        inner = constraint(c.constraint)
        return c.name if inner == "any" else f"{c.name}: {inner}"
    if isinstance(c, AnyAttr):
        return "any"
    if isinstance(c, BaseAttr):
        return getattr(c.attr, "name", c.attr.__name__)
    if isinstance(c, EqAttrConstraint):
        return str(c.attr)
    if (inner := getattr(c, "constraint", getattr(c, "constr", None))) is not None:
        return constraint(inner)
    if (several := getattr(c, "attr_constrs", None)) is not None:
        return " or ".join(map(constraint, several))
    if (base := getattr(c, "base_attr", None)) is not None:
        return getattr(base, "name", base.__name__)
    return type(c).__name__


def _number(definition: Any) -> str:
    if isinstance(definition, (OptOperandDef, OptResultDef, OptRegionDef)):
        return "optional"
    if isinstance(definition, (VarOperandDef, VarResultDef, VarRegionDef)):
        return "any number"
    return ""


def syntax(op: type[Operation]) -> str:
    """How an op is written, or nothing where its docstring shows it."""
    if (said := getattr(op, "SYNTAX", None)) is not None:
        return said
    if issubclass(op, ten.TenOp):
        names = [name for name, _ in op.get_irdl_definition().operands]
        names = ["x", "y"] if names == ["xs"] else names
        parts = [op.name, ", ".join(f"%{name}" for name in names)]
        parts += ["dim 0"] * op.DIMENSION + [f"{name} [0, 1]" for name in op.LISTS]
        types = ", ".join(f"type of {name}" for name in names) or "result"
        return " ".join(p for p in parts if p) + f" : {types}{'' if op.ONE_TYPE else ' -> result'}"
    if issubclass(op, IRDLOperation) and (form := op.get_irdl_definition().assembly_format):
        return f"{op.name} {form}"
    return "" if op.name in docstring(op) else f'"{op.name}"(operands) : (types) -> (types)'


def _parts(op: type[Operation]) -> str:
    """Operands, results, properties, attributes and regions, as a table."""
    if not issubclass(op, IRDLOperation):
        return ""
    definition = op.get_irdl_definition()
    seen: set[str] = set()

    def wanted(d: Any) -> str:
        """What a constraint wants; of a variable that was there before, its name."""
        text = constraint(d)
        if text in seen and ": " in text:
            return text.partition(": ")[0]
        seen.add(text)
        return text

    rows = [
        (kind, code(name), wanted(d) if kind != "region" else "", _number(d))
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


def rule_of(table: RuleTable, op: type[Operation]) -> str:
    """What a table has for an op, in words; empty where it has nothing."""
    if (reason := table.reason(op)) is not None:
        return f"never: {reason}"
    return "" if table.find(op) is None else table.equation(op) or "yes"


def _rules(op: type[Operation]) -> str:
    found = [(code(t.name), escaped(said)) for t in TABLES if (said := rule_of(t, op))]
    return table(["table", "rule"], found) if found else ""


def op_page(op: type[Operation], tests: Path | None = TESTS, level: int = 2) -> str:
    """All about an op, in Markdown."""
    parts = [f"{'#' * level} {op.name}", prose(docstring(op))]
    if form := syntax(op):
        parts.append(fenced("mlir", form))
    parts.append(_parts(op))
    if traits := _traits(op):
        parts.append(f"Traits: {escaped(traits)}.")
    parts.append(_rules(op))
    if example := example_of_op(op.name, tests):
        parts += ["Example:", fenced("mlir", example)]
    return "\n\n".join(filter(None, parts)) + "\n"


def attribute_page(attribute: type[Attribute], level: int = 2) -> str:
    parts = [f"{'#' * level} {attribute.name}", prose(docstring(attribute))]
    if issubclass(attribute, ParametrizedAttribute):
        # Upstream has one without, whose parameters are not known.
        parameters = getattr(attribute.get_irdl_definition(), "parameters", ())
        rows = [(code(name), constraint(c)) for name, c in parameters]
        if rows:
            parts.append(table(["parameter", "constraint"], rows))
    return "\n\n".join(filter(None, parts)) + "\n"


def _about(dialect: Dialect, op: type[Operation]) -> str:
    """What the package around an op that has its dialect says of that, or else the op's module."""
    names = accumulate(op.__module__.split("."), lambda package, name: f"{package}.{name}")
    around = [m for name in names if (m := sys.modules.get(name)) is not None]
    having = [m for m in around if any(v is dialect for v in vars(m).values())]
    docs = (m.__doc__ for m in (*reversed(having), *around[-1:]))
    return inspect.cleandoc(next(filter(None, docs), ""))


def dialect_page(dialect: Dialect, tests: Path | None = TESTS) -> str:
    """All ops, attributes and types of a dialect, in Markdown."""
    operations = sorted(dialect.operations, key=lambda op: op.name)
    parts = [f"# The dialect `{dialect.name}`\n"]
    if operations:
        parts.append(prose(_about(dialect, operations[0])) + "\n")
    parts += [op_page(op, tests) for op in operations]
    if attributes := sorted(dialect.attributes, key=lambda a: a.name):
        parts += [attribute_page(a) for a in attributes]
    return "\n".join(parts)


# Examples, from FileCheck tests.

_FUNCTION = re.compile(r"^func\.func .*?^}$", re.MULTILINE | re.DOTALL)
_CHECKS = re.compile(r"^\s*//\s*[A-Z_-]*(?:CHECK|RUN)[A-Z-]*:.*\n?", re.MULTILINE)
_PIPELINE = re.compile(r"RUN:.*letgrad-opt\b.*?\s(?:-p|--passes)[ =](?:'([^']+)'|(\S+))")


def _functions(path: Path) -> list[str]:
    """The functions of a test, without what is checked."""
    text = _CHECKS.sub("", path.read_text(encoding="utf-8"))
    return sorted(_FUNCTION.findall(text), key=lambda f: f.count("\n"))


def example_of_op(name: str, tests: Path | None) -> str:
    """The shortest function with an op in the tests of its dialect's round trips."""
    if tests is None:
        return ""
    dialect, _, op = name.partition(".")
    mentions = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
    paths = sorted(tests.glob(f"dialects/{dialect}/*.mlir"))
    paths = [p for p in paths if not p.stem.endswith("invalid")]
    for path in sorted(paths, key=lambda p: p.stem != op):
        for function in _functions(path):
            # How attributes are written is not what one wants to see first.
            if mentions.search(function) and "@attributes" not in function:
                return function
    return ""


def example_of_pass(name: str, tests: Path | None) -> tuple[str, str, str] | None:
    """
    A short function in the tests of a pass that it changes, the pipeline there, and what comes out.
    """
    if tests is None:
        return None
    tool = opt.LetgradOptMain([])
    for path in sorted(tests.glob(f"passes/{name}/*.mlir")):
        text = path.read_text(encoding="utf-8")
        for run in _PIPELINE.finditer(text):
            pipeline = run[1] or run[2]
            if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", pipeline):
                continue
            for function in _functions(path)[:8]:
                after = _output(tool, pipeline, function)
                if after is not None and after.strip() != _output(tool, "", function):
                    return function, pipeline, after
    return None


def _output(tool: opt.LetgradOptMain, pipeline: str, program: str) -> str | None:
    """What passes make of a program, without the module around it; None if they report something"""
    reported: list[Any] = []
    with handling(reported.append):
        try:
            module = source.parse(tool.ctx.clone(), program)
            for a_pass in tool.parse_passes(pipeline):
                a_pass.apply(tool.ctx, module)
        except LetgradError:
            return None
    if reported:
        return None
    return "\n".join(str(op) for op in module.ops).strip()


# Passes.


def pass_page(
    cls: type[ModulePass] | type[Target], tests: Path | None = TESTS, level: int = 2
) -> str:
    """All about a pass or a target, in Markdown."""
    parts = [f"{'#' * level} {cls.name}", prose(docstring(cls))]
    # The contract is that of the module, where the module is that of one pass.
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


def passes() -> list[type[ModulePass]]:
    """All passes of letgrad, by name."""
    available = opt.LetgradOptMain([]).available_passes
    found = (factory() for _, factory in sorted(available.items()))
    return [cls for cls in found if cls.__module__.startswith(f"{PACKAGE}.")]


def targets() -> list[type[Target]]:
    """All targets of letgrad, by name."""
    available: dict[str, Any] = opt.LetgradOptMain([]).available_targets
    found = (factory() for _, factory in sorted(available.items()))
    return [cls for cls in found if cls.__module__.startswith(f"{PACKAGE}.")]


def passes_page(tests: Path | None = TESTS) -> str:
    parts = ["# Passes\n", "`letgrad-opt -p 'name{option=value},…'` runs them.\n"]
    return "\n".join([*parts, *(pass_page(cls, tests) for cls in passes())])


def targets_page() -> str:
    parts = ["# Targets\n", "`letgrad-opt -t 'name{option=value}'` prints by them.\n"]
    return "\n".join([*parts, *(pass_page(cls, None) for cls in targets())])


# Tables, commands, settings, Python.


def tables_page() -> str:
    """What a rule is in each table, which ops have one, and the equations of these rules."""
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


def commands_page() -> str:
    from ..cli import argument_parser

    parsers = (opt.LetgradOptMain([]).parser, argument_parser())
    return "\n".join(["# Options of the commands\n", *map(command_page, parsers)])


def settings_page() -> str:
    """The environment variables that are read."""
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


def public_names() -> list[str]:
    package = importlib.import_module(PACKAGE)
    return [name for name in package.__all__ if not name.startswith("_")]


def api_page() -> str:
    parts = ["# The Python API\n", fenced("py", "import letgrad as lg") + "\n"]
    return "\n".join([*parts, *map(function_page, public_names())])


# All of it.


def own_dialects() -> list[Dialect]:
    from ..universe import LETGRAD_UNIVERSE

    return [load() for _, load in sorted(LETGRAD_UNIVERSE.all_dialects.items())]


@cache
def load_rules() -> None:
    """Load all modules with rules: passes, targets and backends bring theirs."""
    passes()
    targets()
    importlib.import_module(f"{PACKAGE}.tools.testing.conform")


def pages(tests: Path | None = TESTS) -> dict[str, str]:
    """The reference of letgrad: pages in Markdown, by file name."""
    load_rules()
    return {
        **{f"dialect-{d.name}.md": dialect_page(d, tests) for d in own_dialects()},
        "passes.md": passes_page(tests),
        "targets.md": targets_page(),
        "tables-of-rules.md": tables_page(),
        "commands.md": commands_page(),
        "environment-variables.md": settings_page(),
        "python-api.md": api_page(),
    }


def _dialects_of(module: ModuleType) -> list[Dialect]:
    return [v for v in vars(module).values() if isinstance(v, Dialect)]


def module_pages(name: str, tests: Path | None = None) -> dict[str, str]:
    """
    The reference of the dialects and passes that a Python module has, its own and those that it
    imports, by file name.

    Errors: `LetgradError` if it cannot be imported, or has neither.
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


def _named(tool: opt.LetgradOptMain, name: str, tests: Path | None) -> str | None:
    """The page of what is called so in letgrad, or in any xDSL package of this environment."""
    dialects = Universe.get_multiverse().all_dialects
    targets: dict[str, Any] = tool.available_targets  # what loads them, whatever its type in xDSL
    by_name: dict[str, Callable[[], str]] = {
        n: lambda load=load: pass_page(load(), None) for n, load in targets.items()
    }
    by_name |= {
        n: lambda load=load: pass_page(load(), tests) for n, load in tool.available_passes.items()
    }
    by_name |= {n: lambda load=load: dialect_page(load(), tests) for n, load in dialects.items()}
    by_name |= {n: lambda n=n: function_page(n) for n in public_names()}
    by_name |= {
        "passes": lambda: passes_page(tests),
        "targets": targets_page,
        "tables-of-rules": tables_page,
        "commands": commands_page,
        "environment-variables": settings_page,
        "python-api": api_page,
    }
    if (make := by_name.get(name)) is not None:
        return make()
    if "." in name and (op := tool.ctx.get_optional_op(name)) is not None:
        return op_page(op, tests)
    return None


def add_command(commands: Any, more: Callable[[], dict[str, Callable[[], str]]] = dict) -> None:
    """Add `letgrad docs`. `more` gives pages from elsewhere, by the name that is asked for."""
    parser = commands.add_parser(
        "docs",
        allow_abbrev=False,
        help="print the documentation of an op, a pass, a dialect or a function",
        description="Print, as Markdown, what the definitions say of an op, a pass, a dialect, a "
        "target, a function of Python, or of the dialects and passes of a Python module. Without a "
        "name, the whole reference is written.",
    )
    parser.add_argument("name", nargs="?", help="such as ten.sum, gradient, ten, grad, my.dialect")
    parser.add_argument("-o", dest="output", metavar="DIR", help="write pages into this folder")
    parser.add_argument(
        "--tests",
        metavar="DIR",
        help="FileCheck tests to take examples from: DIR/dialects/NAME and DIR/passes/NAME "
        "(default: letgrad's, in a source tree)",
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of errors")
    parser.set_defaults(run=_run, more=more)


def _run(options: argparse.Namespace) -> int:
    tests = Path(options.tests) if options.tests else TESTS
    if options.name is None:
        if options.output is None:
            raise LetgradError("name something to print, or a folder with -o")
        found = pages(tests)
        found |= {f"{n}.md": make() for n, make in options.more().items() if "." not in n}
    else:
        load_rules()
        make = options.more().get(options.name)
        text = make() if make else _named(opt.LetgradOptMain([]), options.name, tests)
        if text is not None:
            found = {f"{options.name}.md": text}
        elif importable(options.name):
            found = module_pages(options.name, tests)
        else:
            raise LetgradError(
                f"there is no op, pass, dialect, target, function or Python module '{options.name}'"
            )
    if options.output is None:
        print("\n".join(found.values()), end="")
    else:
        for name, text in found.items():
            source.write(Path(options.output) / name, text)
    return 0


def importable(name: str) -> bool:
    """Whether there is a module of that name, which may fail when it is imported."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
    except (Exception, SystemExit):  # of a package that it is in
        return True
