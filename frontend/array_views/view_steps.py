"""
The steps that lead from an array to a view of it, each in both directions: how to read the view,
and how to write it back.

A step is a box (every `strides[d]`-th element from an offset on), an order of the dimensions, a
flip, or another shape. `read` applies steps one after the other. `write` gives the array in which
the view has new elements. Before a write, boxes move in front of the other steps and join, so that
a write through a chain of views changes one box of the storage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import arith

from ...passes.simplify import index_maps
from .. import ops, tracing
from ..tracing import Array
from . import bits

Offset = int | Array
"""A place in a dimension; an `Array` is a traced index, which may be outside."""


@dataclass(frozen=True, eq=False)
class Box:
    """
    The elements at `offsets[d] + i * strides[d]`, for i below `sizes[d]`. An offset that is traced
    has the size 1 and the stride 1.
    """

    offsets: tuple[Offset, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]

    def is_whole(self, shape: Sequence[int]) -> bool:
        return self.sizes == tuple(shape) and all(type(o) is int and o == 0 for o in self.offsets)

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.sizes

    def read(self, x: Array) -> Array:
        traced = [d for d, o in enumerate(self.offsets) if isinstance(o, Array)]
        fixed = [0 if isinstance(o, Array) else o for o in self.offsets]
        sizes = [n if d in traced else m for d, (n, m) in enumerate(zip(x.shape, self.sizes))]
        x = ops.slice_(x, fixed, sizes, self.strides)
        if not traced:
            return x
        order = [*traced, *(d for d in range(x.ndim) if d not in traced)]
        part = ops.index(ops.transpose(x, order), [self.offsets[d] for d in traced])  # type: ignore[misc]
        return ops.reshape(part, self.sizes)


@dataclass(frozen=True)
class Order:
    """The dimensions in another order: dimension d of the view is dimension `perm[d]`."""

    perm: tuple[int, ...]

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return tuple(shape[d] for d in self.perm)

    def read(self, x: Array) -> Array:
        return ops.transpose(x, self.perm)

    def back(self, y: Array, shape: Sequence[int]) -> Array:
        inverse = sorted(range(len(self.perm)), key=self.perm.__getitem__)
        return ops.transpose(y, inverse)


@dataclass(frozen=True)
class Flip:
    """These dimensions, from their last element to their first."""

    dims: tuple[int, ...]

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return tuple(shape)

    def read(self, x: Array) -> Array:
        return ops.reverse(x, [d for d in self.dims if x.shape[d] > 1])

    def back(self, y: Array, shape: Sequence[int]) -> Array:
        return self.read(y)


@dataclass(frozen=True)
class Shape:
    """The same elements, in their order, in another shape."""

    sizes: tuple[int, ...]

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.sizes

    def read(self, x: Array) -> Array:
        return ops.reshape(x, self.sizes)

    def back(self, y: Array, shape: Sequence[int]) -> Array:
        return ops.reshape(y, shape)


@dataclass(frozen=True)
class Part:
    """The real part (0) or the imaginary part (1) of complex numbers."""

    which: int

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return tuple(shape)

    def read(self, x: Array) -> Array:
        return ops.imag(x) if self.which else ops.real(x)

    def joined(self, y: Array, x: Array) -> Array:
        """x with y for this part."""
        re, im = ops.parts(x)
        return ops.complex_(re, y) if self.which else ops.complex_(y, im)


@dataclass(frozen=True)
class Bits:
    """The memory of numbers of one dtype, read as numbers of another."""

    before: np.dtype
    after: np.dtype

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return bits.shape_as(tuple(shape), self.before, self.after)

    def read(self, x: Array) -> Array:
        return bits.read_as(x, self.after)

    def back(self, y: Array, shape: Sequence[int]) -> Array:
        return bits.read_as(y, self.before)


@dataclass(frozen=True)
class Spread:
    """
    A view that NumPy gives as read-only, or in which an element stands several times. `again` makes
    the view from the array. A program cannot write through this view.
    """

    again: Callable[[Array], Array]
    sizes: tuple[int, ...]
    of_numpy: Callable[[np.ndarray], np.ndarray | None]
    """The same view of a NumPy array; None if a traced number leads there."""
    placed: Callable[[np.ndarray], np.ndarray] | None = None
    """A view of a NumPy array with the same strides, where `of_numpy` gives None."""

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.sizes

    def read(self, x: Array) -> Array:
        return self.again(x)


Turn = Order | Flip | Shape
"""A step that keeps all elements."""

Step = Box | Turn | Part | Bits | Spread


def read(x: Array, steps: Sequence[Step]) -> Array:
    """The view of x."""
    for step in steps:
        x = step.read(x)
    return x


def of_numpy(x: np.ndarray, step: Step) -> np.ndarray | None:
    """The view of a NumPy array. None if a traced index leads there, or if it would be a copy."""
    match step:
        case Box(offsets, sizes, strides):
            if any(isinstance(o, Array) for o in offsets):
                return None
            return x[tuple(_slice(*part) for part in zip(offsets, sizes, strides))]  # type: ignore[arg-type]
        case Order(perm):
            return x.transpose(perm)
        case Flip(dims):
            return np.flip(x, dims)
        case Shape(sizes):
            return reshaped(x, sizes)
        case Part(which):
            if x.dtype.kind != "c":
                return x  # a layout: the distances between elements grow by one factor
            return np.imag(x) if which else np.real(x)
        case Bits(before, after):
            return x.view(after) if x.dtype == before else _layout_as(x, before, after)
        case Spread():
            return step.of_numpy(x)


def _layout_as(x: np.ndarray, before: np.dtype, after: np.dtype) -> np.ndarray:
    """The distances between elements, counted in elements of another width."""
    if before.itemsize == after.itemsize:
        return x
    shape = bits.shape_as(x.shape, before, after)
    strides = [n * before.itemsize // after.itemsize for n in x.strides[:-1]]
    return np.lib.stride_tricks.as_strided(x, shape, (*strides, 1), writeable=False)


def _slice(offset: int, size: int, stride: int) -> slice:
    return slice(offset, offset + (size - 1) * stride + 1 if size else offset, stride)


def reshaped(x: np.ndarray, shape: Sequence[int]) -> np.ndarray | None:
    """x in another shape, if that is a view of x, otherwise None."""
    result = x.view()
    try:
        result.shape = tuple(shape)
    except AttributeError:
        return None
    return result


def is_traced(step: Step) -> bool:
    """Whether a traced index decides which elements the step takes."""
    return isinstance(step, Box) and any(isinstance(o, Array) for o in step.offsets)


def layout(
    shape: tuple[int, ...], steps: Sequence[Step], memory: np.ndarray | None = None
) -> np.ndarray:
    """
    An array with the shape and strides that the view has in NumPy, whose elements nobody may read.
    The storage is in row-major order, and begins at `memory`.
    """
    strides = [1] * len(shape)
    for d in reversed(range(len(shape) - 1)):
        strides[d] = strides[d + 1] * max(shape[d + 1], 1)
    start = np.empty(1, np.int8) if memory is None else memory
    x = np.lib.stride_tricks.as_strided(start, shape, strides, writeable=False)
    for step in steps:
        if isinstance(step, Box):
            offsets = tuple(0 if isinstance(o, Array) else o for o in step.offsets)
            step = Box(offsets, step.sizes, step.strides)
        placed = step.placed if isinstance(step, Spread) else None
        found = of_numpy(x, step) if placed is None else placed(x)
        assert found is not None, "a step of a view would be a copy"
        x = found
    return x


def write(x: Callable[[], Array], shape: tuple[int, ...], steps: Sequence[Step], y: Array) -> Array:
    """
    The array x (of this shape) in which the view at the end of `steps` is y. `x` is called only if
    some elements of the array stay.
    """
    return _write(x, shape, joined(steps, shape), y)


def _write(
    x: Callable[[], Array], shape: tuple[int, ...], steps: Sequence[Step], y: Array
) -> Array:
    if not steps:
        return y
    first, *rest = steps
    inner = first.shape(shape)
    if isinstance(first, Box):
        new = _write(lambda: first.read(x()), inner, rest, y)
        return ops.update(x, new, shape, first.offsets, first.strides)
    assert not isinstance(first, Spread), "a read-only view was written to"
    if isinstance(first, Part):
        whole = x()
        return first.joined(_write(lambda: first.read(whole), inner, rest, y), whole)
    return first.back(_write(lambda: first.read(x()), inner, rest, y), shape)


def joined(steps: Sequence[Step], shape: tuple[int, ...]) -> list[Step]:
    """The same view by steps in which boxes stand as far to the front as possible, joined."""
    result: list[Step] = []
    shapes = [shape]
    for step in steps:
        _append(result, shapes, step)
    return result


def _append(steps: list[Step], shapes: list[tuple[int, ...]], step: Step) -> None:
    """Adds a step. `shapes` has the shape before each step, and at last the shape of the view."""
    if isinstance(step, Box):
        if step.is_whole(shapes[-1]):
            return
        if steps:
            last, before = steps[-1], shapes[-2]
            moved = _through(step, last, before)
            if isinstance(last, Box):
                steps.pop()
                shapes.pop()
                _append(steps, shapes, _box_of_box(last, step, before))
                return
            if moved is not None:
                steps.pop()
                shapes.pop()
                _append(steps, shapes, moved)
                _append(steps, shapes, _on_part(last, step, before))
                return
    elif isinstance(step, Shape) and step.sizes == shapes[-1]:
        return
    steps.append(step)
    shapes.append(step.shape(shapes[-1]))


def _through(box: Box, turn: Step, before: tuple[int, ...]) -> Box | None:
    """The box of the array before the turn that has the elements of a box after the turn."""
    match turn:
        case Part():
            return box
        case Bits(was, now) if was.itemsize == now.itemsize:
            return box
        case Order(perm):
            at = sorted(range(len(perm)), key=perm.__getitem__)
            return Box(*(tuple(part[k] for k in at) for part in _parts(box)))  # type: ignore[arg-type]
        case Flip(dims):
            offsets = list(box.offsets)
            for d in dims:
                offsets[d] = _flipped(box, d, before[d])
            return Box(tuple(offsets), box.sizes, box.strides)
        case Shape(sizes):
            return _through_shape(box, before, sizes)
        case _:
            return None


def _parts(box: Box) -> tuple[Sequence[Offset], Sequence[int], Sequence[int]]:
    return box.offsets, box.sizes, box.strides


def _flipped(box: Box, d: int, n: int) -> Offset:
    offset = box.offsets[d]
    if isinstance(offset, Array):
        return ops.binary_index(arith.SubiOp, tracing.constant_index(n - 1), offset)
    if not box.sizes[d]:
        return 0
    return n - 1 - (offset + (box.sizes[d] - 1) * box.strides[d])


def _through_shape(box: Box, before: tuple[int, ...], after: tuple[int, ...]) -> Box | None:
    """A box moves through a shape that only adds and removes dimensions of size 1."""
    if [n for n in before if n != 1] != [n for n in after if n != 1]:
        return None
    trivial = all(
        m == 1 and type(o) is int for n, m, o in zip(after, box.sizes, box.offsets) if n == 1
    )
    if not trivial:
        return None
    long = iter([d for d, n in enumerate(after) if n != 1])
    offsets, sizes, strides = [], [], []
    for n in before:
        d = next(long) if n != 1 else None
        offsets.append(0 if d is None else box.offsets[d])
        sizes.append(1 if d is None else box.sizes[d])
        strides.append(1 if d is None else box.strides[d])
    return Box(tuple(offsets), tuple(sizes), tuple(strides))


def _on_part(turn: Step, box: Box, before: tuple[int, ...]) -> Step:
    """The turn of the part that the box leaves."""
    return Shape(box.sizes) if isinstance(turn, Shape) else turn


def _box_of_box(outer: Box, inner: Box, before: tuple[int, ...]) -> Box:
    """One box for a box of a box."""
    offsets: list[Offset] = []
    for d, (base, more, stride) in enumerate(zip(outer.offsets, inner.offsets, outer.strides)):
        size = outer.sizes[d]
        if isinstance(base, Array):
            # The outer box has size 1 here. An inner place other than 0 is outside of the view.
            offsets.append(base if type(more) is int else _guarded(more, 1, base, 1))  # type: ignore[arg-type]
        elif type(more) is int:
            offsets.append(base + more * stride)
        elif base == 0 and stride == 1 and size == before[d]:
            offsets.append(more)
        else:
            offsets.append(_guarded(more, size, base, stride))  # type: ignore[arg-type]
    strides = [a * b if n > 1 else 1 for a, b, n in zip(outer.strides, inner.strides, inner.sizes)]
    return Box(tuple(offsets), inner.sizes, tuple(strides))


def _guarded(place: Array, size: int, base: Offset, stride: int) -> Array:
    """
    base + place * stride; -1, which is outside of every array, where the place is not below `size`.
    A place outside of a view may be inside of the view's array.
    """
    shift = ops.binary_index(arith.MuliOp, place, tracing.constant_index(stride))
    start = base if isinstance(base, Array) else tracing.constant_index(base)
    moved = ops.binary_index(arith.AddiOp, start, shift)
    outside = tracing.constant_index(-1)
    low, high = index_maps.bounds_of_elements(place.value)
    if low < 0:
        below = ops.compare_by("slt", place, tracing.constant_index(0))
        moved = ops.select(below, outside, moved)
    if high >= size:
        beyond = ops.compare_by("sge", place, tracing.constant_index(size))
        moved = ops.select(beyond, outside, moved)
    return moved
