"""Functions under leading dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, ModuleOp
from xdsl.ir import Attribute, Block, Region
from xdsl.rewriter import InsertPoint

from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter
from .batch_rules import bulk_type
from .builds import vectorize_all
from .bulk_forms import Axis, Batched, Fallback
from .walk import Vectorizer


def batched_function(
    module: ModuleOp,
    function: func.FuncOp,
    batched: Sequence[bool],
    sizes: Sequence[int],
    name: str,
    all_results: bool = False,
    fallback: Fallback = "error",
    attributes: Mapping[str, Attribute] | None = None,
) -> tuple[func.FuncOp, tuple[bool, ...]]:
    """
    A function of `module` under leading dimensions of these sizes, added to the module as `@name`.

    The arguments that are `batched` have the leading dimensions. The results that depend on one of
    these arguments have them too, and the second returned value says which results these are. With
    `all_results`, all results have them. The new function has the `attributes` from the start,
    before its body is written.
    Errors: as `vectorize`; also for a function of several blocks.
    """
    if len(function.body.blocks) != 1:
        raise LetgradError(
            f"@{function.sym_name.data} has branches between blocks and is not vectorized", function
        )
    axes = tuple(Axis(n, k) for k, n in enumerate(sizes))
    inputs = function.function_type.inputs.data
    given = [bulk_type(t, sizes) if b else t for t, b in zip(inputs, batched, strict=True)]
    new = func.FuncOp(name, (given, ()), Region(Block(arg_types=given)), "private")
    new.attributes.update(attributes or {})
    new.location = function.location
    e = Emitter(InsertPoint.at_end(new.body.block), function.location)
    walk = Vectorizer(e.derived(function, "vectorize"), fallback)
    walk.depth = len(axes)
    # The walk writes out calls and conditionals in place, and looks for functions in the module.
    scratch = function.clone()
    module.body.block.add_ops([scratch, new])
    for old, arg, b in zip(scratch.body.block.args, new.body.block.args, batched):
        arg.name_hint = old.name_hint
        walk.env[old] = Batched(walk.e, axes if b else (), old.type, arg)
    walk.visit_block(scratch.body.block)
    last = scratch.body.block.last_op
    assert isinstance(last, func.ReturnOp)
    values = [walk.of(x) for x in last.operands]
    whole = tuple(all_results or bool(x.axes) for x in values)
    results = [walk.aligned(x, axes if b else ()) for x, b in zip(values, whole)]
    walk.e.insert(func.ReturnOp(*results))
    new.properties["function_type"] = FunctionType.from_lists(given, [y.type for y in results])
    scratch.detach()
    scratch.erase()
    vectorize_all(new, fallback)
    return new, whole
