"""
Special functions for letgrad, in a dialect of their own.

    import numpy as np, letgrad as lg, special_functions as sf

    lg.grad(lambda x: sf.logsumexp(sf.softplus(x)))(np.arange(3.0))

What needs letgrad is imported when it is first used, so that xDSL's tools start fast.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["attention", "erfc", "logsumexp", "softplus", "sorted_segment_sum"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module(".functions", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
