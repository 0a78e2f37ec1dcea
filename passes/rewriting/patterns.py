"""
Rewrite rules that are stated as two programs: the program to look for, and its replacement.

    builtin.module @LogOfExpTimes {
      func.func @before(%x: f64, %y: f64) -> f64 {        log(exp(x) * y)
        %e = math.exp %x : f64
        %m = arith.mulf %e, %y : f64
        %l = math.log %m : f64
        func.return %l : f64
      }
      func.func @after(%x: f64, %y: f64) -> f64 {         x + log(y)
        …

A rule matches the op that gives the result of @before, and the ops that the result depends on, down
to the arguments. An argument stands for any value. Operands of commutative ops match in both
orders.

Types: element types match as written. A rule on scalars whose ops are all of `arith` and `math` is
elementwise, and also matches tensors of any shape. In a rule on tensors a size is a variable: equal
numbers among sizes of types mean equal sizes. But if an attribute fixes a size, so that @before
does not verify with another size, then the size is fixed. So write independent sizes as different
numbers.

Other code checks that both sides are equal, by running them: the sides are programs. Upstream's
`apply-pdl` states patterns in a language of its own, about four times as long, in which nobody can
run a rule. It matches types exactly or not at all. It also does not use the driver, which names,
checks, counts and traces each firing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FunctionType, ModuleOp, StringAttr
from xdsl.ir import Attribute, Block, Operation, OpResult, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.traits import Commutative
from xdsl.transforms.dead_code_elimination import is_trivially_dead
from xdsl.utils.exceptions import VerifyException

from ...dialects import ten, types
from ...dialects.op_names import op_name
from .diagnostics import LetgradError
from .functions import by_name
from .verify import verify

MAX_OPS = 32
"""The largest number of ops in a side of a rule. Nobody would read a longer side."""

MAX_TRIES = 10_000
"""
The largest number of value pairs compared for one match. Each commutative op at most doubles it.
"""

Sizes = Mapping[int, int]
"""The sizes in a program for the sizes that a rule has."""


@dataclass(frozen=True, eq=False)
class TextRule:
    """
    One rule: `before` and `after` are functions of the same type, with one result.

    Errors: `LetgradError`, at the op, for a rule that nobody could apply: see `_check`.

    Example:

        >>> module = parse(ctx, '''
        ... func.func @before(%x: f64) -> f64 {
        ...   %y = arith.addf %x, %x : f64
        ...   func.return %y : f64
        ... }
        ... func.func @after(%x: f64) -> f64 {
        ...   %two = arith.constant 2.0 : f64
        ...   %y = arith.mulf %x, %two : f64
        ...   func.return %y : f64
        ... }''')
        >>> before, after = functions(module)
        >>> program = lg.trace(lambda x: np.sin(x + x), lg.spec(3))
        >>> apply_rules(program, [TextRule("SumOfSame", before, after).pattern])
        True
        >>> show(program)
        lambda = \\x -> sin (x * 2.0)
    """

    name: str
    before: func.FuncOp
    after: func.FuncOp

    def __post_init__(self) -> None:
        _check(self)

    @cached_property
    def elementwise(self) -> bool:
        """Whether the rule holds for each element of tensors, because it is a rule on scalars."""
        return all(
            op.name.startswith(("arith.", "math.", "func.return"))
            and all(types.rank(v.type) == 0 for v in (*op.operands, *op.results))
            for side in (self.before, self.after)
            for op in side.body.block.ops
        ) and all(types.rank(a.type) == 0 for a in self.before.args)

    @cached_property
    def fixed(self) -> frozenset[int]:
        """The sizes that are fixed."""
        sizes = {
            n
            for op in self.before.body.block.ops
            for v in (*op.operands, *op.results)
            for n in types.shape(v.type)
        }
        fresh = next(n for n in count(7) if all(abs(n - m) > 1 for m in sizes))
        return frozenset(n for n in sizes if self.instance({n: fresh}) is None)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The sizes that are variables, in order of first occurrence."""
        seen = (n for v in _values(self.before) for n in types.shape(v.type))
        return tuple(n for n in dict.fromkeys(seen) if n not in self.fixed)

    @property
    def pattern(self) -> RewritePattern:
        """The rule for the driver, under its name."""
        return _pattern(self, type(_root(self).op))

    def instance(self, sizes: Sizes, shape: Sequence[int] = ()) -> ModuleOp | None:
        """
        Both sides with other sizes. With `shape`, for an elementwise rule: both sides with tensors
        of this shape in place of scalars. None if a side does not verify with these types.
        """
        try:
            sides = [_instance(side, sizes, shape) for side in (self.before, self.after)]
            module = ModuleOp(sides)
            verify(module)
            return module
        except (LetgradError, VerifyException, ValueError):
            return None


def rules_of(module: ModuleOp, name: str) -> list[TextRule]:
    """
    The rules in a module. If the module has functions @before and @after of its own, these are a
    rule with the name of the module, or with the name `name` if the module has none. The named
    modules inside are further rules.

    Errors: `LetgradError`, at the module, if one of the two functions is missing, or if there is no
            rule.

    Example:

        >>> module = parse(ctx, '''
        ... func.func @before(%x: f64) -> f64 {
        ...   %y = arith.negf %x : f64
        ...   %z = arith.negf %y : f64
        ...   func.return %z : f64
        ... }
        ... func.func @after(%x: f64) -> f64 {
        ...   func.return %x : f64
        ... }''')
        >>> [rule.name for rule in text_rules(module, "NegOfNeg")]
        ['NegOfNeg']
    """
    if isinstance(module.sym_name, StringAttr):
        name = module.sym_name.data
    found: list[TextRule] = []
    functions = by_name(module)
    if functions:
        missing = [side for side in ("before", "after") if side not in functions]
        if missing:
            raise LetgradError(
                f"a rule needs functions @before and @after; @{missing[0]} is missing", module
            )
        found.append(TextRule(name, functions["before"], functions["after"]))
    for op in module.ops:
        if isinstance(op, ModuleOp):
            if not isinstance(op.sym_name, StringAttr):
                raise LetgradError(
                    "the module of a rule has the rule's name: builtin.module @Name", op
                )
            found.extend(rules_of(op, name))
    if not found:
        raise LetgradError(
            "the module has no rule: functions @before and @after are missing", module
        )
    return found


def _check(rule: TextRule) -> None:
    """Check that a rule can be applied. Errors: `LetgradError`, at the op that prevents it."""
    before, after = rule.before, rule.after
    if before.function_type != after.function_type:
        raise LetgradError(
            f"rule {rule.name}: @before is {before.function_type}, "
            f"and @after {after.function_type}",
            after,
        )
    for side in (before, after):
        if len(side.body.blocks) != 1:
            raise LetgradError(f"rule {rule.name}: a side must be one block of ops", side)
        if len(side.function_type.outputs) != 1:
            raise LetgradError(f"rule {rule.name}: a side must have one result", side)
        if sum(1 for _ in side.body.block.ops) > MAX_OPS + 1:
            raise LetgradError(f"rule {rule.name}: a side has more than {MAX_OPS} ops", side)
        for op in side.body.block.ops:
            if any(isinstance(v.type, types.Term) for v in (*op.operands, *op.results)):
                raise LetgradError(f"rule {rule.name}: {op_name(op)} uses delta terms", op)
            if op.regions or isinstance(op, func.CallOp):
                raise LetgradError(
                    f"rule {rule.name}: {op_name(op)} cannot be in a rule: a rule takes no ops "
                    "with regions, and no calls",
                    op,
                )
    last = before.body.block.last_op
    assert last is not None
    root = last.operands[0]
    if not isinstance(root, OpResult) or isinstance(root.op, arith.ConstantOp):
        raise LetgradError(f"rule {rule.name}: @before must compute something", before)
    used: set[SSAValue] = set()
    pending: list[SSAValue] = [root]
    while pending:
        value = pending.pop()
        if value not in used:
            used.add(value)
            pending.extend(value.op.operands if isinstance(value, OpResult) else ())
    for op in before.body.block.ops:
        if op is not last and not used & set(op.results):
            raise LetgradError(f"rule {rule.name}: nothing in @before uses {op_name(op)}", op)
    for old, new in zip(before.args, after.args):
        if old not in used and new.first_use is not None:
            raise LetgradError(
                f"rule {rule.name}: @after uses argument #{old.index}, and @before does not", after
            )


def _root(rule: TextRule) -> OpResult:
    """The value that @before gives."""
    last = rule.before.body.block.last_op
    assert last is not None
    root = last.operands[0]
    assert isinstance(root, OpResult)
    return root


def _values(side: func.FuncOp) -> Iterator[SSAValue]:
    yield from side.args
    for op in side.body.block.ops:
        yield from op.results


# A side with other types.


def _typed(type: Attribute, sizes: Sizes, shape: Sequence[int]) -> Attribute:
    own = types.shape(type)
    return types.of_shape([sizes.get(n, n) for n in own] if own else shape, types.element(type))


def _copied(
    op: Operation, values: Mapping[SSAValue, SSAValue], sizes: Sizes, shape: Sequence[int]
) -> Operation:
    """
    An op of a rule, for a program. Errors: `ValueError` for a constant that cannot have the shape.
    """
    results = [_typed(r.type, sizes, shape) for r in op.results]
    if isinstance(op, arith.ConstantOp) and results[0] != op.result.type:
        number = types.constant_value(op.result)
        if number is None:
            raise ValueError("a constant with different elements has its shape")
        return types.constant(number, results[0])
    return type(op).create(
        operands=[values[v] for v in op.operands],
        result_types=results,
        properties=dict(op.properties),
        attributes=dict(op.attributes),
    )


def _instance(side: func.FuncOp, sizes: Sizes, shape: Sequence[int]) -> func.FuncOp:
    block = Block(arg_types=[_typed(a.type, sizes, shape) for a in side.args])
    values: dict[SSAValue, SSAValue] = {}
    values.update(zip(side.args, block.args))
    for op in side.body.block.ops:
        new = _copied(op, values, sizes, shape)
        values.update(zip(op.results, new.results))
        block.add_op(new)
    last = block.last_op
    assert last is not None
    type = FunctionType.from_lists([a.type for a in block.args], [v.type for v in last.operands])
    return func.FuncOp(side.sym_name.data, type, Region(block))


# Matching.


@dataclass
class _Match:
    """The known values in a program for the values of the rule."""

    rule: TextRule
    values: dict[SSAValue, SSAValue] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None
    """The shape of all values, for an elementwise rule."""
    tries: int = 0

    def of(self, goals: tuple[tuple[SSAValue, SSAValue], ...]) -> bool:
        """
        Whether all pairs of a value of the rule and a value of the program can match together.
        Recurses once per value of the rule.
        """
        if not goals:
            return True
        self.tries += 1
        (ours, theirs), *rest = goals
        if ours in self.values:
            return self.values[ours] is theirs and self.of(tuple(rest))
        if self.tries > MAX_TRIES:
            return False
        saved = dict(self.values), dict(self.sizes), self.shape
        if self._type(ours.type, theirs.type):
            self.values[ours] = theirs
            for more in self._operands(ours, theirs):
                if self.of((*more, *rest)):
                    return True
                # This attempt failed, so forget the matches that it found.
                self.values, self.sizes = {**saved[0], ours: theirs}, dict(saved[1])
                self._type(ours.type, theirs.type)
        self.values, self.sizes, self.shape = saved
        return False

    def _operands(
        self, ours: SSAValue, theirs: SSAValue
    ) -> Iterator[tuple[tuple[SSAValue, SSAValue], ...]]:
        """The ways to pair the operands of two similar ops."""
        if not isinstance(ours, OpResult):
            yield ()
            return
        op = ours.op
        if isinstance(op, arith.ConstantOp):
            if _same_constant(ours, theirs, self.rule.elementwise):
                yield ()
            return
        if (
            not isinstance(theirs, OpResult)
            or type(theirs.op) is not type(op)
            or theirs.index != ours.index
            or len(theirs.op.operands) != len(op.operands)
            or theirs.op.properties != op.properties
        ):
            return
        mine, found = tuple(op.operands), tuple(theirs.op.operands)
        yield tuple(zip(mine, found))
        if len(mine) == 2 and found[0] is not found[1] and _is_commutative(op):
            yield tuple(zip(mine, reversed(found)))

    def _type(self, ours: Attribute, theirs: Attribute) -> bool:
        if isinstance(theirs, types.Term) or types.element(ours) != types.element(theirs):
            return False
        shape = types.shape(theirs)
        if self.rule.elementwise:
            if self.shape is None:
                self.shape = shape
            return self.shape == shape
        own = types.shape(ours)
        if len(own) != len(shape):
            return False
        for n, m in zip(own, shape):
            if n in self.rule.fixed:
                if n != m:
                    return False
            elif self.sizes.setdefault(n, m) != m:
                return False
        return True


_COMMUTATIVE = (arith.AddfOp, arith.MulfOp, arith.MaximumfOp, arith.MinimumfOp)
"""Commutative ops that upstream does not mark."""


def _is_commutative(op: Operation) -> bool:
    return isinstance(op, _COMMUTATIVE) or op.has_trait(Commutative, value_if_unregistered=False)


def _same_constant(ours: SSAValue, theirs: SSAValue, spread: bool) -> bool:
    """With `spread`, a broadcast of a constant counts as a constant."""
    if spread and isinstance(theirs.owner, ten.BroadcastOp):
        theirs = theirs.owner.x
    a, b = types.constant_value(ours), types.constant_value(theirs)
    if a is None:
        mine, other = ours.owner, theirs.owner
        return (
            isinstance(mine, arith.ConstantOp)
            and isinstance(other, arith.ConstantOp)
            and isinstance(mine.value, DenseIntOrFPElementsAttr)
            and mine.value == other.value
        )
    if b is None:
        return False
    return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (a != a and b != b)


def _pattern(rule: TextRule, expected_type: type[Operation]) -> RewritePattern:
    # The driver reads the name of the class, and `expected_type`, as it does of other rules.
    def match_and_rewrite(self: RewritePattern, op: Operation, rewriter: PatternRewriter) -> None:
        if type(op) is expected_type:
            _apply(rule, op, rewriter)

    made = type(rule.name, (RewritePattern,), {"match_and_rewrite": match_and_rewrite})
    return made()


def _apply(rule: TextRule, op: Operation, rewriter: PatternRewriter) -> None:
    root = _root(rule)
    if len(op.results) != len(root.op.results):
        return
    match = _Match(rule)
    if not match.of(((root, op.results[root.index]),)):
        return
    if any(r.first_use is not None for r in op.results if r.index != root.index):
        return
    shape = match.shape or ()
    if rule.instance(match.sizes, shape) is None:
        return  # one of the ops has no such types

    values: dict[SSAValue, SSAValue] = {
        new: match.values.get(old, new) for old, new in zip(rule.before.args, rule.after.args)
    }
    made: list[Operation] = []
    *ops, end = rule.after.body.block.ops
    for each in ops:
        new = _copied(each, values, match.sizes, shape)
        values.update(zip(each.results, new.results))
        made.append(new)
    result = values[end.operands[0]]
    inner = [theirs.owner for ours, theirs in match.values.items() if isinstance(ours, OpResult)]
    rewriter.replace(op, made, [result if r.index == root.index else None for r in op.results])
    # Ops that only the left side used are erased too, users first, with broadcast constants.
    inner += [e.x.owner for e in inner if isinstance(e, ten.BroadcastOp) and types.is_constant(e.x)]
    pending = [each for each in dict.fromkeys(inner) if isinstance(each, Operation)]
    while dead := [e for e in pending if e is not op and is_trivially_dead(e)]:
        for each in dead:
            pending.remove(each)
            rewriter.erase(each)
