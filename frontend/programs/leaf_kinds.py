"""
Values of a variable that come from two ways through a program, as leaves of one type.
"""

from __future__ import annotations

import abc
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from .. import ops, pytree, tracing
from ..masked import Masked
from ..tracing import Array, Number, is_weak
from ..user_code import located
from . import function_source, list_sites, static_states


class Unalike(TypeError):
    """Two ways through a program give values that have no common type."""


class Shapes(Unalike):
    """A value has another shape on another way."""


@dataclass(frozen=True)
class Kind:
    """The type of a leaf. `weak` is int, float or complex for a number of Python."""

    shape: tuple[int, ...]
    dtype: np.dtype
    weak: type | None = None

    def __str__(self) -> str:
        if self.weak is not None:
            return f"a Python {self.weak.__name__}"
        return f"{self.dtype}{list(self.shape)}"

    def lift(self, value: Any) -> Array:
        """The value as an array of this kind, in the current scope."""
        return ops.to(ops.lift(value, self.dtype), self.dtype, self.shape)

    def wrap(self, array: Array) -> Array:
        return array if self.weak is None else Number(array, self.weak)

    def filler(self) -> Array:
        """The value of a result on a way that has none: NaN, if the kind has it."""
        number = np.nan if self.dtype.kind in "fc" else 0
        return tracing.constant(np.full((), number, self.dtype), None, self.shape)

    def zero(self) -> Array:
        return tracing.constant(np.zeros((), self.dtype), None, self.shape)


def is_data(value: Any) -> bool:
    if isinstance(value, Masked):
        return False
    return isinstance(value, Array | np.ndarray | np.generic | int | float | complex) or hasattr(
        value, "__array__"
    )


def kind_of(value: Any) -> Kind:
    """The kind of a leaf. Errors: `Unalike` for a value that no array can hold."""
    if isinstance(value, Number):
        return Kind((), value.dtype, value.kind)
    if is_weak(value):
        return Kind((), np.asarray(value).dtype, type(value))
    if not is_data(value):
        raise Unalike(f"a {type(value).__name__} is no array and no number")
    return Kind(ops.shape_of(value), ops.dtype_of(value))


def join(values: Sequence[Any], name: str) -> Kind:
    """
    The kind of a leaf that is one of these values.

    Errors: `Unalike` for values of different shapes, and for arrays of bools and of integers: as
            an index, one is a mask, and the other are places.
    """
    kinds = [kind_of(value) for value in values]
    if all(kind == kinds[0] for kind in kinds):
        return kinds[0]
    shapes = {kind.shape for kind in kinds}
    if len(shapes) > 1:
        raise Shapes(f"{shown(name)} is {' or '.join(dict.fromkeys(map(str, kinds)))}")
    if kinds[0].shape and {"b"} < {kind.dtype.kind for kind in kinds} <= set("biu"):
        raise Unalike(
            f"{shown(name)} is {' or '.join(dict.fromkeys(map(str, kinds)))}, a mask or integers, "
            "which are other elements as an index"
        )
    # Python knows which of the dtypes the value has, and may refuse one of them only.
    tracing.current().outermost.has_mixed = True
    if all(kind.weak for kind in kinds):
        wider = complex if any(kind.weak is complex for kind in kinds) else float
        return Kind((), np.dtype(wider), wider)
    dtype = ops.promote(*values, numbers_are_weak=True)
    return Kind(kinds[0].shape, dtype)


def shown(name: str) -> str:
    return "the returned value" if _is_own(name) else f"the variable {name}"


def _is_own(name: str) -> bool:
    return name.startswith("_letgrad")


@functools.lru_cache(maxsize=4096)
def is_object(kind: type) -> bool:
    """
    Whether instances of a class are containers of their attributes in a program: the user wrote
    the `__init__` of the class, and nothing else makes or keeps its attributes.
    """
    init = kind.__init__
    return (
        type(kind) in (type, abc.ABCMeta)
        and kind.__new__ is object.__new__
        and isinstance(init, FunctionType)
        and function_source.is_users(init)
        and kind.__setattr__ is object.__setattr__
        and not any(hasattr(kind, name) for name in ("__array__", "__dlpack__", "__next__"))
    )


def opened(value: Any) -> tuple[list[Any], pytree.Tree]:
    """
    The leaves and the structure of a value of a program.

    Errors: `Unalike` for an object that leads to itself.
    """
    try:
        return pytree.flatten(value, is_object)
    except RecursionError:
        kind = type(value).__name__
        raise Unalike(f"a {kind} leads to itself, and letgrad cannot carry it") from None


def parts_of(value: Any) -> list[Any]:
    """The parts of a container of a program, in the order of `opened`."""
    return pytree.parts_of(value, is_object)


def flatten(value: Any, name: str) -> tuple[list[Any], pytree.Tree]:
    leaves, tree = opened(value)
    for leaf in leaves:
        if isinstance(leaf, Masked):
            raise Unalike(
                f"{shown(name)} holds the elements that a traced mask chose, and a loop or a "
                "condition cannot carry them; carry the whole array and the mask"
            )
        if not is_data(leaf):
            hint = "; make the class a data class" if hasattr(leaf, "__dict__") else ""
            raise Unalike(
                f"{shown(name)} is a {type(leaf).__name__}, which letgrad cannot carry{hint}"
            )
    return leaves, tree


def stand_in(kind: Kind) -> Any:
    """A value of a kind, for the rules of promotion."""
    if kind.weak is not None:
        return kind.weak(0)
    return np.empty(kind.shape, kind.dtype) if kind.shape else kind.dtype.type(0)


def common_structure(name: str, old: pytree.Tree, new: pytree.Tree) -> pytree.Tree:
    """
    The structure of a variable that has one of these two.

    Errors: `Unalike` for structures that differ in more than strings and members of an Enum, and
            for dicts that list their keys in two orders.
    """
    if (order := old.order_difference(new)) is not None:
        raise Unalike(f"{shown(name)} has after a turn {order}")
    if (common := static_states.common(old, new)) is not None:
        return common
    if old.kind is new.kind and getattr(old.kind, "is_carried", False):
        list_sites.unite(old.detail[0], new.detail[0])
    difference = static_states.unlike(old, new)
    raise Unalike(f"{shown(name)} changes its structure in a turn: {difference}")


def with_line(error: Exception) -> Exception:
    """The error of a loop with the user's line, which only some errors name already."""
    if not isinstance(error, Unalike):
        return error
    return list_sites.because_of(located(TypeError, text(error)), *list_sites.lists_of(error))


def text(error: Exception) -> str:
    """Why a body is no loop."""
    hint = ""
    if isinstance(error, Shapes):
        hint = (
            " in two turns, and a loop carries arrays of one shape; write to parts of an array of "
            "the full length"
        )
    return (str(error) or type(error).__name__) + hint


def located_unalike(error: Unalike, where: str) -> TypeError:
    return located(TypeError, f"{where}: {error}")
