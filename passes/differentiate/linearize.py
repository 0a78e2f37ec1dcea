"""
Linearize a function: beside each op, what it does to tangents.

Needs:   no `ten.build`, whatever is differentiated.
Leaves:  the function with, in reverse mode, one more argument per float result (its cotangent) and
         one more result per input
         differentiated by (its cotangent), given by a `delta.pullback`; in forward mode one more
         argument per such input (its tangent) and one more result per float result, each given by a
         `delta.pushforward`.
Keeps:   the primal ops, which are where they were; a value that the derivative uses is the very
         value of the primal.
Ends:    every op is visited once; a rule adds a constant number of ops.

Calls are inlined first, for a derivative goes through them. An `scf.if` of a few scalar ops becomes
those of both branches, and selects; any other becomes two: the first computes the values, and gives
out those that derivatives need; the second holds nothing but terms, so that transposing it copies
no computation.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    FunctionType,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, sharing, ten, types
from ...dialects.delta import TermType, term_of
from ...dialects.ten import scans
from ...dialects.types import ints
from ..rewriting import costs
from ..rewriting.conditionals import flatten_if, is_cheap
from ..rewriting.decomposing import has_to_be_taken_apart, take_apart
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, key_of, note
from ..rewriting.functions import by_name, called, find_entry, functions
from ..rewriting.levels import Level
from ..rewriting.rule_tables import linearize
from ..sharing.copying import copy_op, inline, inline_calls, inline_calls_between
from . import partials, scans_of_terms
from .linearity import check_linear

Terms = Sequence[SSAValue | None]
"""One per value; None where the derivative is zero."""


@dataclass(frozen=True)
class LinearizePass(ModulePass):
    """
    Replaces a function by itself with a pullback (reverse) or pushforwards (forward) of its inputs.

    Example:

        >>> module = lg.trace(lambda x: np.sin(x), 1.0)
        >>> LinearizePass().apply(ctx, module)
        >>> show(module)
        lambda = \\x ct -> (sin x, pullback (cos x * dx : ct))
    """

    name = "delta-linearize"
    needs: ClassVar[Level] = Level.SURFACE
    # It leaves terms, and the builds that have no derivative: that is no level.

    entry: str | None = None
    """The function; the only one, if there is only one."""
    wrt: tuple[int, ...] | None = None
    """Positions of the arguments to differentiate by; all floats by default."""
    mode: Literal["reverse", "forward"] = "reverse"
    """`reverse` pulls cotangents back to the inputs, `forward` pushes their tangents forward."""
    to: str | None = None
    """Name of the result. By default it takes the place of the function."""
    primal: bool = True
    """Whether the function's own results stay among the results."""
    seed: Literal["argument", "one"] = "argument"
    """`one` makes the cotangent of the only result, a scalar, 1 instead of an argument."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        function = find_entry(op, self.entry)
        if self.to is not None:
            if any(f.sym_name.data == self.to for f in functions(op)):
                raise LetgradError(f"there is a function @{self.to} already", function)
            copy = function.clone()
            copy.properties["sym_name"] = StringAttr(self.to)
            Rewriter.insert_op(copy, InsertPoint.after(function))
            function = copy
        else:
            check_not_called(op, function)
        linearize_function(op, function, self.wrt, self.mode, self.primal, self.seed)


def check_not_called(module: ModuleOp, function: func.FuncOp) -> None:
    """Errors: `LetgradError`, at an op elsewhere that names the function, and would get another."""
    name = function.sym_name.data
    for op in module.walk():
        names = (a for a in op.properties.values() if isinstance(a, SymbolRefAttr))
        if any(a.string_value() == name for a in names) and not function.is_ancestor(op):
            raise LetgradError(
                f"@{name} is called here, so its derivative needs a name of its own: to=…", op
            )


def differentiable(function: func.FuncOp, wrt: Sequence[int] | None) -> tuple[int, ...]:
    """The positions of the arguments to differentiate by, checked. Errors: `LetgradError`."""
    name, inputs = function.sym_name.data, function.function_type.inputs.data
    floats = tuple(i for i, t in enumerate(inputs) if types.is_float(types.element(t)))
    if wrt is None:
        if not floats:
            raise LetgradError(f"@{name} has no float argument to differentiate by", function)
        return floats
    for i in wrt:
        if not 0 <= i < len(inputs):
            raise LetgradError(
                f"wrt={i}: @{name} has {len(inputs)} arguments, counted from 0", function
            )
        if i not in floats:
            raise LetgradError(
                f"wrt={i}: argument {i} of @{name} is {inputs[i]}, and only floats have "
                "derivatives",
                function,
            )
    if len(set(wrt)) != len(wrt):
        raise LetgradError(f"wrt={','.join(map(str, wrt))} names an argument twice", function)
    return tuple(wrt)


def linearize_function(
    module: ModuleOp,
    function: func.FuncOp,
    wrt: Sequence[int] | None,
    mode: Literal["reverse", "forward"],
    primal: bool = True,
    seed: Literal["argument", "one"] = "argument",
) -> None:
    """
    Replace `function` by itself with its derivative in terms, in place.

    Errors: `LetgradError`, at the op without a rule, or at the function for a wrong `wrt` or a
            result that `seed` does not fit.
    """
    if seed == "one" and mode == "forward":
        raise LetgradError("seed=one is a cotangent, which mode=forward does not have", function)
    positions = differentiable(function, wrt)
    if len(function.body.blocks) != 1:
        raise LetgradError(
            f"@{function.sym_name.data} has branches between blocks; differentiate scf.if instead",
            function,
        )
    block = function.body.block
    results = function.function_type.outputs.data
    if seed == "one" and not (
        len(results) == 1 and types.rank(results[0]) == 0 and types.is_float(results[0])
    ):
        shown = ", ".join(map(str, results)) or "nothing"
        raise LetgradError(
            f"the gradient is of one float scalar, and @{function.sym_name.data} gives {shown}",
            function,
        )
    inline_calls(by_name(module), function)
    flops = costs.function_flops(function)
    if flops < 1 << 63:  # for `sharing-report`
        function.attributes[costs.PRIMAL_FLOPS] = IntegerAttr(flops, i64)

    inputs = [block.args[i] for i in positions]
    names = [arg.name_hint for arg in inputs]
    linearizer = Linearizer(module)
    if block.first_op is not None:
        e = Emitter.before(block.first_op).derived(function, "linearize")
        for i, arg in enumerate(inputs):
            term = e(delta.InputOp(i, arg.type))
            term.name_hint = f"d{names[i]}" if names[i] else None
            linearizer.terms[arg] = term
    linearizer.visit_block(block)

    last = block.last_op
    assert isinstance(last, func.ReturnOp)
    e = Emitter.before(last)
    values = list(last.operands)
    outputs = floats(values)
    derivatives: list[SSAValue] = []
    if mode == "reverse":
        pairs = []
        for k, value in enumerate(outputs):
            ct = (
                e.constant(1, value.type)
                if seed == "one"
                else _add_argument(block, value.type, f"ct{k or ''}")
            )
            if (term := linearizer.terms.get(value)) is not None:
                pairs.append((term, ct))
        pullback = e.insert(
            delta.PullbackOp([t for t, _ in pairs], [c for _, c in pairs], [a.type for a in inputs])
        )
        derivatives = list(pullback.results)
    else:
        tangents = [
            _add_argument(block, arg.type, f"t_{names[i]}" if names[i] else None)
            for i, arg in enumerate(inputs)
        ]
        zeros: dict[Attribute, SSAValue] = {}
        pushed: dict[SSAValue, SSAValue] = {}
        for value in outputs:
            term = linearizer.terms.get(value) or zeros.get(value.type)
            if term is None:
                term = zeros[value.type] = e(delta.ZeroOp(value.type))
            # A value that is a result twice has one derivative.
            if term not in pushed:
                pushed[term] = e(delta.PushforwardOp(term, tangents))
            derivatives.append(pushed[term])
    Rewriter.replace_op(last, new := func.ReturnOp(*(values if primal else []), *derivatives))
    new.location = last.location
    function.properties["function_type"] = FunctionType.from_lists(
        [arg.type for arg in block.args], [v.type for v in new.operands]
    )
    for attrs in ("arg_attrs", "res_attrs"):
        function.properties.pop(attrs, None)


def _add_argument(block: Block, type: Attribute, name: str | None) -> BlockArgument:
    arg = block.insert_arg(type, len(block.args))
    arg.name_hint = name
    return arg


def holds_others(op: Operation) -> bool:
    """
    Whether an op takes or gives what is neither numbers nor tensors of them, such as buffers and
    pairs: floats may be in there, and come out again, so only a rule knows that none do.
    """
    values = (*op.operands, *op.results)
    return not all(types.is_element(types.element(x.type)) for x in values)


class Linearizer:
    """
    Carries the terms of the values seen so far through the ops of a block, and of the blocks of its
    `scf.if`s.
    """

    def __init__(self, module: ModuleOp):
        self.functions = by_name(module)
        self.terms: dict[SSAValue, SSAValue] = {}
        self.known: ChainMap[Hashable, SSAValue] = ChainMap()
        """The values computed so far, in this block and those around it."""

    def visit_block(self, block: Block) -> None:
        op = block.first_op
        while op is not None:
            # What is put after an op now are its terms, which have no derivative themselves.
            following = op.next_op
            self.visit(op)
            op = following

    def visit(self, op: Operation) -> None:
        if isinstance(op, scf.IfOp):
            self.visit_if(op)
            return
        if isinstance(op, scf.ForOp) and self.reaches_into(op):
            op = self.scan_of(op)
        if isinstance(op, ten.ScanOp):
            self.visit_scan(op)
            return
        self.linearize_op(op)
        if op.parent is not None and not self.is_there(op):
            note(op, self.known)

    def is_there(self, op: Operation) -> bool:
        """
        Use what a rule computed before in the place of `op`, if it is that: cos x, of which sin x
        came first.
        """
        value = self.known.get(key_of(op, self.known))
        if value is None or value in self.terms or op.results[0] not in self.terms:
            return False
        self.terms[value] = self.terms.pop(op.results[0])
        Rewriter.replace_op(op, [], [value])
        return True

    def linearize_op(self, op: Operation) -> None:
        """Put the terms of an op's results behind it."""
        ds = [self.terms.get(x) for x in op.operands]
        if op.regions:
            self._check_region_op(op, ds)
        if not any(d is not None for d in ds) or not (
            any(types.is_float(types.element(r.type)) for r in op.results) or holds_others(op)
        ):
            return
        count(f"linearize({op.name})")
        match op:
            case delta.CustomVjpOp():
                self.visit_custom_vjp(op)
            case delta.CustomJvpOp():
                self.visit_custom_jvp(op)
            case ten.ReduceOp() if op.kind.data == "prod":
                self.visit_product(op)
            case _ if has_to_be_taken_apart(op, linearize):
                end = op.next_op
                # What is known may be what a rule computed, which has no term: what is put here is
                # new, gets its terms, and takes the place of such a value then (`is_there`).
                self.visit_between(take_apart(op), end)
            case _:
                e = Emitter.after(op, self.known).derived(op, f"linearize({op.name})")
                terms = linearize.of(op)(op, ds, e)
                terms = terms if isinstance(terms, tuple) else (terms,)
                for result, term in zip(op.results, terms, strict=True):
                    if term is not None:
                        self.define(result, term)

    def define(self, value: SSAValue, term: SSAValue) -> None:
        if term.type != term_of(value.type):
            raise LetgradError(
                f"a linearize rule gave {term.type} for a value of type {value.type}", value
            )
        if term.name_hint is None and value.name_hint is not None:
            term.name_hint = f"d{value.name_hint}"
        self.terms[value] = term

    def visit_product(self, op: ten.ReduceOp) -> None:
        """
        The derivative is that of a tree of products; the value stays what it is, to the last bit.
        """
        end = op.next_op
        tree = product_tree(op, Emitter.after(op))
        self.visit_between(op.next_op, end)
        if (term := self.terms.get(tree)) is not None:
            self.define(op.result, term)

    def visit_between(self, op: Operation | None, end: Operation | None) -> None:
        """Visit the ops from `op` on that are there now, up to `end`."""
        while op is not None and op is not end:
            following = op.next_op
            self.visit(op)
            op = following

    def _check_region_op(self, op: Operation, ds: Terms) -> None:
        """
        Index regions give integers; a derivative through any other region is a rule's business, or
        an error.
        """
        if isinstance(op, ten.GatherOp | ten.ScatterOp):
            return
        captured = any(
            operand in self.terms
            for region in op.regions
            for inner in region.walk()
            for operand in inner.operands
        )
        if not captured and not any(d is not None for d in ds):
            return
        if isinstance(op, ten.BuildOp):
            raise LetgradError(
                "ten.build is not differentiated itself; run ten-vectorize first", op
            )
        if captured and linearize.find(type(op)) is None:
            linearize.of(op)

    # scf.if

    def visit_if(self, op: scf.IfOp) -> None:
        if is_cheap(op) and any(x in self.terms for inner in op.walk() for x in inner.operands):
            following = op.next_op
            first = flatten_if(op)
            while first is not None and first is not following:
                after = first.next_op
                self.visit(first)
                first = after
            return
        branches = [region.block for region in op.regions if region.blocks]
        for block in branches:
            self.known = self.known.new_child()
            self.visit_block(block)
            self.known = self.known.parents
        if not op.results:
            return
        yielded = [block.last_op.operands for block in branches]  # type: ignore[union-attr]
        active = [
            i
            for i, result in enumerate(op.results)
            if types.is_float(types.element(result.type))
            and any(ys[i] in self.terms for ys in yielded)
        ]
        if not active:
            return
        moved = [[inner for inner in block.ops if types.gives_terms(inner)] for block in branches]
        residuals = [escaping(block, ops) for block, ops in zip(branches, moved)]
        new, slots = self._give_out(op, branches, residuals)
        regions = []
        for ops, ys in zip(moved, yielded):
            region = Region(Block())
            for term_op in ops:
                term_op.detach()
                region.block.add_op(term_op)
            regions.append(region)
            e = Emitter(InsertPoint.at_end(region.block), op.location).derived(
                op, "linearize(scf.if)"
            )
            ds = []
            for i in active:
                ds.append(self.terms.get(ys[i]) or e(delta.ZeroOp(ys[i].type)))
            e.insert(scf.YieldOp(*ds))
        for values, places in zip(residuals, slots):
            for value, place in zip(values, places):
                value.replace_uses_with_if(
                    new.results[place], lambda use: is_inside(use.operation, regions)
                )
        e = Emitter.after(new).derived(op, "linearize(scf.if)")
        terms = e.insert(
            scf.IfOp(new.cond, [term_of(new.results[i].type) for i in active], *regions)
        )
        count("linearize(scf.if)")
        for i, term in zip(active, terms.results):
            self.define(new.results[i], term)

    def _give_out(
        self, op: scf.IfOp, branches: Sequence[Block], residuals: Sequence[Sequence[SSAValue]]
    ) -> tuple[scf.IfOp, list[list[int]]]:
        """
        The `scf.if` again, with further results that hold the residuals of the branch taken; and
        for each branch the positions of its residuals. Branches share results of the same type; one
        that has fewer gives zeros.
        """
        slots: list[Attribute] = []
        places: list[list[int]] = []
        for values in residuals:
            free = list(range(len(slots)))
            taken: list[int] = []
            for value in values:
                slot = next((s for s in free if slots[s] == value.type), None)
                if slot is None:
                    slots.append(value.type)
                    slot = len(slots) - 1
                else:
                    free.remove(slot)
                taken.append(slot)
            places.append([len(op.results) + s for s in taken])
        for block, values, taken in zip(branches, residuals, places):
            held = {place - len(op.results): value for value, place in zip(values, taken)}
            old = block.last_op
            assert old is not None
            e = Emitter.before(old)
            extra = [held[s] if s in held else e.constant(0, slot) for s, slot in enumerate(slots)]
            Rewriter.replace_op(old, scf.YieldOp(*old.operands, *extra))
        regions = [op.detach_region(region) for region in list(op.regions)]
        taken_when, otherwise = regions
        new = scf.IfOp(op.cond, [*op.result_types, *slots], taken_when, otherwise)
        new.location = op.location
        Rewriter.insert_op(new, InsertPoint.before(op))
        for old_result, result in zip(op.results, new.results):
            result.name_hint = old_result.name_hint
            old_result.replace_all_uses_with(result)
        op.detach()
        op.erase()
        return new, places

    # Loops.

    def reaches_into(self, op: Operation) -> bool:
        """Whether an op, or one in its regions, uses a value that has a term."""
        return any(x in self.terms for inner in op.walk() for x in inner.operands)

    def scan_of(self, op: scf.ForOp) -> ten.ScanOp:
        """The loop as a scan, with what that needs in front of it."""
        scan = scans_of_terms.scan_of_for(op)
        if scan is None:
            raise LetgradError(
                "this scf.for has no derivative: how often it runs is not known, and what each "
                "step needs is stored for all of them; with constant bounds it has one",
                op,
            )
        return scan

    def visit_scan(self, op: ten.ScanOp) -> None:
        """
        scan (c = c0) over (x = xs) { f }  →  c, ys, rs = scan (c = c0) over (x = xs) { f, r };
            dc, dys = scan (dc = dc0) over (r = rs, dx = dxs) { df }

        The first computes the values, and gives out what derivatives need of each step; the second
        has nothing but terms.
        """
        sources = {
            arg
            for arg, x in zip(op.block.args, op.operands)
            if x in self.terms and types.is_float(types.element(x.type))
        }
        if not sources and not self.reaches_into(op):
            return
        ops = scans.invariant(op)
        scans_of_terms.move_before(ops, op)
        for inner in ops:
            self.visit(inner)
        active = scans.depending(
            op,
            lambda x: x in sources or x in self.terms,
            lambda r: (
                types.is_float(types.element(r.type)) and not isinstance(r.owner, delta.StopOp)
            ),
        )
        block, n = op.block, len(op.inits)
        carried = [k for k, arg in enumerate(op.carried) if arg in active]
        rows = [k for k, x in enumerate(op.xs) if x in self.terms]
        arguments = []
        for arg in [*(op.carried[k] for k in carried), *(op.rows[k] for k in rows)]:
            term = _add_argument(
                block, term_of(arg.type), f"d{arg.name_hint}" if arg.name_hint else None
            )
            self.terms[arg] = term
            arguments.append(term)
        self.known = self.known.new_child()
        self.visit_block(block)
        self.known = self.known.parents

        ys = [k for k, y in enumerate(op.ys) if y in self.terms]
        needed = [self.terms.get(op.yielded[k]) for k in (*carried, *(n + k for k in ys))]
        moved = live_terms(block, [d for d in needed if d is not None])
        location, inits = op.location, list(op.inits)
        yield_types = [op.yielded[k].type for k in (*carried, *(n + k for k in ys))]
        new, body, xs, mapping = scans_of_terms.split_scan(op, moved, arguments)
        e = Emitter(InsertPoint.at_end(body), location)
        ds = [
            e(delta.ZeroOp(t)) if d is None else mapping.get(d, d)
            for d, t in zip(needed, yield_types)
        ]
        e.insert(ten.YieldOp(*ds))
        e = Emitter.after(new)
        firsts = [self.terms.get(inits[k]) or e(delta.ZeroOp(inits[k].type)) for k in carried]
        linear = ten.ScanOp(
            new.trips, firsts, [*(self.terms[new.xs[k]] for k in rows), *xs], Region(body),
            new.is_reverse,
        )  # fmt: skip
        e.insert(linear)
        scans_of_terms.move_before(scans.invariant(linear), linear)
        if not linear.results:
            Rewriter.erase_op(linear)  # nothing that the loop gives depends on the inputs
        count("linearize(ten.scan)")
        for k, term in zip((*carried, *(n + k for k in ys)), linear.results):
            self.define(new.results[k], term)

    # Functions that bring their own derivative.

    def visit_custom_vjp(self, op: delta.CustomVjpOp) -> None:
        """
        y = callee(x), with dy known by its transpose: the forward function runs in the callee's
        place.
        """
        e = Emitter.after(op).derived(op, f"linearize({op.name})")
        xs, n = floats(op.operands), len(op.results)
        forward = called(
            self.functions, op.forward, op, op.operand_types, op.result_types, more=True
        )
        values = inline(forward, op.operands, e)
        results, residuals = own(values[:n], e), values[n:]
        backward_takes = [v.type for v in (*residuals, *floats(results))]
        called(self.functions, op.backward, op, backward_takes, [x.type for x in xs])
        ds = [self.terms.get(x) or e(delta.ZeroOp(x.type)) for x in xs]
        dys = [term_of(y.type) for y in floats(results)]
        call = e.insert(delta.TransposedCallOp(op.backward, residuals, ds, dys))
        Rewriter.replace_op(op, [], results)
        for result, term in zip(floats(results), call.results, strict=True):
            self.define(result, term)

    def visit_custom_jvp(self, op: delta.CustomJvpOp) -> None:
        """
        y, dy = jvp(x, dx), where dy is linear in dx: inlined at dx = 0, and the terms of dx run
        through it.

        The tangents are the only inputs of the inlined body; what it computes of x is primal.
        """
        e = Emitter.before(op).derived(op, f"linearize({op.name})")
        xs, n = floats(op.operands), len(op.results)
        takes = [*op.operand_types, *(x.type for x in xs)]
        gives = [*op.result_types, *(y.type for y in floats(op.results))]
        rule = called(self.functions, op.jvp, op, takes, gives)
        zeros = {x: e.constant(0, x.type) for x in dict.fromkeys(xs)}
        start = e.insert(delta.ZeroOp(xs[0].type))
        # An op that uses the values: what is done to the body may replace them.
        end = e.insert(func.ReturnOp(*inline(rule, [*op.operands, *(zeros[x] for x in xs)], e)))
        inline_calls_between(self.functions, start, end, rule.sym_name.data)
        check_linear(
            between(start, end),
            zeros.values(),
            end.operands[:n],
            end.operands[n:],
            rule.sym_name.data,
            op,
        )
        outer = self.terms
        self.terms = {zero: outer[x] for x, zero in zeros.items() if x in outer}
        self.visit_between(start.next_op, end)
        inner, self.terms = self.terms, outer
        values = list(end.operands)
        results = own(values[:n], e)
        Rewriter.replace_op(op, [], results)
        for marker in (start, end):
            marker.detach()
            marker.erase()
        for result, tangent in zip(floats(results), values[n:], strict=True):
            if tangent in inner:
                self.define(result, inner[tangent])


def between(start: Operation, end: Operation | None) -> Iterator[Operation]:
    """The ops after `start` up to `end`; each may be replaced once it is given."""
    op = start.next_op
    while op is not None and op is not end:
        following = op.next_op
        yield op
        op = following


def own(values: Sequence[SSAValue], e: Emitter) -> list[SSAValue]:
    """The values under new names: a function may give its argument, which has a term already."""
    return [e(ten.ReshapeOp(v, types.shape(v.type))) for v in values]


def floats(values: Sequence[SSAValue]) -> list[SSAValue]:
    return [v for v in values if types.is_float(types.element(v.type))]


def is_inside(op: Operation, regions: Sequence[Region]) -> bool:
    """Whether `op` is in one of the regions, at any depth."""
    region = op.parent_region()
    while region is not None:
        if any(region is r for r in regions):
            return True
        parent = region.parent
        region = parent.parent_region() if parent is not None else None
    return False


def live_terms(block: Block, needed: Sequence[SSAValue]) -> list[Operation]:
    """The ops of a block that give terms which these are made of; the others are erased."""
    live: set[Operation] = set()
    pending = list(needed)
    while pending:
        op = pending.pop().owner
        if isinstance(op, Operation) and op.parent is block and op not in live:
            live.add(op)
            pending.extend(
                x for inner in op.walk() for x in inner.operands if isinstance(x.type, TermType)
            )
    for op in reversed(block.ops):
        if types.gives_terms(op) and op not in live:
            op.detach()
            op.erase()
    return [op for op in block.ops if op in live]


def escaping(block: Block, ops: Sequence[Operation]) -> list[SSAValue]:
    """
    The values defined by other ops of `block` that `ops` use, in them or in their regions, each
    once.
    """
    chosen = set(ops)
    found: dict[SSAValue, None] = {}
    for op in ops:
        for inner in op.walk():
            for operand in inner.operands:
                if (
                    isinstance(operand, OpResult)
                    and operand.op.parent is block
                    and operand.op not in chosen
                ):
                    found[operand] = None
    return list(found)


# Structural ops.


def linear(
    op: type[Operation], operands: Callable[[Operation], Sequence[int]] = lambda op: [0]
) -> None:
    """
    State that `op` is linear in the operands at these positions together: it takes their terms in
    their place.

        d op(x) = op(dx)

    Example:

        >>> linear(CubeOp)
        >>> linearize.find(CubeOp) is None, transpose.is_missing(CubeOp)
        (False, True)
    """

    @linearize.rule(op)
    def _(op: Operation, ds: Terms, e: Emitter) -> SSAValue | None:
        positions = operands(op)
        if all(ds[i] is None for i in positions):
            return None
        values = list(op.operands)
        for i in positions:
            values[i] = ds[i] or e(delta.ZeroOp(values[i].type))
        return e(copy_op(op, values, [term_of(op.results[0].type)]))


for _op in (
    ten.BroadcastOp, ten.SumOp, ten.CumsumOp, ten.TransposeOp, ten.ReshapeOp, ten.ReverseOp,
    ten.SliceOp, ten.PadOp, ten.IndexOp, ten.GatherOp, ten.ScatterOp,
):  # fmt: skip
    linear(_op)
linear(ten.SelectOp, lambda op: [1, 2])
for _op in (ten.ConcatOp, ten.StackOp):
    linear(_op, lambda op: range(len(op.operands)))


@linearize.rule(arith.SelectOp)
def _(op: arith.SelectOp, ds: Terms, e: Emitter) -> SSAValue:
    """d (c ? x : y) = c ? dx : dy"""
    dx, dy = (d or e(delta.ZeroOp(x.type)) for d, x in zip(ds[1:], op.operands[1:]))
    return e(ten.SelectOp(op.cond, dx, dy))


@linearize.rule(ten.CastOp, arith.ExtFOp, arith.TruncFOp)
def _(op: Operation, ds: Terms, e: Emitter) -> SSAValue | None:
    """d cast x = cast dx, between floats"""
    return e(ten.CastOp(ds[0], types.element(op.results[0].type))) if ds[0] is not None else None


@linearize.rule(ten.EinsumOp)
def _(op: ten.EinsumOp, ds: Terms, e: Emitter) -> SSAValue | None:
    """d (x y) = dx y + x dy, for as many operands as there are"""
    products = []
    for i, d in enumerate(ds):
        if d is not None:
            values = list(op.operands)
            values[i] = d
            products.append(e(copy_op(op, values, [term_of(op.result.type)])))
    return partials.total(products, e)


@linearize.rule(ten.ReduceOp)
def _(op: ten.ReduceOp, ds: Terms, e: Emitter) -> SSAValue | None:
    """d max x = the mean of dx over the places where the maximum is"""
    if ds[0] is None:
        return None
    x, y, dims, shape = op.x, op.result, ints(op.dims), types.shape(op.x.type)
    wide = e(ten.BroadcastOp(y, dims, shape)) if dims else y
    best = e.select(e.compare("oeq", x, wide), e.constant(1, x.type), e.constant(0, x.type))
    number = e(ten.SumOp(best, dims))
    share = e(arith.DivfOp(best, e(ten.BroadcastOp(number, dims, shape))))
    return e(ten.SumOp(e(delta.ScaleOp(share, ds[0])), dims))


def product_tree(op: ten.ReduceOp, e: Emitter) -> SSAValue:
    """
    A product as a tree of elementwise products of halves, whose derivative is right where factors
    are zero.

    Cost: three to five ops per level, log₂ n levels.
    """
    dims, shape = ints(op.dims), types.shape(op.x.type)
    kept = [d for d in range(len(shape)) if d not in dims]
    rest = [shape[d] for d in kept]
    n = 1
    for d in dims:
        n *= shape[d]
    if n == 0 or types.size(op.result.type) == 0:
        return e.constant(1, op.result.type)
    x = e(ten.TransposeOp(op.x, [*dims, *kept])) if shape else op.x
    x = e(ten.ReshapeOp(x, [n, *rest]))
    zeros = [0] * len(rest)
    while n > 1:
        half = n // 2
        low = e(ten.SliceOp(x, [0, *zeros], [half, *rest]))
        high = e(ten.SliceOp(x, [half, *zeros], [half, *rest]))
        product = e.multiply(low, high)
        if n % 2:
            product = e(ten.ConcatOp([product, e(ten.SliceOp(x, [n - 1, *zeros], [1, *rest]))], 0))
        x, n = product, half + n % 2
    return e(ten.ReshapeOp(x, rest))


_INTEGERS = "its result is no float, so it has no derivative"
for _op in (
    ten.IotaOp,
    ten.CompareOp,
    ten.ArgmaxOp,
    ten.ArgminOp,
    arith.CmpfOp,
    arith.CmpiOp,
    arith.FPToSIOp,
    arith.FPToUIOp,
):
    linearize.never(_op, _INTEGERS)
for _op in (arith.SIToFPOp, arith.UIToFPOp):
    linearize.rule(_op)(lambda op, ds, e: None)
linearize.rule(delta.StopOp)(lambda op, ds, e: None)
# A let or a stamp is a name for a value, and a derivative needs no other.
linearize.rule(sharing.LetOp, sharing.ShareOp)(lambda op, ds, e: ds[0])
linearize.rule(arith.ConstantOp)(lambda op, ds, e: None)
