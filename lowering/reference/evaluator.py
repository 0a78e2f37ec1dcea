"""The interpreter that runs programs by the rules of the table `evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.interpreter import Interpreter, OpImplResult, PythonValues, ReturnedValues
from xdsl.ir import Attribute, Block, Operation, Region
from xdsl.traits import IsTerminator

from ...dialects import arrays, host, types
from ...dialects.op_names import op_name
from ...passes.rewriting.decomposing import has_to_be_taken_apart, take_apart
from ...passes.rewriting.diagnostics import LetgradError, explain
from ...passes.rewriting.rule_tables import evaluate, with_regions
from .array_functions import Array

MAX_CALL_DEPTH = 200


class Evaluator(Interpreter):
    """
    xDSL's interpreter, with the `evaluate` table for the meaning of ops.

    It checks the values that a rule gives against the types of the op's results: shape and dtype
    must be exact.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> Evaluator(module).call("lambda", [3.0])
        (np.float64(9.0),)
    """

    most_turns: int | None = None
    """
    The turns after which a loop of unknown length counts as endless; None lets it run. For programs
    that nobody promised to end: those of a check on random inputs.
    """
    _depth: int = 0

    def call(self, entry: str, args: Sequence[Any]) -> tuple[Array, ...]:
        """
        The results of function `entry` on arrays or numbers.

        Errors: `LetgradError` for an unknown function, an argument of another shape or dtype, an op
                without a rule.
        """
        function = find_function(self.module, entry)
        with np.errstate(all="ignore"):
            return self.call_function(function, check_arguments(function, args))

    def call_function(self, function: func.FuncOp, args: Sequence[Array]) -> tuple[Array, ...]:
        if self._depth >= MAX_CALL_DEPTH:
            raise LetgradError(
                f"calls of @{function.sym_name.data} nest deeper than {MAX_CALL_DEPTH}", function
            )
        self._depth += 1
        try:
            return self.run_ssacfg_region(function.body, tuple(args), function.sym_name.data)
        finally:
            self._depth -= 1

    def count_turn(self, turns: int, op: Operation) -> None:
        """A loop begins one more turn. Errors: `LetgradError` if it has had the most turns."""
        if turns == self.most_turns:
            raise LetgradError(f"the loop has not ended after {turns} turns", op)

    def run(self, region: Region, args: Sequence[Array] = ()) -> tuple[Array, ...]:
        """The values of a region's terminator, on these arguments of its first block."""
        return self.run_ssacfg_region(region, tuple(args))

    def _run_op(self, op: Operation, inputs: PythonValues) -> OpImplResult:
        if is_return(op):
            return OpImplResult((), ReturnedValues(inputs))
        rule = self._by_parts if has_to_be_taken_apart(op, evaluate) else evaluate.of(op)
        try:
            values = rule(op, self, *inputs) if hasattr(rule, "regions") else rule(op, *inputs)
        except (LetgradError, RecursionError):
            raise
        except Exception as error:
            if host.was_raised(error):
                raise
            raise LetgradError(
                f"{op_name(op)} cannot be evaluated: {explain(error)}", op
            ) from error
        values = values if isinstance(values, tuple) else (values,)
        if len(values) != len(op.results):
            raise LetgradError(
                f"{evaluate.named(op)} gave {len(values)} values for {len(op.results)} results",
                op,
            )
        return OpImplResult(tuple(checked(op, v, r.type) for v, r in zip(values, op.results)), None)

    @cached_property
    def _parts(self) -> dict[Operation, Region]:
        """For an op without a rule: the region that the op decomposes into."""
        return {}

    @with_regions
    def _by_parts(self, op: Operation, evaluator: Evaluator, *args: Array) -> tuple[Array, ...]:
        """The value of an op, from the values of the ops that it decomposes into."""
        if op not in self._parts:
            block = Block(arg_types=op.operand_types)
            whole = op.clone(dict(zip(op.operands, block.args)))
            block.add_ops([whole, func.ReturnOp(*whole.results)])
            take_apart(whole)
            self._parts[op] = Region(block)
        return self.run(self._parts[op], args)


_returns: dict[type[Operation], bool] = {}


def is_return(op: Operation) -> bool:
    """Whether `op` ends its region and gives its operands to the caller of the region."""
    kind = type(op)
    if kind not in _returns:
        # Nobody knows whether an unregistered op ends anything.
        ends = op.has_trait(IsTerminator, value_if_unregistered=False)
        _returns[kind] = ends and not op.successors
    return _returns[kind]


def checked(op: Operation, value: Array, type: Attribute) -> Array:
    """`value` as the array or scalar that `type` says it is."""
    # In order, since NumPy rounds a sum differently if the strides of its operand differ.
    array = np.asarray(value, order="C")
    if array.shape != types.shape(type) or array.dtype != arrays.dtype(type):
        raise LetgradError(
            f"{evaluate.named(op)} gave {array.dtype}{list(array.shape)} where the type is {type}",
            op,
        )
    return array[()] if array.ndim == 0 else array


def find_function(module: ModuleOp, name: str, at: Operation | None = None) -> func.FuncOp:
    """
    The function of that name. Errors: `LetgradError` that lists the functions of the module;
    `LetgradError` for a declaration.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> find_function(module, "lambda").sym_name.data
        'lambda'
    """
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}
    if name not in functions:
        known = ", ".join(f"@{n}" for n in functions) or "no functions"
        raise LetgradError(f"there is no function @{name}; the module has {known}", at or module)
    if not functions[name].body.blocks:
        raise LetgradError(f"@{name} has no body to run", at or functions[name])
    return functions[name]


def check_arguments(function: func.FuncOp, args: Sequence[Any]) -> tuple[Array, ...]:
    """
    The arguments as NumPy values of exactly the types that the function takes.

    Example:

        >>> function = find_function(lg.trace(lambda x: x * x, lg.spec(3)), "lambda")
        >>> check_arguments(function, [[1.0, 2.0, 3.0]])
        (array([1., 2., 3.]),)
    """
    expected = function.function_type.inputs.data
    name = function.sym_name.data
    if len(args) != len(expected):
        raise LetgradError(f"@{name} takes {len(expected)} arguments, not {len(args)}", function)
    values = []
    for i, (arg, type) in enumerate(zip(args, expected)):
        try:
            dtype = arrays.dtype(type)
        except TypeError as error:
            raise LetgradError(
                f"argument {i} of @{name} has type {type}: {error}", function
            ) from error
        # Numbers and lists of them have no dtype of their own.
        plain = isinstance(arg, bool | int | float | list | tuple)
        array = np.asarray(arg, dtype) if plain else arrays.asarray(arg)
        if array.shape != types.shape(type) or array.dtype != dtype:
            raise LetgradError(
                f"argument {i} of @{name} is {type}, and was given "
                f"{array.dtype}{list(array.shape)}",
                function,
            )
        values.append(array[()] if array.ndim == 0 else array)
    return tuple(values)
