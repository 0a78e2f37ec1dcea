"""
The gradient of an LSTM's loss on a text, as in ADBench. The weights of the layers are diagonal. The
text is a sequence of characters, and each character is a vector of bits.

    python examples/lstm.py lstm_l2_c1024.txt
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import letgrad as lg


def load(path: Path) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """
    (main, extra), the state, the sequence. main[layer] is (weights, biases) of the gates (forget,
    in, out, change). state[layer] is (hidden, cell).
    """
    words = path.read_text().split()
    layers, steps, width = map(int, words[:3])
    numbers = np.array(words[3:], np.float64)
    shapes = (layers, 2, 4, width), (3, width), (layers, 2, width), (steps, width)
    ends = np.cumsum([np.prod(s) for s in shapes])
    main, extra, state, sequence = (
        part.reshape(shape) for part, shape in zip(np.split(numbers, ends), shapes)
    )
    return (main, extra), state, sequence


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(main, extra, state, character):
    """The state after a character, and the scores of the next character."""
    z = character * extra[0]
    after = []
    for (w, b), (hidden, cell) in zip(main, state):
        forget = sigmoid(z * w[0] + b[0])
        taken = sigmoid(hidden * w[1] + b[1])
        out = sigmoid(z * w[2] + b[2])
        change = np.tanh(hidden * w[3] + b[3])
        cell = cell * forget + taken * change
        z = hidden = out * np.tanh(cell)
        after.append((hidden, cell))
    y = z * extra[1] + extra[2]
    # The 2 is part of the benchmark's definition.
    return after, y - np.log(np.sum(np.exp(y)) + 2)


def objective(parameters, state, sequence):
    """Minus the mean score of the characters that come next."""
    main, extra = parameters
    main, state = [tuple(layer) for layer in main], [tuple(layer) for layer in state]

    def read(carry, characters):
        state, total = carry
        now, following = characters
        state, scores = step(main, extra, state, now)
        return state, total + np.sum(following * scores)

    _, total = lg.fold(read, (state, 0.0), (sequence[:-1], sequence[1:]))
    return -total / ((len(sequence) - 1) * sequence.shape[1])


def main(path: Path) -> None:
    parameters, state, sequence = load(path)
    gradient = lg.value_and_grad(lambda parameters: objective(parameters, state, sequence))
    start = time.perf_counter()
    gradient(parameters)
    print(f"traced, differentiated and run in {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    value, slopes = gradient(parameters)
    print(f"objective {value:.10g}, gradient in {time.perf_counter() - start:.3f} s")
    for name, slope in zip(("main", "extra"), slopes):
        print(f"  by {name}: {slope.shape}, norm {np.linalg.norm(slope):.10g}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("path", type=Path, help="the sizes, the weights and the text")
    path = parser.parse_args().path
    if not path.is_file():
        parser.error(f"there is no file {path}")
    main(path)
