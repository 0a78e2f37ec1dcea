"""
One table, many views: a computation on part of an array, or on the array in another order, is a
view of the computation on the whole.

    a = tanh v; b = tanh (transpose v); c = tanh v[3:5]
        →  a = tanh v; b = transpose a; c = a[3:5]
    tanh (broadcast v)
        →  broadcast (tanh v)
    a = exp v; b = exp (pad v)
        →  a = exp v; b = update (exp 0) a

Needs:   no terms.
Leaves:  of the divisions, roots and transcendental functions of a block, none that is a view of
         another one, or a padded view, and none with elements that are equal because its operands
         are broadcasts.
Keeps:   the value, bit for bit. Sharing: the largest computation stays and the others go, so that
         no computation is added. An op moves up to the first of its views, and no further.
Ends:    one walk with a table of computations, by what they compute and of which arrays.

An element of an elementwise op depends on elements of arrays at *places*: for each dimension of the
array a multiple of one index of the result, plus a constant. Transposes, reverses, slices,
broadcasts, and reads at constant indices only change places. If two ops compute the same function
of the same arrays, and the places of one are the places of the other at other indices, then the
first is a view of the second.

A padded array has one number around its elements, and an elementwise op on the padded array has the
result for this number around its own elements. The op moves in front of the padding if the block
computes it there anyway, or if at least half of its elements are padding. It moves in front of a
reshape if the block computes it there anyway, or if its elements are copies there.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import sharing, ten, types
from ...dialects.ten.value_facts import constant_indices
from ...dialects.types import ints, rank, shape
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.levels import Level
from ..sharing.copying import copy_op
from ..sharing.evaluations import is_heavy
from ..sharing.shared_terms import drop_broken_stamps
from . import index_maps
from .building import Ops, renumbered, transposed
from .padded import Box, Known, around, moved


class ShareViewsPass(ModulePass):
    """
    Computes a costly elementwise value once for an array, and takes views of the result.

    Example:

        >>> module = lg.trace(lambda v: np.tanh(v).sum() + np.tanh(v[1:3]).sum(), lg.spec(5))
        >>> ShareViewsPass().apply(ctx, module)
        >>> show(module)
        lambda = \\v -> let a = tanh v in sum a + sum a[1:3]
    """

    name = "ten-share-views"
    needs: ClassVar[Level] = Level.BULK

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        terms = Terms()
        for inner in list(ops_in(op)):
            for region in inner.regions:
                for block in region.blocks:
                    _in_block(block, terms)
        drop_broken_stamps(op, self.name)


@dataclass(frozen=True)
class Place:
    """
    k * (index `arg` of the result) + c: where an element of one dimension of an array is. The place
    is c for all elements if `arg` is None.
    """

    arg: int | None
    k: int
    c: int

    def at(self, places: Sequence[Place]) -> Place:
        """The place, with a place in the place of each index."""
        if self.arg is None:
            return self
        inner = places[self.arg]
        return Place(inner.arg, self.k * inner.k, self.k * inner.c + self.c)


Places = tuple[Place, ...]

MOST = 16
"""The most places of one computation. Beyond, a part of it counts as an array of its own."""


@dataclass
class Terms:
    """
    What the values of a block compute: a number that says which function of which arrays, and the
    places of the elements.
    """

    table: dict[Hashable, int] = field(default_factory=dict)
    known: dict[SSAValue, tuple[int, Places]] = field(default_factory=dict)

    def number(self, key: Hashable) -> int:
        return self.table.setdefault(key, len(self.table))

    def of(self, value: SSAValue) -> tuple[int, Places]:
        if value not in self.known:
            self.known[value] = self._of(value)
        return self.known[value]

    def _of(self, value: SSAValue) -> tuple[int, Places]:
        op, places = _through(value)
        if op is not None:
            (x, *_) = op.operands
            number, inner = self.of(x)
            return number, tuple(p.at(places) for p in inner)
        owner = value.owner
        if (constant := types.constant_value(value)) is not None:
            return self.number(("number", str(constant), types.element(value.type))), ()
        if isinstance(owner, Operation) and is_elementwise(owner):
            parts = [self.of(x) for x in owner.operands]
            inner = tuple(p for _, own in parts for p in own)
            if len(inner) <= MOST:
                counts = tuple((number, len(own)) for number, own in parts)
                properties = frozenset(owner.properties.items())
                element = types.element(value.type)
                return self.number((owner.name, properties, element, counts)), inner
        return self.number(value), tuple(Place(d, 1, 0) for d in range(rank(value.type)))


def is_elementwise(op: Operation) -> bool:
    """Whether an element of the only result depends on the elements at the same place alone."""
    if len(op.results) != 1 or op.regions or not op.operands:
        return False
    if isinstance(op.results[0].type, types.Term):
        return False
    if op.dialect_name() not in ("arith", "math") and not isinstance(
        op, ten.SelectOp | ten.CastOp | ten.CompareOp | ten.FloatFunctionOp
    ):
        return False
    sizes = shape(op.results[0].type)
    return all(shape(x.type) in (sizes, ()) for x in op.operands)


def _through(value: SSAValue) -> tuple[Operation | None, Places]:
    """
    If an op only changes places: the op, and for each dimension of its operand the place of the
    element.
    """
    op = value.owner
    args = [Place(d, 1, 0) for d in range(rank(value.type))]
    match op:
        case ten.TransposeOp():
            source = dict(zip(ints(op.perm), args))
            return op, tuple(source[d] for d in range(len(args)))
        case ten.ReverseOp():
            sizes, dims = shape(op.x.type), ints(op.dims)
            return op, tuple(
                Place(d, -1, n - 1) if d in dims else args[d] for d, n in enumerate(sizes)
            )
        case ten.SliceOp():
            return op, tuple(
                Place(d, k, c) for d, (k, c) in enumerate(zip(ints(op.strides), ints(op.offsets)))
            )
        case ten.BroadcastOp():
            return op, tuple(p for d, p in enumerate(args) if d not in ints(op.dims))
        case ten.GatherOp() if (places := _places_of(op)) is not None:
            return op, places
        case ten.IndexOp() if op.indices:
            numbers = constant_indices(op.indices)
            fixed = [
                Place(None, 0, i)
                for i, n in zip(numbers, shape(op.t.type))
                if i is not None and 0 <= i < n
            ]
            if len(fixed) == len(numbers):
                return op, (*fixed, *args)
            return None, ()
        case _:
            return None, ()


def _places_of(op: ten.GatherOp) -> Places | None:
    """The place of each element of a gather, if each index is a multiple of one argument."""
    m = index_maps.index_map(op)
    if m is None or not m.in_bounds(shape(op.t.type)[: len(m.forms)]):
        return None
    # A domain may have lost arguments that are always 0, and none moves.
    found: list[Place] = []
    for f in m.forms:
        if f.number is not None:
            found.append(Place(None, 0, f.number))
        elif f.affine_argument is not None:
            arg, k = f.affine_argument
            found.append(Place(arg, k, f.constant))
        else:
            return None
    rest = range(len(op.domain), rank(op.result.type))
    return (*found, *(Place(d, 1, 0) for d in rest))


@dataclass(frozen=True)
class Computation:
    op: Operation
    places: Places

    @property
    def sizes(self) -> tuple[int, ...]:
        return shape(self.op.results[0].type)

    @property
    def spare(self) -> list[int]:
        """The dimensions along which all elements are equal."""
        used = {p.arg for p in self.places}
        return [d for d, n in enumerate(self.sizes) if d not in used and n > 1]

    @property
    def rank_as_whole(self) -> tuple[int, int]:
        """
        The least is the best one to keep: the largest, and of these the one that reads its arrays
        in order.
        """
        moved = sum((p.k, p.c) != (1, 0) for p in self.places)
        args = [p.arg for p in self.places if p.arg is not None]
        return -types.size(self.op.results[0].type), moved + sum(a > b for a, b in pairwise(args))


def _in_block(block: Block, terms: Terms) -> None:
    groups: dict[int, list[Computation]] = {}
    for op in list(block.ops):
        if is_heavy(op) and is_elementwise(op):
            op = _narrowed(op, terms)
            number, places = terms.of(op.results[0])
            groups.setdefault(number, []).append(Computation(op, places))
    _before_layouts(block, groups, terms)
    for group in groups.values():
        left = group
        for whole in sorted(group, key=lambda c: c.rank_as_whole):
            if whole in left and len(left) > 1:
                left = _share(whole, left)


def _before_layouts(block: Block, groups: dict[int, list[Computation]], terms: Terms) -> None:
    """
    Compute what is inside of a padding, or in the shape before a reshape, where that saves
    evaluations, and pad or reshape the result.
    """
    ops = [op for op in block.ops if is_heavy(op) and is_elementwise(op)]
    # Another heavy op on the way would be computed twice.
    known = Known(lambda inner: is_elementwise(inner) and not is_heavy(inner))
    found = [_inside(op, known, terms) for op in ops]
    inner: dict[int, list[Computation]] = {}
    for x in found:
        if x is not None:
            inner.setdefault(x[0], []).append(x[1])
    changed, numbers = False, dict[int, SSAValue]()
    for op, before in zip(ops, found, strict=True):
        # The operand may be padded only since an op in front of this one moved.
        if (before is None and not changed) or (x := known.padded(op)) is None:
            continue
        made = Ops()
        value = x.inside(made)
        number, places = terms.of(value)
        c = Computation(made[-1], places)
        others = [*groups.get(number, []), *inner.get(number, [])]
        shared = sum(_is_shared(c, other) for other in others) > (before is not None)
        n, whole = types.size(value.type), types.size(op.results[0].type)
        box = x.box
        assert box is not None
        if isinstance(box, Box):
            saves = n < whole and (shared or 2 * n <= whole or bool(c.spare))
        elif n == whole:
            saves = shared or bool(c.spare)
        else:
            # The view takes some elements, so that all of them must be there anyway.
            saves = any(view_of(other, c) is not None for other in groups.get(number, []))
        if not n or not saves:
            _discard(made)
            continue
        if isinstance(box, Box):
            beside = Ops()
            number_beside, _ = terms.of(x.outside(beside))
            if number_beside in numbers:
                _discard(beside)
            else:
                numbers[number_beside] = beside[-1].results[0]
                made.extend(beside)
            around(value, numbers[number_beside], box, shape(op.results[0].type), made)
        else:
            moved(value, x, made)
        group = groups[terms.of(op.results[0])[0]]
        group[:] = [one for one in group if one.op is not op]
        Rewriter.replace_op(op, made)
        known.values.clear()
        narrow = _narrowed(c.op, terms)
        if narrow is not c.op:
            number, places = terms.of(narrow.results[0])
            c = Computation(narrow, places)
        groups.setdefault(number, []).append(c)
        changed = True
        count("ten-share-views")
    if changed:
        order = {op: k for k, op in enumerate(block.ops)}
        for group in groups.values():
            group.sort(key=lambda one: order[one.op])


def _inside(op: Operation, known: Known, terms: Terms) -> tuple[int, Computation] | None:
    """The op inside of a layout op, and what it computes. It is not part of the block."""
    if (x := known.padded(op)) is None:
        return None
    made = Ops()
    number, places = terms.of(x.inside(made))
    computed = made[-1]
    _discard(made)
    return number, Computation(computed, places)


def _discard(ops: Ops) -> None:
    for op in reversed(ops):
        op.erase()


def _is_shared(a: Computation, b: Computation) -> bool:
    return view_of(a, b) is not None or view_of(b, a) is not None


def _narrowed(op: Operation, terms: Terms) -> Operation:
    """The op over those dimensions that its elements depend on. A broadcast replaces the op."""
    sizes = shape(op.results[0].type)
    spare = Computation(op, terms.of(op.results[0])[1]).spare
    if not spare:
        return op
    ops = Ops()
    xs = [first_along(x, spare, ops) if rank(x.type) else x for x in op.operands]
    left = [n for d, n in enumerate(sizes) if d not in spare]
    type = types.of_shape(left, types.element(op.results[0].type))
    narrow = copy_op(op, xs, [type])
    value = ops(narrow)
    ops(ten.BroadcastOp(value, spare, sizes))
    Rewriter.replace_op(op, ops)
    count("ten-share-views")
    return narrow


def first_along(x: SSAValue, dims: Sequence[int], ops: Ops) -> SSAValue:
    """The elements of x at the first place of `dims`, along which all elements are equal."""
    if not dims:
        return x
    op = x.owner
    left = [n for d, n in enumerate(shape(x.type)) if d not in dims]
    if (number := types.constant_value(x)) is not None:
        return ops(types.constant(number, types.of_shape(left, types.element(x.type))))
    match op:
        case ten.BroadcastOp():
            added = ints(op.dims)
            own = [d for d in range(rank(x.type)) if d not in added]
            y = first_along(op.x, [own.index(d) for d in dims if d in own], ops)
            more = renumbered([d for d in added if d not in dims], dims)
            return ops(ten.BroadcastOp(y, more, left)) if more else y
        case ten.TransposeOp():
            perm = ints(op.perm)
            gone = [perm[d] for d in dims]
            y = first_along(op.x, sorted(gone), ops)
            order = renumbered([p for d, p in enumerate(perm) if d not in dims], gone)
            return transposed(y, order, ops)
        case ten.ReverseOp():
            flips = renumbered(ints(op.dims), dims)
            y = first_along(op.x, dims, ops)
            return ops(ten.ReverseOp(y, flips)) if flips else y
        case ten.SliceOp():
            y = first_along(op.x, dims, ops)
            kept = [d for d in range(rank(x.type)) if d not in dims]
            offsets, strides = ([v[d] for d in kept] for v in (ints(op.offsets), ints(op.strides)))
            return ops(ten.SliceOp(y, offsets, left, strides))
        case ten.GatherOp():
            others = [d for d in range(rank(x.type)) if d not in dims]
            y = transposed(x, [*dims, *others], ops)
            return ops(ten.IndexOp(y, [ops(types.constant(0, ten.index_type)) for _ in dims]))
        case ten.IndexOp():
            y = first_along(op.t, [d + len(op.indices) for d in dims], ops)
            return ops(ten.IndexOp(y, op.indices))
        case _:
            assert isinstance(op, Operation) and is_elementwise(op)
            xs = [first_along(y, dims, ops) if rank(y.type) else y for y in op.operands]
            type = types.of_shape(left, types.element(x.type))
            return ops(copy_op(op, xs, [type]))


def _share(whole: Computation, group: list[Computation]) -> list[Computation]:
    """Replace those of the group that are views of `whole`. Return the others."""
    views = [(c, h) for c in group if c is not whole and (h := view_of(whole, c)) is not None]
    if views:
        first = next(c for c in group if c is whole or any(c is v for v, _ in views))
        _move_up(whole.op, first.op)
        kept = _name_of(whole.op)
        for c, h in views:
            ops = Ops()
            value = write(kept, h, c.sizes, ops)
            Rewriter.replace_op(c.op, ops, [value])
            count("ten-share-views")
    gone = [c for c, _ in views]
    return [c for c in group if c is not whole and not any(c is v for v in gone)]


def _name_of(op: Operation) -> SSAValue:
    """The value of an op; its let, if the op has one. The let then stands right behind the op."""
    for use in op.results[0].uses:
        let = use.operation
        if isinstance(let, sharing.LetOp) and let.parent is op.parent:
            let.detach()
            Rewriter.insert_op(let, InsertPoint.after(op))
            return let.result
    return op.results[0]


def _move_up(op: Operation, to: Operation) -> None:
    """
    Move an op in front of an op of its block, with the ops that it needs. All of them are views of
    arrays, or elementwise ops on these, and the arrays are in front.
    """
    block = to.parent
    assert block is not None
    later: dict[Operation, None] = {}
    following: Operation | None = to
    while following is not None:
        later[following] = None
        following = following.next_op
    if op is to or op not in later:
        return
    needed: set[Operation] = set()
    pending = [op]
    while pending:
        x = pending.pop()
        if x in later and x not in needed:
            needed.add(x)
            pending.extend(y.owner for y in x.operands if isinstance(y.owner, Operation))
    for x in later:
        if x in needed:
            x.detach()
            Rewriter.insert_op(x, InsertPoint.before(to))


def view_of(whole: Computation, part: Computation) -> Places | None:
    """
    For each dimension of `whole` the place of an element of `part`, if `part` is a view of `whole`.
    """
    found: list[Place] = []
    for p, n in enumerate(whole.sizes):
        place = next(
            (
                _solved(f, g)
                for f, g in zip(whole.places, part.places, strict=True)
                if f.arg == p and f.k
            ),
            Place(None, 0, 0),
        )
        if place is None or not _is_within(place, n, part.sizes):
            return None
        found.append(place)
    used = [p.arg for p in found if p.arg is not None]
    if len(set(used)) < len(used):
        return None  # a diagonal is no view
    same = all(f.at(found) == g for f, g in zip(whole.places, part.places, strict=True))
    return tuple(found) if same else None


def _solved(f: Place, g: Place) -> Place | None:
    """The index x with f(x) = g."""
    if g.k % f.k or (g.c - f.c) % f.k:
        return None
    return Place(g.arg, g.k // f.k, (g.c - f.c) // f.k)


def _is_within(place: Place, size: int, sizes: Sequence[int]) -> bool:
    ends = [place.c]
    if place.arg is not None:
        ends.append(place.c + place.k * (sizes[place.arg] - 1))
    return all(0 <= end < size for end in ends)


def write(t: SSAValue, places: Places, sizes: tuple[int, ...], ops: Ops) -> SSAValue:
    """The array of these sizes whose elements are those of t at `places`, by layout ops."""
    own = [d for d, p in enumerate(places) if p.arg is not None]
    fixed = [d for d in range(len(places)) if d not in own]
    if fixed:
        t = transposed(t, [*fixed, *own], ops)
        indices = [ops(types.constant(places[d].c, ten.index_type)) for d in fixed]
        t = ops(ten.IndexOp(t, indices))
    args = [p.arg for p in places if p.arg is not None]
    counts = [sizes[arg] for arg in args]
    steps = [places[d].k for d in own]
    first = [min(p.c, p.c + p.k * (n - 1)) for p, n in zip([places[d] for d in own], counts)]
    strides = [abs(k) if n > 1 else 1 for k, n in zip(steps, counts)]
    if counts != list(shape(t.type)) or any(k != 1 for k in strides):
        t = ops(ten.SliceOp(t, first, counts, strides))
    if flips := [d for d, (k, n) in enumerate(zip(steps, counts)) if k < 0 and n > 1]:
        t = ops(ten.ReverseOp(t, flips))
    t = transposed(t, sorted(range(len(args)), key=args.__getitem__), ops)
    if more := [d for d in range(len(sizes)) if d not in args]:
        t = ops(ten.BroadcastOp(t, more, sizes))
    return t
