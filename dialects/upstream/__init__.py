"""
Ops and syntax of upstream's dialects that xDSL lacks. Contexts of letgrad have xDSL's dialects with
these definitions; a definition of the same name takes the place of xDSL's.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from xdsl.ir import Dialect, Operation

MODULES = {
    "affine": ("affine_ops",),
    "arith": ("arith_ops",),
    "cf": ("cf_ops",),
    "func": ("func_ops",),
    "gpu": ("gpu_attributes",),
    "linalg": ("linalg_ops",),
    "math": ("math_ops",),
    "memref": ("memref_ops",),
    "scf": ("scf_ops",),
    "tensor": ("tensor_ops",),
    "vector": ("vector_ops", "vector_memory_ops"),
}
"""The modules of the definitions for each dialect. A tool imports a module when it needs one."""


def extended(name: str, factory: Callable[[], Dialect]) -> Callable[[], Dialect]:
    """The dialect that `factory` gives, with letgrad's definitions."""
    if name not in MODULES:
        return factory

    def make() -> Dialect:
        base = factory()
        ops = {op.name: op for op in base.operations}
        attributes = {a.name: a for a in base.attributes}
        for file in MODULES[name]:
            module = importlib.import_module(f".{file}", __name__)
            ops |= {op.name: op for op in module.OPS}
            attributes |= {a.name: a for a in getattr(module, "ATTRIBUTES", ())}
        return Dialect(name, list(ops.values()), list(attributes.values()))

    # Errors name the module that registers a dialect.
    make.__module__ = factory.__module__
    return make


def on_numbers(op: type[Operation]) -> type[Operation] | None:
    """
    The op that letgrad's own passes see. A definition of this package is of programs that
    `convert-upstream-to-ten` converts; some have an op of xDSL for scalars, and others none.
    """
    return op if not op.__module__.startswith(f"{__name__}.") else getattr(op, "ON_NUMBERS", None)
