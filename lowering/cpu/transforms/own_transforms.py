"""
Which Fourier transforms have machine code of letgrad's own, and which code.
"""

from __future__ import annotations

from typing import overload

from . import convolved, long_transforms, real_columns, vector_transforms
from .convolved import Convolved
from .long_transforms import Long
from .real_columns import Columns
from .vector_transforms import Transform


@overload
def own_transform(
    sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str
) -> Long | Columns | Transform | None: ...


@overload
def own_transform(
    sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str, in_loop: bool
) -> Long | Columns | Transform | Convolved | None: ...


def own_transform(
    sizes: tuple[int, ...],
    d: int,
    kind: str,
    factor: float,
    type: str,
    in_loop: bool = False,
) -> Long | Columns | Transform | Convolved | None:
    """
    The transform of numbers along dimension d, times a factor; None if the libraries take less
    time. For the arguments, see `Transform`. A call of a library from a loop takes longer.
    """
    given = sizes, d, kind, factor, type
    if long_transforms.takes(kind, sizes, d):
        return Long(*given)
    if real_columns.takes(kind, sizes, d, type):
        return Columns(*given)
    if (vector_transforms.fits if in_loop else vector_transforms.takes)(kind, sizes, d):
        return Transform(*given)
    if in_loop and convolved.takes(sizes, d):
        return Convolved(*given)
    return None
