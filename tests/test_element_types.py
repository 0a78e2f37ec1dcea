"""Ops of `arith` and `math` take the kinds of elements that MLIR names, and no others."""

from __future__ import annotations

import pytest

from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import opt, source

CONTEXT = opt.LetgradOptMain([]).ctx

FLOATS = {"f64"}
INTEGERS = {"i64", "index"}
BINARY = {
    "addf subf mulf divf remf maximumf minimumf maxnumf minnumf": FLOATS,
    "addi subi muli divsi divui remsi remui floordivsi ceildivsi ceildivui": INTEGERS,
    "minsi maxsi minui maxui andi ori xori shli shrsi shrui": INTEGERS,
}
UNARY = {
    "arith.negf math.exp math.log math.sin math.tanh math.sqrt math.absf math.floor": FLOATS,
    "math.erf math.log1p math.cbrt": FLOATS,
    "math.absi math.ctlz math.cttz math.ctpop": INTEGERS,
}
CASTS = {
    "sitofp": ("f32", {"i64"}),
    "uitofp": ("f32", {"i64"}),
    "fptosi": ("i32", FLOATS),
    "fptoui": ("i32", FLOATS),
    "extf": ("f128", FLOATS),
    "truncf": ("f32", FLOATS),
    "trunci": ("i32", {"i64"}),
    "extsi": ("i128", {"i64"}),
    "extui": ("i128", {"i64"}),
    "index_cast": ("i32", {"index"}),
    "index_castui": ("i32", {"index"}),
}
"""The name of a cast → the element that it gives, and the elements that it takes."""


def lines(of: str) -> list[tuple[str, str, set[str]]]:
    """Ops on a value %a of this type, the type of their result, and the elements they take."""
    mask = of.replace("ELEMENT", "i1")
    found = [("arith.cmpf olt, %a, %a", mask, FLOATS), ("arith.cmpi slt, %a, %a", mask, INTEGERS)]
    for names, kinds in BINARY.items():
        found += [(f"arith.{name} %a, %a", of, kinds) for name in names.split()]
    for names, kinds in UNARY.items():
        found += [(f"{name} %a", of, kinds) for name in names.split()]
    for name in ("atan2", "powf", "copysign"):
        found.append((f"math.{name} %a, %a", of, FLOATS))
    for name in ("isnan", "isinf", "isfinite", "isnormal"):
        found.append((f"math.{name} %a", mask, FLOATS))
    return found


def is_accepted(line: str, of: str, result: str, to: str = "") -> bool:
    text = (
        f"func.func @f(%a: {of}) -> {result} {{\n"
        f"  %r = {line} : {of}{to}\n"
        f"  func.return %r : {result}\n"
        "}\n"
    )
    try:
        verify(source.parse(CONTEXT.clone(), text))
    except LetgradError:
        return False
    return True


@pytest.mark.parametrize("of", ["ELEMENT", "tensor<4xELEMENT>", "vector<4xELEMENT>"])
@pytest.mark.parametrize("element", ["f64", "i64", "index", "complex<f64>", "!fz.t"])
def test_elements(of: str, element: str):
    type = of.replace("ELEMENT", element)
    wrong = [
        line
        for line, result, kinds in lines(of)
        if is_accepted(line, type, result.replace("ELEMENT", element)) != (element in kinds)
    ]
    for name, (element_of_result, kinds) in CASTS.items():
        result = of.replace("ELEMENT", element_of_result)
        is_right = is_accepted(f"arith.{name} %a", type, result, f" to {result}")
        if is_right != (element in kinds):
            wrong.append(name)
    assert not wrong
