"""Programs on unsigned integers, as people write them: the values are NumPy's, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from program_checks import check_gradient, copies

import letgrad as lg


def crc16(data, poly=0x8408):
    crc = 0xFFFF
    for b in data:
        cur_byte = 0xFF & b
        for _ in range(0, 8):
            if (crc & 0x0001) ^ (cur_byte & 0x0001):
                crc = (crc >> 1) ^ poly
            else:
                crc >>= 1
            cur_byte >>= 1
    crc = ~crc & 0xFFFF
    crc = (crc << 8) | ((crc >> 8) & 0xFF)
    return crc & 0xFFFF


def table_of(poly):
    table = np.zeros(256, np.uint16)
    for n in range(256):
        c = n
        for _ in range(8):
            c = (c >> 1) ^ poly if c & 1 else c >> 1
        table[n] = c
    return table


TABLE = table_of(0x8408)


def crc16_by_table(data, table):
    crc = np.uint16(0xFFFF)
    for b in data:
        crc = (crc >> 8) ^ table[(crc ^ b) & 0xFF]
    return crc


def spmv(A_row, A_col, A_val, x):
    y = np.empty(A_row.size - 1, A_val.dtype)
    for i in range(A_row.size - 1):
        cols = A_col[A_row[i] : A_row[i + 1]]
        vals = A_val[A_row[i] : A_row[i + 1]]
        y[i] = vals @ x[cols]
    return y


def xorshift(seed, n):
    x = seed
    out = np.empty(n, np.uint32)
    for i in range(n):
        x ^= x << np.uint32(13)
        x ^= x >> np.uint32(17)
        x ^= x << np.uint32(5)
        out[i] = x
    return out


def splitmix(seed, n):
    out = np.zeros(n, np.uint64)
    state = seed
    for i in range(n):
        state = state + np.uint64(0x9E3779B97F4A7C15)
        z = state
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out[i] = z ^ (z >> np.uint64(31))
    return out, (out >> np.uint64(11)) * 2.0**-53


def threefry(key, counter):
    """Threefry 2x32 with 20 rounds."""
    rotations = ((13, 15, 26, 6), (17, 29, 16, 24))
    a, b = counter[0], counter[1]
    keys = [key[0], key[1], key[0] ^ key[1] ^ np.uint32(0x1BD11BDA)]
    a, b = a + keys[0], b + keys[1]
    for block in range(5):
        for turn in rotations[block % 2]:
            a = a + b
            b = (b << np.uint32(turn)) | (b >> np.uint32(32 - turn))
            b = a ^ b
        a = a + keys[(block + 1) % 3]
        b = b + keys[(block + 2) % 3] + np.uint32(block + 1)
    return np.stack([a, b])


def fnv1a(data):
    h = np.uint64(0xCBF29CE484222325)
    for byte in data:
        h = h ^ np.uint64(byte)
        h = h * np.uint64(0x100000001B3)
    return h


def murmur3(blocks, seed):
    h = seed
    for k in blocks:
        k = k * np.uint32(0xCC9E2D51)
        k = (k << 15) | (k >> 17)
        k = k * np.uint32(0x1B873593)
        h = h ^ k
        h = (h << 13) | (h >> 19)
        h = h * 5 + 0xE6546B64
    h ^= np.uint32(4 * len(blocks))
    h ^= h >> 16
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> 13
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> 16
    return h


def popcount(x):
    x = x - ((x >> 1) & 0x55555555)
    x = (x & 0x33333333) + ((x >> 2) & 0x33333333)
    return (((x + (x >> 4)) & 0x0F0F0F0F) * np.uint32(0x01010101)) >> 24


def adler(data):
    a, b = np.uint32(1), np.uint32(0)
    for byte in data:
        a = (a + byte) % np.uint32(65521)
        b = (b + a) % np.uint32(65521)
    return (b << 16) | a


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def grey(image):
    return ((image[..., 0] * np.uint16(77) + image[..., 1] * np.uint16(150)) >> 8).astype(np.uint8)


random = np.random.default_rng(3)
CASES: dict[str, tuple[Any, ...]] = {
    "crc16": (crc16, random.integers(0, 256, 20, np.uint8)),
    "crc16_by_table": (crc16_by_table, random.integers(0, 256, 20, np.uint8), TABLE),
    "spmv": (
        spmv,
        np.array([0, 2, 2, 5], np.uint32),
        np.array([0, 3, 1, 2, 3], np.uint32),
        random.random(5),
        random.random(4),
    ),
    "xorshift": (xorshift, np.uint32(2463534242), 9),
    "splitmix": (splitmix, np.uint64(2**63 + 12345), 6),
    "threefry": (
        threefry,
        np.array([2**31 + 7, 99], np.uint32),
        random.integers(0, 2**32, (2, 5), np.uint32),
    ),
    "fnv1a": (fnv1a, random.integers(0, 256, 11, np.uint8)),
    "murmur3": (murmur3, random.integers(0, 2**32, 7, np.uint32), np.uint32(42)),
    "popcount": (popcount, random.integers(0, 2**32, 7, np.uint32)),
    "adler": (adler, random.integers(0, 256, 31, np.uint8)),
    "gcd": (gcd, np.uint64(2**63 + 2**40), np.uint64(3 * 2**38)),
    "grey": (grey, random.integers(0, 256, (3, 4, 3), np.uint8)),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("backend", ["cpu", "numpy", "triton"])
def test_values_are_numpys_bit_for_bit(name: str, backend: str) -> None:
    fn, *args = CASES[name]
    with np.errstate(over="ignore"):
        expected = fn(*copies(args))
    found = lg.jit(lg.program(fn), backend=backend)(*copies(args))
    expected = expected if isinstance(expected, tuple) else (expected,)
    found = found if isinstance(found, tuple) else (found,)
    for x, y in zip(found, expected, strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_array_equal(x, y) if name != "spmv" else np.testing.assert_allclose(x, y)


def test_a_gradient_through_row_pointers() -> None:
    fn, *args = CASES["spmv"]
    check_gradient(fn, *args, argnums=(2, 3))
