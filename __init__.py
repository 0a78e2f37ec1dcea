"""
letgrad: a multi-dialect compiler framework for differentiable array programs.

    import numpy as np, letgrad as lg

    module = lg.trace(lambda x: np.sin(x).sum(), lg.spec((3,), "f32"))

The public names are imported when they are first used, so that tools which need only the dialects
start fast.
"""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frontend import (
        apply as apply,
    )
    from .frontend import (
        asarray as asarray,
    )
    from .frontend import (
        build as build,
    )
    from .frontend import (
        cond as cond,
    )
    from .frontend import (
        custom_jvp as custom_jvp,
    )
    from .frontend import (
        custom_vjp as custom_vjp,
    )
    from .frontend import (
        einsum as einsum,
    )
    from .frontend import (
        explain as explain,
    )
    from .frontend import (
        fold as fold,
    )
    from .frontend import (
        gather as gather,
    )
    from .frontend import (
        grad as grad,
    )
    from .frontend import (
        hessian as hessian,
    )
    from .frontend import (
        hvp as hvp,
    )
    from .frontend import (
        jacfwd as jacfwd,
    )
    from .frontend import (
        jacrev as jacrev,
    )
    from .frontend import (
        jit as jit,
    )
    from .frontend import (
        jvp as jvp,
    )
    from .frontend import (
        profile as profile,
    )
    from .frontend import (
        remarks as remarks,
    )
    from .frontend import (
        rule as rule,
    )
    from .frontend import (
        scan as scan,
    )
    from .frontend import (
        scatter as scatter,
    )
    from .frontend import (
        spec as spec,
    )
    from .frontend import (
        stop_gradient as stop_gradient,
    )
    from .frontend import (
        trace as trace,
    )
    from .frontend import (
        value_and_grad as value_and_grad,
    )
    from .frontend import (
        vjp as vjp,
    )
    from .frontend import (
        vmap as vmap,
    )

try:
    __version__ = version("letgrad")
except PackageNotFoundError:  # a source tree that is not installed
    __version__ = "0+unknown"

_PUBLIC = (
    "apply",
    "asarray",
    "build",
    "cond",
    "custom_jvp",
    "custom_vjp",
    "einsum",
    "explain",
    "fold",
    "gather",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jit",
    "jvp",
    "profile",
    "remarks",
    "rule",
    "scan",
    "scatter",
    "spec",
    "stop_gradient",
    "trace",
    "value_and_grad",
    "vjp",
    "vmap",
)

__all__ = ["__version__", *_PUBLIC]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(".frontend", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
