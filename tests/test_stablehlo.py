"""
StableHLO, CHLO and SDY: letgrad reads, verifies and prints what JAX prints, and jaxlib agrees.

The FileCheck tests of the dialects have each op and each error. Here jaxlib reads those programs
too, and programs that JAX lowered.
"""

from __future__ import annotations

import functools
import os
import re
from io import StringIO
from pathlib import Path

import pytest
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.ir import Operation
from xdsl.universe import Universe

from letgrad.dialects import chlo, sdy
from letgrad.dialects import stablehlo as hlo
from letgrad.dialects.sdy_attributes import Axis, Dimension, Mesh, Sharding
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import source
from tests import oracles

pytestmark = pytest.mark.sampled(4)

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "filecheck" / "dialects"
DIALECTS = ("stablehlo", "chlo", "sdy")
PROGRAMS = Path(os.environ.get("LETGRAD_STABLEHLO", ROOT.parent / "shared" / "data" / "stablehlo"))
"""Programs that JAX printed. They are not part of the repository."""
FILES = sorted(PROGRAMS.glob("*.mlir"))


@functools.cache
def context() -> Context:
    ctx = Context()
    for name, factory in Universe.get_multiverse().all_dialects.items():
        ctx.register_dialect(name, factory)
    return ctx


def read(text: str, name: str = "program.mlir") -> Operation:
    # As letgrad-opt does it, so that no rank-0 tensor becomes a scalar.
    module = source.parse(context(), text, name, as_written=True)
    verify(module)
    return module


def printed(module: Operation, *, generic: bool = False) -> str:
    out = StringIO()
    source.print_module(module, out, generic=generic)
    return out.getvalue()


def same_to_jaxlib(text: str) -> None:
    """Both forms that letgrad prints are to jaxlib the program that jaxlib read."""
    wanted = oracles.stablehlo(text)
    module = read(text)
    for generic in (False, True):
        assert oracles.stablehlo(printed(module, generic=generic)) == wanted


# --- Programs of JAX ------------------------------------------------------------------------------


@pytest.mark.sampled(20)
@pytest.mark.skipif(not FILES, reason=f"there are no programs of JAX in {PROGRAMS.name}")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_programs_that_jax_printed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    module = read(text, str(path))
    again = printed(module)
    assert printed(read(again)) == again
    assert printed(read(printed(module, generic=True))) == again


@pytest.mark.sampled(16)
@pytest.mark.skipif(not FILES, reason=f"there are no programs of JAX in {PROGRAMS.name}")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_jaxlib_reads_what_letgrad_prints(path: Path) -> None:
    oracles.need_jaxlib()
    same_to_jaxlib(path.read_text(encoding="utf-8"))


# --- Every op -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_op_has_a_case(dialect: str) -> None:
    """A new row without a FileCheck case fails here."""
    paths = set((CASES / dialect).glob("*.mlir")) - {CASES / dialect / "invalid.mlir"}
    table = {"stablehlo": hlo.STABLEHLO, "chlo": chlo.CHLO, "sdy": sdy.SDY}[dialect]
    shown = {op.name for path in paths for op in read(path.read_text(encoding="utf-8")).walk()}
    assert {cls.name for cls in table.ops.values()} - shown == set()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_jaxlib_reads_every_op(dialect: str) -> None:
    oracles.need_jaxlib()
    same_to_jaxlib((CASES / dialect / "every-op.mlir").read_text(encoding="utf-8"))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_jaxlib_refuses_what_letgrad_refuses(dialect: str) -> None:
    oracles.need_jaxlib()
    text = (CASES / dialect / "invalid.mlir").read_text(encoding="utf-8")
    pieces = text.split("// -----")
    assert len(pieces) > 2
    for piece in pieces:
        with pytest.raises(LetgradError):
            read(piece)
        if not any(name in piece for name in ACCEPTED):
            with pytest.raises(Exception, match="error"):
                oracles.stablehlo(piece)


ACCEPTED = {
    "@fft_length(": "the specification wants the sizes of the operand, also for FFT and IFFT",
    "@reduce_init(": "the specification wants one element type of inputs and initial values",
    "@einsum_": "jaxlib does not look into the text of einsum_config",
    "@broadcast_dimensions(": "jaxlib finds the fault when it expands the op",
}
"""The wrong programs that jaxlib accepts, with the reason why letgrad does not."""


def test_every_op_has_a_meaning_and_a_verifier() -> None:
    free = {
        # Any operands are right for these ops.
        "sdy.return",
        "sdy.sharding_group",
        "stablehlo.return",
    }
    from letgrad.dialects.stablehlo.checks import CHECKS

    for table in (hlo.STABLEHLO, chlo.CHLO, sdy.SDY):
        for cls in table.ops.values():
            assert cls.__doc__ and cls.__doc__.startswith(cls.MEANING)
            assert (cls.name in CHECKS) != (cls.name in free), cls.name
    ops = {cls.name for table in (hlo.STABLEHLO, chlo.CHLO, sdy.SDY) for cls in table.ops.values()}
    assert set(CHECKS) <= ops


# --- What the text has beside ops -----------------------------------------------------------------


def test_a_size_that_is_unknown_fits_any_size() -> None:
    read(
        "func.func @f(%x: tensor<?x3xf32>, %y: tensor<2x?xf32>) {"
        " %r = stablehlo.add %x, %y : (tensor<?x3xf32>, tensor<2x?xf32>) -> tensor<?x?xf32>"
        " func.return }"
    )


def test_locations_are_read_before_their_definition() -> None:
    module = read(
        '#loc1 = loc("x")\n'
        "module {\n"
        '  func.func @f(%x: tensor<4xf32> loc("x"), %y: tensor<4xf32> loc(#loc1)) {\n'
        "    %0 = stablehlo.sine %x : tensor<4xf32> loc(#loc4)\n"
        "    return loc(#loc)\n"
        "  } loc(#loc)\n"
        "} loc(#loc)\n"
        "#loc = loc(unknown)\n"
        '#loc2 = loc("a.py":3:6 to :78)\n'
        '#loc3 = loc("a.py":5:1 to 6:2)\n'
        '#loc4 = loc(callsite("f"(#loc2) at #loc3))\n'
    )
    (sine,) = (op for op in module.walk() if op.name == "stablehlo.sine")
    assert str(sine.location) == 'loc(callsite("f"("a.py":3:6) at "a.py":5:1))'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("return loc(#nowhere)", "undefined symbol alias '#nowhere'"),
        ("return loc(#a)", "undefined symbol alias '#b'"),
        ("return loc(#c)", "undefined symbol alias '#d'"),
    ],
)
def test_an_alias_that_is_not_defined_is_an_error(text: str, message: str) -> None:
    program = f"func.func @f() {{ {text} }}\n#a = loc(#b)\n#c = loc(#d)\n#d2 = loc(#c)\n"
    with pytest.raises(LetgradError, match=re.escape(message)):
        read(program)


def test_locations_in_a_circle_are_an_error() -> None:
    with pytest.raises(LetgradError, match="undefined symbol alias"):
        read('func.func @f() { return loc(#a) }\n#a = loc("x"(#b))\n#b = loc("y"(#a))\n')


def test_an_op_that_the_text_implies_has_the_place_of_its_reduce() -> None:
    module = read(
        "func.func @f(%x: tensor<4xf32>, %i: tensor<f32>) {\n"
        "  %r = stablehlo.reduce(%x init: %i) applies stablehlo.add across dimensions = [0]"
        " : (tensor<4xf32>, tensor<f32>) -> tensor<f32>\n"
        "  func.return\n"
        "}\n"
    )
    (add,) = (op for op in module.walk() if op.name == "stablehlo.add")
    assert str(add.location) == 'loc("program.mlir":2:8)'


@pytest.mark.parametrize(
    ("op", "message"),
    [
        ("%r = stablehlo.compare LESS, %x, %x : (…)", "'LESS' is none of EQ, NE, GE, GT, LE, LT"),
        ("%r = stablehlo.sort %x", "stablehlo.sort has only the generic form"),
        ("%r = stablehlo.reduce_precision %x, format = 5", "identifier expected"),
        ("%r = stablehlo.reduce_precision %x, format = m5 : tensor<4xf32>", "written as e5m10"),
        ("%r = stablehlo.complex %x, %x : tensor<4xf32>", "a tensor of complex numbers"),
        ("%r = stablehlo.dot_general %x, %x : (…)", "contracting_dims = […] x […] is missing"),
        (
            "%r = stablehlo.reduce(%x init: %x) applies stablehlo.sine across dimensions = [0] : "
            "(tensor<4xf32>, tensor<4xf32>) -> tensor<f32>",
            "'stablehlo.sine' is no op of two operands",
        ),
        ("%r = stablehlo.iota dim = 0 {iota_dimension = 1} : tensor<2xi32>", "given twice"),
    ],
)
def test_errors_of_the_syntax(op: str, message: str) -> None:
    with pytest.raises(LetgradError, match=re.escape(message)) as error:
        read(f"func.func @f(%x: tensor<4xf32>) {{\n{op}\nfunc.return }}")
    assert str(error.value).startswith("program.mlir:2:")


def test_shardings_are_python_values() -> None:
    module = read(
        'sdy.mesh @mesh = <["x"=2, "y"=4]>\n'
        "func.func @f(%a: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, "
        '[{"x", "y":(2)2}, {?}p1], replicated={"y":(1)2}>}) { func.return }'
    )
    mesh, function = (op for op in module.walk() if op.name in ("sdy.mesh", "func.func"))
    assert sdy.mesh_of(mesh) == ("mesh", Mesh((("x", 2), ("y", 4))))
    assert isinstance(function, func.FuncOp) and function.arg_attrs is not None
    found = sdy.sharding_of(dict(function.arg_attrs.data[0].data))
    assert found == Sharding(
        "mesh",
        (
            Dimension((Axis("x"), Axis("y", 2, 2))),
            Dimension((), open=True, priority=1),
        ),
        replicated=(Axis("y", 1, 2),),
    )


def test_the_page_has_every_op() -> None:
    """docs/stablehlo.md lists the ops of each dialect, in the order of the alphabet."""
    page = (ROOT / "docs" / "stablehlo.md").read_text(encoding="utf-8")
    tables = {"stablehlo": hlo.STABLEHLO, "chlo": chlo.CHLO, "sdy": sdy.SDY}
    for dialect, table in tables.items():
        wanted = "\n".join(
            f"| `{name}` | {meaning(cls)} |" for name, cls in sorted(table.ops.items())
        )
        assert wanted in page, f"the rows of {dialect} are now:\n{wanted}"


def meaning(cls: type[hlo.StableOp]) -> str:
    return cls.MEANING.replace("|", "&#124;").replace("*", "\\*")
