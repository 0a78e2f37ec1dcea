"""
What the conversions of programs of other dialects have in common: which functions they convert,
and how they evaluate a function so that the trace writes it down in letgrad's dialects.

A conversion has a table of rules, and an evaluator that derives from `ForeignEvaluator`. Each op
runs its rule on traced arrays. Functions are inlined where the program calls them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr, UnknownLoc
from xdsl.dialects.tensor import ExtractOp, FromElementsOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.traits import IsTerminator

from ...dialects import ten, types
from ...dialects.walking import forget_uses_outside, ops_in
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of
from ...passes.simplify.scalarize import takes_scalars
from .. import tracing, unsigned, user_code
from ..tracing import Array
from .foreign_op import NotConvertible, Source

Rule = Callable[..., Any]
"""Takes the call and the operands, and gives the results: one value, or a list of values."""


def adds_to(table: dict[str, Rule]) -> Callable[..., Callable[[Rule], Rule]]:
    """The decorator that makes a function the rule of some names in a table."""

    def of(*names: str) -> Callable[[Rule], Rule]:
        def add(rule: Rule) -> Rule:
            for name in names:
                assert name not in table, f"{name} has a rule"
                table[name] = rule
            return rule

        return add

    return of


class ForeignEvaluator(ABC):
    """Evaluates functions of a module, op by op. `functions` are those that the ops may call."""

    rules: ClassVar[Mapping[str, Rule]]
    """The name of an op → its rule."""

    ENDS: ClassVar[tuple[str, ...]] = ()
    """Ops that end a block although they lack the trait of terminators."""

    def __init__(self, functions: dict[str, func.FuncOp]):
        self.functions = functions
        self.calling: list[func.FuncOp] = []

    # What each conversion says.

    def adapt(self, copy: Operation) -> None:  # noqa: B027 (most conversions change nothing)
        """Change the types of an op that stays as it is, where its new operands ask for it."""

    @abstractmethod
    def is_foreign(self, op: Operation) -> bool:
        """Whether the conversion replaces an op, and so may not leave it as it is."""

    @abstractmethod
    def source(self, op: Operation, values: dict[SSAValue, Any]) -> Source:
        """The op as its rule reads it."""

    def evaluated(self, call: Source, rule: Rule, xs: Sequence[Any]) -> list[Any]:
        """The results of an op that has a rule."""
        return results(rule(call, *xs))

    def array(self, x: Any) -> Array:
        """
        A value that stands for an operand of an op which stays as it is.

        Errors: `NotConvertible` for a value that is no array.
        """
        if not isinstance(x, Array):
            raise NotConvertible("an operand is no array")
        return x

    # Functions, regions, ops.

    def call(
        self, function: func.FuncOp, xs: Sequence[Any], at: Operation | None = None
    ) -> list[Any]:
        """
        The results of a function. `at` is the op that calls it.

        Errors: `LetgradError` for a function without a body, and for one that calls itself.
        """
        name = function.sym_name.data
        if function in self.calling:
            raise LetgradError(f"@{name} calls itself", at or function)
        if not function.body.blocks:
            raise LetgradError(f"@{name} has no body", at or function)
        self.calling.append(function)
        try:
            return self.region(function.body, xs, {})
        finally:
            self.calling.pop()

    def region(self, region: Region, xs: Sequence[Any], values: dict[SSAValue, Any]) -> list[Any]:
        """
        The operands of the op that ends a region, for these arguments.

        Errors: `LetgradError` for a region of several blocks.
        """
        parent = region.parent
        assert parent is not None
        last = self.block(block_of(region, parent), xs, values)
        return [] if last is None else [values[v] for v in last.operands]

    def block(
        self, block: Block, xs: Sequence[Any], values: dict[SSAValue, Any]
    ) -> Operation | None:
        """Evaluate the ops of a block. Returns its terminator."""
        values.update(zip(block.args, xs, strict=True))
        for op in block.ops:
            if op is block.last_op and self._ends(op):
                return op
            self.operation(op, values)
        return None

    def _ends(self, op: Operation) -> bool:
        return op.has_trait(IsTerminator, value_if_unregistered=False) or op.name in self.ENDS

    def operation(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        """Evaluate one op. Errors: `LetgradError` that names the op."""
        if not isinstance(op.location, UnknownLoc):
            with tracing.placed(op.location):
                self._operation(op, values)
        else:
            self._operation(op, values)

    def _operation(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        call = self.source(op, values)
        xs = [values[v] for v in op.operands]
        rule = self.rules.get(call.name)
        try:
            if rule is None:
                if self.is_foreign(op):
                    raise LetgradError(f"letgrad has no rule that converts {call.name}", op)
                self.copy(op, values)
                return
            given = self.evaluated(call, rule, xs)
        except NotConvertible as error:
            raise LetgradError(f"{call.name}: {error}", op) from None
        except (LetgradError, RecursionError):
            raise
        except (TypeError, ValueError, ArithmeticError, LookupError, NotImplementedError) as error:
            raise LetgradError(f"{call.name}: {_said(error)}", op) from error
        for old, new in zip(op.results, given):
            if isinstance(new, Array) and new.value.name_hint is None:
                new.value.name_hint = old.name_hint
        values.update(zip(op.results, given, strict=True))

    def copy(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        """
        An op that has no rule stays as it is, on the new values. Traced values are scalars in place
        of tensors of rank 0, and ops of other dialects keep the types that they were written with:

            %b = "other.op"(%a)           →   %t = tensor.from_elements %a : tensor<f32>
                : (tensor<f32>) -> …          %b = "other.op"(%t) : (tensor<f32>) -> …

        Errors: `LetgradError` for an op with a region in which an op is to be converted.
        """
        inside = list(ops_in(op))
        for inner in inside[1:]:
            if self.is_foreign(inner):
                raise LetgradError(f"letgrad does not convert {inner.name} inside of {op.name}", op)
        scalars = all(takes_scalars(inner) or self._ends(inner) for inner in inside)
        mapped: dict[SSAValue, SSAValue] = {}
        for v in dict.fromkeys(v for inner in inside for v in inner.operands if v in values):
            new = tracing.use(self.array(values[v]))
            if not scalars and types.is_rank_zero(v.type):
                made = FromElementsOp.create(operands=[new], result_types=[v.type])
                new = tracing.add(made).results[0]
            mapped[v] = new
        copy = op.clone(mapped)
        self.adapt(copy)
        if scalars:
            for result in (r for inner in ops_in(copy) for r in inner.results):
                if types.is_rank_zero(result.type):
                    result._type = types.element(result.type)  # pyright: ignore[reportPrivateUsage]
        tracing.add(copy)
        here = tracing.current()
        for old, new in zip(op.results, copy.results):
            if types.is_rank_zero(new.type):
                new = tracing.add(ExtractOp(new, [], types.element(new.type))).results[0]
            values[old] = Array.of(new, here)


def results(given: Any) -> list[Any]:
    """The results of a rule, as a list."""
    return list(given) if isinstance(given, list | tuple) else [given]


def _said(error: Exception) -> str:
    """The message of an error, without the place in Python that the trace puts in front."""
    text = " ".join(str(error).split())
    prefix = user_code.place()
    return text.removeprefix(prefix) if prefix else text or type(error).__name__


# The functions of a module.


def functions_in(module: ModuleOp) -> dict[str, func.FuncOp]:
    """The functions of a module by their names."""
    return {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}


def is_private(function: func.FuncOp) -> bool:
    return function.sym_visibility is not None and function.sym_visibility.data == "private"


def calls(root: Operation) -> Iterable[str]:
    """The symbols that the ops in `root` name, such as the functions that a function calls."""
    for op in root.walk():
        for value in (*op.properties.values(), *op.attributes.values()):
            if hasattr(value, "root_reference"):
                yield value.string_value()  # type: ignore[attr-defined]


def computations(module: ModuleOp) -> set[str]:
    """
    The functions that custom calls name in place of regions. JAX writes such a function without a
    visibility, although no one else calls it.
    """
    return {
        symbol.string_value()
        for op in module.walk()
        for symbol in cast(Any, op.properties.get("called_computations", ()))
    }


def needs(
    function: func.FuncOp, known: Mapping[str, func.FuncOp], is_foreign: Callable[[Operation], bool]
) -> bool:
    """Whether a function is, has or calls, in any depth, an op to convert."""
    seen: set[str] = set()

    def visit(function: func.FuncOp) -> bool:
        if function.sym_name.data in seen:
            return False
        seen.add(function.sym_name.data)
        for op in function.walk():
            if is_foreign(op):
                return True
            if isinstance(op, func.CallOp):
                callee = known.get(op.callee.string_value())
                if callee is not None and callee.body.blocks and visit(callee):
                    return True
        return False

    return visit(function)


def written(
    function: func.FuncOp,
    names: Iterable[str],
    kind: Callable[[Attribute], Attribute],
    evaluate: Callable[[list[Array]], Sequence[Array]],
    left_out: Container[int] = (),
) -> tuple[func.FuncOp, list[func.FuncOp]]:
    """
    The function in letgrad's dialects, and new functions that its ops name.

    `names` are the names that the module has, `kind` gives the type here of an argument, and
    `evaluate` gives the results for the arguments. The arguments at the places `left_out` are no
    arguments of the new function.
    Errors: `LetgradError` for an argument of a type that letgrad does not compute with.
    """
    old = [a for k, a in enumerate(function.body.blocks[0].args) if k not in left_out]
    kinds: list[Attribute] = []
    for argument in old:
        try:
            kinds.append(kind(argument.type))
        except NotConvertible as error:
            raise LetgradError(str(error), argument) from None
    scope = tracing.Scope(Block(arg_types=kinds), None)
    scope.functions.update(dict.fromkeys(names))
    for a, new in zip(old, scope.block.args):
        new.location, new.name_hint = a.location, a.name_hint
    try:
        with tracing.within(scope), tracing.placed(function.location):
            given = evaluate([Array.of(new, scope) for new in scope.block.args])
            values = [tracing.use(x) for x in given]
            last = func.ReturnOp(*values)
            ending = function.body.blocks[-1].last_op
            last.location = function.location if ending is None else ending.location
            scope.block.add_op(last)
    finally:
        scope.open = False
    name, inputs = function.sym_name.data, [a.type for a in scope.block.args]
    made = func.FuncOp(name, (inputs, [v.type for v in values]), Region(scope.block))
    if function.sym_visibility is not None:
        made.properties["sym_visibility"] = StringAttr(function.sym_visibility.data)
    made.location = function.location
    if scope.has_unsigned:
        unsigned.erase_signs(made)
    drop_unused(made)
    return made, [f for f in scope.functions.values() if f is not None]


def drop_unused(function: func.FuncOp) -> None:
    """Remove ops without uses, such as those that compute the place of a row of a loop."""
    forget_uses_outside(function)
    for op in reversed(list(function.walk())):
        if op.results and all(r.first_use is None for r in op.results) and _may_go(op):
            op.detach()
            op.erase()


def _may_go(op: Operation) -> bool:
    return ten.is_pure(op) and not isinstance(op, func.FuncOp) and not ten.may_not_end(op)
