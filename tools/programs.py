"""
Programs and passes from Python: three calls do the work of `letgrad-opt` on a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Dialect
from xdsl.passes import ModulePass

from . import opt
from .instruments import Instruments


def new_context(*dialects: Dialect) -> Context:
    """
    A context that knows all dialects of this environment, and the given dialects.

    Example:

        >>> new_context(Dialect("my", [CubeOp])).get_op("my.cube").name
        'my.cube'
    """
    ctx = opt.LetgradOptMain([]).ctx
    for dialect in dialects:
        ctx.load_dialect(dialect)
    return ctx


def parse_passes(pipeline: str) -> Iterator[ModulePass]:
    """
    The passes that a pipeline spells. The pipeline is a text as for `letgrad-opt -p`.

    Errors: `LetgradError`, with the column in the pipeline.

    Example:

        >>> [p.name for p in parse_passes("gradient{mode=forward},cse")]
        ['gradient', 'cse']
    """
    return opt.LetgradOptMain([]).parse_passes(pipeline)


def run_pipeline(
    ctx: Context,
    module: ModuleOp,
    passes: str | Iterable[ModulePass],
    instruments: Instruments | None = None,
) -> None:
    """
    Apply a list of passes, or the text of a pipeline, in order. This function verifies the module
    after each pass. `instruments` adds other checks and prints around each pass.

    Errors: `LetgradError`, which names the pass, for every error in a pass and every error that a
    check finds after it.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> run_pipeline(ctx, module, "gradient,canonicalize,cse")
        >>> show(module)
        lambda = \\x ct -> (x * x, x * (ct + ct))
    """
    found = tuple(parse_passes(passes) if isinstance(passes, str) else passes)
    (instruments or Instruments()).run(ctx, module, found)
