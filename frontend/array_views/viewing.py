"""
Views that NumPy's functions give: `reshape`, `transpose`, `diagonal` and the others.

The rule of such a function is made of ops that move elements. The chain of these ops, from the
array to the result, says which steps lead to the view. So the rules need to know nothing of views.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase
from xdsl.ir import Block, Operation, SSAValue

from ...dialects import ten
from ...dialects.types import ints, shape
from .. import tracing
from ..tracing import Array
from ..user_code import as_python, located
from . import storages, view_steps
from .view_steps import Box, Flip, Order, Part, Shape, Spread, Step


def _found(*names: str) -> set[Any]:
    found = set()
    for name in names:
        value: Any = np
        for step in name.split("."):
            value = getattr(value, step, None)
        found.add(value)
    return found - {None}


VIEWS: set[Any] = _found(
    "reshape", "ravel", "transpose", "swapaxes", "moveaxis", "rollaxis", "matrix_transpose",
    "linalg.matrix_transpose", "permute_dims", "expand_dims", "squeeze", "flip", "fliplr",
    "flipud", "rot90", "atleast_1d", "atleast_2d", "atleast_3d", "split", "array_split", "hsplit",
    "vsplit", "dsplit", "unstack", "real", "imag",
)  # fmt: skip
"""Functions whose results are views that a program may write to."""

MADE: set[Any] = _found("lib.stride_tricks.sliding_window_view")
"""Functions whose rules make the views themselves."""

ITSELF: set[Any] = _found("astype", "real_if_close", "diff", "apply_over_axes")
"""Functions whose result is an argument itself if they have nothing to do."""

READ_ONLY: set[Any] = _found(
    "diagonal", "linalg.diagonal", "diag", "broadcast_to", "broadcast_arrays", "einsum",
)  # fmt: skip
"""
Functions whose results are views that a program may not write to. Of the results of `einsum`, those
that are views in NumPy may be written to.
"""


def views(function: Any, args: tuple, result: Any) -> Any:
    """
    The result of a rule, in which the arrays that NumPy gives as views of the first argument are
    views of it.
    """
    bases = _arrays(args)
    if function is np.einsum:
        return _of_einsum(args, result)
    if isinstance(result, tuple | list):
        return type(result)(views(function, args, part) for part in result)
    if not isinstance(result, Array):
        return result
    has_storage = any(x is not result and storages.share(x, result) for x in bases)
    if has_storage and function not in READ_ONLY:
        return result  # The rule made the view.
    for base in bases:
        if (steps := steps_between(base.value, result.value)) is not None:
            if function in READ_ONLY:
                steps = [*steps, Spread(lambda x: x, result.shape, lambda x: x)]
            return with_steps(base, result, steps)
    if function is np.imag:  # of real numbers
        return storages.refusing(result, "assignment destination is read-only")
    return storages.fresh(result)


def is_view(function: Any, kwargs: dict[str, Any]) -> bool:
    """Whether results of a function, with these keywords, are views of its arguments."""
    if function is np.meshgrid:
        return kwargs.get("copy") is False
    return function in VIEWS or function in READ_ONLY or function in MADE


def _of_einsum(args: tuple, result: Any) -> Any:
    """
    A result of einsum. It is a view in NumPy if there is one operand, and no index is summed over.
    A write to the view of a diagonal that is no slice is an error.
    """
    match args:
        case (str() as text, Array() as base) if isinstance(result, Array):
            pass
        case _:
            return storages.fresh(result) if isinstance(result, Array) else result
    left, arrow, right = text.replace(" ", "").partition("->")
    letters = [c for c in left if c.isalpha()]
    if not arrow:
        right = "".join(c for c in letters if letters.count(c) == 1)
    if not set(letters) <= set(right):
        return storages.fresh(result)
    if (steps := steps_between(base.value, result.value)) is not None:
        found = with_steps(base, result, steps)
        if found.storage is storages.of(base):
            return found
    rule = tracing.FUNCTIONS[np.einsum]
    whole = Spread(lambda x: rule(text, x), result.shape, lambda x: np.einsum(text, x))
    return storages.view(base, result, whole)


def _arrays(value: Any) -> list[Array]:
    if isinstance(value, tuple | list):
        return [x for part in value for x in _arrays(part)]
    return [value] if isinstance(value, Array) else []


def with_steps(base: Array, result: Array, steps: list[Step]) -> Array:
    """The result as a view along these steps; an array of its own where NumPy makes a copy."""
    if not base.shape and base.storage is None:
        return storages.fresh(result)
    if any(isinstance(step, Shape) for step in steps):
        where = view_steps.layout(storages.of(base).shape, base.steps)
        for step in steps:
            found = view_steps.of_numpy(where, step)
            if found is None:
                return storages.fresh(result)
            where = found
    return storages.view(base, result, *steps)


def take_shape(self: Array, shape: Any) -> None:
    """
    x.shape = …

    Errors: `AttributeError` where NumPy would have to copy; `TypeError` for an array from outside
    of the loop or the condition that is being traced, which would keep the shape afterwards.
    """
    found: Any = np.reshape(self, shape)
    if found.storage is not self.storage or found.storage is None:
        raise as_python(
            AttributeError,
            "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with "
            "the desired shape.",
        )
    if found.storage.home is not tracing.current():
        raise located(
            TypeError,
            "this line changes the shape of an array from outside of a loop or of a condition; "
            "write y = x.reshape(…)",
        )
    self._shape, self.steps, self.origin = found.shape, found.steps, None
    self._value, self.scope, self.version = found._value, found.scope, found.version


Array.take_shape = take_shape


def steps_between(base: SSAValue, value: SSAValue) -> list[Step] | None:
    """The steps that made `value` of `base`; None if other ops stand between them."""
    steps: list[Step] = []
    while value is not base:
        op = value.owner
        if not isinstance(op, Operation) or (step := _step_of(op)) is None:
            return None
        steps.insert(0, step)
        value = op.operands[0]
    return steps


def _step_of(op: Operation) -> Step | None:
    match op:
        case ten.TransposeOp():
            return Order(ints(op.perm))
        case ten.ReverseOp():
            return Flip(ints(op.dims))
        case ten.ReshapeOp():
            return Shape(shape(op.result.type))
        case ten.SliceOp():
            return Box(ints(op.offsets), ints(op.sizes), ints(op.strides))
        case ten.PartOp():
            return Part(0 if isinstance(op, ten.RealOp) else 1)
        case ten.BroadcastOp():
            return _spread(op.dims, shape(op.result.type))
        case _:
            return None


def _spread(dims: DenseArrayBase, sizes: tuple[int, ...]) -> Spread:
    new = ints(dims)

    def again(x: Array) -> Array:
        return tracing.emit(ten.BroadcastOp, tracing.use(x), new, sizes)

    return Spread(again, sizes, lambda x: np.broadcast_to(np.expand_dims(x, new), sizes))


def of_known(function: Any, rule: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """
    The views that a function gives of an array whose content is known. The rule runs on a stand-in,
    in a block that is thrown away, so that the program gets no ops for known numbers.
    """
    base = args[0]
    assert isinstance(base, Array)
    here = tracing.current()
    block = Block(arg_types=[tracing.ir_type(base.shape, base.dtype)])
    scratch = tracing.Scope(block, here, here.root)
    stand_in = Array(block.args[0], base.shape, base.dtype, scratch)
    with tracing.within(scratch):
        result = rule(stand_in, *args[1:], **kwargs)

    def view(part: Any) -> Any:
        if isinstance(part, tuple | list):
            parts = type(part)(view(p) for p in part)
            return None if any(p is None for p in parts) else parts
        steps = steps_between(block.args[0], part.value)
        if steps is None:
            return None
        if function in READ_ONLY:
            steps = [*steps, Spread(lambda x: x, part.shape, lambda x: x)]
        found = storages.lazy(base, part.shape, steps, part.dtype)
        return found if storages.known(found) is not None else None

    return view(result)


def own(result: Any) -> Any:
    """The arrays in a result, as arrays that share nothing with others."""
    if isinstance(result, Array):
        return storages.fresh(result)
    if type(result) in (tuple, list):
        return type(result)(own(part) for part in result)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        made = type(result)(*(own(part) for part in result))
        # Results of SciPy have attributes beside their fields.
        for name, part in getattr(result, "__dict__", {}).items():
            setattr(made, name, own(part))
        return made
    return result


def itself(function: Any, args: tuple, result: Any) -> Any:
    """The result of a function that may give its argument itself."""
    if any(result is x for x in args):
        return result
    if function is np.real_if_close:
        return storages.refusing(
            result,
            "the numbers decide whether np.real_if_close gives a view; write to a copy of it",
        )
    return own(result)


def shared(x: np.ndarray) -> Array:
    """A known array of its own, with the content of a NumPy array."""
    return storages.holding(np.array(x, order="C"))


def plain(value: Any) -> Any:
    """The value, in which NumPy arrays stand for the arrays whose content is known."""
    if isinstance(value, Array):
        known = storages.known(value)
        return value if known is None else known
    if type(value) in (tuple, list):
        return type(value)(plain(part) for part in value)
    if type(value) is dict:
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, slice):
        return slice(plain(value.start), plain(value.stop), plain(value.step))
    return value


def has_traced(value: Any) -> bool:
    """Whether a value contains traced arrays."""
    if isinstance(value, Array):
        return True
    if isinstance(value, tuple | list):
        return any(has_traced(part) for part in value)
    return isinstance(value, dict) and any(has_traced(part) for part in value.values())


def in_order(x: Array, order: Any) -> Array:
    """
    An array whose rows ("C") or columns ("F") lie in order in NumPy's memory: this one, or a copy.
    """
    if order not in ("C", "F") or not x.shape:
        return x
    shape = x.shape if x.storage is None else x.storage.shape
    flags = view_steps.layout(shape, x.steps).flags
    is_whole = not any(isinstance(step, Part) for step in x.steps)  # the other parts lie between
    is_ordered = flags.c_contiguous if order == "C" else flags.f_contiguous
    return x if is_whole and is_ordered else x.copy()


OTHERS = (
    "a NumPy array from outside of the traced function cannot take traced values; np.array(a) of "
    "letgrad.numpy makes a copy that can"
)

VIEW = (
    "this array has the memory of an argument of the function that made it, and a program cannot "
    "write to both; np.array(a) of letgrad.numpy makes a copy that takes traced values"
)


def held(result: Any, *old: Any) -> Any:
    """
    What NumPy computed of known arrays `old`, as arrays that can take traced values. An array that
    shares memory with one of them refuses writes, which NumPy would make there too.
    """
    if type(result) is np.ndarray and tracing.tracing():
        try:
            if shares_memory(result, old):
                return storages.holding(result, VIEW)
            return shared(result)
        except TypeError:
            return result  # of a dtype that no traced array has
    if type(result) is tuple:
        return tuple(held(part, *old) for part in result)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*(held(part, *old) for part in result))
    if type(result) is list:
        return [held(part, *old) for part in result]
    return result


def held_if_new(result: Any, *old: Any) -> Any:
    """
    `held`, for an array that shares no memory with `old`. The others, and the arrays in containers,
    are those of the user, in which NumPy writes.
    """
    if type(result) is not np.ndarray or shares_memory(result, old):
        return result
    return held(result)


def shares_memory(result: np.ndarray, values: Any) -> bool:
    """Whether NumPy arrays in values, which may be in containers, have memory of an array."""
    if isinstance(values, np.ndarray):
        return values.dtype == object or np.may_share_memory(result, values)
    if isinstance(values, dict):
        values = values.values()
    elif not isinstance(values, tuple | list):
        return False
    return any(shares_memory(result, x) for x in values)
