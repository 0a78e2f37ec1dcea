"""`lg.tree`, containers of users, `lg.map`, and `lg.eval_shape`."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg


class Affine:
    """A container of a user: two arrays, and a name that is no data."""

    def __init__(self, a: Any, b: Any, name: str = "f"):
        self.a, self.b, self.name = a, b, name

    def __call__(self, x: Any) -> Any:
        return self.a * x + self.b


lg.tree.register(
    Affine, lambda f: ((f.a, f.b), f.name), lambda name, parts: Affine(*parts, name=name)
)


def test_map_takes_several_trees() -> None:
    trees = (1.0, {"x": 2.0, "y": None}), (3.0, {"y": None, "x": 5.0})
    assert lg.tree.map(lambda a, b: a - b, *trees) == (-2.0, {"x": -3.0, "y": None})
    assert lg.tree.leaves(trees[1]) == [3.0, 5.0]
    assert lg.tree.structure(trees[0]) == lg.tree.structure(trees[1])
    assert lg.tree.reduce(max, trees) == 5.0
    with pytest.raises(ValueError, match=r"tree 1 of lg\.tree\.map has another structure: "):
        lg.tree.map(lambda a, b: a, trees[0], (1.0, {"z": 2.0}))


def test_a_structure_takes_its_number_of_leaves() -> None:
    leaves, structure = lg.tree.flatten([np.ones(2), (1.0,)])
    assert lg.tree.unflatten(structure, [1, 2]) == [1, (2,)]
    with pytest.raises(ValueError, match="has 2 leaves, and 3 are given"):
        lg.tree.unflatten(structure, [*leaves, 1.0])


def test_all_transformations_take_registered_containers() -> None:
    f, x = Affine(2.0, 1.0), np.array([1.0, 2.0, 3.0])
    slope = lg.grad(lambda f, x: np.sum(f(x)))(f, x)
    assert (slope.a, slope.b, slope.name) == (6.0, 3.0, "f")
    swapped = lg.jit(lambda f: Affine(f.b, f.a, "g"))(Affine(2.0, x))
    np.testing.assert_array_equal(swapped.a, x)
    assert (swapped.b, swapped.name) == (2.0, "g")
    many = Affine(x, x + 1)
    np.testing.assert_array_equal(lg.vmap(lambda f: f(10.0))(many), 11 * x + 1)
    one_axis = lg.vmap(lambda f: f(1.0), in_axes=(Affine(0, None),))(Affine(x, 5.0))
    np.testing.assert_array_equal(one_axis, x + 5)
    jacobian = lg.jacrev(lambda f: f(x))(f)
    np.testing.assert_array_equal(jacobian.a, x)

    def loop(x: Any) -> Any:
        def turn(i: Any, f: Affine) -> Affine:
            return Affine(f.b, f.a * 0.5, f.name)

        return lg.fori_loop(0, 4, turn, Affine(x, x * 2)).a

    assert lg.grad(loop)(2.0) == 0.25


def test_the_rest_of_a_container_is_structure() -> None:
    names: list[str] = []

    @lg.jit
    def f(g: Affine) -> Any:
        names.append(g.name)
        return g.a

    for name in ("p", "q", "p"):
        f(Affine(1.0, 2.0, name))
    assert names == ["p", "q"]


def test_register_takes_each_class_once() -> None:
    with pytest.raises(ValueError, match="Affine is registered already"):
        lg.tree.register(Affine, lambda f: ((), None), lambda rest, parts: Affine(0, 0))
    for kind in (tuple, dict, type(None), 3):
        with pytest.raises(TypeError, match="is no class of yours"):
            lg.tree.register(kind, lambda f: ((), None), lambda rest, parts: None)  # type: ignore[arg-type]


def test_map_over_rows() -> None:
    x = np.arange(6.0).reshape(3, 2)
    found = lg.map(lambda row: {"a": row**2, "b": np.sum(row)}, x)
    np.testing.assert_array_equal(found["a"], x**2)
    np.testing.assert_array_equal(found["b"], np.sum(x, axis=1))
    slope = lg.grad(lambda x: np.sum(lg.map(lambda row: np.sum(np.sin(row)), x)))(x)
    np.testing.assert_allclose(slope, np.cos(x), rtol=1e-14)
    assert lg.map(lambda row: row[0], x[:0]).shape == (0,)


def test_eval_shape_computes_nothing() -> None:
    def f(x: Any) -> Any:
        return {"y": x @ x.T, "n": np.sum(x > 0), "u": x.astype(np.uint8)}

    found = lg.eval_shape(f, lg.spec((100_000, 2), "f32"))
    assert found["y"] == lg.spec((100_000, 100_000), "f32")
    assert found["n"] == lg.spec((), "i64")
    assert found["u"] == lg.spec((100_000, 2), "ui8")


def test_a_file_holds_registered_containers_and_static_arguments(tmp_path: Path) -> None:
    swapped = lg.jit(lambda f: Affine(f.b, f.a, "q"))
    swapped(Affine(1.0, 2.0))
    swapped.save(tmp_path / "swapped.mlir")
    found = lg.load(tmp_path / "swapped.mlir")(Affine(3.0, 4.0))
    assert (found.a, found.b, found.name) == (4.0, 3.0, "q")

    power = lg.jit(lambda x, n: x**n if n > 2 else x, static_argnums=1, memory="1MiB", passes="cse")
    assert power(2.0, 3) == 8.0
    power.save(tmp_path / "power.mlir")
    for again in (lg.load(tmp_path / "power.mlir"), pickle.loads(pickle.dumps(power))):
        assert again(3.0, 3) == 27.0
        with pytest.raises(TypeError, match=r"has programs for|with programs for other arguments"):
            again(3.0, 4)
