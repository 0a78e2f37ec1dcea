"""
Functions of `import letgrad as lg` that write and run programs.

NumPy code is the input language: letgrad runs a function of arrays once, on traced arrays. This
module starts a trace (`trace`, `jit`), and compiles and runs what the trace gives.
"""

from __future__ import annotations

import functools
import itertools
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType, MethodType
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp, UnrealizedConversionCastOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import VerifyException

from ..dialects import arrays, own_types, types
from ..lowering import backends
from ..lowering.views.explain import Explanation, explaining
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.driver import collector_slowed
from ..passes.rewriting.remarks import Report, analysis, listening, wanted
from ..passes.rewriting.verifier_messages import reworded
from . import (
    frozen_values,
    ops,
    own_passes,
    plain_calls,
    pytree,
    saved_functions,
    static_arguments,
    tracing,
    unsigned,
)
from .array_views import storages
from .constants import DTYPES
from .control_flow.memory_budgets import Memory, bytes_in, fit
from .dims import Dim, SymbolicSpec
from .traced_functions import (
    Spec,
    Traced,
    inline,
    known_ints,
    refuse_writes,
    spec_of,
    trace_function,
)
from .tracing import Array
from .tracing import tracing as is_tracing
from .user_code import at_call, located

__all__ = [
    "apply",
    "eval_shape",
    "explain",
    "jit",
    "load",
    "profile",
    "pure",
    "remarks",
    "spec",
    "trace",
]


def spec(shape: int | Dim | Sequence[int | Dim] = (), dtype: Any = "f64") -> Any:
    """
    A shape and a dtype, which stand for an array when letgrad traces a function. The first size may
    be an `lg.Dim`, for `lg.symbolic`.

    `dtype` is one of "f16 bf16 f32 f64 c64 c128 i1 i8 i16 i32 i64 ui8 ui16 ui32 ui64" (so "i8" has
    8 bits, and "c64" is NumPy's complex64), or a NumPy dtype.
    Errors: `ValueError` for a negative size; `TypeError` for another dtype, or for an `lg.Dim` that
            is not the first size.
    """
    if isinstance(shape, int | Dim):
        given: tuple[Any, ...] = (shape,)
    elif isinstance(shape, np.integer | Sequence | np.ndarray) and not isinstance(shape, str):
        given = tuple(np.atleast_1d(shape)) if isinstance(shape, np.generic) else tuple(shape)
    else:
        raise located(TypeError, f"a shape is an int or a tuple of ints, not {shape!r}")
    for n in given:
        if isinstance(n, bool) or not isinstance(n, int | np.integer | Dim):
            raise located(TypeError, f"a shape is an int or a tuple of ints, not {shape!r}")
    dim = given[0] if given and isinstance(given[0], Dim) else None
    rest = given if dim is None else given[1:]
    if any(isinstance(n, Dim) for n in rest):
        raise located(TypeError, f"the shape {given} has an lg.Dim that is not its first size")
    sizes = tuple(int(n) for n in rest)
    if any(n < 0 for n in sizes):
        raise located(ValueError, f"the shape {sizes} has a negative size")
    if isinstance(dtype, str) and dtype in ("u1", "u2", "u4", "u8"):
        # NumPy counts bytes in these names, and letgrad counts bits in "i8" and "ui8".
        raise located(
            TypeError, f"dtype={dtype!r} may count bits or bytes; write 'ui…' or a NumPy dtype"
        )
    try:
        kind = DTYPES[dtype] if isinstance(dtype, str) and dtype in DTYPES else np.dtype(dtype)
    except TypeError as error:
        raise located(
            TypeError, f"dtype={dtype!r} is none of {', '.join(DTYPES)}, and no dtype of NumPy"
        ) from error
    tracing.ir_type(sizes, kind)
    return Spec(sizes, kind) if dim is None else SymbolicSpec(dim, sizes, kind)


def trace(fn: Callable[..., Any], *specs: Any, **kwargs: Any) -> ModuleOp:
    """
    Traces `fn` for arguments of these shapes and dtypes, and gives an MLIR module. The module has
    one function, which has the name of `fn`.

    `specs` are specs, example arrays or numbers, or tuples, lists, dicts, named tuples and data
    classes that contain these. Each array in `specs` becomes an argument of the MLIR function, in
    order. Each array that `fn` returns becomes a result, then each new array in lists, dicts and
    objects that are arguments, and then each argument that `fn` writes to, as it is at the end.
    Errors: `TypeError` that names the user's line, if letgrad cannot trace `fn`.
    """
    args, kwargs = known_ints(fn, specs, kwargs)
    _show_modules_in_notebooks()
    return trace_function(fn, args, kwargs, finals=True).module


def eval_shape(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """
    The shapes and dtypes of the results of `fn`, as specs in the containers of the results. letgrad
    traces `fn`, and computes nothing.

    `args` are as those of `trace`.

    Example:

        >>> lg.eval_shape(lambda x: {"y": x @ x.T}, lg.spec((3, 5), "f32"))
        {'y': spec((3, 3), float32)}
    """
    args, kwargs = known_ints(fn, args, kwargs)
    traced = trace_function(fn, args, kwargs)
    return traced.out_tree.unflatten(
        Spec(types.shape(t), arrays.dtype(types.element(t))) for t in traced.out_types
    )


ON_DEVICES: dict[str, Any] = {}
"""
For the name of a backend: the class of the calls whose arguments and results are arrays on devices
of the backend. `takes(leaves)` says whether such an array is among the arguments.
"""

FOREIGN: list[Any] = []
"""
The classes of the calls whose arguments and results are arrays of other libraries, on any backend.
`takes(leaves)` is as in `ON_DEVICES`.
"""


def _show_modules_in_notebooks() -> None:
    """Let a notebook show a module as lets, costs and a graph. The class of modules is xDSL's."""
    if "IPython" not in sys.modules:
        return
    shell = sys.modules["IPython"].get_ipython()
    formatter = getattr(shell, "display_formatter", None)
    html = formatter.formatters.get("text/html") if formatter is not None else None
    if html is not None and ModuleOp not in html.type_printers:
        from ..lowering.views import notebook  # only notebooks need it

        html.for_type(ModuleOp, notebook.html_of)


class Jitted:
    """
    A function that letgrad traces and compiles once for each structure, shapes and dtypes of its
    arguments; see `jit`.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        backend: str | None,
        options: dict[str, Any],
        memory: Memory = None,
        passes: own_passes.Passes | None = None,
        statics: static_arguments.Statics = static_arguments.NONE,
    ):
        functools.update_wrapper(self, fn, updated=())
        self.fn = fn
        self.memory = memory
        self.passes = own_passes.as_passes(passes)
        self.statics = statics.or_else(static_arguments.of(fn))
        """The arguments that are part of the structure."""
        self.keeps_ints: bool = getattr(fn, "keeps_ints", False)
        self.backend = backend
        self.options = dict(options)
        self.shardings = (
            self.options.pop("in_shardings", None), self.options.pop("out_shardings", None),
        )  # fmt: skip
        self.on_devices: Any = None
        self.foreign: dict[Any, Any] = {}
        """The calls on arrays of other libraries, by their class in `FOREIGN`."""
        self.traces: dict[Any, Traced] = {}
        self.numbers: dict[Any, dict[str, Any]] = {}
        """The global numbers that each trace contains as constants."""
        self.known: dict[Any, plain_calls.PlainCall] = {}
        """The calls with plain arguments, for each backend and types of arguments."""

    def __call__(self, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        compiler = getattr(sys.modules.get("torch"), "compiler", None)
        if compiler is not None and compiler.is_compiling():
            # `torch.compile` would follow the call into letgrad's own compiler.
            return compiler.disable(self.__call__)(*args, out=out, **kwargs)
        if is_tracing():
            refuse_out(out)
            return self._while_tracing(args, kwargs)
        if self.keeps_ints or self.statics:
            args, kwargs = known_ints(self, args, kwargs)
        # A call with plain arguments takes microseconds.
        leaves: list[Any] = []
        specs = [plain_calls.spec(x, leaves) for x in args]
        if kwargs:
            specs += [tuple(kwargs), *[plain_calls.spec(x, leaves) for x in kwargs.values()]]
        key = None if None in specs else (self.backend or backends.default, len(args), *specs)
        call = None if key is None else self.known.get(key)
        if call is not None and out is None and not wanted():
            if call.in_order is not None:
                leaves = call.in_order(leaves)
            if call.is_alone:
                return call.compiled(leaves)[0]
            if call.written:
                return call.tree.unflatten(_write_back(call.written, leaves, call.compiled))
            return call.tree.unflatten(call.compiled(leaves))
        if key is None or call is not None:
            return self._called(args, kwargs, key, out)
        # Trace, compilation and the first run are one stretch in which the collector runs seldom:
        # what they make stays for the most part, and it would look at all of it again and again.
        with collector_slowed():
            return self._called(args, kwargs, key, out)

    def _called(self, args: tuple, kwargs: dict[str, Any], key: Any, out: Any) -> Any:
        """The results of a call, of which `known` has no compiled function."""
        leaves, tree = pytree.flatten((args, kwargs), pytree.with_attributes)
        kind = ON_DEVICES.get(self.backend or backends.default)
        if self.shardings != (None, None) or (kind is not None and kind.takes(leaves)):
            if kind is None:
                raise located(
                    TypeError,
                    "in_shardings and out_shardings need the backend 'xla', and not "
                    f"{self.backend or backends.default!r}",
                )
            self.on_devices = self.on_devices or kind()
            return self.on_devices(self, args, kwargs, out)
        for door in FOREIGN:
            if door.takes(leaves):
                call = self.foreign.get(door) or self.foreign.setdefault(door, door())
                return call(self, leaves, tree, out)
        traced = self._traced(args, kwargs, leaves, tree)
        while traced.containers is not None and traced.containers.adds:
            # The caller's objects may have attributes of which letgrad did not know.
            leaves, now = pytree.flatten((args, kwargs), pytree.with_attributes)
            if now.key == tree.key:
                break
            tree = now
            traced = self._traced(args, kwargs, leaves, tree)
        for k in traced.rebound:
            if isinstance(leaves[k], np.ndarray):
                raise located(
                    TypeError,
                    f"the function changes argument {k} by an in-place operator, and letgrad takes "
                    "an argument without dimensions for a number, so the caller's array would not "
                    "change; pass x[()], or an array of the shape (1,)",
                )
        writes = traced.containers
        containers = None if writes is None else writes.targets((args, kwargs))
        count = traced.out_tree.size
        targets: Any = targets_of(out, traced.out_tree, traced.out_types[:count])
        if targets is not None:
            targets = [*targets, *[None] * (len(traced.out_types) - count)]
        if traced.written:
            results = _write_back(
                traced.written,
                leaves,
                lambda xs: run(traced, xs, self.backend, self.options, targets),
            )
        else:
            results = run(traced, leaves, self.backend, self.options, targets)
        if writes is not None and containers is not None:
            result = writes.put(containers, leaves, results, traced.out_tree)
            return result if out is None else out
        is_new = key is not None and key not in self.known
        if is_new and not traced.rebound and plain_calls.are_native(leaves):
            compiled = compiled_for(traced, self.backend, self.options)
            self.known[key] = plain_calls.PlainCall.of(
                compiled, traced.out_tree, traced.written, args, kwargs
            )
        return traced.out_tree.unflatten(results) if out is None else out

    def _repr_html_(self) -> str:
        """All traces so far, in notebooks."""
        if not self.traces:
            name = getattr(self.fn, "__name__", "function")
            return f"<p>lg.jit of <b>{name}</b>, which nobody has called yet</p>"
        return "\n".join(traced._repr_html_() for traced in self.traces.values())

    def of(self, fn: Callable[..., Any]) -> Jitted:
        """Another function, compiled as this one."""
        new = Jitted(fn, self.backend, self.options, self.memory, self.passes, self.statics)
        new.shardings = self.shardings
        return new

    @property
    def is_shareable(self) -> bool:
        """Whether the function behaves as the Python function does, but for its speed."""
        return not self.passes

    def share_key(self) -> object:
        return self.statics

    def _while_tracing(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """
        The results during the trace of another function. Passes of its own see this function alone,
        before the other function is differentiated.
        """
        if not self.passes:
            return self.fn(*args, **kwargs)
        args, kwargs = known_ints(self, args, kwargs)
        leaves, _ = pytree.flatten((args, kwargs))
        traced = own_passes.applied(self.passes, trace_function(self.fn, args, kwargs))
        refuse_writes(traced, "lg.jit with passes=, called by another traced function,")
        return traced.out_tree.unflatten(inline(traced, [ops.lift(x) for x in leaves]))

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind the function as a method of a class: the instance becomes the first argument."""
        return self if instance is None else MethodType(self, instance)

    def _traced(
        self, args: tuple, kwargs: dict[str, Any], leaves: list[Any], tree: pytree.Tree
    ) -> Traced:
        specs = tuple(spec_of(leaf) for leaf in leaves)
        key = tree.key, specs
        if key not in self.traces:
            make = functools.partial(trace_function, self.fn, args, kwargs, finals=True)
            traced = make() if self.memory is None else fit(make, self.memory)
            self.traces[key] = own_passes.applied(self.passes, traced)
            self.numbers[key] = frozen_values.global_numbers(self.fn)
        elif wanted():
            for text in frozen_values.changed_numbers(self.fn, self.numbers[key]):
                analysis("trace", "frozen-number", self.traces[key].function, text)
        return self.traces[key]

    def traced(self, *args: Any, **kwargs: Any) -> Traced:
        """The traced function for arguments with these structures, shapes and dtypes."""
        args, kwargs = known_ints(self, args, kwargs)
        leaves, tree = pytree.flatten((args, kwargs), pytree.with_attributes)
        return self._traced(args, kwargs, leaves, tree)

    def save(self, path: str | os.PathLike[str], *specs: Any, **kwargs: Any) -> None:
        """
        Save the programs of this function in a file, which `lg.load` reads.

            f.save("f.mlir", lg.spec((3, 4)))      the program for arguments of these types
            f.save("f.mlir")                       those for all arguments of the calls so far

        Errors: `LetgradError` without a program, for an argument that a file cannot hold (such as a
        function), and if the file cannot be written.
        """
        if not isinstance(path, str | os.PathLike):
            raise located(TypeError, f"save takes the path of a file, not {path!r}")
        with at_call():
            saved_functions.write(path, self._saved(specs, kwargs))

    def _saved(self, specs: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """The text of a file."""
        traces = self.traces
        if specs or kwargs:
            args, kwargs = known_ints(self, specs, kwargs)
            leaves, tree = pytree.flatten((args, kwargs), pytree.with_attributes)
            key = tree.key, tuple(spec_of(leaf) for leaf in leaves)
            traces = {key: self._traced(args, kwargs, leaves, tree)}
        name = getattr(self, "__name__", "function")
        if not traces:
            raise LetgradError(
                f"{name} was not called yet, so it has no program to save; give the types of its "
                "arguments"
            )
        statics = self.statics.numbers, self.statics.names
        return saved_functions.written(
            traces, name, self.backend, self.options, self.keeps_ints, statics
        )

    def __reduce__(self) -> Any:
        """
        For `pickle`: the name of a function of a module, or the function that this one compiles, or
        else the programs of the calls so far.
        """
        name = getattr(self, "__qualname__", "")
        found: Any = sys.modules.get(self.__module__)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is self:
            return name
        made_of = (
            self.fn, self.backend, self.options, self.memory, self.passes, self.statics,
            self.shardings,
        )  # fmt: skip
        try:
            pickle.dumps(made_of)
        except Exception:
            return _loads, (self._saved((), {}),)
        return _rebuilt, made_of


class Loaded(Jitted):
    """A function out of a file. It has programs for some arguments, and makes no others."""

    def __init__(self, text: str, where: str):
        head, traces = saved_functions.parsed_file(text, where)
        statics = static_arguments.Statics(*(tuple(each) for each in head["statics"]))
        super().__init__(self._inlined, head["backend"], head["options"], statics=statics)
        self.__name__ = self.__qualname__ = head["name"]
        self.keeps_ints = head["keeps_ints"]
        self.traces = dict(traces)
        self.unordered: dict[Any, list[Traced]] = {}
        """
        The traces for dicts of the same keys. A single one takes these dicts in any order, and of
        any class: most functions do not ask for it.
        """
        for (tree, _), specs in traces:
            key = pytree.without_order(tree).key, specs
            self.unordered.setdefault(key, []).append(traces[tree.key, specs])
        self.text = text
        for traced in traces.values():
            assert isinstance(traced, saved_functions.SavedTrace)
            if not traced.find_kept(self.backend or backends.default, self.options):
                _ = traced.module  # for its errors, now

    def _inlined(self, *args: Any, **kwargs: Any) -> Any:
        """The function in the trace of another one."""
        return call(self.traced(*args, **kwargs), *args, **kwargs)

    def _traced(
        self, args: tuple, kwargs: dict[str, Any], leaves: list[Any], tree: pytree.Tree
    ) -> Traced:
        specs = tuple(spec_of(leaf) for leaf in leaves)
        if (found := self.traces.get((tree.key, specs))) is not None:
            return found
        alike = self.unordered.get((pytree.without_order(tree).key, specs), ())
        if len(alike) == 1:
            return alike[0]
        have = "; ".join(saved_functions.described(t, given) for (t, _), given in self.traces)
        of = "several orders of these dicts, and not this one" if alike else "other arguments"
        raise located(
            TypeError,
            f"{self.__name__} was loaded with programs for {of}: it was given "
            f"{saved_functions.described(tree, specs)}, and has {have}",
        )

    def __reduce__(self) -> Any:
        return _loads, (self.text,)


def _loads(text: str) -> Loaded:
    return Loaded(text, "the pickle")


def _rebuilt(
    fn: Callable[..., Any],
    backend: str | None,
    options: dict[str, Any],
    memory: Memory,
    passes: tuple[ModulePass, ...],
    statics: static_arguments.Statics,
    shardings: tuple[Any, Any],
) -> Jitted:
    made = Jitted(fn, backend, options, memory, passes, statics)
    made.shardings = shardings
    return made


def load(path: str | os.PathLike[str]) -> Loaded:
    """
    The function in a file that `save` of an `lg.jit` function wrote.

        lg.jit(loss).save("loss.mlir", p, x)
        loss = lg.load("loss.mlir")

    The result is a function of `lg.jit` for the arguments whose programs are in the file. You can
    call, trace and differentiate the function. A file holds MLIR text and no code of Python. If an
    argument is a named tuple or a data class, import its module before.
    Errors: `LetgradError` for a file that cannot be read, is damaged, is none that letgrad saved,
            or comes from a newer letgrad; `TypeError` for a call with other arguments.
    """
    if not isinstance(path, str | os.PathLike):
        raise located(TypeError, f"lg.load takes the path of a file, not {path!r}")
    with at_call():
        return Loaded(saved_functions.read(path), str(path))


def _write_back(
    written: Sequence[int], leaves: Sequence[Any], compute: Callable[[Any], Sequence[Any]]
) -> Sequence[Any]:
    """
    The results of a function that writes to its arguments at `written`. The last values that
    `compute` gives become the contents of these arguments.

    Errors: `ValueError` for an argument that is read-only, or that shares memory with another one:
            the program would not see its own writes there.
    """
    # Of an array in another byte order, `asarray` is a copy.
    arrays_ = [x if isinstance(x, np.ndarray) else arrays.asarray(x) for x in leaves]
    for k in written:
        target = arrays_[k]
        if not (isinstance(leaves[k], np.ndarray) or hasattr(leaves[k], "__dlpack__")):
            raise located(
                TypeError,
                f"the function writes to argument {k}, which is no array but a "
                f"{type(leaves[k]).__name__}",
            )
        if not target.flags.writeable:
            raise located(ValueError, f"the function writes to argument {k}, which is read-only")
        for j, other in enumerate(arrays_):
            if j != k and np.may_share_memory(target, other) and np.shares_memory(target, other):
                raise located(
                    ValueError,
                    f"the function writes to argument {k}, which shares memory with argument {j}; "
                    "pass a copy of one of them",
                )
    results = compute(leaves)
    count = len(results) - len(written)
    for k, value in zip(written, results[count:]):
        np.copyto(arrays_[k], value)
    return results[:count]


def apply(make: Callable[..., Operation], *operands: Any) -> Any:
    """
    Applies an op of any dialect to arrays, and gives its result, or a tuple of several results. A
    package uses `apply` to turn its ops into functions that traced code can call.

        def erfc(x):
            return lg.apply(ErfcOp, x)

    `make` takes SSA values and gives the op. It is the class of the op, or a function that also
    gives properties to the op. While letgrad traces a function, `apply` adds the op to the traced
    function. If the module that calls `apply` contains `__letgrad_library__ = True`, the op gets
    the line of that module's caller. Outside of a trace, the `evaluate` rule of the op computes the
    result at once.
    An operand may be an instance of a class that `letgrad.extend.stored_as` names: then the op
    takes a value of the type of the instance, and a result of such a type is an instance.
    Errors: `ValueError`, at the user's line, if the verifier of the op refuses the operands.
    """
    if is_tracing():
        return _applied(make, operands)
    leaves, tree = pytree.flatten(operands)
    leaves = [np.asarray(ops.as_operand(x)) for x in leaves]
    traced = trace_function(lambda *xs: _applied(make, tree.unflatten(xs)), tuple(leaves), {})
    results = compiled_for(traced, "numpy", {})(*leaves)
    return traced.out_tree.unflatten(results)


def _operand(x: Any) -> SSAValue:
    """The value of an operand of `apply`."""
    storage = own_types.storage_of_value(x)
    if storage is None or storage.type_of is None:
        return tracing.use(ops.lift(x))
    parts = [tracing.use(ops.lift(part)) for part in pytree.flatten(x)[0]]
    kind = storage.type_of(*(part.type for part in parts))
    return tracing.add(UnrealizedConversionCastOp.get(parts, [kind])).results[0]


def _result(value: SSAValue) -> Any:
    """What `apply` gives for a result of an op."""
    storage = own_types.storage_with_value(value.type)
    if storage is None or storage.value is None:
        return Array.of(value, tracing.current())
    cast = UnrealizedConversionCastOp.get([value], own_types.parts_of(value.type))
    parts = tracing.add(cast).results
    return storage.value(*(Array.of(part, tracing.current()) for part in parts))


def _said(op: Any, error: VerifyException) -> str:
    return reworded(op, str(error)) if isinstance(op, Operation) else str(error)


def _applied(make: Callable[..., Operation], operands: Sequence[Any]) -> Any:
    op = None
    try:
        op = make(*map(_operand, operands))
        if not isinstance(op, Operation):
            raise located(TypeError, f"lg.apply needs a function that makes an op, not {op!r}")
        op.verify()
    except VerifyException as error:
        raise located(ValueError, _said(op, error)) from error
    tracing.add(op)
    results = tuple(map(_result, op.results))
    return results[0] if len(results) == 1 else results


def jit(
    fn: Callable[..., Any] | None = None,
    *,
    backend: str | None = None,
    memory: Memory = None,
    passes: own_passes.Passes | None = None,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
    **options: Any,
) -> Any:
    """
    A compiled version of `fn`. A call traces and compiles `fn` for each new structure, shapes and
    dtypes of its arguments, and then runs the program on `backend`.

    A call takes NumPy arrays and scalars of any layout, and objects that NumPy reads without a copy
    (buffers, `__array_interface__`). Nested tuples, lists, dicts, named tuples and data classes may
    contain these. A call gives NumPy arrays. If an argument is a tensor of PyTorch, or an array of
    another library that has DLPack's protocol, the call gives such arrays. They share the memory of
    letgrad's results, and tensors on a GPU stay there (docs/pytorch.md). Strings, functions and
    other values that are no data are part of the structure. While letgrad traces another function,
    a call just calls `fn`.
    `backend` is "cpu", "numpy", "triton", "xla", or a name that a package registered with
    `letgrad.extend.register_backend`; None chooses the default backend. letgrad passes `options` to
    the backend. The backend "cpu" has the option `strict=True`: it adds the elements of a sum one
    after the other, in row-major order.
    With `memory`, a number of bytes or text as "64MiB", the loops whose gradients `fn` takes keep
    only as many states as fit, and compute the others again; docs/loops.md says more. Inside of
    another trace the budget does not count: the outer program has one of its own.
    The backend "xla" takes arrays of JAX where they are, and then gives such arrays. It has the
    options `in_shardings` and `out_shardings`: for each argument, or for each result, how it is cut
    over the devices of an `lg.mesh`. Then each call gives arrays of JAX.
    `jit` is also a decorator, `@lg.jit`, or `@lg.jit(backend=…)`.

    The arguments that `static_argnums` and `static_argnames` name stay Python values. `fn` may use
    them in conditions and as sizes, and each new value has a trace of its own. They need a hash.

    `passes` are passes of your own: the text of a pipeline, or a list of xDSL's `ModulePass`es.
    They run on the traced function before the backend compiles it. So in
    `lg.jit(lg.grad(f), passes=…)` they see the derivative, and in `lg.grad(lg.jit(f, passes=…))`
    they see `f`, before the differentiation.

    If `fn` writes to an argument (`x[0] = 1`, `x += y`), the call writes to the caller's array. If
    `fn` changes a list, a dict or a data class, the call changes the caller's (docs/writes.md).

    A call also takes `out=`: the structure of the results, with a contiguous array of the right
    shape and dtype for each result. The call writes the results into these arrays, and returns
    `out`. The arrays of `out` may share memory with arguments, because the program reads the
    arguments first.
    Errors: `ValueError` or `TypeError`, if `out` does not fit the results; `ValueError`, if the
            program cannot fit in `memory`.
    """
    if memory is not None:
        bytes_in(memory)
    if fn is None:
        return functools.partial(
            jit,
            backend=backend,
            memory=memory,
            passes=passes,
            static_argnums=static_argnums,
            static_argnames=static_argnames,
            **options,
        )
    if not callable(fn):
        raise located(TypeError, f"lg.jit compiles functions, and {fn!r} is none")
    statics = static_arguments.Statics.named(fn, static_argnums, static_argnames)
    return Jitted(fn, backend, options, memory, passes, statics)


def pure(fn: Callable[..., Any]) -> Callable[..., Any]:
    """
    A function that gives `(result, arguments)`: the result of `fn`, and the tuple of its arguments
    as they are after the call. It leaves the caller's arrays alone.

        def scale(x):
            x *= 2

        lg.jvp(lg.pure(scale), (x,), (dx,))        the derivative of what `scale` writes

    `grad`, `vjp`, `jvp` and the other derivatives differentiate the result of a function. With
    `pure`, they differentiate also what the function writes to its arguments.
    """

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        leaves, tree = pytree.flatten((args, kwargs))
        copies = [_own_copy(x) for x in leaves]
        positional, keywords = tree.unflatten(copies)
        if is_tracing():
            tracing.current().root.writes_back = True
        return fn(*positional, **keywords), tuple(positional)

    return wrapper


def _own_copy(x: Any) -> Any:
    """A copy of an array, to which a function may write. During a trace it takes traced values."""
    if isinstance(x, np.ndarray) and is_tracing() and x.dtype.kind in "fiubc":
        return storages.holding(x.copy())
    return np.copy(x) if isinstance(x, Array | np.ndarray) else x


def refuse_out(out: Any) -> None:
    """Errors: `TypeError` for `out=` during a trace, because a trace computes no numbers."""
    if out is not None:
        raise located(
            TypeError, "out= takes arrays, and letgrad cannot write a traced value into an array"
        )


def targets_of(
    out: Any,
    tree: pytree.Tree,
    kinds: Sequence[Attribute],
    paths: Sequence[str] | None = None,
) -> list[np.ndarray] | None:
    """
    The arrays in `out` as NumPy arrays, one for each result of this structure and these types; None
    if `out` is None. `paths` names the place of each result for messages; None takes the places
    from the structure.

    Errors: `TypeError` for another structure or dtype, or for a value that is no array;
            `ValueError` for another shape, an array that is not contiguous or is read-only, or two
            arrays that share memory.
    """
    if out is None:
        return None
    leaves, given = pytree.flatten(out)
    if (difference := tree.difference(given)) is not None:
        raise located(TypeError, f"out has another structure than the results: {difference}")
    targets: list[np.ndarray] = []
    paths = tree.paths() if paths is None else paths
    for leaf, kind, path in zip(leaves, kinds, paths, strict=True):
        shape, dtype = types.shape(kind), arrays.dtype(kind)
        if not isinstance(leaf, np.ndarray) and not hasattr(leaf, "__dlpack__"):
            raise located(TypeError, f"out{path} must be an array, not {type(leaf).__name__}")
        array = arrays.asarray(leaf)
        # Of an array in another byte order, `asarray` is a copy.
        own = leaf.dtype if isinstance(leaf, np.ndarray) else array.dtype
        if own != dtype:
            raise located(TypeError, f"out{path} has dtype {own}, and the result has {dtype}")
        if array.shape != shape:
            raise located(
                ValueError, f"out{path} has shape {array.shape}, and the result has {shape}"
            )
        if not array.flags.c_contiguous or not array.flags.aligned:
            raise located(ValueError, f"out{path} is not contiguous, or not aligned")
        if not array.flags.writeable:
            raise located(ValueError, f"out{path} is read-only")
        targets.append(array)
    ends = sorted((*np.lib.array_utils.byte_bounds(x), k) for k, x in enumerate(targets) if x.size)
    for (_, end, j), (begin, _, k) in itertools.pairwise(ends):
        if begin < end:
            raise located(ValueError, f"out{paths[j]} and out{paths[k]} share memory")
    return targets


def compiled_for(
    traced: Traced, backend: str | None, options: Mapping[str, Any]
) -> backends.Compiled:
    """The traced function, compiled for a backend at the first request and kept for later."""
    name = backends.chosen(backend)
    if backend is None and name == backends.REFERENCE != backends.default:
        options = {}  # those of the backend that is not there
    key = name, *sorted(options.items())
    if key not in traced.compiled:
        with at_call():
            compiled = backends.compile(name, traced.module, traced.entry, **options)
        if any(map(unsigned.is_unsigned, (*traced.in_types, *traced.out_types))):
            compiled = unsigned.ReadingSigns(compiled, traced.in_types, traced.out_types)
        traced.compiled[key] = compiled
    return traced.compiled[key]


def run(
    traced: Traced,
    leaves: Sequence[Any],
    backend: str | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
    out: Sequence[np.ndarray | None] | None = None,
) -> tuple[Any, ...]:
    """
    The results of a traced function on the leaves of its arguments (arrays and numbers). letgrad
    compiles the function once for each backend and its options. If `out` has arrays, the results
    are written there.

    Errors: `TypeError` for a function that captured values of another trace.
    """
    if traced.captures:
        raise located(
            TypeError,
            f"@{traced.entry} uses traced values of another function, so @{traced.entry} can "
            "only run inside of that function",
        )
    compiled = compiled_for(traced, backend, options)
    return compiled(*leaves) if out is None else backends.into(compiled, leaves, out)


def profile(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """
    Measures the time of each step of `fn(*args, **kwargs)`. The result is an object whose `rows`
    are the steps of the compiled function. The object prints as a table.

    A row has the time of the step (a median over calls), the bytes and flops, and the bytes and
    flops per second. It compares these rates with the rates of the machine (for a large copy and
    for a large matrix product). It also has the lines of your file that the step came from. `fn` is
    a Python function, or a result of `lg.jit`; `profile` then uses the backend of that `lg.jit`.
    Errors: `LetgradError` for a backend that has no profile.
    """
    jitted = fn if isinstance(fn, Jitted) else Jitted(fn, None, {})
    args, kwargs = known_ints(jitted, args, kwargs)
    leaves, tree = pytree.flatten((args, kwargs), pytree.with_attributes)
    traced = jitted._traced(args, kwargs, leaves, tree)
    compiled = compiled_for(traced, jitted.backend, jitted.options)
    return backends.profile(backends.chosen(jitted.backend), compiled, leaves)


@contextmanager
def remarks() -> Iterator[Report]:
    """
    Collects the optimization remarks of all programs that letgrad compiles inside of the `with`.

        with lg.remarks() as found:
            lg.jit(f)(x)
        print(*found, sep="\\n")

    Each remark has `pass_name`, `kind` ("passed", "missed", "analysis"), `rule` and `text`. A
    remark prints with the line of your file. Passes run several times over a program. The sequence
    has each remark once. Remarks of the kinds "missed" and "analysis" come from the last run of
    their pass. letgrad does not compile a program twice, and a program that was compiled before
    gives no remarks: use a new `lg.jit`.
    """
    report = Report()
    with listening(report):
        yield report


def explain(fn: Callable[..., Any], *args: Any, backend: str | None = None) -> Explanation:
    """
    Makes a page that shows how the compiler changes `fn(*args)`: the program before and after each
    pass.

        lg.explain(lg.value_and_grad(loss), p, x, y).save("loss.html")

    `explain` traces, differentiates, compiles and calls `fn` as `jit` does. The result has `html`
    and `save(path)`. A notebook shows the result.
    """
    with explaining(getattr(fn, "__name__", "program")) as explanation:
        jit(fn, backend=backend)(*args)
    return explanation


def call(traced: Traced, *args: Any, **kwargs: Any) -> Any:
    """
    Calls a traced function on arguments of the structure that it was traced for. During a trace,
    the call is inlined. Otherwise the function runs.

    Errors: `TypeError` for arguments of another structure, shapes or dtypes.
    """
    leaves, tree = pytree.flatten((args, kwargs))
    if (difference := traced.in_tree.difference(tree)) is not None:
        raise located(TypeError, f"@{traced.entry} was traced for other arguments: {difference}")
    if is_tracing():
        results = inline(traced, [ops.lift(leaf) for leaf in leaves])
        for k, value in zip(traced.written, results[traced.out_tree.size :]):
            _write_traced(leaves[k], value, k)
        return traced.out_tree.unflatten(results[: traced.out_tree.size])
    return traced.out_tree.unflatten(run(traced, leaves))


def _write_traced(target: Any, value: Array, k: int) -> None:
    """Errors: `TypeError` for an array that holds numbers only."""
    if not isinstance(target, Array):
        raise located(
            TypeError,
            f"the function writes to argument {k}, a {type(target).__name__}, which cannot hold a "
            "traced value; write `import letgrad.numpy as np`, whose arrays can",
        )
    target[...] = value


def here(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: outside of a trace, a call traces the function and runs it at once."""

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if is_tracing():
            return fn(*args, **kwargs)
        traced = trace_function(lambda: fn(*args, **kwargs), (), name=fn.__name__)
        return traced.out_tree.unflatten(run(traced, ()))

    return wrapper
