"""
Linearize squares of roots, and products with two equal roots: a square has a derivative where its
root has none.

    d (√s)² = ds        d hypot(x, y)² = 2 (x dx + y dy)        d |x|² = 2 x dx

At 0 the root r has no derivative, and its rule gives ∞, or 0 as a subgradient. So 2 r dr is NaN for
√s, and the derivative of 2 r dr is 0 for the others, where the second derivative of the square is
an ordinary number. The formulas above have neither fault, and they cost less. They hold for
multiples of a root, such as (r / σ)², ½ r r and (c r)⁴, for layouts of a root, and for sums of
squares in a `ten.einsum`.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Mapping, Sequence

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import bf16, f16, f32, f64
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import delta, ten, types
from ...dialects.delta import term_of
from ...dialects.ten.value_facts import splat
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..sharing.copying import copy_op
from .linearizer import Linearizer
from .partials import total

Term = SSAValue | None
"""The term of a value; None is zero."""

ROOTS = (ten.HypotOp, math.SqrtOp, math.AbsFOp)
LAYOUTS = (
    ten.BroadcastOp, ten.TransposeOp, ten.ReshapeOp, ten.ReverseOp, ten.SliceOp, ten.IndexOp,
    ten.GatherOp, ten.PadOp, ten.CastOp, arith.ExtFOp, arith.TruncFOp,
)  # fmt: skip
"""Linear ops that move elements: the square of the layout is the layout of the square."""
SELECTS = (arith.SelectOp, ten.SelectOp)
JOINTS = (ten.ConcatOp, ten.StackOp)

DEPTH = 8
"""So many ops are looked through between a root and its square."""
FACTORS = 4
"""A product of more factors is one factor."""

LARGEST: Mapping[Attribute, int] = {f16: 13, bf16: 125, f32: 125, f64: 1021}
"""Numbers between 2^-k and 2^k are normal ones."""


def linearize_multiply(walk: Linearizer, op: arith.MulfOp) -> bool:
    """d (a r · b r) = a b d(r²) + r² d(a b), r a root"""
    a, b = op.lhs, op.rhs
    if a is not b and not any(isinstance(x.owner, arith.MulfOp) for x in (a, b)):
        return False
    left, right = _factors(a), _factors(b)
    # Two equal roots in one of the factors have their term already.
    if not any(x in right and is_root(walk, x) for x in left):
        return False
    if _overflows(left) or _overflows(right):
        return False
    e = _emitter(walk, op)
    _define(walk, op.result, _of_product(walk, (left, right), (a, b), e))
    return True


def linearize_power(walk: Linearizer, op: math.PowFOp) -> bool:
    """d r^n = n/2 r^(n-2) d(r²), r a root; n is even, or √ has no derivative at 0"""
    n = splat(op.rhs)
    # r^(n-2) has to have a derivative again. For |x| and hypot a power that is not even has no more
    # derivatives than the usual rule gives.
    if n is None or not 2 <= n < pymath.inf or not is_root(walk, op.lhs):
        return False
    if n % 2 and not isinstance(op.lhs.owner, math.SqrtOp):
        return False
    e = _emitter(walk, op)
    k = e.constant(n / 2, op.lhs.type)
    if n > 2:
        rest = op.lhs
        if n == 4:
            rest = e.multiply(rest, rest)
        elif n != 3:
            rest = e(math.PowFOp(rest, e.constant(n - 2, op.rhs.type)))
        k = e.multiply(k, rest)
    _define(walk, op.result, _scaled(_of_square(walk, op.lhs, e), [k], e))
    return True


def linearize_integer_power(walk: Linearizer, op: math.FPowIOp) -> bool:
    """d r^n = n/2 r^(n-2) d(r²), r a root, n even"""
    n = splat(op.rhs)
    if n is None or n < 2 or n % 2 or not is_root(walk, op.lhs):
        return False
    e = _emitter(walk, op)
    k = e.constant(n / 2, op.lhs.type)
    if n > 2:
        less = e.constant(int(n) - 2, op.rhs.type)
        k = e.multiply(k, e(copy_op(op, [op.lhs, less], [op.result.type])))
    _define(walk, op.result, _scaled(_of_square(walk, op.lhs, e), [k], e))
    return True


def linearize_einsum(walk: Linearizer, op: ten.EinsumOp) -> bool:
    """d Σ (r a) (r b) y = Σ (a d(r²)) b y + Σ (r da) (r b) y + Σ (r a) (r db) y + …, r a root"""
    letters, out = op.letters
    products = [_factors(x) for x in op.operands]
    pair = next(
        (
            (i, j, r)
            for j in range(len(products))
            for i in range(j)
            if letters[i] == letters[j]
            for r in products[i]
            # An even power of a root has its term already.
            if products[i].count(r) % 2 and products[j].count(r) % 2 and is_root(walk, r)
        ),
        None,
    )
    if pair is None or _overflows([x for product in products for x in product]):
        return False
    i, j, r = pair
    e, terms = _emitter(walk, op), []
    rest = {k: _without(products[k], r) for k in (i, j)}

    def add(changed: Mapping[int, Term]) -> None:
        """Add the sum of products of the operands and these in their places; None is left out."""
        xs = [changed.get(k, x) for k, x in enumerate(op.operands)]
        kept = [(letters[k], x) for k, x in enumerate(xs) if x is not None]
        spec = f"{','.join(word for word, _ in kept)}->{out}"
        terms.append(e(ten.EinsumOp(spec, [x for _, x in kept])))

    if (square := _of_square(walk, r, e, rest[i])) is not None:
        add({i: square, j: _product(rest[j], e) if rest[j] else None})
    for k, x in enumerate(op.operands):
        if k in rest:
            d = _scaled(_of_product(walk, (rest[k], []), (None, None), e), [r], e)
        else:
            d = walk.terms.get(x)
        if d is not None:
            add({k: d})
    _define(walk, op.result, total(terms, e))
    return True


def is_root(walk: Linearizer, x: SSAValue, depth: int = DEPTH) -> bool:
    """Whether a value is a multiple or a layout of a root, or chooses one, and has a term."""
    if x in walk.squares:
        return True
    op = x.owner
    if depth == 0 or not isinstance(op, Operation) or x not in walk.terms:
        return False
    if isinstance(op, ROOTS):
        return True
    if isinstance(op, (*LAYOUTS, arith.NegfOp, arith.DivfOp)):
        inner = op.operands[:1]
    elif isinstance(op, SELECTS):
        inner = op.operands[1:]
    elif isinstance(op, JOINTS):
        inner = op.operands
    elif isinstance(op, arith.MulfOp):
        inner = tuple(dict.fromkeys(op.operands))
    else:
        return False
    return any(is_root(walk, y, depth - 1) for y in inner)


def _of_square(
    walk: Linearizer, x: SSAValue, e: Emitter, by: Sequence[SSAValue] = (), depth: int = DEPTH,
) -> Term:  # fmt: skip
    """The term of x², times all of `by`. Only x is differentiated."""
    if x in walk.squares:
        return _scaled(walk.squares[x], by, e)
    dx, op = walk.terms.get(x), x.owner
    if dx is None:
        return None
    if isinstance(op, Operation) and is_root(walk, x, depth):
        depth -= 1
        match op:
            case ten.HypotOp():
                return total([_of_square(walk, y, e, by, depth) for y in op.operands], e)
            case math.SqrtOp():
                valid = [] if _is_sum_of_squares(op.operand) else [_valid(op, e)]
                return _scaled(walk.terms[op.operand], [*valid, *by], e)
            case math.AbsFOp() | arith.NegfOp():
                return _of_square(walk, op.operands[0], e, by, depth)
            case arith.MulfOp():
                factors = _factors(x)
                if factors == [x]:
                    factors = [op.lhs, op.rhs]
                return _of_product(walk, (factors, factors), (x, x), e, by, depth)
            case arith.DivfOp():
                return _of_square_of_quotient(walk, op, e, by, depth)
            case _ if isinstance(op, SELECTS):
                parts = op.operands[1:]
                found = [_of_square(walk, y, e, by, depth) for y in parts]
                if all(d is None for d in found):
                    return None
                ds = [d or e(delta.ZeroOp(y.type)) for d, y in zip(found, parts)]
                return e(ten.SelectOp(op.operands[0], *ds))
            case _ if isinstance(op, JOINTS):
                found = [_of_square(walk, y, e, (), depth) for y in op.operands]
                if all(d is None for d in found):
                    return None
                ds = [d or e(delta.ZeroOp(y.type)) for d, y in zip(found, op.operands)]
                return _scaled(e(copy_op(op, ds, [term_of(x.type)])), by, e)
            case _:
                if by or _widens(op):
                    legs = _legs(walk, x, e, depth)
                    if legs is not None:
                        return total([_twice(y, dy, e, by) for y, dy in legs], e)
                d = _of_square(walk, op.operands[0], e, (), depth)
                return None if d is None else _scaled(_moved(op, d, e), by, e)
    return _twice(x, dx, e, by)


def _twice(x: SSAValue, dx: SSAValue, e: Emitter, by: Sequence[SSAValue]) -> Term:
    """
    2 x dx, times all of `by`. The product of x and these factors is about as large as a value of
    the program, and 2 x alone may be infinite.
    """
    return _scaled(dx, [e.multiply(e.constant(2, x.type), _product([x, *by], e))], e)


def _legs(
    walk: Linearizer, x: SSAValue, e: Emitter, depth: int
) -> list[tuple[SSAValue, SSAValue]] | None:
    """
    Values of the shape and type of x whose squares add up to x², each with its term; None if x is
    made of square roots or others. So factors of that shape, and of that width, may be multiplied
    by these values before the layout of the terms ends.
    """
    dx, op = walk.terms.get(x), x.owner
    if x in walk.squares:
        return None
    if dx is None:
        return []
    if not isinstance(op, Operation) or not is_root(walk, x, depth):
        return [(x, dx)]
    found: list[tuple[SSAValue, SSAValue]] = []
    for y in op.operands if isinstance(op, ten.HypotOp) else op.operands[:1]:
        if not isinstance(op, (*LAYOUTS, ten.HypotOp, math.AbsFOp, arith.NegfOp)):
            return None
        if (legs := _legs(walk, y, e, depth - 1)) is None:
            return None
        found += legs
    if isinstance(op, LAYOUTS):
        moved = lambda y: e(copy_op(op, [y, *op.operands[1:]], [x.type]))  # noqa: E731
        return [(moved(y), _moved(op, dy, e)) for y, dy in found]
    return found


def _widens(op: Operation) -> bool:
    """Whether an op gives wider floats than it takes."""
    x, y = (types.element(z.type) for z in (op.operands[0], op.results[0]))
    return x in LARGEST and y in LARGEST and LARGEST[y] > LARGEST[x]


def _of_square_of_quotient(
    walk: Linearizer, op: arith.DivfOp, e: Emitter, by: Sequence[SSAValue], depth: int
) -> Term:
    """d (r / y)² = d(r²) / y / y - 2 (r / y) (r / y / y) dy, times all of `by`"""
    r, y, q = op.lhs, op.rhs, op.result
    over = e(arith.DivfOp(e.constant(1, y.type), y))
    square = _scaled(_of_square(walk, r, e, [over, *by], depth), [over], e)
    if (dy := walk.terms.get(y)) is None:
        return square
    k = e.multiply(e.constant(-2, q.type), _product([q, *by], e))
    return total([square, _scaled(dy, [e.divide_loosely(q, y), k], e)], e)


def _of_product(
    walk: Linearizer,
    products: tuple[Sequence[SSAValue], Sequence[SSAValue]],
    values: tuple[SSAValue | None, SSAValue | None],
    e: Emitter,
    by: Sequence[SSAValue] = (),
    depth: int = DEPTH,
) -> Term:
    """
    The term of two products of factors, times all of `by`. The square of each root that is there
    twice is one factor. `values` are those of the products; None for a product of no factors, or
    if the other one has none.

    The factors of each product, with a derivative in the place of one of them, are multiplied
    first: a root that is large may stand beside small factors in both products, and their squares
    may overflow.
    """
    rest: list[list[SSAValue]] = [list(factors) for factors in products]
    kept: list[list[SSAValue]] = [[], []]
    terms: list[Term] = []
    while (found := _pair(walk, rest, depth)) is not None:
        r, i, j = found
        rest[i].remove(r)
        rest[j].remove(r)
        first, second = [*rest[i], *kept[i]], [*rest[j], *kept[j]]
        if i == j:
            other = values[1 - i]
            first, second = [*by, *([] if other is None else [other])], second
        else:
            if not second and any(splat(x) is None for x in first):
                first, second = second, first
            second = [*second, *by]
        terms.append(_scaled(_of_square(walk, r, e, second, depth), first, e))
        kept[i].append(r)
        kept[j].append(r)
    # A square is differentiated once, and not for each of its two equal products.
    is_square = values[0] is not None and values[0] is values[1]
    for i in range(1 if is_square else 2):
        for k, x in enumerate(rest[i]):
            if (d := walk.terms.get(x)) is not None:
                ks = [*rest[i][:k], *rest[i][k + 1 :], *kept[i]]
                others = [x for x in (values[1 - i], *by) if x is not None]
                if is_square:
                    others.append(e.constant(2, x.type))
                terms.append(_scaled(d, [*ks, *([_product(others, e)] if others else ())], e))
    return total(terms, e)


def _pair(
    walk: Linearizer, products: Sequence[Sequence[SSAValue]], depth: int
) -> tuple[SSAValue, int, int] | None:
    """A root that is a factor of both products, or twice of one, and which ones these are."""
    first, second = products
    for x in first:
        if x in second and is_root(walk, x, depth):
            return x, 0, 1
    for i, factors in enumerate(products):
        for x in dict.fromkeys(factors):
            if factors.count(x) > 1 and is_root(walk, x, depth):
                return x, i, i
    return None


def _factors(x: SSAValue) -> list[SSAValue]:
    """The factors of a product of products, from left to right; of more than `FACTORS`, x alone."""
    found, pending = [], [x]
    while pending:
        factor = pending.pop()
        if isinstance(factor.owner, arith.MulfOp):
            pending += [factor.owner.rhs, factor.owner.lhs]
        else:
            found.append(factor)
        if len(found) + len(pending) > FACTORS:
            return [x]
    return found


def _without(factors: Sequence[SSAValue], x: SSAValue) -> list[SSAValue]:
    """The factors without one x."""
    rest = list(factors)
    rest.remove(x)
    return rest


def _product(factors: Sequence[SSAValue], e: Emitter) -> SSAValue:
    value, *others = factors
    for x in others:
        value = e.multiply(value, x)
    return value


def _overflows(factors: Sequence[SSAValue]) -> bool:
    """
    Whether the constants among the factors have a product that is no normal number: constants are
    multiplied, and the product with the others may be an ordinary number.
    """
    numbers = [abs(n) for x in factors if (n := splat(x)) is not None]
    if len(numbers) < 2 or 0 in numbers:
        return False
    size = sum(map(pymath.log2, numbers))
    return abs(size) > LARGEST[types.element(factors[0].type)]


def _scaled(d: Term, ks: Sequence[SSAValue], e: Emitter) -> Term:
    """
    d times all of these. A product of the factors alone may overflow, where the factors times d do
    not.
    """
    if d is None:
        return None
    for k in ks:
        d = e(delta.ScaleOp(k, d))
    return d


def _moved(op: Operation, d: SSAValue, e: Emitter) -> SSAValue:
    """The layout on a term."""
    kind = op.results[0].type
    if isinstance(op, ten.CastOp | arith.ExtFOp | arith.TruncFOp):
        return e(ten.CastOp(d, types.element(kind)))
    return e(copy_op(op, [d, *op.operands[1:]], [term_of(kind)]))


def _valid(op: math.SqrtOp, e: Emitter) -> SSAValue:
    """1, and NaN where the root has no value."""
    s = op.operand
    negative = e.compare("olt", s, e.constant(0, s.type))
    return e.select(negative, e.constant(pymath.nan, s.type), e.constant(1, s.type))


def _is_sum_of_squares(s: SSAValue, depth: int = DEPTH) -> bool:
    """Whether a value is never less than 0, because it is written as squares."""
    op = s.owner
    if depth == 0:
        return False
    match op:
        case arith.MulfOp():
            return op.lhs is op.rhs
        case ten.EinsumOp():
            return len(op.operands) == 2 and op.operands[0] is op.operands[1] and (
                op.letters[0][0] == op.letters[0][1]
            )  # fmt: skip
        case math.AbsFOp() | math.ExpOp() | ten.HypotOp():
            return True
        case arith.AddfOp():
            return all(_is_sum_of_squares(x, depth - 1) for x in op.operands)
        case ten.SumOp() | ten.BroadcastOp() | ten.ReshapeOp() | ten.SliceOp() | ten.TransposeOp():
            return _is_sum_of_squares(op.operands[0], depth - 1)
    return False


def _emitter(walk: Linearizer, op: Operation) -> Emitter:
    count(f"linearize({op.name})")
    return Emitter.after(op, walk.known).derived(op, f"linearize({op.name})")


def _define(walk: Linearizer, value: SSAValue, term: Term) -> None:
    if term is not None:
        walk.define(value, term)
