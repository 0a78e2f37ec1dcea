"""
What xDSL's verifier says about an op, in words that name the op, the type that is there, and the
types that the op takes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from xdsl.dialects import builtin
from xdsl.ir import Attribute, Operation
from xdsl.irdl import (
    AllOf,
    AnyAttr,
    AnyOf,
    BaseAttr,
    EqAttrConstraint,
    IRDLOperation,
    ParamAttrConstraint,
    RangeLengthConstraint,
    RangeOf,
    RangeVarConstraint,
    VarConstraint,
)

from ...dialects.op_names import op_name

_VALUE = re.compile(
    r"(operand|result) '(\w+)' (?:expected )?at positions? (\d+)(?: to \d+)? "
    r"does not verify:\s*(.*)",
    re.DOTALL,
)
_COUNT = re.compile(
    r"Expected (\d+(?: or \d+)?|at least \d+) (operand|result|region)s?, but got (\d+)"
)
_PROPERTY = re.compile(
    r"(property|attribute) '(\w+)' (expected in operation '[^']*'|does not verify:.*)", re.DOTALL
)
_BASE = re.compile(r"(.*) should be of base attribute ([\w.]+)", re.DOTALL)
_VARIABLE = re.compile(
    r"attributes? (.*) expected from (?:range )?variable '\w+', but got (.*)", re.DOTALL
)

FLOATS = frozenset({
    builtin.BFloat16Type, builtin.Float16Type, builtin.Float32Type, builtin.Float64Type,
    builtin.Float80Type, builtin.Float128Type,
})  # fmt: skip
MOST = 4
"""Types are listed up to this number of them."""


def reworded(op: Operation, message: str) -> str:
    """A verifier's message with the name of the op, the type that is there, and the wanted ones."""
    name = op_name(op)
    if match := _VALUE.match(message):
        kind, value, position, why = match.groups()
        return _of_value(op, kind, value, int(position), " ".join(why.split()))
    if match := _COUNT.fullmatch(message.strip()):
        wanted, kind, given = match.groups()
        some = "s" if wanted != "1" else ""
        verb = {"operand": "takes", "result": "gives", "region": "has"}[kind]
        return f"{name} {verb} {wanted} {kind}{some}, and here are {given}"
    if match := _PROPERTY.match(message):
        kind, value, why = match.groups()
        if why.startswith("expected"):
            return f"{name} needs the {kind} '{value}'"
        inner = " ".join(why.partition(":")[2].split())
        return f"{name}: the {kind} '{value}' is wrong: {inner}"
    if match := _BASE.fullmatch(message.strip()):
        given, wanted = match.groups()
        for key, found in (*op.properties.items(), *op.attributes.items()):
            if str(found) == given:
                return f"{name}: '{key}' is {given}, and must be an attribute of the kind {wanted}"
    return message if name in message else f"{name}: {message}"


def _of_value(op: Operation, kind: str, value: str, position: int, why: str) -> str:
    values = op.operands if kind == "operand" else op.results
    name, verb = op_name(op), "takes" if kind == "operand" else "gives"
    if position >= len(values):
        return f"{name} has no {kind} '{value}', which it needs"
    given = values[position].type
    if match := _VARIABLE.match(why):
        wanted = match.group(1)
        like = _first_with(op, wanted)
        beside = f", as {like} is" if like is not None else ""
        return f"{name}: {kind} '{value}' is {given}, and must be {wanted}{beside}"
    wanted = _wanted(op, kind, value)
    if wanted is None and why.startswith("Unexpected attribute"):
        return f"{name}: {kind} '{value}' is {given}, which the op does not {verb[:-1]} there"
    if wanted is None:
        return f"{name}: {kind} '{value}' is {given}: {why}"
    return f"{name}: {kind} '{value}' is {given}, and the op {verb} {wanted} there"


def _first_with(op: Operation, type: str) -> str | None:
    """The name of the first operand or result of a type."""
    if not isinstance(op, IRDLOperation):
        return None
    definition = op.get_irdl_definition()
    for kind, defs in (("operand", definition.operands), ("result", definition.results)):
        for name, _ in defs:
            value: Any = getattr(op, name)
            found = value if isinstance(value, Sequence) else [value]
            if any(x is not None and str(x.type) == type for x in found):
                return f"{kind} '{name}'"
    return None


def _wanted(op: Operation, kind: str, value: str) -> str | None:
    """The types that an op takes for a value, in words; None if its constraint says more."""
    if not isinstance(op, IRDLOperation):
        return None
    definition = op.get_irdl_definition()
    defs = dict(definition.operands if kind == "operand" else definition.results)
    found = _types(defs[value].constr) if value in defs else None
    if not found or len(found) > MOST:
        return None
    *rest, last = found
    return f"{', '.join(rest)} or {last}" if rest else last


def _types(constraint: Any) -> list[str] | None:
    """The types that a constraint allows; None if it says more than that."""
    match constraint:
        case RangeLengthConstraint() | RangeVarConstraint():
            return _types(constraint.constraint)
        case RangeOf():
            return _types(constraint.constr)
        case VarConstraint():
            return _types(constraint.constraint)
        case EqAttrConstraint():
            return [_shown(constraint.attr)]
        case BaseAttr():
            return [_named(constraint.attr)]
        case ParamAttrConstraint():
            return [_named(constraint.base_attr) + _elements(constraint)]
        case AllOf():
            return next((t for c in constraint.attr_constrs if (t := _types(c))), None)
        case AnyOf():
            parts = list(constraint.attr_constrs)
            kinds = {c.attr for c in parts if isinstance(c, BaseAttr)}
            found = ["a float"] if kinds >= FLOATS else []
            for part in parts:
                if found and isinstance(part, BaseAttr) and _is_float(part.attr):
                    continue
                more = _types(part)
                if more is None:
                    return None
                found += more
            return list(dict.fromkeys(found))
        case AnyAttr():
            return None
    return None


def _is_float(kind: type[Attribute]) -> bool:
    return kind.__name__.startswith(("Float", "BFloat"))


def _elements(constraint: ParamAttrConstraint) -> str:
    """The elements of a tensor or a vector in words."""
    if constraint.base_attr not in (builtin.TensorType, builtin.VectorType, builtin.MemRefType):
        return ""
    plural = {"a float": "floats", "an integer": "integers"}
    for each in constraint.param_constrs:
        found = _types(each)
        if found and found[0] in plural:
            return f" of {' or '.join(plural.get(t, t) for t in found)}"
    return ""


def _shown(type: Attribute) -> str:
    return str(type)


def _named(kind: Any) -> str:
    """A class of types in words."""
    words = {
        builtin.IntegerType: "an integer", builtin.IndexType: "index",
        builtin.TensorType: "a tensor", builtin.VectorType: "a vector",
        builtin.MemRefType: "memory (memref)", builtin.ComplexType: "a complex number",
        builtin.UnrankedTensorType: "a tensor of any rank",
        builtin.UnrankedMemRefType: "memory of any rank",
        builtin.FunctionType: "a function",
    }  # fmt: skip
    if kind in words:
        return words[kind]
    name = getattr(kind, "name", kind.__name__)
    return f"!{name}" if "." in name else name
