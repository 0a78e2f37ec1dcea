"""
The positions that sort: machine code that sorts by digits, from the last digit to the first.

An element becomes an unsigned number, its key, so that keys have the order of the elements: -0.0
has the key of 0.0, and each NaN has the greatest key. A digit is a byte of the key. For each digit,
the code counts how often each byte occurs, and then moves every element to the next place of its
byte. Elements with one byte stay in order, so all equal elements stay in order. The code moves no
element by a digit that all keys have in common. Before that, it looks whether the elements are in
ascending or descending order.

A key of up to 32 bits and its position are one word of 64 bits. Longer keys have an array of
positions beside them.

In a short row, the place of an element is the number of elements that come before it. Vectors of
comparisons count them: no branch depends on the elements.

All programs of a process share this code (`common_code`), also loops in machine code, and libraries
without Python have it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from xdsl.ir import Attribute

from ...dialects import arrays
from ..reference.tensor_rules import argsorted
from . import common_code
from .instructions import SCALAR_LOOP, Scalars, bytes_stored, stored
from .machine import common_address
from .memory import pool
from .python_objects import address
from .threads import made_once, parts, run_parts, thread_count

Array = Any

BYTES = 256
"""The values of a digit."""

SHORT = 160
"""The longest rows whose comparisons are all made."""

VECTOR = 64
"""The bytes of a vector of keys. LLVM takes it apart where the machine has shorter ones."""

LONGEST = 1 << 32
"""Rows of so many elements have positions of more than 32 bits; NumPy sorts them."""

SPLIT = 1 << 13
"""From this number of elements on, two threads pay for several rows."""

COLUMNS = 8
"""Rows that do not lie together are copied by so many at a time: a line of the cache."""

ALIGNMENT = 64


def sort_positions(x: Array, d: int, out: Array) -> None:
    """
    Put the positions that sort x along dimension d into `out`, equal elements in order. Both are in
    row-major order.
    """
    n, inner = x.shape[d], prod(x.shape[d + 1 :])
    if n >= LONGEST:
        np.copyto(out, argsorted(x, d))
        return
    lanes = prod(x.shape[:d]) * inner
    entry, room = _entry(x.dtype, out.dtype), scratch_bytes(x.dtype, out.dtype, n, inner)

    def sort(_: Any, low: int, high: int) -> None:
        scratch = pool.empty((room,), np.dtype(np.uint8), room)
        addresses = (address(a) for a in (x, out, scratch))
        entry(*addresses, n, inner, low, high)

    threads = thread_count() if x.size >= SPLIT else 1
    if min(threads, lanes) < 2:
        sort(None, 0, lanes)
    else:
        run_parts(sort, [(None, *ends) for ends in parts(lanes, min(4 * threads, lanes))])


def prepare(dtype: np.dtype, place: np.dtype) -> None:
    """Make the machine code for these types now, and not in the first call."""
    _entry(dtype, place)


def scratch_bytes(dtype: np.dtype, place: np.dtype, n: int, inner: int) -> int:
    """
    The memory that a call for rows of n elements needs: two arrays of words, two of positions if
    words have no room for them, and copies of rows that do not lie together.
    """
    words = n * (24 if dtype.itemsize == 8 else 16)
    copies = COLUMNS * n * (place.itemsize + dtype.itemsize) if inner > 1 else 0
    return -(-(words + copies) // ALIGNMENT) * ALIGNMENT


def sort_function(code: Scalars, element: Attribute, place: Attribute) -> str:
    """
    The name of the function `(x, out, scratch, n, inner, low, high)`, which `code` gets. It puts
    the positions that sort rows of n elements into `out`. The elements of a row are `inner`
    elements apart, the first of rows k and k + 1 are neighbours within a block of n · inner
    elements, and the rows to sort are `low` to `high` - 1.
    """
    dtype = arrays.dtype(element)
    sort = _Sort(_kind(dtype), element, place)
    arguments = "(ptr noalias %x, ptr noalias %out, ptr noalias %scratch, "
    arguments += "i64 %n, i64 %inner, i64 %low, i64 %high) nounwind noinline"
    return common_code.share(code, f"sort.{dtype}.{stored(place)}", arguments, sort.code)


@made_once
def _entry(dtype: np.dtype, place: np.dtype) -> Callable[..., None]:
    """`sort_function`, without the interpreter's lock."""
    name = sort_function(Scalars("", True), *map(arrays.element_type, (dtype, place)))
    signature = [ctypes.c_void_p] * 3 + [ctypes.c_int64] * 4
    return ctypes.CFUNCTYPE(None, *signature)(common_address(name))


def _kind(dtype: np.dtype) -> str:
    """`bool`, `signed`, or the bits of infinity."""
    if dtype.kind in "bi":
        return "bool" if dtype.kind == "b" else "signed"
    infinity = np.array(np.inf).astype(dtype)
    return str(int(infinity.view(f"u{dtype.itemsize}")))


class _Sort:
    """The code that sorts rows of elements of one kind."""

    def __init__(self, kind: str, element: Attribute, place: Attribute):
        self.kind, self.element, self.place = kind, element, place
        self.size = bytes_stored(element)
        self.bits = 8 * self.size
        self.wide = self.size == 8
        self.base = 0 if self.wide else 32
        """The bits of a word below the key."""
        self.lane = "i64" if self.wide else "i32"
        """The type of the keys in a vector."""
        self.lanes = VECTOR // (8 if self.wide else 4)
        self.code = code = Scalars("", True)
        self.counts = code.let(f"alloca [{self.size * BYTES} x i64], align 64")
        self.keys = code.let(f"alloca [{SHORT + self.lanes} x {self.lane}], align 64")
        self.ranks = code.let(f"alloca <{self.lanes} x {self.lane}>, align 64")
        self.words, self.other, self.places, self.others = (
            code.let("alloca ptr") for _ in range(4)
        )
        self.total, self.at, self.first = (code.let("alloca i64") for _ in range(3))
        self.x = self.out = ""
        """The row, and the row of its positions."""
        self._rows()

    def _rows(self) -> None:
        """All rows from `low` on, in groups that lie together or that are copied."""
        code, t, p = self.code, stored(self.element), stored(self.place)
        is_together = code.let("icmp eq i64 %inner, 1")
        made = self._at("i64", "%scratch", code.let(f"mul i64 %n, {3 if self.wide else 2}"))
        copied = self._at(p, made, code.let(f"mul i64 %n, {COLUMNS}"))
        head, group, after = (code.fresh("b")[1:] for _ in range(3))
        code.put(f"store i64 %low, ptr {self.first}")
        code.put(f"br label %{head}")
        code.begin(head)
        first = self._load("i64", self.first)
        left = code.let(f"sub i64 %high, {first}")
        code.put(f"br i1 {code.let(f'icmp sgt i64 {left}, 0')}, label %{group}, label %{after}")
        code.begin(group)
        block = code.let(f"udiv i64 {first}, %inner")
        column = code.let(f"sub i64 {first}, {code.let(f'mul i64 {block}, %inner')}")
        few = code._call_intrinsic("umin", "i64", [left, str(COLUMNS)])
        few = code._call_intrinsic("umin", "i64", [few, code.let(f"sub i64 %inner, {column}")])
        count = code.let(f"select i1 {is_together}, i64 {left}, i64 {few}")
        begin = code.let(f"mul i64 {code.let(f'mul i64 {block}, %n')}, %inner")
        begin = code.let(f"add i64 {begin}, {column}")
        x, out = self._at(t, "%x", begin), self._at(p, "%out", begin)

        def each(copy: Callable[[str, str], None]) -> None:
            """The place among the rows, and that among the copies, of all elements."""

            def row(k: str) -> None:
                here = code.let(f"mul i64 {k}, %inner")

                def element(j: str) -> None:
                    there = code.let(f"add i64 {code.let(f'mul i64 {j}, %n')}, {k}")
                    copy(code.let(f"add i64 {here}, {j}"), there)

                self._loop("0", count, element)

            self._loop("0", "%n", row)

        def copy_in(here: str, there: str) -> None:
            value = self._load(t, self._at(t, x, here))
            code.put(f"store {t} {value}, ptr {self._at(t, copied, there)}")

        def copy_out(here: str, there: str) -> None:
            value = self._load(p, self._at(p, made, there))
            code.put(f"store {p} {value}, ptr {self._at(p, out, here)}")

        self._branch(is_together, lambda: None, lambda: each(copy_in))
        rows = code.let(f"select i1 {is_together}, ptr {x}, ptr {copied}")
        results = code.let(f"select i1 {is_together}, ptr {out}, ptr {made}")

        def sort(j: str) -> None:
            place = code.let(f"mul i64 {j}, %n")
            self.x, self.out = self._at(t, rows, place), self._at(p, results, place)
            self._row()

        self._loop("0", count, sort)
        self._branch(is_together, lambda: None, lambda: each(copy_out))
        code.put(f"store i64 {code.let(f'add i64 {first}, {count}')}, ptr {self.first}")
        code.put(f"br label %{head}")
        code.begin(after)

    def _row(self) -> None:
        is_short = self.code.let(f"icmp sle i64 %n, {SHORT}")
        self._branch(is_short, self._ranked, self._sorted)

    def _sorted(self) -> None:
        code = self.code
        first: list[tuple[str, str]] = [(self.words, "%scratch")]
        first.append((self.other, self._at("i64", "%scratch", "%n")))
        if self.wide:
            rest = self._at("i64", "%scratch", code.let("mul i64 %n, 2"))
            first += [(self.places, rest), (self.others, self._at("i32", rest, "%n"))]
        for place, pointer in first:
            code.put(f"store ptr {pointer}, ptr {place}")
        last = code.let("sub i64 %n, 1")
        done = code.fresh("b")[1:]
        self._while_ordered("ule", lambda i: i, done)
        self._while_ordered("ugt", lambda i: code.let(f"sub i64 {last}, {i}"), done)
        self._digits()
        self._loop("0", "%n", self._write)
        code.put(f"br label %{done}")
        code.begin(done)

    # Parts of a row's code.

    def _at(self, kind: str, pointer: str, offset: str) -> str:
        return self.code.let(f"getelementptr {kind}, ptr {pointer}, i64 {offset}")

    def _put_position(self, position: str, place: str) -> None:
        """A position, an i64, into a place of the result."""
        code, p = self.code, stored(self.place)
        if p != "i64":
            position = code.let(f"trunc i64 {position} to {p}")
        code.put(f"store {p} {position}, ptr {self._at(p, self.out, place)}")

    def _loop(self, low: str, high: str, body: Callable[[str], None]) -> None:
        """A loop that is no vector: LLVM takes twice as long for one that may be one."""
        note = self.code.declare(*SCALAR_LOOP)
        self.code.counted(low, high, body, f", !llvm.loop {note}")

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
        x = self._load(t, self._at(t, self.x, i))
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
        place = self._at("i64", self._load("ptr", self.words), i)
        code.put(f"store i64 {word}, ptr {place}")
        if self.wide:
            place = self._at("i32", self._load("ptr", self.places), i)
            code.put(f"store i32 {code.let(f'trunc i64 {i} to i32')}, ptr {place}")

    def _write(self, i: str) -> None:
        """The position of word i into the result."""
        code = self.code
        if self.wide:
            place = self._load("i32", self._at("i32", self._load("ptr", self.places), i))
            place = code.let(f"zext i32 {place} to i64")
        else:
            word = self._load("i64", self._at("i64", self._load("ptr", self.words), i))
            place = code.let(f"and i64 {word}, {(1 << 32) - 1}")
        self._put_position(place, i)

    def _while_ordered(self, test: str, position: Callable[[str], str], done: str) -> None:
        """If each key and the next one are in this order, write these positions, and end."""
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

        self._loop("0", "%n", lambda i: self._put_position(position(i), i))
        code.put(f"br label %{done}")
        code.begin(after)

    def _signed_key(self, i: str) -> str:
        """The key of element i as a number with a sign, which vectors of all machines compare."""
        code, key = self.code, self._key(i)
        if not self.wide:
            key = code.let(f"trunc i64 {key} to i32")
        if self.size < 4:
            return key
        return code.let(f"xor {self.lane} {key}, {-(1 << self.bits - 1)}")

    def _ranked(self) -> None:
        """
        The place of each element is the number of those before it: of the elements to its left that
        are not greater, and of those to its right that are less.
        """
        code, count = self.code, self.lanes
        t, vector = self.lane, f"<{count} x {self.lane}>"

        def put(i: str) -> None:
            code.put(f"store {t} {self._signed_key(i)}, ptr {self._at(t, self.keys, i)}")

        def splat(x: str) -> str:
            one = code.let(f"insertelement {vector} poison, {t} {x}, i64 0")
            return code.let(
                f"shufflevector {vector} {one}, {vector} poison, <{count} x i32> zeroinitializer"
            )

        def rank(b: str) -> None:
            begin = code.let(f"mul i64 {b}, {count}")
            end = code.let(f"add i64 {begin}, {count}")
            end = code._call_intrinsic("smin", "i64", [end, "%n"])
            # Nothing reads the ranks of lanes behind the row.
            mine = code.let(f"load {vector}, ptr {self._at(t, self.keys, begin)}, align 64")
            low = begin if self.wide else code.let(f"trunc i64 {begin} to i32")
            steps = ", ".join(f"{t} {k}" for k in range(count))
            own = code.let(f"add {vector} {splat(low)}, <{steps}>")
            code.put(f"store {vector} zeroinitializer, ptr {self.ranks}")

            def add(before: Callable[[str, str], str]) -> Callable[[str], None]:
                def turn(j: str) -> None:
                    other = splat(self._load(t, self._at(t, self.keys, j)))
                    more = code.let(f"sext <{count} x i1> {before(j, other)} to {vector}")
                    ranks = self._load(vector, self.ranks)
                    ranks = code.let(f"sub {vector} {ranks}, {more}")
                    code.put(f"store {vector} {ranks}, ptr {self.ranks}")

                return turn

            def is_less(j: str, other: str) -> str:
                return code.let(f"icmp slt {vector} {other}, {mine}")

            def is_not_greater(j: str, other: str) -> str:
                return code.let(f"icmp sle {vector} {other}, {mine}")

            def is_before(j: str, other: str) -> str:
                at = splat(j if self.wide else code.let(f"trunc i64 {j} to i32"))
                is_left = code.let(f"icmp slt {vector} {at}, {own}")
                is_equal = code.let(f"icmp eq {vector} {other}, {mine}")
                tie = code.let(f"and <{count} x i1> {is_left}, {is_equal}")
                return code.let(f"or <{count} x i1> {tie}, {is_less(j, other)}")

            self._loop("0", begin, add(is_not_greater))
            self._loop(begin, end, add(is_before))
            self._loop(end, "%n", add(is_less))

            def place(k: str) -> None:
                found = self._load(t, self._at(t, self.ranks, code.let(f"sub i64 {k}, {begin}")))
                if not self.wide:
                    found = code.let(f"zext i32 {found} to i64")
                self._put_position(k, found)

            self._loop(begin, end, place)

        code.counted("0", "%n", put)
        blocks = code.let(f"sdiv i64 {code.let(f'add i64 %n, {count - 1}')}, {count}")
        self._loop("0", blocks, rank)

    def _digit(self, word: str, digit: int | str, base: int) -> str:
        """The byte of a word, whose key begins at bit `base`."""
        code = self.code
        by = str(base + 8 * digit) if isinstance(digit, int) else code.let(f"shl i64 {digit}, 3")
        if base and not isinstance(digit, int):
            by = code.let(f"add i64 {by}, {base}")
        return code.let(f"and i64 {code.let(f'lshr i64 {word}, {by}')}, {BYTES - 1}")

    def _count_of(self, digit: int | str, byte: str) -> str:
        """The place of the count of a byte."""
        code = self.code
        if isinstance(digit, int):
            first = str(digit * BYTES)
        else:
            first = code.let(f"mul i64 {digit}, {BYTES}")
        return self._at("i64", self.counts, code.let(f"add i64 {byte}, {first}"))

    def _digits(self) -> None:
        code = self.code
        self._loop(
            "0",
            str(self.size * BYTES),
            lambda i: code.put(f"store i64 0, ptr {self._at('i64', self.counts, i)}"),
        )

        def count(i: str) -> None:
            key = self._key(i)
            self._put_word(i, key)
            for digit in range(self.size):
                place = self._count_of(digit, self._digit(key, digit, 0))
                more = code.let(f"add i64 {self._load('i64', place)}, 1")
                code.put(f"store i64 {more}, ptr {place}")

        self._loop("0", "%n", count)
        self._loop("0", str(self.size), self._move_by)

    def _move_by(self, digit: str) -> None:
        # If the byte of one element has the count n, all elements have it.
        word = self._load("i64", self._load("ptr", self.words))
        number = self._load("i64", self._count_of(digit, self._digit(word, digit, self.base)))
        is_common = self.code.let(f"icmp eq i64 {number}, %n")
        self._branch(is_common, lambda: None, lambda: self._move(digit))

    def _move(self, digit: str) -> None:
        """Move each element to the next place of its byte."""
        code = self.code
        code.put(f"store i64 0, ptr {self.total}")

        def begin(byte: str) -> None:
            place = self._count_of(digit, byte)
            number, total = self._load("i64", place), self._load("i64", self.total)
            code.put(f"store i64 {total}, ptr {place}")
            code.put(f"store i64 {code.let(f'add i64 {total}, {number}')}, ptr {self.total}")

        self._loop("0", str(BYTES), begin)
        words, other = (self._load("ptr", x) for x in (self.words, self.other))
        places, others = "", ""
        if self.wide:
            places, others = (self._load("ptr", x) for x in (self.places, self.others))

        def move(i: str) -> None:
            word = self._load("i64", self._at("i64", words, i))
            place = self._count_of(digit, self._digit(word, digit, self.base))
            at = self._load("i64", place)
            code.put(f"store i64 {code.let(f'add i64 {at}, 1')}, ptr {place}")
            code.put(f"store i64 {word}, ptr {self._at('i64', other, at)}")
            if self.wide:
                position = self._load("i32", self._at("i32", places, i))
                code.put(f"store i32 {position}, ptr {self._at('i32', others, at)}")

        self._loop("0", "%n", move)
        for place, pointer in ((self.words, other), (self.other, words)):
            code.put(f"store ptr {pointer}, ptr {place}")
        if self.wide:
            for place, pointer in ((self.places, others), (self.others, places)):
                code.put(f"store ptr {pointer}, ptr {place}")
