"""The text of a program is the one that xDSL's printer writes, and reads back as the program."""

from pathlib import Path

import pytest
from xdsl.context import Context
from xdsl.dialects import builtin, func
from xdsl.dialects import test as test_dialect
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError, VerifyException

from letgrad.lowering import backends
from letgrad.passes.rewriting.printing import _exact_printer, exact_text

FILES = sorted((Path(__file__).parent / "filecheck").rglob("*.mlir"))


def printed(op) -> str:
    printer, out = _exact_printer()
    printer.print_op(op)
    return out.getvalue()


def check(module: ModuleOp, ctx: Context) -> None:
    text = exact_text(module)
    assert text == printed(module) == exact_text(module)
    assert exact_text(Parser(ctx, text).parse_module()) == text


def parsed(text: str) -> ModuleOp:
    return Parser(backends.context(), text).parse_module()


@pytest.mark.parametrize("path", FILES[::40], ids=lambda path: path.stem)
def test_programs_of_the_tests(path: Path):
    for part in path.read_text().split("// -----"):
        try:
            module = parsed(part)
        except (ParseError, VerifyException):
            continue
        assert exact_text(module) == printed(module)


def test_names_blocks_and_scopes():
    module = parsed("""
        func.func @f(%x: f64, %n: i32, %0: f64) -> (f64, i1) {
          %x_1 = arith.mulf %x, %x : f64
          %1 = arith.constant dense<[0.0, -0.0, 0x7FF8000000000001]> : tensor<3xf64>
          %2 = arith.constant -0.0 : f64
          %3 = arith.constant 0.0 : f64
          %b = "arith.constant"() <{value = true}> {marked, "odd name" = "a\\0Ab"} : () -> i1
          cf.cond_br %b, ^there(%x_1 : f64), ^there(%0 : f64)
        ^there(%y: f64):
          cf.br ^bb7
        ^bb7:
          func.return %y, %b : f64, i1
        }
        module @inner {
          func.func private @g(f64) -> f64
          func.func @h(%x: f64) -> f64 {
            %x_2 = func.call @g(%x) : (f64) -> f64
            func.return %x_2 : f64
          }
        }
    """)
    check(module, backends.context())
    assert "-0.0" in exact_text(module).replace("-0.000000e+00", "-0.0")


def test_ops_that_xdsl_prints():
    """An unregistered op, a region without blocks, empty blocks, a result that is a function."""
    kind = builtin.FunctionType.from_lists([builtin.f64], [])
    ops = [
        test_dialect.TestOp(result_types=[kind], regions=[Region(), Region([Block(), Block()])]),
        test_dialect.TestOp(
            result_types=[builtin.f64, builtin.f64], attributes={"a": builtin.UnitAttr()}
        ),
    ]
    ops.append(test_dialect.TestOp(operands=[ops[1].results[1], ops[0].results[0]]))
    module = ModuleOp(ops)
    assert exact_text(module) == printed(module)
    ctx = Context(allow_unregistered=True)
    ctx.load_dialect(builtin.Builtin)
    ctx.load_dialect(func.Func)
    unknown = Parser(ctx, '%x = "a.b"() {c = 1 : i32} : () -> f64').parse_module()
    check(unknown, ctx)
