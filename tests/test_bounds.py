"""
Bounds of integers: every value that a program computes is between the bounds that are claimed for
it; and the bounds that indexing needs are found.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.parser import Parser

from letgrad.dialects import ten, types
from letgrad.lowering.reference import Evaluator
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.simplify.index_maps import bounds as bounds_module
from letgrad.passes.simplify.index_maps import bounds_of_elements, decided

from .generators import BINARY_BITS, BINARY_INTEGER, arguments, random_program
from .test_generated import context

WORD = (-(2**63), 2**63 - 1)


class Checked(Evaluator):
    """Compares each integer that an op takes or gives with its bounds."""

    bounds: dict[SSAValue, tuple[float, float]]
    met: Counter[str]

    def check(self, value: SSAValue, array: Any) -> None:
        if isinstance(value.type, types.Term) or not types.is_integer(types.element(value.type)):
            return
        if value not in self.bounds:
            self.bounds[value] = bounds_of_elements(value)
        low, high = self.bounds[value]
        where = value.owner.name if isinstance(value.owner, Operation) else "argument"
        if low > -inf or high < inf:
            self.met[where] += 1
        if np.size(array):
            least, most = int(np.min(array)), int(np.max(array))
            assert low <= least and most <= high, (
                f"{value} is said to be in {low}..{high}, and is in {least}..{most}"
            )

    def _run_op(self, op: Operation, inputs: tuple[Any, ...]) -> Any:
        for value, array in zip(op.operands, inputs):
            self.check(value, array)
        found = super()._run_op(op, inputs)
        for value, array in zip(op.results, found.values):
            self.check(value, array)
        return found


OPS = (
    *BINARY_INTEGER, *BINARY_BITS, "arith.cmpi", "arith.select", "ten.select", "ten.compare",
    "ten.cast", "ten.iota", "ten.index", "ten.gather", "ten.scatter", "ten.build", "ten.scan",
    "scf.if", "ten.reduce", "ten.sum", "ten.cumsum", "ten.stack", "ten.concat", "ten.slice",
    "ten.pad", "ten.broadcast", "ten.argmax",
)  # fmt: skip


def test_values_are_within_their_bounds() -> None:
    met: Counter[str] = Counter()
    for seed in range(400):
        module = random_program(seed, OPS, max_ops=24)
        evaluator = Checked(module)
        evaluator.bounds, evaluator.met = {}, met
        evaluator.call("main", arguments(module, seed))
    wanted = set("ten.iota ten.cast ten.select arith.select arith.addi ten.scan scf.if".split())
    wanted |= set("ten.argmax ten.gather ten.index ten.stack argument".split())
    assert wanted <= set(met), f"no bounds of {sorted(wanted - set(met))}"


def narrow(seed: int) -> ModuleOp:
    """Arithmetic on i8 with constants: what wraps there has to be found out."""
    random = Random(seed)
    lines = ["%x = arith.constant -3 : i8", "%v0 = arith.remsi %a, %c : i8"]
    for k in range(1, 9):
        op = random.choice(["addi", "subi", "muli", "maxsi", "minsi", "andi", "ori", "xori",
                            "divsi", "floordivsi", "remsi", "shrsi", "select"])  # fmt: skip
        other = f"%v{random.randrange(k)}"
        this = f"%v{random.randrange(k)}"
        number = random.choice([-128, -100, -7, -1, 0, 1, 2, 5, 60, 100, 127])
        lines.append(f"%n{k} = arith.constant {number} : i8")
        if op == "select":
            predicate = random.choice(["slt", "sle", "sgt", "sge", "ult", "eq"])
            at = random.choice([f"{this}, %n{k}", f"%n{k}, {this}"])
            lines += [
                f"%m{k} = arith.cmpi {predicate}, {at} : i8",
                f"%s{k} = arith.addi {this}, %n{k} : i8",
            ]
            ways = random.sample([this, other, f"%s{k}"], 2)
            lines.append(f"%v{k} = arith.select %m{k}, {ways[0]}, {ways[1]} : i8")
        else:
            other = random.choice([f"%n{k}", f"%n{k}", other])
            lines.append(f"%v{k} = arith.{op} {this}, {other} : i8")
    body = "\n".join(lines)
    return Parser(
        context(),
        f"func.func @main(%a: i8, %c: i8) -> i8 {{\n{body}\nfunc.return %v8 : i8\n}}",
    ).parse_module()


def test_small_integers_are_within_their_bounds() -> None:
    tight = 0
    for seed in range(100):
        module = narrow(seed)
        evaluator = Checked(module)
        evaluator.bounds, evaluator.met = {}, Counter()
        for a in (-128, -3, 0, 1, 99, 127):
            for c in (-128, 0, 3, 127):
                evaluator.call("main", [np.int8(a), np.int8(c)])
        tight += sum(b != (-128, 127) for b in evaluator.bounds.values())
    assert tight > 500  # otherwise the test says nothing


def related(seed: int) -> ModuleOp:
    """
    Differences of sums, products, maxima and choices of the same numbers: small ones, and one that
    may wrap.
    """
    random = Random(seed)
    lines = ["%v0 = ten.cast %a : i8 -> i64", "%v1 = ten.cast %c : i8 -> i64"]
    if seed % 4 == 0:
        lines.append("%v2 = arith.addi %k, %k : i64")
    count = len(lines)
    for k in range(count, count + 12):
        x, y = (f"%v{random.randrange(k)}" for _ in range(2))
        number = random.choice([-9, -2, -1, 1, 3, 8, 2**53 + 1, 3 - 2**60])
        lines.append(f"%n{k} = arith.constant {number} : i64")
        way = random.choice(["number", "sum", "extremum", "select", "if", "difference"])
        if way == "number":
            name = random.choice(["addi", "subi", "muli"])
            lines.append(f"%v{k} = arith.{name} {x}, %n{k} : i64")
        elif way == "difference":
            lines.append(f"%v{k} = arith.subi {x}, {y} : i64")
        elif way == "sum":
            lines.append(f"%v{k} = arith.addi {x}, {y} : i64")
        elif way == "extremum":
            lines.append(f"%v{k} = arith.{random.choice(['maxsi', 'minsi'])} {x}, {y} : i64")
        else:
            predicate = random.choice(["slt", "sle", "sgt", "sge", "ult", "eq"])
            lines.append(f"%m{k} = arith.cmpi {predicate}, {x}, {y} : i64")
            x, y = random.choice([(x, y), (y, x), (x, f"%n{k}")])
            if way == "select":
                lines.append(f"%v{k} = arith.select %m{k}, {x}, {y} : i64")
            else:
                yields = f"{{ scf.yield {x} : i64 }} else {{ scf.yield {y} : i64 }}"
                lines.append(f"%v{k} = scf.if %m{k} -> (i64) {yields}")
    last = count + 11
    for k in range(last):
        lines.append(f"%d{k} = arith.subi %v{last}, %v{k} : i64")
    text = "\n".join(lines)
    given = "%a: i8, %c: i8, %k: i64"
    return Parser(
        context(), f"func.func @main({given}) -> i64 {{\n{text}\nfunc.return %v{last} : i64\n}}"
    ).parse_module()


def test_differences_are_within_their_bounds() -> None:
    """What two numbers have in common cancels, whatever it is, if neither can have wrapped."""
    narrower = 0
    for seed in range(60):
        module = related(seed)
        evaluator = Checked(module)
        evaluator.bounds, evaluator.met = {}, Counter()
        for a in (-128, 5, 127):
            for c in (-128, 0, 127):
                for k in (0, 2**62, WORD[0], WORD[1]) if seed % 4 == 0 else (0,):
                    evaluator.call("main", [np.int8(a), np.int8(c), np.int64(k)])
        for op in module.walk():
            if isinstance(op, arith.SubiOp):
                (p, q), (r, s) = map(bounds_of_elements, op.operands)
                low, high = bounds_of_elements(op.result)
                narrower += p - s < low or high < q - r
    assert narrower > 100  # otherwise the test says nothing


@pytest.mark.parametrize("bits", ["i8", "i64", "index"])
def test_decided_comparisons_are_right(bits: str) -> None:
    predicates = ("slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge", "eq", "ne")
    meaning = {"slt": int.__lt__, "sle": int.__le__, "sgt": int.__gt__, "sge": int.__ge__,
               "eq": int.__eq__, "ne": int.__ne__}  # fmt: skip
    module = Parser(
        context(),
        f"""func.func @main(%x: {bits}) {{
          %a = arith.constant -2 : {bits}
          %b = arith.constant 3 : {bits}
          %c = arith.constant 4 : {bits}
          %p = arith.maxsi %x, %a : {bits}
          %low = arith.minsi %p, %b : {bits}
          %q = arith.maxsi %x, %b : {bits}
          %high = arith.minsi %q, %c : {bits}
          func.return
        }}""",
    ).parse_module()
    named = {r.name_hint: r for op in module.walk() for r in op.results}
    ranges = {"low": (-2, 3), "high": (3, 4), "a": (-2, -2), "b": (3, 3), "c": (4, 4)}
    answers: Counter[Any] = Counter()
    for left, (p, q) in ranges.items():
        for right, (r, s) in ranges.items():
            for predicate in predicates:
                signed = predicate.replace("u", "s") if predicate[0] == "u" else predicate
                possible = {
                    meaning[signed](x, y) if predicate[0] == "s" or x >= 0 <= y else
                    meaning[signed](x % 2**64, y % 2**64) if predicate[0] == "u" else
                    meaning[signed](x, y)
                    for x in range(p, q + 1) for y in range(r, s + 1)
                }  # fmt: skip
                found = decided(predicate, named[left], named[right])
                assert found is None or {found} == possible, (predicate, left, right)
                answers[found] += 1
    assert set(answers) == {True, False, None}


# What indexing needs.


def bounds(
    text: str, name: str = "y", arguments: str = "%x: tensor<5xi64>, %m: i1, %k: i64"
) -> Any:
    module = Parser(context(), f"func.func @main({arguments}) {{ {text} func.return }}")
    named = {r.name_hint: r for op in module.parse_module().walk() for r in op.results}
    return bounds_of_elements(named[name])


@pytest.mark.parametrize(
    "text, expected",
    [
        ("%y = ten.iota dim 0 : tensor<5xi8>", (0, 4)),
        ("%y = ten.iota dim 0 : tensor<300xi8>", (-128, 127)),
        ("%y = ten.argmax %x dim 0 : tensor<5xi64> -> i16", (0, 4)),
        ("%y = arith.constant dense<[3, -1, 7]> : tensor<3xi8>", (-1, 7)),
        ("%i = arith.constant 3 : i64  %q = arith.floordivsi %k, %i : i64 "
         "%p = arith.muli %q, %i : i64  %y = arith.subi %k, %p : i64", (0, 2)),
        ("%i = arith.constant -3 : i64  %q = arith.floordivsi %k, %i : i64 "
         "%p = arith.muli %q, %i : i64  %y = arith.subi %k, %p : i64", (-2, 0)),
        # The quotient is of another number.
        ("%i = arith.constant 3 : i64  %q = arith.floordivsi %i, %i : i64 "
         "%p = arith.muli %q, %i : i64  %y = arith.subi %k, %p : i64", (-inf, inf)),
        # The product is with another number.
        ("%i = arith.constant 3 : i64  %j = arith.constant 2 : i64 "
         "%q = arith.floordivsi %k, %i : i64  %p = arith.muli %q, %j : i64 "
         "%y = arith.subi %k, %p : i64", (-inf, inf)),
        # Division that rounds towards zero leaves negative remainders.
        ("%i = arith.constant 3 : i64  %q = arith.divsi %k, %i : i64 "
         "%p = arith.muli %q, %i : i64  %y = arith.subi %k, %p : i64", (-inf, inf)),
        ("%z = arith.constant 0 : i64  %y = arith.maxsi %k, %z : i64", (0, inf)),
        ("%z = arith.constant 7 : i64  %y = arith.andi %k, %z : i64", (0, 7)),
        ("%a = ten.cast %k : i64 -> i8  %y = ten.cast %a : i8 -> i64", (-128, 127)),
        ("%y = ten.cast %m : i1 -> i64", (0, 1)),
        ("%y = arith.extsi %m : i1 to i64", (-1, 0)),
        ("%z = arith.constant 0 : i64  %n = arith.constant 5 : i64 "
         "%b = arith.cmpi slt, %k, %z : i64  %a = arith.addi %k, %n : i64 "
         "%y = arith.select %b, %a, %k : i64", (-inf, inf)),
        ("%s = ten.cast %k : i64 -> i8  %i = ten.cast %s : i8 -> i64 "
         "%z = arith.constant 0 : i64  %n = arith.constant 200 : i64 "
         "%b = arith.cmpi slt, %i, %z : i64  %a = arith.addi %i, %n : i64 "
         "%y = arith.select %b, %a, %i : i64", (0, 199)),
        ("%s = ten.sum %x dims [0] : tensor<5xi64> -> i64  %y = arith.addi %s, %s : i64",
         (-inf, inf)),
        ("%a = ten.iota dim 0 : tensor<5xi64>  %y = ten.cumsum %a dim 0 : tensor<5xi64>", (0, 20)),
        ("%z = arith.constant 0 : i64  %n = arith.constant 9 : i64 %o = arith.constant 1 : i64 "
         "%r = ten.scan [5] (%c = %z : i64) over (%v = %x : tensor<5xi64>) -> (i64) { "
         "ten.yield %c : i64 } %y = arith.addi %r, %o : i64", (1, 1)),
        # A counter that a minimum stops.
        ("%z = arith.constant 0 : i64  %n = arith.constant 9 : i64  %o = arith.constant 1 : i64 "
         "%r = ten.scan [5] (%c = %z : i64) -> (i64) { %d = arith.addi %c, %o : i64 "
         "%e = arith.minsi %d, %n : i64 ten.yield %e : i64 } "
         "%y = arith.addi %r, %o : i64", (1, 10)),
        # A counter without an end is unknown, and the value beside it is known.
        ("%z = arith.constant 0 : i64  %o = arith.constant 1 : i64 "
         "%r, %w = ten.scan [5] (%c = %z : i64, %f = %o : i64) -> (i64, i64) { "
         "%d = arith.addi %c, %o : i64 ten.yield %d, %f : i64, i64 } "
         "%y = arith.addi %w, %o : i64", (2, 2)),
        # The ends of a band, whatever the row is: at most nine turns.
        ("%r = ten.cast %k : i64 -> i8  %i = ten.cast %r : i8 -> i64 "
         "%z = arith.constant 0 : i64  %o = arith.constant 1 : i64  %w = arith.constant 8 : i64 "
         "%b = arith.subi %i, %w : i64  %m0 = arith.cmpi sgt, %b, %z : i64 "
         "%low = arith.select %m0, %b, %z : i64  %e = arith.addi %i, %o : i64 "
         "%y = arith.subi %e, %low : i64", (-127, 9)),
        # The lesser of both: then the difference has no such end.
        ("%r = ten.cast %k : i64 -> i8  %i = ten.cast %r : i8 -> i64 "
         "%z = arith.constant 0 : i64  %o = arith.constant 1 : i64  %w = arith.constant 8 : i64 "
         "%b = arith.subi %i, %w : i64  %m0 = arith.cmpi slt, %b, %z : i64 "
         "%low = arith.select %m0, %b, %z : i64  %e = arith.addi %i, %o : i64 "
         "%y = arith.subi %e, %low : i64", (9, 128)),
        # %k + 1 may wrap.
        ("%z = arith.constant 0 : i64  %o = arith.constant 1 : i64 "
         "%e = arith.addi %k, %o : i64  %low = arith.maxsi %k, %z : i64 "
         "%y = arith.subi %e, %low : i64", (-inf, inf)),
        ("%c = arith.constant dense<[2, 5, 8, 11]> : tensor<4xi64> "
         "%y = ten.slice %c offsets [1] sizes [2] strides [1] : tensor<4xi64> -> tensor<2xi64>",
         (5, 8)),
        ("%c = arith.constant dense<[2, 5, 9, 11]> : tensor<4xi64> "
         "%y = ten.slice %c offsets [1] sizes [2] strides [1] : tensor<4xi64> -> tensor<2xi64>",
         (2, 11)),
        # Two values that change places.
        ("%z = arith.constant 0 : i64  %o = arith.constant 7 : i64 "
         "%r, %w = ten.scan [5] (%c = %z : i64, %f = %o : i64) -> (i64, i64) { "
         "ten.yield %f, %c : i64, i64 } %y = arith.addi %r, %z : i64", (0, 7)),
    ],
)  # fmt: skip
def test_bounds(text: str, expected: tuple[float, float]) -> None:
    assert bounds(text) == expected


def test_a_long_chain_ends() -> None:
    """Bounds of a value look at few values, however many the value depends on."""
    lines = ["%v0 = arith.constant 1 : i64"]
    lines += [f"%v{k} = arith.maxsi %v{k - 1}, %v{k - 1} : i64" for k in range(1, 5000)]
    assert bounds("\n".join(lines), "v4999") == (-inf, inf)
    assert bounds("\n".join(lines), "v20") == (1, 1)


def test_comparisons_that_bounds_decide_are_constants() -> None:
    source = """func.func @main(%x: tensor<3xi8>) -> (tensor<3xi1>, tensor<3xi1>) {
      %a = ten.iota dim 0 : tensor<3xi8>
      %k = arith.constant dense<3> : tensor<3xi8>
      %p = ten.compare slt, %a, %k : tensor<3xi8>
      %q = ten.compare slt, %x, %k : tensor<3xi8>
      func.return %p, %q : tensor<3xi1>, tensor<3xi1>
    }"""
    module = Parser(context(), source).parse_module()
    CanonicalizePass().apply(Context(), module)
    assert sum(isinstance(op, ten.CompareOp) for op in module.walk()) == 1
    assert sum(isinstance(op, arith.ConstantOp) for op in module.walk()) == 2


def test_a_driver_asks_once_for_the_bounds_of_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    source = """func.func @main(%x: tensor<3xi64>) -> tensor<3xi1> {
      %a = ten.iota dim 0 : tensor<3xi64>
      %p = ten.compare slt, %a, %x : tensor<3xi64>
      %q = ten.compare slt, %x, %a : tensor<3xi64>
      %r = arith.andi %p, %q : tensor<3xi1>
      func.return %r : tensor<3xi1>
    }"""
    asked: list[object] = []
    question = bounds_module._Question

    class Counted(question):
        def __init__(self) -> None:
            super().__init__()
            asked.append(self)

    monkeypatch.setattr(bounds_module, "_Question", Counted)
    CanonicalizePass().apply(Context(), Parser(context(), source).parse_module())
    assert len(asked) == 2


def test_a_driver_bounds_a_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions about all values of a loop share one induction over what the loop carries."""
    source = """func.func @main(%%x: tensor<4xi64>, %%z: i64, %%o: i64) -> (i64, i64) {
      %%r, %%w = ten.scan [5] (%%c = %%z : i64, %%f = %%o : i64) -> (i64, i64) {
        %s
        %%n = arith.addi %%c, %%f : i64
        ten.yield %%n, %%t39 : i64, i64
      }
      func.return %%r, %%w : i64, i64
    }"""
    lines = ["%t0 = arith.addi %f, %c : i64"]
    for k in range(1, 40):
        lines.append(f"%p{k} = arith.cmpi slt, %t{k - 1}, %c : i64")
        lines.append(f"%t{k} = arith.select %p{k}, %t{k - 1}, %f : i64")
    asked: list[object] = []
    induced = bounds_module._Question._induced

    def counted(self: Any, op: Any) -> Any:
        asked.append(op)
        return induced(self, op)

    monkeypatch.setattr(bounds_module._Question, "_induced", counted)
    module = Parser(context(), source % "\n".join(lines)).parse_module()
    CanonicalizePass().apply(Context(), module)
    assert sum(isinstance(op, arith.CmpiOp) for op in module.walk()) == 39
    assert 1 <= len(asked) <= 3
