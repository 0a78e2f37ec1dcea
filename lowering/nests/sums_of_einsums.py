"""
Einsums as sums of products over loops. Einsums that are added up become one sum:

    einsum "ij,j->i" a, b                          →  sum(a * broadcast b, [1])
    einsum "ij,j->i" a, b + einsum "ij,j->i" c, d  →  sum(a * broadcast b + c * broadcast d, [1])
    pad (einsum "ij,j->i" a, b) + …                →  sum(pad (a * broadcast b) + …, [1])

If a program writes a convolution as a sum over shifts, the convolution is then one loop nest. This
nest writes each element of the result once, and not once for each shift. The derivative by the
image is a sum of padded einsums, and becomes one nest too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import BFloat16Type, Float16Type, f32
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.ten.value_facts import has_one_use
from ...dialects.types import ints, shape
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter

MOST_JOINED = 64
"""Einsums in one sum, at most. The body of its loops has as many products."""

MOST_PADDED = 2
"""
The padded einsum may have this many times the elements of the einsum, at most: the loops also run
over the padding.
"""

ADDS = (arith.AddfOp, arith.AddiOp)


@dataclass(frozen=True)
class Term:
    """An einsum, `low` and `high` zeros around it."""

    op: ten.EinsumOp
    low: tuple[int, ...]
    high: tuple[int, ...]

    @staticmethod
    def of(op: ten.EinsumOp) -> Term:
        none = (0,) * len(shape(op.result.type))
        return Term(op, none, none)

    @property
    def sizes(self) -> dict[str, int]:
        words, _ = self.op.letters
        return {c: n for w, x in zip(words, self.op.xs) for c, n in zip(w, shape(x.type))}

    @property
    def padded(self) -> tuple[int, ...]:
        """The shape with the zeros."""
        return tuple(map(sum, zip(self.low, shape(self.op.result.type), self.high)))

    @property
    def summed(self) -> str:
        """The letters that are summed over, those of the largest operand first."""
        words, output = self.op.letters
        letters = dict.fromkeys(max(words, key=len) + "".join(words))
        return "".join(c for c in letters if c not in output)

    @property
    def space(self) -> tuple[object, ...]:
        """A key: two terms with equal keys can be one sum."""
        summed = tuple(self.sizes[c] for c in self.summed)
        return self.padded, summed, types.element(self.op.result.type)


def join(block: Block, can_join: Callable[[ten.EinsumOp], bool]) -> None:
    """
    If einsums are added up, put those that `can_join` accepts into one sum for each iteration
    space.

    Requires: neither an einsum nor a sum on the way has another use. Otherwise the other use would
    need the einsum a second time. Sums may be taken in any order.
    """
    for root in list(block.ops):
        if not isinstance(root, ADDS) or _is_added(root):
            continue
        added = list(_leaves(root))
        groups: dict[tuple[object, ...], list[Term]] = {}
        group_of: dict[int, list[Term]] = {}
        for k, (leaf, user) in enumerate(added):
            term = _term(leaf, user)
            if term is None or not can_join(term.op):
                continue
            group = groups.setdefault(term.space, [])
            if len(group) == MOST_JOINED:
                group = groups[term.space] = []
            group.append(term)
            group_of[k] = group
        if all(len(group) < 2 for group in group_of.values()):
            continue
        e = Emitter.before(root)
        total: SSAValue | None = None
        done: set[int] = set()
        for k, (leaf, _) in enumerate(added):
            group = group_of.get(k, ())
            if len(group) > 1:
                if id(group) in done:
                    continue
                done.add(id(group))
                count("join", len(group))
                leaf = sum_of_products(group, e)
            total = leaf if total is None else e(type(root)(total, leaf))
        assert total is not None
        total.name_hint = root.result.name_hint
        operands = list(root.operands)
        Rewriter.replace_op(root, [], [total])
        _erase_unused(operands)


def _is_added(op: Operation) -> bool:
    """Whether a result is only for an op of the same kind."""
    use = op.results[0].get_unique_use()
    return use is not None and type(use.operation) is type(op) and use.operation.parent is op.parent


def _leaves(root: Operation) -> Iterator[tuple[SSAValue, Operation]]:
    """The values that a chain of sums adds up, in order, and the op that adds each."""
    pending = [(x, root) for x in reversed(root.operands)]
    while pending:
        x, user = pending.pop()
        op = x.owner
        if isinstance(op, Operation) and type(op) is type(root) and _is_added(op):
            pending.extend((y, op) for y in reversed(op.operands))
        else:
            yield x, user


def _term(x: SSAValue, user: Operation) -> Term | None:
    """The einsum that is added by `user`, if that, and its padding, are only for this."""
    low = high = (0,) * types.rank(x.type)
    while has_one_use(x) and isinstance(op := x.owner, Operation) and op.parent is user.parent:
        if isinstance(op, ten.EinsumOp):
            term = Term(op, low, high)
            size = max(types.size(op.result.type), 1)
            return term if prod(term.padded) <= MOST_PADDED * size else None
        if not isinstance(op, ten.PadOp) or any(ints(op.interior)):
            return None
        low, high = (
            tuple(map(sum, zip(own, ints(more)))) for own, more in ((low, op.low), (high, op.high))
        )
        x, user = op.x, op
    return None


def _erase_unused(values: Sequence[SSAValue]) -> None:
    """Erase ops that only terms and their sums used."""
    pending = list(values)
    while pending:
        op = pending.pop().owner
        if isinstance(op, (ten.EinsumOp, ten.PadOp, *ADDS)) and op.results[0].first_use is None:
            if op.parent is not None:
                pending.extend(op.operands)
                Rewriter.erase_op(op)


def sum_of_products(terms: Sequence[Term], e: Emitter) -> SSAValue:
    """The sum of terms that have one space, in float32 if they have 16 bits."""
    first = terms[0]
    result = types.element(first.op.result.type)
    _, output = first.op.letters
    space = loop_order(first)
    total: SSAValue | None = None
    for term in terms:
        # Rename the letters of the other terms to those of the first term.
        own = term.op.letters[1] + term.summed
        names = dict(zip(own, output + first.summed))
        product = _product(term, names, space, e)
        total = product if total is None else e(_add(total, product))
    assert total is not None
    inner = [k for k, c in enumerate(space) if c not in output]
    kept = [c for c in space if c in output]
    total = e(ten.SumOp(total, inner)) if inner else total
    perm = [kept.index(c) for c in output]
    total = total if perm == sorted(perm) else e(ten.TransposeOp(total, perm))
    return total if types.element(total.type) == result else e(ten.CastOp(total, result))


def _product(term: Term, names: dict[str, str], space: str, e: Emitter) -> SSAValue:
    """The product of a term's operands over all of its space."""
    words, output = term.op.letters
    sizes = {names[c]: n for c, n in term.sizes.items()}
    product: SSAValue | None = None
    for word, x in zip(words, term.op.xs):
        word = "".join(names[c] for c in word)
        if isinstance(types.element(x.type), Float16Type | BFloat16Type):
            x = e(ten.CastOp(x, f32))  # products are not rounded
        order = sorted(range(len(word)), key=lambda k: space.index(word[k]))
        if order != sorted(order):
            x = e(ten.TransposeOp(x, order))
        missing = [k for k, c in enumerate(space) if c not in word]
        if missing:
            x = e(ten.BroadcastOp(x, missing, [sizes[c] for c in space]))
        product = x if product is None else e(_multiply(product, x))
    assert product is not None
    zeros = {names[c]: (a, b) for c, a, b in zip(output, term.low, term.high)}
    if any(a or b for a, b in zeros.values()):
        # Pad the product, and not an operand: infinity times zero is not zero.
        low, high = zip(*(zeros.get(c, (0, 0)) for c in space))
        product = e(ten.PadOp(product, low, high))
    return product


def _add(a: SSAValue, b: SSAValue) -> Operation:
    return arith.AddfOp(a, b) if types.is_float(types.element(a.type)) else arith.AddiOp(a, b)


def _multiply(a: SSAValue, b: SSAValue) -> Operation:
    return arith.MulfOp(a, b) if types.is_float(types.element(a.type)) else arith.MuliOp(a, b)


def loop_order(term: Term) -> str:
    """
    The loops, in an order that reads the largest operand from its first element to its last. So
    this operand shares a nest with other ops on it. If that leaves a choice, the order writes the
    result in its own order, and then reads the other operands so. The summed loops come late, so
    that the element that they add to is in the cache.
    """
    words, output = term.op.letters
    largest = max(words, key=len)
    after: dict[str, set[str]] = {}
    """The letters that come later than one, on its way."""

    def reaches(a: str, b: str) -> bool:
        pending, seen = [a], {a}
        while pending:
            for c in after.get(pending.pop(), set()) - seen:
                seen.add(c)
                pending.append(c)
        return b in seen

    letters = list(dict.fromkeys(output + largest + "".join(words)))
    for word in (largest, output, *words):
        for a, b in pairwise(word):
            if not reaches(b, a):
                after.setdefault(a, set()).add(b)
    order = ""
    while letters:
        waiting = set().union(*(after.get(c, set()) for c in letters))
        c = next(c for c in letters if c not in waiting)
        letters.remove(c)
        order += c
    return order
