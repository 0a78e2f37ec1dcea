"""
Write a sum of products of slices as one product of windows: `ten-join-windows`.

Needs:   no `ten.build` or delta terms; `ten-split-windows` may have run.
Leaves:  no sum of einsums of two operands that differ in fixed steps alone, if the einsum of all of
         them is a product of matrices that pays.
Keeps:   the value up to rounding: the order of the sums is another one. A sum of padded einsums
         becomes an einsum of a padded operand. So beside an infinite factor, the border has NaN,
         the product of infinity and the 0 of the padding.
Ends:    each sum is visited once, and has fewer terms after it.

A convolution that is written as a sum over shifts is a product for each shift, and so are its
derivatives. As one product, whose operand is a gather of windows, it is one kernel where the
machine computes a product tile by tile: the kernel reads the elements of each tile from the image,
and neither the windows nor the partial sums are in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from string import ascii_letters

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import Float64Type, ModuleOp, f32
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import kernel, ten, types
from ...dialects.ten.value_facts import has_one_use
from ...dialects.types import ints, shape
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from ...passes.rewriting.functions import functions
from .affine_reads import Line, Read, deepest, emitted, places_of, without_units
from .decompose import is_loop

RULE = "join-windows"
SHORTEST, NARROWEST = 16, 3
"""
The products that an element of the product adds up, and the product's rows and columns, at least. A
tile of fewer columns is mostly empty; but windows of many images wait for memory, not for that.
"""


class JoinWindowsPass(ModulePass):
    """
    Joins the products of a convolution that is written as a sum over shifts.

    Example:

        >>> def smooth(x, w):
        ...     return sum(x[k : k + 90] @ w[k] for k in range(3))
        >>> module = lg.trace(smooth, lg.spec((92, 16), "f32"), lg.spec((3, 16, 16), "f32"))
        >>> JoinWindowsPass().apply(ctx, module)
        >>> sum(op.name == "ten.einsum" for op in module.walk())
        1
    """

    name = "ten-join-windows"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            for block in function.body.blocks:
                for root in list(block.ops):
                    if isinstance(root, ten.StackOp):
                        _join_stack(root)
                    elif isinstance(root, arith.AddfOp) and root.parent and not _is_part(root):
                        _join_sum(root)


def are_windows(op: Operation) -> bool:
    """
    Whether a nest has results with more elements than the tensors that it reads, and only products
    read them. A kernel that computes a product tile by tile can read these tensors.
    """
    if not isinstance(op, kernel.GenericOp) or not op.res:
        return False
    loops = ints(op.loops)
    loaded = {inner.t for inner in op.block.ops if isinstance(inner, kernel.LoadOp)}
    users = [use.operation for x in op.res for use in x.uses]
    return (
        all(out == ("store", tuple(range(len(loops)))) for out in op.outputs)
        and prod(loops) > sum(types.size(t.type) for t in loaded)
        and all(isinstance(u, ten.EinsumOp) and u.parent is op.parent for u in users)
    )


@dataclass(frozen=True)
class Place:
    """
    A dimension of a result: from `at` on, it counts the letters, the last one fastest. The other
    elements are 0.
    """

    size: int
    letters: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True)
class Term:
    """
    The sum of products of two reads over all letters that are in no place. `way` are the ops that
    compute it.
    """

    reads: tuple[Read, Read]
    places: tuple[Place, ...]
    sizes: dict[str, int]
    element: Attribute
    """The type that it is converted to at the end, or has already."""
    way: tuple[Operation, ...]

    @property
    def starts(self) -> tuple[int, ...]:
        """The numbers in which the terms of a convolution differ."""
        lines = [line.start for read in self.reads for line in read.lines]
        return (*lines, *(p.at for p in self.places))

    def with_starts(self, starts: Sequence[int]) -> Term:
        rest = iter(starts)
        a, b = (
            Read(read.x, tuple(replace(line, start=next(rest)) for line in read.lines))
            for read in self.reads
        )
        return replace(
            self, reads=(a, b), places=tuple(replace(p, at=next(rest)) for p in self.places)
        )

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for terms that differ in their starts alone."""
        x, y = self.with_starts([0] * len(self.starts)).reads
        places = tuple((p.size, p.letters) for p in self.places)
        return x, y, places, tuple(self.sizes.items()), self.element

    def where(self, meant: dict[str, Line], sizes: dict[str, int]) -> Term:
        """The term with other letters, of these sizes, which its letters stand for."""
        a, b = (read.where(meant) for read in self.reads)
        return replace(self, reads=(a, b), sizes=sizes)

    def canonical(self) -> Term:
        """Its letters are a, b, …, in the order of the result, and then of the reads."""
        order = dict.fromkeys(c for p in self.places for c in p.letters)
        for read in self.reads:
            for line in read.lines:
                order |= dict.fromkeys(c for c, _ in line.moves)
        order |= dict.fromkeys(self.sizes)
        names = dict(zip(order, ascii_letters))
        sizes = {names[c]: self.sizes[c] for c in order}
        places = tuple(replace(p, letters=tuple(names[c] for c in p.letters)) for p in self.places)
        meant = {c: Line.letter(name) for c, name in names.items()}
        return replace(self.where(meant, sizes), places=places)

    @property
    def is_product(self) -> bool:
        """Whether it is a product of matrices: it sums over letters of both operands alone."""
        a, b = (set(read.letters) for read in self.reads)
        output = {c for p in self.places for c in p.letters}
        inner = (a & b) - output
        outer = a | b
        return (
            output <= outer
            and (a ^ b) <= output
            and set(self.sizes) == outer
            and all(prod(self.sizes[c] for c in part) >= NARROWEST for part in (a - b, b - a))
            and prod(self.sizes[c] for c in inner) >= SHORTEST
        )


@dataclass(frozen=True)
class Summand:
    """A value that is added up after some views of it, the first of which is the last one here."""

    x: SSAValue
    views: tuple[Operation, ...] = ()

    def written(self, e: Emitter) -> SSAValue:
        value = self.x
        for op in reversed(self.views):
            if value is not op.operands[0]:
                value = e(op.clone({op.operands[0]: value}))
            else:
                value = op.results[0]
        return value


VIEWS = (ten.SliceOp, ten.ReshapeOp, ten.TransposeOp, ten.IndexOp, ten.PadOp)


def _summands(root: Operation) -> Iterator[tuple[Summand, Operation]]:
    """What a sum adds up, in order, with the op that adds it; a view of a sum is a sum of views."""
    pending: list[tuple[SSAValue, tuple[Operation, ...], Operation]]
    pending = [(x, (), root) for x in reversed(root.operands)]
    while pending:
        x, views, user = pending.pop()
        op = x.owner
        if isinstance(op, arith.AddfOp) and has_one_use(x):
            pending += [(y, views, op) for y in reversed(op.operands)]
        elif isinstance(op, VIEWS) and _is_sum(x):
            pending.append((op.operands[0], (*views, op), op))
        else:
            yield Summand(x, views), user


def _is_sum(x: SSAValue) -> bool:
    """Whether a value is a sum, or a view of one, that only one op reads."""
    while has_one_use(x) and isinstance(x.owner, VIEWS):
        x = x.owner.operands[0]
    return has_one_use(x) and isinstance(x.owner, arith.AddfOp)


def _is_part(op: Operation) -> bool:
    """Whether a larger sum has the sum of `op` as a part."""
    while (use := op.results[0].get_unique_use()) is not None and use.operation.parent is op.parent:
        op = use.operation
        if isinstance(op, arith.AddfOp):
            return True
        if not isinstance(op, VIEWS):
            return False
    return False


class Letters:
    """Gives new letters."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        return f"n{self.given}"


def _join_sum(root: arith.AddfOp) -> None:
    """
    einsum("hc,co->ho", x[0:9], w[0]) + einsum("hc,co->ho", x[1:10], w[1]) + …
      →  einsum("htc,tco->ho", gather [9, 3, 16] x (h, t, c) { h + t, c }, w)
    pad(einsum("ho,co->hc", g, w[0])) + pad(einsum("ho,co->hc", g, w[1])) + …
      →  einsum("hto,tco->hc", gather [11, 3, 8] g (h, t, o) { h - t, o }, w)
    pad(einsum("hc,ho->co", x[0:9], g)) + pad(einsum("hc,ho->co", x[1:10], g)) + …
      →  einsum("htc,ho->tco", gather [9, 3, 16] x (h, t, c) { h + t, c }, g)

    One product for all shifts, and one sum; an element of x is not stored once for each shift.
    Requires: two or more einsums of the same values, which read them at places that differ by fixed
    steps. Only the sum needs them. The letters are those of a product of matrices of floats of 16
    or 32 bits that reuses each element, and an element adds up many products.
    """
    if not _is_short(root.result):
        return
    groups: dict[tuple[object, ...], list[Term]] = {}
    rest: list[Summand] = []
    origin: dict[int, Summand] = {}
    users: set[Operation] = set()
    for summand, user in _summands(root):
        users.add(user)
        term = _term(summand)
        if term is None:
            rest.append(summand)
        else:
            groups.setdefault(term.key, []).append(term)
            origin[id(term)] = summand
    e = Emitter.before(root).derived(root, RULE)
    joined: list[SSAValue] = []
    for group in groups.values():
        if (value := _one(group, users, root, e)) is not None:
            joined.append(value)
        else:
            rest += [origin[id(term)] for term in group]
    if not joined:
        return
    total, *others = joined + [summand.written(e) for summand in rest]
    for x in others:
        total = e.add(total, x)
    _replace(root, total)


def _join_stack(root: ten.StackOp) -> None:
    """
    stack(einsum("hc,ho->co", x[0:9], g), einsum("hc,ho->co", x[1:10], g), …)
      →  einsum("htc,ho->tco", gather [9, 3, 16] x (h, t, c) { h + t, c }, g)

    One product for all shifts, as for a sum: gradients of weights are such stacks.
    Requires: as for a sum; all operands are such einsums.
    """
    if not _is_short(root.result):
        return
    group: list[Term] = []
    for x in root.xs:
        term = _term(Summand(x))
        if term is None or (group and term.key != group[0].key):
            return
        group.append(term)
    size = len(group)
    placed = [replace(t, places=(Place(size, at=k), *t.places)) for k, t in enumerate(group)]
    e = Emitter.before(root).derived(root, RULE)
    value = _one(placed, {root}, root, e)
    if value is not None:
        _replace(root, value)


def _replace(root: Operation, value: SSAValue) -> None:
    """Put a value in the place of a sum or a stack, without what undoes its last op."""
    value.name_hint = root.results[0].name_hint
    operands, readers = [*root.operands], [use.operation for use in root.results[0].uses]
    Rewriter.replace_op(root, [], [value])
    _erase_unused(operands)
    last = value.owner
    if isinstance(last, ten.ReshapeOp | ten.CastOp):
        for op in readers:
            if type(op) is type(last) and op.results[0].type == last.x.type:
                Rewriter.replace_op(op, [], [last.x])
        _erase_unused([value])


def _is_short(x: SSAValue) -> bool:
    """Whether its elements are floats of 16 or 32 bits."""
    element = types.element(x.type)
    return types.is_float(element) and not isinstance(element, Float64Type)


def _one(
    group: Sequence[Term], users: set[Operation], root: Operation, e: Emitter
) -> SSAValue | None:
    """The sum of terms as one product, if only `users` read them, and it pays."""
    whole = _whole(group) if _is_only_for(users, group) else None
    value = None if whole is None else _written(whole, e)
    if value is not None:
        count(RULE)
        text = f"{len(group)} products of slices are one of windows"
        remarks.passed(JoinWindowsPass.name, RULE, root, text)
    return value


def _is_only_for(adds: set[Operation], group: Sequence[Term]) -> bool:
    """Whether only these sums read what the terms compute."""
    ops = {op for term in group for op in term.way}
    return all(u.operation in ops or u.operation in adds for op in ops for u in op.results[0].uses)


def _term(summand: Summand) -> Term | None:
    """An einsum of two operands, through the views that are taken of its result."""
    fresh = Letters()
    found = _viewed(summand.x, fresh)
    for op in reversed(summand.views):
        found = None if found is None else _view(op, found, fresh)
    if found is None or len(found.sizes) > len(ascii_letters) // 2:
        return None
    a, b = (deepest(read, found.sizes, fresh) for read in found.reads)
    return replace(found, reads=(a, b)).canonical()


def _viewed(x: SSAValue, fresh: Letters) -> Term | None:
    op = x.owner
    if isinstance(op, ten.EinsumOp):
        return _of_einsum(op, fresh)
    if not isinstance(op, (*VIEWS, ten.CastOp)):
        return None
    inner = _viewed(op.operands[0], fresh)
    term = None if inner is None else _view(op, inner, fresh)
    return None if term is None else replace(term, way=(*term.way, op))


def _view(op: Operation | Block, term: Term, fresh: Letters) -> Term | None:
    match op:
        case ten.PadOp() if not any(ints(op.interior)):
            return _padded(op, term, fresh)
        case ten.SliceOp():
            return _sliced(op, term, fresh)
        case ten.ReshapeOp():
            return _reshaped(op, term)
        case ten.IndexOp():
            return _indexed(op, term)
        case ten.TransposeOp():
            return replace(term, places=tuple(term.places[d] for d in ints(op.perm)))
        case ten.CastOp() if types.element(op.result.type) == f32:
            return replace(term, element=f32)  # rounds nothing
        case _:
            return None


def _of_einsum(op: ten.EinsumOp, fresh: Letters) -> Term | None:
    words, output = op.letters
    if len(words) != 2 or any(len(set(w)) < len(w) for w in (*words, output)):
        return None
    element = types.element(op.result.type)
    if any(types.element(x.type) != element for x in op.xs):
        return None
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, shape(x.type))}
    if 0 in sizes.values():
        return None
    names = {c: fresh() for c in sizes}
    a, b = (Read(x, tuple(Line.letter(names[c]) for c in word)) for word, x in zip(words, op.xs))
    places = tuple(Place(sizes[c], (names[c],)) for c in output)
    return Term((a, b), places, {names[c]: n for c, n in sizes.items()}, element, (op,))


def _padded(op: ten.PadOp, term: Term, fresh: Letters) -> Term | None:
    """
    Zeros around a letter are those outside of an operand, if the letter is an index over a whole
    dimension of it.
    """
    meant: dict[str, Line] = {}
    sizes, places = dict(term.sizes), list[Place]()
    for place, low, high in zip(term.places, ints(op.low), ints(op.high)):
        if not place.letters:
            places.append(Place(low + place.size + high, at=low + place.at))
        elif low or high:
            (letter,) = place.letters
            if not any(
                line == Line.letter(letter) and size == place.size
                for read in term.reads
                for line, size in zip(read.lines, shape(read.x.type))
            ):
                return None
            c = fresh()
            del sizes[letter]
            meant[letter] = Line(-low, ((c, 1),))
            sizes[c] = low + place.size + high
            places.append(Place(sizes[c], (c,)))
        else:
            places.append(place)
    return replace(term.where(meant, sizes), places=tuple(places))


def _sliced(op: ten.SliceOp, term: Term, fresh: Letters) -> Term | None:
    meant: dict[str, Line] = {}
    sizes, places = dict(term.sizes), list[Place]()
    for place, offset, size, stride in zip(
        term.places, ints(op.offsets), ints(op.sizes), ints(op.strides)
    ):
        if size == 0:
            return None
        if not place.letters:
            at = place.at - offset
            if stride != 1 or not 0 <= at < size:
                return None
            places.append(Place(size, at=at))
            continue
        c = fresh()
        (letter,) = place.letters
        del sizes[letter]
        meant[letter] = Line.of(offset, {c: stride})
        sizes[c] = size
        places.append(Place(size, (c,)))
    return replace(term.where(meant, sizes), places=tuple(places))


def _reshaped(op: ten.ReshapeOp, term: Term) -> Term | None:
    pairs = without_units(shape(op.x.type), shape(op.result.type))
    if pairs is None:
        return None
    places = [Place(1)] * len(shape(op.result.type))
    for d, e in pairs:
        places[e] = term.places[d]
    meant = {c: Line(0) for p in term.places for c in p.letters if p.size == 1}
    sizes = {c: n for c, n in term.sizes.items() if c not in meant}
    return replace(term.where(meant, sizes), places=tuple(places))


def _indexed(op: ten.IndexOp, term: Term) -> Term | None:
    at = places_of(op)
    if at is None:
        return None
    first, rest = term.places[: len(at)], term.places[len(at) :]
    if any(not p.letters and p.at != n for p, n in zip(first, at)):
        return None
    meant = {c: Line(n) for p, n in zip(first, at) for c in p.letters}
    sizes = {c: n for c, n in term.sizes.items() if c not in meant}
    return replace(term.where(meant, sizes), places=rest)


def _whole(group: Sequence[Term]) -> Term | None:
    """The sum of terms of one key as one term, if their starts are a grid."""
    if len(group) < 2:
        return None
    starts = sorted(term.starts for term in group)
    grid = _grid(starts)
    if grid is None:
        return None
    first = group[0].with_starts(starts[0])
    sizes, reads, places = dict(first.sizes), list(first.reads), list(first.places)
    free = (c for c in ascii_letters if c not in sizes)
    if len(sizes) + len(grid) > len(ascii_letters):
        return None
    for many, step in grid:
        letter = next(free)
        sizes[letter] = many
        rest = iter(step)
        for k, read in enumerate(reads):
            lines = [
                Line.of(line.start, {**dict(line.moves), letter: next(rest)}) for line in read.lines
            ]
            reads[k] = Read(read.x, tuple(lines))
        moved = [(d, n) for d, n in enumerate(rest) if n]
        if len(moved) > 1:
            return None
        for d, n in moved:
            # The grid has the letters that move the least first.
            place = places[d]
            if n != prod(sizes[c] for c in place.letters):
                return None
            places[d] = replace(place, letters=(letter, *place.letters))
    a, b = reads
    return replace(first, reads=(a, b), places=tuple(places), sizes=sizes)


def _grid(starts: Sequence[tuple[int, ...]]) -> list[tuple[int, tuple[int, ...]]] | None:
    """
    Counts and steps, if sorted vectors are first + Σ n_k * step_k for all 0 ≤ n_k < count_k.
    """
    first = starts[0]
    grid: list[tuple[int, tuple[int, ...]]] = []
    rows = list(starts)
    while len(rows) > 1:
        step = tuple(b - a for a, b in zip(rows[0], rows[1]))
        many = 1
        while many < len(rows) and rows[many] == _along(rows[0], step, many):
            many += 1
        if many == 1 or len(rows) % many or not any(step):
            return None
        grid.append((many, step))
        rows = rows[::many]
    found = sorted(
        tuple(x + sum(n * s[d] for n, (_, s) in zip(at, grid)) for d, x in enumerate(first))
        for at in product(*(range(n) for n, _ in grid))
    )
    return grid if found == list(starts) else None


def _along(start: Sequence[int], step: Sequence[int], n: int) -> tuple[int, ...]:
    return tuple(a + n * s for a, s in zip(start, step))


def _written(term: Term, e: Emitter) -> SSAValue | None:
    """The term as an einsum of what it reads, if it is a product of matrices that pays."""
    term = term.canonical()
    if not term.is_product:
        return None
    made = Emitter(e.place, e.location)
    operands = [emitted(read, term.sizes, made) for read in term.reads]
    output = "".join(c for p in term.places for c in p.letters)
    spec = ",".join(word for _, word in operands) + "->" + output
    op = ten.EinsumOp(spec, [x for x, _ in operands])
    value = made(op)
    if is_loop(op):
        _erase_unused([value])
        return None
    sizes = [prod(term.sizes[c] for c in p.letters) for p in term.places]
    if any(len(p.letters) != 1 for p in term.places):
        value = made(ten.ReshapeOp(value, sizes))
    low = [p.at for p in term.places]
    high = [p.size - p.at - n for p, n in zip(term.places, sizes)]
    if any((*low, *high)):
        value = made(ten.PadOp(value, low, high))
    if types.element(value.type) != term.element:
        value = made(ten.CastOp(value, term.element))
    return value


def _erase_unused(values: Sequence[SSAValue]) -> None:
    """Erase ops without effects that nobody reads any more."""
    pending = list(values)
    while pending:
        op = pending.pop().owner
        if (
            isinstance(op, Operation)
            and op.parent is not None
            and op.dialect_name() in ("ten", "arith")
        ):
            if not any(r.first_use for r in op.results):
                pending.extend(op.operands)
                Rewriter.erase_op(op)


__all__ = ["JoinWindowsPass", "are_windows"]
