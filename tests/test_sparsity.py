"""
Sparse derivatives: relations are exact, patterns hold every nonzero, colourings tell the places of
a row apart, and the values are those of the dense derivative.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import prod

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.rewriting.functions import find_entry
from letgrad.passes.sparsity import patterns, relations

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
            summed = matrix.any(axis=tuple(some)) if some else matrix
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
            return (
                relations.mixed(pattern, shape, some),
                np.broadcast_to(joined, matrix.shape),
                shape,
            )
        case "reshape":
            target = random_shape(rng, prod(shape))
            reshaped = relations.reshaped(pattern, shape, target)
            return reshaped, matrix.reshape(*target, width), target
        case "restrict":
            mask = np.random.default_rng(rng.randint(0, 1 << 30)).random(shape) < 0.6
            return relations.restricted(pattern, shape, mask), matrix & mask[..., None], shape
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


# Patterns hold every nonzero.


def nonzeros(module: ModuleOp, seed: int) -> np.ndarray:
    """The places of the dense Jacobian that are not zero, at a random point."""
    function = find_entry(module, None)
    entry = function.sym_name.data
    points = generators.arguments(module, seed, entry, special=False)
    floats = [k for k, x in enumerate(points) if np.asarray(x).dtype.kind not in "biu"]
    derived = module.clone()
    run_passes(backends.context(), derived, (GradientPass(None, None, "forward", primal=False),))
    evaluator = Evaluator(derived)
    columns = []
    for k in floats:
        for j in range(np.size(points[k])):
            tangents = [np.zeros_like(points[m]) for m in floats]
            np.asarray(tangents[floats.index(k)]).reshape(-1)[j : j + 1] = 1
            if np.ndim(points[k]) == 0:
                tangents[floats.index(k)] = np.ones_like(points[k])
            results = evaluator.call(entry, [*points, *tangents])
            columns.append(np.concatenate([np.ravel(r) for r in results] or [np.zeros(0)]) != 0)
    if not columns:
        return np.zeros((0, 0), bool)
    return np.stack(columns, 1)


def holds_all(module: ModuleOp, seed: int) -> None:
    function = find_entry(module, None)
    found = patterns.find(module, function)
    matrix = patterns.matrix(found, function)
    dense = np.zeros((matrix.height, matrix.width), bool)
    dense[matrix.rows, matrix.columns] = True
    floats = [
        np.full(prod(s), patterns.is_tracked(x))
        for s, x in zip(found.rows, function.body.block.last_op.operands)  # type: ignore[union-attr]
    ]
    dense = dense[np.concatenate([*floats, np.zeros(0, bool)])]
    wanted = nonzeros(module, seed)
    if wanted.size:
        assert not (wanted & ~dense).any(), f"{module}"


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_patterns_of_generated_programs_hold_all_nonzeros(first: int) -> None:
    for seed in range(first, first + 20):
        holds_all(random_program(seed, differentiable=True, max_ops=8), seed)


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_patterns_of_programs_of_one_kind_hold_all_nonzeros(first: int) -> None:
    for seed in range(first, first + 20):
        names = random.Random(seed).sample(generators.STRUCTURAL, 3)
        holds_all(random_program(seed, [*names, "arith.mulf"], True, max_ops=5), seed)
