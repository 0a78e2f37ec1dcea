"""ten-raise-einsum: what becomes an einsum, that it means the same, and in which order it runs."""

from __future__ import annotations

import functools
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp, f64, i64
from xdsl.ir import Block, Operation, Region, SSAValue

import letgrad as lg
from letgrad.dialects import ten, types
from letgrad.dialects.types import of_shape, shape
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.driver import apply_rules
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.simplify.raise_einsum import RAISING, RaiseEinsumPass, factors, is_contraction
from letgrad.passes.vectorize.vectorize_builds import VectorizePass

from .generators import Program

V, C, R = VectorizePass(), CanonicalizePass(), RaiseEinsumPass()


def run(module: ModuleOp, *passes) -> ModuleOp:
    for a_pass in passes:
        a_pass.apply(Context(), module)
        module.verify()
    return module


def names(module: ModuleOp) -> list[str]:
    return [op.name for op in module.walk() if op.name not in ("builtin.module", "func.func")]


def einsums(module: ModuleOp) -> list[str]:
    return [op.spec.data for op in module.walk() if isinstance(op, ten.EinsumOp)]


# Matrix products, however they are written.

MATMULS = {
    "i j sum k": lambda a, b: lg.build(
        (3, 5), lambda i, j: lg.build(4, lambda k: a[i, k] * b[k, j]).sum()
    ),
    "i, j, sum k": lambda a, b: lg.build(
        3, lambda i: lg.build(5, lambda j: lg.build(4, lambda k: b[k, j] * a[i, k]).sum())
    ),
    "j i sum k": lambda a, b: (
        lg.build((5, 3), lambda j, i: lg.build(4, lambda k: a[i, k] * b[k, j]).sum()).T
    ),
    "sum k, i j": lambda a, b: lg.build(
        4, lambda k: lg.build((3, 5), lambda i, j: a[i, k] * b[k, j])
    ).sum(0),
    "sum k in the middle": lambda a, b: lg.build((3, 4, 5), lambda i, k, j: a[i, k] * b[k, j]).sum(
        1
    ),
    "rows and columns": lambda a, b: lg.build((3, 5), lambda i, j: (a[i] * b[:, j]).sum()),
    "broadcasts": lambda a, b: (a[:, :, None] * b[None, :, :]).sum(1),
    "rows": lambda a, b: lg.build(3, lambda i: (a[i][:, None] * b).sum(0)),
}


@pytest.mark.parametrize("written", MATMULS)
def test_a_matrix_product_and_its_gradients_become_one_einsum_each(written: str):
    a, b, ct = (
        np.random.default_rng(k).normal(size=s) for k, s in enumerate([(3, 4), (4, 5), (3, 5)])
    )
    module = lg.trace(MATMULS[written], a, b)
    entry = next(f.sym_name.data for f in module.ops)
    run(module, V, C, R, C)
    assert names(module) == ["ten.einsum", "func.return"]
    assert np.allclose(Evaluator(module).call(entry, [a, b])[0], a @ b)

    run(module, GradientPass(primal=False), C, R, C)
    assert names(module) == ["ten.einsum", "ten.einsum", "func.return"]
    for got, expected in zip(Evaluator(module).call(entry, [a, b, ct]), (ct @ b.T, a.T @ ct)):
        assert np.allclose(got, expected)


CONTRACTIONS = {
    "batched matrix product": (
        lambda a, b: lg.build((2, 3, 5), lambda n, i, j: (a[n, i] * b[n, :, j]).sum()),
        [(2, 3, 4), (2, 4, 5)],
        ["ijk,ikl->ijl"],
    ),
    "matrix times vector": (lambda a, v: (a * v).sum(1), [(3, 4), (4,)], ["ij,j->i"]),
    "vector times matrix": (lambda v, a: (v[:, None] * a).sum(0), [(3,), (3, 4)], ["i,ij->j"]),
    "bilinear form": (
        lambda x, a, y: (x[:, None] * a * y).sum(),
        [(3,), (3, 4), (4,)],
        ["ij,j->i", "i,i->"],
    ),
    "trace of a product": (lambda a, b: (a * b.T).sum(), [(3, 4), (4, 3)], ["ij,ji->"]),
    "diagonal": (
        lambda a, v: lg.build(3, lambda i: a[i, i] * v[i]).sum(),
        [(3, 3), (3,)],
        ["ii,i->"],
    ),
    "scaled rows": (
        lambda d, a, b: lg.build((3, 5), lambda i, j: (d[i] * a[i] * b[:, j]).sum()),
        [(3,), (3, 4), (4, 5)],
        ["ij,jk->ik"],
    ),
}


@pytest.mark.parametrize("case", CONTRACTIONS)
def test_contractions(case: str):
    fn, shapes, expected = CONTRACTIONS[case]
    args = [np.random.default_rng(k).normal(size=s) for k, s in enumerate(shapes)]
    module = lg.trace(fn, *args)
    entry = next(f.sym_name.data for f in module.ops)
    before = Evaluator(module).call(entry, args)
    run(module, V, C, R, C)
    assert einsums(module) == expected
    assert np.allclose(before[0], Evaluator(module).call(entry, args)[0])


NO_CONTRACTIONS = {
    "outer product": (lambda x, y: x[:, None] * y, [(3,), (4,)]),
    "sum of an outer product over a lone index": (
        lambda x, y: (x[:, None] * y).sum(1),
        [(3,), (4,)],
    ),
    "sum of multiples": (lambda x: (2.0 * x).sum(), [(3,)]),
    "product with other uses": (lambda x, y: (p := x * y) + p.sum(), [(3,), (3,)]),
}


@pytest.mark.parametrize("case", NO_CONTRACTIONS)
def test_no_contractions(case: str):
    fn, shapes = NO_CONTRACTIONS[case]
    module = lg.trace(fn, *(np.ones(s) for s in shapes))
    before = str(module)
    run(module, R)
    assert str(module) == before


def test_a_chain_runs_in_the_cheapest_order():
    """A (B (C v)): three matrix-vector products."""
    module = lg.trace(
        lambda a, b, c, v: a @ b @ c @ v,
        np.ones((6, 7)),
        np.ones((7, 8)),
        np.ones((8, 9)),
        np.ones(9),
    )
    run(module, R)
    assert einsums(module) == ["ij,j->i"] * 3
    module = lg.trace(
        lambda a, b, v: lg.einsum("ij,jk,k->i", a, b, v), *map(np.ones, [(6, 7), (7, 8), 8])
    )
    run(module, R)
    assert einsums(module) == ["ij,j->i"] * 2


def test_more_operands_than_letters():
    """What does not fit into one einsum stays in two."""
    n = 60
    module = lg.trace(lambda *xs: functools.reduce(np.matmul, xs), *[np.eye(2)] * n)
    entry = next(f.sym_name.data for f in module.ops)
    run(module, R)
    assert einsums(module) and all(len(s.split(",")) == 2 for s in einsums(module))
    (got,) = Evaluator(module).call(entry, [np.eye(2)] * n)
    assert np.array_equal(got, np.eye(2))


COMMON = {
    "a sum": (
        lambda x, y, z: (lg.einsum("ij,i->i", x, y), lg.einsum("ij,i->i", x, z)),
        [(2, 3), (2,), (2,)],
        ["ten.sum", "arith.mulf", "arith.mulf"],
    ),
    "a product": (
        lambda a, b, c, v: (lg.einsum("ij,jk,k->i", a, c, v), lg.einsum("ij,jk,k->i", b, c, v)),
        [(2, 3), (4, 3), (3, 5), (5,)],
        ["ten.einsum", "ten.einsum", "ten.einsum"],
    ),
}


@pytest.mark.parametrize("case", COMMON)
def test_what_two_einsums_have_in_common_is_computed_once(case: str):
    fn, shapes, expected = COMMON[case]
    module = lg.trace(fn, *map(np.ones, shapes))
    run(module, R)
    assert names(module) == [*expected, "func.return"]


# Random sums of products under random layouts.


class Sums:
    """A program of products of layouts of arguments, summed, and products of those again."""

    def __init__(self, seed: int, element) -> None:
        self.random = Random(seed)
        self.element = element
        self.block = Block()
        self.sizes = {
            c: self.random.choice((1, 2, 3, 3, 4, 0) if seed % 7 == 0 else (1, 2, 3, 4))
            for c in "abcd"
        }

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]

    def argument(self, word: list[str]) -> SSAValue:
        type = of_shape([self.sizes[c] for c in word], self.element)
        return self.block.insert_arg(type, len(self.block.args))

    def leaf(self, depth: int) -> tuple[SSAValue, list[str]]:
        """A value, and the letters of its dimensions, each at most once."""
        kind = self.random.random()
        if depth and kind < 0.4:
            return self.summed(depth - 1)
        word = self.random.sample("abcd", self.random.randint(0, 3))
        if word and kind < 0.5:
            type = of_shape([self.sizes[c] for c in word], self.element)
            return self.add(types.constant(2, type)), word
        if word and kind < 0.6:  # a diagonal
            x = self.argument([word[0], word[0], *word[1:]])
            body = Block(arg_types=[ten.index_type])
            body.add_op(ten.YieldOp(body.args[0], body.args[0]))
            return self.add(ten.GatherOp([self.sizes[word[0]]], x, Region(body))), word
        return self.argument(word), word

    def laid_out(self, value: SSAValue, word: list[str], space: list[str]) -> SSAValue:
        """The value with the dimensions of `space`, by transposes and broadcasts in any order."""
        missing = [c for c in space if c not in word]
        self.random.shuffle(missing)
        while missing or word != space:
            if missing and self.random.random() < 0.7:
                at = self.random.randint(0, len(word))
                word = [*word[:at], missing.pop(), *word[at:]]
                value = self.add(ten.BroadcastOp(value, [at], [self.sizes[c] for c in word]))
            elif word:
                last = not missing and self.random.random() < 0.7
                target = list(space) if last else self.random.sample(word, len(word))
                value = self.add(ten.TransposeOp(value, [word.index(c) for c in target]))
                word = target
        return value

    def summed(self, depth: int) -> tuple[SSAValue, list[str]]:
        leaves = [self.leaf(depth) for _ in range(self.random.randint(1, 4))]
        space = sorted({c for _, word in leaves for c in word} | set(self.random.sample("abcd", 1)))
        self.random.shuffle(space)
        values = [self.laid_out(x, w, space) for x, w in leaves]
        multiply = arith.MulfOp if types.is_float(self.element) else arith.MuliOp
        while len(values) > 1:
            x, y = values.pop(self.random.randrange(len(values))), values.pop()
            values.append(self.add(multiply(x, y)))
        value = values[0]
        if self.random.random() < 0.3:
            target = self.random.sample(space, len(space))
            value = self.add(ten.TransposeOp(value, [space.index(c) for c in target]))
            space = target
        dims = [d for d in range(len(space)) if self.random.random() < 0.5]
        value = self.add(ten.SumOp(value, dims))
        return value, [c for d, c in enumerate(space) if d not in dims]

    def module(self) -> ModuleOp:
        results = [self.summed(2)[0] for _ in range(self.random.randint(1, 2))]
        if self.random.random() < 0.2:
            results.append(self.random.choice([r for op in self.block.ops for r in op.results]))
        self.block.add_op(func.ReturnOp(*results))
        signature = [a.type for a in self.block.args], [r.type for r in results]
        return Program([func.FuncOp("main", signature, Region(self.block))])


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 1 << 30))
def test_random_sums_of_products(seed: int):
    """
    Of small integers, so that all orders of sums and products give the same numbers, exactly. What
    is left is as promised, and the pass is right a second time, too.
    """
    for element, dtype in ((i64, np.int64), (f64, np.float64)):
        module = Sums(seed, element).module()
        function = next(iter(module.ops))
        rng = np.random.default_rng(seed)
        inputs = function.function_type.inputs.data
        args = [rng.integers(-2, 3, shape(t)).astype(dtype)[()] for t in inputs]
        before = Evaluator(module).call("main", args)
        raised = module.clone()
        apply_rules(raised, RAISING)
        for op in raised.walk():
            if isinstance(op, ten.SumOp):
                word = "abcdefgh"[: types.rank(op.x.type)]
                output = "".join(c for d, c in enumerate(word) if d not in types.ints(op.dims))
                parts = factors(op.x, word, op)
                assert len(parts) < 2 or not is_contraction(parts, output)
        for _ in range(2):
            after = Evaluator(run(module, R)).call("main", args)
            for x, y in zip(before, after, strict=True):
                assert np.array_equal(x, y)
            for op in module.walk():
                assert not isinstance(op, ten.EinsumOp) or len(op.xs) <= 2
