"""
The driver that applies rewrite rules.

A rule is an xDSL `RewritePattern`; the name of the rule is the name of its class. This driver fires
the rules of all passes. So the driver is the one place that checks the type of each replacement
(xDSL does not check it), that gives new ops a source location, and that counts each firing. If
somebody asks for it, the driver also traces or checks each firing.

Cost: the driver matches an op only against the rules whose root the op can be. It does this once,
      and again after the op or a neighbour changed.
"""

from __future__ import annotations

import functools
import gc
import inspect
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MethodType
from typing import Any

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import LocationAttr, ModuleOp, UnknownLoc
from xdsl.folder import Folder
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint
from xdsl.traits import ConstantLike, HasCanonicalizationPatternsTrait, HasFolder
from xdsl.utils.exceptions import UnregisteredConstructException, VerifyException

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds, kinds_in, may_have
from ...dialects.op_names import op_name
from ...dialects.walking import all_ops, ops_in
from . import effects, folding, locations, remarks, settled, upstream
from .diagnostics import LetgradError
from .worklist import Worklist

FOLD, DCE = "fold", "dce"


@dataclass(frozen=True)
class Firing:
    """
    The event that a rule rewrote an op. A trace prints these events.

    Example:

        >>> def tell(firing: Firing):
        ...     print(firing.rule, "took", firing.op)
        >>> with observing_rules(Observer(on_firing=tell)):
        ...     CanonicalizePass().apply(ctx, lg.trace(lambda x: x * 1.0, 1.0))
        MultiplyByOne took arith.mulf
        dce took arith.constant
    """

    rule: str
    op: str
    replacement: str
    location: Attribute
    root: Operation
    """The op that the rule matched. The rule may have erased it."""
    made: Sequence[Operation]
    """The new ops, without the ops in regions of other new ops."""
    results: Sequence[SSAValue | None]
    """The values that replace the results of `root`. Empty if the rule did not replace `root`."""


@dataclass
class Observer:
    """
    An observer of firings. `counts[rule]` is how often each rule fired. The driver calls
    `on_firing(firing)` after each firing, when the IR is whole again; `on_firing` may raise an
    error.

    Example:

        >>> def tell(firing):
        ...     print(firing.rule, "took", firing.op)
        >>> with observing_rules(Observer(on_firing=tell)) as observer:
        ...     CanonicalizePass().apply(ctx, lg.trace(lambda x: x * 1.0, 1.0))
        MultiplyByOne took arith.mulf
        dce took arith.constant
        >>> sum(observer.counts.values())
        2
    """

    counts: Counter[str] = field(default_factory=Counter)
    on_firing: Callable[[Firing], None] | None = None


_observers: ContextVar[tuple[Observer, ...]] = ContextVar("observers", default=())


@contextmanager
def observing(observer: Observer) -> Iterator[Observer]:
    """
    Let `observer` see every firing in this context. Observers that are there already see the
    firings too.

    Example:

        >>> with observing_rules(Observer()) as observer:
        ...     CanonicalizePass().apply(ctx, lg.trace(lambda x: x * 1.0, 1.0))
        >>> observer.counts["MultiplyByOne"]
        1
    """
    token = _observers.set((*_observers.get(), observer))
    try:
        yield observer
    finally:
        _observers.reset(token)


Watcher = Callable[[ModulePass, ModuleOp], AbstractContextManager[None]]
"""
Gives a context that runs around each pass. The context of a pass that runs other passes is around
theirs.
"""


def is_observed() -> bool:
    """Whether somebody watches passes, counts firings of rules, or listens to remarks."""
    return bool(_watchers.get() or _observers.get() or remarks.wanted())


_watchers: ContextVar[tuple[Watcher, ...]] = ContextVar("watchers", default=())


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """
    Let `watcher` run around every pass that `run_passes` applies in this context, inside of the
    watchers that are there already.

    Example:

        >>> from contextlib import contextmanager
        >>> @contextmanager
        ... def announce(a_pass, module):
        ...     print("begin", a_pass.name)
        ...     yield
        ...     print("end", a_pass.name)
        >>> with watching_passes(announce):
        ...     run_pipeline(ctx, lg.trace(lambda x: x * x, 1.0), "canonicalize,cse")
        begin canonicalize
        end canonicalize
        begin cse
        end cse
    """
    token = _watchers.set((*_watchers.get(), watcher))
    try:
        yield
    finally:
        _watchers.reset(token)


def is_watched() -> bool:
    """Whether somebody observes rules or watches passes in this context."""
    return bool(_observers.get() or _watchers.get())


def run_passes(ctx: Context, module: ModuleOp, passes: Iterable[ModulePass]) -> None:
    """
    Apply passes in order, with all watchers around each pass. A pass may say by `seeks` which
    classes of ops it looks for: it need not run on a module that has none of them.

    Example:

        >>> module = lg.trace(lambda x: np.sin(x) * 1.0, 1.0)
        >>> run_passes(ctx, module, [CanonicalizePass(), CsePass()])
        >>> show(module)
        lambda = \\x -> sin x
    """
    watchers = _watchers.get()
    for a_pass in passes:
        if not watchers and not remarks.wanted():
            if _may_act(a_pass, module):
                with remarks.run_of(a_pass.name, module):
                    a_pass.apply(ctx, module)
            continue
        with ExitStack() as around:
            for watcher in watchers:
                around.enter_context(watcher(a_pass, module))
            around.enter_context(remarks.run_of(a_pass.name, module))
            # A watcher may have changed the module.
            if _may_act(a_pass, module):
                a_pass.apply(ctx, module)


def _may_act(a_pass: ModulePass, module: ModuleOp) -> bool:
    """Whether the module may have what the pass seeks."""
    seeks: Kinds | None = getattr(a_pass, "seeks", None)
    return seeks is None or may_have(module, seeks)


def count(rule: str, times: int = 1) -> None:
    """
    Count work that a pass did outside of the driver (in a sweep of its own), under the name of its
    rule.

    Example:

        >>> with observing_rules(Observer()) as observer:
        ...     count_firing("my rule", 3)
        >>> observer.counts["my rule"]
        3
    """
    for observer in _observers.get():
        observer.counts[rule] += times


@contextmanager
def collector_paused() -> Iterator[None]:
    """
    Pause Python's collector of reference cycles. The collector would visit all of the growing IR
    again and again, for up to 40 % of the time of a compilation.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


SELDOM = 70_000
"""New objects after which Python's collector looks for cycles while users' functions are traced."""


@contextmanager
def collector_slowed() -> Iterator[None]:
    """
    Let Python's collector of reference cycles run a hundred times less often. A trace makes many
    objects that stay, and the collector would visit all objects of the process. But users' code
    runs in a trace, and may need the collector.
    """
    _slowing.begin()
    try:
        yield
    finally:
        _slowing.end()


class _Slowing:
    """
    The thresholds of the collector belong to the process. Of all threads that are in a trace, the
    first one in keeps the thresholds, and the last one out puts them back.
    """

    def __init__(self):
        # A finalizer or a signal may trace a function while its thread holds the lock.
        self.lock = threading.RLock()
        self.count = 0
        self.before = gc.get_threshold()

    def begin(self) -> None:
        with self.lock:
            if self.count == 0:
                self.before = gc.get_threshold()
                if 0 < self.before[0] < SELDOM:
                    gc.set_threshold(SELDOM, *self.before[1:])
            self.count += 1

    def end(self) -> None:
        with self.lock:
            self.count -= 1
            if self.count == 0:
                gc.set_threshold(*self.before)


_slowing = _Slowing()


class RuleRewriter(PatternRewriter):
    """
    The rewriter that rules get. The rewriter checks types, gives locations to new ops, and reports
    changes to the worklist of the driver.
    """

    rule: str
    root: Operation
    replacement: str
    made: list[Operation]
    results: Sequence[SSAValue | None]
    _point: InsertPoint | None
    _location: LocationAttr | None
    """
    The location of the ops that the rule makes from the root. It is set when the rule makes the
    first op.
    """

    def __init__(self, root: Operation, worklist: Worklist, known: set[Operation]):
        super().__init__(root)
        self._worklist = worklist
        self._known = known
        self.operation_insertion_handler.append(self._inserted)
        self.operation_removal_handler.append(self._removed)
        self.operation_modification_handler.append(worklist.push)
        self.operation_replacement_handler.append(self._replaced)

    def start(self, root: Operation) -> None:
        self.root = root
        self.replacement = ""
        self.made = []
        self.results = ()
        self._location = None
        self.has_done_action = False
        self._point = None

    @property
    def insertion_point(self) -> InsertPoint:
        """Before the root, until a rule changes it. Most rules make nothing, and need none."""
        if self._point is None:
            self._point = InsertPoint.before(self.root)
        return self._point

    @insertion_point.setter
    def insertion_point(self, point: InsertPoint) -> None:  # type: ignore[override]
        self._point = point

    def replace(
        self,
        op: Operation,
        new_ops: SSAValue | Operation | Sequence[Operation],
        new_results: Sequence[SSAValue | None] | None = None,
        safe_erase: bool = True,
    ) -> None:
        """
        Replace `op`, in place, by a value that is there, by new ops, or by the values in
        `new_results`. Of the new ops, the last one gives the results.

        Errors: `LetgradError` if a result is replaced by a value of another type.
        """
        if isinstance(new_ops, SSAValue):
            new_ops, new_results = (), (new_ops,)
        ops = (new_ops,) if isinstance(new_ops, Operation) else tuple(new_ops)
        results = new_results if new_results is not None else (ops[-1].results if ops else ())
        for old, new in zip(op.results, results):
            if new is not None and old.type != new.type:
                raise LetgradError(
                    f"rule {self.rule} replaced {op_name(op)} of type {old.type} by a value of "
                    f"type {new.type}",
                    op,
                )
        if op is self.root:
            first = results[0] if results else None
            owner = None if first is None else first.owner
            self.replacement = (
                op_name(owner) if isinstance(owner, Operation) else "a block argument"
            )
            self.results = results
        super().replace(op, ops, results, safe_erase)

    def _inserted(self, op: Operation) -> None:
        self.made.append(op)
        for new in _new_ops_in(op, self._known) if op.regions else (op,):
            if isinstance(new.location, UnknownLoc) or new.location is self.root.location:
                if self._location is None:
                    self._location = locations.derived(self.root.location, self.rule)
                new.location = self._location
            self._worklist.push(new)

    def _removed(self, op: Operation) -> None:
        for operand in op.operands:
            if isinstance(operand.owner, Operation):
                self._worklist.push(operand.owner)
        for gone in ops_in(op) if op.regions else (op,):
            self._worklist.remove(gone)
            if gone.regions:
                self._known.discard(gone)

    def _replaced(self, op: Operation, new_results: Sequence[SSAValue | None]) -> None:
        for result in op.results:
            for use in result.uses:
                self._worklist.push(use.operation)


class _Facts(threading.local):
    found: dict[object, object] | None = None
    unknown: set[object] | None = None


_facts = _Facts()


def facts() -> dict[object, object] | None:
    """
    A place for what rules find out about values, so that they need not find it out for each op: a
    driver forgets all of it when a rule fires. None where no driver runs, because then nobody knows
    when the program changes.
    """
    return _facts.found


@contextmanager
def keeping_facts() -> Iterator[None]:
    """
    Keep `facts` in this context, outside of drivers.

    Requires: nothing changes the ops that are asked about.
    """
    outer = _facts.found, _facts.unknown
    _facts.found, _facts.unknown = {}, set()
    try:
        yield
    finally:
        _facts.found, _facts.unknown = outer


def unknown() -> set[object]:
    """
    The questions that rules asked without an answer. A driver forgets them after a sweep, and not
    when a rule fires: the sweep that follows asks again, so that a late answer is not lost. Outside
    of a driver the set is a new one.
    """
    return set() if _facts.unknown is None else _facts.unknown


@dataclass
class RuleDriver:
    """
    Applies rules until none fires.

    With `canonical`, the driver also applies the canonicalization patterns of the ops, applies
    folds, and removes dead ops. Folds make constants, and so they need `ctx`.
    """

    rules: Sequence[RewritePattern] = ()
    canonical: bool = False
    ctx: Context | None = None
    remark_as: str | None = None
    """The name of the pass in the remarks about firings of `rules`."""
    may_fire: Callable[[str], bool] | None = None
    """Whether the rule or pattern of a name may fire. None lets all fire."""
    may_rewrite: Callable[[Operation], bool] | None = None
    """Whether rules may rewrite an op. None lets them rewrite all ops."""
    _plans: _Plans = field(init=False)
    _settled: settled.Rules | None = field(default=None, init=False)
    """The rules that match no op of the program as it is before the first firing."""
    _mixed: bool = field(default=False, init=False)
    """Whether there are tensors of rank 0, which letgrad's own rules do not know."""

    def __post_init__(self) -> None:
        own = self.rules if self.remark_as is not None else ()
        self._remarked = {type(rule).__name__ for rule in own}
        if self.may_fire is not None:
            self._plans = _Plans(self.rules, self.canonical, self.may_fire)
        else:
            self._plans = _plans_of(self.rules, self.canonical)

    def run(self, scope: Operation | Region) -> bool:
        """Apply the rules to all ops in `scope`. Return whether any rule fired."""
        # The context makes the constants of folds, and stands for all canonicalizations.
        all_rules = (*self.rules, self.ctx)
        if (
            not isinstance(scope, ModuleOp)
            or not self.canonical
            or self.may_fire is not None
            or self.may_rewrite is not None
        ):
            return self._run(scope)
        known = settled.current(scope)
        if known.has(all_rules):
            return False
        self._settled = known or None
        changed = self._run(scope)
        if changed:
            settled.note(scope, all_rules)
        else:
            known.add(all_rules)
        return changed

    def _run(self, scope: Operation | Region) -> bool:
        if not self.canonical and isinstance(scope, Operation) and not self._may_match_in(scope):
            return False
        self._mixed = self.canonical and _has_rank_zero(scope)
        worklist = Worklist()
        changed = False
        while True:
            known: set[Operation] = set()
            total = _push_all(scope, worklist, known, self._plans)
            fired = self._drain(worklist, known, limit=1000 + 100 * total)
            changed |= fired
            # A rule may look further than one op away. So another sweep follows each sweep in which
            # a rule fired.
            if not fired:
                return changed

    def _may_match_in(self, scope: Operation) -> bool:
        """Whether the root of a rule can be of the class of an op in `scope`."""
        return any(_places_of_matching(self._plans.kinds, kind) for kind in kinds_in(scope))

    def _drain(self, worklist: Worklist, known: set[Operation], limit: int) -> bool:
        outer, _facts.found = _facts.found, {}
        _facts.unknown = set()
        try:
            return self._drained(worklist, known, limit)
        finally:
            _facts.found = None if outer is None else {}
            _facts.unknown = None if outer is None else set()

    def _drained(self, worklist: Worklist, known: set[Operation], limit: int) -> bool:
        firings = 0
        rewriter: RuleRewriter | None = None
        plans = self._plans
        if (skip := self._settled) is not None:
            # Before the first firing, those of the rules that are not known to match nothing.
            left = [rule for rule in self.rules if not skip.has((rule,))]
            plans = _plans_of(left, self.canonical and not skip.has((self.ctx,)))
        stack, places = worklist.stack, worklist.places
        while stack:
            if (op := stack.pop()) is None:
                continue
            del places[op]
            plan = plans.get(op.__class__) or plans.add(op)
            if plan is _IDLE:
                continue
            if rewriter is None:
                rewriter = RuleRewriter(op, worklist, known)
            rule = self._fire(op, plan, rewriter)
            if rule is None:
                continue
            firings += 1
            _facts.found = {}
            self._settled = None
            plans = self._plans
            if firings > limit:
                raise LetgradError(
                    f"the rules do not come to an end; after {limit} firings, {rule} fires again",
                    op,
                )
        return firings > 0

    def _folded(self, op: Operation, plan: _Plan) -> tuple[list[SSAValue], list[Operation]] | None:
        if plan.of_constants and folding.of_constants(op):
            if (constants := folding.folded(op)) is not None:
                return [c.result for c in constants], [*constants]
        if plan.fold is None or plan.fold(op) is None:
            return None
        if self.ctx is None:
            raise ValueError("a canonical RuleDriver needs a context, for the constants of folds")
        try:
            return Folder(self.ctx).try_fold(op)
        except UnregisteredConstructException:
            # The dialect of the op says how to make constants, and the context does not have the
            # dialect.
            return None

    def _fire(self, op: Operation, plan: _Plan, rewriter: RuleRewriter) -> str | None:
        """Let the first rule that matches `op` rewrite it. Return the name of the rule."""
        name, location = op.name, op.location
        rule: str | None = None
        if self.may_rewrite is not None and not self.may_rewrite(op):
            return None
        if plan.removable and _is_unused(op) and (plan.pure or effects.is_trivially_dead(op)):
            rewriter.rule = rule = DCE
            rewriter.start(op)
            rewriter.replacement = "nothing"
            rewriter.erase(op)
        elif (folded := self._folded(op, plan)) is not None:
            rewriter.rule = rule = FOLD
            rewriter.start(op)
            rewriter.replace(op, folded[1], folded[0])
        else:
            rules = plan.rules
            if rules is not plan.without_constants and not _has_constant(op):
                rules = plan.without_constants
            if self._mixed and _touches_rank_zero(op):
                rules = tuple(rule for rule in rules if not _is_of_scalars(type(rule[1])))
            if rules:
                rewriter.start(op)
            for rule_name, _, match in rules:
                rewriter.rule = rule_name
                try:
                    match(op, rewriter)
                except VerifyException as error:
                    raise LetgradError(
                        f"rule {rule_name} built an op that does not verify: {error}", location
                    ) from error
                if rewriter.has_done_action:
                    rule = rule_name
                    break
        if rule in self._remarked and rewriter.replacement and remarks.wanted():
            assert rule is not None and self.remark_as is not None
            made = rewriter.replacement
            remarks.passed(self.remark_as, rule, location, f"{name} became {made}")
        if rule is not None and _observers.get():
            count(rule if rule != FOLD else f"fold({name})")
            if listeners := [o.on_firing for o in _observers.get() if o.on_firing is not None]:
                made, results = tuple(rewriter.made), tuple(rewriter.results)
                firing = Firing(rule, name, rewriter.replacement, location, op, made, results)
                for on_firing in listeners:
                    on_firing(firing)
        return rule


_Rule = tuple[str, RewritePattern, Callable[[Any, RuleRewriter], None]]
"""A rule: its name, its pattern, and the function that matches and rewrites an op of its root."""


@dataclass(frozen=True)
class _Plan:
    rules: tuple[_Rule, ...]
    without_constants: tuple[_Rule, ...]
    """
    The rules that may fire if no operand is a constant and no operand is repeated. Most ops have
    none.
    """
    fold: Callable[[Any], object] | None
    of_constants: bool
    """Whether letgrad folds these ops itself, if all their operands are constants."""
    removable: bool
    pure: bool


_IDLE = _Plan((), (), None, False, False, False)
"""The plan of ops on which the driver has nothing to try."""


class _Plans(dict[type[Operation], _Plan]):
    """What a driver with these rules tries on ops, by their classes: found once per class."""

    def __init__(
        self,
        rules: Sequence[RewritePattern],
        canonical: bool,
        may_fire: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__()
        self.rules, self.canonical, self.may_fire = rules, canonical, may_fire
        self.kinds = tuple(map(type, rules))

    def add(self, op: Operation) -> _Plan:
        """Find the plan of ops of the class of `op`."""
        kind = type(op)
        own, fold = _canonicalization(kind) if self.canonical else ((), None)
        matching = [self.rules[k] for k in _places_of_matching(self.kinds, kind)]
        matching += own
        if self.may_fire is not None:
            matching = [r for r in matching if self.may_fire(type(r).__name__)]
        rules = tuple((type(r).__name__, r, _matcher(r)) for r in matching)
        others = tuple(rule for rule in rules if not getattr(rule[1], "of_constants", False))
        plan = _Plan(
            rules,
            rules if len(others) == len(rules) else others,
            fold,
            of_constants=self.canonical and folding.folds(kind),
            removable=self.canonical and bool(op.results),
            pure=not op.regions and effects.would_be_trivially_dead(op),
        )
        if not (plan.rules or plan.fold or plan.of_constants or plan.removable):
            plan = _IDLE
        self[kind] = plan
        return plan


def _push_all(
    scope: Operation | Region, worklist: Worklist, known: set[Operation], plans: _Plans
) -> int:
    """
    Push the ops in `scope` on which the driver has something to try, in reverse order, an op before
    the ops of its regions. Return how many ops there are. Add the ops with regions to `known`.

    Requires: the worklist has none of these ops.
    """
    total = 0
    for region in (scope,) if isinstance(scope, Region) else reversed(scope.regions):
        block = region._last_block
        while block is not None:
            op = block._last_op
            while op is not None:
                if (plans.get(op.__class__) or plans.add(op)) is not _IDLE:
                    worklist.places[op] = len(worklist.stack)
                    worklist.stack.append(op)
                total += 1
                if op.regions:
                    known.add(op)
                    total += _push_all(op, worklist, known, plans)
                op = op._prev_op
            block = block._prev_block
    return total


def _new_ops_in(op: Operation, known: set[Operation]) -> Iterator[Operation]:
    """
    An inserted op and the ops in its regions, in order; but not the ops in the regions of those
    that the driver knows. A rule often moves the body of a loop into a new loop. The ops of the
    body may match then, since their arguments changed. If the driver matched all ops of inner
    bodies again too, its work on a nest of loops would grow with the square of the depth. The
    next sweep matches these.
    """
    yield op
    if not op.regions or op in known:
        return
    known.add(op)
    for region in op.regions:
        for block in region.blocks:
            for inner in block.ops:
                yield from _new_ops_in(inner, known)


@functools.cache
def _canonicalization(
    kind: type[Operation],
) -> tuple[Sequence[RewritePattern], Callable[[Any], object] | None]:
    """The canonicalization patterns and the fold that ops of this class have."""
    traits = kind.get_traits_of_type(HasCanonicalizationPatternsTrait)
    stated = [
        upstream.REPLACED.get(type(r), r) for trait in traits for r in trait.get_patterns(kind)
    ]
    own = tuple(r for r in stated if r is not None and _may_match(type(r), kind))
    folder = None if kind.has_trait(ConstantLike) else kind.get_trait(HasFolder)
    if folder is None:
        return own, None
    # The trait of the interface calls the method of the class.
    return own, kind.fold if issubclass(kind, HasFolderInterface) else folder.fold


def _is_unused(op: Operation) -> bool:
    for x in op.results:
        if x.first_use is not None:
            return False
    return True


def _has_constant(op: Operation) -> bool:
    for x in op._operands:
        if x.owner.__class__ in (arith.ConstantOp, ten.BroadcastOp):
            return True
    return False


def apply_rules(scope: ModuleOp | Region, rules: Iterable[RewritePattern]) -> bool:
    """
    Apply `rules` in `scope` until none fires. Return whether any rule fired.

    Example:

        >>> class CubeOfNeg(RewritePattern):
        ...     @op_type_rewrite_pattern
        ...     def match_and_rewrite(self, op: CubeOp, rewriter):
        ...         if isinstance(inner := op.x.owner, arith.NegfOp):
        ...             cubed = CubeOp(inner.operand)
        ...             rewriter.replace(op, [cubed, arith.NegfOp(cubed.y)])
        >>> module = lg.trace(lambda x: cube(-x), 1.0)
        >>> apply_rules(module, [CubeOfNeg()])
        True
        >>> show(module)
        lambda = \\x -> -my.cube x
    """
    return RuleDriver(tuple(rules)).run(scope)


def _has_rank_zero(scope: Operation | Region) -> bool:
    """Whether an op in `scope` reads or makes a tensor of rank 0."""
    if isinstance(scope, Region):
        return any(map(_touches_rank_zero, ops_in(scope)))
    # What an op of a module reads, an op or a block of the module makes. The same holds for an op
    # that is isolated from above.
    for op in all_ops(scope):
        for x in op.results:
            if types.is_rank_zero(x.type):
                return True
        for region in op.regions:
            for block in region.blocks:
                for x in block.args:
                    if types.is_rank_zero(x.type):
                        return True
    return False


def _touches_rank_zero(op: Operation) -> bool:
    return any(types.is_rank_zero(x.type) for x in (*op._operands, *op.results))


@functools.cache
def _is_of_scalars(rule: type[RewritePattern]) -> bool:
    """Whether a rule is letgrad's own: it may write scalars where it finds no other rank."""
    own = rule.__module__.partition(".")[0] == __name__.partition(".")[0]
    return own and rule.__module__ != upstream.__name__


@functools.cache
def _may_match(rule: type[RewritePattern], op: type[Operation]) -> bool:
    """
    Whether the root of `rule` can be of class `op`. The signature of `op_type_rewrite_pattern`
    states the root.
    """
    return issubclass(op, _root(rule))


_KEPT = 64
"""Drivers whose plans stay for drivers with the same rules, at most."""

_known_plans: dict[object, _Plans] = {}


def _plans_of(rules: Sequence[RewritePattern], canonical: bool) -> _Plans:
    """The plans that drivers with these very rules have made so far."""
    key = (canonical, *map(id, rules))
    found = _known_plans.get(key)
    if found is None:
        # The plans keep the rules alive, so no other rules have their identities.
        found = _known_plans[key] = _Plans(rules, canonical)
        for old in list(_known_plans)[:-_KEPT]:
            _known_plans.pop(old, None)
    return found


@functools.cache
def _places_of_matching(
    rules: tuple[type[RewritePattern], ...], op: type[Operation]
) -> tuple[int, ...]:
    """The places of the rules whose root can be of class `op`."""
    return tuple(k for k, rule in enumerate(rules) if _may_match(rule, op))


@op_type_rewrite_pattern
def _for_any(self: RewritePattern, op: Operation, rewriter: PatternRewriter) -> None:
    """A rule that does nothing."""


_CHECKED = _for_any.__code__


def _matcher(rule: RewritePattern) -> Callable[[Any, RuleRewriter], None]:
    """
    The function of a rule. The driver looks for ops that the root of the rule can be, so a rule
    with `op_type_rewrite_pattern` need not check the class of the op again.
    """
    own = "match_and_rewrite" in getattr(rule, "__dict__", ())
    inner = None if own else _unchecked(type(rule))
    return rule.match_and_rewrite if inner is None else MethodType(inner, rule)


@functools.cache
def _unchecked(rule: type[RewritePattern]) -> Callable[..., None] | None:
    """The function of a class of rules behind the check of the op's class, if it has one."""
    checked: Any = rule.match_and_rewrite
    if getattr(checked, "__code__", None) is not _CHECKED:
        return None
    return checked.__closure__[_CHECKED.co_freevars.index("func")].cell_contents


@functools.cache
def _root(rule: type[RewritePattern]) -> type[Operation]:
    stated = inspect.getclosurevars(rule.match_and_rewrite).nonlocals
    return stated.get("expected_type", Operation)
