"""
A row of the table of ops: names, kinds and meaning. `op` makes the class of an op from its row.

    AddOp = op("add", "lhs rhs", meaning="lhs + rhs, element by element; or, for booleans.")

Operands and results are words; `*` stands after a list of values and `?` after a value that may be
absent. Attributes are words with a kind, `"slice_sizes:dims sorted?:bool"`, and `KINDS` has the
kinds. Regions are words; `*` stands after a list of regions.
"""

from __future__ import annotations

import re
from abc import ABC
from typing import TYPE_CHECKING, Any, ClassVar, Self

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FlatSymbolRefAttrConstr,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    UnitAttr,
    f32,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation
from xdsl.irdl import (
    AnyAttr,
    AttrConstraint,
    AttrSizedOperandSegments,
    AttrSizedResultSegments,
    BaseAttr,
    EqAttrConstraint,
    IRDLOperation,
    ParamAttrConstraint,
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_region_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    IsTerminator,
    OpTrait,
    Pure,
    RecursivelySpeculatable,
    RecursiveMemoryEffect,
)

from . import (  # noqa: F401 (the modules of checks fill the table of checks)
    attributes,
    collective_checks,
    companion_checks,
    element_checks,
    product_checks,
    region_checks,
    shape_checks,
)
from .checks import CHECKS
from .short_forms import Form, Syntax


def _array(element: type[Attribute]) -> AttrConstraint:
    return ArrayAttr.constr(BaseAttr(element))


def _integer(type: IntegerType) -> AttrConstraint:
    return ParamAttrConstraint(IntegerAttr, (AnyAttr(), EqAttrConstraint(type)))


def _dense(type: IntegerType) -> AttrConstraint:
    return ParamAttrConstraint(DenseArrayBase, (EqAttrConstraint(type), AnyAttr()))


KINDS: dict[str, AttrConstraint] = {
    "any": AnyAttr(),
    "array": BaseAttr(ArrayAttr),
    "bool": _integer(i1),
    "bools": _dense(i1),
    "dict": BaseAttr(DictionaryAttr),
    "dims": _dense(i64),
    "f32": ParamAttrConstraint(FloatAttr, (AnyAttr(), EqAttrConstraint(f32))),
    "i32": _integer(i32),
    "i64": _integer(i64),
    "str": BaseAttr(StringAttr),
    "symbol": FlatSymbolRefAttrConstr,
    "unit": BaseAttr(UnitAttr),
    "table": BaseAttr(DenseIntOrFPElementsAttr),
    # Attributes of the dialect.
    "channel": BaseAttr(attributes.ChannelHandleAttr),
    "comparison": BaseAttr(attributes.ComparisonDirectionAttr),
    "comparison_type": BaseAttr(attributes.ComparisonTypeAttr),
    "conv": BaseAttr(attributes.ConvAttr),
    "dot": BaseAttr(attributes.DotAttr),
    "dot_algorithm": BaseAttr(attributes.DotAlgorithmAttr),
    "fft_type": BaseAttr(attributes.FftTypeAttr),
    "gather": BaseAttr(attributes.GatherAttr),
    "precisions": _array(attributes.PrecisionAttr),
    "result_accuracy": BaseAttr(attributes.ResultAccuracyAttr),
    "rng_algorithm": BaseAttr(attributes.RngAlgorithmAttr),
    "rng_distribution": BaseAttr(attributes.RngDistributionAttr),
    "scatter": BaseAttr(attributes.ScatterAttr),
    "transpose": BaseAttr(attributes.TransposeAttr),
}


class StableOp(IRDLOperation, ABC):
    """An op of a row. Its operands, results, attributes and regions are members of the class."""

    MEANING: ClassVar[str]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    FORM: ClassVar[Syntax | None] = None
    """The short syntax; None for an op that has only the generic form."""
    SYNTAX: ClassVar[str | None] = None
    """The short syntax as a line of documentation."""

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        if cls.FORM is None:
            parser.raise_error(f"{cls.name} has only the generic form, with quotes around its name")
        return cls.FORM.parse(cls, parser)

    def print(self, printer: Printer) -> None:
        assert self.FORM is not None
        self.FORM.print(self, printer)

    def verify_(self) -> None:
        check = CHECKS.get(self.name)
        if check is not None:
            check(self)


def _example(name: str, syntax: Syntax) -> str:
    """The syntax that the docstring of a class of `long_forms` shows first, for this op."""
    shown = (syntax.__doc__ or "").partition("`")[2].partition("`")[0]
    start = re.match(r"(\w+\.)?\w+", " ".join(shown.split()))
    return name if start is None else name + " ".join(shown.split())[start.end() :]


UNSPECIFIED = frozenset(
    "broadcast create_token cross-replica-sum dot einsum real_dynamic_slice return "
    "set_dimension_size torch_index_select unary_einsum".split()
)
"""The ops that StableHLO has and its specification has no section for."""


class Table:
    """The rows of one dialect, in the order in which they are written."""

    def __init__(self, dialect: str, kinds: dict[str, AttrConstraint] = KINDS):
        self.dialect = dialect
        self.kinds = kinds
        self.ops: dict[str, type[StableOp]] = {}

    def _doc(self, name: str, meaning: str) -> str:
        """The docstring of an op: its meaning, and its section of the specification."""
        if self.dialect != "stablehlo" or name in UNSPECIFIED:
            return meaning
        return f"{meaning}\n\nSpecification: https://openxla.org/stablehlo/spec#{name}"

    def op(
        self,
        name: str,
        operands: str = "",
        results: str = "result",
        attributes: str = "",
        regions: str = "",
        *,
        meaning: str,
        pure: bool = True,
        same_number: bool = False,
        segments: bool = False,
        traits: tuple[OpTrait, ...] = (),
        form: str | Syntax | None = None,
    ) -> type[StableOp]:
        """
        The class of an op from its row.

        `pure` says that the op has no effect, so that an op without users may go. `same_number`
        says that the op's lists of operands are equally long, and `segments` that attributes give
        the lengths of its lists. `form` is the short syntax; see `short_forms`. The modules
        `…_checks` have the verifier under the op's name.
        """
        word = "".join(part.capitalize() for part in re.split("[_-]", name))
        # A region may have any op. What runs it has the effects of this op.
        effects = (RecursiveMemoryEffect(), RecursivelySpeculatable()) if regions else (Pure(),)
        fields: dict[str, Any] = {
            "__doc__": self._doc(name, meaning),
            "__module__": f"{__package__}",
            "name": f"{self.dialect}.{name}",
            "traits": traits_def(*traits, *(effects if pure else ())),
        }
        for each in operands.split():
            fields[each.strip("*")] = var_operand_def() if each.endswith("*") else operand_def()
        for each in results.split():
            fields[each.strip("*")] = var_result_def() if each.endswith("*") else result_def()
        for each in regions.split():
            fields[each.strip("*")] = var_region_def() if each.endswith("*") else region_def()
        kinds: dict[str, str] = {}
        for each in attributes.split():
            word_, kind = each.split(":")
            alias, _, written = word_.partition("=")
            optional = word_.endswith("?")
            alias, written = alias.strip("?"), (written or alias).strip("?")
            kinds[written] = kind
            define = opt_prop_def if optional else prop_def
            fields[alias] = define(self.kinds[kind], prop_name=written)
        if same_number:
            fields["irdl_options"] = (SameVariadicOperandSize(),)
        if segments:
            fields["irdl_options"] = (
                AttrSizedOperandSegments(as_property=True),
                AttrSizedResultSegments(as_property=True),
            )
        made = irdl_op_definition(type(f"{word}Op", (StableOp,), fields))
        made.MEANING = meaning
        if isinstance(form, str):
            form = Form(form, kinds)
        made.FORM = form
        if form is not None:
            text = getattr(form, "text", None)
            made.SYNTAX = _example(made.name, form) if text is None else f"{made.name} {text()}"
        if form is None:
            # The printer knows by this that it prints the generic form.
            made.print = Operation.print
        self.ops[name] = made
        return made


TERMINATOR = IsTerminator()
STABLEHLO = Table("stablehlo")
