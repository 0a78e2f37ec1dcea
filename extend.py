"""
The door for authors of dialects, passes, backends and instruments. The names below stay here, even
if letgrad moves their definitions.

Python imports a name when a program first uses the name. So a package that needs only the types of
a dialect loads no pass and no backend. The examples of the names begin with these lines:

    >>> import numpy as np
    >>> import letgrad as lg
    >>> from letgrad.extend import *
    >>> from xdsl.dialects import arith, func, math
    >>> from xdsl.dialects.builtin import f64
    >>> from xdsl.ir import Dialect
    >>> from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def
    >>> from xdsl.pattern_rewriter import RewritePattern, op_type_rewrite_pattern
    >>> @irdl_op_definition
    ... class CubeOp(IRDLOperation):
    ...     name = "my.cube"
    ...     x = operand_def()
    ...     y = result_def()
    ...     def __init__(self, x):
    ...         super().__init__(operands=[x], result_types=[x.type])
    >>> def cube(x):
    ...     return lg.apply(CubeOp, x)
    >>> ctx = new_context(Dialect("my", [CubeOp]))
    >>> def show(module):
    ...     print(format_function(find_entry(module, None)))
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Type checkers read these lines. `_homes` reads these lines too, so that `__getattr__` can
    # import a name when a program first uses the name.
    from .dialects import arrays, delta, kernel, sharing, ten, types
    from .dialects.own_types import stored_as
    from .lowering.backends import Compiled
    from .lowering.backends import context as backend_context
    from .lowering.backends import register as register_backend
    from .lowering.nests.body_builder import BodyBuilder
    from .lowering.nests.decompose import DecomposePass
    from .lowering.nests.fuse_rows import FuseRowsPass
    from .lowering.nests.outline import OutlinePass
    from .lowering.nests.place_rows import PlaceRowsPass
    from .lowering.nests.plan_buffers import PlanBuffersPass
    from .lowering.nests.to_kernel import ConvertTenToKernelPass
    from .lowering.reference import Evaluator, check_arguments, find_function
    from .lowering.reference.check_rules import check as check_text_rule
    from .lowering.triton.backend import lower as emit_triton
    from .lowering.triton.emit import Options as TritonOptions
    from .lowering.views.terms import elementwise as notation_elementwise
    from .lowering.views.terms import format_function, notation
    from .lowering.views.texts import Text as Text
    from .lowering.views.texts import apply as application
    from .lowering.views.texts import atom as atom
    from .passes.differentiate.linearize import LinearizePass, linear
    from .passes.differentiate.partials import partials
    from .passes.differentiate.transpose import TransposePass
    from .passes.general.store_types import StoreOwnTypesPass
    from .passes.pipelines import GradientPass, OptimizePass, SparseJacobianPass
    from .passes.rewriting.conversion import ConversionTarget
    from .passes.rewriting.conversion import convert as apply_conversion
    from .passes.rewriting.decomposing import formula, in_float32
    from .passes.rewriting.diagnostics import (
        Diagnostic,
        LetgradError,
        Severity,
        location_of,
        note,
        warning,
    )
    from .passes.rewriting.diagnostics import handling as handling_diagnostics
    from .passes.rewriting.diagnostics import position as position_of
    from .passes.rewriting.driver import Firing, Observer, apply_rules, run_passes
    from .passes.rewriting.driver import count as count_firing
    from .passes.rewriting.driver import observing as observing_rules
    from .passes.rewriting.driver import watching as watching_passes
    from .passes.rewriting.effects import is_side_effect_free, is_trivially_dead
    from .passes.rewriting.emitter import (
        Emitter,
        Expression,
        copysign,
        cos,
        cosh,
        exp,
        log,
        power,
        sin,
        sinh,
        sqrt,
        where,
    )
    from .passes.rewriting.emitter import cast as cast_formula
    from .passes.rewriting.emitter import function as function_of_op
    from .passes.rewriting.functions import by_name as functions_by_name
    from .passes.rewriting.functions import find_entry, functions
    from .passes.rewriting.levels import Level, verify_level
    from .passes.rewriting.patterns import TextRule
    from .passes.rewriting.patterns import rules_of as text_rules
    from .passes.rewriting.remarks import Remark, Why
    from .passes.rewriting.remarks import analysis as remark_analysis
    from .passes.rewriting.remarks import missed as remark_missed
    from .passes.rewriting.remarks import passed as remark_passed
    from .passes.rewriting.remarks import wanted as remarks_wanted
    from .passes.rewriting.rule_tables import (
        MissingRule,
        RuleTable,
        batch,
        decompose,
        element,
        evaluate,
        linearize,
        pushforward,
        samples,
        store,
        transpose,
        with_regions,
    )
    from .passes.rewriting.verify import verify as verify_module
    from .passes.sharing.copying import copy_op, copy_region
    from .passes.sharing.copying import inline as inline_function
    from .passes.sharing.cse import CsePass
    from .passes.sharing.materialize import MaterializePass
    from .passes.simplify.canonicalize import CanonicalizePass
    from .passes.sparsity.analysis import sparsity
    from .passes.sparsity.describe import SparsityPass
    from .passes.vectorize.batch_rules import elementwise
    from .passes.vectorize.batch_rules import lead as with_leading
    from .passes.vectorize.vectorize_builds import VectorizePass
    from .tools.instruments import Instruments, Statistics, Timing
    from .tools.programs import new_context, parse_passes, run_pipeline
    from .tools.source import parse, print_module
    from .tools.testing.conform import COLUMNS as CONFORMANCE_COLUMNS
    from .tools.testing.conform import Conformance
    from .tools.testing.conform_command import as_text as conformance_text
    from .tools.testing.progress import Progress
    from .tools.testing.samples import Draw

__all__ = ["arrays", "delta", "kernel", "sharing", "ten", "types"]
"""Dialects, types and arrays"""

__all__ += [
    "MissingRule",
    "RuleTable",
    "batch",
    "decompose",
    "element",
    "evaluate",
    "linearize",
    "notation",
    "pushforward",
    "samples",
    "sparsity",
    "store",
    "stored_as",
    "transpose",
]
"""Tables of rules"""

__all__ += [
    "BodyBuilder",
    "Draw",
    "Text",
    "application",
    "atom",
    "elementwise",
    "formula",
    "in_float32",
    "linear",
    "notation_elementwise",
    "partials",
    "with_leading",
    "with_regions",
]
"""Writing rules for tables"""

__all__ += [
    "Emitter",
    "Expression",
    "cast_formula",
    "copysign",
    "cos",
    "cosh",
    "exp",
    "function_of_op",
    "log",
    "power",
    "sin",
    "sinh",
    "sqrt",
    "where",
]
"""New ops, and formulas"""

__all__ += [
    "ConversionTarget",
    "Level",
    "TextRule",
    "apply_conversion",
    "apply_rules",
    "check_text_rule",
    "copy_op",
    "copy_region",
    "count_firing",
    "find_entry",
    "functions",
    "functions_by_name",
    "inline_function",
    "is_side_effect_free",
    "is_trivially_dead",
    "text_rules",
    "verify_level",
    "verify_module",
]
"""Writing passes"""

__all__ += [
    "Diagnostic",
    "LetgradError",
    "Remark",
    "Severity",
    "Why",
    "handling_diagnostics",
    "location_of",
    "note",
    "position_of",
    "remark_analysis",
    "remark_missed",
    "remark_passed",
    "remarks_wanted",
    "warning",
]
"""Errors, warnings and remarks"""

__all__ += [
    "CanonicalizePass",
    "ConvertTenToKernelPass",
    "CsePass",
    "DecomposePass",
    "FuseRowsPass",
    "GradientPass",
    "LinearizePass",
    "MaterializePass",
    "OptimizePass",
    "OutlinePass",
    "PlaceRowsPass",
    "PlanBuffersPass",
    "SparseJacobianPass",
    "SparsityPass",
    "StoreOwnTypesPass",
    "TransposePass",
    "VectorizePass",
]
"""Passes and pipelines"""

__all__ += [
    "Compiled",
    "Evaluator",
    "TritonOptions",
    "backend_context",
    "check_arguments",
    "emit_triton",
    "find_function",
    "register_backend",
]
"""Backends, and the reference"""

__all__ += [
    "CONFORMANCE_COLUMNS",
    "Conformance",
    "conformance_text",
    "format_function",
    "new_context",
    "parse",
    "parse_passes",
    "print_module",
    "run_passes",
    "run_pipeline",
]
"""Programs: read, run, print and check"""

__all__ += [
    "Firing",
    "Instruments",
    "Observer",
    "Progress",
    "Statistics",
    "Timing",
    "observing_rules",
    "watching_passes",
]
"""Instruments"""


@functools.cache
def _homes() -> dict[str, tuple[str, str]]:
    """The module and the name there of each public name, from the lines for type checkers."""
    tree = ast.parse(inspect.getsource(sys.modules[__name__]))
    block = next(node for node in tree.body if isinstance(node, ast.If))  # the first, above
    return {
        alias.asname or alias.name: (f".{node.module}", alias.name)
        if node.module != "dialects"
        else (f".{node.module}.{alias.name}", "")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def home(name: str) -> tuple[str, str]:
    """
    The full name of the module that defines `name`, and the name there. The second is empty if
    `name` is a module itself.
    """
    module, there = _homes()[name]
    return f"{__name__.partition('.')[0]}{module}", there


if not TYPE_CHECKING:  # With this function, type checkers would accept names that do not exist.

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, there = home(name)
        value = importlib.import_module(module)
        value = getattr(value, there) if there else value
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
