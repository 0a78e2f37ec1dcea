"""
`kernel`: fused loop nests over scalars. The targets `cpu` and `triton` both read this dialect. Of
the dialects above, these targets read only the ops that a library runs.

A `kernel.generic` is one loop nest. The nest runs its scalar body for each point of an iteration
space. For each value that the body yields, the nest gives one tensor, which stores or combines the
values of all points. A body reads elements of tensors with `kernel.load`.

Example:

    >>> module = lg.trace(np.sin, lg.spec(3))
    >>> run_pipeline(ctx, module, [MaterializePass(), ConvertTenToKernelPass()])
    >>> sum(isinstance(op, kernel.GenericOp) for op in module.walk())
    1
"""

from __future__ import annotations

import functools
from abc import ABC
from collections.abc import Sequence
from math import prod
from typing import Any, Self

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    StringAttr,
    i64,
)
from xdsl.dialects.utils import AbstractYieldOperation
from xdsl.ir import Attribute, Block, Dialect, Operation, Region, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_op_definition,
    lazy_traits_def,
    operand_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import HasParent, IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from . import types
from .recurrences import RecurrenceOp
from .types import ints

COMBINERS = ("store", "add", "mul", "max", "min", "any", "all")


@irdl_op_definition
class LoadOp(IRDLOperation):
    """
    x = t[i, j, …], with an index for each dimension; 0 if an index is outside.

    The attribute `in_bounds` says that no index is ever outside.

        %x = kernel.load %t[%i, %j] {in_bounds} : tensor<5x7xf64>
    """

    name = "kernel.load"
    t = operand_def(AnyAttr())
    indices = var_operand_def(IndexType())
    result = result_def(AnyAttr())
    traits = traits_def(Pure())

    def __init__(self, t: SSAValue, indices: Sequence[SSAValue]):
        # IRDL's constructor takes twice as long, and half of all ops of a nest are loads.
        Operation.__init__(self, operands=[t, *indices], result_types=[types.element(t.type)])

    def verify_(self) -> None:
        types.check(self.t.type, self.name, "its operand")
        if len(self.indices) != types.rank(self.t.type):
            raise VerifyException(
                f"kernel.load: {len(self.indices)} indices into {self.t.type}, "
                f"which has rank {types.rank(self.t.type)}"
            )
        if self.result.type != types.element(self.t.type):
            raise VerifyException(
                f"kernel.load: an element of {self.t.type} is not {self.result.type}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.t)
        with printer.in_square_brackets():
            printer.print_list(self.indices, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.t.type)

    @classmethod
    def parse(cls, parser: Parser) -> LoadOp:
        t = parser.parse_unresolved_operand()
        indices = parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        type = parser.parse_type()
        values = parser.resolve_operands(
            [t, *indices], [type, *[IndexType()] * len(indices)], position
        )
        return cls.create(
            operands=values, result_types=[types.element(type)], attributes=attributes
        )


@irdl_op_definition
class YieldOp(AbstractYieldOperation[Attribute]):
    """Gives the values of one point of the iteration space, one per result."""

    name = "kernel.yield"
    traits = lazy_traits_def(
        lambda: (HasParent(FusedOp, GenericOp, ScatterOp), IsTerminator(), Pure())
    )


@functools.lru_cache(types.KEPT)
def _outputs(combiners: Any, dims: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The combiners and the dims of a nest's results. Passes ask for them again and again."""
    return tuple([(c.data, ints(d)) for c, d in zip(combiners, dims)])


class LoopsOp(IRDLOperation, ABC):
    """
    An op that runs a body for each point of an iteration space, and combines the values that the
    body yields. The syntax is

        kernel.op [loops] (%i, %j) combiner [dims], … {attributes} : types { … kernel.yield … }
    """

    loops = prop_def(DenseArrayBase)
    combiners = prop_def(ArrayAttr[StringAttr])
    dims = prop_def(ArrayAttr[DenseArrayBase])
    res = var_result_def(AnyAttr())
    body = region_def("single_block")
    traits = traits_def(Pure())

    def __init__(
        self,
        loops: Sequence[int],
        results: Sequence[tuple[str, Sequence[int]]],
        body: Region,
    ):
        last = body.block.last_op
        assert isinstance(last, YieldOp)
        kinds = [
            gathered(loops, dims, value.type) for (_, dims), value in zip(results, last.operands)
        ]
        super().__init__(
            properties={
                "loops": types.int_array(loops),
                "combiners": ArrayAttr(types.text_attr(c) for c, _ in results),
                "dims": ArrayAttr(types.int_array(d) for _, d in results),
            },
            result_types=[kinds],
            regions=[body],
        )

    @property
    def block(self) -> Block:
        return self.body.block

    @property
    def yielded(self) -> Sequence[SSAValue]:
        last = self.block.last_op
        return last.operands if last is not None else ()

    @property
    def outputs(self) -> list[tuple[str, tuple[int, ...]]]:
        """The combiner and the dims of each result."""
        return list(_outputs(self.combiners, self.dims))

    def verify_(self) -> None:
        loops = ints(self.loops)
        name = self.name
        if any(n < 0 for n in loops):
            raise VerifyException(f"{name}: loops {list(loops)} have a negative size")
        if [a.type for a in self.block.args] != [IndexType()] * len(loops):
            raise VerifyException(f"{name}: the body takes an index per loop of {list(loops)}")
        if not isinstance(self.block.last_op, YieldOp):
            raise VerifyException(f"{name}: the body does not end in kernel.yield")
        if not len(self.combiners) == len(self.dims) == len(self.res) == len(self.yielded):
            raise VerifyException(
                f"{name}: {len(self.combiners)} combiners, {len(self.dims)} dims, "
                f"{len(self.res)} results and "
                f"{len(self.yielded)} yielded values"
            )
        for (combiner, dims), value, result in zip(self.outputs, self.yielded, self.res):
            if combiner not in COMBINERS:
                raise VerifyException(f"{name}: '{combiner}' is none of {', '.join(COMBINERS)}")
            if len(set(dims)) != len(dims) or not all(0 <= d < len(loops) for d in dims):
                raise VerifyException(f"{name}: dims {list(dims)} are not loops of {list(loops)}")
            if combiner == "store" and len(dims) != len(loops):
                raise VerifyException(
                    f"{name}: store [{', '.join(map(str, dims))}] lacks a loop of {list(loops)}"
                )
            truth = types.is_bool(types.element(value.type))
            if combiner != "store" and truth != (combiner in ("any", "all")):
                raise VerifyException(
                    f"{name}: {combiner} of {value.type}: any and all are for i1, add, mul, max "
                    "and "
                    "min for numbers"
                )
            expected = gathered(loops, dims, value.type)
            if result.type != expected:
                raise VerifyException(f"{name}: a result is {expected}, not {result.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(f" [{', '.join(map(str, ints(self.loops)))}] ")
        with printer.in_parens():
            printer.print_list(
                self.block.args, lambda arg: printer.print_block_argument(arg, print_type=False)
            )
        shown = (f"{c} [{', '.join(map(str, d))}]" for c, d in self.outputs)
        printer.print_string(f" {', '.join(shown)}")
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list(self.res.types, printer.print_attribute)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        def numbers() -> list[int]:
            return parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)

        def output() -> tuple[StringAttr, DenseArrayBase]:
            return StringAttr(parser.parse_identifier()), types.int_array(numbers())

        loops = numbers()
        arguments = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        outputs = parser.parse_comma_separated_list(parser.Delimiter.NONE, output)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        results = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        body = parser.parse_region([a.resolve(IndexType()) for a in arguments])
        return cls.create(
            result_types=results,
            properties={
                "loops": types.int_array(loops),
                "combiners": ArrayAttr(c for c, _ in outputs),
                "dims": ArrayAttr(d for _, d in outputs),
            },
            attributes=attributes,
            regions=[body],
        )


def gathered(loops: Sequence[int], dims: Sequence[int], value: Attribute) -> Attribute:
    """The type that holds the values of a body, each of type `value`, along the loops `dims`."""
    sizes = [loops[d] for d in dims if 0 <= d < len(loops)]
    return types.of_shape((*sizes, *types.shape(value)), types.element(value))


@irdl_op_definition
class GenericOp(LoopsOp):
    """
    One fused loop nest over the sizes `loops`; loop d gives argument d of the body.

        result_k[i at dims_k] = combiner_k over all other loops of body(i…)_k

    `store` has all loops among its dims, in any order. A combiner over no values gives the same
    result as `ten.sum` and `ten.reduce` over no values. A machine may add in any order, and it may
    run the loops in any order and in parallel.

        %r, %s = kernel.generic [5, 7] (%i, %j) store [0, 1], add [0] : tensor<5x7xf64>,
        tensor<5xf64> {
          …
          kernel.yield %a, %b : f64, f64
        }

    Errors:  dims outside of the loops or repeated; a `store` that lacks a loop; a result type that
             does not follow; a body that yields no scalar.
    """

    name = "kernel.generic"

    def verify_(self) -> None:
        super().verify_()
        for value in self.yielded:
            if types.rank(value.type):
                raise VerifyException(f"{self.name}: yields {value.type}, which is no scalar")


@irdl_op_definition
class ProductOp(IRDLOperation):
    """
    A row of an einsum of two operands: its result at the first of its indices.

        r[j…] = einsum(spec, a, b)[i…, j…]

    The op stands in the body of a `kernel.fused`. A machine computes many rows at a time: it
    multiplies one panel of rows after the other, and the nests after the product find their rows in
    a cache.

        %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<128x784xf32>, tensor<784x300xf32>

    Shapes:  those of `ten.einsum`; an index for each of the first letters of the result.
    Errors:  a specification that is not for two such operands; more indices than the result has.
    """

    name = "kernel.product"
    spec = prop_def(StringAttr)
    a = operand_def(AnyAttr())
    b = operand_def(AnyAttr())
    indices = var_operand_def(IndexType())
    result = result_def(AnyAttr())
    traits = lazy_traits_def(lambda: (HasParent(FusedOp), Pure()))

    def __init__(self, spec: str, a: SSAValue, b: SSAValue, indices: Sequence[SSAValue]):
        super().__init__(
            operands=[a, b, indices],
            properties={"spec": types.text_attr(spec)},
            result_types=[_row_type(spec, a.type, b.type, len(indices))],
        )

    @property
    def letters(self) -> tuple[tuple[str, str], str]:
        """The letters of both operands, and those of the whole result."""
        (a, b), output = _letters(self.spec.data)
        return (a, b), output

    @property
    def sizes(self) -> dict[str, int]:
        """Of each letter."""
        return _sizes(self.spec.data, self.a.type, self.b.type)

    @property
    def inner(self) -> int:
        """The number of products that an element of the result is the sum of."""
        return prod(n for c, n in self.sizes.items() if c not in self.letters[1])

    def verify_(self) -> None:
        row = _row_type(self.spec.data, self.a.type, self.b.type, len(self.indices))
        if self.result.type != row:
            raise VerifyException(f"{self.name}: a row is {row}, not {self.result.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.spec)
        printer.print_string(" ")
        printer.print_list((self.a, self.b), printer.print_operand)
        printer.print_string(" ")
        with printer.in_square_brackets():
            printer.print_list(self.indices, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list((self.a.type, self.b.type), printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> ProductOp:
        spec = parser.parse_str_literal()
        a = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        b = parser.parse_unresolved_operand()
        indices = parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        kinds = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        values = parser.resolve_operands(
            [a, b, *indices], [*kinds, *[IndexType()] * len(indices)], position
        )
        try:
            op = cls(spec, values[0], values[1], values[2:])
        except VerifyException as error:
            parser.raise_error(str(error))
        op.attributes.update(attributes)
        return op


def _letters(spec: str) -> tuple[list[str], str]:
    inputs, _, output = spec.partition("->")
    return inputs.split(","), output


def _sizes(spec: str, a: Attribute, b: Attribute) -> dict[str, int]:
    return {c: n for w, t in zip(_letters(spec)[0], (a, b)) for c, n in zip(w, types.shape(t))}


def _row_type(spec: str, a: Attribute, b: Attribute, indices: int) -> Attribute:
    """The type of a row. Errors: `VerifyException` for a specification that is not for a and b."""
    name = ProductOp.name
    words, output = _letters(spec)
    if len(words) != 2 or not all(c.isalpha() for w in (*words, output) for c in w):
        raise VerifyException(f'{name}: "{spec}" is not of the form "ij,jk->ik"')
    if types.element(a) != types.element(b):
        raise VerifyException(f"{name}: operands {a} and {b} have other elements")
    sizes = _sizes(spec, a, b)
    for word, kind in zip(words, (a, b)):
        if tuple(sizes.get(c) for c in word) != types.shape(kind):
            raise VerifyException(f'{name}: "{word}" of "{spec}" is not for {kind}')
    if len(set(output)) < len(output) or not set(output) <= set(sizes):
        raise VerifyException(f'{name}: "{output}" is no output of "{spec}"')
    if indices > len(output):
        raise VerifyException(f'{name}: {indices} indices for the letters "{output}"')
    return types.of_shape([sizes[c] for c in output[indices:]], types.element(a))


@irdl_op_definition
class FusedOp(LoopsOp):
    """
    Nests that run one after the other for each point of the loops around them. A row of each nest
    stays in a cache, or in registers, until the next nest reads the row.

        result_k[i at dims_k, j…] = combiner_k over all other loops of body(i…)_k[j…]

    The body is a list of `kernel.generic` and `kernel.product`. A `kernel.generic` may load from
    any tensor at the indices of the body, and may read the results of the ops before it. A
    `kernel.product` is a row of a product of matrices.

        %y = kernel.fused [4096] (%i) store [0] : tensor<4096x1024xf32> {
          %m = kernel.generic [1024] (%j) max [] : f32 { … %x[%i, %j] … }
          %e, %s = kernel.generic [1024] (%j) store [0], add [] : tensor<1024xf32>, f32 { … }
          %r = kernel.generic [1024] (%j) store [0] : tensor<1024xf32> { … %e[%j] … %s … }
          kernel.yield %r : tensor<1024xf32>
        }

    Errors:  those of `kernel.generic`; any other op in the body.
    """

    name = "kernel.fused"

    def verify_(self) -> None:
        super().verify_()
        for op in self.block.ops:
            if not isinstance(op, GenericOp | ProductOp | YieldOp):
                raise VerifyException(
                    f"{self.name}: the body has {op.name}, not kernel.generic or kernel.product"
                )


@irdl_op_definition
class ScatterOp(IRDLOperation):
    """
    One loop nest that sums into computed places of a tensor of zeros. The body yields a value, then
    indices. The indices may depend on the first `domain` loops only. The nest drops values whose
    place is outside of the tensor.

        r[p(i)…, j…] = Σ over i… of value(i…, j…)

    Shapes:  loops (i…, j…), of which the i are `domain` many  ->  r (dims…, j…)
    Errors:  another number of indices than dims; a result type that does not follow.
    """

    name = "kernel.scatter"
    loops = prop_def(DenseArrayBase)
    domain = prop_def(IntegerAttr)
    dims = prop_def(DenseArrayBase)
    res = var_result_def(AnyAttr())
    body = region_def("single_block")
    traits = traits_def(Pure())

    def __init__(self, loops: Sequence[int], domain: int, dims: Sequence[int], body: Region):
        last = body.block.last_op
        assert isinstance(last, YieldOp)
        super().__init__(
            properties={
                "loops": types.int_array(loops),
                "domain": IntegerAttr(domain, i64),
                "dims": types.int_array(dims),
            },
            result_types=[[types.of_shape((*dims, *loops[domain:]), last.operands[0].type)]],
            regions=[body],
        )

    @property
    def block(self) -> Block:
        return self.body.block

    @property
    def yielded(self) -> Sequence[SSAValue]:
        last = self.block.last_op
        return last.operands if last is not None else ()

    def verify_(self) -> None:
        loops, dims, domain = ints(self.loops), ints(self.dims), self.domain.value.data
        name = self.name
        if not 0 <= domain <= len(loops):
            raise VerifyException(f"{name}: a domain of {domain} of the {len(loops)} loops")
        if [a.type for a in self.block.args] != [IndexType()] * len(loops):
            raise VerifyException(f"{name}: the body takes an index per loop of {list(loops)}")
        if not isinstance(self.block.last_op, YieldOp) or not self.yielded:
            raise VerifyException(f"{name}: the body does not yield a value and its place")
        value, *places = self.yielded
        if [p.type for p in places] != [IndexType()] * len(dims):
            raise VerifyException(f"{name}: {len(places)} indices into dims {list(dims)}")
        expected = types.of_shape((*dims, *loops[domain:]), value.type)
        if len(self.res) != 1 or types.rank(value.type) or self.res[0].type != expected:
            raise VerifyException(f"{name}: the result is {expected}")


Nest = GenericOp | ScatterOp | FusedOp
"""Ops that are loop nests."""

Kernel = Dialect(
    "kernel", [FusedOp, GenericOp, LoadOp, ProductOp, RecurrenceOp, ScatterOp, YieldOp]
)
