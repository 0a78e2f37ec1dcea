"""
What the rules on index maps compute and rely on, for all integers, by z3.

The first half runs letgrad's own functions on unknown sizes and offsets (tests/symbolic.py). The
second half has the facts behind the rules, each named after the rule or function that uses it;
each of its side conditions is needed: without it, z3 finds a counterexample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
import z3

from letgrad.lowering.nests.body_builder import BodyBuilder
from letgrad.passes.simplify.gather_scatter import common, gathers
from letgrad.passes.simplify.index_maps import (
    ANYTHING,
    Arg,
    AtLeastZero,
    Choice,
    Form,
    IndexMap,
    Quotient,
    Space,
    forms,
    spaces,
    values,
)

from .symbolic import (
    Number,
    Whole,
    counterexample,
    floor_divide,
    paths,
    proved,
    raw,
)

pytestmark = pytest.mark.sampled(4)

SAFE = 1 << 62
LIMIT = 1 << 31
"""Of sizes and offsets that the functions are run on: below it no formula here wraps."""

n, m, p, c, d, i, j, k, a, b, x, y = z3.Ints("n m p c d i j k a b x y")
N, M, P, C, D = map(Number, (n, m, p, c, d))
SMALL = [z3.And(0 < v, v < LIMIT) for v in (n, m, p)] + [
    z3.And(-LIMIT < v, v < LIMIT) for v in (c, d)
]
IN_DOMAIN = [0 <= i, i < n, 0 <= j, j < m]
"""The domain is n, m."""


@pytest.fixture(autouse=True)
def whole_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (forms, values, spaces, common):
        monkeypatch.setattr(module, "int", Whole, raising=False)


def value(form: Form | AtLeastZero | bool, args: tuple[Any, ...] = (i, j)) -> Any:
    """What a formula gives for these arguments."""
    if isinstance(form, bool):
        return z3.BoolVal(form)
    if isinstance(form, AtLeastZero):
        return value(form.x, args) >= 0
    total: Any = raw(form.constant) + z3.IntVal(0)
    for atom, times in form.terms.items():
        total = total + raw(times) * _of_atom(atom, args)
    return total


def _of_atom(atom: Any, args: tuple[Any, ...]) -> Any:
    match atom:
        case Arg(position):
            return args[position]
        case Quotient(x, by):
            return floor_divide(value(x, args), raw(by))
        case Choice(condition, x, y):
            return z3.If(value(condition, args), value(x, args), value(y, args))
    raise AssertionError(atom)


def affine(*multiples: int, constant: Any = C) -> Form:
    return Form(constant, {Arg(q): times for q, times in enumerate(multiples)})


# Letgrad's functions, on sizes and offsets that are not known.


@pytest.mark.parametrize("times", [1, 2, 3, 7, -1, -2, -3, -7])
def test_inside(times: int) -> None:
    """gathers.inside: exactly the i of a range are inside."""
    given = (m >= 0, n >= 0)
    for known, (start, end) in paths(lambda: gathers.inside(times, C, M, N), *given):
        s, e, at = raw(start), raw(end), times * i + c
        proved(z3.And(0 <= s, s <= e, e <= m), *known)
        inside = z3.And(0 <= at, at < n)
        proved(z3.And(s <= i, i < e) == inside, *known, 0 <= i, i < m)


@pytest.mark.parametrize("times", [1, 2, 3, -1, -2, -3])
def test_gather_at_multiple_window(times: int) -> None:
    """gathers._window: the slice is one, and has each element where the gather reads it."""
    given = (m >= 0, n >= 0)
    for known, found in paths(lambda: gathers._window(times, C, M, N), *given):
        offset, count, stride, flip, low, high = map(raw, found)
        flip = z3.BoolVal(flip) if isinstance(flip, bool) else flip
        proved(z3.And(low >= 0, high >= 0, count >= 0, low + count + high == m), *known)
        proved(z3.And(offset >= 0, offset <= n, stride >= 1), *known)
        last = offset + (count - 1) * stride
        proved(z3.Implies(count > 0, last < n), *known)
        place = z3.If(flip, count - 1 - (i - low), i - low)
        reads = z3.And(low <= i, i < low + count)
        at = times * i + c
        proved(z3.Implies(reads, offset + stride * place == at), *known, 0 <= i, i < m)
        proved(reads == z3.And(0 <= at, at < n), *known, 0 <= i, i < m)


@pytest.mark.parametrize("times", [1, 2, 3, -1, -2, -3])
def test_scatter_to_multiple_pad(times: int) -> None:
    """The padding that ScatterToMultiple computes of `inside` puts element i at times·i + c."""
    for known, (start, end) in paths(lambda: gathers.inside(times, C, M, N), m >= 0, n >= 0):
        s, e = raw(start), raw(end)
        some = [*known, s < e]
        first = z3.If(times * s < times * (e - 1), times * s + c, times * (e - 1) + c)
        high = n - first - (e - s - 1) * abs(times) - 1
        proved(z3.And(first >= 0, high >= 0), *some)
        place = i - s if times > 0 else e - 1 - i
        proved(first + place * abs(times) == times * i + c, *some, s <= i, i < e)


@pytest.mark.parametrize("times", [1, 2, 3, -1, -2, -3])
def test_threshold(times: int) -> None:
    """gathers.threshold: the condition is one thing before the place, and another from there on."""
    choice = Choice(AtLeastZero(affine(times)), Form(0), Form.of(Arg(0)))
    at_map = IndexMap((N,), (Form.of(choice),))  # type: ignore[arg-type]
    met = set()
    for known, found in paths(lambda: gathers.threshold(at_map), *SMALL):
        holds, domain = times * i + c >= 0, (0 <= i, i < n)
        met.add(found is None)
        if found is None:
            other = times * j + c >= 0
            proved(holds == other, *known, *domain, 0 <= j, j < n)
        else:
            place = raw(found[1])
            proved(z3.And(0 < place, place < n), *known)
            proved(holds == (i >= place if times > 0 else i < place), *known, *domain)
    assert met == {True, False}


FORMS = list(product((-2, 0, 1, 3), (-2, 0, 1)))


@pytest.mark.parametrize("multiples", FORMS)
def test_bounds(multiples: tuple[int, int]) -> None:
    """Space.bounds: the least and the greatest value; both are taken."""
    space, form = Space((N, M)), affine(*multiples)  # type: ignore[arg-type]
    for known, (low, high) in paths(lambda: space.bounds(form), *SMALL):
        assert (low, high) != ANYTHING
        at = value(form)
        proved(z3.And(raw(low) <= at, at <= raw(high)), *known, *IN_DOMAIN)
        for bound in (low, high):
            assert counterexample(at != raw(bound), *known, *IN_DOMAIN) is not None


@pytest.mark.parametrize("times, by", list(product((-2, 1, 3), (2, 3))))
def test_bounds_of_remainder(times: int, by: int) -> None:
    """Space.bounds of c + times·(x mod n), x = 2 i + d."""
    space = Space((N, M))  # type: ignore[arg-type]
    inner = affine(2, constant=D)
    form = Form(C) + times * (inner - by * Form.of(Quotient(inner, by)))
    for known, (low, high) in paths(lambda: space.bounds(form), *SMALL):
        at = value(form)
        proved(z3.And(raw(low) <= at, at <= raw(high)), *known, *IN_DOMAIN)
        proved(raw(high) - raw(low) <= abs(times) * (by - 1), *known)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("multiples, by", list(product(FORMS, (2, 3, 4))))
def test_quotient_and_remainder(multiples: tuple[int, int], by: int) -> None:
    """Space.quotient, Space.remainder: ⌊x / n⌋ and x - n⌊x / n⌋, whatever form they take."""
    space, form = Space((N, M)), affine(*multiples)  # type: ignore[arg-type]
    for known, found in paths(lambda: space.quotient(form, by), *SMALL):
        proved(value(found) == floor_divide(value(form), by), *known, *IN_DOMAIN)
    for known, found in paths(lambda: space.remainder(form, by), *SMALL):
        rest = value(found)
        proved(z3.And(0 <= rest, rest < by), *known, *IN_DOMAIN)


@pytest.mark.parametrize("outer, by", list(product((2, 3), (2, 4))))
def test_quotient_of_quotient(outer: int, by: int) -> None:
    space = Space((N, M))  # type: ignore[arg-type]
    form = affine(3, 1)
    inner = Form.of(Quotient(form, by))
    for known, found in paths(lambda: space.quotient(inner, outer), *SMALL):
        expected = floor_divide(floor_divide(value(form), by), outer)
        proved(value(found) == expected, *known, *IN_DOMAIN)


PREDICATES: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda s, t: s == t,
    "ne": lambda s, t: s != t,
    "slt": lambda s, t: s < t,
    "sle": lambda s, t: s <= t,
    "sgt": lambda s, t: s > t,
    "sge": lambda s, t: s >= t,
    "ult": lambda s, t: z3.If(s < 0, s + 2**64, s) < z3.If(t < 0, t + 2**64, t),
    "uge": lambda s, t: z3.If(s < 0, s + 2**64, s) >= z3.If(t < 0, t + 2**64, t),
}


@pytest.mark.parametrize("predicate", PREDICATES)
def test_compare(predicate: str) -> None:
    """Space.compare: decided, or a formula that says the same; or nothing is said."""
    space = Space((N, M))  # type: ignore[arg-type]
    left, right = affine(2, -1), affine(0, 1, constant=D)
    decided = set()
    for known, found in paths(lambda: space.compare(predicate, left, right), *SMALL):
        decided.add(type(found))
        if found is not None:
            holds = PREDICATES[predicate](value(left), value(right))
            proved(value(found) == holds, *known, *IN_DOMAIN)  # type: ignore[arg-type]
    assert bool in decided


@pytest.mark.parametrize("size", [1, 2, 5])
def test_within(size: int) -> None:
    """Space.within, Space.never_within."""
    space, form = Space((N, M)), affine(-2, 1)  # type: ignore[arg-type]
    at = value(form)
    inside = z3.And(0 <= at, at < size)
    met = set()
    for known, found in paths(lambda: space.within(form, size), *SMALL):
        met.add(bool(found))
        if found:
            proved(inside, *known, *IN_DOMAIN)
    for known, found in paths(lambda: space.never_within(form, size), *SMALL):
        met.add(bool(found))
        if found:
            proved(z3.Not(inside), *known, *IN_DOMAIN)
    assert met == {True, False}


@pytest.mark.parametrize("multiples", [(1, 2), (1, 5), (-1, 3), (2, -3), (1, 0), (0, 0), (2, 2)])
def test_are_digits(multiples: tuple[int, int]) -> None:
    """IndexMap._are_digits: where it says so, other arguments give another sum."""
    at_map = IndexMap((N, M), ())  # type: ignore[arg-type]
    other = z3.And(0 <= a, a < n, 0 <= b, b < m)
    for known, found in paths(lambda: at_map._are_digits(dict(enumerate(multiples))), *SMALL):
        if found:
            q, r = multiples
            same = q * i + r * j == q * a + r * b
            proved(z3.Implies(same, z3.And(i == a, j == b)), *known, *IN_DOMAIN, other)


@pytest.mark.parametrize("rows, columns, multiples", [
    (9, 4, ((1, 0), (0, 1))), (9, 4, ((0, 1), (1, 0))), (9, 4, ((1, 1), (0, 0))),
    (9, 4, ((2, 0), (1, 0))), (9, 9, ((1, 0), (1, 1))),
])  # fmt: skip
def test_is_sorted(rows: int, columns: int, multiples: Any) -> None:
    """IndexMap.is_sorted: a place that comes later leads to the same place, or a later one."""
    forms = (affine(*multiples[0]), affine(*multiples[1], constant=D))
    at_map = IndexMap((N, M), forms)  # type: ignore[arg-type]
    later = [0 <= a, a < n, 0 <= b, b < m, z3.Or(i < a, z3.And(i == a, j < b))]
    for known, found in paths(lambda: at_map.is_sorted((rows, columns)), *SMALL):
        if found:
            first, second = (value(f) for f in forms)
            then_first, then_second = (value(f, (a, b)) for f in forms)
            in_order = z3.Or(first < then_first, z3.And(first == then_first, second <= then_second))
            proved(in_order, *known, *IN_DOMAIN, *later)


@pytest.mark.parametrize("multiples", [(3, 1), (1, 4), (6, 2), (4, 3), (2, 2), (5, 1)])
def test_split_index(multiples: tuple[int, int]) -> None:
    """common.split_index: digits inside of their radices, that make the index."""
    at_map = IndexMap((N, M), (affine(*multiples),))  # type: ignore[arg-type]
    met = set()
    for known, step in paths(lambda: common.split_index(at_map, (P,)), *SMALL):
        met.add(step is not None)
        if step is None or len(step.map.domain) != 2:
            continue
        radices = [raw(r) for r in step.targets]
        assert len(radices) == len(step.map.forms) == 2
        digits = [value(f) for f in step.map.forms]
        inside = [z3.And(0 <= x, x < r) for x, r in zip(digits, radices, strict=True)]
        # Only sizes of 1 are tidied away, and these arguments are 0.
        proved(z3.And(*inside), *known, *IN_DOMAIN)
        second = raw(step.targets[1])
        proved(digits[0] * second + digits[1] == value(at_map.forms[0]), *known, *IN_DOMAIN)
        proved(raw(step.resized) == radices[0] * second, *known)
    assert True in met or multiples == (4, 3) or multiples == (2, 2)


@pytest.mark.parametrize("by", [2, 3])
def test_split_argument(by: int) -> None:
    """common.split_argument: the map of (u, v) is that of n u + v, and there is one for each i."""
    quotient = Form.of(Quotient(Form.of(Arg(0)), by))
    forms = (quotient, Form.of(Arg(0)) - by * quotient, affine(1))
    at_map = IndexMap((N,), forms)  # type: ignore[arg-type]
    for known, step in paths(lambda: common.split_argument(at_map, (P, P, P)), *SMALL):
        if step is None:
            proved(n <= by, *known)
            continue
        whole, inner = step.sizes
        assert inner == by
        u, v = i, j
        range_of = [0 <= u, u < raw(whole), 0 <= v, v < by]
        for old, new in zip(forms, step.map.forms, strict=True):
            proved(value(new, (u, v)) == value(old, (by * u + v,)), *known, *range_of)
        proved(raw(whole) * by >= n, *known)
        proved(raw(step.resized) == raw(whole) * by, *known)


def test_bounds_of_truncated_remainder() -> None:
    """values.bounds_of_remainder, of any bounds of both."""
    r = z3.Int("r")
    given = (a <= x, x <= b, c <= y, y <= d)
    sign = z3.If(x >= 0, z3.And(r >= 0, r <= x), z3.And(r <= 0, r >= x))
    size = z3.If(y > 0, y, -y)
    remainder = z3.If(y == 0, r == 0, z3.And(sign, r < size, -r < size))
    A, B = Number(a), Number(b)
    for known, (low, high) in paths(
        lambda: values.bounds_of_remainder((A, B), (C, D)),  # type: ignore[arg-type]
        *given,
        remainder,
    ):
        proved(z3.And(raw(low) <= r, r <= raw(high)), *known)


@pytest.mark.parametrize("multiples", [(1, 0), (-2, 1), (3, 3), (0, 0), (-1, -1)])
def test_bounds_of_nest(multiples: tuple[int, int]) -> None:
    """BodyBuilder._know: bounds of a form over the loops."""

    def bounds() -> tuple[Any, Any]:
        nest = BodyBuilder([], lambda _: None)
        nest.loops = (N, M)  # type: ignore[assignment]
        marker: Any = object()
        nest._know(marker, (multiples, C))  # type: ignore[arg-type]
        return nest.bounds[marker]

    for known, (low, high) in paths(bounds):
        at = multiples[0] * i + multiples[1] * j + c
        proved(z3.And(raw(low) <= at, at <= raw(high)), *known, *IN_DOMAIN)


# Facts behind the rules, and their side conditions.


@dataclass(frozen=True)
class Fact:
    """
    `claim` follows from `given`, and from no fewer conditions. `where` says what the names in it
    stand for, and has instances of multiplication being monotone, which z3 needs to be told.
    """

    claim: Any
    given: tuple[Any, ...] = ()
    where: tuple[Any, ...] = ()


def quotient_is(q: Any, x: Any, by: Any) -> Any:
    """q = ⌊x / by⌋, by > 0"""
    return z3.And(by * q <= x, x < by * q + by)


def monotone(k: Any, x: Any, y: Any) -> Any:
    """x ≤ y gives k x ≤ k y for k ≥ 0; `test_multiplication_is_monotone` proves it."""
    return z3.Implies(z3.And(k >= 0, x <= y), k * x <= k * y)


def strictly_monotone(k: Any, x: Any, y: Any) -> Any:
    return z3.Implies(z3.And(k > 0, x < y), k * x + k <= k * y)


def within(x: Any, n: Any) -> Any:
    return z3.And(0 <= x, x < n)


def element(x: Any, n: Any, of: Any) -> Any:
    """What is read at x of n elements, 0 outside."""
    return z3.If(within(x, n), of(x), 0)


f = z3.Function("f", z3.IntSort(), z3.IntSort())
q, r, s, t = z3.Ints("q r s t")
low, high, size, offset, stride, start = z3.Ints("low high size offset stride start")

FACTS = {
    # Quotients and remainders by any n.
    "quotient: there is one": Fact(
        q == s,
        (quotient_is(q, x, n), quotient_is(s, x, n)),
        (n > 0, strictly_monotone(n, q, s), strictly_monotone(n, s, q)),
    ),
    "quotient: (n x + r) div n is x": Fact(
        q == x,
        (r >= 0, r < n),
        (quotient_is(q, n * x + r, n), strictly_monotone(n, q, x), strictly_monotone(n, x, q)),
    ),
    "quotient: (g x + r) div (g n) is x div n": Fact(
        q == s,
        (r >= 0, r < k),
        # g is k; the quotient of k x + r by k n, whose multiples are written k (n q).
        (
            n > 0,
            k * (n * q) <= k * x + r,
            k * x + r < k * (n * q + n),
            quotient_is(s, x, n),
            strictly_monotone(n, q, s),
            strictly_monotone(n, s, q),
            strictly_monotone(k, x, n * q),
            monotone(k, n * q + n, x),
        ),
    ),
    "quotient: of a quotient, (x div m) div n is x div (m n)": Fact(
        z3.And(m * (n * t) <= x, x < m * (n * t + n)),
        (quotient_is(q, x, m), quotient_is(t, q, n)),
        (monotone(m, n * t, q), strictly_monotone(m, q, n * t + n)),
    ),
    "quotient: it grows with x": Fact(
        q <= s,
        (x <= y,),
        (n > 0, quotient_is(q, x, n), quotient_is(s, y, n), strictly_monotone(n, s, q)),
    ),
    "remainder: between 0 and n - 1": Fact(within(x - n * q, n), (quotient_is(q, x, n),)),
    "BodyBuilder.quotient: towards zero is down, where nothing is negative": Fact(
        q == z3.If(x >= 0, x / 3, -(-x / 3)), (x >= 0,), (quotient_is(q, x, 3),)
    ),
    "BodyBuilder.remainder: the machine's is the floor's, where nothing is negative": Fact(
        x - 3 * q == z3.If(x >= 0, x % 3, -(-x % 3)), (x >= 0,), (quotient_is(q, x, 3),)
    ),
    "BodyBuilder.remainder: of what is smaller it is that": Fact(
        x - n * q == x,
        (x >= 0, x < n),
        (quotient_is(q, x, n), strictly_monotone(n, q, 0), strictly_monotone(n, 0, q)),
    ),
    # Positions in row-major order.
    "reindexed, joined, split_index: two digits make a position": Fact(
        within(n * i + j, n * m),
        (i >= 0, i < m, j >= 0, j < n),
        (monotone(n, 0, i), strictly_monotone(n, i, m)),
    ),
    "reindexed, GatherAtDigits: the digits of a position": Fact(
        z3.And(q == i, n * i + j - n * q == j),
        (j >= 0, j < n),
        (
            quotient_is(q, n * i + j, n),
            strictly_monotone(n, q, i),
            strictly_monotone(n, i, q),
        ),
    ),
    "reindexed, IndexOfReshape: a position is made of its digits": Fact(
        z3.And(within(q, m), within(x - n * q, n), n * q + (x - n * q) == x),
        (x >= 0, x < n * m, quotient_is(q, x, n)),
        (n > 0, strictly_monotone(n, q, 0), monotone(n, m, q)),
    ),
    "joined: the position is inside, if the digits are": Fact(
        within(n * i + j, n * m),
        (within(i, m), within(j, n)),
        (monotone(n, 0, i), strictly_monotone(n, i, m)),
    ),
    "_are_digits: the larger digit first": Fact(
        z3.And(i == a, j == b),
        (j >= 0, j < k, b >= 0, b < k),
        (
            k * i + j == k * a + b,
            k > 0,
            strictly_monotone(k, i, a),
            strictly_monotone(k, a, i),
        ),
    ),
    "ScatterToDigits: a diagonal is every (n + 1)-th place": Fact(n * i + i == (n + 1) * i),
    "is_sorted: positions are in order as indices are": Fact(
        z3.Or(i < a, z3.And(i == a, j <= b)),
        (j >= 0, b < n),
        (n > 0, n * i + j <= n * a + b, strictly_monotone(n, a, i)),
    ),
    # Windows.
    "GatherOfReverse, IndexOfReverse: what is outside stays outside": Fact(
        within(n - 1 - x, n) == within(x, n)
    ),
    "GatherOfPad, IndexOfPad: zeros of the padding are what is outside": Fact(
        element(x, low + n + high, lambda z: element(z - low, n, f)) == element(x - low, n, f),
        (low >= 0, high >= 0),
        (n >= 0,),
    ),
    "IndexOfPad: between the elements": Fact(
        z3.Implies(within(q, n), within(x, low + n + 3 * (n - 1) + high)),
        (low >= 0, high >= 0, x - low == 4 * q),
        (n >= 0,),
    ),
    "GatherOfSlice, IndexOfSlice: an index inside of the slice is inside": Fact(
        within(offset + stride * x, n),
        (offset >= 0, stride > 0, x >= 0, x < size, offset + stride * (size - 1) < n),
        (monotone(stride, 0, x), monotone(stride, x, size - 1)),
    ),
    "GatherOfSlice: slices of slices": Fact(
        offset + stride * (start + k * i) == (offset + stride * start) + (stride * k) * i
    ),
    "GatherOfConcat, IndexOfConcat: the part that an index falls into": Fact(
        element(x, start + n, f) == element(x - start, n, lambda z: f(z + start)),
        (x >= start,),
        (start >= 0, n >= 0),
    ),
    "SliceOfScatter: what is not in the slice is dropped": Fact(
        within(x, n),
        (offset >= 0, offset + size <= n),
        (within(x - offset, size),),
    ),
    "SliceOfPartOfPad: zeros before, elements, zeros after": Fact(
        element(x + offset - low, n, f)
        == element(
            x - z3.If(low > offset, low - offset, 0),
            t - s,
            lambda z: f(z + s),
        ),
        (within(x, size),),
        (
            low >= 0,
            n >= 0,
            offset >= 0,
            s == z3.If(offset > low, offset - low, 0),
            t == z3.If(offset + size - low < n, offset + size - low, n),
            s < t,
        ),
    ),
    "AddOfPads: each place has one of both": Fact(
        z3.Or(z3.Not(within(x, n)), z3.Not(within(x - low, m))), (n <= low,)
    ),
    "SumOfScatter: nothing is dropped on the way": Fact(
        within(x, n), (low >= 0, high < n), (low <= x, x <= high)
    ),
    "GatherOfGather, ScatterOfScatter: the inner map is asked inside of its domain": Fact(
        element(y, m, lambda z: element(f(z), n, f)) == element(f(y), n, f), (within(y, m),)
    ),
    "ScatterToWindow: the argument that leads to a place": Fact(
        (k * i + x == t) == (i == (t - x) * k), (z3.Or(k == 1, k == -1),)
    ),
    "ScatterToStrides: the places of an element and of what is put between": Fact(
        within(k * i, (n - 1) * k + 1),
        (k > 0, i >= 0, i < n),
        (monotone(k, 0, i), monotone(k, i, n - 1)),
    ),
    "inside: the first of a range": Fact(
        (k * i + c >= 0) == (i >= q),
        (quotient_is(-q, c, k),),
        (k > 0, monotone(k, q, i), strictly_monotone(k, i, q)),
    ),
    "threshold: the last, for falling conditions": Fact(
        (c - k * i >= 0) == (i < q + 1),
        (quotient_is(q, c, k),),
        (k > 0, monotone(k, i, q), strictly_monotone(k, q, i)),
    ),
}


@pytest.mark.parametrize("name", FACTS)
def test_fact(name: str) -> None:
    """It holds for all integers. Its conditions can be met; without any of them it fails."""
    fact = FACTS[name]
    proved(fact.claim, *fact.given, *fact.where)
    assert counterexample(z3.BoolVal(False), *fact.given, *fact.where) is not None
    for dropped in range(len(fact.given)):
        others = [g for e, g in enumerate(fact.given) if e != dropped]
        # Of small numbers, among which z3 finds a counterexample fast.
        bounds = [z3.And(-20 < v, v < 20) for v in variables(fact)]
        found = counterexample(fact.claim, *others, *fact.where, *bounds)
        assert found is not None, f"{name} holds without {fact.given[dropped]}"


def variables(fact: Fact) -> list[Any]:
    found: dict[str, Any] = {}
    pending = [fact.claim, *fact.given, *fact.where]
    while pending:
        e = pending.pop()
        if z3.is_const(e) and e.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[str(e)] = e
        pending += e.children()
    return list(found.values())


def test_multiplication_is_monotone() -> None:
    proved(monotone(k, x, y))
    proved(strictly_monotone(k, x, y))


# Machine integers.

WORD = 64


def exact(x: Any) -> Any:
    """A machine integer in so many bits that nothing wraps."""
    return z3.SignExt(WORD, x)


def word(number: int) -> Any:
    return z3.BitVecVal(number, WORD)


X, Y, Z = (z3.BitVec(name, WORD) for name in "XYZ")


def is_safe(x: Any) -> Any:
    wide = x.size()
    return z3.And(z3.BitVecVal(-SAFE, wide) < x, x < z3.BitVecVal(SAFE, wide))


MULTIPLES = [(1, 1), (3, -1), (-5, 2), (12, -7)]


@pytest.mark.parametrize("first, second", MULTIPLES)
def test_sums_in_bounds_do_not_wrap(first: int, second: int) -> None:
    """Space._sum_of_bounds: a sum within 2^62 is what the machine has; another one may not be."""
    wide = z3.BitVecVal(first, 2 * WORD) * exact(X) + z3.BitVecVal(second, 2 * WORD) * exact(Y)
    claim = exact(first * X + second * Y) == wide
    proved(claim, is_safe(wide))
    assert counterexample(claim) is not None


@pytest.mark.parametrize("k", [3, -4, 1 << 40])
def test_sums_and_multiples_are_rearranged_modulo_words(k: int) -> None:
    """Form: sums and multiples are collected whether they wrap or not."""
    proved(k * (X + Y) - Y * k == k * X)
    proved(((X + Y) + Z) - Y == Z + X)


def test_quotients_are_not_rearranged_modulo_words() -> None:
    """Space.quotient takes multiples out only where bounds rule out a wrap."""
    floor = z3.If(X + 2 >= 0, (X + 2) / 2, -((1 - X - 2) / 2))
    plain = z3.If(X >= 0, X / 2, -((1 - X) / 2))
    proved(floor == plain + 1, is_safe(X))
    assert counterexample(floor == plain + 1) is not None


def test_differences_decide_comparisons_within_bounds() -> None:
    """Space.compare: a ≥ b is a - b ≥ 0, if the exact difference is within 2^62."""
    proved((X >= Y) == (X - Y >= 0), is_safe(exact(X) - exact(Y)))
    assert counterexample((X >= Y) == (X - Y >= 0)) is not None


def test_parts_of_a_comparison_are_in_bounds() -> None:
    """Writer.expr: u ≥ v, in place of u - v ≥ 0, needs bounds of u and of v, too."""

    def machine(x: Any) -> Any:
        return (x + (1 << 63)) % (1 << 64) - (1 << 63)

    claim = (machine(x) >= machine(y)) == (machine(x - y) >= 0)
    safe_x, safe_y, safe_difference = (z3.And(-SAFE < e, e < SAFE) for e in (x, y, x - y))
    proved(claim, safe_x, safe_y, safe_difference)
    assert counterexample(claim, safe_difference) is not None
    assert counterexample(claim, safe_x, safe_difference) is None
    assert counterexample(claim, safe_x, safe_y) is None


def test_what_is_outside_stays_outside_of_words() -> None:
    """GatherOfReverse, GatherOfPad: n - 1 - f and f - low may wrap, but not into the tensor."""
    for name, place in (("reverse", Y - 1 - X), ("pad", X - Z)):
        inside = z3.And(0 <= X, X < Y) if name == "reverse" else z3.And(Z <= X, X - Z < Y)
        claim = z3.And(0 <= place, place < Y) == inside
        sizes = [z3.And(0 <= v, v < word(SAFE)) for v in (Y, Z)]
        proved(claim, *sizes)


# The proofs are checks.


def test_a_wrong_rule_is_refuted() -> None:
    """`inside` with its rounding the other way, and a width without a bound."""

    def careless(times: int, c: Any, m: Any, n: Any) -> tuple[Any, Any]:
        start, end = -c // times, (n - 1 - c) // times
        start = min(max(start, 0), m)
        return start, max(min(end, m), start)

    claims = [
        counterexample(
            z3.And(raw(s) <= i, i < raw(e)) == within(3 * i + c, n), *known, 0 <= i, i < m
        )
        for known, (s, e) in paths(lambda: careless(3, C, M, N), m >= 0, n >= 0)
    ]
    assert any(claim is not None for claim in claims)


def test_all_paths_are_taken() -> None:
    """Both sides of each decision that the integers leave open, and no others."""
    found = [r for _, r in paths(lambda: (bool(N > 3), bool(N > 2 and N < 9)), n > 0)]
    assert sorted(found) == [(False, False), (False, True), (True, False), (True, True)]
    assert [r for _, r in paths(lambda: bool(N > 0), n > 0)] == [True]
