"""
Loops write their rows into the arrays that join them with others: `kernel-place-rows`.

Needs:   functions of one block, after `convert-ten-to-kernel` and all passes that rewrite loops.
Leaves:  no rows of a scan that one nest alone uses, and that this nest only copies into a part of a
         result which is one piece of memory, but where a copy costs less; each result of a nest has
         one such part at most.
Keeps:   the program.
Ends:    one visit to each nest.

    %ys = ten.scan [98] …                     %ys = ten.scan [98] … {first_rows = array<i64: 1>}
          -> (tensor<98xf64>) { … }                 -> (tensor<100xf64>) { … }
    %r = kernel.generic [100] (%i) store [0]  %r = kernel.generic [100] (%i) store [0]
      a[i] if i = 0                             a[i] if i = 0
      %ys[i - 1] if i < 99                      %ys[i] if i < 99
      b[i - 99]                                 b[i - 99]

The nest then reads each row where it stores the row. So `kernel-plan-buffers` gives the result of
the loop the memory of the joined array, and the nest stores the other elements alone.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, UnitAttr
from xdsl.ir import Operation, OpResult, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import kernel, ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.types import ints, shape
from ...dialects.walking import captured
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from .comparisons import decided
from .outline import carried_by_loops
from .plan_buffers import planned, read_at, writes_over

RULE = "rows in place"

MOST_PLACES = 64
"""Rows of leading dimensions among which a part is looked for."""

Ranges = dict[SSAValue, tuple[int, int]]
"""The first and the last value of each index of a nest."""

Form = tuple[Mapping[SSAValue, int], int]
"""Indices of a nest times whole numbers, plus a constant."""


class PlaceRowsPass(ModulePass):
    """
    Lets loops write the rows of their results into the arrays that nests join them into.

    Example:

        >>> def f(x):
        ...     ys = lg.scan(lambda c, v: (np.sin(c) + v, c), x[0], x)[1]
        ...     return np.concatenate([x[:1], ys, x[-1:]])
        >>> module = lg.trace(f, lg.spec(7))
        >>> run_pipeline(ctx, module, "outline-regions,sharing-materialize,convert-ten-to-kernel")
        >>> PlaceRowsPass().apply(ctx, module)
        >>> scan, = (op for op in module.walk() if op.name == "ten.scan")
        >>> print(scan.attributes["first_rows"], scan.results[1].type)
        array<i64: 1> tensor<9xf64>
    """

    name = "kernel-place-rows"
    seeks: ClassVar[Kinds] = (ten.ScanOp,)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        carried = carried_by_loops(op)
        for function in planned(op):
            arguments = function.body.block.args
            given = {arguments[j] for j in carried.get(function.sym_name.data, {}).values()}
            for nest in list(function.body.block.ops):
                if isinstance(nest, kernel.GenericOp):
                    for k in range(len(nest.res)):
                        found = [_part(nest, k, x) for x in _rows_read(nest)]
                        if parts := [part for part in found if part is not None]:
                            _place(nest, k, max(parts, key=lambda part: part.size), given)


@dataclass
class _Part:
    """Rows of a scan that a nest copies into a part of a result."""

    rows: SSAValue
    first: int
    """The row of the result at which the part begins."""
    box: Ranges
    """The points of the nest that copy the rows."""

    @property
    def size(self) -> int:
        return types.size(self.rows.type)


def _rows_read(nest: kernel.GenericOp) -> list[SSAValue]:
    """The results of scans beside the nest of which the nest alone reads rows, in its body."""
    found: list[SSAValue] = []
    for x in captured(nest):
        scan = x.owner
        if (
            isinstance(scan, ten.ScanOp)
            and scan.parent is nest.parent
            and (k := _number(x) - len(scan.inits)) >= 0
            and (scan.first_rows is None or len(shape(x.type)) == len(shape(scan.ys[k].type)) + 1)
            and (scan.first_rows is None or shape(x.type)[0] == scan.trips)
            and types.size(x.type)
            and all(_is_read_by(use.operation, nest, x) for use in x.uses)
        ):
            found.append(x)
    return found


def _number(x: SSAValue) -> int:
    """The number of a result of an op."""
    assert isinstance(x, OpResult)
    return x.index


def _is_read_by(op: Operation, nest: kernel.GenericOp, x: SSAValue) -> bool:
    return isinstance(op, kernel.LoadOp) and op.parent is nest.block and op.t is x


def _part(nest: kernel.GenericOp, k: int, x: SSAValue) -> _Part | None:
    """
    The part of result k of the nest into which it copies all rows x of a scan.

    Requires: the points that copy the rows are one piece of the result in row-major order, row by
              row; the nest needs no row at another point; and each point reads the rows at one
              place. So to read a row at the place where it is stored is to read the same row.
    """
    result, (combiner, dims) = nest.res[k], nest.outputs[k]
    row = shape(x.type)[1:]
    cut = len(dims) - len(row)
    if combiner != "store" or cut < 1 or shape(result.type)[cut:] != row:
        return None
    if result.type == x.type or types.element(result.type) != types.element(x.type):
        return None
    loads = {op for use in x.uses if isinstance(op := use.operation, kernel.LoadOp)}
    forms = _forms(nest)
    reads = {tuple(_key(forms.get(i)) for i in load.indices) for load in loads}
    args = [nest.block.args[d] for d in dims]
    load = next(iter(loads))
    outer = forms.get(load.indices[0])
    if len(reads) != 1 or outer is None:
        return None
    if any(_key(forms.get(i)) != _key(({a: 1}, 0)) for i, a in zip(load.indices[1:], args[cut:])):
        return None
    sizes = {a: n for a, n in zip(nest.block.args, ints(nest.loops))}
    whole: Ranges = {a: (0, n - 1) for a, n in sizes.items()}
    # The leading dimensions: some at one place, one from `begin` on, the others from end to end.
    leading, stride = args[:cut], 1
    moving = [a for a in leading if a in outer[0]]
    split = next((j for j, a in enumerate(leading) if a in outer[0]), cut - 1)
    if not moving:
        return None
    for a in reversed(leading[split:]):
        if outer[0].get(a, 0 if sizes[a] == 1 else None) not in (stride, 0):
            return None
        stride *= sizes[a]
    rows, inner = shape(x.type)[0], stride // sizes[leading[split]]
    if len(moving) != len(outer[0]) or -outer[1] % inner or rows % inner:
        return None
    begin = -outer[1] // inner
    if begin < 0 or begin + rows // inner > sizes[leading[split]]:
        return None
    if prod(sizes[a] for a in leading[:split]) > MOST_PLACES:
        return None
    found: tuple[int, Ranges] | None = None
    for at in product(*(range(sizes[a]) for a in leading[:split])):
        box = {**whole, **{a: (i, i) for a, i in zip(leading, at)}}
        inside = {**box, leading[split]: (begin, begin + rows // inner - 1)}
        first = 0
        for a, i in zip(leading[:split], at):
            first = first * sizes[a] + i
        if _resolved(nest.yielded[k], inside, forms) in loads and found is None:
            found = first * stride + begin * inner, inside
        elif split and any(_needs(y, loads, box, forms) for y in nest.yielded):
            return None
    return found and _Part(x, *found)


def _place(nest: kernel.GenericOp, k: int, part: _Part, carried: Container[SSAValue]) -> None:
    """
    The scan writes the rows of a part where result k has them, and the nest reads them there. A
    loop carries the arguments in `carried`.
    """
    scan, x = part.rows.owner, part.rows
    assert isinstance(scan, ten.ScanOp)
    if (why := _why_apart(nest, k, part, carried)) is not None:
        remarks.missed(PlaceRowsPass.name, RULE, scan, why)
        return
    first = list(scan.first_rows or [0] * len(scan.ys))
    first[_number(x) - len(scan.inits)] = part.first
    x = Rewriter.replace_value_with_new_type(x, nest.res[k].type)
    scan.attributes[ten.FIRST_ROWS] = types.int_array(first)
    args = [nest.block.args[d] for d in nest.outputs[k][1]]
    sizes: dict[SSAValue, int] = dict(zip(nest.block.args, ints(nest.loops)))
    for load in [use.operation for use in x.uses]:
        e = Emitter(InsertPoint.before(load), load.location, {})
        at = kernel.LoadOp(x, args)
        at.attributes["in_bounds"] = UnitAttr()
        value = e(at)
        zero = e.constant(0, value.type)
        for a, (low, high) in part.box.items():
            if (low, high) != (0, sizes[a] - 1):
                i = e(arith.SubiOp(a, e.constant(low, ten.index_type))) if low else a
                inside = e.compare("ult", i, e.constant(high - low + 1, ten.index_type))
                value = e(arith.SelectOp(inside, value, zero))
        Rewriter.replace_op(load, [], [value])
    count(RULE)
    remarks.passed(
        PlaceRowsPass.name, RULE, scan,
        f"the loop writes its rows into the array that joins them, from row {part.first} on",
    )  # fmt: skip


def _why_apart(
    nest: kernel.GenericOp, k: int, part: _Part, carried: Container[SSAValue]
) -> str | None:
    """
    Why it is better to copy the rows: the nest may write over another array, of which it keeps more
    than the rows have. That is an array which ends here; an argument only where a loop carries it.
    """
    if 2 * part.size >= types.size(nest.res[k].type):
        return None
    read = read_at(nest)
    later = {x for op in _after(nest) for x in captured(op)}
    for x in captured(nest):
        is_free = x not in later and (isinstance(x.owner, Operation) or x in carried)
        if x is not part.rows and is_free and writes_over(nest, k, x, read):
            return f"the nest updates {x.type}, of which it keeps most elements"
    return None


def _after(op: Operation) -> list[Operation]:
    found: list[Operation] = []
    while (op := op.next_op) is not None:  # type: ignore[assignment]
        found.append(op)
    return found


# The values of a nest at the points of a box.


def _forms(nest: kernel.GenericOp) -> dict[SSAValue, Form]:
    """The indices of a nest that are sums of its loops."""
    forms: dict[SSAValue, Form] = {a: ({a: 1}, 0) for a in nest.block.args}
    for op in nest.block.ops:
        given = [forms.get(x) for x in op.operands]
        match op:
            case arith.ConstantOp(value=IntegerAttr()) if op.result.type == ten.index_type:
                forms[op.result] = {}, op.value.value.data  # type: ignore[union-attr]
            case arith.AddiOp() | arith.SubiOp() if op.result.type == ten.index_type:
                if (a := given[0]) is not None and (b := given[1]) is not None:
                    forms[op.result] = _sum(a, b, 1 if isinstance(op, arith.AddiOp) else -1)
            case arith.MuliOp() if op.result.type == ten.index_type:
                for x, y in ((given[0], given[1]), (given[1], given[0])):
                    if x is not None and y is not None and not y[0]:
                        forms[op.result] = _sum(({}, 0), x, y[1])
    return forms


def _sum(a: Form, b: Form, factor: int) -> Form:
    """a + factor · b"""
    total = dict(a[0])
    for x, c in b[0].items():
        total[x] = total.get(x, 0) + factor * c
    return {x: c for x, c in total.items() if c}, a[1] + factor * b[1]


def _key(form: Form | None) -> object:
    return None if form is None else (frozenset(form[0].items()), form[1])


def _holds(cond: SSAValue, ranges: Ranges, forms: Mapping[SSAValue, Form]) -> bool | None:
    """Whether a condition holds at all points of a box, at none, or None if that is not known."""
    op = cond.owner
    if isinstance(op, arith.AndIOp | arith.OrIOp):
        decides = isinstance(op, arith.OrIOp)
        parts = [_holds(x, ranges, forms) for x in op.operands]
        return decides if decides in parts else None if None in parts else not decides
    if not isinstance(op, arith.CmpiOp):
        return None
    a, b = forms.get(op.lhs), forms.get(op.rhs)
    if a is None or b is None:
        return None
    of_a, of_b = _bounds(a, ranges), _bounds(b, ranges)
    if min(of_a[0], of_b[0]) < -_SAFE or max(of_a[1], of_b[1]) > _SAFE:
        return None
    name = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
    return decided(name, of_a, of_b, _bounds(_sum(a, b, -1), ranges))


_SAFE = 1 << 62
"""Sums of indices below this number have not wrapped."""


def _bounds(form: Form, ranges: Ranges) -> tuple[int, int]:
    ends = [(c * ranges[x][0], c * ranges[x][1]) for x, c in form[0].items()]
    return form[1] + sum(map(min, ends)), form[1] + sum(map(max, ends))


def _resolved(value: SSAValue, ranges: Ranges, forms: Mapping[SSAValue, Form]) -> object:
    """The op that gives a value at all points of a box, behind the choices that are known there."""
    while isinstance(op := value.owner, arith.SelectOp | ten.SelectOp):
        holds = _holds(op.operands[0], ranges, forms)
        if holds is None:
            break
        value = op.operands[1 if holds else 2]
    return value.owner


def _needs(
    value: SSAValue, loads: set[kernel.LoadOp], ranges: Ranges, forms: Mapping[SSAValue, Form]
) -> bool:
    """Whether a value may need one of these loads at a point of a box."""
    pending, seen = [value], set[Operation]()
    while pending:
        op = pending.pop().owner
        if not isinstance(op, Operation) or op in seen:
            continue
        seen.add(op)
        if op in loads:
            return True
        if isinstance(op, arith.SelectOp | ten.SelectOp):
            holds = _holds(op.operands[0], ranges, forms)
            if holds is not None:
                pending.append(op.operands[1 if holds else 2])
                continue
        pending += op.operands
    return False
