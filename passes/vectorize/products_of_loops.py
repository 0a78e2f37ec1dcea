"""
Products whose results only leave a loop are taken behind the loop, once: `ten-sink-products`.

    s = scan (h = h0, s = s0) over (x = xs) { …, g = f(h, x), s + xᵀ g }
        →  gs = scan (h = h0) over (x = xs) { …, row g };  s = s0 + Σ_t xs[t]ᵀ gs[t]
    ys = scan [n] (h = h0) { …, row h w }
        →  hs = scan [n] (h = h0) { …, row h };  ys = hs w

The first is the gradient of a loop's weights, and the sum over t is part of one product of
matrices. Sums of g, as the gradient of a bias has them, leave the loop with it.

Needs:   no `ten.build`.
Leaves:  in the body of a scan, no such product, with the exceptions below.
Keeps:   the value, up to the order of the sums. Sharing: no computation runs more often.
Ends:    one walk, inner loops first: what leaves an inner loop may then leave the outer one. Each
         firing takes a product out of a loop.

Exceptions: products of few numbers, which stay in registers; products that need more new rows than
the loop has rows already, because their arrays would take much more room than the arrays that are
there; loops with a number of turns, which leave rows out; loops that keep only some of their
states, and those that read such states (`checkpoint`); rows that another scan of the block takes in
as many steps, because `ten-fuse-scans` makes one loop of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from string import ascii_letters
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.ten import scans
from ...dialects.types import Term, ints
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps

LEAST_PRODUCTS = 1024
"""A product of fewer multiplications stays: to store its operands takes as long."""


class SinkProductsPass(ModulePass):
    """
    Takes products that only leave a loop behind it, for all steps at once.

    Example:

        >>> def states(w, h, x):
        ...     return lg.scan(lambda h, x: (np.tanh(h) + x, h @ w), h, x)[1]
        >>> module = lg.trace(states, lg.spec((64, 64)), lg.spec((1, 64)), lg.spec((9, 1, 64)))
        >>> SinkProductsPass().apply(ctx, module)
        >>> print(show(module).splitlines()[-1].strip())
        in einsum "Aij,jk->Aik" h w
    """

    name = "ten-sink-products"
    seeks: ClassVar[Kinds] = (ten.ScanOp,)
    needs: ClassVar[Level] = Level.BULK

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # An outer loop comes before its inner loops.
        for scan in reversed([x for x in ops_in(op) if isinstance(x, ten.ScanOp)]):
            # A product that was added and a result may now be only a result.
            left: ten.ScanOp | None = scan
            while left is not None:
                left = sink_products(left)
        drop_broken_stamps(op, self.name)


def sink_products(scan: ten.ScanOp) -> ten.ScanOp | None:
    """Take the products that only leave one scan behind it. Returns the new scan, if any left."""
    if (
        scan.trips < 2
        or scan.turns is not None
        or scan.states is not None
        or any(isinstance(x.type, Term) for x in (*scan.operands, *scan.results))
        or any(isinstance(x.owner, ten.ScanOp) and x.owner.states is not None for x in scan.xs)
    ):
        return None
    varying = scans.variant(scan)
    rows = Rows(scan, varying)
    sums = {k: added for k in range(len(scan.inits)) if (added := addends(scan, k))}
    sunk = {
        k: [x for x in added if is_product(x, varying, 2) and rows.take(x.owner.operands)]  # type: ignore[union-attr]
        for k, added in sums.items()
    }
    ys = [
        k
        for k, y in enumerate(scan.ys)
        if is_product(y, varying, 1) and y.has_one_use() and not is_fused(scan, k)
    ]
    ys = [k for k in ys if rows.take(scan.ys[k].owner.operands)]  # type: ignore[union-attr]
    if not ys and not any(sunk.values()):
        return None
    # A sum of a value that is a row by now reads the rows once more.
    for k, added in sums.items():
        sunk[k] += [x for x in added if x not in sunk[k] and rows.has(summed(x)[0])]
    count("ten-sink-products", len(ys) + sum(map(len, sunk.values())))
    return rewrite(scan, rows, {k: found for k, found in sunk.items() if found}, ys)


class Rows:
    """
    Which values of the body are rows, of operands or of results, after the rewrite. New rows have
    no more elements than the rows that the loop reads and writes anyway.
    """

    def __init__(self, scan: ten.ScanOp, varying: set[SSAValue]):
        self.varying = varying
        self.known = {*scan.rows, *scan.ys}
        self.left = sum(types.size(x.type) for x in self.known)
        self.new: list[SSAValue] = []

    def has(self, x: SSAValue) -> bool:
        return x in self.known

    def take(self, values: Sequence[SSAValue]) -> bool:
        """Make rows of those values that vary, if there is room for them."""
        needed = [x for x in dict.fromkeys(values) if x in self.varying and x not in self.known]
        size = sum(types.size(x.type) for x in needed)
        if size > self.left:
            return False
        self.left -= size
        self.new += needed
        self.known.update(needed)
        return True


def addends(scan: ten.ScanOp, k: int) -> list[SSAValue]:
    """
    The values v, w, … of a carried value c whose next one is c + v + w + …, in any order, and which
    nothing else reads. No values if it is no such sum. Truth values have none: `arith.addi` of them
    is their exclusive or.
    """
    carried = scan.carried[k]
    if types.is_bool(types.element(carried.type)):
        return []
    found: list[SSAValue] = []
    pending = [scan.nexts[k]]
    while pending:
        x = pending.pop()
        add = x.owner
        if x is not carried and not x.has_one_use():
            # Something else reads the sum, or it is added twice.
            if x is scan.nexts[k]:
                return []
            found.append(x)
        elif isinstance(add, arith.AddfOp | arith.AddiOp) and add.parent is scan.block:
            pending += reversed(add.operands)
        else:
            found.append(x)
    if found.count(carried) != 1 or not carried.has_one_use():
        return []
    return [x for x in found if x is not carried]


def is_product(x: SSAValue, varying: set[SSAValue], least: int) -> bool:
    """
    Whether a value is a product of two arrays, of which at least `least` vary from step to step and
    the others are from outside, that multiplies more often than an operand has elements.
    """
    op = x.owner
    if x not in varying or not isinstance(op, ten.EinsumOp) or len(op.xs) != 2:
        return False
    words, output = op.letters
    letters = {*words[0], *words[1], *output}
    sizes = {c: n for w, v in zip(words, op.xs) for c, n in zip(w, types.shape(v.type))}
    return (
        all(len(set(w)) == len(w) < len(letters) for w in words)
        and len(letters) < len(ascii_letters)
        and prod(sizes.values()) >= LEAST_PRODUCTS
        and sum(v in varying for v in op.xs) >= least
        and all(v in varying or home_of(v) is not op.parent for v in op.xs)
    )


def home_of(x: SSAValue) -> Block | None:
    """The block in which a value is made."""
    return x.owner if isinstance(x.owner, Block) else x.owner.parent


def is_fused(scan: ten.ScanOp, k: int) -> bool:
    """Whether `ten-fuse-scans` may make one loop of the scan and a reader of its rows `ys[k]`."""
    return any(
        isinstance(use.operation, ten.ScanOp)
        and use.operation.parent is scan.parent
        and (use.operation.trips, use.operation.is_reverse) == (scan.trips, scan.is_reverse)
        for use in scan.results[len(scan.inits) + k].uses
    )


def summed(x: SSAValue) -> tuple[SSAValue, tuple[int, ...]]:
    """The value of which x is the sum over some dimensions, perhaps none; and these dimensions."""
    op = x.owner
    return (op.x, tuple(ints(op.dims))) if isinstance(op, ten.SumOp) else (x, ())


def rewrite(
    scan: ten.ScanOp, rows: Rows, sums: dict[int, list[SSAValue]], ys: Sequence[int]
) -> ten.ScanOp:
    """Take these addends of carried values, and these results, behind the loop."""
    last, n = scan.block.last_op, len(scan.inits)
    assert last is not None
    sunk_ys = [(n + k, scan.ys[k]) for k in ys]
    for k, sunk in sums.items():
        add = type(scan.nexts[k].owner)
        value: SSAValue = scan.carried[k]
        for x in addends(scan, k):
            if x not in sunk:
                value = Emitter.before(last)(add(value, x))  # type: ignore[call-arg]
        last.operands[k] = value
    scan = with_rows(scan, rows.new)
    arrays = dict(zip(scan.rows, scan.xs)) | dict(zip(scan.ys, scan.results[n:]))
    behind = Emitter.after(scan)
    for k, sunk in sums.items():
        old = scan.results[k]
        value = scan.inits[k] if scan.nexts[k] is scan.carried[k] else old
        readers = list(old.uses)
        for x in sunk:
            total = for_all_steps(x, arrays, behind, summed_up=True)
            if types.constant_value(value) == 0:
                value = total
            elif types.is_integer(types.element(x.type)):
                value = behind(arith.AddiOp(value, total))
            else:
                value = behind.add(value, total)
        for use in readers:
            use.operation.operands[use.index] = value
        value.name_hint = value.name_hint or old.name_hint
    for k, x in sunk_ys:
        value = for_all_steps(x, arrays, behind, summed_up=False)
        scan.results[k].replace_all_uses_with(value)
        value.name_hint = value.name_hint or scan.results[k].name_hint
    gone = {k for k in sums if scan.nexts[k] is scan.carried[k]} | {k for k, _ in sunk_ys}
    kept = [k for k in range(len(scan.results)) if k not in gone]
    return scans.restrict(
        scan,
        PatternRewriter(scan),
        [k for k in kept if k < n],
        range(len(scan.xs)),
        [k - n for k in kept if k >= n],
    )


def with_rows(scan: ten.ScanOp, values: Sequence[SSAValue]) -> ten.ScanOp:
    """The scan with these values of the body as further results."""
    last = scan.block.last_op
    assert last is not None
    Rewriter.replace_op(last, ten.YieldOp(*last.operands, *values))
    body = scan.detach_region(scan.body)
    new = ten.ScanOp(scan.trips, scan.inits, scan.xs, body, scan.is_reverse)
    new.attributes.update(scan.attributes)
    new.location = scan.location
    names = [*(r.name_hint for r in scan.results), *(x.name_hint for x in values)]
    for result, name in zip(new.results, names, strict=True):
        result.name_hint = name
    Rewriter.replace_op(scan, new, new.results[: len(scan.results)])
    return new


def for_all_steps(
    x: SSAValue, arrays: dict[SSAValue, SSAValue], e: Emitter, summed_up: bool
) -> SSAValue:
    """A product, or the sum of a row, of all steps at once: a row for each, or the sum of these."""
    source, dims = summed(x)
    if summed_up and source in arrays:
        return e(ten.SumOp(arrays[source], [0, *(d + 1 for d in dims)]))
    product = x.owner
    assert isinstance(product, ten.EinsumOp)
    words, output = product.letters
    step = next(c for c in ascii_letters if c not in product.spec.data)
    inputs = ",".join(step + w if v in arrays else w for w, v in zip(words, product.xs))
    spec = f"{inputs}->{output if summed_up else step + output}"
    return e.at(product.location)(ten.EinsumOp(spec, [arrays.get(v, v) for v in product.xs]))
