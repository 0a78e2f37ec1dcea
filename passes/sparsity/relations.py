"""
Relations: which elements of an input an element of a value may depend on.

A `Pattern` is a union of pieces. A piece is strided, or a table of pairs. All elements are numbered
in row-major order, so a piece knows the shape of its value, and the input is one row of elements.
A strided piece of a value y and an input x says

    y[i…] reads x[start + Σ steps_d · i_d + Σ s · f]  for low ≤ i < high, f < n, (s, n) free

Reads, layouts, joins and sums of strided pieces are strided pieces again, without loss, in all but
a few cases. Those cases become tables. Every function here is exact, or it gives a superset: a
pattern that misses a dependence would be a silent wrong derivative.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

LIMIT = 1 << 24
"""The most pairs of one table."""
MOST_PIECES = 48
"""The most pieces of a pattern; more become one table."""

Numbers = np.ndarray
Shape = tuple[int, ...]
Form = tuple[int, tuple[int, ...]]
"""An index: a constant, and one coefficient for each index argument."""


class TooManyPairs(Exception):
    """A relation has more pairs than a table may have."""


@dataclass(frozen=True)
class Strided:
    """A box of places, each of which reads the input in equal steps."""

    input: int
    low: Shape
    high: Shape
    start: int
    steps: tuple[int, ...]
    free: tuple[tuple[int, int], ...] = ()

    @property
    def counts(self) -> Shape:
        return tuple(b - a for a, b in zip(self.low, self.high))

    @property
    def pairs(self) -> int:
        return prod(self.counts) * prod(n for _, n in self.free)


@dataclass(frozen=True, eq=False)
class Table:
    """Pairs (row, column): element `rows[k]` of the value reads element `columns[k]`."""

    input: int
    rows: Numbers
    columns: Numbers

    @property
    def pairs(self) -> int:
        return len(self.rows)


Piece = Strided | Table
Pattern = tuple[Piece, ...]


def whole(input: int, shape: Shape) -> Pattern:
    """The pattern of the input itself: each element reads itself."""
    return strided(input, (0,) * len(shape), shape, 0, row_major(shape))


def all_of(input: int, size: int, shape: Shape) -> Pattern:
    """Each element of a value reads all elements of an input."""
    return strided(input, (0,) * len(shape), shape, 0, (0,) * len(shape), [(1, size)])


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """The distance of neighbours along each dimension, in elements."""
    return tuple(prod(shape[d + 1 :]) for d in range(len(shape)))


def strided(
    input: int,
    low: Sequence[int],
    high: Sequence[int],
    start: int,
    steps: Sequence[int],
    free: Iterable[tuple[int, int]] = (),
) -> Pattern:
    """A strided piece in its normal form, so that equal relations mostly are equal pieces."""
    if any(a >= b for a, b in zip(low, high)):
        return ()
    kept = list(steps)
    for d, (a, b) in enumerate(zip(low, high)):
        if b - a == 1:  # the only place along this dimension
            start += kept[d] * a
            kept[d] = 0
    ranges: list[tuple[int, int]] = []
    for step, n in free:
        if n <= 0:
            return ()
        if step < 0:
            start += step * (n - 1)
            step = -step
        if step and n > 1:
            ranges.append((step, n))
    return (Strided(input, tuple(low), tuple(high), start, tuple(kept), _joined(ranges)),)


def _joined(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges of free numbers; two that reach a row of numbers without a gap are one."""
    found: list[tuple[int, int]] = []
    for step, n in sorted(ranges):
        if found and step % found[-1][0] == 0 and step // found[-1][0] <= found[-1][1]:
            s, m = found[-1]
            found[-1] = s, m + step // s * (n - 1)
        else:
            found.append((step, n))
    return tuple(found)


def united(*patterns: Pattern, shape: Shape) -> Pattern:
    """
    The union of patterns of one value with this shape.

    Errors: `TooManyPairs`.
    """
    first = patterns[0] if patterns else ()
    if all(p is first or not p for p in patterns[1:]):
        return first
    pieces = list(dict.fromkeys(piece for pattern in patterns for piece in pattern))
    strided_ones = [p for p in pieces if isinstance(p, Strided)]
    tables = [p for p in pieces if isinstance(p, Table)]
    if len(strided_ones) > 1:
        strided_ones = [
            p for p in strided_ones if not any(p is not q and _covers(q, p) for q in strided_ones)
        ]
    if len(strided_ones) > MOST_PIECES:
        return tuple(
            table
            for input in dict.fromkeys(p.input for p in pieces)
            for table in _one_table(input, [p for p in pieces if p.input == input], shape)
        )
    for input in dict.fromkeys(p.input for p in tables):
        group = [p for p in tables if p.input == input]
        if len(group) > 1:
            tables = [p for p in tables if p.input != input] + list(_one_table(input, group, shape))
    return (*strided_ones, *tables)


def _covers(a: Strided, b: Strided) -> bool:
    """Whether it is plain that the pairs of `b` are among those of `a`."""
    if a.input != b.input or a.free != b.free or a == b:
        return False
    inside = all(x <= y for x, y in zip(a.low, b.low)) and all(
        x >= y for x, y in zip(a.high, b.high)
    )
    # The normal form of `b` moves the steps along dimensions of one place into the start.
    return inside and _start(a, b) == b.start and _same_steps(a, b)


def _start(a: Strided, b: Strided) -> int:
    single = [k for k, n in enumerate(b.counts) if n == 1]
    return a.start + sum(a.steps[k] * b.low[k] for k in single)


def _same_steps(a: Strided, b: Strided) -> bool:
    return all(s == t or n == 1 for s, t, n in zip(a.steps, b.steps, b.counts))


def _one_table(input: int, pieces: Sequence[Piece], shape: Shape) -> Pattern:
    """All pieces, as one table."""
    if sum(p.pairs for p in pieces) > LIMIT:
        raise TooManyPairs
    found = [pairs_of(p, shape) for p in pieces]
    rows = np.concatenate([r for r, _ in found])
    columns = np.concatenate([c for _, c in found])
    return table(input, rows, columns)


def table(input: int, rows: Numbers, columns: Numbers) -> Pattern:
    """A table of these pairs, each once, in the order of rows and columns."""
    if not len(rows):
        return ()
    rows, columns = each_once(rows, columns)
    return (Table(input, rows, columns),)


def each_once(rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
    """Pairs in the order of rows and columns, without repeats."""
    if not len(rows):
        return rows, columns
    width = int(columns.max()) + 1
    keys = rows * width + columns
    if len(keys) > 1 and not (keys[1:] > keys[:-1]).all():
        keys = np.sort(keys, kind="stable")  # pieces are runs in order
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
        rows, columns = np.divmod(keys, width)
    return rows, columns


def pairs_of(piece: Piece, shape: Shape, most: int = LIMIT) -> tuple[Numbers, Numbers]:
    """
    All pairs of a piece of a value with this shape; a pair may come twice.

    Errors: `TooManyPairs`.
    """
    if isinstance(piece, Table):
        return piece.rows, piece.columns
    if piece.pairs > most:
        raise TooManyPairs
    rows, columns = np.zeros((), np.int64), np.full((), piece.start, np.int64)
    for a, b, distance, step in zip(piece.low, piece.high, row_major(shape), piece.steps):
        i = np.arange(a, b)
        rows = rows[..., None] + i * distance
        columns = columns[..., None] + i * step
    for step, n in piece.free:
        rows = np.repeat(rows[..., None], n, axis=-1)
        columns = columns[..., None] + np.arange(n) * step
    return rows.ravel(), columns.ravel()


def composed(piece: Piece, shape: Shape, places: Numbers, sources: Numbers) -> Pattern:
    """
    The pattern of a value whose element `places[k]` reads element `sources[k]` of a value with this
    piece, for each k.

    Errors: `TooManyPairs`.
    """
    rows, columns = each_once(*pairs_of(piece, shape))
    lengths = np.bincount(rows, minlength=prod(shape))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    counts = lengths[sources]
    total = int(counts.sum())
    if total > LIMIT:
        raise TooManyPairs
    before = np.cumsum(counts) - counts
    chosen = columns[np.repeat(starts[sources] - before, counts) + np.arange(total)]
    return table(piece.input, np.repeat(places, counts), chosen)


def identity(shape: Sequence[int]) -> list[Form]:
    """The index arguments themselves."""
    n = len(shape)
    return [(0, tuple(int(d == k) for k in range(n))) for d in range(n)]


def pulled(pattern: Pattern, source: Shape, forms: Sequence[Form], domain: Shape) -> Pattern:
    """
    The pattern of y with y[i…] = x[forms(i)…] for i in the domain, 0 outside; x has the shape
    `source`.

    Errors: `TooManyPairs`.
    """
    found: list[Pattern] = []
    read: tuple[Numbers, Numbers] | None = None
    for piece in pattern:
        made = _pulled_piece(piece, forms, domain) if isinstance(piece, Strided) else None
        if made is None:
            read = _reads(source, forms, domain) if read is None else read
            made = composed(piece, source, *read)
        found.append(made)
    return united(*found, shape=domain) if found else ()


def _pulled_piece(piece: Strided, forms: Sequence[Form], domain: Shape) -> Pattern | None:
    low, high = [0] * len(domain), list(domain)
    several: list[tuple[Form, int, int]] = []
    for (constant, by), a, b in zip(forms, piece.low, piece.high):
        used = [d for d, k in enumerate(by) if k and domain[d] > 1]
        if not used:
            if not a <= constant < b:
                return ()
        elif len(used) == 1:
            (d,), k = used, by[used[0]]
            first, last = (a - constant, b - 1 - constant)
            if k < 0:
                first, last, k = -last, -first, -k
            low[d] = max(low[d], -(-first // k))
            high[d] = min(high[d], last // k + 1)
        else:
            several.append(((constant, by), a, b))
    if any(a >= b for a, b in zip(low, high)):
        return ()
    for (constant, by), a, b in several:
        ends = [sorted((k * x, k * (y - 1))) for k, x, y in zip(by, low, high)]
        least, greatest = (constant + sum(e[side] for e in ends) for side in (0, 1))
        if greatest < a or least >= b:
            return ()
        if least < a or greatest >= b:
            return None  # an oblique cut through the box
    start = piece.start + sum(s * c for s, (c, _) in zip(piece.steps, forms))
    steps = [sum(s * by[d] for s, (_, by) in zip(piece.steps, forms)) for d in range(len(domain))]
    return strided(piece.input, low, high, start, steps, piece.free)


def _reads(source: Shape, forms: Sequence[Form], domain: Shape) -> tuple[Numbers, Numbers]:
    """The places of a domain that read inside of `source`, and the elements that they read."""
    if prod(domain) > LIMIT:
        raise TooManyPairs
    indices = []
    for constant, by in forms:
        index = np.full((1,) * len(domain), constant, np.int64)
        for d, k in enumerate(by):
            if k:
                counts = np.arange(domain[d]) * k
                index = index + counts.reshape([-1 if e == d else 1 for e in range(len(domain))])
        indices.append(index)
    return read_at(source, indices, domain)


def read_at(source: Shape, indices: Sequence[Numbers], domain: Shape) -> tuple[Numbers, Numbers]:
    """
    The places of a domain at which these indices are inside of `source`, and the elements that are
    there.
    """
    if prod(domain) > LIMIT:
        raise TooManyPairs
    inside, element = np.True_, np.int64(0)
    for index, n, distance in zip(indices, source, row_major(source)):
        inside = inside & (index >= 0) & (index < n)
        element = element + index * distance
    inside = np.broadcast_to(inside, domain).ravel()
    places = np.flatnonzero(inside)
    return places, np.broadcast_to(element, domain).ravel()[places].astype(np.int64)


def summed(pattern: Pattern, source: Shape, dims: Sequence[int]) -> Pattern:
    """The pattern of a value that joins all elements along dimensions, as a sum does."""
    if not pattern or not dims:
        return pattern
    kept = [d for d in range(len(source)) if d not in dims]
    target = tuple(source[d] for d in kept)
    found = []
    for piece in pattern:
        if isinstance(piece, Strided):
            gone = [(piece.steps[d], piece.high[d] - piece.low[d]) for d in dims]
            start = piece.start + sum(piece.steps[d] * piece.low[d] for d in dims)
            low, high, steps = (
                [values[d] for d in kept] for values in (piece.low, piece.high, piece.steps)
            )
            found.append(strided(piece.input, low, high, start, steps, [*piece.free, *gone]))
        else:
            at = np.unravel_index(piece.rows, source)
            rows = np.zeros_like(piece.rows)
            for d, distance in zip(kept, row_major(target)):
                rows += at[d] * distance
            found.append(table(piece.input, rows, piece.columns))
    return united(*found, shape=target)


def spread(pattern: Pattern, source: Shape, dims: Sequence[int], target: Shape) -> Pattern:
    """The pattern of a value with new dimensions at `dims`, along which it repeats."""
    if not dims:
        return pattern
    kept = [d for d in range(len(target)) if d not in dims]
    forms: list[Form] = [(0, tuple(int(e == d) for e in range(len(target)))) for d in kept]
    return pulled(pattern, source, forms, target)


def mixed(pattern: Pattern, shape: Shape, dims: Sequence[int]) -> Pattern:
    """The pattern of a value in which all elements along some dimensions depend on each other."""
    rest = tuple(n for d, n in enumerate(shape) if d not in dims)
    return spread(summed(pattern, shape, dims), rest, dims, shape)


def put(
    pattern: Pattern, source: Shape, offsets: Sequence[int], every: Sequence[int], target: Shape
) -> Pattern:
    """
    The pattern of y with y[offsets + i · every] = x[i], nothing elsewhere. Places outside drop.

    Errors: `TooManyPairs`.
    """
    found = []
    pushed: tuple[Numbers, Numbers] | None = None
    for piece in pattern:
        plain = isinstance(piece, Strided) and all(
            k == 1 or b - a <= 1 for k, a, b in zip(every, piece.low, piece.high)
        )
        if plain:
            assert isinstance(piece, Strided)
            by = [o + (k - 1) * a for o, k, a in zip(offsets, every, piece.low)]
            low = [max(a + o, 0) for a, o in zip(piece.low, by)]
            high = [min(b + o, n) for b, o, n in zip(piece.high, by, target)]
            start = piece.start - sum(s * o for s, o in zip(piece.steps, by))
            found.append(strided(piece.input, low, high, start, piece.steps, piece.free))
            continue
        if pushed is None:
            grid = np.indices(source, sparse=True)
            at = [o + k * i for o, k, i in zip(offsets, every, grid)]
            sources, places = read_at(target, at, source)
            pushed = places, sources
        found.append(composed(piece, source, *pushed))
    return united(*found, shape=target) if found else ()


def restricted(pattern: Pattern, shape: Shape, kept: Numbers) -> Pattern:
    """The pattern at the places where the mask `kept` holds, and nothing elsewhere."""
    mask = np.broadcast_to(kept, shape)
    if mask.all():
        return pattern
    if not mask.any():
        return ()
    ends = [(int(i.min()), int(i.max()) + 1) for i in np.nonzero(mask)]
    box = tuple(slice(a, b) for a, b in ends)
    found = []
    places = None
    for piece in pattern:
        if isinstance(piece, Strided) and mask[box].all():
            low = [max(a, b) for a, (b, _) in zip(piece.low, ends)]
            high = [min(a, b) for a, (_, b) in zip(piece.high, ends)]
            found.append(strided(piece.input, low, high, piece.start, piece.steps, piece.free))
            continue
        places = np.flatnonzero(mask.ravel()) if places is None else places
        found.append(composed(piece, shape, places, places))
    return united(*found, shape=shape) if found else ()


def reshaped(pattern: Pattern, source: Shape, target: Shape) -> Pattern:
    """
    The pattern of a value with the same elements in another shape.

    Errors: `TooManyPairs`.
    """
    if source == target:
        return pattern
    found = []
    for piece in pattern:
        made = _reshaped_piece(piece, source, target) if isinstance(piece, Strided) else (piece,)
        if made is None:
            made = table(piece.input, *pairs_of(piece, source))
        found.append(made)
    return united(*found, shape=target) if found else ()


def _groups(source: Shape, target: Shape) -> list[tuple[list[int], list[int]]]:
    """The least groups of neighbouring dimensions that hold equally many elements."""
    groups, a, b = [], 0, 0
    while a < len(source) or b < len(target):
        left, right = [], []
        if a < len(source):
            left, a = [a], a + 1
        if b < len(target):
            right, b = [b], b + 1
        while prod(source[d] for d in left) != prod(target[d] for d in right):
            less = prod(source[d] for d in left) < prod(target[d] for d in right)
            if less and a < len(source):
                left.append(a)
                a += 1
            elif not less and b < len(target):
                right.append(b)
                b += 1
            elif a < len(source):
                left.append(a)
                a += 1
            else:
                right.append(b)
                b += 1
        groups.append((left, right))
    return groups


def _reshaped_piece(piece: Strided, source: Shape, target: Shape) -> Pattern | None:
    low, high, steps = [0] * len(target), list(target), [0] * len(target)
    start = piece.start
    for left, right in _groups(source, target):
        run = _run(piece, source, [d for d in left if source[d] > 1])
        if run is None:
            return None
        first, last, step = run
        start -= step * (first - _first(piece, source, left, step))
        wide = [d for d in right if target[d] > 1]
        inner = prod(target[d] for d in wide)
        boxed = False
        for d in wide:
            inner //= target[d]
            steps[d] = step * inner
            if boxed:
                continue
            a, b = first // inner, (last - 1) // inner
            boxed = first % inner == 0 and last % inner == 0
            if not boxed and a != b:
                return None  # the row begins or ends in the middle of this dimension
            low[d], high[d] = a, b + 1
            first, last = first - a * inner, last - a * inner
    return strided(piece.input, low, high, start, steps, piece.free)


def _run(piece: Strided, source: Shape, dims: list[int]) -> tuple[int, int, int] | None:
    """
    The box along neighbouring dimensions as a row of elements: the first, the one after the last,
    and the step of the reads. None if the box is no row, or its reads have no one step.
    """
    inner = row_major([source[d] for d in dims])
    first = sum(k * piece.low[d] for k, d in zip(inner, dims))
    counts = [piece.high[d] - piece.low[d] for d in dims]
    pivot = next((k for k, n in enumerate(counts) if n > 1), None)
    if pivot is None:
        return first, first + 1, 0
    step = piece.steps[dims[-1]]
    for k in range(pivot, len(dims)):
        if k > pivot and counts[k] != source[dims[k]]:
            return None
        if piece.steps[dims[k]] != step * inner[k]:
            return None
    return first, first + counts[pivot] * inner[pivot], step


def _first(piece: Strided, source: Shape, dims: list[int], step: int) -> int:
    """The part of the first element's number that the steps of the piece count."""
    inner = row_major([source[d] for d in dims])
    several = [piece.high[d] - piece.low[d] > 1 for d in dims]
    return sum(k * piece.low[d] for k, d, more in zip(inner, dims, several) if more)
