"""
Unsigned integers: types of a trace, and none of a program.

As in MLIR, the integers of a program have no sign; the ops have one (`arith.divui`, `ult`). NumPy's
integers have one. So a traced array of uint32 has the type `ui32` during the trace, and every
function on arrays chooses its ops by this type. At the end of the trace, `erase_signs` makes `i32`
of `ui32`. A traced function keeps the types of its arguments and results as they were, so that
`inline` and `reading_signs` give the bits their dtype again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, IntegerType, Signedness
from xdsl.ir import Attribute, Operation, SSAValue

from ..dialects import arrays, types


def is_unsigned(type: Attribute) -> bool:
    element = types.element(type)
    return isinstance(element, IntegerType) and element.signedness.data == Signedness.UNSIGNED


def without_sign(type: Attribute) -> Attribute:
    """`i32` for `ui32`, and tensors alike; other types as they are."""
    if not is_unsigned(type):
        return type
    element = types.element(type)
    assert isinstance(element, IntegerType)
    return types.like(type, types.shape(type), IntegerType(element.width.data))


def erase_signs(function: func.FuncOp) -> None:
    """Gives each unsigned value of a function, and of its signature, the type of its bits."""
    kind = function.function_type
    function.properties["function_type"] = FunctionType.from_lists(
        [without_sign(t) for t in kind.inputs.data], [without_sign(t) for t in kind.outputs.data]
    )
    for op in function.walk():
        _retype(op.results)
        for region in op.regions:
            for block in region.blocks:
                _retype(block.args)


def _retype(values: Sequence[SSAValue]) -> None:
    for value in values:
        if is_unsigned(value.type):
            value._type = without_sign(value.type)  # pyright: ignore[reportPrivateUsage]


def retagged(op: Operation, type: Attribute) -> Operation:
    """The op of one result, whose bits the trace reads as a value of `type`."""
    op.results[0]._type = type  # pyright: ignore[reportPrivateUsage]
    return op


def like(type: Attribute, read: Attribute) -> Attribute:
    """The type, with the sign of `read`; the shapes may differ."""
    return types.like(type, types.shape(type), types.element(read)) if is_unsigned(read) else type


def read_as(types_: Sequence[Attribute], instead: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """The types, in which the first ones are those of `instead`, with their signs."""
    return (*instead, *types_[len(instead) :])


class ReadingSigns:
    """
    A compiled function that takes and gives unsigned arrays, made of a function that takes and
    gives their bits. The views cost no copy.
    """

    def __init__(
        self,
        compiled: Callable[..., tuple[Any, ...]],
        in_types: Sequence[Attribute],
        out_types: Sequence[Attribute],
    ):
        self.compiled = compiled
        self.inputs = [_bits(t) for t in in_types]
        self.outputs = [arrays.dtype(t) if is_unsigned(t) else None for t in out_types]
        self.targets = [_bits(t) for t in out_types]
        if hasattr(compiled, "into"):
            self.into = self._into
        if hasattr(compiled, "profile"):
            self.profile = self._profile

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        return self._read(self.compiled(*self._taken(args)))

    def _into(self, args: Sequence[Any], out: Sequence[np.ndarray | None]) -> tuple[Any, ...]:
        targets = [
            x if x is None or bits is None else x.view(bits) for x, bits in zip(out, self.targets)
        ]
        return self._read(self.compiled.into(self._taken(args), targets))  # type: ignore[attr-defined]

    def _profile(self, *args: Any) -> Any:
        return self.compiled.profile(*self._taken(args))  # type: ignore[attr-defined]

    def _taken(self, args: Sequence[Any]) -> list[Any]:
        return [
            x if bits is None else arrays.asarray(x).view(bits)
            for x, bits in zip(args, self.inputs)
        ]

    def _read(self, results: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(x if kind is None else x.view(kind) for x, kind in zip(results, self.outputs))


def _bits(type: Attribute) -> np.dtype | None:
    """The signed dtype of the same width for an unsigned type; None for other types."""
    return np.dtype(f"i{arrays.dtype(type).itemsize}") if is_unsigned(type) else None
