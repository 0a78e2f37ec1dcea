"""The rules of the table `batch` for ops that name functions. The functions get bulk forms."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr

from ...dialects import delta
from ..rewriting.functions import by_name, find_entry
from ..rewriting.rule_tables import batch
from ..sharing.copying import copy_op
from .batch_rules import bulk_type, lead
from .calls import batched_function

_BATCH_OF = "letgrad.batch_of"
"""The attribute of a function that a batch rule made. It names the function that it batches."""


def _batched_symbol(module: ModuleOp, symbol: SymbolRefAttr, sizes: Sequence[int]) -> SymbolRefAttr:
    """
    The function under leading dimensions of all its arguments and results. The rule makes the
    function once, because the rule of a custom derivative may refer to itself.
    """
    known = by_name(module)
    base = name = f"{symbol.string_value()}_batched_{'x'.join(map(str, sizes))}"
    k = 0
    while name in known and known[name].attributes.get(_BATCH_OF) != symbol:
        k += 1
        name = f"{base}_{k}"
    if name not in known:
        function = find_entry(module, symbol.string_value())
        everything = [True] * len(function.function_type.inputs)
        batched_function(
            module, function, everything, sizes, name, True, attributes={_BATCH_OF: symbol}
        )
    return SymbolRefAttr(name)


@batch.rule(delta.CustomVjpOp, delta.CustomJvpOp)
def custom_derivative_in_bulk(op, xs, batched, sizes, e):
    """
    batch(custom @f, @rule (x)) = custom @f in bulk, @rule in bulk (x)

    All operands get the leading dimensions, because the cotangents that a rule gives may have them.
    """
    module = op.get_toplevel_object()
    new = copy_op(
        op,
        [lead(x, b, sizes, e) for x, b in zip(xs, batched)],
        [bulk_type(r.type, sizes) for r in op.results],
    )
    for key in op.RULES:
        new.properties[key] = _batched_symbol(module, op.properties[key], sizes)
    return tuple(e.insert(new).results)


@batch.rule(delta.ImplicitOp, delta.SolveOp)
def system_in_bulk(op, xs, batched, sizes, e):
    """
    batch(solve @f (b, p)) = solve @f in bulk (b, p) batch n, with more dimensions in the batch

    All operands get the leading dimensions, because the functions in bulk take them.
    """
    module = op.get_toplevel_object()
    names = [
        None if rule not in op.named else _batched_symbol(module, op.properties[rule], sizes)
        for rule in op.RULES
    ]
    x, *params = (lead(x, b, sizes, e) for x, b in zip(xs, batched))
    method = None if op.method is None else op.method.data
    new = type(op)(names, x, params, op.batches + len(sizes), method)
    new.attributes.update(op.attributes)
    return tuple(e.insert(new).results)
