"""
The gradient of a Gaussian mixture's log-likelihood, as in ADBench: n points of d dimensions, K
components with full covariances, and a Wishart prior.

    python examples/gmm.py gmm_d10_K25.txt
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np

import letgrad as lg


def load(path: Path) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray, float, int]:
    """(alphas, means, icf), the points, and gamma and m of the prior."""
    words = path.read_text().split()
    d, k, n = map(int, words[:3])
    numbers = np.array(words[3:], np.float64)
    sizes = k, k * d, k * d * (d + 1) // 2, n * d
    alphas, means, icf, x, rest = np.split(numbers, np.cumsum(sizes))
    gamma, m = rest
    return (alphas, means.reshape(k, d), icf.reshape(k, -1)), x.reshape(n, d), gamma, int(m)


def log_sum_exp(x):
    """log Σ exp x along the last dimension."""
    largest = lg.stop_gradient(np.max(x, axis=-1))
    return largest + np.log(np.sum(np.exp(x - largest[..., None]), axis=-1))


def objective(parameters, x, gamma, m):
    """
    The log-likelihood of the points plus the log of the prior, up to a constant of the prior.

    A row of icf describes the factor of the inverse covariance: first the logarithms of the
    diagonal, then the strict lower triangle column by column.
    """
    alphas, means, icf = parameters
    (k, d), n = means.shape, len(x)
    logs = icf[:, :d]
    columns, rows = np.triu_indices(d, 1)
    place = np.zeros((d, d), int)
    place[rows, columns] = d + np.arange(len(rows))
    lower = np.where(place > 0, icf[:, place], 0.0)
    factor = lower + np.eye(d) * np.exp(logs)[:, None, :]

    apart = np.einsum("kij,nj->nki", factor, x) - np.einsum("kij,kj->ki", factor, means)
    terms = alphas + np.sum(logs, axis=1) - 0.5 * np.sum(apart**2, axis=2)
    likelihood = np.sum(log_sum_exp(terms)) - n * log_sum_exp(alphas)

    squares = np.sum(np.exp(logs) ** 2) + np.sum(icf[:, d:] ** 2)
    prior = 0.5 * gamma**2 * squares - m * np.sum(logs) - wishart_constant(k, d, gamma, m)
    return likelihood - n * d * 0.5 * math.log(2 * math.pi) + prior


def wishart_constant(k: int, d: int, gamma: float, m: int) -> float:
    n = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi) + sum(
        math.lgamma(n / 2 - j / 2) for j in range(d)
    )
    return k * (n * d * (math.log(gamma) - 0.5 * math.log(2)) - log_gamma)


def main(path: Path) -> None:
    parameters, x, gamma, m = load(path)
    gradient = lg.value_and_grad(lambda parameters, x: objective(parameters, x, gamma, m))
    gradient(parameters, x)
    start = time.perf_counter()
    value, slopes = gradient(parameters, x)
    print(f"objective {value:.10g}, gradient in {time.perf_counter() - start:.3f} s")
    for name, slope in zip(("alphas", "means", "icf"), slopes):
        print(f"  by {name}: {slope.shape}, norm {np.linalg.norm(slope):.10g}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("path", type=Path, help="the sizes, the mixture and the points")
    path = parser.parse_args().path
    if not path.is_file():
        parser.error(f"there is no file {path}")
    main(path)
