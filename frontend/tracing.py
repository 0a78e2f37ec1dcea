"""
Tracing: a Python function runs once on stand-ins for arrays, and letgrad writes each operation on
the stand-ins down as IR.

`Array` is the stand-in. NumPy passes each operation on an `Array` to its protocols
(`__array_ufunc__`, `__array_function__`). The tables `UFUNCS` and `FUNCTIONS` say which IR an
operation becomes; `numpy_functions` fills these tables. `array_methods` attaches the methods of
`Array` that are made of ops.

The IR goes into a `Scope`: the block of a function, or the block of a region inside of the function
(`lg.build`, `lg.cond`). Scopes nest. A program may use an array in the array's own scope and in the
scopes inside of it. If another *function* that is traced meanwhile uses the array (`lg.grad(f)(x)`
where f uses other traced arrays than x), the array becomes one more argument of that function: a
capture. When letgrad inlines the function, it passes the array as this argument.

Each op gets a line and column of the user's code: those of the innermost frame outside of letgrad,
NumPy, SciPy and Python's own library.
"""

from __future__ import annotations

import functools
import operator
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    IndexType,
    LocationAttr,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from ..dialects import arrays, ten, types
from . import unsigned, wanted_numbers
from .trace_scopes import Scope
from .user_code import as_python, frames, located, location_of, user_frame

index_type = IndexType()

UFUNCS: dict[np.ufunc, Callable[..., Any]] = {}
"""ufunc → function of broadcast arrays of the dtype that NumPy resolves to."""

COMPLEX_UFUNCS: dict[np.ufunc, Callable[..., Any]] = {}
"""ufunc → the same for complex arrays."""

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""NumPy function → function with the same parameters, or some of them."""

GENERALIZED: dict[np.ufunc, Callable[..., Any]] = {}
"""ufuncs that are not elementwise (`matmul`) → function of arrays."""


# Where in the user's code.


def location() -> LocationAttr:
    """
    The user's file, line and column, or the location that `placed` says. The running trace keeps
    each location, so that the next request for it is cheap.
    """
    if _state.at is not None:
        return _state.at
    frame = user_frame()
    if frame is None:
        return UNKNOWN_LOC
    code = frame.f_code
    if (scope := _state.scope) is None:
        return location_of(code, frame.f_lasti)
    known = scope.root.locations
    key = (id(code), frame.f_lasti)
    if key not in known:
        known[key] = (
            location_of(code, frame.f_lasti),
            code,
        )  # The entry keeps the code alive, so that no other code gets its id.
    return known[key][0]


# Where the IR is written.


class _State(threading.local):
    scope: Scope | None = None
    at: LocationAttr | None = None
    """The location of new ops, if the program has other locations than Python's frames."""
    refused: tuple[TypeError, CodeType, int] | None = None
    """The last error about missing numbers, and the user's instruction that asked for them."""
    shape_read: Callable[[], None] | None = None
    """Runs whenever somebody reads the shape of an array; see `watching_shapes`."""


_state = _State()


def last_refusal() -> tuple[TypeError, CodeType, int] | None:
    """The last error about missing numbers, and the user's instruction that asked for them."""
    return _state.refused


def tracing() -> bool:
    """Whether this thread is tracing a function."""
    return _state.scope is not None


def scope_or_none() -> Scope | None:
    """The scope that receives ops; None outside of a trace."""
    return _state.scope


def current() -> Scope:
    """The scope that receives ops. Errors: `TypeError` outside of a trace."""
    if _state.scope is None:
        raise located(TypeError, f"{LEAK}; this line is outside of any trace")
    return _state.scope


@contextmanager
def within(scope: Scope) -> Iterator[Scope]:
    """Inside of the `with`, `scope` receives the ops."""
    outer, _state.scope = _state.scope, scope
    try:
        yield scope
    except Exception as error:
        error.left_scope = outer is not None and scope.root is outer.root  # type: ignore[attr-defined]
        raise
    finally:
        _state.scope = outer


@contextmanager
def placed(at: LocationAttr) -> Iterator[None]:
    """Inside of the `with`, new ops have the location `at`."""
    outer, _state.at = _state.at, at
    try:
        yield
    finally:
        _state.at = outer


@contextmanager
def watching_shapes(read: Callable[[], None]) -> Iterator[None]:
    """Inside of the `with`, a read of a traced array's shape in this thread first runs `read`."""
    outer, _state.shape_read = _state.shape_read, read
    try:
        yield
    finally:
        _state.shape_read = outer


@contextmanager
def region(argument_types: Sequence[Attribute] = ()) -> Iterator[tuple[Scope, list[Array]]]:
    """A new block inside the current scope, and its arguments. The block ends with the `with`."""
    outer = current()
    scope = Scope(Block(arg_types=argument_types), outer, outer.root)
    try:
        with within(scope):
            yield scope, [Array.of(value, scope) for value in scope.block.args]
    finally:
        scope.open = False


LEAK = (
    "this line uses a traced array after the end of its trace; return the array from the traced "
    "function instead of keeping the array in a variable outside"
)


def use(array: Array) -> SSAValue:
    """
    The SSA value of an array, for an op in the current scope.

    Errors: `TypeError` for an array of a trace that has ended, or of a trace in another thread.
    """
    here = current()
    value = array.value
    if array.scope is here:
        return value
    if not array.scope.open or not array.scope.encloses(here):
        raise located(TypeError, LEAK)
    if array.scope.root is here.root:
        return value
    captures = here.root.captures
    if value not in captures:
        argument = here.root.block.insert_arg(value.type, len(here.root.block.args))
        argument.name_hint = value.name_hint
        outside = Array(value, array.shape, array.dtype, array.scope)
        captures[value] = outside, Array(argument, array.shape, array.dtype, here.root)
    return captures[value][1].value


def add(op: Operation) -> Operation:
    """Put an op at the end of the current scope, and give it the user's line and column."""
    op.location = location()
    current().block.add_op(op)
    return op


def emit(make: Callable[..., Operation], *args: Any) -> Array:
    """
    The result of a new op.

    Errors: `ValueError` if the constructor of the op refuses the operands.
    """
    try:
        op = make(*args)
    except VerifyException as error:
        raise located(ValueError, str(error)) from error
    add(op)
    return Array.of(op.results[0], current())


def add_yield(scope: Scope, values: Sequence[Array]) -> None:
    """End an index region with these values."""
    with within(scope):
        add(ten.YieldOp(*[use(v) for v in values]))


@functools.lru_cache(maxsize=4096)
def type_of(shape: tuple[int, ...], dtype: np.dtype) -> Attribute:
    """
    The IR type for a shape and a dtype.

    Errors: `TypeError` for a dtype that letgrad does not support.
    """
    return types.of_shape(shape, arrays.element_type(dtype))


def ir_type(shape: tuple[int, ...], dtype: np.dtype) -> Attribute:
    """`type_of`, with errors that name the user's line."""
    try:
        type = type_of(shape, dtype)
    except TypeError as error:
        raise located(TypeError, str(error)) from None
    check_size(type)
    return type


def check_size(type: Attribute) -> None:
    """Errors: `ValueError` for an array of more bytes than 64 bits can count."""
    if types.is_too_large(type):
        raise located(ValueError, f"the array is too big: it would be {type}, {types.TOO_LARGE}")


def constant(value: Any, dtype: Any = None, shape: tuple[int, ...] | None = None) -> Array:
    """
    A constant array. `dtype`, if given, converts `value`. `shape`, if given, repeats a number.

    Equal constants of one function are one value, at the top level of the function.
    """
    value = np.asarray(value, dtype)
    if not value.dtype.isnative:
        value = value.astype(value.dtype.newbyteorder("="))
    shape = tuple(value.shape) if shape is None else shape
    type = ir_type(shape, value.dtype)
    root = current().root
    data = value.tobytes()
    key = (shape, value.dtype.str, value.shape, data)
    if key not in root.constants:
        kind = value.dtype
        if kind.kind == "u":  # The attribute holds the bits, and the result says how to read them.
            value, read_as = value.view(f"i{kind.itemsize}"), type
            type = unsigned.without_sign(type)
        else:
            read_as = type
        if kind.kind == "c":
            parts = [constant(x, None, shape).value for x in (value.real, value.imag)]
            op: Operation = ten.ComplexOp(*parts)
        elif value.ndim == 0 and shape and types.size(type):
            op = types.constant(value.item(), type)
        else:
            same = value.shape == shape
            op = arrays.constant(
                value if same else np.broadcast_to(value, shape), type, data if same else None
            )
        root.constants[key] = _add_constant(root, op)
        unsigned.retagged(op, read_as)
        return Array(root.constants[key], shape, kind, root)
    return Array(root.constants[key], shape, value.dtype, root)


def constant_index(number: int) -> Array:
    """A constant of type `index`."""
    root = current().root
    key = ("index", number)
    if key not in root.constants:
        root.constants[key] = _add_constant(root, types.constant(number, index_type))
    return Array(root.constants[key], (), np.dtype(np.int64), root)


def _add_constant(root: Scope, op: Operation) -> SSAValue:
    op.location = location()
    root.block.add_op(op)
    return op.results[0]


# The stand-in for an array.


SPARSE: list[Callable[[Any], Any]] = []
"""A function that gives letgrad's sparse matrix for one of SciPy, and None for other values."""


def _beside_sparse(ufunc: np.ufunc, self: Array, other: Any, reflected: bool) -> Any:
    """The operator on a traced array and an object that is no operand; or NotImplemented."""
    if not type(other).__module__.startswith("scipy.sparse"):
        return NotImplemented
    matrix = next((found for find in SPARSE if (found := find(other)) is not None), None)
    operate = None if matrix is None else SPARSE_OPERATORS.get(ufunc)
    if operate is None:
        return NotImplemented
    return operate(matrix, self) if reflected else operate(self, matrix)


SCIPYS_DISPATCH = ("_matmul_dispatch", "_mul_dispatch", "_add_dense", "_sub_dense")
"""Functions of SciPy that ask whether an operand of a sparse matrix is an array."""

SPARSE_OPERATORS: dict[np.ufunc, Callable[[Any, Any], Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.matmul: operator.matmul,
}

VIEWS = (ten.TransposeOp, ten.SliceOp, ten.ReverseOp, ten.BroadcastOp)
"""The ops whose results are views in NumPy, in another order than C's or with gaps."""


def _operator(ufunc: np.ufunc) -> Callable[[Array, Any], Any]:
    def operate(self: Array, other: Any) -> Any:
        if not is_operand(other):
            return _beside_sparse(ufunc, self, other, False)
        return self.__array_ufunc__(ufunc, "__call__", self, other)

    return operate


def _reflected(ufunc: np.ufunc) -> Callable[[Array, Any], Any]:
    def operate(self: Array, other: Any) -> Any:
        if not is_operand(other):
            return _beside_sparse(ufunc, self, other, True)
        return self.__array_ufunc__(ufunc, "__call__", other, self)

    return operate


def is_operand(value: Any) -> bool:
    """
    Whether NumPy computes with `value`: arrays, numbers, ranges, and lists of these. A polynomial
    computes itself, as beside a Python number.
    """
    return isinstance(
        value, Array | np.ndarray | np.generic | int | float | complex | list | tuple | range
    ) or (hasattr(value, "__array__") and not isinstance(value, np.poly1d))


HOLDS_NUMBERS = (
    "a NumPy array cannot hold a traced value: write `import letgrad.numpy as np`, whose arrays "
    "can, or use @lg.program"
)

NO_NUMBER = (
    "a traced array has no numbers during the trace, so the array cannot become {what}; "
    "{advice}, or compute this value outside of the traced function"
)
"""If Python does not tell who wanted the number."""

WANTED = "{who} wanted numbers, and a traced array has no numbers during the trace; {advice}"


class NoNumber(TypeError):
    """A program asked a traced array for its numbers."""


class Array:
    """
    An array in a function that is being traced: a shape, a dtype, and the SSA value that will hold
    the numbers.

    An `Array` follows NumPy's rules for arrays, with two exceptions. A program cannot turn an
    `Array` into numbers (no `if x > 0:`; use `np.where` or `lg.cond`). `reshape` and similar
    functions support only the order "C". A program may write to an `Array`: see `storages`.
    """

    __slots__ = ("_dtype", "_shape", "_value", "origin", "scope", "steps", "storage", "version")
    __array_priority__ = 1000

    def __init__(
        self, value: SSAValue | None, shape: tuple[int, ...], dtype: np.dtype, scope: Scope
    ):
        self._value = value
        self._shape = shape
        self._dtype = dtype
        self.scope = scope
        if dtype.kind == "u":
            scope.root.has_unsigned = True
        self.storage: Any = None
        """The storage that this array is a view of; None while nobody took a view or wrote."""
        self.steps: tuple[Any, ...] = ()
        """The steps from the storage to this view."""
        self.origin: tuple[Any, Any] | None = None
        """The array and the key of the `x[key]` that made this view."""
        self.version = 0
        """The version of the storage that `_value` was read from."""

    @property
    def value(self) -> SSAValue:
        """The SSA value that holds the numbers now, for an op in the current scope."""
        if self.storage is not None:
            self.refresh()
        return self._value  # type: ignore[return-value]

    @staticmethod
    def of(value: SSAValue, scope: Scope) -> Array:
        """
        The array for an SSA value. A value of type `index` gets the dtype int64.

        Errors: `ValueError` for an array of more bytes than 64 bits can count, as in NumPy.
        """
        check_size(value.type)
        return Array(value, tuple(types.shape(value.type)), arrays.dtype(value.type), scope)

    @property
    def shape(self) -> tuple[int, ...]:
        if _state.shape_read is not None:
            _state.shape_read()
        return self._shape

    @shape.setter
    def shape(self, shape: Any) -> None:
        """x.shape = …: the array itself becomes a view of its elements in another shape."""
        self.take_shape(shape)

    def _set_dtype(self, dtype: Any) -> None:
        """x.dtype = …"""
        if np.dtype(dtype) != self.dtype:
            raise located(
                TypeError,
                "a traced array cannot be read as one of another dtype in place; x.astype(dtype) "
                "converts its elements",
            )

    # Tracing reads the dtype at every op, and an `attrgetter` is faster than a function of Python.
    dtype: np.dtype = property(operator.attrgetter("_dtype"), _set_dtype)  # type: ignore[assignment]

    @property
    def is_index(self) -> bool:
        """
        Whether this array is a traced index: an argument of a region, or a result of arithmetic on
        such arguments.
        """
        return self._value is not None and isinstance(self._value.type, IndexType)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """
        The bytes from one element to the next, in C order.

        Errors: `TypeError` for a view of NumPy's, whose memory letgrad does not know.
        """
        owner = self.value.owner
        while isinstance(owner, ten.ReshapeOp):
            owner = owner.operands[0].owner
        if isinstance(owner, VIEWS):
            raise located(
                TypeError, "strides of a transposed, sliced or repeated array are those of "
                "NumPy's memory, which letgrad does not have; index the array, or write "
                "np.lib.stride_tricks.sliding_window_view"
            )  # fmt: skip
        sizes = np.cumprod((1, *self.shape[:0:-1]))[::-1]
        return tuple(self.itemsize * int(n) for n in sizes[: self.ndim])

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def __repr__(self) -> str:
        return f"traced {self.dtype}{list(self.shape)}"

    if TYPE_CHECKING:
        # `array_methods` attaches these methods: methods use ops, and ops use arrays.

        def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
            """NumPy calls this method for a ufunc, or for a method of a ufunc."""

        def __array_function__(
            self, function: Callable, kinds: Any, args: tuple, kwargs: dict[str, Any]
        ) -> Any:
            """NumPy calls this method for its functions."""

        def __setitem__(self, key: Any, value: Any) -> None:
            """x[key] = value; see `assignment.put`."""

        def __getitem__(self, key: Any) -> Array:
            """x[key]; see `indexing.get`."""
            ...

        def numbers(self) -> np.ndarray | None:
            """The content of an array that holds no traced value; None for other arrays."""

        def take_shape(self, shape: Any) -> None:
            """Gives the array itself another shape; see `viewing.take_shape`."""

        def refresh(self) -> None:
            """Makes `_value` and `scope` those of the storage's present version."""

        def astype(
            self,
            dtype: Any,
            order: str = "K",
            casting: str = "unsafe",
            subok: bool = True,
            copy: bool = True,
        ) -> Any:
            """The array, converted to another dtype; see `ops.cast`."""

        def view(self, dtype: Any = None, type: Any = None) -> Array:
            """The same memory as numbers of another dtype; see `array_methods.view_as`."""
            ...

    # NumPy's protocols.

    # Operations that a traced array refuses.

    def _no(self, what: str, advice: str, known: bool = False) -> TypeError:
        """The error. With `known`, the array itself was asked, and `advice` is all there is."""
        frame, called = frames()
        found = None if known else wanted_numbers.wanted(frame, called, FUNCTIONS)
        if found is not None:
            error = located(NoNumber, WANTED.format(who=found.who, advice=found.advice))
        else:
            error = located(NoNumber, NO_NUMBER.format(what=what, advice=advice))
        _state.refused = None if frame is None else (error, frame.f_code, frame.f_lasti)
        return error

    def __bool__(self) -> bool:
        if (known := self.numbers()) is not None:
            return bool(known)
        raise self._no("a Python bool", "use np.where(condition, a, b) or lg.cond(condition, f, g)")

    def __float__(self) -> float:
        if (known := self.numbers()) is not None:
            return float(known)
        raise self._no(
            "a Python float",
            "use NumPy's functions in place of Python's math; for an array that takes traced "
            "values, write `import letgrad.numpy as np`, or use @lg.program",
        )

    def __int__(self) -> int:
        if (known := self.numbers()) is not None:
            return int(known)
        raise self._no("a Python int", "use x.astype(int)")

    def __complex__(self) -> complex:
        if (known := self.numbers()) is not None:
            return complex(known)
        raise self._no("a Python complex", "compute with the complex array itself")

    def __index__(self) -> int:
        if (known := self.numbers()) is not None:
            return operator.index(known)
        raise self._no(
            "an index or a size",
            "sizes must be static; to index a NumPy array use lg.asarray(array)[i]",
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if (known := self.numbers()) is not None:
            return np.array(known, dtype)  # a copy, which no later write changes
        if sys._getframe(1).f_code.co_name in SCIPYS_DISPATCH:
            # A sparse matrix of SciPy leaves its operator to this class.
            asked = np.empty((), object)
            asked[()] = self
            return asked
        raise self._no(
            "a NumPy array",
            "join traced values with np.stack or lg.asarray([...]), index a constant as "
            "lg.asarray(array)[i]",
        )

    def __format__(self, spec: str) -> str:
        if spec:
            raise self._no(
                f"text in the format {spec!r}", "write {x}, which gives shape and dtype", known=True
            )
        return str(self)

    def __getattr__(self, name: str) -> Any:
        """Python calls this method for unknown attributes. Errors: `AttributeError`, always."""
        if name.startswith("__"):  # Some library asks whether the array supports a protocol.
            raise AttributeError(name)
        if hasattr(np.ndarray, name):
            raise located(AttributeError, f"numpy.ndarray.{name} is not supported on traced arrays")
        raise as_python(AttributeError, f"a traced array has no attribute '{name}'")

    def item(self, *args: Any) -> Any:
        if (known := self.numbers()) is not None:
            return known.item(*args)
        raise self._no("a Python number", "index the array as x[()]", known=True)

    def tolist(self) -> Any:
        if (known := self.numbers()) is not None:
            return known.tolist()
        raise self._no(
            "a list of numbers", "use list(x), which gives the array's traced parts", known=True
        )

    __hash__ = None  # type: ignore[assignment]

    # A traced array is a container of its parts along the first dimension.

    def __len__(self) -> int:
        if not self.shape:
            raise as_python(TypeError, "len() of an array without dimensions")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self.shape:
            raise as_python(TypeError, "iteration over an array without dimensions")
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value: Any) -> bool:
        if (known := self.numbers()) is not None and not isinstance(value, Array):
            return value in known
        raise self._no("a Python bool", "use (x == value).any()", known=True)

    # Operators. `assignment` has the in-place operators.

    __add__, __radd__ = _operator(np.add), _reflected(np.add)
    __sub__, __rsub__ = _operator(np.subtract), _reflected(np.subtract)
    _times, _times_reflected = _operator(np.multiply), _reflected(np.multiply)
    __truediv__, __rtruediv__ = _operator(np.true_divide), _reflected(np.true_divide)
    __floordiv__, __rfloordiv__ = _operator(np.floor_divide), _reflected(np.floor_divide)
    __mod__, __rmod__ = _operator(np.remainder), _reflected(np.remainder)
    __divmod__, __rdivmod__ = _operator(np.divmod), _reflected(np.divmod)
    _power, __rpow__ = _operator(np.power), _reflected(np.power)
    __matmul__, __rmatmul__ = _operator(np.matmul), _reflected(np.matmul)
    __and__, __rand__ = _operator(np.bitwise_and), _reflected(np.bitwise_and)
    __or__, __ror__ = _operator(np.bitwise_or), _reflected(np.bitwise_or)
    __xor__, __rxor__ = _operator(np.bitwise_xor), _reflected(np.bitwise_xor)
    __lshift__, __rlshift__ = _operator(np.left_shift), _reflected(np.left_shift)
    __rshift__, __rrshift__ = _operator(np.right_shift), _reflected(np.right_shift)
    __lt__, __le__ = _operator(np.less), _operator(np.less_equal)
    __gt__, __ge__ = _operator(np.greater), _operator(np.greater_equal)
    __eq__, __ne__ = _operator(np.equal), _operator(np.not_equal)

    def __mul__(self, other: Any) -> Any:
        self._refuse_repetition(other)
        return self._times(other)

    def __rmul__(self, other: Any) -> Any:
        self._refuse_repetition(other)
        return self._times_reflected(other)

    def _refuse_repetition(self, other: Any) -> None:
        """
        A list times a whole number is a longer list in Python. A product of arrays in its place
        would be a wrong answer, and nobody would see it.
        """
        if isinstance(other, list | tuple) and not self.shape and self.dtype.kind in "ib":
            raise self._no(
                "the number of repetitions of a list",
                "sizes must be static; for a product, write n * np.array([…])",
            )

    def __pow__(self, exponent: Any, modulo: Any = None) -> Any:
        if modulo is not None:
            raise located(TypeError, "pow(x, y, z) does not take traced arrays; write x**y % z")
        # NumPy's operator takes a square for the exponent 2. The square of a bool has another dtype
        # than its power.
        if type(exponent) is int and exponent == 2 and self.dtype == np.bool_:
            return np.square(self)
        return self._power(exponent)

    def __neg__(self) -> Any:
        return np.negative(self)

    def __pos__(self) -> Any:
        return np.positive(self)

    def __abs__(self) -> Any:
        return np.absolute(self)

    def __invert__(self) -> Any:
        return np.invert(self)

    def __round__(self, decimals: int = 0) -> Any:
        return np.round(self, decimals)

    # Methods: NumPy's functions of the same name.

    @property
    def T(self) -> Any:
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        return np.swapaxes(self, -1, -2)

    @property
    def real(self) -> Any:
        return np.real(self) if self.dtype.kind == "c" else self

    @real.setter
    def real(self, value: Any) -> None:
        self.real[...] = value

    @property
    def imag(self) -> Any:
        return np.imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        if self.dtype.kind != "c":
            raise as_python(TypeError, "array does not have imaginary part to set")
        self.imag[...] = value

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)  # type: ignore[call-overload]

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) if axes else None)

    def clip(self, min: Any = None, max: Any = None, **kwargs: Any) -> Any:
        return np.clip(self, min, max, **kwargs)

    def dot(self, other: Any) -> Any:
        return np.dot(self, other)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
        return np.take(self, indices, axis=axis, mode=mode)  # type: ignore[call-overload]

    def compress(self, condition: Any, axis: int | None = None) -> Any:
        return np.compress(condition, self, axis=axis)

    def flatten(self, order: str = "C") -> Any:
        return np.copy(np.ravel(self, order=order))  # type: ignore[arg-type]

    def conjugate(self) -> Any:
        return np.conjugate(self)

    conj = conjugate

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise self._no("bytes", "letgrad does not pickle traced arrays; return the array", True)

    def __copy__(self) -> Any:
        return np.copy(self)

    def __deepcopy__(self, memo: Any) -> Any:
        return np.copy(self)


def _method(name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    @functools.wraps(function)
    def method(self: Array, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    return method


_DELEGATED = (
    "all", "any", "argmax", "argmin", "argsort", "choose", "copy", "cumprod", "cumsum", "diagonal",
    "max", "mean", "min", "nonzero", "prod", "ravel", "repeat", "round", "searchsorted", "squeeze",
    "std", "sum", "swapaxes", "trace", "var",
)  # fmt: skip
for _name in _DELEGATED:
    setattr(Array, _name, _method(_name))

METHODS = sorted(
    [
        *_DELEGATED,
        "astype",
        "clip",
        "compress",
        "conj",
        "conjugate",
        "dot",
        "flatten",
        "reshape",
        "take",
        "transpose",
        "view",
    ]
)
"""The methods of NumPy arrays that traced arrays support."""


# ufuncs.


@functools.lru_cache(maxsize=4096)
def resolved_dtypes(
    ufunc: np.ufunc, operands: tuple, dtype: np.dtype | None
) -> tuple[np.dtype, ...]:
    """
    The dtypes that NumPy computes with: the dtypes of the operands, then the dtypes of the results.
    """
    if any(kind is arrays.bfloat16 for kind in operands):
        # np.dtype("float64") == float is true, so a look-up by equality would be wrong.
        # The exponent of `ldexp` is an int of C.
        beside: dict[Any, Any] = {int: np.dtype(np.intc)} if ufunc is np.ldexp else BESIDE_BFLOAT16
        operands = tuple(
            beside.get(kind, kind) if isinstance(kind, type) else kind for kind in operands
        )
    kinds = operands + (None,) * ufunc.nout
    if dtype is None:
        return ufunc.resolve_dtypes(kinds)
    return ufunc.resolve_dtypes(kinds, signature=(None,) * ufunc.nin + (dtype,) * ufunc.nout)


BESIDE_BFLOAT16: dict[type, np.dtype] = {
    int: arrays.bfloat16,
    float: np.dtype(np.float16),
    complex: np.dtype(np.complex64),
}
"""
The dtypes of Python's numbers beside a bfloat16.

An int takes the dtype of the others. NumPy's ufuncs take a float for a float16 beside a dtype that
is not NumPy's own, so that the common dtype is float32. docs/dtypes.md says how a program stays in
bfloat16.
"""


class Number(Array):
    """
    A Python number that a program computes: the index of a loop, or a number that a loop carries.
    `kind` is int, float or complex. As for a number that is known, the other operands decide the
    dtype. If `root` is not None, the number is `sign` * `root` + `offset`, so that differences are
    known.
    """

    __slots__ = ("kind", "limits", "offset", "root", "sign")

    def __init__(self, array: Array, kind: type):
        super().__init__(array.value, (), array.dtype, array.scope)
        self.kind = kind
        self.root: SSAValue | None = None
        self.sign = 1
        self.offset = 0
        self.limits: tuple[float, float] = (float("-inf"), float("inf"))
        """The number is between these."""


def kind_of(value: Any) -> Any:
    """The dtype of an operand for NumPy's rules; `int`, `float` or `complex` for a weak one."""
    if isinstance(value, Number):
        return value.kind
    return type(value) if is_weak(value) else value.dtype


def is_weak(value: Any) -> bool:
    """
    Whether NumPy lets the other operands decide the dtype. NumPy does so for Python's int, float
    and complex, and not for bool. Beside bfloat16 a float decides, too: see `BESIDE_BFLOAT16`.
    """
    return type(value) in (int, float, complex)


def broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape. Errors: `ValueError` if the shapes have no common shape."""
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return first
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        if "too large" in str(error):
            raise located(ValueError, f"the array is too big: {error}") from None
        text = " ".join(str(tuple(s)) for s in shapes)
        raise located(
            ValueError, f"operands could not be broadcast together with shapes {text}"
        ) from None
