"""
Sparse Jacobians and Hessians beside asdex, which finds patterns by interpreting a jaxpr and colours
them greedily.

    python benchmarks/sparse.py [--quick] [--only brusselator] [--turns 30]

For each case: the time to find the pattern and the colours (from a Python function, the median of
some fresh tries after one that warms the libraries up), the number of colours, and the time of a
run (the median over turns in which both systems run on the same arrays, and the least). A run gives
the nonzeros: letgrad's `values`, and asdex's compressed derivative with its decompression, which
JAX compiles as one function. Both results are compared with each other first.

asdex and JAX are extras: without them, letgrad is alone in the table.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import letgrad as lg


@dataclass(frozen=True)
class Case:
    """A function of one vector, written for NumPy's namespace or for JAX's."""

    name: str
    program: Callable[..., Any]
    point: np.ndarray
    hessian: bool = False


def brusselator(n: int, periodic: bool) -> Callable[..., Any]:
    """u' = 1 + u²v - 4.4u + αΔu, v' = 3.4u - u²v + αΔv on a grid; walls let nothing through."""

    def around(np: Any, x: Any) -> Any:
        if periodic:
            moved = [np.roll(x, k, axis) for axis in (0, 1) for k in (1, -1)]
            return moved[0] + moved[1] + moved[2] + moved[3] - 4 * x
        down = x[1:] - x[:-1]
        right = x[:, 1:] - x[:, :-1]
        row, column = np.zeros((1, n)), np.zeros((n, 1))
        return (
            np.concatenate([down, row])
            - np.concatenate([row, down])
            + np.concatenate([right, column], 1)
            - np.concatenate([column, right], 1)
        )

    def rates(np: Any, y: Any) -> Any:
        grid = np.reshape(y, (2, n, n))
        u, v = grid[0], grid[1]
        reaction = u * u * v
        du = 1.0 + reaction - 4.4 * u + 0.02 * around(np, u)
        dv = 3.4 * u - reaction + 0.02 * around(np, v)
        return np.reshape(np.stack([du, dv]), (2 * n * n,))

    return rates


def banded(np: Any, x: Any) -> Any:
    """A bidiagonal matrix."""
    return x[1:] ** 2 - 0.5 * x[:-1] * x[1:]


def rosenbrock(np: Any, x: Any) -> Any:
    """The sum over neighbours, whose Hessian is tridiagonal."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def gather_of(n: int, count: int) -> Callable[..., Any]:
    """Each row reads a few elements at fixed random places."""
    places = np.random.default_rng(0).integers(0, n, (count, n))

    def products(np: Any, x: Any) -> Any:
        total = np.sin(x[places[0]])
        for row in places[1:]:
            total = total * np.cos(x[row])
        return total

    return products


def cases(quick: bool) -> list[Case]:
    s = 10 if quick else 1
    rng = np.random.default_rng(0)
    point = lambda n: rng.uniform(0.5, 1.5, n)  # noqa: E731
    side = 100 // (3 if quick else 1)
    return [
        Case("brusselator, walls", brusselator(side, False), point(2 * side * side)),
        Case("brusselator, periodic", brusselator(side, True), point(2 * side * side)),
        Case("banded", banded, point(100_000 // s)),
        Case("rosenbrock", rosenbrock, point(10_000 // s), hessian=True),
        Case("gather", gather_of(10_000 // s, 3), point(10_000 // s)),
    ]


def seconds(run: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def letgrad_detects(case: Case) -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
    """Functions that find pattern and colours, run, and give the dense parts for a comparison."""
    f = lambda x: case.program(np, x)  # noqa: E731
    make = lg.sparse_hessian if case.hessian else lg.sparse_jacobian
    derivative = make(f)
    return (
        lambda: make(f).colouring(case.point),
        lambda: derivative.values(case.point),
        lambda: derivative(case.point),
    )


def asdex_detects(case: Case) -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
    import asdex
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    x = jnp.asarray(case.point)

    def fresh() -> Any:
        # A new function each time, as both systems keep what they know of one.
        f = lambda x: case.program(jnp, x)  # noqa: E731
        colour = asdex.hessian_coloring if case.hessian else asdex.jacobian_coloring
        return f, colour(f, x)

    f, colouring = fresh()
    of = asdex.hessian_from_coloring if case.hessian else asdex.jacobian_from_coloring
    derivative = jax.jit(of(f, colouring))
    return lambda: fresh()[1], lambda: derivative(x).data.block_until_ready(), lambda: derivative(x)


def colours_of(found: Any) -> int:
    return int(found.colours if hasattr(found, "colours") else found.num_colors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--tries", type=int, default=3)
    options = parser.parse_args()
    beside = all(importlib.util.find_spec(name) for name in ("asdex", "jax"))
    print(f"{'case':24}{'system':10}{'detect ms':>11}{'colours':>9}{'run ms':>9}{'least':>9}")
    for case in cases(options.quick):
        if options.only not in case.name:
            continue
        systems = {"letgrad": letgrad_detects(case)}
        if beside:
            systems["asdex"] = asdex_detects(case)
        results = {}
        for name, (_, run, matrix) in systems.items():
            run()
            got = matrix()
            results[name] = got.tocsr() if hasattr(got, "tocsr") else to_scipy(got)
        if beside:
            difference = abs(results["letgrad"] - results["asdex"])
            assert difference.max() <= 1e-9 * abs(results["letgrad"]).max(), case.name
        detect: dict[str, list[float]] = {name: [] for name in systems}
        colours = {}
        for _ in range(options.tries):
            for name, (find, _, _) in systems.items():
                kept: list[Any] = []
                detect[name].append(seconds(lambda find=find, kept=kept: kept.append(find())))
                colours[name] = colours_of(kept[0])
        runs: dict[str, list[float]] = {name: [] for name in systems}
        for _ in range(options.turns):
            for name, (_, run, _) in systems.items():
                runs[name].append(seconds(run))
        for name in systems:
            print(
                f"{case.name:24}{name:10}{1e3 * statistics.median(detect[name]):11.1f}"
                f"{colours[name]:9}{1e3 * statistics.median(runs[name]):9.3f}"
                f"{1e3 * min(runs[name]):9.3f}",
                flush=True,
            )


def to_scipy(matrix: Any) -> Any:
    """A JAX matrix of coordinates as one of SciPy's."""
    import scipy.sparse

    places = np.asarray(matrix.indices)
    data = np.asarray(matrix.data)
    return scipy.sparse.coo_array((data, (places[:, 0], places[:, 1])), matrix.shape).tocsr()


if __name__ == "__main__":
    main()
