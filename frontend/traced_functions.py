"""
Traced functions: how a Python function becomes a function of the IR, and how such functions
combine.

`trace_function` runs a Python function once on stand-ins for arrays. `inline` writes the body of a
traced function into another function that is being traced. `add_functions` puts a traced function
beside that other function.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    FileLineColLoc,
    IntAttr,
    LocationAttr,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter

from ..dialects import arrays, delta, ten, types
from ..dialects.ten import scans, whiles
from ..dialects.walking import forget_uses_outside, ops_in
from ..lowering import backends
from ..passes.rewriting import locations
from ..passes.rewriting.driver import collector_slowed, run_passes
from ..passes.rewriting.settings import Setting
from ..passes.rolling.roll_loops import RollLoopsPass
from ..passes.simplify.order_calls import order_calls
from . import container_writes, frozen_values, ops, pytree, static_arguments, unsigned
from .refusals import check_class, refusal_behind
from .tracing import (
    Array,
    Number,
    Scope,
    add,
    constant,
    current,
    index_type,
    ir_type,
    location,
    tracing,
    use,
    within,
)
from .user_code import located

ROLL = Setting(
    "LETGRAD_ROLL", "1", "0 leaves the turns of Python loops as they are; 1 makes loops of them."
)


@dataclass(frozen=True)
class Spec:
    """A shape and a dtype, in place of an array."""

    shape: tuple[int, ...]
    dtype: np.dtype
    is_weak: bool = False
    """Whether this is a Python float, beside which the other operands decide the dtype."""

    def __repr__(self) -> str:
        return f"spec({self.shape}, {self.dtype})"


pytree.LEAVES.add(Spec)


def spec_of(leaf: Any) -> Spec:
    """
    The shape and dtype of an array, a number or a spec.

    Errors: `TypeError` for a value that is no array, or for an array with a dtype that letgrad does
    not support.
    """
    if isinstance(leaf, Spec):
        return leaf
    if isinstance(leaf, Array):
        return Spec(leaf.shape, leaf.dtype)
    check_class(leaf)
    array = arrays.asarray(leaf)
    if type(leaf) is int and array.dtype not in (np.int64, np.int32):
        raise located(
            TypeError,
            f"the int {leaf} is beyond the 64 bits of int64; pass it as np.uint64 or as a float, "
            "or split it",
        )
    if array.dtype == object and not isinstance(leaf, np.ndarray):
        raise located(
            TypeError,
            f"{type(leaf).__name__} is neither an array nor a container of arrays; letgrad takes "
            "tuples, named tuples, lists, dicts and data classes as containers",
        )
    ir_type(array.shape, array.dtype)
    return Spec(array.shape, array.dtype, isinstance(leaf, pytree.WeakFloat))


@dataclass(frozen=True, eq=False)
class Traced:
    """
    A function as IR, and the structures of its arguments and results.

    `@entry` of `module` takes the leaves of (args, kwargs), then the values of `captures`. Captures
    are traced arrays of a function around this one. Only a function that was traced inside of
    another trace has captures.
    """

    module: ModuleOp
    entry: str
    in_tree: pytree.Tree
    out_tree: pytree.Tree
    in_types: tuple[Attribute, ...]
    out_types: tuple[Attribute, ...]
    captures: tuple[Array, ...] = ()
    written: tuple[int, ...] = ()
    """The positions of the arguments' leaves that the function writes to."""
    rebound: tuple[int, ...] = ()
    """The positions of numbers that an in-place operator gave a new value, in the function only."""
    containers: container_writes.ContainerWrites | None = None
    """What the function changes in lists, dicts and objects that are arguments."""
    compiled: dict[Any, Callable[..., tuple[Any, ...]]] = field(default_factory=dict)
    """The compiled function for each backend and its options."""

    def _repr_html_(self) -> str:
        """The traced function in notebooks: lets, shapes, costs and the sharing graph."""
        from ..lowering.views import notebook  # only notebooks need it

        return notebook.html_of(self.module)

    @property
    def function(self) -> func.FuncOp:
        return functions_of(self.module)[self.entry]


def functions_of(module: ModuleOp) -> dict[str, func.FuncOp]:
    return {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}


def function_name(fn: Callable[..., Any]) -> str:
    """A name for the traced function: the identifier characters of the Python function's name."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    name = getattr(fn, "__name__", type(fn).__name__)
    return re.sub(r"\W", "", name) or "function"


def known_ints(
    fn: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """
    The arguments of a function. For an `@lg.program`, the arguments that are Python ints and bools
    stay known: they count turns, they are sizes, and they choose between variants. Python floats
    stay weak, so that `x * dt` has the dtype of x. The static arguments of the function stay Python
    values.
    """
    if statics := static_arguments.of(fn):
        args, kwargs = statics.wrapped(args, kwargs)
    if not getattr(fn, "keeps_ints", False):
        return tuple(args), kwargs
    kinds = {int: pytree.Known, bool: pytree.KnownBool, float: pytree.WeakFloat}
    known = lambda x: kinds[type(x)](x) if type(x) in kinds else x  # noqa: E731
    return tuple(map(known, args)), {name: known(x) for name, x in kwargs.items()}


def _argument_names(
    fn: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], tree: pytree.Tree
) -> list[str]:
    """
    A name for each leaf of (args, kwargs): the name of the parameter and the path to the leaf.
    """
    names = [f"arg{i}" for i in range(len(args))]
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for i, p in enumerate(parameters[: len(args)]):
        if p.kind is p.VAR_POSITIONAL:
            names[i:] = [f"{p.name}{k}" for k in range(len(args) - i)]
            break
        names[i] = p.name
    result = []
    for path in tree.paths():
        outer, number, rest = re.fullmatch(r"\[(.)\]\[(.*?)\](.*)", path).groups()  # type: ignore[union-attr]
        name = names[int(number)] if outer == "0" else number
        # Numbers get no underscore: xDSL takes `_0` for its own suffix, and drops the suffix.
        result.append(
            "".join(
                part if part.isdigit() else f"_{part}"
                for part in re.findall(r"\w+", f"{name} {rest}")
            )[1:]
        )
    return result


def trace_function(
    fn: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any] | None = None,
    name: str | None = None,
    finals: bool = False,
) -> Traced:
    """
    Runs `fn` once on stand-ins for `args` and `kwargs` (specs, arrays, numbers, traced arrays,
    containers of these). Gives the operations of this run as one function `@name` in a new module.
    With `finals`, the results behind those of `out_tree` are the new arrays in lists, dicts and
    objects that are arguments, and then the arguments that `fn` wrote to, as they are at the end.

    Errors: `TypeError` for arguments or results that are no arrays; `TypeError` for random numbers
            that `fn` draws, because they would become constants; and any error of `fn`.
    """
    if not callable(fn):
        raise located(TypeError, f"letgrad traces functions, and {fn!r} is none")
    kwargs = dict(kwargs or {})
    # A function whose changes nobody sees is traced for the fields of data classes.
    is_object = pytree.with_attributes if finals else pytree._never
    leaves, in_tree = pytree.flatten((tuple(args), kwargs), is_object)
    specs = [spec_of(leaf) for leaf in leaves]
    where = _place_of(fn)
    outer = current() if tracing() else None
    scope = Scope(Block(arg_types=[ir_type(s.shape, s.dtype) for s in specs]), outer)
    entry = function_name(fn) if name is None else name
    scope.functions[entry] = None
    scope.writes_back = finals
    for argument, hint in zip(scope.block.args, _argument_names(fn, args, kwargs, in_tree)):
        argument.location = where
        argument.name_hint = hint if SSAValue.is_valid_name(hint) else None
    stand_ins = [Array(v, s.shape, s.dtype, scope) for v, s in zip(scope.block.args, specs)]
    stand_ins = [Number(x, float) if s.is_weak else x for x, s in zip(stand_ins, specs)]
    # The outermost trace watches all generators, so an inner trace does not.
    before = frozen_values.states(fn) if outer is None else []
    try:
        with within(scope), collector_slowed():
            results, out_tree, containers = _run(fn, in_tree, stand_ins, finals)
            paths = out_tree.paths()
            values = [use(as_result(r, path)) for r, path in zip(results, paths)]
            written = tuple(
                k
                for k, (x, argument) in enumerate(zip(stand_ins, scope.block.args))
                if x.value is not argument
            )
            rebound = tuple(
                k for k, argument in enumerate(scope.block.args) if argument in scope.rebound
            )
            if finals:
                _refuse_new_shapes(written, stand_ins, specs)
                values += [use(as_result(r)) for r in results[out_tree.size :]]
                values += [use(stand_ins[k]) for k in written]
            scope.block.add_op(func.ReturnOp(*values))
            scope.block.last_op.location = where  # type: ignore[union-attr]
    finally:
        scope.open = False
    frozen_values.refuse_draws(before)
    in_types = tuple(argument.type for argument in scope.block.args)
    out_types = tuple(value.type for value in values)
    function = func.FuncOp(entry, (in_types, out_types), Region(scope.block))
    forget_uses_outside(function)
    _drop_unread_flags(function, scope.staying)
    function.location = where
    order_calls(function)
    if scope.has_unsigned:
        unsigned.erase_signs(function)
    captures = tuple(outside for outside, _ in scope.captures.values())
    others = [f for f in scope.functions.values() if f is not None]
    module = ModuleOp([function, *others])
    if ROLL.get() != "0" and is_long(function):
        run_passes(backends.context(), module, (RollLoopsPass(),))
    return Traced(
        module,
        entry,
        in_tree,
        out_tree,
        in_types,
        out_types,
        captures,
        written,
        rebound,
        containers,
    )


def _refuse_new_shapes(
    written: Sequence[int], stand_ins: Sequence[Any], specs: Sequence[Spec]
) -> None:
    """Errors: `TypeError` for an argument that has another shape at the end of the function."""
    for k in written:
        if stand_ins[k].shape != specs[k].shape:
            raise located(
                TypeError,
                f"the function gives argument {k} the shape {stand_ins[k].shape} in the place of "
                f"{specs[k].shape}, and the caller's array keeps its shape; reshape a copy",
            )


def _drop_unread_flags(function: func.FuncOp, loops: Sequence[Operation]) -> None:
    """
    Loops carry whether variables are still the arrays from before them. Only later writes ask this:
    without one, the loop is as if nobody had asked. The loops around stand behind those inside.
    """
    for op in reversed(loops):
        if function.is_ancestor(op):
            rewriter = PatternRewriter(op)
            scans.ScanWithDeadParts().match_and_rewrite(op, rewriter)
            whiles.WhileWithDeadParts().match_and_rewrite(op, rewriter)


def _place_of(fn: Any) -> LocationAttr:
    """The first line of a function, if Python knows it."""
    code = getattr(inspect.unwrap(fn), "__code__", None) if callable(fn) else None
    if code is None:
        return UNKNOWN_LOC
    return FileLineColLoc(StringAttr(code.co_filename), IntAttr(code.co_firstlineno), IntAttr(1))


def _run(
    fn: Callable[..., Any], in_tree: pytree.Tree, stand_ins: Sequence[Any], finals: bool
) -> tuple[list[Any], pytree.Tree, container_writes.ContainerWrites | None]:
    """
    The leaves and the structure of what `fn` gives for these leaves of its arguments, and what it
    changes in their containers. With `finals`, the new arrays there stand behind the leaves.

    Errors: any error of `fn`. Where another library wanted numbers of a traced array, the error
            says so in place of the library's own.
    """
    positional, keywords = in_tree.unflatten(stand_ins)
    before = container_writes.Before(in_tree, (positional, keywords))
    try:
        with frozen_values.refusing_generators_without_seeds():
            result = fn(*positional, **keywords)
            leaves, tree = pytree.flatten(result)
            return leaves, tree, before.changes(stand_ins, result, leaves if finals else None)
    except Exception as error:
        if (refusal := refusal_behind(error)) is not None:
            raise refusal from None
        raise


def is_long(function: func.FuncOp) -> bool:
    """Whether a function has so many ops that it may contain turns that are worth a loop."""
    return any(n >= RollLoopsPass.min_ops for n, _ in enumerate(ops_in(function)))


def refuse_writes(traced: Traced, what: str) -> Traced:
    """Errors: `TypeError` for a function that writes to its arguments, because `what` loses it."""
    refuse_changes(traced, what)
    if traced.written:
        path = traced.in_tree.paths()[traced.written[0]][3:]
        raise located(
            TypeError,
            f"@{traced.entry} writes to its argument {path}, and {what} would lose the write; let "
            "the function write to a copy, and return that copy",
        )
    return traced


def refuse_changes(traced: Traced, what: str) -> Traced:
    """
    Errors: `TypeError` for a function that changes a list, a dict or an object that is an argument,
            because `what` loses the change.
    """
    if traced.containers is not None:
        raise located(
            TypeError,
            f"@{traced.entry} changes {traced.containers.text}, and {what} would lose the change; "
            "let the function change a copy, and return that copy",
        )
    return traced


def as_result(value: Any, path: str = "") -> Array:
    """A result of a traced function: a traced array or a constant. An index becomes an int64."""
    if isinstance(value, Array):
        return ops.number(value)
    array = arrays.asarray(value) if arrays.is_tensor(value) else np.asarray(value)
    try:
        return constant(array)
    except TypeError as error:
        raise TypeError(f"{error} (result{path})") from None


def inline(traced: Traced, arguments: Iterable[Array]) -> list[Array]:
    """
    Writes the body of a traced function at the current place, and gives its results. `arguments`
    are the leaves of its arguments, without the captures. `inline` also inlines calls to other
    functions of the same module. A function that a loop calls comes along as a function.

    Errors: `TypeError` for arguments of other types than the function takes.
    """
    given = [*arguments, *traced.captures]
    if len(given) != len(traced.in_types):
        raise located(
            TypeError, f"@{traced.entry} takes {len(traced.in_types)} arrays, not {len(given)}"
        )
    values = []
    for i, (array, type) in enumerate(zip(given, traced.in_types)):
        value = use(array)
        if value.type != type and value.type == index_type:
            value = use(ops.number(array))
        if value.type != type:
            raise located(
                TypeError, f"argument {i} of @{traced.entry} must be {type}, not {value.type}"
            )
        values.append(value)
    functions = functions_of(traced.module)
    entry = functions[traced.entry]
    values = [_read_as(value, argument.type) for value, argument in zip(values, entry.args)]
    results = _inline_body(functions, entry, values)
    return [
        Array.of(_read_as(value, type), current())
        for value, type in zip(results, traced.out_types, strict=True)
    ]


def _read_as(value: SSAValue, type: Attribute) -> SSAValue:
    """The value, as unsigned or without a sign; the bits stay."""
    if value.type == type or not (unsigned.is_unsigned(value.type) or unsigned.is_unsigned(type)):
        return value
    return add(ten.CastOp(value, types.element(type))).results[0]


def _inline_body(
    functions: dict[str, func.FuncOp], function: func.FuncOp, values: Sequence[SSAValue]
) -> list[SSAValue]:
    block = function.body.block
    mapped: dict[SSAValue, SSAValue] = dict(zip(block.args, values))
    here = current().block
    for op in block.ops:
        if isinstance(op, func.ReturnOp):
            return [mapped[v] for v in op.operands]
        if isinstance(op, func.CallOp):
            callee = functions[op.callee.string_value()]
            mapped.update(
                zip(op.results, _inline_body(functions, callee, [mapped[v] for v in op.operands]))
            )
        else:
            here.add_op(copy := op.clone(mapped))
            _retarget(copy, functions)
    raise located(TypeError, f"@{function.sym_name.data} does not return")


def add_functions(traced: Sequence[Traced]) -> list[str]:
    """
    Puts traced functions beside the function that is being traced, for ops that refer to the traced
    functions. Gives the new names of the traced functions. They may refer to each other by name.
    """
    together = {t.entry: t.function for t in traced}
    return [_bring(t.function, together) for t in traced]


def _bring(function: func.FuncOp, together: dict[str, func.FuncOp]) -> str:
    root = current().root
    if function not in root.brought:
        base = name = function.sym_name.data
        for k in itertools.count(1):
            if name not in root.functions:
                break
            name = f"{base}_{k}"
        copy = function.clone()
        _move_to_call(copy)
        copy.properties["sym_name"] = StringAttr(name)
        copy.properties["sym_visibility"] = StringAttr("private")
        root.functions[name] = copy
        root.brought[function] = name
        module = function.parent_op()
        assert isinstance(module, ModuleOp)
        _retarget(copy, {**together, **functions_of(module)})
    return root.brought[function]


def _move_to_call(function: func.FuncOp) -> None:
    """
    Ops without a line of the function's own are at the call for which it was traced, and that is
    the place of the function; see `custom_rules`. Give these ops, and the function, the place of
    the present call.
    """
    old, here = function.location, location()
    if old is here:
        return
    for op in ops_in(function.body):
        place = locations.moved(op.location, old, here)
        if place is not op.location:
            op.location = place
            function.location = here


def _retarget(copied: Operation, functions: dict[str, func.FuncOp]) -> None:
    """Makes copied ops refer to the functions of the module that is being traced."""
    for op in copied.walk() if copied.regions else (copied,):
        if isinstance(op, delta.CustomOp):
            for key in op.named:
                name = op.properties[key].string_value()  # type: ignore[attr-defined]
                # A name without a function here belongs to a function whose rules are being traced.
                # That function comes together with its rules.
                if (callee := functions.get(name)) is not None:
                    op.properties[key] = SymbolRefAttr(_bring(callee, functions))
        elif isinstance(op, func.CallOp):
            callee = functions.get(op.callee.string_value())
            if callee is not None:
                op.callee = SymbolRefAttr(_bring(callee, functions))
