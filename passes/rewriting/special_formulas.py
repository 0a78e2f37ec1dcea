"""
The formulas in the table of special functions, as formulas of values.
"""

from __future__ import annotations

import functools
import math as pymath
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

from xdsl.dialects import arith, math
from xdsl.ir import Operation

from ...dialects import ten
from .emitter import Expression, function, where

Number = Expression | float

_OPS: dict[str, type[Operation]] = {
    "exp": math.ExpOp,
    "log": math.LogOp,
    "log1p": math.Log1pOp,
    "expm1": math.ExpM1Op,
    "sqrt": math.SqrtOp,
    "absolute": math.AbsFOp,
    "sin": math.SinOp,
    "cos": math.CosOp,
    "floor": math.FloorOp,
    "copysign": math.CopySignOp,
    "erf": math.ErfOp,
    "both": arith.AndIOp,
    "either": arith.OrIOp,
}
"""The functions that formulas may use beside those of the table."""


def special(name: str, *xs: Expression) -> Expression:
    """A function of the table, of formulas."""
    return Expression(xs[0].type, lambda e: e(ten.SpecialOp(name, *[x.emit(e) for x in xs])))


@functools.cache
def _code(text: str) -> CodeType:
    return compile(text, f"<formula {text}>", "eval")


def evaluated(text: str, names: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
    """The value of a formula of the table, where the names and functions have these meanings."""
    return eval(_code(text), {"__builtins__": {}, **functions, **names})


def formula_of(text: str, row: ten.SpecialFunction, xs: Sequence[Expression], **more: Any) -> Any:
    """A formula of the row's parameters as a formula of `xs`: an `Expression`, or a number."""
    like = xs[0]

    def lifted(f: Callable[..., Expression], number: Callable[..., float] | None = None) -> Any:
        """The function on formulas and numbers. It gives a number for numbers alone."""

        def call(*given: Number) -> Number:
            if number is not None and not any(isinstance(x, Expression) for x in given):
                return number(*given)
            return f(*(like._operand(x) for x in given))

        return call

    # `both` and `either` take truth values, which need no lifting.
    functions: dict[str, Any] = {
        name: function(op) if name in ("both", "either") else lifted(function(op))
        for name, op in _OPS.items()
    }
    functions |= {name: lifted(functools.partial(special, name)) for name in ten.FUNCTIONS}
    functions |= {
        "sqrt": lifted(function(math.SqrtOp), pymath.sqrt),
        "where": lambda mask, a, b: where(mask, a, b, like),
        "equal": lambda a, b: like._operand(a).compare("oeq", b),
        "isnan": lambda x: x.compare("uno", x),
        "sign": lambda x: _sign(x),
        "sinpi": lambda x: _of_half_turns(math.SinOp, x),
        "cospi": lambda x: _of_half_turns(math.CosOp, x),
        "pi": pymath.pi,
        "inf": pymath.inf,
    }
    return evaluated(text, {**dict(zip(row.parameters, xs, strict=True)), **more}, functions)


def _sign(x: Expression) -> Expression:
    """1, -1 or 0."""
    return where(x.compare("oeq", 0.0), 0.0, function(math.CopySignOp)(x._operand(1.0), x), x)


def _of_half_turns(op: type[Operation], x: Expression) -> Expression:
    """sin(π x) or cos(π x). The whole turns go away before the product with π rounds."""
    turns = function(math.FloorOp)(0.5 * x)
    return function(op)(pymath.pi * (x - 2 * turns))
