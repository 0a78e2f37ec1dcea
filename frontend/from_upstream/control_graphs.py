"""
Regions of several blocks: branches of `cf` become branches and loops with one way in.

A walk goes from block to block. Where the way forks, both arms are walked up to the block in which
all ways meet again, and the values that come there join. A block to which a way leads back begins a
loop. Its turns run from this block to itself or to a block outside. Where ways end at different
blocks, a number says which end a run took, and the values of the other ends are zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, MemRefType
from xdsl.ir import Block, Operation, Region, SSAValue

from ...dialects import arrays, ten, types
from ...passes.rewriting.diagnostics import LetgradError
from .. import ops, tracing
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array
from . import loop_writing
from .cells import Cell, View, unwritten
from .elements import binary
from .places import Place
from .upstream_evaluator import Evaluator, is_memory
from .upstream_rules import number_of, shape_of

End = Block | None
"""Where a way ends: at a block, or, for None, at the op that leaves the region."""


@dataclass
class Outcome:
    """The ends that a walk can take, with the values there; and which end a run takes."""

    values: dict[End, list[Any]]
    which: Place = 0
    """The number of the end, in the order of `Graph.number`."""


class Graph:
    """The blocks of a region, and the ways between them."""

    def __init__(self, region: Region):
        self.blocks = list(region.blocks)
        self.after: dict[Block, list[Block]] = {b: _successors(b) for b in self.blocks}
        self.dominators = self._dominators()
        self.loops: dict[Block, set[Block]] = {}
        for b in self.blocks:
            for target in self.after[b]:
                if b in self.dominators and target in self.dominators[b]:
                    self.loops.setdefault(target, {target}).update(self._loop(target, b))
        self._check()

    def _dominators(self) -> dict[Block, set[Block]]:
        first = self.blocks[0]
        reachable = [first]
        for b in reachable:
            reachable += [t for t in self.after[b] if t not in reachable]
        result = {b: set(reachable) for b in reachable}
        result[first] = {first}
        moving = True
        while moving:
            moving = False
            for b in reachable[1:]:
                before = [result[p] for p in reachable if b in self.after[p]]
                new = {b} | set.intersection(*before)
                if new != result[b]:
                    result[b], moving = new, True
        return result

    def _loop(self, header: Block, last: Block) -> set[Block]:
        """The blocks from which a way leads to `last` without passing the header."""
        result, rest = {header}, [last]
        while rest:
            b = rest.pop()
            if b not in result:
                result.add(b)
                rest += [p for p in self.dominators if b in self.after[p]]
        return result

    def _check(self) -> None:
        """Errors: `LetgradError` for a cycle that the program can enter at two blocks."""
        done: set[Block] = set()
        open_: list[Block] = []

        def visit(b: Block) -> None:
            open_.append(b)
            for t in self.after[b]:
                if t in open_:
                    if t not in self.dominators[b]:
                        raise LetgradError(
                            "the program can enter this loop at two blocks; letgrad converts loops "
                            "with one way in",
                            t.first_op or b.last_op,
                        )
                elif t not in done:
                    visit(t)
            open_.pop()
            done.add(b)

        visit(self.blocks[0])

    def meeting(self, block: Block, stops: set[Block]) -> Block | None:
        """
        The first block behind `block` that all ways to an end pass; None if they meet nowhere.
        """
        inside = [block]
        for b in inside:
            inside += [
                t for t in self.after[b] if t not in inside and t not in stops and t is not block
            ]
        # The blocks on all ways from a block to an end: a stop, or a block without successors.
        behind: dict[Block, set[Block]] = {b: set(inside) for b in inside}
        moving = True
        while moving:
            moving = False
            for b in inside:
                targets = self.after[b]
                passed = [
                    set[Block]() if t in stops else behind[t] for t in targets if t is not block
                ]
                new = {b} | (set.intersection(*passed) if passed else set())
                if new != behind[b]:
                    behind[b], moving = new, True
        candidates = behind[block] - {block}
        for b in candidates:
            if candidates <= behind[b]:
                return b
        return None


def _successors(block: Block) -> list[Block]:
    last = block.last_op
    return list(dict.fromkeys(last.successors)) if last is not None else []


class Walk:
    """The walk through a region for one evaluation of it."""

    def __init__(self, e: Evaluator, region: Region, values: dict[SSAValue, Any]):
        self.e, self.values = e, values
        self.graph = Graph(region)
        self.numbers: dict[End, int] = {b: k + 1 for k, b in enumerate(self.graph.blocks)}
        self.numbers[None] = 0

    def walk(
        self, block: Block, xs: Sequence[Any], stops: set[Block], in_loop: bool = False
    ) -> Outcome:
        """From a block to the ends `stops`. `in_loop` if the block begins the loop of the walk."""
        while True:
            if block in stops and not in_loop:
                return Outcome({block: list(xs)}, self.numbers[block])
            if block in self.graph.loops and not in_loop:
                outcome = self.loop(block, xs, stops)
            else:
                last = self.e.block(block, xs, self.values)
                outcome = self.leave(last, block, stops)
            in_loop = False
            found = self.only(outcome, stops)
            if found is None:
                return outcome
            block, xs = found

    def only(self, outcome: Outcome, stops: set[Block]) -> tuple[Block, list[Any]] | None:
        """The block at which the walk goes on."""
        if len(outcome.values) != 1:
            return None
        ((end, xs),) = outcome.values.items()
        return None if end is None or end in stops else (end, xs)

    def leave(self, last: Operation | None, block: Block, stops: set[Block]) -> Outcome:
        """The ends behind the op that ends a block."""
        if last is None:
            raise LetgradError("a block has no op that ends it", block.parent_op())
        values = self.values
        if not last.successors:
            return Outcome({None: [values[v] for v in last.operands]}, 0)
        if last.name == "cf.br":
            return self.to(last.successors[0], [values[v] for v in last.operands])
        ways = self.ways(last)
        meeting = self.graph.meeting(block, stops)
        inner = stops | ({meeting} if meeting is not None else set())
        return self.choose(ways, inner)

    def to(self, block: Block, xs: Sequence[Any]) -> Outcome:
        return Outcome({block: list(xs)}, self.numbers[block])

    def ways(self, last: Operation) -> list[tuple[Any, Block, list[Any]]]:
        """The ways from an op that forks: a mask, a block, values. The last way has no mask."""
        values: Any = self.values
        if last.name == "cf.cond_br":
            mask = values[last.operands[0]]
            yes = [values[v] for v in last.then_arguments]  # type: ignore[attr-defined]
            no = [values[v] for v in last.else_arguments]  # type: ignore[attr-defined]
            a, b = last.successors
            return [(mask, a, yes), (None, b, no)]
        if last.name == "cf.switch":
            flag = values[last.operands[0]]
            rest = [values[v] for v in last.case_operands]  # type: ignore[attr-defined]
            counts = [int(n) for n in last.case_operand_segments.get_values()]  # type: ignore[attr-defined]
            default = [values[v] for v in last.default_operands]  # type: ignore[attr-defined]
            numbers = last.properties.get("case_values")
            cases = (
                [int(n) for n in numbers.get_values()]
                if isinstance(numbers, DenseIntOrFPElementsAttr)
                else []
            )
            result: list[tuple[Any, Block, list[Any]]] = []
            for k, (number, n) in enumerate(zip(cases, counts)):
                like = tracing.constant(flag.dtype.type(number))
                mask = ops.compare_by("eq", flag, like)
                result.append((mask, last.successors[k + 1], rest[:n]))
                rest = rest[n:]
            return [*result, (None, last.successors[0], default)]
        raise LetgradError(f"letgrad does not convert {last.name} at the end of a block", last)

    def choose(self, ways: Sequence[tuple[Any, Block, list[Any]]], stops: set[Block]) -> Outcome:
        mask, block, xs = ways[0]
        if mask is None:
            return self.walk(block, xs, stops)
        known = self.e.places.known(mask)
        if known is not None:
            return self.walk(block, xs, stops) if known else self.choose(ways[1:], stops)
        # Both arms give the same list of values; None stands where an arm does not come.
        ends = sorted(self.reached([w[1] for w in ways], stops), key=self.numbers.__getitem__)
        yes = self.listed(lambda: self.walk(block, xs, stops), ends)
        no = self.listed(lambda: self.choose(ways[1:], stops), ends)
        which, *found = self.e.branches(mask, yes, no)
        return self.unlisted(which, found, ends)

    def reached(self, blocks: Sequence[Block], stops: set[Block]) -> list[End]:
        """The ends to which ways lead from these blocks."""
        seen, result = list(dict.fromkeys(blocks)), list[End]()
        for b in seen:
            if b in stops:
                result.append(b)
            elif not self.graph.after[b]:
                result.append(None)
            else:
                seen += [t for t in self.graph.after[b] if t not in seen]
        return list(dict.fromkeys(result))

    def kinds(self, end: End) -> list[Any]:
        """The types of the values that come to an end."""
        if end is not None:
            return [a.type for a in end.args]
        for b in self.graph.dominators:
            if not self.graph.after[b] and b.last_op is not None:
                return [v.type for v in b.last_op.operands]
        return []

    def listed(self, walk: Any, ends: Sequence[End]) -> Any:
        def function() -> list[Any]:
            outcome = walk()
            result: list[Any] = [_number(outcome.which)]
            for end in ends:
                result += outcome.values.get(end, [None] * len(self.kinds(end)))
            return result

        return function

    def unlisted(self, which: Array, found: Sequence[Any], ends: Sequence[End]) -> Outcome:
        rest = list(found)
        values: dict[End, list[Any]] = {}
        for end in ends:
            n = len(self.kinds(end))
            given, rest = rest[:n], rest[n:]
            if all(x is not None for x in given):
                values[end] = given
        known = self.e.places.known(which)
        if known is not None:
            values = {end: xs for end, xs in values.items() if self.numbers[end] == known}
        elif len(ends) == 1:
            return Outcome(values, self.numbers[ends[0]])
        return Outcome(values, which if known is None else known)

    def loop(self, header: Block, xs: Sequence[Any], stops: set[Block]) -> Outcome:
        """A loop: its turns run from the header to itself or to an end outside."""
        members = self.graph.loops[header]
        outside = {t for b in members for t in self.graph.after[b] if t not in members}
        inner = stops | outside | {header}
        ends: list[End] = [*sorted(outside, key=self.numbers.__getitem__)]
        leaves = any(not self.graph.after[b] for b in members)
        ends += [None] if leaves else []
        if not ends:
            raise LetgradError("the loop has no end", header.first_op)
        fork = header.last_op
        if fork is not None and fork.name == "cf.cond_br" and not leaves and len(outside) == 1:
            exits = [b for b in members if outside & set(self.graph.after[b])]
            if exits == [header]:
                return self.tested_first(header, xs, inner, next(iter(outside)))

        def turn(at: Sequence[Any]) -> tuple[Array, list[Any]]:
            outcome = self.walk(header, at, inner, in_loop=True)
            values: list[Any] = []
            for end in (header, *ends):
                given = outcome.values.get(end)
                values += self.zeros(end) if given is None else given
            which = outcome.which
            if isinstance(which, int):
                mask = tracing.constant(which == self.numbers[header])
            else:
                mask = ops.compare_by("eq", which, _number(self.numbers[header]))
            return mask, [_number(which), *values]

        n = len(header.args)
        groups = [0, *(k for k, end in enumerate((header, *ends)) for _ in self.kinds(end))]
        which, *found = loop_writing.while_(self.e, xs, turn, lambda ys: ys[1 : n + 1], groups)
        rest, values = list(found[n:]), {}
        for end in ends:
            count = len(self.kinds(end))
            values[end], rest = rest[:count], rest[count:]
        return self.dispatch(which, values, stops)

    def zeros(self, end: End) -> list[Any]:
        """Values that nothing reads, since the run does not come to this end."""
        result: list[Any] = []
        for k, type in enumerate(self.kinds(end)):
            if is_memory(type):
                result.append(self.no_memory((end, k), type))
                continue
            if types.element(type) == ten.index_type:
                result.append(tracing.constant_index(0))
                continue
            dtype = arrays.dtype(type)
            result.append(tracing.constant(dtype.type(0), dtype, tuple(types.shape(type))))
        return result

    def no_memory(self, key: Any, type: Any) -> View:
        """Memory in the place of memory that nothing reads."""
        shape = shape_of(type) if isinstance(type, MemRefType) else (None,)
        if None in shape:
            raise NotConvertible(f"a loop with several ends carries memory of the type {type}")
        cell = Cell(("nothing", *key), tuple(n or 0 for n in shape), number_of(type))
        self.e.memory.contents[cell] = unwritten(cell)
        return View(cell)

    def tested_first(
        self, header: Block, xs: Sequence[Any], inner: set[Block], outside: Block
    ) -> Outcome:
        """A loop of which only the header leads outside: while its test holds, the body runs."""
        fork: Any = header.last_op
        members = self.graph.loops[header]
        goes_on = fork.successors[0] in members
        into = fork.successors[0 if goes_on else 1]
        entering = fork.then_arguments if goes_on else fork.else_arguments
        leaving = fork.else_arguments if goes_on else fork.then_arguments
        # Values of the header that other blocks read pass the test beside the arguments.
        made = [*header.args, *(r for op in header.ops for r in op.results)]
        used = [v for v in made if any(u.operation.parent is not header for u in v.uses)]

        def test(at: list[Any]) -> tuple[Array, list[Any]]:
            self.e.block(header, at, self.values)
            mask = self.values[fork.operands[0]]
            if not goes_on:
                mask = _negated(mask)
            return mask, [self.values[v] for v in (*entering, *leaving, *used)]

        def body(ys: list[Any]) -> list[Any]:
            self.values.update(zip(used, ys[len(entering) + len(leaving) :]))
            outcome = self.walk(into, ys[: len(entering)], inner)
            if into is header:
                return ys[: len(entering)]
            ((_, values),) = outcome.values.items()
            return values

        found = loop_writing.while_(self.e, list(xs), test, body)
        self.values.update(zip(used, found[len(entering) + len(leaving) :]))
        return self.to(outside, found[len(entering) : len(entering) + len(leaving)])

    def dispatch(self, which: Any, values: dict[End, list[Any]], stops: set[Block]) -> Outcome:
        """The ways from the ends of a loop on, up to where they meet."""
        known = self.e.places.known(which)
        if known is not None or len(values) == 1:
            ends = [e for e in values if known is None or self.numbers[e] == known]
            return Outcome({ends[0]: values[ends[0]]}, self.numbers[ends[0]])
        if all(end is None or end in stops for end in values):
            return Outcome(values, which)
        ends = list(values)
        ways: list[Any] = []
        for k, end in enumerate(ends):
            mask = None
            if k < len(ends) - 1:
                mask = ops.compare_by("eq", which, _number(self.numbers[end]))
            ways.append((mask, end, values[end]))
        return self.choose_ends(ways, stops)

    def choose_ends(self, ways: Sequence[Any], stops: set[Block]) -> Outcome:
        mask, end, xs = ways[0]

        def go() -> Outcome:
            return Outcome({None: xs}, 0) if end is None else self.walk(end, xs, stops)

        if mask is None:
            return go()
        blocks = [w[1] for w in ways if w[1] is not None]
        found = self.reached(blocks, stops)
        found += [None] if len(blocks) < len(ways) and None not in found else []
        ends = sorted(found, key=self.numbers.__getitem__)
        which, *values = self.e.branches(
            mask,
            self.listed(go, ends),
            self.listed(lambda: self.choose_ends(ways[1:], stops), ends),
        )
        return self.unlisted(which, values, ends)


def _negated(mask: Array) -> Array:
    return binary(arith.XOrIOp, mask, tracing.constant(True))


def _number(which: Place) -> Array:
    """The number of an end, as a value."""
    return tracing.constant_index(which) if isinstance(which, int) else which


def evaluate(
    e: Evaluator, region: Region, xs: Sequence[Any], values: dict[SSAValue, Any]
) -> list[Any]:
    """The operands of the op that leaves the region."""
    walk = Walk(e, region, values)
    outcome = walk.walk(region.blocks[0], xs, set())
    if list(outcome.values) != [None]:
        raise LetgradError("no way leads out of the region", region.parent_op())
    return outcome.values[None]
