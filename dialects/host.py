"""
The dialect `host`: calls of Python functions while a program runs.

A call names its function by a number, under which this process keeps the function. So a program
with such a call runs only in the process that wrote the program.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure

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


class HostCallOp(IRDLOperation):
    """
    The results of a Python function on the operands.

        y… = f(x…)

    With `batch = k`, all operands and results have the same k leading dimensions, and the function
    gets one example at a time.

    Shapes:  any.
    Errors:  when the program runs: a function of another process, and any error of the function.
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


CALLS = (CallOp, PureCallOp)

Host = Dialect("host", [*CALLS])
