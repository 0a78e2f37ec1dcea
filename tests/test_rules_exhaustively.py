"""
Every rule of `ten-simplify-gather-scatter` and `ten-raise-einsum`, alone, on all programs of a
family that contains its left side: small sizes, zero among them, and index maps that leave the
tensors on both sides. The reference evaluates the program that the rule leaves, and the test
compares the result with that of NumPy (tests/index_model.py).

Families of more than 300 programs are sampled, the same ones each time; the slow tests take
all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product
from math import prod
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.pattern_rewriter import RewritePattern
from xdsl.utils.exceptions import VerifyException

from letgrad.dialects import ten
from letgrad.dialects.ten.canonicalization import ConcatOfSlices
from letgrad.dialects.ten.update_rules import (
    IndexOfUpdate,
    SliceOfUpdate,
    UpdateByOwnPart,
    UpdateOfAll,
    UpdateOfUpdate,
    UpdateOfZero,
    UpdateOutside,
)
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.driver import apply_rules
from letgrad.passes.simplify import raise_einsum
from letgrad.passes.simplify.gather_scatter import indices, rules
from letgrad.passes.simplify.gather_scatter.braids import (
    ConcatOfRows,
    GatherOfBraid,
    GatherOfRepeat,
    ReverseOfStack,
    ScatterOfBraid,
    SelectByPlace,
    SliceOfStack,
)
from letgrad.passes.simplify.gather_scatter.common import MapRule, Maps
from letgrad.passes.simplify.gather_scatter.gathers import (
    GatherAtDigits,
    GatherAtFixedIndex,
    GatherAtMultiple,
    GatherAtQuotient,
    GatherAtSum,
    GatherAtTrailingArgument,
    GatherByCondition,
    GatherByPermutation,
    GatherByThreshold,
    GatherByTurn,
    GatherOfBroadcast,
    GatherOfConcat,
    GatherOfGather,
    GatherOfIota,
    GatherOfOuterProduct,
    GatherOfPad,
    GatherOfProduct,
    GatherOfReverse,
    GatherOfSlice,
    GatherOfStack,
    GatherOfTranspose,
    GatherOutside,
    GatherWithoutArgument,
)
from letgrad.passes.simplify.gather_scatter.index_regions import (
    FactsOfIndices,
    RegionOfIndexArithmetic,
    RegionWithInvariant,
)
from letgrad.passes.simplify.gather_scatter.indices import (
    IndexOfBroadcastWithin,
    IndexOfConcat,
    IndexOfFewScalars,
    IndexOfGather,
    IndexOfPad,
    IndexOfReshape,
    IndexOfReverse,
    IndexOfScatter,
    IndexOfSlice,
    IndexOfStackByCondition,
    IndexOfTranspose,
)
from letgrad.passes.simplify.gather_scatter.layouts import (
    AddOfPads,
    SelectOfBroadcasts,
    SliceOfPartOfConcat,
    SliceOfPartOfPad,
    TransposeOfPadOfTranspose,
)
from letgrad.passes.simplify.gather_scatter.scatters import (
    AddOfScatters,
    AddOfUpdateAndScatter,
    ScatterByCondition,
    ScatterByPermutation,
    ScatterByThreshold,
    ScatterByTurn,
    ScatterOfPad,
    ScatterOfScatter,
    ScatterOfStack,
    ScatterOfTranspose,
    ScatterOutside,
    ScatterToConstant,
    ScatterToDigits,
    ScatterToMultiple,
    ScatterToQuotient,
    ScatterToStrides,
    ScatterToSum,
    ScatterToTrailingArgument,
    ScatterToWindow,
    ScatterWithoutArgument,
    SliceOfScatter,
    SumOfScatter,
    TransposeOfScatter,
)
from letgrad.passes.simplify.gather_scatter.sums import (
    SumOfBroadcast,
    SumOfPad,
    SumOfReshape,
    SumOfReverse,
    SumOfScaled,
    SumOfSelect,
    SumOfTranspose,
)
from letgrad.passes.simplify.index_maps import Space
from letgrad.passes.simplify.raise_einsum import (
    EinsumOfBroadcast,
    EinsumOfEinsum,
    EinsumOfGather,
    EinsumOfLoneLetter,
    EinsumOfManyOperands,
    EinsumOfProduct,
    EinsumOfSplat,
    EinsumOfSum,
    EinsumOfTranspose,
    EinsumWithoutContraction,
    GatherAtDiagonal,
    SumOfEinsum,
    SumOfProduct,
    TransposeOfEinsum,
)

from .generators import same
from .index_model import (
    Builder,
    Model,
    extended,
    greater,
    near,
    smaller,
    truncated_remainder,
    where,
    wrapped,
)

WHOLE = 300
"""A family of so many programs is looked at as a whole."""
ENOUGH, MOST = 10, 20_000
"""Of a larger one, the rule has to fire so often, in so many programs at most."""
QUICK = 100
"""`make test` looks at so many programs of a family, until each rule has fired that often."""

Rule = type[RewritePattern]


# Families.


@dataclass(frozen=True)
class Family:
    """Programs `make(machine, *parameters)`, None where the parameters do not fit together."""

    make: Callable[..., Any]
    axes: tuple[Sequence[Any], ...]
    rules: tuple[Rule, ...]

    def parameters(self, whole: bool) -> Iterator[tuple[Any, ...]]:
        """All of them, in order; or, of a large family, the same ones each time."""
        total = prod(len(axis) for axis in self.axes)
        if whole:
            yield from product(*self.axes)
            return
        for number in Random(self.make.__name__).sample(range(total), min(total, MOST)):
            place = []
            for axis in self.axes:
                number, k = divmod(number, len(axis))
                place.append(axis[k])
            yield tuple(place)


FAMILIES: list[Family] = []


def family(*rules: Rule, **axes: Sequence[Any]) -> Callable[[Any], Any]:
    """The family of programs of a function, for all values of its parameters."""

    def register(make: Callable[..., Any]) -> Callable[..., Any]:
        FAMILIES.append(Family(make, tuple(axes.values()), rules))
        return make

    return register


SIZES = range(4)
SOME = range(1, 4)
MULTIPLES = range(-2, 3)
OFFSETS = range(-2, 4)
FEW_MULTIPLES = (-1, 0, 1, 2)
FEW_OFFSETS = (-1, 0, 1)
PERMUTATIONS = tuple(permutations(range(3)))
PAIRS = tuple(product(range(2), repeat=2))


# Gathers, by their maps.


@family(
    GatherOutside,
    GatherWithoutArgument,
    GatherAtTrailingArgument,
    GatherAtFixedIndex,
    GatherAtMultiple,
    GatherByPermutation,
    FactsOfIndices,
    RegionOfIndexArithmetic,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
)
def gather_at_one_index(m, n, size, k, c):
    return m.gather([n], m.array([size, 2]), lambda i: [k * i + c])


@family(GatherAtSum, n=SOME, p=SOME, size=range(2, 10), k=SOME, c=(0, 1), swapped=(False, True))
def gather_at_position(m, n, p, size, k, c, swapped):
    if swapped:
        return m.gather([p, n], m.array([size]), lambda j, i: [k * i + j + c])
    return m.gather([n, p], m.array([size]), lambda i, j: [k * i + j + c])


@family(
    GatherOutside,
    GatherWithoutArgument,
    FactsOfIndices,
    n=SIZES,
    p=SIZES,
    size=(0, 1, 2, 3, 4, 6, 8),
    a=MULTIPLES,
    b=range(-2, 4),
    c=OFFSETS,
)
def gather_at_sum(m, n, p, size, a, b, c):
    return m.gather([n, p], m.array([size]), lambda i, j: [a * i + b * j + c])


@family(
    GatherAtMultiple,
    GatherAtTrailingArgument,
    GatherAtFixedIndex,
    GatherWithoutArgument,
    FactsOfIndices,
    domain=tuple(product(SOME, repeat=2)),
    sizes=tuple(product(SOME, repeat=2)),
    which=PAIRS,
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    e=FEW_MULTIPLES,
    d=FEW_OFFSETS,
)
def gather_at_two_indices(m, domain, sizes, which, k, c, e, d):
    p, q = which
    return m.gather(domain, m.array(sizes), lambda *i: [k * i[p] + c, e * i[q] + d])


@family(
    GatherByPermutation,
    GatherAtTrailingArgument,
    domain=tuple(product(SIZES, SOME, SOME)),
    perm=PERMUTATIONS,
    more=(0, 1),
    offset=(0, 1),
)
def gather_by_permutation(m, domain, perm, more, offset):
    sizes = [domain[p] for p in perm]
    sizes[0] += more
    return m.gather(
        domain, m.array([*sizes, 2]), lambda *i: [i[perm[0]] + offset, i[perm[1]], i[perm[2]]]
    )


@family(
    GatherAtQuotient,
    GatherAtDigits,
    RegionOfIndexArithmetic,
    FactsOfIndices,
    n=range(7),
    rows=SIZES,
    columns=SOME,
    by=SOME,
    modulo=SOME,
    c=OFFSETS,
    floor=(True, False),
)
def gather_at_digits(m, n, rows, columns, by, modulo, c, floor):
    def place(i):
        rest = (i + c) % modulo if floor else truncated_remainder(i + c, modulo)
        return [(i + c) // by, rest]

    return m.gather([n], m.array([rows, columns]), place)


@family(
    GatherAtQuotient,
    GatherAtDigits,
    domain=tuple(product(SIZES, SOME)),
    sizes=tuple(product(SOME, SOME)),
    k=range(4),
    c=FEW_OFFSETS,
    by=SOME,
)
def gather_reshaped(m, domain, sizes, k, c, by):
    """The row-major position, taken apart."""
    return m.gather(
        domain, m.array(sizes), lambda i, j: [(k * i + j + c) // by, (k * i + j + c) % by]
    )


@family(
    GatherAtDiagonal,
    sizes=tuple(product(SIZES, SOME, (2, 3))),
    n=SIZES,
    c=FEW_OFFSETS,
    d=(0, 1, -1, 2),
    k=(1, -1),
    depth=(2, 3),
    more=(False, True),
)
def gather_at_diagonal(m, sizes, n, c, d, k, depth, more):
    """Of two or three indices, beside another argument, backwards, and outside."""
    t = m.array([*sizes, 2])
    if more:
        return m.gather([n, 2], t, lambda i, j: [k * i + c, k * i + d, j][:depth])
    return m.gather([n], t, lambda i: [k * i + c, k * i + d, i][:depth])


@family(
    GatherByThreshold,
    GatherByCondition,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
    a=(-1, 0, 1),
    b=FEW_OFFSETS,
    d=(-1, 0, 1),
    e=FEW_OFFSETS,
)
def gather_by_threshold(m, n, size, k, c, a, b, d, e):
    return m.gather(
        [n], m.array([size, 2]), lambda i: [where(k * i + c >= 0, a * i + b, d * i + e)]
    )


@family(
    GatherByThreshold,
    GatherByCondition,
    n=SOME,
    p=SOME,
    size=SOME,
    at=range(-1, 4),
    b=FEW_OFFSETS,
    e=FEW_OFFSETS,
    predicate=range(4),
)
def gather_by_threshold_of_another(m, n, p, size, at, b, e, predicate):
    def place(i, j):
        condition = (j < at, j <= at, j > at, j >= at)[predicate]
        return [where(condition, i + b, i + e), j]

    return m.gather([n, p], m.array([size, p]), place)


@family(
    GatherByTurn,
    n=range(8),
    size=SIZES,
    k=MULTIPLES,
    c=range(-2, 8),
    by=range(2, 6),
    more=(0, 1),
)
def gather_by_turn(m, n, size, k, c, by, more):
    return m.gather([n], m.array([size, 2]), lambda i: [(k * i + c) % by + more])


@family(
    GatherByTurn,
    domain=tuple(product(range(1, 6), repeat=2)),
    sizes=tuple(product((2, 3, 4), repeat=2)),
    k=(-1, 1, 2),
    c=(1, 3),
    d=(-1, 1, 2),
    swapped=(False, True),
)
def gather_by_two_turns(m, domain, sizes, k, c, d, swapped):
    dims, place = two_turns(sizes, k, c, d, swapped)
    return m.gather(domain, m.array([*dims, 2]), place)


def two_turns(sizes, k, c, d, swapped):
    """The sizes of two dimensions, and a place in them: two rotations, in either order."""

    def place(i, j):
        found = [(k * i + c) % sizes[0], (j + d) % sizes[1]]
        return found[::-1] if swapped else found

    return (sizes[::-1] if swapped else sizes), place


@family(
    GatherByCondition,
    n=SIZES,
    size=SIZES,
    c=(False, True),
    style=("select", 64, 8),
    a=FEW_MULTIPLES,
    b=FEW_OFFSETS,
    e=FEW_OFFSETS,
)
def gather_by_truth(m, n, size, c, style, a, b, e):
    """By a condition that does not depend on the index, computed outside or inside."""
    return m.gather([n], m.array([size, 2]), shifted_by_truth(m, c, style, a, b, e))


def shifted_by_truth(m, c, style, a, b, e):
    """The place a i + (c ? b : e), or a i + b c + e by way of an integer of `style` bits."""
    truth = m.truth(c)
    if style == "select":
        shift = where(truth, b, e)
        return lambda i: [a * i + near(i, shift)]
    return lambda i: [a * i + extended(near(i, truth), style) * b + e]


@family(
    GatherByCondition,
    n=SIZES,
    size=SIZES,
    mask=tuple(product((False, True), repeat=2)),
    shift=(-1, 0, 1),
    a=(-1, 0, 1),
    b=FEW_OFFSETS,
    e=FEW_OFFSETS,
)
def gather_by_mask(m, n, size, mask, shift, a, b, e):
    bits = m.mask(mask)
    return m.gather(
        [n], m.array([size, 2]), lambda i: [where(m.read(bits, i + shift), a * i + b, i + e)]
    )


# Gathers of what other ops made.


@family(
    GatherOfTranspose,
    sizes=tuple(product(SIZES, SOME, SOME)),
    perm=PERMUTATIONS,
    depth=SOME,
    k=(-1, 1, 2),
    c=OFFSETS,
)
def gather_of_transpose(m, sizes, perm, depth, k, c):
    t = m.transpose(m.array(sizes), perm)
    return m.gather([2] * depth, t, lambda i, *others: [k * i + c, *others])


@family(
    GatherOfReverse,
    sizes=tuple(product(SIZES, SIZES)),
    dims=((), (0,), (1,), (0, 1)),
    depth=(1, 2),
    n=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
)
def gather_of_reverse(m, sizes, dims, depth, n, k, c):
    t = m.reverse(m.array(sizes), dims)
    return m.gather([n], t, lambda i: [k * i + c, i - 1][:depth])


@family(
    GatherOfPad,
    size=SIZES,
    low=range(3),
    high=range(3),
    interior=(0, 1),
    rest=((0, 0), (1, 0), (0, 1)),
    depth=(1, 2),
    n=SOME,
    k=MULTIPLES,
    c=(-1, 0, 1, 4),
)
def gather_of_pad(m, size, low, high, interior, rest, depth, n, k, c):
    t = m.pad(m.array([size, 2]), [low, rest[0]], [high, rest[1]], [interior, 0])
    return m.gather([n], t, lambda i: [k * i + c, i][:depth])


@family(
    GatherOfSlice,
    size=range(6),
    offset=range(3),
    count=SIZES,
    stride=(1, 2),
    rest=(2, 1),
    n=SOME,
    k=(-1, 0, 1, 2),
    c=OFFSETS,
)
def gather_of_slice(m, size, offset, count, stride, rest, n, k, c):
    if offset + max(count - 1, 0) * stride >= size + (count == 0):
        return None
    t = m.slice(m.array([size, 2]), [offset, 0], [count, rest], [stride, 1])
    return m.gather([n], t, lambda i: [k * i + c])


@family(
    GatherOfBroadcast,
    sizes=tuple(product(SIZES, SIZES)),
    dims=((0,), (1,), (2,), (0, 2)),
    n=SIZES,
    depth=SOME,
    k=MULTIPLES,
    c=(-1, 0, 1),
    d=(-1, 0, 1),
)
def gather_of_broadcast(m, sizes, dims, n, depth, k, c, d):
    whole = [2 if e in dims else (*sizes, 1)[e % 2] for e in range(3)]
    x = m.array([size for e, size in enumerate(whole) if e not in dims])
    t = m.broadcast(x, dims, whole)
    return m.gather([n, 2], t, lambda i, j: [k * i + c, j + d, i][:depth])


@family(
    GatherOfConcat,
    sizes=tuple(product(SIZES, SIZES)),
    dim=(0, 1),
    n=SIZES,
    depth=(1, 2),
    k=MULTIPLES,
    c=OFFSETS,
)
def gather_of_concat(m, sizes, dim, n, depth, k, c):
    xs = [m.array([s, 2] if dim == 0 else [2, s], base) for s, base in zip(sizes, (2, 3))]
    order = slice(None, depth) if dim == 0 else slice(None, None, -1)
    return m.gather([n], m.concat(xs, dim), lambda i: [k * i + c, i][order])


@family(
    GatherOfIota,
    sizes=tuple(product(SOME, SOME)),
    dim=(0, 1),
    floats=(False, True),
    n=SIZES,
    k=FEW_MULTIPLES,
    c=OFFSETS,
    style=range(3),
)
def gather_of_iota(m, sizes, dim, floats, n, k, c, style):
    def place(i, j):
        x = (k * i + c, (k * i + c) // 2, where(i >= c, j, i))[style]
        return [x, j] if dim == 0 else [j, x]

    return m.gather([n, 2], m.iota(sizes, dim, floats), place)


@family(
    GatherOfGather,
    size=SOME,
    middle=SIZES,
    n=SIZES,
    a=MULTIPLES,
    b=(-1, 0, 1, 2),
    k=MULTIPLES,
    c=(-1, 0, 1, 2),
)
def gather_of_gather(m, size, middle, n, a, b, k, c):
    y = m.gather([middle], m.array([size, 2]), lambda i: [a * i + b])
    return m.gather([n], y, lambda i: [k * i + c])


@family(
    GatherOfGather,
    sizes=tuple(product(SOME, SOME)),
    middle=tuple(product(SOME, SOME)),
    n=SOME,
    style=range(5),
    depth=SOME,
    k=(-1, 0, 1),
    c=(0, 1),
)
def gather_of_gather_of_rows(m, sizes, middle, n, style, depth, k, c):
    """Of more and of fewer indices; of quotients, choices and data."""
    data = m.integers([1, 0, 2])

    def inner(i, j):
        return [(i + j, i // 2, where(i < 1, j, i - j), m.read(data, i + j), (i + j) % 2)[style]]

    y = m.gather(middle, m.array([*sizes]), inner)
    return m.gather([n], y, lambda i: [k * i + c, i, i - 1][:depth])


@family(
    GatherOfStack,
    count=SOME,
    first=SOME,
    size=SIZES,
    n=SIZES,
    k=MULTIPLES,
    c=(-1, 0, 1, 2),
    swapped=(False, True),
)
def gather_of_stack(m, count, first, size, n, k, c, swapped):
    t = m.stack([m.array([size, 2], (2, 3, 5)[e]) for e in range(count)])
    if swapped:
        return m.gather([n, first], t, lambda j, i: [i, k * j + c])
    return m.gather([first, n], t, lambda i, j: [i, k * j + c])


@family(
    GatherOfProduct,
    sizes=tuple(product(SIZES, SOME)),
    dim=(0, 1),
    first=(False, True),
    n=SIZES,
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    d=FEW_OFFSETS,
    depth=(1, 2),
    floats=(True, False),
)
def gather_of_product(m, sizes, dim, first, n, k, c, d, depth, floats):
    x, y = m.array(sizes), m.array([sizes[1 - dim]], 3)
    if not floats:
        x, y = m.iota(sizes, 0), m.iota([sizes[1 - dim]], 0)
    y = m.broadcast(y, [dim], sizes)
    return m.gather(
        [n, 2], m.times(y, x) if first else m.times(x, y), lambda i, j: [k * i + c, j + d][:depth]
    )


@family(
    GatherOfOuterProduct,
    n=SIZES,
    p=SOME,
    spec=("i,j->ij", "j,i->ij", "ij,j->ij", "ji,i->ij", "i,ji->ij"),
    domain=SOME,
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    d=FEW_OFFSETS,
    depth=(1, 2),
)
def gather_of_outer_product(m, n, p, spec, domain, k, c, d, depth):
    t = of_spec(m, spec, {"i": n, "j": p})
    return m.gather([domain, 2], t, lambda i, j: [k * i + c, j + d][:depth])


# Scatters, by their maps.


@family(
    ScatterOutside,
    ScatterWithoutArgument,
    ScatterToTrailingArgument,
    ScatterToConstant,
    ScatterToMultiple,
    ScatterByPermutation,
    FactsOfIndices,
    RegionOfIndexArithmetic,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
)
def scatter_to_one_index(m, n, size, k, c):
    return m.scatter([size], m.array([n, 2]), 1, lambda i: [k * i + c])


@family(ScatterToSum, n=SOME, p=SOME, size=range(2, 10), k=SOME, c=(0, 1), swapped=(False, True))
def scatter_to_position(m, n, p, size, k, c, swapped):
    if swapped:
        return m.scatter([size], m.array([p, n]), 2, lambda j, i: [k * i + j + c])
    return m.scatter([size], m.array([n, p]), 2, lambda i, j: [k * i + j + c])


@family(ScatterToDigits, n=range(7), rows=SOME, columns=SOME, c=range(-1, 3), k=(1, 2, -1))
def scatter_in_rows(m, n, rows, columns, c, k):
    def place(i):
        return [(k * i + c) // columns, (k * i + c) % columns]

    return m.scatter([rows, columns], m.array([n, 2]), 1, place)


@family(
    ScatterToWindow,
    ScatterOutside,
    ScatterWithoutArgument,
    FactsOfIndices,
    n=SIZES,
    p=SIZES,
    size=(0, 1, 2, 3, 4, 6, 8),
    a=range(-3, 4),
    b=range(-2, 4),
    c=OFFSETS,
)
def scatter_to_sum(m, n, p, size, a, b, c):
    return m.scatter([size], m.array([n, p]), 2, lambda i, j: [a * i + b * j + c])


@family(
    ScatterToWindow,
    ScatterToStrides,
    sizes=tuple(product(SOME, SOME, SOME)),
    dims=tuple(product(SOME, SOME)),
    a=(-2, -1, 1, 2),
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    last=(-1, 0, 1),
    quotient=(False, True),
)
def scatter_to_window(m, sizes, dims, a, k, c, last, quotient):
    def place(i, j, q):
        return [a * i + (j // 2 if quotient else k * j) + c, q + last]

    return m.scatter(dims, m.array(sizes), 3, place)


@family(
    ScatterToMultiple,
    ScatterToTrailingArgument,
    ScatterToConstant,
    ScatterWithoutArgument,
    FactsOfIndices,
    sizes=tuple(product(SOME, repeat=2)),
    dims=tuple(product(SOME, repeat=2)),
    which=PAIRS,
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    e=FEW_MULTIPLES,
    d=FEW_OFFSETS,
)
def scatter_to_two_indices(m, sizes, dims, which, k, c, e, d):
    p, q = which
    return m.scatter(dims, m.array(sizes), 2, lambda *i: [k * i[p] + c, e * i[q] + d])


@family(
    ScatterByPermutation,
    ScatterToTrailingArgument,
    sizes=tuple(product(SIZES, SOME, SOME)),
    perm=PERMUTATIONS,
    more=(0, 1),
    offset=(0, 1),
)
def scatter_by_permutation(m, sizes, perm, more, offset):
    dims = [sizes[p] for p in perm]
    dims[0] += more
    return m.scatter(
        dims, m.array([*sizes, 2]), 3, lambda *i: [i[perm[0]] + offset, i[perm[1]], i[perm[2]]]
    )


@family(
    ScatterToQuotient,
    FactsOfIndices,
    n=range(7),
    rows=SIZES,
    columns=SOME,
    by=SOME,
    modulo=SOME,
    c=OFFSETS,
)
def scatter_to_digits(m, n, rows, columns, by, modulo, c):
    return m.scatter(
        [rows, columns], m.array([n, 2]), 1, lambda i: [(i + c) // by, (i + c) % modulo]
    )


@family(
    ScatterToQuotient,
    ScatterWithoutArgument,
    FactsOfIndices,
    n=range(8),
    rows=SIZES,
    by=SOME,
    c=OFFSETS,
    modulo=(False, True),
)
def scatter_to_quotient(m, n, rows, by, c, modulo):
    return m.scatter([rows], m.array([n, 2]), 1, lambda i: [i % by if modulo else (i + c) // by])


@family(
    ScatterToDigits,
    FactsOfIndices,
    n=SIZES,
    dims=tuple(product(SIZES, SIZES)),
    k=(-1, 1, 2),
    c=FEW_OFFSETS,
    d=FEW_OFFSETS,
)
def scatter_to_diagonal(m, n, dims, k, c, d):
    return m.scatter(dims, m.array([n, 2]), 1, lambda i: [k * i + c, k * i + d])


@family(
    ScatterByThreshold,
    n=SOME,
    size=SIZES,
    at=range(-1, 4),
    a=(-1, 1, 2),
    b=(-1, 0, 1, 2),
    d=(-1, 1),
    e=(-1, 0, 1, 2),
)
def scatter_by_place(m, n, size, at, a, b, d, e):
    return m.scatter([size], m.array([n, 2]), 1, lambda i: [where(i < at, a * i + b, d * i + e)])


@family(
    ScatterByTurn,
    n=range(8),
    size=SIZES,
    k=MULTIPLES,
    c=range(-2, 8),
    by=range(2, 6),
    more=(0, 1),
)
def scatter_by_turn(m, n, size, k, c, by, more):
    return m.scatter([size], m.array([n, 2]), 1, lambda i: [(k * i + c) % by + more])


@family(
    ScatterByTurn,
    domain=tuple(product(range(1, 6), repeat=2)),
    sizes=tuple(product((2, 3, 4), repeat=2)),
    k=(-1, 1, 2),
    c=(1, 3),
    d=(-1, 1, 2),
    swapped=(False, True),
)
def scatter_by_two_turns(m, domain, sizes, k, c, d, swapped):
    dims, place = two_turns(sizes, k, c, d, swapped)
    return m.scatter(dims, m.array([*domain, 2]), 2, place)


@family(
    ScatterByCondition,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
    a=(-1, 0, 1),
    b=FEW_OFFSETS,
    d=(-1, 0, 1),
    e=FEW_OFFSETS,
)
def scatter_by_threshold(m, n, size, k, c, a, b, d, e):
    return m.scatter(
        [size], m.array([n, 2]), 1, lambda i: [where(k * i + c >= 0, a * i + b, d * i + e)]
    )


@family(
    ScatterByCondition,
    n=SIZES,
    size=SIZES,
    c=(False, True),
    style=("select", 64, 8),
    a=(-1, 1, 2),
    b=FEW_OFFSETS,
    e=FEW_OFFSETS,
)
def scatter_by_truth(m, n, size, c, style, a, b, e):
    return m.scatter([size], m.array([n, 2]), 1, shifted_by_truth(m, c, style, a, b, e))


@family(
    ScatterByCondition,
    n=SIZES,
    dims=tuple(product(SOME, SOME)),
    mask=tuple(product((False, True), repeat=2)),
    a=(0, 1),
    b=FEW_OFFSETS,
    e=FEW_OFFSETS,
    second=(False, True),
)
def scatter_by_mask(m, n, dims, mask, a, b, e, second):
    """Two rows, where b and e are 0 and 1."""
    bits = m.mask(mask)

    def place(i):
        row = where(m.read(bits, i), b, a * i + e)
        return [i, row] if second else [row, i]

    return m.scatter(dims, m.array([n, 2]), 1, place)


# Scatters of what other ops made, and what is made of scatters.


@family(
    ScatterOfTranspose,
    sizes=tuple(product(SIZES, SOME, SOME)),
    perm=PERMUTATIONS,
    depth=SOME,
    k=(-1, 1, 2),
    c=FEW_OFFSETS,
)
def scatter_of_transpose(m, sizes, perm, depth, k, c):
    t = m.transpose(m.array(sizes), perm)
    return m.scatter([3] * depth, t, depth, lambda i, *others: [k * i + c, *others])


@family(
    ScatterOfScatter,
    n=SOME,
    middle=SIZES,
    size=SIZES,
    a=MULTIPLES,
    b=(-1, 0, 1, 2),
    k=MULTIPLES,
    c=(-1, 0, 1, 2),
)
def scatter_of_scatter(m, n, middle, size, a, b, k, c):
    y = m.scatter([middle], m.array([n, 2]), 1, lambda i: [a * i + b])
    return m.scatter([size], y, 1, lambda i: [k * i + c])


@family(
    ScatterOfScatter,
    sizes=tuple(product(SOME, SOME)),
    middle=tuple(product(SOME, SOME)),
    size=SOME,
    style=range(4),
    depth=(1, 2, 3),
    k=(-1, 1),
    c=(0, 1),
)
def scatter_of_scatter_of_rows(m, sizes, middle, size, style, depth, k, c):
    data = m.integers([1, 0, 2])

    def outer(i, *others):
        j = others[0] if others else i
        return [(k * i + c, i // 2 + j, where(i < 1, j, i), m.read(data, i))[style]]

    y = m.scatter(middle, m.array([*sizes, 2]), 2, lambda i, j: [j, i])
    return m.scatter([size], y, depth, outer)


@family(
    ScatterOfStack,
    count=SOME,
    dims=((0,), (1,), (2,), (3,), (1, 2), (2, 2)),
    k=MULTIPLES,
    c=OFFSETS,
    size=SIZES,
)
def scatter_of_stack(m, count, dims, k, c, size):
    t = m.stack([m.array([size], (2, 3, 5)[e]) for e in range(count)])
    return m.scatter(dims, t, 1, lambda i: [k * i + c, i][: len(dims)])


@family(
    SumOfScatter,
    sizes=tuple(product(SIZES, SOME)),
    dims=tuple(product(SIZES, SOME)),
    over=((0,), (1,), (2,), (0, 1), (0, 2), (0, 1, 2)),
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    d=FEW_OFFSETS,
)
def sum_of_scatter(m, sizes, dims, over, k, c, d):
    y = m.scatter(dims, m.array([*sizes, 2]), 2, lambda i, j: [k * i + c, j + d])
    return m.sum(y, over)


@family(
    SliceOfScatter,
    n=SIZES,
    size=range(1, 6),
    k=MULTIPLES,
    c=FEW_OFFSETS,
    offset=range(3),
    count=SIZES,
    stride=(1, 2),
    rest=(2, 1),
)
def slice_of_scatter(m, n, size, k, c, offset, count, stride, rest):
    if offset + max(count - 1, 0) * stride >= size + (count == 0):
        return None
    y = m.scatter([size], m.array([n, 2]), 1, lambda i: [k * i + c])
    return m.slice(y, [offset, 0], [count, rest], [stride, 1])


@family(
    TransposeOfScatter,
    sizes=tuple(product(SIZES, SOME)),
    dims=tuple(product(SOME, SOME)),
    perm=PERMUTATIONS,
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    d=FEW_OFFSETS,
)
def transpose_of_scatter(m, sizes, dims, perm, k, c, d):
    y = m.scatter(dims, m.array([*sizes, 2]), 2, lambda i, j: [k * i + c, j + d])
    return m.transpose(y, perm)


@family(
    AddOfScatters,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
    d=(0, 1),
    one=(False, True),
)
def add_of_scatters(m, n, size, k, c, d, one):
    """With d, of different maps; with one, of one scatter to itself."""
    a = m.scatter([size], m.array([n, 2]), 1, lambda i: [k * i + c])
    b = a if one else m.scatter([size], m.array([n, 2], 3), 1, lambda i: [k * i + (c + d)])
    return m.plus(a, b)


# Index ops.

PLACES = tuple(
    [("constant", value) for value in range(-1, 5)]
    + [("number", value) for value in (-1, 0, 2, 5)]
    + [("clamped", value) for value in (-1, 1, 3)]
)


def at(m, place):
    """A constant; a number that is not known; one that is known to be 0 or 1."""
    kind, value = place
    if kind == "constant":
        return m.literal(value)
    number = m.number(value)
    return greater(smaller(number, 1), 0) if kind == "clamped" else number


@family(
    IndexOfTranspose,
    sizes=tuple(product(SIZES, SOME, SOME)),
    perm=PERMUTATIONS,
    depth=SIZES,
    place=PLACES,
    second=(-1, 0, 1),
)
def index_of_transpose(m, sizes, perm, depth, place, second):
    t = m.transpose(m.array(sizes), perm)
    return m.index(t, [at(m, place), m.literal(second), m.literal(0)][:depth])


@family(
    IndexOfReverse,
    sizes=tuple(product(SIZES, SIZES)),
    dims=((), (0,), (1,), (0, 1)),
    depth=range(3),
    place=PLACES,
    second=(-1, 0, 1),
)
def index_of_reverse(m, sizes, dims, depth, place, second):
    return m.index(m.reverse(m.array(sizes), dims), [at(m, place), m.literal(second)][:depth])


@family(
    IndexOfPad,
    size=SIZES,
    low=range(3),
    high=range(3),
    interior=range(3),
    rest=((0, 0), (1, 0), (0, 1)),
    depth=range(3),
    place=PLACES,
)
def index_of_pad(m, size, low, high, interior, rest, depth, place):
    t = m.pad(m.array([size, 2]), [low, rest[0]], [high, rest[1]], [interior, 0])
    return m.index(t, [at(m, place), m.literal(1)][:depth])


@family(
    IndexOfBroadcastWithin,
    sizes=tuple(product(SIZES, SIZES)),
    dims=((0,), (1,), (0, 1)),
    depth=(1, 2),
    place=PLACES,
    second=PLACES,
)
def index_of_broadcast(m, sizes, dims, depth, place, second):
    x = m.array([n for d, n in enumerate(sizes) if d not in dims])
    t = m.broadcast(x, list(dims), list(sizes))
    return m.index(t, [at(m, place), at(m, second)][:depth])


@family(
    IndexOfSlice,
    size=range(6),
    offset=range(3),
    count=SIZES,
    stride=(1, 2),
    rest=((0, 2), (1, 1)),
    depth=(1, 2),
    place=PLACES,
)
def index_of_slice(m, size, offset, count, stride, rest, depth, place):
    if offset + max(count - 1, 0) * stride >= size + (count == 0):
        return None
    t = m.slice(m.array([size, 2]), [offset, rest[0]], [count, rest[1]], [stride, 1])
    return m.index(t, [at(m, place), m.literal(0)][:depth])


@family(
    IndexOfConcat, sizes=tuple(product(SIZES, repeat=3)), dim=(0, 1), depth=range(3), place=PLACES
)
def index_of_concat(m, sizes, dim, depth, place):
    xs = [m.array([s, 2] if dim == 0 else [2, s], b) for s, b in zip(sizes, (2, 3, 5))]
    places = [at(m, place), m.literal(1)]
    return m.index(m.concat(xs, dim), (places if dim == 0 else places[::-1])[:depth])


@family(
    IndexOfGather,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
    style=range(4),
    depth=range(3),
    place=PLACES,
)
def index_of_gather(m, n, size, k, c, style, depth, place):
    y = m.gather(
        [n],
        m.array([size, 2]),
        lambda i: [(k * i + c, (i + c) // 2, (k * i) % 3, where(i >= c, k * i, i))[style]],
    )
    return m.index(y, [at(m, place), m.literal(1)][:depth])


@family(
    IndexOfScatter,
    sizes=tuple(product(SIZES, SOME)),
    place=PLACES,
    other=PLACES,
    depth=(1, 2),
    fewer=(0, 1),
)
def index_of_scatter(m, sizes, place, other, depth, fewer):
    """Where `other` is `place`, the scatter is read where it was put."""
    first = at(m, place)
    second = first if other == place else at(m, other)
    column = m.literal(0)
    y = m.scatter(sizes[:depth], m.array([2]), 0, lambda: [first, column][:depth])
    return m.index(y, [second, column][: depth - fewer])


@family(
    IndexOfScatter,
    size=SOME,
    c=(False, True),
    style=("select", 64, 8, "inside"),
    a=range(-1, 4),
    b=range(-1, 4),
    other=range(-1, 4),
    known=(True, False),
    rest=((), (2,)),
)
def index_of_scatter_by_truth(m, size, c, style, a, b, other, known, rest):
    """Put at c ? a : b, or at a constant of the region, and read at a number."""
    place = a if style == "inside" else chosen(m, c, style, a, b)
    y = m.scatter([size], m.array(rest), 0, lambda: [place])
    return m.index(y, [m.literal(other) if known else m.number(other)])


def chosen(m, c, style, a, b):
    truth = m.truth(c)
    return where(truth, a, b) if style == "select" else extended(truth, style)


@family(
    IndexOfStackByCondition,
    count=range(1, 4),
    c=(False, True),
    style=("select", 64, 8),
    a=range(-1, 4),
    b=range(-1, 4),
    rest=((), (2,), (0,)),
    second=(None, -1, 0, 1),
    whole=(False, True),
)
def index_of_stack_by_truth(m, count, c, style, a, b, rest, second, whole):
    if (second is not None) and not rest:
        return None
    t = m.stack([m.array(rest, (2, 3, 5)[e]) for e in range(count)])
    if whole:
        return m.index(t, [])
    more = [] if second is None else [m.number(second)]
    return m.index(t, [chosen(m, c, style, a, b), *more])


@family(
    IndexOfFewScalars,
    count=range(1, 7),
    place=range(-2, 7),
    within=(None, False, True),
    more=(False, True),
    whole=(False, True),
)
def index_of_few_scalars(m, count, place, within, more, whole):
    """Also at a sum of two truth values, which is in bounds, and with other uses of the stack."""
    t = m.stack([m.array([], (2, 3, 5, 7, 11, 13)[e]) for e in range(count)])
    if whole:
        return m.index(t, [])
    if within is None:
        k = m.number(place)
    else:
        k = extended(m.truth(within), 64) + extended(m.truth(place > 0), 64)
    y = m.index(t, [k])
    return m.plus(y, m.index(m.reverse(t, [0]), [k])) if more else y


@family(
    IndexOfReshape,
    shapes=tuple(
        (a, b)
        for a, b in product(
            ((), (1,), (2,), (6,), (2, 3), (3, 2), (1, 6), (0, 2), (1, 1)), repeat=2
        )
        if prod(a) == prod(b)
    ),
    place=PLACES,
    second=range(-1, 4),
    whole=(True, False),
)
def index_of_reshape(m, shapes, place, second, whole):
    x, sizes = shapes
    depth = len(sizes) if whole else max(len(sizes) - 1, 0)
    y = m.reshape(m.array(x), sizes)
    return m.index(y, [at(m, place), m.literal(second)][:depth])


# Layouts.


@family(
    SliceOfPartOfPad,
    size=SIZES,
    low=range(3),
    high=range(3),
    interior=(0, 1),
    offset=range(5),
    count=range(6),
    stride=(1, 2),
    rest=(0, 1),
)
def slice_of_part_of_pad(m, size, low, high, interior, offset, count, stride, rest):
    y = m.pad(m.array([size, 2]), [low, rest], [high, 1], [interior, 0])
    if offset + max(count - 1, 0) * stride >= m.shape(y)[0] + (count == 0):
        return None
    return m.slice(y, [offset, rest], [count, 2], [stride, 1])


@family(
    AddOfPads,
    total=range(7),
    sizes=tuple(product(SIZES, SIZES)),
    lows=tuple(product(range(5), repeat=2)),
    interior=tuple(product((0, 1), repeat=2)),
    dims=tuple(product((0, 1), repeat=2)),
)
def add_of_pads(m, total, sizes, lows, interior, dims):
    parts = []
    for n, low, k, d, base in zip(sizes, lows, interior, dims, (2, 3)):
        high = total - low - n - max(n - 1, 0) * k
        if high < 0:
            return None
        at_d = [(low, high, k) if e == d else (0, 0, 0) for e in (0, 1)]
        shape = [n if e == d else total for e in (0, 1)]
        parts.append(m.pad(m.array(shape, base), *zip(*at_d)))
    return m.plus(*parts)


@family(
    SelectOfBroadcasts,
    sizes=tuple(product((0, 1, 2), repeat=2)),
    mask=(False, True),
    kinds=tuple(product(range(5), repeat=2)),
    masked=(None, (0,), (1,), (0, 1)),
)
def select_of_broadcasts(m, sizes, mask, kinds, masked):
    """Of rows, columns, scalars, constants, and of arrays, which are no broadcast."""

    def value(kind, base):
        return (
            lambda: m.broadcast(m.array([sizes[1]], base), [0], sizes),
            lambda: m.broadcast(m.array([sizes[0]], base), [1], sizes),
            lambda: m.broadcast(m.array([], base), [0, 1], sizes),
            lambda: m.constant(base, sizes),
            lambda: m.array(sizes, base),
        )[kind]()

    a, b = (value(kind, base) for kind, base in zip(kinds, (2, 3)))
    if masked is None:
        return m.select(m.truth(mask), a, b)
    if len(masked) == 2:
        return None
    left = sizes[1 - masked[0]]
    bits = m.mask([mask != bool(k % 2) for k in range(left)])
    return m.select(m.broadcast(bits, masked, sizes), a, b)


@family(
    ConcatOfSlices,
    n=(4, 5),
    dim=(0, 1),
    first=(0, 1),
    counts=tuple(product((1, 2), (1, 2))),
    gap=(-1, 0, 1),
    strides=((1, 1), (2, 2), (1, 2)),
    beside=(0, 1),
)
def concat_of_slices(m, n, dim, first, counts, gap, strides, beside):
    def along(a, b):
        return [a, b] if dim == 0 else [b, a]

    second = first + counts[0] * strides[0] + gap
    ends = [at + (c - 1) * s for at, c, s in zip((first, second), counts, strides)]
    if max(ends) >= n:
        return None
    x = m.array(along(n, 2), 3)
    parts = [
        m.slice(x, along(at, b), along(c, 1), along(s, 1))
        for at, c, s, b in zip((first, second), counts, strides, (0, beside))
    ]
    return m.concat(parts, dim)


@family(
    SliceOfPartOfConcat,
    sizes=tuple(product((0, 1, 2), (1, 2), (0, 1, 3))),
    dim=(0, 1),
    first=range(4),
    count=range(5),
    stride=(1, 2),
    rest=(0, 1),
    whole=(False, True),
)
def slice_of_part_of_concat(m, sizes, dim, first, count, stride, rest, whole):
    def along(n, k):
        return [n, k] if dim == 0 else [k, n]

    if first + max(count - 1, 0) * stride >= sum(sizes) + (count == 0):
        return None
    y = m.concat([m.array(along(n, 2), b) for n, b in zip(sizes, (2, 3, 5))], dim)
    z = m.slice(y, along(first, rest), along(count, 1), along(stride, 1))
    return m.plus(z, m.slice(y, along(0, 0), along(count, 1), [1, 1])) if whole else z


@family(
    TransposeOfPadOfTranspose,
    sizes=tuple(product((0, 1, 2), (1, 2), (1, 3))),
    first=PERMUTATIONS,
    second=PERMUTATIONS,
    low=((0, 0, 0), (1, 0, 2), (0, 2, 1)),
    high=((0, 0, 0), (2, 0, 0), (0, 1, 0)),
    interior=((0, 0, 0), (1, 0, 2)),
)
def transpose_of_pad_of_transpose(m, sizes, first, second, low, high, interior):
    y = m.pad(m.transpose(m.array(sizes), first), low, high, interior)
    return m.transpose(y, second)


# Braids.


@family(
    GatherOfBraid,
    count=SOME,
    size=SIZES,
    n=range(7),
    by=(2, 3),
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    d=range(3),
    style=range(5),
)
def gather_of_braid(m, count, size, n, by, k, c, d, style):
    """By a digit that is moved, by a quotient, and by an argument that other indices have too."""
    t = m.stack([m.array([size, 2], (2, 3, 5)[e]) for e in range(count)])
    if style == 4:
        return m.gather([2, n], t, lambda i, j: [i + c, j + k * i])
    return m.gather(
        [n],
        t,
        lambda i: (
            lambda: [i % by, i // by + c],
            lambda: [(i + d) % by, k * i + c],
            lambda: [i // by + c, k * i],
            lambda: [k * i + c, i],
        )[style](),
    )


@family(
    GatherOfRepeat,
    size=SOME,
    times=SOME,
    dim=(0, 1),
    n=range(6),
    k=MULTIPLES,
    c=OFFSETS,
    columns=(False, True),
)
def gather_of_repeat(m, size, times, dim, n, k, c, columns):
    """Of np.repeat and np.tile, of a vector, and of the columns of a matrix."""
    sizes = [size, times] if dim else [times, size]
    if not columns:
        y = m.reshape(m.broadcast(m.array([size]), [dim], sizes), [size * times])
        return m.gather([n], y, lambda i: [k * i + c])
    y = m.reshape(m.broadcast(m.array([size, 2]), [dim], [*sizes, 2]), [size * times, 2])
    return m.gather([n, 2], y, lambda i, j: [k * i + c, j])


@family(
    ScatterOfBraid,
    count=SOME,
    size=SIZES,
    n=range(7),
    by=(2, 3),
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    style=range(5),
    kept=(False, True),
)
def scatter_of_braid(m, count, size, n, by, k, c, style, kept):
    def places(i):
        return (
            lambda: [i % by, i // by + c],
            lambda: [(i + 1) % by, k * i + c],
            lambda: [i // by + c, k * i],
            lambda: [k * i + c, i],
            lambda: [i // by, i % by],
        )[style]()

    last = style == 4
    dims = [size, count] if last else [count, size]
    y = m.scatter(dims, m.array([n, 2]), 1, places)
    if last:
        y = m.transpose(y, [1, 0, 2])
    rows = [m.index(y, [m.literal(e)]) for e in reversed(range(count))]
    z = m.stack(rows)
    return m.stack([z, y]) if kept else z


@family(
    ScatterOfPad,
    size=SIZES,
    low=range(3),
    high=range(3),
    interior=range(3),
    target=SOME,
    by=(1, 2, 3),
    k=FEW_MULTIPLES,
    c=FEW_OFFSETS,
    rest=(0, 1),
)
def scatter_of_pad(m, size, low, high, interior, target, by, k, c, rest):
    y = m.pad(m.array([size, 2]), [low, 0], [high, rest], [interior, 0])
    return m.scatter([target], y, 1, lambda i: [k * (i // by) + c])


KINDS = ((0, 0), (0, 1), (1, 0), (0, 2), (2, 1), (3, 0), (4, 3), (5, 0), (1, 5))


@family(
    SelectByPlace,
    sizes=((4, 1), (6, 2), (2, 12), (9, 0), (11, 1)),
    dim=(0, 1),
    predicate=("eq", "ne", "slt", "sge"),
    by=((1, None), (-1, None), (2, None), (1, 2), (1, 3)),
    c=range(-1, 4),
    kinds=KINDS,
    style=range(6),
)
def select_by_place(m, sizes, dim, predicate, by, c, kinds, style):
    """Of arrays, their parts and repetitions, of zeros of both signs, and of computed arrays."""

    k, modulo = by

    def value(kind, base):
        return (
            lambda: m.array(sizes, base),
            lambda: m.constant(0.0, sizes),
            lambda: m.constant(-0.0, sizes),
            lambda: m.broadcast(m.array([sizes[1]], base), [0], sizes),
            lambda: m.reverse(m.array(sizes, base), [0, 1]),
            lambda: m.times(m.array(sizes, base), m.array(sizes, base + 2)),
        )[kind]()

    def mask(at, predicate, more=0):
        i = m.times(m.iota(sizes, at), m.whole(k, sizes))
        i = i if modulo is None else m.modulo(m.iota(sizes, at), modulo)
        return m.compare(predicate, i, m.whole(c + more, sizes))

    a, b = (value(kind, base) for kind, base in zip(kinds, (2, 3)))
    bits = (
        lambda: mask(dim, predicate),
        lambda: m.either(mask(dim, predicate), mask(dim, "eq", 2)),
        lambda: m.both(mask(dim, predicate), mask(dim, "ne", 1)),
        lambda: m.exclusive(mask(dim, predicate), mask(dim, "sle", 1)),
        lambda: m.both(mask(0, predicate), mask(1, predicate)),
        lambda: m.broadcast(
            m.truths([(e * k + c) % 5 < 3 for e in range(sizes[dim])]), [1 - dim], sizes
        ),
    )[style]()
    return m.select(bits, a, b)


@family(
    SliceOfStack,
    count=SOME,
    size=SOME,
    first=SIZES,
    rows=SIZES,
    step=(1, 2),
    offset=SIZES,
    columns=SIZES,
    stride=(1, 2),
    whole=range(3),
)
def slice_of_stack(m, count, size, first, rows, step, offset, columns, stride, whole):
    for start, n, k, end in ((first, rows, step, count), (offset, columns, stride, size)):
        if start + max(n - 1, 0) * k >= end + (n == 0):
            return None
    t = m.stack([m.array([size, 2], (2, 3, 5)[e]) for e in range(count)])
    y = m.slice(t, [first, offset, 0], [rows, columns, 2], [step, stride, 1])
    if not whole:
        return y
    # Another slice, which may go too, or a use for which the stack stays.
    other = m.slice(t if whole == 1 else m.reverse(t, [1]), [0] * 3, [rows, columns, 2], [1] * 3)
    return m.plus(y, other)


@family(
    ReverseOfStack,
    count=SOME,
    sizes=((), (2,), (3, 2), (0, 1)),
    dims=((0,), (1,), (0, 1), (0, 2), (1, 2), (0, 1, 2)),
    kept=(False, True),
)
def reverse_of_stack(m, count, sizes, dims, kept):
    if max(dims) > len(sizes):
        return None
    t = m.stack([m.array(sizes, (2, 3, 5)[e]) for e in range(count)])
    y = m.reverse(t, dims)
    return m.plus(y, t) if kept else y


@family(
    ConcatOfRows,
    sizes=((3,), (2, 3), (0, 2), (1, 1), (2, 2, 3)),
    dim=range(3),
    kinds=tuple(product(range(5), repeat=2)),
    kept=(False, True),
)
def concat_of_rows(m, sizes, dim, kinds, kept):
    """Of rows, of copies of a scalar, of stacks, of two equal rows, and of arrays of one row."""
    if dim > len(sizes):
        return None
    one = [*sizes[:dim], 1, *sizes[dim:]]

    def part(kind, base):
        x = m.array(sizes, base)
        return (
            lambda: m.broadcast(x, [dim], one),
            lambda: m.broadcast(m.array([], base), [*range(len(one))], one),
            lambda: m.stack([x, m.array(sizes, base + 2)]) if dim == 0 else None,
            lambda: m.broadcast(x, [dim], [*sizes[:dim], 2, *sizes[dim:]]),
            lambda: m.array(one, base),
        )[kind]()

    parts = [part(kind, base) for kind, base in zip(kinds, (2, 3))]
    if any(x is None for x in parts):
        return None
    y = m.concat(parts, dim)
    return m.concat([y, parts[0]], dim) if kept else y


# Sums.

OVERS = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2), ())


@family(
    SumOfBroadcast,
    sizes=tuple(product((0, 1, 2, 3), (0, 1, 2), (1, 2))),
    dims=OVERS[:-1],
    over=OVERS,
)
def sum_of_broadcast(m, sizes, dims, over):
    x = m.array([n for d, n in enumerate(sizes) if d not in dims])
    return m.sum(m.broadcast(x, dims, sizes), over)


@family(
    SumOfTranspose,
    sizes=tuple(product((0, 1, 2), (1, 2), (1, 3))),
    perm=PERMUTATIONS,
    over=OVERS,
)
def sum_of_transpose(m, sizes, perm, over):
    return m.sum(m.transpose(m.array(sizes), perm), over)


@family(
    SumOfReverse,
    sizes=tuple(product((0, 1, 2), (1, 2), (1, 3))),
    dims=OVERS,
    over=OVERS,
)
def sum_of_reverse(m, sizes, dims, over):
    return m.sum(m.reverse(m.array(sizes), dims), over)


@family(
    SumOfReshape,
    shapes=tuple(
        (a, b)
        for a, b in product(((), (1,), (6,), (2, 3), (1, 6), (0, 2), (0,)), repeat=2)
        if prod(a) == prod(b)
    ),
    over=OVERS,
)
def sum_of_reshape(m, shapes, over):
    first, second = shapes
    if any(d >= len(second) for d in over):
        return None
    return m.sum(m.reshape(m.array(first), second), over)


@family(
    SumOfPad,
    sizes=tuple(product((0, 1, 2), (1, 2))),
    low=PAIRS,
    high=PAIRS,
    interior=PAIRS,
    over=((0,), (1,), (0, 1), ()),
)
def sum_of_pad(m, sizes, low, high, interior, over):
    return m.sum(m.pad(m.array(sizes), low, high, interior), over)


@family(
    SumOfSelect,
    sizes=tuple(product((0, 1, 2), (1, 2))),
    mask=(False, True, None),
    first=(False, True),
    number=(0, 1),
    over=((0,), (1,), (0, 1), ()),
)
def sum_of_select(m, sizes, mask, first, number, over):
    x, zero = m.array(sizes), m.constant(number, sizes)
    if mask is None:
        if sizes[0] != 1:
            return None
        bits = m.broadcast(m.mask([True, False][: sizes[1]]), [0], sizes)
    else:
        bits = m.truth(mask)
    return m.sum(m.select(bits, zero, x) if first else m.select(bits, x, zero), over)


@family(
    SumOfScaled,
    sizes=tuple(product((0, 1, 2), (1, 3))),
    dims=((0,), (1,), (0, 1)),
    over=((0,), (1,), (0, 1), ()),
    first=(False, True),
    integers=(False, True),
    used=(False, True),
)
def sum_of_scaled(m, sizes, dims, over, first, integers, used):
    left = [n for d, n in enumerate(sizes) if d not in dims]
    if integers:
        if not left:
            return None
        s, x = m.iota(left, 0), m.iota(sizes, 1)
    else:
        s, x = m.array(left, 3), m.array(sizes)
    s = m.broadcast(s, dims, sizes)
    y = m.times(s, x) if first else m.times(x, s)
    total = m.sum(y, over)
    return m.plus(total, m.sum(y, over)) if used and not integers else total


# Regions.


@family(
    RegionOfIndexArithmetic,
    FactsOfIndices,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
    by=range(1, 5),
    style=range(10),
)
def region_of_index_arithmetic(m, n, size, k, c, by, style):
    def place(i):
        x = k * i + c
        return [
            (
                lambda: by * x // by,
                lambda: (by * i + x) // by,
                lambda: (x // by) * by + x % by,
                lambda: (x // by) // 2,
                lambda: (by * x + c) % by,
                lambda: greater(smaller(x, by), 0),
                lambda: where(x < by, x, 0 * i),
                lambda: where(x <= i, where(x <= i, x, 7 * i), i - x),
                lambda: truncated_remainder(x, by),
                lambda: x % by // 2 + i,
            )[style]()
        ]

    return m.gather([n], m.array([size]), place)


THIRD = 2**63 // 3


@family(
    RegionOfIndexArithmetic,
    v=range(THIRD - 2, THIRD + 4),
    w=range(THIRD - 2, THIRD + 4),
    k=(1, 3, 7),
    c=(0, 1),
)
def region_of_large_numbers(m, v, w, k, c):
    """k (v - w) is small, and k v and k w are on both sides of where 64 bits wrap."""
    v, w = (greater(smaller(m.number(z), THIRD + 3), THIRD - 2) for z in (v, w))

    def place(i):
        difference = (near(i, v) - near(i, w) + 0) * k + c
        return [where(difference >= 0, i, i + 1)]

    return m.gather([2], m.array([3]), place)


@family(RegionOfIndexArithmetic, n=SIZES, power=range(59, 64), by=(2, 3, 5), c=(-1, 0, 1))
def region_of_large_remainders(m, n, power, by, c):
    def place(i):
        large = wrapped(i % by * (2**power - 2**64 * (power == 63)))
        return [where(wrapped(large + c) >= 0, i, i + 1)]

    return m.gather([n], m.array([3]), place)


@family(
    RegionOfIndexArithmetic,
    n=SIZES,
    size=SIZES,
    k=MULTIPLES,
    c=OFFSETS,
    start=(-1, 0, 1),
    step=(-1, 0, 2),
    length=SOME,
    last=(0, 1),
    constant=(True, False),
)
def region_of_table(m, n, size, k, c, start, step, length, last, constant):
    """A table of equal steps, but for the last one; in the program, or data."""
    numbers = [start + step * e for e in range(length)]
    numbers[-1] += last
    values = m.table(numbers) if constant else m.integers(numbers)
    return m.scatter([size], m.array([n]), 1, lambda i: [m.read(values, k * i + c) * 1 + 0])


@family(
    RegionWithInvariant,
    n=SIZES,
    size=SIZES,
    value=OFFSETS,
    k=MULTIPLES,
    c=OFFSETS,
    style=range(4),
)
def region_with_invariant(m, n, size, value, k, c, style):
    number, data = m.number(value), m.integers([2, 0, 1])

    def place(i):
        x = near(i, number)
        y = (x * k + c, x // 2 + c, m.read(data, x), where(x >= c, x, i))[style]
        return [i + y]

    return m.gather([n], m.array([size]), place)


# Einsums.


def of_spec(m, spec: str, sizes: dict[str, int]) -> Any:
    words, _, _ = spec.partition("->")
    operands = [m.array([sizes[c] for c in w], b) for w, b in zip(words.split(","), (2, 3, 5, 7))]
    return m.einsum(spec, *operands)


def specs(letters: str, count: int, longest: int = 2) -> list[str]:
    """All einsums of `count` operands, each output in one order and, of two letters, the other."""
    words = ["".join(w) for n in range(longest + 1) for w in product(letters, repeat=n)]
    found = []
    for chosen in product(words, repeat=count):
        used = sorted(set("".join(chosen)))
        for n in range(min(len(used), 2) + 1):
            found += [",".join(chosen) + "->" + "".join(w) for w in permutations(used, n)]
    return found


def laid_out(m, word: str, to: str, sizes: dict[str, int], base: int) -> Any:
    """An array with the letters of `word`, transposed and broadcast to those of `to`."""
    x = m.array([sizes[c] for c in word], base)
    own = [c for c in to if c in word]
    if list(word) != own:
        x = m.transpose(x, [word.index(c) for c in own])
    dims = [d for d, c in enumerate(to) if c not in word]
    return m.broadcast(x, dims, [sizes[c] for c in to]) if dims else x


IJ = tuple({"i": n, "j": p} for n, p in (*product((0, 1, 3), (1, 2)), (2, 2), (3, 3), (2, 0)))
IJK = tuple(
    {"i": n, "j": p, "k": q}
    for n, p, q in ((1, 1, 1), (2, 3, 1), (3, 2, 2), (2, 2, 3), (3, 3, 3), (0, 2, 1), (2, 0, 3))
)
WORDS = ("", "i", "j", "ij", "ji")
SPECS, MANY = specs("ij", 2), specs("ij", 3)


@family(
    SumOfProduct,
    sizes=IJK,
    words=tuple(product(("", "i", "k", "ij", "ki", "jk", "kji"), repeat=2)),
    dims=((), (0,), (1,), (0, 1), (0, 2), (0, 1, 2)),
    perm=PERMUTATIONS,
    third=(None, "j", "ji"),
)
def sum_of_product(m, sizes, words, dims, perm, third):
    y = m.times(*(laid_out(m, w, "ijk", sizes, b) for w, b in zip(words, (2, 3))))
    if third is not None:
        y = m.times(laid_out(m, third, "ijk", sizes, 5), y)
    return m.sum(m.transpose(y, perm), dims)


@family(SumOfEinsum, spec=SPECS, sizes=IJ, dims=((), (0,), (1,), (0, 1)))
def sum_of_einsum(m, spec, sizes, dims):
    y = of_spec(m, spec, sizes)
    return m.sum(y, dims) if all(d < len(m.shape(y)) for d in dims) else None


@family(TransposeOfEinsum, spec=SPECS, sizes=IJ)
def transpose_of_einsum(m, spec, sizes):
    y = of_spec(m, spec, sizes)
    return m.transpose(y, [1, 0]) if len(m.shape(y)) == 2 else None


def with_operands(m, spec: str, make: Callable[[str, int, bool], Any], which: int) -> Any:
    """The einsum of `make(word, base, changed)`: the first changed (1), the second (2), or both."""
    words, _, _ = spec.partition("->")
    xs = [
        make(w, b, bool(which >> k & 1)) for k, (w, b) in enumerate(zip(words.split(","), (2, 3)))
    ]
    return None if any(x is None for x in xs) else m.einsum(spec, *xs)


@family(EinsumOfTranspose, spec=SPECS, sizes=IJ, which=(1, 2, 3))
def einsum_of_transpose(m, spec, sizes, which):
    def operand(word, base, changed):
        x = m.array([sizes[c] for c in (word[::-1] if changed else word)], base)
        return m.transpose(x, [*range(len(word))][::-1]) if changed and len(word) == 2 else x

    return with_operands(m, spec, operand, which)


@family(EinsumOfBroadcast, spec=SPECS, sizes=IJ, which=(1, 2, 3), dims=((0,), (1,), (0, 1)))
def einsum_of_broadcast(m, spec, sizes, which, dims):
    def operand(word, base, changed):
        whole = [sizes[c] for c in word]
        if not changed or any(d >= len(word) for d in dims):
            return m.array(whole, base)
        return m.broadcast(
            m.array([n for d, n in enumerate(whole) if d not in dims], base), dims, whole
        )

    return with_operands(m, spec, operand, which)


@family(EinsumOfSplat, spec=SPECS, sizes=IJ, which=(1, 2, 3), value=(0, -3, 0.5))
def einsum_of_splat(m, spec, sizes, which, value):
    def operand(word, base, changed):
        whole = [sizes[c] for c in word]
        return m.constant(value, whole) if changed else m.array(whole, base)

    return with_operands(m, spec, operand, which)


@family(
    EinsumOfGather,
    spec=SPECS,
    sizes=IJ,
    which=(1, 2, 3),
    form=("ij", "ji", "ii", "iji", "i"),
    more=(0, 1, -1),
)
def einsum_of_gather(m, spec, sizes, which, form, more):
    """Which index goes where; with more and fewer elements than there are indices, too."""

    def operand(word, base, changed):
        whole = [sizes[c] for c in word]
        if not changed:
            return m.array(whole, base)
        if len(word) != len(set(form)):
            return None
        source = [whole["ij".index(c)] for c in form]
        source[-1] = max(source[-1] + more, 0)
        return m.gather(whole, m.array(source, base), lambda *i: [i["ij".index(c)] for c in form])

    return with_operands(m, spec, operand, which)


@family(EinsumOfProduct, spec=SPECS, sizes=IJ, which=(1, 2, 3), narrow=WORDS, swapped=(False, True))
def einsum_of_product(m, spec, sizes, which, narrow, swapped):
    def operand(word, base, changed):
        x = m.array([sizes[c] for c in word], base)
        if not changed or len(set(word)) < len(word):
            return x
        y = laid_out(m, "".join(c for c in narrow if c in word), word, sizes, base + 3)
        return m.times(y, x) if swapped else m.times(x, y)

    return with_operands(m, spec, operand, which)


@family(EinsumOfEinsum, inner=SPECS, words=WORDS, output=WORDS, sizes=IJ, which=(0, 1))
def einsum_of_einsum(m, inner, words, output, sizes, which):
    """Of an inner result with the letters in either order, and of its diagonal."""
    y = of_spec(m, inner, sizes)
    word = inner.partition("->")[2]
    if len(word) == 2 and sizes["i"] == sizes["j"] and which:
        word = "ii"
    if not set(output) <= set(word) | set(words):
        return None
    z = m.array([sizes[c] for c in words], 5)
    if which:
        return m.einsum(f"{words},{word}->{output}", z, y)
    return m.einsum(f"{word},{words}->{output}", y, z)


@family(
    EinsumOfSum,
    spec=SPECS,
    sizes=IJ,
    n=(0, 1, 3),
    position=range(3),
    below=("product", "broadcast", "transpose", "einsum", "array"),
)
def einsum_of_sum(m, spec, sizes, n, position, below):
    """Of a sum over n elements, in front of, between or after the others."""

    def operand(word, base, changed):
        whole = [sizes[c] for c in word]
        if not changed:
            return m.array(whole, base)
        if position > len(word):
            return None
        all_sizes = [*whole[:position], n, *whole[position:]]
        d = len(all_sizes)
        if below == "product":
            y = m.times(m.array(all_sizes, base), m.array(all_sizes, base + 3))
        elif below == "broadcast":
            y = m.broadcast(m.array(whole, base), [position], all_sizes)
        elif below == "transpose":
            y = m.transpose(m.array(all_sizes[::-1], base), [*range(d)][::-1])
        elif below == "einsum":
            letters = "abc"[:d]
            y = m.einsum(f"{letters},->{letters}", m.array(all_sizes, base), m.array([], base + 3))
        else:
            y = m.array(all_sizes, base)
        return m.sum(y, [position])

    return with_operands(m, spec, operand, 1)


@family(EinsumOfLoneLetter, EinsumWithoutContraction, spec=SPECS, sizes=IJ)
def einsum_of_two(m, spec, sizes):
    return of_spec(m, spec, sizes)


@family(
    EinsumOfLoneLetter,
    EinsumWithoutContraction,
    spec=[*specs("ij", 1), *specs("ijk", 1, 3)],
    sizes=IJK,
)
def einsum_of_one(m, spec, sizes):
    return of_spec(m, spec, sizes)


@family(EinsumOfManyOperands, EinsumWithoutContraction, spec=MANY, sizes=IJ)
def einsum_of_many(m, spec, sizes):
    return of_spec(m, spec, sizes)


# The tests.


def instance(kind: Rule, fast: bool) -> RewritePattern:
    if issubclass(kind, GatherOfProduct):
        return kind(Maps(), fast)
    if issubclass(kind, SumOfScaled):
        return kind(fast)
    return kind(Maps()) if issubclass(kind, MapRule) else kind()


# Updates.


BOXES = tuple((o, m, t) for o in range(-2, 5) for m in range(4) for t in (1, 2))


@family(
    IndexOfUpdate, UpdateOfAll, UpdateOutside, n=SIZES, box=BOXES, known=(True, False), i=OFFSETS
)
def index_of_update(m, n, box, known, i):
    o, size, t = box
    place = o if known else m.number(o)
    x = m.update(m.array([n]), m.array([size], 3), [place], [t])
    return m.index(x, [i])


@family(
    IndexOfUpdate, UpdateOutside,
    sizes=((2, 3), (3, 2)), first=BOXES[::3], second=((0, 2, 1), (0, 3, 1), (1, 1, 1), (0, 2, 2)),
    depth=(0, 1, 2), i=FEW_OFFSETS,
)  # fmt: skip
def index_of_update_in_two_dimensions(m, sizes, first, second, depth, i):
    offsets, box, strides = zip(first, second)
    x = m.update(m.array(sizes), m.array(box, 3), offsets, strides)
    return m.index(x, [i, 1][:depth])


@family(
    IndexOfUpdate, UpdateOfUpdate, UpdateOfAll, UpdateOutside,
    n=(2, 3), first=BOXES, second=BOXES, i=FEW_OFFSETS, one=(True, False),
)  # fmt: skip
def update_of_update(m, n, first, second, i, one):
    o, place = (m.number(first[0]) if one else first[0]), second[0]
    x = m.update(m.array([n]), m.array([first[1]], 3), [o], [first[2]])
    y = m.update(x, m.array([second[1]], 5), [o if first == second else place], [second[2]])
    return m.index(y, [i])


@family(
    SliceOfUpdate, UpdateOfAll, UpdateOutside,
    n=(3, 5), box=BOXES, offset=range(4), size=SOME, stride=(1, 2),
)  # fmt: skip
def slice_of_update(m, n, box, offset, size, stride):
    if offset + (size - 1) * stride >= n:
        return None
    x = m.update(m.array([n]), m.array([box[1]], 3), [box[0]], [box[2]])
    return m.slice(x, [offset], [size], [stride])


@family(
    SliceOfUpdate,
    sizes=((3, 4),), first=BOXES[::2], second=BOXES[1::3], offsets=PAIRS, size=((1, 2), (2, 3)),
)  # fmt: skip
def slice_of_update_in_two_dimensions(m, sizes, first, second, offsets, size):
    places, box, strides = zip(first, second)
    x = m.update(m.array(sizes), m.array(box, 3), places, strides)
    return m.slice(x, offsets, size, (1, 1))


@family(
    AddOfUpdateAndScatter,
    n=(2, 3), more=((), (2,)), place=FEW_OFFSETS, other=FEW_OFFSETS, zero=(True, False),
    size=(1, 2), swapped=(False, True),
)  # fmt: skip
def add_of_update_and_scatter(m, n, more, place, other, zero, size, swapped):
    o = m.number(place)
    p = o if place == other else m.number(other)
    box = (size, *more)
    v = m.constant(0.0, box) if zero else m.array(box, 3)
    x = m.update(m.array([n, *more]), v, [o, *[0] * len(more)], [1, *[1] * len(more)])
    y = m.scatter([n], m.array(more, 5), 0, lambda: [p])
    return m.plus(y, x) if swapped else m.plus(x, y)


@family(
    UpdateByOwnPart,
    sizes=((2, 3), (3, 1)), rows=(True, False), place=PAIRS, other=PAIRS[::2], known=(True, False),
)  # fmt: skip
def update_by_own_part(m, sizes, rows, place, other, known):
    x = m.array(sizes)
    first = list(place) if known else [m.number(k) for k in place]
    second = first if place == other else [m.number(k) for k in other]
    if rows:
        part = m.reshape(m.index(x, first[:1]), (1, sizes[1]))
        return m.update(x, part, [second[0], 0], [1, 1])
    return m.update(x, m.reshape(m.index(x, first), (1, 1)), second, [1, 1])


@family(UpdateOfZero, UpdateOfAll, UpdateOutside, n=SIZES, box=BOXES, zero=(0.0, -0.0, 1.0))
def update_of_constant(m, n, box, zero):
    return m.update(m.constant(zero, [n]), m.array([box[1]], 3), [box[0]], [box[2]])


@family(
    UpdateOfAll,
    UpdateOfZero,
    sizes=tuple(product(SOME, repeat=2)),
    box=tuple(product(SOME, repeat=2)),
)
def update_of_constant_in_two_dimensions(m, sizes, box):
    return m.update(m.constant(0.0, sizes), m.array(box, 3), [0, 0], [1, 1])


RAISING = {type(rule) for rule in (*raise_einsum.RAISING, *raise_einsum.ORDERING)}
UPDATES = {
    IndexOfUpdate, SliceOfUpdate, UpdateByOwnPart, UpdateOfAll, UpdateOfUpdate, UpdateOfZero,
    UpdateOutside,
}  # fmt: skip
ALL = [
    *dict.fromkeys(type(rule) for rule in rules()),
    *UPDATES,
    ConcatOfSlices,
    *sorted(RAISING, key=lambda r: r.__name__),
]

SUMS = {"ten.scatter", "ten.sum", "ten.einsum"}
"""
Ops that may take their sums in another order, and lose the sign of a zero. A sum of two values,
`arith.addf`, is none of them: it has one order.
"""


def check(kinds: Sequence[Rule], f: Family, parameters: tuple[Any, ...], k: int) -> Iterator[Rule]:
    """
    Apply each rule alone to the k-th program until it is done; the program must mean the same.
    Gives the rules that fired. A program that a rule leaves alone is the next rule's.

    Special numbers are not for `fast`, with which 0 outside may become NaN.
    """
    style = style_of(kinds[0], k)
    model, expected = Model(style), None
    module: ModuleOp | None = None
    for kind in kinds:
        if module is None:
            builder = Builder(style)
            if (value := f.make(builder, *parameters)) is None:
                return
            module = builder.module(value)
            names = {op.name for op in module.walk()}
        if not apply_rules(module, [instance(kind, fast=style != "special")]):
            continue
        yield kind
        module.verify()
        (after,) = Evaluator(module).call("main", builder.data)
        if expected is None:
            with np.errstate(all="ignore"):
                expected = np.asarray(f.make(model, *parameters))
        if names & SUMS:
            right = expected.shape == np.shape(after) and np.array_equal(
                expected, after, equal_nan=True
            )
        else:
            right = same(expected, after)
        assert right, f"{describe(kind, f, parameters)}: {expected} became {after} in\n{module}"
        if kind is FactsOfIndices:
            check_facts(module, model, describe(kind, f, parameters))
        module = None


def describe(kind: Rule, f: Family, parameters: tuple[Any, ...]) -> str:
    return f"{kind.__name__} in {f.make.__name__}{parameters}"


def check_facts(module: ModuleOp, model: Model, about: str) -> None:
    """What is recorded of the one gather or scatter, against all its places."""
    (op,) = (op for op in module.walk() if isinstance(op, ten.GatherOp | ten.ScatterOp))
    ((places, sizes),) = model.moves
    inside = all(0 <= i < n for place in places for i, n in zip(place, sizes, strict=True))
    holds = {
        "in_bounds": inside,
        "unique": len(set(places)) == len(places),
        "sorted": inside and places == sorted(places),
    }
    assert op.attributes and all(holds[name] for name in op.attributes), about


def style_of(kind: Rule, k: int) -> str:
    """The numbers in the k-th program. Einsums multiply and add in any order."""
    return "primes" if kind in RAISING else ("special", "powers")[k % 2]


def run(kinds: Sequence[Rule], f: Family, least: int = WHOLE) -> None:
    """
    All of at most `least` programs of the family, or so many of a larger one, and more until each
    rule has fired often.
    """
    fired: Counter[Rule] = Counter()
    left = kinds
    for k, parameters in enumerate(f.parameters(whole=False)):
        if k >= least:
            left = [kind for kind in left if fired[kind] < ENOUGH]
        if not left:
            break
        fired.update(check(left, f, parameters, k))
    for kind in kinds:
        assert fired[kind], f"{kind.__name__} fires nowhere in {f.make.__name__}"


def test_each_rule_has_a_family() -> None:
    assert {rule for f in FAMILIES for rule in f.rules} == set(ALL)


def names_of(case: Any) -> str:
    return case.__name__ if isinstance(case, type) else case.make.__name__


@pytest.mark.sampled(8)
@pytest.mark.parametrize("f", FAMILIES, ids=names_of)
def test_rules_keep_the_value(f: Family) -> None:
    run(f.rules, f, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("f", FAMILIES, ids=names_of)
def test_rules_keep_the_value_in_the_whole_family(
    f: Family, record_property: Callable[[str, object], None]
) -> None:
    fired: Counter[Rule] = Counter()
    for k, parameters in enumerate(f.parameters(whole=True)):
        fired.update(check(f.rules, f, parameters, k))
    assert set(fired) == set(f.rules)
    record_property("programs", k + 1)
    record_property("firings", fired.total())


@pytest.mark.parametrize("k", (-1, 1))
def test_a_diagonal_has_no_argument_of_its_own_for_each_index(k: int) -> None:
    """The other steps of the map make it a layout, and this rule has to leave it to theirs."""
    builder = Builder("plain")
    value = scatter_to_two_indices(builder, (1, 2), (2, 2), (1, 1), k, k < 0, k, k < 0)
    assert not apply_rules(builder.module(value), [instance(ScatterToMultiple, fast=False)])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("f", FAMILIES, ids=names_of)
def test_the_reference_agrees_with_the_model(f: Family) -> None:
    """What rules are compared with is the reference, too."""
    for k, parameters in enumerate(islice(f.parameters(whole=False), 20)):
        style = style_of(f.rules[0], k)
        builder = Builder(style)
        if (value := f.make(builder, *parameters)) is None:
            continue
        (result,) = Evaluator(builder.module(value)).call("main", builder.data)
        with np.errstate(all="ignore"):
            expected = f.make(Model(style), *parameters)
        assert np.array_equal(expected, result, equal_nan=True), (f.make.__name__, parameters)


CARELESS = {
    GatherOfSlice: gather_of_slice,
    GatherOfBroadcast: gather_of_broadcast,
    GatherOfConcat: gather_of_concat,
    GatherOfGather: gather_of_gather,
    GatherOfIota: gather_of_iota,
    GatherOfProduct: gather_of_product,
    ScatterOfScatter: scatter_of_scatter,
    ScatterToDigits: scatter_to_diagonal,
    SumOfScatter: sum_of_scatter,
    IndexOfBroadcastWithin: index_of_broadcast,
    IndexOfSlice: index_of_slice,
    IndexOfScatter: index_of_scatter,
    FactsOfIndices: gather_at_sum,
}


@pytest.mark.parametrize("kind", CARELESS, ids=names_of)
def test_a_rule_that_trusts_its_indices_is_found_out(
    kind: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If every index were taken to be in bounds, the family would tell."""
    monkeypatch.setattr(Space, "within", lambda *_: True)
    monkeypatch.setattr(indices, "is_within", lambda *_: True)
    (f,) = (f for f in FAMILIES if f.make is CARELESS[kind])
    with pytest.raises((AssertionError, VerifyException, LetgradError)) as failure:
        run([kind], f)
    assert "fires nowhere" not in str(failure.value)
