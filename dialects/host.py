"""
The dialect `host`: calls of Python functions while a program runs.

A call names its function by a number, under which this process keeps the function. So a program
with such a call runs only in the process that wrote the program.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, StringAttr, UnitAttr, i1, i64
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure
from xdsl.utils.exceptions import VerifyException

from .types import any_element

Function = Callable[..., Sequence[Any]]
"""Takes one array or scalar for each operand, and gives one for each result."""

_functions: dict[int, Function] = {}


def keep(function: Function) -> int:
    """
    A number for a function, for the ops of this dialect. The numbers of other processes are others:
    a program from a file must not call a function that it does not mean.
    """
    number = secrets.randbits(62)
    _functions[number] = function
    return number


def function_of(number: int) -> Function | None:
    """The function of a number; None for a number of another process."""
    return _functions.get(number)


_RAISED = "_letgrad_raised"


def mark_raised(error: Exception) -> None:
    """Note on an error that a function of the user raised it."""
    setattr(error, _RAISED, True)


def was_raised(error: BaseException) -> bool:
    """Whether a function of the user raised an error: the error ends the program as it is."""
    return getattr(error, _RAISED, False)


class HostCallOp(IRDLOperation):
    """
    The results of a Python function on the operands.

        y… = f(x…)

    With `batch = k`, all operands and results have the same k leading dimensions, and the function
    gets one example at a time.

    Shapes:  any.
    Errors:  when the program runs: a function of another process, and any error of the function,
             as it is.
    """

    called = prop_def(StringAttr)
    function = prop_def(IntegerAttr.constr(i64))
    batch = opt_prop_def(IntegerAttr.constr(i64))
    xs = var_operand_def()
    ys = var_result_def()

    assembly_format = (
        "$called $function (`batch` $batch^)? `(` $xs `)` attr-dict `:` functional-type($xs, $ys)"
    )

    def __init__(
        self,
        called: str,
        function: int,
        xs: Sequence[SSAValue],
        types: Sequence[Attribute],
        batch: int = 0,
    ):
        super().__init__(
            operands=[xs],
            result_types=[types],
            properties={
                "called": StringAttr(called),
                "function": IntegerAttr(function, i64),
                "batch": IntegerAttr(batch, i64) if batch else None,
            },
        )

    @property
    def batch_dims(self) -> int:
        """How many leading dimensions hold examples."""
        return 0 if self.batch is None else self.batch.value.data


@irdl_op_definition
class CallOp(HostCallOp):
    """
    The results of a Python function that does something beside: it prints, or it counts. The calls
    of a program happen once each, in the order of the program.

        y… = f(x…)
    """

    name = "host.call"

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())


@irdl_op_definition
class PureCallOp(HostCallOp):
    """
    The results of a Python function whose results depend on its operands only. A program may call
    it more often than is written, or less often.

        y… = f(x…)
    """

    name = "host.pure_call"

    traits = traits_def(Pure())


@irdl_op_definition
class OrderedCallOp(HostCallOp):
    """
    The results of a Python function that does something beside, in a loop or in a branch.

        n', y… = n + 1, f(x…)

    The first operand counts the calls before this one, and the first result is the next count. So
    calls that take each other's counts keep their order, and loops and branches that carry the
    count need no effects. A call happens if somebody needs its count.

    With `when`, the second operand says whether there is a call. Without a call, n' = n and y = 0.

    Shapes:  the count is an i64, or one for each example; `when` is an i1.
    """

    name = "host.ordered_call"

    when = opt_prop_def(UnitAttr)
    traits = traits_def(Pure())
    assembly_format = (
        "$called $function (`batch` $batch^)? (`when` $when^)? `(` $xs `)` attr-dict `:` "
        "functional-type($xs, $ys)"
    )

    def verify_(self) -> None:
        for values in (self.xs, self.ys):
            if not values or any_element(values[0].type) != i64:
                raise VerifyException("the first operand and the first result count calls: i64")
        if self.when is not None and (len(self.xs) < 2 or any_element(self.xs[1].type) != i1):
            raise VerifyException("the second operand says whether there is a call: i1")


@irdl_op_definition
class BeginOp(IRDLOperation):
    """n = 0, the count of the calls before the first one"""

    name = "host.begin"

    count = result_def(i64)
    traits = traits_def(Pure())
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__(result_types=[i64])


@irdl_op_definition
class EndOp(IRDLOperation):
    """Needs the count after the last call, so that the calls happen."""

    name = "host.end"

    count = operand_def()
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$count attr-dict `:` type($count)"

    def __init__(self, count: SSAValue):
        super().__init__(operands=[count])


CALLS = (CallOp, PureCallOp, OrderedCallOp)
EFFECTS = (CallOp, EndOp)
"""The ops that do something beside computing values."""

Host = Dialect("host", [*CALLS, BeginOp, EndOp])
