"""
Train a classifier on all devices that JAX has, on one process or on many: each device has a part of
the data, letgrad differentiates the loss, and XLA adds up the gradients.

    python examples/many_devices.py                           one process
    python examples/many_devices.py 127.0.0.1:9876 2 0        the first one of two processes
    python examples/many_devices.py 127.0.0.1:9876 2 1        the second one
"""

from __future__ import annotations

import argparse
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

import letgrad as lg

STEPS, POINTS, FEATURES, CLASSES = 20, 1024, 64, 10


def loss(weights: Any, x: Any, labels: Any) -> Any:
    """The mean cross-entropy of a network with one hidden layer."""
    hidden = np.tanh(x @ weights["in"])
    scores = hidden @ weights["out"]
    largest = np.max(scores, axis=-1)
    norms = largest + np.log(np.sum(np.exp(scores - largest[:, None]), axis=-1))
    return np.mean(norms - np.sum(scores * labels, axis=-1))


def data() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The first weights, and points with their classes: the same on each process."""
    random = np.random.default_rng(0)
    weights = {
        "in": random.normal(size=(FEATURES, 32)) / 8,
        "out": random.normal(size=(32, CLASSES)) / 8,
    }
    x = random.normal(size=(POINTS, FEATURES))
    classes = np.argmax(x @ random.normal(size=(FEATURES, CLASSES)), axis=-1)
    return weights, x, np.eye(CLASSES)[classes]


def main(address: str | None = None, processes: int = 1, process: int = 0) -> None:
    jax.config.update("jax_enable_x64", True)
    if address is not None:
        jax.distributed.initialize(address, processes, process)
    mesh = jax.make_mesh((jax.device_count(),), ("data",), (jax.sharding.AxisType.Auto,))
    parts, whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("data",), ()))

    def placed(array: np.ndarray, sharding: NamedSharding) -> jax.Array:
        return jax.make_array_from_callback(array.shape, sharding, lambda box: array[box])

    value_and_grad = jax.value_and_grad(lg.to_jax(loss))

    @jax.jit
    def step(weights: Any, x: Any, labels: Any) -> tuple[Any, Any]:
        value, slopes = value_and_grad(weights, x, labels)
        return jax.tree.map(lambda w, slope: w - slope, weights, slopes), value

    weights, x, labels = data()
    held: Any = {name: placed(w, whole) for name, w in weights.items()}
    x, labels = placed(x, parts), placed(labels, parts)
    compiled = step.lower(held, x, labels).compile()
    losses: list[float] = []
    for _ in range(STEPS):
        held, value = compiled(held, x, labels)
        losses.append(float(value))
    if jax.process_index() == 0:
        flops = int(compiled.cost_analysis()["flops"])
        print(f"{jax.device_count()} devices, {flops} flops on each")
        print(f"losses {losses[0]:.12f} {losses[9]:.12f} {losses[-1]:.12f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("address", nargs="?", help="host:port of the first process")
    parser.add_argument("processes", nargs="?", type=int, default=1, help="how many there are")
    parser.add_argument("process", nargs="?", type=int, default=0, help="which one this is, from 0")
    arguments = parser.parse_args()
    main(arguments.address, arguments.processes, arguments.process)
