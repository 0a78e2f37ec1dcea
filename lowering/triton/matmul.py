"""
Products of matrices, as tiles of `tl.dot`: `ten.einsum` of two operands, with batches, in any
layout.

A letter of both operands and the result is a batch; of one operand and the result, a row or a
column; of both operands alone, what is summed over. What a nest computes of the product at its own
indices is computed before the tile is stored (the epilogue). Blocks of the sum have one size in all
configurations that are tried, so that the order of a sum does not depend on which of them is the
fastest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from xdsl.ir import Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape
from .codegen import Kernel, NestWriter, Output, bits
from .expressions import Expr, storage
from .index_forms import NARROW, Form, Indices
from .tiles import Axis

CONFIGS = {
    2: (
        64,
        [
            (64, 64, 4, 3),
            (128, 256, 8, 3),
            (256, 128, 8, 3),
            (128, 128, 8, 3),
            (128, 128, 4, 4),
            (128, 64, 4, 4),
            (64, 128, 4, 4),
            (64, 256, 4, 4),
        ],
    ),
    4: (
        32,
        [
            (64, 64, 4, 3),
            (128, 128, 8, 3),
            (128, 64, 4, 3),
            (64, 128, 4, 3),
            (64, 32, 4, 4),
            (32, 64, 4, 4),
        ],
    ),
}
"""By the bytes of an element, the block of the sum, and rows, columns, warps and stages to try."""

GROUP = 8
"""Rows of tiles that programs go through together: what they read stays in the cache."""


@dataclass(frozen=True)
class Product:
    """The letters of an einsum by what they are."""

    batch: str
    rows: str
    columns: str
    inner: str


def product(op: ten.EinsumOp) -> Product | None:
    """
    An einsum as a batched product of matrices.

    Requires: two operands of 16 or 32 bits, no letter twice in one, none that is summed over one
    operand alone, and sizes that are worth tiles.
    """
    words, output = op.letters
    if (
        len(words) != 2
        or not types.is_float(types.element(op.result.type))
        or bits(op.result.type) > 32
    ):
        return None
    a, b = words
    if len(set(a)) < len(a) or len(set(b)) < len(b) or len(set(output)) < len(output):
        return None
    if any((c in a) != (c in b) and c not in output for c in a + b):
        return None
    parts = Product(
        "".join(c for c in output if c in a and c in b),
        "".join(c for c in output if c not in b),
        "".join(c for c in output if c not in a),
        "".join(c for c in a if c in b and c not in output),
    )
    sizes = letter_sizes(op)
    if not parts.inner or 0 in sizes.values():
        return None
    return parts


def letter_sizes(op: ten.EinsumOp) -> dict[str, int]:
    return {c: n for w, x in zip(op.letters[0], op.xs) for c, n in zip(w, shape(x.type))}


def epilogue(op: ten.EinsumOp) -> kernel.GenericOp | None:
    """
    The first nest that reads a product, if it does so at its own indices and stores all it
    makes.
    """
    users = {use.operation for use in op.result.uses}
    nests = {_top(user, op) for user in users}
    if None in nests:
        return None
    block = op.parent
    assert block is not None
    following = op.next_op
    while following is not None and following not in nests:
        following = following.next_op
    if not isinstance(following, kernel.GenericOp) or ints(following.loops) != shape(
        op.result.type
    ):
        return None
    if any(combiner != "store" for combiner, _ in following.outputs):
        return None
    for inner in following.block.ops:
        if op.result in inner.operands:
            if not isinstance(inner, kernel.LoadOp) or list(inner.indices) != list(
                following.block.args
            ):
                return None
    return following


def _top(user: Operation, op: Operation) -> Operation | None:
    """The op of the same block that a user is, or is inside of."""
    at: Operation | None = user
    while at is not None and at.parent is not op.parent:
        at = at.parent_op()
    return at


class ProductWriter(NestWriter):
    """Writes the kernel of one product."""

    def product(
        self, op: ten.EinsumOp, parts: Product, nest: kernel.GenericOp | None, keep: bool
    ) -> Kernel:
        """
        The kernel; with `keep` it stores the product itself too, beside what `nest` makes of
        it.
        """
        sizes, (words, output) = letter_sizes(op), op.letters
        order = self.letters = output + parts.inner
        loop = {c: d for d, c in enumerate(order)}
        extent = {
            w: prod(sizes[c] for c in w)
            for w in (parts.batch, parts.rows, parts.columns, parts.inner)
        }
        block_k, configs = CONFIGS[bits(op.result.type) // 8]
        m, n, *_ = configs[0]
        batch = Axis([loop[c] for c in parts.batch], extent[parts.batch])
        rows = Axis([loop[c] for c in parts.rows], extent[parts.rows], m, 0)
        columns = Axis([loop[c] for c in parts.columns], extent[parts.columns], n, 1)
        inner = Axis([loop[c] for c in parts.inner], extent[parts.inner], block_k, None)
        self.sizes = tuple(sizes[c] for c in order)
        self.axes, self.tile, self.block_names = (
            [batch, rows, columns, inner],
            [1, 2],
            {1: "BLOCK_M", 2: "BLOCK_N"},
        )
        self.names.used |= {
            "pid",
            "group",
            "tiles_m",
            "tiles_n",
            "height",
            "acc",
            "BLOCK_M",
            "BLOCK_N",
            "BLOCK_K",
        }
        self.constants = {"BLOCK_M": m, "BLOCK_N": n, "BLOCK_K": block_k}
        most = max(max(c[0], c[1]) for c in configs)
        wide = any(types.size(x.type) >= NARROW for x in (*op.xs, op.result))
        self._tiles(batch, rows, columns)
        dtype = "int64" if wide else "int32"
        widen = ".to(tl.int64)" if wide else ""
        self.put(
            f"m = (pid_m * BLOCK_M + tl.arange(0, BLOCK_M)){widen}"
            if wide
            else "m = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)"
        )
        self.put(
            f"n = (pid_n * BLOCK_N + tl.arange(0, BLOCK_N)){widen}"
            if wide
            else "n = pid_n * BLOCK_N + tl.arange(0, BLOCK_N)"
        )
        self.names.used |= {"m", "n", "k", "o"}
        self.put("acc = tl.full([BLOCK_M, BLOCK_N], 0.0, tl.float32)")
        self.put(f"for step in range(0, {inner.size}, BLOCK_K):")
        self.indent = "    "
        self.put(f"k = step + tl.arange(0, BLOCK_K){widen}")
        loads = []
        for word, x, (left, right) in zip(words, op.xs, (("m", "k"), ("k", "n"))):
            self._at(left, right, dtype)
            masks = []
            for name, suffix, axis, most_block in (
                (left, "[:, None]", None, 0),
                (right, "[None, :]", None, 0),
            ):
                axis = {"m": rows, "n": columns, "k": inner}[name]
                most_block = block_k if name == "k" else most
                if axis.size % most_block:
                    masks.append(f"({name}{suffix} < {axis.size})")
            form = self._form(word, x, loop)
            offset = self.offset(form, types.size(x.type) >= NARROW)
            shape_text = f"[BLOCK_{left.upper()}, BLOCK_{right.upper()}]"
            mask = f", mask={' & '.join(masks)}, other=0.0" if masks else ""
            mask = (
                mask.replace("mask=(", "mask=", 1).replace("),", ",", 1)
                if len(masks) == 1
                else mask
            )
            address = self.address(self.pointer(x), offset)
            if not {1 if left == "m" else 3, 2 if right == "n" else 3} <= offset.dims:
                offset = self.scalars.tensor(offset)
                address = f"{self.pointer(x)} + tl.broadcast_to({offset.text}, {shape_text})"
            loads.append(
                self.let(self.value_name(x), Expr(f"tl.load({address}{mask})", storage(x.type)))
            )
            self.reads += types.size(x.type) * bits(x.type) // 8
        exact = (
            "" if bits(op.result.type) == 16 or self.scalars.fast else ', input_precision="ieee"'
        )
        self.put(f"acc = tl.dot({loads[0].text}, {loads[1].text}, acc{exact})")
        self.indent = ""
        self._at("m", "n", dtype, inner_too=False)
        for k, (name, axis) in {1: ("m[:, None]", rows), 2: ("n[None, :]", columns)}.items():
            if axis.size % most:
                inside = Expr(f"{name} < {axis.size}", "int1", frozenset([k]))
                self.conditions[k] = self.let(f"{name[0]}_in", inside)
        value = self.scalars.round(Expr("acc", "float32", frozenset([1, 2])), op.result.type)
        if nest is not None and value.text != "acc":
            value = self.let(self.value_name(op.result), value)
        outputs: list[SSAValue] = []
        if nest is None or keep:
            self._store(Output("store", op.result, tuple(range(len(output))), op.result), value)
            outputs.append(op.result)
        if nest is not None:
            self.known[op.result] = value
            self.arguments_of_loops = {arg: d for d, arg in enumerate(nest.block.args)}
            indices = Indices(nest.block.args, ints(nest.loops))
            for x in nest.block.ops:
                indices.visit(x)
            more = (0,) * len(parts.inner)
            indices.forms = {x: ((*f[0], *more), f[1]) for x, f in indices.forms.items()}
            indices.sizes = self.sizes
            values = self.body(nest.block, nest.yielded, indices)
            for (combiner, dims), x, to in zip(nest.outputs, values, nest.res):
                self._store(Output(combiner, to, dims, to), x)
                outputs.append(to)
        k = self.finish(self.name, list(outputs), storage(op.result.type))
        flops = 2 * prod(sizes.values())
        k.work, k.points, k.matrix = flops, prod(sizes[c] for c in output), True
        k.warps, k.stages = configs[0][2], configs[0][3]
        b, r, c = extent[parts.batch], rows.size, columns.size
        k.grid = b * -(-r // m) * -(-c // n)
        count = f"{b} * " if b > 1 else ""
        k.grid_text = (
            f'lambda tile: ({count}triton.cdiv({r}, tile["BLOCK_M"])'
            f' * triton.cdiv({c}, tile["BLOCK_N"]),)'
        )
        return k

    def loop_name(self, d: int) -> str:
        return self.names.fresh(f"at_{self.letters[d]}")

    def _tiles(self, batch: Axis, rows: Axis, columns: Axis) -> None:
        """The batch and tile of a program; tiles come in groups of rows."""
        self.put("pid = tl.program_id(0)")
        self.put(f"tiles_m = tl.cdiv({rows.size}, BLOCK_M)")
        self.put(f"tiles_n = tl.cdiv({columns.size}, BLOCK_N)")
        if batch.size > 1:
            name = batch.name if len(batch.loops) == 1 else self.names.fresh("batch")
            self.put(f"{name} = pid // (tiles_m * tiles_n)")
            self.put("pid = pid % (tiles_m * tiles_n)")
            self.batch = Expr(name, "int32")
        else:
            self.batch = Expr("0", "int32", literal=True)
        self.put(f"group = pid // ({GROUP} * tiles_n)")
        self.put(f"height = min(tiles_m - group * {GROUP}, {GROUP})")
        self.put(f"pid_m = group * {GROUP} + pid % ({GROUP} * tiles_n) % height")
        self.put(f"pid_n = pid % ({GROUP} * tiles_n) // height")

    def _at(self, left: str, right: str, dtype: str, inner_too: bool = True) -> None:
        """The indices along both dimensions of a tile."""
        self.loops.clear()
        self.set_axis(0, self.batch)
        place = {"m": 1, "n": 2, "k": 3}
        for name, suffix in ((left, "[:, None]"), (right, "[None, :]")):
            k = place[name]
            if self.axes[k].size == 1:
                self.set_axis(k, Expr(f"{name}{suffix}", dtype, frozenset([k])))
            else:
                self.set_axis(k, Expr(f"{name}{suffix}", dtype, frozenset([k])))

    def _form(self, word: str, x: SSAValue, loop: dict[str, int]) -> Form:
        moves, stride = [0] * len(self.sizes), 1
        for c, n in reversed(list(zip(word, shape(x.type)))):
            moves[loop[c]], stride = stride, stride * n
        return tuple(moves), 0

    def _store(self, output: Output, value: Expr) -> None:
        value = (
            self.scalars.to(value, "int64")
            if value.dtype == "int32" and storage(output.value.type) == "int64"
            else value
        )
        offset = self.offset(self.writes_of(output), types.size(output.value.type) >= NARROW)
        if not {1, 2} <= offset.dims:
            offset = self.scalars.make(
                f"tl.broadcast_to({self.scalars.tensor(offset).text}, {self.tile_shape})",
                offset.dtype,
                offset,
            )
            offset = replace(offset, dims=frozenset([1, 2]))
        self.store(output.to, offset, value, self.inside([1, 2]))


def configurations(size: int) -> str:
    """The definition of what is tried for elements of so many bytes, under this name."""
    block, configs = CONFIGS[size]
    lines = [
        f'    triton.Config({{"BLOCK_M": {m}, "BLOCK_N": {n}, "BLOCK_K": {block}}}, '
        f"num_warps={w}, num_stages={s}),"
        for m, n, w, s in configs
    ]
    name = configurations_name(size)
    return "\n".join(
        [
            f"{name} = [",
            *lines,
            "]",
            "if triton.knobs.runtime.interpret:  # There is nothing to time.",
            f"    del {name}[1:]",
        ]
    )


def configurations_name(size: int) -> str:
    return f"TILES_{size * 8}"
