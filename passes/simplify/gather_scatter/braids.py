"""
Rules for braids: an index that depends on one argument with few places picks between few arrays.
Such a gather, scatter or select is a stack, or a concatenation, of slices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import copysign

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ....dialects import ten, types
from ....dialects.types import ints, rank, shape
from .. import index_maps
from ..building import Ops, reshaped, resized, transposed, zeros
from ..index_maps import AtLeastZero, Form, IndexMap, Quotient, Space
from .common import MapRule, Step, gather, has_one_use, is_layout, scatter, split_argument
from .scatters import add

FEW = 8
"""A braid has at most this many strands: so many slices replace one gather or scatter."""

RUNS = 4
"""At most so many slices replace one select."""


# Braids of gathers and scatters.


@dataclass(frozen=True)
class Braid:
    """
    The maps at each place of argument `p`, over the other arguments. Each map goes into operand
    `row` (None: outside of all of them).
    """

    step: Step | None
    """How the domain was split, if `p` is a digit of an argument."""
    p: int
    domain: tuple[int, ...]
    """The sizes of the domain after the step, `p` included."""
    strands: tuple[tuple[int | None, IndexMap], ...]


def braid(m: IndexMap, sizes: Sequence[int]) -> Braid | None:
    """
    The map as a braid: its first index, into `sizes[0]` rows, is a number at each of the few places
    of the only argument that it depends on. The argument is one of the domain, or a digit of one.
    """
    step = split_argument(m, sizes)
    for one, split in (*([(step.map, step)] if step is not None else []), (m, None)):
        if not one.forms or len(one.uses[0]) != 1:
            continue
        (p,) = one.uses[0]
        if one.domain[p] > FEW:
            continue
        strands = [_strand(one, p, k) for k in range(one.domain[p])]
        rows = [f.forms[0].number for f in strands]
        if None in rows:
            continue
        inside = [r if r is not None and 0 <= r < sizes[0] else None for r in rows]
        maps = [IndexMap(f.domain, f.forms[1:]) for f in strands]
        return Braid(split, p, one.domain, tuple(zip(inside, maps, strict=True)))
    return None


def _strand(m: IndexMap, p: int, k: int) -> IndexMap:
    """The map where argument p is k, over the other arguments."""
    domain = (*m.domain[:p], *m.domain[p + 1 :])
    space = Space(domain)
    args = [Form(k) if q == p else space.arg(q - (q > p)) for q in range(len(m.domain))]
    return IndexMap(domain, tuple(space.rebuild(f, args) for f in m.forms))


class GatherOfBraid(MapRule):
    """
    gather(stack(x, y), i ↦ i mod 2, f(i))
        →  reshape(stack(gather(x, u ↦ f(2 u)), gather(y, u ↦ f(2 u + 1))))    joined at the digit

    Each part is layout ops then. The rule also fires if the first index is an argument with few
    places: gather(stack(x, y), i j ↦ i, j + i) is a stack of a part of x and a part of y.
    Requires: a few places; each part becomes a layout, and the gather as it stands does not. Also:
    the stack has no other use. Otherwise the program would keep the stack beside its parts.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.StackOp) or not has_one_use(op.t):
            return
        sizes = shape(op.t.type)[: len(m.forms)]
        if is_layout(m, sizes) or (found := braid(m, sizes)) is None:
            return
        if not all(is_layout(f, sizes[1:]) for _, f in found.strands):
            return

        ops = Ops()
        more = shape(op.t.type)[len(m.forms) :]
        parts = [
            _read(None if row is None else inner.xs[row], f, (*f.domain, *more), op, ops)
            for row, f in found.strands
        ]
        value = ops(ten.StackOp(parts))
        p, n = found.p, rank(value.type)
        value = transposed(value, [*range(1, p + 1), 0, *range(p + 1, n)], ops)
        if found.step is not None:
            assert found.step.resized is not None
            goal = list(shape(op.result.type))
            goal[found.step.d] = found.step.resized
            value = reshaped(value, goal, ops)
            value = resized(value, found.step.d, shape(op.result.type)[found.step.d], ops)
        rewriter.replace(op, ops, (value,))


def _read(
    x: SSAValue | None, f: IndexMap, sizes: tuple[int, ...], op: ten.GatherOp, ops: Ops
) -> SSAValue:
    """The elements of x that the map reads; zeros without an x."""
    if x is None:
        return zeros(types.of_shape(sizes, types.element(op.result.type)), ops)
    if f.forms:
        return ops(gather(x, f))
    return ops(ten.BroadcastOp(x, range(len(f.domain)), sizes)) if f.domain else x


class ScatterOfBraid(MapRule):
    """
    scatter(t, i ↦ i mod 2, f(i))
        →  stack(scatter(t[0::2], u ↦ f(2 u)), scatter(t[1::2], u ↦ f(2 u + 1)))

    The transpose of GatherOfBraid. The operands of the braid read one row each.
    Requires: a few places and rows; each part becomes a layout. Also: all uses of the scatter read
    rows. Otherwise the zeros in each row would be written, and then written again.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None:
            return
        for d in range(len(dims)):
            if dims[d] <= FEW and _reads_rows(op.result, d):
                order = [d, *(e for e in range(len(dims)) if e != d)]
                turned = m.with_forms(m.forms[e] for e in order)
                ops = _rows(op, turned, [dims[e] for e in order])
                if ops is not None:
                    n = rank(op.result.type)
                    perm = [*range(1, d + 1), 0, *range(d + 1, n)]
                    transposed(ops[-1].results[0], perm, ops)
                    rewriter.replace(op, ops)
                return


def _rows(op: ten.ScatterOp, m: IndexMap, dims: Sequence[int]) -> Ops | None:
    """The scatter by a braid as a stack of its rows, the places of the first index."""
    found, rest = braid(m, dims), dims[1:]
    if found is None:
        return None
    p = found.p if found.step is None else found.step.d
    apart = len({row for row, _ in found.strands}) == len(found.strands)
    if m.count(p) < 2 and (not apart or is_layout(m, dims, scattering=True)):
        return None
    for _, f in found.strands:
        unused = [q for q in range(len(f.domain)) if not f.count(q)]
        if not is_layout(f.without_arguments(unused), rest, scattering=True):
            return None

    ops = Ops()
    t = op.t
    if found.step is not None:
        assert found.step.resized is not None
        t = resized(t, found.step.d, found.step.resized, ops)
        t = reshaped(t, (*found.domain, *shape(t.type)[len(m.domain) :]), ops)
    rows: list[SSAValue | None] = [None] * dims[0]
    for k, (row, f) in enumerate(found.strands):
        if row is not None:
            part = _written(_place(t, found.p, k, ops), f, rest, ops)
            so_far = rows[row]
            rows[row] = part if so_far is None else add(so_far, part, ops)
    sizes = (*rest, *shape(op.result.type)[len(dims) :])
    type = types.of_shape(sizes, types.element(op.result.type))
    ops(ten.StackOp([zeros(type, ops) if x is None else x for x in rows]))
    return ops


def _reads_rows(value: SSAValue, d: int) -> bool:
    """Whether the value has uses, and all of them read it at a number in dimension d, its first."""
    for use in value.uses:
        match use.operation:
            case ten.TransposeOp() as user if ints(user.perm)[0] == d:
                if not _reads_rows(user.result, 0):
                    return False
            case ten.IndexOp() as user if d == 0 and user.indices:
                if types.constant_value(user.indices[0]) is None:
                    return False
            case _:
                return False
    return value.first_use is not None


def _place(t: SSAValue, p: int, k: int, ops: Ops) -> SSAValue:
    """t at place k of dimension p."""
    if not p:
        return ops(ten.IndexOp(t, [ops(types.constant(k, ten.index_type))]))
    sizes = list(shape(t.type))
    offsets = [k if d == p else 0 for d in range(len(sizes))]
    sizes[p] = 1
    return reshaped(ops(ten.SliceOp(t, offsets, sizes)), [*sizes[:p], *sizes[p + 1 :]], ops)


def _written(t: SSAValue, f: IndexMap, dims: Sequence[int], ops: Ops) -> SSAValue:
    """The scatter by a map. A map without indices adds the elements."""
    if f.forms:
        return ops(scatter(dims, t, f))
    return ops(ten.SumOp(t, range(len(f.domain)))) if f.domain else t


# Braids of selects.


class SelectByPlace(RewritePattern):
    """
    select(i < c, a, b)      →  concat(a[:c], b[c:])
    select(i = c, a, b)      →  concat(b[:c], a[c:c+1], b[c+1:])
    select(i mod 2 = 0, a, b)  →  reshape(concat(a[0::2], b[1::2]))    joined at the digit

    A mask that depends only on places says which slices of the branches are read. The program
    computes no mask, and reads no element that it drops. A slice of zeros becomes a pad.
    Requires: few slices. Also: both branches are arrays that are there, moved or repeated. A branch
    that the loop over the select computes on its way stays in this loop.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SelectOp | arith.SelectOp, rewriter: PatternRewriter):
        mask, a, b = op.operands
        sizes = shape(op.results[0].type)
        if not rank(mask.type) or not types.size(op.results[0].type):
            return
        if not _is_moved(a) or not _is_moved(b):
            return
        for p in range(len(sizes)):
            found = _runs(mask, sizes, p) or _digits(mask, sizes, p)
            if found is not None:
                rewriter.replace(op, *_joined(a, b, found))
                return


@dataclass(frozen=True)
class Runs:
    """Where a mask holds along a dimension of branches that have `sizes`."""

    sizes: tuple[int, ...]
    d: int
    runs: tuple[tuple[int, int, bool], ...]
    """From which place to before which other place the mask has this value."""


def _joined(a: SSAValue, b: SSAValue, found: Runs) -> tuple[Ops, tuple[SSAValue]]:
    ops, parts, d = Ops(), list[SSAValue](), found.d
    runs = list(found.runs)
    low = high = 0
    if len(runs) > 1 and _is_zero(a if runs[0][2] else b):
        low = runs.pop(0)[1]
    if len(runs) > 1 and _is_zero(a if runs[-1][2] else b):
        start, end, _ = runs.pop()
        high = end - start
    for start, end, holds in runs:
        x = reshaped(a if holds else b, found.sizes, ops)
        offsets, sizes = [0] * len(found.sizes), list(found.sizes)
        offsets[d], sizes[d] = start, end - start
        whole = tuple(sizes) == found.sizes
        parts.append(x if whole else ops(ten.SliceOp(x, offsets, sizes)))
    value = parts[0] if len(parts) == 1 else ops(ten.ConcatOp(parts, d))
    if low or high:
        beside = ([n if e == d else 0 for e in range(len(found.sizes))] for n in (low, high))
        value = ops(ten.PadOp(value, *beside))
    return ops, (reshaped(value, shape(a.type), ops),)


def _is_zero(x: SSAValue) -> bool:
    """Whether all elements are the zero of a padding. The zero -0.0 is another one."""
    number = types.constant_value(x)
    if number is None and isinstance(x.owner, ten.BroadcastOp):
        number = types.constant_value(x.owner.x)
    return number == 0 and copysign(1, number) == 1


def _runs(mask: SSAValue, sizes: tuple[int, ...], p: int) -> Runs | None:
    """The runs of a mask that depends on dimension p alone."""
    space = Space(sizes)
    args = [space.arg(d) for d in range(len(sizes))]
    edges = set(range(1, sizes[p])) if sizes[p] <= FEW else _edges(space, mask, args, p)
    if edges is None or len(edges) >= FEW:
        return None
    ends = sorted(edges)
    runs: list[tuple[int, int, bool]] = []
    for start, end in zip([0, *ends], [*ends, sizes[p]], strict=True):
        args[p] = Form(start)
        if not _add(runs, start, end, space.element(mask, args)):
            return None
    return Runs(sizes, p, tuple(runs)) if len(runs) <= RUNS else None


def _digits(mask: SSAValue, sizes: tuple[int, ...], p: int) -> Runs | None:
    """The runs of a mask that depends on the place in dimension p modulo n alone, over n places."""
    space = Space(sizes)
    args = [space.arg(d) for d in range(len(sizes))]
    for n in sorted(_divisors(space, mask, args, p)):
        if not 1 < n <= FEW or sizes[p] % n or sizes[p] == n:
            continue
        split = (*sizes[:p], sizes[p] // n, n, *sizes[p + 1 :])
        wide = Space(split)
        at = [wide.arg(d + (d > p)) for d in range(len(sizes))]
        runs: list[tuple[int, int, bool]] = []
        for v in range(n):
            at[p] = n * wide.arg(p) + v
            if not _add(runs, v, v + 1, wide.element(mask, at)):
                break
        else:
            return Runs(split, p + 1, tuple(runs)) if len(runs) <= RUNS else None
    return None


def _add(runs: list[tuple[int, int, bool]], start: int, end: int, holds: object) -> bool:
    """Add a run, or make the last one longer. False if it is not known whether the mask holds."""
    if not isinstance(holds, bool):
        return False
    if runs and runs[-1][2] == holds:
        start, _, _ = runs.pop()
    runs.append((start, end, holds))
    return True


def _edges(space: Space, mask: SSAValue, at: list[Form], p: int, depth: int = 8) -> set[int] | None:
    """The places of dimension p at which a mask may change; None if there may be more of them."""
    op = mask.owner
    if depth == 0 or not isinstance(op, Operation):
        return None
    match op:
        case arith.ConstantOp():
            if types.constant_value(mask) is not None:
                return set()
            if len(at) > 1 or at[0].argument != p or space.domain[p] > LARGEST:
                return None
            holds = [space.element(mask, [Form(k)]) for k in range(space.domain[p])]
            return {k for k, (one, next) in enumerate(pairwise(holds), 1) if one != next}
        case ten.BroadcastOp() | ten.TransposeOp():
            return _edges(space, op.x, _moved(op, at), p, depth - 1)
        case arith.AndIOp() | arith.OrIOp() | arith.XOrIOp():
            parts = [_edges(space, x, at, p, depth - 1) for x in op.operands]
            return None if parts[0] is None or parts[1] is None else parts[0] | parts[1]
        case ten.CompareOp():
            a, b = (space.element(x, at) for x in op.operands)
            if not isinstance(a, Form) or not isinstance(b, Form):
                return None
            return _edges_of_comparison(space, op.predicate.data, a, b, p)
        case _:
            return None


LARGEST = 1024
"""A constant mask with more elements is not looked at."""


def _moved(op: ten.BroadcastOp | ten.TransposeOp, at: list[Form]) -> list[Form]:
    """The place in the operand of the element at a place."""
    if isinstance(op, ten.BroadcastOp):
        return [i for d, i in enumerate(at) if d not in ints(op.dims)]
    source = dict(zip(ints(op.perm), at))
    return [source[d] for d in range(len(at))]


def _edges_of_comparison(space: Space, predicate: str, a: Form, b: Form, p: int) -> set[int] | None:
    compared = space.compare(predicate, a, b)
    if isinstance(compared, bool):
        return set()
    if predicate in ("eq", "ne"):
        x = a - b
    elif isinstance(compared, AtLeastZero):
        x = compared.x
    else:
        return None
    multiple, c = x.affine_argument, x.constant
    if multiple is None or multiple[0] != p:
        return None
    k = multiple[1]
    if predicate in ("eq", "ne"):
        near = [-c // k, -c // k + 1] if c % k == 0 else []
    else:
        # k i + c ≥ 0 from i = ⌈-c / k⌉ on, or, for k < 0, up to i = ⌊c / -k⌋.
        near = [-(c // k) if k > 0 else c // -k + 1]
    return {e for e in near if 0 < e < space.domain[p]}


def _divisors(space: Space, mask: SSAValue, at: list[Form], p: int, depth: int = 8) -> set[int]:
    """By which numbers the comparisons of a mask divide the place in dimension p."""
    op = mask.owner
    if depth == 0:
        return set()
    match op:
        case ten.BroadcastOp() | ten.TransposeOp():
            return _divisors(space, op.x, _moved(op, at), p, depth - 1)
        case arith.AndIOp() | arith.OrIOp() | arith.XOrIOp():
            return {n for x in op.operands for n in _divisors(space, x, at, p, depth - 1)}
        case ten.CompareOp():
            forms = [f for x in op.operands if isinstance(f := space.element(x, at), Form)]
            return {
                atom.by
                for f in forms
                for atom in index_maps.atoms(f)
                if isinstance(atom, Quotient) and (k := atom.x.affine_argument) and k[0] == p
            }
        case _:
            return set()


def _is_moved(x: SSAValue, depth: int = 8) -> bool:
    """Whether a value is an array that is there, with its elements moved or repeated."""
    op = x.owner
    match op:
        case ten.BroadcastOp() | arith.ConstantOp() | ten.IotaOp() | ten.GatherOp():
            return True
        case ten.SliceOp() | ten.ReverseOp() | ten.TransposeOp() | ten.ReshapeOp() | ten.PadOp():
            return depth > 0 and _is_moved(op.operands[0], depth - 1)
        case ten.ConcatOp() | ten.StackOp():
            return depth > 0 and all(_is_moved(y, depth - 1) for y in op.operands)
        case _:
            return not isinstance(op, Operation)


# Stacks of slices.


class SliceOfStack(RewritePattern):
    """
    slice(stack(x, y, z), …)  →  stack(slice(y), slice(z))    where the slice takes y and z

    Requires: all uses of the stack are slices. Otherwise the program would keep the stack beside
    its parts.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.StackOp) or not types.size(op.result.type):
            return
        if not all(isinstance(use.operation, ten.SliceOp) for use in op.x.uses):
            return

        ops = Ops()
        (start, *offsets), (count, *sizes) = ints(op.offsets), ints(op.sizes)
        step, *strides = ints(op.strides)
        parts: list[SSAValue] = []
        for k in range(count):
            x = inner.xs[start + k * step]
            whole = shape(x.type) == tuple(sizes)
            parts.append(x if whole else ops(ten.SliceOp(x, offsets, sizes, strides)))
        ops(ten.StackOp(parts))
        rewriter.replace(op, ops)


class ReverseOfStack(RewritePattern):
    """
    reverse(stack(x, y), D)  →  stack(reverse(y, D without 0), reverse(x, D without 0))

    Requires: the rows change places, and the stack has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ReverseOp, rewriter: PatternRewriter):
        inner, dims = op.x.owner, ints(op.dims)
        if not isinstance(inner, ten.StackOp) or 0 not in dims or not has_one_use(op.x):
            return

        ops = Ops()
        rest = [d - 1 for d in dims if d]
        rows = [ops(ten.ReverseOp(x, rest)) if rest else x for x in reversed(inner.xs)]
        ops(ten.StackOp(rows))
        rewriter.replace(op, ops)


class ConcatOfRows(RewritePattern):
    """
    concat(stack(x, y), broadcast(z, [0]), dim 0)          →  stack(x, y, z)
    concat(broadcast(x, [d]), broadcast(y, [d]), dim d)  →  transpose(stack(x, y))

    Requires: no stack has another use; each broadcast has size 1 along d.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ConcatOp, rewriter: PatternRewriter):
        d, rows = op.dim.value.data, list[SSAValue]()
        for x in op.xs:
            match x.owner:
                case ten.StackOp() as inner if d == 0 and has_one_use(x):
                    rows.extend(inner.xs)
                case ten.BroadcastOp() as inner if shape(x.type)[d] == 1 and (
                    ints(inner.dims) == (d,) or not rank(inner.x.type)
                ):
                    rows.append(inner.x)
                case _:
                    return

        ops = Ops()
        sizes = [n for e, n in enumerate(shape(op.result.type)) if e != d]
        dims = range(len(sizes))
        same = [
            x if shape(x.type) == tuple(sizes) else ops(ten.BroadcastOp(x, dims, sizes))
            for x in rows
        ]
        value = ops(ten.StackOp(same))
        transposed(value, [*range(1, d + 1), 0, *range(d + 1, len(sizes) + 1)], ops)
        rewriter.replace(op, ops)


class GatherOfRepeat(MapRule):
    """
    gather(reshape(broadcast(x, D)), i ↦ f(i))  →  gather(x, i ↦ the digits of f(i) without D)

    Reads x itself, where the copies of its elements lie beside each other (np.repeat, np.tile).
    Requires: f(i) in bounds, for all dimensions; and the new map is a layout, unless the old one
    is none.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.ReshapeOp):
            return
        repeated, sizes = inner.x.owner, shape(op.t.type)
        if not isinstance(repeated, ten.BroadcastOp) or len(m.forms) != len(sizes):
            return
        if not m.in_bounds(sizes):
            return
        flat = Form(0)
        for f, n in zip(m.forms, sizes, strict=True):
            flat = flat * n + f
        digits: list[Form] = []
        for n in reversed(shape(repeated.result.type)):
            digits.append(m.space.remainder(flat, n))
            flat = m.space.quotient(flat, n)
        digits.reverse()
        new = m.with_forms(f for d, f in enumerate(digits) if d not in ints(repeated.dims))
        if not is_layout(new, shape(repeated.x.type)) and is_layout(m, sizes):
            return

        ops = Ops()
        _read(repeated.x, new, shape(op.result.type), op, ops)
        rewriter.replace(op, ops, (ops[-1].results[0],) if ops else (repeated.x,))


GATHERS = (GatherOfRepeat, GatherOfBraid)
SCATTERS = (ScatterOfBraid,)
RULES: tuple[type[RewritePattern], ...] = (
    SelectByPlace,
    SliceOfStack,
    ReverseOfStack,
    ConcatOfRows,
)
