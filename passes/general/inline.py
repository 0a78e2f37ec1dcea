"""
Replace calls by the bodies of the called functions.

Needs:   nothing.
Leaves:  no call of a function with a body, but for calls of functions that call themselves, calls
         with `no_inline`, calls of functions with `no_inline`, and calls of functions with several
         blocks where only one block may stand; no private function that was called and that
         nothing refers to any more.
Keeps:   the value, bit for bit.
Ends:    a function is complete before the functions that call it.

An op of a body has the place of the op in the callee, and the place of the call:
`loc(callsite("f.mlir":2:8 at "f.mlir":9:8))`. A stamped term of the body gets a new stamp, because
on other arguments it is another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import cf, func
from xdsl.dialects.builtin import CallSiteLoc, LocationAttr, ModuleOp, UnknownLoc
from xdsl.ir import Block, Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..sharing import equal_ops
from ..sharing.shared_terms import renew_stamps
from ..simplify import canonical
from . import symbols

NO_INLINE = "no_inline"
_STEPS = ("canonicalize", "cse")


@dataclass(frozen=True)
class InlinePass(ModulePass):
    """Replaces calls by the bodies of the called functions."""

    name = "inline"
    title: ClassVar[str] = "Inliner"
    wants_scalars: ClassVar[bool] = False

    default_pipeline: str = "canonicalize"
    """The passes that simplify a function before others take its body: canonicalize, cse, both."""
    op_pipelines: str = ""
    """These passes for functions, as `func.func(canonicalize,cse)`, in place of the default."""
    inlining_threshold: int = -1
    """The largest number of ops in a body that is inlined; -1 for no limit."""
    max_iterations: int = 4
    """Accepted, as in `mlir-opt`. One walk from callees to callers is enough."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        """Errors: `LetgradError` for options that name other passes."""
        steps = _steps(self.op_pipelines or self.default_pipeline, op)
        for table in [each for each in ops_in(op) if symbols.is_table(each)]:
            self._in_table(ctx, table, steps)

    def _in_table(self, ctx: Context, table: Operation, steps: tuple[str, ...]) -> None:
        known = {
            f.sym_name.data: f
            for region in table.regions
            for block in region.blocks
            for f in block.ops
            if isinstance(f, func.FuncOp)
        }
        taken: set[str] = set()
        for function, alike in _callees_first(known):
            for call in list(_calls(function)):
                name = call.callee.string_value()
                callee = known.get(name)
                if callee is not None and name not in alike and self._may(call, callee):
                    _inline(call, callee)
                    taken.add(name)
                    count(self.name)
            if function.body.blocks:
                _simplify(ctx, function, steps)
        _erase_unused(table, known, taken)

    def _may(self, call: func.CallOp, callee: func.FuncOp) -> bool:
        blocks = callee.body.blocks
        if not blocks or NO_INLINE in {**call.attributes, **callee.attributes}:
            return False
        if (
            call.operand_types != tuple(callee.function_type.inputs)
            or call.result_types != tuple(callee.function_type.outputs)
            or not all(
                isinstance(
                    b.last_op, func.ReturnOp | cf.BranchOp | cf.ConditionalBranchOp | cf.SwitchOp
                )
                for b in blocks
            )
        ):
            return False
        if len(blocks) > 1 and not isinstance(call.parent_op(), func.FuncOp):
            return False
        limit = self.inlining_threshold
        return limit < 0 or sum(1 for _ in ops_in(callee.body)) <= limit


def _steps(text: str, at: Operation) -> tuple[str, ...]:
    inner = re.fullmatch(r"\s*func\.func\s*\((.*)\)\s*", text)
    names = tuple(n.strip() for n in (inner[1] if inner else text).split(",") if n.strip())
    for name in names:
        if name not in _STEPS:
            raise LetgradError(
                f"inline can simplify functions by {' and '.join(_STEPS)}, and not by '{name}'", at
            )
    return names


def _simplify(ctx: Context, function: func.FuncOp, steps: tuple[str, ...]) -> None:
    for step in steps:
        if step == "cse":
            equal_ops.merge(function)
        else:
            canonical.run(ctx, function)


def _calls(function: func.FuncOp) -> Iterator[func.CallOp]:
    return (op for op in ops_in(function) if isinstance(op, func.CallOp))


def _callees_first(
    known: Mapping[str, func.FuncOp],
) -> Iterator[tuple[func.FuncOp, frozenset[str]]]:
    """
    The functions, each after the functions that it calls, with the names of the functions that call
    it and that it calls, by any number of steps. Tarjan's algorithm, without recursion.
    """
    callees = {
        name: [c for call in _calls(f) if (c := call.callee.string_value()) in known]
        for name, f in known.items()
    }
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in known:
        if root in index:
            continue
        work = [(root, iter(callees[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    caller = work[-1][0]
                    low[caller] = min(low[caller], low[name])
                if low[name] == index[name]:
                    place = stack.index(name)
                    group = stack[place:]
                    del stack[place:]
                    on_stack.difference_update(group)
                    alone = len(group) == 1 and name not in callees[name]
                    alike = frozenset(() if alone else group)
                    for each in reversed(group):
                        yield known[each], alike
            elif following not in index:
                index[following] = low[following] = len(index)
                stack.append(following)
                on_stack.add(following)
                work.append((following, iter(callees[following])))
            elif following in on_stack:
                low[name] = min(low[name], index[following])


def _inline(call: func.CallOp, callee: func.FuncOp) -> None:
    body = callee.body.clone()
    # On other arguments, a stamped term is another value.
    stamps: dict[int, int] = {}
    for op in ops_in(body):
        op.location = _at_call(op.location, call.location)
        for region in op.regions:
            for block in region.blocks:
                _move_arguments(block, call)
    copies = [op for block in body.blocks for op in block.ops]
    entry, *others = body.blocks
    for block in others:
        _move_arguments(block, call)
    for argument, value in zip(entry.args, call.operands, strict=True):
        argument.replace_all_uses_with(value)
    home = call.parent
    assert home is not None and home.parent is not None
    if others:
        _inline_blocks(call, entry, others)
    else:
        returned = entry.last_op
        assert isinstance(returned, func.ReturnOp)
        results = list(returned.operands)
        _move(entry, call, returned)
        returned.detach()
        returned.erase()
        Rewriter.replace_op(call, [], results)
    for op in copies:
        if op.parent is not None:
            renew_stamps(op, stamps)


def _inline_blocks(call: func.CallOp, entry: Block, others: list[Block]) -> None:
    home = call.parent
    assert home is not None and home.parent is not None and call.next_op is not None
    region = home.parent
    after = home.split_before(call.next_op, arg_types=call.result_types)
    for result, argument in zip(call.results, after.args, strict=True):
        argument.name_hint = result.name_hint
        argument.location = call.location
        result.replace_all_uses_with(argument)
    for block in others:
        block.parent_region().detach_block(block)  # type: ignore[union-attr]
    region.insert_block(others, region.get_block_index(after))
    _move(entry, call, None)
    call.detach()
    call.erase()
    for block in (home, *others):
        last = block.last_op
        if isinstance(last, func.ReturnOp):
            branch = cf.BranchOp(after, *last.operands)
            branch.location = last.location
            Rewriter.replace_op(last, branch, [])


def _move(block: Block, before: Operation, end: Operation | None) -> None:
    """Move the ops of `block`, up to `end`, to the place before another op."""
    assert before.parent is not None
    for op in list(block.ops):
        if op is end:
            return
        op.detach()
        before.parent.insert_op_before(op, before)


def _move_arguments(block: Block, call: func.CallOp) -> None:
    for argument in block.args:
        argument.location = _at_call(argument.location, call.location)


def _at_call(callee: LocationAttr, caller: LocationAttr) -> LocationAttr:
    if isinstance(callee, UnknownLoc):
        return caller
    return callee if isinstance(caller, UnknownLoc) else CallSiteLoc(callee, caller)


def _erase_unused(table: Operation, known: Mapping[str, func.FuncOp], taken: set[str]) -> None:
    """Erase the private functions that were inlined and that nothing refers to any more."""
    users: dict[str, int] = {}
    for reference in symbols.references(table):
        users[reference.root_reference.data] = users.get(reference.root_reference.data, 0) + 1
    pending = [n for n in taken if symbols.visibility(known[n]) == symbols.PRIVATE]
    while pending:
        name = pending.pop()
        function = known[name]
        if users.get(name, 0) or function.parent is None:
            continue
        for reference in symbols.references(function):
            root = reference.root_reference.data
            users[root] -= 1
            if root in known and symbols.visibility(known[root]) == symbols.PRIVATE:
                pending.append(root)
        function.detach()
        function.erase()
