"""The target `terms`, where FileCheck would not show it: sizes, chains, errors, foreign ops."""

from __future__ import annotations

import io

import pytest
from xdsl.context import Context
from xdsl.dialects import arith, cf, func, math, scf, test
from xdsl.dialects.builtin import Builtin, ModuleOp, f64
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.parser import Parser

from letgrad.dialects import ten
from letgrad.lowering.views import terms, texts
from letgrad.lowering.views.terms import TermsTarget, format_function, notation
from letgrad.lowering.views.texts import Text, apply
from letgrad.passes.rewriting.diagnostics import LetgradError


def parsed(text: str) -> ModuleOp:
    ctx = Context()
    for dialect in (Builtin, arith.Arith, math.Math, func.Func, scf.Scf, cf.Cf, ten.Ten, test.Test):
        ctx.load_dialect(dialect)
    return Parser(ctx, text, "test.mlir").parse_module()


def lines(text: str, sharing: terms.Sharing = "lets") -> str:
    out = io.StringIO()
    TermsTarget(sharing).emit(Context(), parsed(text), out)
    return out.getvalue()


def expression(body: str, result: str = "f64", arguments: str = "%x: f64, %y: f64, %z: f64") -> str:
    """What the target prints for `%r` in a function with this body."""
    text = f"func.func @f({arguments}) -> {result} {{ {body}\n func.return %r : {result} }}"
    return lines(text).strip().partition(" -> ")[2]


def chain(n: int, step) -> func.FuncOp:
    block = Block(arg_types=[f64])
    value: SSAValue = block.args[0]
    for _ in range(n):
        op: Operation = step(value)
        block.add_op(op)
        value = op.results[0]
    block.add_op(func.ReturnOp(value))
    return func.FuncOp("chain", ((f64,), (f64,)), Region(block))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # On the right they stay: sums and products of floats do not associate.
        ("%a = arith.addf %x, %y : f64\n %r = arith.addf %a, %z : f64", "x + y + z"),
        ("%a = arith.addf %y, %z : f64\n %r = arith.addf %x, %a : f64", "x + (y + z)"),
        ("%a = arith.addf %x, %y : f64\n %r = arith.mulf %a, %z : f64", "(x + y) * z"),
        ("%a = arith.mulf %x, %y : f64\n %r = arith.subf %z, %a : f64", "z - x * y"),
        ("%a = arith.mulf %y, %z : f64\n %r = arith.divf %x, %a : f64", "x / (y * z)"),
        ("%a = math.sin %x : f64\n %r = math.cos %a : f64", "cos (sin x)"),
        ("%a = math.sin %x : f64\n %r = arith.mulf %a, %y : f64", "sin x * y"),
        ("%a = arith.addf %x, %y : f64\n %r = math.atan2 %a, %z : f64", "atan2 (x + y) z"),
        # As in Python: a power binds tighter than a sign before it, and takes a sign after it.
        ("%a = arith.negf %x : f64\n %r = math.powf %a, %y : f64", "(-x) ** y"),
        ("%a = math.powf %x, %y : f64\n %r = arith.negf %a : f64", "-x ** y"),
        ("%a = arith.negf %y : f64\n %r = math.powf %x, %a : f64", "x ** -y"),
        ("%a = math.powf %x, %y : f64\n %r = math.powf %a, %z : f64", "(x ** y) ** z"),
        ("%a = math.powf %y, %z : f64\n %r = math.powf %x, %a : f64", "x ** y ** z"),
        ("%a = arith.negf %x : f64\n %r = arith.mulf %a, %y : f64", "-x * y"),
        ("%a = arith.mulf %x, %y : f64\n %r = arith.negf %a : f64", "-(x * y)"),
        ("%a = arith.negf %x : f64\n %r = arith.negf %a : f64", "-(-x)"),
        ("%a = arith.negf %x : f64\n %r = math.exp %a : f64", "exp (-x)"),
        ("%c = arith.constant -1.0 : f64\n %r = math.exp %c : f64", "exp (-1.0)"),
        ("%c = arith.constant -1.0 : f64\n %r = arith.mulf %x, %c : f64", "x * -1.0"),
        ("%c = arith.constant 1.0e-6 : f64\n %r = arith.addf %x, %c : f64", "x + 1e-06"),
        ("%r = arith.maximumf %x, %y : f64", "max x y"),
        (
            "%p = arith.cmpf ole, %x, %y : f64\n %r = arith.select %p, %x, %z : f64",
            "x <= y ? x : z",
        ),
        (
            "%p = arith.cmpf ult, %x, %y : f64\n %r = arith.select %p, %x, %z : f64",
            "ult x y ? x : z",
        ),
        (
            "%p = arith.cmpf oeq, %x, %y : f64\n %q = arith.cmpf une, %y, %z : f64\n"
            "%a = arith.andi %p, %q : i1\n %r = arith.select %a, %x, %z : f64",
            "x == y & y != z ? x : z",
        ),
    ],
)
def test_operators_have_only_the_parentheses_they_need(body: str, expected: str):
    assert expression(body) == expected


def test_a_condition_among_alternatives():
    body = """
      %p = arith.cmpf olt, %x, %y : f64
      %a = arith.select %p, %y, %z : f64
      %q = arith.cmpf olt, %y, %z : f64
    """
    assert expression(body + "%r = arith.select %q, %x, %a : f64") == "y < z ? x : x < y ? y : z"
    assert expression(body + "%r = arith.select %q, %a, %x : f64") == "y < z ? (x < y ? y : z) : x"


@pytest.mark.parametrize(
    ("attribute", "type", "expected"),
    [
        ("0.1", "f32", "0.1"),
        ("1.5", "bf16", "1.5"),
        ("1.0", "f64", "1.0"),
        ("7", "i64", "7"),
        ("-7", "index", "-7"),
        ("true", "i1", "true"),
        ("dense<2.5> : ", "tensor<3xf32>", "broadcast [3] 2.5"),
        ("dense<[0.5, 1.0]> : ", "tensor<2xf64>", "[0.5, 1.0]"),
        ("dense<[[1, 2], [3, 4]]> : ", "tensor<2x2xi64>", "[[1, 2], [3, 4]]"),
        ("dense<[true, false]> : ", "tensor<2xi1>", "[true, false]"),
        ("dense<> : ", "tensor<0x3xf64>", "[…0x3…]"),
    ],
)
def test_constants(attribute: str, type: str, expected: str):
    constant = attribute + type if attribute.endswith(": ") else f"{attribute} : {type}"
    if attribute in ("true", "false"):
        constant = attribute
    text = (
        f"func.func @f() -> {type} {{ %r = arith.constant {constant}\n func.return %r : {type} }}"
    )
    assert lines(text) == f"f = {expected}\n"


def test_a_large_constant_is_elided():
    values = ", ".join(map(str, range(17)))
    text = f"%r = arith.constant dense<[{values}]> : tensor<17xi64>\n"
    assert (
        lines("func.func @f() -> tensor<17xi64> {" + text + "func.return %r : tensor<17xi64> }")
        == "f = […17…]\n"
    )


def test_names_are_unique_and_readable():
    text = """
    func.func @f(%let: f64, %0: f64, %x1: f64) -> f64 {
      %s = math.sin %let : f64
      %1 = math.exp %s : f64
      %2 = arith.mulf %s, %1 : f64
      %3 = arith.addf %1, %2 : f64
      %4 = arith.mulf %0, %x1 : f64
      %5 = arith.mulf %3, %4 : f64
      func.return %5 : f64
    }
    """
    # `let` is a word of the notation; x1 is taken by an argument, so the first made-up name is x2.
    assert lines(text) == (
        r"f = \let_1 x2 x1 -> let s = sin let_1; x3 = exp s in (x3 + s * x3) * (x2 * x1)" + "\n"
    )


def test_sibling_regions_use_the_same_name_for_their_index_and_inner_ones_do_not():
    text = """
    func.func @f(%v: tensor<4xf64>) -> (tensor<3xf64>, tensor<2x2xf64>) {
      %a = ten.build [3] (%i) : tensor<3xf64> {
        %e = ten.index %v[%i] : tensor<4xf64> -> f64
        ten.yield %e : f64
      }
      %b = ten.build [2] (%i) : tensor<2x2xf64> {
        %c = ten.build [2] (%j) : tensor<2xf64> {
          %k = arith.addi %i, %j : index
          %e = ten.index %v[%k] : tensor<4xf64> -> f64
          ten.yield %e : f64
        }
        ten.yield %c : tensor<2xf64>
      }
      func.return %a, %b : tensor<3xf64>, tensor<2x2xf64>
    }
    """
    assert lines(text) == (
        r"f = \v -> (build [3] (\i -> v[i]), build [2] (\i -> build [2] (\j -> v[i + j])))" + "\n"
    )


def test_indices_without_a_name_are_i_j_k():
    text = """
    func.func @f(%j: tensor<9xf64>) -> tensor<2x2xf64> {
      %c = ten.build [2, 2] (%0, %1) : tensor<2x2xf64> {
        %k = arith.addi %0, %1 : index
        %e = ten.index %j[%k] : tensor<9xf64> -> f64
        ten.yield %e : f64
      }
      func.return %c : tensor<2x2xf64>
    }
    """
    assert lines(text) == "f = \\j -> build [2, 2] (\\i k -> j[i + k])\n"


def test_what_no_result_needs_is_left_out():
    text = """
    func.func @f(%x: f64) -> f64 {
      %a = math.exp %x : f64
      %b = arith.addf %a, %a : f64
      %r = math.sin %x : f64
      func.return %r : f64
    }
    """
    assert lines(text) == "f = \\x -> sin x\n"


def test_the_tree_is_refused_by_its_exact_size():
    doubled = chain(20, lambda v: arith.AddfOp(v, v))
    # 2^20 leaves and 2^20 - 1 sums.
    with pytest.raises(LetgradError, match=rf"a tree of {2**21 - 1} nodes"):
        format_function(doubled, "none")
    assert format_function(chain(2, lambda v: arith.AddfOp(v, v)), "none", budget=7) == (
        r"chain = \x1 -> x1 + x1 + (x1 + x1)"
    )
    with pytest.raises(LetgradError, match="a tree of 7 nodes"):
        format_function(chain(2, lambda v: arith.AddfOp(v, v)), "none", budget=6)


@pytest.mark.parametrize("sharing", ["lets", "every"])
def test_long_chains(sharing: terms.Sharing):
    n = 20_000
    text = format_function(chain(n, math.SinOp), sharing)
    assert text.count("sin") == n
    assert text.count("(") == (n - 1 if sharing == "lets" else 0)


def test_a_tree_with_a_size_of_many_digits_is_refused():
    doubled = chain(20_000, lambda v: arith.AddfOp(v, v))
    with pytest.raises(LetgradError, match=r"about 10\^6020 nodes"):
        format_function(doubled, "none")


def test_nested_regions():
    depth = 80
    text = "func.func @f(%v: f64) -> tensor<" + "2x" * depth + "f64> {"
    for d in range(depth):
        text += f"%t{d} = ten.build [2] (%i{d}) : tensor<{'2x' * (depth - d)}f64> {{\n"
    text += "ten.yield %v : f64 }"
    for d in reversed(range(1, depth)):
        text += f"ten.yield %t{d} : tensor<{'2x' * (depth - d)}f64> }}\n"
    text += f"func.return %t0 : tensor<{'2x' * depth}f64> }}"
    assert lines(text).count("build") == depth


def test_lines_are_broken_at_100_columns():
    body = "\n".join(f"%a{i} = arith.addf %a{i - 1}, %x : f64" for i in range(1, 60))
    text = f"func.func @f(%x: f64, %a0: f64) -> f64 {{ {body}\n func.return %a59 : f64 }}"
    printed = lines(text).splitlines()
    assert len(printed) == 4
    assert all(len(line) <= texts.WIDTH for line in printed)
    assert " ".join(line.strip() for line in printed) == "f = \\x a0 -> a0" + " + x" * 59


def test_unstructured_control_flow_is_an_error():
    text = """
    func.func @f(%x: f64) -> f64 {
      cf.br ^end(%x : f64)
    ^end(%y: f64):
      func.return %y : f64
    }
    """
    with pytest.raises(LetgradError, match="a region of 2 blocks"):
        lines(text)


def test_a_use_before_the_definition_is_an_error():
    text = """
    func.func @f(%x: f64) -> f64 {
      %a = arith.addf %x, %b : f64
      %b = math.sin %x : f64
      func.return %a : f64
    }
    """
    with pytest.raises(LetgradError, match=r"arith\.addf uses a value before its definition"):
        lines(text)


def test_ops_without_a_notation_and_how_to_give_them_one():
    text = """
    func.func @f(%x: f64) -> f64 {
      %r = "test.pureop"(%x, %x) {speed = 3 : i64} : (f64, f64) -> f64
      %s = math.sin %r : f64
      func.return %s : f64
    }
    """
    assert lines(text) == "f = \\x -> sin (test.pureop x x {speed = 3 : i64})\n"

    rules, found = dict(notation._rules), dict(notation._found)
    try:

        @notation.rule(test.TestPureOp)
        def _(op: test.TestPureOp, x: Text, y: Text) -> Text:
            return apply("fast", x, y)

        assert lines(text) == "f = \\x -> sin (fast x x)\n"
    finally:
        notation._rules.clear()
        notation._rules.update(rules)
        notation._found.clear()
        notation._found.update(found)


def test_an_op_for_its_effect_stays():
    text = """
    func.func @f(%x: f64) -> f64 {
      %a = math.sin %x : f64
      "test.op"(%a) : (f64) -> ()
      func.return %x : f64
    }
    """
    assert lines(text) == "f = \\x -> let _ = test.op (sin x) in x\n"


def test_every_op_of_the_dialects_has_a_notation():
    """An op that prints as `dialect.op` was forgotten."""
    terminators = {ten.YieldOp}
    several = {arith.AddUIExtendedOp, arith.MulUIExtendedOp, arith.MulSIExtendedOp}
    for dialect in (ten.Ten, arith.Arith, math.Math):
        missing = {op for op in dialect.operations if op not in notation} - terminators - several
        assert not missing, f"no notation: {sorted(op.name for op in missing)}"
