"""The rules of the table `stablehlo` for loops, conditionals and calls: `ten`, `scf`, `func`."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import i64
from xdsl.ir import Operation

from ...dialects import delta, ten
from ...passes.rewriting.diagnostics import LetgradError
from .builder import Value, tensor_of
from .converter import Converter, stablehlo


@stablehlo.rule(ten.ScanOp)
def scan(op: ten.ScanOp, h: Converter, *xs: Value) -> Sequence[Value]:
    """while, which reads rows by dynamic_slice and writes rows by dynamic_update_slice"""
    m, n = len(op.inits), op.trips
    inits, rows = xs[:m], xs[m : m + len(op.xs)]
    ys = [h.zeros(tensor_of(r.type)) for r in op.results[m:]]
    if n == 0:
        return [*inits, *ys]
    turns = h.constant(n, i64)
    if op.turns is not None:
        # Between 0 and the number of rows.
        least = h.binary("maximum", xs[-1], h.constant(0, i64))
        turns = h.binary("minimum", least, turns)

    def turn(k: Value, *carried: Value) -> list[Value]:
        if op.is_reverse:
            k = h.sub(h.sub(turns, h.constant(1, i64)), k)
        given = h.run(op.block, [*carried[:m], *(h.row(x, k) for x in rows)])
        done = [h.with_row(y, new, k) for y, new in zip(carried[m:], given[m:], strict=True)]
        return [*given[:m], *done]

    return h.count(turns, [*inits, *ys], turn)


@stablehlo.rule(ten.WhileOp)
def while_(op: ten.WhileOp, h: Converter, *carried: Value) -> Sequence[Value]:
    """while; a limit is one more carried value, which counts the turns"""

    def goes_on(k: Value, *xs: Value) -> Value:
        holds = h.run(op.condition.block, xs)[0]
        if op.most is None:
            return holds
        return h.both(holds, h.against("LT", k, op.most))

    def turn(k: Value, *xs: Value) -> list[Value]:
        return [h.add(k, h.constant(1, i64)), *h.run(op.block, xs)]

    if op.most == 0:
        return list(carried)
    if op.most is None:
        return h.while_(
            carried, lambda *xs: h.run(op.condition.block, xs)[0], lambda *xs: h.run(op.block, xs)
        )
    return h.while_([h.constant(0, i64), *carried], goes_on, turn)[1:]


@stablehlo.rule(scf.ForOp)
def for_(op: scf.ForOp, h: Converter, low: Value, high: Value, step: Value, *xs: Value):
    """while, which carries the index"""

    def goes_on(k: Value, *_: Value) -> Value:
        return h.compare("LT", k, high)

    def turn(k: Value, *carried: Value) -> list[Value]:
        return [h.add(k, step), *h.run(op.body.block, [k, *carried])]

    return h.while_([low, *xs], goes_on, turn)[1:]


@stablehlo.rule(scf.IfOp)
def if_(op: scf.IfOp, h: Converter, condition: Value) -> Sequence[Value]:
    """if, whose branches take nothing"""
    if not op.results:
        return []
    regions = [
        h.region([], lambda region=region: h.run(region.block, []))
        for region in (op.true_region, op.false_region)
    ]
    kinds = [tensor_of(r.type) for r in op.results]
    return list(h.op("if", [condition], kinds, regions).results)


@stablehlo.rule(scf.ExecuteRegionOp)
def execute_region(op: scf.ExecuteRegionOp, h: Converter) -> Sequence[Value]:
    """The values of the region"""
    if len(op.region.blocks) != 1:
        raise LetgradError("a region of several blocks has no form in StableHLO", op)
    return h.run(op.region.block, [])


def call_of(op: Operation, h: Converter, name: str, xs: Sequence[Value]) -> Sequence[Value]:
    """A call. Errors: `LetgradError`, at the op, if no function has this name."""
    if name not in h.functions:
        raise LetgradError(f"there is no function @{name}", op)
    kinds = [tensor_of(r.type) for r in op.results]
    return list(h.put(func.CallOp(name, list(xs), kinds)).results)


@stablehlo.rule(func.CallOp)
def call(op: func.CallOp, h: Converter, *xs: Value) -> Sequence[Value]:
    """call, of the function in StableHLO"""
    return call_of(op, h, op.callee.string_value(), xs)


@stablehlo.rule(delta.CustomVjpOp, delta.CustomJvpOp)
def call_of_custom(op: Operation, h: Converter, *xs: Value) -> Sequence[Value]:
    """call, of the function whose derivative the op names"""
    return call_of(op, h, op.callee.string_value(), xs)  # type: ignore[attr-defined]
