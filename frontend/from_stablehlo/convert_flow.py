"""Loops, branches, calls, and ops that are the identity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
from xdsl.ir import Operation, Region, SSAValue

from ...dialects import ten
from ...passes.rewriting.diagnostics import LetgradError
from .. import ops, tracing
from ..control_flow.cond_and_switch import cond
from ..tracing import Array, constant
from . import loop_rows
from .conversion_table import Call, converts
from .counter_facts import Affine
from .foreign_op import NotConvertible, Source

np: Any = numpy  # its type stubs know no traced arrays


@converts(
    "stablehlo.optimization_barrier", "sdy.sharding_constraint", "sdy.propagation_barrier",
    "sdy.sharding_group", "sdy.reshard",
)  # fmt: skip
def identity(call: Call, *xs: Any) -> Any:
    """stablehlo.optimization_barrier x  →  x;  sdy.sharding_constraint x  →  x"""
    return list(xs)[: len(call.op.results)]


@converts("sdy.mesh")
def mesh(call: Call) -> Any:
    """sdy.mesh  →  nothing: a mesh names machines"""
    return []


@converts("func.call")
def call_(call: Call, *xs: Any) -> Any:
    """func.call @f(x)  →  the ops of @f"""
    name = call.word("callee")
    function = call.evaluator.functions.get(name)
    if function is None:
        raise LetgradError(f"there is no function @{name}", call.op)
    return call.evaluator.call(function, xs, call.op)


@converts("stablehlo.composite")
def composite(call: Call, *xs: Any) -> Any:
    """stablehlo.composite "name" x  →  the ops of its decomposition"""
    name = call.word("decomposition")
    function = call.evaluator.functions.get(name)
    if function is None:
        raise LetgradError(f"there is no function @{name}", call.op)
    return call.evaluator.call(function, xs, call.op)


@converts("stablehlo.tuple")
def tuple_(call: Call, *xs: Any) -> Any:
    """stablehlo.tuple x, y  →  x and y, apart"""
    return [tuple(xs)]


@converts("stablehlo.get_tuple_element")
def get_tuple_element(call: Call, xs: Any) -> Any:
    """stablehlo.get_tuple_element t[k]  →  the value that the tuple was made of"""
    return [xs[call.int("index")]]


@converts("tensor.from_elements", "tensor.extract")
def scalar(call: Call, x: Array, *indices: Array) -> Any:
    """tensor.extract t[], tensor.from_elements x  →  x, for tensors of rank 0"""
    if indices or call.kind()[0]:
        raise NotConvertible("only tensors of rank 0 stand between StableHLO and scalars")
    return x


# Branches.


@converts("stablehlo.if")
def if_(call: Call, mask: Array) -> Any:
    """stablehlo.if mask  →  scf.if, or the branch of a known mask; in a reducer, ten.select"""
    known = call.evaluator.facts.number(mask)
    if known is not None:
        return call.region(0 if known else 1)()
    if mask.shape:  # in a reducer, which runs on whole arrays
        branches = (call.region(k)() for k in (0, 1))
        return [
            ops.select(mask, *(ops.broadcast_to(x, mask.shape) for x in pair))
            for pair in zip(*branches, strict=True)
        ]
    return _branches(mask, call.region(0), call.region(1), len(call.op.results))


def _branches(
    mask: Array, yes: Callable[[], Any], no: Callable[[], Any], count: int
) -> list[Array]:
    if not count:
        return []
    return list(cond(mask, lambda: tuple(yes()), lambda: tuple(no())))


@converts("stablehlo.case")
def case(call: Call, index: Array) -> Any:
    """stablehlo.case k  →  a chain of scf.if; the last branch is also for a k outside"""
    n = len(call.op.regions)
    known = call.evaluator.facts.number(index)
    if known is not None:
        return call.region(known if 0 <= known < n else n - 1)()

    def at_least(k: int) -> list[Array]:
        if k == n - 1:
            return call.region(k)()
        mask = ops.compare("eq", index, constant(k, index.dtype, ()))
        return _branches(mask, call.region(k), lambda: at_least(k + 1), len(call.op.results))

    return at_least(0)


# Loops.


@converts("stablehlo.while")
def while_(call: Call, *inits: Any) -> Any:
    """
    stablehlo.while c = c0 cond {…} do {…}  →  ten.scan, where a counter goes from a number that is
    known to another one; otherwise ten.while. Values that no turn changes come from outside.
    """
    if any(not isinstance(x, Array) for x in inits):
        raise NotConvertible("letgrad has loops over arrays, and not over tokens or tuples")
    body = call.block(1)
    last = body.last_op
    assert last is not None
    constant_at = [
        value is argument for value, argument in zip(last.operands, body.args, strict=True)
    ]
    counted = _counter(call, inits, constant_at)
    if counted is not None:
        return _scan(call, inits, constant_at, *counted)
    return _while(call, inits, constant_at)


def _while(call: Call, inits: Sequence[Array], constant_at: Sequence[bool]) -> list[Array]:
    moving = [k for k, fixed in enumerate(constant_at) if not fixed]
    kinds = [tracing.ir_type(inits[k].shape, inits[k].dtype) for k in moving]

    def values(args: Sequence[Array]) -> list[Array]:
        given = list(inits)
        for k, x in zip(moving, args):
            given[k] = x
        return given

    with tracing.region(kinds) as (test, args):
        tracing.add_yield(test, call.region(0)(*values(args)))
    with tracing.region(kinds) as (step, args):
        nexts = call.region(1)(*values(args))
        tracing.add_yield(step, [nexts[k] for k in moving])
    loop = ten.WhileOp(
        [tracing.use(inits[k]) for k in moving], Region(test.block), Region(step.block)
    )
    here = tracing.current()
    given = list(inits)
    for k, result in zip(moving, tracing.add(loop).results):
        given[k] = Array.of(result, here)
    return given


def _number(call: Call, value: SSAValue, inits: Sequence[Array], fixed: Sequence[bool]) -> Any:
    """
    The number of a value in a region of a loop: a constant of the region, a value from outside, or
    a carried value that no turn changes. None for a value that is not known.
    """
    facts = call.evaluator.facts
    owner = value.owner
    if isinstance(owner, Operation):
        if Source(owner).name == "stablehlo.constant" and owner.parent is not call.op.parent:
            from .convert_elements import table_of

            kind = Source(owner).kind()
            if kind[0] or kind[1].kind not in "iu":
                return None
            return facts.number(table_of(Source(owner).need("value"), value.type))
        found = call.values.get(value)
        return facts.number(found) if found is not None else None
    if owner in (call.block(0), call.block(1)):
        k = value.index  # type: ignore[attr-defined]
        return facts.number(inits[k]) if fixed[k] else None
    found = call.values.get(value)
    return facts.number(found) if found is not None else None


_TURNED = {"LT": "GT", "GT": "LT", "LE": "GE", "GE": "LE", "NE": "NE"}


def _counter(
    call: Call, inits: Sequence[Array], fixed: Sequence[bool]
) -> tuple[int, int, int, int] | None:
    """
    The position of the counter among the carried values, its first number, its step, and the
    number of turns; None if the loop is not counted.
    """
    test, body = call.block(0), call.block(1)
    last = test.last_op
    compare = last.operands[0].owner if last is not None else None
    if not isinstance(compare, Operation) or Source(compare).name != "stablehlo.compare":
        return None
    if compare.parent is not test:
        return None
    a, b = compare.operands
    order = Source(compare).word("comparison_direction")
    if a not in test.args:
        a, b, order = b, a, _TURNED.get(order, "")
    if a not in test.args or order not in _TURNED:
        return None
    k = a.index  # type: ignore[attr-defined]
    dtype = inits[k].dtype
    if fixed[k] or inits[k].shape or dtype.kind not in "iu":
        return None
    first = call.evaluator.facts.number(inits[k])
    bound = _number(call, b, inits, fixed)
    step = _step(call, body.last_op.operands[k], body.args[k], inits, fixed)  # type: ignore[union-attr]
    if first is None or bound is None or not step:
        return None
    turns = _turns(first, bound, step, order)
    limits = np.iinfo(dtype)
    # A counter that leaves its type wraps, and may then go on.
    if turns is None or not limits.min <= first + turns * step <= limits.max:
        return None
    return k, first, step, turns


def _step(
    call: Call, after: SSAValue, before: SSAValue, inits: Sequence[Array], fixed: Sequence[bool]
) -> int | None:
    """The number that each turn adds to the counter."""
    op = after.owner
    if not isinstance(op, Operation):
        return None
    name = Source(op).name
    if name not in ("stablehlo.add", "stablehlo.subtract") or before not in op.operands:
        return None
    first, second = op.operands
    if name == "stablehlo.subtract" and first is not before:
        return None
    number = _number(call, second if first is before else first, inits, fixed)
    if number is None:
        return None
    return -number if name == "stablehlo.subtract" else number


def _turns(first: int, bound: int, step: int, order: str) -> int | None:
    """The number of turns; None if the loop would not end before the counter wraps."""
    if order in ("LE", "GE"):
        bound += 1 if order == "LE" else -1
        order = "LT" if order == "LE" else "GT"
    if order == "LT":
        return None if step < 0 and first < bound else len(range(first, bound, abs(step)))
    if order == "GT":
        return None if step > 0 and first > bound else len(range(first, bound, -abs(step)))
    turns, rest = divmod(bound - first, step)
    return turns if not rest and turns >= 0 else None


def _scan(
    call: Call,
    inits: Sequence[Array],
    fixed: Sequence[bool],
    at: int,
    first: int,
    step: int,
    n: int,
) -> list[Array]:
    """A loop of n turns. Arrays that the turns read or write by rows become rows of the loop."""
    outer, facts = tracing.current(), call.evaluator.facts
    moving = [k for k in range(len(inits)) if not fixed[k] and k != at]
    dtype = inits[at].dtype
    results = list(inits)
    results[at] = constant(np.asarray(first + n * step, dtype))
    if not n:
        results[at] = inits[at]
        return results
    frame = loop_rows.Frame(n, outer)
    kinds = [tracing.ir_type(inits[k].shape, inits[k].dtype) for k in moving]
    counts = constant(np.arange(first, first + n * step, step).astype(dtype)[:n])
    with tracing.region(kinds) as (scope, args):
        frame.scope = scope
        counter = frame.argument(counts)
        facts.of[counter.value] = Affine(frame, step, first)
        given = list(inits)
        for k, x in zip(moving, args):
            given[k] = x
        given[at] = counter
        after = call.region(1)(*given)
        nexts = {k: after[k] for k in moving}
        written = {}
        for k, x in zip(moving, args):
            repeated = sum(v.value is nexts[k].value for v in nexts.values()) > 1
            found = None if repeated else loop_rows.written_rows(frame, x.value, nexts[k])
            if found is not None:
                written[k] = found
        carried = [k for k in moving if k not in written]
        tracing.add_yield(
            scope, [*(nexts[k] for k in carried), *(row for row, _, _ in written.values())]
        )
        for k in written:
            loop_rows.drop_update(nexts[k].value)
    for k, x in reversed(list(zip(moving, args))):
        if k in written:
            scope.block.erase_arg(x.value)  # type: ignore[arg-type]
    loop = ten.ScanOp(
        n,
        [tracing.use(inits[k]) for k in carried],
        [tracing.use(x) for x in frame.xs],
        Region(scope.block),
    )
    here = tracing.current()
    made = [Array.of(r, here) for r in tracing.add(loop).results]
    for k, x in zip(carried, made):
        results[k] = x
    for (k, (_, d, fact)), ys in zip(written.items(), made[len(carried) :]):
        results[k] = loop_rows.joined(inits[k], ys, d, fact, n)
    return results
