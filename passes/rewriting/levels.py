"""
Levels: which ops may occur in a program at each stage, as checks that run.

A pass says at which level it takes a program (`needs`) and at which level it leaves the program
(`leaves`). The drivers check both. A person can check a level with `letgrad-opt
--verify-level=bulk`. Ops of foreign dialects may occur on every level above kernel, because their
rules work there.
"""

from __future__ import annotations

from enum import StrEnum

from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...dialects.op_names import op_name
from ...dialects.types import Term
from ...dialects.walking import ops_in
from .diagnostics import LetgradError


class Level(StrEnum):
    """
    The set of ops that may occur in a program. A pass names the level that it `needs`, and the
    level that it `leaves`.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> verify_level(module, Level.LET)
        >>> Level("bulk") is Level.BULK
        True
    """

    SURFACE = "surface"
    """
    A user's program: all of ten, arith, math, scf, func, and `sharing`. No delta terms, no kernels.
    """
    BULK = "bulk"
    """As surface, without `ten.build`."""
    LINEAR = "linear"
    """As bulk, with delta terms."""
    DERIVED = "derived"
    """As bulk, after differentiation: no delta terms are left."""
    LET = "let"
    """As derived, with sharing decided: lets, and no stamps."""
    KERNEL = "kernel"
    """Kernels over buffers."""


_NO_BUILD, _NO_STAMPS, _NO_KERNELS = (
    ("ten.build", "builds"),
    ("sharing.share", "stamps"),
    ("kernel.", "kernels"),
)

_FORBIDDEN: dict[Level, tuple[tuple[str, str], ...]] = {
    Level.SURFACE: (_NO_KERNELS,),
    Level.BULK: (_NO_BUILD, _NO_KERNELS),
    Level.LINEAR: (_NO_BUILD, _NO_KERNELS),
    Level.DERIVED: (_NO_BUILD, _NO_KERNELS),
    Level.LET: (_NO_BUILD, _NO_STAMPS, _NO_KERNELS),
    Level.KERNEL: (
        ("ten.", "tensor ops"),
        ("delta.", "delta ops"),
        ("sharing.", "lets"),
        ("scf.", "scf"),
    ),
}
"""Prefixes of op names, and the word for these ops in messages."""


_CURES = {
    "builds": " (ten-vectorize removes them)",
    "delta terms": " (delta-transpose removes them)",
    "stamps": " (sharing-recover makes lets of them)",
    "kernels": " (convert-ten-to-kernel runs after all passes that need this level)",
}


def violation(op: Operation, level: Level) -> str | None:
    """Why `op` may not occur at this level, or None."""
    what = next((what for prefix, what in _FORBIDDEN[level] if op.name.startswith(prefix)), None)
    if what is None and level != Level.LINEAR:
        if any(isinstance(v.type, Term) for v in (*op.operands, *op.results)):
            what = "delta terms"
    if what is None:
        return None
    return f"{op_name(op)} cannot be at level {level}, which has no {what}{_CURES.get(what, '')}"


def verify_level(module: Operation, level: Level | str, by: str = "") -> None:
    """
    Check every op of the module. `by` names the caller, and comes first in the message.

    Errors: `LetgradError`, at the first op that may not occur at the level.

    Example:

        >>> module = lg.trace(lambda x: lg.build(3, lambda i: x * i), 1.0)
        >>> try:
        ...     verify_level(module, Level.BULK, "my pass: ")
        ... except LetgradError as error:
        ...     print(error.diagnostic.message)
        my pass: ten.build cannot be at level bulk, which has no builds (ten-vectorize removes them)
    """
    level = Level(level)
    for op in ops_in(module):
        if (wrong := violation(op, level)) is not None:
            raise LetgradError(f"{by}{wrong}", op)


def check_needs(a_pass: ModulePass, module: Operation) -> None:
    """Check that the program is at the level that the pass needs, if the pass names a level."""
    if (level := getattr(a_pass, "needs", None)) is not None:
        verify_level(module, level, f"pass {a_pass.name} needs level {level}: ")


def check_leaves(a_pass: ModulePass, module: Operation) -> None:
    """
    Check that the pass left the program at the level that it promises, if the pass names a level.
    """
    if (level := getattr(a_pass, "leaves", None)) is not None:
        verify_level(module, level, f"pass {a_pass.name} promises level {level}: ")
