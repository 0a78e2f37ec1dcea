"""
Loops: the values that a program carries around a loop, and the memory that the body writes, which
the loop carries as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Region

from ...dialects import ten, types
from ...dialects.op_names import op_name
from ...dialects.walking import ops_in
from ...passes.rewriting.diagnostics import LetgradError
from .. import ops, tracing
from ..from_stablehlo import loop_rows
from ..from_stablehlo.counter_facts import Affine
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array, Scope
from . import elements, moving_views
from .cells import Cell, Choice, View, choice, unwritten
from .places import Place
from .upstream_evaluator import Evaluator

Body = Callable[[Place, list[Any]], Sequence[Any]]
"""The values after a turn, for the counter and the values before."""


class Turns(loop_rows.Frame):
    """A counted loop whose body is being converted. Its rows may be of type `index`."""

    def argument(self, xs: Array) -> Array:
        assert self.scope is not None
        block = self.scope.block
        self.xs.append(xs)
        type = types.of_shape(xs.shape[1:], types.element(xs.value.type))
        return Array.of(block.insert_arg(type, len(block.args)), self.scope)


class Carried:
    """
    The arrays that a loop carries for its values. Memory that a value names may be other memory in
    each turn: then the loop carries the number of the view, see `moving_views`. Memory that a turn
    allocates and gives to the next turn has its elements in a cell outside, its home.
    """

    def __init__(self, e: Evaluator, inits: Sequence[Any], groups: Sequence[int] = ()):
        self.e = e
        self.groups = groups or [0] * len(inits)
        """Values of two groups are never both in use."""
        self.inits = list(inits)
        self.at = [k for k, x in enumerate(inits) if isinstance(x, Array)]
        self.targets = {
            k: moving_views.roots(x) for k, x in enumerate(inits) if isinstance(x, View)
        }
        """The views that each value may be, as far as it is known."""
        self.moving: list[int] = []
        """The positions of views that a turn may change."""
        self.homes: dict[Cell, Array] = {}
        self.outside: set[Cell] = set()
        self.outer = tracing.current()
        self.grew = False

    def begin(self, before: dict[Cell, Array]) -> dict[Cell, Array]:
        """The memory in front of the loop, for another conversion of its body."""
        before = before | self.homes
        self.outside, self.grew = set(before), False
        return before

    @property
    def count(self) -> int:
        return len(self.at) + len(self.moving)

    @property
    def arrays(self) -> list[Array]:
        return [self.inits[k] for k in self.at] + [
            moving_views.number(self.inits[k], self.targets[k]) for k in self.moving
        ]

    def filled(self, arrays: Sequence[Array]) -> list[Any]:
        """All values, with these arrays among them."""
        result = list(self.inits)
        for k, x in zip(self.at, arrays):
            result[k] = x
        for k, x in zip(self.moving, arrays[len(self.at) :]):
            result[k] = moving_views.by_number(self.e.places, x, self.targets[k])
        return result

    def taken(self, values: Sequence[Any]) -> list[Array]:
        """The arrays among the values after a turn."""
        numbers: list[Array] = []
        settled = _Settled()
        for k, (old, new) in enumerate(zip(self.inits, values, strict=True)):
            if isinstance(old, Array) != isinstance(new, Array):
                raise NotConvertible("a turn of the loop gives a value of another kind")
            if isinstance(old, Array) or (old == new and k not in self.moving):
                continue
            view = self._settled(k, new, None, settled)
            if k not in self.moving:
                self.moving.append(k)
                self.moving.sort()
                self.grew = True
            for root in moving_views.roots(view):
                if root not in self.targets[k]:
                    if root.shape != old.shape:
                        choice(tracing.constant(True), old, root)  # its error
                    self.targets[k].append(root)
                    self.grew = True
            if not self.grew:
                numbers.append(moving_views.number(view, self.targets[k]))
        self.e.memory.contents.update(settled.contents)
        return [values[k] for k in self.at] + numbers

    def _settled(self, k: int, view: View, mask: Array | None, settled: _Settled) -> View:
        """
        A view of memory outside of the loop with the elements of a view after a turn. The mask says
        when value k is the view.
        """
        if isinstance(view, Choice):
            yes, no = moving_views.arms(mask, view.mask)
            return choice(
                view.mask,
                self._settled(k, view.yes, yes, settled),
                self._settled(k, view.no, no, settled),
            )
        if view.cell in self.outside and view.cell not in self.homes:
            moving_views.check_outside(view, self.outer)
            return view
        if settled.at.setdefault((self.groups[k], view.cell), k) != k:
            raise NotConvertible("a turn of the loop gives the memory that it allocates twice")
        home = moving_views.home_of(k, view)
        if home == view.cell:
            moving_views.check_outside(view, self.outer)
            return view
        if home not in self.homes:
            with tracing.within(self.outer):
                self.homes[home] = unwritten(home)
            self.grew = True
        memory = self.e.memory
        content = memory.read(view)
        if mask is not None and not self.grew:
            before = settled.contents.get(home, memory.contents[home])
            content = elements.select(mask, content, before)
        settled.contents[home] = content
        return View(home)


class _Settled:
    """The homes of memory after a turn. No write happens before all elements are read."""

    def __init__(self) -> None:
        self.contents: dict[Cell, Array] = {}
        self.at: dict[tuple[int, Cell], int] = {}
        """The one position of each group to which memory goes."""


def counted(
    e: Evaluator, low: Place, high: Place, step: Place, inits: Sequence[Any], body: Body,
    kind: Any = None, unsigned: bool = False,
) -> list[Any]:  # fmt: skip
    """
    for i from `low` below `high` by `step`: values = body(i, values). `kind` is the type of the
    counter, if the counter is no `index`.
    """
    kind = kind or ten.index_type
    if isinstance(low, int) and isinstance(high, int) and isinstance(step, int):
        if unsigned:
            low, high = (n % (1 << bits_of(kind)) for n in (low, high))
        turns = len(range(low, high, step)) if step > 0 else 0
        if turns <= 1:
            return list(body(low, list(inits))) if turns else list(inits)
        return _scan(e, turns, low, step, inits, body, kind)
    if isinstance(step, int) and step == 1:
        return _while(e, low, high, inits, body, kind, unsigned)
    if unsigned:
        raise NotConvertible("letgrad has unsigned loops only with steps of 1 or known bounds")
    places = e.places
    low, high, step = (places.of(x) for x in (low, high, step))
    turns = places.divide_up(places.subtract(high, low), step)

    def turn(k: Place, values: list[Any]) -> Sequence[Any]:
        i = places.add(low, places.multiply(k, step))
        if kind != ten.index_type and isinstance(i, Array):
            i = tracing.emit(arith.IndexCastOp, tracing.use(i), kind)
        return body(i, values)

    return _while(e, 0, turns, inits, turn, ten.index_type, False)


def bits_of(kind: Any) -> int:
    """The bits of an integer type; an index has 64."""
    return kind.width.data if isinstance(kind, IntegerType) else 64


def _scan(
    e: Evaluator, n: int, first: int, step: int, inits: Sequence[Any], body: Body, kind: Any
) -> list[Any]:
    carried, outer = Carried(e, inits), tracing.current()
    before = dict(e.memory.contents)
    cells: list[Cell] = []
    while True:
        before = carried.begin(before)
        frame = Turns(n, outer)
        given = carried.arrays + [before[c] for c in cells]
        with tracing.region([x.value.type for x in given]) as (scope, args):
            frame.scope = scope
            # The array of the counters stands outside.
            with tracing.within(outer):
                counters = _counters(n, first, step, kind)
            counter = frame.argument(counters)
            e.places.facts.of[counter.value] = Affine(frame, step, first)
            e.memory.contents = before | dict(zip(cells, args[carried.count :]))
            nexts = carried.taken(body(counter, carried.filled(args)))
            after = e.memory.contents
            nexts += [after[c] for c in cells]
            if more := _changed(e, before, cells, args[carried.count :]):
                cells += more
            if more or carried.grew:
                continue
            written = _rows(frame, args, nexts)
            kept = [k for k in range(len(args)) if k not in written]
            tracing.add_yield(scope, [*(nexts[k] for k in kept), *(w[0] for w in written.values())])
            for k in written:
                loop_rows.drop_update(nexts[k].value)
        break
    for k in sorted(written, reverse=True):
        scope.block.erase_arg(args[k].value)  # type: ignore[arg-type]
    loop = ten.ScanOp(
        n,
        [tracing.use(given[k]) for k in kept],
        [tracing.use(x) for x in frame.xs],
        Region(scope.block),
    )
    check_pure(loop)
    made = [Array.of(r, outer) for r in tracing.add(loop).results]
    results = list(given)
    for k, x in zip(kept, made):
        results[k] = x
    for (k, (_, d, fact)), ys in zip(written.items(), made[len(kept) :]):
        results[k] = loop_rows.joined(given[k], ys, d, fact, n)
    e.memory.contents = before | dict(zip(cells, results[carried.count :]))
    return carried.filled(results)


def _rows(
    frame: Turns, args: Sequence[Array], nexts: Sequence[Array]
) -> dict[int, tuple[Array, int, Affine]]:
    """The carried arrays of which each turn writes a row and does nothing else with them."""
    written = {}
    for k, x in enumerate(args):
        if sum(v.value is nexts[k].value for v in nexts) == 1:
            found = loop_rows.written_rows(frame, x.value, nexts[k])
            if found is not None:
                written[k] = found
    return written


def _counters(n: int, first: int, step: int, kind: Any) -> Array:
    """first, first + step, … as an array of n integers."""
    type = types.of_shape((n,), kind)
    x = tracing.emit(ten.IotaOp, 0, type)
    for op, number in ((arith.MuliOp, step), (arith.AddiOp, first)):
        if number != (1 if op is arith.MuliOp else 0):
            x = tracing.emit(
                op, tracing.use(x), tracing.add(types.constant(number, type)).results[0]
            )
    return x


def _changed(
    e: Evaluator, before: dict[Cell, Array], cells: Sequence[Cell], args: Sequence[Array]
) -> list[Cell]:
    """The cells that a turn writes, and that the loop does not carry yet."""
    return [c for c, x in before.items() if c not in cells and e.memory.contents[c] is not x]


def _while(
    e: Evaluator, low: Place, high: Place, inits: Sequence[Any], body: Body, kind: Any,
    unsigned: bool,
) -> list[Any]:  # fmt: skip
    """A loop over a number of turns that only the run of the program knows."""
    carried, outer = Carried(e, inits), tracing.current()
    before = dict(e.memory.contents)
    cells: list[Cell] = []

    def of_kind(x: Place) -> Array:
        if isinstance(x, int):
            return Array.of(tracing.add(types.constant(x, kind)).results[0], tracing.current())
        if x.value.type != kind:
            return tracing.emit(arith.IndexCastOp, tracing.use(x), kind)
        return x

    first, last, one = of_kind(low), of_kind(high), of_kind(1)
    while True:
        before = carried.begin(before)
        given = [first, *carried.arrays, *(before[c] for c in cells)]
        kinds = [x.value.type for x in given]
        with tracing.region(kinds) as (test, args):
            mask = ops.compare_by("ult" if unsigned else "slt", args[0], last)
            tracing.add_yield(test, [mask])
        with tracing.region(kinds) as (scope, args):
            count = carried.count + 1
            e.memory.contents = before | dict(zip(cells, args[count:]))
            nexts = carried.taken(body(args[0], carried.filled(args[1:count])))
            if more := _changed(e, before, cells, args[count:]):
                cells += more
            if more or carried.grew:
                continue
            nexts += [e.memory.contents[c] for c in cells]
            step = ops.binary_index(arith.AddiOp, args[0], one)
            tracing.add_yield(scope, [step, *nexts])
        break
    results = _loop(outer, given, test, scope)[1:]
    e.memory.contents = before | dict(zip(cells, results[carried.count :]))
    return carried.filled(results)


def check_pure(loop: ten.ScanOp | ten.WhileOp) -> None:
    """Errors: `LetgradError` at an op in a turn that may do more than give its results."""
    for op in ops_in(loop):
        if op is not loop and not op.regions and not ten.is_pure(op):
            raise LetgradError(
                f"{op_name(op)} is not known to be pure, and a loop of letgrad has pure ops only",
                op,
            )


def _loop(outer: Scope, given: Sequence[Array], test: Scope, scope: Scope) -> list[Array]:
    loop = ten.WhileOp([tracing.use(x) for x in given], Region(test.block), Region(scope.block))
    check_pure(loop)
    return [Array.of(r, outer) for r in tracing.add(loop).results]


SMALL = 12
"""
A test of at most so many ops runs twice in each turn: to decide, and to compute what the body takes
from it. A larger test runs once, and the loop carries what it gave.
"""


def while_(
    e: Evaluator, inits: Sequence[Any], test: Callable[[list[Any]], tuple[Array, list[Any]]],
    body: Callable[[list[Any]], Sequence[Any]], groups: Sequence[int] = (),
) -> list[Any]:  # fmt: skip
    """
    The values ys of the last test: `mask, ys = test(xs)`; while the mask holds, `xs = body(ys)`.
    `groups` are those of the values ys, as `Carried` has them.
    """
    before = dict(e.memory.contents)
    outer = tracing.current()
    count = _size(outer)
    mask, begins = test(list(inits))
    if e.places.known(mask) == 0:
        return begins
    pure = all(e.memory.contents[c] is x for c, x in before.items())
    if pure and _size(outer) - count <= SMALL:
        return _tested_first(e, inits, test, body)
    return _tested_last(e, mask, begins, test, body, groups)


def _size(scope: Scope) -> int:
    return sum(1 for op in scope.block.ops for _ in op.walk())


def _tested_first(
    e: Evaluator, inits: Sequence[Any], test: Callable[[list[Any]], tuple[Array, list[Any]]],
    body: Callable[[list[Any]], Sequence[Any]],
) -> list[Any]:  # fmt: skip
    carried, outer = Carried(e, inits), tracing.current()
    before = dict(e.memory.contents)
    cells: list[Cell] = []
    while True:
        before = carried.begin(before)
        given = carried.arrays + [before[c] for c in cells]
        kinds = [x.value.type for x in given]
        n = carried.count
        with tracing.region(kinds) as (first, args):
            e.memory.contents = before | dict(zip(cells, args[n:]))
            mask, _ = test(carried.filled(args[:n]))
            tracing.add_yield(first, [mask])
        with tracing.region(kinds) as (scope, args):
            e.memory.contents = before | dict(zip(cells, args[n:]))
            nexts = carried.taken(body(test(carried.filled(args[:n]))[1]))
            if more := _changed(e, before, cells, args[n:]):
                cells += more
            if more or carried.grew:
                continue
            nexts += [e.memory.contents[c] for c in cells]
            tracing.add_yield(scope, nexts)
        break
    results = _loop(outer, given, first, scope)
    e.memory.contents = before | dict(zip(cells, results[n:]))
    return test(carried.filled(results[:n]))[1]


def _tested_last(
    e: Evaluator, mask: Array, begins: list[Any],
    test: Callable[[list[Any]], tuple[Array, list[Any]]],
    body: Callable[[list[Any]], Sequence[Any]], groups: Sequence[int],
) -> list[Any]:  # fmt: skip
    carried, outer = Carried(e, begins, groups), tracing.current()
    before = dict(e.memory.contents)
    cells: list[Cell] = []
    while True:
        before = carried.begin(before)
        given = [mask, *carried.arrays, *(before[c] for c in cells)]
        kinds = [x.value.type for x in given]
        n = carried.count + 1
        with tracing.region(kinds) as (first, args):
            tracing.add_yield(first, [args[0]])
        with tracing.region(kinds) as (scope, args):
            e.memory.contents = before | dict(zip(cells, args[n:]))
            goes_on, values = test(list(body(carried.filled(args[1:n]))))
            nexts = carried.taken(values)
            if more := _changed(e, before, cells, args[n:]):
                cells += more
            if more or carried.grew:
                continue
            nexts += [e.memory.contents[c] for c in cells]
            tracing.add_yield(scope, [goes_on, *nexts])
        break
    results = _loop(outer, given, first, scope)
    e.memory.contents = before | dict(zip(cells, results[n:]))
    return carried.filled(results[1:n])
