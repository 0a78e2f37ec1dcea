"""Maps from index arguments to indices, and how to read the region of an op as a map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xdsl.ir import Block, SSAValue

from ....dialects import ten
from ...rewriting import costs
from .forms import Arg, Choice, Computed, Condition, Expr, Form, arguments, as_forms, atoms
from .spaces import Space, TooLarge
from .values import SAFE, outside


@dataclass(frozen=True)
class IndexMap:
    """From index arguments over a domain to indices."""

    domain: tuple[int, ...]
    forms: tuple[Form, ...]

    @cached_property
    def space(self) -> Space:
        return Space(self.domain)

    @cached_property
    def uses(self) -> tuple[frozenset[int], ...]:
        """For each index, the arguments that it depends on."""
        return tuple(arguments(f) for f in self.forms)

    def count(self, position: int) -> int:
        """How many of the indices depend on an argument."""
        return sum(position in use for use in self.uses)

    def mapped(self, domain: Sequence[int], args: Sequence[Form]) -> IndexMap:
        """The map with its arguments computed from the arguments of another domain."""
        space = Space(tuple(domain))
        return tidy(tuple(domain), [space.rebuild(f, args) for f in self.forms])

    def with_forms(self, forms: Iterable[Form]) -> IndexMap:
        return tidy(self.domain, list(forms))

    def without_arguments(self, gone: Iterable[int]) -> IndexMap:
        """The map over the domain without the arguments that no index depends on."""
        gone = set(gone)
        left = [p for p in range(len(self.domain)) if p not in gone]
        space = Space(tuple(self.domain[p] for p in left))
        args = [space.arg(left.index(p)) if p in left else Form(0) for p in range(len(self.domain))]
        return self.mapped(space.domain, args)

    def in_order(self, order: Sequence[int]) -> IndexMap:
        """The map with argument `order[k]` in place k."""
        space = Space(tuple(self.domain[p] for p in order))
        return self.mapped(space.domain, [space.arg(order.index(p)) for p in range(len(order))])

    def assuming(self, condition: Condition, holds: bool) -> IndexMap:
        known = {condition: holds}
        forms = [self.space.rebuild(f, self.identity(), known) for f in self.forms]
        return tidy(self.domain, forms)

    def identity(self) -> list[Form]:
        return [self.space.arg(p) for p in range(len(self.domain))]

    def in_bounds(self, sizes: Sequence[int]) -> bool:
        """Whether all indices are proved to be inside of dimensions of these sizes."""
        return all(self.space.within(f, n) for f, n in zip(self.forms, sizes))

    def conditions(self) -> list[Condition]:
        """The conditions of choices in the indices, outermost first, each once."""
        found = [a.condition for f in self.forms for a in atoms(f) if isinstance(a, Choice)]
        return list(dict.fromkeys(reversed(found)))

    def is_unique(self) -> bool:
        """Whether it is proved that no two places have the same indices."""
        known = {p for p, n in enumerate(self.domain) if n <= 1}
        pending = list(self.forms)
        while True:
            left = []
            for f in pending:
                unknown = {p for p in arguments(f) if p not in known}
                digits = {a.position: k for a, k in f.terms.items() if isinstance(a, Arg)}
                nested = {p for a in f.terms if not isinstance(a, Arg) for p in arguments(a)}
                if (
                    unknown
                    and not unknown & nested
                    and self._are_digits({p: digits[p] for p in unknown})
                ):
                    known |= unknown
                elif unknown:
                    left.append(f)
            if len(left) == len(pending):
                return len(known) == len(self.domain)
            pending = left

    def _are_digits(self, multiples: Mapping[int, int]) -> bool:
        """Whether Σ k · argument tells the arguments apart."""
        reach = 0
        for p, k in sorted(multiples.items(), key=lambda item: abs(item[1])):
            if abs(k) <= reach:
                return False
            reach += abs(k) * (self.domain[p] - 1)
        return reach < SAFE

    def is_sorted(self, sizes: Sequence[int]) -> bool:
        """
        Whether it is proved that places come in row-major order, with equal places beside each
        other, if the arguments go in row-major order. Only places from indices in bounds count.
        """
        if not self.in_bounds(sizes):
            return False
        total = Form()
        for f, n in zip(self.forms, sizes):
            total = total * n + f
        reach = 0
        for p in reversed(range(len(self.domain))):
            k = total.terms.get(Arg(p), 0)
            if k < reach:
                return False
            reach += k * (self.domain[p] - 1)
        return all(isinstance(a, Arg) for a in total.terms)


def tidy(domain: tuple[int, ...], forms: Sequence[Form]) -> IndexMap:
    """
    The map without the arguments that are always 0. An index that is only such an argument keeps
    it.
    """
    m = IndexMap(domain, tuple(forms))
    gone = [
        p
        for p, n in enumerate(domain)
        if n == 1 and m.count(p) and not (m.count(p) == 1 and any(f.argument == p for f in m.forms))
    ]
    if not gone:
        return m
    args = [Form(0) if p in gone else m.space.arg(p) for p in range(len(domain))]
    return IndexMap(domain, tuple(m.space.rebuild(f, args) for f in m.forms))


def index_map(op: ten.GatherOp | ten.ScatterOp) -> IndexMap | None:
    """The map of an op's region. None if the region is too large, or contains regions."""
    return region_map(op.block, op.domain)


def region_map(block: Block, domain: tuple[int, ...]) -> IndexMap | None:
    space = Space(domain)
    env: dict[SSAValue, Expr] = {a: space.arg(p) for p, a in enumerate(block.args)}
    last = block.last_op
    assert last is not None
    try:
        for op in block.ops:
            if op is last:
                break
            if op.regions or len(op.results) != 1:
                return None
            xs = [env[x] if x in env else outside(x) for x in op.operands]
            env[op.results[0]] = space.apply(op, xs)
        forms = [env[x] if x in env else outside(x) for x in last.operands]
        return tidy(domain, as_forms(forms))
    except TooLarge:
        return None


def flops(m: IndexMap) -> int:
    """The flops of the computations in a map, at one place. Reads and index arithmetic are free."""
    computed = {a for f in m.forms for a in atoms(f) if isinstance(a, Computed)}
    return sum(costs.flops(a.op) for a in computed if not costs.is_cheap(a.op))
