"""
The four problems of ADBench in all sizes that are there: letgrad beside JAX and PyTorch.

    python benchmarks/adbench.py [--only hand] [--turns 9] [--data folder] [--without torch]

GMM and LSTM: value and gradient. BA: the sparse Jacobian of all residuals; letgrad gives the
elements of one CSR matrix, the others the 2 × 15 blocks, by forward mode in each block, and the
derivatives by the weights. HAND: the Jacobian of the residuals; the places in triangles of the
complicated variant have two columns for each residual, which JAX and PyTorch take as two directions
beside the 26 of the pose.

A time is the median over turns in which all systems run one after the other, in milliseconds, after
a first run of each that compiles; the least time stands beside it. Results are compared first.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from cases import DATA, ba_inputs, example, gmm, gmm_torch, lstm

import letgrad as lg

Run = Callable[[], Any]
hand, lstm_example, ba_example = example("hand"), example("lstm"), example("ba")


def numbers(path: Path) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", path.stem)]


def to_numpy(found: Any) -> np.ndarray:
    """All numbers of a result, in one row."""
    parts = found if isinstance(found, tuple | list) else [found]
    flat = [to_numpy(p) if isinstance(p, tuple | list) else np.ravel(np.asarray(p)) for p in parts]
    return np.concatenate(flat)


class Jax:
    """JAX's version of each problem."""

    def __init__(self) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax, self.np = jax, jax.numpy

    def run(self, f: Callable[..., Any], *args: Any) -> Run:
        jitted = self.jax.jit(f)
        given = [self.np.asarray(a) for a in args]
        return lambda: self.jax.block_until_ready(jitted(*given))

    def gmm(self, *args: Any) -> Run:
        f = lambda *a: gmm(self.np, *a)  # noqa: E731
        return self.run(self.jax.value_and_grad(f, (0, 1, 2)), *args)

    def lstm(self, weights: Any, extra: Any, state: Any, sequence: Any) -> Run:
        xp = self.np
        sigmoid = lambda x: 1 / (1 + xp.exp(-x))  # noqa: E731

        def objective(weights: Any, extra: Any, state: Any, sequence: Any) -> Any:
            def read(carry: Any, characters: Any) -> Any:
                state, total = carry
                now, following = characters
                z, after = now * extra[0], []
                for k in range(weights.shape[0]):
                    (w, b), (hidden, cell) = weights[k], state[k]
                    forget, taken = sigmoid(z * w[0] + b[0]), sigmoid(hidden * w[1] + b[1])
                    out, change = sigmoid(z * w[2] + b[2]), xp.tanh(hidden * w[3] + b[3])
                    cell = cell * forget + taken * change
                    z = hidden = out * xp.tanh(cell)
                    after.append((hidden, cell))
                y = z * extra[1] + extra[2]
                scores = y - xp.log(xp.sum(xp.exp(y)) + 2)
                return (after, total + xp.sum(following * scores)), None

            begin = [(s[0], s[1]) for s in state]
            over = (sequence[:-1], sequence[1:])
            (_, total), _ = self.jax.lax.scan(read, (begin, 0.0), over)
            return -total / ((len(sequence) - 1) * sequence.shape[1])

        return self.run(self.jax.value_and_grad(objective, (0, 1)), weights, extra, state, sequence)

    def ba(self, problem: Any) -> Run:
        def blocks(cameras: Any, points: Any, weights: Any, features: Any, a: Any, b: Any) -> Any:
            f = lambda p, feature: ba_residual(self.np, p, feature)  # noqa: E731
            parameters = self.np.concatenate([cameras[a], points[b], weights[:, None]], 1)
            return self.jax.vmap(self.jax.jacfwd(f))(parameters, features), -2 * weights

        return self.run(blocks, *problem)

    def hand(self, theta: Any, model: Any, points: Any, corners: Any, u: Any) -> Run:
        f = lambda *a: hand_residuals(self.np, model, points, corners, *a)  # noqa: E731
        if u is None:
            return self.run(lambda t: self.jax.jacfwd(f)(t, None), theta)
        return self.run(lambda t, u: jacobian_of_hand(self.jax.jacfwd, self.np, f, t, u), theta, u)


class Torch:
    """PyTorch's, eager, by `torch.func`."""

    def __init__(self) -> None:
        import torch

        torch.set_default_dtype(torch.float64)
        self.torch = torch

    def given(self, *args: Any) -> list[Any]:
        return [self.torch.as_tensor(np.ascontiguousarray(a)) for a in args]

    def gmm(self, *args: Any) -> Run:
        f = lambda *a: gmm_torch(self.torch, *a)  # noqa: E731
        given = self.given(*args)
        both = self.torch.func.grad_and_value(f, (0, 1, 2))
        return lambda: both(*given)[::-1]

    def lstm(self, *args: Any) -> Run:
        given = self.given(*args)
        f = lambda *a: lstm(self.torch, *a)  # noqa: E731
        both = self.torch.func.grad_and_value(f, (0, 1))
        return lambda: both(*given)[::-1]

    def ba(self, problem: Any) -> Run:
        torch = self.torch
        cameras, points, weights, features, a, b = self.given(*problem)
        f = lambda p, feature: ba_residual(torch, p, feature)  # noqa: E731
        each = torch.func.vmap(torch.func.jacfwd(f))

        def blocks() -> Any:
            parameters = torch.cat([cameras[a], points[b], weights[:, None]], 1)
            return each(parameters, features), -2 * weights

        return blocks

    def hand(self, theta: Any, model: Any, points: Any, corners: Any, u: Any) -> Run:
        torch = self.torch
        given = model._replace(
            **{k: torch.as_tensor(getattr(model, k)) for k in model._fields if k != "parents"}
        )
        (t, points) = self.given(theta, points)
        f = lambda *a: hand_residuals(torch, given, points, corners, *a)  # noqa: E731
        if u is None:
            return lambda: torch.func.jacfwd(f)(t, None)
        (u,) = self.given(u)
        return lambda: jacobian_of_hand(torch.func.jacfwd, torch, f, t, u)


class Letgrad:
    """letgrad's, by the functions in `examples/`."""

    def gmm(self, *args: Any) -> Run:
        both = lg.jit(lg.value_and_grad(lambda *a: gmm(np, *a), (0, 1, 2)))
        return lambda: both(*args)

    def lstm(self, weights: Any, extra: Any, state: Any, sequence: Any) -> Run:
        both = lg.jit(lg.value_and_grad(lstm_example.objective))
        return lambda: both((weights, extra), state, sequence)

    def ba(self, problem: Any) -> Run:
        jacobian = ba_example.sparse_jacobian(problem)
        return lambda: jacobian.values(*problem[:3])

    def hand(self, theta: Any, model: Any, points: Any, corners: Any, u: Any) -> Run:
        if u is None:
            f = lambda t: hand.residuals(t, corners, points, model)  # noqa: E731
            simple = lg.sparse_jacobian(f)
            return lambda: simple.values(theta)
        jacobian = hand.complicated_jacobian(corners, points, model)
        return lambda: jacobian.values(u, theta)


def ba_residual(xp: Any, p: Any, feature: Any) -> Any:
    """The error of one observation, of camera, point and weight in one row."""
    r, x = p[:3], p[11:14] - p[3:6]
    angle = xp.sqrt(xp.sum(r * r))
    axis, c, s = r / angle, xp.cos(angle), xp.sin(angle)
    cross = xp.linalg.cross(axis, x) if xp.__name__ == "torch" else xp.cross(axis, x)
    seen = x * c + cross * s + axis * (xp.sum(axis * x) * (1 - c))
    u = seen[:2] / seen[2]
    s = xp.sum(u * u)
    u = u * (1 + p[9] * s + p[10] * s * s)
    return p[14] * (p[6] * u + p[7:9] - feature)


def hand_residuals(
    xp: Any, model: Any, points: Any, corners: np.ndarray, theta: Any, u: Any
) -> Any:
    """As in `examples/hand.py`."""
    vertices, places = np.unique(corners, return_inverse=True)
    seen = model._replace(vertices=model.vertices[vertices], weights=model.weights[vertices])
    skin = hand_skin(xp, theta, seen)[places.reshape(corners.shape)]
    if u is None:
        return (points - skin).reshape(-1)
    a, b, c = skin[:, 0], skin[:, 1], skin[:, 2]
    u0, u1 = u[:, :1], u[:, 1:]
    return (points - (u0 * a + u1 * b + (1.0 - u0 - u1) * c)).reshape(-1)


def hand_skin(xp: Any, theta: Any, model: Any) -> Any:
    zero = 0.0 * theta[0]
    rows = lambda m: xp.stack([xp.stack(row) for row in m])  # noqa: E731

    def euler(x: Any, z: Any) -> Any:
        (cx, cz), (sx, sz) = (xp.cos(x), xp.cos(z)), (xp.sin(x), xp.sin(z))
        return rows([[cz, -cx * sz, sx * sz], [sz, cx * cz, -sx * cz], [zero, sx, cx]])

    bent = {bone: (x, zero if z is None else z) for bone, (x, z) in _bent(theta).items()}
    absolute: list[Any] = []
    join = xp.cat if xp.__name__ == "torch" else xp.concatenate
    for bone, parent in enumerate(model.parents):
        local = model.relative[bone]
        if bone in bent:
            local = join([local[:, :3] @ euler(*bent[bone]), local[:, 3:]], 1)
        absolute.append(local if parent < 0 else absolute[parent] @ local)
    stacked = xp.stack([xp.asarray(a) for a in absolute])
    transforms = xp.einsum("bij,bjk->bik", stacked[:, :3], xp.asarray(model.inverse))
    at_rest = join([xp.asarray(model.vertices), xp.ones((len(model.vertices), 1))], 1)
    posed = xp.einsum("vb,bij,vj->vi", xp.asarray(model.weights), transforms, at_rest)
    angle = xp.sqrt(xp.sum(theta[:3] * theta[:3]))
    x, y, z = theta[0] / angle, theta[1] / angle, theta[2] / angle
    cross = rows([[zero, -z, y], [z, zero, -x], [-y, x, zero]])
    turn = xp.eye(3) + xp.sin(angle) * cross + (1 - xp.cos(angle)) * (cross @ cross)
    return posed @ turn.T + theta[3:6]


def _bent(theta: Any) -> dict[int, tuple[Any, Any]]:
    found: dict[int, tuple[Any, Any]] = {}
    for finger in range(5):
        a = 6 + 4 * finger
        found[2 + 4 * finger] = theta[a], theta[a + 1]
        found[3 + 4 * finger] = theta[a + 2], None
        found[4 + 4 * finger] = theta[a + 3], None
    return found


def jacobian_of_hand(jacfwd: Any, xp: Any, f: Any, theta: Any, u: Any) -> Any:
    """The two columns of each residual's own place, by a move of all, and those of the pose."""
    moved = lambda t, du: f(t, u + du)  # noqa: E731
    by_theta = jacfwd(moved, 0)(theta, xp.zeros(2))
    by_place = jacfwd(moved, 1)(theta, xp.zeros(2))
    return by_place, by_theta


Problem = tuple[str, str, tuple[Any, ...]]


def problems(data: Path) -> Iterator[Problem]:
    """(the kind, a name, the arguments) of each file of ADBench."""
    for path in sorted((data / "gmm" / "1k").glob("gmm_d*_K*.txt"), key=numbers):
        d, k = numbers(path)
        (alphas, means, icf), x, _, _ = example("gmm").load(path)
        yield "gmm", f"GMM d{d} K{k}", (alphas, means, icf, x)
    for path in sorted((data / "ba").glob("ba*_n*.txt"), key=numbers):
        inputs = ba_inputs(path)(np.random.default_rng(0))
        yield "ba", f"BA{numbers(path)[0]}", (ba_example.Problem(*inputs),)
    for path in sorted((data / "lstm").glob("lstm_*.txt"), key=numbers):
        (main, extra), state, sequence = lstm_example.load(path)
        yield "lstm", "LSTM l{} c{}".format(*numbers(path)), (main, extra, state, sequence)
    model = hand.load_model(data / "hand" / "model")
    triangles = hand.load_triangles(data / "hand" / "model")
    for kind in ("simple", "complicated"):
        for path in sorted((data / "hand" / f"{kind}_small").glob("hand*.txt"), key=numbers):
            name = f"HAND {kind} {numbers(path)[-1]}"
            if kind == "simple":
                theta, vertices, points = hand.load(path)
                yield "hand", name, (theta, model, points, vertices, None)
            else:
                theta, u, at, points = hand.load_complicated(path)
                yield "hand", name, (theta, model, points, triangles[at], u)


def same(kind: str, mine: np.ndarray, other: np.ndarray) -> bool:
    """Whether two results agree: elements of a sparse matrix leave zeros out, and have an order."""
    if kind in ("gmm", "lstm"):
        return bool(np.linalg.norm(mine - other) <= 1e-8 * np.linalg.norm(other))
    nonzero = lambda x: np.sort(np.abs(x[x != 0]))  # noqa: E731
    a, b = nonzero(mine), nonzero(other)
    return bool(abs(np.linalg.norm(a) - np.linalg.norm(b)) <= 1e-8 * np.linalg.norm(b))


def measured(
    runs: dict[str, Run], turns: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            begin = clock()
            run()
            times[name].append(1e3 * (clock() - begin))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="problems whose name contains this")
    parser.add_argument("--without", default="", help="systems to leave out: jax,torch")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument(
        "--processor",
        action="store_true",
        help="measure the time of all processors together, which other programs disturb less",
    )
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    clock = time.process_time if options.processor else time.perf_counter
    systems: dict[str, Any] = {"letgrad": Letgrad()}
    for name, make in (("jax", Jax), ("torch", Torch)):
        if importlib.util.find_spec(name) and name not in options.without.split(","):
            systems[name] = make()
    print(f"{'problem':22}" + "".join(f"{name:>19}" for name in systems) + "   letgrad / jax")
    for kind, name, arguments in problems(options.data):
        if options.only.lower() not in name.lower():
            continue
        runs = {s: getattr(system, kind)(*arguments) for s, system in systems.items()}
        results = {s: to_numpy(run()) for s, run in runs.items()}
        for s, found in results.items():
            assert same(kind, results["letgrad"], found), f"{name}: {s} differs"
        times = measured(runs, options.turns, clock)
        middle = {s: statistics.median(t) for s, t in times.items()}
        shown = "".join(f"{middle[s]:11.3f} ({min(times[s]):5.4g})" for s in systems)
        ratio = f"{middle['letgrad'] / middle['jax']:10.2f}" if "jax" in middle else ""
        print(f"{name:22}{shown}{ratio}", flush=True)


if __name__ == "__main__":
    main()
