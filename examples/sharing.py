"""The programs of this folder in NumPy-style Python, printed in terms."""

from __future__ import annotations

import numpy as np

import letgrad as lg
from letgrad.extend import find_function, format_function


def foo(x, y, z):
    w = x * np.sin(y)
    return np.arctan2(z, w) + z * w


def relu(m):
    table = lg.asarray(np.array([0.0, 1.0]))
    mask = lg.build(m.shape, lambda i, j: table[np.where(m[i, j] <= 0, 0, 1)])
    return mask * m


def reluMax(m):
    return lg.build(m.shape, lambda i, j: np.stack([0.0, m[i, j]])[np.where(0 >= m[i, j], 0, 1)])


def reluT2(v, s):
    t = v * s
    table = lg.asarray(np.array([0.0, 1.0]))
    mask = lg.build(v.shape, lambda i: table[np.where(t[i] <= 0, 0, 1)])
    return mask * t


def shifted(v, u, e):
    n = v.shape[0] - 2
    return np.stack([lg.gather(n, v, lambda i: (i + e,)), lg.gather(n, u, lambda i: (i + e,))])


def widths(x):
    e = np.exp(x)
    return lg.build(10, lambda i: e * i).sum() + lg.build(20, lambda i: e * i).sum()


def conv(image, kernel):
    def at(i, j):
        window = lg.gather(kernel.shape, image, lambda p, q: (i + p, j + q))
        return np.einsum("pq,pq->", window, kernel)

    return lg.build(image.shape, at)


PROGRAMS = {
    foo: (1.1, 2.2, 3.3),
    relu: (lg.spec((3, 4)),),
    reluMax: (lg.spec((3, 4)),),
    reluT2: (lg.spec(5), 7.0),
    shifted: (lg.spec(7), lg.spec(7), 1),
    widths: (1.1,),
    conv: (lg.spec((6, 7)), lg.spec((3, 2))),
}
"""Each program, with specs or examples of its arguments."""


def main() -> None:
    for program, specs in PROGRAMS.items():
        module = lg.trace(program, *specs)
        print(format_function(find_function(module, program.__name__)))


if __name__ == "__main__":
    main()
