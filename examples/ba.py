"""
Bundle adjustment, as in ADBench: cameras see points, and the errors are the distances between the
computed images and the observed images of the points. The Jacobian is sparse, with one block for
each observation. The gradient gathers in the forward pass and scatters in the backward pass.

    python examples/ba.py ba1_n49_m7776_p31843.txt
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

import letgrad as lg


class Problem(NamedTuple):
    cameras: np.ndarray
    """n rows of 11: rotation (3), centre (3), focal length, principal point (2), distortion (2)"""
    points: np.ndarray
    weights: np.ndarray
    features: np.ndarray
    seen_by: np.ndarray
    """The camera of each observation."""
    seen: np.ndarray
    """The point of each observation."""


def load(path: Path) -> Problem:
    """ADBench's file has one camera, point, weight and feature, which this function repeats."""
    words = path.read_text().split()
    n, m, p = map(int, words[:3])
    camera, point, weight, feature = np.split(np.array(words[3:], np.float64), [11, 14, 15])
    return Problem(
        np.tile(camera, (n, 1)),
        np.tile(point, (m, 1)),
        np.tile(weight, p),
        np.tile(feature, (p, 1)),
        np.arange(p) % n,
        np.arange(p) % m,
    )


def varied(problem: Problem, seed: int) -> Problem:
    """Each value times 1 + 0.02 normal noise, and random observations."""
    random = np.random.default_rng(seed)
    noisy = [x * (1 + 0.02 * random.standard_normal(x.shape)) for x in problem[:4]]
    p = len(problem.weights)
    indices = [random.integers(0, len(x), p) for x in (problem.cameras, problem.points)]
    return Problem(*noisy, *indices)


def rotate(r, x):
    """x turned around the axis r by the angle |r|."""
    angle = np.sqrt(np.sum(r * r))
    axis = r / angle
    c, s = np.cos(angle), np.sin(angle)
    return x * c + np.cross(axis, x) * s + axis * (np.dot(axis, x) * (1 - c))


def residual(camera, point, weight, feature):
    """The error of one observation, in two coordinates."""
    seen = rotate(camera[:3], point - camera[3:6])
    u = seen[:2] / seen[2]
    s = np.sum(u * u)
    u = u * (1 + camera[9] * s + camera[10] * s * s)
    return weight * (camera[6] * u + camera[7:9] - feature)


def errors(cameras, points, weights, features):
    """The residuals of observations, from the camera and the point of each observation."""
    features = lg.asarray(features)
    return lg.build(
        len(weights), lambda i: residual(cameras[i], points[i], weights[i], features[i])
    )


def objective(parameters, problem: Problem):
    """
    Half the sum of the squares of all errors and of all 1 - w². The parameters are cameras, points
    and weights.
    """
    cameras, points, weights = parameters
    off = errors(cameras[problem.seen_by], points[problem.seen], weights, problem.features)
    return 0.5 * (np.sum(off**2) + np.sum((1 - weights**2) ** 2))


def jacobian_blocks(problem: Problem):
    """
    The 2 × 15 derivatives of each observation by its camera, point and weight.

    Blocks depend on different numbers, so one step `t` moves all blocks at once.
    """
    cameras, points = problem.cameras[problem.seen_by], problem.points[problem.seen]

    def moved(t):
        c, x, w = cameras + t[:11], points + t[11:14], problem.weights + t[14]
        return errors(c, x, w, problem.features)

    return lg.jacfwd(moved)(np.zeros(15))


def all_residuals(cameras, points, weights, problem: Problem):
    """All errors, two for each observation, and 1 - w² of all weights."""
    off = errors(cameras[problem.seen_by], points[problem.seen], weights, problem.features)
    return off, 1 - weights**2


def sparse_jacobian(problem: Problem):
    """
    The derivatives of all residuals by all parameters, as the function of (cameras, points,
    weights) that gives ADBench's matrix: a `scipy.sparse.csr_array` with a row for each residual.

    Each row has one camera, one point and one weight, so no more than 15 directions find all
    elements. Two zeros of each block are not among the elements: a coordinate of the principal
    point moves its own coordinate only.
    """
    return lg.sparse_jacobian(lambda *parameters: all_residuals(*parameters, problem), (0, 1, 2))


def main(path: Path) -> None:
    problem = load(path)
    start = time.perf_counter()
    blocks = jacobian_blocks(problem)
    print(f"Jacobian of {len(blocks)} observations in {time.perf_counter() - start:.2f} s")
    jacobian = sparse_jacobian(problem)
    pattern = jacobian.pattern(*problem[:3])
    start = time.perf_counter()
    values = jacobian.values(*problem[:3])
    print(
        f"  the same as one matrix of {pattern.shape[0]} x {pattern.shape[1]} with {len(values)} "
        f"elements, by {pattern.colours} directions, in {time.perf_counter() - start:.3f} s"
    )
    start = time.perf_counter()
    value, slopes = lg.value_and_grad(objective)(problem[:3], problem)
    print(f"objective {value:.10g}, gradient in {time.perf_counter() - start:.2f} s")
    for name, slope in zip(("cameras", "points", "weights"), slopes):
        print(f"  by {name}: {slope.shape}, norm {np.linalg.norm(slope):.10g}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "path", type=Path, help="the sizes, the cameras, the points and the observations"
    )
    path = parser.parse_args().path
    if not path.is_file():
        parser.error(f"there is no file {path}")
    main(path)
