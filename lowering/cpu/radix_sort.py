"""
The positions that sort: machine code that sorts by digits, from the last digit to the first.

An element becomes an unsigned number, its key, so that keys have the order of the elements: -0.0
has the key of 0.0, and each NaN has the greatest key. A digit is a byte of the key. For each digit,
the code counts how often each byte occurs, and then moves every element to the next place of its
byte. Elements with one byte stay in order, so all equal elements stay in order. The code moves no
element by a digit that all keys have in common.

The code first looks whether the elements are in ascending or descending order. It sorts a short row
by insertion.

A key of up to 32 bits and its position are one word of 64 bits. Longer keys have an array of
positions beside them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..reference.tensor_rules import argsorted
from .instructions import Scalars
from .machine import Library
from .memory import pool
from .threads import made_once, parts, run_parts, thread_count

Array = Any

BYTES = 256
"""The values of a digit."""

SHORT = 40
"""The longest rows that are sorted by insertion."""

LONGEST = 1 << 32
"""Rows of so many elements have positions of more than 32 bits; NumPy sorts them."""

SPLIT = 1 << 13
"""From this number of elements on, two threads pay for several rows."""


def sort_positions(x: Array, d: int, out: Array) -> None:
    """Put the positions that sort x along dimension d into `out`, equal elements in order."""
    n = x.shape[d]
    if n >= LONGEST:
        np.copyto(out, argsorted(x, d))
        return
    rows = np.ascontiguousarray(np.moveaxis(x, d, -1))
    count = prod(rows.shape[:-1])
    is_plain = d == x.ndim - 1 and out.dtype == np.int64 and out.flags.c_contiguous
    made = out if is_plain else pool.empty(rows.shape, np.dtype(np.int64), 8 * rows.size)
    entry = _entry(x.dtype)
    source, target, size = rows.ctypes.data, made.ctypes.data, n * x.dtype.itemsize
    room = _scratch_bytes(x.dtype, n)

    def sort(_: Any, low: int, high: int) -> None:
        scratch = pool.empty((room,), np.dtype(np.uint8), room)
        entry(source + low * size, target + low * n * 8, scratch.ctypes.data, high - low, n)

    threads = thread_count() if rows.size >= SPLIT else 1
    if min(threads, count) < 2:
        sort(None, 0, count)
    else:
        run_parts(sort, [(None, *ends) for ends in parts(count, min(4 * threads, count))])
    if not is_plain:
        np.copyto(np.moveaxis(out, d, -1), made, casting="unsafe")


def prepare(dtype: np.dtype) -> None:
    """Make the machine code for this type now, and not in the first call."""
    _entry(dtype)


def _is_wide(dtype: np.dtype) -> bool:
    return dtype.itemsize == 8


def _scratch_bytes(dtype: np.dtype, n: int) -> int:
    """Two arrays of words, and two of positions if words have no room for them."""
    return n * (24 if _is_wide(dtype) else 16)


@made_once
def _entry(dtype: np.dtype) -> Callable[..., None]:
    """The function (x, positions, scratch, rows, n), without the interpreter's lock."""
    address = _library(_kind(dtype), dtype.itemsize).address("sort")
    signature = [ctypes.c_void_p] * 3 + [ctypes.c_int64] * 2
    return ctypes.CFUNCTYPE(None, *signature)(address)


def _kind(dtype: np.dtype) -> str:
    """`bool`, `signed`, or the bits of infinity."""
    if dtype.kind in "bi":
        return "bool" if dtype.kind == "b" else "signed"
    infinity = np.array(np.inf).astype(dtype)
    return str(int(infinity.view(f"u{dtype.itemsize}")))


@made_once
def _library(kind: str, size: int) -> Library:
    return Library(_Sort(kind, size).text())


class _Sort:
    """The module that sorts elements of one kind, of so many bytes."""

    def __init__(self, kind: str, size: int):
        self.kind, self.size, self.bits = kind, size, 8 * size
        self.wide = size == 8
        self.base = 0 if self.wide else 32
        """The bits of a word below the key."""

    def text(self) -> str:
        return f"{self._row()}{self._rows()}"

    def _rows(self) -> str:
        code = Scalars("", True)

        def row(i: str) -> None:
            first = code.let(f"mul i64 {i}, %n")
            x = self._at(code, f"i{self.bits}", "%x", first)
            out = self._at(code, "i64", "%out", first)
            code.put(f"call void @row(ptr {x}, ptr {out}, ptr %scratch, i64 %n)")

        code.counted("0", "%rows", row)
        return _function(
            "void @sort(ptr %x, ptr %out, ptr %scratch, i64 %rows, i64 %n)", code, ["  ret void"]
        )

    def _row(self) -> str:
        """`@row(x, out, scratch, n)`"""
        code = Scalars("", True)
        self.counts = code.let(f"alloca [{self.size * BYTES} x i64], align 64")
        self.words, self.other = (code.let("alloca ptr") for _ in range(2))
        self.places, self.others = (code.let("alloca ptr") for _ in range(2))
        self.total, self.at = (code.let("alloca i64") for _ in range(2))
        self.code = code
        first: list[tuple[str, str]] = [(self.words, "%scratch")]
        first.append((self.other, self._at(code, "i64", "%scratch", "%n")))
        if self.wide:
            rest = self._at(code, "i64", "%scratch", code.let("mul i64 %n, 2"))
            first += [(self.places, rest), (self.others, self._at(code, "i32", rest, "%n"))]
        for place, pointer in first:
            code.put(f"store ptr {pointer}, ptr {place}")
        last = code.let("sub i64 %n, 1")
        self._while_ordered("ule", lambda i: i)
        self._while_ordered("ugt", lambda i: code.let(f"sub i64 {last}, {i}"))
        is_short = code.let(f"icmp sle i64 %n, {SHORT}")
        self._branch(is_short, self._insertions, self._digits)
        code.counted("0", "%n", self._write)
        return _function(
            "internal void @row(ptr noalias %x, ptr noalias %out, ptr noalias %scratch, i64 %n)",
            code,
            ["  ret void"],
        )

    # Parts of a row's code.

    def _at(self, code: Scalars, kind: str, pointer: str, offset: str) -> str:
        return code.let(f"getelementptr {kind}, ptr {pointer}, i64 {offset}")

    def _load(self, kind: str, place: str) -> str:
        return self.code.let(f"load {kind}, ptr {place}")

    def _branch(self, condition: str, then: Callable[[], None], other: Callable[[], None]) -> None:
        code = self.code
        yes, no, after = (code.fresh("b")[1:] for _ in range(3))
        code.put(f"br i1 {condition}, label %{yes}, label %{no}")
        for block, write in ((yes, then), (no, other)):
            code.begin(block)
            write()
            code.put(f"br label %{after}")
        code.begin(after)

    def _key(self, i: str) -> str:
        """The key of element i, as an i64."""
        code, t = self.code, f"i{self.bits}"
        x = self._load(t, self._at(code, t, "%x", i))
        sign = -(1 << self.bits - 1)
        if self.kind == "signed":
            x = code.let(f"xor {t} {x}, {sign}")
        elif self.kind != "bool":
            is_zero = code.let(f"icmp eq {t} {x}, {sign}")
            x = code.let(f"select i1 {is_zero}, {t} 0, {t} {x}")
            size = code.let(f"and {t} {x}, {(1 << self.bits - 1) - 1}")
            is_nan = code.let(f"icmp ugt {t} {size}, {self.kind}")
            signs = code.let(f"ashr {t} {x}, {self.bits - 1}")
            flipped = code.let(f"xor {t} {x}, {code.let(f'or {t} {signs}, {sign}')}")
            x = code.let(f"select i1 {is_nan}, {t} -1, {t} {flipped}")
        return x if self.wide else code.let(f"zext {t} {x} to i64")

    def _put_word(self, i: str, key: str) -> None:
        """Element i, with its key and position, into the words."""
        code = self.code
        word = key
        if not self.wide:
            word = code.let(f"or i64 {code.let(f'shl i64 {key}, 32')}, {i}")
        place = self._at(code, "i64", self._load("ptr", self.words), i)
        code.put(f"store i64 {word}, ptr {place}")
        if self.wide:
            place = self._at(code, "i32", self._load("ptr", self.places), i)
            code.put(f"store i32 {code.let(f'trunc i64 {i} to i32')}, ptr {place}")

    def _write(self, i: str) -> None:
        """The position of word i into the result."""
        code = self.code
        if self.wide:
            place = self._load("i32", self._at(code, "i32", self._load("ptr", self.places), i))
            place = code.let(f"zext i32 {place} to i64")
        else:
            word = self._load("i64", self._at(code, "i64", self._load("ptr", self.words), i))
            place = code.let(f"and i64 {word}, {(1 << 32) - 1}")
        code.put(f"store i64 {place}, ptr {self._at(code, 'i64', '%out', i)}")

    def _while_ordered(self, test: str, position: Callable[[str], str]) -> None:
        """If each key and the next one are in this order, write these positions, and return."""
        code = self.code
        head, look, following, ordered, after = (code.fresh("b")[1:] for _ in range(5))
        code.put(f"store i64 1, ptr {self.at}")
        code.put(f"br label %{head}")
        code.begin(head)
        i = self._load("i64", self.at)
        code.put(f"br i1 {code.let(f'icmp slt i64 {i}, %n')}, label %{look}, label %{ordered}")
        code.begin(look)
        x, y = self._key(code.let(f"sub i64 {i}, 1")), self._key(i)
        holds = code.let(f"icmp {test} i64 {x}, {y}")
        code.put(f"br i1 {holds}, label %{following}, label %{after}")
        code.begin(following)
        code.put(f"store i64 {code.let(f'add i64 {i}, 1')}, ptr {self.at}")
        code.put(f"br label %{head}")
        code.begin(ordered)

        def write(i: str) -> None:
            code.put(f"store i64 {position(i)}, ptr {self._at(code, 'i64', '%out', i)}")

        code.counted("0", "%n", write)
        code.put("ret void")
        code.begin(after)

    def _insertions(self) -> None:
        """Each element moves down, as long as the word below it is greater."""
        code = self.code

        def insert(i: str) -> None:
            self._put_word(i, self._key(i))
            words = self._load("ptr", self.words)
            word = self._load("i64", self._at(code, "i64", words, i))
            head, look, move, after = (code.fresh("b")[1:] for _ in range(4))
            code.put(f"store i64 {i}, ptr {self.at}")
            code.put(f"br label %{head}")
            code.begin(head)
            j = self._load("i64", self.at)
            code.put(f"br i1 {code.let(f'icmp sgt i64 {j}, 0')}, label %{look}, label %{after}")
            code.begin(look)
            below = code.let(f"sub i64 {j}, 1")
            other = self._load("i64", self._at(code, "i64", words, below))
            is_greater = code.let(f"icmp ugt i64 {other}, {word}")
            code.put(f"br i1 {is_greater}, label %{move}, label %{after}")
            code.begin(move)
            code.put(f"store i64 {other}, ptr {self._at(code, 'i64', words, j)}")
            if self.wide:
                places = self._load("ptr", self.places)
                place = self._load("i32", self._at(code, "i32", places, below))
                code.put(f"store i32 {place}, ptr {self._at(code, 'i32', places, j)}")
            code.put(f"store i64 {below}, ptr {self.at}")
            code.put(f"br label %{head}")
            code.begin(after)
            j = self._load("i64", self.at)
            code.put(f"store i64 {word}, ptr {self._at(code, 'i64', words, j)}")
            if self.wide:
                own = code.let(f"trunc i64 {i} to i32")
                places = self._load("ptr", self.places)
                code.put(f"store i32 {own}, ptr {self._at(code, 'i32', places, j)}")

        code.counted("0", "%n", insert)

    def _digit(self, word: str, digit: int, base: int) -> str:
        shifted = self.code.let(f"lshr i64 {word}, {base + 8 * digit}")
        return self.code.let(f"and i64 {shifted}, {BYTES - 1}")

    def _count_of(self, digit: int, byte: str) -> str:
        """The place of the count of a byte."""
        at = self.code.let(f"add i64 {byte}, {digit * BYTES}")
        return self._at(self.code, "i64", self.counts, at)

    def _digits(self) -> None:
        code = self.code
        code.counted(
            "0",
            str(self.size * BYTES),
            lambda i: code.put(f"store i64 0, ptr {self._at(code, 'i64', self.counts, i)}"),
        )

        def count(i: str) -> None:
            key = self._key(i)
            self._put_word(i, key)
            for digit in range(self.size):
                place = self._count_of(digit, self._digit(key, digit, 0))
                more = code.let(f"add i64 {self._load('i64', place)}, 1")
                code.put(f"store i64 {more}, ptr {place}")

        code.counted("0", "%n", count)
        self._move_all()

    def _move_all(self) -> None:
        for digit in range(self.size):
            # If the byte of one element has the count n, all elements have it.
            word = self._load("i64", self._load("ptr", self.words))
            number = self._load("i64", self._count_of(digit, self._digit(word, digit, self.base)))
            is_common = self.code.let(f"icmp eq i64 {number}, %n")
            self._branch(is_common, lambda: None, lambda digit=digit: self._move(digit))

    def _move(self, digit: int) -> None:
        """Move each element to the next place of its byte."""
        code = self.code
        code.put(f"store i64 0, ptr {self.total}")

        def begin(byte: str) -> None:
            place = self._count_of(digit, byte)
            number, total = self._load("i64", place), self._load("i64", self.total)
            code.put(f"store i64 {total}, ptr {place}")
            code.put(f"store i64 {code.let(f'add i64 {total}, {number}')}, ptr {self.total}")

        code.counted("0", str(BYTES), begin)
        words, other = (self._load("ptr", x) for x in (self.words, self.other))
        places, others = "", ""
        if self.wide:
            places, others = (self._load("ptr", x) for x in (self.places, self.others))

        def move(i: str) -> None:
            word = self._load("i64", self._at(code, "i64", words, i))
            place = self._count_of(digit, self._digit(word, digit, self.base))
            at = self._load("i64", place)
            code.put(f"store i64 {code.let(f'add i64 {at}, 1')}, ptr {place}")
            code.put(f"store i64 {word}, ptr {self._at(code, 'i64', other, at)}")
            if self.wide:
                position = self._load("i32", self._at(code, "i32", places, i))
                code.put(f"store i32 {position}, ptr {self._at(code, 'i32', others, at)}")

        code.counted("0", "%n", move)
        for place, pointer in ((self.words, other), (self.other, words)):
            code.put(f"store ptr {pointer}, ptr {place}")
        if self.wide:
            for place, pointer in ((self.places, others), (self.others, places)):
                code.put(f"store ptr {pointer}, ptr {place}")


def _function(head: str, code: Scalars, end: list[str]) -> str:
    body = "\n".join([*code.lines, *end])
    return f"define {head} nounwind noinline {{\nentry:\n{body}\n}}\n"
