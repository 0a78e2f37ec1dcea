"""The backend `numpy`: the reference, which interprets a program op by op."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp

from ...dialects import ten
from ...passes.differentiate import states_again
from .. import backends
from . import Evaluator, find_function


def compile(module: ModuleOp, entry: str) -> backends.Compiled:
    """
    `@entry` of the module, by the rules that define its ops. States that a loop with a checkpoint
    does not keep are computed again, as the program asks.
    """
    find_function(module, entry)
    if any(isinstance(op, ten.ScanOp) and op.states is not None for op in module.walk()):
        module = module.clone()
        states_again.checkpoint_scans(module)
    return lambda *args: Evaluator(module).call(entry, args)
