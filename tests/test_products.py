"""Products of matrices in common loops with nests: on the reference, and on the cpu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp, TensorType, f64

import letgrad as lg
from letgrad.dialects import kernel, ten
from letgrad.lowering.cpu import backend, codegen, nest_layout, split
from letgrad.lowering.cpu.matrices import blas
from letgrad.lowering.nests import matrix_products
from letgrad.lowering.nests.fuse_rows import FuseRowsPass
from letgrad.lowering.nests.matrix_products import Product, product
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import opt

from .test_kernel import agree, parse

CTX = opt.LetgradOptMain([]).ctx
ALWAYS = FuseRowsPass(min_row=0, min_rows=0, products=True)

pytestmark = pytest.mark.skipif(blas.integers() is None, reason="NumPy has another BLAS")


@pytest.fixture
def small_panels(monkeypatch: pytest.MonkeyPatch):
    """Several panels, and parts for threads, of matrices that are small."""
    monkeypatch.setattr(nest_layout, "LEAST_ROWS", 2)
    monkeypatch.setattr(nest_layout, "MOST_ROWS", 3)
    monkeypatch.setattr(matrix_products, "ADDED_INNER", 2)
    monkeypatch.setattr(nest_layout, "FEW_ROWS", 2)
    monkeypatch.setattr(split, "THREAD_WORK", 1 << 5)


def lowered(module: ModuleOp) -> ModuleOp:
    changed = module.clone()
    for a_pass in backend.passes():
        (ALWAYS if isinstance(a_pass, FuseRowsPass) else a_pass).apply(CTX, changed)
        changed.verify()
    return changed


def count(module: ModuleOp, kind: type) -> int:
    return sum(isinstance(op, kind) for op in module.walk())


def check(f: Callable[..., Any], *args: Any) -> int:
    """Compare with the reference, on the reference and on the cpu; how many products there were."""
    traced = lg.jit(f).traced(*args)
    expected = Evaluator(traced.module).call(traced.entry, args)
    changed = lowered(traced.module)
    agree(Evaluator(changed).call(traced.entry, args), expected, changed)
    agree(backend.Compiler(changed).entry(traced.entry)(*args), expected, changed)
    return count(changed, kernel.ProductOp)


def normal(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)


SIZES = dict(zip("abcdefghijklmnopqrstuvwxyz", (2, 3, 8, 9, 5, 11, 12, 10)))

PRODUCTS = (
    "hg,gf->hf", "gh,gf->hf", "hg,fg->hf", "gh,fg->hf", "hg,gf->fh", "ahg,agf->ahf",
    "chbg,cfbg->cbhf", "hbg,gbf->bhf", "ahg,gf->ahf", "hg,agf->ahf", "hbg,bgf->hf", "hg,gbf->hbf",
    "abhg,bgf->abhf", "hab,fab->hf", "hbg,gbf->hf", "bhg,bfg->hf", "bgh,bgf->hf", "bhg,bgf->hf",
    "dag,gf->daf", "gda,cgf->cdaf",
)  # fmt: skip

OTHERS = {
    "hbe,ebf->hf": "no matrix where it lies",  # the two indices are summed in another order
    "hga,gfa->hfa": "last indices",
    "hg,gf->hfg": "summed over",
    "hga,gf->hf": "summed over",
    "hgh,gf->hf": "an index once",
    "adg,gf->daf": "in pieces of 2",
}


def arrays_for(spec: str, dtype: Any = np.float64, **sizes: int) -> list[np.ndarray]:
    words = spec.partition("->")[0].split(",")
    known = {**SIZES, **sizes}
    return [normal(*(known[c] for c in w), dtype=dtype) for w in words]


def layer(spec: str) -> Callable[..., Any]:
    return lambda x, y: np.tanh(np.einsum(spec, x, y) / 4 + 1)


@pytest.mark.parametrize("spec", PRODUCTS)
def test_products_where_they_lie(spec: str, small_panels: None):
    assert check(layer(spec), *arrays_for(spec)) == 1


@pytest.mark.parametrize("spec", PRODUCTS[::4])
def test_floats_of_32_bits(spec: str, small_panels: None):
    assert check(layer(spec), *arrays_for(spec, np.float32)) == 1


@pytest.mark.parametrize("one", "abfgh")
def test_sizes_of_one(one: str, small_panels: None):
    for spec in PRODUCTS[::3]:
        check(layer(spec), *arrays_for(spec, **{one: 1}))


@pytest.mark.parametrize("spec", ["hg,gf->hf", "ahg,agf->ahf"])
@pytest.mark.parametrize("none", "fgh")
def test_nothing_to_multiply(spec: str, none: str):
    assert check(layer(spec), *arrays_for(spec, **{none: 0})) == 0


@pytest.mark.parametrize("spec", OTHERS)
def test_what_is_no_product(spec: str):
    check(layer(spec), *arrays_for(spec))
    inputs, _, output = spec.partition("->")
    words = inputs.split(",")
    found = product(words, output, [TensorType(f64, [SIZES[c] for c in w]) for w in words])
    assert not isinstance(found, Product) and OTHERS[spec] in found()


def test_epilogues(small_panels: None):
    """Whatever reads rows: a bias, reductions along rows and over rows, other types, a mask."""
    x, w, b = normal(11, 6), normal(6, 9), normal(9)
    mask = normal(11, 9) > 0

    def f(x: Any, w: Any, b: Any, mask: Any) -> Any:
        p = x @ w + b
        e = np.exp(p - np.max(p, axis=1, keepdims=True))
        s = e / np.sum(e, axis=1, keepdims=True)
        return (
            p,
            s,
            np.where(mask, p, 0).astype(np.float32),
            np.sum(p, axis=0),
            np.sum(p * s),
            p > 0,
        )

    assert check(f, x, w, b, mask) == 1
    assert check(lambda x, w: (x @ w, np.sum(x @ w, axis=0)), x, w) == 1


def test_floats_of_16_bits(small_panels: None):
    """They are multiplied as float32; the rounding is a part of the epilogue."""
    x, w = normal(11, 6, dtype=np.float16), normal(6, 9, dtype=np.float16)
    assert check(lambda x, w: np.maximum(x @ w, 0), x, w) == 1


def test_products_of_products_wait_for_all_rows(small_panels: None):
    x, w = normal(9, 7), normal(7, 7)
    assert check(lambda x, w: np.tanh(np.tanh(x @ w) @ w) @ w.T, x, w) == 3
    # Another row than that of the nest is not there yet.
    assert check(lambda x, w: (x @ w) + (x @ w)[::-1], x, w) == 1


def test_gradients(small_panels: None):
    def loss(w: Any, v: Any, b: Any, x: Any) -> Any:
        return np.sum(np.tanh(np.tanh(x @ w + b) @ v) ** 2)

    args = normal(6, 9), normal(9, 8), normal(9), normal(11, 6)
    assert check(lg.value_and_grad(loss, argnums=(0, 1, 2, 3)), *args) >= 4


def test_attention(small_panels: None):
    def attention(q: Any, k: Any, v: Any) -> Any:
        s = np.einsum("bqhd,bkhd->bhqk", q, k) / 2
        e = np.exp(s - np.max(s, axis=-1, keepdims=True))
        return np.einsum("bhqk,bkhd->bhqd", e / np.sum(e, axis=-1, keepdims=True), v)

    q, k, v = normal(2, 9, 3, 5), normal(2, 10, 3, 5), normal(2, 10, 3, 5)
    assert check(attention, q, k, v) == 2
    check(lg.grad(lambda *x: np.sum(attention(*x) ** 2), argnums=(0, 1, 2)), q, k, v)


def test_without_that_library(monkeypatch: pytest.MonkeyPatch):
    x, w = normal(11, 6), normal(6, 9)
    traced = lg.jit(lambda x, w: np.tanh(x @ w)).traced(x, w)
    monkeypatch.setattr(blas, "integers", lambda: None)
    prepared = backend.prepared(traced.module)
    assert count(prepared, kernel.ProductOp) == 0
    assert count(prepared, ten.EinsumOp) == 1
    program = backend.compile(traced.module, traced.entry)
    np.testing.assert_allclose(program(x, w)[0], np.tanh(x @ w))


def test_a_strict_program_multiplies_in_order():
    x, w = normal(11, 6), normal(6, 9)
    traced = lg.jit(lambda x, w: np.tanh(x @ w)).traced(x, w)
    assert count(backend.prepared(traced.module, strict=True), kernel.ProductOp) == 0


def test_steps_of_a_loop_stay_in_machine_code():
    """A body with products is run by one call for all steps."""
    w, xs, h = normal(8, 8) / 4, normal(20, 9, 8), normal(9, 8)

    def f(w: Any, xs: Any, h: Any) -> Any:
        return lg.scan(lambda h, x: (np.tanh(h @ w + x), np.sum(h)), h, xs)

    traced = lg.jit(f).traced(w, xs, h)
    compiler = backend.Compiler(backend.prepared(traced.module))
    program = compiler.entry(traced.entry)
    one_piece = any(found is not None for found in compiler.loops.values())
    assert one_piece or any(part is not None and part.loop for part in compiler.programs.values())
    agree(program(w, xs, h), Evaluator(traced.module).call(traced.entry, (w, xs, h)))


def test_results_into_given_arrays():
    x, w = normal(11, 6), normal(6, 9)
    f = lg.jit(lambda x, w: np.tanh(x @ w))
    out = np.empty((11, 9))
    assert f(x, w, out=out) is out
    np.testing.assert_allclose(out, np.tanh(x @ w))
    square = normal(8, 8)
    expected = np.tanh(square @ square)
    f(square, square, out=square)
    np.testing.assert_allclose(square, expected)


@pytest.mark.parametrize("spec", ["hg,gf->hf", "gh,fg->hf", "ahg,agf->ahf"])
def test_what_was_in_memory_does_not_matter(spec: str, small_panels: None):
    """Results begin as NaN, and zeros times infinity stay NaN."""
    for one in "fg":
        x, y = arrays_for(spec, **{one: 1})
        x.flat[0], y.flat[0] = np.inf, 0
        expected = np.einsum(spec, x, y)
        out = np.full(expected.shape, np.nan)
        lg.jit(lambda x, y: np.einsum(spec, x, y))(x, y, out=out)
        np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_a_library_that_counts_in_32_bits(monkeypatch: pytest.MonkeyPatch, small_panels: None):
    module = lowered(lg.jit(lambda x, w: np.tanh(x @ w)).traced(normal(9, 6), normal(6, 8)).module)
    (nest,) = (op for op in module.walk() if isinstance(op, kernel.FusedOp))
    monkeypatch.setattr(blas, "integers", lambda: "i32")
    code = codegen.Codegen(nest, "nest", "", lambda x: 0)
    text = "\n".join((f"define void @nest{code.function()}", *code.declared.values()))
    llvm.parse_assembly(text).verify()
    assert "trunc i64" in text


def test_the_library_has_its_threads_after_a_call():
    found = blas.openblas()
    assert found is not None
    x, w = normal(300, 200), normal(200, 100)
    before = found.function("get_num_threads")()
    lg.jit(lambda x, w: np.tanh(x @ w))(x, w)
    assert found.function("get_num_threads")() == before


FUSED = """
  func.func @main(%x: tensor<5x3xf64>, %w: tensor<WxF64>) -> (OUT) {
    %r = kernel.fused [5] (%i) HOW : OUT {
      %p = kernel.product "SPEC" %x, %w [%i] : tensor<5x3xf64>, tensor<WxF64>
      kernel.yield %p : tensor<4xf64>
    }
    func.return %r : OUT
  }
"""


def written(spec: str, w: str, how: str, out: str) -> ModuleOp:
    text = FUSED.replace("WxF64", w).replace("SPEC", spec).replace("HOW", how).replace("OUT", out)
    module = parse(text)
    backend.PlanBuffersPass().apply(CTX, module)
    return module


def test_rows_that_are_added_up():
    x, w = normal(5, 3), normal(3, 4)
    module = written("ik,kj->ij", "3x4xf64", "add []", "tensor<4xf64>")
    np.testing.assert_allclose(Evaluator(module).call("main", (x, w))[0], np.sum(x @ w, axis=0))
    np.testing.assert_allclose(
        backend.Compiler(module).entry("main")(x, w)[0], np.sum(x @ w, axis=0)
    )


def test_a_product_that_no_library_has():
    module = written("ik,j->ij", "4xf64", "store [0]", "tensor<5x4xf64>")
    x, w = normal(5, 3), normal(4)
    expected = np.einsum("ik,j->ij", x, w)
    np.testing.assert_allclose(Evaluator(module).call("main", (x, w))[0], expected)
    with pytest.raises(LetgradError, match="BLAS has no such product: the indices that are summed"):
        backend.Compiler(module).entry("main")
