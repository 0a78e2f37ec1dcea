"""
Bits from a key and a counter, and the numbers that are made of them.

A key is an array of two uint32. Each function takes a key, and gives the same numbers for the same
key: those that the function of the same name in `jax.random` gives for its default generator,
threefry2x32. The functions work on NumPy's arrays, and on traced ones.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy

from .. import ops
from ..tracing import Array
from ..user_code import located

np: Any = numpy  # its type stubs know no traced arrays

UINT32 = numpy.dtype(numpy.uint32)
UINT64 = numpy.dtype(numpy.uint64)
FLOAT64 = numpy.dtype(numpy.float64)

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
MANTISSA = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}
"""The bits of a float after the leading one."""


def wrapping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: NumPy's warnings stay off, because the function computes modulo 2^n."""

    @functools.wraps(function)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        with numpy.errstate(all="ignore"):
            return function(*args, **kwargs)

    return quiet


def key(seed: Any) -> Any:
    """
    The key of an integer, as `jax.random.PRNGKey` makes it with 64-bit integers.

    Errors: `ValueError` for a known integer that is negative, or beyond 64 bits; `TypeError` for a
            value that is no integer.
    """
    if isinstance(seed, Array):
        if seed.shape or seed.dtype.kind not in "iu":
            raise located(TypeError, f"a seed is one integer, not {seed!r}")
        wide = ops.cast(ops.number(seed), UINT64)
        return np.stack([(wide >> 32).astype(UINT32), wide.astype(UINT32)])
    if isinstance(seed, bool) or not isinstance(seed, int | numpy.integer):
        raise located(TypeError, f"a seed is one integer, not {seed!r}")
    if not 0 <= seed < 1 << 64:
        raise located(ValueError, f"a seed is an integer from 0 to 2^64 - 1, not {seed}")
    return np.array([int(seed) >> 32, int(seed) & 0xFFFFFFFF], UINT32)


def checked_key(k: Any) -> Any:
    """Errors: `TypeError` for anything but two uint32."""
    k = ops.as_array(k)
    if tuple(k.shape) != (2,) or k.dtype != UINT32:
        raise located(TypeError, f"a key is an array of two uint32, not {k.dtype}{list(k.shape)}")
    return k


def _hash(k: Any, high: Any, low: Any) -> tuple[Any, Any]:
    """Threefry 2x32 of two counters, in 20 rounds."""
    keys = [k[0:1], k[1:2], k[0:1] ^ k[1:2] ^ UINT32.type(0x1BD11BDA)]
    a, b = high + keys[0], low + keys[1]
    for block in range(5):
        for turn in ROTATIONS[block % 2]:
            a = a + b
            b = a ^ ((b << UINT32.type(turn)) | (b >> UINT32.type(32 - turn)))
        a = a + keys[(block + 1) % 3]
        b = b + (keys[(block + 2) % 3] + UINT32.type(block + 1))
    return a, b


def _hashed_places(k: Any, count: int) -> tuple[Any, Any]:
    """The hashes of the 64-bit counters 0, 1, …, count - 1."""
    low = (
        ops.iota((count,), 0, UINT32)
        if isinstance(k, Array) and count < 1 << 32
        else np.arange(count, dtype=UINT64)
    )
    if count < 1 << 32:
        low = low.astype(UINT32)
        high = np.zeros((1,), UINT32)
    else:
        high, low = (low >> UINT64.type(32)).astype(UINT32), low.astype(UINT32)
    return _hash(k, high, low)


@wrapping
def split(k: Any, num: int = 2) -> Any:
    """`num` keys of one key: an array of the shape (num, 2)."""
    return np.stack(_hashed_places(checked_key(k), num), axis=1)


@wrapping
def fold_in(k: Any, data: Any) -> Any:
    """The key of a key and an integer of 32 bits."""
    number = ops.as_array(data)
    if number.shape or number.dtype.kind not in "iu":
        raise located(TypeError, f"fold_in takes one integer, not {data!r}")
    number = np.reshape(number.astype(UINT32), (1,))
    return np.concatenate(_hash(checked_key(k), np.zeros((1,), UINT32), number))


def sizes_of(shape: Any) -> tuple[int, ...]:
    """
    A shape as a tuple.

    Errors: `TypeError` for sizes that are no known integers; `ValueError` for negative ones.
    """
    given = shape if isinstance(shape, tuple | list) else (shape,)
    try:
        sizes = tuple(n.__index__() for n in given)
    except (AttributeError, TypeError):
        raise located(TypeError, f"a shape is made of known integers, not {shape!r}") from None
    if any(n < 0 for n in sizes):
        raise located(ValueError, "negative dimensions are not allowed")
    return sizes


@wrapping
def bits(k: Any, shape: int | Sequence[int] = (), dtype: Any = UINT32) -> Any:
    """
    Random bits, as unsigned integers.

    Errors: `TypeError` for a dtype that is not unsigned.
    """
    kind, sizes = np.dtype(dtype), sizes_of(shape)
    if kind.kind != "u":
        raise located(TypeError, f"random bits are unsigned integers, not {kind}")
    a, b = _hashed_places(checked_key(k), prod(sizes))
    if kind == UINT64:
        joined = (a.astype(UINT64) << UINT64.type(32)) | b.astype(UINT64)
    else:
        joined = (a ^ b).astype(kind)
    return np.reshape(joined, sizes)


def float_kind(dtype: Any) -> numpy.dtype:
    """Errors: `TypeError` for a dtype that is no float."""
    kind = np.dtype(dtype)
    if kind.name not in MANTISSA:
        raise located(TypeError, f"a random number is a float, not {kind}")
    return kind


@wrapping
def uniform(
    k: Any,
    shape: int | Sequence[int] = (),
    dtype: Any = FLOAT64,
    minval: Any = 0.0,
    maxval: Any = 1.0,
) -> Any:
    """
    Floats from minval (included) to maxval. The first bits of a word are the bits after the point
    of a number from 0 to 1.
    """
    kind = float_kind(dtype)
    digits = MANTISSA[kind.name]
    # 7 digits come from a byte; others from a word as wide as the float.
    word = np.dtype(f"u{kind.itemsize if digits > 8 else 1}")
    whole = bits(k, shape, word) >> word.type(8 * word.itemsize - digits)
    unit = whole.astype(kind) * kind.type(2.0**-digits)
    low, high = _of_kind(minval, kind), _of_kind(maxval, kind)
    if _is(low, 0.0) and _is(high, 1.0):
        return unit
    return np.maximum(low, unit * (high - low) + low)


def _of_kind(x: Any, kind: numpy.dtype) -> Any:
    """The number in a dtype. NumPy's arithmetic of two scalars of bfloat16 needs the type."""
    return x.astype(kind) if isinstance(x, Array | numpy.ndarray) else kind.type(x)


def _is(x: Any, number: float) -> bool:
    return not isinstance(x, Array) and np.ndim(x) == 0 and x == number


@wrapping
def normal(k: Any, shape: int | Sequence[int] = (), dtype: Any = FLOAT64) -> Any:
    """Floats of the standard normal distribution: √2 erfinv(u) of uniform ones between -1 and 1."""
    kind = float_kind(dtype)
    lowest = np.nextafter(kind.type(-1), kind.type(0))
    return kind.type(np.sqrt(2.0)) * _inverse_erf(uniform(k, shape, kind, lowest, 1.0))


# M. Giles, Approximating the erfinv function (2011): polynomials in w = -log(1 - x²), which the
# compilers of jax take too.

SINGLE_CENTRE = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
SINGLE_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
    0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip
DOUBLE_CENTRE = (
    -3.6444120640178196996e-21, -1.685059138182016589e-19, 1.2858480715256400167e-18,
    1.115787767802518096e-17, -1.333171662854620906e-16, 2.0972767875968561637e-17,
    6.6376381343583238325e-15, -4.0545662729752068639e-14, -8.1519341976054721522e-14,
    2.6335093153082322977e-12, -1.2975133253453532498e-11, -5.4154120542946279317e-11,
    1.051212273321532285e-09, -4.1126339803469836976e-09, -2.9070369957882005086e-08,
    4.2347877827932403518e-07, -1.3654692000834678645e-06, -1.3882523362786468719e-05,
    0.0001867342080340571352, -0.00074070253416626697512, -0.0060336708714301490533,
    0.24015818242558961693, 1.6536545626831027356,
)  # fmt: skip
DOUBLE_TAIL = (
    2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07,
    1.8239629214389227755e-08, 1.5027403968909827627e-06, -4.013867526981545969e-06,
    2.9234449089955446044e-06, 1.2475304481671778723e-05, -4.7318229009055733981e-05,
    6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
    0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066,
    -0.0037512085075692412107, 0.005370914553590063617, 1.0052589676941592334,
    3.0838856104922207635,
)  # fmt: skip
DOUBLE_END = (
    -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,
    -3.7894654401267369937e-09, 7.6157012080783393804e-09, -1.4960026627149240478e-08,
    2.9147953450901080826e-08, -6.7711997758452339498e-08, 2.2900482228026654717e-07,
    -9.9298272942317002539e-07, 4.5260625972231537039e-06, -1.9681778105531670567e-05,
    7.5995277030017761139e-05, -0.00021503011930044477347, -0.00013871931833623122026,
    1.0103004648645343977, 4.8499064014085844221,
)  # fmt: skip


def _polynomial(coefficients: Sequence[float], w: Any) -> Any:
    kind = w.dtype.type
    y = np.full(w.shape, kind(coefficients[0])) if not isinstance(w, Array) else coefficients[0]
    for c in coefficients[1:]:
        y = y * w + kind(c)
    return y


def _inverse_erf(x: Any) -> Any:
    """The inverse of erf between -1 and 1, in float32 for floats of 16 bits."""
    kind = x.dtype
    if kind.itemsize == 2:
        return _inverse_erf(x.astype(np.float32)).astype(kind)
    w = -np.log1p(-x * x)
    if kind == FLOAT64:
        root = np.sqrt(w)
        far = np.where(
            w < 16, _polynomial(DOUBLE_TAIL, root - 3.25), _polynomial(DOUBLE_END, root - 5.0)
        )
        return np.where(w < 6.25, _polynomial(DOUBLE_CENTRE, w - 3.125), far) * x
    single = kind.type
    tail = _polynomial(SINGLE_TAIL, np.sqrt(w) - single(3.0))
    return np.where(w < 5, _polynomial(SINGLE_CENTRE, w - single(2.5)), tail) * x
