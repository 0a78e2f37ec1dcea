"""
Vectors in LLVM IR of Fourier transforms, and transforms of real numbers by half of their length:
the numbers of even and of odd places are the real and imaginary parts of n / 2 complex numbers,
whose transform z has that of all n numbers. With w = exp(-2πi / n) and h = n / 2,

    e = (z[k] + conj z[h - k]) / 2       y[k]     = e + w^k o
    o = (z[k] - conj z[h - k]) / 2i      y[h - k] = conj(e - w^k o)

(W. H. Press et al., Numerical Recipes, section 12.3). So no transform changes the digits of another
one, as it would if two real ones were one complex one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..instructions import Scalars

VECTOR = 64
"""The bytes of a vector."""


class HalfCode:
    """Writes instructions on vectors of numbers of a type, and the steps from z to y and back."""

    def __init__(self, type: str) -> None:
        self.type = type
        self.bytes = 8 if type == "double" else 4
        self.scalars = VECTOR // self.bytes
        self.numbers = self.scalars // 2
        """The complex numbers of a vector."""
        self.vector = f"<{self.scalars} x {type}>"

    def _shuffle(self, w: Scalars, a: str, b: str, mask: list[int]) -> str:
        places = ", ".join(f"i32 {k}" for k in mask)
        t = self.vector
        return w.let(f"shufflevector {t} {a}, {t} {b}, <{len(mask)} x i32> <{places}>")

    def _swap(self, w: Scalars, x: str) -> str:
        """Imaginary and real parts in each other's places."""
        return self._shuffle(w, x, "poison", [k ^ 1 for k in range(self.scalars)])

    def _splat(self, w: Scalars, x: str) -> str:
        one = w.let(f"insertelement {self.vector} poison, {self.type} {x}, i64 0")
        return self._shuffle(w, one, "poison", [0] * self.scalars)

    def _constant(self, *values: float) -> str:
        """A vector that repeats these numbers."""
        of = [values[k % len(values)] for k in range(self.scalars)]
        numbers = (np.float32(v).item() if self.bytes == 4 else v for v in of)
        return f"<{', '.join(f'{self.type} {hexadecimal(v)}' for v in numbers)}>"

    def _do(self, w: Scalars, op: str, a: str, b: str) -> str:
        return w.let(f"{op} contract {self.vector} {a}, {b}")

    def _load(self, w: Scalars, p: str, at: str) -> str:
        place = w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}")
        return w.let(f"load {self.vector}, ptr {place}, align {self.bytes}")

    def _store(self, w: Scalars, x: str, p: str, at: str) -> None:
        place = w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}")
        w.put(f"store {self.vector} {x}, ptr {place}, align {self.bytes}")

    # Halves.

    def _times_wave(self, w: Scalars, x: str, k: str, table: str = "%waves") -> str:
        """A vector times number k of a table."""
        at, parts = w.let(f"mul i64 {k}, 2"), []
        for e in (0, 1):
            place = w.let(f"add i64 {at}, {e}") if e else at
            place = w.let(f"getelementptr {self.type}, ptr {table}, i64 {place}")
            parts.append(self._splat(w, w.let(f"load {self.type}, ptr {place}")))
        turned = self._do(w, "fmul", self._swap(w, x), self._constant(-1.0, 1.0))
        turned = self._do(w, "fmul", turned, parts[1])
        return self._do(w, "fadd", self._do(w, "fmul", x, parts[0]), turned)

    def _ends(self, w: Scalars, k: str) -> tuple[str, str, str, str]:
        """The places of vectors k, h - k, and h - k modulo h; and whether k is 0."""
        mirror = w.let(f"sub i64 %h, {k}")
        is_first = w.let(f"icmp eq i64 {k}, 0")
        inside = w.let(f"select i1 {is_first}, i64 0, i64 {mirror}")
        here, there, inner = (w.let(f"mul i64 {x}, {self.scalars}") for x in (k, mirror, inside))
        return here, there, inner, is_first

    def _unfold(self) -> str:
        """The numbers y[k], k ≤ h, in the place of z."""
        w = Scalars("", True)
        conjugate, half = self._constant(1.0, -1.0), self._constant(0.5)

        def one(k: str) -> None:
            here, there, inner, _ = self._ends(w, k)
            z = self._load(w, "%z", here)
            other = self._do(w, "fmul", self._load(w, "%z", inner), conjugate)
            e = self._do(w, "fmul", self._do(w, "fadd", z, other), half)
            o = self._swap(w, self._do(w, "fsub", z, other))
            o = self._times_wave(w, self._do(w, "fmul", o, self._constant(0.5, -0.5)), k)
            self._store(w, self._do(w, "fadd", e, o), "%z", here)
            last = self._do(w, "fmul", self._do(w, "fsub", e, o), conjugate)
            self._store(w, last, "%z", there)

        self._counted_halves(w, one)
        return function("unfold", "ptr %z, i64 %h, ptr %waves", w)

    def _fold(self) -> str:
        """The numbers 2 z[k] in the place of y; imaginary parts of y[0] and y[h] do not count."""
        w = Scalars("", True)
        t = self.vector
        conjugate, sign = self._constant(1.0, -1.0), self._constant(-1.0, 1.0)
        even = [e if e % 2 == 0 else self.scalars for e in range(self.scalars)]

        def one(k: str) -> None:
            here, there, inner, is_first = self._ends(w, k)
            found = []
            for place in (here, there):
                x = self._load(w, "%z", place)
                real = self._shuffle(w, x, "zeroinitializer", even)
                found.append(w.let(f"select i1 {is_first}, {t} {real}, {t} {x}"))
            x, y = found[0], self._do(w, "fmul", found[1], conjugate)
            e = self._do(w, "fadd", x, y)
            o = self._times_wave(w, self._do(w, "fsub", x, y), k)
            turned = self._do(w, "fmul", self._swap(w, o), sign)
            last = self._do(w, "fmul", self._do(w, "fsub", e, turned), conjugate)
            self._store(w, last, "%z", inner)
            self._store(w, self._do(w, "fadd", e, turned), "%z", here)

        self._counted_halves(w, one)
        return function("fold", "ptr %z, i64 %h, ptr %waves", w)

    def _counted_halves(self, w: Scalars, one: Callable[[str], None]) -> None:
        """Vectors k and h - k together: k ≤ h / 2."""
        w.put("%quarter = udiv i64 %h, 2")
        w.put("%end = add i64 %quarter, 1")
        w.counted("0", "%end", one)


def hexadecimal(x: float) -> str:
    """A number as LLVM reads it, with all of its bits."""
    return f"0x{np.float64(x).view(np.uint64):016X}"


def function(name: str, given: str, w: Scalars) -> str:
    body = "\n".join(w.lines)
    # Passes run at full width: LLVM prefers half of it for some processors.
    return (
        f"define internal void @{name}({given}) nounwind noinline "
        f'"prefer-vector-width"="512" {{\nentry:\n{body}\n  ret void\n}}\n'
    )
