"""
`letgrad conform`: letgrad's own ops pass it, it finds what is wrong with an op, and the page in
docs/ is what it prints.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.builtin import f64, i64
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Dialect, Operation
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from letgrad.dialects import ten, types
from letgrad.lowering import backends
from letgrad.lowering.nests.decompose import DecomposePass
from letgrad.lowering.reference import Evaluator
from letgrad.passes.differentiate.linearize import linear
from letgrad.passes.differentiate.partials import partials
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.decomposing import formula
from letgrad.passes.rewriting.emitter import exp
from letgrad.passes.rewriting.rule_tables import (
    decompose,
    element,
    evaluate,
    linearize,
    samples,
    transpose,
)
from letgrad.passes.vectorize import elementwise
from letgrad.tools import cli, opt, source
from letgrad.tools.testing import conform, conform_command

pytestmark = pytest.mark.sampled(8)

DOCS = Path(__file__).parents[1] / "docs" / "conformance.md"
DIALECTS = ("ten", "arith", "math", "sharing")
SLOW = "triton"
"""The column that is not checked here: its kernels are interpreted."""

CONTEXT = opt.LetgradOptMain([]).ctx
OPS = [op for name in DIALECTS for op in conform.dialect_ops(CONTEXT, name)]


def documented() -> dict[str, dict[str, str]]:
    """What docs/conformance.md says of each op, by column."""
    lines = re.findall(
        r"^\| (.*) \|$", DOCS.read_text(encoding="utf-8").partition(conform_command.BEGIN)[2], re.M
    )
    first, *rest = [line.split(" | ") for line in lines]
    return {line[0].strip("`"): dict(zip(first[1:], line[1:])) for line in rest}


@pytest.mark.sampled(16)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_own_ops_conform(op: type[Operation]):
    """One run says both: that nothing fails, and that the page is current."""
    columns = [c for c in conform.COLUMNS if c != SLOW]
    row = conform.Conformance(CONTEXT, columns, cases=4).row(op)
    failed = [(name, cell) for name, cell in row.cells.items() if cell.status == conform.FAIL]
    assert not failed, "\n".join(f"{n}, seed {c.seed}: {c.reason}\n{c.program}" for n, c in failed)
    page = documented()[op.name]
    assert {c: row.cells[c].status for c in columns} == {c: page[c] for c in columns}


def test_the_page_has_these_ops_and_columns():
    page = documented()
    assert list(page) == [op.name for op in OPS]
    assert all(list(columns) == list(conform.COLUMNS) for columns in page.values())


# An op for each thing that may be wrong.


class Unary(IRDLOperation):
    x = operand_def()
    y = result_def()
    assembly_format = "$x attr-dict `:` type($x) `->` type($y)"

    def __init__(self, x):
        super().__init__(operands=[x], result_types=[x.type])

    def verify_(self) -> None:
        types.check(self.x.type, self.name, "x")
        if self.x.type != self.y.type:
            raise VerifyException(f"{self.y.type} is not {self.x.type}")
        if not types.is_float(types.element(self.x.type)):
            raise VerifyException("no floats")


def op(name: str) -> type[Unary]:
    """A new op class, without rules."""
    body = {"name": f"trial.{name}", "__module__": __name__}
    return irdl_op_definition(type(name, (Unary,), body))


def cell(kind: type[Operation], column: str, cases: int = 8) -> conform.Cell:
    context = opt.LetgradOptMain([]).ctx
    context.load_dialect(Dialect("trial", [kind]))
    return conform.Conformance(context, cases=cases).cell(kind, column)


def cells(kind: type[Operation]) -> dict[str, str]:
    return {c: cell(kind, c).status for c in conform.COLUMNS if c != SLOW}


def sinh_rules(kind: type[Operation]) -> None:
    evaluate.rule(kind)(lambda op, x: np.sinh(x.astype(np.float64)).astype(x.dtype))
    partials(kind)(lambda x: 0.5 * (exp(x) + exp(-x)))
    elementwise(kind)


def test_an_op_with_all_rules():
    kind = op("sinh")
    sinh_rules(kind)
    formula(kind)(lambda x: 0.5 * (exp(x) - exp(-x)))
    found = cells(kind)
    assert found.pop("fold") == "none"
    assert found.pop("element") == found.pop("cpu") == "parts"
    assert set(found.values()) == {"pass"}


def test_one_formula_is_enough():
    kind = op("logistic")
    formula(kind)(lambda x: 1 / (1 + exp(-x)))
    found = cells(kind)
    assert found.pop("fold") == "none"
    parts = ("evaluate", "linearize", "transpose", "batch", "element", "cpu")
    assert {c: found[c] for c in parts} == dict.fromkeys(parts, "parts")
    assert found["text"] == found["verifier"] == "pass"


def test_missing_rules_are_none_and_stated_ones_never():
    kind = op("bare")
    samples.rule(kind)(lambda draw: kind(draw.floats()))
    assert cell(kind, "evaluate").status == "none"
    evaluate.rule(kind)(lambda op, x: x)
    assert [cell(kind, c).status for c in ("linearize", "batch", "element")] == ["none"] * 3
    assert cell(kind, "cpu").status == "pass"  # by its evaluate rule
    linearize.never(kind, "it is a step")
    never = cell(kind, "linearize")
    assert (never.status, never.reason) == ("never", "it is a step")


def failing(kind: type[Operation], column: str) -> str:
    found = cell(kind, column)
    assert found.status == "FAIL" and found.seed is not None
    return found.reason


def test_a_wrong_derivative_is_found():
    kind = op("wrong_partial")
    evaluate.rule(kind)(lambda op, x: x * x)
    partials(kind)(lambda x: 2.001 * x)
    assert "finite differences give" in failing(kind, "linearize")
    assert cell(kind, "transpose").status == "pass"


def test_a_wrong_transpose_is_found():
    kind = op("wrong_transpose")
    evaluate.rule(kind)(lambda op, x: x[::-1] if x.ndim else x)
    kind.verify_ = lambda self: None
    samples.rule(kind)(lambda draw: kind(draw.floats(1)))
    linear(kind)
    transpose.rule(kind)(lambda op, ct, e: ct)
    assert cell(kind, "linearize").status == "pass"
    assert "⟨ȳ, J dx⟩" in failing(kind, "transpose")


def test_a_wrong_batch_rule_is_found():
    kind = op("wrong_batch")
    evaluate.rule(kind)(lambda op, x: x[::-1] if x.ndim else x)
    elementwise(kind)
    assert "its bulk form" in failing(kind, "batch")


def test_a_wrong_element_rule_is_found():
    kind = op("wrong_element")
    evaluate.rule(kind)(lambda op, x: x)
    element.rule(kind)(lambda op, i, get, nest: nest.e.add(get(op.x, i), get(op.x, i)))
    assert "its nest" in failing(kind, "element")
    assert "the cpu backend" in failing(kind, "cpu")


def test_a_wrong_decomposition_is_found():
    kind = op("wrong_parts")
    evaluate.rule(kind)(lambda op, x: x)
    decompose.rule(kind)(lambda op, e: e.add(op.x, op.x))
    # Its derivative is that of the parts, beside which the value is theirs too.
    assert "beside its derivative" in failing(kind, "linearize")
    assert "its nest" in failing(kind, "element")


def test_a_decomposition_of_another_type_is_an_error():
    kind = op("wrong_type")
    evaluate.rule(kind)(lambda op, x: x)
    samples.rule(kind)(lambda draw: kind(draw.operand(types.of_shape((3,), f64))))
    decompose.rule(kind)(lambda op, e: e(ten.SumOp(op.x, [0])))
    assert "the decompose rule of trial.wrong_type gave f64, not tensor<3xf64>" in failing(
        kind, "element"
    )


def test_a_rule_that_writes_to_its_operand_is_found():
    kind = op("writes")

    def rule(op, x):
        if x.ndim:
            x += 1
        return x

    evaluate.rule(kind)(rule)
    assert "writes into operand 0" in failing(kind, "evaluate")


def test_a_loose_verifier_is_found():
    kind = op("loose")
    kind.verify_ = lambda self: None
    samples.rule(kind)(lambda draw: kind(draw.floats()))
    evaluate.rule(kind)(lambda op, x: x)
    assert "the verifier takes an op that has no such value" in failing(kind, "verifier")


def test_text_that_is_not_parsed_is_found():
    kind = op("unreadable")
    kind.print = lambda self, printer: printer.print_string(" x")
    evaluate.rule(kind)(lambda op, x: x)
    assert "the custom form is not parsed" in failing(kind, "text")


def test_a_wrong_fold_is_found():
    @irdl_op_definition
    class Negate(Unary, HasFolderInterface):
        name = "trial.wrong_fold"
        traits = traits_def(Pure())

        def fold(self):
            return (self.x,)

    evaluate.rule(Negate)(lambda op, x: -x)
    assert "what it is folded to" in failing(Negate, "fold")


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_fold_that_loses_the_sign_of_zero_is_found(sign: float):
    """x + 0 is 0 at -0, so only x + -0 is x."""

    @irdl_op_definition
    class AddZero(Unary, HasFolderInterface):
        name = f"trial.add_zero_{'n' if sign < 0 else 'p'}"
        traits = traits_def(Pure())

        def fold(self):
            return (self.x,)

    evaluate.rule(AddZero)(lambda op, x: x + np.asarray(sign * 0.0).astype(x.dtype)[()])
    found = cell(AddZero, "fold")
    assert found.status == ("pass" if sign < 0 else "FAIL"), found.reason + found.program


@pytest.mark.parametrize("kind_of_floats", ["f64", "f32", "bf16", "f16"])
def test_what_is_wrong_for_one_type_of_floats_is_found(kind_of_floats: str):
    """Eight instances have them all, and not only without elements."""
    kind = op(f"wrong_for_{kind_of_floats}")
    samples.rule(kind)(lambda draw: kind(draw.floats()))
    evaluate.rule(kind)(lambda op, x: x)

    @decompose.rule(kind)
    def _(op, e):
        wrong = str(types.element(op.x.type)) == kind_of_floats
        return e.add(op.x, e.constant(5.0, op.x.type)) if wrong else op.x

    found = cell(kind, "element")
    assert found.status == "FAIL"
    assert "it was taken apart by its decompose rule" in found.reason


def test_a_failure_comes_with_its_inputs(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """The program, below the options with which `letgrad run` runs it."""
    kind = op("wrong_parts_again")
    evaluate.rule(kind)(lambda op, x: x)
    decompose.rule(kind)(lambda op, e: e.add(op.x, op.x))
    (value,) = re.findall(r"^// --input '(.*)'$", cell(kind, "element").program, re.M)
    file = tmp_path / "identity.mlir"
    sizes = np.array(eval(value, {"nan": np.nan, "inf": np.inf})).shape
    of = types.of_shape(sizes, f64)
    file.write_text(f"func.func @main(%x: {of}) -> {of} {{\n  func.return %x : {of}\n}}\n")
    assert cli.main(["run", str(file), "--input", value, "--backend", "numpy"]) == 0
    capfd.readouterr()


FACTORS = """
func.func @main(%a: tensor<3x3xf64>, %b: tensor<2x2x2xf64>)
    -> (tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<2x2x2xf64>, tensor<2x2x2xf64>) {
  %u, %s, %vt = ten.svd %a : tensor<3x3xf64> -> tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>
  %q, %r = ten.qr complex %b : tensor<2x2x2xf64> -> tensor<2x2x2xf64>, tensor<2x2x2xf64>
  func.return %u, %s, %vt, %q, %r : tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>,
    tensor<2x2x2xf64>, tensor<2x2x2xf64>
}
"""


def test_signs_that_a_library_chooses_are_no_difference():
    """Libraries gave singular vectors of other signs, real and complex."""
    r = np.random.default_rng(0)
    a, b = r.normal(size=(3, 3)), r.normal(size=(2, 2, 2))
    module = conform.with_fixed_signs(source.parse(CONTEXT, FACTORS))
    u, s, vt, q, r = Evaluator(module).call("main", [a, b])
    np.testing.assert_allclose(u * s @ vt, a, rtol=1e-12)
    assert np.all(np.sum(u, axis=0) > 0)
    q, r = q[..., 0] + 1j * q[..., 1], r[..., 0] + 1j * r[..., 1]
    np.testing.assert_allclose(q @ r, b[..., 0] + 1j * b[..., 1], rtol=1e-12)
    sums = np.sum(q, axis=0)
    np.testing.assert_allclose(sums.imag, 0, atol=1e-12)
    assert np.all(sums.real > 0)


def test_ops_without_instances_are_named():
    @irdl_op_definition
    class Mixed(IRDLOperation):
        name = "trial.mixed"
        x = operand_def(f64)
        n = operand_def(i64)
        y = result_def(f64)

    context = opt.LetgradOptMain([]).ctx
    context.load_dialect(Dialect("trial", [Mixed]))
    columns = ["text", "evaluate"]
    row = conform.Conformance(context, columns, cases=4).row(Mixed)
    assert "add @samples.rule(Mixed): (draw) -> operation" in conform_command.as_text(
        [row], columns
    )


def test_a_module_that_is_here_but_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "not_installed_ops.py").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["conform", "not_installed_ops"]) == 1
    assert "it is here, but not installed" in capsys.readouterr().err


# Taking ops apart, in programs of more than one op.

RESIDUAL = """
func.func @main(%x: tensor<3xf64>) -> tensor<3xf64> {
  %one = arith.constant dense<1.0> : tensor<3xf64>
  %l = arith.divf %one, %x : tensor<3xf64>
  %y = trial.square %l : tensor<3xf64> -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}
"""


def square() -> type[Unary]:
    """An op that is only what it is made of."""
    kind = op("square")
    formula(kind)(lambda x: x * x)
    return kind


def test_parts_that_a_derivative_computed_already():
    """d (1/x) needs l · l, which has no term; as a part of the square of l it has one."""
    context = opt.LetgradOptMain([]).ctx
    context.load_dialect(Dialect("trial", [square()]))
    module = source.parse(context, RESIDUAL)
    GradientPass().apply(context, module)
    x, ct = np.array([1.0, 2.0, 4.0]), np.array([1.0, 10.0, 100.0])
    value, slope = Evaluator(module).call("main", [x, ct])
    np.testing.assert_allclose(value, x**-2.0)
    np.testing.assert_allclose(slope, -2 * ct * x**-3.0)


def test_parts_in_regions_and_in_chains():
    """An op is taken apart in a branch, and where it comes out of another one; 5,000 in a row."""
    kind, twice = square(), op("fourth_power")
    decompose.rule(twice)(lambda op, e: e(kind(e(kind(op.x)))))
    context = opt.LetgradOptMain([]).ctx
    context.load_dialect(Dialect("trial", [kind, twice]))
    module = source.parse(
        context,
        """
        func.func @main(%c: i1, %x: f64) -> f64 {
          %y = scf.if %c -> (f64) {
            %z = trial.fourth_power %x : f64 -> f64
            scf.yield %z : f64
          } else {
            scf.yield %x : f64
          }
          func.return %y : f64
        }
        """,
    )
    assert Evaluator(module).call("main", [True, 3.0]) == (81.0,)
    assert backends.compile("cpu", module, "main")(True, 3.0) == (81.0,)
    GradientPass(seed="one").apply(context, module)
    assert Evaluator(module).call("main", [True, 3.0]) == (81.0, 108.0)
    block = module.body.block.first_op.body.block
    last = block.last_op
    y = last.operands[0]
    for _ in range(5000):
        block.insert_op_before(chained := kind(y), last)
        y = chained.y
    DecomposePass().apply(context, module)
    assert not any(isinstance(inner, kind) for inner in module.walk())


# The command, and the plugin.


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(["conform", *arguments])
    return (status, *capfd.readouterr())


def test_the_command(capfd: pytest.CaptureFixture[str], tmp_path: Path):
    options = ["--cases", "2", "--columns", "text,evaluate", "--op", "ten.sum"]
    status, out, err = run(capfd, "ten", *options)
    assert (status, err) == (0, "")
    assert out == "op       text  evaluate\nten.sum  pass  pass\n"
    status, out, _ = run(capfd, "letgrad.dialects.ten", *options, "--format", "markdown")
    assert status == 0 and "| `ten.sum` | pass | pass |" in out
    page = tmp_path / "page.md"
    assert run(capfd, "ten", *options, "-o", str(page)) == (0, "", "")
    assert "ten.sum" in page.read_text()
    page.write_text(f"before\n{conform_command.BEGIN}old\n{conform_command.END}after\n")
    assert run(capfd, "ten", *options, "-o", str(page)) == (0, "", "")
    written = page.read_text()
    assert written.startswith(f"before\n{conform_command.BEGIN}\nop ") and written.endswith(
        "after\n"
    )
    assert "old" not in written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.there"], "there is no dialect 'nothing.there', and no module of that name"),
        (["json"], "the module json has no dialect"),
        (["ten", "--op", "ten.no"], "there is no op 'ten.no'"),
        (["ten", "--columns", "no"], "there is no column 'no'"),
        (["ten", "--cases", "0"], "0 is no number of instances"),
    ],
)
def test_errors_are_one_line(capfd: pytest.CaptureFixture[str], arguments: list[str], message: str):
    status, out, err = run(capfd, *arguments)
    assert status == 1 and out == "" and message in err
    assert err.count("\n") == 1


def test_failures_give_status_1_and_the_program(capfd: pytest.CaptureFixture[str], monkeypatch):
    def wrong(kit, sample):
        raise conform.Failure("it is wrong", sample.module())

    monkeypatch.setitem(conform.COLUMNS, "text", wrong)
    status, out, _ = run(capfd, "ten", "--op", "ten.sum", "--columns", "text", "--seed", "7")
    assert status == 1
    assert "ten.sum: text FAIL (seed 7): it is wrong\nbuiltin.module" in out


def test_the_plugin(pytester: pytest.Pytester):
    arguments = ["-p", "letgrad.tools.testing.conform_plugin", "-q", "--conform", "sharing"]
    arguments += ["--conform-cases", "2", "-k", "let and not cpu and not triton"]
    result = pytester.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=8, deselected=12)
    assert pytester.runpytest_subprocess("-p", "letgrad.tools.testing.conform_plugin").ret == 5


pytest_plugins = ["pytester"]
