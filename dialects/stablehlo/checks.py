"""
What the verifiers of ops are made of, and the table that has them by the names of ops.

A check is a function of the op, registered under the names of ops by `checks`. A size may be
unknown, `?`; an unknown size fits any size. Every error names both types or numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, cast

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    ComplexType,
    DenseArrayBase,
    IntegerType,
    Signedness,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

Check = Callable[[Any], None]
Sizes = tuple[int, ...]
UNKNOWN = DYNAMIC_INDEX
"""A size that the type does not say."""

CHECKS: dict[str, Check] = {}
"""The verifiers by the names of ops."""


def checks(*names: str) -> Callable[[Check], Check]:
    """Register the function as the check of the ops with these names."""

    def register(check: Check) -> Check:
        for name in names:
            assert name not in CHECKS, name
            CHECKS[name] = check
        return check

    return register


def refuse(op: Any, message: str) -> NoReturn:
    raise VerifyException(f"{op.name}: {message}")


def require(op: Any, right: bool, message: Callable[[], str]) -> None:
    """An error unless `right`. A function makes the text, so only an error pays for it."""
    if not right:
        refuse(op, message())


def tensor(op: Any, value: SSAValue | Attribute, what: str) -> TensorType[Any]:
    """The type of a value, which must be a tensor of known rank."""
    type = value.type if isinstance(value, SSAValue) else value
    if not isinstance(type, TensorType):
        refuse(op, f"{what} is a tensor with a rank, not {type}")
    return cast(TensorType[Any], type)


def sizes(type: TensorType[Any]) -> Sizes:
    return type.get_shape()


def fits(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether two shapes can be the same shape."""
    if len(a) != len(b):
        return False
    return all(x == y or x == UNKNOWN or y == UNKNOWN for x, y in zip(a, b, strict=True))


def same_size(a: int, b: int) -> bool:
    return a == b or a == UNKNOWN or b == UNKNOWN


def shown(shape: Iterable[int]) -> str:
    return f"[{', '.join('?' if n == UNKNOWN else str(n) for n in shape)}]"


def require_result(op: Any, result: TensorType[Any], shape: Sequence[int], what: str = "") -> None:
    """An error unless the result has this shape."""
    what = what or "the result"
    require(
        op, fits(sizes(result), shape), lambda: f"{what} has the sizes {shown(shape)}, not {result}"
    )


def require_element(op: Any, type: TensorType[Any], element: Attribute, what: str = "") -> None:
    what = what or "the result"
    require(
        op,
        type.element_type == element,
        lambda: f"{what} has elements of type {element}, not {type}",
    )


def is_float(element: Attribute) -> bool:
    return isinstance(element, AnyFloat)


def is_complex(element: Attribute) -> bool:
    return isinstance(element, ComplexType)


def is_bool(element: Attribute) -> bool:
    return element == i1


def is_integer(element: Attribute) -> bool:
    """An integer; i1 is no integer but a boolean."""
    return isinstance(element, IntegerType) and element != i1


def is_signed(element: Attribute) -> bool:
    return is_integer(element) and element.signedness.data is not Signedness.UNSIGNED  # type: ignore[attr-defined]


def is_quantized(element: Attribute) -> bool:
    return element.name.startswith("quant.")


Kinds = dict[str, Callable[[Attribute], bool]]
KINDS: Kinds = {
    "floats": is_float,
    "complex numbers": is_complex,
    "booleans": is_bool,
    "integers": is_integer,
    "signed integers": is_signed,
}


def require_kind(op: Any, type: TensorType[Any], what: str, *kinds: str) -> None:
    """An error unless the elements are of one of the kinds."""
    element = type.element_type
    if is_quantized(element) or any(KINDS[kind](element) for kind in kinds):
        return
    names = " or ".join(kinds)
    refuse(op, f"{what} has elements that are {names}, not {type}")


def numbers(attr: DenseArrayBase[Any]) -> Sizes:
    return cast(Sizes, attr.get_values())


def require_dims(
    op: Any, dims: Sequence[int], rank: int, what: str, *, ordered: bool = False
) -> None:
    """An error unless the dimensions are those of a tensor of that rank, each at most once."""
    for d in dims:
        require(
            op, 0 <= d < rank, lambda d=d: f"{what} has the dimension {d}, and the rank is {rank}"
        )
    if len(set(dims)) != len(dims):
        twice = next(d for d, n in Counter(dims).items() if n > 1)
        refuse(op, f"{what} has the dimension {twice} twice")
    if ordered:
        require(op, list(dims) == sorted(dims), lambda: f"{what} is not in ascending order")


def same_shape(op: Any, types: Sequence[TensorType[Any]], names: Sequence[str]) -> None:
    for type, name in zip(types[1:], names[1:], strict=True):
        require(
            op,
            fits(sizes(types[0]), sizes(type)),
            lambda type=type, name=name: (
                f"{names[0]} is {types[0]} and {name} is {type}; the sizes differ"
            ),
        )
