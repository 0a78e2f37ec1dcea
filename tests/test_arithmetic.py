"""
The identities of `canonicalize` for integers and conversions: over edge values of each type, the
program gives the same as before.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from letgrad.dialects import arrays, types
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.driver import Observer, observing
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.tools import source
from letgrad.tools.opt import LetgradOptMain

from . import constant_folds as folds

pytestmark = pytest.mark.sampled(4)

CTX = LetgradOptMain(args=[]).ctx

BINARY = (
    "addi", "subi", "muli", "andi", "ori", "xori", "divsi", "divui", "floordivsi", "ceildivsi",
    "ceildivui", "remsi", "remui", "maxsi", "maxui", "minsi", "minui", "shli", "shrsi", "shrui",
)  # fmt: skip

INTEGERS = [
    t if str(t) in ("i1", "i8", "i64") else pytest.param(t, marks=pytest.mark.slow)
    for t in folds.INTEGERS
]


def keeps(body: str, type: Any, *operands: Any, result: Any = None) -> set[str]:
    """Canonicalize a program, compare its values over all edges, and give the rules that fired."""
    result = type if result is None else result
    arguments = ", ".join(f"%{name}: {t}" for name, t in zip("xyz", operands))
    text = f"func.func @main({arguments}) -> {result} {{\n{body}\nfunc.return %r : {result}\n}}"
    before, after = (source.parse(CTX.clone(), text) for _ in range(2))
    with observing(Observer()) as observer:
        CanonicalizePass().apply(CTX, after)
    some = [np.array(folds.edges(t), arrays.dtype(t)) for t in operands]
    a, b = (Evaluator(module) for module in (before, after))
    for row in itertools.product(*some):
        with np.errstate(all="ignore"):
            (x,), (y,) = a.call("main", row), b.call("main", row)
        x, y = np.asarray(x), np.asarray(y)
        nan = x.dtype.kind == "f" and np.isnan(x) and np.isnan(y)
        assert nan or x.tobytes() == y.tobytes(), (text, row, x, y)
    return {rule for rule in observer.counts if rule != "dce"}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("type", INTEGERS, ids=str)
@pytest.mark.parametrize("op", BINARY)
def test_ops_with_a_constant(op: str, type: Any):
    for k in folds.edges(type):
        # A division by 0 has any result, and so has a shift that is too far.
        constant = f"%k = arith.constant {k} : {type}"
        if types.is_bool(type):
            constant = f"%k = arith.constant {'true' if k else 'false'}"
        for operands in ("%x, %k", "%k, %x"):
            keeps(f"{constant}\n%r = arith.{op} {operands} : {type}", type, type)


@pytest.mark.parametrize("type", INTEGERS, ids=str)
@pytest.mark.parametrize("op", BINARY)
def test_ops_of_the_same(op: str, type: Any):
    keeps(f"%r = arith.{op} %x, %x : {type}", type, type)


@pytest.mark.parametrize("type", INTEGERS, ids=str)
def test_ops_of_ops(type: Any):
    fired: set[str] = set()
    ops = ("addi", "subi", "xori")
    pairs = ("%x, %y", "%y, %x", "%x, %x")
    for first, second, inner in itertools.product(ops, ops, pairs):
        for outer in ("%a, %x", "%x, %a", "%a, %y", "%y, %a"):
            body = f"%a = arith.{first} {inner} : {type}\n%r = arith.{second} {outer} : {type}"
            fired |= keeps(body, type, type, type)
    assert {"XorOfXor", "SubtractOfAdd", "AddOfSubtract", "DifferenceOfItself"} <= fired


WIDTHS = ("i1", "i8", "i16", "i32", "i64")


def test_conversions_of_conversions():
    fired: set[str] = set()
    of = {str(t): t for t in folds.INTEGERS}
    conversions = [
        (kind, a, b)
        for a, b in itertools.permutations((*WIDTHS, "index"), 2)
        for kind in ("extsi", "extui", "trunci", "index_cast")
        if ("index" in (a, b)) == (kind == "index_cast")
        and (kind == "index_cast" or (int(a[1:]) > int(b[1:])) == (kind == "trunci"))
    ]
    for (first, a, b), (second, c, d) in itertools.product(conversions, conversions):
        if b == c:
            body = f"%a = arith.{first} %x : {a} to {b}\n%r = arith.{second} %a : {c} to {d}"
            fired |= keeps(body, of[d], of[a])
    assert {
        "ExtensionOfExtension",
        "TruncationOfExtension",
        "TruncationOfTruncation",
        "IndexCastOfIndexCast",
    } <= fired


@pytest.mark.parametrize("type", folds.FLOATS, ids=str)
def test_extrema_of_floats(type: Any):
    for op in ("maximumf", "minimumf", "maxnumf", "minnumf"):
        keeps(f"%r = arith.{op} %x, %x : {type}", type, type)
        for k in folds.edges(type):
            bits = np.array(k, arrays.dtype(type)).view(f"u{arrays.dtype(type).itemsize}")
            text = f"%k = arith.constant {hex(int(bits))} : {type}"
            if k != 0:  # of 0 and -0, maxnumf may give either
                keeps(f"{text}\n%r = arith.{op} %x, %k : {type}", type, type)


def test_selects_and_comparisons_by_nothing():
    of = {str(t): t for t in folds.INTEGERS}
    body = """%t = arith.constant true
    %a = arith.xori %x, %t : i1
    %r = arith.select %a, %y, %z : i8"""
    assert "SelectOfNot" in keeps(body, of["i8"], of["i1"], of["i8"], of["i8"])
    for inner, outer in itertools.product(("%y, %z", "%z, %y"), ("%a, %y", "%z, %a", "%a, %a")):
        body = f"%a = arith.select %x, {inner} : i8\n%r = arith.select %x, {outer} : i8"
        assert "SelectOfSelect" in keeps(body, of["i8"], of["i1"], of["i8"], of["i8"])
    for predicate in ("true", "false"):
        body = f"%r = arith.cmpf {predicate}, %x, %y : f16"
        f16 = folds.FLOATS[0]
        assert "CompareByNothing" in keeps(body, f16, f16, f16, result=of["i1"])
