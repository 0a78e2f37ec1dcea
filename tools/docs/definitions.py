"""
Facts about definitions: dialects, passes, targets, rules, options, names of the Python API.

Each fact stands in the code once: in docstrings, IRDL definitions, options and their docstrings,
and rules. Examples are functions of the FileCheck tests, if these are at hand: the program of an
op's round trip, and the output of a pass for a program now. `pages.py` writes pages from these
facts.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
from collections.abc import Hashable, Iterator
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, cast

from xdsl.interfaces import HasCanonicalizationPatternsInterface
from xdsl.ir import Attribute, Dialect, Operation
from xdsl.irdl import (
    AnyAttr,
    BaseAttr,
    EqAttrConstraint,
    IRDLOperation,
    OptOperandDef,
    OptRegionDef,
    OptResultDef,
    VarConstraint,
    VarOperandDef,
    VarRegionDef,
    VarResultDef,
)
from xdsl.passes import ModulePass, get_pass_option_infos
from xdsl.pattern_rewriter import RewritePattern
from xdsl.utils.arg_spec import ArgSpecConvertible
from xdsl.utils.target import Target

from ...dialects import ten
from ...passes.rewriting import rule_tables
from ...passes.rewriting.diagnostics import LetgradError, handling
from ...passes.rewriting.rule_tables import Rule, RuleTable
from .. import opt, pipeline_text, source

PACKAGE = __name__.partition(".")[0]
ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "filecheck"
"""The FileCheck tests: in a source tree, and not in a wheel."""

TABLES: tuple[RuleTable, ...] = tuple(
    v for v in vars(rule_tables).values() if isinstance(v, RuleTable)
)


# Docstrings.


def docstring(definition: Any) -> str:
    """The docstring of a class or function itself, or nothing: not the docstring of a base."""
    doc = vars(definition).get("__doc__") if isinstance(definition, type) else definition.__doc__
    doc = inspect.cleandoc(doc or "")
    # Python gives a dataclass without a docstring its signature as docstring.
    return "" if doc.startswith(f"{getattr(definition, '__name__', '')}(") else doc


def summary(doc: str) -> str:
    """The first paragraph, in one line."""
    return " ".join(doc.partition("\n\n")[0].split())


@cache
def attribute_docstrings(owner: Hashable) -> dict[str, str]:
    """The strings that follow assignments in a class or module, by the name in the assignment."""
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
    """The options of a pass or target: name, type, default, and docstring of each."""
    said: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] not in ("builtins", "xdsl", "abc", "typing"):
            said |= attribute_docstrings(base)
    for info in get_pass_option_infos(cls):  # type: ignore[type-var]
        if info.name != "name":
            default = "" if info.default_value is None else str(info.default_value)
            type = pipeline_text.plain_type(info.expected_type)
            yield info.name, type, default, said.get(info.name, "")


# Ops.


def constraint(c: Any) -> str:
    """A constraint of IRDL, in words."""
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


def number(definition: Any) -> str:
    if isinstance(definition, (OptOperandDef, OptResultDef, OptRegionDef)):
        return "optional"
    if isinstance(definition, (VarOperandDef, VarResultDef, VarRegionDef)):
        return "any number"
    return ""


def syntax(op: type[Operation]) -> str:
    """The syntax of an op, or nothing if the docstring of the op shows the syntax."""
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


def constructor(op: type[Operation]) -> str:
    """How Python makes the op, as in `ten.SumOp(x, dims)`; nothing for the constructor of xDSL."""
    if "__init__" not in vars(op):
        return ""
    parameters = list(inspect.signature(op.__init__).parameters.values())[1:]
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    return f"{op.name.partition('.')[0]}.{op.__name__}{inspect.Signature(plain)}"


def rule_of(table: RuleTable, op: type[Operation]) -> str:
    """The entry of a table for an op, in words; empty if the table has no entry."""
    if (reason := table.reason(op)) is not None:
        return f"never: {reason}"
    return "" if table.find(op) is None else table.equation(op) or "yes"


def about(dialect: Dialect, op: type[Operation] | type[Attribute]) -> str:
    """The docstring of the package around an op that has the dialect, or of the op's module."""
    names = accumulate(op.__module__.split("."), lambda package, name: f"{package}.{name}")
    around = [m for name in names if (m := sys.modules.get(name)) is not None]
    having = [m for m in around if any(v is dialect for v in vars(m).values())]
    docs = (m.__doc__ for m in (*reversed(having), *around[-1:]))
    return inspect.cleandoc(next(filter(None, docs), ""))


# Examples, from FileCheck tests.

_FUNCTION = re.compile(r"^func\.func .*?^}$", re.MULTILINE | re.DOTALL)
_CHECKS = re.compile(r"^\s*//\s*[A-Z_-]*(?:CHECK|RUN)[A-Z-]*:.*\n?", re.MULTILINE)
_PIPELINE = re.compile(r"RUN:.*letgrad-opt\b.*?\s(?:-p|--passes)[ =](?:'([^']+)'|(\S+))")


def _functions(path: Path) -> list[str]:
    """The functions of a test, without the lines of checks."""
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
            # Readers want to see other functions first than those about the syntax of attributes.
            if mentions.search(function) and "@attributes" not in function:
                return function
    return ""


def example_of_pass(name: str, tests: Path | None) -> tuple[str, str, str] | None:
    """
    A short function in the tests of a pass that the pass changes, the pipeline there, and the
    result.
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
    """The program after passes, without the module around it; None if a pass reports anything."""
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


def public_names() -> list[str]:
    package = importlib.import_module(PACKAGE)
    return sorted(name for name in package.__all__ if not name.startswith("_"))


# All of letgrad.


def own_dialects() -> list[Dialect]:
    from ..universe import LETGRAD_UNIVERSE

    return [load() for _, load in sorted(LETGRAD_UNIVERSE.all_dialects.items())]


@cache
def ops_of_class(name: str) -> list[type[Operation]]:
    """letgrad's ops by the name of their class: `ten.SliceOp`, or `SliceOp` for any dialect."""
    dialect, _, name = name.rpartition(".")
    return [
        op
        for own in own_dialects()
        for op in own.operations
        if op.__name__ == name and dialect in ("", own.name)
    ]


def load_rules() -> None:
    """Load all modules with rules: those of passes, targets and backends."""
    passes()
    targets()
    importlib.import_module(f"{PACKAGE}.tools.testing.conform")
    for op in (op for dialect in own_dialects() for op in dialect.operations):
        if issubclass(op, HasCanonicalizationPatternsInterface):
            op.get_canonicalization_patterns()  # this call loads the module of the patterns


# Rules by name.


def _below(cls: type) -> Iterator[type]:
    for each in cls.__subclasses__():
        yield each
        yield from _below(each)


def rule_names() -> set[str]:
    """The names of all loaded rules: rewrites, and functions in tables."""
    rules = (table.find(op) for table in TABLES for op in table)
    return {c.__name__ for c in _own_rewrites()} | {getattr(rule, "__name__", "") for rule in rules}


def _own_rewrites() -> set[type[RewritePattern]]:
    """The loaded rewrite rules, without those of xDSL."""
    return {c for c in _below(RewritePattern) if c.__module__.partition(".")[0] != "xdsl"}


def all_rewrites() -> list[type[RewritePattern]]:
    """The loaded rewrite rules with a docstring, without those of xDSL, by name."""
    said = (c for c in _own_rewrites() if c.__doc__)
    return sorted(said, key=lambda c: (c.__name__, c.__module__))


def rewrites(name: str) -> list[type[RewritePattern]]:
    """The loaded rewrite rules of this name, without those of xDSL."""
    found = (cls for cls in _own_rewrites() if cls.__name__ == name)
    return sorted(found, key=lambda cls: cls.__module__)


def table_rules(name: str) -> list[tuple[RuleTable, Rule, list[str]]]:
    """The functions of this name in the tables of rules, and the ops that each serves."""
    found: dict[tuple[str, int], tuple[RuleTable, Rule, list[str]]] = {}
    for t in TABLES:
        for op in t:
            rule = t.find(op)
            if rule is not None and getattr(rule, "__name__", "") == name:
                _, _, ops = found.setdefault((t.name, id(rule)), (t, rule, []))
                ops.append(op.name)
    return list(found.values())


def file_of(definition: Any) -> str:
    """The file and the line of a class or function, from the root of its package on."""
    try:
        path, line = inspect.getsourcefile(definition), inspect.getsourcelines(definition)[1]
    except (OSError, TypeError):  # the definition was made at run time
        return ""
    if path is None:
        return ""
    here = Path(path).resolve()
    shown = here.relative_to(ROOT) if here.is_relative_to(ROOT) else here
    return f"{shown.as_posix()}:{line}"
