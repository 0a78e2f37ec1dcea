"""
What the programs of `learning_programs.py`, `science_programs.py` and their sequels are written in:
the array functions of NumPy, letgrad, JAX or PyTorch, which have the same names, and under one name
each what a user of a system would call there: `jax.lax.scan`, `torch.nn.functional.conv2d` and
others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

import letgrad as lg
import letgrad.numpy as lnp
from letgrad.scipy import linalg, special

Random = np.random.Generator
F32 = np.float32


class System(Protocol):
    """
    `np` has the array functions that are called the same everywhere (`amax`, not `max`).

    `add(n, places, values)` adds rows of values to n rows of zeros, at integer places. `scan(step,
    carry, rows)` gives the last carry and the results of all steps; `rows` are arrays that have a
    step in each row. `conv(z, w)` slides windows over channels in front of rows and columns, with
    zeros around. `pool(z)` takes the greatest of 2 x 2. `triangular(a, b)` solves with a lower
    triangle. `whole(z)` are the integers below z, and `real(z)` numbers of z's width 64 again.
    `before(z)` has a zero in front of the rows, and not the last one.
    """

    np: Any
    integers: Any

    def add(self, n: int, places: Any, values: Any) -> Any: ...
    def scan(self, step: Callable[..., Any], carry: Any, rows: Any) -> tuple[Any, Any]: ...
    def grad(self, f: Callable[..., Any]) -> Callable[..., Any]: ...
    def vmap(self, f: Callable[..., Any], axes: Any = 0) -> Callable[..., Any]: ...
    def hessian(self, f: Callable[..., Any]) -> Callable[..., Any]: ...
    def softmax(self, z: Any) -> Any: ...
    def logsumexp(self, z: Any, axis: int) -> Any: ...
    def erf(self, z: Any) -> Any: ...
    def relu(self, z: Any) -> Any: ...
    def conv(self, z: Any, w: Any) -> Any: ...
    def pool(self, z: Any) -> Any: ...
    def triangular(self, a: Any, b: Any) -> Any: ...
    def chosen(self, z: Any, places: Any) -> Any: ...
    def each(self, z: Any, places: Any) -> Any: ...
    def sort(self, z: Any, axis: int) -> Any: ...
    def whole(self, z: Any) -> Any: ...
    def roll(self, z: Any, n: int, axis: int) -> Any: ...
    def var(self, z: Any, axis: Any) -> Any: ...
    def det(self, z: Any) -> Any: ...


class ByArrays:
    """What NumPy's functions do, and functions with NumPy's names."""

    np: Any = np

    def softmax(self, z: Any) -> Any:
        e = self.np.exp(z - self.np.amax(z, axis=-1, keepdims=True))
        return e / self.np.sum(e, axis=-1, keepdims=True)

    def logsumexp(self, z: Any, axis: int) -> Any:
        top = self.np.amax(z, axis=axis, keepdims=True)
        return self.np.log(self.np.sum(self.np.exp(z - top), axis=axis)) + top.squeeze(axis)

    def erf(self, z: Any) -> Any:
        return special.erf(z)

    def relu(self, z: Any) -> Any:
        return self.np.maximum(z, 0)

    def conv(self, z: Any, w: Any) -> Any:
        high, wide = w.shape[2:]
        around = (0, 0), (0, 0), (high // 2, high // 2), (wide // 2, wide // 2)
        windows = self.np.lib.stride_tricks.sliding_window_view(
            self.np.pad(z, around), (high, wide), axis=(2, 3)
        )
        return self.np.einsum("nchwij,ocij->nohw", windows, w)

    def pool(self, z: Any) -> Any:
        n, c, h, w = z.shape
        return self.np.amax(z.reshape(n, c, h // 2, 2, w // 2, 2), axis=(3, 5))

    def triangular(self, a: Any, b: Any) -> Any:
        return linalg.solve_triangular(a, b, lower=True)

    def chosen(self, z: Any, places: Any) -> Any:
        return self.np.take_along_axis(z, places[..., None], axis=-1)[..., 0]

    def each(self, z: Any, places: Any) -> Any:
        return self.np.take_along_axis(z, places, axis=-1)

    def sort(self, z: Any, axis: int) -> Any:
        return self.np.sort(z, axis=axis)

    def whole(self, z: Any) -> Any:
        return self.np.floor(z).astype(np.int64)

    def roll(self, z: Any, n: int, axis: int) -> Any:
        return self.np.roll(z, n, axis=axis)

    def var(self, z: Any, axis: Any) -> Any:
        return self.np.var(z, axis=axis, keepdims=True)

    def det(self, z: Any) -> Any:
        return self.np.linalg.det(z)


class ByNumPy(ByArrays):
    """NumPy's own loops; there are no derivatives."""

    def add(self, n: int, places: Any, values: Any) -> Any:
        y = np.zeros((n, *values.shape[1:]), values.dtype)
        np.add.at(y, places, values)
        return y

    def scan(self, step: Callable[..., Any], carry: Any, rows: Any) -> tuple[Any, Any]:
        found = []
        for row in zip(*rows) if isinstance(rows, tuple) else rows:
            carry, result = step(carry, row)
            found.append(result)
        return carry, None if found[0] is None else np.stack(found)


class ByLetgrad(ByArrays):
    """letgrad's loops and derivatives, and its arrays, which programs can write in places."""

    np = lnp

    def add(self, n: int, places: Any, values: Any) -> Any:
        y = lnp.zeros((n, *values.shape[1:]), values.dtype)
        lnp.add.at(y, places, values)
        return y

    def scan(self, step: Callable[..., Any], carry: Any, rows: Any) -> tuple[Any, Any]:
        return lg.scan(step, carry, rows)

    def grad(self, f: Callable[..., Any]) -> Callable[..., Any]:
        return lg.grad(f)

    def vmap(self, f: Callable[..., Any], axes: Any = 0) -> Callable[..., Any]:
        return lg.vmap(f, axes)

    def hessian(self, f: Callable[..., Any]) -> Callable[..., Any]:
        return lg.hessian(f)

    def softmax(self, z: Any) -> Any:
        return lg.softmax(z, axis=-1)

    def logsumexp(self, z: Any, axis: int) -> Any:
        return lg.logsumexp(z, axis=axis)


class ByJAX(ByArrays):
    """JAX's loops and derivatives, and the functions of `jax.nn`, `jax.lax` and `jax.scipy`."""

    def __init__(self, jax: Any):
        self.np, self.jax = jax.numpy, jax
        self.grad, self.hessian, self.scan = jax.grad, jax.hessian, jax.lax.scan
        self.relu, self.erf = jax.nn.relu, jax.scipy.special.erf

    def add(self, n: int, places: Any, values: Any) -> Any:
        return self.np.zeros((n, *values.shape[1:]), values.dtype).at[places].add(values)

    def vmap(self, f: Callable[..., Any], axes: Any = 0) -> Callable[..., Any]:
        return self.jax.vmap(f, axes)

    def softmax(self, z: Any) -> Any:
        return self.jax.nn.softmax(z, axis=-1)

    def logsumexp(self, z: Any, axis: int) -> Any:
        return self.jax.nn.logsumexp(z, axis=axis)

    def conv(self, z: Any, w: Any) -> Any:
        return self.jax.lax.conv_general_dilated(z, w, (1, 1), "SAME")

    def pool(self, z: Any) -> Any:
        window = 1, 1, 2, 2
        return self.jax.lax.reduce_window(z, -np.inf, self.jax.lax.max, window, window, "VALID")

    def triangular(self, a: Any, b: Any) -> Any:
        return self.jax.scipy.linalg.solve_triangular(a, b, lower=True)


class ByTorch(ByArrays):
    """PyTorch's functions; a loop is a loop of Python."""

    def __init__(self, torch: Any):
        f = torch.nn.functional
        self.np = self.torch = torch
        self.grad, self.hessian = torch.func.grad, torch.func.hessian
        self.erf, self.relu, self.pool = torch.erf, f.relu, lambda z: f.max_pool2d(z, 2)
        self.conv = lambda z, w: f.conv2d(z, w, padding="same")

    def add(self, n: int, places: Any, values: Any) -> Any:
        return values.new_zeros((n, *values.shape[1:])).index_add(0, places, values)

    def scan(self, step: Callable[..., Any], carry: Any, rows: Any) -> tuple[Any, Any]:
        found = []
        for row in zip(*rows) if isinstance(rows, tuple) else rows:
            carry, result = step(carry, row)
            found.append(result)
        return carry, None if found[0] is None else self.torch.stack(found)

    def vmap(self, f: Callable[..., Any], axes: Any = 0) -> Callable[..., Any]:
        return self.torch.func.vmap(f, axes)

    def softmax(self, z: Any) -> Any:
        return self.torch.softmax(z, -1)

    def logsumexp(self, z: Any, axis: int) -> Any:
        return self.torch.logsumexp(z, axis)

    def triangular(self, a: Any, b: Any) -> Any:
        vector = b.ndim == a.ndim - 1
        x = self.torch.linalg.solve_triangular(a, b[..., None] if vector else b, upper=False)
        return x[..., 0] if vector else x

    def chosen(self, z: Any, places: Any) -> Any:
        return self.torch.gather(z, -1, places[..., None])[..., 0]

    def each(self, z: Any, places: Any) -> Any:
        return self.torch.gather(z, -1, places)

    def sort(self, z: Any, axis: int) -> Any:
        return self.torch.sort(z, axis)[0]

    def whole(self, z: Any) -> Any:
        return self.torch.floor(z).long()

    def roll(self, z: Any, n: int, axis: int) -> Any:
        return self.torch.roll(z, n, axis)

    def var(self, z: Any, axis: Any) -> Any:
        return self.torch.var(z, axis, correction=0, keepdim=True)


class Peer(NamedTuple):
    """
    A program for all systems. `make` draws its arrays, of which the first `wrt` are differentiated;
    `run` computes its value on a system. NumPy has no `derivatives`. torch.compile writes out a
    loop of Python, so long `loops` are compiled in minutes, and stay out.
    """

    name: str
    make: Callable[[Random], Sequence[np.ndarray]]
    run: Callable[..., Any]
    wrt: int
    derivatives: bool = False
    loops: bool = False
    torch: bool = True


def single(random: Random, *shapes: Sequence[int], scale: float = 1.0) -> list[np.ndarray]:
    """Normal numbers of float32."""
    return [(scale * random.standard_normal(s)).astype(F32) for s in shapes]


def double(random: Random, *shapes: Sequence[int], scale: float = 1.0) -> list[np.ndarray]:
    """Normal numbers of float64."""
    return [scale * random.standard_normal(s) for s in shapes]
