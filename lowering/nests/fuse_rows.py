"""
Put nests that hand each other rows into common loops: `kernel-fuse-rows`.

Needs:   functions of one block, after `convert-ten-to-kernel`.
Leaves:  `kernel.fused` for nests that wait for each other's reductions along rows (softmax, layer
         norm, and their gradients).
Keeps:   the value, up to the order of sums.
Ends:    each step puts two groups of nests together; as many steps as nests, at most.

    %s = kernel.generic [4096, 1024] (%i, %j) add [0] { … %x[%i, %j] … }
    %y = kernel.generic [4096, 1024] (%i, %j) store [0, 1] { … %x[%i, %j] … %s[%i] … }
    →
    %y = kernel.fused [4096] (%i) store [0] {
      %r = kernel.generic [1024] (%j) add [] { … %x[%i, %j] … }
      %t = kernel.generic [1024] (%j) store [0] { … %x[%i, %j] … %r … }
      kernel.yield %t
    }

When a nest reads the row the second time, the row is still in the cache, or in registers. If only
the nests of the group read a value, the function has no buffer for the value.

With `products`, products of matrices hand rows on too. An einsum is then a `kernel.product`, in
common loops with the nests that read its rows. These nests are its epilogue, and find the rows in a
cache. A product without an epilogue also becomes a `kernel.product` if it is small, one of many, or
a sum of products, as the weight gradient of a convolution over its images: machine code then calls
the library.

    %p = ten.einsum "ik,kj->ij" %x, %w
    %y = kernel.generic [4096, 64] (%i, %j) store [0, 1] { … %p[%i, %j] … }
    →
    %y = kernel.fused [4096] (%i) store [0] {
      %r = kernel.product "ik,kj->ij" %x, %w [%i]
      %t = kernel.generic [64] (%j) store [0] { … %r[%j] … }
      kernel.yield %t
    }

Requires, of two groups: their first loops have the same sizes. The later group reads the results of
the earlier group only at the indices of these loops, and these loops are the first dimensions of
the results. Otherwise a nest would read a row before the row is complete. No other op has to run
between the two groups.
Requires, of a product: a library can multiply its operands where they lie (`products`). Its rows
are so short that many stay in a cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import IndexType, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects import kernel, ten, types
from ...dialects.types import ints
from ...dialects.walking import captured
from ...passes.rewriting import locations, remarks
from ...passes.rewriting.costs import TRANSCENDENTAL, bytes_of, flops
from ...passes.rewriting.driver import count
from ...passes.rewriting.functions import functions
from ...passes.rewriting.remarks import Why
from .join_windows import are_windows
from .matrix_products import Product, product
from .to_kernel import UPDATE

RULE = "fuse rows"
EPILOGUE = "epilogue"

PRODUCT_ROW = 1 << 11
"""
Bytes of a row of a product, at most, so that some hundred rows stay in a cache. With fewer rows in
a panel, a library takes up to twice as long for the product.
"""

PARTED_ROWS = 128
"""If a product has fewer rows, threads of a machine do better to share its columns."""

ALONE = 1 << 21
"""Multiplications of a product, at most, that is worth neither threads nor a call by itself."""

MOST = 64
"""Nests in common loops, at most: compilers take long for long functions."""

PROGRAMS, MOST_PARTS = 256, 4
"""The programs that share rows; and points for each partial result that they store, at least."""

SEARCHED = 200
"""Groups that a search for a way between two groups visits, at most; then they stay apart."""


@dataclass(frozen=True)
class FuseRowsPass(ModulePass):
    """
    Puts nests into common loops if one hands rows to the other.

    Example:

        >>> def softened(x):
        ...     return np.sin(x / np.sum(x, axis=1)[:, None])
        >>> module = lg.trace(softened, lg.spec((300, 400)))
        >>> run_pipeline(ctx, module, "optimize,sharing-materialize,convert-ten-to-kernel")
        >>> FuseRowsPass().apply(ctx, module)
        >>> [op.name for op in find_entry(module, None).body.block.ops]
        ['kernel.fused', 'func.return']
    """

    name = "kernel-fuse-rows"

    row_bytes: int = 1 << 17
    """The bytes of a row, over all values that a group moves, that stay in fast memory."""
    min_row: int = 16
    """If a row has fewer points, one loop over all rows is faster."""
    min_rows: int = 8
    """If there are fewer rows, the threads have too few to share."""
    products: bool = False
    """Whether the machine multiplies matrices in common loops with nests."""
    short_row: int = 0
    """
    Beside a row of at most so many points, a function like exp of one number is dear, where a loop
    over the numbers of all rows computes several at a time.
    """

    tiles: bool = False
    """
    Whether programs with a tile each run the loops. Kernels of products then read windows where
    they are, and these are no rows. What is combined over rows is stored once for each program.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            if len(function.body.blocks) == 1:
                self._fuse(function)

    def _fuse(self, function: func.FuncOp) -> None:
        block = function.body.block
        if self.tiles and any(_is_mixed(op) for op in block.ops):
            # Apart, the rows of a nest may find others to share loops with.
            before, _ = self._plan(block)
            trial = function.clone()
            _split_mixed(trial.body.block)
            after, _ = self._plan(trial.body.block)
            if sum(g.bytes for g in after.groups) < sum(g.bytes for g in before.groups):
                _split_mixed(block)
        plan, apart = self._plan(block)
        if remarks.wanted():
            _remark(plan, apart)
        if any(group.is_loops for group in plan.groups):
            _write(block, plan)

    def _plan(self, block: Block) -> tuple[_Plan, list[tuple[Operation, Operation, Why]]]:
        """The groups of a block, and why which of them stay apart."""
        last = block.last_op
        plan = _Plan(self.products, self.tiles)
        apart: list[tuple[Operation, Operation, Why]] = []
        for at, op in enumerate(block.ops):
            if op is last or isinstance(op, arith.ConstantOp):
                continue
            group = plan.add(op, at)
            for other in sorted(group.needs, key=lambda g: -g.end):
                depth = self._common(plan, other, group)
                if not isinstance(depth, int):
                    apart.append((other.ops[-1], op, depth))
                elif plan.is_way(other, group):
                    apart.append(
                        (other.ops[-1], op, lambda: "another op has to run between the two")
                    )
                else:
                    count(RULE)
                    group = plan.join(other, group, depth)
        return plan, apart

    def _common(self, plan: _Plan, first: _Group, then: _Group) -> int | Why:
        """How many loops the two have in common, or why they stay apart."""
        depths = first.depths & then.depths
        if not depths:
            return lambda: "no first loops of both have results in one piece per row"
        if (nests := len(first.ops) + len(then.ops)) > MOST:
            return lambda: f"together they are {nests} nests, more than {MOST}"
        for x, depth in then.reads.items():
            if plan.group_of[x] is first:
                most = min(depth, _kept_loops(x))
                depths = {d for d in depths if d <= most}
                if not depths:
                    return lambda x=x, depth=depth: (
                        f"what the other gives is read at {depth} of the first loops, and has "
                        f"{_kept_loops(x)} of them: no row is there when it is read"
                    )
        depth = max(depths, default=0)
        while depth and first.loops[:depth] != then.loops[:depth]:
            depth = max((d for d in depths if d < depth), default=0)
        if not depth:
            return lambda: f"their first loops differ: {first.loops} and {then.loops}"
        if self.tiles and (why := _no_tile((*first.ops, *then.ops), depth)):
            return why
        return self._too_dear(first, then, depth) or depth

    def _too_dear(self, first: _Group, then: _Group, depth: int) -> Why | None:
        """Why common loops do not pay, if they do not."""
        rows = prod(then.loops[:depth])
        row = max(first.points, then.points) // max(rows, 1)
        if self.min_row <= row <= self.short_row and _ends_in_a_function(then, depth):
            return lambda: (
                f"it computes a function of one number for each row of {row} points, and loops of "
                "its own compute several numbers at a time"
            )
        if row < self.min_row:
            return lambda: f"a row has {row} points, fewer than min_row={self.min_row}"
        if not first.work and first.points * self.min_row <= then.points and then.chooses:
            return lambda: (
                f"the other has {first.points} points, few beside {then.points}, and loops in "
                "common could not be cut where a choice changes"
            )
        if rows < self.min_rows:
            return lambda: f"there are {rows} rows, fewer than min_rows={self.min_rows}"
        bytes = _bytes_of_both(first, then) // max(rows, 1)
        if bytes > self.row_bytes:
            return lambda: f"a row has {bytes} bytes, more than row_bytes={self.row_bytes}"
        if (row := first.product_row + then.product_row) > PRODUCT_ROW:
            return lambda: f"a row of the product has {row} bytes, more than {PRODUCT_ROW}"
        if rows < PARTED_ROWS and max(first.work, then.work) > ALONE:
            return lambda: f"the product has {rows} rows, fewer than {PARTED_ROWS}"
        return None


def _is_row(dims: Sequence[int]) -> bool:
    """Whether a result has a number for each row, or for each element."""
    return list(dims) == list(range(len(dims)))


def _is_mixed(op: Operation) -> bool:
    """Whether some results of a nest are those of rows, and others keep a part of a row."""
    if not isinstance(op, kernel.GenericOp):
        return False
    return len({_is_row(dims) for _, dims in op.outputs}) == 2


def _split_mixed(block: Block) -> None:
    """
    generic { … yield %row, %column }  →  generic { … yield %row }, generic { … yield %column }

    For nests of which some results are those of rows, and others keep a part of a row.
    """
    for op in list(block.ops):
        if not _is_mixed(op):
            continue
        assert isinstance(op, kernel.GenericOp)
        for rows in (True, False):
            chosen = [k for k, (_, dims) in enumerate(op.outputs) if _is_row(dims) == rows]
            region = op.body.clone()
            inner = region.block
            end = inner.last_op
            assert end is not None
            end.operands = [end.operands[k] for k in chosen]
            region_dce(region)
            new = kernel.GenericOp(ints(op.loops), [op.outputs[k] for k in chosen], region)
            new.location = op.location
            block.insert_op_before(new, op)
            for k, result in zip(chosen, new.res):
                result.name_hint = op.res[k].name_hint
                op.res[k].replace_all_uses_with(result)
        block.erase_op(op)


def _no_tile(ops: Sequence[Operation], depth: int) -> Why | None:
    """
    Why nests stay apart if each program has rows of them: the programs would store large partial
    results, or a row is no tile with one number for all of it, or for each element.
    """
    for op in ops:
        if not isinstance(op, kernel.GenericOp):
            continue
        loops = ints(op.loops)
        for (combiner, dims), x in zip(op.outputs, op.res):
            if (kept := sum(d >= depth for d in dims)) not in (0, len(loops) - depth):
                return lambda kept=kept: f"a result keeps {kept} of the dimensions of a row"
            combined = prod(n for d, n in enumerate(loops[:depth]) if d not in dims)
            parts = min(combined, PROGRAMS) * types.size(x.type)
            if combiner != "store" and combined > 1 and parts > prod(loops) // MOST_PARTS:
                return lambda: (
                    f"programs would store {parts} partial results for {prod(loops)} points"
                )
    return None


def _remark(plan: _Plan, apart: Sequence[tuple[Operation, Operation, Why]]) -> None:
    """Remarks: which nests have common loops, and why other nests stay apart."""
    name = FuseRowsPass.name
    for group in plan.groups:
        made = [op for op in group.ops if isinstance(op, ten.EinsumOp)]
        if (nests := len(group.ops) - len(made)) > 1:
            text = f"{nests} nests have {group.depth} loops in common"
            remarks.passed(name, RULE, group.ops[-1], text)
        for op in made if nests else ():
            text = f"panels of rows go through {nests} nest{'s' if nests > 1 else ''} when made"
            remarks.passed(name, EPILOGUE, op, f"the product has an epilogue: {text}")
    for first, then, why in apart:
        if not (first.results and then.results):
            continue
        if plan.group_of[first.results[0]] is plan.group_of[then.results[0]]:
            continue
        if isinstance(first, kernel.GenericOp) and isinstance(then, kernel.GenericOp):
            remarks.missed(name, RULE, then, f"the nest has loops of its own: {why()}")
        elif isinstance(first, ten.EinsumOp) and isinstance(then, kernel.GenericOp):
            if plan.no_rows is not None:
                why = plan.no_rows.get(first, why)
                remarks.missed(name, EPILOGUE, first, f"the product has no epilogue: {why()}")


def _bytes_of_both(first: _Group, then: _Group) -> int:
    """The bytes that the nests of both read and give."""
    few, many = sorted((first, then), key=lambda g: len(g.values))
    return many.bytes + sum(bytes_of(x.type) for x in few.values if x not in many.values)


def _kept_loops(x: SSAValue) -> int:
    """How many of its nest's first loops are the first dimensions of a result, in order."""
    op = x.owner
    if isinstance(op, ten.EinsumOp):
        return len(op.letters[1])
    assert isinstance(op, kernel.GenericOp)
    _, dims = op.outputs[op.results.index(x)]
    depth = 0
    while depth < len(dims) and dims[depth] == depth:
        depth += 1
    return depth


def _read_loops(op: kernel.GenericOp) -> dict[SSAValue, int]:
    """For each value: how many first loops of the nest are the first indices of all its reads."""
    depths: dict[SSAValue, int] = {}
    for inner in op.block.ops:
        if isinstance(inner, kernel.LoadOp):
            same = 0
            for i, arg in zip(inner.indices, op.block.args):
                if i is not arg:
                    break
                same += 1
            depths[inner.t] = min(depths.get(inner.t, same), same)
        else:
            # A scalar needs all rows before it.
            depths |= dict.fromkeys(inner._operands, 0)
    return depths


def _ends_in_a_function(group: _Group, depth: int) -> bool:
    """
    Whether a group is one nest that computes a function such as exp once for each turn of `depth`
    loops, and no nest needs the results within these loops. In common loops with the rows, the
    function would get one number at a time.
    """
    (op, *others) = group.ops
    if others or not isinstance(op, kernel.GenericOp) or len(op.block.args) != depth:
        return False
    if not any(flops(inner) >= TRANSCENDENTAL for inner in op.block.ops):
        return False
    pending, seen = [op], {op}
    while pending:
        for result in pending.pop().results:
            for use in result.uses:
                reader = use.operation.parent_op()
                if not isinstance(reader, kernel.GenericOp) or reader in seen:
                    continue
                if ints(reader.loops)[:depth] == group.loops[:depth]:
                    if len(reader.block.args) > depth:
                        return False
                    seen.add(reader)
                    pending.append(reader)
    return True


def _chooses(op: kernel.GenericOp) -> bool:
    """Whether a nest compares indices, or may read outside of an array."""
    return any(
        "in_bounds" not in inner.attributes
        if isinstance(inner, kernel.LoadOp)
        else isinstance(inner, arith.CmpiOp) and isinstance(inner.lhs.type, IndexType)
        for inner in op.block.ops
    )


def _by_rows(op: kernel.GenericOp) -> set[int]:
    """
    How many first loops of the nest can be outer loops. Each result has these dimensions first. So
    each row of a result is one piece of memory.
    """
    depths = set(range(1, len(op.block.args) + 1))
    for _, dims in op.outputs:
        for depth in list(depths):
            outer = sum(d < depth for d in dims)
            if any(d >= depth for d in dims[:outer]):
                depths.discard(depth)
    return depths


# Groups.


@dataclass(eq=False)
class _Group:
    """Ops that are one op in the end."""

    begin: int
    end: int
    """The places of the first and the last op of the group among all ops."""
    ops: list[Operation]
    needs: set[_Group]
    """The groups whose results this group reads."""
    depths: set[int] = field(default_factory=set)
    """How many first loops the nests may have in common; none if the ops are no nests."""
    loops: tuple[int, ...] = ()
    """The sizes of these first loops."""
    depth: int = 0
    """How many loops the nests have in common, once there are several nests."""
    points: int = 0
    """How often the largest body runs."""
    reads: dict[SSAValue, int] = field(default_factory=dict)
    """How many first loops are the first indices of all reads of a value."""
    values: set[SSAValue] = field(default_factory=set)
    bytes: int = 0
    """The values that the nests read and give, and their sizes."""
    chooses: bool = False
    """
    Whether a nest chooses by its indices. A backend cuts the loops of a nest into pieces without
    choices, but it does not cut the loops around it.
    """
    product_row: int = 0
    """The bytes that products give to a row."""
    work: int = 0
    """The multiplications of the products."""
    adds: bool = False
    """Whether a product is a sum of several products, which no call of a library adds up."""

    @property
    def is_loops(self) -> bool:
        """Whether the group becomes common loops."""
        alone = self.work > 0 and (self.work <= ALONE or len(self.loops) > 1 or self.adds)
        return len(self.ops) > 1 or alone


class _Plan:
    """The groups, in an order in which each group comes after the groups that it reads."""

    def __init__(self, products: bool, tiles: bool) -> None:
        self.tiles = tiles
        self.groups: dict[_Group, None] = {}
        self.no_rows: dict[Operation, Why] | None = {} if products else None
        """Why an einsum gives no rows to nests; None if the option is off."""
        self.group_of: dict[SSAValue, _Group] = {}
        self.readers: dict[_Group, set[_Group]] = {}

    def add(self, op: Operation, at: int) -> _Group:
        read = captured(op)
        group = _Group(at, at, [op], {self.group_of[x] for x in read if x in self.group_of})
        stays = self.tiles and are_windows(op)
        if isinstance(op, kernel.GenericOp) and UPDATE not in op.attributes and not stays:
            group.loops = ints(op.loops)
            group.depths = _by_rows(op)
            group.points = prod(group.loops)
            group.chooses = _chooses(op)
            group.reads = {x: d for x, d in _read_loops(op).items() if x in self.group_of}
            group.values = {*read, *op.results}
            group.bytes = sum(bytes_of(x.type) for x in group.values)
        elif isinstance(op, ten.EinsumOp) and self.no_rows is not None:
            found = product(*op.letters, [x.type for x in op.xs])
            if isinstance(found, Product):
                group.loops, group.work = found.loops, found.work
                # Rows of few elements are one call of a library only in loops of their own.
                group.depths = set() if found.is_joined else {len(found.loops)}
                group.depth, group.adds = len(found.loops), found.added > 1
                group.points = types.size(op.result.type)
                group.product_row = bytes_of(op.result.type) // prod(found.loops)
                # A product needs all rows of its operands.
                group.reads = {x: 0 for x in read if x in self.group_of}
                group.values = {*read, op.result}
                group.bytes = sum(bytes_of(x.type) for x in group.values)
            else:
                self.no_rows[op] = found
        self.groups[group] = None
        self.readers[group] = set()
        for needed in group.needs:
            self.readers[needed].add(group)
        for x in op.results:
            self.group_of[x] = group
        return group

    def is_way(self, first: _Group, then: _Group) -> bool:
        """
        Whether `then` needs `first` by way of other groups, which would have to run between the
        two. Also true if the search takes too long.
        """
        pending = [g for g in then.needs if g is not first and g.end > first.begin]
        seen = set(pending)
        while pending:
            group = pending.pop()
            if first in group.needs or len(seen) > SEARCHED:
                return True
            # A group that ends before `first` begins does not need `first`.
            new = {g for g in group.needs if g not in seen and g.end > first.begin}
            seen |= new
            pending.extend(new)
        return False

    def join(self, first: _Group, then: _Group, depth: int) -> _Group:
        """Join the two groups, in the place of the later group."""
        then.bytes = _bytes_of_both(first, then)
        few, many = sorted((first.values, then.values), key=len)
        many |= few
        then.values = many
        then.ops = [*first.ops, *then.ops]
        then.depth, then.begin = depth, min(first.begin, then.begin)
        then.depths = {d for d in first.depths & then.depths if d <= depth}
        then.loops = then.loops[:depth]
        then.points = max(first.points, then.points)
        then.chooses = then.chooses or first.chooses
        then.product_row += first.product_row
        then.work = max(first.work, then.work)
        for x, d in first.reads.items():
            then.reads[x] = min(then.reads.get(x, d), d)
        for op in first.ops:
            for x in op.results:
                self.group_of[x] = then
        then.reads = {x: d for x, d in then.reads.items() if self.group_of[x] is not then}
        for needed in first.needs:
            self.readers[needed].discard(first)
            self.readers[needed].add(then)
        for reader in self.readers.pop(first):
            reader.needs.discard(first)
            if reader is not then:
                reader.needs.add(then)
                self.readers[then].add(reader)
        then.needs = (then.needs | first.needs) - {first, then}
        del self.groups[first]
        return then


def _write(block: Block, plan: _Plan) -> None:
    """Make one op of each group, in an order in which each comes after the ops that it reads."""
    last = block.last_op
    assert last is not None
    done: set[_Group] = set()
    for group in plan.groups:
        pending = [group]
        while pending:
            at = pending[-1]
            missing = sorted((g for g in at.needs if g not in done), key=lambda g: -g.end)
            if missing and at not in done:
                pending.extend(missing)
                continue
            pending.pop()
            if at in done:
                continue
            done.add(at)
            for op in at.ops:
                op.detach()
                block.insert_op_before(op, last)
            if at.is_loops:
                _fuse(at.ops, at.loops[: at.depth])  # type: ignore[arg-type]


def _fuse(nests: Sequence[kernel.GenericOp | ten.EinsumOp], loops: Sequence[int]) -> None:
    """The nests, which follow each other, as one `kernel.fused` over these loops."""
    depth = len(loops)
    block = Block(arg_types=[ten.index_type] * depth)
    for op in nests:
        if isinstance(op, kernel.GenericOp):
            for new, arg in zip(block.args, op.block.args):
                new.name_hint = new.name_hint or arg.name_hint
    rows: dict[SSAValue, SSAValue] = {}
    yielded: list[SSAValue] = []
    outputs: list[tuple[str, list[int]]] = []
    results: list[SSAValue] = []
    own = set(nests)
    for op in nests:
        if isinstance(op, ten.EinsumOp):
            inner = kernel.ProductOp(op.spec.data, op.xs[0], op.xs[1], block.args)
            inner.location, inner.result.name_hint = op.location, op.result.name_hint
            block.add_op(inner)
            written = [("store", range(depth))]
        else:
            inner, written = _row(op, depth, block, rows), op.outputs
        for k, (result, (combiner, dims)) in enumerate(zip(op.results, written)):
            rows[result] = inner.results[k]
            if any(use.operation.parent_op() not in own for use in result.uses):
                outer = [d for d in dims if d < depth]
                outputs.append(("store" if len(outer) == depth else combiner, outer))
                yielded.append(inner.results[k])
                results.append(result)
    block.add_op(kernel.YieldOp(*yielded))
    fused = kernel.FusedOp(loops, outputs, Region(block))
    fused.location = locations.fused(op.location for op in nests)
    parent = nests[-1].parent
    assert parent is not None
    parent.insert_op_after(fused, nests[-1])
    for old, new in zip(results, fused.res):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    for op in reversed(nests):
        Rewriter.erase_op(op, safe_erase=False)


def _row(
    op: kernel.GenericOp, depth: int, around: Block, rows: dict[SSAValue, SSAValue]
) -> kernel.GenericOp:
    """The nest for one row, moved to the end of the block around it."""
    region = op.detach_region(0)
    body = region.block
    for outer, arg in zip(around.args, body.args):
        arg.replace_all_uses_with(outer)
    for arg in body.args[:depth]:
        body.erase_arg(arg)
    for inner in list(body.ops):
        if isinstance(inner, kernel.LoadOp) and inner.t in rows:
            row, at = rows[inner.t], inner.indices[depth:]
            if at:
                load = kernel.LoadOp(row, at)
                load.attributes = inner.attributes
                Rewriter.replace_op(inner, load)
            else:
                Rewriter.replace_op(inner, [], [row])
    outputs = []
    for combiner, dims in op.outputs:
        kept = [d - depth for d in dims if d >= depth]
        reduces = len(kept) < len(body.args)
        outputs.append((combiner if reduces else "store", kept))
    inner = kernel.GenericOp(ints(op.loops)[depth:], outputs, region)
    inner.location = op.location
    for new, old in zip(inner.res, op.res):
        new.name_hint = old.name_hint
    around.add_op(inner)
    return inner
