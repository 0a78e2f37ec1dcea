"""
Complex arrays at the doors of compiled functions.

A compiled function works on pairs of real arrays. A caller passes complex arrays, as NumPy has
them: the two parts of each number side by side. The real and the imaginary part of such an array
are strided views of its memory, which need no copy here.

Machine code for the CPU would copy a strided view. So there a complex array is one real array whose
last dimension is the pair of parts, and the loops read the parts where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import FunctionType, ModuleOp
from xdsl.ir import Attribute, Block, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects import arrays, ten, types
from ..dialects.types import ints
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.emitter import Emitter
from ..passes.simplify.scalarize import scalarize
from ..passes.simplify.split_complex import becomes_pair, split


def compile(
    make: Callable[..., Callable[..., Any]],
    module: ModuleOp,
    entry: str,
    options: Mapping[str, Any],
    side_by_side: bool = False,
) -> WithComplexDoors:
    """
    `@entry` of a module, compiled for pairs of real arrays, as a function of complex arrays. With
    `side_by_side`, a complex argument that has dimensions is one real array, and not a pair.
    """
    split_module = module.clone()
    scalarize(split_module)
    kind = _function(split_module, entry).function_type
    split(split_module)
    joined: tuple[bool, ...] = (False,) * len(kind.outputs)
    if side_by_side:
        start = _function(split_module, entry)
        _join_arguments(start, kind)
        _join_pairs(split_module)
        joined = _join_results(start, kind)
    function = _function(module, entry)
    compiled = make(split_module, entry, **options)
    return WithComplexDoors(function, kind, compiled, side_by_side, joined)


def _join_arguments(function: func.FuncOp, kind: FunctionType) -> None:
    """
    (re: n…, im: n…)  →  (z: n… x 2), re = z[…, 0], im = z[…, 1], for each complex argument
    """
    block, place = function.body.block, 0
    e = Emitter(InsertPoint.at_start(block), function.location)
    for whole in kind.inputs.data:
        if becomes_pair(whole) and types.rank(whole):
            _join_argument(block, place, e)
        elif becomes_pair(whole):
            place += 1
        place += 1
    inputs = [arg.type for arg in block.args]
    function.properties["function_type"] = FunctionType.from_lists(
        inputs, list(function.function_type.outputs)
    )
    # They are attributes of arguments that are gone. Only tools for other targets read them.
    function.properties.pop("arg_attrs", None)


def _join_argument(block: Block, place: int, e: Emitter) -> None:
    parts = block.args[place], block.args[place + 1]
    shape = types.shape(parts[0].type)
    z = block.insert_arg(types.like(parts[0].type, (*shape, 2)), place)
    z.location = parts[0].location
    if parts[0].name_hint is not None:
        z.name_hint = parts[0].name_hint.removesuffix("_re")

    def part(k: int) -> SSAValue:
        offsets, sizes = (*(0 for _ in shape), k), (*shape, 1)
        return e(ten.ReshapeOp(e(ten.SliceOp(z, offsets, sizes, [1] * len(sizes))), shape))

    for k, arg in enumerate(parts):
        if arg.uses:
            arg.replace_all_uses_with(part(k))
    for arg in reversed(parts):
        block.erase_arg(arg)


def _whole(re: SSAValue, im: SSAValue, sizes: Sequence[int]) -> SSAValue | None:
    """The array of pairs [sizes… 2] whose parts the values are; None if there is none."""
    found: list[SSAValue] = []
    for k, x in enumerate((re, im)):
        while isinstance(x.owner, ten.ReshapeOp):
            x = x.owner.operands[0]
        cut = x.owner
        if not isinstance(cut, ten.SliceOp):
            return None
        offsets, strides = ints(cut.offsets), ints(cut.strides)
        if (
            tuple(ints(cut.sizes)) != (*sizes, 1)
            or tuple(offsets) != (*(0 for _ in sizes), k)
            or any(s != 1 for s in strides)
            or types.shape(cut.x.type) != (*sizes, 2)
        ):
            return None
        found.append(cut.x)
    return found[0] if found[0] is found[1] else None


def _join_pairs(module: ModuleOp) -> None:
    """concat(z[…, :1], z[…, 1:])  →  z, for the pairs that a transform takes or gives."""
    for op in list(module.walk()):
        if not isinstance(op, ten.ConcatOp) or len(op.xs) != 2:
            continue
        *sizes, pair = types.shape(op.result.type)
        if pair != 2 or op.dim.value.data != len(sizes):
            continue
        whole = _whole(op.xs[0], op.xs[1], sizes)
        if whole is not None and whole.type == op.result.type:
            Rewriter.replace_op(op, [], [whole])


def _is_of_transform(x: SSAValue) -> bool:
    """Whether a transform gives the pairs, or its product with a number."""
    if isinstance(x.owner, arith.MulfOp):
        return any(_is_of_transform(y) for y in x.owner.operands)
    return isinstance(x.owner, ten.FftOp)


def _join_results(function: func.FuncOp, kind: FunctionType) -> tuple[bool, ...]:
    """
    return z[…, 0], z[…, 1]  →  return z, for a z that a transform gives

    Says of each result whether it is such a z. Pairs of other ops stay apart: loops over both parts
    would compute each number twice.
    """
    end = function.body.block.last_op
    assert isinstance(end, func.ReturnOp)
    values, joined, place = list[SSAValue](), list[bool](), 0
    for result in kind.outputs.data:
        count = 2 if becomes_pair(result) else 1
        parts = list(end.operands[place : place + count])
        place += count
        is_pair = count == 2 and types.rank(result)
        whole = _whole(parts[0], parts[1], types.shape(result)) if is_pair else None
        is_made = whole is not None and _is_of_transform(whole)
        joined.append(is_made)
        values += [whole] if is_made and whole is not None else parts
    if any(joined):
        Rewriter.replace_op(end, func.ReturnOp(*values), [])
        function.properties["function_type"] = FunctionType.from_lists(
            list(function.function_type.inputs), [x.type for x in values]
        )
        function.properties.pop("res_attrs", None)
    return tuple(joined)


def _function(module: ModuleOp, name: str) -> func.FuncOp:
    return next(op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == name)


class WithComplexDoors:
    """A function of complex arrays, made of a compiled function of their parts."""

    def __init__(
        self,
        function: func.FuncOp,
        kind: FunctionType,
        compiled: Callable[..., tuple[Any, ...]],
        side_by_side: bool = False,
        joined: Sequence[bool] = (),
    ):
        self.name = function.sym_name.data
        self.function = function
        self.compiled = compiled
        self.side_by_side = side_by_side
        self.joined = joined or (False,) * len(kind.outputs)
        """For each result, whether it is one array of pairs."""
        self.takes, self.gives = kind.inputs.data, kind.outputs.data
        self.of_arrays = getattr(compiled, "of_leaves", None) or (lambda xs: compiled(*xs))
        self.views = [
            self._view(t) if side_by_side and becomes_pair(t) else None for t in self.takes
        ]
        """For a complex argument of pairs, the shape and the dtype of these pairs."""
        self.made = [
            (types.shape(t), arrays.dtype(t), becomes_pair(t), is_joined)
            for t, is_joined in zip(self.gives, self.joined)
        ]
        """For each result its shape and dtype, whether it is complex, and an array of pairs."""
        if hasattr(compiled, "profile"):
            self.profile = self._profile

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        return self._joined(self.compiled(*self._parts(args)), [None] * len(self.gives))

    @staticmethod
    def _view(kind: Attribute) -> tuple[tuple[int, ...], np.dtype] | None:
        shape, dtype = types.shape(kind), arrays.dtype(kind)
        return ((*shape, 2), np.real(np.empty(0, dtype)).dtype) if shape else None

    def of_leaves(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """As `Program.of_leaves`. Views by these classes take a third of the time of methods."""
        given: list[Any] = []
        for x, kind, view in zip(args, self.takes, self.views):
            if view is not None and type(x) is np.ndarray:
                x = x if x.flags.c_contiguous else np.ascontiguousarray(x)
                given.append(np.ndarray(*view, x))  # type: ignore[call-overload]
            elif becomes_pair(kind):
                given += [np.real(x), np.imag(x)]
            else:
                given.append(x)
        results, place, made = self.of_arrays(given), 0, list[Any]()
        for shape, dtype, is_complex, is_joined in self.made:
            x = results[place]
            place += 1
            if is_joined:
                x = np.ndarray(shape, dtype, x)
            elif is_complex:
                z = np.empty(shape, dtype)
                z.real, z.imag = x, results[place]
                place += 1
                x = z if shape else z[()]
            made.append(x)
        return tuple(made)

    def into(self, args: Sequence[Any], out: Sequence[np.ndarray | None]) -> tuple[Any, ...]:
        """As `backends.into`."""
        return self._joined(self.compiled(*self._parts(args)), out)

    def _profile(self, *args: Any) -> Any:
        return self.compiled.profile(*self._parts(args))  # type: ignore[attr-defined]

    def _parts(self, args: Sequence[Any]) -> list[Any]:
        """
        The arguments, with the two parts of each complex one.

        Errors: `LetgradError` for another number of arguments, and for an argument in the place of
                a complex one that has another shape or dtype.
        """
        if len(args) != len(self.takes):
            raise LetgradError(
                f"@{self.name} takes {len(self.takes)} arguments, not {len(args)}", self.function
            )
        found: list[Any] = []
        for i, (arg, kind) in enumerate(zip(args, self.takes)):
            if not becomes_pair(kind):
                found.append(arg)
                continue
            dtype = arrays.dtype(kind)
            plain = isinstance(arg, bool | int | float | complex | list | tuple)
            z = np.asarray(arg, dtype) if plain else arrays.asarray(arg)
            if z.shape != types.shape(kind) or z.dtype != dtype:
                raise LetgradError(
                    f"argument {i} of @{self.name} is {kind}, and was given "
                    f"{z.dtype}{list(z.shape)}",
                    self.function,
                )
            if self.side_by_side and z.ndim:
                flat = np.ascontiguousarray(z)
                found.append(flat.view(np.real(flat).dtype).reshape(*z.shape, 2))
            else:
                found += [np.real(z), np.imag(z)]
        return found

    def _joined(self, values: Sequence[Any], out: Sequence[np.ndarray | None]) -> tuple[Any, ...]:
        """The results, with one complex array for each two parts; in the arrays of `out`."""
        remaining = iter(values)
        ready = []
        for kind in self.gives:
            is_pair = becomes_pair(kind) and not self.joined[len(ready)]
            parts = [next(remaining) for _ in range(2 if is_pair else 1)]
            # A part may be a view of an argument, and this argument may be a target.
            ready.append([np.array(x) if _shares_memory(x, out) else x for x in parts])
        results: list[Any] = []
        for kind, parts, target, is_joined in zip(self.gives, ready, out, self.joined):
            if is_joined:
                parts = [parts[0].view(arrays.dtype(kind)).reshape(types.shape(kind))]
            if len(parts) == 1:
                if target is not None:
                    np.copyto(target, parts[0])
                results.append(parts[0] if target is None else target)
                continue
            z = np.empty(types.shape(kind), arrays.dtype(kind)) if target is None else target
            np.real(z)[...], np.imag(z)[...] = parts
            results.append(z[()] if target is None else z)
        return tuple(results)


def _shares_memory(x: Any, out: Sequence[np.ndarray | None]) -> bool:
    return any(target is not None and np.may_share_memory(x, target) for target in out)
