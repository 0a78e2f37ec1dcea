"""The command `letgrad`: what it reads, what it prints, and how it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from letgrad.tools import cli
from letgrad.tools.docs import markdown

pytestmark = pytest.mark.sampled(2)
SLOW = pytest.mark.slow

PROGRAM = """
func.func @foo(%x: f64, %v: tensor<2xf32>) -> (f64, tensor<2xf32>) {
  %y = math.sin %x : f64
  %w = arith.addf %v, %v : tensor<2xf32>
  func.return %y, %w : f64, tensor<2xf32>
}
func.func private @helper(%x: f64) -> f64 {
  func.return %x : f64
}
"""


def identity(type: str) -> str:
    return f"func.func @id(%x: {type}) -> {type} {{ func.return %x : {type} }}"


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "foo.mlir"
    path.write_text(PROGRAM)
    return str(path)


@pytest.fixture
def letgrad(capfd: pytest.CaptureFixture[str]):
    """Run the command; give its exit status, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(arguments)
        out, err = capfd.readouterr()
        return status, out, err

    return run


def test_run_prints_the_results(letgrad, program):
    status, out, err = letgrad("run", program, "--input", "0.5", "--input", "[1, 2.5]")
    assert (status, err) == (0, "")
    assert out == f"%0: f64 = {np.sin(0.5)}\n%1: tensor<2xf32> = [2.0, 5.0]\n"


@pytest.mark.parametrize("name", ["é", '"a b,{}="', '"x\\22y"'])
def test_grad_of_a_function_with_any_name(letgrad, tmp_path, name):
    path = tmp_path / "f.mlir"
    path.write_text(f"func.func @{name}(%x: f64) -> f64 {{ func.return %x : f64 }}")
    status, out, err = letgrad("grad", str(path), "--to", "ß,=", "--emit", "terms")
    assert (status, err) == (0, "")
    assert out.endswith("ß,= = \\x -> (x, 1.0)\n")


def test_grad_of_a_program_after_other_passes(letgrad, tmp_path):
    (tmp_path / "two.mlir").write_text(
        "func.func private @square(%x: f64) -> f64 {\n"
        "  %y = arith.mulf %x, %x : f64\n  func.return %y : f64\n}\n"
        "func.func @f(%x: f64) -> f64 {\n"
        "  %y = func.call @square(%x) : (f64) -> f64\n  func.return %y : f64\n}\n"
    )
    status, out, _ = letgrad("grad", f"{tmp_path}/two.mlir", "--before", "inline,symbol-dce")
    assert status == 0 and "@square" not in out and "arith.constant 2.0" in out
    status, _, err = letgrad("grad", f"{tmp_path}/two.mlir", "--before", "nosuch")
    assert status == 1 and "there is no pass 'nosuch'" in err


def test_inputs_by_name(letgrad, program):
    expected = letgrad("run", program, "-i", "0.5", "-i", "[1, 2]")
    assert expected[0] == 0
    assert letgrad("run", program, "-i", "v=[1, 2]", "-i", "x=0.5") == expected
    assert letgrad("run", program, "-i", "v=[1, 2]", "-i", "0.5") == expected


def test_inputs_from_files(letgrad, program, tmp_path):
    x, v = np.float64(0.5), np.array([1, 2], np.float32)
    np.save(tmp_path / "v.npy", v)
    np.savez(tmp_path / "named.npz", v=v, x=x)
    np.savez(tmp_path / "ordered.npz", x, v)
    expected = letgrad("run", program, "-i", "0.5", "-i", "[1, 2]")
    assert expected[0] == 0
    assert letgrad("run", program, "-i", "0.5", "-i", f"{tmp_path}/v.npy") == expected
    assert letgrad("run", program, "-i", f"{tmp_path}/named.npz") == expected
    assert letgrad("run", program, "-i", f"{tmp_path}/ordered.npz") == expected


def test_made_up_inputs(letgrad, program):
    first = letgrad("run", program, "-i", "zeros", "-i", "random:7")
    assert first[0] == 0 and first[1].startswith("%0: f64 = 0.0\n")
    assert letgrad("run", program, "-i", "zeros", "-i", "random:7") == first
    assert letgrad("run", program, "-i", "zeros", "-i", "random:8") != first
    assert letgrad("run", program, "-i", "zeros", "-i", "ones")[1].endswith("= [2.0, 2.0]\n")


def test_results_are_saved(letgrad, program, tmp_path):
    saved = str(tmp_path / "out.npz")
    assert letgrad("run", program, "-i", "0.5", "-i", "[1, 2]", "-o", saved) == (0, "", "")
    with np.load(saved) as archive:
        assert archive["arr_0"] == np.sin(0.5)
        np.testing.assert_array_equal(archive["arr_1"], np.array([2, 4], np.float32))
        assert archive["arr_1"].dtype == np.float32


@pytest.mark.parametrize("type", ["bf16", "tensor<3xbf16>"])
def test_bfloat16_goes_through_a_file(letgrad, tmp_path, type):
    shape = () if type == "bf16" else (3,)
    (tmp_path / "id.mlir").write_text(identity(type))
    np.save(tmp_path / "x.npy", np.full(shape, 1.5, ml_dtypes.bfloat16))
    out = str(tmp_path / "y.npy")
    arguments = ("run", f"{tmp_path}/id.mlir", "-i", f"{tmp_path}/x.npy")
    assert letgrad(*arguments, "-o", out) == (0, "", "")
    assert letgrad("run", f"{tmp_path}/id.mlir", "-i", out) == letgrad(*arguments)
    assert letgrad(*arguments)[1] == f"%0: {type} = {'1.5' if not shape else '[1.5, 1.5, 1.5]'}\n"


@pytest.mark.parametrize(
    ("type", "text", "printed"),
    [
        ("i64", "-3", "-3"),
        ("i1", "true", "true"),
        ("i1", "False", "false"),
        ("i1", "1", "true"),
        ("i1", "0", "false"),
        ("tensor<2xi1>", "[0, 1]", "[false, true]"),
        ("f32", "1e-3", "0.001"),
        ("f32", "0.1", "0.1"),
        ("f64", "7", "7.0"),
        ("tensor<2x2xf64>", "[[1,2],[3,4]]", "[[1.0, 2.0],\n [3.0, 4.0]]"),
        ("f64", "-inf", "-inf"),
        ("tensor<2x2xf64>", "[[1.5, nan], [inf, -2]]", "[[1.5, nan],\n [inf, -2.0]]"),
        ("tensor<2xi1>", "[true, false]", "[true, false]"),
        ("tensor<0xf64>", "[]", "[]"),
        ("index", "5", "5"),
    ],
)
def test_literals(letgrad, tmp_path, type, text, printed):
    (tmp_path / "id.mlir").write_text(identity(type))
    status, out, err = letgrad("run", f"{tmp_path}/id.mlir", f"--input={text}")
    assert (status, out, err) == (0, f"%0: {type} = {printed}\n", "")


@pytest.mark.parametrize(
    ("type", "text", "message"),
    [
        ("i64", "1.5", "argument 0 of @id is i64, which cannot hold '1.5'"),
        ("i8", "300", "which cannot hold '300'"),
        ("i64", "9223372036854775808", "which cannot hold '9223372036854775808'"),
        ("i1", "2", "which cannot hold '2'"),
        ("i1", "0.5", "which cannot hold '0.5'"),
        ("tensor<2xi1>", "[1, 2]", "which cannot hold '[1, 2]'"),
        ("f64", "true", "which cannot hold 'true'"),
        ("f64", "[1.0]", "is f64, of shape []; input '[1.0]' has shape [1]"),
        ("tensor<2xf64>", "[1, 2, 3]", "of shape [2]; input '[1, 2, 3]' has shape [3]"),
        ("tensor<2x2xf64>", "[[1, 2], [3]]", "its rows differ in length"),
        ("f64", '"a"', "holds something else than numbers"),
        ("f64", "what", "input 'what' is not a number, list, .npy or .npz file, random:SEED"),
        (
            "f64",
            "nowhere.npy",
            "nowhere.npy:1:1: error: cannot read the file: no such file or directory",
        ),
        ("f64", "y=1", "@id has no argument 'y', but x"),
    ],
)
def test_bad_inputs(letgrad, tmp_path, type, text, message):
    (tmp_path / "id.mlir").write_text(identity(type))
    status, out, err = letgrad("run", f"{tmp_path}/id.mlir", f"--input={text}")
    assert (status, out) == (1, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_an_array_keeps_its_dtype(letgrad, tmp_path):
    (tmp_path / "id.mlir").write_text(identity("f32"))
    np.save(tmp_path / "x.npy", np.float64(1))
    status, _, err = letgrad("run", f"{tmp_path}/id.mlir", "-i", f"{tmp_path}/x.npy")
    assert status == 1
    assert "argument 0 of @id is f32, of float32; input" in err and "is of float64" in err


def test_a_file_that_is_no_array(letgrad, tmp_path):
    (tmp_path / "id.mlir").write_text(identity("f32"))
    (tmp_path / "x.npy").write_text("no array")
    status, _, err = letgrad("run", f"{tmp_path}/id.mlir", "-i", f"{tmp_path}/x.npy")
    assert (status, err) == (
        1,
        f"{tmp_path}/x.npy:1:1: error: cannot read the file: it is no .npy file\n",
    )


@pytest.mark.parametrize("backend", ["numpy", "cpu", "triton"])
@pytest.mark.parametrize(
    ("type", "why"),
    [
        ("memref<3xf32>", ""),
        ("vector<4xf32>", ""),
        ("complex<f16>", ""),
        ("i7", ""),
        ("tensor<3xcomplex<bf16>>", ", whose elements are complex<bf16>"),
        ("tensor<?xf32>", ", whose sizes are not fixed"),
        ("tensor<*xf32>", ", whose rank is not fixed"),
    ],
)
def test_a_type_that_letgrad_does_not_compute_with(letgrad, tmp_path, type, why, backend):
    for what, text in [
        ("argument 0", f"func.func @f(%x: {type}) {{ func.return }}"),
        (
            "result 1",
            f"func.func @f(%x: f32) -> (f32, {type}) {{\n"
            f'  %y = "test.op"() : () -> {type}\n  func.return %x, %y : f32, {type}\n}}',
        ),
    ]:
        if what == "argument 0" and type in ("memref<3xf32>", "vector<4xf32>", "tensor<?xf32>"):
            continue  # The conversion of upstream's programs makes tensors of these.
        (tmp_path / "f.mlir").write_text(text)
        status, out, err = letgrad("run", f"{tmp_path}/f.mlir", "-i", "0", "--backend", backend)
        assert (status, out) == (1, "")
        assert err == (
            f"{tmp_path}/f.mlir:1:1: error: {what} of @f is {type}{why}; letgrad computes with "
            "scalars and tensors of fixed sizes whose elements are f16, bf16, f32, f64, "
            "complex<f32>, complex<f64>, i1, i8, i16, i32, i64 or index\n"
        )


def test_complex_numbers(letgrad, tmp_path):
    """Python's notation, which a result has as well, so that it can be an input again."""
    text = "func.func @f(%z: tensor<3xcomplex<f64>>) -> tensor<3xcomplex<f64>> { func.return %z : "
    (tmp_path / "f.mlir").write_text(f"{text}tensor<3xcomplex<f64>> }}")
    given = "[1.5-2j, -0-0j, 1e+300j]"
    status, out, _ = letgrad("run", f"{tmp_path}/f.mlir", "-i", given)
    assert (status, out) == (0, f"%0: tensor<3xcomplex<f64>> = {given}\n")
    _, out, _ = letgrad("run", f"{tmp_path}/f.mlir", "-i", "random:0")
    assert out.count("j") == 3 and "+0j" not in out
    (tmp_path / "f.mlir").write_text("func.func @f(%x: f64) -> f64 { func.return %x : f64 }")
    status, _, err = letgrad("run", f"{tmp_path}/f.mlir", "-i", "1+2j")
    assert status == 1 and "argument 0 of @f is f64, which cannot hold '1+2j'" in err


@pytest.mark.parametrize("filled", ["zeros", "random:0"])
def test_an_input_that_no_memory_holds(letgrad, tmp_path, filled):
    """NumPy's error was called an internal error, without a place."""
    (tmp_path / "id.mlir").write_text(identity("tensor<1000000000x1000000000xf32>"))
    status, _, err = letgrad("run", f"{tmp_path}/id.mlir", "-i", filled)
    assert (status, err) == (
        1,
        f"{tmp_path}/id.mlir:1:1: error: there is not enough memory for argument 0 of @id: "
        "tensor<1000000000x1000000000xf32>\n",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    "words",
    [
        "opt --list-passes",
        "cli run --help",
        *(pytest.param(w, marks=SLOW) for w in ("opt --help", "opt --version", "cli --help")),
    ],
)
def test_an_output_that_cannot_be_written(words):
    """argparse passed over the error, and the exit status was 0."""
    tool, *options = words.split()
    command = [sys.executable, "-m", f"letgrad.tools.{tool}", *options]
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    name = "letgrad" if tool == "cli" else "letgrad-opt"
    assert result.returncode == 1
    assert result.stderr == f"{name}: error: cannot write the output: no space left on device\n"


def test_a_whole_number_beyond_64_bits_is_a_float(letgrad, tmp_path):
    """The message was that the input holds something else than numbers."""
    (tmp_path / "id.mlir").write_text(identity("tensor<3xf32>"))
    numbers = f"[99999999999999999999, -9223372036854775809, 1{5000 * '0'}]"
    status, out, _ = letgrad("run", f"{tmp_path}/id.mlir", "-i", numbers)
    assert (status, out) == (0, "%0: tensor<3xf32> = [1e+20, -9.223372e+18, inf]\n")


def test_an_architecture_is_checked_also_where_only_the_file_is_written(letgrad, tmp_path):
    (tmp_path / "id.mlir").write_text(identity("f32"))
    status, out, err = letgrad("compile", f"{tmp_path}/id.mlir", "--arch", "sm_1")
    assert (status, out) == (1, "")
    assert "'sm_1' is no architecture; these are: " in err


def test_a_file_with_objects(letgrad, tmp_path):
    """NumPy's words were about its option `allow_pickle`."""
    (tmp_path / "id.mlir").write_text(identity("f32"))
    np.save(tmp_path / "x.npy", np.array([1.0, "a"], object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=np.array([None]))
    for name in ("x.npy", "x.npz"):
        status, _, err = letgrad("run", f"{tmp_path}/id.mlir", "-i", f"{tmp_path}/{name}")
        reason = "the array has Python objects in it, and letgrad reads numbers"
        assert status == 1
        assert err == f"{tmp_path}/{name}:1:1: error: cannot read the file: {reason}\n"


def test_a_module_without_functions(letgrad, tmp_path):
    (tmp_path / "none.mlir").write_text("func.func private @f(f64) -> f64\n")
    for command in ("run", "grad"):
        status, _, err = letgrad(command, f"{tmp_path}/none.mlir")
        assert status == 1
        assert err.endswith(":1:1: error: there is no public function with a body\n")


@pytest.mark.parametrize("inputs", [[], ["1"], ["1", "zeros", "zeros"]])
def test_the_number_of_inputs(letgrad, program, inputs):
    status, _, err = letgrad("run", program, *(f"--input={i}" for i in inputs))
    assert status == 1
    assert err == (
        f"{program}:2:1: error: @foo takes 2 arguments (f64, tensor<2xf32>), "
        f"and {len(inputs)} inputs are given\n"
    )


def test_the_entry(letgrad, tmp_path):
    (tmp_path / "two.mlir").write_text(identity("f64") + identity("f64").replace("@id", "@other"))
    status, _, err = letgrad("run", f"{tmp_path}/two.mlir", "-i", "1")
    assert status == 1 and "name the function with --entry; public are @id, @other" in err
    status, out, _ = letgrad("run", f"{tmp_path}/two.mlir", "--entry", "other", "-i", "1")
    assert (status, out) == (0, "%0: f64 = 1.0\n")
    status, _, err = letgrad("run", f"{tmp_path}/two.mlir", "--entry", "third", "-i", "1")
    assert status == 1 and "there is no function @third" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("func.func @f(%x: f64) -> f64 {\n  func.return %y : f64\n}", ":2:15: error: "),
        ("func.func @f(%x: f64) -> f32 {\n  func.return %x : f64\n}", ":2:"),
        ("what", ":1:1: error: "),
    ],
)
def test_a_program_that_is_wrong(letgrad, tmp_path, text, message):
    (tmp_path / "bad.mlir").write_text(text)
    status, out, err = letgrad("run", f"{tmp_path}/bad.mlir", "-i", "1")
    assert (status, out) == (1, "")
    assert message in err and "Traceback" not in err


def test_passes_run_before(letgrad, program):
    plain = letgrad("run", program, "-i", "1", "-i", "ones")
    assert letgrad("run", program, "-i", "1", "-i", "ones", "-p", "canonicalize,cse") == plain
    status, _, err = letgrad("run", program, "-i", "1", "-i", "ones", "-p", "canonicalise")
    assert status == 1 and "did you mean 'canonicalize'?" in err


def test_grad(letgrad, tmp_path):
    (tmp_path / "f.mlir").write_text("""
      func.func @f(%x: f64, %n: i64, %y: f64) -> f64 {
        %s = math.sin %x : f64
        %r = arith.mulf %s, %y : f64
        func.return %r : f64
      }
    """)
    terms = ("grad", f"{tmp_path}/f.mlir", "--emit", "terms")
    expected = "f = \\x n y -> let s = sin x in (s * y, s)\n"
    assert letgrad(*terms, "--wrt", "2") == (0, expected, "")
    expected = "f = \\x n y ct -> let s = sin x in (s * y, s * ct)\n"
    assert letgrad(*terms, "--wrt", "2", "--cotangent") == (0, expected, "")
    assert letgrad(*terms) == letgrad(*terms, "--wrt", "0,2", "--entry", "f")
    expected = "f = \\x n y t_y -> let s = sin x in (s * y, s * t_y)\n"
    assert letgrad(*terms, "--mode", "forward", "--wrt", "2") == (0, expected, "")
    expected = "f = \\x n y -> sin x * y\n\ndf = \\x n y -> let s = sin x in (s * y, s)\n"
    status, out, err = letgrad(*terms, "--wrt", "2", "--to", "df")
    assert (status, out.split(), err) == (0, expected.split(), "")

    saved = str(tmp_path / "df.mlir")
    assert letgrad("grad", f"{tmp_path}/f.mlir", "--wrt", "2,0", "-o", saved) == (0, "", "")
    status, out, err = letgrad("run", saved, "-i", "0.5", "-i", "1", "-i", "3")
    assert (status, err) == (0, "")
    s, c = np.sin(0.5), np.cos(0.5)
    assert out == f"%0: f64 = {s * 3}\n%1: f64 = {s}\n%2: f64 = {c * 3}\n"


def test_grad_of_several_results(letgrad, program):
    """The cotangents of all float results are arguments, in their order."""
    where = "a gradient needs one float scalar, and @foo gives f64, tensor<2xf32>"
    status, out, err = letgrad("grad", program)
    assert (status, out) == (1, "")
    assert err.startswith(f"{program}:2:1: error: {where}") and "--cotangent" in err
    assert len(err.splitlines()) == 1
    status, out, err = letgrad("grad", program, "--cotangent", "--emit", "terms", "--wrt", "1")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == "foo = \\x v ct ct1 -> (sin x, v + v, ct1 + ct1)"


@pytest.mark.parametrize("type", ["tensor<2xf64>", "i64"])
def test_grad_is_of_a_float_scalar(letgrad, tmp_path, type):
    (tmp_path / "id.mlir").write_text(identity(type))
    status, _, err = letgrad("grad", f"{tmp_path}/id.mlir")
    assert status == 1 and f"a gradient needs one float scalar, and @id gives {type};" in err


def test_grad_says_what_is_wrong(letgrad, program):
    status, out, err = letgrad("grad", program, "--wrt", "x")
    assert (status, out) == (1, "")
    assert err == "letgrad: error: --wrt wants numbers of arguments, such as 0,2, and not 'x'\n"
    status, _, err = letgrad("grad", program, "--emit", "termz")
    assert status == 1 and "there is no target 'termz'; did you mean 'terms'?" in err
    status, _, err = letgrad("grad", program, "--wrt", "5", "--cotangent")
    assert status == 1 and f"{program}:2:1: error: wrt=5: @foo has 2 arguments" in err
    status, _, err = letgrad("grad", program, "--mode", "forward", "--cotangent")
    assert status == 1 and "the forward mode takes tangents" in err


def test_a_loop_of_unknown_length_with_side_effects_is_an_error_with_its_place(letgrad, tmp_path):
    (tmp_path / "loop.mlir").write_text("""func.func @f(%x: f64, %2: index) -> f64 {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %r = scf.for %i = %0 to %2 step %1 iter_args(%a = %x) -> (f64) {
    %b = math.sin %a : f64
    printf.print_format "{}", %b : f64
    scf.yield %b : f64
  }
  func.return %r : f64
}
""")
    status, out, err = letgrad("grad", f"{tmp_path}/loop.mlir")
    assert (status, out) == (1, "")
    assert err.startswith(f"{tmp_path}/loop.mlir:4:") and "its number of steps is not known" in err


def test_a_loop_that_writes_to_memory_has_a_derivative(letgrad, tmp_path):
    (tmp_path / "loop.mlir").write_text("""func.func @f(%x: f64, %2: index) -> f64 {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %m = memref.alloc() : memref<3xf64>
  %r = scf.for %i = %0 to %2 step %1 iter_args(%a = %x) -> (f64) {
    %b = math.sin %a : f64
    memref.store %b, %m[%0] : memref<3xf64>
    scf.yield %b : f64
  }
  func.return %r : f64
}
""")
    status, out, err = letgrad("grad", f"{tmp_path}/loop.mlir")
    assert (status, err) == (0, "") and "math.cos" in out and "memref" not in out


def test_usage_errors_are_one_line(letgrad):
    for arguments in ((), ("run",), ("fly", "x.mlir"), ("run", "x.mlir", "--backend", "abacus")):
        status, out, err = letgrad(*arguments)
        assert (status, out) == (1, "")
        assert len(err.splitlines()) == 1 and "error: " in err


def test_the_traceback_is_shown_on_request(letgrad, tmp_path):
    missing = f"{tmp_path}/missing.mlir"
    assert "Traceback" not in letgrad("run", missing)[2]
    assert "Traceback" in letgrad("run", missing, "--traceback")[2]


def test_the_environment_asks_for_tracebacks(letgrad, monkeypatch, tmp_path):
    monkeypatch.setenv("LETGRAD_TRACEBACK", "1")
    assert "Traceback" in letgrad("grad", f"{tmp_path}/missing.mlir")[2]


def test_a_reader_that_has_gone(program):
    command = Path(sys.executable).with_name("letgrad")
    script = f"{command} grad {program} --cotangent | true; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert result.stderr == ""


def test_the_installed_command():
    command = Path(sys.executable).with_name("letgrad")
    result = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("letgrad ")


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("entry", ["declared", "calls"])
def test_a_function_without_a_body(letgrad, tmp_path, backend, entry):
    path = tmp_path / "f.mlir"
    path.write_text(
        "func.func private @declared(f64) -> f64\n"
        "func.func @calls(%x: f64) -> f64 {\n"
        "  %0 = func.call @declared(%x) : (f64) -> f64\n"
        "  func.return %0 : f64\n}\n"
    )
    status, out, err = letgrad("run", str(path), "--entry", entry, "--backend", backend, "-i", "1")
    assert (status, out) == (1, "") and err.endswith(": error: @declared has no body to run\n")
    assert err.startswith(str(path)) and err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ten.gatherr", "ten.gather"),
        ("gradientt", "gradient"),
        ("termz", "terms"),
        ("lg.gradd", "lg.grad"),
        ("np.summ", "np.sum"),
        ("GatherOutsid", "GatherOutside"),
    ],
)
def test_docs_of_a_name_that_is_nearly_right(letgrad, name, meant):
    status, out, err = letgrad("docs", name)
    assert (status, out) == (1, "")
    assert err.endswith(f"or Python module '{name}'; did you mean '{meant}'?\n")


def test_docs_keep_the_lines_of_errors_together():
    text = "Errors: `LetgradError`, at the op,\n        with the name.\n\nMore."
    assert markdown.prose(text) == (
        "- **Errors:** `LetgradError`, at the op,\n  with the name.\n\nMore."
    )


SIZED_BY_THE_CALL = """
func.func @double(%x: tensor<?xf64>) -> tensor<?xf64> {
  %y = arith.addf %x, %x : tensor<?xf64>
  func.return %y : tensor<?xf64>
}
func.func @f(%x: tensor<?x2xf64>, %y: tensor<?xf64>) -> (f64, tensor<?xf64>) {
  %zero = arith.constant dense<0.0> : tensor<f64>
  %r = linalg.reduce { arith.addf } ins(%x : tensor<?x2xf64>) outs(%zero : tensor<f64>)
    dimensions = [0, 1]
  %s = tensor.extract %r[] : tensor<f64>
  %d = func.call @double(%y) : (tensor<?xf64>) -> tensor<?xf64>
  %m = arith.cmpf ogt, %y, %d : tensor<?xf64>
  %t = arith.select %m, %y, %d : tensor<?xi1>, tensor<?xf64>
  func.return %s, %t : f64, tensor<?xf64>
}
"""


def test_inputs_say_the_dynamic_sizes(letgrad, tmp_path):
    path = tmp_path / "f.mlir"
    path.write_text(SIZED_BY_THE_CALL)
    words = ["run", str(path), "--entry", "f", "-i", "[[1, 2], [3, 4], [5, 6]]"]
    assert letgrad(*words, "-i", "[1, -1]") == (
        0, "%0: f64 = 21.0\n%1: tensor<2xf64> = [2.0, -1.0]\n", ""
    )  # fmt: skip
    assert letgrad(*words, "-i", "[]")[1].endswith("%1: tensor<0xf64> = []\n")


ALLOCATES = """
func.func @f(%x: f64, %n: index) -> f64 {
  %m = memref.alloc(%n) : memref<?xf64>
  linalg.fill ins(%x : f64) outs(%m : memref<?xf64>)
  %z = arith.constant 1.0 : f64
  %r = affine.for %i = 0 to %n iter_args(%s = %z) -> (f64) {
    %v = affine.load %m[%i] : memref<?xf64>
    %w = arith.mulf %v, %s : f64
    affine.yield %w : f64
  }
  return %r : f64
}
"""


def test_an_integer_argument_says_a_size(letgrad, tmp_path):
    """Such an argument is a number, and no argument of the program any more."""
    path = tmp_path / "f.mlir"
    path.write_text(ALLOCATES)
    for inputs in (["-i", "2.0", "-i", "5"], ["-i", "n=5", "-i", "x=2.0"]):
        assert letgrad("run", str(path), *inputs) == (0, "%0: f64 = 32.0\n", "")
    _, out, err = letgrad("run", str(path), "-i", "2.0", "-i=-1")
    assert not out and err == f"{path}:2:1: error: argument 1 of @f says a size, and is -1\n"
    _, out, err = letgrad("grad", str(path))
    assert "memref.alloc: letgrad computes with fixed sizes" in err and "from %n: " in err
    _, out, err = letgrad("grad", str(path), "--sizes", "1,2")
    assert "@f has 0 dynamic sizes and 1 arguments that say sizes, and 2 are given" in err
    status, out, err = letgrad("grad", str(path), "--sizes", "3", "-o", str(tmp_path / "g.mlir"))
    assert (status, err) == (0, "")
    _, out, _ = letgrad("run", str(tmp_path / "g.mlir"), "-i", "2.0")
    assert out == "%0: f64 = 8.0\n%1: f64 = 12.0\n"


@pytest.mark.parametrize(
    "words, message",
    [
        (["run", "-i", "[1]", "-i", "[1]"], "of 2 dimensions; input '[1]' has shape [1]"),
        (["run", "-i", "[[1, 2]]", "-i", "zeros"], "'zeros' says no size"),
        (["run", "-i", "[[1, 2, 3]]", "-i", "[1]"], "is tensor<1x2xf64>, of shape [1, 2]"),
        (["grad"], "letgrad computes with fixed sizes, and not with tensor<?x2xf64>"),
        (["grad", "--sizes", "1,2,3"], "@f has 2 dynamic sizes, and 3 are given"),
        (["grad", "--sizes", "few"], "'few' is no list of sizes"),
    ],
)
def test_sizes_that_nothing_says(letgrad, tmp_path, words, message):
    path = tmp_path / "f.mlir"
    path.write_text(SIZED_BY_THE_CALL)
    status, _, said = letgrad(words[0], str(path), "--entry", "f", *words[1:])
    assert status and message in said


def test_a_gradient_for_sizes_of_the_command_line(letgrad, tmp_path):
    path = tmp_path / "f.mlir"
    path.write_text(SIZED_BY_THE_CALL.replace(", tensor<?xf64>) {", ") {").replace(
        "func.return %s, %t : f64, tensor<?xf64>", "func.return %s : f64"))  # fmt: skip
    words = ["grad", str(path), "--entry", "f", "--wrt", "0", "--sizes", "3,2"]
    status, text, _ = letgrad(*words)
    assert not status and "%x: tensor<3x2xf64>, %y: tensor<2xf64>" in text


def test_a_program_of_vectors_runs(letgrad, tmp_path):
    path = tmp_path / "f.mlir"
    path.write_text("""
    func.func @f(%x: vector<2xf64>) -> vector<2xf64> {
      %y = arith.mulf %x, %x : vector<2xf64>
      func.return %y : vector<2xf64>
    }""")
    assert letgrad("run", str(path), "-i", "[2, 3]") == (
        0, "%0: tensor<2xf64> = [4.0, 9.0]\n", ""
    )  # fmt: skip
