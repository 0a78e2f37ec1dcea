"""
`delta`: linear functions of the inputs' tangents, and the two ways to use them.

`!delta.term<T>` is a value of type T whose elements are linear functions of the tangents of the
inputs. Three kinds of ops build terms: the ops below, `scf.if`, and every `ten` op that is linear
in an operand, if that operand is a term. The spelling of a `ten` op is the same with terms. Two ops
consume terms: `delta.pullback`, whose operands carry the whole state of reverse mode, and
`delta.pushforward`.

With further ops, a program says how letgrad is to differentiate it. These ops have no terms.

Example:

    >>> module = lg.trace(lambda x: x * x, 1.0)
    >>> run_pipeline(ctx, module, [LinearizePass()])
    >>> sum(isinstance(op, delta.ScaleOp) for op in module.walk())
    1
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import (
    DenseArrayBase,
    FunctionType,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    i64,
)
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Attribute, Dialect, Operation, ParametrizedAttribute, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    base,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    param_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import AttrParser, Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from . import types
from .types import Term


@irdl_attr_definition
class TermType(ParametrizedAttribute, Term):
    """
    `!delta.term<T>`: a linear function of the inputs' tangents, with values of the float type T.
    """

    name = "delta.term"
    value_type: Attribute = param_def()

    def __init__(self, value_type: Attribute):
        super().__init__(value_type)

    def of(self, value_type: Attribute) -> TermType:
        return term_of(value_type)

    def verify(self) -> None:
        types.check(self.value_type, "!delta.term", "its value")
        if isinstance(self.value_type, Term) or not types.is_float(types.element(self.value_type)):
            raise VerifyException(f"!delta.term: only floats have tangents, not {self.value_type}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            position = parser.pos
            value_type = parser.parse_type()
            try:
                cls(value_type)
            except VerifyException as error:
                parser.raise_error(str(error), position)
            return [value_type]

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.value_type)


@functools.lru_cache(types.KEPT)
def term_of(value_type: Attribute) -> TermType:
    """`TermType(value_type)`, made once."""
    return TermType(value_type)


def value_of(op: Operation, term: SSAValue) -> Attribute:
    """The value type of a term operand. Errors: `VerifyException` where the operand is no term."""
    if not isinstance(term.type, TermType):
        raise VerifyException(f"{op.name}: an operand is {term.type}, which is no term")
    return term.type.value_type


class _TermOp(IRDLOperation):
    """An op that gives one term."""

    traits = traits_def(Pure())

    def _build(self, *operands: SSAValue) -> None:
        """Construct with the type of the last operand. IRDL's constructor takes twice as long."""
        Operation.__init__(self, operands=operands, result_types=[operands[-1].type])


@irdl_op_definition
class InputOp(_TermOp):
    """
    The tangent of input `i`. The number `i` counts only the inputs by which letgrad differentiates.
    """

    name = "delta.input"
    position = prop_def(IntegerAttr)
    result = result_def(TermType)

    def __init__(self, position: int, value_type: Attribute):
        super().__init__(
            properties={"position": IntegerAttr(position, i64)}, result_types=[term_of(value_type)]
        )

    @classmethod
    def parse(cls, parser: Parser) -> InputOp:
        position = parser.parse_integer(allow_negative=False)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        properties = {"position": IntegerAttr(position, i64)}
        return cls.create(properties=properties, result_types=[type], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.position.value.data}")
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    def verify_(self) -> None:
        if self.position.value.data < 0:
            raise VerifyException(f"delta.input: there is no input {self.position.value.data}")


@irdl_op_definition
class ZeroOp(_TermOp):
    """The term that is 0 for all tangents."""

    name = "delta.zero"
    result = result_def(TermType)
    assembly_format = "attr-dict `:` type($result)"

    def __init__(self, value_type: Attribute):
        super().__init__(result_types=[term_of(value_type)])


@irdl_op_definition
class AddOp(_TermOp):
    """d + e, of one shape."""

    name = "delta.add"
    T: ClassVar = VarConstraint("T", base(TermType))
    d = operand_def(T)
    e = operand_def(T)
    result = result_def(T)
    assembly_format = "$d `,` $e attr-dict `:` type($result)"

    def __init__(self, d: SSAValue, e: SSAValue):
        self._build(d, e)


@irdl_op_definition
class NegOp(_TermOp):
    """-d, element by element."""

    name = "delta.neg"
    T: ClassVar = VarConstraint("T", base(TermType))
    d = operand_def(T)
    result = result_def(T)
    assembly_format = "$d attr-dict `:` type($result)"

    def __init__(self, d: SSAValue):
        self._build(d)


@irdl_op_definition
class ScaleOp(_TermOp):
    """k ⊙ d: a value times a term, element by element, of one shape."""

    name = "delta.scale"
    T: ClassVar = VarConstraint("T", base(TermType))
    k = operand_def(AnyAttr())
    d = operand_def(T)
    result = result_def(T)
    assembly_format = "$k `,` $d attr-dict `:` type($k) `,` type($d)"

    def __init__(self, k: SSAValue, d: SSAValue):
        self._build(k, d)

    def verify_(self) -> None:
        if value_of(self, self.d) != self.k.type:
            raise VerifyException(f"delta.scale: {self.k.type} cannot scale {self.d.type}")


@irdl_op_definition
class PullbackOp(IRDLOperation):
    """
    The gradient: it takes terms and the cotangents of these terms, and gives the cotangents of the
    inputs.

        Σ_k ⟨ct_k, d_k(t)⟩ = Σ_i ⟨g_i, t_i⟩   for all tangents t

    The pairs of a pullback are the whole state of reverse mode. One step of `delta-transpose` takes
    the pair whose term the program defines last, and puts pairs for that term's operands in its
    place. When only pairs of inputs are left, the cotangents in these pairs are the results.
    `masked` lists the pairs whose cotangent passed a select. Such a cotangent has zeros that must
    stay zero under every scaling.

        %g0, %g1 = delta.pullback (%d : %ct), (%e : %c1) : type of %ct, type of %c1 -> types of the
        inputs

    Shapes:  ct_k is of the value type of d_k;  g_i is of the value type of input i.
    """

    name = "delta.pullback"
    terms = var_operand_def(TermType)
    cotangents = var_operand_def(AnyAttr())
    masked = opt_prop_def(DenseArrayBase)
    gradients = var_result_def(AnyAttr())
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    def __init__(
        self,
        terms: Sequence[SSAValue],
        cotangents: Sequence[SSAValue],
        input_types: Sequence[Attribute],
        masked: Sequence[int] = (),
    ):
        super().__init__(
            operands=[list(terms), list(cotangents)],
            properties={"masked": types.int_array(masked)} if masked else {},
            result_types=[list(input_types)],
        )

    def verify_(self) -> None:
        if len(self.terms) != len(self.cotangents):
            raise VerifyException(
                f"delta.pullback: {len(self.terms)} terms and {len(self.cotangents)} cotangents"
            )
        for term, cotangent in zip(self.terms, self.cotangents):
            if value_of(self, term) != cotangent.type:
                raise VerifyException(
                    f"delta.pullback: the cotangent of {term.type} is given as {cotangent.type}"
                )
        if self.masked is not None and not all(
            0 <= k < len(self.terms) for k in types.ints(self.masked)
        ):
            raise VerifyException(
                f"delta.pullback: masked {list(types.ints(self.masked))} of {len(self.terms)} pairs"
            )

    def print(self, printer: Printer) -> None:
        def pair(values: tuple[SSAValue, SSAValue]) -> None:
            with printer.in_parens():
                printer.print_operand(values[0])
                printer.print_string(" : ")
                printer.print_operand(values[1])

        if self.terms:
            printer.print_string(" ")
            printer.print_list(list(zip(self.terms, self.cotangents)), pair)
        if self.masked is not None:
            printer.print_string(f" masked [{', '.join(map(str, types.ints(self.masked)))}]")
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        if self.terms:
            printer.print_string(" : ")
            printer.print_list(self.cotangents.types, printer.print_attribute)
        printer.print_string(" -> " if self.gradients else " ->")
        printer.print_list(self.gradients.types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> PullbackOp:
        pairs = []
        while parser.parse_optional_punctuation("(") is not None:
            term = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            pairs.append((term, parser.parse_unresolved_operand()))
            parser.parse_punctuation(")")
            if parser.parse_optional_punctuation(",") is None:
                break
        masked: Sequence[int] = ()
        if parser.parse_optional_keyword("masked"):
            masked = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, parser.parse_integer
            )
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        value_types: Sequence[Attribute] = ()
        if parser.parse_optional_punctuation(":"):
            position = parser.pos
            value_types = parser.parse_comma_separated_list(
                parser.Delimiter.NONE, parser.parse_type
            )
        parser.parse_punctuation("->")
        results = parser.parse_optional_undelimited_comma_separated_list(
            parser.parse_optional_type, parser.parse_type
        )
        terms = parser.resolve_operands(
            [term for term, _ in pairs], [TermType(t) for t in value_types], position
        )
        cotangents = parser.resolve_operands([ct for _, ct in pairs], value_types, position)
        op = cls(terms, cotangents, results or (), masked)
        op.attributes |= attributes
        return op


@irdl_op_definition
class PushforwardOp(IRDLOperation):
    """
    The directional derivative: the value of a term at tangents of the inputs.

        %t = delta.pushforward %d, (%t0, %t1) : type of %t, (types of the tangents)
    """

    name = "delta.pushforward"
    d = operand_def(TermType)
    tangents = var_operand_def(AnyAttr())
    result = result_def(AnyAttr())
    traits = traits_def(Pure())

    def __init__(self, d: SSAValue, tangents: Sequence[SSAValue]):
        assert isinstance(d.type, TermType)
        super().__init__(operands=[d, list(tangents)], result_types=[d.type.value_type])

    def verify_(self) -> None:
        if value_of(self, self.d) != self.result.type:
            raise VerifyException(
                f"delta.pushforward: the value of {self.d.type} is not {self.result.type}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.d)
        printer.print_string(", ")
        with printer.in_parens():
            printer.print_list(self.tangents, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)
        printer.print_string(", ")
        with printer.in_parens():
            printer.print_list(self.tangents.types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> PushforwardOp:
        d = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        tangents = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        type = parser.parse_type()
        parser.parse_punctuation(",")
        tangent_types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        op = cls(
            parser.resolve_operand(d, TermType(type)),
            parser.resolve_operands(tangents, tangent_types, position),
        )
        op.attributes |= attributes
        return op


# Ops by which a program says how letgrad is to differentiate it.


@irdl_op_definition
class StopOp(IRDLOperation, HasFolderInterface):
    """
    y = x, of any type; the derivative of y is 0.

    With a `reason`, as in `delta.stop %x {reason = "the rule of f fails"} : f64`, there is no
    derivative: it is an error, which gives the reason, to differentiate by an x that changes.
    """

    name = "delta.stop"
    T: ClassVar = VarConstraint("T", AnyAttr())
    x = operand_def(T)
    result = result_def(T)
    reason = opt_prop_def(StringAttr)
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure())
    assembly_format = "$x attr-dict `:` type($x)"

    def __init__(self, x: SSAValue, reason: str | None = None):
        properties = {} if reason is None else {"reason": StringAttr(reason)}
        super().__init__(operands=[x], properties=properties, result_types=[x.type])

    def verify_(self) -> None:
        types.check(self.x.type, "delta.stop", "its operand")
        if isinstance(self.x.type, Term):
            raise VerifyException(f"delta.stop: {self.x.type} is a derivative already")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        """stop(x)  →  x of integers, which have no derivative;  stop(stop(x))  →  stop(x)"""
        if not types.is_float(types.element(self.x.type)):
            return (self.x,)
        inner = self.x.owner
        is_stopped = isinstance(inner, StopOp) and inner.reason is None
        return (self.x,) if is_stopped else None


class CustomOp(IRDLOperation):
    """A call of a function, with further functions of the module that give the derivative."""

    traits = traits_def(Pure())
    RULES: ClassVar[tuple[str, ...]] = ()
    """The properties that name functions, the function itself first."""
    OPTIONAL: ClassVar[bool] = False
    """Whether the functions after the first one may be left out."""

    @property
    def named(self) -> tuple[str, ...]:
        """The properties among `RULES` that the op has."""
        return tuple(rule for rule in self.RULES if rule in self.properties)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list([self.properties[n] for n in self.named], printer.print_attribute)
        with printer.in_parens():
            printer.print_list(self.operands, printer.print_operand)
        self.print_words(printer)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        # `print_operation_type` would print the location, which the printer prints after the op.
        printer.print_function_type(self.operand_types, self.result_types)

    @classmethod
    def parse(cls, parser: Parser) -> CustomOp:
        properties: dict[str, Attribute] = {}
        for k, name in enumerate(cls.RULES):
            if k and cls.OPTIONAL and parser.parse_optional_punctuation(",") is None:
                break
            if k and not cls.OPTIONAL:
                parser.parse_punctuation(",")
            properties[name] = SymbolRefAttr(parser.parse_symbol_name())
        operands = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        properties |= cls.parse_words(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        signature = parser.parse_function_type()
        if (wrong := cls.wrong_signature(signature)) is not None:
            parser.raise_error(wrong, position)
        return cls.create(
            operands=parser.resolve_operands(operands, signature.inputs.data, position),
            result_types=signature.outputs.data,
            properties=properties,
            attributes=attributes,
        )

    def print_words(self, printer: Printer) -> None:
        """Print the properties that stand after the operands."""

    @classmethod
    def parse_words(cls, parser: Parser) -> dict[str, Attribute]:
        """The properties that stand after the operands."""
        return {}

    @classmethod
    def wrong_signature(cls, signature: FunctionType) -> str | None:
        """What is wrong with the types that a program states, so that no op can be made."""
        return None


@irdl_op_definition
class CustomVjpOp(CustomOp):
    """
    y… = callee(x…), with a reverse rule of its own.

        forward(x…) = (y…, residuals…)        backward(residuals…, cotangents of y…) = cotangents of
        x…

    Only the y and x that are floats have cotangents. The syntax is
    `delta.custom_vjp @callee, @forward, @backward(%x) : (types of x) -> types of y`.
    """

    name = "delta.custom_vjp"
    callee = prop_def(SymbolRefAttr)
    forward = prop_def(SymbolRefAttr)
    backward = prop_def(SymbolRefAttr)
    arguments = var_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    RULES: ClassVar = ("callee", "forward", "backward")


@irdl_op_definition
class CustomJvpOp(CustomOp):
    """
    y… = callee(x…), with a forward rule of its own. The reverse rule follows from this rule.

        jvp(x…, tangents of x…) = (y…, tangents of y…), linear in the tangents

    The function jvp may give the tangents of y² as further results, all of them or none. A square
    has a derivative where y is a root of 0, and y itself has none. No y may be complex then.

    Only the x and y that are floats have tangents. The syntax is
    `delta.custom_jvp @callee, @jvp(%x) : (types of x) -> types of y`.
    """

    name = "delta.custom_jvp"
    callee = prop_def(SymbolRefAttr)
    jvp = prop_def(SymbolRefAttr)
    arguments = var_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    RULES: ClassVar = ("callee", "jvp")


METHODS = ("dense", "gmres", "cg")
"""How letgrad solves a linear system: by its matrix, or by applying it to vectors only."""


class _SystemOp(CustomOp):
    """
    An op about a system of as many equations as unknowns. The unknowns are the elements of operand
    0, without its first `batch` dimensions. The other operands are parameters of the functions.
    """

    OPTIONAL: ClassVar = True
    batch = opt_prop_def(IntegerAttr)
    method = opt_prop_def(StringAttr)

    def __init__(
        self,
        functions: Sequence[SymbolRefAttr | None],
        x: SSAValue,
        params: Sequence[SSAValue],
        batch: int = 0,
        method: str | None = None,
    ):
        given = {rule: f for rule, f in zip(self.RULES, functions) if f is not None}
        properties: dict[str, Attribute] = {**given}
        if batch:
            properties["batch"] = IntegerAttr(batch, i64)
        if method is not None:
            properties["method"] = StringAttr(method)
        super().__init__(operands=[x, list(params)], properties=properties, result_types=[x.type])

    @property
    def batches(self) -> int:
        """The number of leading dimensions, each of whose places is a system of its own."""
        return 0 if self.batch is None else self.batch.value.data

    def verify_(self) -> None:
        x, result = self.operands[0].type, self.results[0].type
        value = types.value_type(x)
        types.check(value, self.name, "operand 0")
        if not types.is_float(types.element(value)):
            raise VerifyException(f"{self.name}: the unknowns are floats, not {x}")
        if result != x:
            raise VerifyException(f"{self.name}: the result is {x}, not {result}")
        for k, p in enumerate(self.operands[1:], 1):
            if isinstance(p.type, Term):
                raise VerifyException(f"{self.name}: operand {k} is {p.type}, and must be a value")
        if not 0 <= self.batches <= types.rank(value):
            raise VerifyException(
                f"{self.name}: {self.batches} dimensions of a batch, and {x} has "
                f"{types.rank(value)}"
            )
        if self.method is not None and self.method.data not in METHODS:
            raise VerifyException(
                f"{self.name}: the method '{self.method.data}' is none of {', '.join(METHODS)}"
            )

    def print_words(self, printer: Printer) -> None:
        if self.batches:
            printer.print_string(f" batch {self.batches}")
        if self.method is not None:
            printer.print_string(f" by {self.method.data}")

    @classmethod
    def parse_words(cls, parser: Parser) -> dict[str, Attribute]:
        words: dict[str, Attribute] = {}
        if parser.parse_optional_keyword("batch"):
            words["batch"] = IntegerAttr(parser.parse_integer(allow_negative=False), i64)
        if parser.parse_optional_keyword("by"):
            words["method"] = StringAttr(parser.parse_identifier())
        return words

    @classmethod
    def wrong_signature(cls, signature: FunctionType) -> str | None:
        if not signature.inputs.data or len(signature.outputs.data) != 1:
            return f"{cls.name} takes the unknowns first, and gives one result"
        return None


@irdl_op_definition
class ImplicitOp(_SystemOp):
    """
    y = x, as the solution of residual(y, p…) = 0: a program found x by any means.

        dy = -(∂residual / ∂y)⁻¹ (∂residual / ∂p) dp

    So y has a derivative by the parameters p, and none by x. `delta-prepare-implicit` adds two
    functions to the op, which multiply with the Jacobian ∂residual / ∂y at (y, p):

        apply(y, p…, v) = J v        transposed(y, p…, w) = Jᵀ w

    The syntax is `delta.implicit @residual(%x, %p) : (types of x, p) -> type of x`, and
    `@residual, @apply, @transposed` with all functions. `batch n` says that the first n dimensions
    of x number systems that do not depend on each other. `by dense`, `by gmres` and `by cg` say how
    to solve with J; otherwise its size decides.
    Errors:  unknowns that are no floats; more dimensions in the batch than x has.
    """

    name = "delta.implicit"
    residual = prop_def(SymbolRefAttr)
    apply = opt_prop_def(SymbolRefAttr)
    transposed = opt_prop_def(SymbolRefAttr)
    x = operand_def(AnyAttr())
    params = var_operand_def(AnyAttr())
    result = result_def(AnyAttr())
    RULES: ClassVar = ("residual", "apply", "transposed")

    def verify_(self) -> None:
        if isinstance(self.x.type, Term):
            raise VerifyException(f"delta.implicit: the unknowns are values, not {self.x.type}")
        super().verify_()


@irdl_op_definition
class SolveOp(_SystemOp):
    """
    The x with apply(p…, x) = b, for a function `apply` that is linear in its last argument.

        transposed(p…, w) = Aᵀ w, where A is the matrix of apply(p…, ·)

    `delta-prepare-implicit` adds `transposed`. x is NaN if the matrix is singular, or if an
    iteration finds no solution. The syntax is `delta.solve @apply(%b, %p) : (types of b, p) ->
    type of b`, and `@apply, @transposed` with both functions. `batch` and `by` are as in
    `delta.implicit`; `by cg` needs a matrix that is symmetric and positive definite.
    Errors:  unknowns that are no floats; more dimensions in the batch than b has.
    Linear in b; its transpose is the `delta.solve` with both functions exchanged.
    """

    name = "delta.solve"
    apply = prop_def(SymbolRefAttr)
    transposed = opt_prop_def(SymbolRefAttr)
    b = operand_def(AnyAttr())
    params = var_operand_def(AnyAttr())
    result = result_def(AnyAttr())
    RULES: ClassVar = ("apply", "transposed")


@irdl_op_definition
class TransposedCallOp(_TermOp):
    """
    Terms of the results of a `delta.custom_vjp`. The function `backward` pulls cotangents back
    through these terms, and nothing else about them is known.

        %dy… = delta.transposed_call @backward(%residuals…) of (%dx…)
               : (types of residuals), (types of dx) -> (types of dy)
    """

    name = "delta.transposed_call"
    backward = prop_def(SymbolRefAttr)
    residuals = var_operand_def(AnyAttr())
    ds = var_operand_def(TermType)
    res = var_result_def(TermType)
    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def __init__(
        self,
        backward: SymbolRefAttr,
        residuals: Sequence[SSAValue],
        ds: Sequence[SSAValue],
        result_types: Sequence[Attribute],
    ):
        super().__init__(
            operands=[list(residuals), list(ds)],
            properties={"backward": backward},
            result_types=[list(result_types)],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.backward)
        with printer.in_parens():
            printer.print_list(self.residuals, printer.print_operand)
        printer.print_string(" of ")
        with printer.in_parens():
            printer.print_list(self.ds, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        for prefix, values in ((" : ", self.residuals), (", ", self.ds), (" -> ", self.res)):
            printer.print_string(prefix)
            with printer.in_parens():
                printer.print_list(values.types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> TransposedCallOp:
        def values() -> list[UnresolvedOperand]:
            return parser.parse_comma_separated_list(
                parser.Delimiter.PAREN, parser.parse_unresolved_operand
            )

        def value_types() -> list[Attribute]:
            return parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)

        backward = SymbolRefAttr(parser.parse_symbol_name())
        residuals = values()
        parser.parse_keyword("of")
        ds = values()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        residual_types = value_types()
        parser.parse_punctuation(",")
        term_types = value_types()
        parser.parse_punctuation("->")
        op = cls(
            backward,
            parser.resolve_operands(residuals, residual_types, position),
            parser.resolve_operands(ds, term_types, position),
            value_types(),
        )
        op.attributes |= attributes
        return op


Delta = Dialect(
    "delta",
    [
        AddOp,
        CustomJvpOp,
        CustomVjpOp,
        ImplicitOp,
        InputOp,
        NegOp,
        PullbackOp,
        PushforwardOp,
        ScaleOp,
        SolveOp,
        StopOp,
        TransposedCallOp,
        ZeroOp,
    ],
    [TermType],
)
