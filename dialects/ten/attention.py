"""
Attention, softmax(s q kᵀ + bias) v, as one op, and the two ops of its derivative.

No op here needs a tensor of all pairs of queries and keys: a backend may go through the keys tile
by tile, and keep for each query the maximum of its row and the sum of its exponentials.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Self

from xdsl.dialects.builtin import FloatAttr, IntegerAttr, StringAttr, UnitAttr, f32, f64, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from .. import types
from ..types import Term, element, rank, shape
from .base import TenOp, index_type, parse_operands

OWN = "ijde"
"""The letters of queries, keys, features of queries and keys, and features of values."""


@dataclass(frozen=True)
class Scores:
    """How the scores of an attention are made of the products of queries and keys."""

    scale: float = 1.0
    below: int | None = None
    above: int | None = None
    fill: float = -inf
    adds: bool = False
    wide: bool = False
    late: bool = False

    def properties(self) -> dict[str, Attribute]:
        made: dict[str, Attribute] = {"scale": FloatAttr(self.scale, f64)}
        for name in ("below", "above"):
            if (bound := getattr(self, name)) is not None:
                made[name] = IntegerAttr(bound, i64)
        if self.fill != -inf:
            made["fill"] = FloatAttr(self.fill, f64)
        for name in ("adds", "wide", "late"):
            if getattr(self, name):
                made[name] = UnitAttr()
        return made


class AttentionLike(TenOp, ABC):
    """The parts that attention and the ops of its derivative share."""

    spec = prop_def(StringAttr)
    scale = prop_def(FloatAttr)
    fill = opt_prop_def(FloatAttr)
    below = opt_prop_def(IntegerAttr)
    above = opt_prop_def(IntegerAttr)
    adds = opt_prop_def(UnitAttr)
    wide = opt_prop_def(UnitAttr)
    late = opt_prop_def(UnitAttr)
    xs = var_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    NAMES: ClassVar = ("scale", "fill", "below", "above", "adds", "wide", "late")

    def __init__(
        self,
        spec: str,
        xs: Sequence[SSAValue],
        scores: Scores,
        result_types: Sequence[Attribute] | None = None,
    ):
        properties: dict[str, Attribute] = {"spec": StringAttr(spec), **scores.properties()}
        blank = [index_type] * self.count() if result_types is None else result_types
        Operation.__init__(self, operands=list(xs), properties=properties, result_types=blank)
        if result_types is None:
            self._check_operands()
            for result, inferred in zip(self.results, self.result_types_(), strict=True):
                result._type = inferred  # pyright: ignore[reportPrivateUsage]

    @classmethod
    def count(cls) -> int:
        """How many results the op has."""
        return 1

    def more(self) -> list[tuple[str, str, Attribute]]:
        """The operands behind those of the attention: names, letters, and element types."""
        return []

    def result_types_(self) -> list[Attribute]:
        raise NotImplementedError

    # What the words and properties say.

    @property
    def words(self) -> tuple[tuple[str, ...], str]:
        """The letters of the queries, keys, values, bias and mask, and those of the output."""
        inputs, _, output = self.spec.data.partition("->")
        return tuple(inputs.split(",")), output

    @property
    def scores(self) -> Scores:
        return Scores(
            self.scale.value.data,
            None if self.below is None else self.below.value.data,
            None if self.above is None else self.above.value.data,
            -inf if self.fill is None else self.fill.value.data,
            self.adds is not None,
            self.wide is not None,
            self.late is not None,
        )

    @property
    def q(self) -> SSAValue:
        return self.xs[0]

    @property
    def k(self) -> SSAValue:
        return self.xs[1]

    @property
    def v(self) -> SSAValue:
        return self.xs[2]

    @property
    def extras(self) -> dict[str, tuple[SSAValue, str]]:
        """The operands `bias` and `mask`, with their letters, if the op has them."""
        found = {}
        for x, word in zip(self.xs[3:], self.words[0][3:]):
            found["mask" if types.is_bool(element(x.type)) else "bias"] = x, word
        return found

    @property
    def rest(self) -> Sequence[SSAValue]:
        """The operands behind those of the attention."""
        return self.xs[len(self.words[0]) :]

    @property
    def stats_word(self) -> str:
        """The letters of the rows: those of the output without the features."""
        return self.words[1].replace("e", "")

    @property
    def batch_word(self) -> str:
        return self.stats_word.replace("i", "")

    @property
    def scores_word(self) -> str:
        """The letters of all pairs of queries and keys."""
        return f"{self.batch_word}ij"

    @property
    def sizes(self) -> dict[str, int]:
        words, _ = self.words
        return {c: n for w, x in zip(words, self.xs) for c, n in zip(w, shape(x.type))}

    @property
    def scalar(self) -> Attribute:
        return element(self.q.type)

    @property
    def scores_scalar(self) -> Attribute:
        """The type in which the program takes the softmax."""
        return f32 if self.wide is not None else self.scalar

    @property
    def stats_scalar(self) -> Attribute:
        """The type of maxima and sums: at least float32."""
        return f64 if self.scalar == f64 else f32

    def of_word(self, word: str, scalar: Attribute) -> Attribute:
        sizes = self.sizes
        return types.of_shape([sizes[c] for c in word], scalar)

    # Checks.

    def _check_operands(self) -> None:
        spec = self.spec.data
        words, output = self.words
        self.require(
            spec.count("->") == 1
            and all(c.isascii() and c.isalpha() for w in (*words, output) for c in w)
            and all(len(set(w)) == len(w) for w in (*words, output)),
            lambda: f'"{spec}" is not of the form "bid,bjd,bje->bie"',
        )
        self.require(
            3 <= len(words) <= 5,
            lambda: f'"{spec}" is for {len(words)} operands, not for 3 to 5',
        )
        owned = [*zip(words, ("id", "jd", "je")), (output, "ie")]
        for word, own in owned:
            self.require(
                {c for c in word if c in OWN} == set(own),
                lambda: f'"{word}" of "{spec}" has other letters of {OWN} than {own}',
            )
        for word in words:
            stranger = [c for c in word if c not in "ijd" and c not in output]
            self.require(
                not stranger,
                lambda: f"'{stranger[0] if stranger else ''}' is in an operand of \"{spec}\" only",
            )
        for word in words[3:]:
            self.require(not set(word) & {"d", "e"}, lambda: f'"{word}" of "{spec}" names features')
        self.require(
            set(output) <= set("".join(words)),
            lambda: f'a letter of the output of "{spec}" is in no operand',
        )
        more = self.more()
        self.require(
            len(self.xs) == len(words) + len(more),
            lambda: f"{len(self.xs)} operands, not {len(words) + len(more)}",
        )
        sizes: dict[str, int] = {}
        for k, (word, x) in enumerate(zip([*words, *(w for _, w, _ in more)], self.xs)):
            self.require(
                len(word) == rank(x.type),
                lambda: f'operand {k} is {x.type}, but has {len(word)} letters "{word}"',
            )
            for letter, n in zip(word, shape(x.type)):
                known = sizes.setdefault(letter, n)
                self.require(
                    known == n,
                    lambda: f"'{letter}' is {known} elsewhere and {n} in operand {k}, {x.type}",
                )
        self.require(sizes["j"] > 0, "there are no keys")
        self._check_elements(more)

    def _check_elements(self, more: Sequence[tuple[str, str, Attribute]]) -> None:
        words, _ = self.words
        scalar = self.scalar
        self.require(types.is_float(scalar), lambda: f"the queries are {self.q.type}, no floats")
        self.require(
            self.wide is None or types.element(self.q.type) not in (f32, f64),
            lambda: f"the softmax of {scalar} is not wider in f32",
        )
        self.require(
            self.late is None or self.wide is None, "a late division has the type of the values"
        )
        kinds: list[str] = []
        for k, x in enumerate(self.xs[: len(words)]):
            kind = "value" if k < 3 else "mask" if types.is_bool(element(x.type)) else "bias"
            wanted = self.scores_scalar if kind == "bias" else scalar
            self.require(
                not isinstance(x.type, Term) and (kind == "mask" or element(x.type) == wanted),
                lambda: f"operand {k} is {x.type}, whose elements are not {wanted}",
            )
            kinds.append(kind)
        self.require(
            kinds[3:] in ([], ["bias"], ["mask"], ["bias", "mask"]),
            "behind the values there is at most one bias, and then at most one mask",
        )
        for (name, _, wanted), x in zip(more, self.rest):
            may_be = (wanted, f32) if name in ("o", "ct") and self.wide is not None else (wanted,)
            self.require(
                element(x.type) in may_be,
                lambda: f"{name} is {x.type}, whose elements are not {wanted}",
            )
        self.require(
            self.scores.below is None
            or self.scores.above is None
            or self.scores.below <= self.scores.above,
            lambda: f"the band from {self.scores.below} to {self.scores.above} is empty",
        )

    def verify_(self) -> None:
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
        self._check_operands()
        expected = self.result_types_()
        self.require(
            len(expected) == len(self.results),
            lambda: f"{len(self.results)} results, not {len(expected)}",
        )
        for k, (result, wanted) in enumerate(zip(self.results, expected)):
            self.require(
                self._may_be(result.type, wanted),
                lambda: f"result {k} is {wanted}, not {result.type}",
            )

    def _may_be(self, given: Attribute, wanted: Attribute) -> bool:
        return given == wanted

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return None

    # Syntax.

    def print(self, printer: Printer) -> None:
        printer.print_string(f' "{self.spec.data}" ')
        printer.print_list(self.operands, printer.print_operand)
        own = {name: self.properties[name] for name in self.NAMES if name in self.properties}
        printer.print_op_attributes({**own, **self.attributes})
        printer.print_string(" : ")
        printer.print_list(self.operand_types, printer.print_attribute)
        printer.print_string(" -> ")
        with printer.in_parens():
            printer.print_list(self.result_types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        properties: dict[str, Attribute] = {"spec": StringAttr(parser.parse_str_literal())}
        operands = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        kinds = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        values = parser.resolve_operands(operands, kinds, position)
        properties |= {n: a for n, a in attributes.items() if n in cls.NAMES}
        return cls.create(
            operands=values,
            result_types=results,
            properties=properties,
            attributes={n: a for n, a in attributes.items() if n not in cls.NAMES},
        )


@irdl_op_definition
class AttentionOp(AttentionLike):
    """
    Each query's mean of the values, weighted by the softmax of its scores.

        s = scale · (q kᵀ) + bias;  s = fill at the places that `mask` or the band excludes
        max = the maximum of s over the keys;  sum = Σ exp(s - max)
        o = (exp(s - max) / sum) v

    In the specification, i, j, d and e are the letters of queries, keys, features of queries and
    keys, and features of values. All other letters are a batch; q, k, v, the bias and the mask may
    lack some of them, and the bias and the mask may also lack i or j.

        %o, %max, %sum = ten.attention "bid,bjd,bje,ij->bie" %q, %k, %v, %bias
            {scale = 1.250000e-01 : f64, above = 0 : i64} : … -> (…)

    `below` and `above` are a band: place (i, j) is in it if below <= j - i <= above. So `above = 0`
    is the causal mask. `fill` is -inf if nothing else is said. With `adds`, a place that is
    excluded keeps its score plus `fill`. With `wide`, the program takes the softmax in float32, and
    without it in the type of the values; then o may be float32 too. With `late`, it divides by the
    sum after the product with v. A backend may compute with more digits than these types have.

    A backend may leave out the keys that the band excludes, if their weights are 0: then such a key
    adds nothing, also where its value is no finite number.

    Shapes:  q (…, i, d), k (…, j, d), v (…, j, e), bias and mask (…, i, j)  ->  o (…, i, e), and
             max and sum (…, i) in float32 or float64, each in any layout
    Errors:  a malformed specification; sizes that differ; no keys; elements that are no floats; an
             empty band.
    """

    name = "ten.attention"
    SYNTAX: ClassVar = 'ten.attention "bid,bjd,bje->bie" %q, %k, %v {scale = …} : types -> (types)'

    @classmethod
    def count(cls) -> int:
        return 3

    def result_types_(self) -> list[Attribute]:
        stats = self.of_word(self.stats_word, self.stats_scalar)
        return [self.of_word(self.words[1], self.scalar), stats, stats]

    def _may_be(self, given: Attribute, wanted: Attribute) -> bool:
        wide = types.of_shape(shape(wanted), f32)
        return given == wanted or (self.wide is not None and given == wide)


@irdl_op_definition
class AttentionTangentOp(AttentionLike):
    """
    The tangent of the output of an attention. Linear in the last operands together.

        p = exp(s - max) / sum;  ds = scale · (dq kᵀ + q dkᵀ) + dbias, 0 at excluded places
        do = (p ⊙ (ds - Σ p ⊙ ds)) v + p dv

    The operands are those of the attention, its results o, max and sum, and then dq, dk, dv, and
    dbias if there is a bias.

    Shapes:  as in `ten.attention`; a tangent has the shape of its value  ->  the shape of o
    Errors:  as in `ten.attention`; tangents of which some are terms, and some are not.
    """

    name = "ten.attention_tangent"
    SYNTAX: ClassVar = (
        'ten.attention_tangent "bid,bjd,bje->bie" %q, %k, %v, %o, %max, %sum, %dq, %dk, %dv '
        "{scale = …} : types -> (type)"
    )

    def more(self) -> list[tuple[str, str, Attribute]]:
        words, output = self.words
        stats = self.stats_word, self.stats_scalar
        found = [("o", output, self.scalar), ("max", *stats), ("sum", *stats)]
        found += [(f"d{n}", w, self.scalar) for n, w in zip("qkv", words)]
        if "bias" in self.extras:
            found.append(("dbias", self.extras["bias"][1], self.scores_scalar))
        return found

    @property
    def tangents(self) -> Sequence[SSAValue]:
        """dq, dk, dv, and dbias if there is a bias."""
        return self.rest[3:]

    def result_types_(self) -> list[Attribute]:
        kinds = {isinstance(x.type, Term) for x in self.tangents}
        self.require(len(kinds) == 1, "some tangents are terms, and some are not")
        o = self.rest[0].type
        return [types.like(self.tangents[0].type, shape(o), element(o))]


@irdl_op_definition
class AttentionGradientOp(AttentionLike):
    """
    The cotangents of the queries, keys and values of an attention.

        p = exp(s - max) / sum;  ds = p ⊙ (ō vᵀ - delta), 0 at excluded places
        q̄ = scale · ds k;  k̄ = scale · dsᵀ q;  v̄ = pᵀ ō

    The operands are those of the attention, its results max and sum, the cotangent ō, and delta,
    the sum over e of o ⊙ ō. So no backend needs the weights p of the forward pass: they are
    computed again, tile by tile.

    Shapes:  as in `ten.attention`, but q, k and v have all letters of the batch  ->  those of q, k
             and v; the elements of a result may also be float32
    Errors:  as in `ten.attention`; q, k or v without a letter of the batch.
    """

    name = "ten.attention_gradient"
    SYNTAX: ClassVar = (
        'ten.attention_gradient "bid,bjd,bje->bie" %q, %k, %v, %max, %sum, %ct, %delta '
        "{scale = …} : types -> (types)"
    )

    @classmethod
    def count(cls) -> int:
        return 3

    def more(self) -> list[tuple[str, str, Attribute]]:
        word, stats = self.stats_word, self.stats_scalar
        return [
            ("max", word, stats),
            ("sum", word, stats),
            ("ct", self.words[1], self.scalar),
            ("delta", word, stats),
        ]

    def _check_operands(self) -> None:
        super()._check_operands()
        for word in self.words[0][:3]:
            self.require(
                set(self.batch_word) <= set(word),
                lambda: f'"{word}" of "{self.spec.data}" lacks a letter of the batch',
            )

    def result_types_(self) -> list[Attribute]:
        return [x.type for x in self.xs[:3]]

    def _may_be(self, given: Attribute, wanted: Attribute) -> bool:
        return given in (wanted, types.of_shape(shape(wanted), self.stats_scalar))


ATTENTION_OPS: tuple[type[AttentionLike], ...] = (
    AttentionOp,
    AttentionGradientOp,
    AttentionTangentOp,
)
