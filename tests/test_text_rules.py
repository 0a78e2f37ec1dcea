"""Rules in text and in Python: what is accepted, what is matched, and what is found to be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.lowering.reference.check_rules import check
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.driver import apply_rules
from letgrad.passes.rewriting.patterns import TextRule, rules_of
from letgrad.tools import opt, source


def parse(text: str) -> ModuleOp:
    return source.parse(opt.LetgradOptMain([]).ctx.clone(), text)


def stated(
    before: str, after: str, arguments: str = "%x: f64, %y: f64", gives: str = "f64"
) -> TextRule:
    """A rule from the bodies of its sides."""
    sides = [
        f"func.func @{name}({arguments}) -> {gives} {{\n{body}\n}}"
        for name, body in (("before", before), ("after", after))
    ]
    (rule,) = rules_of(parse("\n".join(sides)), "Rule")
    return rule


def scalars(op: str, dtype: str = "f64") -> str:
    return f"%r = {op} : {dtype}\n func.return %r : {dtype}"


RIGHT = {
    "commuted": ("arith.addf %x, %y", "arith.addf %y, %x"),
    "same": ("math.atan2 %x, %y", "math.atan2 %x, %y"),
    "maximum": ("arith.maximumf %x, %y", "arith.maximumf %y, %x"),
}
WRONG = {
    "other op": ("arith.addf %x, %y", "arith.subf %x, %y"),
    "other order": ("arith.subf %x, %y", "arith.subf %y, %x"),
    "other in one place of many": ("arith.maximumf %x, %y", "arith.maxnumf %x, %y"),
}


@pytest.mark.parametrize("sides", RIGHT.values(), ids=RIGHT)
def test_right_rules_pass_the_check(sides):
    check(stated(*map(scalars, sides)))


@pytest.mark.parametrize("sides", WRONG.values(), ids=WRONG)
def test_wrong_rules_are_found(sides):
    with pytest.raises(LetgradError, match="the sides differ: for %x = "):
        check(stated(*map(scalars, sides)))


def same_to(before: str, dtype: str = "f64") -> TextRule:
    """before → x"""
    body = f"{before}\n func.return %r : {dtype}"
    return stated(body, f"func.return %x : {dtype}", f"%x: {dtype}, %y: {dtype}", dtype)


@pytest.mark.parametrize(
    ("before", "exact", "fast"),
    [
        # Adding 0.0 makes 0.0 of -0.0; adding -0.0 changes nothing.
        ("%z = arith.constant 0.0 : f64\n%r = arith.addf %x, %z : f64", False, True),
        ("%z = arith.constant -0.0 : f64\n%r = arith.addf %x, %z : f64", True, True),
        # x / y * y loses what overflows, and is NaN for y = 0.
        ("%d = arith.divf %x, %y : f64\n%r = arith.mulf %d, %y : f64", False, True),
        ("%a = math.exp %x : f64\n%r = math.log %a : f64", False, True),
        ("%a = math.log %x : f64\n%r = math.exp %a : f64", False, False),
        ("%a = math.sqrt %x : f64\n%r = arith.mulf %a, %a : f64", False, True),
        ("%a = arith.mulf %x, %x : f64\n%r = math.sqrt %a : f64", False, False),
    ],
)
def test_what_fast_leaves_open(before: str, exact: bool, fast: bool):
    if "math.log %x" in before or "math.sqrt %x" in before:
        fast = True  # where one side is NaN, it may be any number
    rule = same_to(before)
    for allowed, holds in ((False, exact), (True, fast)):
        if holds:
            check(rule, allowed)
        else:
            with pytest.raises(LetgradError, match="the sides differ") as caught:
                check(rule, allowed)
            assert ("; with fast" in str(caught.value)) == (fast and not allowed)


@pytest.mark.parametrize("dtype", ["f16", "bf16", "f32"])
def test_other_floats(dtype: str):
    check(
        stated(
            scalars("arith.mulf %x, %y", dtype),
            scalars("arith.mulf %y, %x", dtype),
            f"%x: {dtype}, %y: {dtype}",
            dtype,
        )
    )
    with pytest.raises(LetgradError, match="the sides differ"):
        check(
            stated(
                scalars("arith.mulf %x, %y", dtype),
                scalars("arith.mulf %y, %y", dtype),
                f"%x: {dtype}, %y: {dtype}",
                dtype,
            )
        )


@pytest.mark.parametrize("dtype", ["i1", "i8", "i64", "index"])
def test_integers(dtype: str):
    arguments = f"%x: {dtype}, %y: {dtype}"
    check(
        stated(
            scalars("arith.addi %x, %y", dtype),
            scalars("arith.addi %y, %x", dtype),
            arguments,
            dtype,
        )
    )
    # x + y = x | y, but for a carry; of bits, x + y = x xor y.
    with pytest.raises(LetgradError, match="the sides differ"):
        check(
            stated(
                scalars("arith.addi %x, %y", dtype),
                scalars("arith.ori %y, %x", dtype),
                arguments,
                dtype,
            )
        )


def test_a_rule_that_is_right_for_its_own_sizes_only():
    """Of 2 by 2 with size 2 for both, reshape and transpose differ; of 1 by n they do not."""
    rule = stated(
        "%r = ten.transpose %x perm [1, 0] : tensor<1x3xf64> -> tensor<3x1xf64>\n "
        "func.return %r : tensor<3x1xf64>",
        "%r = ten.reshape %x : tensor<1x3xf64> -> tensor<3x1xf64>\n func.return %r : "
        "tensor<3x1xf64>",
        "%x: tensor<1x3xf64>",
        "tensor<3x1xf64>",
    )
    with pytest.raises(LetgradError, match=r"for %x = \[\[.*here 1 is 2") as caught:
        check(rule)
    assert "sizes of a rule are variables" in str(caught.value)


@pytest.mark.parametrize("fast", [False, True])
def test_a_rule_that_is_wrong_at_a_constant_of_its_own(fast: bool):
    """x where it is not 12.25, and 7 there: no random number is that one."""
    rule = stated(
        "%c = arith.constant 12.25 : f64\n%d = arith.constant 7.0 : f64\n"
        "%m = arith.cmpf oeq, %x, %c : f64\n%r = arith.select %m, %d, %x : f64\n"
        "func.return %r : f64",
        "%z = arith.constant -0.0 : f64\n%r = arith.addf %x, %z : f64\nfunc.return %r : f64",
        "%x: f64",
    )
    with pytest.raises(LetgradError, match=r"for %x = 12\.25, @before gives 7\.0"):
        check(rule, fast)
    rule = stated(
        "%c = arith.constant 1000 : i64\n%m = arith.cmpi slt, %x, %c : i64\n"
        "%r = arith.select %m, %x, %c : i64\nfunc.return %r : i64",
        "%c = arith.constant 999 : i64\n%m = arith.cmpi sle, %x, %c : i64\n"
        "%d = arith.constant 1000 : i64\n%r = arith.select %m, %x, %d : i64\n"
        "func.return %r : i64",
        "%x: i64",
        "i64",
    )
    check(rule, fast)


def test_sizes_that_depend_on_each_other_are_fixed():
    rule = stated(
        "%a = ten.concat %x, %y dim 0 : tensor<2xf64>, tensor<3xf64> -> tensor<5xf64>\n"
        "%r = ten.reverse %a dims [0] : tensor<5xf64>\n func.return %r : tensor<5xf64>",
        "%a = ten.reverse %x dims [0] : tensor<2xf64>\n%b = ten.reverse %y dims [0] : "
        "tensor<3xf64>\n"
        "%r = ten.concat %b, %a dim 0 : tensor<3xf64>, tensor<2xf64> -> tensor<5xf64>\n"
        "func.return %r : tensor<5xf64>",
        "%x: tensor<2xf64>, %y: tensor<3xf64>",
        "tensor<5xf64>",
    )
    check(rule)
    assert rule.sizes == () and rule.fixed == {2, 3, 5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("func.func @before(%x: f64) -> f64 { func.return %x : f64 }", "@after is missing"),
        ("", "the module has no rule"),
        (
            "func.func @before(%x: f64) -> f64 { func.return %x : f64 }\n"
            "func.func @after(%x: f64) -> f64 { func.return %x : f64 }",
            "@before must compute something",
        ),
        (
            "func.func @before(%x: f64) -> f64 { %y = math.sin %x : f64 func.return %y : f64 }\n"
            "func.func @after(%x: f32) -> f32 { func.return %x : f32 }",
            r"@before is \(f64\) -> f64, and @after \(f32\) -> f32",
        ),
        (
            "func.func @before(%x: f64, %y: f64) -> f64 { %r = math.sin %x : f64 func.return "
            "%r : f64 }\n"
            "func.func @after(%x: f64, %y: f64) -> f64 { func.return %y : f64 }",
            "@after uses argument #1, and @before does not",
        ),
        (
            "func.func @before(%x: f64) -> f64 { %y = math.cos %x : f64 %r = math.sin %x : "
            "f64 func.return %r : f64 }\n"
            "func.func @after(%x: f64) -> f64 { func.return %x : f64 }",
            "nothing in @before uses math.cos",
        ),
        (
            "func.func @before() -> tensor<3xindex> { %b = ten.build [3] (%i) : "
            "tensor<3xindex> { ten.yield %i : index } func.return %b : tensor<3xindex> }\n"
            "func.func @after() -> tensor<3xindex> { %b = ten.iota dim 0 : tensor<3xindex> "
            "func.return %b : tensor<3xindex> }",
            "ten.build cannot be in a rule",
        ),
        (
            "builtin.module {}\nbuiltin.module @Named {}",
            "has the rule's name",
        ),
    ],
)
def test_what_is_no_rule(text: str, message: str):
    with pytest.raises(LetgradError, match=message):
        rules_of(parse(text), "Rule")


def test_rules_without_end_are_an_error():
    rule = stated(*map(scalars, ("arith.addf %x, %y", "arith.addf %y, %x")))
    module = parse(
        "func.func @f(%x: f64, %y: f64) -> f64 {\n"
        "  %r = arith.addf %x, %y : f64\n  func.return %r : f64\n}"
    )
    with pytest.raises(LetgradError, match="the rules do not come to an end"):
        apply_rules(module, [rule.pattern])


def test_many_commutative_ops_take_bounded_time():
    """Each could be matched in two orders; a match that fails gives up."""
    n = 30
    body = "\n".join(
        f"%a{i} = arith.addf {'%x' if i == 0 else f'%a{i - 1}'}, %y : f64" for i in range(n)
    )
    rule = stated(
        f"{body}\n%r = math.sin %a{n - 1} : f64\nfunc.return %r : f64", scalars("math.cos %x")
    )
    wrong = body.replace("%a0 = arith.addf %x", "%m = math.exp %x : f64\n%a0 = arith.mulf %m")
    module = parse(
        f"func.func @f(%x: f64, %y: f64) -> f64 {{\n{wrong}\n%r = math.sin %a{n - 1} : "
        f"f64\nfunc.return %r : f64\n}}"
    )
    assert not apply_rules(module, [rule.pattern])


# In Python.


@lg.rule(fast=True)
class LogOfExpTimes:
    """log(exp(x) * y)  →  x + log(y)"""

    def before(x, y):
        return np.log(np.exp(x) * y)

    def after(x, y):
        return x + np.log(y)


def ops(module: ModuleOp) -> list[str]:
    return [op.name for op in module.walk() if op.name.startswith(("math", "ten", "arith"))]


@pytest.mark.parametrize("shape", [(), (3,), (2, 0, 4)])
def test_a_rule_in_python(shape: tuple[int, ...]):
    module = lg.trace(lambda x, y: np.log(y * np.exp(x)), lg.spec(shape), lg.spec(shape))
    assert LogOfExpTimes.apply(module) == 1
    assert ops(module) == ["math.log", "arith.addf"]
    assert LogOfExpTimes.apply(module) == 0


def test_its_text_works_on_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    rules, program = tmp_path / "rules.mlir", tmp_path / "program.mlir"
    rules.write_text(str(LogOfExpTimes))
    program.write_text(str(lg.trace(lambda x: np.log(np.exp(x) * x), lg.spec(5))))
    assert opt.main([str(program), "-p", f'apply-rules{{file="{rules}" fast=true}}']) == 0
    assert "math.exp" not in capfd.readouterr().out
    assert opt.main([str(program), "-p", f'apply-rules{{file="{rules}"}}']) == 1
    assert "the sides differ" in capfd.readouterr().err


def test_rules_for_several_element_types_and_of_shapes():
    @lg.rule(dtypes=("f32", "f64"))
    class NegOfNeg:
        def before(x):
            return np.negative(np.negative(x))

        def after(x):
            return x

    for dtype in ("f32", "f64"):
        module = lg.trace(lambda x: np.negative(np.negative(x)), lg.spec((2, 3), dtype))
        assert NegOfNeg.apply(module) == 1 and ops(module) == []

    @lg.rule(specs=[lg.spec((3, 5)), lg.spec((5, 7))])
    class TransposeOfProduct:
        def before(a, b):
            return (a @ b).T

        def after(a, b):
            return b.T @ a.T

    module = lg.trace(lambda a, b: (a @ b).T, lg.spec((2, 4)), lg.spec((4, 4)))
    assert TransposeOfProduct.apply(module) == 1
    assert ops(module)[-1] == "ten.einsum"


def test_wrong_rules_in_python():
    with pytest.raises(LetgradError, match="rule Half: the sides differ: for %x = "):

        @lg.rule
        class Half:
            def before(x):
                return x / 2

            def after(x):
                return x * 2

    with pytest.raises(
        TypeError, match="rule Sum: 'before' takes 2 arguments, and 'after' takes 1"
    ):
        lg.rule(type("Sum", (), {"before": lambda x, y: x + y, "after": lambda x: x}))
    with pytest.raises(TypeError, match="rule Empty has no function 'before'"):

        @lg.rule
        class Empty:
            pass
