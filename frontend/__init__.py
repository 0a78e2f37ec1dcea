"""Tracing of NumPy-style Python, and the public functions."""

from .api import (
    apply,
    asarray,
    build,
    cond,
    einsum,
    explain,
    gather,
    jit,
    profile,
    remarks,
    scatter,
    spec,
    trace,
)
from .batching import vmap
from .derivatives import (
    custom_jvp,
    custom_vjp,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)
from .loops import fold, scan
from .numpy_functions import linalg, sorting  # noqa: F401  (they add to the tables)
from .python_rules import rule

__all__ = [
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
]
