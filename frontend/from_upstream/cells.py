"""
Memory as values. A cell is a piece of memory that the program allocates or is given; its content is
an array, and a write gives it another one. A view is what a `memref` of the program names: a cell,
and the steps from the array of the cell to the elements that the view shows.

Two cells never share memory: arguments of a function are taken not to overlap.

Where the run of the program decides which memory a value names, the value is a `Choice` of views. A
read takes the elements of both views and selects; a write changes one view, and gives the other its
own elements again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Protocol

import numpy as np
from xdsl.ir import Attribute

from ...dialects import arrays, ten, types
from .. import ops, tracing
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array
from . import elements
from .places import Place, Places


@dataclass(frozen=True)
class Cell:
    """
    A piece of memory. Its key is the op or the argument that names it first, and the calls on the
    way there, so that a program that the conversion reads twice has the same cells.
    """

    key: Any
    shape: tuple[int, ...] = field(compare=False)
    element: Attribute = field(compare=False)
    read_only: bool = field(default=False, compare=False)


class Step(Protocol):
    """A step from the elements of an array to those of a view."""

    def shape(self) -> tuple[int, ...]: ...
    def read(self, x: Array) -> Array: ...
    def written(self, places: Places, x: Array, part: Array) -> Array: ...
    def at(self, places: Places, indices: Sequence[Place]) -> list[Place]: ...


@dataclass(frozen=True, eq=False)
class Box:
    """Every `strides[d]`-th element of a box, without the dimensions `dropped` of size 1."""

    offsets: tuple[Place, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dropped: frozenset[int] = frozenset()

    def shape(self) -> tuple[int, ...]:
        return tuple(n for d, n in enumerate(self.sizes) if d not in self.dropped)

    def read(self, x: Array) -> Array:
        return elements.reshape(box(x, self.offsets, self.sizes, self.strides), self.shape())

    def written(self, places: Places, x: Array, part: Array) -> Array:
        return put(x, elements.reshape(part, self.sizes), self.offsets, self.strides)

    def at(self, places: Places, indices: Sequence[Place]) -> list[Place]:
        given = iter(indices)
        result: list[Place] = []
        for d, (offset, stride) in enumerate(zip(self.offsets, self.strides)):
            k = 0 if d in self.dropped else next(given)
            result.append(places.add(offset, places.multiply(k, stride)))
        return result


@dataclass(frozen=True, eq=False)
class Reshape:
    """The elements in row-major order, in another shape."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def shape(self) -> tuple[int, ...]:
        return self.after

    def read(self, x: Array) -> Array:
        return elements.reshape(x, self.after)

    def written(self, places: Places, x: Array, part: Array) -> Array:
        return elements.reshape(part, self.before)

    def at(self, places: Places, indices: Sequence[Place]) -> list[Place]:
        position: Place = 0
        for n, k in zip(self.after, indices, strict=True):
            position = places.add(places.multiply(position, n), k)
        result: list[Place] = []
        for d in range(len(self.before)):
            below = prod(self.before[d + 1 :])
            k = places.divide_down(position, below) if below else 0
            result.append(k if not d else places.modulo(k, self.before[d]))
        return result


@dataclass(frozen=True, eq=False)
class Permute:
    """Dimension k of the view is dimension `perm[k]` of the array."""

    before: tuple[int, ...]
    perm: tuple[int, ...]

    def shape(self) -> tuple[int, ...]:
        return tuple(self.before[d] for d in self.perm)

    def read(self, x: Array) -> Array:
        return ops.transpose(x, self.perm)

    def written(self, places: Places, x: Array, part: Array) -> Array:
        return ops.transpose(part, np.argsort(self.perm).tolist())

    def at(self, places: Places, indices: Sequence[Place]) -> list[Place]:
        return [indices[k] for k in np.argsort(self.perm).tolist()]


@dataclass(frozen=True, eq=False)
class Strided:
    """The element `i…` of the view is the element offset + Σ stride[d] * i[d] of the array."""

    offset: Place
    sizes: tuple[int, ...]
    strides: tuple[Place, ...]
    places: Places

    def shape(self) -> tuple[int, ...]:
        return self.sizes

    def _place(self, indices: Sequence[Place]) -> Place:
        result = self.offset
        for stride, k in zip(self.strides, indices, strict=True):
            result = self.places.add(result, self.places.multiply(k, stride))
        return result

    def read(self, x: Array) -> Array:
        if not self.sizes:
            return element(x, [self.offset])
        return elements.gather(
            self.sizes, x, lambda *indices: [self.places.traced(self._place(indices))]
        )

    def written(self, places: Places, x: Array, part: Array) -> Array:
        if not prod(self.sizes):
            return x
        strides = [s for s in self.strides if isinstance(s, int) and s >= 0]
        table = sum(
            (k * s for k, s in zip(np.indices(self.sizes), strides)), np.zeros(self.sizes, int)
        ).ravel()
        if len(strides) < len(self.strides) or len(set(table.tolist())) < len(table):
            raise NotConvertible(
                "letgrad writes to a view whose strides are known and whose elements do not overlap"
            )
        # The elements between the first and the last one of the view: old ones, or those of `part`.
        reach = int(table.max()) + 1
        window = box(x, [self.offset], [reach], [1])
        rows = np.arange(reach)
        rows[table] = reach + np.arange(len(table))
        both = ops.concat([window, elements.reshape(part, (len(table),))], 0)
        return put(x, ops.along(both, 0, rows), [self.offset], [1])

    def at(self, places: Places, indices: Sequence[Place]) -> list[Place]:
        return [self._place(indices)]


@dataclass(frozen=True)
class View:
    """The elements of a cell that a `memref` names."""

    cell: Cell
    steps: tuple[Step, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return self.steps[-1].shape() if self.steps else self.cell.shape

    def through(self, step: Step) -> View:
        return View(self.cell, (*self.steps, step))


@dataclass(frozen=True, eq=False, kw_only=True)
class Choice(View):
    """The elements of `yes` where the mask holds, and else those of `no`; see `choice`."""

    mask: Array
    yes: View
    no: View

    @property
    def shape(self) -> tuple[int, ...]:
        return self.yes.shape

    def through(self, step: Step) -> View:
        return choice(self.mask, self.yes.through(step), self.no.through(step))


@dataclass(eq=False)
class _Nowhere:
    """The key of the cell of a choice, which is none of the memory."""


def choice(mask: Array, yes: View, no: View) -> View:
    """
    One of two views.

    Errors: `NotConvertible` for views of other shapes.
    """
    if yes == no:
        return yes
    if yes.shape != no.shape:
        raise NotConvertible(
            f"letgrad must know the sizes of memory, and this is of {list(yes.shape)} or of "
            f"{list(no.shape)}"
        )
    return Choice(Cell(_Nowhere(), yes.shape, yes.cell.element), mask=mask, yes=yes, no=no)


def unwritten(cell: Cell) -> Array:
    """The content of memory that nothing has written: zeros."""
    type = types.of_shape(cell.shape, cell.element)
    if cell.shape and cell.element == ten.index_type:
        return Array.of(tracing.add(types.constant(0, type)).results[0], tracing.current())
    if cell.element == ten.index_type:
        return tracing.constant_index(0)
    dtype = arrays.dtype(cell.element)
    return tracing.constant(dtype.type(0), dtype, cell.shape)


class Memory:
    """The contents of the cells, at the place of the program where the conversion is."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.contents: dict[Cell, Array] = {}

    def content(self, cell: Cell) -> Array:
        if isinstance(cell.key, _Nowhere):
            raise NotConvertible("letgrad must know which memory a value names")
        if cell not in self.contents:
            raise NotConvertible("the memory is used outside of the region that allocates it")
        return self.contents[cell]

    def read(self, view: View) -> Array:
        """All elements of a view."""
        if isinstance(view, Choice):
            return elements.select(view.mask, self.read(view.yes), self.read(view.no))
        x = self.content(view.cell)
        for step in view.steps:
            x = step.read(x)
        return x

    def write(self, view: View, value: Array) -> None:
        """Give the elements of a view other values."""
        if isinstance(view, Choice):
            self.write(view.yes, elements.select(view.mask, value, self.read(view.yes)))
            self.write(view.no, elements.select(view.mask, self.read(view.no), value))
            return
        if view.cell.read_only:
            raise NotConvertible("the program writes to memory that is constant")
        self.contents[view.cell] = self._written(self.content(view.cell), view.steps, value)

    def _written(self, x: Array, steps: Sequence[Step], value: Array) -> Array:
        if not steps:
            return value
        inner = value if len(steps) == 1 else self._written(steps[0].read(x), steps[1:], value)
        return steps[0].written(self.places, x, inner)

    def at(self, view: View, indices: Sequence[Place]) -> list[Place]:
        """The indices into the array of the cell."""
        for step in reversed(view.steps):
            indices = step.at(self.places, indices)
        return list(indices)

    def load(self, view: View, indices: Sequence[Place]) -> Array:
        """One element of a view."""
        if isinstance(view, Choice):
            yes, no = (self.load(v, indices) for v in (view.yes, view.no))
            return elements.select(view.mask, yes, no)
        return element(self.content(view.cell), self.at(view, indices))

    def store(self, view: View, indices: Sequence[Place], value: Array) -> Array:
        """Write one element. Returns the array of the cell."""
        if view.cell.read_only:
            raise NotConvertible("the program writes to memory that is constant")
        x, at = self.content(view.cell), self.at(view, indices)
        after = put(x, elements.reshape(value, (1,) * x.ndim), at, (1,) * x.ndim)
        self.contents[view.cell] = after
        return after


def element(x: Array, at: Sequence[Place]) -> Array:
    """One element of an array."""
    if all(isinstance(i, int) and 0 <= i < n for i, n in zip(at, x.shape)):
        return elements.reshape(ops.slice_(x, at, (1,) * x.ndim), ())  # type: ignore[arg-type]
    return ops.index(x, [_traced(i) for i in at])


def box(x: Array, offsets: Sequence[Place], sizes: Sequence[int], strides: Sequence[int]) -> Array:
    """Every `strides[d]`-th element of a box of an array."""
    if all(
        isinstance(o, int) and (not n or (stride >= 1 and 0 <= o and o + (n - 1) * stride < size))
        for o, n, stride, size in zip(offsets, sizes, strides, x.shape)
    ):
        begins = [o if n else 0 for o, n in zip(offsets, sizes)]
        return ops.slice_(x, begins, sizes, strides)  # type: ignore[arg-type]
    if not x.ndim:
        return x
    at = [_traced(o) for o in offsets]

    def read(*indices: Array) -> list[Array]:
        return [
            o + (k if stride == 1 else k * stride) for o, k, stride in zip(at, indices, strides)
        ]

    return elements.gather(sizes, x, read)


def put(x: Array, part: Array, offsets: Sequence[Place], strides: Sequence[int]) -> Array:
    """x, in which the elements of a box are those of `part`."""
    if not x.ndim:
        return part
    if any(stride < 1 for stride in strides):
        raise NotConvertible("letgrad writes to elements with strides of 1 or more")
    return ops.update(lambda: x, part, x.shape, list(offsets), list(strides))


def _traced(place: Place) -> Any:
    return tracing.constant_index(place) if isinstance(place, int) else place
