"""
ADBench's problems, written in NumPy and differentiated by letgrad on the reference, against
derivatives that another program computed. The data is not part of the repository.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import letgrad as lg

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "adbench"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no data at {DATA}")


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gmm, lstm, ba, hand = map(example, ("gmm", "lstm", "ba", "hand"))


def reference(name: str) -> Mapping[str, np.ndarray]:
    return np.load(DATA / "reference" / f"{name}.npz")


def assert_close(found, expected, tolerance: float = 1e-10) -> None:
    """By the relative L2 norm."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape and found.dtype == np.float64
    assert np.linalg.norm(found - expected) <= tolerance * np.linalg.norm(expected)


def flat(parts) -> np.ndarray:
    return np.concatenate([np.ravel(p) for p in parts])


@needs_data
@pytest.mark.parametrize(
    "name",
    [
        "test",
        "1k/gmm_d2_K5",
        "1k/gmm_d2_K200",
        "1k/gmm_d10_K25",
        pytest.param("1k/gmm_d20_K50", marks=pytest.mark.slow),
        pytest.param("1k/gmm_d64_K25", marks=pytest.mark.slow),
    ],
)
def test_gaussian_mixture(name: str):
    parameters, x, gamma, m = gmm.load(DATA / "gmm" / f"{name}.txt")
    expected = reference(f"gmm__{name.replace('/', '__')}")

    def objective(parameters):
        return gmm.objective(parameters, x, gamma, m)

    value, slopes = lg.value_and_grad(objective)(parameters)
    assert_close(value, expected["objective"])
    assert_close(flat(slopes), expected["gradient"])


@needs_data
@pytest.mark.slow
def test_lstm():
    name = "lstm_l2_c1024"
    parameters, state, sequence = lstm.load(DATA / "lstm" / f"{name}.txt")
    value, slopes = lg.value_and_grad(lstm.objective)(parameters, state, sequence)
    expected = reference(f"lstm__{name}")
    assert_close(value, expected["objective"])
    assert_close(flat(slopes), expected["gradient"])


def test_lstm_of_a_few_characters():
    random = np.random.default_rng(0)
    shapes = {"main": (2, 2, 4, 5), "extra": (3, 5), "state": (2, 2, 5)}
    main, extra, state = (random.standard_normal(s) for s in shapes.values())
    sequence = random.integers(0, 2, (8, 5)).astype(float)

    def loss(parameters):
        return lstm.objective(parameters, state, sequence)

    value, (by_main, by_extra) = lg.value_and_grad(loss)((main, extra))
    np.testing.assert_allclose(value, loss((main, extra)), rtol=1e-14)
    towards = [random.standard_normal(np.shape(p)) for p in (main, extra)]
    ahead, behind = (loss((main + s * towards[0], extra + s * towards[1])) for s in (1e-6, -1e-6))
    slope = np.sum(by_main * towards[0]) + np.sum(by_extra * towards[1])
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-7)


@needs_data
@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("test", None),
        ("test", 7),
        pytest.param("ba1_n49_m7776_p31843", 7, marks=pytest.mark.slow),
    ],
)
def test_bundle_adjustment(name: str, seed: int | None):
    problem = ba.load(DATA / "ba" / f"{name}.txt")
    expected = reference(f"ba__{name}" + ("" if seed is None else f"+j{seed}"))
    if seed is not None:
        problem = ba.varied(problem, seed)
    value, slopes = lg.value_and_grad(ba.objective)(problem[:3], problem)
    assert_close(value, expected["lsq_objective"])
    assert_close(flat(slopes), expected["lsq_gradient"])

    blocks = ba.jacobian_blocks(problem)
    first = expected["J_block_first"]
    assert_close(blocks[: len(first)], first)
    by_weight = -2 * problem.weights
    norm = np.sqrt(np.sum(blocks**2) + np.sum(by_weight**2))
    np.testing.assert_allclose(norm, expected["J_fro"], rtol=1e-10)


@pytest.mark.sampled(7)
@needs_data
@pytest.mark.parametrize("name", ["hand1_t26_c100", "hand3_t26_c200"])
def test_hand(name: str):
    model = hand.load_model(DATA / "hand" / "model")
    theta, vertices, points = hand.load(DATA / "hand" / "simple_small" / f"{name}.txt")

    def residuals(theta):
        return hand.residuals(theta, vertices, points, model)

    expected = reference(f"hand__simple_small__{name}")
    assert_close(residuals(theta), expected["residual"])
    assert_close(lg.jacfwd(residuals)(theta), expected["jacobian"])

    def loss(theta):
        return 0.5 * np.sum(residuals(theta) ** 2)

    value, slope = lg.value_and_grad(loss)(theta)
    assert_close(value, expected["lsq_objective"])
    assert_close(slope, expected["lsq_gradient"])


@needs_data
@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("test", 7),
        ("ba1_n49_m7776_p31843", 7),
        pytest.param("ba4_n372_m47423_p204472", None, marks=pytest.mark.slow),
    ],
)
def test_bundle_adjustment_as_one_sparse_matrix(name: str, seed: int | None):
    pytest.importorskip("scipy.sparse", reason="sparse matrices are SciPy's")
    problem = ba.load(DATA / "ba" / f"{name}.txt")
    expected = reference(f"ba__{name}" + ("" if seed is None else f"+j{seed}"))
    problem = problem if seed is None else ba.varied(problem, seed)
    jacobian = ba.sparse_jacobian(problem)
    found = jacobian(*problem[:3])
    n, m, p = map(len, problem[:3])
    # ADBench keeps 31 for each observation. Two are always 0: a coordinate of the principal point
    # moves its own coordinate only.
    assert found.shape == (3 * p, 11 * n + 3 * m + p) and found.nnz == 29 * p
    assert jacobian.pattern(*problem[:3]).colours <= 15
    np.testing.assert_allclose(np.linalg.norm(found.data), expected["J_fro"], rtol=1e-10)
    for i, block in enumerate(expected["J_block_first"]):
        columns = [
            *range(11 * problem.seen_by[i], 11 * problem.seen_by[i] + 11),
            *(11 * n + 3 * problem.seen[i] + k for k in range(3)),
            11 * n + 3 * m + i,
        ]
        assert_close(found[2 * i : 2 * i + 2].toarray()[:, columns], block)


@pytest.mark.sampled(3)
@needs_data
@pytest.mark.parametrize("name", ["hand1_t26_c100", "hand3_t26_c200", "hand5_t26_c800"])
def test_complicated_hand(name: str):
    pytest.importorskip("scipy.sparse", reason="sparse matrices are SciPy's")
    model = hand.load_model(DATA / "hand" / "model")
    theta, u, triangles, points = hand.load_complicated(
        DATA / "hand" / "complicated_small" / f"{name}.txt"
    )
    corners = hand.load_triangles(DATA / "hand" / "model")[triangles]
    expected = reference(f"hand__complicated_small__{name}")
    jacobian = hand.complicated_jacobian(corners, points, model)
    # ADBench computes 28 columns. Here the weights of the bones, which are constants with zeros,
    # say that a point moves with few of the angles.
    assert jacobian.pattern(u, theta).colours <= 12
    found = jacobian(u, theta).toarray()
    n = len(u)
    # ADBench's matrix has the two columns of each row's own place first.
    own = np.arange(3 * n)[:, None], np.arange(3 * n)[:, None] // 3 * 2 + np.arange(2)
    assert_close(np.concatenate([found[own], found[:, 2 * n :]], 1), expected["jacobian"])
