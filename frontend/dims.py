"""Sizes that a program does not know, and the types of arrays that have one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import pytree
from .traced_functions import Spec

__all__ = ["Dim"]


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


@dataclass(frozen=True)
class SymbolicSpec:
    """A shape whose first size is not known, and a dtype."""

    dim: Dim
    rest: tuple[int, ...]
    dtype: np.dtype

    def at(self, n: int) -> Spec:
        return Spec((n, *self.rest), self.dtype)

    def __repr__(self) -> str:
        return f"spec({(self.dim, *self.rest)}, {self.dtype})"


pytree.LEAVES.add(SymbolicSpec)
pytree.LEAVES.add(Dim)
