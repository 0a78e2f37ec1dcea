"""Sizes that a program does not know, and the types of arrays that have one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import pytree
from .traced_functions import Spec

__all__ = ["Dim"]

OWN = ("letgrad", "llvmlite", "ml_dtypes", "networkx", "numpy", "opt_einsum", "xdsl")
"""Packages whose code may compare sizes: it compares the sizes of a program with each other."""


@dataclass(frozen=True)
class Dim:
    """
    A size that a program does not know: the first one of arrays in `lg.spec`.

    Example:

        >>> batch = lg.Dim("batch")
        >>> f = lg.symbolic(lambda x: np.sum(x, axis=1), lg.spec((batch, 2)))
        >>> print(f(np.ones((3, 2))), f(np.ones((5, 2))))
        [2. 2. 2.] [2. 2. 2. 2. 2.]
    """

    name: str

    def __repr__(self) -> str:
        return self.name


class SizeError(Exception):
    """A function does with a size what one program for all sizes cannot do."""


class Size(int):
    """
    The first size of an argument, while letgrad traces a function for several sizes.

    A decision by `<` is the same between two sizes for which it is the same. A decision by `==` or
    `%` is not, so the user's code may not make one. (Code of `OWN` may.)
    """

    def _check(self, how: str) -> None:
        frame = sys._getframe(2)
        if frame.f_globals.get("__name__", "").partition(".")[0] not in OWN:
            place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
            raise SizeError(f"{place}: the function takes a size {how}")

    def __eq__(self, other: object) -> bool:
        self._check("by ==")
        return int(self) == other

    def __ne__(self, other: object) -> bool:
        self._check("by !=")
        return int(self) != other

    def __mod__(self, other: Any) -> Any:
        self._check("modulo a number")
        return int(self) % other

    def __divmod__(self, other: Any) -> Any:
        self._check("modulo a number")
        return divmod(int(self), other)

    def __and__(self, other: Any) -> Any:
        self._check("by its bits")
        return int(self) & other

    __hash__ = int.__hash__


@dataclass(frozen=True)
class SymbolicSpec:
    """A shape whose first size is not known, and a dtype."""

    dim: Dim
    rest: tuple[int, ...]
    dtype: np.dtype

    def at(self, n: int) -> Spec:
        return Spec((Size(n), *self.rest), self.dtype)

    def __repr__(self) -> str:
        return f"spec({(self.dim, *self.rest)}, {self.dtype})"


pytree.LEAVES.add(SymbolicSpec)
pytree.LEAVES.add(Dim)
