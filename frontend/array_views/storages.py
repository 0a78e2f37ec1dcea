"""
Storages: arrays that a traced function writes to.

A program of values has no memory. A `Storage` stands for the memory of one NumPy array: it has the
value that the memory would hold now, and each write replaces this value. An `Array` that a user
holds is a view of a storage: it has the steps that lead from the storage's value to the view's. The
view reads its value along these steps when a program asks for the value, and keeps it until the
storage's next write. Most arrays are results of ops that nobody writes to; such an array gets a
storage when somebody takes a view of it, or writes to it.

Loops and conditions trace their bodies into regions. A write in a region to a storage from outside
of the region would be lost when the region ends. So it is an error, unless the loop or condition
records it:

    with tracing.region(types) as (scope, arguments):
        with storages.recording() as written:
            for storage, argument in zip(carried, arguments):
                storages.assign(storage, argument)
            ...  # the body
        # `written` has the storages from outside that were assigned, with their values before and
        # after the body; the storages have the values from before again.
    for storage, result in ...:
        storages.assign(storage, result)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from xdsl.ir import SSAValue

from .. import ops, trace_scopes, tracing
from ..tracing import Array, Scope
from ..user_code import located
from . import view_steps
from .view_steps import Shape, Spread, Step

Mask = Array | Callable[[], Array]
"""A traced bool, or a function that makes it when a program asks for it."""


class Storage:
    """
    The memory of one array.

    `value` and `scope` are the SSA value that the memory holds now, and the scope of that value.
    `home` is the scope that was current when the storage was made. `version` counts the writes.
    `known` is the content as a NumPy array, while no traced value was written; then `value` is
    None until a program asks for it. `refusal` says why a program may not write to the storage.
    `choice`, `watched` and `rivals` are for memory that is that of other storages, by a condition;
    see `choice`, `watching` and `may_be_one`. `is_nobody` is set for memory that no variable of the
    program has: it stands where a variable has no value.
    """

    __slots__ = (
        "choice",
        "dtype",
        "home",
        "is_nobody",
        "known",
        "refusal",
        "restores",
        "rivals",
        "roots",
        "scope",
        "seen",
        "shape",
        "value",
        "version",
        "watched",
    )

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype,
        home: Scope,
        value: SSAValue | None,
        scope: Scope,
        known: np.ndarray | None = None,
        refusal: str | None = None,
    ):
        self.shape = shape
        self.dtype = dtype
        self.home = home
        self.value = value
        self.scope = scope
        self.known = known
        self.refusal = refusal
        self.is_nobody = False
        self.version = self.restores = 0
        self.choice: tuple[Mask, Array, Array] | None = None
        self.watched: tuple[Storage, ...] = ()
        self.roots: tuple[Storage, ...] = ()
        self.seen: tuple[SSAValue, ...] = ()
        self.rivals: tuple[tuple[Storage, SSAValue], ...] = ()

    @property
    def writes(self) -> int:
        """How many of the versions are writes: the others took writes back."""
        return self.version - self.restores

    def update(self) -> None:
        """
        Brings the content of a choice up to date.

        Errors: `ValueError` for an array that may be a part of a storage that changed.
        """
        if self.choice is not None:
            seen, here = _contents(roots(self)), tracing.current()
            fits = self.scope is here or self.scope.encloses(here)
            if not fits or not _same(seen, self.seen):
                found: Array = np.where(*choice_of(self))  # type: ignore[assignment]
                self.value, self.scope, self.seen = found.value, found.scope, seen
                self.version += 1
        elif self.watched and not _same(_contents(self.watched), self.seen):
            raise located(ValueError, MAY_HAVE_CHANGED)
        sides = roots(self) if self.choice is not None else ()
        for storage in (self, *sides):
            for rival, content in storage.rivals:
                if rival.value is not content:
                    raise located(ValueError, MAY_HAVE_CHANGED)

    def array(self) -> Array:
        """The whole content now, as an array that no later write changes."""
        if self.choice is not None or self.watched or self.rivals:
            self.update()
        if self.value is None:
            assert self.known is not None, "a storage without a content"
            made = tracing.constant(self.known)
            self.value, self.scope = made.value, made.scope
        return Array(self.value, self.shape, self.dtype, self.scope)

    def __repr__(self) -> str:
        return f"storage of {self.dtype}{list(self.shape)}, version {self.version}"


MAY_HAVE_CHANGED = (
    "this array is one array or another by a condition, or by the turns of a loop, and the program "
    "wrote to one of them since; take x.copy() before the write"
)


def _contents(storages: Iterable[Storage]) -> tuple[SSAValue, ...]:
    return tuple(tracing.use(s.array()) if s.value is None else s.value for s in storages)


def _same(a: Sequence[SSAValue], b: Sequence[SSAValue]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b))


def roots(storage: Storage) -> tuple[Storage, ...]:
    """The storages whose memory a storage is, or may be."""
    if storage.choice is not None:
        if not storage.roots:
            _, a, b = storage.choice
            storage.roots = tuple(dict.fromkeys((*roots(of(a)), *roots(of(b)))))
        return storage.roots
    return storage.watched or (storage,)


def possible(storage: Storage) -> tuple[Storage, ...]:
    """The storages whose memory a storage is, or may be, also by the turns of loops."""
    own = roots(storage)
    others = (rival for s in (storage, *own) for rival, _ in s.rivals)
    return tuple(dict.fromkeys((*own, *others)))


def any_shared(storage: Storage | None, written: Container[Storage]) -> bool:
    """Whether the memory of a storage is, or may be, that of one which was written to."""
    if storage is None:
        return False
    return any(s in written for s in possible(storage))


def choice_of(storage: Storage) -> tuple[Array, Array, Array]:
    """The mask of a choice, and the arrays that it is where the mask holds, and where not."""
    assert storage.choice is not None
    mask, a, b = storage.choice
    mask = mask if isinstance(mask, Array) else mask()
    storage.choice = mask, a, b
    return mask, a, b


def choice(mask: Mask, a: Array, b: Array, joined: Array, is_content: bool = False) -> Array:
    """
    The array that is a itself if the mask holds, and otherwise b itself: a write to the array shows
    in the right one, and a write to that one shows in the array. `joined` gives its type, and with
    `is_content` its content, until somebody writes to a or b.
    """
    found = Array(joined.value, joined.shape, joined.dtype, joined.scope)
    storage = of(found)
    storage.choice = mask, a, b
    if is_content:
        storage.seen = _contents(roots(storage))
    return found


def watching(array: Array, storages: Iterable[Storage], refusal: str) -> Array:
    """
    The content of an array that may be a part of some storages, as an array that refuses writes,
    and that a program may read as long as nobody writes to the storages.
    """
    found = Array(array.value, array.shape, array.dtype, array.scope)
    here = tracing.current()
    found.storage = storage = Storage(
        found.shape, found.dtype, here, found.value, found.scope, None, refusal
    )
    storage.watched = tuple(dict.fromkeys(r for s in storages for r in roots(s)))
    storage.seen = _contents(storage.watched)
    return found


def may_be_one(array: Array, storages: Iterable[Storage]) -> None:
    """
    Notes that an array may be the array of other storages. A program may write to one of them, if
    it reads none of the others afterwards.
    """
    own = of(array)
    for storage in storages:
        if storage is not own:
            (a,), (b,) = _contents([own]), _contents([storage])
            own.rivals = (*own.rivals, (storage, b))
            storage.rivals = (*storage.rivals, (own, a))


State = tuple[SSAValue | None, Scope, "np.ndarray | None", int]


@dataclass
class Change:
    """What a recording saw of one storage: its content before, and its content now."""

    before: Array
    after: Array


class Written(dict[Storage, Change]):
    """The storages from outside that were assigned, in the order of their first assignment."""

    def __init__(self, scope: Scope):
        super().__init__()
        self.scope = scope
        self.states: dict[Storage, State] = {}


class _State(threading.local):
    recordings: tuple[Written, ...] = ()


_state = _State()


@contextmanager
def recording() -> Iterator[Written]:
    """
    Collects the writes, in the current scope, to storages that were made outside of the scope. At
    the end of the `with`, these storages have their values from before; `Change.after` keeps the
    last value, which belongs to the scope.
    """
    written = Written(tracing.current())
    outer, _state.recordings = _state.recordings, (*_state.recordings, written)
    try:
        yield written
    finally:
        _state.recordings = outer
        restore(written.states)


def snapshot(storages: Iterable[Storage]) -> dict[Storage, State]:
    """The present states of storages, for `restore`."""
    return {s: _state_of(s) for s in storages}


def _state_of(storage: Storage) -> State:
    return storage.value, storage.scope, storage.known, storage.writes


def restore(states: dict[Storage, State]) -> None:
    """Gives storages the states of a snapshot again. No write is recorded."""
    for storage, (value, scope, known, writes) in states.items():
        storage.value, storage.scope, storage.known = value, scope, known
        storage.version += 1
        storage.restores = storage.version - writes
        if storage.choice is not None:
            storage.seen = ()  # The value may be older than the contents that somebody saw since.


def of(array: Array) -> Storage:
    """The storage of an array; an array that has none gets one."""
    if array.storage is None:
        scope = array.scope
        storage = Storage(array.shape, array.dtype, scope, array.value, scope)
        array.storage, array.steps, array.version = storage, (), 0
    return array.storage


def assign(storage: Storage, value: Array) -> None:
    """
    Replaces the whole content of a storage.

    Errors: `TypeError` in a region that is inside of the storage's scope, if nothing records the
            writes of this region.
    """
    here = tracing.current()
    if storage.refusal is not None:
        raise located(ValueError, storage.refusal)
    if storage.choice is not None:
        mask, a, b = choice_of(storage)
        # The two may be one array, or parts of one, so the second reads what the first wrote.
        write(a, np.where(mask, value, a))  # type: ignore[arg-type]
        write(b, np.where(mask, b, value))  # type: ignore[arg-type]
        storage.value, storage.scope = tracing.use(ops.number(value)), tracing.current()
        storage.version += 1
        storage.seen = _contents(roots(storage))
        return
    assert value.shape == storage.shape and value.dtype == storage.dtype, "another type"
    if storage.home is not here:
        _record(storage, here)
    storage.value, storage.scope, storage.known = tracing.use(ops.number(value)), here, None
    storage.version += 1
    for written in _state.recordings:
        if written.scope is here and storage in written:
            written[storage].after = storage.array()


def _record(storage: Storage, here: Scope) -> None:
    """Checks a write to a storage of another scope, and notes the value from before."""
    found = [w for w in _state.recordings if w.scope is here]
    if not found or storage.home.root is not here.root or not storage.home.open:
        raise located(TypeError, _lost(storage, here))
    written = found[-1]
    if storage not in written:
        written.states[storage] = _state_of(storage)
        before = storage.array()
        written.states[storage] = _state_of(storage)
        written[storage] = Change(before, before)


def _lost(storage: Storage, here: Scope) -> str:
    kind = f"{storage.dtype}{list(storage.shape)}"
    if not storage.home.open:
        return trace_scopes.LEAK
    if storage.home.root is not here.root:
        return (
            f"this line writes to an array {kind} of another traced function, and the write would "
            "be lost; pass the array as an argument, and return the new array"
        )
    return (
        f"this line writes to an array {kind} from outside of the function that lg.build, lg.cond, "
        "lg.scan or another loop runs, and the write would be lost; return the new array from that "
        "function, or use @lg.program, which carries the writes of Python's loops and conditions"
    )


# Views.


def view(base: Array, result: Array, *steps: Step) -> Array:
    """`result`, as a view of `base` along these steps."""
    if is_number(base):
        return fresh(result)
    storage = of(base)
    found = Array(result.value, result.shape, result.dtype, result.scope)
    found.storage, found.steps = storage, (*base.steps, *steps)
    found.version = storage.version
    return found


def read_only(
    base: Array,
    again: Callable[[Array], Array],
    of_numpy: Callable[[np.ndarray], np.ndarray | None],
    placed: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Array:
    """`again(base)`, as a view of `base` that a program cannot write to."""
    result = again(base)
    return view(base, result, Spread(again, result.shape, of_numpy, placed))


def lazy(
    base: Array, shape: tuple[int, ...], steps: Sequence[Step], dtype: np.dtype | None = None
) -> Array:
    """
    A view of `base` that reads nothing before a program asks for its value. A part of complex
    numbers has another `dtype`.
    """
    storage = of(base)
    found = Array(None, shape, dtype or base.dtype, base.scope)
    found.storage, found.steps = storage, (*base.steps, *steps)
    found.version = -1
    return found


def share(a: Array, b: Array) -> bool:
    """Whether two arrays are views of one storage."""
    return a.storage is not None and a.storage is b.storage


def is_number(array: Array) -> bool:
    """
    Whether this is what NumPy calls a scalar: no array without dimensions, but a number, which
    nobody can write to.
    """
    return not array.shape and array.storage is None


def is_one(a: Array, b: Array) -> bool | Array:
    """
    Whether two arrays of a program are one object of NumPy: a bool, or a traced one.

    Errors: `TypeError` for an array that may be another one by the turns of a loop.
    """
    if a is b:
        return True
    for x, y in ((a, b), (b, a)):
        storage = x.storage
        if storage is None or x.steps:
            continue
        if storage.choice is not None:
            mask, *sides = choice_of(storage)
            then, otherwise = (is_one(side, y) for side in sides)
            if isinstance(then, bool) and then is otherwise:
                return then
            return np.where(mask, then, otherwise)  # type: ignore[return-value, arg-type]
        if storage.watched or storage.rivals:
            raise located(
                TypeError,
                "this array is one array or another by the turns of a loop, and letgrad cannot "
                "tell whether `is` holds for it; keep a flag beside the array",
            )
    return a.storage is not None and a.storage is b.storage and not a.steps and not b.steps


def fresh(result: Array) -> Array:
    """
    The content of an array now, as an array of its own, which the current scope makes. Its value
    may come from a scope around, as that of a constant does.
    """
    found = Array(result.value, result.shape, result.dtype, result.scope)
    here = tracing.scope_or_none()
    if found.shape and here is not None and here is not found.scope:
        found.storage = Storage(found.shape, found.dtype, here, found.value, found.scope)
    return found


def refusing(result: Array, refusal: str) -> Array:
    """The content of an array now, as an array that a program cannot write to, and why not."""
    found = fresh(result)
    of(found).refusal = refusal
    return found


def _refresh(self: Array) -> None:
    """Reads the value of a view again, if the storage changed, or for another region."""
    storage, here = self.storage, tracing.scope_or_none()
    assert storage is not None
    if here is not None and (storage.choice is not None or storage.watched or storage.rivals):
        storage.update()
    if self._value is not None and (
        here is None
        or (self.version == storage.version and (self.scope is here or self.scope.encloses(here)))
    ):
        return
    x = view_steps.read(storage.array(), self.steps)
    self._value, self.scope, self.version = x._value, x.scope, storage.version


Array.refresh = _refresh


def known(self: Array) -> np.ndarray | None:
    """
    The content of an array that holds no traced value: a view of the NumPy array of the storage,
    wherever NumPy gives a view. None for other arrays.
    """
    storage = self.storage
    if storage is None or storage.known is None:
        return None
    if storage.rivals:
        storage.update()
    x = storage.known
    for step in self.steps:
        if (found := view_steps.of_numpy(x, step)) is None:
            return None
        x = found
    return x


Array.numbers = known


def holding(content: np.ndarray, refusal: str | None = None) -> Array:
    """A new array with a known content, which can take traced values. It keeps `content`."""
    home = tracing.current()
    tracing.ir_type(content.shape, content.dtype)
    array = Array(None, content.shape, content.dtype, home)
    array.storage = Storage(content.shape, content.dtype, home, None, home, content, refusal)
    return array


def write(array: Array, value: Array) -> None:
    """
    Replaces all elements of an array, which may be a view. `value` has its shape and dtype.

    Errors: `ValueError` for an array that is read-only; those of `assign`.
    """
    check_writable(array)
    storage = of(array)
    new = view_steps.write(storage.array, storage.shape, array.steps, ops.number(value))
    assign(storage, new)
    if not array.steps:
        array._value, array.scope, array.version = storage.value, storage.scope, storage.version


def touch(array: Array) -> None:
    """Notes a change of the known content of an array."""
    storage = of(array)
    storage.value = None
    storage.version += 1


def check_writable(array: Array) -> None:
    """Errors: `ValueError` for an array that is read-only; `TypeError` for a number."""
    if is_number(array):
        raise located(
            TypeError,
            f"a number of the dtype {array.dtype} does not support item assignment; a traced "
            "argument without dimensions is a number, and np.array(x) of letgrad.numpy makes an "
            "array of it",
        )
    if any(isinstance(step, Spread) for step in array.steps):
        raise located(ValueError, "assignment destination is read-only")
    if array.storage is not None and array.storage.refusal is not None:
        raise located(ValueError, array.storage.refusal)


def reshaped(base: Array, shape: Sequence[int]) -> Array:
    """The array in another shape: a view where NumPy gives a view, otherwise a copy."""
    sizes = tuple(shape)
    result = ops.reshape(base, sizes)
    if base.steps:
        storage = of(base)
        if view_steps.reshaped(view_steps.layout(storage.shape, base.steps), sizes) is None:
            return fresh(result)
    return view(base, result, Shape(sizes))
