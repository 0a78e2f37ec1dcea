"""
Sparse derivatives: relations are exact, patterns hold every nonzero, colourings tell the places of
a row apart, and the values are those of the dense derivative.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from letgrad.dialects import types
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import GradientPass, SparseJacobianPass
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.rewriting.functions import find_entry
from letgrad.passes.sparsity import matrices, relations
from letgrad.passes.sparsity.analysis import is_tracked

from . import generators
from .generators import random_program

# Relations, against matrices of truth values.


def as_matrix(pattern: relations.Pattern, shape: tuple[int, ...], width: int) -> np.ndarray:
    matrix = np.zeros((prod(shape), width), bool)
    for piece in pattern:
        rows, columns = relations.pairs_of(piece, shape)
        assert ((columns >= 0) & (columns < width) & (rows >= 0)).all()
        matrix[rows, columns] = True
    return matrix


def placed(
    matrix: np.ndarray, shape: tuple[int, ...], at: Callable[..., list[int]], empty: np.ndarray
) -> np.ndarray:
    """The rows of a matrix moved from each place of `empty` that `at` gives a place of `shape`."""
    result = empty.copy()
    for i in np.ndindex(*empty.shape[:-1]):
        j = at(i)
        if all(0 <= x < n for x, n in zip(j, shape)):
            result[i] = matrix[tuple(j)]
    return result


def random_shape(rng: random.Random, elements: int) -> tuple[int, ...]:
    """A shape with that many elements, sometimes with dimensions of size 1."""
    sizes = []
    while elements > 1:
        n = rng.choice([d for d in range(2, elements + 1) if elements % d == 0])
        sizes += [n, 1] if rng.random() < 0.2 else [n]
        elements //= n
    return tuple(sizes)


def one_step(
    rng: random.Random, pattern: relations.Pattern, matrix: np.ndarray, shape: tuple[int, ...]
) -> tuple[relations.Pattern, np.ndarray, tuple[int, ...]]:
    """A random function of relations, and the same on the matrix."""
    width, dims = matrix.shape[-1], range(len(shape))
    some = [d for d in dims if rng.random() < 0.5]
    match rng.choice(["pull", "sum", "spread", "put", "mix", "reshape", "restrict", "unite"]):
        case "pull":
            domain = tuple(rng.choice([1, 2, 3, 4]) for _ in range(rng.randint(0, 3)))
            forms = [
                (rng.randint(-1, 3), tuple(rng.choice([0, 0, 1, -1, 2]) for _ in domain))
                for _ in shape
            ]
            at = lambda i: [c + sum(a * b for a, b in zip(by, i)) for c, by in forms]  # noqa: E731
            empty = np.zeros((*domain, width), bool)
            pulled = relations.pulled(pattern, shape, forms, domain)
            return pulled, placed(matrix, shape, at, empty), domain
        case "sum":
            rest = tuple(n for d, n in enumerate(shape) if d not in some)
            summed = np.asarray(matrix.any(axis=tuple(some)) if some else matrix)
            return relations.summed(pattern, shape, some), summed, rest
        case "spread" if len(shape) < 4:
            d = rng.randint(0, len(shape))
            target = (*shape[:d], 3, *shape[d:])
            wide = np.repeat(np.expand_dims(matrix, d), 3, d)
            return relations.spread(pattern, shape, [d], target), wide, target
        case "put":
            target = tuple(n + rng.randint(0, 3) for n in shape)
            offsets = [rng.randint(-1, 3) for _ in shape]
            every = [rng.choice([1, 1, 2]) for _ in shape]
            wide = np.zeros((*target, width), bool)
            for i in np.ndindex(*shape):
                place = tuple(o + k * x for o, k, x in zip(offsets, every, i))
                if all(0 <= x < n for x, n in zip(place, target)):
                    wide[place] = matrix[i]
            return relations.put(pattern, shape, offsets, every, target), wide, target
        case "mix":
            joined = matrix.any(axis=tuple(some), keepdims=True) if some else matrix
            wide = np.broadcast_to(joined, matrix.shape)
            return relations.mixed(pattern, shape, some), wide, shape
        case "reshape":
            target = random_shape(rng, prod(shape))
            reshaped = relations.reshaped(pattern, shape, target)
            return reshaped, matrix.reshape(*target, width), target
        case "restrict":
            mask = np.random.default_rng(rng.randint(0, 1 << 30)).random(shape) < 0.6
            kept = np.asarray(matrix & np.asarray(mask)[..., None])
            return relations.restricted(pattern, shape, np.asarray(mask)), kept, shape
        case _:
            forms = [(rng.randint(-1, 1), by) for _, by in relations.identity(shape)]
            at = lambda i: [c + x for (c, _), x in zip(forms, i)]  # noqa: E731
            other = relations.pulled(pattern, shape, forms, shape)
            both = matrix | placed(matrix, shape, at, np.zeros_like(matrix))
            return relations.united(pattern, other, shape=shape), both, shape


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_relations_are_exact(first: int) -> None:
    for seed in range(first, first + 250):
        rng = random.Random(seed)
        shape = tuple(rng.choice([1, 2, 3, 4]) for _ in range(rng.randint(0, 3)))
        width = prod(shape)
        pattern = relations.whole(0, shape)
        matrix = np.eye(width, dtype=bool).reshape(*shape, width)
        for _ in range(rng.randint(1, 6)):
            pattern, matrix, shape = one_step(rng, pattern, matrix, shape)
            found = as_matrix(pattern, shape, width)
            assert np.array_equal(found, matrix.reshape(found.shape)), seed


# Patterns hold every nonzero, and the values in them are those of the dense Jacobian.


def dense_jacobian(module: ModuleOp, points: Sequence[Any]) -> np.ndarray:
    """The Jacobian by the floats among the arguments, one pushforward for each element."""
    function = find_entry(module, None)
    entry = function.sym_name.data
    floats = [k for k, x in enumerate(function.body.block.args) if is_tracked(x)]
    derived = module.clone()
    run_passes(backends.context(), derived, (GradientPass(None, None, "forward", primal=False),))
    evaluator = Evaluator(derived)
    columns = []
    for n, k in enumerate(floats):
        for j in range(np.size(points[k])):
            tangents = [np.zeros_like(points[m]) for m in floats]
            tangents[n] = np.asarray(np.arange(np.size(points[k])) == j, np.float64)
            tangents[n] = tangents[n].reshape(np.shape(points[k])).astype(points[k].dtype)[()]
            results = evaluator.call(entry, [*points, *tangents])
            columns.append(np.concatenate([*map(np.ravel, results), np.zeros(0)]))
    assert function.body.block.last_op is not None
    height = sum(
        prod(types.shape(x.type)) for x in function.body.block.last_op.operands if is_tracked(x)
    )
    return np.stack(columns, 1) if columns else np.zeros((height, 0))


def check(module: ModuleOp, seed: int) -> None:
    function = find_entry(module, None)
    points = generators.arguments(module, seed, function.sym_name.data, special=False)
    wanted = dense_jacobian(module, points)
    # The pattern has rows for results that are no floats, too, and these are empty.
    found = matrices.find(module, function)
    matrix = matrices.matrix(found, function)
    last = function.body.block.last_op
    assert last is not None
    floats = [np.full(prod(types.shape(x.type)), is_tracked(x)) for x in last.operands]
    chosen = np.concatenate([*floats, np.zeros(0, bool)])
    places = np.zeros((matrix.height, matrix.width), bool)
    places[matrix.rows, matrix.columns] = True
    assert not places[~chosen].any()
    assert not ((wanted != 0) & ~places[chosen]).any(), f"{module}"
    if not chosen.all():
        return
    order = (None, "columns", "rows", "both")[seed % 4]
    compressed = module.clone()
    run_passes(backends.context(), compressed, (SparseJacobianPass(order=order),))
    values, columns, starts = Evaluator(compressed).call(function.sym_name.data, points)
    given = np.zeros((len(starts) - 1, matrix.width))
    given[np.repeat(np.arange(len(starts) - 1), np.diff(starts)), columns] = values
    np.testing.assert_allclose(given, wanted, rtol=1e-6, atol=1e-9, err_msg=f"{module}")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("first", range(0, 80, 20))
def test_generated_programs(first: int) -> None:
    for seed in range(first, first + 20):
        check(random_program(seed, differentiable=True, max_ops=8), seed)


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_generated_programs_of_few_ops(first: int) -> None:
    for seed in range(first, first + 20):
        names = random.Random(seed).sample(generators.STRUCTURAL, 3)
        check(random_program(seed, [*names, "arith.mulf"], True, max_ops=5), seed)


@pytest.mark.parametrize("first", range(0, 32, 8))
def test_gradients_of_generated_programs(first: int) -> None:
    """As for a Hessian: the ops of reverse mode, in which the cotangents are arguments, too."""
    for seed in range(first, first + 8):
        module = random_program(seed, differentiable=True, max_ops=5)
        function = find_entry(module, None)
        if any(map(is_tracked, function.body.block.args)):
            reverse = GradientPass(None, None, "reverse", primal=False)
            run_passes(backends.context(), module, (reverse,))
            check(module, seed)
