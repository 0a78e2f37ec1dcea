"""
Many devices: meshes, the cuts of arrays over them, and calls of `lg.jit` on arrays of JAX.

letgrad itself neither cuts arrays nor sends them. `lg.jit(f, backend="xla")` hands the program with
the cuts of its arguments and results to XLA, which divides the program and adds the communication.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import api, ops, pytree, tracing
from ..traced_functions import known_ints
from ..user_code import located
from . import jax_doors

__all__ = ["Mesh", "Sharding", "mesh", "shard"]


@dataclass(frozen=True)
class Mesh:
    """Devices in a grid, whose axes have names; see `mesh`. A call gives a `Sharding`."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]

    def __call__(self, *axes: str | tuple[str, ...] | None) -> Sharding:
        """
        The cut of an array: for each dimension an axis of the mesh, several axes, or None. A
        dimension without an axis is whole on each device, and so are those that follow.

        Errors: `ValueError` for an axis that the mesh does not have, or that stands twice.
        """
        named = [name for axis in axes if axis for name in _names(axis)]
        for name in named:
            if name not in self.names:
                raise located(
                    ValueError, f"the mesh has the axes {', '.join(self.names)}, and not {name!r}"
                )
            if named.count(name) > 1:
                raise located(ValueError, f"the axis {name!r} cuts an array twice")
        return Sharding(self, axes)

    @functools.cached_property
    def of_jax(self) -> Any:
        """
        The mesh of JAX's first devices.

        Errors: `ValueError` if JAX has fewer devices.
        """
        jax = jax_doors.of_jax()
        count, devices = math.prod(self.sizes), jax.devices()
        if count > len(devices):
            raise located(
                ValueError,
                f"the mesh has {count} devices, and JAX has {len(devices)}; XLA_FLAGS="
                f"--xla_force_host_platform_device_count={count} divides a processor",
            )
        kinds = (jax.sharding.AxisType.Auto,) * len(self.sizes)
        return jax.make_mesh(self.sizes, self.names, kinds, devices=devices[:count])


@dataclass(frozen=True)
class Sharding:
    """How an array is cut over the devices of a mesh. `mesh("data", None)` gives one."""

    mesh: Mesh
    axes: tuple[str | tuple[str, ...] | None, ...]

    @property
    def of_jax(self) -> Any:
        """The `jax.sharding.NamedSharding`."""
        sharding = jax_doors.of_jax().sharding
        return sharding.NamedSharding(self.mesh.of_jax, sharding.PartitionSpec(*self.axes))


def _names(axis: str | tuple[str, ...]) -> tuple[str, ...]:
    return (axis,) if isinstance(axis, str) else axis


def mesh(axes: Mapping[str, int] | None = None, **sizes: int) -> Mesh:
    """
    Devices in a grid: a name and a size for each axis. A call of the mesh says how an array is cut.

        m = lg.mesh(data=8)
        step = lg.jit(f, backend="xla", in_shardings=(m(), m("data")))

    The devices are the first ones that JAX has, when a function first runs on them.
    Errors: `ValueError` without an axis, or for a size below 1.
    """
    given = {**(axes or {}), **sizes}
    if not given or any(n < 1 for n in given.values()):
        raise located(ValueError, f"a mesh has axes of one device or more, and not {given}")
    return Mesh(tuple(given), tuple(given.values()))


def shard(x: Any, sharding: Sharding) -> Any:
    """
    `x` itself, which XLA cuts over the devices as the sharding says. `x` is an array, or a
    container of arrays. Tangents and cotangents of `x` are cut so, too.

        hidden = lg.shard(np.tanh(x @ w), m("data"))

    Programs of one device, such as those of the backend "cpu", ignore the sharding.
    Errors: `ValueError` for more axes than the array has dimensions; `TypeError` for a sharding
            that is not one of `lg.mesh`.
    """
    if not isinstance(sharding, Sharding):
        raise located(TypeError, f"lg.shard takes a sharding of lg.mesh, and not {sharding!r}")

    def cut(leaf: Any) -> Any:
        rank = getattr(leaf, "ndim", 0)
        if len(sharding.axes) > rank:
            raise located(
                ValueError,
                f"{sharding.axes} cuts {len(sharding.axes)} dimensions, and {rank} exist",
            )
        if not rank or not isinstance(leaf, tracing.Array):
            return leaf
        if leaf.dtype.kind == "c":
            return ops.complex_(*map(cut, ops.parts(leaf)))
        from . import shard_rules

        names = [_names(axis) if axis else () for axis in sharding.axes]
        cuts = [*names, *[()] * (rank - len(names))]
        of_mesh = zip(sharding.mesh.names, sharding.mesh.sizes)
        attribute = shard_rules.sharding_of(tuple(of_mesh), cuts)
        return tracing.emit(lambda: shard_rules.constraint(tracing.use(leaf), attribute))

    return pytree.map_leaves(cut, x)


class OnDevices:
    """Calls of a jitted function whose arguments and results are arrays of JAX."""

    def __init__(self) -> None:
        self.compiled: dict[Any, tuple[Any, jax_doors.Doors]] = {}

    @staticmethod
    def takes(leaves: Sequence[Any]) -> bool:
        """Whether an array of JAX is among the leaves."""
        jax = sys.modules.get("jax")
        return jax is not None and any(isinstance(x, jax.Array) for x in leaves)

    def __call__(
        self, jitted: api.Jitted, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any
    ) -> Any:
        if out is not None:
            raise located(TypeError, "out= takes arrays of NumPy, and JAX's arrays do not change")
        jax = jax_doors.of_jax()
        from ...lowering.xla import jax_primitive

        args, kwargs = known_ints(jitted.fn, args, kwargs)
        leaves, tree = pytree.flatten((args, kwargs))
        with jax_primitive.run_in_64_bits():
            values = [jax.numpy.asarray(x) if not hasattr(x, "dtype") else x for x in leaves]
            key = tree.key, tuple((tuple(x.shape), x.dtype) for x in values)
            if key not in self.compiled:
                doors = jax_doors.Doors.of(jitted.fn, tree, values)
                self.compiled[key] = self._jitted(jax, jitted, doors, args, kwargs), doors
            run, doors = self.compiled[key]
            return doors.out_tree.unflatten(run(*values))

    def _jitted(
        self, jax: Any, jitted: api.Jitted, doors: jax_doors.Doors, args: Any, kwargs: Any
    ) -> Any:
        given, found = jitted.shardings
        options: dict[str, Any] = {}
        if given is not None:
            if isinstance(given, tuple | list) and len(given) != len(args):
                raise located(
                    ValueError,
                    f"in_shardings has {len(given)} entries, and the call {len(args)} arguments",
                )
            named = [None for _ in pytree.flatten(kwargs)[0]]
            options["in_shardings"] = (*_per_leaf(given, args, "in_shardings"), *named)
        if found is not None:
            results = doors.out_tree.unflatten([0.0] * len(doors.gives))
            options["out_shardings"] = _per_leaf(found, results, "out_shardings")
        return jax.jit(lambda *xs: doors.flat(xs), keep_unused=True, **options)


def _per_leaf(shardings: Any, values: Any, what: str) -> list[Any]:
    """
    A sharding of JAX's, or None, for each leaf of the values. A sharding stands for all leaves of
    the part at its place.

    Errors: `ValueError` where the structure is not the one of the values.
    """
    leaves, tree = pytree.flatten(values)
    if shardings is None or isinstance(shardings, Sharding) or hasattr(shardings, "device_set"):
        one = shardings.of_jax if isinstance(shardings, Sharding) else shardings
        return [one] * len(leaves)
    if isinstance(values, Mapping):
        fits = isinstance(shardings, Mapping) and set(shardings) == set(values)
        # The leaves of a dictionary are in the order of the structure's own keys.
        pairs = [(shardings[k], v) for k, v in _items(values)] if fits else []
    else:
        fits = (
            isinstance(values, tuple | list)
            and isinstance(shardings, tuple | list)
            and len(shardings) == len(values)
        )
        pairs = list(zip(shardings, values)) if fits else []
    if not fits:
        raise located(ValueError, f"{what} has {shardings!r} where the values have {tree}")
    return [x for s, v in pairs for x in _per_leaf(s, v, what)]


def _items(values: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """The entries of a dictionary in the order in which `pytree.flatten` visits them."""
    marked = {k: object() for k in values}
    order = {id(x): k for k, x in marked.items()}
    keys = [order[id(x)] for x in pytree.flatten(marked)[0]]
    return [(k, values[k]) for k in keys]


api.ON_DEVICES["xla"] = OnDevices
