"""Questions of passes to a whole module: its functions by name, and the removal of unused terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr, UnregisteredOp
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region
from xdsl.traits import IsTerminator

from ...dialects import types
from ...dialects.walking import ops_in
from .diagnostics import LetgradError


def functions(module: ModuleOp) -> Iterator[func.FuncOp]:
    """
    The functions of a module, in order.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> [f.sym_name.data for f in functions(module)]
        ['lambda']
    """
    return (op for op in module.ops if isinstance(op, func.FuncOp))


def find_entry(module: ModuleOp, entry: str | None) -> func.FuncOp:
    """
    The function with the name `entry`, or the only function with a body. Errors: `LetgradError`,
    with the names of the functions in the module.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> find_entry(module, None).sym_name.data
        'lambda'
    """
    known = [f for f in functions(module) if f.body.blocks]
    if not known:
        raise LetgradError("the module has no function with a body", module)
    names = ", ".join(f"@{f.sym_name.data}" for f in known)
    if entry is None:
        public = [f for f in known if f.sym_visibility is None or f.sym_visibility.data == "public"]
        if len(public) != 1:
            raise LetgradError(f"entry= must name one of the functions: {names}", module)
        return public[0]
    for function in known:
        if function.sym_name.data == entry:
            return function
    raise LetgradError(f"there is no function @{entry}; the module has {names}", module)


def block_of(region: Region, op: Operation) -> Block:
    """
    The only block of a region of `op`. Errors: `LetgradError` if the region has several blocks,
    because no target has code for several.
    """
    if len(region.blocks) > 1:
        raise LetgradError(
            f"a region of {len(region.blocks)} blocks is not structured control flow: "
            "letgrad compiles only regions of one block",
            op,
        )
    return region.block


def by_name(module: ModuleOp) -> dict[str, func.FuncOp]:
    """
    The functions of a module, by name.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> list(functions_by_name(module))
        ['lambda']
    """
    return {f.sym_name.data: f for f in functions(module)}


def check_signature(function: func.FuncOp) -> None:
    """
    Errors: `LetgradError`, at the function, for an argument or result of a type that letgrad does
            not compute with, a memref for example.
    """
    type = function.function_type
    for what, kinds in (("argument", type.inputs), ("result", type.outputs)):
        for i, kind in enumerate(kinds):
            if (found := types.unsupported(kind)) is not None:
                raise LetgradError(f"{what} {i} of @{function.sym_name.data} is {found}", function)


def called(
    known: Mapping[str, func.FuncOp],
    symbol: SymbolRefAttr,
    at: Operation,
    takes: Sequence[Attribute],
    gives: Sequence[Attribute],
    more: bool = False,
) -> func.FuncOp:
    """
    The function with a body that `at` names. With `more`, the function may give further results
    after the results in `gives`.

    Errors: `LetgradError`, at the op, if there is no such function, or if the function has another
            type.
    """
    name = symbol.string_value()
    function = known.get(name)
    if function is None or not function.body.blocks:
        raise LetgradError(f"there is no function @{name} with a body", at)
    inputs, outputs = function.function_type.inputs.data, function.function_type.outputs.data
    fits = outputs[: len(gives)] == tuple(gives) and (more or len(outputs) == len(gives))
    if inputs != tuple(takes) or not fits:
        wanted = (
            f"({', '.join(map(str, takes))}) -> ({', '.join([*map(str, gives), *['…'] * more])})"
        )
        raise LetgradError(
            f"{at.name} needs @{name} to be {wanted}, and it is {function.function_type}", at
        )
    return function


def has_unregistered(op: Operation) -> bool:
    """Whether an op is unregistered, or an op in its regions."""
    return any(isinstance(inner, UnregisteredOp) for inner in ops_in(op))


def erase_unused_terms(scope: Operation) -> None:
    """
    Erase the ops in `scope` that give only unused terms. An unregistered op may have effects, and
    stays. A registered op that gives terms is linear, and a linear op has no effects.
    """
    for region in scope.regions:
        for block in region.blocks:
            for op in reversed(block.ops):
                unused = all(r.first_use is None for r in op.results)
                of_terms = types.gives_terms(op) or _takes_terms_for_nothing(op)
                if unused and of_terms and not has_unregistered(op):
                    op.detach()
                    op.erase()
                else:
                    erase_unused_terms(op)


def erase_terms(ops: Sequence[Operation], arguments: Sequence[BlockArgument]) -> None:
    """Erase the ops that give terms, and the arguments that are terms, of one block."""
    for op in reversed(ops):
        if types.gives_terms(op):
            op.detach()
            op.erase()
    for arg in reversed(arguments):
        if isinstance(arg.type, types.Term):
            arg.block.erase_arg(arg)


def _takes_terms_for_nothing(op: Operation) -> bool:
    """Whether an op without results reads terms, as a loop that carries nothing may."""
    return (
        not op.results
        and any(isinstance(x.type, types.Term) for x in op.operands)
        and not op.has_trait(IsTerminator)
    )
