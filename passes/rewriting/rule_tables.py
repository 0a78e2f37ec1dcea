"""
The tables of rules: one rule for each op class and each question about the op.

A table is open: any package adds rules for its own ops, or for ops of other packages.

    from letgrad.extend import evaluate

    @evaluate.rule(MyOp)
    def hypotenuse(op, x, y):
        "z = √(x² + y²)"
        return np.hypot(x, y)

A rule has a name, and its docstring begins with its equation: `letgrad docs my.op` prints it.

A lookup tries the op's class, and then the bases of the class. So a rule for a base class serves
all ops of that class. The table distinguishes an op that *cannot* have a rule (`table.never(MyOp,
"…")`) from an op whose rule nobody has written yet.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import eq
from typing import Any, ClassVar

from xdsl.dialects.builtin import UnregisteredOp
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects.op_names import op_name
from .diagnostics import LetgradError, explain

Rule = Callable[..., Any]


def named_after(function: Callable[..., Any]) -> Callable[[Rule], Rule]:
    """
    Decorator, for functions that make a rule from a simpler function. The rule gets the name, the
    equation and the module of the simpler function. If that function has no equation, the rule
    keeps its own.
    """

    def rename(rule: Rule) -> Rule:
        if function.__doc__:
            rule.__doc__ = function.__doc__
        rule.__name__ = getattr(function, "__name__", rule.__name__)
        rule.__module__ = function.__module__
        return rule

    return rename


class MissingRule(LetgradError):
    """
    This op has no rule in this table: nobody wrote the rule, or the op cannot have one.

    Example:

        >>> try:
        ...     lg.jit(cube)(2.0)
        ... except MissingRule as error:
        ...     print(error.diagnostic.message.partition(":")[0])
        my.cube has no rule in the table 'evaluate'; add one with @evaluate.rule(CubeOp)
    """


@dataclass(frozen=True)
class Never:
    """Why an op cannot have a rule in a table."""

    reason: str


_foreign: list[tuple[RuleTable, type[Operation], Any]] = []
"""What packages outside of letgrad, and overrides, said of ops of letgrad's."""


def has_foreign_rules() -> bool:
    """Whether a package outside of letgrad changed what a table says of an op of letgrad's."""
    return any(table._rules.get(op) is entry for table, op, entry in _foreign)


@dataclass
class RuleTable:
    """
    Op class → rule. `signature` says what a rule takes and gives. Error messages show it to the
    person who has to write the rule.

    Example:

        >>> cost = RuleTable("cost", "(op) -> int")
        >>> @cost.rule(math.SinOp, math.CosOp)
        ... def expensive(op):
        ...     return 20
        >>> cost.never(func.ReturnOp, "it computes nothing")
        >>> module = lg.trace(np.sin, 1.0)
        >>> [cost.of(op)(op) for op in module.walk() if type(op) in cost]
        [20]
        >>> cost.reason(func.ReturnOp)
        'it computes nothing'
    """

    name: str
    signature: str
    _rules: dict[type[Operation], Rule | Never] = field(default_factory=dict)
    _found: dict[type[Operation], Rule | Never | None] = field(default_factory=dict)

    changes: ClassVar[int] = 0
    """How many rules all tables got so far. A program that is kept may be older than a rule."""

    def rule(self, *ops: type[Operation], override: bool = False) -> Callable[[Rule], Rule]:
        """Decorator: the function below is the rule for these op classes."""

        def register(function: Rule) -> Rule:
            for op in ops:
                self._add(op, function, override)
            return function

        return register

    def never(self, op: type[Operation], reason: str, override: bool = False) -> None:
        """State that `op` cannot have a rule here, and the reason (`it returns integers`)."""
        self._add(op, Never(reason), override)

    def _add(self, op: type[Operation], entry: Rule | Never, override: bool) -> None:
        if op in self._rules and not override:
            raise ValueError(
                f"{op.name} already has a rule in the table {self.name}; pass override=True to "
                "replace it"
            )
        self._rules[op] = entry
        self._found.clear()
        own = __name__.partition(".")[0]
        maker = (getattr(entry, "__module__", None) or own).partition(".")[0]
        if override or (maker != own and op.__module__.partition(".")[0] in (own, "xdsl")):
            _foreign.append((self, op, entry))
        RuleTable.changes += 1

    def __contains__(self, op: type[Operation]) -> bool:
        return self.find(op) is not None

    def __iter__(self) -> Iterator[type[Operation]]:
        return (op for op, entry in self._rules.items() if not isinstance(entry, Never))

    def find(self, op: type[Operation]) -> Rule | None:
        """The rule for a class of ops, or None."""
        entry = self._entry(op)
        return None if isinstance(entry, Never) else entry

    def optional(self, op: Operation) -> Rule | None:
        """
        The rule for this op, or None if nobody wrote a rule.

        Errors: `MissingRule`, located at the op, if the op cannot have a rule.
        """
        return self.of(op) if isinstance(self._entry(type(op)), Never) else self.find(type(op))

    def is_missing(self, op: type[Operation]) -> bool:
        """
        Whether nobody wrote a rule for a class of ops, and nobody stated that it cannot have one.
        """
        return self._entry(op) is None

    def reason(self, op: type[Operation]) -> str | None:
        """Why a class of ops cannot have a rule, if somebody stated the reason."""
        entry = self._entry(op)
        return entry.reason if isinstance(entry, Never) else None

    def equation(self, op: type[Operation]) -> str:
        """The equation of the rule for a class of ops: the first paragraph of its docstring."""
        doc = inspect.cleandoc(getattr(self.find(op), "__doc__", None) or "")
        return " ".join(doc.partition("\n\n")[0].split())

    def of(self, op: Operation) -> Rule:
        """
        The rule for this op.

        Errors: `MissingRule`, located at the op. The message says which rule to write, or why the
                op cannot have a rule.
        """
        entry = self._entry(type(op))
        if isinstance(entry, Never):
            raise MissingRule(f"{op_name(op)} has no {self.name} rule: {entry.reason}", op)
        if entry is None and isinstance(op, UnregisteredOp):
            raise MissingRule(
                f"{op_name(op)} has no rule in the table '{self.name}': no dialect registers it", op
            )
        if entry is None:
            raise MissingRule(
                f"{op_name(op)} has no rule in the table '{self.name}'; "
                f"add one with @{self.name}.rule({type(op).__name__}): {self.signature}",
                op,
            )
        return entry

    def apply(self, op: Operation, *args: Any) -> Any:
        """
        What the rule for this op gives for these arguments.

        Errors: `MissingRule` as `of`; `LetgradError`, located at the op, if the rule raises an
                error of Python.
        """
        rule = self.of(op)
        # As in `running`, without a context for each op.
        try:
            return rule(op, *args)
        except (LetgradError, RecursionError, MemoryError):
            raise
        except Exception as error:
            raise LetgradError(f"{self.named(op)} fails: {explain(error)}", op) from error

    @contextmanager
    def running(self, op: Operation) -> Iterator[None]:
        """While a rule runs: an error of Python in the rule is an error at the op."""
        try:
            yield
        except (LetgradError, RecursionError, MemoryError):
            raise
        except Exception as error:
            raise LetgradError(f"{self.named(op)} fails: {explain(error)}", op) from error

    def named(self, op: Operation) -> str:
        """
        The rule for an op in messages. A rule without a name of its own is called by its op alone.
        """
        name = getattr(self.find(type(op)), "__name__", "")
        name = f" {name}" if name.isidentifier() and name != "_" else ""
        return f"the {self.name} rule{name} of {op_name(op)}"

    def checked(
        self,
        op: Operation,
        given: Any,
        wanted: Sequence[Attribute | None],
        *,
        zero: bool = False,
        also: type | tuple[type, ...] = (),
        alike: Callable[[Attribute, Attribute], bool] = eq,
    ) -> tuple[Any, ...]:
        """
        The values that the rule for `op` gave, as a tuple. There must be one for each of the types
        in `wanted`, of this type; where it is None, None. With `zero`, a None in a tuple stands for
        zero. The check leaves things of the classes `also` alone. `alike` compares the type of a
        value with the type that is wanted.

        A None that is not in a tuple is an error: a rule without a `return` gives None, and would
        be a wrong zero that nobody notices.

        Errors: `LetgradError`, located at the op, with the name of the rule.

        Example:

            >>> op = types.constant(1.0, f64)
            >>> decompose.checked(op, op.result, [f64]) == (op.result,)
            True
        """
        if isinstance(given, SSAValue) and len(wanted) == 1 and given.type is wanted[0]:
            return (given,)
        if given is None and not wanted:
            return ()
        values = tuple(given) if isinstance(given, tuple | list) else (given,)
        kinds = [v.type if isinstance(v, SSAValue) else v for v in values]
        fits = len(values) == len(wanted) and all(
            (kind is None and zero)
            or isinstance(value, also)
            or (kind == type if kind is None or type is None else alike(kind, type))
            for value, kind, type in zip(values, kinds, wanted)
        )
        if fits and given is not None:
            return values
        rule = self.named(op)
        if given is None:
            zeros = f"({', '.join(['None'] * len(wanted))}{',' * (len(wanted) == 1)})"
            said = f"; for zero, it returns {zeros}" if zero else ""
            raise LetgradError(f"{rule} gave None; it must return {_types(wanted)}{said}", op)
        raise LetgradError(f"{rule} gave {_types(kinds)}, not {_types(wanted)}", op)

    def _entry(self, op: type[Operation]) -> Rule | Never | None:
        if op not in self._found:
            self._found[op] = next(
                (self._rules[base] for base in op.__mro__ if base in self._rules), None
            )
        return self._found[op]


def _types(kinds: Sequence[Any]) -> str:
    """Types in a message, and the Python class of what is no value."""
    said = [
        str(k) if k is None or isinstance(k, Attribute) else f"a Python {type(k).__name__}"
        for k in kinds
    ]
    return said[0] if len(said) == 1 else f"({', '.join(said)})"


evaluate = RuleTable(
    "evaluate",
    "(op, *arrays) -> array or tuple of arrays; marked @with_regions, (op, evaluator, *arrays)",
)
"""
NumPy values in, NumPy values out. This table defines what an op means.

Example:

    >>> @evaluate.rule(CubeOp)
    ... def cube_in_numpy(op, x):
    ...     return x**3
    >>> lg.jit(cube, backend="numpy")(2.0)
    np.float64(8.0)
"""


def with_regions(rule: Rule) -> Rule:
    """
    Mark an evaluate rule that runs regions. The evaluator calls the rule as `rule(op, evaluator,
    *arrays)`, and the rule calls `evaluator.run(region, args)`.

    Example:

        >>> @evaluate.rule(CubeOp)
        ... @with_regions
        ... def cube_by_evaluator(op, evaluator, x):
        ...     assert isinstance(evaluator, Evaluator)
        ...     return x**3
        >>> lg.jit(cube, backend="numpy")(2.0)
        np.float64(8.0)
    """
    rule.regions = True  # type: ignore[attr-defined]
    return rule


store = RuleTable(
    "store",
    "(op, *parts, e) -> the parts of the result, or one such tuple for each of several results; "
    "an operand of a type that is stored is the tuple of its parts",
)
"""
What an op on values of other packages' types (`stored_as`) does with the parts of the values.

Example:

    >>> from xdsl.ir import ParametrizedAttribute, TypeAttribute
    >>> from xdsl.irdl import irdl_attr_definition
    >>> @irdl_attr_definition
    ... class IntervalType(ParametrizedAttribute, TypeAttribute):
    ...     name = "my.interval"
    >>> storage = stored_as(IntervalType)(lambda type: (f64, f64))
    >>> @irdl_op_definition
    ... class WidthOp(IRDLOperation):
    ...     name = "my.width"
    ...     x = operand_def(IntervalType)
    ...     y = result_def()
    >>> @store.rule(WidthOp)
    ... def width(op, x, e):
    ...     low, high = map(Expression.of, x)
    ...     return (high - low).emit(e)
    >>> context = new_context(Dialect("my", [WidthOp], [IntervalType]))
    >>> text = '''
    ... func.func @f(%x: !my.interval) -> f64 {
    ...   %y = "my.width"(%x) : (!my.interval) -> f64
    ...   func.return %y : f64
    ... }'''
    >>> module = parse(context, text, "f.mlir")
    >>> StoreOwnTypesPass().apply(context, module)
    >>> show(module)
    f = \\x x_1 -> x_1 - x
"""


linearize = RuleTable(
    "linearize",
    "(op, ds, e) -> term or tuple of terms of the results; ds are the operands' terms, None for "
    "zero; (None,) is the zero term of a result",
)
"""
The terms of an op's results. `e` is an `Emitter` after the op. For elementwise ops, state partial
derivatives with `@partials` instead. For ops that are linear themselves, state `linear(MyOp)`.

Example:

    >>> @linearize.rule(CubeOp)
    ... def cube_linearized(op, ds, e):
    ...     slope = e.multiply(e.constant(3.0, op.x.type), e.multiply(op.x, op.x))
    ...     return e(delta.ScaleOp(slope, ds[0]))
    >>> module = lg.trace(cube, 1.0)
    >>> run_pipeline(ctx, module, "gradient")
    >>> show(module)
    cube = \\x ct -> (my.cube x, 3.0 * (x * x) * ct)
"""

transpose = RuleTable(
    "transpose",
    "(op, ct, e) -> cotangent, or tuple of cotangents, of the operands that are terms, in order; "
    "(None,) is zero",
)
"""
The cotangents that an op with terms as results gives to its operands. `ct` is the cotangent of the
result; for several results it is a tuple, with None for zero. `e` is an `Emitter` at the place of
the pullback.

Example:

    >>> linear(CubeOp)
    >>> @transpose.rule(CubeOp)
    ... def cube_transposed(op, ct, e):
    ...     return e.add(ct, ct)
    >>> module = lg.trace(cube, 1.0)
    >>> run_pipeline(ctx, module, "gradient")
    >>> show(module)
    cube = \\x ct -> (my.cube x, ct + ct)
"""

pushforward = RuleTable("pushforward", "(op, ts, e) -> tangents of the results")
"""
The tangents of the results of an op that gives terms. `ts` are the tangents of the op's term
operands, in order. If an op has no rule, letgrad copies the op with tangents in place of terms. The
copy is right for every op that takes both terms and values.

Example:

    >>> linear(CubeOp)
    >>> @pushforward.rule(CubeOp)
    ... def cube_pushed(op, ts, e):
    ...     return e.add(ts[0], ts[0])
    >>> module = lg.trace(cube, 1.0)
    >>> run_pipeline(ctx, module, "gradient{mode=forward}")
    >>> show(module)
    cube = \\x t_x -> (my.cube x, t_x + t_x)
"""


batch = RuleTable("batch", "(op, xs, batched, sizes, e) -> value or tuple")
"""
The op under additional leading dimensions of these `sizes` (usually one). `xs` are the operands.
The operands that are `batched` have these dimensions first, and the others are unchanged. The
results have the dimensions first. For elementwise ops of one shape, state `elementwise(MyOp)`
instead.

Example:

    >>> @batch.rule(CubeOp)
    ... def cube_of_batch(op, xs, batched, sizes, e):
    ...     return e(CubeOp(xs[0]))
    >>> module = lg.trace(lambda x: lg.build(4, lambda i: cube(x[i])), lg.spec(4))
    >>> run_pipeline(ctx, module, "ten-vectorize,canonicalize")
    >>> show(module)
    lambda = \\x -> my.cube x
"""


element = RuleTable("element", "(op, i, get, nest) -> scalar")
"""
The element of an op's result at indices `i` (a list of index values, one per dimension), which are
inside of the result. `get(x, j)` is the element of operand x at indices j. They may be outside of
x, where elements are 0. `nest` has arithmetic on indices (`nest.affine(i, factor, offset)` and
others), and `nest.e` is an `Emitter` in the body of a loop nest. Ops that do the same at every
place of one shape need no rule.

Example:

    >>> @element.rule(CubeOp)
    ... def cube_at(op, i, get, nest):
    ...     x = get(op.x, i)
    ...     return nest.e.multiply(x, nest.e.multiply(x, x))
    >>> lg.jit(cube, backend="cpu")(np.arange(3.0))
    array([0., 1., 8.])
"""


decompose = RuleTable("decompose", "(op, e) -> value or tuple of values of the results")
"""
An op as other ops that compute the same. `e` is an `Emitter` at the op. If an op has no rule in
another table, letgrad decomposes the op instead. So this one rule is enough for derivatives, for
vectorization, for the value (`evaluate`), and for loop nests (`ten-decompose` decomposes every op
without an `element` rule). For elementwise ops, state a `@formula` instead.

Example:

    >>> @decompose.rule(CubeOp)
    ... def cube_is_product(op, e):
    ...     return e.multiply(op.x, e.multiply(op.x, op.x))
    >>> lg.grad(cube)(2.0)
    np.float64(12.0)
"""


samples = RuleTable("samples", "(draw) -> operation")
"""
Instances of an op, for `letgrad conform`. The rule makes one op. The rule gets the operands and
properties of the op from `draw` (see `letgrad docs extend.Draw`).

Example:

    >>> @samples.rule(CubeOp)
    ... def some_cube(draw):
    ...     return CubeOp(draw.floats())
    >>> samples.find(CubeOp)(Draw(seed=0)).name
    'my.cube'
"""
