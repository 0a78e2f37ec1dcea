"""
Random bits, by the two generators of StableHLO: each bit is the one that XLA gives.

    Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011.

Both generators encrypt a counter with a key. The state holds the key, then the counter.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy
from xdsl.dialects import arith

from .. import ops
from ..numpy_functions.elementwise import filled
from ..tracing import Array
from .conversion_table import Call, converts, target
from .foreign_op import NotConvertible

np: Any = numpy  # its type stubs know no traced arrays

U32, U64 = np.dtype("uint32"), np.dtype("uint64")


def _xor(a: Array, b: Array) -> Array:
    return ops.binary(arith.XOrIOp, a, b)


def _left(x: Array, n: int) -> Array:
    return ops.binary(arith.ShLIOp, x, filled(x, n))


def _right(x: Array, n: int) -> Array:
    return ops.binary(arith.ShRUIOp, x, filled(x, n))


def _halves(x: Array) -> tuple[Array, Array]:
    """The lower and the upper 32 bits."""
    return ops.cast(x, U32), ops.cast(_right(x, 32), U32)


def _joined(low: Array, high: Array) -> Array:
    return ops.binary(arith.OrIOp, ops.cast(low, U64), _left(ops.cast(high, U64), 32))


def _item(state: Array, k: int) -> Array:
    return ops.reshape(ops.part(state, 0, k, k + 1), ())


# Threefry.


def rounds_of_threefry(key: Sequence[Array], counter: Sequence[Array]) -> tuple[Array, Array]:
    """The twenty rounds of Threefry on two numbers of 32 bits, all of one shape."""
    parity = filled(key[0], 0x1BD11BDA)
    keys = [*key, _xor(_xor(key[0], key[1]), parity)]
    rotations = ((13, 15, 26, 6), (17, 29, 16, 24))
    a, b = np.add(counter[0], keys[0]), np.add(counter[1], keys[1])
    for k in range(5):
        for r in rotations[k % 2]:
            a = np.add(a, b)
            b = _xor(ops.binary(arith.OrIOp, _left(b, r), _right(b, 32 - r)), a)
        a = np.add(a, keys[(k + 1) % 3])
        b = np.add(np.add(b, keys[(k + 2) % 3]), filled(b, k + 1))
    return a, b


@target("cu_threefry2x32", "cu_threefry2x32_ffi", "hip_threefry2x32", "hip_threefry2x32_ffi")
def threefry(call: Call, *xs: Array) -> Any:
    """custom_call @cu_threefry2x32_ffi(k0, k1, x0, x1)  →  the twenty rounds of Threefry"""
    shape = call.kind(0)[0]
    k0, k1, x0, x1 = (ops.broadcast_to(x, shape) for x in xs[:4])
    return list(rounds_of_threefry((k0, k1), (x0, x1)))


def _threefry_pairs(state: Array, shape: Sequence[int]) -> tuple[Array, Array, Array]:
    """Two numbers of 32 bits for each element of a shape, and the counter after these."""
    key, first = _item(state, 0), _item(state, 1)
    count = prod(shape)
    # The first dimension counts fastest only if it is the last one: this is the order of C.
    place = ops.reshape(ops.cast(ops.iota((count,), 0), U64), tuple(shape))
    counter = np.add(place, ops.broadcast_to(first, place.shape))
    keys = [ops.broadcast_to(k, place.shape) for k in _halves(key)]
    return *rounds_of_threefry(keys, _halves(counter)), np.add(first, filled(first, count))


def _threefry_bits(state: Array, shape: tuple[int, ...], is_wide: bool) -> tuple[Array, Array]:
    if is_wide:
        low, high, after = _threefry_pairs(state, shape)
        return _joined(low, high), after
    if not shape:
        low, _, after = _threefry_pairs(state, (1,))
        return ops.reshape(low, ()), after
    # A dimension with an even size, or else the longest one, takes both numbers of each pair.
    even = [d for d, n in enumerate(shape) if n % 2 == 0]
    split = even[0] if even else shape.index(max(shape))
    half = (*shape[:split], (shape[split] + 1) // 2, 1, *shape[split + 1 :])
    low, high, after = _threefry_pairs(state, half)
    both = ops.concat([low, high], split + 1)
    whole = ops.reshape(both, (*shape[:split], half[split] * 2, *shape[split + 1 :]))
    return ops.part(whole, split, 0, shape[split]), after


# Philox.


def rounds_of_philox(key: Sequence[Array], counter: Sequence[Array]) -> list[Array]:
    """The ten rounds of Philox on four numbers of 32 bits, all of one shape."""
    x, (k0, k1) = list(counter), key
    for _ in range(10):
        low0, high0 = _halves(np.multiply(ops.cast(x[0], U64), filled_wide(x[0], 0xD2511F53)))
        low1, high1 = _halves(np.multiply(ops.cast(x[2], U64), filled_wide(x[2], 0xCD9E8D57)))
        x = [_xor(_xor(high1, x[1]), k0), low1, _xor(_xor(high0, x[3]), k1), low0]
        k0, k1 = np.add(k0, filled(k0, 0x9E3779B9)), np.add(k1, filled(k1, 0xBB67AE85))
    return x


def filled_wide(x: Array, number: int) -> Array:
    """The number with 64 bits, in the shape of x."""
    return ops.broadcast_to(ops.lift(np.uint64(number)), x.shape)


def _plus(low: Array, high: Array, n: Array) -> tuple[Array, Array]:
    """A number of 128 bits plus one of 64 bits."""
    total = np.add(low, n)
    carried = ops.compare("lt", total, low)
    return total, ops.select(carried, np.add(high, filled(high, 1)), high)


def _philox_bits(
    state: Array, shape: tuple[int, ...], is_wide: bool
) -> tuple[Array, tuple[Array, Array]]:
    key = _item(state, 0)
    # A state of two numbers has its key as the upper half of the counter, too.
    low, high = (_item(state, 1), key if state.shape[0] < 3 else _item(state, 2))
    count = prod(shape)
    blocks = (count * (2 if is_wide else 1) + 3) // 4
    place = ops.cast(ops.iota((blocks,), 0), U64)
    spread = [ops.broadcast_to(x, (blocks,)) for x in (low, high)]
    counter = _plus(spread[0], spread[1], place)
    keys = [ops.broadcast_to(k, (blocks,)) for k in _halves(key)]
    x = rounds_of_philox(keys, [part for word in counter for part in _halves(word)])
    words = [_joined(x[0], x[1]), _joined(x[2], x[3])] if is_wide else x
    rows = ops.concat([ops.reshape(w, (blocks, 1)) for w in words], 1)
    flat = ops.reshape(rows, (blocks * len(words),))
    after = _plus(low, high, ops.lift(np.uint64(blocks)))
    return ops.reshape(ops.part(flat, 0, 0, count), shape), after


@converts("stablehlo.rng_bit_generator")
def rng_bit_generator(call: Call, state: Array) -> Any:
    """
    stablehlo.rng_bit_generator s, algorithm = a  →  the rounds of Threefry or Philox; the default
    is Philox, as XLA has it on a processor
    """
    shape, dtype = call.kind(1)
    if dtype.kind not in "iu":
        raise NotConvertible(f"letgrad makes random bits of integers, and not of {dtype}")
    if state.dtype != U64 or not state.shape or state.shape[0] < 2:
        raise NotConvertible("letgrad knows states of two and of three ui64")
    is_wide = dtype.itemsize == 8
    if call.word("rng_algorithm") == "THREE_FRY":
        found, counter = _threefry_bits(state, shape, is_wide)
        given = [counter]
    else:
        found, given = _philox_bits(state, shape, is_wide)
    given = [ops.reshape(x, (1,)) for x in given][: state.shape[0] - 1]
    rest = [ops.part(state, 0, k, k + 1) for k in range(1 + len(given), state.shape[0])]
    new_state = ops.concat([ops.part(state, 0, 0, 1), *given, *rest], 0)
    return [new_state, found if found.dtype == dtype else ops.cast(found, dtype)]
