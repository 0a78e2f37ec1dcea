"""The backend `numpy`: the reference, which interprets a program op by op."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from ...dialects import ten
from ...passes.differentiate import states_again
from .. import backends
from . import Evaluator, find_function
from .array_functions import Array


def compile(module: ModuleOp, entry: str) -> backends.Compiled:
    """
    `@entry` of the module, by the rules that define its ops. States that a loop with a checkpoint
    does not keep are computed again, as the program asks. As on each backend, the results are new
    arrays, which may be written to.
    """
    find_function(module, entry)
    if any(isinstance(op, ten.ScanOp) and op.states is not None for op in module.walk()):
        module = module.clone()
        states_again.checkpoint_scans(module)
    return lambda *args: new_arrays(Evaluator(module).call(entry, args), args)


def new_arrays(results: Sequence[Array], args: Sequence[object]) -> tuple[Array, ...]:
    """
    The results, and copies of those that may have memory of an argument, of a constant, or of
    another result.
    """
    known = {id(x) for x in args}
    new: list[Array] = []
    for x in results:
        if isinstance(x, np.ndarray):
            if id(x) in known or not (x.flags.owndata and x.flags.writeable):
                x = x.copy()
            known.add(id(x))
        new.append(x)
    return tuple(new)
