"""
Types of other packages, and how letgrad stores their values: as one or several numbers and tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.ir import Attribute, TypeAttribute

from . import types

Parts = Callable[[Any], Sequence[Attribute]]


@dataclass(frozen=True)
class Storage:
    """How values of a class of types are stored, and the Python class of such values."""

    parts: Parts
    value: type | None
    type_of: Callable[..., Attribute] | None


STORAGES: dict[type[Attribute], Storage] = {}


def stored_as(
    kind: type[Attribute],
    *,
    value: type | None = None,
    type_of: Callable[..., Attribute] | None = None,
) -> Callable[[Parts], Parts]:
    """
    Decorator: the function below says how letgrad stores values of the types of a class. The
    function takes a type, and gives the types of the parts: numbers and tensors.

    Such values may be arguments, results, what loops carry, and what branches give. The pass
    `store-own-types` puts the parts in place of them, and `optimize`, `gradient` and all backends
    begin with this pass. The derivative of a value is that of its parts: a part that is a float has
    a tangent of its type, and any other part has none. An op on such values needs a rule in the
    table `store`.

    `value` is a Python class whose instances stand for such values in traced functions: a class
    that `lg.tree.register` knows, a data class or a named tuple, with the parts as its leaves.
    `value(*parts)` makes one, and `type_of(*types of the parts)` gives the type. Then `lg.apply`
    takes and gives instances.
    Errors: `ValueError` for a class of types that has a storage; `TypeError` for what is no class
            of types, and for `value` without `type_of`.

    Example:

        >>> from typing import NamedTuple
        >>> from xdsl.ir import ParametrizedAttribute, TypeAttribute
        >>> from xdsl.irdl import irdl_attr_definition
        >>> @irdl_attr_definition
        ... class DualType(ParametrizedAttribute, TypeAttribute):
        ...     name = "my.dual"
        >>> class Dual(NamedTuple):
        ...     x: float
        ...     dx: float
        >>> @stored_as(DualType, value=Dual, type_of=lambda x, dx: DualType())
        ... def dual_storage(type):
        ...     return f64, f64
        >>> @irdl_op_definition
        ... class SquareOp(IRDLOperation):
        ...     name = "my.square"
        ...     x = operand_def(DualType)
        ...     y = result_def(DualType)
        ...     def __init__(self, x):
        ...         super().__init__(operands=[x], result_types=[x.type])
        >>> @store.rule(SquareOp)
        ... def square_of_dual(op, a, e):
        ...     x, dx = map(Expression.of, a)
        ...     return (x * x).emit(e), (2.0 * x * dx).emit(e)
        >>> lg.jit(lambda a: lg.apply(SquareOp, a))(Dual(3.0, 1.0))
        Dual(x=np.float64(9.0), dx=np.float64(6.0))
    """
    if not (isinstance(kind, type) and issubclass(kind, TypeAttribute)):
        raise TypeError(f"stored_as takes a class of types (TypeAttribute), and not {kind!r}")
    if kind in STORAGES:
        raise ValueError(f"{kind.__name__} has a storage")
    if (value is None) != (type_of is None):
        raise TypeError("stored_as takes value and type_of together")

    def register(parts: Parts) -> Parts:
        STORAGES[kind] = Storage(parts, value, type_of)
        return parts

    return register


def is_stored(type: Attribute) -> bool:
    """Whether a package says how values of this type are stored."""
    return bool(STORAGES) and _storage(type) is not None


def _storage(type: Attribute) -> Storage | None:
    return next((STORAGES[c] for c in type.__class__.__mro__ if c in STORAGES), None)


def parts_of(kind: Attribute) -> tuple[Attribute, ...]:
    """
    The types of the parts of a value.

    Errors: `TypeError` if the package gives something else than types of numbers and tensors.
    """
    storage = _storage(kind)
    assert storage is not None
    given = storage.parts(kind)
    parts = tuple(given) if isinstance(given, Sequence) else (given,)
    for part in parts:
        if not isinstance(part, Attribute) or types.unsupported(part) is not None:
            raise TypeError(
                f"{kind} is stored as {part}, and letgrad stores values as numbers and tensors"
            )
    return parts


def storage_of_value(value: Any) -> Storage | None:
    """The storage whose values a Python object stands for."""
    if not STORAGES:
        return None
    return next((s for s in STORAGES.values() if s.value is value.__class__), None)


def storage_with_value(type: Attribute) -> Storage | None:
    """The storage of a type, if Python objects stand for its values."""
    storage = _storage(type) if STORAGES else None
    return storage if storage is not None and storage.value is not None else None
