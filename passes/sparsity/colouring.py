"""
Colourings: which columns, or rows, of a sparse matrix one product with the matrix finds together.

Columns of one colour share no row, so the sum of these columns has each of their elements. A
lattice colouring numbers the columns of a stencil by a linear function of their place, modulo the
number of colours. A greedy colouring takes the columns one by one. Each colouring is checked before
somebody uses it: a wrong one would be a wrong derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import gcd, prod

import numpy as np

from . import compiled
from .matrices import Matrix, matrix_of
from .relations import Shape

MOST_WORK = 1 << 32
"""The most steps of a greedy colouring; beyond this, each column has a colour of its own."""
ROUNDS = 10
"""How often a colouring is tried again, in the order of its colours."""
MOST_KINDS = 100
"""How many kinds of rows a lattice is tried for."""
MOST_IN_LATTICE = 40
"""The longest row for which a lattice is tried."""
MOST_WINDINGS = 1 << 14
"""The most linear functions that are tried for a periodic stencil."""
MOST_FITS = 64
"""The most of them whose rings are looked at."""


ANY, NONE = -2, -1
"""The colours of a column that is empty, and of a column that no product may take."""


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour for each column of a matrix; NONE for one that no product takes."""

    colours: np.ndarray
    count: int
    bound: int
    """No colouring has fewer colours."""
    method: str


Grids = Sequence[Sequence[Shape]]
"""Shapes of all inputs together; each is one way to say where the columns are."""


def columns(matrix: Matrix, grids: Grids = ()) -> Colouring:
    """
    A colouring in which no two columns of a row have the same colour. `grids` are the shapes of the
    inputs, whose elements the columns are.
    """
    lengths = np.diff(matrix.starts)
    bound = int(lengths.max(initial=0))
    used = np.zeros(matrix.width, np.bool_)
    used[matrix.columns] = True
    colours = np.full(matrix.width, -1)
    colours[~used] = 0
    if bound == int(used.sum()) or int((lengths * lengths).sum()) > MOST_WORK:
        colours[used] = np.arange(int(used.sum()))
        return _checked(matrix, Colouring(colours, _count(colours), bound, "one each"))
    found: list[Colouring] = []
    for shapes in grids[:4]:
        for lattice in _lattices(matrix, shapes, bound):
            made = _finished(matrix, lattice, bound, "lattice")
            if made.count == bound:
                return _checked(matrix, made)
            found.append(made)
    if found and min(c.count for c in found) <= bound + bound // 3:
        return _checked(matrix, min(found, key=lambda c: c.count))
    column_lists = matrix.transposed
    counts = np.diff(column_lists.starts)
    reach = np.bincount(matrix.columns, lengths[matrix.rows], matrix.width)
    for order in (
        np.arange(matrix.width),
        np.argsort(-counts, kind="stable"),
        np.argsort(-reach, kind="stable"),
    ):
        made = _finished(matrix, colours, bound, "greedy", order)
        found.append(made)
        if made.count == bound:
            break
    best = min(found, key=lambda c: c.count)
    return _checked(matrix, _again(matrix, best))


def _finished(
    matrix: Matrix,
    colours: np.ndarray,
    bound: int,
    method: str,
    order: np.ndarray | None = None,
) -> Colouring:
    """Colours for the columns that have none yet, one by one."""
    colours = colours.copy()
    order = np.arange(matrix.width) if order is None else order
    if (colours < 0).any():
        by_column = matrix.transposed
        compiled.colour_columns(
            order,
            (by_column.starts, by_column.columns),
            (matrix.starts, matrix.columns),
            colours,
        )
    return Colouring(colours, _count(colours), bound, method)


def _again(matrix: Matrix, best: Colouring) -> Colouring:
    """
    The columns once more, colour by colour. A colouring in this order never has more colours, and
    often it has fewer.
    """
    for k in range(ROUNDS):
        if best.count == best.bound or matrix.size > 1 << 21:
            break
        sizes = np.bincount(best.colours)
        rank = np.argsort((np.arange(len(sizes)), sizes)[k % 2], kind="stable")[::-1]
        place = np.empty_like(rank)
        place[rank] = np.arange(len(rank))
        order = np.argsort(place[best.colours], kind="stable")
        made = _finished(matrix, np.full(matrix.width, -1), best.bound, "greedy", order)
        best = made if made.count <= best.count else best
    return best


def _count(colours: np.ndarray) -> int:
    return int(colours.max(initial=-1)) + 1


def clashes(matrix: Matrix, colours: np.ndarray) -> np.ndarray:
    """For each place of a matrix, whether its row has another place with a column of its colour."""
    keys = matrix.rows * (_count(colours) + 1) + colours[matrix.columns]
    order = np.argsort(keys, kind="stable")
    sorted_ = keys[order]
    same = sorted_[1:] == sorted_[:-1]
    found = np.zeros(len(keys), np.bool_)
    found[order[1:]] |= same
    found[order[:-1]] |= same
    return found


def _later(matrix: Matrix, colours: np.ndarray) -> np.ndarray:
    """
    For each place of a matrix, whether a place in front of it in its row has a column of its
    colour. A column without a colour (-1) clashes with none.
    """
    keys = matrix.rows * (_count(colours) + 1) + colours[matrix.columns] + 1
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    found = np.zeros(len(keys), np.bool_)
    found[order[1:]] = same
    return found & (colours[matrix.columns] >= 0)


def _checked(matrix: Matrix, made: Colouring) -> Colouring:
    assert (made.colours >= 0).all(), "each column has a colour"
    assert not clashes(matrix, made.colours).any(), "columns of one colour share no row"
    filled = np.zeros(matrix.width, np.bool_)
    filled[matrix.columns] = True
    return replace(made, colours=np.where(filled, made.colours, ANY))


def _lattices(matrix: Matrix, shapes: Sequence[Shape], bound: int) -> list[np.ndarray]:
    """
    Colours by a linear function of the place of a column into a finite group. First the group may
    be any in which no row has a colour twice. Then one that is right for most rows, with -1 for the
    columns for which it is wrong, at a border for example.
    """
    if not shapes or any(s != shapes[0] for s in shapes) or not 2 <= bound <= MOST_IN_LATTICE:
        return []
    shape = (len(shapes), *shapes[0]) if len(shapes) > 1 else tuple(shapes[0])
    if prod(shape) != matrix.width:
        return []
    dims = [d for d, n in enumerate(shape) if n > 1]
    places = np.stack([np.unravel_index(np.arange(matrix.width), shape)[d] for d in dims], axis=1)
    rows = _kinds_of_rows(matrix, places)
    steps = [_steps(matrix, places, row) for row in rows]
    found = []
    most = _group_colours(places, steps[:1], bound)
    if most is not None:
        while (clash := _later(matrix, most)).any():
            most[matrix.columns[clash]] = -1
        found.append(most)
    if most is None or (most < 0).any():
        every = _group_colours(places, steps, bound)
        if every is not None and not _later(matrix, every).any():
            found.append(every)
        wound = _wound_colours(places, [shape[d] for d in dims], steps, bound)
        if wound is not None and not _later(matrix, wound).any():
            found.append(wound)
    return found


def _steps(matrix: Matrix, places: np.ndarray, row: int) -> np.ndarray:
    """The differences between the places of two columns of a row."""
    own = places[matrix.columns[matrix.starts[row] : matrix.starts[row + 1]]]
    return (own[:, None] - own[None])[~np.eye(len(own), dtype=bool)]


def _kinds_of_rows(matrix: Matrix, places: np.ndarray) -> list[int]:
    """A row of each kind, the most frequent kinds first; rows of a kind read at equal distances."""
    starts, lengths = matrix.starts[:-1], np.diff(matrix.starts)
    filled = np.flatnonzero(lengths)
    first = places[matrix.columns[starts[filled]]]
    factors = np.random.default_rng(0).integers(1, 1 << 30, places.shape[1] + 1)
    apart = places[matrix.columns] - np.repeat(first, lengths[filled], axis=0)
    mixed = apart @ factors[:-1]
    mixed = (mixed ^ (mixed >> 17)) * factors[-1]
    sums = np.add.reduceat(mixed * (mixed | 1), starts[filled])
    _, chosen, counts = np.unique(sums, return_index=True, return_counts=True)
    order = np.lexsort((-lengths[filled][chosen], -counts))
    return filled[chosen[order]][:MOST_KINDS].tolist()


def _group_colours(
    places: np.ndarray, steps: Sequence[np.ndarray], bound: int
) -> np.ndarray | None:
    """Colours by a linear function into a small group that is right for rows with these steps."""
    differences = np.unique(np.concatenate(steps), axis=0)
    dims = places.shape[1]
    for count in range(bound, bound + bound // 2 + 2):
        if count**dims > 1 << 16:
            return None
        trial = np.array(list(product(range(count), repeat=dims)))
        for a in (k for k in range(count, 0, -1) if count % k == 0):
            b = count // a
            if a < b:
                break
            # The group of pairs of numbers modulo a and b.
            left, right = np.divmod(trial, b)
            apart = ((left @ differences.T) % a != 0) | ((right @ differences.T) % b != 0)
            fits = apart.all(axis=1)
            if fits.any():
                k = int(np.argmax(fits))
                return (places @ left[k]) % a * b + (places @ right[k]) % b
    return None


def _wound_colours(
    places: np.ndarray, sizes: Sequence[int], steps: Sequence[np.ndarray], bound: int
) -> np.ndarray | None:
    """
    Colours for a stencil that is periodic, where no lattice fits the sizes.

    A linear function winds the grid around a ring of `length` numbers, so that each row lies in an
    arc of `width` numbers. The ring is cut into pieces of at least `width` numbers, which are as
    equally long as possible, and each piece has the colours 0, 1, 2, … Two numbers of one colour
    are then at least `width` apart. So (x + 2y + 3s) mod 100, cut into 16 pieces of 6 and 7
    numbers, gives 7 colours where 6 does not divide 100.
    """
    dims, most = places.shape[1], bound + bound // 3
    if (2 * bound + 1) ** dims > MOST_WINDINGS:
        return None
    trial = np.array(list(product(range(-bound, bound + 1), repeat=dims)))
    inside = np.abs(trial @ steps[0].T)
    trial = trial[((inside > 0) & (inside < most)).all(axis=1)][:MOST_FITS]
    values = trial @ np.unique(np.concatenate(steps), axis=0).T
    best: tuple[int, int, int, int] | None = None
    for k, own in enumerate(values):
        around = [abs(int(v)) * n for v, n in zip(trial[k], sizes)]
        # The ring closes along some of the dimensions.
        closed = {gcd(*a) for r in range(1, dims + 1) for a in combinations(around, r)}
        for length in sorted(n for n in closed if n > bound):
            apart = np.minimum(own % length, -own % length)
            width = int(apart.max(initial=0)) + 1
            if apart.all() and bound <= width <= most:
                count = width + -(-(length % width) // (length // width))
                best = min(best or (count, k, length, width), (count, k, length, width))
    if best is None or best[0] > most:
        return None
    count, k, length, width = best
    pieces = length // width
    sizes_of_pieces = [length // pieces + (p < length % pieces) for p in range(pieces)]
    ring = np.concatenate([np.arange(n) for n in sizes_of_pieces])
    return ring[(places @ trial[k]) % length]


@dataclass(frozen=True, eq=False)
class Star:
    """A colouring of a symmetric matrix, and from where each place of it is read."""

    colouring: Colouring
    flipped: np.ndarray
    """For each place (i, j), whether its value is that of (j, i), in row j."""


def star(matrix: Matrix) -> Star | None:
    """
    A star colouring of a matrix whose pattern is symmetric. None if that would take too long.

    Element (i, j) is the only one of its colour in row i, or (j, i) is the only one in row j.
    """
    lengths = np.diff(matrix.starts)
    if int((lengths * lengths).sum()) > MOST_WORK:
        return None
    beside = matrix.rows != matrix.columns
    graph = matrix_of(matrix.rows[beside], matrix.columns[beside], matrix.height, matrix.width)
    degrees = np.diff(graph.starts)
    best: Colouring | None = None
    for order in (np.argsort(-degrees, kind="stable"), np.arange(matrix.width)):
        colours = np.full(matrix.width, -1)
        compiled.colour_star(order, (graph.starts, graph.columns), colours)
        made = Colouring(colours, _count(colours), min(2, _count(colours)), "star")
        best = made if best is None or made.count < best.count else best
    assert best is not None
    clash = clashes(matrix, best.colours)
    # A clash in row i is none in row j.
    back = np.lexsort((matrix.rows, matrix.columns))
    assert not (clash & clash[back]).any(), "each pair is alone in one of its two rows"
    return Star(best, clash)


@dataclass(frozen=True, eq=False)
class Plan:
    """
    How products with a matrix find its places: some rows by reverse mode, the other rows by forward
    mode.
    """

    matrix: Matrix
    backward: np.ndarray
    """For each row, whether reverse mode finds it."""
    forward_colours: Colouring | None
    """Of the columns."""
    backward_colours: Colouring | None
    """Of the rows."""
    flipped: np.ndarray | None = None
    """For each place, whether its value is that of the transposed place."""

    @property
    def passes(self) -> int:
        return sum(c.count for c in (self.forward_colours, self.backward_colours) if c)


def _part(matrix: Matrix, chosen: np.ndarray) -> Matrix:
    """The matrix with only some of its rows; the others are empty."""
    keep = chosen[matrix.rows]
    return matrix_of(matrix.rows[keep], matrix.columns[keep], matrix.height, matrix.width)


def plan(matrix: Matrix, order: str | None, grids: Grids, heights: Grids) -> Plan:
    """
    The plan by columns, rows or both. Without an order, columns or rows, whichever has fewer
    colours, where a row costs as much as two columns.
    """
    none, all_ = (np.full(matrix.height, x) for x in (False, True))
    rows_bound = int(np.diff(matrix.transposed.starts).max(initial=0))
    if order == "columns":
        return Plan(matrix, none, columns(matrix, grids), None)
    if order == "rows":
        return Plan(matrix, all_, None, columns(matrix.transposed, heights))
    if order == "both":
        return _both(matrix, grids, heights)
    by_columns = Plan(matrix, none, columns(matrix, grids), None)
    if 2 * rows_bound >= by_columns.passes:
        return by_columns
    by_rows = Plan(matrix, all_, None, columns(matrix.transposed, heights))
    return by_rows if 2 * by_rows.passes < by_columns.passes else by_columns


def _both(matrix: Matrix, grids: Grids, heights: Grids) -> Plan:
    """The longest rows by reverse mode, where that leaves few colours for the others."""
    lengths = np.diff(matrix.starts)
    order = np.argsort(-lengths, kind="stable")
    sorted_ = lengths[order]
    # Rows of one length go together.
    cuts = [0, *(np.flatnonzero(np.diff(sorted_)) + 1).tolist(), matrix.height]
    if len(cuts) > 34:
        cuts = [*cuts[:32], cuts[-1]]
    bounds = []
    for cut in cuts:
        long = np.zeros(matrix.height, np.bool_)
        long[order[:cut]] = True
        left = int(sorted_[cut]) if cut < matrix.height else 0
        by_column = np.bincount(matrix.columns[long[matrix.rows]], minlength=1)
        bounds.append((left + int(by_column.max(initial=0)), cut, long))
    best: Plan | None = None
    for bound, _, long in sorted(bounds, key=lambda b: b[:2])[:3]:
        if best is not None and bound >= best.passes:
            break
        forward = columns(_part(matrix, ~long), grids) if not long.all() else None
        backward = None
        if long.any():
            backward = columns(_part(matrix, long).transposed, heights)
            # A row that forward mode finds has no direction: it has elements in the same columns.
            backward = replace(backward, colours=np.where(long, backward.colours, NONE))
        made = Plan(matrix, long, forward, backward)
        best = made if best is None or made.passes < best.passes else best
    assert best is not None, "there is at least one cut"
    return best


def symmetric_plan(matrix: Matrix, grids: Grids) -> Plan:
    """The plan for a Hessian: a star colouring, or one by columns if that has no more colours."""
    none = np.zeros(matrix.height, np.bool_)
    bound = int(np.diff(matrix.starts).max(initial=0))
    found = star(matrix)
    if found is None or found.colouring.count >= bound:
        plain = columns(matrix, grids)
        if found is None or plain.count <= found.colouring.count:
            return Plan(matrix, none, plain, None)
    return Plan(matrix, none, found.colouring, None, found.flipped)
