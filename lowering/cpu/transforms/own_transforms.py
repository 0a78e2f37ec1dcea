"""
Which transforms have machine code of letgrad's own, and which code.
"""

from __future__ import annotations

from xdsl.dialects.builtin import f64

from ....dialects import ten, types
from ....dialects.types import shape
from . import convolved, long_transforms, real_columns, vector_cosines, vector_transforms
from .convolved import Convolved
from .long_transforms import Long
from .real_columns import Columns
from .transform_factors import factor_of
from .vector_cosines import Cosines
from .vector_transforms import Transform


def own_transform(
    sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str
) -> Long | Columns | Transform | None:
    """
    The transform of numbers along dimension d, times a factor; None if the libraries take less
    time. For the arguments, see `Transform`.
    """
    given = sizes, d, kind, factor, type
    if long_transforms.takes(kind, sizes, d, type):
        return Long(*given)
    if real_columns.takes(kind, sizes, d, type):
        return Columns(*given)
    return Transform(*given) if vector_transforms.takes(kind, sizes, d, type) else None


def transform_in_loop(
    sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str
) -> Long | Columns | Transform | Convolved | None:
    """As `own_transform`, for machine code of a loop, from which calls of a library take longer."""
    given = sizes, d, kind, factor, type
    if (found := own_transform(*given)) is not None:
        return found
    if vector_transforms.fits(kind, sizes, d, type):
        return Transform(*given)
    if long_transforms.fits(sizes, d):
        return Long(*given)
    return Convolved(*given) if convolved.takes(sizes, d) else None


def own_cosines(op: ten.DctOp) -> Cosines | None:
    """The transforms of an op; None if the library takes less time."""
    type = "d" if types.element(op.x.type) == f64 else "f"
    sizes, kind = tuple(shape(op.x.type)), op.kind.data
    if not vector_cosines.takes(kind, sizes, op.dim, type):
        return None
    return Cosines(sizes, op.dim, kind, factor_of(op), type)
