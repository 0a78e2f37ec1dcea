"""
Raise sums of products to einsums.

Needs:   nothing.
Leaves:  no sum of a product that is a contraction, except if an einsum was decomposed into such a
         sum, as that is as cheap; einsums of one or two operands, each of which sums over some
         index; no gather of a diagonal.
Keeps:   the value up to rounding, if nothing overflows: an einsum multiplies and adds in an order
         of its own. Values without an einsum stay bit for bit. Sharing: a rule does not take in a
         value that has another use, or that is computed outside of the region that uses it. If two
         einsums are decomposed into equal ops, the program computes these ops once.
Ends:    in two steps. Each raising rule takes an op away from under a sum or an einsum. Each
         ordering rule makes an einsum smaller.

A sum of a product is a *contraction*, and worth an einsum, if some index that is summed over occurs
in two factors. Then the sum contains a matrix product or a dot product, and its factors need not be
brought to one shape. The pass looks through broadcasts, transposes, and constants of equal elements
to find the indices in a factor. Other sums of products stay unchanged, because one fused loop
computes them best. Products with other uses than the sum also stay, because the program computes
them anyhow.

Raising brings every op that an einsum can express into one einsum. Then a cost model chooses the
order of the products. A product that is no contraction becomes elementwise ops and sums again.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import opt_einsum
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import ten, types
from ...dialects.ten.value_facts import has_one_use, kept, splat
from ...dialects.types import ints, rank, shape
from ..rewriting import remarks
from ..rewriting.driver import RuleDriver
from ..rewriting.functions import functions
from ..rewriting.levels import Level
from ..rewriting.remarks import Why
from ..sharing import equal_ops
from ..sharing.shared_terms import drop_broken_stamps, stamp_repeated
from . import index_maps
from .building import Ops, reshaped, transposed

LETTERS = "ijklmnopqrstuvwxyzabcdefgh" + string.ascii_uppercase
EXACT_ORDER = 8
"""
Up to this many operands, the pass finds the best order of products, in time 3^n; above it, a good
order.
"""

Factor = tuple[SSAValue, str]
"""A value, and the letters of its dimensions."""


@dataclass(frozen=True)
class RaiseEinsumPass(ModulePass):
    """Replaces sums of products by einsums, in an order of products that is cheap."""

    name = "ten-raise-einsum"
    needs: ClassVar[Level] = Level.SURFACE
    leaves: ClassVar[Level] = Level.SURFACE

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # A value that is written twice would have two uses.
        equal_ops.merge(op, MADE)
        raised = RuleDriver(RAISING, remark_as=self.name).run(op)
        ordered = RuleDriver(ORDERING, remark_as=self.name).run(op)
        if remarks.wanted():
            for inner in op.walk():
                why = contraction(inner) if isinstance(inner, ten.SumOp) else None
                if why is not None and not isinstance(why, tuple):
                    text = f"the sum is not an einsum: {why()}"
                    remarks.missed(self.name, SumOfProduct.__name__, inner, text)
        if not raised and not ordered:
            return
        drop_broken_stamps(op, self.name)
        # Two einsums may have the same sum or product in them. In two regions, a stamp marks it.
        equal_ops.merge(op, MADE)
        for function in functions(op):
            if function.body.blocks:
                stamp_repeated(function, MADE)


# Questions of the rules.


def is_product(value: SSAValue) -> bool:
    return isinstance(value.owner, arith.MulfOp | arith.MuliOp)


def is_only_for(value: SSAValue, op: Operation) -> bool:
    """
    Whether `op` may take in the op that computes `value`: no other op needs the value, and the
    value is not in a region that runs more often, or less often.
    """
    # The parent of an argument's block is a region, and so never the block of `op`.
    return has_one_use(value) and value.owner.parent is op.parent


def fresh(used: Iterable[str], n: int) -> str | None:
    """n letters that are not in `used`. None if there are not as many."""
    taken = set().union(*used)
    free = [c for c in LETTERS if c not in taken]
    return "".join(free[:n]) if n <= len(free) else None


def under_transposes(value: SSAValue, word: str, user: Operation) -> Factor:
    """The value below those transposes of a value that only `user` needs."""
    while isinstance(op := value.owner, ten.TransposeOp) and is_only_for(value, user):
        value, word = op.x, permuted(op, word)
    return value, word


def permuted(op: ten.TransposeOp, word: str) -> str:
    """The letters of the operand, given the letters of the result."""
    letters = dict(zip(ints(op.perm), word))
    return "".join(letters[d] for d in range(len(word)))


def factors(value: SSAValue, word: str, user: Operation) -> list[Factor]:
    """The factors of a product, through those inner products that only the product needs."""
    found, pending = [], [(value, word)]
    while pending:
        x, letters = under_transposes(*pending.pop(), user)
        if is_product(x) and is_only_for(x, user):
            assert isinstance(x.owner, Operation)
            pending.extend((y, letters) for y in reversed(x.owner.operands))
        else:
            found.append((x, letters))
    return found


def occurring(value: SSAValue, word: str) -> str:
    """The letters of the dimensions along which a value can vary, as far as its ops tell."""
    while True:
        match value.owner:
            case ten.TransposeOp() as op:
                value, word = op.x, permuted(op, word)
            case ten.BroadcastOp() as op:
                value, word = op.x, "".join(word[d] for d in kept(len(word), ints(op.dims)))
            case ten.GatherOp() as op if (letters := reindexed(op, word)) is not None:
                value, word = op.t, letters
            case _:
                return "" if splat(value) is not None else word


def reindexed(op: ten.GatherOp, word: str) -> str | None:
    """
    The letters of a gather's operand, given the letters of its result, if the gather only says
    which index goes where: its indices are indices of the region, and all indices of the region
    occur.

    Each index is in bounds, because it ranges over the whole dimension that it indexes.
    """
    if op.block.first_op is not op.block.last_op:
        return None
    places = [
        y.index if isinstance(y, BlockArgument) and y.block is op.block else -1 for y in op.yielded
    ]
    sizes, domain = shape(op.t.type), op.domain
    if set(places) != set(range(len(domain))):
        return None
    if any(sizes[d] != domain[k] for d, k in enumerate(places)):
        return None
    return "".join(word[k] for k in places) + word[len(domain) :]


def is_contraction(parts: Iterable[Factor], output: str) -> bool:
    """Whether a letter that is summed over occurs in two factors."""
    counts = Counter(c for x, word in parts for c in set(occurring(x, word)))
    return any(n > 1 and c not in output for c, n in counts.items())


def contraction(op: ten.SumOp) -> tuple[list[Factor], str] | Why | None:
    """
    The factors of a sum of a product, and the remaining letters; or the reason why it is no einsum.
    None if it is a sum of something else.
    """
    if rank(op.x.type) > len(LETTERS):
        return lambda: f"there are {len(LETTERS)} letters, and {rank(op.x.type)} dimensions"
    word = LETTERS[: rank(op.x.type)]
    output = "".join(word[d] for d in kept(len(word), ints(op.dims)))
    parts = factors(op.x, word, op)
    if len(parts) < 2:
        product, _ = under_transposes(op.x, word, op)
        if is_product(product):
            return lambda: "the product has other uses, or is computed outside of the region"
        return None
    if not is_contraction(parts, output):
        words = ",".join("".join(dict.fromkeys(occurring(x, w))) for x, w in parts)
        return lambda: f"no index that is summed over occurs in two factors of {words}->{output}"
    return parts, output


# Actions of the rules.


def erase_unused(rewriter: PatternRewriter, values: Iterable[SSAValue]) -> None:
    """Erase ops that a rule left without uses: they would count as uses of their operands."""
    pending = list(values)
    while pending:
        op = pending.pop().owner
        if (
            isinstance(op, ten.TenOp | ten.GatherOp | arith.MulfOp | arith.MuliOp)
            and op.parent is not None
            and all(r.first_use is None for r in op.results)
        ):
            pending.extend(op.operands)
            rewriter.erase(op)


def replace(
    rewriter: PatternRewriter,
    op: Operation,
    ops: Sequence[Operation],
    value: SSAValue | None = None,
) -> None:
    """Replace `op` by the last of `ops`, or by `value`. Erase the ops that only `op` used."""
    operands = list(op.operands)
    rewriter.replace(op, ops, None if value is None else (value,))
    erase_unused(rewriter, operands)


def einsum(parts: Sequence[Factor], output: str) -> ten.EinsumOp:
    """The einsum with its letters in order, so that equal einsums look equal."""
    spec = ",".join(word for _, word in parts) + "->" + output
    used = dict.fromkeys(c for c in spec if c.isalpha())
    names = str.maketrans(dict(zip(used, LETTERS)))
    return ten.EinsumOp(spec.translate(names), [x for x, _ in parts])


def parts_of(op: ten.EinsumOp) -> list[Factor]:
    return list(zip(op.xs, op.letters[0], strict=True))


def sizes_of(parts: Iterable[Factor]) -> dict[str, int]:
    return {c: n for x, word in parts for c, n in zip(word, shape(x.type))}


def without_letters(
    op: ten.EinsumOp, parts: Sequence[Factor], extra: Sequence[Operation] = ()
) -> list[Operation] | None:
    """
    The ops that compute `op` from `parts` in which some letters of `op` are missing, because no
    part varies along them. A missing letter that is summed over becomes a factor. Any other missing
    letter becomes a broadcast of the result. None if a factor would not be exact.
    """
    sizes = sizes_of(parts_of(op))
    _, output = op.letters
    left = set().union(*(word for _, word in parts))
    summed = [c for c in sizes if c not in left and c not in output]
    spread = [c for c in output if c not in left]
    times = 1
    for c in summed:
        times *= sizes[c]
    element = types.element(op.result.type)
    if times == 0 or not types.is_exact(times, element):
        return None
    new: Operation = einsum(parts, "".join(c for c in output if c not in spread))
    ops = [*extra, new]
    if times != 1:
        number = types.constant(times, new.results[0].type)
        multiply = arith.MulfOp if types.is_float(element) else arith.MuliOp
        ops += [number, new := multiply(new.results[0], number.result)]
    if spread:
        dims = [d for d, c in enumerate(output) if c in spread]
        ops.append(ten.BroadcastOp(new.results[0], dims, shape(op.result.type)))
    return ops


# Raising.


class SumOfProduct(RewritePattern):
    """
    sum(x * y * …, D)  →  einsum("ijk,ijk,…->ik", x, y, …)

    Also through transposes of the products. The rules on einsums remove dimensions that a factor
    does not have.
    Requires: a contraction; the products have no other use, because then the program computes them
    anyhow.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        found = contraction(op)
        if not isinstance(found, tuple):
            return

        parts, output = found
        replace(rewriter, op, [einsum(parts, output)])


class SumOfEinsum(RewritePattern):
    """
    sum(einsum("ij,jk->ik", x, y), [1])  →  einsum("ij,jk->i", x, y)

    Requires: only this sum uses the einsum.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.EinsumOp) or not is_only_for(op.x, op):
            return

        _, output = inner.letters
        rest = "".join(output[d] for d in kept(len(output), ints(op.dims)))
        replace(rewriter, op, [einsum(parts_of(inner), rest)])


class TransposeOfEinsum(RewritePattern):
    """
    transpose(einsum("ij,jk->ik", x, y), [1, 0])  →  einsum("ij,jk->ki", x, y)

    Requires: only this transpose uses the einsum.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.TransposeOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.EinsumOp) or not is_only_for(op.x, op):
            return

        _, output = inner.letters
        replace(rewriter, op, [einsum(parts_of(inner), "".join(output[p] for p in ints(op.perm)))])


class EinsumOfTranspose(RewritePattern):
    """einsum("ij,…", transpose(x, [1, 0]), …)  →  einsum("ji,…", x, …)"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        parts = [
            (x.owner.x, permuted(x.owner, word))
            if isinstance(x.owner, ten.TransposeOp)
            else (x, word)
            for x, word in parts_of(op)
        ]
        if parts == parts_of(op):
            return

        replace(rewriter, op, [einsum(parts, op.letters[1])])


class EinsumOfBroadcast(RewritePattern):
    """
    einsum("ij,ij->i", broadcast(x, [0]), y)  →  einsum("j,ij->i", x, y)

    If no operand has a letter any more, and the letter is summed over, it gives a factor n, its
    size. If it is not summed over, it gives a broadcast of the result.
    Requires: n is above 0, and the element type has the number n.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        parts = [
            (x.owner.x, "".join(word[d] for d in kept(len(word), ints(x.owner.dims))))
            if isinstance(x.owner, ten.BroadcastOp)
            else (x, word)
            for x, word in parts_of(op)
        ]
        if parts == parts_of(op) or (ops := without_letters(op, parts)) is None:
            return

        replace(rewriter, op, ops)


class EinsumOfSplat(RewritePattern):
    """
    einsum("ij,ij->i", 2 everywhere, y)  →  einsum(",ij->i", 2, y)

    For letters that no operand has any more, and for the requirements, see EinsumOfBroadcast.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        parts, scalars = [], []
        for x, word in parts_of(op):
            number = splat(x) if word else None
            if number is None:
                parts.append((x, word))
            else:
                scalars.append(types.constant(number, types.element(x.type)))
                parts.append((scalars[-1].result, ""))
        if not scalars or (ops := without_letters(op, parts, scalars)) is None:
            return

        replace(rewriter, op, ops)


class EinsumOfGather(RewritePattern):
    """
    einsum("ij,j->i", gather [n, m] x (i, j) {j, i}, y)  →  einsum("ji,j->i", x, y)
    einsum("i,i->", gather [n] x (i) {i, i}, y)          →  einsum("ii,i->", x, y)

    Requires: the gather only says which index goes where, and each index ranges over the whole
    dimension that it indexes. A gather of fewer elements is a slice.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        parts = []
        for x, word in parts_of(op):
            letters = reindexed(x.owner, word) if isinstance(x.owner, ten.GatherOp) else None
            parts.append((x, word) if letters is None else (x.owner.t, letters))  # type: ignore[union-attr]
        if parts == parts_of(op):
            return

        replace(rewriter, op, [einsum(parts, op.letters[1])])


class EinsumOfProduct(RewritePattern):
    """
    einsum("ij,jk->ik", x * y, z)  →  einsum("ij,ij,jk->ik", x, y, z)

    Requires: the product has no other use. Also: a factor does not vary along some dimension, or an
    index of the product is summed over and is in no other operand. Otherwise the product is as good
    at its place.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        counts = Counter(c for word in op.letters[0] for c in set(word))
        alone = {c for c, n in counts.items() if n == 1 and c not in op.letters[1]}
        parts: list[Factor] = []
        for x, word in parts_of(op):
            inner = factors(x, word, op)
            pays = alone & set(word) or any(len(occurring(y, w)) < len(word) for y, w in inner)
            parts += inner if len(inner) > 1 and pays else [(x, word)]
        if len(parts) == len(op.xs):
            return

        replace(rewriter, op, [einsum(parts, op.letters[1])])


class EinsumOfEinsum(RewritePattern):
    """
    einsum("ij,j->i", einsum("ik,kj->ij", x, y), z)  →  einsum("ik,kj,j->i", x, y, z)

    So the pass can choose the cheapest order of products.
    Requires: the inner einsum has no other use, and there are enough letters, of which there are
    52.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        parts = parts_of(op)
        for k, (x, word) in enumerate(parts):
            inner = x.owner
            if not isinstance(inner, ten.EinsumOp) or not is_only_for(x, op):
                continue
            words, output = inner.letters
            hidden = sorted(set("".join(words)) - set(output))
            letters = fresh([w for _, w in parts], len(hidden))
            if letters is None:
                continue

            # A letter that stands twice in `word` is a diagonal of the inner result: its two
            # letters there become one.
            names = {**dict(zip(output, word)), **dict(zip(hidden, letters))}
            renamed = ["".join(names[c] for c in w) for w in words]
            parts[k : k + 1] = list(zip(inner.xs, renamed, strict=True))
            replace(rewriter, op, [einsum(parts, op.letters[1])])
            return


class EinsumOfSum(RewritePattern):
    """
    einsum("i,ij->j", sum(x, [1]), y)  →  einsum("ik,ij->j", x, y)

    Requires: the sum has no other use, and its operand is one that an einsum can take in: a
    product, an einsum, or a transpose or broadcast of these.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        parts = parts_of(op)
        for k, (x, word) in enumerate(parts):
            inner = x.owner
            if not isinstance(inner, ten.SumOp) or not is_only_for(x, op):
                continue
            letters = fresh([w for _, w in parts], len(ints(inner.dims)))
            below = inner.x.owner
            layout = isinstance(below, ten.BroadcastOp | ten.TransposeOp | ten.EinsumOp)
            if letters is None or not (layout or is_product(inner.x)):
                continue

            new, old = iter(letters), iter(word)
            dims = ints(inner.dims)
            whole = "".join(next(new if d in dims else old) for d in range(rank(inner.x.type)))
            parts[k] = inner.x, whole
            replace(rewriter, op, [einsum(parts, op.letters[1])])
            return


RAISING: tuple[RewritePattern, ...] = (
    SumOfProduct(),
    SumOfEinsum(),
    TransposeOfEinsum(),
    EinsumOfTranspose(),
    EinsumOfBroadcast(),
    EinsumOfSplat(),
    EinsumOfGather(),
    EinsumOfProduct(),
    EinsumOfEinsum(),
    EinsumOfSum(),
)


# Ordering.


class EinsumOfLoneLetter(RewritePattern):
    """
    einsum("ijk,i->i", x, y)  →  einsum("i,i->i", sum(x, [1, 2]), y)

    The letter is summed over, and occurs in no other operand and not in the result.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        words, output = op.letters
        counts = Counter("".join(words))
        sums, parts = [], []
        for x, word in parts_of(op):
            dims = [d for d, c in enumerate(word) if counts[c] == 1 and c not in output]
            if dims:
                sums.append(ten.SumOp(x, dims))
                x, word = sums[-1].result, "".join(word[d] for d in kept(len(word), dims))
            parts.append((x, word))
        if not sums:
            return

        if len(parts) == 1 and parts[0][1] == output:
            replace(rewriter, op, sums)
        else:
            replace(rewriter, op, [*sums, einsum(parts, output)])


def diagonal(x: SSAValue, word: str) -> ten.GatherOp:
    """The part of x where dimensions of one letter have one index; a dimension for each letter."""
    letters, sizes = "".join(dict.fromkeys(word)), dict(zip(word, shape(x.type)))
    body = Block(arg_types=[ten.index_type] * len(letters))
    body.add_op(ten.YieldOp(*(body.args[letters.index(c)] for c in word)))
    return ten.GatherOp([sizes[c] for c in letters], x, Region(body))


class EinsumWithoutContraction(RewritePattern):
    """
    einsum("i,j->ij", x, y)  →  broadcast(x, [1]) * broadcast(y, [0])

    The rule takes any number of operands, and gathers a diagonal, "ii".
    Requires: no index is summed over.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        words, output = op.letters
        if set("".join(words)) - set(output):
            return

        target, ops, factors = shape(op.result.type), [], []
        multiply = arith.MulfOp if types.is_float(types.element(op.result.type)) else arith.MuliOp
        # Small factors come first, so that the product grows as late as it can.
        for x, word in sorted(parts_of(op), key=lambda part: len(part[1])):
            if len(set(word)) < len(word):
                ops.append(diagonal(x, word))
                x, word = ops[-1].results[0], "".join(dict.fromkeys(word))
            order = [word.index(c) for c in output if c in word]
            if order != sorted(order):
                ops.append(ten.TransposeOp(x, order))
                x = ops[-1].results[0]
            factors.append((x, {d for d, c in enumerate(output) if c in word}))
        value, dims = factors[0]
        for x, own in factors[1:]:
            both = dims | own
            pair = []
            for y, has in ((value, dims), (x, own)):
                if has != both:
                    new = [k for k, d in enumerate(sorted(both)) if d not in has]
                    ops.append(ten.BroadcastOp(y, new, [target[d] for d in sorted(both)]))
                    y = ops[-1].results[0]
                pair.append(y)
            ops.append(multiply(*pair))
            value, dims = ops[-1].results[0], both
        replace(rewriter, op, ops, value)


class EinsumOfManyOperands(RewritePattern):
    """
    einsum("ij,jk,k->i", x, y, z)  →  einsum("ij,j->i", x, einsum("jk,k->j", y, z))

    The rule uses the order that opt_einsum finds to be cheapest.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        if len(op.xs) < 3:
            return

        _, output = op.letters
        # Beside each part, the place of its first factor, because the order of factors stays.
        parts = [(k, x, word) for k, (x, word) in enumerate(parts_of(op))]
        ops: list[ten.EinsumOp] = []
        sizes = [[max(n, 1) for n in shape(x.type)] for x in op.xs]  # of nothing there is no order
        how = "dp" if len(op.xs) <= EXACT_ORDER else "greedy"
        path, _ = opt_einsum.contract_path(op.spec.data, *sizes, shapes=True, optimize=how)
        for places in path:
            taken = sorted((parts[k] for k in places), key=lambda part: part[0])
            parts = [part for k, part in enumerate(parts) if k not in places]
            while len(taken) > 1:
                (k, x, v), (_, y, w), *taken = taken
                needed = set(output).union(*(word for _, _, word in (*parts, *taken)))
                last = not parts and not taken
                word = output if last else "".join(dict.fromkeys(c for c in v + w if c in needed))
                ops.append(einsum([(x, v), (y, w)], word))
                taken.insert(0, (k, ops[-1].result, word))
            parts += taken
        replace(rewriter, op, ops)


class GatherAtDiagonal(RewritePattern):
    """
    gather(t, i ↦ i, i)  →  slice(reshape(t), stride n + 1)    where t has n columns

    Requires: the indices are in bounds and multiples of arguments, and the indices of one argument
    lie beside each other. Also: no einsum takes the gather in, because an einsum reads a diagonal
    by a letter that occurs twice. So the rule runs after those for einsums.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        last = op.block.last_op
        if last is None or len(last.operands) < 2 or not types.size(op.result.type):
            return
        m = index_maps.index_map(op)
        if m is None or not m.in_bounds(shape(op.t.type)[: len(m.forms)]):
            return
        # Argument, multiple, constant and size of each dimension, indices of one argument joined.
        joined: list[tuple[int, int, int, int]] = []
        for f, n in zip(m.forms, shape(op.t.type)):
            if f.affine_argument is None:
                return
            (p, k), c, size = f.affine_argument, f.constant, n
            if joined and joined[-1][0] == p:
                _, before, start, rows = joined.pop()
                k, c, size = before * n + k, start * n + c, rows * n
            joined.append((p, k, c, size))
        args = [p for p, *_ in joined]
        if len(joined) == len(m.forms) or sorted(args) != list(range(len(m.domain))):
            return

        ops, rest = Ops(), shape(op.t.type)[len(m.forms) :]
        t = reshaped(op.t, [*(n for *_, n in joined), *rest], ops)
        counts = [m.domain[p] for p in args]
        offsets = [min(c, c + k * (n - 1)) for (_, k, c, _), n in zip(joined, counts)]
        strides = [abs(k) if n > 1 else 1 for (_, k, _, _), n in zip(joined, counts)]
        ones = [1] * len(rest)
        t = ops(ten.SliceOp(t, [*offsets, *(0 for _ in rest)], [*counts, *rest], [*strides, *ones]))
        flips = [d for d, (_, k, _, _) in enumerate(joined) if k < 0 and counts[d] > 1]
        if flips:
            t = ops(ten.ReverseOp(t, flips))
        perm = [args.index(p) for p in range(len(args))]
        t = transposed(t, [*perm, *range(len(perm), rank(t.type))], ops)
        rewriter.replace(op, ops, (t,))


ORDERING: tuple[RewritePattern, ...] = (
    EinsumOfLoneLetter(),
    EinsumWithoutContraction(),
    EinsumOfManyOperands(),
    # Einsums have taken in the diagonals that they can.
    GatherAtDiagonal(),
)

MADE: tuple[type[Operation], ...] = (
    ten.EinsumOp,
    ten.SumOp,
    ten.BroadcastOp,
    ten.TransposeOp,
    ten.GatherOp,
    arith.MulfOp,
    arith.MuliOp,
    arith.ConstantOp,
)
"""The ops that the rules write."""
