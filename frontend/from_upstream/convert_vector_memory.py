"""Masks around ops of `vector`, reads and writes at many places, and scans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith

from ...dialects import ten, types
from .. import ops, tracing
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array
from . import convert_vectors, elements, loop_writing
from .cells import View, box, element, put
from .elements import binary, select
from .places import Place
from .upstream_evaluator import array
from .upstream_rules import Call, converts

# Masks.


def _reduction(inner: Call, mask: Array, xs: Sequence[Any]) -> Any:
    """mask m { reduction x }  →  reduction (select m, x, the neutral number)"""
    x, *rest = xs
    kept = select(mask, array(x), convert_vectors.neutral(inner.word("kind"), x))
    return inner.evaluator.rules[inner.name](inner, kept, *rest)


def _contraction(inner: Call, mask: Array, xs: Sequence[Any]) -> Any:
    """mask m { contract a, b, acc }  →  a reduction of the products where the mask is set"""
    a, b, start = xs
    return convert_vectors.products(inner, a, b, start, mask)


def _transfer(inner: Call, mask: Array, xs: Sequence[Any]) -> Any:
    """mask m { transfer_read x }  →  transfer_read x, m"""
    indices = len(inner.op.indices)
    before = indices + 2
    given = mask if len(xs) == before else binary(arith.AndIOp, mask, xs[before])
    return inner.evaluator.rules[inner.name](inner, *xs[:before], given)


def _at_places(inner: Call, mask: Array, xs: Sequence[Any]) -> Any:
    """mask m { gather x, n }  →  gather x, m and n"""
    *front, own, last = xs
    return inner.evaluator.rules[inner.name](inner, *front, binary(arith.AndIOp, mask, own), last)


MASKED: dict[str, Callable[[Call, Array, Sequence[Any]], Any]] = {
    "vector.reduction": _reduction,
    "vector.multi_reduction": _reduction,
    "vector.contract": _contraction,
    "vector.transfer_read": _transfer,
    "vector.transfer_write": _transfer,
    "vector.gather": _at_places,
    "vector.scatter": _at_places,
    "vector.maskedload": _at_places,
    "vector.maskedstore": _at_places,
}
"""The ops that read, write or join only the elements where the mask is set."""


@converts("vector.mask")
def mask_(call: Call, mask: Array, *other: Array) -> Any:
    """vector.mask m { f x }  →  f of the elements where m is set; ten.select of its result"""
    inner, *rest = call.block().ops
    if rest and inner.name in MASKED:
        source = call.evaluator.source(inner, call.values)
        found = MASKED[inner.name](source, array(mask), [call.values[v] for v in inner.operands])
        found = list(found) if isinstance(found, list | tuple) else [found]
    else:
        # Without other values, the elements where m is not set may have any value.
        found = call.region()()
    return [select(mask, array(x), array(y)) for x, y in zip(found, other)] if other else found


# Many places.


def _places_at(call: Call, at: Sequence[Place], indices: Array, k: Sequence[Array]) -> list[Place]:
    """The place in memory of an element of a vector of places."""
    moved = element(indices, list(k))
    if not moved.is_index:
        moved = ops.as_index(moved)
    return [*at[:-1], call.places.add(at[-1], moved)]


@converts("vector.gather")
def gather(call: Call, source: Any, *rest: Array) -> Any:
    """vector.gather x[i] [at], m, v  →  ten.build of elements at places, or v"""
    *offsets, indices, mask, other = rest
    x, at = convert_vectors.content(call, source), [call.places.of(i) for i in offsets]
    begins: list[Place] = [call.places.traced(p) for p in at]

    def point(*k: Array) -> Array:
        return element(x, _places_at(call, begins, indices, k))

    return select(mask, elements.build(indices.shape, point), other)


@converts("vector.scatter")
def scatter(call: Call, target: Any, *rest: Array) -> Any:
    """vector.scatter x[i] [at], m, v  →  ten.update of one element after the other"""
    *offsets, indices, mask, value = rest
    x, at = convert_vectors.content(call, target), [call.places.of(i) for i in offsets]
    if not value.ndim or not x.ndim:
        raise NotConvertible("letgrad writes vectors of at least one dimension")
    count = int(np.prod(value.shape))
    flat = [elements.reshape(v, (count,)) for v in (indices, mask, value)]

    def body(k: Place, values: list[Any]) -> list[Any]:
        (y,) = values
        place = _places_at(call, at, flat[0], [call.places.traced(k)])
        new = select(element(flat[1], [k]), element(flat[2], [k]), element(y, place))
        return [put(y, elements.reshape(new, (1,) * y.ndim), place, [1] * y.ndim)]

    (result,) = loop_writing.counted(call.evaluator, 0, count, 1, [x], body)
    return _given_back(call, target, result)


def _given_back(call: Call, target: Any, result: Array) -> Any:
    """The memory has the new elements; a tensor with them is a result."""
    if isinstance(target, View):
        call.memory.write(target, result)
        return []
    return result


def _ranks(mask: Array) -> Array:
    """How many bits of a mask are set before each of its places."""
    ones = tracing.emit(ten.CastOp, tracing.use(mask), types.i64)
    return binary(arith.SubiOp, tracing.emit(ten.CumsumOp, tracing.use(ones), 0), ones)


@converts("vector.expandload")
def expand_load(call: Call, source: View, *rest: Array) -> Any:
    """vector.expandload x[i], m, v  →  ten.build of x at i + the set bits before, or v"""
    *offsets, mask, other = rest
    x = convert_vectors.content(call, source)
    at: list[Place] = [call.places.traced(call.places.of(i)) for i in offsets]
    ranks = _ranks(mask)

    def point(k: Array) -> Array:
        return element(x, _places_at(call, at, ranks, [k]))

    return select(mask, elements.build(mask.shape, point), other)


@converts("vector.compressstore")
def compress_store(call: Call, target: View, *rest: Array) -> Any:
    """vector.compressstore x[i], m, v  →  ten.update at i + the bits of m before"""
    *offsets, mask, value = rest
    return scatter(call, target, *offsets, _ranks(mask), mask, value)


# Scans and parts.


@converts("vector.scan")
def scan(call: Call, x: Array, start: Array) -> Any:
    """vector.scan x  →  ten.stack of x joined up to each place"""
    d, join = call.int("reduction_dim"), convert_vectors.joining(call, x)
    left = start.shape

    def part(k: int) -> Array:
        offsets = [0] * x.ndim
        offsets[d] = k
        sizes = [1 if e == d else n for e, n in enumerate(x.shape)]
        return elements.reshape(box(x, offsets, sizes, [1] * x.ndim), left)

    inclusive, last = call.flag("inclusive"), part(0) if call.flag("inclusive") else start
    parts = [last]
    for k in range(1, x.shape[d]):
        last = binary(join, last, part(k if inclusive else k - 1))
        parts.append(last)
    sizes = [1 if e == d else n for e, n in enumerate(x.shape)]
    return [ops.concat([elements.reshape(p, sizes) for p in parts], d), last]


@converts("vector.deinterleave")
def deinterleave(call: Call, x: Array) -> Any:
    """vector.deinterleave x  →  ten.slice of every second element"""
    sizes, strides = [*x.shape[:-1], x.shape[-1] // 2], [*[1] * (x.ndim - 1), 2]
    front = [0] * (x.ndim - 1)
    return [ops.slice_(x, [*front, k], sizes, strides) for k in (0, 1)]


@converts("vector.type_cast")
def type_cast(call: Call, view: View) -> Any:
    """vector.type_cast x  →  x"""
    return view


@converts("vector.print")
def print_(call: Call, *x: Any) -> Any:
    """vector.print x  →  nothing: letgrad's programs have values, and print none"""
    return []


@converts("vector.vscale")
def scale(call: Call) -> Any:
    """vector.vscale  →  an error: letgrad computes with fixed sizes"""
    raise NotConvertible("letgrad computes with vectors of fixed sizes")
