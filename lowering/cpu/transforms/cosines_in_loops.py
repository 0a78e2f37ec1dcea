"""
Which transforms of cosines and sines in loops become Fourier transforms on the CPU: those without
machine code of letgrad's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from ....dialects import ten
from ....passes.simplify.decompose_cosines import DecomposeCosinesPass
from .own_transforms import own_cosines


@dataclass(frozen=True)
class DecomposeFewCosinesPass(DecomposeCosinesPass):
    """
    `ten-decompose-cosines`, which leaves several transforms beside each other.

    Example:

        >>> def steps(x):
        ...     return lg.scan(lambda c, _: (lg.scipy.fft.dct(c), None), x, None, length=5)[0]
        >>> module = lg.trace(steps, lg.spec((64, 500)))
        >>> DecomposeFewCosinesPass().apply(ctx, module)
        >>> "ten.dct" in str(module), "ten.fft" in str(module)
        (True, False)
    """

    def changes(self, op: ten.DctOp) -> bool:
        return super().changes(op) and own_cosines(op) is None
