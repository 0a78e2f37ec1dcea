"""
Variables that are None or a value, as a condition on traced values decides.

    best = None
    for x in xs:
        if x > low and (best is None or x < best):
            best = x

Such a variable is a `Maybe`: its value, and a traced flag that says whether there is one. `is None`
and `is not None` read the flag. Where a condition has found out that there is a value, the program
reads the value itself. Elsewhere a float is NaN in the place of None, and an int is zero.
"""

from __future__ import annotations

import functools
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from xdsl.dialects import arith, scf
from xdsl.ir import OpResult, SSAValue

from ...passes.rewriting.remarks import missed
from .. import ops, pytree, tracing
from ..masked import Masked
from ..tracing import Array, use
from ..user_code import located
from . import flag_proofs, given_items, leaf_kinds
from .chosen_items import Chosen
from .chosen_items import settled as settled_items
from .static_states import OneOf


class _Facts(threading.local):
    def __init__(self) -> None:
        self.known: list[set[SSAValue]] = []


_facts = _Facts()
"""Traced bools that are true where the program is traced now, by the conditions around."""


class Maybe:
    """None, or `value` if `present` is true. The value may be a container of arrays."""

    __array_priority__ = 3000
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, present: Any, value: Any):
        self.present, self.value = present, value

    def __repr__(self) -> str:
        return f"traced None or {self.value!r}"

    @property
    def is_proven(self) -> bool:
        """Whether the conditions around have found that there is a value."""
        present = self.present
        if not isinstance(present, Array):
            return bool(present)
        return flag_proofs.is_true(use(present), set().union(*_facts.known))

    @property
    def has_nan(self) -> bool:
        """Whether NaN can stand in the place of None."""
        leaves, _ = leaf_kinds.opened(self.value)
        return all(leaf_kinds.kind_of(leaf).dtype.kind in "fc" for leaf in leaves)

    def get(self) -> Any:
        """
        The value. In the place of None, floats are NaN, and other numbers are zero: Python raises
        an error there, and letgrad leaves this check out, with a remark.
        """
        if self.is_proven:
            return self.value
        leaves, tree = leaf_kinds.opened(self.value)
        if not self.has_nan:
            missed(
                "program",
                "check",
                tracing.location(),
                "a condition on a traced value decides whether this value is None, for which "
                "Python raises an error, and a compiled program cannot raise: letgrad leaves the "
                "check out",
            )
        found = tree.unflatten(map(self._or_nan, leaves))
        given_items.follow(found, [self.value])
        return found

    def _or_nan(self, leaf: Any) -> Any:
        kind = leaf_kinds.kind_of(leaf)
        if kind.dtype.kind not in "fc":
            return leaf
        found = np.where(self.present, leaf, kind.dtype.type(np.nan))
        return kind.wrap(ops.lift(found, kind.dtype))

    def key(self) -> Any:
        """
        A key, or a bound of a slice. Errors: `TypeError` if it may be None, which NumPy takes for a
        new axis, or for the end of the array.
        """
        if self.is_proven:
            return self.value
        raise located(
            TypeError,
            "this value may be None, as a condition on a traced value decides, and letgrad "
            "cannot know here that it is not; read it where `is not None` holds, or begin "
            "with a number in the place of None, such as -1",
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*settled(inputs), **settled(kwargs))

    def __array_function__(
        self, function: Callable[..., Any], kinds: Any, args: tuple, kwargs: dict[str, Any]
    ) -> Any:
        return function(*settled(args), **settled(kwargs))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.get(), name)

    def __getitem__(self, key: Any) -> Any:
        return self.get()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        if not self.is_proven:
            raise located(
                TypeError, "this array may be None; write to it where `is not None` holds"
            )
        self.value[key] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self.get())

    def __len__(self) -> int:
        return len(self.get())


_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()

for _name in _BINARY:
    _function = getattr(operator, f"__{_name}__")

    def _forward(self: Maybe, other: Any, function: Callable[..., Any] = _function) -> Any:
        return function(self.get(), settled(other))

    def _backward(self: Maybe, other: Any, function: Callable[..., Any] = _function) -> Any:
        return function(settled(other), self.get())

    setattr(Maybe, f"__{_name}__", _forward)
    setattr(Maybe, f"__r{_name}__", _backward)


def _equal(self: Maybe, other: Any) -> Any:
    """None equals None only, and Python raises no error for it."""
    if self.is_proven:
        return self.value == settled(other)
    if isinstance(other, Maybe) and not other.is_proven:
        both = np.logical_and(self.present, other.present)
        neither = np.logical_not(np.logical_or(self.present, other.present))
        return np.logical_or(neither, np.logical_and(both, self.value == other.value))
    return np.logical_and(self.present, self.value == settled(other))


Maybe.__eq__ = _equal
Maybe.__ne__ = lambda self, other: np.logical_not(_equal(self, other))

for _name in "lt le gt ge".split():
    _function = getattr(operator, _name)

    def _compare(self: Maybe, other: Any, function: Callable[..., Any] = _function) -> Any:
        return function(self.get(), settled(other))

    setattr(Maybe, f"__{_name}__", _compare)

for _name in "neg pos abs invert".split():
    _function = getattr(operator, f"__{_name}__")

    def _unary(self: Maybe, function: Callable[..., Any] = _function) -> Any:
        return function(self.get())

    setattr(Maybe, f"__{_name}__", _unary)


given_items.PERHAPS.append(Maybe)
pytree.REGISTERED[Maybe] = (
    lambda x: ((x.present, x.value), None),
    lambda _, parts: Maybe(*parts),
)


def settled(x: Any) -> Any:
    """An operand without a `Maybe`: its values."""
    match x:
        case Maybe():
            return x.get()
        case OneOf() if x.is_number:
            return x.number()
        case tuple() if type(x) is tuple:
            return tuple(map(settled, x))
        case list():
            return list(map(settled, x)) if any(isinstance(y, Maybe) for y in x) else x
        case dict():
            return {name: settled(y) for name, y in x.items()}
        case slice():
            return slice(*(as_key(y) for y in (x.start, x.stop, x.step)))
    return x


def as_key(x: Any) -> Any:
    """
    A key of an array without a `Maybe`.

    Errors: `TypeError` for a key that may be None.
    """
    match x:
        case Maybe():
            return x.key()
        case tuple() if type(x) is tuple:
            return tuple(map(as_key, x))
    return settled(x)


def assumed(key: Any) -> tuple[Any, Any]:
    """
    A key of an array of floats, as if it were not None, and whether this is so: None for a key that
    is never None. Where it is None, NumPy would give another shape.
    """
    parts = key if type(key) is tuple else (key,)
    open_ = [x for x in parts if isinstance(x, Maybe) and not x.is_proven and not x.has_nan]
    if not open_:
        return as_key(key), None
    known = as_key(tuple(x.value if isinstance(x, Maybe) else x for x in parts))
    present = functools.reduce(np.logical_and, [x.present for x in open_])
    return (known if type(key) is tuple else known[0]), present


def value_of(x: Any) -> Any:
    return x.get() if isinstance(x, Maybe) else x


def if_proven(x: Any) -> Any:
    """The value of a `Maybe` that a condition around has proven; other values as they are."""
    return x.value if isinstance(x, Maybe) and x.is_proven else x


def compared(name: str, a: Any, b: Any) -> Any:
    """`a is None` and its like for a `Maybe`; NotImplemented for other operands."""
    x = a if isinstance(a, Maybe) else b
    if not isinstance(x, Maybe) or not (a is None or b is None):
        return NotImplemented
    present = x.present if isinstance(x.present, Array) else ops.lift(np.bool_(x.present))
    return present if name in ("IsNot", "NotEq") else np.logical_not(present)


def refuse(result: Any, function: Callable[..., Any]) -> Any:
    """
    A result of a program.

    Errors: `TypeError` for a result that may be None: a compiled program has one structure.
    """
    code = getattr(function, "__code__", None)
    place = "" if code is None else f"{code.co_filename}:{code.co_firstlineno}: "
    result = proven(result)
    leaves = [result]
    while leaves:
        x = settled_items(leaves.pop())
        if isinstance(x, Maybe):
            raise TypeError(
                f"{place}a result of the program is None or a value, as a condition on a traced "
                "value decides; return a number in the place of None, such as np.nan or -1"
            )
        if isinstance(x, Chosen):
            raise x.as_result(function)
        if isinstance(x, Masked) or getattr(type(x), "has_computed_length", False):
            raise TypeError(
                f"{place}a result of the program is an array whose length depends on values, "
                "because a traced mask, a condition or a loop decides which elements it has; "
                "return an array with a place for each element, and the mask or the number of them"
            )
        if isinstance(x, OneOf):
            raise TypeError(
                f"{place}a result of the program is {' or '.join(map(repr, x.values))}, as traced "
                "values decide, and a compiled program gives numbers; return a number for each"
            )
        leaves += leaf_kinds.parts_of(x)
    return result


def proven(x: Any) -> Any:
    """A value with the values of those parts of containers that are never None."""
    if isinstance(x, Maybe):
        return proven(x.value) if x.is_proven else x
    if type(x) in (tuple, list):
        return type(x)(map(proven, x)) if holds_maybe(x) else x
    if type(x) is dict and any(map(holds_maybe, x.values())):
        return {name: proven(part) for name, part in x.items()}
    return x


# Two values of one variable.


def may_be_none(x: Any) -> bool:
    return x is None or isinstance(x, Maybe)


def holds_maybe(x: Any) -> bool:
    """Whether this is a `Maybe`, or a tuple or a list with one."""
    return isinstance(x, Maybe) or (isinstance(x, tuple | list) and any(map(holds_maybe, x)))


def alike(values: Sequence[Any]) -> list[Any]:
    """
    Two values of a variable, with a `Maybe` in the place of both where one of them is None or a
    `Maybe`.
    """
    a, b = values
    if isinstance(a, OneOf) or isinstance(b, OneOf):
        return [a, b]
    if (a is None and b is None) or not (may_be_none(a) or may_be_none(b)):
        return _alike_parts(a, b)
    other = b if a is None else a
    inner = other.value if isinstance(other, Maybe) else other
    try:
        leaves, tree = leaf_kinds.flatten(inner, "")
    except (leaf_kinds.Unalike, TypeError):
        return [a, b]
    if not leaves:
        return [a, b]  # A string or a function beside None.
    nothing = tree.unflatten(map(_nothing, leaves))
    return [
        x if isinstance(x, Maybe) else Maybe(np.bool_(x is not None), nothing if x is None else x)
        for x in values
    ]


def _alike_parts(a: Any, b: Any) -> list[Any]:
    if type(a) is not type(b) or not isinstance(a, tuple | list) or hasattr(a, "_fields"):
        return [a, b]
    if len(a) != len(b):
        return [a, b]
    pairs = [alike(pair) for pair in zip(a, b)]
    sides = ([x for x, _ in pairs], [y for _, y in pairs])
    if all(x is y for old, new in zip((a, b), sides) for x, y in zip(old, new)):
        return [a, b]
    return [side if isinstance(a, list) else tuple(side) for side in sides]


def _nothing(leaf: Any) -> Any:
    return _zero(leaf_kinds.kind_of(leaf))


def _zero(kind: leaf_kinds.Kind) -> Any:
    return np.zeros(kind.shape, kind.dtype) if kind.weak is None else kind.weak(0)


def fitted(x: Any, tree: pytree.Tree, kinds: Sequence[leaf_kinds.Kind]) -> Any:
    """
    A value of a variable whose structure is `tree`, with leaves of these kinds: with a `Maybe`
    where the structure has one.
    """
    if tree.kind is Maybe and not isinstance(x, Maybe):
        if x is not None:
            return Maybe(np.bool_(True), x)
        return Maybe(np.bool_(False), tree.children[1].unflatten(map(_zero, kinds[1:])))
    if tree.kind in (tuple, list) and type(x) is tree.kind and len(x) == len(tree.children):
        ends = np.cumsum([child.size for child in tree.children]).tolist()
        parts = [
            fitted(y, child, kinds[end - child.size : end])
            for y, child, end in zip(x, tree.children, ends)
        ]
        return x if all(y is z for y, z in zip(x, parts)) else tree.kind(parts)
    return x


# What conditions prove.


@contextmanager
def knowing(mask: Array, truth: bool) -> Iterator[None]:
    """Inside of the `with`, the traced condition is true, or false."""
    _facts.known.append(_true_values(use(mask), truth))
    try:
        yield
    finally:
        _facts.known.pop()


def _true_values(value: SSAValue, truth: bool) -> set[SSAValue]:
    """The bools that are true if `value` is true, or if it is false."""
    found = {value} if truth else set()
    if not isinstance(value, OpResult):
        return found
    match value.op:
        case arith.XOrIOp() as op:
            for x, y in (op.operands, tuple(reversed(op.operands))):
                if _constant(y) is True:
                    return found | _true_values(x, not truth)
        case arith.AndIOp() as op if truth:
            return found.union(*(_true_values(x, True) for x in op.operands))
        case arith.OrIOp() as op if not truth:
            return found.union(*(_true_values(x, False) for x in op.operands))
        case scf.IfOp() as op:
            sides = []
            for region, way in ((op.true_region, True), (op.false_region, False)):
                x = region.block.last_op.operands[value.index]  # type: ignore[union-attr]
                constant = way if x is op.cond else _constant(x)
                if constant is None or constant is truth:
                    sides.append((x, way))
            if len(sides) == 1:
                # The other side gives the other bool, so the program went this way.
                x, way = sides[0]
                return found | _true_values(x, truth) | _true_values(op.cond, way)
    return found


def _constant(x: SSAValue) -> bool | None:
    if not isinstance(x, OpResult) or not isinstance(x.op, arith.ConstantOp):
        return None
    number = getattr(getattr(x.op.value, "value", None), "data", None)
    return None if number is None else bool(number)
