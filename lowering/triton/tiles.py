"""
How the loops of a nest become programs and tiles.

This module joins loops into axes. Programs divide an axis. Each program takes its steps one after
the other. Each step takes a block of elements at once, along one dimension of the program's tile:

    index = (program * steps + step) * block + arange(block)

The axis along which most accesses move by one element is the tile's last dimension, so that loads
of neighbours are one transaction. Nothing here depends on the device, and so neither do results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from .index_forms import NARROW, Form

LETTERS = "ijklmnpq"

ELEMENTWISE = 1024
"""Elements of a tile: 8 for each of 128 threads, which are two loads of 16 bytes in float32."""
REDUCTION = 2048
DEMANDING = 4
"""
How much smaller the tiles of demanding nests are, with as many threads. A function like sin needs
many registers. With 2 elements for each thread, more threads run at once: on an H100 the gradient
of x sin y and atan2 took 0.72 ms with 256 elements and 0.85 ms with 1024 in float32, which were
1.47 and 1.80 ms in float64.
"""
SHORT = 8
"""Loops of fewer elements are no dimension of a tile, if there are longer ones."""
SEGMENTS = 128
"""
Elements of a tile that sums segments. Each program takes as many steps as the longest segment of
its tile. Its lanes read places far apart, and the cache should keep the lines for the next step.
"""
TRANSPOSED = 32
"""The side of a tile that is read along one axis and written along another."""
LONGEST_ROW = 16384
"""Elements of a row that is kept in registers: 64 of float32 for each of 256 threads."""
REGISTERS = 65536
"""Elements of 32 bits that the registers of one processor hold."""
MULTIPROCESSORS = 132
"""Those of an H100, which share the programs of a kernel. Other cards have about as many."""
ENOUGH = 1024
"""Programs that fill a large card: 8 for each of 128 processors."""


def letter(d: int) -> str:
    """The name of the index of a loop."""
    return LETTERS[d] if d < len(LETTERS) else f"i{d}"


@dataclass
class Axis:
    """Some loops as one index, outermost loop first."""

    loops: list[int]
    size: int
    block: int = 1
    dim: int | None = None
    """The dimension of the tile; None if a program has one index at a time."""
    steps: int = 1
    programs: int = 1

    @property
    def name(self) -> str:
        return "".join(map(letter, self.loops)) or "o"

    @property
    def blocks(self) -> int:
        return -(-self.size // self.block)

    @property
    def masked(self) -> bool:
        """Whether some of the indices are outside."""
        return self.programs * self.steps * self.block != self.size

    @property
    def wide(self) -> bool:
        """Whether its indices take 64 bits."""
        return self.programs * self.steps * self.block >= NARROW

    def divide(self, programs: int) -> None:
        """Share the blocks out among at most so many programs."""
        self.steps = max(-(-self.blocks // max(programs, 1)), 1)
        self.programs = max(-(-self.blocks // self.steps), 1)


def power(n: int) -> int:
    """The power of two that is not below n."""
    return 1 << max(n - 1, 0).bit_length()


def warps_for(elements: int) -> int:
    """Warps for a tile: 8 elements for each thread, and 8 warps at most."""
    return max(1, min(8, elements // 256))


def fitting(size: int, most: int) -> int:
    """A power of two up to `most`, blocks of which cover `size` with little left over."""
    if size <= most // 8:
        return power(size)
    return min(
        (b for b in (most, most // 2, most // 4, most // 8) if b),
        key=lambda b: (-(-size // b) * b * (1 if b > most // 8 else 1.05), -b),
    )


@dataclass
class Outputs:
    """The loops that each result keeps; a stored result keeps all loops."""

    kept: list[frozenset[int]]
    stores: list[bool]

    def signature(self, d: int) -> tuple[bool, ...]:
        """Which reductions keep a loop."""
        return tuple(d in k for k, store in zip(self.kept, self.stores) if not store)


def joined(
    order: Sequence[int], sizes: Sequence[int], accesses: Sequence[Form | None], outputs: Outputs
) -> list[list[int]]:
    """Neighbours in `order` that all accesses move along as along one loop."""
    groups: list[list[int]] = []
    known = [a[0] for a in accesses if a is not None]
    for d in order:
        if groups:
            last = groups[-1][-1]
            same = outputs.signature(last) == outputs.signature(d)
            if same and all(moves[last] == sizes[d] * moves[d] for moves in known):
                groups[-1].append(d)
                continue
        groups.append([d])
    return groups


def cost(group: Sequence[int], accesses: Sequence[Form | None]) -> int:
    """Of consecutive indices of this group: neighbours are cheapest, then equal places."""
    moves = [abs(a[0][group[-1]]) for a in accesses if a is not None]
    return sum(0 if m == 0 else 1 if m == 1 else 8 for m in moves)


def plan(
    sizes: Sequence[int],
    accesses: Sequence[Form | None],
    outputs: Outputs,
    split: bool = True,
    smaller: int = 1,
) -> list[Axis]:
    """
    The axes of a nest, in the order of the loops of a program; `split` allows partial results.
    Tiles are `smaller` by this factor, a power of two.
    """
    loops = [d for d in range(len(sizes)) if sizes[d] != 1]
    groups = joined(loops, sizes, accesses, outputs)
    ones = [d for d in range(len(sizes)) if sizes[d] == 1]
    if not groups:
        return [Axis(ones, 1)] if ones else []
    extents = {id(g): prod(sizes[d] for d in g) for g in groups}
    candidates = [g for g in groups if extents[id(g)] >= SHORT] or groups
    nearest = min(reversed(groups), key=lambda g: cost(g, accesses))
    inner = min(reversed(candidates), key=lambda g: cost(g, accesses))
    rest = [g for g in groups if g is not inner]
    if (
        all(outputs.stores)
        and nearest is not inner
        and cost(nearest, accesses) < cost(inner, accesses)
    ):
        # The points of a short row lie beside each other, and so do the rows.
        order = [d for g in groups if g is not nearest for d in g]
        total = prod(extents.values())
        axes = [Axis([*order, *nearest], total, power(min(total, ELEMENTWISE // smaller)), 0)]
        axes[0].programs = axes[0].blocks
    elif all(outputs.stores):
        axes = _elementwise(inner, rest, extents, accesses, ELEMENTWISE // smaller)
    else:
        axes = _reducing(inner, rest, extents, outputs, split, REDUCTION // smaller)
    if ones:
        axes.insert(0, Axis(ones, 1))
    return axes


def _elementwise(
    inner: list[int],
    rest: list[list[int]],
    extents: dict[int, int],
    accesses: Sequence[Form | None],
    tile: int,
) -> list[Axis]:
    n = extents[id(inner)]
    flat = [d for g in rest for d in g]
    outer = prod(extents[id(g)] for g in rest)
    crossing = [
        g
        for g in rest
        if extents[id(g)] >= TRANSPOSED // 2
        # A value that stays along the inner loop is one element for a row: nothing is across.
        and any(
            a is not None and abs(a[0][g[-1]]) == 1 and abs(a[0][inner[-1]]) > 1 for a in accesses
        )
    ]
    if crossing and n >= TRANSPOSED // 2:
        other = max(crossing, key=lambda g: extents[id(g)])
        m = extents[id(other)]
        remaining = [d for g in rest if g is not other for d in g]
        axes = [
            Axis(other, m, power(min(m, TRANSPOSED)), 0),
            Axis(inner, n, power(min(n, TRANSPOSED)), 1),
        ]
        if remaining:
            axes.insert(0, Axis(remaining, outer // m))
    elif rest and n >= tile // 8:
        block = fitting(n, tile)
        rows = min(power(outer), tile // block)
        many = rows > 1
        axes = [Axis(flat, outer, rows, 0 if many else None), Axis(inner, n, block, int(many))]
    else:
        total = outer * n
        axes = [Axis([*flat, *inner], total, power(min(total, tile)), 0)]
    for axis in axes:
        axis.programs = max(axis.blocks, 1)
    return axes


def _reducing(
    inner: list[int],
    rest: list[list[int]],
    extents: dict[int, int],
    outputs: Outputs,
    split: bool,
    tile: int,
) -> list[Axis]:
    n = extents[id(inner)]
    classes: dict[tuple[bool, ...], list[int]] = {}
    amount: dict[tuple[bool, ...], int] = {}
    for g in rest:
        key = outputs.signature(g[-1])
        classes.setdefault(key, []).extend(g)
        amount[key] = amount.get(key, 1) * extents[id(g)]
    others = [Axis(loops, amount[key]) for key, loops in classes.items()]
    last = Axis(inner, n, dim=0)

    def kept(axis: Axis) -> tuple[bool, ...]:
        return outputs.signature(axis.loops[-1])

    reduced = not any(kept(last))
    if reduced:
        last.block = power(n) if n <= LONGEST_ROW // 4 else tile
    else:
        last.block = min(power(n), tile)
        if any(not all(kept(a)) for a in others):
            # As wide as a transaction of memory, or wider where that still gives many programs.
            last.block = min(power(n), 128 if n >= 128 * 64 else 32)
    second = max((a for a in others if all(kept(a)) == reduced), key=lambda a: a.size, default=None)
    if second is None:
        second = max(others, key=lambda a: a.size, default=None)
    if second is not None and last.block < tile:
        rows = min(power(second.size), tile // last.block)
        if rows > 1:
            second.block, second.dim, last.dim = rows, 0, 1
    more = [a for a in others if a is not second and all(kept(a))]
    if (
        more
        and not reduced
        and all(kept(last))
        and last.size * 2 <= (most := tile // (second.block if second is not None else 1))
    ):
        # Some rows of what is kept fill the tile.
        others = [a for a in others if a not in more]
        last.loops = [*(d for a in more for d in a.loops), *last.loops]
        last.size *= prod(a.size for a in more)
        last.block = min(power(last.size), most)
    axes = [*others, last]
    # A program may go through the dimensions that every reduction sums over, and no others.
    free = [a for a in axes if not any(kept(a))]
    for axis in axes:
        axis.programs = max(axis.blocks, 1)
    if free:
        around = prod(a.programs for a in axes if a not in free)
        longest = max(free, key=lambda a: a.blocks)
        for axis in free:
            share = 1
            if axis is longest and split and axis.size * last.block > LONGEST_ROW:
                share = min(max(ENOUGH // around, 1), axis.blocks)
            axis.divide(share)
    if not split:
        for axis in axes:
            if not all(kept(axis)) and axis not in free:
                raise AssertionError("results of different loops need partial results")
    # Loops that a program goes through come last, so that what is kept is computed around them.
    return [*(a for a in axes if a not in free), *free]
