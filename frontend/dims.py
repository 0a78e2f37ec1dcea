"""Sizes that a program does not know, and the types of arrays that have one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import numpy as np

from . import pytree
from .traced_functions import Spec
from .tracing import watching_shapes
from .user_code import located

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

    Errors: `TypeError` for a name that is no text.
    """

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise located(TypeError, f"lg.Dim takes a name, not {self.name!r}")

    def __repr__(self) -> str:
        return self.name


_PASSES_ON = frozenset(
    "shape shape_of size nbytes __len__ __iter__ checked _array_function wrapper".split()
)
"""Functions of letgrad that read a shape because their caller asks for it."""


@contextmanager
def reads_of_shapes() -> Iterator[list[str]]:
    """
    The places at which the user's code reads the shape, the length or the number of elements of a
    traced array in the `with` block: each may decide something by a size. Code of `OWN` may read
    shapes: it compares sizes with each other and with limits.
    """
    found: list[str] = []

    def note() -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            module = frame.f_globals.get("__name__", "")
            if module.partition(".")[0] not in OWN:
                found.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
                break
            # Loops and calls in a program may read a shape for a statement of the user.
            if frame.f_code.co_name not in _PASSES_ON and ".programs." not in module:
                break
            frame = frame.f_back

    with watching_shapes(note):
        yield found


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
