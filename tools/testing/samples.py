"""
Samples: instances of ops on random operands, for tests of ops.

Beside its rules, a dialect says how to make its ops:

    @samples.rule(SliceOp)
    def _(draw):
        x = draw.operand()
        offsets, sizes = draw.box(x)
        return SliceOp(x, offsets, sizes)

Sizes, element types and numbers come from `draw`. Four cases take turns: odd sizes, sizes of 1,
sizes of 0, and the smallest rank. Elementwise ops need no rule: `elementwise_sample` tries all
operands that the definition of an op takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeVar

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import IndexType, ModuleOp, bf16, f16, f32, f64, i1, i8, i16, i32, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.utils.exceptions import VerifyException

from ...dialects import arrays, types
from ...dialects.types import of_shape, shape
from ...lowering.reference import Evaluator
from ...passes.rewriting.decomposing import has_to_be_taken_apart
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.rule_tables import evaluate, samples

T = TypeVar("T")
Values = Callable[[np.random.Generator, tuple[int, ...]], Any]
"""Random numbers of a shape."""

FLOATS = (f64, f32, bf16, f16)
INTEGERS = (i64, i32, i8, i16, IndexType())

MAX_ELEMENTS = 60


@dataclass
class Draw:
    """
    The source of the operands and choices of a sample. Equal seeds give equal samples.

    With `differentiable`, floats are float64, no number is special, and no two are equal.

    Example:

        >>> draw = Draw(seed=4)
        >>> x = draw.operand(types.of_shape((2, 3), f64))
        >>> print(x.type, len(draw.block.args))
        tensor<2x3xf64> 1
    """

    seed: int
    differentiable: bool = False
    block: Block = field(default_factory=Block)
    values: list[Values] = field(default_factory=list)
    """The function that draws the numbers of each operand."""
    first: bool = True
    """Whether the next call of `float` is the first."""

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    @property
    def case(self) -> int:
        """0: odd sizes, 1: sizes of 1 among them, 2: sizes of 0 among them, 3: smallest rank."""
        return self.seed % 4

    # Choices.

    def number(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return int(self.random.integers(low, high + 1))

    def choice(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def chance(self, n: int) -> bool:
        """True once in n times."""
        return self.number(1, n) == 1

    def subset(self, n: int) -> list[int]:
        """Some of 0 … n - 1, in order."""
        return [k for k in range(n) if self.chance(2)]

    def permutation(self, n: int) -> list[int]:
        return [int(k) for k in self.random.permutation(n)]

    # Types.

    def size(self) -> int:
        return self.choice(((3, 5, 2, 7), (1, 3, 1, 4), (0, 2, 3), (1, 2, 5))[self.case])

    def sizes(self, low: int = 0, high: int = 3) -> tuple[int, ...]:
        """Sizes of a shape with a rank of `low` to `high`, with not too many elements."""
        rank = low if self.case == 3 else self.number(max(low, min(1, high)), high)
        found: list[int] = []
        for _ in range(rank):
            n = self.size()
            found.append(n if prod(found) * n <= MAX_ELEMENTS else 1)
        return tuple(found)

    def float(self) -> Attribute:
        """
        A type of floats. The first type of an instance takes turns, so that eight instances in a
        row have all types, and not only with sizes of 0. Of the later types, half are f64.
        """
        if self.differentiable:
            return f64
        if self.first:
            self.first = False
            # One type does not always meet the same case of sizes.
            return FLOATS[(self.seed + self.seed // 4) % 4]
        return f64 if self.chance(2) else self.choice(FLOATS)

    def integer(self) -> Attribute:
        return self.choice(INTEGERS)

    def element(self) -> Attribute:
        """Any element type."""
        if self.differentiable:
            return f64
        return self.choice((self.float(), self.integer(), i1))

    # Operands.

    def operand(
        self, type: Attribute | None = None, values: Values | None = None, rank: int = 0
    ) -> SSAValue:
        """
        A new operand: of any type with at least that rank, where none is given. `values` draws its
        numbers; it may be asked several times, for a batch of them.
        """
        if type is None:
            type = of_shape(self.sizes(rank), self.element())
        self.values.append(values or self.any_values(type))
        return self.block.insert_arg(type, len(self.block.args))

    def floats(self, rank: int = 0, values: Values | None = None) -> SSAValue:
        """A new operand of floats."""
        return self.operand(of_shape(self.sizes(rank), self.float()), values)

    def like(self, x: SSAValue, element: Attribute | None = None) -> SSAValue:
        """A new operand of the shape of another, and of its element type where none is given."""
        return self.operand(of_shape(shape(x.type), element or types.element(x.type)))

    def indices(self, sizes: Sequence[int], size: int, element: Attribute = i64) -> SSAValue:
        """A new operand of indices into a dimension, one of them in ten outside."""

        def values(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
            outside = random.random(shape) < 0.1
            return np.where(
                outside, random.choice((-1, size), shape), random.integers(0, max(size, 1), shape)
            )

        return self.operand(of_shape(sizes, element), values)

    def any_values(self, type: Attribute) -> Values:
        e = types.element(type)
        if types.is_bool(e):
            return lambda random, shape: random.random(shape) < 0.5
        if types.is_integer(e):
            return lambda random, shape: random.integers(-4, 9, shape)
        return normal if self.differentiable or self.chance(2) else normal_or_special


def normal(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Normally distributed, with a deviation of 1.5."""
    return 1.5 * random.standard_normal(shape)


def normal_or_special(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Normal numbers; one in four is a zero of either sign, one, an infinity, or NaN instead."""
    special = random.choice((0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5), shape)
    return np.where(random.random(shape) < 0.25, special, normal(random, shape))


@dataclass(eq=False)
class Sample:
    """One op on the arguments of a block, and numbers for these."""

    seed: int
    op: Operation
    block: Block
    values: list[Values]
    inputs: tuple[Any, ...]
    """One array or scalar for each argument."""

    def draw(self, argument: int, count: int) -> Any:
        """The numbers of an argument, `count` times, along a new first dimension."""
        type = self.block.args[argument].type
        random = np.random.default_rng((self.seed, argument, count))
        drawn = [numbers(self.values[argument], type, random) for _ in range(count)]
        return np.stack(drawn) if drawn else np.zeros((0, *shape(type)), arrays.dtype(type))

    def module(self) -> ModuleOp:
        """A module with the op as its function `@main`."""
        block = Block(arg_types=[x.type for x in self.block.args])
        copy = self.op.clone(dict(zip(self.block.args, block.args)))
        block.add_ops([copy, func.ReturnOp(*copy.results)])
        ends = [x.type for x in block.args], [x.type for x in copy.results]
        return ModuleOp([func.FuncOp("main", ends, Region(block))])


def numbers(values: Values, type: Attribute, random: np.random.Generator) -> Any:
    """Drawn numbers as an array or scalar of a type."""
    with np.errstate(all="ignore"):
        return np.asarray(values(random, shape(type))).astype(arrays.dtype(type))[()]


def sample(op: type[Operation], seed: int, differentiable: bool = False) -> Sample | None:
    """
    An instance of `op`; None where there is none to be had (as of an op of integers that has to be
    differentiable).

    Errors: `LetgradError` where the rule for it fails.
    """
    draw = Draw(seed, differentiable)
    try:
        made = (samples.find(op) or elementwise_sample(op))(draw)
    except LetgradError:
        raise
    except Exception as error:
        raise LetgradError(
            f"the samples rule of {op.name} fails with seed {seed}: {type(error).__name__}: {error}"
        ) from error
    if made is None:
        return None
    if made.parent is None:
        draw.block.add_op(made)
    inputs = tuple(
        numbers(values, x.type, draw.random) for values, x in zip(draw.values, draw.block.args)
    )
    return Sample(seed, made, draw.block, draw.values, inputs)


# Ops that nobody wrote samples for.

DOMAINS: tuple[Values, ...] = (
    normal,
    lambda random, shape: np.abs(normal(random, shape)) + 0.1,
    lambda random, shape: np.tanh(normal(random, shape)),
    lambda random, shape: np.abs(normal(random, shape)) + 1.1,
)
"""All numbers, positive ones, those in (-1, 1), and those above 1."""


def elementwise_sample(op: type[Operation]) -> Callable[[Draw], Operation | None]:
    """
    Samples of an op whose operands and results have one type, if the op's definition takes that.

    For derivatives, the samples draw operands from a domain where the value is a number.
    """

    def rule(draw: Draw) -> Operation | None:
        definition = getattr(op, "get_irdl_definition", None)
        if definition is None or definition().regions or definition().successors:
            return None
        arity, results = len(definition().operands), len(definition().results)
        takes = [
            kinds
            for kinds in (FLOATS, (*INTEGERS, i1))
            if any(_fits(op, e, arity, results) for e in kinds)
        ]
        if not arity or not takes or (draw.differentiable and takes[0] != FLOATS):
            return None
        fitting = [e for e in takes[0] if _fits(op, e, arity, results)]
        wanted = draw.float() if takes[0] == FLOATS else draw.choice(fitting)
        type = of_shape(draw.sizes(), wanted if wanted in fitting else fitting[0])
        if not _fits(op, type, arity, results):
            type = types.element(type)
        domain = _domain(op, arity, results) if draw.differentiable else None
        xs = [draw.operand(type, domain) for _ in range(arity)]
        return op.create(operands=xs, result_types=[type] * results)

    return rule


def _fits(op: type[Operation], type: Attribute, arity: int, results: int) -> bool:
    """Whether an op without properties takes operands of this type."""
    block = Block(arg_types=[type] * arity)
    made = op.create(operands=block.args, result_types=[type] * results)
    try:
        made.verify()
    except VerifyException:
        return False
    return evaluate.find(op) is not None or has_to_be_taken_apart(made, evaluate)


def _domain(op: type[Operation], arity: int, results: int) -> Values:
    """The first domain where all values are numbers."""
    for domain in DOMAINS:
        inputs = [domain(np.random.default_rng(k), (20,)) for k in range(arity)]
        type = of_shape((20,), f64)
        block = Block(arg_types=[type] * arity)
        made = op.create(operands=block.args, result_types=[type] * results)
        block.add_ops([made, func.ReturnOp(*made.results)])
        with np.errstate(all="ignore"):
            values = Evaluator(ModuleOp([])).run(Region(block), inputs)
        if all(np.all(np.isfinite(y)) for y in values):
            return domain
    return normal


def each(
    op: type[Operation], count: int, seed: int = 0, differentiable: bool = False
) -> Iterator[Sample]:
    """Instances with the seeds from `seed` on."""
    for k in range(seed, seed + count):
        if (made := sample(op, k, differentiable)) is not None:
            yield made
