"""`ten-sink-products` on random loops: the values of the loops before, and no evaluation more."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp, bf16, f16, f32, f64

import letgrad as lg
from letgrad.dialects import arrays, ten
from letgrad.dialects.walking import ops_in
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.verify import verify
from letgrad.passes.vectorize import products_of_loops, rows_of_loops
from letgrad.tools import opt, source

from .test_stamps import apply, evaluations

KINDS = {"f16": f16, "bf16": bf16, "f32": f32, "f64": f64}
ROUNDING = {"f16": 2e-2, "bf16": 2e-1, "f32": 2e-5, "f64": 1e-12}


@pytest.fixture(autouse=True)
def products_of_few_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (products_of_loops, rows_of_loops):
        monkeypatch.setattr(module, "LEAST_PRODUCTS", 2)


def program(seed: int) -> tuple[ModuleOp, list[np.ndarray], str]:
    """A loop that sums products and other values in random orders, and gives products as rows."""
    pick = Random(seed)
    kind, n = pick.choice(list(KINDS)), pick.choice((0, 1, 2, 3, 4, 5))
    t, m = f"tensor<3x3x{kind}>", f"tensor<{n}x3x3x{kind}>"
    names, sums, lines = ["%a", "%b", "%h", "%z"], [], []
    for k in range(pick.randint(2, 8)):
        x, y = pick.choice(names), pick.choice(names[-5:])
        match pick.randrange(6):
            case 0 | 1 | 2:
                spec = pick.choice(("ij,jk->ik", "ij,ik->jk", "ij,kj->ik", "ij,jk->ki"))
                lines.append(f'%v{k} = ten.einsum "{spec}" {x}, {y} : {t}, {t} -> {t}')
            case 3:
                lines.append(f"%v{k} = arith.mulf {x}, {y} : {t}")
            case 4:
                lines.append(f"%v{k} = math.sin {x} : {t}")
            case _:
                lines.append(f"%s{k} = ten.sum {x} dims [0] : {t} -> tensor<3x{kind}>")
                lines.append(f"%v{k} = ten.broadcast %s{k} dims [1] : tensor<3x{kind}> -> {t}")
        names.append(f"%v{k}")
    total = "%c"
    for k in range(pick.randint(1, 3)):
        # The last values are seldom operands of others.
        pair = [total, pick.choice(names[4:] if k else names[-1:])]
        pick.shuffle(pair)
        lines.append(f"%c{k} = arith.addf {', '.join(pair)} : {t}")
        total = f"%c{k}"
        sums.append(total)
    row = pick.choice([*names[-3:], *sums])
    text = f"""
      func.func @main(%x: {m}, %y: {m}, %h0: {t}, %z: {t}) -> ({t}, {t}, {m}) {{
        %zero = arith.constant dense<0.0> : {t}
        %r, %s, %ys = ten.scan [{n}] {pick.choice(("", "reverse"))}
            (%h = %h0 : {t}, %c = {pick.choice(("%zero", "%z"))} : {t})
            over (%a = %x : {m}, %b = %y : {m}) -> ({t}, {t}, {m}) {{
          {chr(10).join(lines)}
          ten.yield {pick.choice(names)}, {total}, {row} : {t}, {t}, {t}
        }}
        func.return %r, %s, %ys : {t}, {t}, {m}
      }}"""
    module = source.parse(opt.LetgradOptMain([]).ctx, text)
    rng = np.random.default_rng(seed)
    sizes = ((n, 3, 3), (n, 3, 3), (3, 3), (3, 3))
    dtype = arrays.dtype(KINDS[kind])
    return module, [rng.uniform(-0.7, 0.7, s).astype(dtype) for s in sizes], kind


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_random_loops_keep_their_values_and_evaluate_no_more(first: int):
    moved = 0
    for seed in range(first, first + 40):
        module, xs, kind = program(seed)
        wanted, before = Evaluator(module).call("main", xs), evaluations(module)
        text = str(module)
        apply(module, "ten-sink-products")
        verify(module)
        assert evaluations(module) <= before, text
        for a, b in zip(Evaluator(module).call("main", xs), wanted, strict=True):
            tolerance = ROUNDING[kind] * max(1.0, float(np.abs(b.astype("f8")).max(initial=0)))
            np.testing.assert_allclose(a.astype("f8"), b.astype("f8"), atol=tolerance, err_msg=text)
        moved += str(module) != text
        again = str(module)
        apply(module, "ten-sink-products")
        assert str(module) == again, text
    assert moved >= 5


def recurrent(w, u, b, v, h, xs):
    def step(h, x):
        h = np.tanh(h @ w + x @ u + b)
        return h, h @ v

    _, ys = lg.scan(step, h, xs)
    return np.mean(ys * ys)


def arguments(n: int, dtype: str = "f8") -> list[np.ndarray]:
    rng = np.random.default_rng(n)
    sizes = ((6, 6), (4, 6), 6, (6, 3), (2, 6), (n, 2, 4))
    return [(rng.standard_normal(s) / 2).astype(dtype) for s in sizes]


@pytest.mark.parametrize("n", [0, 1, 7])
@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_gradients_of_the_weights_of_a_loop(n: int, backend: str):
    xs = arguments(n)
    if n == 0:
        assert np.isnan(lg.jit(recurrent, backend=backend)(*xs))
        return
    found = lg.jit(lg.grad(recurrent, argnums=range(6)), backend=backend)(*xs)
    rng = np.random.default_rng(1)
    for k, (x, slope) in enumerate(zip(xs, found, strict=True)):
        d = rng.standard_normal(x.shape)
        ahead, behind = (recurrent(*[*xs[:k], x + e * d, *xs[k + 1 :]]) for e in (1e-5, -1e-5))
        assert np.sum(slope * d) == pytest.approx((ahead - behind) / 2e-5, rel=1e-5, abs=1e-9)


def test_the_weights_of_a_loop_have_one_product_each_behind_it():
    traced = lg.jit(lg.grad(recurrent, argnums=range(6))).traced(*arguments(7))
    apply(traced.module, "optimize")
    scans = [op for op in ops_in(traced.module) if isinstance(op, ten.ScanOp)]
    inside = [sum(isinstance(op, ten.EinsumOp) for op in ops_in(scan)) for scan in scans]
    assert inside == [1, 1], str(traced.module)
