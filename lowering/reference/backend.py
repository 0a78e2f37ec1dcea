"""The backend `numpy`: the reference, which interprets a program op by op."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp

from .. import backends
from . import Evaluator, find_function


def compile(module: ModuleOp, entry: str) -> backends.Compiled:
    """`@entry` of the module, by the rules that define its ops."""
    find_function(module, entry)
    return lambda *args: Evaluator(module).call(entry, args)
