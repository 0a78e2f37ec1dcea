"""
A program and the passes over it, from Python: what `letgrad-opt` does with a file, in three calls.
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
    A context that knows all dialects of this environment, and these.

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
    The passes that a pipeline spells, as `letgrad-opt -p` takes it.

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
    Apply passes in order, a list of passes or the text of a pipeline. The module is verified after
    each pass; `instruments` says what else is to happen around each.

    Errors: `LetgradError`, which names the pass, for everything that goes wrong in one or after it.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> run_pipeline(ctx, module, "gradient,canonicalize,cse")
        >>> show(module)
        lambda = \\x ct -> (x * x, x * (ct + ct))
    """
    found = tuple(parse_passes(passes) if isinstance(passes, str) else passes)
    (instruments or Instruments()).run(ctx, module, found)
