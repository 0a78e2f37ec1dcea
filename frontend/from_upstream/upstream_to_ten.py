"""
Programs of upstream MLIR as programs of letgrad.

Needs:   functions on numbers, tensors and memory whose sizes are known. The option `sizes` gives
         the dynamic sizes of arguments, and the integers among the arguments from which sizes
         follow (`memref.alloc(%n)`). Calls go to functions of the module. Memory of two
         arguments does not overlap.
Leaves:  no op of `linalg`, `tensor`, `memref`, `affine`, `cf`, `bufferization`, `vector`, `index`,
         and no loop of `scf`. Functions that had such an op call no function of the module: calls
         are inlined, and private functions that nothing calls any more are gone. Vectors are
         tensors, and rank-0 tensors are scalars, except at ops that nobody converts:
         `tensor.from_elements` and `tensor.extract` of rank 0 stand around those. Memory that is an
         argument is a tensor, and so is memory that is a result. An argument that the function
         writes to is a result as well: behind the other results, in the order of the arguments,
         or, by `written=first`, in front of them, or, by `written=drop`, nowhere. A
         `memref.global` that no converted function reads stays.
Keeps:   the value, up to the order of sums. Memory that nothing has written holds zeros. Iterations
         of parallel loops run one after the other.
Ends:    each op is converted once for each call of its function, and a body of a loop once more
         for each time that another piece of memory is found which the body writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.context import Context
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import IndexType, ModuleOp
from xdsl.ir import Attribute, Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import types
from ...dialects.upstream import memref_ops
from ...passes.rewriting.diagnostics import LetgradError
from .. import tracing
from ..from_stablehlo.foreign_op import NotConvertible, kind_of
from ..from_stablehlo.foreign_programs import calls, functions_in, is_private, needs, written
from ..tracing import Array
from . import (  # noqa: F401 (the modules fill the table of rules)
    control_graphs,
    convert_complex,
    convert_indices,
    convert_linalg,
    convert_loops,
    convert_memrefs,
    convert_scalars,
    convert_tensors,
    convert_vector_memory,
    convert_vectors,
    function_values,
    size_arguments,
)
from .cells import View
from .upstream_evaluator import Evaluator, is_foreign, is_memory
from .upstream_rules import number_of, shape_of

GLOBALS = (memref.GlobalOp, memref_ops.GlobalOp)
WRITTEN = ("last", "first", "drop")


@dataclass(frozen=True)
class ConvertUpstreamToTenPass(ModulePass):
    """
    Writes functions of upstream's dialects in letgrad's dialects.

    Example:

        >>> text = '''
        ... func.func @f(%x: memref<2xf64>, %i: index) -> f64 {
        ...   %a = memref.load %x[%i] : memref<2xf64>
        ...   memref.store %a, %x[%i] : memref<2xf64>
        ...   func.return %a : f64
        ... }'''
        >>> module = parse(ctx, text, "f.mlir")
        >>> ConvertUpstreamToTenPass(written="drop").apply(ctx, module)
        >>> show(module)
        f = \\x i -> x[i]
    """

    name = "convert-upstream-to-ten"

    sizes: tuple[int, ...] = ()
    """
    The dynamic sizes of the arguments of each function, in order; one number is for all. If the
    list also has the integer arguments that say sizes, these are no arguments any more.
    """
    written: str = "last"
    """Where the arguments that a function writes to stand among the results."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if self.written not in WRITTEN:
            raise LetgradError(
                f"{self.name}: written is one of {', '.join(WRITTEN)}, and not '{self.written}'", op
            )
        convert(op, self.sizes, self.written)


def convert(module: ModuleOp, sizes: Sequence[int] = (), written: str = "last") -> None:
    """
    Convert all functions of a module.

    Errors: `LetgradError` at the op that has no conversion.
    """
    known = functions_in(module)
    globals_ = {op.sym_name.data: op for op in module.ops if isinstance(op, GLOBALS)}
    wanted = [f for f in known.values() if f.body.blocks and needs(f, known, _begins)]
    called = {name for f in wanted for name in calls(f)}
    for name in called | {f.sym_name.data for f in wanted}:
        if name in known:
            convert_vectors.as_arrays(known[name])
    read = called & set(globals_)
    inlined = {f for f in wanted if is_private(f) and f.sym_name.data in called}
    others = {n for f in known.values() if f not in wanted for n in calls(f)}
    names = set(known)
    made: list[tuple[func.FuncOp, list[func.FuncOp]]] = []
    for function in wanted:
        if function in inlined and function.sym_name.data not in others:
            continue
        new, helpers = converted(function, Evaluator(known, dict(globals_)), names, sizes, written)
        names.update(f.sym_name.data for f in helpers)
        made.append((function, [new, *helpers]))
    for function, new in made:
        Rewriter.replace_op(function, new, [])
    for function in inlined:
        if function.sym_name.data not in others:
            function.detach()
    # A global that no converted function read may be for others.
    left = set(calls(module))
    for name, op in globals_.items():
        if name in read and name not in left:
            op.detach()
            op.erase(safe_erase=False)


def _begins(op: Operation) -> bool:
    """Whether the conversion must rewrite the function in which an op stands."""
    return is_foreign(op) or (isinstance(op, func.FuncOp) and len(op.body.blocks) > 1)


def converted(
    function: func.FuncOp, evaluator: Evaluator, names: Iterable[str], sizes: Sequence[int],
    where: str,
) -> tuple[func.FuncOp, list[func.FuncOp]]:  # fmt: skip
    """
    The function in letgrad's dialects, and new functions that its ops name. `names` are the names
    that the module has, and `where` is the option `written` of the pass.
    """
    evaluator.graph = control_graphs.evaluate
    old = list(function.body.blocks[0].args)
    rest, numbers = size_arguments.numbers(function, sizes)
    if not numbers:
        evaluator.say_sizes = [old[k] for k in size_arguments.size_arguments(function)]

    def evaluate(xs: list[Array]) -> list[Array]:
        memory, arguments = evaluator.memory, list[Any]()
        begins: dict[View, Array] = {}
        given = iter(xs)
        for k, a in enumerate(old):
            if k in numbers:
                arguments.append(_number(numbers[k], a.type))
                continue
            x = next(given)
            if is_memory(a.type):
                view = View(convert_memrefs.cell_of(a, x.shape, a.type))
                memory.contents[view.cell] = begins[view] = x
                arguments.append(view)
            else:
                arguments.append(x)
        ends = evaluator.call(function, arguments)
        results = [memory.read(x) if isinstance(x, View) else x for x in ends]
        changed = [
            memory.read(view) for view, x in begins.items()
            if memory.contents[view.cell] is not x
        ]  # fmt: skip
        if where == "last":
            return results + changed
        return changed + results if where == "first" else results

    return written(function, names, lambda type: _kind(type, rest), evaluate, numbers)


def _number(n: int, type: Attribute) -> Array:
    """The constant that an argument is which says a size."""
    if isinstance(type, IndexType):
        return tracing.constant_index(n)
    return tracing.constant(n, kind_of(type)[1])


def _kind(type: Attribute, sizes: list[int]) -> Attribute:
    """
    The type of an argument here. `sizes` gives its dynamic sizes.

    Errors: `NotConvertible` for a type that letgrad does not compute with.
    """
    if not hasattr(type, "get_shape"):
        if is_memory(type) or not types.is_number(type):
            raise NotConvertible(f"letgrad does not compute with {type}")
        return type
    shape = []
    for n in shape_of(type):
        if n is None:
            if not sizes:
                raise NotConvertible(
                    f"letgrad computes with fixed sizes, and not with {type}; the option sizes of "
                    "convert-upstream-to-ten, or --sizes of letgrad, gives the sizes"
                )
            n = sizes.pop(0)
        shape.append(n)
    element = number_of(type)
    result = types.of_shape(shape, element)
    try:
        kind_of(result)
    except NotConvertible:
        raise NotConvertible(f"letgrad does not compute with {type}") from None
    return result
