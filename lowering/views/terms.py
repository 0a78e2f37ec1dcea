r"""
The target `terms`: prints a function the way people write it.

    foo = \x y z -> let a = sin y; w = x * a in atan2 z w + z * w

If a value is used once, it stands where it is used. If a value is used more often, a `let` binds
it. A `let` also binds a value that is used in an inner region (the body of a build, a branch, a
loop): written inside, it would read as computed there. Arguments, constants and their broadcasts
stand wherever they are used. The target leaves out values that no result needs.

The target writes no types. It writes a shape only if nothing else shows it: `broadcast [5] s` is an
example. If a broadcast feeds an elementwise op, and NumPy would broadcast its operand to the same
shape, the target writes the operand: `v * s`.

Delta terms stand beside the values that they belong to. The tangent of an input x is `dx`, and a
value times a term is `x * dx`. Ops that consume terms pair them with their cotangents:

    foo = \x y ct ->
      let w = x * y
          dw = y * dx + x * dy
      in pullback (w * dw + w * dw : ct)

The rule of an op in the table `notation` writes the op. An op without a rule is written as
`dialect.op a b {attribute = 1}`.

    @notation.rule(MyOp)
    def _(op, x, y):
        return apply("my", x, y)

This module recurses only in the nesting of regions, and not in the number of ops.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, ClassVar, Literal, NamedTuple

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import IndexType, ModuleOp, UnregisteredOp
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue
from xdsl.traits import IsTerminator
from xdsl.utils.target import Target

from ...dialects import arrays, delta, sharing, ten, types
from ...dialects.op_names import op_name
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.rule_tables import Rule, RuleTable, with_regions
from .texts import (
    AND,
    APPLICATION,
    ATOM,
    COMPARISON,
    CONDITION,
    OPEN,
    OR,
    POWER,
    PRODUCT,
    SHIFT,
    SUM,
    UNARY,
    WIDTH,
    Let,
    Text,
    apply,
    at,
    atom,
    bracketed,
    function,
    infix,
    layout,
    sizes,
    tuple_of,
)

Sharing = Literal["every", "lets", "none"]

BUDGET = 100_000
"""Nodes that a tree without sharing may have."""
LIST_LIMIT = 16
"""Elements of a constant that the target writes out, at most."""

notation = RuleTable(
    "notation",
    "(op, *texts) -> Text; a rule marked with_regions takes `body` after op: a function from a "
    "region to the names of its arguments and the text of its results",
)
"""
The text of an op, from the texts of its operands.

Example:

    >>> @notation.rule(CubeOp)
    ... def cube_written(op, x):
    ...     return application("cube", x)
    >>> show(lg.trace(lambda x: cube(x + 1.0), 1.0))
    lambda = \\x -> cube (x + 1.0)
"""


Body = Callable[..., tuple[list[str], Text]]
"""`body(region, join=tuple_of)`: the names of a region's arguments; its results in their lets."""


def elementwise(rule: Rule) -> Rule:
    """
    Mark a notation whose op works element by element, so that the target leaves out broadcasts.

    Example:

        >>> @notation.rule(math.Atan2Op, override=True)
        ... @notation_elementwise
        ... def angle(op, y, x):
        ...     return application("angle", y, x)
        >>> show(lg.trace(np.arctan2, lg.spec(3), 1.0))
        arctan2 = \\x1 x2 -> angle x1 x2
    """
    rule.elementwise = True  # type: ignore[attr-defined]
    return rule


# A function.


def format_function(func_op: func.FuncOp, sharing: Sharing = "lets", budget: int = BUDGET) -> str:
    """
    The function in one line, or in more lines if it does not fit.

    sharing: `lets` binds values that are used more than once, `every` all values, `none` writes the
             tree.
    Errors:  `LetgradError` for a region of several blocks, for a use before its definition, and for
             a tree of more than `budget` nodes.

    Example:

        >>> function = find_entry(lg.trace(lambda x: np.sin(x) * x, 1.0), None)
        >>> print(format_function(function))
        lambda = \\x -> sin x * x
        >>> print(format_function(function, "every"))
        lambda = \\x -> let x1 = sin x; x2 = x1 * x in x2
    """
    name = func_op.sym_name.data
    if not func_op.body.blocks:
        results = ", ".join(map(str, func_op.function_type.outputs))
        return f"{name} : ({', '.join(map(str, func_op.function_type.inputs))}) -> ({results})"
    writer = _Writer(func_op, sharing)
    if sharing == "none" and (size := writer.tree_size(func_op.body)) > budget:
        raise LetgradError(
            f"@{name} without sharing is a tree of {_number(size)} nodes, more than {budget}",
            func_op,
        )
    names, body = writer.body(func_op.body)
    head = f"{name} = \\{' '.join(names)} ->" if names else f"{name} ="
    if isinstance(body, Let) or len(head) + 1 + body.width <= WIDTH:
        return layout(Text(OPEN, f"{head} ", body))
    return f"{layout(atom(head))}\n  {layout(body, 2)}"


def _number(n: int) -> str:
    """A count; if it has too many digits to read, its order of magnitude."""
    return str(n) if n < 10**30 else f"about 10^{int(n.bit_length() * 0.30103)}"


class Shown(NamedTuple):
    """The value to write for an operand. It is `bare` if the context shows its shape."""

    value: SSAValue
    bare: bool


def _without_broadcasts(value: SSAValue) -> SSAValue:
    """x for a broadcast of x along new leading dimensions, which is NumPy's broadcasting."""
    while isinstance(op := value.owner, ten.BroadcastOp) and _leading(types.ints(op.dims)):
        value = op.x
    return value


def _leading(dims: tuple[int, ...]) -> bool:
    return dims == tuple(range(len(dims)))


def _is_atom(value: SSAValue) -> bool:
    """Arguments, constants, and their broadcasts, which cost nothing to write or compute again."""
    while isinstance(value.owner, ten.BroadcastOp):
        value = value.owner.x
    return isinstance(value.owner, Block | arith.ConstantOp | delta.InputOp | delta.ZeroOp)


class _Writer:
    """One function's printing: which ops are alive, how often values are written, their names."""

    def __init__(self, func_op: func.FuncOp, sharing: Sharing):
        self.sharing = sharing
        self.written: Counter[SSAValue] = Counter()
        self.crossing: set[SSAValue] = set()
        self.alive: set[Operation] = set()
        self.texts: dict[SSAValue, Text] = {}
        self.taken: set[str] = set(_RESERVED)
        self.numbers: Counter[str] = Counter()
        self.splats: dict[SSAValue, bool] = {}
        self._count_uses(func_op.body)

    def shown(self, op: Operation) -> list[Shown]:
        """The operands of `op`, as the target writes them."""
        rule = notation.find(type(op))
        if not getattr(rule, "elementwise", False):
            return [Shown(value, False) for value in op.operands]
        full = types.shape(op.results[0].type)
        shown: list[Shown] = []
        for value in op.operands:
            source = value if self.sharing == "every" else _without_broadcasts(value)
            shown.append(Shown(source, source is not value or self._is_splat(value)))
        if full and not any(not s.bare and types.shape(s.value.type) == full for s in shown):
            # Something must show the shape.
            for i, value in enumerate(op.operands):
                if types.shape(value.type) == full:
                    shown[i] = Shown(value, False)
                    break
        return shown

    def _is_splat(self, value: SSAValue) -> bool:
        if value not in self.splats:  # asking reads all elements of a constant
            self.splats[value] = types.constant_value(value) is not None
        return self.splats[value]

    def _count_uses(self, body: Region) -> None:
        """Find the ops that the results need, and count how often their text has each value."""
        pending = _effects(body)
        while pending:
            op = pending.pop()
            if op in self.alive:
                continue
            self.alive.add(op)
            for value, _ in self.shown(op):
                self.written[value] += 1
                if isinstance(value.owner, Operation):
                    if value.owner.parent is not op.parent:
                        self.crossing.add(value)
                    pending.append(value.owner)
            for region in op.regions:
                pending.extend(_effects(region))

    def tree_size(self, body: Region) -> int:
        """How many nodes the function has when every use of a value is a copy of it."""
        size: dict[SSAValue, int] = {}
        left = Counter(self.written)

        def read(op: Operation) -> int:
            total = 0
            for value, _ in self.shown(op):
                total += size.get(value, 1)
                left[value] -= 1
                if not left[value]:  # the numbers are long: drop a number after its last use
                    size.pop(value, None)
            return total

        def of_region(region: Region) -> int:
            total = 0
            for op in (op for block in region.blocks for op in block.ops if op in self.alive):
                nodes = read(op) + sum(map(of_region, op.regions))
                named = isinstance(op, sharing.LetOp | sharing.ShareOp)
                for result in op.results:
                    size[result] = nodes + (not named)
                if not op.results:
                    total += nodes
            return total

        return of_region(body)

    def body(
        self, region: Region, join: Callable[[Sequence[Text]], Text] = tuple_of
    ) -> tuple[list[str], Text]:
        """The names of a region's arguments; its results, put together by `join`, in their lets."""
        if not region.blocks:
            return [], tuple_of([])
        if len(region.blocks) > 1:
            raise LetgradError(
                f"a region of {len(region.blocks)} blocks is not structured control flow,"
                " which is all that the target terms can write",
                region.parent_op(),
            )
        block = region.block
        names = self._name(block.args)
        ops = [op for op in block.ops if op in self.alive]
        inputs = self._name([op.result for op in ops if isinstance(op, delta.InputOp)])
        bound = {op for op in ops if self._is_bound(op)}
        bound_names = self._name(
            [r for op in ops if op in bound for r in op.results if self.written[r]]
        )
        bindings: list[Text] = []
        results: list[Text] = []
        for op in ops:
            if op is block.last_op and op.has_trait(IsTerminator):
                results = self._operands(op)
                break
            if isinstance(op, delta.InputOp):
                continue
            text = self._op(op)
            if op in bound:
                bindings.append(Text(OPEN, f"{self._left_side(op)} = ", text))
            elif len(op.results) == 1:
                self.texts[op.results[0]] = text
            else:
                for k, result in enumerate(op.results):
                    self.texts[result] = Text(ATOM, at(ATOM, text), f".{k}")
        self.taken.difference_update(names, inputs, bound_names)
        body = join(results)
        return names, Let(bindings, body) if bindings else body

    def _is_bound(self, op: Operation) -> bool:
        if not op.results:
            return not op.has_trait(IsTerminator)
        if isinstance(op, arith.ConstantOp | delta.InputOp | delta.ZeroOp):
            return False
        if self.sharing == "none":
            return False
        if isinstance(op, sharing.LetOp):
            return self.sharing == "lets"  # with `every`, each value has a name already
        if self.sharing == "every" and isinstance(op, sharing.ShareOp):
            return False
        if self.sharing == "every" or len(op.results) > 1:
            return True
        result = op.results[0]
        return (self.written[result] > 1 or result in self.crossing) and not _is_atom(result)

    def _left_side(self, op: Operation) -> str:
        names = [str(self.texts[r].parts[0]) if r in self.texts else "_" for r in op.results]
        return names[0] if len(names) == 1 else f"({', '.join(names)})" if names else "_"

    def _operands(self, op: Operation) -> list[Text]:
        texts: list[Text] = []
        for value, bare in self.shown(op):
            text = self.texts.get(value)
            if text is None:
                raise LetgradError(f"{op_name(op)} uses a value before its definition", op)
            if not bare and types.shape(value.type) and self._is_splat(value):
                text = apply(f"broadcast {sizes(types.shape(value.type))}", text)
            texts.append(text)
        return texts

    def _op(self, op: Operation) -> Text:
        operands = self._operands(op)
        rule = notation.find(type(op)) or _any_op
        if getattr(rule, "regions", False):
            return rule(op, self.body, *operands)
        return rule(op, *operands)

    def _name(self, values: Sequence[SSAValue]) -> list[str]:
        """
        Names that no enclosing scope has: the hints in the program. Values without a hint get x1,
        x2, …, terms get d1, d2, … (the tangent of input 0 is d0), and indices of a region get i, j,
        k, …

        Values with hints get their names first, so that a made-up name never takes a hint.
        """
        names = {v: self._fresh(_as_name(v.name_hint)) for v in values if v.name_hint}
        names |= {v: self._made_up(v) for v in values if v not in names}
        self.texts |= {v: atom(name) for v, name in names.items()}
        return [names[v] for v in values]

    def _made_up(self, value: SSAValue) -> str:
        if isinstance(value, BlockArgument) and isinstance(value.type, IndexType):
            letter = next((c for c in "ijklpq" if c not in self.taken), "i")
            return self._fresh(letter)
        if isinstance(value.owner, delta.InputOp):
            return self._fresh(f"d{value.owner.position.value.data}")
        return self._fresh(None, "d" if isinstance(value.type, types.Term) else "x")

    def _fresh(self, hint: str | None, base: str = "x") -> str:
        name = hint
        while name is None or name in self.taken:
            base = base if hint is None else f"{hint}_"
            self.numbers[base] += 1
            name = f"{base}{self.numbers[base]}"
        self.taken.add(name)
        return name


_RESERVED = {"let", "in", "if", "then", "else", "for", "do", "true", "false", "inf", "nan", "_"}


def _as_name(hint: str) -> str:
    return re.sub(r"\W", "_", hint)


def _effects(region: Region) -> list[Operation]:
    """The ops of a region without results. The text keeps them without a use."""
    return [op for block in region.blocks for op in block.ops if not op.results]


# Notations.


@with_regions
def _any_op(op: Operation, body: Body, *operands: Text) -> Text:
    r"""`dialect.op a b {attribute = 1} (\i -> …)`, for ops that have no notation."""
    attributes = {**op.properties, **op.attributes}
    if isinstance(op, UnregisteredOp):
        del attributes["op_name__"]  # the name, which stands in front
    braces = ", ".join(f"{name} = {_elided(attribute)}" for name, attribute in attributes.items())
    head = apply(op_name(op), *operands)
    head = Text(APPLICATION, head, f" {{{braces}}}") if braces else head
    lambdas = [at(ATOM, function(*body(region))) for region in op.regions]
    return Text(APPLICATION, head, *(p for f in lambdas for p in (" ", f))) if lambdas else head


def _elided(attribute: Attribute) -> str:
    text = str(attribute)
    return text if len(text) <= 40 else f"{text[:37]}…"


@notation.rule(arith.ConstantOp)
def _(op: arith.ConstantOp) -> Text:
    if not types.is_number(op.result.type):
        return Text(APPLICATION, _elided(op.value))
    if (number := types.constant_value(op.result)) is not None:
        scalar = arrays.dtype(op.result.type).type(number)
        return _literal(scalar)
    try:
        array = np.asarray(arrays.constant_array(op))
    except TypeError:
        return Text(APPLICATION, _elided(op.value))
    if array.size > LIST_LIMIT or array.size == 0:
        return atom(f"[…{'x'.join(map(str, array.shape))}…]")
    return _nested(array)


def _nested(array: np.ndarray) -> Text:
    return _literal(array[()]) if array.ndim == 0 else bracketed(_nested(row) for row in array)


def _literal(number: Any) -> Text:
    """The shortest decimal that is this number in its type; a negative one is no atom."""
    text = str(number.item() if isinstance(number, np.float64 | np.integer) else number)
    if isinstance(number, np.bool_):
        text = text.lower()
    return Text(UNARY if text.startswith("-") else ATOM, text)


@notation.rule(sharing.LetOp, sharing.ShareOp)
def _(op: Operation, x: Text, *indices: Text) -> Text:
    """A name for x. The binding of a let is not part of the name."""
    return x


def _infix(ops: Sequence[type[Operation]], level: int, operator: str) -> None:
    @notation.rule(*ops)
    @elementwise
    def _(op: Operation, a: Text, b: Text) -> Text:
        return infix(level, operator, a, b)


_infix([arith.AddfOp, arith.AddiOp], SUM, "+")
_infix([arith.SubfOp, arith.SubiOp], SUM, "-")
_infix([arith.MulfOp, arith.MuliOp], PRODUCT, "*")
_infix([arith.DivfOp], PRODUCT, "/")
_infix([arith.FloorDivSIOp], PRODUCT, "//")
_infix([arith.ShLIOp], SHIFT, "<<")
_infix([arith.ShRSIOp], SHIFT, ">>")
_infix([arith.AndIOp], AND, "&")
_infix([arith.OrIOp], OR, "|")


def _named(names: dict[type[Operation], str]) -> None:
    for kind, name in names.items():

        @notation.rule(kind)
        @elementwise
        def _(op: Operation, *operands: Text, name: str = name) -> Text:
            return apply(name, *operands)


_named(
    {
        arith.MaximumfOp: "max",
        arith.MinimumfOp: "min",
        arith.MaxSIOp: "max",
        arith.MinSIOp: "min",
        arith.MaxnumfOp: "maxnum",
        arith.MinnumfOp: "minnum",
        arith.MaxUIOp: "maxui",
        arith.MinUIOp: "minui",
        arith.DivSIOp: "quot",
        arith.RemSIOp: "rem",
        arith.DivUIOp: "divui",
        arith.RemUIOp: "remui",
        arith.CeilDivSIOp: "ceildiv",
        arith.CeilDivUIOp: "ceildivui",
        arith.ShRUIOp: "shrui",
        arith.XOrIOp: "xor",
    }
)
_POWERS = (math.PowFOp, math.FPowIOp, math.IPowIOp)
_ABSOLUTE = {math.AbsFOp: "abs", math.AbsIOp: "abs"}
_named(
    {op: op.name.partition(".")[2] for op in math.Math.operations if op not in _POWERS} | _ABSOLUTE
)
_named(
    {
        op: op.name.partition(".")[2]
        for op in (
            ten.FmodOp,
            ten.HypotOp,
            ten.UnitOp,
            ten.InvertOp,
            ten.Sech2Op,
            ten.ComplexOp,
            ten.RealOp,
            ten.ImagOp,
        )
    }
)


@notation.rule(*ten.MATRIX_OPS)
def decomposition(op: ten.MatrixOp, a: Text) -> Text:
    """`svd a`, a tuple."""
    return apply(" ".join([op.name.partition(".")[2], *op.words]), a)


@notation.rule(*ten.ATTENTION_OPS)
def attention(op: ten.AttentionLike, *operands: Text) -> Text:
    """`attention "bid,bjd,bje->bie" q k v`, and what the scores are beside products."""
    scores = op.scores
    said = [f'"{op.spec.data}"']
    said += [f"scale={scores.scale!r}"] * (scores.scale != 1.0)
    said += [
        f"{name}={bound}"
        for name, bound in (("below", scores.below), ("above", scores.above))
        if bound is not None
    ]
    said += [f"fill={scores.fill!r}"] * (op.fill is not None)
    said += ["adds"] * scores.adds
    return apply(f"{op.name.partition('.')[2]} {' '.join(said)}", *operands)


@notation.rule(ten.TriangularSolveOp)
def _(op: ten.TriangularSolveOp, t: Text, b: Text) -> Text:
    """`solve lower t b`."""
    return apply(f"solve {op.kind.data.replace('_', ' ')}", t, b)


@notation.rule(ten.SymmetricSolveOp)
def _(op: ten.SymmetricSolveOp, a: Text, b: Text) -> Text:
    """`solve symmetric lower a b`."""
    return apply(f"solve symmetric {op.triangle.data}", a, b)


@notation.rule(ten.SpecialOp)
@elementwise
def special_function(op: ten.SpecialOp, *operands: Text) -> Text:
    """`gammaln x`: the name of the function, and its operands."""
    return apply(op.function.data, *operands)


@notation.rule(*_POWERS)
@elementwise
def _(op: Operation, a: Text, b: Text) -> Text:
    """`a ** b`, which groups to the right; its exponent may have a sign."""
    return Text(POWER, at(APPLICATION, a), " ** ", at(UNARY, b))


@notation.rule(arith.NegfOp)
@elementwise
def _(op: Operation, a: Text) -> Text:
    return Text(UNARY, "-", at(POWER, a))


_RELATIONS = {
    **{"oeq": "==", "une": "!=", "olt": "<", "ole": "<=", "ogt": ">", "oge": ">="},
    **{"eq": "==", "ne": "!=", "slt": "<", "sle": "<=", "sgt": ">", "sge": ">="},
}
"""The predicates of Python's operators. The target writes other predicates by name."""


def _comparison(predicate: str, a: Text, b: Text) -> Text:
    if predicate in _RELATIONS:
        return Text(COMPARISON, at(SHIFT, a), f" {_RELATIONS[predicate]} ", at(SHIFT, b))
    return apply(predicate, a, b)


@notation.rule(arith.CmpfOp)
@elementwise
def _(op: arith.CmpfOp, a: Text, b: Text) -> Text:
    return _comparison(ten.FLOAT_PREDICATES[op.predicate.value.data], a, b)


@notation.rule(arith.CmpiOp)
@elementwise
def _(op: arith.CmpiOp, a: Text, b: Text) -> Text:
    return _comparison(ten.INTEGER_PREDICATES[op.predicate.value.data], a, b)


@notation.rule(ten.CompareOp)
@elementwise
def _(op: ten.CompareOp, a: Text, b: Text) -> Text:
    return _comparison(op.predicate.data, a, b)


@notation.rule(arith.SelectOp, ten.SelectOp)
@elementwise
def _(op: Operation, mask: Text, a: Text, b: Text) -> Text:
    return Text(CONDITION, at(OR, mask), " ? ", at(OR, a), " : ", at(CONDITION, b))


@notation.rule(
    ten.CastOp, arith.ExtFOp, arith.TruncFOp, arith.SIToFPOp, arith.FPToSIOp, arith.ExtSIOp,
    arith.TruncIOp, arith.IndexCastOp,
)  # fmt: skip
@elementwise
def _(op: Operation, x: Text) -> Text:
    return apply(str(types.element(op.results[0].type)), x)


@notation.rule(arith.ExtUIOp, arith.UIToFPOp, arith.FPToUIOp, arith.BitcastOp)
@elementwise
def _(op: Operation, x: Text) -> Text:
    return apply(f"{op.name.partition('.')[2]}[{types.element(op.results[0].type)}]", x)


def _over(name: str, dims: Sequence[int], op: Operation) -> str:
    """`sum`, or `sum[1]` if the sum is not over all dimensions of the operand."""
    return name if len(dims) == types.rank(op.operands[0].type) else name + sizes(dims)


@notation.rule(ten.IotaOp)
def _(op: ten.IotaOp) -> Text:
    dim = op.dim.value.data
    shape = types.shape(op.result.type)
    return apply(f"iota {sizes(shape)}" if len(shape) == 1 else f"iota[{dim}] {sizes(shape)}")


@notation.rule(ten.BroadcastOp)
def _(op: ten.BroadcastOp, x: Text) -> Text:
    dims, shape = types.ints(op.dims), types.shape(op.result.type)
    where = "" if _leading(dims) else sizes(dims)
    return apply(f"broadcast{where} {sizes(shape)}", x)


@notation.rule(ten.SumOp)
def _(op: ten.SumOp, x: Text) -> Text:
    return apply(_over("sum", types.ints(op.dims), op), x)


@notation.rule(ten.ReduceOp)
def _(op: ten.ReduceOp, x: Text) -> Text:
    return apply(_over(op.kind.data, types.ints(op.dims), op), x)


@notation.rule(ten.FftOp)
def _(op: ten.FftOp, x: Text) -> Text:
    return apply(_over(f"fft {op.kind.data}", types.ints(op.dims), op), x)


@notation.rule(ten.DctOp)
def _(op: ten.DctOp, x: Text) -> Text:
    return apply(_over(f"dct {op.kind.data}", types.ints(op.dims), op), x)


@notation.rule(ten.ReverseOp)
def _(op: ten.ReverseOp, x: Text) -> Text:
    return apply(_over("reverse", types.ints(op.dims), op), x)


@notation.rule(ten.ArgmaxOp, ten.ArgminOp, ten.ArgsortOp, ten.CumsumOp)
def _(op: ten.ArgmaxOp | ten.ArgminOp | ten.ArgsortOp | ten.CumsumOp, x: Text) -> Text:
    return apply(_over(op.name.partition(".")[2], [op.dim.value.data], op), x)


@notation.rule(ten.TransposeOp)
def _(op: ten.TransposeOp, x: Text) -> Text:
    return apply(f"transpose{sizes(types.ints(op.perm))}", x)


@notation.rule(ten.ReshapeOp)
def _(op: ten.ReshapeOp, x: Text) -> Text:
    return apply(f"reshape{sizes(types.shape(op.result.type))}", x)


@notation.rule(ten.SliceOp)
def _(op: ten.SliceOp, x: Text) -> Text:
    """`x[1:9:2, :]`, as in Python."""
    ranges: list[str] = []
    boxes = (types.ints(op.offsets), types.ints(op.sizes), types.ints(op.strides))
    for n, low, size, step in zip(types.shape(op.x.type), *boxes, strict=True):
        high = low + (size - 1) * step + 1 if size else low
        whole = (low, high, step) == (0, n, 1)
        by = f":{step}" if step > 1 and size > 1 else ""
        ranges.append(":" if whole else f"{low}:{high}{by}")
    return Text(ATOM, at(ATOM, x), f"[{', '.join(ranges)}]")


@notation.rule(ten.PadOp)
def _(op: ten.PadOp, x: Text) -> Text:
    """`pad[low:high:interior] x`, zero interiors left out."""
    widths = zip(types.ints(op.low), types.ints(op.high), types.ints(op.interior), strict=True)
    return apply(f"pad[{', '.join(f'{a}:{b}' + (f':{c}' if c else '') for a, b, c in widths)}]", x)


@notation.rule(ten.ConcatOp)
def _(op: ten.ConcatOp, *xs: Text) -> Text:
    return apply(f"concat[{op.dim.value.data}]", *xs)


@notation.rule(ten.StackOp)
def _(op: ten.StackOp, *xs: Text) -> Text:
    return bracketed(xs)


@notation.rule(ten.IndexOp)
def _(op: ten.IndexOp, t: Text, *indices: Text) -> Text:
    return Text(ATOM, at(ATOM, t), bracketed(indices))


@notation.rule(ten.UpdateOp)
def _(op: ten.UpdateOp, x: Text, v: Text, *offsets: Text) -> Text:
    """`update [2:5, i] x v`, with the ranges of the box, or the place of a single element."""
    boxes = zip(op.offsets, offsets, types.shape(op.v.type), types.ints(op.strides), strict=True)
    parts: list[Text] = []
    for place, text, size, step in boxes:
        low, span = types.constant_value(place), (size - 1) * step + 1 if size else 0
        by = f":{step}" if step > 1 and size > 1 else ""
        if size == 1:
            parts.append(text)
        elif low is None:
            parts.append(Text(SUM, at(SUM, text), f" + 0:{span}{by}"))
        else:
            parts.append(atom(f"{low}:{int(low) + span}{by}"))
    return apply("update", bracketed(parts), x, v)


@notation.rule(ten.EinsumOp)
def _(op: ten.EinsumOp, *xs: Text) -> Text:
    return apply(f'einsum "{op.spec.data}"', *xs)


@notation.rule(ten.BuildOp)
@with_regions
def _(op: ten.BuildOp, body: Body) -> Text:
    return apply(f"build {sizes(op.domain)}", function(*body(op.body)))


@notation.rule(ten.GatherOp, ten.ScatterOp)
@with_regions
def _(op: ten.GatherOp | ten.ScatterOp, body: Body, t: Text) -> Text:
    name = op.name.partition(".")[2]
    return apply(f"{name} {sizes(types.ints(op.dims))}", t, function(*body(op.body, bracketed)))


@notation.rule(scf.IfOp)
@with_regions
def _(op: scf.IfOp, body: Body, condition: Text) -> Text:
    _, then = body(op.true_region)
    _, otherwise = body(op.false_region)
    return Text(OPEN, "if ", condition, " then ", at(CONDITION, then), " else ", otherwise)


@notation.rule(scf.ForOp)
@with_regions
def _(op: scf.ForOp, body: Body, low: Text, high: Text, step: Text, *initial: Text) -> Text:
    """`for i in 0..n, acc = 0.0 do acc + v[i]`."""
    names, result = body(op.body)
    by = () if types.constant_value(op.step) == 1 else (" by ", at(SUM, step))
    carried = [
        part
        for name, x in zip(names[1:], initial, strict=True)
        for part in (f", {name} = ", at(CONDITION, x))
    ]
    return Text(
        OPEN,
        f"for {names[0]} in ",
        at(SUM, low),
        "..",
        at(SUM, high),
        *by,
        *carried,
        " do ",
        result,
    )


@notation.rule(ten.ScanOp)
@with_regions
def _(op: ten.ScanOp, body: Body, *operands: Text) -> Text:
    """`scan [5] (c = 0.0) over (x = xs) do (c + x, c)`."""
    names, result = body(op.body)
    n = len(op.inits)

    def bound(begin: int, end: int) -> tuple[Text | str, ...]:
        parts: list[Text | str] = []
        for name, x in zip(names[begin:end], operands[begin:end], strict=True):
            parts += [", " if parts else "", f"{name} = ", at(CONDITION, x)]
        return ("(", *parts, ")")

    over = (" over ", *bound(n, n + len(op.xs))) if op.xs else ()
    turns = () if op.turns is None else ("turns ", at(ATOM, operands[-1]), " ")
    backwards = "reverse " if op.is_reverse else ""
    head = (f"scan [{op.trips}] ", *turns, backwards, *bound(0, n), *over)
    return Text(OPEN, *head, " do ", result)


@notation.rule(ten.WhileOp)
@with_regions
def _(op: ten.WhileOp, body: Body, *inits: Text) -> Text:
    """`while (c = x) \\c -> c < 10.0 do \\c -> c + c`; `while [9] …` with a limit."""
    names, condition = body(op.condition)
    inner, nexts = body(op.body)
    parts: list[Text | str] = []
    for name, x in zip(names, inits, strict=True):
        parts += [", " if parts else "", f"{name} = ", at(CONDITION, x)]
    limit = "" if op.most is None else f"[{op.most}] "
    head = (f"while {limit}(", *parts, ") ", condition)
    return Text(OPEN, *head, f" do \\{' '.join(inner)} -> ", nexts)


@notation.rule(func.CallOp)
def _(op: func.CallOp, *arguments: Text) -> Text:
    return apply(op.callee.string_value(), *(arguments or (atom("()"),)))


@notation.rule(delta.ZeroOp)
def _(op: delta.ZeroOp) -> Text:
    return atom("0")


_infix([delta.AddOp], SUM, "+")
_infix([delta.ScaleOp], PRODUCT, "*")
_named({delta.StopOp: "stop"})


@notation.rule(delta.NegOp)
def _(op: delta.NegOp, d: Text) -> Text:
    return Text(UNARY, "-", at(POWER, d))


@notation.rule(delta.PullbackOp)
def _(op: delta.PullbackOp, *operands: Text) -> Text:
    """`pullback (d : ct) (e : c1 masked)`."""
    n = len(op.terms)
    masked = types.ints(op.masked) if op.masked is not None else ()
    pairs = [
        Text(ATOM, "(", at(OR, d), " : ", at(OR, ct), " masked)" if k in masked else ")")
        for k, (d, ct) in enumerate(zip(operands[:n], operands[n:], strict=True))
    ]
    return apply("pullback", *pairs)


@notation.rule(delta.PushforwardOp)
def _(op: delta.PushforwardOp, d: Text, *tangents: Text) -> Text:
    """`pushforward d (t, s)`, the tangents in the order of the inputs."""
    return apply("pushforward", d, tuple_of(tangents))


@notation.rule(delta.CustomVjpOp, delta.CustomJvpOp)
def _(op: delta.CustomVjpOp | delta.CustomJvpOp, *arguments: Text) -> Text:
    """`custom_vjp[f, f_forward, f_backward] x y`."""
    names = ", ".join(str(op.properties[rule]).removeprefix("@") for rule in op.RULES)
    return apply(f"{op.name.partition('.')[2]}[{names}]", *arguments)


@notation.rule(delta.ImplicitOp, delta.SolveOp)
def _(op: delta.ImplicitOp | delta.SolveOp, *operands: Text) -> Text:
    """`solve[f] b p`. The other functions follow from the first."""
    name = str(op.properties[op.RULES[0]]).removeprefix("@")
    return apply(f"{op.name.partition('.')[2]}[{name}]", *operands)


@notation.rule(delta.TransposedCallOp)
def _(op: delta.TransposedCallOp, *operands: Text) -> Text:
    """`transposed_call[f_backward] (residuals) (dx, dy)`."""
    n = len(op.residuals)
    name = f"transposed_call[{op.backward.string_value()}]"
    return apply(name, tuple_of(operands[:n]), tuple_of(operands[n:]))


# The target.


@dataclass(frozen=True)
class TermsTarget(Target):
    """Functions as people write them."""

    name: ClassVar[str] = "terms"

    sharing: Sharing = "lets"
    """Values with names: `every` value, shared values (`lets`), or `none`."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        texts = [
            format_function(op, self.sharing)
            if isinstance(op, func.FuncOp)
            else layout(_any_op(op, lambda region: ([], atom("…"))))
            for op in module.ops
        ]
        separator = "\n\n" if any("\n" in text for text in texts) else "\n"
        output.write(separator.join(texts) + "\n" if texts else "")
